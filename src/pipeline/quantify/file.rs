//! The optimal inequality as a problem file.

use std::fmt::Write;

use crate::problem::Problem;
use crate::report::{ElementRecord, QuantifyReport};
use crate::scenario::Labels;

/// A problem file with the inequality of a report as its functional, which `steerq bound` takes; `None` if there is none.
pub fn problem_file(problem: &Problem, report: &QuantifyReport) -> Option<String> {
    let inequality = report.inequality.as_ref()?;
    let scenario = &problem.scenario;
    let mut text = String::new();
    let title = format!(
        "The inequality of the {} against the {} set{}{}",
        report.measure.words(),
        report.against.name(),
        if inequality.for_mixtures { ", for mixtures with the noise alone" } else { "" },
        problem.title.as_ref().map(|title| format!(": {title}")).unwrap_or_default()
    );
    let _ = writeln!(text, "title = {}\n", quoted(&title));
    let _ = writeln!(text, "[scenario]\nkind = {}", quoted(scenario.kind.name()));
    let _ =
        writeln!(text, "settings = {}\noutcomes = {}", list(scenario.settings()), list(scenario.outcomes()));
    if scenario.kind.has_inputs() {
        let _ = writeln!(text, "inputs = {}", list(scenario.inputs()));
    }
    let _ = writeln!(text, "dimension = {}", scenario.dimension());
    let _ = writeln!(text, "\n[hierarchy]\nlevel = {}", quoted(report.level.as_deref().unwrap_or("1+AB")));
    let _ = writeln!(text, "\n[functional]\nsense = \"max\"\nelements = [");
    for record in &inequality.functional {
        let _ = writeln!(text, "  {},", element(record));
    }
    text.push_str("]\n");
    Some(text)
}

fn list(labels: &Labels) -> String {
    let labels: Vec<String> = labels.iter().map(|label| label.to_string()).collect();
    format!("[{}]", labels.join(", "))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn element(record: &ElementRecord) -> String {
    let mut parts = vec![format!("a = {}", record.a), format!("x = {}", record.x)];
    parts.extend(record.y.map(|y| format!("y = {y}")));
    parts.extend(record.b.map(|b| format!("b = {b}")));
    if let Some(matrix) = &record.matrix {
        let row = |row: &Vec<String>| {
            let entries: Vec<String> = row.iter().map(|entry| quoted(entry)).collect();
            format!("[{}]", entries.join(", "))
        };
        let rows: Vec<String> = matrix.iter().map(row).collect();
        parts.push(format!("matrix = [{}]", rows.join(", ")));
    }
    parts.extend(record.value.as_ref().map(|value| format!("value = {}", quoted(value))));
    format!("{{ {} }}", parts.join(", "))
}
