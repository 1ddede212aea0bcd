//! Robustness, weight and trace distance, from both sides.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{json, number, problem, steerq};
use serde_json::Value;
use steerq_check::{Outcome, check_str};

/// A solver finds the optimum to about 10⁻⁹ of numbers of order one; certificates lose no more than ten times that.
const ACCURACY: f64 = 1e-7;

fn quantify(file: &str, measure: &str, against: &str) -> Value {
    json(&["quantify", file, "--measure", measure, "--against", against], 0)
}

/// The number lies between the two, which are verified and close to it.
fn assert_between(report: &Value, expected: f64, what: &str) {
    let [lower, upper] = ["lower", "upper"].map(|side| {
        assert_eq!(report[side]["verified"], true, "{what}: {side} {}", report[side]["note"]);
        number(report, &format!("/{side}/value"))
    });
    // The truth as written here is a double.
    assert!(lower <= expected + 1e-12 && expected <= upper + 1e-12, "{what}: {lower} {expected} {upper}");
    assert!(upper - lower < ACCURACY, "{what}: {lower} {upper}");
    assert_eq!(report["value"], report["lower"]["value"]);
}

/// Cavalcanti, Skrzypczyk, Rep. Prog. Phys. 80, 024001 (2017): two and three Pauli settings; the icosahedron's six axes by the formula
/// for symmetric settings, 2·(Σ …)/… to nine digits.
#[test]
fn robustness_of_the_maximally_entangled_pair() {
    for (file, expected) in [("pauli2", 3.0 - 8_f64.sqrt()), ("pauli3", 2.0 - 3_f64.sqrt())] {
        let report = quantify(&format!("problems/{file}.toml"), "robustness", "classical");
        assert_between(&report, expected, file);
        // Bob's state is white, and so is the sum of the best noise.
        let report = quantify(&format!("problems/{file}.toml"), "consistent", "classical");
        assert!((number(&report, "/value") - expected).abs() < ACCURACY, "{file}");
    }
    let report = quantify("problems/icosahedron.toml", "robustness", "classical");
    let [lower, upper] = ["/lower/value", "/upper/value"].map(|side| number(&report, side));
    assert!((lower - 0.299_254_188).abs() < ACCURACY && upper - lower < ACCURACY, "{lower} {upper}");
    assert_eq!(report["verified"], true);
}

#[test]
fn pure_states_have_nothing_classical() {
    let report = quantify("problems/pauli2.toml", "weight", "classical");
    assert!((number(&report, "/value") - 1.0).abs() < ACCURACY);
    assert_eq!(report["verified"], true);
    assert_eq!(report["upper"]["value"], 1.0);
}

/// v·σ + (1−v)·white of two Pauli settings: elements (1 ± v)/4 along an axis. By the symmetry of F = −(1 ∓ Z), −(1 ∓ X) the weight is at
/// least (⟨F, σ⟩ + 2 − √2)/(2 − √2) = 1 − 2(1 − v)/(2 − √2), and the pair itself mixed with what is at v = 1/√2 reaches it.
#[test]
fn weight_of_a_mixture() {
    let mixed = problem(
        "quantify-mixed",
        "[scenario]\nkind = \"traditional\"\nsettings = [1, 3]\noutcomes = 2\ndimension = 2\n\
         [assemblage]\nformula = \"1/4*(I + 4/5*(-1)^a*pauli(x))\"\n",
    );
    let report = quantify(&mixed, "weight", "classical");
    assert_between(&report, 1.0 - 0.4 / (2.0 - 2_f64.sqrt()), "four fifths");
}

/// White noise is the visibility in other words: 1/v − 1 with v = 1/√2, 1/√3.
#[test]
fn white_noise_is_visibility() {
    for (file, visibility) in [("pauli2", 0.5_f64.sqrt()), ("pauli3", (1.0 / 3.0_f64).sqrt())] {
        let report = quantify(&format!("problems/{file}.toml"), "white-noise", "classical");
        assert!((number(&report, "/value") - (1.0 / visibility - 1.0)).abs() < ACCURACY, "{file}");
        assert_eq!(report["verified"], true);
    }
}

/// The Popescu–Rohrlich box: CHSH 4 against 2 and 2√2, −4 at least: 2/6 and (4 − 2√2)/(4 + 2√2) = 3 − 2√2 of robustness. Its weight is one
/// against both.
#[test]
fn popescu_rohrlich() {
    let expected = [("classical", 1.0 / 3.0), ("quantum", 3.0 - 8_f64.sqrt())];
    for (against, robustness) in expected {
        let report = quantify("problems/chsh.toml", "robustness", against);
        assert!((number(&report, "/lower/value") - robustness).abs() < ACCURACY, "{report}");
        assert_eq!(report["lower"]["verified"], true);
        let report = quantify("problems/chsh.toml", "weight", against);
        assert!((number(&report, "/lower/value") - 1.0).abs() < ACCURACY, "{report}");
        assert_eq!(report["lower"]["verified"], true);
    }
}

