//! The states that one member owns, with the numbers that they have among those of all; and its seeds.
//!
//! Enters: new states in the order of their numbers. Leaves: each by its place here, which grows with its number.

use crate::engine::Limits;
use crate::engine::machine::Word;
use crate::engine::store::{Bits, Cursor, Seen, States};
use std::collections::BTreeMap;
use std::ops::Range;

pub(super) struct Mine {
    pub(super) states: States,
    pub(super) seen: Seen,
    /// Of each state; those of a round that are not numbered yet have none.
    pub(super) ids: Vec<u32>,
    /// By place: not, or not fully, expanded.
    pub(super) open: Bits,
    words: usize,
}

impl Mine {
    /// For states of `words` words.
    pub(super) fn new(words: usize, limits: &Limits) -> Self {
        let spill = limits.spill.as_ref().map(|to| to.0.clone());
        let states = States::new(words, spill);
        Mine { states, seen: Seen::new(), ids: Vec::new(), open: Bits::default(), words }
    }

    /// The places of the states whose numbers lie in a range.
    pub(super) fn places(&self, ids: &Range<u32>) -> Range<u32> {
        let before = |id: u32| self.ids.partition_point(|known| *known < id) as u32;
        before(ids.start)..before(ids.end)
    }

    /// The place of a state by its number.
    pub(super) fn place(&self, id: u32) -> Option<u32> {
        self.ids.binary_search(&id).ok().map(|place| place as u32)
    }

    /// Forgets the states from a place on. Their fingerprints stay: no search goes on from here.
    pub(super) fn truncate(&mut self, place: u32) {
        self.states.truncate(place);
        self.ids.truncate(place as usize);
    }

    /// A state with the number of its parent.
    pub(super) fn state<'c>(&'c self, cursor: &'c mut Cursor, place: u32) -> (&'c [Word], u32) {
        let parent = cursor.parent(&self.states, place);
        (cursor.state(&self.states, place), parent)
    }

    pub(super) fn words(&self) -> usize {
        self.words
    }

    pub(super) fn bytes(&self) -> u64 {
        self.states.bytes() + self.seen.bytes() + 4 * self.ids.len() as u64
    }
}

/// Seeds of one fault level that one member owns, by depth, each once.
pub(super) struct Waiting {
    seen: Seen,
    depths: BTreeMap<u32, Batch>,
}

/// Seeds of one depth in the order in which one machine finds them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Fingerprints and where they were found.
    pub(super) keys: Vec<(u64, u64)>,
    /// The words side by side.
    pub(super) states: Vec<Word>,
}

impl Batch {
    /// Where each was found, and its words, of which it has so many.
    pub(super) fn seeds(&self, words: usize) -> impl Iterator<Item = (u64, &[Word])> {
        let states = self.states.chunks_exact(words);
        self.keys.iter().zip(states).map(|((_, key), state)| (*key, state))
    }
}

impl Waiting {
    pub(super) fn new() -> Self {
        Waiting { seen: Seen::new(), depths: BTreeMap::new() }
    }

    /// `depth` must not be less than at the last call, nor `key` within a depth. False: it is known.
    pub(super) fn push(&mut self, fingerprint: u64, key: u64, state: &[Word], depth: u32) -> bool {
        let is_new = self.seen.insert(fingerprint);
        if is_new {
            let batch = self.depths.entry(depth).or_default();
            batch.keys.push((fingerprint, key));
            batch.states.extend_from_slice(state);
        }
        is_new
    }

    /// Lets go of the set: nothing more will come.
    pub(super) fn close(&mut self) {
        self.seen = Seen::new();
    }

    /// The least depth above `after` (or any, where that is `None`) at which there are seeds.
    pub(super) fn next_depth(&self, after: Option<u32>) -> Option<u32> {
        self.depths.keys().copied().find(|depth| after.is_none_or(|after| *depth > after))
    }

    /// By depth.
    pub(super) fn batches(&self) -> impl Iterator<Item = (u32, &Batch)> {
        self.depths.iter().map(|(depth, batch)| (*depth, batch))
    }

    pub(super) fn take(&mut self, depth: u32) -> Batch {
        self.depths.remove(&depth).unwrap_or_default()
    }

    pub(super) fn len(&self) -> u64 {
        self.depths.values().map(|batch| batch.keys.len() as u64).sum()
    }

    pub(super) fn bytes(&self) -> u64 {
        let words: usize = self.depths.values().map(|batch| 2 * batch.keys.len() + batch.states.len()).sum();
        self.seen.bytes() + 8 * words as u64
    }
}
