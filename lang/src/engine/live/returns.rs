//! Returns: does every fair run leave the states where something is apart for good, once faults and clients have stopped,
//! and come to what would be by itself?
//!
//! Enters: a finished search. Leaves: a run that is apart for ever, or again and again, if there is one, or one to where it
//! is apart and nothing but others could end that: what would be comes to what is. Only what follows states that are apart
//! is looked at, state by state as the machine shows it and not by representatives of orbits:
//! fairness tells interchangeable nodes from each other. What cannot be expanded counts as left, so what is found is real
//! whatever else was not explored.

use super::components::Components;
use super::fair::Fairness;
use super::graph::{Graph, Index, Label, Ticker, is_repair};
use super::lasso::Hop;
use super::leads_to::{Asked, Never, again};
use super::{Judgement, Unjudged};
use crate::engine::conclude::Ended;
use crate::engine::exploration::{Kind, Outcome, Path, Stop, Violation, Why};
use crate::engine::machine::{Clients, Machine, Word};
use crate::engine::steps::Orbits;
use crate::engine::store::{Bits, Cursor, fingerprint};
use crate::engine::trace::{Replay, Wanted};
use rustc_hash::FxHashMap;

/// The node that stands for all states where nobody watches any more.
const ELSEWHERE: u32 = 0;

/// States that are apart and what follows them, from node 1 in the order in which they were met, and the steps out of
/// them.
struct Region {
    states: Vec<Box<[Word]>>,
    graph: Graph,
    /// The nodes from which it was grown are before this one.
    grown: u32,
    apart: Bits,
    /// Nodes that are apart, from which a step leads to what would be, or to where nobody watches.
    back: Bits,
    /// Nodes that were not expanded.
    open: Bits,
}

/// Grows a region.
struct Growing<'s, M: Machine> {
    ended: &'s Ended<'s, M>,
    property: usize,
    index: &'s Index<'s>,
    scratch: M::Scratch,
    judge: M::Scratch,
    orbits: Orbits<'s, M>,
    states: Vec<Box<[Word]>>,
    numbers: FxHashMap<Box<[Word]>, u32>,
    apart: Bits,
    back: Bits,
    bytes: u64,
}

impl<M: Machine> Ended<'_, M> {
    /// The outcome of a property that was never false in a state.
    pub(super) fn returns(&self, property: usize, index: &Index<'_>, ticker: &mut Ticker<'_>) -> Outcome {
        let judgement = self.judge_returns(property, index, ticker);
        self.live_outcome(judgement).0
    }

    fn judge_returns(&self, property: usize, index: &Index<'_>, ticker: &mut Ticker<'_>) -> Judgement {
        let apart = self.apart(property, ticker)?;
        if apart.is_empty() {
            return Ok((None, None));
        }
        let mut replay = self.replay();
        let states = apart.iter().map(|id| replay.state(*id)).collect();
        let region = Growing::new(self, property, index).grow(states, ticker)?;
        if let Some(state) = region.hopeless(ticker)? {
            let path = replay.to(apart[state as usize - 1]).map_err(Unjudged::Inconsistent)?;
            let region = Growing::new(self, property, index).grow(vec![path.last().into()], ticker)?;
            if let Some(path) = region.until_others(&mut replay, path, ticker)? {
                return Ok((Some(Violation { path, kind: Kind::State, other: None }), None));
            }
        }
        let level = |node: u32| self.level(apart[node as usize - 1]);
        let Some(found) = region.stays(&level, ticker)? else { return Ok((None, None)) };
        let first = apart[found.state as usize - 1];
        let path = replay.to(first).map_err(Unjudged::Inconsistent)?;
        let region = Growing::new(self, property, index).grow(vec![path.last().into()], ticker)?;
        let Some(found) = region.stays(&|_| (0, 0), ticker)? else {
            return Err(Unjudged::Inconsistent("a run that stays cannot be found again".to_string()));
        };
        let (path, kind) = region.lasso(&mut replay, (path, found), ticker)?;
        Ok((Some(Violation { path, kind, other: None }), None))
    }

    /// The states found in which it is apart; where that has no value it is not.
    fn apart(&self, property: usize, ticker: &mut Ticker<'_>) -> Result<Vec<u32>, Why> {
        let (mut scratch, mut cursor) = (self.machine.scratch(), Cursor::default());
        let watcher = self.machine.watcher_of(property);
        let mut found = Vec::new();
        for id in 0..self.store.len() {
            ticker.tick(1)?;
            let state = cursor.state(self.store.states(), id);
            if self.machine.watcher(state) == watcher
                && self.machine.part_holds(&mut scratch, property, 0, state) == Ok(true)
            {
                found.push(id);
            }
        }
        Ok(found)
    }
}

