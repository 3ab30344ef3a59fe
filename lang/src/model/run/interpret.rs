//! The portable execution of flat code.
//!
//! Enters: code, a frame, a place to start. Leaves: successors and traps, to a [`Sink`]; results, in the frame.

use crate::engine::halt;
use crate::engine::machine::Trap;
use crate::model::form::code::{Code, DELIVERY, Op, Slot, key_of_link};
use crate::model::form::code::{
    addressed, attempts, bits, checked, jumps, lists, runs, scalars, ways, words,
};
use crate::model::form::frame::Frame;
use crate::model::form::fused::{Compare, Fused, Step};
use crate::model::form::shape::{ListShape, mask};
use crate::model::form::trap::QUIET;

/// Jumps between two looks at the flag of the host.
const STRIDE: u32 = 1 << 12;

/// What takes the results of a run.
pub(crate) trait Sink {
    /// Instance `id` begins; false ends the run.
    fn instance(&mut self, id: u32) -> bool;
    /// A successor stands in the region after; false ends the run.
    fn emit(&mut self, frame: &[u64]) -> bool;
    /// A way ended in a trap; false ends the run.
    fn trap(&mut self, frame: &[u64], trap: Trap) -> bool;
}

/// Runs the code of a frame from `pc` until `Return`, or until the sink has enough.
pub(crate) fn run<S: Sink>(frame: &mut Frame, pc: usize, sink: &mut S) {
    let (code, slots) = frame.parts();
    dispatch(code, slots, pc, sink);
}

/// A function of its own: only of parameters does the compiler know that no store to a slot changes the code.
/// Counts a jump, and ends now and then where the host has stopped what runs: there is no loop without jumps.
#[inline(always)]
fn round(stride: &mut u32) {
    *stride -= 1;
    if *stride == 0 {
        halt::look();
        *stride = STRIDE;
    }
}

#[inline(never)]
fn dispatch<S: Sink>(code: &Code, f: &mut [u64], mut pc: usize, sink: &mut S) {
    let fail = code.map().fail().at();
    let mut stride = STRIDE;
    macro_rules! go {
        ($to:expr) => {{
            round(&mut stride);
            pc = $to;
            continue;
        }};
    }
    macro_rules! trap {
        ($site:expr, $a:expr, $b:expr) => {{
            let trap = Trap { site: $site, operands: [$a as i64, $b as i64] };
            if trap.site != QUIET && !sink.trap(f, trap) {
                return;
            }
            go!(f[fail] as usize)
        }};
    }
    macro_rules! jump {
        ($cond:expr, $to:expr) => {
            if $cond {
                go!($to.0 as usize)
            }
        };
    }
    loop {
        let op = match *code.fused(pc) {
            Fused::Plain(op) => op,
            fused => {
                let Some(next) = several(code, f, fused, pc, sink) else { return };
                go!(next)
            }
        };
        match op {
            Op::Instance { id, next } => {
                if !sink.instance(id) {
                    return;
                }
                f[fail] = next.0 as u64;
            }
            Op::Jump { to } => jump!(true, to),
            Op::JumpIf { cond, to } => jump!(f[cond.at()] != 0, to),
            Op::JumpUnless { cond, to } => jump!(f[cond.at()] == 0, to),
            Op::JumpEq { a, b, to } => jump!(f[a.at()] == f[b.at()], to),
            Op::JumpNe { a, b, to } => jump!(f[a.at()] != f[b.at()], to),
            Op::JumpLt { a, b, to } => jump!((f[a.at()] as i64) < f[b.at()] as i64, to),
            Op::JumpLe { a, b, to } => jump!(f[a.at()] as i64 <= f[b.at()] as i64, to),
            Op::JumpTest { word, mask, value, to } => jump!(!has(f, word, mask, value), to),
            Op::JumpTestIs { word, mask, value, to } => jump!(has(f, word, mask, value), to),
            Op::JumpBit { set, index, to, .. } => jump!(!bit(f, set, f[index.at()]), to),
            Op::Emit {} => {
                if !sink.emit(f) {
                    return;
                }
                go!(f[fail] as usize)
            }
            Op::Fail {} => go!(f[fail] as usize),
            Op::SetFail { to } => f[fail] = to.0 as u64,
            Op::Trap { site, a, b } => trap!(site, f[a.at()], f[b.at()]),
            Op::Return {} => return,
            Op::CheckRange { src, lo, hi, site } => {
                let value = f[src.at()] as i64;
                if value < f[lo.at()] as i64 || value > f[hi.at()] as i64 {
                    trap!(site, value, 0)
                }
            }
            op @ (Op::AddChecked { .. }
            | Op::SubChecked { .. }
            | Op::MulChecked { .. }
            | Op::Div { .. }
            | Op::Rem { .. }) => {
                if let Err((site, a, b)) = arithmetic(f, op) {
                    trap!(site, a, b)
                }
            }
            Op::Next { dst, set, words, to } => match next(&mut f[set.at()..set.at() + words as usize]) {
                Some(index) => f[dst.at()] = index,
                None => jump!(true, to),
            },
            op @ (Op::ListPush { .. } | Op::BagAdd { .. }) => {
                if let Err((site, length)) = grow(code, f, op) {
                    trap!(site, length, 0)
                }
            }
            op @ (scalars!() | runs!() | bits!() | words!() | addressed!() | lists!()) => simple(code, f, op),
        }
        pc += 1;
    }
}

