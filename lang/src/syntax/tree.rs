//! The syntax tree: what the grammar produces, with a span on everything and every name still unresolved.
//!
//! Enters: nothing (data only). Leaves: the tree, to the printer and to `analysis`.
//! The comment above each type is its concrete syntax; `[x]` is optional, `x…` repeats, words in quotes are literal.
//! Layout never matters: a newline is white space, and statements, clauses and members need no separator
//! (an optional `;` or `,` is accepted between statements and clauses).
//! All clause words and type words are *soft* keywords: `epoch`, `leader`, `scope` and so on remain usable as names.

#![expect(missing_docs, reason = "the concrete syntax above a type or variant names its parts, in order")]

mod code;
mod commands;

use crate::concepts::{ConceptKind, ExpectedVerdict};
use crate::span::Span;
pub use code::*;
pub use commands::*;
use std::fmt;

/// A name as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// One cell or file: items in source order.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub items: Vec<Item>,
}

/// What a cell is made of.
#[derive(Debug, Clone)]
pub enum Item {
    /// `system NAME { … }`
    System(System),
    /// `extend NAME { member… }`
    Extend(Extend),
    /// `use kafka`
    Use(Name),
    /// `use "lease.rcv"`
    UseFile(Text),
    /// `check NAME`, an expression, …
    Command(Command),
}

/// `[doc] system NAME [from BASE [(arg…)]] ["sentence"] { member… }`
#[derive(Debug, Clone)]
pub struct System {
    pub docs: Option<String>,
    pub name: Name,
    pub base: Option<Target>,
    pub sentence: Option<Text>,
    pub members: Vec<Member>,
    pub span: Span,
}

/// `extend NAME { member… }`
#[derive(Debug, Clone)]
pub struct Extend {
    pub docs: Option<String>,
    pub name: Name,
    pub members: Vec<Member>,
    pub span: Span,
}

/// A system with parameter values: `Kafka`, `Kafka(brokers = 2)`.
#[derive(Debug, Clone)]
pub struct Target {
    pub name: Name,
    pub args: Vec<(Name, Expr)>,
    pub span: Span,
}

/// A string literal, unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub value: String,
    pub span: Span,
}

/// A member of a system, with its doc comment (`///` lines joined by newlines).
#[derive(Debug, Clone)]
pub struct Member {
    pub docs: Option<String>,
    pub kind: MemberKind,
    pub span: Span,
}

/// What a member declares.
#[derive(Debug, Clone)]
pub enum MemberKind {
    /// `param NAME [: TYPE] = EXPR [in LO..HI]` (a constant; without a type an integer)
    Param { name: Name, ty: Option<TypeExpr>, value: Expr, range: Option<(Expr, Expr)> },
    /// `enum NAME [symmetric] { a, b, … }`
    Enum { name: Name, symmetric: bool, variants: Vec<Name> },
    /// `type NAME = TYPE`
    Alias { name: Name, ty: TypeExpr },
    /// `record NAME { field: TYPE, … }`
    Record { name: Name, fields: Vec<FieldDecl> },
    /// `node NAME[COUNT] [symmetric] { [durable|volatile] field: TYPE [= INIT] … }` — `[COUNT]` may be left out (one node).
    /// A field with neither word is durable. Fields are separated by newlines or commas.
    Node { name: Name, count: Option<Expr>, symmetric: bool, fields: Vec<NodeField> },
    /// `state NAME: TYPE [= INIT]`, `ghost NAME: TYPE [= INIT]`, `clock NAME: TYPE [= INIT]`
    State { name: Name, storage: Storage, ty: TypeExpr, init: Option<Init> },
    /// `message NAME [{ field: TYPE, … }]`
    Message { name: Name, fields: Vec<FieldDecl> },
    /// `link NAME: MESSAGE, … between NODE, NODE` (both directions) or `… from NODE to NODE, …`, followed by any of the words
    /// `ordered` `unordered` `lossy` `duplicating` `capacity EXPR` `latency DURATION..DURATION` in any order.
    Link(Link),
    /// `order NAME: TYPE, … ["sentence"] [{ clause… }]`
    Concept(Concept),
    /// `[fair | strongly fair | unfair] action NAME[(p: TYPE, …)] [at x in NODE] [when GUARD] { stmt… }`
    Action(Action),
    /// `[unfair | strongly fair] on MESSAGE from f [in NODE] at b [in NODE] [when GUARD] { stmt… }`
    Handler(Handler),
    /// `on restart at x [in NODE] [when GUARD] { stmt… }`
    Recovery(Recovery),
    /// `def NAME(p: TYPE, …)[: TYPE] = EXPR`
    Def { name: Name, params: Vec<ParamDecl>, ty: Option<TypeExpr>, body: Expr },
    /// `init EXPR`: restricts the initial states (with `any`) to those in which EXPR is true.
    Init(Expr),
    /// `bound EXPR`: exploration is cut where EXPR is false.
    Bound(Expr),
    /// `knows leaders, Broker.log "sentence"`: what steps know at once, and by what.
    Knows { what: Vec<Known>, sentence: Text },
    /// Recovered from a syntax error; already reported.
    Error,
}

