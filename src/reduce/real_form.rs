//! Hermitian blocks as real symmetric ones, for solvers that know only those.
//!
//! source: H = R + iS ⪰ 0 of side n; target: [[R, −S], [S, R]] ⪰ 0 of side 2n, or R ⪰ 0 of side n
//! if every coefficient is real. A dual Z of the target pulls back to
//! W = (Z₁₁ + Z₂₂) + i(Z₂₁ − Z₁₂), for which ⟨W, H⟩ = ⟨Z, [[R, −S], [S, R]]⟩ with no factor of
//! two, and W ⪰ 0 if Z ⪰ 0.

use faer::Mat;
use num_complex::Complex64;
use smallvec::SmallVec;

use crate::program::Block;

/// An entry (row ≤ column) of a real symmetric block.
#[derive(Debug, Clone)]
pub struct RealEntry {
    /// Row of the upper triangle.
    pub row: usize,
    /// Column, ≥ row.
    pub column: usize,
    /// The entry of C.
    pub constant: f64,
    /// (variable, entry of its matrix).
    pub terms: SmallVec<[(u32, f64); 2]>,
}

/// A real symmetric block C + Σ y_k A_k ⪰ 0.
#[derive(Debug, Clone)]
pub struct RealBlock {
    /// Side: n or 2n.
    pub size: usize,
    /// Whether the side was doubled.
    pub doubled: bool,
    /// Entries of the upper triangle, each (row, column) at most once.
    pub entries: Vec<RealEntry>,
}

/// The real form of a Hermitian block.
pub fn apply(block: &Block) -> RealBlock {
    let n = block.size;
    let doubled = !block.is_real();
    let mut entries = Vec::new();
    for entry in &block.entries {
        let (i, j) = (entry.row as usize, entry.column as usize);
        let mut push = |row: usize, column: usize, part: fn(Complex64) -> f64, sign: f64| {
            let terms: SmallVec<[(u32, f64); 2]> = entry
                .terms
                .iter()
                .map(|&(k, value)| (k, sign * part(value)))
                .filter(|(_, value)| *value != 0.0)
                .collect();
            let constant = sign * part(entry.constant);
            if constant != 0.0 || !terms.is_empty() {
                entries.push(RealEntry { row, column, constant, terms });
            }
        };
        push(i, j, |value| value.re, 1.0);
        if doubled {
            push(n + i, n + j, |value| value.re, 1.0);
            if i != j {
                // −S in the upper right: entry (i, j) is −S_ij, entry (j, i) is −S_ji = S_ij.
                push(i, n + j, |value| value.im, -1.0);
                push(j, n + i, |value| value.im, 1.0);
            }
        }
    }
    RealBlock { size: if doubled { 2 * n } else { n }, doubled, entries }
}

/// The Hermitian dual of the source from a symmetric dual of the target.
pub fn pull_back(block: &RealBlock, dual: &Mat<f64>) -> Mat<Complex64> {
    if !block.doubled {
        return Mat::from_fn(block.size, block.size, |i, j| dual[(i, j)].into());
    }
    let n = block.size / 2;
    Mat::from_fn(n, n, |i, j| {
        Complex64::new(dual[(i, j)] + dual[(n + i, n + j)], dual[(n + i, j)] - dual[(i, n + j)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{hermitian_eigenvalues, inner};
    use crate::program::BlockEntry;
    use rand::{Rng, SeedableRng};

    fn random_block(n: usize, variables: u32, seed: u64) -> Block {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let mut entries = Vec::new();
        for column in 0..n as u32 {
            for row in 0..=column {
                let mut value = || {
                    let im = if row == column { 0.0 } else { random.random_range(-1.0..1.0) };
                    Complex64::new(random.random_range(-1.0..1.0), im)
                };
                let constant = value();
                let terms = (0..variables).map(|k| (k, value())).collect();
                entries.push(BlockEntry { row, column, constant, terms });
            }
        }
        Block { size: n, entries, trace_bound: 1.0 }
    }

    fn real_at(block: &RealBlock, y: &[f64]) -> Mat<f64> {
        let mut matrix = Mat::zeros(block.size, block.size);
        for entry in &block.entries {
            let terms = entry.terms.iter().map(|&(k, value)| value * y[k as usize]);
            let value = entry.constant + terms.sum::<f64>();
            matrix[(entry.row, entry.column)] = value;
            matrix[(entry.column, entry.row)] = value;
        }
        matrix
    }

    #[test]
    fn spectrum_doubles() {
        let block = random_block(4, 2, 1);
        let y = [0.3, -0.7];
        let hermitian = hermitian_eigenvalues(&block.at(&y)).unwrap();
        let real = real_at(&apply(&block), &y);
        let real = Mat::from_fn(8, 8, |i, j| Complex64::from(real[(i, j)]));
        let real = hermitian_eigenvalues(&real).unwrap();
        for (i, value) in real.iter().enumerate() {
            assert!((value - hermitian[i / 2]).abs() < 1e-13);
        }
    }

    /// ⟨pull_back(Z), H⟩ = ⟨Z, apply(H)⟩: Hermitian duals are not off by two.
    #[test]
    fn pull_back_is_the_adjoint_of_apply() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(2);
        let block = random_block(5, 1, 3);
        let real = apply(&block);
        let noise = Mat::from_fn(10, 10, |_, _| random.random_range(-1.0..1.0));
        let z = &noise + noise.transpose();
        let y = [0.9];
        let target = real_at(&real, &y);
        let right: f64 = (0..10).map(|j| (0..10).map(|i| z[(i, j)] * target[(i, j)]).sum::<f64>()).sum();
        let left = inner(&pull_back(&real, &z), &block.at(&y));
        assert!((left - right).abs() < 1e-12, "{left} {right}");
    }
}
