//! `steerq sweep` and `steerq merge`: the journal, and what is written at the end.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::output::{Output, complain};
use super::{Failure, failed_write, write};
use crate::journal::{Journal, JournalError, Recovered};
use crate::pipeline::{Error, Options, Point, Points, recalled, recorded};
use crate::problem::{Problem, ProblemError};
use crate::report::SweepPoint;

/// A part of a sweep: every point whose number leaves this rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    number: usize,
    of: usize,
}

impl std::str::FromStr for Shard {
    type Err = String;

    /// I/N with 1 ≤ I ≤ N.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("a shard is I/N, such as 2/8, with I from 1 to N".to_owned()),
        }
    }
}

impl Shard {
    /// Its journal in a folder.
    fn journal(shard: Option<Self>, folder: &Path) -> PathBuf {
        folder.join(match shard {
            Some(Self { number, of }) => format!("journal-{number}-of-{of}.jsonl"),
            None => "journal.jsonl".to_owned(),
        })
    }

    fn has(self, index: usize) -> bool {
        index % self.of == self.number - 1
    }
}

/// How to sweep.
pub(super) struct Request<'a> {
    pub file: &'a Path,
    pub folder: &'a Path,
    pub resume: bool,
    pub shard: Option<Shard>,
}

pub(super) fn run(
    request: &Request<'_>,
    options: &Options<'_>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let problem = Problem::read(request.file)?;
    let points = Points::of(&problem)?;
    let wanted: Vec<Point> = (0..points.len())
        .filter(|&index| request.shard.is_none_or(|shard| shard.has(index)))
        .take_while(|_| !options.settings.watch.is_interrupted())
        .map(|index| points.point(index, options))
        .collect();
    std::fs::create_dir_all(request.folder).map_err(|error| failed_write(request.folder, error))?;
    let path = Shard::journal(request.shard, request.folder);
    let (mut journal, recovered) = Journal::open(&path, request.resume)?;
    complain_of_dropped(&path, &recovered);
    let mut found: Vec<SweepPoint> = Vec::new();
    let mut left: Vec<Point> = Vec::new();
    for point in wanted {
        match known(&point, &recovered) {
            Some(result) => found.push(result),
            None => left.push(point),
        }
    }
    if !found.is_empty() {
        complain(format_args!("{} points are in the journal already, {} are left", found.len(), left.len()));
    }
    let mut failure = None;
    let work = points.run(&left, options, |point, result| {
        journal.append(&point.key, &recorded(result)).map_err(|error| {
            let message = error.to_string();
            failure = Some(error);
            message
        })?;
        found.push(result.clone());
        Ok(())
    });
    if let Some(error) = failure {
        return Err(error.into());
    }
    work.map_err(|message| Failure::Output(std::io::Error::other(message), path.display().to_string()))?;
    if options.settings.watch.is_interrupted() {
        complain(format_args!(
            "interrupted: {} of {} points are in {}; go on with\n  {}",
            found.len(),
            points.len(),
            path.display(),
            again(request)
        ));
        return Ok(ExitCode::from(super::INTERRUPTED));
    }
    if let Some(shard) = request.shard {
        complain(format_args!(
            "shard {}/{} is complete: {} points in {}; when all are, `steerq merge {} --out {}`",
            shard.number,
            shard.of,
            found.len(),
            path.display(),
            request.file.display(),
            request.folder.display()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    finish(&points, found, request.folder, options, output)
}

/// The results of all journals of a folder, written as one run would have.
pub(super) fn merge(
    file: &Path,
    folder: &Path,
    options: &Options<'_>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let problem = Problem::read(file)?;
    let points = Points::of(&problem)?;
    let mut recovered = Recovered::default();
    for path in journals(folder)? {
        let more = Journal::read(&path)?;
        complain_of_dropped(&path, &more);
        recovered.results.extend(more.results);
    }
    let wanted: Vec<Point> = (0..points.len()).map(|index| points.point(index, options)).collect();
    let found: Vec<SweepPoint> = wanted.iter().filter_map(|point| known(point, &recovered)).collect();
    if found.len() < wanted.len() {
        let missing = wanted.len() - found.len();
        let first = wanted.iter().find(|point| known(point, &recovered).is_none());
        let first = first.map_or(0, |point| point.index);
        return Err(ProblemError::plain(format!(
            "{missing} of {} points are in no journal of {}, the first is number {first}",
            wanted.len(),
            folder.display()
        ))
        .help(
            "run the missing shards, with the same file and options; --resume completes one that was stopped",
        )
        .into());
    }
    finish(&points, found, folder, options, output)
}

/// What a journal knows of a point.
fn known(point: &Point, recovered: &Recovered) -> Option<SweepPoint> {
    recovered
        .results
        .get(&point.key)
        .and_then(recalled)
        .map(|result| SweepPoint { index: point.index, ..result })
}

/// Writes the results as CSV, JSON and a figure in two formats, and shows them.
fn finish(
    points: &Points<'_>,
    found: Vec<SweepPoint>,
    folder: &Path,
    options: &Options<'_>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let report = points.report(found, options)?;
    let json = serde_json::to_string_pretty(&report)
        .map_err(|error| Failure::Output(error.into(), "the sweep as JSON".to_owned()))?;
    write(&folder.join("sweep.csv"), report.csv())?;
    write(&folder.join("sweep.json"), format!("{json}\n"))?;
    if let Some((_, figure)) = report.figure().map_err(Error::from)? {
        write(&folder.join("sweep.svg"), figure.svg())?;
        write(&folder.join("sweep.png"), figure.png().map_err(Error::from)?)?;
    }
    output.show(&report)?;
    Ok(ExitCode::SUCCESS)
}

/// The journals of a folder, by name.
fn journals(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let refuse = |error: std::io::Error| {
        ProblemError::plain(format!("cannot read the folder {}: {error}", folder.display()))
            .help("give the folder of a sweep with --out")
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("journal") && name.ends_with(".jsonl") && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn complain_of_dropped(path: &Path, recovered: &Recovered) {
    if recovered.dropped > 0 {
        let lines = if recovered.dropped == 1 { "line" } else { "lines" };
        complain(format_args!(
            "note: {} damaged {lines} of {} dropped; their points are computed again",
            recovered.dropped,
            path.display()
        ));
    }
}

/// The command that goes on.
fn again(request: &Request<'_>) -> String {
    let shard =
        request.shard.map(|Shard { number, of }| format!(" --shard {number}/{of}")).unwrap_or_default();
    format!("steerq sweep {} --out {} --resume{shard}", request.file.display(), request.folder.display())
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}
