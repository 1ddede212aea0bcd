//! What must not change a value: other names for settings, outcomes and inputs, another basis of
//! Bob's; and what must never happen: a quantum assemblage called post-quantum.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use faer::Mat;
use num_complex::Complex64;
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use steerq::linalg::hermitian_eigen;
use steerq::pipeline::{Options, bound, certify, visibility};
use steerq::problem::{Problem, Source};
use steerq::report::{BoundReport, Quantity, Verdict};

type Matrix = Mat<Complex64>;

/// Two solves of the same problem agree to the solver's accuracy.
const ACCURACY: f64 = 1e-6;

/// Operators indexed by (a, x, y), y fastest.
#[derive(Clone)]
struct Table {
    shape: [usize; 3],
    dimension: usize,
    operators: Vec<Matrix>,
}

impl Table {
    fn get(&self, [a, x, y]: [usize; 3]) -> &Matrix {
        &self.operators[(a * self.shape[1] + x) * self.shape[2] + y]
    }

    fn from_fn(shape: [usize; 3], dimension: usize, mut f: impl FnMut([usize; 3]) -> Matrix) -> Self {
        let mut operators = Vec::new();
        for a in 0..shape[0] {
            for x in 0..shape[1] {
                for y in 0..shape[2] {
                    operators.push(f([a, x, y]));
                }
            }
        }
        Self { shape, dimension, operators }
    }

    /// As a problem file; `what` is `functional` or `assemblage`.
    fn problem(&self, what: &str, level: &str) -> Problem {
        let [outcomes, settings, inputs] = self.shape;
        let d = self.dimension;
        let mut elements = Vec::new();
        for a in 0..outcomes {
            for x in 0..settings {
                for y in 0..inputs {
                    let matrix = self.get([a, x, y]);
                    let row = |i: usize| {
                        let entry = |j: usize| {
                            let z: Complex64 = matrix[(i, j)];
                            format!("\"{}{:+}i\"", z.re, z.im)
                        };
                        format!("[{}]", (0..d).map(entry).collect::<Vec<_>>().join(", "))
                    };
                    let rows = (0..d).map(row).collect::<Vec<_>>().join(", ");
                    let input = if inputs == 1 { String::new() } else { format!("y = {y}, ") };
                    elements.push(format!("{{a = {a}, x = {x}, {input}matrix = [{rows}]}}"));
                }
            }
        }
        let kind = if inputs == 1 {
            "\"traditional\"".to_owned()
        } else {
            format!("\"bob-with-input\"\ninputs = {inputs}")
        };
        let text = format!(
            "[scenario]\nkind = {kind}\nsettings = {settings}\noutcomes = {outcomes}\ndimension = {d}\n[{what}]\nelements = [{}]\n\
             [hierarchy]\nlevel = \"{level}\"\n",
            elements.join(",\n")
        );
        Problem::parse(Source::new("test", text), Path::new("")).unwrap()
    }
}

fn options() -> Options<'static> {
    Options::default()
}

fn random_matrix(n: usize, random: &mut ChaCha8Rng) -> Matrix {
    Mat::from_fn(n, n, |_, _| Complex64::new(random.random_range(-1.0..1.0), random.random_range(-1.0..1.0)))
}

fn random_hermitian(n: usize, random: &mut ChaCha8Rng) -> Matrix {
    let noise = random_matrix(n, random);
    (&noise + noise.adjoint()) * faer::Scale(Complex64::from(0.5))
}

fn random_unitary(n: usize, random: &mut ChaCha8Rng) -> Matrix {
    hermitian_eigen(&random_hermitian(n, random)).unwrap().1
}

fn ladder(report: &BoundReport) -> [f64; 3] {
    let value = |quantity: &Quantity| quantity.value.unwrap();
    let bounds = &report.bounds;
    [value(&bounds.classical), value(&bounds.quantum_outer), value(&bounds.no_signalling)]
}

fn shuffled(n: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(random);
    order
}

/// tr_A[(M ⊗ 1)ρ] for a pure state given by amplitudes Ψ (Alice's index first): (M Ψ)ᵀ Ψ*.
fn steered(effect: &Matrix, amplitudes: &Matrix) -> Matrix {
    (effect * amplitudes).transpose() * amplitudes.conjugate()
}

