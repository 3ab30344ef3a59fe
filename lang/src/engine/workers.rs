//! The workers of a search: rounds on one thread or on several, with the same result.
//!
//! Enters: a round (a range of states to expand or to judge). Leaves: what one thread alone would have left. For several
//! threads the range is cut into pieces, which they take as they become free. First each piece is expanded, and its
//! successors are kept, in order. Then, shard by shard, they are inserted, piece by piece, so that the first of equal
//! successors wins. Last, the winners become states in the order in which they were found. No thread writes what another
//! reads: each step only reads what the step before wrote.

use super::Limits;
use super::expand::{All, Batch, Direct, Fewer, Plan, Sink, Standing, Worker};
use super::exploration::Stop;
use super::frontier::Seeds;
use super::halt;
use super::machine::{Machine, Word};
use super::observer::Observer;
use super::progress::{Control, Pace};
use super::store::{BLOCK, Bits, Cursor, Recent, SHARDS, Shard, Store, shard_of};
use super::stubborn::Relations;
use super::tally::Tally;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Pieces for each thread: enough to even out what they cost.
const PIECES: usize = 4;

/// What was found in one piece of a round, in order.
#[derive(Debug, Default)]
pub(super) struct Piece {
    range: Range<u32>,
    states: Candidates,
    seeds: Candidates,
    /// For each shard, the indices of its candidates in `states`.
    owned: Vec<Vec<u32>>,
    trapped: Vec<u32>,
    interrupted: bool,
}

impl Piece {
    /// Keeps the room, not the content.
    fn clear(&mut self, range: Range<u32>) {
        self.range = range;
        self.states.clear();
        self.seeds.clear();
        self.owned.resize(SHARDS, Vec::new());
        self.owned.iter_mut().for_each(Vec::clear);
        self.trapped.clear();
        self.interrupted = false;
    }
}

/// Fingerprints and origins, and the words side by side.
#[derive(Debug, Default)]
struct Candidates {
    keys: Vec<(u64, u32)>,
    states: Vec<Word>,
}

impl Candidates {
    #[inline]
    fn push(&mut self, fingerprint: u64, state: &[Word], origin: u32) {
        self.keys.push((fingerprint, origin));
        for word in state {
            self.states.push(*word);
        }
    }

    #[inline]
    fn get(&self, index: usize, words: usize) -> (u64, &[Word], u32) {
        let (fingerprint, origin) = self.keys[index];
        (fingerprint, &self.states[index * words..(index + 1) * words], origin)
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.states.clear();
    }
}

/// Keeps all successors but those met lately. Whether they are new is for those to say who own their shards: two threads
/// that looked into the same tables would take the cache lines from each other.
struct Collect<'s> {
    seeds: &'s Seeds,
    piece: &'s mut Piece,
    recent: &'s mut Recent,
}

impl Sink for Collect<'_> {
    #[inline]
    fn state(&mut self, fingerprint: u64, state: &[Word], origin: u32) {
        if !self.recent.again(fingerprint) {
            self.piece.owned[shard_of(fingerprint)].push(self.piece.states.keys.len() as u32);
            self.piece.states.push(fingerprint, state, origin);
        }
    }

    fn seed(&mut self, fingerprint: u64, state: &[Word], origin: u32) {
        if !self.seeds.contains(fingerprint) {
            self.piece.seeds.push(fingerprint, state, origin);
        }
    }

    fn trapped(&mut self, parent: u32) {
        if self.piece.trapped.last() != Some(&parent) {
            self.piece.trapped.push(parent);
        }
    }
}

/// Cuts a range into about `count` pieces; large ones end where a block of states ends, so that none is read twice.
fn pieces(range: &Range<u32>, count: usize) -> Vec<Range<u32>> {
    let size = range.len().div_ceil(count).max(1) as u32;
    let unit = if size as usize > BLOCK { BLOCK as u32 } else { 1 };
    let mut cut = Vec::with_capacity(count + 1);
    let mut at = range.start;
    while at < range.end {
        let until = range.end.min(at.saturating_add(size) / unit * unit);
        cut.push(at..until);
        at = until;
    }
    cut
}

