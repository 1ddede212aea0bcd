//! Instrumental scenarios: Bob's input is Alice's outcome.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{json, number, problem};
use faer::Mat;
use num_complex::Complex64;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use steerq::model::{Component, Model};
use steerq::scenario::{Assemblage, BlackBox, Device, Kind, Labels, Port, Scenario};
use steerq_check::{Outcome, check_str};

/// Runs a command with a path for a certificate; the report, and the claim of the certificate, which the checker accepts.
fn certified(command: &[&str], name: &str) -> (Value, String) {
    let file = format!("{}/instrumental-{name}.json", env!("CARGO_TARGET_TMPDIR"));
    let _ = std::fs::remove_file(&file);
    let report = json(&[command, &["--certificate", &file]].concat(), 0);
    let text = std::fs::read_to_string(&file).expect("the certificate was written");
    match check_str(&text) {
        Outcome::Verified { .. } => {
            let certificate: Value = serde_json::from_str(&text).expect("JSON");
            (report, certificate["claim"]["kind"].as_str().expect("a claim").to_owned())
        }
        other => panic!("{name}: {other}"),
    }
}

/// Bonet's inequality: 2 < (3 + √2)/2 < 5/2, each from both sides.
#[test]
fn bonet() {
    let report = json(&["bound", "problems/bonet.toml", "--level", "1+AB"], 0);
    let quantum = (3.0 + 2.0_f64.sqrt()) / 2.0;
    let near = |pointer: &str, truth: f64| {
        let value = number(&report, &format!("/bounds/{pointer}/value"));
        assert!((value - truth).abs() < 1e-7, "{pointer}: {value} instead of {truth}");
        assert_eq!(report.pointer(&format!("/bounds/{pointer}/verified")), Some(&json!(true)), "{pointer}");
    };
    near("classical", 2.0);
    near("quantum_inner", quantum);
    near("quantum_outer", quantum);
    near("no_signalling", 2.5);
}

/// Eq. (6) with y = a is quantum. What Bob has for a = 1 is what he has for a = 0, turned by π about Y; and states on a
/// circle of the Bloch sphere, as X, Y and Z are, can be prepared remotely with one bit: the halves of
/// cos ϑ|00⟩ + sin ϑ|11⟩ that a measurement of |0⟩ ± e^{iφ}|1⟩ leaves differ by a turn about the axis of the circle.
#[test]
fn the_papers_example_is_quantum() {
    let (report, claim) = certified(&["certify", "problems/instrumental-eq6.toml"], "eq6");
    assert_eq!(report["verdict"], "quantum", "{report:#}");
    assert!(claim.starts_with("quantum"), "{claim}");
    let (report, _) = certified(&["bound", "problems/instrumental-eq6.toml"], "eq6-bound");
    assert!((number(&report, "/bounds/quantum_outer/value") - 3.0).abs() < 1e-7);
}

/// Four states on no circle need a map that is positive, and not completely positive, for one of the outcomes.
#[test]
fn a_tetrahedron_is_post_quantum() {
    let file = "problems/instrumental-tetrahedron.toml";
    let (report, claim) = certified(&["certify", file], "tetrahedron");
    assert_eq!((report["verdict"].as_str(), claim.as_str()), (Some("post-quantum"), "post-quantum"));
    let (report, claim) = certified(&["visibility", file], "tetrahedron-visibility");
    assert_eq!(claim, "quantum-visibility");
    let [outer, inner, classical] =
        ["outer", "inner", "classical"].map(|side| number(&report, &format!("/visibility/{side}/value")));
    assert!(classical < inner && inner <= outer && outer < 1.0, "{classical} {inner} {outer}");
    for side in ["outer", "inner", "classical"] {
        assert_eq!(report.pointer(&format!("/visibility/{side}/verified")), Some(&json!(true)), "{side}");
    }
    // Theorem 4: positive maps make it of the maximally entangled pair, so that Bob's outcomes show nothing.
    let arguments = ["realise", file, "--reference", "problems/cube.toml"];
    let (report, claim) =
        certified(&[arguments.as_slice(), &["--maps", "decomposable"]].concat(), "tetrahedron-maps");
    assert_eq!((report["verdict"].as_str(), claim.as_str()), (Some("realisable"), "realisable"));
    assert_eq!(report.pointer("/conclusion/kind"), Some(&json!("quantum-correlations")), "{report:#}");
    let (report, claim) = certified(&arguments, "tetrahedron-channels");
    assert_eq!((report["verdict"].as_str(), claim.as_str()), (Some("not-realisable"), "not-realisable"));
}

