//! The command line: arguments → options → [`pipeline`](crate::pipeline) → output.
//!
//! Results go to stdout, everything else to stderr. Exit codes: 0 answered, 1 internal or solver
//! failure, 2 bad input or usage, 3 undecided, 130 interrupted.

mod arguments;
mod atlas;
mod output;
mod plot;
mod progress;
mod sweep;

use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use clap::Parser;

use crate::backend::{Settings, SolveError, Watch};
use crate::certificate::{ArchiveError, archive};
use crate::journal::JournalError;
use crate::pipeline::{self, AnyLevel, Error, Options, Progress, ReferenceChoice, Silent};
use crate::problem::Problem;
use crate::realise::RealiseError;
use crate::report::{NoFigure, Realisability, Verdict, paper_page};
use crate::seesaw::Search;
use arguments::{Arguments, Command};
use output::{Output, complain};
use progress::Bars;

/// Why the program ends without an answer.
#[derive(Debug)]
enum Failure {
    /// No result.
    Pipeline(Error),
    /// The result could not be written.
    Output(std::io::Error, String),
    /// The results of a sweep could not be kept.
    Journal(JournalError),
    /// What was asked for contradicts itself.
    Usage(String),
    /// There is nothing to draw.
    Plot(NoFigure),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Pipeline(error)
    }
}

impl From<crate::problem::ProblemError> for Failure {
    fn from(error: crate::problem::ProblemError) -> Self {
        Self::Pipeline(error.into())
    }
}

impl From<NoFigure> for Failure {
    fn from(error: NoFigure) -> Self {
        match error {
            NoFigure::Problem(error) => error.into(),
            error => Self::Plot(error),
        }
    }
}

/// Runs the program on the process's arguments.
///
/// A panic would be a defect of ours (one inside a solver is an error of that solver, see
/// [`crate::backend`]): it ends with exit code 1 and words about what to do.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let last_place: Arc<Mutex<String>> = Arc::default();
    let place = Arc::clone(&last_place);
    std::panic::set_hook(Box::new(move |panic| {
        if let Ok(mut place) = place.lock() {
            *place = panic.to_string();
        }
    }));
    match catch_unwind(AssertUnwindSafe(|| run(&arguments))) {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => report_failure(failure),
        Err(_) => {
            let place = last_place.lock().map(|place| place.clone()).unwrap_or_default();
            complain(format_args!(
                "error: internal failure, {place}\nplease report it with the problem file"
            ));
            ExitCode::from(1)
        }
    }
}

/// The exit code of what was interrupted.
const INTERRUPTED: u8 = 130;

fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let outputs = arguments.command.outputs();
    refuse_one_file_for_two(outputs)?;
    outputs.into_iter().flatten().try_for_each(refuse_no_file)?;
    let watch = Watch::default();
    if arguments.command.solves() {
        on_interrupt(watch.clone());
    }
    let answer = answer(arguments, watch.clone());
    if !watch.is_interrupted() {
        return answer;
    }
    if let Err(failure) = answer {
        report_failure(failure);
    }
    Ok(ExitCode::from(INTERRUPTED))
}

/// One file cannot hold both the certificate and the model.
fn refuse_one_file_for_two([certificate, model]: [Option<&Path>; 2]) -> Result<(), Failure> {
    match (certificate, model) {
        (Some(certificate), Some(model)) if located(certificate) == located(model) => Err(Failure::Usage(
            format!("--certificate and --model are the same file, {}: give them two", model.display()),
        )),
        _ => Ok(()),
    }
}

/// What takes long to compute needs a place to be written to, and that shows before.
fn refuse_no_file(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(Failure::Usage(format!("{} is a folder: give the name of a file", path.display())));
    }
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if !folder.is_dir() => {
            let folder = folder.display();
            Err(Failure::Usage(format!("cannot write {}: there is no folder {folder}", path.display())))
        }
        _ => Ok(()),
    }
}

