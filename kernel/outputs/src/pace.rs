//! When to tell of progress: not at all for what is quick, then a few times a second.
//!
//! Enters: progress as it comes, many thousand times a second, and the time. Leaves: whether to tell it, and how long the
//! exploration has run.

use std::sync::Mutex;
use std::time::Duration;

/// An exploration that takes less shows no progress.
const AFTER: Duration = Duration::from_millis(500);
const EVERY: Duration = Duration::from_millis(200);

/// Of the cell that runs.
#[derive(Default)]
pub struct Pace(Mutex<Since>);

#[derive(Default)]
struct Since {
    /// When the present exploration was first heard of.
    began: Option<Duration>,
    told: Option<Duration>,
    counted: u64,
}

impl Pace {
    /// The time since the exploration began, if this is a moment to tell of it.
    /// `now`: since some fixed moment. `counted`: what has been done so far, in whatever unit.
    pub fn due(&self, now: Duration, counted: u64) -> Option<Duration> {
        let mut since = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if counted < since.counted / 2 {
            // Another exploration of the same cell.
            *since = Since::default();
        }
        since.counted = since.counted.max(counted);
        let began = *since.began.get_or_insert(now);
        let due = match since.told {
            Some(told) => now.saturating_sub(told) >= EVERY,
            None => now.saturating_sub(began) >= AFTER,
        };
        if !due {
            return None;
        }
        since.told = Some(now);
        Some(now.saturating_sub(began))
    }

    /// The exploration is over; true if it was told of.
    pub fn end(&self) -> bool {
        let mut since = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        std::mem::take(&mut *since).told.is_some()
    }
}
