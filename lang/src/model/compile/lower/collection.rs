//! Sets, lists, maps, bags, and what is computed over them.
//!
//! Enters: literals, comprehensions, builtins, indexing. Leaves: values.

use super::expression::index_shape;
use super::iterate::size;
use super::{Addr, Low, Lower, Part, Val};
use crate::analysis::program::{Binder, Builtin, Expr, ExprKind, Type, TypeId};
use crate::model::form::code::{Op, Slot};
use crate::model::form::shape::{Kind, ListShape, Shape, Size};
use crate::model::form::trap::{Computed, TrapKind};

impl<'p> Lower<'p> {
    pub(crate) fn collection(&mut self, e: &Expr) -> Low<Val> {
        match &e.kind {
            ExprKind::Index(container, index) => self.index(container, index),
            ExprKind::Slice(list, from, to) => self.slice(list, from.as_deref(), to.as_deref(), e.ty),
            ExprKind::Count(binder) => self.count(binder),
            ExprKind::Sum(binder, body) => self.sum(binder, body),
            ExprKind::Min(binder, body) => self.extreme(binder, body, true),
            ExprKind::Max(binder, body) => self.extreme(binder, body, false),
            ExprKind::First(binder, key) => self.first(binder, key.as_deref(), e.ty),
            ExprKind::MapOf(binder, body) => self.map_of(binder, body, e.ty),
            ExprKind::SetOf(binder, body) => self.set_of(binder, body, e.ty),
            ExprKind::ListOf(binder, body) => self.list_of(binder, body, e.ty),
            ExprKind::Set(items) => self.set_literal(items, e.ty),
            ExprKind::List(items) => self.list_literal(items, e.ty),
            ExprKind::Map(items) => self.map_literal(items, e.ty),
            ExprKind::MapFill(value) => self.map_fill(value, e.ty),
            ExprKind::Record(_, items) => self.record_literal(items, e.ty),
            ExprKind::TypeSet(element) => self.all_values(*element, e.ty),
            ExprKind::Range(lo, hi) => self.range(lo, hi, e.ty),
            _ => self.empty(e.ty),
        }
    }

    fn in_registers(&self, slot: Slot, shape: &Shape) -> Val {
        if shape.narrow { Val::Slot(slot) } else { Val::Mem(Addr::of(slot)) }
    }

    fn index(&mut self, container: &Expr, index: &Expr) -> Low<Val> {
        let whole = self.expression(container)?;
        self.element(whole, container.ty, index)
    }

    /// The element of a list at an index (a trap outside it), or the value of a key in a map.
    pub(crate) fn element(&mut self, whole: Val, ty: TypeId, index: &Expr) -> Low<Val> {
        let shape = self.shape(ty)?;
        match &shape.kind {
            Kind::List { element, list, .. } => {
                let i = self.number(index)?;
                self.check_index(whole, &shape, i, index)?;
                let part = self.shape(*element)?;
                Ok(match i {
                    Val::Const(i) if i < list.array.count as u64 => {
                        self.part(whole, &shape, list.array.offset(i as u32), &part)
                    }
                    Val::Const(_) => self.part(whole, &shape, list.array.offset(0), &part),
                    i => {
                        let by = self.element_offset(i, list.array);
                        self.part_at(whole, by, list.array.bits())
                    }
                })
            }
            Kind::Map { key, value, array } => {
                let at = self.expression_as(index, *key)?;
                let part = self.shape(*value)?;
                Ok(match self.rank(at, *key)? {
                    Val::Const(rank) => self.part(whole, &shape, array.offset(rank as u32), &part),
                    rank => {
                        let by = self.element_offset(rank, *array);
                        self.part_at(whole, by, array.bits())
                    }
                })
            }
            _ => Ok(whole),
        }
    }

    fn element_offset(&mut self, index: Val, array: crate::model::form::shape::ArrayShape) -> Slot {
        let (index, dst, array) = (self.number_slot(index), self.b.register(), self.b.array(array));
        self.b.op(Op::ElementOffset { dst, index, array });
        dst
    }

