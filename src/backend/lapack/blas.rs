//! BLAS: products of matrices and vectors.
//!
//! Each operation is written once, for both precisions; the exported symbols are listed at the end.
//! See the [parent module](super) for the conventions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::prelude::ReborrowMut;
use faer::traits::math_utils::nan;
use faer::{Accum, MatMut, MatRef};

use super::{Op, Part, Real, Triangle, export, for_each, input, output, threads};

/// `C ← α·op(A)·op(B) + β·C`, with op(A) m × k, op(B) k × n, C m × n.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments, and C overlap neither A nor B.
unsafe fn gemm<T: Real>(
    transa: u8,
    transb: u8,
    m: i32,
    n: i32,
    k: i32,
    alpha: T,
    a: *const T,
    lda: i32,
    b: *const T,
    ldb: i32,
    beta: T,
    c: *mut T,
    ldc: i32,
) {
    // SAFETY: by this function's contract.
    let Some(c) = (unsafe { output(c, m, n, ldc) }) else {
        return;
    };
    or_nan(c, Part::All, |mut c| {
        // SAFETY: by this function's contract.
        let a = unsafe { input(Op::parse(transa)?, a, m, k, lda) }?;
        // SAFETY: by this function's contract.
        let b = unsafe { input(Op::parse(transb)?, b, k, n, ldb) }?;
        if let Some(accum) = begin(c.rb_mut(), Part::All, alpha, beta) {
            let par = threads(a.nrows(), b.ncols(), a.ncols());
            matmul(c, accum, a, b, alpha, par);
        }
        Some(())
    });
}

/// `C ← α·op(A)·op(A)ᵀ + β·C` on one triangle of C, with op(A) n × k, C n × n.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments, and C not overlap A.
unsafe fn syrk<T: Real>(
    uplo: u8,
    trans: u8,
    n: i32,
    k: i32,
    alpha: T,
    a: *const T,
    lda: i32,
    beta: T,
    c: *mut T,
    ldc: i32,
) {
    // SAFETY: by this function's contract.
    let (Some(triangle), Some(c)) = (Triangle::parse(uplo), unsafe { output(c, n, n, ldc) }) else {
        return;
    };
    or_nan(triangle.as_lower_mut(c), Part::Lower, |mut c| {
        // SAFETY: by this function's contract.
        let a = unsafe { input(Op::parse(trans)?, a, n, k, lda) }?;
        if let Some(accum) = begin(c.rb_mut(), Part::Lower, alpha, beta) {
            multiply_lower(c, accum, a, a.transpose(), alpha);
        }
        Some(())
    });
}

/// `C ← α·op(A)·op(B)ᵀ + α·op(B)·op(A)ᵀ + β·C` on one triangle of C, with op(A) and op(B) n × k,
/// C n × n.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments, and C overlap neither A nor B.
unsafe fn syr2k<T: Real>(
    uplo: u8,
    trans: u8,
    n: i32,
    k: i32,
    alpha: T,
    a: *const T,
    lda: i32,
    b: *const T,
    ldb: i32,
    beta: T,
    c: *mut T,
    ldc: i32,
) {
    // SAFETY: by this function's contract.
    let (Some(triangle), Some(c)) = (Triangle::parse(uplo), unsafe { output(c, n, n, ldc) }) else {
        return;
    };
    or_nan(triangle.as_lower_mut(c), Part::Lower, |mut c| {
        let op = Op::parse(trans)?;
        // SAFETY: by this function's contract.
        let a = unsafe { input(op, a, n, k, lda) }?;
        // SAFETY: by this function's contract.
        let b = unsafe { input(op, b, n, k, ldb) }?;
        if let Some(accum) = begin(c.rb_mut(), Part::Lower, alpha, beta) {
            multiply_lower(c.rb_mut(), accum, a, b.transpose(), alpha);
            multiply_lower(c, Accum::Add, b, a.transpose(), alpha);
        }
        Some(())
    });
}

