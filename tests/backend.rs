//! What the backend says about programs of every kind: why it stopped, what its points are, and
//! that a failure inside is an error outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use num_complex::Complex64;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use smallvec::smallvec;
use steerq::algebra::{Algebra, DeviceAlgebra};
use steerq::backend::{
    Auto, Backend, Bookmark, Clarabel, Dimensions, FirstOrder, InteriorPoint, Precision, Settings,
    SolveError, check_memory,
};
use steerq::moments::{Level, MomentMatrix};
use steerq::program::{
    Affine, Block, BlockEntry, MomentVariables, PointStatus, Program, Solution, Stop, repair,
};

/// maximise 2 Re z + offset over [[1, z], [z*, 1]] ⪰ 0: 2 + offset.
fn correlation(offset: f64) -> Program {
    let mut program = Program { offset, ..Program::default() };
    let re = program.add_variable(2.0, 1.0);
    let im = program.add_variable(0.0, 1.0);
    let one = Complex64::ONE;
    let entry = |row, column, constant, terms| BlockEntry { row, column, constant, terms };
    program.blocks.push(Block {
        size: 2,
        entries: vec![
            entry(0, 0, one, smallvec![]),
            entry(0, 1, Complex64::ZERO, smallvec![(re, one), (im, Complex64::I)]),
            entry(1, 1, one, smallvec![]),
        ],
        trace_bound: 2.0,
    });
    program
}

/// Every backend meets every requirement of this file.
const BACKENDS: [&dyn Backend; 4] = [&Auto, &Clarabel, &InteriorPoint, &FirstOrder];

const RANDOM_PROBLEMS: usize = 200;

/// What first-order methods aim for at best; the others go to 1e-9.
const ACCURACY: f64 = 1e-7;

fn solve(backend: &dyn Backend, program: &Program) -> Solution {
    let solution = backend.solve(program, &Settings::default());
    solution.unwrap_or_else(|error| panic!("{}: {error}", backend.name()))
}

/// The bound that the backend's multipliers prove, which lies above the value whatever they are.
fn assert_bound(backend: &dyn Backend, program: &Program, value: f64) {
    let (bound, _) = repair(program, solve(backend, program).dual).unwrap();
    assert!((value - 1e-12..value + ACCURACY).contains(&bound), "{}: {bound} {value}", backend.name());
}

#[test]
fn a_solvable_program() {
    let program = correlation(0.5);
    for backend in BACKENDS {
        let solution = solve(backend, &program);
        assert_eq!(solution.stop, Stop::Converged, "{}", backend.name());
        assert_eq!(solution.dual_status, PointStatus::Feasible, "{}", backend.name());
        let primal = solution.primal_status;
        assert!(matches!(primal, PointStatus::Feasible | PointStatus::NearlyFeasible), "{}", backend.name());
        // The points are good to about the square root of the tolerance at worst.
        assert!((program.value(&solution.y) - 2.5).abs() < 1e-4, "{}", backend.name());
        assert_bound(backend, &program, 2.5);
    }
}

/// All three kinds of constraints at once: with im = 0.6 the modulus leaves re = 0.8, but re ≤ 0.7.
#[test]
fn equalities_and_inequalities() {
    let mut program = correlation(0.0);
    program.equalities.push(Affine { constant: -0.6, terms: vec![(1, 1.0)] });
    BACKENDS.iter().for_each(|backend| assert_bound(*backend, &program, 1.6));
    program.inequalities.push(Affine { constant: 0.7, terms: vec![(0, -1.0)] });
    BACKENDS.iter().for_each(|backend| assert_bound(*backend, &program, 1.4));
}

/// Equalities that tie variables together: the constraints no longer partition the entries.
#[test]
fn sums_of_variables() {
    let mut program = correlation(0.0);
    // re + im = 1 and |z| ≤ 1: re ≤ 1.
    program.equalities.push(Affine { constant: -1.0, terms: vec![(0, 1.0), (1, 1.0)] });
    BACKENDS.iter().for_each(|backend| assert_bound(*backend, &program, 2.0));
}

