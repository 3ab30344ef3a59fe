//! What an operation touches, and how it is translated.
//!
//! Enters: operations. Leaves: their operands with their extents, and whether machine code does the work itself or asks
//! the interpreter to.

use crate::model::form::code::{Code, Op, Slot};
use crate::model::form::code::{
    addressed, attempts, bits, checked, jumps, lists, runs, scalars, ways, words,
};

/// Words of a known run that are taken one by one.
const UNROLLED: u32 = 8;
/// The same of a plain copy, which is mostly of whole states: it costs nothing where its words are values.
const COPIED: u32 = 64;
/// Words of a bitmap that are searched one by one.
const SEARCHED: u32 = 4;
/// Words among which one is picked by comparing its index.
pub(super) const PICKED: u32 = 3;
/// An operand of more words than this lies in memory where the interpreter has to see it.
const SPILLED: u32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    Both,
}

/// Consecutive slots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operand {
    pub slot: Slot,
    pub words: u32,
    pub access: Access,
}

fn operand(slot: Slot, words: u32, access: Access) -> Operand {
    Operand { slot, words, access }
}

/// Whether the interpreter does it, on the frame.
pub(super) fn is_helped(code: &Code, op: &Op) -> bool {
    match *op {
        Op::Copy { words, .. } | Op::Zero { words, .. } => words > COPIED,
        Op::CopyFrom { words, .. } | Op::CopyTo { words, .. } => words > UNROLLED,
        Op::AndWords { words, .. }
        | Op::OrWords { words, .. }
        | Op::AndNotWords { words, .. }
        | Op::EqWords { words, .. }
        | Op::SubsetWords { words, .. }
        | Op::Count { words, .. }
        | Op::Key { words, .. } => words > UNROLLED,
        Op::Next { words, .. } => words > SEARCHED,
        Op::SetRange { words, .. } => words > 1,
        Op::ListGet { shape, .. }
        | Op::ListPush { shape, .. }
        | Op::ListRemove { shape, .. }
        | Op::ListSlice { shape, .. }
        | Op::ListIsPrefix { shape, .. }
        | Op::ListCommonPrefix { shape, .. } => code.list(shape).words > 1,
        Op::ListInsert { .. } | Op::BagAdd { .. } | Op::ListFind { .. } => true,
        Op::LoadAt { .. } | Op::StoreAt { .. } | Op::ElementOffset { .. } | Op::TableOffset { .. } => false,
        ways!() | jumps!() | scalars!() | checked!() | bits!() => false,
    }
}

/// The operands of an operation that the interpreter may be asked to do.
pub(super) fn operands(code: &Code, op: &Op) -> Vec<Operand> {
    use Access::{Both, Read, Write};
    match *op {
        Op::Copy { dst, src, words } => vec![operand(src, words, Read), operand(dst, words, Write)],
        Op::Zero { dst, words } => vec![operand(dst, words, Write)],
        Op::CopyFrom { dst, addr, base, offset, extent, words } => {
            let from = operand(base.plus(offset / 64), extent.saturating_sub(offset / 64), Read);
            vec![operand(addr, 1, Read), from, operand(dst, words, Write)]
        }
        Op::CopyTo { src, addr, base, offset, extent, words } => {
            let to = operand(base.plus(offset / 64), extent.saturating_sub(offset / 64), Both);
            vec![operand(addr, 1, Read), operand(src, words, Read), to]
        }
        Op::AndWords { dst, a, b, words }
        | Op::OrWords { dst, a, b, words }
        | Op::AndNotWords { dst, a, b, words } => {
            vec![operand(a, words, Read), operand(b, words, Read), operand(dst, words, Write)]
        }
        Op::EqWords { dst, a, b, words } | Op::SubsetWords { dst, a, b, words } => {
            vec![operand(a, words, Read), operand(b, words, Read), operand(dst, 1, Write)]
        }
        Op::Count { dst, set, words } => vec![operand(set, words, Read), operand(dst, 1, Write)],
        Op::Key { src, words, .. } => vec![operand(src, words, Read), operand(code.map().key(), 1, Write)],
        // Without a bit `dst` keeps its value.
        Op::Next { dst, set, words, .. } => vec![operand(set, words, Both), operand(dst, 1, Both)],
        Op::SetRange { set, from, to, words } => {
            vec![operand(set, words, Both), operand(from, 1, Read), operand(to, 1, Read)]
        }
        lists!() | Op::ListPush { .. } | Op::BagAdd { .. } => list_operands(code, op),
        // The interpreter is never asked to do these.
        Op::LoadAt { .. } | Op::StoreAt { .. } | Op::ElementOffset { .. } | Op::TableOffset { .. } => vec![],
        ways!() | jumps!() | scalars!() | checked!() | bits!() => vec![],
    }
}

