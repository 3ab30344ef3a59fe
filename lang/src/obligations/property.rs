//! Properties: what the engine checks, as typed expressions. Types are obligations: each order, invariant, resolution
//! and reconciler of a program yields one or more.
//!
//! Enters: nothing (data only). Leaves: properties, from `obligations` to the lowering.

use crate::analysis::program::{ActionId, DefId, Expr, NodeFieldId, Program, StateId};
use crate::analysis::walk::Mentions;
use crate::concepts::{ConceptKind, Topic};
use crate::span::Span;

/// A monitor by its number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonitorId(pub u32);

/// One obligation of one member of the mapping.
#[derive(Debug, Clone)]
pub struct Property {
    /// The concept that demands it.
    pub concept: ConceptKind,
    /// Index into the program's vector of that concept.
    pub member: usize,
    /// What is checked, in words: `any two views are comparable (one is a prefix of the other)`.
    pub words: String,
    /// What it speaks of.
    pub topic: Topic,
    /// Where the broken expression stands.
    pub span: Span,
    /// How it is judged.
    pub kind: PropertyKind,
    /// Judged where this monitor watches a run, and nowhere else: see [`crate::obligations::monitor`].
    pub watched_by: Option<MonitorId>,
    /// Conditions that must be true somewhere for the verdict to say anything.
    pub probes: Vec<Probe>,
    /// What is compared with what would be, where the property speaks of two worlds: each part of it.
    pub worlds: Vec<Worlds>,
    /// Conditions that are worth telling of where they came true, whatever the verdict.
    pub notes: Vec<Probe>,
    /// Conditions where nothing can be said any more: what holds is then not checked.
    pub doubts: Vec<Probe>,
    /// What to write where something else was meant: told beside a violation.
    pub otherwise: Option<String>,
}

impl Property {
    /// Everything that is watched for: the probes, then the notes, then the doubts.
    pub fn watched_for(&self) -> impl Iterator<Item = &Probe> {
        self.probes.iter().chain(&self.notes).chain(&self.doubts)
    }

    /// Sets the topic.
    pub fn about(&mut self, topic: Topic) -> &mut Self {
        self.topic = topic;
        self
    }
}

/// A value in two worlds.
#[derive(Debug, Clone)]
pub struct Worlds {
    /// `a1.held`; `None`: as it is written.
    pub name: Option<String>,
    /// On the run.
    pub is: Expr,
    /// In the other world.
    pub would_be: Expr,
    /// What would have to be otherwise: `had the attempt never begun`
    pub had: &'static str,
}

/// What happens on the runs without end that an obligation speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// Faults, within their budgets, and client steps too.
    GoOn,
    /// From every reachable state on, neither.
    Stop,
}

/// How a property is judged.
#[derive(Debug, Clone)]
pub enum PropertyKind {
    /// True in every reachable state.
    State(Expr),
    /// What holds is true in every reachable state, and once faults and clients have stopped every fair run leaves the
    /// states where it is apart for good, and not because what would be comes to what is. Where that has no value, it is
    /// not.
    Returns {
        /// In every state.
        holds: Expr,
        /// Not for ever.
        apart: Expr,
        /// What would be.
        would_be: Compared,
    },
    /// True at every step; the expression sees both states through `old`.
    Step(Expr),
    /// True at every step of these actions; each expression sees its action's locals (parameters, `at`, message fields).
    StepOf(Vec<(ActionId, Expr)>),
    /// Taking the same instance (for a handler: the same message) again right after changes nothing but messages in
    /// flight.
    Idempotent {
        /// Those that may be done twice.
        actions: Vec<ActionId>,
    },
    /// From every reachable state, without faults, the steps of `actions` end; what is protected is then the same
    /// whichever goes first; and `handled` is true unless one of the `others` can be taken.
    Repairs {
        /// Those of the resolution.
        actions: Vec<ActionId>,
        /// What they wait for: views, looks, and ticks.
        informs: Vec<ActionId>,
        /// Those of other resolutions and reconcilers, deliveries and restarts that may mend what is handled.
        others: Vec<ActionId>,
        /// What repair must not change.
        protected: Compared,
        /// True where nothing is left to repair.
        handled: Expr,
    },
    /// Every step is one of a specification, or changes nothing there, and every fair run is a fair run there. The
    /// expressions say what the specification's variables are, in the order of its states.
    Refines(Vec<Expr>),
    /// The binary function is commutative, associative and idempotent: over its whole domain, or else over the values
    /// that meet in each state.
    MergeLaws(DefId),
    /// Every fair run reaches this and stays there.
    Converges(Expr, Clients),
    /// A fair run that makes the first true makes the second true then or later.
    LeadsTo(Expr, Expr, Clients),
    /// Every fair run makes it true at some time.
    Eventually(Expr),
    /// Nothing to check: why (`only stated: no body`, `no views are given`).
    NotChecked(String),
}

