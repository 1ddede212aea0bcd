//! Symmetries are found, proved and used: the group orders that are known, the identities that make a reduced program
//! one of the original, and the same bounds with and without.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use faer::Mat;
use num_complex::Complex64;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use steerq::algebra::{Algebra, functional_polynomial};
use steerq::linalg::inner;
use steerq::moments::{Level, MomentMatrix};
use steerq::num::{Matrix, Number};
use steerq::pipeline::{self, Options};
use steerq::problem::{Problem, Source};
use steerq::program::{self, DualPoint, PointStatus, Program, Solution, Stop};
use steerq::reduce::symmetry;
use steerq::scenario::OperatorTable;
use steerq::symmetry::{Action, Group, symmetries};

fn problem(name: &str) -> Problem {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems").join(name);
    Problem::read(&path).unwrap()
}

/// The group of all symmetries of a problem's functional.
fn group(problem: &Problem) -> Group {
    let functional = problem.functional.as_ref().unwrap();
    let found = symmetries(&problem.scenario, &[&functional.operators]);
    let algebra = Algebra::of_scenario(&problem.scenario).in_unitaries();
    let actions: Vec<Action> = found.iter().map(|symmetry| Action::new(&algebra, symmetry)).collect();
    Group::generated(&algebra, &actions, 10_000).unwrap()
}

/// Eq. (6): the rotations of a cube (24), each also with the spin flip, and the exchange of identity and transpose. CHSH: the
/// sixteen relabellings that leave it, half of them doubled by complex conjugation, which changes no box. The icosahedron
/// likewise has 60 rotations. A complete set of unbiased bases: Heisenberg–Weyl times SL(2, 3), or the semilinear maps
/// of 𝔽₄².
#[test]
fn groups_have_the_orders_that_are_known() {
    for (name, order, antilinear) in [
        ("eq6.toml", 96, 48),
        ("chsh.toml", 16, 8),
        ("icosahedral.toml", 240, 120),
        ("mub3-transpose.toml", 864, 432),
        ("mub3-reduction.toml", 432, 216),
        ("mub4-transpose.toml", 7680, 3840),
    ] {
        let group = group(&problem(name));
        assert_eq!((group.order(), group.antilinear()), (order, antilinear), "{name}");
    }
}

#[test]
fn a_random_functional_has_none() {
    let problem = problem("eq6.toml");
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let table = OperatorTable::from_fn(&problem.scenario, |_| {
        let mut entry = || Number::from_approx(random.random_range(-1.0..1.0_f64).into());
        let [a, b, c, d] = std::array::from_fn(|_| entry());
        let off = &b + &(&Number::i() * &c);
        Matrix::from_fn(2, 2, |i, j| match (i, j) {
            (0, 0) => a.clone(),
            (1, 1) => d.clone(),
            (0, 1) => off.clone(),
            _ => off.conj(),
        })
    });
    assert!(symmetries(&problem.scenario, &[&table]).is_empty());
}

/// Eq. (6) in other frames, given in floating point: its symmetries permute no letters, and are found to rounding. The value
/// is what it was, and proved.
#[test]
fn frames_do_not_matter() {
    let text = r#"
[scenario]
kind = "bob-with-input"
settings = [1, 2, 3]
outcomes = 2
inputs = 2
dimension = 2
[parameters]
c = "cos(0.3)"
s = "sin(0.3)"
[functional]
formula = "(-1)^a*(delta(x,1)*(c*X + s*Z) + delta(x,2)*(-1)^y*Y + delta(x,3)*(c*Z - s*X))"
"#;
    let source = Source::new("frames", text.to_owned());
    let problem = Problem::parse(source, Path::new(".")).unwrap();
    assert_eq!(group(&problem).order(), 96);
    let options = Options { search: None, ..Options::default() };
    let report = pipeline::bound(&problem, &options).unwrap();
    let used = report.solver.symmetry.unwrap();
    assert!(!used.exact);
    let outer = report.bounds.quantum_outer;
    assert!(outer.verified && (outer.value.unwrap() - 24_f64.sqrt()).abs() < 1e-7, "{outer:?}");
}

/// A broken symmetry is not taken for one: one coefficient of Eq. (6) changed in its last digits leaves those that do not
/// touch it.
#[test]
fn a_small_difference_breaks_symmetry() {
    let problem = problem("eq6.toml");
    let operators = &problem.functional.as_ref().unwrap().operators;
    let changed = OperatorTable::from_fn(&problem.scenario, |index| {
        let matrix = operators.get(index);
        let special = (index.a, index.x, index.y) == (0, 0, 0);
        matrix.map(|entry| {
            if special { entry * &Number::from_decimal("1.000000001").unwrap() } else { entry.clone() }
        })
    });
    let algebra = Algebra::of_scenario(&problem.scenario).in_unitaries();
    let found = symmetries(&problem.scenario, &[&changed]);
    assert!(found.iter().all(|symmetry| symmetry.is_exact()));
    let actions: Vec<Action> = found.iter().map(|symmetry| Action::new(&algebra, symmetry)).collect();
    // Rotations that fix the axis X, and reflections that do, which are antiunitary: the symmetries of a square.
    assert_eq!(Group::generated(&algebra, &actions, 1000).unwrap().order(), 8);
}

fn random_hermitian(n: usize, real: bool, random: &mut ChaCha8Rng) -> Mat<Complex64> {
    let noise = Mat::from_fn(n, n, |_, _| {
        let im = if real { 0.0 } else { random.random_range(-1.0..1.0) };
        Complex64::new(random.random_range(-1.0..1.0), im)
    });
    &noise + noise.adjoint()
}

