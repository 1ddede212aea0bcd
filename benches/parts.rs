//! The parts of a solve, and whole solves of Eq. (6)'s inequality.
//!
//! `cargo bench` runs everything; `cargo bench -- words` one group. `benches/parts.md` has a table of results.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use faer::{Mat, Side};
use num_complex::Complex64;
use steerq::algebra::{Algebra, DeviceAlgebra, Polynomial, Word, functional_polynomial};
use steerq::backend::parts::{NewtonParts, Projection};
use steerq::backend::{Backend, FirstOrder, InteriorPoint, Settings};
use steerq::moments::{Conjugation, Level, MomentMatrix};
use steerq::pipeline::{Options, bound};
use steerq::problem::{Problem, Source};
use steerq::program::{Program, bound as bound_program};
use steerq::reduce::{conjugation, unitary};

const EQ6: &str = include_str!("../problems/eq6.toml");
const MUB3_TRANSPOSE: &str = include_str!("../problems/mub3-transpose.toml");
const MUB3_REDUCTION: &str = include_str!("../problems/mub3-reduction.toml");
const I3322: &str = include_str!("../problems/i3322.toml");

fn eq6_algebra() -> Algebra {
    Algebra::new(vec![DeviceAlgebra::black_box(3, 2), DeviceAlgebra::matrices(2, 2)])
}

fn level(text: &str) -> Level {
    text.parse().unwrap_or_default()
}

/// All products of the words of `1+AB`, for qubits (Pauli) and qutrits (Heisenberg–Weyl).
fn words(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("words");
    for d in [2, 3] {
        let algebra = Algebra::new(vec![DeviceAlgebra::black_box(3, 2), DeviceAlgebra::matrices(2, d)]);
        let words = level("1+AB").words(&algebra);
        group.bench_with_input(BenchmarkId::new("products", words.len()), &words, |bencher, words| {
            bencher.iter(|| {
                for u in words {
                    for v in words {
                        black_box(algebra.product(u, v));
                    }
                }
            });
        });
    }
    group.finish();
}

/// Sorting the entries of Γ into classes.
fn moment_matrix(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("moment-matrix");
    group.sample_size(10);
    for text in ["1+AB", "2", "2+AAB+ABB+AABB", "4+AAABB", "4+AABBB+AAABB+AAABBB"] {
        let algebra = eq6_algebra();
        let words = level(text).words(&algebra);
        group.bench_with_input(BenchmarkId::from_parameter(words.len()), &words, |bencher, words| {
            bencher.iter(|| MomentMatrix::new(algebra.clone(), words.clone()));
        });
    }
    group.finish();
}

/// Reading a problem file, every formula evaluated exactly.
fn problem(criterion: &mut Criterion) {
    criterion.bench_function("problem/eq6", |bencher| {
        bencher.iter(|| Problem::parse(Source::new("eq6", EQ6.to_owned()), Path::new("")));
    });
}

/// The whole ladder, from the problem to the report.
fn solve(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bound");
    group.sample_size(10);
    let Ok(problem) = Problem::parse(Source::new("eq6", EQ6.to_owned()), Path::new("")) else {
        return;
    };
    for text in ["1", "1+AB", "2"] {
        let options = Options { level: Some(level(text)), ..Options::default() };
        group.bench_function(text, |bencher| bencher.iter(|| bound(&problem, &options)));
    }
    group.finish();
}

/// A problem's functional as a polynomial.
fn polynomial(text: &str) -> Option<(Algebra, Polynomial, f64)> {
    let problem = Problem::parse(Source::new("bench", text.to_owned()), Path::new("")).ok()?;
    let functional = problem.require_functional("bound").ok()?;
    let algebra = Algebra::of_scenario(&problem.scenario);
    let polynomial = functional_polynomial(&algebra, functional);
    Some((algebra, polynomial, functional.sense.sign()))
}

/// A problem's program at a level as it comes, and its moment matrix.
fn moments(text: &str, level_name: &str) -> Option<(Program, MomentMatrix)> {
    let (algebra, polynomial, sign) = polynomial(text)?;
    let matrix = MomentMatrix::new(algebra.clone(), level(level_name).words(&algebra));
    let program = bound_program::bound(&matrix, &polynomial, sign).ok()?;
    Some((program, matrix))
}

/// A problem's program at a level, in its real form if `real` and as it comes if not.
fn program(text: &str, level_name: &str, real: bool) -> Option<Program> {
    let (program, matrix) = moments(text, level_name)?;
    if !real {
        return Some(program);
    }
    let (algebra, polynomial, _) = polynomial(text)?;
    let weighed: Vec<Word> = polynomial.terms().map(|(word, _)| word.clone()).collect();
    let found = Conjugation::fixing(&algebra, &weighed)?;
    let flips = matrix.words().iter().map(|word| found.flips(word)).collect();
    Some(conjugation::apply(&program, vec![flips])?.program)
}

/// Programs of several sizes, with their names.
fn programs(levels: &[(&str, &str, bool)]) -> Vec<(String, Program)> {
    let named = |&(text, name, real): &(&str, &str, bool)| {
        let program = program(text, name, real)?;
        let size = program.blocks.first()?.size;
        Some((format!("{}/{size}", if real { "real" } else { "complex" }), program))
    };
    levels.iter().filter_map(named).collect()
}

