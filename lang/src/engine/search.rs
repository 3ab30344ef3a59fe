//! The search: fault level by fault level, depth by depth, round by round.
//!
//! Enters: a machine, limits, an observer. Leaves: all states in the order (faults, steps), and the tally. A state's
//! faults are part of it, so levels share no states. Within a level, states of one depth are those found from the depth
//! before, in the order of their parents, and then the seeds whose depth it is. Caps are looked at between rounds of a
//! fixed size, so that they too bite at the same state for any number of threads.

use super::expand::{Batch, Direct, Worker};
use super::exploration::{Exploration, Stop};
use super::judge::{Plan, Standing};
use super::machine::{Judged, Machine, Word};
use super::parallel::Piece;
use super::reduce::Wanted;
use super::seeds::Seeds;
use super::seen::Seen;
use super::states::{Bits, Cursor, NONE, States};
use super::stubborn::Relations;
use super::tally::{Event, Tally};
use super::{Limits, Observer, Progress};
use std::collections::BTreeMap;
use std::ops::Range;

/// Steps between two looks at the observer.
pub(super) const PACE: u64 = 1 << 14;

/// States on which a reduction is tried out, and of how many it has to serve one.
const SAMPLED: u32 = 4096;
const WORTH: u32 = 4;

/// Ids are 32 bits; a round never finds this many.
const MOST_STATES: u32 = u32::MAX - (1 << 28);

pub(super) struct Search<'m, M: Machine> {
    pub(super) machine: &'m M,
    pub(super) limits: &'m Limits,
    pub(super) observer: &'m dyn Observer,
    pub(super) states: States,
    pub(super) seen: Seen,
    pub(super) workers: Vec<Worker<'m, M>>,
    /// By faults used: what waits for its level.
    pub(super) pending: BTreeMap<u32, Seeds>,
    /// The faults used by, and the id of, the first state of each level and depth.
    pub(super) levels: Vec<Level>,
    /// Not, or not fully, expanded: cut, left, or with a trap among its steps.
    pub(super) open: Bits,
    pub(super) cut: u64,
    pub(super) left: u64,
    /// Met by some state, though others were expanded after it.
    pub(super) depth_limited: bool,
    pub(super) halt: Option<Stop>,
    /// Why there are more initial states than were looked at.
    pub(super) truncated: Option<Stop>,
    /// Steps taken and states judged since the observer was last looked at.
    pub(super) work: u64,
    pub(super) pieces: Vec<Piece>,
    /// The number of states at which fewer steps may be tried instead; and how, once that is due.
    pub(super) whole_until: Option<u64>,
    due: Option<Relations>,
    /// Takes of each state only the steps that will do.
    pub(super) reduction: Option<&'m Relations>,
    /// What is to be decided, where not all is.
    pub(super) wanted: Option<Wanted>,
    batch: Batch,
    cursor: Cursor,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) faults: u32,
    pub(super) depth: u32,
    pub(super) start: u32,
}

impl<'m, M: Machine> Search<'m, M> {
    pub(super) fn new(machine: &'m M, limits: &'m Limits, observer: &'m dyn Observer) -> Self {
        Search {
            machine,
            limits,
            observer,
            states: States::new(machine.words(), limits.spill.as_ref().map(|to| to.0.clone())),
            seen: Seen::new(),
            workers: (0..limits.threads.max(1)).map(|_| Worker::new(machine)).collect(),
            pending: BTreeMap::new(),
            levels: Vec::new(),
            open: Bits::default(),
            cut: 0,
            left: 0,
            depth_limited: false,
            halt: None,
            truncated: None,
            work: 0,
            pieces: Vec::new(),
            whole_until: None,
            due: None,
            reduction: None,
            wanted: None,
            cursor: Cursor::default(),
            batch: Batch::new(machine.words()),
        }
    }

    /// With the relations to go on with, where it ended because of them.
    pub(super) fn run(mut self) -> (Exploration, Option<Relations>) {
        self.initial();
        while self.halt.is_none()
            && let Some((faults, seeds)) = self.pending.pop_first()
        {
            self.level(faults, seeds);
        }
        for seeds in std::mem::take(&mut self.pending).into_values() {
            self.leave_seeds(&seeds, None);
        }
        let due = self.due.take();
        (self.conclude(), due)
    }

    /// Whether to begin again in fewer steps.
    fn is_due(&mut self) -> bool {
        let states = u64::from(self.states.len());
        if self.whole_until.is_none_or(|until| states < until) {
            return false;
        }
        self.whole_until = None;
        let relations = self.machine.footprints().and_then(|prints| Relations::new(&prints));
        self.due = relations.filter(|relations| self.pays(relations));
        self.due.is_some()
    }

    /// Whether fewer steps would do in a good part of the states so far: beginning again costs as much as was done.
    fn pays(&mut self, relations: &Relations) -> bool {
        if self.states.len() < SAMPLED {
            return true;
        }
        let step = (self.states.len() / SAMPLED) as usize;
        let (mut cursor, worker) = (Cursor::default(), &mut self.workers[0]);
        let sample = (0..self.states.len()).step_by(step);
        let (tried, fewer) = sample.fold((0u32, 0u32), |(tried, fewer), id| {
            let some = worker.would_take_some(cursor.state(&self.states, id), relations);
            (tried + 1, fewer + u32::from(some))
        });
        fewer >= tried / WORTH
    }

