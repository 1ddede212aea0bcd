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

const PROBLEMS: [&str; 36] = [
    "eq5",
    "eq6",
    "eq6-two",
    "four-inputs",
    "three-transposes",
    "universal-not",
    "lossy",
    "measured",
    "qutrit",
    "chained-steering",
    "elegant-steering",
    "satwap-steering",
    "tilted-steering",
    "pauli2",
    "pauli3",
    "trine",
    "cube",
    "icosahedron",
    "dodecahedron",
    "mub3",
    "mub3-pair",
    "mub4-pair",
    "chsh",
    "chsh-game",
    "ch",
    "tilted",
    "tilted2",
    "chained3",
    "chained4",
    "chained5",
    "oddcycle",
    "elegant",
    "i3322",
    "cglmp",
    "satwap",
    "magic-square",
];

/// Those of them with an assemblage that no quantum model explains, nor its mixtures with much noise.
const POST_QUANTUM: [&str; 10] = [
    "eq5",
    "eq6",
    "chsh",
    "lossy",
    "measured",
    "qutrit",
    "four-inputs",
    "chained-steering",
    "elegant-steering",
    "elegant",
];

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
    for problem in POST_QUANTUM {
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
    let (report, text) = certified("visibility", "pauli2", 0);
    assert_eq!((report["visibility"]["outer"]["verified"].clone(), text), (json!(false), None));
}

/// What is known in closed form: classical, quantum and no-signalling values. The problem files name
/// the sources; where the quantum and the no-signalling value of a traditional problem agree, they are
/// the sum of the largest eigenvalues, which a maximally entangled state reaches.
fn known_bounds() -> Vec<(&'static str, [f64; 3])> {
    let root = f64::sqrt;
    let cos = |n: f64| (std::f64::consts::PI / n).cos();
    let satwap = [(1.0 + 3.0 * root(3.0)) / 2.0, 4.0, 2.0 + 2.0 * root(3.0)];
    vec![
        // Bob with input.
        ("eq5", [2.0, root(8.0), 4.0]),
        ("eq6", [2.0 * root(3.0), 2.0 * root(6.0), 6.0]),
        ("eq6-two", [2.0 * root(2.0), 4.0, 4.0]),
        ("four-inputs", [6.0 * root(3.0), 6.0 * root(6.0), 18.0]),
        ("three-transposes", [3.0 * root(3.0), 9.0, 9.0]),
        ("universal-not", [2.0 * root(3.0), 2.0 * root(6.0), 6.0]),
        ("lossy", [2.0, root(8.0), 4.0]),
        // Buhrman and Massar's is an upper bound, the value of level 1.
        ("qutrit", [2.0 / 3.0, 1.0 / 3.0 + 2.0 / root(27.0), 1.0]),
        ("chained-steering", [4.0, 3.0 * root(3.0), 6.0]),
        ("elegant-steering", [6.0, 4.0 * root(3.0), 12.0]),
        ("satwap-steering", satwap),
        ("tilted-steering", [3.0, root(10.0), 4.0]),
        // Traditional.
        ("pauli2", [(2.0 + root(2.0)) / 4.0, 1.0, 1.0]),
        ("pauli3", [(3.0 + root(3.0)) / 4.0, 1.5, 1.5]),
        ("trine", [2.0 / 3.0, 1.0, 1.0]),
        ("cube", [1.0 / root(3.0), 1.0, 1.0]),
        ("icosahedron", [(1.0 + root(5.0)) / 6.0, 1.0, 1.0]),
        ("dodecahedron", [(3.0 + root(5.0)) / 10.0, 1.0, 1.0]),
        ("mub3", [(3.0 + root(5.0)) / 2.0, 4.0, 4.0]),
        ("mub3-pair", [1.0 + 1.0 / root(3.0), 2.0, 2.0]),
        ("mub4-pair", [1.5, 2.0, 2.0]),
        // Bell.
        ("chsh", [2.0, root(8.0), 4.0]),
        ("chsh-game", [0.75, (2.0 + root(2.0)) / 4.0, 1.0]),
        ("ch", [-1.0, -(1.0 + root(2.0)) / 2.0, -1.5]),
        ("tilted", [3.0, root(10.0), 4.0]),
        ("tilted2", [4.5, root(85.0) / 2.0, 6.0]),
        ("chained3", [4.0, 6.0 * cos(6.0), 6.0]),
        ("chained4", [6.0, 8.0 * cos(8.0), 8.0]),
        ("chained5", [8.0, 10.0 * cos(10.0), 10.0]),
        ("oddcycle", [5.0 / 6.0, cos(12.0).powi(2), 1.0]),
        ("elegant", [6.0, 4.0 * root(3.0), 12.0]),
        ("cglmp", [2.0, 1.0 + root(11.0 / 3.0), 4.0]),
        ("satwap", satwap),
        ("magic-square", [8.0 / 9.0, 1.0, 1.0]),
    ]
}

