//! One member's part of a search: the same levels and rounds as [`super::super::search`], over the states that it owns.
//!
//! Enters: what all members agree on. Leaves: with all others, the states in the order (faults, steps). A round: expand
//! (successors go to their owners), keep what is new, number it, judge it, agree. Where a cap or a monitor looks at
//! counts between rounds, rounds are those of one machine; else they are larger, because each of them is waited for.

use super::agreed::{self, Agreed, Counts, Part, agree, least, sums};
use super::merge::{Form, merge};
use super::mine::{Mine, Waiting};
use super::outgoing::{Lately, Outgoing, STATES, WATCHING, key, owner, parent};
use super::ranks::ranks;
use super::whole::Whole;
use super::{Gone, Member, Received};
use crate::engine::checkpoint::{Keeper, Of, Position};
use crate::engine::expand::{All, Plan, Standing, Worker};
use crate::engine::exploration::Stop;
use crate::engine::frontier::{Frontier, Level};
use crate::engine::machine::{Machine, Word};
use crate::engine::progress::{Control, Pace};
use crate::engine::reduce::Reduction;
use crate::engine::search::{decided, round};
use crate::engine::store::{Cursor, NONE, Recent, fingerprint};
use crate::engine::tally::Tally;
use crate::engine::{Limits, Observer, Progress};
use std::collections::BTreeMap;
use std::ops::Range;

/// States that each member expands in a round, where nothing is looked at within a depth.
const ROUND: u64 = 1 << 18;

/// States that all of them expand in a round, at most: numbers are 32 bits.
const MOST: u64 = 1 << 24;

/// Candidates whose cache lines are under way.
const BATCH: usize = 64;

pub(super) struct Share<'l, 's, M: Machine> {
    pub(super) machine: &'s M,
    pub(super) limits: &'s Limits,
    pub(super) observer: &'s dyn Observer,
    pub(super) control: Control<'s>,
    pub(super) link: &'l mut dyn Member,
    /// Its place among the members of its process, and their number.
    pub(super) place: usize,
    pub(super) here: usize,
    pub(super) worker: Worker<'s, M>,
    pub(super) mine: Mine,
    /// By faults used.
    pub(super) waiting: BTreeMap<u32, Waiting>,
    /// Of all members; its counts are of this one.
    pub(super) frontier: Frontier,
    lately: Lately,
    /// All states of all members.
    pub(super) states: u32,
    /// Those below this have been expanded.
    pub(super) expanded: u32,
    pub(super) counts: Counts,
    /// Why the members agreed to stop, to be looked at before the next round.
    stop: Option<Stop>,
    /// By the observer of this process.
    cancelled: bool,
    reduction: Reduction,
    pub(super) keeper: Option<Keeper>,
    /// The members agreed to keep what was found.
    keep: bool,
}

/// New states of a round that are kept, not yet numbered.
struct Kept {
    /// The first of them.
    first: u32,
    keys: Vec<u64>,
}

impl<'l, 's, M: Machine> Share<'l, 's, M> {
    pub(super) fn new(
        machine: &'s M,
        (limits, observer): (&'s Limits, &'s dyn Observer),
        (link, place, here): (&'l mut dyn Member, usize, usize),
    ) -> Self {
        Share {
            machine,
            limits,
            observer,
            control: Control::new(limits, observer),
            link,
            place,
            here,
            worker: Worker::new(machine),
            mine: Mine::new(machine.words(), limits),
            waiting: BTreeMap::new(),
            frontier: Frontier::new(machine.words()),
            lately: [Recent::default(), Recent::default()],
            states: 0,
            expanded: 0,
            counts: Counts::default(),
            stop: None,
            cancelled: false,
            reduction: Reduction::due(machine, limits),
            keeper: limits.checkpoint.as_ref().map(|to| Keeper::new(to, Of::Whole)),
            keep: false,
        }
    }

    /// Explores. Errors: a process is gone; with what had been covered.
    pub(super) fn run(mut self, alike: u64) -> Result<Whole<'s>, (Gone, Counts)> {
        match self.compare(alike).and_then(|()| self.walk()).and_then(|()| self.conclude()) {
            Ok(whole) => Ok(whole),
            Err(gone) => Err((gone, self.counts)),
        }
    }

