//! Programs in unitary letters have the values and the solutions of those in projectors.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use faer::Mat;
use num_complex::Complex64;
use steerq::algebra::{Algebra, DeviceAlgebra, Letter, Polynomial, Word};
use steerq::backend::{Backend, FirstOrder, InteriorPoint, Settings};
use steerq::linalg::{inner, spectrum_ends};
use steerq::moments::{Level, MomentMatrix};
use steerq::num::Number;
use steerq::program::OwnProgram;
use steerq::program::bound::bound;
use steerq::program::one_side::OneSide;
use steerq::program::{Affine, Block, BlockEntry, DualPoint, Program, Solution, dual_bound};
use steerq::reduce::unitary;

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

fn of_block(z: Mat<Complex64>) -> DualPoint {
    DualPoint { blocks: vec![z], inequalities: Vec::new(), equalities: Vec::new() }
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

/// Alice's words alone have one bound in characters and in projectors, and its proof is a Gram matrix for words of characters.
#[test]
fn words_of_one_side_are_those_of_projectors() {
    let (algebra, _, functional) = problem("1");
    let letters = algebra.in_unitaries();
    let projectors = OneSide::new(&algebra, 2).unwrap();
    let characters = OneSide::new(&letters, 2).unwrap();
    let program = projectors.bound(&functional, 1.0);
    // The same functional in characters: M_a = Σ_q χ_q(a)* Z_q/3 letter by letter.
    let mut in_characters = Polynomial::zero();
    for (word, coefficient) in functional.terms() {
        let letter = word.of_device(0)[0];
        for q in 0..3_usize {
            let phase =
                Complex64::from_polar(1.0 / 3.0, -std::f64::consts::TAU * (q * letter.index()) as f64 / 3.0);
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
    let matrix = MomentMatrix::new(letters.clone(), characters.gram_words());
    let whole = bound(&matrix, &in_characters, 1.0).unwrap();
    let proved = dual_bound(&whole, &of_block(characters.lifted(&solution.dual))).unwrap();
    assert!((proved - found).abs() < CLOSE, "{proved} {found}");
}

/// ⟨Z, Γ(y)⟩ is the same on both sides, at any point and for variables that scalar rows use.
#[test]
fn points_and_multipliers_pair_alike() {
    let (_, matrix, functional) = problem("1+A+AB");
    let mut program = bound(&matrix, &functional, 1.0).unwrap();
    // Some numbers: no two alike, of both signs.
    let number = |k: usize| ((k * k % 101) as f64 - 50.0) / 50.0;
    // ⟨M_{a|0}⟩ in rows, and therefore given.
    let variable = |a: usize| {
        let class = matrix.class_of(&Word::from_letters(&[Letter::new(0, 0, a)])).unwrap();
        let mut entries = program.blocks[0].entries.iter();
        let here = |entry: &&BlockEntry| {
            matrix.entry(entry.row as usize, entry.column as usize).parts().unwrap().0 == class
        };
        entries.find(here).unwrap().terms[0].0
    };
    let given = [variable(0), variable(1)];
    let row = |k: u32| Affine { constant: 0.5, terms: vec![(k, 1.0)] };
    program.inequalities.push(row(given[0]));
    assert!(unitary::apply(&program, &matrix).is_none(), "one outcome is no combination of characters alone");
    program.inequalities.push(row(given[1]));
    let reduced = unitary::apply(&program, &matrix).unwrap();
    assert_eq!(reduced.program.inequalities, [row(0), row(1)]);
    let z: Vec<f64> = (0..reduced.program.variables()).map(number).collect();
    let n = matrix.size();
    let root = Mat::from_fn(n, 3, |i, j| Complex64::new(number(3 * i + j), number(7 * i + 5 * j)));
    let multiplier = &root * root.adjoint();
    let solved = InteriorPoint.solve(&reduced.program, &Settings::default()).unwrap();
    let there = Solution { y: z.clone(), dual: of_block(multiplier.clone()), ..solved };
    let Solution { y, dual, .. } = reduced.pull_back(&program, there);
    assert_eq!(given.map(|k| y[k as usize]), [z[0], z[1]]);
    let pair = |z: &Mat<Complex64>, program: &Program, y: &[f64]| inner(z, &program.blocks[0].at(y));
    let (one, other) = (pair(&multiplier, &reduced.program, &z), pair(&dual.blocks[0], &program, &y));
    assert!((one - other).abs() < 1e-10 * one.abs(), "{one} {other}");
    assert!((program.value(&y) - reduced.program.value(&z)).abs() < 1e-12 * n as f64);
}

/// A block besides the moment matrix keeps its variables, which are therefore given, and its multiplier.
#[test]
fn other_blocks_stay() {
    let (_, matrix, functional) = problem("1+AB");
    let mut program = bound(&matrix, &functional, 1.0).unwrap();
    let class = |a: usize| matrix.class_of(&Word::from_letters(&[Letter::new(0, 0, a)])).unwrap();
    let is_of = |entry: &BlockEntry, class: usize| {
        matrix.entry(entry.row as usize, entry.column as usize).parts().unwrap().0 == class
    };
    let variable =
        |a: usize| program.blocks[0].entries.iter().find(|entry| is_of(entry, class(a))).unwrap().terms[0].0;
    let given = [variable(0), variable(1)];
    let entry = |position: u32, k: u32| BlockEntry {
        row: position,
        column: position,
        constant: Complex64::from(-0.1),
        terms: [(k, Complex64::ONE)].into_iter().collect(),
    };
    let other = Block { size: 2, entries: vec![entry(0, given[0]), entry(1, given[1])], trace_bound: 2.0 };
    let without = value(&InteriorPoint, &program);
    program.blocks.push(other);
    let reduced = unitary::apply(&program, &matrix).unwrap();
    let renumbered: Vec<u32> =
        reduced.program.blocks[1].entries.iter().map(|entry| entry.terms[0].0).collect();
    assert_eq!(renumbered, [0, 1]);
    let solution = InteriorPoint.solve(&reduced.program, &Settings::default()).unwrap();
    let found = reduced.program.value(&solution.y);
    assert!((value(&InteriorPoint, &program) - found).abs() < CLOSE);
    assert!(found < without - 1e-3, "the block asks for something: {found} {without}");
    let multiplier = solution.dual.blocks[1].clone();
    let pulled = reduced.pull_back(&program, solution);
    assert_eq!(pulled.dual.blocks[1], multiplier);
    assert!(spectrum_ends(&program.blocks[1].at(&pulled.y)).unwrap().0 > -CLOSE);
    assert!((dual_bound(&program, &pulled.dual).unwrap() - found).abs() < CLOSE);
}

/// Two outcomes are an observable, which is unitary.
#[test]
fn unitary_letters_stay() {
    let algebra = Algebra::new(vec![DeviceAlgebra::black_box(2, 2), DeviceAlgebra::matrices(1, 2)]);
    let level: Level = "1+AB".parse().unwrap();
    let matrix = MomentMatrix::new(algebra.clone(), level.words(&algebra));
    let program = bound(&matrix, &Polynomial::zero(), 1.0).unwrap();
    assert!(unitary::apply(&program, &matrix).is_none());
}
