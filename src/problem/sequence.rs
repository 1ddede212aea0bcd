//! What is particular to sequential problems: settings and outcomes have one list for each step, elements are named
//! by tuples, and formulas know a1, a2, …, x1, x2, ….

use std::ops::Range;

use toml::Spanned;

use super::compile::{MAX_LABELS, counted, listed_labels};
use super::diagnostic::{ProblemError, Source};
use super::file::{Label, LabelList, ScenarioTable};
use crate::scenario::{Index, Kind, Labels, Scenario};

/// The most steps.
const MAX_STEPS: usize = 16;

const LISTS: &str =
    "a sequential scenario has one item for each step: a count or a list of labels, as in [[1, 2], 3]";

/// The labels of the tuples (x₁ … xₙ) and (a₁ … aₙ).
pub(super) fn settings_and_outcomes(
    text: &Source,
    table: &ScenarioTable,
) -> Result<(Labels, Labels), ProblemError> {
    let settings = steps(text, &table.settings, "settings", 1)?;
    let outcomes = steps(text, &table.outcomes, "outcomes", 2)?;
    if settings.len() != outcomes.len() {
        let (found, needed) = (outcomes.len(), settings.len());
        return Err(text
            .error(
                table.outcomes.span(),
                format!("`outcomes` has {found} steps, and `settings` has {needed}"),
            )
            .help("every step has its settings and its outcomes"));
    }
    for (list, steps, key) in
        [(&table.settings, &settings, "settings"), (&table.outcomes, &outcomes, "outcomes")]
    {
        let tuples = steps.iter().try_fold(1_usize, |product, step| product.checked_mul(step.len()));
        if tuples.is_none_or(|tuples| tuples > MAX_LABELS * MAX_LABELS) {
            return Err(text
                .error(list.span(), format!("`{key}` has too many combinations of all steps"))
                .help(format!("at most {} are supported", MAX_LABELS * MAX_LABELS)));
        }
    }
    Ok((Labels::tuples(settings), Labels::tuples(outcomes)))
}

/// The labels of each step.
fn steps(
    text: &Source,
    list: &Spanned<LabelList>,
    key: &str,
    least: usize,
) -> Result<Vec<Labels>, ProblemError> {
    let LabelList::Labels(steps) = list.get_ref() else {
        return Err(text.error(list.span(), format!("`{key}` is one number for all steps")).help(LISTS));
    };
    if !(1..=MAX_STEPS).contains(&steps.len()) {
        return Err(text
            .error(list.span(), format!("`{key}` has {} steps; 1 to {MAX_STEPS} are possible", steps.len()))
            .help(LISTS));
    }
    let step = |step: &Spanned<Label>| match step.get_ref() {
        Label::One(count) => counted(text, step.span(), *count, key, least),
        Label::List(labels) => listed_labels(text, step.span(), labels, key, least),
    };
    steps.iter().map(step).collect()
}

/// Whether formulas of some sequential problem know a label of this name: a1 … a16 or x1 … x16.
pub(super) fn is_label(name: &str) -> bool {
    step_of(name).is_some_and(|step| step < MAX_STEPS)
}

/// The step, counted from 0, of a label such as a1 or x2.
fn step_of(name: &str) -> Option<usize> {
    let digits = name.strip_prefix(['a', 'x'])?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    if plain { digits.parse::<usize>().ok()?.checked_sub(1) } else { None }
}

/// The labels a1, a2, …, x1, x2, … of an index.
pub(super) fn each_label(scenario: &Scenario, index: Index, mut set: impl FnMut(&str, i64)) {
    for (name, labels, position) in [("a", scenario.outcomes(), index.a), ("x", scenario.settings(), index.x)]
    {
        for (k, label) in labels.tuple(position).into_iter().enumerate() {
            set(&format!("{name}{}", k + 1), label);
        }
    }
}

/// What is wrong with a label that a sequential problem does not have, or only such a problem has, and what would be
/// right.
pub(super) fn label_of_another_kind(scenario: &Scenario, name: &str) -> Option<(String, String)> {
    let count = scenario.settings().steps().len();
    match (name, scenario.kind) {
        ("a" | "x", Kind::Sequential) => {
            let help = format!("{name}1 is that of the first step, {name}{count} that of the last");
            Some((format!("a sequential problem has an {name} for each step"), help))
        }
        (_, Kind::Sequential) if is_label(name) && step_of(name).is_none_or(|step| step >= count) => {
            let steps = if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
            Some((
                format!("`{name}` is of no step: there are {steps}"),
                "`settings` has one list for each".to_owned(),
            ))
        }
        (_, kind) if kind != Kind::Sequential && is_label(name) => {
            let help = format!("write {}, or kind = \"sequential\"", &name[..1]);
            Some((format!("`{name}` is a label of sequential problems"), help))
        }
        _ => None,
    }
}

/// The position of a written label, if it exists.
pub(super) fn position(labels: &Labels, label: &Label) -> Option<usize> {
    match label {
        Label::One(one) if labels.steps().is_empty() => labels.position(*one),
        Label::List(tuple) if tuple.len() == labels.steps().len() && !tuple.is_empty() => {
            let steps = labels.steps().iter().zip(tuple);
            steps.map(|(step, label)| Some((step.len(), step.position(*label.get_ref())?))).try_fold(
                0,
                |position, digit| {
                    let (size, digit) = digit?;
                    Some(position * size + digit)
                },
            )
        }
        _ => None,
    }
}

/// The position of a tuple in an element, with an error at the label that does not exist.
pub(super) fn tuple(
    text: &Source,
    label: &Spanned<Label>,
    name: &str,
    labels: &Labels,
) -> Result<usize, ProblemError> {
    let wrong = |span: Range<usize>, message: String, help: String| Err(text.error(span, message).help(help));
    let count = labels.steps().len();
    let example = || {
        let first: Vec<String> = labels.tuple(0).iter().map(i64::to_string).collect();
        format!("{name} is a list with one label for each step, such as [{}]", first.join(", "))
    };
    match label.get_ref() {
        Label::List(_) if count == 0 => wrong(
            label.span(),
            "expected a whole number, found a list".to_owned(),
            format!("{name} is one of: {labels}; only in a sequential problem it is a list"),
        ),
        Label::One(_) => wrong(label.span(), format!("{name} is one label for all steps"), example()),
        Label::List(tuple) if tuple.len() != count => wrong(
            label.span(),
            format!("{name} is a list of {}, and the number of steps is {count}", tuple.len()),
            example(),
        ),
        list @ Label::List(tuple) => match position(labels, list) {
            Some(position) => Ok(position),
            None => {
                let mut steps = tuple.iter().zip(labels.steps()).enumerate();
                let unknown = steps.find(|(_, (label, step))| step.position(*label.get_ref()).is_none());
                let Some((k, (found, step))) = unknown else {
                    return wrong(label.span(), format!("{name} is no element"), example());
                };
                let step_name = format!("{name}{}", k + 1);
                wrong(
                    found.span(),
                    format!("{step_name} = {} is not a label", found.get_ref()),
                    format!("{step_name} is one of: {step}"),
                )
            }
        },
    }
}

/// A label as it is written.
pub(super) fn shown(label: &Label) -> String {
    match label {
        Label::One(one) => one.to_string(),
        Label::List(list) => {
            let list: Vec<String> = list.iter().map(|label| label.get_ref().to_string()).collect();
            format!("[{}]", list.join(", "))
        }
    }
}
