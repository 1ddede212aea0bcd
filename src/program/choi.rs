//! Whether a map takes given operators to given others [Theory §6], as a program in its Choi matrix.
//!
//! A map E from D×D to d×d matrices has the Choi matrix J = Σ_ij |i⟩⟨j| ⊗ E(|i⟩⟨j|) on input ⊗ output:
//! E(X) = tr_in[(Xᵀ ⊗ 1) J], completely positive if J ⪰ 0, trace preserving if tr_out J = 1.

use faer::Mat;
use num_complex::Complex64;

use super::matrices::{AffineMatrix, TracelessBasis, free_hermitian};
use super::{Affine, Program};
use crate::linalg::{inner, kron};

/// What maps are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maps {
    /// Channels: completely positive, trace preserving.
    Cptp,
    /// Trace preserving sums of a completely positive map and one followed by a transposition: J = J¹ + (J²)^Γ. Where
    /// Dd ≤ 6 they are all positive maps (Størmer 1963, Woronowicz 1976).
    Decomposable,
}

/// Operators τ_k, and what a map is asked to make of them: σ_k, or v·σ_k + (1−v)·ν_k.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// τ_k, D×D.
    pub reference: &'a [Mat<Complex64>],
    /// σ_k, d×d.
    pub target: &'a [Mat<Complex64>],
    /// ν_k, d×d.
    pub noise: &'a [Mat<Complex64>],
    /// Whether only the diagonals of d×d matrices count.
    pub diagonal: bool,
}

/// The greatest v ≤ 1 for which a map takes τ_k to v·σ_k + (1−v)·ν_k for every k, in its dual form: an inequality
/// Σ_k tr(F_k E(τ_k)) ≤ tr K that every map satisfies,
///
/// ```text
/// maximise ⟨F, σ⟩ − tr K − 1   subject to   ⟨F, σ − ν⟩ ≤ 1,   K ⊗ 1 − W ⪰ 0   (and K ⊗ 1 − W^Γ ⪰ 0),
/// ```
///
/// with W = Σ_k τ_kᵀ ⊗ F_k and ⟨F, σ⟩ = Σ_k tr(F_k σ_k). The negative of its value is v, the multipliers of the blocks are
/// the Choi matrix J¹ (and J²). F is sought in the span Σ_k u_k H of given combinations u, with traceless H: the
/// traces and the relations among the τ_k are for the caller to compare, for they hold in σ and ν or no map exists.
#[derive(Debug)]
pub struct ChoiProgram {
    /// The program.
    pub program: Program,
    combinations: Vec<Vec<f64>>,
    basis: TracelessBasis,
    /// The number of the first coordinate of F, by combination, then basis element.
    first: usize,
    multiplier: AffineMatrix,
}

impl ChoiProgram {
    /// `combinations` are the coefficient vectors u that span F.
    pub fn new(task: Task<'_>, combinations: Vec<Vec<f64>>, maps: Maps) -> Self {
        let input = task.reference.first().map_or(0, Mat::nrows);
        let output = task.target.first().map_or(0, Mat::nrows);
        let mut program = Program { offset: -1.0, ..Program::default() };
        let multiplier = free_hermitian(&mut program, &TracelessBasis::new(input, false));
        program.add_objective(&multiplier.pair(&Mat::identity(input, input)), -1.0);
        let basis = TracelessBasis::new(output, task.diagonal);
        let first = program.variables();
        let mut blocks = vec![multiplier.beside(output)];
        if maps == Maps::Decomposable {
            blocks.push(blocks[0].clone());
        }
        let mut slack = Affine { constant: 1.0, terms: Vec::new() };
        for combination in &combinations {
            let [reference, target, noise] =
                [task.reference, task.target, task.noise].map(|operators| combined(combination, operators));
            let transposed = reference.transpose().to_owned();
            for h in basis.elements() {
                let (signal, zero) = (inner(h, &target), inner(h, &noise));
                let variable = program.add_variable(signal, f64::INFINITY);
                slack.terms.push((variable, zero - signal));
                blocks[0].add_variable(variable, &kron(&transposed, h), -1.0);
                if let Some(block) = blocks.get_mut(1) {
                    block.add_variable(variable, &kron(&transposed, &h.transpose().to_owned()), -1.0);
                }
            }
        }
        program.inequalities.push(slack);
        program.blocks.extend(blocks.into_iter().map(|block| block.into_block(f64::INFINITY)));
        Self { program, combinations, basis, first, multiplier }
    }

    /// F_k of a solution.
    pub fn functional(&self, y: &[f64]) -> Vec<Mat<Complex64>> {
        let count = self.combinations.first().map_or(0, Vec::len);
        let d = self.basis.dimension();
        let elements = self.basis.elements();
        let mut functional = vec![Mat::<Complex64>::zeros(d, d); count];
        let coordinates = y[self.first..].chunks(elements.len().max(1));
        for (combination, coordinates) in self.combinations.iter().zip(coordinates) {
            let mut operator = Mat::<Complex64>::zeros(d, d);
            for (h, &t) in elements.iter().zip(coordinates) {
                operator += h * faer::Scale(Complex64::from(t));
            }
            for (f, &u) in functional.iter_mut().zip(combination) {
                *f += &operator * faer::Scale(Complex64::from(u));
            }
        }
        functional
    }

    /// K of a solution.
    pub fn multiplier(&self, y: &[f64]) -> Mat<Complex64> {
        self.multiplier.at(y)
    }
}

/// W = Σ_k τ_kᵀ ⊗ F_k.
pub fn witness_operator(reference: &[Mat<Complex64>], functional: &[Mat<Complex64>]) -> Mat<Complex64> {
    let side = |operators: &[Mat<Complex64>]| operators.first().map_or(0, Mat::nrows);
    let n = side(reference) * side(functional);
    let mut sum = Mat::<Complex64>::zeros(n, n);
    for (tau, f) in reference.iter().zip(functional) {
        sum += kron(&tau.transpose().to_owned(), f);
    }
    sum
}

/// X^Γ, the transpose of the output.
pub fn partial_transpose(operator: &Mat<Complex64>, output: usize) -> Mat<Complex64> {
    let n = operator.nrows();
    Mat::from_fn(n, n, |row, column| {
        let (i, b) = (row / output, row % output);
        let (j, c) = (column / output, column % output);
        operator[(i * output + c, j * output + b)]
    })
}

/// Σ_k u_k X_k.
pub fn combined(combination: &[f64], operators: &[Mat<Complex64>]) -> Mat<Complex64> {
    let n = operators.first().map_or(0, Mat::nrows);
    let mut sum = Mat::<Complex64>::zeros(n, n);
    for (&u, operator) in combination.iter().zip(operators) {
        sum += operator * faer::Scale(Complex64::from(u));
    }
    sum
}
