//! A part of the graph of all states, small enough to be drawn.
//!
//! Enters: a machine, how many states are few. Leaves: what a plain exploration leaves, and states with every step between
//! them: all there are where they are few, else those around the runs that break something, else around the beginning. Only
//! their steps are taken once more; where states stand for their orbits, so do those here.

use super::conclude::Ended;
use super::exploration::{Exploration, Why};
use super::halt;
use super::live::{Index, Ticker};
use super::machine::{Machine, Word};
use super::search::{Aim, Search};
use super::steps::{Numbered, Orbits, steps};
use super::store::{Cursor, NONE, fingerprint};
use super::{Limits, Observer};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// How many states are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Few {
    /// So many are drawn whole,
    pub whole: usize,
    /// where no more than so many of them are joined.
    pub pairs: usize,
    /// Else so many of them, at least 1.
    pub part: usize,
}

/// States and the steps between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// States that were found, each orbit once: as many as nodes where all are here.
    pub of: u64,
    /// In the order in which they were found.
    pub nodes: Vec<Node>,
    /// By the node that they leave, and then in the order of [`Machine::expand`]. Steps that change nothing are none.
    pub edges: Vec<Edge>,
    /// What the part lies around, where it is not all.
    pub around: Around,
}

/// Where a part was taken from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Around {
    /// Everything.
    #[default]
    All,
    /// The shortest run that breaks the property with this number.
    Run(usize),
    /// The initial states.
    Beginning,
}

/// A state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Packed.
    pub state: Box<[Word]>,
    /// How many states its orbit has.
    pub stands_for: u64,
    /// A run begins here.
    pub initial: bool,
    /// False: it lies outside the bounds, or the exploration ended before.
    pub expanded: bool,
    /// The instances that are enabled here and have no value.
    pub traps: Vec<u32>,
    /// Steps that lead to states that are not here.
    pub outside: u32,
}

/// A step between two nodes, by their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Where it begins.
    pub from: usize,
    /// Where it leads: to this state or to one of its orbit.
    pub to: usize,
    /// Which instance is taken.
    pub instance: u32,
    /// Counts what the instance leads to, from 0.
    pub choice: u32,
    /// The state that it leads to, before another of its orbit stands for it.
    pub after: Box<[Word]>,
}

/// Explores every state, in every order of steps, and leaves a part of them. Also where it was interrupted, of what was
/// found by then; nothing where states could not be read back.
pub fn explore<M: Machine>(
    machine: &M,
    limits: &Limits,
    observer: &dyn Observer,
    few: Few,
) -> (Exploration, Part) {
    let aim = Aim::Whole { until: None, due: None };
    Search::new(machine, limits, observer, aim).then(|ended| {
        let exploration = ended.conclude();
        // Of what an interrupt left a part is drawn as well; it takes no longer than what has been done. Who no longer
        // waits for it says so otherwise.
        let goes_on = || {
            halt::look();
            true
        };
        let mut ticker = Ticker::new(&goes_on);
        let part = Parting::new(ended, &mut ticker).map(|mut all| all.part(&exploration, few));
        let lost = ended.store.states().lost();
        (exploration, part.ok().filter(|_| !lost).unwrap_or_default())
    })
}

struct Parting<'e, M: Machine> {
    ended: &'e Ended<'e, M>,
    index: Index<'e>,
    scratch: M::Scratch,
    orbits: Orbits<'e, M>,
}

/// A step out of a state, with the number of the state that it leads to.
struct Out {
    to: Option<u32>,
    instance: u32,
    choice: u32,
    after: Box<[Word]>,
}

impl<'e, M: Machine> Parting<'e, M> {
    fn new(ended: &'e Ended<'e, M>, ticker: &mut Ticker<'_>) -> Result<Self, Why> {
        let Ended { machine, store, .. } = *ended;
        if let Some(why) = ended.outside() {
            return Err(why);
        }
        let index = Index::new(store, 1, ticker)?;
        Ok(Parting { ended, index, scratch: machine.scratch(), orbits: Orbits::new(machine) })
    }

    fn part(&mut self, exploration: &Exploration, few: Few) -> Part {
        let own: Vec<u32> = self.ended.own(0..self.ended.store.len()).take(few.whole + 1).collect();
        if own.len() <= few.whole {
            let few_states = own.len() <= few.part;
            let whole = self.between(own.into_iter().collect());
            let pairs: BTreeSet<_> = whole.edges.iter().map(|edge| (edge.from, edge.to)).collect();
            if few_states || pairs.len() <= few.pairs {
                return Part { of: exploration.states_explored, ..whole };
            }
        }
        let (ids, around) = self.chosen(exploration, few.part);
        Part { of: exploration.states_explored, around, ..self.between(ids) }
    }

