//! One random run: discrete events on a virtual clock.
//!
//! Enters: a model, who acts when, random numbers. Leaves: a [`Tally`] of what happened. The run is a path of the model,
//! step by step; the clock only decides which step is next.

use super::actors::{Cast, Pace, Wait};
use super::flights::{Chances, Flights};
use super::measure::First;
use super::plan::{Plan, SECOND, Span};
use super::random::Random;
use super::tally::Tally;
use crate::concepts::Fault;
use crate::engine::machine::{Judged, Machine, Step, StepClass, Trap, Word};
use crate::model::Model;
use crate::model::form::instance::InstanceKind;
use crate::model::run::machine::Scratch;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is judged of a model, beside the drifts that are measured.
#[derive(Debug)]
pub(super) struct Judging {
    pub states: Vec<usize>,
    pub steps: Vec<usize>,
    /// By reconciler: the property that is false while something drifts.
    pub drifts: Vec<Option<usize>>,
}

impl Judging {
    /// Of a model with so many properties of its members, behind which stand those of the drifts.
    pub(super) fn of(model: &Model, members: usize, drifts: Vec<Option<usize>>) -> Judging {
        let of = |wanted: Judged| {
            let judged = model.properties()[..members].iter().enumerate();
            judged
                .filter(|(index, judged)| **judged == wanted && model.watcher_of(*index) == 0)
                .map(|(index, _)| index)
                .collect()
        };
        Judging { states: of(Judged::State), steps: of(Judged::Step), drifts }
    }
}

/// What all runs share.
#[derive(Clone, Copy)]
pub(super) struct Stage<'m> {
    pub model: &'m Model,
    pub plan: &'m Plan,
    pub cast: &'m Cast,
    pub judging: &'m Judging,
    pub beginnings: &'m [Box<[Word]>],
}

/// What the clock is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ring {
    /// An actor; of one that waits for what is possible, the number of the waiting.
    Actor(usize, u64),
    /// A message of a queue arrives.
    Arrives(usize, u64),
    /// Messages that wait in a queue may be taken now.
    Again(usize),
    /// What a fault broke is mended: by the instance of the fault.
    Mends(u32),
    Tick,
}

/// What an actor that waits for what is possible is doing.
#[derive(Debug, Clone, Copy, Default)]
struct Waiting {
    /// The number of the waiting, where it waits.
    rings: Option<u64>,
    /// How often it has acted, one time soon after the other.
    acted: u32,
    last: Option<u64>,
    /// It has acted, and has been possible ever since.
    again: bool,
    /// It does not act before: of what looks every few ticks, the tick of its first look.
    from: u64,
}

/// Why a run ends before its time.
pub(super) struct Ended;

/// A run under way.
pub(super) struct Run<'m> {
    stage: Stage<'m>,
    random: Random,
    scratch: Scratch,
    judge: Scratch,
    state: Vec<Word>,
    after: Vec<Word>,
    now: u64,
    rings: BinaryHeap<Reverse<(u64, u64, Ring)>>,
    order: u64,
    flights: Flights,
    chances: Chances,
    waiting: Vec<Waiting>,
    retried: Vec<bool>,
    /// By clock that may miss ticks: how many it has still to miss.
    owed: Vec<u64>,
    drifting: Vec<Option<u64>>,
    /// A message is being doubled: what comes into its queue is the copy.
    doubling: bool,
    shuffled: Vec<u32>,
    pub tally: Tally,
}

/// How long a restart that is not possible is waited for.
const AGAIN: u64 = SECOND / 10;
/// What has to be done before a tick is done at once, at most so often.
const URGENT: usize = 64;

