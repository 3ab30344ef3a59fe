//! The same rounds on several threads, with the same result.
//!
//! Enters: a round (a range of states to expand or to judge). Leaves: what one thread alone would have left. First every
//! thread expands a piece of the range and keeps, in order, the successors that were not seen before the round. Then
//! every thread inserts those of the shards it owns, piece by piece, so that the first of equal successors wins. Last,
//! the winners become states in the order in which they were found. No locks: each step only reads what the step
//! before wrote.

use super::expand::{BATCH, Sink, Worker};
use super::judge::{Plan, Standing};
use super::machine::{Machine, Word};
use super::observer::Observer;
use super::search::{PACE, Search};
use super::seeds::Seeds;
use super::seen::{Recent, SHARDS, Seen, Shard, shard_of};
use super::states::{Bits, States};
use std::ops::Range;

/// Rounds below this many states are not worth a thread.
const WORTH_IT: usize = 512;

/// What one thread found in its piece, in order.
#[derive(Debug, Default)]
struct Piece {
    states: Candidates,
    seeds: Candidates,
    /// For each owner, the indices of its candidates in `states`.
    owned: Vec<Vec<u32>>,
    trapped: Vec<u32>,
    interrupted: bool,
}

/// Fingerprints and parents, and the words side by side.
#[derive(Debug, Default)]
struct Candidates {
    keys: Vec<(u64, u32)>,
    states: Vec<Word>,
}

impl Candidates {
    fn push(&mut self, fingerprint: u64, state: &[Word], parent: u32) {
        self.keys.push((fingerprint, parent));
        self.states.extend_from_slice(state);
    }

    fn get(&self, index: usize) -> (u64, &[Word], u32) {
        let words = self.states.len() / self.keys.len();
        let (fingerprint, parent) = self.keys[index];
        (fingerprint, &self.states[index * words..(index + 1) * words], parent)
    }
}

/// Shards that each of `owners` owns; the last may own fewer.
fn share(owners: usize) -> usize {
    SHARDS.div_ceil(owners)
}

/// Keeps what is new against the sets as they were before the round.
struct Collect<'s> {
    seen: &'s Seen,
    seeds: &'s Seeds,
    piece: Piece,
    share: usize,
    /// The last successors, whose cache lines are on their way.
    late: Candidates,
    recent: Recent,
}

