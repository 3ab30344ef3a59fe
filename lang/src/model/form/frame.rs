//! The fixed part of a frame: where the two states and the few special slots lie.
//!
//! Enters: the number of words of a state. Leaves: slots, the same for every code of a model.

use super::code::Slot;

/// Which state an expression reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// The state before the step.
    Before,
    /// The state after it, or the only one.
    After,
}

/// Slots before the constants: state before, state after, noted choices, then the special ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameMap {
    pub words: u32,
    /// Words of the widest message with its header.
    pub envelope_words: u32,
}

impl FrameMap {
    pub fn region(self, region: Region) -> Slot {
        Slot::fixed(if region == Region::Before { 0 } else { self.words })
    }

    /// Bits of the choices made on the way; restored together with the state after the step.
    pub fn notes(self) -> Slot {
        Slot::fixed(2 * self.words)
    }

    /// Where to go on when a way ends.
    pub fn fail(self) -> Slot {
        Slot::fixed(2 * self.words + 1)
    }

    /// Identity of the delivered message.
    pub fn key(self) -> Slot {
        Slot::fixed(2 * self.words + 2)
    }

    /// Whether the state of a region is quiescent (filled in by who runs the code).
    pub fn quiescent(self, region: Region) -> Slot {
        Slot::fixed(2 * self.words + if region == Region::Before { 3 } else { 4 })
    }

    /// The message of a repeated delivery.
    pub fn envelope(self) -> Slot {
        Slot::fixed(2 * self.words + 5)
    }

    /// Number of fixed slots.
    pub fn fixed(self) -> u32 {
        2 * self.words + 5 + self.envelope_words
    }
}
