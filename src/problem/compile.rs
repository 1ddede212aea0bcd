//! From what is written to what is meant.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use toml::Spanned;

use super::diagnostic::{ProblemError, Source};
use super::file::{
    AssemblageTable, FunctionalTable, Label, LabelList, NoiseTable, ProblemFile, Scalar, ScenarioTable,
};
use super::formula::{is_reserved, nearest};
use super::noise::{Noise, noise};
use super::operators::{Form, Origin, Reader, given_twice, scalar};
use super::sweep::{Swept, Tables, written};
use super::{CheckedAssemblage, Problem, expected, sequence, syntax};
use crate::moments::{Level, LevelError};
use crate::num::Number;
use crate::realise::obstruction;
use crate::scenario::{
    Assemblage, BlackBox, Condition, Device, Functional, Given, Kind, Labels, OperatorTable, Port, Scenario,
    Sense, Violation, violations,
};

/// The most settings, outcomes or inputs.
pub(super) const MAX_LABELS: usize = 256;
/// The largest dimension of Bob's system.
const MAX_DIMENSION: usize = 16;
/// The most matrix entries in one (a, x, y) table.
const MAX_TABLE_ENTRIES: usize = 1 << 18;

/// Names with a meaning of their own besides the formulas' built-in ones.
const LABEL_NAMES: [&str; 5] = ["a", "b", "x", "y", "visibility"];

/// The problem of a text; the values in `changed` stand in the place of the file's own for these parameters.
pub(super) fn compile(
    text: Source,
    folder: &Path,
    changed: &BTreeMap<String, Number>,
) -> Result<Problem, ProblemError> {
    let file = syntax::read(&text)?;
    let sequential = file.scenario.get_ref().kind.get_ref() == Kind::Sequential.name();
    let mut parameters = parameters(&text, &file.parameters, sequential)?;
    parameters.extend(changed.clone());
    let declared = scenario(&text, &file.scenario)?;
    let reader = Reader { text: &text, folder, scenario: &declared, parameters: &parameters };
    let mut assemblage = file.assemblage.as_ref().map(|table| assemblage(&reader, table)).transpose()?;
    let mut functional =
        file.functional.as_ref().map(|table| functional(&reader, table, assemblage.as_ref())).transpose()?;
    let read = file.noise.as_ref().map(|table| noise(&reader, table, assemblage.as_ref())).transpose()?;
    let (noise, more) = read.unwrap_or((Noise::White, None));
    let scenario = match more {
        Some(scenario) => {
            check_size(&text, &file.scenario, &scenario)?;
            assemblage = assemblage.map(|checked| checked.padded(&scenario));
            functional = functional.map(|functional| functional.padded(&scenario));
            scenario
        }
        None => declared,
    };
    let level = file.hierarchy.as_ref().map(|table| level(&text, &table.level)).transpose()?;
    let tables = Tables {
        assemblage: file.assemblage.as_ref().map(|table| {
            let AssemblageTable { formula, elements, .. } = table.get_ref();
            written(&text, formula, elements)
        }),
        functional: file.functional.as_ref().map(|table| {
            let FunctionalTable { formula, elements, .. } = table.get_ref();
            written(&text, formula, elements)
        }),
        noise: file.noise.as_ref().map(|table| {
            let NoiseTable { formula, elements, .. } = table.get_ref();
            written(&text, formula, elements)
        }),
    };
    let swept = Swept { text: &text, parameters: &parameters, tables, noise_is_a_line: noise.is_a_line() };
    let sweep = file.sweep.as_ref().map(|table| swept.sweep(table)).transpose()?;
    if assemblage.is_none() && functional.is_none() {
        return Err(text
            .error_at_end("the problem has neither an assemblage nor a functional")
            .help("add [assemblage] or [functional] with a `formula`, `elements` or `file`"));
    }
    let known = expected::Known {
        text: &text,
        kind: scenario.kind,
        parameters: &parameters,
        assemblage: assemblage.as_ref(),
        functional: functional.is_some(),
        noise: &noise,
    };
    let expected = file.expected.as_ref().map(|table| known.expected(table)).transpose()?;
    let kind = file.scenario.get_ref().kind.span();
    let noise_span = file.noise.as_ref().map(Spanned::span).unwrap_or_default();
    let ProblemFile { title, source, .. } = file;
    Ok(Problem {
        title,
        source,
        functional,
        level,
        sweep,
        expected,
        assemblage,
        noise,
        noise_span,
        scenario,
        text,
        folder: folder.to_owned(),
        kind,
    })
}