/// Runs one job on a thread of its own each, and returns their results in order.
pub(super) fn together<J: Send, R: Send>(
    jobs: impl Iterator<Item = J>,
    run: impl Fn(J) -> R + Sync,
) -> Vec<R> {
    let mut jobs: Vec<J> = jobs.collect();
    if jobs.len() < 2 {
        return jobs.pop().map(run).into_iter().collect();
    }
    let (run, flag) = (&run, &halt::current());
    std::thread::scope(|scope| {
        let threads: Vec<_> = jobs
            .into_iter()
            .map(|job| scope.spawn(move || halt::within(flag.clone(), || run(job))))
            .collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, R>| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(join).collect()
    })
}

/// Lets every worker take jobs as long as there are any.
pub(super) fn share<W: Send, J: Send>(
    mut workers: impl ExactSizeIterator<Item = W>,
    jobs: impl Iterator<Item = J> + Send,
    run: impl Fn(&mut W, J) + Sync,
) {
    // One alone needs no thread of its own (and there are machines without any).
    if workers.len() == 1 {
        let Some(mut worker) = workers.next() else { return };
        return jobs.for_each(|job| run(&mut worker, job));
    }
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
    together(workers, |mut worker| {
        while let Some(job) = next() {
            run(&mut worker, job);
        }
    });
}

/// What a round of expansions reads and fills.
pub(super) struct Ground<'r, 'm> {
    pub(super) store: &'r mut Store,
    /// The states of the next fault level.
    pub(super) seeds: &'r mut Seeds,
    pub(super) control: &'r mut Control<'m>,
}

/// A worker and what it reads through.
struct Lane<'m, M: Machine> {
    worker: Worker<'m, M>,
    cursor: Cursor,
    /// What this thread has met lately, where there are several.
    recent: Recent,
}

/// At least one.
pub(super) struct Workers<'m, M: Machine> {
    lanes: Vec<Lane<'m, M>>,
    /// Smaller rounds are left to one.
    least_shared: usize,
    words: usize,
    /// Of one worker alone.
    batch: Batch,
    /// Of several.
    pieces: Vec<Piece>,
}

