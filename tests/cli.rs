//! Arguments, exit codes and streams, and functionals of every size.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use common::{json, number, problem, steerq};

/// Eq. (6) with its functional multiplied by a factor.
fn eq6_times(factor: &str) -> String {
    let text = std::fs::read_to_string("problems/eq6.toml").unwrap();
    let scaled = text.replace("formula = \"(-1)", &format!("formula = \"{factor}*(-1)"));
    assert_ne!(text, scaled);
    problem(&format!("eq6-times-{}", factor.replace('/', "-over-")), &scaled)
}

/// The bounds scale with the functional, whatever its size; certificates round at 10⁻¹¹ from above.
#[test]
fn functionals_of_every_size() {
    for (factor, size) in [("1e-6", 1e-6), ("1e12", 1e12), ("1e200", 1e200)] {
        let report = json(&["bound", &eq6_times(factor)], 0);
        for (name, expected) in
            [("classical", 12_f64.sqrt()), ("quantum_outer", 24_f64.sqrt()), ("no_signalling", 6.0)]
        {
            let value = number(&report, &format!("/bounds/{name}/value"));
            let error = value - size * expected;
            assert!(error.abs() < 1e-6 * size + 1e-10, "{name} of {factor}: {value}");
        }
        let note = report["bounds"]["quantum_outer"]["note"].as_str().unwrap();
        assert!(!note.contains("no-signalling"), "{note}");
    }
    let zero = json(&["bound", &eq6_times("0")], 0);
    assert!(number(&zero, "/bounds/quantum_outer/value").abs() < 1e-8);
    let output = steerq(&["bound", &eq6_times("1e308")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("divide it by a power of ten"));
}

/// A functional whose level-1 bound is above its no-signalling value: the note says what to do.
#[test]
fn weak_levels_are_noted() {
    let file = problem(
        "weak",
        "[scenario]\nkind = \"bell\"\nsettings = 1\noutcomes = 2\ninputs = 1\n\
         [functional]\nformula = \"-delta(a, 0)*delta(b, 0)\"\n",
    );
    let note = |level: &str| {
        let report = json(&["bound", &file, "--level", level], 0);
        report["bounds"]["quantum_outer"]["note"].as_str().unwrap().to_owned()
    };
    assert!(note("1").contains("raise the level"), "{}", note("1"));
    assert!(!note("1+AB").contains("raise the level"), "{}", note("1+AB"));
}

/// A level of Alice's words can be asked for: by itself, as the first of a ladder, and of `bound` alone.
#[test]
fn levels_of_alices_words() {
    let value = |more: &[&str]| {
        let report = json(&[&["bound", "problems/eq6.toml", "--level", "alice-2"], more].concat(), 0);
        assert_eq!(report["bounds"]["quantum_outer"]["verified"], true);
        report
    };
    let alone = value(&["--no-search"]);
    assert_eq!(alone["level"], "alice-2");
    let outer = number(&alone, "/bounds/quantum_outer/value");
    assert!(outer > 24_f64.sqrt() && outer < 5.0, "{outer}");
    let climbed = value(&["--gap", "1e-6"]);
    let levels: Vec<&str> = climbed["climb"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["level"].as_str().unwrap())
        .collect();
    assert_eq!(levels[0], "alice-2");
    assert!(!levels.contains(&"alice-1"), "{levels:?}");
    assert!(number(&climbed, "/gap") <= 1e-6);
    let refused = |arguments: &[&str], words: &str| {
        let output = steerq(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{stderr}");
    };
    refused(&["certify", "problems/eq6.toml", "--level", "alice-2"], "for `bound` alone");
    refused(&["bound", "problems/chsh.toml", "--level", "alice-2"], "Bob's output is classical");
    for level in ["alice-0", "alice-13", "alice", "alice-x"] {
        refused(&["bound", "problems/eq6.toml", "--level", level], "alice-1");
    }
    let large = steerq(&["bound", "problems/eq6.toml", "--level", "alice-12"]);
    assert_eq!(large.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&large.stderr).contains("memory"));
}

#[test]
fn both_programs_can_be_exported() {
    let first_line = |arguments: &[&str]| {
        let output = steerq(&[&["export", "problems/eq6.toml"], arguments].concat());
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap().lines().next().unwrap().to_owned()
    };
    assert!(first_line(&[]).ends_with("bound at level 1+AB"));
    assert!(first_line(&["--program", "bound"]).ends_with("bound at level 1+AB"));
    assert!(first_line(&["--program", "visibility"]).ends_with("visibility at level 1+AB"));
    // More than the solver can take on most machines.
    assert!(first_line(&["--level", "2+AAB+ABB+AABB"]).ends_with("2+AAB+ABB+AABB"));
    let report = json(&["export", "problems/eq6.toml"], 0);
    assert_eq!((&report["format"], &report["program"]), (&"sdpa".into(), &"bound".into()));
    let path = problem("exported", "");
    let written = json(&["export", "problems/eq6.toml", "--out", &path], 0);
    assert_eq!(written["file"], path.as_str());
    assert_eq!(report["text"], std::fs::read_to_string(&path).unwrap());
    let output = steerq(&["export", "problems/i3322.toml", "--program", "visibility"]);
    assert_eq!(output.status.code(), Some(2));
}

/// A flag belongs to the commands that use it.
#[test]
fn flags_that_do_nothing_are_refused() {
    for arguments in [
        ["info", "problems/eq6.toml", "--out", "x"],
        ["bound", "problems/eq6.toml", "--out", "x"],
        ["certify", "problems/eq6.toml", "--out", "x"],
        ["info", "problems/eq6.toml", "--certificate", "x"],
        ["export", "problems/eq6.toml", "--certificate", "x"],
    ] {
        assert_eq!(steerq(&arguments).status.code(), Some(2), "{arguments:?}");
    }
}

/// More threads than cores are as many as there are cores.
#[test]
fn too_many_threads() {
    assert_eq!(steerq(&["bound", "problems/chsh.toml", "--threads", "4000000000"]).status.code(), Some(0));
}

/// √24, Tsirelson's 2√2 and a degenerate 3/8, to all the digits that double-double arithmetic gives; only those
/// that doubles have where a coefficient is none.
#[test]
fn digits_in_double_double() {
    let digits = |file: &str, level: &str| {
        let report = json(&["bound", file, "--level", level, "--precision", "dd"], 0);
        assert_eq!(report["solver"]["precision"], "dd");
        report["bounds"]["quantum_outer"]["digits"].as_str().unwrap().to_owned()
    };
    let agrees = |digits: &str, exact: &str, least: usize| {
        // All but the last, which is rounded.
        let shown = &digits[..digits.len() - 1];
        assert!(exact.starts_with(shown) && shown.len() > least, "{digits} {exact}");
    };
    agrees(&digits("problems/eq6.toml", "1+AB"), "4.898979485566356196394568149411782783931894961", 24);
    agrees(&digits("problems/chsh.toml", "1"), "2.828427124746190097603377448419396157139343750", 24);
    agrees(&digits("problems/i3322.toml", "1"), "0.375000000000000000000000000000000000000000000", 15);
    let third = digits(&eq6_times("1/3"), "1+AB");
    agrees(&third, "1.632993161855452065464856049803927594643964987", 12);
    assert!(third.len() < 18, "{third}");
    let output = steerq(&["bound", "problems/eq6.toml", "--precision", "dd", "--backend", "first-order"]);
    assert_eq!(output.status.code(), Some(2));
}

/// Nobody reads: the exit code is what it would be.
#[test]
#[cfg(unix)]
fn closed_pipes() {
    for (arguments, code) in
        [(["certify", "problems/pauli2.toml"], 0), (["bound", "tests/bad/not-there.toml"], 2)]
    {
        let mut shell = Command::new("sh")
            .args(["-c", "read line; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_steerq")])
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It starts when both ends that would be read are gone.
        drop((shell.stdout.take(), shell.stderr.take()));
        shell.stdin.take().unwrap().write_all(b"\n").unwrap();
        assert_eq!(shell.wait().unwrap().code(), Some(code), "{arguments:?}");
    }
}

