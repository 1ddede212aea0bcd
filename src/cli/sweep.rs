//! `steerq sweep` and `steerq merge`: the journal, and what is written at the end.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::output::{Output, complain};
use super::{Failure, failed_write, write};
use crate::journal::{Journal, JournalError, Recovered};
use crate::pipeline::{Computed, Error, Options, Point, Points, recalled, recorded};
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
    /// The options that results depend on, as they were typed.
    pub settings: String,
}

impl Request<'_> {
    /// A command with this file, folder and these options.
    fn command(&self, name: &str) -> String {
        let (file, folder) = (shell(self.file), shell(self.folder));
        format!("steerq {name} {file} --out {folder}{}", self.settings)
    }

    /// The command that goes on.
    fn again(&self) -> String {
        let shard = self.shard.map(|Shard { number, of }| format!(" --shard {number}/{of}"));
        format!("{} --resume{}", self.command("sweep"), shard.unwrap_or_default())
    }
}

/// A path as a shell takes it.
fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A number of points in words.
fn points_in_words(count: usize) -> String {
    if count == 1 { "1 point".to_owned() } else { format!("{count} points") }
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
    let asked = wanted.len();
    std::fs::create_dir_all(request.folder).map_err(|error| failed_write(request.folder, error))?;
    let path = Shard::journal(request.shard, request.folder);
    let (journal, recovered) = Journal::open(&path, request.resume)?;
    complain_of_lock(&path, &journal);
    complain_of_dropped(&path, &recovered);
    let mut work = Work { points: &points, options, journal, recovered, used: 0, computed: Vec::new() };
    let left = work.look_up(wanted);
    if !work.computed.is_empty() {
        complain(format_args!(
            "{} in the journal already, {} left",
            points_in_words(work.computed.len()),
            left.len()
        ));
    }
    let mut complete = work.complete(left)?;
    if request.shard.is_none() && complete {
        complete = work.refine()?;
    }
    if !complete {
        complain(format_args!(
            "interrupted: {} of {} in {}; go on with\n  {}",
            work.computed.len(),
            points_in_words(work.computed.len().max(asked)),
            path.display(),
            request.again()
        ));
        return Ok(ExitCode::from(super::INTERRUPTED));
    }
    work.complain_of_unused(&path);
    if let Some(shard) = request.shard {
        complain(format_args!(
            "shard {}/{} is complete: {} in {}; when all are, `{}`",
            shard.number,
            shard.of,
            points_in_words(work.computed.len()),
            path.display(),
            request.command("merge")
        ));
        return Ok(ExitCode::SUCCESS);
    }
    finish(&points, work.computed, request.folder, options, output)
}

/// The results of all journals of a folder, written as one run would have; what is to be narrowed down is computed here.
pub(super) fn merge(
    request: &Request<'_>,
    options: &Options<'_>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let folder = request.folder;
    let problem = Problem::read(request.file)?;
    let points = Points::of(&problem)?;
    let mut recovered = Recovered::default();
    for path in journals(folder)? {
        let more = Journal::read(&path)?;
        complain_of_dropped(&path, &more);
        recovered.results.extend(more.results);
    }
    let wanted: Vec<Point> = (0..points.len()).map(|index| points.point(index, options)).collect();
    let missing = wanted.iter().enumerate().filter(|(_, point)| known(point, &recovered).is_none());
    if let Some((first, _)) = missing.clone().next() {
        return Err(ProblemError::plain(format!(
            "{} of {} in no journal of {}, the first is number {first}",
            missing.count(),
            points_in_words(wanted.len()),
            folder.display()
        ))
        .help(
            "run the missing shards, with the same file and options; --resume completes one that was stopped",
        )
        .into());
    }
    if points.refine() == 0 {
        let found = wanted.into_iter();
        let found = found.filter_map(|point| Some(Computed { result: known(&point, &recovered)?, point }));
        return finish(&points, found.collect(), folder, options, output);
    }
    let path = folder.join(REFINED);
    let (journal, _) = Journal::open(&path, true)?;
    complain_of_lock(&path, &journal);
    let mut work = Work { points: &points, options, journal, recovered, used: 0, computed: Vec::new() };
    work.look_up(wanted);
    if !work.refine()? {
        complain(format_args!(
            "interrupted: the changes of the verdict are not narrowed down yet; go on with\n  {}",
            request.command("merge")
        ));
        return Ok(ExitCode::from(super::INTERRUPTED));
    }
    finish(&points, work.computed, folder, options, output)
}