/// What shows Bob Alice's setting is no part of a no-signalling assemblage: Σ_x tr(Z_x σ_{0|x}) ≤ 1 for a measurement Z.
#[test]
fn invalid_assemblages() {
    let scenario = "[scenario]\nkind = \"instrumental\"\nsettings = 2\noutcomes = 2\ndimension = 2\n";
    let shown = |visibility: &str| {
        let formula = format!("delta(a,0)*({visibility}*proj(x) + (1 - {visibility})/2*I)");
        problem(
            &format!("shown-{}", visibility.replace('/', "-")),
            &format!("{scenario}[assemblage]\nformula = \"{formula}\"\n"),
        )
    };
    let (report, claim) = certified(&["certify", &shown("1/2")], "invalid");
    assert_eq!((report["verdict"].as_str(), claim.as_str()), (Some("invalid"), "invalid"));
    assert_eq!(report["verified"], true);
    assert_eq!(report.pointer("/evidence/condition"), Some(&json!("instrumental")));
    // σ_{0|x} has eigenvalues 3/4 and 1/4.
    assert!((number(&report, "/violation") - 0.5).abs() < 1e-6, "{report:#}");
    let output = common::steerq(&["visibility", &shown("1/2"), "--quiet"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("not part of a no-signalling assemblage"), "{message}");
    // With certainty Bob gets the same, whatever Alice does.
    assert_eq!(json(&["certify", &shown("0")], 0)["verdict"], "quantum");
}

/// Where Alice's answers are certain there is nothing to search for; and great circles need no bit at all.
#[test]
fn simple_assemblages() {
    let scenario =
        "[scenario]\nkind = \"instrumental\"\nsettings = 4\noutcomes = 2\ndimension = 2\n[assemblage]\n";
    let formulas = [
        ("constant", "delta(a,0)*proj(0)"),
        ("certain", "delta(a,1)*delta(x,0)*proj(0) + delta(a,0)*(1 - delta(x,0))*(I + X)/2"),
        ("circle", "1/4*(I + (-1)^a*(cos(pi*x/4)*X + sin(pi*x/4)*Z))"),
    ];
    for (name, formula) in formulas {
        let file = problem(&format!("simple-{name}"), &format!("{scenario}formula = \"{formula}\"\n"));
        let (report, _) = certified(&["certify", &file], &format!("simple-{name}"));
        assert_eq!(
            (report["verdict"].as_str(), &report["verified"]),
            (Some("quantum"), &true.into()),
            "{name}"
        );
    }
}

fn instrumental(settings: usize, outcomes: usize, output: Port) -> Scenario {
    let kind = match output {
        Port::Quantum(_) => Kind::Instrumental,
        Port::Classical(_) => Kind::InstrumentalBell,
    };
    Scenario {
        kind,
        alice: BlackBox { settings: Labels::count(settings), outcomes: Labels::count(outcomes) },
        bob: Device { inputs: Labels::count(outcomes), output },
    }
}

fn random_matrix(random: &mut ChaCha8Rng, rows: usize, columns: usize) -> Mat<Complex64> {
    let mut part = || random.random_range(-1.0..1.0);
    Mat::from_fn(rows, columns, |_, _| Complex64::new(part(), part()))
}

/// A pure state, general measurements, and channels of two Kraus operators.
fn random_model(random: &mut ChaCha8Rng, scenario: &Scenario) -> Model {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let (alice, bob) = (random.random_range(2..=3), 3);
    let measurements = (0..settings).map(|_| {
        let isometry = random_matrix(random, alice * outcomes, alice).qr().compute_thin_Q();
        let element = |a: usize| {
            let part = isometry.subrows(a * alice, alice);
            part.adjoint() * part
        };
        (0..outcomes).map(element).collect()
    });
    let measurements = measurements.collect();
    let channels = (0..inputs).map(|_| {
        let isometry = random_matrix(random, 2 * d, bob).qr().compute_thin_Q();
        (0..2).map(|k| isometry.subrows(k * d, d).to_owned()).collect()
    });
    let channels = channels.collect();
    Model::pure(Component { weight: 1.0, state: random_matrix(random, alice, bob), measurements, channels })
}

/// An assemblage as a problem file, with white noise.
fn written(name: &str, scenario: &Scenario, assemblage: &Assemblage, visibility: f64) -> String {
    let d = scenario.dimension();
    let mut elements = String::new();
    for index in assemblage.0.indices().filter(|index| scenario.sees(*index)) {
        let m = assemblage.0.value(index);
        let white = (0..d).map(|i| m[(i, i)]).sum::<Complex64>() * ((1.0 - visibility) / d as f64);
        let entry = |i: usize, j: usize| {
            let value = m[(i, j)] * visibility + if i == j { white } else { Complex64::ZERO };
            format!("\"{}{:+}i\"", value.re, value.im)
        };
        let labels = format!("a = {}, x = {}", index.a, index.x);
        match scenario.is_diagonal() {
            true => {
                for b in 0..d {
                    let value = (m[(b, b)] * visibility + white).re;
                    elements += &format!("  {{{labels}, b = {b}, value = {value}}},\n");
                }
            }
            false => {
                let row = |i| (0..d).map(|j| entry(i, j)).collect::<Vec<_>>().join(", ");
                let rows = (0..d).map(|i| format!("[{}]", row(i))).collect::<Vec<_>>().join(", ");
                elements += &format!("  {{{labels}, matrix = [{rows}]}},\n");
            }
        }
    }
    let [outcomes, settings, _] = scenario.shape();
    let text = format!(
        "[scenario]\nkind = \"{}\"\nsettings = {settings}\noutcomes = {outcomes}\ndimension = {d}\n\
         [assemblage]\nelements = [\n{elements}]\n",
        scenario.kind.name()
    );
    problem(name, &text)
}

/// What a model shows at y = a is never post-quantum; with a little noise it is proved to be quantum.
#[test]
fn models_are_never_post_quantum() {
    let mut random = ChaCha8Rng::seed_from_u64(23);
    for number in 0..8 {
        let (settings, outcomes) = (random.random_range(2..=4), random.random_range(2..=3));
        let output = match number % 4 {
            3 => Port::Classical(Labels::count(outcomes)),
            2 => Port::Quantum(3),
            _ => Port::Quantum(2),
        };
        let scenario = instrumental(settings, outcomes, output);
        let made = random_model(&mut random, &scenario).assemblage(&scenario);
        let pure = written(&format!("instrumental-{number}"), &scenario, &made, 1.0);
        let output = common::steerq(&["certify", &pure, "--json", "--quiet"]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let verdict = report["verdict"].as_str().unwrap();
        assert!(["quantum", "undecided"].contains(&verdict), "{number}: {verdict}");
        let noisy = written(&format!("instrumental-noisy-{number}"), &scenario, &made, 0.97);
        let (report, _) = certified(&["certify", &noisy], &format!("noisy-{number}"));
        assert_eq!(report["verdict"], "quantum", "{number}");
    }
}
