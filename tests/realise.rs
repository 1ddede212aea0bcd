//! The Choi question: maps from a reference, witnesses against them, and the self-test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{json, number, problem, steerq};
use serde_json::{Value, json};
use steerq_check::{Outcome, check_str};

/// Visibilities are certified with eleven digits from an optimum that the solver finds to 10⁻⁹.
const ACCURACY: f64 = 1e-7;

/// Runs `realise` with a path for a certificate; the report, and the certificate if one was written.
fn realise(file: &str, arguments: &[&str], name: &str) -> (Value, Option<String>) {
    let path = format!("{}/{name}.json", env!("CARGO_TARGET_TMPDIR"));
    let _ = std::fs::remove_file(&path);
    let report = json(&[&["realise", file], arguments, &["--certificate", &path]].concat(), 0);
    (report, std::fs::read_to_string(&path).ok())
}

fn verified(text: &str) -> bool {
    matches!(check_str(text), Outcome::Verified { .. })
}

/// The claim of a certificate that the checker accepts.
fn claim(certificate: Option<String>) -> String {
    let text = certificate.expect("a certificate was written");
    assert!(verified(&text), "{}", check_str(&text));
    let certificate: Value = serde_json::from_str(&text).unwrap();
    certificate["claim"]["kind"].as_str().unwrap().to_owned()
}

/// [Theory §8]: from y = 0 channels make y = 1 of Eq. (6) up to visibility 1/3, decomposable maps make it whole; and the
/// reference is no loss of generality, so that Eq. (6) is post-quantum.
#[test]
fn eq6_is_no_channel_of_itself() {
    for reference in ["0", "1"] {
        let arguments = ["--reference", reference];
        let (report, certificate) = realise("problems/eq6.toml", &arguments, &format!("eq6-{reference}"));
        assert_eq!(report["verdict"], "not-realisable");
        assert_eq!(report["verified"], true);
        let visibility = number(&report, "/visibility/value");
        assert!((1.0 / 3.0..1.0 / 3.0 + ACCURACY).contains(&visibility), "{visibility}");
        assert_eq!(report["visibility"]["verified"], true);
        assert_eq!(report["self_test"]["holds"], true);
        assert_eq!(report["self_test"]["exact"], true);
        assert_eq!(report["conclusion"], json!({"kind": "post-quantum", "verified": true}));
        assert_eq!(claim(certificate), "self-tested");
        let (report, certificate) = realise(
            "problems/eq6.toml",
            &["--reference", reference, "--maps", "decomposable"],
            &format!("eq6-{reference}-decomposable"),
        );
        assert_eq!(report["verdict"], "realisable");
        assert_eq!(report["deviation"], 0.0);
        assert_eq!(report["visibility"]["value"], 1.0);
        assert_eq!(report["visibility"]["verified"], true);
        let conclusion =
            json!({"kind": "quantum-correlations", "exactly": true, "whole": true, "verified": true});
        assert_eq!(report["conclusion"], conclusion);
        assert_eq!(claim(certificate), "realisable");
    }
}

/// The self-test is silent on Eq. (5): two solutions. Its reference does nothing for y = 1.
#[test]
fn eq5_leaves_the_self_test_silent() {
    let (report, certificate) = realise("problems/eq5.toml", &["--reference", "0"], "eq5");
    assert_eq!(report["verdict"], "not-realisable");
    assert_eq!(report["self_test"]["solutions"], 2);
    assert_eq!(report["self_test"]["holds"], false);
    assert_eq!(report["conclusion"]["kind"], "none");
    assert_eq!(claim(certificate), "not-realisable");
}

/// Four unbiased bases of a qutrit on the maximally entangled state at y = 0, and a map of them at y = 1.
fn qutrit(name: &str, map: &str) -> String {
    let states = "eigproj(hw(1 - delta(x,0), delta(x,0) + (1 - delta(x,0))*(x - 1)), a)";
    let mapped = map.replace("SIGMA", states);
    problem(
        name,
        &format!(
            "[scenario]\nkind = \"bob-with-input\"\nsettings = 4\noutcomes = 3\ninputs = 2\ndimension = 3\n\
             [assemblage]\nformula = \"1/3*(delta(y,0)*{states} + delta(y,1)*({mapped}))\"\n"
        ),
    )
}

/// ½(2D(X) + D'(X) − X), D the diagonal of X and D' that diagonal moved by one.
fn choi_map() -> String {
    let dyad = |row: usize, column: usize| format!("ket({row})*dagger(ket({column}))");
    let kept: Vec<String> = (0..3).map(|k| format!("2*proj({k})*SIGMA*proj({k})")).collect();
    let moved: Vec<String> =
        (0..3).map(|k| format!("{}*SIGMA*{}", dyad(k, (k + 1) % 3), dyad((k + 1) % 3, k))).collect();
    format!("1/2*({} + {} - SIGMA)", kept.join(" + "), moved.join(" + "))
}

