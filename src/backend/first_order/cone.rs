//! The program as c + G·y ∈ K in coordinates, and the projection on K.
//!
//! A Hermitian block is its upper triangle column by column, real part then (for complex blocks, off the
//! diagonal) imaginary part, off-diagonal ones times √2: the dot product is the trace inner product. After the blocks
//! come the inequalities (K = ℝ₊) and the equalities (K = {0}).

use std::f64::consts::SQRT_2;
use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par, Side};
use num_complex::Complex64;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::anderson::dot;
use crate::backend::field::{Field, Real};
use crate::program::{Affine, DualPoint, Program};

/// Matrices of at least this side use all threads.
const PARALLEL_SIDE: usize = 400;
/// Off-diagonal entries of GᵀG below this, relative to the diagonal, are rounding.
const NEGLIGIBLE: f64 = 1e-12;
/// Conjugate gradient steps, where GᵀG is not diagonal.
const MAX_STEPS: usize = 50;

/// c + G·y ∈ K.
pub struct ConeForm {
    /// c.
    pub constant: Vec<f64>,
    /// b.
    pub objective: Vec<f64>,
    /// Rows of G: the first term of each row, and (variable, coefficient).
    starts: Vec<u32>,
    terms: Vec<(u32, f64)>,
    /// The diagonal of GᵀG.
    norms: Vec<f64>,
    diagonal: bool,
    /// Start and side of every block.
    blocks: Vec<(usize, usize)>,
    complex: bool,
    inequalities: Range<usize>,
    equalities: Range<usize>,
}

impl ConeForm {
    /// The coordinates of a program; `complex` if any block is.
    pub fn new(program: &Program, complex: bool) -> Self {
        let mut form = Self {
            constant: Vec::new(),
            objective: program.objective.clone(),
            starts: vec![0],
            terms: Vec::new(),
            norms: vec![0.0; program.variables()],
            diagonal: false,
            blocks: Vec::new(),
            complex,
            inequalities: 0..0,
            equalities: 0..0,
        };
        for block in &program.blocks {
            form.blocks.push((form.constant.len(), block.size));
            let mut entries = block.entries.clone();
            entries.sort_unstable_by_key(|entry| (entry.column, entry.row));
            let mut entries = entries.iter().peekable();
            for column in 0..block.size as u32 {
                for row in 0..=column {
                    let scale = if row == column { 1.0 } else { SQRT_2 };
                    let entry = entries.next_if(|entry| (entry.row, entry.column) == (row, column));
                    let mut push = |part: fn(Complex64) -> f64| {
                        let terms = entry.into_iter().flat_map(|entry| &entry.terms);
                        let terms = terms.map(|&(k, value)| (k, scale * part(value)));
                        form.push_row(scale * entry.map_or(0.0, |entry| part(entry.constant)), terms);
                    };
                    push(|value| value.re);
                    if complex && row != column {
                        push(|value| value.im);
                    }
                }
            }
        }
        form.inequalities = form.push_rows(&program.inequalities);
        form.equalities = form.push_rows(&program.equalities);
        form.diagonal = form.is_diagonal();
        form
    }

    fn push_rows(&mut self, rows: &[Affine]) -> Range<usize> {
        let start = self.constant.len();
        rows.iter().for_each(|row| self.push_row(row.constant, row.terms.iter().copied()));
        start..self.constant.len()
    }

    fn push_row(&mut self, constant: f64, terms: impl Iterator<Item = (u32, f64)>) {
        self.constant.push(constant);
        for (k, value) in terms.filter(|&(_, value)| value != 0.0) {
            self.norms[k as usize] += value * value;
            self.terms.push((k, value));
        }
        self.starts.push(self.terms.len() as u32);
    }

