//! An exact checker of certificates about quantum steering, written from docs/certificate.md alone.
//!
//! A certificate states a claim and holds its proof. [`check_bytes`] reads it, from JSON or from an archive of arrays (§12),
//! and demands what every certificate must satisfy (Hermitian tables, normalised assemblages, nothing said of elements that
//! are not seen). Then it checks either the proof of a bound and what the claim says beyond it (§3): for the quantum set by a
//! Gram matrix of words (§4), or from what an assemblage has for one input (§10); for common causes by eigenvalue bounds (§5);
//! for no-signalling by multipliers (§6), on which robustness and weight rest besides (§13); for what maps make of a reference by a witness (§9). Or it checks that something
//! exists: that an assemblage is quantum, by a model (§7) or of itself (§8), or that it is made of a reference, by the maps
//! (§9). Sequential scenarios have bounds (§6) and proofs of existence (§8) of their own. All arithmetic is exact or in
//! rational enclosures; the one use of floating point, the positivity of large Gram matrices, has a proven bound on its
//! error. Nothing is searched or solved.
//!
//! # Limits
//!
//! Those of the page (20,000 digits, 256 MiB, 4096 words of 64 letters, 2^20 entries, 2^16 strategies, 128 roots), and some
//! of this program that keep its work bounded, all of them constants beside their use. What exceeds one is incomplete, never
//! verified or rejected.

mod algebra;
mod arrays;
mod certificate;
mod classical;
mod general;
mod json;
mod maps;
mod model;
mod number;
mod positive;
mod quantifier;
mod quantum;
mod read;
mod self_test;
mod steps;
mod zip;

use std::fmt;

use dashu_ratio::RBig;

use certificate::{Bounded, Certificate, Claim, Example, Existence, Proof, Scenario, Statement, Table};
use json::Json;
use number::{Complex, Matrix, Real, is_diagonal, not_hermitian_at};
use positive::is_semidefinite_real;

pub use json::MAX_BYTES;

/// What a check found (docs/certificate.md §11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every condition holds: the claim is proven.
    Verified {
        /// The claim in words.
        claim: String,
    },
    /// The certificate is well formed, but a condition fails. The claim may be true all the same.
    Rejected {
        /// The claim in words.
        claim: String,
        /// The condition that fails.
        reason: String,
    },
    /// Something is missing, malformed or over a limit.
    Incomplete {
        /// The claim in words, if that much could be read.
        claim: Option<String>,
        /// What is wrong, and where.
        reason: String,
    },
}

impl Outcome {
    /// The claim in words, if it could be read.
    pub fn claim(&self) -> Option<&str> {
        match self {
            Outcome::Verified { claim } | Outcome::Rejected { claim, .. } => Some(claim),
            Outcome::Incomplete { claim, .. } => claim.as_deref(),
        }
    }

    /// 0 for verified, 1 for rejected, 2 for incomplete.
    pub fn exit_code(&self) -> u8 {
        match self {
            Outcome::Verified { .. } => 0,
            Outcome::Rejected { .. } => 1,
            Outcome::Incomplete { .. } => 2,
        }
    }
}

/// The verdict alone: `verified`, `rejected: …` or `incomplete: …`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Verified { .. } => f.write_str("verified"),
            Outcome::Rejected { reason, .. } => write!(f, "rejected: {reason}"),
            Outcome::Incomplete { reason, .. } => write!(f, "incomplete: {reason}"),
        }
    }
}

/// Why a check stopped before its end.
#[derive(Debug)]
enum Stop {
    Incomplete(String),
    Rejected(String),
}

type Checked<T> = Result<T, Stop>;

/// Rejects where a condition does not hold.
fn demand(holds: bool, what: impl FnOnce() -> String) -> Checked<()> {
    if holds { Ok(()) } else { Err(Stop::Rejected(what())) }
}

/// Checks the certificate in a file's contents: JSON, or an archive of arrays (docs/certificate.md §12).
pub fn check_bytes(bytes: &[u8]) -> Outcome {
    if bytes.len() > MAX_BYTES {
        let reason = format!("the file has more than {MAX_BYTES} bytes");
        return Outcome::Incomplete { claim: None, reason };
    }
    if bytes.starts_with(zip::START) {
        return check_json(arrays::parse(bytes));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => check_str(text),
        Err(_) => Outcome::Incomplete { claim: None, reason: "the file is not UTF-8".to_owned() },
    }
}

/// Checks the certificate in a text of JSON.
pub fn check_str(text: &str) -> Outcome {
    check_json(json::parse(text))
}

