//! The ways of a scenario so far: every state that the script can have led to, with one run to each.
//!
//! Enters: steps. Leaves: paths. Ways that come to the same state with the same history of broken properties and of failed
//! expectations are one, with their number kept: what follows is the same for both.

use super::looked::Looked;
use crate::engine::machine::Word;
use crate::engine::{Path, PathStep};
use rustc_hash::FxHashMap;

/// Index into [`Ways`].
pub(super) type WayId = usize;

/// One state that the script may have reached.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub state: Box<[Word]>,
    /// The properties (by index, ascending) that were violated somewhere on the run.
    pub broken: Vec<u32>,
    /// What the run has shown of what is to be judged.
    pub looked: Looked,
    /// An expectation was not met on the run.
    pub failed: bool,
    /// `None`: an initial state.
    pub parent: Option<Parent>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Parent {
    pub way: WayId,
    pub instance: u32,
    /// Counts the successors of `instance`, from 0.
    pub choice: u32,
}

/// What makes two ways one: the state, and what was broken, looked at or failed on the way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub state: Box<[Word]>,
    pub broken: Vec<u32>,
    pub looked: Looked,
    pub failed: bool,
}

impl Way {
    pub(super) fn key(&self) -> Key {
        let Way { state, broken, looked, failed, .. } = self;
        Key { state: state.clone(), broken: broken.clone(), looked: looked.clone(), failed: *failed }
    }
}

/// All ways ever reached; those of an earlier line are kept, for the paths.
#[derive(Debug, Default)]
pub(super) struct Ways {
    list: Vec<Way>,
}

impl Ways {
    pub(super) fn push(&mut self, way: Way) -> WayId {
        self.list.push(way);
        self.list.len() - 1
    }

    /// Whether no run has begun.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn get(&self, id: WayId) -> &Way {
        &self.list[id]
    }

    /// The run that leads to a way, from an initial state.
    pub(super) fn path(&self, id: WayId) -> Path {
        let mut steps = Vec::new();
        let mut at = id;
        while let Some(parent) = self.list[at].parent {
            let state = self.list[at].state.clone();
            steps.push(PathStep { instance: parent.instance, choice: parent.choice, state });
            at = parent.way;
        }
        steps.reverse();
        Path { init: self.list[at].state.clone(), steps, loop_start: None }
    }

    /// Whether a way goes on from another, or is it.
    pub(super) fn follows(&self, id: WayId, from: WayId) -> bool {
        let mut before = std::iter::successors(Some(id), |at| self.list[*at].parent.map(|parent| parent.way));
        before.any(|at| at == from)
    }

    /// The state before the last step of a way.
    pub(super) fn before(&self, id: WayId) -> Option<&[Word]> {
        self.list[id].parent.map(|parent| &*self.list[parent.way].state)
    }
}

/// The ways that stand at one point of the script, in the order in which they were found, each with the number of runs
/// that lead there.
#[derive(Debug, Default)]
pub(super) struct Front {
    list: Vec<(WayId, u64)>,
    index: FxHashMap<Key, usize>,
}

impl Front {
    /// Adds `count` runs to the way with this key, or makes it with `id`.
    pub(super) fn add(&mut self, key: Key, count: u64, id: impl FnOnce() -> WayId) {
        match self.index.get(&key) {
            Some(at) => self.list[*at].1 = self.list[*at].1.saturating_add(count),
            None => {
                self.index.insert(key, self.list.len());
                self.list.push((id(), count));
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (WayId, u64)> + '_ {
        self.list.iter().copied()
    }

    pub(super) fn first(&self) -> Option<WayId> {
        self.list.first().map(|(id, _)| *id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Runs in all.
    pub(super) fn total(&self) -> u64 {
        self.list.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}
