//! Arithmetic, comparisons, bits of one word.
//!
//! Enters: operations on single slots. Leaves: instructions, with a trap where there is no value.

use super::{Done, Translator, Untranslatable};
use crate::model::form::code::{Op, Slot};
use crate::model::form::code::{
    addressed, attempts, bits, checked, jumps, lists, runs, scalars, ways, words,
};
use crate::model::form::shape::mask;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};

impl Translator<'_, '_> {
    pub(super) fn arithmetic(&mut self, op: Op) -> Done {
        let (dst, value) = match op {
            Op::Move { dst, src } => (dst, self.get(src)),
            Op::Add { dst, a, b } => (dst, self.two(a, b, |t, a, b| t.b.ins().iadd(a, b))),
            Op::Sub { dst, a, b } => (dst, self.two(a, b, |t, a, b| t.b.ins().isub(a, b))),
            Op::Mul { dst, a, b } => (dst, self.two(a, b, |t, a, b| t.b.ins().imul(a, b))),
            Op::And { dst, a, b } => (dst, self.two(a, b, |t, a, b| t.b.ins().band(a, b))),
            Op::Or { dst, a, b } => (dst, self.two(a, b, |t, a, b| t.b.ins().bor(a, b))),
            Op::AndNot { dst, a, b } => (dst, self.two(a, b, |t, a, b| t.b.ins().band_not(a, b))),
            Op::Min { dst, a, b } => (dst, self.lesser(a, b, a, b)),
            Op::Max { dst, a, b } => (dst, self.lesser(a, b, b, a)),
            Op::Abs { dst, src } => {
                let value = self.get(src);
                let (negative, minus) =
                    (self.b.ins().icmp_imm(IntCC::SignedLessThan, value, 0), self.b.ins().ineg(value));
                (dst, self.b.ins().select(negative, minus, value))
            }
            Op::Eq { dst, a, b } => (dst, self.truth(IntCC::Equal, a, b)),
            Op::Lt { dst, a, b } => (dst, self.truth(IntCC::SignedLessThan, a, b)),
            Op::Load { dst, src, shift, width } => {
                let word = self.get(src);
                let shifted = self.b.ins().ushr_imm(word, shift as i64);
                // The bits above have been shifted out.
                let all = shift as u32 + width as u32 >= 64;
                (dst, if all { shifted } else { self.low(shifted, width as u32) })
            }
            Op::Store { dst, src, shift, width } => {
                let (word, value) = (self.get(dst), self.get(src));
                (dst, self.inserted(word, value, shift as u32, width as u32))
            }
            Op::SetBits { word, mask, value } => {
                let (old, mask, value) = (self.get(word), self.get(mask), self.get(value));
                let kept = self.b.ins().band_not(old, mask);
                (word, self.b.ins().bor(kept, value))
            }
            Op::Note { slot, bit } => {
                let notes = self.get(slot);
                (slot, self.b.ins().bor_imm(notes, 1 << bit))
            }
            ways!() | jumps!() | checked!() | runs!() | bits!() | words!() => return self.unknown(),
            addressed!() | attempts!() | lists!() => return self.unknown(),
        };
        self.put(dst, value)
    }

    fn two(&mut self, a: Slot, b: Slot, f: impl FnOnce(&mut Self, Value, Value) -> Value) -> Value {
        let (a, b) = (self.get(a), self.get(b));
        f(self, a, b)
    }

    fn truth(&mut self, how: IntCC, a: Slot, b: Slot) -> Value {
        let truth = self.compare(how, a, b);
        self.wide(truth)
    }

    /// One of two, depending on whether `a < b`.
    fn lesser(&mut self, a: Slot, b: Slot, then: Slot, otherwise: Slot) -> Value {
        let less = self.compare(IntCC::SignedLessThan, a, b);
        let (then, otherwise) = (self.get(then), self.get(otherwise));
        self.b.ins().select(less, then, otherwise)
    }

    /// The low bits of a value.
    pub(super) fn low(&mut self, value: Value, width: u32) -> Value {
        if width >= 64 {
            return value;
        }
        let mask = self.constant(mask(width));
        self.b.ins().band(value, mask)
    }

    /// A word of which `width` bits from `shift` on are those of `value`.
    pub(super) fn inserted(&mut self, word: Value, value: Value, shift: u32, width: u32) -> Value {
        let field = self.constant(mask(width) << shift);
        let kept = self.b.ins().band_not(word, field);
        let value = self.b.ins().ishl_imm(value, shift as i64);
        let value = self.b.ins().band(value, field);
        self.b.ins().bor(kept, value)
    }

