//! From JSON to a [`Certificate`]: strict, with the place in every message. Only incompleteness is found here, so that a
//! malformed certificate is never called false.

use std::collections::HashMap;
use std::fmt;

use dashu_base::{BitTest, Gcd};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use crate::algebra::{Algebra, Device, Letter, Word};
use crate::json::Json;
use crate::number::{Complex, Matrix, Real, square_free};
use crate::{Checked, Stop};

/// Digits in the string of a number, and pairs in a real (docs/certificate.md §1).
const MAX_DIGITS: usize = 20_000;
const MAX_PAIRS: usize = 64;
/// Complex numbers in a table, words, and letters in a word (docs/certificate.md §7).
const MAX_ENTRIES: u128 = 1 << 20;
const MAX_WORDS: usize = 4096;
const MAX_LETTERS: usize = 64;
/// Largest number of deterministic strategies (docs/certificate.md §5).
const MAX_STRATEGIES: u128 = 1 << 16;
/// Limits of this checker alone: different square roots; and (number of rationals) × (64-bit words of their common
/// denominator and of the longest numerator)², about the cost of adding them all up.
const MAX_ROOTS: usize = 512;
const MAX_WORK: u128 = 1 << 32;

/// What kind of scenario (docs/certificate.md §2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Traditional,
    BobWithInput,
    Bell,
}

/// A scenario; `dimension` is Bob's dimension or, in a Bell scenario, his number of outcomes.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub kind: Kind,
    pub settings: usize,
    pub outcomes: usize,
    pub inputs: usize,
    pub dimension: usize,
}

impl Scenario {
    /// The place of F_{a|xy} in a table.
    pub fn place(&self, a: usize, x: usize, y: usize) -> usize {
        (a * self.settings + x) * self.inputs + y
    }

    /// Every (a, x, y), in the order of tables.
    pub fn labels(&self) -> impl Iterator<Item = (usize, usize, usize)> + use<> {
        let Scenario { settings, outcomes, inputs, .. } = *self;
        (0..outcomes).flat_map(move |a| (0..settings).flat_map(move |x| (0..inputs).map(move |y| (a, x, y))))
    }

    /// The algebra of docs/certificate.md §4.
    pub fn algebra(&self) -> Algebra {
        let bob = match self.kind {
            Kind::Bell => Device::Measurement { outcomes: self.dimension },
            _ => Device::of_dimension(self.dimension),
        };
        Algebra { devices: [Device::Measurement { outcomes: self.outcomes }, bob] }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scenario { settings, outcomes, inputs, dimension, .. } = self;
        match self.kind {
            Kind::Traditional => {
                write!(f, "traditional scenario ({settings} settings, {outcomes} outcomes, d = {dimension})")
            }
            Kind::BobWithInput => write!(
                f,
                "bob-with-input scenario ({settings} settings, {outcomes} outcomes, {inputs} inputs, d = {dimension})"
            ),
            Kind::Bell => write!(
                f,
                "bell scenario (Alice: {settings} settings, {outcomes} outcomes; Bob: {inputs} settings, {dimension} outcomes)"
            ),
        }
    }
}

/// One matrix for every (a, x, y).
pub type Table = Vec<Matrix>;

/// A decimal fraction as it was written, and its value.
#[derive(Clone, Debug)]
pub struct Decimal {
    pub text: String,
    pub value: RBig,
}

/// A set of assemblages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Set {
    Quantum,
    CommonCause,
    NoSignalling,
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Set::Quantum => "quantum",
            Set::CommonCause => "common-cause",
            Set::NoSignalling => "no-signalling",
        })
    }
}

/// What is claimed beyond the bound (docs/certificate.md §3).
#[derive(Debug)]
pub enum Claim {
    /// ⟨F, σ⟩ ≤ bound on the set, or ≥ bound if `minimum`.
    Bound { minimum: bool },
    /// The assemblage exceeds the quantum bound by `violation`.
    PostQuantum { assemblage: Table, violation: Decimal },
    /// Mixtures with noise are outside the set above `visibility`.
    Visibility { assemblage: Table, noise: Table, visibility: Decimal },
}

