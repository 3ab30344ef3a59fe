//! Judging states: properties, probes, bounds.
//!
//! Enters: distinct states, once each. Leaves: events and seen probes in a tally, and where each state stands.

use super::expand::Worker;
use super::machine::{Judged, Machine, Step, Trap, Word};
use super::states::{Cursor, States};
use super::tally::{Event, Place, Tally};
use std::ops::Range;

/// What is still to be judged on one level.
#[derive(Debug)]
pub(super) struct Plan {
    /// Of the states that are expanded.
    pub(super) faults: u32,
    pub(super) depth: u32,
    states: Vec<usize>,
    steps: Vec<usize>,
    state_probes: bool,
    step_probes: bool,
}

impl Plan {
    pub(super) fn new<M: Machine>(machine: &M, known: &Tally, faults: u32, depth: u32) -> Self {
        let open = |property: usize, judged: Judged| {
            let latest = (faults, depth + 1);
            machine.properties()[property] == judged
                && known.first[property].is_none_or(|e| (e.place.faults, e.place.depth) > latest)
        };
        let all = |judged| (0..machine.properties().len()).filter(|p| open(*p, judged)).collect();
        let unseen = |p: usize| !known.probes[p];
        Plan {
            faults,
            depth,
            states: all(Judged::State),
            steps: all(Judged::Step),
            state_probes: (0..machine.probes()).any(unseen),
            step_probes: (0..machine.probes()).any(|p| unseen(p) && machine.probes_steps(p)),
        }
    }

    /// Whether steps need to be shown to the properties or probes at all.
    #[inline]
    pub(super) fn looks_at_steps(&self) -> bool {
        self.step_probes || !self.steps.is_empty()
    }
}

/// How a state stands to the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Inside,
    Cut,
    /// The bound has no value here.
    Trapped,
}

impl<M: Machine> Worker<'_, M> {
    /// Judges new states, all of one depth; returns those that are not simply inside the bounds.
    pub(super) fn judge_all(
        &mut self,
        plan: &Plan,
        range: Range<u32>,
        depth: u32,
        states: &States,
    ) -> Vec<(u32, Standing)> {
        let mut cursor = Cursor::default();
        let judged = range.map(|id| (id, self.judge_state(plan, id, depth, cursor.state(states, id))));
        judged.filter(|(_, standing)| *standing != Standing::Inside).collect()
    }

    /// Judges state `id` at the given depth of the plan's fault level.
    fn judge_state(&mut self, plan: &Plan, id: u32, depth: u32, state: &[Word]) -> Standing {
        let place = Place { faults: plan.faults, depth, state: id, position: 0 };
        self.tally.distinct += self.weight(state);
        for &property in &plan.states {
            if self.tally.wants(property, place) {
                let result = self.machine.state_holds(&mut self.judge, property, state);
                note(&mut self.tally, property, place, result);
            }
        }
        if plan.state_probes {
            self.machine.probe(&mut self.judge, state, None, &mut self.tally.probes);
        }
        match self.machine.within_bounds(&mut self.judge, state) {
            Ok(true) => Standing::Inside,
            Ok(false) => Standing::Cut,
            Err(trap) => {
                self.tally.trap(place, trap);
                Standing::Trapped
            }
        }
    }
}

/// Judges one step; `place` is its own (as the plan counts: with the step's fault and depth).
pub(super) fn judge_step<M: Machine>(
    machine: &M,
    scratch: &mut M::Scratch,
    tally: &mut Tally,
    plan: &Plan,
    place: Place,
    step: Step<'_>,
) {
    for &property in &plan.steps {
        if tally.wants(property, place) {
            let result = machine.step_holds(scratch, property, step);
            note(tally, property, place, result);
        }
    }
    if plan.step_probes {
        machine.probe(scratch, step.after, Some(step), &mut tally.probes);
    }
}

fn note(tally: &mut Tally, property: usize, place: Place, result: Result<bool, Trap>) {
    let trap = match result {
        Ok(true) => return,
        Ok(false) => None,
        Err(trap) => Some(trap),
    };
    tally.event(property, Event { place, trap });
}
