//! States that need more faults than the level being explored: they wait until that level is done.
//!
//! Enters: successors by fault steps (and initial states). Leaves: the same, by depth, each once (or where memory has no
//! room for them, as often as they were not met lately). Levels are explored in the order of depth, so the first time a seed
//! comes is at its least depth by fault steps; whether the next level reaches it in fewer steps by itself is found out when
//! its depth has come.

use super::spilled::{Lost, Spilled};
use crate::engine::machine::Word;
use crate::engine::spill::Spill;
use crate::engine::store::Seen;
use std::sync::Arc;

pub(crate) struct Seeds {
    seen: Seen,
    words: usize,
    states: Vec<Word>,
    origins: Vec<u32>,
    fingerprints: Vec<u64>,
    /// Depth and index of its first seed; depths grow.
    depths: Vec<(u32, usize)>,
    /// All of them, where memory has no room.
    spilled: Option<Box<Spilled>>,
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
            spilled: None,
        }
    }

    /// Lets go of the memory: what is here, and what comes, goes there.
    pub(crate) fn go_outside(&mut self, spill: &Arc<dyn Spill>) {
        if self.spilled.is_some() {
            return;
        }
        let mut spilled = Spilled::new(spill.clone(), self.words);
        for (depth, range) in self.ranges() {
            for at in range {
                let (fingerprint, state, origin) = self.seed(at);
                spilled.push(fingerprint, state, origin, depth);
            }
        }
        *self = Seeds { spilled: Some(Box::new(spilled)), ..Seeds::new(self.words) };
    }

    /// `depth` must not be less than at the last call. False: it is known.
    pub(crate) fn push(&mut self, fingerprint: u64, state: &[Word], origin: u32, depth: u32) -> bool {
        if let Some(spilled) = &mut self.spilled {
            return spilled.push(fingerprint, state, origin, depth);
        }
        if !self.seen.insert(fingerprint) {
            return false;
        }
        if self.depths.last().is_none_or(|(last, _)| *last < depth) {
            self.depths.push((depth, self.origins.len()));
        }
        self.states.extend_from_slice(state);
        self.origins.push(origin);
        self.fingerprints.push(fingerprint);
        true
    }

    /// False is no proof of the contrary.
    pub(crate) fn contains(&self, fingerprint: u64) -> bool {
        self.seen.contains(fingerprint)
    }

    /// Lets go of the set: nothing more will come.
    pub(crate) fn close(&mut self) {
        self.seen = Seen::new();
    }

    pub(crate) fn len(&self) -> usize {
        self.origins.len() + self.spilled.as_ref().map_or(0, |spilled| spilled.len())
    }

    /// Those at which there are seeds, ascending.
    pub(crate) fn depths(&self) -> impl Iterator<Item = u32> {
        let spilled = self.spilled.iter().flat_map(|spilled| spilled.depths());
        self.depths.iter().map(|(depth, _)| *depth).chain(spilled)
    }

    /// The least depth above `after` (or any, where that is `None`) at which there are seeds.
    pub(crate) fn next_depth(&self, after: Option<u32>) -> Option<u32> {
        self.depths().find(|depth| after.is_none_or(|a| *depth > a))
    }

    /// Shows fingerprint, state and origin of each seed at `depth`.
    pub(crate) fn each(&self, depth: u32, mut visit: impl FnMut(u64, &[Word], u32)) -> Result<(), Lost> {
        if let Some(spilled) = &self.spilled {
            return spilled.each(depth, visit);
        }
        let found = self.ranges().find(|(of, _)| *of == depth);
        for at in found.into_iter().flat_map(|(_, range)| range) {
            let (fingerprint, state, origin) = self.seed(at);
            visit(fingerprint, state, origin);
        }
        Ok(())
    }

    fn ranges(&self) -> impl Iterator<Item = (u32, std::ops::Range<usize>)> {
        let end = |at: usize| self.depths.get(at + 1).map_or(self.origins.len(), |(_, start)| *start);
        self.depths.iter().enumerate().map(move |(at, (depth, start))| (*depth, *start..end(at)))
    }

    fn seed(&self, at: usize) -> (u64, &[Word], u32) {
        let state = &self.states[at * self.words..(at + 1) * self.words];
        (self.fingerprints[at], state, self.origins[at])
    }

    pub(crate) fn bytes(&self) -> u64 {
        let inside = self.seen.bytes() + self.origins.len() as u64 * (8 * self.words as u64 + 12);
        inside + self.spilled.as_ref().map_or(0, |spilled| spilled.bytes())
    }
}
