//! Expanding with partial order: of the steps out of a state only those that will do for now.
//!
//! Enters: who disturbs whom, and the states known before the round. Leaves: the steps that [`Relations`] choose, if those
//! go on to what is expanded later; else all.

use super::{Filter, Key, Taken, Worker, same};
use crate::engine::machine::{Machine, Trap, Word};
use crate::engine::steps::steps;
use crate::engine::store::Seen;
use crate::engine::stubborn::{Chooser, Relations};

/// Takes only the steps that will do for now.
pub(crate) struct Fewer<'r> {
    relations: &'r Relations,
    /// The states known before the round, which are expanded before any that is new.
    seen: &'r Seen,
    /// Out of the state at hand.
    list: Vec<Step>,
    /// Of each step the successor, and the representative of its orbit.
    states: Vec<Word>,
    enabled: Vec<u32>,
    /// Invisible ones that lead to what is expanded later.
    seeds: Vec<u32>,
    chooser: Chooser,
    /// Whether the steps that the chooser has chosen will do.
    leaves_out: bool,
}

#[derive(Debug)]
struct Step {
    instance: u32,
    choice: u32,
    result: Result<Change, Trap>,
}

#[derive(Debug, Clone, Copy)]
struct Change {
    changed: bool,
    fingerprint: u64,
}

impl<'r> Fewer<'r> {
    pub(crate) fn new(relations: &'r Relations, seen: &'r Seen) -> Self {
        Fewer {
            relations,
            seen,
            list: Vec::new(),
            states: Vec::new(),
            enabled: Vec::new(),
            seeds: Vec::new(),
            chooser: Chooser::default(),
            leaves_out: false,
        }
    }

    /// Whether fewer than all steps out of the state at hand will do.
    pub(crate) fn leaves_out(&self) -> bool {
        self.leaves_out
    }

    /// Chooses among the steps at hand. Returns whether those will do.
    fn choose(&mut self, state: &[Word], is_fault: &[bool]) -> bool {
        let Fewer { relations, seen, list, enabled, seeds, chooser, .. } = self;
        if list.iter().any(|step| step.result.is_err()) {
            return false;
        }
        enabled.clear();
        enabled.extend(list.iter().map(|step| step.instance));
        enabled.dedup();
        // States behind a fault are expanded after all with fewer faults.
        let is_later = |step: &Step| {
            let Ok(Change { changed: true, fingerprint }) = step.result else { return false };
            is_fault[step.instance as usize] || !seen.contains(fingerprint)
        };
        let goes_on = |step: &&Step| relations.is_invisible(step.instance) && is_later(step);
        seeds.clear();
        seeds.extend(list.iter().filter(goes_on).map(|step| step.instance));
        seeds.dedup();
        enabled.len() > 1 && relations.choose(state, enabled, seeds, chooser)
    }
}

impl<M: Machine> Filter<M> for Fewer<'_> {
    fn prepare(&mut self, worker: &mut Worker<'_, M>, state: &[Word]) {
        let Worker { machine, scratch, orbits, is_fault, .. } = worker;
        let Fewer { list, states, .. } = self;
        list.clear();
        states.clear();
        steps(*machine, scratch, state, |step| {
            let result = step.result.map(|successor| {
                let after = successor.state;
                let Key { fingerprint, representative } = Key::of(orbits, after);
                states.extend_from_slice(after);
                states.extend_from_slice(representative);
                Change { changed: !same(after, state), fingerprint }
            });
            if result.is_err() {
                // So that the number of a step tells where its states are.
                states.resize(states.len() + 2 * state.len(), 0);
            }
            list.push(Step { instance: step.instance, choice: step.choice, result });
        });
        self.leaves_out = self.choose(state, is_fault);
    }

    fn each(&mut self, _: &M, _: &mut M::Scratch, state: &[Word], mut visit: impl FnMut(Taken<'_>)) -> u32 {
        let words = state.len();
        for (i, step) in self.list.iter().enumerate() {
            if self.leaves_out && !self.chooser.chosen(step.instance) {
                continue;
            }
            let (after, representative) = self.states[2 * i * words..(2 * i + 2) * words].split_at(words);
            let key = step.result.ok().map(|change| Key { fingerprint: change.fingerprint, representative });
            visit(Taken {
                position: i as u32 + 1,
                instance: step.instance,
                choice: step.choice,
                result: step.result.map(|_| after),
                key,
            });
        }
        self.list.len() as u32
    }
}
