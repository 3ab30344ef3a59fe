//! Frequent sequences of operations as one, as data.
//!
//! Enters: nothing (data only). Leaves: [`Fused`] operations, from the compiler to the interpreter.

use super::code::{Op, Slot, Target};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Fused {
    Plain(Op),
    /// `JumpTest`, the constants at hand.
    Test {
        word: Slot,
        to: Target,
        mask: u64,
        value: u64,
    },
    /// `JumpTestIs`, the same.
    TestIs {
        word: Slot,
        to: Target,
        mask: u64,
        value: u64,
    },
    /// `Instance`, and the copy of the state.
    Begin {
        id: u32,
        next: Target,
        dst: Slot,
        src: Slot,
        words: u32,
    },
    /// A whole block: an index of [`Steps`].
    Step(u32),
    /// `Load`, and a comparison.
    LoadJump {
        load: Load,
        how: Compare,
        a: Slot,
        b: Slot,
        to: Target,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub dst: Slot,
    pub src: Slot,
    pub shift: u8,
    pub width: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    /// Of `a` alone.
    Zero,
    NotZero,
}

/// The block of an instance that tests one word and changes fields to constants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Where the bits of `mask` in `word` are not `value`, the code goes on at `to`.
    pub word: Slot,
    pub mask: u64,
    pub value: u64,
    pub to: Target,
    pub id: u32,
    pub next: Target,
    pub dst: Slot,
    pub src: Slot,
    pub words: u32,
    /// Of [`Steps::sets`].
    pub first: u32,
    pub last: u32,
}

/// What blocks consist of that are one operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Steps {
    pub steps: Vec<Step>,
    /// Slot, bits that stay, bits that are set.
    pub sets: Vec<(Slot, u64, u64)>,
}
