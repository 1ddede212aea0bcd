//! The iteration: Douglas–Rachford steps, Anderson acceleration, the penalty, and when to stop.

use std::time::Instant;

use super::FirstOrder;
use super::anderson::{Anderson, dot};
use super::bookmark::Left;
use super::cone::ConeForm;
use crate::backend::Settings;
use crate::backend::field::Field;
use crate::program::{PointStatus, Program, Solution, Stop};

/// Iterations between looks at the gap and the penalty.
const CHECK: u32 = 10;
/// A step that makes the residual larger than this factor is taken back.
const WORST_GROWTH: f64 = 2.0;
/// The penalty is changed if the two infeasibilities differ by more than this factor.
const IMBALANCE: f64 = 3.0;
/// A point is looked at as a ray once it has grown so large.
const LEAST_RAY: f64 = 1e3;
/// A ray counts as a proof if it misses by less than this, relative to what it proves.
const RAY_TOLERANCE: f64 = 1e-7;
/// The fewest iterations before the rate of convergence is judged: on steering problems it is steep from about the
/// fiftieth on.
const LEAST_TRIAL: f64 = 80.0;
/// So many times the trial are the end if there is another method, whatever the prospects.
const LONGEST: f64 = 4.0;
/// The rate is not judged while the penalty has changed by more than this factor within so many checks.
const UNSETTLED: f64 = 4.0;
const LATELY: usize = 5;
/// The gap aimed for is never smaller: what first-order methods reach in sensible time.
const BEST_TOLERANCE: f64 = 1e-8;

/// The best rigorous bound so far, and the multiplier that proves it.
struct Best {
    bound: f64,
    z: Vec<f64>,
}

/// Solves a program in the given field; gives up after the given iterations if it crawls.
pub fn solve<E: Field>(program: &Program, settings: &Settings, trial: f64) -> Result<Solution, String> {
    let start = Instant::now();
    let form = ConeForm::new(program, !E::IS_REAL);
    let mut method = Method::<E>::new(program, &form, settings, trial);
    let bookmark = settings.bookmark.as_ref();
    if let Some(left) = bookmark.and_then(|bookmark| bookmark.take(form.dimension())) {
        method.go_on(left);
    }
    let stop = method.run().ok_or("an eigendecomposition did not converge")?;
    let seconds = method.seconds_before + start.elapsed().as_secs_f64();
    let (primal_status, dual_status) = match stop {
        // Z is moved onto its equations; y fits S only to the tolerance.
        Stop::Converged | Stop::GoalMet | Stop::GoalMissed => {
            (PointStatus::NearlyFeasible, PointStatus::Feasible)
        }
        Stop::Infeasible => (PointStatus::Unknown, PointStatus::Certificate),
        Stop::Unbounded => (PointStatus::Certificate, PointStatus::Unknown),
        _ => (PointStatus::Unknown, PointStatus::Unknown),
    };
    let solution = Solution {
        stop,
        primal_status,
        dual_status,
        enclosure: None,
        backend: "first-order",
        dual: form.dual_point(&method.best.z),
        y: method.y,
        iterations: method.iterations,
        seconds,
    };
    // A ray is no place to go on from.
    if let Some(bookmark) = bookmark
        && !matches!(stop, Stop::Infeasible | Stop::Unbounded)
    {
        bookmark.put(Left {
            state: method.state,
            penalty: method.penalty,
            multiplier: method.best.z,
            iterations: method.iterations,
            seconds,
            errors: method.errors,
            penalties: method.penalties,
        });
    }
    Ok(solution)
}

struct Method<'a, E: Field> {
    program: &'a Program,
    form: &'a ConeForm,
    settings: &'a Settings,
    trace_bounds: Vec<f64>,
    /// σ.
    penalty: f64,
    /// W.
    state: Vec<f64>,
    y: Vec<f64>,
    best: Best,
    /// With those before the place where it went on.
    iterations: u32,
    seconds_before: f64,
    /// Iterations before it may leave the program to another method.
    trial: f64,
    /// The worst of gap and infeasibilities, check by check.
    errors: Vec<f64>,
    /// The penalties at these checks.
    penalties: Vec<f64>,
    field: std::marker::PhantomData<E>,
}

/// What one step computes.
struct Step {
    /// S.
    slack: Vec<f64>,
    /// Z/σ.
    multiplier: Vec<f64>,
    y: Vec<f64>,
    /// C + 𝒜*y − Z/σ.
    image: Vec<f64>,
}