fn check_json(json: Checked<Json>) -> Outcome {
    let mut said = None;
    let checked = json.and_then(|json| read::certificate(&json, &mut said));
    match (checked.and_then(|certificate| check(&certificate)), said) {
        (Ok(()), Some(claim)) => Outcome::Verified { claim },
        (Err(Stop::Rejected(reason)), Some(claim)) => Outcome::Rejected { claim, reason },
        (Err(Stop::Incomplete(reason) | Stop::Rejected(reason)), claim) => {
            Outcome::Incomplete { claim, reason }
        }
        (Ok(()), None) => Outcome::Incomplete { claim: None, reason: "there is no claim".to_owned() },
    }
}

/// Demands every condition of a well-formed certificate.
fn check(certificate: &Certificate) -> Checked<()> {
    match &certificate.statement {
        Statement::Bounded(bounded) => check_bounded(&certificate.scenario, bounded),
        Statement::Existence(existence) => check_existence(&certificate.scenario, existence),
    }
}

/// A bound on a set, and what the claim says beyond it.
fn check_bounded(scenario: &Scenario, bounded: &Bounded) -> Checked<()> {
    let Bounded { claim, functional, proof, .. } = bounded;
    check_functional(scenario, functional)?;
    // The claims of §9 do not ask for the rules of §2, some of which say nothing where elements are not given.
    let check_target = if matches!(proof, Proof::Witness(_)) { check_table } else { check_assemblage };
    match claim {
        Claim::Bound { .. } => {}
        Claim::Violation { assemblage, .. } => check_target(scenario, assemblage, "assemblage")?,
        Claim::Visibility { assemblage, noise, .. } => {
            check_target(scenario, assemblage, "assemblage")?;
            check_target(scenario, noise, "noise")?;
        }
        Claim::Robustness { assemblage, .. }
        | Claim::Weight { assemblage, .. }
        | Claim::TraceDistance { assemblage, .. } => {
            check_assemblage(scenario, assemblage, "assemblage")?;
        }
    }
    check_beyond_bound(scenario, bounded)?;
    if let (Proof::Gram(gram), Some(tables)) = (proof, claim.mixed()) {
        quantum::check_vanishing(scenario, &gram.vanishing, tables)?;
    }
    let bound = &bounded.bound.value;
    match claim {
        Claim::Bound { minimum: true } => {
            // ⟨F, σ⟩ ≥ bound says ⟨−F, σ⟩ ≤ −bound.
            check_bound(scenario, bounded, &negative(functional), &-bound)
        }
        _ => check_bound(scenario, bounded, functional, bound),
    }
}

fn negative(table: &Table) -> Table {
    let negative = |z: &Complex| z.scaled(&RBig::NEG_ONE);
    table.iter().map(|matrix| matrix.iter().map(|row| row.iter().map(negative).collect()).collect()).collect()
}

/// That something exists: tables first, then what proves it.
fn check_existence(scenario: &Scenario, existence: &Existence) -> Checked<()> {
    match existence {
        Existence::Value { functional, minimum, value, example } => {
            check_functional(scenario, functional)?;
            match example {
                Example::Model(model) => {
                    model::check_value(scenario, functional, *minimum, &value.value, model)
                }
                Example::Near(near) => {
                    check_near(scenario, near)?;
                    let (value, reached) = (Real::from(value.value.clone()), product(functional, near));
                    let excess = if *minimum { value.minus(&reached) } else { reached.minus(&value) };
                    let sign = if *minimum { "≤" } else { "≥" };
                    demand(excess.is_nonnegative(), || {
                        format!("⟨F, near⟩ is not shown to be {sign} the value")
                    })
                }
            }
        }
        Existence::Approximation { assemblage, deviation, example } => {
            check_assemblage(scenario, assemblage, "assemblage")?;
            match example {
                Example::Model(model) => {
                    model::check_approximation(scenario, assemblage, &deviation.value, model)
                }
                Example::Near(near) => {
                    check_near(scenario, near)?;
                    check_deviation(assemblage, near, &deviation.value)
                }
            }
        }
        Existence::Quantum { assemblage, proof } => {
            check_assemblage(scenario, assemblage, "assemblage")?;
            match proof {
                Some(shared) => model::check_share(scenario, assemblage.clone(), shared),
                None => check_positive(assemblage, "assemblage", &mut 0),
            }
        }
        Existence::Mixture { assemblage, noise, visibility, proof } => {
            check_assemblage(scenario, assemblage, "assemblage")?;
            check_assemblage(scenario, noise, "noise")?;
            let (v, rest) = (&visibility.value, RBig::ONE - &visibility.value);
            let mut target = assemblage.clone();
            for (entry, noise) in target.iter_mut().flatten().flatten().zip(noise.iter().flatten().flatten())
            {
                *entry = entry.scaled(v);
                entry.add(&noise.scaled(&rest));
            }
            model::check_share(scenario, target, proof)
        }
        Existence::Realisable { reference, assemblage, deviation, maps } => {
            check_table(scenario, &assemblage.table, "assemblage")?;
            maps::check_realisable(scenario, reference, assemblage, &deviation.value, maps)
        }
        Existence::Near { assemblage, completion, distance, member } => {
            check_assemblage(scenario, assemblage, "assemblage")?;
            quantifier::check_above(scenario, assemblage.clone(), completion.as_ref(), distance, member)
        }
    }
}

