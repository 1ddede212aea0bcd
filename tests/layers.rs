//! A module imports only those that stand before it in the data flow.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

/// The order of `lib.rs`.
const ORDER: [&str; 18] = [
    "num",
    "linalg",
    "scenario",
    "model",
    "algebra",
    "moments",
    "symmetry",
    "program",
    "reduce",
    "backend",
    "seesaw",
    "realise",
    "problem",
    "certificate",
    "report",
    "journal",
    "pipeline",
    "cli",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn modules_import_only_what_stands_before_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut crossings = 0;
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let module = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = module.trim_end_matches(".rs");
        if ["lib", "main"].contains(&module) {
            continue;
        }
        let rank = |name: &str| ORDER.iter().position(|&known| known == name);
        let own = rank(module).unwrap_or_else(|| panic!("{module} has no place in the order"));
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for used in line.split("crate::").skip(1) {
                let name: String =
                    used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                if let Some(other) = rank(&name) {
                    crossings += usize::from(other != own);
                    assert!(
                        other <= own,
                        "{}:{}: {module} uses {name}, which stands after it",
                        relative.display(),
                        number + 1
                    );
                }
            }
        }
    }
    assert!(crossings > 50, "the test reads the imports: {crossings} found");
}
