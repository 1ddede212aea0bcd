//! From what is written to what is meant.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;

use super::diagnostic::{ProblemError, Source};
use super::file::{
    AssemblageTable, FunctionalTable, LabelList, NoiseTable, ProblemFile, Scalar, ScenarioTable, SweepTable,
};
use super::formula::{is_reserved, nearest};
use super::operators::{Form, Origin, Reader};
use super::{CheckedAssemblage, Problem, Sweep};
use crate::moments::Level;
use crate::num::Number;
use crate::scenario::{
    Assemblage, BlackBox, Device, Functional, Kind, Labels, Port, Scenario, Sense, violations,
};

/// The most settings, outcomes or inputs.
const MAX_LABELS: usize = 256;
/// The largest dimension of Bob's system.
const MAX_DIMENSION: usize = 16;
/// The most matrix entries in one (a, x, y) table.
const MAX_TABLE_ENTRIES: usize = 1 << 18;
/// The most points of a sweep.
const MAX_SWEEP_POINTS: i64 = 1_000_000;

/// Names with a meaning of their own besides the formulas' built-in ones.
const LABEL_NAMES: [&str; 5] = ["a", "b", "x", "y", "visibility"];

pub(super) fn compile(text: Source, folder: &Path) -> Result<Problem, ProblemError> {
    let file = deserialize(&text)?;
    let parameters = parameters(&text, &file.parameters)?;
    let scenario = scenario(&text, &file.scenario)?;
    let reader = Reader { text: &text, folder, scenario: &scenario, parameters: &parameters };
    let assemblage = match &file.assemblage {
        Some(table) => Some(assemblage(&reader, table)?),
        None => None,
    };
    let functional = match &file.functional {
        Some(table) => Some(functional(&reader, table, assemblage.as_ref())?),
        None => None,
    };
    let noise = match &file.noise {
        Some(table) => noise(&reader, table)?,
        None => None,
    };
    let level = match &file.hierarchy {
        Some(table) => Some(level(&text, &table.level)?),
        None => None,
    };
    let sweep = match &file.sweep {
        Some(table) => Some(sweep(&text, table, &parameters)?),
        None => None,
    };
    if assemblage.is_none() && functional.is_none() {
        let end = text.text().len();
        return Err(text
            .error(end..end, "the problem has neither an assemblage nor a functional")
            .label("the file ends here")
            .help("add [assemblage] or [functional] with a `formula`, `elements` or `file`"));
    }
    let ProblemFile { title, source, .. } = file;
    Ok(Problem { title, source, functional, level, sweep, assemblage, noise, scenario, text })
}

/// TOML and the shape of the tables.
fn deserialize(text: &Source) -> Result<ProblemFile, ProblemError> {
    toml::from_str(text.text()).map_err(|error: toml::de::Error| {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().trim().to_owned();
        let found = text.text().get(span.clone()).unwrap_or_default().trim();
        let mut diagnostic = text.error(span, message.clone());
        let expected: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        if message.starts_with("unknown field")
            && let Some(nearest) = nearest(found, expected)
        {
            diagnostic = diagnostic.help(format!("did you mean `{nearest}`?"));
        } else if message.starts_with("missing field") {
            diagnostic = diagnostic.help("`steerq schema` lists every key; README shows a whole file");
        }
        diagnostic
    })
}

/// [parameters]: every value a number.
fn parameters(
    text: &Source,
    table: &BTreeMap<Spanned<String>, Spanned<Scalar>>,
) -> Result<BTreeMap<String, Number>, ProblemError> {
    let mut parameters = BTreeMap::new();
    for (name, value) in table {
        let word = name.get_ref();
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !plain || !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(text
                .error(name.span(), format!("`{word}` is not a name that a formula can use"))
                .help("names are letters, digits and `_`, starting with a letter"));
        }
        if is_reserved(word) || LABEL_NAMES.contains(&word.as_str()) {
            return Err(text
                .error(name.span(), format!("`{word}` already has a meaning in formulas"))
                .help("choose another name for the parameter"));
        }
        let number = super::operators::scalar(text, value, &BTreeMap::new())?;
        parameters.insert(word.clone(), number);
    }
    Ok(parameters)
}

