//! Which expressions keep symmetry.
//!
//! Enters: typed expressions. Leaves: marks on the kinds whose members an expression tells apart.

use super::super::program::{BinaryOp, Binder, Builtin, Expr, ExprKind, Flight, Type, TypeId};
use super::{Detector, bare};

/// Numbers within these bounds cannot overflow when as many as a set may hold are added.
const SAFE: i64 = 1 << 31;

impl Detector<'_> {
    pub(super) fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Member(m) => match self.kind_of(e.ty) {
                Some(kind) => self.fix(kind, *m, e.span, "is named"),
                // The only member of its kind, or a type that is not understood.
                None => self.out(e.ty, e.span, "a member is named"),
            },
            ExprKind::None if matches!(self.program.types.get(e.ty), Type::Option(_)) => {}
            ExprKind::None => self.first_value(e.ty, e.span, "is its first value"),
            ExprKind::Error => self.nothing(e.span),
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Local(_)
            | ExprKind::State(_)
            | ExprKind::TypeSet(_)
            | ExprKind::Quiescent
            | ExprKind::Observed { .. }
            | ExprKind::Pending { .. }
            | ExprKind::InFlight(_)
            | ExprKind::Within(..)
            | ExprKind::Some(_)
            | ExprKind::Unwrap(_)
            | ExprKind::NodeField { .. }
            | ExprKind::Up(_)
            | ExprKind::Paused(_)
            | ExprKind::Field(..)
            | ExprKind::Not(_)
            | ExprKind::If(..)
            | ExprKind::Let(..)
            | ExprKind::Set(_)
            | ExprKind::List(_)
            | ExprKind::MapFill(_)
            | ExprKind::Record(..)
            | ExprKind::Old(_) => {}
            ExprKind::SomeMessage(_, condition)
            | ExprKind::InFlightWhere(Flight { filter: Some(condition), .. }) => self.message(condition, e),
            ExprKind::Negate(x) => self.out(x.ty, e.span, "this takes members for numbers"),
            ExprKind::Range(a, b) => {
                self.out(a.ty, e.span, "this takes members for numbers");
                self.out(b.ty, e.span, "this takes members for numbers");
            }
            ExprKind::Index(container, _) => self.indexed(container.ty, e.span),
            ExprKind::Slice(list, ..) => self.listed(list, e),
            ExprKind::Binary(op, a, b) => self.operator(*op, a, b, e),
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args, e),
            ExprKind::Map(items) => self.map(items, e),
            ExprKind::All(binder, body) | ExprKind::Any(binder, body) => self.quantifier(binder, body, e),
            ExprKind::Sum(binder, body) => self.sum(binder, body, e),
            ExprKind::Min(_, body) | ExprKind::Max(_, body) => {
                self.out(body.ty, e.span, "this takes members for numbers");
            }
            // Each element by itself; the result has no order.
            ExprKind::Count(_) | ExprKind::SetOf(..) | ExprKind::MapOf(..) | ExprKind::InFlightWhere(_) => {}
            // Of equals too it takes the first.
            ExprKind::First(binder, _) => self.ordered(binder, e, "this takes the first of several"),
            ExprKind::ListOf(..) if matches!(self.program.types.get(e.ty), Type::Bag { .. }) => {}
            ExprKind::ListOf(binder, _) => {
                self.ordered(binder, e, "this list shows the order of the elements");
            }
            ExprKind::Call(def, _) => {
                if self.seen.insert(def.0) {
                    let program = self.program;
                    self.expr(&program.defs[def.index()].body);
                }
            }
        }
        e.parts(&mut |part| self.expr(part));
    }

    pub(super) fn binder(&mut self, binder: &Binder) {
        binder.parts(&mut |part| self.expr(part));
    }

    /// The type of what a binder goes through, and whether it has an order of its own.
    pub(super) fn element(&self, binder: &Binder) -> (TypeId, bool) {
        match *self.program.types.get(binder.set.ty) {
            Type::List { element, .. } => (element, true),
            Type::Set(element) | Type::Bag { element, .. } => (element, false),
            _ => (binder.set.ty, false),
        }
    }

    /// The order in which a set is gone through shows.
    fn ordered(&mut self, binder: &Binder, e: &Expr, words: &str) {
        let (element, by_itself) = self.element(binder);
        if !by_itself {
            self.out(element, e.span, words);
            let local = self.program.locals[binder.local.index()].ty;
            self.out(local, e.span, words);
        }
    }

    fn listed(&mut self, list: &Expr, e: &Expr) {
        if !matches!(self.program.types.get(list.ty), Type::List { .. }) {
            self.out(list.ty, e.span, "this goes by the order of the elements");
        }
    }

    fn operator(&mut self, op: BinaryOp, a: &Expr, b: &Expr, e: &Expr) {
        use BinaryOp::*;
        match op {
            Or | And | Implies | Equal | NotEqual | In | Union | Difference | Intersect | Subset => {}
            Concat => {
                self.listed(a, e);
                self.listed(b, e);
            }
            Less | LessEqual | Greater | GreaterEqual | Add | Subtract | Multiply | Divide | Remainder => {
                self.out(a.ty, e.span, "this takes members for numbers");
                self.out(b.ty, e.span, "this takes members for numbers");
            }
        }
    }

    fn builtin(&mut self, builtin: Builtin, args: &[Expr], e: &Expr) {
        match builtin {
            Builtin::Len | Builtin::Elements | Builtin::Reachable | Builtin::Majority => {}
            Builtin::IsPrefix
            | Builtin::CommonPrefix
            | Builtin::Comparable
            | Builtin::First
            | Builtin::Last
            | Builtin::Indices => args.iter().for_each(|list| self.listed(list, e)),
            Builtin::Index => {
                args.iter()
                    .for_each(|arg| self.out(arg.ty, e.span, "this asks for the position of a member"));
            }
            Builtin::Min | Builtin::Max | Builtin::Abs => {
                args.iter().for_each(|arg| self.out(arg.ty, e.span, "this takes members for numbers"));
            }
        }
    }

    /// A map by its keys: those that have another value than most stay where they are.
    fn map(&mut self, items: &[Expr], e: &Expr) {
        let Type::Map { key, .. } = *self.program.types.get(e.ty) else { return self.nothing(e.span) };
        let words = "this map gives its keys different values";
        let Some(kind) = self.kind_of(key) else { return self.out(key, e.span, words) };
        if items.len() != self.kinds[kind].count as usize {
            return self.out(key, e.span, words);
        }
        let texts: Vec<String> = items.iter().map(bare).collect();
        let often = |text: &String| texts.iter().filter(|t| *t == text).count();
        // The first of those that are most frequent: the same in every run.
        let Some(most) = texts.iter().rev().max_by_key(|t| often(t)) else { return };
        for (member, _) in texts.iter().enumerate().filter(|(_, text)| *text != most) {
            self.fix(kind, member as u32, e.span, "has a value of its own in a map");
        }
    }

    /// It ends at the first element that decides: which elements are looked at depends on their order. That shows only
    /// where looking at an element may have no value.
    fn quantifier(&mut self, binder: &Binder, body: &Expr, e: &Expr) {
        let (element, _) = self.element(binder);
        let converted = self.program.locals[binder.local.index()].ty != element;
        let mut traps = super::traps::Traps::new(self.program);
        if converted || traps.in_binder(binder, Some(body)) {
            let words = "this asks one after the other, and what it asks may have no value";
            self.ordered(binder, e, words);
        }
    }

    /// The same of messages, which lie in the order of their values.
    fn message(&mut self, condition: &Expr, e: &Expr) {
        if super::traps::Traps::new(self.program).possible(condition) {
            self.nothing(e.span);
        }
    }

    /// Partial sums depend on the order; only one that overflows would show it.
    fn sum(&mut self, binder: &Binder, body: &Expr, e: &Expr) {
        self.out(body.ty, e.span, "this takes members for numbers");
        let safe =
            matches!(self.program.types.get(body.ty), Type::Int { lo, hi } if *lo >= -SAFE && *hi <= SAFE);
        if !safe {
            self.ordered(binder, e, "this sum may overflow in one order and not in another");
        }
    }
}
