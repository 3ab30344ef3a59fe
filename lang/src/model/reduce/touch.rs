//! What one operation does with the frame: which slots, and which bits of them, it reads and writes.
//!
//! Enters: an operation, finished code. Leaves: [`Touch`]es, at least as many as there are.

use crate::model::form::code::{Code, Op, Slot};
use crate::model::form::code::{
    addressed, attempts, bits, checked, jumps, lists, runs, scalars, ways, words,
};
use crate::model::form::shape::mask;

/// One access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    Read {
        slot: Slot,
        words: u32,
    },
    /// Some bits of one slot.
    ReadBits {
        slot: Slot,
        mask: u64,
    },
    /// Bit `index` of the words that begin at a slot.
    ReadSet {
        set: Slot,
        index: Slot,
        words: u32,
    },
    ReadAt(Place),
    Write {
        slot: Slot,
        words: u32,
    },
    /// Some bits of one slot; `value`: what they become, where that is always the same.
    WriteBits {
        slot: Slot,
        mask: u64,
        value: Option<u64>,
    },
    WriteSet {
        set: Slot,
        index: Option<Slot>,
        words: u32,
    },
    WriteAt(Place),
    /// Anything.
    Everything,
}

/// `bits` bits from the bit address in `addr` and `offset` on, within `extent` words behind `base`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub addr: Slot,
    pub base: Slot,
    pub offset: u32,
    pub extent: u32,
    pub bits: u32,
}

use Touch::*;

fn read(slot: Slot) -> Touch {
    Read { slot, words: 1 }
}

fn write(slot: Slot) -> Touch {
    Write { slot, words: 1 }
}

/// Every access of an operation.
pub(super) fn touches(code: &Code, op: Op) -> Vec<Touch> {
    match op {
        Op::Instance { .. } | Op::Emit {} | Op::Fail {} | Op::SetFail { .. } | Op::Return {} => vec![],
        Op::Trap { a, b, .. } => vec![read(a), read(b)],
        Op::Jump { .. } => vec![],
        Op::JumpIf { cond, .. } | Op::JumpUnless { cond, .. } => vec![read(cond)],
        Op::JumpEq { a, b, .. } | Op::JumpNe { a, b, .. } => vec![read(a), read(b)],
        Op::JumpLt { a, b, .. } | Op::JumpLe { a, b, .. } => vec![read(a), read(b)],
        Op::JumpTest { word, mask, .. } | Op::JumpTestIs { word, mask, .. } => {
            let mask = code.constant(mask).unwrap_or(u64::MAX);
            vec![ReadBits { slot: word, mask }]
        }
        Op::JumpBit { set, index, words, .. } => vec![ReadSet { set, index, words }, read(index)],
        Op::Copy { dst, src, words } => vec![Read { slot: src, words }, Write { slot: dst, words }],
        Op::Zero { dst, words } => vec![Write { slot: dst, words }],
        Op::CheckRange { src, lo, hi, .. } => vec![read(src), read(lo), read(hi)],
        Op::AddChecked { dst, a, b, .. }
        | Op::SubChecked { dst, a, b, .. }
        | Op::MulChecked { dst, a, b, .. }
        | Op::Div { dst, a, b, .. }
        | Op::Rem { dst, a, b, .. } => two(dst, a, b),
        scalars!() => on_scalars(code, op),
        bits!() | words!() | Op::Next { .. } => on_sets(op),
        addressed!() => on_addresses(op),
        lists!() | Op::ListPush { .. } | Op::BagAdd { .. } => on_lists(code, op),
    }
}

fn two(dst: Slot, a: Slot, b: Slot) -> Vec<Touch> {
    vec![read(a), read(b), write(dst)]
}

fn on_scalars(code: &Code, op: Op) -> Vec<Touch> {
    match op {
        // The choice decides, not the state.
        Op::Note { .. } => vec![],
        Op::Move { dst, src } => vec![read(src), write(dst)],
        Op::Load { dst, src, shift, width } => {
            vec![ReadBits { slot: src, mask: mask(u32::from(width)) << shift }, write(dst)]
        }
        Op::Store { dst, src, shift, width } => {
            let field = mask(u32::from(width)) << shift;
            let value = code.constant(src).map(|value| value << shift & field);
            vec![read(src), WriteBits { slot: dst, mask: field, value }]
        }
        Op::SetBits { word, mask, value } => match (code.constant(mask), code.constant(value)) {
            (Some(mask), Some(value)) => {
                vec![WriteBits { slot: word, mask: mask | value, value: Some(value) }]
            }
            _ => vec![Everything],
        },
        Op::Add { dst, a, b } | Op::Sub { dst, a, b } | Op::Mul { dst, a, b } => two(dst, a, b),
        Op::Min { dst, a, b } | Op::Max { dst, a, b } | Op::Eq { dst, a, b } => two(dst, a, b),
        Op::Lt { dst, a, b } => two(dst, a, b),
        Op::And { dst, a, b } | Op::Or { dst, a, b } | Op::AndNot { dst, a, b } => two(dst, a, b),
        Op::Abs { dst, src } => vec![read(src), write(dst)],
        ways!() | jumps!() | checked!() | runs!() | bits!() | words!() => vec![Everything],
        addressed!() | attempts!() | lists!() => vec![Everything],
    }
}

