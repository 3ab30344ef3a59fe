//! Judging states: properties, probes, bounds.
//!
//! Enters: distinct states, once each. Leaves: events and seen probes in a tally, and where each state stands.

use super::Worker;
use crate::engine::Progress;
use crate::engine::machine::{Judged, Machine, Step, Trap, Word};
use crate::engine::store::{Cursor, States};
use crate::engine::tally::{Event, Place, Tally};
use std::ops::Range;

/// What is still to be judged on one level.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Of the states that are expanded.
    pub(crate) faults: u32,
    pub(crate) depth: u32,
    /// By the monitor that watches; first of all where none does.
    of: Vec<OfMonitor>,
    state_probes: bool,
    step_probes: bool,
    origin: Origin,
}

/// What is to be judged where a monitor watches.
#[derive(Debug, Clone, Default)]
struct OfMonitor {
    states: Vec<usize>,
    steps: Vec<usize>,
    /// Nothing is to be learnt here any more: all that it watches for has been decided on earlier levels and depths.
    closed: bool,
}

/// What is kept of how a state was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Parent,
    Instance,
}

impl Plan {
    /// How far the search is that follows it.
    pub(crate) fn progress(&self, generated: u64, distinct: u64, frontier: u64, bytes: u64) -> Progress {
        let Plan { faults, depth, .. } = *self;
        Progress { generated, distinct, depth, faults, frontier, bytes, ..Progress::default() }
    }

    pub(crate) fn new<M: Machine>(machine: &M, known: &Tally, faults: u32, depth: u32) -> Self {
        let open = |property: usize, wanted: fn(Judged) -> bool| {
            let latest = (faults, depth + 1);
            wanted(machine.properties()[property])
                && known.first[property].is_none_or(|e| (e.place.faults, e.place.depth) > latest)
        };
        let unseen = |p: usize| !known.probes[p];
        let mut of = vec![OfMonitor { closed: true, ..OfMonitor::default() }; monitors(machine)];
        of[0].closed = false;
        for property in 0..machine.properties().len() {
            let monitor = &mut of[machine.watcher_of(property) as usize];
            if open(property, Judged::in_states) {
                monitor.states.push(property);
            }
            if open(property, Judged::in_steps) {
                monitor.steps.push(property);
            }
            // A violation at the depth at hand would do, were it known at its beginning.
            let decided =
                known.first[property].is_some_and(|e| (e.place.faults, e.place.depth) <= (faults, depth));
            monitor.closed &= decided;
        }
        for probe in (0..machine.probes()).filter(|p| unseen(*p)) {
            of[machine.probe_watcher(probe) as usize].closed = false;
        }
        Plan {
            faults,
            depth,
            of,
            state_probes: (0..machine.probes()).any(unseen),
            step_probes: (0..machine.probes()).any(|p| unseen(p) && machine.probes_steps(p)),
            origin: Origin::Parent,
        }
    }

    /// Judges nothing but bounds; states keep the instance that found them instead of their parent.
    pub(crate) fn survey<M: Machine>(machine: &M, faults: u32, depth: u32) -> Self {
        Plan {
            faults,
            depth,
            of: vec![OfMonitor::default(); monitors(machine)],
            state_probes: false,
            step_probes: false,
            origin: Origin::Instance,
        }
    }

    #[inline]
    pub(crate) fn origin(&self, parent: u32, instance: u32) -> u32 {
        match self.origin {
            Origin::Parent => parent,
            Origin::Instance => instance,
        }
    }

    /// Whether nothing is to be learnt where a monitor watches; so it is with one that watches for nothing here.
    #[inline]
    pub(crate) fn is_closed(&self, watcher: u32) -> bool {
        self.of.get(watcher as usize).is_none_or(|of| of.closed)
    }

    /// Whether any monitor watches.
    #[inline]
    pub(crate) fn watches(&self) -> bool {
        self.of.len() > 1
    }

    fn steps_of(&self, watcher: u32) -> &[usize] {
        self.of.get(watcher as usize).map_or(&[], |of| &of.steps)
    }

    fn states_of(&self, watcher: u32) -> &[usize] {
        self.of.get(watcher as usize).map_or(&[], |of| &of.states)
    }

    /// Whether steps need to be shown to the properties or probes at all.
    #[inline]
    pub(crate) fn looks_at_steps(&self) -> bool {
        self.step_probes || self.of.iter().any(|of| !of.steps.is_empty())
    }
}

/// Monitors of a machine, and one where none watches.
pub(super) fn monitors<M: Machine>(machine: &M) -> usize {
    let properties = (0..machine.properties().len()).map(|p| machine.watcher_of(p));
    let probes = (0..machine.probes()).map(|p| machine.probe_watcher(p));
    1 + properties.chain(probes).max().unwrap_or(0) as usize
}

/// How a state stands to the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Inside,
    Cut,
    /// The bound has no value here.
    Trapped,
}

impl<M: Machine> Worker<'_, M> {
    /// Judges new states, all of one depth; returns those that are not simply inside the bounds.
    pub(crate) fn judge_all(
        &mut self,
        plan: &Plan,
        range: Range<u32>,
        depth: u32,
        states: &States,
    ) -> Vec<(u32, Standing)> {
        let mut cursor = Cursor::default();
        let judged = range.map(|id| (id, self.judge(plan, id, depth, cursor.state(states, id))));
        judged.filter(|(_, standing)| *standing != Standing::Inside).collect()
    }

    /// Judges state `id` at the given depth of the plan's fault level.
    pub(crate) fn judge(&mut self, plan: &Plan, id: u32, depth: u32, state: &[Word]) -> Standing {
        let place = Place { faults: plan.faults, depth, state: id, position: 0 };
        let watcher = self.machine.watcher(state);
        let weight = self.orbits.weight(state);
        match watcher {
            0 => self.tally.distinct += weight,
            _ => {
                self.tally.watching += weight;
                self.tally.apart += 1;
            }
        }
        for &property in plan.states_of(watcher) {
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
pub(crate) fn judge_step<M: Machine>(
    machine: &M,
    scratch: &mut M::Scratch,
    tally: &mut Tally,
    plan: &Plan,
    watcher: u32,
    place: Place,
    step: Step<'_>,
) {
    for &property in plan.steps_of(watcher) {
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
