//! Obligations of `versioned`: a greater version is newer, and one version means one value.
//!
//! Enters: value and version of an order, as each participant sees them. Leaves: that they move together, and that they
//! are the same wherever they are shown.

use super::{Shown, Versioned, changers, views_differ};
use crate::analysis::alike::alike;
use crate::analysis::program::{
    ActionId, ActionKind, Builtin, Expr, ExprKind, Order, Program, StateId, Stmt,
};
use crate::obligations::monitor::{self, Monitor};
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};
use crate::obligations::{Member, build};

const GREATER: &str = "a changed value has a greater version";
const EQUAL: &str = "equal versions mean equal values in every view";
/// Why nothing more is judged.
const ITSELF: &str = "version and value are one here: that one version means one value was not judged";

pub(super) fn versioned(program: &mut Program, member: &mut Member, order: &Order) {
    let each = match Versioned::each(order) {
        Ok(each) => each,
        Err(missing) => {
            member.unchecked(GREATER, missing);
            member.unchecked(EQUAL, missing);
            return;
        }
    };
    let shown: Vec<Shown> = each.iter().map(Versioned::shown).collect();
    let probe = views_differ(program, &shown);
    match greater(program, &each) {
        None => {
            member.unchecked(GREATER, "versions of this type have no order: use a number");
        }
        Some(steps) => {
            let kind = PropertyKind::StepOf(steps);
            let property = member.add(GREATER, each[0].version.span, kind);
            property.probes.push(probe);
            if each.iter().all(|versioned| is_own_version(program, versioned)) {
                let condition = ProbeCondition::State(build::truth(program, each[0].version.span));
                let span = each[0].version.span;
                property.notes.push(Probe { condition, words: ITSELF.to_string(), span, watched_by: None });
                return;
            }
        }
    }
    same_everywhere(program, member, &each);
    at_all_times(program, member, &each);
}

/// Whether different values cannot have one version, whatever happens.
fn is_own_version(program: &Program, versioned: &Versioned) -> bool {
    let mut version = &versioned.version;
    while let ExprKind::Builtin(Builtin::Index, operands) = &version.kind {
        version = &operands[0];
    }
    alike(program, version, &versioned.value)
}

/// What holds at the steps of each action that may change a value: what a node does as it comes back is part of a fault,
/// and may show again what was. `None`: versions have no order.
fn greater(program: &mut Program, each: &[Versioned]) -> Option<Vec<(ActionId, Expr)>> {
    let mut all: Vec<(ActionId, Expr)> = Vec::new();
    for one in each {
        let newer = build::less(program, build::old(one.version.clone()), one.version.clone())?;
        let changed = one.value_changed(program);
        let e = build::implies(program, changed, newer);
        for (action, holds) in one.at_changes_of(program, &one.value, e) {
            if matches!(program.actions[action.index()].kind, ActionKind::Restart(_)) {
                continue;
            }
            match all.iter_mut().find(|(known, _)| *known == action) {
                Some((_, e)) => *e = build::and(program, e.clone(), holds),
                None => all.push((action, holds)),
            }
        }
    }
    Some(all)
}

fn same_everywhere(program: &mut Program, member: &mut Member, each: &[Versioned]) {
    let mut all = Vec::new();
    for (i, one) in each.iter().enumerate() {
        // One view has nothing to differ from.
        let from = if one.binder.is_some() { i } else { i + 1 };
        for two in &each[from..] {
            let own = two.binder.as_ref().map(|binder| (binder, build::fresh(program, binder.local)));
            let theirs = |program: &Program, e: &Expr| match own {
                Some((binder, local)) => {
                    e.with_local(binder.local, &build::local(program, local, one.value.span))
                }
                None => e.clone(),
            };
            let (version, value) = (theirs(program, &two.version), theirs(program, &two.value));
            let versions = build::equal(program, one.version.clone(), version);
            let values = build::equal(program, one.value.clone(), value);
            let e = build::implies(program, versions, values);
            let others = own.map(|(binder, local)| build::renamed(program, binder, local));
            let e = build::all(program, others.as_ref(), e);
            all.push(build::all(program, one.binder.as_ref(), e));
        }
    }
    if let Some(e) = all.into_iter().reduce(|a, b| build::and(program, a, b)) {
        member.add(EQUAL, each[0].value.span, PropertyKind::State(e));
    }
}

