//! Obligations of `versioned`: a greater version is newer, and one version means one value.
//!
//! Enters: value and version of an order, as each participant sees them. Leaves: that they move together, and that they
//! are the same wherever they are shown.

use super::{Versioned, changers, views_differ};
use crate::analysis::program::{Binder, Expr, Order, Program, StateId, Stmt};
use crate::obligations::monitor::{self, Monitor};
use crate::obligations::property::PropertyKind;
use crate::obligations::{Member, build};

const GREATER: &str = "a changed value has a greater version";
const EQUAL: &str = "equal versions mean equal values in every view";

pub(super) fn versioned(program: &mut Program, member: &mut Member, order: &Order) {
    let versioned = match Versioned::of(order) {
        Ok(versioned) => versioned,
        Err(missing) => {
            member.unchecked(GREATER, missing);
            member.unchecked(EQUAL, missing);
            return;
        }
    };
    let Versioned { value, version, binder } = &versioned;
    let probe = views_differ(program, binder.as_ref(), &[value, version]);
    match build::less(program, build::old(version.clone()), version.clone()) {
        None => {
            member.unchecked(GREATER, "versions of this type have no order: use a number");
        }
        Some(newer) => {
            let changed = versioned.value_changed(program);
            let e = build::implies(program, changed, newer);
            let kind = versioned.at_changes_of(program, value, e);
            member.add(GREATER, version.span, kind).probes.push(probe);
        }
    }
    same_everywhere(program, member, &versioned);
    at_all_times(program, member, &versioned);
}

fn same_everywhere(program: &mut Program, member: &mut Member, versioned: &Versioned) {
    // One view has nothing to differ from.
    let Versioned { value, version, binder: Some(binder) } = versioned else { return };
    let other = build::fresh(program, binder.local);
    let others = build::renamed(program, binder, other);
    let y = build::local(program, other, value.span);
    let versions = build::equal(program, version.clone(), version.with_local(binder.local, &y));
    let values = build::equal(program, value.clone(), value.with_local(binder.local, &y));
    let e = build::implies(program, versions, values);
    let e = build::all(program, Some(&others), e);
    let e = build::all(program, Some(binder), e);
    member.add(EQUAL, value.span, PropertyKind::State(e));
}

/// One version means one value also where they are not shown at once: a monitor remembers a pair that goes, of any
/// participant.
fn at_all_times(program: &mut Program, member: &mut Member, versioned: &Versioned) {
    if !member.watches() {
        return;
    }
    let Versioned { value, version, binder } = versioned;
    let span = value.span;
    let mut monitor = Monitor::new(program, span);
    let types = [version.ty, value.ty].map(|ty| monitor::remembered(program, ty));
    let version_then = monitor.ghost(program, "version", types[0]);
    let value_then = monitor.ghost(program, "value", types[1]);
    let picked = picked(program, &monitor, versioned, [version_then, value_then]);
    let reads = versioned.reads(program);
    for action in changers(program, &reads) {
        monitor::append(program, action, picked.clone());
    }
    monitor::behind_faults(program, &reads, &picked);
    let same = |program: &mut Program, now: &Expr, then| {
        let then = monitor::state(program, then, now.span);
        build::equal(program, now.clone(), then)
    };
    let (again, kept) = (same(program, version, version_then), same(program, value, value_then));
    let e = build::implies(program, again, kept);
    let e = build::all(program, binder.as_ref(), e);
    let on = monitor.is_on(program);
    let e = build::implies(program, on, e);
    let property = member.add("one version means one value at all times", span, PropertyKind::State(e));
    property.watched_by = Some(monitor.id());
}

/// What a participant showed before the step and shows no more may be picked.
fn picked(
    program: &mut Program,
    monitor: &Monitor,
    versioned: &Versioned,
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
    let Some((_, hidden)) = hidden else { return monitor.pick(program, gone, begin) };
    if let Some(is) = build::is_in(program, &hidden) {
        let left = build::not(program, is);
        gone = build::or(program, left, gone);
    }
    if let Some(was) = build::was_in(program, &hidden) {
        gone = build::and(program, was, gone);
    }
    let still = still_shown(program, versioned, &hidden);
    let gone = {
        let nowhere = build::not(program, still);
        build::and(program, gone, nowhere)
    };
    let everyone = build::everyone(program, &hidden);
    monitor.pick_of(program, everyone, gone, begin)
}

/// Some participant shows, after the step, what this one showed before: it can be picked when it goes there.
fn still_shown(program: &mut Program, versioned: &Versioned, who: &Binder) -> Expr {
    let Versioned { value, version, binder } = versioned;
    let binder = binder.as_ref().unwrap_or(who);
    let local = build::fresh(program, binder.local);
    let others = build::renamed(program, binder, local);
    let (x, y) = (build::local(program, who.local, version.span), build::local(program, local, version.span));
    let mut same = |e: &Expr| {
        let then = build::old(e.with_local(binder.local, &x));
        build::equal(program, e.with_local(binder.local, &y), then)
    };
    let (version, value) = (same(version), same(value));
    let both = build::and(program, version, value);
    build::some(program, Some(&others), both)
}
