//! `steerq bound`: the ladder classical ≤ quantum ≤ no-signalling of an inequality.

use super::inner::{inner_value, normalised};
use super::outer::{Relaxation, refuse_too_large, words};
use super::prove::quantity;
use super::{Error, Options, classical_note, level, sequential, subject};
use crate::algebra::{Algebra, functional_polynomial};
use crate::certificate::{Certificate, GramError, classical_bound, gram, no_signalling_bound};
use crate::problem::Problem;
use crate::program::classical::classical_value;
use crate::program::{self, Stop, repair};
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
    refuse_too_large(scenario, &level, options)?;
    let sign = functional.sense.sign();
    let polynomial = functional_polynomial(&Algebra::of_scenario(scenario), functional);
    let relaxation = Relaxation::new(scenario, level, &words(&polynomial), options)?;
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
    let outer_quantity = match gram(&relaxation.matrix, &polynomial, sign, &dual) {
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
    let outer_quantity = outer_quantity.with_digits(outer.digits(sign * unit, exact));
    let mut bounds = Bounds {
        classical: classical(scenario, functional),
        quantum_inner: inner_value(scenario, functional, value, problem.title.as_deref(), options)
            .unwrap_or_else(|error| Quantity::missing(format!("no model was found: {error}"))),
        quantum_outer: outer_quantity,
        no_signalling: no_signalling(scenario, functional, options)
            .unwrap_or_else(|error| Quantity::missing(format!("not computed: {error}"))),
    };
    if exceeds_no_signalling(&bounds, functional.sense, unit) {
        let words = "; beyond the no-signalling value, which this level does not imply: raise the level";
        bounds.quantum_outer.note.push_str(words);
    }
    let gap = match (bounds.quantum_inner.value, bounds.quantum_outer.value) {
        (Some(inner), Some(outer)) => Some(sign * (outer - inner)),
        _ => None,
    };
    Ok(BoundReport {
        subject: subject(problem),
        sense: if functional.sense == Sense::Max { "max" } else { "min" },
        bounds,
        assemblage: assemblage.map(|assemblage| assemblage_value(functional, assemblage)),
        gap,
        level: relaxation.level.to_string(),
        size: Some(relaxation.size()),
        solver: outer.solver,
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
