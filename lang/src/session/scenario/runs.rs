//! `run … until …`: every interleaving of the allowed steps, from every way, to wherever it ends.
//!
//! Enters: the ways before the line, the allowed steps. Leaves: the ways that reach the condition (or are quiet), those
//! that become quiet short of it, and a cycle that can go on for ever. Runs are counted as paths; on the states of a
//! cycle, which no number counts, each way in counts once for each way out.

use super::looked::Looked;
use super::steps::NoValue;
use super::ways::{Front, Key, Parent, Way, WayId, Ways};
use crate::engine::Why;
use crate::engine::cycles::{Cycles, Edge};
use crate::engine::machine::{Joint, Strength, Word};
use rustc_hash::FxHashMap;

/// One step that may be taken.
pub(super) struct Next {
    pub instance: u32,
    pub choice: u32,
    pub strength: Strength,
    pub joint: Joint,
    pub fair_key: u64,
    pub state: Box<[Word]>,
    /// What is broken after it, all in all.
    pub broken: Vec<u32>,
    /// What was looked at by then.
    pub looked: Looked,
}

/// The world of a run.
pub(super) trait World {
    /// The allowed steps out of a way, those that change nothing left out.
    fn steps(&mut self, way: &Way) -> Result<Vec<Next>, NoValue>;
    /// The run ends here: its condition is true.
    fn done(&mut self, ways: &Ways, way: WayId) -> bool;
    /// Asked now and then: stop.
    fn cancelled(&self) -> bool;
}

/// Where runs end.
#[derive(Default)]
pub(super) struct Ends {
    /// Where the condition is true.
    pub done: Front,
    /// Where nothing is left to do, and the condition is false.
    pub quiet: Front,
    /// A step has no value.
    pub trapped: Vec<(WayId, u64, NoValue)>,
    /// The states of a cycle that a fair run need not leave.
    pub cycle: Option<Vec<WayId>>,
    /// Why not every run was followed.
    pub incomplete: Option<String>,
    pub cancelled: bool,
}

enum Fate {
    Inner,
    Done,
    Quiet,
    Trapped(NoValue),
}

struct Graph {
    ids: Vec<WayId>,
    fates: Vec<Fate>,
    edges: Vec<Vec<Edge>>,
    index: FxHashMap<Key, usize>,
    incomplete: Option<String>,
}

/// Runs from every way of `from` to the end. No more than `cap` states are visited.
pub(super) fn run(world: &mut dyn World, ways: &mut Ways, from: &Front, cap: usize) -> Ends {
    let mut graph = Graph {
        ids: Vec::new(),
        fates: Vec::new(),
        edges: Vec::new(),
        index: FxHashMap::default(),
        incomplete: None,
    };
    let mut counts = Vec::new();
    for (id, count) in from.iter() {
        graph.index.insert(ways.get(id).key(), graph.ids.len());
        graph.ids.push(id);
        counts.push(count);
    }
    let mut at = 0;
    while at < graph.ids.len() {
        if at % 64 == 0 && world.cancelled() {
            return Ends { cancelled: true, ..Ends::default() };
        }
        graph.expand(world, ways, at, cap);
        at += 1;
    }
    let cancelled = Ends { cancelled: true, ..Ends::default() };
    graph.ends(ways, counts, &|| !world.cancelled()).unwrap_or(cancelled)
}

impl Graph {
    fn expand(&mut self, world: &mut dyn World, ways: &mut Ways, at: usize, cap: usize) {
        let id = self.ids[at];
        let mut edges = Vec::new();
        let fate = match world.done(ways, id) {
            true => Fate::Done,
            false => match world.steps(ways.get(id)) {
                Err(no_value) => Fate::Trapped(no_value),
                Ok(steps) if steps.is_empty() => Fate::Quiet,
                Ok(steps) => {
                    for step in steps {
                        let (strength, joint, fair_key) = (step.strength, step.joint, step.fair_key);
                        if let Some(to) = self.node(ways, id, step, cap) {
                            edges.push(Edge { to: to as u32, strength, joint, fair_key });
                        }
                    }
                    Fate::Inner
                }
            },
        };
        self.fates.push(fate);
        self.edges.push(edges);
    }

    fn node(&mut self, ways: &mut Ways, from: WayId, step: Next, cap: usize) -> Option<usize> {
        let parent = Some(Parent { way: from, instance: step.instance, choice: step.choice });
        let failed = ways.get(from).failed;
        let way = Way { state: step.state, broken: step.broken, looked: step.looked, failed, parent };
        let key = way.key();
        if let Some(known) = self.index.get(&key) {
            return Some(*known);
        }
        if self.ids.len() >= cap {
            self.incomplete = Some(format!("only the first {cap} states of a run were followed"));
            return None;
        }
        let id = ways.push(way);
        self.index.insert(key, self.ids.len());
        self.ids.push(id);
        Some(self.ids.len() - 1)
    }

    /// Errors: interrupted.
    fn ends(self, ways: &Ways, starts: Vec<u64>, goes_on: &dyn Fn() -> bool) -> Result<Ends, Why> {
        let cycles = Cycles::new(&self.edges, goes_on);
        let counts = self.runs(&cycles.components()?, starts);
        let mut ends = Ends { incomplete: self.incomplete, ..Ends::default() };
        ends.cycle = cycles.fair()?.map(|nodes| nodes.iter().map(|n| self.ids[*n as usize]).collect());
        for (at, fate) in self.fates.iter().enumerate() {
            let (id, count) = (self.ids[at], counts[at]);
            match fate {
                Fate::Inner => {}
                Fate::Done => ends.done.add(ways.get(id).key(), count, || id),
                Fate::Quiet => ends.quiet.add(ways.get(id).key(), count, || id),
                Fate::Trapped(no_value) => ends.trapped.push((id, count, *no_value)),
            }
        }
        Ok(ends)
    }

    /// The number of runs to each node, from those that begin at the first ones.
    fn runs(&self, components: &[Vec<u32>], starts: Vec<u64>) -> Vec<u64> {
        let mut counts = starts;
        counts.resize(self.ids.len(), 0);
        let mut component_of = vec![0; self.ids.len()];
        for (number, component) in components.iter().enumerate() {
            component.iter().for_each(|n| component_of[*n as usize] = number);
        }
        for (number, component) in components.iter().enumerate().rev() {
            let nodes = || component.iter().map(|n| *n as usize);
            let inflow = nodes().fold(0u64, |sum, n| sum.saturating_add(counts[n]));
            nodes().for_each(|n| counts[n] = inflow);
            for edge in nodes().flat_map(|n| &self.edges[n]) {
                let to = edge.to as usize;
                if component_of[to] != number {
                    counts[to] = counts[to].saturating_add(inflow);
                }
            }
        }
        counts
    }
}
