//! Where a solve was left.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Where the first-order method left a program, for another solve of the same to go on from, be it with another goal. Clones share
/// it. Programs of different sizes have places of their own; one of another program is not wrong, only another start.
#[derive(Debug, Clone, Default)]
pub struct Bookmark(Arc<Mutex<BTreeMap<usize, Left>>>);

/// What it takes to go on.
#[derive(Debug)]
pub(super) struct Left {
    /// W.
    pub state: Vec<f64>,
    /// σ.
    pub penalty: f64,
    /// The multiplier of the best bound.
    pub multiplier: Vec<f64>,
    /// What it has taken so far.
    pub iterations: u32,
    pub seconds: f64,
    /// The errors and the penalties, check by check.
    pub errors: Vec<f64>,
    pub penalties: Vec<f64>,
}

impl Bookmark {
    /// Where a program in so many coordinates was left.
    pub(super) fn take(&self, dimension: usize) -> Option<Left> {
        self.0.lock().ok()?.remove(&dimension)
    }

    /// Leaves a program.
    pub(super) fn put(&self, left: Left) {
        if let Ok(mut places) = self.0.lock() {
            places.insert(left.state.len(), left);
        }
    }
}
