//! What only its owner takes.
//!
//! Enters: the binders of an `ownership` form, and the actions that are the owner's. Leaves: a property of their steps:
//! who takes one with a thing that the form speaks of was its owner before the step.

use super::{Member, build};
use crate::analysis::program::{Binder, Program, Taking};
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};
use crate::span::Span;

pub(super) fn by_owner(
    program: &mut Program,
    member: &mut Member,
    outer: &[Binder],
    each: &Binder,
    owner: &Binder,
    takes: &[Taking],
) {
    let things = [outer, std::slice::from_ref(each)].concat();
    let (mut held, mut happened) = (Vec::new(), Vec::new());
    for taking in takes {
        let Some(at) = program.actions[taking.action.index()].at else { continue };
        let span = Span::default();
        let (who, here) = (build::local(program, owner.local, span), build::local(program, at, span));
        let is_owner = build::equal(program, who, here);
        let is_owner = build::some(program, Some(owner), is_owner);
        let right = build::implies(program, taking.concerns.clone(), is_owner);
        let right = things.iter().rev().fold(right, |e, thing| build::all(program, Some(thing), e));
        held.push((taking.action, build::old(right)));
        let one = taking.concerns.clone();
        let one = things.iter().rev().fold(one, |e, thing| build::some(program, Some(thing), e));
        happened.push((taking.action, build::old(one)));
    }
    let (Some(first), Some(last)) = (takes.first(), takes.last()) else { return };
    let span = first.span.to(last.span);
    let mut names: Vec<String> = takes.iter().map(|t| format!("`{}`", t.name)).collect();
    names.dedup();
    let probe = Probe {
        condition: ProbeCondition::StepOf(happened),
        words: format!("nobody ever took {}", names.join(" or ")),
        span,
        watched_by: None,
    };
    let words = format!("only its owner takes {}", names.join(", "));
    member.add(words, span, PropertyKind::StepOf(held)).probes.push(probe);
}
