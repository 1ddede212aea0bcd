//! The command line: arguments → options → [`pipeline`](crate::pipeline) → output.
//!
//! Results go to stdout, everything else to stderr. Exit codes: 0 answered, 1 internal or solver
//! failure, 2 bad input or usage, 3 undecided, 130 interrupted.

mod arguments;
mod output;
mod progress;

use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use clap::Parser;

use crate::backend::{Settings, SolveError};
use crate::pipeline::{self, Error, Options, Progress, Silent};
use crate::problem::Problem;
use crate::report::Verdict;
use arguments::{Arguments, Command, Common};
use output::Output;
use progress::Bars;

/// Why the program ends without an answer.
#[derive(Debug)]
enum Failure {
    /// No result.
    Pipeline(Error),
    /// The result could not be written.
    Output(std::io::Error, String),
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
            eprintln!("error: internal failure, {place}\nplease report it with the problem file");
            ExitCode::from(1)
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    let bars = Bars::new();
    let visible = !common.quiet && std::io::stderr().is_terminal();
    let progress: &dyn Progress = if visible { &bars } else { &Silent };
    if common.threads > 0 {
        // Fails only if a pool exists already, and nothing has started one.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(common.threads as usize).build_global();
    }
    let settings = Settings { threads: common.threads, verbose: common.verbose, ..Settings::default() };
    let options = Options { level: common.level.clone(), settings, progress };
    let output = Output { json: common.json };
    match &arguments.command {
        Command::Paper => run_paper(common, &options, &output),
        Command::Bound { file } => {
            let report = pipeline::bound(&Problem::read(file)?, &options)?;
            output.show(&report)?;
            write_certificate(common, report.bounds.quantum_outer.certificate.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Visibility { file } => {
            let report = pipeline::visibility(&Problem::read(file)?, &options)?;
            output.show(&report)?;
            write_certificate(common, report.visibility.outer.certificate.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Certify { file } => {
            let report = pipeline::certify(&Problem::read(file)?, &options)?;
            output.show(&report)?;
            write_certificate(common, report.certificate.as_deref())?;
            Ok(if report.verdict == Verdict::Undecided { ExitCode::from(3) } else { ExitCode::SUCCESS })
        }
        Command::Info { file } => {
            output.show(&pipeline::info(&Problem::read(file)?, &options)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Export { file, format: arguments::Format::Sdpa } => {
            let text = pipeline::sdpa(&Problem::read(file)?, &options)?;
            write_or_print(common, &output, &text)
        }
        Command::Schema => {
            let text = format!("{:#}\n", crate::problem::schema());
            write_or_print(common, &output, &text)
        }
    }
}

fn run_paper(common: &Common, options: &Options<'_>, output: &Output) -> Result<ExitCode, Failure> {
    let folder = common.out.clone().unwrap_or_else(|| "steerq-paper".into());
    // Opened before the work, so that a folder that cannot be written costs nothing.
    std::fs::create_dir_all(&folder).map_err(|error| failed_write(&folder, error))?;
    let result = pipeline::paper::paper(options)?;
    let mut report = result.report;
    for (name, content) in &result.files {
        let path = folder.join(name);
        std::fs::write(&path, content).map_err(|error| failed_write(&path, error))?;
        report.files.push(path.display().to_string());
    }
    output.show(&report)?;
    Ok(ExitCode::SUCCESS)
}

/// Text for another program: into `--out` if given, else on stdout.
fn write_or_print(common: &Common, output: &Output, text: &str) -> Result<ExitCode, Failure> {
    match &common.out {
        Some(path) => std::fs::write(path, text).map_err(|error| failed_write(path, error))?,
        None => output.print(text)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The certificate into `--certificate`, if asked for and there is one.
fn write_certificate(common: &Common, certificate: Option<&str>) -> Result<(), Failure> {
    let Some(path) = &common.certificate else { return Ok(()) };
    match certificate {
        Some(text) => std::fs::write(path, text).map_err(|error| failed_write(path, error)),
        None => {
            eprintln!("note: this result has no certificate, so {} was not written", path.display());
            Ok(())
        }
    }
}

fn failed_write(path: &Path, error: std::io::Error) -> Failure {
    Failure::Output(error, path.display().to_string())
}

/// The message on stderr, and the exit code.
fn report_failure(failure: Failure) -> ExitCode {
    match failure {
        Failure::Pipeline(Error::Problem(error)) => {
            eprintln!("{:?}", miette::Report::new(error));
            ExitCode::from(2)
        }
        Failure::Pipeline(error) => {
            eprintln!("error: {error}");
            let usage = matches!(error, Error::Solve(SolveError::TooLarge { .. }) | Error::MissingMoment(_));
            ExitCode::from(if usage { 2 } else { 1 })
        }
        // Whoever read our output has seen enough.
        Failure::Output(error, _) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Failure::Output(error, path) => {
            eprintln!("error: cannot write {path}: {error}");
            ExitCode::from(1)
        }
    }
}
