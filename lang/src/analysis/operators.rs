//! Operators: what they take, and the interval of what they give.
//!
//! Enters: operands. Leaves: typed operations. Integers carry the interval of their possible values (interval
//! arithmetic, saturating at 64 bits), so that a range is known wherever a value is stored.

use super::check::{Checker, Unified};
use super::constant::floor_div;
use super::names::Meaning;
use super::program::{BinaryOp, Expr, ExprKind, Type, TypeId};
use super::sought::Needed;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::printer;
use crate::syntax::tree::{self, BinaryOp as Tree, ExprKind as TreeKind, UnaryOp};

/// The operands of `+`, `-` or `&` as they stand there, or those of `+=` and `-=`.
pub(super) struct Written<'t> {
    pub left: &'t tree::Expr,
    pub right: &'t tree::Expr,
    pub assigned: bool,
}

impl Written<'_> {
    /// The same with the right operand in brackets.
    fn with(&self, sign: &str, [open, close]: [&str; 2]) -> String {
        let (left, right) = (printer::operand(self.left), printer::expression(self.right));
        let sign = if self.assigned { format!("{sign}=") } else { sign.to_owned() };
        format!("{left} {sign} {open}{right}{close}")
    }
}

impl Checker<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: &tree::Expr, span: Span) -> Expr {
        match op {
            UnaryOp::Not => {
                let operand = self.condition(operand);
                self.bool_expr(ExprKind::Not(Box::new(operand)), span)
            }
            UnaryOp::Negate => {
                let operand = self.integer(operand);
                if let ExprKind::Int(n) = operand.kind {
                    let n = n.saturating_neg();
                    return self.int_expr(ExprKind::Int(n), n, n, span);
                }
                let Some((lo, hi)) = self.bounds(operand.ty) else { return self.broken(span) };
                let (lo, hi) = (hi.saturating_neg(), lo.saturating_neg());
                self.int_expr(ExprKind::Negate(Box::new(operand)), lo, hi, span)
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        op: Tree,
        a: &tree::Expr,
        b: &tree::Expr,
        span: Span,
        hint: Option<TypeId>,
    ) -> Expr {
        match op {
            Tree::Or | Tree::And | Tree::Implies => {
                if let Some(d) = self.no_conditions(op, (a, b), span, hint) {
                    return self.wrong(d);
                }
                let (a, b) = (self.condition(a), self.condition(b));
                let op = match op {
                    Tree::Or => BinaryOp::Or,
                    Tree::And => BinaryOp::And,
                    _ => BinaryOp::Implies,
                };
                self.bool_expr(ExprKind::Binary(op, Box::new(a), Box::new(b)), span)
            }
            Tree::Equal => self.equality(BinaryOp::Equal, a, b, span),
            Tree::NotEqual => self.equality(BinaryOp::NotEqual, a, b, span),
            Tree::Less | Tree::LessEqual | Tree::Greater | Tree::GreaterEqual => {
                self.ordering(op, a, b, span)
            }
            Tree::In => self.membership(a, b, "in", span),
            Tree::NotIn => {
                let inside = self.membership(a, b, "not in", span);
                self.bool_expr(ExprKind::Not(Box::new(inside)), span)
            }
            Tree::Add | Tree::Subtract | Tree::Intersect => {
                let hint = hint.filter(|h| matches!(self.get(*h), Type::Set(_) | Type::List { .. }));
                let written = Written { left: a, right: b, assigned: false };
                let (a, b) = self.both(a, b, hint);
                self.combine(op, a, b, written, span)
            }
            Tree::Multiply | Tree::Divide | Tree::Remainder => {
                let (a, b) = (self.integer(a), self.integer(b));
                self.arithmetic(op, a, b, span)
            }
        }
    }

    /// `n == 1 or 2`, and `o or 0` where a number is needed.
    fn no_conditions(
        &mut self,
        op: Tree,
        (a, b): (&tree::Expr, &tree::Expr),
        span: Span,
        hint: Option<TypeId>,
    ) -> Option<Diagnostic> {
        if let Some((of, values)) = self.alternatives(op, a, b) {
            let word = if op == Tree::Or { "in" } else { "not in" };
            let text = format!("{} {word} {{{}}}", printer::operand(of), values.join(", "));
            let words = format!("`{}` is a value, and no condition", printer::expression(b));
            let d = Diagnostic::error(codes::MISMATCH, b.span, words);
            let help = format!("for several values write `{text}`");
            return Some(d.fix(span, text, help));
        }
        let inner = self.program.types.inner(hint?);
        if op != Tree::Or || matches!(self.get(inner), Type::Bool | Type::Error) {
            return None;
        }
        let (option, other) = (printer::operand(a), printer::operand(b));
        let d = Diagnostic::error(codes::MISMATCH, span, "`or` joins conditions");
        let text = format!("if {option} == none then {other} else {option}");
        let help = format!("for a value in place of `none` write `{text}`");
        Some(d.fix(span, text, help))
    }

    /// What is compared in `n == 1 or 2 or 3` (`n != 1 and 2 and 3`), and with which values.
    fn alternatives<'t>(
        &self,
        op: Tree,
        a: &'t tree::Expr,
        b: &tree::Expr,
    ) -> Option<(&'t tree::Expr, Vec<String>)> {
        let comparison = if op == Tree::Or { Tree::Equal } else { Tree::NotEqual };
        let value = match &b.kind {
            TreeKind::Int(_) => true,
            TreeKind::Name(name) => {
                let constant =
                    |m: &Meaning| matches!(m, Meaning::Variant(..) | Meaning::Member(..) | Meaning::Param(_));
                !self.locals.iter().any(|l| l.name == *name)
                    && self.names.values(name).iter().any(|(m, _)| constant(m))
            }
            _ => false,
        };
        if !value || op == Tree::Implies {
            return None;
        }
        let (of, mut values) = match &a.kind {
            TreeKind::Binary(found, of, first) if *found == comparison => {
                (&**of, vec![printer::expression(first)])
            }
            TreeKind::Binary(found, left, right) if *found == op => self.alternatives(op, left, right)?,
            _ => return None,
        };
        values.push(printer::expression(b));
        Some((of, values))
    }

