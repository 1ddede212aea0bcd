//! LAPACK: eigenvalues of symmetric matrices, and singular values.
//!
//! Each routine is written once, for both precisions; the exported symbols are listed at the end.
//! See the [parent module](super) for the conventions.

use std::cmp::Ordering;
use std::mem::MaybeUninit;
use std::slice;

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::prelude::{Reborrow, ReborrowMut};
use faer::traits::math_utils::{abs, from_f64, is_finite, max_positive, min_positive, sqrt};
use faer::{ColMut, Mat, MatMut, Spec};

use super::{FAILED, Part, Real, Triangle, dimension, export, for_each, output, report, threads};

/// `lwork` or `liwork` of a call that only asks for the size of the work array.
const QUERY: i32 = -1;

/// Eigenvalues, and on request eigenvectors, of a symmetric n × n matrix.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments and not overlap.
unsafe fn syevr<T: Real>(
    jobz: u8,
    range: u8,
    uplo: u8,
    n: i32,
    a: *mut T,
    lda: i32,
    vl: T,
    vu: T,
    il: i32,
    iu: i32,
    _abstol: T,
    m: *mut i32,
    w: *mut T,
    z: *mut T,
    ldz: i32,
    isuppz: *mut i32,
    work: *mut T,
    lwork: i32,
    iwork: *mut i32,
    liwork: i32,
    info: *mut i32,
) {
    let run = || {
        let compute_vectors = match jobz.to_ascii_uppercase() {
            b'N' => ComputeEigenvectors::No,
            b'V' => ComputeEigenvectors::Yes,
            _ => return Err(-1),
        };
        let vectors = compute_vectors == ComputeEigenvectors::Yes;
        let range = range.to_ascii_uppercase();
        if !matches!(range, b'A' | b'V' | b'I') {
            return Err(-2);
        }
        let triangle = Triangle::parse(uplo).ok_or(-3)?;
        let size = dimension(n).ok_or(-4)?;
        // SAFETY: by this function's contract.
        let a = unsafe { output(a, n, n, lda) }.ok_or(-6)?;
        if range == b'V' && n > 0 && vl.partial_cmp(&vu) != Some(Ordering::Less) {
            return Err(-8);
        }
        if range == b'I' && (il < 1 || il > n.max(1)) {
            return Err(-9);
        }
        if range == b'I' && (iu < il.min(n) || iu > n) {
            return Err(-10);
        }
        if ldz < 1 || (vectors && ldz < n) {
            return Err(-15);
        }
        if lwork < 1 && lwork != QUERY {
            return Err(-18);
        }
        if liwork < 1 && liwork != QUERY {
            return Err(-20);
        }

        let par = threads(size, size, size);
        let requirement = if size == 0 {
            StackReq::EMPTY
        } else {
            self_adjoint_evd_scratch::<T>(size, compute_vectors, par, Spec::default())
        };
        // SAFETY: by this function's contract; both arrays have an element even in a query.
        unsafe {
            *work = work_size(requirement);
            *iwork = 1;
        }
        if lwork == QUERY || liwork == QUERY {
            return Ok(());
        }
        // SAFETY: by this function's contract.
        unsafe { *m = 0 };
        if size == 0 {
            return Ok(());
        }

        let mut a = triangle.as_lower_mut(a);
        let scale = normalize(a.rb_mut(), Part::Lower)?;
        // SAFETY: by this function's contract, and n > 0.
        let values = unsafe { slice::from_raw_parts_mut(w, size) };
        // Z has a column for each selected eigenvector only, so that a selection needs the full set
        // computed elsewhere.
        let mut all_vectors = if vectors && range != b'A' { Mat::zeros(size, size) } else { Mat::new() };
        let u = match (vectors, range) {
            (false, _) => None,
            // SAFETY: by this function's contract; ldz was checked above.
            (true, b'A') => Some(unsafe { output(z, n, n, ldz) }.ok_or(-15)?),
            (true, _) => Some(all_vectors.as_mut()),
        };
        let compute = |stack: &mut MemStack| {
            let s = ColMut::from_slice_mut(values).as_diagonal_mut();
            self_adjoint_evd(a.rb(), s, u, par, stack, Spec::default()).map_err(|_| FAILED)
        };
        // SAFETY: by this function's contract, work has lwork elements.
        unsafe { with_scratch(requirement, work, lwork, compute) }?;
        for value in values.iter_mut() {
            *value *= scale;
        }

        let selected = match range {
            b'V' => {
                let (below, through) =
                    (values.partition_point(|&x| x <= vl), values.partition_point(|&x| x <= vu));
                below..through
            }
            b'I' => il as usize - 1..iu as usize,
            _ => 0..size,
        };
        // SAFETY: by this function's contract; the cast is lossless since the length is at most n.
        unsafe { *m = selected.len() as i32 };
        if vectors {
            for k in 0..selected.len() {
                // The eigenvectors are not known to vanish anywhere: their support is 1..=n.
                // SAFETY: by this function's contract, isuppz has 2m elements.
                unsafe {
                    *isuppz.add(2 * k) = 1;
                    *isuppz.add(2 * k + 1) = n;
                }
            }
            if range != b'A' {
                // SAFETY: by this function's contract, Z has m columns here.
                let mut z = unsafe { output(z, n, selected.len() as i32, ldz) }.ok_or(-15)?;
                z.copy_from(all_vectors.subcols(selected.start, selected.len()));
            }
        }
        values.copy_within(selected, 0);
        Ok(())
    };
    // SAFETY: by this function's contract.
    unsafe { report(info, run) }
}