/// Many blocks that share variables: t ≤ cos of the largest of eight angles between ⟨00⟩ and ⟨11⟩.
#[test]
fn many_blocks() {
    let mut program = Program::default();
    let t = program.add_variable(1.0, 1.0);
    for k in 1..=8_u32 {
        let one = Complex64::ONE;
        let entry = |row, column, constant, terms| BlockEntry { row, column, constant, terms };
        let phase = Complex64::from_polar(1.0 + f64::from(k) / 8.0, f64::from(k));
        let entries = vec![
            entry(0, 0, one, smallvec![]),
            entry(0, 1, Complex64::ZERO, smallvec![(t, phase)]),
            entry(1, 1, one, smallvec![]),
        ];
        program.blocks.push(Block { size: 2, entries, trace_bound: 2.0 });
    }
    // |t|·(1 + 8/8) ≤ 1.
    BACKENDS.iter().for_each(|backend| assert_bound(*backend, &program, 0.5));
}

/// No interior: [[y, 1], [1, y]] ⪰ 0 and y ≤ 1 leave y = 1 alone, and −y = −1.
#[test]
fn no_interior() {
    let mut program = Program::default();
    let y = program.add_variable(-1.0, 1.0);
    let one = Complex64::ONE;
    let entry = |row, column, constant, terms| BlockEntry { row, column, constant, terms };
    let entries = vec![
        entry(0, 0, Complex64::ZERO, smallvec![(y, one)]),
        entry(0, 1, one, smallvec![]),
        entry(1, 1, Complex64::ZERO, smallvec![(y, one)]),
    ];
    program.blocks.push(Block { size: 2, entries, trace_bound: 2.0 });
    program.inequalities.push(Affine { constant: 1.0, terms: vec![(y, -1.0)] });
    BACKENDS.iter().for_each(|backend| assert_bound(*backend, &program, -1.0));
}

#[test]
fn an_infeasible_program_has_a_certificate() {
    let mut program = correlation(0.0);
    program.equalities.push(Affine { constant: -2.0, terms: vec![(0, 1.0)] });
    for backend in BACKENDS {
        let solution = solve(backend, &program);
        let found = (solution.stop, solution.dual_status);
        assert_eq!(found, (Stop::Infeasible, PointStatus::Certificate), "{}", backend.name());
    }
}

#[test]
fn an_unbounded_program_is_said_to_be() {
    let mut program = Program::default();
    let y = program.add_variable(1.0, f64::INFINITY);
    program.inequalities.push(Affine { constant: 0.0, terms: vec![(y, 1.0)] });
    for backend in BACKENDS {
        let solution = solve(backend, &program);
        let found = (solution.stop, solution.primal_status);
        assert_eq!(found, (Stop::Unbounded, PointStatus::Certificate), "{}", backend.name());
    }
}

/// Cut short, the answer says so, and the bound is loose but a bound.
#[test]
fn few_iterations_give_a_loose_bound() {
    let program = correlation(0.0);
    let settings = Settings { max_iterations: 2, ..Settings::default() };
    for backend in [&Clarabel as &dyn Backend, &InteriorPoint] {
        let solution = backend.solve(&program, &settings).unwrap();
        assert_eq!((solution.stop, solution.dual_status), (Stop::IterationLimit, PointStatus::Unknown));
        let (bound, _) = repair(&program, solution.dual).unwrap();
        assert!((2.0 - 1e-12..5.0).contains(&bound), "{}: {bound}", backend.name());
    }
}

/// Left to itself Clarabel takes a NaN for an absent row, and calls what remains solved.
#[test]
fn non_finite_data_are_an_error() {
    let mut program = correlation(0.0);
    program.blocks[0].entries[0].constant = f64::NAN.into();
    for backend in BACKENDS {
        let answer = backend.solve(&program, &Settings::default());
        assert!(matches!(answer, Err(SolveError::Failed { .. })), "{}: {answer:?}", backend.name());
    }
}

