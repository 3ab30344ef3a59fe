//! Where each variable of the state lies, the hidden ones included.
//!
//! Enters: nothing (data only). Leaves: bit offsets into the words of a state.
//! Hidden: which nodes are up (only where they can crash), the sides of a partition, what is spent of each budget,
//! messages in flight, what reconcilers have observed.

use super::frame::FrameMap;
use super::shape::{ListShape, Size};
use crate::analysis::program::{LinkId, NodeFieldId, NodeId, StateId, TypeId};
use crate::concepts::Fault;

/// What a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VariableKind {
    State(StateId),
    /// Field of a member (its index within its kind).
    Field(NodeFieldId, u32),
    /// Of a node, by its number among all nodes.
    Up(u32),
    Side(u32),
    Paused(u32),
    /// Which messages a partition stops: 0: all between its sides; 1, 2: those from side 0, from side 1.
    Wall,
    /// Of an entry of the budget, by its place.
    Spent(u32, Fault),
    /// Messages in flight on an unordered link.
    Link(LinkId),
    /// The same from one node to another.
    Pair(LinkId, Ends),
    /// Whether an instance of a reconciler remembers an observation, and what: reconciler, instance, value.
    HasObserved(usize, u32),
    Observed(usize, u32, usize),
}

/// What a bit says of a node: it goes where the node goes when nodes are exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flag {
    /// It is up.
    Up,
    /// It is on the second side of a partition.
    Side,
    /// It is paused.
    Paused,
}

impl Flag {
    /// All of them.
    pub(crate) const ALL: [Flag; 3] = [Flag::Up, Flag::Side, Flag::Paused];
}

impl VariableKind {
    /// The flag that it is, and of which node, by its number among all nodes. Each kind is thought about here: what is
    /// of a node and is no flag (a field, an observation) is exchanged with its type.
    pub(crate) fn flag(self) -> Option<(Flag, u32)> {
        match self {
            VariableKind::Up(node) => Some((Flag::Up, node)),
            VariableKind::Side(node) => Some((Flag::Side, node)),
            VariableKind::Paused(node) => Some((Flag::Paused, node)),
            // Which side is which goes by the first node, which stays.
            VariableKind::Wall => None,
            VariableKind::Spent(..) => None,
            VariableKind::State(_)
            | VariableKind::Field(..)
            | VariableKind::Link(_)
            | VariableKind::Pair(..)
            | VariableKind::HasObserved(..)
            | VariableKind::Observed(..) => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub kind: VariableKind,
    /// The type of a declared variable.
    pub ty: Option<TypeId>,
    /// First bit.
    pub bit: u32,
    pub size: Size,
}

/// How messages lie in a link.
#[derive(Debug, Clone)]
pub(crate) struct LinkLayout {
    /// Numbers of the nodes that may send or receive; endpoints are indices into it.
    pub participants: Vec<u32>,
    /// Bits of an endpoint, of the kind of message, and of both with both endpoints where those are stored.
    pub endpoint_bits: u32,
    pub tag_bits: u32,
    /// Bit offset of the message's fields in the envelope.
    pub payload: u32,
    pub envelope: Size,
    pub list: ListShape,
    pub place: LinkPlace,
}

#[derive(Debug, Clone)]
pub(crate) enum LinkPlace {
    /// First bit of the one bag.
    Bag(u32),
    /// A list for each pair of nodes.
    Pairs(Vec<PairList>),
}

/// Sender and receiver, by number among all nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub from: u32,
    pub to: u32,
}

/// The messages from one node to another, on an ordered link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairList {
    pub ends: Ends,
    /// First bit of the list.
    pub bit: u32,
}

/// A counter of faults that have happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter {
    pub bit: u32,
    pub width: u32,
}

/// What an instance of a reconciler observed.
#[derive(Debug, Clone)]
pub(crate) struct Observation {
    /// The bit that says there is one.
    pub flag: u32,
    /// First bit of each value.
    pub values: Vec<u32>,
}

/// Where it stands in a state which monitor watches a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watching {
    word: usize,
    bit: u32,
    mask: u64,
}

impl Watching {
    /// `state`: a narrow variable that is 0 where none does.
    pub(crate) fn of(layout: &Layout, state: StateId) -> Watching {
        let bit = layout.states[state.index()];
        let known = layout.variables.iter().find(|v| v.kind == VariableKind::State(state));
        let width = known.map_or(0, |v| v.size.bits);
        Watching { word: bit as usize / 64, bit: bit % 64, mask: super::shape::mask(width) }
    }

    /// The number of the monitor that watches; 0: none does.
    #[inline(always)]
    pub(crate) fn watcher(self, state: &[u64]) -> u32 {
        (state[self.word] >> self.bit & self.mask) as u32
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    pub words: u32,
    pub variables: Vec<Variable>,
    pub states: Vec<u32>,
    /// By field, then by member.
    pub fields: Vec<Vec<u32>>,
    /// By number of the node; `None`: always up.
    pub up: Vec<Option<u32>>,
    /// By number of the node; the first is always on side 0.
    pub side: Vec<Option<u32>>,
    /// By number of the node; `None`: never paused.
    pub paused: Vec<Option<u32>>,
    /// `None`: every partition stops messages both ways.
    pub wall: Option<u32>,
    /// By entry of the budget; `None`: it is not counted.
    pub spent: Vec<Option<Counter>>,
    pub links: Vec<LinkLayout>,
    /// By reconciler, then by instance.
    pub observed: Vec<Vec<Observation>>,
    /// Number of the first member of each node kind, and of all nodes.
    pub node_base: Vec<u32>,
    pub nodes: u32,
}

impl Layout {
    pub(crate) fn map(&self) -> FrameMap {
        let envelope = self.links.iter().map(|l| l.envelope.words.max(1)).max().unwrap_or(0);
        FrameMap { words: self.words, envelope_words: envelope }
    }

    pub(crate) fn node(&self, kind: NodeId, member: u32) -> u32 {
        self.node_base[kind.index()] + member
    }

    /// Kind and member of a node.
    pub(crate) fn member(&self, node: u32) -> (NodeId, u32) {
        let kind = self.node_base.iter().rposition(|base| *base <= node).unwrap_or(0);
        // Kinds without members share their base with the next kind.
        (NodeId(kind as u32), node - self.node_base[kind])
    }
}