impl<'s, M: Machine> Growing<'s, M> {
    fn new(ended: &'s Ended<'s, M>, property: usize, index: &'s Index<'s>) -> Self {
        let machine = ended.machine;
        Growing {
            ended,
            property,
            index,
            scratch: machine.scratch(),
            judge: machine.scratch(),
            orbits: Orbits::new(machine),
            states: Vec::new(),
            numbers: FxHashMap::default(),
            apart: Bits::default(),
            back: Bits::default(),
            bytes: 0,
        }
    }

    /// All that can be reached from some states that are apart while the same monitor watches.
    fn grow(mut self, from: Vec<Box<[Word]>>, ticker: &mut Ticker<'_>) -> Result<Region, Why> {
        for state in &from {
            self.number(state);
        }
        let grown = self.states.len() as u32 + 1;
        let mut open = Bits::default();
        // Nothing leads out of the node for all others.
        let mut edges: Vec<Vec<(u32, Label)>> = vec![Vec::new()];
        let mut next = 0;
        while let Some(state) = self.states.get(next).cloned() {
            next += 1;
            let steps = match self.is_open(&state) {
                true => {
                    open.set(next as u32);
                    Vec::new()
                }
                false => self.steps(next as u32, &state),
            };
            ticker.tick(1 + steps.len() as u64)?;
            self.bytes += (16 * steps.len() + size_of_val(&*state) * 2 + 64) as u64;
            if let Some(room) = self.ended.room().filter(|room| self.bytes > *room) {
                return Err(Why::Stopped(Stop::Memory(room)));
            }
            edges.push(steps);
        }
        let Growing { states, apart, back, .. } = self;
        Ok(Region { states, graph: Graph::of(edges.into_iter()), grown, apart, back, open })
    }

    fn number(&mut self, state: &[Word]) -> u32 {
        if let Some(number) = self.numbers.get(state) {
            return *number;
        }
        self.states.push(state.into());
        let number = self.states.len() as u32;
        if self.ended.machine.part_holds(&mut self.judge, self.property, 0, state) == Ok(true) {
            self.apart.set(number);
        }
        self.numbers.insert(state.into(), number);
        number
    }

    /// Whether a state was not expanded, or was never kept.
    fn is_open(&mut self, state: &[Word]) -> bool {
        let id = self.index.id(fingerprint(self.orbits.representative(state)));
        id.is_none_or(|id| self.ended.store.open().get(id))
    }

    /// Where the steps that still happen lead.
    fn steps(&mut self, node: u32, state: &[Word]) -> Vec<(u32, Label)> {
        let machine = self.ended.machine;
        let watcher = machine.watcher_of(self.property);
        let mut found: Vec<(Box<[Word]>, Label)> = Vec::new();
        machine.expand(&mut self.scratch, state, |instance, result| {
            let info = &machine.instances()[instance as usize];
            if let Ok(successor) = result
                && is_repair(info.class)
                && successor.state != state
            {
                found.push((successor.state.into(), Label::new(info, successor.fair_key)));
            }
        });
        let mut steps = Vec::with_capacity(found.len());
        for (target, label) in found {
            let watched = machine.watcher(&target) == watcher;
            let number = if watched { self.number(&target) } else { ELSEWHERE };
            if self.apart.get(node) && !self.apart.get(number) && (!watched || self.is_same(state, &target)) {
                self.back.set(node);
            }
            steps.push((number, label));
        }
        steps
    }

    /// Whether what would be is the same in two states; where it has no value nobody says that it is not.
    fn is_same(&mut self, a: &[Word], b: &[Word]) -> bool {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        let machine = self.ended.machine;
        let mut value =
            |state, into: &mut Vec<Word>| machine.value(&mut self.judge, self.property, state, into);
        value(a, &mut one).is_err() || value(b, &mut other).is_err() || one == other
    }
}

