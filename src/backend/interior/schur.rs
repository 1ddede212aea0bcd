//! The Schur complement M_kl = Re tr(A_k S⁻¹ A_l Z) + Σ_i a_ki a_li u_i/s_i, and its factorisation.
//!
//! A column costs n² times the entries of A_l for U = S⁻¹ A_l Z, and one pass over the cells of the
//! block for the ⟨A_k, U⟩ with k ≥ l; the others follow by symmetry, which is then exact. Where the
//! A_k partition the entries, as the classes of a moment matrix do, that is O(n⁴) for all of M.

use faer::linalg::matmul::{matmul, matmul_with_conj};
use faer::{Accum, Conj, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::backend::data::{Data, Piece};
use crate::backend::dense;
use crate::backend::field::{Field, Real};

/// Below this side U is summed entry by entry: a matrix product costs more to set up.
const SMALL_SIDE: usize = 12;
/// Fewer operations than this are not worth waking other threads for.
const PARALLEL_WORK: usize = 1 << 20;
/// Factorisations of smaller matrices run on one thread.
const PARALLEL_SIDE: usize = 600;
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
    /// M, column by column.
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
        data: &Data<E>,
        inverse: &[Mat<E>],
        z: &[Mat<E>],
        ratios: &[R],
    ) {
        let m = self.size;
        if m == 0 {
            return;
        }
        let work = m * data.blocks.iter().map(|block| block.cells.len()).sum::<usize>();
        let largest = data.blocks.iter().map(|block| block.size).max().unwrap_or(0);
        let fill = |scratch: &mut Scratch<E>, (l, column): (usize, &mut [R])| {
            column.fill(R::real(0.0));
            for piece in &data.columns[l] {
                let block = &data.blocks[piece.block];
                scratch.product(piece, &inverse[piece.block], &z[piece.block]);
                block.add_pairings_from(l, &scratch.product[..block.size * block.size], column);
            }
            for &(row, value) in &data.scalar_columns[l] {
                let weight = value * ratios[row as usize];
                for &(k, other) in &data.inequalities[row as usize].terms {
                    column[k as usize] += weight * other;
                }
            }
        };
        if work < PARALLEL_WORK {
            let mut scratch = Scratch::new(largest);
            self.matrix.chunks_mut(m).enumerate().for_each(|item| fill(&mut scratch, item));
        } else {
            let columns = self.matrix.par_chunks_mut(m).enumerate();
            columns.for_each_init(|| Scratch::new(largest), fill);
        }
        self.mirror();
    }

    /// Copies the lower triangle into the upper one, tile by tile.
    fn mirror(&mut self) {
        const TILE: usize = 32;
        let m = self.size;
        for left in (0..m).step_by(TILE) {
            for top in (left..m).step_by(TILE) {
                for column in left..(left + TILE).min(m) {
                    for row in top.max(column + 1)..(top + TILE).min(m) {
                        self.matrix[row * m + column] = self.matrix[column * m + row];
                    }
                }
            }
        }
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

    /// M·vector.
    fn times(&self, vector: &[R]) -> Vec<R> {
        let m = self.size;
        let mut image = vec![R::real(0.0); m];
        if R::NATIVE {
            let matrix = MatRef::from_column_major_slice(&self.matrix, m, m);
            let vector = MatRef::from_column_major_slice(vector, m, 1);
            let target = MatMut::from_column_major_slice_mut(&mut image, m, 1);
            matmul(target, Accum::Replace, matrix, vector, R::real(1.0), Par::Seq);
            return image;
        }
        for (column, &x) in self.matrix.chunks(self.size.max(1)).zip(vector) {
            image.iter_mut().zip(column).for_each(|(sum, &entry)| *sum += entry * x);
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

/// Reused memory of one thread.
struct Scratch<E: Field> {
    left: Mat<E>,
    right: Mat<E>,
    /// U, column by column.
    product: Vec<E>,
}

impl<E: Field> Scratch<E> {
    fn new(side: usize) -> Self {
        Self {
            left: Mat::zeros(side, 0),
            right: Mat::zeros(side, 0),
            product: vec![E::of(0.0.into()); side * side],
        }
    }

    /// U = S⁻¹ A Z into `product`, as Σ v·(column p of S⁻¹)(row q of Z) over the entries of A.
    fn product(&mut self, piece: &Piece<E>, inverse: &Mat<E>, z: &Mat<E>) {
        let n = inverse.nrows();
        let entries = piece.entries.iter().flat_map(|&(p, q, value)| {
            let (p, q) = (p as usize, q as usize);
            let mirrored = (p != q).then(|| (q, p, value.conjugate()));
            std::iter::once((p, q, value)).chain(mirrored)
        });
        if n <= SMALL_SIDE || !E::NATIVE {
            let product = &mut self.product[..n * n];
            product.fill(E::of(0.0.into()));
            for (p, q, value) in entries {
                let from = inverse.col_as_slice(p);
                for (j, column) in product.chunks_mut(n).enumerate() {
                    let factor = value * z[(q, j)];
                    column.iter_mut().zip(from).for_each(|(sum, &entry)| *sum += entry * factor);
                }
            }
            return;
        }
        let rank = 2 * piece.entries.len();
        if self.left.ncols() < rank {
            self.left = Mat::zeros(self.left.nrows(), rank);
            self.right = Mat::zeros(self.left.nrows(), rank);
        }
        let mut used = 0;
        for (p, q, value) in entries {
            let (from, to) = (inverse.col_as_slice(p), &mut self.left.col_as_slice_mut(used)[..n]);
            to.iter_mut().zip(from).for_each(|(to, &from)| *to = from * value);
            self.right.col_as_slice_mut(used)[..n].copy_from_slice(z.col_as_slice(q));
            used += 1;
        }
        // Row q of the Hermitian Z is the adjoint of its column q.
        matmul_with_conj(
            MatMut::from_column_major_slice_mut(&mut self.product[..n * n], n, n),
            Accum::Replace,
            self.left.get(..n, ..used),
            Conj::No,
            self.right.get(..n, ..used).transpose(),
            Conj::Yes,
            E::of(1.0.into()),
            Par::Seq,
        );
    }
}