/// Singular values and vectors, with one letter (`jobz`) for both sides.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments and not overlap.
unsafe fn gesdd<T: Real>(
    jobz: u8,
    m: i32,
    n: i32,
    a: *mut T,
    lda: i32,
    s: *mut T,
    u: *mut T,
    ldu: i32,
    vt: *mut T,
    ldvt: i32,
    work: *mut T,
    lwork: i32,
    _iwork: *mut i32,
    info: *mut i32,
) {
    let run = || {
        let side = singular_vectors(jobz).ok_or(-1)?;
        // SAFETY: by this function's contract.
        unsafe { decompose([side, side], 1, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork) }
    };
    // SAFETY: by this function's contract.
    unsafe { report(info, run) }
}

/// Singular values and vectors, with a letter for the left vectors and one for the right.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments and not overlap.
unsafe fn gesvd<T: Real>(
    jobu: u8,
    jobvt: u8,
    m: i32,
    n: i32,
    a: *mut T,
    lda: i32,
    s: *mut T,
    u: *mut T,
    ldu: i32,
    vt: *mut T,
    ldvt: i32,
    work: *mut T,
    lwork: i32,
    info: *mut i32,
) {
    let run = || {
        let left = singular_vectors(jobu).ok_or(-1)?;
        let right = singular_vectors(jobvt).ok_or(-2)?;
        // SAFETY: by this function's contract.
        unsafe { decompose([left, right], 2, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork) }
    };
    // SAFETY: by this function's contract.
    unsafe { report(info, run) }
}

/// Reads a `job` letter; 'O' (vectors overwrite A) is not supported.
fn singular_vectors(letter: u8) -> Option<ComputeSvdVectors> {
    match letter.to_ascii_uppercase() {
        b'N' => Some(ComputeSvdVectors::No),
        b'S' => Some(ComputeSvdVectors::Thin),
        b'A' => Some(ComputeSvdVectors::Full),
        _ => None,
    }
}