/// [parameters]: every value a number. Formulas of a `sequential` problem have more names of their own.
fn parameters(
    text: &Source,
    table: &BTreeMap<Spanned<String>, Spanned<Scalar>>,
    sequential: bool,
) -> Result<BTreeMap<String, Number>, ProblemError> {
    let mut parameters = BTreeMap::new();
    for (name, value) in table {
        let word = name.get_ref();
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !plain || !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(text
                .error(name.span(), format!("`{word}` is not a name that a formula can use"))
                .help("names are made of the letters a to z and A to Z, digits and `_`, and start with a letter"));
        }
        let is_label = LABEL_NAMES.contains(&word.as_str()) || sequential && sequence::is_label(word);
        if is_reserved(word) || is_label {
            return Err(text
                .error(name.span(), format!("`{word}` already has a meaning of its own"))
                .help("choose another name for the parameter"));
        }
        let number = scalar(text, value, "a parameter", &BTreeMap::new())?;
        parameters.insert(word.clone(), number);
    }
    Ok(parameters)
}

fn scenario(text: &Source, table: &Spanned<ScenarioTable>) -> Result<Scenario, ProblemError> {
    let written = table.get_ref();
    let kind = match written.kind.get_ref().as_str() {
        "traditional" => Kind::Traditional,
        "sequential" => Kind::Sequential,
        "bob-with-input" => Kind::BobWithInput,
        "instrumental" => Kind::Instrumental,
        "bell" => Kind::Bell,
        "instrumental-bell" => Kind::InstrumentalBell,
        other => {
            const KINDS: [&str; 6] =
                ["traditional", "sequential", "bob-with-input", "instrumental", "bell", "instrumental-bell"];
            return Err(text
                .error(written.kind.span(), format!("`{other}` is not a kind of scenario"))
                .help(one_of(other, &KINDS)));
        }
    };
    let (settings, outcomes) = match kind {
        Kind::Sequential => sequence::settings_and_outcomes(text, written)?,
        _ => {
            (labels(text, &written.settings, "settings", 1)?, labels(text, &written.outcomes, "outcomes", 2)?)
        }
    };
    let inputs = bob_inputs(text, table, kind, &outcomes)?;
    let output = bob_output(text, table, kind, &outcomes)?;
    let scenario = Scenario { kind, alice: BlackBox { settings, outcomes }, bob: Device { inputs, output } };
    check_size(text, table, &scenario)?;
    Ok(scenario)
}

/// Refuses a scenario whose tables would be too large.
fn check_size(
    text: &Source,
    table: &Spanned<ScenarioTable>,
    scenario: &Scenario,
) -> Result<(), ProblemError> {
    let d = scenario.dimension();
    let entries = scenario.shape().iter().product::<usize>().saturating_mul(d * d);
    if entries <= MAX_TABLE_ENTRIES {
        return Ok(());
    }
    Err(text
        .error(table.span(), format!("this scenario has {entries} matrix entries"))
        .label("outcomes × settings × inputs × dimension²")
        .help(format!("at most {MAX_TABLE_ENTRIES} are supported")))
}

/// The labels of Bob's inputs; one in a traditional or sequential scenario, Alice's outcomes in an instrumental one.
fn bob_inputs(
    text: &Source,
    table: &Spanned<ScenarioTable>,
    kind: Kind,
    outcomes: &Labels,
) -> Result<Labels, ProblemError> {
    match (&table.get_ref().inputs, kind) {
        (Some(list), Kind::Instrumental | Kind::InstrumentalBell) => Err(text
            .error(list.span(), format!("Bob's input is Alice's outcome in an {} scenario", kind.name()))
            .help("leave `inputs` out, or write kind = \"bob-with-input\"")),
        (None, Kind::Instrumental | Kind::InstrumentalBell) => Ok(outcomes.clone()),
        (Some(list), Kind::Traditional | Kind::Sequential) if labels(text, list, "inputs", 1)?.len() != 1 => {
            Err(text
                .error(list.span(), format!("Bob has no input in a {} scenario", kind.name()))
                .help("leave `inputs` out, or write kind = \"bob-with-input\""))
        }
        (_, Kind::Traditional | Kind::Sequential) => Ok(Labels::count(1)),
        (Some(list), _) => labels(text, list, "inputs", 1),
        (None, _) => Err(text
            .error(table.span(), format!("a {} scenario needs `inputs`", kind.name()))
            .help("add the number of Bob's inputs y, such as `inputs = 2`")),
    }
}