/// A random objective over the moments of a random scenario.
fn random_moment_program(random: &mut ChaCha8Rng) -> Program {
    let settings = random.random_range(2..=3);
    let outcomes = random.random_range(2..=3);
    let (inputs, d) = (random.random_range(1..=2), random.random_range(2..=3));
    let bob = match random.random_range(0..3) {
        0 => DeviceAlgebra::black_box(inputs, d),
        _ => DeviceAlgebra::matrices(inputs, d),
    };
    let algebra = Algebra::new(vec![DeviceAlgebra::black_box(settings, outcomes), bob]);
    let level: Level = if d == 2 { "1+AB" } else { "1" }.parse().unwrap();
    let matrix = MomentMatrix::new(algebra.clone(), level.words(&algebra));
    let weighed = matrix.classes().len().min(30);
    let mut part = || random.random_range(-1.0..1.0);
    let form: Vec<_> = (1..weighed).map(|class| (class, Complex64::new(part(), part()))).collect();
    let mut program = Program::default();
    let mut variables = MomentVariables::new(&matrix);
    variables.release(&mut program, &form);
    program.blocks.push(variables.block());
    program
}

/// The native methods agree on random problems, to the accuracy of the first-order one; interior points
/// converge, in at most thirty iterations. Where the first-order method crawls, as it may on degenerate
/// problems, it says so, and its bound is one still.
#[test]
fn random_problems() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let few = Settings { max_iterations: 50, ..Settings::default() };
    let mut crawling = 0;
    for number in 0..RANDOM_PROBLEMS {
        let program = random_moment_program(&mut random);
        let interior = solve(&InteriorPoint, &program);
        assert_eq!(interior.stop, Stop::Converged, "{number}");
        assert!(interior.iterations <= 30, "{number}: {} iterations", interior.iterations);
        let first_order = FirstOrder.solve(&program, &few).unwrap();
        crawling += usize::from(first_order.stop != Stop::Converged);
        let accuracy = if first_order.stop == Stop::Converged { ACCURACY } else { 1e-4 };
        let [tight, loose] = [interior, first_order].map(|found| repair(&program, found.dual).unwrap().0);
        let size = 1.0 + tight.abs();
        assert!((loose - tight).abs() <= accuracy * size, "{number}: {tight} {loose}");
    }
    assert!(crawling * 50 <= RANDOM_PROBLEMS, "{crawling} of {RANDOM_PROBLEMS} did not converge");
}

/// With a goal native methods stop once it is clear on which side of it the optimum is: sooner than without one, and with a bound in any
/// case.
#[test]
fn a_goal_ends_the_solve_once_it_is_decided() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    for number in 0..5 {
        let program = random_moment_program(&mut random);
        let (optimum, _) = repair(&program, solve(&InteriorPoint, &program).dual).unwrap();
        for backend in [&FirstOrder as &dyn Backend, &InteriorPoint] {
            let whole = solve(backend, &program).iterations;
            let off = 0.1 * (1.0 + optimum.abs());
            let towards = |goal| {
                let settings = Settings { goal: Some(goal), ..Settings::default() };
                let solution = backend.solve(&program, &settings).unwrap();
                assert!(solution.iterations < whole, "{number} {}", backend.name());
                (solution.stop, repair(&program, solution.dual).unwrap().0)
            };
            let (stop, bound) = towards(optimum + off);
            assert_eq!(stop, Stop::GoalMet, "{number} {}", backend.name());
            assert!((optimum - 1e-7..=optimum + off + 1e-9).contains(&bound), "{number}: {bound} {optimum}");
            let (stop, bound) = towards(optimum - off);
            assert_eq!(stop, Stop::GoalMissed, "{number} {}", backend.name());
            // What it is missed by is known to a factor of three.
            assert!((optimum - 1e-7..=optimum + 2.0 * off).contains(&bound), "{number}: {bound} {optimum}");
        }
    }
}

/// Out of patience the first-order method gives the bound that it has, if there is a goal to be patient for.
#[test]
fn patience_ends_where_a_goal_is_open() {
    let program = random_moment_program(&mut ChaCha8Rng::seed_from_u64(3));
    let (optimum, _) = repair(&program, solve(&InteriorPoint, &program).dual).unwrap();
    let hasty = Settings { patience: Some(20), ..Settings::default() };
    // Converging takes longer than that, and so does a decision so near the optimum.
    let near = Settings { goal: Some(optimum - 1e-12), ..hasty.clone() };
    let left = FirstOrder.solve(&program, &near).unwrap();
    assert_eq!((left.stop, left.iterations), (Stop::Postponed, 20));
    let (bound, _) = repair(&program, left.dual).unwrap();
    assert!(bound.is_finite() && bound >= optimum - 1e-9, "{bound} {optimum}");
    assert_eq!(FirstOrder.solve(&program, &hasty).unwrap().stop, Stop::Converged);
}

