//! Models of a given assemblage with as little noise as possible.
//!
//! For given measurements of Alice's the most visible mixture is one semidefinite program ([`Mixture`]). Its dual is an
//! inequality that holds for these measurements; a see-saw finds others that violate it, they join, and so on
//! until nothing violates it, or the visibility is what was asked for. All deterministic measurements are there from the
//! start, so that the classical models are.
//!
//! Where nothing says that the assemblage itself is out of reach, a [fit](super::fit) of a single model comes first: it takes a
//! moment, and most quantum assemblages have one in a small dimension of Alice's.

use faer::Mat;
use num_complex::Complex64;
use rayon::prelude::*;

use super::climb::{Climb, Peak, predicted};
use super::fit::{Approach, Fit};
use super::{Measurements, Search, SearchError, peaks};
use crate::backend::{Backend, InteriorPoint, Settings};
use crate::linalg::{hermitian_part, spectrum_ends, trace};
use crate::model::{Component, Model, ghjw_measurements, with_unit_sum};
use crate::num::{Matrix, Number};
use crate::program::classical::Strategies;
use crate::program::strategy::{self, Mixture};
use crate::program::{PointStatus, Stop};
use crate::scenario::{Answers, Assemblage, Functional, Index, OperatorTable, Scenario};

/// More deterministic strategies than this do not join.
const MAX_STRATEGIES: u64 = 256;
/// The most rounds.
const ROUNDS: usize = 30;
/// How many sets join in a round.
const NEW: usize = 6;
/// So many rounds without a gain are the end of it.
const PATIENCE: usize = 4;
/// The tolerance of the program.
const TOLERANCE: f64 = 1e-10;
/// F is scaled so that a model of value g can add no more than g to the visibility; less is not worth a round, nor
/// is what is missing to the goal.
const LEAST_GAIN: f64 = 3e-8;
/// Visibilities beyond this are not looked for: an assemblage is quantum at 1 already, and what lies between is for the
/// proof.
const CAP: f64 = 1.001;
/// No better one is looked for than a model of this visibility: it leaves room for a proof.
const ENOUGH: f64 = 1.0005;
/// With more components than this, a certificate's limit less one for white noise, fewer make the same, or those of deterministic strategies
/// are put together, so many at a time.
const MAX_COMPONENTS: usize = 63;
const GROUP: usize = 16;
/// Fits in each dimension, and dimensions beyond those of climbs: they take less.
const FITS: u64 = 4;
const MORE_DIMENSIONS: usize = 2;
/// A set whose states have less weight than this takes no part.
const LEAST_WEIGHT: f64 = 1e-9;

/// Predicted seconds for a second: small programs take about half of what they are predicted to.
const PREDICTED: f64 = 2.0;

/// A model of v·σ + (1−v)·ν.
#[derive(Debug, Clone)]
pub struct VisibleModel {
    /// v.
    pub visibility: f64,
    /// The model.
    pub model: Model,
}

