//! From JSON to a [`Certificate`]: strict, with the place in every message. Only incompleteness is found here, so that a
//! malformed certificate is never called false.

mod quantifier;

use std::collections::HashMap;

use dashu_base::{BitTest, Gcd};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use crate::Checked;
use crate::algebra::{Algebra, Letter, Word};
use crate::certificate::{
    Bounded, Certificate, Choi, Claim, Component, Decimal, Example, Existence, Gram, Kind, Maps, Multipliers,
    Numbers, Partial, Proof, Reference, Scenario, SelfTest, Set, Shared, Statement, Step, Table, Vanishing,
    Witness,
};
use crate::json::{At, Json, start};
use crate::number::{Complex, Matrix, Real, square_free};
use crate::positive::Gaussian;

/// Steps of a sequential scenario (docs/certificate.md §2).
const MAX_STEPS: usize = 16;
/// Digits in the string of a number, and pairs in a real (docs/certificate.md §1).
const MAX_DIGITS: usize = 20_000;
const MAX_PAIRS: usize = 64;
/// Different square roots in a certificate (docs/certificate.md §1).
const MAX_ROOTS: usize = 128;
/// Complex numbers in a table, words, and letters in a word (docs/certificate.md §11).
const MAX_ENTRIES: u128 = 1 << 20;
const MAX_WORDS: usize = 4096;
const MAX_LETTERS: usize = 64;
/// Phases of the letters of a Gram matrix: a limit of this checker.
const MAX_PHASES: u32 = 1 << 16;
/// Terms of what vanishes, all together (docs/certificate.md §4).
const MAX_TERMS: usize = 1 << 20;
/// Largest number of deterministic strategies (docs/certificate.md §5).
const MAX_STRATEGIES: u128 = 1 << 16;
/// Components of a model, matrices of a channel, and the product of a model's dimensions (docs/certificate.md §7).
pub const MAX_COMPONENTS: usize = 64;
const MAX_KRAUS: usize = 4096;
const MAX_DIMENSION: usize = 4096;
/// Product of the dimensions of a map (docs/certificate.md §9).
const MAX_CHOI: usize = 1024;
/// Limit of this checker alone: complex numbers in the reference, in the multipliers or in the direct terms of the maps of
/// docs/certificate.md §9, each of these together.
const MAX_REFERENCE_ENTRIES: usize = 1 << 21;
/// Limit of this checker alone: (number of rationals) × (64-bit words of their common denominator and of the longest
/// numerator)², about the cost of adding them all up.
const MAX_WORK: u128 = 1 << 32;

/// Reads a certificate (docs/certificate.md §2); `said` receives the claim as soon as it is known.
pub fn certificate(json: &Json, said: &mut Option<String>) -> Checked<Certificate> {
    let root = At::root(json);
    let mut reader = Reader { roots: HashMap::new(), denominator: UBig::ONE, longest: 0, count: 0 };
    let head = root.key("claim")?;
    let (name, set, more): (_, _, &[&str]) = match head.key("kind")?.text()? {
        "quantum-bound" => ("bound", Set::Quantum, &["sense"]),
        "classical-bound" => ("bound", Set::CommonCause, &["sense"]),
        "no-signalling-bound" => ("bound", Set::NoSignalling, &["sense"]),
        "post-quantum" => ("violation", Set::Quantum, &["violation"]),
        "invalid" => ("violation", Set::NoSignalling, &["violation"]),
        "quantum-visibility" => ("visibility", Set::Quantum, &["visibility"]),
        "classical-visibility" => ("visibility", Set::CommonCause, &["visibility"]),
        kind @ ("quantum-value" | "quantum" | "quantum-mixture" | "quantum-approximation") => {
            return existence(&mut reader, &root, kind, said);
        }
        kind @ ("not-realisable" | "realisable-visibility" | "realisable") => {
            return from_reference(&mut reader, &root, kind, said);
        }
        "self-tested" => return self_tested(&mut reader, &root, said),
        kind @ ("robustness" | "weight" | "trace-distance") => {
            return quantifier::below(&mut reader, &root, kind, said);
        }
        kind @ ("robustness-at-most" | "weight-at-most" | "trace-distance-at-most") => {
            return quantifier::above(&mut reader, &root, kind, said);
        }
        _ => return head.key("kind")?.wrong("is no kind of claim"),
    };
    head.keys(&["kind", "bound"], more, &[])?;
    let tables: &[&str] = match name {
        "bound" => &[],
        "violation" => &["assemblage"],
        _ => &["assemblage", "noise"],
    };
    let required = ["format", "version", "scenario", "claim", "functional", "proof"];
    root.keys(&required, tables, &["title"])?;
    let scenario = heading(&root)?;
    if scenario.kind == Kind::Sequential && !(name == "bound" && set != Set::CommonCause) {
        return head.key("kind")?.wrong(NOT_SEQUENTIAL);
    }
    let bound = reader.decimal(&head.key("bound")?)?;
    let sign = |minimum| if minimum { "≥" } else { "≤" };
    let holds = |sign| format!("⟨F, σ⟩ {sign} {} for every {set} σ of this {scenario}", bound.text);
    let claim = match name {
        "bound" => {
            let minimum = minimum(&head)?;
            *said = Some(holds(sign(minimum)));
            Claim::Bound { minimum }
        }
        "violation" => {
            let violation = reader.decimal(&head.key("violation")?)?;
            *said = Some(format!(
                "this {} σ is {}: ⟨F, σ⟩ ≥ {} + {}, but {}",
                scenario.assemblage(),
                if set == Set::Quantum { "not quantum" } else { "invalid, for it is not no-signalling" },
                bound.text,
                violation.text,
                holds("≤")
            ));
            Claim::Violation {
                assemblage: reader.assemblage(&root.key("assemblage")?, &scenario)?,
                violation,
            }
        }
        _ => {
            let visibility = reader.decimal(&head.key("visibility")?)?;
            let because = match root.key("proof")?.has("vanishing") {
                true => format!("⟨F, σ⟩ ≤ {} for every quantum σ among them in this {scenario}", bound.text),
                false => holds("≤"),
            };
            *said = Some(format!(
                "v·assemblage + (1−v)·noise is not {set} for any v in ({}, 1], because {because}",
                visibility.text,
            ));
            let assemblage = reader.assemblage(&root.key("assemblage")?, &scenario)?;
            let noise = reader.assemblage(&root.key("noise")?, &scenario)?;
            Claim::Visibility { assemblage, noise, visibility }
        }
    };
    let functional = reader.table(&root.key("functional")?, &scenario)?;
    let proof = reader.proof(&root.key("proof")?, &scenario, set, name == "visibility")?;
    Ok(Certificate {
        scenario,
        statement: Statement::Bounded(Box::new(Bounded { claim, bound, functional, proof })),
    })
}

