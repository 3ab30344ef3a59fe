//! Partial order in the search: when it is tried, and how a state is expanded with it.
//!
//! Enters: a search that has found many states and is not done. Leaves: an exploration of fewer. A small model is always
//! explored whole, so that its counts are what it has. Above a number of states, where nothing but states is judged and
//! the machine says what its instances touch, the search begins again and takes of each state only the steps that
//! [`super::stubborn`] chooses. What it finds wrong may not lie on the shortest way; so it is looked for once more in
//! the plain order, which now knows when to end.

use super::expand::{Sink, Worker, representative, same};
use super::exploration::{Exploration, Outcome, PartialOrder};
use super::fingerprint::fingerprint;
use super::judge::{Plan, judge_step};
use super::machine::{Judged, Machine, Step, Trap, Word};
use super::search::Search;
use super::seen::Seen;
use super::stubborn::{Chooser, Relations};
use super::tally::Place;
use super::{Limits, Observer};

/// The plain search for shortest traces may find so many times as many states as were found before the reduction was tried.
const PATIENCE: u64 = 4;

/// The number of states from which on the reduction is tried; `None`: never. Runs and steps are judged on all states,
/// and a cap on depth would cut what was put off.
fn due<M: Machine>(machine: &M, limits: &Limits) -> Option<u64> {
    let states_alone = machine.properties().iter().all(|j| matches!(j, Judged::State | Judged::Settled));
    limits.reduce_after.filter(|_| states_alone && limits.depth.is_none())
}

/// Explores whole, or from the beginning in fewer steps where that takes too long.
pub(super) fn explore<M: Machine>(machine: &M, limits: &Limits, observer: &dyn Observer) -> Exploration {
    let mut search = Search::new(machine, limits, observer);
    search.whole_until = due(machine, limits);
    let (whole, relations) = search.run();
    let Some(relations) = relations else { return whole };
    let mut search = Search::new(machine, limits, observer);
    search.reduction = Some(&relations);
    let (mut reduced, _) = search.run();
    let mut order = PartialOrder { looked_at: whole.states_explored, shortest: true };
    // What is found in the plain order counts for more: it lies on a shortest way.
    let wanted = prefer(&mut reduced, &whole);
    if wanted.is_some() {
        let patience = limits.reduce_after.filter(|after| *after > 0).map(|after| PATIENCE * after);
        let states = limits.states.into_iter().chain(patience).min();
        let limits = Limits { stop_when_decided: true, states, ..limits.clone() };
        let mut search = Search::new(machine, &limits, observer);
        search.wanted = wanted;
        let (plain, _) = search.run();
        order.shortest = prefer(&mut reduced, &plain).is_none();
    }
    reduced.partial_order = Some(order);
    reduced
}

/// What is to be found again, on a shortest way.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) properties: Vec<bool>,
    /// Of traps.
    pub(super) sites: Vec<u32>,
}

/// Replaces what is wrong in `reduced` by the same from an exploration in the plain order; returns what that has not.
fn prefer(reduced: &mut Exploration, plain: &Exploration) -> Option<Wanted> {
    let is_bad = |outcome: &Outcome| matches!(outcome, Outcome::Violated(_) | Outcome::Trapped(_));
    let mut wanted = Wanted { properties: vec![false; reduced.outcomes.len()], sites: Vec::new() };
    for (property, outcome) in reduced.outcomes.iter_mut().enumerate() {
        match &plain.outcomes[property] {
            found if is_bad(found) => *outcome = found.clone(),
            _ => wanted.properties[property] = is_bad(outcome),
        }
    }
    for trapped in &mut reduced.traps {
        match plain.traps.iter().find(|found| found.trap.site == trapped.trap.site) {
            Some(found) => *trapped = found.clone(),
            None => wanted.sites.push(trapped.trap.site),
        }
    }
    for found in &plain.traps {
        if reduced.traps.iter().all(|trapped| trapped.trap.site != found.trap.site) {
            reduced.traps.push(found.clone());
        }
    }
    for (seen, also) in reduced.probes.iter_mut().zip(&plain.probes) {
        *seen |= also;
    }
    (wanted.properties.contains(&true) || !wanted.sites.is_empty()).then_some(wanted)
}

/// The steps out of one state, to be looked at before any is taken.
#[derive(Debug, Default)]
pub(super) struct Steps {
    list: Vec<Taken>,
    /// Of each successor the state, and the representative of its orbit.
    states: Vec<Word>,
    enabled: Vec<u32>,
    /// Invisible ones that lead to what is expanded later.
    seeds: Vec<u32>,
    chooser: Chooser,
}

