//! What is still to be expanded: seeds by faults used; and the levels that have been begun.
//!
//! Enters: states that need more faults than the level at hand. Leaves: the next level's, when this one is done; counts of
//! what was never expanded. A state's faults are part of it, so levels share no states.

use super::spill::Spill;
use std::collections::BTreeMap;
use std::sync::Arc;

mod seeds;
mod spilled;

pub(super) use seeds::Seeds;
pub(super) use spilled::Lost;

pub(super) struct Frontier {
    words: usize,
    /// By faults used: what waits for its level.
    pending: BTreeMap<u32, Seeds>,
    levels: Vec<Level>,
    cut: u64,
    left: u64,
    /// Where seeds wait that memory has no room for.
    outside: Option<Arc<dyn Spill>>,
}

/// The faults used by, and the id of, the first state of a fault level and depth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) faults: u32,
    pub(super) depth: u32,
    pub(super) start: u32,
}

impl Frontier {
    /// For states of `words` words.
    pub(super) fn new(words: usize) -> Self {
        Frontier { words, pending: BTreeMap::new(), levels: Vec::new(), cut: 0, left: 0, outside: None }
    }

    /// Where states wait that have used so many faults.
    pub(super) fn seeds(&mut self, faults: u32) -> &mut Seeds {
        let Frontier { words, outside, .. } = self;
        self.pending.entry(faults).or_insert_with(|| {
            let mut seeds = Seeds::new(*words);
            outside.iter().for_each(|spill| seeds.go_outside(spill));
            seeds
        })
    }

    /// Lets go of the memory of all that waits, and that will.
    pub(super) fn go_outside(&mut self, spill: &Arc<dyn Spill>) {
        self.pending.values_mut().for_each(|seeds| seeds.go_outside(spill));
        self.outside = Some(spill.clone());
    }

    /// What waits with the fewest faults, and their number.
    pub(super) fn next(&mut self) -> Option<(u32, Seeds)> {
        self.pending.pop_first()
    }

    /// What waits with so many faults.
    pub(super) fn take(&mut self, faults: u32) -> Seeds {
        self.pending.remove(&faults).unwrap_or_else(|| Seeds::new(self.words))
    }

    /// By faults used, what waits.
    pub(super) fn pending(&self) -> impl Iterator<Item = (u32, &Seeds)> {
        self.pending.iter().map(|(faults, seeds)| (*faults, seeds))
    }

    /// The number of states that wait.
    pub(super) fn waiting(&self) -> u64 {
        self.pending.values().map(|seeds| seeds.len() as u64).sum()
    }

    pub(super) fn begin(&mut self, level: Level) {
        self.levels.push(level);
    }

    /// In order.
    pub(super) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The level of a state.
    pub(super) fn level_of(&self, id: u32) -> Level {
        self.levels[self.levels.partition_point(|level| level.start <= id) - 1]
    }

    /// The greatest so far.
    pub(super) fn depth(&self) -> u32 {
        self.levels.iter().map(|level| level.depth).max().unwrap_or(0)
    }

    /// Counts states outside the bounds.
    pub(super) fn add_cut(&mut self, states: u64) {
        self.cut += states;
    }

    /// Counts states that will not be expanded because the search ends.
    pub(super) fn add_left(&mut self, states: u64) {
        self.left += states;
    }

    pub(super) fn cut(&self) -> u64 {
        self.cut
    }

    pub(super) fn left(&self) -> u64 {
        self.left
    }

    pub(super) fn bytes(&self) -> u64 {
        self.pending.values().map(Seeds::bytes).sum()
    }
}
