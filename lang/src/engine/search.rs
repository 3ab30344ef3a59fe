//! The search: fault level by fault level, depth by depth, round by round.
//!
//! Enters: a machine, limits, an observer, what it is for. Leaves: all states in the order (faults, steps), and the
//! tally. Within a level, states of one depth are those found from the depth before, in the order of their parents, and
//! then the seeds whose depth it is. Caps are looked at between rounds of a fixed size, so that they too bite at the same
//! state for any number of threads; that on states is exact, as those of a round that are too many are given up.

use super::checkpoint::{Keeper, Position};
use super::conclude::Ended;
use super::expand::{Plan, Standing};
use super::exploration::{Exploration, Stop};
use super::frontier::{Frontier, Level, Lost, Seeds};
use super::machine::{Judged, Machine};
use super::progress::{Control, Pace};
use super::reduce::{Wanted, pays};
use super::store::{Cursor, NONE, Store};
use super::stubborn::Relations;
use super::tally::Event;
use super::workers::{Ground, Workers};
use super::{Limits, Observer, Progress};
use std::ops::Range;

mod kept;

/// What a search is for.
pub(super) enum Aim<'m> {
    /// All states and properties. From so many states on (`None`: never), fewer steps may be tried instead: if that will
    /// pay, the search ends, and has the relations to begin again with.
    Whole { until: Option<u64>, due: Option<Relations> },
    /// The same in fewer steps.
    Reduced(&'m Relations),
    /// Some things, on shortest ways.
    Shortest(Wanted),
    /// Which instance was the first to find each state; nothing is judged. As many steps as there were before.
    Survey { steps: u64 },
}

pub(super) struct Search<'m, M: Machine> {
    machine: &'m M,
    aim: Aim<'m>,
    control: Control<'m>,
    store: Store,
    frontier: Frontier,
    workers: Workers<'m, M>,
    keeper: Option<Keeper>,
}

impl<'m, M: Machine> Search<'m, M> {
    pub(super) fn new(machine: &'m M, limits: &'m Limits, observer: &'m dyn Observer, aim: Aim<'m>) -> Self {
        let keeper = kept::keeper(limits, &aim);
        Search {
            machine,
            aim,
            keeper,
            control: Control::new(limits, observer),
            store: Store::new(machine.words(), limits),
            frontier: Frontier::new(machine.words()),
            workers: Workers::new(machine, limits),
        }
    }

    /// Explores and judges. With the relations to go on with, where it ended because of them.
    pub(super) fn run(mut self) -> (Exploration, Option<Relations>) {
        let exploration = self.then(|ended| ended.conclude());
        let due = if let Aim::Whole { due, .. } = self.aim { due } else { None };
        (exploration, due)
    }