/// The file that a path leads to, which need not be there yet.
fn located(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = || Some(folder.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(beside).unwrap_or_else(|| path.to_owned())
}

/// The first Ctrl-C asks the solvers to stop, whose best bound is then the answer; the second one ends the program.
fn on_interrupt(watch: Watch) {
    // Without a handler Ctrl-C ends the program, as it does by default.
    let _ = ctrlc::set_handler(move || {
        if watch.interrupt() {
            std::process::exit(INTERRUPTED.into());
        }
        complain("stopping with the best bound so far; once more to stop at once");
    });
}

fn answer(arguments: &Arguments, watch: Watch) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    let bars = Bars::new();
    let visible = !common.quiet && std::io::stderr().is_terminal();
    let progress: &dyn Progress = if visible { &bars } else { &Silent };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(common.threads as usize);
    if threads > 0 {
        // Fails only if a pool exists already, and nothing has started one.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let precision = common.precision.into();
    let settings =
        Settings { threads: threads as u32, verbose: common.verbose, watch, ..Settings::new(precision) };
    let search = (!common.no_search).then(|| Search { seed: common.seed, ..Search::default() });
    let (level, own_level) = match common.level.clone() {
        Some(level @ (AnyLevel::OneSide(_) | AnyLevel::Anchored(_)))
            if !matches!(arguments.command, Command::Bound { .. }) =>
        {
            return Err(Failure::Usage(format!(
                "{level} is a level for `bound` alone; use a level of the hierarchy, such as 1+AB or 2"
            )));
        }
        Some(AnyLevel::Full(level)) => (Some(level), None),
        Some(own) => (None, Some(own)),
        None => (None, None),
    };
    let options = Options {
        level,
        own_level,
        backend: common.backend.backend(),
        settings,
        search,
        gap: common.gap,
        symmetry: !common.no_symmetry,
        progress,
    };
    let output = Output { json: common.json };
    match &arguments.command {
        Command::Paper { out } => run_paper(out, &options, &output),
        Command::Atlas { paths, out } => atlas::run(paths, out, &options, &output),
        Command::Bound { file, certificate, model } => {
            let report = pipeline::bound(&Problem::read(file)?, &options)?;
            output.show(&report)?;
            write_certificate(certificate.as_deref(), report.bounds.quantum_outer.certificate.as_deref())?;
            write_model(
                model.as_deref(),
                report.bounds.quantum_inner.certificate.as_deref(),
                NO_CERTIFICATE,
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Visibility { file, certificate, model } => {
            let report = pipeline::visibility(&Problem::read(file)?, &options)?;
            output.show(&report)?;
            write_certificate(certificate.as_deref(), report.visibility.outer.certificate.as_deref())?;
            write_model(model.as_deref(), report.visibility.inner.certificate.as_deref(), NO_CERTIFICATE)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Certify { file, certificate, model } => {
            let report = pipeline::certify(&Problem::read(file)?, &options)?;
            output.show(&report)?;
            write_certificate(certificate.as_deref(), report.certificate.as_deref())?;
            write_model(model.as_deref(), report.model.as_deref(), NO_MODEL)?;
            Ok(if report.verdict == Verdict::Undecided { ExitCode::from(3) } else { ExitCode::SUCCESS })
        }
        Command::Quantify { file, measure, against, certificate, model, inequality } => {
            let problem = Problem::read(file)?;
            let report = pipeline::quantify(&problem, (*measure).into(), against.map(Into::into), &options)?;
            output.show(&report)?;
            write_certificate(certificate.as_deref(), report.lower.certificate.as_deref())?;
            write_model(model.as_deref(), report.upper.certificate.as_deref(), NO_CERTIFICATE)?;
            if let Some(path) = inequality {
                match pipeline::problem_file(&problem, &report) {
                    Some(text) => write(path, text)?,
                    None => note_unwritten(path, NO_INEQUALITY),
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Realise { file, reference, maps, certificate, model } => {
            let problem = Problem::read(file)?;
            let report =
                pipeline::realise(&problem, &chosen(reference.as_deref())?, (*maps).into(), &options)?;
            output.show(&report)?;
            write_certificate(certificate.as_deref(), report.certificate.as_deref())?;
            write_model(model.as_deref(), report.model.as_deref(), NO_CERTIFICATE)?;
            Ok(match report.verdict {
                Realisability::Undecided => ExitCode::from(3),
                Realisability::Realisable | Realisability::NotRealisable => ExitCode::SUCCESS,
            })
        }
        Command::Sweep { file, out, resume, shard } => {
            let request = sweep::Request {
                file,
                folder: out,
                resume: *resume,
                shard: *shard,
                settings: common.again(),
            };
            sweep::run(&request, &options, &output)
        }
        Command::Merge { file, out } => {
            let request =
                sweep::Request { file, folder: out, resume: true, shard: None, settings: common.again() };
            sweep::merge(&request, &options, &output)
        }
        Command::Plot { result, out } => plot::run(result, out.as_deref(), &output),
        Command::Info { file } => {
            output.show(&pipeline::info(&Problem::read(file)?, &options)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Export { file, program, format: arguments::Format::Sdpa, out } => {
            let mut report = pipeline::sdpa(&Problem::read(file)?, program.map(Into::into), &options)?;
            if let (Some(path), Some(text)) = (out, report.text.as_ref()) {
                write(path, text)?;
                report.text = None;
                report.file = Some(path.display().to_string());
            }
            output.show(&report)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Schema { out } => {
            let text = format!("{:#}\n", crate::problem::schema());
            match out {
                Some(path) => write(path, &text)?,
                None => output.print(&text)?,
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What `--reference` says: the label of an input, or a problem file.
fn chosen(reference: Option<&str>) -> Result<ReferenceChoice, Failure> {
    let Some(written) = reference else { return Ok(ReferenceChoice::Best) };
    match written.strip_prefix("y=").unwrap_or(written).parse() {
        Ok(label) => Ok(ReferenceChoice::Input(label)),
        Err(_) => {
            let problem = Problem::read(Path::new(written))?;
            Ok(ReferenceChoice::Problem(Box::new(problem), written.to_owned()))
        }
    }
}

fn run_paper(folder: &Path, options: &Options<'_>, output: &Output) -> Result<ExitCode, Failure> {
    // Opened before the work, so that a folder that cannot be written costs nothing.
    std::fs::create_dir_all(folder).map_err(|error| failed_write(folder, error))?;
    let result = pipeline::paper::paper(options)?;
    let mut report = result.report;
    let page = paper_page(&report, &result.files);
    for (name, content) in result.files.iter().chain([&("index.html".to_owned(), page)]) {
        let path = folder.join(name);
        write(&path, content)?;
        report.files.push(path.display().to_string());
    }
    output.show(&report)?;
    Ok(ExitCode::SUCCESS)
}

/// Why there is nothing to write for `--certificate` or `--model`.
const NO_CERTIFICATE: &str = "this result has no certificate";
/// The same for `--inequality`.
const NO_INEQUALITY: &str = "there is no inequality, for the assemblage may be in the set";
/// The same for `--model` of `certify`.
const NO_MODEL: &str = "only a sequential assemblage has a model of its own";
/// The same for a name in `.npz`.
const NO_ARRAYS: &str = "what proves this result has no arrays (a name in .json gets it)";

/// The certificate into `--certificate`, if asked for and there is one.
fn write_certificate(path: Option<&Path>, certificate: Option<&str>) -> Result<(), Failure> {
    match (path, certificate) {
        (Some(path), Some(text)) => return write(path, text),
        (Some(path), None) => note_unwritten(path, NO_CERTIFICATE),
        (None, _) => {}
    }
    Ok(())
}

/// The model into `--model`, if asked for and there is one, as a NumPy archive if the name says so.
fn write_model(path: Option<&Path>, model: Option<&str>, missing: &str) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let as_arrays = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npz"));
    match model {
        Some(text) if as_arrays => match archive(text) {
            Ok(bytes) => return write(path, bytes),
            Err(ArchiveError::NoModel) => note_unwritten(path, NO_ARRAYS),
            Err(error) => return Err(failed_write(path, std::io::Error::other(error))),
        },
        Some(text) => return write(path, text),
        None => note_unwritten(path, missing),
    }
    Ok(())
}

fn note_unwritten(path: &Path, reason: &str) {
    complain(format_args!("note: {reason}, so {} was not written", path.display()));
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    std::fs::write(path, content).map_err(|error| failed_write(path, error))
}

fn failed_write(path: &Path, error: std::io::Error) -> Failure {
    Failure::Output(error, path.display().to_string())
}

/// The message on stderr, and the exit code.
fn report_failure(failure: Failure) -> ExitCode {
    match failure {
        Failure::Pipeline(Error::Problem(error)) => {
            complain(format_args!("{:?}", miette::Report::new(error)));
            ExitCode::from(2)
        }
        Failure::Pipeline(error) => {
            complain(format_args!("error: {error}"));
            let usage = matches!(
                error,
                Error::Solve(SolveError::TooLarge { .. } | SolveError::Precision { .. })
                    | Error::MissingMoment(_)
                    | Error::NoSolution { .. }
                    | Error::Reference { .. }
                    | Error::Realise(RealiseError::TooLarge { .. })
                    | Error::Overflow { .. }
            );
            ExitCode::from(if usage { 2 } else { 1 })
        }
        Failure::Journal(error) => {
            complain(format_args!("error: {error}"));
            ExitCode::from(if matches!(error, JournalError::Io { .. }) { 1 } else { 2 })
        }
        Failure::Plot(error) => {
            complain(format_args!("error: {error}"));
            ExitCode::from(2)
        }
        Failure::Usage(message) => {
            complain(format_args!("error: {message}"));
            ExitCode::from(2)
        }
        Failure::Output(error, path) => {
            complain(format_args!("error: cannot write {path}: {error}"));
            ExitCode::from(1)
        }
    }
}
