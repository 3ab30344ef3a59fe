//! Returns: does every fair run leave the states where something is apart, once faults and clients have stopped?
//!
//! Enters: a finished search. Leaves: a run that stays apart for ever, if there is one. Only what is apart is looked at,
//! state by state as the machine shows it and not by representatives of orbits: fairness tells interchangeable nodes from
//! each other. What cannot be expanded counts as left, so what is found is real whatever else was not explored.

use super::fair::Fairness;
use super::graph::{Graph, Index, Label, Ticker, is_repair};
use super::lasso::Hop;
use super::leads_to::{Never, Sets, never};
use super::{Judgement, Unjudged};
use crate::engine::conclude::Ended;
use crate::engine::exploration::{Kind, Outcome, Path, Stop, Violation, Why};
use crate::engine::machine::{Clients, Machine, Word};
use crate::engine::steps::Orbits;
use crate::engine::store::{Bits, Cursor, fingerprint};
use crate::engine::trace::{Replay, Wanted};
use rustc_hash::FxHashMap;

/// The node that stands for all states that are not apart.
const ELSEWHERE: u32 = 0;

/// States that are apart, from node 1 in the order in which they were met, and the steps out of them.
struct Region {
    states: Vec<Box<[Word]>>,
    graph: Graph,
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
    bytes: u64,
}

impl<M: Machine> Ended<'_, M> {
    /// The outcome of a property that was never false in a state.
    pub(super) fn returns(&self, property: usize, ticker: &mut Ticker<'_>) -> Outcome {
        let judgement = self.judge_returns(property, ticker);
        self.live_outcome(judgement).0
    }

    fn judge_returns(&self, property: usize, ticker: &mut Ticker<'_>) -> Judgement {
        let apart = self.apart(property, ticker)?;
        if apart.is_empty() {
            return Ok((None, None));
        }
        let index = Index::new(self.store, ticker)?;
        let mut replay = self.replay();
        let states = apart.iter().map(|id| replay.state(*id)).collect();
        let region = Growing::new(self, property, &index).grow(states, ticker)?;
        let Some(found) = region.stays(ticker)? else { return Ok((None, None)) };
        // The first of them that stays is one that was found: the others are reached from those, or are of their orbits.
        let first = apart.get(found.state as usize - 1).copied().unwrap_or(apart[0]);
        let path = replay.to(first).map_err(Unjudged::Inconsistent)?;
        let region = Growing::new(self, property, &index).grow(vec![path.last().into()], ticker)?;
        let Some(found) = region.stays(ticker)? else {
            return Err(Unjudged::Inconsistent("a run that stays cannot be found again".to_string()));
        };
        let path = region.lasso(&mut replay, (path, found), ticker)?;
        Ok((Some(Violation { path, kind: Kind::Apart, other: None }), None))
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
            bytes: 0,
        }
    }

    /// All that is apart and can be reached from some states that are, over such states alone.
    fn grow(mut self, from: Vec<Box<[Word]>>, ticker: &mut Ticker<'_>) -> Result<Region, Why> {
        for state in &from {
            self.number(state);
        }
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
                false => self.steps(&state),
            };
            ticker.tick(1 + steps.len() as u64)?;
            self.bytes += (16 * steps.len() + size_of_val(&*state) * 2 + 64) as u64;
            if let Some(room) = self.ended.room().filter(|room| self.bytes > *room) {
                return Err(Why::Stopped(Stop::Memory(room)));
            }
            edges.push(steps);
        }
        Ok(Region { states: self.states, graph: Graph::of(edges.into_iter()), open })
    }

    fn number(&mut self, state: &[Word]) -> u32 {
        if let Some(number) = self.numbers.get(state) {
            return *number;
        }
        self.states.push(state.into());
        let number = self.states.len() as u32;
        self.numbers.insert(state.into(), number);
        number
    }

    /// Whether a state was not expanded, or was never kept.
    fn is_open(&mut self, state: &[Word]) -> bool {
        let id = self.index.id(fingerprint(self.orbits.representative(state)));
        id.is_none_or(|id| self.ended.store.open().get(id))
    }

    /// Where the steps that still happen lead.
    fn steps(&mut self, state: &[Word]) -> Vec<(u32, Label)> {
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
            let apart = machine.watcher(&target) == watcher
                && machine.part_holds(&mut self.judge, self.property, 0, &target) == Ok(true);
            steps.push((if apart { self.number(&target) } else { ELSEWHERE }, label));
        }
        steps
    }
}

impl Region {
    /// The first node from which a fair run may stay in the region for ever, and where.
    fn stays(&self, ticker: &mut Ticker<'_>) -> Result<Option<Never>, Why> {
        let (mut from, mut goal) = (Bits::default(), Bits::default());
        goal.set(ELSEWHERE);
        (1..self.graph.states()).for_each(|node| from.set(node));
        let mut fairness = self.fairness();
        never(&mut fairness, Sets { from: &from, goal: &goal, open: &self.open }, ticker)
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
    ) -> Result<Path, Unjudged> {
        let mut fairness = self.fairness();
        let start = found.way.last().map_or(found.state, |hop| hop.target);
        let cycle = match fairness.shortest_cycle(&found.part, start, &Bits::default(), ticker)? {
            Some(cycle) => cycle,
            None => fairness.cycle(&found.part, start, ticker)?,
        };
        let loop_start = path.steps.len() + found.way.len();
        for Hop { label, target } in found.way.iter().chain(&cycle) {
            let label = self.graph.labels[*label as usize];
            let wanted = Wanted::Labelled(&self.states[*target as usize - 1], label);
            replay.go(&mut path, wanted).map_err(Unjudged::Inconsistent)?;
        }
        path.loop_start = Some(loop_start);
        Ok(path)
    }
}
