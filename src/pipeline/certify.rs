//! `steerq certify`: is this assemblage quantum?

use std::cmp::Ordering;

use super::elements::element_records;
use super::inner::{membership, traditional, visible};
use super::outer::{Outer, Relaxation, words};
use super::prove::{Inequality, inequality, quantity};
use super::visibility::outer_visibility;
use super::{Error, Options, level, sequential, subject};
use crate::algebra::{Algebra, Polynomial, functional_polynomial};
use crate::certificate::{Certificate, Verified, gram};
use crate::model::{Model, deviation};
use crate::problem::Problem;
use crate::program;
use crate::report::{
    CertifyReport, Evidence, InequalityEvidence, ModelEvidence, SolverRun, Subject, Verdict,
};
use crate::scenario::{Assemblage, Functional, Kind, Labels, Port, Scenario, Violation};

/// A violation must exceed this, relative to the larger of F's entries and |bound|, to count: bound and value are
/// evaluated in f64 with errors of at most about n²·10⁻¹⁶ ≲ 10⁻¹¹ for the sizes in reach, so this
/// leaves two orders of margin. It is not a solver tolerance: the bound holds for any dual.
const SIGNIFICANT: f64 = 1e-9;

/// A violation below this, relative to the functional's largest entry, is worth the search for another
/// inequality.
const WEAK: f64 = 1e-4;

/// The verdict on the problem's assemblage, with its evidence.
pub fn certify(problem: &Problem, options: &Options<'_>) -> Result<CertifyReport, Error> {
    let Some((assemblage, violations)) = problem.assemblage_with_violations()? else {
        return Err(problem.missing("certify", "assemblage", "formula = \"…\"").into());
    };
    if let Some(worst) = violations.first() {
        return Ok(invalid(subject(problem), worst, violations));
    }
    if problem.scenario.kind == Kind::Sequential {
        return sequential::certify(problem, assemblage);
    }
    let given = problem.noise_for(assemblage);
    let (relaxation, outer, noise_tells) = match outer_visibility(problem, assemblage, &given, options) {
        Ok((relaxation, outer)) => (relaxation, outer, true),
        // The noise itself is not quantum. The verdict is about the assemblage: white noise, which always is,
        // serves to find an inequality, but the margin would be another noise's.
        Err(Error::NoSolution { .. }) if !problem.noise_is_white() => {
            let white = assemblage.white_noise(&problem.scenario);
            let (relaxation, outer) = outer_visibility(problem, assemblage, &white, options)?;
            (relaxation, outer, false)
        }
        Err(error) => return Err(error),
    };
    let level = relaxation.level.to_string();
    let found = inequality(&relaxation, &problem.scenario, &outer.dual)?;
    let mut evidence = found.as_ref().and_then(|found| violated(problem, assemblage, &relaxation, found));
    // What the level accepts violates no inequality of the level.
    if outer.bound < 1.0 - SIGNIFICANT {
        // Where noise and assemblage share perfect correlations, the dual grows without bound along inequalities
        // that both saturate, and hides the one that tells them apart. No more than attempts.
        if is_weak(evidence.as_ref()) {
            let own = own_inequality(problem, options).ok().flatten();
            let own = own.and_then(|(level, found)| violated(problem, assemblage, &level, &found));
            evidence = stronger(evidence, own);
        }
        if is_weak(evidence.as_ref()) && noise_tells && !problem.noise_is_white() {
            let white = assemblage.white_noise(&problem.scenario);
            let other = outer_visibility(problem, assemblage, &white, options).and_then(|(level, outer)| {
                Ok(inequality(&level, &problem.scenario, &outer.dual)?.map(|found| (level, found)))
            });
            let other = other.ok().flatten();
            let other = other.and_then(|(level, found)| violated(problem, assemblage, &level, &found));
            evidence = stronger(evidence, other);
        }
    }
    let solver = Some(outer.solver.clone());
    let size = Some(relaxation.size());
    let report = |verdict, evidence, violation, certificate: Option<Verified>, margin| CertifyReport {
        subject: subject(problem),
        verdict,
        verified: certificate.is_some(),
        evidence,
        violation,
        certificate: certificate.map(|verified| verified.text),
        model: None,
        margin,
        level: Some(level.clone()),
        size,
        solver,
    };
    Ok(match evidence {
        Some(found) => {
            let margin = noise_tells.then_some((1.0 - outer.bound).max(0.0));
            let Violated { evidence, violation, certificate, .. } = found;
            let violation = certificate.as_ref().map_or(violation, |verified| verified.value);
            let evidence = Evidence::Inequality(evidence);
            report(Verdict::PostQuantum, evidence, Some(violation), certificate, margin)
        }
        None => match quantum(problem, assemblage, found.as_ref().map(|found| &found.functional), options)? {
            Some((evidence, certificate)) => {
                report(Verdict::Quantum, Evidence::Model(evidence), None, certificate, None)
            }
            None => {
                let reason = undecided_reason(&outer, &level);
                report(Verdict::Undecided, Evidence::None { reason }, None, None, None)
            }
        },
    })
}