/// The journal of the points that a merge computes itself.
const REFINED: &str = "journal-refined.jsonl";

/// A sweep under way: its journal, what that held, and all results so far.
struct Work<'a> {
    points: &'a Points<'a>,
    options: &'a Options<'a>,
    journal: Journal,
    recovered: Recovered,
    /// How many of the recovered results were asked for.
    used: usize,
    computed: Vec<Computed>,
}

impl Work<'_> {
    /// Takes what the journal knows of some points, and gives the others back.
    fn look_up(&mut self, wanted: Vec<Point>) -> Vec<Point> {
        let mut left = Vec::new();
        for point in wanted {
            match known(&point, &self.recovered) {
                Some(result) => {
                    self.used += 1;
                    self.computed.push(Computed { point, result });
                }
                None => left.push(point),
            }
        }
        left
    }

    /// Computes points, each of which is in the journal before it counts. `false` if that was interrupted.
    fn complete(&mut self, left: Vec<Point>) -> Result<bool, Failure> {
        let Self { points, options, journal, computed, .. } = self;
        let mut failure = None;
        let done = points.run(&left, options, |point, result| {
            journal.append(&point.key, &recorded(result)).map_err(|error| {
                let message = error.to_string();
                failure = Some(error);
                message
            })?;
            computed.push(Computed { point: point.clone(), result: result.clone() });
            Ok(())
        });
        if let Some(error) = failure {
            return Err(error.into());
        }
        done.map_err(|message| Failure::Output(std::io::Error::other(message), "the journal".to_owned()))?;
        Ok(!options.settings.watch.is_interrupted())
    }

    /// Halves the intervals in which the verdict changes, as often as the file says. `false` if that was interrupted.
    fn refine(&mut self) -> Result<bool, Failure> {
        for _ in 0..self.points.refine() {
            let wanted = self.points.between(&self.computed, self.options);
            let left = self.look_up(wanted);
            if !self.complete(left)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Says that the journal has results that this sweep does not ask for.
    fn complain_of_unused(&self, path: &Path) {
        let unused = self.recovered.results.len().saturating_sub(self.used);
        if unused > 0 {
            let results = if unused == 1 { "result" } else { "results" };
            complain(format_args!(
                "note: {unused} {results} in {} belong to other settings (another problem, level, seed or computation, or \
                 other values); they stay there and are not used",
                path.display()
            ));
        }
    }
}

/// What a journal knows of a point.
fn known(point: &Point, recovered: &Recovered) -> Option<SweepPoint> {
    recovered.results.get(&point.key).and_then(recalled)
}

/// Writes the results as CSV, JSON and a figure in two formats, and shows them.
fn finish(
    points: &Points<'_>,
    computed: Vec<Computed>,
    folder: &Path,
    options: &Options<'_>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let report = points.report(computed, options)?;
    let json = serde_json::to_string_pretty(&report)
        .map_err(|error| Failure::Output(error.into(), "the sweep as JSON".to_owned()))?;
    write(&folder.join("sweep.csv"), report.csv())?;
    write(&folder.join("sweep.json"), format!("{json}\n"))?;
    let figures = ["sweep.svg", "sweep.png"].map(|name| folder.join(name));
    match report.figure().map_err(Error::from)? {
        Some((_, figure)) => {
            write(&figures[0], figure.svg())?;
            write(&figures[1], figure.png().map_err(Error::from)?)?;
        }
        // One of an earlier sweep would be taken for this one's.
        None => figures.iter().try_for_each(|path| remove(path))?,
    }
    output.show(&report)?;
    Ok(if report.is_unanswered() {
        ExitCode::FAILURE
    } else if report.is_undecided() {
        ExitCode::from(UNDECIDED)
    } else {
        ExitCode::SUCCESS
    })
}

/// Removes a file, if there is one.
fn remove(path: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed_write(path, error)),
        _ => Ok(()),
    }
}

/// The exit code of a sweep with a point that is undecided.
const UNDECIDED: u8 = 3;

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

/// Says that nothing keeps a second sweep away.
fn complain_of_lock(path: &Path, journal: &Journal) {
    if !journal.is_locked() {
        complain(format_args!(
            "note: the file system of {} has no locks; see that no two sweeps write into it",
            path.display()
        ));
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}
