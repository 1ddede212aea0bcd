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

/// Eq. (6) at the visibility (1−p)·v: post-quantum above √6/3.
fn two_parameters(name: &str, sweep: &str) -> String {
    let text = std::fs::read_to_string("problems/eq6-noise.toml").unwrap();
    let text = text.split("[expected]").next().unwrap();
    let text = text.replace("formula = \"1/4*(I", "formula = \"depolarise(1/4*(I");
    let text = text.replace("pauli(x))\"\n\n[f", "pauli(x)), p)\"\n\n[f");
    problem(name, &format!("{text}[parameters]\np = 0\n\n{sweep}"))
}

/// Every value of one parameter with every value of another, and the change of the verdict narrowed down for each of the
/// second's: at p = 1 − √6/(3v). One run, shards in any order, and a journal cut off anywhere give the same bytes.
#[test]
fn two_parameters_narrowed_down() {
    let sweep = "[sweep]\nparameter = \"p\"\nfrom = 0\nto = \"0.4\"\npoints = 3\nrefine = 3\n\n\
                 [sweep.second]\nparameter = \"visibility\"\nfrom = 1\nto = \"0.9\"\npoints = 2\n";
    let file = two_parameters("sweep-two", sweep);
    let out = folder("sweep-two");
    let tables =
        |folder: &Path| ["sweep.csv", "sweep.json"].map(|name| std::fs::read(folder.join(name)).unwrap());
    let report = json(&["sweep", &file, "--out", &shown(&out)], 0);
    let points = report["points"].as_array().unwrap();
    // Three for each change, and there is one for each of two visibilities.
    assert_eq!(points.len(), 3 * 2 + 3 * 2);
    let truth = 6.0_f64.sqrt() / 3.0;
    let mut last = (-1.0, 0.0);
    for (index, point) in points.iter().enumerate() {
        let (p, v) = (number(point, "/value"), number(point, "/second"));
        assert_eq!(point["index"], index);
        assert!(p > last.0 || p == last.0 && v < last.1, "the grid's order: {last:?}, {:?}", (p, v));
        last = (p, v);
        let expected = if (1.0 - p) * v < truth { "quantum" } else { "post-quantum" };
        assert_eq!(
            (point["verdict"].as_str(), &point["verified"]),
            (Some(expected), &true.into()),
            "{p}, {v}"
        );
    }
    let changes = report["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    for (change, v) in changes.iter().zip([1.0, 0.9]) {
        let [last, first] = ["/last/value", "/first/value"].map(|side| number(change, side));
        let place = 1.0 - truth / v;
        assert_eq!(number(change, "/second"), v);
        assert!(last < place && place < first, "v = {v}: {last}, {first}");
        // 0.2/2³, exact but for the rounding of the ends.
        assert!((first - last - 0.025).abs() < 1e-15, "v = {v}: {last}, {first}");
        assert_eq!(
            (&change["last"]["verdict"], &change["first"]["verdict"]),
            (&"post-quantum".into(), &"quantum".into())
        );
        assert_eq!((&change["last"]["verified"], &change["first"]["verified"]), (&true.into(), &true.into()));
    }
    let csv = std::fs::read_to_string(out.join("sweep.csv")).unwrap();
    assert!(csv.starts_with("index,value,second,functional,verdict,verified"), "{csv}");
    let map = std::fs::read_to_string(out.join("sweep.svg")).unwrap();
    assert!(map.contains("post-quantum"), "a map of the verdicts");
    // Shards compute the grid, and the merge what lies between.
    let parts = folder("sweep-two-shards");
    for shard in ["2/2", "1/2"] {
        assert!(steerq(&["sweep", &file, "--out", &shown(&parts), "--shard", shard]).status.success());
    }
    for _ in 0..2 {
        assert!(steerq(&["merge", &file, "--out", &shown(&parts)]).status.success());
        assert_eq!(tables(&parts), tables(&out));
    }
    // What an interruption may leave: any beginning of the journal.
    let journal = out.join("journal.jsonl");
    let whole = std::fs::read_to_string(&journal).unwrap();
    let cut = folder("sweep-two-cut");
    std::fs::create_dir_all(&cut).unwrap();
    for (kept, threads) in [(0, "1"), (4, "2"), (7, "1"), (9, "2"), (12, "1")] {
        let lines: String = whole.split_inclusive('\n').take(kept).collect();
        std::fs::write(cut.join("journal.jsonl"), lines).unwrap();
        let again = ["sweep", &file, "--out", &shown(&cut), "--resume", "--threads", threads];
        assert!(steerq(&again).status.success());
        assert_eq!(tables(&cut), tables(&out), "{kept} lines were left");
    }
}

