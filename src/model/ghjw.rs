//! Every traditional assemblage is quantum (Gisin 1989; Hughston, Jozsa, Wootters 1993), constructively.

use faer::Mat;
use num_complex::Complex64;

use super::{Component, Model, hermitian};
use crate::linalg::{EigenError, hermitian_eigen};
use crate::scenario::{Assemblage, Index, Scenario};

/// Eigenvalues of ρ_B below this fraction of the largest are rounding errors of zero.
const SUPPORT: f64 = 1e-14;

/// A model of the assemblage σ_{a|x} of a traditional scenario: with ρ_B = Σ_a σ_{a|x} = Σ_j p_j |j⟩⟨j| on its
/// support, |ψ⟩ = Σ_j √p_j |j⟩|j⟩ and M_{a|x} = (ρ_B^{−1/2} σ_{a|x} ρ_B^{−1/2})ᵀ in that basis [Theory §6]. Bob's channel is
/// the embedding of the support.
pub fn ghjw(scenario: &Scenario, assemblage: &Assemblage) -> Result<Model, EigenError> {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let mut reduced = Mat::<Complex64>::zeros(d, d);
    for a in 0..outcomes {
        reduced += assemblage.0.value(Index { a, x: 0, y: 0 });
    }
    let (values, vectors) = hermitian_eigen(&reduced)?;
    let largest = values.last().copied().unwrap_or(0.0);
    let first = values.partition_point(|&p| p <= SUPPORT * largest);
    let rank = d - first;
    let support = vectors.subcols(first, rank).to_owned();
    let roots: Vec<f64> = values[first..].iter().map(|p| p.sqrt()).collect();
    let scaled = Mat::from_fn(d, rank, |i, k| support[(i, k)] / roots[k]);
    let measurement = |x: usize| -> Result<Vec<Mat<Complex64>>, EigenError> {
        let element = |a| hermitian(&(scaled.adjoint() * assemblage.0.value(Index { a, x, y: 0 }) * &scaled));
        // What rounding leaves of Σ_a M_a = 1 is put right in the same way for every outcome.
        let elements: Vec<Mat<Complex64>> = (0..outcomes).map(element).collect();
        let mut sum = Mat::<Complex64>::zeros(rank, rank);
        elements.iter().for_each(|m| sum += m);
        let root = super::inverse_root(&sum)?;
        Ok(elements.iter().map(|m| hermitian(&(&root * m * &root)).transpose().to_owned()).collect())
    };
    let component = Component {
        weight: 1.0,
        state: Mat::from_fn(rank, rank, |i, j| Complex64::from(if i == j { roots[i] } else { 0.0 })),
        measurements: (0..settings).map(measurement).collect::<Result<_, _>>()?,
        channels: vec![vec![support]; inputs],
    };
    Ok(Model::pure(component))
}
