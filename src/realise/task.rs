//! One input of Bob's: the map, or the inequality that excludes it.

use faer::Mat;
use num_complex::Complex64;

use super::map::ChoiMap;
use super::{RealiseError, Reference, rank};
use crate::backend::{Backend, Settings};
use crate::linalg::{EigenError, inner, kron, spectrum_ends, symmetric_eigen};
use crate::num::Matrix;
use crate::program::PointStatus;
use crate::program::choi::{ChoiProgram, Maps, Task, combined, partial_transpose, witness_operator};
use crate::program::matrices::TracelessBasis;
use crate::scenario::{Assemblage, Given, Index, TOLERANCE};

/// What maps are asked to make of a reference.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// σ_{a|xy}.
    pub assemblage: &'a Assemblage,
    /// ν_{a|xy}.
    pub noise: &'a Assemblage,
    /// The elements that are asked for.
    pub given: &'a Given,
    /// Whether Bob's output is classical.
    pub diagonal: bool,
}

/// Σ_{a,x} tr(F_{a|x} E(τ_{a|x})) ≤ tr K for every map E.
#[derive(Debug, Clone)]
pub struct Witness {
    /// F at each index of the input that is given; zero elsewhere.
    pub functional: Vec<(Index, Mat<Complex64>)>,
    /// K, with a margin for the rounding of an evaluation in f64.
    pub multiplier: Mat<Complex64>,
    /// tr K.
    pub bound: f64,
}

/// What was found for one input.
#[derive(Debug, Clone)]
pub struct Realisation {
    /// Position of the input.
    pub input: usize,
    /// The greatest v ≤ 1 for which a map makes v·σ + (1−v)·ν, as the solver has it; `None` if for none.
    pub visibility: Option<f64>,
    /// An inequality that σ violates, and mixtures of more than this visibility.
    pub witness: Option<Witness>,
    /// A map that makes σ, and by how much it misses an entry.
    pub map: Option<(ChoiMap, f64)>,
}

/// Looks for a map at input `y`.
pub fn realise(
    reference: &Reference,
    target: Target<'_>,
    y: usize,
    maps: Maps,
    backend: &dyn Backend,
    settings: &Settings,
) -> Result<Realisation, RealiseError> {
    let places: Vec<Index> =
        target.assemblage.0.indices().filter(|index| index.y == y && target.given.has(*index)).collect();
    let elements: Vec<&Matrix> = places.iter().map(|index| reference.element(index.a, index.x)).collect();
    let values = |table: &Assemblage| -> Vec<Mat<Complex64>> {
        places.iter().map(|&index| table.0.value(index).clone()).collect()
    };
    let (tau, sigma, nu): (Vec<_>, _, _) =
        (elements.iter().map(|m| m.to_faer()).collect(), values(target.assemblage), values(target.noise));
    let task = Task { reference: &tau, target: &sigma, noise: &nu, diagonal: target.diagonal };
    let witness = |functional: Vec<Mat<Complex64>>, multiplier: Mat<Complex64>| {
        proper(&tau, places.iter().copied().zip(functional).collect(), multiplier, maps)
    };
    let none = Realisation { input: y, visibility: None, witness: None, map: None };
    if places.is_empty() {
        let map = completely_depolarising(reference.dimension(), target.assemblage.0.dimension(), maps);
        return Ok(Realisation { visibility: Some(1.0), map: map.map(|map| (map, 0.0)), ..none });
    }
    if let Some(obstruction) = Obstruction::find(task)? {
        let witness = witness(obstruction.functional, obstruction.multiplier)?;
        let visibility = obstruction.noise_passes.then_some(0.0);
        return Ok(Realisation { visibility, witness: Some(witness), ..none });
    }
    let (independent, _) = relations(&tau)?;
    let search = ChoiProgram::new(task, independent, maps);
    let solution = backend.solve(&search.program, settings)?;
    let slack = solution.dual.inequalities.first().copied().unwrap_or(f64::NAN);
    let visibility = (1.0 - slack).clamp(0.0, 1.0);
    let witness = witness(search.functional(&solution.y), search.multiplier(&solution.y))?;
    let map = match solution.dual_status {
        PointStatus::Unknown => None,
        _ => nearest_map(task, &elements, &places, target, &solution.dual.blocks)?,
    };
    Ok(Realisation { input: y, visibility: Some(visibility), witness: Some(witness), map })
}

