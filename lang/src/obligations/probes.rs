//! Probes: what must come true somewhere for "holds" to say anything.
//!
//! Enters: the expressions of properties. Leaves: conditions with the words that say what never happened.
//! After Beer, Ben-David, Eisner, Rodeh: Efficient Detection of Vacuity in Temporal Model Checking (2001), cut down to
//! the cases that people write: left sides of `implies` and of `not … or`, an `if` that leaves all else alone, and empty
//! quantifiers, in definitions too.

use super::build;
use crate::analysis::literal::has_some;
use crate::analysis::program::{BinaryOp, Binder, Expr, ExprKind, LocalId, Program};
use crate::analysis::walk::Mentions;
use crate::obligations::property::{Probe, ProbeCondition};

/// What stands around a sub-expression: the condition that the outside wraps around a question about the inside.
#[derive(Clone)]
enum Around {
    Some(Binder),
    Let(LocalId, Expr),
    And(Expr),
}

/// The probes of a property `e` under `outer` quantifiers, outermost first.
pub(super) fn probes(program: &mut Program, outer: &[Binder], e: &Expr) -> Vec<Probe> {
    let mut found = Vec::new();
    let mut around = Vec::new();
    for binder in outer {
        not_empty(program, &around, binder, &mut found);
        around.push(Around::Some(binder.clone()));
    }
    collect(program, &mut around, e, &mut found);
    found
}

/// The probes of a property `e` that is asked for where a condition is true.
pub(super) fn probes_where(program: &mut Program, condition: Option<Expr>, e: &Expr) -> Vec<Probe> {
    let (mut found, mut around) = (Vec::new(), condition.into_iter().map(Around::And).collect());
    collect(program, &mut around, e, &mut found);
    found
}

/// Something is in the binder at some time, under `outer` quantifiers.
pub(super) fn someone(program: &mut Program, outer: &[Binder], binder: &Binder, words: &str) -> Probe {
    let yes = build::truth(program, binder.span);
    let inner = build::some(program, Some(binder), yes);
    happens(program, outer, inner, words)
}

/// `condition` comes true for some of `outer` at some time.
pub(super) fn happens(program: &mut Program, outer: &[Binder], condition: Expr, words: &str) -> Probe {
    let around: Vec<Around> = outer.iter().cloned().map(Around::Some).collect();
    let span = condition.span;
    probe(program, &around, condition, span, words)
}

fn collect(program: &mut Program, around: &mut Vec<Around>, e: &Expr, found: &mut Vec<Probe>) {
    match &e.kind {
        ExprKind::Binary(BinaryOp::And, a, b) => {
            collect(program, around, a, found);
            collect(program, around, b, found);
        }
        ExprKind::Binary(BinaryOp::Implies, a, b) => {
            found.push(probe(
                program,
                around,
                (**a).clone(),
                a.span,
                "the left side of `implies` was never true",
            ));
            around.push(Around::And((**a).clone()));
            collect(program, around, b, found);
            around.pop();
        }
        ExprKind::Binary(BinaryOp::Or, a, b) => {
            let Some(left) = denied(program, a) else { return };
            let words = "the left side of `or` was always true";
            found.push(probe(program, around, left.clone(), a.span, words));
            around.push(Around::And(left));
            collect(program, around, b, found);
            around.pop();
        }
        ExprKind::Not(inside) => collect_denied(program, around, inside, found),
        ExprKind::If(condition, a, b) => {
            let other = build::not(program, (**condition).clone());
            let ways = [(&**condition, &**a, &**b, "true"), (&other, &**b, &**a, "false")];
            for (when, said, rest, word) in ways {
                if matches!(rest.kind, ExprKind::Bool(true)) {
                    let words = format!("the condition of `if` was never {word}");
                    found.push(probe(program, around, when.clone(), condition.span, &words));
                }
                around.push(Around::And(when.clone()));
                collect(program, around, said, found);
                around.pop();
            }
        }
        ExprKind::Call(def, args) => {
            let def = program.defs[def.index()].clone();
            let body = def.params.iter().zip(args).fold(def.body, |e, (p, arg)| e.with_local(*p, arg));
            collect(program, around, &body, found);
        }
        ExprKind::All(binder, body) => {
            not_empty(program, around, binder, found);
            around.push(Around::Some(binder.clone()));
            collect(program, around, body, found);
            around.pop();
        }
        ExprKind::Let(local, value, body) => {
            around.push(Around::Let(*local, (**value).clone()));
            collect(program, around, body, found);
            around.pop();
        }
        _ => {}
    }
}