/// The Gram matrix of docs/certificate.md §4: upper triangle column by column, in units of 2^−scale.
#[derive(Debug)]
pub struct Gram {
    pub words: Vec<Word>,
    pub scale: usize,
    pub re: Vec<i64>,
    /// Empty if the matrix is real.
    pub im: Vec<i64>,
    pub margin: RBig,
}

impl Gram {
    /// 2^scale·G_ij as (re, im).
    pub fn entry(&self, i: usize, j: usize) -> (i64, i64) {
        let (row, column) = (i.min(j), i.max(j));
        let place = column * (column + 1) / 2 + row;
        let im = self.im.get(place).copied().unwrap_or(0);
        (self.re[place], if i <= j { im } else { -im })
    }
}

/// What proves the bound.
#[derive(Debug)]
pub enum Proof {
    Gram(Gram),
    /// μ_{λ,y}, of docs/certificate.md §5.
    Strategies(Vec<Vec<RBig>>),
    /// L_{xy} and t_{axy}, of docs/certificate.md §6.
    Multipliers {
        marginal: Vec<Matrix>,
        trace: Vec<RBig>,
    },
}

/// A well-formed certificate.
#[derive(Debug)]
pub struct Certificate {
    pub scenario: Scenario,
    pub claim: Claim,
    pub bound: Decimal,
    pub functional: Table,
    pub proof: Proof,
}

/// Reads a certificate (docs/certificate.md §2); `said` receives the claim as soon as it is known.
pub fn certificate(json: &Json, said: &mut Option<String>) -> Checked<Certificate> {
    let root = At { json, step: Step::Root, parent: None };
    let mut reader = Reader { roots: HashMap::new(), denominator: UBig::ONE, longest: 0, count: 0 };
    let head = root.key("claim")?;
    let (name, set, more): (_, _, &[&str]) = match head.key("kind")?.text()? {
        "quantum-bound" => ("bound", Set::Quantum, &["sense"]),
        "classical-bound" => ("bound", Set::CommonCause, &["sense"]),
        "no-signalling-bound" => ("bound", Set::NoSignalling, &["sense"]),
        "post-quantum" => ("post-quantum", Set::Quantum, &["violation"]),
        "quantum-visibility" => ("visibility", Set::Quantum, &["visibility"]),
        "classical-visibility" => ("visibility", Set::CommonCause, &["visibility"]),
        _ => return head.key("kind")?.wrong("is no kind of claim"),
    };
    head.keys(&["kind", "bound"], more)?;
    let tables: &[&str] = match name {
        "bound" => &[],
        "post-quantum" => &["assemblage"],
        _ => &["assemblage", "noise"],
    };
    let required = ["format", "version", "scenario", "claim", "functional", "proof"];
    root.keys_or(&required, tables, &["title"])?;
    if root.key("format")?.text()? != "steerq-certificate" {
        return root.key("format")?.wrong("is not \"steerq-certificate\"");
    }
    if root.key("version")?.integer()? != 1 {
        return root.key("version")?.wrong("is not 1, the one version that this checker knows");
    }
    if root.has("title") {
        root.key("title")?.text()?;
    }
    let scenario = scenario(&root.key("scenario")?)?;
    let bound = reader.decimal(&head.key("bound")?)?;
    let sign = |minimum| if minimum { "≥" } else { "≤" };
    let holds = |sign| format!("⟨F, σ⟩ {sign} {} for every {set} σ of this {scenario}", bound.text);
    let claim = match name {
        "bound" => {
            let minimum = match head.key("sense")?.text()? {
                "max" => false,
                "min" => true,
                _ => return head.key("sense")?.wrong("is neither \"max\" nor \"min\""),
            };
            *said = Some(holds(sign(minimum)));
            Claim::Bound { minimum }
        }
        "post-quantum" => {
            let violation = reader.decimal(&head.key("violation")?)?;
            *said = Some(format!(
                "this assemblage σ is not quantum: ⟨F, σ⟩ ≥ {} + {}, but {}",
                bound.text,
                violation.text,
                holds("≤")
            ));
            Claim::PostQuantum { assemblage: reader.table(&root.key("assemblage")?, &scenario)?, violation }
        }
        _ => {
            let visibility = reader.decimal(&head.key("visibility")?)?;
            *said = Some(format!(
                "v·assemblage + (1−v)·noise is not {set} for any v in ({}, 1], because {}",
                visibility.text,
                holds("≤")
            ));
            let assemblage = reader.table(&root.key("assemblage")?, &scenario)?;
            Claim::Visibility { assemblage, noise: reader.table(&root.key("noise")?, &scenario)?, visibility }
        }
    };
    let functional = reader.table(&root.key("functional")?, &scenario)?;
    let proof = reader.proof(&root.key("proof")?, &scenario, set)?;
    Ok(Certificate { scenario, claim, bound, functional, proof })
}

