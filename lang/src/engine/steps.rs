//! The steps out of a state with their numbers, which is how a step is named until it is taken again.
//!
//! Enters: a machine and a state. Leaves: its steps in the order of [`Machine::expand`], numbered; representatives of
//! orbits for what they lead to.

use super::machine::{Machine, Successor, Trap, Word};

/// A successor or trap of a state.
#[derive(Debug, Clone, Copy)]
pub struct Numbered<'a> {
    /// Counts all successors and traps of the state, from 1.
    pub position: u32,
    /// Which instance takes it.
    pub instance: u32,
    /// Counts those of `instance`, from 0.
    pub choice: u32,
    /// Where it leads, or why it leads nowhere.
    pub result: Result<Successor<'a>, Trap>,
}

/// Shows every step out of `state`. Returns their number.
#[inline(always)]
pub fn steps<M: Machine>(
    machine: &M,
    scratch: &mut M::Scratch,
    state: &[Word],
    mut visit: impl FnMut(Numbered<'_>),
) -> u32 {
    let (mut all, mut latest, mut choice) = (0, u32::MAX, 0);
    let position = &mut all;
    // Moved in, as wherever the search visits steps: fewer references are faster.
    machine.expand(scratch, state, move |instance, result| {
        *position += 1;
        choice = if instance == latest { choice + 1 } else { 0 };
        latest = instance;
        visit(Numbered { position: *position, instance, choice, result });
    });
    all
}

/// From states to the representatives of their orbits, where the machine has symmetries.
pub(super) struct Orbits<'m, M: Machine> {
    machine: &'m M,
    symmetric: bool,
    scratch: M::Scratch,
    /// The representative at hand.
    state: Vec<Word>,
}

impl<'m, M: Machine> Orbits<'m, M> {
    pub(super) fn new(machine: &'m M) -> Self {
        let state = Vec::with_capacity(machine.words());
        Orbits { machine, symmetric: machine.symmetric(), scratch: machine.scratch(), state }
    }

    pub(super) fn symmetric(&self) -> bool {
        self.symmetric
    }

    #[inline]
    pub(super) fn representative<'a>(&'a mut self, state: &'a [Word]) -> &'a [Word] {
        if !self.symmetric {
            return state;
        }
        self.canonical(state);
        &self.state
    }

    /// The number of states in the orbit of a state.
    #[inline]
    pub(super) fn weight(&mut self, state: &[Word]) -> u64 {
        if self.symmetric { self.canonical(state) } else { 1 }
    }

    fn canonical(&mut self, state: &[Word]) -> u64 {
        self.state.clear();
        self.state.extend_from_slice(state);
        self.machine.canonical(&mut self.scratch, &mut self.state)
    }
}
