//! Sweeps: what they compute, and that nothing is lost whatever happens to them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{json, number, problem, steerq};
use serde_json::Value;

const RESULTS: [&str; 4] = ["sweep.csv", "sweep.json", "sweep.svg", "sweep.png"];

/// A sweep of Eq. (6) along white noise.
fn along_noise(name: &str, points: u32) -> String {
    let text = std::fs::read_to_string("problems/eq6-noise.toml").unwrap();
    problem(name, &text.replace("points = 101", &format!("points = {points}")))
}

/// A folder that does not exist yet.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn results(folder: &Path) -> Vec<Vec<u8>> {
    RESULTS.iter().map(|name| std::fs::read(folder.join(name)).unwrap()).collect()
}

/// The verdict changes at √6/3 = 0.816…, and the thresholds say so from both sides.
#[test]
fn along_white_noise() {
    let out = folder("sweep-noise");
    let report = json(&["sweep", &along_noise("sweep-noise", 21), "--out", &shown(&out)], 0);
    let points = report["points"].as_array().unwrap();
    assert_eq!(points.len(), 21);
    for point in points {
        let v = number(point, "/value");
        let expected = if v < 0.8165 { "quantum" } else { "post-quantum" };
        assert_eq!(
            (point["verdict"].as_str(), &point["verified"]),
            (Some(expected), &true.into()),
            "v = {v}"
        );
        assert!((number(point, "/functional") - 6.0 * v).abs() < 1e-12);
    }
    let threshold = |side: &str| number(&report, &format!("/thresholds/{side}/value"));
    let truth = 6.0_f64.sqrt() / 3.0;
    assert!(threshold("quantum_inner") <= truth && truth <= threshold("quantum_outer"));
    let csv = std::fs::read_to_string(out.join("sweep.csv")).unwrap();
    assert_eq!(csv.lines().count(), 22);
    let [head, row] = [0, 21].map(|k| csv.lines().nth(k).unwrap().split(',').collect::<Vec<_>>());
    assert_eq!(head.len(), row.len());
    assert_eq!(&row[..5], ["20", "1", "6", "post-quantum", "true"]);
    let written: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("sweep.json")).unwrap()).unwrap();
    assert_eq!(written, report);
}

/// Along a parameter of the functional its ladder, which is known in closed form.
#[test]
fn along_a_parameter() {
    let out = folder("sweep-tilted");
    let text = std::fs::read_to_string("problems/tilted-sweep.toml").unwrap();
    let file = problem("sweep-tilted", &text.replace("points = 41", "points = 5"));
    let report = json(&["sweep", &file, "--out", &shown(&out)], 0);
    for (k, point) in report["points"].as_array().unwrap().iter().enumerate() {
        let beta = k as f64 / 2.0;
        assert_eq!(number(point, "/value"), beta);
        let quantum = (8.0 + 2.0 * beta * beta).sqrt();
        for (rung, truth) in
            [("classical", 2.0 + beta), ("quantum_inner", quantum), ("quantum_outer", quantum)]
        {
            let value = number(point, &format!("/{rung}/value"));
            assert!((value - truth).abs() < 1e-6, "β = {beta}, {rung}: {value} instead of {truth}");
            assert_eq!(point[rung]["verified"], true, "β = {beta}, {rung}");
        }
    }
    assert!(std::fs::read_to_string(out.join("sweep.svg")).unwrap().contains("no-signalling"));
}

/// Where there is no assemblage the point says so, and the others are computed.
#[test]
fn past_what_is_invalid() {
    let text = "[scenario]\nkind = \"traditional\"\nsettings = [1, 3]\noutcomes = 2\ndimension = 2\n\
                [parameters]\nr = 1\n[assemblage]\nformula = \"1/4*(I + r*(-1)^a*pauli(x))\"\n\
                [sweep]\nparameter = \"r\"\nfrom = \"1/2\"\nto = \"3/2\"\npoints = 3\n";
    for (compute, last) in [("certify", "invalid"), ("visibility", "not a valid assemblage")] {
        let file = problem(&format!("sweep-past-{compute}"), &format!("{text}compute = \"{compute}\"\n"));
        let out = folder(&format!("sweep-past-{compute}"));
        let report = json(&["sweep", &file, "--out", &shown(&out)], 0);
        assert!(report["points"][0]["error"].is_null() && report["points"][1]["error"].is_null());
        assert!(report["points"][2].to_string().contains(last), "{report:#}");
    }
}

/// Killed at any moment and resumed, with one thread or two: the same bytes.
#[test]
fn killed_and_resumed() {
    let file = along_noise("sweep-killed", 21);
    let whole = folder("sweep-whole");
    assert!(steerq(&["sweep", &file, "--out", &shown(&whole), "--quiet"]).status.success());
    let out = folder("sweep-killed");
    let mut killed = 0;
    for attempt in 0..40_u64 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_steerq"));
        command.args(["sweep", &file, "--out", &shown(&out), "--quiet", "--resume"]);
        command.args(["--threads", if attempt % 2 == 0 { "1" } else { "2" }]);
        command.current_dir(env!("CARGO_MANIFEST_DIR")).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + 37 * (attempt % 7)));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "attempt {attempt}");
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
    }
    // Whatever the forty attempts have left.
    assert!(steerq(&["sweep", &file, "--out", &shown(&out), "--quiet", "--resume"]).status.success());
    assert!(killed > 0, "the sweep was over before it could be killed");
    assert_eq!(results(&out), results(&whole));
}

/// Shards, merged, are what one run writes; one that is missing is named.
#[test]
fn shards() {
    let file = along_noise("sweep-shards", 7);
    let (whole, out) = (folder("sweep-unsharded"), folder("sweep-shards"));
    assert!(steerq(&["sweep", &file, "--out", &shown(&whole), "--quiet"]).status.success());
    let shard = |number: &str| steerq(&["sweep", &file, "--out", &shown(&out), "--quiet", "--shard", number]);
    assert!(shard("1/3").status.success());
    assert!(shard("3/3").status.success());
    let merge = || steerq(&["merge", &file, "--out", &shown(&out), "--quiet"]);
    let early = merge();
    assert_eq!(early.status.code(), Some(2));
    let message = String::from_utf8_lossy(&early.stderr).into_owned();
    assert!(message.contains("2 of 7 points") && message.contains("number 1"), "{message}");
    assert!(shard("2/3").status.success());
    assert!(merge().status.success());
    assert_eq!(results(&out), results(&whole));
}

/// Results of an earlier run are neither mixed in silently nor overwritten; those of another problem or level do not count.
#[test]
fn earlier_results() {
    let file = along_noise("sweep-earlier", 3);
    let out = folder("sweep-earlier");
    let sweep = |arguments: &[&str]| {
        steerq(&[["sweep", file.as_str(), "--out", &shown(&out), "--quiet"].as_slice(), arguments].concat())
    };
    assert!(sweep(&[]).status.success());
    let again = sweep(&[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("--resume"));
    let journal = out.join("journal.jsonl");
    let lines = |journal: &Path| std::fs::read_to_string(journal).unwrap().lines().count();
    assert_eq!(lines(&journal), 3);
    assert!(sweep(&["--resume"]).status.success());
    assert_eq!(lines(&journal), 3);
    assert!(sweep(&["--resume", "--level", "1"]).status.success());
    assert_eq!(lines(&journal), 6);
    // A torn line is dropped with a notice, and its point computed again.
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, &text[..text.len() - 9]).unwrap();
    let resumed = sweep(&["--resume", "--level", "1"]);
    assert!(String::from_utf8_lossy(&resumed.stderr).contains("1 damaged line"));
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), text);
}
