//! Closing the gap between the two sides of a bound: levels are raised, and models looked for again.

use super::ladder::{Ladder, Rung};
use super::{Error, Options};
use crate::backend::SolveError;
use crate::problem::Problem;
use crate::report::{ClimbStep, Quantity};
use crate::scenario::Functional;
use crate::seesaw::Search;

/// By how much an outer value exceeds the inner one.
pub(super) fn gap(sign: f64, inner: &Quantity, outer: f64) -> Option<f64> {
    inner.value.map(|inner| sign * (outer - inner))
}

/// The best value of a model that is found, for an outer value.
pub(super) type Inner<'a> = dyn Fn(f64, &Options<'_>) -> Quantity + 'a;

/// The two sides of a bound while levels are raised.
pub(super) struct Climb {
    pub sign: f64,
    pub best: Rung,
    pub inner: Quantity,
    pub steps: Vec<ClimbStep>,
    /// Why it ended before the target.
    pub end: Option<String>,
}

impl Climb {
    fn gap(&self) -> f64 {
        gap(self.sign, &self.inner, self.best.number()).unwrap_or(f64::INFINITY)
    }

    fn record(&mut self, rung: &Rung) {
        self.steps.push(ClimbStep {
            level: rung.level.clone(),
            words: rung.size.words,
            value: rung.number(),
            gap: gap(self.sign, &self.inner, rung.number()),
            seconds: rung.solver.seconds,
        });
    }

    /// Raises the level until the sides are as close as the target, or a level is out of reach. The model may be what is
    /// short: it is looked for once more before the first level that takes long, in larger dimensions of Alice's, and where
    /// a level gives the same bound as another.
    pub fn close(
        &mut self,
        problem: &Problem,
        functional: &Functional,
        target: f64,
        options: &Options<'_>,
        (ladder, inner): (&mut Ladder, &Inner<'_>),
    ) -> Result<(), Error> {
        /// A level that is predicted to take longer is not begun.
        const MAX_SECONDS: f64 = 1800.0;
        /// A level that is predicted to take longer is worth another search.
        const LONG_SECONDS: f64 = 1.0;
        let first = self.best.clone();
        self.record(&first);
        let mut searches = 0;
        while self.gap() > target {
            if options.settings.watch.is_interrupted() {
                self.end = Some("interrupted".to_owned());
                return Ok(());
            }
            let Some(step) = ladder.next() else {
                self.end = Some("there is no higher level on the ladder".to_owned());
                return Ok(());
            };
            if step.seconds > MAX_SECONDS {
                let hours = step.seconds / 3600.0;
                self.end = Some(format!("level {} would take about {hours:.1} hours", step.level));
                return Ok(());
            }
            if step.seconds > LONG_SECONDS && searches == 0 {
                searches += 1;
                self.search_again(searches, options, inner);
                if self.gap() <= target {
                    break;
                }
            }
            let rung = match step.level.outer(problem, functional, options) {
                Ok(Some(rung)) => rung,
                Ok(None) => continue,
                Err(error @ (Error::Solve(SolveError::TooLarge { .. }) | Error::Unsolved { .. })) => {
                    self.end = Some(format!("level {}: {error}", step.level));
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            self.record(&rung);
            let gain = self.sign * (self.best.value - rung.value);
            if gain > 0.0 || rung.quantity.verified && !self.best.quantity.verified {
                self.best = rung;
            }
            if self.gap() > target && gain.abs() <= target {
                searches += 1;
                self.search_again(searches, options, inner);
            }
        }
        Ok(())
    }

    /// Looks for models from other starts, for the n-th time, and in larger dimensions.
    fn search_again(&mut self, time: u64, options: &Options<'_>, inner: &Inner<'_>) {
        /// Beyond those of the first search: optima of random functionals with three outcomes were found in up to five
        /// dimensions.
        const MORE_DIMENSIONS: usize = 2;
        let wider = |search: &Search| Search {
            seed: search.seed.wrapping_add(time),
            max_dimension: search.max_dimension + MORE_DIMENSIONS,
            ..search.clone()
        };
        let search = options.search.as_ref().map(wider);
        let again = Options { level: None, settings: options.settings.clone(), search, ..*options };
        let found = inner(self.best.value, &again);
        let better = |new: f64, old: f64| self.sign * (new - old) > 0.0;
        match (found.value, self.inner.value) {
            (Some(new), Some(old)) if better(new, old) && found.verified => self.inner = found,
            (Some(_), None) => self.inner = found,
            _ => {}
        }
    }
}