/// Why a claim is incomplete in a sequential scenario (docs/certificate.md §8).
const NOT_SEQUENTIAL: &str = "is no kind of claim in a sequential scenario";

/// The format, its version, the title and the scenario.
fn heading(root: &At) -> Checked<Scenario> {
    if root.key("format")?.text()? != "steerq-certificate" {
        return root.key("format")?.wrong("is not \"steerq-certificate\"");
    }
    if root.key("version")?.integer()? != 1 {
        return root.key("version")?.wrong("is not 1, the one version that this checker knows");
    }
    if root.has("title") {
        root.key("title")?.text()?;
    }
    scenario(&root.key("scenario")?)
}

/// Whether the sense of a claim is `min`.
fn minimum(head: &At) -> Checked<bool> {
    match head.key("sense")?.text()? {
        "max" => Ok(false),
        "min" => Ok(true),
        _ => head.key("sense")?.wrong("is neither \"max\" nor \"min\""),
    }
}

/// Reads a certificate that something is quantum.
fn existence(reader: &mut Reader, root: &At, kind: &str, said: &mut Option<String>) -> Checked<Certificate> {
    let head = root.key("claim")?;
    let (numbers, tables): (&[&str], &[&str]) = match kind {
        "quantum-value" => (&["sense", "value"], &["functional"]),
        "quantum" => (&[], &["assemblage"]),
        "quantum-mixture" => (&["visibility"], &["assemblage", "noise"]),
        _ => (&["deviation"], &["assemblage"]),
    };
    head.keys(&["kind"], numbers, &[])?;
    root.keys(&["format", "version", "scenario", "claim", "proof"], tables, &["title"])?;
    let scenario = heading(root)?;
    let proof = root.key("proof")?;
    let existence = match kind {
        "quantum-value" => {
            let (minimum, value) = (minimum(&head)?, reader.decimal(&head.key("value")?)?);
            let sign = if minimum { "≤" } else { "≥" };
            *said = Some(format!("⟨F, σ⟩ {sign} {} for some quantum σ of this {scenario}", value.text));
            let functional = reader.table(&root.key("functional")?, &scenario)?;
            Existence::Value { functional, minimum, value, example: reader.example(&proof, &scenario)? }
        }
        "quantum" => {
            *said = Some(format!("this {} is quantum, of this {scenario}", scenario.assemblage()));
            let assemblage = reader.assemblage(&root.key("assemblage")?, &scenario)?;
            let explicit = proof.key("method")?.text()? != "ghjw";
            let proof = match explicit {
                true if scenario.kind == Kind::Sequential => {
                    return proof.key("method")?.wrong("is not \"ghjw\", as a sequential scenario needs");
                }
                true => Some(reader.shared(&proof, &scenario)?),
                false if !steered_at_will(&scenario) => {
                    return proof
                        .key("method")?
                        .wrong("is \"ghjw\", which needs a traditional or sequential scenario");
                }
                false => proof.keys(&["method"], &[], &[]).map(|()| None)?,
            };
            Existence::Quantum { assemblage, proof }
        }
        "quantum-mixture" => {
            if scenario.kind == Kind::Sequential {
                return head.key("kind")?.wrong(NOT_SEQUENTIAL);
            }
            let visibility = reader.decimal(&head.key("visibility")?)?;
            *said = Some(format!(
                "v·assemblage + (1−v)·noise is quantum for v = {}, of this {scenario}",
                visibility.text
            ));
            if visibility.value < RBig::ZERO || visibility.value > RBig::ONE {
                return head.key("visibility")?.wrong("is not from 0 to 1");
            }
            let assemblage = reader.assemblage(&root.key("assemblage")?, &scenario)?;
            let noise = reader.assemblage(&root.key("noise")?, &scenario)?;
            Existence::Mixture { assemblage, noise, visibility, proof: reader.shared(&proof, &scenario)? }
        }
        _ => {
            let deviation = reader.decimal(&head.key("deviation")?)?;
            *said = Some(format!(
                "some quantum σ of this {scenario} differs from this {} by at most {} in every real and imaginary part",
                scenario.assemblage(),
                deviation.text
            ));
            let assemblage = reader.assemblage(&root.key("assemblage")?, &scenario)?;
            Existence::Approximation { assemblage, deviation, example: reader.example(&proof, &scenario)? }
        }
    };
    Ok(Certificate { scenario, statement: Statement::Existence(Box::new(existence)) })
}

