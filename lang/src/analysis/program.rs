//! The program: one system at given parameter values, with every name resolved and every expression typed.
//!
//! Enters: nothing (data only). Leaves: the program, to `model` (which lowers it), `mapping` (audit, tables) and `session`.
//! All domains are finite and known here: parameters have been replaced by their values.
//! Ids are indices into the vectors of [`Program`]; vectors are in declaration order.

mod code;
mod concepts;

use super::knowledge::Knows;
use crate::concepts::{
    ConceptKind, ConceptType, Fault, InvariantType, OrderType, ReconcilerType, ResolutionType,
};
use crate::span::Span;
use crate::syntax::tree::Quantity;
pub use crate::words::{Builtin, Method};
pub use code::*;
pub use concepts::*;
use rustc_hash::FxHashMap;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        pub struct $name(
            /// Position in its vector.
            pub u32,
        );
        impl $name {
            /// Position in its vector.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )* };
}
ids!(
    /// A type in use, of [`Program::types`].
    TypeId,
    /// Of [`Program::enums`].
    EnumId,
    /// Of [`Program::records`].
    RecordId,
    /// A kind of node, of [`Program::nodes`].
    NodeId,
    /// Of [`Program::node_fields`].
    NodeFieldId,
    /// Of [`Program::states`].
    StateId,
    /// Of [`Program::messages`].
    MessageId,
    /// Of [`Program::links`].
    LinkId,
    /// Of [`Program::actions`].
    ActionId,
    /// Of [`Program::defs`].
    DefId,
    /// A local variable, unique within its [`Program`]: parameter, binder, `let`, message field.
    LocalId);

/// One system, ready to be compiled.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// Name of the system.
    pub name: String,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// The sentence after the name.
    pub sentence: Option<String>,
    /// The system it was made `from`, where there is one.
    pub base: Option<String>,
    /// The name in its declaration.
    pub span: Span,
    /// With the values that this program has.
    pub params: Vec<Param>,
    /// All types in use.
    pub types: Types,
    /// All type names, aliases included, in declaration order (`bool` is built in).
    pub type_names: Vec<TypeName>,
    /// By [`EnumId`].
    pub enums: Vec<Enum>,
    /// By [`RecordId`]; those of messages too.
    pub records: Vec<Record>,
    /// Kinds of nodes, by [`NodeId`].
    pub nodes: Vec<Node>,
    /// All fields of all nodes; [`Node::fields`] says whose.
    pub node_fields: Vec<NodeField>,
    /// Global variables, by [`StateId`]; ghosts too.
    pub states: Vec<State>,
    /// Kinds of messages, by [`MessageId`].
    pub messages: Vec<Message>,
    /// By [`LinkId`].
    pub links: Vec<Link>,
    /// All names that are bound anywhere, by [`LocalId`].
    pub locals: Vec<Local>,
    /// By [`DefId`].
    pub defs: Vec<Def>,
    /// Everything that can happen but faults: actions, handlers, and the acts of resolutions and reconcilers.
    pub actions: Vec<Action>,
    /// The orders, inherited ones too.
    pub orders: Vec<Order>,
    /// The invariants.
    pub invariants: Vec<Invariant>,
    /// The resolutions.
    pub resolutions: Vec<Resolution>,
    /// The reconcilers.
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
    /// Fields that lag behind.
    pub views: Vec<View>,
    /// What they show in initial states, unless any state is one.
    pub first_shown: Vec<Stmt>,
    /// What `skew` and `stale` do, by kind of node.
    pub at_node: Vec<AtNode>,
    /// What obligations add to crashes.
    pub at_crash: Vec<AtCrash>,
    /// And to the loss and duplication of messages.
    pub at_message: Vec<AtMessage>,
    /// What obligations remember of initial states: runs when all variables have their initial values.
    pub initially: Vec<Stmt>,
    /// What obligations add to every fault and every recovery.
    pub behind_faults: Vec<Stmt>,
}

/// A name for a type: of an alias, enum, record or node.
#[derive(Debug, Clone)]
pub struct TypeName {
    /// As written.
    pub name: String,
    /// What the name stands for; of an alias the type behind it.
    pub ty: TypeId,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// A parameter at its value.
#[derive(Debug, Clone)]
pub struct Param {
    /// As written.
    pub name: String,
    /// Default, or as the target says.
    /// A constant, written out.
    pub value: Expr,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
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
    /// The id of a type, new where it was not in use.
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

