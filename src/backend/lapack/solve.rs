//! LAPACK: linear systems by Cholesky and LU factorization.
//!
//! Each routine is written once, for both precisions; the exported symbols are listed at the end.
//! See the [parent module](super) for the conventions.

use std::slice;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{
    LltError, LltRegularization, cholesky_in_place, cholesky_in_place_scratch,
};
use faer::linalg::lu::partial_pivoting::factor::{lu_in_place, lu_in_place_scratch};
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_unit_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Mat, Spec};

use super::{Op, Real, Triangle, dimension, export, input, output, report, threads};

/// Cholesky factorization of a symmetric positive definite n × n matrix, in place.
///
/// # Safety
///
/// A must have the size stated by the other arguments.
unsafe fn potrf<T: Real>(uplo: u8, n: i32, a: *mut T, lda: i32, info: *mut i32) {
    let run = || {
        let triangle = Triangle::parse(uplo).ok_or(-1)?;
        let size = dimension(n).ok_or(-2)?;
        // SAFETY: by this function's contract.
        let a = unsafe { output(a, n, n, lda) }.ok_or(-4)?;
        if size == 0 {
            return Ok(());
        }
        // A = LLᵀ, or A = UᵀU with U = Lᵀ. faer's kernel uses the other triangle for scratch,
        // where LAPACK's must leave it alone: hence the copy.
        let mut a = triangle.as_lower_mut(a);
        let mut factor = Mat::<T>::zeros(size, size);
        factor.as_mut().copy_from_triangular_lower(a.rb());
        // The kernel gains from threads only at twice the side of a product, an eighth of the work.
        let par = threads(size, size, size / 8);
        let mut scratch = MemBuffer::new(cholesky_in_place_scratch::<T>(size, par, Spec::default()));
        cholesky_in_place(
            factor.as_mut(),
            LltRegularization::default(),
            par,
            MemStack::new(&mut scratch),
            Spec::default(),
        )
        .map_err(|LltError::NonPositivePivot { index }| index as i32 + 1)?;
        a.copy_from_triangular_lower(factor.as_ref());
        Ok(())
    };
    // SAFETY: by this function's contract.
    unsafe { report(info, run) }
}

/// Solves `A·X = B` with the factor of A from [`potrf`]; X overwrites B.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments, and B not overlap A.
unsafe fn potrs<T: Real>(
    uplo: u8,
    n: i32,
    nrhs: i32,
    a: *const T,
    lda: i32,
    b: *mut T,
    ldb: i32,
    info: *mut i32,
) {
    let run = || {
        let triangle = Triangle::parse(uplo).ok_or(-1)?;
        let size = dimension(n).ok_or(-2)?;
        let columns = dimension(nrhs).ok_or(-3)?;
        // SAFETY: by this function's contract.
        let factor = triangle.as_lower(unsafe { input(Op::Plain, a, n, n, lda) }.ok_or(-5)?);
        // SAFETY: by this function's contract.
        let mut b = unsafe { output(b, n, nrhs, ldb) }.ok_or(-7)?;
        let par = threads(size, size, columns);
        solve_lower_triangular_in_place(factor, b.rb_mut(), par);
        solve_upper_triangular_in_place(factor.transpose(), b, par);
        Ok(())
    };
    // SAFETY: by this function's contract.
    unsafe { report(info, run) }
}

/// Solves `A·X = B` for a general n × n matrix by LU with row pivoting; X overwrites B.
///
/// # Safety
///
/// The arrays must have the sizes stated by the other arguments and not overlap.
unsafe fn gesv<T: Real>(
    n: i32,
    nrhs: i32,
    a: *mut T,
    lda: i32,
    ipiv: *mut i32,
    b: *mut T,
    ldb: i32,
    info: *mut i32,
) {
    let run = || {
        let size = dimension(n).ok_or(-1)?;
        let columns = dimension(nrhs).ok_or(-2)?;
        // SAFETY: by this function's contract.
        let mut a = unsafe { output(a, n, n, lda) }.ok_or(-4)?;
        // SAFETY: by this function's contract.
        let mut b = unsafe { output(b, n, nrhs, ldb) }.ok_or(-7)?;
        if size == 0 {
            return Ok(());
        }
        // SAFETY: by this function's contract, and n > 0.
        let ipiv = unsafe { slice::from_raw_parts_mut(ipiv, size) };

        let (mut rows, mut positions) = (vec![0usize; size], vec![0usize; size]);
        let par = threads(size, size, size);
        let mut scratch = MemBuffer::new(lu_in_place_scratch::<usize, T>(size, size, par, Spec::default()));
        let stack = MemStack::new(&mut scratch);
        lu_in_place(a.rb_mut(), &mut rows, &mut positions, par, stack, Spec::default());
        pivots_from_permutation(&rows, ipiv);

        if let Some(k) = (0..size).find(|&k| a[(k, k)] == T::zero()) {
            return Err(k as i32 + 1);
        }
        for j in 0..columns {
            for (i, &pivot) in ipiv.iter().enumerate() {
                let pivot = pivot as usize - 1;
                let (x, y) = (b[(i, j)], b[(pivot, j)]);
                (b[(i, j)], b[(pivot, j)]) = (y, x);
            }
        }
        let par = threads(size, size, columns);
        solve_unit_lower_triangular_in_place(a.rb(), b.rb_mut(), par);
        solve_upper_triangular_in_place(a.rb(), b, par);
        Ok(())
    };
    // SAFETY: by this function's contract.
    unsafe { report(info, run) }
}

/// LAPACK's record of row exchanges for the permutation that puts row `rows[i]` at position i.
///
/// Row i is exchanged with row `ipiv[i]` (counted from 1) for i = 0, 1, … in turn.
fn pivots_from_permutation(rows: &[usize], ipiv: &mut [i32]) {
    let mut row_at: Vec<usize> = (0..rows.len()).collect();
    let mut position_of = row_at.clone();
    for (i, (&row, pivot)) in rows.iter().zip(ipiv).enumerate() {
        let j = position_of[row];
        *pivot = j as i32 + 1;
        position_of[row_at[i]] = j;
        position_of[row] = i;
        row_at.swap(i, j);
    }
}

export! {
    /// Cholesky factorization `A = L·Lᵀ` (`uplo` 'L') or `A = Uᵀ·U` ('U') (LAPACK `xPOTRF`).
    ///
    /// The factor overwrites the triangle `uplo` of the n × n matrix A. `info` = k > 0 if the
    /// leading k × k minor is not positive definite (or not finite); A is then unchanged.
    spotrf_, dpotrf_ = potrf(uplo: letter, n: int, a: output, lda: int, info: int_output);
    /// Solves `A·X = B` for a matrix factored by `xPOTRF` (LAPACK `xPOTRS`).
    ///
    /// `a` holds the factor in the triangle `uplo`; the n × nrhs matrix B is overwritten by X.
    spotrs_, dpotrs_ = potrs(
        uplo: letter, n: int, nrhs: int, a: input, lda: int, b: output, ldb: int, info: int_output,
    );
    /// Solves `A·X = B` for a general matrix by LU with partial pivoting (LAPACK `xGESV`).
    ///
    /// The n × n matrix A is overwritten by the factors of `P·A = L·U`, `ipiv` (n elements, counted
    /// from 1) by the row exchanges, the n × nrhs matrix B by X. `info` = k > 0 if U(k, k) is
    /// exactly zero: B is then unchanged, and the columns of A from k on are not meaningful.
    sgesv_, dgesv_ = gesv(
        n: int, nrhs: int, a: output, lda: int, ipiv: int_output, b: output, ldb: int,
        info: int_output,
    );
}
