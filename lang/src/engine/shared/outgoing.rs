//! Successors on their way to their owners.
//!
//! Enters: successors in the order of their parents. Leaves: messages of records, each a key and the words of a state; a
//! key grows as the search goes on. What was sent lately is not sent again: that is the greater part of all successors.

use super::Member;
use crate::engine::expand::Sink;
use crate::engine::machine::Word;
use crate::engine::store::Recent;

/// The first word of a message: its records are states of the level at hand, or seeds of the next.
pub(super) const STATES: usize = 0;
pub(super) const SEEDS: usize = 1;

/// Words of a message that is sent before the round ends.
const MESSAGE: usize = 1 << 13;

/// The member that owns a state. The table takes the upper bits of a fingerprint and the lowest: a product takes all.
#[inline]
pub(super) fn owner(fingerprint: u64, members: usize) -> usize {
    let mixed = fingerprint.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 32;
    ((mixed * members as u64) >> 32) as usize
}

/// Where a state was found: by the parent with this number, as its successor with this one; `watching`: it watches a run,
/// which does not change the order.
#[inline]
pub(in crate::engine) fn key(parent: u32, successor: u32) -> u64 {
    u64::from(parent) << 32 | u64::from(successor) << 1
}

/// The bit of a key that says that the state watches a run.
pub(super) const WATCHING: u64 = 1;

/// The number of the parent in a key.
#[inline]
pub(in crate::engine) fn parent(key: u64) -> u32 {
    (key >> 32) as u32
}

/// What was sent lately, states and seeds.
pub(super) type Lately = [Recent; 2];

pub(super) struct Outgoing<'r> {
    link: &'r mut dyn Member,
    lately: &'r mut Lately,
    /// For each kind and owner.
    messages: [Vec<Vec<Word>>; 2],
    members: usize,
    parent: u32,
    successor: u32,
    /// Some step since [`Outgoing::from`] has no value.
    pub(super) trapped: bool,
}

impl<'r> Outgoing<'r> {
    pub(super) fn new(link: &'r mut dyn Member, lately: &'r mut Lately) -> Self {
        let members = link.members();
        let empty = || vec![Vec::new(); members];
        let messages = [empty(), empty()];
        Outgoing { link, lately, messages, members, parent: 0, successor: 0, trapped: false }
    }

    /// What comes next are successors of the state with this number.
    #[inline]
    pub(super) fn from(&mut self, parent: u32) {
        (self.parent, self.successor, self.trapped) = (parent, 0, false);
    }

    #[inline]
    fn pass(&mut self, kind: usize, fingerprint: u64, state: &[Word]) {
        self.successor += 1;
        if self.lately[kind].again(fingerprint) {
            return;
        }
        let to = owner(fingerprint, self.members);
        let message = &mut self.messages[kind][to];
        if message.is_empty() {
            message.reserve(MESSAGE + 2 + state.len());
            message.push(kind as Word);
        }
        message.push(key(self.parent, self.successor));
        message.extend_from_slice(state);
        if message.len() >= MESSAGE {
            self.link.send(to, std::mem::take(message));
        }
    }

    /// Sends what is left.
    pub(super) fn flush(self) {
        for of_kind in self.messages {
            let all = of_kind.into_iter().enumerate().filter(|(_, message)| !message.is_empty());
            all.for_each(|(to, message)| self.link.send(to, message));
        }
    }
}

impl Sink for Outgoing<'_> {
    #[inline]
    fn state(&mut self, fingerprint: u64, state: &[Word], _: u32) {
        self.pass(STATES, fingerprint, state);
    }

    fn seed(&mut self, fingerprint: u64, state: &[Word], _: u32) {
        self.pass(SEEDS, fingerprint, state);
    }

    fn trapped(&mut self, _: u32) {
        self.trapped = true;
    }
}
