//! Whether a step would change anything.
//!
//! Enters: the body of an action. Leaves: a condition over the state before it, true where some statement writes a value
//! that is not there yet, or sends. What a step changes and changes back is a change.

use super::build;
use crate::analysis::program::{
    BinaryOp, Expr, ExprKind, Method, PathStep, Place, PlaceRoot, Program, Stmt, StmtKind, Type, TypeId,
};
use crate::span::Span;

/// As long as nothing was changed every statement sees the state before the step, so the order tells nothing.
pub(super) fn changes(program: &mut Program, body: &[Stmt], span: Span) -> Expr {
    let nothing = build::boolean(program, ExprKind::Bool(false), span);
    body.iter().rev().fold(nothing, |rest, stmt| changed(program, stmt, rest))
}

/// `rest`: whether what follows the statement changes anything.
fn changed(program: &mut Program, stmt: &Stmt, rest: Expr) -> Expr {
    let span = stmt.span;
    let this = match &stmt.kind {
        StmtKind::Assign { place, value } => {
            let there = read(program, place);
            build::differs(program, there, value.clone())
        }
        StmtKind::Mutate { place, op, value } => mutated(program, place, *op, value.as_ref()),
        StmtKind::If { condition, then, otherwise } => {
            let (then, otherwise) = (changes(program, then, span), changes(program, otherwise, span));
            let either = ExprKind::If(Box::new(condition.clone()), Box::new(then), Box::new(otherwise));
            build::boolean(program, either, span)
        }
        StmtKind::For { binder, body } => {
            let each = changes(program, body, span);
            build::some(program, Some(binder), each)
        }
        StmtKind::Choose { binder, body } => {
            let chosen = changes(program, body, span);
            let chosen = build::or(program, chosen, rest);
            return build::some(program, Some(binder), chosen);
        }
        StmtKind::Let { local, value } => {
            let kind = ExprKind::Let(*local, Box::new(value.clone()), Box::new(rest));
            return build::boolean(program, kind, span);
        }
        StmtKind::Require(condition) => return build::and(program, condition.clone(), rest),
        StmtKind::Send { .. } => build::truth(program, span),
        // Statements of obligations are no part of the author's step.
        StmtKind::Fork { .. }
        | StmtKind::Attempt { .. }
        | StmtKind::Retake { .. }
        | StmtKind::Take { .. }
        | StmtKind::Refill { .. } => return rest,
    };
    build::or(program, this, rest)
}

fn mutated(program: &mut Program, place: &Place, op: Method, value: Option<&Expr>) -> Expr {
    let there = read(program, place);
    let span = place.span;
    match (op, value) {
        (Method::Add, Some(value)) if matches!(program.types.get(place.ty), Type::Set(_)) => {
            let inside = build::binary(program, BinaryOp::In, value.clone(), there);
            build::not(program, inside)
        }
        (Method::Remove, Some(value)) => build::binary(program, BinaryOp::In, value.clone(), there),
        (Method::Clear, _) => {
            let kind = match program.types.get(place.ty) {
                Type::Set(_) => ExprKind::Set(Vec::new()),
                _ => ExprKind::List(Vec::new()),
            };
            build::differs(program, there, Expr { kind, ty: place.ty, span })
        }
        (Method::Push | Method::Pop | Method::Add | Method::Remove, _) => build::truth(program, span),
    }
}

/// The value at a place.
fn read(program: &Program, place: &Place) -> Expr {
    let span = place.span;
    let (kind, mut ty) = match &place.root {
        PlaceRoot::State(id) => (ExprKind::State(*id), program.states[id.index()].ty),
        PlaceRoot::NodeField { node, field } => {
            let kind = ExprKind::NodeField { node: node.clone(), field: *field };
            (kind, program.node_fields[field.index()].ty)
        }
    };
    let mut whole = Expr { kind, ty, span };
    for step in &place.path {
        if let Type::Option(inner) = program.types.get(ty) {
            whole = Expr { kind: ExprKind::Unwrap(Box::new(whole)), ty: *inner, span };
        }
        let kind = match step {
            PathStep::Field(i) => ExprKind::Field(Box::new(whole.clone()), *i),
            PathStep::Index { index, .. } => {
                ExprKind::Index(Box::new(whole.clone()), Box::new(index.clone()))
            }
        };
        ty = part(program, whole.ty, step);
        whole = Expr { kind, ty, span };
    }
    whole
}

/// The type of a part of a value.
fn part(program: &Program, whole: TypeId, step: &PathStep) -> TypeId {
    match (program.types.get(whole), step) {
        (Type::Record(record), PathStep::Field(i)) => program.records[record.index()].fields[*i as usize].1,
        (Type::List { element: ty, .. } | Type::Map { value: ty, .. }, PathStep::Index { .. }) => *ty,
        _ => whole,
    }
}
