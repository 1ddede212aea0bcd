//! Cone programs in one standard form, and *the one page on signs and duality*.
//!
//! # Primal
//!
//! ```text
//! maximise    b₀ + b·y                            over y ∈ ℝᵐ
//! subject to  C_j + Σ_k y_k A_jk  ⪰ 0             Hermitian blocks j
//!             c_l + Σ_k y_k a_lk  ≥ 0             inequalities l
//!             e_i + Σ_k y_k E_ik  = 0             equalities i
//! ```
//!
//! Minimisation is maximisation of the negative: a program carries no sense.
//!
//! # Dual
//!
//! With Z_j ⪰ 0, u ≥ 0 and free λ, and ⟨Z, A⟩ = Re tr(Z†A) (so for Hermitian A each off-diagonal
//! pair counts twice: once for (i,j), once for (j,i)), every feasible y has
//!
//! ```text
//! b₀ + b·y  ≤  b₀ + b·y + Σ_j ⟨Z_j, C_j + Σ_k y_k A_jk⟩ + u·(c + a y) + λ·(e + E y)
//!           =  [b₀ + Σ_j ⟨Z_j, C_j⟩ + u·c + λ·e]  +  Σ_k y_k r_k,
//! r_k       =  b_k + Σ_j ⟨Z_j, A_jk⟩ + u·a_k + λ·E_k .
//! ```
//!
//! The dual minimises the bracket subject to r = 0.
//!
//! # Any dual point bounds the value
//!
//! A solver returns r ≈ 0 and Z ≈ ⪰ 0. If every feasible y has |y_k| ≤ M_k and every feasible
//! block has trace ≤ T_j, and with negative parts of u set to zero,
//!
//! ```text
//! value ≤ bracket + Σ_k M_k |r_k| + Σ_j T_j · max(0, −λ_min(Z_j)) .
//! ```
//!
//! That is [`dual_bound`]: the only number here that is ever called a bound. A solver's own
//! objective, `Solved` or not, can lie on the wrong side of the truth. It is evaluated in f64, so
//! it is *numerical*: right up to rounding errors of relative order 1e-15 a term, unlike an exact
//! certificate.
//!
//! # The programs
//!
//! [`bound()`](bound::bound) and [`visibility`](visibility::visibility) over the hierarchy's outer
//! approximation of the quantum set, [`no_signalling`](general::no_signalling) over the general
//! set, and [`classical`] over common causes; [`quantifier`] how far an assemblage is from these
//! sets. Each states its M_k and T_j, and why.

pub mod anchored;
pub mod bound;
pub mod choi;
pub mod classical;
mod dual;
mod enclosure;
pub mod face;
pub mod general;
pub mod matrices;
mod moment;
pub mod one_side;
pub mod quantifier;
mod repair;
mod solution;
pub mod strategy;
pub mod trace_distance;
mod units;
pub mod visibility;
pub mod witness;

pub use dual::{DualPoint, dual_bound};
pub use enclosure::Enclosure;
pub use moment::MomentVariables;
pub use repair::{multipliers_of_equalities, positive, repair};
pub use solution::{PointStatus, Solution, Stop};
pub use units::OwnProgram;

use faer::Mat;
use num_complex::Complex64;
use smallvec::SmallVec;

/// An entry (row ≤ column) of a Hermitian block: an affine function of y with complex
/// coefficients. Diagonal entries have real ones.
#[derive(Debug, Clone)]
pub struct BlockEntry {
    /// Row of the upper triangle.
    pub row: u32,
    /// Column, ≥ row.
    pub column: u32,
    /// The entry of C.
    pub constant: Complex64,
    /// (variable, entry of its matrix A_k).
    pub terms: SmallVec<[(u32, Complex64); 2]>,
}

/// C + Σ_k y_k A_k ⪰ 0, given by the entries of its upper triangle; entries left out are zero.
#[derive(Debug, Clone)]
pub struct Block {
    /// Side of the matrices.
    pub size: usize,
    /// Its entries, at most one for each (row, column).
    pub entries: Vec<BlockEntry>,
    /// T: an upper bound on the trace of C + Σ y_k A_k at every feasible y.
    pub trace_bound: f64,
}

impl Block {
    /// Whether every coefficient is real.
    pub fn is_real(&self) -> bool {
        self.entries
            .iter()
            .all(|entry| entry.constant.im == 0.0 && entry.terms.iter().all(|(_, value)| value.im == 0.0))
    }