/// An explicit model of the assemblage, and what is proved of it: that the assemblage is quantum exactly, or by how
/// little the model misses it. `hint` is the level's inequality.
fn quantum(
    problem: &Problem,
    assemblage: &Assemblage,
    hint: Option<&Functional>,
    options: &Options<'_>,
) -> Result<Option<(ModelEvidence, Option<Verified>)>, Error> {
    /// A model that misses no entry by more than this is one of the assemblage.
    const ACCEPTED: f64 = 1e-7;
    let scenario = &problem.scenario;
    let exact = assemblage.exactly_no_signalling(scenario);
    let evidence = |model: &Model, deviation, exactly| ModelEvidence {
        components: model.components.len(),
        alice: model.alice(),
        deviation,
        exactly,
        accepted: ACCEPTED,
    };
    let missed = |model: &Model| deviation(&model.assemblage(scenario), &exact);
    let proved = |certificate: Certificate| certificate.titled(problem.title.as_deref()).verify().ok();
    let near = |model: &Model| -> Option<(ModelEvidence, Option<Verified>)> {
        let deviation = missed(model);
        let certificate = (deviation <= ACCEPTED)
            .then(|| proved(Certificate::quantum_approximation(scenario, &exact, model)));
        certificate.map(|certificate| (evidence(model, deviation, false), certificate))
    };
    if let Some(model) = traditional(problem, assemblage)? {
        return Ok(match proved(Certificate::ghjw(scenario, &exact)) {
            Some(certificate) => Some((evidence(&model, missed(&model), true), Some(certificate))),
            None => near(&model),
        });
    }
    let white = assemblage.white_noise(scenario);
    let Some(found) = visible(problem, [assemblage, &white], hint, f64::INFINITY, options)? else {
        return Ok(None);
    };
    if let Some(certificate) = membership(problem, assemblage, &found).and_then(proved) {
        return Ok(Some((evidence(&found.model, 0.0, true), Some(certificate))));
    }
    Ok(near(&found.model))
}

fn undecided_reason(Outer { bound, solver, .. }: &Outer, level: &str) -> String {
    let SolverRun { status, .. } = solver;
    if *bound >= 1.0 - SIGNIFICANT {
        format!(
            "level {level} of the hierarchy accepts the assemblage, a higher level may not; and no explicit model \
             of it was found"
        )
    } else {
        format!("level {level} gave visibility {bound}, but no significantly violated inequality ({status})")
    }
}

fn invalid(subject: Subject, worst: &Violation, violations: &[Violation]) -> CertifyReport {
    CertifyReport {
        subject,
        verdict: Verdict::Invalid,
        verified: false,
        evidence: Evidence::Condition {
            condition: worst.condition.id(),
            statement: worst.statement(),
            place: worst.place.clone(),
            amount: worst.amount,
            violations: violations.iter().map(ToString::to_string).collect(),
        },
        violation: None,
        certificate: None,
        model: None,
        margin: None,
        level: None,
        size: None,
        solver: None,
    }
}

/// A significantly violated inequality, with its certificate if the checker accepted one.
struct Violated {
    evidence: InequalityEvidence,
    violation: f64,
    /// The violation in units of the functional's largest entry.
    relative: f64,
    certificate: Option<Verified>,
}

fn is_weak(found: Option<&Violated>) -> bool {
    found.is_none_or(|found| found.certificate.is_none() || found.relative < WEAK)
}

/// The more violated of two inequalities, a verified one before a numerical one.
fn stronger(one: Option<Violated>, other: Option<Violated>) -> Option<Violated> {
    let worth = |found: &Violated| (found.certificate.is_some(), found.relative);
    match (one, other) {
        (Some(one), Some(other)) => Some(if worth(&other) > worth(&one) { other } else { one }),
        (one, other) => one.or(other),
    }
}

