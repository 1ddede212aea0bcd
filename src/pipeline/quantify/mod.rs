//! `steerq quantify`: how far an assemblage is from the classical or the quantum set.
//!
//! A solver finds an inequality F, and an ω of the set that is as near as can be. From F follows the number from below, by three
//! numbers that are proved one by one: the bound of F in the set, the value of F on the assemblage, and the least (or most) value of F on
//! what may be mixed in (or be outside). From ω follows it from above.

mod file;
mod member;
mod trace_distance;

use super::elements::element_records;
use super::inner::{note, visible};
use super::outer::Relaxation;
use super::prove::{inequality, quantity};
use super::visibility::{
    ClassicalThreshold, ROUNDING, best_visibility, classical_threshold, outer_visibility,
};
use super::{Error, Options, certify, classical_note, level, subject};
use crate::certificate::{self, AtMost, Opposite, Set, SetBound, Verified};
use crate::problem::Problem;
use crate::program::classical::ClassicalError;
use crate::program::quantifier::{ClassicalDistance, Distance, QuantumDistance};
use crate::program::trace_distance::choices;
use crate::program::{self, Solution, Stop, repair};
use crate::report::{
    Evidence, Measure, ModelEvidence, OptimalInequality, QuantifyReport, Quantity, Size, SolverRun, Verdict,
};
use crate::scenario::{Assemblage, Functional, Kind, Scenario, Sense};
pub use file::problem_file;
use member::Nearest;

const TRADITIONAL: &str = "every traditional assemblage is quantum";

/// The distance of the problem's assemblage from a set: the quantum one, unless another is asked for or every assemblage is quantum.
pub fn quantify(
    problem: &Problem,
    measure: Measure,
    against: Option<Set>,
    options: &Options<'_>,
) -> Result<QuantifyReport, Error> {
    problem.refuse_sequential(
        "quantify",
        "every sequential assemblage is quantum, at no distance; `steerq certify` gives the model",
    )?;
    let assemblage = problem.require_assemblage("quantify")?;
    if measure == Measure::Consistent && problem.scenario.kind.is_instrumental() {
        return Err(problem
            .wrong_kind("the consistent robustness does not exist in instrumental scenarios")
            .label("Bob's states Σ_a σ_{a|xy} are not seen")
            .help("use --measure robustness or white-noise")
            .into());
    }
    let noise = match measure {
        Measure::WhiteNoise => Some(assemblage.white_noise(&problem.scenario)),
        Measure::GivenNoise => Some(problem.noise_for(assemblage)),
        Measure::Robustness | Measure::Consistent | Measure::Weight | Measure::TraceDistance => None,
    };
    let task = Task { problem, assemblage, measure, noise };
    let traditional = problem.scenario.kind == Kind::Traditional;
    let against = against.unwrap_or(if traditional { Set::Classical } else { Set::Quantum });
    let by_trace = measure == Measure::TraceDistance;
    let found = match against {
        Set::Quantum if traditional => Found::default(),
        Set::Quantum if by_trace => trace_distance::from_quantum(&task, options)?,
        Set::Classical if by_trace => trace_distance::from_classical(&task, options)?,
        Set::Quantum => task.quantum(options)?,
        Set::Classical => task.classical(options)?,
    };
    let (lower, inequality) = task.below(against, &found, options)?;
    let upper = not_below(task.above(against, &found, options)?, &lower);
    Ok(QuantifyReport {
        subject: subject(problem),
        measure,
        against,
        choices: by_trace.then(|| choices(&problem.scenario)),
        value: lower.value,
        verified: lower.verified,
        lower,
        upper,
        inequality,
        level: found.size.map(|_| level(problem, options).to_string()),
        size: found.size,
        solver: found.solver,
    })
}

/// What is asked for.
struct Task<'a> {
    problem: &'a Problem,
    assemblage: &'a Assemblage,
    measure: Measure,
    /// The one noise, if it is one.
    noise: Option<Assemblage>,
}

