//! `steerq certify`: is this assemblage quantum?

use std::cmp::Ordering;

use super::elements::element_records;
use super::inner::{diluted, membership, traditional, visible};
use super::outer::{Outer, Relaxation, Symmetries, dimensions, words};
use super::prove::{Inequality, inequality, quantity};
use super::realise::settled_by_channels;
use super::visibility::outer_visibility;
use super::{Error, Options, level, sequential, subject};
use crate::algebra::{Algebra, Polynomial, functional_polynomial};
use crate::certificate::{self, Certificate, Verified, gram};
use crate::model::{Model, deviation};
use crate::problem::Problem;
use crate::program::{self, repair};
use crate::realise::{ACCEPTED, obstruction};
use crate::report::{
    CertifyReport, Conclusion, Evidence, InequalityEvidence, ModelEvidence, RealiseReport, SolverRun,
    Subject, Verdict,
};
use crate::scenario::{Assemblage, Condition, Functional, Kind, Labels, Port, Scenario, Violation};
use crate::seesaw::Search;

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
        let certificate = (worst.condition == Condition::Instrumental)
            .then(|| obstructed(problem, assemblage, options))
            .and_then(|proof| proof.ok().flatten());
        return Ok(invalid(subject(problem), worst, violations, certificate));
    }
    if problem.scenario.kind == Kind::Sequential {
        return sequential::certify(problem, assemblage);
    }
    let sight = at_first_sight(problem, assemblage, options)?;
    if let Some(found) = sight.as_ref().filter(|found| found.interior)
        && let Some(verified) = &found.certificate
    {
        return Ok(proved_at_first_sight(problem, found.evidence.clone(), verified.text.clone()));
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
    let found = inequality(&relaxation, &problem.scenario, &outer)?;
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
                Ok(inequality(&level, &problem.scenario, &outer)?.map(|found| (level, found)))
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
        None => {
            let hint = found.as_ref().map(|found| &found.functional);
            let Settled { verdict, evidence, violation, certificate } =
                settled(problem, assemblage, (sight, hint), options)?.unwrap_or_else(|reached| Settled {
                    verdict: Verdict::Undecided,
                    evidence: Evidence::None { reason: undecided_reason(&outer, &level, reached) },
                    violation: None,
                    certificate: None,
                });
            CertifyReport {
                verified: certificate.is_some(),
                certificate,
                ..report(verdict, evidence, violation, None, None)
            }
        }
    })
}

/// A verdict that does not come from the hierarchy.
struct Settled {
    verdict: Verdict,
    evidence: Evidence,
    violation: Option<f64>,
    /// The text of an accepted certificate.
    certificate: Option<String>,
}

/// What is known of an assemblage that the level accepts: channels from one of its inputs to the others, or that there are
/// none; else an explicit model, that of the first sight or one that is looked for now. `hint` is the level's inequality. If
/// none of it settles anything, how visible the best model was.
fn settled(
    problem: &Problem,
    assemblage: &Assemblage,
    (sight, hint): (Option<Quantum>, Option<&Functional>),
    options: &Options<'_>,
) -> Result<Result<Settled, Option<f64>>, Error> {
    let channels = settled_by_channels(problem, options)?.and_then(by_channels);
    if let Some((found, true)) = channels {
        return Ok(Ok(found));
    }
    let model = match sight.filter(|found| found.certificate.is_some()) {
        Some(found) => Ok(found),
        None => quantum(problem, assemblage, hint, options)?,
    };
    let model = model.map(|Quantum { evidence, certificate, .. }| {
        let exactly = evidence.exactly && certificate.is_some();
        let found = Settled {
            verdict: Verdict::Quantum,
            evidence: Evidence::Model(evidence),
            violation: None,
            certificate: certificate.map(|verified| verified.text),
        };
        (found, exactly)
    });
    Ok(match (model, channels) {
        (Ok((model, true)), _) => Ok(model),
        (_, Some((channels, _))) => Ok(channels),
        (Ok((model, false)), None) => Ok(model),
        (Err(reached), None) => Err(reached),
    })
}

