//! Problem files: TOML in, a [`Problem`] out, or an error that points at the text.
//!
//! What is written ([`file`], serde types with spans) and what is meant ([`Problem`]) are two
//! types; [`compile`] goes from one to the other, [`operators`] fills the (a, x, y) tables from
//! formulas, element lists or `.npy` files.

mod compile;
mod diagnostic;
mod expected;
mod file;
pub mod formula;
mod literal;
mod noise;
mod npy;
mod operators;
mod sequence;
mod sweep;
mod syntax;

pub use diagnostic::{ProblemError, Source};
pub use expected::{Expected, KnownVerdict};
use noise::Noise;
pub use sweep::{Axis, Computation, Sweep};

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::moments::Level;
use crate::num::Number;
use crate::scenario::{Assemblage, Functional, Given, Kind, Scenario, Violation};

/// The largest problem file that is read.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// What a problem file means.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The line that says what it is.
    pub title: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
    /// Who has which device.
    pub scenario: Scenario,
    /// The functional, Hermitian; `None` if the file has none.
    pub functional: Option<Functional>,
    /// The level asked for.
    pub level: Option<Level>,
    /// The grid asked for.
    pub sweep: Option<Sweep>,
    /// What is known of it; `None` if the file does not say.
    pub expected: Option<Expected>,
    assemblage: Option<CheckedAssemblage>,
    noise: Noise,
    /// Where [noise] stands.
    noise_span: Range<usize>,
    text: Source,
    /// Where files that it names are looked for.
    folder: PathBuf,
    /// Where the kind of the scenario stands.
    kind: Range<usize>,
}

/// An assemblage, what is wrong with it, and where it stands in the file.
#[derive(Debug, Clone)]
struct CheckedAssemblage {
    assemblage: Assemblage,
    violations: Vec<Violation>,
    given: Given,
    span: Range<usize>,
}

impl CheckedAssemblage {
    /// The same in a scenario with more outcomes, which never occur.
    fn padded(self, scenario: &Scenario) -> Self {
        let (assemblage, given) = self.assemblage.padded(scenario);
        Self { assemblage, given, ..self }
    }
}

