//! `steerq bound`: the ladder classical ≤ quantum ≤ no-signalling of an inequality.

use std::fmt;

use super::inner::{inner_value, normalised};
use super::one_side::OneSideLevel;
use super::outer::{Relaxation, Symmetries, refuse_too_large, symmetric_cost, words};
use super::prove::quantity;
use super::{Error, Options, classical_note, level, sequential, subject};
use crate::algebra::{Algebra, functional_polynomial};
use crate::backend::SolveError;
use crate::certificate::{Certificate, GramError, classical_bound, gram, no_signalling_bound};
use crate::moments::Level;
use crate::problem::Problem;
use crate::program::classical::classical_value;
use crate::program::{self, Stop, power_of_two_near, repair};
use crate::report::{
    AssemblageValue, BoundReport, Bounds, ClimbReport, ClimbStep, Quantity, Size, SolverRun,
};
use crate::scenario::{Assemblage, Functional, Kind, Scenario, Sense};
use crate::seesaw::Search;

pub(super) const COEFFICIENTS: Error = Error::Overflow { what: "its coefficients are" };
pub(super) const BOUND: Error = Error::Overflow { what: "its bound is" };

/// The ladder of the problem's functional.
///
/// Solvers see the functional divided by a power of two: bounds and duals are multiplied back, and
/// certificates are about the functional as it is given.
pub fn bound(problem: &Problem, options: &Options<'_>) -> Result<BoundReport, Error> {
    let functional = problem.require_functional("bound")?;
    let assemblage = problem.assemblage()?;
    let scenario = &problem.scenario;
    if scenario.kind == Kind::Sequential {
        return sequential::bound(problem, functional, assemblage, options);
    }
    let level = level(problem, options);
    refuse_too_large(scenario, &level, options)?;
    let sign = functional.sense.sign();
    let mut ladder = Ladder::new(problem, level, options);
    let first = ladder.first(problem, functional, options)?;
    let title = problem.title.as_deref();
    let inner = |outer: f64, options: &Options<'_>| {
        inner_value(scenario, functional, outer, title, options)
            .unwrap_or_else(|error| Quantity::missing(format!("no model was found: {error}")))
    };
    let lowest = inner(first.value, options);
    let mut climb = Climb { sign, best: first, inner: lowest, steps: Vec::new(), end: None };
    if let Some(target) = options.gap {
        climb.close(problem, functional, target, options, (&mut ladder, &inner))?;
    }
    let Climb { best, inner, steps, end, .. } = climb;
    let Rung { level, value, quantity: outer_quantity, size, solver } = best;
    let mut bounds = Bounds {
        classical: classical(scenario, functional),
        quantum_inner: inner,
        quantum_outer: outer_quantity,
        no_signalling: no_signalling(scenario, functional, options)
            .unwrap_or_else(|error| Quantity::missing(format!("not computed: {error}"))),
    };
    let unit = power_of_two_near(functional.operators.largest_entry());
    if exceeds_no_signalling(&bounds, functional.sense, unit) {
        let words = "; beyond the no-signalling value, which this level does not imply: raise the level";
        bounds.quantum_outer.note.push_str(words);
    }
    let gap = gap(sign, &bounds.quantum_inner, bounds.quantum_outer.value.unwrap_or(value));
    Ok(BoundReport {
        subject: subject(problem),
        sense: if functional.sense == Sense::Max { "max" } else { "min" },
        bounds,
        assemblage: assemblage.map(|assemblage| assemblage_value(functional, assemblage)),
        gap,
        climb: options.gap.map(|target| ClimbReport { target, steps, end }),
        level,
        size: Some(size),
        solver,
    })
}

/// A level's bound.
#[derive(Clone)]
pub(super) struct Rung {
    /// Its level's name.
    pub level: String,
    /// Evaluated in f64.
    pub value: f64,
    pub quantity: Quantity,
    pub size: Size,
    pub solver: SolverRun,
}

impl Rung {
    /// The number that counts: the certified one, if there is one.
    pub fn number(&self) -> f64 {
        self.quantity.value.unwrap_or(self.value)
    }
}