/// An assemblage from an explicit random model: a pure state on ℂ^m ⊗ ℂ^(d·e), random projective
/// measurements, and for each y a unitary on ℂ^(d·e) after which ℂ^e is traced out.
fn quantum_assemblage(shape: [usize; 3], d: usize, random: &mut ChaCha8Rng) -> Table {
    let [outcomes, settings, inputs] = shape;
    let (alice, environment) = (outcomes + random.random_range(0..2), random.random_range(1..3));
    let bob = d * environment;
    let state = random_matrix(alice.max(bob), random);
    let norm: f64 =
        (0..alice).flat_map(|i| (0..bob).map(move |j| (i, j))).map(|(i, j)| state[(i, j)].norm_sqr()).sum();
    let amplitudes = Mat::from_fn(alice, bob, |i, j| state[(i, j)] / norm.sqrt());
    let bases: Vec<Matrix> = (0..settings).map(|_| random_unitary(alice, random)).collect();
    let channels: Vec<Matrix> = (0..inputs).map(|_| random_unitary(bob, random)).collect();
    Table::from_fn(shape, d, |[a, x, y]| {
        let effect: Matrix = Mat::from_fn(alice, alice, |i, j| {
            let columns = (0..alice).filter(|k| k % outcomes == a);
            columns.map(|k| bases[x][(i, k)] * bases[x][(j, k)].conj()).sum()
        });
        let before = steered(&effect, &amplitudes);
        let after = &channels[y] * before * channels[y].adjoint();
        Mat::from_fn(d, d, |i, j| {
            (0..environment).map(|e| after[(i * environment + e, j * environment + e)]).sum()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5))]

    #[test]
    fn names_and_bases_do_not_matter(seed: u64, outcomes in 2..4_usize, settings in 1..3_usize) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let shape = [outcomes, settings, 2];
        let table = Table::from_fn(shape, 2, |_| random_hermitian(2, &mut random));
        let [a, x, y] = shape.map(|n| shuffled(n, &mut random));
        // Outcomes may be renamed differently for each setting.
        let outcome: Vec<Vec<usize>> = (0..settings).map(|_| shuffled(outcomes, &mut random)).collect();
        let unitaries: Vec<Matrix> = (0..2).map(|_| random_unitary(2, &mut random)).collect();
        let renamed = Table::from_fn(shape, 2, |[i, j, k]| {
            let operator = table.get([outcome[j][a[i]], x[j], y[k]]);
            &unitaries[k] * operator * unitaries[k].adjoint()
        });
        let level = if outcomes == 2 { "1+AB" } else { "1" };
        let one = bound(&table.problem("functional", level), &options()).unwrap();
        let other = bound(&renamed.problem("functional", level), &options()).unwrap();
        for (left, right) in ladder(&one).into_iter().zip(ladder(&other)) {
            prop_assert!((left - right).abs() < ACCURACY, "{left} {right}");
        }
        let [classical, quantum, general] = ladder(&one);
        prop_assert!(classical <= quantum + ACCURACY && classical <= general + ACCURACY);
        // Level 1 does not know that elements are positive, so it may exceed the general set.
        prop_assert!(level == "1" || quantum <= general + ACCURACY);
    }

    #[test]
    fn visibility_does_not_depend_on_names_and_bases(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Eq. (5), whose visibility is 1/√2, with names and Bob's basis changed at random.
        let [a, x, y] = [2, 2, 2].map(|n| shuffled(n, &mut random));
        let unitaries: Vec<Matrix> = (0..2).map(|_| random_unitary(2, &mut random)).collect();
        let table = Table::from_fn([2, 2, 2], 2, |[i, j, k]| {
            let hit = (a[i] + x[j] * y[k]) % 2;
            let state = Mat::from_fn(2, 2, |r, c| {
                Complex64::from(if r == hit && c == hit { 0.5 } else { 0.0 })
            });
            &unitaries[k] * state * unitaries[k].adjoint()
        });
        let report = visibility(&table.problem("assemblage", "1+AB"), &options()).unwrap();
        let outer = report.visibility.outer.value.unwrap();
        prop_assert!((outer - 0.5_f64.sqrt()).abs() < ACCURACY, "{outer}");
        let classical = report.visibility.classical.value.unwrap();
        prop_assert!((classical - 0.5).abs() < ACCURACY, "{classical}");
    }

    #[test]
    fn traditional_assemblages_are_never_post_quantum(seed: u64, outcomes in 2..4_usize, d in 2..5_usize) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let table = quantum_assemblage([outcomes, 3, 1], d, &mut random);
        let report = certify(&table.problem("assemblage", "1"), &options()).unwrap();
        prop_assert_ne!(report.verdict, Verdict::PostQuantum);
        prop_assert_ne!(report.verdict, Verdict::Invalid);
    }

    #[test]
    fn quantum_assemblages_are_never_post_quantum(seed: u64, outcomes in 2..4_usize, d in 2..4_usize) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let table = quantum_assemblage([outcomes, 2, 2], d, &mut random);
        let level = if d * outcomes == 4 { "1+AB" } else { "1" };
        let report = certify(&table.problem("assemblage", level), &options()).unwrap();
        prop_assert!([Verdict::Quantum, Verdict::Undecided].contains(&report.verdict), "{:?}", report.verdict);
        // An inequality's bound is above the value of every quantum assemblage.
        let functional = Table::from_fn([outcomes, 2, 2], d, |_| random_hermitian(d, &mut random));
        let ladder = ladder(&bound(&functional.problem("functional", "1"), &options()).unwrap());
        let mut value = 0.0;
        for a in 0..outcomes {
            for (x, y) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                value += steerq::linalg::inner(functional.get([a, x, y]), table.get([a, x, y]));
            }
        }
        prop_assert!(value <= ladder[1] + 1e-9, "{value} {}", ladder[1]);
    }
}
