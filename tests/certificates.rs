//! Certificates as users meet them: written by the program, accepted by both checkers, on the right
//! side of the truth; and what is tampered with is not accepted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{json, number};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use steerq_check::{Outcome, check_str};

const PROBLEMS: [&str; 9] =
    ["eq5", "eq6", "chsh", "i3322", "lossy", "measured", "pauli2", "pauli3", "qutrit"];

/// Runs a command with `--certificate` and returns its result and the certificate's text.
fn certified(command: &str, problem: &str, code: i32) -> (Value, Option<String>) {
    let path = certificate_path(&format!("{command}-{problem}"));
    let _ = std::fs::remove_file(&path);
    let file = format!("problems/{problem}.toml");
    let report = json(&[command, &file, "--certificate", &path.display().to_string()], code);
    (report, std::fs::read_to_string(&path).ok())
}

fn certificate_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.cert.json"))
}

/// The second checker's verdict, where there is a Python to run it.
fn python_accepts(text: &str, name: &str) -> Option<bool> {
    let path = certificate_path(&format!("python-{name}"));
    std::fs::write(&path, text).unwrap();
    let output = Command::new("python3").arg("scripts/verify.py").arg(&path).output().ok()?;
    Some(output.status.success())
}

fn is_verified(text: &str) -> bool {
    matches!(check_str(text), Outcome::Verified { .. })
}

#[test]
fn every_bound_of_the_problems_is_verified_by_both_checkers() {
    for problem in PROBLEMS {
        let (report, text) = certified("bound", problem, 0);
        for rung in ["classical", "quantum_outer", "no_signalling"] {
            assert_eq!(report["bounds"][rung]["verified"], true, "{problem}: {rung}");
            let decimal = report["bounds"][rung]["certified"].as_str().unwrap();
            let value = number(&report, &format!("/bounds/{rung}/value"));
            assert_eq!(decimal.parse::<f64>().unwrap(), value, "{problem}: {rung}");
        }
        let text = text.unwrap();
        assert!(is_verified(&text), "{problem}: {}", check_str(&text));
        assert_ne!(python_accepts(&text, problem), Some(false), "{problem}");
    }
}

#[test]
fn every_verdict_and_threshold_is_verified_by_both_checkers() {
    for problem in ["eq5", "eq6", "chsh", "lossy", "measured", "qutrit"] {
        for command in ["certify", "visibility"] {
            let (report, text) = certified(command, problem, 0);
            let pointer = if command == "certify" { "/verified" } else { "/visibility/outer/verified" };
            assert_eq!(report.pointer(pointer), Some(&json!(true)), "{command} {problem}");
            let text = text.unwrap();
            assert!(is_verified(&text), "{command} {problem}: {}", check_str(&text));
            assert_ne!(python_accepts(&text, &format!("{command}-{problem}")), Some(false));
        }
    }
}

/// What is accepted by the hierarchy has no certificate, and none is written.
#[test]
fn no_certificate_without_a_claim() {
    let (report, text) = certified("certify", "pauli2", 3);
    assert_eq!((report["verified"].clone(), text), (json!(false), None));
}

/// Both kinds of bounds lie outside the truth, by less than 10⁻⁷ of it.
#[test]
fn certified_numbers_are_on_the_right_side() {
    let root = f64::sqrt;
    let bounds = [
        ("eq6", [2.0 * root(3.0), 2.0 * root(6.0), 6.0]),
        ("eq5", [2.0, root(8.0), 4.0]),
        ("chsh", [2.0, root(8.0), 4.0]),
        ("lossy", [2.0, root(8.0), 4.0]),
        ("pauli2", [(2.0 + root(2.0)) / 4.0, 1.0, 1.0]),
        ("pauli3", [(3.0 + root(3.0)) / 4.0, 1.5, 1.5]),
        ("qutrit", [2.0 / 3.0, 1.0 / 3.0 + 2.0 / root(27.0), 1.0]),
    ];
    for (problem, truths) in bounds {
        let (report, _) = certified("bound", problem, 0);
        for (rung, truth) in ["classical", "quantum_outer", "no_signalling"].into_iter().zip(truths) {
            let value = number(&report, &format!("/bounds/{rung}/value"));
            assert!((truth..truth * (1.0 + 1e-7)).contains(&value), "{problem} {rung}: {value} {truth}");
        }
    }
    for (problem, truth) in [("eq6", root(6.0) / 3.0), ("eq5", root(0.5)), ("chsh", root(0.5))] {
        let (report, _) = certified("visibility", problem, 0);
        let value = number(&report, "/visibility/outer/value");
        assert!((truth..truth * (1.0 + 1e-7)).contains(&value), "{problem}: {value} {truth}");
    }
}

/// A dual of few iterations proves less, but what it proves is proved.
#[test]
fn a_bad_solve_gives_a_valid_looser_certificate() {
    use steerq::backend::Settings;
    use steerq::pipeline::{Options, Silent, bound};
    let problem = steerq::problem::Problem::read(Path::new("problems/eq6.toml")).unwrap();
    let settings = Settings { max_iterations: 5, ..Settings::default() };
    let report = bound(&problem, &Options { level: None, settings, progress: &Silent }).unwrap();
    let outer = report.bounds.quantum_outer;
    let value = outer.value.unwrap();
    assert!(outer.verified && report.solver.status == "iteration limit");
    assert!(value > 24_f64.sqrt() + 1e-4 && value < 6.0, "{value}");
}

