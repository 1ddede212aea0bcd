//! The families of problems, and what is asked of each.

mod beyond;
mod bounds;
mod quantum;

use std::error::Error;

use steerq::backend::{Settings, Watch};
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
    /// Whether it has a common-cause model, where that has been found out.
    pub classical: Option<bool>,
}

/// What a problem is tried with.
pub struct Attempt<'a> {
    pub threads: usize,
    /// Says when it is too late.
    pub watch: &'a Watch,
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
    pub run: fn(&Case, &Attempt<'_>) -> Outcome,
}

/// All of them.
pub const FAMILIES: [Family; 5] = [
    Family {
        name: "functionals",
        about: "`bound --gap G`, which raises the level by itself, of functionals with independent normal entries, 2–4 settings, \
                2–3 outcomes, 2–3 inputs, d = 2, 3. Closed: both values are verified, and (outer − inner)/max(1, |outer|) ≤ 1e-6, for which G is 1e-6 or that \
                many times the classical value.",
        count: 500,
        measure: "relative gap",
        least_is_worst: false,
        problem: bounds::functional,
        run: bounds::close,
    },
    Family {
        name: "gaps",
        about: "The same with 2–5 settings.",
        count: 300,
        measure: "relative gap",
        least_is_worst: false,
        problem: bounds::wide_functional,
        run: bounds::close,
    },
    Family {
        name: "models",
        about: "`certify` of the assemblages of random models. One in four is *blurred*: pure or mixed states, Alice's dimension \
                2–6, projective or general measurements, channels with any Kraus operators. The others are sharp: a pure state \
                of full Schmidt rank whose coefficients differ by less than a factor 2, measured by Alice in bases, drawn again \
                up to ten times while there is a common-cause model. In one in four, *turned*, the rank is d and Bob's channels \
                are unitary; in two it is d + 1, and Bob keeps d dimensions, others for every input, and what is left. \
                Wrong: `post-quantum`. Closed: `quantum`, be it that a model within 1e-7 is found; most are boundary points, \
                of which no more is asked.",
        count: 300,
        measure: "deviation",
        least_is_worst: false,
        problem: quantum::exact,
        run: quantum::run,
    },
    Family {
        name: "noisy models",
        about: "`certify` of the same with 1 % white noise. Wrong: `post-quantum`. Closed: `quantum`, verified, by an \
                explicit model or by channels from one input to the others.",
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

/// The options of a user who asks for a level.
fn options(level: &str, attempt: &Attempt<'_>) -> Options<'static> {
    let watch = attempt.watch.clone();
    let settings = Settings { threads: attempt.threads as u32, watch, ..Settings::default() };
    Options { level: level.parse::<Level>().ok(), settings, ..Options::default() }
}

/// The verdict at a level.
fn verdict(problem: &Problem, level: &str, attempt: &Attempt<'_>) -> Result<CertifyReport, String> {
    certify(problem, &options(level, attempt)).map_err(|error| error.to_string())
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
