//! Values in the thousands: a browser freezes on as many displays, and a server drops messages beyond a thousand a second.
//!
//! Enters: what a cell shows, one after the other. Leaves: the first values as they come, those after them many at a
//! time. What is together depends on how many there are, never on how long they take.

use crate::wire::Bundle;
use serde_json::Value;

/// Values that are shown each by itself.
const ALONE: usize = 32;
/// Values of one display.
const TOGETHER: usize = 1000;

/// Values that wait for others.
#[derive(Default)]
pub(super) struct Together {
    values: usize,
    waiting: Vec<Bundle>,
}

impl Together {
    /// What is to be shown before something else: what waits, unless that is one more value.
    pub(super) fn before(&mut self, is_value: bool) -> Option<Bundle> {
        if is_value { None } else { self.rest() }
    }

    /// What is to be shown now.
    pub(super) fn take(&mut self, bundle: Bundle, is_value: bool) -> Option<Bundle> {
        self.values += usize::from(is_value);
        if !is_value || self.values <= ALONE {
            return Some(bundle);
        }
        self.waiting.push(bundle);
        if self.waiting.len() == TOGETHER { self.rest() } else { None }
    }

    /// What waits, as one.
    pub(super) fn rest(&mut self) -> Option<Bundle> {
        let waiting = std::mem::take(&mut self.waiting);
        let joined = |mime: &str| -> String {
            waiting
                .iter()
                .filter_map(|b| b.data.get(mime).and_then(Value::as_str))
                .collect::<Vec<_>>()
                .join("\n")
        };
        if waiting.is_empty() {
            return None;
        }
        let mut bundle = Bundle::text(&joined("text/plain"));
        bundle.data.insert("text/html".into(), joined("text/html").into());
        Some(bundle)
    }
}
