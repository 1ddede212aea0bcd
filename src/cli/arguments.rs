//! What can be typed.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::sweep::Shard;
use crate::backend::{self, Auto, Backend, Clarabel, FirstOrder, InteriorPoint};
use crate::certificate::Set;
use crate::pipeline::{AnyLevel, ExportedProgram};
use crate::program::choi::Maps;
use crate::report::Measure;

/// Quantum bounds, post-quantum verdicts and noise thresholds for bipartite steering.
///
/// Problems are TOML files; `steerq schema` describes them, `problems/` has examples.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub common: Common,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    answered, whatever the verdict, except undecided
  1    internal or solver failure
  2    bad input or usage
  3    undecided
  130  interrupted";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Work out what the paper claims, claim by claim, with figures
    Paper {
        /// Folder for the page, the figures and the certificates
        #[arg(long, value_name = "DIR", default_value = "steerq-paper")]
        out: PathBuf,
    },
    /// The ladder of an inequality: classical, quantum, no-signalling
    Bound {
        /// Problem file with a [functional]
        file: PathBuf,
        /// Where to write the certificate of the main number
        #[arg(long, value_name = "PATH")]
        certificate: Option<PathBuf>,
        /// Where to write the explicit model, as the certificate of the inner number: JSON, or NumPy arrays if PATH
        /// ends in .npz
        #[arg(long, value_name = "PATH")]
        model: Option<PathBuf>,
    },
    /// Is this assemblage quantum?
    Certify {
        /// Problem file with an [assemblage]
        file: PathBuf,
        /// Where to write the certificate of the main number
        #[arg(long, value_name = "PATH")]
        certificate: Option<PathBuf>,
        /// Where to write the model of a sequential assemblage (others have theirs in the certificate)
        #[arg(long, value_name = "PATH")]
        model: Option<PathBuf>,
    },
    /// How much noise an assemblage takes before it is quantum, and classical
    Visibility {
        /// Problem file with an [assemblage]
        file: PathBuf,
        /// Where to write the certificate of the main number
        #[arg(long, value_name = "PATH")]
        certificate: Option<PathBuf>,
        /// Where to write the explicit model, as the certificate of the inner number: JSON, or NumPy arrays if PATH
        /// ends in .npz
        #[arg(long, value_name = "PATH")]
        model: Option<PathBuf>,
    },
    /// How far an assemblage is from the classical or the quantum set
    ///
    /// Proved from below by an inequality; robustness to any noise, weight and trace distance are proved from above
    /// by a member of the set.
    Quantify {
        /// Problem file with an [assemblage]
        file: PathBuf,
        /// What is measured
        #[arg(long, value_enum, default_value_t = MeasureName::Robustness)]
        measure: MeasureName,
        /// The set [default: quantum where the assemblage may be post-quantum, else classical]
        #[arg(long, value_enum)]
        against: Option<AgainstName>,
        /// Where to write the certificate of the number, from below
        #[arg(long, value_name = "PATH")]
        certificate: Option<PathBuf>,
        /// Where to write the member of the set, as the certificate of the number from above: JSON, or NumPy arrays if
        /// PATH ends in .npz
        #[arg(long, value_name = "PATH")]
        model: Option<PathBuf>,
        /// Where to write the inequality, as a problem file for `bound`
        #[arg(long, value_name = "PATH")]
        inequality: Option<PathBuf>,
    },
    /// Is there a channel for each input of Bob's that makes the assemblage of a reference?
    ///
    /// The Choi question: E_y with σ_{a|xy} = E_y(τ_{a|x}). Channels make the assemblage quantum. Where there are none, and
    /// the reference passes the self-test, it is post-quantum. Decomposable maps keep the correlations of Bob's outcomes quantum.
    Realise {
        /// Problem file with an [assemblage]
        file: PathBuf,
        /// The reference: an input y of the assemblage, or a traditional problem file [default: the first input whose
        /// self-test holds, else the first]
        #[arg(long, value_name = "y0|FILE", allow_hyphen_values = true)]
        reference: Option<String>,
        /// The maps that are allowed
        #[arg(long, value_enum, default_value_t = MapsName::Cptp)]
        maps: MapsName,
        /// Where to write the certificate of the verdict
        #[arg(long, value_name = "PATH")]
        certificate: Option<PathBuf>,
        /// Where to write the quantum model that channels give, as a certificate: JSON, or NumPy arrays if PATH ends
        /// in .npz
        #[arg(long, value_name = "PATH")]
        model: Option<PathBuf>,
    },
    /// Everything about many problems in one table, next to what their files expect
    ///
    /// Problems are solved in parallel, each on one thread. The folder gets every certificate, the table as atlas.json, and
    /// a page, index.html. A file that cannot be read is a row with its error, and the exit code is 2.
    Atlas {
        /// Problem files, or folders of them
        #[arg(value_name = "PATH", default_value = "problems")]
        paths: Vec<PathBuf>,
        /// Folder for the certificates, the table and the page
        #[arg(long, value_name = "DIR", default_value = "steerq-atlas")]
        out: PathBuf,
    },
    /// One problem at many values of a parameter, or of two
    ///
    /// Results go into a journal in the folder, each as soon as it is there; --resume goes on after an interruption. At the end the
    /// folder has sweep.csv, sweep.json, sweep.svg and sweep.png. The exit code is 3 if a point is undecided, and 1 if none has
    /// an answer.
    Sweep {
        /// Problem file with a [sweep]
        file: PathBuf,
        /// Folder for the journal and the results
        #[arg(long, value_name = "DIR", default_value = "steerq-sweep")]
        out: PathBuf,
        /// Go on where an earlier run in the folder ended
        #[arg(long)]
        resume: bool,
        /// Every N-th point from the I-th on; `merge` puts the parts together
        #[arg(long, value_name = "I/N")]
        shard: Option<Shard>,
    },
    /// The results of all shards of a sweep, as one run would write them
    Merge {
        /// Problem file with a [sweep]
        file: PathBuf,
        /// Folder with the journals
        #[arg(long, value_name = "DIR", default_value = "steerq-sweep")]
        out: PathBuf,
    },
    /// The figure of a result, as SVG and PNG
    ///
    /// A RESULT is what --json of bound, certify, visibility, quantify, realise or sweep prints; a certificate with an explicit model of
    /// qubits, as --model writes it, for what Bob's channels make of the Bloch sphere; or a problem file with a qubit assemblage,
    /// for its states.
    Plot {
        /// The result: JSON, or a problem file (.toml)
        result: PathBuf,
        /// Folder, or path without extension, for the figure [default: beside the result]
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
    },
    /// Sizes, memory and time of each level, before solving
    Info {
        /// Problem file
        file: PathBuf,
    },
    /// The semidefinite program for other solvers
    ///
    /// With --json the object has the keys format, program, level, and text or (with --out) file.
    Export {
        /// Problem file
        file: PathBuf,
        /// The program [default: bound if the file has a functional, else visibility]
        #[arg(long, value_enum)]
        program: Option<ProgramName>,
        /// The format
        #[arg(long, value_enum, default_value_t = Format::Sdpa)]
        format: Format,
        /// Where to write it instead of stdout
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
    },
    /// The JSON Schema of problem files
    Schema {
        /// Where to write it instead of stdout
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
    },
}

