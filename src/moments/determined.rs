//! The moments that an assemblage determines: at most one letter of Alice and one of Bob.
//!
//! What is seen of an instrumental assemblage, ⟨M_{a|x} B_a(U)⟩ = tr(Uσ_{a|x}), determines each of them up to others:
//! A_x = ±(2M_{a|x} − 1) has ⟨A_x B_a(U)⟩ = ±(2 tr(Uσ_{a|x}) − ⟨B_a(U)⟩), and with M_0 = 1 − M_1 − … − M_a the last outcome a
//! has ⟨M_{0|x} B_a(U)⟩ = ⟨B_a(U)⟩ − tr(Uσ_{a|x}) − ⟨M_{1|x} B_a(U)⟩ − ….

use faer::Mat;
use num_complex::Complex64;
use rustc_hash::FxHashMap;

use super::MomentMatrix;
use crate::algebra::{Algebra, DeviceAlgebra, Letter, Word};
use crate::linalg::inner;
use crate::num::{Matrix, Number};
use crate::scenario::{Assemblage, Index, Scenario};

/// The moment of a class: value + Σ coefficient·(another class's moment).
#[derive(Debug, Clone)]
pub struct Determined {
    /// The class.
    pub class: usize,
    /// What the assemblage says.
    pub value: Complex64,
    /// The classes of which it says nothing.
    pub others: Vec<Other>,
}

/// A term of a [`Determined`] moment.
#[derive(Debug, Clone, Copy)]
pub struct Other {
    /// The class.
    pub class: usize,
    /// Whether its moment is conjugated.
    pub conjugate: bool,
    /// What it is multiplied by.
    pub coefficient: Complex64,
}

/// What an assemblage says of the classes whose words have at most one letter of each party, except the
/// identity; ordered by class, so the lists of two assemblages correspond.
pub fn determined_moments(
    matrix: &MomentMatrix,
    scenario: &Scenario,
    assemblage: &Assemblage,
) -> Vec<Determined> {
    let expectations = Expectations::new(matrix.algebra(), scenario);
    let phases = matrix.algebra().phases();
    let mut moments = Vec::new();
    for (class, description) in matrix.classes().iter().enumerate().skip(1) {
        let [alice, bob] = [0, 1].map(|device| description.word.of_device(device));
        if alice.len() > 1 || bob.len() > 1 {
            continue;
        }
        let [alice, bob] = [alice, bob].map(|letters| letters.first().copied());
        let Some(expectation) = expectations.of(assemblage, alice, bob) else { continue };
        // The class of a self-adjoint word holds the real number m with ⟨w⟩ = ω^phase·m.
        let phase = matrix.locate(&description.word).map_or(0, |(_, phase, _)| phase);
        let own = |value: Complex64| match description.real {
            true => (value * phases.approx(phase).conj()).re.into(),
            false => value,
        };
        let located = expectation.others.iter().map(|(word, coefficient)| {
            let (class, phase, conjugate) = matrix.locate(word).ok()?;
            let coefficient = own(phases.approx(phase) * *coefficient);
            Some(Other { class, conjugate, coefficient })
        });
        // A level without one of the other moments leaves this one free too.
        let Some(others) = located.collect() else { continue };
        moments.push(Determined { class, value: own(expectation.value), others });
    }
    moments
}

/// The words with at most one letter of each party, except the identity, on whose moments an assemblage makes
/// demands: those that are not zero, nor what rounding errors leave of zero, and in an instrumental scenario Alice's letters.
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
            if word.is_empty() {
                continue;
            }
            let Some(Expectation { value, others }) = expectations.of(assemblage, alice, bob) else {
                continue;
            };
            // Where the value is zero, a conjugation that changes Bob's letters changes all of the words alike, unless
            // it changes Alice's.
            let demanded = value.norm() > ROUNDING || scenario.kind.is_instrumental() && bob.is_none();
            if demanded {
                words.push(Word::from_letters(&word));
                words.extend(others.into_iter().map(|(word, _)| word));
            }
        }
    }
    words
}

/// The expectations of products of at most one letter of each party.
struct Expectations<'a> {
    scenario: &'a Scenario,
    alice: &'a DeviceAlgebra,
    /// U† and iU† for every U among Bob's letters, by index; they are the same for each of his inputs.
    /// The identity has no index.
    bob: FxHashMap<Option<usize>, [Mat<Complex64>; 2]>,
}

impl<'a> Expectations<'a> {
    fn new(algebra: &'a Algebra, scenario: &'a Scenario) -> Self {
        let [alice, bob] = [0, 1].map(|device| &algebra.devices()[device]);
        let first = algebra.letters(1).into_iter().filter(|letter| letter.input() == 0).map(Some);
        let operators = std::iter::once(None).chain(first).map(|letter| {
            let adjoint = letter_operator(bob, letter, scenario.dimension()).adjoint().to_faer();
            let rotated = &adjoint * faer::Scale(Complex64::I);
            (letter.map(Letter::index), [adjoint, rotated])
        });
        Self { scenario, alice, bob: operators.collect() }
    }

    /// ⟨α⊗β⟩; `None` if the assemblage says nothing about it.
    fn of(&self, assemblage: &Assemblage, alice: Option<Letter>, bob: Option<Letter>) -> Option<Expectation> {
        let outcomes = self.scenario.outcomes().len();
        let weights = letter_weights(self.alice, alice, outcomes);
        let x = alice.map_or(0, Letter::input);
        let [adjoint, rotated] = self.bob.get(&bob.map(Letter::index))?;
        // tr(Uσ) has the real part ⟨U†, σ⟩ and the imaginary part ⟨(−iU)†, σ⟩ = ⟨iU†, σ⟩.
        let trace = |index: Index| {
            let state = assemblage.0.value(index);
            Complex64::new(inner(adjoint, state), inner(rotated, state))
        };
        let known = |value: Complex64| Some(Expectation { value, others: Vec::new() });
        let Some(bob) = bob else {
            let p = |a| trace(self.scenario.first_seen(a, x));
            return known(weights.into_iter().enumerate().map(|(a, weight)| p(a) * weight).sum());
        };
        let y = bob.input();
        if !self.scenario.kind.is_instrumental() {
            let of_outcome = |a| trace(Index { a, x, y });
            return known(weights.into_iter().enumerate().map(|(a, weight)| of_outcome(a) * weight).sum());
        }
        let alice = alice?;
        let value = trace(Index { a: y, x, y });
        let alone = Word::from_letters(&[bob]);
        match self.alice {
            DeviceAlgebra::Observables { .. } => {
                let sign = weights[y];
                Some(Expectation { value: value * (2.0 * sign), others: vec![(alone, -sign)] })
            }
            _ if alice.index() == y => known(value),
            _ if y + 1 == outcomes && alice.index() == 0 => {
                let between = (1..y).map(|a| Word::from_letters(&[Letter::new(0, x, a), bob]));
                let others = std::iter::once((alone, 1.0)).chain(between.map(|word| (word, -1.0)));
                Some(Expectation { value: -value, others: others.collect() })
            }
            _ => None,
        }
    }
}

/// value + Σ coefficient·⟨word⟩.
struct Expectation {
    value: Complex64,
    others: Vec<(Word, f64)>,
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