fn list_operands(code: &Code, op: &Op) -> Vec<Operand> {
    use Access::{Both, Read, Write};
    let words = |shape: u32| code.list(shape).words;
    let element = |shape: u32| code.list(shape).array.element_slots();
    match *op {
        Op::ListGet { dst, list, index, shape } => {
            let whole = operand(list, words(shape), Read);
            vec![whole, operand(index, 1, Read), operand(dst, element(shape), Write)]
        }
        Op::ListInsert { list, index, src, shape } => {
            let whole = operand(list, words(shape), Both);
            vec![whole, operand(index, 1, Read), operand(src, element(shape), Read)]
        }
        Op::ListPush { list, src, shape, .. } | Op::BagAdd { list, src, shape, .. } => {
            vec![operand(list, words(shape), Both), operand(src, element(shape), Read)]
        }
        Op::ListRemove { list, index, shape } => {
            vec![operand(list, words(shape), Both), operand(index, 1, Read)]
        }
        Op::ListFind { dst, list, src, shape } => {
            let whole = operand(list, words(shape), Read);
            vec![whole, operand(src, element(shape), Read), operand(dst, 1, Write)]
        }
        Op::ListSlice { list, from, to, shape } => {
            vec![operand(list, words(shape), Both), operand(from, 1, Read), operand(to, 1, Read)]
        }
        Op::ListIsPrefix { dst, a, b, shape } => {
            let (a, b) = (operand(a, words(shape), Read), operand(b, words(shape), Read));
            vec![a, b, operand(dst, 1, Write)]
        }
        Op::ListCommonPrefix { a, b, shape } => {
            vec![operand(a, words(shape), Both), operand(b, words(shape), Read)]
        }
        ways!() | jumps!() | scalars!() | checked!() | runs!() | bits!() => vec![],
        words!() | addressed!() | Op::Next { .. } => vec![],
    }
}

/// The slots that one operation needs in memory: those that the interpreter reads and writes in runs, and those among
/// which one is picked by an index that is known only later.
pub(super) fn in_memory(code: &Code, op: &Op, f: &mut dyn FnMut(Slot, u32)) {
    if is_helped(code, op) {
        let long = operands(code, op).into_iter().filter(|o| o.words > SPILLED);
        long.for_each(|o| f(o.slot, o.words));
    }
    let (base, first, end) = match *op {
        Op::LoadAt { base, offset, extent, .. } | Op::StoreAt { base, offset, extent, .. } => {
            (base, offset / 64, extent)
        }
        Op::CopyFrom { base, offset, extent, .. } | Op::CopyTo { base, offset, extent, .. } => {
            return f(base.plus(offset / 64), extent.saturating_sub(offset / 64).max(1));
        }
        Op::JumpBit { set, words, .. }
        | Op::TestBit { set, words, .. }
        | Op::SetBit { set, words, .. }
        | Op::ClearBit { set, words, .. } => (set, 0, words),
        Op::ElementOffset { .. } | Op::TableOffset { .. } => return,
        Op::Jump { .. } | Op::JumpIf { .. } | Op::JumpUnless { .. } | Op::JumpEq { .. } => return,
        Op::JumpNe { .. } | Op::JumpLt { .. } | Op::JumpLe { .. } => return,
        Op::JumpTest { .. } | Op::JumpTestIs { .. } => return,
        ways!() | scalars!() | checked!() | runs!() | words!() | attempts!() | lists!() => return,
    };
    let words = end.saturating_sub(first);
    if words > PICKED {
        f(base.plus(first), words);
    }
}
