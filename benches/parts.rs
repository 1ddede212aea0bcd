//! The parts of a solve, and whole solves of Eq. (6)'s inequality.
//!
//! `cargo bench` runs everything; `cargo bench -- words` one group.

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use steerq::algebra::{Algebra, DeviceAlgebra};
use steerq::moments::{Level, MomentMatrix};
use steerq::pipeline::{Options, bound};
use steerq::problem::{Problem, Source};

const EQ6: &str = include_str!("../problems/eq6.toml");

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
    for text in ["1+AB", "2", "2+AAB+ABB+AABB", "4"] {
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

criterion_group!(benches, words, moment_matrix, problem, solve);
criterion_main!(benches);
