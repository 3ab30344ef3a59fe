//! The graph of all states found, for what cannot be judged state by state.
//!
//! Enters: states and the seen-set. Leaves: the steps that change something, as compressed sparse rows of (target,
//! label): eight bytes each. Steps are found by expanding every state once more, which costs time but no memory while
//! nobody asks.

use crate::engine::exploration::{Stop, Why};
use crate::engine::machine::{Clients, InstanceInfo, Joint, Machine, StepClass, Strength};
use crate::engine::progress::Pace;
use crate::engine::store::{Cursor, NONE, Seen, Store, fingerprint};
use crate::engine::workers::share;
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What matters of a step besides where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Label {
    pub(crate) class: StepClass,
    pub(crate) strength: Strength,
    /// 0 for unfair steps.
    pub(crate) fair_key: u64,
    /// Of what it shares its fairness with; `fair_key` where it stands for itself.
    pub(crate) joint_key: u64,
    /// A step of a reconciler; in the graph of a repair, one of its own steps.
    pub(crate) repairs: bool,
}

impl Label {
    #[inline]
    pub(crate) fn new(info: &InstanceInfo, fair_key: u64) -> Self {
        let (fair_key, joint_key) = match (info.strength, info.joint) {
            (Strength::Unfair, _) => (0, 0),
            (_, Joint::Alone) => (fair_key, fair_key),
            (_, Joint::Handler(clause)) => (mix(fair_key, clause), fair_key),
            (_, Joint::Acts(first)) => (fair_key, mix(ACTS, first)),
        };
        let repairs = info.reconciler.is_some();
        Label { class: info.class, strength: info.strength, fair_key, joint_key, repairs }
    }
}

/// The numbers of instances are keys too: those of several together are far from them.
const ACTS: u64 = 0x6a6f_696e_7420_6163;

