//! Parts of states and lists whose place is known only when the code runs.
//!
//! Enters: operations with an address in a slot. Leaves: instructions. A place within one word is a shift; one of a few
//! words is picked by comparing; else the words lie in the frame, and no address leads out of their extent, whatever the
//! slot says.

use super::{Done, Translator};
use crate::model::form::code::{Op, Slot};
use crate::model::form::code::{attempts, bits, checked, jumps, lists, runs, scalars, ways, words};
use crate::model::form::shape::ArrayShape;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlags, Value, types::I64};

/// Words that follow each other, of which an index picks one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) first: Slot,
    pub(super) count: u32,
}

impl Translator<'_, '_> {
    pub(super) fn memory(&mut self, op: Op) -> Done {
        match op {
            Op::LoadAt { dst, addr, base, offset, extent, width } => {
                let (words, at) = self.address(addr, base, offset, extent);
                let index = self.b.ins().ushr_imm(at, 6);
                let word = self.word_at(words, index);
                // Shifts look at the low six bits of the amount.
                let shifted = self.b.ins().ushr(word, at);
                let value = self.low(shifted, width as u32);
                self.put(dst, value)
            }
            Op::StoreAt { src, addr, base, offset, extent, width } => {
                let (words, at) = self.address(addr, base, offset, extent);
                let (index, value) = (self.b.ins().ushr_imm(at, 6), self.get(src));
                self.change_word(words, index, |t, word| t.inserted_at(word, value, at, width as u32))
            }
            Op::CopyFrom { dst, addr, base, offset, extent, words } => {
                let (all, at) = self.address(addr, base, offset, extent);
                let index = self.b.ins().ushr_imm(at, 6);
                let start = self.pointer(all, index, words);
                let values: Vec<Value> = (0..words).map(|i| self.load(start, 8 * i as i32)).collect();
                self.put_all(dst, values)
            }
            Op::CopyTo { src, addr, base, offset, extent, words } => {
                let (all, at) = self.address(addr, base, offset, extent);
                if self.is_fixed(all.first) {
                    return self.unknown();
                }
                let index = self.b.ins().ushr_imm(at, 6);
                let start = self.pointer(all, index, words);
                let values: Vec<Value> = (0..words).map(|i| self.get(src.plus(i))).collect();
                for (i, value) in values.into_iter().enumerate() {
                    self.store(value, start, 8 * i as i32);
                }
                Ok(())
            }
            Op::ElementOffset { dst, index, array } => {
                let array = *self.setting.code.array(array);
                let index = self.get(index);
                let index = self.low(index, 32);
                let value = self.element_offset(index, &array);
                self.put(dst, value)
            }
            Op::TableOffset { dst, index, table } => {
                let index = self.get(index);
                let value = self.entry(index, table);
                self.put(dst, value)
            }
            ways!() | jumps!() | scalars!() | checked!() | runs!() | bits!() => self.unknown(),
            words!() | attempts!() | lists!() => self.unknown(),
        }
    }

    /// The words in which an address lies, and the address from the first of them on, in bits.
    fn address(&mut self, addr: Slot, base: Slot, offset: u32, extent: u32) -> (Words, Value) {
        let first = offset / 64;
        let at = self.get(addr);
        let at = self.b.ins().iadd_imm(at, (offset % 64) as i64);
        (Words { first: base.plus(first), count: extent.saturating_sub(first).max(1) }, at)
    }

