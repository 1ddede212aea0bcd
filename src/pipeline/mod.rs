//! From a problem to a result: the one place that composes the other modules.
//!
//! Each command is a function `(&Problem, &Options) → Result<Report, Error>`.

mod anchored;
mod atlas;
mod bound;
mod certify;
mod climb;
mod elements;
mod export;
mod growth;
mod info;
mod inner;
mod ladder;
mod one_side;
mod outer;
mod own;
pub mod paper;
mod prove;
mod quantify;
mod realise;
mod sequential;
mod sweep;
mod visibility;

pub use anchored::AnchoredLevel;
pub use atlas::{Entry, Keep, atlas, unique_names};
pub use bound::bound;
pub use certify::certify;
pub use export::{ExportedProgram, sdpa};
pub use info::info;
pub use ladder::AnyLevel;
pub use one_side::OneSideLevel;
pub use quantify::{problem_file, quantify};
pub use realise::{ReferenceChoice, realise};
pub use sweep::{Computed, Point, Points, recalled, recorded};
pub use visibility::visibility;

use std::sync::Arc;

use crate::backend::{Auto, Backend, Settings, Show, SolveError, Watch};
use crate::linalg::EigenError;
use crate::moments::{Level, MissingMoment};
use crate::problem::{Problem, ProblemError};
use crate::program::Stop;
use crate::program::classical::ClassicalError;
use crate::realise::RealiseError;
use crate::report::Subject;
use crate::seesaw::{Search, SearchError};

/// How to compute.
#[derive(Clone)]
pub struct Options<'a> {
    /// Overrides the problem's level.
    pub level: Option<Level>,
    /// A level with a program of its own, which [`bound()`] computes first, or alone.
    pub own_level: Option<AnyLevel>,
    /// The solver.
    pub backend: &'a dyn Backend,
    /// Tolerances, iterations, threads.
    pub settings: Settings,
    /// How long to look for explicit models; `None` looks for none.
    pub search: Option<Search>,
    /// How close the two sides of a bound are to come, if levels may be raised for it.
    pub gap: Option<f64>,
    /// Whether symmetries of the data are looked for and used.
    pub symmetry: bool,
    /// Told about long work.
    pub progress: &'a dyn Progress,
}

impl Default for Options<'_> {
    /// The file's level, the automatic choice of solver, nothing shown.
    fn default() -> Self {
        Self {
            level: None,
            own_level: None,
            backend: &Auto,
            settings: Settings::default(),
            search: Some(Search::default()),
            gap: None,
            symmetry: true,
            progress: &Silent,
        }
    }
}

impl Options<'_> {
    /// The same for one of many problems that are worked on side by side: on one thread, and nothing shown.
    fn alone(&self) -> Options<'_> {
        let settings = Settings { threads: 1, ..self.settings.clone() };
        Options { settings, progress: &Silent, ..self.clone() }
    }

    /// The same for a bound that is only worth something below a goal, in the units of its program.
    fn towards(&self, goal: Option<f64>) -> Options<'_> {
        let settings = Settings { goal, ..self.settings.clone() };
        Options { settings, ..self.clone() }
    }

    /// What a piece of work is watched by: its values are shown `scale` times as large.
    fn watch(&self, work: &dyn Work, scale: f64) -> Watch {
        let show = work.show();
        let scaled =
            show.map(|show| -> Show { Arc::new(move |primal, bound| show(scale * primal, scale * bound)) });
        self.settings.watch.showing(scaled)
    }
}

/// Whoever shows what is going on.
pub trait Progress: Sync {
    /// A piece of work begins; `seconds` is its predicted duration. It ends when the returned
    /// value is dropped.
    fn start(&self, what: &str, seconds: f64) -> Box<dyn Work>;

    /// Many pieces of work begin, `what` in the plural, of a predicted duration together.
    fn count(&self, _what: &str, _total: usize, _seconds: f64) -> Box<dyn Count> {
        Box::new(())
    }
}

/// Many pieces of work under way.
pub trait Count: Sync {
    /// One of them begins.
    fn begin(&self, _name: &str) {}

    /// One of them ends, which was predicted to take so long.
    fn end(&self, _name: &str, _seconds: f64) {}
}

impl Count for () {}

/// A piece of work under way.
pub trait Work: Send {
    /// How its values are shown, if they are.
    fn show(&self) -> Option<Show> {
        None
    }
}

impl Work for () {}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _: &str, _: f64) -> Box<dyn Work> {
        Box::new(())
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The problem file is wrong, or lacks something that the command needs.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// The solver refused or failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// A level without the moments that the objective needs.
    #[error(transparent)]
    MissingMoment(#[from] MissingMoment),
    /// An eigenvalue could not be computed.
    #[error(transparent)]
    Eigen(#[from] EigenError),
    /// The search for a model failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A classical quantity is out of reach.
    #[error("not computed: {0}")]
    Classical(#[from] ClassicalError),
    /// The Choi question has no answer.
    #[error(transparent)]
    Realise(#[from] RealiseError),
    /// Something is no reference for the Choi question.
    #[error("{reason}; {help}")]
    Reference {
        /// What was found.
        reason: String,
        /// What would be right.
        help: String,
    },
    /// A figure could not be drawn.
    #[error(transparent)]
    Figure(#[from] crate::report::figure::FigureError),
    /// No mixture of an assemblage with its noise is in the level's set: the noise is not either.
    #[error(
        "no mixture of the assemblage with the noise is in the set of level {level}, not even the noise alone, \
         so there is no visibility; give a [noise] that is quantum, or leave it out for white noise"
    )]
    NoSolution {
        /// The level.
        level: Level,
    },
    /// The solver stopped early, and what it left proves nothing.
    #[error(
        "the solver stopped with `{stop}`, and its last point proves no bound; try another level \
         (`steerq info` lists them)"
    )]
    Unsolved {
        /// Why it stopped.
        stop: Stop,
    },
    /// A functional whose values are beyond double precision.
    #[error(
        "the functional is too large: {what} beyond {:.1e}, the largest double-precision number; \
         divide it by a power of ten",
        f64::MAX
    )]
    Overflow {
        /// What is too large, with its verb.
        what: &'static str,
    },
}

/// The level asked for by the caller, else by the problem, else the default.
fn level(problem: &Problem, options: &Options<'_>) -> Level {
    let asked = options.level.clone().or_else(|| problem.level.clone());
    asked.unwrap_or_default()
}

fn subject(problem: &Problem) -> Subject {
    Subject {
        title: problem.title.clone(),
        source: problem.source.clone(),
        kind: problem.scenario.kind.name().to_owned(),
        scenario: problem.scenario.to_string(),
    }
}

/// Why a classical quantity is missing, in the words of a report.
fn classical_note(error: &ClassicalError) -> String {
    format!("not computed: {error}")
}