    fn row(&self, row: usize) -> &[(u32, f64)] {
        &self.terms[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    fn is_diagonal(&self) -> bool {
        let mut products: FxHashMap<(u32, u32), f64> = FxHashMap::default();
        for row in 0..self.constant.len() {
            let terms = self.row(row);
            for (position, &(k, value)) in terms.iter().enumerate() {
                for &(l, other) in &terms[..position] {
                    *products.entry((k.min(l), k.max(l))).or_default() += value * other;
                }
            }
        }
        products.iter().all(|(&(k, l), product)| {
            product.abs() <= NEGLIGIBLE * (self.norms[k as usize] * self.norms[l as usize]).sqrt()
        })
    }

    /// The number of coordinates.
    pub fn dimension(&self) -> usize {
        self.constant.len()
    }

    /// G·y.
    pub fn linear(&self, y: &[f64]) -> Vec<f64> {
        let value = |row: usize| self.row(row).iter().map(|&(k, value)| value * y[k as usize]).sum();
        (0..self.dimension()).map(value).collect()
    }

    /// Gᵀ·x.
    pub fn transpose(&self, x: &[f64]) -> Vec<f64> {
        let mut image = vec![0.0; self.objective.len()];
        for (row, &x) in x.iter().enumerate() {
            for &(k, value) in self.row(row) {
                image[k as usize] += value * x;
            }
        }
        image
    }

    /// (GᵀG)⁻¹·right.
    pub fn normal_solve(&self, right: &[f64]) -> Vec<f64> {
        let divide = |right: &[f64]| -> Vec<f64> {
            right.iter().zip(&self.norms).map(|(r, &n)| if n > 0.0 { r / n } else { 0.0 }).collect()
        };
        let mut solution = divide(right);
        if self.diagonal {
            return solution;
        }
        // Conjugate gradients from there, preconditioned by the diagonal.
        let image = self.transpose(&self.linear(&solution));
        let mut residual: Vec<f64> = right.iter().zip(&image).map(|(b, x)| b - x).collect();
        let mut step = divide(&residual);
        let mut size = dot(&residual, &step);
        let target = f64::EPSILON * f64::EPSILON * dot(right, &divide(right));
        for _ in 0..MAX_STEPS {
            if size <= target {
                break;
            }
            let image = self.transpose(&self.linear(&step));
            let length = size / dot(&step, &image);
            for k in 0..solution.len() {
                solution[k] += length * step[k];
                residual[k] -= length * image[k];
            }
            let preconditioned = divide(&residual);
            let next = dot(&residual, &preconditioned);
            step.iter_mut().zip(&preconditioned).for_each(|(s, p)| *s = p + next / size * *s);
            size = next;
        }
        solution
    }

    /// The projection of x on K.
    pub fn project<E: Field>(&self, x: &[f64]) -> Option<Vec<f64>> {
        let part = |&(start, size): &(usize, usize)| positive_part(self.matrix::<E>(start, size, x));
        let parts: Option<Vec<Mat<E>>> = self.blocks.par_iter().map(part).collect();
        let mut projected = x.to_vec();
        for (&(start, _), part) in self.blocks.iter().zip(&parts?) {
            self.store(start, part, &mut projected);
        }
        projected[self.inequalities.clone()].iter_mut().for_each(|s| *s = s.max(0.0));
        projected[self.equalities.clone()].fill(0.0);
        Some(projected)
    }

    /// Σ_j T_j·max(0, −λ_min) of a multiplier, for trace bounds T_j; inequalities must be repaired before.
    pub fn indefiniteness<E: Field>(&self, x: &[f64], trace_bounds: &[f64]) -> Option<f64> {
        let missed = |(&(start, size), &bound): (&(usize, usize), &f64)| {
            let values = self.matrix::<E>(start, size, x).self_adjoint_eigenvalues(Side::Lower).ok()?;
            let least = values.first().map_or(0.0, |least| least.to_f64());
            Some(if least < 0.0 { -bound * least } else { 0.0 })
        };
        let missed: Option<Vec<f64>> = self.blocks.par_iter().zip(trace_bounds).map(missed).collect();
        Some(missed?.iter().sum())
    }

    fn matrix<E: Field>(&self, start: usize, size: usize, x: &[f64]) -> Mat<E> {
        let mut matrix = Mat::zeros(size, size);
        let mut position = start;
        for column in 0..size {
            for row in 0..=column {
                let scale = if row == column { 1.0 } else { 1.0 / SQRT_2 };
                let re = scale * x[position];
                position += 1;
                let im = if self.complex && row != column {
                    position += 1;
                    scale * x[position - 1]
                } else {
                    0.0
                };
                let value = E::of(Complex64::new(re, im));
                matrix[(row, column)] = value;
                matrix[(column, row)] = value.conjugate();
            }
        }
        matrix
    }

    fn store<E: Field>(&self, start: usize, matrix: &Mat<E>, x: &mut [f64]) {
        let mut position = start;
        for column in 0..matrix.ncols() {
            for row in 0..=column {
                let scale = if row == column { 1.0 } else { SQRT_2 };
                let value = matrix[(row, column)].to_complex();
                x[position] = scale * value.re;
                position += 1;
                if self.complex && row != column {
                    x[position] = scale * value.im;
                    position += 1;
                }
            }
        }
    }

    /// The multipliers with the given coordinates.
    pub fn dual_point(&self, z: &[f64]) -> DualPoint {
        let blocks = self.blocks.iter();
        let blocks = blocks.map(|&(start, size)| self.matrix::<Complex64>(start, size, z)).collect();
        DualPoint {
            blocks,
            inequalities: z[self.inequalities.clone()].to_vec(),
            equalities: z[self.equalities.clone()].to_vec(),
        }
    }

    /// The coordinates of the inequalities.
    pub fn inequalities(&self) -> Range<usize> {
        self.inequalities.clone()
    }
}

/// W₊ of a matrix W.
fn positive_part<E: Field>(matrix: Mat<E>) -> Option<Mat<E>> {
    let size = matrix.nrows();
    let (values, vectors) = eigen(&matrix)?;
    let negative = values.partition_point(|&value| value < 0.0);
    // The side with fewer eigenvalues costs less: W₊ itself, or W + (−W)₊.
    let mut part = matrix;
    if negative <= size - negative {
        add_spectral(&mut part, &vectors, &values, 0..negative, -1.0);
    } else {
        part.fill(E::of(Complex64::ZERO));
        add_spectral(&mut part, &vectors, &values, negative..size, 1.0);
    }
    Some(part)
}

/// Eigenvalues in ascending order, and eigenvectors.
fn eigen<E: Field>(matrix: &Mat<E>) -> Option<(Vec<f64>, Mat<E>)> {
    let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
    let values = (0..matrix.nrows()).map(|i| eigen.S()[i].to_complex().re).collect();
    Some((values, eigen.U().to_owned()))
}

/// matrix += sign·Σ_i λ_i v_i v_i† over a range of eigenvectors.
fn add_spectral<E: Field>(
    matrix: &mut Mat<E>,
    vectors: &Mat<E>,
    values: &[f64],
    range: Range<usize>,
    sign: f64,
) {
    if range.is_empty() {
        return;
    }
    let span = vectors.subcols(range.start, range.len());
    let scaled = Mat::from_fn(matrix.nrows(), range.len(), |i, k| {
        span[(i, k)] * E::of((sign * values[range.start + k]).into())
    });
    let par = if matrix.nrows() < PARALLEL_SIDE { Par::Seq } else { Par::rayon(0) };
    matmul(matrix.as_mut(), Accum::Add, &scaled, span.adjoint(), E::of(1.0.into()), par);
}
