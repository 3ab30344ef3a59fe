//! All states found: packed, told apart by fingerprint, and which of them are not, or not fully, expanded.
//!
//! Enters: fingerprinted states with their origins. Leaves: whether each is new; its id, by which it is read again.

use super::{Limits, SpillTo};
use outside::Outside;
use std::collections::BTreeMap;

mod bits;
mod fingerprint;
mod outside;
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
    /// In place of what was seen, where memory has no room for it.
    outside: Option<Box<Outside>>,
    open: Bits,
}

impl Store {
    /// For states of `words` words.
    pub(super) fn new(words: usize, limits: &Limits) -> Self {
        let spill = limits.spill.as_ref().map(|to| to.0.clone());
        Store { states: States::new(words, spill), seen: Seen::new(), outside: None, open: Bits::default() }
    }

    /// Of so many states only some, with their parents, by id.
    pub(super) fn of_some(words: usize, len: u32, known: BTreeMap<u32, (Box<[u64]>, u32)>) -> Self {
        let states = States::of_some(words, len, known);
        Store { states, seen: Seen::new(), outside: None, open: Bits::default() }
    }

    /// Lets go of the table of what was seen: from now on what is found is gathered, and made states of by
    /// [`Store::settle`]. `room`: bytes for it. False: that cannot be.
    pub(super) fn go_outside(&mut self, to: &SpillTo, room: u64) -> bool {
        if self.outside.is_none() {
            let outside = Outside::new(&mut self.seen, self.states.words(), (to.0.clone(), room));
            self.outside = outside.ok().map(Box::new);
            if self.outside.is_none() {
                self.states.lose();
            }
        }
        self.outside.is_some()
    }

    pub(super) fn is_outside(&self) -> bool {
        self.outside.is_some()
    }

    /// Whether what is gathered should be settled before there is more of it.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.outside.as_ref().is_some_and(|outside| outside.is_full())
    }

    /// Makes states of what is gathered and new.
    pub(super) fn settle(&mut self) {
        if let Some(outside) = &mut self.outside
            && outside.settle(&mut self.states).is_err()
        {
            self.states.lose();
        }
    }

    /// Keeps those that are new of states with their fingerprints and origins, or gathers them.
    #[inline(always)]
    pub(super) fn insert<'s>(&mut self, found: impl Iterator<Item = (u64, &'s [u64], u32)>) {
        let Store { states, seen, outside, .. } = self;
        if let Some(outside) = outside {
            return found.for_each(|(fingerprint, state, origin)| outside.push(fingerprint, state, origin));
        }
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
        if self.is_outside() {
            return;
        }
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
        let outside = self.outside.as_ref().map_or(0, |outside| outside.bytes());
        self.states.bytes() + self.seen.bytes() + outside
    }
}
