//! What steps do: actions, statements, places, expressions, all typed.
//!
//! Enters: nothing (data only). Leaves: parts of the program.

use super::*;

/// What must happen in the end, if it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fairness {
    /// It need never happen.
    Unfair,
    /// It happens where it stays possible.
    Weak,
    /// It happens where it is possible again and again.
    Strong,
}

/// Something that can happen, but faults.
#[derive(Debug, Clone)]
pub struct Action {
    /// `produce`, `on Fetch`, `truncate`, `controller` (with ` observe` for the observing step of a reconciler).
    pub name: String,
    /// Who does it.
    pub kind: ActionKind,
    /// Whether it must happen in the end.
    pub fairness: Fairness,
    /// Parameters; the instance is one value of each. Labelled `produce(a)`.
    pub params: Vec<LocalId>,
    /// The node at which it runs: a local of a node type, shown as `at broker1`. Crashed nodes do nothing:
    /// `model` adds the guard `at.up`, but where it is their restart.
    pub at: Option<LocalId>,
    /// The set that `at` ranges over where it is narrower than the node kind.
    pub at_set: Option<Expr>,
    /// Conjunction; empty is true.
    pub guards: Vec<Expr>,
    /// The ticks that may pass at most while it stays possible, at one node.
    pub within: Option<u32>,
    /// What it does, once the guards hold.
    pub body: Vec<Stmt>,
    /// What becomes of timers, behind the body: nothing that a mapping speaks of.
    pub timers: Vec<Stmt>,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// Who does it, and why.
#[derive(Debug, Clone)]
pub enum ActionKind {
    /// Something a client or the environment does: unfair unless said otherwise, and off while convergence is judged
    /// (unless `fair`).
    Client,
    /// Delivery of a message: `fields` are the locals of its fields, `from` the sender.
    Handler {
        /// What is delivered.
        message: MessageId,
        /// The sender, where it has a name.
        from: Option<LocalId>,
        /// One for each field of the message's record.
        fields: Vec<LocalId>,
        /// The resolution that it belongs to, by index.
        resolution: Option<usize>,
    },
    /// Index into [`Program::resolutions`].
    Resolution(usize),
    /// Index into [`Program::reconcilers`]. Observing step: `values` are remembered as [`Reconciler::observed`],
    /// once for each instance of the reconciler (value of `at`); the memory is lost when that node crashes.
    ReconcilerObserve {
        /// Index into [`Program::reconcilers`].
        reconciler: usize,
        /// What is observed.
        values: Vec<Expr>,
    },
    /// Acting step.
    ReconcilerAct(usize),
    /// What nodes of a kind do as part of their restart: all clauses `on restart` of the kind, one after the other.
    Restart(NodeId),
    /// A reconciler that looks every few ticks has looked, and there was nothing to do.
    ReconcilerLook(usize),
    /// Time goes on.
    Tick,
    /// A view comes to show something newer: index into [`Program::views`].
    Sync(usize),
}

/// A statement.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it is written.
    pub span: Span,
}

/// What a statement does. Statements run in order; all of them are one step.
#[derive(Debug, Clone)]
pub enum StmtKind {
    /// `+=` and `-=` have become `:=`.
    Assign {
        /// What is changed.
        place: Place,
        /// Its new value.
        value: Expr,
    },
    /// A collection is changed by one element.
    Mutate {
        /// The collection.
        place: Place,
        /// The method.
        op: Method,
        /// The element, where the method takes one.
        value: Option<Expr>,
    },
    /// One of two ways.
    If {
        /// Decides.
        condition: Expr,
        /// Where true.
        then: Vec<Stmt>,
        /// Where false; may be empty.
        otherwise: Vec<Stmt>,
    },
    /// Once for each element, in canonical order.
    For {
        /// The element.
        binder: Binder,
        /// In its scope.
        body: Vec<Stmt>,
    },
    /// A name for a value, in what follows in the same list.
    Let {
        /// The name.
        local: LocalId,
        /// The value.
        value: Expr,
    },
    /// Every element of the set for which the filter holds is one way to go on; none at all disables the action.
    Choose {
        /// The element.
        binder: Binder,
        /// In its scope.
        body: Vec<Stmt>,
    },
    /// `fields` in the order of the message's record. The sender is the action's `at`.
    Send {
        /// Its kind.
        message: MessageId,
        /// The link that carries it.
        link: LinkId,
        /// One for each field of the record.
        fields: Vec<Expr>,
        /// The sender.
        from: Expr,
        /// The receiver; an option is opened.
        to: Expr,
    },
    /// Where false, this way of the action does not exist.
    Require(Expr),
    /// Two ways to go on where `when` is true: with `local` false, then with `local` true; else only the first. It is no
    /// choice of the mapping, so no label shows it. In what follows in the same list.
    Fork {
        /// Which of the two ways this is.
        local: LocalId,
        /// Whether there are two.
        when: Expr,
    },
    /// The choice that this step made for `local`, once more; where it made none, or several, there is no value.
    Retake {
        /// What the choice bound.
        local: LocalId,
        /// In its scope.
        body: Vec<Stmt>,
    },
    /// One such message leaves the link, and `then` follows; where there is none, nothing does.
    Take {
        /// Its kind.
        message: MessageId,
        /// The link that it leaves.
        link: LinkId,
        /// One for each field of the record.
        fields: Vec<Expr>,
        /// The sender.
        from: Expr,
        /// The receiver.
        to: Expr,
        /// What follows.
        then: Vec<Stmt>,
    },
    /// The link holds what another held before the step, or nothing.
    Refill {
        /// The link that is filled.
        link: LinkId,
        /// The link it is filled from; `None`: it is emptied.
        from: Option<LinkId>,
    },
    /// Where `body` has no value, or a choice in it was not made, `otherwise` goes on with the state as it is by then.
    Attempt {
        /// What is tried.
        body: Vec<Stmt>,
        /// What happens instead.
        otherwise: Vec<Stmt>,
    },
}

