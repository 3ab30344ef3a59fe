//! Obligations of `compare_and_set`: a write that was made for another version changes nothing.
//!
//! Enters: value, version and declared writes of an order. Leaves: that writes compare, that nothing else writes, that
//! versions move, and that none comes again while somebody still expects it (the ABA problem: IBM System/370 Principles
//! of Operation, 1983, on compare and swap).

use super::{Versioned, changers};
use crate::analysis::alike::alike;
use crate::analysis::program::{
    ActionId, ActionKind, Binder, Expr, ExprKind, Local, LocalId, Order, Program, Type,
};
use crate::analysis::walk::Mentions;
use crate::concepts::Topic;
use crate::obligations::origins::{self, Sent};
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};
use crate::obligations::{Member, build, instances};
use crate::span::Span;

const CURRENT: &str = "the value changes only in steps whose expected version was the current one";
const DECLARED: &str = "no action without an expected version changes the value";
const MOVES: &str = "each change of the value moves the version";
const RESTARTS: &str = "a restart that gives back what was written is declared as well: `write restart expects EXPR`, \
                        with the version of its node";
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
    let kind = PropertyKind::StepOf(versioned.at_changes_of(program, &versioned.value, e));
    member.add(MOVES, versioned.version.span, kind);
    if !order.writes.is_empty() {
        not_again(program, member, order, &versioned);
    }
    // What a restart gives back is what it was.
    if declared_restarts(program, order).next().is_some() {
        super::versioned::at_all_times(program, member, &[versioned]);
    }
}

/// The restarts among the declared writes.
fn declared_restarts<'o>(program: &'o Program, order: &'o Order) -> impl Iterator<Item = ActionId> + 'o {
    let actions = order.writes.iter().flat_map(|write| write.actions.iter().copied());
    actions.filter(|action| matches!(program.actions[action.index()].kind, ActionKind::Restart(_)))
}

/// Each declared write, with the version that it expects; where that may be `none`, as the option that it is.
fn declared(order: &Order) -> impl Iterator<Item = (ActionId, Expr, Span)> {
    order.writes.iter().flat_map(|write| {
        let each = write.actions.iter().zip(&write.values);
        each.map(|(action, expected)| (*action, instances::opened(expected), write.span))
    })
}

fn expected_was_current(program: &mut Program, member: &mut Member, order: &Order, versioned: &Versioned) {
    let (mut each, mut blind) = (Vec::new(), Vec::new());
    let restarts: Vec<ActionId> = declared_restarts(program, order).collect();
    for (action, expected, span) in declared(order) {
        if alike(program, &expected, &versioned.version) && !restarts.contains(&action) {
            blind.push(instances::blind(program, action, "expects what the version is when it comes", span));
        }
        let changed = versioned.value_changed(program);
        let (expected, current) = (build::old(expected), build::old(versioned.version.clone()));
        let matches = build::equal(program, expected, current);
        let e = build::implies(program, changed, matches);
        each.push((action, versioned.each_step(program, e)));
    }
    let span = order.writes.last().map_or(member.header.span, |write| write.span);
    let probe = another_probe(program, order, versioned, span);
    let property = member.add(CURRENT, span, PropertyKind::StepOf(each));
    property.probes.push(probe);
    property.notes = blind;
}

/// A declared write, its guards aside, must have expected another version at some time.
fn another_probe(program: &mut Program, order: &Order, versioned: &Versioned, span: Span) -> Probe {
    let mut all = Vec::new();
    for (action, expected, _) in declared(order) {
        let mut other = build::differs(program, expected.clone(), versioned.version.clone());
        // Who expects nothing does not write.
        if is_option(program, &expected) && !is_option(program, &versioned.version) {
            let nothing = build::is_none(program, expected);
            let some = build::not(program, nothing);
            other = build::and(program, some, other);
        }
        let other = instances::about(program, action, versioned.binder.as_ref(), other);
        all.push(instances::some(program, action, other));
    }
    let some = all.into_iter().reduce(|a, b| build::or(program, a, b));
    let some = some.unwrap_or_else(|| build::truth(program, span));
    let some = build::some(program, versioned.binder.as_ref(), some);
    let words = "no declared write ever expected another version than the current one".to_string();
    Probe { condition: ProbeCondition::State(some), words, span, watched_by: None }
}

fn is_option(program: &Program, e: &Expr) -> bool {
    matches!(program.types.get(e.ty), Type::Option(_))
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
    let restarts = others.iter().any(|a| matches!(program.actions[a.index()].kind, ActionKind::Restart(_)));
    let each = others.into_iter().map(|action| (action, same.clone())).collect();
    let property = member.add(DECLARED, versioned.value.span, PropertyKind::StepOf(each));
    property.otherwise = restarts.then(|| RESTARTS.to_string());
}

