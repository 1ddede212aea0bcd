//! Random measurements to start from.

use faer::Mat;
use num_complex::Complex64;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Measurements;
use crate::linalg::hermitian_eigen;
use crate::scenario::{Answers, Scenario};

/// Projective measurements along random bases, vectors dealt to the answers in turn from a random one on;
/// with more answers than dimensions some never occur.
pub fn measurements(
    scenario: &Scenario,
    answers: &Answers,
    dimension: usize,
    seed: u64,
    number: u64,
) -> Measurements {
    let [outcomes, settings, _] = scenario.shape();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(number * 64 + dimension as u64);
    (0..settings).map(|x| measurement(&mut random, answers.to(x), outcomes, dimension)).collect()
}

fn measurement(
    random: &mut ChaCha8Rng,
    answers: &[usize],
    outcomes: usize,
    dimension: usize,
) -> Vec<Mat<Complex64>> {
    let mut hermitian = Mat::<Complex64>::zeros(dimension, dimension);
    for j in 0..dimension {
        for i in 0..=j {
            let mut part = || random.random_range(-1.0..1.0);
            let value = Complex64::new(part(), if i == j { 0.0 } else { part() });
            hermitian[(i, j)] = value;
            hermitian[(j, i)] = value.conj();
        }
    }
    let first = random.random_range(0..answers.len());
    let mut elements = vec![Mat::<Complex64>::zeros(dimension, dimension); outcomes];
    // A Hermitian matrix of finite entries has a basis of eigenvectors; without one every outcome is trivial.
    let basis =
        hermitian_eigen(&hermitian).map_or_else(|_| Mat::identity(dimension, dimension), |(_, basis)| basis);
    for k in 0..dimension {
        let vector = basis.subcols(k, 1);
        elements[answers[(first + k) % answers.len()]] += vector * vector.adjoint();
    }
    elements
}
