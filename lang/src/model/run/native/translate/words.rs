//! Bitmaps, and values of several words.
//!
//! Enters: operations on runs of slots. Leaves: instructions, word by word.

use super::memory::Words;
use super::{Done, Translator};
use crate::model::form::code::{DELIVERY, Op, Slot, Target, key_of_link};
use crate::model::form::code::{
    addressed, attempts, bits, checked, jumps, lists, runs, scalars, ways, words,
};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};

impl Translator<'_, '_> {
    pub(super) fn words(&mut self, op: Op) -> Done {
        match op {
            Op::Copy { dst, src, words } => {
                let values: Vec<Value> = (0..words).map(|i| self.get(src.plus(i))).collect();
                self.put_all(dst, values)
            }
            Op::Zero { dst, words } => (0..words).try_for_each(|i| self.set(dst.plus(i), 0)),
            Op::AndWords { dst, a, b, words } => {
                self.by_word(dst, a, b, words, |t, a, b| t.b.ins().band(a, b))
            }
            Op::OrWords { dst, a, b, words } => self.by_word(dst, a, b, words, |t, a, b| t.b.ins().bor(a, b)),
            Op::AndNotWords { dst, a, b, words } => {
                self.by_word(dst, a, b, words, |t, a, b| t.b.ins().band_not(a, b))
            }
            Op::EqWords { dst, a, b, words } => {
                self.no_bits(dst, a, b, words, |t, a, b| t.b.ins().bxor(a, b))
            }
            Op::SubsetWords { dst, a, b, words } => {
                self.no_bits(dst, a, b, words, |t, a, b| t.b.ins().band_not(a, b))
            }
            Op::Count { dst, set, words } => {
                let mut sum = self.constant(0);
                for i in 0..words {
                    let word = self.get(set.plus(i));
                    let bits = self.b.ins().popcnt(word);
                    sum = self.b.ins().iadd(sum, bits);
                }
                self.put(dst, sum)
            }
            Op::Key { src, words, salt } => {
                let mut key = self.constant(key_of_link(salt));
                for i in 0..words {
                    let word = self.get(src.plus(i));
                    let mixed = self.b.ins().bxor(key, word);
                    let factor = self.constant(0x9e37_79b9_7f4a_7c15);
                    let mixed = self.b.ins().imul(mixed, factor);
                    key = self.b.ins().rotl_imm(mixed, 29);
                }
                let delivery = self.constant(DELIVERY);
                let key = self.b.ins().bor(key, delivery);
                self.put(self.map().key(), key)
            }
            Op::SetRange { set, from, to, .. } => self.set_range(set, from, to),
            ways!() | jumps!() | scalars!() | checked!() | bits!() => self.unknown(),
            addressed!() | attempts!() | lists!() => self.unknown(),
        }
    }

    /// Values into slots that follow each other.
    pub(super) fn put_all(&mut self, dst: Slot, values: Vec<Value>) -> Done {
        let mut values = values.into_iter().enumerate();
        values.try_for_each(|(i, value)| self.put(dst.plus(i as u32), value))
    }

    pub(super) fn bits(&mut self, op: Op) -> Done {
        match op {
            Op::TestBit { dst, set, index, words } => {
                let bit = self.bit(set, index, words);
                self.put(dst, bit)
            }
            Op::SetBit { set, index, words } => self.change_bit(set, index, words, true),
            Op::ClearBit { set, index, words } => self.change_bit(set, index, words, false),
            ways!() | jumps!() | scalars!() | checked!() | runs!() | words!() => self.unknown(),
            addressed!() | attempts!() | lists!() => self.unknown(),
        }
    }

    /// Of one word.
    fn set_range(&mut self, set: Slot, from: Slot, to: Slot) -> Done {
        let (word, from, to) = (self.get(set), self.get(from), self.get(to));
        let (ones, last) = (self.constant(u64::MAX), self.constant(63));
        let above = self.b.ins().isub(last, to);
        let (low, high) = (self.b.ins().ushr(ones, above), self.b.ins().ishl(ones, from));
        let bits = self.b.ins().band(low, high);
        let (some, none) = (self.b.ins().icmp(IntCC::SignedLessThanOrEqual, from, to), self.constant(0));
        let bits = self.b.ins().select(some, bits, none);
        let word = self.b.ins().bor(word, bits);
        self.put(set, word)
    }

    fn by_word(
        &mut self,
        dst: Slot,
        a: Slot,
        b: Slot,
        words: u32,
        f: impl Fn(&mut Self, Value, Value) -> Value,
    ) -> Done {
        for i in 0..words {
            let (x, y) = (self.get(a.plus(i)), self.get(b.plus(i)));
            let value = f(self, x, y);
            self.put(dst.plus(i), value)?;
        }
        Ok(())
    }

    /// Whether `f` gives no bits for any two words.
    fn no_bits(
        &mut self,
        dst: Slot,
        a: Slot,
        b: Slot,
        words: u32,
        f: impl Fn(&mut Self, Value, Value) -> Value,
    ) -> Done {
        let mut all = self.constant(0);
        for i in 0..words {
            let (x, y) = (self.get(a.plus(i)), self.get(b.plus(i)));
            let bits = f(self, x, y);
            all = self.b.ins().bor(all, bits);
        }
        let none = self.b.ins().icmp_imm(IntCC::Equal, all, 0);
        let none = self.wide(none);
        self.put(dst, none)
    }

    /// A bit of a bitmap, 0 or 1.
    pub(super) fn bit(&mut self, set: Slot, index: Slot, words: u32) -> Value {
        let at = self.get(index);
        let word = self.b.ins().ushr_imm(at, 6);
        let word = self.word_at(Words { first: set, count: words }, word);
        let bit = self.b.ins().ushr(word, at);
        self.low(bit, 1)
    }

    fn change_bit(&mut self, set: Slot, index: Slot, words: u32, on: bool) -> Done {
        let (at, one) = (self.get(index), self.constant(1));
        let (word, bit) = (self.b.ins().ushr_imm(at, 6), self.b.ins().ishl(one, at));
        self.change_word(Words { first: set, count: words }, word, |t, word| match on {
            true => t.b.ins().bor(word, bit),
            false => t.b.ins().band_not(word, bit),
        })
    }

    /// Takes out the lowest bit; jumps where there is none.
    pub(super) fn next(&mut self, dst: Slot, set: Slot, words: u32, to: Target) -> Done {
        let (none, found) = (self.block(to.0 as usize), self.b.create_block());
        for i in 0..words {
            let word = self.get(set.plus(i));
            let (here, beyond) = match i + 1 == words {
                true => (self.b.create_block(), none),
                false => (self.b.create_block(), self.b.create_block()),
            };
            self.b.ins().brif(word, here, &[], beyond, &[]);
            self.begin(here);
            let index = self.b.ins().ctz(word);
            let index = self.b.ins().iadd_imm(index, 64 * i as i64);
            self.put(dst, index)?;
            let less = self.b.ins().iadd_imm(word, -1);
            let rest = self.b.ins().band(word, less);
            self.put(set.plus(i), rest)?;
            self.b.ins().jump(found, &[]);
            if i + 1 < words {
                self.begin(beyond);
            }
        }
        self.begin(found);
        Ok(())
    }
}
