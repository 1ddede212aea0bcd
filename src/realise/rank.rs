//! Channels with few Kraus operators.

use faer::Mat;
use num_complex::Complex64;

use crate::linalg::{EigenError, hermitian_eigen, symmetric_eigen};

/// Larger Choi matrices are left as they are.
pub(super) const MAX_SIDE: usize = 25;
/// Those of a higher rank too: a step costs rank⁶.
const MAX_RANK: usize = 16;
/// Eigenvalues below this fraction of the largest are zero.
const NOISE: f64 = 1e-10;

/// A positive semidefinite matrix with the same ⟨A_i, J⟩ for all `constraints` A_i, of a rank that no direction along them
/// lowers further: r² is at most the number of constraints.
///
/// With J = VV† a Hermitian X with ⟨V†A_iV, X⟩ = 0 gives V(1 − tX)V† with the same values; t is as large as positivity
/// allows, which takes one off the rank.
pub(super) fn reduced(
    choi: Mat<Complex64>,
    constraints: &[Mat<Complex64>],
) -> Result<Mat<Complex64>, EigenError> {
    let mut choi = choi;
    loop {
        let (values, vectors) = hermitian_eigen(&choi)?;
        let largest = values.last().copied().unwrap_or(0.0);
        let first = values.partition_point(|&value| value <= NOISE * largest);
        let (n, rank) = (choi.nrows(), choi.nrows() - first);
        if !(2..=MAX_RANK).contains(&rank) {
            return Ok(choi);
        }
        let factor = Mat::from_fn(n, rank, |i, k| vectors[(i, first + k)] * values[first + k].sqrt());
        let Some(direction) = free_direction(&factor, constraints)? else { return Ok(choi) };
        let (ends, basis) = hermitian_eigen(&direction)?;
        let (least, greatest) = (ends[0], ends[rank - 1]);
        let extreme = if greatest >= -least { greatest } else { least };
        if extreme == 0.0 {
            return Ok(choi);
        }
        let root = |k: usize| (1.0 - ends[k] / extreme).max(0.0).sqrt();
        let kept = Mat::from_fn(rank, rank, |i, k| basis[(i, k)] * root(k));
        let next = &factor * kept;
        choi = &next * next.adjoint();
    }
}

/// A Hermitian X ≠ 0 with ⟨V†A_iV, X⟩ = 0 for every i.
fn free_direction(
    factor: &Mat<Complex64>,
    constraints: &[Mat<Complex64>],
) -> Result<Option<Mat<Complex64>>, EigenError> {
    let rank = factor.ncols();
    let size = rank * rank;
    let mut gram = Mat::<f64>::zeros(size, size);
    for constraint in constraints {
        let row = coordinates(&(factor.adjoint() * constraint * factor));
        for l in 0..size {
            for k in 0..size {
                gram[(k, l)] += row[k] * row[l];
            }
        }
    }
    let (values, vectors) = symmetric_eigen(&gram)?;
    if values[0] > NOISE * values[size - 1] {
        return Ok(None);
    }
    let vector: Vec<f64> = (0..size).map(|k| vectors[(k, 0)]).collect();
    Ok(Some(from_coordinates(&vector, rank)))
}

/// Coordinates of a Hermitian matrix in which ⟨A, B⟩ is a scalar product.
fn coordinates(matrix: &Mat<Complex64>) -> Vec<f64> {
    let n = matrix.nrows();
    let mut list = Vec::with_capacity(n * n);
    for j in 0..n {
        for i in 0..j {
            list.push(matrix[(i, j)].re * std::f64::consts::SQRT_2);
            list.push(matrix[(i, j)].im * std::f64::consts::SQRT_2);
        }
        list.push(matrix[(j, j)].re);
    }
    list
}

fn from_coordinates(list: &[f64], n: usize) -> Mat<Complex64> {
    let mut matrix = Mat::<Complex64>::zeros(n, n);
    let mut next = list.iter().copied();
    let mut take = || next.next().unwrap_or(0.0);
    for j in 0..n {
        for i in 0..j {
            let entry = Complex64::new(take(), take()) * std::f64::consts::FRAC_1_SQRT_2;
            matrix[(i, j)] = entry;
            matrix[(j, i)] = entry.conj();
        }
        matrix[(j, j)] = take().into();
    }
    matrix
}
