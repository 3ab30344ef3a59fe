//! Comparisons with a number that no value of the other side has.
//!
//! Enters: comparisons as written and typed. Leaves: warnings of those that are never true, or always. Only numbers that
//! stand there count: a parameter may have another value.

use super::check::Checker;
use super::definitions::Definition;
use super::program::{BinaryOp, Expr, ExprKind, Timekeeper};
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::printer;
use crate::syntax::tree::{self, ExprKind as TreeKind, UnaryOp};

/// The two sides as written.
pub(super) type Sides<'t> = (&'t tree::Expr, &'t tree::Expr);

impl Checker<'_> {
    /// Says so where the side that is a number decides the comparison.
    pub(super) fn decided(&mut self, op: BinaryOp, written: Sides<'_>, typed: (&Expr, &Expr), span: Span) {
        let (op, of, number) = match (number(written.0), number(written.1)) {
            (None, Some(n)) => (op, (written.0, typed.0), n),
            (Some(n), None) => (turned(op), (written.1, typed.1), n),
            _ => return,
        };
        // A parameter, which has one value now.
        if matches!(of.1.kind, ExprKind::Int(_)) {
            return;
        }
        let Some((lo, hi)) = self.bounds(self.program.types.inner(of.1.ty)) else { return };
        let Some(always) = decides(op, lo, hi, number) else { return };
        if self.diagnostics.iter().any(|d| d.span == span && d.code == codes::OUTSIDE) {
            return;
        }
        let name = printer::expression(of.0);
        let so = if always { "always" } else { "never" };
        let range = if lo == hi { lo.to_string() } else { format!("in {lo}..{hi}") };
        let words = format!("this is {so} true: `{name}` is {range}");
        let help = match self.clock(of.1) {
            Some(clock) if number > hi => {
                format!("a clock stays at its greatest: declare it `clock {clock}: {lo}..{number}`")
            }
            _ => "correct the number, or the declared range".to_owned(),
        };
        self.report(Diagnostic::warning(codes::OUTSIDE, span, words).help(help));
    }

    /// The clock that is read, by its name.
    fn clock(&self, e: &Expr) -> Option<&str> {
        let (name, time) = match &e.kind {
            ExprKind::State(id) => {
                let state = &self.program.states[id.index()];
                (&state.name, state.time)
            }
            ExprKind::NodeField { field, .. } => {
                let field = &self.program.node_fields[field.index()];
                (&field.name, field.time)
            }
            _ => return None,
        };
        (time == Some(Timekeeper::Clock)).then_some(name.as_str())
    }
}

/// Of what another system says nothing is told here: it is right there, and its parameters may be others here.
pub(super) fn only_own(definition: &Definition, found: &mut Vec<Diagnostic>) {
    let theirs = |span: Span| {
        let mut others = definition.entries.iter().filter(|e| *e.system != *definition.name);
        others.any(|e| e.member.span.contains(span))
    };
    found.retain(|d| d.code != codes::OUTSIDE || !theirs(d.span));
}

/// A number that stands there.
fn number(e: &tree::Expr) -> Option<i64> {
    match &e.kind {
        TreeKind::Int(n) => Some(*n),
        TreeKind::Unary(UnaryOp::Negate, e) => number(e)?.checked_neg(),
        _ => None,
    }
}

/// The same with its sides exchanged.
fn turned(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        other => other,
    }
}

/// What comes out for every value in a range: what is never true, and what is never equal. `x <= MOST` is prudence.
fn decides(op: BinaryOp, lo: i64, hi: i64, number: i64) -> Option<bool> {
    let outside = number < lo || number > hi;
    match op {
        BinaryOp::Equal => outside.then_some(false),
        BinaryOp::NotEqual => outside.then_some(true),
        BinaryOp::Less => (number < lo).then_some(false),
        BinaryOp::LessEqual => (number < lo).then_some(false),
        BinaryOp::Greater => (number > hi).then_some(false),
        BinaryOp::GreaterEqual => (number > hi).then_some(false),
        _ => None,
    }
}
