//! `steerq sweep`: one problem at many values of a parameter, or of two.
//!
//! Every point is computed by itself, on one thread, from its own problem: its result depends neither on the order nor on
//! what else is computed. [`Sweep`](crate::problem::Sweep) says what. Where the verdict changes along the first parameter,
//! points [between](Points::between) narrow the place down.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use serde_json::Value;

use super::{Error, Options, bound, certify, level, subject, visibility};
use crate::certificate::described;
use crate::journal::fingerprint;
use crate::num::Number;
use crate::problem::{Computation, Problem, ProblemError, Sweep};
use crate::report::{Change, Reading, SweepPoint, SweepReport, Thresholds, changes, decimal};

/// The points of a problem's sweep.
pub struct Points<'a> {
    problem: &'a Problem,
    sweep: &'a Sweep,
    values: Vec<Number>,
    /// The values of the second parameter, if there is one.
    seconds: Vec<Number>,
}

/// A point that is to be computed: where it is, and the hash of all that its result depends on.
#[derive(Debug, Clone)]
pub struct Point {
    value: Number,
    /// Which value of the second parameter, if there is one.
    column: usize,
    /// The hash.
    pub key: String,
}

/// A point and its result.
#[derive(Debug, Clone)]
pub struct Computed {
    /// The point.
    pub point: Point,
    /// What was found there.
    pub result: SweepPoint,
}

impl<'a> Points<'a> {
    /// Those of the problem's [sweep].
    pub fn of(problem: &'a Problem) -> Result<Self, Error> {
        let sweep = problem.require_sweep()?;
        let seconds = sweep.second.iter().flat_map(|axis| axis.values()).collect();
        Ok(Self { problem, sweep, values: sweep.first.values().collect(), seconds })
    }

    /// How many the grid has.
    pub fn len(&self) -> usize {
        self.values.len() * self.columns()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many times intervals are halved where the verdict changes.
    pub fn refine(&self) -> u32 {
        self.sweep.refine
    }

    fn columns(&self) -> usize {
        self.seconds.len().max(1)
    }

    /// The point of the grid of a number, the second parameter running faster. That there is no problem at its values is for
    /// [`Points::run`] to find.
    pub fn point(&self, index: usize, options: &Options<'_>) -> Point {
        let columns = self.columns();
        self.keyed(self.values[index / columns].clone(), index % columns, options)
    }

    fn keyed(&self, value: Number, column: usize, options: &Options<'_>) -> Point {
        let point = Point { value, column, key: String::new() };
        let Options { backend, settings, search, gap, .. } = options;
        let data = self.problem_at(&point).and_then(|problem| {
            let assemblage = problem.assemblage_with_violations()?.map(|(assemblage, _)| assemblage);
            let noise = assemblage.map(|assemblage| problem.noise_for(assemblage));
            Ok(described(&problem.scenario, problem.functional.as_ref(), assemblage, noise.as_ref()))
        });
        let search = search.as_ref().map_or("none".to_owned(), |search| search.seed.to_string());
        let mut shown = vec![
            env!("CARGO_PKG_VERSION").to_owned(),
            self.sweep.compute.name().to_owned(),
            data.unwrap_or_else(|error| error.to_string()),
            level(self.problem, options).to_string(),
            backend.name().to_owned(),
            settings.precision.name().to_owned(),
            search,
        ];
        shown.extend(gap.map(|gap| format!("gap {gap:e}")));
        for (name, value) in self.named(&point) {
            shown.extend([name.to_owned(), format!("{:e}", value.re())]);
        }
        Point { key: fingerprint(shown.iter().map(String::as_str)), ..point }
    }

    /// What is varied, and its values at a point.
    fn named<'p>(&'p self, point: &'p Point) -> Vec<(&'p str, &'p Number)> {
        let second = self.sweep.second.as_ref().zip(self.seconds.get(point.column));
        let second = second.map(|(axis, value)| (axis.parameter.as_str(), value));
        [Some((self.sweep.first.parameter.as_str(), &point.value)), second].into_iter().flatten().collect()
    }

    fn problem_at(&self, point: &Point) -> Result<Problem, ProblemError> {
        self.problem.at(&self.named(point))
    }

    /// A result of which nothing but its place is known.
    fn empty(&self, point: &Point) -> SweepPoint {
        SweepPoint::at(point.value.re(), self.seconds.get(point.column).map(Number::re))
    }

    /// The result at a point.
    fn compute(&self, point: &Point, options: &Options<'_>) -> Result<SweepPoint, Error> {
        let options = options.alone();
        let problem = &self.problem_at(point)?;
        let value = match (&problem.functional, problem.assemblage_with_violations()?) {
            (Some(functional), Some((assemblage, _))) => Some(functional.operators.pair(&assemblage.0).re()),
            _ => None,
        };
        let empty = SweepPoint { functional: value, ..self.empty(point) };
        Ok(match self.sweep.compute {
            Computation::Certify => {
                let report = certify(problem, &options)?;
                SweepPoint {
                    verdict: Some(report.verdict.name().to_owned()),
                    verified: Some(report.verified),
                    violation: report.violation,
                    ..empty
                }
            }
            Computation::Visibility => {
                let found = Thresholds::of(&visibility(problem, &options)?.visibility);
                let Thresholds { classical, quantum_inner, quantum_outer } = found;
                SweepPoint { classical, quantum_inner, quantum_outer, ..empty }
            }
            Computation::Bound => {
                let found = bound(problem, &options)?.bounds;
                SweepPoint {
                    classical: Reading::of(&found.classical),
                    quantum_inner: Reading::of(&found.quantum_inner),
                    quantum_outer: Reading::of(&found.quantum_outer),
                    no_signalling: Reading::of(&found.no_signalling),
                    ..empty
                }
            }
        })
    }

