//! The skeleton of an HTML page: one file that needs nothing else, for narrow and wide windows, in light and dark.
//!
//! Colours are variables of [`STYLE`]; those of the sets are Okabe and Ito's, darkened for white letters on them and
//! lightened where the page is dark, for dark ones.

use std::fmt::Write as _;

/// What every page looks like. Drawings take their colours from it too, by class.
const STYLE: &str = "\
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1e23; --faint: #5d6570; --rule: #d9dde2; --panel: #f5f6f8; --link: #005a94;
  --classical: #007f5c; --quantum: #0067a1; --open: #6b727d; --post: #b84f00; --good: #00734f; --alert: #b23c00; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14171b; --ink: #e7e9ec; --faint: #a2a9b3; --rule: #343a42; --panel: #1d2127; --link: #6cb8f0;
  --classical: #1fbf92; --quantum: #4aa8e0; --open: #767e89; --post: #f0813a; --good: #3fcf9f; --alert: #ff9a5c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 74rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 0 0 0.25rem; }
p { margin: 0.4rem 0; }
a { color: var(--link); }
code { font: 0.9em ui-monospace, monospace; }
section { border-top: 1px solid var(--rule); padding: 1.25rem 0; }
.faint { color: var(--faint); }
.small { font-size: 0.875rem; }
.good { color: var(--good); font-weight: 600; }
.alert { color: var(--alert); font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.75rem 0.3rem 0; text-align: left; vertical-align: baseline; white-space: nowrap; }
th { color: var(--faint); font-weight: 600; border-bottom: 1px solid var(--rule); }
td { border-bottom: 1px solid var(--rule); }
@media (min-width: 48rem) { td.wide { white-space: normal; min-width: 14rem; } }
td.number, th.number { text-align: right; }
.names td:first-child, .names th:first-child { position: sticky; left: 0; background: var(--paper); white-space: normal;
  min-width: 7.5rem; }
.links { margin: 0.4rem 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
svg { display: block; width: 100%; overflow: visible; margin: 0.25rem 0; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .on { fill: #ffffff; }
svg .roomy { display: none; }
@media (min-width: 48rem) { svg .roomy { display: inline; } }
@media (prefers-color-scheme: dark) { svg .on { fill: #14171b; } }
svg line { stroke: var(--ink); stroke-width: 1.5; }
.classical { fill: var(--classical); } .quantum { fill: var(--quantum); } .open { fill: var(--open); }
.post { fill: var(--post); } .ink { fill: var(--ink); }
.key { display: inline-block; width: 0.75rem; height: 0.75rem; margin: 0; }
@media print { body { max-width: none; } section { break-inside: avoid; } }
";

/// A page with this title; `body` is HTML.
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

/// Text as it must stand in HTML, between tags and within quotes. Control characters, which have no place there, become
/// spaces.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A link to a file beside the page.
pub fn link(file: &str, text: &str) -> String {
    let mut address = String::with_capacity(file.len());
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                address.push(char::from(byte))
            }
            other => {
                let _ = write!(address, "%{other:02X}");
            }
        }
    }
    // A name with a colon would otherwise read as that of a protocol.
    format!("<a href=\"./{address}\">{}</a>", escape(text))
}

#[cfg(test)]
mod tests {
    use super::{escape, link, page};

    #[test]
    fn what_means_something_in_html_is_escaped() {
        assert_eq!(escape("a<b> & \"c\" 'd'\n"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; ");
        assert_eq!(link("a b\"é.json", "<x>"), "<a href=\"./a%20b%22%C3%A9.json\">&lt;x&gt;</a>");
        assert!(page("<script>", "").contains("<title>&lt;script&gt;</title>"));
    }
}