/// On a reference that spans all operators a map is determined. The transpose has visibility 1/(d+1) among channels, for
/// the least eigenvalue of v·SWAP + (1−v)·1/d is −v + (1−v)/d; it and the reduction map are co-completely positive; the Choi
/// map is positive but not decomposable (Choi 1975).
#[test]
fn positive_maps_of_a_qutrit() {
    let transpose = qutrit("transpose3", "transpose(SIGMA)");
    let (report, certificate) = realise(&transpose, &["--reference", "0"], "transpose3");
    let visibility = number(&report, "/visibility/value");
    assert!((0.25..0.25 + ACCURACY).contains(&visibility), "{visibility}");
    assert_eq!(report["visibility"]["verified"], true);
    assert_eq!(claim(certificate), "self-tested");
    let reduction = qutrit("reduction3", "1/2*(I - SIGMA)");
    for (file, name) in [(&transpose, "transpose3d"), (&reduction, "reduction3d")] {
        let arguments = ["--reference", "0", "--maps", "decomposable"];
        let (report, certificate) = realise(file, &arguments, name);
        assert_eq!(report["verdict"], "realisable", "{name}");
        assert_eq!(report["verified"], true, "{name}");
        assert_eq!(report["deviation"], 0.0, "{name}");
        assert_eq!(claim(certificate), "realisable");
    }
    let choi = qutrit("choi3", &choi_map());
    for maps in ["cptp", "decomposable"] {
        let arguments = ["--reference", "0", "--maps", maps];
        let (report, certificate) = realise(&choi, &arguments, &format!("choi3-{maps}"));
        assert_eq!(report["verdict"], "not-realisable", "{maps}");
        assert_eq!(report["verified"], true, "{maps}");
        let expected = if maps == "cptp" { "self-tested" } else { "not-realisable" };
        assert_eq!(claim(certificate), expected);
    }
}

/// A unitary, a measurement that prepares, and a depolarising channel are found again, and with them a quantum model.
#[test]
fn channels_are_found() {
    let maps = [
        ("rotated", "hw(1,1)*SIGMA*dagger(hw(1,1))", 1),
        ("dephased", "proj(0)*SIGMA*proj(0) + proj(1)*SIGMA*proj(1) + proj(2)*SIGMA*proj(2)", 3),
        ("depolarised", "1/2*SIGMA + 1/6*I", 9),
    ];
    for (name, map, rank) in maps {
        let file = qutrit(name, map);
        let model = format!("{}/{name}-model.json", env!("CARGO_TARGET_TMPDIR"));
        let (report, certificate) = realise(&file, &["--reference", "0", "--model", &model], name);
        assert_eq!(report["verdict"], "realisable", "{name}");
        assert_eq!(report["verified"], true, "{name}");
        assert!(number(&report, "/deviation") <= 1e-7, "{name}");
        assert_eq!(report["channels"][1]["rank"], rank, "{name}");
        assert_eq!(report["conclusion"]["kind"], "quantum", "{name}");
        assert_eq!(claim(certificate), "realisable", "{name}");
        let model = std::fs::read_to_string(&model).unwrap();
        assert!(verified(&model), "{name}: {}", check_str(&model));
    }
}

const PARTIAL: &str = r#"
[scenario]
kind = "bob-with-input"
settings = 2
outcomes = 2
inputs = 2
dimension = 2
[assemblage]
partial = true
elements = [
  {a = 0, x = 0, y = 0, matrix = [["1/2", 0], [0, 0]]},
  {a = 1, x = 0, y = 0, matrix = [[0, 0], [0, "1/2"]]},
  {a = 0, x = 1, y = 0, matrix = [["1/4", "1/4"], ["1/4", "1/4"]]},
  {a = 1, x = 1, y = 0, matrix = [["1/4", "-1/4"], ["-1/4", "1/4"]]},
  {a = 0, x = 0, y = 1, matrix = [[0, 0], [0, "1/2"]]},
  {a = 0, x = 1, y = 1, matrix = ENTRY},
]
"#;