/// The singular value decomposition behind [`gesdd`] and [`gesvd`].
///
/// `sides` says which left and right vectors are wanted; `letters` is the number of arguments
/// before `m` in the caller's list, by which illegal arguments are counted.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments and not overlap.
unsafe fn decompose<T: Real>(
    sides: [ComputeSvdVectors; 2],
    letters: i32,
    m: i32,
    n: i32,
    a: *mut T,
    lda: i32,
    s: *mut T,
    u: *mut T,
    ldu: i32,
    vt: *mut T,
    ldvt: i32,
    work: *mut T,
    lwork: i32,
) -> Result<(), i32> {
    let illegal = |position_after_letters: i32| -(letters + position_after_letters);
    // Vectors have as many elements as A has rows (left) or columns (right).
    let shape = |side, elements| match side {
        ComputeSvdVectors::No => (0, 0),
        ComputeSvdVectors::Thin => (elements, m.min(n)),
        ComputeSvdVectors::Full => (elements, elements),
    };
    let [left, right] = sides;
    let rows = dimension(m).ok_or(illegal(1))?;
    let cols = dimension(n).ok_or(illegal(2))?;
    // SAFETY: by this function's contract.
    let mut a = unsafe { output(a, m, n, lda) }.ok_or(illegal(4))?;
    let (elements, vectors) = shape(left, m);
    // SAFETY: by this function's contract.
    let u = unsafe { output(u, elements, vectors, ldu) }.ok_or(illegal(7))?;
    let (elements, vectors) = shape(right, n);
    // SAFETY: by this function's contract.
    let vt = unsafe { output(vt, vectors, elements, ldvt) }.ok_or(illegal(9))?;
    if lwork < 1 && lwork != QUERY {
        return Err(illegal(11));
    }

    let par = threads(rows, cols, rows.min(cols));
    let requirement = svd_scratch::<T>(rows, cols, left, right, par, Spec::default());
    // SAFETY: by this function's contract; the array has an element even in a query.
    unsafe { *work = work_size(requirement) };
    if lwork == QUERY || rows == 0 || cols == 0 {
        return Ok(());
    }

    let scale = normalize(a.rb_mut(), Part::All)?;
    // SAFETY: by this function's contract, and min(m, n) > 0.
    let values = unsafe { slice::from_raw_parts_mut(s, rows.min(cols)) };
    let mut u = (left != ComputeSvdVectors::No).then_some(u);
    let mut v = (right != ComputeSvdVectors::No).then_some(vt.transpose_mut());
    for basis in [u.as_mut(), v.as_mut()].into_iter().flatten() {
        // faer completes the basis of a long matrix from what it finds in part of the array.
        basis.fill(T::zero());
    }
    let compute = |stack: &mut MemStack| {
        let s = ColMut::from_slice_mut(values).as_diagonal_mut();
        svd(a.rb(), s, u, v, par, stack, Spec::default()).map_err(|_| FAILED)
    };
    // SAFETY: by this function's contract, work has lwork elements.
    unsafe { with_scratch(requirement, work, lwork, compute) }?;
    for value in values {
        *value *= scale;
    }
    Ok(())
}

/// The work array size, in elements, that saves [`with_scratch`] an allocation.
///
/// Returned as a `T`, as LAPACK does. Where an `f32` cannot hold the number exactly it may come out
/// low, which costs no more than the allocation.
fn work_size<T: Real>(requirement: StackReq) -> T {
    let elements = requirement.unaligned_bytes_required().div_ceil(size_of::<T>());
    from_f64(elements.max(1) as f64)
}

/// Runs `compute` with scratch memory: the caller's work array if it is long enough (see
/// [`work_size`]), freshly allocated otherwise.
///
/// # Safety
///
/// `work` must hold `lwork > 0` elements that nothing else reaches during the call.
unsafe fn with_scratch<T: Real, R>(
    requirement: StackReq,
    work: *mut T,
    lwork: i32,
    compute: impl FnOnce(&mut MemStack) -> R,
) -> R {
    let bytes = lwork as usize * size_of::<T>();
    let result = if bytes >= requirement.unaligned_bytes_required() {
        // SAFETY: by this function's contract; uninitialized bytes may be anything.
        let buffer = unsafe { slice::from_raw_parts_mut(work.cast::<MaybeUninit<u8>>(), bytes) };
        compute(MemStack::new(buffer))
    } else {
        compute(MemStack::new(&mut MemBuffer::new(requirement)))
    };
    // LAPACK leaves the best size in the array on return too.
    // SAFETY: by this function's contract.
    unsafe { *work = work_size(requirement) };
    result
}

