//! Obligations of `compare_and_set`: a write that was made for another version changes nothing.
//!
//! Enters: value, version and declared writes of an order. Leaves: that writes compare, that nothing else writes, that
//! versions move, and that none comes again while somebody still expects it (the ABA problem: IBM System/370 Principles
//! of Operation, 1983, on compare and swap).

use super::{Versioned, changers};
use crate::analysis::program::{ActionId, BinaryOp, Expr, ExprKind, Local, LocalId, Order, Program};
use crate::analysis::walk::Mentions;
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};
use crate::obligations::{Member, build, instances};
use crate::span::Span;

const CURRENT: &str = "the value changes only in steps whose expected version was the current one";
const DECLARED: &str = "no action without an expected version changes the value";
const MOVES: &str = "each change of the value moves the version";
const AGAIN: &str = "no version comes again that somebody still expects";

pub(super) fn compare_and_set(program: &mut Program, member: &mut Member, order: &Order) {
    let versioned = match Versioned::of(order) {
        Ok(versioned) => versioned,
        Err(missing) => {
            member.unchecked(CURRENT, missing);
            member.unchecked(MOVES, missing);
            return;
        }
    };
    if order.writes.is_empty() {
        member.unchecked(CURRENT, "add `write ACTION expects EXPR` for each action that changes the value");
    } else {
        expected_was_current(program, member, order, &versioned);
        only_these_write(program, member, order, &versioned);
    }
    let changed = versioned.value_changed(program);
    let moved = build::differs(program, build::old(versioned.version.clone()), versioned.version.clone());
    let e = build::implies(program, changed, moved);
    let kind = versioned.at_changes_of(program, &versioned.value, e);
    member.add(MOVES, versioned.version.span, kind);
    if !order.writes.is_empty() {
        not_again(program, member, order, &versioned);
    }
}

/// Each declared write, with the version that it expects; where that may be `none`, as the option that it is.
fn declared(order: &Order) -> impl Iterator<Item = (ActionId, Expr, Span)> {
    order.writes.iter().flat_map(|write| {
        let each = write.actions.iter().zip(&write.values);
        each.map(|(action, expected)| (*action, instances::opened(expected), write.span))
    })
}

fn expected_was_current(program: &mut Program, member: &mut Member, order: &Order, versioned: &Versioned) {
    let mut each = Vec::new();
    for (action, expected, _) in declared(order) {
        let changed = versioned.value_changed(program);
        let (expected, current) = (build::old(expected), build::old(versioned.version.clone()));
        let matches = build::equal(program, expected, current);
        let e = build::implies(program, changed, matches);
        each.push((action, versioned.each_step(program, e)));
    }
    let span = order.writes.last().map_or(member.header.span, |write| write.span);
    let probe = another_probe(program, order, versioned, span);
    member.add(CURRENT, span, PropertyKind::StepOf(each)).probes.push(probe);
}

/// A declared write, its guards aside, must have expected another version at some time.
fn another_probe(program: &mut Program, order: &Order, versioned: &Versioned, span: Span) -> Probe {
    let mut all = Vec::new();
    for (action, expected, _) in declared(order) {
        let other = build::differs(program, expected, versioned.version.clone());
        let other = instances::about(program, action, versioned.binder.as_ref(), other);
        all.push(instances::some(program, action, other));
    }
    let some = all.into_iter().reduce(|a, b| build::or(program, a, b));
    let some = some.unwrap_or_else(|| build::truth(program, span));
    let some = build::some(program, versioned.binder.as_ref(), some);
    let words = "no declared write ever expected another version than the current one".to_string();
    Probe { condition: ProbeCondition::State(some), words, span, watched_by: None }
}

/// Actions that may change the value and are not among the declared writes must not.
fn only_these_write(program: &mut Program, member: &mut Member, order: &Order, versioned: &Versioned) {
    let reads = Mentions::of(program, &versioned.value);
    let mut others = changers(program, &reads);
    others.retain(|action| order.writes.iter().all(|w| !w.actions.contains(action)));
    if others.is_empty() {
        return;
    }
    let same = build::equal(program, build::old(versioned.value.clone()), versioned.value.clone());
    let same = versioned.each_step(program, same);
    let each = others.into_iter().map(|action| (action, same.clone())).collect();
    member.add(DECLARED, versioned.value.span, PropertyKind::StepOf(each));
}

/// When the version comes to some value, nobody else has gone on expecting it since before the step: neither a node nor
/// a message in flight. Who learns it in the step expects it rightly.
fn not_again(program: &mut Program, member: &mut Member, order: &Order, versioned: &Versioned) {
    let span = versioned.version.span;
    let ty = versioned.version.ty;
    program.locals.push(Local { name: "version".to_string(), ty, span });
    let local = LocalId(program.locals.len() as u32 - 1);
    let came = build::local(program, local, span);
    let mut reads = Mentions::of(program, &versioned.version);
    if let Some(binder) = &versioned.binder {
        binder.parts(&mut |part| reads.read(program, part));
    }
    let mut each = Vec::new();
    for action in changers(program, &reads) {
        let mut kept = Vec::new();
        for (write, expected, span) in declared(order) {
            if instances::is_free(program, write, &expected) {
                continue;
            }
            let mut held = still_held(program, action, write, expected, versioned, &came);
            held.span = span;
            kept.push(build::not(program, held));
        }
        let Some(kept) = kept.into_iter().reduce(|a, b| build::and(program, a, b)) else { continue };
        let kind = ExprKind::Let(local, Box::new(versioned.version.clone()), Box::new(kept));
        let kept = build::boolean(program, kind, span);
        let moved = build::differs(program, build::old(versioned.version.clone()), versioned.version.clone());
        let e = build::implies(program, moved, kept);
        each.push((action, versioned.each_step(program, e)));
    }
    if !each.is_empty() {
        member.add(AGAIN, span, PropertyKind::StepOf(each));
    }
}

/// Some instance of `write`, at another node than the one where `action` happens, expected `came` before the step and
/// does so after it.
fn still_held(
    program: &mut Program,
    action: ActionId,
    write: ActionId,
    expected: Expr,
    versioned: &Versioned,
    came: &Expr,
) -> Expr {
    let here = program.actions[action.index()].at;
    let there = program.actions[write.index()].at;
    let message =
        matches!(program.actions[write.index()].kind, crate::analysis::program::ActionKind::Handler { .. });
    let holds = build::equal(program, expected, came.clone());
    let holds = instances::guarded(program, write, holds);
    let holds = instances::about(program, write, versioned.binder.as_ref(), holds);
    if message {
        let some = instances::some(program, write, holds);
        return build::and(program, build::old(some.clone()), some);
    }
    let mut both = build::and(program, build::old(holds.clone()), holds);
    if let (Some(here), Some(there)) = (here, there)
        && program.locals[here.index()].ty == program.locals[there.index()].ty
    {
        let own = program.locals[there.index()].clone();
        program.locals.push(own);
        // The writer's own name stands for another node here, also where both are the same action.
        let other = LocalId(program.locals.len() as u32 - 1);
        let (x, y) = (build::local(program, here, both.span), build::local(program, other, both.span));
        both = both.with_local(there, &y);
        let apart = build::binary(program, BinaryOp::NotEqual, y, x);
        both = build::and(program, apart, both);
        return instances::some_with(program, write, there, other, both);
    }
    instances::some(program, write, both)
}