/// Reads a certificate on what maps make of a reference (docs/certificate.md §9).
fn from_reference(
    reader: &mut Reader,
    root: &At,
    kind: &str,
    said: &mut Option<String>,
) -> Checked<Certificate> {
    let head = root.key("claim")?;
    let (numbers, tables): (&[&str], &[&str]) = match kind {
        "not-realisable" => (&["bound", "violation"], &["functional"]),
        "realisable-visibility" => (&["bound", "visibility"], &["functional", "noise"]),
        _ => (&["deviation"], &[]),
    };
    head.keys(&["kind", "maps"], numbers, &[])?;
    let required = ["format", "version", "scenario", "claim", "reference", "assemblage", "proof"];
    root.keys(&required, tables, &["title"])?;
    let scenario = heading(root)?;
    if scenario.kind == Kind::Sequential {
        return head.key("kind")?.wrong(NOT_SEQUENTIAL);
    }
    let maps = match head.key("maps")?.text()? {
        "cptp" => Maps::Channels,
        "decomposable" => Maps::Decomposable,
        _ => return head.key("maps")?.wrong("is neither \"cptp\" nor \"decomposable\""),
    };
    let decimal = |reader: &mut Reader, name| reader.decimal(&head.key(name)?);
    // Nothing is claimed of what is not given, so the claim is known only with the assemblage.
    let whole = scenario.assemblage();
    let all = scenario.seen().filter(|seen| *seen).count();
    let count = |assemblage: &Partial| assemblage.given.iter().filter(|given| **given).count();
    let read_target = |reader: &mut Reader| {
        let assemblage = reader.partial(&root.key("assemblage")?, &scenario)?;
        let part = match count(&assemblage) {
            given if given == all => String::new(),
            given => format!(" ({given} of {all} elements)"),
        };
        Ok((assemblage, part))
    };
    if kind == "realisable" {
        let deviation = decimal(reader, "deviation")?;
        let (assemblage, part) = read_target(reader)?;
        let meaning = match maps {
            _ if !deviation.value.is_zero() || count(&assemblage) < all => String::new(),
            Maps::Channels => format!("; so the {whole} is quantum"),
            Maps::Decomposable => "; so whatever Bob measures has quantum correlations".to_owned(),
        };
        *said = Some(format!(
            "{maps} make of the reference what differs from the {whole}{part} by at most {} in every real and \
             imaginary part, in this {scenario}{meaning}",
            deviation.text
        ));
        let reference = reader.reference(&root.key("reference")?, &scenario)?;
        let maps = reader.choi(&root.key("proof")?, &scenario, maps, reference.dimension)?;
        let existence = Existence::Realisable { reference, assemblage, deviation, maps };
        return Ok(Certificate { scenario, statement: Statement::Existence(Box::new(existence)) });
    }
    let bound = decimal(reader, "bound")?;
    let holds =
        format!("⟨F, σ⟩ ≤ {} for every σ that {maps} make of the reference in this {scenario}", bound.text);
    let (claim, given) = match kind {
        "not-realisable" => {
            let violation = decimal(reader, "violation")?;
            let (Partial { table: assemblage, given }, part) = read_target(reader)?;
            *said = Some(format!(
                "no {maps} make the {whole}{part} of the reference: ⟨F, σ⟩ ≥ {} + {} for it, but {holds}",
                bound.text, violation.text
            ));
            (Claim::Violation { assemblage, violation }, given)
        }
        _ => {
            let visibility = decimal(reader, "visibility")?;
            let (Partial { table: assemblage, given }, part) = read_target(reader)?;
            *said = Some(format!(
                "no {maps} make v·assemblage + (1−v)·noise{part} of the reference for any v in ({}, 1], because \
                 {holds}",
                visibility.text
            ));
            let noise_at = root.key("noise")?;
            let noise = reader.partial(&noise_at, &scenario)?;
            if let Some(k) = (0..given.len()).find(|&k| given[k] != noise.given[k]) {
                let which = if given[k] { "noise alone" } else { "assemblage alone" };
                return noise_at.wrong(&format!("element {k} is null in the {which}"));
            }
            (Claim::Visibility { assemblage, noise: noise.table, visibility }, given)
        }
    };
    let reference = reader.reference(&root.key("reference")?, &scenario)?;
    let functional = reader.table(&root.key("functional")?, &scenario)?;
    let proof = root.key("proof")?;
    proof.method("witness")?;
    proof.keys(&["method", "multipliers"], &[], &[])?;
    let multipliers = reader.multipliers(&proof, &scenario, reference.dimension)?;
    let proof = Proof::Witness(Witness { maps, reference, given, multipliers });
    Ok(Certificate {
        scenario,
        statement: Statement::Bounded(Box::new(Bounded { claim, bound, functional, proof })),
    })
}

/// Reads a certificate that an assemblage is not quantum, from what it has at one input (docs/certificate.md §10).
fn self_tested(reader: &mut Reader, root: &At, said: &mut Option<String>) -> Checked<Certificate> {
    let head = root.key("claim")?;
    head.keys(&["kind", "input", "bound", "violation"], &[], &[])?;
    let required = ["format", "version", "scenario", "claim", "functional", "assemblage", "proof"];
    root.keys(&required, &[], &["title"])?;
    let scenario = heading(root)?;
    if scenario.kind == Kind::Sequential {
        return head.key("kind")?.wrong(NOT_SEQUENTIAL);
    }
    if scenario.is_instrumental() {
        return head.key("kind")?.wrong("is no kind of claim in an instrumental scenario");
    }
    let Scenario { inputs, dimension: d, .. } = scenario;
    let input = head.key("input")?;
    let input = match usize::try_from(input.integer()?) {
        Ok(number) if number < inputs => number,
        _ => return input.wrong(&format!("is not between 0 and {}", inputs - 1)),
    };
    let bound = reader.decimal(&head.key("bound")?)?;
    let violation = reader.decimal(&head.key("violation")?)?;
    *said = Some(format!(
        "this assemblage σ is not quantum: ⟨F, σ⟩ ≥ {} + {}, but ⟨F, σ⟩ ≤ {} for every quantum σ of this \
         {scenario} with the same elements for y = {input}",
        bound.text, violation.text, bound.text
    ));
    if d > MAX_CHOI / d {
        return root.key("scenario")?.wrong(&format!("means maps of more than {MAX_CHOI} dimensions"));
    }
    let assemblage = reader.table(&root.key("assemblage")?, &scenario)?;
    let functional = reader.table(&root.key("functional")?, &scenario)?;
    let proof = root.key("proof")?;
    proof.method("self-test")?;
    proof.keys(&["method", "margin", "multipliers"], &[], &[])?;
    let margin = reader.rational(&proof.key("margin")?)?;
    if margin <= RBig::ZERO {
        return proof.key("margin")?.wrong("is not positive");
    }
    let multipliers = reader.multipliers(&proof, &scenario, d)?;
    let reference = assemblage.iter().skip(input).step_by(inputs).cloned().collect();
    let proof = Proof::SelfTest(SelfTest { reference, margin, multipliers });
    let claim = Claim::Violation { assemblage, violation };
    Ok(Certificate {
        scenario,
        statement: Statement::Bounded(Box::new(Bounded { claim, bound, functional, proof })),
    })
}

