//! Progress on stderr while a solve runs.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::backend::Show;
use crate::pipeline::{Count, Progress, Work};
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

    fn count(&self, what: &str, total: usize, seconds: f64) -> Box<dyn Count> {
        let style =
            ProgressStyle::with_template("{prefix} [{bar:24}] {elapsed}, about {left} left  {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> ")
                .with_key("left", |state: &ProgressState, text: &mut dyn fmt::Write| {
                    let left = Duration::from_secs_f64(left(state).clamp(0.0, 1e9));
                    let _ = write!(text, "{}", indicatif::HumanDuration(left));
                });
        let line = self.lines.add(ProgressBar::new(parts(seconds)).with_style(style));
        line.enable_steady_tick(Duration::from_millis(250));
        let counted = Counted { line, what: what.to_owned(), total, state: Mutex::default() };
        counted.show(&State::default());
        Box::new(counted)
    }
}

/// The seconds that a bar is expected to take still: at the rate so far; until something is done, as predicted.
fn left(state: &ProgressState) -> f64 {
    let [done, all] = [state.pos(), state.len().unwrap_or(0)].map(|parts| parts as f64);
    let elapsed = state.elapsed().as_secs_f64();
    match done > 0.0 {
        true => elapsed * (all - done) / done,
        false => all / 1e3 / rayon::current_num_threads() as f64 - elapsed,
    }
}

/// The length of a bar: predicted milliseconds, and one for good measure.
fn parts(seconds: f64) -> u64 {
    (seconds.clamp(0.0, 1e9) * 1e3) as u64 + 1
}

/// A bar for many pieces of work, as long as they are predicted to take.
struct Counted {
    line: ProgressBar,
    what: String,
    total: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: usize,
    under_way: Vec<String>,
}

impl Counted {
    fn show(&self, state: &State) {
        self.line.set_prefix(format!("{} of {} {}", state.done, self.total, self.what));
        self.line.set_message(state.under_way.join(", "));
    }
}

impl Count for Counted {
    fn begin(&self, name: &str) {
        if let Ok(mut state) = self.state.lock() {
            state.under_way.push(name.to_owned());
            self.show(&state);
        }
    }

    fn end(&self, name: &str, seconds: f64) {
        if let Ok(mut state) = self.state.lock() {
            state.under_way.retain(|other| other != name);
            state.done += 1;
            self.line.inc(parts(seconds) - 1);
            self.show(&state);
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.line.finish_and_clear();
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
                _ if bound.is_infinite() => format!("primal {}", decimal(primal)),
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