fn scenario(at: &At) -> Checked<Scenario> {
    at.keys(&["kind", "settings", "outcomes", "inputs", "dimension"], &[])?;
    let kind = match at.key("kind")?.text()? {
        "traditional" => Kind::Traditional,
        "bob-with-input" => Kind::BobWithInput,
        "bell" => Kind::Bell,
        _ => return at.key("kind")?.wrong("is no kind of scenario"),
    };
    let number = |key, least| {
        let at = at.key(key)?;
        match usize::try_from(at.integer()?) {
            Ok(number) if number >= least => Ok(number),
            _ => at.wrong(&format!("is less than {least}")),
        }
    };
    let (settings, outcomes) = (number("settings", 1)?, number("outcomes", 2)?);
    let (inputs, dimension) = (number("inputs", 1)?, number("dimension", 2)?);
    if kind == Kind::Traditional && inputs != 1 {
        return at.key("inputs")?.wrong("is not 1, as a traditional scenario has it");
    }
    let entries = [settings, outcomes, inputs, dimension, dimension]
        .iter()
        .try_fold(1_u128, |product, factor| product.checked_mul(*factor as u128));
    match entries {
        Some(entries) if entries <= MAX_ENTRIES => {
            Ok(Scenario { kind, settings, outcomes, inputs, dimension })
        }
        _ => at.wrong(&format!("means tables of more than {MAX_ENTRIES} entries")),
    }
}

/// A value and where it stands.
#[derive(Clone, Copy)]
struct At<'a> {
    json: &'a Json,
    step: Step<'a>,
    parent: Option<&'a At<'a>>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) if self.parent.is_some_and(|parent| matches!(parent.step, Step::Root)) => {
                f.write_str(key)
            }
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

impl<'a> At<'a> {
    fn wrong<T>(&self, what: &str) -> Checked<T> {
        Err(Stop::Incomplete(match self.step {
            Step::Root => format!("the certificate {what}"),
            _ => format!("{self}: {what}"),
        }))
    }

    fn has(&self, key: &str) -> bool {
        matches!(self.json, Json::Object(pairs) if pairs.iter().any(|(name, _)| name == key))
    }