/// Whether every assemblage of the scenario is quantum (docs/certificate.md §8).
fn steered_at_will(scenario: &Scenario) -> bool {
    matches!(scenario.kind, Kind::Traditional | Kind::Sequential)
}

/// The steps of a sequential scenario, from the lists of their settings and outcomes.
fn steps(at: &At) -> Checked<Vec<Step>> {
    let numbers = |key, least: usize| {
        let at = at.key(key)?;
        let list = at.list()?;
        if !(1..=MAX_STEPS).contains(&list.len()) {
            return at.wrong(&format!("has {} items, not 1 to {MAX_STEPS}", list.len()));
        }
        let number = |at: At| match usize::try_from(at.integer()?) {
            Ok(number) if number >= least => Ok(number),
            _ => at.wrong(&format!("is less than {least}")),
        };
        list.map(number).collect::<Checked<Vec<usize>>>()
    };
    let (settings, outcomes) = (numbers("settings", 1)?, numbers("outcomes", 2)?);
    if settings.len() != outcomes.len() {
        return at.key("outcomes")?.wrong("has not as many items as the settings");
    }
    Ok(settings.into_iter().zip(outcomes).map(|(settings, outcomes)| Step { settings, outcomes }).collect())
}

/// The scenario of a certificate.
pub fn scenario(at: &At) -> Checked<Scenario> {
    at.keys(&["kind", "settings", "outcomes", "inputs", "dimension"], &[], &[])?;
    let kind = match at.key("kind")?.text()? {
        "traditional" => Kind::Traditional,
        "sequential" => Kind::Sequential,
        "bob-with-input" => Kind::BobWithInput,
        "bell" => Kind::Bell,
        "instrumental" => Kind::Instrumental,
        "instrumental-bell" => Kind::InstrumentalBell,
        _ => return at.key("kind")?.wrong("is no kind of scenario"),
    };
    let number = |key, least| {
        let at = at.key(key)?;
        match usize::try_from(at.integer()?) {
            Ok(number) if number >= least => Ok(number),
            _ => at.wrong(&format!("is less than {least}")),
        }
    };
    let steps = if kind == Kind::Sequential { steps(at)? } else { Vec::new() };
    let (settings, outcomes) = match kind {
        Kind::Sequential => {
            // What does not fit is beyond the limit on entries, and so is the largest number.
            let product =
                |number: fn(&Step) -> usize| steps.iter().map(number).fold(1, usize::saturating_mul);
            (product(|step| step.settings), product(|step| step.outcomes))
        }
        _ => (number("settings", 1)?, number("outcomes", 2)?),
    };
    let (inputs, dimension) = (number("inputs", 1)?, number("dimension", 2)?);
    if matches!(kind, Kind::Traditional | Kind::Sequential) && inputs != 1 {
        return at.key("inputs")?.wrong("is not 1, as a traditional or sequential scenario has it");
    }
    if matches!(kind, Kind::Instrumental | Kind::InstrumentalBell) && inputs != outcomes {
        return at.key("inputs")?.wrong("is not the number of outcomes, as an instrumental scenario has it");
    }
    let entries = [settings, outcomes, inputs, dimension, dimension]
        .iter()
        .try_fold(1_u128, |product, factor| product.checked_mul(*factor as u128));
    match entries {
        Some(entries) if entries <= MAX_ENTRIES => {
            Ok(Scenario { kind, settings, outcomes, inputs, dimension, steps })
        }
        _ => at.wrong(&format!("means tables of more than {MAX_ENTRIES} entries")),
    }
}

/// An unsigned integer from decimal digits alone.
fn digits(text: &str) -> Option<UBig> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    UBig::from_str_radix(text, 10).ok()
}

/// `p` or `p/q` (docs/certificate.md §1).
fn parse_rational(text: &str) -> Option<RBig> {
    let (sign, text) = text.strip_prefix('-').map_or((IBig::ONE, text), |rest| (IBig::NEG_ONE, rest));
    let (p, q) = text.split_once('/').unwrap_or((text, "1"));
    let (p, q) = (digits(p)?, digits(q)?);
    (!q.is_zero()).then(|| RBig::from_parts(sign * p, q))
}

/// Digits with at most one point between them (docs/certificate.md §1).
fn parse_decimal(text: &str) -> Option<RBig> {
    let (sign, text) = text.strip_prefix('-').map_or((IBig::ONE, text), |rest| (IBig::NEG_ONE, rest));
    let Some((whole, fraction)) = text.split_once('.') else {
        return Some(RBig::from(sign * digits(text)?));
    };
    let (whole, parts) = (digits(whole)?, digits(fraction)?);
    let unit = UBig::from(10_u8).pow(fraction.len());
    Some(RBig::from_parts(sign * (whole * &unit + parts), unit))
}

/// How a real is read: in general, or in a place where the page allows only a rational.
type Part = fn(&mut Reader, &At) -> Checked<Real>;

/// Where only a rational is allowed.
const RATIONAL: Part = |reader, at| Ok(reader.rational(at)?.into());

/// Reads numbers, and keeps account of how much they can cost.
struct Reader {
    /// d ↦ (k, m) with d = k²·m.
    roots: HashMap<u64, (u64, u64)>,
    /// A common denominator of all rationals so far, the bits of their longest numerator, and their number.
    denominator: UBig,
    longest: usize,
    count: u128,
}