    /// What is known so far: the first worker's tally, to which the others' is added after each round.
    pub(super) fn known(&self) -> &Tally {
        &self.workers[0].tally
    }

    /// The caps hold here too: there may be more initial states than anybody wants to wait for.
    fn initial(&mut self) {
        let Search { machine, pending, observer, workers, limits, halt, truncated, .. } = self;
        let mut generated = 0u64;
        workers[0].initial(|fingerprint, state| {
            let seeds =
                pending.entry(machine.faults_used(state)).or_insert_with(|| Seeds::new(machine.words()));
            seeds.push(fingerprint, state, NONE, 0);
            generated += 1;
            if generated.is_multiple_of(PACE) {
                let frontier = pending.values().map(|seeds| seeds.len() as u64).sum();
                observer.progress(&Progress { generated, distinct: frontier, depth: 0, frontier });
                *halt = observer.cancelled().then_some(Stop::Interrupted);
                // Admitted, they need as much again.
                let bytes = 2 * pending.values().map(Seeds::bytes).sum::<u64>();
                let states = limits.states.filter(|cap| frontier > *cap).map(Stop::States);
                *truncated = states.or(limits.memory.filter(|cap| bytes > *cap).map(Stop::Memory));
            }
            halt.is_none() && truncated.is_none()
        });
    }

    fn level(&mut self, faults: u32, mut seeds: Seeds) {
        seeds.close();
        let Some(mut depth) = seeds.next_depth(None) else { return };
        let mut start = self.states.len();
        loop {
            self.admit(&seeds, faults, depth);
            let end = self.states.len();
            if start == end {
                match seeds.next_depth(Some(depth)) {
                    Some(next) => depth = next,
                    None => return,
                }
                continue;
            }
            self.levels.push(Level { faults, depth, start });
            if self.halt.is_some() {
                self.leave_seeds(&seeds, Some(depth));
                return self.leave(start..end);
            }
            if self.limits.depth.is_some_and(|limit| depth >= limit) {
                self.depth_limited = true;
                return self.leave(start..end);
            }
            self.expand_depth(start..end, faults, depth);
            if self.halt.is_some() {
                return self.leave_seeds(&seeds, Some(depth));
            }
            (start, depth) = (end, depth + 1);
        }
    }

    /// Takes in the seeds of a depth that the level has not reached by itself.
    fn admit(&mut self, seeds: &Seeds, faults: u32, depth: u32) {
        let before = self.states.len();
        for (fingerprint, state, parent) in seeds.at_depth(depth) {
            if self.seen.insert(fingerprint) {
                self.states.push(state, parent);
            }
        }
        let plan = Plan::new(self.machine, self.known(), faults, depth);
        self.judge(&plan, before..self.states.len(), depth);
        self.states.seal(self.states.len(), self.workers.len());
    }

    /// Expands the states of one level and depth.
    fn expand_depth(&mut self, range: Range<u32>, faults: u32, depth: u32) {
        let mut at = range.start;
        while at < range.end {
            self.halt = self.cap();
            if self.halt.is_none() && self.is_due() {
                self.halt = Some(Stop::States(u64::from(self.states.len())));
            }
            let until = range.end.min(at + self.round());
            let before = self.states.len();
            if self.halt.is_none() {
                let plan = Plan::new(self.machine, self.known(), faults, depth);
                match self.expand(&plan, at..until) {
                    true => self.judge(&plan, before..self.states.len(), depth + 1),
                    false => self.halt = Some(Stop::Interrupted),
                }
            }
            if self.halt.is_some() {
                return self.leave(at..self.states.len());
            }
            self.states.seal(self.states.len(), self.workers.len());
            at = until;
        }
    }

    /// False: interrupted.
    fn expand(&mut self, plan: &Plan, range: Range<u32>) -> bool {
        match self.reduction.is_some() || self.is_worth_threads(&range) {
            true => self.expand_together(plan, range),
            false => self.expand_alone(plan, range),
        }
    }

    fn expand_alone(&mut self, plan: &Plan, range: Range<u32>) -> bool {
        let words = self.machine.words();
        let seeds = self.pending.entry(plan.faults + 1).or_insert_with(|| Seeds::new(words));
        let others: u64 = self.workers[1..].iter().map(|worker| worker.tally.generated).sum();
        let worker = &mut self.workers[0];
        let mut trapped = Vec::new();
        let mut direct = Direct {
            seen: &mut self.seen,
            states: &mut self.states,
            seeds,
            trapped: &mut trapped,
            depth: plan.depth,
            batch: &mut self.batch,
        };
        let mut current: Vec<Word> = Vec::with_capacity(words);
        let mut on = true;
        for id in range {
            if self.open.get(id) {
                continue;
            }
            current.clear();
            current.extend_from_slice(worker.cursor.state(direct.states, id));
            self.work += 1 + worker.expand(plan, id, &current, &mut direct);
            if self.work >= PACE {
                self.work = 0;
                let distinct = u64::from(direct.states.len());
                let frontier = distinct - u64::from(id) - 1;
                let depth = plan.depth;
                let generated = worker.tally.generated + others;
                self.observer.progress(&Progress { generated, distinct, depth, frontier });
                on = !self.observer.cancelled();
                if !on {
                    break;
                }
            }
        }
        direct.flush();
        for id in trapped {
            self.open.set(id);
        }
        on
    }

