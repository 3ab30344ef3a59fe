//! Which definition needs which: the order in which things can be resolved, without recursion.
//!
//! Enters: for each of `n` things, which others it needs. Leaves: an order in which needs come first, and the cycles.
//! The idea is a depth-first search with its own stack, so that a long chain cannot exhaust the machine's.

use crate::syntax::tree::{Binder, Expr, ExprKind};

/// An order of `0..needs.len()` in which everything comes after what it needs, and each cycle as a path (first to last,
/// the last needs the first). Members of cycles are part of the order too.
pub(super) fn order(needs: &[Vec<usize>]) -> (Vec<usize>, Vec<Vec<usize>>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; needs.len()];
    let mut sorted = Vec::with_capacity(needs.len());
    let mut cycles = Vec::new();
    for root in 0..needs.len() {
        if marks[root] != Mark::New {
            continue;
        }
        marks[root] = Mark::Open;
        let mut path = vec![(root, 0)];
        while let Some(top) = path.last_mut() {
            let (thing, next) = *top;
            top.1 += 1;
            match needs[thing].get(next) {
                None => {
                    marks[thing] = Mark::Done;
                    sorted.push(thing);
                    path.pop();
                }
                Some(&need) if marks[need] == Mark::New => {
                    marks[need] = Mark::Open;
                    path.push((need, 0));
                }
                Some(&need) if marks[need] == Mark::Open => {
                    let start = path.iter().position(|(t, _)| *t == need).unwrap_or(0);
                    cycles.push(path[start..].iter().map(|(t, _)| *t).collect());
                }
                Some(_) => {}
            }
        }
    }
    (sorted, cycles)
}

/// Every expression in a tree, itself included, in no particular order.
pub(super) fn expressions(root: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    let mut stack = vec![root];
    while let Some(e) = stack.pop() {
        found.push(e);
        children(e, &mut stack);
    }
    found
}

fn children<'e>(e: &'e Expr, out: &mut Vec<&'e Expr>) {
    fn binder<'e>(b: &'e Binder, out: &mut Vec<&'e Expr>) {
        out.push(&b.set);
        out.extend(&b.filter);
    }
    match &e.kind {
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::None
        | ExprKind::Quiescent
        | ExprKind::Name(_)
        | ExprKind::Error => {}
        ExprKind::Field(a, _) | ExprKind::Unary(_, a) | ExprKind::Old(a) => out.push(a),
        ExprKind::Index(a, b)
        | ExprKind::Binary(_, a, b)
        | ExprKind::Let(_, a, b)
        | ExprKind::Range(a, b) => out.extend([&**a, &**b]),
        ExprKind::Slice(a, from, to) => {
            out.push(a);
            out.extend(from.as_deref());
            out.extend(to.as_deref());
        }
        ExprKind::Call(_, list) | ExprKind::Set(list) | ExprKind::List(list) => out.extend(list),
        ExprKind::If(a, b, c) => out.extend([&**a, &**b, &**c]),
        ExprKind::Quantified(_, b, body) => {
            binder(b, out);
            out.extend(body.as_deref());
        }
        ExprKind::SetOf(a, b) | ExprKind::ListOf(a, b) => {
            out.push(a);
            binder(b, out);
        }
        ExprKind::MapOf(k, v, b) => {
            out.extend([&**k, &**v]);
            binder(b, out);
        }
        ExprKind::InFlight(_, flight) => out.extend(flight.parts()),
        ExprKind::Map(entries) => entries.iter().for_each(|(k, v)| out.extend([k, v])),
        ExprKind::Record(_, fields) => out.extend(fields.iter().map(|(_, v)| v)),
    }
}