impl Reader {
    fn number(&mut self, at: &At, parse: fn(&str) -> Option<RBig>, form: &str) -> Checked<RBig> {
        let text = at.text()?;
        if text.bytes().filter(u8::is_ascii_digit).count() > MAX_DIGITS {
            return at.wrong(&format!("has more than {MAX_DIGITS} digits"));
        }
        let Some(value) = parse(text) else {
            return at.wrong(&format!("{:?} is not of the form {form}", start(text)));
        };
        self.counted(at, value)
    }

    /// A number whose cost is taken into account.
    fn counted(&mut self, at: &At, value: RBig) -> Checked<RBig> {
        if value.denominator().bit_len() > 1 && !(&self.denominator % value.denominator()).is_zero() {
            let common = (&self.denominator).gcd(value.denominator());
            self.denominator *= value.denominator() / common;
        }
        self.longest = self.longest.max(value.numerator().bit_len());
        self.count += 1;
        let words = 1 + (self.denominator.bit_len() + self.longest) as u128 / 64;
        if self.count * words * words > MAX_WORK {
            return at.wrong("the numbers up to here are too long and too many for this checker");
        }
        Ok(value)
    }

    fn rational(&mut self, at: &At) -> Checked<RBig> {
        if let Some(value) = at.double().and_then(|double| RBig::try_from(double).ok()) {
            return self.counted(at, value);
        }
        self.number(at, parse_rational, "\"p\" or \"p/q\"")
    }

    fn decimal(&mut self, at: &At) -> Checked<Decimal> {
        let value = self.number(at, parse_decimal, "of a decimal fraction")?;
        Ok(Decimal { text: at.text()?.to_owned(), value })
    }

    fn real(&mut self, at: &At) -> Checked<Real> {
        if at.is_text() {
            return Ok(self.rational(at)?.into());
        }
        let pairs = at.list()?;
        if pairs.len() > MAX_PAIRS {
            return at.wrong(&format!("has more than {MAX_PAIRS} pairs"));
        }
        let (mut real, mut seen) = (Real::default(), Vec::new());
        for pair in pairs {
            let parts: Vec<_> = pair.list_of(2)?.collect();
            let q = self.rational(&parts[0])?;
            let d = match u64::try_from(parts[1].integer()?) {
                Ok(d) if d > 0 && !seen.contains(&d) => d,
                _ => return parts[1].wrong("is not positive, or stands twice"),
            };
            seen.push(d);
            if self.roots.len() == MAX_ROOTS && !self.roots.contains_key(&d) {
                return parts[1].wrong(&format!("more than {MAX_ROOTS} different roots"));
            }
            let (k, m) = *self.roots.entry(d).or_insert_with(|| square_free(d));
            real.add_term(m.into(), &(q * RBig::from(k)));
        }
        Ok(real)
    }

    /// A matrix of complex numbers whose parts are read by `part`.
    fn matrix(&mut self, at: &At, dimension: usize, part: Part) -> Checked<Matrix> {
        let mut entry = |at: At| {
            if !at.is_object() {
                return Ok(Complex { re: part(self, &at)?, im: Real::default() });
            }
            at.keys(&["re", "im"], &[], &[])?;
            Ok(Complex { re: part(self, &at.key("re")?)?, im: part(self, &at.key("im")?)? })
        };
        at.list_of(dimension)?.map(|row| row.list_of(dimension)?.map(&mut entry).collect()).collect()
    }

    fn table(&mut self, at: &At, scenario: &Scenario) -> Checked<Table> {
        let Scenario { settings, outcomes, inputs, dimension, .. } = *scenario;
        at.list_of(outcomes * settings * inputs)?
            .map(|matrix| self.matrix(&matrix, dimension, Reader::real))
            .collect()
    }

    /// A table with null for the elements that are not given, and no others; they are zero in what is read.
    fn table_of(
        &mut self,
        at: &At,
        scenario: &Scenario,
        given: impl Iterator<Item = bool>,
    ) -> Checked<Table> {
        let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
        let list = at.list_of(outcomes * settings * inputs)?;
        let element = |(matrix, given): (At, bool)| match (given, matrix.is_null()) {
            (true, _) => self.matrix(&matrix, d, Reader::real),
            (false, true) => Ok(vec![vec![Complex::default(); d]; d]),
            (false, false) => matrix.wrong("is not null, as an instrumental scenario has it in this place"),
        };
        list.zip(given).map(element).collect()
    }

    /// An assemblage or noise, which in an instrumental scenario has null for what is not seen.
    fn assemblage(&mut self, at: &At, scenario: &Scenario) -> Checked<Table> {
        self.table_of(at, scenario, scenario.seen())
    }

    /// A table in which elements may be null or, in an instrumental scenario, those that are not seen have to be.
    fn partial(&mut self, at: &At, scenario: &Scenario) -> Checked<Partial> {
        if scenario.is_instrumental() {
            return Ok(Partial { table: self.assemblage(at, scenario)?, given: scenario.seen().collect() });
        }
        let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
        let (mut table, mut given) = (Vec::new(), Vec::new());
        for matrix in at.list_of(outcomes * settings * inputs)? {
            given.push(!matrix.is_null());
            table.push(match matrix.is_null() {
                true => vec![vec![Complex::default(); d]; d],
                false => self.matrix(&matrix, d, Reader::real)?,
            });
        }
        if !given.contains(&true) {
            return at.wrong("has no element that is given");
        }
        Ok(Partial { table, given })
    }

