//! How much noise an assemblage needs before a level of the hierarchy accepts it [Theory §3].

use num_complex::Complex64;

use super::{Affine, MomentVariables, Program};
use crate::moments::{MomentMatrix, determined_moments};
use crate::scenario::{Assemblage, Scenario};

/// The variable that holds the visibility v in every visibility program.
pub const VISIBILITY: u32 = 0;

/// maximise v ∈ [0, 1] such that v·σ + (1−v)·ν has a moment matrix Γ ⪰ 0.
///
/// Every moment with at most one letter of each party is fixed by the assemblage, hence affine in
/// v; the others are free. M = 1 for v and for every moment, T = n.
pub fn visibility(
    matrix: &MomentMatrix,
    scenario: &Scenario,
    assemblage: &Assemblage,
    noise: &Assemblage,
) -> Program {
    let mut program = Program::default();
    let v = program.add_variable(1.0, 1.0);
    debug_assert_eq!(v, VISIBILITY);
    program.inequalities.push(Affine { constant: 0.0, terms: vec![(v, 1.0)] });
    program.inequalities.push(Affine { constant: 1.0, terms: vec![(v, -1.0)] });
    let mut variables = MomentVariables::new(matrix);
    let at_one = determined_moments(matrix, scenario, assemblage);
    let at_zero = determined_moments(matrix, scenario, noise);
    for (&(class, signal), &(_, noise)) in at_one.iter().zip(&at_zero) {
        let slope: Complex64 = signal - noise;
        variables.pin(class, noise, Some((v, slope)));
    }
    variables.release(&mut program, &[]);
    program.blocks.push(variables.block());
    program
}
