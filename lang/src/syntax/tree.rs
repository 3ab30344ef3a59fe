//! The syntax tree: what the grammar produces, with a span on everything and every name still unresolved.
//!
//! Enters: nothing (data only). Leaves: the tree, to the printer and to `analysis`.
//! The comment above each type is its concrete syntax; `[x]` is optional, `x…` repeats, words in quotes are literal.
//! Layout never matters: a newline is white space, and statements, clauses and members need no separator
//! (an optional `;` or `,` is accepted between statements and clauses).
//! All clause words and type words are *soft* keywords: `epoch`, `leader`, `scope` and so on remain usable as names.

use crate::concepts::{ConceptKind, ExpectedVerdict};
use crate::span::Span;
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

#[derive(Debug, Clone)]
pub enum Item {
    System(System),
    /// `extend NAME { member… }`
    Extend(Extend),
    /// `use kafka`
    Use(Name),
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

#[derive(Debug, Clone)]
pub enum MemberKind {
    /// `param NAME = EXPR [in LO..HI]` (a constant integer)
    Param { name: Name, value: Expr, range: Option<(Expr, Expr)> },
    /// `enum NAME [symmetric] { a, b, … }`
    Enum { name: Name, symmetric: bool, variants: Vec<Name> },
    /// `type NAME = TYPE`
    Alias { name: Name, ty: TypeExpr },
    /// `record NAME { field: TYPE, … }`
    Record { name: Name, fields: Vec<FieldDecl> },
    /// `node NAME[COUNT] [symmetric] { [durable|volatile] field: TYPE [= INIT] … }` — `[COUNT]` may be left out (one node).
    /// A field with neither word is durable. Fields are separated by newlines or commas.
    Node { name: Name, count: Option<Expr>, symmetric: bool, fields: Vec<NodeField> },
    /// `state NAME: TYPE [= INIT]`, `ghost NAME: TYPE [= INIT]`
    State { name: Name, ghost: bool, ty: TypeExpr, init: Option<Init> },
    /// `message NAME [{ field: TYPE, … }]`
    Message { name: Name, fields: Vec<FieldDecl> },
    /// `link NAME: MESSAGE, … between NODE, NODE` (both directions) or `… from NODE to NODE`, followed by any of the words
    /// `ordered` `unordered` `lossy` `duplicating` `capacity EXPR` `latency DURATION..DURATION` in any order.
    Link(Link),
    /// `view NAME of ORDER [at x in NODE] [fresh]`: a lagging copy of an order.
    View { name: Name, of: Name, at: Option<(Name, Option<Expr>)>, fresh: bool },
    /// `order NAME: TYPE, … ["sentence"] [{ clause… }]`
    Concept(Concept),
    /// `[fair | strongly fair | unfair] action NAME[(p: TYPE, …)] [at x in NODE] [when GUARD] { stmt… }`
    Action(Action),
    /// `[unfair | strongly fair] on MESSAGE from f [in NODE] at b [in NODE] [when GUARD] { stmt… }`
    Handler(Handler),
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

#[derive(Debug, Clone)]
pub struct NodeField {
    pub docs: Option<String>,
    pub volatile: bool,
    pub ghost: bool,
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
    Value(Expr),
    Any { binder: Option<Name>, set: Option<Expr>, filter: Option<Expr>, span: Span },
}

#[derive(Debug, Clone)]
pub struct Link {
    pub name: Name,
    pub messages: Vec<Name>,
    pub from: Name,
    pub to: Name,
    /// `between`: messages go both ways.
    pub both_ways: bool,
    pub ordered: Option<Span>,
    pub unordered: Option<Span>,
    pub lossy: bool,
    pub duplicating: bool,
    /// Ordered: messages in flight per directed pair of nodes. Unordered: messages in flight on the whole link.
    pub capacity: Option<Expr>,
    pub latency: Option<(Duration, Duration)>,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FairnessWord {
    Unfair,
    Fair,
    StronglyFair,
}

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
    Views {
        value: Expr,
        binder: Option<Binder>,
    },
    /// order (versioned, compare_and_set): `value EXPR`, in the scope of the binder of `views` where there is one.
    Value(Expr),
    /// order: `version EXPR`
    Version(Expr),
    /// order (compare_and_set): `write ACTION expects EXPR`; resolution (fence): `write ACTION carries EXPR`.
    /// EXPR sees the action's parameters and the state before the step.
    Write {
        action: Name,
        role: WriteRole,
        value: Expr,
    },
    /// invariant: a form (section 4 of the language); several are a conjunction.
    Form(Form),
    /// resolution: `handles NAME, …` — the orders and invariants whose violation it handles.
    Handles(Vec<Name>),
    /// resolution, reconciler: `[act] [at x in S] [when G] { stmt… }`
    Act {
        at: Option<(Name, Option<Expr>)>,
        when: Option<Expr>,
        body: Block,
    },
    /// resolution: `on MESSAGE from f at b when … { … }`
    On(Handler),
    /// resolution (retry): `attempts EXPR at most EXPR`
    Attempts {
        value: Expr,
        limit: Expr,
    },
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
    Token {
        value: Expr,
        binder: Option<Binder>,
    },
    /// reconciler: `every 1s`
    Every(Duration),
    /// reconciler: `drift EXPR`
    Drift(Expr),
    /// reconciler: `desired EXPR`, `actual EXPR`
    Desired(Expr),
    Actual(Expr),
    /// reconciler: `observe x = EXPR`: remembered between the observing and the acting step (unless `atomic`).
    Observe {
        name: Name,
        value: Expr,
    },
    /// reconciler: `atomic`
    Atomic,
    /// reconciler, resolution: `reads NAME`: a declared `view`.
    Reads(Name),
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteRole {
    Expects,
    Carries,
}

/// `x in S [where P]`
#[derive(Debug, Clone)]
pub struct Binder {
    pub name: Name,
    pub set: Expr,
    pub filter: Option<Expr>,
    pub span: Span,
}

/// The body of an invariant.
#[derive(Debug, Clone)]
pub struct Form {
    pub kind: FormKind,
    pub span: Span,
}

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    AtMost,
    AtLeast,
    Exactly,
}

#[derive(Debug, Clone)]
pub struct Action {
    pub fairness: Option<(FairnessWord, Span)>,
    pub name: Name,
    pub params: Vec<ParamDecl>,
    pub at: Option<(Name, Option<Expr>)>,
    pub when: Option<Expr>,
    pub body: Block,
}

#[derive(Debug, Clone)]
pub struct Handler {
    pub fairness: Option<(FairnessWord, Span)>,
    pub message: Name,
    pub from: Option<(Name, Option<Expr>)>,
    pub at: (Name, Option<Expr>),
    pub when: Option<Expr>,
    pub body: Block,
}

/// `{ stmt… }`
#[derive(Debug, Clone, Default)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum StmtKind {
    /// `place := e`, `place += e`, `place -= e`
    Assign {
        place: Expr,
        op: AssignOp,
        value: Expr,
    },
    /// `place.push(e)`, `.add(e)`, `.remove(e)`, `.pop()`, `.clear()`
    Mutate {
        place: Expr,
        method: Name,
        args: Vec<Expr>,
    },
    /// `if c { … } [else if c { … }]… [else { … }]`
    If {
        condition: Expr,
        then: Block,
        otherwise: Option<Block>,
    },
    /// `for x in S [where P] { … }`
    For {
        binder: Binder,
        body: Block,
    },
    /// `let x = e`
    Let {
        name: Name,
        value: Expr,
    },
    /// `choose x in S [where P] { … }`
    Choose {
        binder: Binder,
        body: Block,
    },
    /// `send MESSAGE [{ field: e, … }] to e`
    Send {
        message: Name,
        fields: Vec<(Name, Expr)>,
        to: Expr,
    },
    /// `require P`
    Require(Expr),
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignOp {
    Set,
    Add,
    Subtract,
}

#[derive(Debug, Clone)]
pub struct TypeExpr {
    pub kind: TypeExprKind,
    pub span: Span,
}

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
    Bag(Box<TypeExpr>, Box<Expr>),
    /// `map<K -> V>`
    Map(Box<TypeExpr>, Box<TypeExpr>),
    Error,
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
    Bool(bool),
    Int(i64),
    None,
    Quiescent,
    Name(String),
    /// `e.name`
    Field(Box<Expr>, Name),
    /// `e[i]`
    Index(Box<Expr>, Box<Expr>),
    /// `e[a..b]`, half-open, either end optional
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `f(e, …)`: a `def` or a built-in
    Call(Name, Vec<Expr>),
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `let x = e in body`
    Let(Name, Box<Expr>, Box<Expr>),
    /// `all|some|count|sum|min|max x in S [where P]: e`. `count x in S where P` has no body.
    Quantified(Quantifier, Box<Binder>, Option<Box<Expr>>),
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
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    Not,
    Negate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    Or,
    And,
    Implies,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    /// integers; union of sets; concatenation of lists
    Add,
    /// integers; difference of sets
    Subtract,
    Multiply,
    Divide,
    Remainder,
    /// `&`: intersection of sets
    Intersect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    All,
    Some,
    Count,
    Sum,
    Min,
    Max,
}

#[derive(Debug, Clone)]
pub struct Command {
    pub docs: Option<String>,
    pub kind: CommandKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum CommandKind {
    /// `check TARGET [profile] [{ option… }]`
    Check {
        target: Target,
        options: Vec<CheckOption>,
    },
    /// `scenario "title" on TARGET [{ line… }]`
    Scenario {
        title: Text,
        target: Target,
        lines: Vec<Line>,
    },
    /// `find TARGET { P } [within N steps] [faults { … }]`
    Find {
        target: Target,
        goal: Expr,
        within: Option<Expr>,
        options: Vec<CheckOption>,
    },
    /// `audit TARGET [{ option… }]`
    Audit {
        target: Target,
        options: Vec<CheckOption>,
    },
    /// `compare A, B, … [by WORD]` with WORD one of ordering, invariants, resolution, reconciliation
    Compare {
        targets: Vec<Target>,
        by: Option<Name>,
    },
    /// `diagram TARGET`
    Diagram {
        target: Target,
    },
    /// `start TARGET` · `do STEP` · `enabled` · `undo` · `show`
    Start {
        target: Target,
    },
    Do(Box<Line>),
    Enabled,
    Undo,
    Show,
    /// `simulate TARGET for 60s[, runs N][, seed N] [{ option… }]`
    Simulate {
        target: Target,
        time: Duration,
        runs: Option<Expr>,
        seed: Option<Expr>,
        options: Vec<CheckOption>,
    },
    /// `graph TARGET [{ option… }]`
    Graph {
        target: Target,
        options: Vec<CheckOption>,
    },
    /// `sweep PARAM in LO..HI of TARGET [{ option… }]`
    Sweep {
        param: Name,
        low: Expr,
        high: Expr,
        target: Target,
        options: Vec<CheckOption>,
    },
    /// `relax ORDER of TARGET`
    Relax {
        order: Name,
        target: Target,
    },
    /// `mutate TARGET`
    Mutate {
        target: Target,
    },
    /// `grade TARGET against NAME, …`
    Grade {
        target: Target,
        against: Vec<Target>,
    },
    /// `save trace as scenario ["title"]`
    SaveTrace {
        title: Option<Text>,
    },
    /// An expression: its value in the last system named, along the last trace where there is one.
    Expression(Expr),
    Error,
}

/// An option of `check` and its relatives.
#[derive(Debug, Clone)]
pub struct CheckOption {
    pub kind: CheckOptionKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum CheckOptionKind {
    /// `faults { crash 1, lose 2, partition 1, crash every 10s }`
    Faults(Vec<Fault>),
    /// `only NAME, …`
    Only(Vec<Name>),
    /// `depth <= N`, `states <= N`, `memory <= N` (mebibytes)
    Limit {
        what: Name,
        value: Expr,
    },
    /// `from any state`
    FromAnyState,
    /// `reductions off`, `symmetry off`
    Off(Name),
    /// `threads N`
    Threads(Expr),
    /// `spill`: what waits to be explored may go to disk
    Spill,
    /// `profile`, also right after the target: where states, bits and time go
    Profile,
    /// Anything else fails the cell.
    Expect(Expectation),
    Error,
}

/// `expect violated NAME, …` / `expect holds [NAME, …]` / `expect stuck NAME`, …: the verdict that the author expects.
#[derive(Debug, Clone)]
pub struct Expectation {
    pub verdict: ExpectedVerdict,
    pub verdict_span: Span,
    /// Members; empty: every member.
    pub names: Vec<Name>,
    pub span: Span,
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expect {}", self.verdict.word())?;
        for (i, name) in self.names.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { " " } else { ", " }, name.text)?;
        }
        Ok(())
    }
}

