//! Instances of actions, their guards aside: what somebody may still have in mind to do.
//!
//! Enters: an action and a condition in its locals. Leaves: the question whether the condition is true of some value of
//! its parameters, or of some message in flight where it is a handler.

use super::build;
use crate::analysis::program::{
    ActionId, ActionKind, BinaryOp, Binder, Expr, ExprKind, LocalId, Program, Type,
};
use crate::analysis::symmetry::may_trap;
use crate::analysis::walk::Mentions;
use crate::obligations::property::{Probe, ProbeCondition};
use crate::span::Span;

/// A condition is asked of the parameters that the guards of the action let through, as far as they do not ask for the
/// version: who expects another goes on expecting it. One that may have no value is asked where all of those hold but
/// what waits for messages under way: that lets nobody forget what he expects.
pub(super) fn guarded(program: &mut Program, action: ActionId, version: &Expr, condition: Expr) -> Expr {
    let traps = may_trap(program, &condition);
    let known = &program.actions[action.index()];
    let asked: Vec<LocalId> =
        known.params.iter().copied().filter(|p| build::mentions(&condition, *p)).collect();
    if !traps && asked.is_empty() {
        return condition;
    }
    let reads = Mentions::of(program, version);
    let mut guards = Vec::new();
    known.guards.iter().for_each(|guard| parts_of(program, guard, &mut guards));
    let read = Mentions::of(program, &condition);
    let compares = |guard: &Expr| {
        let asked = Mentions::of(program, guard);
        let equal = matches!(guard.kind, ExprKind::Binary(BinaryOp::Equal | BinaryOp::NotEqual, ..));
        let of_version = asked.states.iter().any(|s| reads.states.contains(s))
            || asked.node_fields.iter().any(|f| reads.node_fields.contains(f));
        of_version && (equal || !asked.overlap(&read))
    };
    let picks = |guard: &Expr| asked.iter().any(|p| build::mentions(guard, *p));
    let gives = |guard: &Expr| {
        let asked = Mentions::of(program, guard);
        traps && !(asked.states.is_empty() && asked.node_fields.is_empty())
    };
    guards.retain(|guard| !compares(guard) && (picks(guard) || gives(guard)));
    guards.into_iter().rev().fold(condition, |e, guard| build::and(program, guard, e))
}

/// What all has to be true for a guard to hold, in the definitions that it calls too.
fn parts_of(program: &Program, guard: &Expr, parts: &mut Vec<Expr>) {
    for part in guard.conjuncts() {
        match &part.kind {
            ExprKind::Call(def, args) => {
                let def = &program.defs[def.index()];
                let pairs = def.params.iter().zip(args);
                let body = pairs.fold(def.body.clone(), |e, (param, arg)| e.with_local(*param, arg));
                parts_of(program, &body, parts);
            }
            _ => parts.push(part.clone()),
        }
    }
}

/// Some instance of the action satisfies the condition.
pub(super) fn some(program: &mut Program, action: ActionId, condition: Expr) -> Expr {
    let span = condition.span;
    if let ActionKind::Handler { .. } = program.actions[action.index()].kind {
        return build::boolean(program, ExprKind::SomeMessage(action, Box::new(condition)), span);
    }
    at_nodes(program, action, condition)
}

/// The same, whether or not a message is in flight that the action takes.
pub(super) fn at_nodes(program: &mut Program, action: ActionId, condition: Expr) -> Expr {
    let all = parameters(program, action).into_iter();
    all.fold(condition, |condition, local| over(program, action, local, condition))
}

/// For some value of a parameter.
fn over(program: &mut Program, action: ActionId, local: LocalId, condition: Expr) -> Expr {
    let span = condition.span;
    if !build::mentions(&condition, local) {
        return condition;
    }
    let element = program.locals[local.index()].ty;
    let set = match &program.actions[action.index()].at_set {
        Some(set) if program.actions[action.index()].at == Some(local) => set.clone(),
        _ => {
            let ty = program.types.intern(Type::Set(element));
            Expr { kind: ExprKind::TypeSet(element), ty, span }
        }
    };
    let other = build::fresh(program, local);
    let body = condition.with_local(local, &build::local(program, other, span));
    let binder = Binder { local: other, set: Box::new(set), filter: None, span };
    build::some(program, Some(&binder), body)
}

/// `e`, of several values with a binder: with an instance that is about this one, as far as its parameters tell.
pub(super) fn about(program: &mut Program, action: ActionId, binder: Option<&Binder>, e: Expr) -> Expr {
    let Some(binder) = binder else { return e };
    let ty = program.locals[binder.local.index()].ty;
    let same = |local: &LocalId| program.locals[local.index()].ty == ty;
    let locals: Vec<LocalId> = parameters(program, action).into_iter().filter(same).collect();
    let this = build::local(program, binder.local, binder.span);
    let each = locals.into_iter().map(|local| {
        let mine = build::local(program, local, binder.span);
        build::equal(program, mine, this.clone())
    });
    match each.collect::<Vec<_>>().into_iter().reduce(|a, b| build::or(program, a, b)) {
        Some(about) => build::and(program, about, e),
        None => e,
    }
}

/// What is expected or carried, where it may be `none` as the option that it is.
pub(super) fn opened(e: &Expr) -> Expr {
    let mut e = e;
    while let ExprKind::Unwrap(inner) = &e.kind {
        e = inner;
    }
    e.clone()
}

/// Told of a declared write with which nothing is ever compared.
pub(super) fn blind(program: &Program, action: ActionId, why: &str, span: Span) -> Probe {
    let words = format!("`{}` {why}: nothing is compared", program.actions[action.index()].name);
    Probe { condition: ProbeCondition::Taken(vec![action]), words, span, watched_by: None }
}

/// What tells instances of an action apart: node, sender, parameters, fields.
pub(super) fn parameters(program: &Program, action: ActionId) -> Vec<LocalId> {
    let action = &program.actions[action.index()];
    let mut locals = action.params.clone();
    locals.extend(action.at);
    if let ActionKind::Handler { from, fields, .. } = &action.kind {
        locals.extend(from);
        locals.extend(fields);
    }
    locals
}
