//! How much noise an assemblage needs before a level of the hierarchy accepts it [Theory §3].

use super::{Affine, MomentVariables, Program};
use crate::moments::{MomentMatrix, determined_moments};
use crate::scenario::{Assemblage, Scenario};

/// The variable that holds the visibility v in every visibility program.
pub const VISIBILITY: u32 = 0;

/// maximise v ∈ [0, 1] such that v·σ + (1−v)·ν has a moment matrix Γ ⪰ 0.
///
/// Every moment with at most one letter of each party is fixed by the assemblage, hence affine in
/// v; in an instrumental scenario it is affine in v and in moments that are not seen. The others are free. M = 1 for v
/// and for every moment, T = n.
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
    for (one, zero) in at_one.iter().zip(&at_zero) {
        variables.pin_between(&mut program, v, [zero, one]);
    }
    variables.release(&mut program, &[]);
    program.blocks.push(variables.block());
    program
}