/// `y ← α·op(A)·x + β·y`, with A (not op(A)) m × n.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments, and y overlap neither A nor x.
unsafe fn gemv<T: Real>(
    trans: u8,
    m: i32,
    n: i32,
    alpha: T,
    a: *const T,
    lda: i32,
    x: *const T,
    incx: i32,
    beta: T,
    y: *mut T,
    incy: i32,
) {
    let Some(op) = Op::parse(trans) else { return };
    // The reference leaves y as it is, unscaled, when A is empty either way.
    if m == 0 || n == 0 {
        return;
    }
    let (rows, cols) = match op {
        Op::Plain => (m, n),
        Op::Transposed => (n, m),
    };
    // SAFETY: by this function's contract.
    let Some(y) = (unsafe { output_vector(y, rows, incy) }) else {
        return;
    };
    or_nan(y, Part::All, |mut y| {
        // SAFETY: by this function's contract.
        let a = unsafe { input(op, a, rows, cols, lda) }?;
        // SAFETY: by this function's contract.
        let x = unsafe { input_vector(x, cols, incx) }?;
        if let Some(accum) = begin(y.rb_mut(), Part::All, alpha, beta) {
            let par = threads(a.nrows(), a.ncols(), 1);
            matmul(y, accum, a, x, alpha, par);
        }
        Some(())
    });
}

/// `y ← α·A·x + β·y` for a symmetric n × n matrix A given by one triangle.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments, and y overlap neither A nor x.
unsafe fn symv<T: Real>(
    uplo: u8,
    n: i32,
    alpha: T,
    a: *const T,
    lda: i32,
    x: *const T,
    incx: i32,
    beta: T,
    y: *mut T,
    incy: i32,
) {
    // SAFETY: by this function's contract.
    let Some(y) = (unsafe { output_vector(y, n, incy) }) else {
        return;
    };
    or_nan(y, Part::All, |mut y| {
        let triangle = Triangle::parse(uplo)?;
        // SAFETY: by this function's contract.
        let a = triangle.as_lower(unsafe { input(Op::Plain, a, n, n, lda) }?);
        // SAFETY: by this function's contract.
        let x = unsafe { input_vector(x, n, incx) }?;
        if let Some(accum) = begin(y.rb_mut(), Part::All, alpha, beta) {
            // A = L + Sᵀ, with L the lower triangle and S the strict one.
            let par = threads(a.nrows(), a.ncols(), 1);
            for (accum, part, structure) in [
                (accum, a, BlockStructure::TriangularLower),
                (Accum::Add, a.transpose(), BlockStructure::StrictTriangularUpper),
            ] {
                triangular::matmul(
                    y.rb_mut(),
                    BlockStructure::Rectangular,
                    accum,
                    part,
                    structure,
                    x,
                    BlockStructure::Rectangular,
                    alpha,
                    par,
                );
            }
        }
        Some(())
    });
}

/// Applies the β of `C ← α·P + β·C`, and says how the product α·P is then to be stored.
///
/// `None` when α = 0: C is finished, and BLAS asks that P's factors not be looked at (they may hold
/// NaN). For β = 0 the old C is overwritten, not multiplied, for the same reason.
fn begin<T: Real>(c: MatMut<'_, T>, part: Part, alpha: T, beta: T) -> Option<Accum> {
    let product_follows = alpha != T::zero();
    if beta == T::zero() {
        if product_follows {
            return Some(Accum::Replace);
        }
        for_each(c, part, |x| *x = T::zero());
    } else if beta != T::one() {
        for_each(c, part, |x| *x *= beta);
    }
    product_follows.then_some(Accum::Add)
}

/// Adds or stores `α·A·B` in the lower triangle of C only.
fn multiply_lower<T: Real>(c: MatMut<'_, T>, accum: Accum, a: MatRef<'_, T>, b: MatRef<'_, T>, alpha: T) {
    // A triangle is half of the square's multiplications.
    let par = threads(a.nrows(), b.ncols(), a.ncols() / 2);
    triangular::matmul(
        c,
        BlockStructure::TriangularLower,
        accum,
        a,
        BlockStructure::Rectangular,
        b,
        BlockStructure::Rectangular,
        alpha,
        par,
    );
}

