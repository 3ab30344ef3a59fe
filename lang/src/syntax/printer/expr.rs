//! Expressions and types as text, with no more parentheses than the grammar needs.
//!
//! Enters: trees. Leaves: one line of text each.

use crate::syntax::token::Body;
use crate::syntax::tree::*;
use crate::syntax::words;

/// How tightly an expression binds: an operand at some level may be printed bare if it binds at least so tightly.
const IMPLIES: u8 = 0;
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const RANGE: u8 = 5;
const ADD: u8 = 6;
const MULTIPLY: u8 = 7;
const NEGATE: u8 = 8;
const ATOM: u8 = 9;

/// What may follow the expression: nothing that its last part could swallow, or anything.
#[derive(Clone, Copy, PartialEq)]
enum Edge {
    Free,
    Closed,
}

/// An expression where any is allowed.
pub(super) fn expr(e: &Expr) -> String {
    at(e, IMPLIES, Edge::Free)
}

/// A number or other sum, where comparisons are not.
pub(super) fn operand(e: &Expr) -> String {
    at(e, ADD, Edge::Closed)
}

/// A set, as in `x in S`.
pub(super) fn set_of(e: &Expr) -> String {
    at(e, RANGE, Edge::Closed)
}

/// An expression that starts a form or a cell, where some words and marks would be read as something else.
pub(super) fn standing(e: &Expr, body: Body) -> String {
    let text = expr(e);
    let word: &str = text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    if text.starts_with('-') || words::is_head(body, word) { format!("({text})") } else { text }
}

pub(super) fn binder(b: &Binder) -> String {
    let filter = b.filter.as_ref().map_or(String::new(), |f| {
        let bare = expr(f);
        let text = if asks_for_more(f) { format!("({bare})") } else { bare };
        format!(" where {text}")
    });
    format!("{} in {}{filter}", b.name.text, set_of(&b.set))
}

/// `x in S`, or only `x`.
pub(super) fn place_of(place: &Place) -> String {
    match &place.set {
        Some(set) => format!("{} in {}", place.name.text, set_of(set)),
        None => place.name.text.clone(),
    }
}

pub(super) fn fields(fields: &[(Name, Expr)]) -> String {
    let each: Vec<String> = fields.iter().map(|(name, e)| format!("{}: {}", name.text, expr(e))).collect();
    format!("{{ {} }}", each.join(", "))
}

