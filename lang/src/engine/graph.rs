//! The graph of all states found, for what cannot be judged state by state.
//!
//! Enters: states and the seen-set. Leaves: the steps that change something, as compressed sparse rows of (target,
//! label): eight bytes each. Steps are found by expanding every state once more, which costs time but no memory while
//! nobody asks.

use super::exploration::{Stop, Why};
use super::fingerprint::fingerprint;
use super::machine::{InstanceInfo, Machine, StepClass, Strength};
use super::observer::{Observer, Progress};
use super::seen::Seen;
use super::states::{Bits, Cursor, NONE, States};
use rustc_hash::FxHashMap;

/// What matters of a step besides where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Label {
    pub(super) class: StepClass,
    pub(super) strength: Strength,
    /// 0 for unfair steps.
    pub(super) fair_key: u64,
    /// A step of a reconciler.
    pub(super) repairs: bool,
}

impl Label {
    #[inline]
    pub(super) fn new(info: &InstanceInfo, fair_key: u64) -> Self {
        let fair_key = if info.strength == Strength::Unfair { 0 } else { fair_key };
        Label { class: info.class, strength: info.strength, fair_key, repairs: info.reconciler.is_some() }
    }
}

#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Of each state and one more: index of its first step.
    starts: Vec<u64>,
    targets: Vec<u32>,
    steps: Vec<u32>,
    /// What the steps' numbers mean.
    pub(super) labels: Vec<Label>,
    /// For each label the number of its fair key; `NONE` where unfair.
    pub(super) keys: Vec<u32>,
    /// For each fair key whether it is strongly fair.
    pub(super) strong: Vec<bool>,
}

impl Graph {
    /// Target and label of each step out of a state; none for a state that was not expanded.
    #[inline]
    pub(super) fn steps(&self, id: u32) -> impl Iterator<Item = (u32, u32)> {
        let range = self.range(id);
        self.targets[range.clone()].iter().copied().zip(self.steps[range].iter().copied())
    }

    #[inline]
    pub(super) fn range(&self, id: u32) -> std::ops::Range<usize> {
        self.starts[id as usize] as usize..self.starts[id as usize + 1] as usize
    }

    /// Target and label of a step, by its index in [`Graph::range`].
    #[inline]
    pub(super) fn step(&self, index: usize) -> (u32, u32) {
        (self.targets[index], self.steps[index])
    }

    pub(super) fn states(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    pub(super) fn bytes(&self) -> u64 {
        8 * (self.starts.len() + self.targets.len()) as u64
    }

    /// For each label whether its steps count: all, or those without clients and faults.
    pub(super) fn on(&self, clients_and_faults: bool) -> Vec<bool> {
        self.labels.iter().map(|label| clients_and_faults || is_repair(label.class)).collect()
    }
}

/// Whether a step also happens once faults and clients have stopped.
fn is_repair(class: StepClass) -> bool {
    matches!(class, StepClass::System | StepClass::Recovery)
}

/// Looks at the observer now and then.
pub(super) struct Ticker<'o> {
    observer: &'o dyn Observer,
    progress: Progress,
    work: u64,
}

impl<'o> Ticker<'o> {
    pub(super) fn new(observer: &'o dyn Observer, progress: Progress) -> Self {
        Ticker { observer, progress, work: 0 }
    }

    /// Errors: interrupted.
    #[inline]
    pub(super) fn tick(&mut self, work: u64) -> Result<(), Why> {
        self.work += work;
        if self.work < super::search::PACE { Ok(()) } else { self.look() }
    }

    #[cold]
    fn look(&mut self) -> Result<(), Why> {
        self.work = 0;
        self.observer.progress(&self.progress);
        match self.observer.cancelled() {
            true => Err(Why::Stopped(Stop::Interrupted)),
            false => Ok(()),
        }
    }
}

/// From fingerprints to ids: beside each slot of the seen-set the id of its state.
struct Index<'s> {
    seen: &'s Seen,
    ids: Vec<Vec<u32>>,
}

impl<'s> Index<'s> {
    fn new(seen: &'s Seen, states: &States, ticker: &mut Ticker<'_>) -> Result<Self, Why> {
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
    fn id(&self, fingerprint: u64) -> Option<u32> {
        self.seen.locate(fingerprint).map(|(shard, at)| self.ids[shard][at])
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
            graph.keys.push(NONE);
            return number;
        }
        let key = *self.keys.entry(label.fair_key).or_insert(graph.strong.len() as u32);
        if key as usize == graph.strong.len() {
            graph.strong.push(false);
        }
        graph.strong[key as usize] |= label.strength == Strength::Strong;
        graph.keys.push(key);
        number
    }
}

/// Expands every state that is not `open`. `all`: with the steps of clients and faults. `room`: bytes that may be used,
/// the index included. Errors: interrupted, or out of memory.
pub(super) fn build<M: Machine>(
    machine: &M,
    (states, seen, open): (&States, &Seen, &Bits),
    (all, room): (bool, Option<u64>),
    ticker: &mut Ticker<'_>,
) -> Result<Graph, Why> {
    let index = Index::new(seen, states, ticker)?;
    let room = room.map(|bytes| bytes.saturating_sub(index.bytes()));
    let mut graph = Graph { starts: Vec::with_capacity(states.len() as usize + 1), ..Graph::default() };
    let mut labels = Labels::default();
    let (mut scratch, mut cursor) = (machine.scratch(), Cursor::default());
    for id in 0..states.len() {
        graph.starts.push(graph.targets.len() as u64);
        if open.get(id) {
            continue;
        }
        let state = cursor.state(states, id);
        let mut work = 1;
        machine.expand(&mut scratch, state, |instance, result| {
            work += 1;
            let Ok(successor) = result else { return };
            let info = &machine.instances()[instance as usize];
            if successor.state == state || !(all || is_repair(info.class)) {
                return;
            }
            let Some(target) = index.id(fingerprint(successor.state)) else { return };
            let label = Label::new(info, successor.fair_key);
            let number = labels.number(&mut graph, label);
            graph.targets.push(target);
            graph.steps.push(number);
        });
        ticker.tick(work)?;
        if let Some(bytes) = room.filter(|bytes| graph.bytes() > *bytes) {
            return Err(Why::Stopped(Stop::Memory(bytes)));
        }
    }
    graph.starts.push(graph.targets.len() as u64);
    Ok(graph)
}
