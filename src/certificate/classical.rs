//! The bound of a functional over common causes (`docs/certificate.md`, §5).

use serde_json::{Value, json};

use super::numbers::dyadic;
use super::{Certificate, Claim, Threshold, outward, threshold};
use crate::linalg::spectrum_ends;
use crate::program::classical::{ClassicalError, Strategies, strategy_operator};
use crate::scenario::{Assemblage, Functional, Scenario};

/// A certificate lists every strategy; beyond this many it would be megabytes.
const MAX_STRATEGIES: u64 = 1 << 12;

/// β(F) ≥ ⟨F, σ⟩ for common causes (≤ for a minimum), with the least bound that f64 eigenvalues give.
pub fn classical_bound(scenario: &Scenario, functional: &Functional) -> Result<Certificate, ClassicalError> {
    let (bound, proof) = strategies_proof(scenario, functional)?;
    let (sense, bound) = outward(functional, bound);
    Ok(Certificate::new(scenario, Claim::ClassicalBound { sense, bound }, Some(&functional.operators), proof))
}

/// No mixture of the assemblage with more visibility than claimed has a common-cause model. `Ok(None)`
/// if the functional does not tell assemblage and noise apart.
pub fn classical_visibility(
    scenario: &Scenario,
    functional: &Functional,
    assemblage: &Assemblage,
    noise: &Assemblage,
) -> Result<Option<Certificate>, ClassicalError> {
    let (bound, proof) = strategies_proof(scenario, functional)?;
    Ok(threshold(functional, bound, assemblage, noise).map(|Threshold { bound, visibility }| {
        let claim = Claim::ClassicalVisibility { bound, visibility };
        Certificate::new(scenario, claim, Some(&functional.operators), proof)
            .about(scenario, assemblage, noise)
    }))
}

/// max_λ Σ_y μ_{λ,y} with μ_{λ,y} just above the greatest eigenvalue of sign·Σ_x F_{λ(x)|xy}, and the
/// proof that lists the μ.
///
/// The margin, 10⁻¹³ of the functional's or the operator's size, is a hundred times the error of an eigenvalue and makes
/// the matrices strictly positive, so that enclosures of irrational entries decide.
pub(super) fn strategies_proof(
    scenario: &Scenario,
    functional: &Functional,
) -> Result<(f64, Value), ClassicalError> {
    const MARGIN: f64 = 1e-13;
    let strategies = Strategies::new(scenario, MAX_STRATEGIES)?;
    let sign = functional.sense.sign();
    let size = functional.operators.largest_entry();
    let mut best = f64::NEG_INFINITY;
    let mut bounds = Vec::new();
    for number in 0..strategies.count() {
        let mut total = 0.0;
        let mut row = Vec::new();
        for y in 0..scenario.inputs().len() {
            let (least, greatest) = spectrum_ends(&strategy_operator(strategies, functional, number, y))?;
            let top = if sign > 0.0 { greatest } else { -least };
            let mu = top + MARGIN * least.abs().max(greatest.abs()).max(size);
            total += mu;
            row.push(dyadic(mu));
        }
        best = best.max(total);
        bounds.push(row);
    }
    Ok((best, json!({"method": "strategies", "eigenvalue_bounds": bounds})))
}
