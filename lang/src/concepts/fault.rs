//! Faults: what may go wrong, and how often.
//!
//! Enters: nothing (a table). Leaves: [`Fault`], whose table is all that options, words and reports know of faults, and
//! [`FaultBudget`], what a check allows of each, one [`Allowance`] for each entry.

use super::table;

table! {
    /// What `faults { … }` may name.
    pub enum Fault {
        Crash "crash" "crash N [of NODE]: nodes stop; volatile state is lost.",
        Wipe "wipe" "wipe N [of NODE]: nodes stop; all their state is lost.",
        Restart "restart" "restart N [of NODE]: at most so many; without it every crashed node restarts.",
        Pause "pause" "pause N [of NODE]: nodes stop and come back as if no time had passed.",
        Resume "resume" "resume N [of NODE]: at most so many; without it every paused node resumes.",
        Lose "lose" "lose N: messages on lossy links vanish.",
        Duplicate "duplicate" "duplicate N: messages on duplicating links arrive twice.",
        Reorder "reorder" "reorder N: messages overtake each other.",
        Skew "skew" "skew N [of NODE]: ticks that a node's clocks miss.",
        Stale "stale" "stale N [of NODE]: a node's views go back to the version before.",
        Partition "partition" "partition N [one way] [lasting]: nodes are cut off from each other, lasting or until healed.",
    }
}

impl Fault {
    /// It mends what another fault broke: it may be limited, and counts as no fault of a run.
    pub fn is_recovery(self) -> bool {
        !self.mends().is_empty()
    }

    /// The faults after which it may happen, where it mends.
    pub fn mends(self) -> &'static [Fault] {
        match self {
            Fault::Restart => &[Fault::Crash, Fault::Wipe],
            Fault::Resume => &[Fault::Pause],
            Fault::Crash
            | Fault::Wipe
            | Fault::Pause
            | Fault::Lose
            | Fault::Duplicate
            | Fault::Reorder
            | Fault::Skew
            | Fault::Stale
            | Fault::Partition => &[],
        }
    }

    /// It happens to one node, so that a budget may be for a kind of node.
    pub fn strikes_node(self) -> bool {
        match self {
            Fault::Crash
            | Fault::Wipe
            | Fault::Restart
            | Fault::Pause
            | Fault::Resume
            | Fault::Skew
            | Fault::Stale => true,
            Fault::Lose | Fault::Duplicate | Fault::Reorder | Fault::Partition => false,
        }
    }
}

/// How often a fault may happen on one run, and to what: one entry of `faults { … }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// What may happen.
    pub fault: Fault,
    /// All in all.
    pub times: u32,
    /// The index of the only kind of node that it happens to; `None`: to all.
    pub of: Option<u32>,
    /// Of a partition: messages are stopped in one direction only.
    pub one_way: bool,
    /// Of a partition: it never heals.
    pub lasting: bool,
}

impl Allowance {
    /// As often as it likes: the state does not count it.
    pub const ALWAYS: u32 = u32::MAX;

    /// To whatever it can happen to.
    pub fn new(fault: Fault, times: u32) -> Allowance {
        Allowance { fault, times, of: None, one_way: false, lasting: false }
    }

    /// Both would pay for the same.
    pub fn overlaps(&self, other: &Allowance) -> bool {
        self.fault == other.fault
            && self.one_way == other.one_way
            && (self.of == other.of || self.of.is_none() || other.of.is_none())
    }
}

/// What may go wrong and how often, all in all, as a `check` says it. A fault that is not given does not happen; but
/// every crashed node may restart (and, by fairness, does) where nothing is said of restarts, and every paused one resume.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultBudget {
    /// By fault, then as written; no two overlap.
    entries: Vec<Allowance>,
}

impl FaultBudget {
    /// How often, where anything was said.
    pub fn given(&self, fault: Fault) -> Option<u32> {
        let said = self.entries.iter().filter(|entry| entry.fault == fault);
        said.map(|entry| entry.times).reduce(u32::saturating_add)
    }

    /// How often; 0 where nothing was said.
    pub fn times(&self, fault: Fault) -> u32 {
        self.given(fault).unwrap_or(0)
    }

    /// At least once.
    pub fn allows(&self, fault: Fault) -> bool {
        self.times(fault) > 0
    }

    /// How often a fault may happen on one run, to whatever it can happen to.
    pub fn set(&mut self, fault: Fault, times: u32) {
        self.add(Allowance::new(fault, times));
    }

    /// One entry more, in place of those that it overlaps.
    pub fn add(&mut self, entry: Allowance) {
        self.entries.retain(|known| !known.overlaps(&entry));
        self.entries.push(entry);
        self.entries.sort_by_key(|entry| entry.fault);
    }

    /// What pays for a fault that happens to a node of a kind, by the kind's index; with its place among all.
    pub fn of_node(&self, fault: Fault, kind: u32) -> Option<(usize, &Allowance)> {
        let pays = |entry: &Allowance| entry.fault == fault && entry.of.is_none_or(|of| of == kind);
        self.said().find(|(_, entry)| pays(entry))
    }

    /// What was said of a fault that happens to no node; with its place among all.
    pub fn of(&self, fault: Fault) -> impl Iterator<Item = (usize, &Allowance)> {
        self.said().filter(move |(_, entry)| entry.fault == fault)
    }

    /// All that was said, 0 included: `restart 0` is not the same as nothing. With the place of each among all.
    pub fn said(&self) -> impl Iterator<Item = (usize, &Allowance)> {
        self.entries.iter().enumerate()
    }

    /// What may happen; with its place among all that was said.
    pub fn allowed(&self) -> impl Iterator<Item = (usize, &Allowance)> {
        self.said().filter(|(_, entry)| entry.times > 0)
    }
}

impl<const N: usize> From<[(Fault, u32); N]> for FaultBudget {
    fn from(given: [(Fault, u32); N]) -> Self {
        let mut budget = FaultBudget::default();
        given.into_iter().for_each(|(fault, times)| budget.set(fault, times));
        budget
    }
}
