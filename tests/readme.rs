//! The README's sessions are what the program prints, up to timings and the seventh digit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

/// Lines of a text with floating-point numbers rounded and the solver's effort left out.
fn normalised(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            let line = line.split(" moments; ").next().unwrap_or_default().trim_end();
            let words = line.split(' ').map(|word| match word.parse::<f64>() {
                Ok(value) if word.contains('.') => format!("{value:.6}"),
                _ => word.to_owned(),
            });
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn console_blocks_are_real() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let mut sessions = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        if block.contains("--certificate") {
            continue;
        }
        let (command, expected) = block.split_once('\n').unwrap();
        let arguments: Vec<&str> = command.strip_prefix("$ steerq ").unwrap().split(' ').collect();
        let output = common::steerq(&arguments);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(normalised(&printed), normalised(expected), "{command}");
        sessions += 1;
    }
    assert_eq!(sessions, 6);
}

/// The file shown in the README is a problem, the same as the one in `problems/`.
#[test]
fn the_example_file_is_eq6() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let text = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let file = common::problem("readme", text);
    let shown = common::json(&["bound", &file], 0);
    let outer = common::number(&shown, "/bounds/quantum_outer/value");
    assert!((outer - 24_f64.sqrt()).abs() < 1e-6);
}