impl Problem {
    /// Reads a problem file. Files that it names are relative to it.
    ///
    /// # Errors
    /// A [`ProblemError`] for anything that cannot be read or does not mean a problem. An
    /// assemblage outside the general set is *not* one here: see [`Problem::assemblage`].
    pub fn read(path: &Path) -> Result<Self, ProblemError> {
        let shown = path.display().to_string();
        let refuse = |error: std::io::Error| {
            ProblemError::plain(unreadable(&shown, &error))
                .help("give the path of a problem file, such as problems/eq6.toml")
        };
        let file = std::fs::File::open(path).map_err(refuse)?;
        let mut bytes = Vec::new();
        // Not the size that the file system tells: pipes have none.
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(refuse)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(ProblemError::plain(format!(
                "{shown} has more than {MAX_FILE_BYTES} bytes, the most of a problem file"
            ))
            .help("put large tables of numbers into a .npy file and name it with `file = \"…\"`"));
        }
        let text = String::from_utf8(bytes).map_err(|error| not_text(&shown, &error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(Source::new(shown, text), folder)
    }

    /// Understands the text of a problem file; `folder` is where files that it names are looked
    /// for.
    pub fn parse(text: Source, folder: &Path) -> Result<Self, ProblemError> {
        compile::compile(text, folder, &BTreeMap::new())
    }

    /// The assemblage as it stands, with the conditions that it violates. A partial one is refused.
    pub fn assemblage_with_violations(&self) -> Result<Option<(&Assemblage, &[Violation])>, ProblemError> {
        let Some(checked) = &self.assemblage else { return Ok(None) };
        self.refuse_partial(checked)?;
        Ok(Some((&checked.assemblage, &checked.violations)))
    }

    /// The assemblage, if there is one, refused unless it is whole and in the general set.
    pub fn assemblage(&self) -> Result<Option<&Assemblage>, ProblemError> {
        let Some(checked) = &self.assemblage else { return Ok(None) };
        self.refuse_partial(checked)?;
        self.refuse_invalid(checked)?;
        Ok(Some(&checked.assemblage))
    }

    /// The assemblage, which the command `needs`.
    pub fn require_assemblage(&self, command: &str) -> Result<&Assemblage, ProblemError> {
        self.assemblage()?.ok_or_else(|| self.missing(command, "assemblage", "formula = \"…\""))
    }

    /// The assemblage, which the command `needs`, and which of its elements are given; the others are zero. Of a partial one
    /// only the given elements are checked, each by itself.
    pub fn require_partial_assemblage(&self, command: &str) -> Result<(&Assemblage, &Given), ProblemError> {
        let missing = || self.missing(command, "assemblage", "formula = \"…\"");
        let checked = self.assemblage.as_ref().ok_or_else(missing)?;
        self.refuse_invalid(checked)?;
        Ok((&checked.assemblage, &checked.given))
    }

    fn refuse_partial(&self, checked: &CheckedAssemblage) -> Result<(), ProblemError> {
        if checked.given.is_all() {
            return Ok(());
        }
        Err(self
            .text
            .error(checked.span.clone(), "the assemblage is partial")
            .label("elements are unknown")
            .help("only `steerq realise` works with a partial assemblage"))
    }

    fn refuse_invalid(&self, checked: &CheckedAssemblage) -> Result<(), ProblemError> {
        let Some(violation) = checked.violations.first() else { return Ok(()) };
        Err(self
            .text
            .error(checked.span.clone(), format!("not a valid assemblage: {violation}"))
            .label(format!("violates {}", violation.statement()))
            .help("`steerq certify` reports on an invalid assemblage instead of refusing it"))
    }

    /// The same problem at values of what a sweep varies: [parameters], or the visibility.
    pub fn at(&self, values: &[(&str, &Number)]) -> Result<Self, ProblemError> {
        let (visibility, parameters): (Vec<_>, Vec<_>) =
            values.iter().partition(|(name, _)| *name == "visibility");
        let changed: BTreeMap<String, Number> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())).collect();
        let problem = match changed.is_empty() {
            true => None,
            false => Some(compile::compile(self.text.clone(), &self.folder, &changed)?),
        };
        let problem = problem.as_ref().unwrap_or(self);
        match visibility.first() {
            Some((_, v)) => problem.at_visibility(v),
            None => Ok(problem.clone()),
        }
    }

    /// The sweep, which the command `needs`.
    pub fn require_sweep(&self) -> Result<&Sweep, ProblemError> {
        let example = "parameter = \"visibility\"\nfrom = 0\nto = 1\npoints = 101";
        self.sweep.as_ref().ok_or_else(|| self.missing("sweep", "sweep", example))
    }

    /// The same problem at a visibility v: with v·σ + (1−v)·ν for its assemblage σ, which has to be valid, ν its noise; or
    /// with σ after amplitude damping of decay probability 1−v.
    pub fn at_visibility(&self, v: &Number) -> Result<Self, ProblemError> {
        let mut problem = self.clone();
        if let (Some(assemblage), Some(checked)) = (self.assemblage()?, &mut problem.assemblage) {
            let mixed = self.noise.at(&self.scenario, assemblage, v);
            checked.assemblage =
                mixed.map_err(|error| self.text.error(self.noise_span.clone(), error.to_string()))?;
        }
        Ok(problem)
    }

    /// Refuses what needs a straight line from the noise to the assemblage, where there is none.
    pub fn refuse_curve(&self, command: &str) -> Result<(), ProblemError> {
        if self.noise.is_a_line() {
            return Ok(());
        }
        Err(self
            .text
            .error(self.noise_span.clone(), noise::NO_LINE)
            .label(format!("`steerq {command}` needs a line"))
            .help("sweep the visibility instead: `steerq sweep` with\n[sweep]\nparameter = \"visibility\"\nfrom = 0\nto = 1\npoints = 21\nrefine = 10"))
    }

    /// The functional, which the command `needs`.
    pub fn require_functional(&self, command: &str) -> Result<&Functional, ProblemError> {
        self.functional.as_ref().ok_or_else(|| self.missing(command, "functional", "from = \"assemblage\""))
    }

    /// Refuses sequential scenarios, for a reason and with what to do instead.
    pub fn refuse_sequential(&self, command: &str, help: &str) -> Result<(), ProblemError> {
        if self.scenario.kind != Kind::Sequential {
            return Ok(());
        }
        Err(self
            .text
            .error(self.kind.clone(), format!("`steerq {command}` does not work on sequential scenarios"))
            .help(help))
    }

    /// The error for something that the scenario's kind does not have.
    pub fn wrong_kind(&self, message: &str) -> ProblemError {
        self.text.error(self.kind.clone(), message)
    }

    /// The error for a table that a command needs and the file lacks.
    pub fn missing(&self, command: &str, table: &str, example: &str) -> ProblemError {
        let article = if table.starts_with('a') { "an" } else { "a" };
        self.text
            .error_at_end(format!("`steerq {command}` needs {article} [{table}], and the file has none"))
            .help(format!("add, for example,\n[{table}]\n{example}"))
    }

    /// What is mixed into `assemblage`: the file's noise, or white noise. Amplitude damping mixes nothing in; white noise
    /// stands in its place.
    pub fn noise_for(&self, assemblage: &Assemblage) -> Assemblage {
        self.noise.of(&self.scenario, assemblage)
    }

    /// Whether what is mixed in is white noise.
    pub fn noise_is_white(&self) -> bool {
        self.noise_name() == "white"
    }

    /// What is mixed in: `white`, `dephasing`, `loss` or `given`.
    pub fn noise_name(&self) -> &'static str {
        self.noise.name()
    }

    /// Whether a valid assemblage has critical visibilities: it has none in a sequential scenario, where everything is quantum,
    /// or where its noise is no straight line.
    pub fn has_visibilities(&self) -> bool {
        self.scenario.kind != Kind::Sequential && self.noise.is_a_line()
    }
}

/// Why a file that is named cannot be read.
fn unreadable(shown: &str, error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!("{shown} does not exist"),
        ErrorKind::IsADirectory => format!("{shown} is a folder"),
        _ => format!("cannot read {shown}: {error}"),
    }
}

/// The error for bytes that are not text, with the place of the first that is none.
fn not_text(shown: &str, error: &std::string::FromUtf8Error) -> ProblemError {
    let position = error.utf8_error().valid_up_to();
    let before = String::from_utf8_lossy(&error.as_bytes()[..position]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let byte = error.as_bytes()[position];
    ProblemError::plain(format!("{shown}:{line}:{column}: the byte 0x{byte:02x} is not UTF-8 text"))
        .help("a problem file is TOML text in UTF-8; numbers can also come from a .npy file that it names")
}

/// The JSON Schema of problem files.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(file::ProblemFile).to_value()
}
