//! The bound on no-signalling assemblages (docs/certificate.md §6).

use dashu_ratio::RBig;

use crate::certificate::{Scenario, Table};
use crate::number::{Matrix, Real, sum};
use crate::positive::is_semidefinite_real;
use crate::{Checked, Stop, check_matrix};

/// Checks ⟨F, σ⟩ ≤ bound for all no-signalling σ, with the multipliers L_{xy} and t_{axy}.
pub fn check(
    scenario: &Scenario,
    functional: &Table,
    bound: &RBig,
    marginal: &[Matrix],
    trace: &[RBig],
) -> Checked<()> {
    let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
    for (place, matrix) in marginal.iter().enumerate() {
        check_matrix(matrix, scenario.is_bell(), &format!("proof.marginal[{place}]"))?;
    }
    for y in 0..inputs {
        for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
            let mut sum = marginal[y][i][j].clone();
            (1..settings).for_each(|x| sum.add(&marginal[x * inputs + y][i][j]));
            if !sum.is_zero() {
                return Err(Stop::Rejected(format!("proof.marginal: Σ_x L_xy is not zero for y = {y}")));
            }
        }
    }
    for (a, x) in (0..outcomes).flat_map(|a| (0..settings).map(move |x| (a, x))) {
        let sum = sum((0..inputs).map(|y| &trace[scenario.place(a, x, y)]));
        if !sum.is_zero() {
            return Err(Stop::Rejected(format!("proof.trace: Σ_y t_axy is not zero for a = {a}, x = {x}")));
        }
    }
    let mut spent = 0;
    let share = bound / RBig::from(settings * inputs);
    for (a, x, y) in scenario.labels() {
        let place = scenario.place(a, x, y);
        let mut matrix = marginal[x * inputs + y].clone();
        for (entry, term) in matrix.iter_mut().flatten().zip(functional[place].iter().flatten()) {
            entry.sub(term);
        }
        for (i, row) in matrix.iter_mut().enumerate() {
            row[i].re.add(&Real::from(&trace[place] + &share));
        }
        if !is_semidefinite_real(&matrix, &mut spent)? {
            return Err(Stop::Rejected(format!(
                "L_xy + (t_axy + m)·1 − F_axy is not shown to be positive semidefinite for a = {a}, x = {x}, y = {y}"
            )));
        }
    }
    Ok(())
}
