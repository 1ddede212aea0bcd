//! Programs in unitary letters have the values and the solutions of those in projectors.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use steerq::algebra::{Algebra, DeviceAlgebra, Polynomial, Word};
use steerq::backend::{Backend, FirstOrder, InteriorPoint, Settings};
use steerq::linalg::spectrum_ends;
use steerq::moments::{Level, MomentMatrix};
use steerq::num::Number;
use steerq::program::bound::bound;
use steerq::program::one_side::OneSide;
use steerq::program::{Program, dual_bound};
use steerq::reduce::{in_projectors, unitary};

/// What is left between values that solvers find to a gap of 1e-8.
const CLOSE: f64 = 1e-6;

/// Two trits of Alice's and a qubit of Bob's, with some functional.
fn problem(level: &str) -> (Algebra, MomentMatrix, Polynomial) {
    let algebra = Algebra::new(vec![DeviceAlgebra::black_box(2, 3), DeviceAlgebra::matrices(2, 2)]);
    let level: Level = level.parse().unwrap();
    let matrix = MomentMatrix::new(algebra.clone(), level.words(&algebra));
    let mut functional = Polynomial::zero();
    let mut weight = 1;
    for alice in algebra.letters(0) {
        for bob in algebra.letters(1) {
            weight = weight * 7 % 11;
            functional.add_term(Word::from_letters(&[alice, bob]), &Number::from_integer(weight - 5));
        }
    }
    (algebra, matrix, functional)
}

fn value(backend: &dyn Backend, program: &Program) -> f64 {
    program.value(&backend.solve(program, &Settings::default()).unwrap().y)
}

/// Both programs have one value, and a solution of the target is one of the source: its value, its moments, its proof.
#[test]
fn a_solution_pulls_back() {
    for level in ["1+AB", "2"] {
        let (_, matrix, functional) = problem(level);
        let program = bound(&matrix, &functional, 1.0).unwrap();
        let reduced = unitary::apply(&program, &matrix).unwrap();
        assert_eq!(reduced.program.variables(), program.variables());
        let solution = FirstOrder.solve(&reduced.program, &Settings::default()).unwrap();
        let found = reduced.program.value(&solution.y);
        if level == "1+AB" {
            assert!((value(&InteriorPoint, &program) - found).abs() < CLOSE);
        }
        let pulled = reduced.pull_back(&program, solution);
        assert!((program.value(&pulled.y) - found).abs() < 1e-11 * found.abs());
        assert!(spectrum_ends(&program.blocks[0].at(&pulled.y)).unwrap().0 > -CLOSE);
        let proved = dual_bound(&program, &pulled.dual).unwrap();
        assert!((proved - found).abs() < CLOSE, "{level}: {proved} {found}");
    }
}

/// Alice's words alone: the Gram matrix for words of characters is one for words of projectors.
#[test]
fn words_of_one_side_are_those_of_projectors() {
    let (algebra, _, functional) = problem("1");
    let letters = algebra.in_unitaries();
    let projectors = OneSide::new(&algebra, 2).unwrap();
    let characters = OneSide::new(&letters, 2).unwrap();
    let program = projectors.bound(&functional, 1.0);
    // The same functional in characters: M_a = Σ_q χ_q(a)* Z_q/3 letter by letter, which the matrix of both does.
    let matrix = MomentMatrix::new(algebra.clone(), projectors.gram_words());
    let whole = bound(&matrix, &functional, 1.0).unwrap();
    let mut in_characters = Polynomial::zero();
    for (word, coefficient) in functional.terms() {
        let letter = word.of_device(0)[0];
        for q in 0..3_usize {
            let phase = num_complex::Complex64::from_polar(
                1.0 / 3.0,
                -std::f64::consts::TAU * (q * letter.index()) as f64 / 3.0,
            );
            let character = (q > 0).then(|| letter.with_index(q));
            let letters: Vec<_> = character.into_iter().chain(word.of_device(1).iter().copied()).collect();
            in_characters
                .add_term(Word::from_letters(&letters), &(coefficient * &Number::from_approx(phase)));
        }
    }
    let other = characters.bound(&in_characters, 1.0);
    let solution = InteriorPoint.solve(&other, &Settings::default()).unwrap();
    let found = other.value(&solution.y);
    assert!((value(&InteriorPoint, &program) - found).abs() < CLOSE);
    let gram = in_projectors(&algebra, matrix.words(), characters.lifted(&solution.dual)).unwrap();
    let dual =
        steerq::program::DualPoint { blocks: vec![gram], inequalities: Vec::new(), equalities: Vec::new() };
    let proved = dual_bound(&whole, &dual).unwrap();
    assert!((proved - found).abs() < CLOSE, "{proved} {found}");
}
