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

#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Of each state and one more: index of its first step.
    starts: Vec<u64>,
    targets: Vec<u32>,
    steps: Vec<u32>,
    /// What the steps' numbers mean.
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
        self.targets[range.clone()].iter().copied().zip(self.steps[range].iter().copied())
    }

    #[inline]
    pub(crate) fn range(&self, id: u32) -> std::ops::Range<usize> {
        self.starts[id as usize] as usize..self.starts[id as usize + 1] as usize
    }

    /// Target and label of a step, by its index in [`Graph::range`].
    #[inline]
    pub(crate) fn step(&self, index: usize) -> (u32, u32) {
        (self.targets[index], self.steps[index])
    }

    pub(crate) fn states(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    pub(crate) fn bytes(&self) -> u64 {
        8 * (self.starts.len() + self.targets.len()) as u64
    }

    /// From the steps out of each node.
    pub(crate) fn of<S: IntoIterator<Item = (u32, Label)>>(nodes: impl Iterator<Item = S>) -> Self {
        let (mut graph, mut labels) = (Graph::default(), Labels::default());
        for steps in nodes {
            graph.starts.push(graph.targets.len() as u64);
            for (target, label) in steps {
                let number = labels.number(&mut graph, label);
                graph.targets.push(target);
                graph.steps.push(number);
            }
        }
        graph.starts.push(graph.targets.len() as u64);
        graph
    }

    /// The same with one node more, behind all others, to which every step leads that is one of `those`.
    pub(crate) fn redirected(&self, mut those: impl FnMut(u32, u32) -> bool) -> Graph {
        let out = self.states();
        let Graph { starts, steps, labels, keys, strong, .. } = self;
        let (steps, labels, keys, strong) = (steps.clone(), labels.clone(), keys.clone(), strong.clone());
        let mut graph =
            Graph { starts: starts.clone(), targets: self.targets.clone(), steps, labels, keys, strong };
        for state in 0..out {
            for index in self.range(state) {
                if those(state, self.targets[index]) {
                    graph.targets[index] = out;
                }
            }
        }
        graph.starts.push(graph.targets.len() as u64);
        graph
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
    ids: Vec<Vec<u32>>,
}

impl<'s> Index<'s> {
    pub(crate) fn new(store: &'s Store, ticker: &mut Ticker<'_>) -> Result<Self, Why> {
        let (states, seen) = (store.states(), store.seen());
        let mut index = Index { seen, ids: seen.sizes().map(|size| vec![NONE; size]).collect() };
        let mut cursor = Cursor::default();
        for id in 0..states.len() {
            ticker.tick(1)?;
            if let Some((shard, at)) = seen.locate(fingerprint(cursor.state(states, id))) {
                index.ids[shard][at] = id;
            }
        }
        Ok(index)
    }

    #[inline]
    pub(crate) fn id(&self, fingerprint: u64) -> Option<u32> {
        self.seen.locate(fingerprint).map(|(shard, at)| self.ids[shard][at])
    }

    #[inline]
    fn prefetch(&self, fingerprint: u64) {
        self.seen.prefetch(fingerprint);
    }

    fn bytes(&self) -> u64 {
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

/// The steps out of some states that follow each other, with labels numbered by themselves.
#[derive(Default)]
struct Piece {
    range: Range<u32>,
    /// Of each state: its number of steps.
    counts: Vec<u32>,
    targets: Vec<u32>,
    steps: Vec<u32>,
    labels: Vec<Label>,
    numbers: FxHashMap<Label, u32>,
    work: u64,
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
        label: Labelling<'_>,
    ) {
        let mut cursor = Cursor::default();
        let mut found: Vec<u64> = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        for id in self.range.clone() {
            let state = cursor.state(store.states(), id);
            if !store.open().get(id) && !machine.watching(state) {
                machine.expand(scratch, state, |instance, result| {
                    self.work += 1;
                    let Ok(successor) = result else { return };
                    let Some(label) = label(instance, successor.fair_key) else { return };
                    if successor.state == state || machine.watching(successor.state) {
                        return;
                    }
                    let fingerprint = fingerprint(successor.state);
                    index.prefetch(fingerprint);
                    found.push(fingerprint);
                    let next = self.labels.len() as u32;
                    let number = *self.numbers.entry(label).or_insert(next);
                    if number == next {
                        self.labels.push(label);
                    }
                    self.steps.push(number);
                });
            }
            self.work += 1;
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

    fn append(self, graph: &mut Graph, labels: &mut Labels) {
        let numbers: Vec<u32> = self.labels.iter().map(|label| labels.number(graph, *label)).collect();
        let mut start = graph.targets.len() as u64;
        for count in self.counts {
            graph.starts.push(start);
            start += u64::from(count);
        }
        graph.targets.extend_from_slice(&self.targets);
        graph.steps.extend(self.steps.iter().map(|step| numbers[*step as usize]));
    }
}

/// Steps whose targets are looked up together.
const BATCH: usize = 64;

/// States of one piece; two for each thread are made before they are put together.
const PIECE: u32 = 1 << 12;

/// What matters of a step of an instance with a fair key; `None`: it is left out.
pub(crate) type Labelling<'l> = &'l (dyn Fn(u32, u64) -> Option<Label> + Sync);

/// Which graph is built, and with what.
pub(crate) struct Extent<'l> {
    pub(crate) label: Labelling<'l>,
    /// At least 1.
    pub(crate) threads: usize,
    /// Bytes that may be used, the index included.
    pub(crate) room: Option<u64>,
}

/// Expands every state that is not open. Errors: interrupted, or out of memory.
pub(crate) fn build<M: Machine>(
    machine: &M,
    store: &Store,
    extent: Extent<'_>,
    ticker: &mut Ticker<'_>,
) -> Result<Graph, Why> {
    let Extent { label, threads, room } = extent;
    let states = store.states();
    let index = Index::new(store, ticker)?;
    let room = room.map(|bytes| bytes.saturating_sub(index.bytes()));
    let mut graph = Graph { starts: Vec::with_capacity(states.len() as usize + 1), ..Graph::default() };
    let mut labels = Labels::default();
    let mut scratches: Vec<_> = (0..threads).map(|_| machine.scratch()).collect();
    let mut at = 0;
    while at < states.len() {
        let until = states.len().min(at + 2 * threads as u32 * PIECE);
        let starts = (at..until).step_by(PIECE as usize);
        let mut pieces: Vec<_> = starts.map(|at| Piece::of(at..until.min(at + PIECE))).collect();
        share(scratches.iter_mut(), pieces.iter_mut(), |scratch, piece| {
            piece.fill(machine, scratch, store, &index, label);
        });
        for piece in pieces {
            ticker.tick(piece.work)?;
            piece.append(&mut graph, &mut labels);
        }
        if let Some(bytes) = room.filter(|bytes| graph.bytes() > *bytes) {
            return Err(Why::Stopped(Stop::Memory(bytes)));
        }
        at = until;
    }
    graph.starts.push(graph.targets.len() as u64);
    Ok(graph)
}