impl<'m, M: Machine> Workers<'m, M> {
    pub(super) fn new(machine: &'m M, limits: &Limits) -> Self {
        let words = machine.words();
        let lane =
            || Lane { worker: Worker::new(machine), cursor: Cursor::default(), recent: Recent::default() };
        Workers {
            lanes: (0..limits.threads.max(1)).map(|_| lane()).collect(),
            least_shared: limits.least_shared,
            words,
            batch: Batch::new(words),
            pieces: Vec::new(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.lanes.len()
    }

    pub(super) fn first(&mut self) -> &mut Worker<'m, M> {
        &mut self.lanes[0].worker
    }

    /// Whether every state stands for itself alone.
    pub(super) fn each_is_one(&self) -> bool {
        let Lane { worker, .. } = &self.lanes[0];
        worker.each_is_one()
    }

    /// The number of states that a state in the store stands for; of one that watches a run, 0.
    pub(super) fn own_weight(&mut self, store: &Store, id: u32) -> u64 {
        let Lane { worker, cursor, .. } = &mut self.lanes[0];
        worker.own_weight(cursor.state(store.states(), id))
    }

    /// What is known of properties and probes: the first worker's tally, to which the others' is added after each round.
    pub(super) fn known(&self) -> &Tally {
        self.lanes[0].worker.tally()
    }

    /// Of a search that goes on: what was seen before.
    pub(super) fn begin_with(&mut self, tally: &Tally) {
        self.first().begin_with(tally);
        self.share_known();
    }

    pub(super) fn tallies(&self) -> impl Iterator<Item = &Tally> {
        self.lanes.iter().map(|lane| lane.worker.tally())
    }

    pub(super) fn total(&self) -> Tally {
        let mut total = self.known().clone();
        self.tallies().skip(1).for_each(|tally| total.add(tally));
        total
    }

    /// States that were judged and that watch a run.
    pub(super) fn apart(&self) -> u64 {
        self.tallies().map(|tally| tally.apart).sum()
    }

    pub(super) fn generated(&self) -> u64 {
        self.tallies().map(|tally| tally.generated).sum()
    }

    /// Steps as they were taken.
    pub(super) fn taken(&self) -> u64 {
        self.tallies().map(|tally| tally.taken).sum()
    }

    fn is_worth_threads(&self, range: &Range<u32>) -> bool {
        self.lanes.len() > 1 && range.len() >= self.least_shared
    }

    /// Expands states; with relations takes only the steps that will do. The state before which it stopped, because there is no
    /// room for more successors; `None`: interrupted.
    pub(super) fn expand(
        &mut self,
        plan: &Plan,
        range: Range<u32>,
        relations: Option<&Relations>,
        ground: Ground<'_, '_>,
    ) -> Option<u32> {
        let end = range.end;
        let together = relations.is_some() || self.is_worth_threads(&range) && !ground.store.is_outside();
        match together {
            true => self.expand_together(plan, range, relations, ground).then_some(end),
            false => self.expand_alone(plan, range, ground),
        }
    }

    fn expand_alone(&mut self, plan: &Plan, range: Range<u32>, ground: Ground<'_, '_>) -> Option<u32> {
        let Ground { store, seeds, control } = ground;
        let others = self.taken() - self.known().taken;
        let (Lane { worker, cursor, .. }, batch) = (&mut self.lanes[0], &mut self.batch);
        let mut direct = Direct { store, seeds, trapped: Vec::new(), depth: plan.depth, batch };
        let mut current: Vec<Word> = Vec::with_capacity(self.words);
        let mut reached = range.end;
        for id in range {
            if direct.store.is_full() {
                reached = id;
                break;
            }
            if direct.store.open().get(id) {
                continue;
            }
            current.clear();
            current.extend_from_slice(cursor.state(direct.store.states(), id));
            let work = 1 + worker.expand(plan, id, &current, &mut All, &mut direct);
            if control.is_due(work) {
                let distinct = u64::from(direct.store.len());
                let frontier = distinct - u64::from(id) - 1;
                let generated = worker.tally().taken + others;
                let bytes = direct.store.bytes() + direct.seeds.bytes();
                control.tell(&plan.progress(generated, distinct, frontier, bytes));
                if !control.goes_on() {
                    break;
                }
            }
        }
        direct.flush();
        let Direct { store, trapped, .. } = direct;
        trapped.into_iter().for_each(|id| store.leave_open(id));
        control.goes_on().then_some(reached)
    }

    /// Where it is interrupted, nothing of the round is kept but its counts.
    fn expand_together(
        &mut self,
        plan: &Plan,
        range: Range<u32>,
        relations: Option<&Relations>,
        ground: Ground<'_, '_>,
    ) -> bool {
        let Ground { store, seeds, control } = ground;
        let Workers { lanes, pieces: found, .. } = self;
        let ranges = pieces(&range, PIECES * lanes.len());
        found.resize_with(ranges.len(), Piece::default);
        found.iter_mut().zip(ranges).for_each(|(piece, range)| piece.clear(range));
        let sight = Sight { plan, store, seeds, relations, observer: control.observer() };
        share(lanes.iter_mut(), found.iter_mut(), |lane, piece| sight.expand(lane, piece));
        if found.iter().any(|piece| piece.interrupted) {
            control.halt(Stop::Interrupted);
            return false;
        }
        let mut won: Vec<Vec<Won>> = (0..SHARDS).map(|_| Vec::new()).collect();
        let jobs = store.shards().iter_mut().zip(&mut won).enumerate();
        share(lanes.iter_mut(), jobs, |_, (shard, (seen, won))| insert(shard, seen, found, won));
        self.keep(plan, &won, store, seeds);
        self.share_known();
        if control.is_due(Pace::LOOK) {
            let (distinct, generated) = (u64::from(store.len()), self.taken());
            let frontier = distinct.saturating_sub(u64::from(range.end));
            control.tell(&plan.progress(generated, distinct, frontier, store.bytes() + seeds.bytes()));
        }
        control.goes_on()
    }

    /// Makes the winners states, in order, and takes the seeds in.
    fn keep(&mut self, plan: &Plan, won: &[Vec<Won>], store: &mut Store, seeds: &mut Seeds) {
        let mut wins: Vec<Bits> = self.pieces.iter().map(|_| Bits::default()).collect();
        won.iter().flatten().for_each(|(piece, index)| wins[*piece as usize].set(*index));
        for (piece, wins) in self.pieces.iter().zip(wins) {
            for index in wins.iter() {
                let (_, state, origin) = piece.states.get(index as usize, self.words);
                store.push(state, origin);
            }
            piece.trapped.iter().for_each(|id| store.leave_open(*id));
            for index in 0..piece.seeds.keys.len() {
                let (fingerprint, state, origin) = piece.seeds.get(index, self.words);
                seeds.push(fingerprint, state, origin, plan.depth + 1);
            }
        }
    }

    /// Gives every worker what any of them knows of properties and probes.
    fn share_known(&mut self) {
        let mut known = self.known().clone();
        self.tallies().skip(1).for_each(|tally| known.learn(tally));
        for lane in &mut self.lanes {
            lane.worker.learn(&known);
        }
    }

    /// The states to judge at once, of so many.
    pub(super) fn share_of(&self, range: &Range<u32>) -> u32 {
        if self.is_worth_threads(range) { range.len() as u32 } else { Pace::LOOK as u32 }
    }

    /// Where the states of a range stand, all of one depth, that are not simply inside the bounds. Halts where the
    /// observer cancels.
    pub(super) fn judge(
        &mut self,
        plan: &Plan,
        range: Range<u32>,
        depth: u32,
        store: &Store,
        control: &mut Control<'_>,
    ) -> Vec<(u32, Standing)> {
        if !self.is_worth_threads(&range) {
            return self.first().judge_all(plan, range, depth, store.states());
        }
        let ranges = pieces(&range, (range.len() / Pace::LOOK as usize).max(PIECES * self.lanes.len()));
        let mut found: Vec<_> = ranges.iter().map(|_| None).collect();
        let observer = control.observer();
        share(self.lanes.iter_mut(), ranges.into_iter().zip(&mut found), |lane, (range, found)| {
            if !observer.cancelled() {
                *found = Some(lane.worker.judge_all(plan, range, depth, store.states()));
            }
        });
        if found.iter().any(Option::is_none) {
            control.halt(Stop::Interrupted);
        }
        self.share_known();
        found.into_iter().flatten().flatten().collect()
    }
}

/// What all threads look at while they expand.
struct Sight<'r> {
    plan: &'r Plan,
    store: &'r Store,
    seeds: &'r Seeds,
    relations: Option<&'r Relations>,
    observer: &'r dyn Observer,
}