    fn key(&'a self, key: &'a str) -> Checked<At<'a>> {
        let Json::Object(pairs) = self.json else {
            return self.wrong(&format!("is {}, not an object", self.json.kind()));
        };
        match pairs.iter().find(|(name, _)| name == key) {
            Some((_, json)) => Ok(At { json, step: Step::Key(key), parent: Some(self) }),
            None => self.wrong(&format!("has no {key:?}")),
        }
    }

    /// Demands exactly the keys of the two lists.
    fn keys(&self, required: &[&str], more: &[&str]) -> Checked<()> {
        self.keys_or(required, more, &[])
    }

    /// Demands the keys of the first two lists and allows those of the third.
    fn keys_or(&self, required: &[&str], more: &[&str], optional: &[&str]) -> Checked<()> {
        let Json::Object(pairs) = self.json else {
            return self.wrong(&format!("is {}, not an object", self.json.kind()));
        };
        for key in required.iter().chain(more) {
            if !self.has(key) {
                return self.wrong(&format!("has no {key:?}"));
            }
        }
        let known = |key: &str| [required, more, optional].iter().any(|keys| keys.contains(&key));
        match pairs.iter().find(|(key, _)| !known(key)) {
            Some((key, _)) => self.wrong(&format!("has a key {:?} that has no place here", start(key))),
            None => Ok(()),
        }
    }

    /// The items of an array.
    fn list(&'a self) -> Checked<impl ExactSizeIterator<Item = At<'a>>> {
        let Json::List(list) = self.json else {
            return self.wrong(&format!("is {}, not an array", self.json.kind()));
        };
        let item = |(index, json)| At { json, step: Step::Index(index), parent: Some(self) };
        Ok(list.iter().enumerate().map(item))
    }

    /// The items of an array that must have `length`.
    fn list_of(&'a self, length: usize) -> Checked<impl ExactSizeIterator<Item = At<'a>>> {
        let list = self.list()?;
        match list.len() {
            found if found == length => Ok(list),
            found => self.wrong(&format!("has {found} items, not {length}")),
        }
    }

    fn text(&self) -> Checked<&'a str> {
        match self.json {
            Json::Text(text) => Ok(text),
            _ => self.wrong(&format!("is {}, not a string", self.json.kind())),
        }
    }

    fn integer(&self) -> Checked<i64> {
        match self.json {
            Json::Integer(value) => Ok(*value),
            _ => self.wrong(&format!("is {}, not an integer", self.json.kind())),
        }
    }

    /// A list of integers below 2^53 in modulus.
    fn integers(&self, length: usize) -> Checked<Vec<i64>> {
        let small = |at: At| match at.integer()? {
            value if value.unsigned_abs() < 1 << 53 => Ok(value),
            _ => at.wrong("is not below 2^53"),
        };
        self.list_of(length)?.map(small).collect()
    }
}

