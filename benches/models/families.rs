//! The families of problems, and what is asked of each.

mod beyond;
mod bounds;
mod quantum;

use std::error::Error;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use steerq::backend::Settings;
use steerq::moments::Level;
use steerq::pipeline::{Options, certify};
use steerq::problem::Problem;
use steerq::report::{CertifyReport, Evidence, Verdict};

use crate::table::Outcome;

/// One problem.
pub struct Case {
    pub problem: Problem,
    /// The row of the table that it counts for.
    pub row: String,
}

/// A family of random problems.
pub struct Family {
    pub name: &'static str,
    /// What it is and when a problem counts as closed.
    pub about: &'static str,
    /// How many there are by default.
    pub count: u64,
    /// What its column of numbers means.
    pub measure: &'static str,
    /// Whether the least of these numbers is the worst.
    pub least_is_worst: bool,
    pub problem: fn(u64) -> Result<Case, Box<dyn Error>>,
    pub run: fn(&Case, usize) -> Outcome,
}

/// All of them.
pub const FAMILIES: [Family; 4] = [
    Family {
        name: "functionals",
        about: "`bound` of functionals with independent normal entries, 2–4 settings, 2–3 outcomes, 2–3 inputs, \
                d = 2, 3. Closed: both values are verified, and (outer − inner)/max(1, |outer|) ≤ 1e-6.",
        count: 500,
        measure: "relative gap",
        least_is_worst: false,
        problem: bounds::functional,
        run: bounds::run,
    },
    Family {
        name: "models",
        about: "`certify` of the assemblages of random models: pure and mixed states, Alice's dimension 2–6, \
                projective and general measurements, random channels. Wrong: `post-quantum`. Closed: `quantum`, \
                be it that a model within 1e-7 is found; most are boundary points, of which no more is asked.",
        count: 300,
        measure: "deviation",
        least_is_worst: false,
        problem: quantum::exact,
        run: quantum::run,
    },
    Family {
        name: "noisy models",
        about: "`certify` of the same with 1 % white noise. Wrong: `post-quantum`. Closed: `quantum` with an \
                explicit model, verified.",
        count: 300,
        measure: "deviation",
        least_is_worst: false,
        problem: quantum::noisy,
        run: quantum::run,
    },
    Family {
        name: "positive maps",
        about: "`certify` of assemblages that are known to be post-quantum. *Pure*: a pure state in which projective \
                measurements of rank one make a tomographically complete set of Bob's states for y = 0, and a positive \
                map that is not completely positive is applied for y = 1: the reference is self-tested (`docs/theory.md`, \
                §6), and no channel is the map. *Mixed*, *PR-like*: v·σ + (1−v)·noise with v above the verified outer \
                visibility by 5 % to 100 % of what is missing to one. Wrong: `quantum`. Closed: `post-quantum`, verified.",
        count: 300,
        measure: "violation",
        least_is_worst: true,
        problem: beyond::case,
        run: beyond::run,
    },
];

/// The options of a user who asks for a level, on so many threads.
fn options(level: &str, threads: usize) -> Options<'static> {
    let settings = Settings { threads: threads as u32, ..Settings::default() };
    Options { level: level.parse::<Level>().ok(), settings, ..Options::default() }
}

/// What a command answers a user who presses Ctrl-C when it has taken too long: solvers then stop with the best bound
/// that they have.
fn patiently<T>(options: &Options<'_>, answer: impl FnOnce(&Options<'_>) -> T) -> T {
    const LIMIT: Duration = Duration::from_secs(30);
    let watch = options.settings.watch.clone();
    let (done, wait) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if wait.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                watch.interrupt();
            }
        });
        let answer = answer(options);
        drop(done);
        answer
    })
}

/// The verdict at a level.
fn verdict(problem: &Problem, level: &str, threads: usize) -> Result<CertifyReport, String> {
    let report = patiently(&options(level, threads), |options| certify(problem, options));
    report.map_err(|error| error.to_string())
}

/// A report in a line.
fn in_words(report: &CertifyReport) -> String {
    let proof = if report.verified { "verified" } else { "numerical" };
    match &report.evidence {
        Evidence::Model(model) => {
            let how = if model.exactly { "exactly" } else { "nearly" };
            let (components, alice) = (model.components, model.alice);
            format!("quantum {how}, {proof}, {components} components, Alice's dimension {alice}")
        }
        Evidence::None { .. } => "undecided".to_owned(),
        _ => format!("{}, {proof}", report.verdict.name()),
    }
}

fn failed(error: String) -> Outcome {
    Outcome { note: error, ..Outcome::default() }
}

fn is(report: &CertifyReport, verdict: Verdict) -> bool {
    report.verdict == verdict
}