/// The state after a step that changes fields to constants.
#[inline(always)]
fn changed<'f>(code: &Code, f: &'f mut [u64], step: &Step) -> &'f [u64] {
    match step.words {
        1 => f[step.dst.at()] = f[step.src.at()],
        words => copy(f, step.dst, step.src, words),
    }
    for (slot, keep, bits) in code.sets(step) {
        f[slot.at()] = f[slot.at()] & keep | bits;
    }
    f
}

/// Several operations as one; returns where to go on, or none where the sink has enough.
#[inline(always)]
fn several<S: Sink>(code: &Code, f: &mut [u64], fused: Fused, pc: usize, sink: &mut S) -> Option<usize> {
    match fused {
        Fused::Step(step) => {
            let step = code.step(step);
            if f[step.word.at()] & step.mask != step.value {
                return Some(step.to.0 as usize);
            }
            let enough = !sink.instance(step.id) || !sink.emit(changed(code, f, step));
            (!enough).then_some(step.next.0 as usize)
        }
        Fused::Test { word, mask, value, to } => {
            Some(if f[word.at()] & mask != value { to.0 as usize } else { pc + 1 })
        }
        Fused::TestIs { word, mask, value, to } => {
            Some(if f[word.at()] & mask == value { to.0 as usize } else { pc + 1 })
        }
        Fused::LoadJump { load, how, a, b, to } => {
            f[load.dst.at()] = (f[load.src.at()] >> load.shift) & mask(load.width as u32);
            let (a, b) = (f[a.at()] as i64, f[b.at()] as i64);
            let jumps = match how {
                Compare::Equal => a == b,
                Compare::NotEqual => a != b,
                Compare::Less => a < b,
                Compare::LessOrEqual => a <= b,
                Compare::Zero => a == 0,
                Compare::NotZero => a != 0,
            };
            Some(if jumps { to.0 as usize } else { pc + 2 })
        }
        Fused::Begin { id, next, dst, src, words } => {
            f[code.map().fail().at()] = next.0 as u64;
            copy(f, dst, src, words);
            sink.instance(id).then_some(pc + 2)
        }
        // The loop itself has taken these.
        Fused::Plain(_) => None,
    }
}

/// States are short, and a call costs more than a few words.
#[inline(always)]
fn copy(f: &mut [u64], dst: Slot, src: Slot, words: u32) {
    if words > 4 {
        return f.copy_within(src.at()..src.at() + words as usize, dst.at());
    }
    for i in 0..words as usize {
        f[dst.at() + i] = f[src.at() + i];
    }
}

/// How an operation went that machine code had done here.
#[cfg(not(target_family = "wasm"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Helped {
    Done,
    /// There was no bit to take.
    Nothing,
    /// The list is full, at this length.
    Full(u64),
}

