//! Symmetry: which nodes of a kind, and which values of an enum, are interchangeable.
//!
//! Enters: a program, and the expressions that are judged beside it. Leaves: for each node kind and enum the members
//! that any permutation may exchange, and what tells the others apart.
//!
//! The claim that must be right: where `g` exchanges interchangeable members, the successors of `g(s)` are `g` of the
//! successors of `s`, initial states go to initial states, and every condition has at `g(s)` the value that it has at
//! `s` (or traps at both). So everything is out unless it is known to keep that: a member that is named, or that is a
//! type's first value, stays where it is, and a type whose members are gone through in an order that shows is left out.
//! Expressions are matched without a wildcard, so that a new kind has to be thought about here.
//! After Ip and Dill, Better Verification Through Symmetry (1996), whose scalarsets the author has to declare.

use super::program::{
    Action, ActionKind, EnumId, Expr, ExprKind, Init, NodeId, PathStep, Place, PlaceRoot, Program, Stmt,
    StmtKind, Type, TypeId,
};
use crate::span::Span;
use rustc_hash::{FxHashMap, FxHashSet};

mod expressions;
mod loops;
mod traps;

/// A node kind or an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// A kind of node.
    Node(NodeId),
    /// An enum.
    Enum(EnumId),
}

/// Something that tells members of a type apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// Where that is written.
    pub span: Span,
    /// `broker1 is named`
    pub words: String,
}

/// The members of a type, as far as they are interchangeable.
#[derive(Debug, Clone)]
pub struct Interchangeable {
    /// Whose members.
    pub of: Of,
    /// How many members the type has.
    pub count: u32,
    /// At least two, ascending; or none.
    pub members: Vec<u32>,
    /// What tells the others apart: the first that was found.
    pub apart: Option<Apart>,
}

impl Interchangeable {
    /// Name of the kind or enum.
    pub fn name<'p>(&self, program: &'p Program) -> &'p str {
        match self.of {
            Of::Node(n) => &program.nodes[n.index()].name,
            Of::Enum(e) => &program.enums[e.index()].name,
        }
    }

    /// Whether the author says so.
    pub fn declared(&self, program: &Program) -> bool {
        match self.of {
            Of::Node(n) => program.nodes[n.index()].symmetric,
            Of::Enum(e) => program.enums[e.index()].symmetric,
        }
    }

    /// Leaves a member where it is.
    pub fn fix(&mut self, member: u32, apart: impl FnOnce() -> Apart) {
        if self.members.contains(&member) {
            self.apart.get_or_insert_with(apart);
            self.members.retain(|m| *m != member);
            if self.members.len() < 2 {
                self.members.clear();
            }
        }
    }

    /// Leaves all of them where they are.
    pub fn fix_all(&mut self, apart: impl FnOnce() -> Apart) {
        self.apart.get_or_insert_with(apart);
        self.members.clear();
    }
}

/// Every node kind and every enum with at least two members: nodes first, in declaration order. `judged` are the
/// expressions of properties and probes.
pub(crate) fn interchangeable(program: &Program, judged: &[&Expr]) -> Vec<Interchangeable> {
    let mut detector = Detector::new(program);
    detector.initial();
    program.actions.iter().for_each(|action| detector.action(action));
    detector.observed();
    for e in program.bounds.iter().chain(judged.iter().copied()) {
        detector.expr(e);
    }
    detector.kinds
}

/// Whether an expression may have no value in some state, as far as can be told.
pub(crate) fn may_trap(program: &Program, e: &Expr) -> bool {
    traps::Traps::new(program).possible(e)
}

struct Detector<'p> {
    program: &'p Program,
    kinds: Vec<Interchangeable>,
    /// The kinds that values of a type contain, by position in `kinds`.
    mentioned: FxHashMap<TypeId, Vec<usize>>,
    /// Definitions that have been looked at.
    seen: FxHashSet<u32>,
}