/// What is compared.
#[derive(Debug, Clone)]
pub enum Compared {
    /// The value of an expression.
    Value(Expr),
    /// These, each by itself.
    Variables(Vec<Variable>),
}

impl Property {
    /// Whether a run by itself can violate it.
    pub fn on_one_run(&self) -> bool {
        self.watched_by.is_none()
            && matches!(
                self.kind,
                PropertyKind::State(_)
                    | PropertyKind::Step(_)
                    | PropertyKind::StepOf(_)
                    | PropertyKind::Idempotent { .. }
            )
    }
}

impl Property {
    /// Whether a run may show it broken that by itself does not violate it: what watches runs, or what meets in them,
    /// is beside the system.
    pub fn beside_one_run(&self) -> bool {
        match self.kind {
            PropertyKind::MergeLaws(_) => true,
            PropertyKind::NotChecked(_) => false,
            PropertyKind::State(_)
            | PropertyKind::Step(_)
            | PropertyKind::StepOf(_)
            | PropertyKind::Idempotent { .. }
            | PropertyKind::Returns { .. }
            | PropertyKind::Converges(..)
            | PropertyKind::LeadsTo(..)
            | PropertyKind::Eventually(_)
            | PropertyKind::Repairs { .. }
            | PropertyKind::Refines(_) => self.watched_by.is_some(),
        }
    }
}

impl Compared {
    /// Of some variables.
    pub fn variables(states: Vec<StateId>, fields: Vec<NodeFieldId>) -> Compared {
        let states = states.into_iter().map(Variable::State);
        Compared::Variables(states.chain(fields.into_iter().map(Variable::NodeField)).collect())
    }

    /// The expression whose value it is; `None`: it is of variables.
    pub fn value(&self) -> Option<&Expr> {
        match self {
            Compared::Value(e) => Some(e),
            Compared::Variables(_) => None,
        }
    }
}

impl PropertyKind {
    /// True in every state; at every step where it asks for what was before, in a definition too.
    pub fn always(program: &Program, e: Expr) -> PropertyKind {
        match Mentions::of(program, &e).old {
            true => PropertyKind::Step(e),
            false => PropertyKind::State(e),
        }
    }

    /// Judged on the graph of all states: on runs without end, or on where steps lead in the end.
    pub fn is_lasting(&self) -> bool {
        match self {
            PropertyKind::Converges(..)
            | PropertyKind::LeadsTo(..)
            | PropertyKind::Eventually(_)
            | PropertyKind::Repairs { .. }
            | PropertyKind::Refines(_) => true,
            PropertyKind::State(_)
            | PropertyKind::Returns { .. }
            | PropertyKind::Step(_)
            | PropertyKind::StepOf(_)
            | PropertyKind::Idempotent { .. }
            | PropertyKind::MergeLaws(_)
            | PropertyKind::NotChecked(_) => false,
        }
    }
}

/// A declared variable, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// A global one.
    State(StateId),
    /// Of every node of the kind.
    NodeField(NodeFieldId),
}

/// A condition whose never being true makes the property vacuous.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What has to come up.
    pub condition: ProbeCondition,
    /// `the left side of implies was never true`
    pub words: String,
    /// Where the obligation comes from.
    pub span: Span,
    /// The monitor that alone makes it true, if that is not the one of the property.
    pub watched_by: Option<MonitorId>,
}

/// What has to come up somewhere, or else what holds is vacuous.
#[derive(Debug, Clone)]
pub enum ProbeCondition {
    /// In some state.
    State(Expr),
    /// At some step (uses `old`).
    Step(Expr),
    /// Some step of these actions.
    Taken(Vec<ActionId>),
    /// In some state, a call of the function with two different operands is possible. Of a property of its laws.
    Meets(DefId),
    /// At some step of these actions; each expression sees its action's locals.
    StepOf(Vec<(ActionId, Expr)>),
}
