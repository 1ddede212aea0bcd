//! The moment matrix of an actual quantum model is reproduced entry by entry from its classes.

use faer::Mat;
use num_complex::Complex64;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::MomentMatrix;
use crate::algebra::{Algebra, DeviceAlgebra, UnitaryBasis, Word};
use crate::linalg::{hermitian_eigen, hermitian_eigenvalues};
use crate::moments::Level;

type Matrix = Mat<Complex64>;

/// Rounding of products of a handful of matrices of norm one and side at most 40.
const ROUNDING: f64 = 1e-11;

/// A random unitary: the eigenvectors of a random Hermitian matrix.
fn random_unitary(n: usize, random: &mut ChaCha8Rng) -> Matrix {
    let mut entry = || Complex64::new(random.random_range(-1.0..1.0), random.random_range(-1.0..1.0));
    let noise: Matrix = Mat::from_fn(n, n, |_, _| entry());
    hermitian_eigen(&(&noise + noise.adjoint())).unwrap().1
}

/// Operators for every letter of a device on an `n`-dimensional space, by (input, index).
fn represent(device: &DeviceAlgebra, n: usize, random: &mut ChaCha8Rng) -> Vec<Vec<Matrix>> {
    (0..device.inputs())
        .map(|_| {
            let unitary = random_unitary(n, random);
            let rotated = |matrix: &Matrix| &unitary * matrix * unitary.adjoint();
            match device {
                DeviceAlgebra::Observables { .. } => {
                    let sign = |i: usize| Complex64::from(if i.is_multiple_of(2) { 1.0 } else { -1.0 });
                    vec![rotated(&Mat::from_fn(n, n, |i, j| if i == j { sign(i) } else { 0.0.into() }))]
                }
                DeviceAlgebra::Projectors { outcomes, .. } => (0..outcomes - 1)
                    .map(|a| {
                        let hit = |i: usize, j: usize| i == j && i % outcomes == a;
                        rotated(&Mat::from_fn(n, n, |i, j| f64::from(u8::from(hit(i, j))).into()))
                    })
                    .collect(),
                // U ↦ V(U ⊗ 1)V†: a copy of M_d; n is a multiple of d.
                DeviceAlgebra::Matrices { basis, .. } => (0..basis.len())
                    .map(|g| {
                        let d = basis.dimension();
                        let (small, copies) = (basis.matrix(g).to_faer(), n / d);
                        rotated(&Mat::from_fn(n, n, |i, j| {
                            if i % copies == j % copies {
                                small[(i / copies, j / copies)]
                            } else {
                                Complex64::ZERO
                            }
                        }))
                    })
                    .collect(),
            }
        })
        .collect()
}

/// A random state and representation of two commuting devices; evaluates words.
struct Model {
    /// The state as a matrix of amplitudes ψ_{ij}, |i⟩ Alice's, |j⟩ Bob's.
    amplitudes: Matrix,
    operators: [Vec<Vec<Matrix>>; 2],
}

impl Model {
    fn new(algebra: &Algebra, sizes: [usize; 2], seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let operators =
            [0, 1].map(|device| represent(&algebra.devices()[device], sizes[device], &mut random));
        let state = random_unitary(sizes[0] * sizes[1], &mut random);
        let amplitudes = Mat::from_fn(sizes[0], sizes[1], |i, j| state[(i * sizes[1] + j, 0)]);
        Self { amplitudes, operators }
    }

    /// ⟨w⟩ = ⟨ψ|A ⊗ B|ψ⟩ = tr(Ψ† A Ψ Bᵀ).
    fn expectation(&self, word: &Word) -> Complex64 {
        let mut image = self.amplitudes.clone();
        for letter in word.of_device(0).iter().rev() {
            image = &self.operators[0][letter.input()][letter.index()] * &image;
        }
        for letter in word.of_device(1).iter().rev() {
            image = &image * self.operators[1][letter.input()][letter.index()].transpose();
        }
        let n = image.nrows();
        let column = |j: usize| (0..n).map(move |i| (i, j));
        (0..image.ncols()).flat_map(column).map(|(i, j)| self.amplitudes[(i, j)].conj() * image[(i, j)]).sum()
    }
}

/// Γ from the classes' moments in the model.
fn from_classes(matrix: &MomentMatrix, model: &Model) -> Matrix {
    let phases = matrix.algebra().phases();
    let moments: Vec<Complex64> = matrix
        .classes()
        .iter()
        .map(|class| {
            let moment = model.expectation(&class.word);
            if !class.real {
                return moment;
            }
            let (_, phase, _) = matrix.locate(&class.word).unwrap();
            let real = moment * phases.approx(phase).conj();
            assert!(real.im.abs() < ROUNDING, "a real class has moment {real}");
            real
        })
        .collect();
    let mut gamma = Mat::zeros(matrix.size(), matrix.size());
    for j in 0..matrix.size() {
        for i in 0..=j {
            if let Some((class, phase, conjugate)) = matrix.entry(i, j).parts() {
                let moment = if conjugate { moments[class].conj() } else { moments[class] };
                gamma[(i, j)] = phases.approx(phase) * moment;
                gamma[(j, i)] = gamma[(i, j)].conj();
            }
        }
    }
    gamma
}

