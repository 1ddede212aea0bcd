//! Solvers behind one trait. A backend takes a [`Program`] and answers three separate questions:
//! why it stopped, what its primal point is, what its dual point is. None of its numbers is a
//! bound; [`dual_bound`](crate::program::dual_bound) makes one of its dual.

mod auto;
mod clarabel;
mod data;
mod dense;
mod field;
mod first_order;
mod interior;
#[cfg(feature = "faer-lapack")]
pub mod lapack;
mod watch;

pub use auto::Auto;
pub use clarabel::Clarabel;
pub use first_order::{Bookmark, FirstOrder};
pub use interior::InteriorPoint;
pub use watch::{Show, Watch};

/// The parts of the native methods by themselves, for benches: no part of the interface.
#[doc(hidden)]
pub mod parts {
    pub use super::first_order::parts::Projection;
    pub use super::interior::parts::Parts as NewtonParts;
}

use std::fmt;

use crate::program::{Program, Solution, Stop};

/// The numbers that a solver computes with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precision {
    /// Double precision: 16 digits.
    #[default]
    F64,
    /// Double-double, an unevaluated sum of two doubles: 31 digits.
    Dd,
}

impl Precision {
    /// Its name in results and options.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F64 => "f64",
            Precision::Dd => "dd",
        }
    }

    /// The tolerance that solvers reach in it.
    pub fn tolerance(self) -> f64 {
        match self {
            Precision::F64 => 1e-9,
            Precision::Dd => 1e-26,
        }
    }
}

/// How hard to try.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The arithmetic. Coefficients are doubles in either.
    pub precision: Precision,
    /// Relative and absolute gap and feasibility tolerance to aim for.
    pub tolerance: f64,
    /// The most iterations.
    pub max_iterations: u32,
    /// Threads the solver may use; 0 for as many as there are cores.
    pub threads: u32,
    /// Whether to log iterations on stderr.
    pub verbose: bool,
    /// A number of which it is asked whether the optimum is below it: native solvers stop once that is clear.
    pub goal: Option<f64>,
    /// After so many first-order iterations of this solve a program is left whose [goal](Self::goal) is still open, if interior
    /// points would take longer: whoever has other programs may come back to it with more. `None` for as many as there may be.
    pub patience: Option<u32>,
    /// Where the first-order method goes on from, and where it leaves the program.
    pub bookmark: Option<Bookmark>,
    /// Who is told how far it is, and may stop it.
    pub watch: Watch,
}

impl Settings {
    /// The defaults of an arithmetic.
    pub fn new(precision: Precision) -> Self {
        let tolerance = precision.tolerance();
        Self {
            precision,
            tolerance,
            max_iterations: 200,
            threads: 0,
            verbose: false,
            goal: None,
            patience: None,
            bookmark: None,
            watch: Watch::default(),
        }
    }

    /// The first-order iterations after which to leave a program; `None` without a goal.
    fn patience(&self) -> Option<u32> {
        self.goal.and(self.patience)
    }

    /// Whether it is clear on which side of the goal the optimum lies: there is a bound below it, or a value far above it, for
    /// how much is open between value and bound, and for the relative error of the value's conditions.
    ///
    /// A value may exceed the optimum by that error. On random functionals it did by a tenth to a third of what was open. It may also
    /// exceed a bound, on the way there, and is as far off then as it is above that.
    fn decided(&self, value: f64, error: f64, bound: f64) -> Option<Stop> {
        const OF_OPEN: f64 = 0.5;
        const OF_ERROR: f64 = 4.0;
        let goal = self.goal?;
        if bound <= goal {
            return Some(Stop::GoalMet);
        }
        let excess = OF_OPEN * (bound - value).abs() + OF_ERROR * error * (1.0 + value.abs());
        (bound.is_finite() && value.min(bound) - excess > goal).then_some(Stop::GoalMissed)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new(Precision::default())
    }
}

/// Why there is no answer at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SolveError {
    /// The program needs more memory than there is.
    #[error(
        "the {backend} backend would need about {} of memory for this program and {} are available; \
         use a lower level (`steerq info` lists the sizes)",
        HumanBytes(*needed), HumanBytes(*available)
    )]
    TooLarge {
        /// The backend's name.
        backend: &'static str,
        /// Predicted bytes.
        needed: u64,
        /// Bytes available on this machine.
        available: u64,
    },
    /// The solver does not have this arithmetic.
    #[error("the {backend} backend has no precision `{}`; use --backend auto or interior-point", precision.name())]
    Precision {
        /// The backend's name.
        backend: &'static str,
        /// What was asked for.
        precision: Precision,
    },
    /// It was not begun any more.
    #[error("interrupted")]
    Interrupted,
    /// The solver panicked or refused its input.
    #[error("the {backend} backend failed: {reason}")]
    Failed {
        /// The backend's name.
        backend: &'static str,
        /// Its own words.
        reason: String,
    },
}