impl Command {
    /// Whether it may take long, and stop halfway with an answer.
    pub fn solves(&self) -> bool {
        !matches!(self, Self::Plot { .. } | Self::Info { .. } | Self::Export { .. } | Self::Schema { .. })
    }

    /// Where the certificate and the model go.
    pub fn outputs(&self) -> [Option<&Path>; 2] {
        match self {
            Self::Bound { certificate, model, .. }
            | Self::Certify { certificate, model, .. }
            | Self::Visibility { certificate, model, .. }
            | Self::Quantify { certificate, model, .. }
            | Self::Realise { certificate, model, .. } => [certificate.as_deref(), model.as_deref()],
            Self::Paper { .. }
            | Self::Atlas { .. }
            | Self::Sweep { .. }
            | Self::Merge { .. }
            | Self::Plot { .. }
            | Self::Info { .. }
            | Self::Export { .. }
            | Self::Schema { .. } => [None, None],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgramName {
    /// The quantum bound of the functional
    Bound,
    /// The visibility of the assemblage
    Visibility,
}

impl From<ProgramName> for ExportedProgram {
    fn from(name: ProgramName) -> Self {
        match name {
            ProgramName::Bound => ExportedProgram::Bound,
            ProgramName::Visibility => ExportedProgram::Visibility,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MeasureName {
    /// How much noise t, any that is no-signalling, takes it into the set: (σ + t·π)/(1 + t)
    Robustness,
    /// The same with noise that has its states of Bob's
    Consistent,
    /// The same with white noise
    WhiteNoise,
    /// The same with the noise that the file gives
    GivenNoise,
    /// The least share of it that has to be outside the set
    Weight,
    /// How well it is told from the nearest member of the set, at x and y at random: ½ Σ_a ‖σ_{a|xy} − ω_{a|xy}‖₁
    TraceDistance,
}

impl From<MeasureName> for Measure {
    fn from(name: MeasureName) -> Self {
        match name {
            MeasureName::Robustness => Measure::Robustness,
            MeasureName::Consistent => Measure::Consistent,
            MeasureName::WhiteNoise => Measure::WhiteNoise,
            MeasureName::GivenNoise => Measure::GivenNoise,
            MeasureName::Weight => Measure::Weight,
            MeasureName::TraceDistance => Measure::TraceDistance,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AgainstName {
    /// Common causes
    Classical,
    /// Quantum theory, by a level of the hierarchy
    Quantum,
}

impl From<AgainstName> for Set {
    fn from(name: AgainstName) -> Self {
        match name {
            AgainstName::Classical => Set::Classical,
            AgainstName::Quantum => Set::Quantum,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MapsName {
    /// Channels: completely positive and trace preserving
    Cptp,
    /// Trace-preserving sums of a completely positive map and one followed by a transposition
    Decomposable,
}

impl From<MapsName> for Maps {
    fn from(name: MapsName) -> Self {
        match name {
            MapsName::Cptp => Maps::Cptp,
            MapsName::Decomposable => Maps::Decomposable,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// SDPA sparse format (.dat-s)
    Sdpa,
}

#[derive(Debug, Args)]
pub(super) struct Common {
    /// Level of the hierarchy: 1, 2, 1+AB, 1+AB+AAB, …; for `bound` also one of Alice's words alone, alice-1, alice-2, …, or one with
    /// Bob's first input as an anchor, anchored-1+AB, …, or another, anchored-1+AB@1, …
    /// [default: the file's, else 1+AB]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub level: Option<AnyLevel>,
    /// Solver
    #[arg(long, global = true, value_enum, default_value_t = BackendName::Auto)]
    pub backend: BackendName,
    /// Arithmetic of the solver
    #[arg(long, global = true, value_enum, default_value_t = Precision::F64)]
    pub precision: Precision,
    /// Seed of the search for models: the same seed finds the same model
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// No search for models: bounds from outside alone
    #[arg(long, global = true)]
    pub no_search: bool,
    /// Do not look for symmetries that make bounds and visibilities smaller to compute
    #[arg(long, global = true)]
    pub no_symmetry: bool,
    /// `bound`: raise the level, from --level on, until the quantum value is known this closely (absolute), or all others would
    /// take more than half an hour; with many symmetries choose words by their orbits
    #[arg(long, global = true, value_name = "GAP", value_parser = positive, allow_hyphen_values = true)]
    pub gap: Option<f64>,
    /// Threads, at most as many as there are cores; 0 for all of them
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub threads: u32,
    /// One JSON object on stdout, nothing else there
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress on stderr
    #[arg(long, global = true)]
    pub quiet: bool,
    /// The solver's iterations on stderr
    #[arg(long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

impl Common {
    /// The options that change results, as they can be typed again: those that are not the default, each after a space.
    pub fn again(&self) -> String {
        let mut text = String::new();
        let mut add = |part: String| {
            text.push(' ');
            text.push_str(&part);
        };
        if let Some(level) = &self.level {
            add(format!("--level {level}"));
        }
        if self.backend != BackendName::Auto {
            add(format!("--backend {}", name(self.backend)));
        }
        if self.precision != Precision::F64 {
            add(format!("--precision {}", name(self.precision)));
        }
        if self.seed != 0 {
            add(format!("--seed {}", self.seed));
        }
        if let Some(gap) = self.gap {
            add(format!("--gap {gap:e}"));
        }
        if self.no_search {
            add("--no-search".to_owned());
        }
        if self.no_symmetry {
            add("--no-symmetry".to_owned());
        }
        text
    }
}

/// A positive number.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("a gap is a positive number, such as 1e-6".to_owned()),
    }
}

/// How a value is typed.
fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BackendName {
    /// By size: interior points for small programs, first order for large ones, each where the other fails
    Auto,
    /// Clarabel, an interior-point method for mixed cones: the reference
    Clarabel,
    /// Native: to nine digits, for small and for degenerate programs
    InteriorPoint,
    /// Native: for large programs
    FirstOrder,
}

impl BackendName {
    /// The solver of that name.
    pub fn backend(self) -> &'static dyn Backend {
        match self {
            BackendName::Auto => &Auto,
            BackendName::Clarabel => &Clarabel,
            BackendName::InteriorPoint => &InteriorPoint,
            BackendName::FirstOrder => &FirstOrder,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Precision {
    /// Double precision
    F64,
    /// Double-double, by interior points: about 25 digits where the problem's numbers are doubles (integers, halves,
    /// powers of i, …), 15 where they had to be rounded
    Dd,
}

impl From<Precision> for backend::Precision {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F64 => backend::Precision::F64,
            Precision::Dd => backend::Precision::Dd,
        }
    }
}