impl<'a, E: Field> Method<'a, E> {
    fn new(program: &'a Program, form: &'a ConeForm, settings: &'a Settings, trial: f64) -> Self {
        // The least multiplier that meets the objective against the size of the slack: measured on the
        // problems of `problems/`, the penalty that balances both at the end lies within a factor of two.
        let least = norm(&form.linear(&form.normal_solve(&form.objective)));
        let penalty = least / norm(&form.constant);
        Self {
            program,
            form,
            settings,
            trace_bounds: program.blocks.iter().map(|block| block.trace_bound).collect(),
            penalty: if penalty.is_normal() { penalty } else { 1.0 },
            state: form.constant.clone(),
            y: vec![0.0; program.variables()],
            best: Best { bound: f64::INFINITY, z: vec![0.0; form.dimension()] },
            iterations: 0,
            seconds_before: 0.0,
            trial,
            errors: Vec::new(),
            penalties: Vec::new(),
            field: std::marker::PhantomData,
        }
    }

    /// From where a solve was left.
    fn go_on(&mut self, left: Left) {
        let Left { state, penalty, multiplier, iterations, seconds, errors, penalties } = left;
        (self.state, self.penalty, self.iterations) = (state, penalty, iterations);
        (self.seconds_before, self.errors, self.penalties) = (seconds, errors, penalties);
        // A bound that cannot be computed anew is found again.
        let _ = self.improve(multiplier);
    }

    fn run(&mut self) -> Option<Stop> {
        let tolerance = self.settings.tolerance.max(BEST_TOLERANCE);
        let most = self.settings.max_iterations.saturating_mul(FirstOrder::ITERATIONS_PER_NEWTON_STEP);
        let begun = self.iterations;
        let limit =
            self.settings.patience().map_or(most, |patience| begun.saturating_add(patience).min(most));
        let mut anderson = Anderson::default();
        // The last plain image and the size of its residual, to return to.
        let mut safe: Option<(Vec<f64>, f64)> = None;
        for iteration in begun + 1..=limit {
            self.iterations = iteration;
            let step = self.step()?;
            let residual: Vec<f64> = step.image.iter().zip(&self.state).map(|(g, x)| g - x).collect();
            let size = norm(&residual);
            if let Some((image, before)) = &safe
                && size > WORST_GROWTH * before
            {
                self.state.copy_from_slice(image);
                anderson.clear();
                safe = None;
                continue;
            }
            let interrupted = self.settings.watch.is_interrupted();
            if iteration % CHECK == 0 || interrupted {
                let primal = self.program.value(&step.y);
                self.improve(step.multiplier.iter().map(|z| z * self.penalty).collect())?;
                self.settings.watch.report(primal, self.best.bound);
                let gap = (self.best.bound - primal).abs() / (1.0 + primal.abs() + self.best.bound.abs());
                let (primal_miss, dual_miss) = self.misses(&step, &residual);
                if self.settings.verbose {
                    eprintln!(
                        "{iteration:6}  primal {primal:+.10e}  bound {:+.10e}  gap {gap:.1e}  \
                         infeasible {primal_miss:.1e} {dual_miss:.1e}  penalty {:.1e}",
                        self.best.bound, self.penalty
                    );
                }
                // Value and bound may also cross on the way: what both sides miss must not matter either.
                let slip =
                    (primal_miss + dual_miss) * norm(&step.slack) * norm(&step.multiplier) * self.penalty;
                let converged = gap.max(slip / (1.0 + primal.abs())) <= tolerance;
                let decided = || self.settings.decided(primal, primal_miss + dual_miss, self.best.bound);
                let stop = converged.then_some(Stop::Converged).or_else(decided);
                if let Some(stop) = stop.or(interrupted.then_some(Stop::Interrupted)) {
                    self.y = step.y;
                    return Some(stop);
                }
                self.errors.push(gap.max(primal_miss).max(dual_miss));
                self.penalties.push(self.penalty);
                if self.crawls(tolerance) {
                    self.y = step.y;
                    return Some(Stop::IterationLimit);
                }
                if let Some(stop) = self.ray(&step)? {
                    self.best.z = step.multiplier;
                    self.y = step.y;
                    return Some(stop);
                }
                let ratio = primal_miss / dual_miss;
                if !(1.0 / IMBALANCE..=IMBALANCE).contains(&ratio) && ratio.is_finite() && ratio > 0.0 {
                    self.change_penalty(&step, ratio.sqrt().clamp(0.2, 5.0));
                    anderson.clear();
                    safe = None;
                    self.y = step.y;
                    continue;
                }
            }
            self.state = anderson.step(&step.image, &residual);
            safe = Some((step.image, size));
            self.y = step.y;
        }
        // The last point is an extrapolation that nobody has looked at.
        if let Some((image, _)) = safe {
            self.state = image;
        }
        Some(if limit < most { Stop::Postponed } else { Stop::IterationLimit })
    }

