//! When to tell of progress: not at all for what is quick, then a few times a second.
//!
//! Enters: progress as it comes, many thousand times a second. Leaves: whether to tell it, and how long the
//! exploration has run.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// An exploration that takes less shows no progress.
const AFTER: Duration = Duration::from_millis(500);
const EVERY: Duration = Duration::from_millis(200);

#[derive(Default)]
pub(super) struct Pace(Mutex<Since>);

#[derive(Default)]
struct Since {
    /// When the present exploration was first heard of.
    began: Option<Instant>,
    told: Option<Instant>,
    counted: u64,
}

impl Pace {
    /// The time since the exploration began, if this is a moment to tell of it.
    /// `counted`: what has been done so far, in whatever unit.
    pub(super) fn due(&self, counted: u64) -> Option<Duration> {
        let now = Instant::now();
        let mut since = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if counted < since.counted / 2 {
            // Another exploration of the same cell.
            *since = Since::default();
        }
        since.counted = since.counted.max(counted);
        let began = *since.began.get_or_insert(now);
        let due = match since.told {
            Some(told) => now - told >= EVERY,
            None => now - began >= AFTER,
        };
        if !due {
            return None;
        }
        since.told = Some(now);
        Some(now - began)
    }

    /// The exploration is over; true if it was told of.
    pub(super) fn end(&self) -> bool {
        let mut since = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        std::mem::take(&mut *since).told.is_some()
    }
}