/// `crash 1`, `crash every 10s`, `lose 2`, `partition 1`; no number reads as 1.
#[derive(Debug, Clone)]
pub struct Fault {
    pub name: Name,
    pub amount: Option<Expr>,
    pub every: Option<Duration>,
}

/// One line of a scenario.
#[derive(Debug, Clone)]
pub struct Line {
    pub kind: LineKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum LineKind {
    /// `init P`: only the runs that begin where it is true
    Init(Expr),
    /// `do NAME [observe][(e, …)] [at e] [with x = e, …]`: an action, a resolution or a reconciler, once
    Do {
        name: Name,
        /// The observing step of a reconciler, and not the acting one.
        observe: bool,
        args: Vec<Expr>,
        at: Option<Expr>,
        /// What its body chooses.
        choices: Vec<(Name, Expr)>,
    },
    /// `deliver MESSAGE …`, and what its handler chooses: `with x = e, …`
    Deliver(Envelope, Vec<(Name, Expr)>),
    /// `reorder MESSAGE …`: delivered before its turn
    Reorder(Envelope, Vec<(Name, Expr)>),
    /// `lose MESSAGE …`, `duplicate MESSAGE …`
    Lose(Envelope),
    Duplicate(Envelope),
    /// `crash e`, `restart e`
    Crash(Expr),
    Restart(Expr),
    /// `partition {a} | {b, c}`
    Partition(Vec<Vec<Expr>>),
    /// `heal`
    Heal,
    /// `run [NAME, …] until quiet`, `run [NAME, …] until P`, `run NAME [N times]`: no name means every fair step
    Run {
        names: Vec<Name>,
        until: RunUntil,
    },
    /// `expect P`
    Expect(Expr),
    /// `expect violated NAME`, `expect holds NAME`
    ExpectVerdict(Expectation),
    /// `expect enabled STEP`, `expect not enabled STEP`
    ExpectEnabled {
        line: Box<Line>,
        negated: bool,
    },
    /// `faults { … }`: what may happen where the scenario leaves it open (never by itself)
    Faults(Vec<Fault>),
    Error,
}

/// A message in flight, as far as it is said which: `MESSAGE [{ field: e, … }] [from e] [to e]`
#[derive(Debug, Clone)]
pub struct Envelope {
    pub message: Name,
    pub fields: Vec<(Name, Expr)>,
    pub from: Option<Expr>,
    pub to: Option<Expr>,
}

#[derive(Debug, Clone)]
pub enum RunUntil {
    Quiet,
    Condition(Expr),
    Times(Option<Expr>),
}
