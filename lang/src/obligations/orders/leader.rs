//! Obligations of `leader`: one writes, and whoever follows it in that goes on where it stopped.
//!
//! Enters: who is entitled, the epochs and the views of an order. Leaves: that there is one entitled writer, that what is
//! appended is appended by one, and that views keep to what was agreed.

use super::{Agreed, NO_LIST, VIEWS};
use crate::analysis::program::{
    ActionId, ActionKind, BinaryOp, Binder, Expr, Local, LocalId, Order, Program, Type, TypeId, Views,
};
use crate::concepts::OrderType;
use crate::obligations::property::PropertyKind;
use crate::obligations::{Member, build, probes};

const OTHERS: &str = "nothing is appended by anyone else";

pub fn leader(program: &mut Program, member: &mut Member, order: &Order, agreed: Option<&Agreed>) {
    let scope = order.scope.as_ref().map(|s| format!(" per {s}")).unwrap_or_default();
    let Some(by) = &order.by else {
        let missing = "add `by x in S where P`, the writers that are entitled to append";
        member.unchecked(&format!("at most one entitled writer{scope} at a time"), missing);
        member.unchecked(OTHERS, missing);
        return;
    };
    one_entitled(program, member, order, by, &scope);
    let missing = if order.views.is_none() { VIEWS } else { NO_LIST };
    let Some(agreed) = agreed else {
        member.unchecked(OTHERS, missing);
        return;
    };
    let each = agreed.changers(program).into_iter();
    let each = each.map(|action| (action, appended_by_entitled(program, action, by, agreed))).collect();
    member.add(OTHERS, agreed.views.span, PropertyKind::StepOf(each));
    if !order.types().any(|ty| ty == OrderType::Append) {
        agreed.kept(program, member);
    }
}

fn one_entitled(program: &mut Program, member: &mut Member, order: &Order, by: &Binder, scope: &str) {
    let probe = probes::someone(program, &[], by, "nobody was ever entitled to write");
    let local_epoch = order.epoch.as_ref().filter(|e| build::mentions(e, by.local));
    let (when, property) = match local_epoch {
        Some(epoch) => {
            let other = build::fresh(program, by.local);
            let others = build::renamed(program, by, other);
            let (x, y) = (build::local(program, by.local, by.span), build::local(program, other, by.span));
            let same = build::equal(program, epoch.clone(), epoch.with_local(by.local, &y));
            let itself = build::equal(program, x, y);
            let one = build::implies(program, same, itself);
            let one = build::all(program, Some(&others), one);
            ("in each epoch", build::all(program, Some(by), one))
        }
        None => {
            let (count, one) = (build::count(program, by), build::int(program, 1, by.span));
            let when = if order.epoch.is_some() { "in the current epoch" } else { "at a time" };
            (when, build::binary(program, BinaryOp::LessEqual, count, one))
        }
    };
    let words = format!("at most one entitled writer{scope} {when}");
    member.add(words, by.span, PropertyKind::State(property)).probes.push(probe);
}

/// Who makes the order longer at a step.
enum Writer {
    /// The node of the step, or who sent the message that is delivered.
    Known(Expr),
    /// An entitled one of these that shows what is new.
    Shows(Binder),
    Nobody,
}

fn writer(program: &mut Program, action: ActionId, by: &Binder, agreed: &Agreed) -> Writer {
    let kind = program.locals[by.local.index()].ty;
    let span = agreed.views.span;
    let of_kind = |program: &Program, local: &LocalId| program.locals[local.index()].ty == kind;
    if let Some(at) = program.actions[action.index()].at.filter(|at| of_kind(program, at)) {
        return Writer::Known(build::local(program, at, span));
    }
    if let Some(from) = sender(program, action, kind) {
        return Writer::Known(build::local(program, from, span));
    }
    match agreed.binder() {
        Some(binder) if of_kind(program, &binder.local) => {
            let local = build::fresh(program, binder.local);
            Writer::Shows(build::renamed(program, binder, local))
        }
        _ => Writer::Nobody,
    }
}

/// The sender of the messages that a handler takes, where it is of this kind; it gets a name where it has none.
fn sender(program: &mut Program, action: ActionId, kind: TypeId) -> Option<LocalId> {
    let ActionKind::Handler { message, from, .. } = &program.actions[action.index()].kind else {
        return None;
    };
    if let Some(from) = from {
        return Some(*from).filter(|from| program.locals[from.index()].ty == kind);
    }
    let link = &program.links[program.messages[message.index()].link?.index()];
    let receiver = program.actions[action.index()].at.map(|at| program.locals[at.index()].ty);
    let to = program.types.find(&Type::Node(link.to));
    let back = link.both_ways && receiver.is_some() && receiver != to;
    let sender = if back { link.to } else { link.from };
    if *program.types.get(kind) != Type::Node(sender) {
        return None;
    }
    let span = program.actions[action.index()].span;
    program.locals.push(Local { name: "sender".to_string(), ty: kind, span });
    let local = LocalId(program.locals.len() as u32 - 1);
    if let ActionKind::Handler { from, .. } = &mut program.actions[action.index()].kind {
        *from = Some(local);
    }
    Some(local)
}

/// What makes the order longer at a step of the action is the doing of an entitled writer.
fn appended_by_entitled(program: &mut Program, action: ActionId, by: &Binder, agreed: &Agreed) -> Expr {
    let Views { value, binder, .. } = &agreed.views;
    let longer = agreed.longer(program, value);
    let right = match writer(program, action, by, agreed) {
        Writer::Known(who) => entitled(program, by, &who),
        Writer::Shows(writers) => {
            let z = build::local(program, writers.local, value.span);
            let entitled = entitled(program, by, &z);
            let writers = build::narrowed(program, &writers, entitled);
            let view = build::length(program, value.clone());
            let theirs = match binder {
                Some(binder) => build::length(program, value.with_local(binder.local, &z)),
                None => view.clone(),
            };
            let reaches = build::binary(program, BinaryOp::GreaterEqual, theirs, view);
            build::some(program, Some(&writers), reaches)
        }
        Writer::Nobody => {
            let not_longer = build::not(program, longer);
            return build::all(program, binder.as_ref(), not_longer);
        }
    };
    let e = build::implies(program, longer, right);
    build::all(program, binder.as_ref(), e)
}

/// `who` satisfies `by` before or after the step.
fn entitled(program: &mut Program, by: &Binder, who: &Expr) -> Expr {
    let now = entitled_now(program, by, who);
    build::or(program, build::old(now.clone()), now)
}

fn entitled_now(program: &mut Program, by: &Binder, who: &Expr) -> Expr {
    let now = match &by.filter {
        Some(filter) => filter.with_local(by.local, who),
        None => build::truth(program, by.span),
    };
    if build::is_constant(program, &by.set)
        && matches!(by.set.kind, crate::analysis::program::ExprKind::TypeSet(_))
    {
        return now;
    }
    let inside = build::binary(program, BinaryOp::In, who.clone(), (*by.set).clone());
    build::and(program, inside, now)
}
