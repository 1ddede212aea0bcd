//! An atlas as a page: the table, and a section for each problem with its ladder and its visibility drawn to scale.

use std::fmt::Write as _;

use super::agreement::{Agreement, ExpectedAnswer};
use super::atlas::{AtlasReport, AtlasRow, power};
use super::page::{escape, link, page};
use super::{Bounds, Quantity, Verdict, Visibilities, closed_form, decimal};

/// The page, which links to certificates beside it.
pub fn atlas_page(report: &AtlasReport) -> String {
    let mut body = String::new();
    let _ = write!(
        body,
        "<h1>Atlas of steering problems</h1>\n<p>{}</p>\n\
         <p class=\"small faint\">Quantum values are given from both sides, an explicit model and a bound of the hierarchy. \
         <em>agrees</em>: proved, and within {} of the expected value; <em>encloses</em>: not excluded by what is \
         proved. Visibilities are under the noise of the problem, white unless it says otherwise.</p>\n",
        escape(&report.summary()),
        power(report.tolerances.agrees)
    );
    if !report.left_out.is_empty() {
        let names = escape(&report.left_out.join(", "));
        let _ = writeln!(body, "<p class=\"alert\">Interrupted before: {names}</p>");
    }
    table(&mut body, report);
    for (number, row) in report.rows.iter().enumerate() {
        section(&mut body, number, row);
    }
    page("steerq atlas", &body)
}

/// Sections are numbered, for a name may have any characters.
fn anchor(number: usize) -> String {
    format!("problem-{}", number + 1)
}

fn table(body: &mut String, report: &AtlasReport) {
    let head = [
        ("name", false),
        ("kind", false),
        ("verdict", false),
        ("classical", true),
        ("quantum", true),
        ("no-signalling", true),
        ("visibility", true),
        ("expected", false),
        ("seconds", true),
    ];
    body.push_str("<div class=\"scroll\">\n<table class=\"names\">\n<tr>");
    for (name, number) in head {
        let class = if number { " class=\"number\"" } else { "" };
        let _ = write!(body, "<th{class}>{name}</th>");
    }
    body.push_str("</tr>\n");
    for (number, row) in report.rows.iter().enumerate() {
        let [verdict, classical, quantum, no_signalling, visibility, agreement] = row.cells();
        let _ = write!(
            body,
            "<tr><td><a href=\"#{}\">{}</a></td><td>{}</td><td{}>{}</td>",
            anchor(number),
            escape(&row.name),
            escape(row.kind()),
            row.verdict.map_or("", verdict_class),
            escape(&verdict),
        );
        for cell in [classical, quantum, no_signalling, visibility] {
            let _ = write!(body, "<td class=\"number\">{}</td>", escape(&cell));
        }
        let class = match row.agreement {
            Some(Agreement::Agrees) => " class=\"good\"",
            Some(Agreement::Contradicts) => " class=\"alert\"",
            None if row.error.is_some() => " class=\"alert\"",
            _ => "",
        };
        let _ = writeln!(
            body,
            "<td{class}>{}</td><td class=\"number\">{:.1}</td></tr>",
            escape(&agreement),
            row.seconds
        );
    }
    body.push_str("</table>\n</div>\n");
}

fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::PostQuantum | Verdict::Invalid => " class=\"alert\"",
        Verdict::Quantum => " class=\"good\"",
        Verdict::Undecided => "",
    }
}