    /// The type of an id. Panics: the id is of another program.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.list[id.index()]
    }

    /// Number of types in use.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// A finite type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// Truth value, 1 bit.
    Bool,
    /// Both bounds inclusive, `lo <= hi`. Integer expressions have the interval of their possible values.
    Int {
        /// Least value.
        lo: i64,
        /// Greatest value.
        hi: i64,
    },
    /// One of its variants.
    Enum(EnumId),
    /// One of the nodes of a kind.
    Node(NodeId),
    /// A value of the inner type, or none.
    Option(TypeId),
    /// All fields together.
    Record(RecordId),
    /// Any subset of the element's domain: one bit for each value.
    Set(TypeId),
    /// At most `max` elements, in order.
    List {
        /// Type of the elements.
        element: TypeId,
        /// Greatest length.
        max: u32,
    },
    /// Total over the key's domain.
    Map {
        /// Its domain is finite.
        key: TypeId,
        /// Type of the values.
        value: TypeId,
    },
    /// At most `max` elements, with repetition, without order.
    Bag {
        /// Type of the elements.
        element: TypeId,
        /// Greatest number of elements, repetitions counted.
        max: u32,
    },
    /// The type of an expression with a reported error; never reaches `model`.
    Error,
}

/// An enumeration.
#[derive(Debug, Clone)]
pub struct Enum {
    /// As written.
    pub name: String,
    /// Declared so: nothing but equality tells its variants apart.
    pub symmetric: bool,
    /// At least one, in the order of their values.
    pub variants: Vec<String>,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// A record type, or the fields of a message.
#[derive(Debug, Clone)]
pub struct Record {
    /// As written.
    pub name: String,
    /// Names and types, in order.
    pub fields: Vec<(String, TypeId)>,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// A kind of node and how many there are. Its members are called `broker1`, `broker2`, …, or `controller` where
/// the declaration has no count.
#[derive(Debug, Clone)]
pub struct Node {
    /// As written.
    pub name: String,
    /// Members of the kind; 0 or more.
    pub count: u32,
    /// Written without `[count]`.
    pub single: bool,
    /// Declared so: nothing but equality tells its members apart.
    pub symmetric: bool,
    /// Its variables, each once for every member.
    pub fields: Vec<NodeFieldId>,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
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

/// A variable that every member of a kind of node has.
#[derive(Debug, Clone)]
pub struct NodeField {
    /// The kind.
    pub node: NodeId,
    /// As written.
    pub name: String,
    /// Type of its values.
    pub ty: TypeId,
    /// A crash sets it back to its initial value.
    pub volatile: bool,
    /// Only obligations and other ghosts read it.
    pub ghost: bool,
    /// Ticks move it on, and no crash touches it.
    pub time: Option<Timekeeper>,
    /// Value in initial states.
    pub init: Init,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// What a view chooses where it may show the version before: false unless a line says otherwise, and then no label shows it.
pub const STALE: &str = "stale";

/// What a line says where it means one of several clauses: nothing that is chosen has that name.
pub const CLAUSE: &str = "clause";

/// What a line says where it could be several steps that nothing else tells apart: nothing that is chosen has that name.
pub const WAY: &str = "way";

/// A field that is a copy of something and lags behind.
#[derive(Debug, Clone)]
pub struct View {
    /// The field.
    pub field: NodeFieldId,
    /// What it is a copy of: a function of the state.
    pub of: Expr,
    /// After a restart it begins with what is current.
    pub fresh: bool,
}

/// What counts ticks, or is as much behind the scenes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timekeeper {
    /// Declared: `clock age: 0..5`.
    Clock,
    /// A view, which goes by the steps that keep it up.
    View,
    /// Behind `every n ticks`, `within n ticks` or a view: no trace shows it.
    Timer,
}

/// A global variable.
#[derive(Debug, Clone)]
pub struct State {
    /// As written.
    pub name: String,
    /// Type of its values.
    pub ty: TypeId,
    /// Only obligations and other ghosts read it.
    pub ghost: bool,
    /// Ticks move it on.
    pub time: Option<Timekeeper>,
    /// Value in initial states.
    pub init: Init,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// What a variable is in an initial state.
#[derive(Debug, Clone)]
pub enum Init {
    /// The type's first value: false, lo, the first variant, none, empty.
    Default,
    /// The value of an expression.
    Value(Expr),
    /// Of a volatile field, what durable fields of the node make of it: at the start, in a crash, and at each restart.
    Computed {
        /// The node, as the value sees it.
        node: LocalId,
        /// The value.
        value: Expr,
    },
    /// Any value of the type with `filter` true (which sees it as `local`), in `set` where given.
    Any {
        /// The value, as the filter sees it.
        local: LocalId,
        /// The values to choose from; `None`: all of the type.
        set: Option<Expr>,
        /// What must be true of the value.
        filter: Option<Expr>,
    },
}

impl Init {
    /// Whether it depends on other fields, which have their values before.
    pub fn is_computed(&self) -> bool {
        matches!(self, Init::Computed { .. })
    }
}

/// A kind of message.
#[derive(Debug, Clone)]
pub struct Message {
    /// As written.
    pub name: String,
    /// The fields as a record.
    pub record: RecordId,
    /// The link that carries it; `None`: it is never sent.
    pub link: Option<LinkId>,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// What carries messages from nodes to nodes.
#[derive(Debug, Clone)]
pub struct Link {
    /// As written.
    pub name: String,
    /// The kinds that it carries.
    pub messages: Vec<MessageId>,
    /// Kind of the senders.
    pub from: NodeId,
    /// Kinds of the receivers, at least one.
    pub to: Vec<NodeId>,
    /// Messages go both ways between `from` and `to`, which is one kind.
    pub both_ways: bool,
    /// First in, first out, for each pair of nodes.
    pub ordered: bool,
    /// A fault may lose a message.
    pub lossy: bool,
    /// A fault may deliver a message twice.
    pub duplicating: bool,
    /// What a monitor thinks is in flight: nothing is delivered from it, and no trace shows it.
    pub shadow: bool,
    /// Ordered: per directed pair of nodes. Unordered: on the whole link.
    pub capacity: u32,
    /// Whether the capacity was written (else it is the default, and the overflow error says so).
    pub capacity_stated: bool,
    /// Nanoseconds, for simulation.
    pub latency: Option<(u64, u64)>,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
    pub span: Span,
}

impl Link {
    /// Kinds of sender and receiver, in the order in which they are declared.
    pub fn ways(&self) -> Vec<(NodeId, NodeId)> {
        let mut ways: Vec<_> = self.to.iter().map(|to| (self.from, *to)).collect();
        if self.both_ways {
            ways.extend(self.to.iter().filter(|to| **to != self.from).map(|to| (*to, self.from)));
        }
        ways
    }

