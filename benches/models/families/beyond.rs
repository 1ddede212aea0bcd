//! Assemblages that have no models, and are known not to.

use std::error::Error;

use faer::{Mat, Scale};
use num_complex::Complex64;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use steerq::pipeline::{Options, visibility};
use steerq::problem::ProblemError;
use steerq::report::Verdict;
use steerq::scenario::{Index, Scenario};

use super::{Attempt, Case, failed, in_words, is, options, verdict};
use crate::table::Outcome;
use crate::{limit, random, text};

/// A positive map that preserves the trace.
type Map = fn(&Mat<Complex64>) -> Mat<Complex64>;

/// Positive, not completely positive.
const MAPS: [(&str, usize, Map); 5] = [
    ("transpose, d = 2", 2, transpose),
    ("transpose, d = 3", 3, transpose),
    ("reduction, d = 2", 2, reduction),
    ("reduction, d = 3", 3, reduction),
    ("Choi, d = 3", 3, choi),
];

/// The kinds that most seeds have: places in MAPS for pure states, then for mixed ones, then the boxes.
const COMMON: [usize; 7] = [0, 2, 5, 6, 7, 10, 11];

/// An assemblage's elements by a, x, y.
struct Assemblage {
    scenario: Scenario,
    elements: Vec<Mat<Complex64>>,
}

impl Assemblage {
    fn new(scenario: Scenario, element: impl Fn(Index) -> Mat<Complex64>) -> Self {
        let [outcomes, settings, inputs] = scenario.shape();
        let at = |number: usize| Index {
            a: number / (settings * inputs),
            x: number / inputs % settings,
            y: number % inputs,
        };
        Self {
            elements: (0..outcomes * settings * inputs).map(|number| element(at(number))).collect(),
            scenario,
        }
    }

    /// v·σ + (1−v)·white noise.
    fn problem(&self, v: f64) -> Result<steerq::problem::Problem, ProblemError> {
        let [_, settings, inputs] = self.scenario.shape();
        let d = self.scenario.dimension();
        text::assemblage(&self.scenario, &|Index { a, x, y }| {
            let element = &self.elements[(a * settings + x) * inputs + y];
            // The same for all inputs, to the last bit.
            let of_first = &self.elements[(a * settings + x) * inputs];
            let p: Complex64 = (0..d).map(|i| of_first[(i, i)]).sum();
            element * Scale(Complex64::from(v))
                + Mat::<Complex64>::identity(d, d) * Scale(p * ((1.0 - v) / d as f64))
        })
    }
}

pub fn case(seed: u64) -> Result<Case, Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // With d = 3 the pure ones take minutes each at `1+AB`, and reduction and Choi's map seldom make mixed ones with a threshold
    // much below one, which takes minutes to find: they are few.
    let kind = match (seed % 100, seed / 100 % 3) {
        (97, _) => 8,
        (98, _) => 9,
        (99, 0) => 1,
        (99, 1) => 3,
        (99, _) => 4,
        (number, _) => COMMON[(number % COMMON.len() as u64) as usize],
    };
    if let Some(&(name, d, map)) = MAPS.get(kind) {
        // d + 1 bases are tomographically complete.
        let settings = if d == 2 { random.random_range(3..=4) } else { 4 };
        let inputs = if d == 2 { random.random_range(2..=3) } else { 2 };
        let scenario = random::scenario(settings, d, inputs, d);
        let problem = mapped(&mut random, scenario, map, true).problem(1.0)?;
        return Ok(Case { problem, row: format!("{name}, pure"), classical: None });
    }
    let number = kind - MAPS.len();
    if let Some(&(name, d, map)) = MAPS.get(number) {
        return above(&mut random, &format!("{name}, mixed"), |random| {
            let settings = if d == 2 { random.random_range(2..=4) } else { random.random_range(2..=3) };
            let inputs = if d == 2 { random.random_range(2..=3) } else { 2 };
            let scenario = random::scenario(settings, random.random_range(2..=d), inputs, d);
            mapped(random, scenario, map, false)
        });
    }
    let d = if kind == 10 { 2 } else { 3 };
    above(&mut random, &format!("PR-like, d = {d}"), |random| {
        let scenario = random::scenario(random.random_range(2..=3), d, random.random_range(2..=3), d);
        pr_like(random, scenario)
    })
}

