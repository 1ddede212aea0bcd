//! Explicit models: what the program finds, and that the checker sees through what is not one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{json, number, problem};
use faer::Mat;
use num_complex::Complex64;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use steerq::model::{deviation, ghjw};
use steerq::num::{Matrix, Number};
use steerq::scenario::{
    Assemblage, BlackBox, Device, Functional, Index, Kind, Labels, OperatorTable, Port, Scenario, Sense,
};
use steerq::seesaw::{Search, best_model};
use steerq_check::{Outcome, check_bytes, check_str};

fn path(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"))
}

/// Runs a command with a path for a certificate and returns the report and the certificate.
fn with_file(command: &[&str], flag: &str, name: &str) -> (Value, String) {
    let file = path(name);
    let _ = std::fs::remove_file(&file);
    let report = json(&[command, &[flag, &file]].concat(), 0);
    (report, std::fs::read_to_string(&file).expect("the certificate was written"))
}

fn verified(text: &str) -> bool {
    matches!(check_str(text), Outcome::Verified { .. })
}

/// The inner value is verified, no more than the truth, and within 1e-7 of it.
#[test]
fn inner_values_meet_closed_forms() {
    let elegant = 4.0 * 3.0_f64.sqrt();
    for (file, truth) in [
        ("chsh", 8.0_f64.sqrt()),
        ("eq6", 24.0_f64.sqrt()),
        ("eq5", 8.0_f64.sqrt()),
        ("elegant", elegant),
        ("pauli3", 1.5),
        ("cglmp", 1.0 + (11.0_f64 / 3.0).sqrt()),
    ] {
        let problem = format!("problems/{file}.toml");
        let (report, model) = with_file(&["bound", &problem], "--model", &format!("{file}-value.json"));
        assert!(verified(&model), "{file}: {}", check_str(&model));
        assert_eq!(report.pointer("/bounds/quantum_inner/verified"), Some(&json!(true)), "{file}");
        let inner = number(&report, "/bounds/quantum_inner/value");
        assert!(inner <= truth && inner >= truth - 1e-7, "{file}: {inner} and {truth}");
        let gap = number(&report, "/gap");
        assert!((0.0..2e-7).contains(&gap), "{file}: {gap}");
    }
}

/// The minimum of CH is −1/√2 − 1/2: a model shows that it is no greater.
#[test]
fn a_minimum_has_a_model_too() {
    let report = json(&["bound", "problems/ch.toml"], 0);
    let inner = number(&report, "/bounds/quantum_inner/value");
    let truth = -0.5 - 0.5_f64.sqrt();
    assert!(inner >= truth && inner <= truth + 1e-7, "{inner}");
    assert_eq!(report.pointer("/bounds/quantum_inner/verified"), Some(&json!(true)));
}

#[test]
fn visibilities_have_models() {
    for (file, truth) in [("eq6", (2.0_f64 / 3.0).sqrt()), ("eq5", 0.5_f64.sqrt())] {
        let problem = format!("problems/{file}.toml");
        let (report, model) =
            with_file(&["visibility", &problem], "--model", &format!("{file}-visible.json"));
        assert!(verified(&model), "{file}: {}", check_str(&model));
        let inner = number(&report, "/visibility/inner/value");
        assert!(inner <= truth && inner >= truth - 2e-7, "{file}: {inner} and {truth}");
        // At a visibility that is greater by the smallest step that is surely beyond, the same model proves nothing.
        let mut altered: Value = serde_json::from_str(&model).unwrap();
        altered["claim"]["visibility"] = json!(format!("{:.10}", truth + 1e-9));
        assert!(!verified(&altered.to_string()));
    }
}

const NOISY: &str = r#"
[scenario]
kind = "bob-with-input"
settings = [1, 2, 3]
outcomes = 2
inputs = 2
dimension = 2
[assemblage]
formula = "1/4*(I + VISIBILITY*(-1)^(a + delta(x,2)*delta(y,1))*pauli(x))"
"#;

/// Eq. (6) with noise is quantum up to √6/3 = 0.81649…, and the verdict changes there.
#[test]
fn the_verdict_changes_at_the_threshold() {
    for (visibility, expected) in
        [("7/10", "quantum"), ("8164/10000", "quantum"), ("8166/10000", "post-quantum")]
    {
        let name = format!("noisy-{}", visibility.replace('/', "-"));
        let file = problem(&name, &NOISY.replace("VISIBILITY", visibility));
        let (report, certificate) = with_file(&["certify", &file], "--certificate", &format!("{name}.json"));
        assert_eq!(report["verdict"], expected, "{visibility}");
        assert_eq!(report["verified"], true, "{visibility}");
        assert!(verified(&certificate), "{visibility}: {}", check_str(&certificate));
    }
}