impl<'m> Run<'m> {
    pub(super) fn new(stage: Stage<'m>) -> Run<'m> {
        let model = stage.model;
        let reconcilers = stage.judging.drifts.len();
        Run {
            random: Random::new(0, 0),
            scratch: model.scratch(),
            judge: model.scratch(),
            state: vec![0; model.words()],
            after: vec![0; model.words()],
            now: 0,
            rings: BinaryHeap::new(),
            order: 0,
            flights: Flights::default(),
            chances: Chances::of(stage.plan),
            waiting: Vec::new(),
            retried: Vec::new(),
            owed: Vec::new(),
            drifting: vec![None; reconcilers],
            doubling: false,
            shuffled: Vec::new(),
            tally: Tally::new(model.instances().len(), model.properties().len(), reconcilers),
            stage,
        }
    }

    /// Takes a whole run; `goes_on` is asked now and then. False: it was not taken to its end.
    pub(super) fn take(&mut self, number: u64, goes_on: &dyn Fn(u64) -> bool) -> bool {
        const ASKED: u64 = 1 << 12;
        let length = self.stage.plan.length;
        let mut ended = self.begin(number).is_err();
        while !ended {
            let Some(Reverse((time, _, ring))) =
                self.rings.pop().filter(|Reverse((time, ..))| *time <= length)
            else {
                break;
            };
            self.now = time;
            self.tally.events += 1;
            if self.tally.events.is_multiple_of(ASKED) && !goes_on(ASKED) {
                return false;
            }
            ended = self.ring(ring).is_err();
        }
        if !ended {
            self.now = length;
        }
        self.tally.unmissed = self.owed.iter().sum();
        for reconciler in 0..self.drifting.len() {
            if let Some(from) = self.drifting[reconciler].take() {
                self.tally.drifted(reconciler, (from, self.now), false);
            }
        }
        goes_on(self.tally.events % ASKED)
    }

    fn begin(&mut self, number: u64) -> Result<(), Ended> {
        let Stage { plan, cast, beginnings, .. } = self.stage;
        self.random = Random::new(plan.seed, number);
        self.tally.clear(number);
        self.now = 0;
        self.order = 0;
        self.rings.clear();
        self.flights.clear(cast.queues.len());
        self.waiting.clear();
        self.waiting.resize(cast.actors.len(), Waiting::default());
        self.retried.clear();
        self.retried.resize(cast.queues.len(), false);
        let first = self.random.below(beginnings.len() as u64) as usize;
        self.state.copy_from_slice(&beginnings[first]);
        self.tally.first = first;
        for (index, actor) in cast.actors.iter().enumerate() {
            match actor.pace {
                Pace::Random(mean) => self.in_time(mean, index),
                Pace::Every { period, .. } => {
                    let phase = self.random.below(period);
                    self.set(phase, Ring::Actor(index, phase));
                }
                Pace::Possible(Wait::Looks(ticks)) => {
                    self.waiting[index].from = self.random.below(ticks.max(1)) * plan.tick;
                }
                Pace::Possible(_) => {}
            }
        }
        self.owed.clear();
        self.owed.resize(cast.skews.len(), 0);
        if !cast.ticks.is_empty() {
            self.set(plan.tick, Ring::Tick);
        }
        self.judge_state()?;
        self.changed(None)
    }

    fn set(&mut self, time: u64, ring: Ring) {
        self.order += 1;
        self.rings.push(Reverse((time, self.order, ring)));
    }

    fn in_time(&mut self, mean: f64, actor: usize) {
        let time = self.now.saturating_add(self.random.exponential(mean));
        self.set(time, Ring::Actor(actor, 0));
    }

    fn ring(&mut self, ring: Ring) -> Result<(), Ended> {
        match ring {
            Ring::Actor(index, note) => self.actor(index, note),
            Ring::Arrives(queue, id) => self.arrives(queue, id),
            Ring::Again(queue) => {
                self.retried[queue] = false;
                let waiting = self.flights.queue(queue).iter().filter(|flight| flight.waits);
                let ids: Vec<u64> = waiting.map(|flight| flight.id).collect();
                ids.into_iter().try_for_each(|id| self.deliver(queue, id))
            }
            Ring::Mends(fault) => self.mends(fault),
            Ring::Tick => self.tick(),
        }
    }

    fn actor(&mut self, index: usize, note: u64) -> Result<(), Ended> {
        let cast = self.stage.cast;
        let actor = &cast.actors[index];
        match actor.pace {
            Pace::Random(mean) => {
                self.in_time(mean, index);
                self.clauses(index)?;
            }
            Pace::Every { period, skew } => {
                // Looks come early or late, but the next is due when it was.
                let due = note + period;
                let early = self.random.within(Span::new(0, 2 * skew));
                self.set((due + early).saturating_sub(skew).max(self.now + 1), Ring::Actor(index, due));
                self.clauses(index)?;
            }
            Pace::Possible(_) => {
                if self.waiting[index].rings != Some(note) {
                    return Ok(());
                }
                self.acts(index)?;
                self.wait(index)?;
            }
        }
        Ok(())
    }

    /// What waited acts. Whether there was anything to do.
    fn acts(&mut self, index: usize) -> Result<bool, Ended> {
        let before = self.waiting[index];
        // What it does next waits behind this.
        let (acted, last) = (before.acted.saturating_add(1), Some(self.now));
        self.waiting[index] = Waiting { rings: None, acted, last, again: true, ..before };
        let acted = self.clauses(index)?;
        if !acted {
            self.waiting[index] = Waiting { rings: None, ..before };
        }
        Ok(acted)
    }

    /// One step of each clause of an actor, where there is one. Whether there was any.
    fn clauses(&mut self, index: usize) -> Result<bool, Ended> {
        let actor = &self.stage.cast.actors[index];
        // Who is down or paused does not look.
        let looks = actor.node.is_none_or(|node| self.stage.model.is_running(&self.state, node));
        let (mut taken, mut acted) = (false, false);
        for (number, clause) in actor.clauses.iter().enumerate() {
            let one = self.one_of(clause)?;
            taken |= one;
            acted |= one && actor.acts.is_some_and(|(_, clauses)| number < clauses);
        }
        if let Some(reconciler) = actor.looks.filter(|_| looks) {
            self.tally.looks[reconciler] += 1;
        }
        if let Some((reconciler, _)) = actor.acts {
            self.tally.acts[reconciler] += u64::from(acted);
        }
        Ok(taken)
    }

    /// A step of one of these instances, all alike among those that can be taken.
    fn one_of(&mut self, instances: &[u32]) -> Result<bool, Ended> {
        if let [only] = instances {
            return self.step(*only);
        }
        let mut all = std::mem::take(&mut self.shuffled);
        all.clear();
        all.extend_from_slice(instances);
        let mut done = Ok(false);
        while !all.is_empty() {
            let at = self.random.below(all.len() as u64) as usize;
            done = self.step(all.swap_remove(at));
            if !matches!(done, Ok(false)) {
                break;
            }
        }
        self.shuffled = all;
        done
    }

    /// A step of an instance, all alike among its ways. False: it cannot be taken.
    fn step(&mut self, instance: u32) -> Result<bool, Ended> {
        let Stage { model, .. } = self.stage;
        let bounded = !model.program().bounds.is_empty();
        let Run { scratch, judge, state, after, random, tally, .. } = self;
        let (mut ways, mut choice, mut number, mut trapped) = (0u64, 0, 0, None);
        model.ways_of(scratch, state, instance, |result| {
            match result {
                Ok(next) if model.watching(next) => {}
                Ok(next) if bounded && model.within_bounds(judge, next) == Ok(false) => tally.cut += 1,
                Ok(next) => {
                    ways += 1;
                    if ways == 1 || random.below(ways) == 0 {
                        after.copy_from_slice(next);
                        choice = number;
                    }
                }
                Err(trap) => trapped = Some(trap),
            }
            number += 1;
            trapped.is_none()
        });
        if let Some(trap) = trapped {
            return self.trapped(trap, Some(instance));
        }
        if ways == 0 {
            return Ok(false);
        }
        self.taken(instance, choice)?;
        Ok(true)
    }

    fn trapped<T>(&mut self, trap: Trap, instance: Option<u32>) -> Result<T, Ended> {
        self.tally.trapped(self.now, trap, instance);
        Err(Ended)
    }

    /// The state becomes what the step makes of it.
    fn taken(&mut self, instance: u32, choice: u32) -> Result<(), Ended> {
        let Stage { model, cast, judging, .. } = self.stage;
        let is_fault = model.instances()[instance as usize].class == StepClass::Fault;
        self.tally.step((instance, choice), is_fault);
        let step = Step { before: &self.state, instance, choice, after: &self.after };
        for property in &judging.steps {
            if self.tally.broken[*property].is_some() {
                continue;
            }
            match model.step_holds(&mut self.judge, *property, step) {
                Ok(true) => {}
                Ok(false) => self.tally.broken[*property] = Some(self.tally.first(self.now)),
                Err(trap) => {
                    self.tally.trapped(self.now, trap, None);
                    return Err(Ended);
                }
            }
        }
        std::mem::swap(&mut self.state, &mut self.after);
        if let Some((_, time)) = cast.mended.get(&instance) {
            let time = self.now + self.random.within(*time).max(1);
            self.set(time, Ring::Mends(instance));
        }
        if self.state == self.after {
            return Ok(());
        }
        self.judge_state()?;
        self.changed(Some(instance))
    }

    fn judge_state(&mut self) -> Result<(), Ended> {
        let Stage { model, judging, .. } = self.stage;
        for property in &judging.states {
            if self.tally.broken[*property].is_some() {
                continue;
            }
            match model.state_holds(&mut self.judge, *property, &self.state) {
                Ok(true) => {}
                Ok(false) => self.tally.broken[*property] = Some(self.tally.first(self.now)),
                Err(trap) => {
                    self.tally.trapped(self.now, trap, None);
                    return Err(Ended);
                }
            }
        }
        Ok(())
    }

    /// What follows from a new state; `after` is the one before. With no step it is the first.
    fn changed(&mut self, step: Option<u32>) -> Result<(), Ended> {
        let Stage { model, cast, judging, .. } = self.stage;
        for queue in 0..cast.queues.len() {
            if step.is_none() || cast.queues[queue].differs(&self.after, &self.state) {
                self.follow(queue);
            }
            let waits = self.flights.queue(queue).iter().any(|flight| flight.waits);
            if waits && !self.retried[queue] {
                self.retried[queue] = true;
                self.set(self.now, Ring::Again(queue));
            }
        }
        for (reconciler, property) in judging.drifts.iter().enumerate() {
            let Some(property) = property else { continue };
            match model.state_holds(&mut self.judge, *property, &self.state) {
                Ok(holds) => self.drifts(reconciler, !holds),
                Err(trap) => return self.trapped(trap, None),
            }
        }
        for index in 0..cast.actors.len() {
            if matches!(cast.actors[index].pace, Pace::Possible(_)) {
                self.wait(index)?;
            }
        }
        Ok(())
    }

    fn drifts(&mut self, reconciler: usize, now: bool) {
        match (self.drifting[reconciler], now) {
            (None, true) => self.drifting[reconciler] = Some(self.now),
            (Some(from), false) => {
                self.drifting[reconciler] = None;
                self.tally.drifted(reconciler, (from, self.now), true);
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    /// Whether an actor can act: then it begins to wait, else it stops waiting.
    fn wait(&mut self, index: usize) -> Result<(), Ended> {
        let actor = &self.stage.cast.actors[index];
        let Pace::Possible(wait) = actor.pace else { return Ok(()) };
        let mut possible = false;
        for instance in actor.clauses.iter().flatten() {
            possible = possible || self.possible(*instance);
        }
        match (possible, self.waiting[index].rings) {
            (false, _) => (self.waiting[index].rings, self.waiting[index].again) = (None, false),
            (true, Some(_)) => {}
            (true, None) => {
                let time = self.waits(index, wait).max(1);
                self.order += 1;
                let number = self.order;
                self.waiting[index].rings = Some(number);
                self.set(self.now.saturating_add(time), Ring::Actor(index, number));
            }
        }
        Ok(())
    }

    /// How long what is possible now waits.
    fn waits(&mut self, index: usize, wait: Wait) -> u64 {
        let Waiting { acted, last, again, from, .. } = self.waiting[index];
        let tick = self.stage.plan.tick;
        // Of the tick that is under way.
        let left = tick - self.now % tick;
        match wait {
            Wait::Within(span) => self.random.within(span),
            Wait::Ticks(0) if again => left + self.random.within(Span::new(1, tick)),
            Wait::Ticks(0) => 1,
            Wait::Ticks(ticks) => {
                let most = ticks.saturating_mul(tick).saturating_add(left);
                self.random.within(Span::new(1, most))
            }
            Wait::Looks(_) if self.now < from => from - self.now + self.random.within(Span::new(1, tick)),
            Wait::Looks(_) => self.random.within(Span::new(1, left)),
            Wait::Backoff { base, doublings } => {
                let longest = base.saturating_mul(1 << doublings);
                let anew = last.is_none_or(|last| self.now - last > longest);
                let acted = if anew { 0 } else { acted.min(doublings) };
                self.waiting[index].acted = acted;
                self.random.within(Span::new(1, base.saturating_mul(1 << acted).max(1)))
            }
        }
    }

    /// Whether an instance has a way, or fails.
    fn possible(&mut self, instance: u32) -> bool {
        let Stage { model, .. } = self.stage;
        let mut found = false;
        model.ways_of(&mut self.scratch, &self.state, instance, |result| {
            found = result.is_err() || result.is_ok_and(|next| !model.watching(next));
            !found
        });
        found
    }

    // ---- messages ----

    /// Messages that came into a queue, or left it.
    fn follow(&mut self, queue: usize) {
        let Run { stage, flights, chances, state, now, random, rings, order, tally, .. } = self;
        // Nothing more happens to a copy, and nobody sent it.
        let (chances, sent) = if self.doubling { (Chances::NONE, 0) } else { (*chances, 1) };
        flights.update((stage.model, stage.cast, chances), (queue, state), (*now, random), |id, due| {
            *order += 1;
            tally.sent += sent;
            rings.push(Reverse((due, *order, Ring::Arrives(queue, id))));
        });
    }

    fn arrives(&mut self, queue: usize, id: u64) -> Result<(), Ended> {
        let Some(flight) = self.flights.of(queue, id) else { return Ok(()) };
        flight.waits = true;
        let (lost, twice) = (flight.lost, std::mem::take(&mut flight.twice));
        let cast = self.stage.cast;
        if lost && self.happens(queue, id, &cast.losses[queue])? {
            return Ok(());
        }
        if twice {
            self.doubling = true;
            let doubled = self.happens(queue, id, &cast.duplications[queue]);
            self.doubling = false;
            doubled?;
        }
        self.deliver(queue, id)
    }

    /// A fault that happens to a message; false: it cannot.
    fn happens(&mut self, queue: usize, id: u64, instances: &[Option<u32>]) -> Result<bool, Ended> {
        let ordered = self.stage.cast.queues[queue].ordered;
        let position = self.flights.position((queue, ordered), id);
        let Some(instance) = position.and_then(|at| instances.get(at).copied().flatten()) else {
            return Ok(false);
        };
        self.step_of((queue, id), instance)
    }

    fn deliver(&mut self, queue: usize, id: u64) -> Result<(), Ended> {
        let cast = self.stage.cast;
        let position = self.flights.position((queue, cast.queues[queue].ordered), id);
        let handlers = position.and_then(|at| cast.deliveries[queue].get(at));
        let Some(handlers) = handlers else { return Ok(()) };
        let mut left: Vec<u32> = handlers.clone();
        while !left.is_empty() {
            let at = self.random.below(left.len() as u64) as usize;
            if self.step_of((queue, id), left.swap_remove(at))? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A step that a message takes part in. What leaves the queue is this message, not another that says the same.
    fn step_of(&mut self, (queue, id): (usize, u64), instance: u32) -> Result<bool, Ended> {
        let stays =
            matches!(self.stage.model.instance_list()[instance as usize].kind, InstanceKind::Duplicate(_));
        if !stays && !self.possible(instance) {
            return Ok(false);
        }
        if !stays {
            self.flights.remove(queue, id);
        }
        self.step(instance)
    }

    // ---- what mends, and time ----

    fn mends(&mut self, fault: u32) -> Result<(), Ended> {
        let Stage { model, cast, .. } = self.stage;
        let Some((menders, _)) = cast.mended.get(&fault) else { return Ok(()) };
        let done = self.one_of(menders)?;
        // A restart that has a condition may have to wait; a node that is up restarts no more.
        let waits = menders.iter().any(|mender| match model.instance_list()[*mender as usize].kind {
            InstanceKind::Restart(_, node) => !model.is_up(&self.state, node),
            _ => false,
        });
        if !done && waits {
            self.set(self.now + AGAIN, Ring::Mends(fault));
        }
        Ok(())
    }

    /// Time goes on, for all clocks but one that misses it.
    fn tick(&mut self) -> Result<(), Ended> {
        let Stage { cast, plan, .. } = self.stage;
        self.set(self.now + plan.tick.max(1), Ring::Tick);
        let slow = self.slow();
        for _ in 0..URGENT {
            // Clocks of a node that is down miss none.
            if slow.map_or(Ok(false), |slow| self.step(slow))? || self.one_of(&cast.ticks)? {
                return Ok(());
            }
            // What has to be done before time goes on is done now.
            let mut acted = false;
            for index in 0..cast.actors.len() {
                if matches!(cast.actors[index].pace, Pace::Possible(_))
                    && self.waiting[index].from <= self.now
                {
                    acted |= self.acts(index)?;
                }
            }
            if !acted {
                break;
            }
        }
        self.tally.late_ticks += 1;
        Ok(())
    }

    /// The tick that comes, where the clocks of a node miss it. Only those of one node can: another that should miss it
    /// misses a later one.
    fn slow(&mut self) -> Option<u32> {
        let missed = self.stage.plan.share(Fault::Skew);
        for owed in &mut self.owed {
            *owed += u64::from(self.random.chance(missed));
        }
        // Of those that owe most, the first.
        let slow = (0..self.owed.len()).rev().max_by_key(|slow| self.owed[*slow])?;
        self.owed[slow] = self.owed[slow].checked_sub(1)?;
        Some(self.stage.cast.skews[slow])
    }
}

impl Tally {
    fn first(&self, now: u64) -> First {
        First { faults: self.faults, steps: self.steps, run: self.run, time: now }
    }

    fn trapped(&mut self, now: u64, trap: Trap, instance: Option<u32>) {
        self.trap = Some((self.first(now), trap, instance));
    }
}
