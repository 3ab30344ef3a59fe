//! Statements, types and expressions, as written.
//!
//! Enters: nothing (data only). Leaves: parts of the tree.

use super::*;

/// `x in S [where P]`
#[derive(Debug, Clone)]
pub struct Binder {
    pub name: Name,
    pub set: Expr,
    pub filter: Option<Expr>,
    pub span: Span,
}

/// `{ stmt… }`
#[derive(Debug, Clone, Default)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    pub span: Span,
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

/// The statements.
#[derive(Debug, Clone)]
pub enum StmtKind {
    /// `place := e`, `place += e`, `place -= e`
    Assign { place: Expr, op: AssignOp, value: Expr },
    /// `place.push(e)`, `.add(e)`, `.remove(e)`, `.pop()`, `.clear()`
    Mutate { place: Expr, method: Name, args: Vec<Expr> },
    /// `if c { … } [else if c { … }]… [else { … }]`
    If { condition: Expr, then: Block, otherwise: Option<Block> },
    /// `for x in S [where P] { … }`
    For { binder: Binder, body: Block },
    /// `let x = e`
    Let { name: Name, value: Expr },
    /// `choose x in S [where P] { … }`
    Choose { binder: Binder, body: Block },
    /// `send MESSAGE [{ field: e, … }] to e`
    Send { message: Name, fields: Vec<(Name, Expr)>, to: Expr },
    /// `require P`
    Require(Expr),
    /// Reported.
    Error,
}

/// How a place changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignOp {
    /// `:=`
    Set,
    /// `+=`
    Add,
    /// `-=`
    Subtract,
}

/// A type as written.
#[derive(Debug, Clone)]
pub struct TypeExpr {
    pub kind: TypeExprKind,
    pub span: Span,
}

/// The types.
#[derive(Debug, Clone)]
pub enum TypeExprKind {
    /// `bool` or a declared name
    Name(String),
    /// `lo..hi`, both inclusive
    Range(Box<Expr>, Box<Expr>),
    /// `T?`
    Option(Box<TypeExpr>),
    /// `set<T>`
    Set(Box<TypeExpr>),
    /// `list<T, max>`, `bag<T, max>`
    List(Box<TypeExpr>, Box<Expr>),
    /// See `List`.
    Bag(Box<TypeExpr>, Box<Expr>),
    /// `map<K -> V>`
    Map(Box<TypeExpr>, Box<TypeExpr>),
    /// Reported.
    Error,
}

/// `M [from a] [to b] [where P]`: messages under way, whose fields P sees by name.
#[derive(Debug, Clone)]
pub struct Flight {
    pub message: Name,
    pub from: Option<Expr>,
    pub to: Option<Expr>,
    pub filter: Option<Expr>,
}

impl Flight {
    /// Everything in it that is an expression.
    pub fn parts(&self) -> impl Iterator<Item = &Expr> {
        self.from.iter().chain(&self.to).chain(&self.filter)
    }
}

/// An expression. `depth` is the height of its tree; the parser refuses to build above [`MAX_DEPTH`].
#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
    pub depth: u32,
}

/// No expression is deeper than this, so recursion over trees is safe on an ordinary stack.
pub const MAX_DEPTH: u32 = 200;

/// Precedence, loosest first: `implies` (right) · `or` · `and` · `not` · comparison and `in` (not associative) · `+ - ` · `* / % &` · unary `-` · postfix.
/// Quantifiers, `let` and `if` extend as far right as they can.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// `42`, without a sign
    Int(i64),
    /// `none`
    None,
    /// `quiescent`
    Quiescent,
    /// Any name that is not called.
    Name(String),
    /// `e.name`
    Field(Box<Expr>, Name),
    /// `e[i]`
    Index(Box<Expr>, Box<Expr>),
    /// `e[a..b]`, half-open, either end optional
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `f(e, …)`: a `def` or a built-in
    Call(Name, Vec<Expr>),
    /// `not e`, `-e`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `let x = e in body`
    Let(Name, Box<Expr>, Box<Expr>),
    /// `all|some|count|sum|min|max x in S [where P]: e`. `count x in S where P` has no body; `first x in S where P by e`.
    Quantified(Quantifier, Box<Binder>, Option<Box<Expr>>),
    /// `{ x -> e for x in S [where P] }`
    MapOf(Box<Expr>, Box<Expr>, Box<Binder>),
    /// `in_flight(M from a to b where P)`; `in_flight(M)` is a call.
    InFlight(Name, Box<Flight>),
    /// `{ e for x in S [where P] }`
    SetOf(Box<Expr>, Box<Binder>),
    /// `[ e for x in S [where P] ]`: in the canonical order of S
    ListOf(Box<Expr>, Box<Binder>),
    /// `{ a, b }`, `{}`
    Set(Vec<Expr>),
    /// `[ a, b ]`, `[]`
    List(Vec<Expr>),
    /// `{ k -> v, … }`, and `{ K -> v }` with a type K for every key
    Map(Vec<(Expr, Expr)>),
    /// `Entry { field: e, … }`
    Record(Name, Vec<(Name, Expr)>),
    /// `lo..hi` as a set of integers, both inclusive
    Range(Box<Expr>, Box<Expr>),
    /// `old(e)`
    Old(Box<Expr>),
    /// Reported.
    Error,
}

/// The operators before an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Negate,
}

/// The operators between operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `implies`
    Implies,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// integers; union of sets; concatenation of lists
    Add,
    /// integers; difference of sets
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `&`: intersection of sets
    Intersect,
}

/// The words before a binder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// `all`
    All,
    /// `some`
    Some,
    /// `count`
    Count,
    /// `sum`
    Sum,
    /// `min`
    Min,
    /// `max`
    Max,
    First,
}
