//! Results as text: aligned columns, Unicode notation, colours that the terminal layer strips
//! where there is no terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Ansi};

use super::{
    BoundReport, CertifyReport, Claim, ClimbReport, ClimbStep, Evidence, ExportReport, FaceUse,
    InequalityEvidence, InfoReport, ModelEvidence, PaperReport, Quantity, Size, SolverRun, Subject,
    SymmetryUse, Verdict, VisibilityReport, closed_form, decimal,
};
use crate::backend::HumanBytes;

/// The few styles that are used, named by what they are for.
#[derive(Debug, Clone, Copy)]
pub enum Style {
    /// Titles and verdicts.
    Strong,
    /// Agreement.
    Good,
    /// Contradiction, post-quantumness, invalidity.
    Alert,
    /// What can be skipped.
    Faint,
}

impl Style {
    /// The text in this style.
    pub fn paint(self, text: impl std::fmt::Display) -> String {
        let style = match self {
            Style::Strong => Ansi::new().bold(),
            Style::Good => Ansi::new().bold().fg_color(Some(AnsiColor::Green.into())),
            Style::Alert => Ansi::new().bold().fg_color(Some(AnsiColor::Magenta.into())),
            Style::Faint => Ansi::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }
}

/// Something that can be shown to a person.
pub trait Text {
    /// The text, with a final line break.
    fn text(&self) -> String;
}

/// Columns padded to equal width (in characters: the notation used here has no wide ones); the
/// last column is not padded. Cells must not be painted yet.
pub(super) fn columns(rows: &[Vec<String>], indent: &str) -> Vec<String> {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows.iter().map(Vec::len).max().unwrap_or(0)).map(width).collect();
    rows.iter()
        .map(|row| {
            let mut line = indent.to_owned();
            for (column, cell) in row.iter().enumerate() {
                let pad = if column + 1 == row.len() { 0 } else { widths[column] + 3 };
                let _ = write!(line, "{cell:<pad$}");
            }
            line.trim_end().to_owned()
        })
        .collect()
}

pub(super) fn heading(subject: &Subject) -> String {
    let title = subject.title.as_deref().unwrap_or("untitled problem");
    let mut text = format!("{}\n", Style::Strong.paint(title));
    if let Some(source) = &subject.source {
        let _ = writeln!(text, "{}", Style::Faint.paint(source));
    }
    let _ = writeln!(text, "{}\n", subject.scenario);
    text
}

/// The cells of a quantity: name, value, closed form, what it is worth.
pub(super) fn quantity_row(name: &str, quantity: &Quantity) -> Vec<String> {
    let closed = quantity.value.and_then(closed_form).unwrap_or_default();
    let worth = match (quantity.value, quantity.verified) {
        (None, _) => quantity.note.clone(),
        (Some(_), true) => format!("verified, {}", quantity.note),
        (Some(_), false) => format!("numerical, {}", quantity.note),
    };
    vec![name.to_owned(), quantity.shown(), closed, worth]
}

/// A line for a quantity that has more digits than fit its row.
fn digits_line(name: &str, quantity: &Quantity) -> String {
    let line = |digits: &String| format!("  {name}, numerically: {}\n", digits.replace('-', "−"));
    quantity.digits.as_ref().map(line).unwrap_or_default()
}

pub(super) fn footer(level: &str, size: Option<&Size>, solver: &SolverRun) -> String {
    let form = if solver.real { "real" } else { "complex" };
    let program = match size {
        Some(Size { words, variables }) => {
            format!("level {level}: {words} words, {}", real_moments(*variables))
        }
        None => level.to_owned(),
    };
    let line = format!(
        "{program}; {} {} ({form} form) {} in {} iterations, {:.2} s",
        solver.backend, solver.precision, solver.status, solver.iterations, solver.seconds
    );
    let symmetry = solver.symmetry.as_ref().map(symmetry_line).unwrap_or_default();
    let face = solver.face.as_ref().map(face_line).unwrap_or_default();
    format!("\n{}\n{symmetry}{face}", Style::Faint.paint(line))
}

