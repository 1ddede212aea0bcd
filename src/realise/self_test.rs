//! When the assemblage at one input of Bob's is a reference without loss of generality [Theory §6].
//!
//! Let every σ_{a|xy₀} have rank one. Whatever Bob held before, ω_{a|x}, a dilation of his channel for y₀ takes it to
//! σ_{a|xy₀} ⊗ ρ_{a|x}, and no signalling from Alice says that Σ_a σ_{a|xy₀} ⊗ ρ_{a|x} does not depend on x. If these linear
//! equations have no other solution than ρ_{a|x} = ρ, then ω is σ_{·|·y₀} ⊗ ρ up to an isometry, and the channels for the other
//! inputs may as well begin from σ_{·|·y₀}.

use faer::Mat;

use crate::linalg::{EigenError, hermitian_eigenvalues, inner, symmetric_eigen};
use crate::num::{Matrix, Number};
use crate::scenario::{Assemblage, Index, TOLERANCE};

/// What the equations say.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfTest {
    /// Position of the input y₀.
    pub input: usize,
    /// Whether every σ_{a|xy₀} has rank one or is zero, to [`TOLERANCE`].
    pub pure: bool,
    /// Whether exactly so, in exact arithmetic.
    pub exactly_pure: bool,
    /// The dimension of the space of solutions (c_{a|x}) of Σ_a c_{a|x} σ_{a|xy₀} = Σ_a c_{a|x'} σ_{a|x'y₀} for all x, x': one if
    /// only the equal ones solve it.
    pub solutions: usize,
    /// Half the least eigenvalue of Q + 1 1ᵀ (`docs/certificate.md`, §10): positive if there is one solution.
    pub margin: f64,
}

impl SelfTest {
    /// Whether the reference is no loss of generality. What is pure only up to rounding shows nothing: an impurity ε leaves
    /// effects of about ε over the least eigenvalue of Q that is not zero.
    pub fn holds(&self) -> bool {
        self.exactly_pure && self.solutions == 1
    }
}

/// Tests the assemblage at position y₀.
pub fn self_test(assemblage: &Assemblage, input: usize) -> Result<SelfTest, EigenError> {
    let [outcomes, settings, _] = assemblage.0.shape();
    let labels = (0..settings).flat_map(|x| (0..outcomes).map(move |a| Index { a, x, y: input }));
    let kept: Vec<Index> = labels.filter(|&index| assemblage.0.value(index).norm_max() > TOLERANCE).collect();
    let n = kept.len();
    let mut pure = true;
    for &index in &kept {
        let values = hermitian_eigenvalues(assemblage.0.value(index))?;
        let largest = values.last().copied().unwrap_or(0.0);
        pure &= values.iter().rev().skip(1).all(|value| value.abs() <= TOLERANCE.max(TOLERANCE * largest));
    }
    let m = settings as f64;
    let form = Mat::from_fn(n, n, |k, l| {
        let overlap = inner(assemblage.0.value(kept[k]), assemblage.0.value(kept[l]));
        let factor = if kept[k].x == kept[l].x { m - 1.0 } else { -1.0 };
        factor * overlap
    });
    let (values, _) = symmetric_eigen(&form)?;
    let largest = values.last().copied().unwrap_or(0.0);
    let solutions = values.iter().filter(|value| value.abs() <= TOLERANCE * largest.max(TOLERANCE)).count();
    let shifted = Mat::from_fn(n, n, |k, l| form[(k, l)] + 1.0);
    let least = symmetric_eigen(&shifted)?.0.first().copied().unwrap_or(0.0);
    Ok(SelfTest {
        input,
        pure,
        exactly_pure: kept.len() + zeros(assemblage, input) == outcomes * settings
            && kept.iter().all(|&index| has_rank_one(assemblage.0.get(index))),
        solutions,
        margin: least / 2.0,
    })
}

/// How many elements are exactly zero.
fn zeros(assemblage: &Assemblage, y: usize) -> usize {
    let zero = |index: &Index| assemblage.0.get(*index).entries().all(Number::is_exactly_zero);
    assemblage.0.indices().filter(|index| index.y == y).filter(zero).count()
}

/// Whether all 2×2 minors vanish exactly.
fn has_rank_one(matrix: &Matrix) -> bool {
    let d = matrix.rows();
    let minor = |i: usize, j: usize, k: usize, l: usize| {
        let product = matrix.get(i, j) * matrix.get(k, l);
        &product - &(matrix.get(i, l) * matrix.get(k, j))
    };
    let pairs = || (0..d).flat_map(move |i| (0..i).map(move |k| (i, k)));
    pairs().all(|(i, k)| pairs().all(|(j, l)| minor(i, j, k, l).is_exactly_zero()))
}