    /// C + Σ_k y_k A_k.
    pub fn at(&self, y: &[f64]) -> Mat<Complex64> {
        let mut matrix = Mat::zeros(self.size, self.size);
        for entry in &self.entries {
            let terms = entry.terms.iter().map(|&(k, value)| value * y[k as usize]);
            let value = entry.constant + terms.sum::<Complex64>();
            let (row, column) = (entry.row as usize, entry.column as usize);
            matrix[(column, row)] = value.conj();
            matrix[(row, column)] = value;
        }
        matrix
    }
}

/// constant + Σ coefficient·y.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Affine {
    /// The constant part.
    pub constant: f64,
    /// (variable, coefficient).
    pub terms: Vec<(u32, f64)>,
}

impl Affine {
    /// The value at a point.
    pub fn at(&self, y: &[f64]) -> f64 {
        self.constant + self.terms.iter().map(|&(k, value)| value * y[k as usize]).sum::<f64>()
    }

    /// Adds up the coefficients of each variable; variables are in order thereafter.
    pub fn merge(&mut self) {
        self.terms.sort_unstable_by_key(|&(k, _)| k);
        self.terms.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
    }

    /// The same in other numbers of the variables, without those that have none.
    pub fn renumbered(&self, number: impl Fn(u32) -> Option<u32>) -> Self {
        let terms = self.terms.iter().filter_map(|&(k, value)| number(k).map(|k| (k, value)));
        Self { constant: self.constant, terms: terms.collect() }
    }
}

/// A cone program in the standard form of this module.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// b, one coefficient a variable.
    pub objective: Vec<f64>,
    /// b₀.
    pub offset: f64,
    /// M: |y_k| ≤ M_k at every feasible point.
    pub variable_bounds: Vec<f64>,
    /// The Hermitian blocks.
    pub blocks: Vec<Block>,
    /// Forms that are ≥ 0.
    pub inequalities: Vec<Affine>,
    /// Forms that are = 0.
    pub equalities: Vec<Affine>,
}

impl Program {
    /// The number of real variables m.
    pub fn variables(&self) -> usize {
        self.objective.len()
    }

    /// Adds a variable with its objective coefficient and bound M; its number.
    pub fn add_variable(&mut self, objective: f64, bound: f64) -> u32 {
        self.objective.push(objective);
        self.variable_bounds.push(bound);
        (self.objective.len() - 1) as u32
    }

    /// Whether all data are finite numbers (variable and trace bounds may be infinite).
    pub fn is_finite(&self) -> bool {
        let forms = self.inequalities.iter().chain(&self.equalities);
        let entries = self.blocks.iter().flat_map(|block| &block.entries);
        self.offset.is_finite()
            && self.objective.iter().all(|b| b.is_finite())
            && forms.into_iter().all(|form| {
                form.constant.is_finite() && form.terms.iter().all(|(_, value)| value.is_finite())
            })
            && entries.into_iter().all(|entry| {
                entry.constant.is_finite() && entry.terms.iter().all(|(_, value)| value.is_finite())
            })
    }

    /// Divides the objective by the [power of two near](power_of_two_near) its largest coefficient and
    /// returns that power, so that the solver works on numbers of order one. A value and a dual point of
    /// the program as it was are that many times those of the program as it is now. `None`, and nothing
    /// is changed, if the objective is not finite.
    pub fn normalise(&mut self) -> Option<f64> {
        let finite = self.offset.is_finite() && self.objective.iter().all(|b| b.is_finite());
        let unit = power_of_two_near(self.objective.iter().fold(0.0, |largest, b| b.abs().max(largest)));
        finite.then(|| {
            self.offset /= unit;
            self.objective.iter_mut().for_each(|b| *b /= unit);
            unit
        })
    }

    /// b₀ + b·y.
    pub fn value(&self, y: &[f64]) -> f64 {
        self.offset + self.objective.iter().zip(y).map(|(b, y)| b * y).sum::<f64>()
    }
}

/// The power of two at or just below a size, within those whose inverse is a normal number too; 1
/// for zero and for what is not finite. Multiplying by it is exact, short of over- and underflow.
pub fn power_of_two_near(size: f64) -> f64 {
    const MOST: f64 = 1022.0;
    if size == 0.0 || !size.is_finite() {
        return 1.0;
    }
    size.log2().floor().clamp(-MOST, MOST).exp2()
}

#[cfg(test)]
mod tests;