fn solution(y: Vec<f64>, blocks: Vec<Mat<Complex64>>) -> Solution {
    Solution {
        stop: Stop::Converged,
        primal_status: PointStatus::Unknown,
        dual_status: PointStatus::Unknown,
        y,
        dual: DualPoint { blocks, inequalities: Vec::new(), equalities: Vec::new() },
        enclosure: None,
        backend: "none",
        iterations: 0,
        seconds: 0.0,
    }
}

/// At a random point z of the reduced program and a random dual Z: the objective and ⟨Z, blocks⟩ are those of what is pulled
/// back, so nothing is off by a factor; and where all letters are unitary the blocks hold all of Γ, for tr Γ² is the
/// sum of theirs: no link between equivalent representations is missed.
#[test]
fn a_reduced_program_is_the_original_on_symmetric_moments() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for (name, level) in [
        ("eq6.toml", "1+AB"),
        ("eq6.toml", "2+AAB"),
        ("chsh.toml", "2"),
        ("chaves.toml", "1+AB"),
        ("icosahedral.toml", "1+AB"),
        ("four-inputs.toml", "1+AB"),
        ("instrumental-octahedron.toml", "1+AB"),
        ("cglmp.toml", "1+AB"),
        ("qutrit.toml", "1"),
        ("mub3-transpose.toml", "1+AB"),
        ("mub4-pair.toml", "1"),
        ("mub4-transpose.toml", "1+AB"),
    ] {
        let problem = problem(name);
        let algebra = Algebra::of_scenario(&problem.scenario);
        let polynomial = functional_polynomial(&algebra, problem.functional.as_ref().unwrap());
        let level: Level = level.parse().unwrap();
        let matrix = MomentMatrix::new(algebra.clone(), level.words(&algebra));
        let program = program::bound::bound(&matrix, &polynomial, 1.0).unwrap();
        let group = group(&problem);
        let reduced = symmetry::apply(&program, &matrix, &group).unwrap().or_else(|| {
            let monomial = group.monomial(&algebra.in_unitaries()).unwrap();
            symmetry::apply(&program, &matrix, &monomial).unwrap()
        });
        let reduced = reduced.unwrap_or_else(|| panic!("{name} is reduced"));
        let small: &Program = &reduced.program;
        assert!(small.variables() < program.variables(), "{name}");
        let z: Vec<f64> = (0..small.variables()).map(|_| random.random_range(-1.0..1.0)).collect();
        let duals: Vec<Mat<Complex64>> = small
            .blocks
            .iter()
            .map(|block| random_hermitian(block.size, block.is_real(), &mut random))
            .collect();
        let blocks: Vec<Mat<Complex64>> = small.blocks.iter().map(|block| block.at(&z)).collect();
        let pairing: f64 = duals.iter().zip(&blocks).map(|(dual, block)| inner(dual, block)).sum();
        let squares: f64 = blocks.iter().map(|block| inner(block, block)).sum();
        let value = small.value(&z);
        let y = reduced.point(&program, &matrix, &z).unwrap();
        let back = reduced.pull_back(solution(z, duals));
        let gamma = program.blocks[0].at(&y);
        // Sums of at most a million terms of order one.
        let near = |left: f64, right: f64| (left - right).abs() <= 1e-9 * (1.0 + left.abs().max(right.abs()));
        assert!(near(value, program.value(&y)), "{name}: objective");
        assert!(near(pairing, inner(&back.dual.blocks[0], &gamma)), "{name}: pairing");
        let unitary = matrix.algebra().in_unitaries().devices().len() == 2
            && problem.scenario.outcomes().len() == 2
            && (!problem.scenario.is_diagonal() || problem.scenario.dimension() == 2);
        if unitary {
            assert!(near(squares, inner(&gamma, &gamma)), "{name}: {squares} of {}", inner(&gamma, &gamma));
        }
    }
}

/// Bounds and visibilities are the same to 10⁻⁷ with and without symmetry, and proved in either case.
#[test]
fn symmetry_changes_no_bound() {
    for name in [
        "eq6.toml",
        "chsh.toml",
        "eq5.toml",
        "cglmp.toml",
        "qutrit.toml",
        "lossy.toml",
        "four-inputs.toml",
        "elegant-steering.toml",
        "cube-transpose.toml",
        "instrumental-octahedron.toml",
        "magic-square.toml",
    ] {
        let problem = problem(name);
        let options = |symmetry| Options { search: None, symmetry, ..Options::default() };
        if problem.functional.is_some() {
            let [with, without] =
                [true, false].map(|symmetry| pipeline::bound(&problem, &options(symmetry)).unwrap());
            assert!(with.solver.symmetry.is_some() && without.solver.symmetry.is_none(), "{name}");
            let [with, without] = [with, without].map(|report| report.bounds.quantum_outer);
            assert!(with.verified && without.verified, "{name}");
            let difference = with.value.unwrap() - without.value.unwrap();
            assert!(
                difference.abs() <= 1e-7 * without.value.unwrap().abs().max(1.0),
                "{name}: {difference:e}"
            );
        }
        if problem.assemblage().unwrap().is_some() {
            let [with, without] = [true, false]
                .map(|symmetry| pipeline::visibility(&problem, &options(symmetry)).unwrap().visibility.outer);
            assert_eq!(with.verified, without.verified, "{name}");
            let difference = with.value.unwrap() - without.value.unwrap();
            assert!(difference.abs() <= 1e-7, "{name}: visibility {difference:e}");
        }
    }
}