    /// Explores; what was found is read by `then`.
    pub(super) fn then<T>(&mut self, then: impl FnOnce(&Ended<'_, M>) -> T) -> T {
        self.walk();
        then(&Ended {
            machine: self.machine,
            store: &self.store,
            frontier: &self.frontier,
            control: &self.control,
            tally: &self.workers.total(),
            threads: self.workers.count(),
            apart: None,
        })
    }

    /// Explores alone. Leaves the states and the number of steps taken.
    pub(super) fn states(mut self) -> (Store, u64) {
        self.walk();
        (self.store, self.workers.generated())
    }

    fn walk(&mut self) {
        if !self.resume() {
            self.initial();
        }
        while self.control.goes_on()
            && let Some((faults, seeds)) = self.frontier.next()
        {
            self.level(faults, seeds, None);
        }
        let stopped = self.control.halted().or(self.control.truncation());
        // What is judged of all states together may take as long again.
        if stopped.is_none() && self.keeper.as_ref().is_some_and(Keeper::has_any) {
            self.checkpoint(None, None);
        }
        // Where it begins again in fewer steps, it has not come to its end.
        if !matches!(self.aim, Aim::Whole { due: Some(_), .. }) {
            self.keeper.iter().for_each(|keeper| keeper.end(stopped));
        }
    }

    /// The caps hold here too: there may be more initial states than anybody wants to wait for.
    fn initial(&mut self) {
        let Search { machine, frontier, control, workers, .. } = self;
        let mut generated = 0u64;
        workers.first().initial(|fingerprint, state| {
            frontier.seeds(machine.faults_used(state)).push(fingerprint, state, NONE, 0);
            generated += 1;
            if generated.is_multiple_of(Pace::STRIDE) {
                let waiting = frontier.waiting();
                let bytes = frontier.bytes();
                let progress = Progress {
                    generated,
                    distinct: waiting,
                    frontier: waiting,
                    bytes,
                    ..Progress::default()
                };
                control.tell(&progress);
                control.truncate(waiting, frontier.bytes());
            }
            control.goes_on() && !control.truncated()
        });
    }

    /// `resumed`: from there on.
    fn level(&mut self, faults: u32, mut seeds: Seeds, mut resumed: Option<Position>) {
        seeds.close();
        let begins = resumed.map(|now| now.depth).or(seeds.next_depth(None));
        let Some(mut depth) = begins else { return };
        let mut start = self.store.len();
        loop {
            if let Some(now) = resumed.take() {
                self.expand_depth(now, &mut seeds);
                if !self.control.goes_on() {
                    return self.reach(now);
                }
                (start, depth) = (now.end, depth + 1);
                continue;
            }
            self.admit(&seeds, faults, depth);
            let end = self.store.len();
            if start == end {
                match seeds.next_depth(Some(depth)) {
                    Some(next) => depth = next,
                    None => return,
                }
                continue;
            }
            self.frontier.begin(Level { faults, depth, start });
            if !self.control.goes_on() {
                return self.leave(start..end);
            }
            if self.control.ends_at(depth) {
                return self.leave(start..end);
            }
            resumed = Some(Position { faults, depth, at: start, end });
        }
    }

    /// What was found until the search ended is as deep as it is.
    fn reach(&mut self, Position { faults, depth, end, .. }: Position) {
        if self.store.len() > end {
            self.frontier.begin(Level { faults, depth: depth + 1, start: end });
        }
    }

    /// Takes in the seeds of a depth that the level has not reached by itself.
    fn admit(&mut self, seeds: &Seeds, faults: u32, depth: u32) {
        let before = self.store.len();
        let plan = self.plan(faults, depth);
        let Search { store, machine, .. } = self;
        let read = seeds.each(depth, |fingerprint, state, origin| {
            if !plan.is_closed(machine.watcher(state)) {
                store.insert(std::iter::once((fingerprint, state, origin)));
                if store.is_full() {
                    store.settle();
                }
            }
        });
        if read == Err(Lost) {
            store.states().lose();
        }
        store.settle();
        let over = self.cut(before);
        self.judge(&plan, before..self.store.len(), depth);
        over.into_iter().for_each(|stop| self.control.halt(stop));
        self.store.seal(self.workers.count());
    }

    fn plan(&self, faults: u32, depth: u32) -> Plan {
        match self.aim {
            Aim::Survey { .. } => Plan::survey(self.machine, faults, depth),
            _ => Plan::new(self.machine, self.workers.known(), faults, depth),
        }
    }

    /// Expands the states of one level and depth.
    fn expand_depth(&mut self, from: Position, seeds: &mut Seeds) {
        let Position { faults, depth, mut at, end } = from;
        while at < end {
            let mut stop = self.stop();
            if let Some(Stop::Memory(cap)) = stop
                && self.go_outside(cap, seeds)
            {
                stop = None;
            }
            // What fills the memory may go on where there is more.
            let full = matches!(stop, Some(Stop::Memory(_))) && !self.control.truncated();
            if full || stop.is_none() && self.keeper.as_ref().is_some_and(Keeper::is_due) {
                self.checkpoint(Some(Position { at, ..from }), Some(seeds));
            }
            if let Some(stop) = stop {
                self.control.halt(stop);
            }
            let plan = self.plan(faults, depth);
            let mut until = end.min(at.saturating_add(self.round(&plan)));
            let before = self.store.len();
            if self.control.goes_on()
                && let Some(reached) = self.expand(&plan, at..until)
            {
                until = reached;
                self.store.settle();
                let over = self.cut(before);
                self.judge(&plan, before..self.store.len(), depth + 1);
                over.into_iter().for_each(|stop| self.control.halt(stop));
            }
            if !self.control.goes_on() {
                return self.leave(at..self.store.len());
            }
            self.store.seal(self.workers.count());
            at = until;
        }
    }

    /// Lets go of the memory of what was seen and of what waits, if there is somewhere to spill to. False: that cannot be.
    fn go_outside(&mut self, cap: u64, seeds: &mut Seeds) -> bool {
        // Which steps will do is decided by what was seen; the rest ends by itself.
        let aim = matches!(self.aim, Aim::Whole { .. } | Aim::Shortest(_)) && !cfg!(target_family = "wasm");
        let Some(to) = self.control.limits().spill.as_ref().filter(|_| aim && !self.store.is_outside())
        else {
            return false;
        };
        if self.control.truncated() || !self.store.go_outside(to, cap / 2) {
            return false;
        }
        self.frontier.go_outside(&to.0);
        seeds.go_outside(&to.0);
        true
    }

    /// The state before which it stopped; `None`: interrupted.
    fn expand(&mut self, plan: &Plan, range: Range<u32>) -> Option<u32> {
        let relations = if let Aim::Reduced(relations) = self.aim { Some(relations) } else { None };
        let seeds = self.frontier.seeds(plan.faults + 1);
        let ground = Ground { store: &mut self.store, seeds, control: &mut self.control };
        self.workers.expand(plan, range, relations, ground)
    }

    /// Leaves of the states from `before` on no more than the cap allows: in their order, so the same for any number of
    /// threads. Why the search ends with them, if it does.
    fn cut(&mut self, before: u32) -> Option<Stop> {
        let cap = self.control.limits().states.filter(|_| !matches!(self.aim, Aim::Survey { .. }))?;
        let mut room = cap.saturating_sub(u64::from(before) - self.workers.apart());
        if u64::from(self.store.len() - before) <= room {
            return None;
        }
        let mut cursor = Cursor::default();
        let over = (before..self.store.len()).find(|id| {
            let own = !self.machine.watching(cursor.state(self.store.states(), *id));
            let over = own && room == 0;
            room -= u64::from(own && !over);
            over
        })?;
        self.store.truncate(over);
        Some(Stop::States(cap))
    }

    /// Judges new states, all of one depth.
    fn judge(&mut self, plan: &Plan, range: Range<u32>, depth: u32) {
        let share = self.workers.share_of(&range);
        let mut at = range.start;
        while at < range.end && self.control.goes_on() {
            let slice = at..range.end.min(at + share);
            at = slice.end;
            let work = slice.len() as u64;
            for (id, standing) in self.workers.judge(plan, slice, depth, &self.store, &mut self.control) {
                if standing == Standing::Cut {
                    let weight = self.workers.own_weight(&self.store, id);
                    self.frontier.add_cut(weight);
                }
                self.store.leave_open(id);
            }
            if self.control.is_due(work) {
                let (distinct, generated) = (u64::from(self.store.len()), self.workers.taken());
                let frontier = distinct - u64::from(range.start);
                let (faults, bytes) = (plan.faults, self.store.bytes() + self.frontier.bytes());
                let progress =
                    Progress { generated, distinct, depth, faults, frontier, bytes, ..Progress::default() };
                self.control.tell(&progress);
            }
        }
    }

    /// Counts states that will not be expanded for now or ever.
    fn leave(&mut self, range: Range<u32>) {
        // There may be millions of them, which need not be read then.
        let each_is_one = self.workers.each_is_one();
        for id in range {
            if !self.store.open().get(id) {
                self.store.leave_open(id);
                let weight = if each_is_one { 1 } else { self.workers.own_weight(&self.store, id) };
                self.frontier.add_left(weight);
            }
        }
    }

    /// States to expand before caps are looked at again; a function of counts alone. Of those outside each round reads all
    /// that was seen: it is as large as memory has room for its successors.
    fn round(&self, plan: &Plan) -> u32 {
        if self.store.is_outside() && !plan.watches() && !self.control.limits().stop_when_decided {
            return u32::MAX;
        }
        round(self.machine.words(), self.own_states(), self.control.limits().states)
    }

    /// Why to end before the next round, if that is so.
    fn stop(&mut self) -> Option<Stop> {
        if self.store.states().lost() && !self.control.truncated() {
            return Some(Stop::Lost);
        }
        let cap = self.control.cap(self.own_states(), self.store.bytes() + self.frontier.bytes());
        if cap.is_some() {
            return cap;
        }
        if self.control.limits().stop_when_decided && self.decided() {
            return Some(Stop::Decided);
        }
        self.is_due().then(|| Stop::States(u64::from(self.store.len())))
    }

    /// Without those that watch a run.
    fn own_states(&self) -> u64 {
        u64::from(self.store.len()) - self.workers.apart()
    }

    /// Whether to begin again in fewer steps; or, where nothing but steps is wanted, whether they are done.
    fn is_due(&mut self) -> bool {
        let states = self.own_states();
        match &mut self.aim {
            Aim::Survey { steps } => self.workers.generated() >= *steps,
            Aim::Whole { until, due } if until.is_some_and(|until| states >= until) => {
                *until = None;
                let relations = self.machine.footprints().and_then(|prints| Relations::new(&prints));
                *due = relations.filter(|r| pays(self.workers.first(), self.store.states(), r));
                due.is_some()
            }
            _ => false,
        }
    }

    /// Whether no state or step can change an outcome any more.
    fn decided(&self) -> bool {
        let Some(now) = self.frontier.levels().last() else { return false };
        let wanted = if let Aim::Shortest(wanted) = &self.aim { Some(wanted) } else { None };
        let trapped = |site: &u32| {
            self.workers.tallies().any(|t| t.traps.get(site).is_some_and(|event| in_time(*now, event)))
        };
        wanted.is_none_or(|wanted| wanted.sites.iter().all(trapped))
            && decided(self.machine, *now, &self.workers.known().first, |property| {
                wanted.is_none_or(|wanted| wanted.properties[property])
            })
    }
}

/// Where so many states of so many words are known, and no more than `cap` are wanted.
pub(super) fn round(words: usize, states: u64, cap: Option<u64>) -> u32 {
    let by_size = (1 << 19) / (8 * words.max(1) as u64);
    let room = cap.map_or(u64::MAX, |cap| cap.saturating_sub(states));
    by_size.min(room / 8).clamp(16, 1 << 16) as u32
}

/// Whether an event is no later than the steps of the level at hand.
fn in_time(now: Level, event: &Event) -> bool {
    (event.place.faults, event.place.depth) <= (now.faults, now.depth + 1)
}

/// Whether no state or step can change the outcome of a wanted property any more; `now`: the level at hand.
pub(super) fn decided<M: Machine>(
    machine: &M,
    now: Level,
    first: &[Option<Event>],
    wanted: impl Fn(usize) -> bool,
) -> bool {
    machine.properties().iter().enumerate().all(|(property, judged)| match judged {
        _ if !wanted(property) => true,
        Judged::State | Judged::Returns => first[property].is_some(),
        Judged::Step | Judged::Refines => first[property].as_ref().is_some_and(|event| in_time(now, event)),
        Judged::Settled => true,
        Judged::Converges(_) | Judged::LeadsTo(_) | Judged::Eventually | Judged::Repairs => false,
    })
}
