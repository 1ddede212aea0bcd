//! `steerq visibility`: how much noise an assemblage can take.

use std::time::Instant;

use super::inner::{inner_visibility, note, traditional, visible};
use super::outer::{Outer, Relaxation, Symmetries, fixed_words, refuse_too_large};
use super::prove::{Inequality, inequality, quantity};
use super::realise::settled_by_channels;
use super::{Error, Options, classical_note, level, subject};
use crate::algebra::Algebra;
use crate::backend::{Dimensions, Settings};
use crate::certificate::{Certificate, Verified, classical_visibility};
use crate::moments::{Face, vanishing};
use crate::problem::Problem;
use crate::program::classical::{ClassicalInequality, classical_value};
use crate::program::{self, Stop};
use crate::report::{Conclusion, Quantity, Visibilities, VisibilityReport};
use crate::scenario::{Assemblage, Functional, Scenario};

/// What f64 evaluations may leave of a visibility of zero, or take from one.
pub(super) const ROUNDING: f64 = 1e-9;

/// The thresholds of the problem's assemblage along its noise.
pub fn visibility(problem: &Problem, options: &Options<'_>) -> Result<VisibilityReport, Error> {
    problem.refuse_sequential(
        "visibility",
        "every sequential assemblage is quantum, at any visibility; `steerq certify` gives the model",
    )?;
    problem.refuse_curve("visibility")?;
    let assemblage = problem.require_assemblage("visibility")?;
    let noise = problem.noise_for(assemblage);
    let (relaxation, outer) = best_visibility(problem, assemblage, &noise, options)?;
    let tables = [assemblage, &noise].map(|table| &table.0);
    let entries =
        tables.into_iter().flat_map(|table| table.indices().flat_map(|index| table.get(index).entries()));
    let digits = outer.digits(1.0, relaxation.is_exact(entries));
    Ok(VisibilityReport {
        subject: subject(problem),
        visibility: Visibilities {
            outer: certified_outer(problem, assemblage, &relaxation, &outer, options)?.with_digits(digits),
            inner: inner(problem, [assemblage, &noise], &relaxation, &outer, options)
                .unwrap_or_else(|error| Quantity::missing(format!("no model was found: {error}"))),
            classical: classical(problem, assemblage, &noise, options),
        },
        noise: problem.noise_name(),
        level: relaxation.level.to_string(),
        size: relaxation.size(),
        solver: outer.solver,
    })
}

/// The visibility of the best explicit model.
fn inner(
    problem: &Problem,
    [assemblage, noise]: [&Assemblage; 2],
    relaxation: &Relaxation,
    outer: &Outer,
    options: &Options<'_>,
) -> Result<Quantity, Error> {
    if let Some(model) = traditional(problem, assemblage)? {
        let exact = assemblage.exactly_no_signalling(&problem.scenario);
        let certificate = Certificate::ghjw(&problem.scenario, &exact);
        return Ok(quantity(1.0, &note(&model), Some(certificate)));
    }
    if outer.bound >= 1.0 - ROUNDING
        && let Some(report) = settled_by_channels(problem, options)?
        && let (Conclusion::Quantum { exactly: true, .. }, Some(text)) =
            (report.conclusion, report.certificate)
    {
        let verified = Verified { text, decimal: "1".to_owned(), value: 1.0 };
        return Ok(Quantity::verified(verified, format!("channels from {}", report.reference)));
    }
    let hint = inequality(relaxation, &problem.scenario, outer)?.map(|found| found.functional);
    let found = visible(problem, [assemblage, noise], hint.as_ref(), outer.bound, options)?;
    Ok(match found {
        Some(found) => inner_visibility(problem, assemblage, &found),
        None if options.search.is_none() => Quantity::missing("not searched for"),
        None => Quantity::missing("no model was found, not even of the noise"),
    })
}

/// The level's visibility, and the dual that holds the inequality.
///
/// A bound below zero says that not even the noise is in the level's set. White noise always is.
pub(super) fn outer_visibility(
    problem: &Problem,
    assemblage: &Assemblage,
    noise: &Assemblage,
    options: &Options<'_>,
) -> Result<(Relaxation, Outer), Error> {
    let scenario = &problem.scenario;
    refuse_too_large(scenario, &level(problem, options), options)?;
    let fixed = fixed_words(scenario, [assemblage, noise]);
    // With another noise than white the dual may grow along what noise and assemblage share, as far as rounding lets it, which
    // is further in the program as it is.
    let symmetries = match problem.noise_is_white() {
        true => Symmetries::of(scenario, &level(problem, options), &[&assemblage.0, &noise.0], options),
        false => None,
    };
    let relaxation = Relaxation::new(scenario, level(problem, options), &fixed, options)?.with(symmetries);
    let program = program::visibility::visibility(&relaxation.matrix, scenario, assemblage, noise);
    let none = Error::NoSolution { level: relaxation.level.clone() };
    let outer = match relaxation.solve(&program, 1.0, options) {
        Ok(outer) if outer.bound < -ROUNDING => Err(none),
        other => other,
    };
    match outer {
        Err(Error::NoSolution { .. }) if is_white(scenario, assemblage, noise) => {
            Err(Error::Unsolved { stop: Stop::Infeasible })
        }
        outer => Ok((relaxation, outer?)),
    }
}

