//! Obligations of reconcilers: convergence.
//!
//! Enters: the clauses of one reconciler. Leaves: one property, that drift ends and stays away.

use super::{Made, Member, build, probes};
use crate::analysis::program::Program;
use crate::obligations::property::PropertyKind;

pub fn reconciler(program: &mut Program, index: usize, made: &mut Made<'_>) {
    let reconciler = program.reconcilers[index].clone();
    let only_stated = reconciler.drift.is_none() && reconciler.actions.is_empty();
    let mut member = Member::new(reconciler.header, index, only_stated, made);
    let goal = if reconciler.desired.is_some() { "desired == actual" } else { "no drift" };
    let words = format!("once faults stop, every fair run reaches {goal} and stays there");
    let Some(drift) = reconciler.drift else {
        member.unchecked(&words, "add `drift EXPR`, or `desired EXPR` and `actual EXPR`");
        return;
    };
    if reconciler.actions.is_empty() {
        member.unchecked(&words, "add what it does about drift: `act [at x in S] [when P] { … }`");
        return;
    }
    let span = drift.span;
    let probe = probes::happens(program, &[], drift.clone(), "there was never any drift");
    let settled = build::not(program, drift);
    member.add(words, span, PropertyKind::Converges(settled)).probes.push(probe);
}