/// Demands of `near` what makes it quantum (docs/certificate.md §8).
fn check_near(scenario: &Scenario, near: &Table) -> Checked<()> {
    check_assemblage(scenario, near, "proof.near")?;
    check_positive(near, "proof.near", &mut 0)
}

/// Demands that no part of an entry of the difference exceeds the deviation in modulus.
fn check_deviation(assemblage: &Table, near: &Table, deviation: &RBig) -> Checked<()> {
    let limit = Real::from(deviation.clone());
    for (place, (one, other)) in assemblage.iter().zip(near).enumerate() {
        for (z, w) in one.iter().flatten().zip(other.iter().flatten()) {
            for difference in [w.re.minus(&z.re), w.im.minus(&z.im)] {
                let mut sum = limit.clone();
                sum.add(&difference);
                let holds = limit.minus(&difference).is_nonnegative() && sum.is_nonnegative();
                demand(holds, || {
                    format!(
                        "proof.near[{place}] is not shown to be as near to the assemblage as the deviation"
                    )
                })?;
            }
        }
    }
    Ok(())
}

/// Demands positive elements of an assemblage (docs/certificate.md §8 and §9). `spent` adds up the cost.
fn check_positive(elements: &[Matrix], name: &str, spent: &mut u128) -> Checked<()> {
    for (place, matrix) in elements.iter().enumerate() {
        let holds = is_semidefinite_real(matrix, spent)? || self_test::is_pure(matrix)?;
        demand(holds, || format!("{name}[{place}] is not shown to be positive semidefinite"))?;
    }
    Ok(())
}

/// Checks ⟨F, σ⟩ ≤ bound on the set of the claim.
fn check_bound(scenario: &Scenario, bounded: &Bounded, functional: &Table, bound: &RBig) -> Checked<()> {
    match &bounded.proof {
        Proof::Gram(gram) => quantum::check(scenario, functional, bound, gram),
        Proof::Strategies(bounds) => classical::check(scenario, functional, bound, bounds),
        Proof::Multipliers(multipliers) => general::check(scenario, functional, bound, multipliers, "proof"),
        Proof::Steps(multipliers) => steps::check_bound(scenario, functional, bound, multipliers),
        Proof::Witness(witness) => maps::check_witness(scenario, functional, bound, witness),
        Proof::SelfTest(test) => self_test::check(scenario, functional, bound, test),
    }
}

/// What a claim says beyond the bound (docs/certificate.md §3).
fn check_beyond_bound(scenario: &Scenario, bounded: &Bounded) -> Checked<()> {
    let Bounded { bound, functional, .. } = bounded;
    let demand = |holds: bool, what: &str| demand(holds, || what.to_owned());
    match &bounded.claim {
        Claim::Bound { .. } => Ok(()),
        Claim::Violation { assemblage, violation } => {
            demand(violation.value > RBig::ZERO, "the violation is not positive")?;
            let excess = product(functional, assemblage).minus(&(&bound.value + &violation.value).into());
            demand(excess.is_nonnegative(), "⟨F, assemblage⟩ is not shown to be ≥ bound + violation")
        }
        Claim::Visibility { assemblage, noise, visibility } => {
            let mut reached = product(functional, noise);
            let gain = product(functional, assemblage).minus(&reached);
            demand(gain.is_positive(), "⟨F, assemblage⟩ is not shown to exceed ⟨F, noise⟩")?;
            reached.add(&gain.scaled(&visibility.value));
            let excess = reached.minus(&bound.value.clone().into());
            demand(excess.is_nonnegative(), "at the visibility ⟨F, mixture⟩ is not shown to reach the bound")
        }
        Claim::Robustness { assemblage, noise, least, robustness } => {
            let numbers = [&bound.value, &least.value, &robustness.value];
            quantifier::check_robustness(scenario, functional, numbers, assemblage, noise)
        }
        Claim::Weight { assemblage, general, most, weight } => {
            let numbers = [&bound.value, &most.value, &weight.value];
            quantifier::check_weight(scenario, functional, numbers, assemblage, general)
        }
        Claim::TraceDistance { assemblage, most, distance } => {
            let numbers = [&bound.value, &most.value, &distance.value];
            quantifier::check_trace_distance(scenario, functional, numbers, assemblage)
        }
    }
}

/// ⟨F, σ⟩ = Σ tr(F σ), real as both tables are Hermitian.
fn product(functional: &Table, assemblage: &Table) -> Real {
    let mut sum = Real::default();
    functional.iter().zip(assemblage).for_each(|(f, sigma)| sum.add(&trace_of_product(f, sigma)));
    sum
}