/// The problem's own functional, if it has one, with the bound of its level.
fn own_inequality(
    problem: &Problem,
    options: &Options<'_>,
) -> Result<Option<(Relaxation, Inequality)>, Error> {
    let Some(functional) = &problem.functional else { return Ok(None) };
    let scenario = &problem.scenario;
    let functional = functional.maximised(scenario);
    let polynomial = functional_polynomial(&Algebra::of_scenario(scenario), &functional);
    let relaxation = Relaxation::new(scenario, level(problem, options), &words(&polynomial), options)?;
    let mut program = program::bound::bound(&relaxation.matrix, &polynomial, 1.0)?;
    let Some(unit) = program.normalise() else { return Ok(None) };
    let outer = relaxation.solve(&program, unit, options)?;
    let dual = outer.dual * faer::Scale(unit.into());
    let gram = gram(&relaxation.matrix, &polynomial, 1.0, &dual)?;
    let inequality = Inequality { functional, polynomial, bound: outer.bound * unit, gram };
    Ok(Some((relaxation, inequality)))
}

/// The inequality as evidence, if the assemblage violates it significantly.
fn violated(
    problem: &Problem,
    assemblage: &Assemblage,
    relaxation: &Relaxation,
    inequality: &Inequality,
) -> Option<Violated> {
    let Inequality { functional, polynomial, bound, gram } = inequality;
    let scenario = &problem.scenario;
    let value = functional.operators.pair(&assemblage.0).re();
    let violation = value - bound;
    let largest = functional.operators.largest_entry();
    // Not significant, or not a number.
    if violation.partial_cmp(&(SIGNIFICANT * bound.abs().max(largest))) != Some(Ordering::Greater) {
        return None;
    }
    let exact = assemblage.exactly_no_signalling(scenario);
    let certificate = Certificate::post_quantum(scenario, functional, gram, &exact)
        .and_then(|certificate| certificate.titled(problem.title.as_deref()).verify().ok());
    let note = format!("level {}", relaxation.level);
    let (correlators, left_out) = correlators(scenario, relaxation.matrix.algebra(), polynomial, violation);
    let evidence = InequalityEvidence {
        functional: element_records(scenario, functional),
        correlators,
        left_out,
        bound: quantity(*bound, &note, Some(Certificate::quantum_bound(scenario, functional, gram))),
        value,
    };
    Some(Violated { evidence, violation, relative: violation / largest, certificate })
}

/// The labels of Bob's outcomes, if he has any.
fn bob_outcomes(scenario: &Scenario) -> Option<&Labels> {
    match &scenario.bob.output {
        Port::Classical(labels) => Some(labels),
        Port::Quantum(_) => None,
    }
}

/// The terms of a functional as named correlators, largest first, and how many are left out (never from F
/// itself): those below 10⁻⁵ of the largest that all together are no thousandth of the violation are the
/// solver's dust.
fn correlators(
    scenario: &Scenario,
    algebra: &Algebra,
    polynomial: &Polynomial,
    violation: f64,
) -> (Vec<(String, f64)>, usize) {
    const NOISE: f64 = 1e-5;
    const SHARE: f64 = 1e-3;
    const STEPS: f64 = 1e4;
    let labels = [scenario.settings(), scenario.inputs()];
    let outcomes = [Some(scenario.outcomes()), bob_outcomes(scenario)];
    let mut terms: Vec<(String, f64)> = Vec::new();
    for (word, coefficient) in polynomial.terms() {
        let canonical = algebra.canonical(word.clone());
        // A word and its adjoint are one line: f⟨w⟩ + f*⟨w†⟩ = 2 Re f Re⟨w⟩ − 2 Im f Im⟨w⟩.
        if canonical.representative != *word {
            continue;
        }
        let letters = word.letters().iter().map(|letter| {
            let device = letter.device();
            let input = labels[device].get(letter.input());
            let outcome = outcomes[device].map_or(0, |outcomes| outcomes.get(letter.index()));
            algebra.devices()[device].letter_name(["A", "B"][device], input, letter.index(), outcome)
        });
        let name = match word.is_empty() {
            true => "1".to_owned(),
            false => format!("⟨{}⟩", letters.collect::<Vec<_>>().join(" ")),
        };
        let value = coefficient.approx();
        if canonical.real && canonical.phase == 0 {
            terms.push((name, value.re));
        } else {
            let factor = if canonical.real { 1.0 } else { 2.0 };
            terms.push((format!("Re{name}"), factor * value.re));
            terms.push((format!("Im{name}"), -factor * value.im));
        }
    }
    let largest = terms.iter().map(|(_, coefficient)| coefficient.abs()).fold(0.0, f64::max);
    // Those that a solver cannot tell apart stay in the order of words.
    terms.sort_by_key(|(_, coefficient)| -(coefficient.abs() / largest * STEPS).round() as i64);
    terms.retain(|(_, coefficient)| *coefficient != 0.0);
    let all = terms.len();
    let negligible = (NOISE * largest).min(SHARE * violation / all as f64);
    terms.retain(|(_, coefficient)| coefficient.abs() > negligible);
    let left_out = all - terms.len();
    (terms, left_out)
}