/// One operation that does not end a way, for who runs the rest.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn help(code: &Code, f: &mut [u64], op: Op) -> Helped {
    match op {
        Op::Next { dst, set, words, .. } => match next(&mut f[set.at()..set.at() + words as usize]) {
            Some(index) => f[dst.at()] = index,
            None => return Helped::Nothing,
        },
        Op::ListPush { .. } | Op::BagAdd { .. } => {
            if let Err((_, length)) = grow(code, f, op) {
                return Helped::Full(length);
            }
        }
        scalars!() | runs!() | bits!() | words!() | addressed!() | lists!() => simple(code, f, op),
        ways!() | jumps!() | checked!() => misplaced(op),
    }
    Helped::Done
}

/// Arithmetic that may have no result: the site and the operands where it has none.
fn arithmetic(f: &mut [u64], op: Op) -> Result<(), (u32, i64, i64)> {
    let (Op::AddChecked { dst, a, b, site }
    | Op::SubChecked { dst, a, b, site }
    | Op::MulChecked { dst, a, b, site }
    | Op::Div { dst, a, b, site }
    | Op::Rem { dst, a, b, site }) = op
    else {
        misplaced(op)
    };
    let (x, y) = (f[a.at()] as i64, f[b.at()] as i64);
    let value = match op {
        Op::AddChecked { .. } => x.checked_add(y),
        Op::SubChecked { .. } => x.checked_sub(y),
        Op::MulChecked { .. } => x.checked_mul(y),
        Op::Div { .. } => floor_div(x, y).map(|d| d.0),
        Op::Rem { .. } => floor_div(x, y).map(|d| d.1),
        _ => misplaced(op),
    };
    f[dst.at()] = value.ok_or((site, x, y))? as u64;
    Ok(())
}

/// One more element in a list or bag: the site and the length where it is full.
fn grow(code: &Code, f: &mut [u64], op: Op) -> Result<(), (u32, u64)> {
    let (Op::ListPush { list, src, shape, site } | Op::BagAdd { list, src, shape, site }) = op else {
        misplaced(op)
    };
    let shape = code.list(shape);
    let length = len(f, list, shape);
    if length == shape.array.count as u64 {
        return Err((site, length));
    }
    if matches!(op, Op::BagAdd { .. }) {
        bag_add(f, list, src, shape);
    } else {
        set(f, list, length as u32, src, shape);
        set_len(f, list, length + 1, shape);
    }
    Ok(())
}

/// The operations that neither jump nor trap.
#[inline(always)]
fn simple(code: &Code, f: &mut [u64], op: Op) {
    match op {
        Op::Move { dst, src } => f[dst.at()] = f[src.at()],
        Op::Load { dst, src, shift, width } => f[dst.at()] = (f[src.at()] >> shift) & mask(width as u32),
        Op::Store { dst, src, shift, width } => {
            let value = f[src.at()];
            store(&mut f[dst.at()], value, shift as u32, width as u32);
        }
        Op::SetBits { word, mask, value } => {
            f[word.at()] = f[word.at()] & !f[mask.at()] | f[value.at()];
        }
        Op::Add { dst, a, b } => f[dst.at()] = f[a.at()].wrapping_add(f[b.at()]),
        Op::Sub { dst, a, b } => f[dst.at()] = f[a.at()].wrapping_sub(f[b.at()]),
        Op::Mul { dst, a, b } => f[dst.at()] = f[a.at()].wrapping_mul(f[b.at()]),
        Op::Min { dst, a, b } => f[dst.at()] = (f[a.at()] as i64).min(f[b.at()] as i64) as u64,
        Op::Max { dst, a, b } => f[dst.at()] = (f[a.at()] as i64).max(f[b.at()] as i64) as u64,
        Op::Abs { dst, src } => f[dst.at()] = (f[src.at()] as i64).wrapping_abs() as u64,
        Op::Eq { dst, a, b } => f[dst.at()] = (f[a.at()] == f[b.at()]) as u64,
        Op::Lt { dst, a, b } => f[dst.at()] = ((f[a.at()] as i64) < f[b.at()] as i64) as u64,
        Op::And { dst, a, b } => f[dst.at()] = f[a.at()] & f[b.at()],
        Op::Or { dst, a, b } => f[dst.at()] = f[a.at()] | f[b.at()],
        Op::AndNot { dst, a, b } => f[dst.at()] = f[a.at()] & !f[b.at()],
        Op::TestBit { dst, set, index, .. } => f[dst.at()] = bit(f, set, f[index.at()]) as u64,
        Op::SetBit { set, index, .. } => {
            let index = f[index.at()];
            f[set.at() + (index >> 6) as usize] |= 1 << (index & 63);
        }
        Op::ClearBit { set, index, .. } => {
            let index = f[index.at()];
            f[set.at() + (index >> 6) as usize] &= !(1 << (index & 63));
        }
        Op::Copy { dst, src, words } => {
            f.copy_within(src.at()..src.at() + words as usize, dst.at());
        }
        Op::Zero { dst, words } => f[dst.at()..dst.at() + words as usize].fill(0),
        Op::Note { slot, bit } => f[slot.at()] |= 1 << bit,
        words!() | addressed!() | lists!() => indexed(code, f, op),
        ways!() | jumps!() | checked!() | attempts!() => misplaced(op),
    }
}

