//! Small matrix programs written as matrices: Hermitian variables, affine matrix expressions, and
//! the constraints on them.
//!
//! A Hermitian matrix is written τ/d·1 + Σ_k t_k h_k with the traceless basis h_k of
//! [`TracelessBasis`]. For a state of trace at most one every coordinate obeys |t_k| ≤ 1
//! (t_k = tr(h_k σ)/2 and ‖h_k‖ ≤ √2), which is the M_k of every program built here.

use std::collections::BTreeMap;

use faer::Mat;
use num_complex::Complex64;
use smallvec::SmallVec;

use super::{Affine, Block, BlockEntry, Program};
use crate::linalg::inner;

/// The generalised Gell-Mann matrices h_k, tr(h_k h_l) = 2δ_kl; the diagonal ones alone for a
/// classical output.
#[derive(Debug, Clone)]
pub struct TracelessBasis {
    dimension: usize,
    elements: Vec<Mat<Complex64>>,
}

impl TracelessBasis {
    /// d² − 1 elements, or d − 1 if only diagonal matrices are meant.
    pub fn new(dimension: usize, diagonal: bool) -> Self {
        let unit = |entries: &[(usize, usize, Complex64)]| {
            let mut matrix = Mat::zeros(dimension, dimension);
            for &(row, column, value) in entries {
                matrix[(row, column)] = value;
            }
            matrix
        };
        let mut elements = Vec::new();
        for level in 1..dimension {
            let scale = (2.0 / (level * (level + 1)) as f64).sqrt();
            let ones = (0..level).map(|i| (i, i, Complex64::from(scale)));
            let last = (level, level, Complex64::from(-(level as f64) * scale));
            elements.push(unit(&ones.chain([last]).collect::<Vec<_>>()));
        }
        if !diagonal {
            for j in 1..dimension {
                for i in 0..j {
                    let (one, i_unit) = (Complex64::ONE, Complex64::I);
                    elements.push(unit(&[(i, j, one), (j, i, one)]));
                    elements.push(unit(&[(i, j, -i_unit), (j, i, i_unit)]));
                }
            }
        }
        Self { dimension, elements }
    }

    /// d.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The matrices h_k.
    pub fn elements(&self) -> &[Mat<Complex64>] {
        &self.elements
    }

    /// The coordinates t_k = tr(h_k σ)/2 of a Hermitian matrix.
    pub fn coordinates(&self, matrix: &Mat<Complex64>) -> Vec<f64> {
        self.elements.iter().map(|h| inner(h, matrix) / 2.0).collect()
    }

    /// Adds d² − 1 (or d − 1) coordinate variables, M = 1.
    pub fn add_coordinates(&self, program: &mut Program) -> Vec<u32> {
        self.add_coordinates_within(program, 1.0)
    }

    /// The same of a positive operator whose trace is at most M.
    pub fn add_coordinates_within(&self, program: &mut Program, most: f64) -> Vec<u32> {
        self.elements.iter().map(|_| program.add_variable(0.0, most)).collect()
    }

    /// The same without a bound: for operators that are no states.
    pub fn add_free_coordinates(&self, program: &mut Program) -> Vec<u32> {
        self.add_coordinates_within(program, f64::INFINITY)
    }

    /// τ/d·1 + Σ t_k h_k for an affine trace τ and coordinate variables.
    pub fn matrix(&self, trace: &Affine, coordinates: &[u32]) -> AffineMatrix {
        let d = self.dimension;
        let mut result = AffineMatrix::zero(d);
        let identity = Mat::<Complex64>::identity(d, d);
        let share = 1.0 / d as f64;
        result.add_constant(&identity, trace.constant * share);
        for &(variable, coefficient) in &trace.terms {
            result.add_variable(variable, &identity, coefficient * share);
        }
        for (&variable, h) in coordinates.iter().zip(&self.elements) {
            result.add_variable(variable, h, 1.0);
        }
        result
    }
}

/// A Hermitian matrix whose entries are affine in the program's variables.
#[derive(Debug, Clone)]
pub struct AffineMatrix {
    size: usize,
    constant: Mat<Complex64>,
    terms: BTreeMap<u32, Mat<Complex64>>,
}

impl AffineMatrix {
    /// The zero matrix.
    pub fn zero(size: usize) -> Self {
        Self { size, constant: Mat::zeros(size, size), terms: BTreeMap::new() }
    }

    /// Adds scale·matrix.
    pub fn add_constant(&mut self, matrix: &Mat<Complex64>, scale: f64) {
        self.constant += matrix * faer::Scale(Complex64::from(scale));
    }

