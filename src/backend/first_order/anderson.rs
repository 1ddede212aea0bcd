//! Anderson acceleration of a fixed-point iteration x ← T(x) [WN11], type II: the combination of the last
//! iterates whose residuals T(x) − x cancel best.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

/// Iterates that are combined. Of 6, 12, 20 and 30 measured on random functionals with 28 to 82 words, 20 took the
/// least time, a quarter fewer iterations than 12; on those with 119 to 175 words and three outcomes 30, by half on one of 175.
const MEMORY: usize = 30;
/// Regularisation of the least-squares problem, relative to its largest term.
const REGULARIZATION: f64 = 1e-10;
/// Numbers of a point that stay in the nearest cache while all differences are subtracted.
const CHUNK: usize = 2048;

/// The last differences of images and residuals.
#[derive(Debug, Default)]
pub struct Anderson {
    images: Vec<Vec<f64>>,
    residuals: Vec<Vec<f64>>,
    /// The inner products of the differences of residuals, row by row.
    gram: [[f64; MEMORY]; MEMORY],
    last: Option<(Vec<f64>, Vec<f64>)>,
    next: usize,
}

impl Anderson {
    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The next point from T(x) and T(x) − x.
    pub fn step(&mut self, image: &[f64], residual: &[f64]) -> Vec<f64> {
        match self.last.take() {
            Some((old_image, old_residual)) => {
                self.remember(difference(image, old_image), difference(residual, old_residual));
            }
            None => self.next = 0,
        }
        self.last = Some((image.to_vec(), residual.to_vec()));
        let mut point = image.to_vec();
        let weights = self.weights(residual);
        for (number, part) in point.chunks_mut(CHUNK).enumerate() {
            for (&weight, step) in weights.iter().zip(&self.images) {
                let step = &step[number * CHUNK..][..part.len()];
                part.iter_mut().zip(step).for_each(|(x, dx)| *x -= weight * dx);
            }
        }
        point
    }

    /// Puts a pair of differences in the place of the oldest; only its inner products are new.
    fn remember(&mut self, image: Vec<f64>, residual: Vec<f64>) {
        let slot = self.next;
        if slot == self.images.len() {
            self.images.push(image);
            self.residuals.push(residual);
        } else {
            self.images[slot] = image;
            self.residuals[slot] = residual;
        }
        for other in 0..self.residuals.len() {
            let product = dot(&self.residuals[slot], &self.residuals[other]);
            self.gram[slot][other] = product;
            self.gram[other][slot] = product;
        }
        self.next = (slot + 1) % MEMORY;
    }

    /// The γ that minimises |residual − Σ γ_i ΔF_i|² + regularisation.
    fn weights(&self, residual: &[f64]) -> Vec<f64> {
        let n = self.residuals.len();
        let largest = (0..n).map(|i| self.gram[i][i]).fold(0.0, f64::max);
        let shift = |i, j| if i == j { REGULARIZATION * largest } else { 0.0 };
        let gram = Mat::from_fn(n, n, |i, j| self.gram[i][j] + shift(i, j));
        let right = Mat::from_fn(n, 1, |i, _| dot(&self.residuals[i], residual));
        match gram.llt(Side::Lower) {
            Ok(factor) => {
                let weights = factor.solve(&right);
                (0..n).map(|i| weights[(i, 0)]).collect()
            }
            Err(_) => vec![0.0; n],
        }
    }
}

/// a − b, in the memory of b.
fn difference(a: &[f64], mut b: Vec<f64>) -> Vec<f64> {
    b.iter_mut().zip(a).for_each(|(b, &a)| *b = a - *b);
    b
}

/// a·b, in several sums so that it is not bound by the latency of one.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    rest + sums.iter().sum::<f64>()
}
