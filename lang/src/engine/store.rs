//! All states found: packed, told apart by fingerprint, and which of them are not, or not fully, expanded.
//!
//! Enters: fingerprinted states with their origins. Leaves: whether each is new; its id, by which it is read again.

use super::Limits;
use std::collections::BTreeMap;

mod bits;
mod fingerprint;
mod pack;
mod seen;
mod states;
mod table;

pub(super) use bits::Bits;
pub(super) use fingerprint::{collision_probability, fingerprint};
pub(super) use pack::{pack, unpack};
pub(super) use seen::{Recent, SHARDS, Seen, Shard, shard_of};
pub(super) use states::{BLOCK, Cursor, NONE, States};

pub(super) struct Store {
    states: States,
    seen: Seen,
    open: Bits,
}

impl Store {
    /// For states of `words` words.
    pub(super) fn new(words: usize, limits: &Limits) -> Self {
        let spill = limits.spill.as_ref().map(|to| to.0.clone());
        Store { states: States::new(words, spill), seen: Seen::new(), open: Bits::default() }
    }

    /// Of so many states only some, with their parents, by id.
    pub(super) fn of_some(words: usize, len: u32, known: BTreeMap<u32, (Box<[u64]>, u32)>) -> Self {
        let states = States::of_some(words, len, known);
        Store { states, seen: Seen::new(), open: Bits::default() }
    }

    /// Keeps those that are new of states with their fingerprints and origins.
    #[inline(always)]
    pub(super) fn insert<'s>(&mut self, found: impl Iterator<Item = (u64, &'s [u64], u32)>) {
        let Store { states, seen, .. } = self;
        for (fingerprint, state, origin) in found {
            if seen.insert(fingerprint) {
                states.push(state, origin);
            }
        }
    }

    #[inline(always)]
    pub(super) fn prefetch(&self, fingerprint: u64) {
        self.seen.prefetch(fingerprint);
    }

    /// Of the set of fingerprints, to be filled by several threads; what is new there must be [`Store::push`]ed.
    pub(super) fn shards(&mut self) -> &mut [Shard] {
        self.seen.shards()
    }

    /// Keeps a state whose fingerprint has been inserted.
    pub(super) fn push(&mut self, state: &[u64], origin: u32) {
        self.states.push(state, origin);
    }

    /// Forgets the states from `len` on. What is seen is only what is kept: nobody comes to a state that is not there.
    pub(super) fn truncate(&mut self, len: u32) {
        self.states.truncate(len);
        self.seen = Seen::new();
        let mut cursor = Cursor::default();
        for id in 0..len {
            self.seen.insert(fingerprint(cursor.state(&self.states, id)));
        }
    }

    /// Marks a state: cut, left, or with a trap among its steps.
    pub(super) fn leave_open(&mut self, id: u32) {
        self.open.set(id);
    }

    /// Packs what has been found and is not needed unpacked any more.
    pub(super) fn seal(&mut self, threads: usize) {
        self.states.seal(self.states.len(), threads);
    }

    pub(super) fn len(&self) -> u32 {
        self.states.len()
    }

    pub(super) fn states(&self) -> &States {
        &self.states
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    pub(super) fn open(&self) -> &Bits {
        &self.open
    }

    pub(super) fn bytes(&self) -> u64 {
        self.states.bytes() + self.seen.bytes()
    }
}
