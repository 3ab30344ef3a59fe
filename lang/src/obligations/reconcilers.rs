//! Obligations of reconcilers: convergence.
//!
//! Enters: the clauses of one reconciler. Leaves: one property, that drift ends and stays away; and what is noted:
//! acts that change something where there is none.

use super::attempt::{Protected, any_of};
use super::{Made, Member, build, probes};
use crate::analysis::program::{ActionId, ActionKind, Expr, Program};
use crate::analysis::walk::Mentions;
use crate::obligations::property::{Clients, Probe, ProbeCondition, PropertyKind};

pub(super) fn reconciler(program: &mut Program, index: usize, made: &mut Made<'_>) {
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
    let acts = reconciler
        .actions
        .iter()
        .filter(|id| matches!(program.actions[id.index()].kind, ActionKind::ReconcilerAct(_)));
    let acts: Vec<ActionId> = acts.copied().collect();
    let notes = acts.into_iter().map(|id| at_goal(program, &settled, id)).collect();
    let property = member.add(words, span, PropertyKind::Converges(settled, Clients::Stop));
    property.probes.push(probe);
    property.notes = notes;
}

/// An act that changes something, or sends, where there is no drift.
fn at_goal(program: &mut Program, settled: &Expr, id: ActionId) -> Probe {
    let span = program.actions[id.index()].span;
    let Mentions { mut states, node_fields: mut fields, messages, .. } =
        Mentions::written(&program.actions[id.index()].body);
    states.retain(|s| !program.states[s.index()].ghost);
    fields.retain(|f| !program.node_fields[f.index()].ghost);
    let mut changed = vec![Protected::Written { states, fields, guarded: Vec::new() }.changed(program, span)];
    for message in messages {
        let now = build::in_flight(program, message, span);
        changed.push(build::differs(program, build::old(now.clone()), now));
    }
    let changed = any_of(program, changed, span);
    let condition = build::and(program, build::old(settled.clone()), changed);
    Probe {
        condition: ProbeCondition::StepOf(vec![(id, condition)]),
        words: "acts at the goal".to_string(),
        span,
        watched_by: None,
    }
}