    /// Computes points in parallel and hands each result to `keep`, until it refuses one or the work is interrupted: a result
    /// that an interruption may have shortened is not kept. A point whose problem has no answer has its error as the result.
    pub fn run(
        &self,
        points: &[Point],
        options: &Options<'_>,
        keep: impl FnMut(&Point, &SweepPoint) -> Result<(), String> + Send,
    ) -> Result<(), String> {
        let counted = options.progress.count("points", points.len(), points.len() as f64);
        let keep = Mutex::new(keep);
        let refused = AtomicBool::new(false);
        let stopped = || options.settings.watch.is_interrupted() || refused.load(Ordering::Relaxed);
        points.par_iter().with_max_len(1).try_for_each(|point| {
            if stopped() {
                return Ok(());
            }
            let named = self.named(point).into_iter();
            let named = named.map(|(name, value)| format!("{name} = {}", decimal(value.re())));
            let name = named.collect::<Vec<_>>().join(", ");
            counted.begin(&name);
            let result = self
                .compute(point, options)
                .unwrap_or_else(|error| SweepPoint { error: Some(error.to_string()), ..self.empty(point) });
            counted.end(&name, 1.0);
            if stopped() {
                return Ok(());
            }
            let mut keep = keep.lock().map_err(|_| "a result could not be kept".to_owned())?;
            (*keep)(point, &result).inspect_err(|_| refused.store(true, Ordering::Relaxed))
        })
    }

    /// The points in the middle of neighbours along the first parameter whose verdicts differ, in order. Neighbours with
    /// nothing between them in double precision have none.
    pub fn between(&self, computed: &[Computed], options: &Options<'_>) -> Vec<Point> {
        let mut found = Vec::new();
        let half = Number::ratio(1, 2);
        for column in 0..self.columns() {
            let mut line: Vec<&Computed> =
                computed.iter().filter(|computed| computed.point.column == column).collect();
            line.sort_by(|left, right| left.point.value.re().total_cmp(&right.point.value.re()));
            for pair in line.windows(2) {
                let [left, right] = pair else { continue };
                if Change::between(&left.result, &right.result).is_none() {
                    continue;
                }
                let middle = &(&left.point.value + &right.point.value) * &half;
                if left.point.value.re() < middle.re() && middle.re() < right.point.value.re() {
                    found.push(self.keyed(middle, column, options));
                }
            }
        }
        found
    }

    /// The report of all results, in the order of the grid. Along the visibility alone it has the thresholds of the problem
    /// itself besides.
    pub fn report(&self, mut computed: Vec<Computed>, options: &Options<'_>) -> Result<SweepReport, Error> {
        let Sweep { first, second, compute, refine } = self.sweep;
        computed.sort_by(|left, right| {
            let [left, right] = [left, right].map(|computed| &computed.point);
            let along = left.value.re().total_cmp(&right.value.re());
            let along = if first.grows() { along } else { along.reverse() };
            along.then(left.column.cmp(&right.column))
        });
        let points = computed.into_iter().enumerate();
        let mut points: Vec<SweepPoint> =
            points.map(|(index, computed)| SweepPoint { index, ..computed.result }).collect();
        let along_visibility =
            first.parameter == "visibility" && second.is_none() && self.problem.has_visibilities();
        let thresholds = match along_visibility.then(|| visibility(self.problem, options)) {
            // Not even the noise is quantum.
            Some(Err(Error::NoSolution { .. })) => None,
            found => found.transpose()?,
        };
        let thresholds = thresholds.map(|report| Thresholds::of(&report.visibility));
        if let Some(classical) = thresholds.as_ref().and_then(|found| found.classical.as_ref()) {
            points.iter_mut().for_each(|point| point.find_region(classical.value));
        }
        Ok(SweepReport {
            subject: subject(self.problem),
            parameter: first.parameter.clone(),
            second_parameter: second.as_ref().map(|axis| axis.parameter.clone()),
            compute: compute.name().to_owned(),
            refine: *refine,
            level: level(self.problem, options).to_string(),
            thresholds,
            changes: changes(&points),
            points,
        })
    }
}

/// A result as a journal has it.
pub fn recorded(result: &SweepPoint) -> Value {
    serde_json::to_value(result).unwrap_or(Value::Null)
}

/// The result of a journal's record; `None` if it is none.
pub fn recalled(record: &Value) -> Option<SweepPoint> {
    serde_json::from_value(record.clone()).ok()
}