/// What happens besides where a message is lost or duplicated that this handler is for, whose locals are the message's.
#[derive(Debug, Clone)]
pub struct AtMessage {
    /// Loss or duplication.
    pub fault: Fault,
    /// Whose messages.
    pub handler: ActionId,
    /// In the scope of the handler.
    pub body: Vec<Stmt>,
}

/// What a node loses when it stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Volatile fields: in a crash, and where it is wiped.
    Memory,
    /// Durable fields too: where it is wiped alone.
    Disk,
}

/// A fault of one node that is a step of a mapping's own variables: `skew`, a tick that its clocks miss, and `stale`, where
/// its views go back.
#[derive(Debug, Clone)]
pub struct AtNode {
    /// Which of them.
    pub fault: Fault,
    /// The kind of node.
    pub node: NodeId,
    /// The node.
    pub local: LocalId,
    /// Whether it can happen, in the scope of the node.
    pub guards: Vec<Expr>,
    /// What happens to what the mapping declares.
    pub body: Vec<Stmt>,
    /// What becomes of timers.
    pub timers: Vec<Stmt>,
}

/// What happens at a crash besides: `local` is the node.
#[derive(Debug, Clone)]
pub struct AtCrash {
    /// The kind.
    pub node: NodeId,
    /// With which it happens.
    pub loss: Loss,
    /// The node that crashes.
    pub local: LocalId,
    /// In its scope.
    pub body: Vec<Stmt>,
}

/// Something that can be assigned.
#[derive(Debug, Clone)]
pub struct Place {
    /// The variable.
    pub root: PlaceRoot,
    /// The way to a part of it; empty: all of it.
    pub path: Vec<PathStep>,
    /// The type of what is at the end of the path.
    pub ty: TypeId,
    /// Where it is written.
    pub span: Span,
}

/// A variable.
#[derive(Debug, Clone)]
pub enum PlaceRoot {
    /// A global one.
    State(StateId),
    /// One that a node has.
    NodeField {
        /// Whose.
        node: Box<Expr>,
        /// Which variable.
        field: NodeFieldId,
    },
}

/// One step into a value.
#[derive(Debug, Clone)]
pub enum PathStep {
    /// Field of a record, by position.
    Field(u32),
    /// Element of a list (0-based integer) or value of a map (by key); `ty` is the type of the container.
    Index {
        /// Type of the list or map.
        container: TypeId,
        /// Position, or key.
        index: Expr,
    },
}

/// `local in set where filter`
#[derive(Debug, Clone, PartialEq)]
pub struct Binder {
    /// The element.
    pub local: LocalId,
    /// A set, list or bag.
    pub set: Box<Expr>,
    /// Which elements count; in the scope of the element.
    pub filter: Option<Box<Expr>>,
    /// Where it is written.
    pub span: Span,
}

/// Messages under way: `M from a to b where P`.
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// Their kind.
    pub message: MessageId,
    /// Who sent them, computed once.
    pub from: Option<Box<Expr>>,
    /// To whom, computed once.
    pub to: Option<Box<Expr>>,
    /// Locals of the message's fields, in their order.
    pub fields: Vec<LocalId>,
    /// Which of them count; in the scope of `fields`.
    pub filter: Option<Box<Expr>>,
}

/// A typed expression: a function of the state, and of the names in scope.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// Type of its value.
    pub ty: TypeId,
    /// Where it is written.
    pub span: Span,
}

