//! Every traditional assemblage is quantum (Gisin 1989; Hughston, Jozsa, Wootters 1993), constructively.

use faer::Mat;
use num_complex::Complex64;

use super::{Component, Model, hermitian_part, with_unit_sum};
use crate::linalg::{EigenError, hermitian_eigen};
use crate::scenario::{Assemblage, Index, Scenario};

/// Eigenvalues of ρ_B below this fraction of the largest are rounding errors of zero.
const SUPPORT: f64 = 1e-14;

/// ρ_B = Σ_a σ_{a|xy} on its support, and the measurements that make σ_{a|xy} of its purification.
struct Purification {
    /// √p_j.
    roots: Vec<f64>,
    /// |j⟩.
    support: Mat<Complex64>,
    /// M_{a|x}, by x, then a.
    measurements: Vec<Vec<Mat<Complex64>>>,
}

/// A model of the assemblage σ_{a|x} of a traditional scenario: with ρ_B = Σ_a σ_{a|x} = Σ_j p_j |j⟩⟨j| on its
/// support, |ψ⟩ = Σ_j √p_j |j⟩|j⟩ and M_{a|x} = (ρ_B^{−1/2} σ_{a|x} ρ_B^{−1/2})ᵀ in that basis [Theory §6]. Bob's channel is
/// the embedding of the support.
pub fn ghjw(scenario: &Scenario, assemblage: &Assemblage) -> Result<Model, EigenError> {
    let [.., inputs] = scenario.shape();
    let Purification { roots, support, measurements } = purification(scenario, assemblage, 0)?;
    let rank = roots.len();
    let component = Component {
        weight: 1.0,
        state: Mat::from_fn(rank, rank, |i, j| Complex64::from(if i == j { roots[i] } else { 0.0 })),
        measurements,
        channels: vec![vec![support]; inputs],
    };
    Ok(Model::pure(component))
}

/// The measurements M_{a|x}, by x, then a, that make what an assemblage is at one input of Bob's.
pub fn ghjw_measurements(
    scenario: &Scenario,
    assemblage: &Assemblage,
    y: usize,
) -> Result<Vec<Vec<Mat<Complex64>>>, EigenError> {
    Ok(purification(scenario, assemblage, y)?.measurements)
}

fn purification(scenario: &Scenario, assemblage: &Assemblage, y: usize) -> Result<Purification, EigenError> {
    let [outcomes, settings, _] = scenario.shape();
    let d = scenario.dimension();
    let mut reduced = Mat::<Complex64>::zeros(d, d);
    for a in 0..outcomes {
        reduced += assemblage.0.value(Index { a, x: 0, y });
    }
    let (values, vectors) = hermitian_eigen(&reduced)?;
    let largest = values.last().copied().unwrap_or(0.0);
    let first = values.partition_point(|&p| p <= SUPPORT * largest);
    let rank = d - first;
    let support = vectors.subcols(first, rank).to_owned();
    let roots: Vec<f64> = values[first..].iter().map(|p| p.sqrt()).collect();
    let scaled = Mat::from_fn(d, rank, |i, k| support[(i, k)] / roots[k]);
    let measurement = |x: usize| -> Result<Vec<Mat<Complex64>>, EigenError> {
        let element =
            |a| hermitian_part(&(scaled.adjoint() * assemblage.0.value(Index { a, x, y }) * &scaled));
        let elements = with_unit_sum((0..outcomes).map(element).collect())?;
        Ok(elements.iter().map(|m| m.transpose().to_owned()).collect())
    };
    let measurements = (0..settings).map(measurement).collect::<Result<_, _>>()?;
    Ok(Purification { roots, support, measurements })
}
