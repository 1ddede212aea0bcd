//! The two half steps of a see-saw as programs, in their dual form: what is looked for are the multipliers.

use faer::Mat;
use num_complex::Complex64;

use super::matrices::{AffineMatrix, TracelessBasis};
use super::{Affine, Program};

/// The states ρ^y on Alice ⊗ Bob, with equal marginals on Alice's side, that maximise Σ_y tr(ρ^y W_y), are the
/// multipliers of the blocks of
///
/// ```text
/// maximise −λ   subject to   H_y ⊗ 1 − W_y ⪰ 0,   λ·1 − Σ_y H_y ⪰ 0,
/// ```
///
/// of the last block Alice's state; the negative of the program's value is their value.
pub fn states(operators: &[Mat<Complex64>], alice: usize, dimension: usize) -> Program {
    let basis = TracelessBasis::new(alice, false);
    let mut program = Program::default();
    let largest = program.add_variable(-1.0, f64::INFINITY);
    let mut last = AffineMatrix::zero(alice);
    last.add_variable(largest, &Mat::identity(alice, alice), 1.0);
    for operator in operators {
        let h = free_hermitian(&mut program, &basis);
        last.add(&h, -1.0);
        let mut block = h.beside(dimension);
        block.add_constant(operator, -1.0);
        program.blocks.push(block.into_block(f64::INFINITY));
    }
    program.blocks.push(last.into_block(f64::INFINITY));
    program
}

/// The measurement M_a that maximises Σ_a tr(M_a G_a): the multipliers of
///
/// ```text
/// maximise −tr K   subject to   K − G_a ⪰ 0.
/// ```
pub fn measurement(operators: &[Mat<Complex64>]) -> Program {
    let size = operators.first().map_or(0, Mat::nrows);
    let basis = TracelessBasis::new(size, false);
    let mut program = Program::default();
    let k = free_hermitian(&mut program, &basis);
    program.add_objective(&k.pair(&Mat::identity(size, size)), -1.0);
    for operator in operators {
        let mut block = k.clone();
        block.add_constant(operator, -1.0);
        program.blocks.push(block.into_block(f64::INFINITY));
    }
    program
}

fn free_hermitian(program: &mut Program, basis: &TracelessBasis) -> AffineMatrix {
    let trace = program.add_variable(0.0, f64::INFINITY);
    let trace = Affine { constant: 0.0, terms: vec![(trace, 1.0)] };
    let coordinates = basis.add_free_coordinates(program);
    basis.matrix(&trace, &coordinates)
}
