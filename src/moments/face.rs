//! What vanishes for every mixture of two assemblages, and with it a part of their moment matrices.
//!
//! Where K·σ_{a|xy} = 0 for both, X = M_{a|x}B_y(K) has ⟨X†X⟩ = tr(K†K σ_{a|xy}) = 0 in every state of a mixture, hence ⟨w X⟩ = 0 for
//! every word w, by the inequality of Cauchy and Schwarz. So Γ has a kernel for all of them, there is no Γ ≻ 0, and a solver's dual
//! grows without bound: the words have to be restricted to those that are left [Theory §3].

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::MomentMatrix;
use crate::algebra::{Polynomial, Word, element_polynomial};
use crate::num::Matrix;
use crate::scenario::{Assemblage, Index, Scenario};

/// K with K·σ_{a|xy} = 0, exactly.
#[derive(Debug, Clone)]
pub struct Vanishing {
    /// a, x and y.
    pub index: Index,
    /// K, whose rows span all that annihilate the element.
    pub operator: Matrix,
}

/// The elements of which something vanishes in both assemblages, as far as these are exact numbers.
pub fn vanishing(scenario: &Scenario, assemblages: [&Assemblage; 2]) -> Vec<Vanishing> {
    let [one, other] = assemblages.map(|assemblage| &assemblage.0);
    let d = scenario.dimension();
    let of = |index: Index| {
        // K σ = 0 says that σᵀ annihilates the transposed rows of K.
        let both = Matrix::from_fn(2 * d, d, |i, j| {
            let table = if i < d { one } else { other };
            table.get(index).get(j, i % d).clone()
        });
        let operator = both.null_rows()?;
        let something = operator.entries().any(|entry| !entry.is_exactly_zero());
        something.then_some(Vanishing { index, operator })
    };
    one.indices().filter(|&index| scenario.sees(index)).filter_map(of).collect()
}

/// A product left·M_{a|x}·B_y(K) in the words of a level.
#[derive(Debug, Clone)]
pub struct VanishingProduct {
    /// The word on the left.
    pub left: Word,
    /// Which of the elements.
    pub element: usize,
    /// (row of the moment matrix, coefficient).
    pub entries: Vec<(usize, Complex64)>,
}

/// The kernel that a moment matrix has for all mixtures of two assemblages.
#[derive(Debug)]
pub struct Face {
    /// What vanishes.
    pub elements: Vec<Vanishing>,
    /// Products that span the kernel, as many as its dimension.
    pub products: Vec<VanishingProduct>,
    /// An orthonormal basis of the kernel, n × p.
    pub kernel: Mat<Complex64>,
}

impl Face {
    /// The face of a level; `None` if none of its words vanish.
    pub fn new(matrix: &MomentMatrix, elements: Vec<Vanishing>) -> Option<Self> {
        /// What is left of a product beside those before it, relative to its size, if it is none of their combinations.
        const INDEPENDENT: f64 = 1e-6;
        let rows: FxHashMap<&Word, usize> =
            matrix.words().iter().enumerate().map(|(row, word)| (word, row)).collect();
        let mut basis: Vec<Vec<Complex64>> = Vec::new();
        let mut products = Vec::new();
        for (element, Vanishing { index, operator }) in elements.iter().enumerate() {
            let polynomial = element_polynomial(matrix.algebra(), *index, operator);
            for left in matrix.words() {
                let Some(entries) = in_rows(matrix, &rows, left, &polynomial) else { continue };
                let mut rest = vec![Complex64::ZERO; matrix.size()];
                entries.iter().for_each(|&(row, value)| rest[row] = value);
                let before = norm(&rest);
                // Twice is enough for orthogonality to rounding.
                for _ in 0..2 {
                    for direction in &basis {
                        let overlap: Complex64 = direction.iter().zip(&rest).map(|(b, r)| b.conj() * r).sum();
                        rest.iter_mut().zip(direction).for_each(|(r, b)| *r -= overlap * b);
                    }
                }
                let after = norm(&rest);
                if after > INDEPENDENT * before {
                    rest.iter_mut().for_each(|entry| *entry /= after);
                    basis.push(rest);
                    products.push(VanishingProduct { left: left.clone(), element, entries });
                }
            }
        }
        let kernel = Mat::from_fn(matrix.size(), basis.len(), |i, k| basis[k][i]);
        (!basis.is_empty()).then_some(Self { elements, products, kernel })
    }

    /// The dimension p of the kernel.
    pub fn dimension(&self) -> usize {
        self.products.len()
    }
}

fn norm(vector: &[Complex64]) -> f64 {
    vector.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt()
}

/// left·polynomial in the rows of a moment matrix; `None` if it is zero or has other words.
fn in_rows(
    matrix: &MomentMatrix,
    rows: &FxHashMap<&Word, usize>,
    left: &Word,
    polynomial: &Polynomial,
) -> Option<Vec<(usize, Complex64)>> {
    const ROUNDING: f64 = 1e-14;
    let algebra = matrix.algebra();
    let mut sums: FxHashMap<usize, Complex64> = FxHashMap::default();
    for (word, coefficient) in polynomial.terms() {
        let Some((phase, product)) = algebra.product(left, word) else { continue };
        let row = *rows.get(&product)?;
        *sums.entry(row).or_default() += coefficient.approx() * algebra.phases().approx(phase);
    }
    let mut entries: Vec<_> = sums.into_iter().filter(|(_, value)| value.norm() > ROUNDING).collect();
    entries.sort_unstable_by_key(|&(row, _)| row);
    (!entries.is_empty()).then_some(entries)
}