/// tr(F σ) of Hermitian matrices.
fn trace_of_product(f: &Matrix, sigma: &Matrix) -> Real {
    let mut sum = Real::default();
    for (i, row) in f.iter().enumerate() {
        for (j, entry) in row.iter().enumerate() {
            sum.add(&entry.re.times(&sigma[j][i].re));
            sum.sub(&entry.im.times(&sigma[j][i].im));
        }
    }
    sum
}

/// Demands Hermitian, in a Bell scenario diagonal matrices (docs/certificate.md §2).
fn check_table(scenario: &Scenario, table: &Table, name: &str) -> Checked<()> {
    let mut places = table.iter().enumerate();
    places.try_for_each(|(k, matrix)| check_matrix(matrix, scenario.is_bell(), &format!("{name}[{k}]")))
}

/// Demands of a functional what every table must satisfy, and zeros where an assemblage has no element.
fn check_functional(scenario: &Scenario, functional: &Table) -> Checked<()> {
    check_table(scenario, functional, "functional")?;
    let mut places = functional.iter().zip(scenario.seen()).enumerate();
    places.try_for_each(|(place, (f, seen))| {
        demand(seen || is_zero(f), || {
            format!(
                "functional[{place}] is not zero, where an instrumental assemblage has no element (y ≠ a)"
            )
        })
    })
}

fn is_zero(matrix: &Matrix) -> bool {
    matrix.iter().flatten().all(Complex::is_zero)
}

fn check_matrix(matrix: &Matrix, diagonal: bool, name: &str) -> Checked<()> {
    if let Some((i, j)) = not_hermitian_at(matrix) {
        return Err(Stop::Rejected(format!(
            "{name} is not Hermitian: its entries [{i}][{j}] and [{j}][{i}]"
        )));
    }
    if diagonal && !is_diagonal(matrix) {
        return Err(Stop::Rejected(format!("{name} is not diagonal, as a bell scenario demands")));
    }
    Ok(())
}

/// Demands the rules of docs/certificate.md §2.
fn check_assemblage(scenario: &Scenario, table: &Table, name: &str) -> Checked<()> {
    check_table(scenario, table, name)?;
    if scenario.is_instrumental() {
        check_normalised(scenario, table, name)
    } else {
        check_no_signalling(scenario, table, name)
    }
}

/// Demands that the traces sum to 1 for every x, all elements that are not seen being zero in the table.
fn check_normalised(scenario: &Scenario, table: &Table, name: &str) -> Checked<()> {
    let mut totals = vec![Real::default(); scenario.settings];
    for ((_, x, _), matrix) in scenario.labels().zip(table) {
        matrix.iter().enumerate().for_each(|(i, row)| totals[x].add(&row[i].re));
    }
    let one = Real::from(RBig::ONE);
    let mut totals = totals.iter().enumerate();
    totals.try_for_each(|(x, total)| {
        demand(*total == one, || format!("{name}: Σ_a tr σ_a|x is not 1 for x = {x}"))
    })
}

/// Demands no signalling and unit trace, where all elements are seen.
fn check_no_signalling(scenario: &Scenario, table: &Table, name: &str) -> Checked<()> {
    let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
    let at = |a, x, y| &table[scenario.place(a, x, y)];
    let trace = |a, x, y| {
        let mut sum = Real::default();
        (0..d).for_each(|i| sum.add(&at(a, x, y)[i][i].re));
        sum
    };
    for (a, x, y) in scenario.labels() {
        if trace(a, x, y) != trace(a, x, 0) {
            let reason = format!("{name}: tr σ_axy depends on y for a = {a}, x = {x}, y = {y}");
            return Err(Stop::Rejected(reason));
        }
    }
    for (x, y) in (0..settings).flat_map(|x| (0..inputs).map(move |y| (x, y))) {
        for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
            let marginal = |x| {
                let mut sum = Complex::default();
                (0..outcomes).for_each(|a| sum.add(&at(a, x, y)[i][j]));
                sum
            };
            if marginal(x) != marginal(0) {
                return Err(Stop::Rejected(format!("{name}: Σ_a σ_axy depends on x for x = {x}, y = {y}")));
            }
        }
    }
    let mut total = Real::default();
    (0..outcomes).for_each(|a| total.add(&trace(a, 0, 0)));
    if total != Real::from(RBig::ONE) {
        return Err(Stop::Rejected(format!("{name}: the trace of Σ_a σ_axy is not 1")));
    }
    steps::check_past(scenario, table, name)
}

/// A decimal approximation, for messages only.
fn about(q: &RBig) -> String {
    format!("{:.12e}", q.to_f64().value())
}
