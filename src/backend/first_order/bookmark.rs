//! Where a solve was left.

use std::sync::{Arc, Mutex};

/// Where the first-order method left a program, for another solve of the same to go on from, be it with another goal. Clones share
/// it. One of another program is not wrong, only a start that is as good as any.
#[derive(Debug, Clone, Default)]
pub struct Bookmark(Arc<Mutex<Option<Left>>>);

/// What it takes to go on.
#[derive(Debug)]
pub(super) struct Left {
    /// σ.
    pub penalty: f64,
    /// W.
    pub state: Vec<f64>,
    /// The multiplier of the best bound.
    pub multiplier: Vec<f64>,
}

impl Bookmark {
    /// Where a program in so many coordinates was left.
    pub(super) fn take(&self, dimension: usize) -> Option<Left> {
        let left = self.0.lock().ok()?.take();
        left.filter(|left| left.state.len() == dimension)
    }

    /// Leaves a program.
    pub(super) fn put(&self, left: Left) {
        if let Ok(mut place) = self.0.lock() {
            *place = Some(left);
        }
    }
}
