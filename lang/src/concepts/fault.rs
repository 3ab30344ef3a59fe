//! Faults: what may go wrong, and how often.
//!
//! Enters: nothing (a table). Leaves: [`Fault`], whose table is all that options, words and reports know of faults, and
//! [`FaultBudget`], what a check allows of each.

use super::table;

table! {
    /// What `faults { … }` may name.
    pub enum Fault {
        Crash "crash" "crash N: nodes stop; volatile state is lost.",
        Restart "restart" "restart N: at most so many; without it every crashed node restarts.",
        Lose "lose" "lose N: messages on lossy links vanish.",
        Duplicate "duplicate" "duplicate N: messages on duplicating links arrive twice.",
        Reorder "reorder" "reorder N: messages overtake each other.",
        Partition "partition" "partition N: nodes are cut off from each other until healed.",
    }
}

table! {
    /// Faults that are parsed and not executed yet.
    pub enum LaterFault {
        Skew "skew" "skew: clocks disagree.",
        Stale "stale" "stale: a read returns an earlier version.",
        Pause "pause" "pause: a process stops and comes back as if no time had passed.",
    }
}

impl Fault {
    /// It mends what another fault broke: it may be limited, and counts as no fault of a run.
    pub fn is_recovery(self) -> bool {
        match self {
            Fault::Restart => true,
            Fault::Crash | Fault::Lose | Fault::Duplicate | Fault::Reorder | Fault::Partition => false,
        }
    }
}

/// What may go wrong and how often, all in all, as a `check` says it. A fault that is not given does not happen; but
/// every crashed node may restart (and, by fairness, does) where nothing is said of restarts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultBudget {
    given: [Option<u32>; Fault::ALL.len()],
}

impl FaultBudget {
    /// How often, where anything was said.
    pub fn given(&self, fault: Fault) -> Option<u32> {
        self.given[fault as usize]
    }

    /// How often; 0 where nothing was said.
    pub fn times(&self, fault: Fault) -> u32 {
        self.given(fault).unwrap_or(0)
    }

    /// At least once.
    pub fn allows(&self, fault: Fault) -> bool {
        self.times(fault) > 0
    }

    /// How often a fault may happen on one run.
    pub fn set(&mut self, fault: Fault, times: u32) {
        self.given[fault as usize] = Some(times);
    }

    /// Those of which a check says how often, 0 included: `restart 0` is not the same as nothing.
    pub fn said(&self) -> impl Iterator<Item = (Fault, u32)> {
        Fault::ALL.into_iter().filter_map(|fault| self.given(fault).map(|times| (fault, times)))
    }

    /// Those that may happen, with how often.
    pub fn allowed(&self) -> impl Iterator<Item = (Fault, u32)> {
        Fault::ALL.into_iter().map(|fault| (fault, self.times(fault))).filter(|(_, times)| *times > 0)
    }
}

impl<const N: usize> From<[(Fault, u32); N]> for FaultBudget {
    fn from(given: [(Fault, u32); N]) -> Self {
        let mut budget = FaultBudget::default();
        given.into_iter().for_each(|(fault, times)| budget.set(fault, times));
        budget
    }
}
