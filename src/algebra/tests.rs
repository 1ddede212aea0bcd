//! The algebra's laws on random words.

use proptest::prelude::*;

use super::{Algebra, DeviceAlgebra, Letter, Phase, Word};

/// The scenario kinds and dimensions under test.
fn algebras() -> Vec<Algebra> {
    let black_box = DeviceAlgebra::black_box;
    let mut all = vec![
        Algebra::new(vec![black_box(3, 2), black_box(2, 2)]),
        Algebra::new(vec![black_box(2, 3), black_box(3, 4)]),
        Algebra::new(vec![black_box(2, 2), black_box(2, 2), DeviceAlgebra::matrices(2, 2)]),
    ];
    for d in [2, 3, 4, 5, 6] {
        all.push(Algebra::new(vec![black_box(3, 2), DeviceAlgebra::matrices(2, d)]));
        all.push(Algebra::new(vec![black_box(2, 3), DeviceAlgebra::matrices(3, d)]));
    }
    all
}

/// A phase times a word, or zero.
type Value = Option<(Phase, Word)>;

fn multiply(algebra: &Algebra, left: &Value, right: &Value) -> Value {
    let ((p, u), (q, v)) = (left.as_ref()?, right.as_ref()?);
    let (r, w) = algebra.product(u, v)?;
    let phases = algebra.phases();
    Some((phases.add(phases.add(*p, *q), r), w))
}

fn adjoint(algebra: &Algebra, value: &Value) -> Value {
    let (p, u) = value.as_ref()?;
    let (q, w) = algebra.adjoint(u);
    Some((algebra.phases().add(algebra.phases().negate(*p), q), w))
}

/// The product of arbitrary letters, chosen by number: a word in normal form, or zero.
fn word(algebra: &Algebra, choices: &[u16]) -> Value {
    let letters: Vec<Letter> =
        (0..algebra.devices().len()).flat_map(|device| algebra.letters(device)).collect();
    let mut product = Some((0, Word::identity()));
    for &choice in choices {
        let letter = letters[usize::from(choice) % letters.len()];
        product = multiply(algebra, &product, &Some((0, Word::from_letters(&[letter]))));
    }
    product
}

fn choices() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 0..7)
}

proptest! {
    #[test]
    fn associative(a in choices(), b in choices(), c in choices()) {
        for algebra in algebras() {
            let [u, v, w] = [&a, &b, &c].map(|choices| word(&algebra, choices));
            let left = multiply(&algebra, &multiply(&algebra, &u, &v), &w);
            let right = multiply(&algebra, &u, &multiply(&algebra, &v, &w));
            prop_assert_eq!(left, right);
        }
    }

    #[test]
    fn adjoints_reverse_products(a in choices(), b in choices()) {
        for algebra in algebras() {
            let [u, v] = [&a, &b].map(|choices| word(&algebra, choices));
            let left = adjoint(&algebra, &multiply(&algebra, &u, &v));
            let right = multiply(&algebra, &adjoint(&algebra, &v), &adjoint(&algebra, &u));
            prop_assert_eq!(left, right);
        }
    }

    #[test]
    fn adjoint_is_an_involution(a in choices()) {
        for algebra in algebras() {
            let u = word(&algebra, &a);
            prop_assert_eq!(adjoint(&algebra, &adjoint(&algebra, &u)), u);
        }
    }

    /// A word and its adjoint belong to one class, with conjugate moments.
    #[test]
    fn a_word_is_identified_with_its_adjoint(a in choices()) {
        for algebra in algebras() {
            let Some((_, u)) = word(&algebra, &a) else { continue };
            let (p, w) = algebra.adjoint(&u);
            let [one, other] = [u, w].map(|word| algebra.canonical(word));
            prop_assert_eq!(&one.representative, &other.representative);
            // ⟨u⟩ = ω^a m or ω^a m*, ⟨u†⟩ = ω^p ⟨w⟩ must be its conjugate.
            let phases = algebra.phases();
            prop_assert_eq!(phases.negate(one.phase), phases.add(p, other.phase));
            prop_assert_eq!(one.real, other.real);
            prop_assert!(one.real || one.conjugate != other.conjugate);
        }
    }

    /// In a product of unitaries w†w = 1.
    #[test]
    fn unitary_words_have_inverses(a in choices()) {
        let algebra = Algebra::new(vec![
            DeviceAlgebra::black_box(3, 2),
            DeviceAlgebra::matrices(2, 3),
        ]);
        let u = word(&algebra, &a);
        prop_assert_eq!(
            multiply(&algebra, &adjoint(&algebra, &u), &u),
            Some((0, Word::identity()))
        );
    }
}