/// The verdict that the Choi question gives, and whether it is about the assemblage exactly.
fn by_channels(report: RealiseReport) -> Option<(Settled, bool)> {
    let RealiseReport { conclusion, reference, witness, certificate, model, deviation, .. } = report;
    match (conclusion, witness) {
        (Conclusion::PostQuantum { .. }, Some(witness)) => Some((
            Settled {
                verdict: Verdict::PostQuantum,
                violation: Some(witness.violation),
                evidence: Evidence::SelfTest { reference, witness },
                certificate,
            },
            true,
        )),
        (Conclusion::Quantum { exactly, .. }, _) => {
            let deviation = deviation.unwrap_or(0.0);
            Some((
                Settled {
                    verdict: Verdict::Quantum,
                    evidence: Evidence::Channels { reference, deviation, exactly, accepted: ACCEPTED },
                    violation: None,
                    certificate: if exactly { certificate } else { model },
                },
                exactly,
            ))
        }
        _ => None,
    }
}

/// The model that a search finds before the hierarchy is asked. Only where it proves that the assemblage is quantum exactly,
/// which no inequality can contradict, or, where an answer that hardly ever occurs leaves no room for that, is one of what lies
/// beyond it too, does it settle the question.
fn at_first_sight(
    problem: &Problem,
    assemblage: &Assemblage,
    options: &Options<'_>,
) -> Result<Option<Quantum>, Error> {
    /// A level that is predicted to be solved sooner, with the least number of variables that it may have, leaves time for a
    /// glance alone: at what is classical, or made by the measurements that the assemblage itself gives.
    const QUICK: f64 = 0.1;
    /// How long to look otherwise: at most, and in units of what the level is predicted to take.
    const SECONDS: f64 = 4.0;
    const SHARE: f64 = 1.5;
    if problem.scenario.kind == Kind::Traditional {
        return Ok(None);
    }
    let words = level(problem, options).size(&Algebra::of_scenario(&problem.scenario));
    let predicted = options.backend.predict(&dimensions(words, false)).seconds;
    let seconds = if predicted < QUICK { 0.0 } else { (SHARE * predicted).min(SECONDS) };
    let shortened =
        |search: &Search| Search { max_seconds: search.max_seconds.min(seconds), ..search.clone() };
    let search = options.search.as_ref().map(shortened);
    let options = Options { level: None, settings: options.settings.clone(), search, ..options.clone() };
    // No more than an attempt.
    Ok(quantum(problem, assemblage, None, &options).ok().and_then(Result::ok))
}

/// The report on what is settled before the hierarchy is asked.
fn proved_at_first_sight(problem: &Problem, evidence: ModelEvidence, certificate: String) -> CertifyReport {
    CertifyReport {
        subject: subject(problem),
        verdict: Verdict::Quantum,
        verified: true,
        evidence: Evidence::Model(evidence),
        violation: None,
        certificate: Some(certificate),
        model: None,
        margin: None,
        level: None,
        size: None,
        solver: None,
    }
}

/// A model of the assemblage.
struct Quantum {
    evidence: ModelEvidence,
    certificate: Option<Verified>,
    /// Whether the assemblage is quantum exactly by the certificate, or with less noise than it has there is a model too.
    interior: bool,
}

