//! The result of `steerq atlas`: a row for each problem.

use std::fmt::Write as _;

use serde::Serialize;

use super::agreement::{Agreement, Check, ROUNDING, TOLERANCE};
use super::text::columns;
use super::{
    AssemblageValue, Bounds, CertifyReport, Evidence, Quantity, Style, Subject, Text, Verdict, Visibilities,
    decimal,
};

/// Everything that was found about one problem.
#[derive(Debug, Clone, Serialize)]
pub struct AtlasRow {
    /// The file's name without its ending, made unique.
    pub name: String,
    /// The file.
    pub file: String,
    /// The problem; `None` if the file cannot be read.
    #[serde(flatten)]
    pub subject: Option<Subject>,
    /// Why something is missing: what is wrong with the file, or what failed.
    pub error: Option<String>,
    /// The verdict on its assemblage, if it has one.
    pub verdict: Option<Verdict>,
    /// Whether a certificate of the verdict was accepted by the checker.
    pub verified: bool,
    /// What the verdict rests on, in a sentence.
    pub evidence: Option<String>,
    /// `max` or `min`, if it has a functional.
    pub sense: Option<&'static str>,
    /// The ladder of its functional.
    pub bounds: Option<Bounds>,
    /// The functional's value on the assemblage.
    pub assemblage: Option<AssemblageValue>,
    /// The thresholds of its assemblage.
    pub visibility: Option<Visibilities>,
    /// The level of the hierarchy.
    pub level: Option<String>,
    /// What `[expected]` says, key by key.
    pub expected: Vec<Check>,
    /// The worst of them; `None` if nothing is expected.
    pub agreement: Option<Agreement>,
    /// The certificates that the checker accepted.
    pub certificates: Vec<WrittenCertificate>,
    /// Wall-clock seconds on one thread.
    pub seconds: f64,
}

/// A certificate in the folder of an atlas.
#[derive(Debug, Clone, Serialize)]
pub struct WrittenCertificate {
    /// What it proves.
    pub what: &'static str,
    /// Its file there.
    pub file: String,
}

/// How many rows have each agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Proved and close.
    pub agrees: usize,
    /// Not excluded.
    pub encloses: usize,
    /// Not computed.
    pub open: usize,
    /// Excluded.
    pub contradicts: usize,
    /// Rows without anything expected.
    pub nothing_expected: usize,
    /// Rows with an error.
    pub errors: usize,
}

/// The tolerances that agreement rests on, relative to max(1, |value|).
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Tolerances {
    /// How close a proved bound must come.
    pub agrees: f64,
    /// By how much rounding may put a proved bound on the wrong side.
    pub rounding: f64,
}

/// The result of `steerq atlas`.
#[derive(Debug, Clone, Serialize)]
pub struct AtlasReport {
    /// Row by row, in the order of the files.
    pub rows: Vec<AtlasRow>,
    /// The counts.
    pub tally: Tally,
    /// What agreement means.
    pub tolerances: Tolerances,
    /// Problems that were not reached or not finished because of an interruption.
    pub left_out: Vec<String>,
    /// The folder with the certificates and the page.
    pub folder: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

impl AtlasReport {
    /// The rows with their counts.
    pub fn new(rows: Vec<AtlasRow>, left_out: Vec<String>, seconds: f64) -> Self {
        let count = |agreement| rows.iter().filter(|row| row.agreement == agreement).count();
        let tally = Tally {
            agrees: count(Some(Agreement::Agrees)),
            encloses: count(Some(Agreement::Encloses)),
            open: count(Some(Agreement::Open)),
            contradicts: count(Some(Agreement::Contradicts)),
            nothing_expected: rows.iter().filter(|row| row.expected.is_empty()).count(),
            errors: rows.iter().filter(|row| row.error.is_some()).count(),
        };
        let tolerances = Tolerances { agrees: TOLERANCE, rounding: ROUNDING };
        Self { rows, tally, tolerances, left_out, folder: String::new(), seconds }
    }

