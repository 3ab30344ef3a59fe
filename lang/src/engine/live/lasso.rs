//! Lassos: from a part in which a fair run can stay to a cycle that shows it.
//!
//! Enters: a fair part. Leaves: the steps of a cycle within it that pays every debt of fairness, as short as a greedy
//! choice makes it: always on to the nearest step or state that pays one more.

use super::fair::Fairness;
use super::graph::Ticker;
use crate::engine::exploration::{Path, Why};
use crate::engine::machine::Machine;
use crate::engine::trace::{Replay, Wanted};
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, VecDeque};

/// A step of the graph.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hop {
    pub(crate) label: u32,
    pub(crate) target: u32,
}

/// A run: to a state by its first path, along a stem, and round a cycle for ever.
pub(crate) struct Lasso<'h> {
    pub(crate) first: u32,
    pub(crate) stem: &'h [Hop],
    pub(crate) cycle: &'h [Hop],
}

impl Fairness<'_> {
    /// The shortest way by at least one step from a state to the first step for which `wanted(target, label)` is true,
    /// over states for which `within` is true.
    pub(crate) fn way(
        &self,
        from: u32,
        within: impl Fn(u32) -> bool,
        wanted: impl Fn(u32, u32) -> bool,
        ticker: &mut Ticker<'_>,
    ) -> Result<Option<Vec<Hop>>, Why> {
        let mut back: FxHashMap<u32, (u32, u32)> = FxHashMap::default();
        let mut queue = VecDeque::from([from]);
        while let Some(state) = queue.pop_front() {
            ticker.tick(1)?;
            for (target, label) in self.steps(state).filter(|(target, _)| within(*target)) {
                if wanted(target, label) {
                    let mut hops = vec![Hop { label, target }];
                    let mut at = state;
                    while at != from {
                        let (before, label) = back[&at];
                        hops.push(Hop { label, target: at });
                        at = before;
                    }
                    hops.reverse();
                    return Ok(Some(hops));
                }
                if target != from && !back.contains_key(&target) {
                    back.insert(target, (state, label));
                    queue.push_back(target);
                }
            }
        }
        Ok(None)
    }

    /// A fair cycle through `start` within a fair part; empty where the part is that state alone.
    pub(crate) fn cycle(
        &mut self,
        part: &[u32],
        start: u32,
        ticker: &mut Ticker<'_>,
    ) -> Result<Vec<Hop>, Why> {
        if part.len() == 1 {
            return Ok(Vec::new());
        }
        if let Some(short) = self.short_cycle(part, start, ticker)? {
            return Ok(short);
        }
        let mut strong: BTreeSet<u32> = BTreeSet::new();
        for state in part {
            strong.extend(self.enabled(*state).into_iter().filter(|key| self.graph.strong[*key as usize]));
        }
        let mut weak: BTreeSet<u32> = self.enabled(start).into_iter().collect();
        let (mut hops, mut at) = (Vec::new(), start);
        while !(weak.is_empty() && strong.is_empty()) {
            let pays = |target: u32, label: u32| {
                let enabled = self.enabled(target);
                let taken = |owed: &BTreeSet<u32>| self.key(label).is_some_and(|key| owed.contains(&key));
                taken(&weak) || taken(&strong) || weak.iter().any(|key| enabled.binary_search(key).is_err())
            };
            let Some(way) = self.way(at, |s| self.inside(s), pays, ticker)? else { break };
            for hop in way {
                let Hop { label, target } = hop;
                let enabled = self.enabled(target);
                weak.retain(|key| enabled.binary_search(key).is_ok());
                if let Some(key) = self.key(label) {
                    weak.remove(&key);
                    strong.remove(&key);
                }
                hops.push(hop);
                at = target;
            }
        }
        if at != start {
            let home = self.way(at, |s| self.inside(s), |target, _| target == start, ticker)?;
            hops.extend(home.unwrap_or_default());
        }
        Ok(hops)
    }

    /// The shortest cycle through `start`, if it happens to be fair. Enters the part.
    pub(crate) fn short_cycle(
        &mut self,
        part: &[u32],
        start: u32,
        ticker: &mut Ticker<'_>,
    ) -> Result<Option<Vec<Hop>>, Why> {
        self.enter(part);
        let short = self.way(start, |s| self.inside(s), |target, _| target == start, ticker)?;
        Ok(short.filter(|hops| self.pays(hops)))
    }

    /// Whether going round a cycle for ever is fair.
    fn pays(&self, cycle: &[Hop]) -> bool {
        let taken: BTreeSet<u32> = cycle.iter().filter_map(|hop| self.key(hop.label)).collect();
        let enabled: Vec<_> = cycle.iter().map(|hop| self.enabled(hop.target)).collect();
        let always = |key: &u32| enabled.iter().all(|keys| keys.binary_search(key).is_ok());
        let owed = |key: &u32| self.graph.strong[*key as usize] || always(key);
        enabled.iter().flatten().all(|key| taken.contains(key) || !owed(key))
    }
}

/// Errors: the machine did not repeat a step.
pub(crate) fn run<M: Machine>(
    replay: &mut Replay<'_, M>,
    fairness: &Fairness<'_>,
    lasso: Lasso<'_>,
) -> Result<Path, String> {
    let Lasso { first, stem, cycle } = lasso;
    let mut path = replay.to(first)?;
    let loop_start = path.steps.len() + stem.len();
    for Hop { label, target } in stem.iter().chain(cycle) {
        let label = fairness.graph.labels[*label as usize];
        let target = replay.state(*target);
        replay.go(&mut path, Wanted::Labelled(&target, label))?;
    }
    path.loop_start = Some(loop_start);
    Ok(path)
}