/// Dynamic addresses, wide sets, lists.
fn indexed(code: &Code, f: &mut [u64], op: Op) {
    match op {
        Op::Key { src, words, salt } => {
            let mut key = key_of_link(salt);
            for i in 0..words as usize {
                key = (key ^ f[src.at() + i]).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
            }
            f[code.map().key().at()] = key | DELIVERY;
        }
        Op::LoadAt { dst, addr, base, offset, width, .. } => {
            let at = f[addr.at()] + offset as u64;
            let word = f[base.at() + (at >> 6) as usize];
            f[dst.at()] = (word >> (at & 63)) & mask(width as u32);
        }
        Op::StoreAt { src, addr, base, offset, width, .. } => {
            let at = f[addr.at()] + offset as u64;
            let value = f[src.at()];
            store(&mut f[base.at() + (at >> 6) as usize], value, (at & 63) as u32, width as u32);
        }
        Op::CopyFrom { dst, addr, base, offset, words, .. } => {
            let from = base.at() + ((f[addr.at()] + offset as u64) >> 6) as usize;
            f.copy_within(from..from + words as usize, dst.at());
        }
        Op::CopyTo { src, addr, base, offset, words, .. } => {
            let to = base.at() + ((f[addr.at()] + offset as u64) >> 6) as usize;
            f.copy_within(src.at()..src.at() + words as usize, to);
        }
        Op::ElementOffset { dst, index, array } => {
            f[dst.at()] = code.array(array).offset(f[index.at()] as u32) as u64;
        }
        Op::TableOffset { dst, index, table } => {
            f[dst.at()] = code.table(table)[f[index.at()] as usize];
        }
        Op::SetRange { set, from, to, .. } => {
            for index in f[from.at()] as i64..=f[to.at()] as i64 {
                f[set.at() + (index >> 6) as usize] |= 1 << (index & 63);
            }
        }
        Op::AndWords { dst, a, b, words } => words_op(f, dst, a, b, words, |a, b| a & b),
        Op::OrWords { dst, a, b, words } => words_op(f, dst, a, b, words, |a, b| a | b),
        Op::AndNotWords { dst, a, b, words } => words_op(f, dst, a, b, words, |a, b| a & !b),
        Op::EqWords { dst, a, b, words } => f[dst.at()] = equal(f, a, b, words) as u64,
        Op::SubsetWords { dst, a, b, words } => {
            let subset = (0..words as usize).all(|i| f[a.at() + i] & !f[b.at() + i] == 0);
            f[dst.at()] = subset as u64;
        }
        Op::Count { dst, set, words } => {
            let bits: u32 = f[set.at()..set.at() + words as usize].iter().map(|w| w.count_ones()).sum();
            f[dst.at()] = bits as u64;
        }
        lists!() => lists(code, f, op),
        ways!() | jumps!() | scalars!() | checked!() | runs!() | bits!() | attempts!() => misplaced(op),
    }
}

