//! Assemblages and noise that share pure elements or impossible answers: visibilities on a face of the set.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{json, number};
use serde_json::{Value, json};
use steerq_check::{Outcome, check_str};

/// The visibility of a problem in a text, and its certificate.
fn visibility(name: &str, text: &str, level: &str) -> (Value, String) {
    let [problem, certificate] = ["toml", "cert.json"].map(|end| path(&format!("{name}.{end}")));
    std::fs::write(&problem, text).unwrap();
    let [problem, certificate] = [problem, certificate].map(|path| path.display().to_string());
    let report =
        json(&["visibility", &problem, "--no-search", "--level", level, "--certificate", &certificate], 0);
    (report, std::fs::read_to_string(certificate).unwrap())
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("face-{name}"))
}

/// The second checker's verdict, where there is a Python to run it.
fn python_accepts(text: &str) -> Option<bool> {
    // Tests run beside each other.
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let path = path(&format!("python-{}.cert.json", NUMBER.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&path, text).unwrap();
    let output = Command::new("python3").arg("scripts/verify.py").arg(&path).output().ok()?;
    Some(output.status.success())
}

/// Both checkers accept the certificate, and neither does without what vanishes.
fn stands_on_what_vanishes(text: &str) {
    assert!(matches!(check_str(text), Outcome::Verified { .. }), "{}", check_str(text));
    assert_ne!(python_accepts(text), Some(false));
    let mut less: Value = serde_json::from_str(text).unwrap();
    less["proof"].as_object_mut().unwrap().remove("vanishing").unwrap();
    let less = less.to_string();
    assert!(matches!(check_str(&less), Outcome::Rejected { .. }), "{}", check_str(&less));
    // It takes a quarter of a minute for what is large.
    const LARGE: usize = 100_000;
    assert!(less.len() > LARGE || python_accepts(&less) != Some(true));
}

fn scenario(kind: &str, settings: usize, outcomes: usize, dimension: usize) -> String {
    let inputs = if kind == "instrumental" { "" } else { "inputs = 2\n" };
    format!(
        "[scenario]\nkind = \"{kind}\"\nsettings = {settings}\noutcomes = {outcomes}\n{inputs}dimension = {dimension}\n"
    )
}

/// The transpose with white noise of its own alone is a channel up to 1/(d + 1): pure elements at y = 0 leave no other
/// reference, and the transpose's Choi matrix, the swap, has the eigenvalues ±1.
#[test]
fn noise_on_the_transpose_alone() {
    let qubit = scenario("bob-with-input", 3, 2, 2)
        + "[assemblage]\nformula = \"1/4*(I + (-1)^(a + y*delta(x,1))*pauli(x + 1))\"\n\
           [noise]\nformula = \"1/4*(I + delta(y,0)*(-1)^a*pauli(x + 1))\"\n";
    let mub = "eigproj(hw(1 - delta(x,0), delta(x,0) + (1 - delta(x,0))*(x - 1)), a)";
    let qutrit = scenario("bob-with-input", 4, 3, 3)
        + &format!(
            "[assemblage]\nformula = \"1/3*delta(y,0)*{mub} + 1/3*delta(y,1)*transpose({mub})\"\n\
             [noise]\nformula = \"1/3*delta(y,0)*{mub} + 1/9*delta(y,1)*I\"\n"
        );
    for (name, text, level, truth, [vanishing, left]) in [
        ("qubit", &qubit, "1+AB", 1.0 / 3.0, [12, 16]),
        ("qubit-2", &qubit, "2", 1.0 / 3.0, [27, 25]),
        ("qutrit", &qutrit, "1+AB", 0.25, [72, 81]),
    ] {
        let (report, certificate) = visibility(name, text, level);
        assert_eq!(report["visibility"]["outer"]["verified"], true, "{name}");
        let bound = number(&report, "/visibility/outer/value");
        // 1e-9 is what the solver aims for.
        assert!((truth..truth + 1e-9).contains(&bound), "{name}: {bound}");
        let face = &report["solver"]["face"];
        assert_eq!((&face["vanishing"], &face["side"]), (&json!(vanishing), &json!(left)), "{name}");
        stands_on_what_vanishes(&certificate);
    }
}

/// A box that is deterministic and one of Popescu and Rohrlich, which never have a ≠ b for (x, y) ≠ (1, 1): no mixture is quantum.
#[test]
fn impossible_answers() {
    let text = scenario("bell", 2, 2, 2)
        + "[assemblage]\nformula = \"1/2*delta(mod(a + b, 2), x*y)\"\n[noise]\nformula = \"delta(a,0)*delta(b,0)\"\n";
    let (report, certificate) = visibility("boxes", &text, "1+AB");
    let bound = number(&report, "/visibility/outer/value");
    assert!((0.0..1e-9).contains(&bound), "{bound}");
    stands_on_what_vanishes(&certificate);
}

/// The robustness to the file's noise is 1/v − 1.
#[test]
fn robustness_to_the_noise() {
    let certificate = path("robustness.cert.json").display().to_string();
    let arguments = [
        "quantify",
        "problems/universal-not.toml",
        "--measure",
        "given-noise",
        "--no-search",
        "--certificate",
        &certificate,
    ];
    let report = json(&arguments, 0);
    assert_eq!((&report["verified"], &report["inequality"]["for_mixtures"]), (&json!(true), &json!(true)));
    let number = number(&report, "/lower/value");
    assert!((2.0 - 1e-8..2.0).contains(&number), "{number}");
    stands_on_what_vanishes(&std::fs::read_to_string(certificate).unwrap());
}

/// Without numbers that are exact nothing is known to vanish, and the program is solved as it is; so it is with white noise.
#[test]
fn nothing_vanishes() {
    let mixed = scenario("bob-with-input", 3, 2, 2)
        + "[assemblage]\nformula = \"1/4*(I + (-1)^(a + y*delta(x,1))*pauli(x + 1))\"\n";
    let rounded = mixed.clone() + "[noise]\nformula = \"1/4*(I + 0.99*delta(y,0)*(-1)^a*pauli(x + 1))\"\n";
    for (name, text) in [("white", &mixed), ("rounded", &rounded)] {
        let (report, _) = visibility(name, text, "1+AB");
        assert_eq!(report["visibility"]["outer"]["verified"], true, "{name}");
        assert_eq!(report["solver"].get("face"), None, "{name}");
    }
}

/// In an instrumental scenario only what is seen can vanish: here the elements of the outcome 0, pure in both.
#[test]
fn instrumental() {
    let text = scenario("instrumental", 3, 2, 2)
        + "[assemblage]\nformula = \"1/4*(I + (-1)^(delta(a,1)*delta(x,1))*pauli(x + 1))\"\n\
           [noise]\nformula = \"1/4*(I + delta(a,0)*pauli(x + 1))\"\n";
    let problem = path("instrumental.toml");
    std::fs::write(&problem, text).unwrap();
    let report = json(&["visibility", &problem.display().to_string(), "--no-search"], 0);
    assert_eq!(report["solver"]["face"]["vanishing"], 6);
    assert_eq!(report["solver"]["status"], "converged");
}