impl<'p> Detector<'p> {
    fn new(program: &'p Program) -> Self {
        let kind = |of, count: u32| Interchangeable { of, count, members: (0..count).collect(), apart: None };
        let nodes = program.nodes.iter().enumerate();
        let nodes = nodes.map(|(i, n)| kind(Of::Node(NodeId(i as u32)), n.count));
        let enums = program.enums.iter().enumerate();
        let enums = enums.map(|(i, e)| kind(Of::Enum(EnumId(i as u32)), e.variants.len() as u32));
        let kinds = nodes.chain(enums).filter(|k| k.count >= 2).collect();
        Detector { program, kinds, mentioned: FxHashMap::default(), seen: FxHashSet::default() }
    }

    // ---- differences between members ----

    fn kind_of(&self, ty: TypeId) -> Option<usize> {
        let of = match self.program.types.get(ty) {
            Type::Node(n) => Of::Node(*n),
            Type::Enum(e) => Of::Enum(*e),
            _ => return None,
        };
        self.kinds.iter().position(|k| k.of == of)
    }

    fn member_name(&self, kind: usize, member: u32) -> String {
        match self.kinds[kind].of {
            Of::Node(n) => self.program.nodes[n.index()].member(member),
            Of::Enum(e) => self.program.enums[e.index()].variants[member as usize].clone(),
        }
    }

    /// One member of a kind stays where it is: `why` follows its name.
    fn fix(&mut self, kind: usize, member: u32, span: Span, why: &str) {
        let words = format!("{} {why}", self.member_name(kind, member));
        self.kinds[kind].fix(member, || Apart { span, words });
    }

    /// Everything that values of a type contain is out.
    fn out(&mut self, ty: TypeId, span: Span, words: &str) {
        for kind in self.mentions(ty) {
            self.kinds[kind].fix_all(|| Apart { span, words: words.to_string() });
        }
    }

    /// Nothing is interchangeable: for what should not come up.
    fn nothing(&mut self, span: Span) {
        let words = "something is here that is not understood";
        self.kinds.iter_mut().for_each(|k| k.fix_all(|| Apart { span, words: words.to_string() }));
    }

    /// The kinds that values of a type contain.
    fn mentions(&mut self, ty: TypeId) -> Vec<usize> {
        if let Some(known) = self.mentioned.get(&ty) {
            return known.clone();
        }
        let found = self.parts_of(ty);
        let mut all: Vec<usize> = self.kind_of(ty).into_iter().collect();
        for part in found {
            all.extend(self.mentions(part));
        }
        all.sort_unstable();
        all.dedup();
        self.mentioned.insert(ty, all.clone());
        all
    }

    fn parts_of(&self, ty: TypeId) -> Vec<TypeId> {
        match self.program.types.get(ty) {
            Type::Bool | Type::Int { .. } | Type::Enum(_) | Type::Node(_) | Type::Error => Vec::new(),
            Type::Option(inner) | Type::Set(inner) => vec![*inner],
            Type::List { element, .. } | Type::Bag { element, .. } => vec![*element],
            Type::Map { key, value } => vec![*key, *value],
            Type::Record(r) => self.program.records[r.index()].fields.iter().map(|f| f.1).collect(),
        }
    }

    /// The first value of a type, which a variable has by itself: the first member of each kind in it stays put.
    fn first_value(&mut self, ty: TypeId, span: Span, why: &str) {
        if let Some(kind) = self.kind_of(ty) {
            return self.fix(kind, 0, span, why);
        }
        let parts = match self.program.types.get(ty) {
            Type::Map { value, .. } => vec![*value],
            Type::Record(_) => self.parts_of(ty),
            // None, empty.
            Type::Option(_) | Type::Set(_) | Type::List { .. } | Type::Bag { .. } => Vec::new(),
            Type::Bool | Type::Int { .. } | Type::Enum(_) | Type::Node(_) | Type::Error => Vec::new(),
        };
        parts.into_iter().for_each(|part| self.first_value(part, span, why));
    }

    // ---- programs ----