    /// Judges new states, all of one depth.
    fn judge(&mut self, plan: &Plan, range: Range<u32>, depth: u32) {
        let together = self.is_worth_threads(&range);
        let share = if together { range.len() } else { PACE as usize };
        let mut at = range.start;
        while at < range.end && self.halt.is_none() {
            let slice = at..range.end.min(at + share as u32);
            at = slice.end;
            self.work += slice.len() as u64;
            let judged = match together {
                true => self.judge_together(plan, slice, depth),
                false => self.workers[0].judge_all(plan, slice, depth, &self.states),
            };
            for (id, standing) in judged {
                self.cut += if standing == Standing::Cut { self.weight(id) } else { 0 };
                self.open.set(id);
            }
            self.look(depth, range.start);
        }
    }

    /// The number of states that a state stands for.
    fn weight(&mut self, id: u32) -> u64 {
        let mut cursor = std::mem::take(&mut self.cursor);
        let weight = self.workers[0].weight(cursor.state(&self.states, id));
        self.cursor = cursor;
        weight
    }

    /// Tells the observer how far it is, and halts if it says so; now and then. `expanded`: the states up to here are.
    pub(super) fn look(&mut self, depth: u32, expanded: u32) {
        if self.work < PACE {
            return;
        }
        self.work = 0;
        let distinct = u64::from(self.states.len());
        let frontier = distinct.saturating_sub(u64::from(expanded));
        let generated = self.workers.iter().map(|worker| worker.tally.generated).sum();
        self.observer.progress(&Progress { generated, distinct, depth, frontier });
        if self.observer.cancelled() {
            self.halt = Some(Stop::Interrupted);
        }
    }

    /// Counts states that will not be expanded for now or ever.
    fn leave(&mut self, range: Range<u32>) {
        for id in range.filter(|id| !self.open.get(*id)).collect::<Vec<_>>() {
            self.open.set(id);
            self.left += self.weight(id);
        }
    }

    /// Counts seeds above a depth that will not become states.
    fn leave_seeds(&mut self, seeds: &Seeds, above: Option<u32>) {
        let left = seeds.above(above).map(|state| self.workers[0].weight(state));
        self.left += left.sum::<u64>();
    }

    /// States to expand before caps are looked at again; a function of counts alone.
    fn round(&self) -> u32 {
        let by_size = (1 << 19) / (8 * self.machine.words().max(1) as u64);
        let room =
            self.limits.states.map_or(u64::MAX, |cap| cap.saturating_sub(u64::from(self.states.len())));
        by_size.min(room / 8).clamp(16, 1 << 16) as u32
    }

    /// The cap that has been met, if any.
    fn cap(&self) -> Option<Stop> {
        if self.truncated.is_some() {
            return self.truncated;
        }
        if self.states.lost() {
            return Some(Stop::Lost);
        }
        let states = u64::from(self.states.len());
        if let Some(cap) = self.limits.states.filter(|cap| states >= *cap) {
            return Some(Stop::States(cap));
        }
        if let Some(cap) = self.limits.memory.filter(|cap| self.bytes() >= *cap) {
            return Some(Stop::Memory(cap));
        }
        if self.states.len() > MOST_STATES {
            return Some(Stop::States(u64::from(MOST_STATES)));
        }
        (self.limits.stop_when_decided && self.decided()).then_some(Stop::Decided)
    }

    /// Whether no state or step can change an outcome any more.
    fn decided(&self) -> bool {
        let Some(now) = self.levels.last() else { return false };
        let in_time = |e: &Event| (e.place.faults, e.place.depth) <= (now.faults, now.depth + 1);
        let (mut properties, first) = (self.machine.properties().iter().enumerate(), &self.known().first);
        let trapped =
            |site: &u32| self.workers.iter().any(|worker| worker.tally.traps.get(site).is_some_and(in_time));
        self.wanted.as_ref().is_none_or(|wanted| wanted.sites.iter().all(trapped))
            && properties.all(|(property, judged)| match judged {
                _ if self.wanted.as_ref().is_some_and(|wanted| !wanted.properties[property]) => true,
                Judged::State => first[property].is_some(),
                Judged::Step => first[property].as_ref().is_some_and(in_time),
                Judged::Settled => true,
                Judged::Converges | Judged::LeadsTo | Judged::Eventually => false,
            })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.states.bytes() + self.seen.bytes() + self.pending.values().map(Seeds::bytes).sum::<u64>()
    }
}
