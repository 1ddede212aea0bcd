//! The moments that an assemblage determines: at most one letter of Alice and one of Bob.

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::MomentMatrix;
use crate::algebra::{Algebra, DeviceAlgebra, Letter, Word};
use crate::linalg::inner;
use crate::num::{Matrix, Number};
use crate::scenario::{Assemblage, Index, Scenario};

/// (class, moment) for every class whose word has at most one letter of each party, except the
/// identity; ordered by class, so the lists of two assemblages correspond.
pub fn determined_moments(
    matrix: &MomentMatrix,
    scenario: &Scenario,
    assemblage: &Assemblage,
) -> Vec<(usize, Complex64)> {
    let expectations = Expectations::new(matrix.algebra(), scenario);
    let mut moments = Vec::new();
    for (class, description) in matrix.classes().iter().enumerate().skip(1) {
        let [alice, bob] = [0, 1].map(|device| description.word.of_device(device));
        if alice.len() > 1 || bob.len() > 1 {
            continue;
        }
        let mut moment = expectations.value(assemblage, alice.first().copied(), bob.first().copied());
        if description.real {
            // The class holds the real number m with ⟨w⟩ = ω^phase·m.
            let phase = matrix.locate(&description.word).map_or(0, |(_, phase, _)| phase);
            moment = (moment * matrix.algebra().phases().approx(phase).conj()).re.into();
        }
        moments.push((class, moment));
    }
    moments
}

/// The words with at most one letter of each party, except the identity, whose moment on an
/// assemblage is not zero, nor what rounding errors leave of zero.
pub fn nonzero_words(algebra: &Algebra, scenario: &Scenario, assemblage: &Assemblage) -> Vec<Word> {
    const ROUNDING: f64 = 1e-13;
    let letters = |device: usize| {
        let letters = algebra.letters(device).into_iter().map(Some);
        std::iter::once(None).chain(letters).collect::<Vec<Option<Letter>>>()
    };
    let bob = letters(1);
    let expectations = Expectations::new(algebra, scenario);
    let mut words = Vec::new();
    for alice in letters(0) {
        for &bob in &bob {
            let word: Vec<Letter> = alice.into_iter().chain(bob).collect();
            let moment = expectations.value(assemblage, alice, bob);
            if !word.is_empty() && moment.norm() > ROUNDING {
                words.push(Word::from_letters(&word));
            }
        }
    }
    words
}

/// The expectations of products of at most one letter of each party.
struct Expectations<'a> {
    alice: &'a DeviceAlgebra,
    outcomes: usize,
    /// U† and iU† for every U among Bob's letters, by index; they are the same for each of his inputs.
    /// The identity has no index.
    bob: FxHashMap<Option<usize>, [Mat<Complex64>; 2]>,
}

impl<'a> Expectations<'a> {
    fn new(algebra: &'a Algebra, scenario: &Scenario) -> Self {
        let [alice, bob] = [0, 1].map(|device| &algebra.devices()[device]);
        let first = algebra.letters(1).into_iter().filter(|letter| letter.input() == 0).map(Some);
        let operators = std::iter::once(None).chain(first).map(|letter| {
            let adjoint = letter_operator(bob, letter, scenario.dimension()).adjoint().to_faer();
            let rotated = &adjoint * faer::Scale(Complex64::I);
            (letter.map(Letter::index), [adjoint, rotated])
        });
        Self { alice, outcomes: scenario.outcomes().len(), bob: operators.collect() }
    }

    /// ⟨α⊗β⟩ = Σ_a c_a tr(U σ_{a|xy}).
    fn value(&self, assemblage: &Assemblage, alice: Option<Letter>, bob: Option<Letter>) -> Complex64 {
        let Some([adjoint, rotated]) = self.bob.get(&bob.map(Letter::index)) else { return Complex64::ZERO };
        let weights = letter_weights(self.alice, alice, self.outcomes);
        let x = alice.map_or(0, Letter::input);
        let y = bob.map_or(0, Letter::input);
        let trace = |a: usize| {
            let state = assemblage.0.value(Index { a, x, y });
            // tr(Uσ) has the real part ⟨U†, σ⟩ and the imaginary part ⟨(−iU)†, σ⟩ = ⟨iU†, σ⟩.
            Complex64::new(inner(adjoint, state), inner(rotated, state))
        };
        weights.into_iter().enumerate().map(|(a, weight)| trace(a) * weight).sum()
    }
}

/// The weight of every outcome in a letter of a black box: (1, −1) for an observable, a unit
/// vector for a projector, all ones for the identity.
pub fn letter_weights(device: &DeviceAlgebra, letter: Option<Letter>, outcomes: usize) -> Vec<f64> {
    match (letter, device) {
        (None, _) => vec![1.0; outcomes],
        (Some(_), DeviceAlgebra::Observables { .. }) => vec![1.0, -1.0],
        (Some(letter), _) => (0..outcomes).map(|a| if a == letter.index() { 1.0 } else { 0.0 }).collect(),
    }
}

/// A letter of Bob's as a d×d matrix; diagonal if he has a black box.
pub fn letter_operator(device: &DeviceAlgebra, letter: Option<Letter>, dimension: usize) -> Matrix {
    match (letter, device) {
        (None, _) => Matrix::identity(dimension),
        (Some(letter), DeviceAlgebra::Matrices { basis, .. }) => basis.matrix(letter.index()),
        (Some(_), _) => {
            let weights = letter_weights(device, letter, dimension);
            Matrix::from_fn(dimension, dimension, |i, j| {
                if i == j { Number::from_integer(weights[i] as i64) } else { Number::zero() }
            })
        }
    }
}