#[derive(Debug)]
struct Taken {
    instance: u32,
    choice: u32,
    result: Result<Change, Trap>,
}

#[derive(Debug, Clone, Copy)]
struct Change {
    changed: bool,
    fingerprint: u64,
}

impl<M: Machine> Worker<'_, M> {
    /// As [`Worker::expand`], but only what will do for now. `seen`: the states known before the round, which are
    /// expanded before any that is new.
    pub(super) fn expand_some<S: Sink>(
        &mut self,
        (plan, id, state): (&Plan, u32, &[Word]),
        sink: &mut S,
        (relations, seen): (&Relations, &Seen),
    ) -> u64 {
        let mut steps = std::mem::take(&mut self.steps);
        self.collect(state, &mut steps);
        let some = self.will_do(state, &mut steps, (relations, seen));
        let weight = self.weight(state);
        let words = state.len();
        for (i, step) in steps.list.iter().enumerate() {
            if some && !steps.chooser.chosen(step.instance) {
                continue;
            }
            let fault = self.is_fault[step.instance as usize];
            let faults = plan.faults + u32::from(fault);
            let place = Place { faults, depth: plan.depth + 1, state: id, position: i as u32 + 1 };
            let Change { changed, fingerprint } = match step.result {
                Ok(change) => change,
                Err(trap) => {
                    self.tally.trap(place, trap);
                    sink.trapped(id);
                    continue;
                }
            };
            self.tally.generated += weight;
            let count = &mut self.tally.instances[step.instance as usize];
            count.fired += weight;
            count.productive += if changed { weight } else { 0 };
            let (after, orbit) = steps.states[2 * i * words..(2 * i + 2) * words].split_at(words);
            if plan.looks_at_steps() {
                let step = Step { before: state, instance: step.instance, choice: step.choice, after };
                judge_step(self.machine, &mut self.judge, &mut self.tally, plan, place, step);
            }
            match (changed, fault) {
                (false, _) => {}
                (true, false) => sink.state(fingerprint, orbit, id),
                (true, true) => sink.seed(fingerprint, orbit, id),
            }
        }
        let taken = steps.list.len() as u64;
        self.steps = steps;
        taken
    }

    /// Whether some of the steps out of a state would do, if all of them led to what is new.
    pub(super) fn would_take_some(&mut self, state: &[Word], relations: &Relations) -> bool {
        let mut steps = std::mem::take(&mut self.steps);
        self.collect(state, &mut steps);
        let some = self.will_do(state, &mut steps, (relations, &Seen::new()));
        self.steps = steps;
        some
    }

    fn collect(&mut self, state: &[Word], steps: &mut Steps) {
        let Worker { machine, scratch, judge, symmetric, orbit, .. } = self;
        let (mut latest, mut choice) = (u32::MAX, 0);
        steps.list.clear();
        steps.states.clear();
        machine.expand(scratch, state, |instance, result| {
            choice = if instance == latest { choice + 1 } else { 0 };
            latest = instance;
            let result = result.map(|successor| {
                let after = successor.state;
                steps.states.extend_from_slice(after);
                let found = if *symmetric { representative(*machine, judge, orbit, after) } else { after };
                steps.states.extend_from_slice(found);
                Change { changed: !same(after, state), fingerprint: fingerprint(found) }
            });
            if result.is_err() {
                // So that the number of a step tells where its states are.
                steps.states.resize(steps.states.len() + 2 * state.len(), 0);
            }
            steps.list.push(Taken { instance, choice, result });
        });
    }

    /// Whether the steps that the chooser has chosen will do.
    fn will_do(&self, state: &[Word], steps: &mut Steps, (relations, seen): (&Relations, &Seen)) -> bool {
        let Steps { list, enabled, seeds, chooser, .. } = steps;
        if list.iter().any(|step| step.result.is_err()) {
            return false;
        }
        enabled.clear();
        enabled.extend(list.iter().map(|step| step.instance));
        enabled.dedup();
        // What takes a fault is expanded after all that takes fewer.
        let is_later = |step: &Taken| {
            let Ok(Change { changed: true, fingerprint }) = step.result else { return false };
            self.is_fault[step.instance as usize] || !seen.contains(fingerprint)
        };
        let goes_on = |step: &&Taken| relations.is_invisible(step.instance) && is_later(step);
        seeds.clear();
        seeds.extend(list.iter().filter(goes_on).map(|step| step.instance));
        seeds.dedup();
        enabled.len() > 1 && relations.choose(state, enabled, seeds, chooser)
    }
}
