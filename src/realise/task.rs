//! One input of Bob's: the map, or the inequality that excludes it.

use faer::Mat;
use num_complex::Complex64;

use super::map::ChoiMap;
use super::{RealiseError, Reference, rank};
use crate::backend::{Backend, FirstOrder, InteriorPoint, Settings};
use crate::linalg::{EigenError, hermitian_part, inner, kron, spectrum_ends, symmetric_eigen, trace};
use crate::num::Matrix;
use crate::program::choi::{ChoiProgram, Maps, Task, combined, partial_transpose, witness_operator};
use crate::program::matrices::TracelessBasis;
use crate::program::{PointStatus, Stop};
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

impl Witness {
    /// A violation must exceed this, relative to the larger of F's entries and |bound|, to count: two orders above the
    /// rounding of an evaluation in f64.
    const SIGNIFICANT: f64 = 1e-9;

    /// By how much an assemblage violates it, if significantly.
    pub fn violation(&self, assemblage: &Assemblage) -> Option<f64> {
        let value: f64 = self.functional.iter().map(|(index, f)| inner(f, assemblage.0.value(*index))).sum();
        let size = self.functional.iter().map(|(_, f)| f.norm_max()).fold(self.bound.abs(), f64::max);
        let violation = value - self.bound;
        (violation > Self::SIGNIFICANT * size).then_some(violation)
    }
}

/// A map that misses no entry by more than this is one to the assemblage.
pub const ACCEPTED: f64 = 1e-7;
/// Larger Choi matrices take hours.
const MAX_SIDE: usize = 64;

/// Looks for a map at input `y`, with the given solver, and with others where that one settles nothing.
pub fn realise(
    reference: &Reference,
    target: Target<'_>,
    y: usize,
    maps: Maps,
    backend: &dyn Backend,
    settings: &Settings,
) -> Result<Realisation, RealiseError> {
    let (input, output) = (reference.dimension(), target.assemblage.0.dimension());
    if input * output > MAX_SIDE {
        return Err(RealiseError::TooLarge { input, output, limit: MAX_SIDE });
    }
    let places: Vec<Index> =
        target.assemblage.0.indices().filter(|index| index.y == y && target.given.has(*index)).collect();
    let elements: Vec<&Matrix> = places.iter().map(|index| reference.element(index.a, index.x)).collect();
    let values = |table: &Assemblage| -> Vec<Mat<Complex64>> {
        places.iter().map(|&index| table.0.value(index).clone()).collect()
    };
    let tau: Vec<Mat<Complex64>> = elements.iter().map(|m| m.to_faer()).collect();
    let (sigma, nu) = (values(target.assemblage), values(target.noise));
    let white: Vec<Mat<Complex64>> = sigma.iter().map(white).collect();
    let task = Task { reference: &tau, target: &sigma, noise: &nu, diagonal: target.diagonal };
    let witness = |functional: Vec<Mat<Complex64>>, multiplier: Mat<Complex64>| {
        proper(&tau, places.iter().copied().zip(functional).collect(), multiplier, maps)
    };
    let none = Realisation { input: y, visibility: None, witness: None, map: None };
    if places.is_empty() {
        let map = completely_depolarising(input, output, maps);
        return Ok(Realisation { visibility: Some(1.0), map: map.map(|map| (map, 0.0)), ..none });
    }
    let relations = Relations::among(&tau)?;
    let noise_passes = relations.obstruction(&tau, &nu).is_none();
    if let Some((functional, multiplier)) = relations.obstruction(&tau, &sigma) {
        let witness = witness(functional, multiplier)?;
        return Ok(Realisation { visibility: noise_passes.then_some(0.0), witness: Some(witness), ..none });
    }
    // Along a noise that no map makes, or that is the target itself, nothing is to be learnt of the target: white noise
    // serves to find a witness or a map.
    let along = noise_passes && sigma.iter().zip(&nu).any(|(s, n)| (s - n).norm_max() > TOLERANCE);
    let task = if along { task } else { Task { noise: &white, ..task } };
    let mut answer = none.clone();
    let search = ChoiProgram::new(task, relations.independent, maps);
    for backend in [backend, &InteriorPoint, &FirstOrder] {
        let solution = backend.solve(&search.program, settings)?;
        let converged = matches!(solution.stop, Stop::Converged | Stop::AlmostConverged);
        let slack = solution.dual.inequalities.first().copied().unwrap_or(f64::NAN);
        let map = match solution.dual_status {
            PointStatus::Unknown => None,
            _ => nearest_map(task, &elements, &places, target, &solution.dual.blocks)?,
        };
        let found = map.as_ref().is_some_and(|(_, missed)| *missed <= ACCEPTED);
        answer = Realisation {
            input: y,
            visibility: match (found, along && converged) {
                (true, _) => Some(1.0),
                (false, true) => Some((1.0 - slack).clamp(0.0, 1.0)),
                (false, false) => None,
            },
            witness: Some(witness(search.functional(&solution.y), search.multiplier(&solution.y))?),
            map,
        };
        let violated = answer.witness.as_ref().and_then(|witness| witness.violation(target.assemblage));
        if violated.is_some() || found || settings.watch.is_interrupted() {
            break;
        }
    }
    Ok(answer)
}

