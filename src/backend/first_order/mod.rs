//! A first-order method for large moment problems: Douglas–Rachford splitting of the dual, which is the
//! boundary point method of Povh, Rendl, Wiegele [PRW06] and the alternating direction method of
//! Wen, Goldfarb, Yin [WGY10] seen as a fixed-point iteration, with Anderson acceleration.
//!
//! In the terms of [`crate::program`] let S = C + 𝒜*y be the slack and Z its multiplier, penalty σ. The state
//! is one matrix W = S − Z/σ for each block, split by its eigenvalues: S = W₊ and Z = σW₋ (both ⪰ 0,
//! and orthogonal). One step is
//!
//! ```text
//! y = (𝒜𝒜*)⁻¹ [ b/σ + 𝒜(S + (S − W) … ) ]     the y that fits S and Z best
//! W ← C + 𝒜*y − Z/σ
//! ```
//!
//! Where the A_k partition the entries, 𝒜𝒜* is diagonal and the step costs one eigendecomposition; elsewhere
//! conjugate gradients solve for y. Memory is O(n²) for each remembered iterate.

mod anderson;
mod bookmark;
mod cone;
mod method;
pub mod parts;

pub use bookmark::Bookmark;

use num_complex::Complex64;

use super::{Backend, Cost, Dimensions, Settings, SolveError, admit};
use crate::program::{Program, Solution};

/// The native first-order method.
#[derive(Debug, Clone, Copy, Default)]
pub struct FirstOrder;

impl FirstOrder {
    /// How many iterations one of [`Settings::max_iterations`], counted for interior points, stands for.
    pub(super) const ITERATIONS_PER_NEWTON_STEP: u32 = 100;

    /// Solves, but gives up after about so many iterations if it crawls.
    pub(super) fn solve_within(
        &self,
        program: &Program,
        settings: &Settings,
        trial: f64,
    ) -> Result<Solution, SolveError> {
        admit(self, program, settings)?;
        let failed = |reason: String| SolveError::Failed { backend: "first-order", reason };
        if program.blocks.iter().all(|block| block.is_real()) {
            method::solve::<f64>(program, settings, trial).map_err(failed)
        } else {
            method::solve::<Complex64>(program, settings, trial).map_err(failed)
        }
    }

    /// The predicted time of one iteration.
    pub(super) fn iteration_seconds(dimensions: &Dimensions) -> f64 {
        const SECONDS_PER_CUBE: f64 = 3e-10;
        const SECONDS_PER_SQUARE: f64 = 7e-8;
        const COMPLEX: f64 = 1.5;
        let block = |&(size, real): &(usize, bool)| {
            let n = size as f64;
            let weight = if real { 1.0 } else { COMPLEX };
            weight * (SECONDS_PER_CUBE * n.powi(3) + SECONDS_PER_SQUARE * n.powi(2))
        };
        dimensions.blocks.iter().map(block).sum()
    }
}

impl Backend for FirstOrder {
    fn name(&self) -> &'static str {
        "first-order"
    }

    /// One eigendecomposition and some seventy passes over vectors of n² numbers in each of some hundred
    /// iterations. The rates were measured on two cores, at n from 28 to 250.
    fn predict(&self, dimensions: &Dimensions) -> Cost {
        const ITERATIONS: f64 = 300.0;
        const VECTORS: f64 = 76.0;
        let mut bytes = 0.0;
        for &(size, real) in &dimensions.blocks {
            let weight = if real { 1.0 } else { 2.0 };
            bytes += (8.0 * VECTORS * weight + 200.0) * (size as f64).powi(2);
        }
        Cost { bytes: bytes as u64, seconds: ITERATIONS * Self::iteration_seconds(dimensions) }
    }

    fn solve(&self, program: &Program, settings: &Settings) -> Result<Solution, SolveError> {
        self.solve_within(program, settings, f64::INFINITY)
    }
}