/// The same for the problem's noise, on the face that it has in common with the assemblage, where that proves more.
pub(super) fn best_visibility(
    problem: &Problem,
    assemblage: &Assemblage,
    noise: &Assemblage,
    options: &Options<'_>,
) -> Result<(Relaxation, Outer), Error> {
    let Some((relaxation, outer)) = on_face(problem, assemblage, options)? else {
        return outer_visibility(problem, assemblage, noise, options);
    };
    // A face is written in double precision, in which more digits than that may have no solution.
    if outer.stop == Stop::Converged {
        return Ok((relaxation, outer));
    }
    // Nor is what was found lost to an error, or to who interrupts.
    match outer_visibility(problem, assemblage, noise, options) {
        Ok(other) if other.1.bound < outer.bound => Ok(other),
        _ => Ok((relaxation, outer)),
    }
}

/// The level's visibility, restricted to what does not vanish for assemblage and noise alike. `None` if nothing vanishes, or it did not help.
fn on_face(
    problem: &Problem,
    assemblage: &Assemblage,
    options: &Options<'_>,
) -> Result<Option<(Relaxation, Outer)>, Error> {
    /// To find a face and to write the program on it takes longer than it saves beyond this: about n⁴ steps.
    const MOST_WORDS: usize = 400;
    let scenario = &problem.scenario;
    let level = level(problem, options);
    if problem.noise_is_white() || level.size(&Algebra::of_scenario(scenario)) > MOST_WORDS {
        return Ok(None);
    }
    let start = Instant::now();
    let exact = assemblage.exactly_no_signalling(scenario);
    let noise = problem.noise_for(&exact).exactly_no_signalling(scenario);
    let vanishing = vanishing(scenario, [&exact, &noise]);
    if vanishing.is_empty() {
        return Ok(None);
    }
    let relaxation = Relaxation::new(scenario, level, &[], options)?;
    let Some(face) = Face::new(&relaxation.matrix, vanishing)? else { return Ok(None) };
    let mut program = program::visibility::visibility(&relaxation.matrix, scenario, &exact, &noise);
    program::face::restrict(&mut program, &face);
    let relaxation = relaxation.on(face, start);
    match relaxation.solve(&program, 1.0, options) {
        Ok(outer) if outer.bound >= -ROUNDING => Ok(Some((relaxation, outer))),
        // The program as it is says why.
        Ok(_) | Err(Error::NoSolution { .. } | Error::Unsolved { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a noise is the white noise of an assemblage, up to rounding.
fn is_white(scenario: &Scenario, assemblage: &Assemblage, noise: &Assemblage) -> bool {
    let white = assemblage.white_noise(scenario);
    let distance = |index| (noise.0.value(index) - white.0.value(index)).norm_max();
    noise.0.indices().all(|index| distance(index) <= ROUNDING)
}

/// The level's visibility with the certificate that the inequality in its dual gives: the inequality
/// is violated at every greater visibility.
///
/// Where the noise shares perfect correlations with the assemblage, the program has no strictly feasible
/// point, and its dual grows along inequalities that the whole line from the noise to the assemblage
/// saturates, until its rounding errors hide the rest. It grows while the gap shrinks: a solver that aims for
/// less leaves a dual that proves more, and the best of them all is taken.
fn certified_outer(
    problem: &Problem,
    assemblage: &Assemblage,
    relaxation: &Relaxation,
    outer: &Outer,
    options: &Options<'_>,
) -> Result<Quantity, Error> {
    /// What a certificate may lose before another dual is tried.
    const LOSS: f64 = 1e-6;
    /// The solver's tolerances that are tried.
    const TOLERANCES: [f64; 2] = [1e-7, 1e-6];
    let note = format!("level {}", relaxation.level);
    // v ≤ 1 by definition.
    let numerical = outer.bound.clamp(0.0, 1.0);
    if outer.bound >= 1.0 - ROUNDING {
        return Ok(Quantity::numerical(numerical, nothing_to_prove(&note, outer)));
    }
    let scenario = &problem.scenario;
    let exact = assemblage.exactly_no_signalling(scenario);
    let noise = problem.noise_for(&exact).exactly_no_signalling(scenario);
    let certificate = |outer: &Outer| -> Result<Option<Certificate>, Error> {
        let Some(Inequality { functional, gram, .. }) = inequality(relaxation, scenario, outer)? else {
            return Ok(None);
        };
        Ok(Certificate::quantum_visibility(scenario, &functional, &gram, &exact, &noise))
    };
    let claimed = |certificate: &Option<Certificate>| certificate.as_ref().map_or(1.0, Certificate::claimed);
    let mut best = certificate(outer)?;
    if !problem.noise_is_white() && relaxation.face.is_none() {
        let given = problem.noise_for(assemblage);
        let program = program::visibility::visibility(&relaxation.matrix, scenario, assemblage, &given);
        for tolerance in TOLERANCES {
            if claimed(&best) <= numerical + LOSS {
                break;
            }
            let settings = Settings { tolerance, ..options.settings.clone() };
            // No more than an attempt.
            let options =
                Options { level: None, settings, search: options.search.clone(), ..options.clone() };
            let Ok(outer) = relaxation.solve(&program, 1.0, &options) else {
                continue;
            };
            let other = certificate(&outer)?;
            if claimed(&other) < claimed(&best) {
                best = other;
            }
        }
    }
    let certificate = best.map(|certificate| certificate.titled(problem.title.as_deref()));
    Ok(quantity(numerical, &note, certificate))
}

/// Why a visibility of one has no certificate.
fn nothing_to_prove(note: &str, outer: &Outer) -> String {
    if [Stop::Converged, Stop::AlmostConverged].contains(&outer.stop) {
        format!("{note} accepts the assemblage; nothing to prove, for v ≤ 1 by definition")
    } else {
        format!("{note} gave no bound below 1 ({}); nothing to prove, for v ≤ 1 by definition", outer.stop)
    }
}

/// What is known of the visibility above which there is no common-cause model.
pub(super) enum ClassicalThreshold {
    /// An inequality, and the visibility from which it is violated.
    Found(Functional, f64),
    /// The assemblage itself has a common-cause model, as far as a solver sees.
    One,
    /// It was not computed, or there is none: why.
    Missing(String),
}

/// The inequality that excludes common causes at the least visibility.
pub(super) fn classical_threshold(
    scenario: &Scenario,
    [assemblage, noise]: [&Assemblage; 2],
    options: &Options<'_>,
) -> ClassicalThreshold {
    use ClassicalThreshold::{Found, Missing, One};
    /// A search that is predicted to take longer is not begun.
    const MAX_SECONDS: f64 = 3600.0;
    let none = || Missing("no mixture with this noise is classical".to_owned());
    let search = match ClassicalInequality::new(scenario, assemblage, noise) {
        Ok(search) => search,
        Err(error) => return Missing(classical_note(&error)),
    };
    let cost = options.backend.predict(&Dimensions::of(&search.program));
    if cost.seconds > MAX_SECONDS {
        let hours = cost.seconds / 3600.0;
        return Missing(format!("not computed: it would take about {hours:.0} hours"));
    }
    let _shown = options.progress.start("common causes", cost.seconds);
    let solution = match options.backend.solve(&search.program, &options.settings) {
        Ok(solution) => solution,
        Err(error) => return Missing(format!("not computed: {error}")),
    };
    if solution.stop == Stop::Unbounded {
        return none();
    }
    // What a solver that failed did not find may exist.
    let none_found = || match solution.stop {
        Stop::Converged | Stop::AlmostConverged => One,
        stop => Missing(format!("not computed: the solver stopped with `{stop}`")),
    };
    let Some(functional) = search.functional(scenario, &solution.y) else {
        return none_found();
    };
    let bound = match classical_value(scenario, &functional) {
        Ok(bound) => bound,
        Err(error) => return Missing(classical_note(&error)),
    };
    let [signal, zero] = [assemblage, noise].map(|table| functional.operators.pair(&table.0).re());
    let threshold = (bound - zero) / (signal - zero);
    if signal <= zero || threshold >= 1.0 {
        return none_found();
    }
    if threshold < 0.0 { none() } else { Found(functional, threshold) }
}

/// The visibility above which there is no common-cause model, with the inequality that says so.
fn classical(
    problem: &Problem,
    assemblage: &Assemblage,
    noise: &Assemblage,
    options: &Options<'_>,
) -> Quantity {
    let scenario = &problem.scenario;
    let (functional, threshold) = match classical_threshold(scenario, [assemblage, noise], options) {
        ClassicalThreshold::Found(functional, threshold) => (functional, threshold),
        ClassicalThreshold::One => {
            return Quantity::numerical(1.0, "no inequality excludes a common-cause model");
        }
        ClassicalThreshold::Missing(note) => return Quantity::missing(note),
    };
    let exact = assemblage.exactly_no_signalling(scenario);
    let noise = problem.noise_for(&exact).exactly_no_signalling(scenario);
    let certificate = classical_visibility(scenario, &functional, &exact, &noise).ok().flatten();
    let certificate = certificate.map(|certificate| certificate.titled(problem.title.as_deref()));
    quantity(threshold, "no common-cause model above it", certificate)
}