    fn equality(&mut self, op: BinaryOp, a: &tree::Expr, b: &tree::Expr, span: Span) -> Expr {
        let (left, right) = self.both(a, b, None);
        for (written, other) in [(a, &right), (b, &left)] {
            if matches!(written.kind, TreeKind::None)
                && !matches!(self.get(other.ty), Type::Option(_) | Type::Error)
            {
                let name = self.type_name(other.ty);
                let d = Diagnostic::error(
                    codes::MISMATCH,
                    other.span,
                    format!("expected an option, found {name}"),
                )
                .label("never `none`");
                return self.wrong(d.help(format!("declare it as `{name}?`")));
            }
        }
        self.decided(op, (a, b), (&left, &right), span);
        match self.unified(left, right, "") {
            Some(Unified { a, b, .. }) => {
                self.bool_expr(ExprKind::Binary(op, Box::new(a), Box::new(b)), span)
            }
            None => self.broken(span),
        }
    }

    /// `<` and its relatives on integers; `<=` and `>=` on sets are subset and superset.
    fn ordering(&mut self, op: Tree, a: &tree::Expr, b: &tree::Expr, span: Span) -> Expr {
        let written = (a, b);
        let (a, b) = self.both(a, b, None);
        let (a, b) = (self.opened(a), self.opened(b));
        let op = match (op, self.get(a.ty), self.get(b.ty)) {
            (_, Type::Error, _) | (_, _, Type::Error) => return self.broken(span),
            (Tree::LessEqual | Tree::GreaterEqual, Type::Set(_), Type::Set(_)) => {
                if !self.program.types.fits(a.ty, b.ty) {
                    let expected = self.found(a.ty);
                    return self.mismatch(b.span, &expected, b.ty);
                }
                let (a, b) = if op == Tree::LessEqual { (a, b) } else { (b, a) };
                return self.bool_expr(ExprKind::Binary(BinaryOp::Subset, Box::new(a), Box::new(b)), span);
            }
            (_, Type::Set(_), Type::Set(_)) => {
                let d = Diagnostic::error(
                    codes::MISMATCH,
                    span,
                    "sets are compared with `<=`, `>=`, `==` and `!=`",
                );
                return self.wrong(d.help("for a proper subset write `a <= b and a != b`"));
            }
            (_, left, right) if left == right && !matches!(left, Type::Int { .. }) => {
                return self.no_order(&a, &left, (written.0, op, written.1), span);
            }
            (Tree::Less, ..) => BinaryOp::Less,
            (Tree::LessEqual, ..) => BinaryOp::LessEqual,
            (Tree::Greater, ..) => BinaryOp::Greater,
            _ => BinaryOp::GreaterEqual,
        };
        self.decided(op, written, (&a, &b), span);
        let (a, b) = (self.as_integer(a), self.as_integer(b));
        self.bool_expr(ExprKind::Binary(op, Box::new(a), Box::new(b)), span)
    }

