//! The factorisation of the Schur complement, and solutions with it.

use faer::{Mat, MatMut, MatRef, Par};

use super::assembly::Assembly;
use crate::backend::data::Data;
use crate::backend::dense;
use crate::backend::field::{Field, Real};

/// Factorisations of smaller matrices run on one thread: two are slower below 600 and no faster below this.
const PARALLEL_SIDE: usize = 1500;
/// Conjugate gradient steps with M; two or three are the rule until the last iterations.
const FEW_STEPS: usize = 4;
/// Conjugate gradient steps without it, at most.
const MAX_STEPS: usize = 40;
/// Relative residual at which a solution is good enough, in units of the rounding of one.
const GOOD_RESIDUAL: f64 = 1e3;
/// A solution that misses more of the right-hand side than this is none.
const WORST_RESIDUAL: f64 = 1e-2;

/// The factorised Schur complement.
pub struct Schur<R: Real> {
    size: usize,
    /// M, column by column; what is above the diagonal means nothing.
    matrix: Vec<R>,
    /// The Cholesky factor of D⁻½MD⁻½ + δ·1 with the diagonal D of M, in the lower triangle.
    factor: Vec<R>,
    /// D⁻½.
    scale: Vec<R>,
}

impl<R: Real> Schur<R> {
    /// m.
    pub fn variables(&self) -> usize {
        self.size
    }

    /// Room for m variables, to be filled by [`Schur::assemble`].
    pub fn new(variables: usize) -> Self {
        let zero = R::real(0.0);
        let entries = variables * variables;
        Self {
            size: variables,
            matrix: vec![zero; entries],
            factor: vec![zero; entries],
            scale: vec![zero; variables],
        }
    }

    /// M from S⁻¹ and Z of every block, and u/s of every inequality.
    pub fn assemble<E: Field<Real = R>>(
        &mut self,
        assembly: &Assembly<E>,
        data: &Data<E>,
        inverse: &[Mat<E>],
        z: &[Mat<E>],
        ratios: &[R],
    ) {
        assembly.fill(data, inverse, z, ratios, &mut self.matrix);
    }

    /// The Cholesky factorisation; `false` if it broke down.
    ///
    /// Near a solution M is close to singular. A small δ keeps the factorisation going, and conjugate
    /// gradients undo what it changes. A variable that occurs nowhere keeps a unit pivot.
    pub fn factorise(&mut self) -> bool {
        const SHIFT: f64 = 16.0;
        let m = self.size;
        let par = if m < PARALLEL_SIDE { Par::Seq } else { Par::rayon(0) };
        let (zero, one) = (R::real(0.0), R::real(1.0));
        for (k, scale) in self.scale.iter_mut().enumerate() {
            let diagonal = self.matrix[k * m + k];
            if !diagonal.to_f64().is_finite() {
                return false;
            }
            *scale = if diagonal > zero { one / faer::traits::math_utils::sqrt(&diagonal) } else { one };
        }
        let shift = R::real(SHIFT * R::EPSILON);
        for l in 0..m {
            let column = l * m;
            for k in l..m {
                self.factor[column + k] = self.matrix[column + k] * (self.scale[k] * self.scale[l]);
            }
            let pivot = &mut self.factor[column + l];
            *pivot = if *pivot > zero { *pivot + shift } else { one };
        }
        let factor = MatMut::from_column_major_slice_mut(&mut self.factor, m, m);
        dense::regularised_cholesky(factor, shift, par)
    }

    /// M⁻¹·right by preconditioned conjugate gradients; `None` if rounding errors leave no meaning in it.
    ///
    /// Where y is not unique, M has eigenvalues from 1/μ to μ, and the rounding errors of its entries are as large as
    /// the least of them before the end. `operator` is M·vector with smaller ones (see [`scaled`](super::cone::scaled)):
    /// it goes on where M itself does not do.
    pub fn solve(&self, right: &[R], operator: impl Fn(&[R]) -> Vec<R>) -> Option<Vec<R>> {
        let given = largest(right);
        let good = GOOD_RESIDUAL * R::EPSILON * given;
        let zero = vec![R::real(0.0); self.size];
        let start = (right.to_vec(), zero);
        let (mut left, mut solution) = self.conjugate_gradients(start, |v| self.times(v), FEW_STEPS, good);
        if left > good {
            let mut residual = right.to_vec();
            residual.iter_mut().zip(operator(&solution)).for_each(|(r, image)| *r -= image);
            (left, solution) = self.conjugate_gradients((residual, solution), operator, MAX_STEPS, good);
        }
        (left <= WORST_RESIDUAL * given).then_some(solution)
    }

    /// The best of the steps from a (residual, point), with the size of what it misses.
    fn conjugate_gradients(
        &self,
        (mut residual, mut solution): (Vec<R>, Vec<R>),
        operator: impl Fn(&[R]) -> Vec<R>,
        steps: usize,
        good: f64,
    ) -> (f64, Vec<R>) {
        let mut best = (largest(&residual), solution.clone());
        let mut step = vec![R::real(0.0); self.size];
        let mut size = None;
        for _ in 0..steps {
            if best.0 <= good {
                break;
            }
            let preconditioned = self.precondition(&residual);
            let next = dot(&residual, &preconditioned);
            let ratio = size.map_or(R::real(0.0), |size| next / size);
            for (step, &direction) in step.iter_mut().zip(&preconditioned) {
                *step = direction + ratio * *step;
            }
            size = Some(next);
            let image = operator(&step);
            let curvature = dot(&step, &image);
            let convex = curvature.to_f64() > 0.0;
            if !convex {
                break;
            }
            let length = next / curvature;
            for k in 0..self.size {
                solution[k] += length * step[k];
                residual[k] -= length * image[k];
            }
            let left = largest(&residual);
            if left < best.0 {
                best.0 = left;
                best.1.copy_from_slice(&solution);
            }
        }
        best
    }

    fn precondition(&self, right: &[R]) -> Vec<R> {
        let m = self.size;
        let mut result: Vec<R> = right.iter().zip(&self.scale).map(|(&r, &s)| r * s).collect();
        dense::solve(MatRef::from_column_major_slice(&self.factor, m, m), &mut result);
        result.iter_mut().zip(&self.scale).for_each(|(r, &s)| *r *= s);
        result
    }

    /// M·vector, in one pass over the lower triangle.
    fn times(&self, vector: &[R]) -> Vec<R> {
        // Sums of their own let the compiler use whole registers.
        const LANES: usize = 8;
        let m = self.size;
        let mut image = vec![R::real(0.0); m];
        for l in 0..m {
            let x = vector[l];
            image[l] += self.matrix[l * m + l] * x;
            let column = self.matrix[l * m + l + 1..(l + 1) * m].chunks(LANES);
            let below = image[l + 1..].chunks_mut(LANES).zip(vector[l + 1..].chunks(LANES));
            let mut sums = [R::real(0.0); LANES];
            for (column, (image, vector)) in column.zip(below) {
                let lanes = sums.iter_mut().zip(column.iter().zip(image.iter_mut().zip(vector)));
                for (sum, (&entry, (image, &vector))) in lanes {
                    *image += entry * x;
                    *sum += entry * vector;
                }
            }
            sums.into_iter().for_each(|sum| image[l] += sum);
        }
        image
    }
}

fn dot<R: Real>(a: &[R], b: &[R]) -> R {
    let mut sum = R::real(0.0);
    a.iter().zip(b).for_each(|(&a, &b)| sum += a * b);
    sum
}

fn largest<R: Real>(vector: &[R]) -> f64 {
    vector.iter().map(|x| x.to_f64().abs()).fold(0.0, f64::max)
}
