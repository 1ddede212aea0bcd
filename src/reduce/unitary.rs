//! Moment problems in letters that are all unitary.
//!
//! source: a program whose first and only block is a moment matrix Γ(y) ⪰ 0 of words of projectors; target: the same for as many
//! words in the characters Z_q = Σ_a χ_q(a) M_{a|x} of the outcomes, Γ′ = W†ΓW with the columns of W the new words in the
//! old ones, and variables for its moments. A dual Z of the target pulls back to WZW†.
//!
//! That changes no value, but what is near to what: for the state in which all outcomes are equally probable and settings are
//! free of each other Γ′ is the identity, while the entries of Γ differ in size with the number of their letters. First-order
//! methods need up to eight times fewer iterations in these letters where programs are degenerate, and hardly fewer where they
//! converge at once (`benches/parts.md`); to interior points it makes next to no difference.

use num_complex::Complex64;

use super::letters::{Columns, Letters, transformed};
use super::moments::{Rewritten, Value, moments, rewritten};
use crate::moments::MomentMatrix;
use crate::program::{Block, BlockEntry, PointStatus, Program, Solution};
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
    /// The source's variables that scalar rows use, in the order in which the target's variables begin.
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
    target.blocks = vec![block(unitary, &values, program.blocks[0].trace_bound)];
    let columns = letters.into_columns()?;
    Some(Reduced { program: target, columns, back, given })
}

/// Γ′. Its words are contractions like those of Γ.
fn block(matrix: &MomentMatrix, values: &[Value], trace_bound: f64) -> Block {
    let phases = matrix.algebra().phases();
    let size = matrix.size();
    let cells = (0..size).flat_map(|column| (0..=column).map(move |row| (row, column)));
    let entries = cells.filter_map(|(row, column)| {
        let (class, phase, conjugate) = matrix.entry(row, column).parts()?;
        let phase = phases.approx(phase);
        let oriented = |value: Complex64| phase * if conjugate { value.conj() } else { value };
        let Value { constant, terms } = &values[class];
        Some(BlockEntry {
            row: row as u32,
            column: column as u32,
            constant: oriented(*constant),
            terms: terms.iter().map(|&(k, value)| (k, oriented(value))).collect(),
        })
    });
    Block { size, entries: entries.collect(), trace_bound }
}

impl Reduced {
    /// A solution of the source from one of the target.
    pub fn pull_back(&self, original: &Program, mut solution: Solution) -> Solution {
        solution.y = self.point(original, &solution.y);
        if solution.primal_status == PointStatus::Feasible {
            // Up to rounding.
            solution.primal_status = PointStatus::NearlyFeasible;
        }
        for z in &mut solution.dual.blocks {
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
        for entry in original.blocks.iter().flat_map(|block| &block.entries) {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::algebra::{Algebra, DeviceAlgebra, Letter, Polynomial, Word};
    use crate::moments::Level;
    use crate::num::Number;
    use crate::program::Affine;
    use crate::program::bound::bound;

    /// Two trits of Alice's and a qubit of Bob's, with some functional.
    fn problem(level: &str) -> (MomentMatrix, Program) {
        let algebra = Algebra::new(vec![DeviceAlgebra::black_box(2, 3), DeviceAlgebra::matrices(2, 2)]);
        let level: Level = level.parse().unwrap();
        let matrix = MomentMatrix::new(algebra.clone(), level.words(&algebra));
        let mut functional = Polynomial::zero();
        let mut weight = 1;
        for alice in algebra.letters(0) {
            for bob in algebra.letters(1) {
                weight = weight * 7 % 11;
                let word = Word::from_letters(&[alice, bob]);
                functional.add_term(word, &Number::from_integer(weight - 5));
            }
        }
        let program = bound(&matrix, &functional, 1.0).unwrap();
        (matrix, program)
    }

    /// ⟨Z, Γ(y)⟩ is the same on both sides, at any point and for variables that scalar rows use.
    #[test]
    fn points_and_multipliers_pair_alike() {
        let (matrix, mut program) = problem("1+A+AB");
        // Some numbers: no two alike, of both signs.
        let number = |k: usize| ((k * k % 101) as f64 - 50.0) / 50.0;
        // ⟨M_{a|0}⟩ in rows, and therefore given.
        let variable = |a: usize| {
            let class = matrix.class_of(&Word::from_letters(&[Letter::new(0, 0, a)])).unwrap();
            let mut entries = program.blocks[0].entries.iter();
            let here = |entry: &&BlockEntry| {
                matrix.entry(entry.row as usize, entry.column as usize).parts().unwrap().0 == class
            };
            entries.find(here).unwrap().terms[0].0
        };
        let given = [variable(0), variable(1)];
        let row = |k: u32| Affine { constant: 0.5, terms: vec![(k, 1.0)] };
        program.inequalities.push(row(given[0]));
        assert!(apply(&program, &matrix).is_none(), "one outcome is no combination of characters alone");
        program.inequalities.push(row(given[1]));
        let reduced = apply(&program, &matrix).unwrap();
        assert_eq!(reduced.program.inequalities, [row(0), row(1)]);
        let z: Vec<f64> = (0..reduced.program.variables()).map(number).collect();
        let y = reduced.point(&program, &z);
        assert_eq!(given.map(|k| y[k as usize]), [z[0], z[1]]);
        let n = matrix.size();
        let root = faer::Mat::from_fn(n, 3, |i, j| Complex64::new(number(3 * i + j), number(7 * i + 5 * j)));
        let multiplier = &root * root.adjoint();
        let pair = |z: &faer::Mat<Complex64>, program: &Program, y: &[f64]| {
            crate::linalg::inner(z, &program.blocks[0].at(y))
        };
        let pulled = transformed(&reduced.columns, &multiplier);
        let (one, other) = (pair(&multiplier, &reduced.program, &z), pair(&pulled, &program, &y));
        assert!((one - other).abs() < 1e-10 * one.abs(), "{one} {other}");
        assert!((program.value(&y) - reduced.program.value(&z)).abs() < 1e-12 * n as f64);
    }

    /// Two outcomes are an observable, which is unitary; nor is there anything to do without products of fewer letters.
    #[test]
    fn unitary_letters_stay() {
        let algebra = Algebra::new(vec![DeviceAlgebra::black_box(2, 2), DeviceAlgebra::matrices(1, 2)]);
        let level: Level = "1+AB".parse().unwrap();
        let matrix = MomentMatrix::new(algebra.clone(), level.words(&algebra));
        let program = bound(&matrix, &Polynomial::zero(), 1.0).unwrap();
        assert!(apply(&program, &matrix).is_none());
    }
}