fn lists(code: &Code, f: &mut [u64], op: Op) {
    match op {
        Op::ListGet { dst, list, index, shape } => {
            get(f, dst, list, f[index.at()] as u32, code.list(shape));
        }
        Op::ListRemove { list, index, shape } => {
            remove(f, list, f[index.at()] as u32, code.list(shape));
        }
        Op::ListInsert { list, index, src, shape } => {
            insert(f, list, f[index.at()] as u32, src, code.list(shape));
        }
        Op::ListFind { dst, list, src, shape } => {
            let shape = code.list(shape);
            let length = len(f, list, shape) as u32;
            let found = (0..length).find(|i| compare(f, list, *i, src, shape).is_eq());
            f[dst.at()] = found.map_or(-1, i64::from) as u64;
        }
        Op::ListSlice { list, from, to, shape } => slice(f, list, from, to, code.list(shape)),
        Op::ListIsPrefix { dst, a, b, shape } => {
            let shape = code.list(shape);
            let length = len(f, a, shape);
            let prefix = length <= len(f, b, shape) && common(f, a, b, shape) as u64 == length;
            f[dst.at()] = prefix as u64;
        }
        Op::ListCommonPrefix { a, b, shape } => {
            let shape = code.list(shape);
            let keep = common(f, a, b, shape);
            cut(f, a, keep, shape);
        }
        ways!() | jumps!() | scalars!() | checked!() | runs!() | bits!() => misplaced(op),
        words!() | addressed!() | attempts!() => misplaced(op),
    }
}

/// Who dispatches operations never comes here.
#[cold]
fn misplaced(op: Op) -> ! {
    unreachable!("{op:?} is done elsewhere")
}

#[inline]
fn store(word: &mut u64, value: u64, shift: u32, width: u32) {
    let field = mask(width) << shift;
    *word = *word & !field | (value << shift & field);
}

#[inline]
fn has(f: &[u64], word: Slot, mask: Slot, value: Slot) -> bool {
    f[word.at()] & f[mask.at()] == f[value.at()]
}

#[inline]
fn bit(f: &[u64], set: Slot, index: u64) -> bool {
    f[set.at() + (index >> 6) as usize] >> (index & 63) & 1 != 0
}

fn next(set: &mut [u64]) -> Option<u64> {
    let at = set.iter().position(|w| *w != 0)?;
    let index = set[at].trailing_zeros() as u64;
    set[at] &= set[at] - 1;
    Some(64 * at as u64 + index)
}

fn floor_div(a: i64, b: i64) -> Option<(i64, i64)> {
    let (quotient, remainder) = (a.checked_div(b)?, a.checked_rem(b)?);
    let inexact = remainder != 0 && (remainder < 0) != (b < 0);
    Some(if inexact { (quotient - 1, remainder + b) } else { (quotient, remainder) })
}

fn words_op(f: &mut [u64], dst: Slot, a: Slot, b: Slot, words: u32, op: impl Fn(u64, u64) -> u64) {
    for i in 0..words as usize {
        f[dst.at() + i] = op(f[a.at() + i], f[b.at() + i]);
    }
}

fn equal(f: &[u64], a: Slot, b: Slot, words: u32) -> bool {
    let n = words as usize;
    f[a.at()..a.at() + n] == f[b.at()..b.at() + n]
}

fn len(f: &[u64], list: Slot, shape: &ListShape) -> u64 {
    f[list.at()] & mask(shape.length)
}

fn set_len(f: &mut [u64], list: Slot, length: u64, shape: &ListShape) {
    store(&mut f[list.at()], length, 0, shape.length);
}

/// The slot and the shift of an element.
fn element(list: Slot, index: u32, shape: &ListShape) -> (usize, u32) {
    let offset = shape.array.offset(index);
    // An element of no bits may lie just behind the last word.
    let word = (offset >> 6).min(shape.words - 1);
    (list.at() + word as usize, offset & 63)
}