/// Runs `product` on C; if it returns `None` (illegal argument) or panics, fills C's part with NaN.
pub(super) fn or_nan<T: Real>(
    mut c: MatMut<'_, T>,
    part: Part,
    product: impl FnOnce(MatMut<'_, T>) -> Option<()>,
) {
    // C may be left half written by a panic; all of it is overwritten then.
    let done = catch_unwind(AssertUnwindSafe(|| product(c.rb_mut())));
    if !matches!(done, Ok(Some(()))) {
        for_each(c, part, |x| *x = nan());
    }
}

/// The vector of `len` elements at `data`, as a one-column matrix; `None` for illegal arguments.
///
/// Element i lies at offset `i·inc`, or `(i − len + 1)·inc` if `inc` is negative.
///
/// # Safety
///
/// If the arguments are legal, the elements must be readable and not written to during `'a`.
unsafe fn input_vector<'a, T>(data: *const T, len: i32, inc: i32) -> Option<MatRef<'a, T>> {
    let (len, offset) = vector_shape(len, inc)?;
    // SAFETY: by this function's contract.
    Some(unsafe { MatRef::from_raw_parts(data.offset(offset), len, 1, inc as isize, 1) })
}

/// The same vector, to be written.
///
/// # Safety
///
/// If the arguments are legal, the elements must be readable and writable, and reached through
/// nothing but the result, during `'a`.
unsafe fn output_vector<'a, T>(data: *mut T, len: i32, inc: i32) -> Option<MatMut<'a, T>> {
    let (len, offset) = vector_shape(len, inc)?;
    // SAFETY: by this function's contract.
    Some(unsafe { MatMut::from_raw_parts_mut(data.offset(offset), len, 1, inc as isize, 1) })
}

/// Length and offset of the first element; `None` for an empty vector or a zero increment.
fn vector_shape(len: i32, inc: i32) -> Option<(usize, isize)> {
    let legal = len > 0 && inc != 0;
    let offset = if inc < 0 { (1 - len as isize) * inc as isize } else { 0 };
    legal.then_some((len as usize, offset))
}

export! {
    /// Matrix product: `C ← α·op(A)·op(B) + β·C` (BLAS `xGEMM`).
    ///
    /// op(A) is m × k, op(B) k × n and C m × n; `trans` letters are 'N' (as stored), 'T' or 'C'
    /// (transposed).
    sgemm_, dgemm_ = gemm(
        transa: letter, transb: letter, m: int, n: int, k: int, alpha: real, a: input, lda: int,
        b: input, ldb: int, beta: real, c: output, ldc: int,
    );
    /// Symmetric rank-k update: `C ← α·op(A)·op(A)ᵀ + β·C` (BLAS `xSYRK`).
    ///
    /// op(A) is n × k; of the n × n matrix C only the triangle `uplo` ('U' or 'L') is touched.
    ssyrk_, dsyrk_ = syrk(
        uplo: letter, trans: letter, n: int, k: int, alpha: real, a: input, lda: int, beta: real,
        c: output, ldc: int,
    );
    /// Symmetric rank-2k update: `C ← α·(op(A)·op(B)ᵀ + op(B)·op(A)ᵀ) + β·C` (BLAS `xSYR2K`).
    ///
    /// op(A) and op(B) are n × k; of the n × n matrix C only the triangle `uplo` is touched.
    ssyr2k_, dsyr2k_ = syr2k(
        uplo: letter, trans: letter, n: int, k: int, alpha: real, a: input, lda: int, b: input,
        ldb: int, beta: real, c: output, ldc: int,
    );
    /// Matrix–vector product: `y ← α·op(A)·x + β·y` (BLAS `xGEMV`).
    ///
    /// A is m × n as stored. Vectors step by `incx` and `incy`, which may be negative: then the
    /// first element is the last in memory. y is left as it is if m or n is 0.
    sgemv_, dgemv_ = gemv(
        trans: letter, m: int, n: int, alpha: real, a: input, lda: int, x: input, incx: int,
        beta: real, y: output, incy: int,
    );
    /// Symmetric matrix–vector product: `y ← α·A·x + β·y` (BLAS `xSYMV`).
    ///
    /// A is n × n, given by its triangle `uplo`; increments as for `xGEMV`.
    ssymv_, dsymv_ = symv(
        uplo: letter, n: int, alpha: real, a: input, lda: int, x: input, incx: int, beta: real,
        y: output, incy: int,
    );
}