/// Noise that is not quantum is a mistake in the file.
#[test]
fn visibility_under_noise_outside_the_set() {
    let text = std::fs::read_to_string("problems/eq5.toml").unwrap();
    let formula = text.split("[assemblage]").nth(1).unwrap();
    let formula = formula.lines().find(|line| line.starts_with("formula")).unwrap();
    let file = problem("post-quantum-noise", &format!("{text}\n[noise]\n{formula}\n"));
    let output = steerq(&["visibility", &file]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("not even the noise alone"), "{stderr}");
}

/// What `info` says is what the solve does.
#[test]
fn info_names_the_solver() {
    let info = json(&["info", "problems/eq6.toml", "--level", "1+AB+AAB"], 0);
    for level in info["levels"].as_array().unwrap() {
        assert!(level["reason"].as_str().unwrap().starts_with("interior points are predicted to take"));
        if [28, 64].contains(&level["words"].as_u64().unwrap()) {
            let name = level["level"].as_str().unwrap();
            let report = json(&["bound", "problems/eq6.toml", "--level", name], 0);
            assert_eq!(report["solver"]["backend"], level["backend"]);
        }
    }
    let info = json(&["info", "problems/eq6.toml", "--backend", "clarabel"], 0);
    assert_eq!(info["levels"][0]["reason"], "it was asked for");
}

/// Sizes that no machine reaches are not printed as facts, and levels of the same words once.
#[test]
fn info_on_what_is_out_of_reach() {
    let file = problem(
        "many",
        "[scenario]\nkind = \"bob-with-input\"\nsettings = 50\noutcomes = 2\ninputs = 10\ndimension = 8\n\
         [functional]\nformula = \"0\"\n",
    );
    let output = steerq(&["info", &file, "--level", "12"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for expected in ["≥ 2^64", "> 1 EiB", "> 1000 years", "`steerq bound`"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let file = problem(
        "one-setting",
        "[scenario]\nkind = \"traditional\"\nsettings = 1\noutcomes = 2\ndimension = 2\n\
         [functional]\nformula = \"(-1)^a*Z\"\n",
    );
    let levels = json(&["info", &file, "--level", "2"], 0);
    let names: Vec<&str> =
        levels["levels"].as_array().unwrap().iter().map(|level| level["level"].as_str().unwrap()).collect();
    assert_eq!(names, ["1", "2", "alice-1"]);
    assert_eq!(levels["default_level"], "2");
}

/// Ctrl-C during a long solve: the answer is the best bound so far, and it is one.
#[test]
#[cfg(unix)]
fn interrupted_solves_answer() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_steerq"))
        .args(["bound", "problems/i3322.toml", "--level", "4", "--json", "--verbose"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("primal")));
    let interrupted = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    // Whoever closed the log would make the solver's next line fail.
    let rest = std::thread::spawn(move || log.count());
    let output = child.wait_with_output().unwrap();
    rest.join().unwrap();
    assert_eq!(output.status.code(), Some(130));
    // Two seconds in a release build on an idle machine.
    assert!(interrupted.elapsed().as_secs() < 20);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["solver"]["status"], "interrupted");
    assert!(number(&report, "/bounds/quantum_outer/value") >= 0.25);
}
