//! Dual points, and the bound that any of them proves (the formulas stand in the module page).

use faer::Mat;
use num_complex::Complex64;

use super::Program;
use super::repair::apply;
use crate::linalg::{EigenError, spectrum_ends};

/// Multipliers of a program's constraints, in the order of its constraints.
#[derive(Debug, Clone)]
pub struct DualPoint {
    /// Z_j, Hermitian.
    pub blocks: Vec<Mat<Complex64>>,
    /// u.
    pub inequalities: Vec<f64>,
    /// λ.
    pub equalities: Vec<f64>,
}

impl DualPoint {
    /// Every multiplier times a positive factor: a dual point of the program with that many times the
    /// objective.
    pub fn scaled(&self, factor: f64) -> Self {
        let scaled = |multipliers: &[f64]| multipliers.iter().map(|u| u * factor).collect();
        Self {
            blocks: self.blocks.iter().map(|z| z * faer::Scale(Complex64::from(factor))).collect(),
            inequalities: scaled(&self.inequalities),
            equalities: scaled(&self.equalities),
        }
    }
}

/// The upper bound on the program's value that a dual point proves, in f64; infinite where a
/// residual meets a variable or a block without a bound.
pub fn dual_bound(program: &Program, dual: &DualPoint) -> Result<f64, EigenError> {
    // A multiplier of the wrong sign proves nothing: its row is left out.
    let inequalities = dual.inequalities.iter().map(|u| u.max(0.0)).collect();
    let dual = DualPoint { inequalities, ..dual.clone() };
    let mut bracket = program.offset;
    let mut indefiniteness = 0.0;
    for (block, z) in program.blocks.iter().zip(&dual.blocks) {
        for entry in &block.entries {
            let (row, column) = (entry.row as usize, entry.column as usize);
            let weight = if row == column { 1.0 } else { 2.0 };
            bracket += weight * (z[(row, column)].conj() * entry.constant).re;
        }
        let (least, _) = spectrum_ends(z)?;
        indefiniteness += scaled(block.trace_bound, (-least).max(0.0));
    }
    let inequalities = program.inequalities.iter().zip(&dual.inequalities);
    let equalities = program.equalities.iter().zip(&dual.equalities);
    for (form, multiplier) in inequalities.chain(equalities) {
        bracket += multiplier * form.constant;
    }
    let residual = apply(program, &dual);
    let residual: f64 = residual
        .iter()
        .zip(&program.objective)
        .zip(&program.variable_bounds)
        .map(|((r, b), &bound)| scaled(bound, (b + r).abs()))
        .sum();
    Ok(bracket + residual + indefiniteness)
}

/// bound·amount, where nothing times infinity is nothing.
fn scaled(bound: f64, amount: f64) -> f64 {
    if amount == 0.0 { 0.0 } else { bound * amount }
}
