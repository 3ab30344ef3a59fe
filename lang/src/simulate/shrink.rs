//! A run on which something broke, made short: fewest faults, then fewest steps.
//!
//! Enters: the number of a run and what broke on it. Leaves: a path that breaks the same.
//! Three times over: what lies between two equal states is cut out; then steps are left out as long as the rest still
//! breaks it (delta debugging, Zeller and Hildebrandt 2002), faults first; then the exhaustive search looks for
//! something shorter, as far as that is affordable. A step is known by what it does, not by its number: what it takes
//! part in may lie elsewhere once others are left out.

use super::measure::First;
use super::plan::Plan;
use super::run::Stage;
use super::{Observer, Shown, again, search};
use crate::analysis::program::{ActionId, Program};
use crate::concepts::{Allowance, FaultBudget};
use crate::engine::machine::{Machine, Step, StepClass, Trap, Word};
use crate::engine::{Outcome, Path, PathStep, Unobserved, explore};
use crate::model::form::instance::{InstanceKind, LinkSlot, Wall};
use crate::model::run::machine::{Chosen, Scratch};
use crate::model::{BuildOptions, Model};
use crate::obligations::property::Property;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Steps that are taken again, all in all, before a run counts as short enough.
const EFFORT: u64 = 2_000_000;

/// What a run is to end with.
#[derive(Debug, Clone, Copy)]
enum Goal {
    /// The property is broken.
    Broken(usize),
    /// Something there has no value.
    Trap(u32),
}

/// What may be done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Done {
    Delivered(ActionId),
    Lost,
    Doubled,
}

/// A step, by what it does.
#[derive(Debug, Clone)]
struct Deed {
    what: What,
    chosen: Vec<Chosen>,
    is_fault: bool,
}

#[derive(Debug, Clone)]
enum What {
    Instance(u32),
    /// A message of a list of a link, as it lies there.
    Message {
        done: Done,
        link: u32,
        list: u32,
        words: Vec<Word>,
    },
}

/// Deeds that were done, with what came of them.
struct Taken {
    deeds: Vec<Deed>,
    steps: Vec<PathStep>,
    trap: Option<(Trap, Option<u32>)>,
}

pub(super) struct Shrinker<'s> {
    pub stage: Stage<'s>,
    pub program: &'s Program,
    pub options: &'s BuildOptions,
    pub observer: &'s dyn Observer,
}

impl Shrinker<'_> {
    /// A short run that breaks a property as run `first` did; `None`: somebody cancelled.
    pub(super) fn shown(
        &self,
        model: &Arc<Model>,
        property: &Property,
        (index, first): (usize, First),
    ) -> Option<Shown> {
        let mut bench = Bench::new(self.stage, Goal::Broken(index));
        let (init, taken) = bench.short(first, self.observer)?;
        let path = Path { init, steps: taken.steps, loop_start: None };
        if let Some((path, shorter)) = self.searched(&path, property) {
            return Some(Shown { first, path, model: shorter, shortest: true });
        }
        Some(Shown { first, path, model: Arc::clone(model), shortest: false })
    }

    /// A short run to something without a value, with it; `None`: somebody cancelled.
    pub(super) fn trapped(&self, model: &Arc<Model>, first: First) -> Option<(Shown, Trap, Option<u32>)> {
        let (_, trap, _) = again(self.stage, (first.run, 0), self.observer)?.tally.trap?;
        let mut bench = Bench::new(self.stage, Goal::Trap(trap.site));
        let (init, taken) = bench.short(first, self.observer)?;
        let (trap, instance) = taken.trap?;
        let path = Path { init, steps: taken.steps, loop_start: None };
        Some((Shown { first, path, model: Arc::clone(model), shortest: false }, trap, instance))
    }

    /// The exhaustive search, with the faults of a path and no more steps than it has.
    fn searched(&self, path: &Path, property: &Property) -> Option<(Path, Arc<Model>)> {
        let faults = used(self.stage.model, self.stage.plan, path);
        let options = BuildOptions { faults, ..self.options.clone() };
        let model = Model::build(self.program, vec![property.clone()], &options).ok()?;
        let limits = search(u32::try_from(path.steps.len()).ok()?);
        let mut found = explore(&model, &limits, &Unobserved);
        match found.outcomes.swap_remove(0) {
            Outcome::Violated(violation) => Some((violation.path, Arc::new(model))),
            _ => None,
        }
    }
}