    /// These states and the steps between them.
    fn between(&mut self, ids: BTreeSet<u32>) -> Part {
        let mut part = Part::default();
        let at: FxHashMap<u32, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        for (from, id) in ids.iter().enumerate() {
            let (steps, traps) = self.out(*id);
            let within = |out: &Out| out.to.and_then(|to| at.get(&to).copied());
            let outside = steps.iter().filter(|out| within(out).is_none()).count() as u32;
            for out in steps {
                if let Some(to) = within(&out) {
                    let Out { instance, choice, after, .. } = out;
                    part.edges.push(Edge { from, to, instance, choice, after });
                }
            }
            let state = self.state(*id);
            let (stands_for, expanded) = (self.orbits.weight(&state), self.is_expanded(*id, &state));
            let initial = self.parent(*id) == NONE;
            part.nodes.push(Node { state, stands_for, initial, expanded, traps, outside });
        }
        part
    }

    /// The states along the shortest run that breaks something, or the initial ones; and then those that steps lead to
    /// from there, nearest first.
    fn chosen(&mut self, exploration: &Exploration, most: usize) -> (BTreeSet<u32>, Around) {
        let broken = exploration.outcomes.iter().enumerate().filter_map(|(p, o)| Some((p, o.path()?)));
        let shortest = broken.min_by_key(|(p, path)| (path.steps.len(), *p));
        let (mut queue, around) = match shortest {
            Some((property, path)) => {
                let states = std::iter::once(&path.init).chain(path.steps.iter().map(|step| &step.state));
                let ids: Vec<u32> = states.filter_map(|state| self.id(state)).collect();
                (ids[ids.len().saturating_sub(most)..].to_vec(), Around::Run(property))
            }
            None => {
                let all = 0..self.ended.store.len();
                let (states, mut cursor) = (self.ended.store.states(), Cursor::default());
                let first = self.ended.own(all).filter(|id| {
                    halt::look();
                    cursor.parent(states, *id) == NONE
                });
                (first.take(most).collect(), Around::Beginning)
            }
        };
        let mut chosen: BTreeSet<u32> = queue.iter().copied().collect();
        let mut next = 0;
        while next < queue.len() && chosen.len() < most {
            for out in self.out(queue[next]).0 {
                if let Some(to) = out.to
                    && chosen.len() < most
                    && chosen.insert(to)
                {
                    queue.push(to);
                }
            }
            next += 1;
        }
        (chosen, around)
    }

    /// Every step out of a state that changes something, and the instances that have no value there.
    fn out(&mut self, id: u32) -> (Vec<Out>, Vec<u32>) {
        let state = self.state(id);
        let (mut found, mut traps) = (Vec::new(), Vec::new());
        if !self.is_expanded(id, &state) {
            return (found, traps);
        }
        let Parting { ended, index, scratch, orbits } = self;
        steps(ended.machine, scratch, &state, |Numbered { instance, choice, result, .. }| match result {
            Ok(successor) if successor.state == &*state || ended.machine.watching(successor.state) => {}
            Ok(successor) => {
                let to = index.id(fingerprint(orbits.representative(successor.state)));
                found.push(Out {
                    to: to.filter(|to| *to != NONE),
                    instance,
                    choice,
                    after: successor.state.into(),
                });
            }
            Err(_) => traps.push(instance),
        });
        traps.dedup();
        (found, traps)
    }

    /// Whether its steps were taken. Where one of them has no value it is open too.
    fn is_expanded(&mut self, id: u32, state: &[Word]) -> bool {
        let ended = self.ended;
        let within = |scratch: &mut M::Scratch| ended.machine.within_bounds(scratch, state) == Ok(true);
        !ended.store.open().get(id) || ended.control.stopped().is_none() && within(&mut self.scratch)
    }

    fn id(&mut self, state: &[Word]) -> Option<u32> {
        self.index.id(fingerprint(self.orbits.representative(state))).filter(|id| *id != NONE)
    }

    fn state(&self, id: u32) -> Box<[Word]> {
        Cursor::default().state(self.ended.store.states(), id).into()
    }

    fn parent(&self, id: u32) -> u32 {
        Cursor::default().parent(self.ended.store.states(), id)
    }
}