    fn reference(&mut self, at: &At, scenario: &Scenario) -> Checked<Reference> {
        at.keys(&["dimension", "elements"], &[], &[])?;
        let largest = MAX_CHOI / scenario.dimension;
        let dimension = match usize::try_from(at.key("dimension")?.integer()?) {
            Ok(number) if (1..=largest).contains(&number) => number,
            _ => return at.key("dimension")?.wrong(&format!("is not between 1 and {largest}")),
        };
        let count = scenario.outcomes * scenario.settings;
        let elements = self.matrices(&at.key("elements")?, count, dimension, Reader::real)?;
        Ok(Reference { dimension, elements })
    }

    /// The K_y of docs/certificate.md §9 for a reference of this dimension.
    fn multipliers(&mut self, proof: &At, scenario: &Scenario, dimension: usize) -> Checked<Vec<Matrix>> {
        self.matrices(&proof.key("multipliers")?, scenario.inputs, dimension, RATIONAL)
    }

    /// As many matrices as they have to be, within the limit on their entries.
    fn matrices(&mut self, at: &At, count: usize, dimension: usize, part: Part) -> Checked<Vec<Matrix>> {
        let list = at.list_of(count)?;
        if count.saturating_mul(dimension * dimension) > MAX_REFERENCE_ENTRIES {
            return at.wrong(&format!("has more than {MAX_REFERENCE_ENTRIES} entries"));
        }
        list.map(|matrix| self.matrix(&matrix, dimension, part)).collect()
    }

    /// Maps from a reference of this dimension (docs/certificate.md §9).
    fn choi(&mut self, proof: &At, scenario: &Scenario, maps: Maps, dimension: usize) -> Checked<Vec<Choi>> {
        proof.method("choi")?;
        proof.keys(&["method", "maps"], &[], &[])?;
        let at = proof.key("maps")?;
        let list = at.list_of(scenario.inputs)?;
        let size = dimension * scenario.dimension;
        if scenario.inputs.saturating_mul(size * size) > MAX_REFERENCE_ENTRIES {
            return at.wrong(&format!("has more than {MAX_REFERENCE_ENTRIES} entries"));
        }
        let optional: &[&str] = if maps == Maps::Decomposable { &["transposed"] } else { &[] };
        let map = |map: At| {
            map.keys(&["direct"], &[], optional)?;
            let direct = self.matrix(&map.key("direct")?, size, RATIONAL)?;
            let transposed = match map.has("transposed") {
                true => Some(self.matrix(&map.key("transposed")?, size, RATIONAL)?),
                false => None,
            };
            Ok(Choi { direct, transposed })
        };
        list.map(map).collect()
    }

    /// What shows that something is quantum: a model or, where that is enough, a positive table.
    fn example(&mut self, at: &At, scenario: &Scenario) -> Checked<Example> {
        let by_model = match scenario.kind {
            Kind::Sequential => false,
            _ => !steered_at_will(scenario) || at.key("method")?.text()? != "ghjw",
        };
        if by_model {
            return self.model(at, scenario, &[]).map(Example::Model);
        }
        at.method("ghjw")?;
        at.keys(&["method", "near"], &[], &[])?;
        self.table(&at.key("near")?, scenario).map(Example::Near)
    }

    /// The multipliers of docs/certificate.md §6, step by step.
    fn steps(&mut self, at: &At, scenario: &Scenario) -> Checked<Proof> {
        at.method("steps")?;
        at.keys(&["method", "multipliers"], &[], &[])?;
        let multipliers = at.key("multipliers")?;
        let (mut settings, mut outcomes, mut read) = (1_usize, 1_usize, Vec::new());
        // Never more than the tables have: every step has at least two outcomes.
        for (list, step) in multipliers.list_of(scenario.steps.len())?.zip(&scenario.steps) {
            settings = settings.saturating_mul(step.settings);
            let matrices = list.list_of(outcomes.saturating_mul(settings))?;
            read.push(
                matrices.map(|m| self.matrix(&m, scenario.dimension, RATIONAL)).collect::<Checked<_>>()?,
            );
            outcomes = outcomes.saturating_mul(step.outcomes);
        }
        Ok(Proof::Steps(read))
    }

    /// The proof of a bound, which for mixtures of two assemblages may use what vanishes in both.
    fn proof(&mut self, at: &At, scenario: &Scenario, set: Set, of_mixtures: bool) -> Checked<Proof> {
        if scenario.kind == Kind::Sequential {
            return self.steps(at, scenario);
        }
        let (method, keys): (_, &[&str]) = match set {
            Set::Quantum => ("gram", &["words", "gram", "margin"]),
            Set::CommonCause => ("strategies", &["eigenvalue_bounds"]),
            Set::NoSignalling => ("multipliers", &["marginal", "trace"]),
        };
        at.method(method)?;
        let optional: &[&str] = match set {
            Set::Quantum if of_mixtures => &["letters", "vanishing"],
            Set::Quantum => &["letters"],
            _ => &[],
        };
        at.keys(&["method"], keys, optional)?;
        match set {
            Set::Quantum => self.gram(at, scenario).map(Proof::Gram),
            Set::CommonCause => {
                let strategies = strategies(at, scenario)?;
                let mut bounds = |row: At| {
                    row.list_of(scenario.inputs)?.map(|bound| self.rational(&bound)).collect::<Checked<_>>()
                };
                let rows = at.key("eigenvalue_bounds")?;
                let rows = rows.list_of(strategies)?.map(&mut bounds).collect::<Checked<_>>()?;
                Ok(Proof::Strategies(rows))
            }
            Set::NoSignalling => self.general(at, scenario).map(Proof::Multipliers),
        }
    }

    /// The multipliers of docs/certificate.md §6.
    fn general(&mut self, at: &At, scenario: &Scenario) -> Checked<Multipliers> {
        at.method("multipliers")?;
        at.keys(&["method", "marginal", "trace"], &[], &[])?;
        let Scenario { settings, outcomes, inputs, dimension, .. } = *scenario;
        let marginal = at.key("marginal")?;
        let marginal = marginal.list_of(settings * inputs)?;
        let marginal = marginal.map(|matrix| self.matrix(&matrix, dimension, RATIONAL));
        let marginal = marginal.collect::<Checked<_>>()?;
        let trace = at.key("trace")?;
        let trace = trace.list_of(outcomes * settings * inputs)?.map(|t| self.rational(&t));
        Ok(Multipliers { marginal, trace: trace.collect::<Checked<_>>()? })
    }

