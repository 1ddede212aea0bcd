//! Assemblages that have models.

use std::error::Error;

use faer::{Mat, Scale};
use num_complex::Complex64;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use steerq::backend::{Backend, InteriorPoint, Settings, Watch};
use steerq::model::Model;
use steerq::problem::{Problem, ProblemError};
use steerq::program::Stop;
use steerq::program::classical::{ClassicalInequality, classical_value};
use steerq::report::{Evidence, Verdict};
use steerq::scenario::{Index, Scenario};

use super::{Attempt, Case, failed, in_words, is, verdict};
use crate::table::Outcome;
use crate::{limit, random, text};

/// The share of white noise in the noisy ones.
const NOISE: f64 = 0.01;
/// So many times a sharp model that is classical is drawn again.
const TRIES: usize = 10;
/// Seconds for the question whether there is a common-cause model.
const PATIENCE: f64 = 30.0;

pub fn exact(seed: u64) -> Result<Case, Box<dyn Error>> {
    case(seed, 0.0)
}

pub fn noisy(seed: u64) -> Result<Case, Box<dyn Error>> {
    case(seed, NOISE)
}

fn case(seed: u64, noise: f64) -> Result<Case, Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let scenario = random::shape(&mut random);
    let [outcomes, ..] = scenario.shape();
    let d = scenario.dimension();
    let kind = Kind::of(seed);
    let mut draw = || -> Result<(Problem, Option<bool>), Box<dyn Error>> {
        let model = match kind {
            Kind::Blurred => random::blurred_model(&mut random, &scenario),
            Kind::Turned => random::sharp_model(&mut random, &scenario, d),
            Kind::Sharp => random::sharp_model(&mut random, &scenario, d + 1),
        };
        let problem = assemblage(&scenario, &model, noise)?;
        let classical = limit::within(PATIENCE, |watch| has_common_cause(&problem, watch));
        Ok((problem, classical))
    };
    let (mut problem, mut classical) = draw()?;
    let again = if kind == Kind::Blurred { 0 } else { TRIES };
    for _ in 0..again {
        if classical != Some(true) {
            break;
        }
        (problem, classical) = draw()?;
    }
    let row = format!("d = {d}, {outcomes} outcomes{}", kind.suffix());
    Ok(Case { problem, row, classical })
}

/// What is drawn: one of four, one of four, and two of four.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blurred,
    Turned,
    Sharp,
}

impl Kind {
    fn of(seed: u64) -> Self {
        match seed % 4 {
            0 => Self::Blurred,
            1 => Self::Turned,
            _ => Self::Sharp,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Blurred => ", blurred",
            Self::Turned => ", turned",
            Self::Sharp => "",
        }
    }
}

/// What a model makes, with a share of white noise.
fn assemblage(scenario: &Scenario, model: &Model, noise: f64) -> Result<Problem, ProblemError> {
    let d = scenario.dimension();
    let assemblage = model.assemblage(scenario);
    text::assemblage(scenario, &|index: Index| {
        let white = Complex64::from(noise * assemblage.0.trace(index).re() / d as f64);
        let white = Mat::<Complex64>::identity(d, d) * Scale(white);
        assemblage.0.value(index) * Scale(Complex64::from(1.0 - noise)) + white
    })
}

/// Whether no inequality excludes a common-cause model; `None` if that was not found out.
fn has_common_cause(problem: &Problem, watch: &Watch) -> Option<bool> {
    /// What solver and evaluation leave of no violation, for an inequality whose largest entry is one.
    const VIOLATED: f64 = 1e-7;
    let scenario = &problem.scenario;
    let assemblage = problem.require_assemblage("certify").ok()?;
    let search = ClassicalInequality::new(scenario, assemblage, &assemblage.white_noise(scenario)).ok()?;
    let settings = Settings { threads: 1, watch: watch.clone(), ..Settings::default() };
    let solution = InteriorPoint.solve(&search.program, &settings).ok()?;
    if !matches!(solution.stop, Stop::Converged | Stop::AlmostConverged) {
        return None;
    }
    let Some(functional) = search.functional(scenario, &solution.y) else { return Some(true) };
    let bound = classical_value(scenario, &functional).ok()?;
    Some(functional.operators.pair(&assemblage.0).re() <= bound + VIOLATED)
}

pub fn run(case: &Case, attempt: &Attempt<'_>) -> Outcome {
    let report = match verdict(&case.problem, "1+AB", attempt) {
        Ok(report) => report,
        Err(error) => return failed(error),
    };
    let measure = match &report.evidence {
        Evidence::Model(model) => Some(model.deviation),
        _ => None,
    };
    Outcome {
        closed: is(&report, Verdict::Quantum) && report.verified,
        wrong: is(&report, Verdict::PostQuantum),
        level: "1+AB".to_owned(),
        measure,
        note: in_words(&report),
        ..Outcome::default()
    }
}