/// Where Alice gives two of three answers, others to every setting: what never occurs is no obstacle to a proof that the
/// assemblage is quantum exactly, be its numbers exact (7/10) or not (cos(3/4)).
#[test]
fn answers_that_never_occur() {
    let text = |kind: &str, inputs: &str, y: &str, r: &str| {
        format!(
            "[scenario]\nkind = \"{kind}\"\nsettings = [1, 2, 3]\noutcomes = 3\n{inputs}\ndimension = 2\n[assemblage]\n\
             formula = \"1/4*(1 - delta(a,mod(x,3)))*(I + {r}*(1 - 2*delta(a,mod(x+1,3)))\
             *(-1)^(delta(x,2)*delta({y},1))*pauli(x))\"\n"
        )
    };
    for (name, text) in [
        ("exact", text("bob-with-input", "inputs = 2", "y", "7/10")),
        ("rounded", text("bob-with-input", "inputs = 2", "y", "cos(3/4)")),
        ("instrumental", text("instrumental", "", "a", "cos(3/4)")),
    ] {
        let file = problem(&format!("never-{name}"), &text);
        let (report, certificate) =
            with_file(&["certify", &file], "--certificate", &format!("never-{name}.json"));
        assert_eq!(report["verdict"], "quantum", "{name}");
        assert_eq!(report.pointer("/evidence/exactly"), Some(&json!(true)), "{name}");
        assert!(verified(&certificate), "{name}: {}", check_str(&certificate));
    }
}

#[test]
fn traditional_assemblages_are_quantum() {
    for file in ["pauli2", "pauli3", "cube", "dodecahedron", "mub3", "trine"] {
        let report = json(&["certify", &format!("problems/{file}.toml")], 0);
        assert_eq!(report["verdict"], "quantum", "{file}");
        assert_eq!(report["verified"], true, "{file}");
    }
}

fn traditional(settings: usize, outcomes: usize, dimension: usize) -> Scenario {
    Scenario {
        kind: Kind::Traditional,
        alice: BlackBox { settings: Labels::count(settings), outcomes: Labels::count(outcomes) },
        bob: Device { inputs: Labels::count(1), output: Port::Quantum(dimension) },
    }
}

fn random_matrix(random: &mut ChaCha8Rng, rows: usize, columns: usize) -> Mat<Complex64> {
    let mut part = || random.random_range(-1.0..1.0);
    Mat::from_fn(rows, columns, |_, _| Complex64::new(part(), part()))
}

/// Every state of Bob's, also one without full rank, split at random.
fn random_assemblage(random: &mut ChaCha8Rng, scenario: &Scenario, rank: usize) -> Assemblage {
    let [outcomes, settings, _] = scenario.shape();
    let d = scenario.dimension();
    let root = random_matrix(random, d, rank);
    let norm = root.squared_norm_l2();
    let mut elements = vec![Mat::<Complex64>::zeros(d, d); outcomes * settings];
    for x in 0..settings {
        // Σ_k B_k B_k† = 1 by orthonormal columns: the root of a POVM on Bob's purification.
        let isometry = random_matrix(random, rank * outcomes, rank).qr().compute_thin_Q();
        for a in 0..outcomes {
            let part = isometry.subrows(a * rank, rank);
            let povm = part.adjoint() * part;
            elements[a * settings + x] =
                &root * povm * root.adjoint() * faer::Scale(Complex64::from(1.0 / norm));
        }
    }
    Assemblage(OperatorTable::from_fn(scenario, |Index { a, x, .. }| {
        let element = &elements[a * settings + x];
        Matrix::from_fn(d, d, |i, j| Number::from_approx((element[(i, j)] + element[(j, i)].conj()) / 2.0))
    }))
}

#[test]
fn ghjw_reproduces_random_assemblages() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for d in 2..=5 {
        for rank in 1..=d {
            for outcomes in 2..=3 {
                let scenario = traditional(3, outcomes, d);
                let assemblage = random_assemblage(&mut random, &scenario, rank);
                let model = ghjw(&scenario, &assemblage).unwrap();
                let missed = deviation(&model.assemblage(&scenario), &assemblage);
                assert!(missed < 1e-12, "d = {d}, rank {rank}: {missed:e}");
                let missed = deviation(&model.rounded().assemblage(&scenario), &assemblage);
                assert!(missed < 1e-11, "d = {d}, rank {rank}, rounded: {missed:e}");
            }
        }
    }
}

