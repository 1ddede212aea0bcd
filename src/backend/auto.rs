//! The rule that chooses between the native methods, and lets one finish what the other cannot.
//!
//! - Small programs (predicted below [`QUICK_SECONDS`] by interior points): interior points; where they do not
//!   reach the tolerance, the first-order method tries too.
//! - Larger ones: the first-order method, which gives up where it crawls, as on degenerate problems, once it has used
//!   a quarter of the time that interior points are predicted to take. Then these, if they fit in memory, and unless the
//!   program is left sooner for want of [patience](Settings::patience).
//! - Clarabel, if neither says anything.
//! - In double-double arithmetic interior points, which alone have it.
//!
//! Of several answers the one whose multipliers prove the least bound is returned.

use super::{
    Backend, Choice, Clarabel, Cost, Dimensions, FirstOrder, InteriorPoint, Precision, Settings, SolveError,
    check_memory,
};
use crate::program::{PointStatus, Program, Solution, Stop, dual_bound};

/// Interior points are the first choice if they take less than this.
const QUICK_SECONDS: f64 = 0.06;
/// The first-order method is judged once it has used this share of the time that interior points are predicted to
/// take. Both are predictions: the choice does not depend on what else the machine does.
const SHARE: f64 = 0.25;
/// The first-order method gets so many iterations where interior points have failed: it converges much sooner, or not
/// at all.
const SECOND_OPINION: u32 = 2000;

/// The choice by size.
#[derive(Debug, Clone, Copy, Default)]
pub struct Auto;

impl Backend for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn predict(&self, dimensions: &Dimensions) -> Cost {
        let interior = InteriorPoint.predict(dimensions);
        if is_quick(interior) { interior } else { FirstOrder.predict(dimensions) }
    }

    fn choice(&self, dimensions: &Dimensions) -> Choice {
        let interior = InteriorPoint.predict(dimensions);
        let [limit, seconds] = [QUICK_SECONDS, interior.seconds].map(|seconds| format!("{seconds:.2} s"));
        if is_quick(interior) {
            let reason = format!("interior points are predicted to take less than {limit}");
            Choice { backend: InteriorPoint.name(), reason }
        } else {
            let reason =
                format!("interior points are predicted to take {seconds}; they take over if it crawls");
            Choice { backend: FirstOrder.name(), reason }
        }
    }

    fn supports(&self, precision: Precision) -> bool {
        InteriorPoint.supports(precision)
    }

    fn solve(&self, program: &Program, settings: &Settings) -> Result<Solution, SolveError> {
        if settings.precision != Precision::F64 {
            return InteriorPoint.solve(program, settings);
        }
        let dimensions = Dimensions::of(program);
        let interior = InteriorPoint.predict(&dimensions);
        let mut answers = Answers::default();
        if is_quick(interior) {
            answers.add(program, InteriorPoint.solve(program, settings));
            if !answers.settled() {
                let limited = limited(settings, SECOND_OPINION);
                answers.add(program, FirstOrder.solve(program, &limited));
            }
        } else {
            let fits = check_memory(&InteriorPoint, &dimensions).is_ok();
            let seconds = if fits { interior.seconds } else { f64::INFINITY };
            let trial = SHARE * seconds / FirstOrder::iteration_seconds(&dimensions);
            answers.add(program, FirstOrder.solve_within(program, settings, trial));
            let left = settings.patience().is_some_and(|patience| f64::from(patience) < trial);
            if !(answers.settled() || left && answers.best.is_some()) {
                answers.add(program, InteriorPoint.solve(program, settings));
            }
        }
        if answers.best.is_none() {
            answers.add(program, Clarabel.solve(program, settings));
        }
        answers.into_result(settings.watch.is_interrupted())
    }
}

/// Whether interior points are the first choice.
fn is_quick(interior: Cost) -> bool {
    interior.seconds <= QUICK_SECONDS
}

/// The settings with at most so many first-order iterations.
fn limited(settings: &Settings, iterations: u32) -> Settings {
    let steps = iterations / FirstOrder::ITERATIONS_PER_NEWTON_STEP;
    Settings { max_iterations: steps.min(settings.max_iterations), ..settings.clone() }
}

/// The best of several answers, and the time of all.
#[derive(Default)]
struct Answers {
    best: Option<(f64, Solution)>,
    error: Option<SolveError>,
    seconds: f64,
}

impl Answers {
    fn add(&mut self, program: &Program, answer: Result<Solution, SolveError>) {
        match answer {
            Ok(solution) => {
                self.seconds += solution.seconds;
                let bound = dual_bound(program, &solution.dual).unwrap_or(f64::INFINITY);
                // A proof that there is no solution ends the matter; else every bound is one, and the least counts.
                let better = self
                    .best
                    .as_ref()
                    .is_none_or(|(best, kept)| proves(&solution) || (!proves(kept) && bound < *best));
                if better {
                    self.best = Some((bound, solution));
                }
            }
            Err(error) => self.error = self.error.take().or(Some(error)),
        }
    }

    fn settled(&self) -> bool {
        self.best.as_ref().is_some_and(|(_, solution)| settles(solution))
    }

    fn into_result(self, interrupted: bool) -> Result<Solution, SolveError> {
        match (self.best, self.error) {
            (Some((_, solution)), _) => {
                let stop = if interrupted && !settles(&solution) { Stop::Interrupted } else { solution.stop };
                Ok(Solution { stop, seconds: self.seconds, ..solution })
            }
            (None, Some(error)) => Err(error),
            (None, None) => {
                Err(SolveError::Failed { backend: "auto", reason: "no method was tried".to_owned() })
            }
        }
    }
}

/// Whether there is nothing left to do.
fn settles(solution: &Solution) -> bool {
    matches!(solution.stop, Stop::Converged | Stop::GoalMet | Stop::GoalMissed) || proves(solution)
}

/// Whether the answer proves that the program, or its dual, has no solution.
fn proves(solution: &Solution) -> bool {
    [solution.primal_status, solution.dual_status].contains(&PointStatus::Certificate)
}
