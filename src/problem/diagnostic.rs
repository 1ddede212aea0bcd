//! An error in a problem file: what was found, where, and what would be right.

use std::ops::Range;
use std::sync::Arc;

use miette::{LabeledSpan, NamedSource, SourceCode};

/// The text of a problem file with the name it is reported under.
#[derive(Debug, Clone)]
pub struct Source(Arc<NamedSource<String>>);

impl Source {
    /// A named text.
    pub fn new(name: impl AsRef<str>, text: String) -> Self {
        Self(Arc::new(NamedSource::new(name, text).with_language("TOML")))
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.0.inner()
    }

    /// An error at a byte range of the text.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> ProblemError {
        // A range must lie within the text for its line to be shown.
        let end = self.text().len();
        let span = span.start.min(end)..span.end.clamp(span.start.min(end), end);
        ProblemError(Box::new(Details {
            message: message.into(),
            label: None,
            help: None,
            place: Some((self.clone(), span)),
        }))
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
    place: Option<(Source, Range<usize>)>,
}

impl ProblemError {
    /// An error without a place in the text, such as a file that cannot be opened.
    pub fn plain(message: impl Into<String>) -> Self {
        Self(Box::new(Details { message: message.into(), label: None, help: None, place: None }))
    }

    /// Words at the pointer.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.0.label = Some(label.into());
        self
    }

    /// What would be right.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
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
        self.0.place.as_ref().map(|(source, _)| &*source.0 as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (_, span) = self.0.place.as_ref()?;
        let label = self.0.label.clone().or_else(|| Some("here".to_owned()));
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(label, span.clone()))))
    }
}
