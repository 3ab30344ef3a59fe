//! Arithmetic, set algebra, concatenation.
//!
//! Enters: operands. Leaves: values, folded where both sides are constant.

use super::{Addr, Low, Lower, Val};
use crate::analysis::program::{BinaryOp, Expr, Type, TypeId};
use crate::model::form::code::{Op, Slot};
use crate::model::form::shape::Kind;
use crate::model::form::trap::{Computed, TrapKind};

/// Operands within these bounds cannot overflow.
const SAFE: i64 = 1 << 31;

impl Lower<'_> {
    /// An integer (unwrapped, where it is an option), constant or in a slot.
    pub(crate) fn number(&mut self, e: &Expr) -> Low<Val> {
        let value = self.expression(e)?;
        let (value, ty) = match *self.shapes.get(e.ty) {
            Type::Option(inner) => (self.unwrap(value, e.ty, None)?, inner),
            _ => (value, e.ty),
        };
        let shape = self.shape(ty)?;
        Ok(self.narrow(value, &shape))
    }

    pub(crate) fn number_op(&mut self, op: BinaryOp, a: &Expr, b: &Expr) -> Low<Val> {
        let (x, y) = (self.number(a)?, self.number(b)?);
        if self.is_safe(a) && self.is_safe(b) {
            return self.arithmetic(op, x, y);
        }
        self.arithmetic_checked(op, x, y)
    }

    pub(crate) fn negate(&mut self, e: &Expr) -> Low<Val> {
        let value = self.number(e)?;
        if self.is_safe(e) {
            return self.arithmetic(BinaryOp::Subtract, Val::Const(0), value);
        }
        self.negated(value, Computed::Negative)
    }

    /// Small enough that no operation on two such numbers overflows.
    pub(super) fn is_safe(&self, e: &Expr) -> bool {
        matches!(self.shapes.get(e.ty), Type::Int { lo, hi } if *lo >= -SAFE && *hi <= SAFE)
    }

    /// Arithmetic that cannot overflow.
    pub(crate) fn arithmetic(&mut self, op: BinaryOp, x: Val, y: Val) -> Low<Val> {
        if let Some(folded) = fold(op, x, y) {
            return Ok(folded);
        }
        match (op, x, y) {
            (BinaryOp::Add, x, Val::Const(c)) => return Ok(self.add_const(x, c as i64)),
            (BinaryOp::Add, Val::Const(c), y) => return Ok(self.add_const(y, c as i64)),
            (BinaryOp::Subtract, x, Val::Const(c)) => return Ok(self.add_const(x, (c as i64).wrapping_neg())),
            _ => {}
        }
        let (a, b, dst) = (self.number_slot(x), self.number_slot(y), self.b.register());
        let op = match op {
            BinaryOp::Add => Op::Add { dst, a, b },
            BinaryOp::Subtract => Op::Sub { dst, a, b },
            BinaryOp::Multiply => Op::Mul { dst, a, b },
            _ => return self.division(op, dst, a, b),
        };
        self.b.op(op);
        Ok(Val::Slot(dst))
    }

    fn division(&mut self, op: BinaryOp, dst: Slot, a: Slot, b: Slot) -> Low<Val> {
        let site = self.site(TrapKind::Division);
        self.b.op(if op == BinaryOp::Divide {
            Op::Div { dst, a, b, site }
        } else {
            Op::Rem { dst, a, b, site }
        });
        Ok(Val::Slot(dst))
    }

    pub(super) fn arithmetic_checked(&mut self, op: BinaryOp, x: Val, y: Val) -> Low<Val> {
        if let Some(folded) = fold(op, x, y) {
            return Ok(folded);
        }
        let (a, b, dst) = (self.number_slot(x), self.number_slot(y), self.b.register());
        let computed = match op {
            BinaryOp::Add => Computed::Sum,
            BinaryOp::Subtract => Computed::Difference,
            BinaryOp::Multiply => Computed::Product,
            _ => return self.division(op, dst, a, b),
        };
        let site = self.site(TrapKind::Overflow(computed));
        self.b.op(match computed {
            Computed::Sum => Op::AddChecked { dst, a, b, site },
            Computed::Product => Op::MulChecked { dst, a, b, site },
            _ => Op::SubChecked { dst, a, b, site },
        });
        Ok(Val::Slot(dst))
    }

    /// The number below 0 for one above it, which the least has not.
    pub(super) fn negated(&mut self, value: Val, computed: Computed) -> Low<Val> {
        if let Some(folded) = fold(BinaryOp::Subtract, Val::Const(0), value) {
            return Ok(folded);
        }
        let (a, b, dst) = (self.b.constant(0), self.number_slot(value), self.b.register());
        let site = self.site(TrapKind::Overflow(computed));
        self.b.op(Op::SubChecked { dst, a, b, site });
        Ok(Val::Slot(dst))
    }

    pub(crate) fn set_op(&mut self, op: BinaryOp, a: &Expr, b: &Expr, ty: TypeId) -> Low<Val> {
        let joined = self.join(a.ty, b.ty);
        let joined = if matches!(self.shapes.get(joined), Type::Set(_)) { joined } else { ty };
        let (x, y) = (self.expression_as(a, joined)?, self.expression_as(b, joined)?);
        let value = self.set_values(op, x, y, joined)?;
        self.convert_or_trap(value, joined, ty)
    }

    fn set_values(&mut self, op: BinaryOp, x: Val, y: Val, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        if let (Val::Const(x), Val::Const(y)) = (x, y) {
            return Ok(Val::Const(match op {
                BinaryOp::Union => x | y,
                BinaryOp::Intersect => x & y,
                _ => x & !y,
            }));
        }
        let (a, b, words) = (self.slot(x, &shape), self.slot(y, &shape), shape.words);
        let dst = self.b.registers_run(words);
        self.b.op(match (op, shape.narrow) {
            (BinaryOp::Union, true) => Op::Or { dst, a, b },
            (BinaryOp::Intersect, true) => Op::And { dst, a, b },
            (_, true) => Op::AndNot { dst, a, b },
            (BinaryOp::Union, false) => Op::OrWords { dst, a, b, words },
            (BinaryOp::Intersect, false) => Op::AndWords { dst, a, b, words },
            (_, false) => Op::AndNotWords { dst, a, b, words },
        });
        Ok(if shape.narrow { Val::Slot(dst) } else { Val::Mem(Addr::of(dst)) })
    }

    pub(crate) fn subset(&mut self, a: &Expr, b: &Expr) -> Low<Val> {
        let joined = self.join(a.ty, b.ty);
        let (x, y) = (self.expression_as(a, joined)?, self.expression_as(b, joined)?);
        let shape = self.shape(joined)?;
        if let (Val::Const(x), Val::Const(y)) = (x, y) {
            return Ok(Val::Const((x & !y == 0) as u64));
        }
        let (a, b, dst) = (self.slot(x, &shape), self.slot(y, &shape), self.b.register());
        self.b.op(Op::SubsetWords { dst, a, b, words: shape.words });
        Ok(Val::Slot(dst))
    }

    pub(crate) fn concat(&mut self, a: &Expr, b: &Expr, ty: TypeId) -> Low<Val> {
        let first = self.expression_as(a, ty)?;
        let second = self.expression_as(b, ty)?;
        self.concat_values(first, second, ty)
    }

    fn concat_values(&mut self, first: Val, second: Val, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let Kind::List { list, bag, element } = shape.kind else { return Ok(first) };
        let part = self.shape(element)?;
        let result = self.copy(first, &shape);
        let other = self.copy(second, &shape);
        let length = self.length(Val::Mem(Addr::of(other)), &shape);
        let length = self.number_slot(length);
        let (i, zero, one) = (self.b.register(), self.b.constant(0), self.b.constant(1));
        let (test, done) = (self.b.label(), self.b.label());
        let item = self.b.registers_run(part.words);
        let id = self.b.list(list);
        self.b.op(Op::Move { dst: i, src: zero });
        self.b.bind(test);
        self.b.op(Op::JumpLe { a: length, b: i, to: done });
        self.b.op(Op::ListGet { dst: item, list: other, index: i, shape: id });
        let kind = TrapKind::Full { what: self.holder_name(bag), max: list.array.count };
        self.push(result, item, list, bag, kind);
        self.b.op(Op::Add { dst: i, a: i, b: one });
        self.b.jump(test);
        self.b.bind(done);
        Ok(if shape.narrow { Val::Slot(result) } else { Val::Mem(Addr::of(result)) })
    }
}

fn fold(op: BinaryOp, x: Val, y: Val) -> Option<Val> {
    let (Val::Const(x), Val::Const(y)) = (x, y) else { return None };
    let (x, y) = (x as i64, y as i64);
    let value = match op {
        BinaryOp::Add => x.checked_add(y)?,
        BinaryOp::Subtract => x.checked_sub(y)?,
        BinaryOp::Multiply => x.checked_mul(y)?,
        BinaryOp::Divide => {
            let (q, r) = (x.checked_div(y)?, x.checked_rem(y)?);
            if r != 0 && (r < 0) != (y < 0) { q - 1 } else { q }
        }
        BinaryOp::Remainder => {
            let r = x.checked_rem(y)?;
            if r != 0 && (r < 0) != (y < 0) { r + y } else { r }
        }
        _ => return None,
    };
    Some(Val::Const(value as u64))
}
