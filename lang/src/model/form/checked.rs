//! How properties and probes are judged by code.
//!
//! Enters: nothing (data only). Leaves: entry points that the machine runs on a state, or on a step.

use super::code::Slot;
use super::instance::ChoiceNote;
use crate::analysis::program::{DefId, TypeId};
use crate::engine::machine::{self, Judged, Role};
use crate::obligations::property::{Clients, Property, PropertyKind};
use rustc_hash::FxHashMap;

/// A piece of code with one result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub start: usize,
    /// The slot of the result, resolved.
    pub result: Slot,
    /// Needs to know whether the states are quiescent.
    pub quiescence: bool,
    /// Number among all pieces of a model.
    pub number: usize,
}

/// How a property is judged, by code.
#[derive(Debug)]
pub(crate) enum Checked {
    State(Entry),
    Step(Entry),
    /// By instance.
    StepOf(FxHashMap<u32, Entry>),
    /// Which instances must be idempotent, and the bits of the state that count.
    Idempotent {
        instances: Vec<bool>,
        mask: Vec<u64>,
    },
    /// The laws of a function, of the values that meet in a state.
    Merge(Merge),
    /// What each instance is to it, what is protected, and whether what it handles holds.
    Repairs {
        roles: Vec<Role>,
        protected: ComparedBy,
        handled: Entry,
    },
    /// Holds in every state, is apart, and what would be.
    Returns {
        holds: Entry,
        apart: Entry,
        would_be: ComparedBy,
    },
    /// What a state stands for in a specification, variable by variable.
    Refines(Vec<Valued>),
    /// One or two conditions.
    Parts(Vec<Entry>),
    Settled,
}

/// A function of two values of one type by itself.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub def: DefId,
    pub ty: TypeId,
    /// Words of a packed value.
    pub words: u32,
    pub start: usize,
    /// Slots of what goes in and what comes out, resolved.
    pub operands: [Slot; 2],
    pub result: Slot,
}

/// A function, and the code that shows with what it is called in a state.
#[derive(Debug, Clone)]
pub(crate) struct Merge {
    pub applied: Applied,
    /// Blocks of the instances that may call it, one behind the other: they emit where the flag is set.
    pub blocks: Option<usize>,
    pub flag: Slot,
    /// Why the laws are tried with what meets: they break elsewhere, or there are too many values.
    pub whole: String,
    pub operands: [Slot; 2],
}

/// How a value is told from another.
#[derive(Debug)]
pub(crate) enum ComparedBy {
    /// The result of code.
    Code(Valued),
    /// These bits of the state.
    Bits(Vec<u64>),
}

/// A value by code, of so many words, that the interpreter runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Valued {
    pub entry: Entry,
    pub words: u32,
}

/// A condition that shows that a property is not vacuous.
#[derive(Debug)]
pub(crate) enum CheckedProbe {
    State(Entry),
    Step(Entry),
    Taken(Vec<bool>),
    /// Two different operands of the function of this property.
    Meets(usize),
    /// By instance.
    StepOf(FxHashMap<u32, Entry>),
}

/// A handler applied to a given message, whatever is in the link.
#[derive(Debug)]
pub(crate) struct Replay {
    pub entry: usize,
    pub choices: Vec<ChoiceNote>,
}

/// How the engine is to judge a property.
pub(crate) fn judged(property: &Property) -> Judged {
    match &property.kind {
        PropertyKind::State(_) => Judged::State,
        PropertyKind::Returns { .. } => Judged::Returns,
        PropertyKind::Refines(_) => Judged::Refines,
        PropertyKind::Step(_) | PropertyKind::StepOf(_) | PropertyKind::Idempotent { .. } => Judged::Step,
        PropertyKind::Repairs { .. } => Judged::Repairs,
        PropertyKind::Converges(_, clients) => Judged::Converges(going_on(*clients)),
        PropertyKind::LeadsTo(.., clients) => Judged::LeadsTo(going_on(*clients)),
        PropertyKind::Eventually(_) => Judged::Eventually,
        // Laws that do not hold for all values: of the operands that meet in each state.
        PropertyKind::MergeLaws(_) => Judged::State,
        PropertyKind::NotChecked(_) => Judged::Settled,
    }
}

/// In the words of the engine.
fn going_on(clients: Clients) -> machine::Clients {
    match clients {
        Clients::GoOn => machine::Clients::GoOn,
        Clients::Stop => machine::Clients::Stop,
    }
}