impl Region {
    /// The first of the nodes that it was grown from, from which no way leads to what would be while that stays as it is.
    fn hopeless(&self, ticker: &mut Ticker<'_>) -> Result<Option<u32>, Why> {
        let fairness = self.fairness();
        let mut hopeful = Bits::default();
        let visit = |component: &[u32], _: &mut Ticker<'_>| {
            let hope = |node: &u32| {
                let leads = |(target, _)| self.open.get(target) || hopeful.get(target);
                self.back.get(*node) || self.open.get(*node) || fairness.steps(*node).any(leads)
            };
            if component.iter().any(hope) {
                component.iter().for_each(|node| hopeful.set(*node));
            }
            Ok(())
        };
        let mut components = Components::new(self.graph.states());
        let apart = |node| self.apart.get(node);
        components.run(&self.graph, &fairness.on, apart, 1..self.graph.states(), visit, ticker)?;
        Ok((1..self.grown).find(|node| !hopeful.get(*node)))
    }

    /// Of the nodes that it was grown from one from which a fair run may be apart for ever or again and again, and
    /// where.
    fn stays(
        &self,
        level: &dyn Fn(u32) -> (u32, u32),
        ticker: &mut Ticker<'_>,
    ) -> Result<Option<Never>, Why> {
        let mut from = Bits::default();
        (1..self.grown).for_each(|node| from.set(node));
        let mut fairness = self.fairness();
        let (member, met) = (|node| !self.open.get(node), |node| self.apart.get(node));
        let asked = Asked { from: &from, level, member: &member, met: &met, enters: &met };
        Ok(again(&mut fairness, asked, ticker)?.into_iter().next())
    }

    fn fairness(&self) -> Fairness<'_> {
        Fairness::new(&self.graph, self.graph.on(Clients::Stop))
    }

    /// A path to the first node, and on to where the run stays.
    fn lasso<M: Machine>(
        &self,
        replay: &mut Replay<'_, M>,
        (mut path, found): (Path, Never),
        ticker: &mut Ticker<'_>,
    ) -> Result<(Path, Kind), Unjudged> {
        let mut fairness = self.fairness();
        let start = found.end();
        let cycle = match fairness.shortest_cycle(&found.part, start, &Bits::default(), ticker)? {
            Some(cycle) => cycle,
            None => fairness.cycle(&found.part, start, &Bits::default(), ticker)?,
        };
        let loop_start = path.steps.len() + found.way.len();
        self.go(replay, &mut path, found.way.iter().chain(&cycle))?;
        path.loop_start = Some(loop_start);
        let leaves = cycle.iter().any(|hop| !self.apart.get(hop.target));
        Ok((path, Kind::Apart { leaves }))
    }

    /// A path to the first node, from which no way leads back, and on to where others end it, or nothing happens any more.
    /// `None`: it goes round for ever.
    fn until_others<M: Machine>(
        &self,
        replay: &mut Replay<'_, M>,
        mut path: Path,
        ticker: &mut Ticker<'_>,
    ) -> Result<Option<Path>, Unjudged> {
        let fairness = self.fairness();
        let ended = |node: u32| fairness.steps(node).any(|(target, _)| !self.apart.get(target));
        let last = |node: u32| ended(node) || fairness.rests(node);
        if !last(1) {
            let apart = |node| self.apart.get(node);
            let way = fairness.way(1, apart, |target, _| last(target), ticker)?;
            let Some(way) = way else { return Ok(None) };
            self.go(replay, &mut path, way.iter())?;
        }
        Ok(Some(path))
    }

    /// On along some steps.
    fn go<'h, M: Machine>(
        &self,
        replay: &mut Replay<'_, M>,
        path: &mut Path,
        hops: impl Iterator<Item = &'h Hop>,
    ) -> Result<(), Unjudged> {
        for Hop { label, target } in hops {
            let label = self.graph.labels[*label as usize];
            let wanted = Wanted::Labelled(&self.states[*target as usize - 1], label);
            replay.go(path, wanted).map_err(Unjudged::Inconsistent)?;
        }
        Ok(())
    }
}
