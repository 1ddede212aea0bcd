//! An error in a problem file: what was found, where, and what would be right.

use std::ops::Range;
use std::sync::Arc;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// A line of more bytes than this is shown in part, and never as the neighbour of another.
const MAX_SHOWN_LINE: usize = 160;
/// How much of a long line is shown before and after the start of what is pointed at.
const BEFORE: usize = 40;
const AFTER: usize = 80;
/// A range of more lines than this is pointed at by its first line.
const MAX_SHOWN_LINES: usize = 6;

/// The text of a problem file with the name it is reported under.
#[derive(Debug, Clone)]
pub struct Source(Arc<(String, String)>);

impl Source {
    /// A named text.
    pub fn new(name: impl Into<String>, text: String) -> Self {
        Self(Arc::new((name.into(), text)))
    }

    fn name(&self) -> &str {
        &self.0.0
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0.1
    }

    /// The text of a range; empty where there is none.
    pub(super) fn slice(&self, span: Range<usize>) -> &str {
        self.text().get(span).unwrap_or_default()
    }

    /// The number of the line, counted from 1, in which a byte stands.
    pub(super) fn line_number(&self, position: usize) -> usize {
        self.text().bytes().take(position).filter(|&byte| byte == b'\n').count() + 1
    }

    /// An error at a byte range of the text.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> ProblemError {
        ProblemError::new(message.into(), Some(Excerpt::new(self, span)))
    }

    /// An error about something that is missing: it points at the end of the text.
    pub(super) fn error_at_end(&self, message: impl Into<String>) -> ProblemError {
        let end = self.text().trim_end().len();
        self.error(end..end, message).label("the file ends here")
    }
}

/// An error in a problem file, or in reading it. Rendered by miette with file, line, column and a
/// pointer at the text.
#[derive(Debug)]
pub struct ProblemError(Box<Details>);

#[derive(Debug)]
struct Details {
    message: String,
    label: Option<String>,
    help: Option<String>,
    excerpt: Option<Excerpt>,
}

impl ProblemError {
    fn new(message: String, excerpt: Option<Excerpt>) -> Self {
        Self(Box::new(Details { message: printable(&message), label: None, help: None, excerpt }))
    }

    /// An error without a place in the text, such as a file that cannot be opened.
    pub fn plain(message: impl Into<String>) -> Self {
        Self::new(message.into(), None)
    }

    /// Place, message and what would be right, in one line.
    pub fn line(&self) -> String {
        let Details { message, help, excerpt, .. } = &*self.0;
        let place = excerpt
            .as_ref()
            .map(|excerpt| format!("{}:{}:{}: ", excerpt.name, excerpt.line + 1, excerpt.column + 1));
        let help = help.as_ref().map(|help| format!(" ({help})"));
        let line = place.unwrap_or_default() + message + &help.unwrap_or_default();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Words at the pointer, where they say more than the message.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.0.label = Some(printable(&label.into())).filter(|label| !label.is_empty());
        self
    }

    /// What would be right.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(printable(&help.into()));
        self
    }

    /// What would be right, if that is known.
    pub(super) fn maybe_help(self, help: Option<impl Into<String>>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }
}

impl std::fmt::Display for ProblemError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for ProblemError {}

impl miette::Diagnostic for ProblemError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.0.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.0.excerpt.as_ref()?.span.clone();
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(self.0.label.clone(), span))))
    }
}

/// The lines of a file around what is pointed at, fit to be printed: long lines are cut, and what
/// would command a terminal is replaced.
#[derive(Debug)]
struct Excerpt {
    name: String,
    shown: String,
    /// Where in the file `shown` begins: its byte, and its line counted from 0.
    offset: usize,
    first_line: usize,
    /// What is pointed at, in bytes of the file, within `shown`.
    span: Range<usize>,
    /// Line and column where that starts, in characters, counted from 0.
    line: usize,
    column: usize,
}

impl Excerpt {
    fn new(source: &Source, span: Range<usize>) -> Self {
        let text = source.text();
        // Nothing can be pointed at behind the last line.
        let last = text.trim_end().len();
        let start = if span.start >= text.len() { last } else { boundary(text, span.start) };
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = |position: usize| text[position..].find('\n').map_or(text.len(), |n| position + n);
        let mut end = boundary(text, span.end).max(start);
        let too_wide = |lines: &str| lines.lines().any(|line| line.len() > MAX_SHOWN_LINE);
        let pointed = &text[line_start..line_end(end)];
        if pointed.lines().count() > MAX_SHOWN_LINES || too_wide(pointed) {
            end = end.min(line_end(start));
        }
        let line = &text[line_start..line_end(start)];
        let shown = if too_wide(line) {
            let from = boundary(text, start.saturating_sub(BEFORE)).max(line_start);
            let to = boundary(text, start + AFTER).min(line_end(start));
            end = end.min(to);
            from..to
        } else {
            let before = text[..line_start.saturating_sub(1)].rfind('\n').map_or(0, |newline| newline + 1);
            let from = if too_wide(&text[before..line_start]) { line_start } else { before };
            let to = line_end(end);
            let after = if to < text.len() { line_end(to + 1) } else { to };
            from..if too_wide(&text[to..after]) { to } else { after }
        };
        Self {
            name: source.name().to_owned(),
            offset: shown.start,
            first_line: source.line_number(shown.start) - 1,
            line: source.line_number(start) - 1,
            column: text[line_start..start].chars().count(),
            span: start..end,
            shown: elide(
                printable(&text[shown.clone()]),
                shown.start > line_start,
                shown.end < line_end(end),
            ),
        }
    }
}

impl SourceCode for Excerpt {
    /// Miette asks once for the lines to show, and once, without lines around, for the place to
    /// name above them.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (line, column) = if lines_before == 0 { (self.line, self.column) } else { (self.first_line, 0) };
        let span = SourceSpan::from((self.offset, self.shown.len()));
        let (name, data) = (self.name.clone(), self.shown.as_bytes());
        let contents =
            MietteSpanContents::new_named(name, data, span, line, column, self.shown.lines().count());
        Ok(Box::new(contents.with_language("TOML")))
    }
}

/// The last character boundary up to a position.
fn boundary(text: &str, position: usize) -> usize {
    let mut boundary = position.min(text.len());
    while !text.is_char_boundary(boundary) {
        boundary -= 1;
    }
    boundary
}

/// Dots for what is cut off at the ends of a line, as many bytes as they take the place of.
fn elide(mut shown: String, start: bool, end: bool) -> String {
    const DOTS: &str = "…";
    let length = shown.len();
    if length < 4 * DOTS.len() {
        return shown;
    }
    for (cut, range) in [(start, 0..DOTS.len()), (end, length - DOTS.len()..length)] {
        if cut && shown.get(range.clone()).is_some_and(str::is_ascii) {
            shown.replace_range(range, DOTS);
        }
    }
    shown
}

/// The text without characters that a terminal would obey, each replaced by one of as many bytes.
fn printable(text: &str) -> String {
    let harmless = |c: char| match c {
        '\n' | '\t' => c,
        '\r' => ' ',
        c if c.is_ascii_control() => '?',
        c if c.is_control() => '\u{b7}',
        // These reorder what stands around them.
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(harmless).collect()
}
