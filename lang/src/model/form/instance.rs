//! Instances as data: every action with every value of its parameters, every message of every link, every fault.
//!
//! Enters: nothing (data only). Leaves: [`Instance`]s, from the compiler to who runs and explains them.

use super::code::Slot;
use crate::analysis::program::{ActionId, LinkId, LocalId, TypeId};
use crate::concepts::Fault;
use crate::engine::machine::{InstanceInfo, StepClass};

/// One way in which something can happen: an action at given parameters, a delivery, a fault.
#[derive(Debug, Clone)]
pub struct Instance {
    /// What happens.
    pub kind: InstanceKind,
    /// What the search needs to know of it.
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
            InstanceKind::Node(fault, _) => Some(fault),
            InstanceKind::Restart(..) => Some(Fault::Restart),
            InstanceKind::Lose(_) => Some(Fault::Lose),
            InstanceKind::Duplicate(_) => Some(Fault::Duplicate),
            InstanceKind::Partition(..) => Some(Fault::Partition),
            // A delivery before its turn, on an ordered link.
            InstanceKind::Deliver { .. } => (self.info.class == StepClass::Fault).then_some(Fault::Reorder),
            InstanceKind::Act { .. } | InstanceKind::Heal => None,
        }
    }
}

/// What happens in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceKind {
    /// An action with its parameters and `at` bound: local and value (an integer as it is, else packed).
    Act {
        /// The action.
        action: ActionId,
        /// Its parameters, with the packed value of each.
        bound: Vec<(LocalId, u64)>,
    },
    /// A handler applied to the message at a position of a list of a link (its only one, or that of a pair).
    /// Positions other than 0 of an ordered link are deliveries out of order.
    Deliver {
        /// The handler.
        action: ActionId,
        /// Which message.
        slot: LinkSlot,
    },
    /// A fault that happens to a node, by its number among all.
    Node(Fault, u32),
    /// The restart of a node, by its number among all, that does something more.
    Restart(ActionId, u32),
    /// Of a message.
    Lose(LinkSlot),
    /// Of a message.
    Duplicate(LinkSlot),
    /// Bit n: node n is on side 1.
    Partition(u64, Wall),
    /// The partition ends.
    Heal,
}

/// Which messages a partition stops; as the state holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// All between its sides.
    BothWays = 0,
    /// Those from side 0.
    FromFirst = 1,
    /// Those from side 1.
    FromSecond = 2,
}

impl Wall {
    /// That the state takes for it.
    pub const BITS: u32 = 2;
}

/// A message in a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkSlot {
    /// The link.
    pub link: LinkId,
    /// Index of the list among the link's.
    pub list: u32,
    /// Position in the list, 0-based.
    pub position: u32,
}

/// A binding made by `choose`, for labels: where its value stands when a successor is emitted.
#[derive(Debug, Clone)]
pub struct ChoiceNote {
    /// What it binds.
    pub local: LocalId,
    /// Name of the local.
    pub name: String,
    /// Type of the local.
    pub ty: TypeId,
    /// Where the value is noted.
    pub slot: Slot,
}

/// The action behind an instance.
pub fn action_of(kind: &InstanceKind) -> Option<ActionId> {
    match kind {
        InstanceKind::Act { action, .. }
        | InstanceKind::Deliver { action, .. }
        | InstanceKind::Restart(action, _) => Some(*action),
        InstanceKind::Node(..)
        | InstanceKind::Lose(_)
        | InstanceKind::Duplicate(_)
        | InstanceKind::Partition(..)
        | InstanceKind::Heal => None,
    }
}
