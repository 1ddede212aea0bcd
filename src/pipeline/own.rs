//! The bounds of relaxations with programs of their own: those of Alice's words, and those with an anchor.

use std::fmt::Display;

use super::bound::{BOUND, COEFFICIENTS};
use super::ladder::Rung;
use super::prove::proved;
use super::{Error, Options};
use crate::algebra::{Algebra, functional_polynomial};
use crate::backend::{
    Auto, Backend, Dimensions, FirstOrder, InteriorPoint, Settings, available_memory, check_memory,
};
use crate::moments::MomentMatrix;
use crate::problem::Problem;
use crate::program::{OwnProgram, Stop, positive, repair};
use crate::report::{Size, SolverRun};
use crate::scenario::Functional;

/// With more words than this a certificate takes longer to write and to check than the bound to find.
pub(super) const MAX_WORDS: usize = 1600;
/// Programs that interior points are predicted to take longer for are left to the first-order method, for so many of the iterations
/// that interior points count. On the random functionals that were tried it mostly converged in a sixth of that where the level
/// was tight; where it crawls the level mostly is not, and the next is worth more than all digits of this one.
const INTERIOR_SECONDS: f64 = 10.0;
const FIRST_ORDER_STEPS: u32 = 100;

/// A level with a program of its own.
pub(super) trait OwnLevel: Display {
    /// The dimensions of its program, or more.
    fn dimensions(&self, algebra: &Algebra) -> Result<Dimensions, Misfit>;
    /// The words of the Gram matrix that proves its bound.
    fn words(&self, algebra: &Algebra) -> Result<usize, Misfit>;
    /// It in the letters of an algebra.
    fn program<'a>(&self, algebra: &'a Algebra) -> Option<Box<dyn OwnProgram + 'a>>;
}

/// Why a scenario has no such level.
pub(super) enum Misfit {
    /// Bob's output is classical.
    NoStates,
    /// Bob has only so many inputs.
    NoInput { inputs: usize },
}

/// Refuses a level that the scenario does not have, or whose program does not fit in memory: before it is built.
pub(super) fn refuse(level: &dyn OwnLevel, problem: &Problem, options: &Options<'_>) -> Result<(), Error> {
    let error = match level.dimensions(&Algebra::of_scenario(&problem.scenario)) {
        Ok(dimensions) => return Ok(check_memory(options.backend, &dimensions)?),
        Err(Misfit::NoStates) => problem
            .wrong_kind(&format!("the level {level} looks at Bob's states, and he has none"))
            .label("Bob's output is classical")
            .help("use a level of the hierarchy, such as 1+AB or 2"),
        Err(Misfit::NoInput { inputs }) => problem
            .wrong_kind(&format!("the level {level} is behind an input that Bob does not have"))
            .label(format!("Bob's inputs here: {inputs}"))
            .help(format!("inputs are counted from 0: write a number below {inputs} after the `@`")),
    };
    Err(error.into())
}

/// The bound of a level, in unitary letters. `None` if there is no room for it.
pub(super) fn outer(
    level: &dyn OwnLevel,
    problem: &Problem,
    functional: &Functional,
    goal: Option<f64>,
    options: &Options<'_>,
) -> Result<Option<Rung>, Error> {
    let letters = Algebra::of_scenario(&problem.scenario).in_unitaries();
    let Some(compressed) = level.program(&letters) else { return Ok(None) };
    let sign = functional.sense.sign();
    let mut program = compressed.bound(&functional_polynomial(&letters, functional), sign);
    let unit = program.normalise().ok_or(COEFFICIENTS)?;
    let dimensions = Dimensions::of(&program);
    let cost = options.backend.predict(&dimensions);
    if cost.bytes > available_memory() {
        return Ok(None);
    }
    let work = options.progress.start(&format!("level {level}"), cost.seconds);
    let scale = sign * unit;
    let watch = options.watch(&*work, scale);
    let goal = goal.map(|goal| goal / scale);
    let settings = Settings { watch, goal, ..options.settings.clone() };
    let large = InteriorPoint.predict(&dimensions).seconds > INTERIOR_SECONDS;
    let solution =
        if large && options.backend.name() == Auto.name() && FirstOrder.supports(settings.precision) {
            let max_iterations = FIRST_ORDER_STEPS.min(settings.max_iterations);
            FirstOrder.solve(&program, &Settings { max_iterations, ..settings })?
        } else {
            options.backend.solve(&program, &settings)?
        };
    if solution.stop == Stop::Infeasible {
        // There always is a solution: every quantum assemblage is one.
        return Err(Error::Unsolved { stop: solution.stop });
    }
    let side = dimensions.blocks.first().map_or(0, |&(side, _)| side);
    let solver = SolverRun::new(&solution, &options.settings, side, false);
    let (bound, dual) = repair(&program, solution.dual)?;
    // As in other letters little that is negative would grow.
    let dual = positive(&program, dual)?;
    let value = scale * bound;
    if !value.is_finite() {
        return Err(BOUND);
    }
    let matrix = MomentMatrix::new(letters.clone(), compressed.gram_words());
    let size = Size { words: matrix.size(), variables: dimensions.variables };
    let note = format!("level {level}");
    let lifted = compressed.lifted(&dual.scaled(unit));
    let quantity = proved(problem, functional, &matrix, (value, &note), &lifted)?;
    Ok(Some(Rung { level: level.to_string(), value, quantity, size, stop: solution.stop, solver }))
}
