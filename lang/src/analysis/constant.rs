//! Constants: parameters, sizes and bounds, which are known before anything else is.
//!
//! Enters: expressions over integers, bools, variants and parameters. Leaves: their values.

use super::check::Checker;
use super::expr::too_late;
use super::names::Meaning;
use super::program::{EnumId, ExprKind as Typed, Type};
use super::sought::Needed;
use crate::diag::codes::analysis as codes;
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::tree::{BinaryOp, Expr, ExprKind, Name, UnaryOp};

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Constant {
    Int(i64),
    Bool(bool),
    /// A variant.
    Member(EnumId, u32),
}

impl Checker<'_> {
    /// The value of a constant integer expression; `None` where that has been reported.
    pub(super) fn constant(&mut self, e: &Expr) -> Option<i64> {
        let found = match self.evaluate(e)? {
            Constant::Int(n) => return Some(n),
            Constant::Bool(_) => "bool",
            Constant::Member(id, _) => &self.program.enums[id.index()].name,
        };
        let words = format!("expected a constant integer, found {found}");
        self.error(codes::MISMATCH, e.span, words);
        None
    }

    /// The value of a constant; a variant that several enums have is one of `wanted`.
    pub(super) fn constant_value(&mut self, e: &Expr, wanted: Option<EnumId>) -> Option<Constant> {
        let outer = std::mem::replace(&mut self.wanted, wanted);
        let found = self.evaluate(e);
        self.wanted = outer;
        found
    }

    /// A constant in `lo..=hi`.
    pub(super) fn constant_in(&mut self, e: &Expr, lo: i64, hi: i64, what: &str) -> Option<i64> {
        self.seek_constant(e, Needed::Integer);
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
                _ => return self.not_constant(e.span),
            },
            ExprKind::Unary(UnaryOp::Not, a) => match self.evaluate(a)? {
                Bool(b) => Bool(!b),
                _ => return self.not_constant(e.span),
            },
            ExprKind::If(c, a, b) => match self.evaluate(c)? {
                Bool(true) => return self.evaluate(a),
                Bool(false) => return self.evaluate(b),
                _ => return self.not_constant(c.span),
            },
            ExprKind::Binary(op, a, b) => {
                let (a, b) = self.operands(a, b)?;
                return self.operate(*op, a, b, e.span);
            }
            ExprKind::Field(of, name) => return self.variant_of(of, name, e.span),
            ExprKind::Call(name, args) if matches!(name.text.as_str(), "min" | "max") && args.len() == 2 => {
                match (self.evaluate(&args[0])?, self.evaluate(&args[1])?) {
                    (Int(a), Int(b)) => Int(if name.text == "min" { a.min(b) } else { a.max(b) }),
                    _ => return self.not_constant(e.span),
                }
            }
            ExprKind::Error => return None,
            ExprKind::Range(..) => {
                let d = Diagnostic::error(codes::NOT_CONSTANT, e.span, "expected a number, found a range");
                self.report(d.help("so many, and no range: `node N[3] { }`, `list<TYPE, 3>`"));
                return None;
            }
            _ => return self.not_constant(e.span),
        })
    }

    /// Two values of one type, as far as can be told: a variant is of the enum of the other.
    fn operands(&mut self, a: &Expr, b: &Expr) -> Option<(Constant, Constant)> {
        let left = self.constant_value(a, None)?;
        let id = |constant| match constant {
            Constant::Member(id, _) => Some(id),
            Constant::Int(_) | Constant::Bool(_) => None,
        };
        let right = self.constant_value(b, id(left))?;
        let left = if id(left) == id(right) { left } else { self.constant_value(a, id(right))? };
        Some((left, right))
    }

    /// `Mode.strict`
    fn variant_of(&mut self, of: &Expr, name: &Name, span: Span) -> Option<Constant> {
        let ExprKind::Name(of) = &of.kind else { return self.not_constant(span) };
        let Some(Type::Enum(id)) = self.meaning_of_type(of).map(|ty| self.get(ty)) else {
            return self.not_constant(span);
        };
        let known = self.program.enums[id.index()].variants.clone();
        match known.iter().position(|v| *v == name.text) {
            Some(i) => Some(Constant::Member(id, i as u32)),
            None => {
                self.unknown_field(name, &format!("enum {of}"), "variant", &known);
                None
            }
        }
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
            (Constant::Member(of, a), Constant::Member(other, b)) if of == other => {
                return match op {
                    BinaryOp::Equal => Some(Bool(a == b)),
                    BinaryOp::NotEqual => Some(Bool(a != b)),
                    _ => self.not_constant(span),
                };
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
        let meanings = self.names.values(name);
        let wanted = |m: &Meaning| matches!(m, Meaning::Variant(id, _) if Some(*id) == self.wanted);
        let meaning = meanings.iter().map(|(m, _)| *m).find(wanted).or(meanings.first().map(|(m, _)| *m));
        match meaning {
            Some(Meaning::Param(i)) => {
                self.from_params = true;
                let value = &self.program.params[i].value;
                match (&value.kind, self.get(value.ty)) {
                    (Typed::Int(n), _) => Some(Constant::Int(*n)),
                    (Typed::Bool(b), _) => Some(Constant::Bool(*b)),
                    (Typed::Member(i), Type::Enum(id)) => Some(Constant::Member(id, *i)),
                    _ => {
                        self.report(too_late(name, span));
                        None
                    }
                }
            }
            Some(Meaning::Variant(id, i)) => Some(Constant::Member(id, i)),
            Some(Meaning::Late) => {
                self.report(too_late(name, span));
                None
            }
            Some(Meaning::Broken) => None,
            Some(_) => self.not_constant(span),
            None => {
                let d = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("unknown name `{name}`"));
                let near = match self.wanted {
                    Some(id) => {
                        let variants = self.program.enums[id.index()].variants.iter();
                        nearest(name, variants.map(String::as_str)).map(str::to_owned)
                    }
                    None => self.names.nearest(name, std::iter::empty()).map(str::to_owned),
                };
                self.report(match (near, self.wanted) {
                    (Some(near), _) => d.meant(&near),
                    (None, Some(id)) => {
                        let known = &self.program.enums[id.index()];
                        d.help(format!("{} has: {}", known.name, known.variants.join(", ")))
                    }
                    (None, None) => d.help(format!("declare it: `param {name} = 3`")),
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
