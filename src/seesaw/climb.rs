//! One climb of the see-saw.

use std::sync::atomic::{AtomicU64, Ordering};

use faer::Mat;
use num_complex::Complex64;

use super::ascent::Ascent;
use super::{Measurements, Operators, Search, SearchError};
use crate::backend::{Backend, Dimensions, InteriorPoint, Settings, Watch};
use crate::linalg::{hermitian_eigen, inner, kron};
use crate::model::Component;
use crate::program::{Program, Solution, strategy};
use crate::scenario::{Answers, Functional, Index, Scenario};

/// Steps of a short climb, and the most of a long one, by half steps alone.
const SHORT: usize = 12;
const LONG: usize = 3000;
/// Steps before the first ascent.
const FIRST: usize = 3;
/// The tolerances of the first ascent and of later ones.
const ROUGH: f64 = 1e-6;
const FINE: f64 = 1e-13;
/// Steps between two ascents, and the most ascents.
const BETWEEN: usize = 3;
const ROUNDS: usize = 30;
/// A climb ends when so many steps together gain less than the solver's tolerance.
const PATIENCE: usize = 10;
/// The tolerance of the half steps.
const TOLERANCE: f64 = 1e-10;

/// Measurements, and the states that are best for them.
#[derive(Debug, Clone)]
pub(super) struct Peak {
    /// sign·Σ tr(Fσ).
    pub value: f64,
    pub measurements: Measurements,
    /// ρ^y on Alice ⊗ Bob.
    pub states: Vec<Mat<Complex64>>,
}

impl Peak {
    /// No model at all.
    pub fn none() -> Self {
        Self { value: f64::NEG_INFINITY, measurements: Vec::new(), states: Vec::new() }
    }
}

/// sign·F_{a|xy}, and how half steps are solved.
pub(super) struct Climb {
    pub operators: Operators,
    /// No others are measured.
    pub answers: Answers,
    inputs: usize,
    dimension: usize,
    settings: Settings,
    /// What speeds climbs up, if it is used.
    ascent: Option<Ascent>,
    /// Half steps run to their ends; between them a climb may stop.
    watch: Watch,
    /// What the solves so far are predicted to take, in nanoseconds: a sum that no order changes.
    effort: AtomicU64,
}

/// The seconds that a solve is predicted to take for the iterations that it took: the same on any machine.
pub(super) fn predicted(program: &Program, solution: &Solution) -> f64 {
    let cost = InteriorPoint.predict(&Dimensions::of(program)).seconds;
    cost * f64::from(solution.iterations) / InteriorPoint::ITERATIONS
}

impl Climb {
    pub fn new(scenario: &Scenario, functional: &Functional, answers: &Answers, watch: &Watch) -> Self {
        let [outcomes, settings, inputs] = scenario.shape();
        let sign = faer::Scale(Complex64::from(functional.sense.sign()));
        let operator = |a, x, y| functional.operators.value(Index { a, x, y }) * sign;
        let of_outcome = |x, a| (0..inputs).map(|y| operator(a, x, y)).collect();
        let of_setting = |x| (0..outcomes).map(|a| of_outcome(x, a)).collect();
        let operators: Operators = (0..settings).map(of_setting).collect();
        Self {
            ascent: None,
            operators,
            answers: answers.clone(),
            inputs,
            dimension: scenario.dimension(),
            settings: Settings { tolerance: TOLERANCE, threads: 1, ..Settings::default() },
            watch: watch.clone(),
            effort: AtomicU64::new(0),
        }
    }

    /// The same with ascents between half steps: much faster to the top, which need not be the one near the start.
    pub fn with_ascents(self) -> Self {
        let ascent = Ascent::new(&self.operators, &self.answers, self.dimension);
        Self { ascent: Some(ascent), ..self }
    }

    /// The dimensions of Alice's to search in: those within reach, and two in any case.
    pub fn dimensions(&self, search: &Search) -> impl Iterator<Item = usize> {
        let reach =
            |dimension: usize| self.predicted_seconds(dimension) * search.starts as f64 <= search.max_seconds;
        let largest = (3..=search.max_dimension).take_while(|&dimension| reach(dimension)).last();
        2..=largest.unwrap_or(2)
    }

    /// About how long a climb takes in a dimension of Alice's.
    fn predicted_seconds(&self, alice: usize) -> f64 {
        let steps = if self.ascent.is_some() { 20.0 } else { 100.0 };
        let mut blocks = vec![(alice * self.dimension, false); self.inputs];
        blocks.push((alice, false));
        let variables = self.inputs * alice * alice + 1;
        steps * InteriorPoint.predict(&Dimensions { blocks, variables, rows: 0 }).seconds
    }

    /// A few half steps, and an ascent if there are any.
    pub fn short(&self, measurements: Measurements) -> Result<Peak, SearchError> {
        let start = self.with_states(measurements)?;
        match &self.ascent {
            Some(ascent) => {
                let peak = self.climb(start, FIRST, f64::INFINITY)?;
                self.ascended(ascent, peak, ROUGH)
            }
            None => self.climb(start, SHORT, f64::INFINITY),
        }
    }

    /// Until nothing is gained, or the goal is reached: half steps, or ascents and half steps as long as these gain more, which
    /// change what an ascent cannot, such as the ranks of the measurements' elements.
    pub fn to_the_top(&self, start: Peak, goal: f64) -> Result<Peak, SearchError> {
        let Some(ascent) = &self.ascent else { return self.climb(start, LONG, goal) };
        let mut peak = start;
        for _ in 0..ROUNDS {
            peak = self.ascended(ascent, peak, FINE)?;
            let before = peak.value;
            if before >= goal || self.watch.is_interrupted() {
                break;
            }
            peak = self.climb(peak, BETWEEN, goal)?;
            if peak.value - before <= TOLERANCE * (1.0 + before.abs()) {
                break;
            }
        }
        Ok(peak)
    }