/// What an expression says is not so: `not e`, `e == false`, `e != v`.
fn denied(program: &mut Program, e: &Expr) -> Option<Expr> {
    match &e.kind {
        ExprKind::Not(inside) => Some((**inside).clone()),
        ExprKind::Binary(BinaryOp::Equal, a, b) if b.kind == ExprKind::Bool(false) => Some((**a).clone()),
        ExprKind::Binary(BinaryOp::Equal, a, b) if a.kind == ExprKind::Bool(false) => Some((**b).clone()),
        ExprKind::Binary(BinaryOp::NotEqual, a, b) => {
            Some(build::equal(program, (**a).clone(), (**b).clone()))
        }
        _ => None,
    }
}

/// The probes of `not e`, which is spelt otherwise: `not (a and not b)` is `a implies b`.
fn collect_denied(program: &mut Program, around: &mut Vec<Around>, e: &Expr, found: &mut Vec<Probe>) {
    match &e.kind {
        ExprKind::Not(inside) => collect(program, around, inside, found),
        ExprKind::Binary(BinaryOp::Or, a, b) => {
            collect_denied(program, around, a, found);
            collect_denied(program, around, b, found);
        }
        // Of `not (a and b)` nobody knows which of the two it is about.
        ExprKind::Binary(BinaryOp::And, a, b) => {
            let ((one, side), other) = match (denied(program, b), denied(program, a)) {
                (Some(right), _) => ((&**a, "left"), right),
                (None, Some(left)) => ((&**b, "right"), left),
                (None, None) => return,
            };
            let words = format!("the {side} side of `and` was never true");
            found.push(probe(program, around, one.clone(), one.span, &words));
            around.push(Around::And(one.clone()));
            collect(program, around, &other, found);
            around.pop();
        }
        ExprKind::Any(binder, body) => {
            not_empty(program, around, binder, found);
            around.push(Around::Some(binder.clone()));
            collect_denied(program, around, body, found);
            around.pop();
        }
        _ => {}
    }
}

/// A probe for a binder that can be empty: over a variable, over a range that may have nothing in it, or with a filter.
fn not_empty(program: &mut Program, around: &[Around], binder: &Binder, found: &mut Vec<Probe>) {
    if binder.filter.is_none() && has_some(program, &binder.set) {
        return;
    }
    let yes = build::truth(program, binder.span);
    let some = build::some(program, Some(binder), yes);
    let words = if binder.filter.is_some() {
        format!("there was never a `{}` to say it of", name(program, binder.local))
    } else {
        "the set that it quantifies over was always empty".to_string()
    };
    found.push(probe(program, around, some, binder.span, &words));
}

fn probe(
    program: &mut Program,
    around: &[Around],
    condition: Expr,
    span: crate::span::Span,
    words: &str,
) -> Probe {
    let mut whole = condition;
    for part in around.iter().rev() {
        whole = match part {
            Around::Some(binder) => build::some(program, Some(binder), whole),
            Around::And(left) => build::and(program, left.clone(), whole),
            Around::Let(local, value) => {
                let span = whole.span;
                let kind = ExprKind::Let(*local, Box::new(value.clone()), Box::new(whole));
                build::boolean(program, kind, span)
            }
        };
    }
    let condition = if Mentions::of(program, &whole).old {
        ProbeCondition::Step(whole)
    } else {
        ProbeCondition::State(whole)
    };
    Probe { condition, words: words.to_string(), span, watched_by: None }
}

fn name(program: &Program, local: LocalId) -> &str {
    &program.locals[local.index()].name
}