/// What somebody may have in mind to write, and expects.
struct Held {
    action: ActionId,
    expected: Expr,
    /// The binders that it is in the scope of, outermost first.
    around: Vec<Binder>,
    /// In a message that the action takes; else at its node.
    in_message: bool,
    span: Span,
}

/// The declared writes; of those that are messages, what may become of one as well: what is known where it is sent, and
/// what is in a message that it is forwarded from.
fn held(program: &mut Program, order: &Order) -> Vec<Held> {
    let mut all = Vec::new();
    // What a restart expects is what it finds.
    let restarts: Vec<ActionId> = declared_restarts(program, order).collect();
    let writes: Vec<_> = declared(order).filter(|(action, ..)| !restarts.contains(action)).collect();
    for (action, expected, span) in writes {
        let in_message = matches!(program.actions[action.index()].kind, ActionKind::Handler { .. });
        let sent = if in_message { origins::origins(program, action, &expected) } else { Vec::new() };
        all.push(Held { action, expected, around: Vec::new(), in_message, span });
        for sent in sent {
            let in_message = sent.is_forwarded(program);
            let Sent { action, value: Some(expected), around, .. } = sent else { continue };
            // Who has none in mind expects nothing, whether or not he could send.
            let expected = instances::opened(&expected);
            all.push(Held { action, expected, around, in_message, span });
        }
    }
    all
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
    let somewhere = held(program, order);
    let restarts: Vec<ActionId> = declared_restarts(program, order).collect();
    let writers = changers(program, &reads);
    let forgets = is_forgotten(program, &reads, &writers);
    for action in writers.into_iter().filter(|action| !restarts.contains(action)) {
        let mut kept = Vec::new();
        for held in &somewhere {
            let Some(mut still) = still_held(program, held, versioned, &came) else { continue };
            still.span = held.span;
            kept.push(build::not(program, still));
        }
        let Some(kept) = kept.into_iter().reduce(|a, b| build::and(program, a, b)) else { continue };
        let kind = ExprKind::Let(local, Box::new(versioned.version.clone()), Box::new(kept));
        let kept = build::boolean(program, kind, span);
        let moved = build::differs(program, build::old(versioned.version.clone()), versioned.version.clone());
        let e = build::implies(program, moved, kept);
        each.push((action, versioned.each_step(program, e)));
    }
    if !each.is_empty() {
        let words = format!("{AGAIN}: {}", places(program, &somewhere));
        let kind = match each.first() {
            // It is the same at every step.
            Some((_, e)) if forgets => PropertyKind::Step(e.clone()),
            _ => PropertyKind::StepOf(each),
        };
        member.add(words, span, kind).about(Topic::Expectation);
    }
}

/// Whether a crash takes the version, and no restart gives it back.
fn is_forgotten(program: &Program, version: &Mentions, writers: &[ActionId]) -> bool {
    let given_back =
        writers.iter().any(|action| matches!(program.actions[action.index()].kind, ActionKind::Restart(_)));
    !given_back && version.node_fields.iter().any(|field| program.node_fields[field.index()].volatile)
}

/// Where an expectation was followed to: `W` in flight, C before `go`.
fn places(program: &Program, somewhere: &[Held]) -> String {
    let mut all: Vec<String> = Vec::new();
    for Held { action, in_message, .. } in somewhere {
        let known = &program.actions[action.index()];
        let node = known.at.map(|at| program.types.get(program.locals[at.index()].ty));
        let place = if let (ActionKind::Handler { message, .. }, true) = (&known.kind, *in_message) {
            format!("`{}` in flight", program.messages[message.index()].name)
        } else if let Some(Type::Node(kind)) = node {
            format!("{} before `{}`", program.nodes[kind.index()].name, known.name)
        } else {
            format!("whoever takes `{}`", known.name)
        };
        if !all.contains(&place) {
            all.push(place);
        }
    }
    all.join(", ")
}

/// Some instance of what is held expected `came` before the step and does so after it. `None`: it depends on nothing that is
/// kept.
fn still_held(program: &mut Program, held: &Held, versioned: &Versioned, came: &Expr) -> Option<Expr> {
    let write = held.action;
    let mut holds = build::equal(program, held.expected.clone(), came.clone());
    for binder in held.around.iter().rev().filter(|b| build::mentions(&held.expected, b.local)) {
        holds = build::some(program, Some(binder), holds);
    }
    let holds = instances::guarded(program, write, &versioned.version, holds);
    if !held.in_message && build::is_constant(program, &holds) {
        return None;
    }
    let holds = instances::about(program, write, versioned.binder.as_ref(), holds);
    if held.in_message {
        let some = instances::some(program, write, holds);
        return Some(build::and(program, build::old(some.clone()), some));
    }
    let both = build::and(program, build::old(holds.clone()), holds);
    Some(instances::at_nodes(program, write, both))
}