    /// Whether to leave the program to another method: the trial is over, and there is no prospect of an end within as
    /// many iterations again. So little is lost where this method crawls, and what is about to converge is not given
    /// up, though its rate may jump, as on random functionals.
    fn crawls(&self, tolerance: f64) -> bool {
        let iterations = f64::from(self.iterations);
        let trial = self.trial.max(LEAST_TRIAL);
        let slow = || !self.adapts() && self.remaining(tolerance) > iterations;
        iterations >= trial && (iterations > LONGEST * trial || slow())
    }

    /// Whether the penalty has changed much of late, after which the rate is another.
    fn adapts(&self) -> bool {
        let recent = &self.penalties[self.penalties.len().saturating_sub(LATELY)..];
        let least = recent.iter().copied().fold(f64::INFINITY, f64::min);
        recent.iter().any(|&penalty| penalty > UNSETTLED * least)
    }

    /// The iterations still to go if the error goes on to shrink as in the latter half of those so far, or in
    /// the last quarter, where it shrank less in that.
    fn remaining(&self, tolerance: f64) -> f64 {
        let last = self.errors.len() - 1;
        let now = self.errors[last];
        let since = |first: usize| {
            let rate = (self.errors[first] / now).ln() / f64::from(CHECK * (last - first) as u32);
            if rate > 0.0 { (now / tolerance).ln().max(0.0) / rate } else { f64::INFINITY }
        };
        since(last / 2).max(since(last - last.div_ceil(4)))
    }

    fn step(&self) -> Option<Step> {
        let form = self.form;
        let slack = form.project::<E>(&self.state)?;
        let multiplier: Vec<f64> = slack.iter().zip(&self.state).map(|(s, w)| s - w).collect();
        let target: Vec<f64> =
            (0..slack.len()).map(|i| slack[i] + multiplier[i] - form.constant[i]).collect();
        let mut right = form.transpose(&target);
        right.iter_mut().zip(&form.objective).for_each(|(r, b)| *r += b / self.penalty);
        let y = form.normal_solve(&right);
        let mut image = form.linear(&y);
        for i in 0..image.len() {
            image[i] += form.constant[i] - multiplier[i];
        }
        Some(Step { slack, multiplier, y, image })
    }

    /// Relative distances of S from the affine space, and of Z from its equations.
    fn misses(&self, step: &Step, residual: &[f64]) -> (f64, f64) {
        let parallel = self.form.linear(&self.form.normal_solve(&self.form.transpose(residual)));
        let across: Vec<f64> = residual.iter().zip(&parallel).map(|(r, p)| r - p).collect();
        let relative = |part: &[f64], whole: &[f64]| norm(part) / norm(whole).max(f64::MIN_POSITIVE);
        (relative(&across, &step.slack), relative(&parallel, &step.multiplier))
    }

    /// The bound that Z proves once it is moved onto its equations; kept if it is the best.
    fn improve(&mut self, mut z: Vec<f64>) -> Option<()> {
        let form = self.form;
        let mut missing = form.transpose(&z);
        missing.iter_mut().zip(&form.objective).for_each(|(r, b)| *r += b);
        let change = form.linear(&form.normal_solve(&missing));
        z.iter_mut().zip(&change).for_each(|(z, dz)| *z -= dz);
        let indefinite = form.indefiniteness::<E>(&z, &self.trace_bounds)?;
        let negative = z[form.inequalities()].iter().any(|&u| u < 0.0);
        let bound =
            if negative { f64::INFINITY } else { self.program.offset + dot(&form.constant, &z) + indefinite };
        if bound < self.best.bound || self.best.bound.is_infinite() {
            self.best = Best { bound, z };
        }
        Some(())
    }

    /// Whether Z proves that there is no feasible y (𝒜(Z) = 0, ⟨C, Z⟩ < 0), or y that there is no bound
    /// (𝒜*y ∈ K, b·y > 0).
    fn ray(&self, step: &Step) -> Option<Option<Stop>> {
        let form = self.form;
        let largest = |values: &[f64]| values.iter().map(|v| v.abs()).fold(0.0, f64::max);
        let slope = dot(&form.constant, &step.multiplier);
        if slope < 0.0 && largest(&form.transpose(&step.multiplier)) <= RAY_TOLERANCE * -slope {
            return Some(Some(Stop::Infeasible));
        }
        let gain = dot(&form.objective, &step.y);
        if gain > LEAST_RAY {
            let direction = form.linear(&step.y);
            let projected = form.project::<E>(&direction)?;
            let miss: Vec<f64> = projected.iter().zip(&direction).map(|(p, d)| p - d).collect();
            if norm(&miss) <= RAY_TOLERANCE * gain {
                return Some(Some(Stop::Unbounded));
            }
        }
        Some(None)
    }

    /// σ ← factor·σ, with S and Z as they are.
    fn change_penalty(&mut self, step: &Step, factor: f64) {
        self.penalty *= factor;
        for i in 0..self.state.len() {
            self.state[i] = step.slack[i] - step.multiplier[i] / factor;
        }
    }
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}
