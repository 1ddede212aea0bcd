//! The other side of the answer: explicit quantum models, and what they prove. All of them are rounded here, once, to
//! numbers that satisfy every condition exactly.

use super::prove::quantity;
use super::{Error, Options};
use crate::certificate::Certificate;
use crate::model::{Model, ghjw};
use crate::num::Number;
use crate::problem::Problem;
use crate::program::power_of_two_near;
use crate::report::Quantity;
use crate::scenario::{Assemblage, Functional, Kind, OperatorTable, Scenario};
use crate::seesaw::{Search, VisibleModel, best_model, visible_model};

/// The best value of an explicit model. The search ends where it meets the outer bound.
pub(super) fn inner_value(
    scenario: &Scenario,
    functional: &Functional,
    outer: f64,
    title: Option<&str>,
    options: &Options<'_>,
) -> Result<Quantity, Error> {
    let Some(search) = &options.search else { return Ok(Quantity::missing("not searched for")) };
    let work = options.progress.start("see-saw", 0.0);
    let (unit, normalised) = normalised(scenario, functional);
    let search = Search { watch: options.watch(&*work, unit), ..search.clone() };
    let model = best_model(scenario, &normalised, outer / unit, &search)?.rounded();
    let value = functional.operators.pair(&model.assemblage(scenario).0).re();
    let certificate = Certificate::quantum_value(scenario, functional, &model).titled(title);
    Ok(quantity(value, &note(&model), Some(certificate)))
}

/// A power of two, and a functional of order one that is the given one divided by it, in floating point.
pub(super) fn normalised(scenario: &Scenario, functional: &Functional) -> (f64, Functional) {
    let unit = power_of_two_near(functional.operators.largest_entry());
    let inverse = Number::from_approx((1.0 / unit).into());
    let scaled = |index| functional.operators.get(index).scale(&inverse);
    let operators = OperatorTable::from_fn(scenario, scaled);
    (unit, Functional { operators, sense: functional.sense })
}

/// An assemblage's models along its noise, up to a little more than the assemblage itself; `hint` is the inequality
/// that bounds them.
pub(super) fn visible(
    problem: &Problem,
    [assemblage, noise]: [&Assemblage; 2],
    hint: Option<&Functional>,
    outer: f64,
    options: &Options<'_>,
) -> Result<Option<VisibleModel>, Error> {
    let Some(search) = &options.search else { return Ok(None) };
    let work = options.progress.start("models", search.max_seconds);
    let search = Search { watch: options.watch(&*work, 1.0), ..search.clone() };
    // Where the hierarchy gives no bound, as far as models go.
    let goal = if outer < 1.0 { outer } else { f64::INFINITY };
    let found = visible_model(&problem.scenario, [assemblage, noise], hint, goal, &search)?;
    Ok(found.map(|VisibleModel { visibility, model }| VisibleModel { visibility, model: model.rounded() }))
}

/// The visibility of a model, with a certificate that a mixture of at least this visibility is quantum.
pub(super) fn inner_visibility(problem: &Problem, assemblage: &Assemblage, found: &VisibleModel) -> Quantity {
    /// How much of the visibility is given up for what the model misses, least first.
    const LOSSES: [f64; 8] = [1e-9, 4e-9, 1e-8, 2e-8, 4e-8, 1e-7, 1e-6, 1e-5];
    let VisibleModel { visibility, model } = found;
    let scenario = &problem.scenario;
    let exact = assemblage.exactly_no_signalling(scenario);
    let noise = problem.noise_for(&exact).exactly_no_signalling(scenario);
    let mut answer = Quantity::numerical(visibility.min(1.0), note(model));
    for loss in LOSSES {
        let claimed = (visibility * (1.0 - loss)).min(1.0);
        if claimed < 0.0 {
            break;
        }
        // Rounded down; a visibility of one stays one.
        let decimal = format!("{:.10}", ((claimed * 1e10).floor() / 1e10));
        let share = claimed / visibility;
        let certificate = Certificate::quantum_mixture(scenario, [&exact, &noise], &decimal, model, share);
        answer =
            quantity(visibility.min(1.0), &note(model), Some(certificate.titled(problem.title.as_deref())));
        if answer.verified {
            break;
        }
    }
    answer
}

/// That the assemblage itself is quantum, exactly, if a model of more than it was found.
pub(super) fn membership(
    problem: &Problem,
    assemblage: &Assemblage,
    found: &VisibleModel,
) -> Option<Certificate> {
    let scenario = &problem.scenario;
    let exact = assemblage.exactly_no_signalling(scenario);
    let model = &found.model;
    (found.visibility > 1.0).then(|| Certificate::quantum(scenario, &exact, model, 1.0 / found.visibility))
}

/// A model of the assemblage itself, where that found has more visibility: the rest is white noise.
pub(super) fn diluted(scenario: &Scenario, assemblage: &Assemblage, found: &VisibleModel) -> Model {
    let VisibleModel { visibility, model } = found;
    if *visibility <= 1.0 {
        return model.clone();
    }
    let answers = answers(scenario, assemblage);
    model.with_white_noise(1.0 / visibility, &answers, scenario.dimension()).rounded()
}

/// p(a|x) by x, then a, summing to one.
pub(super) fn answers(scenario: &Scenario, assemblage: &Assemblage) -> Vec<Vec<f64>> {
    let [outcomes, settings, _] = scenario.shape();
    let p = |a, x| assemblage.probability(scenario, a, x).re().max(0.0);
    let of_setting = |x| {
        let total: f64 = (0..outcomes).map(|a| p(a, x)).sum();
        (0..outcomes).map(|a| p(a, x) / total).collect()
    };
    (0..settings).map(of_setting).collect()
}

/// The model of a traditional assemblage.
pub(super) fn traditional(problem: &Problem, assemblage: &Assemblage) -> Result<Option<Model>, Error> {
    let traditional = problem.scenario.kind == Kind::Traditional;
    Ok(traditional.then(|| ghjw(&problem.scenario, assemblage)).transpose()?.map(|model| model.rounded()))
}

/// What a model consists of.
pub(super) fn note(model: &Model) -> String {
    let alice = model.alice();
    match model.components.len() {
        1 => format!("explicit model, Alice's dimension {alice}"),
        several => format!("explicit model, a mixture of {several}, Alice's dimension up to {alice}"),
    }
}
