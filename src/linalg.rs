//! The few dense kernels that everything else needs, on faer, with errors instead of panics.

use faer::{Mat, Side};
use num_complex::Complex64;

/// An eigenvalue computation that did not converge, or was given non-finite entries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the eigenvalues of a {size}×{size} matrix could not be computed (non-finite entries, or no convergence)"
)]
pub struct EigenError {
    /// Side of the matrix.
    pub size: usize,
}

/// Eigenvalues (ascending) and orthonormal eigenvectors (columns, same order) of a Hermitian
/// matrix, read from its lower triangle.
pub fn hermitian_eigen(matrix: &Mat<Complex64>) -> Result<(Vec<f64>, Mat<Complex64>), EigenError> {
    let size = matrix.nrows();
    if !is_finite(matrix) {
        return Err(EigenError { size });
    }
    let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| EigenError { size })?;
    let values = (0..size).map(|i| eigen.S()[i].re).collect();
    Ok((values, eigen.U().to_owned()))
}

/// The same for a real symmetric matrix, with real eigenvectors.
pub fn symmetric_eigen(matrix: &Mat<f64>) -> Result<(Vec<f64>, Mat<f64>), EigenError> {
    let size = matrix.nrows();
    if !(0..size).all(|j| (0..size).all(|i| matrix[(i, j)].is_finite())) {
        return Err(EigenError { size });
    }
    let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| EigenError { size })?;
    let values = (0..size).map(|i| eigen.S()[i]).collect();
    Ok((values, eigen.U().to_owned()))
}

/// Eigenvalues of a Hermitian matrix in ascending order, read from its lower triangle.
pub fn hermitian_eigenvalues(matrix: &Mat<Complex64>) -> Result<Vec<f64>, EigenError> {
    let size = matrix.nrows();
    if !is_finite(matrix) {
        return Err(EigenError { size });
    }
    matrix.self_adjoint_eigenvalues(Side::Lower).map_err(|_| EigenError { size })
}

/// The least and greatest eigenvalue of a Hermitian matrix; `(0, 0)` for the empty one.
pub fn spectrum_ends(matrix: &Mat<Complex64>) -> Result<(f64, f64), EigenError> {
    let values = hermitian_eigenvalues(matrix)?;
    match (values.first(), values.last()) {
        (Some(&least), Some(&greatest)) => Ok((least, greatest)),
        _ => Ok((0.0, 0.0)),
    }
}

/// Re tr(A†B), the real inner product of two matrices of one shape.
pub fn inner(a: &Mat<Complex64>, b: &Mat<Complex64>) -> f64 {
    let mut sum = 0.0;
    for column in 0..a.ncols() {
        for row in 0..a.nrows() {
            sum += (a[(row, column)].conj() * b[(row, column)]).re;
        }
    }
    sum
}

/// A ⊗ B.
pub fn kron(a: &Mat<Complex64>, b: &Mat<Complex64>) -> Mat<Complex64> {
    let (rows, columns) = (b.nrows(), b.ncols());
    Mat::from_fn(a.nrows() * rows, a.ncols() * columns, |i, j| {
        a[(i / rows, j / columns)] * b[(i % rows, j % columns)]
    })
}

/// tr A.
pub fn trace(matrix: &Mat<Complex64>) -> Complex64 {
    (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum()
}

/// (A + A†)/2.
pub fn hermitian_part(matrix: &Mat<Complex64>) -> Mat<Complex64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| (matrix[(i, j)] + matrix[(j, i)].conj()) / 2.0)
}

fn is_finite(matrix: &Mat<Complex64>) -> bool {
    (0..matrix.ncols()).all(|j| (0..matrix.nrows()).all(|i| matrix[(i, j)].is_finite()))
}