/// The faults of a path, as a budget; recoveries as the plan has them.
fn used(model: &Model, plan: &Plan, path: &Path) -> FaultBudget {
    let mut entries: Vec<Allowance> = Vec::new();
    let all = plan.budget();
    for step in &path.steps {
        let instance = &model.instance_list()[step.instance as usize];
        let Some(fault) = instance.fault().filter(|fault| !fault.is_recovery()) else { continue };
        let one_way = matches!(instance.kind, InstanceKind::Partition(_, wall) if wall != Wall::BothWays);
        let kind = match instance.kind {
            InstanceKind::Node(_, node) => Some(model.kind_of_node(node)),
            _ => None,
        };
        let pays = |entry: &Allowance| {
            entry.fault == fault
                && entry.one_way == one_way
                && entry.of.is_none_or(|of| kind.is_none_or(|kind| of == kind))
        };
        match entries.iter_mut().find(|entry| pays(entry)) {
            Some(entry) => entry.times += 1,
            None => {
                let said = all.said().map(|(_, entry)| *entry).find(|entry| pays(entry));
                entries.extend(said.map(|entry| Allowance { times: 1, ..entry }));
            }
        }
    }
    entries.extend(all.said().map(|(_, entry)| *entry).filter(|entry| entry.fault.is_recovery()));
    let mut budget = FaultBudget::default();
    entries.into_iter().for_each(|entry| budget.add(entry));
    budget
}

/// Where deeds are done again.
struct Bench<'s> {
    stage: Stage<'s>,
    goal: Goal,
    numbers: FxHashMap<(Done, u32, u32, u32), u32>,
    scratch: Scratch,
    judge: Scratch,
    init: Box<[Word]>,
    /// What has no value, and so is no step of the run: tried behind all others.
    last: Option<Deed>,
    left: u64,
}

/// What can be done with a message in a slot.
fn of_message(kind: &InstanceKind) -> Option<(Done, LinkSlot)> {
    match *kind {
        InstanceKind::Deliver { action, slot } => Some((Done::Delivered(action), slot)),
        InstanceKind::Lose(slot) => Some((Done::Lost, slot)),
        InstanceKind::Duplicate(slot) => Some((Done::Doubled, slot)),
        InstanceKind::Act { .. }
        | InstanceKind::Node(..)
        | InstanceKind::Restart(..)
        | InstanceKind::Partition(..)
        | InstanceKind::Heal => None,
    }
}

impl<'s> Bench<'s> {
    fn new(stage: Stage<'s>, goal: Goal) -> Self {
        let model = stage.model;
        let all = model.instance_list().iter().enumerate();
        let numbers = all.filter_map(|(id, instance)| {
            let (done, slot) = of_message(&instance.kind)?;
            Some(((done, slot.link.0, slot.list, slot.position), id as u32))
        });
        Bench {
            goal,
            numbers: numbers.collect(),
            scratch: model.scratch(),
            judge: model.scratch(),
            init: Box::default(),
            last: None,
            left: EFFORT,
            stage,
        }
    }

