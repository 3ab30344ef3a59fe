//! Building typed expressions: one function for each construct that obligations need.
//!
//! Enters: expressions of the program. Leaves: larger ones, with every operand coerced to one type. Generated
//! expressions carry the span of the clause that they come from, so that a trace shows what the author wrote.

use crate::analysis::program::{
    BinaryOp, Binder, Builtin, Expr, ExprKind, Local, LocalId, MessageId, Program, Type, TypeId,
};
use crate::analysis::walk::Mentions;
use crate::span::Span;

/// An expression of type bool.
pub(super) fn boolean(program: &mut Program, kind: ExprKind, span: Span) -> Expr {
    Expr { kind, ty: program.types.intern(Type::Bool), span }
}

pub(super) fn binary(program: &mut Program, op: BinaryOp, left: Expr, right: Expr) -> Expr {
    let span = left.span;
    boolean(program, ExprKind::Binary(op, Box::new(left), Box::new(right)), span)
}

pub(super) fn implies(program: &mut Program, left: Expr, right: Expr) -> Expr {
    let span = right.span;
    boolean(program, ExprKind::Binary(BinaryOp::Implies, Box::new(left), Box::new(right)), span)
}

pub(super) fn and(program: &mut Program, left: Expr, right: Expr) -> Expr {
    binary(program, BinaryOp::And, left, right)
}

pub(super) fn or(program: &mut Program, left: Expr, right: Expr) -> Expr {
    binary(program, BinaryOp::Or, left, right)
}

pub(super) fn not(program: &mut Program, e: Expr) -> Expr {
    let span = e.span;
    boolean(program, ExprKind::Not(Box::new(e)), span)
}

pub(super) fn truth(program: &mut Program, span: Span) -> Expr {
    boolean(program, ExprKind::Bool(true), span)
}

pub(super) fn old(e: Expr) -> Expr {
    Expr { ty: e.ty, span: e.span, kind: ExprKind::Old(Box::new(e)) }
}

pub(super) fn int(program: &mut Program, value: i64, span: Span) -> Expr {
    let ty = program.types.intern(Type::Int { lo: value, hi: value });
    Expr { kind: ExprKind::Int(value), ty, span }
}

pub(super) fn local(program: &Program, id: LocalId, span: Span) -> Expr {
    Expr { kind: ExprKind::Local(id), ty: program.locals[id.index()].ty, span }
}

/// How many messages of a kind are in flight.
pub(super) fn in_flight(program: &mut Program, message: MessageId, span: Span) -> Expr {
    let ty = program.types.intern(Type::Int { lo: 0, hi: i64::from(u16::MAX) });
    Expr { kind: ExprKind::InFlight(message), ty, span }
}

/// A new local with the type of `like`, named as it is with a prime.
pub(super) fn fresh(program: &mut Program, like: LocalId) -> LocalId {
    let Local { name, ty, span } = program.locals[like.index()].clone();
    program.locals.push(Local { name: format!("{name}'"), ty, span });
    LocalId(program.locals.len() as u32 - 1)
}

/// The same binder over another local.
pub(super) fn renamed(program: &mut Program, binder: &Binder, to: LocalId) -> Binder {
    let target = local(program, to, binder.span);
    Binder {
        local: to,
        set: binder.set.clone(),
        filter: binder.filter.as_ref().map(|f| Box::new(f.with_local(binder.local, &target))),
        span: binder.span,
    }
}

/// The binder restricted to those for which `condition` holds as well.
pub(super) fn narrowed(program: &mut Program, binder: &Binder, condition: Expr) -> Binder {
    let filter = match &binder.filter {
        Some(filter) => and(program, (**filter).clone(), condition),
        None => condition,
    };
    Binder { filter: Some(Box::new(filter)), ..binder.clone() }
}

/// Whether an expression mentions a local.
pub(super) fn mentions(e: &Expr, local: LocalId) -> bool {
    let mut found = false;
    e.walk(&mut |part| found |= matches!(part.kind, ExprKind::Local(l) if l == local));
    found
}

/// The element of the binder is in it; `None`: every element always is.
pub(super) fn is_in(program: &mut Program, binder: &Binder) -> Option<Expr> {
    let filter = binder.filter.as_ref().map(|f| (**f).clone());
    if is_constant(program, &binder.set) {
        return filter;
    }
    let element = local(program, binder.local, binder.span);
    let inside = binary(program, BinaryOp::In, element, (*binder.set).clone());
    Some(match filter {
        Some(filter) => and(program, inside, filter),
        None => inside,
    })
}

/// The binder over all that may ever be in it.
pub(super) fn everyone(program: &mut Program, binder: &Binder) -> Binder {
    if is_constant(program, &binder.set) {
        return Binder { filter: None, ..binder.clone() };
    }
    let element = program.locals[binder.local.index()].ty;
    let ty = program.types.intern(Type::Set(element));
    let set = Box::new(Expr { kind: ExprKind::TypeSet(element), ty, span: binder.span });
    Binder { set, filter: None, ..binder.clone() }
}

/// The element of the binder was in it before the step; `None`: every element is always in it.
pub(super) fn was_in(program: &mut Program, binder: &Binder) -> Option<Expr> {
    let mut before = match &binder.filter {
        Some(filter) => vec![old((**filter).clone())],
        None => Vec::new(),
    };
    if !is_constant(program, &binder.set) {
        let element = local(program, binder.local, binder.span);
        let set = old((*binder.set).clone());
        before.insert(0, binary(program, BinaryOp::In, element, set));
    }
    before.into_iter().reduce(|a, b| and(program, a, b))
}