/// Eq. (6) has 6 where the quantum bound is 2√6 and the least no-signalling value −6: 5 − 2√6; against 2√3, 2 − √3. What is seen along the
/// diagonals of a cube in an instrumental scenario is as far.
#[test]
fn beyond_quantum() {
    for file in ["eq6", "instrumental-tetrahedron"] {
        for (against, expected) in [("quantum", 5.0 - 24_f64.sqrt()), ("classical", 2.0 - 3_f64.sqrt())] {
            let report = quantify(&format!("problems/{file}.toml"), "robustness", against);
            assert_between(&report, expected, file);
        }
    }
}

/// D = (s − β)/2n for inequalities of observables, n pairs of settings: 2, 3 and 6 with the bounds √n' of n' Pauli operators and 2√6 of Eq. (6);
/// CHSH [Brito, Amaral, Chaves, PRA 97, 022111 (2018)]; and the diagonals of a cube, Eq. (6) in other words.
#[test]
fn trace_distance() {
    let root = |n: f64| n.sqrt();
    let expected = [
        ("pauli2", "classical", (2.0 - root(2.0)) / 4.0),
        ("pauli3", "classical", (3.0 - root(3.0)) / 6.0),
        ("chsh", "classical", 0.25),
        ("chsh", "quantum", (2.0 - root(2.0)) / 4.0),
        ("eq5", "quantum", (2.0 - root(2.0)) / 4.0),
        ("eq6", "quantum", (3.0 - root(6.0)) / 6.0),
        ("eq6", "classical", (3.0 - root(3.0)) / 6.0),
        ("instrumental-tetrahedron", "quantum", (3.0 - root(6.0)) / 6.0),
        ("instrumental-tetrahedron", "classical", (3.0 - root(3.0)) / 6.0),
    ];
    for (file, against, distance) in expected {
        let report = quantify(&format!("problems/{file}.toml"), "trace-distance", against);
        assert_between(&report, distance, &format!("{file}, {against}"));
        let number = |name: &str| number(&report, &format!("/inequality/{name}"));
        assert!(number("value") > number("bound") && (number("opposite") - 1.0).abs() < 1e-6, "{report}");
    }
}

/// An assemblage inside the set has no distance: and what is said of it is true.
#[test]
fn nothing_in_the_set() {
    let inside = problem(
        "quantify-inside",
        "[scenario]\nkind = \"traditional\"\nsettings = [1, 3]\noutcomes = 2\ndimension = 2\n\
         [assemblage]\nformula = \"1/4*(I + 1/2*(-1)^a*pauli(x))\"\n",
    );
    for measure in ["robustness", "weight", "consistent", "white-noise", "trace-distance"] {
        let report = quantify(&inside, measure, "classical");
        assert!(number(&report, "/value").abs() < ACCURACY, "{measure}: {report}");
        assert!(number(&report, "/upper/value").abs() < 1e-5, "{measure}: {report}");
    }
}

/// The certificates that are written are those of the numbers, and the inequality is a problem whose ladder gives them.
#[test]
fn what_is_written() {
    let path = |name: &str| format!("{}/quantify-{name}", env!("CARGO_TARGET_TMPDIR"));
    let [certificate, model, inequality] = [path("lower.json"), path("upper.json"), path("inequality.toml")];
    let report = json(
        &[
            "quantify",
            "problems/eq5.toml",
            "--certificate",
            &certificate,
            "--model",
            &model,
            "--inequality",
            &inequality,
        ],
        0,
    );
    assert_eq!(report["against"], "quantum");
    for (path, side, kind) in [(certificate, "lower", "robustness"), (model, "upper", "robustness-at-most")] {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(matches!(check_str(&text), Outcome::Verified { .. }), "{}", check_str(&text));
        let certificate: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(certificate["claim"]["kind"], kind);
        assert_eq!(certificate["claim"]["robustness"], report[side]["certified"]);
    }
    let bounds = json(&["bound", &inequality], 0);
    let beta = number(&bounds, "/bounds/quantum_outer/value");
    assert!((beta - number(&report, "/inequality/bound")).abs() < ACCURACY);
    let (s, least) = (number(&report, "/inequality/value"), number(&report, "/inequality/opposite"));
    assert!(((s - beta) / (beta - least) - number(&report, "/value")).abs() < 1e-6);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for arguments in [
        ["problems/sequential-pauli.toml", "--measure", "robustness"],
        ["problems/instrumental-tetrahedron.toml", "--measure", "consistent"],
        ["problems/i3322.toml", "--measure", "robustness"],
    ] {
        let output = steerq(&[&["quantify"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