/// Amplitude damping has no threshold that a program finds; the sweep encloses it, with certificates at both ends. Eq. (5) has
/// the correlations of a Popescu–Rohrlich box, of which Bob's outcome 1 becomes 0 with probability 1−v: its value is 4v in
/// the inequality of Clauser, Horne, Shimony and Holt, so that nothing is classical above 1/2; there it is, and above it
/// nothing is quantum either.
#[test]
fn critical_damping() {
    let text = "[scenario]\nkind = \"bob-with-input\"\nsettings = 2\noutcomes = 2\ninputs = 2\ndimension = 2\n\
                [assemblage]\nformula = \"1/2*proj(mod(a + x*y, 2))\"\n[noise]\nkind = \"amplitude-damping\"\n\
                [sweep]\nparameter = \"visibility\"\nfrom = 1\nto = 0\npoints = 4\nrefine = 6\n";
    let file = problem("sweep-damping", text);
    let report = json(&["sweep", &file, "--out", &shown(&folder("sweep-damping"))], 0);
    let change = &report["changes"][0];
    assert_eq!(report["changes"].as_array().unwrap().len(), 1);
    let [last, first] = ["/last/value", "/first/value"].map(|side| number(change, side));
    assert!(first <= 0.5 && 0.5 < last, "{last} to {first}");
    assert!((last - first - 1.0 / 3.0 / 64.0).abs() < 1e-15, "{last} to {first}");
    let ends =
        ["last", "first"].map(|side| (change[side]["verdict"].clone(), change[side]["verified"].clone()));
    assert_eq!(ends, [("post-quantum".into(), true.into()), ("quantum".into(), true.into())]);
    assert_eq!(report["points"].as_array().unwrap().len(), 4 + 6);
}

/// A sweep with a point that has no verdict either way says so, after everything is written; shards leave that to the merge.
#[test]
fn undecided() {
    let file = along_noise("sweep-undecided", 5);
    let out = folder("sweep-undecided");
    let report = json(&["sweep", &file, "--out", &shown(&out), "--no-search"], 3);
    assert_eq!(report["points"][3]["verdict"], "undecided");
    assert_eq!(report["points"][4]["verdict"], "post-quantum");
    assert!(RESULTS.iter().all(|name| out.join(name).exists()));
    // Results that belong to other settings are counted.
    let resumed = steerq(&["sweep", &file, "--out", &shown(&out), "--resume"]);
    assert_eq!(resumed.status.code(), Some(0));
    let notice = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert!(notice.contains("5 results") && notice.contains("other settings"), "{notice}");
}

/// A sweep without a single answer is a failure, and a figure of an earlier one in its folder does not pass for its own.
#[test]
fn unanswered() {
    let text = "[scenario]\nkind = \"traditional\"\nsettings = 2\noutcomes = 2\ndimension = 2\n\
                [parameters]\nt = 5\n[functional]\nformula = \"(-1)^a*Z/(t*(t - 1))\"\n\
                [sweep]\nparameter = \"t\"\nfrom = 0\nto = 1\npoints = 2\n";
    let out = folder("sweep-unanswered");
    std::fs::create_dir_all(&out).unwrap();
    std::fs::write(out.join("sweep.svg"), "of an earlier sweep").unwrap();
    let report = json(&["sweep", &problem("sweep-unanswered", text), "--out", &shown(&out)], 1);
    for point in report["points"].as_array().unwrap() {
        assert!(point["error"].as_str().unwrap().contains("zero"), "{point}");
    }
    assert!(!out.join("sweep.svg").exists());
    // Nor with a second parameter.
    let second = "[sweep.second]\nparameter = \"u\"\nfrom = 0\nto = 1\npoints = 2\n";
    let text = format!("{}{second}", text.replace("t = 5\n", "t = 5\nu = 0\n"));
    let out = folder("sweep-unanswered-map");
    let report = json(&["sweep", &problem("sweep-unanswered-map", &text), "--out", &shown(&out)], 1);
    assert_eq!(report["points"].as_array().unwrap().len(), 4);
}

