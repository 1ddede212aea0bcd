//! A primal–dual interior-point method for Hermitian moment problems, on the cones as they are: no
//! embedding of complex matrices into real ones of twice the side, and real arithmetic where the data
//! are real.
//!
//! The direction is the one of Helmberg, Rendl, Vanderbei, Wolkowicz [HRVW96], Kojima, Shindoh, Hara
//! [KSH97] and Monteiro [M97], with Mehrotra's predictor and corrector, started from an infeasible point. In the
//! terms of [`crate::program`], with the slack S = C + Σ_k y_k A_k, the multiplier Z, and
//! s = c + a·y, u for inequalities:
//!
//! ```text
//! ΔS = C + 𝒜*(y + Δy) − S                     the slack fits the variables
//! 𝒜(Z + ΔZ) + Eᵀ(λ + Δλ) = −b                 the multipliers fit the objective
//! ΔZ = σμ S⁻¹ − Z − herm(S⁻¹ ΔS Z) − herm(S⁻¹ ΔS_a ΔZ_a)
//! ```
//!
//! where herm is the Hermitian part and (ΔS_a, ΔZ_a) the predictor's step (absent in the predictor).
//! Eliminating ΔS and ΔZ leaves M Δy − EᵀΔλ = 𝒜(…) + b + … with the Schur complement M
//! ([`assembly`], [`schur`]) and E Δy = −(e + E y).
//!
//! In double-double arithmetic the same iteration goes on to gaps below 10⁻²⁶. Eq. (6) with 28 words takes 25
//! iterations, half of them to where f64 ends, so that it is not worth starting from a solution in f64.

mod assembly;
mod cone;
mod enclosure;
mod equalities;
mod method;
pub mod parts;
mod schur;

use faer::{cx128, fx128};
use num_complex::Complex64;

use super::{Backend, Cost, Dimensions, Precision, Settings, SolveError, admit};
use crate::program::{Program, Solution};

/// The native interior-point method.
#[derive(Debug, Clone, Copy, Default)]
pub struct InteriorPoint;

impl InteriorPoint {
    /// How many iterations a solve is [predicted](Backend::predict) to take.
    pub const ITERATIONS: f64 = 15.0;
}

impl Backend for InteriorPoint {
    fn name(&self) -> &'static str {
        "interior-point"
    }

    /// The Schur complement fills m² numbers, twice; an iteration factorises it (m³/3 operations) and
    /// passes m times over a matrix of side n. The rates were measured on two cores, at n from 28 to 250.
    fn predict(&self, dimensions: &Dimensions) -> Cost {
        const FACTORISATION_RATE: f64 = 4e10;
        const SECONDS_PER_ENTRY: f64 = 1e-9;
        const COMPLEX: f64 = 3.0;
        const LEAST_SECONDS: f64 = 1e-4;
        let m = dimensions.variables as f64;
        let mut bytes = 16.0 * m * m;
        let mut seconds = LEAST_SECONDS + m.powi(3) / 3.0 / FACTORISATION_RATE;
        for &(size, real) in &dimensions.blocks {
            let entries = (size as f64).powi(2);
            let weight = if real { 1.0 } else { COMPLEX };
            bytes += 250.0 * weight * entries;
            seconds += weight * SECONDS_PER_ENTRY * entries * m.min(entries);
        }
        Cost { bytes: bytes as u64, seconds: Self::ITERATIONS * seconds }
    }

    fn supports(&self, _: Precision) -> bool {
        true
    }

    fn solve(&self, program: &Program, settings: &Settings) -> Result<Solution, SolveError> {
        admit(self, program, settings)?;
        let real = program.blocks.iter().all(|block| block.is_real());
        Ok(match (settings.precision, real) {
            (Precision::F64, true) => method::solve::<f64>(program, settings),
            (Precision::F64, false) => method::solve::<Complex64>(program, settings),
            (Precision::Dd, true) => method::solve::<fx128>(program, settings),
            (Precision::Dd, false) => method::solve::<cx128>(program, settings),
        })
    }
}
