//! Progress on stderr while a solve runs.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::backend::Show;
use crate::pipeline::{Progress, Work};
use crate::report::decimal;

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
    fn start(&self, what: &str, seconds: f64) -> Box<dyn Work> {
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

impl Work for Line {
    /// The value of the best point so far and the bound, in order: for a minimum the bound is the smaller one.
    fn show(&self) -> Option<Show> {
        let line = self.0.clone();
        let what = line.message();
        Some(Arc::new(move |primal: f64, bound: f64| {
            let sandwich = match primal <= bound {
                true => format!("primal {} ≤ bound {}", decimal(primal), decimal(bound)),
                false => format!("bound {} ≤ primal {}", decimal(bound), decimal(primal)),
            };
            line.set_message(format!("{what}  {sandwich} "));
        }))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
