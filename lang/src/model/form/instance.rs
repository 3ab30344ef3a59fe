//! Instances as data: every action with every value of its parameters, every message of every link, every fault.
//!
//! Enters: nothing (data only). Leaves: [`Instance`]s, from the compiler to who runs and explains them.

use super::code::Slot;
use crate::analysis::program::{ActionId, LinkId, LocalId, TypeId};
use crate::concepts::Fault;
use crate::engine::machine::{InstanceInfo, StepClass};

#[derive(Debug, Clone)]
pub struct Instance {
    pub kind: InstanceKind,
    pub info: InstanceInfo,
    /// Position of its block in the code.
    pub entry: usize,
    /// What its body chooses.
    pub choices: Vec<ChoiceNote>,
}

impl Instance {
    /// The fault that it is.
    pub fn fault(&self) -> Option<Fault> {
        match self.kind {
            InstanceKind::Crash(_) => Some(Fault::Crash),
            InstanceKind::Restart(_) => Some(Fault::Restart),
            InstanceKind::Lose(_) => Some(Fault::Lose),
            InstanceKind::Duplicate(_) => Some(Fault::Duplicate),
            InstanceKind::Partition(_) => Some(Fault::Partition),
            // What comes before its turn on an ordered link.
            InstanceKind::Deliver { .. } => (self.info.class == StepClass::Fault).then_some(Fault::Reorder),
            InstanceKind::Act { .. } | InstanceKind::Heal => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceKind {
    /// An action with its parameters and `at` bound: local and value (an integer as it is, else packed).
    Act {
        action: ActionId,
        bound: Vec<(LocalId, u64)>,
    },
    /// A handler applied to the message at a position of a list of a link (its only one, or that of a pair).
    /// Positions other than 0 of an ordered link are deliveries out of order.
    Deliver {
        action: ActionId,
        slot: LinkSlot,
    },
    Crash(u32),
    Restart(u32),
    Lose(LinkSlot),
    Duplicate(LinkSlot),
    /// Bit n: node n is on side 1.
    Partition(u64),
    Heal,
}

/// A message in a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkSlot {
    pub link: LinkId,
    /// Index of the list among the link's.
    pub list: u32,
    pub position: u32,
}

/// A binding made by `choose`, for labels: where its value stands when a successor is emitted.
#[derive(Debug, Clone)]
pub struct ChoiceNote {
    pub local: LocalId,
    pub name: String,
    pub ty: TypeId,
    pub slot: Slot,
}

/// The action behind an instance.
pub fn action_of(kind: &InstanceKind) -> Option<ActionId> {
    match kind {
        InstanceKind::Act { action, .. } | InstanceKind::Deliver { action, .. } => Some(*action),
        InstanceKind::Crash(_)
        | InstanceKind::Restart(_)
        | InstanceKind::Lose(_)
        | InstanceKind::Duplicate(_)
        | InstanceKind::Partition(_)
        | InstanceKind::Heal => None,
    }
}
