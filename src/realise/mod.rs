//! The Choi question [Theory §6]: is there, for each input of Bob's, a map that makes his assemblage of a reference
//! that he might have held before?
//!
//! Given a traditional assemblage τ_{a|x}, the reference, and a target σ_{a|xy}, [`realise`] looks for E_y with
//! σ_{a|xy} = E_y(τ_{a|x}), among channels or among decomposable maps. If there are channels, σ is quantum: the reference is
//! (GHJW). If there are none, an inequality tells so; and where the reference is the assemblage's own at some input and passes
//! the [`self_test`], no other reference would do better, so that the assemblage is post-quantum.
//!
//! Of an instrumental assemblage it is first to be asked whether it is part of a no-signalling one: [`obstruction`].

mod completion;
mod map;
mod rank;
mod reference;
mod self_test;
mod task;

pub use completion::{Obstruction, obstruction};
pub use map::ChoiMap;
pub use reference::{Reference, ReferenceError};
pub use self_test::{SelfTest, self_test};
pub use task::{ACCEPTED, Realisation, Target, Witness, realise};

use crate::backend::SolveError;
use crate::linalg::EigenError;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RealiseError {
    /// The solver refused or failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// An eigenvalue could not be computed.
    #[error(transparent)]
    Eigen(#[from] EigenError),
    /// The Choi matrix is out of reach.
    #[error(
        "maps from dimension {input} to {output} have Choi matrices of side {}; at most {limit} is possible",
        input * output
    )]
    TooLarge {
        /// D.
        input: usize,
        /// d.
        output: usize,
        /// The largest side.
        limit: usize,
    },
}