    fn no_order(
        &mut self,
        a: &Expr,
        ty: &Type,
        (left, op, right): (&tree::Expr, Tree, &tree::Expr),
        span: Span,
    ) -> Expr {
        let name = self.type_name(a.ty);
        let d = Diagnostic::error(codes::MISMATCH, span, format!("values of type {name} have no order"));
        let sign = match op {
            Tree::Less => "<",
            Tree::LessEqual => "<=",
            Tree::Greater => ">",
            _ => ">=",
        };
        let (left, right) = (printer::expression(left), printer::expression(right));
        let positions = format!("index({left}) {sign} index({right})");
        self.wrong(match ty {
            Type::Node(_) => {
                let words =
                    format!("as they are numbered: `{positions}`; or by a field: `a.FIELD < b.FIELD`");
                d.fix(span, positions, words)
            }
            Type::Enum(_) => {
                let words = format!("as they are declared: `{positions}`");
                d.fix(span, positions, words)
            }
            Type::List { .. } => d.help("compare lengths: `len(a) < len(b)`; a prefix: `is_prefix(a, b)`"),
            Type::Bool => d.help("write `not a and b`, or `a implies b`"),
            _ => d.help("a number for each can be compared: `def rank(x: TYPE) = EXPR`"),
        })
    }

    /// `x in S`. An optional x is in S where it is there and its value is.
    fn membership(&mut self, a: &tree::Expr, b: &tree::Expr, word: &str, span: Span) -> Expr {
        let tree = (a, b);
        if let Some(set) = self.range_in_brackets(b) {
            let element = self.element(set.ty);
            self.infer(a, element);
            return self.broken(span);
        }
        let literal = matches!(b.kind, TreeKind::Set(_) | TreeKind::List(_) | TreeKind::SetOf(..));
        let (a, b) = if literal && !self.needs_hint(a) {
            let a = self.infer(a, None);
            let element = self.program.types.inner(a.ty);
            let hint = match b.kind {
                TreeKind::List(_) => self.ty(Type::List { element, max: 0 }),
                _ => self.ty(Type::Set(element)),
            };
            (a, self.infer(b, Some(hint)))
        } else {
            if self.points_at(b) {
                let a = self.infer(a, None);
                let element = self.program.types.inner(a.ty);
                self.seek(b, Needed::SetOf(element));
            }
            let b = self.infer(b, None);
            let b = self.opened(b);
            let hint = self.element(b.ty);
            (self.infer(a, hint), b)
        };
        let b = self.opened(b);
        let Some(element) = self.element(b.ty) else {
            let turned = self.element(a.ty).is_some_and(|of| self.program.types.fits(of, b.ty));
            let before = self.diagnostics.len();
            let broken = self.mismatch(b.span, "a set, list or bag", b.ty);
            if turned && let Some(d) = self.diagnostics.get_mut(before) {
                let text = format!("{} {word} {}", printer::operand(tree.1), printer::operand(tree.0));
                let words = format!("the element comes first: `{text}`");
                *d = d.clone().fix(span, text, words);
            }
            return broken;
        };
        if self.program.types.fits(element, a.ty) {
            return self.bool_expr(ExprKind::Binary(BinaryOp::In, Box::new(a), Box::new(b)), span);
        }
        let inner = self.program.types.inner(a.ty);
        if let (Type::Set(part), Type::Set(_)) = (self.get(a.ty), self.get(b.ty))
            && self.program.types.fits(element, part)
        {
            return self.a_set_in_a_set(tree, &a, element);
        }
        if inner == a.ty || !self.program.types.fits(element, inner) {
            let a = self.coerce(a, element);
            return self.bool_expr(ExprKind::Binary(BinaryOp::In, Box::new(a), Box::new(b)), span);
        }
        let at = a.span;
        let none = Expr { kind: ExprKind::None, ty: a.ty, span: at };
        let there = ExprKind::Binary(BinaryOp::NotEqual, Box::new(a.clone()), Box::new(none));
        let there = self.bool_expr(there, at);
        let value = self.opened(a);
        let inside = ExprKind::Binary(BinaryOp::In, Box::new(value), Box::new(b));
        let inside = self.bool_expr(inside, span);
        self.bool_expr(ExprKind::Binary(BinaryOp::And, Box::new(there), Box::new(inside)), span)
    }