/// Along the visibility every point knows its region.
#[test]
fn regions() {
    let out = folder("sweep-regions");
    let report = json(&["sweep", &along_noise("sweep-regions", 11), "--out", &shown(&out)], 0);
    for point in report["points"].as_array().unwrap() {
        let expected = match number(point, "/value") {
            // 1/√3 and √6/3.
            v if v < 0.5773 => "classical",
            v if v < 0.8164 => "quantum",
            _ => "post-quantum",
        };
        assert_eq!(point["region"], expected);
    }
    let csv = std::fs::read_to_string(out.join("sweep.csv")).unwrap();
    assert!(csv.lines().next().unwrap().ends_with("region,error"), "{csv}");
}

/// Where only the noise depends on the parameter, visibilities are computed unless the file says otherwise.
#[test]
fn noise_along_a_parameter() {
    let text = "[scenario]\nkind = \"traditional\"\nsettings = [1, 3]\noutcomes = 2\ndimension = 2\n\
                [parameters]\nq = 0\n[assemblage]\nformula = \"1/4*(I + (-1)^a*pauli(x))\"\n\
                [functional]\nfrom = \"assemblage\"\n[noise]\nformula = \"1/4*(I + q*Y)\"\n\
                [sweep]\nparameter = \"q\"\nfrom = 0\nto = 1\npoints = 2\n";
    let file = problem("sweep-noise-parameter", text);
    let report = json(&["sweep", &file, "--out", &shown(&folder("sweep-noise-parameter"))], 0);
    assert_eq!(report["compute"], "visibility");
    assert!((number(&report, "/points/0/classical/value") - 0.5_f64.sqrt()).abs() < 1e-6);
}

/// Where not even the noise is quantum there are verdicts and no thresholds: Eq. (5) has no coherence that dephasing could take.
#[test]
fn noise_that_is_not_quantum() {
    let text = "[scenario]\nkind = \"bob-with-input\"\nsettings = 2\noutcomes = 2\ninputs = 2\ndimension = 2\n\
                [assemblage]\nformula = \"1/2*proj(mod(a + x*y, 2))\"\n[noise]\nkind = \"dephasing\"\n\
                [sweep]\nparameter = \"visibility\"\nfrom = 0\nto = 1\npoints = 2\n";
    let file = problem("sweep-not-quantum", text);
    let report = json(&["sweep", &file, "--out", &shown(&folder("sweep-not-quantum"))], 0);
    assert!(report["thresholds"].is_null());
    for point in report["points"].as_array().unwrap() {
        assert_eq!((&point["verdict"], &point["verified"]), (&"post-quantum".into(), &true.into()));
    }
}

/// Results along one noise are none along another, also where the assemblages are the same.
#[test]
fn another_noise() {
    let text = |answer: u32| {
        format!(
            "[scenario]\nkind = \"traditional\"\nsettings = [1, 3]\noutcomes = 2\ndimension = 2\n\
             [parameters]\nr = 1\n[assemblage]\nformula = \"1/4*(I + r*(-1)^a*pauli(x))\"\n\
             [noise]\nkind = \"loss\"\nbinned = {answer}\n\
             [sweep]\nparameter = \"r\"\nfrom = \"1/2\"\nto = 1\npoints = 2\n"
        )
    };
    let out = folder("sweep-another-noise");
    for (answer, known) in [(0, 0), (1, 2)] {
        let file = problem("sweep-another-noise", &text(answer));
        let output = steerq(&["sweep", &file, "--out", &shown(&out), "--resume"]);
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{messages}");
        assert_eq!(messages.contains("2 results"), known == 2, "{messages}");
        let journal = std::fs::read_to_string(out.join("journal.jsonl")).unwrap();
        assert_eq!(journal.lines().count(), known + 2);
    }
}