impl Sight<'_> {
    fn expand<M: Machine>(&self, lane: &mut Lane<'_, M>, piece: &mut Piece) {
        let Lane { worker, cursor, recent } = lane;
        let mut fewer = self.relations.map(|relations| Fewer::new(relations, self.store.seen()));
        let mut pace = Pace::default();
        let range = piece.range.clone();
        let mut collect = Collect { seeds: self.seeds, piece, recent };
        for id in range.filter(|id| !self.store.open().get(*id)) {
            let state = cursor.state(self.store.states(), id);
            let work = 1 + match &mut fewer {
                None => worker.expand(self.plan, id, state, &mut All, &mut collect),
                Some(fewer) => worker.expand(self.plan, id, state, fewer, &mut collect),
            };
            if pace.is_due(work) && self.observer.cancelled() {
                collect.piece.interrupted = true;
                break;
            }
        }
    }
}

/// The number of a piece, and the index of a candidate in it.
type Won = (u32, u32);

/// Candidates whose cache lines are asked for before they are needed.
const AHEAD: usize = 16;

/// The candidates that are new, of those that belong to a shard.
fn insert(number: usize, shard: &mut Shard, found: &[Piece], won: &mut Vec<Won>) {
    for (n, piece) in found.iter().enumerate() {
        let owned = &piece.owned[number];
        let fingerprint = |index: u32| piece.states.keys[index as usize].0;
        owned.iter().take(AHEAD).for_each(|index| shard.prefetch(fingerprint(*index)));
        for (i, index) in owned.iter().enumerate() {
            if let Some(ahead) = owned.get(i + AHEAD) {
                shard.prefetch(fingerprint(*ahead));
            }
            if shard.insert(fingerprint(*index)) {
                won.push((n as u32, *index));
            }
        }
    }
}