/// An explicit model of the assemblage, and what is proved of it: that the assemblage is quantum exactly, or by how
/// little the model misses it; else how visible the best model was, if there was one. `hint` is the level's inequality.
fn quantum(
    problem: &Problem,
    assemblage: &Assemblage,
    hint: Option<&Functional>,
    options: &Options<'_>,
) -> Result<Result<Quantum, Option<f64>>, Error> {
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
    let near = |model: &Model, interior| -> Option<Quantum> {
        let deviation = missed(model);
        let certificate = (deviation <= ACCEPTED)
            .then(|| proved(Certificate::quantum_approximation(scenario, &exact, model)));
        let evidence = evidence(model, deviation, false);
        certificate.map(|certificate| Quantum { evidence, certificate, interior })
    };
    if let Some(model) = traditional(problem, assemblage)? {
        return Ok(match proved(Certificate::ghjw(scenario, &exact)) {
            Some(certificate) => {
                let evidence = evidence(&model, missed(&model), true);
                Ok(Quantum { evidence, certificate: Some(certificate), interior: true })
            }
            None => near(&model, false).ok_or(None),
        });
    }
    let white = assemblage.white_noise(scenario);
    let Some(found) = visible(problem, [assemblage, &white], hint, f64::INFINITY, options)? else {
        return Ok(Err(None));
    };
    if let Some(certificate) = membership(problem, assemblage, &found).and_then(proved) {
        let evidence = evidence(&found.model, 0.0, true);
        return Ok(Ok(Quantum { evidence, certificate: Some(certificate), interior: true }));
    }
    // An answer that hardly ever occurs leaves no room around the assemblage for a proof that it is quantum exactly.
    let model = near(&diluted(scenario, assemblage, &found), found.visibility > 1.0 + SIGNIFICANT);
    Ok(model.ok_or(Some(found.visibility)))
}

fn undecided_reason(Outer { bound, solver, .. }: &Outer, level: &str, reached: Option<f64>) -> String {
    let SolverRun { status, .. } = solver;
    if *bound < 1.0 - SIGNIFICANT {
        return format!(
            "level {level} gave visibility {bound}, but no significantly violated inequality ({status})"
        );
    }
    let model = match reached.filter(|&visibility| visibility < 1.0) {
        // Rounded down.
        Some(visibility) => format!(
            "the best explicit model makes it with white noise, at visibility {:.6}",
            (visibility * 1e6).floor() / 1e6
        ),
        None => "no explicit model of it was found".to_owned(),
    };
    format!("level {level} of the hierarchy accepts the assemblage, a higher level may not; and {model}")
}

/// The certificate that what is seen is not part of a no-signalling assemblage.
fn obstructed(
    problem: &Problem,
    assemblage: &Assemblage,
    options: &Options<'_>,
) -> Result<Option<Verified>, Error> {
    let scenario = &problem.scenario;
    let exact = assemblage.exactly_no_signalling(scenario);
    let Some(found) = obstruction(scenario, &exact)? else { return Ok(None) };
    let functional = found.functional(scenario);
    let program = program::general::no_signalling(scenario, &functional);
    let solution = options.backend.solve(&program, &options.settings)?;
    let (_, dual) = repair(&program, solution.dual)?;
    let certificate = certificate::invalid(scenario, &functional, &dual, &exact)?;
    Ok(certificate.and_then(|certificate| certificate.titled(problem.title.as_deref()).verify().ok()))
}

fn invalid(
    subject: Subject,
    worst: &Violation,
    violations: &[Violation],
    certificate: Option<Verified>,
) -> CertifyReport {
    CertifyReport {
        subject,
        verdict: Verdict::Invalid,
        verified: certificate.is_some(),
        evidence: Evidence::Condition {
            condition: worst.condition.id(),
            statement: worst.statement(),
            place: worst.place.clone(),
            amount: worst.amount,
            violations: violations.iter().map(ToString::to_string).collect(),
        },
        violation: certificate.as_ref().map(|verified| verified.value),
        certificate: certificate.map(|verified| verified.text),
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
    let symmetries = Symmetries::of(scenario, &level(problem, options), &[&functional.operators], options);
    let relaxation =
        Relaxation::new(scenario, level(problem, options), &words(&polynomial), options)?.with(symmetries);
    let mut program = program::bound::bound(&relaxation.matrix, &polynomial, 1.0)?;
    let Some(unit) = program.normalise() else { return Ok(None) };
    let outer = relaxation.solve(&program, unit, options)?;
    let dual = outer.dual * faer::Scale(unit.into());
    let gram = gram(&relaxation.matrix, &polynomial, 1.0, &dual, None)?;
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