/// What vanishes, and what is left.
fn face_line(face: &FaceUse) -> String {
    let FaceUse { vanishing, side, variables, seconds } = face;
    let line = format!(
        "{vanishing} combinations of words vanish for assemblage and noise alike: restricted to the other {side}, {}; {seconds:.2} s to find",
        real_moments(*variables)
    );
    format!("{}\n", Style::Faint.paint(line))
}

/// What symmetry was used, and what is left.
fn symmetry_line(symmetry: &SymmetryUse) -> String {
    let SymmetryUse { order, found, antiunitary, exact, blocks, variables, seconds, .. } = symmetry;
    let plural = if blocks.len() == 1 { "" } else { "s" };
    let of = if found > order { format!(" of {found}") } else { String::new() };
    let notes = if *antiunitary > 0 { format!(" ({antiunitary} antiunitary)") } else { String::new() };
    let how = if *exact { "" } else { ", checked to rounding errors" };
    let line = format!(
        "{order}{of} symmetries{notes}{how}: {} block{plural} of side {}, {}; {seconds:.2} s to find",
        blocks.len(),
        sides(blocks),
        real_moments(*variables)
    );
    format!("{}\n", Style::Faint.paint(line))
}

fn real_moments(count: usize) -> String {
    format!("{count} real moment{}", if count == 1 { "" } else { "s" })
}