fn section(body: &mut String, number: usize, row: &AtlasRow) {
    let _ = writeln!(body, "<section id=\"{}\">\n<h2>{}</h2>", anchor(number), escape(row.title()));
    if let Some(subject) = &row.subject {
        if let Some(source) = &subject.source {
            let _ = writeln!(body, "<p class=\"small faint\">{}</p>", escape(source));
        }
        let level = row.level.as_ref().map(|level| format!("; level {level}")).unwrap_or_default();
        let _ = writeln!(
            body,
            "<p class=\"small\"><code>{}</code>: {}{}</p>",
            escape(&row.file),
            escape(&subject.scenario),
            escape(&level)
        );
    }
    if let Some(error) = &row.error {
        let _ = writeln!(body, "<p class=\"alert\">{}</p>", escape(error));
    }
    if let (Some(verdict), Some(evidence)) = (row.verdict, &row.evidence) {
        let worth = match (verdict, row.verified) {
            (Verdict::PostQuantum | Verdict::Quantum, true) => " (verified)",
            (Verdict::PostQuantum | Verdict::Quantum, false) => " (numerical)",
            _ => "",
        };
        let _ = writeln!(
            body,
            "<p><span{}>{}</span>{worth}. {}.</p>",
            verdict_class(verdict),
            verdict.name(),
            escape(evidence.trim_end_matches('.'))
        );
    }
    if let Some(bounds) = &row.bounds {
        let sign = if row.sense == Some("min") { -1.0 } else { 1.0 };
        let least = if row.sense == Some("min") { "least" } else { "greatest" };
        let _ = writeln!(body, "<p class=\"small faint\">The {least} value of its functional:</p>");
        body.push_str(&ladder(bounds, sign, row.assemblage.as_ref().map(|assemblage| assemblage.value)));
        let mut rows = quantities([
            ("classical", "classical", &bounds.classical),
            ("quantum", "quantum, inner", &bounds.quantum_inner),
            ("quantum", "quantum, outer", &bounds.quantum_outer),
            ("post", "no-signalling", &bounds.no_signalling),
        ]);
        if let Some(assemblage) = &row.assemblage {
            let closed = closed_form(assemblage.value).unwrap_or_default();
            let worth = if assemblage.exact.is_some() { "exact" } else { "numerical" };
            let _ = writeln!(
                rows,
                "<tr><td>{}</td><td>this assemblage</td><td class=\"number\">{}</td><td>{closed}</td>\
                 <td class=\"wide\">{worth}</td></tr>",
                key("ink"),
                decimal(assemblage.value)
            );
        }
        let _ = writeln!(body, "{}", framed(&rows));
    }
    if let Some(found) = &row.visibility {
        body.push_str("<p class=\"small faint\">The greatest visibility:</p>\n");
        body.push_str(&thresholds(found));
        let rows = quantities([
            ("classical", "classical", &found.classical),
            ("quantum", "quantum, inner", &found.inner),
            ("quantum", "quantum, outer", &found.outer),
        ]);
        let _ = writeln!(body, "{}", framed(&rows));
    }
    expectations(body, row);
    if !row.certificates.is_empty() {
        body.push_str("<p class=\"small faint\">Certificates, for <code>steerq-check</code>:</p>\n");
        body.push_str("<ul class=\"links small\">");
        for certificate in &row.certificates {
            let _ = write!(body, "<li>{}</li>", link(&certificate.file, certificate.what));
        }
        body.push_str("</ul>\n");
    }
    body.push_str("</section>\n");
}

fn expectations(body: &mut String, row: &AtlasRow) {
    if row.expected.is_empty() {
        return;
    }
    let mut rows = String::new();
    for check in &row.expected {
        let (value, closed) = match check.expected {
            ExpectedAnswer::Verdict(verdict) => (verdict.to_owned(), String::new()),
            ExpectedAnswer::Number(value) => (decimal(value), closed_form(value).unwrap_or_default()),
        };
        let class = match check.agreement {
            Agreement::Agrees => " class=\"good\"",
            Agreement::Contradicts => " class=\"alert\"",
            _ => "",
        };
        let _ = writeln!(
            rows,
            "<tr><td>{}</td><td{class}>{}</td><td class=\"number\">{}</td><td>{}</td><td class=\"wide\">{}</td></tr>",
            check.quantity,
            check.agreement.name(),
            escape(&value),
            escape(&closed),
            escape(&check.reason)
        );
    }
    let _ = writeln!(body, "<p class=\"small faint\">Expected:</p>\n{}", framed(&rows));
}

fn framed(rows: &str) -> String {
    format!("<div class=\"scroll\">\n<table>\n{rows}</table>\n</div>")
}

/// A square in the colour of a set.
fn key(class: &str) -> String {
    format!(
        "<svg class=\"key\" viewBox=\"0 0 1 1\" aria-hidden=\"true\"><rect class=\"{class}\" width=\"1\" height=\"1\"/></svg>"
    )
}

/// Rows of a table: colour, name, value, closed form, what it is worth.
fn quantities<const N: usize>(rows: [(&str, &str, &Quantity); N]) -> String {
    let mut text = String::new();
    for (class, name, quantity) in rows {
        let closed = quantity.value.and_then(closed_form).unwrap_or_default();
        let worth = match (quantity.value, quantity.verified) {
            (None, _) => quantity.note.clone(),
            (Some(_), true) => format!("verified, {}", quantity.note),
            (Some(_), false) => format!("numerical, {}", quantity.note),
        };
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{name}</td><td class=\"number\">{}</td><td>{}</td><td class=\"wide\">{}</td></tr>",
            key(class),
            escape(&quantity.shown()),
            escape(&closed),
            escape(&worth)
        );
    }
    text
}