/// White-noise visibilities. Where a bound's closed form implies them, v = (quantum value of the
/// inequality)/(value of the assemblage) and the noise has value 0.
fn known_visibilities() -> Vec<(&'static str, f64)> {
    let root = f64::sqrt;
    vec![
        ("eq5", root(0.5)),
        ("eq6", root(6.0) / 3.0),
        ("measured", root(6.0) / 2.7),
        ("four-inputs", root(6.0) / 3.0),
        ("chained-steering", root(3.0) / 2.0),
        ("elegant-steering", 1.0 / root(3.0)),
        ("chsh", root(0.5)),
        ("elegant", 1.0 / root(3.0)),
    ]
}

/// Every kind of bound lies outside the truth, by less than 10⁻⁷ of it.
#[test]
fn certified_numbers_are_on_the_right_side() {
    let assert_outside = |value: f64, truth: f64, sense: f64, what: &str| {
        let excess = sense * (value - truth);
        assert!((0.0..1e-7 * truth.abs()).contains(&excess), "{what}: {value} for {truth}");
    };
    for (problem, truths) in known_bounds() {
        let (report, _) = certified("bound", problem, 0);
        let sense = if report["sense"] == "min" { -1.0 } else { 1.0 };
        for (rung, truth) in ["classical", "quantum_outer", "no_signalling"].into_iter().zip(truths) {
            let value = number(&report, &format!("/bounds/{rung}/value"));
            assert_outside(value, truth, sense, &format!("{problem}: {rung}"));
        }
    }
    for (problem, truth) in known_visibilities() {
        let (report, _) = certified("visibility", problem, 0);
        assert_outside(number(&report, "/visibility/outer/value"), truth, 1.0, problem);
    }
}

/// A dual of few iterations proves less, but what it proves is proved.
#[test]
fn a_bad_solve_gives_a_valid_looser_certificate() {
    use steerq::backend::{InteriorPoint, Settings};
    use steerq::pipeline::{Options, bound};
    let problem = steerq::problem::Problem::read(Path::new("problems/eq6.toml")).unwrap();
    let settings = Settings { max_iterations: 5, ..Settings::default() };
    let report =
        bound(&problem, &Options { settings, backend: &InteriorPoint, ..Options::default() }).unwrap();
    let outer = report.bounds.quantum_outer;
    let value = outer.value.unwrap();
    assert!(outer.verified && report.solver.status == "iteration limit");
    assert!(value > 24_f64.sqrt() + 1e-4 && value < 6.0, "{value}");
}

/// Perfect correlations that noise and assemblage share do not hide the inequality that tells them apart,
/// with or without a functional in the file.
#[test]
fn shared_correlations_do_not_hide_the_violation() {
    let text = std::fs::read_to_string("problems/universal-not.toml").unwrap();
    let table = |name: &str| text.split_once(&format!("[{name}]\n")).unwrap();
    let noise = table("noise").1.split("\n[").next().unwrap();
    // What is expected of the functional goes with it.
    let without = format!("{}[noise]\n{noise}", table("functional").0);
    let without = common::problem("universal-not-without-functional", &without);
    for file in ["problems/universal-not.toml", &without] {
        let report = json(&["certify", file], 0);
        assert_eq!(report["verified"], true);
        let violation = number(&report, "/violation");
        assert!((violation - (6.0 - 24_f64.sqrt())).abs() < 1e-6, "{violation}");
    }
    let report = json(&["visibility", "problems/universal-not.toml"], 0);
    assert_eq!(report["visibility"]["outer"]["verified"], true);
    let visibility = number(&report, "/visibility/outer/value");
    assert!((0.0..1e-5).contains(&(visibility - 1.0 / 3.0)), "{visibility}");
}

/// Certified bounds have digits relative to the functional's size.
#[test]
fn bounds_are_tight_for_functionals_of_every_size() {
    let text = std::fs::read_to_string("problems/eq6.toml").unwrap();
    let (before, after) = text.split_once("[functional]").unwrap();
    let truths = [("classical", 12_f64.sqrt(), 1e-10), ("quantum_outer", 24_f64.sqrt(), 1e-8)];
    for size in ["1e-200", "1e-6", "1e12"] {
        let scaled = after.replace("formula = \"", &format!("formula = \"{size}*"));
        let file = common::problem(&format!("eq6-times-{size}"), &format!("{before}[functional]{scaled}"));
        let report = json(&["bound", &file], 0);
        for (rung, truth, accuracy) in truths {
            assert_eq!(report["bounds"][rung]["verified"], true, "{size}: {rung}");
            let value = number(&report, &format!("/bounds/{rung}/value"));
            let excess = value / size.parse::<f64>().unwrap() / truth - 1.0;
            assert!((0.0..accuracy).contains(&excess), "{size}: {rung}: {value}");
        }
    }
}

/// Rounding errors where exact data vanish do not hide the real form; and a visibility of one says why it
/// has no certificate.
#[test]
fn floating_point_data_are_solved_in_real_form() {
    for command in ["bound", "visibility"] {
        let report = json(&[command, "problems/icosahedron.toml"], 0);
        assert_eq!(report["solver"]["real"], true, "{command}");
        if command == "visibility" {
            assert_eq!(report["visibility"]["outer"]["verified"], false);
            let note = report["visibility"]["outer"]["note"].as_str().unwrap();
            assert!(note.contains("nothing to prove"), "{note}");
        }
    }
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
