//! When what an assemblage has for one y is a reference that is no loss of generality (docs/certificate.md §10).

use dashu_ratio::RBig;

use crate::certificate::{Maps, Scenario, SelfTest, Table};
use crate::maps::{Work, check_bound};
use crate::number::{Complex, Matrix, Real};
use crate::positive::is_semidefinite_real;
use crate::{Checked, demand, is_zero};

/// Checks ⟨F, σ⟩ ≤ bound for all quantum σ that have the elements of the reference for one y.
pub fn check(scenario: &Scenario, functional: &Table, bound: &RBig, test: &SelfTest) -> Checked<()> {
    let SelfTest { reference, margin, multipliers } = test;
    let settings = scenario.settings;
    let mut work = Work::new(reference, reference);
    let mut elements: Vec<(usize, &Matrix)> = Vec::new(); // with x, those that are not zero
    for (place, tau) in reference.iter().enumerate() {
        let (a, x) = (place / settings, place % settings);
        if !is_zero(tau) {
            demand(has_positive_trace(tau), || {
                format!("tr τ_ax is not shown to be positive for a = {a}, x = {x}, nor is τ_ax zero")
            })?;
            demand(is_of_rank_one(tau, &mut work)?, || {
                format!("τ_ax is not of rank one for a = {a}, x = {x}")
            })?;
            elements.push((x, tau));
        }
    }
    let mut matrix: Matrix = Vec::new(); // Q + 1 1ᵀ − margin·1
    for (k, &(x, tau)) in elements.iter().enumerate() {
        let mut row: Vec<_> = matrix.iter().map(|other| other[k].clone()).collect();
        for (l, &(other_x, other)) in elements.iter().enumerate().skip(k) {
            let overlap = overlap(tau, other, &mut work)?;
            let factor = if x == other_x { RBig::from(settings - 1) } else { RBig::NEG_ONE };
            let mut entry = overlap.scaled(&factor);
            entry.add(&RBig::ONE.into());
            if k == l {
                entry.sub(&margin.clone().into());
            }
            row.push(Complex { re: entry, im: Real::default() });
        }
        matrix.push(row);
    }
    demand(is_semidefinite_real(&matrix, &mut 0)?, || {
        "Q + 1 1ᵀ − margin·1 is not shown to be positive semidefinite: the reference is not self-tested"
            .to_owned()
    })?;
    check_bound(scenario, functional, bound, Maps::Channels, reference, multipliers)
}

/// Whether a Hermitian matrix is zero, or of rank one with a positive trace, and so positive semidefinite, even where enclosures of irrational entries do not show it.
pub fn is_pure(tau: &Matrix) -> Checked<bool> {
    let alone = std::slice::from_ref(tau);
    Ok(is_zero(tau) || has_positive_trace(tau) && is_of_rank_one(tau, &mut Work::new(alone, alone))?)
}

fn has_positive_trace(tau: &Matrix) -> bool {
    let mut trace = Real::default();
    tau.iter().enumerate().for_each(|(i, row)| trace.add(&row[i].re));
    trace.is_positive()
}

/// Whether all 2×2 minors of a Hermitian matrix are zero, one of whose diagonal entries p is not: those with p suffice,
/// for they say that every row is a multiple of that of p.
fn is_of_rank_one(tau: &Matrix, work: &mut Work) -> Checked<bool> {
    let Some(p) = (0..tau.len()).find(|&i| !tau[i][i].is_zero()) else { return Ok(false) };
    for (i, row) in tau.iter().enumerate() {
        for (j, entry) in row.iter().enumerate() {
            let (mut left, mut right) = (Complex::default(), Complex::default());
            work.spend_on_entries(1)?;
            work.add_product(&mut left, entry, &tau[p][p])?;
            work.add_product(&mut right, &tau[i][p], &tau[p][j])?;
            if left != right {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// tr(τ_k τ_l), which is real.
fn overlap(tau: &Matrix, other: &Matrix, work: &mut Work) -> Checked<Real> {
    let mut sum = Complex::default();
    for (i, row) in tau.iter().enumerate() {
        for (j, entry) in row.iter().enumerate() {
            work.spend_on_entries(1)?;
            work.add_product(&mut sum, entry, &other[j][i])?;
        }
    }
    Ok(sum.re)
}
