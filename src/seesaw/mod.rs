//! The search for explicit quantum models of a high value [Theory §5].
//!
//! A see-saw climbs: for Alice's measurements the best states ρ^y, for the states the best measurements, each
//! half step a small semidefinite program (or eigenvalue problem) solved to its optimum. Where that creeps, a quasi-Newton
//! ascent moves everything at once. It ends in a local maximum, so that several are climbed from random measurements, in
//! growing dimensions of Alice's.
//!
//! A model of a given assemblage is first looked for as a single one, by a least-squares fit, and then as a mixture of such maxima
//! ([`visible_model`]). These are climbed to by half steps alone, which stay near the measurements that are mixed already:
//! ascents scatter over maxima of the same height, and mixtures of more of them than certificates may have were seen.

mod ascent;
mod climb;
mod fit;
mod frames;
mod mixture;
mod start;

pub use mixture::{VisibleModel, visible_model};

use faer::Mat;
use num_complex::Complex64;
use rayon::prelude::*;

use crate::backend::{SolveError, Watch};
use crate::linalg::EigenError;
use crate::model::{Component, Model};
use crate::scenario::{Answers, Functional, Scenario};
use climb::{Climb, Peak};

/// How long to look.
#[derive(Debug, Clone)]
pub struct Search {
    /// The seed of the random starts: the same seed finds the same model.
    pub seed: u64,
    /// The largest dimension of Alice's.
    pub max_dimension: usize,
    /// Starts in each dimension.
    pub starts: usize,
    /// The search ends at a value that is so near the target, relative to it.
    pub tolerance: f64,
    /// No dimension is begun that is predicted to take longer, nor a round of [`visible_model`] after so much. It is predicted
    /// and not measured, so that what is found depends neither on the machine nor on its load.
    pub max_seconds: f64,
    /// Told how far it is, and asked whether to go on: an interrupted search gives the best model so far.
    pub watch: Watch,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            seed: 0,
            max_dimension: 4,
            starts: 8,
            tolerance: 1e-9,
            max_seconds: 8.0,
            watch: Watch::default(),
        }
    }
}

/// Why a search gave nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SearchError {
    /// A half step failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// An eigenvalue could not be computed.
    #[error(transparent)]
    Eigen(#[from] EigenError),
}

/// The best model found for a functional, in its own sense.
///
/// `target` is a bound that no model exceeds, in the same units, such as the hierarchy's: the search ends where
/// it is met; infinite if none is known. Operators should be of order one.
pub fn best_model(
    scenario: &Scenario,
    functional: &Functional,
    target: f64,
    search: &Search,
) -> Result<Model, SearchError> {
    let sign = functional.sense.sign();
    let goal = if target.is_finite() {
        sign * target - search.tolerance * (1.0 + target.abs())
    } else {
        f64::INFINITY
    };
    let climb = Climb::new(scenario, functional, &Answers::all(scenario), &search.watch).with_ascents();
    let mut best = Peak::none();
    for dimension in climb.dimensions(search) {
        for peak in peaks(scenario, &climb, dimension, goal, search)? {
            if peak.value > best.value {
                best = peak;
            }
        }
        search.watch.report(sign * best.value, target);
        if best.value >= goal || search.watch.is_interrupted() {
            break;
        }
    }
    Ok(Model::pure(Component::from_states(&best.measurements, &best.states, scenario.dimension())?))
}

/// Local maxima from random starts in a dimension of Alice's: a few steps from everywhere, and on to the top, or the
/// goal, from the most promising.
fn peaks(
    scenario: &Scenario,
    climb: &Climb,
    dimension: usize,
    goal: f64,
    search: &Search,
) -> Result<Vec<Peak>, SearchError> {
    let starts: Result<Vec<Peak>, SearchError> = (0..search.starts)
        .into_par_iter()
        .map(|number| {
            let number = number as u64;
            climb.short(start::measurements(scenario, &climb.answers, dimension, search.seed, number))
        })
        .collect();
    let mut starts = starts?;
    starts.sort_by(|one, other| other.value.total_cmp(&one.value));
    starts.truncate((search.starts / 4).max(2));
    starts.into_par_iter().map(|start| climb.to_the_top(start, goal)).collect()
}

/// sign·F_{a|xy}, by x, a, y.
type Operators = Vec<Vec<Vec<Mat<Complex64>>>>;

/// M_{a|x}, by x, then a.
type Measurements = Vec<Vec<Mat<Complex64>>>;
