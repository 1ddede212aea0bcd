//! The paper as a page: every claim with what was computed, its figures and links to its certificates.

use std::fmt::Write as _;

use super::page::{escape, link, page};
use super::{Claim, PaperReport};

/// The page. `figures` are (name, SVG text); certificates lie beside the page.
pub fn paper_page(report: &PaperReport, figures: &[(String, String)]) -> String {
    let mut body = String::new();
    let _ = write!(
        body,
        "<h1>{}</h1>\n<p>What the paper claims, each with what this program computes and why that is to be believed. \
         <em>Verified</em>: a certificate beside this page proves it, and <code>steerq-check</code>, which shares no code \
         with the program, has accepted it. To check them all again: <code>steerq-check *.cert.json</code> or, written \
         independently, <code>python3 scripts/verify.py *.cert.json</code>. The assemblages are files of <code>problems/</code>; \
         where the paper has no example of its own, the one here is ours, and says so.</p>\n<p class=\"small faint\">{}</p>\n",
        escape(report.paper),
        escape(&report.summary()),
    );
    body.push_str("<div class=\"scroll\">\n<table>\n<tr><th></th><th>claim</th><th>verdict</th></tr>\n");
    for claim in &report.claims {
        let (mark, class) = mark(claim);
        let _ = writeln!(
            body,
            "<tr><td class=\"{class}\">{mark}</td><td class=\"wide\"><a href=\"#{}\">{}</a></td><td>{}</td></tr>",
            escape(claim.id),
            escape(claim.statement),
            verdict(claim),
        );
    }
    body.push_str("</table>\n</div>\n");
    for claim in &report.claims {
        section(&mut body, claim, figures);
    }
    page("steerq paper", &body)
}

fn section(body: &mut String, claim: &Claim, figures: &[(String, String)]) {
    let (mark, class) = mark(claim);
    let _ = writeln!(body, "<section id=\"{}\">\n<h2>{}</h2>", escape(claim.id), escape(claim.statement));
    let computed: Vec<String> = claim.computed.lines().map(escape).collect();
    let _ = writeln!(body, "<p>{}</p>", computed.join("<br>\n"));
    let _ = writeln!(
        body,
        "<p><span class=\"{class}\">{mark} {}</span> <span class=\"small faint\">{}</span></p>",
        verdict(claim),
        escape(&claim.evidence)
    );
    let (drawn, proofs): (Vec<&String>, Vec<&String>) =
        claim.files.iter().partition(|file| file.ends_with(".svg"));
    for name in drawn {
        if let Some((_, svg)) = figures.iter().find(|(figure, _)| figure == name) {
            let _ = writeln!(
                body,
                "<p><img alt=\"{}\" style=\"max-width: 100%\" src=\"data:image/svg+xml,{}\"></p>",
                escape(name.trim_end_matches(".svg")),
                encoded(svg)
            );
        }
    }
    if !proofs.is_empty() {
        let items: Vec<String> = proofs.iter().map(|file| format!("<li>{}</li>", link(file, file))).collect();
        let _ = writeln!(body, "<ul class=\"links small\">{}</ul>", items.join(""));
    }
    body.push_str("</section>\n");
}

/// A sign for whether the paper's statement is met, and its class.
fn mark(claim: &Claim) -> (&'static str, &'static str) {
    match claim.agrees {
        Some(true) => ("✓", "good"),
        Some(false) => ("✗", "alert"),
        None => ("·", "faint"),
    }
}

fn verdict(claim: &Claim) -> String {
    let worth = if claim.verified { ", verified" } else { "" };
    format!("{}{worth}", claim.verdict)
}

/// A text in an address: letters, digits and what is harmless there as they are.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~ =:/(),;".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
