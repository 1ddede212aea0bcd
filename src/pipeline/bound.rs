//! `steerq bound`: the ladder classical ≤ quantum ≤ no-signalling of an inequality.

use super::inner::{inner_value, normalised};
use super::outer::{Relaxation, Symmetries, refuse_too_large, symmetric_dimensions, words};
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
    let first = outer(problem, functional, level, options)?;
    let title = problem.title.as_deref();
    let inner = |outer: f64, options: &Options<'_>| {
        inner_value(scenario, functional, outer, title, options)
            .unwrap_or_else(|error| Quantity::missing(format!("no model was found: {error}")))
    };
    let lowest = inner(first.value, options);
    let mut climb = Climb { sign, best: first, inner: lowest, steps: Vec::new(), end: None };
    if let Some(target) = options.gap {
        climb.close(problem, functional, target, options, &inner)?;
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
        level: level.to_string(),
        size: Some(size),
        solver,
    })
}

/// A level's bound.
#[derive(Clone)]
struct Rung {
    level: Level,
    /// Evaluated in f64.
    value: f64,
    quantity: Quantity,
    size: Size,
    solver: SolverRun,
}

impl Rung {
    /// The number that counts: the certified one, if there is one.
    fn number(&self) -> f64 {
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
    Ok(Rung { level: relaxation.level, value, quantity, size, solver: outer.solver })
}

/// By how much an outer value exceeds the inner one.
fn gap(sign: f64, inner: &Quantity, outer: f64) -> Option<f64> {
    inner.value.map(|inner| sign * (outer - inner))
}

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
            level: rung.level.to_string(),
            words: rung.size.words,
            value: rung.number(),
            gap: gap(self.sign, &self.inner, rung.number()),
            seconds: rung.solver.seconds,
        });
    }

    /// Raises the level, and looks for models once more, until the sides are as close as the target, or a level is out of reach.
    fn close(
        &mut self,
        problem: &Problem,
        functional: &Functional,
        target: f64,
        options: &Options<'_>,
        inner: &dyn Fn(f64, &Options<'_>) -> Quantity,
    ) -> Result<(), Error> {
        /// A level that is predicted to take longer is not begun.
        const MAX_SECONDS: f64 = 1800.0;
        let first = self.best.clone();
        self.record(&first);
        let algebra = Algebra::of_scenario(&problem.scenario);
        for (k, level) in first.level.higher(&algebra).into_iter().enumerate() {
            if self.gap() <= target {
                return Ok(());
            }
            if options.settings.watch.is_interrupted() {
                self.end = Some("interrupted".to_owned());
                return Ok(());
            }
            let order = first.solver.symmetry.as_ref().map_or(1, |symmetry| symmetry.order);
            let cost = options.backend.predict(&symmetric_dimensions(level.size(&algebra), order));
            if cost.seconds > MAX_SECONDS {
                let hours = cost.seconds / 3600.0;
                self.end = Some(format!("level {level} would take about {hours:.1} hours"));
                return Ok(());
            }
            let rung = match outer(problem, functional, level.clone(), options) {
                Ok(rung) => rung,
                Err(error @ (Error::Solve(SolveError::TooLarge { .. }) | Error::Unsolved { .. })) => {
                    self.end = Some(format!("level {level}: {error}"));
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            self.record(&rung);
            let better = self.sign * (self.best.value - rung.value) > 0.0;
            if better || rung.quantity.verified && !self.best.quantity.verified {
                self.best = rung;
            }
            if self.gap() > target
                && let Some(search) = &options.search
            {
                let search = Search { seed: search.seed.wrapping_add(k as u64 + 1), ..search.clone() };
                let again = Options {
                    level: None,
                    settings: options.settings.clone(),
                    search: Some(search),
                    ..*options
                };
                let found = inner(self.best.value, &again);
                let better = |new: f64, old: f64| self.sign * (new - old) > 0.0;
                match (found.value, self.inner.value) {
                    (Some(new), Some(old)) if better(new, old) && found.verified => self.inner = found,
                    (Some(_), None) => self.inner = found,
                    _ => {}
                }
            }
        }
        if self.gap() > target {
            self.end = Some("there is no higher level on the ladder".to_owned());
        }
        Ok(())
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