    /// `{x} in s`: an element is in a set, and a set a part of it.
    fn a_set_in_a_set(&mut self, (a, b): (&tree::Expr, &tree::Expr), found: &Expr, element: TypeId) -> Expr {
        let (expected, before) = (self.type_name(element), self.diagnostics.len());
        let broken = self.mismatch(a.span, &expected, found.ty);
        let part = format!("{} <= {}", printer::operand(a), printer::operand(b));
        if let Some(d) = self.diagnostics.get_mut(before) {
            let told = d.clone();
            *d = match &a.kind {
                TreeKind::Set(items) if items.len() == 1 => {
                    let one = printer::operand(&items[0]);
                    let words =
                        format!("write `{one}` without braces; whether a whole set is part of it: `{part}`");
                    told.fix(a.span, one, words)
                }
                _ => told.help(format!("whether all of one are in the other: `{part}`")),
            };
        }
        broken
    }

    /// What a set, list or bag consists of.
    pub(super) fn element(&self, ty: TypeId) -> Option<TypeId> {
        match self.get(ty) {
            Type::Set(element) | Type::List { element, .. } | Type::Bag { element, .. } => Some(element),
            Type::Error => Some(ty),
            _ => None,
        }
    }

    /// `+`, `-` and `&`, which mean different things for integers, sets and lists.
    pub(super) fn combine(&mut self, op: Tree, a: Expr, b: Expr, written: Written<'_>, span: Span) -> Expr {
        let (a, b) = (self.opened(a), self.opened(b));
        let (left, right) = (self.get(a.ty), self.get(b.ty));
        let op = match (op, &left, &right) {
            (_, Type::Error, _) | (_, _, Type::Error) => return self.broken(span),
            (Tree::Add | Tree::Subtract, Type::Int { .. }, Type::Int { .. }) => {
                return self.arithmetic(op, a, b, span);
            }
            (Tree::Add, Type::List { .. }, Type::List { .. }) => return self.concat(a, b, span),
            (_, Type::Set(_), Type::Set(_)) => match op {
                Tree::Add => BinaryOp::Union,
                Tree::Subtract => BinaryOp::Difference,
                _ => BinaryOp::Intersect,
            },
            _ => return self.bad_operands(op, &a, &b, written, span),
        };
        let Some(joined) = self.program.types.join(a.ty, b.ty, false) else {
            let expected = self.found(a.ty);
            return self.mismatch(b.span, &expected, b.ty);
        };
        let ty = match (op, self.get(joined)) {
            (BinaryOp::Union, Type::Set(element)) => self.set_type(element, span),
            _ => a.ty,
        };
        Expr { kind: ExprKind::Binary(op, Box::new(a), Box::new(b)), ty, span }
    }

