//! Lassos: from a part in which a fair run can stay to a cycle that shows it.
//!
//! Enters: a fair part. Leaves: the steps of a cycle within it that pays every debt of fairness: the shortest, found
//! breadth-first over states and what is still owed; where that is too large, as short as a greedy choice makes it, always
//! on to the nearest step or state that pays one more.

use super::fair::Fairness;
use super::graph::Ticker;
use crate::engine::exploration::{Path, Why};
use crate::engine::machine::Machine;
use crate::engine::store::Bits;
use crate::engine::trace::{Replay, Wanted};
use rustc_hash::{FxHashMap, FxHashSet};
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

/// More than these are not looked at for a shortest cycle.
const SEARCHED: usize = 200_000;

/// A state on a cycle, and what the cycle still owes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Owing {
    state: u32,
    /// Weakly fair keys that were enabled everywhere so far and not taken.
    weak: u64,
    /// Strongly fair keys that were enabled somewhere, and those that were taken.
    enabled: u64,
    taken: u64,
    /// A state short of the goal was met.
    short: bool,
    /// The goal was met.
    goal: bool,
}

impl Owing {
    fn is_paid(self) -> bool {
        self.weak == 0 && self.enabled & !self.taken == 0 && self.short
    }
}

/// A state on the way round, and how it was met.
#[derive(Debug, Clone, Copy)]
struct Met {
    owing: Owing,
    /// The one before, by its position.
    before: usize,
    hop: Hop,
    length: u32,
}

/// The keys that a cycle through a state may owe, by bit. What is not enabled there is owed to nobody, unless strongly.
struct Debts {
    weak: Vec<u32>,
    strong: Vec<u32>,
}

impl Debts {
    /// `None`: more than there are bits.
    fn of(fairness: &Fairness<'_>, start: u32) -> Option<Debts> {
        let is_strong = |key: &u32| fairness.graph.strong[*key as usize];
        let weak: Vec<u32> = fairness.enabled(start).into_iter().filter(|key| !is_strong(key)).collect();
        let strong: Vec<u32> = (0..fairness.graph.strong.len() as u32).filter(is_strong).collect();
        (weak.len() < 64 && strong.len() < 64).then_some(Debts { weak, strong })
    }

    fn all_weak(&self) -> u64 {
        (1 << self.weak.len()) - 1
    }

    fn weak_of(&self, keys: &[u32]) -> u64 {
        bits(&self.weak, keys)
    }

    fn strong_of(&self, keys: &[u32]) -> u64 {
        bits(&self.strong, keys)
    }

    fn after(&self, fairness: &Fairness<'_>, owing: Owing, target: u32, label: u32, goal: &Bits) -> Owing {
        let enabled = fairness.enabled(target);
        let keys: Vec<u32> = fairness.keys(label).collect();
        Owing {
            state: target,
            weak: owing.weak & self.weak_of(&enabled) & !self.weak_of(&keys),
            enabled: owing.enabled | self.strong_of(&enabled),
            taken: owing.taken | self.strong_of(&keys),
            short: owing.short || !goal.get(target),
            goal: owing.goal || goal.get(target),
        }
    }
}

/// Which of `all` are among `keys`.
fn bits(all: &[u32], keys: &[u32]) -> u64 {
    all.iter().enumerate().filter(|(_, key)| keys.contains(key)).fold(0, |bits, (i, _)| bits | 1 << i)
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

    /// A fair cycle through `start` within a fair part, with a state short of the goal, if there is one; empty where the part
    /// is that state alone.
    pub(crate) fn cycle(
        &mut self,
        part: &[u32],
        start: u32,
        goal: &Bits,
        ticker: &mut Ticker<'_>,
    ) -> Result<Vec<Hop>, Why> {
        if part.len() == 1 {
            return Ok(Vec::new());
        }
        let falls_short = |hops: &[Hop]| !goal.get(start) || hops.iter().any(|hop| !goal.get(hop.target));
        if let Some(short) = self.short_cycle(part, start, ticker)?.filter(|hops| falls_short(hops)) {
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
                let taken = |owed: &BTreeSet<u32>| self.keys(label).any(|key| owed.contains(&key));
                taken(&weak) || taken(&strong) || weak.iter().any(|key| enabled.binary_search(key).is_err())
            };
            let Some(way) = self.way(at, |s| self.inside(s), pays, ticker)? else { break };
            for hop in way {
                let Hop { label, target } = hop;
                let enabled = self.enabled(target);
                weak.retain(|key| enabled.binary_search(key).is_ok());
                for key in self.keys(label) {
                    weak.remove(&key);
                    strong.remove(&key);
                }
                hops.push(hop);
                at = target;
            }
        }
        if !falls_short(&hops)
            && let Some(way) = self.way(at, |s| self.inside(s), |target, _| !goal.get(target), ticker)?
        {
            at = way.last().map_or(at, |hop| hop.target);
            hops.extend(way);
        }
        if at != start {
            let home = self.way(at, |s| self.inside(s), |target, _| target == start, ticker)?;
            hops.extend(home.unwrap_or_default());
        }
        Ok(hops)
    }

    /// The shortest fair cycle through `start` with a state short of the goal; empty where the part is that state alone.
    /// `None`: it would take too long to find.
    pub(crate) fn shortest_cycle(
        &mut self,
        part: &[u32],
        start: u32,
        goal: &Bits,
        ticker: &mut Ticker<'_>,
    ) -> Result<Option<Vec<Hop>>, Why> {
        if part.len() == 1 {
            return Ok(Some(Vec::new()));
        }
        self.enter(part);
        let Some(debts) = Debts::of(self, start) else { return Ok(None) };
        let begin = Owing {
            state: start,
            weak: debts.all_weak(),
            enabled: debts.strong_of(&self.enabled(start)),
            taken: 0,
            short: !goal.get(start),
            goal: goal.get(start),
        };
        let mut found =
            vec![Met { owing: begin, before: 0, hop: Hop { label: 0, target: start }, length: 0 }];
        let mut known: FxHashSet<Owing> = FxHashSet::from_iter([begin]);
        // Of those that are equally short, the first that comes to the goal.
        let mut best: Option<usize> = None;
        let mut next = 0;
        while next < found.len() && found.len() < SEARCHED {
            let Met { owing, length, .. } = found[next];
            if best.is_some_and(|best| found[best].length <= length) {
                break;
            }
            ticker.tick(1)?;
            for (target, label) in self.steps(owing.state).filter(|(target, _)| self.inside(*target)) {
                let then = debts.after(self, owing, target, label, goal);
                if !known.insert(then) {
                    continue;
                }
                let hop = Hop { label, target };
                found.push(Met { owing: then, before: next, hop, length: length + 1 });
                if target == start && then.is_paid() && best.is_none_or(|b| !found[b].owing.goal && then.goal)
                {
                    best = Some(found.len() - 1);
                }
            }
            next += 1;
        }
        let Some(mut at) = best else { return Ok(None) };
        let mut hops = Vec::new();
        while at > 0 {
            hops.push(found[at].hop);
            at = found[at].before;
        }
        hops.reverse();
        Ok(Some(hops))
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
        let taken: BTreeSet<u32> = cycle.iter().flat_map(|hop| self.keys(hop.label)).collect();
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