/// A stretch of a bar.
struct Stretch {
    class: &'static str,
    name: &'static str,
    from: f64,
    to: f64,
}

/// What lies below a classical number, below a model's, below a bound, and beyond: in order, from `start` to `end`.
fn stretches([start, end]: [f64; 2], [classical, inner, outer]: [Option<f64>; 3]) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut from = start;
    let mut until = |class, name, to: f64| {
        // A solver's error may put equal numbers in the wrong order.
        let to = to.clamp(from, end);
        if to > from {
            stretches.push(Stretch { class, name, from, to });
        }
        from = to;
    };
    if let Some(classical) = classical {
        until("classical", "classical", classical);
    }
    if let Some(inner) = inner {
        until("quantum", "quantum", inner);
    }
    match outer {
        Some(outer) => {
            until("open", "not excluded", outer);
            until("post", "post-quantum", end);
        }
        None => until("open", "not excluded", end),
    }
    stretches
}

/// The ladder along a line that begins at zero or at the least of the values.
fn ladder(bounds: &Bounds, sign: f64, assemblage: Option<f64>) -> String {
    let along = |quantity: &Quantity| quantity.value.map(|value| sign * value);
    let sets = [&bounds.classical, &bounds.quantum_inner, &bounds.quantum_outer].map(along);
    let beyond = along(&bounds.no_signalling);
    let marked = assemblage.map(|value| sign * value);
    let values: Vec<f64> =
        sets.into_iter().chain([beyond, marked]).flatten().filter(|value| value.is_finite()).collect();
    let least = values.iter().copied().fold(0.0, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    if values.is_empty() || least == most {
        return String::new();
    }
    let ends = [least, most];
    let described = "The functional's values: classical, quantum and no-signalling";
    bar(described, ends, sign, &stretches(ends, sets), marked)
}

/// The visibilities along a line from 0 to 1.
fn thresholds(found: &Visibilities) -> String {
    let sets = [found.classical.value, found.inner.value, found.outer.value];
    bar("Visibilities: classical and quantum", [0.0, 1.0], 1.0, &stretches([0.0, 1.0], sets), None)
}

/// A line to scale. Horizontal places are shares of the width, so that letters keep their size in any window.
fn bar(described: &str, ends: [f64; 2], sign: f64, stretches: &[Stretch], marked: Option<f64>) -> String {
    /// The share of the width that the longest name takes in a narrow window, and in a wide one.
    const ROOM: [f64; 2] = [0.24, 0.1];
    let [start, end] = ends;
    let share = |value: f64| ((value - start) / (end - start)).clamp(0.0, 1.0);
    let mut svg = format!("<svg height=\"52\" role=\"img\" aria-label=\"{described}\">\n");
    for stretch in stretches {
        let (from, to) = (share(stretch.from), share(stretch.to));
        let width = to - from;
        let _ = writeln!(
            svg,
            "<rect class=\"{}\" x=\"{:.3}%\" y=\"10\" width=\"{:.3}%\" height=\"22\"><title>{}</title></rect>",
            stretch.class,
            100.0 * from,
            100.0 * width,
            stretch.name
        );
        if width >= ROOM[1] {
            let class = if width >= ROOM[0] { "on" } else { "on roomy" };
            let _ = writeln!(
                svg,
                "<text class=\"{class}\" x=\"{:.3}%\" y=\"25\" text-anchor=\"middle\">{}</text>",
                50.0 * (from + to),
                stretch.name
            );
        }
        if stretch.to < end {
            let place = 100.0 * to;
            let _ = writeln!(svg, "<line x1=\"{place:.3}%\" x2=\"{place:.3}%\" y1=\"7\" y2=\"35\"/>");
        }
    }
    if let Some(value) = marked {
        let _ = writeln!(
            svg,
            "<svg x=\"{:.3}%\" width=\"1\" height=\"10\" style=\"width:1px;margin:0\"><path class=\"ink\" \
             d=\"M-6 0H6L0 10z\"><title>this assemblage</title></path></svg>",
            100.0 * share(value)
        );
    }
    for (value, place, anchor) in [(start, "0", "start"), (end, "100%", "end")] {
        let _ = writeln!(
            svg,
            "<text x=\"{place}\" y=\"48\" text-anchor=\"{anchor}\">{}</text>",
            closed_form(sign * value).unwrap_or_else(|| brief(sign * value))
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn brief(value: f64) -> String {
    match (1e-2..1e5).contains(&value.abs()) {
        true => format!("{value:.3}").replace('-', "−"),
        false => decimal(value),
    }
}