fn mix(key: u64, number: u32) -> u64 {
    (key ^ u64::from(number + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
}

/// Which instance takes a step, and its fair key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Taken {
    instance: u32,
    fair_key: u64,
}

/// Steps that change something, by the state that they lead out of.
#[derive(Debug, Clone, Default)]
struct Rows {
    /// Of each state and one more: index of its first step.
    starts: Vec<u64>,
    targets: Vec<u32>,
    /// What each is, by number.
    steps: Vec<u32>,
}

/// The steps of some instances between all states found: expanded once, for graphs that each see of them what they ask for.
pub(crate) struct Steps {
    rows: Arc<Rows>,
    /// What the numbers mean, in the order in which they were met.
    taken: Vec<Taken>,
}

impl Steps {
    /// What a labelling lets through.
    pub(crate) fn graph(&self, label: Labelling<'_>) -> Graph {
        let (mut graph, mut labels) =
            (Graph { rows: self.rows.clone(), ..Graph::default() }, Labels::default());
        for Taken { instance, fair_key } in &self.taken {
            let number = label(*instance, *fair_key).map_or(NONE, |label| labels.number(&mut graph, label));
            graph.numbers.push(number);
        }
        graph
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.rows.bytes()
    }
}

impl Rows {
    fn bytes(&self) -> u64 {
        8 * (self.starts.len() + self.targets.len()) as u64
    }
}

#[derive(Debug, Default)]
pub(crate) struct Graph {
    rows: Arc<Rows>,
    /// The label of each number in the rows; `NONE`: such a step is not in the graph.
    numbers: Vec<u32>,
    /// What the numbers of labels mean.
    pub(crate) labels: Vec<Label>,
    /// For each label the numbers of its fair keys, its own and that of what it shares its fairness with; `NONE` where
    /// there is none.
    pub(crate) keys: Vec<[u32; 2]>,
    /// For each fair key whether it is strongly fair.
    pub(crate) strong: Vec<bool>,
}

impl Graph {
    /// Target and label of each step out of a state; none for a state that was not expanded.
    #[inline]
    pub(crate) fn steps(&self, id: u32) -> impl Iterator<Item = (u32, u32)> {
        let range = self.range(id);
        let steps = self.rows.targets[range.clone()].iter().zip(&self.rows.steps[range]);
        let known = steps.map(|(target, step)| (*target, self.numbers[*step as usize]));
        known.filter(|(_, label)| *label != NONE)
    }

    #[inline]
    pub(crate) fn range(&self, id: u32) -> std::ops::Range<usize> {
        self.rows.starts[id as usize] as usize..self.rows.starts[id as usize + 1] as usize
    }

    /// Target and label of a step, by its index in [`Graph::range`]; `None`: it is not in the graph.
    #[inline]
    pub(crate) fn step(&self, index: usize) -> Option<(u32, u32)> {
        let label = self.numbers[self.rows.steps[index] as usize];
        (label != NONE).then(|| (self.rows.targets[index], label))
    }

    pub(crate) fn states(&self) -> u32 {
        self.rows.starts.len() as u32 - 1
    }

    /// From the steps out of each node.
    pub(crate) fn of<S: IntoIterator<Item = (u32, Label)>>(nodes: impl Iterator<Item = S>) -> Self {
        let (mut graph, mut labels, mut rows) = (Graph::default(), Labels::default(), Rows::default());
        for steps in nodes {
            rows.starts.push(rows.targets.len() as u64);
            for (target, label) in steps {
                let number = labels.number(&mut graph, label);
                rows.targets.push(target);
                rows.steps.push(number);
            }
        }
        rows.starts.push(rows.targets.len() as u64);
        graph.numbers = (0..graph.labels.len() as u32).collect();
        Graph { rows: Arc::new(rows), ..graph }
    }

    /// The same with one node more, behind all others, to which every step leads that is one of `those`.
    pub(crate) fn redirected(&self, mut those: impl FnMut(u32, u32) -> bool) -> Graph {
        let out = self.states();
        let mut rows = (*self.rows).clone();
        for state in 0..out {
            for index in self.range(state) {
                if those(state, rows.targets[index]) {
                    rows.targets[index] = out;
                }
            }
        }
        rows.starts.push(rows.targets.len() as u64);
        let Graph { numbers, labels, keys, strong, .. } = self;
        let (numbers, labels, keys, strong) = (numbers.clone(), labels.clone(), keys.clone(), strong.clone());
        Graph { rows: Arc::new(rows), numbers, labels, keys, strong }
    }

    /// For each label whether its steps count.
    pub(crate) fn on(&self, clients: Clients) -> Vec<bool> {
        self.labels.iter().map(|label| clients == Clients::GoOn || is_repair(label.class)).collect()
    }
}

/// Whether a step also happens once faults and clients have stopped.
pub(crate) fn is_repair(class: StepClass) -> bool {
    matches!(class, StepClass::System | StepClass::Recovery)
}

/// Asks now and then whether to go on.
pub(crate) struct Ticker<'o> {
    goes_on: &'o dyn Fn() -> bool,
    pace: Pace,
}

impl<'o> Ticker<'o> {
    pub(crate) fn new(goes_on: &'o dyn Fn() -> bool) -> Self {
        Ticker { goes_on, pace: Pace::default() }
    }

    /// Errors: interrupted.
    #[inline]
    pub(crate) fn tick(&mut self, work: u64) -> Result<(), Why> {
        if self.pace.is_due(work) { self.look() } else { Ok(()) }
    }

    #[cold]
    fn look(&mut self) -> Result<(), Why> {
        match (self.goes_on)() {
            true => Ok(()),
            false => Err(Why::Stopped(Stop::Interrupted)),
        }
    }
}

/// From fingerprints to ids: beside each slot of the seen-set the id of its state.
pub(crate) struct Index<'s> {
    seen: &'s Seen,
    ids: Vec<Vec<AtomicU32>>,
}

impl<'s> Index<'s> {
    /// On so many threads, at least one.
    pub(crate) fn new(store: &'s Store, threads: usize, ticker: &mut Ticker<'_>) -> Result<Self, Why> {
        let (states, seen) = (store.states(), store.seen());
        let free = |size: usize| (0..size).map(|_| AtomicU32::new(NONE)).collect();
        let index = Index { seen, ids: seen.sizes().map(free).collect() };
        let mut at = 0;
        while at < states.len() {
            let until = states.len().min(at + threads as u32 * INDEXED);
            let starts = (at..until).step_by(INDEXED as usize);
            share(vec![(); threads].into_iter(), starts, |(), start| {
                let mut cursor = Cursor::default();
                for id in start..until.min(start + INDEXED) {
                    if let Some((shard, at)) = seen.locate(fingerprint(cursor.state(states, id))) {
                        index.ids[shard][at].store(id, Ordering::Relaxed);
                    }
                }
            });
            ticker.tick(u64::from(until - at))?;
            at = until;
        }
        Ok(index)
    }