/// The model with the most visibility that is found, up to `goal`. `None` if not even one of the noise is.
///
/// `hint` is an inequality that is thought to be the best: models that saturate it join first.
pub fn visible_model(
    scenario: &Scenario,
    tables: [&Assemblage; 2],
    hint: Option<&Functional>,
    goal: f64,
    search: &Search,
) -> Result<Option<VisibleModel>, SearchError> {
    let watch = search.watch.showing(None);
    let settings = Settings { tolerance: TOLERANCE, threads: 1, watch, ..Settings::default() };
    let answers = Answers::of(scenario, &tables);
    if let Some(model) = certain(scenario, &answers, tables[0])? {
        return Ok(Some(VisibleModel { visibility: 1.0, model }));
    }
    // Where a bound says that the assemblage itself is out of reach, only mixtures come close to it.
    let fit = Fit::new(scenario, tables, &answers);
    let mut best = if goal >= ENOUGH { fitted(scenario, &fit, search)? } else { None };
    if let Some(found) = best.take_if(|found| found.visibility >= 1.0) {
        return Ok(Some(found));
    }
    let mut sets = deterministic(scenario, &answers);
    sets.push(indifferent(scenario, &answers, tables[0]));
    let always = sets.len();
    // Measurements that make all of the elements at an input; an instrumental scenario shows one outcome of each.
    for y in 0..scenario.inputs().len() {
        let whole = match scenario.kind.is_instrumental() {
            true => completed_at(scenario, tables[0], y)?,
            false => vec![sharpened(scenario, tables[0], y)?],
        };
        for whole in whole {
            sets.push(with_answers(ghjw_measurements(scenario, &whole, y)?, &answers)?);
        }
    }
    if let Some(functional) = hint {
        let climb = Climb::new(scenario, functional, &answers, &search.watch);
        for dimension in climb.dimensions(search).take_while(|_| !search.watch.is_interrupted()) {
            let peaks = peaks(scenario, &climb, dimension, f64::INFINITY, search)?;
            sets.extend(peaks.into_iter().map(|peak| peak.measurements));
        }
    }
    let mut last_gain = 0;
    let mut effort = fit.effort();
    for round in 0..ROUNDS {
        if search.watch.is_interrupted() {
            break;
        }
        let mixture = Mixture::new(scenario, tables, &answers, sets.iter(), CAP);
        let solution = InteriorPoint.solve(&mixture.program, &settings)?;
        // Halfway there the multipliers do not fit their equations: the round before has the best model.
        if solution.stop == Stop::Interrupted || solution.dual_status == PointStatus::Unknown {
            break;
        }
        let states: Vec<&[Mat<Complex64>]> = solution.dual.blocks.chunks(scenario.inputs().len()).collect();
        // The multipliers fit their equations to rounding, whatever the value misses: they are of visibility cap − u.
        let visibility = CAP - solution.dual.inequalities.first().copied().unwrap_or(0.0);
        if best.as_ref().is_none_or(|best| visibility > best.visibility + LEAST_GAIN / 10.0) {
            last_gain = round;
        }
        if best.as_ref().is_none_or(|best| visibility > best.visibility) {
            best = Some(VisibleModel { visibility, model: model(scenario, &sets, &states)? });
        }
        search.watch.report(visibility.min(1.0), goal.min(1.0));
        effort += predicted(&mixture.program, &solution);
        let late = effort > PREDICTED * search.max_seconds;
        if late || visibility >= goal.min(ENOUGH) - LEAST_GAIN || round >= last_gain + PATIENCE {
            break;
        }
        let joined = sets.split_off(always).into_iter().zip(&states[always..]);
        sets.extend(joined.filter(|(_, states)| weight(states) > LEAST_WEIGHT).map(|(set, _)| set));
        let functional = mixture.functional(scenario, &solution.y);
        let random = Search { seed: search.seed.wrapping_add(round as u64), ..search.clone() };
        let (found, spent) = better(scenario, &functional, &answers, &sets[always..], &random)?;
        effort += spent;
        if found.is_empty() {
            break;
        }
        sets.extend(found);
    }
    Ok(best)
}

/// The model of most visibility to which fits lead: [`ENOUGH`] inside of what models can do, one on the boundary, or less where
/// they do not come so far.
fn fitted(scenario: &Scenario, fit: &Fit, search: &Search) -> Result<Option<VisibleModel>, SearchError> {
    let mut best: Option<Approach> = None;
    let within_reach =
        |dimension: &usize| fit.predicted_seconds(*dimension) * FITS as f64 <= search.max_seconds;
    for dimension in (2..=search.max_dimension + MORE_DIMENSIONS).take_while(within_reach) {
        let from = |number: u64| fit.approach(dimension, ENOUGH, (search.seed, number), &search.watch);
        // Most often the first does as well as any.
        let mut found = vec![from(0)];
        if found.iter().flatten().all(|found| found.visibility < 1.0) {
            found.par_extend((1..FITS).into_par_iter().map(from));
        }
        let found =
            found.into_iter().flatten().max_by(|one, other| one.visibility.total_cmp(&other.visibility));
        if let Some(found) = found
            && best.as_ref().is_none_or(|best| found.visibility > best.visibility)
        {
            best = Some(found);
        }
        let reached = best.as_ref().map_or(0.0, |best| best.visibility);
        search.watch.report(reached.min(1.0), 1.0);
        if reached >= 1.0 || fit.effort() > search.max_seconds || search.watch.is_interrupted() {
            break;
        }
    }
    let Some(best) = best else { return Ok(None) };
    let best = fit.refined(best, &search.watch);
    let (measurements, states) = fit.model(&best);
    let component = Component::from_states(&measurements, &states, scenario.dimension())?;
    Ok(Some(VisibleModel { visibility: best.visibility, model: Model::pure(component) }))
}