    fn check_index(&mut self, list: Val, shape: &Shape, index: Val, e: &Expr) -> Low<()> {
        let outer = std::mem::replace(&mut self.span, e.span);
        let length = self.length(list, shape);
        let (i, length) = (self.number_slot(index), self.number_slot(length));
        let (bad, good, zero) = (self.b.label(), self.b.label(), self.b.constant(0));
        if !matches!(index, Val::Const(c) if c as i64 >= 0) {
            self.b.op(Op::JumpLt { a: i, b: zero, to: bad });
        }
        self.b.op(Op::JumpLt { a: i, b: length, to: good });
        self.b.bind(bad);
        self.trap(TrapKind::Index, i, length);
        self.b.bind(good);
        self.span = outer;
        Ok(())
    }

    fn slice(&mut self, list: &Expr, from: Option<&Expr>, to: Option<&Expr>, ty: TypeId) -> Low<Val> {
        let value = self.expression(list)?;
        let shape = self.shape(list.ty)?;
        let Kind::List { list: array, .. } = shape.kind else { return Ok(value) };
        let from = match from {
            Some(e) => self.number(e)?,
            None => Val::Const(0),
        };
        let to = match to {
            Some(e) => self.number(e)?,
            None => Val::Const(array.array.count as u64),
        };
        let (from, to) = (self.number_slot(from), self.number_slot(to));
        let copy = self.copy(value, &shape);
        let id = self.b.list(array);
        self.b.op(Op::ListSlice { list: copy, from, to, shape: id });
        let value = self.in_registers(copy, &shape);
        self.convert_or_trap(value, list.ty, ty)
    }

    fn accumulator(&mut self, start: u64) -> Slot {
        let (dst, src) = (self.b.register(), self.b.constant(start));
        self.b.op(Op::Move { dst, src });
        dst
    }

    fn count(&mut self, binder: &Binder) -> Low<Val> {
        if binder.filter.is_none() && !matches!(binder.set.kind, ExprKind::Range(..)) {
            let set = self.expression(&binder.set)?;
            return self.size_of(set, binder.set.ty);
        }
        let (total, one) = (self.accumulator(0), self.b.constant(1));
        self.each(binder, 1, &mut |l, _| {
            l.b.op(Op::Add { dst: total, a: total, b: one });
            Ok(())
        })?;
        Ok(Val::Slot(total))
    }

    /// Number of elements of a set, list or bag.
    fn size_of(&mut self, value: Val, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        match (&shape.kind, value) {
            (Kind::Set { .. }, Val::Const(bits)) => Ok(Val::Const(bits.count_ones() as u64)),
            (Kind::Set { .. }, value) => {
                let (set, dst) = (self.slot(value, &shape), self.b.register());
                self.b.op(Op::Count { dst, set, words: shape.words });
                Ok(Val::Slot(dst))
            }
            (_, value) => Ok(self.length(value, &shape)),
        }
    }

    fn sum(&mut self, binder: &Binder, body: &Expr) -> Low<Val> {
        let total = self.accumulator(0);
        let site = self.site(TrapKind::Overflow(Computed::Sum));
        self.each(binder, size(self.program, body), &mut |l, _| {
            let value = l.number(body)?;
            let b = l.number_slot(value);
            l.b.op(Op::AddChecked { dst: total, a: total, b, site });
            Ok(())
        })?;
        Ok(Val::Slot(total))
    }

    fn extreme(&mut self, binder: &Binder, body: &Expr, least: bool) -> Low<Val> {
        let best = self.accumulator(if least { i64::MAX as u64 } else { i64::MIN as u64 });
        let (found, one) = (self.accumulator(0), self.b.constant(1));
        self.each(binder, size(self.program, body), &mut |l, _| {
            let value = l.number(body)?;
            let b = l.number_slot(value);
            l.b.op(if least { Op::Min { dst: best, a: best, b } } else { Op::Max { dst: best, a: best, b } });
            l.b.op(Op::Move { dst: found, src: one });
            Ok(())
        })?;
        let (some, zero) = (self.b.label(), self.b.constant(0));
        self.b.op(Op::JumpIf { cond: found, to: some });
        self.trap(TrapKind::Empty { what: if least { "min" } else { "max" } }, zero, zero);
        self.b.bind(some);
        Ok(Val::Slot(best))
    }

