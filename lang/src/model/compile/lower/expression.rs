//! Expressions to values.
//!
//! Enters: typed expressions. Leaves: values, with the operations that compute them.

use super::{Addr, Low, Lower, Val};
use crate::analysis::program::{BinaryOp, DefId, Expr, ExprKind, LocalId, NodeId, Type, TypeId};
use crate::model::form::code::{Op, Slot};
use crate::model::form::frame::Region;
use crate::model::form::instance::Wall;
use crate::model::form::shape::{Kind, Shape};
use crate::model::form::trap::TrapKind;

/// Calls nested deeper than this are refused (the analysis refuses recursion).
const MAX_DEPTH: u32 = 64;

impl Lower<'_> {
    /// Lowers an expression and brings its value to type `ty` (a trap where it does not fit). Every value that passes to
    /// a place of a declared type passes here.
    pub(crate) fn expression_as(&mut self, e: &Expr, ty: TypeId) -> Low<Val> {
        let outer = std::mem::replace(&mut self.span, e.span);
        let value = self.expression_to(e, ty);
        self.span = outer;
        value
    }

    fn expression_to(&mut self, e: &Expr, ty: TypeId) -> Low<Val> {
        let empty = matches!(&e.kind, ExprKind::Set(items) | ExprKind::List(items) if items.is_empty());
        if matches!(e.kind, ExprKind::None) && !matches!(self.shapes.get(ty), Type::Option(_)) {
            self.no_value();
            return self.empty(ty);
        }
        if empty || matches!(e.kind, ExprKind::None) {
            return self.empty(ty);
        }
        let value = match &e.kind {
            // Elements are brought to the wanted type one by one, so that nothing is converted twice.
            ExprKind::Set(items) if matches!(self.shapes.get(ty), Type::Set(_)) => {
                return self.set_literal(items, ty);
            }
            ExprKind::List(items) if matches!(self.shapes.get(ty), Type::List { .. }) => {
                return self.list_literal(items, ty);
            }
            // The list that grows is the one that is assigned.
            ExprKind::Binary(BinaryOp::Concat, ..) | ExprKind::ListOf(..) => self.expression(e)?,
            _ => {
                // The body has names of its own.
                let subject = self.subject.take();
                let value = self.expression(e);
                self.subject = subject;
                value?
            }
        };
        self.convert_or_trap(value, e.ty, ty)
    }

    /// The value whose packed code is 0: none, empty.
    pub(crate) fn empty(&mut self, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        if shape.narrow {
            return Ok(Val::Const(0));
        }
        let zeros = vec![0; shape.words as usize];
        Ok(Val::Mem(Addr::of(self.b.constants_run(&zeros))))
    }

    /// A value of the type of the expression, always.
    pub(crate) fn expression(&mut self, e: &Expr) -> Low<Val> {
        self.check_size()?;
        let outer = std::mem::replace(&mut self.span, e.span);
        let value = self.expression_kind(e);
        self.span = outer;
        value
    }

    fn expression_kind(&mut self, e: &Expr) -> Low<Val> {
        match &e.kind {
            ExprKind::Bool(b) => Ok(Val::Const(*b as u64)),
            ExprKind::Int(i) => Ok(Val::Const(*i as u64)),
            ExprKind::Member(m) => Ok(Val::Const(*m as u64)),
            ExprKind::None | ExprKind::Error => self.empty(e.ty),
            ExprKind::Local(local) => Ok(self.local(*local)),
            ExprKind::State(s) => Ok(Val::Mem(self.variable(self.layout.states[s.index()]))),
            ExprKind::NodeField { node, field } => {
                let member = self.expression(node)?;
                let bits = self.layout.fields[field.index()].clone();
                self.one_of(member, &bits)
            }
            ExprKind::Up(node) => self.up(node),
            ExprKind::Paused(node) => self.paused(node),
            ExprKind::Field(record, index) => self.field(record, *index),
            ExprKind::Some(value) => self.some(value, e.ty),
            ExprKind::Unwrap(value) => {
                let option = self.expression(value)?;
                self.unwrap(option, value.ty, None)
            }
            ExprKind::If(condition, then, otherwise) => self.if_value(condition, then, otherwise, e.ty),
            ExprKind::Let(local, value, body) => {
                let bound = self.expression_as(value, self.program.locals[local.index()].ty)?;
                self.with_local(*local, bound, |l| l.expression(body))
            }
            ExprKind::Call(def, args) => self.call(*def, args, |l, body, ty| l.expression_as(body, ty)),
            ExprKind::Old(value) => {
                let here = std::mem::replace(&mut self.here, Region::Before);
                let value = self.expression(value);
                self.here = here;
                value
            }
            ExprKind::Quiescent => {
                self.asks_quiescence = true;
                Ok(Val::Slot(self.b.map.quiescent(self.here)))
            }
            ExprKind::Observed { reconciler, index } => self.observed(*reconciler, *index, e.ty),
            ExprKind::Pending { reconciler, index, node } => {
                self.pending(*reconciler, *index, node.as_deref(), e.ty)
            }
            ExprKind::InFlight(message) => self.in_flight(*message),
            ExprKind::InFlightWhere(flight) => self.in_flight_where(flight),
            ExprKind::Within(one, other) => self.within(*one, *other),
            ExprKind::SomeMessage(handler, condition) => self.some_message(*handler, condition),
            ExprKind::Negate(value) => self.negate(value),
            ExprKind::Binary(op, a, b) if is_number_op(*op) => self.number_op(*op, a, b),
            ExprKind::Binary(op, a, b) if is_set_op(*op) => self.set_op(*op, a, b, e.ty),
            ExprKind::Binary(BinaryOp::Concat, a, b) => self.concat(a, b, e.ty),
            ExprKind::Not(_) | ExprKind::Binary(..) | ExprKind::All(..) | ExprKind::Any(..) => self.truth(e),
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args, e),
            _ => self.collection(e),
        }
    }

    pub(crate) fn local(&mut self, local: LocalId) -> Val {
        // Every local is bound before its use by construction of the program.
        debug_assert!(
            self.locals.contains_key(&local),
            "unbound {}",
            self.program.locals[local.index()].name
        );
        self.locals.get(&local).copied().unwrap_or(Val::Const(0))
    }

    /// Lowers with a local bound, and restores what it was bound to before.
    pub(crate) fn with_local<T>(
        &mut self,
        local: LocalId,
        value: Val,
        f: impl FnOnce(&mut Self) -> Low<T>,
    ) -> Low<T> {
        let before = self.locals.insert(local, value);
        let result = f(self);
        match before {
            Some(value) => self.locals.insert(local, value),
            None => self.locals.remove(&local),
        };
        result
    }

    /// The variable of a member: `bits` are the places, by member.
    pub(crate) fn one_of(&mut self, member: Val, bits: &[u32]) -> Low<Val> {
        Ok(match member {
            Val::Const(m) => Val::Mem(self.variable(bits.get(m as usize).copied().unwrap_or_default())),
            member => {
                let scalar = Shape { kind: Kind::Scalar { lo: 0 }, ..index_shape(bits.len()) };
                let index = self.slot(member, &scalar);
                let by = self.table_offset(index, bits);
                self.part_at(Val::Mem(self.variable(0)), by, 64 * self.layout.words)
            }
        })
    }

    pub(crate) fn table_offset(&mut self, index: Slot, bits: &[u32]) -> Slot {
        let table = self.b.table(bits.iter().map(|b| *b as u64).collect());
        let dst = self.b.register();
        self.b.op(Op::TableOffset { dst, index, table });
        dst
    }

    fn up(&mut self, node: &Expr) -> Low<Val> {
        let member = self.expression(node)?;
        let Type::Node(kind) = *self.shapes.get(node.ty) else { return Ok(Val::Const(1)) };
        self.up_of(member, kind)
    }

    fn paused(&mut self, node: &Expr) -> Low<Val> {
        let member = self.expression(node)?;
        let Type::Node(kind) = *self.shapes.get(node.ty) else { return Ok(Val::Const(0)) };
        self.paused_of(member, kind)
    }

    /// Whether a member of a kind is up: constant where it cannot crash.
    pub(crate) fn up_of(&mut self, member: Val, kind: NodeId) -> Low<Val> {
        self.flag_of(member, kind, 1, |layout, node| layout.up[node as usize])
    }

    /// Whether a member of a kind is paused: constant where it cannot be.
    pub(crate) fn paused_of(&mut self, member: Val, kind: NodeId) -> Low<Val> {
        self.flag_of(member, kind, 0, |layout, node| layout.paused[node as usize])
    }

    /// Whether messages from one node get to another: no partition stops them. Each node by its place in its kind.
    pub(crate) fn passes(&mut self, from: (Val, NodeId), to: (Val, NodeId)) -> Low<Val> {
        let (from, to) = (self.side_of(from.0, from.1)?, self.side_of(to.0, to.1)?);
        let Some(wall) = self.layout.wall else { return Ok(self.same(from, to)) };
        let wall = self.narrow(Val::Mem(self.variable(wall)), &index_shape(1 << Wall::BITS));
        let (from, to) = (self.flag(from), self.flag(to));
        let (from, to, wall) = (self.number_slot(from), self.number_slot(to), self.number_slot(wall));
        let (dst, end) = (self.b.register(), self.b.label());
        let (no, yes) = (self.b.constant(0), self.b.constant(1));
        self.b.op(Op::Move { dst, src: yes });
        self.b.op(Op::JumpEq { a: from, b: to, to: end });
        self.b.op(Op::Move { dst, src: no });
        self.b.op(Op::JumpEq { a: wall, b: no, to: end });
        let stopped = self.add_const(Val::Slot(from), 1);
        let stopped = self.number_slot(stopped);
        self.b.op(Op::JumpEq { a: wall, b: stopped, to: end });
        self.b.op(Op::Move { dst, src: yes });
        self.b.bind(end);
        Ok(Val::Slot(dst))
    }

    /// On which side of the partition a member is: constant where there is none.
    pub(crate) fn side_of(&mut self, member: Val, kind: NodeId) -> Low<Val> {
        let count = self.program.nodes[kind.index()].count;
        let first = self.layout.node(kind, 0);
        if self.layout.nodes > 1 && self.layout.side.iter().any(Option::is_some) && first == 0 {
            return self.side_with_first(member, count);
        }
        self.flag_of(member, kind, 0, |layout, node| layout.side[node as usize])
    }

    /// The first node of all has no side bit: it is on side 0.
    fn side_with_first(&mut self, member: Val, count: u32) -> Low<Val> {
        let bits: Vec<u32> = (1..count).filter_map(|n| self.layout.side[n as usize]).collect();
        match member {
            Val::Const(0) => Ok(Val::Const(0)),
            Val::Const(m) => Ok(self.flag(Val::Mem(self.variable(bits[m as usize - 1])))),
            _ if bits.is_empty() => Ok(Val::Const(0)),
            member => {
                let index = self.slot(member, &index_shape(count as usize));
                let dst = self.b.register();
                let (zero, end) = (self.b.constant(0), self.b.label());
                self.b.op(Op::Move { dst, src: zero });
                self.b.op(Op::JumpEq { a: index, b: zero, to: end });
                let less = self.add_const(Val::Slot(index), -1);
                let place = self.one_of(less, &bits)?;
                let Val::Slot(src) = self.flag(place) else { return Ok(Val::Slot(dst)) };
                self.b.op(Op::Move { dst, src });
                self.b.bind(end);
                Ok(Val::Slot(dst))
            }
        }
    }

    fn flag(&mut self, place: Val) -> Val {
        let shape = index_shape(2);
        self.narrow(place, &shape)
    }

    fn flag_of(
        &mut self,
        member: Val,
        kind: NodeId,
        default: u64,
        bit: impl Fn(&crate::model::form::layout::Layout, u32) -> Option<u32>,
    ) -> Low<Val> {
        let count = self.program.nodes[kind.index()].count;
        let bits: Option<Vec<u32>> =
            (0..count).map(|m| bit(self.layout, self.layout.node(kind, m))).collect();
        match bits {
            Some(bits) if count > 0 => self.one_of(member, &bits),
            _ => Ok(Val::Const(default)),
        }
    }

    fn field(&mut self, record: &Expr, index: u32) -> Low<Val> {
        let whole = self.expression(record)?;
        let shape = self.shape(record.ty)?;
        let Kind::Record { fields } = &shape.kind else { return Ok(whole) };
        let (ty, offset) = fields[index as usize];
        let part = self.shape(ty)?;
        Ok(self.part(whole, &shape, offset, &part))
    }

    fn some(&mut self, value: &Expr, ty: TypeId) -> Low<Val> {
        let Type::Option(inner) = *self.shapes.get(ty) else { return self.expression_as(value, ty) };
        let value = self.expression_as(value, inner)?;
        self.make_some(value, ty)
    }

    /// Bit that says whether an option that is not dense has a value, or its code compared with 0.
    pub(crate) fn is_some(&mut self, option: Val, shape: &Shape) -> Val {
        let Kind::Option { dense, .. } = shape.kind else { return Val::Const(1) };
        if dense {
            return self.narrow(option, shape);
        }
        let flag = index_shape(2);
        let part = self.part(option, shape, 0, &flag);
        self.narrow(part, &flag)
    }

    fn if_value(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr, ty: TypeId) -> Low<Val> {
        let shape = self.shape(ty)?;
        let (no, end) = (self.b.label(), self.b.label());
        match self.branch(condition, false, no)? {
            super::branch::Jumps::Never => {
                self.b.bind(no);
                self.b.bind(end);
                return self.expression_as(then, ty);
            }
            super::branch::Jumps::Always => {
                self.b.bind(no);
                self.b.bind(end);
                return self.expression_as(otherwise, ty);
            }
            super::branch::Jumps::Maybe => {}
        }
        let place = self.temporary(&shape);
        for (branch, last) in [(then, false), (otherwise, true)] {
            let value = self.expression_as(branch, ty)?;
            self.put(place, value, &shape);
            if !last {
                self.b.jump(end);
                self.b.bind(no);
            }
        }
        self.b.bind(end);
        Ok(if shape.narrow { Val::Slot(place.base) } else { Val::Mem(place) })
    }

    /// Puts a value in registers: an integer as it is, not packed.
    pub(crate) fn put(&mut self, place: Addr, value: Val, shape: &Shape) {
        if shape.narrow {
            let src = self.slot(value, shape);
            self.b.op(Op::Move { dst: place.base, src });
        } else {
            self.write(place, value, shape);
        }
    }

    /// Inlines a call: `f` lowers the body, which has a value of the type given with it, with the parameters bound.
    pub(crate) fn call<T>(
        &mut self,
        id: DefId,
        args: &[Expr],
        f: impl FnOnce(&mut Self, &Expr, TypeId) -> Low<T>,
    ) -> Low<T> {
        let def = &self.program.defs[id.index()];
        let mut values = Vec::new();
        for (param, arg) in def.params.iter().zip(args) {
            let ty = self.program.locals[param.index()].ty;
            let name = format!("{} of {}", self.program.locals[param.index()].name, def.name);
            values.push((*param, self.named(&name, |l| l.expression_as(arg, ty))?));
        }
        if self.meeting.as_ref().is_some_and(|meeting| meeting.def == id) {
            self.meet(&values);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let words = format!("{} calls itself too deeply", def.name);
            let code = crate::diag::codes::model::TOO_MUCH_CODE;
            return Err(Box::new(crate::diag::Diagnostic::error(code, self.span, words)));
        }
        let before: Vec<_> = values.iter().map(|(p, v)| (*p, self.locals.insert(*p, *v))).collect();
        let name = format!("the result of {}", def.name);
        let result = self.named(&name, |l| f(l, &def.body, def.ty));
        for (param, value) in before {
            match value {
                Some(value) => self.locals.insert(param, value),
                None => self.locals.remove(&param),
            };
        }
        self.depth -= 1;
        result
    }

    fn observed(&mut self, reconciler: usize, index: usize, ty: TypeId) -> Low<Val> {
        let instance = self.context.instance as usize;
        match self.layout.observed[reconciler].get(instance) {
            Some(observation) => Ok(Val::Mem(self.variable(observation.values[index]))),
            None => self.empty(ty),
        }
    }

    /// What a reconciler remembers at a node, or whether it does.
    fn pending(
        &mut self,
        reconciler: usize,
        index: Option<usize>,
        node: Option<&Expr>,
        ty: TypeId,
    ) -> Low<Val> {
        let member = match node {
            Some(node) => self.expression(node)?,
            None => Val::Const(0),
        };
        let all = self.layout.observed[reconciler].iter();
        let bits: Vec<u32> = match index {
            Some(index) => all.map(|observation| observation.values[index]).collect(),
            None => all.map(|observation| observation.flag).collect(),
        };
        match (bits.is_empty(), index) {
            (true, Some(_)) => self.empty(ty),
            (true, None) => Ok(Val::Const(0)),
            (false, Some(_)) => self.one_of(member, &bits),
            (false, None) => {
                let place = self.one_of(member, &bits)?;
                Ok(self.flag(place))
            }
        }
    }

    /// The trap for an option that is none here.
    pub(crate) fn no_value(&mut self) {
        let zero = self.b.constant(0);
        self.trap(TrapKind::None, zero, zero);
    }
}

fn is_number_op(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Add | Subtract | Multiply | Divide | Remainder)
}

fn is_set_op(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Union | BinaryOp::Difference | BinaryOp::Intersect)
}

/// The shape of an index below `count`.
pub(crate) fn index_shape(count: usize) -> Shape {
    let bits = crate::model::form::shape::bits_for(count as u128);
    Shape {
        kind: Kind::Scalar { lo: 0 },
        bits,
        words: 1,
        narrow: true,
        ranks: Some(count as u64),
        flat: true,
    }
}
