//! Loops over sets, lists and bags, and the ranks of elements.
//!
//! Enters: binders, with what to do for each element. Leaves: loops, unrolled where the elements are constant and the
//! body is small, so that what depends on them becomes constant too.

use super::{Low, Lower, Val};
use crate::analysis::program::{Binder, Expr, ExprKind, LocalId, Program, Type, TypeId};
use crate::model::form::code::{Op, Slot, Target};
use crate::model::form::domain;
use crate::model::form::shape::{Kind, Shape};

/// Loops whose body, times the number of elements, is greater than this are not unrolled.
const UNROLL: usize = 600;
/// A loop that must be unrolled (it chooses) has at most so many elements.
const MAX_FORCED: usize = 64;

/// The elements of a binder's set.
enum Source {
    /// Packed elements, known now.
    Constant(Vec<u64>),
    /// All integers from one to the other.
    Counter(Val, Val),
    Set(Val),
    List(Val),
}

struct Elements {
    source: Source,
    ty: TypeId,
}

type Body<'b, 'p> = dyn FnMut(&mut Lower<'p>, Target) -> Low<()> + 'b;

impl<'p> Lower<'p> {
    /// Runs `body` for each element of the binder that its filter lets through, in canonical order; the target goes on
    /// with the next element. `size` is the size of the body.
    pub(crate) fn each(&mut self, binder: &Binder, size: usize, body: &mut Body<'_, 'p>) -> Low<()> {
        let whole = size + binder.filter.as_ref().map_or(0, |f| self::size(self.program, f));
        let Elements { source, ty } = self.source(binder, whole)?;
        self.each_of(binder, source, ty, body)
    }

    /// As `each`, always unrolled: every element of the type is tried for being in the set.
    pub(crate) fn each_unrolled(&mut self, binder: &Binder, body: &mut Body<'_, 'p>) -> Low<()> {
        let Elements { source, ty: element } = self.source(binder, 1)?;
        let set = match source {
            Source::Constant(_) => return self.each_of(binder, source, element, body),
            Source::Set(set) => set,
            Source::Counter(..) | Source::List(_) => return self.cannot_unroll(binder),
        };
        let shape = self.shape(binder.set.ty)?;
        let set = self.force(set, &shape);
        let Some(codes) = domain::codes(&mut self.shapes, element, MAX_FORCED) else {
            return self.cannot_unroll(binder);
        };
        let part = self.shape(element)?;
        for code in codes {
            let next = self.b.label();
            let value = self.decode(Val::Const(code), &part);
            let Val::Const(rank) = self.rank(value, element)? else { continue };
            let flag = super::expression::index_shape(2);
            let bit = self.part(set, &shape, rank as u32, &flag);
            self.jump_on(bit, false, next);
            self.one(binder, value, element, next, body)?;
            self.b.bind(next);
        }
        Ok(())
    }

    fn cannot_unroll(&mut self, binder: &Binder) -> Low<()> {
        let code = crate::diag::codes::model::TOO_MUCH_CODE;
        let words = "a loop that chooses runs over a small set";
        let error = crate::diag::Diagnostic::error(code, binder.span, words)
            .label(format!("expected a set of at most {MAX_FORCED} possible elements"))
            .help("choose outside the loop, or loop over a smaller type");
        Err(Box::new(error))
    }

    fn each_of(
        &mut self,
        binder: &Binder,
        source: Source,
        element: TypeId,
        body: &mut Body<'_, 'p>,
    ) -> Low<()> {
        match source {
            Source::Constant(codes) => {
                let shape = self.shape(element)?;
                for code in codes {
                    let (next, since) = (self.b.label(), self.b.here());
                    let value = self.decode(Val::Const(code), &shape);
                    self.one(binder, value, element, next, body)?;
                    self.b.bind_forward(next, since);
                }
                Ok(())
            }
            Source::Counter(lo, hi) => self.counted(binder, lo, hi, element, body),
            Source::Set(set) => {
                let shape = self.shape(binder.set.ty)?;
                let set = self.copy(set, &shape);
                let (next, done, rank) = (self.b.label(), self.b.label(), self.b.register());
                self.b.bind(next);
                self.b.op(Op::Next { dst: rank, set, words: shape.words, to: done });
                let value = self.unrank(Val::Slot(rank), element)?;
                self.one(binder, value, element, next, body)?;
                self.b.jump(next);
                self.b.bind(done);
                Ok(())
            }
            Source::List(list) => self.listed(binder, list, element, body),
        }
    }

    fn counted(
        &mut self,
        binder: &Binder,
        lo: Val,
        hi: Val,
        element: TypeId,
        body: &mut Body<'_, 'p>,
    ) -> Low<()> {
        let (lo, hi) = (self.number_slot(lo), self.number_slot(hi));
        let (i, one) = (self.b.register(), self.b.constant(1));
        let (test, next, done) = (self.b.label(), self.b.label(), self.b.label());
        self.b.op(Op::Move { dst: i, src: lo });
        self.b.bind(test);
        self.b.op(Op::JumpLt { a: hi, b: i, to: done });
        self.one(binder, Val::Slot(i), element, next, body)?;
        self.b.bind(next);
        self.b.op(Op::Add { dst: i, a: i, b: one });
        self.b.jump(test);
        self.b.bind(done);
        Ok(())
    }

    fn listed(&mut self, binder: &Binder, list: Val, element: TypeId, body: &mut Body<'_, 'p>) -> Low<()> {
        let shape = self.shape(binder.set.ty)?;
        let Kind::List { list: array, .. } = shape.kind else { return Ok(()) };
        let holder = self.copy(list, &shape);
        let part = self.shape(element)?;
        let length = self.length(Val::Mem(super::Addr::of(holder)), &shape);
        let length = self.number_slot(length);
        let (i, zero, one) = (self.b.register(), self.b.constant(0), self.b.constant(1));
        let (test, next, done) = (self.b.label(), self.b.label(), self.b.label());
        let dst = self.b.registers_run(part.words);
        let id = self.b.list(array);
        self.b.op(Op::Move { dst: i, src: zero });
        self.b.bind(test);
        self.b.op(Op::JumpLe { a: length, b: i, to: done });
        self.b.op(Op::ListGet { dst, list: holder, index: i, shape: id });
        let value = self.packed(dst, &part);
        self.one(binder, value, element, next, body)?;
        self.b.bind(next);
        self.b.op(Op::Add { dst: i, a: i, b: one });
        self.b.jump(test);
        self.b.bind(done);
        Ok(())
    }

    /// One element: bound, filtered, done.
    fn one(
        &mut self,
        binder: &Binder,
        value: Val,
        ty: TypeId,
        next: Target,
        body: &mut Body<'_, 'p>,
    ) -> Low<()> {
        let local = self.program.locals[binder.local.index()].ty;
        let value = self.convert_or_trap(value, ty, local)?;
        self.with_local(binder.local, value, |l| {
            if let Some(filter) = &binder.filter
                && l.branch(filter, false, next)? == super::branch::Jumps::Always
            {
                return Ok(());
            }
            body(l, next)
        })
    }

    fn source(&mut self, binder: &Binder, size: usize) -> Low<Elements> {
        let set = &*binder.set;
        let element = match *self.shapes.get(set.ty) {
            Type::Set(element) | Type::List { element, .. } | Type::Bag { element, .. } => element,
            _ => self.program.locals[binder.local.index()].ty,
        };
        if let ExprKind::Range(lo, hi) = &set.kind {
            let (lo, hi) = (self.number(lo)?, self.number(hi)?);
            // The local is the integer itself.
            let element = self.program.locals[binder.local.index()].ty;
            if let (Val::Const(lo), Val::Const(hi)) = (lo, hi)
                && (hi as i64).saturating_sub(lo as i64).saturating_add(1) as i128 * size as i128
                    <= UNROLL as i128
            {
                let shape = self.shape(element)?;
                let codes =
                    (lo as i64..=hi as i64).filter_map(|i| match self.encode(Val::Const(i as u64), &shape) {
                        Val::Const(c) => Some(c),
                        _ => None,
                    });
                return Ok(Elements { source: Source::Constant(codes.collect()), ty: element });
            }
            return Ok(Elements { source: Source::Counter(lo, hi), ty: element });
        }
        if let ExprKind::TypeSet(_) = set.kind
            && let Some(codes) = domain::codes(&mut self.shapes, element, (UNROLL / size.max(1)).max(2))
        {
            return Ok(Elements { source: Source::Constant(codes), ty: element });
        }
        if let (ExprKind::TypeSet(_), Type::Int { lo, hi }) = (&set.kind, self.shapes.get(element)) {
            let source = Source::Counter(Val::Const(*lo as u64), Val::Const(*hi as u64));
            return Ok(Elements { source, ty: element });
        }
        let value = self.expression(set)?;
        let source = match (value, self.shapes.get(set.ty)) {
            (Val::Const(bits), Type::Set(_)) if bits.count_ones() as usize * size <= UNROLL => {
                Source::Constant(self.constant_elements(bits, element)?)
            }
            (value, Type::Set(_)) => Source::Set(value),
            (value, _) => Source::List(value),
        };
        Ok(Elements { source, ty: element })
    }

    fn constant_elements(&mut self, bits: u64, element: TypeId) -> Low<Vec<u64>> {
        let shape = self.shape(element)?;
        let mut codes = Vec::new();
        for rank in (0..64).filter(|r| bits >> r & 1 != 0) {
            let value = self.unrank(Val::Const(rank), element)?;
            if let Val::Const(code) = self.code(value, &shape) {
                codes.push(code);
            }
        }
        Ok(codes)
    }

    /// The rank of a value: its place in a set's bitmap or among a map's values.
    pub(crate) fn rank(&mut self, value: Val, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        if shape.flat {
            return Ok(self.code(value, &shape));
        }
        match &shape.kind {
            Kind::Record { fields } => {
                let mut sum = Val::Const(0);
                for (field, offset) in fields {
                    let part = self.shape(*field)?;
                    let value = self.part(value, &shape, *offset, &part);
                    let rank = self.rank(value, *field)?;
                    sum = self.times_plus(sum, part.ranks.unwrap_or(1), rank);
                }
                Ok(sum)
            }
            Kind::Option { inner, payload, .. } => {
                let part = self.shape(*inner)?;
                let end = self.b.label();
                let flag = self.is_some(value, &shape);
                let inside = self.part(value, &shape, *payload, &part);
                if let (Val::Const(c), inside @ Val::Const(_)) = (flag, inside) {
                    let rank = self.rank(inside, *inner)?;
                    return Ok(if c == 0 { Val::Const(0) } else { self.add_const(rank, 1) });
                }
                let (dst, zero) = (self.b.register(), self.b.constant(0));
                self.b.op(Op::Move { dst, src: zero });
                self.jump_on(flag, false, end);
                let rank = self.rank(inside, *inner)?;
                let plus = self.add_const(rank, 1);
                let src = self.number_slot(plus);
                self.b.op(Op::Move { dst, src });
                self.b.bind(end);
                Ok(Val::Slot(dst))
            }
            _ => Ok(self.code(value, &shape)),
        }
    }

    /// As `rank`, of an expression: a record that is written out need not be put together for it.
    pub(crate) fn rank_of(&mut self, e: &Expr, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        if let (ExprKind::Record(_, items), Kind::Record { fields }, false) =
            (&e.kind, &shape.kind, shape.flat)
        {
            let mut sum = Val::Const(0);
            for ((field, _), item) in fields.iter().zip(items) {
                let by = self.shape(*field)?.ranks.unwrap_or(1);
                let rank = self.rank_of(item, *field)?;
                sum = self.times_plus(sum, by, rank);
            }
            return Ok(sum);
        }
        let value = self.expression_as(e, ty)?;
        self.rank(value, ty)
    }

    fn times_plus(&mut self, sum: Val, by: u64, plus: Val) -> Val {
        let product = match sum {
            Val::Const(c) => Val::Const(c.wrapping_mul(by)),
            sum => {
                let (a, b, dst) = (self.number_slot(sum), self.b.constant(by), self.b.register());
                self.b.op(Op::Mul { dst, a, b });
                Val::Slot(dst)
            }
        };
        match (product, plus) {
            (Val::Const(0), plus) => plus,
            (Val::Const(a), plus) => self.add_const(plus, a as i64),
            (product, Val::Const(b)) => self.add_const(product, b as i64),
            (product, plus) => {
                let (a, b, dst) = (self.number_slot(product), self.number_slot(plus), self.b.register());
                self.b.op(Op::Add { dst, a, b });
                Val::Slot(dst)
            }
        }
    }

    /// The value of a rank.
    pub(crate) fn unrank(&mut self, rank: Val, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        if shape.flat {
            return Ok(self.decode(rank, &shape));
        }
        // Through a table: there are at most a few thousand ranks.
        let codes = domain::by_rank(&mut self.shapes, ty);
        match rank {
            Val::Const(rank) => Ok(Val::Const(codes.get(rank as usize).copied().unwrap_or(0))),
            rank => {
                let (index, dst, table) = (self.number_slot(rank), self.b.register(), self.b.table(codes));
                self.b.op(Op::TableOffset { dst, index, table });
                Ok(Val::Slot(dst))
            }
        }
    }

    /// The number of elements of a list or bag.
    pub(crate) fn length(&mut self, list: Val, shape: &Shape) -> Val {
        let Kind::List { list: array, .. } = shape.kind else { return Val::Const(0) };
        let length = super::expression::index_shape(array.array.count as usize + 1);
        let part = self.part(list, shape, 0, &length);
        self.narrow(part, &length)
    }

    /// A slot with an integer.
    pub(crate) fn number_slot(&mut self, value: Val) -> Slot {
        match value {
            Val::Const(c) => self.b.constant(c),
            Val::Slot(slot) => slot,
            Val::Mem(addr) => addr.word(),
        }
    }

    /// Names of what is bound, for callers that iterate by hand.
    pub(crate) fn local_type(&self, local: LocalId) -> TypeId {
        self.program.locals[local.index()].ty
    }
}

/// The size of an expression, calls included: the number of its nodes.
pub(crate) fn size(program: &Program, e: &Expr) -> usize {
    let mut total = 1;
    e.parts(&mut |part| total += size(program, part));
    if let ExprKind::Call(def, _) = &e.kind {
        total += size(program, &program.defs[def.index()].body);
    }
    total
}
