//! What came out, as a Markdown table.

use std::fmt;

use crate::families::Family;

/// One problem's result.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub seed: u64,
    /// The row of the table that it counts for.
    pub row: String,
    /// Whether it is what was hoped for.
    pub closed: bool,
    /// What would be an error of the program.
    pub wrong: bool,
    /// The level that answered.
    pub level: String,
    /// What the family measures.
    pub measure: Option<f64>,
    pub seconds: f64,
    /// Whether it took too long.
    pub stopped: bool,
    /// Whether there is a common-cause model, where that has been found out.
    pub classical: Option<bool>,
    pub note: String,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, row, level, seconds, .. } = self;
        let word = if self.wrong {
            "WRONG"
        } else if self.closed {
            "closed"
        } else {
            "open"
        };
        let measure = self.measure.map_or_else(|| "-".to_owned(), |measure| format!("{measure:.1e}"));
        write!(f, "seed {seed} ({row}): {word} {measure} at {level}, {seconds:.2} s; {}", self.remarks())
    }
}

impl Outcome {
    fn remarks(&self) -> String {
        let classical = if self.classical == Some(true) { ", classical" } else { "" };
        let stopped = if self.stopped { ", stopped" } else { "" };
        format!("{}{classical}{stopped}", self.note)
    }
}

/// A family's table.
pub struct Section<'a> {
    pub family: &'a Family,
    pub seed: u64,
    /// Seconds after which a problem is stopped.
    pub limit: f64,
    pub outcomes: &'a [Outcome],
}

impl fmt::Display for Section<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { family, seed, limit, outcomes } = self;
        writeln!(f, "## {}\n\n{}\n", family.name, family.about)?;
        let last = seed + outcomes.len().saturating_sub(1) as u64;
        let wrong: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.wrong).collect();
        let stopped = outcomes.iter().filter(|outcome| outcome.stopped).count();
        writeln!(
            f,
            "Seeds {seed}–{last}; {} wrong verdicts or bounds. Stopped after {limit} s of processor time: {stopped}.\n",
            wrong.len()
        )?;
        let measure = family.measure;
        writeln!(
            f,
            "| problems | number | classical | closed | share | median {measure} | worst {measure} | median CPU s | longest CPU s |"
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        let mut names: Vec<&str> = outcomes.iter().map(|outcome| outcome.row.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let of_row: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.row == name).collect();
            row(f, name, &of_row, family.least_is_worst)?;
        }
        row(f, "**all**", &outcomes.iter().collect::<Vec<_>>(), family.least_is_worst)?;
        let listed =
            |outcome: &&Outcome| format!("{} ({}: {})", outcome.seed, outcome.row, outcome.remarks());
        let open: Vec<String> =
            outcomes.iter().filter(|outcome| !outcome.closed).map(|o| listed(&o)).collect();
        let open = if open.is_empty() { "none".to_owned() } else { open.join("; ") };
        writeln!(f, "\nNot closed, by seed: {open}.")
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, outcomes: &[&Outcome], least_is_worst: bool) -> fmt::Result {
    let closed = outcomes.iter().filter(|outcome| outcome.closed).count();
    let share = 100.0 * closed as f64 / outcomes.len().max(1) as f64;
    let mut measures: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.measure).collect();
    let mut seconds: Vec<f64> = outcomes.iter().map(|outcome| outcome.seconds).collect();
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1e}"));
    let [median, worst] = middle_and_worst(&mut measures, least_is_worst).map(shown);
    let [usual, longest] =
        middle_and_worst(&mut seconds, false).map(|value| format!("{:.2}", value.unwrap_or(0.0)));
    let number = outcomes.len();
    let known: Vec<bool> = outcomes.iter().filter_map(|outcome| outcome.classical).collect();
    let classical = known.iter().filter(|classical| **classical).count();
    let classical = match known.len() {
        0 => "–".to_owned(),
        of => format!("{:.0} %", 100.0 * classical as f64 / of as f64),
    };
    writeln!(
        f,
        "| {name} | {number} | {classical} | {closed} | {share:.1} % | {median} | {worst} | {usual} | {longest} |"
    )
}

fn middle_and_worst(values: &mut [f64], least_is_worst: bool) -> [Option<f64>; 2] {
    values.sort_by(f64::total_cmp);
    let worst = if least_is_worst { values.first() } else { values.last() };
    [values.get(values.len() / 2).copied(), worst.copied()]
}

/// The text with the section of this name replaced, or added at its end.
pub fn replaced(before: &str, name: &str, section: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for line in before.lines() {
        if line.starts_with("## ") || parts.is_empty() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    let heading = format!("## {name}\n");
    match parts.iter_mut().find(|part| part.starts_with(&heading)) {
        Some(part) => *part = format!("{section}\n"),
        None => parts.push(format!("{section}\n")),
    }
    format!("{}\n", parts.concat().trim_end())
}
