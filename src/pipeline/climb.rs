//! Closing the gap between the two sides of a bound: levels are raised, and models looked for again.
//!
//! Models come first, as they take a moment, and the best says what a level has to come down to. Most levels do not, which is clear long
//! before their last digit: those that take more than a moment are left then, and the time is for the level that does. Where it does not
//! show soon, others have their turn first.

use super::growth::{self, Growth};
use super::ladder::{AnyLevel, Ladder, Rung, Step, Turn};
use super::{Error, Options};
use crate::backend::{Precision, Settings, SolveError};
use crate::problem::Problem;
use crate::program::Stop;
use crate::report::{ClimbReport, ClimbStep, Quantity};
use crate::scenario::Functional;
use crate::seesaw::Search;

/// A level that is predicted to take longer is not begun.
const MAX_SECONDS: f64 = 1800.0;
/// A level that is predicted to take less is solved to its last digit, whatever it misses.
const MOMENT_SECONDS: f64 = 0.1;
/// The share of the gap that the bound is to come down to: the rest is for the rounding of its proof. If that takes more, the share
/// becomes smaller.
const SHARE: f64 = 0.5;
const SMALLER: f64 = 0.2;
const LEAST_SHARE: f64 = 0.01;
/// For every so many seconds that the next level is predicted to take models have to have been looked for from as many starts as a first
/// search has: local maxima are many, and a level that comes down to the best is of no use where that is not found. Of 25 random
/// functionals that no level had closed within minutes five had better models.
const SECONDS_OF_STARTS: f64 = 8.0;
/// The most, in those of a first search.
const MOST_STARTS: f64 = 12.0;

/// By how much an outer value exceeds the inner one.
pub(super) fn gap(sign: f64, inner: &Quantity, outer: f64) -> Option<f64> {
    inner.value.map(|inner| sign * (outer - inner))
}

/// The best value of a model that is found, for an outer value.
pub(super) type Inner<'a> = dyn Fn(f64, &Options<'_>) -> Quantity + 'a;

/// What is to be closed.
pub(super) struct Climb<'a> {
    pub problem: &'a Problem,
    pub functional: &'a Functional,
    /// How close the two sides are to come.
    pub target: f64,
    pub options: &'a Options<'a>,
    pub inner: &'a Inner<'a>,
}

/// The two sides of a bound, and how they came there.
pub(super) struct Climbed {
    pub best: Rung,
    pub inner: Quantity,
    pub report: ClimbReport,
}

/// The two sides so far.
struct Sides {
    best: Option<Rung>,
    /// Of the levels that missed the goal, and were left before their last digits, the one with the best bound.
    left: Option<(Rung, Step)>,
    inner: Quantity,
    /// How often models were looked for again.
    searches: u64,
    /// From how many starts, in those of a first search.
    starts: f64,
    steps: Vec<ClimbStep>,
}

