//! The bound of a functional over common causes (`docs/certificate.md`, §5).

use serde_json::json;

use super::numbers::dyadic;
use super::{Certificate, Claim, outward};
use crate::linalg::spectrum_ends;
use crate::program::classical::{ClassicalError, Strategies, strategy_operator};
use crate::scenario::{Functional, Scenario};

/// A certificate lists every strategy; beyond this many it would be megabytes.
const MAX_STRATEGIES: u64 = 1 << 12;

/// max_λ Σ_y μ_{λ,y} with μ_{λ,y} just above the greatest eigenvalue of sign·Σ_x F_{λ(x)|xy}.
///
/// The margin, 10⁻¹³ of the operator's size, is a hundred times the error of an eigenvalue and makes
/// the matrices strictly positive, so that enclosures of irrational entries decide.
pub fn classical_bound(scenario: &Scenario, functional: &Functional) -> Result<Certificate, ClassicalError> {
    const MARGIN: f64 = 1e-13;
    let strategies = Strategies::new(scenario, MAX_STRATEGIES)?;
    let sign = functional.sense.sign();
    let mut best = f64::NEG_INFINITY;
    let mut bounds = Vec::new();
    for number in 0..strategies.count() {
        let mut total = 0.0;
        let mut row = Vec::new();
        for y in 0..scenario.inputs().len() {
            let (least, greatest) = spectrum_ends(&strategy_operator(strategies, functional, number, y))?;
            let top = if sign > 0.0 { greatest } else { -least };
            let mu = top + MARGIN * least.abs().max(greatest.abs()).max(1.0);
            total += mu;
            row.push(dyadic(mu));
        }
        best = best.max(total);
        bounds.push(row);
    }
    let (sense, bound) = outward(functional.sense, best);
    let proof = json!({"method": "strategies", "eigenvalue_bounds": bounds});
    Ok(Certificate::new(scenario, Claim::ClassicalBound { sense, bound }, &functional.operators, proof))
}