/// One version means one value also where they are not shown at once: a monitor remembers a pair that goes, of any
/// participant.
pub(super) fn at_all_times(program: &mut Program, member: &mut Member, each: &[Versioned]) {
    if !member.watches() {
        return;
    }
    let span = each[0].value.span;
    let mut monitor = Monitor::new(program, span);
    monitor.tell(program);
    let types = [|one: &Versioned| one.version.ty, |one: &Versioned| one.value.ty].map(|ty| {
        let types = each.iter().map(ty).reduce(|a, b| program.types.join(a, b, true).unwrap_or(a));
        monitor::remembered(program, types.expect("there is a view"))
    });
    let version_then = monitor.ghost(program, "version", types[0]);
    let value_then = monitor.ghost(program, "value", types[1]);
    for one in each {
        let picked = picked(program, &monitor, (one, each), [version_then, value_then]);
        let reads = one.reads(program);
        for action in changers(program, &reads) {
            monitor::append(program, action, picked.clone());
        }
        monitor::behind_faults(program, &reads, &picked);
    }
    let same = |program: &mut Program, now: &Expr, then| {
        let then = monitor::state(program, then, now.span);
        build::equal(program, now.clone(), then)
    };
    let kept = each.iter().map(|Versioned { value, version, binder }| {
        let (again, kept) = (same(program, version, version_then), same(program, value, value_then));
        let e = build::implies(program, again, kept);
        build::all(program, binder.as_ref(), e)
    });
    let kept: Vec<Expr> = kept.collect();
    let e = kept.into_iter().reduce(|a, b| build::and(program, a, b)).expect("there is a view");
    let on = monitor.is_on(program);
    let e = build::implies(program, on, e);
    let doubt = monitor.doubt(program);
    let property = member.add("one version means one value at all times", span, PropertyKind::State(e));
    property.watched_by = Some(monitor.id());
    property.doubts.push(doubt);
}

/// What a participant showed before the step and shows no more may be picked.
fn picked(
    program: &mut Program,
    monitor: &Monitor,
    (versioned, each): (&Versioned, &[Versioned]),
    ghosts: [StateId; 2],
) -> Vec<Stmt> {
    let hidden = versioned.binder.as_ref().map(|b| (b, monitor::nameless(program, b)));
    let of = |program: &Program, e: &Expr| match &hidden {
        Some((binder, hidden)) => e.with_local(binder.local, &build::local(program, hidden.local, e.span)),
        None => e.clone(),
    };
    let (version, value) = (of(program, &versioned.version), of(program, &versioned.value));
    let moved = build::differs(program, build::old(version.clone()), version.clone());
    let changed = build::differs(program, build::old(value.clone()), value.clone());
    let mut gone = build::or(program, moved, changed);
    let begin = vec![
        monitor::remember(program, ghosts[0], build::old(version)),
        monitor::remember(program, ghosts[1], build::old(value)),
    ];
    let Some((binder, hidden)) = hidden else { return monitor.pick(program, gone, begin) };
    if let Some(is) = build::is_in(program, &hidden) {
        let left = build::not(program, is);
        gone = build::or(program, left, gone);
    }
    if let Some(was) = build::was_in(program, &hidden) {
        gone = build::and(program, was, gone);
    }
    let x = build::local(program, hidden.local, versioned.version.span);
    let went = [&versioned.version, &versioned.value].map(|e| build::old(e.with_local(binder.local, &x)));
    for one in each {
        let still = still_shown(program, one, &went);
        let nowhere = build::not(program, still);
        gone = build::and(program, gone, nowhere);
    }
    let everyone = build::everyone(program, &hidden);
    monitor.pick_of(program, everyone, gone, begin)
}

/// Some participant shows, after the step, this version and value: the pair can be picked when it goes there.
fn still_shown(program: &mut Program, one: &Versioned, [version, value]: &[Expr; 2]) -> Expr {
    let own = one.binder.as_ref().map(|binder| (binder, build::fresh(program, binder.local)));
    let mut same = |e: &Expr, then: &Expr| {
        let now = match own {
            Some((binder, local)) => e.with_local(binder.local, &build::local(program, local, e.span)),
            None => e.clone(),
        };
        build::equal(program, now, then.clone())
    };
    let (version, value) = (same(&one.version, version), same(&one.value, value));
    let both = build::and(program, version, value);
    let others = own.map(|(binder, local)| build::renamed(program, binder, local));
    build::some(program, others.as_ref(), both)
}
