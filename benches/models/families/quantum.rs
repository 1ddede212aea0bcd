//! Assemblages that have models.

use std::error::Error;

use faer::{Mat, Scale};
use num_complex::Complex64;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use steerq::report::{Evidence, Verdict};
use steerq::scenario::Index;

use super::{Case, failed, in_words, is, verdict};
use crate::table::Outcome;
use crate::{random, text};

/// The share of white noise in the noisy ones.
const NOISE: f64 = 0.01;

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
    let assemblage = random::model(&mut random, &scenario).assemblage(&scenario);
    let problem = text::assemblage(&scenario, &|index: Index| {
        let white = Complex64::from(noise * assemblage.0.trace(index).re() / d as f64);
        let white = Mat::<Complex64>::identity(d, d) * Scale(white);
        assemblage.0.value(index) * Scale(Complex64::from(1.0 - noise)) + white
    })?;
    Ok(Case { problem, row: format!("d = {d}, {outcomes} outcomes") })
}

pub fn run(case: &Case, threads: usize) -> Outcome {
    let report = match verdict(&case.problem, "1+AB", threads) {
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
