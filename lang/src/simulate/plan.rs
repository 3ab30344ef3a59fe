//! What a simulation is to do, as data. All times are in microseconds.
//!
//! Enters: nothing (data only). Leaves: a [`Plan`], from the options of the command to the runs.

use crate::analysis::program::ActionId;
use crate::concepts::{Allowance, Fault, FaultBudget};

/// A time between two, all alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The shortest.
    pub least: u64,
    /// The longest; not below `least`.
    pub most: u64,
}

impl Span {
    /// Microseconds.
    pub const fn new(least: u64, most: u64) -> Span {
        Span { least, most }
    }
}

/// What random runs are made of.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Of each run, by the virtual clock.
    pub length: u64,
    /// How many; at least 1.
    pub runs: u64,
    /// What tells one simulation from another: the same seed gives the same runs.
    pub seed: u64,
    /// Threads; the result does not depend on them.
    pub threads: usize,
    /// Mean time between two of an action at one node, where it is not [`SECOND`].
    pub rates: Vec<(ActionId, f64)>,
    /// Of messages on links that say nothing of it, and of whatever reacts to something: see [`LATENCY`].
    pub latency: Span,
    /// From one tick to the next.
    pub tick: u64,
    /// What goes wrong.
    pub faults: Vec<Happens>,
}

/// Microseconds of a second.
pub const SECOND: u64 = 1_000_000;
/// Of messages, and of what reacts: resolutions without a `backoff`, views that come to show something newer, reconcilers
/// between seeing and acting.
pub const LATENCY: Span = Span::new(1_000, 10_000);
/// After a crash.
pub const RESTART: Span = Span::new(SECOND, 5 * SECOND);
/// Of a pause, of a partition.
pub const LASTS: Span = Span::new(SECOND, 5 * SECOND);

/// One entry of `faults { … }`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Happens {
    /// What goes wrong, or mends.
    pub fault: Fault,
    /// The index of the only kind of node that it happens to.
    pub of: Option<u32>,
    /// Of a partition: in one direction only.
    pub one_way: bool,
    /// How often.
    pub how: How,
    /// How long it lasts; `None`: for ever.
    pub lasts: Option<Span>,
}

/// How often a fault happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum How {
    /// At random, so far apart on average; of each node, or of the system.
    Every(u64),
    /// To so many of a million messages (or ticks).
    Share(u64),
    /// So long after what it mends.
    After(Span),
    /// Looks of reconcilers come early or late by up to so much.
    By(u64),
    /// Not at all.
    Never,
}

impl Plan {
    /// What the model must allow: everything that may happen, as often as it likes.
    pub fn budget(&self) -> FaultBudget {
        let mut budget = FaultBudget::default();
        for happens in self.faults.iter().filter(|happens| !matches!(happens.how, How::By(_))) {
            let mends = happens.fault.is_recovery();
            let never = happens.how == How::Never;
            if mends && !never {
                continue;
            }
            budget.add(Allowance {
                of: happens.of,
                one_way: happens.one_way,
                lasting: happens.fault == Fault::Partition && happens.lasts.is_none(),
                ..Allowance::new(happens.fault, if never { 0 } else { Allowance::ALWAYS })
            });
        }
        budget
    }

    /// How often messages (or ticks) meet a fault, in millionths.
    pub(super) fn share(&self, fault: Fault) -> u64 {
        let share = |happens: &Happens| match happens.how {
            How::Share(millionths) if happens.fault == fault => Some(millionths),
            _ => None,
        };
        self.faults.iter().find_map(share).unwrap_or(0)
    }

    /// How early or late looks at nodes of a kind come, or at none.
    pub(super) fn skew(&self, kind: Option<u32>) -> u64 {
        let skew = |happens: &Happens| match happens.how {
            How::By(most) if happens.of.is_none() || happens.of == kind => Some(most),
            _ => None,
        };
        self.faults.iter().find_map(skew).unwrap_or(0)
    }

    /// What is said of a fault of nodes of a kind.
    pub(super) fn of_node(&self, fault: Fault, kind: u32) -> Option<&Happens> {
        self.faults.iter().find(|happens| happens.fault == fault && happens.of.is_none_or(|of| of == kind))
    }

    /// What is said of partitions.
    pub(super) fn partition(&self, one_way: bool) -> Option<&Happens> {
        self.faults.iter().find(|happens| happens.fault == Fault::Partition && happens.one_way == one_way)
    }
}