    /// The counts in words.
    pub fn summary(&self) -> String {
        let Tally { agrees, encloses, open, contradicts, nothing_expected, errors } = self.tally;
        let verb = |count, one, several| (count, if count == 1 { one } else { several });
        let parts: Vec<String> = [
            verb(agrees, "agrees", "agree"),
            verb(encloses, "encloses", "enclose"),
            verb(contradicts, "contradicts", "contradict"),
            (open, "open"),
            (nothing_expected, "without an expectation"),
            (errors, "with errors"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        let problems = if self.rows.len() == 1 { "problem" } else { "problems" };
        let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        format!("{} {problems}{parts}; {:.1} s", self.rows.len(), self.seconds)
    }
}

impl AtlasRow {
    /// The kind, as far as the file can be read.
    pub fn kind(&self) -> &str {
        self.subject.as_ref().map_or("", |subject| &subject.kind)
    }

    /// The title, or else the name.
    pub fn title(&self) -> &str {
        self.subject.as_ref().and_then(|subject| subject.title.as_deref()).unwrap_or(&self.name)
    }

    /// The cells from `verdict` to `agreement`, the same in the table of the terminal and of the page.
    pub fn cells(&self) -> [String; 6] {
        let bounds = self.bounds.as_ref();
        let one = |quantity: Option<&Quantity>| quantity.map_or_else(String::new, short);
        let visibility = self.visibility.as_ref();
        let agreement = match (&self.error, self.agreement) {
            (Some(_), None) => "error",
            (_, agreement) => agreement.map_or("", Agreement::name),
        };
        [
            self.verdict.map_or("", Verdict::name).to_owned(),
            one(bounds.map(|bounds| &bounds.classical)),
            bounds.map_or_else(String::new, |bounds| range(&bounds.quantum_inner, &bounds.quantum_outer)),
            one(bounds.map(|bounds| &bounds.no_signalling)),
            visibility.map_or_else(String::new, |found| range(&found.inner, &found.outer)),
            agreement.to_owned(),
        ]
    }
}

/// A tolerance as a power of ten.
pub(super) fn power(tolerance: f64) -> String {
    let exponent = tolerance.log10().round();
    let digits: String = exponent.abs().to_string().chars().filter_map(superscript).collect();
    format!("10{}{digits}", if exponent < 0.0 { "⁻" } else { "" })
}

fn superscript(digit: char) -> Option<char> {
    "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit.to_digit(10)? as usize)
}

/// Six decimals, or a dash.
fn short(quantity: &Quantity) -> String {
    quantity.value.map_or_else(|| "—".to_owned(), six)
}

/// The inner and the outer number, once if six decimals do not tell them apart.
fn range(inner: &Quantity, outer: &Quantity) -> String {
    let [inner, outer] = [inner, outer].map(|quantity| quantity.value.map(six));
    match (inner, outer) {
        (Some(inner), Some(outer)) if inner == outer => inner,
        (None, None) => "—".to_owned(),
        (inner, outer) => {
            let end = |end: Option<String>| end.unwrap_or_else(|| "?".to_owned());
            format!("{} – {}", end(inner), end(outer))
        }
    }
}

fn six(value: f64) -> String {
    let size = value.abs();
    if size >= 5e-7 && !(1e-3..1e6).contains(&size) {
        return decimal(value);
    }
    let text = format!("{value:.6}");
    if size < 5e-7 { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
}

/// What a verdict rests on.
pub fn sentence(report: &CertifyReport) -> String {
    let sentence = match &report.evidence {
        Evidence::Inequality(evidence) => {
            let bound = evidence.bound.value.map_or_else(|| "—".to_owned(), decimal);
            format!(
                "It violates a steering inequality: every quantum assemblage has at most {bound}, this one has {}",
                decimal(evidence.value)
            )
        }
        Evidence::Model(model) => {
            let how = match model.exactly {
                true => "makes it exactly".to_owned(),
                false => format!("makes it up to {:.1e} an entry", model.deviation),
            };
            format!("An explicit model with Alice's dimension up to {} {how}", model.alice)
        }
        Evidence::Channels { reference, deviation, exactly, .. } => {
            let how = if *exactly { "exactly".to_owned() } else { format!("up to {deviation:.1e} an entry") };
            format!("Channels make it {how} of what it is at {reference}")
        }
        Evidence::SelfTest { reference, witness } => format!(
            "No channel makes what it is at y = {} of what it is at {reference}, which the self-test shows to be no loss \
             of generality",
            witness.input
        ),
        Evidence::SequentialModel(model) => {
            format!("An explicit model of Alice's measurements in a row, her dimension up to {}", model.alice)
        }
        Evidence::Condition { violations, .. } => {
            violations.first().map_or_else(|| "A condition is violated".to_owned(), Clone::clone)
        }
        Evidence::None { reason } => reason.clone(),
    };
    let mut letters = sentence.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

impl Text for AtlasReport {
    fn text(&self) -> String {
        let head = [
            "name",
            "kind",
            "verdict",
            "classical",
            "quantum, inner – outer",
            "no-signalling",
            "visibility",
            "expected",
            "s",
        ];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        for row in &self.rows {
            let mut cells = vec![row.name.clone(), row.kind().to_owned()];
            cells.extend(row.cells());
            cells.push(format!("{:.1}", row.seconds));
            table.push(cells);
        }
        let mut text = String::new();
        for (number, line) in columns(&table, "").into_iter().enumerate() {
            let alarming = number > 0
                && self
                    .rows
                    .get(number - 1)
                    .is_some_and(|row| row.error.is_some() || row.agreement == Some(Agreement::Contradicts));
            let _ = match number {
                0 => writeln!(text, "{}", Style::Strong.paint(line)),
                _ if alarming => writeln!(text, "{}", Style::Alert.paint(line)),
                _ => writeln!(text, "{line}"),
            };
        }
        text.push('\n');
        for row in &self.rows {
            if let Some(error) = &row.error {
                let _ = writeln!(text, "{}: {error}", row.name);
            }
            for check in row.expected.iter().filter(|check| check.agreement != Agreement::Agrees) {
                let _ = writeln!(
                    text,
                    "{}: {} {}: {}",
                    row.name,
                    check.agreement.name(),
                    check.stated(),
                    check.reason
                );
            }
        }
        if !self.left_out.is_empty() {
            let _ = writeln!(text, "interrupted before: {}", self.left_out.join(", "));
        }
        let _ = writeln!(
            text,
            "\n{}\nagrees: proved, and within {} of what is expected; encloses: not excluded",
            Style::Strong.paint(self.summary()),
            power(self.tolerances.agrees)
        );
        if !self.folder.is_empty() {
            let _ = writeln!(text, "certificates, atlas.json and index.html in {}", self.folder);
        }
        text
    }
}
