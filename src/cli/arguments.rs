//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::moments::Level;

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
    Paper,
    /// The ladder of an inequality: classical, quantum, no-signalling
    Bound {
        /// Problem file with a [functional]
        file: PathBuf,
    },
    /// Is this assemblage quantum?
    Certify {
        /// Problem file with an [assemblage]
        file: PathBuf,
    },
    /// How much noise an assemblage takes before it is quantum, and classical
    Visibility {
        /// Problem file with an [assemblage]
        file: PathBuf,
    },
    /// Sizes, memory and time of each level, before solving
    Info {
        /// Problem file
        file: PathBuf,
    },
    /// The semidefinite program for other solvers
    Export {
        /// Problem file
        file: PathBuf,
        /// The format
        #[arg(long, value_enum, default_value_t = Format::Sdpa)]
        format: Format,
    },
    /// The JSON Schema of problem files
    Schema,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// SDPA sparse format (.dat-s)
    Sdpa,
}

#[derive(Debug, Args)]
pub(super) struct Common {
    /// Level of the hierarchy: 1, 2, 1+AB, 1+AB+AAB, … [default: the file's, else 1+AB]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub level: Option<Level>,
    /// Solver
    #[arg(long, global = true, value_enum, default_value_t = BackendName::Auto)]
    pub backend: BackendName,
    /// Arithmetic of the solver
    #[arg(long, global = true, value_enum, default_value_t = Precision::F64)]
    pub precision: Precision,
    /// Threads; 0 for as many as there are cores
    #[arg(long, global = true, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1024))]
    pub threads: u32,
    /// Where to write: a folder for `paper` [default: steerq-paper], a file for `export` and `schema`
    #[arg(long, global = true, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Where `bound`, `certify` and `visibility` write the certificate of their main number
    #[arg(long, global = true, value_name = "PATH")]
    pub certificate: Option<PathBuf>,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BackendName {
    /// The best for the problem; at present Clarabel for every problem
    Auto,
    /// Clarabel, an interior-point method for mixed cones
    Clarabel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Precision {
    /// Double precision
    F64,
}
