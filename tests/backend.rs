//! What the backend says about programs of every kind: why it stopped, what its points are, and
//! that a failure inside is an error outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use num_complex::Complex64;
use smallvec::smallvec;
use steerq::backend::{Backend, Clarabel, Dimensions, Settings, SolveError, check_memory};
use steerq::program::{Affine, Block, BlockEntry, PointStatus, Program, Stop, repair};

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

fn solve(program: &Program) -> Result<steerq::program::Solution, SolveError> {
    Clarabel.solve(program, &Settings::default())
}

#[test]
fn a_solvable_program() {
    let program = correlation(0.5);
    let solution = solve(&program).unwrap();
    assert_eq!(solution.stop, Stop::Converged);
    assert_eq!(
        (solution.primal_status, solution.dual_status),
        (PointStatus::Feasible, PointStatus::Feasible)
    );
    // The solver's tolerance is 1e-9; its points are good to about its square root at worst.
    assert!((program.value(&solution.y) - 2.5).abs() < 1e-6);
    let (bound, _) = repair(&program, solution.dual).unwrap();
    assert!((2.5 - 1e-12..2.5 + 1e-8).contains(&bound), "{bound}");
}

/// All three kinds of constraints at once: with im = 0.6 the modulus leaves re = 0.8, but re ≤ 0.7.
#[test]
fn equalities_and_inequalities() {
    let mut program = correlation(0.0);
    program.equalities.push(Affine { constant: -0.6, terms: vec![(1, 1.0)] });
    let (bound, _) = repair(&program, solve(&program).unwrap().dual).unwrap();
    assert!((bound - 1.6).abs() < 1e-7, "{bound}");
    program.inequalities.push(Affine { constant: 0.7, terms: vec![(0, -1.0)] });
    let (bound, _) = repair(&program, solve(&program).unwrap().dual).unwrap();
    assert!((bound - 1.4).abs() < 1e-7, "{bound}");
}

#[test]
fn an_infeasible_program_has_a_certificate() {
    let mut program = correlation(0.0);
    program.equalities.push(Affine { constant: -2.0, terms: vec![(0, 1.0)] });
    let solution = solve(&program).unwrap();
    assert_eq!((solution.stop, solution.dual_status), (Stop::Infeasible, PointStatus::Certificate));
}

#[test]
fn an_unbounded_program_is_said_to_be() {
    let mut program = Program::default();
    let y = program.add_variable(1.0, f64::INFINITY);
    program.inequalities.push(Affine { constant: 0.0, terms: vec![(y, 1.0)] });
    let solution = solve(&program).unwrap();
    assert_eq!((solution.stop, solution.primal_status), (Stop::Unbounded, PointStatus::Certificate));
}

/// Cut short, the answer says so, and the bound is loose but a bound.
#[test]
fn few_iterations_give_a_loose_bound() {
    let program = correlation(0.0);
    let settings = Settings { max_iterations: 2, ..Settings::default() };
    let solution = Clarabel.solve(&program, &settings).unwrap();
    assert_eq!((solution.stop, solution.dual_status), (Stop::IterationLimit, PointStatus::Unknown));
    let (bound, _) = repair(&program, solution.dual).unwrap();
    assert!((2.0 - 1e-12..5.0).contains(&bound), "{bound}");
}

/// Left to itself Clarabel takes a NaN for an absent row, and calls what remains solved.
#[test]
fn non_finite_data_are_an_error() {
    let mut program = correlation(0.0);
    program.blocks[0].entries[0].constant = f64::NAN.into();
    match solve(&program) {
        Err(SolveError::Failed { backend, .. }) => assert_eq!(backend, "clarabel"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_does_not_fit_is_refused_unbuilt() {
    let dimensions = Dimensions { blocks: vec![(5000, false)], variables: 1_000_000, rows: 0 };
    let error = check_memory(&Clarabel, &dimensions).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("PiB of memory") && text.contains("steerq info"), "{text}");
}
