//! Sequential scenarios: the rules of docs/certificate.md §2 about earlier steps, and the bound of §6.
//!
//! Tuples are numbered with the last step fastest. So a table of matrices for (a_1 … a_k) and then (x_1 … x_k) is a list
//! in which the place is a·X + x, X being the number of tuples x.

use dashu_ratio::RBig;

use crate::certificate::{Kind, Scenario, Step, Table};
use crate::number::{Complex, Matrix, Real};
use crate::positive::is_semidefinite_real;
use crate::{Checked, check_matrix, demand};

/// Demands that the sums over the outcomes of step k and later do not depend on the settings of these steps, for k > 1.
pub fn check_past(scenario: &Scenario, table: &Table, name: &str) -> Checked<()> {
    if scenario.kind != Kind::Sequential {
        return Ok(());
    }
    // What the first k steps give for given settings in all of them, from the last step to the first.
    let mut sums = table.clone();
    let mut settings = scenario.settings;
    for (k, step) in scenario.steps.iter().enumerate().skip(1).rev() {
        sums = summed(&sums, settings, step, |place| {
            format!(
                "{name}: the sum over the outcomes from step {} on depends on its setting, at {place}",
                k + 1
            )
        })?;
        settings /= step.settings;
    }
    Ok(())
}

/// The sums over the last outcome, which must not depend on the last setting; of `settings` tuples in all.
fn summed(
    table: &[Matrix],
    settings: usize,
    step: &Step,
    fails: impl Fn(usize) -> String,
) -> Checked<Vec<Matrix>> {
    let mut sums: Vec<Matrix> = Vec::new();
    for group in table.chunks(settings * step.outcomes) {
        // One sum for every x, of the matrices that stand `settings` apart.
        let mut totals: Vec<Matrix> = group[..settings].to_vec();
        for matrices in group[settings..].chunks(settings) {
            for (total, matrix) in totals.iter_mut().zip(matrices) {
                add(total, matrix);
            }
        }
        for (place, same) in totals.chunks(step.settings).enumerate() {
            demand(same.iter().all(|total| *total == same[0]), || fails(sums.len() + place))?;
        }
        sums.extend(totals.into_iter().step_by(step.settings));
    }
    Ok(sums)
}

/// Checks ⟨F, σ⟩ ≤ bound for all sequential σ, with the multipliers of each step.
pub fn check_bound(
    scenario: &Scenario,
    functional: &Table,
    bound: &RBig,
    multipliers: &[Vec<Matrix>],
) -> Checked<()> {
    for (k, list) in multipliers.iter().enumerate() {
        for (place, matrix) in list.iter().enumerate() {
            check_matrix(matrix, false, &format!("proof.multipliers[{k}][{place}]"))?;
        }
    }
    let mut spent = 0;
    let mut needed = functional.clone();
    let mut settings = scenario.settings;
    for (k, (step, list)) in scenario.steps.iter().zip(multipliers).enumerate().rev() {
        for (place, multiplier) in list.iter().enumerate() {
            let (before, x) = (place / settings, place % settings);
            for a in 0..step.outcomes {
                let mut excess = multiplier.clone();
                subtract(&mut excess, &needed[(before * step.outcomes + a) * settings + x]);
                let holds = is_semidefinite_real(&excess, &mut spent)?;
                demand(holds, || {
                    format!(
                        "proof.multipliers[{k}][{place}] is not shown to be as great as what follows for outcome {a}"
                    )
                })?;
            }
        }
        // The last setting is the fastest.
        let sum = |same: &[Matrix]| {
            let mut sum = same[0].clone();
            same[1..].iter().for_each(|matrix| add(&mut sum, matrix));
            sum
        };
        needed = list.chunks(step.settings).map(sum).collect();
        settings /= step.settings;
    }
    for start in &mut needed {
        let mut rest: Matrix = start.iter().map(|row| row.iter().map(negative).collect()).collect();
        rest.iter_mut().enumerate().for_each(|(i, row)| row[i].re.add(&Real::from(bound.clone())));
        demand(is_semidefinite_real(&rest, &mut spent)?, || {
            "bound·1 − W⁰ is not shown to be positive semidefinite".to_owned()
        })?;
    }
    Ok(())
}

fn negative(z: &Complex) -> Complex {
    z.scaled(&RBig::NEG_ONE)
}

fn add(sum: &mut Matrix, matrix: &Matrix) {
    for (entry, term) in sum.iter_mut().flatten().zip(matrix.iter().flatten()) {
        entry.add(term);
    }
}

fn subtract(sum: &mut Matrix, matrix: &Matrix) {
    for (entry, term) in sum.iter_mut().flatten().zip(matrix.iter().flatten()) {
        entry.sub(term);
    }
}
