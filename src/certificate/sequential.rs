//! What holds for sequential scenarios: `docs/certificate.md`, the end of §6 and §8.

use faer::Mat;
use num_complex::Complex64;
use serde_json::{Value, json};

use super::numbers::{Direction, decimal, dyadic_matrix, table};
use super::{Certificate, Claim, outward};
use crate::linalg::{EigenError, spectrum_ends};
use crate::model::deviation;
use crate::program::{DualPoint, power_of_two_near};
use crate::scenario::{Assemblage, Functional, History, Scenario, Sense, Steps};

/// The grid on which multipliers are rounded, relative to the power of two near the largest entry of the functional.
const RELATIVE_UNIT: f64 = 1.0 / (1_u64 << 45) as f64;
/// What is added to a multiplier for the errors of eigenvalues and of rounding, relative to that entry.
const MARGIN: f64 = 1e-13;

impl Certificate {
    /// A positive, hence quantum, assemblage is near this one: how near is the claim.
    pub fn near_quantum(scenario: &Scenario, assemblage: &Assemblage, near: &Assemblage) -> Self {
        let deviation = decimal(deviation(near, assemblage), 1e-3, Direction::Up);
        let claim = Claim::QuantumApproximation { deviation };
        Self::new(scenario, claim, None, near_proof(near)).of(scenario, assemblage)
    }

    /// A positive, hence quantum, assemblage has at least this value (at most, for a minimum).
    pub fn value_of(scenario: &Scenario, functional: &Functional, near: &Assemblage) -> Self {
        let value = functional.operators.pair(&near.0).re();
        let size = functional.operators.largest_entry();
        let (sense, value) = match functional.sense {
            Sense::Max => ("max", decimal(value, size, Direction::Down)),
            Sense::Min => ("min", decimal(value, size, Direction::Up)),
        };
        Self::new(
            scenario,
            Claim::QuantumValue { sense, value },
            Some(&functional.operators),
            near_proof(near),
        )
    }
}

fn near_proof(near: &Assemblage) -> Value {
    json!({"method": "ghjw", "near": table(&near.0)})
}

/// Certificates of the same bound on quantum and on no-signalling assemblages, from the multipliers Z_{a|x} of a program
/// over the latter.
///
/// At an optimum sign·F_{a|x} + Z_{a|x} does not depend on the last outcome and is the last multiplier; its sums over
/// the last setting do not depend on the outcome before and are the multiplier before; and so on. So each multiplier
/// is the mean over an outcome, plus what makes it greater than all of them.
pub fn step_bounds(
    scenario: &Scenario,
    functional: &Functional,
    dual: &DualPoint,
) -> Result<[Certificate; 2], EigenError> {
    let steps = Steps::of(scenario);
    let d = scenario.dimension();
    let sign = Complex64::from(functional.sense.sign());
    let size = functional.operators.largest_entry();
    let unit = (RELATIVE_UNIT * power_of_two_near(size)).max(f64::MIN_POSITIVE);
    let operators = functional.operators.indices().map(|index| functional.operators.value(index));
    // W by history: what the multipliers of a step have to exceed, and where they are best.
    let mut needed: Vec<Mat<Complex64>> = operators.map(|f| f * faer::Scale(sign)).collect();
    let mut aims: Vec<Mat<Complex64>> = needed.iter().zip(&dual.blocks).map(|(f, z)| f + z).collect();
    let mut proof: Vec<Value> = Vec::new();
    for k in (0..steps.count()).rev() {
        let mut written: Vec<Value> = Vec::new();
        let mut sums: Vec<Mat<Complex64>> = vec![Mat::zeros(d, d); steps.histories(k).count()];
        for history in steps.histories(k) {
            for x in 0..steps.settings(k) {
                let places: Vec<usize> = (0..steps.outcomes(k))
                    .map(|a| steps.place(k + 1, steps.then(k, history, a, x)))
                    .collect();
                let mut mean = Mat::<Complex64>::zeros(d, d);
                places.iter().for_each(|&place| mean += &aims[place]);
                let mean = mean * faer::Scale(Complex64::from(1.0 / places.len() as f64));
                let mut lift = f64::NEG_INFINITY;
                for &place in &places {
                    lift = lift.max(spectrum_ends(&(&needed[place] - &mean))?.1);
                }
                let multiplier = super::general::on_grid(&mean, lift.max(0.0) + MARGIN * size, unit);
                sums[steps.place(k, history)] += &multiplier;
                written.push(dyadic_matrix(&multiplier));
            }
        }
        proof.push(written.into());
        (needed, aims) = (sums.clone(), sums);
    }
    proof.reverse();
    let start = &needed[steps.place(0, History { a: 0, x: 0 })];
    let (_, greatest) = spectrum_ends(start)?;
    let (sense, bound) = outward(functional, greatest + MARGIN * size);
    let proof = json!({"method": "steps", "multipliers": proof});
    let certificate = |claim| Certificate::new(scenario, claim, Some(&functional.operators), proof.clone());
    Ok([
        certificate(Claim::QuantumBound { sense, bound: bound.clone() }),
        certificate(Claim::NoSignallingBound { sense, bound }),
    ])
}
