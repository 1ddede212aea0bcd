//! Running the real program.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs `steerq` in the package root.
pub fn steerq(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_steerq"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts")
}

/// Runs `steerq … --json`, expects the exit code, and returns the object on stdout.
pub fn json(arguments: &[&str], code: i32) -> Value {
    let output = steerq(&[arguments, &["--json", "--quiet"]].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    serde_json::from_slice(&output.stdout).expect("one JSON object on stdout")
}

/// The number at a JSON pointer.
#[allow(dead_code, reason = "not every test binary reads numbers")]
pub fn number(value: &Value, pointer: &str) -> f64 {
    let found = value.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number at {pointer} in {value:#}"))
}

/// Writes a problem file into a folder of its own and returns its path.
#[allow(dead_code, reason = "not every test binary writes problems")]
pub fn problem(name: &str, text: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("{name}.toml"));
    std::fs::write(&path, text).expect("the folder for test files is writable");
    path.display().to_string()
}
