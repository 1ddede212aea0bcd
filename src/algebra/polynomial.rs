//! Linear combinations of words, and how the data of a scenario become ones.

use std::collections::BTreeMap;

use super::{Algebra, DeviceAlgebra, Letter, Word};
use crate::num::{Matrix, Number};
use crate::scenario::{Functional, Index};

/// Σ_w c_w w with words in normal form, sorted; coefficients are exact where the data are.
#[derive(Debug, Clone, Default)]
pub struct Polynomial {
    terms: BTreeMap<Word, Number>,
}

impl Polynomial {
    /// The zero polynomial.
    pub fn zero() -> Self {
        Self::default()
    }

    /// Adds c·w.
    pub fn add_term(&mut self, word: Word, coefficient: &Number) {
        let entry = self.terms.entry(word).or_insert_with(Number::zero);
        *entry = &*entry + coefficient;
    }

    /// The words and their coefficients, exactly zero ones left out.
    pub fn terms(&self) -> impl Iterator<Item = (&Word, &Number)> {
        self.terms.iter().filter(|(_, coefficient)| !coefficient.is_exactly_zero())
    }
}

/// M_{a|x}⊗B_y(F) as a polynomial, with ⟨M_{a|x}⊗B_y(F)⟩ = tr(F σ_{a|xy}); on a black-box Bob
/// Σ_b F_bb M_{a|x}⊗N_{b|y}.
pub fn element_polynomial(algebra: &Algebra, index: Index, operator: &Matrix) -> Polynomial {
    let mut polynomial = Polynomial::zero();
    add_element(&mut polynomial, algebra, index, operator);
    polynomial
}

/// Σ_{a,x,y} M_{a|x}⊗B_y(F_{a|xy}): the operator whose expectation is the functional's value.
pub fn functional_polynomial(algebra: &Algebra, functional: &Functional) -> Polynomial {
    let mut polynomial = Polynomial::zero();
    for index in functional.operators.indices() {
        add_element(&mut polynomial, algebra, index, functional.operators.get(index));
    }
    polynomial
}

fn add_element(polynomial: &mut Polynomial, algebra: &Algebra, index: Index, operator: &Matrix) {
    let [alice, bob] = [&algebra.devices()[0], &algebra.devices()[1]];
    let bob_terms = operator_terms(bob, index.y, operator);
    for (alice_letter, c) in outcome_terms(alice, index.x, index.a) {
        for (bob_letter, f) in &bob_terms {
            let letters = [
                alice_letter.map(|i| Letter::new(0, index.x, i)),
                bob_letter.map(|i| Letter::new(1, index.y, i)),
            ];
            let letters: Vec<Letter> = letters.into_iter().flatten().collect();
            polynomial.add_term(Word::from_letters(&letters), &(&c * f));
        }
    }
}

/// A term of one device: an index of one of its letters (`None` for the identity) and a
/// coefficient.
type Term = (Option<usize>, Number);

/// M_{outcome|setting} of a black box in its letters.
fn outcome_terms(device: &DeviceAlgebra, setting: usize, outcome: usize) -> Vec<Term> {
    debug_assert!(setting < device.inputs());
    match device {
        // M_0 = (1 + A)/2, M_1 = (1 − A)/2.
        DeviceAlgebra::Observables { .. } => {
            let sign = if outcome == 0 { 1 } else { -1 };
            vec![(None, Number::ratio(1, 2)), (Some(0), Number::ratio(sign, 2))]
        }
        DeviceAlgebra::Projectors { outcomes, .. } if outcome + 1 == *outcomes => {
            let others = (0..outcomes - 1).map(|a| (Some(a), Number::from_integer(-1)));
            std::iter::once((None, Number::one())).chain(others).collect()
        }
        DeviceAlgebra::Projectors { .. } => vec![(Some(outcome), Number::one())],
        // An outcome is a diagonal projector. A trusted device has none; its operators come through `operator_terms`.
        DeviceAlgebra::Matrices { basis, .. } => {
            let hit = |i, j| if (i, j) == (outcome, outcome) { Number::one() } else { Number::zero() };
            let projector = Matrix::from_fn(basis.dimension(), basis.dimension(), hit);
            let coefficients = basis.coefficients(&projector).into_iter().enumerate();
            coefficients.map(|(g, c)| ((g > 0).then_some(g), c)).collect()
        }
    }
}

/// B_y(F) in the letters of Bob's device, zero coefficients left out.
fn operator_terms(device: &DeviceAlgebra, input: usize, operator: &Matrix) -> Vec<Term> {
    let terms: Vec<Term> = match device {
        DeviceAlgebra::Matrices { basis, .. } => basis
            .coefficients(operator)
            .into_iter()
            .enumerate()
            .map(|(g, f)| ((g > 0).then_some(g), f))
            .collect(),
        DeviceAlgebra::Observables { .. } | DeviceAlgebra::Projectors { .. } => (0..operator.rows())
            .flat_map(|b| {
                let f = operator.get(b, b);
                outcome_terms(device, input, b).into_iter().map(move |(l, c)| (l, &c * f))
            })
            .collect(),
    };
    terms.into_iter().filter(|(_, c)| !c.is_exactly_zero()).collect()
}