/// A mixture with white noise above the verified outer visibility, which any solution proves, be it rough; assemblages that hardly have
/// one are drawn again, some times.
fn above(
    random: &mut ChaCha8Rng,
    name: &str,
    draw: impl Fn(&mut ChaCha8Rng) -> Assemblage,
) -> Result<Case, Box<dyn Error>> {
    const MOST: f64 = 0.99;
    /// After so many draws.
    const MOST_LATER: f64 = 0.9995;
    const LATER: usize = 5;
    const DRAWS: usize = 50;
    const LEAST_SHARE: f64 = 0.05;
    const PATIENCE: f64 = 30.0;
    const TOLERANCE: f64 = 1e-4;
    for number in 0..DRAWS {
        let assemblage = draw(random);
        let share = random.random_range(LEAST_SHARE..1.0);
        let problem = assemblage.problem(1.0)?;
        let report = limit::within(PATIENCE, |watch| {
            // Only the outer bound is needed.
            let mut options = Options { search: None, ..options("1+AB", &Attempt { threads: 1, watch }) };
            options.settings.tolerance = TOLERANCE;
            visibility(&problem, &options)
        });
        // Also one that was interrupted too soon is drawn again.
        let Ok(outer) = report.map(|report| report.visibility.outer) else { continue };
        let most = if number < LATER { MOST } else { MOST_LATER };
        if let Some(threshold) = outer.value.filter(|&v| outer.verified && v < most) {
            let problem = assemblage.problem(threshold + share * (1.0 - threshold))?;
            return Ok(Case { problem, row: name.to_owned(), classical: None });
        }
    }
    Err(format!("no assemblage of `{name}` has a threshold").into())
}

/// What a state of Alice and Bob makes, and for y ≥ 1 a map after a unitary of it (for y = 2 perhaps only that).
fn mapped(random: &mut ChaCha8Rng, scenario: Scenario, map: Map, pure: bool) -> Assemblage {
    let [outcomes, settings, inputs] = scenario.shape();
    let d = scenario.dimension();
    let noise: f64 = if pure { 0.0 } else { random.random_range(0.0..0.2) };
    let state = random::gaussian(random, d, d);
    let state = &state * Scale(Complex64::from(1.0 / state.norm_l2()));
    let measurements: Vec<_> = (0..settings).map(|_| random::projective(random, outcomes, d)).collect();
    let turns: Vec<_> = (0..inputs).map(|_| random::isometry(random, d, d)).collect();
    let plain: Vec<bool> = (0..inputs).map(|y| y == 0 || (y == 2 && random.random())).collect();
    let steered = |a: usize, x: usize| {
        let element = &measurements[x][a];
        let pure = state.transpose() * element.transpose() * state.conjugate();
        let p: Complex64 = (0..d).map(|i| element[(i, i)]).sum();
        pure * Scale(Complex64::from(1.0 - noise))
            + Mat::<Complex64>::identity(d, d) * Scale(p * (noise / (d * d) as f64))
    };
    Assemblage::new(scenario, |Index { a, x, y }| {
        let element = &turns[y] * steered(a, x) * turns[y].adjoint();
        if plain[y] { element } else { map(&element) }
    })
}

/// 1/d·U_y|a + xy⟩⟨a + xy|U_y†: the generalised Popescu–Rohrlich box, turned.
fn pr_like(random: &mut ChaCha8Rng, scenario: Scenario) -> Assemblage {
    let [_, _, inputs] = scenario.shape();
    let d = scenario.dimension();
    let turns: Vec<_> = (0..inputs).map(|_| random::isometry(random, d, d)).collect();
    Assemblage::new(scenario, |Index { a, x, y }| {
        let column = turns[y].col((a + x * y) % d);
        column * column.adjoint() * Scale(Complex64::from(1.0 / d as f64))
    })
}

fn transpose(matrix: &Mat<Complex64>) -> Mat<Complex64> {
    matrix.transpose().to_owned()
}

/// (tr X·1 − X)/(d − 1).
fn reduction(matrix: &Mat<Complex64>) -> Mat<Complex64> {
    let d = matrix.nrows();
    let trace: Complex64 = (0..d).map(|i| matrix[(i, i)]).sum();
    let identity = Mat::<Complex64>::identity(d, d) * Scale(trace);
    (identity - matrix) * Scale(Complex64::from(1.0 / (d - 1) as f64))
}

/// Choi's map, positive and not decomposable: ½(diag(x_ii + x_{i+1,i+1}) − off-diagonal entries).
fn choi(matrix: &Mat<Complex64>) -> Mat<Complex64> {
    let d = matrix.nrows();
    Mat::from_fn(d, d, |i, j| {
        let next = (i + 1) % d;
        let value = if i == j { matrix[(i, i)] + matrix[(next, next)] } else { -matrix[(i, j)] };
        value / 2.0
    })
}

pub fn run(case: &Case, attempt: &Attempt<'_>) -> Outcome {
    // One level more where the first accepts the assemblage.
    let mut answer = failed(String::new());
    for level in ["1+AB", "1+AB+AAB"] {
        let report = match verdict(&case.problem, level, attempt) {
            Ok(report) => report,
            Err(error) => return failed(error),
        };
        answer = Outcome {
            closed: is(&report, Verdict::PostQuantum) && report.verified,
            wrong: is(&report, Verdict::Quantum),
            level: level.to_owned(),
            measure: report.violation,
            note: in_words(&report),
            ..Outcome::default()
        };
        if answer.closed || answer.wrong {
            break;
        }
    }
    answer
}