    /// Errors: others are given something else.
    fn compare(&mut self, alike: u64) -> Result<(), Gone> {
        let Limits { depth, states, stop_when_decided, reduce_after, .. } = self.limits;
        let limits = [depth.map(u64::from), *states, Some(u64::from(*stop_when_decided)), *reduce_after];
        let machine = [self.machine.words(), self.machine.instances().len(), self.machine.properties().len()];
        let limits = limits.map(|limit| limit.unwrap_or(u64::MAX));
        let mine: Vec<Word> = [alike].into_iter().chain(limits).chain(machine.map(|n| n as Word)).collect();
        let same = agreed::all(self.link, &mine)?.iter().all(|theirs| *theirs == mine);
        if same { Ok(()) } else { Err(Gone::Differs) }
    }

    /// Gives its machine what those of all members have come to know.
    pub(super) fn learn_all(&mut self) -> Result<(), Gone> {
        let learnt = agreed::all(self.link, &self.machine.learnt())?;
        learnt.iter().for_each(|learnt| self.machine.learn(learnt));
        Ok(())
    }

    fn conclude(&mut self) -> Result<Whole<'s>, Gone> {
        self.learn_all()?;
        let tally = agreed::total(self.link, self.worker.tally())?;
        let [cut, left] = sums(self.link, [self.frontier.cut(), self.frontier.left()])?;
        let part = (cut, left);
        match self.why_apart(&tally)? {
            None => self.gather(tally, part),
            Some(why) => self.look_up(tally, part, why),
        }
    }

    fn walk(&mut self) -> Result<(), Gone> {
        if !self.resume()? {
            self.initial()?;
        }
        while self.control.goes_on() {
            let faults = self.waiting.keys().next().copied();
            let Some(faults) = least(self.link, faults)? else { break };
            let waiting = self.waiting.remove(&faults).unwrap_or_else(Waiting::new);
            self.level(faults, waiting, None)?;
        }
        let stopped = self.control.halted().or(self.stop);
        if stopped.is_none() && self.keeper.as_ref().is_some_and(Keeper::has_any) {
            self.checkpoint(None, None)?;
        }
        self.keeper.iter().for_each(|keeper| keeper.end(stopped));
        Ok(())
    }

    /// Every member makes all initial states and keeps its own: so the caps bite as they do on one machine.
    fn initial(&mut self) -> Result<(), Gone> {
        let Share { machine, control, worker, link, observer, cancelled, limits, .. } = self;
        let mut all = Frontier::new(machine.words());
        // Counted once.
        let mut other = (link.index() > 0).then(|| Worker::new(*machine));
        let mut generated = 0u64;
        other.as_mut().unwrap_or(worker).initial(|fingerprint, state| {
            all.seeds(machine.faults_used(state)).push(fingerprint, state, NONE, 0);
            generated += 1;
            if generated.is_multiple_of(Pace::STRIDE) {
                let waiting = all.waiting();
                let (bytes, caps) = (all.bytes(), limits.caps());
                let begun = Progress {
                    generated,
                    distinct: waiting,
                    frontier: waiting,
                    bytes,
                    caps,
                    ..Progress::default()
                };
                observer.progress(&begun);
                *cancelled |= observer.cancelled();
                control.truncate(waiting, all.bytes());
            }
            !*cancelled && !control.truncated()
        });
        let members = link.members();
        while let Some((faults, seeds)) = all.next() {
            let mut place = 0;
            // In memory, where nothing is lost.
            let _ = seeds.each(0, |fingerprint, state, _| {
                if owner(fingerprint, members) == link.index() {
                    let waiting = self.waiting.entry(faults).or_insert_with(Waiting::new);
                    waiting.push(fingerprint, key(NONE, place), state, 0);
                }
                place += 1;
            });
        }
        self.agree(0)
    }

    /// `resumed`: from there on, the same for all members.
    pub(super) fn level(
        &mut self,
        faults: u32,
        mut waiting: Waiting,
        mut resumed: Option<Position>,
    ) -> Result<(), Gone> {
        waiting.close();
        let begins = match resumed {
            Some(now) => Some(now.depth),
            None => least(self.link, waiting.next_depth(None))?,
        };
        let Some(mut depth) = begins else { return Ok(()) };
        let mut start = self.states;
        loop {
            if let Some(now) = resumed.take() {
                self.expand_depth(now, &waiting)?;
                if !self.control.goes_on() {
                    self.reach(now);
                    return Ok(());
                }
                (start, depth) = (now.end, depth + 1);
                continue;
            }
            self.admit(&mut waiting, faults, depth)?;
            let end = self.states;
            if start == end {
                match least(self.link, waiting.next_depth(Some(depth)))? {
                    Some(next) => depth = next,
                    None => return Ok(()),
                }
                continue;
            }
            self.frontier.begin(Level { faults, depth, start });
            self.counts.depth = self.counts.depth.max(depth);
            if !self.control.goes_on() || self.control.ends_at(depth) {
                self.leave(start..end);
                return Ok(());
            }
            resumed = Some(Position { faults, depth, at: start, end });
        }
    }

    /// What was found until the search ended is as deep as it is.
    fn reach(&mut self, Position { faults, depth, end, .. }: Position) {
        if self.states > end {
            self.frontier.begin(Level { faults, depth: depth + 1, start: end });
        }
    }

    /// Takes in the seeds of a depth that the level has not reached by itself.
    fn admit(&mut self, waiting: &mut Waiting, faults: u32, depth: u32) -> Result<(), Gone> {
        let plan = self.plan(faults, depth);
        let batch = waiting.take(depth);
        let mut kept = Kept { first: self.mine.states.len(), keys: Vec::new() };
        // States have at least one word.
        for ((fingerprint, key), state) in batch.keys.iter().zip(batch.states.chunks_exact(self.mine.words()))
        {
            if !plan.is_closed(self.machine.watcher(state)) {
                self.keep(*fingerprint, *key, state, &mut kept);
            }
        }
        let before = |level: &&Level| Some(level.faults) == faults.checked_sub(1) && level.depth + 1 == depth;
        let levels = self.frontier.levels();
        let parents = levels
            .iter()
            .position(|level| before(&level))
            .map_or(0..1, |at| levels[at].start..levels.get(at + 1).map_or(self.states, |next| next.start));
        self.take_in(&plan, kept, &parents, depth)
    }

    fn plan(&self, faults: u32, depth: u32) -> Plan {
        Plan::new(self.machine, self.worker.tally(), faults, depth)
    }

    fn expand_depth(&mut self, from: Position, waiting: &Waiting) -> Result<(), Gone> {
        let Position { faults, depth, mut at, end } = from;
        while at < end {
            let stop = self.due()?;
            // What fills the memory may go on where there is more.
            let full = matches!(stop, Some(Stop::Memory(_))) && self.keeper.is_some();
            if full || stop.is_none() && self.keep {
                self.checkpoint(Some(Position { at, ..from }), Some(waiting))?;
            }
            if let Some(stop) = stop {
                self.control.halt(stop);
            }
            let plan = self.plan(faults, depth);
            let until = end.min(at.saturating_add(self.round(&plan)));
            if self.control.goes_on() {
                self.expand(&plan, at..until);
                let received = self.link.finish()?;
                let kept = self.receive(received, &plan);
                self.expanded = until;
                self.take_in(&plan, kept, &(at..until), depth + 1)?;
            }
            if !self.control.goes_on() {
                self.leave(at..self.states);
                return Ok(());
            }
            self.mine.states.seal(self.mine.states.len(), 1);
            at = until;
        }
        Ok(())
    }

    /// Expands those of some states that this member has.
    fn expand(&mut self, plan: &Plan, ids: Range<u32>) {
        let Share { mine, worker, observer, cancelled, lately, counts, place, here, limits, .. } = self;
        let members = self.link.members() as u64;
        let mut outgoing = Outgoing::new(self.link, lately);
        let (mut cursor, mut pace, before) = (Cursor::default(), Pace::default(), worker.tally().taken);
        for at in mine.places(&ids) {
            if mine.open.get(at) {
                continue;
            }
            let id = mine.ids[at as usize];
            outgoing.from(id);
            let state = cursor.state(&mine.states, at);
            let work = 1 + worker.expand(plan, id, state, &mut All, &mut outgoing);
            if outgoing.trapped {
                mine.open.set(at);
            }
            if pace.is_due(work) {
                // As if the others were as far as this one.
                let generated = counts.taken + members * (worker.tally().taken - before);
                let distinct = counts.states;
                let frontier = distinct.saturating_sub(u64::from(id));
                if *place == 0 {
                    let bytes = mine.bytes() * *here as u64;
                    let progress = plan.progress(generated, distinct, frontier, bytes);
                    observer.progress(&Progress { caps: limits.caps(), ..progress });
                }
                *cancelled |= observer.cancelled();
                if *cancelled {
                    break;
                }
            }
        }
        outgoing.flush();
    }

    /// Keeps what is new of what others and itself have found.
    fn receive(&mut self, received: Vec<Received>, plan: &Plan) -> Kept {
        let split = |all: Received| all.into_iter().partition(|message| message[0] == STATES as Word);
        let (states, seeds): (Vec<Received>, Vec<Received>) = received.into_iter().map(split).unzip();
        let form = Form { length: self.mine.words() + 1, skip: 1 };
        let mut kept = Kept { first: self.mine.states.len(), keys: Vec::new() };
        // Their cache lines are asked for before they are needed.
        let mut batch: Vec<(u64, &[Word])> = Vec::with_capacity(BATCH);
        merge(&states, form, |_, record| {
            let fingerprint = fingerprint(&record[1..]);
            self.mine.seen.prefetch(fingerprint);
            batch.push((fingerprint, record));
            if batch.len() == BATCH {
                self.keep_all(&mut batch, &mut kept);
            }
        });
        self.keep_all(&mut batch, &mut kept);
        if seeds.iter().any(|messages| !messages.is_empty()) {
            let waiting = self.waiting.entry(plan.faults + 1).or_insert_with(Waiting::new);
            merge(&seeds, form, |_, record| {
                waiting.push(fingerprint(&record[1..]), record[0], &record[1..], plan.depth + 1);
            });
        }
        kept
    }

    fn keep_all(&mut self, batch: &mut Vec<(u64, &[Word])>, kept: &mut Kept) {
        for (fingerprint, record) in batch.drain(..) {
            self.keep(fingerprint, record[0], &record[1..], kept);
        }
    }

    #[inline]
    fn keep(&mut self, fingerprint: u64, key: u64, state: &[Word], kept: &mut Kept) {
        if self.mine.seen.insert(fingerprint) {
            self.mine.states.push(state, parent(key));
            let watching = if self.machine.watching(state) { WATCHING } else { 0 };
            kept.keys.push(key | watching);
        }
    }

    /// Numbers new states, all of one depth, forgets those that are too many, and judges the others.
    fn take_in(&mut self, plan: &Plan, kept: Kept, parents: &Range<u32>, depth: u32) -> Result<(), Gone> {
        let cap = self.limits.states;
        let room = cap.map(|cap| cap.saturating_sub(self.own_states()));
        let all = ranks(self.link, &kept.keys, parents, room)?;
        self.mine.truncate(kept.first + all.of_mine.len() as u32);
        self.mine.ids.extend(all.of_mine.iter().map(|rank| self.states + rank));
        self.states += all.all as u32;
        self.judge(plan, kept.first, depth);
        self.agree(depth)?;
        // What is full stops the search only where there was more.
        cap.filter(|_| all.over).into_iter().for_each(|cap| self.control.halt(Stop::States(cap)));
        Ok(())
    }

    fn judge(&mut self, plan: &Plan, first: u32, depth: u32) {
        let mut cursor = Cursor::default();
        for at in first..self.mine.states.len() {
            let state = cursor.state(&self.mine.states, at);
            let standing = self.worker.judge(plan, self.mine.ids[at as usize], depth, state);
            if standing == Standing::Cut {
                let weight = self.worker.own_weight(state);
                self.frontier.add_cut(weight);
            }
            if standing != Standing::Inside {
                self.mine.open.set(at);
            }
        }
    }

    /// Tells all others how far this member is, and learns the same of them.
    pub(super) fn agree(&mut self, depth: u32) -> Result<(), Gone> {
        let seeds = self.waiting.values().map(Waiting::len).sum();
        let part = Part { cut: self.frontier.cut(), seeds, stop: self.trouble(), keep: self.wants_to_keep() };
        let Agreed { counts, stop, keep, known } = agree(self.link, self.worker.tally(), part)?;
        known.iter().for_each(|tally: &Tally| self.worker.learn(tally));
        self.counts = Counts {
            states: u64::from(self.states),
            waiting: counts.waiting + u64::from(self.states - self.expanded),
            depth: self.counts.depth.max(depth),
            ..counts
        };
        (self.stop, self.keep) = (stop, keep);
        if stop == Some(Stop::Interrupted) {
            self.control.halt(Stop::Interrupted);
        }
        Ok(())
    }

    /// Why this member cannot go on, which others cannot know.
    fn trouble(&self) -> Option<Stop> {
        let bytes = self.mine.bytes() + self.waiting.values().map(Waiting::bytes).sum::<u64>();
        // Its process has so many that are about as large.
        let bytes = bytes * self.here as u64;
        let cancelled = self.cancelled.then_some(Stop::Interrupted);
        let lost = self.mine.states.lost().then_some(Stop::Lost);
        let memory = || self.limits.memory.filter(|cap| bytes >= *cap).map(Stop::Memory);
        cancelled.or(lost).or(self.control.truncation()).or_else(memory)
    }

    /// Why to end before the next round, if that is so.
    fn due(&mut self) -> Result<Option<Stop>, Gone> {
        let own = self.own_states();
        if let Some(stop) = self.stop.or_else(|| self.control.cap(own, 0)) {
            return Ok(Some(stop));
        }
        if let Some(now) = self.frontier.levels().last().filter(|_| self.limits.stop_when_decided)
            && decided(self.machine, *now, &self.worker.tally().first, |_| true)
        {
            return Ok(Some(Stop::Decided));
        }
        if !self.reduction.is_due(own) {
            return Ok(None);
        }
        // Whether one machine would begin again with partial order.
        let Mine { states, ids, .. } = &self.mine;
        let served = self.reduction.serve(&mut self.worker, states, ids, self.states);
        let pays = Reduction::pays(sums(self.link, served)?, self.states);
        Ok(pays.then_some(Stop::Reducible))
    }

    /// Counts states that will not be expanded for now or ever.
    fn leave(&mut self, ids: Range<u32>) {
        let mut cursor = Cursor::default();
        for at in self.mine.places(&ids) {
            if !self.mine.open.get(at) {
                self.mine.open.set(at);
                let weight = self.worker.own_weight(cursor.state(&self.mine.states, at));
                self.frontier.add_left(weight);
            }
        }
    }

    /// States to expand before caps are looked at again.
    fn round(&self, plan: &Plan) -> u32 {
        let counted =
            self.limits.states.is_some() || self.limits.stop_when_decided || self.reduction.is_open();
        if counted || plan.watches() {
            return round(self.machine.words(), self.own_states(), self.limits.states);
        }
        let each = (ROUND / self.machine.words().max(1) as u64).max(1);
        (each * self.link.members() as u64).min(MOST) as u32
    }

    /// Without those that watch a run.
    fn own_states(&self) -> u64 {
        u64::from(self.states) - self.counts.apart
    }
}