    /// `None`: somebody cancelled before there was anything.
    fn short(&mut self, first: First, observer: &dyn Observer) -> Option<(Box<[Word]>, Taken)> {
        let run = again(self.stage, (first.run, first.steps), observer)?;
        self.init = self.stage.beginnings[run.tally.first].clone();
        let (steps, _) = run.tally.path.unwrap_or_default();
        let without_loops = self.deeds(&steps, observer)?;
        let end = without_loops.steps.last().map_or(&self.init, |step| &step.state).clone();
        self.last = match (self.goal, run.tally.trap) {
            (Goal::Trap(_), Some((.., Some(instance)))) => Some(self.deed(&end, (instance, 0))),
            _ => None,
        };
        let mut best = self.again(&without_loops.deeds).unwrap_or(without_loops);
        let goes_on = || !observer.cancelled();
        for faults_only in [true, false] {
            let mut size = best.deeds.len().div_ceil(2).max(1);
            while self.left > 0 && goes_on() {
                let before = best.deeds.len();
                self.pass(&mut best, size, faults_only);
                let shrunk = best.deeds.len() < before;
                if size == 1 && !shrunk {
                    break;
                }
                if !shrunk {
                    size = size.div_ceil(2);
                }
                size = size.min(best.deeds.len()).max(1);
            }
        }
        Some((self.init.clone(), best))
    }

    /// Tries to leave out `size` deeds that follow each other, everywhere.
    fn pass(&mut self, best: &mut Taken, size: usize, faults_only: bool) {
        let mut from = 0;
        while from < best.deeds.len() && self.left > 0 {
            let until = (from + size).min(best.deeds.len());
            let kept = best.deeds.iter().enumerate();
            let kept = kept.filter(|(i, deed)| !(from..until).contains(i) || faults_only && !deed.is_fault);
            let kept: Vec<Deed> = kept.map(|(_, deed)| deed.clone()).collect();
            if kept.len() == best.deeds.len() {
                from = until;
                continue;
            }
            match self.again(&kept) {
                Some(shorter) => *best = shorter,
                None => from = until,
            }
        }
    }

    /// What the steps of a run do, without what lies between two equal states; the last step stays, for it may be the one
    /// that breaks something. `None`: somebody cancelled.
    fn deeds(&mut self, steps: &[(u32, u32)], observer: &dyn Observer) -> Option<Taken> {
        const ASKED: usize = 1 << 12;
        let model = self.stage.model;
        let mut state = self.init.clone();
        let mut taken = Taken { deeds: Vec::new(), steps: Vec::new(), trap: None };
        let mut seen = FxHashMap::from_iter([(state.clone(), 0)]);
        for (index, (instance, choice)) in steps.iter().copied().enumerate() {
            if index.is_multiple_of(ASKED) && observer.cancelled() {
                return None;
            }
            let (mut number, mut after) = (0, state.clone());
            model.ways_of(&mut self.scratch, &state, instance, |result| {
                if let (true, Ok(next)) = (number == choice, result) {
                    after = next.into();
                }
                number += 1;
                number <= choice
            });
            match seen.get(&after).copied().filter(|_| index + 1 < steps.len()) {
                Some(length) => {
                    taken.deeds.truncate(length);
                    for cut in taken.steps.drain(length..) {
                        seen.remove(&cut.state);
                    }
                }
                None => {
                    taken.deeds.push(self.deed(&state, (instance, choice)));
                    taken.steps.push(PathStep { instance, choice, state: after.clone() });
                    seen.insert(after.clone(), taken.steps.len());
                }
            }
            state = after;
        }
        Some(taken)
    }

    fn deed(&mut self, state: &[Word], (instance, choice): (u32, u32)) -> Deed {
        let model = self.stage.model;
        let what = match of_message(&model.instance_list()[instance as usize].kind) {
            Some((done, slot)) => {
                let words = model.envelope(state, slot);
                What::Message { done, link: slot.link.0, list: slot.list, words }
            }
            None => What::Instance(instance),
        };
        let step = Step { before: state, instance, choice, after: state };
        let chosen = model.chosen_at(&mut self.scratch, step);
        let is_fault = model.instances()[instance as usize].class == StepClass::Fault;
        Deed { what, chosen, is_fault }
    }