/// Prepares a matrix for a decomposition, and returns the factor to multiply its values with.
///
/// Matrices whose largest element is so large or small that squares of it overflow or vanish are
/// divided by that element (LAPACK scales likewise). Infinite or NaN elements are refused: the
/// iterations would not converge.
fn normalize<T: Real>(mut matrix: MatMut<'_, T>, part: Part) -> Result<T, i32> {
    let mut largest = T::zero();
    let mut finite = true;
    for_each(matrix.rb_mut(), part, |x| {
        finite &= is_finite(x);
        if abs(x) > largest {
            largest = abs(x);
        }
    });
    if !finite {
        return Err(FAILED);
    }
    // The fourth root of the number range leaves room for squares and for sums of them.
    let in_range = largest < sqrt(&sqrt(&max_positive::<T>())) && largest > sqrt(&sqrt(&min_positive::<T>()));
    if in_range || largest == T::zero() {
        return Ok(T::one());
    }
    for_each(matrix, part, |x| *x /= largest);
    Ok(largest)
}

export! {
    /// Eigenvalues and eigenvectors of a symmetric matrix (LAPACK `xSYEVR`).
    ///
    /// The n × n matrix A is given by its triangle `uplo`, which is destroyed. `w` receives the
    /// eigenvalues in ascending order (it has n elements, the first `m` count), and with `jobz` 'V'
    /// the columns of the n × m matrix Z the orthonormal eigenvectors ('N': eigenvalues only).
    /// `range` 'A' takes them all, 'V' those in (vl, vu], 'I' those numbered il to iu from 1.
    /// `isuppz` is filled with the pair 1, n for each eigenvector. `abstol` is ignored: all are
    /// computed to full accuracy.
    ///
    /// `lwork` = −1 or `liwork` = −1 writes the best sizes to `work[0]` and `iwork[0]`; any size
    /// from 1 is accepted, at the price of an allocation. `info` > 0 if A is not finite or the
    /// iteration did not converge.
    ssyevr_, dsyevr_ = syevr(
        jobz: letter, range: letter, uplo: letter, n: int, a: output, lda: int, vl: real, vu: real,
        il: int, iu: int, abstol: real, m: int_output, w: output, z: output, ldz: int,
        isuppz: int_output, work: output, lwork: int, iwork: int_output, liwork: int,
        info: int_output,
    );
    /// Singular value decomposition `A = U·diag(s)·Vᵀ` (LAPACK `xGESDD`).
    ///
    /// The m × n matrix A is destroyed. `s` receives the min(m, n) singular values in descending
    /// order. With `jobz` 'A', U is m × m and `vt` (which holds Vᵀ) n × n; with 'S', m × min(m, n)
    /// and min(m, n) × n; with 'N' they are not touched. 'O' is not supported (`info` = −1).
    ///
    /// `lwork` = −1 writes the best work size to `work[0]`; any size from 1 is accepted, at the
    /// price of an allocation. `info` > 0 if A is not finite (newer LAPACKs say −4 for NaN) or the
    /// iteration did not converge. `iwork` is not used.
    sgesdd_, dgesdd_ = gesdd(
        jobz: letter, m: int, n: int, a: output, lda: int, s: output, u: output, ldu: int,
        vt: output, ldvt: int, work: output, lwork: int, iwork: int_output, info: int_output,
    );
    /// Singular value decomposition, with U and Vᵀ chosen separately (LAPACK `xGESVD`).
    ///
    /// As `xGESDD`, but `jobu` is the letter for U and `jobvt` the one for Vᵀ.
    sgesvd_, dgesvd_ = gesvd(
        jobu: letter, jobvt: letter, m: int, n: int, a: output, lda: int, s: output, u: output,
        ldu: int, vt: output, ldvt: int, work: output, lwork: int, info: int_output,
    );
}
