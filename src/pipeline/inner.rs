//! The other side of the answer: explicit quantum models, and what they prove.

use super::prove::quantity;
use super::{Error, Options};
use crate::certificate::Certificate;
use crate::num::Number;
use crate::program::power_of_two_near;
use crate::report::Quantity;
use crate::scenario::{Functional, OperatorTable, Scenario};
use crate::seesaw::best_model;

/// The best value of an explicit model. The search ends where it meets the outer bound.
pub(super) fn inner_value(
    scenario: &Scenario,
    functional: &Functional,
    outer: f64,
    title: Option<&str>,
    options: &Options<'_>,
) -> Result<Quantity, Error> {
    let _shown = options.progress.start("see-saw", 0.0);
    let (unit, normalised) = normalised(scenario, functional);
    let model = best_model(scenario, &normalised, outer / unit, &options.search)?;
    let value = functional.operators.pair(&model.assemblage(scenario).0).re();
    let alice = model.components.iter().map(|component| component.alice()).max().unwrap_or(0);
    let certificate = Certificate::quantum_value(scenario, functional, &model).titled(title);
    Ok(quantity(value, &format!("explicit model, Alice's dimension {alice}"), Some(certificate)))
}

/// A power of two, and a functional of order one that is the given one divided by it, in floating point.
pub(super) fn normalised(scenario: &Scenario, functional: &Functional) -> (f64, Functional) {
    let unit = power_of_two_near(functional.operators.largest_entry());
    let inverse = Number::from_approx((1.0 / unit).into());
    let scaled = |index| functional.operators.get(index).scale(&inverse);
    let operators = OperatorTable::from_fn(scenario, scaled);
    (unit, Functional { operators, sense: functional.sense })
}
