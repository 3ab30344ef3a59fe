//! Expressions that say the same.
//!
//! Enters: typed expressions. Leaves: the same without what does not tell them apart: places, bounds, names of binders and
//! of the only node of a kind, definitions that are called, records that are made to be taken apart.

use super::program::{Expr, ExprKind, LocalId, NodeId, Program, TypeId};
use crate::span::Span;

/// Definitions are opened as deep as this.
pub(crate) const DEEPEST: usize = 16;

/// Whether two expressions say the same, wherever they are written.
pub(crate) fn alike(program: &Program, a: &Expr, b: &Expr) -> bool {
    plain(program, a, None) == plain(program, b, None)
}

/// An expression without what does not tell it from others that mean the same. `at`: the name of the only node of a kind.
pub(crate) fn plain(program: &Program, e: &Expr, at: Option<(LocalId, NodeId)>) -> Expr {
    let mut e = match at {
        Some((at, _)) => e.with_local(at, &Expr { kind: ExprKind::Member(0), ..e.clone() }),
        None => e.clone(),
    };
    open(program, &mut e, DEEPEST);
    erase(&mut e, &mut Vec::new());
    e
}

/// What definitions say stands where they are called, and what stands in a record, or in an option, where it is taken out.
pub(crate) fn open(program: &Program, e: &mut Expr, deepest: usize) {
    if let (ExprKind::Call(def, args), true) = (&e.kind, deepest > 0) {
        let def = &program.defs[def.index()];
        let pairs = def.params.iter().zip(args);
        let mut body = pairs.fold(def.body.clone(), |body, (param, arg)| body.with_local(*param, arg));
        open(program, &mut body, deepest - 1);
        *e = body;
    } else {
        e.parts_mut(&mut |part| open(program, part, deepest));
    }
    let inside = match &e.kind {
        ExprKind::Field(record, number) => match &record.kind {
            ExprKind::Record(_, values) => Some(values[*number as usize].clone()),
            _ => None,
        },
        ExprKind::Unwrap(option) => match &option.kind {
            ExprKind::Some(value) => Some((**value).clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(inside) = inside {
        *e = inside;
    }
}

fn erase(e: &mut Expr, bound: &mut Vec<LocalId>) {
    (e.span, e.ty) = (Span::default(), TypeId(0));
    if let ExprKind::Let(local, ..) = &mut e.kind {
        bound.push(std::mem::replace(local, LocalId(0)));
    }
    if let Some(binder) = e.binder_mut() {
        binder.span = Span::default();
        bound.push(std::mem::replace(&mut binder.local, LocalId(0)));
    }
    if let ExprKind::Local(local) = &mut e.kind
        && let Some(number) = bound.iter().rposition(|b| b == local)
    {
        // Counted from the end, so that no local of the program has the same number.
        *local = LocalId(u32::MAX - number as u32);
    }
    e.parts_mut(&mut |part| erase(part, bound));
}
