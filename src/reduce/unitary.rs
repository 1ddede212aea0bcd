//! Moment problems in letters that are all unitary.
//!
//! source: a program whose first block is a moment matrix Γ(y) ⪰ 0 of words of projectors; target: the same for as many
//! words in the characters Z_q = Σ_a χ_q(a) M_{a|x} of the outcomes, Γ′ = W†ΓW with the columns of W the new words in the
//! old ones, and variables for its moments. A dual Z of the target pulls back to WZW†. Other blocks, their variables and their
//! multipliers stay as they are.
//!
//! That changes no value, but what is near to what: for the state in which all outcomes are equally probable and settings are
//! free of each other Γ′ is the identity, while the entries of Γ differ in size with the number of their letters. First-order
//! methods need up to eight times fewer iterations in these letters where programs are degenerate, and hardly fewer where they
//! converge at once (`benches/parts.md`); interior points need a few fewer.

use num_complex::Complex64;

use super::letters::{Columns, Letters, transformed};
use super::moments::{Rewritten, Value, moments, rewritten};
use crate::moments::MomentMatrix;
use crate::program::{Block, MomentVariables, PointStatus, Program, Solution};
use crate::symmetry::Terms;

/// A reduced program and the way back.
#[derive(Debug)]
pub struct Reduced {
    /// The target.
    pub program: Program,
    /// W.
    columns: Columns,
    /// (W⁻¹)†.
    back: Columns,
    /// The source's variables that scalar rows and other blocks use, in the order in which the target's variables begin.
    given: Vec<u32>,
}

/// The target of a program; `None` if the program is not of this form, or its letters are unitary as they are.
pub fn apply(program: &Program, matrix: &MomentMatrix) -> Option<Reduced> {
    let letters = Letters::new(matrix)?;
    let back = adjoint(&letters.inverse()?);
    let moments = moments(program, matrix)?;
    let known = letters.known(&moments)?;
    let unitary = letters.matrix();
    let mut bounds = Vec::new();
    let free: Vec<Terms> = known
        .iter()
        .zip(unitary.classes())
        .map(|(known, class)| {
            let mut terms = Terms::new();
            let units = [Complex64::ONE, Complex64::I];
            for &unit in &units[..if class.real { 1 } else { 2 }] {
                if known.is_none() {
                    terms.push((bounds.len() as u32, unit));
                    bounds.push(1.0);
                }
            }
            terms
        })
        .collect();
    let Rewritten { program: mut target, values, given } =
        rewritten(program, &moments, &letters, &known, (&free, &bounds))?;
    let mut variables = MomentVariables::new(unitary);
    for (class, Value { constant, terms }) in values.into_iter().enumerate() {
        variables.pin(class, constant, terms);
    }
    // Words of Γ′ are contractions like those of Γ.
    target.blocks.insert(0, Block { trace_bound: program.blocks[0].trace_bound, ..variables.block() });
    let columns = letters.into_columns()?;
    Some(Reduced { program: target, columns, back, given })
}

impl Reduced {
    /// A solution of the source from one of the target.
    pub fn pull_back(&self, original: &Program, mut solution: Solution) -> Solution {
        solution.y = self.point(original, &solution.y);
        if solution.primal_status == PointStatus::Feasible {
            // Up to rounding.
            solution.primal_status = PointStatus::NearlyFeasible;
        }
        if let Some(z) = solution.dual.blocks.first_mut() {
            *z = transformed(&self.columns, z);
        }
        solution
    }

    /// The source's variables at a point of the target: read off Γ = W⁻†Γ′W⁻¹.
    fn point(&self, original: &Program, z: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; original.variables()];
        let mut known = vec![false; original.variables()];
        for (&k, &value) in self.given.iter().zip(z) {
            y[k as usize] = value;
            known[k as usize] = true;
        }
        let gamma = transformed(&self.back, &self.program.blocks[0].at(z));
        for entry in original.blocks.iter().take(1).flat_map(|block| &block.entries) {
            let value = gamma[(entry.row as usize, entry.column as usize)] - entry.constant;
            for &(k, factor) in &entry.terms {
                if !std::mem::replace(&mut known[k as usize], true) {
                    // Of modulus one, and at right angles to that of the other part.
                    y[k as usize] = (factor.conj() * value).re;
                }
            }
        }
        y
    }
}

/// The adjoint of a square matrix.
fn adjoint(matrix: &Columns) -> Columns {
    let mut adjoint = vec![Vec::new(); matrix.len()];
    for (column, terms) in matrix.iter().enumerate() {
        terms.iter().for_each(|&(row, value)| adjoint[row].push((column, value.conj())));
    }
    adjoint
}