/// The assemblage of any model found for a random functional: never post-quantum.
#[test]
fn assemblages_of_models_are_never_post_quantum() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let scenario = Scenario {
        kind: Kind::BobWithInput,
        alice: BlackBox { settings: Labels::count(2), outcomes: Labels::count(2) },
        bob: Device { inputs: Labels::count(2), output: Port::Quantum(2) },
    };
    for number in 0..6 {
        let operators = OperatorTable::from_fn(&scenario, |_| {
            let m = random_matrix(&mut random, 2, 2);
            Matrix::from_fn(2, 2, |i, j| Number::from_approx((m[(i, j)] + m[(j, i)].conj()) / 2.0))
        });
        let functional = Functional { operators, sense: Sense::Max };
        let search = Search { max_dimension: 2, starts: 2, ..Search::default() };
        let model = best_model(&scenario, &functional, f64::MAX, &search).unwrap();
        let made = model.rounded().assemblage(&scenario);
        let mut elements = String::new();
        for Index { a, x, y } in made.0.indices() {
            let m = made.0.value(Index { a, x, y });
            let entry = |i, j| format!("\"{}{:+}i\"", m[(i, j)].re, m[(i, j)].im);
            let rows = [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]].map(|row| row.join(", "));
            elements +=
                &format!("  {{a = {a}, x = {x}, y = {y}, matrix = [[{}], [{}]]}},\n", rows[0], rows[1]);
        }
        let text = format!(
            "[scenario]\nkind = \"bob-with-input\"\nsettings = 2\noutcomes = 2\ninputs = 2\ndimension = 2\n\
             [assemblage]\nelements = [\n{elements}]\n"
        );
        let file = problem(&format!("made-{number}"), &text);
        let output = common::steerq(&["certify", &file, "--json", "--quiet"]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let verdict = report["verdict"].as_str().unwrap();
        assert!(["quantum", "undecided"].contains(&verdict), "{number}: {verdict}");
    }
}

/// What a mutant does to a certificate.
type Change = fn(&mut Value);

#[test]
fn the_checker_refuses_what_is_no_model() {
    let (_, text) = with_file(&["bound", "problems/chsh.toml"], "--model", "mutants.json");
    let original: Value = serde_json::from_str(&text).unwrap();
    assert!(verified(&text));
    let mutants: [(&str, Change, u8); 14] = [
        ("value", |c| c["claim"]["value"] = json!("2.8284271248"), 1),
        ("sense", |c| c["claim"]["sense"] = json!("min"), 1),
        ("kind", |c| c["claim"]["kind"] = json!("quantum-worth"), 2),
        ("weight", |c| c["proof"]["components"][0]["weight"] = json!("1/2"), 1),
        ("negative weight", |c| c["proof"]["components"][0]["weight"] = json!("-1"), 2),
        ("zero state", |c| c["proof"]["components"][0]["state"] = json!(["0", "0", "0", "0"]), 2),
        ("short state", |c| c["proof"]["components"][0]["state"] = json!(["1", "0", "0"]), 2),
        ("not Hermitian", |c| c["proof"]["components"][0]["measurements"][0][0][1] = json!("1/3"), 1),
        ("too large a measurement", |c| c["proof"]["components"][0]["measurements"][0][0][0] = json!("2"), 1),
        ("too large a channel", |c| c["proof"]["components"][0]["channels"][0][0][0][0] = json!("3/2"), 1),
        ("no channel", |c| c["proof"]["components"][0]["channels"] = json!([[]]), 2),
        ("a share", |c| c["proof"]["share"] = json!("1/2"), 2),
        ("no functional", |c| drop(c.as_object_mut().unwrap().remove("functional")), 2),
        ("ghjw", |c| c["proof"] = json!({"method": "ghjw"}), 2),
    ];
    for (name, change, code) in mutants {
        let mut mutant = original.clone();
        change(&mut mutant);
        let outcome = check_str(&mutant.to_string());
        assert_eq!(outcome.exit_code(), code, "{name}: {outcome}");
    }
}

/// What Python says of a file: its exit code and output, if there is Python.
fn python(arguments: &[&str]) -> Option<(Option<i32>, String)> {
    let output = std::process::Command::new("python3").args(arguments).output().ok()?;
    Some((
        output.status.code(),
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
    ))
}

/// Reads with NumPy what `--model` writes, and writes it again with one state multiplied by -2, which changes nothing,
/// and by adding a number to one of its entries.
const WITH_NUMPY: &str = "
import json, sys, zipfile
try:
    import numpy
except ImportError:
    sys.exit(77)