/// Operations on bitmaps, and on values of several words.
fn on_sets(op: Op) -> Vec<Touch> {
    match op {
        Op::TestBit { dst, set, index, words } => {
            vec![ReadSet { set, index, words }, read(index), write(dst)]
        }
        Op::SetBit { set, index, words } | Op::ClearBit { set, index, words } => {
            vec![read(index), WriteSet { set, index: Some(index), words }]
        }
        Op::Key { src, words, .. } => vec![Read { slot: src, words }],
        Op::AndWords { dst, a, b, words }
        | Op::OrWords { dst, a, b, words }
        | Op::AndNotWords { dst, a, b, words } => {
            vec![Read { slot: a, words }, Read { slot: b, words }, Write { slot: dst, words }]
        }
        Op::EqWords { dst, a, b, words } | Op::SubsetWords { dst, a, b, words } => {
            vec![Read { slot: a, words }, Read { slot: b, words }, write(dst)]
        }
        Op::Count { dst, set, words } => vec![Read { slot: set, words }, write(dst)],
        Op::SetRange { set, from, to, words } => {
            vec![read(from), read(to), WriteSet { set, index: None, words }]
        }
        Op::Next { dst, set, words, .. } => {
            vec![Read { slot: set, words }, Write { slot: set, words }, write(dst)]
        }
        ways!() | jumps!() | scalars!() | checked!() | runs!() | addressed!() => vec![Everything],
        Op::ListPush { .. } | Op::BagAdd { .. } | lists!() => vec![Everything],
    }
}

fn on_addresses(op: Op) -> Vec<Touch> {
    match op {
        Op::LoadAt { dst, addr, base, offset, extent, width } => {
            vec![read(addr), ReadAt(Place { addr, base, offset, extent, bits: u32::from(width) }), write(dst)]
        }
        Op::StoreAt { src, addr, base, offset, extent, width } => {
            vec![read(src), read(addr), WriteAt(Place { addr, base, offset, extent, bits: u32::from(width) })]
        }
        Op::CopyFrom { dst, addr, base, offset, extent, words } => {
            let bits = 64 * words;
            vec![read(addr), ReadAt(Place { addr, base, offset, extent, bits }), Write { slot: dst, words }]
        }
        Op::CopyTo { src, addr, base, offset, extent, words } => {
            let bits = 64 * words;
            vec![Read { slot: src, words }, read(addr), WriteAt(Place { addr, base, offset, extent, bits })]
        }
        Op::ElementOffset { dst, index, .. } | Op::TableOffset { dst, index, .. } => {
            vec![read(index), write(dst)]
        }
        ways!() | jumps!() | scalars!() | checked!() | runs!() | bits!() => vec![Everything],
        words!() | attempts!() | lists!() => vec![Everything],
    }
}

fn on_lists(code: &Code, op: Op) -> Vec<Touch> {
    let words = |shape: u32| code.list(shape).words;
    let element = |shape: u32| code.list(shape).array.element_slots();
    let whole = |list: Slot, shape: u32| Read { slot: list, words: words(shape) };
    let changed = |list: Slot, shape: u32| Write { slot: list, words: words(shape) };
    match op {
        Op::ListGet { dst, list, index, shape } => {
            vec![whole(list, shape), read(index), Write { slot: dst, words: element(shape) }]
        }
        Op::ListInsert { list, index, src, shape } => {
            let source = Read { slot: src, words: element(shape) };
            vec![whole(list, shape), read(index), source, changed(list, shape)]
        }
        Op::ListPush { list, src, shape, .. } | Op::BagAdd { list, src, shape, .. } => {
            vec![whole(list, shape), Read { slot: src, words: element(shape) }, changed(list, shape)]
        }
        Op::ListRemove { list, index, shape } => {
            vec![whole(list, shape), read(index), changed(list, shape)]
        }
        Op::ListFind { dst, list, src, shape } => {
            vec![whole(list, shape), Read { slot: src, words: element(shape) }, write(dst)]
        }
        Op::ListSlice { list, from, to, shape } => {
            vec![whole(list, shape), read(from), read(to), changed(list, shape)]
        }
        Op::ListIsPrefix { dst, a, b, shape } => vec![whole(a, shape), whole(b, shape), write(dst)],
        Op::ListCommonPrefix { a, b, shape } => vec![whole(a, shape), whole(b, shape), changed(a, shape)],
        ways!() | jumps!() | scalars!() | checked!() | runs!() | bits!() => vec![Everything],
        words!() | addressed!() | Op::Next { .. } => vec![Everything],
    }
}