/// `leaders`, `Broker.log`, `Broker.up`
#[derive(Debug, Clone)]
pub struct Known {
    pub name: Name,
    pub field: Option<Name>,
    pub span: Span,
}

/// `field: TYPE` of a record or message.
#[derive(Debug, Clone)]
pub struct FieldDecl {
    pub docs: Option<String>,
    pub name: Name,
    pub ty: TypeExpr,
}

/// What becomes of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// `state`, `durable` or no word: it survives a crash.
    Durable,
    /// `volatile`: a crash sets it back.
    Volatile,
    /// `ghost`: for properties only.
    Ghost,
    /// `clock`: time moves it on.
    Clock,
}

/// `[durable | volatile | ghost | clock] field: TYPE [= INIT]`
#[derive(Debug, Clone)]
pub struct NodeField {
    pub docs: Option<String>,
    pub storage: Storage,
    pub name: Name,
    pub ty: TypeExpr,
    pub init: Option<Init>,
    pub span: Span,
}

/// `p: TYPE`
#[derive(Debug, Clone)]
pub struct ParamDecl {
    pub name: Name,
    pub ty: TypeExpr,
}

/// An initial value: `= EXPR`, `= any`, `= any in S where P` (with the candidate named `it` in P), `= any x in S where P`.
#[derive(Debug, Clone)]
pub enum Init {
    /// `= EXPR`
    Value(Expr),
    /// `= view of EXPR [fresh]`, of a field: a copy that lags behind.
    View { of: Expr, fresh: bool, span: Span },
    /// `= any …`
    Any { binder: Option<Name>, set: Option<Expr>, filter: Option<Expr>, span: Span },
}

/// `link NAME: MESSAGE, … between NODE, NODE` (or `from NODE to NODE, …`) and words
#[derive(Debug, Clone)]
pub struct Link {
    pub name: Name,
    pub messages: Vec<Name>,
    pub from: Name,
    /// `from A to B, C`: several kinds.
    pub to: Vec<Name>,
    /// `between`: messages go both ways.
    pub both_ways: bool,
    pub ordered: Option<Span>,
    pub unordered: Option<Span>,
    pub lossy: bool,
    pub duplicating: bool,
    /// Ordered: messages in flight per directed pair of nodes. Unordered: messages in flight on the whole link.
    pub capacity: Option<Expr>,
    pub latency: Option<Between>,
}

/// A duration in nanoseconds, as written: `5ms`, `1s`, `2m`, `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    pub nanos: u64,
    pub span: Span,
}

/// `order|invariant|resolution|reconciler NAME: TYPE, … ["sentence"] [{ clause… }]`
#[derive(Debug, Clone)]
pub struct Concept {
    pub kind: ConceptKind,
    pub name: Name,
    pub types: Vec<Name>,
    pub sentence: Option<Text>,
    pub clauses: Vec<Clause>,
    /// `[fair words]` before the concept word, for resolutions and reconcilers.
    pub fairness: Option<(FairnessWord, Span)>,
}

/// The words before an action, handler or concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FairnessWord {
    /// `unfair`
    Unfair,
    /// `fair`
    Fair,
    /// `strongly fair`
    StronglyFair,
}

/// One clause of a concept.
#[derive(Debug, Clone)]
pub struct Clause {
    pub kind: ClauseKind,
    pub span: Span,
}

