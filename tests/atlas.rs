//! Atlases: rows, agreement with what is expected, the folder with its page. Only problems that take no time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::{json, number, steerq};
use serde_json::{Value, json};
use steerq::pipeline::{Entry, Options, atlas};
use steerq::problem::{Problem, Source};
use steerq_check::{Outcome, check_str};

const CHSH: &str = "[scenario]\nkind = \"bell\"\nsettings = 2\noutcomes = 2\ninputs = 2\n\
                    [functional]\nformula = \"(-1)^(a + b + x*y)\"\n[hierarchy]\nlevel = \"1\"\n";

/// An empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("atlas-{name}"));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Runs `atlas` on files of problems; the object on stdout and the page.
fn run(name: &str, files: &[&str], code: i32) -> (Value, String, PathBuf) {
    let out = folder(name);
    let shown = out.display().to_string();
    let report = json(&[&["atlas"], files, &["--out", &shown]].concat(), code);
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    (report, page, out)
}

fn row<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["rows"].as_array().unwrap().iter().find(|row| row["name"] == name).expect(name)
}

fn agreement<'a>(row: &'a Value, quantity: &str) -> &'a Value {
    let checks = row["expected"].as_array().unwrap();
    &checks.iter().find(|check| check["quantity"] == quantity).expect(quantity)["agreement"]
}

/// The tags of a page close in order, and attributes and text have nothing that means something else.
fn well_formed(page: &str) {
    let body = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    let mut open: Vec<&str> = Vec::new();
    let mut identifiers = BTreeSet::new();
    let mut targets = BTreeSet::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        let name = tag.split([' ', '/', '\n']).find(|word| !word.is_empty()).expect("a name");
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "…<{piece}");
        } else if !tag.ends_with('/') && !["meta"].contains(&name) {
            open.push(name);
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
        for (attribute, found) in [(" id=\"", &mut identifiers), (" href=\"#", &mut targets)] {
            if let Some(value) = tag.split(attribute).nth(1) {
                found.insert(value.split('"').next().unwrap().to_owned());
            }
        }
        if open.last() == Some(&"style") {
            continue;
        }
        for entity in text.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
            assert!(known.iter().any(|name| entity.starts_with(name)), "&{entity}");
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    assert!(targets.is_subset(&identifiers), "every link has its section");
}

/// A value, a minimum, a verdict: rows in the order of the files, certificates that the checker accepts, a page that
/// needs nothing from elsewhere.
#[test]
fn a_small_atlas() {
    let files = [
        "problems/pauli2.toml",
        "problems/ch.toml",
        "problems/tilted.toml",
        "problems/sequential-three.toml",
    ];
    let (report, page, out) = run("small", &files, 0);
    let rows = report["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["pauli2", "ch", "tilted", "sequential-three"]);
    for row in rows {
        assert_eq!((&row["agreement"], &row["error"]), (&json!("agrees"), &Value::Null), "{row:#}");
        assert!(row["expected"].as_array().unwrap().iter().all(|check| check["agreement"] == "agrees"));
    }
    assert_eq!(report["tally"]["agrees"], 4);
    assert_eq!(report["left_out"], json!([]));
    let pauli = &rows[0];
    assert_eq!((&pauli["verdict"], &pauli["verified"]), (&json!("quantum"), &json!(true)));
    assert!((number(pauli, "/visibility/classical/value") - 0.5_f64.sqrt()).abs() < 1e-6);
    assert!((number(&rows[1], "/bounds/quantum_outer/value") + (1.0 + 2_f64.sqrt()) / 2.0).abs() < 1e-6);
    // β = 1 is a parameter of the file, which its expectation uses.
    assert!((number(&rows[2], "/expected/1/expected") - 10_f64.sqrt()).abs() < 1e-12);
    let mut certificates = 0;
    for certificate in rows.iter().flat_map(|row| row["certificates"].as_array().unwrap()) {
        let file = certificate["file"].as_str().unwrap();
        let text = std::fs::read_to_string(out.join(file)).unwrap();
        assert!(matches!(check_str(&text), Outcome::Verified { .. }), "{file}");
        assert!(page.contains(&format!("href=\"./{file}\"")), "{file}");
        certificates += 1;
    }
    assert!(certificates > 10, "{certificates}");
    let written: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("atlas.json")).unwrap()).unwrap();
    assert_eq!(written, report);
    well_formed(&page);
    for foreign in ["<script", "src=", "http", "url(", "@import"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

/// What is expected is compared with what is proved, key by key; the worst counts.
#[test]
fn wrong_expectations_are_contradicted() {
    let inputs = folder("wrong-inputs");
    let cases = [
        ("right", "classical = 2\nquantum = \"2*sqrt(2)\"\nno-signalling = 4\n", "agrees"),
        ("too-low", "quantum = 2.828\n", "contradicts"),
        ("too-high", "quantum = 2.829\n", "contradicts"),
        ("too-classical", "classical = 1.9\nquantum = \"2*sqrt(2)\"\n", "contradicts"),
        // A bound alone does not exclude less than it.
        ("loose", "no-signalling = 3.9\n", "encloses"),
        ("none", "", ""),
    ];
    let mut files = Vec::new();
    for (name, expected, _) in cases {
        let path = inputs.join(format!("{name}.toml"));
        let table = if expected.is_empty() { String::new() } else { format!("[expected]\n{expected}") };
        std::fs::write(&path, format!("{CHSH}{table}")).unwrap();
        files.push(path.display().to_string());
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (report, page, _) = run("wrong", &files, 0);
    for (name, _, expected) in cases {
        let row = row(&report, name);
        let found = if expected.is_empty() { Value::Null } else { json!(expected) };
        assert_eq!(row["agreement"], found, "{name}: {row:#}");
    }
    let classical = row(&report, "too-classical");
    assert_eq!(agreement(classical, "classical"), "contradicts");
    assert_eq!(agreement(classical, "quantum"), "agrees");
    let tally =
        json!({"agrees": 1, "encloses": 1, "open": 0, "contradicts": 3, "nothing_expected": 1, "errors": 0});
    assert_eq!(report["tally"], tally);
    assert!(page.contains("contradicts"));
    well_formed(&page);
    // Without a search there is nothing below the bound that would contradict.
    let text = String::from_utf8(
        steerq(&["atlas", files[1], "--no-search", "--out", &folder("no-search").display().to_string()])
            .stdout,
    )
    .unwrap();
    assert!(text.contains("1 problem: 1 encloses"), "{text}");
}

/// A verdict that is wrong, one that the level does not reach, and an assemblage that is none.
#[test]
fn verdicts_are_compared() {
    let inputs = folder("verdict-inputs");
    let scenario = "[scenario]\nkind = \"traditional\"\nsettings = 2\noutcomes = 2\ndimension = 2\n";
    let assemblage = |formula: &str| format!("{scenario}[assemblage]\nformula = \"{formula}\"\n");
    let [quantum, invalid] = [assemblage("1/4*(I + (-1)^a*pauli(x + 1))"), assemblage("1/2*proj(x)")];
    for (name, text, verdict) in [
        ("quantum", &quantum, "quantum"),
        ("mistaken", &quantum, "post-quantum"),
        ("invalid", &invalid, "invalid"),
        ("not-invalid", &quantum, "invalid"),
    ] {
        let path = inputs.join(format!("{name}.toml"));
        std::fs::write(path, format!("{text}[expected]\nverdict = \"{verdict}\"\n")).unwrap();
    }
    let (report, _, _) = run("verdicts", &[&inputs.display().to_string()], 0);
    let found: Vec<(&str, &str)> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["agreement"].as_str().unwrap()))
        .collect();
    let expected = [
        ("invalid", "agrees"),
        ("mistaken", "contradicts"),
        ("not-invalid", "contradicts"),
        ("quantum", "agrees"),
    ];
    assert_eq!(found, expected);
    assert_eq!(row(&report, "invalid")["visibility"], Value::Null);
}