/// Bob's output port: a dimension, or outcomes in a Bell scenario.
fn bob_output(
    text: &Source,
    table: &Spanned<ScenarioTable>,
    kind: Kind,
    outcomes: &Labels,
) -> Result<Port, ProblemError> {
    let Some(dimension) = &table.get_ref().dimension else {
        if kind.is_black_box() {
            return Ok(Port::Classical(outcomes.clone()));
        }
        let help = match kind {
            Kind::Instrumental => {
                "add the dimension of Bob's system, such as `dimension = 2`, or write kind = \"instrumental-bell\" if \
                 his output is classical"
            }
            _ => "add the dimension of Bob's system, such as `dimension = 2`",
        };
        return Err(text.error(table.span(), "the scenario needs `dimension`").help(help));
    };
    let limit = if kind.is_black_box() { MAX_LABELS } else { MAX_DIMENSION };
    let size = usize::try_from(*dimension.get_ref()).ok();
    let Some(size) = size.filter(|size| (2..=limit).contains(size)) else {
        let what = match kind.is_black_box() {
            true => "the number of Bob's outcomes",
            false => "the dimension of Bob's system",
        };
        return Err(text
            .error(
                dimension.span(),
                format!("`dimension` is {}; 2 to {limit} are possible", dimension.get_ref()),
            )
            .help(format!("it is {what}, such as `dimension = 2`")));
    };
    Ok(match kind.is_black_box() {
        true if size == outcomes.len() => Port::Classical(outcomes.clone()),
        true if *outcomes == Labels::count(outcomes.len()) => Port::Classical(Labels::count(size)),
        true => {
            let count = outcomes.len();
            return Err(text
                .error(dimension.span(), format!("Bob has {size} outcomes, and nothing gives their labels"))
                .label(format!("`outcomes` names Alice's {count}"))
                .help(format!(
                    "write `outcomes = {count}`, so that both count from 0, or leave `dimension` out: then Bob's \
                     outcomes are named like Alice's"
                )));
        }
        false => Port::Quantum(size),
    })
}

/// The labels of a port: as listed, or 0, 1, … up to a count.
fn labels(text: &Source, list: &Spanned<LabelList>, key: &str, least: usize) -> Result<Labels, ProblemError> {
    let listed = match list.get_ref() {
        LabelList::Count(count) => return counted(text, list.span(), *count, key, least),
        LabelList::Labels(labels) => labels,
    };
    let mut labels = Vec::with_capacity(listed.len());
    for label in listed {
        match label.get_ref() {
            Label::One(number) => labels.push(Spanned::new(label.span(), *number)),
            Label::List(_) => {
                return Err(text.error(label.span(), "expected a whole number, found a list").help(format!(
                    "`{key}` is a count or a list of labels; kind = \"sequential\" has several lists"
                )));
            }
        }
    }
    listed_labels(text, list.span(), &labels, key, least)
}

/// 0, 1, … up to a count.
pub(super) fn counted(
    text: &Source,
    span: Range<usize>,
    count: i64,
    key: &str,
    least: usize,
) -> Result<Labels, ProblemError> {
    let possible = usize::try_from(count).ok().filter(|count| (least..=MAX_LABELS).contains(count));
    possible.map(Labels::count).ok_or_else(|| wrong_count(text, span, &count.to_string(), key, least))
}

/// Labels as they are listed.
pub(super) fn listed_labels(
    text: &Source,
    span: Range<usize>,
    labels: &[Spanned<i64>],
    key: &str,
    least: usize,
) -> Result<Labels, ProblemError> {
    if !(least..=MAX_LABELS).contains(&labels.len()) {
        return Err(wrong_count(text, span, &format!("a list of {}", labels.len()), key, least));
    }
    let mut distinct = BTreeSet::new();
    if let Some(repeated) = labels.iter().find(|label| !distinct.insert(*label.get_ref())) {
        return Err(text
            .error(repeated.span(), format!("`{key}` has the label {} twice", repeated.get_ref()))
            .help("every label names one thing; remove the repetition"));
    }
    Ok(Labels::new(labels.iter().map(|label| *label.get_ref()).collect()))
}

fn wrong_count(text: &Source, span: Range<usize>, found: &str, key: &str, least: usize) -> ProblemError {
    text.error(span, format!("`{key}` is {found}; {least} to {MAX_LABELS} are possible"))
        .help("write a count such as 2, or list the labels, as in [1, 2, 3]")
}

