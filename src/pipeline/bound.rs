//! `steerq bound`: the ladder classical ≤ quantum ≤ no-signalling of an inequality.

use super::outer::{Relaxation, words};
use super::prove::quantity;
use super::{BACKEND, Error, Options, classical_note, level, subject};
use crate::algebra::{Algebra, functional_polynomial};
use crate::certificate::{Certificate, classical_bound, gram, no_signalling_bound};
use crate::problem::Problem;
use crate::program::classical::classical_value;
use crate::program::{self, repair};
use crate::report::{AssemblageValue, BoundReport, Bounds, Quantity};
use crate::scenario::{Assemblage, Functional, Scenario, Sense};

/// The ladder of the problem's functional.
pub fn bound(problem: &Problem, options: &Options<'_>) -> Result<BoundReport, Error> {
    let functional = problem.require_functional("bound")?;
    let assemblage = problem.assemblage()?;
    let scenario = &problem.scenario;
    let sign = functional.sense.sign();
    let polynomial = functional_polynomial(&Algebra::of_scenario(scenario), functional);
    let relaxation = Relaxation::new(scenario, level(problem, options), &words(&polynomial))?;
    let program = program::bound::bound(&relaxation.matrix, &polynomial, sign)?;
    let outer = relaxation.solve(&program, options)?;
    let gram = gram(&relaxation.matrix, &polynomial, sign, &outer.dual)?;
    let certificate =
        Certificate::quantum_bound(scenario, functional, &gram).titled(problem.title.as_deref());
    let bounds = Bounds {
        classical: classical(scenario, functional),
        quantum_inner: Quantity::missing("no explicit model was looked for"),
        quantum_outer: quantity(
            sign * outer.bound,
            &format!("level {}", relaxation.level),
            Some(certificate),
        ),
        no_signalling: no_signalling(scenario, functional, options)?,
    };
    Ok(BoundReport {
        subject: subject(problem),
        sense: if functional.sense == Sense::Max { "max" } else { "min" },
        bounds,
        assemblage: assemblage.map(|assemblage| assemblage_value(functional, assemblage)),
        gap: None,
        level: relaxation.level.to_string(),
        size: relaxation.size(),
        solver: outer.solver,
    })
}

fn classical(scenario: &Scenario, functional: &Functional) -> Quantity {
    match classical_value(scenario, functional) {
        Ok(value) => {
            let certificate = classical_bound(scenario, functional).ok();
            quantity(value, "best deterministic strategy", certificate)
        }
        Err(error) => Quantity::missing(classical_note(&error)),
    }
}

/// The value over the general set, as the dual bound of its program.
fn no_signalling(
    scenario: &Scenario,
    functional: &Functional,
    options: &Options<'_>,
) -> Result<Quantity, Error> {
    let program = program::general::no_signalling(scenario, functional);
    let solution = BACKEND.solve(&program, &options.settings)?;
    let (bound, dual) = repair(&program, solution.dual)?;
    let certificate = no_signalling_bound(scenario, functional, &dual)?;
    Ok(quantity(functional.sense.sign() * bound, "general set", Some(certificate)))
}

/// Σ tr(Fσ), exactly where the data are exact.
pub(super) fn assemblage_value(functional: &Functional, assemblage: &Assemblage) -> AssemblageValue {
    let value = functional.operators.pair(&assemblage.0);
    let exact = value.exact().filter(|exact| exact.is_real()).map(ToString::to_string);
    AssemblageValue { value: value.re(), exact }
}
