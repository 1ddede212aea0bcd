//! `steerq atlas`: which files, and what is written.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use super::output::{Output, complain};
use super::{Failure, failed_write, write};
use crate::pipeline::{self, Entry, Options, unique_names};
use crate::problem::{Problem, ProblemError};
use crate::report::atlas_page;

pub(super) fn run(
    paths: &[PathBuf],
    folder: &Path,
    options: &Options<'_>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let entries = entries(&files(paths)?);
    // Opened before the work, so that a folder that cannot be written costs nothing.
    std::fs::create_dir_all(folder).map_err(|error| failed_write(folder, error))?;
    let unwritten: Mutex<Option<Failure>> = Mutex::new(None);
    // As rows come in: whatever ends the program later, they are there.
    let mut report = pipeline::atlas(&entries, options, &|_, certificates| {
        for (name, text) in certificates {
            if let Err(failure) = write(&folder.join(name), text)
                && let Ok(mut first) = unwritten.lock()
            {
                first.get_or_insert(failure);
            }
        }
    });
    if let Ok(Some(failure)) = unwritten.into_inner() {
        return Err(failure);
    }
    report.folder = folder.display().to_string();
    let json = serde_json::to_string_pretty(&report)
        .map_err(|error| Failure::Output(error.into(), "the table as JSON".to_owned()))?;
    write(&folder.join("atlas.json"), format!("{json}\n"))?;
    write(&folder.join("index.html"), atlas_page(&report))?;
    output.show(&report)?;
    let mut code = ExitCode::SUCCESS;
    if report.rows.iter().any(|row| row.error.is_some()) {
        code = ExitCode::from(1);
    }
    for entry in entries {
        if let Err(error) = entry.problem {
            complain(format_args!("{:?}", miette::Report::new(error)));
            code = ExitCode::from(2);
        }
    }
    Ok(code)
}

/// The files that paths name, a folder for the problem files in it by name.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let shown = path.display();
        let refuse = |error: std::io::Error| {
            ProblemError::plain(format!("cannot read the folder {shown}: {error}"))
                .help("give problem files, or a folder of them")
        };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(refuse)? {
            let file = entry.map_err(refuse)?.path();
            if file.extension().is_some_and(|extension| extension == "toml") {
                found.push(file);
            }
        }
        if found.is_empty() {
            return Err(ProblemError::plain(format!("there are no problem files in {shown}"))
                .help("give problem files, whose names end with .toml, or a folder of them")
                .into());
        }
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}

fn entries(files: &[PathBuf]) -> Vec<Entry> {
    let stem = |file: &PathBuf| match file.file_stem() {
        Some(stem) => stem.to_string_lossy().into_owned(),
        None => file.display().to_string(),
    };
    let names = unique_names(files.iter().map(stem));
    let entry = |(name, file): (String, &PathBuf)| Entry {
        name,
        file: file.display().to_string(),
        problem: Problem::read(file),
    };
    names.into_iter().zip(files).map(entry).collect()
}