/// `3, 5`, or `1–12` where there are many.
fn sides(blocks: &[usize]) -> String {
    const MOST: usize = 6;
    let mut sides = blocks.to_vec();
    sides.sort_unstable();
    match sides.as_slice() {
        [least, .., greatest] if sides.len() > MOST => format!("{least}–{greatest}"),
        [first @ .., last] if !first.is_empty() => {
            let first: Vec<String> = first.iter().map(usize::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
        _ => sides.iter().map(usize::to_string).collect(),
    }
}

impl Text for BoundReport {
    fn text(&self) -> String {
        /// The longest exact form that a line has room for; the JSON has the others.
        const MAX_EXACT: usize = 40;
        const STEPS: &str = "Σ tr(F_{a1…an|x1…xn} σ_{a1…an|x1…xn})";
        let mut text = heading(&self.subject);
        let end = if self.sense == "min" { "minimum" } else { "maximum" };
        let formula = match self.subject.kind.as_str() {
            "bell" => "Σ F_{ab|xy} p(ab|xy)",
            "instrumental" => "Σ tr(F_{a|x} σ_{a|x})",
            "instrumental-bell" => "Σ F_{ab|x} p(ab|x)",
            "sequential" => STEPS,
            _ => "Σ tr(F_{a|xy} σ_{a|xy})",
        };
        let _ = writeln!(text, "{end} of {formula}");
        let mut rows = vec![
            quantity_row("classical", &self.bounds.classical),
            quantity_row("quantum, inner", &self.bounds.quantum_inner),
            quantity_row("quantum, outer", &self.bounds.quantum_outer),
            quantity_row("no-signalling", &self.bounds.no_signalling),
        ];
        if let Some(gap) = self.gap {
            rows.insert(3, vec!["gap, outer − inner".to_owned(), format!("{gap:.1e}")]);
        }
        if let Some(assemblage) = &self.assemblage {
            let exact = assemblage.exact.clone().filter(|exact| exact.len() <= MAX_EXACT);
            let closed = exact.or_else(|| closed_form(assemblage.value));
            rows.push(vec![
                "this assemblage".to_owned(),
                decimal(assemblage.value),
                closed.unwrap_or_default(),
                if assemblage.exact.is_some() { "exact" } else { "numerical" }.to_owned(),
            ]);
        }
        for line in columns(&rows, "  ") {
            let _ = writeln!(text, "{line}");
        }
        text += &digits_line("quantum, outer", &self.bounds.quantum_outer);
        if let Some(climb) = &self.climb {
            text += &climbed(climb);
        }
        text + &footer(&self.level, self.size.as_ref(), &self.solver)
    }
}

/// The levels on the way to a gap.
fn climbed(climb: &ClimbReport) -> String {
    let mut text = match &climb.end {
        None => format!("\ngap of {:e} reached\n", climb.target),
        Some(end) => format!("\ngap of {:e} not reached: {end}\n", climb.target),
    };
    let head = ["level", "words", "quantum, outer", "gap", "seconds", "solver"].map(str::to_owned).to_vec();
    let row = |step: &ClimbStep| {
        vec![
            step.level.clone(),
            step.words.to_string(),
            decimal(step.value),
            step.gap.map_or_else(|| "—".to_owned(), |gap| format!("{gap:.1e}")),
            format!("{:.2}", step.seconds),
            step.status.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(climb.steps.iter().map(row)).collect();
    for line in columns(&rows, "  ") {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// What is mixed in.
pub(super) fn shown_noise(name: &str) -> String {
    match name {
        "dephasing" => name.to_owned(),
        "loss" => "loss: v is the efficiency of Alice's detectors".to_owned(),
        _ => format!("{name} noise"),
    }
}

impl Text for VisibilityReport {
    fn text(&self) -> String {
        let mut text = heading(&self.subject);
        let _ = writeln!(
            text,
            "greatest v such that v·σ + (1−v)·noise is in the set ({})",
            shown_noise(self.noise)
        );
        let rows = [
            quantity_row("classical", &self.visibility.classical),
            quantity_row("quantum, inner", &self.visibility.inner),
            quantity_row("quantum, outer", &self.visibility.outer),
        ];
        for line in columns(&rows, "  ") {
            let _ = writeln!(text, "{line}");
        }
        text += &digits_line("quantum, outer", &self.visibility.outer);
        text + &footer(&self.level, Some(&self.size), &self.solver)
    }
}

impl Text for CertifyReport {
    fn text(&self) -> String {
        let mut text = heading(&self.subject);
        let style = match self.verdict {
            Verdict::PostQuantum | Verdict::Invalid => Style::Alert,
            Verdict::Quantum => Style::Good,
            Verdict::Undecided => Style::Strong,
        };
        let worth = match (self.verdict, self.verified) {
            (Verdict::PostQuantum | Verdict::Quantum, true) => " (verified)",
            (Verdict::PostQuantum | Verdict::Quantum, false) => " (numerical)",
            _ => "",
        };
        let _ = writeln!(text, "verdict: {}{worth}\n", style.paint(self.verdict.name()));
        match &self.evidence {
            Evidence::Inequality(evidence) => self.inequality(&mut text, evidence),
            Evidence::Model(ModelEvidence { components, alice, deviation, exactly, accepted }) => {
                let mixture =
                    if *components == 1 { "".to_owned() } else { format!(", a mixture of {components}") };
                let _ = writeln!(text, "  an explicit model{mixture}, with Alice's dimension up to {alice}");
                let _ = match exactly {
                    true => writeln!(text, "  it makes the assemblage exactly"),
                    false => writeln!(
                        text,
                        "  its entries differ by at most {deviation:.1e} (accepted: {accepted:.0e})"
                    ),
                };
            }
            Evidence::Channels { reference, deviation, exactly, accepted } => {
                let _ = writeln!(text, "  channels make it of what it is at {reference}");
                let _ = match exactly {
                    true => writeln!(text, "  they make it exactly"),
                    false => writeln!(
                        text,
                        "  entries differ by at most {deviation:.1e} (accepted: {accepted:.0e})"
                    ),
                };
            }
            Evidence::SelfTest { reference, witness } => {
                let _ = writeln!(
                    text,
                    "  no channel makes what it is at y = {} of what it is at {reference}, which is no loss of generality:\n  \
                     its elements are pure, and no signalling leaves them no freedom (`steerq realise` has the witness)",
                    witness.input
                );
            }
            Evidence::SequentialModel(evidence) => {
                let times = match evidence.model.steps.len() {
                    1 => "once".to_owned(),
                    several => format!("{several} times"),
                };
                let _ = writeln!(
                    text,
                    "  an explicit model: Alice measures {times}, her dimension is up to {}",
                    evidence.alice
                );
                let _ = writeln!(
                    text,
                    "  computed from its parts, its assemblage differs by at most {:.1e} an entry",
                    evidence.deviation
                );
                let _ = match (&evidence.certified, evidence.exactly) {
                    (_, true) => writeln!(text, "  the assemblage itself is shown to be quantum, exactly"),
                    (Some(near), false) => {
                        writeln!(text, "  a quantum assemblage is shown to be nearer than {near}")
                    }
                    (None, false) => Ok(()),
                };
            }
            Evidence::Condition { violations, .. } => {
                for violation in violations {
                    let _ = writeln!(text, "  {violation}");
                }
            }
            Evidence::None { reason } => {
                let _ = writeln!(text, "  {reason}");
            }
        }
        if let (Some(level), Some(size), Some(solver)) = (&self.level, &self.size, &self.solver) {
            text += &footer(level, Some(size), solver);
        }
        text
    }
}

impl CertifyReport {
    /// The digits after the point that coefficients are shown with: six, and more where rounding them would
    /// matter to the violation.
    fn digits(&self, evidence: &InequalityEvidence) -> usize {
        const SHARE: f64 = 1e-2;
        const MOST: f64 = 17.0;
        let violation = self.violation.unwrap_or(1.0);
        let each = SHARE * violation / (0.5 * evidence.correlators.len().max(1) as f64);
        (-each.log10()).ceil().clamp(6.0, MOST) as usize
    }

    fn inequality(&self, text: &mut String, evidence: &InequalityEvidence) {
        /// How many terms of the inequality are shown; the JSON has them all.
        const SHOWN: usize = 24;
        let _ = writeln!(text, "the inequality");
        let digits = self.digits(evidence);
        let terms = evidence.correlators.iter().take(SHOWN);
        let rows: Vec<Vec<String>> = terms
            .map(|(name, coefficient)| {
                let sign = if *coefficient < 0.0 { "−" } else { "+" };
                vec![format!("{sign} {:.digits$}", coefficient.abs()), name.clone()]
            })
            .collect();
        for line in columns(&rows, "  ") {
            let _ = writeln!(text, "{line}");
        }
        if evidence.correlators.len() > SHOWN {
            let more = evidence.correlators.len() - SHOWN;
            let _ = writeln!(text, "  … and {more} smaller terms (all of them with --json)");
        }
        let number = |value: f64| vec![decimal(value), closed_form(value).unwrap_or_default()];
        let row = |name: &str, value: f64| [vec![name.to_owned()], number(value)].concat();
        let mut rows = Vec::new();
        if let Some(bound) = evidence.bound.value {
            let mut cells = row("every quantum assemblage: at most", bound);
            cells[1] = evidence.bound.shown();
            rows.push(cells);
        }
        rows.push(row("this assemblage", evidence.value));
        rows.extend(self.violation.map(|violation| row("violation", violation)));
        rows.extend(self.margin.map(|margin| row("noise tolerated before the level accepts it", margin)));
        text.push('\n');
        for line in columns(&rows, "  ") {
            let _ = writeln!(text, "{line}");
        }
    }
}

impl Text for InfoReport {
    fn text(&self) -> String {
        let mut text = heading(&self.subject);
        let _ = writeln!(text, "the file has: {}", self.contains.join(", "));
        let _ = writeln!(
            text,
            "predictions for the program of `steerq {}` with {}, calibrated on two cores\n",
            self.program, self.backend
        );
        if self.symmetries > 1 {
            text.pop();
            let _ = writeln!(text, "{} symmetries make it smaller\n", self.symmetries);
        }
        let mut rows = vec![
            ["level", "words", "real moments", "form", "solver", "memory", "time", ""]
                .map(str::to_owned)
                .to_vec(),
        ];
        rows.extend(self.levels.iter().map(|level| {
            let mut notes = Vec::new();
            if level.level == self.default_level {
                notes.push("default");
            }
            if !level.fits {
                notes.push("does not fit in memory");
            }
            vec![
                level.level.clone(),
                count(level.words),
                level.variables.map_or_else(|| "—".to_owned(), |n| n.to_string()),
                if level.real { "real" } else { "complex" }.to_owned(),
                level.backend.to_owned(),
                memory(level.bytes),
                duration(level.seconds),
                notes.join(", "),
            ]
        }));
        for line in columns(&rows, "  ") {
            let _ = writeln!(text, "{line}");
        }
        if let Some(level) = self.levels.iter().find(|level| level.level == self.default_level) {
            let _ = writeln!(text, "\nlevel {}: {}, as {}", level.level, level.backend, level.reason);
        }
        text
    }
}

impl Text for ExportReport {
    fn text(&self) -> String {
        self.text.clone().unwrap_or_default()
    }
}

/// A number of words, which saturates.
fn count(words: usize) -> String {
    if words == usize::MAX { format!("≥ 2^{}", usize::BITS) } else { words.to_string() }
}

/// A predicted memory; what no machine has is not spelt out.
fn memory(bytes: u64) -> String {
    if bytes > 1 << 60 { "> 1 EiB".to_owned() } else { HumanBytes(bytes).to_string() }
}

/// A predicted time, to the precision that it deserves.
fn duration(seconds: f64) -> String {
    const YEAR: f64 = 365.25 * 86_400.0;
    match seconds {
        s if s < 1.0 => "< 1 s".to_owned(),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3600.0),
        s if s < 2.0 * YEAR => format!("{:.0} days", s / 86_400.0),
        s if s < 1000.0 * YEAR => format!("{:.0} years", s / YEAR),
        _ => "> 1000 years".to_owned(),
    }
}

impl Text for PaperReport {
    fn text(&self) -> String {
        let mut text = format!("{}\n\n", Style::Strong.paint(self.paper));
        for claim in &self.claims {
            claim_text(&mut text, claim);
        }
        let _ = writeln!(text, "{}", self.summary());
        if !self.files.is_empty() {
            let _ = writeln!(text, "\nwritten:");
            for file in &self.files {
                let _ = writeln!(text, "  {file}");
            }
        }
        text
    }
}

impl PaperReport {
    /// How many claims came out how, in one sentence.
    pub(super) fn summary(&self) -> String {
        let counts = ["confirmed", "contradicted", "undecided"].map(|verdict| {
            let count = self.claims.iter().filter(|claim| claim.verdict == verdict).count();
            format!("{count} {verdict}")
        });
        let verified = self.claims.iter().filter(|claim| claim.verified).count();
        format!(
            "{} claims: {}; {verified} of them rest on certificates that steerq-check accepts; {:.1} s",
            self.claims.len(),
            counts.join(", "),
            self.seconds
        )
    }
}

fn claim_text(text: &mut String, claim: &Claim) {
    let (mark, style) = match claim.agrees {
        Some(true) => ("✓", Style::Good),
        Some(false) => ("✗", Style::Alert),
        None => ("·", Style::Faint),
    };
    let _ = writeln!(text, "{} {}  {}", style.paint(mark), Style::Strong.paint(claim.id), claim.statement);
    if claim.computed.is_empty() {
        let _ = writeln!(text, "    {}\n", Style::Faint.paint(claim.verdict));
        return;
    }
    for line in claim.computed.lines() {
        let _ = writeln!(text, "    {line}");
    }
    let worth = if claim.verified { "verified, " } else { "" };
    let evidence = Style::Faint.paint(format!("({worth}{})", claim.evidence));
    let _ = writeln!(text, "    {} {evidence}\n", style.paint(claim.verdict));
}