/// The clauses of all four concepts; `analysis` says which belongs where.
#[derive(Debug, Clone)]
pub enum ClauseKind {
    /// `scope NAME` (a word or a node/type name), `scope "the words"`
    Scope(Text),
    /// order: `by x in S [where P]` — the writers entitled to append.
    By(Binder),
    /// order: `epoch EXPR`
    Epoch(Expr),
    /// order: `views EXPR [for x in S [where P]]` — the agreed part as each participant sees it.
    Views { value: Expr, binder: Option<Binder> },
    /// order (versioned, compare_and_set): `value EXPR`, in the scope of the binder of `views` where there is one.
    Value(Expr),
    /// order: `version EXPR`
    Version(Expr),
    /// order (compare_and_set): `write ACTION expects EXPR`; resolution (fence): `write ACTION carries EXPR`.
    /// EXPR sees the action's parameters and the state before the step.
    Write { action: Name, role: WriteRole, value: Expr },
    /// invariant: a form (section 4 of the language); several are a conjunction.
    Form(Form),
    /// resolution: `handles NAME, …` — the orders and invariants whose violation it handles.
    Handles(Vec<Name>),
    /// resolution, reconciler: `[act] [at x in S] [when G] [within N ticks] { stmt… }`
    Act { at: Option<Place>, when: Option<Expr>, within: Option<Expr>, body: Block },
    /// resolution: `on MESSAGE from f at b when … { … }`
    On(Handler),
    /// resolution (retry): `attempts EXPR at most EXPR`
    Attempts { value: Expr, limit: Expr },
    /// resolution (retry), `backoff` or `backoff 100ms`: stated, used by simulation.
    Backoff(Option<Duration>),
    /// resolution (merge): `merge DEF`
    Merge(Name),
    /// resolution (abort, reject, fence): `protects EXPR`
    Protects(Expr),
    /// resolution (abort): `since ACTION`: the attempt began there.
    Since(Name),
    /// What tells one attempt from another.
    Key(Expr),
    /// resolution (compensate): `undoes ACTION`
    Undoes(Name),
    /// resolution (compensate): `restores EXPR`
    Restores(Expr),
    /// resolution (fence): `token EXPR [for x in S [where P]]`
    Token { value: Expr, binder: Option<Binder> },
    /// reconciler: `every 1s`
    Every(Duration),
    /// reconciler: `every N ticks`
    EveryTicks(Expr),
    /// reconciler: `drift EXPR`
    Drift(Expr),
    /// reconciler: `desired EXPR`, `actual EXPR`
    Desired(Expr),
    /// See `Desired`.
    Actual(Expr),
    /// reconciler: `observe x = EXPR`: remembered between the observing and the acting step (unless `atomic`).
    Observe { name: Name, value: Expr },
    /// reconciler: `atomic`
    Atomic,
    /// Reported.
    Error,
}

/// What follows the action of a `write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteRole {
    /// `expects EXPR`
    Expects,
    /// `carries EXPR`
    Carries,
}

/// The body of an invariant.
#[derive(Debug, Clone)]
pub struct Form {
    pub kind: FormKind,
    pub span: Span,
}

/// The forms of invariants.
#[derive(Debug, Clone)]
pub enum FormKind {
    /// `for x in S [where P]: FORM`
    For(Binder, Box<Form>),
    /// `at most|at least|exactly N x in S [where P]`
    Cardinality { quantity: Quantity, number: Expr, binder: Binder },
    /// `monotonic e [strictly [in write, renew]] [for x in S [where P]]`; `strictly` without names: an empty list.
    Monotonic { value: Expr, strictly: Option<Vec<Name>>, binder: Option<Binder> },
    /// `unique e for x in S [where P]`
    Unique { value: Expr, binder: Binder },
    /// `each x in S [where P] has at most one owner o in O [where Q] [only its owner takes delete(x), …]`
    Ownership { each: Binder, owner: Binder, takes: Vec<Taking> },
    /// `immutable e [for x in S [where P]]`
    Immutable { value: Expr, binder: Option<Binder> },
    /// `eventually P`
    Eventually(Expr),
    /// `always eventually P`
    AlwaysEventually(Expr),
    /// `eventually always P`
    EventuallyAlways(Expr),
    /// `once clients stop: FORM`
    OnceClientsStop(Box<Form>),
    /// `P leads to Q`
    LeadsTo(Expr, Expr),
    /// `stable P`
    Stable(Expr),
    /// `P`
    Always(Expr),
}

/// `delete(x)`: an action with what its parameters, or the fields of its message, are.
#[derive(Debug, Clone)]
pub struct Taking {
    pub name: Name,
    pub args: Vec<Expr>,
    pub span: Span,
}

/// The words before a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// `at most`
    AtMost,
    /// `at least`
    AtLeast,
    /// `exactly`
    Exactly,
}

/// `[fairness] action NAME[(p: TYPE, …)] [at x in NODE] [when GUARD] [within N ticks] { stmt… }`
#[derive(Debug, Clone)]
pub struct Action {
    pub fairness: Option<(FairnessWord, Span)>,
    pub name: Name,
    pub params: Vec<ParamDecl>,
    pub at: Option<Place>,
    pub when: Option<Expr>,
    /// The ticks that may pass while it stays possible.
    pub within: Option<Expr>,
    pub body: Block,
}

/// `NAME` or `NAME in SET`: where something happens.
#[derive(Debug, Clone)]
pub struct Place {
    /// What to call the node.
    pub name: Name,
    /// The nodes it may be; `None`: those that the context says.
    pub set: Option<Expr>,
}

/// `on restart at x [in NODE] [when GUARD] { stmt… }`: what a node does as part of its restart.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// `restart`
    pub word: Name,
    pub at: Place,
    pub when: Option<Expr>,
    pub body: Block,
}

/// `[fairness] on MESSAGE from f [in NODE] at b [in NODE] [when GUARD] { stmt… }`
#[derive(Debug, Clone)]
pub struct Handler {
    pub fairness: Option<(FairnessWord, Span)>,
    pub message: Name,
    pub from: Option<Place>,
    pub at: Place,
    pub when: Option<Expr>,
    pub body: Block,
}