fn check(algebra: &Algebra, level: &str, sizes: [usize; 2], seed: u64) {
    let level: Level = level.parse().unwrap();
    let matrix = MomentMatrix::new(algebra.clone(), level.words(algebra));
    let model = Model::new(algebra, sizes, seed);
    let gamma = from_classes(&matrix, &model);
    // Entry by entry against ⟨w_i† w_j⟩ evaluated letter by letter, without any merging.
    let words = matrix.words();
    let images: Vec<Matrix> = words
        .iter()
        .map(|word| {
            let mut image = model.amplitudes.clone();
            for letter in word.of_device(0).iter().rev() {
                image = &model.operators[0][letter.input()][letter.index()] * &image;
            }
            for letter in word.of_device(1).iter().rev() {
                image = &image * model.operators[1][letter.input()][letter.index()].transpose();
            }
            image
        })
        .collect();
    for j in 0..words.len() {
        for i in 0..=j {
            let mut expected = Complex64::ZERO;
            for column in 0..images[i].ncols() {
                for row in 0..images[i].nrows() {
                    expected += images[i][(row, column)].conj() * images[j][(row, column)];
                }
            }
            let difference = (gamma[(i, j)] - expected).norm();
            assert!(difference < ROUNDING, "{level}: entry ({i}, {j}) is off by {difference:e}");
        }
    }
    let least = hermitian_eigenvalues(&gamma).unwrap()[0];
    assert!(least > -ROUNDING * words.len() as f64, "least eigenvalue {least:e}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn bob_with_input(seed: u64, settings in 1..4_usize, outcomes in 2..4_usize, inputs in 1..3_usize) {
        for d in [2, 3, 4, 5] {
            let algebra = Algebra::new(vec![
                DeviceAlgebra::black_box(settings, outcomes),
                DeviceAlgebra::matrices(inputs, d),
            ]);
            check(&algebra, "1", [outcomes + 1, 2 * d], seed);
            if d == 2 {
                for level in ["1+AB", "2", "1+AB+AAB"] {
                    check(&algebra, level, [outcomes + 1, 2 * d], seed);
                }
            }
        }
    }

    #[test]
    fn bell(seed: u64, settings in 1..4_usize, outcomes in 2..5_usize, inputs in 1..3_usize) {
        let algebra = Algebra::new(vec![
            DeviceAlgebra::black_box(settings, outcomes),
            DeviceAlgebra::black_box(inputs, 5 - outcomes.min(3)),
        ]);
        for level in ["1", "1+AB", "2", "1+AB+ABB"] {
            check(&algebra, level, [outcomes + 2, 5], seed);
        }
    }
}

#[test]
fn qutrits_and_ququarts_at_second_order() {
    for d in [3, 4] {
        let algebra = Algebra::new(vec![DeviceAlgebra::black_box(1, 2), DeviceAlgebra::matrices(2, d)]);
        check(&algebra, "1+AB", [3, d], 7);
    }
    let algebra = Algebra::new(vec![DeviceAlgebra::black_box(1, 3), DeviceAlgebra::matrices(2, 3)]);
    check(&algebra, "2", [4, 3], 8);
}

/// Even dimensions that are no power of two need half phases: X³Z³ is anti-Hermitian for d = 6.
#[test]
fn dimension_six() {
    let algebra = Algebra::new(vec![DeviceAlgebra::black_box(1, 2), DeviceAlgebra::matrices(1, 6)]);
    check(&algebra, "1", [2, 6], 9);
}

/// The published counts of real moments for Eq. (6) [Theory §2, §7].
#[test]
fn eq6_has_249_real_moments() {
    let algebra = Algebra::new(vec![DeviceAlgebra::black_box(3, 2), DeviceAlgebra::matrices(2, 2)]);
    for (level, words, moments) in [("1+AB", 28, 249), ("2+AAB+ABB+AABB", 250, 11_085)] {
        let level: Level = level.parse().unwrap();
        let matrix = MomentMatrix::new(algebra.clone(), level.words(&algebra));
        assert_eq!((matrix.size(), matrix.real_moments()), (words, moments));
    }
}

/// Bases are orthogonal, unitary, and multiply as their tables say.
#[test]
fn unitary_bases_are_what_they_say() {
    for d in 1..=8 {
        let basis = UnitaryBasis::of_dimension(d);
        let order = f64::from(basis.phase_order());
        let phase = |k: u16| Complex64::from_polar(1.0, std::f64::consts::TAU * f64::from(k) / order);
        let matrices: Vec<Matrix> = (0..basis.len()).map(|g| basis.matrix(g).to_faer()).collect();
        let distance = |a: &Matrix, b: &Matrix| (a - b).norm_max();
        for g in 0..basis.len() {
            let (p, inverse) = basis.adjoint(g);
            let adjoint = &matrices[inverse] * faer::Scale(phase(p));
            assert!(distance(&adjoint, &matrices[g].adjoint().to_owned()) < 1e-13);
            for h in 0..basis.len() {
                let (p, product) = basis.multiply(g, h);
                let expected = &matrices[product] * faer::Scale(phase(p));
                assert!(distance(&(&matrices[g] * &matrices[h]), &expected) < 1e-13, "d = {d}: {g}·{h}");
            }
        }
    }
}