/// What cannot be read is a row with its place, and the others go on. Names and titles are text wherever they end up.
#[test]
#[cfg(unix)]
fn unreadable_files_and_strange_names() {
    let inputs = folder("strange-inputs");
    let strange = inputs.join("a <b> & \"c\" #%.toml");
    let title = "title = \"<script>alert(1)</script> & 'more'\"\nsource = \"\\u0007<i>\"\n";
    std::fs::write(&strange, format!("{title}{CHSH}")).unwrap();
    let broken = inputs.join("broken.toml");
    std::fs::write(&broken, CHSH.replace("bell", "<b>bel</b>")).unwrap();
    let missing = inputs.join("missing.toml");
    let files = [&strange, &broken, &missing].map(|path| path.display().to_string());
    let (report, page, out) = run("strange", &files.each_ref().map(String::as_str), 2);
    let name = "a <b> & \"c\" #%";
    assert_eq!(row(&report, name)["error"], Value::Null);
    assert!((number(row(&report, name), "/bounds/quantum_outer/value") - 8_f64.sqrt()).abs() < 1e-6);
    let error = row(&report, "broken")["error"].as_str().unwrap();
    assert!(error.contains("broken.toml:2:8: "), "{error}");
    assert!(error.contains("one of: traditional"), "{error}");
    assert!(row(&report, "missing")["error"].as_str().unwrap().contains("does not exist"));
    assert_eq!(report["tally"]["errors"], 2);
    well_formed(&page);
    for text in ["<script", "<b>", "<i>", "\u{7}"] {
        assert!(!page.contains(text), "{text:?}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#39;more&#39;"));
    // The link, decoded, is the file.
    let link = "./a%20%3Cb%3E%20%26%20%22c%22%20%23%25-quantum-bound.cert.json";
    assert!(page.contains(&format!("href=\"{link}\"")));
    assert!(out.join(format!("{name}-quantum-bound.cert.json")).is_file());
    let stderr =
        String::from_utf8(steerq(&["atlas", &files[1], "--out", &out.display().to_string()]).stderr).unwrap();
    assert!(stderr.contains("help: "), "{stderr}");
}

#[test]
fn a_folder_without_problems_is_refused() {
    let empty = folder("empty");
    let output =
        steerq(&["atlas", &empty.display().to_string(), "--out", &folder("unused").display().to_string()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there are no problem files in"));
}

/// After an interruption nothing new begins, and what is left out is named.
#[test]
fn an_interruption_leaves_out_the_rest() {
    let problem = || Problem::parse(Source::new("chsh.toml", CHSH.to_owned()), Path::new(""));
    let entry =
        |name: &str| Entry { name: name.to_owned(), file: "chsh.toml".to_owned(), problem: problem() };
    let entries = [entry("one"), entry("other")];
    let options = Options::default();
    let report = atlas(&entries, &options, &|_, _| {});
    assert_eq!((report.rows.len(), report.left_out.len()), (2, 0));
    options.settings.watch.interrupt();
    let report = atlas(&entries, &options, &|_, _| panic!("nothing is done"));
    assert_eq!((report.rows.len(), report.left_out), (0, vec!["one".to_owned(), "other".to_owned()]));
}