/// tr(X)·1/d.
fn white(operator: &Mat<Complex64>) -> Mat<Complex64> {
    let d = operator.nrows();
    let share = trace(operator).re / d as f64;
    Mat::from_fn(d, d, |i, j| Complex64::from(if i == j { share } else { 0.0 }))
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
        [choi] if choi.nrows() <= rank::MAX_SIDE => vec![rank::reduced(choi.clone(), &constraints(task))?],
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

/// The linear relations among the τ_k.
struct Relations {
    /// Coefficient vectors u that span the others, with ‖Σ u_k τ_k‖ = 1.
    independent: Vec<Vec<f64>>,
    /// Unit vectors u with Σ u_k τ_k = 0, nearly, and what is left of it.
    relations: Vec<(Vec<f64>, f64)>,
}

impl Relations {
    fn among(operators: &[Mat<Complex64>]) -> Result<Self, EigenError> {
        /// What data that are right to [`TOLERANCE`] make of zero, with a margin of an order.
        const ZERO: f64 = 10.0 * TOLERANCE;
        let n = operators.len();
        let gram = Mat::from_fn(n, n, |k, l| inner(&operators[k], &operators[l]));
        let (_, vectors) = symmetric_eigen(&gram)?;
        let mut found = Self { independent: Vec::new(), relations: Vec::new() };
        for l in 0..n {
            let u: Vec<f64> = (0..n).map(|k| vectors[(k, l)]).collect();
            let norm = combined(&u, operators).norm_l2();
            match norm > ZERO {
                true => found.independent.push(u.iter().map(|u| u / norm).collect()),
                false => found.relations.push((u, norm)),
            }
        }
        Ok(found)
    }

    /// F and K that show that no map makes the `made` of the τ_k, where it needs no solver: traces that differ, or a
    /// relation that is not shared.
    fn obstruction(
        &self,
        reference: &[Mat<Complex64>],
        made: &[Mat<Complex64>],
    ) -> Option<(Vec<Mat<Complex64>>, Mat<Complex64>)> {
        let input = reference.first().map_or(0, Mat::nrows);
        let output = made.first().map_or(0, Mat::nrows);
        let mut differences =
            reference.iter().zip(made).map(|(tau, m)| (trace(m) - trace(tau)).re).enumerate();
        if let Some((k, difference)) = differences.find(|(_, difference)| difference.abs() > TOLERANCE) {
            let sign = faer::Scale(Complex64::from(difference.signum()));
            let mut functional = vec![Mat::<Complex64>::zeros(output, output); made.len()];
            functional[k] = Mat::<Complex64>::identity(output, output) * sign;
            return Some((functional, reference[k].transpose() * sign));
        }
        for (relation, left) in &self.relations {
            let sum = combined(relation, made);
            // No trace-preserving positive map makes more of what is left than its trace norm.
            if sum.norm_l2() > TOLERANCE + 2.0 * (input as f64).sqrt() * left {
                let scale = 1.0 / sum.norm_l2();
                let operator = |u: &f64| &sum * faer::Scale(Complex64::from(u * scale));
                return Some((relation.iter().map(operator).collect(), Mat::zeros(input, input)));
            }
        }
        None
    }
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
    let hermitian = hermitian_part(&multiplier);
    let wide = kron(&hermitian, &Mat::identity(output, output));
    let operator = witness_operator(reference, &operators);
    let mut least = spectrum_ends(&(&wide - &operator))?.0;
    if maps == Maps::Decomposable {
        least = least.min(spectrum_ends(&(&wide - partial_transpose(&operator, output)))?.0);
    }
    let size = (wide.norm_max() + operator.norm_max()) * n as f64;
    let shift = (-least).max(0.0) + MARGIN * size.max(1.0);
    let multiplier = Mat::from_fn(input, input, |i, j| hermitian[(i, j)] + if i == j { shift } else { 0.0 });
    let bound = trace(&multiplier).re;
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
