//! `steerq bound`: the ladder classical ≤ quantum ≤ no-signalling of an inequality.

use super::climb::{Climb, gap};
use super::inner::{inner_value, normalised};
use super::ladder::{AnyLevel, Rung, ladder};
use super::prove::quantity;
use super::{Error, Options, classical_note, level, sequential, subject};
use crate::backend::{Dimensions, Watch};
use crate::certificate::{classical_bound, no_signalling_bound};
use crate::problem::Problem;
use crate::program::classical::classical_value;
use crate::program::{self, Stop, power_of_two_near, repair};
use crate::report::{AssemblageValue, BoundReport, Bounds, Quantity};
use crate::scenario::{Assemblage, Functional, Kind, Scenario, Sense};

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
    let first = options.own_level.clone().unwrap_or_else(|| AnyLevel::Full(level.clone()));
    first.refuse(problem, options)?;
    let sign = functional.sense.sign();
    let title = problem.title.as_deref();
    let inner = |outer: f64, options: &Options<'_>| {
        inner_value(scenario, functional, outer, title, options)
            .unwrap_or_else(|error| Quantity::missing(format!("no model was found: {error}")))
    };
    let (best, inner, climb) = match options.gap {
        None => {
            let rung = first.outer(problem, functional, None, options)?;
            let rung = rung.ok_or(Error::Unsolved { stop: Stop::Infeasible })?;
            let inner = inner(rung.value, options);
            (rung, inner, None)
        }
        Some(target) => {
            let climb = Climb { problem, functional, target, options, inner: &inner };
            let climbed = climb.close(ladder(problem, functional, level, options))?;
            (climbed.best, climbed.inner, Some(climbed.report))
        }
    };
    let Rung { level, value, quantity: outer_quantity, size, solver, .. } = best;
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
        climb,
        level,
        size: Some(size),
        solver,
    })
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

pub(super) fn finite(value: f64) -> Option<f64> {
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
    /// What takes less is computed even if other work was interrupted.
    const MOMENT_SECONDS: f64 = 1.0;
    let mut program = program::general::no_signalling(scenario, functional);
    let unit = program.normalise().ok_or(COEFFICIENTS)?;
    let mut settings = options.settings.clone();
    if options.backend.predict(&Dimensions::of(&program)).seconds < MOMENT_SECONDS {
        settings.watch = Watch::default();
    }
    let solution = options.backend.solve(&program, &settings)?;
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