impl Sink for Collect<'_> {
    #[inline]
    fn state(&mut self, fingerprint: u64, state: &[Word], parent: u32) {
        if self.recent.again(fingerprint) {
            return;
        }
        self.seen.prefetch(fingerprint);
        self.late.push(fingerprint, state, parent);
        if self.late.keys.len() >= BATCH {
            self.flush();
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

impl Collect<'_> {
    fn flush(&mut self) {
        for i in 0..self.late.keys.len() {
            let (fingerprint, state, parent) = self.late.get(i);
            if !self.seen.contains(fingerprint) {
                let owner = shard_of(fingerprint) / self.share;
                self.piece.owned[owner].push(self.piece.states.keys.len() as u32);
                self.piece.states.push(fingerprint, state, parent);
            }
        }
        self.late.keys.clear();
        self.late.states.clear();
    }
}

/// Cuts a range into as many pieces as there are threads.
fn pieces(range: &Range<u32>, threads: usize) -> Vec<Range<u32>> {
    let size = range.len().div_ceil(threads) as u32;
    let piece = |i: u32| {
        let start = (range.start + i * size).min(range.end);
        start..(start + size).min(range.end)
    };
    (0..threads as u32).map(piece).collect()
}

/// Runs one job on a thread of its own each, and returns their results in order.
fn together<J: Send, R: Send>(jobs: impl Iterator<Item = J>, run: impl Fn(J) -> R + Sync) -> Vec<R> {
    let run = &run;
    std::thread::scope(|scope| {
        let threads: Vec<_> = jobs.map(|job| scope.spawn(move || run(job))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, R>| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(join).collect()
    })
}

impl<M: Machine> Search<'_, M> {
    pub(super) fn is_worth_threads(&self, range: &Range<u32>) -> bool {
        self.workers.len() > 1 && range.len() >= WORTH_IT
    }

    /// False: interrupted; nothing of the round is kept but its counts.
    pub(super) fn expand_together(&mut self, plan: &Plan, range: Range<u32>) -> bool {
        let (words, threads) = (self.machine.words(), self.workers.len());
        self.pending.entry(plan.faults + 1).or_insert_with(|| Seeds::new(words));
        let Search { workers, states, seen, pending, open, observer, .. } = self;
        let (states, seen_before, open, observer) = (&*states, &*seen, &*open, *observer);
        let Some(seeds) = pending.get(&(plan.faults + 1)) else { return true };
        let collect = || Collect {
            seen: seen_before,
            seeds,
            piece: Piece { owned: vec![Vec::new(); threads], ..Piece::default() },
            share: share(threads),
            late: Candidates::default(),
            recent: Recent::default(),
        };
        let jobs = workers.iter_mut().zip(pieces(&range, threads));
        let found = together(jobs, |(worker, piece)| {
            expand_piece(worker, plan, piece, (states, open), observer, collect())
        });
        if found.iter().any(|piece| piece.interrupted) {
            return false;
        }
        let jobs = seen.owners(share(threads)).enumerate();
        let won = together(jobs, |(owner, shards)| insert(owner, shards, share(threads), &found));
        self.keep(plan, &found, &won);
        self.share_known();
        self.work += PACE;
        self.look(plan.depth, range.end);
        self.halt.is_none()
    }

    /// Makes the winners states, in order, and takes the seeds in.
    fn keep(&mut self, plan: &Plan, found: &[Piece], won: &[Vec<Vec<u32>>]) {
        for (number, piece) in found.iter().enumerate() {
            let mut wins = Bits::default();
            won.iter().flat_map(|owner| &owner[number]).for_each(|index| wins.set(*index));
            for index in wins.iter() {
                let (_, state, parent) = piece.states.get(index as usize);
                self.states.push(state, parent);
            }
            piece.trapped.iter().for_each(|id| self.open.set(*id));
            let Some(seeds) = self.pending.get_mut(&(plan.faults + 1)) else { continue };
            for index in 0..piece.seeds.keys.len() {
                let (fingerprint, state, parent) = piece.seeds.get(index);
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

    /// Where the states of a range stand that are not simply inside the bounds.
    pub(super) fn judge_together(
        &mut self,
        plan: &Plan,
        range: Range<u32>,
        depth: u32,
    ) -> Vec<(u32, Standing)> {
        let (threads, states) = (self.workers.len(), &self.states);
        let jobs = self.workers.iter_mut().zip(pieces(&range, threads));
        let found = together(jobs, |(worker, piece)| worker.judge_all(plan, piece, depth, states));
        self.share_known();
        found.concat()
    }
}

fn expand_piece<M: Machine>(
    worker: &mut Worker<'_, M>,
    plan: &Plan,
    range: Range<u32>,
    (states, open): (&States, &Bits),
    observer: &dyn Observer,
    mut collect: Collect<'_>,
) -> Piece {
    let mut looked = worker.tally.generated;
    collect.recent = std::mem::take(&mut worker.recent);
    for id in range.filter(|id| !open.get(*id)) {
        worker.expand(plan, id, states.get(id), &mut collect);
        if worker.tally.generated - looked >= PACE {
            looked = worker.tally.generated;
            if observer.cancelled() {
                collect.piece.interrupted = true;
                break;
            }
        }
    }
    collect.flush();
    worker.recent = collect.recent;
    collect.piece
}

/// For each piece the indices of the candidates that are new, of those that `owner` owns.
fn insert(owner: usize, shards: &mut [Shard], share: usize, found: &[Piece]) -> Vec<Vec<u32>> {
    let first = owner * share;
    let mut won = Vec::new();
    for piece in found {
        let mut wins = Vec::new();
        for index in &piece.owned[owner] {
            let (fingerprint, _) = piece.states.keys[*index as usize];
            if shards[shard_of(fingerprint) - first].insert(fingerprint) {
                wins.push(*index);
            }
        }
        won.push(wins);
    }
    won
}