/// The binder over those that were in it before the step and are in it after the step.
pub(super) fn through_step(program: &mut Program, binder: &Binder) -> Binder {
    match was_in(program, binder) {
        None => binder.clone(),
        Some(before) => {
            let filter = match &binder.filter {
                Some(after) => and(program, before, (**after).clone()),
                None => before,
            };
            Binder { filter: Some(Box::new(filter)), ..binder.clone() }
        }
    }
}

/// Has the same value in every state, whatever its locals are.
pub(super) fn is_constant(program: &Program, e: &Expr) -> bool {
    let mentions = Mentions::of(program, e);
    mentions.states.is_empty() && mentions.node_fields.is_empty() && !mentions.surroundings
}

/// `all` of the binder: `e`, or `e` itself where there is no binder.
pub(super) fn all(program: &mut Program, binder: Option<&Binder>, e: Expr) -> Expr {
    match binder {
        None => e,
        Some(b) => {
            let span = e.span;
            boolean(program, ExprKind::All(b.clone(), Box::new(e)), span)
        }
    }
}

/// `some` of the binder: `e`, or `e` itself where there is no binder.
pub(super) fn some(program: &mut Program, binder: Option<&Binder>, e: Expr) -> Expr {
    match binder {
        None => e,
        Some(b) => {
            let span = e.span;
            boolean(program, ExprKind::Any(b.clone(), Box::new(e)), span)
        }
    }
}

/// How many the binder ranges over.
pub(super) fn count(program: &mut Program, binder: &Binder) -> Expr {
    let ty = program.types.intern(Type::Int { lo: 0, hi: i64::from(u32::MAX) });
    Expr { kind: ExprKind::Count(binder.clone()), ty, span: binder.span }
}

pub(super) fn length(program: &mut Program, list: Expr) -> Expr {
    let hi = match program.types.get(list.ty) {
        Type::List { max, .. } | Type::Bag { max, .. } => i64::from(*max),
        _ => i64::from(u32::MAX),
    };
    let ty = program.types.intern(Type::Int { lo: 0, hi });
    Expr { ty, span: list.span, kind: ExprKind::Builtin(Builtin::Len, vec![list]) }
}

pub(super) fn builtin(program: &mut Program, which: Builtin, left: Expr, right: Expr) -> Expr {
    let span = left.span;
    boolean(program, ExprKind::Builtin(which, vec![left, right]), span)
}

/// `left == right`, where one may be an option of the other.
pub(super) fn equal(program: &mut Program, left: Expr, right: Expr) -> Expr {
    let (left, right) = lifted(program, left, right);
    binary(program, BinaryOp::Equal, left, right)
}

pub(super) fn differs(program: &mut Program, left: Expr, right: Expr) -> Expr {
    let (left, right) = lifted(program, left, right);
    binary(program, BinaryOp::NotEqual, left, right)
}

/// Wraps the side that is not an option where the other is one.
fn lifted(program: &mut Program, left: Expr, right: Expr) -> (Expr, Expr) {
    let option = |program: &Program, e: &Expr| matches!(program.types.get(e.ty), Type::Option(_));
    match (option(program, &left), option(program, &right)) {
        (true, false) => {
            let right = present(right, left.ty);
            (left, right)
        }
        (false, true) => (present(left, right.ty), right),
        _ => (left, right),
    }
}

fn present(e: Expr, ty: TypeId) -> Expr {
    Expr { ty, span: e.span, kind: ExprKind::Some(Box::new(e)) }
}

/// `left <= right` in the order that the type has: numbers by size, lists by prefix, sets and truth by implication,
/// options with `none` below everything. `None`: the type has no such order.
pub(super) fn at_most(program: &mut Program, left: Expr, right: Expr) -> Option<Expr> {
    let (left, right) = lifted(program, left, right);
    match program.types.get(left.ty).clone() {
        Type::Int { .. } => Some(binary(program, BinaryOp::LessEqual, left, right)),
        Type::Bool => Some(implies(program, left, right)),
        Type::Set(_) => Some(binary(program, BinaryOp::Subset, left, right)),
        Type::List { .. } => Some(builtin(program, Builtin::IsPrefix, left, right)),
        Type::Option(inner) => {
            let inner_left = unwrapped(left.clone(), inner);
            let inner_right = unwrapped(right.clone(), inner);
            let compared = at_most(program, inner_left, inner_right)?;
            let absent = is_none(program, left);
            let there = is_none(program, right);
            let there = not(program, there);
            let both = and(program, there, compared);
            Some(or(program, absent, both))
        }
        _ => None,
    }
}

/// `left < right` in the same order.
pub(super) fn less(program: &mut Program, left: Expr, right: Expr) -> Option<Expr> {
    if let (Type::Int { .. }, Type::Int { .. }) = (program.types.get(left.ty), program.types.get(right.ty)) {
        return Some(binary(program, BinaryOp::Less, left, right));
    }
    let below = at_most(program, left.clone(), right.clone())?;
    let other = differs(program, left, right);
    Some(and(program, other, below))
}

fn unwrapped(e: Expr, inner: TypeId) -> Expr {
    Expr { ty: inner, span: e.span, kind: ExprKind::Unwrap(Box::new(e)) }
}

pub(super) fn is_none(program: &mut Program, e: Expr) -> Expr {
    let none = Expr { kind: ExprKind::None, ty: e.ty, span: e.span };
    binary(program, BinaryOp::Equal, e, none)
}