    /// A model with its share, and what completes an instrumental target (docs/certificate.md §7).
    fn shared(&mut self, at: &At, scenario: &Scenario) -> Checked<Shared> {
        let more: &[&str] = if scenario.is_instrumental() { &["share", "completion"] } else { &["share"] };
        let model = self.model(at, scenario, more)?;
        let share = self.rational(&at.key("share")?)?;
        if share <= RBig::ZERO || share >= RBig::ONE {
            return at.key("share")?.wrong("is not between 0 and 1");
        }
        Ok(Shared { model, share, completion: self.completion(at, scenario)? })
    }

    /// What completes an instrumental target.
    fn completion(&mut self, at: &At, scenario: &Scenario) -> Checked<Option<Table>> {
        if !scenario.is_instrumental() {
            return Ok(None);
        }
        let unseen = scenario.seen().map(|seen| !seen);
        self.table_of(&at.key("completion")?, scenario, unseen).map(Some)
    }

    fn model(&mut self, at: &At, scenario: &Scenario, more: &[&str]) -> Checked<Vec<Component>> {
        at.method("model")?;
        at.keys(&["method", "components"], more, &[])?;
        let components = at.key("components")?;
        let list = components.list()?;
        if !(1..=MAX_COMPONENTS).contains(&list.len()) {
            return components.wrong(&format!("has {} items, not 1 to {MAX_COMPONENTS}", list.len()));
        }
        list.map(|at| self.component(&at, scenario)).collect()
    }

    fn component(&mut self, at: &At, scenario: &Scenario) -> Checked<Component> {
        let Scenario { settings, outcomes, inputs, dimension: d, .. } = *scenario;
        at.keys(&["weight", "alice", "bob", "state", "measurements", "channels"], &[], &[])?;
        let weight = self.rational(&at.key("weight")?)?;
        if weight <= RBig::ZERO {
            return at.key("weight")?.wrong("is not positive");
        }
        let dimension = |key| {
            let at = at.key(key)?;
            match usize::try_from(at.integer()?) {
                Ok(number) if (1..=MAX_DIMENSION).contains(&number) => Ok(number),
                _ => at.wrong(&format!("is not between 1 and {MAX_DIMENSION}")),
            }
        };
        let (alice, bob) = (dimension("alice")?, dimension("bob")?);
        if alice * bob > MAX_DIMENSION {
            return at.wrong(&format!("has dimensions whose product is above {MAX_DIMENSION}"));
        }
        let state = at.key("state")?;
        let state_read = self.numbers(state.list_of(alice * bob)?)?;
        if state_read.numerators.iter().all(|z| *z == Gaussian::default()) {
            return state.wrong("is zero");
        }
        let measurements = at.key("measurements")?;
        let measurements = self.rectangles(measurements.list_of(settings * outcomes)?, alice, alice)?;
        let channels = at.key("channels")?;
        let channels = channels.list_of(inputs)?.map(|channel| {
            let list = channel.list()?;
            if !(1..=MAX_KRAUS).contains(&list.len()) {
                return channel.wrong(&format!("has {} items, not 1 to {MAX_KRAUS}", list.len()));
            }
            self.rectangles(list, d, bob)
        });
        let channels = channels.collect::<Checked<_>>()?;
        Ok(Component { weight, alice, bob, state: state_read, measurements, channels })
    }

