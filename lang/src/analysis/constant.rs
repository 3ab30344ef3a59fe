//! Constants: parameters, sizes and bounds, which are known before anything else is.
//!
//! Enters: expressions over integers and parameters. Leaves: their values.

use super::check::Checker;
use super::names::Meaning;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::tree::{BinaryOp, Expr, ExprKind, UnaryOp};

#[derive(Clone, Copy, PartialEq)]
enum Constant {
    Int(i64),
    Bool(bool),
}

impl Checker<'_> {
    /// The value of a constant integer expression; `None` where that has been reported.
    pub(super) fn constant(&mut self, e: &Expr) -> Option<i64> {
        match self.evaluate(e)? {
            Constant::Int(n) => Some(n),
            Constant::Bool(_) => {
                self.error(codes::MISMATCH, e.span, "expected a constant integer, found bool");
                None
            }
        }
    }

    /// A constant in `lo..=hi`.
    pub(super) fn constant_in(&mut self, e: &Expr, lo: i64, hi: i64, what: &str) -> Option<i64> {
        let n = self.constant(e)?;
        if (lo..=hi).contains(&n) {
            return Some(n);
        }
        let words = format!("{what} must be in {lo}..{hi}, found {n}");
        self.error(codes::OUT_OF_RANGE, e.span, words);
        None
    }

    fn evaluate(&mut self, e: &Expr) -> Option<Constant> {
        use Constant::{Bool, Int};
        Some(match &e.kind {
            ExprKind::Int(n) => Int(*n),
            ExprKind::Bool(b) => Bool(*b),
            ExprKind::Name(name) => return self.named(name, e.span),
            ExprKind::Unary(UnaryOp::Negate, a) => match self.evaluate(a)? {
                Int(n) => Int(n.checked_neg().or_else(|| self.overflow(e.span))?),
                Bool(_) => return self.not_constant(e.span),
            },
            ExprKind::Unary(UnaryOp::Not, a) => match self.evaluate(a)? {
                Bool(b) => Bool(!b),
                Int(_) => return self.not_constant(e.span),
            },
            ExprKind::If(c, a, b) => match self.evaluate(c)? {
                Bool(true) => return self.evaluate(a),
                Bool(false) => return self.evaluate(b),
                Int(_) => return self.not_constant(c.span),
            },
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.evaluate(a)?, self.evaluate(b)?);
                return self.operate(*op, a, b, e.span);
            }
            ExprKind::Call(name, args) if matches!(name.text.as_str(), "min" | "max") && args.len() == 2 => {
                match (self.evaluate(&args[0])?, self.evaluate(&args[1])?) {
                    (Int(a), Int(b)) => Int(if name.text == "min" { a.min(b) } else { a.max(b) }),
                    _ => return self.not_constant(e.span),
                }
            }
            ExprKind::Error => return None,
            _ => return self.not_constant(e.span),
        })
    }

    fn operate(&mut self, op: BinaryOp, a: Constant, b: Constant, span: Span) -> Option<Constant> {
        use Constant::{Bool, Int};
        let (a, b) = match (a, b) {
            (Int(a), Int(b)) => (a, b),
            (Bool(a), Bool(b)) => {
                return Some(Bool(match op {
                    BinaryOp::And => a && b,
                    BinaryOp::Or => a || b,
                    BinaryOp::Implies => !a || b,
                    BinaryOp::Equal => a == b,
                    BinaryOp::NotEqual => a != b,
                    _ => return self.not_constant(span),
                }));
            }
            _ => return self.not_constant(span),
        };
        let value = match op {
            BinaryOp::Add => a.checked_add(b),
            BinaryOp::Subtract => a.checked_sub(b),
            BinaryOp::Multiply => a.checked_mul(b),
            BinaryOp::Divide => floor_div(a, b),
            BinaryOp::Remainder => floor_div(a, b).map(|q| a.wrapping_sub(q.wrapping_mul(b))),
            BinaryOp::Equal => return Some(Bool(a == b)),
            BinaryOp::NotEqual => return Some(Bool(a != b)),
            BinaryOp::Less => return Some(Bool(a < b)),
            BinaryOp::LessEqual => return Some(Bool(a <= b)),
            BinaryOp::Greater => return Some(Bool(a > b)),
            BinaryOp::GreaterEqual => return Some(Bool(a >= b)),
            _ => return self.not_constant(span),
        };
        value.or_else(|| self.overflow(span)).map(Int)
    }

    fn named(&mut self, name: &str, span: Span) -> Option<Constant> {
        let meaning = self.names.values(name).first().map(|(m, _)| *m);
        match meaning {
            Some(Meaning::Param(i)) => {
                self.from_params = true;
                Some(Constant::Int(self.program.params[i].value))
            }
            Some(Meaning::Broken) => None,
            Some(_) => self.not_constant(span),
            None => {
                let d = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("unknown name `{name}`"));
                let near = self.names.nearest(name, std::iter::empty()).map(str::to_owned);
                self.report(match near {
                    Some(near) => d.meant(&near),
                    None => d.help(format!("declare it: `param {name} = 3`")),
                });
                None
            }
        }
    }

    fn not_constant<T>(&mut self, span: Span) -> Option<T> {
        let d = Diagnostic::error(codes::NOT_CONSTANT, span, "expected a constant integer");
        self.report(d.help("constants are made of integers and parameters"));
        None
    }

    fn overflow<T>(&mut self, span: Span) -> Option<T> {
        self.error(codes::OUT_OF_RANGE, span, "this constant has no value: it overflows or divides by zero");
        None
    }
}

/// Division that rounds towards negative infinity.
pub(super) fn floor_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}