/// What is not given may be anything: a rotation makes the two states at y = 1 unless their overlap grows.
#[test]
fn parts_of_an_assemblage() {
    for (entry, name, verdict) in [
        (r#"[["1/4", "1/4"], ["1/4", "1/4"]]"#, "partial-possible", "realisable"),
        (r#"[["1/2", 0], [0, 0]]"#, "partial-impossible", "not-realisable"),
    ] {
        let file = problem(name, &PARTIAL.replace("ENTRY", entry));
        let (report, certificate) = realise(&file, &["--reference", "0"], name);
        assert_eq!(report["verdict"], verdict, "{name}");
        assert_eq!(report["verified"], true, "{name}");
        let text = certificate.unwrap();
        assert!(verified(&text), "{}", check_str(&text));
        // Nothing follows about the whole.
        assert_ne!(report["conclusion"]["kind"], "post-quantum");
        assert_ne!(report["conclusion"]["whole"], true);
        let output = steerq(&["certify", &file]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("partial"));
    }
}

/// References of other dimensions, by file: a ququart reference makes a qubit assemblage by forgetting a qubit; not the
/// other way round, for the maximally entangled ququart's states have more to distinguish.
#[test]
fn references_of_other_dimensions() {
    let traditional = |name: &str, dimension: usize, formula: &str| {
        problem(
            name,
            &format!(
                "[scenario]\nkind = \"traditional\"\nsettings = 3\noutcomes = 2\ndimension = {dimension}\n\
                 [assemblage]\nformula = \"{formula}\"\n"
            ),
        )
    };
    let small = traditional("small", 2, "1/4*(I + (-1)^a*pauli(x+1))");
    let large = traditional("large", 4, "1/8*kron(I + (-1)^a*pauli(x+1), proj(0) + proj(1))");
    let pure = traditional("pure", 4, "1/4*kron(I + (-1)^a*pauli(x+1), proj(0))");
    let blurred = traditional("blurred", 4, "1/8*kron(I + (-1)^a*pauli(x+1)/2, I)");
    for (target, reference, verdict) in [
        (&small, &large, "realisable"),
        (&large, &small, "realisable"),
        (&pure, &small, "realisable"),
        (&small, &blurred, "not-realisable"),
    ] {
        let (report, certificate) = realise(target, &["--reference", reference], "dimensions");
        assert_eq!(report["verdict"], verdict, "{target} of {reference}");
        assert_eq!(report["verified"], true, "{target} of {reference}");
        assert!(verified(&certificate.unwrap()));
        assert_eq!(report["self_test"], Value::Null);
    }
    let (report, _) = realise(&small, &["--reference", &blurred], "blurred");
    // v·X of ½·X is trace preserving and positive up to v = 1/2.
    let visibility = number(&report, "/visibility/value");
    assert!((0.5..0.5 + ACCURACY).contains(&visibility), "{visibility}");
}

/// Where Alice's probabilities or linear relations differ, no solver is needed.
#[test]
fn obstructions_without_a_solver() {
    let biased = problem(
        "biased",
        "[scenario]\nkind = \"traditional\"\nsettings = [1, 2, 3]\noutcomes = 2\ndimension = 2\n\
         [assemblage]\nformula = \"(1/2 + (-1)^a/4)*I/2\"\n",
    );
    let flat = problem(
        "flat",
        "[scenario]\nkind = \"traditional\"\nsettings = [1, 2, 3]\noutcomes = 2\ndimension = 2\n\
         [assemblage]\nformula = \"1/4*(I + (-1)^a*Z)\"\n",
    );
    let (report, certificate) = realise("problems/pauli3.toml", &["--reference", &biased], "biased");
    assert_eq!(report["verdict"], "not-realisable");
    assert_eq!(report["visibility"]["value"], Value::Null);
    assert_eq!(claim(certificate), "not-realisable");
    let (report, certificate) = realise("problems/pauli3.toml", &["--reference", &flat], "flat");
    assert_eq!(report["verdict"], "not-realisable");
    assert!(number(&report, "/visibility/value") < ACCURACY);
    assert_eq!(claim(certificate), "not-realisable");
}

#[test]
fn references_that_are_none() {
    let says = |arguments: &[&str], words: &str| {
        let output = steerq(&[&["realise"], arguments].concat());
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    };
    says(&["problems/eq6.toml", "--reference", "2"], "the inputs are 0, 1");
    says(&["problems/eq6.toml", "--reference", "nowhere.toml"], "does not exist");
    says(&["problems/eq6.toml", "--reference", "problems/eq6.toml"], "must have one");
    says(&["problems/eq6.toml", "--reference", "problems/pauli2.toml"], "must be the same");
    says(&["problems/pauli3.toml"], "--reference FILE");
    says(&["problems/chsh-game.toml", "--reference", "0"], "assemblage");
}

/// What the level does not see: the self-test at a level that accepts Eq. (6), and channels that make the two settings X and Y
/// quantum exactly, at the boundary of the set.
#[test]
fn verdicts_beyond_the_hierarchy() {
    for (arguments, verdict, evidence, kind) in [
        (&["problems/eq6.toml", "--level", "1"][..], "post-quantum", "self-test", "self-tested"),
        (&["problems/eq6-two.toml"], "quantum", "channels", "realisable"),
    ] {
        let path = format!("{}/beyond-{verdict}.json", env!("CARGO_TARGET_TMPDIR"));
        let report = json(&[&["certify"], arguments, &["--certificate", &path]].concat(), 0);
        assert_eq!(report["verdict"], verdict);
        assert_eq!(report["verified"], true);
        assert_eq!(report["evidence"]["kind"], evidence);
        assert_eq!(claim(std::fs::read_to_string(&path).ok()), kind);
    }
    let report = json(&["visibility", "problems/eq6-two.toml"], 0);
    assert_eq!(report["visibility"]["inner"]["value"], 1.0);
    assert_eq!(report["visibility"]["inner"]["verified"], true);
}

/// States that are nearly pure allow a quantum assemblage that no channel makes of them: the self-test is silent.
#[test]
fn nearly_pure_is_not_pure() {
    let element = |a: usize, x: usize, y: usize, overlap: &str| {
        let sign = if a == 0 { "" } else { "-" };
        let (p, q) = if a == 0 { ("(1-s^2)/2", "s^2/2") } else { ("s^2/2", "(1-s^2)/2") };
        match (x, a) {
            (0, 0) => format!("{{a=0,x=0,y={y},matrix=[[\"1/2\",0],[0,0]]}}"),
            (0, _) => format!("{{a=1,x=0,y={y},matrix=[[0,0],[0,\"1/2\"]]}}"),
            _ => format!(
                "{{a={a},x=1,y={y},matrix=[[\"{p}\",\"{sign}{overlap}*s*sqrt(1-s^2)/2\"],\
                 [\"{sign}{overlap}*s*sqrt(1-s^2)/2\",\"{q}\"]]}}"
            ),
        }
    };
    let labels = (0..2).flat_map(|y| (0..2).flat_map(move |x| (0..2).map(move |a| (a, x, y))));
    let elements: Vec<String> =
        labels.map(|(a, x, y)| element(a, x, y, if y == 0 { "91/100" } else { "1" })).collect();
    let file = problem(
        "nearly-pure",
        &format!(
            "[scenario]\nkind = \"bob-with-input\"\nsettings = 2\noutcomes = 2\ninputs = 2\ndimension = 2\n\
             [parameters]\ns = \"1/10000\"\n[assemblage]\nelements = [{}]\n",
            elements.join(", ")
        ),
    );
    let (report, certificate) = realise(&file, &["--reference", "0"], "nearly-pure");
    assert_eq!(report["verdict"], "not-realisable");
    assert_eq!(report["self_test"]["holds"], false);
    assert_eq!(report["conclusion"]["kind"], "none");
    assert_eq!(claim(certificate), "not-realisable");
    let (report, _) = realise(&file, &["--reference", "1"], "nearly-pure-1");
    assert_eq!(report["conclusion"]["kind"], "quantum");
}

/// Elements of 10⁻⁸ are no relation that the target breaks: the identity makes an assemblage of itself.
#[test]
fn small_elements() {
    for e in ["1/10000000", "1/30000000", "1/100000000", "1/1000000000"] {
        let file = problem(
            "small-elements",
            &format!(
                "[scenario]\nkind = \"bob-with-input\"\nsettings = 2\noutcomes = 3\ninputs = 2\ndimension = 2\n\
                 [parameters]\ne = \"{e}\"\n[assemblage]\nformula = \"delta(a,2)*e*(I+Y)/2 + (1-delta(a,2))*1/4*((1-e)*(I + \
                 9/10*(-1)^a*(delta(x,0)*X+delta(x,1)*Z)) - e*Y)\"\n"
            ),
        );
        let (report, _) = realise(&file, &[], "small-elements");
        assert_eq!(report["verdict"], "realisable", "{e}: {report:#}");
    }
}

/// Along a noise that no map makes there is no visibility, and the verdict does not depend on it.
#[test]
fn noise_that_is_of_no_use() {
    let eq6 = std::fs::read_to_string("problems/eq6.toml").unwrap();
    for (name, noise) in [
        ("itself", "1/4*(I + (-1)^(a + delta(x,2)*delta(y,1))*pauli(x))"),
        ("deterministic", "delta(a,0)*I/2"),
        ("biased", "delta(a,0)*proj(0)*3/4+delta(a,1)*proj(1)*1/4"),
    ] {
        let file = problem(&format!("noise-{name}"), &format!("{eq6}\n[noise]\nformula = \"{noise}\"\n"));
        let (report, certificate) = realise(&file, &["--reference", "0"], &format!("noise-{name}"));
        assert_eq!(report["verdict"], "not-realisable", "{name}");
        assert_eq!(report["visibility"]["value"], Value::Null, "{name}");
        assert_eq!(claim(certificate), "self-tested", "{name}");
    }
}