/// The bound of one level.
fn outer(
    problem: &Problem,
    functional: &Functional,
    level: Level,
    options: &Options<'_>,
) -> Result<Rung, Error> {
    let scenario = &problem.scenario;
    let sign = functional.sense.sign();
    let polynomial = functional_polynomial(&Algebra::of_scenario(scenario), functional);
    let symmetries = Symmetries::of(scenario, &level, &[&functional.operators], options);
    let relaxation = Relaxation::new(scenario, level, &words(&polynomial), options)?.with(symmetries);
    let mut program = program::bound::bound(&relaxation.matrix, &polynomial, sign)?;
    let unit = program.normalise().ok_or(COEFFICIENTS)?;
    let outer = relaxation.solve(&program, sign * unit, options).map_err(|error| match error {
        // There always is a solution: every quantum assemblage is one.
        Error::NoSolution { .. } => Error::Unsolved { stop: Stop::Infeasible },
        other => other,
    })?;
    let value = finite(sign * outer.bound * unit).ok_or(BOUND)?;
    let dual = &outer.dual * faer::Scale(unit.into());
    let note = format!("level {}", relaxation.level);
    let found = match gram(&relaxation.matrix, &polynomial, sign, &dual) {
        Ok(gram) => {
            let certificate = Certificate::quantum_bound(scenario, functional, &gram);
            quantity(value, &note, Some(certificate.titled(problem.title.as_deref())))
        }
        Err(GramError::Missing(missing)) => return Err(missing.into()),
        Err(GramError::Eigen(error)) => {
            Quantity::numerical(value, format!("{note}; no certificate: {error}"))
        }
    };
    let exact = relaxation.is_exact(polynomial.terms().map(|(_, coefficient)| coefficient));
    let quantity = found.with_digits(outer.digits(sign * unit, exact));
    let size = relaxation.size();
    Ok(Rung { level: relaxation.level.to_string(), value, quantity, size, solver: outer.solver })
}

/// By how much an outer value exceeds the inner one.
fn gap(sign: f64, inner: &Quantity, outer: f64) -> Option<f64> {
    inner.value.map(|inner| sign * (outer - inner))
}

/// The best value of a model that is found, for an outer value.
type Inner<'a> = dyn Fn(f64, &Options<'_>) -> Quantity + 'a;

/// The two sides of a bound while levels are raised.
struct Climb {
    sign: f64,
    best: Rung,
    inner: Quantity,
    steps: Vec<ClimbStep>,
    /// Why it ended before the target.
    end: Option<String>,
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

    /// Raises the level until the sides are as close as the target, or a level is out of reach. Where another gives the same
    /// bound, the model may be what is short: it is looked for once more.
    fn close(
        &mut self,
        problem: &Problem,
        functional: &Functional,
        target: f64,
        options: &Options<'_>,
        (ladder, inner): (&mut Ladder, &Inner<'_>),
    ) -> Result<(), Error> {
        /// A level that is predicted to take longer is not begun.
        const MAX_SECONDS: f64 = 1800.0;
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
            if self.gap() > target
                && gain.abs() <= target
                && let Some(search) = &options.search
            {
                searches += 1;
                self.search_again(search.seed.wrapping_add(searches), options, inner);
            }
        }
        Ok(())
    }

    /// Looks for models from other starts.
    fn search_again(&mut self, seed: u64, options: &Options<'_>, inner: &Inner<'_>) {
        let search = options.search.as_ref().map(|search| Search { seed, ..search.clone() });
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

/// A level of one of the two kinds.
#[derive(Debug, Clone)]
enum AnyLevel {
    /// Of the hierarchy.
    Full(Level),
    /// Of Alice's words alone.
    OneSide(OneSideLevel),
}

impl fmt::Display for AnyLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(level) => write!(f, "{level}"),
            Self::OneSide(level) => write!(f, "{level}"),
        }
    }
}

impl AnyLevel {
    /// Its bound; `None` if there is no room for it.
    fn outer(
        &self,
        problem: &Problem,
        functional: &Functional,
        options: &Options<'_>,
    ) -> Result<Option<Rung>, Error> {
        match self {
            Self::Full(level) => outer(problem, functional, level.clone(), options).map(Some),
            Self::OneSide(level) => level.outer(problem, functional, options),
        }
    }

    /// Whether it has all words of a level of Alice's, and can therefore be no weaker.
    fn implies(&self, OneSideLevel(length): OneSideLevel, algebra: &Algebra) -> bool {
        let Self::Full(level) = self else { return false };
        let degrees = level.degrees_in(algebra);
        (0..=length).all(|alice| [0, 1].iter().all(|&bob| degrees.contains(&(alice, bob))))
    }
}

/// A level that is still to come.
#[derive(Debug, Clone)]
struct Step {
    level: AnyLevel,
    /// What its solve is predicted to take.
    seconds: f64,
    /// By which the steps are ordered.
    weight: f64,
}

/// The levels in the order in which they are tried.
#[derive(Debug)]
struct Ladder {
    steps: std::vec::IntoIter<Step>,
}