/// Measurements whose best states violate the inequality: the highest local maxima near those in use, and near
/// random ones in the least dimension where there are any. With the seconds that the search was predicted to take.
fn better(
    scenario: &Scenario,
    functional: &Functional,
    answers: &Answers,
    used: &[Measurements],
    search: &Search,
) -> Result<(Vec<Measurements>, f64), SearchError> {
    let climb = Climb::new(scenario, functional, answers, &search.watch);
    let near: Result<Vec<Peak>, SearchError> =
        used.par_iter().map(|set| climb.to_the_top(climb.short(set.clone())?, f64::INFINITY)).collect();
    let mut found = near?;
    for dimension in climb.dimensions(search).take_while(|_| !search.watch.is_interrupted()) {
        if dimension > 2 && found.iter().any(|peak| peak.value > LEAST_GAIN) {
            break;
        }
        found.extend(peaks(scenario, &climb, dimension, f64::INFINITY, search)?);
    }
    found.retain(|peak| peak.value > LEAST_GAIN);
    found.sort_by(|one, other| other.value.total_cmp(&one.value));
    let measurements = found.into_iter().take(NEW).map(|peak| peak.measurements).collect();
    Ok((measurements, climb.effort()))
}

/// Alice's device that ignores her system: M_{a|x} = p(a|x), which makes white noise.
fn indifferent(scenario: &Scenario, answers: &Answers, assemblage: &Assemblage) -> Measurements {
    let [outcomes, settings, _] = scenario.shape();
    let p = |a, x| if answers.has(a, x) { assemblage.probability(scenario, a, x).re() } else { 0.0 };
    let element = |a, x| Mat::from_fn(1, 1, |_, _| Complex64::from(p(a, x)));
    (0..settings).map(|x| (0..outcomes).map(|a| element(a, x)).collect()).collect()
}

/// The same measurements without what rounding gives to other outcomes.
fn with_answers(given: Measurements, answers: &Answers) -> Result<Measurements, SearchError> {
    let of_setting = |(x, mut elements): (usize, Vec<Mat<Complex64>>)| {
        if answers.to(x).len() == elements.len() {
            return Ok(elements);
        }
        for (a, element) in elements.iter_mut().enumerate() {
            if !answers.has(a, x) {
                *element = Mat::zeros(element.nrows(), element.ncols());
            }
        }
        Ok(with_unit_sum(elements)?)
    };
    given.into_iter().enumerate().map(of_setting).collect()
}

/// An assemblage without as much white noise as all its elements at an input can do without: measurements that make
/// it are not blurred by the noise.
fn sharpened(scenario: &Scenario, assemblage: &Assemblage, y: usize) -> Result<Assemblage, SearchError> {
    /// Answers less likely than this do not count.
    const LEAST: f64 = 1e-9;
    let d = scenario.dimension();
    let p = |index| assemblage.0.trace(index).re();
    let mut share: f64 = 1.0;
    for index in assemblage.0.indices().filter(|index| index.y == y && p(*index) > LEAST) {
        let (least, _) = spectrum_ends(assemblage.0.value(index))?;
        share = share.min(least.max(0.0) * d as f64 / p(index));
    }
    let element = |index: Index| {
        let white = faer::Scale(Complex64::from(share * p(index) / d as f64));
        let sharp = assemblage.0.value(index) - Mat::<Complex64>::identity(d, d) * white;
        Matrix::from_fn(d, d, |i, j| Number::from_approx(sharp[(i, j)]))
    };
    // Nothing is left of white noise.
    if share >= 1.0 - LEAST {
        return Ok(assemblage.clone());
    }
    Ok(Assemblage(OperatorTable::from_fn(scenario, element)))
}

/// The model of an assemblage in which each setting has one answer: Bob's device makes its states. The mixture has no
/// interior then, and nothing to mix.
fn certain(
    scenario: &Scenario,
    answers: &Answers,
    assemblage: &Assemblage,
) -> Result<Option<Model>, SearchError> {
    let [outcomes, settings, inputs] = scenario.shape();
    if (0..settings).any(|x| answers.to(x).len() > 1) {
        return Ok(None);
    }
    let d = scenario.dimension();
    let unit = |yes: bool| Mat::from_fn(1, 1, |_, _| Complex64::from(if yes { 1.0 } else { 0.0 }));
    let measurement = |x| (0..outcomes).map(|a| unit(answers.has(a, x))).collect();
    let measurements: Measurements = (0..settings).map(measurement).collect();
    let shown = |y| {
        let of_setting = |x| answers.to(x).first().map(|&a| Index { a, x, y });
        (0..settings).filter_map(of_setting).find(|index| scenario.sees(*index))
    };
    // What is never shown may be anything.
    let white = || Mat::<Complex64>::identity(d, d) * faer::Scale(Complex64::from(1.0 / d as f64));
    let state = |y| shown(y).map_or_else(white, |index| assemblage.0.value(index).clone());
    let states: Vec<Mat<Complex64>> = (0..inputs).map(state).collect();
    Ok(Some(Model::pure(Component::from_states(&measurements, &states, d)?)))
}

