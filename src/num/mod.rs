//! Exact numbers: what a formula means before anything is rounded.
//!
//! | type | values | for |
//! |---|---|---|
//! | [`Surd`] | Σ_d q_d √d, q_d rational, d squarefree | real numbers such as ½, √2, cos π/12 |
//! | [`Exact`] | re + i·im, both surds | phases such as e^{2πi/3} |
//! | [`Number`] | an [`Exact`], a multiple of π, or a float | what a formula computes |
//! | [`Matrix`] | a dense table of [`Number`]s | operators on Bob's system |
//!
//! Surds form a field whose zero can be recognised: square roots of distinct squarefree integers are linearly
//! independent over ℚ, so a surd is zero exactly when its normal form has no term. That is what lets a certificate
//! [Theory §4] compare numbers, and a problem file be checked for Hermiticity, without a tolerance.

mod angle;
mod display;
mod exact;
mod matrix;
mod number;
mod radical;
mod roots;
mod surd;

pub use exact::Exact;
pub use matrix::{Matrix, ShapeError};
pub use number::{Number, NumberError};
pub use surd::Surd;

#[cfg(test)]
mod tests;