/// What is possible, and what was most likely meant.
pub(super) fn one_of(found: &str, possible: &[&str]) -> String {
    match nearest(found, possible.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`? (one of: {})", possible.join(", ")),
        None => format!("one of: {}", possible.join(", ")),
    }
}

fn assemblage(
    reader: &Reader<'_>,
    table: &Spanned<AssemblageTable>,
) -> Result<CheckedAssemblage, ProblemError> {
    let AssemblageTable { partial, formula, elements, file } = table.get_ref();
    let given = Origin::given(formula, elements, file);
    let origin = Origin::only("assemblage", reader.text, table.span(), &given)?;
    let mut checked = checked_assemblage(reader, &origin)?;
    if let Some(flag) = partial.as_ref().filter(|flag| *flag.get_ref()) {
        checked.given = reader.listed(&origin, flag)?;
        // The other conditions are about sums over elements that may be unknown.
        let alone =
            |violation: &Violation| matches!(violation.condition, Condition::Hermitian | Condition::Positive);
        checked.violations.retain(alone);
    }
    Ok(checked)
}

/// The assemblage of an origin, what is wrong with it, and the place to point at for that.
pub(super) fn checked_assemblage(
    reader: &Reader<'_>,
    origin: &Origin<'_>,
) -> Result<CheckedAssemblage, ProblemError> {
    let assemblage = Assemblage(reader.table(origin, Form::State)?);
    let mut violations = violations(reader.scenario, &assemblage);
    if violations.is_empty() {
        // Where the solver fails, nothing is known to be wrong.
        let obstruction = obstruction(reader.scenario, &assemblage).ok().flatten();
        violations.extend(obstruction.map(|found| found.violation(reader.scenario)));
    }
    let span = match violations.first() {
        // These two are about one element; the others are about sums or pairs.
        Some(violation) if matches!(violation.condition, Condition::Hermitian | Condition::Positive) => {
            reader.place(origin, violation.index)
        }
        _ => origin.span(),
    };
    let given = Given::all(reader.scenario);
    Ok(CheckedAssemblage { assemblage, violations, given, span })
}

fn functional(
    reader: &Reader<'_>,
    table: &Spanned<FunctionalTable>,
    assemblage: Option<&CheckedAssemblage>,
) -> Result<Functional, ProblemError> {
    let FunctionalTable { sense, formula, elements, file, from } = table.get_ref();
    let sense = match sense {
        Some(sense) => self::sense(reader.text, sense)?,
        None => Sense::Max,
    };
    let given = Origin::given(formula, elements, file);
    let operators = match from {
        Some(from) => taken_from(reader, from, &given, assemblage)?,
        None => {
            let origin = Origin::only("functional", reader.text, table.span(), &given)?;
            reader.table(&origin, Form::Hermitian)?
        }
    };
    Ok(Functional { operators, sense })
}

fn sense(text: &Source, sense: &Spanned<String>) -> Result<Sense, ProblemError> {
    match sense.get_ref().as_str() {
        "max" => Ok(Sense::Max),
        "min" => Ok(Sense::Min),
        other => Err(text
            .error(sense.span(), format!("`{other}` is not a sense"))
            .help("`max` asks for upper bounds, `min` for lower bounds")),
    }
}

/// The operators of `from = "assemblage"`.
fn taken_from(
    reader: &Reader<'_>,
    from: &Spanned<String>,
    given: &[Origin<'_>],
    assemblage: Option<&CheckedAssemblage>,
) -> Result<OperatorTable, ProblemError> {
    let error = |message: &str| reader.text.error(from.span(), message);
    if from.get_ref() != "assemblage" {
        return Err(error("a functional can only be taken from the assemblage")
            .help("write from = \"assemblage\", or give a formula, elements or a file"));
    }
    if let Some(other) = given.first() {
        return Err(given_twice("functional", reader.text, "from", other));
    }
    let Some(checked) = assemblage else {
        return Err(error("there is no [assemblage] to take the functional from")
            .help("add an [assemblage], or give the functional a formula"));
    };
    if let Some(violation) = checked.violations.first() {
        return Err(error(&format!("the assemblage to take the functional from is not valid: {violation}"))
            .help("correct the assemblage, or give the functional a formula"));
    }
    if !checked.given.is_all() {
        return Err(error("the assemblage to take the functional from is partial")
            .help("give the functional a formula or elements of its own"));
    }
    Ok(checked.assemblage.0.clone())
}

fn level(text: &Source, level: &Spanned<String>) -> Result<Level, ProblemError> {
    let written = level.get_ref();
    written.parse().map_err(|error: LevelError| {
        let error = text.error(level.span(), error.message());
        if written.starts_with("alice") || written.starts_with("anchored") {
            return error.help(format!(
                "{}; levels that only bound inequalities are for the command line: `steerq bound FILE --level alice-2`, or \
                 `anchored-1+AB`",
                LevelError::HELP
            ));
        }
        error.help(LevelError::HELP)
    })
}
