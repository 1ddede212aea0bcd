//! `steerq sweep`: one problem at many values of a parameter.
//!
//! Every point is computed by itself, on one thread, from its own problem: its result depends neither on the order nor on
//! what else is computed. [`Sweep`](crate::problem::Sweep) says what.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use serde_json::Value;

use super::{Error, Options, bound, certify, level, subject, visibility};
use crate::certificate::described;
use crate::journal::fingerprint;
use crate::num::Number;
use crate::problem::{Computation, Problem, Sweep};
use crate::report::{Reading, SweepPoint, SweepReport, Thresholds, decimal};

/// The points of a problem's sweep.
pub struct Points<'a> {
    problem: &'a Problem,
    sweep: &'a Sweep,
    values: Vec<Number>,
}

/// A point that is to be computed: which one, and the hash of all that its result depends on.
pub struct Point {
    /// Its number, from 0.
    pub index: usize,
    /// The hash.
    pub key: String,
}

impl<'a> Points<'a> {
    /// Those of the problem's [sweep].
    pub fn of(problem: &'a Problem) -> Result<Self, Error> {
        let sweep = problem.require_sweep()?;
        Ok(Self { problem, sweep, values: sweep.values().collect() })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The point of a number. That there is no problem at its value is for [`Points::run`] to find.
    pub fn point(&self, index: usize, options: &Options<'_>) -> Point {
        let value = &self.values[index];
        let Options { backend, settings, search, .. } = options;
        let level = level(self.problem, options).to_string();
        let data = self.problem.at(&self.sweep.parameter, value).and_then(|problem| {
            let assemblage = problem.assemblage_with_violations()?.map(|(assemblage, _)| assemblage);
            let noise = problem.given_noise();
            let data = described(&problem.scenario, problem.functional.as_ref(), assemblage, noise);
            Ok(format!("{} {data}", problem.noise_name()))
        });
        let search = search.as_ref().map_or("none".to_owned(), |search| search.seed.to_string());
        let shown = [
            env!("CARGO_PKG_VERSION"),
            self.sweep.compute.name(),
            &self.sweep.parameter,
            &format!("{:e}", value.re()),
            &data.unwrap_or_else(|error| error.to_string()),
            &level,
            backend.name(),
            settings.precision.name(),
            &search,
        ];
        let key = fingerprint(shown);
        Point { index, key }
    }

    /// The result at a point.
    fn compute(&self, point: &Point, options: &Options<'_>) -> Result<SweepPoint, Error> {
        let options = options.alone();
        let problem = &self.problem.at(&self.sweep.parameter, &self.values[point.index])?;
        let empty = SweepPoint::at(point.index, self.values[point.index].re());
        let value = match (&problem.functional, problem.assemblage_with_violations()?) {
            (Some(functional), Some((assemblage, _))) => Some(functional.operators.pair(&assemblage.0).re()),
            _ => None,
        };
        let empty = SweepPoint { functional: value, ..empty };
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
            let name = format!("{} = {}", self.sweep.parameter, decimal(self.values[point.index].re()));
            counted.begin(&name);
            let result = self.compute(point, options).unwrap_or_else(|error| SweepPoint {
                error: Some(error.to_string()),
                ..SweepPoint::at(point.index, self.values[point.index].re())
            });
            counted.end(&name, 1.0);
            if stopped() {
                return Ok(());
            }
            let mut keep = keep.lock().map_err(|_| "a result could not be kept".to_owned())?;
            (*keep)(point, &result).inspect_err(|_| refused.store(true, Ordering::Relaxed))
        })
    }

    /// The report of all results, in the order of their numbers. Along the visibility it has the thresholds of the problem
    /// itself besides.
    pub fn report(&self, mut points: Vec<SweepPoint>, options: &Options<'_>) -> Result<SweepReport, Error> {
        points.sort_by_key(|point| point.index);
        let along_visibility = self.sweep.parameter == "visibility" && self.problem.has_visibilities();
        let thresholds = along_visibility.then(|| visibility(self.problem, options)).transpose()?;
        let thresholds = thresholds.map(|report| Thresholds::of(&report.visibility));
        Ok(SweepReport {
            subject: subject(self.problem),
            parameter: self.sweep.parameter.clone(),
            compute: self.sweep.compute.name(),
            level: level(self.problem, options).to_string(),
            thresholds,
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
