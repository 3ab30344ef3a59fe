//! Obligations of `fence`: what makes it safe that somebody who was replaced goes on writing.
//!
//! Enters: the clauses of one resolution. Leaves: that its token never goes back, and that nobody who carries an older
//! one changes what is protected.

use super::orders::taken_probe;
use super::{Member, build, probes};
use crate::analysis::program::{ActionId, Binder, Expr, Program, Resolution, Type};
use crate::obligations::property::PropertyKind;

pub fn fence(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let back = "the token never goes back";
    let older = "a write that carries an older token than the newest seen changes nothing";
    let Some((token, binder)) = &resolution.token else {
        let missing = "add `token EXPR`, the newest token seen";
        member.unchecked(back, missing);
        member.unchecked(older, missing);
        return;
    };
    match build::at_most(program, build::old(token.clone()), token.clone()) {
        None => {
            member.unchecked(back, "tokens of this type have no order: use a number");
        }
        Some(e) => {
            let binder = binder.as_ref().map(|b| build::through_step(program, b));
            let changed = build::differs(program, build::old(token.clone()), token.clone());
            let probe = probes::happens(program, binder.as_slice(), changed, "the token never changed");
            let e = build::all(program, binder.as_ref(), e);
            member.add(back, token.span, PropertyKind::Step(e)).probes.push(probe);
        }
    }
    let Some(protected) = &resolution.protects else {
        member.unchecked(older, "add `protects EXPR`, what an old writer must not change");
        return;
    };
    if resolution.writes.is_empty() {
        member
            .unchecked(older, "add `write ACTION carries EXPR` for each action that writes under the token");
        return;
    }
    let (mut each, mut taken) = (Vec::new(), Vec::new());
    for write in &resolution.writes {
        for (action, carried) in write.actions.iter().zip(&write.values) {
            let newest = newest_seen(program, *action, token, binder.as_ref());
            let carried = build::old(carried.clone());
            let Some(stale) = build::less(program, carried, build::old(newest)) else { continue };
            let same = build::equal(program, build::old(protected.clone()), protected.clone());
            each.push((*action, build::implies(program, stale, same)));
            taken.push(*action);
        }
    }
    let span = resolution.writes[0].span;
    let probe = taken_probe(program, taken, span);
    member.add(older, span, PropertyKind::StepOf(each)).probes.push(probe);
}

/// The token that a write is compared with: that of the node where it arrives, where tokens belong to nodes of its
/// kind; else the greatest.
fn newest_seen(program: &mut Program, action: ActionId, token: &Expr, binder: Option<&Binder>) -> Expr {
    let Some(binder) = binder else { return token.clone() };
    let kind = program.locals[binder.local.index()].ty;
    let at = program.actions[action.index()].at.filter(|at| program.locals[at.index()].ty == kind);
    match at {
        Some(at) => token.with_local(binder.local, &build::local(program, at, token.span)),
        None if matches!(program.types.get(token.ty), Type::Int { .. }) => {
            build::greatest(binder, token.clone())
        }
        None => token.clone(),
    }
}