/// What a solver found.
#[derive(Default)]
struct Found {
    /// The distance, from its bound.
    number: f64,
    /// The inequality, with its bound in the set.
    inequality: Option<(Functional, SetBound)>,
    nearest: Option<Nearest>,
    size: Option<Size>,
    solver: Option<SolverRun>,
    /// Why there is nothing.
    missing: Option<String>,
}

impl Found {
    /// Nothing, as there are too many strategies to list.
    fn without(error: ClassicalError) -> Result<Self, Error> {
        match error {
            ClassicalError::TooManyStrategies { .. } => {
                Ok(Self { missing: Some(classical_note(&error)), ..Self::default() })
            }
            error => Err(error.into()),
        }
    }
}

impl Task<'_> {
    fn scenario(&self) -> &Scenario {
        &self.problem.scenario
    }

    fn exact(&self) -> Assemblage {
        self.assemblage.exactly_no_signalling(self.scenario())
    }

    /// The distance of the programs over unnormalised members; `None` for one noise, and for the trace distance.
    fn distance(&self) -> Option<Distance> {
        match self.measure {
            Measure::Robustness => Some(Distance::Robustness),
            Measure::Consistent => Some(Distance::ConsistentRobustness),
            Measure::Weight => Some(Distance::Weight),
            Measure::WhiteNoise | Measure::GivenNoise | Measure::TraceDistance => None,
        }
    }

    /// The distance from a level of the hierarchy.
    fn quantum(&self, options: &Options<'_>) -> Result<Found, Error> {
        let scenario = self.scenario();
        let (relaxation, outer, nearest, number) = match (self.distance(), &self.noise) {
            (Some(distance), _) => {
                let relaxation =
                    Relaxation::of_several_blocks(scenario, level(self.problem, options), options)?;
                let program = QuantumDistance::new(&relaxation.matrix, scenario, self.assemblage, distance)?;
                let outer = relaxation.solve(&program.program, 1.0, options)?;
                let nearest = program.member(scenario, &outer.y).map(Nearest::from);
                let number = distance.of_total(outer.bound.abs());
                (relaxation, outer, nearest, number)
            }
            (None, noise) => {
                let noise = noise.as_ref().unwrap_or(self.assemblage);
                let visibility = match self.measure {
                    Measure::GivenNoise => best_visibility,
                    _ => outer_visibility,
                };
                let (relaxation, outer) = visibility(self.problem, self.assemblage, noise, options)?;
                let number = robustness_of(outer.bound);
                (relaxation, outer, None, number)
            }
        };
        let inequality = inequality(&relaxation, scenario, &outer)?;
        Ok(Found {
            number,
            inequality: inequality.map(|found| (found.functional, SetBound::quantum(&found.gram))),
            nearest,
            size: Some(relaxation.size()),
            solver: Some(outer.solver),
            missing: None,
        })
    }

    /// The distance from common causes.
    fn classical(&self, options: &Options<'_>) -> Result<Found, Error> {
        let scenario = self.scenario();
        let (functional, nearest, number) = match (self.distance(), &self.noise) {
            (Some(distance), _) => {
                let search = match ClassicalDistance::new(scenario, self.assemblage, distance) {
                    Ok(search) => search,
                    Err(error) => return Found::without(error),
                };
                let solution = self.solved(&search.program, options)?;
                let (bound, _) = repair(&search.program, solution.dual.clone())?;
                // Variables have no bounds: where the residual is not zero, the value of the point itself is what there is.
                let value = if bound.is_finite() { bound } else { search.program.value(&solution.y) };
                let (states, rest) = search.states(self.assemblage, &solution.dual);
                let number = distance.of_total(value.abs());
                (
                    search.functional(scenario, &solution.y),
                    Some(Nearest::CommonCauses { states, rest }),
                    number,
                )
            }
            (None, noise) => {
                let noise = noise.as_ref().unwrap_or(self.assemblage);
                let (functional, visibility) =
                    match classical_threshold(scenario, [self.assemblage, noise], options) {
                        ClassicalThreshold::Found(functional, visibility) => (Some(functional), visibility),
                        ClassicalThreshold::One => (None, 1.0),
                        ClassicalThreshold::Missing(note) => {
                            return Ok(Found { missing: Some(note), ..Found::default() });
                        }
                    };
                (functional, None, robustness_of(visibility))
            }
        };
        let inequality = match functional {
            Some(functional) => {
                let bound = SetBound::classical(scenario, &functional)?;
                Some((functional, bound))
            }
            None => None,
        };
        Ok(Found { number, inequality, nearest, ..Found::default() })
    }

    /// A program that always has a solution, solved.
    fn solved(&self, program: &program::Program, options: &Options<'_>) -> Result<Solution, Error> {
        let _shown = options.progress.start("common causes", 0.0);
        let solution = options.backend.solve(program, &options.settings)?;
        match solution.stop {
            stop @ (Stop::Infeasible | Stop::Unbounded) => Err(Error::Unsolved { stop }),
            _ => Ok(solution),
        }
    }

    /// The number from below, with the inequality that proves it.
    fn below(
        &self,
        against: Set,
        found: &Found,
        options: &Options<'_>,
    ) -> Result<(Quantity, Option<OptimalInequality>), Error> {
        let scenario = self.scenario();
        if let Some(note) = &found.missing {
            return Ok((Quantity::missing(note.clone()), None));
        }
        let Some((functional, within)) = found.inequality.as_ref().filter(|_| found.number > ROUNDING) else {
            let why = match against {
                Set::Quantum if found.size.is_none() => TRADITIONAL,
                _ => {
                    "no inequality excludes that it is in the set; nothing to prove, for it is ≥ 0 by definition"
                }
            };
            return Ok((Quantity::numerical(0.0, why), None));
        };
        let exact = self.exact();
        let (opposite, certificate) = if self.measure == Measure::TraceDistance {
            let most = trace_distance::most(functional)?;
            (most, certificate::trace_distance(scenario, functional, within, most, &exact))
        } else {
            let sense = if self.measure == Measure::Weight { Sense::Max } else { Sense::Min };
            let towards = Functional { sense, ..functional.clone() };
            let opposite = match &self.noise {
                Some(_) => Opposite::Given(self.exact_noise(&exact)),
                None => self.opposite(&towards, &exact, options)?,
            };
            let certificate = certificate::distance(scenario, &towards, within, &opposite, &exact);
            (opposite.value(functional), certificate)
        };
        let certificate = certificate.map(|certificate| certificate.titled(self.problem.title.as_deref()));
        let inequality = OptimalInequality {
            functional: element_records(scenario, functional),
            bound: within.bound,
            opposite,
            for_mixtures: found.solver.as_ref().is_some_and(|solver| solver.face.is_some()),
            value: functional.operators.pair(&exact.0).re(),
        };
        let proved = quantity(found.number, "an inequality", certificate);
        if proved.verified && proved.value.is_some_and(|value| value < 0.0) {
            return Ok((Quantity::numerical(0.0, "by definition; no inequality proves more"), None));
        }
        Ok((proved, Some(inequality)))
    }

    fn exact_noise(&self, exact: &Assemblage) -> Assemblage {
        let noise = match self.measure {
            Measure::GivenNoise => self.problem.noise_for(exact),
            _ => exact.white_noise(self.scenario()),
        };
        noise.exactly_no_signalling(self.scenario())
    }

    /// The least or most value of F, by its sense, on noise or on what is outside.
    fn opposite(
        &self,
        functional: &Functional,
        exact: &Assemblage,
        options: &Options<'_>,
    ) -> Result<Opposite, Error> {
        let scenario = self.scenario();
        let consistent = (self.measure == Measure::Consistent).then_some(exact);
        let program = match consistent {
            Some(exact) => program::general::consistent(scenario, functional, exact),
            None => program::general::no_signalling(scenario, functional),
        };
        let solution = options.backend.solve(&program, &options.settings)?;
        let (_, dual) = repair(&program, solution.dual)?;
        Ok(Opposite::new(scenario, functional, &dual, consistent)?)
    }

    /// The number from above: that the assemblage is in the set, or a member of the set that is as near.
    fn above(&self, against: Set, found: &Found, options: &Options<'_>) -> Result<Quantity, Error> {
        /// Nearer than this the assemblage may be in the set.
        const NEAR: f64 = 1e-6;
        if found.missing.is_some() {
            return Ok(Quantity::missing("not computed"));
        }
        if against == Set::Quantum
            && found.number < NEAR
            && let Some(member) = self.itself(options)?
        {
            return Ok(member);
        }
        if self.scenario().kind == Kind::Traditional && against == Set::Quantum {
            return Ok(Quantity::numerical(0.0, TRADITIONAL));
        }
        if self.measure == Measure::Weight && found.number > 1.0 - NEAR {
            return Ok(Quantity::numerical(1.0, "by definition"));
        }
        let hint = found.inequality.as_ref().map(|(functional, _)| functional);
        // What a level of the hierarchy says is no number from above.
        let unproved = |note: &str| match against {
            Set::Classical => Quantity::numerical(found.number.max(0.0), format!("of the solver{note}")),
            Set::Quantum => Quantity::missing(format!("no model of the nearest assemblage was found{note}")),
        };
        if let Some(noise) = &self.noise {
            return Ok(match against {
                Set::Classical => unproved(""),
                Set::Quantum => {
                    let outer = 1.0 / (1.0 + found.number);
                    let found = visible(self.problem, [self.assemblage, noise], hint, outer, options)?;
                    found.map_or_else(
                        || unproved(""),
                        |found| {
                            let words = format!("{}, at visibility 1/(1 + t)", note(&found.model));
                            Quantity::numerical(robustness_of(found.visibility.min(1.0)), words)
                        },
                    )
                }
            });
        }
        let at_most = match self.measure {
            Measure::Consistent => return Ok(unproved("; none is looked for with consistent noise")),
            Measure::Weight => AtMost::Weight,
            Measure::TraceDistance => AtMost::TraceDistance,
            _ => AtMost::Robustness,
        };
        let Some(nearest) = &found.nearest else { return Ok(unproved("")) };
        let proved = member::proved(self.problem, at_most, &self.exact(), nearest, hint, options)?;
        Ok(match proved {
            Some(proved) if proved.verified && !(at_most == AtMost::Weight && proved.value == Some(1.0)) => {
                proved
            }
            _ if at_most == AtMost::Weight && against == Set::Quantum => {
                Quantity::numerical(1.0, "by definition; no nearer member of the set was proved")
            }
            Some(proved) => unproved(&format!("; not proved by the {}", proved.note)),
            None => unproved(""),
        })
    }

    /// That the assemblage itself is quantum, exactly.
    fn itself(&self, options: &Options<'_>) -> Result<Option<Quantity>, Error> {
        let report = certify(self.problem, options)?;
        let exactly = matches!(
            report.evidence,
            Evidence::Model(ModelEvidence { exactly: true, .. }) | Evidence::Channels { exactly: true, .. }
        );
        let proved = report.certificate.filter(|_| exactly && report.verdict == Verdict::Quantum);
        Ok(proved.map(|text| {
            let verified = Verified { text, decimal: "0".to_owned(), value: 0.0 };
            Quantity::verified(verified, "the assemblage is quantum, exactly")
        }))
    }
}

/// A number from above that is no less than what is proved from below: a solver's by no more than its tolerance.
fn not_below(upper: Quantity, lower: &Quantity) -> Quantity {
    /// What a solver may be off by.
    const TOLERANCE: f64 = 1e-6;
    match (upper.value, lower.value) {
        (Some(above), Some(below)) if above < below && !upper.verified => {
            if below - above < TOLERANCE {
                Quantity { value: Some(below), ..upper }
            } else {
                Quantity::missing("not known: the solver did not converge")
            }
        }
        _ => upper,
    }
}

/// How much noise t there is at the visibility 1/(1 + t).
fn robustness_of(visibility: f64) -> f64 {
    1.0 / visibility.max(f64::MIN_POSITIVE) - 1.0
}
