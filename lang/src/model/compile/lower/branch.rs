//! Conditions to jumps.
//!
//! Enters: expressions of type bool. Leaves: jumps, fused where fields of the state meet constants; truth values.

use super::{Low, Lower, Val};
use crate::analysis::program::{BinaryOp, Binder, Expr, ExprKind, Type};
use crate::model::form::code::{Op, Target};
use crate::model::form::frame::Region;
use crate::model::form::shape::{Kind, Shape, mask};

/// Whether a branch jumps, as far as known without a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jumps {
    Never,
    Always,
    Maybe,
}

impl Jumps {
    /// This branch, and where it does not jump, that one.
    fn then(self, next: Jumps) -> Jumps {
        match (self, next) {
            (Jumps::Always, _) | (_, Jumps::Always) => Jumps::Always,
            (Jumps::Never, Jumps::Never) => Jumps::Never,
            _ => Jumps::Maybe,
        }
    }
}

impl Lower<'_> {
    /// Jumps to `to` where `e` is `on`, else goes on.
    pub(crate) fn branch(&mut self, e: &Expr, on: bool, to: Target) -> Low<Jumps> {
        let outer = std::mem::replace(&mut self.span, e.span);
        let jumps = self.branch_kind(e, on, to);
        self.span = outer;
        jumps
    }

    fn branch_kind(&mut self, e: &Expr, on: bool, to: Target) -> Low<Jumps> {
        match &e.kind {
            ExprKind::Not(inner) => self.branch(inner, !on, to),
            ExprKind::Binary(BinaryOp::And, a, b) => self.both(a, true, b, on, to),
            ExprKind::Binary(BinaryOp::Or, a, b) => self.both(a, false, b, on, to),
            ExprKind::Binary(BinaryOp::Implies, a, b) => self.implies(a, b, on, to),
            ExprKind::Binary(BinaryOp::Equal, a, b) => self.equal(a, b, on, to),
            ExprKind::Binary(BinaryOp::NotEqual, a, b) => self.equal(a, b, !on, to),
            ExprKind::Binary(BinaryOp::Less, a, b) => self.less(a, b, on, to),
            ExprKind::Binary(BinaryOp::Greater, a, b) => self.less(b, a, on, to),
            // Only integers are ordered, so `a <= b` is `not b < a`.
            ExprKind::Binary(BinaryOp::LessEqual, a, b) => self.less(b, a, !on, to),
            ExprKind::Binary(BinaryOp::GreaterEqual, a, b) => self.less(a, b, !on, to),
            ExprKind::Binary(BinaryOp::In, a, b) => self.member(a, b, on, to),
            ExprKind::Binary(BinaryOp::Subset, a, b) => {
                let truth = self.subset(a, b)?;
                Ok(self.jump_on(truth, on, to))
            }
            ExprKind::All(binder, body) => self.quantified(binder, body, true, on, to),
            ExprKind::Any(binder, body) => self.quantified(binder, body, false, on, to),
            ExprKind::Let(local, value, body) => {
                let bound = self.expression_as(value, self.program.locals[local.index()].ty)?;
                self.with_local(*local, bound, |l| l.branch(body, on, to))
            }
            ExprKind::Call(def, args) => self.call(*def, args, |l, body, ty| match body.ty == ty {
                true => l.branch(body, on, to),
                false => {
                    let value = l.expression_as(body, ty)?;
                    Ok(l.jump_on(value, on, to))
                }
            }),
            ExprKind::Old(inner) => {
                let here = std::mem::replace(&mut self.here, Region::Before);
                let jumps = self.branch(inner, on, to);
                self.here = here;
                jumps
            }
            ExprKind::If(condition, then, otherwise) => self.if_branch(condition, then, otherwise, on, to),
            _ => {
                let value = self.expression(e)?;
                Ok(self.jump_on(value, on, to))
            }
        }
    }

    /// Jumps where a truth value is `on`.
    pub(crate) fn jump_on(&mut self, truth: Val, on: bool, to: Target) -> Jumps {
        match truth {
            Val::Const(c) if (c != 0) == on => {
                self.b.jump(to);
                Jumps::Always
            }
            Val::Const(_) => Jumps::Never,
            Val::Slot(cond) => {
                self.b.op(if on { Op::JumpIf { cond, to } } else { Op::JumpUnless { cond, to } });
                Jumps::Maybe
            }
            Val::Mem(_) => {
                let flag = super::expression::index_shape(2);
                self.equals_const(truth, 1, &flag, on, to)
            }
        }
    }

    /// `a and b` (`all`), or `a or b` (not `all`).
    fn both(&mut self, a: &Expr, all: bool, b: &Expr, on: bool, to: Target) -> Low<Jumps> {
        if on != all {
            // One side is enough.
            let first = self.branch(a, on, to)?;
            return Ok(if first == Jumps::Always { first } else { first.then(self.branch(b, on, to)?) });
        }
        let skip = self.b.label();
        let first = self.branch(a, !on, skip)?;
        let second = if first == Jumps::Always { Jumps::Never } else { self.branch(b, on, to)? };
        self.b.bind(skip);
        Ok(match (first, second) {
            (Jumps::Never, second) => second,
            (_, Jumps::Never) => Jumps::Never,
            _ => Jumps::Maybe,
        })
    }

    fn implies(&mut self, a: &Expr, b: &Expr, on: bool, to: Target) -> Low<Jumps> {
        if on {
            let first = self.branch(a, false, to)?;
            return Ok(if first == Jumps::Always { first } else { first.then(self.branch(b, true, to)?) });
        }
        let skip = self.b.label();
        let first = self.branch(a, false, skip)?;
        let second = if first == Jumps::Always { Jumps::Never } else { self.branch(b, false, to)? };
        self.b.bind(skip);
        Ok(match (first, second) {
            (Jumps::Never, second) => second,
            (_, Jumps::Never) => Jumps::Never,
            _ => Jumps::Maybe,
        })
    }

    fn if_branch(
        &mut self,
        condition: &Expr,
        then: &Expr,
        otherwise: &Expr,
        on: bool,
        to: Target,
    ) -> Low<Jumps> {
        let (no, end) = (self.b.label(), self.b.label());
        let known = self.branch(condition, false, no)?;
        let mut jumps = Jumps::Maybe;
        if known != Jumps::Always {
            jumps = self.branch(then, on, to)?;
            self.b.jump(end);
        }
        self.b.bind(no);
        if known != Jumps::Never {
            let second = self.branch(otherwise, on, to)?;
            jumps = if known == Jumps::Always || jumps == second { second } else { Jumps::Maybe };
        }
        self.b.bind(end);
        Ok(jumps)
    }

    fn quantified(&mut self, binder: &Binder, body: &Expr, all: bool, on: bool, to: Target) -> Low<Jumps> {
        // `all` is false, and `some` is true, as soon as one element says so.
        let mut any = Jumps::Never;
        let mut note = |jumps: Jumps| {
            if jumps != Jumps::Never {
                any = Jumps::Maybe;
            }
        };
        if on != all {
            self.each(binder, super::iterate::size(self.program, body), &mut |l, _| {
                note(l.branch(body, on, to)?);
                Ok(())
            })?;
            return Ok(any);
        }
        let done = self.b.label();
        self.each(binder, super::iterate::size(self.program, body), &mut |l, _| {
            note(l.branch(body, !on, done)?);
            Ok(())
        })?;
        self.b.jump(to);
        self.b.bind(done);
        Ok(if any == Jumps::Never { Jumps::Always } else { Jumps::Maybe })
    }

    fn equal(&mut self, a: &Expr, b: &Expr, on: bool, to: Target) -> Low<Jumps> {
        let ty = self.join(a.ty, b.ty);
        let (x, y) = (self.expression_as(a, ty)?, self.expression_as(b, ty)?);
        let shape = self.shape(ty)?;
        self.equal_values(x, y, &shape, on, to)
    }

    /// Jumps where two values of a type are equal (`on`) or are not (`!on`).
    pub(crate) fn equal_values(&mut self, x: Val, y: Val, shape: &Shape, on: bool, to: Target) -> Low<Jumps> {
        if !shape.narrow {
            let (a, b) = (self.slot(x, shape), self.slot(y, shape));
            let dst = self.b.register();
            self.b.op(Op::EqWords { dst, a, b, words: shape.words });
            return Ok(self.jump_on(Val::Slot(dst), on, to));
        }
        match (x, y) {
            (Val::Const(c), other) | (other, Val::Const(c)) => Ok(self.equals_const(other, c, shape, on, to)),
            (x, y) => {
                let (a, b) = (self.slot(x, shape), self.slot(y, shape));
                self.b.op(if on { Op::JumpEq { a, b, to } } else { Op::JumpNe { a, b, to } });
                Ok(Jumps::Maybe)
            }
        }
    }

    fn equals_const(&mut self, value: Val, constant: u64, shape: &Shape, on: bool, to: Target) -> Jumps {
        match value {
            Val::Const(c) => self.jump_on(Val::Const((c == constant) as u64), on, to),
            Val::Mem(addr) if addr.dynamic.is_none() && shape.bits > 0 && !addr.base.is_constant() => {
                let Val::Const(code) = self.encode(Val::Const(constant), shape) else { return Jumps::Maybe };
                if code > mask(shape.bits) {
                    return self.jump_on(Val::Const(0), on, to);
                }
                let shift = addr.offset % 64;
                self.b.test(addr.word(), mask(shape.bits) << shift, code << shift, on, to);
                Jumps::Maybe
            }
            value => match self.narrow(value, shape) {
                Val::Const(c) => self.jump_on(Val::Const((c == constant) as u64), on, to),
                value => {
                    let (a, b) = (self.slot(value, shape), self.b.constant(constant));
                    self.b.op(if on { Op::JumpEq { a, b, to } } else { Op::JumpNe { a, b, to } });
                    Jumps::Maybe
                }
            },
        }
    }

    fn less(&mut self, a: &Expr, b: &Expr, on: bool, to: Target) -> Low<Jumps> {
        let (x, y) = (self.number(a)?, self.number(b)?);
        if let (Val::Const(x), Val::Const(y)) = (x, y) {
            return Ok(self.jump_on(Val::Const(((x as i64) < y as i64) as u64), on, to));
        }
        let (a, b) = (self.number_slot(x), self.number_slot(y));
        self.b.op(if on { Op::JumpLt { a, b, to } } else { Op::JumpLe { a: b, b: a, to } });
        Ok(Jumps::Maybe)
    }

    fn member(&mut self, element: &Expr, of: &Expr, on: bool, to: Target) -> Low<Jumps> {
        if let ExprKind::Range(lo, hi) = &of.kind {
            return self.in_range(element, lo, hi, on, to);
        }
        let (outside, end, since) = (self.b.label(), self.b.label(), self.b.here());
        let inner = match *self.shapes.get(of.ty) {
            Type::Set(inner) => inner,
            Type::List { element, .. } | Type::Bag { element, .. } => element,
            _ => return Ok(Jumps::Never),
        };
        // Both sides have a value before anything is said of them.
        let (value, set) = (self.expression(element)?, self.expression(of)?);
        let before = self.b.here();
        let value = self.convert(value, element.ty, inner, Some(outside))?;
        let can_be_outside = self.b.here() > before;
        let shape = self.shape(of.ty)?;
        let mut jumps = match &shape.kind {
            Kind::Set { .. } => self.bit_branch(set, &shape, value, inner, on, to)?,
            Kind::List { list, .. } => {
                let part = self.shape(inner)?;
                let (src, holder) = (self.code_slot(value, &part), self.code_slot(set, &shape));
                let (dst, shape) = (self.b.register(), self.b.list(*list));
                self.b.op(Op::ListFind { dst, list: holder, src, shape });
                let zero = self.b.constant(0);
                self.b.op(if on {
                    Op::JumpLe { a: zero, b: dst, to }
                } else {
                    Op::JumpLt { a: dst, b: zero, to }
                });
                Jumps::Maybe
            }
            _ => Jumps::Never,
        };
        if can_be_outside {
            self.b.jump(end);
            jumps = Jumps::Maybe;
        }
        self.b.bind_forward(outside, since);
        if can_be_outside && !on {
            self.b.jump(to);
        }
        self.b.bind_forward(end, since);
        Ok(jumps)
    }

    fn in_range(&mut self, element: &Expr, lo: &Expr, hi: &Expr, on: bool, to: Target) -> Low<Jumps> {
        let (x, lo, hi) = (self.number(element)?, self.number(lo)?, self.number(hi)?);
        if let (Val::Const(x), Val::Const(lo), Val::Const(hi)) = (x, lo, hi) {
            let inside = (lo as i64..=hi as i64).contains(&(x as i64));
            return Ok(self.jump_on(Val::Const(inside as u64), on, to));
        }
        let (x, lo, hi) = (self.number_slot(x), self.number_slot(lo), self.number_slot(hi));
        if on {
            let out = self.b.label();
            self.b.op(Op::JumpLt { a: x, b: lo, to: out });
            self.b.op(Op::JumpLe { a: x, b: hi, to });
            self.b.bind(out);
        } else {
            self.b.op(Op::JumpLt { a: x, b: lo, to });
            self.b.op(Op::JumpLt { a: hi, b: x, to });
        }
        Ok(Jumps::Maybe)
    }

    /// Jumps where the bit of an element is `on`.
    fn bit_branch(
        &mut self,
        set: Val,
        shape: &Shape,
        element: Val,
        ty: crate::analysis::program::TypeId,
        on: bool,
        to: Target,
    ) -> Low<Jumps> {
        match (self.rank(element, ty)?, set) {
            (Val::Const(rank), Val::Const(bits)) => {
                let bit = bits.checked_shr(rank as u32).unwrap_or(0) & 1;
                Ok(self.jump_on(Val::Const(bit), on, to))
            }
            (Val::Const(rank), set) => {
                let flag = super::expression::index_shape(2);
                let bit = self.part(set, shape, rank as u32, &flag);
                Ok(self.equals_const(bit, 1, &flag, on, to))
            }
            (rank, set) => {
                let index = self.number_slot(rank);
                let set = self.slot(set, shape);
                if on {
                    let dst = self.b.register();
                    self.b.op(Op::TestBit { dst, set, index, words: shape.words });
                    self.b.op(Op::JumpIf { cond: dst, to });
                } else {
                    self.b.op(Op::JumpBit { set, index, words: shape.words, to });
                }
                Ok(Jumps::Maybe)
            }
        }
    }

    /// A condition as a truth value.
    pub(crate) fn truth(&mut self, e: &Expr) -> Low<Val> {
        let dst = self.b.register();
        let (no, yes) = (self.b.constant(0), self.b.constant(1));
        let (start, end) = (self.b.here(), self.b.label());
        self.b.op(Op::Move { dst, src: no });
        let jumps = self.branch(e, false, end)?;
        if jumps == Jumps::Never && self.b.here() == start + 1 {
            self.b.rewind(start);
            self.b.bind(end);
            return Ok(Val::Const(1));
        }
        self.b.op(Op::Move { dst, src: yes });
        self.b.bind(end);
        Ok(if jumps == Jumps::Always { Val::Const(0) } else { Val::Slot(dst) })
    }
}