/// What an expression computes.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Bool(bool),
    /// A constant.
    Int(i64),
    /// Variant of an enum, or member of a node kind, by position.
    Member(u32),
    /// The option without a value.
    None,
    /// A value as an option.
    Some(Box<Expr>),
    /// The value in an option; an error with a trace where it is none.
    Unwrap(Box<Expr>),
    /// The value of a name in scope.
    Local(LocalId),
    /// The value of a global variable.
    State(StateId),
    /// `b.log`
    NodeField {
        /// Whose.
        node: Box<Expr>,
        /// Which variable.
        field: NodeFieldId,
    },
    /// `b.up`
    Up(Box<Expr>),
    /// A node is paused. Time asks this.
    Paused(Box<Expr>),
    /// Field of a record, by position.
    Field(Box<Expr>, u32),
    /// `list[i]` (0-based; outside the list is an error with a trace), `map[k]`
    Index(Box<Expr>, Box<Expr>),
    /// `list[a..b]`, half-open; both ends are clamped to the list.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `not P`
    Not(Box<Expr>),
    /// `-n`
    Negate(Box<Expr>),
    /// Two operands.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// Condition, value where true, value where false.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Name, its value, the body in its scope.
    Let(LocalId, Box<Expr>, Box<Expr>),
    /// `all x in S where P: e`
    All(Binder, Box<Expr>),
    /// `some x in S where P: e`
    Any(Binder, Box<Expr>),
    /// `count x in S where P`
    Count(Binder),
    /// 0 over an empty set
    Sum(Binder, Box<Expr>),
    /// An error with a trace over an empty set
    Min(Binder, Box<Expr>),
    /// As `Min`
    Max(Binder, Box<Expr>),
    /// The element with the least key, of those the first in canonical order; without a key the first of all. An option:
    /// none over an empty set.
    First(Binder, Option<Box<Expr>>),
    /// A value for each key; the binder goes through the type of the keys, without a filter.
    MapOf(Binder, Box<Expr>),
    /// `{ e for x in S }`
    SetOf(Binder, Box<Expr>),
    /// `[ e for x in S ]`, in the canonical order of the set
    ListOf(Binder, Box<Expr>),
    /// `{ a, b }`
    Set(Vec<Expr>),
    /// Also a bag, where the expression's type is one.
    List(Vec<Expr>),
    /// One value for each key, in the key's canonical order.
    Map(Vec<Expr>),
    /// The same value for every key.
    MapFill(Box<Expr>),
    /// All fields in order.
    Record(RecordId, Vec<Expr>),
    /// All values of a type, as a set: `Broker`, `Epoch`.
    TypeSet(TypeId),
    /// `lo..hi`, both inclusive, empty where `hi < lo`.
    Range(Box<Expr>, Box<Expr>),
    /// A definition with its arguments, in order.
    Call(DefId, Vec<Expr>),
    /// A built-in function with its arguments.
    Builtin(Builtin, Vec<Expr>),
    /// The value before the step.
    Old(Box<Expr>),
    /// Nothing but faults can change this state (no action, delivery, resolution, reconciler or restart is enabled).
    Quiescent,
    /// A reconciler's remembered observation, by position in [`Reconciler::observed`]; the reconciler's own
    /// instance is given by the action's locals.
    Observed {
        /// Index into [`Program::reconcilers`].
        reconciler: usize,
        /// Index into [`Reconciler::observed`].
        index: usize,
    },
    /// What a reconciler remembers at a node (`None`: it runs at none). Obligations ask this.
    Pending {
        /// Index into [`Program::reconcilers`].
        reconciler: usize,
        /// Index into [`Reconciler::observed`], the value then; `None`: whether it has observed at all, a boolean.
        index: Option<usize>,
        /// Which instance.
        node: Option<Box<Expr>>,
    },
    /// Messages in flight of a kind: the builtin `in_flight(Fetch)` as a count.
    InFlight(MessageId),
    /// The same of those that a filter lets through.
    InFlightWhere(Flight),
    /// Every message in the first link is in the second, as often. Obligations ask this.
    Within(LinkId, LinkId),
    /// Some message in flight that the handler is for, whatever its guards say, satisfies the condition, in which the
    /// handler's locals are the message's. Obligations ask this.
    SomeMessage(ActionId, Box<Expr>),
    /// A reported error; never reaches `model`.
    Error,
}

/// Operands of `Equal`, `In` and so on have one shape: options on both sides or on none, the same enums, records and
/// nodes. Bounds of integers and maxima of lists and bags may differ, also inside: values are compared as they are (an
/// integer outside the domain of a set is not in it). `And`, `Or`, `Implies` evaluate the right side only where it
/// matters. Everywhere else too (assignments, arguments, elements, fields, branches of `if`) a value may have other
/// bounds and maxima than the type of the place or of the whole: it is converted there, and what does not fit is an
/// error with a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// Disjunction.
    Or,
    /// Conjunction.
    And,
    /// Implication.
    Implies,
    /// Equality of values.
    Equal,
    /// Its negation.
    NotEqual,
    /// Of integers.
    Less,
    /// Of integers.
    LessEqual,
    /// Of integers.
    Greater,
    /// Of integers.
    GreaterEqual,
    /// Membership in a set, list or bag.
    In,
    /// Of integers; an error with a trace where it overflows, as with the next two.
    Add,
    /// Of integers.
    Subtract,
    /// Of integers.
    Multiply,
    /// Rounds towards negative infinity; an error with a trace where the divisor is 0.
    Divide,
    /// Has the sign of the divisor.
    Remainder,
    /// Of sets.
    Union,
    /// Of sets.
    Difference,
    /// Of sets.
    Intersect,
    /// Of lists.
    Concat,
    /// Of sets, equal ones too.
    Subset,
}
