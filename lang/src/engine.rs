//! Exploration: every reachable state of a machine, shortest traces, fair cycles. Knows nothing of the language.
//!
//! Enters: a [`Machine`] and [`Limits`]. Leaves: an [`Exploration`]: counts, an outcome for each property, traces as
//! packed states. The idea: breadth-first search in the order (faults used, steps), so that the first path to a state is
//! the one with the fewest faults and, among those, the fewest steps; fair cycles on the finished graph.
//! Everything in the result is the same for any number of threads.

use machine::Machine;

pub mod checkpoint;
pub mod cycles;
pub mod differing;
pub mod exploration;
pub(crate) mod halt;
pub mod machine;
pub mod observer;
pub mod part;
pub mod shared;
pub mod spill;
pub mod steps;
pub mod stubborn;
pub mod survey;

mod conclude;
mod expand;
mod frontier;
mod live;
mod progress;
mod reduce;
mod search;
mod store;
mod tally;
mod trace;
mod workers;

pub use checkpoint::{CheckpointFailed, CheckpointTo, Checkpoints};
pub use exploration::{
    Exploration, InstanceCount, Kind, Length, Outcome, PartialOrder, Path, PathStep, Rounds, Stop, Trapped,
    Violation, Why,
};
pub use observer::{Caps, Observer, Progress};
pub use spill::{Spill, SpillFailed, SpillTo};

/// Caps of the user: an exploration that meets one is incomplete, never wrong. `None`: no cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// States at this depth are judged, not expanded.
    pub depth: Option<u32>,
    /// Distinct states; overshot by at most a fraction.
    pub states: Option<u64>,
    /// Bytes of the states, the seen-set and the graph.
    pub memory: Option<u64>,
    /// At least 1. The result does not depend on it.
    pub threads: usize,
    /// Rounds of fewer states are not worth several threads.
    pub least_shared: usize,
    /// End as soon as every property is decided (for `find`).
    pub stop_when_decided: bool,
    /// Where packed states go, instead of staying in memory.
    pub spill: Option<SpillTo>,
    /// Where the search is kept now and then, and goes on from.
    pub checkpoint: Option<CheckpointTo>,
    /// Distinct states from which on partial order is tried, where it applies. `None`: never.
    pub reduce_after: Option<u64>,
}

/// Smaller models than this are explored whole, so that their counts are what they have.
const REDUCE_AFTER: u64 = 1 << 23;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: None,
            states: None,
            memory: Some(2 << 30),
            threads: 1,
            least_shared: 512,
            stop_when_decided: false,
            spill: None,
            checkpoint: None,
            reduce_after: Some(REDUCE_AFTER),
        }
    }
}

/// Watches nothing and never cancels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// Explores every state that `machine` can reach within `limits` and judges all its properties.
pub fn explore<M: Machine>(machine: &M, limits: &Limits, observer: &dyn Observer) -> Exploration {
    reduce::explore(machine, limits, observer)
}
