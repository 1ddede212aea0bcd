//! Reformulations of programs. Each file holds `apply` and the `pull_back` of what comes out.

pub mod conjugation;
pub mod face;
mod letters;
mod moments;
pub mod real_form;
pub mod symmetry;
pub mod unitary;

use crate::program::{Program, Solution};

/// A program that is solved instead of another one.
#[derive(Debug)]
pub enum Reduced {
    /// Real, by a conjugation.
    Real(conjugation::Reduced),
    /// Block diagonal, by a group of symmetries.
    Symmetric(symmetry::Reduced),
    /// In unitary letters.
    Unitary(unitary::Reduced),
    /// Without the kernel that its first block is known to have.
    Face(face::Reduced),
}

impl Reduced {
    /// The program to solve.
    pub fn program(&self) -> &Program {
        match self {
            Self::Real(reduced) => &reduced.program,
            Self::Symmetric(reduced) => &reduced.program,
            Self::Unitary(reduced) => &reduced.program,
            Self::Face(reduced) => &reduced.program,
        }
    }

    /// A solution of the original program from one of this.
    pub fn pull_back(&self, original: &Program, solution: Solution) -> Solution {
        match self {
            Self::Real(reduced) => reduced.pull_back(solution),
            Self::Symmetric(reduced) => reduced.pull_back(solution),
            Self::Unitary(reduced) => reduced.pull_back(original, solution),
            Self::Face(reduced) => reduced.pull_back(original, solution),
        }
    }
}
