//! The program: one system at given parameter values, with every name resolved and every expression typed.
//!
//! Enters: nothing (data only). Leaves: the program, to `model` (which lowers it), `mapping` (audit, tables) and `session`.
//! All domains are finite and known here: parameters have been replaced by their values.
//! Ids are indices into the vectors of [`Program`]; vectors are in declaration order.

use super::knowledge::Knows;
use crate::concepts::{
    ConceptKind, ConceptType, Fault, InvariantType, OrderType, ReconcilerType, ResolutionType,
};
use crate::diag::Diagnostic;
use crate::span::Span;
use crate::syntax::tree::Quantity;
pub use crate::words::{Builtin, Method};
use rustc_hash::FxHashMap;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        pub struct $name(pub u32);
        impl $name { pub fn index(self) -> usize { self.0 as usize } }
    )* };
}
ids!(TypeId, EnumId, RecordId, NodeId, NodeFieldId, StateId, MessageId, LinkId, ActionId, DefId,
    /// A local variable, unique within its [`Program`]: parameter, binder, `let`, message field.
    LocalId);

#[derive(Debug, Clone, Default)]
pub struct Program {
    pub name: String,
    pub docs: Option<String>,
    pub sentence: Option<String>,
    /// The system it was made `from`, where there is one.
    pub base: Option<String>,
    pub span: Span,
    pub params: Vec<Param>,
    pub types: Types,
    /// All type names, aliases included, in declaration order (`bool` is built in).
    pub type_names: Vec<TypeName>,
    pub enums: Vec<Enum>,
    pub records: Vec<Record>,
    pub nodes: Vec<Node>,
    /// All fields of all nodes; [`Node::fields`] says whose.
    pub node_fields: Vec<NodeField>,
    pub states: Vec<State>,
    pub messages: Vec<Message>,
    pub links: Vec<Link>,
    pub locals: Vec<Local>,
    pub defs: Vec<Def>,
    /// Everything that can happen but faults: actions, handlers, and the acts of resolutions and reconcilers.
    pub actions: Vec<Action>,
    pub orders: Vec<Order>,
    pub invariants: Vec<Invariant>,
    pub resolutions: Vec<Resolution>,
    pub reconcilers: Vec<Reconciler>,
    /// `init EXPR`: all must be true in an initial state.
    pub init: Vec<Expr>,
    /// `bound EXPR`: a state in which one is false is counted as cut and not expanded.
    pub bounds: Vec<Expr>,
    /// What steps may know at once, as the mapping says.
    pub knows: Vec<Knows>,
    /// Which monitor watches a run: a ghost that obligations add, 0 where none does. See `crate::obligations::monitor`.
    pub watching: Option<StateId>,
    /// How many there are.
    pub monitors: u32,
    /// What obligations add to crashes.
    pub at_crash: Vec<AtCrash>,
    /// And to the loss and duplication of messages.
    pub at_message: Vec<AtMessage>,
    /// What obligations remember of initial states: runs when all variables have their initial values.
    pub initially: Vec<Stmt>,
    /// What obligations add to every fault and every recovery.
    pub behind_faults: Vec<Stmt>,
    /// What of the program cannot be executed yet, as errors: to be reported by whatever explores it.
    pub not_executable: Vec<Diagnostic>,
}

/// A name for a type: of an alias, enum, record or node.
#[derive(Debug, Clone)]
pub struct TypeName {
    pub name: String,
    pub ty: TypeId,
    pub docs: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Param {
    pub name: String,
    pub value: i64,
    pub docs: Option<String>,
    pub span: Span,
}

/// The types in use, interned: equal types have equal ids.
#[derive(Debug, Clone, Default)]
pub struct Types {
    list: Vec<Type>,
    /// Only looked up.
    ids: FxHashMap<Type, TypeId>,
}

impl Types {
    pub fn intern(&mut self, ty: Type) -> TypeId {
        if let Some(id) = self.ids.get(&ty) {
            return *id;
        }
        let id = TypeId(self.list.len() as u32);
        self.list.push(ty.clone());
        self.ids.insert(ty, id);
        id
    }

    /// The id of a type that is in use.
    pub fn find(&self, ty: &Type) -> Option<TypeId> {
        self.list.iter().position(|t| t == ty).map(|i| TypeId(i as u32))
    }

