//! The quantum value of a functional over a level of the hierarchy: an outer bound [Theory §3].

use super::{MomentVariables, Program};
use crate::algebra::Polynomial;
use crate::moments::{MissingMoment, MomentMatrix};

/// maximise sign·Re⟨B⟩ over Γ ⪰ 0, Γ_11 = 1.
///
/// M_k = 1 and T = n, because words are contractions.
pub fn bound(matrix: &MomentMatrix, objective: &Polynomial, sign: f64) -> Result<Program, MissingMoment> {
    let mut form = matrix.linear_form(objective)?;
    for (_, weight) in &mut form {
        *weight *= sign;
    }
    let mut program = Program::default();
    let mut variables = MomentVariables::new(matrix);
    variables.release(&mut program, &form);
    program.blocks.push(variables.block());
    Ok(program)
}
