//! Random scenarios, functionals and models.

use faer::Mat;
use num_complex::Complex64;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use steerq::model::{Component, Model};
use steerq::scenario::{BlackBox, Device, Kind, Labels, Port, Scenario};

/// A scenario in which Bob has an input.
pub fn scenario(settings: usize, outcomes: usize, inputs: usize, dimension: usize) -> Scenario {
    Scenario {
        kind: Kind::BobWithInput,
        alice: BlackBox { settings: Labels::count(settings), outcomes: Labels::count(outcomes) },
        bob: Device { inputs: Labels::count(inputs), output: Port::Quantum(dimension) },
    }
}

/// 2–4 settings, 2–3 outcomes, 2–3 inputs, d = 2, 3.
pub fn shape(random: &mut ChaCha8Rng) -> Scenario {
    shape_within(random, 4)
}

/// The same with up to so many settings.
pub fn shape_within(random: &mut ChaCha8Rng, most_settings: usize) -> Scenario {
    let settings = random.random_range(2..=most_settings);
    let [outcomes, inputs, dimension] = std::array::from_fn(|_| random.random_range(2..=3));
    scenario(settings, outcomes, inputs, dimension)
}

/// A number from a normal distribution.
pub fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (radius, angle): (f64, f64) = (random.random_range(f64::EPSILON..1.0), random.random());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// Independent complex normal entries.
pub fn gaussian(random: &mut ChaCha8Rng, rows: usize, columns: usize) -> Mat<Complex64> {
    Mat::from_fn(rows, columns, |_, _| Complex64::new(normal(random), normal(random)))
}

/// A Hermitian matrix of normal entries.
pub fn hermitian(random: &mut ChaCha8Rng, n: usize) -> Mat<Complex64> {
    let g = gaussian(random, n, n);
    (&g + g.adjoint()) * faer::Scale(Complex64::from(0.5))
}

/// Orthonormal columns, at most as many as rows.
pub fn isometry(random: &mut ChaCha8Rng, rows: usize, columns: usize) -> Mat<Complex64> {
    gaussian(random, rows, columns).qr().compute_thin_Q()
}

/// Rank-one projectors along a random basis, dealt to the outcomes in turn.
pub fn projective(random: &mut ChaCha8Rng, outcomes: usize, n: usize) -> Vec<Mat<Complex64>> {
    let basis = isometry(random, n, n);
    let first = random.random_range(0..outcomes);
    let mut elements = vec![Mat::<Complex64>::zeros(n, n); outcomes];
    for k in 0..n {
        elements[(first + k) % outcomes] += basis.col(k) * basis.col(k).adjoint();
    }
    elements
}

/// A measurement that is not projective: an isometry's blocks.
pub fn povm(random: &mut ChaCha8Rng, outcomes: usize, n: usize) -> Vec<Mat<Complex64>> {
    let v = isometry(random, n * outcomes, n);
    let element = |a: usize| v.subrows(a * n, n).adjoint() * v.subrows(a * n, n);
    (0..outcomes).map(element).collect()
}

/// A quantum model near the boundary of the set: a pure state of a Schmidt rank from d to 2d whose coefficients differ by less
/// than a factor 2, bases that Alice measures in, and channels of Bob's that keep a subspace of d dimensions, another one for
/// every input, and what is left beside it.
pub fn sharp_model(random: &mut ChaCha8Rng, scenario: &Scenario, rank: usize) -> Model {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let mut state = Mat::<Complex64>::zeros(rank, rank);
    for i in 0..rank {
        state[(i, i)] = Complex64::from(random.random_range(0.5..1.0));
    }
    let measurements = (0..settings).map(|_| projective(random, outcomes, rank)).collect();
    let mut channel = || {
        let subspaces = isometry(random, rank, rank);
        let mut kept =
            |from: usize, to: usize| isometry(random, d, to - from) * subspaces.subrows(from, to - from);
        if rank == d { vec![kept(0, d)] } else { vec![kept(0, d), kept(d, rank)] }
    };
    let channels = (0..inputs).map(|_| channel()).collect();
    Model::pure(Component { weight: 1.0, state, measurements, channels })
}

/// A quantum model with Alice's dimension 2–6: a pure state, or a mixed one (the rest of its purification goes to
/// Bob's environment), projective measurements or general ones, channels with few or many Kraus operators.
pub fn blurred_model(random: &mut ChaCha8Rng, scenario: &Scenario) -> Model {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let alice = random.random_range(2..=6);
    let bob = random.random_range(2..=alice);
    let environment = if random.random() { 1 } else { random.random_range(2..=3) };
    let sharp: bool = random.random();
    let measurement = |random: &mut ChaCha8Rng| {
        if sharp { projective(random, outcomes, alice) } else { povm(random, outcomes, alice) }
    };
    let state = gaussian(random, alice, bob * environment);
    let measurements = (0..settings).map(|_| measurement(random)).collect();
    let channels = (0..inputs).map(|_| channel(random, d, bob, environment)).collect();
    Model::pure(Component { weight: 1.0, state, measurements, channels })
}

/// Kraus operators of a channel from bob × environment dimensions that forgets the environment.
fn channel(random: &mut ChaCha8Rng, d: usize, bob: usize, environment: usize) -> Vec<Mat<Complex64>> {
    let kraus = bob.div_ceil(d) + random.random_range(0..=2);
    let v = isometry(random, d * kraus, bob);
    let operator = |k: usize, e: usize| {
        let column = |j: usize| (j % environment == e).then_some(j / environment);
        Mat::from_fn(d, bob * environment, |i, j| column(j).map_or(Complex64::ZERO, |b| v[(k * d + i, b)]))
    };
    (0..kraus).flat_map(|k| (0..environment).map(move |e| (k, e))).map(|(k, e)| operator(k, e)).collect()
}
