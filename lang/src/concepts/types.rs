//! The types of the four concepts: the words after the colon, each of them an obligation.
//!
//! Enters: nothing (tables). Leaves: an enum for each concept, and [`ConceptType`], any of them.

use super::{ConceptKind, table};

table! {
    /// What an order may be.
    pub enum OrderType {
        Leader "leader" "order: at most one entitled writer at a time, and nothing is appended by anyone else.",
        Append "append" "order: of any two views one is a prefix of the other, and no step rewrites an agreed prefix.",
        CompareAndSet "compare_and_set" "order: the value changes only in steps whose expected version was the current one.",
        Versioned "versioned" "order: a changed value has a greater version; equal versions mean equal values.",
    }
}

table! {
    /// What an invariant may be.
    pub enum InvariantType {
        Safety "safety" "invariant: true in every reachable state; with old(), at every step.",
        Cardinality "cardinality" "invariant: at most, at least or exactly N.",
        Monotonicity "monotonicity" "invariant: never decreases from one step to the next.",
        Ownership "ownership" "invariant: each has at most one owner.",
        Uniqueness "uniqueness" "invariant: no two have the same.",
        Convergence "convergence" "invariant: on every fair run, eventually.",
    }
}

table! {
    /// What a resolution may be.
    pub enum ResolutionType {
        Retry "retry" "resolution: attempts are bounded, and one that has taken effect and comes again changes nothing.",
        Merge "merge" "resolution: the merge function is commutative, associative and idempotent.",
        Abort "abort" "resolution: afterwards, what is protected is as if the attempt had never begun.",
        Reject "reject" "resolution: afterwards, what is protected is as if the attempt had never begun.",
        Compensate "compensate" "resolution: afterwards, what is restored is as if the action had never happened.",
        Fence "fence" "resolution: the token never goes back, and a write with an older token changes nothing.",
        Dedupe "dedupe" "resolution: what has taken effect and comes again changes nothing.",
        Repair "repair" "resolution: its steps end, in the same whichever goes first, and leave nothing broken that it handles.",
    }
}

table! {
    /// What a reconciler may be.
    pub enum ReconcilerType {
        ControlLoop "control_loop" "reconciler: observe, compare, act, for ever.",
        Worker "worker" "reconciler: works off what is there to do.",
        Periodic "periodic" "reconciler: repairs from time to time.",
        ObserveAct "observe_act" "reconciler: observes and acts in two steps.",
    }
}

/// A type of any concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConceptType {
    /// Of an order.
    Order(OrderType),
    /// Of an invariant.
    Invariant(InvariantType),
    /// Of a resolution.
    Resolution(ResolutionType),
    /// Of a reconciler.
    Reconciler(ReconcilerType),
}

impl ConceptType {
    /// The types of a concept, in the order of its table.
    pub fn of(kind: ConceptKind) -> Vec<ConceptType> {
        match kind {
            ConceptKind::Order => OrderType::ALL.map(Self::Order).to_vec(),
            ConceptKind::Invariant => InvariantType::ALL.map(Self::Invariant).to_vec(),
            ConceptKind::Resolution => ResolutionType::ALL.map(Self::Resolution).to_vec(),
            ConceptKind::Reconciler => ReconcilerType::ALL.map(Self::Reconciler).to_vec(),
        }
    }

    /// The type of a concept with this word.
    pub fn named(kind: ConceptKind, word: &str) -> Option<ConceptType> {
        Self::of(kind).into_iter().find(|ty| ty.word() == word)
    }

    /// Several, as one writes them.
    pub fn words(types: &[ConceptType], between: &str) -> String {
        types.iter().map(|ty| ty.word()).collect::<Vec<_>>().join(between)
    }

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Order(ty) => ty.word(),
            Self::Invariant(ty) => ty.word(),
            Self::Resolution(ty) => ty.word(),
            Self::Reconciler(ty) => ty.word(),
        }
    }

    /// One sentence on what it obliges to.
    pub fn help(self) -> &'static str {
        match self {
            Self::Order(ty) => ty.help(),
            Self::Invariant(ty) => ty.help(),
            Self::Resolution(ty) => ty.help(),
            Self::Reconciler(ty) => ty.help(),
        }
    }
}
