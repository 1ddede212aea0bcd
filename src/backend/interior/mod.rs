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
//! ([`schur`]) and E Δy = −(e + E y).

mod cone;
mod equalities;
mod method;
mod schur;

use num_complex::Complex64;

use super::{Backend, Cost, Dimensions, Settings, SolveError, check_memory};
use crate::program::{Program, Solution};

/// The native interior-point method.
#[derive(Debug, Clone, Copy, Default)]
pub struct InteriorPoint;

impl Backend for InteriorPoint {
    fn name(&self) -> &'static str {
        "interior-point"
    }

    /// The Schur complement fills m² numbers and takes m³/3 operations to factorise and about 2m·n³ to
    /// assemble; twenty iterations at the speeds measured on two cores.
    fn predict(&self, dimensions: &Dimensions) -> Cost {
        const ITERATIONS: f64 = 20.0;
        const FACTORISATION_RATE: f64 = 4e10;
        const ASSEMBLY_RATE: f64 = 4e9;
        let m = dimensions.variables as f64;
        let mut bytes = 16.0 * m * m;
        let mut work = m.powi(3) / 3.0 / FACTORISATION_RATE;
        for &(size, real) in &dimensions.blocks {
            let n = size as f64;
            let weight = if real { 1.0 } else { 4.0 };
            bytes += 12.0 * 8.0 * weight * n * n + 100.0 * n * n;
            work += weight * (n.powi(4) + 30.0 * n.powi(3)) / ASSEMBLY_RATE;
        }
        Cost { bytes: bytes as u64, seconds: ITERATIONS * work }
    }

    fn solve(&self, program: &Program, settings: &Settings) -> Result<Solution, SolveError> {
        check_memory(self, &Dimensions::of(program))?;
        if !program.is_finite() {
            let reason = "the program has coefficients that are not finite numbers".to_owned();
            return Err(SolveError::Failed { backend: self.name(), reason });
        }
        Ok(if program.blocks.iter().all(|block| block.is_real()) {
            method::solve::<f64>(program, settings)
        } else {
            method::solve::<Complex64>(program, settings)
        })
    }
}