archive = numpy.load(sys.argv[1])
arrays = {name: archive[name] for name in archive.files if name != 'certificate.json'}
certificate = archive['certificate.json']
s = json.loads(certificate)['scenario']
alice, bob = arrays['state_0'].shape
assert arrays['weights'].sum() == 1 and arrays['weights'].dtype == float
assert arrays['measurements_0'].shape == (s['settings'], s['outcomes'], alice, alice)
assert arrays['channels_0_y0'].shape[1:] == (s['dimension'], bob)
one = arrays['measurements_0'].sum(axis=1)
assert (one == numpy.eye(alice)).all()
for path, save, change in ((sys.argv[2], numpy.savez, 0), (sys.argv[3], numpy.savez, 0.25), (sys.argv[4], numpy.savez_compressed, 0)):
    arrays['state_0'] = numpy.asfortranarray(archive['state_0'] * -2)
    arrays['state_0'][0, 0] += change
    save(path, **arrays)
    with zipfile.ZipFile(path, 'a') as file:
        file.writestr('certificate.json', certificate)
";

/// The same model as arrays: both checkers accept it, NumPy reads it, and what NumPy writes is checked as it stands.
#[test]
fn models_are_written_as_arrays() {
    let rotated = problem("rotated-qubit", ROTATED);
    for (command, flags, name) in [
        (["bound", "problems/chsh.toml"], [].as_slice(), "bound"),
        (["visibility", "problems/eq5.toml"], &[], "visibility"),
        (["realise", &rotated], &["--reference", "0"], "realise"),
        (["visibility", "problems/instrumental-eq6.toml"], &[], "instrumental"),
    ] {
        let [file, again, changed, compressed] =
            ["", "-again", "-changed", "-compressed"].map(|kind| path(&format!("{name}{kind}.npz")));
        let _ = std::fs::remove_file(&file);
        json(&[&command, flags, &["--model", &file]].concat(), 0);
        let bytes = std::fs::read(&file).expect("the archive was written");
        let outcome = check_bytes(&bytes);
        assert!(matches!(outcome, Outcome::Verified { .. }), "{name}: {outcome}");
        // One bit of the last number.
        let directory = bytes.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        let mut damaged = bytes.clone();
        damaged[directory - 9] ^= 1;
        assert!(check_bytes(&damaged).to_string().contains("checksum"), "{name}");
        let Some((code, said)) = python(&["scripts/verify.py", &file]) else { continue };
        assert_eq!(code, Some(0), "{name}: {said}");
        let Some((code, said)) = python(&["-c", WITH_NUMPY, &file, &again, &changed, &compressed]) else {
            continue;
        };
        if code == Some(77) {
            continue;
        }
        assert_eq!(code, Some(0), "{name}: {said}");
        for (file, code) in [(again, 0), (changed, 1), (compressed, 2)] {
            let outcome = check_bytes(&std::fs::read(&file).unwrap());
            assert_eq!(outcome.exit_code(), code, "{file}: {outcome}");
            let (other, said) = python(&["scripts/verify.py", &file]).unwrap();
            assert_eq!(other, Some(code.into()), "{file}: {said}");
        }
    }
}

const ROTATED: &str = r#"
[scenario]
kind = "bob-with-input"
settings = 3
outcomes = 2
inputs = 2
dimension = 2
[assemblage]
formula = "1/4*(I + (-1)^a*((1 - y)*pauli(x + 1) + y*X*pauli(x + 1)*X))"
"#;

/// One file for two is refused before anything is computed, whatever it is called.
#[test]
fn certificate_and_model_are_two_files() {
    let file = path("one-file.json");
    let other = format!("{}/../tmp/one-file.json", env!("CARGO_TARGET_TMPDIR"));
    for command in ["bound", "certify", "visibility", "realise"] {
        let output =
            common::steerq(&[command, "problems/eq6.toml", "--certificate", &file, "--model", &other]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("--certificate and --model are the same file"), "{said}");
        assert!(output.stdout.is_empty() && !std::path::Path::new(&file).exists(), "{command}");
    }
}

/// So is what has no place to be written to.
#[test]
fn a_certificate_needs_a_place() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let nowhere = format!("{folder}/nowhere/c.json");
    for (place, what) in [(folder, "is a folder"), (nowhere.as_str(), "there is no folder")] {
        for option in ["--certificate", "--model"] {
            let output = common::steerq(&["bound", "problems/eq6.toml", option, place]);
            assert_eq!(output.status.code(), Some(2), "{option}");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains(what) && output.stdout.is_empty(), "{said}");
        }
    }
}

/// An assemblage that is quantum of itself has no arrays: a note says so.
#[test]
fn a_proof_without_arrays_is_noted() {
    let file = path("no-arrays.npz");
    let _ = std::fs::remove_file(&file);
    let output = common::steerq(&["visibility", "problems/pauli2.toml", "--model", &file]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no arrays"));
    assert!(!std::path::Path::new(&file).exists());
}