fn scenario(text: &Source, table: &Spanned<ScenarioTable>) -> Result<Scenario, ProblemError> {
    let written = table.get_ref();
    let kind = match written.kind.get_ref().as_str() {
        "traditional" => Kind::Traditional,
        "bob-with-input" => Kind::BobWithInput,
        "bell" => Kind::Bell,
        later @ ("instrumental" | "sequential") => {
            return Err(text
                .error(written.kind.span(), format!("`{later}` scenarios are not supported yet"))
                .help("this version knows traditional, bob-with-input and bell"));
        }
        other => {
            return Err(text
                .error(written.kind.span(), format!("`{other}` is not a kind of scenario"))
                .help("one of: traditional, bob-with-input, bell"));
        }
    };
    let settings = labels(text, &written.settings, "settings", 1)?;
    let outcomes = labels(text, &written.outcomes, "outcomes", 2)?;
    let inputs = match (&written.inputs, kind) {
        (Some(list), Kind::Traditional) => {
            let one = labels(text, list, "inputs", 1)?;
            if one.len() != 1 {
                return Err(text
                    .error(list.span(), "Bob has no input in a traditional scenario")
                    .help("leave `inputs` out, or write kind = \"bob-with-input\""));
            }
            Labels::count(1)
        }
        (None, Kind::Traditional) => Labels::count(1),
        (Some(list), _) => labels(text, list, "inputs", 1)?,
        (None, _) => {
            return Err(text
                .error(table.span(), format!("a {} scenario needs `inputs`", kind.name()))
                .label("in this table")
                .help("add the number of Bob's inputs y, such as `inputs = 2`"));
        }
    };
    let output = bob_output(text, table, kind, &outcomes)?;
    let scenario = Scenario { kind, alice: BlackBox { settings, outcomes }, bob: Device { inputs, output } };
    let d = scenario.dimension();
    let entries = scenario.shape().iter().product::<usize>() * d * d;
    if entries > MAX_TABLE_ENTRIES {
        return Err(text
            .error(table.span(), format!("this scenario has {entries} matrix entries in all"))
            .label("outcomes × settings × inputs × d²")
            .help(format!("at most {MAX_TABLE_ENTRIES} are supported")));
    }
    Ok(scenario)
}

/// Bob's output port: a dimension, or outcomes in a Bell scenario.
fn bob_output(
    text: &Source,
    table: &Spanned<ScenarioTable>,
    kind: Kind,
    outcomes: &Labels,
) -> Result<Port, ProblemError> {
    let Some(dimension) = &table.get_ref().dimension else {
        if kind == Kind::Bell {
            return Ok(Port::Classical(outcomes.clone()));
        }
        return Err(text
            .error(table.span(), "the scenario needs `dimension`")
            .label("in this table")
            .help("add the dimension of Bob's system, such as `dimension = 2`"));
    };
    let limit = if kind == Kind::Bell { MAX_LABELS } else { MAX_DIMENSION };
    let size = usize::try_from(*dimension.get_ref()).ok();
    let Some(size) = size.filter(|size| (2..=limit).contains(size)) else {
        return Err(text
            .error(dimension.span(), format!("dimension {} is not supported", dimension.get_ref()))
            .help(format!("a whole number from 2 to {limit}")));
    };
    Ok(match kind {
        Kind::Bell if size == outcomes.len() => Port::Classical(outcomes.clone()),
        Kind::Bell => Port::Classical(Labels::count(size)),
        Kind::Traditional | Kind::BobWithInput => Port::Quantum(size),
    })
}

fn labels(text: &Source, list: &Spanned<LabelList>, key: &str, least: usize) -> Result<Labels, ProblemError> {
    let error = |message: String| text.error(list.span(), message);
    let count = match list.get_ref() {
        LabelList::Count(count) => usize::try_from(*count).ok(),
        LabelList::Labels(labels) => Some(labels.len()),
    };
    let Some(count) = count.filter(|count| (least..=MAX_LABELS).contains(count)) else {
        let found = match list.get_ref() {
            LabelList::Count(count) => *count,
            LabelList::Labels(labels) => labels.len() as i64,
        };
        return Err(error(format!("{found} {key} are not possible"))
            .help(format!("between {least} and {MAX_LABELS}, as a count or a list of labels")));
    };
    let LabelList::Labels(labels) = list.get_ref() else { return Ok(Labels::count(count)) };
    let mut sorted = labels.clone();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(error(format!("the label {} stands twice in `{key}`", pair[0]))
            .help("every label names one thing; remove the repetition"));
    }
    Ok(Labels::new(labels.clone()))
}

fn assemblage(
    reader: &Reader<'_>,
    table: &Spanned<AssemblageTable>,
) -> Result<CheckedAssemblage, ProblemError> {
    let AssemblageTable { formula, elements, file } = table.get_ref();
    let origin = Origin::one_of("assemblage", reader.text, table.span(), formula, elements, file)?;
    let assemblage = Assemblage(reader.table(&origin, Form::State)?);
    let violations = violations(reader.scenario, &assemblage);
    Ok(CheckedAssemblage { assemblage, violations, span: origin.span() })
}