    /// The element with the least key, and of equals the one that comes first.
    fn first(&mut self, binder: &Binder, key: Option<&Expr>, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let place = Addr::of(self.zeroed(&shape).base);
        let size = key.map_or(1, |key| size(self.program, key));
        let end = self.b.label();
        let (best, found) = (self.accumulator(0), self.accumulator(0));
        let one = self.b.constant(1);
        self.each(binder, size, &mut |l, next| {
            if let Some(key) = key {
                let value = l.number(key)?;
                let (value, better) = (l.number_slot(value), l.b.label());
                l.b.op(Op::JumpUnless { cond: found, to: better });
                l.b.op(Op::JumpLe { a: best, b: value, to: next });
                l.b.bind(better);
                l.b.op(Op::Move { dst: best, src: value });
                l.b.op(Op::Move { dst: found, src: one });
            }
            let element = l.local(binder.local);
            let value = l.make_some(element, ty)?;
            l.put(place, value, &shape);
            if key.is_none() {
                l.b.jump(end);
            }
            Ok(())
        })?;
        self.b.bind(end);
        Ok(self.in_registers(place.base, &shape))
    }

    /// Each key's value put at its place.
    fn map_of(&mut self, binder: &Binder, body: &Expr, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::Map { key, value, array } = shape.kind else { return self.empty(ty) };
        let part = self.shape(value)?;
        let result = self.zeroed(&shape).base;
        self.each(binder, size(self.program, body), &mut |l, _| {
            let item = l.expression_as(body, value)?;
            let at = l.local(binder.local);
            let whole = Val::Mem(Addr::of(result));
            let place = match l.rank(at, key)? {
                Val::Const(rank) => l.part(whole, &shape, array.offset(rank as u32), &part),
                rank => {
                    let by = l.element_offset(rank, array);
                    l.part_at(whole, by, array.bits())
                }
            };
            if let Val::Mem(place) = place {
                l.write(place, item, &part);
            }
            Ok(())
        })?;
        Ok(self.in_registers(result, &shape))
    }

    fn set_of(&mut self, binder: &Binder, body: &Expr, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::Set { element, .. } = shape.kind else { return self.empty(ty) };
        let result = self.zeroed(&shape).base;
        self.each(binder, size(self.program, body), &mut |l, _| {
            let value = l.expression_as(body, element)?;
            l.set_bit(result, value, element)
        })?;
        Ok(self.in_registers(result, &shape))
    }

    fn list_of(&mut self, binder: &Binder, body: &Expr, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::List { element, list, bag } = shape.kind else { return self.empty(ty) };
        let part = self.shape(element)?;
        let result = self.zeroed(&shape).base;
        self.each(binder, size(self.program, body), &mut |l, _| {
            let value = l.expression_as(body, element)?;
            let src = l.code_slot(value, &part);
            let kind = TrapKind::Full { what: l.holder_name(bag), max: list.array.count };
            l.push(result, src, list, bag, kind);
            Ok(())
        })?;
        Ok(self.in_registers(result, &shape))
    }

    pub(crate) fn set_literal(&mut self, items: &[Expr], ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::Set { element, .. } = shape.kind else { return self.empty(ty) };
        let (mut words, mut rest) = (vec![0u64; shape.words as usize], Vec::new());
        for item in items {
            match self.of_part(ty, |l| l.rank_of(item, element))? {
                Val::Const(rank) => words[rank as usize / 64] |= 1 << (rank % 64),
                rank => rest.push(self.number_slot(rank)),
            }
        }
        let start = match (rest.is_empty(), shape.narrow) {
            (true, true) => return Ok(Val::Const(words[0])),
            (true, false) => return Ok(Val::Mem(Addr::of(self.b.constants_run(&words)))),
            (false, true) => Val::Const(words[0]),
            (false, false) => Val::Mem(Addr::of(self.b.constants_run(&words))),
        };
        let set = self.copy(start, &shape);
        for index in rest {
            self.b.op(Op::SetBit { set, index, words: shape.words });
        }
        Ok(self.in_registers(set, &shape))
    }

