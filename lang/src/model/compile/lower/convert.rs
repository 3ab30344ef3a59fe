//! Conversions between types whose values are the same kind of thing: wider and narrower integers, options, and
//! collections of them.
//!
//! Enters: values with the type they have and the type they should have. Leaves: values; where one does not fit, a trap
//! or a jump, as the caller says.

use super::{Low, Lower, Part, Val};
use crate::analysis::program::{Type, TypeId};
use crate::model::form::code::{Op, Target};
use crate::model::form::domain;
use crate::model::form::shape::Kind;
use crate::model::form::trap::TrapKind;

/// From one composite type to another of the same kind.
#[derive(Debug, Clone, Copy)]
struct Conversion {
    from: TypeId,
    to: TypeId,
    /// The types of what is inside.
    part: TypeId,
    new_part: TypeId,
    /// Where to go with what does not fit; `None`: a trap.
    outside: Option<Target>,
}

impl Lower<'_> {
    pub(crate) fn convert_or_trap(&mut self, value: Val, from: TypeId, to: TypeId) -> Low<Val> {
        self.convert(value, from, to, None)
    }

    /// Brings a value to another type; where it does not fit, jumps to `outside`, or traps.
    pub(crate) fn convert(
        &mut self,
        value: Val,
        from: TypeId,
        to: TypeId,
        outside: Option<Target>,
    ) -> Low<Val> {
        if from == to {
            return Ok(value);
        }
        let inside = |part, new_part| Conversion { from, to, part, new_part, outside };
        match (self.shapes.get(from).clone(), self.shapes.get(to).clone()) {
            (Type::Int { lo: a, hi: b }, Type::Int { lo, hi }) => {
                let shape = self.shape(from)?;
                let value = self.narrow(value, &shape);
                Ok(if lo <= a && b <= hi { value } else { self.check_range(value, lo, hi, outside) })
            }
            (Type::Option(a), Type::Option(b)) => self.convert_option(value, inside(a, b)),
            (_, Type::Option(inner)) => {
                let value = self.of_part(to, |l| l.convert(value, from, inner, outside))?;
                self.make_some(value, to)
            }
            (Type::Option(inner), _) => {
                let value = self.unwrap(value, from, outside)?;
                self.convert(value, inner, to, outside)
            }
            (Type::Set(a), Type::Set(b)) => self.convert_set(value, inside(a, b)),
            (Type::List { element: a, .. }, Type::List { element: b, .. })
            | (Type::Bag { element: a, .. }, Type::Bag { element: b, .. }) => {
                self.convert_list(value, inside(a, b))
            }
            (Type::Map { value: a, .. }, Type::Map { value: b, .. }) => self.convert_map(value, inside(a, b)),
            (Type::Error, _) => self.empty(to),
            _ => Ok(value),
        }
    }

    /// The type that has the values of both.
    pub(crate) fn join(&mut self, a: TypeId, b: TypeId) -> TypeId {
        if a == b {
            return a;
        }
        let joined = match (self.shapes.get(a).clone(), self.shapes.get(b).clone()) {
            (Type::Int { lo: a, hi: b }, Type::Int { lo: c, hi: d }) => {
                Type::Int { lo: a.min(c), hi: b.max(d) }
            }
            (Type::Option(a), Type::Option(b)) => Type::Option(self.join(a, b)),
            (Type::Option(inner), _) => Type::Option(self.join(inner, b)),
            (_, Type::Option(inner)) => Type::Option(self.join(a, inner)),
            (Type::Set(a), Type::Set(b)) => Type::Set(self.join(a, b)),
            (Type::List { element: a, max: m }, Type::List { element: b, max: n }) => {
                Type::List { element: self.join(a, b), max: m.max(n) }
            }
            (Type::Bag { element: a, max: m }, Type::Bag { element: b, max: n }) => {
                Type::Bag { element: self.join(a, b), max: m.max(n) }
            }
            (Type::Map { key, value: a }, Type::Map { value: b, .. }) => {
                Type::Map { key, value: self.join(a, b) }
            }
            (Type::Error, _) => return b,
            _ => return a,
        };
        self.shapes.types.intern(joined)
    }

    fn check_range(&mut self, value: Val, lo: i64, hi: i64, outside: Option<Target>) -> Val {
        if let Val::Const(c) = value
            && (lo..=hi).contains(&(c as i64))
        {
            return value;
        }
        let src = self.number_slot(value);
        let (low, high) = (self.b.constant(lo as u64), self.b.constant(hi as u64));
        match outside {
            Some(to) => {
                self.b.op(Op::JumpLt { a: src, b: low, to });
                self.b.op(Op::JumpLt { a: high, b: src, to });
            }
            None => {
                let site = self.site(TrapKind::Range { what: self.subject.clone(), lo, hi });
                self.b.op(Op::CheckRange { src, lo: low, hi: high, site });
            }
        }
        // Not folded: the code after a certain trap is never reached, but must be well-formed.
        Val::Slot(src)
    }

    /// A value of the inner type as an option.
    pub(crate) fn make_some(&mut self, value: Val, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::Option { inner, dense, payload } = shape.kind else { return Ok(value) };
        let part = self.shape(inner)?;
        if dense {
            let code = self.code(value, &part);
            return Ok(self.add_const(code, 1));
        }
        self.compose(&shape, 1, &[Part { offset: payload, value, ty: inner }])
    }

    /// The value in an option; where there is none, jumps to `outside`, or traps.
    pub(crate) fn unwrap(&mut self, option: Val, ty: TypeId, outside: Option<Target>) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::Option { inner, dense, payload } = shape.kind else { return Ok(option) };
        let part = self.shape(inner)?;
        let option = if shape.narrow { self.narrow(option, &shape) } else { option };
        let flag = self.is_some(option, &shape);
        match (flag, outside) {
            (Val::Const(0), _) | (_, Some(_)) => {
                let end = self.b.label();
                match outside {
                    Some(to) => {
                        self.jump_on(flag, false, to);
                    }
                    None => self.no_value(),
                }
                self.b.bind(end);
            }
            (Val::Const(_), None) => {}
            (flag, None) => {
                let some = self.b.label();
                self.jump_on(flag, true, some);
                self.no_value();
                self.b.bind(some);
            }
        }
        Ok(match dense {
            true => {
                let code = match option {
                    // After a certain trap: any value will do.
                    Val::Const(0) => Val::Const(0),
                    option => self.add_const(option, -1),
                };
                self.decode(code, &part)
            }
            false => self.part(option, &shape, payload, &part),
        })
    }

    fn convert_option(&mut self, value: Val, types: Conversion) -> Low<Val> {
        let Conversion { from, to, part: a, new_part: b, outside } = types;
        let (old, new) = (self.shape(from)?, self.shape(to)?);
        let value = if old.narrow { self.narrow(value, &old) } else { value };
        let flag = self.is_some(value, &old);
        if flag == Val::Const(0) {
            return self.empty(to);
        }
        let result = self.zeroed(&new);
        let end = self.b.label();
        self.jump_on(flag, false, end);
        let inner = self.unwrap(value, from, outside)?;
        let inner = self.of_part(to, |l| l.convert(inner, a, b, outside))?;
        let some = self.make_some(inner, to)?;
        self.put(result, some, &new);
        self.b.bind(end);
        Ok(if new.narrow { Val::Slot(result.base) } else { Val::Mem(result) })
    }

    fn convert_set(&mut self, value: Val, types: Conversion) -> Low<Val> {
        let Conversion { from, to, part: a, new_part: b, outside } = types;
        let (old, new) = (self.shape(from)?, self.shape(to)?);
        if let (Val::Const(bits), true) = (self.narrow(value, &old), new.narrow)
            && let Some(bits) = self.constant_set(bits, a, b)?
        {
            return Ok(Val::Const(bits));
        }
        let set = self.copy(value, &old);
        let result = self.zeroed(&new);
        let (next, done, rank) = (self.b.label(), self.b.label(), self.b.register());
        self.b.bind(next);
        self.b.op(Op::Next { dst: rank, set, words: old.words, to: done });
        let element = self.unrank(Val::Slot(rank), a)?;
        let element = self.of_part(to, |l| l.convert(element, a, b, outside))?;
        self.set_bit(result.base, element, b)?;
        self.b.jump(next);
        self.b.bind(done);
        Ok(if new.narrow { Val::Slot(result.base) } else { Val::Mem(result) })
    }

    /// A constant set in another type, if all its elements fit.
    fn constant_set(&mut self, bits: u64, a: TypeId, b: TypeId) -> Low<Option<u64>> {
        let (from, to) = (self.shapes.get(a).clone(), self.shapes.get(b).clone());
        let (Type::Int { lo: old, .. }, Type::Int { lo, hi }) = (from, to) else { return Ok(None) };
        let mut result = 0u64;
        for rank in (0..64).filter(|r| bits >> r & 1 != 0) {
            let value = old + rank;
            if value < lo || value > hi || value - lo >= 64 {
                return Ok(None);
            }
            result |= 1 << (value - lo);
        }
        Ok(Some(result))
    }

    /// Puts an element into the bitmap at `set`.
    pub(crate) fn set_bit(
        &mut self,
        set: crate::model::form::code::Slot,
        element: Val,
        ty: TypeId,
    ) -> Low<()> {
        match self.rank(element, ty)? {
            Val::Const(rank) => {
                let bit = 1 << (rank % 64);
                self.b.set_bits(set.plus(rank as u32 / 64), bit, bit);
            }
            rank => {
                let index = self.number_slot(rank);
                // As many bits as the element has ranks.
                let words = self.shape(ty)?.ranks.unwrap_or(1).div_ceil(64).max(1) as u32;
                self.b.op(Op::SetBit { set, index, words });
            }
        }
        Ok(())
    }

    fn convert_list(&mut self, value: Val, types: Conversion) -> Low<Val> {
        let Conversion { from, to, part: a, new_part: b, outside } = types;
        let (old, new) = (self.shape(from)?, self.shape(to)?);
        let (Kind::List { list: source, .. }, Kind::List { list: wanted, bag, .. }) = (&old.kind, &new.kind)
        else {
            return Ok(value);
        };
        if source == wanted && a == b {
            return Ok(value);
        }
        let value = if old.narrow { self.narrow(value, &old) } else { value };
        if value == Val::Const(0) {
            return self.empty(to);
        }
        let holder = self.slot(value, &old);
        let result = self.zeroed(&new);
        let length = self.length(Val::Mem(super::Addr::of(holder)), &old);
        let length = self.number_slot(length);
        if let Some(to) = outside {
            let most = self.b.constant(wanted.array.count as u64);
            self.b.op(Op::JumpLt { a: most, b: length, to });
        }
        let (element, part) = (self.shape(a)?, self.shape(b)?);
        let (i, zero, one) = (self.b.register(), self.b.constant(0), self.b.constant(1));
        let (test, done) = (self.b.label(), self.b.label());
        let dst = self.b.registers_run(element.words);
        self.b.op(Op::Move { dst: i, src: zero });
        self.b.bind(test);
        self.b.op(Op::JumpLe { a: length, b: i, to: done });
        let shape = self.b.list(*source);
        self.b.op(Op::ListGet { dst, list: holder, index: i, shape });
        let item = self.packed(dst, &element);
        let item = self.of_part(to, |l| l.convert(item, a, b, outside))?;
        let src = self.code_slot(item, &part);
        let kind = TrapKind::Full { what: self.holder_name(*bag), max: wanted.array.count };
        self.push(result.base, src, *wanted, *bag, kind);
        self.b.op(Op::Add { dst: i, a: i, b: one });
        self.b.jump(test);
        self.b.bind(done);
        Ok(if new.narrow { Val::Slot(result.base) } else { Val::Mem(result) })
    }

    /// Adds a packed element to a list in slots (to a bag at its place).
    pub(crate) fn push(
        &mut self,
        list: crate::model::form::code::Slot,
        src: crate::model::form::code::Slot,
        shape: crate::model::form::shape::ListShape,
        bag: bool,
        full: TrapKind,
    ) {
        let (shape, site) = (self.b.list(shape), self.site(full));
        self.b.op(if bag {
            Op::BagAdd { list, src, shape, site }
        } else {
            Op::ListPush { list, src, shape, site }
        });
    }

    pub(crate) fn holder_name(&self, bag: bool) -> String {
        let named = self.subject.as_ref().map(|subject| subject.words());
        named.unwrap_or_else(|| if bag { "the bag".into() } else { "the list".into() })
    }

    fn convert_map(&mut self, value: Val, types: Conversion) -> Low<Val> {
        let Conversion { from, to, part: a, new_part: b, outside } = types;
        let (old, new) = (self.shape(from)?, self.shape(to)?);
        let (Kind::Map { array: source, .. }, Kind::Map { array: wanted, .. }) = (&old.kind, &new.kind)
        else {
            return Ok(value);
        };
        let part = self.shape(a)?;
        let mut parts = Vec::new();
        for i in 0..wanted.count.min(source.count) {
            let item = self.part(value, &old, source.offset(i), &part);
            let value = self.of_part(to, |l| l.convert(item, a, b, outside))?;
            parts.push(Part { offset: wanted.offset(i), value, ty: b });
        }
        self.compose(&new, 0, &parts)
    }

    /// The set of all values of a type.
    pub(crate) fn all_values(&mut self, element: TypeId, set: TypeId) -> Low<Val> {
        let shape = self.shape(set)?;
        let ranks = domain::valid_ranks(&mut self.shapes, element).unwrap_or_default();
        let mut words = vec![0u64; shape.words as usize];
        for rank in ranks {
            words[rank as usize / 64] |= 1 << (rank % 64);
        }
        if shape.narrow {
            return Ok(Val::Const(words[0]));
        }
        Ok(Val::Mem(super::Addr::of(self.b.constants_run(&words))))
    }
}