    fn initial(&mut self) {
        let program = self.program;
        let states = program.states.iter().map(|s| (&s.init, s.ty, s.span));
        let fields = program.node_fields.iter().map(|f| (&f.init, f.ty, f.span));
        for (init, ty, span) in states.chain(fields) {
            match init {
                Init::Default => self.first_value(ty, span, "is its first value"),
                Init::Value(e) => self.initial_value(e),
                // When all others have theirs.
                Init::Computed { value, .. } => self.expr(value),
                Init::Any { set, filter, .. } => {
                    set.iter().chain(filter).for_each(|e| self.initial_value(e));
                }
            }
        }
        program.init.iter().for_each(|e| self.expr(e));
        self.statements(&program.initially);
        self.statements(&program.first_shown);
        self.statements(&program.behind_faults);
        for more in &program.at_node {
            more.guards.iter().for_each(|e| self.expr(e));
            self.statements(&more.body);
            self.statements(&more.timers);
        }
        program.at_message.iter().for_each(|more| self.statements(&more.body));
        program.at_crash.iter().for_each(|more| self.statements(&more.body));
    }

    /// Variables get their values one after the other, so what reads another would depend on the order.
    fn initial_value(&mut self, e: &Expr) {
        let mentions = super::walk::Mentions::of(self.program, e);
        if !mentions.states.is_empty() || !mentions.node_fields.is_empty() || mentions.surroundings {
            self.nothing(e.span);
        }
        self.expr(e);
    }

    fn action(&mut self, action: &Action) {
        action.at_set.iter().chain(&action.guards).for_each(|e| self.expr(e));
        self.statements(&action.body);
        self.statements(&action.timers);
        if let ActionKind::ReconcilerObserve { values, .. } = &action.kind {
            values.iter().for_each(|e| self.expr(e));
        }
    }

    /// What is not observed yet, or forgotten, has the first value of its type.
    fn observed(&mut self) {
        let program = self.program;
        for reconciler in &program.reconcilers {
            for (_, ty) in &reconciler.observed {
                self.first_value(*ty, reconciler.header.span, "stands for what is not observed yet");
            }
        }
    }

    fn statements(&mut self, body: &[Stmt]) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Assign { place, value } => {
                    self.place(place);
                    self.expr(value);
                }
                StmtKind::Mutate { place, op: _, value } => {
                    self.place(place);
                    value.iter().for_each(|e| self.expr(e));
                }
                StmtKind::If { condition, then, otherwise } => {
                    self.expr(condition);
                    self.statements(then);
                    self.statements(otherwise);
                }
                StmtKind::For { binder, body } => {
                    self.binder(binder);
                    self.statements(body);
                    self.in_any_order(binder, body);
                }
                StmtKind::Let { local: _, value }
                | StmtKind::Require(value)
                | StmtKind::Fork { local: _, when: value } => self.expr(value),
                StmtKind::Retake { local: _, body } => self.statements(body),
                StmtKind::Take { message: _, link: _, fields, from, to, then } => {
                    fields.iter().chain([from, to]).for_each(|e| self.expr(e));
                    self.statements(then);
                }
                StmtKind::Refill { link: _, from: _ } => {}
                StmtKind::Attempt { body, otherwise } => {
                    self.statements(body);
                    self.statements(otherwise);
                }
                // Each element is a way of its own: all of them are taken, in whatever order.
                StmtKind::Choose { binder, body } => {
                    self.binder(binder);
                    self.statements(body);
                }
                StmtKind::Send { message: _, link: _, fields, from, to } => {
                    fields.iter().chain([from, to]).for_each(|e| self.expr(e));
                }
            }
        }
    }

    fn place(&mut self, place: &Place) {
        if let PlaceRoot::NodeField { node, .. } = &place.root {
            self.expr(node);
        }
        for step in &place.path {
            if let PathStep::Index { container, index } = step {
                self.indexed(*container, place.span);
                self.expr(index);
            }
        }
    }

    /// Lists by position and maps by key: what a bag has at a position depends on the order of its elements.
    fn indexed(&mut self, container: TypeId, span: Span) {
        if !matches!(self.program.types.get(container), Type::List { .. } | Type::Map { .. }) {
            self.out(container, span, "this goes by the order of the elements");
        }
    }
}

/// An expression without its spans, to be compared with others: equal texts mean equal expressions.
fn bare(e: &Expr) -> String {
    fn clear(e: &mut Expr) {
        e.span = Span::default();
        e.parts_mut(&mut clear);
    }
    let mut copy = e.clone();
    clear(&mut copy);
    format!("{:?}", copy.kind)
}

/// Whether an expression is the constant `none`.
fn is_none(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::None)
}