impl Ladder {
    /// The level alone, unless a gap is to be closed. Then those above it and those of Alice's words in the order of what
    /// they are predicted to cost, which may begin below a level that nobody asked for if that costs much.
    fn new(problem: &Problem, level: Level, options: &Options<'_>) -> Self {
        /// A level that is predicted to take less comes first whatever the others cost.
        const QUICK_SECONDS: f64 = 2.0;
        /// How much longer than predicted the hierarchy takes with more than two outcomes: where `1+AB` is not tight, and
        /// often where it is, the programs are degenerate, and left to interior points. With two outcomes it was tight
        /// for all of some twenty random functionals, and quick.
        const DEGENERATE: f64 = 4.0;
        let algebra = Algebra::of_scenario(&problem.scenario);
        let factor = if problem.scenario.outcomes().len() > 2 { DEGENERATE } else { 1.0 };
        let order = match (&problem.functional, options.gap) {
            (Some(functional), Some(_)) => {
                let tables = [&functional.operators];
                Symmetries::of(&problem.scenario, &level, &tables, options).map_or(1, |found| found.order())
            }
            _ => 1,
        };
        let full = |level: Level| {
            let words = level.size(&algebra);
            let seconds = symmetric_cost(options, words, order).seconds;
            Step { level: AnyLevel::Full(level), seconds, weight: factor * seconds }
        };
        let mut first = full(level.clone());
        let mut steps = Vec::new();
        if options.gap.is_some() {
            let asked = options.level.is_some() || problem.level.is_some();
            steps.extend(level.higher(&algebra).into_iter().map(full));
            steps.extend(OneSideLevel::all(&algebra).into_iter().map(|(level, dimensions)| {
                let seconds = options.backend.predict(&dimensions).seconds;
                Step { level: AnyLevel::OneSide(level), seconds, weight: seconds }
            }));
            if asked || first.weight <= QUICK_SECONDS {
                first.weight = 0.0;
            }
        }
        steps.insert(0, first);
        steps.sort_by(|one, other| one.weight.total_cmp(&other.weight));
        let implied = |k: usize| match &steps[k].level {
            AnyLevel::Full(_) => false,
            AnyLevel::OneSide(level) => {
                steps[..k].iter().any(|before| before.level.implies(*level, &algebra))
            }
        };
        let kept: Vec<bool> = (0..steps.len()).map(|k| !implied(k)).collect();
        let steps = steps.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(step, _)| step);
        Self { steps: steps.collect::<Vec<_>>().into_iter() }
    }

    fn next(&mut self) -> Option<Step> {
        self.steps.next()
    }

    /// The bound of the first level for which there is room.
    fn first(
        &mut self,
        problem: &Problem,
        functional: &Functional,
        options: &Options<'_>,
    ) -> Result<Rung, Error> {
        while let Some(step) = self.next() {
            match step.level.outer(problem, functional, options) {
                Ok(Some(rung)) => return Ok(rung),
                // One that nobody asked for.
                Ok(None) | Err(Error::Unsolved { .. }) if matches!(step.level, AnyLevel::OneSide(_)) => {}
                Ok(None) => break,
                Err(error) => return Err(error),
            }
        }
        Err(Error::Unsolved { stop: Stop::Infeasible })
    }
}

/// Whether the outer bound is weaker than the no-signalling one, by more than the errors of solvers,
/// relative to the functional's size, and the rounding of certificates. A level below `1+AB` does not
/// know that Alice's and Bob's operators are positive together.
fn exceeds_no_signalling(bounds: &Bounds, sense: Sense, size: f64) -> bool {
    const SOLVERS: f64 = 1e-6;
    const ROUNDING: f64 = 1e-9;
    match (bounds.quantum_outer.value, bounds.no_signalling.value) {
        (Some(outer), Some(general)) => sense.sign() * (outer - general) > SOLVERS * size + ROUNDING,
        _ => false,
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn classical(scenario: &Scenario, functional: &Functional) -> Quantity {
    let (unit, normalised) = normalised(scenario, functional);
    match classical_value(scenario, &normalised).map(|value| finite(value * unit)) {
        Ok(Some(value)) => {
            let certificate = classical_bound(scenario, functional).ok();
            quantity(value, "best deterministic strategy", certificate)
        }
        Ok(None) => Quantity::missing(format!("not computed: {BOUND}")),
        Err(error) => Quantity::missing(classical_note(&error)),
    }
}

/// The value over the general set, as the dual bound of its program.
fn no_signalling(
    scenario: &Scenario,
    functional: &Functional,
    options: &Options<'_>,
) -> Result<Quantity, Error> {
    let mut program = program::general::no_signalling(scenario, functional);
    let unit = program.normalise().ok_or(COEFFICIENTS)?;
    let solution = options.backend.solve(&program, &options.settings)?;
    let (bound, dual) = repair(&program, solution.dual)?;
    let value = finite(functional.sense.sign() * bound * unit).ok_or(BOUND)?;
    Ok(match no_signalling_bound(scenario, functional, &dual.scaled(unit)) {
        Ok(certificate) => quantity(value, "general set", Some(certificate)),
        Err(error) => Quantity::numerical(value, format!("general set; no certificate: {error}")),
    })
}

/// Σ tr(Fσ), exactly where the data are exact.
pub(super) fn assemblage_value(functional: &Functional, assemblage: &Assemblage) -> AssemblageValue {
    let value = functional.operators.pair(&assemblage.0);
    let exact = value.exact().filter(|exact| exact.is_real()).map(ToString::to_string);
    AssemblageValue { value: value.re(), exact }
}