/// A point on both sides of the cone: not too near to its boundary, and the same in every run.
fn spread(length: usize) -> Vec<f64> {
    (0..length).map(|i| (i as f64 * 0.7).sin() / (length as f64).sqrt().sqrt()).collect()
}

/// What a first-order iteration cannot do without, its projection, and the iteration. On I3322 a hundred are not the
/// end; elsewhere preparations and the last look count too.
fn first_order(criterion: &mut Criterion) {
    let sizes = [
        (EQ6, "1+AB", false),
        (EQ6, "1+AB+ABB", true),
        (EQ6, "1+AB+ABB", false),
        (EQ6, "2+AAB+ABB+AABB", true),
        (EQ6, "2+AAB+ABB+AABB", false),
        (EQ6, "3+AABB+ABBB+AAAB", true),
        (EQ6, "4+AAABB", true),
    ];
    let mut group = criterion.benchmark_group("first-order");
    group.sample_size(10);
    for (name, program) in programs(&sizes) {
        let y = spread(program.variables());
        let matrix = program.blocks[0].at(&y);
        group.bench_function(format!("eigendecomposition/{name}"), |bencher| {
            if program.blocks[0].is_real() {
                let real = Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| matrix[(i, j)].re);
                bencher.iter(|| black_box(real.self_adjoint_eigen(Side::Lower).is_ok()));
            } else {
                bencher.iter(|| black_box(matrix.self_adjoint_eigen(Side::Lower).is_ok()));
            }
        });
        let projection = Projection::new(&program);
        let point = projection.point(&y);
        group.bench_function(format!("projection/{name}"), |bencher| {
            bencher.iter(|| black_box(projection.project(&point)));
        });
        group.bench_function(format!("iteration/{name}"), |bencher| {
            bencher.iter_custom(|count| per_iteration(&FirstOrder, 1, &program, count));
        });
    }
    for (name, program) in programs(&[(I3322, "3", true), (I3322, "4", true)]) {
        group.bench_function(format!("iteration/I3322-{name}"), |bencher| {
            bencher.iter_custom(|count| per_iteration(&FirstOrder, 1, &program, count));
        });
    }
    group.finish();
}

/// Whole solves of programs of three outcomes, without their symmetries, in projectors and in unitary letters.
fn letters(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("letters");
    group.sample_size(10);
    let settings = Settings { tolerance: 1e-7, ..Settings::default() };
    for (name, text) in [("mub3-transpose", MUB3_TRANSPOSE), ("mub3-reduction", MUB3_REDUCTION)] {
        let Some((projectors, matrix)) = moments(text, "1+AB") else { continue };
        let Some(reduced) = unitary::apply(&projectors, &matrix) else { continue };
        for (letters, program) in [("projectors", &projectors), ("unitary", &reduced.program)] {
            group.bench_function(format!("{letters}/{name}"), |bencher| {
                bencher
                    .iter(|| black_box(FirstOrder.solve(program, &settings).map(|found| found.iterations)));
            });
        }
    }
    group.finish();
}

/// The time of so many iterations, from as many solves of at most a few steps as that takes.
fn per_iteration(backend: &dyn Backend, steps: u32, program: &Program, count: u64) -> Duration {
    let settings = Settings { max_iterations: steps, ..Settings::default() };
    let (mut done, mut seconds) = (0, 0.0);
    while done < count {
        let Ok(solution) = backend.solve(program, &settings) else { return Duration::MAX };
        done += u64::from(solution.iterations.max(1));
        seconds += solution.seconds;
    }
    Duration::from_secs_f64(seconds / done as f64 * count as f64)
}

/// The Schur complement, its factorisation, a step length, and whole iterations of the interior-point method; and a
/// product of matrices, for the rate at which this machine does what they consist of.
fn interior(criterion: &mut Criterion) {
    let sizes = [
        (EQ6, "1+AB", true),
        (EQ6, "1+AB", false),
        (I3322, "3", true),
        (EQ6, "1+AB+ABB", true),
        (EQ6, "1+AB+ABB", false),
        (EQ6, "1+AB+AAB+ABB", true),
    ];
    let mut group = criterion.benchmark_group("interior-point");
    group.sample_size(10);
    let square = Mat::from_fn(500, 500, |i, j| ((i * 7 + j * 3) % 11) as f64);
    group.bench_function("product/real/500", |bencher| bencher.iter(|| black_box(&square * &square)));
    let square = Mat::from_fn(500, 500, |i, j| Complex64::new(((i * 7 + j * 3) % 11) as f64, 1.0));
    group.bench_function("product/complex/500", |bencher| bencher.iter(|| black_box(&square * &square)));
    for (name, program) in programs(&sizes) {
        let name = format!("{name}-{}", program.variables());
        let mut parts = NewtonParts::new(&program);
        group.bench_function(format!("assembly/{name}"), |bencher| bencher.iter(|| parts.assemble()));
        group.bench_function(format!("factorisation/{name}"), |bencher| bencher.iter(|| parts.factorise()));
        group.bench_function(format!("step-length/{name}"), |bencher| bencher.iter(|| parts.step_length()));
        group.bench_function(format!("iteration/{name}"), |bencher| {
            bencher.iter_custom(|count| per_iteration(&InteriorPoint, 8, &program, count));
        });
    }
    group.finish();
}

criterion_group!(benches, words, moment_matrix, problem, solve, first_order, letters, interior);
criterion_main!(benches);
