//! Which expressions always have a value.
//!
//! Enters: expressions, and what is known where they are evaluated. Leaves: whether a trap is possible. Errs on the side
//! of traps.

use super::super::program::{
    BinaryOp, Binder, Builtin, DefId, Expr, ExprKind, LocalId, Program, Type, TypeId,
};
use super::{bare, is_none};

/// Numbers within these bounds cannot overflow in one operation.
const SAFE: i64 = 1 << 31;

pub(super) struct Traps<'p> {
    program: &'p Program,
    /// Expressions that are known not to be `none` here.
    known: Vec<String>,
    /// Nesting of calls.
    depth: u32,
}

impl<'p> Traps<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        Traps { program, known: Vec::new(), depth: 0 }
    }

    /// Whether looking at an element (its filter, then the body) may trap.
    pub(super) fn in_binder(&mut self, binder: &Binder, body: Option<&Expr>) -> bool {
        let known = self.rebound(binder.local);
        let mut found = false;
        if let Some(filter) = &binder.filter {
            found |= self.possible(filter);
            self.learn(filter, true);
        }
        found |= body.is_some_and(|body| self.possible(body));
        self.known = known;
        found
    }

    /// Forgets what is known of a local that is bound anew; returns what was known before.
    fn rebound(&mut self, local: LocalId) -> Vec<String> {
        let known = self.known.clone();
        let name = format!("{:?}", ExprKind::Local(local));
        self.known.retain(|text| !text.contains(&name));
        known
    }

    fn any(&mut self, all: &[Expr]) -> bool {
        all.iter().any(|e| self.possible(e))
    }

    fn node(&mut self, node: &Expr) -> bool {
        self.possible(node) || !matches!(self.program.types.get(node.ty), Type::Node(_))
    }

    pub(super) fn possible(&mut self, e: &Expr) -> bool {
        match &e.kind {
            kind if is_plain(kind) => false,
            ExprKind::Some(x) => match *self.program.types.get(e.ty) {
                Type::Option(inner) => self.into(x, inner),
                _ => true,
            },
            ExprKind::Unwrap(x) => self.possible(x) || !self.known.contains(&bare(x)),
            ExprKind::NodeField { node, .. } | ExprKind::Up(node) | ExprKind::Paused(node) => self.node(node),
            ExprKind::Pending { node, .. } => node.as_deref().is_some_and(|node| self.node(node)),
            ExprKind::Field(x, _) | ExprKind::Not(x) => self.possible(x),
            ExprKind::MapFill(_) | ExprKind::Map(_) => self.map(e),
            ExprKind::Index(container, index) => match *self.program.types.get(container.ty) {
                Type::Map { key, .. } => self.possible(container) || self.into(index, key),
                _ => true,
            },
            // Facts about this state say nothing about the one before the step.
            ExprKind::Old(x) => {
                let known = std::mem::take(&mut self.known);
                let found = self.possible(x);
                self.known = known;
                found
            }
            ExprKind::SomeMessage(_, condition) => self.possible(condition),
            ExprKind::InFlightWhere(flight) => {
                let mut ends = flight.from.iter().chain(&flight.to);
                ends.any(|end| self.possible(end)) || flight.filter.iter().any(|filter| self.possible(filter))
            }
            ExprKind::First(binder, key) => self.bound(binder, key.as_deref()),
            ExprKind::MapOf(binder, body) => match *self.program.types.get(e.ty) {
                Type::Map { value, .. } => self.bound(binder, Some(body)) || !self.fits(body.ty, value),
                _ => true,
            },
            ExprKind::Negate(x) => self.number(x),
            ExprKind::Range(a, b) => self.number(a) || self.number(b),
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b, e),
            ExprKind::If(condition, then, otherwise) => {
                self.possible(condition)
                    || self.given(condition, true, |t| t.into(then, e.ty))
                    || self.given(condition, false, |t| t.into(otherwise, e.ty))
            }
            ExprKind::Let(local, value, body) => {
                let converted = self.into(value, self.program.locals[local.index()].ty);
                let known = self.rebound(*local);
                let found = converted || self.possible(body);
                self.known = known;
                found
            }
            ExprKind::All(binder, body) | ExprKind::Any(binder, body) => self.bound(binder, Some(body)),
            ExprKind::Count(binder) => self.bound(binder, None),
            ExprKind::SetOf(binder, body) => match *self.program.types.get(e.ty) {
                Type::Set(element) => self.bound(binder, Some(body)) || !self.fits(body.ty, element),
                _ => true,
            },
            ExprKind::Set(items) => match *self.program.types.get(e.ty) {
                Type::Set(element) => items.iter().any(|x| self.into(x, element)),
                _ => true,
            },
            ExprKind::Record(record, items) => {
                let fields = &self.program.records[record.index()].fields;
                items.len() != fields.len() || items.iter().zip(fields).any(|(x, (_, ty))| self.into(x, *ty))
            }
            ExprKind::Call(def, args) => self.call(*def, args),
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args, e),
            // Partial sums, nothing to take the least of, full lists, errors: not looked into.
            _ => true,
        }
    }

    fn map(&mut self, e: &Expr) -> bool {
        let Type::Map { value, .. } = *self.program.types.get(e.ty) else { return true };
        match &e.kind {
            ExprKind::MapFill(x) => self.into(x, value),
            ExprKind::Map(items) => items.iter().any(|x| self.into(x, value)),
            _ => true,
        }
    }

    fn bound(&mut self, binder: &Binder, body: Option<&Expr>) -> bool {
        let element = match *self.program.types.get(binder.set.ty) {
            Type::Set(element) => element,
            _ => return true,
        };
        !self.fits(element, self.program.locals[binder.local.index()].ty)
            || self.possible(&binder.set)
            || self.in_binder(binder, body)
    }

    /// A value that is brought to another type.
    fn into(&mut self, e: &Expr, ty: TypeId) -> bool {
        if is_none(e) {
            return !matches!(self.program.types.get(ty), Type::Option(_));
        }
        let empty = matches!(&e.kind, ExprKind::Set(items) | ExprKind::List(items) if items.is_empty());
        if empty {
            return false;
        }
        self.possible(e) || !self.fits(e.ty, ty)
    }

    /// An integer; an option is opened.
    fn number(&mut self, e: &Expr) -> bool {
        let small =
            matches!(self.program.types.get(e.ty), Type::Int { lo, hi } if *lo >= -SAFE && *hi <= SAFE);
        !small || self.possible(e)
    }

    fn binary(&mut self, op: BinaryOp, a: &Expr, b: &Expr, e: &Expr) -> bool {
        use BinaryOp::*;
        match op {
            And | Implies => self.possible(a) || self.given(a, true, |t| t.possible(b)),
            Or => self.possible(a) || self.given(a, false, |t| t.possible(b)),
            // Values are compared as they are.
            Equal | NotEqual => self.compared(a) || self.compared(b),
            In | Subset => self.possible(a) || self.possible(b),
            Less | LessEqual | Greater | GreaterEqual => {
                let number = |t: &Self, e: &Expr| matches!(t.program.types.get(e.ty), Type::Int { .. });
                !number(self, a) || !number(self, b) || self.possible(a) || self.possible(b)
            }
            Add | Subtract | Multiply => self.number(a) || self.number(b),
            Divide | Remainder => {
                !matches!(b.kind, ExprKind::Int(n) if n != 0) || self.number(a) || self.number(b)
            }
            Union | Difference | Intersect => self.into(a, e.ty) || self.into(b, e.ty),
            Concat => true,
        }
    }

    fn compared(&mut self, e: &Expr) -> bool {
        !is_none(e) && self.possible(e)
    }

    fn builtin(&mut self, builtin: Builtin, args: &[Expr], e: &Expr) -> bool {
        match builtin {
            Builtin::Elements => {
                let of = |ty| match *self.program.types.get(ty) {
                    Type::Set(element) | Type::List { element, .. } | Type::Bag { element, .. } => {
                        Some(element)
                    }
                    _ => None,
                };
                let elements = args.first().and_then(|x| of(x.ty)).zip(of(e.ty));
                !elements.is_some_and(|(from, to)| self.fits(from, to)) || self.any(args)
            }
            Builtin::Len
            | Builtin::Index
            | Builtin::Majority
            | Builtin::Reachable
            | Builtin::Indices
            | Builtin::IsPrefix
            | Builtin::Comparable => self.any(args),
            Builtin::Min | Builtin::Max | Builtin::Abs => args.iter().any(|e| self.number(e)),
            Builtin::First | Builtin::Last | Builtin::CommonPrefix => true,
        }
    }

    fn call(&mut self, def: DefId, args: &[Expr]) -> bool {
        let program = self.program;
        let def = &program.defs[def.index()];
        let params = def.params.iter().map(|p| program.locals[p.index()].ty);
        if args.iter().zip(params).any(|(arg, ty)| self.into(arg, ty)) || self.depth > 32 {
            return true;
        }
        // Its locals are its own: facts about ours say nothing about them.
        let known = std::mem::take(&mut self.known);
        self.depth += 1;
        let found = self.into(&def.body, def.ty);
        self.depth -= 1;
        self.known = known;
        found
    }

    /// With what a condition that is true (or false) says.
    fn given(&mut self, condition: &Expr, holds: bool, f: impl FnOnce(&mut Self) -> bool) -> bool {
        let known = self.known.clone();
        self.learn(condition, holds);
        let found = f(self);
        self.known = known;
        found
    }

    /// What is not `none` where a condition is true, or false.
    fn learn(&mut self, e: &Expr, holds: bool) {
        match &e.kind {
            ExprKind::Not(x) => self.learn(x, !holds),
            ExprKind::Binary(BinaryOp::And, a, b) if holds => {
                self.learn(a, true);
                self.learn(b, true);
            }
            ExprKind::Binary(BinaryOp::Or, a, b) if !holds => {
                self.learn(a, false);
                self.learn(b, false);
            }
            ExprKind::Binary(BinaryOp::Implies, a, b) if !holds => {
                self.learn(a, true);
                self.learn(b, false);
            }
            ExprKind::Binary(op @ (BinaryOp::Equal | BinaryOp::NotEqual), a, b) => {
                let differ = (*op == BinaryOp::NotEqual) == holds;
                for (x, other) in [(a, b), (b, a)] {
                    // Equal to something that is there, or different from none.
                    let there = matches!(other.kind, ExprKind::Some(_));
                    if (differ && is_none(other)) || (!differ && there) {
                        self.known.push(bare(x));
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether every value of `from` is one of `to`.
    fn fits(&self, from: TypeId, to: TypeId) -> bool {
        if from == to {
            return true;
        }
        match (self.program.types.get(from), self.program.types.get(to)) {
            (Type::Int { lo, hi }, Type::Int { lo: least, hi: most }) => least <= lo && hi <= most,
            (Type::Option(a), Type::Option(b)) => self.fits(*a, *b),
            (_, Type::Option(b)) => self.fits(from, *b),
            (Type::Set(a), Type::Set(b)) => self.fits(*a, *b),
            (Type::List { element: a, max: m }, Type::List { element: b, max: n })
            | (Type::Bag { element: a, max: m }, Type::Bag { element: b, max: n }) => {
                m <= n && self.fits(*a, *b)
            }
            (Type::Map { key: a, value: x }, Type::Map { key: b, value: y }) => a == b && self.fits(*x, *y),
            _ => false,
        }
    }
}

/// Has a value by itself, whatever the state.
fn is_plain(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Member(_)
            | ExprKind::None
            | ExprKind::Local(_)
            | ExprKind::State(_)
            | ExprKind::TypeSet(_)
            | ExprKind::Quiescent
            | ExprKind::Observed { .. }
            | ExprKind::InFlight(_)
            | ExprKind::Within(..)
    )
}
