//! The four concepts of a program, their expressions typed.
//!
//! Enters: nothing (data only). Leaves: parts of the program: to `obligations` what is to be judged, to `mapping` what is
//! laid out.

use super::*;

/// What all four have in common.
#[derive(Debug, Clone)]
pub struct Header {
    /// Which of the four.
    pub concept: ConceptKind,
    /// As written.
    pub name: String,
    /// In the order written; all of this concept.
    pub types: Vec<ConceptType>,
    /// The sentence after the types.
    pub sentence: Option<String>,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
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

/// What is agreed to come before what.
#[derive(Debug, Clone)]
pub struct Order {
    /// Name and types.
    pub header: Header,
    /// Of what it is an order, in words.
    pub scope: Option<String>,
    /// Who may append.
    pub by: Option<Binder>,
    /// In the scope of the binder of `by` where there is one: `epoch n.term`.
    pub epoch: Option<Expr>,
    /// The agreed part, as each participant sees it.
    pub views: Option<Views>,
    /// In the scope of the binder of `views` where that has one.
    pub value: Option<Expr>,
    /// What a versioned write raises.
    pub version: Option<Expr>,
    /// What participants of other kinds show: the views after the first.
    pub more: Vec<MoreViews>,
    /// What each write expects.
    pub writes: Vec<Write>,
}

impl Order {
    /// Its types, in the order written.
    pub fn types(&self) -> impl Iterator<Item = OrderType> {
        self.header
            .types
            .iter()
            .filter_map(|ty| if let ConceptType::Order(ty) = ty { Some(*ty) } else { None })
    }
}

/// `views EXPR for x in S`
#[derive(Debug, Clone)]
pub struct Views {
    /// In the scope of the binder.
    pub value: Expr,
    /// The participants; `None`: there is one view.
    pub binder: Option<Binder>,
    /// Where it is written.
    pub span: Span,
}

/// A further `views`, with what `value` and `version` are in its scope.
#[derive(Debug, Clone)]
pub struct MoreViews {
    /// What is shown.
    pub views: Views,
    /// In the scope of the binder.
    pub value: Option<Expr>,
    /// In the scope of the binder.
    pub version: Option<Expr>,
}

/// `write ACTION expects EXPR` / `… carries EXPR`. EXPR sees the locals of that action and the state before the step.
#[derive(Debug, Clone)]
pub struct Write {
    /// All actions of that name (several handlers may share one).
    pub actions: Vec<ActionId>,
    /// For each of `actions`, the expression in its locals.
    pub values: Vec<Expr>,
    /// Where it is written.
    pub span: Span,
}

/// What is always true, or comes true.
#[derive(Debug, Clone)]
pub struct Invariant {
    /// Name and types.
    pub header: Header,
    /// Conjunction; empty: only stated.
    pub forms: Vec<Form>,
}

impl Invariant {
    /// Its types, in the order written.
    pub fn types(&self) -> impl Iterator<Item = InvariantType> {
        self.header
            .types
            .iter()
            .filter_map(|ty| if let ConceptType::Invariant(ty) = ty { Some(*ty) } else { None })
    }
}

/// One statement of an invariant.
#[derive(Debug, Clone)]
pub struct Form {
    /// What it says.
    pub kind: FormKind,
    /// Where it is written.
    pub span: Span,
}

/// What a form says.
#[derive(Debug, Clone)]
pub enum FormKind {
    /// For each element by itself.
    For(Binder, Box<Form>),
    /// How many elements there are.
    Cardinality {
        /// At most, at least or exactly.
        quantity: Quantity,
        /// The limit, an integer.
        number: Expr,
        /// What is counted.
        binder: Binder,
    },
    /// A value never falls.
    Monotonic {
        /// In the scope of the binder.
        value: Expr,
        /// The actions of which each step raises it.
        strictly: Option<Strictly>,
        /// There is one for each element.
        binder: Option<Binder>,
    },
    /// No two elements have the same value.
    Unique {
        /// In the scope of the binder.
        value: Expr,
        /// The elements.
        binder: Binder,
    },
    /// No thing has two owners.
    Ownership {
        /// The things.
        each: Binder,
        /// Its owners, in the scope of the thing.
        owner: Binder,
        /// What only the owner does.
        takes: Vec<Taking>,
    },
    /// A value never changes.
    Immutable {
        /// In the scope of the binder.
        value: Expr,
        /// There is one for each element.
        binder: Option<Binder>,
    },
    /// On every fair run it is true once.
    Eventually(Expr),
    /// On every fair run it is true again and again.
    AlwaysEventually(Expr),
    /// On every fair run it becomes true for good.
    EventuallyAlways(Expr),
    /// A form of convergence inside.
    OnceClientsStop(Box<Form>),
    /// On every fair run the second is true at or after each time that the first is.
    LeadsTo(Expr, Expr),
    /// Once true, it stays so.
    Stable(Expr),
    /// True in every reachable state; where it uses `old`, at every step.
    Always(Expr),
}

/// What only the owner does with what is its own.
#[derive(Debug, Clone)]
pub struct Taking {
    /// One of those with that name.
    pub action: ActionId,
    /// As written.
    pub name: String,
    /// Whether a step of the action is one with the thing at hand: sees its locals and the binder's.
    pub concerns: Expr,
    /// Where it is written.
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

/// `attempts COUNTER at most LIMIT`
#[derive(Debug, Clone)]
pub struct Attempts {
    /// How often it was tried.
    pub counter: Expr,
    /// How often it may be.
    pub limit: Expr,
}

/// `token VALUE for x in S`: the newest token seen.
#[derive(Debug, Clone)]
pub struct Token {
    /// In the scope of the binder.
    pub value: Expr,
    /// There is one for each element.
    pub binder: Option<Binder>,
}

/// How a violation is handled.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// Name and types.
    pub header: Header,
    /// Names of orders and invariants.
    pub handles: Vec<(String, Span)>,
    /// Its acts and handlers, as ids into [`Program::actions`]; empty: only stated.
    pub actions: Vec<ActionId>,
    /// In the scope of `at` and the fields of its act (the first, where there are several): `attempts c.tries at most 3`.
    pub attempts: Option<Attempts>,
    /// `backoff` was written (with nanoseconds, where given).
    pub backoff: Option<Option<u64>>,
    /// The function that joins two values.
    pub merge: Option<DefId>,
    /// Global, as `restores` is; of a fence alone in the scope of the binder of `token`.
    pub protects: Option<Expr>,
    /// The actions with which an attempt begins.
    pub since: Vec<ActionId>,
    /// The actions that are taken back.
    pub undoes: Vec<ActionId>,
    /// What tells one attempt from another, in the scope of each action that has its names; of the choices too. Sees the
    /// state before the step.
    pub key: Vec<(ActionId, Expr)>,
    /// What is to be as it was before.
    pub restores: Option<Expr>,
    /// The newest token seen.
    pub token: Option<Token>,
    /// The token that each write carries.
    pub writes: Vec<Write>,
}

impl Resolution {
    /// Its types, in the order written.
    pub fn types(&self) -> impl Iterator<Item = ResolutionType> {
        self.header
            .types
            .iter()
            .filter_map(|ty| if let ConceptType::Resolution(ty) = ty { Some(*ty) } else { None })
    }
}

/// A loop that observes, compares and acts.
#[derive(Debug, Clone)]
pub struct Reconciler {
    /// Name and types.
    pub header: Header,
    /// Nanoseconds.
    pub every: Option<u64>,
    /// Ticks from one look to the next.
    pub every_ticks: Option<u32>,
    /// `drift P`, or `desired != actual` where those were written. In the scope of nothing: a global condition.
    /// It is the goal. Acts without a `when` have what they see of it as their guard.
    pub drift: Option<Expr>,
    /// What should be there.
    pub desired: Option<Expr>,
    /// What is there; of the type of `desired`.
    pub actual: Option<Expr>,
    /// It observes and acts in one step.
    pub atomic: bool,
    /// What `observe` remembers, in order: name and type. Empty: acts on what it sees.
    pub observed: Vec<(String, TypeId)>,
    /// Its observing and acting steps.
    pub actions: Vec<ActionId>,
}

impl Reconciler {
    /// The name of its timer.
    pub fn looks(&self) -> String {
        format!("ticks until {} looks", self.header.name)
    }

    /// Its types, in the order written.
    pub fn types(&self) -> impl Iterator<Item = ReconcilerType> {
        self.header
            .types
            .iter()
            .filter_map(|ty| if let ConceptType::Reconciler(ty) = ty { Some(*ty) } else { None })
    }
}