    /// As `inserted`, from a bit that is known late.
    pub(super) fn inserted_at(&mut self, word: Value, value: Value, shift: Value, width: u32) -> Value {
        let field = self.constant(mask(width));
        let (value, field) = (self.b.ins().band(value, field), self.b.ins().ishl(field, shift));
        let kept = self.b.ins().band_not(word, field);
        let value = self.b.ins().ishl(value, shift);
        self.b.ins().bor(kept, value)
    }

    pub(super) fn checked(&mut self, op: Op) -> Done {
        match op {
            Op::AddChecked { dst, a, b, site } => self.overflowing(dst, a, b, site, |t, a, b| {
                let sum = t.b.ins().iadd(a, b);
                // The sign of the sum differs from that of both.
                let (x, y) = (t.b.ins().bxor(a, sum), t.b.ins().bxor(b, sum));
                let both = t.b.ins().band(x, y);
                (sum, t.b.ins().icmp_imm(IntCC::SignedLessThan, both, 0))
            }),
            Op::SubChecked { dst, a, b, site } => self.overflowing(dst, a, b, site, |t, a, b| {
                let difference = t.b.ins().isub(a, b);
                let (x, y) = (t.b.ins().bxor(a, b), t.b.ins().bxor(a, difference));
                let both = t.b.ins().band(x, y);
                (difference, t.b.ins().icmp_imm(IntCC::SignedLessThan, both, 0))
            }),
            Op::MulChecked { dst, a, b, site } => self.overflowing(dst, a, b, site, |t, a, b| {
                let (product, high) = (t.b.ins().imul(a, b), t.b.ins().smulhi(a, b));
                let sign = t.b.ins().sshr_imm(product, 63);
                (product, t.b.ins().icmp(IntCC::NotEqual, high, sign))
            }),
            Op::Div { dst, a, b, site } => self.division(dst, a, b, site, true),
            Op::Rem { dst, a, b, site } => self.division(dst, a, b, site, false),
            Op::CheckRange { src, lo, hi, site } => {
                let value = self.get(src);
                let (under, over) = (
                    self.compare(IntCC::SignedLessThan, src, lo),
                    self.compare(IntCC::SignedGreaterThan, src, hi),
                );
                let outside = self.b.ins().bor(under, over);
                let on = self.seldom(outside);
                let zero = self.constant(0);
                self.trap(site, value, zero)?;
                self.begin(on);
                Ok(())
            }
            ways!() | jumps!() | scalars!() | runs!() | bits!() | words!() => self.unknown(),
            addressed!() | attempts!() | lists!() => self.unknown(),
        }
    }

    fn overflowing(
        &mut self,
        dst: Slot,
        a: Slot,
        b: Slot,
        site: u32,
        f: impl FnOnce(&mut Self, Value, Value) -> (Value, Value),
    ) -> Done {
        let (a, b) = (self.get(a), self.get(b));
        let (value, over) = f(self, a, b);
        let on = self.seldom(over);
        self.trap(site, a, b)?;
        self.begin(on);
        self.put(dst, value)
    }

    /// Rounds towards negative infinity.
    fn division(&mut self, dst: Slot, a: Slot, b: Slot, site: u32, quotient: bool) -> Done {
        let (a, b) = (self.get(a), self.get(b));
        let (zero, minus_one) =
            (self.b.ins().icmp_imm(IntCC::Equal, b, 0), self.b.ins().icmp_imm(IntCC::Equal, b, -1));
        let least = self.b.ins().icmp_imm(IntCC::Equal, a, i64::MIN);
        let over = self.b.ins().band(minus_one, least);
        let none = self.b.ins().bor(zero, over);
        let on = self.seldom(none);
        self.trap(site, a, b)?;
        self.begin(on);
        let towards_zero = self.b.ins().sdiv(a, b);
        let product = self.b.ins().imul(towards_zero, b);
        let rest = self.b.ins().isub(a, product);
        let signs = self.b.ins().bxor(rest, b);
        let (apart, inexact) = (
            self.b.ins().icmp_imm(IntCC::SignedLessThan, signs, 0),
            self.b.ins().icmp_imm(IntCC::NotEqual, rest, 0),
        );
        let down = self.b.ins().band(apart, inexact);
        let (exact, below) = match quotient {
            true => (towards_zero, self.b.ins().iadd_imm(towards_zero, -1)),
            false => (rest, self.b.ins().iadd(rest, b)),
        };
        let value = self.b.ins().select(down, below, exact);
        self.put(dst, value)
    }

    /// An operation that is not translated, or not here.
    pub(super) fn unknown(&self) -> Done {
        Err(Untranslatable)
    }
}
