//! Random functionals: inner and outer values.

use std::error::Error;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use steerq::pipeline::{Options, bound};
use steerq::program::classical::classical_value;
use steerq::report::BoundReport;

use super::{Attempt, Case, failed, options};
use crate::table::Outcome;
use crate::{random, text};

/// What is left between the values of a closed problem.
const CLOSED: f64 = 1e-6;

/// 2–4 settings.
pub fn functional(seed: u64) -> Result<Case, Box<dyn Error>> {
    of_settings(seed, 4)
}

/// 2–5 settings.
pub fn wide_functional(seed: u64) -> Result<Case, Box<dyn Error>> {
    of_settings(seed, 5)
}

fn of_settings(seed: u64, most: usize) -> Result<Case, Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let scenario = random::shape_within(&mut random, most);
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let operators: Vec<_> =
        (0..outcomes * settings * inputs).map(|_| random::hermitian(&mut random, d)).collect();
    let problem = text::functional(&scenario, &|index| {
        operators[(index.a * settings + index.x) * inputs + index.y].clone()
    })?;
    Ok(Case { problem, row: format!("d = {d}, {outcomes} outcomes"), classical: None })
}

/// The program chooses the levels.
pub fn close(case: &Case, attempt: &Attempt<'_>) -> Outcome {
    let least = case.problem.require_functional("bound").ok();
    let least = least.and_then(|functional| classical_value(&case.problem.scenario, functional).ok());
    // The quantum value is at least as large.
    let gap = CLOSED * least.unwrap_or(1.0).max(1.0);
    let of_file = Options { level: None, gap: Some(gap), ..options("1+AB", attempt) };
    match bound(&case.problem, &of_file) {
        Ok(report) => evaluated(&report),
        Err(error) => failed(error.to_string()),
    }
}

fn evaluated(report: &BoundReport) -> Outcome {
    let (inner, outer) = (&report.bounds.quantum_inner, &report.bounds.quantum_outer);
    let verified = inner.verified && outer.verified;
    let measure = inner.value.zip(outer.value).map(|(inner, outer)| (outer - inner) / outer.abs().max(1.0));
    let closed = verified && measure.is_some_and(|gap| gap <= CLOSED);
    let shown = measure.map_or_else(String::new, |gap| format!("gap {gap:.1e} at {}, ", report.level));
    Outcome {
        closed,
        // An inner value beyond an outer one, both verified.
        wrong: verified && measure.is_some_and(|gap| gap < 0.0),
        level: report.level.clone(),
        measure,
        note: format!("{shown}{}", inner.note),
        ..Outcome::default()
    }
}
