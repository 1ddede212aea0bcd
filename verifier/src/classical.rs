//! The bound on common-cause assemblages (docs/certificate.md §5).

use dashu_ratio::RBig;

use crate::certificate::{Scenario, Table};
use crate::number::{Complex, sum};
use crate::positive::is_semidefinite_real;
use crate::{Checked, Stop, about};

/// Limit of this checker: strategies × inputs × dimension² × (settings + dimension).
const MAX_WORK: usize = 1 << 28;

/// Checks ⟨F, σ⟩ ≤ bound for all common-cause σ; `bounds[λ][y]` is μ_{λ,y}.
pub fn check(scenario: &Scenario, functional: &Table, bound: &RBig, bounds: &[Vec<RBig>]) -> Checked<()> {
    let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
    // Each factor is at most 2^20 by the limits of the reader, and their product below 2^60.
    if bounds.len() * inputs * d * d * (settings + d) > MAX_WORK {
        return Err(Stop::Incomplete("too many or too large strategies for this checker".to_owned()));
    }
    let mut spent = 0;
    for (strategy, bounds) in bounds.iter().enumerate() {
        let name = format!("proof.eigenvalue_bounds[{strategy}]");
        let sum = sum(bounds);
        if sum > *bound {
            return Err(Stop::Rejected(format!("{name} sums to {}, above the bound", about(&sum))));
        }
        for (y, eigenvalue_bound) in bounds.iter().enumerate() {
            let mut matrix = vec![vec![Complex::default(); d]; d];
            for (i, row) in matrix.iter_mut().enumerate() {
                row[i].re = eigenvalue_bound.clone().into();
            }
            // The digits of λ in base `outcomes`, that of setting 0 first.
            let mut digits = strategy;
            for x in 0..settings {
                let term = &functional[scenario.place(digits % outcomes, x, y)];
                digits /= outcomes;
                for (row, term) in matrix.iter_mut().flatten().zip(term.iter().flatten()) {
                    row.sub(term);
                }
            }
            if !is_semidefinite_real(&matrix, &mut spent)? {
                return Err(Stop::Rejected(format!("{name}[{y}] is no bound on the eigenvalues of Σ_x F")));
            }
        }
    }
    Ok(())
}
