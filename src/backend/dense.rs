//! Products and Cholesky factors in every [`Field`]: faer's where it has kernels for the numbers, plain loops
//! for double-double ones, whose time goes into their arithmetic.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{
    LltParams, LltRegularization, cholesky_in_place, cholesky_in_place_scratch,
};
use faer::linalg::evd::tridiag::{TridiagParams, tridiag_in_place, tridiag_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::solvers::{Lblt, Solve};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::traits::ComplexField;
use faer::traits::math_utils::{conj, from_real, mul_real, one, real, recip, sqrt, zero};
use faer::{Accum, Auto, ColMut, Mat, MatMut, MatRef, Par, Side, Spec};
use num_complex::Complex64;
use rayon::prelude::*;

use super::field::{Arithmetic, Field, Real};

/// Plain loops of fewer steps run on one thread.
const PARALLEL_STEPS: usize = 1 << 14;

/// left·right.
pub fn times<E: Field>(left: &Mat<E>, right: &Mat<E>, par: Par) -> Mat<E> {
    let mut product = Mat::zeros(left.nrows(), right.ncols());
    if E::NATIVE {
        matmul(product.as_mut(), Accum::Replace, left, right, E::of(1.0.into()), par);
    } else {
        for_each_column(product.as_mut(), left.nrows() * left.ncols(), |j, column| {
            for (k, &factor) in right.col_as_slice(j).iter().enumerate() {
                add_multiple(column, factor, left.col_as_slice(k));
            }
        });
    }
    product
}

/// left†·right.
pub fn adjoint_times<E: Field>(left: &Mat<E>, right: &Mat<E>, par: Par) -> Mat<E> {
    if !E::NATIVE {
        return times(&left.adjoint().to_owned(), right, par);
    }
    let mut product = Mat::zeros(left.ncols(), right.ncols());
    matmul(product.as_mut(), Accum::Replace, left.adjoint(), right, E::of(1.0.into()), par);
    product
}

/// left·right†.
pub fn times_adjoint<E: Field>(left: &Mat<E>, right: &Mat<E>, par: Par) -> Mat<E> {
    if !E::NATIVE {
        return times(left, &right.adjoint().to_owned(), par);
    }
    let mut product = Mat::zeros(left.nrows(), right.nrows());
    matmul(product.as_mut(), Accum::Replace, left, right.adjoint(), E::of(1.0.into()), par);
    product
}

/// The least eigenvalue of a Hermitian matrix, to the precision of f64; 0 for the empty one.
pub fn least_eigenvalue<E: Field>(matrix: &Mat<E>) -> Option<f64> {
    if E::NATIVE {
        let values = matrix.self_adjoint_eigenvalues(Side::Lower).ok()?;
        return Some(values.first().map_or(0.0, |least| least.to_f64()));
    }
    let n = matrix.nrows();
    let rounded: Mat<Complex64> = Mat::from_fn(n, n, |i, j| matrix[(i, j)].to_complex());
    let values = rounded.self_adjoint_eigenvalues(Side::Lower).ok()?;
    Some(values.first().copied().unwrap_or(0.0))
}

/// A number just below the least eigenvalue of a Hermitian matrix, or infinity for the empty one: within 10⁻⁷ of the
/// width of the spectrum, which is enough for the length of a step and cheaper than the eigenvalue.
pub fn below_least_eigenvalue<E: Field>(matrix: Mat<E>) -> Option<f64> {
    const HALVINGS: u32 = 24;
    if !E::NATIVE {
        return least_eigenvalue(&matrix);
    }
    let (diagonal, squares) = tridiagonal(matrix);
    let squares_before = |i: usize| if i > 0 { squares[i - 1] } else { 0.0 };
    let squares_after = |i: usize| squares.get(i).copied().unwrap_or(0.0);
    // The least eigenvalue lies below every diagonal entry and above what Gershgorin's discs leave.
    let mut above = diagonal.iter().copied().fold(f64::INFINITY, f64::min);
    let radius = |i: usize| squares_before(i).sqrt() + squares_after(i).sqrt();
    let discs = diagonal.iter().enumerate().map(|(i, entry)| entry - radius(i));
    let mut below = discs.fold(above, f64::min);
    let finite = below.is_finite() || diagonal.is_empty();
    // Where the pivots of matrix − shift·1 are positive there is no eigenvalue below the shift.
    let definite = |shift: f64| {
        let mut pivot = 1.0;
        diagonal.iter().enumerate().all(|(i, entry)| {
            pivot = entry - shift - squares_before(i) / pivot;
            pivot > 0.0
        })
    };
    for _ in 0..HALVINGS {
        let middle = 0.5 * (above + below);
        *(if definite(middle) { &mut below } else { &mut above }) = middle;
    }
    finite.then_some(below)
}

/// The diagonal, and the squared moduli beside it, of a tridiagonal matrix with the same eigenvalues.
fn tridiagonal<E: Field>(mut matrix: Mat<E>) -> (Vec<f64>, Vec<f64>) {
    let n = matrix.nrows();
    if n > 1 {
        let params: Spec<TridiagParams, E> = <TridiagParams as Auto<E>>::auto().into();
        let mut reflections = Mat::zeros(1, n - 1);
        let mut buffer = MemBuffer::new(tridiag_in_place_scratch::<E>(n, Par::Seq, params));
        let stack = MemStack::new(&mut buffer);
        tridiag_in_place(matrix.as_mut(), reflections.as_mut(), Par::Seq, stack, params);
    }
    let entry = |row: usize, column: usize| matrix[(row, column)].to_complex();
    let squares = (1..n).map(|i| entry(i, i - 1).norm_sqr()).collect();
    ((0..n).map(|i| entry(i, i).re).collect(), squares)
}

/// The Cholesky factor of a positive definite matrix.
pub struct Cholesky<E: Field> {
    lower: Mat<E>,
}

impl<E: Field> Cholesky<E> {
    /// `None` if the matrix is not positive definite.
    pub fn new(matrix: &Mat<E>) -> Option<Self> {
        if E::NATIVE {
            return Some(Self { lower: matrix.llt(Side::Lower).ok()?.L().to_owned() });
        }
        let mut lower = matrix.clone();
        if !factorise(lower.as_mut(), zero(), false) {
            return None;
        }
        // The factorisation leaves what was above the diagonal.
        for j in 1..lower.ncols() {
            lower.col_as_slice_mut(j)[..j].fill(zero());
        }
        Some(Self { lower })
    }

    /// L.
    pub fn into_lower(self) -> Mat<E> {
        self.lower
    }

    /// L⁻¹·right, in place.
    pub fn solve_lower(&self, right: MatMut<'_, E>, par: Par) {
        if E::NATIVE {
            solve_lower_triangular_in_place(self.lower.as_ref(), right, par);
        } else {
            let steps = self.lower.nrows().pow(2) / 2;
            for_each_column(right, steps, |_, column| forward(self.lower.as_ref(), column));
        }
    }
}

/// The Cholesky factor of a real matrix in its lower triangle, with pivots up to `shift` replaced by one; `false` if
/// it broke down.
pub fn regularised_cholesky<R: Real>(matrix: MatMut<'_, R>, shift: R, par: Par) -> bool {
    if !R::NATIVE {
        return factorise(matrix, shift, true);
    }
    let regularization =
        LltRegularization { dynamic_regularization_delta: one(), dynamic_regularization_epsilon: shift };
    let params: Spec<LltParams, R> = <LltParams as Auto<R>>::auto().into();
    let mut buffer = MemBuffer::new(cholesky_in_place_scratch::<R>(matrix.nrows(), par, params));
    cholesky_in_place(matrix, regularization, par, MemStack::new(&mut buffer), params).is_ok()
}

/// (L Lᵀ)⁻¹·right for a real factor, in place.
pub fn solve<R: Real>(lower: MatRef<'_, R>, right: &mut [R]) {
    if R::NATIVE {
        let rows = right.len();
        let mut column = MatMut::from_column_major_slice_mut(right, rows, 1);
        solve_lower_triangular_in_place(lower, column.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(lower.transpose(), column, Par::Seq);
    } else {
        forward(lower, right);
        backward(lower, right);
    }
}

/// A factorised real symmetric matrix: with pivoting where faer has it, else as a positive definite one.
pub enum Symmetric<R: Real> {
    /// By faer.
    Pivoted(Lblt<R>),
    /// The lower triangle of the Cholesky factor.
    Plain(Mat<R>),
}

impl<R: Real> Symmetric<R> {
    /// The factorisation.
    pub fn new(mut matrix: Mat<R>) -> Self {
        if R::NATIVE {
            return Self::Pivoted(matrix.lblt(Side::Lower));
        }
        let largest = (0..matrix.nrows()).map(|i| matrix[(i, i)].to_f64()).fold(0.0, f64::max);
        factorise(matrix.as_mut(), R::real(R::EPSILON * largest), true);
        Self::Plain(matrix)
    }

    /// matrix⁻¹·right, in place.
    pub fn solve(&self, right: &mut [R]) {
        match self {
            Self::Pivoted(factor) => {
                let rows = right.len();
                factor.solve_in_place(MatMut::from_column_major_slice_mut(right, rows, 1));
            }
            Self::Plain(lower) => solve(lower.as_ref(), right),
        }
    }
}

/// The plain factorisation, in the lower triangle. Pivots that are not above `least` become one, or are the end.
fn factorise<E: ComplexField + Arithmetic>(mut matrix: MatMut<'_, E>, least: E::Real, mend: bool) -> bool {
    for k in 0..matrix.ncols() {
        let (mut done, rest) = matrix.as_mut().split_at_col_mut(k + 1);
        let factor = slice(done.as_mut().col_mut(k));
        let pivot = real(&factor[k]);
        let root = match pivot > least {
            true => sqrt(&pivot),
            false if mend => one(),
            false => return false,
        };
        factor[k] = from_real(&root);
        factor[k + 1..].iter_mut().for_each(|entry| *entry = mul_real(entry, &recip(&root)));
        let factor = &*factor;
        for_each_column(rest, factor.len() - k, |j, column| {
            let j = k + 1 + j;
            add_multiple(&mut column[j..], -conj(&factor[j]), &factor[j..]);
        });
    }
    true
}

/// L⁻¹·right.
fn forward<E: ComplexField + Arithmetic>(lower: MatRef<'_, E>, right: &mut [E]) {
    for k in 0..right.len() {
        let value = mul_real(&right[k], &recip(&real(&lower[(k, k)])));
        right[k] = value;
        for i in k + 1..right.len() {
            right[i] -= lower[(i, k)] * value;
        }
    }
}

/// L⁻ᵀ·right for a real factor.
fn backward<R: Real>(lower: MatRef<'_, R>, right: &mut [R]) {
    for k in (0..right.len()).rev() {
        let mut value = right[k];
        for i in k + 1..right.len() {
            value -= lower[(i, k)] * right[i];
        }
        right[k] = value / lower[(k, k)];
    }
}

/// target += factor·vector.
fn add_multiple<E: ComplexField + Arithmetic>(target: &mut [E], factor: E, vector: &[E]) {
    target.iter_mut().zip(vector).for_each(|(target, &entry)| *target += factor * entry);
}

/// Does so many steps of work on each column, by all threads if that is worth it.
fn for_each_column<E: ComplexField + Arithmetic>(
    matrix: MatMut<'_, E>,
    steps: usize,
    work: impl Fn(usize, &mut [E]) + Sync,
) {
    if steps * matrix.ncols() < PARALLEL_STEPS {
        matrix.col_iter_mut().enumerate().for_each(|(j, column)| work(j, slice(column)));
    } else {
        matrix.par_col_iter_mut().enumerate().for_each(|(j, column)| work(j, slice(column)));
    }
}

/// The entries of a column; none where they are not contiguous, which columns of a `Mat` always are.
fn slice<E>(column: ColMut<'_, E>) -> &mut [E] {
    column.try_as_col_major_mut().map_or(&mut [], |column| column.as_slice_mut())
}