impl Climb<'_> {
    /// Raises the level until the sides are as close as the target, or a level is out of reach. The model may be what is
    /// short: it is looked for once more, in larger dimensions of Alice's, where a level misses it, where a level gives the
    /// same bound as another, and before levels that take long.
    pub fn close(&self, mut ladder: Ladder) -> Result<Climbed, Error> {
        let inner = (self.inner)(self.sign() * f64::INFINITY, self.options);
        let mut sides = Sides { best: None, left: None, inner, searches: 0, starts: 1.0, steps: Vec::new() };
        let mut too_long: Option<String> = None;
        let end = loop {
            if self.is_closed(&sides) {
                break None;
            }
            if sides.best.is_some() {
                if self.options.settings.watch.is_interrupted() {
                    break Some("interrupted".to_owned());
                }
                if self.options.search.is_none() {
                    break Some("without a search for models there is nothing to meet".to_owned());
                }
            }
            let step = match ladder.next() {
                Some(Turn::Level(step)) => step,
                Some(Turn::Growth(growth)) => {
                    match self.grow(&mut sides, &growth) {
                        Err(error) if sides.best.is_some() => {
                            too_long.get_or_insert(format!("words by orbits: {error}"));
                        }
                        grown => grown?,
                    }
                    continue;
                }
                None => {
                    break Some(
                        too_long.unwrap_or_else(|| "there is no higher level on the ladder".to_owned()),
                    );
                }
            };
            if sides.best.is_some() && step.seconds > MAX_SECONDS {
                let hours = step.seconds / 3600.0;
                too_long.get_or_insert(format!("level {} would take about {hours:.1} hours", step.level));
                continue;
            }
            self.search_before(&mut sides, step.seconds);
            if self.is_closed(&sides) {
                break None;
            }
            match self.climb(&mut sides, &step) {
                Ok(true) => ladder.postpone(step),
                Ok(false) => {}
                // One that nobody asked for.
                Err(Error::Unsolved { .. }) if !matches!(step.level, AnyLevel::Full(_)) => {}
                Err(Error::Solve(SolveError::Interrupted)) if sides.best.is_some() => {}
                // What was found before is as good as it was, and others may do.
                Err(error) if sides.best.is_some() => {
                    too_long.get_or_insert(format!("level {}: {error}", step.level));
                }
                Err(error) => return Err(error),
            }
        };
        if end.is_some() {
            self.finish(&mut sides);
        }
        let Sides { best, inner, steps, .. } = sides;
        let best = best.ok_or(Error::Unsolved { stop: Stop::Infeasible })?;
        Ok(Climbed { best, inner, report: ClimbReport { target: self.target, steps, end } })
    }

    fn sign(&self) -> f64 {
        self.functional.sense.sign()
    }

    fn is_closed(&self, sides: &Sides) -> bool {
        let best = sides.best.as_ref();
        let gap = best.and_then(|best| gap(self.sign(), &sides.inner, best.number()));
        gap.is_some_and(|gap| gap <= self.target)
    }

    /// What a level's bound has to come down to, and need not be better than. None in finer arithmetic: who asks for that wants
    /// digits.
    fn goal(&self, inner: &Quantity, step: &Step, share: f64) -> Option<f64> {
        let asked = step.seconds > MOMENT_SECONDS && self.options.settings.precision == Precision::F64;
        let goal = inner.value.map(|inner| inner + self.sign() * share * self.target);
        goal.filter(|_| asked)
    }

    /// For a level with so much patience, from where it was left.
    fn options_at(&self, step: &Step, patience: Option<u32>) -> Options<'_> {
        let bookmark = Some(step.bookmark.clone());
        let settings = Settings { patience, bookmark, ..self.options.settings.clone() };
        Options { settings, ..self.options.clone() }
    }

    /// A level's bound, and again if the level misses the best model, but not one that is found thereupon. Whether it is still open
    /// what the level is good for.
    fn climb(&self, sides: &mut Sides, step: &Step) -> Result<bool, Error> {
        let options = self.options_at(step, step.patience);
        let mut share = SHARE;
        loop {
            let goal = self.goal(&sides.inner, step, share);
            let Some(rung) = step.level.outer(self.problem, self.functional, goal, &options)? else {
                return Ok(false);
            };
            let missed = rung.stop == Stop::GoalMissed;
            let open = rung.stop == Stop::Postponed;
            let gain = self.record(sides, rung.clone());
            if missed {
                self.leave(sides, &rung, step);
            }
            if rung.stop == Stop::GoalMet && !self.is_closed(sides) && share > LEAST_SHARE {
                share *= SMALLER;
                continue;
            }
            let same = gain.is_some_and(|gain| gain.abs() <= self.target);
            if self.is_closed(sides) || !(same || missed && sides.searches == 0) {
                return Ok(open);
            }
            self.search_again(sides, rung.value, 1.0);
            let Some((old, new)) = goal.zip(self.goal(&sides.inner, step, share)) else { return Ok(open) };
            // What was missed is known to about a third of itself.
            let missed_by = (rung.value - old) / 3.0;
            if !missed || self.sign() * (new - old - missed_by) < 0.0 || self.is_closed(sides) {
                return Ok(open);
            }
        }
    }

    /// Chooses words, as long as the sides are apart.
    fn grow(&self, sides: &mut Sides, growth: &Growth) -> Result<(), Error> {
        self.search_before(sides, growth::MAX_SECONDS);
        if self.is_closed(sides) {
            return Ok(());
        }
        let inner = sides.inner.value;
        let mut taken = |rung: Rung| {
            let known = |best: &Rung| {
                let no_worse = self.sign() * (best.number() - rung.number()) <= 0.0;
                best.level == rung.level && best.quantity.verified && no_worse
            };
            if !sides.best.as_ref().is_some_and(known) {
                self.record(sides, rung);
            }
            !self.is_closed(sides) && !self.options.settings.watch.is_interrupted()
        };
        growth.grow(self.problem, self.functional, inner, self.options, &mut taken)
    }

    /// Keeps a bound if it is the best, of which verified ones come first, and says by how much it is better.
    fn record(&self, sides: &mut Sides, rung: Rung) -> Option<f64> {
        sides.steps.push(ClimbStep {
            level: rung.level.clone(),
            words: rung.size.words,
            value: rung.number(),
            gap: gap(self.sign(), &sides.inner, rung.number()),
            status: rung.solver.status.clone(),
            seconds: rung.solver.seconds,
        });
        sides.left.take_if(|(left, _)| left.level == rung.level);
        let best = sides.best.as_ref();
        let gain = best.map(|best| self.sign() * (best.number() - rung.number()));
        let better = best.is_none_or(|best| match (best.quantity.verified, rung.quantity.verified) {
            (false, true) => true,
            (true, false) => false,
            _ => gain.is_some_and(|gain| gain > 0.0),
        });
        if better {
            sides.best = Some(rung);
        }
        gain
    }

    /// Remembers a level that was left before its last digits, if it is the best of these.
    fn leave(&self, sides: &mut Sides, rung: &Rung, step: &Step) {
        let excess = |(left, _): &(Rung, Step)| self.sign() * (rung.number() - left.number());
        if sides.left.as_ref().is_none_or(|left| excess(left) < 0.0) {
            sides.left = Some((rung.clone(), step.clone()));
        }
    }

    /// The last digits of the best level that was left before them, if they may make its bound the best; where they cannot be had it
    /// stays as it is.
    fn finish(&self, sides: &mut Sides) {
        /// What the last digits may take off, as a share of the gap: levels are left once it is clear that they miss the goal.
        const MAY_TAKE_OFF: f64 = 0.5;
        let Some((best, (left, step))) = sides.best.as_ref().zip(sides.left.clone()) else { return };
        let excess = self.sign() * (left.number() - best.number());
        let open = gap(self.sign(), &sides.inner, best.number()).unwrap_or(0.0);
        if excess > MAY_TAKE_OFF * open || self.options.settings.watch.is_interrupted() {
            return;
        }
        let options = self.options_at(&step, None);
        if let Ok(Some(rung)) = step.level.outer(self.problem, self.functional, None, &options) {
            self.record(sides, rung);
        }
    }

    /// Looks for models as long as is sensible before what takes so many seconds.
    fn search_before(&self, sides: &mut Sides, seconds: f64) {
        let wanted = (seconds / SECONDS_OF_STARTS).min(MOST_STARTS) - sides.starts;
        if let Some(best) = &sides.best
            && wanted >= 1.0
        {
            let outer = best.value;
            self.search_again(sides, outer, wanted);
        }
    }

    /// Looks for models from other starts, so many times those of the first search, and in larger dimensions.
    fn search_again(&self, sides: &mut Sides, outer: f64, times: f64) {
        /// Beyond those of the first search: optima of random functionals with three outcomes were found in up to five
        /// dimensions.
        const MORE_DIMENSIONS: usize = 2;
        sides.searches += 1;
        sides.starts += times;
        let wider = |search: &Search| Search {
            seed: search.seed.wrapping_add(sides.searches),
            max_dimension: search.max_dimension + MORE_DIMENSIONS,
            starts: (times * search.starts as f64).ceil() as usize,
            max_seconds: times * search.max_seconds,
            ..search.clone()
        };
        let search = self.options.search.as_ref().map(wider);
        let found = (self.inner)(outer, &Options { search, ..self.options.clone() });
        let better = |new: f64, old: f64| self.sign() * (new - old) > 0.0;
        match (found.value, sides.inner.value) {
            (Some(new), Some(old)) if better(new, old) && found.verified => sides.inner = found,
            (Some(_), None) => sides.inner = found,
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::{Progress, Work, bound};
    use super::*;
    use crate::backend::Watch;
    use crate::report::Bounds;

    /// Asks to stop when a level begins that is not the first.
    struct Impatient {
        watch: Watch,
        begun: AtomicUsize,
    }

    impl Progress for Impatient {
        fn start(&self, what: &str, _: f64) -> Box<dyn Work> {
            if what.starts_with("level") && self.begun.fetch_add(1, Ordering::Relaxed) > 0 {
                self.watch.interrupt();
            }
            Box::new(())
        }
    }

    /// What has been proved before an interruption is there after it, though the solver at work gives nothing.
    #[test]
    fn an_interrupted_climb_keeps_its_best() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/icosahedral.toml");
        let problem = Problem::read(&file).unwrap();
        let progress = Impatient { watch: Watch::default(), begun: AtomicUsize::new(0) };
        let settings = Settings { watch: progress.watch.clone(), ..Settings::default() };
        let options = Options {
            gap: Some(1e-6),
            level: "1+AB".parse().ok(),
            settings,
            progress: &progress,
            ..Options::default()
        };
        let report = bound(&problem, &options).unwrap();
        assert_eq!(report.climb.unwrap().end.as_deref(), Some("interrupted"));
        let Bounds { quantum_outer, no_signalling, .. } = report.bounds;
        assert!(quantum_outer.verified && no_signalling.verified, "{quantum_outer:?} {no_signalling:?}");
        assert!((quantum_outer.value.unwrap() - 9.566605).abs() < 1e-6, "{quantum_outer:?}");
    }
}
