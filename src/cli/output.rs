//! Results on stdout, as text or as one JSON object.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::Failure;
use crate::report::Text;

/// How results are written.
pub(super) struct Output {
    pub json: bool,
}

impl Output {
    /// One result.
    pub fn show<R: Serialize + Text>(&self, report: &R) -> Result<(), Failure> {
        if !self.json {
            return self.print(&report.text());
        }
        let json = serde_json::to_string_pretty(report)
            .map_err(|error| Failure::Output(error.into(), "the result as JSON".to_owned()))?;
        self.print(&format!("{json}\n"))
    }

    /// Text as it is; colours are dropped where stdout is no terminal. A reader that has closed the pipe
    /// has seen enough: the answer and its exit code stay what they are.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::Output(error, "stdout".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// A message on stderr; whether anybody reads it does not matter.
pub(super) fn complain(message: impl Display) {
    let _ = writeln!(std::io::stderr(), "{message}");
}