/// Predicted resources of a solve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Peak memory in bytes.
    pub bytes: u64,
    /// Time in seconds on two cores of the machine that the rule was calibrated on.
    pub seconds: f64,
}

/// Which solver is used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The solver's name.
    pub backend: &'static str,
    /// In words.
    pub reason: String,
}

/// A program's dimensions, known before it is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dimensions {
    /// Sides of the blocks, and whether they are real.
    pub blocks: Vec<(usize, bool)>,
    /// Variables.
    pub variables: usize,
    /// Inequalities and equalities together.
    pub rows: usize,
}

impl Dimensions {
    /// The dimensions of a program.
    pub fn of(program: &Program) -> Self {
        Self {
            blocks: program.blocks.iter().map(|block| (block.size, block.is_real())).collect(),
            variables: program.variables(),
            rows: program.inequalities.len() + program.equalities.len(),
        }
    }
}

/// A solver of cone programs.
pub trait Backend: Sync {
    /// Its name in results and options.
    fn name(&self) -> &'static str;
    /// What it would need.
    fn predict(&self, dimensions: &Dimensions) -> Cost;
    /// The solver that a program of this size is given to first, and why.
    fn choice(&self, _: &Dimensions) -> Choice {
        Choice { backend: self.name(), reason: "it was asked for".to_owned() }
    }
    /// Whether it has an arithmetic.
    fn supports(&self, precision: Precision) -> bool {
        precision == Precision::F64
    }
    /// Solves, after checking the predicted memory against what is available.
    fn solve(&self, program: &Program, settings: &Settings) -> Result<Solution, SolveError>;
}

/// Refuses a program before anything is allocated for it.
pub fn check_memory(backend: &dyn Backend, dimensions: &Dimensions) -> Result<(), SolveError> {
    let needed = backend.predict(dimensions).bytes;
    let available = available_memory();
    if needed > available {
        return Err(SolveError::TooLarge { backend: backend.name(), needed, available });
    }
    Ok(())
}

/// What every solve begins with: nobody has asked to stop, the solver must have the arithmetic, the program fit in
/// memory and be of finite numbers.
fn admit(backend: &dyn Backend, program: &Program, settings: &Settings) -> Result<(), SolveError> {
    if settings.watch.is_interrupted() {
        return Err(SolveError::Interrupted);
    }
    let Settings { precision, .. } = *settings;
    if !backend.supports(precision) {
        return Err(SolveError::Precision { backend: backend.name(), precision });
    }
    check_memory(backend, &Dimensions::of(program))?;
    if !program.is_finite() {
        let reason = "the program has coefficients that are not finite numbers".to_owned();
        return Err(SolveError::Failed { backend: backend.name(), reason });
    }
    Ok(())
}

/// Bytes of memory that a new allocation may count on: what Linux reports as available, or 8 GiB
/// where it does not say.
pub fn available_memory() -> u64 {
    const FALLBACK: u64 = 8 << 30;
    let Ok(text) = std::fs::read_to_string("/proc/meminfo") else { return FALLBACK };
    text.lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok())
        .map_or(FALLBACK, |kib| kib * 1024)
}

/// Bytes for people: `3.2 GiB`.
#[derive(Debug, Clone, Copy)]
pub struct HumanBytes(pub u64);

impl fmt::Display for HumanBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0 as f64;
        let mut unit = "B";
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            if value < 1024.0 {
                break;
            }
            value /= 1024.0;
            unit = next;
        }
        if unit == "B" { write!(f, "{value} B") } else { write!(f, "{value:.1} {unit}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Below a bound a value that is far enough above the goal decides; one that exceeds the bound, and is wrong for that, only
    /// where the bound is as far above as that.
    #[test]
    fn a_value_beyond_the_bound_does_not_miss_a_goal() {
        let settings = Settings { goal: Some(1.0), ..Settings::default() };
        assert_eq!(settings.decided(0.5, 0.0, 1.0), Some(Stop::GoalMet));
        assert_eq!(settings.decided(1.2, 0.0, 1.3), Some(Stop::GoalMissed));
        assert_eq!(settings.decided(1.2, 0.1, 1.3), None);
        assert_eq!(settings.decided(1.1, 0.0, 1.4), None);
        assert_eq!(settings.decided(1.3, 0.0, 1.1), None);
        assert_eq!(settings.decided(1.11, 0.0, 1.1), Some(Stop::GoalMissed));
        assert_eq!(settings.decided(1.2, 0.0, f64::INFINITY), None);
    }
}