/// The exactly valid map near the solver's that misses the target least.
fn nearest_map(
    task: Task<'_>,
    elements: &[&Matrix],
    places: &[Index],
    target: Target<'_>,
    blocks: &[Mat<Complex64>],
) -> Result<Option<(ChoiMap, f64)>, EigenError> {
    let output = task.target.first().map_or(0, Mat::nrows);
    let misses = |map: ChoiMap| {
        let element = |(tau, &index): (&&Matrix, &Index)| {
            map.misses(tau, target.assemblage.0.get(index), target.diagonal)
        };
        let most = elements.iter().zip(places).map(element).fold(0.0, f64::max);
        (map, most)
    };
    let few = match blocks {
        [choi] => vec![rank::reduced(choi.clone(), &constraints(task))?],
        several => several.to_vec(),
    };
    let mut candidates = Vec::new();
    for blocks in [&few, blocks] {
        candidates.extend(ChoiMap::guessed(blocks, output)?.map(misses).filter(|(_, missed)| *missed == 0.0));
    }
    candidates.extend(ChoiMap::rounded(&few, output).map(misses));
    candidates.extend(ChoiMap::rounded(blocks, output).map(misses));
    // The first of the best: simple ones stand first.
    Ok(candidates.into_iter().reduce(|best, other| if other.1 < best.1 / 10.0 { other } else { best }))
}

/// A_i with ⟨A_i, J⟩ fixed by tr_out J = 1 and E(τ_k) = σ_k.
fn constraints(task: Task<'_>) -> Vec<Mat<Complex64>> {
    let side = |operators: &[Mat<Complex64>]| operators.first().map_or(0, Mat::nrows);
    let (input, output) = (side(task.reference), side(task.target));
    let with_identity = |n: usize, diagonal| {
        let mut basis = TracelessBasis::new(n, diagonal).elements().to_vec();
        basis.push(Mat::identity(n, n));
        basis
    };
    let one = Mat::<Complex64>::identity(output, output);
    let mut list: Vec<Mat<Complex64>> = with_identity(input, false).iter().map(|h| kron(h, &one)).collect();
    let outputs = with_identity(output, task.diagonal);
    for tau in task.reference {
        let transposed = tau.transpose().to_owned();
        list.extend(outputs.iter().map(|h| kron(&transposed, h)));
    }
    list
}

/// A reason that no map exists which is seen without solving anything.
struct Obstruction {
    functional: Vec<Mat<Complex64>>,
    multiplier: Mat<Complex64>,
    /// Whether a map may still make the noise.
    noise_passes: bool,
}

impl Obstruction {
    /// Traces that differ from the reference's, or a relation among the τ_k that the σ_k do not share.
    fn find(task: Task<'_>) -> Result<Option<Self>, EigenError> {
        let trace = |m: &Mat<Complex64>| (0..m.nrows()).map(|i| m[(i, i)].re).sum::<f64>();
        let output = task.target.first().map_or(0, Mat::nrows);
        let wrong_trace = |operators: &[Mat<Complex64>]| {
            let differences = task.reference.iter().zip(operators).map(|(tau, m)| trace(m) - trace(tau));
            differences.enumerate().find(|(_, difference)| difference.abs() > TOLERANCE)
        };
        let (_, relations) = relations(task.reference)?;
        let broken = |operators: &[Mat<Complex64>]| {
            relations.iter().any(|u| combined(u, operators).norm_max() > TOLERANCE)
        };
        let noise_passes = wrong_trace(task.noise).is_none() && !broken(task.noise);
        if let Some((k, difference)) = wrong_trace(task.target) {
            let sign = faer::Scale(Complex64::from(difference.signum()));
            let mut functional = vec![Mat::<Complex64>::zeros(output, output); task.target.len()];
            functional[k] = Mat::<Complex64>::identity(output, output) * sign;
            let multiplier = task.reference[k].transpose() * sign;
            return Ok(Some(Self { functional, multiplier, noise_passes }));
        }
        let input = task.reference.first().map_or(0, Mat::nrows);
        for relation in &relations {
            let sum = combined(relation, task.target);
            let size = inner(&sum, &sum).sqrt();
            if sum.norm_max() > TOLERANCE {
                let operator = |u: &f64| &sum * faer::Scale(Complex64::from(u / size));
                let functional = relation.iter().map(operator).collect();
                return Ok(Some(Self { functional, multiplier: Mat::zeros(input, input), noise_passes }));
            }
        }
        Ok(None)
    }
}