/// With a bookmark the first-order method goes on from where it left, and no bound that it had is lost.
#[test]
fn a_solve_goes_on_from_its_bookmark() {
    let program = random_moment_program(&mut ChaCha8Rng::seed_from_u64(3));
    let (optimum, _) = repair(&program, solve(&InteriorPoint, &program).dual).unwrap();
    let whole = solve(&FirstOrder, &program).iterations;
    let bookmark = Some(Bookmark::default());
    let goal = Some(optimum - 1e-12);
    let hasty =
        Settings { patience: Some(whole / 2), goal, bookmark: bookmark.clone(), ..Settings::default() };
    let left = FirstOrder.solve(&program, &hasty).unwrap();
    assert_eq!(left.stop, Stop::Postponed);
    // One more iteration, which finds nothing better.
    let hasty = Settings { patience: Some(1), ..hasty };
    let next = FirstOrder.solve(&program, &hasty).unwrap();
    let [before, after] = [&left, &next].map(|found| repair(&program, found.dual.clone()).unwrap().0);
    assert!(after <= before + 1e-9, "{after} {before}");
    assert_eq!(next.iterations, left.iterations + 1);
    let last = FirstOrder.solve(&program, &Settings { bookmark, ..Settings::default() }).unwrap();
    assert_eq!(last.stop, Stop::Converged);
    // Not the sum of both: only the memory of the acceleration is lost.
    assert!(4 * last.iterations < 5 * whole, "{} instead of {whole}", last.iterations);
    let (bound, _) = repair(&program, last.dual).unwrap();
    assert!((bound - optimum).abs() <= ACCURACY * (1.0 + optimum.abs()), "{bound} {optimum}");
    // That of another program is of no use, and does no harm.
    let bookmark = Some(Bookmark::default());
    let marked = Settings { bookmark, ..Settings::default() };
    for seed in [4, 3] {
        let other = random_moment_program(&mut ChaCha8Rng::seed_from_u64(seed));
        let found = FirstOrder.solve(&other, &marked).unwrap();
        let (expected, _) = repair(&other, solve(&InteriorPoint, &other).dual).unwrap();
        let (bound, _) = repair(&other, found.dual).unwrap();
        assert!((bound - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{seed}: {bound} {expected}");
    }
}

/// The width of the optimum's enclosure in double-double arithmetic, which holds the value that f64 finds.
fn width_in_dd(program: &Program) -> f64 {
    let solution = Auto.solve(program, &Settings::new(Precision::Dd)).unwrap();
    let enclosure = solution.enclosure.unwrap();
    let (bound, _) = repair(program, solve(&InteriorPoint, program).dual).unwrap();
    assert!((enclosure.upper.to_f64().value() - bound).abs() < 1e-8, "{enclosure:?} {bound}");
    (enclosure.upper - enclosure.lower).to_f64().value()
}

/// Double-double arithmetic goes twice as far as f64, on complex programs and with all kinds of constraints. As in
/// f64, the more so the less degenerate: 10⁻¹⁸ is between ε and its square root.
#[test]
fn double_double() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut mixed = correlation(0.5);
    mixed.equalities.push(Affine { constant: -0.625, terms: vec![(1, 1.0)] });
    mixed.inequalities.push(Affine { constant: 0.75, terms: vec![(0, -1.0)] });
    let complex = random_moment_program(&mut random);
    assert!(complex.blocks.iter().any(|block| !block.is_real()));
    for (name, program) in [("correlation", correlation(0.5)), ("mixed", mixed), ("complex", complex)] {
        let width = width_in_dd(&program);
        assert!((0.0..1e-18).contains(&width), "{name}: {width:e}");
    }
    for backend in [&Clarabel as &dyn Backend, &FirstOrder] {
        let refused = backend.solve(&correlation(0.0), &Settings::new(Precision::Dd)).unwrap_err();
        assert!(matches!(refused, SolveError::Precision { .. }), "{refused}");
    }
}

#[test]
fn what_does_not_fit_is_refused_unbuilt() {
    let dimensions = Dimensions { blocks: vec![(5000, false)], variables: 1_000_000, rows: 0 };
    let error = check_memory(&Clarabel, &dimensions).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("PiB of memory") && text.contains("steerq info"), "{text}");
}