    #[inline]
    pub(crate) fn id(&self, fingerprint: u64) -> Option<u32> {
        self.seen.locate(fingerprint).map(|(shard, at)| self.ids[shard][at].load(Ordering::Relaxed))
    }

    #[inline]
    fn prefetch(&self, fingerprint: u64) {
        self.seen.prefetch(fingerprint);
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.ids.iter().map(|ids| 4 * ids.len() as u64).sum()
    }
}

/// Numbers for labels and fair keys, in the order in which they are met.
#[derive(Default)]
struct Labels {
    labels: FxHashMap<Label, u32>,
    keys: FxHashMap<u64, u32>,
}

impl Labels {
    fn number(&mut self, graph: &mut Graph, label: Label) -> u32 {
        if let Some(number) = self.labels.get(&label) {
            return *number;
        }
        let number = graph.labels.len() as u32;
        self.labels.insert(label, number);
        graph.labels.push(label);
        if label.strength == Strength::Unfair {
            graph.keys.push([NONE; 2]);
            return number;
        }
        let own = self.key(graph, label.fair_key);
        graph.strong[own as usize] |= label.strength == Strength::Strong;
        let joint = (label.joint_key != label.fair_key).then(|| self.key(graph, label.joint_key));
        graph.keys.push([own, joint.unwrap_or(NONE)]);
        number
    }

    fn key(&mut self, graph: &mut Graph, key: u64) -> u32 {
        let number = *self.keys.entry(key).or_insert(graph.strong.len() as u32);
        if number as usize == graph.strong.len() {
            graph.strong.push(false);
        }
        number
    }
}

/// The steps out of some states that follow each other, with what they are numbered by itself.
#[derive(Default)]
struct Piece {
    range: Range<u32>,
    /// Of each state: its number of steps.
    counts: Vec<u32>,
    targets: Vec<u32>,
    steps: Vec<u32>,
    taken: Vec<Taken>,
    numbers: FxHashMap<Taken, u32>,
    /// Why it is not whole.
    stopped: Option<Why>,
}

impl Piece {
    fn of(range: Range<u32>) -> Self {
        Piece { range, ..Piece::default() }
    }

    /// Expands the states of its range. Steps are noted by fingerprint first, so that what the index needs of them is on
    /// its way before it is asked.
    fn fill<M: Machine>(
        &mut self,
        machine: &M,
        scratch: &mut M::Scratch,
        store: &Store,
        index: &Index<'_>,
        Extent { wanted, goes_on, .. }: Extent<'_>,
    ) {
        let mut ticker = Ticker::new(goes_on);
        let mut cursor = Cursor::default();
        let mut found: Vec<u64> = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        for id in self.range.clone() {
            let state = cursor.state(store.states(), id);
            let mut work = 1;
            if !store.open().get(id) && !machine.watching(state) {
                machine.expand(scratch, state, |instance, result| {
                    work += 1;
                    let Ok(successor) = result else { return };
                    if !wanted(instance) {
                        return;
                    }
                    if successor.state == state || machine.watching(successor.state) {
                        return;
                    }
                    let fingerprint = fingerprint(successor.state);
                    index.prefetch(fingerprint);
                    found.push(fingerprint);
                    let taken = Taken { instance, fair_key: successor.fair_key };
                    let next = self.taken.len() as u32;
                    let number = *self.numbers.entry(taken).or_insert(next);
                    if number == next {
                        self.taken.push(taken);
                    }
                    self.steps.push(number);
                });
            }
            self.stopped = ticker.tick(work).err();
            if self.stopped.is_some() {
                return;
            }
            ends.push(found.len());
            if found.len() >= BATCH || id + 1 == self.range.end {
                self.resolve(index, &mut found, &mut ends);
            }
        }
    }

