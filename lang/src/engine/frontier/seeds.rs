//! States that need more faults than the level being explored: they wait until that level is done.
//!
//! Enters: successors by fault steps (and initial states). Leaves: the same, by depth, each once. Levels are explored in
//! the order of depth, so the first time a seed comes is at its least depth by fault steps; whether the next level
//! reaches it in fewer steps by itself is found out when its depth has come.

use crate::engine::machine::Word;
use crate::engine::store::Seen;

#[derive(Debug)]
pub(crate) struct Seeds {
    seen: Seen,
    words: usize,
    states: Vec<Word>,
    origins: Vec<u32>,
    fingerprints: Vec<u64>,
    /// Depth and index of its first seed; depths grow.
    depths: Vec<(u32, usize)>,
}

impl Seeds {
    pub(crate) fn new(words: usize) -> Self {
        Seeds {
            seen: Seen::new(),
            words,
            states: Vec::new(),
            origins: Vec::new(),
            fingerprints: Vec::new(),
            depths: Vec::new(),
        }
    }

    /// `depth` must not be less than at the last call.
    pub(crate) fn push(&mut self, fingerprint: u64, state: &[Word], origin: u32, depth: u32) {
        if !self.seen.insert(fingerprint) {
            return;
        }
        if self.depths.last().is_none_or(|(last, _)| *last < depth) {
            self.depths.push((depth, self.origins.len()));
        }
        self.states.extend_from_slice(state);
        self.origins.push(origin);
        self.fingerprints.push(fingerprint);
    }

    pub(crate) fn contains(&self, fingerprint: u64) -> bool {
        self.seen.contains(fingerprint)
    }

    /// Lets go of the set: nothing more will come.
    pub(crate) fn close(&mut self) {
        self.seen = Seen::new();
    }

    pub(crate) fn len(&self) -> usize {
        self.origins.len()
    }

    /// Those at which there are seeds, ascending.
    pub(crate) fn depths(&self) -> impl Iterator<Item = u32> {
        self.depths.iter().map(|(depth, _)| *depth)
    }

    /// The least depth above `after` (or any, where that is `None`) at which there are seeds.
    pub(crate) fn next_depth(&self, after: Option<u32>) -> Option<u32> {
        self.depths.iter().map(|(depth, _)| *depth).find(|depth| after.is_none_or(|a| *depth > a))
    }

    /// Fingerprint, state and origin of each seed at `depth`.
    pub(crate) fn at_depth(&self, depth: u32) -> impl Iterator<Item = (u64, &[Word], u32)> {
        let found = self.depths.iter().position(|(d, _)| *d == depth);
        let range = found.map_or(0..0, |i| {
            self.depths[i].1..self.depths.get(i + 1).map_or(self.origins.len(), |(_, start)| *start)
        });
        range.map(|i| {
            let state = &self.states[i * self.words..(i + 1) * self.words];
            (self.fingerprints[i], state, self.origins[i])
        })
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.seen.bytes() + self.len() as u64 * (8 * self.words as u64 + 12)
    }
}
