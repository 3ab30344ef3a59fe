//! `strictly`: each step of some actions raises a value.
//!
//! Enters: the value of a `monotonic` form, its quantifiers and the actions. Leaves: a property of their steps. A node
//! that acts raises what is its own; a step that is at no node of the quantifier raises the value of somebody in it.

use super::{Member, build, through_step};
use crate::analysis::program::{ActionId, ActionKind, Binder, Expr, LocalId, Program, Strictly};
use crate::obligations::orders::taken_probe;
use crate::obligations::property::PropertyKind;
use crate::span::Span;

pub(super) fn raises(
    program: &mut Program,
    member: &mut Member,
    outer: &[Binder],
    value: &Expr,
    strictly: &Strictly,
    span: Span,
) {
    let (actions, words) = match strictly {
        Strictly::Every => {
            let restarts = |id: &ActionId| matches!(program.actions[id.index()].kind, ActionKind::Restart(_));
            let all = (0..program.actions.len() as u32).map(ActionId).filter(|id| !restarts(id)).collect();
            (all, "every step but faults increases it".to_string())
        }
        Strictly::In(actions, names) => (actions.clone(), format!("each step of {names} increases it")),
    };
    let outer = through_step(program, outer);
    // Values without an order are told of where they must not decrease.
    let Some(mut raised) = build::less(program, build::old(value.clone()), value.clone()) else { return };
    raised.span = span;
    let each = actions.iter().map(|id| (*id, by(program, &outer, &raised, *id))).collect();
    let probe = match strictly {
        Strictly::Every => None,
        Strictly::In(..) => Some(taken_probe(program, actions, span)),
    };
    member.add(words, span, PropertyKind::StepOf(each)).probes.extend(probe);
}

/// True of somebody in the quantifiers, where anybody is.
fn of_some<'b>(program: &mut Program, outer: impl DoubleEndedIterator<Item = &'b Binder>, e: Expr) -> Expr {
    outer.rev().fold(e, |e, binder| {
        let yes = build::truth(program, e.span);
        let anybody = build::some(program, Some(binder), yes);
        let somebody = build::some(program, Some(binder), e);
        build::implies(program, anybody, somebody)
    })
}

/// What a step of one action raises.
fn by(program: &mut Program, outer: &[Binder], raised: &Expr, id: ActionId) -> Expr {
    let at = program.actions[id.index()].at;
    let kind = |local: LocalId| program.locals[local.index()].ty;
    let own = at.and_then(|at| outer.iter().position(|b| kind(b.local) == kind(at)).zip(Some(at)));
    let Some((own, at)) = own else { return of_some(program, outer.iter(), raised.clone()) };
    let here = build::local(program, at, raised.span);
    let inside = build::is_in(program, &outer[own]).map(|e| e.with_local(outer[own].local, &here));
    let e = raised.with_local(outer[own].local, &here);
    let e = of_some(program, outer[..own].iter().chain(&outer[own + 1..]), e);
    match inside {
        Some(inside) => build::implies(program, inside, e),
        None => e,
    }
}
