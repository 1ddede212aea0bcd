//! What the method needs of one positive semidefinite matrix: its Cholesky factor, its inverse, and how
//! far a step may go.

use faer::{Mat, Par};

use crate::backend::dense::{self, Cholesky, below_least_eigenvalue};
use crate::backend::field::{Field, Real};

/// Products of larger matrices use all threads.
const PARALLEL_SIDE: usize = 200;

/// A positive definite matrix X = L L†, with both L and L⁻¹: on small matrices products cost less than solving.
pub struct Factor<E: Field> {
    lower: Mat<E>,
    inverse: Mat<E>,
}

impl<E: Field> Factor<E> {
    /// The Cholesky factor; `None` if the matrix is not positive definite.
    pub fn new(matrix: &Mat<E>) -> Option<Self> {
        let n = matrix.nrows();
        let cholesky = Cholesky::new(matrix)?;
        let mut inverse = Mat::identity(n, n);
        cholesky.solve_lower(inverse.as_mut(), parallelism(n));
        Some(Self { lower: cholesky.into_lower(), inverse })
    }

    /// X⁻¹.
    pub fn inverse_matrix(&self) -> Mat<E> {
        let mut inverse = adjoint_times(&self.inverse, &self.inverse);
        make_hermitian(&mut inverse);
        inverse
    }

    /// The greatest α ≤ `limit` for which X + α·step ⪰ 0.
    pub fn longest_step(&self, step: &Mat<E>, limit: f64) -> Option<f64> {
        let inner = times_adjoint(&times(&self.inverse, step), &self.inverse);
        let least = below_least_eigenvalue(inner)?;
        Some(if least * limit < -1.0 { -1.0 / least } else { limit })
    }
}

/// herm(S⁻¹ X Z) for Hermitian X, as L_S⁻†(L_S⁻¹ X L_Z)L_Z†.
///
/// S⁻¹(XZ) would multiply the rounding errors of XZ by S⁻¹, which is as large as 1/μ; here both factors grow with its
/// square root only, and what is between them is small where X is.
pub fn scaled<E: Field>([slack, z]: &[Factor<E>; 2], matrix: &Mat<E>) -> Mat<E> {
    let inner = times(&times(&slack.inverse, matrix), &z.lower);
    let mut result = adjoint_times(&slack.inverse, &times_adjoint(&inner, &z.lower));
    make_hermitian(&mut result);
    result
}

/// left·right.
pub fn times<E: Field>(left: &Mat<E>, right: &Mat<E>) -> Mat<E> {
    dense::times(left, right, parallelism(left.nrows()))
}

fn adjoint_times<E: Field>(left: &Mat<E>, right: &Mat<E>) -> Mat<E> {
    dense::adjoint_times(left, right, parallelism(left.nrows()))
}

fn times_adjoint<E: Field>(left: &Mat<E>, right: &Mat<E>) -> Mat<E> {
    dense::times_adjoint(left, right, parallelism(left.nrows()))
}

/// The Hermitian part, in place.
pub fn make_hermitian<E: Field>(matrix: &mut Mat<E>) {
    let half = E::of(0.5.into());
    for j in 0..matrix.ncols() {
        for i in 0..=j {
            let value = (matrix[(i, j)] + matrix[(j, i)].conjugate()) * half;
            matrix[(i, j)] = value;
            matrix[(j, i)] = value.conjugate();
        }
    }
}

/// Re tr(A†B).
pub fn inner<E: Field>(a: &Mat<E>, b: &Mat<E>) -> E::Real {
    let mut sum = <E::Real>::real(0.0);
    for j in 0..a.ncols() {
        for (&x, &y) in a.col_as_slice(j).iter().zip(b.col_as_slice(j)) {
            sum += (x.conjugate() * y).re();
        }
    }
    sum
}

/// target += scale·matrix.
pub fn add_scaled<E: Field>(target: &mut Mat<E>, scale: E::Real, matrix: &Mat<E>) {
    let scale = E::from_real(scale);
    for j in 0..target.ncols() {
        for (t, &m) in target.col_as_slice_mut(j).iter_mut().zip(matrix.col_as_slice(j)) {
            *t += m * scale;
        }
    }
}

fn parallelism(side: usize) -> Par {
    if side < PARALLEL_SIDE { Par::Seq } else { Par::rayon(0) }
}
