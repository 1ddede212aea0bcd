//! The trace distance from a set: what `program::trace_distance` finds, and what an inequality proves.

use super::member::Nearest;
use super::{Found, Task};
use crate::certificate::SetBound;
use crate::linalg::{EigenError, spectrum_ends};
use crate::pipeline::outer::Relaxation;
use crate::pipeline::prove::evaluated;
use crate::pipeline::{Error, Options, level};
use crate::program::DualPoint;
use crate::program::quantifier::Elements;
use crate::program::trace_distance::{ClassicalTraceDistance, QuantumTraceDistance, choices};
use crate::scenario::Functional;

/// From a level of the hierarchy.
pub(super) fn from_quantum(task: &Task<'_>, options: &Options<'_>) -> Result<Found, Error> {
    let scenario = task.scenario();
    let relaxation = Relaxation::of_several_blocks(scenario, level(task.problem, options), options)?;
    let program = QuantumTraceDistance::new(&relaxation.matrix, scenario, task.assemblage)?;
    let outer = relaxation.solve(&program.program, 1.0, options)?;
    let functional = program.functional(scenario, &outer.others);
    let point = DualPoint { blocks: vec![outer.dual], inequalities: Vec::new(), equalities: Vec::new() };
    let inequality = evaluated(&relaxation, functional, point.scaled(2.0 * choices(scenario) as f64))?;
    let assemblage = program.member(scenario, &outer.y);
    Ok(Found {
        number: -outer.bound,
        inequality: inequality.map(|found| (found.functional, SetBound::quantum(&found.gram))),
        nearest: Some(Nearest::Assemblage { assemblage, rest: Elements::default() }),
        size: Some(relaxation.size()),
        solver: Some(outer.solver),
        missing: None,
    })
}

/// From common causes.
pub(super) fn from_classical(task: &Task<'_>, options: &Options<'_>) -> Result<Found, Error> {
    let scenario = task.scenario();
    let search = match ClassicalTraceDistance::new(scenario, task.assemblage) {
        Ok(search) => search,
        Err(error) => return Found::without(error),
    };
    let solution = task.solved(&search.program, options)?;
    let functional = search.functional(scenario, &solution.y);
    let number = search.program.value(&solution.y) / (2.0 * choices(scenario) as f64);
    let bound = SetBound::classical(scenario, &functional)?;
    let states = search.states(&solution.dual);
    let nearest = Some(Nearest::CommonCauses { states, rest: Elements::default() });
    Ok(Found { number, inequality: Some((functional, bound)), nearest, ..Found::default() })
}

/// The largest modulus of an eigenvalue of F's elements, rounded up.
pub(super) fn most(functional: &Functional) -> Result<f64, EigenError> {
    /// What eigenvalues are off by, relative to the largest.
    const ERRORS: f64 = 1e-13;
    let operators = &functional.operators;
    let mut most: f64 = 0.0;
    for index in operators.indices() {
        let (least, largest) = spectrum_ends(operators.value(index))?;
        most = most.max(-least).max(largest);
    }
    Ok(most * (1.0 + ERRORS))
}