/// Orthonormal coefficient vectors: those u with Σ u_k τ_k ≠ 0, and those with Σ u_k τ_k = 0.
type Combinations = (Vec<Vec<f64>>, Vec<Vec<f64>>);

fn relations(operators: &[Mat<Complex64>]) -> Result<Combinations, EigenError> {
    let n = operators.len();
    let gram = Mat::from_fn(n, n, |k, l| inner(&operators[k], &operators[l]));
    let (values, vectors) = symmetric_eigen(&gram)?;
    let largest = values.last().copied().unwrap_or(0.0);
    // Squared norms: what is zero to the tolerance squares to its square, below the rounding of the Gram matrix.
    let zero = (TOLERANCE * TOLERANCE).max(1e-14 * largest);
    let first = values.partition_point(|&value| value <= zero);
    let vector = |l: usize| (0..n).map(|k| vectors[(k, l)]).collect::<Vec<f64>>();
    Ok(((first..n).map(vector).collect(), (0..first).map(vector).collect()))
}

/// The witness with the least multiple of the identity added to K that proves it in f64, and 10⁻¹³ of the size of the
/// operators for rounding.
fn proper(
    reference: &[Mat<Complex64>],
    functional: Vec<(Index, Mat<Complex64>)>,
    multiplier: Mat<Complex64>,
    maps: Maps,
) -> Result<Witness, EigenError> {
    const MARGIN: f64 = 1e-13;
    let operators: Vec<Mat<Complex64>> = functional.iter().map(|(_, f)| f.clone()).collect();
    let output = operators.first().map_or(0, Mat::nrows);
    let (input, n) = (multiplier.nrows(), multiplier.nrows() * output);
    let hermitian = Mat::from_fn(input, input, |i, j| (multiplier[(i, j)] + multiplier[(j, i)].conj()) / 2.0);
    let wide = kron(&hermitian, &Mat::identity(output, output));
    let operator = witness_operator(reference, &operators);
    let mut least = spectrum_ends(&(&wide - &operator))?.0;
    if maps == Maps::Decomposable {
        least = least.min(spectrum_ends(&(&wide - partial_transpose(&operator, output)))?.0);
    }
    let size = (wide.norm_max() + operator.norm_max()) * n as f64;
    let shift = (-least).max(0.0) + MARGIN * size.max(1.0);
    let multiplier = Mat::from_fn(input, input, |i, j| hermitian[(i, j)] + if i == j { shift } else { 0.0 });
    let bound = (0..input).map(|i| multiplier[(i, i)].re).sum();
    Ok(Witness { functional, multiplier, bound })
}

/// X ↦ tr(X)·1/d, for inputs at which nothing is asked.
fn completely_depolarising(input: usize, output: usize, maps: Maps) -> Option<ChoiMap> {
    let n = input * output;
    let noise = Mat::from_fn(n, n, |i, j| Complex64::from(if i == j { 1.0 / output as f64 } else { 0.0 }));
    let mut blocks = vec![noise];
    if maps == Maps::Decomposable {
        blocks.push(Mat::zeros(n, n));
    }
    ChoiMap::guessed(&blocks, output).ok().flatten().or_else(|| ChoiMap::rounded(&blocks, output))
}
