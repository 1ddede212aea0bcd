//! Anderson acceleration of a fixed-point iteration x ← T(x) [WN11], type II: the combination of the last
//! iterates whose residuals T(x) − x cancel best.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

/// Iterates that are combined.
const MEMORY: usize = 12;
/// Regularisation of the least-squares problem, relative to its largest term.
const REGULARIZATION: f64 = 1e-10;

/// The last differences of images and residuals.
#[derive(Debug, Default)]
pub struct Anderson {
    images: Vec<Vec<f64>>,
    residuals: Vec<Vec<f64>>,
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
        if let Some((old_image, old_residual)) = &self.last {
            let image_step = difference(image, old_image);
            let residual_step = difference(residual, old_residual);
            if self.images.len() < MEMORY {
                self.images.push(image_step);
                self.residuals.push(residual_step);
            } else {
                self.images[self.next] = image_step;
                self.residuals[self.next] = residual_step;
            }
            self.next = (self.next + 1) % MEMORY;
        }
        self.last = Some((image.to_vec(), residual.to_vec()));
        let mut point = image.to_vec();
        for (&weight, step) in self.weights(residual).iter().zip(&self.images) {
            point.iter_mut().zip(step).for_each(|(x, dx)| *x -= weight * dx);
        }
        point
    }

    /// The γ that minimises |residual − Σ γ_i ΔF_i|² + regularisation.
    fn weights(&self, residual: &[f64]) -> Vec<f64> {
        let n = self.residuals.len();
        let mut gram =
            Mat::from_fn(n, n, |i, j| if i >= j { dot(&self.residuals[i], &self.residuals[j]) } else { 0.0 });
        let largest = (0..n).map(|i| gram[(i, i)]).fold(0.0, f64::max);
        for i in 0..n {
            gram[(i, i)] += REGULARIZATION * largest;
        }
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

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
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
