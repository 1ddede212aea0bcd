//! What the method needs of one positive semidefinite matrix: its Cholesky factor, its inverse, and how
//! far a step may go.

use faer::{Mat, Par};

use crate::backend::dense::{self, Cholesky, least_eigenvalue};
use crate::backend::field::{Field, Real};

/// Products of larger matrices use all threads.
const PARALLEL_SIDE: usize = 200;

/// A positive definite matrix with its factor.
pub struct Factor<E: Field> {
    cholesky: Cholesky<E>,
}

impl<E: Field> Factor<E> {
    /// The Cholesky factor; `None` if the matrix is not positive definite.
    pub fn new(matrix: &Mat<E>) -> Option<Self> {
        Some(Self { cholesky: Cholesky::new(matrix)? })
    }

    /// The inverse of the matrix.
    pub fn inverse(matrix: &Mat<E>) -> Option<Mat<E>> {
        let mut inverse = dense::inverse(matrix)?;
        make_hermitian(&mut inverse);
        Some(inverse)
    }

    /// The greatest α ≤ `limit` for which matrix + α·step ⪰ 0.
    pub fn longest_step(&self, step: &Mat<E>, limit: f64) -> Option<f64> {
        // L⁻¹ Δ L⁻†: solve on the left, take the adjoint, solve again.
        let par = parallelism(step.nrows());
        let mut inner = step.clone();
        self.cholesky.solve_lower(inner.as_mut(), par);
        let mut inner = inner.adjoint().to_owned();
        self.cholesky.solve_lower(inner.as_mut(), par);
        let least = least_eigenvalue(&inner)?;
        Some(if least * limit < -1.0 { -1.0 / least } else { limit })
    }
}

/// left·right.
pub fn times<E: Field>(left: &Mat<E>, right: &Mat<E>) -> Mat<E> {
    dense::times(left, right, parallelism(left.nrows()))
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
