//! A comparison that became part of what is counted or added up: `count x in S where P > 2`, `sum x in S: e < 7`.
//!
//! Enters: an expression where a condition is needed. Leaves: what was meant, with the number in parentheses. All
//! quantifiers reach as far as they can, and those that give a number are compared.

use super::check::Checker;
use super::program::Type;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::syntax::printer;
use crate::syntax::tree::{self, BinaryOp, Binder, Expr, ExprKind, Quantifier};

/// What an operand of a comparison would be for each element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operand {
    Condition,
    Number,
    Other,
}

impl Checker<'_> {
    pub(super) fn compared_within(&mut self, e: &Expr) -> Option<Diagnostic> {
        let ExprKind::Quantified(quantifier, binder, body) = &e.kind else { return None };
        let what = match quantifier {
            Quantifier::Count => "a count",
            Quantifier::Sum => "a sum",
            Quantifier::Min | Quantifier::Max => "a number",
            Quantifier::All | Quantifier::Some | Quantifier::First => return None,
        };
        let d = Diagnostic::error(codes::MISMATCH, e.span, format!("expected bool, found {what}"));
        let reaching = body.as_deref().or(binder.filter.as_ref());
        let comparison = reaching.and_then(|reaching| match &reaching.kind {
            ExprKind::Binary(op, of, with) if is_comparison(*op) => Some((*op, &**of, &**with)),
            _ => None,
        });
        let number = comparison.and_then(|(op, of, with)| {
            let operand = self.operand_of(binder, of);
            let number = meant(*quantifier, binder, body.is_some(), of, operand)?;
            let number = Expr { kind: number, ..e.clone() };
            let whole = ExprKind::Binary(op, Box::new(number), Box::new(with.clone()));
            Some(Expr { kind: whole, ..e.clone() })
        });
        if let Some(whole) = number {
            let text = printer::expression(&whole);
            let mark = if body.is_some() { "what stands behind the colon" } else { "`where`" };
            let words = format!("{mark} reaches as far as it can: write `{text}`");
            return Some(d.fix(e.span, text, words));
        }
        let known = *quantifier == Quantifier::Count && (body.is_none() || comparison.is_none());
        known.then(|| {
            let count = printer::expression(e);
            d.help(format!("a count is a number, compare it: `({count}) > 0`"))
        })
    }

    /// What an expression would be for each element; nothing is reported.
    fn operand_of(&mut self, binder: &Binder, e: &Expr) -> Operand {
        let (known, bound) = (self.diagnostics.len(), self.locals.len());
        let open = tree::Binder { filter: None, ..binder.clone() };
        self.binder(&open);
        let found = self.infer(e, None);
        self.locals.truncate(bound);
        self.diagnostics.truncate(known);
        match self.get(self.program.types.inner(found.ty)) {
            Type::Bool => Operand::Condition,
            Type::Int { .. } => Operand::Number,
            _ => Operand::Other,
        }
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
}

/// The number that is compared: what was counted or added up is the left operand alone. Conditions are counted.
fn meant(
    quantifier: Quantifier,
    binder: &Binder,
    has_body: bool,
    of: &Expr,
    operand: Operand,
) -> Option<ExprKind> {
    let of = of.clone();
    match (quantifier, operand) {
        (Quantifier::Count, Operand::Condition) if has_body => {
            Some(ExprKind::Quantified(quantifier, Box::new(binder.clone()), Some(Box::new(of))))
        }
        (Quantifier::Count, Operand::Condition) | (Quantifier::Sum, Operand::Condition)
            if !has_body || binder.filter.is_none() =>
        {
            let counted = Binder { filter: Some(of), ..binder.clone() };
            Some(ExprKind::Quantified(Quantifier::Count, Box::new(counted), None))
        }
        (Quantifier::Sum | Quantifier::Min | Quantifier::Max, Operand::Number) if has_body => {
            Some(ExprKind::Quantified(quantifier, Box::new(binder.clone()), Some(Box::new(of))))
        }
        _ => None,
    }
}
