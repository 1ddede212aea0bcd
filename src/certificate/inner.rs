//! Claims proved by explicit models: `docs/certificate.md`, §7 and §8. The models must be exactly valid, as
//! [`Model::rounded`] makes them.

use serde_json::{Value, json};

use super::numbers::{Direction, complex_dyadic, decimal, dyadic, dyadic_matrix, hidden_table};
use super::{Certificate, Claim};
use crate::model::{Component, Model, deviation};
use crate::num::Number;
use crate::scenario::{Assemblage, Functional, Scenario, Sense};

impl Certificate {
    /// Some quantum assemblage, that of the model, has at least this value (at most, for a minimum).
    pub fn quantum_value(scenario: &Scenario, functional: &Functional, model: &Model) -> Self {
        let value = functional.operators.pair(&model.assemblage(scenario).0).re();
        let size = functional.operators.largest_entry();
        let (sense, value) = match functional.sense {
            Sense::Max => ("max", decimal(value, size, Direction::Down)),
            Sense::Min => ("min", decimal(value, size, Direction::Up)),
        };
        let claim = Claim::QuantumValue { sense, value };
        Self::new(scenario, claim, Some(&functional.operators), proof(model))
    }

    /// The model is near the assemblage: how near is the claim.
    pub fn quantum_approximation(scenario: &Scenario, assemblage: &Assemblage, model: &Model) -> Self {
        let deviation = deviation(&model.assemblage(scenario), assemblage);
        // With enough digits for the model's own rounding: the grid of its numbers is 10⁻¹⁵.
        let deviation = decimal(deviation, 1e-3, Direction::Up);
        let claim = Claim::QuantumApproximation { deviation };
        Self::new(scenario, claim, None, proof(model)).of(scenario, assemblage)
    }

    /// The assemblage is quantum: the share of it that the model makes leaves a common-cause assemblage.
    pub fn quantum(scenario: &Scenario, assemblage: &Assemblage, model: &Model, share: f64) -> Self {
        let proof = share_proof(scenario, assemblage, model, share);
        Self::new(scenario, Claim::Quantum {}, None, proof).of(scenario, assemblage)
    }

    /// The same for v·assemblage + (1−v)·noise with the visibility v of a decimal.
    pub fn quantum_mixture(
        scenario: &Scenario,
        [assemblage, noise]: [&Assemblage; 2],
        visibility: &str,
        model: &Model,
        share: f64,
    ) -> Self {
        let claim = Claim::QuantumMixture { visibility: visibility.to_owned() };
        // The checker's target, exactly.
        let v = Number::from_decimal(visibility).unwrap_or_else(|_| Number::zero());
        let target = assemblage.mixed(scenario, &v, noise);
        let proof = share_proof(scenario, &target, model, share);
        Self::new(scenario, claim, None, proof).about(scenario, assemblage, noise)
    }

    /// Every element of a traditional or sequential assemblage is positive semidefinite: it is quantum.
    pub fn ghjw(scenario: &Scenario, assemblage: &Assemblage) -> Self {
        Self::new(scenario, Claim::Quantum {}, None, json!({"method": "ghjw"})).of(scenario, assemblage)
    }
}

/// The model as a proof, its numbers as they are.
pub(super) fn proof(model: &Model) -> Value {
    let components: Value = model.components.iter().map(component).collect();
    json!({"method": "model", "components": components})
}

/// The model as a proof for a share of a target, which is completed where it is not seen by what the model has there
/// and white noise.
fn share_proof(scenario: &Scenario, target: &Assemblage, model: &Model, share: f64) -> Value {
    let mut proof = proof(model);
    proof["share"] = dyadic(share);
    if scenario.kind.is_instrumental() {
        let whole = model.whole(scenario);
        let white = whole.white_noise(scenario);
        let near = whole.mixed(scenario, &Number::from_approx(share.into()), &white);
        proof["completion"] = hidden_table(scenario, &target.completed(scenario, &near).0);
    }
    proof
}

fn component(component: &Component) -> Value {
    let (alice, bob) = (component.alice(), component.bob());
    let state: Value = (0..alice)
        .flat_map(|i| (0..bob).map(move |j| (i, j)))
        .map(|at| complex_dyadic(component.state[at]))
        .collect();
    let measurements: Value = component.measurements.iter().flatten().map(dyadic_matrix).collect();
    let channels: Value =
        component.channels.iter().map(|kraus| kraus.iter().map(dyadic_matrix).collect::<Value>()).collect();
    json!({
        "weight": dyadic(component.weight),
        "alice": alice,
        "bob": bob,
        "state": state,
        "measurements": measurements,
        "channels": channels,
    })
}