/// One random change that breaks the claim of a quantum bound close to the truth.
fn mutant(certificate: &Value, random: &mut ChaCha8Rng) -> Value {
    let mut changed = certificate.clone();
    let n = certificate["proof"]["words"].as_array().unwrap().len();
    match random.random_range(0..6) {
        // The bound below the truth.
        0 => {
            let bound: f64 = certificate["claim"]["bound"].as_str().unwrap().parse().unwrap();
            let lower = bound - bound.abs() * 10_f64.powf(random.random_range(-5.0..0.0)) - 1e-6;
            changed["claim"]["bound"] = json!(format!("{lower:.11}"));
        }
        // An entry of the Gram matrix by at least 10⁻⁶.
        1 => {
            let part =
                if certificate["proof"]["gram"]["im"].is_array() && random.random() { "im" } else { "re" };
            let column = random.random_range(1..n);
            let row =
                if part == "im" { random.random_range(0..column) } else { random.random_range(0..=column) };
            let scale = certificate["proof"]["gram"]["scale"].as_i64().unwrap();
            let change = 1_i64 << (scale - random.random_range(3..20));
            let change = if random.random() { change } else { -change };
            let entry = &mut changed["proof"]["gram"][part][column * (column + 1) / 2 + row];
            *entry = json!(entry.as_i64().unwrap() + change);
        }
        // A word that the proof uses, replaced by another one of the list.
        2 => {
            let diagonal = |i: usize| {
                let entry = &certificate["proof"]["gram"]["re"][i * (i + 1) / 2 + i];
                entry.as_i64().unwrap()
            };
            let largest = (0..n).map(diagonal).max().unwrap();
            let used: Vec<usize> = (1..n).filter(|&i| diagonal(i) > largest / 1_000_000).collect();
            let (i, j) = (used[random.random_range(0..used.len())], random.random_range(0..n));
            let words = &certificate["proof"]["words"];
            changed["proof"]["words"][i] = if i == j { json!([]) } else { words[j].clone() };
        }
        // One operator of the functional with the other sign, or conjugated and shifted.
        3 => {
            let tables = certificate["functional"].as_array().unwrap().len();
            let index = random.random_range(0..tables);
            changed["functional"][index][0][0] = json!("3");
        }
        // Complex conjugation of the Gram matrix, or of its sign.
        4 => {
            let part = if certificate["proof"]["gram"]["im"].is_array() { "im" } else { "re" };
            for entry in changed["proof"]["gram"][part].as_array_mut().unwrap() {
                *entry = json!(-entry.as_i64().unwrap());
            }
        }
        // The margin left out, and the diagonal shrunk to match.
        _ => {
            changed["proof"]["margin"] = json!("0");
            let scale = certificate["proof"]["gram"]["scale"].as_i64().unwrap();
            for i in 0..n {
                let entry = &mut changed["proof"]["gram"]["re"][i * (i + 1) / 2 + i];
                *entry = json!(entry.as_i64().unwrap() - (1_i64 << (scale - 20)));
            }
        }
    }
    changed
}

/// The places at which two JSON values differ.
fn difference(one: &Value, other: &Value) -> String {
    match (one, other) {
        (Value::Object(left), Value::Object(right)) => left
            .iter()
            .filter(|(key, value)| right.get(*key) != Some(value))
            .map(|(key, value)| format!("{key}{}", difference(value, &other[key])))
            .collect(),
        (Value::Array(left), Value::Array(right)) => left
            .iter()
            .zip(right)
            .enumerate()
            .filter(|(_, (l, r))| l != r)
            .take(5)
            .map(|(i, (l, r))| format!("[{i}]{}", difference(l, r)))
            .collect(),
        _ => format!(": {one} → {other}; "),
    }
}

/// None of many mutants is accepted: 600 here, 10,000 with `--ignored`.
fn no_mutant_of(count: usize, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Certificates whose functional has words that matter and whose bound is tight to 10⁻⁸.
    let originals: Vec<Value> = ["eq6", "eq5", "lossy", "qutrit"]
        .iter()
        .map(|problem| serde_json::from_str(&certified("bound", problem, 0).1.unwrap()).unwrap())
        .collect();
    for number in 0..count {
        let original = &originals[number % originals.len()];
        let changed = mutant(original, &mut random);
        if changed == *original {
            continue;
        }
        let text = changed.to_string();
        assert!(!is_verified(&text), "mutant {number} was accepted: {}", difference(original, &changed));
    }
}

#[test]
fn mutants_are_not_accepted() {
    no_mutant_of(600, 1);
}

#[test]
#[ignore = "10,000 mutants take minutes"]
fn ten_thousand_mutants_are_not_accepted() {
    no_mutant_of(10_000, 2);
}
