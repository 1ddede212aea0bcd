//! The bound on no-signalling assemblages (docs/certificate.md §6), and on those with given states of Bob's (§13).

use dashu_ratio::RBig;

use crate::certificate::{Multipliers, Scenario, Table};
use crate::number::{Matrix, Real, sum};
use crate::positive::is_semidefinite_real;
use crate::{Checked, Stop, check_matrix, trace_of_product};

/// Checks ⟨F, σ⟩ ≤ bound for all no-signalling σ. `name` is the multipliers' place.
pub fn check(
    scenario: &Scenario,
    functional: &Table,
    bound: &RBig,
    multipliers: &Multipliers,
    name: &str,
) -> Checked<()> {
    check_form(scenario, multipliers, name)?;
    let Scenario { settings, inputs, dimension: d, .. } = *scenario;
    let marginal = &multipliers.marginal;
    for y in 0..inputs {
        for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
            let mut sum = marginal[y][i][j].clone();
            (1..settings).for_each(|x| sum.add(&marginal[x * inputs + y][i][j]));
            if !sum.is_zero() {
                return Err(Stop::Rejected(format!("{name}.marginal: Σ_x L_xy is not zero for y = {y}")));
            }
        }
    }
    check_positive(scenario, functional, &bound.clone().into(), multipliers)
}

/// Checks ⟨F, σ⟩ ≤ bound for all no-signalling σ for which Bob's states are those of the assemblage.
pub fn check_consistent(
    scenario: &Scenario,
    functional: &Table,
    bound: &RBig,
    multipliers: &Multipliers,
    assemblage: &Table,
    name: &str,
) -> Checked<()> {
    check_form(scenario, multipliers, name)?;
    let mut rest = Real::from(bound.clone());
    for (place, matrix) in multipliers.marginal.iter().enumerate() {
        let y = place % scenario.inputs;
        // tr(L ρ) = Σ_a tr(L σ_{a|0y}).
        for a in 0..scenario.outcomes {
            rest.sub(&trace_of_product(matrix, &assemblage[scenario.place(a, 0, y)]));
        }
    }
    check_positive(scenario, functional, &rest, multipliers)
}

/// Demands Hermitian L_xy, and Σ_y t_axy = 0.
fn check_form(scenario: &Scenario, multipliers: &Multipliers, name: &str) -> Checked<()> {
    let Scenario { settings, outcomes, inputs, .. } = *scenario;
    for (place, matrix) in multipliers.marginal.iter().enumerate() {
        check_matrix(matrix, scenario.is_bell(), &format!("{name}.marginal[{place}]"))?;
    }
    for (a, x) in (0..outcomes).flat_map(|a| (0..settings).map(move |x| (a, x))) {
        let sum = sum((0..inputs).map(|y| &multipliers.trace[scenario.place(a, x, y)]));
        if !sum.is_zero() {
            return Err(Stop::Rejected(format!("{name}.trace: Σ_y t_axy is not zero for a = {a}, x = {x}")));
        }
    }
    Ok(())
}

/// Demands positive L_xy + (t_axy + m)·1 − F_axy, where m times the number of pairs x, y is `total`.
fn check_positive(
    scenario: &Scenario,
    functional: &Table,
    total: &Real,
    Multipliers { marginal, trace }: &Multipliers,
) -> Checked<()> {
    let Scenario { settings, inputs, .. } = *scenario;
    let mut spent = 0;
    let share = total.scaled(&(RBig::ONE / RBig::from(settings * inputs)));
    for (a, x, y) in scenario.labels() {
        let place = scenario.place(a, x, y);
        let mut matrix: Matrix = marginal[x * inputs + y].clone();
        for (entry, term) in matrix.iter_mut().flatten().zip(functional[place].iter().flatten()) {
            entry.sub(term);
        }
        for (i, row) in matrix.iter_mut().enumerate() {
            row[i].re.add(&share);
            row[i].re.add(&trace[place].clone().into());
        }
        if !is_semidefinite_real(&matrix, &mut spent)? {
            return Err(Stop::Rejected(format!(
                "L_xy + (t_axy + m)·1 − F_axy is not shown to be positive semidefinite for a = {a}, x = {x}, y = {y}"
            )));
        }
    }
    Ok(())
}