    pub(crate) fn list_literal(&mut self, items: &[Expr], ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::List { element, list, bag } = shape.kind else { return self.empty(ty) };
        if items.len() > list.array.count as usize {
            let zero = self.b.constant(0);
            self.trap(TrapKind::Full { what: self.holder_name(bag), max: list.array.count }, zero, zero);
            return self.empty(ty);
        }
        if bag {
            return self.bag_literal(items, ty, &shape);
        }
        let mut parts = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let value = self.of_part(ty, |l| l.expression_as(item, element))?;
            parts.push(Part { offset: list.array.offset(i as u32), value, ty: element });
        }
        self.compose(&shape, items.len() as u64, &parts)
    }

    /// Each element at its place in the canonical order.
    fn bag_literal(&mut self, items: &[Expr], ty: TypeId, shape: &Shape) -> Low<Val> {
        let Kind::List { element, list, .. } = shape.kind else { return Ok(Val::Const(0)) };
        let part = self.shape(element)?;
        let result = self.zeroed(shape).base;
        for item in items {
            let value = self.of_part(ty, |l| l.expression_as(item, element))?;
            let src = self.code_slot(value, &part);
            let kind = TrapKind::Full { what: self.holder_name(true), max: list.array.count };
            self.push(result, src, list, true, kind);
        }
        Ok(self.in_registers(result, shape))
    }

    fn map_literal(&mut self, items: &[Expr], ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::Map { value, array, key } = shape.kind else { return self.empty(ty) };
        let ranks = crate::model::form::domain::valid_ranks(&mut self.shapes, key).unwrap_or_default();
        let mut parts = Vec::new();
        for (rank, item) in ranks.into_iter().zip(items) {
            let item = self.of_part(ty, |l| l.expression_as(item, value))?;
            parts.push(Part { offset: array.offset(rank), value: item, ty: value });
        }
        self.compose(&shape, 0, &parts)
    }

    fn map_fill(&mut self, item: &Expr, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::Map { value, array, key } = shape.kind else { return self.empty(ty) };
        let ranks = crate::model::form::domain::valid_ranks(&mut self.shapes, key).unwrap_or_default();
        let item = self.of_part(ty, |l| l.expression_as(item, value))?;
        let part = |rank| Part { offset: array.offset(rank), value: item, ty: value };
        let parts: Vec<_> = ranks.into_iter().map(part).collect();
        self.compose(&shape, 0, &parts)
    }

    fn record_literal(&mut self, items: &[Expr], ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::Record { fields } = &shape.kind else { return self.empty(ty) };
        let mut parts = Vec::new();
        let record = match self.shapes.get(ty) {
            Type::Record(id) => Some(&self.program.records[id.index()]),
            _ => None,
        };
        for (i, ((field, offset), item)) in fields.iter().zip(items).enumerate() {
            let named = record.and_then(|r| Some(format!("{} of {}", r.fields.get(i)?.0, r.name)));
            let value = match named {
                Some(name) => self.named(&name, |l| l.expression_as(item, *field))?,
                None => self.expression_as(item, *field)?,
            };
            parts.push(Part { offset: *offset, value, ty: *field });
        }
        self.compose(&shape, 0, &parts)
    }

    fn range(&mut self, lo: &Expr, hi: &Expr, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let (lo, hi) = (self.number(lo)?, self.number(hi)?);
        let Kind::Set { element, .. } = shape.kind else { return self.empty(ty) };
        let Type::Int { lo: first, .. } = *self.shapes.get(element) else { return self.empty(ty) };
        let (lo, hi) = (self.add_const(lo, -first), self.add_const(hi, -first));
        if let (Val::Const(lo), Val::Const(hi), true) = (lo, hi, shape.narrow) {
            let bits = (lo as i64..=hi as i64).filter(|i| (0..64).contains(i)).map(|i| 1u64 << i).sum();
            return Ok(Val::Const(bits));
        }
        let (from, to) = (self.number_slot(lo), self.number_slot(hi));
        let set = self.zeroed(&shape).base;
        self.b.op(Op::SetRange { set, from, to, words: shape.words });
        Ok(self.in_registers(set, &shape))
    }

    pub(crate) fn builtin(&mut self, builtin: Builtin, args: &[Expr], e: &Expr) -> Low<Val> {
        match (builtin, args) {
            (Builtin::Len, [x]) => {
                let value = self.expression(x)?;
                self.size_of(value, x.ty)
            }
            (Builtin::IsPrefix, [a, b]) => {
                let (a, b, list) = self.two_lists(a, b)?;
                Ok(self.is_prefix(a, b, list))
            }
            (Builtin::Comparable, [a, b]) => {
                let (a, b, list) = self.two_lists(a, b)?;
                let (one, other) = (self.is_prefix(a, b, list), self.is_prefix(b, a, list));
                let (a, b, dst) = (self.number_slot(one), self.number_slot(other), self.b.register());
                self.b.op(Op::Or { dst, a, b });
                Ok(Val::Slot(dst))
            }
            (Builtin::CommonPrefix, [a, b]) => self.common_prefix(a, b, e.ty),
            (Builtin::First, [list]) => self.end_of(list, "first", 0),
            (Builtin::Last, [list]) => self.end_of(list, "last", -1),
            (Builtin::Indices, [list]) => self.indices(list, e.ty),
            (Builtin::Min | Builtin::Max, [a, b]) => self.greater(builtin == Builtin::Min, a, b),
            (Builtin::Abs, [x]) => self.abs(x),
            (Builtin::Elements, [list]) => self.elements(list, e.ty),
            (Builtin::Index, [x]) => {
                let (value, shape) = (self.expression(x)?, self.shape(x.ty)?);
                Ok(self.narrow(value, &shape))
            }
            (Builtin::Reachable, [a, b]) => self.reachable(a, b),
            (Builtin::Majority, [set]) => self.majority(set),
            _ => self.empty(e.ty),
        }
    }

    fn abs(&mut self, x: &Expr) -> Low<Val> {
        let value = self.number(x)?;
        if let Val::Const(c) = value
            && let Some(abs) = (c as i64).checked_abs()
        {
            return Ok(Val::Const(abs as u64));
        }
        let (a, dst) = (self.number_slot(value), self.b.register());
        if self.is_safe(x) {
            self.b.op(Op::Abs { dst, src: a });
        } else {
            let negated = self.negated(value, Computed::Absolute)?;
            let b = self.number_slot(negated);
            self.b.op(Op::Max { dst, a, b });
        }
        Ok(Val::Slot(dst))
    }

    fn two_lists(&mut self, a: &Expr, b: &Expr) -> Low<(Slot, Slot, ListShape)> {
        let ty = self.join(a.ty, b.ty);
        let (x, y) = (self.expression_as(a, ty)?, self.expression_as(b, ty)?);
        let shape = self.shape(ty)?;
        let (a, b) = (self.slot(x, &shape), self.slot(y, &shape));
        let list = match shape.kind {
            Kind::List { list, .. } => list,
            _ => ListShape::new(Size::default(), 0),
        };
        Ok((a, b, list))
    }

    fn is_prefix(&mut self, a: Slot, b: Slot, list: crate::model::form::shape::ListShape) -> Val {
        let (dst, shape) = (self.b.register(), self.b.list(list));
        self.b.op(Op::ListIsPrefix { dst, a, b, shape });
        Val::Slot(dst)
    }

    fn common_prefix(&mut self, a: &Expr, b: &Expr, ty: TypeId) -> Low<Val> {
        let joined = self.join(a.ty, b.ty);
        let (a, b, list) = self.two_lists(a, b)?;
        let shape = self.shape(joined)?;
        let value = self.in_registers(a, &shape);
        let a = self.copy(value, &shape);
        let id = self.b.list(list);
        self.b.op(Op::ListCommonPrefix { a, b, shape: id });
        let value = self.in_registers(a, &shape);
        self.convert_or_trap(value, joined, ty)
    }

    /// The first element (`from_end` 0) or the last (-1).
    fn end_of(&mut self, list: &Expr, what: &'static str, from_end: i64) -> Low<Val> {
        let whole = self.expression(list)?;
        let shape = self.shape(list.ty)?;
        let Kind::List { element, list: array, .. } = shape.kind else { return Ok(whole) };
        let length = self.length(whole, &shape);
        let length = self.number_slot(length);
        let (some, zero) = (self.b.label(), self.b.constant(0));
        self.b.op(Op::JumpLt { a: zero, b: length, to: some });
        self.trap(TrapKind::Empty { what }, zero, zero);
        self.b.bind(some);
        if array.array.count == 0 {
            return self.empty(element);
        }
        if from_end == 0 {
            let part = self.shape(element)?;
            return Ok(self.part(whole, &shape, array.array.offset(0), &part));
        }
        let last = self.add_const(Val::Slot(length), from_end);
        let by = self.element_offset(last, array.array);
        Ok(self.part_at(whole, by, array.array.bits()))
    }

    fn indices(&mut self, list: &Expr, ty: TypeId) -> Low<Val> {
        let whole = self.expression(list)?;
        let (shape, result) = (self.shape(list.ty)?, self.shape(ty)?);
        let length = self.length(whole, &shape);
        let last = self.add_const(length, -1);
        let (from, to, set) = (self.b.constant(0), self.number_slot(last), self.zeroed(&result).base);
        self.b.op(Op::SetRange { set, from, to, words: result.words });
        Ok(self.in_registers(set, &result))
    }

    fn greater(&mut self, least: bool, a: &Expr, b: &Expr) -> Low<Val> {
        let (x, y) = (self.number(a)?, self.number(b)?);
        if let (Val::Const(x), Val::Const(y)) = (x, y) {
            let (x, y) = (x as i64, y as i64);
            return Ok(Val::Const(if least { x.min(y) } else { x.max(y) } as u64));
        }
        let (a, b, dst) = (self.number_slot(x), self.number_slot(y), self.b.register());
        self.b.op(if least { Op::Min { dst, a, b } } else { Op::Max { dst, a, b } });
        Ok(Val::Slot(dst))
    }

    fn elements(&mut self, list: &Expr, ty: TypeId) -> Low<Val> {
        let whole = self.expression(list)?;
        let (shape, result) = (self.shape(list.ty)?, self.shape(ty)?);
        let (Kind::List { list: array, element, .. }, Kind::Set { element: wanted, .. }) =
            (&shape.kind, &result.kind)
        else {
            return Ok(whole);
        };
        let set = self.zeroed(&result).base;
        let (length, done) = (self.length(whole, &shape), self.b.label());
        let length = self.number_slot(length);
        let part = self.shape(*element)?;
        for i in 0..array.array.count {
            let index = self.b.constant(i as u64);
            self.b.op(Op::JumpLe { a: length, b: index, to: done });
            let item = self.part(whole, &shape, array.array.offset(i), &part);
            let item = self.convert_or_trap(item, *element, *wanted)?;
            self.set_bit(set, item, *wanted)?;
        }
        self.b.bind(done);
        Ok(self.in_registers(set, &result))
    }

    fn reachable(&mut self, a: &Expr, b: &Expr) -> Low<Val> {
        let mut ends = Vec::new();
        for node in [a, b] {
            let member = self.expression(node)?;
            let Type::Node(kind) = *self.shapes.get(node.ty) else { return Ok(Val::Const(1)) };
            ends.push((member, kind));
        }
        self.passes(ends[0], ends[1])
    }

    /// Whether two flags are equal.
    pub(crate) fn same(&mut self, a: Val, b: Val) -> Val {
        let flag = index_shape(2);
        match (self.narrow(a, &flag), self.narrow(b, &flag)) {
            (Val::Const(a), Val::Const(b)) => Val::Const((a == b) as u64),
            (a, b) => {
                let (a, b, dst) = (self.number_slot(a), self.number_slot(b), self.b.register());
                self.b.op(Op::Eq { dst, a, b });
                Val::Slot(dst)
            }
        }
    }

    fn majority(&mut self, set: &Expr) -> Low<Val> {
        let value = self.expression(set)?;
        let all = match *self.shapes.get(set.ty) {
            Type::Set(element) => self.shape(element)?.ranks.unwrap_or(0),
            _ => 0,
        };
        let size = self.size_of(value, set.ty)?;
        let least = Val::Const(all / 2);
        match size {
            Val::Const(n) => Ok(Val::Const((n > all / 2) as u64)),
            size => {
                let (a, b, dst) = (self.number_slot(least), self.number_slot(size), self.b.register());
                self.b.op(Op::Lt { dst, a, b });
                Ok(Val::Slot(dst))
            }
        }
    }
}