/// What an instrumental assemblage shows at an input, completed there: a state ρ above all of σ_{y|x} leaves ρ − σ_{y|x},
/// which is shared out among the other outcomes. It is that of the least trace, with as much of 1 as makes its trace one,
/// and 1/d if that is above them too.
fn completed_at(
    scenario: &Scenario,
    assemblage: &Assemblage,
    y: usize,
) -> Result<Vec<Assemblage>, SearchError> {
    let d = scenario.dimension();
    let settings = Settings { tolerance: TOLERANCE, threads: 1, ..Settings::default() };
    let seen: Vec<Mat<Complex64>> =
        (0..scenario.settings().len()).map(|x| assemblage.0.value(Index { a: y, x, y }).clone()).collect();
    let best = InteriorPoint.solve(&strategy::measurement(&seen), &settings)?.dual.blocks;
    // K = Σ_x Z_x σ_x, for (K − σ_x)Z_x = 0 and Σ_x Z_x = 1.
    let mut least = Mat::<Complex64>::zeros(d, d);
    best.iter().zip(&seen).for_each(|(z, element)| least += z * element);
    let mut least = hermitian_part(&least);
    let missing = (1.0 - trace(&least).re) / d as f64;
    (0..d).for_each(|b| least[(b, b)] += missing);
    let mut greatest: f64 = 0.0;
    for element in &seen {
        greatest = greatest.max(spectrum_ends(element)?.1);
    }
    let even = 1.0 / d as f64;
    let white = Mat::<Complex64>::identity(d, d) * faer::Scale(Complex64::from(even));
    let states = if greatest <= even + TOLERANCE { vec![least, white] } else { vec![least] };
    let completed = |state: &Mat<Complex64>| {
        Assemblage(OperatorTable::from_fn(scenario, |Index { a, x, .. }| {
            let p = |a| assemblage.probability(scenario, a, x).re();
            let share = if a == y { 1.0 } else { (p(a) / (1.0 - p(y)).max(f64::MIN_POSITIVE)).min(1.0) };
            let rest = state - &seen[x];
            let value = if a == y { &seen[x] } else { &rest };
            Matrix::from_fn(d, d, |i, j| Number::from_approx(value[(i, j)] * share))
        }))
    };
    Ok(states.iter().map(completed).collect())
}

/// All deterministic strategies with these answers as measurements of a one-dimensional system.
fn deterministic(scenario: &Scenario, answers: &Answers) -> Vec<Measurements> {
    let Ok(strategies) = Strategies::new(scenario, MAX_STRATEGIES) else { return Vec::new() };
    let unit = |yes: bool| Mat::from_fn(1, 1, |_, _| Complex64::from(if yes { 1.0 } else { 0.0 }));
    let measurement = |answer| (0..scenario.outcomes().len()).map(|a| unit(a == answer)).collect();
    let possible = |number: &u64| strategies.answers(*number).enumerate().all(|(x, a)| answers.has(a, x));
    let set = |number| strategies.answers(number).map(measurement).collect();
    (0..strategies.count()).filter(possible).map(set).collect()
}

fn model(
    scenario: &Scenario,
    sets: &[Measurements],
    states: &[&[Mat<Complex64>]],
) -> Result<Model, SearchError> {
    let mut components = Vec::new();
    for (measurements, states) in sets.iter().zip(states) {
        let weight = weight(states);
        if weight < LEAST_WEIGHT {
            continue;
        }
        let normalised: Vec<Mat<Complex64>> =
            states.iter().map(|z| z * faer::Scale(Complex64::from(1.0 / weight))).collect();
        let component = Component::from_states(measurements, &normalised, scenario.dimension())?;
        components.push(Component { weight, ..component });
    }
    let sum: f64 = components.iter().map(|component| component.weight).sum();
    components.iter_mut().for_each(|component| component.weight /= sum);
    let model = Model { components };
    if model.components.len() <= MAX_COMPONENTS {
        return Ok(model);
    }
    let model = model.thinned(scenario)?;
    Ok(if model.components.len() > MAX_COMPONENTS { model.merged(GROUP) } else { model })
}

/// tr ρ^y, the same for every y.
fn weight(states: &[Mat<Complex64>]) -> f64 {
    let total: f64 = states.iter().flat_map(|z| (0..z.nrows()).map(|i| z[(i, i)].re)).sum();
    total / states.len() as f64
}