/// The first characters of a text from the file, for a message.
fn start(text: &str) -> String {
    let mut start: String = text.chars().take(40).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
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
        self.number(at, parse_rational, "\"p\" or \"p/q\"")
    }

    fn decimal(&mut self, at: &At) -> Checked<Decimal> {
        let value = self.number(at, parse_decimal, "of a decimal fraction")?;
        Ok(Decimal { text: at.text()?.to_owned(), value })
    }

    fn real(&mut self, at: &At) -> Checked<Real> {
        if matches!(at.json, Json::Text(_)) {
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

    fn complex(&mut self, at: &At) -> Checked<Complex> {
        if !matches!(at.json, Json::Object(_)) {
            return Ok(Complex { re: self.real(at)?, im: Real::default() });
        }
        at.keys(&["re", "im"], &[])?;
        Ok(Complex { re: self.real(&at.key("re")?)?, im: self.real(&at.key("im")?)? })
    }

    fn matrix(&mut self, at: &At, dimension: usize) -> Checked<Matrix> {
        at.list_of(dimension)?
            .map(|row| row.list_of(dimension)?.map(|entry| self.complex(&entry)).collect())
            .collect()
    }

    fn table(&mut self, at: &At, scenario: &Scenario) -> Checked<Table> {
        let Scenario { settings, outcomes, inputs, dimension, .. } = *scenario;
        at.list_of(outcomes * settings * inputs)?.map(|matrix| self.matrix(&matrix, dimension)).collect()
    }

    fn proof(&mut self, at: &At, scenario: &Scenario, set: Set) -> Checked<Proof> {
        let (method, keys): (_, &[&str]) = match set {
            Set::Quantum => ("gram", &["words", "gram", "margin"]),
            Set::CommonCause => ("strategies", &["eigenvalue_bounds"]),
            Set::NoSignalling => ("multipliers", &["marginal", "trace"]),
        };
        if at.key("method")?.text()? != method {
            return at.key("method")?.wrong(&format!("is not {method:?}, which this claim needs"));
        }
        at.keys(&["method"], keys)?;
        let Scenario { settings, outcomes, inputs, dimension, .. } = *scenario;
        match set {
            Set::Quantum => self.gram(at, scenario).map(Proof::Gram),
            Set::CommonCause => {
                let strategies = u32::try_from(settings).ok().and_then(|s| (outcomes as u128).checked_pow(s));
                let Some(strategies) = strategies.filter(|&strategies| strategies <= MAX_STRATEGIES) else {
                    return at.wrong(&format!("there are more than {MAX_STRATEGIES} strategies"));
                };
                let mut bounds =
                    |row: At| row.list_of(inputs)?.map(|bound| self.rational(&bound)).collect::<Checked<_>>();
                let rows = at.key("eigenvalue_bounds")?;
                let rows = rows.list_of(strategies as usize)?.map(&mut bounds).collect::<Checked<_>>()?;
                Ok(Proof::Strategies(rows))
            }
            Set::NoSignalling => {
                let mut marginal = Vec::new();
                for matrix in at.key("marginal")?.list_of(settings * inputs)? {
                    let read = self.matrix(&matrix, dimension)?;
                    if read.iter().flatten().any(|z| !z.re.is_rational() || !z.im.is_rational()) {
                        return matrix.wrong("has an entry with an irrational part");
                    }
                    marginal.push(read);
                }
                let trace = at.key("trace")?;
                let trace = trace.list_of(outcomes * settings * inputs)?.map(|t| self.rational(&t));
                Ok(Proof::Multipliers { marginal, trace: trace.collect::<Checked<_>>()? })
            }
        }
    }

    fn gram(&mut self, at: &At, scenario: &Scenario) -> Checked<Gram> {
        let algebra = scenario.algebra();
        let words_at = at.key("words")?;
        let list = words_at.list()?;
        let n = list.len();
        if !(1..=MAX_WORDS).contains(&n) {
            return words_at.wrong(&format!("has {n} words, not 1 to {MAX_WORDS}"));
        }
        let words = list.map(|word| read_word(&word, scenario, &algebra)).collect::<Checked<_>>()?;
        let gram = at.key("gram")?;
        gram.keys_or(&["scale", "re"], &[], &["im"])?;
        let scale = match gram.key("scale")?.integer()? {
            scale @ 0..=1000 => scale as usize,
            _ => return gram.key("scale")?.wrong("is not between 0 and 1000"),
        };
        let length = n * (n + 1) / 2;
        let re = gram.key("re")?.integers(length)?;
        let im = if gram.has("im") { gram.key("im")?.integers(length)? } else { Vec::new() };
        let margin = self.rational(&at.key("margin")?)?;
        if margin < RBig::ZERO {
            return at.key("margin")?.wrong("is negative");
        }
        Ok(Gram { words, scale, re, im, margin })
    }
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

    #[test]
    fn entries_of_a_gram_matrix() {
        let gram = Gram {
            words: vec![vec![]; 3],
            scale: 0,
            re: (1..7).collect(),
            im: (11..17).collect(),
            margin: RBig::ZERO,
        };
        // Column by column: (0,0), (0,1), (1,1), (0,2), (1,2), (2,2).
        assert_eq!([gram.entry(0, 1), gram.entry(0, 2), gram.entry(1, 2)], [(2, 12), (4, 14), (5, 15)]);
        assert_eq!([gram.entry(1, 0), gram.entry(2, 1), gram.entry(2, 2)], [(2, -12), (5, -15), (6, 16)]);
    }

    #[test]
    fn order_of_tables() {
        let scenario =
            Scenario { kind: Kind::BobWithInput, settings: 3, outcomes: 2, inputs: 4, dimension: 2 };
        let places: Vec<_> = scenario.labels().map(|(a, x, y)| scenario.place(a, x, y)).collect();
        assert_eq!(places, (0..24).collect::<Vec<_>>());
        assert_eq!(scenario.place(1, 2, 3), 23);
        assert_eq!(scenario.place(0, 1, 0), 4);
    }
}