    pub fn get(&self, id: TypeId) -> &Type {
        &self.list[id.index()]
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    Bool,
    /// Both bounds inclusive, `lo <= hi`. Integer expressions have the interval of their possible values.
    Int {
        lo: i64,
        hi: i64,
    },
    Enum(EnumId),
    /// One of the nodes of a kind.
    Node(NodeId),
    Option(TypeId),
    Record(RecordId),
    /// Any subset of the element's domain: one bit for each value.
    Set(TypeId),
    /// At most `max` elements, in order.
    List {
        element: TypeId,
        max: u32,
    },
    /// Total over the key's domain.
    Map {
        key: TypeId,
        value: TypeId,
    },
    /// At most `max` elements, with repetition, without order.
    Bag {
        element: TypeId,
        max: u32,
    },
    /// The type of an expression with a reported error; never reaches `model`.
    Error,
}

#[derive(Debug, Clone)]
pub struct Enum {
    pub name: String,
    pub symmetric: bool,
    pub variants: Vec<String>,
    pub docs: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Record {
    pub name: String,
    pub fields: Vec<(String, TypeId)>,
    pub docs: Option<String>,
    pub span: Span,
}

/// A kind of node and how many there are. Its members are called `broker1`, `broker2`, …, or `controller` where
/// the declaration has no count.
#[derive(Debug, Clone)]
pub struct Node {
    pub name: String,
    pub count: u32,
    /// Written without `[count]`.
    pub single: bool,
    pub symmetric: bool,
    pub fields: Vec<NodeFieldId>,
    pub docs: Option<String>,
    pub span: Span,
}

impl Node {
    /// The name of member `index` (0-based).
    pub fn member(&self, index: u32) -> String {
        let mut name = String::new();
        for (i, c) in self.name.chars().enumerate() {
            if c.is_uppercase() && i > 0 && !name.ends_with('_') {
                name.push('_');
            }
            name.extend(c.to_lowercase());
        }
        if self.single { name } else { format!("{name}{}", index + 1) }
    }
}

#[derive(Debug, Clone)]
pub struct NodeField {
    pub node: NodeId,
    pub name: String,
    pub ty: TypeId,
    pub volatile: bool,
    pub ghost: bool,
    pub init: Init,
    pub docs: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct State {
    pub name: String,
    pub ty: TypeId,
    pub ghost: bool,
    pub init: Init,
    pub docs: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum Init {
    /// The type's first value: false, lo, the first variant, none, empty.
    Default,
    Value(Expr),
    /// Any value of the type with `filter` true (which sees it as `local`), in `set` where given.
    Any {
        local: LocalId,
        set: Option<Expr>,
        filter: Option<Expr>,
    },
}

#[derive(Debug, Clone)]
pub struct Message {
    pub name: String,
    /// The fields as a record.
    pub record: RecordId,
    pub link: Option<LinkId>,
    pub docs: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Link {
    pub name: String,
    pub messages: Vec<MessageId>,
    pub from: NodeId,
    pub to: NodeId,
    /// Messages go both ways between `from` and `to`.
    pub both_ways: bool,
    pub ordered: bool,
    pub lossy: bool,
    pub duplicating: bool,
    /// What a monitor thinks is in flight: nothing is delivered from it, and no trace shows it.
    pub shadow: bool,
    /// Ordered: per directed pair of nodes. Unordered: on the whole link.
    pub capacity: u32,
    /// Whether the capacity was written (else it is the default, and the overflow error says so).
    pub capacity_stated: bool,
    /// Nanoseconds, for simulation.
    pub latency: Option<(u64, u64)>,
    pub docs: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Local {
    pub name: String,
    pub ty: TypeId,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Def {
    pub name: String,
    pub params: Vec<LocalId>,
    /// As declared, else as inferred; a call has this type.
    pub ty: TypeId,
    pub body: Expr,
    pub docs: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fairness {
    Unfair,
    Weak,
    Strong,
}

#[derive(Debug, Clone)]
pub struct Action {
    /// `produce`, `on Fetch`, `truncate`, `controller` (with ` observe` for the observing step of a reconciler).
    pub name: String,
    pub kind: ActionKind,
    pub fairness: Fairness,
    /// Parameters; the instance is one value of each. Labelled `produce(a)`.
    pub params: Vec<LocalId>,
    /// The node at which it runs: a local of a node type, shown as `at broker1`. Crashed nodes do nothing:
    /// `model` adds the guard `at.up`.
    pub at: Option<LocalId>,
    /// The set that `at` ranges over where it is narrower than the node kind.
    pub at_set: Option<Expr>,
    /// Conjunction; empty is true.
    pub guards: Vec<Expr>,
    pub body: Vec<Stmt>,
    pub docs: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum ActionKind {
    /// Something a client or the environment does: unfair unless said otherwise, and off while convergence is judged
    /// (unless `fair`).
    Client,
    /// Delivery of a message: `fields` are the locals of its fields, `from` the sender.
    Handler { message: MessageId, from: Option<LocalId>, fields: Vec<LocalId>, resolution: Option<usize> },
    /// Index into [`Program::resolutions`].
    Resolution(usize),
    /// Index into [`Program::reconcilers`]. Observing step: `values` are remembered as [`Reconciler::observed`],
    /// once for each instance of the reconciler (value of `at`); the memory is lost when that node crashes.
    ReconcilerObserve { reconciler: usize, values: Vec<Expr> },
    /// Acting step.
    ReconcilerAct(usize),
}

#[derive(Debug, Clone)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum StmtKind {
    /// `+=` and `-=` have become `:=`.
    Assign {
        place: Place,
        value: Expr,
    },
    Mutate {
        place: Place,
        op: Method,
        value: Option<Expr>,
    },
    If {
        condition: Expr,
        then: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    For {
        binder: Binder,
        body: Vec<Stmt>,
    },
    Let {
        local: LocalId,
        value: Expr,
    },
    /// Every element of the set for which the filter holds is one way to go on; none at all disables the action.
    Choose {
        binder: Binder,
        body: Vec<Stmt>,
    },
    /// `fields` in the order of the message's record. The sender is the action's `at`.
    Send {
        message: MessageId,
        link: LinkId,
        fields: Vec<Expr>,
        from: Expr,
        to: Expr,
    },
    /// Where false, this way of the action does not exist.
    Require(Expr),
    /// Two ways to go on where `when` is true: with `local` false, then with `local` true; else only the first. It is no
    /// choice of the mapping, so no label shows it. In what follows in the same list.
    Fork {
        local: LocalId,
        when: Expr,
    },
    /// The choice that this step made for `local`, once more; where it made none, or several, there is no value.
    Retake {
        local: LocalId,
        body: Vec<Stmt>,
    },
    /// One such message leaves the link, and `then` follows; where there is none, nothing does.
    Take {
        message: MessageId,
        link: LinkId,
        fields: Vec<Expr>,
        from: Expr,
        to: Expr,
        then: Vec<Stmt>,
    },
    /// The link holds what another held before the step, or nothing.
    Refill {
        link: LinkId,
        from: Option<LinkId>,
    },
    /// Where `body` has no value, or a choice in it was not made, `otherwise` goes on with the state as it is by then.
    Attempt {
        body: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
}

/// What happens besides where a message is lost or duplicated that this handler is for, whose locals are the message's.
#[derive(Debug, Clone)]
pub struct AtMessage {
    pub fault: Fault,
    pub handler: ActionId,
    pub body: Vec<Stmt>,
}

/// What happens at a crash besides: `local` is the node.
#[derive(Debug, Clone)]
pub struct AtCrash {
    pub node: NodeId,
    pub local: LocalId,
    pub body: Vec<Stmt>,
}

/// Something that can be assigned.
#[derive(Debug, Clone)]
pub struct Place {
    pub root: PlaceRoot,
    pub path: Vec<PathStep>,
    /// The type of what is at the end of the path.
    pub ty: TypeId,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum PlaceRoot {
    State(StateId),
    NodeField { node: Box<Expr>, field: NodeFieldId },
}

#[derive(Debug, Clone)]
pub enum PathStep {
    /// Field of a record, by position.
    Field(u32),
    /// Element of a list (0-based integer) or value of a map (by key); `ty` is the type of the container.
    Index { container: TypeId, index: Expr },
}

/// `local in set where filter`
#[derive(Debug, Clone, PartialEq)]
pub struct Binder {
    pub local: LocalId,
    pub set: Box<Expr>,
    pub filter: Option<Box<Expr>>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub ty: TypeId,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Bool(bool),
    Int(i64),
    /// Variant of an enum, or member of a node kind, by position.
    Member(u32),
    None,
    /// A value as an option.
    Some(Box<Expr>),
    /// The value in an option; an error with a trace where it is none.
    Unwrap(Box<Expr>),
    Local(LocalId),
    State(StateId),
    /// `b.log`
    NodeField {
        node: Box<Expr>,
        field: NodeFieldId,
    },
    /// `b.up`
    Up(Box<Expr>),
    /// Field of a record, by position.
    Field(Box<Expr>, u32),
    /// `list[i]` (0-based; outside the list is an error with a trace), `map[k]`
    Index(Box<Expr>, Box<Expr>),
    /// `list[a..b]`, half-open; both ends are clamped to the list.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Let(LocalId, Box<Expr>, Box<Expr>),
    /// `all x in S where P: e`
    All(Binder, Box<Expr>),
    Any(Binder, Box<Expr>),
    /// `count x in S where P`
    Count(Binder),
    /// 0 over an empty set
    Sum(Binder, Box<Expr>),
    /// An error with a trace over an empty set
    Min(Binder, Box<Expr>),
    Max(Binder, Box<Expr>),
    SetOf(Binder, Box<Expr>),
    ListOf(Binder, Box<Expr>),
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
    Call(DefId, Vec<Expr>),
    Builtin(Builtin, Vec<Expr>),
    /// The value before the step.
    Old(Box<Expr>),
    /// Nothing but faults can change this state (no action, delivery, resolution, reconciler or restart is enabled).
    Quiescent,
    /// A reconciler's remembered observation, by position in [`Reconciler::observed`]; the reconciler's own
    /// instance is given by the action's locals.
    Observed {
        reconciler: usize,
        index: usize,
    },
    /// Messages in flight of a kind: the builtin `in_flight(Fetch)` as a count.
    InFlight(MessageId),
    /// Every message in the first link is in the second, as often. Obligations ask this.
    Within(LinkId, LinkId),
    /// Some message in flight that the handler is for, whatever its guards say, satisfies the condition, in which the
    /// handler's locals are the message's. Obligations ask this.
    SomeMessage(ActionId, Box<Expr>),
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
    Or,
    And,
    Implies,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// Membership in a set, list or bag.
    In,
    Add,
    Subtract,
    Multiply,
    /// Rounds towards negative infinity; an error with a trace where the divisor is 0.
    Divide,
    Remainder,
    Union,
    Difference,
    Intersect,
    Concat,
    Subset,
}

// ---- the four concepts ----

/// What all four have in common.
#[derive(Debug, Clone)]
pub struct Header {
    pub concept: ConceptKind,
    pub name: String,
    /// In the order written; all of this concept.
    pub types: Vec<ConceptType>,
    pub sentence: Option<String>,
    pub docs: Option<String>,
    pub span: Span,
    /// The system that declared it (differs from the program where inherited by `from`).
    pub system: String,
}

impl Header {
    /// `leader, append`
    pub fn type_words(&self) -> String {
        ConceptType::words(&self.types, ", ")
    }
}

#[derive(Debug, Clone)]
pub struct Order {
    pub header: Header,
    pub scope: Option<String>,
    pub by: Option<Binder>,
    /// In the scope of the binder of `by` where there is one: `epoch n.term`.
    pub epoch: Option<Expr>,
    pub views: Option<Views>,
    /// In the scope of the binder of `views` where that has one.
    pub value: Option<Expr>,
    pub version: Option<Expr>,
    pub writes: Vec<Write>,
}

impl Order {
    pub fn types(&self) -> impl Iterator<Item = OrderType> {
        self.header
            .types
            .iter()
            .filter_map(|ty| if let ConceptType::Order(ty) = ty { Some(*ty) } else { None })
    }
}

#[derive(Debug, Clone)]
pub struct Views {
    pub value: Expr,
    pub binder: Option<Binder>,
    pub span: Span,
}

/// `write ACTION expects EXPR` / `… carries EXPR`. EXPR sees the locals of that action and the state before the step.
#[derive(Debug, Clone)]
pub struct Write {
    /// All actions of that name (several handlers may share one).
    pub actions: Vec<ActionId>,
    /// For each of `actions`, the expression in its locals.
    pub values: Vec<Expr>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Invariant {
    pub header: Header,
    /// Conjunction; empty: only stated.
    pub forms: Vec<Form>,
}

impl Invariant {
    pub fn types(&self) -> impl Iterator<Item = InvariantType> {
        self.header
            .types
            .iter()
            .filter_map(|ty| if let ConceptType::Invariant(ty) = ty { Some(*ty) } else { None })
    }
}

#[derive(Debug, Clone)]
pub struct Form {
    pub kind: FormKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum FormKind {
    For(Binder, Box<Form>),
    Cardinality {
        quantity: Quantity,
        number: Expr,
        binder: Binder,
    },
    Monotonic {
        value: Expr,
        /// The actions of which each step raises it.
        strictly: Option<Strictly>,
        binder: Option<Binder>,
    },
    Unique {
        value: Expr,
        binder: Binder,
    },
    Ownership {
        each: Binder,
        owner: Binder,
        takes: Vec<Taking>,
    },
    Immutable {
        value: Expr,
        binder: Option<Binder>,
    },
    Eventually(Expr),
    AlwaysEventually(Expr),
    EventuallyAlways(Expr),
    /// A form of convergence inside.
    OnceClientsStop(Box<Form>),
    LeadsTo(Expr, Expr),
    Stable(Expr),
    /// True in every reachable state; where it uses `old`, at every step.
    Always(Expr),
}

/// What only the owner does with what is its own.
#[derive(Debug, Clone)]
pub struct Taking {
    pub action: ActionId,
    pub name: String,
    /// Whether a step of the action is one with the thing at hand: sees its locals and the binder's.
    pub concerns: Expr,
    pub span: Span,
}

/// Whose steps raise a value.
#[derive(Debug, Clone)]
pub enum Strictly {
    /// Every step but faults.
    Every,
    /// Those of these actions, by the names that were written.
    In(Vec<ActionId>, String),
}

#[derive(Debug, Clone)]
pub struct Resolution {
    pub header: Header,
    /// Names of orders and invariants.
    pub handles: Vec<(String, Span)>,
    /// Its acts and handlers, as ids into [`Program::actions`]; empty: only stated.
    pub actions: Vec<ActionId>,
    /// In the scope of `at` and the fields of its act (the first, where there are several): `attempts c.tries at most 3`.
    pub attempts: Option<(Expr, Expr)>,
    /// `backoff` was written (with nanoseconds, where given).
    pub backoff: Option<Option<u64>>,
    pub merge: Option<DefId>,
    /// Global, as `restores` is; of a fence alone in the scope of the binder of `token`.
    pub protects: Option<Expr>,
    pub since: Vec<ActionId>,
    pub undoes: Vec<ActionId>,
    /// What tells one attempt from another, in the scope of each action that has its names; of the choices too. Sees the
    /// state before the step.
    pub key: Vec<(ActionId, Expr)>,
    pub restores: Option<Expr>,
    pub token: Option<(Expr, Option<Binder>)>,
    pub writes: Vec<Write>,
}

impl Resolution {
    pub fn types(&self) -> impl Iterator<Item = ResolutionType> {
        self.header
            .types
            .iter()
            .filter_map(|ty| if let ConceptType::Resolution(ty) = ty { Some(*ty) } else { None })
    }
}

#[derive(Debug, Clone)]
pub struct Reconciler {
    pub header: Header,
    /// Nanoseconds.
    pub every: Option<u64>,
    /// `drift P`, or `desired != actual` where those were written. In the scope of nothing: a global condition.
    /// It is the goal. Acts without a `when` have what they see of it as their guard.
    pub drift: Option<Expr>,
    pub desired: Option<Expr>,
    pub actual: Option<Expr>,
    pub atomic: bool,
    /// What `observe` remembers, in order: name and type. Empty: acts on what it sees.
    pub observed: Vec<(String, TypeId)>,
    /// Its observing and acting steps.
    pub actions: Vec<ActionId>,
}

impl Reconciler {
    pub fn types(&self) -> impl Iterator<Item = ReconcilerType> {
        self.header
            .types
            .iter()
            .filter_map(|ty| if let ConceptType::Reconciler(ty) = ty { Some(*ty) } else { None })
    }
}

impl Program {
    /// What a member of a concept has in common with all others.
    pub fn header(&self, concept: ConceptKind, index: usize) -> &Header {
        match concept {
            ConceptKind::Order => &self.orders[index].header,
            ConceptKind::Invariant => &self.invariants[index].header,
            ConceptKind::Resolution => &self.resolutions[index].header,
            ConceptKind::Reconciler => &self.reconcilers[index].header,
        }
    }
}