    fn concat(&mut self, a: Expr, b: Expr, span: Span) -> Expr {
        let (Type::List { element, max }, Type::List { element: other, max: more }) =
            (self.get(a.ty), self.get(b.ty))
        else {
            return self.broken(span);
        };
        let Some(element) = self.program.types.join(element, other, false) else {
            let expected = self.found(a.ty);
            return self.mismatch(b.span, &expected, b.ty);
        };
        let ty = self.ty(Type::List { element, max: max.saturating_add(more) });
        Expr { kind: ExprKind::Binary(BinaryOp::Concat, Box::new(a), Box::new(b)), ty, span }
    }

    fn bad_operands(&mut self, op: Tree, a: &Expr, b: &Expr, written: Written<'_>, span: Span) -> Expr {
        let sign = match op {
            Tree::Add => "+",
            Tree::Subtract => "-",
            _ => "&",
        };
        let (left, right) = (self.found(a.ty), self.found(b.ty));
        let d =
            Diagnostic::error(codes::OPERANDS, span, format!("`{sign}` cannot combine {left} and {right}"));
        let fits = |c: &mut Self, whole: &Expr, one: &Expr| {
            c.element(whole.ty).is_some_and(|element| c.program.types.fits(element, one.ty))
        };
        let d = match (self.get(a.ty), op) {
            (Type::Set(_), _) if fits(self, a, b) => {
                let text = written.with(sign, ["{", "}"]);
                let words = format!("one element stands in braces: `{text}`");
                d.fix(span, text, words)
            }
            (Type::List { .. }, Tree::Add) if fits(self, a, b) => {
                let text = written.with(sign, ["[", "]"]);
                let words = format!("one element stands in brackets: `{text}`");
                d.fix(span, text, words)
            }
            _ => d.help("`+` and `-` take two integers or two sets, `+` also two lists, `&` two sets"),
        };
        self.wrong(d)
    }

    pub(super) fn arithmetic(&mut self, op: Tree, a: Expr, b: Expr, span: Span) -> Expr {
        let (Some(x), Some(y)) = (self.bounds(a.ty), self.bounds(b.ty)) else { return self.broken(span) };
        let (op, (lo, hi)) = match op {
            Tree::Add => (BinaryOp::Add, (x.0.saturating_add(y.0), x.1.saturating_add(y.1))),
            Tree::Subtract => (BinaryOp::Subtract, (x.0.saturating_sub(y.1), x.1.saturating_sub(y.0))),
            Tree::Multiply => {
                let products = [x.0, x.1].into_iter().flat_map(|m| [y.0, y.1].map(|n| m.saturating_mul(n)));
                (BinaryOp::Multiply, around(products))
            }
            Tree::Divide => (BinaryOp::Divide, quotients(x, y)),
            _ => (BinaryOp::Remainder, remainders(x, y)),
        };
        self.int_expr(ExprKind::Binary(op, Box::new(a), Box::new(b)), lo, hi, span)
    }
}

fn around(values: impl Iterator<Item = i64>) -> (i64, i64) {
    values.fold((i64::MAX, i64::MIN), |(lo, hi), v| (lo.min(v), hi.max(v)))
}

/// Extremes are at the ends of both intervals, and where the divisor is next to 0.
fn quotients(x: (i64, i64), y: (i64, i64)) -> (i64, i64) {
    let divisors = [y.0, y.1, 1, -1].into_iter().filter(|d| *d != 0 && (y.0..=y.1).contains(d));
    let all = divisors.flat_map(|d| [x.0, x.1].map(|n| floor_div(n, d).unwrap_or(i64::MAX)));
    match around(all) {
        (lo, hi) if lo <= hi => (lo, hi),
        _ => (0, 0),
    }
}

/// The remainder has the sign of the divisor (division rounds towards negative infinity).
fn remainders(x: (i64, i64), y: (i64, i64)) -> (i64, i64) {
    let hi = if y.1 > 0 { y.1 - 1 } else { 0 };
    let lo = if y.0 < 0 { y.0 + 1 } else { 0 };
    // A dividend smaller than the divisor stays as it is.
    if x.0 >= 0 && y.0 > 0 { (0, hi.min(x.1)) } else { (lo, hi) }
}
