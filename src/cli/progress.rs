//! Progress on stderr while a solve runs.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::pipeline::Progress;

/// One line for each piece of work under way, with the time so far and the predicted one.
pub(super) struct Bars {
    lines: MultiProgress,
}

impl Bars {
    pub fn new() -> Self {
        Self { lines: MultiProgress::new() }
    }
}

impl Progress for Bars {
    fn start(&self, what: &str, seconds: f64) -> Box<dyn Send + '_> {
        let style = ProgressStyle::with_template("{spinner} {msg}  {elapsed}{prefix}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let line = self.lines.add(ProgressBar::new_spinner().with_style(style));
        line.set_message(what.to_owned());
        if seconds >= 1.0 {
            line.set_prefix(format!(
                " of about {}",
                indicatif::HumanDuration(Duration::from_secs_f64(seconds.min(1e9)))
            ));
        }
        line.enable_steady_tick(Duration::from_millis(120));
        Box::new(Line(line))
    }
}

/// Clears its line when the work is done.
struct Line(ProgressBar);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