    /// Matrices of rational complex numbers, one after the other, over one denominator.
    fn rectangles<'a>(
        &mut self,
        matrices: impl Iterator<Item = At<'a>>,
        rows: usize,
        columns: usize,
    ) -> Checked<Numbers> {
        let mut parts = Vec::new();
        for matrix in matrices {
            for row in matrix.list_of(rows)? {
                for entry in row.list_of(columns)? {
                    parts.push(self.rational_complex(&entry)?);
                }
            }
        }
        Ok(common(&parts))
    }

    fn numbers<'a>(&mut self, list: impl Iterator<Item = At<'a>>) -> Checked<Numbers> {
        let parts: Vec<_> = list.map(|at| self.rational_complex(&at)).collect::<Checked<_>>()?;
        Ok(common(&parts))
    }

    /// A complex number whose parts are rationals.
    fn rational_complex(&mut self, at: &At) -> Checked<(RBig, RBig)> {
        if !at.is_object() {
            return Ok((self.rational(at)?, RBig::ZERO));
        }
        at.keys(&["re", "im"], &[], &[])?;
        Ok((self.rational(&at.key("re")?)?, self.rational(&at.key("im")?)?))
    }

    fn gram(&mut self, at: &At, scenario: &Scenario) -> Checked<Gram> {
        let unitary = at.has("letters");
        if unitary && at.key("letters")?.text()? != "unitary" {
            return at.key("letters")?.wrong("is not \"unitary\"");
        }
        let algebra = scenario.algebra(unitary);
        if algebra.order() > MAX_PHASES {
            return at.wrong(&format!(
                "has letters with more than {MAX_PHASES} phases, too many for this checker"
            ));
        }
        let words_at = at.key("words")?;
        let list = words_at.list()?;
        let n = list.len();
        if !(1..=MAX_WORDS).contains(&n) {
            return words_at.wrong(&format!("has {n} words, not 1 to {MAX_WORDS}"));
        }
        let words = list.map(|word| read_word(&word, scenario, &algebra)).collect::<Checked<_>>()?;
        let gram = at.key("gram")?;
        gram.keys(&["scale", "re"], &[], &["im"])?;
        let scale = match gram.key("scale")?.integer()? {
            scale @ 0..=1000 => scale as usize,
            _ => return gram.key("scale")?.wrong("is not between 0 and 1000"),
        };
        let length = n * (n + 1) / 2;
        let re = gram.key("re")?.integers(length)?;
        let im = if gram.has("im") { gram.key("im")?.integers(length)? } else { Vec::new() };
        if let Some(i) = (0..n).find(|i| im.get(i * (i + 3) / 2).is_some_and(|&im| im != 0)) {
            return gram.wrong(&format!("diagonal entry {i} is not real"));
        }
        let margin = self.rational(&at.key("margin")?)?;
        if margin < RBig::ZERO {
            return at.key("margin")?.wrong("is negative");
        }
        let vanishing = match at.has("vanishing") {
            true => self.vanishing(&at.key("vanishing")?, scenario, &algebra)?,
            false => Vec::new(),
        };
        Ok(Gram { unitary, words, scale, re, im, margin, vanishing })
    }

    /// What vanishes, one or more.
    fn vanishing(&mut self, at: &At, scenario: &Scenario, algebra: &Algebra) -> Checked<Vec<Vanishing>> {
        let mut left = MAX_TERMS;
        let mut one = |at: At| {
            at.keys(&["outcome", "setting", "input", "operator", "terms"], &[], &[])?;
            let label = |key, count| match usize::try_from(at.key(key)?.integer()?) {
                Ok(label) if label < count => Ok(label),
                _ => at.key(key)?.wrong("is no label of this scenario"),
            };
            let outcome = label("outcome", scenario.outcomes)?;
            let setting = label("setting", scenario.settings)?;
            let input = label("input", scenario.inputs)?;
            if scenario.is_instrumental() && input != outcome {
                return at.key("input")?.wrong("is not the outcome: this element is not seen");
            }
            let operator = self.matrix(&at.key("operator")?, scenario.dimension, Reader::real)?;
            let list_at = at.key("terms")?;
            let list = list_at.list()?;
            let count = list.len();
            if count == 0 || count > left {
                return list_at.wrong(&format!(
                    "has {count} terms: at least 1 and, with all others, at most {MAX_TERMS}"
                ));
            }
            left -= count;
            let term = |term: At| {
                let parts: Vec<At> = term.list_of(3)?.collect();
                let word = read_word(&parts[0], scenario, algebra)?;
                Ok((word, (parts[1].short_integer()?, parts[2].short_integer()?)))
            };
            Ok(Vanishing {
                outcome,
                setting,
                input,
                operator,
                terms: list.map(term).collect::<Checked<_>>()?,
            })
        };
        let list = at.list()?;
        if list.len() == 0 {
            return at.wrong("has no object");
        }
        list.map(&mut one).collect()
    }
}

/// How many deterministic strategies Alice has.
fn strategies(at: &At, scenario: &Scenario) -> Checked<usize> {
    let power =
        u32::try_from(scenario.settings).ok().and_then(|s| (scenario.outcomes as u128).checked_pow(s));
    match power {
        Some(strategies) if strategies <= MAX_STRATEGIES => Ok(strategies as usize),
        _ => at.wrong(&format!("there are more than {MAX_STRATEGIES} strategies")),
    }
}

/// The numbers over their least common denominator.
fn common(parts: &[(RBig, RBig)]) -> Numbers {
    let mut denominator = UBig::ONE;
    for q in parts.iter().flat_map(|(re, im)| [re.denominator(), im.denominator()]) {
        if !(&denominator % q).is_zero() {
            denominator *= q / (&denominator).gcd(q);
        }
    }
    let integer = |q: &RBig| q.numerator() * (&denominator / q.denominator());
    let numerators = parts.iter().map(|(re, im)| Gaussian { re: integer(re), im: integer(im) }).collect();
    Numbers { denominator, numerators }
}

/// A word in normal form (docs/certificate.md §4).
fn read_word(at: &At, scenario: &Scenario, algebra: &Algebra) -> Checked<Word> {
    let mut word: Word = Vec::new();
    let letters = at.list()?;
    if letters.len() > MAX_LETTERS {
        return at.wrong(&format!("has more than {MAX_LETTERS} letters"));
    }
    for letter in letters {
        let mut parts = [0; 3];
        for (part, number) in parts.iter_mut().zip(letter.list_of(3)?) {
            *part = match u32::try_from(number.integer()?) {
                Ok(number) => number,
                Err(_) => return number.wrong("is not a label"),
            };
        }
        let [device, input, index] = parts;
        let inputs = [scenario.settings, scenario.inputs];
        if device > 1 || input as usize >= inputs[device as usize] {
            return letter.wrong("names no device or no input of this scenario");
        }
        if !algebra.devices[device as usize].letters().contains(&index) {
            return letter.wrong("has an index that is no letter of this scenario");
        }
        let letter_read = Letter { device, input, index };
        let ordered = |last: &Letter| last.device < device || (last.device == device && last.input != input);
        if !word.last().is_none_or(ordered) {
            return letter.wrong("breaks the normal form: the word's letters are out of order or merge");
        }
        word.push(letter_read);
    }
    Ok(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_numbers() {
        let q = |p: i64, d: u64| Some(RBig::from_parts(p.into(), d.into()));
        for (text, value) in [
            ("5", q(5, 1)),
            ("-0", q(0, 1)),
            ("-6/4", q(-3, 2)),
            ("007/010", q(7, 10)),
            ("1/0", None),
            ("1/", None),
            ("/2", None),
            ("1/-2", None),
            ("1/2/3", None),
            ("0.5", None),
            ("", None),
            ("-", None),
            ("0x10", None),
        ] {
            assert_eq!(parse_rational(text), value, "{text}");
        }
        for (text, value) in [
            ("4.8989794856", q(48_989_794_856, 10_000_000_000)),
            ("-0.50", q(-1, 2)),
            ("12", q(12, 1)),
            ("1.2.3", None),
            ("1.-2", None),
            ("1/2", None),
            (".", None),
        ] {
            assert_eq!(parse_decimal(text), value, "{text}");
        }
    }
}