    /// An index that leads to one of `count` things.
    fn within(&mut self, index: Value, count: u32) -> Value {
        let last = self.constant(count.saturating_sub(1) as u64);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, last);
        self.b.ins().select(inside, index, last)
    }

    fn is_addressed(&self, words: Words) -> bool {
        !(0..words.count).any(|i| self.is_value(words.first.plus(i)))
    }

    pub(super) fn word_at(&mut self, words: Words, index: Value) -> Value {
        if words.count == 1 {
            return self.get(words.first);
        }
        if self.is_addressed(words) {
            let start = self.pointer(words, index, 1);
            return self.load(start, 0);
        }
        let mut word = self.get(words.first);
        for i in 1..words.count {
            let (this, other) =
                (self.b.ins().icmp_imm(IntCC::Equal, index, i as i64), self.get(words.first.plus(i)));
            word = self.b.ins().select(this, other, word);
        }
        word
    }

    /// Replaces the word that an index picks.
    pub(super) fn change_word(
        &mut self,
        words: Words,
        index: Value,
        change: impl FnOnce(&mut Self, Value) -> Value,
    ) -> Done {
        if words.count == 1 {
            let word = self.get(words.first);
            let word = change(self, word);
            return self.put(words.first, word);
        }
        if self.is_fixed(words.first) {
            return self.unknown();
        }
        if self.is_addressed(words) {
            let start = self.pointer(words, index, 1);
            let word = self.load(start, 0);
            let word = change(self, word);
            self.store(word, start, 0);
            return Ok(());
        }
        let word = self.word_at(words, index);
        let new = change(self, word);
        for i in 0..words.count {
            let (slot, this) = (words.first.plus(i), self.b.ins().icmp_imm(IntCC::Equal, index, i as i64));
            let old = self.get(slot);
            let word = self.b.ins().select(this, new, old);
            self.put(slot, word)?;
        }
        Ok(())
    }

    /// Where a run of `length` words begins that the index leads to.
    fn pointer(&mut self, words: Words, index: Value, length: u32) -> Value {
        let place = self.place(words.first, words.count.max(length));
        let index = self.within(index, words.count.saturating_sub(length) + 1);
        let bytes = self.b.ins().ishl_imm(index, 3);
        let start = self.b.ins().iadd(self.frame, bytes);
        self.b.ins().iadd_imm(start, place as i64)
    }

    pub(super) fn element_offset(&mut self, index: Value, array: &ArrayShape) -> Value {
        if array.element_words > 0 {
            let scaled = self.b.ins().imul_imm(index, 64 * array.element_words as i64);
            return self.b.ins().iadd_imm(scaled, 64 * array.start.div_ceil(64) as i64);
        }
        let near = self.b.ins().imul_imm(index, array.width as i64);
        let near = self.b.ins().iadd_imm(near, array.start as i64);
        if array.count <= array.first {
            return near;
        }
        let beyond = self.b.ins().iadd_imm(index, -(array.first as i64));
        let (word, rest) = match array.per_word.is_power_of_two() {
            true => {
                let bits = array.per_word.trailing_zeros() as i64;
                (self.b.ins().ushr_imm(beyond, bits), self.low(beyond, bits as u32))
            }
            false => {
                let word = self.b.ins().udiv_imm(beyond, array.per_word as i64);
                let whole = self.b.ins().imul_imm(word, array.per_word as i64);
                (word, self.b.ins().isub(beyond, whole))
            }
        };
        let (word, rest) = (self.b.ins().ishl_imm(word, 6), self.b.ins().imul_imm(rest, array.width as i64));
        let far = self.b.ins().iadd(word, rest);
        let far = self.b.ins().iadd_imm(far, 64);
        let in_first = self.b.ins().icmp_imm(IntCC::UnsignedLessThan, index, array.first as i64);
        self.b.ins().select(in_first, near, far)
    }

    /// An entry of a table: computed where the entries are evenly spaced, else looked up.
    fn entry(&mut self, index: Value, table: u32) -> Value {
        let entries = self.setting.code.table(table);
        // Of an empty one nothing is ever asked.
        let Some(&first) = entries.first() else { return self.constant(0) };
        let step = entries.get(1).map_or(0, |second| second.wrapping_sub(first));
        if entries.windows(2).all(|w| w[1].wrapping_sub(w[0]) == step) {
            let scaled = self.b.ins().imul_imm(index, step as i64);
            return self.b.ins().iadd_imm(scaled, first as i64);
        }
        let index = self.within(index, entries.len() as u32);
        let start = self.constant(entries.as_ptr() as u64);
        let bytes = self.b.ins().ishl_imm(index, 3);
        let place = self.b.ins().iadd(start, bytes);
        let flags = MemFlags::trusted().with_readonly().with_can_move();
        self.b.ins().load(I64, flags, place, 0)
    }
}
