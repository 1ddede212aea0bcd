//! Problem files with one thing wrong each: the program refuses every one of them before it solves
//! anything, and its message says where, what and what would be right.
//!
//! The files are `tests/bad/*.toml`, named for what is wrong; the messages stand in
//! `tests/snapshots/bad`. After a change of wording `INSTA_UPDATE=always cargo test --test bad_files`
//! writes them anew.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Far more than any of them takes, even unoptimised, and far less than a hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `steerq` in the package root, with nothing that would change how a message looks. Solvers
/// are told to be verbose, so that their traces would stand beside the message.
fn refuse(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_steerq"));
    command.args(arguments).arg("--verbose").current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env("NO_COLOR", "1").env_remove("NO_GRAPHICS").env_remove("FORCE_HYPERLINK");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    finish(child, arguments)
}

/// What the program wrote, unless it takes too long. Messages are shorter than a pipe's buffer.
fn finish(mut child: Child, arguments: &[&str]) -> Output {
    let start = Instant::now();
    while child.try_wait().expect("the program can be waited for").is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().expect("the program can be stopped");
            panic!("{arguments:?} takes longer than {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().expect("the output can be read")
}

/// The message, after the checks that hold for every one.
fn message(arguments: &[&str]) -> String {
    let output = refuse(arguments);
    let stderr = String::from_utf8(output.stderr).expect("messages are UTF-8");
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?} writes on stdout");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(stderr.contains("help: "), "it says what would be right: {stderr}");
    assert!(!stderr.contains("Clarabel"), "no solver is reached: {stderr}");
    let commands = |c: char| c.is_control() && c != '\n';
    assert!(!stderr.contains(commands), "nothing that a terminal would obey: {stderr:?}");
    assert!(stderr.lines().all(|line| line.chars().count() <= 200), "no endless lines: {stderr}");
    stderr
}

/// Whether the text has `path:line:column`.
fn has_place(text: &str, path: &str) -> bool {
    text.split(&format!("{path}:")).skip(1).any(|rest| {
        let mut numbers = rest.splitn(3, [':', ']']).take(2);
        numbers.all(|number| number.parse::<usize>().is_ok_and(|number| number > 0))
    })
}

#[test]
fn every_bad_file_is_refused() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/bad");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("bad/*.toml", |path| {
            let name = path.file_stem().and_then(|name| name.to_str()).expect("names are ASCII");
            let file = format!("tests/bad/{name}.toml");
            let command = match name.split('-').next() {
                Some("certify") => "certify",
                Some("visibility") => "visibility",
                _ => "bound",
            };
            let message = message(&[command, &file]);
            assert!(has_place(&message, &file), "it says where: {message}");
            insta::assert_snapshot!("message", message);
        });
    });
}

#[test]
#[cfg(unix)]
fn files_that_cannot_be_read() {
    insta::assert_snapshot!(message(&["bound", "tests/bad/not-there.toml"]), @r"
      × tests/bad/not-there.toml does not exist
      help: give the path of a problem file, such as problems/eq6.toml
    ");
    insta::assert_snapshot!(message(&["bound", "tests/bad"]), @r"
      × tests/bad is a folder
      help: give the path of a problem file, such as problems/eq6.toml
    ");
}

/// What has no end is read up to the limit only.
#[test]
#[cfg(unix)]
fn a_file_without_end() {
    insta::assert_snapshot!(message(&["bound", "/dev/zero"]), @r#"
      × /dev/zero has more than 16777216 bytes, the most of a problem file
      help: put large tables of numbers into a .npy file and name it with `file =
            "…"`
    "#);
}

/// A file cut short anywhere is understood or refused with a place, and never a panic.
#[test]
fn every_beginning_of_a_file() {
    let whole = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/eq6.toml"))
        .expect("the example is there");
    let source = |text: &str| steerq::problem::Source::new("cut.toml", text.to_owned());
    for (end, _) in whole.char_indices() {
        if let Err(error) = steerq::problem::Problem::parse(source(&whole[..end]), Path::new("problems")) {
            let shown = format!("{:?}", miette::Report::new(error));
            assert!(has_place(&shown, "cut.toml"), "{shown}");
        }
    }
}

/// `certify` alone answers on what is no assemblage, and names the condition.
#[test]
fn certify_answers_on_invalid_assemblages() {
    let conditions = [
        ("assemblage-not-hermitian", "hermitian"),
        ("assemblage-file-not-hermitian", "hermitian"),
        ("assemblage-not-positive", "positive"),
        ("assemblage-bell-negative", "positive"),
        ("assemblage-signalling-to-bob", "no-signalling-to-bob"),
        ("assemblage-traditional-signalling", "no-signalling-to-bob"),
        ("assemblage-elements-left-out", "no-signalling-to-bob"),
        ("assemblage-signalling-to-alice", "no-signalling-to-alice"),
        ("assemblage-not-normalised", "normalised"),
        ("sequential-signalling-to-bob", "no-signalling-to-bob"),
        ("sequential-signalling-to-the-past", "no-signalling-to-the-past"),
        ("sequential-not-positive", "positive"),
        ("sequential-not-normalised", "normalised"),
    ];
    for (name, condition) in conditions {
        let answer = common::json(&["certify", &format!("tests/bad/{name}.toml")], 0);
        assert_eq!(answer["verdict"], "invalid", "{name}: {answer:#}");
        assert_eq!(answer["evidence"]["kind"], "condition", "{name}: {answer:#}");
        assert_eq!(answer["evidence"]["condition"], condition, "{name}: {answer:#}");
        assert!(common::number(&answer, "/evidence/amount") > 0.01, "{name}: {answer:#}");
    }
    let named: BTreeSet<&str> = conditions.iter().map(|(_, condition)| *condition).collect();
    assert_eq!(named.len(), 6, "every condition is violated by one of them");
}
