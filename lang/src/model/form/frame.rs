//! What code runs on: frames, and where in them the two states and the few special slots lie.
//!
//! Enters: the number of words of a state; finished code. Leaves: slots, the same for every code of a model; frames.

use super::code::{Code, Slot};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// Which state an expression reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    /// The state before the step.
    Before,
    /// The state after it, or the only one.
    After,
}

/// Slots before the constants: state before, state after, noted choices, then the special ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameMap {
    pub words: u32,
    /// Words of the widest message with its header.
    pub envelope_words: u32,
}

impl FrameMap {
    pub(crate) fn region(self, region: Region) -> Slot {
        Slot::fixed(if region == Region::Before { 0 } else { self.words })
    }

    /// Bits of the choices made on the way; restored together with the state after the step.
    pub(crate) fn notes(self) -> Slot {
        Slot::fixed(2 * self.words)
    }

    /// Where to go on when a way ends.
    pub(crate) fn fail(self) -> Slot {
        Slot::fixed(2 * self.words + 1)
    }

    /// Identity of the delivered message.
    pub(crate) fn key(self) -> Slot {
        Slot::fixed(2 * self.words + 2)
    }

    /// Whether the state of a region is quiescent (filled in by who runs the code).
    pub(crate) fn quiescent(self, region: Region) -> Slot {
        Slot::fixed(2 * self.words + if region == Region::Before { 3 } else { 4 })
    }

    /// The message of a repeated delivery.
    pub(crate) fn envelope(self) -> Slot {
        Slot::fixed(2 * self.words + 5)
    }

    /// Number of fixed slots.
    pub(crate) fn fixed(self) -> u32 {
        2 * self.words + 5 + self.envelope_words
    }
}

/// The slots of one run of some code, of which it has exactly as many as the code asks for, with the constants in place.
/// It is made for one code and knows it, so that no other can be run on it.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    code: Arc<Code>,
    slots: Box<[u64]>,
}

impl Frame {
    pub(crate) fn new(code: &Arc<Code>) -> Frame {
        let mut slots = vec![0; code.slots()].into_boxed_slice();
        let base = code.map().fixed() as usize;
        slots[base..base + code.constants().len()].copy_from_slice(code.constants());
        Frame { code: Arc::clone(code), slots }
    }

    /// The code that it was made for, beside its slots.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&Code, &mut [u64]) {
        (&self.code, &mut self.slots)
    }

    /// Panics where it was not made for this very code.
    #[inline]
    pub(crate) fn assert_of(&self, code: &Arc<Code>) {
        assert!(Arc::ptr_eq(&self.code, code), "a frame of other code");
    }
}

impl Deref for Frame {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        &self.slots
    }
}

impl DerefMut for Frame {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u64] {
        &mut self.slots
    }
}