    /// Adds y_variable·scale·matrix.
    pub fn add_variable(&mut self, variable: u32, matrix: &Mat<Complex64>, scale: f64) {
        let scaled = matrix * faer::Scale(Complex64::from(scale));
        let size = self.size;
        *self.terms.entry(variable).or_insert_with(|| Mat::zeros(size, size)) += scaled;
    }

    /// Adds scale·other.
    pub fn add(&mut self, other: &AffineMatrix, scale: f64) {
        self.add_constant(&other.constant, scale);
        for (variable, matrix) in &other.terms {
            self.add_variable(*variable, matrix, scale);
        }
    }

    /// Adds form·scale·matrix.
    pub fn add_product(&mut self, form: &Affine, matrix: &Mat<Complex64>, scale: f64) {
        self.add_constant(matrix, scale * form.constant);
        form.terms.iter().for_each(|&(k, coefficient)| self.add_variable(k, matrix, scale * coefficient));
    }

    /// self ⊗ 1 with the identity of a side.
    pub fn beside(&self, dimension: usize) -> Self {
        let wide = |matrix: &Mat<Complex64>| {
            let n = self.size * dimension;
            Mat::from_fn(n, n, |i, j| {
                if i % dimension == j % dimension {
                    matrix[(i / dimension, j / dimension)]
                } else {
                    Complex64::ZERO
                }
            })
        };
        Self {
            size: self.size * dimension,
            constant: wide(&self.constant),
            terms: self.terms.iter().map(|(&k, matrix)| (k, wide(matrix))).collect(),
        }
    }

    /// Re tr(F† · self): an affine form.
    pub fn pair(&self, operator: &Mat<Complex64>) -> Affine {
        Affine {
            constant: inner(operator, &self.constant),
            terms: self.terms.iter().map(|(k, matrix)| (*k, inner(operator, matrix))).collect(),
        }
    }

    /// Whether it is zero everywhere.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty() && self.constant.norm_max() == 0.0
    }

    /// The matrix at a point.
    pub fn at(&self, y: &[f64]) -> Mat<Complex64> {
        let mut matrix = self.constant.clone();
        for (variable, term) in &self.terms {
            matrix += term * faer::Scale(Complex64::from(y[*variable as usize]));
        }
        matrix
    }

    /// Its diagonal entries, which must be real.
    pub fn diagonal(&self) -> impl Iterator<Item = Affine> + '_ {
        (0..self.size).map(|i| Affine {
            constant: self.constant[(i, i)].re,
            terms: self
                .terms
                .iter()
                .map(|(k, matrix)| (*k, matrix[(i, i)].re))
                .filter(|(_, value)| *value != 0.0)
                .collect(),
        })
    }

    /// Adds self ⪰ 0 to a program: a block, whose T is `trace_bound`, or one inequality for each entry of a diagonal matrix.
    pub fn constrain(self, program: &mut Program, diagonal: bool, trace_bound: f64) {
        if diagonal {
            program.inequalities.extend(self.diagonal());
        } else {
            program.blocks.push(self.into_block(trace_bound));
        }
    }

    /// The constraint self ⪰ 0; `trace_bound` is the T of [`Block`].
    pub fn into_block(self, trace_bound: f64) -> Block {
        let mut entries = Vec::new();
        for column in 0..self.size {
            for row in 0..=column {
                let constant = self.constant[(row, column)];
                let terms: SmallVec<[(u32, Complex64); 2]> = self
                    .terms
                    .iter()
                    .map(|(k, matrix)| (*k, matrix[(row, column)]))
                    .filter(|(_, value)| *value != Complex64::ZERO)
                    .collect();
                if constant != Complex64::ZERO || !terms.is_empty() {
                    let (row, column) = (row as u32, column as u32);
                    entries.push(BlockEntry { row, column, constant, terms });
                }
            }
        }
        Block { size: self.size, entries, trace_bound }
    }
}

/// A Hermitian matrix of which nothing is asked: d² variables without bounds.
pub fn free_hermitian(program: &mut Program, basis: &TracelessBasis) -> AffineMatrix {
    let trace = program.add_variable(0.0, f64::INFINITY);
    let trace = Affine { constant: 0.0, terms: vec![(trace, 1.0)] };
    let coordinates = basis.add_free_coordinates(program);
    basis.matrix(&trace, &coordinates)
}

impl Program {
    /// Adds scale·form to the objective.
    pub fn add_objective(&mut self, form: &Affine, scale: f64) {
        self.offset += scale * form.constant;
        for &(k, value) in &form.terms {
            self.objective[k as usize] += scale * value;
        }
    }
}
