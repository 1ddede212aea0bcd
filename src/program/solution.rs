//! A solver's three separate answers: why it stopped, what its primal point is, what its dual point
//! is. None of them is a bound; [`dual_bound`](super::dual_bound) makes one of the dual.

use std::fmt;

use super::{DualPoint, Enclosure};

/// Why a solver stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// All tolerances were met.
    Converged,
    /// Only reduced tolerances were met; never to be reported as converged.
    AlmostConverged,
    /// The constraints have no solution (to tolerance); the dual point is a certificate of it.
    Infeasible,
    /// The objective is unbounded (to tolerance).
    Unbounded,
    /// The bound is below the goal, which is all that was asked for.
    GoalMet,
    /// The optimum is above the goal, by more than what is open of it.
    GoalMissed,
    /// The goal is still open after as many iterations as it was worth for now.
    Postponed,
    /// Out of iterations.
    IterationLimit,
    /// Out of time.
    TimeLimit,
    /// Asked to stop.
    Interrupted,
    /// The steps became too small or the linear algebra failed.
    Stalled,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stop::Converged => "converged",
            Stop::AlmostConverged => "almost converged",
            Stop::Infeasible => "infeasible",
            Stop::Unbounded => "unbounded",
            Stop::GoalMet => "goal met",
            Stop::GoalMissed => "goal missed",
            Stop::Postponed => "postponed",
            Stop::IterationLimit => "iteration limit",
            Stop::TimeLimit => "time limit",
            Stop::Interrupted => "interrupted",
            Stop::Stalled => "stalled",
        })
    }
}

/// What a returned point is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointStatus {
    /// Satisfies its constraints to the solver's tolerance.
    Feasible,
    /// Satisfies them to a reduced tolerance.
    NearlyFeasible,
    /// A direction that proves the other side infeasible.
    Certificate,
    /// Nothing is known about it; as a dual point it still gives a valid (perhaps useless) bound.
    Unknown,
}

/// A solver's answer.
#[derive(Debug, Clone)]
pub struct Solution {
    /// Why it stopped.
    pub stop: Stop,
    /// What `y` is.
    pub primal_status: PointStatus,
    /// What `dual` is.
    pub dual_status: PointStatus,
    /// The variables.
    pub y: Vec<f64>,
    /// The multipliers.
    pub dual: DualPoint,
    /// Where the optimum lies, if the arithmetic was finer than that of the points above.
    pub enclosure: Option<Enclosure>,
    /// The solver that found it.
    pub backend: &'static str,
    /// Iterations used.
    pub iterations: u32,
    /// Seconds used by the solver.
    pub seconds: f64,
}