fn get(f: &mut [u64], dst: Slot, list: Slot, index: u32, shape: &ListShape) {
    let (at, shift) = element(list, index, shape);
    match shape.array.element_words as usize {
        0 => f[dst.at()] = (f[at] >> shift) & mask(shape.array.width),
        words => f.copy_within(at..at + words, dst.at()),
    }
}

fn set(f: &mut [u64], list: Slot, index: u32, src: Slot, shape: &ListShape) {
    let (at, shift) = element(list, index, shape);
    match shape.array.element_words as usize {
        0 => {
            let value = f[src.at()];
            store(&mut f[at], value, shift, shape.array.width);
        }
        words => f.copy_within(src.at()..src.at() + words, at),
    }
}

/// Element `from` becomes element `to`.
fn shift(f: &mut [u64], list: Slot, from: u32, to: u32, shape: &ListShape) {
    let (source, source_shift) = element(list, from, shape);
    let (at, at_shift) = element(list, to, shape);
    match shape.array.element_words as usize {
        0 => {
            let value = f[source] >> source_shift & mask(shape.array.width);
            store(&mut f[at], value, at_shift, shape.array.width);
        }
        words => f.copy_within(source..source + words, at),
    }
}

fn clear(f: &mut [u64], list: Slot, index: u32, shape: &ListShape) {
    let (at, shift) = element(list, index, shape);
    match shape.array.element_words as usize {
        0 => store(&mut f[at], 0, shift, shape.array.width),
        words => f[at..at + words].fill(0),
    }
}

/// Compares an element with the one at `src`: the canonical order of packed words.
fn compare(f: &[u64], list: Slot, index: u32, src: Slot, shape: &ListShape) -> std::cmp::Ordering {
    let (at, shift) = element(list, index, shape);
    match shape.array.element_words as usize {
        0 => (f[at] >> shift & mask(shape.array.width)).cmp(&f[src.at()]),
        words => f[at..at + words].cmp(&f[src.at()..src.at() + words]),
    }
}

fn insert(f: &mut [u64], list: Slot, index: u32, src: Slot, shape: &ListShape) {
    let length = len(f, list, shape) as u32;
    for i in (index..length).rev() {
        shift(f, list, i, i + 1, shape);
    }
    set(f, list, index, src, shape);
    set_len(f, list, length as u64 + 1, shape);
}

fn bag_add(f: &mut [u64], list: Slot, src: Slot, shape: &ListShape) {
    let length = len(f, list, shape) as u32;
    let place = (0..length).find(|i| compare(f, list, *i, src, shape).is_gt()).unwrap_or(length);
    insert(f, list, place, src, shape);
}

fn remove(f: &mut [u64], list: Slot, index: u32, shape: &ListShape) {
    let length = len(f, list, shape) as u32;
    if index >= length {
        return;
    }
    for i in index + 1..length {
        shift(f, list, i, i - 1, shape);
    }
    cut(f, list, length - 1, shape);
}

/// Removes the elements from `keep` on.
fn cut(f: &mut [u64], list: Slot, keep: u32, shape: &ListShape) {
    for i in keep..len(f, list, shape) as u32 {
        clear(f, list, i, shape);
    }
    set_len(f, list, keep as u64, shape);
}

fn slice(f: &mut [u64], list: Slot, from: Slot, to: Slot, shape: &ListShape) {
    let length = len(f, list, shape) as i64;
    let from = (f[from.at()] as i64).clamp(0, length) as u32;
    let to = (f[to.at()] as i64).clamp(from as i64, length) as u32;
    for i in from..to {
        shift(f, list, i, i - from, shape);
    }
    cut(f, list, to - from, shape);
}

/// Number of leading elements in which two lists agree.
fn common(f: &[u64], a: Slot, b: Slot, shape: &ListShape) -> u32 {
    let shorter = len(f, a, shape).min(len(f, b, shape)) as u32;
    let same = |i: &u32| {
        let ((x, shift), (y, _)) = (element(a, *i, shape), element(b, *i, shape));
        match shape.array.element_words as usize {
            0 => (f[x] ^ f[y]) >> shift & mask(shape.array.width) == 0,
            words => f[x..x + words] == f[y..y + words],
        }
    };
    (0..shorter).take_while(same).count() as u32
}