    /// From fingerprints to targets; a step to a state that was never kept is no step.
    fn resolve(&mut self, index: &Index<'_>, found: &mut Vec<u64>, ends: &mut Vec<usize>) {
        let first = self.targets.len();
        let mut from = 0;
        for end in ends.drain(..) {
            let before = self.targets.len();
            for (at, fingerprint) in found.iter().enumerate().take(end).skip(from) {
                if let Some(target) = index.id(*fingerprint) {
                    self.steps[self.targets.len()] = self.steps[first + at];
                    self.targets.push(target);
                }
            }
            self.counts.push((self.targets.len() - before) as u32);
            from = end;
        }
        self.steps.truncate(self.targets.len());
        found.clear();
    }

    fn append(self, rows: &mut Rows, all: &mut Vec<Taken>, known: &mut FxHashMap<Taken, u32>) {
        let number = |taken: Taken| {
            *known.entry(taken).or_insert_with(|| {
                all.push(taken);
                all.len() as u32 - 1
            })
        };
        let numbers: Vec<u32> = self.taken.into_iter().map(number).collect();
        let mut start = rows.targets.len() as u64;
        for count in self.counts {
            rows.starts.push(start);
            start += u64::from(count);
        }
        rows.targets.extend_from_slice(&self.targets);
        rows.steps.extend(self.steps.iter().map(|step| numbers[*step as usize]));
    }
}

/// States that one thread finds the places of before anybody asks whether to go on.
const INDEXED: u32 = 1 << 16;

/// Steps whose targets are looked up together.
const BATCH: usize = 64;

/// States of one piece; two for each thread are made before they are put together.
const PIECE: u32 = 1 << 12;

/// What matters of a step of an instance with a fair key; `None`: it is left out.
pub(crate) type Labelling<'l> = &'l (dyn Fn(u32, u64) -> Option<Label> + Sync);

/// Whether the steps of an instance are kept.
pub(crate) type Wanted<'w> = &'w (dyn Fn(u32) -> bool + Sync);

/// Which steps are found, and with what.
#[derive(Clone, Copy)]
pub(crate) struct Extent<'l> {
    pub(crate) wanted: Wanted<'l>,
    /// At least 1.
    pub(crate) threads: usize,
    /// Bytes that may be used, the index included.
    pub(crate) room: Option<u64>,
    /// Asked by every thread; false interrupts.
    pub(crate) goes_on: &'l (dyn Fn() -> bool + Sync),
}

/// Expands every state that is not open. Errors: interrupted, or out of memory.
pub(crate) fn steps<M: Machine>(
    machine: &M,
    store: &Store,
    index: &Index<'_>,
    extent: Extent<'_>,
) -> Result<Steps, Why> {
    let Extent { threads, room, .. } = extent;
    let states = store.states();
    let room = room.map(|bytes| bytes.saturating_sub(index.bytes()));
    let mut rows = Rows { starts: Vec::with_capacity(states.len() as usize + 1), ..Rows::default() };
    let (mut taken, mut known) = (Vec::new(), FxHashMap::default());
    let mut scratches: Vec<_> = (0..threads).map(|_| machine.scratch()).collect();
    let mut at = 0;
    while at < states.len() {
        let until = states.len().min(at + 2 * threads as u32 * PIECE);
        let starts = (at..until).step_by(PIECE as usize);
        let mut pieces: Vec<_> = starts.map(|at| Piece::of(at..until.min(at + PIECE))).collect();
        share(scratches.iter_mut(), pieces.iter_mut(), |scratch, piece| {
            piece.fill(machine, scratch, store, index, extent);
        });
        for piece in pieces {
            if let Some(why) = piece.stopped {
                return Err(why);
            }
            piece.append(&mut rows, &mut taken, &mut known);
        }
        if let Some(bytes) = room.filter(|bytes| rows.bytes() > *bytes) {
            return Err(Why::Stopped(Stop::Memory(bytes)));
        }
        at = until;
    }
    rows.starts.push(rows.targets.len() as u64);
    Ok(Steps { rows: Arc::new(rows), taken })
}