    /// Does deeds again, as far as they can be done; `None`: that does not come to the goal.
    fn again(&mut self, deeds: &[Deed]) -> Option<Taken> {
        let mut taken = Taken { deeds: Vec::new(), steps: Vec::new(), trap: None };
        let mut state = self.init.clone();
        if self.arrived(&state, None, &mut taken) {
            return Some(taken);
        }
        let last = self.last.clone();
        for (index, deed) in deeds.iter().chain(&last).enumerate() {
            self.left = self.left.saturating_sub(1);
            let Some(instance) = self.instance_of(&state, deed) else { continue };
            match self.way(&state, instance, deed) {
                Ok(Some((choice, after))) => {
                    taken.deeds.push(deed.clone());
                    taken.steps.push(PathStep { instance, choice, state: after.clone() });
                    let step = Step { before: &state, instance, choice, after: &after };
                    if self.arrived(&after, Some(step), &mut taken) {
                        return Some(taken);
                    }
                    state = after;
                }
                Ok(None) => {}
                Err(trap) => {
                    let wanted = matches!(self.goal, Goal::Trap(site) if site == trap.site);
                    if index < deeds.len() {
                        taken.deeds.push(deed.clone());
                    }
                    taken.trap = Some((trap, Some(instance)));
                    return wanted.then_some(taken);
                }
            }
        }
        None
    }

    /// Whether that is the goal: in this state, or at the step to it.
    fn arrived(&mut self, state: &[Word], step: Option<Step<'_>>, taken: &mut Taken) -> bool {
        let Stage { model, judging, .. } = self.stage;
        let mut judged = |property: usize| {
            let at_step = step.map(|step| model.step_holds(&mut self.judge, property, step));
            let in_state = model.state_holds(&mut self.judge, property, state);
            [at_step, Some(in_state)].into_iter().flatten().find(|verdict| *verdict != Ok(true))
        };
        match self.goal {
            Goal::Broken(property) => judged(property) == Some(Ok(false)),
            Goal::Trap(site) => {
                let all = judging.states.iter().chain(&judging.steps).chain(judging.drifts.iter().flatten());
                let traps = all.filter_map(|property| judged(*property)?.err());
                taken.trap = traps.into_iter().find(|trap| trap.site == site).map(|trap| (trap, None));
                taken.trap.is_some()
            }
        }
    }

    /// Which instance does it in a state.
    fn instance_of(&self, state: &[Word], deed: &Deed) -> Option<u32> {
        let What::Message { done, link, list, words } = &deed.what else {
            let What::Instance(instance) = deed.what else { return None };
            return Some(instance);
        };
        let model = self.stage.model;
        let queue = self.stage.cast.queues.iter().find(|q| (q.link, q.list) == (*link, *list))?;
        let position =
            (0..queue.length(state)).find(|at| model.envelope(state, queue.slot(*at)) == *words)?;
        self.numbers.get(&(*done, *link, *list, position)).copied()
    }

    /// The way that chooses what was chosen, else the first.
    fn way(
        &mut self,
        state: &[Word],
        instance: u32,
        deed: &Deed,
    ) -> Result<Option<(u32, Box<[Word]>)>, Trap> {
        let model = self.stage.model;
        let mut wanted = 0;
        if !deed.chosen.is_empty() {
            match model.way_that_chooses(&mut self.scratch, (state, instance), &deed.chosen) {
                Some(same) => wanted = same,
                None => return Ok(None),
            }
        }
        let (mut number, mut found, mut trapped) = (0, None, None);
        model.ways_of(&mut self.scratch, state, instance, |result| {
            match result {
                Ok(next) if number == wanted => found = Some((number, next.into())),
                Err(trap) => trapped = Some(trap),
                Ok(_) => {}
            }
            number += 1;
            found.is_none() && trapped.is_none()
        });
        match trapped {
            Some(trap) => Err(trap),
            None => Ok(found),
        }
    }
}