    /// Kind of those who send to nodes of a kind, which is one.
    pub fn sender(&self, receiver: NodeId) -> NodeId {
        let way = self.ways().into_iter().find(|(_, to)| *to == receiver);
        way.map_or(self.from, |(from, _)| from)
    }
}

/// A name that is bound inside an action, a definition or an expression.
#[derive(Debug, Clone)]
pub struct Local {
    /// As written.
    pub name: String,
    /// Type of its values.
    pub ty: TypeId,
    /// Where it is written.
    pub span: Span,
}

/// A definition: a function of its parameters and the state.
#[derive(Debug, Clone)]
pub struct Def {
    /// As written.
    pub name: String,
    /// In order.
    pub params: Vec<LocalId>,
    /// As declared, else as inferred; a call has this type.
    pub ty: TypeId,
    /// In the scope of the parameters.
    pub body: Expr,
    /// The comment above it, its lines joined by newlines.
    pub docs: Option<String>,
    /// Where it is written.
    pub span: Span,
}

impl Program {
    /// What nodes of a kind do as part of their restart.
    pub fn recovery(&self, kind: NodeId) -> Option<ActionId> {
        let is_it = |action: &Action| matches!(action.kind, ActionKind::Restart(of) if of == kind);
        self.actions.iter().position(is_it).map(|i| ActionId(i as u32))
    }

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
