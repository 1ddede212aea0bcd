//! `steerq visibility`: how much noise an assemblage can take.

use super::outer::{Outer, Relaxation, fixed_words, refuse_too_large};
use super::prove::{Inequality, inequality, quantity};
use super::{Error, Options, classical_note, level, subject};
use crate::backend::Dimensions;
use crate::certificate::{Certificate, classical_visibility};
use crate::problem::Problem;
use crate::program::classical::{ClassicalInequality, classical_value};
use crate::program::{self, Stop};
use crate::report::{Quantity, Visibilities, VisibilityReport};
use crate::scenario::Assemblage;

/// The thresholds of the problem's assemblage along its noise.
pub fn visibility(problem: &Problem, options: &Options<'_>) -> Result<VisibilityReport, Error> {
    let assemblage = problem.require_assemblage("visibility")?;
    let noise = problem.noise_for(assemblage);
    let (relaxation, outer) = outer_visibility(problem, assemblage, &noise, options)?;
    Ok(VisibilityReport {
        subject: subject(problem),
        visibility: Visibilities {
            outer: certified_outer(problem, assemblage, &relaxation, &outer)?,
            inner: Quantity::missing("no explicit model was looked for"),
            classical: classical(problem, assemblage, &noise, options)?,
        },
        noise: if problem.noise_is_white() { "white" } else { "given" },
        level: relaxation.level.to_string(),
        size: relaxation.size(),
        solver: outer.solver,
    })
}

/// The level's visibility, and the dual that holds the inequality.
pub(super) fn outer_visibility(
    problem: &Problem,
    assemblage: &Assemblage,
    noise: &Assemblage,
    options: &Options<'_>,
) -> Result<(Relaxation, Outer), Error> {
    let scenario = &problem.scenario;
    refuse_too_large(scenario, &level(problem, options), options)?;
    let fixed = fixed_words(scenario, [assemblage, noise]);
    let relaxation = Relaxation::new(scenario, level(problem, options), &fixed, options)?;
    let program = program::visibility::visibility(&relaxation.matrix, scenario, assemblage, noise);
    let outer = relaxation.solve(&program, options)?;
    Ok((relaxation, outer))
}

/// The level's visibility with the certificate that the inequality in its dual gives: the inequality
/// is violated at every greater visibility.
fn certified_outer(
    problem: &Problem,
    assemblage: &Assemblage,
    relaxation: &Relaxation,
    outer: &Outer,
) -> Result<Quantity, Error> {
    let scenario = &problem.scenario;
    let certificate = inequality(relaxation, scenario, &outer.dual)?.and_then(|inequality| {
        let Inequality { functional, gram, .. } = inequality;
        let exact = assemblage.exactly_no_signalling(scenario);
        let noise = problem.noise_for(&exact).exactly_no_signalling(scenario);
        let certificate = Certificate::quantum_visibility(scenario, &functional, &gram, &exact, &noise)?;
        Some(certificate.titled(problem.title.as_deref()))
    });
    // v ≤ 1 by definition.
    Ok(quantity(outer.bound.min(1.0), &format!("level {}", relaxation.level), certificate))
}

/// The visibility above which there is no common-cause model, with the inequality that says so.
fn classical(
    problem: &Problem,
    assemblage: &Assemblage,
    noise: &Assemblage,
    options: &Options<'_>,
) -> Result<Quantity, Error> {
    let scenario = &problem.scenario;
    let search = match ClassicalInequality::new(scenario, assemblage, noise) {
        Ok(search) => search,
        Err(error) => return Ok(Quantity::missing(classical_note(&error))),
    };
    let cost = options.backend.predict(&Dimensions::of(&search.program));
    let _shown = options.progress.start("common causes", cost.seconds);
    let solution = match options.backend.solve(&search.program, &options.settings) {
        Ok(solution) => solution,
        Err(error) => return Ok(Quantity::missing(format!("not computed: {error}"))),
    };
    if solution.stop == Stop::Unbounded {
        return Ok(Quantity::missing("no mixture with this noise is classical"));
    }
    let Some(functional) = search.functional(scenario, &solution.y) else {
        return Ok(Quantity::numerical(1.0, "no inequality excludes a common-cause model"));
    };
    let exact = assemblage.exactly_no_signalling(scenario);
    let noise = problem.noise_for(&exact).exactly_no_signalling(scenario);
    let bound = match classical_value(scenario, &functional) {
        Ok(bound) => bound,
        Err(error) => return Ok(Quantity::missing(classical_note(&error))),
    };
    let [signal, zero] = [&exact, &noise].map(|table| functional.operators.pair(&table.0).re());
    let threshold = (bound - zero) / (signal - zero);
    if signal <= zero || threshold >= 1.0 {
        return Ok(Quantity::numerical(1.0, "no inequality excludes a common-cause model"));
    }
    if threshold < 0.0 {
        return Ok(Quantity::missing("no mixture with this noise is classical"));
    }
    let certificate = classical_visibility(scenario, &functional, &exact, &noise).ok().flatten();
    let certificate = certificate.map(|certificate| certificate.titled(problem.title.as_deref()));
    Ok(quantity(threshold, "no common-cause model above it", certificate))
}