/// A string literal.
pub(super) fn text(value: &str) -> String {
    let mut out = String::from('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

pub(super) fn list(list: &[Expr]) -> String {
    list.iter().map(expr).collect::<Vec<_>>().join(", ")
}

pub(super) fn ty(t: &TypeExpr) -> String {
    match &t.kind {
        TypeExprKind::Name(name) => name.clone(),
        TypeExprKind::Range(low, high) => format!("{}..{}", operand(low), operand(high)),
        TypeExprKind::Option(of) => format!("{}?", ty(of)),
        TypeExprKind::Set(of) => format!("set<{}>", ty(of)),
        TypeExprKind::List(of, max) => format!("list<{}, {}>", ty(of), operand(max)),
        TypeExprKind::Bag(of, max) => format!("bag<{}, {}>", ty(of), operand(max)),
        TypeExprKind::Map(key, value) => format!("map<{} -> {}>", ty(key), ty(value)),
        TypeExprKind::Error => "_".to_string(),
    }
}

fn level(kind: &ExprKind) -> u8 {
    match kind {
        ExprKind::Binary(op, ..) => level_of(*op),
        ExprKind::Unary(UnaryOp::Not, _) => NOT,
        ExprKind::Unary(UnaryOp::Negate, _) => NEGATE,
        ExprKind::Range(..) => RANGE,
        _ => ATOM,
    }
}

fn level_of(op: BinaryOp) -> u8 {
    use BinaryOp::*;
    match op {
        Implies => IMPLIES,
        Or => OR,
        And => AND,
        Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual | In | NotIn => COMPARE,
        Add | Subtract => ADD,
        Multiply | Divide | Remainder | Intersect => MULTIPLY,
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    use BinaryOp::*;
    match op {
        Implies => "implies",
        Or => "or",
        And => "and",
        Equal => "==",
        NotEqual => "!=",
        Less => "<",
        LessEqual => "<=",
        Greater => ">",
        GreaterEqual => ">=",
        In => "in",
        NotIn => "not in",
        Add => "+",
        Subtract => "-",
        Multiply => "*",
        Divide => "/",
        Remainder => "%",
        Intersect => "&",
    }
}

/// Quantifiers, `if` and `let` take all that follows them.
fn is_open(kind: &ExprKind) -> bool {
    matches!(kind, ExprKind::Quantified(..) | ExprKind::If(..) | ExprKind::Let(..))
}

/// Whether an expression needs parentheses where `least` and `edge` are asked for.
fn encloses(e: &Expr, least: u8, edge: Edge) -> bool {
    if is_open(&e.kind) { edge == Edge::Closed } else { level(&e.kind) < least }
}

fn at(e: &Expr, least: u8, edge: Edge) -> String {
    if encloses(e, least, edge) { format!("({})", bare(e, Edge::Free)) } else { bare(e, edge) }
}

fn bare(e: &Expr, edge: Edge) -> String {
    match &e.kind {
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Int(n) => n.to_string(),
        ExprKind::None => "none".to_string(),
        ExprKind::Quiescent => "quiescent".to_string(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Field(of, name) => format!("{}.{}", at(of, ATOM, Edge::Closed), name.text),
        ExprKind::Index(of, i) => format!("{}[{}]", at(of, ATOM, Edge::Closed), expr(i)),
        ExprKind::Slice(of, from, to) => {
            let end = |e: &Option<Box<Expr>>| e.as_ref().map_or(String::new(), |e| operand(e));
            format!("{}[{}..{}]", at(of, ATOM, Edge::Closed), end(from), end(to))
        }
        ExprKind::Call(f, args) => format!("{}({})", f.text, list(args)),
        ExprKind::Unary(UnaryOp::Not, of) => format!("not {}", at(of, NOT, edge)),
        ExprKind::Unary(UnaryOp::Negate, of) => format!("-{}", at(of, NEGATE, edge)),
        ExprKind::Binary(op, a, b) => binary(*op, a, b, edge),
        ExprKind::Range(a, b) => format!("{}..{}", at(a, ADD, Edge::Closed), at(b, ADD, edge)),
        ExprKind::If(c, a, b) => format!("if {} then {} else {}", expr(c), expr(a), expr(b)),
        ExprKind::Let(name, value, body) => {
            let bare = expr(value);
            let value = if asks_membership(value) { format!("({bare})") } else { bare };
            format!("let {} = {value} in {}", name.text, expr(body))
        }
        ExprKind::Quantified(Quantifier::First, b, key) => {
            let key = key.as_ref().map_or(String::new(), |key| format!(" by {}", expr(key)));
            format!("first {}{key}", binder(b))
        }
        ExprKind::Quantified(q, b, body) => {
            let body = body.as_ref().map_or(String::new(), |body| format!(": {}", expr(body)));
            format!("{} {}{body}", quantifier(*q), binder(b))
        }
        ExprKind::MapOf(k, v, b) => format!("{{ {} -> {} for {} }}", expr(k), expr(v), binder(b)),
        ExprKind::InFlight(f, flight) => format!("{}({})", f.text, self::flight(flight)),
        ExprKind::SetOf(e, b) => format!("{{ {} for {} }}", expr(e), binder(b)),
        ExprKind::ListOf(e, b) => format!("[{} for {}]", expr(e), binder(b)),
        ExprKind::Set(items) => format!("{{{}}}", list(items)),
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Map(pairs) => {
            let each: Vec<String> =
                pairs.iter().map(|(k, v)| format!("{} -> {}", expr(k), expr(v))).collect();
            format!("{{ {} }}", each.join(", "))
        }
        ExprKind::Record(name, of) => format!("{} {}", name.text, fields(of)),
        ExprKind::Old(of) => format!("old({})", expr(of)),
        ExprKind::Error => "_".to_string(),
    }
}

fn flight(f: &Flight) -> String {
    let end = |word: &str, e: &Option<Expr>| {
        e.as_ref().map_or(String::new(), |e| format!(" {word} {}", operand(e)))
    };
    let filter = f.filter.as_ref().map_or(String::new(), |f| format!(" where {}", expr(f)));
    format!("{}{}{}{filter}", f.message.text, end("from", &f.from), end("to", &f.to))
}

/// How tightly the left and the right operand must bind.
fn operand_levels(op: BinaryOp) -> (u8, u8) {
    match level_of(op) {
        IMPLIES => (OR, IMPLIES),
        COMPARE => (RANGE, RANGE),
        own => (own, own + 1),
    }
}

fn binary(op: BinaryOp, a: &Expr, b: &Expr, edge: Edge) -> String {
    let (left, right) = operand_levels(op);
    format!("{} {} {}", at(a, left, Edge::Closed), symbol(op), at(b, right, edge))
}

fn quantifier(q: Quantifier) -> &'static str {
    match q {
        Quantifier::All => "all",
        Quantifier::Some => "some",
        Quantifier::Count => "count",
        Quantifier::Sum => "sum",
        Quantifier::Min => "min",
        Quantifier::Max => "max",
        Quantifier::First => "first",
    }
}

/// The parts of an expression that are printed without brackets around them, except for the value of a `let` and the
/// filter of a binder.
fn bare_parts(e: &Expr) -> Vec<&Expr> {
    fn part(e: &Expr, least: u8, edge: Edge) -> Option<&Expr> {
        (!encloses(e, least, edge)).then_some(e)
    }
    match &e.kind {
        ExprKind::Unary(UnaryOp::Not, a) => part(a, NOT, Edge::Free).into_iter().collect(),
        ExprKind::Unary(UnaryOp::Negate, a) => part(a, NEGATE, Edge::Free).into_iter().collect(),
        ExprKind::Binary(op, a, b) => {
            let (left, right) = operand_levels(*op);
            part(a, left, Edge::Closed).into_iter().chain(part(b, right, Edge::Free)).collect()
        }
        ExprKind::Range(_, b) => part(b, ADD, Edge::Free).into_iter().collect(),
        ExprKind::If(a, b, c) => vec![a, b, c],
        ExprKind::Quantified(_, _, body) => body.iter().map(|b| &**b).collect(),
        ExprKind::Let(_, _, body) => vec![body],
        _ => Vec::new(),
    }
}

/// `count x in S: P` or `first x in S` bare in a filter: the colon of the one would be taken for that of the quantifier
/// around it, and the `by` behind the filter for one of the other.
fn asks_for_more(e: &Expr) -> bool {
    let value = match &e.kind {
        ExprKind::Quantified(Quantifier::Count, _, Some(_)) => return true,
        ExprKind::Quantified(Quantifier::First, ..) => return true,
        ExprKind::Let(_, value, _) => asks_for_more(value),
        _ => false,
    };
    value || bare_parts(e).into_iter().any(asks_for_more)
}

/// `a in S` bare in the value of a `let`: its `in` would be taken for that of the `let`.
fn asks_membership(e: &Expr) -> bool {
    let filter = match &e.kind {
        ExprKind::Binary(BinaryOp::In, ..) => return true,
        ExprKind::Quantified(_, b, _) => b.filter.as_ref().is_some_and(asks_membership),
        _ => false,
    };
    filter || bare_parts(e).into_iter().any(asks_membership)
}
