//! The same rounds on several threads, with the same result.
//!
//! Enters: a round (a range of states to expand or to judge). Leaves: what one thread alone would have left. The range is
//! cut into pieces, which the threads take as they become free. First each piece is expanded, and its successors are
//! kept, in order. Then, shard by shard, they are inserted, piece by piece, so that the first of equal successors wins.
//! Last, the winners become states in the order in which they were found. No thread writes what another reads: each
//! step only reads what the step before wrote.

use super::expand::{Sink, Worker};
use super::exploration::Stop;
use super::judge::{Plan, Standing};
use super::machine::{Machine, Word};
use super::observer::Observer;
use super::search::{PACE, Search};
use super::seeds::Seeds;
use super::seen::{Recent, SHARDS, Seen, Shard, shard_of};
use super::states::{BLOCK, Bits, Cursor, States};
use super::stubborn::Relations;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Rounds below this many states are not worth a thread.
const WORTH_IT: usize = 512;

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

/// Fingerprints and parents, and the words side by side.
#[derive(Debug, Default)]
struct Candidates {
    keys: Vec<(u64, u32)>,
    states: Vec<Word>,
}

impl Candidates {
    #[inline]
    fn push(&mut self, fingerprint: u64, state: &[Word], parent: u32) {
        self.keys.push((fingerprint, parent));
        for word in state {
            self.states.push(*word);
        }
    }

    #[inline]
    fn get(&self, index: usize, words: usize) -> (u64, &[Word], u32) {
        let (fingerprint, parent) = self.keys[index];
        (fingerprint, &self.states[index * words..(index + 1) * words], parent)
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
    fn state(&mut self, fingerprint: u64, state: &[Word], parent: u32) {
        if !self.recent.again(fingerprint) {
            self.piece.owned[shard_of(fingerprint)].push(self.piece.states.keys.len() as u32);
            self.piece.states.push(fingerprint, state, parent);
        }
    }

    fn seed(&mut self, fingerprint: u64, state: &[Word], parent: u32) {
        if !self.seeds.contains(fingerprint) {
            self.piece.seeds.push(fingerprint, state, parent);
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
    let run = &run;
    std::thread::scope(|scope| {
        let threads: Vec<_> = jobs.into_iter().map(|job| scope.spawn(move || run(job))).collect();
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

impl<M: Machine> Search<'_, M> {
    pub(super) fn is_worth_threads(&self, range: &Range<u32>) -> bool {
        self.workers.len() > 1 && range.len() >= WORTH_IT
    }

    /// False: interrupted; nothing of the round is kept but its counts.
    pub(super) fn expand_together(&mut self, plan: &Plan, range: Range<u32>) -> bool {
        let (words, threads) = (self.machine.words(), self.workers.len());
        self.pending.entry(plan.faults + 1).or_insert_with(|| Seeds::new(words));
        let Search { workers, states, seen, pending, open, observer, reduction, pieces: found, .. } = self;
        let Some(seeds) = pending.get(&(plan.faults + 1)) else { return true };
        let ranges = pieces(&range, PIECES * threads);
        found.resize_with(ranges.len(), Piece::default);
        found.iter_mut().zip(ranges).for_each(|(piece, range)| piece.clear(range));
        let (all, seen_before) = ((&*states, &*open), &*seen);
        share(workers.iter_mut(), found.iter_mut(), |worker, piece| {
            let reduction = reduction.map(|relations| (relations, seen_before));
            expand_piece(worker, plan, piece, all, seeds, (reduction, *observer));
        });
        if found.iter().any(|piece| piece.interrupted) {
            return false;
        }
        let mut won: Vec<Vec<Won>> = (0..SHARDS).map(|_| Vec::new()).collect();
        let jobs = seen.shards().iter_mut().zip(&mut won).enumerate();
        share(workers.iter_mut(), jobs, |_, (shard, (seen, won))| insert(shard, seen, found, won));
        self.keep(plan, &won);
        self.share_known();
        self.work += PACE;
        self.look(plan.depth, range.end);
        self.halt.is_none()
    }

    /// Makes the winners states, in order, and takes the seeds in.
    fn keep(&mut self, plan: &Plan, won: &[Vec<Won>]) {
        let words = self.machine.words();
        let mut wins: Vec<Bits> = self.pieces.iter().map(|_| Bits::default()).collect();
        won.iter().flatten().for_each(|(piece, index)| wins[*piece as usize].set(*index));
        for (piece, wins) in self.pieces.iter().zip(wins) {
            for index in wins.iter() {
                let (_, state, parent) = piece.states.get(index as usize, words);
                self.states.push(state, parent);
            }
            piece.trapped.iter().for_each(|id| self.open.set(*id));
            let Some(seeds) = self.pending.get_mut(&(plan.faults + 1)) else { continue };
            for index in 0..piece.seeds.keys.len() {
                let (fingerprint, state, parent) = piece.seeds.get(index, words);
                seeds.push(fingerprint, state, parent, plan.depth + 1);
            }
        }
    }

    /// Gives every worker what any of them knows of properties and probes.
    fn share_known(&mut self) {
        let mut known = self.workers[0].tally.clone();
        for worker in &self.workers[1..] {
            known.learn(&worker.tally);
        }
        for worker in &mut self.workers {
            worker.tally.learn(&known);
        }
    }

    /// Where the states of a range stand that are not simply inside the bounds. Halts where the observer cancels.
    pub(super) fn judge_together(
        &mut self,
        plan: &Plan,
        range: Range<u32>,
        depth: u32,
    ) -> Vec<(u32, Standing)> {
        let ranges = pieces(&range, (range.len() / PACE as usize).max(PIECES * self.workers.len()));
        let mut found: Vec<_> = ranges.iter().map(|_| None).collect();
        let (states, observer) = (&self.states, self.observer);
        share(self.workers.iter_mut(), ranges.into_iter().zip(&mut found), |worker, (range, found)| {
            if !observer.cancelled() {
                *found = Some(worker.judge_all(plan, range, depth, states));
            }
        });
        if found.iter().any(Option::is_none) {
            self.halt = Some(Stop::Interrupted);
        }
        self.share_known();
        found.into_iter().flatten().flatten().collect()
    }
}

fn expand_piece<M: Machine>(
    worker: &mut Worker<'_, M>,
    plan: &Plan,
    piece: &mut Piece,
    (states, open): (&States, &Bits),
    seeds: &Seeds,
    (reduction, observer): (Option<(&Relations, &Seen)>, &dyn Observer),
) {
    let mut work = 0;
    let (mut recent, mut cursor) = (std::mem::take(&mut worker.recent), Cursor::default());
    let range = piece.range.clone();
    let mut collect = Collect { seeds, piece, recent: &mut recent };
    for id in range.filter(|id| !open.get(*id)) {
        let state = cursor.state(states, id);
        work += 1 + match reduction {
            None => worker.expand(plan, id, state, &mut collect),
            Some(reduction) => worker.expand_some((plan, id, state), &mut collect, reduction),
        };
        if work >= PACE {
            work = 0;
            if observer.cancelled() {
                collect.piece.interrupted = true;
                break;
            }
        }
    }
    worker.recent = recent;
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
