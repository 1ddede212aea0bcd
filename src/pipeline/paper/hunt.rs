//! A hunt for measurements of Bob's whose outcomes are not quantum.

use std::fmt::Write;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::super::visibility::outer_visibility;
use super::super::{Error, Options};
use super::embedded;
use crate::moments::Level;
use crate::problem::Problem;
use crate::scenario::Index;

/// What came of it.
pub(super) struct Hunt {
    /// How many pairs of measurements were tried.
    pub trials: usize,
    /// The level of the hierarchy that p(ab|xy) was held against.
    pub level: Level,
    /// The least visibility that it allows.
    pub least: f64,
}

impl Hunt {
    /// Solvers reach a visibility of one to about 10⁻⁸.
    pub const TOLERANCE: f64 = 1e-6;
}

/// Bob measures his qubit along a random direction for each input, and the correlations are held against the hierarchy.
pub(super) fn measurements(problem: &Problem, options: &Options<'_>) -> Result<Hunt, Error> {
    const TRIALS: usize = 200;
    let seed = options.search.as_ref().map_or(0, |search| search.seed);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let inputs = problem.scenario.inputs().len();
    let pairs: Vec<Vec<[f64; 3]>> =
        (0..TRIALS).map(|_| (0..inputs).map(|_| direction(&mut random)).collect()).collect();
    let level = Level::default();
    let of_pair = |directions: &Vec<[f64; 3]>| -> Result<f64, Error> {
        let measured = embedded("p(ab|xy)", &correlations(problem, directions)?)?;
        let assemblage = measured.require_assemblage("paper")?;
        let noise = measured.noise_for(assemblage);
        let options = Options { level: Some(level.clone()), search: None, ..options.alone() };
        Ok(outer_visibility(&measured, assemblage, &noise, &options)?.1.bound)
    };
    let least =
        pairs.par_iter().map(of_pair).try_reduce(|| f64::INFINITY, |one, other| Ok(one.min(other)))?;
    Ok(Hunt { trials: TRIALS, level, least })
}

/// A direction, evenly distributed on the sphere.
fn direction(random: &mut ChaCha8Rng) -> [f64; 3] {
    let (z, angle): (f64, f64) =
        (random.random_range(-1.0..1.0), random.random_range(0.0..std::f64::consts::TAU));
    let r = (1.0 - z * z).sqrt();
    [r * angle.cos(), r * angle.sin(), z]
}

/// p(ab|xy) = tr(N_{b|y} σ_{a|xy}) with N_{b|y} = (1 ± n_y·(X, Y, Z))/2, as a problem.
fn correlations(problem: &Problem, directions: &[[f64; 3]]) -> Result<String, Error> {
    let assemblage = problem.require_assemblage("paper")?;
    let [outcomes, settings, inputs] = problem.scenario.shape();
    let mut text = format!(
        "[scenario]\nkind = \"bell\"\nsettings = {settings}\noutcomes = {outcomes}\ninputs = {inputs}\n\
         dimension = 2\n[assemblage]\nelements = [\n"
    );
    for Index { a, x, y } in assemblage.0.indices() {
        let state = assemblage.0.value(Index { a, x, y });
        let trace = (state[(0, 0)] + state[(1, 1)]).re;
        let [nx, ny, nz] = directions[y];
        // tr(σ n·(X, Y, Z)).
        let mean =
            2.0 * (nx * state[(0, 1)].re - ny * state[(0, 1)].im) + nz * (state[(0, 0)] - state[(1, 1)]).re;
        for (b, p) in [(trace + mean) / 2.0, (trace - mean) / 2.0].into_iter().enumerate() {
            let _ = writeln!(text, "{{a = {a}, x = {x}, y = {y}, b = {b}, value = {:e}}},", p.max(0.0));
        }
    }
    text.push_str("]\n");
    Ok(text)
}
