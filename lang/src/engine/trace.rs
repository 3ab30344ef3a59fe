//! Traces: from the id of a state to the run that leads there.
//!
//! Enters: ids, or steps of the graph. Leaves: paths with the instance and choice of each step. Only the parent of each
//! state is stored; what happened between the two is found by expanding the parent again, which proves at the same
//! time that each step of the trace is real.

use super::exploration::{Path, PathStep};
use super::graph::Label;
use super::machine::{Machine, Word};
use super::states::{NONE, States};

pub(super) struct Replay<'s, M: Machine> {
    machine: &'s M,
    states: &'s States,
    scratch: M::Scratch,
}

/// Which successor is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'w> {
    /// The first that is this state.
    State(&'w [Word]),
    /// The first that is this state by a step of this label.
    Labelled(&'w [Word], Label),
    /// The n-th, from 1.
    Position(u32),
}

impl<'s, M: Machine> Replay<'s, M> {
    pub(super) fn new(machine: &'s M, states: &'s States) -> Self {
        Replay { machine, states, scratch: machine.scratch() }
    }

    /// The first path to a state: fewest faults, then fewest steps. Errors: the machine did not repeat a step.
    pub(super) fn to(&mut self, id: u32) -> Result<Path, String> {
        let mut chain = vec![id];
        let mut at = id;
        while self.states.parent(at) != NONE {
            at = self.states.parent(at);
            chain.push(at);
        }
        let mut path = Path { init: self.states.get(at).into(), steps: Vec::new(), loop_start: None };
        for next in chain.iter().rev().skip(1) {
            self.go(&mut path, Wanted::State(self.states.get(*next)))?;
        }
        Ok(path)
    }

    /// Takes one more step.
    pub(super) fn go(&mut self, path: &mut Path, wanted: Wanted<'_>) -> Result<(), String> {
        let step = self.find(path.last(), wanted);
        let number = path.steps.len() + 1;
        path.steps.push(step.ok_or_else(|| format!("step {number} of a trace cannot be taken again"))?);
        Ok(())
    }

    fn find(&mut self, from: &[Word], wanted: Wanted<'_>) -> Option<PathStep> {
        let (mut position, mut latest, mut choice) = (0, u32::MAX, 0);
        let mut found = None;
        self.machine.expand(&mut self.scratch, from, |instance, result| {
            position += 1;
            choice = if instance == latest { choice + 1 } else { 0 };
            latest = instance;
            let Ok(successor) = result else { return };
            let meant = match wanted {
                Wanted::State(state) => successor.state == state,
                Wanted::Labelled(state, label) => {
                    let info = &self.machine.instances()[instance as usize];
                    successor.state == state && Label::new(info, successor.fair_key) == label
                }
                Wanted::Position(n) => position == n,
            };
            if meant && found.is_none() {
                found = Some(PathStep { instance, choice, state: successor.state.into() });
            }
        });
        found
    }

    /// The instance of the n-th successor or trap of a state, from 1.
    pub(super) fn instance_at(&mut self, from: &[Word], n: u32) -> Option<u32> {
        let (mut position, mut found) = (0, None);
        self.machine.expand(&mut self.scratch, from, |instance, _| {
            position += 1;
            if position == n {
                found = Some(instance);
            }
        });
        found
    }
}
