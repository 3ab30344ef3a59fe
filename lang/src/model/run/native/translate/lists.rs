//! Lists of one word.
//!
//! Enters: the frequent operations on short lists. Leaves: shifts and masks. What lies beyond the length is zero, before
//! and after.

use super::{Done, Translator};
use crate::model::form::code::{Op, Slot};
use crate::model::form::code::{addressed, attempts, bits, checked, jumps, runs, scalars, ways, words};
use crate::model::form::shape::{ListShape, mask};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};

impl Translator<'_, '_> {
    pub(super) fn lists(&mut self, op: Op) -> Done {
        let shape = |shape: u32| *self.setting.code.list(shape);
        match op {
            Op::ListGet { dst, list, index, shape: s } => {
                let shape = shape(s);
                let (word, shift) = (self.get(list), self.element_shift(index, &shape));
                let shifted = self.b.ins().ushr(word, shift);
                let value = self.low(shifted, shape.array.width);
                self.put(dst, value)
            }
            Op::ListRemove { list, index, shape: s } => self.remove(list, index, &shape(s)),
            Op::ListSlice { list, from, to, shape: s } => self.slice(list, from, to, &shape(s)),
            Op::ListIsPrefix { dst, a, b, shape: s } => self.is_prefix(dst, a, b, &shape(s)),
            Op::ListCommonPrefix { a, b, shape: s } => self.common_prefix(a, b, &shape(s)),
            // The interpreter does these.
            Op::ListInsert { .. } | Op::ListFind { .. } => self.unknown(),
            ways!() | jumps!() | scalars!() | checked!() | runs!() | bits!() => self.unknown(),
            words!() | addressed!() | attempts!() => self.unknown(),
        }
    }

    /// The bit at which an element begins.
    fn element_shift(&mut self, index: Slot, shape: &ListShape) -> Value {
        let index = self.get(index);
        let shift = self.b.ins().imul_imm(index, shape.array.width as i64);
        self.b.ins().iadd_imm(shift, shape.array.start as i64)
    }

    pub(super) fn push(&mut self, list: Slot, src: Slot, shape: u32, site: u32) -> Done {
        let shape = *self.setting.code.list(shape);
        let (word, value) = (self.get(list), self.get(src));
        let length = self.low(word, shape.length);
        let full = self.b.ins().icmp_imm(IntCC::Equal, length, shape.array.count as i64);
        let on = self.seldom(full);
        let zero = self.constant(0);
        self.trap(site, length, zero)?;
        self.begin(on);
        let shift = self.b.ins().imul_imm(length, shape.array.width as i64);
        let shift = self.b.ins().iadd_imm(shift, shape.array.start as i64);
        let word = self.inserted_at(word, value, shift, shape.array.width);
        // The length is in the lowest bits and has room for one more.
        let word = self.b.ins().iadd_imm(word, 1);
        self.put(list, word)
    }

    fn remove(&mut self, list: Slot, index: Slot, shape: &ListShape) -> Done {
        let (word, index) = (self.get(list), self.get(index));
        let index = self.low(index, 32);
        let length = self.low(word, shape.length);
        let there = self.b.ins().icmp(IntCC::UnsignedLessThan, index, length);
        let elements = self.b.ins().ushr_imm(word, shape.array.start as i64);
        let below = self.b.ins().imul_imm(index, shape.array.width as i64);
        let (ones, above) = (self.constant(u64::MAX), self.b.ins().iadd_imm(below, shape.array.width as i64));
        let high = self.b.ins().ishl(ones, below);
        let low = self.b.ins().band_not(elements, high);
        let moved = self.b.ins().ushr(elements, above);
        let moved = self.b.ins().ishl(moved, below);
        let elements = self.b.ins().bor(low, moved);
        let elements = self.low(elements, mask_width(shape));
        let elements = self.b.ins().ishl_imm(elements, shape.array.start as i64);
        let shorter = self.b.ins().iadd_imm(length, -1);
        let new = self.b.ins().bor(elements, shorter);
        let word = self.b.ins().select(there, new, word);
        self.put(list, word)
    }

    /// What is left of a word of elements: `count` of them, from the lowest bit on, with their number before them.
    fn list_of(&mut self, elements: Value, count: Value, shape: &ListShape) -> Value {
        let bits = self.b.ins().imul_imm(count, shape.array.width as i64);
        let ones = self.constant(u64::MAX);
        let beyond = self.b.ins().ishl(ones, bits);
        let kept = self.b.ins().band_not(elements, beyond);
        let kept = self.b.ins().ishl_imm(kept, shape.array.start as i64);
        self.b.ins().bor(kept, count)
    }

    /// The elements from one index to before another, both clamped.
    fn slice(&mut self, list: Slot, from: Slot, to: Slot, shape: &ListShape) -> Done {
        let (word, from, to, zero) = (self.get(list), self.get(from), self.get(to), self.constant(0));
        let length = self.low(word, shape.length);
        let from = self.b.ins().smax(from, zero);
        let from = self.b.ins().smin(from, length);
        let to = self.b.ins().smax(to, from);
        let to = self.b.ins().smin(to, length);
        let skipped = self.b.ins().imul_imm(from, shape.array.width as i64);
        let elements = self.b.ins().ushr_imm(word, shape.array.start as i64);
        let elements = self.b.ins().ushr(elements, skipped);
        let count = self.b.ins().isub(to, from);
        let word = self.list_of(elements, count, shape);
        self.put(list, word)
    }

    fn compared(&mut self, a: Slot, b: Slot, shape: &ListShape) -> Compared {
        let (a, b) = (self.get(a), self.get(b));
        let differ = self.b.ins().bxor(a, b);
        let differ = self.b.ins().ushr_imm(differ, shape.array.start as i64);
        Compared { differ, length: self.low(a, shape.length), other: self.low(b, shape.length) }
    }

    fn is_prefix(&mut self, dst: Slot, a: Slot, b: Slot, shape: &ListShape) -> Done {
        let Compared { differ, length, other } = self.compared(a, b, shape);
        let bits = self.b.ins().imul_imm(length, shape.array.width as i64);
        let ones = self.constant(u64::MAX);
        let beyond = self.b.ins().ishl(ones, bits);
        let differ = self.b.ins().band_not(differ, beyond);
        let equal = self.b.ins().icmp_imm(IntCC::Equal, differ, 0);
        let fits = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, length, other);
        let prefix = self.b.ins().band(equal, fits);
        let prefix = self.wide(prefix);
        self.put(dst, prefix)
    }

    fn common_prefix(&mut self, a: Slot, b: Slot, shape: &ListShape) -> Done {
        let Compared { differ, length, other } = self.compared(a, b, shape);
        let shorter = self.b.ins().umin(length, other);
        let first = self.b.ins().ctz(differ);
        let same = match shape.array.width {
            0 => shorter,
            width => self.b.ins().udiv_imm(first, width as i64),
        };
        let count = self.b.ins().umin(same, shorter);
        let word = self.get(a);
        let elements = self.b.ins().ushr_imm(word, shape.array.start as i64);
        let word = self.list_of(elements, count, shape);
        self.put(a, word)
    }
}

/// Two lists beside each other.
struct Compared {
    /// The elements, bit by bit where they differ.
    differ: Value,
    length: Value,
    /// Length of the second list.
    other: Value,
}

/// Bits of all elements.
fn mask_width(shape: &ListShape) -> u32 {
    debug_assert!(mask(shape.length) >= shape.array.count as u64);
    shape.array.width * shape.array.count
}
