//! Obligations of `merge`: what makes it safe that two values become one, in whatever order they meet.
//!
//! Enters: the clauses of one resolution. Leaves: the laws of its function, and that what it is used on only goes forward.

use super::orders::changers;
use super::{Member, build};
use crate::analysis::program::{
    ActionId, BinaryOp, Binder, Builtin, DefId, Expr, ExprKind, Order, Program, Resolution, Type,
};
use crate::analysis::walk::Mentions;
use crate::concepts::Topic;
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};

const LAWS: &str = "the merge function is commutative, associative and idempotent";
const FORWARD: &str = "each change of what is protected is what a merge with it would give";

pub(super) fn merge(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    let Some(def) = resolution.merge else {
        member.unchecked(LAWS, "add `merge DEF`, a `def` of two values of one type").about(Topic::Repetition);
        return;
    };
    let span = program.defs[def.index()].span;
    let users = users(program, def);
    let name = &program.defs[def.index()].name;
    let words = match users.is_empty() {
        true => format!("no step uses `{name}`"),
        false => format!("two different values never met in `{name}`"),
    };
    let probe = Probe { condition: ProbeCondition::Meets(def), words, span, watched_by: None };
    member.add(LAWS, span, PropertyKind::MergeLaws(def)).about(Topic::Repetition).probes.push(probe);
    if let Some(protected) = &resolution.protects {
        forward(program, member, def, protected);
    }
    for order in program.orders.clone() {
        if resolution.handles.iter().any(|(name, _)| *name == order.header.name) {
            no_older(program, member, &users, &order);
        }
    }
}

/// The actions that may call it.
fn users(program: &Program, def: DefId) -> Vec<ActionId> {
    let all = program.actions.iter().enumerate();
    let uses = all.filter(|(_, action)| {
        let mut mentions = Mentions::default();
        for stmt in &action.body {
            stmt.walk(&mut |s| s.parts(&mut |e| mentions.read(program, e)));
        }
        mentions.defs.contains(&def)
    });
    uses.map(|(i, _)| ActionId(i as u32)).collect()
}

/// Every change of what is protected, from x to y, has `merge(x, y) == y`; of a list or a map, of each of its values.
fn forward(program: &mut Program, member: &mut Member, def: DefId, protected: &Expr) {
    let ty = program.defs[def.index()].params.first().map(|p| program.locals[p.index()].ty);
    let span = protected.span;
    let fits = |program: &mut Program, found| ty.is_some_and(|ty| program.types.fits(ty, found));
    let old = build::old(protected.clone());
    let (over, before, after) = match program.types.get(protected.ty).clone() {
        _ if fits(program, protected.ty) => (None, old, protected.clone()),
        Type::List { element, .. } if fits(program, element) => {
            let (binder, i) = indices(program, protected);
            (Some(binder), at(&old, &i, element), at(protected, &i, element))
        }
        Type::Map { key, value } if fits(program, value) => {
            let set = program.types.intern(Type::Set(key));
            let set = Expr { kind: ExprKind::TypeSet(key), ty: set, span };
            let (binder, k) = element(program, set, key);
            (Some(binder), at(&old, &k, value), at(protected, &k, value))
        }
        _ => {
            let missing =
                "`protects` is no value that the function merges, and no list or map of such values";
            member.unchecked(FORWARD, missing).about(Topic::Repetition);
            return;
        }
    };
    let changed = build::differs(program, before.clone(), after.clone());
    let result = program.defs[def.index()].ty;
    let merged = Expr { kind: ExprKind::Call(def, vec![before, after.clone()]), ty: result, span };
    let forward = build::equal(program, merged, after);
    let e = build::implies(program, changed, forward);
    let e = build::all(program, over.as_ref(), e);
    let reads = Mentions::of(program, protected);
    let each = changers(program, &reads).into_iter().map(|action| (action, e.clone())).collect();
    member.add(FORWARD, span, PropertyKind::StepOf(each)).about(Topic::Repetition);
}

fn at(list: &Expr, index: &Expr, ty: crate::analysis::program::TypeId) -> Expr {
    let kind = ExprKind::Index(Box::new(list.clone()), Box::new(index.clone()));
    Expr { kind, ty, span: list.span }
}

/// Over the positions that a list has before the step and after it.
fn indices(program: &mut Program, list: &Expr) -> (Binder, Expr) {
    let most = match program.types.get(list.ty) {
        Type::List { max, .. } => i64::from(*max),
        _ => 0,
    };
    let number = program.types.intern(Type::Int { lo: 0, hi: (most - 1).max(0) });
    let set = program.types.intern(Type::Set(number));
    let kind = ExprKind::Builtin(Builtin::Indices, vec![list.clone()]);
    let (mut binder, i) = element(program, Expr { kind, ty: set, span: list.span }, number);
    let length = build::length(program, build::old(list.clone()));
    let inside = build::binary(program, BinaryOp::Less, i.clone(), length);
    binder.filter = Some(Box::new(inside));
    (binder, i)
}

fn element(program: &mut Program, set: Expr, ty: crate::analysis::program::TypeId) -> (Binder, Expr) {
    let span = set.span;
    program.locals.push(crate::analysis::program::Local { name: "each".to_string(), ty, span });
    let local = crate::analysis::program::LocalId(program.locals.len() as u32 - 1);
    let e = build::local(program, local, span);
    (Binder { local, set: Box::new(set), filter: None, span }, e)
}

/// A step that uses it makes nothing older of an order that it handles.
fn no_older(program: &mut Program, member: &mut Member, users: &[ActionId], order: &Order) {
    let (Some(version), false) = (&order.version, users.is_empty()) else { return };
    let words = format!("a step that uses it lowers no version of `{}`", order.header.name);
    let Some(e) = build::at_most(program, build::old(version.clone()), version.clone()) else {
        member
            .unchecked(&words, "versions of this type have no order: use a number")
            .about(Topic::Repetition);
        return;
    };
    let binder = order.views.as_ref().and_then(|v| v.binder.as_ref());
    let binder = binder.map(|b| build::through_step(program, b));
    let mut e = build::all(program, binder.as_ref(), e);
    for more in &order.more {
        let Some(version) = &more.version else { continue };
        let Some(kept) = build::at_most(program, build::old(version.clone()), version.clone()) else {
            continue;
        };
        let binder = more.views.binder.as_ref().map(|b| build::through_step(program, b));
        let kept = build::all(program, binder.as_ref(), kept);
        e = build::and(program, e, kept);
    }
    let each = users.iter().map(|action| (*action, e.clone())).collect();
    member.add(words, version.span, PropertyKind::StepOf(each)).about(Topic::Repetition);
}