    /// The peak that a quasi-Newton ascent reaches, if it is higher.
    fn ascended(&self, ascent: &Ascent, peak: Peak, tolerance: f64) -> Result<Peak, SearchError> {
        let start = Component::from_states(&peak.measurements, &peak.states, self.dimension)?;
        let Some((measurements, states)) = ascent.top(&start, tolerance) else { return Ok(peak) };
        let weights = (0..self.inputs).map(|y| inner(&states[y], &self.bell_operator(&measurements, y)));
        let value = weights.sum();
        Ok(if value > peak.value { Peak { value, measurements, states } } else { peak })
    }

    fn climb(&self, start: Peak, steps: usize, goal: f64) -> Result<Peak, SearchError> {
        let mut peak = start;
        let mut before = peak.value;
        for step in 1..=steps {
            if peak.value >= goal || self.watch.is_interrupted() {
                break;
            }
            let next = self.with_states(self.best_measurements(&peak)?)?;
            if next.value > peak.value {
                peak = next;
            }
            if step % PATIENCE == 0 {
                if peak.value - before <= TOLERANCE * (1.0 + peak.value.abs()) {
                    break;
                }
                before = peak.value;
            }
        }
        Ok(peak)
    }

    /// The best states for some measurements.
    pub fn with_states(&self, measurements: Measurements) -> Result<Peak, SearchError> {
        let operators: Vec<Mat<Complex64>> =
            (0..self.inputs).map(|y| self.bell_operator(&measurements, y)).collect();
        let states = match operators.as_slice() {
            [operator] => vec![top_state(operator)?],
            _ => {
                let alice = operators[0].nrows() / self.dimension;
                let mut blocks = self.multipliers(&strategy::states(&operators, alice, self.dimension))?;
                blocks.truncate(self.inputs);
                blocks
            }
        };
        let value = states.iter().zip(&operators).map(|(state, w)| inner(state, w)).sum();
        Ok(Peak { value, measurements, states })
    }

    /// W_y = Σ_{a,x} M_{a|x} ⊗ F_{a|xy}.
    fn bell_operator(&self, measurements: &Measurements, y: usize) -> Mat<Complex64> {
        let d = self.dimension;
        let n = measurements[0][0].nrows() * d;
        let mut sum = Mat::<Complex64>::zeros(n, n);
        for (of_x, operators) in measurements.iter().zip(&self.operators) {
            for (m, f) in of_x.iter().zip(operators) {
                sum += kron(m, &f[y]);
            }
        }
        sum
    }

    /// The best measurements for a peak's states.
    fn best_measurements(&self, peak: &Peak) -> Result<Measurements, SearchError> {
        let of_setting = |(x, operators): (usize, &Vec<Vec<Mat<Complex64>>>)| {
            let answers = self.answers.to(x);
            let weights: Vec<Mat<Complex64>> =
                answers.iter().map(|&a| self.weight(&operators[a], &peak.states)).collect();
            let best = match weights.as_slice() {
                [zero, one] => projectors(&(zero - one))?,
                _ => self.multipliers(&strategy::measurement(&weights))?,
            };
            let n = peak.measurements[x][0].nrows();
            let mut elements = vec![Mat::zeros(n, n); operators.len()];
            answers.iter().zip(best).for_each(|(&a, element)| elements[a] = element);
            Ok(elements)
        };
        self.operators.iter().enumerate().map(of_setting).collect()
    }

    /// G_a = Σ_y tr_B[(1 ⊗ F_{a|xy}) ρ^y].
    fn weight(&self, operators: &[Mat<Complex64>], states: &[Mat<Complex64>]) -> Mat<Complex64> {
        let d = self.dimension;
        let n = states[0].nrows() / d;
        Mat::from_fn(n, n, |i, j| {
            let mut sum = Complex64::ZERO;
            for (f, state) in operators.iter().zip(states) {
                for b in 0..d {
                    for c in 0..d {
                        sum += f[(b, c)] * state[(i * d + c, j * d + b)];
                    }
                }
            }
            sum
        })
    }

    fn multipliers(&self, program: &Program) -> Result<Vec<Mat<Complex64>>, SearchError> {
        let solution = InteriorPoint.solve(program, &self.settings)?;
        let nanoseconds = 1e9 * predicted(program, &solution);
        self.effort.fetch_add(nanoseconds as u64, Ordering::Relaxed);
        Ok(solution.dual.blocks)
    }

    /// The predicted seconds of all solves so far: the same on any machine, whatever its load and its threads.
    pub fn effort(&self) -> f64 {
        self.effort.load(Ordering::Relaxed) as f64 * 1e-9
    }
}

/// The projector onto an eigenvector of the greatest eigenvalue.
fn top_state(operator: &Mat<Complex64>) -> Result<Mat<Complex64>, SearchError> {
    let (_, vectors) = hermitian_eigen(operator)?;
    let top = vectors.subcols(operator.nrows() - 1, 1);
    Ok(top * top.adjoint())
}

/// The projectors onto the positive and the negative part of a Hermitian matrix.
fn projectors(difference: &Mat<Complex64>) -> Result<Vec<Mat<Complex64>>, SearchError> {
    let (values, vectors) = hermitian_eigen(difference)?;
    let n = values.len();
    let negative = values.partition_point(|&value| value < 0.0);
    let part = |from: usize, to: usize| {
        let span = vectors.subcols(from, to - from);
        span * span.adjoint()
    };
    Ok(vec![part(negative, n), part(0, negative)])
}
