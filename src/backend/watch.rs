//! What a running solve shares with those who watch it: how far it is, and whether to go on.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Called with the primal value and the upper bound that a solver has reached.
pub type Show = Arc<dyn Fn(f64, f64) + Send + Sync>;

/// Clones share the request to stop.
#[derive(Clone, Default)]
pub struct Watch {
    interrupted: Arc<AtomicBool>,
    show: Option<Show>,
}

impl Watch {
    /// The same, with the values shown in this way.
    pub fn showing(&self, show: Option<Show>) -> Self {
        Self { interrupted: Arc::clone(&self.interrupted), show }
    }

    /// Asks every solve to stop at its next iteration; whether that had been asked before.
    pub fn interrupt(&self) -> bool {
        self.interrupted.swap(true, Ordering::Relaxed)
    }

    /// Whether to stop.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Shows how far it is.
    pub fn report(&self, primal: f64, bound: f64) {
        if let Some(show) = &self.show {
            show(primal, bound);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("interrupted", &self.is_interrupted()).finish_non_exhaustive()
    }
}