fn functional(
    reader: &Reader<'_>,
    table: &Spanned<FunctionalTable>,
    assemblage: Option<&CheckedAssemblage>,
) -> Result<Functional, ProblemError> {
    let FunctionalTable { sense, formula, elements, file, from } = table.get_ref();
    let sense = match sense.as_ref().map(|sense| (sense.get_ref().as_str(), sense.span())) {
        None | Some(("max", _)) => Sense::Max,
        Some(("min", _)) => Sense::Min,
        Some((other, span)) => {
            return Err(reader
                .text
                .error(span, format!("`{other}` is not a sense"))
                .help("`max` (upper bounds) or `min` (lower bounds)"));
        }
    };
    let operators = match from {
        None => {
            let origin = Origin::one_of("functional", reader.text, table.span(), formula, elements, file)?;
            reader.table(&origin, Form::Hermitian)?
        }
        Some(from) => {
            let others = formula.is_some() || elements.is_some() || file.is_some();
            let error = |message: &str| reader.text.error(from.span(), message);
            if from.get_ref() != "assemblage" {
                return Err(error("a functional can only be taken from the assemblage")
                    .help("write from = \"assemblage\", or give a formula, elements or a file"));
            }
            if others {
                return Err(
                    error("the functional is given twice").help("keep one of: from, formula, elements, file")
                );
            }
            let Some(checked) = assemblage else {
                return Err(error("there is no [assemblage] to take the functional from")
                    .help("add an [assemblage], or give the functional a formula"));
            };
            if let Some(violation) = checked.violations.first() {
                return Err(error("the assemblage is invalid, so it makes no functional")
                    .help(format!("{violation}")));
            }
            checked.assemblage.0.clone()
        }
    };
    Ok(Functional { operators, sense })
}

fn noise(reader: &Reader<'_>, table: &Spanned<NoiseTable>) -> Result<Option<Assemblage>, ProblemError> {
    let NoiseTable { kind, formula, elements, file } = table.get_ref();
    let given = formula.is_some() || elements.is_some() || file.is_some();
    if let Some(kind) = kind {
        let error = |message: String| reader.text.error(kind.span(), message);
        if kind.get_ref() != "white" {
            return Err(error(format!("`{}` is not a kind of noise", kind.get_ref()))
                .help("kind = \"white\", or give the noise as a formula, elements or a file"));
        }
        if given {
            return Err(error("the noise is given twice".to_owned())
                .help("white noise needs nothing else; leave `kind` out to give your own"));
        }
        return Ok(None);
    }
    if !given {
        return Ok(None);
    }
    let origin = Origin::one_of("noise", reader.text, table.span(), formula, elements, file)?;
    let noise = Assemblage(reader.table(&origin, Form::State)?);
    match violations(reader.scenario, &noise).first() {
        None => Ok(Some(noise)),
        Some(violation) => Err(reader
            .text
            .error(origin.span(), format!("the noise is not a valid assemblage: {violation}"))
            .label(format!("violates {}", violation.condition.statement()))
            .help("noise is an assemblage of the same scenario")),
    }
}

fn level(text: &Source, level: &Spanned<String>) -> Result<Level, ProblemError> {
    level
        .get_ref()
        .parse()
        .map_err(|error: crate::moments::LevelError| text.error(level.span(), error.to_string()))
}

fn sweep(
    text: &Source,
    table: &Spanned<SweepTable>,
    parameters: &BTreeMap<String, Number>,
) -> Result<Sweep, ProblemError> {
    let SweepTable { parameter, from, to, points } = table.get_ref();
    let name = parameter.get_ref();
    if name != "visibility" && !parameters.contains_key(name) {
        let mut known: Vec<&str> = parameters.keys().map(String::as_str).collect();
        known.push("visibility");
        return Err(text
            .error(parameter.span(), format!("`{name}` is not a parameter of this file"))
            .help(format!("one of: {}", known.join(", "))));
    }
    finite(text, from.get_ref(), from.span())?;
    finite(text, to.get_ref(), to.span())?;
    if !(2..=MAX_SWEEP_POINTS).contains(points.get_ref()) {
        return Err(text
            .error(points.span(), format!("{} points are no grid", points.get_ref()))
            .help(format!("between 2 and {MAX_SWEEP_POINTS}")));
    }
    Ok(Sweep {
        parameter: name.clone(),
        from: *from.get_ref(),
        to: *to.get_ref(),
        points: *points.get_ref() as usize,
    })
}

fn finite(text: &Source, value: &f64, span: Range<usize>) -> Result<(), ProblemError> {
    if value.is_finite() {
        return Ok(());
    }
    Err(text.error(span, format!("{value} is not a finite number")))
}
