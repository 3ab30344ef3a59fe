//! Where a repair ends: whether its steps do, in what, and whether that depends on which goes first.
//!
//! Enters: the graph of its steps, what is protected in each state, where what it handles is whole. Leaves: the first
//! trouble; the most steps. Components come each after all that it leads to, so that the possible ends of a state are the
//! union of those of its successors; sets of ends are numbered, since most states share a few.

use super::components::Components;
use super::graph::{Graph, Ticker};
use crate::engine::exploration::Why;
use crate::engine::store::Bits;
use rustc_hash::FxHashMap;

/// What is known of the states of a repair's graph.
pub(crate) struct Facts<'f> {
    pub(crate) graph: &'f Graph,
    /// Which labels are of its own steps and of what informs them; the others only show that somebody else can act.
    pub(crate) taken: &'f [bool],
    /// Which are of its own steps: they count, and compete.
    pub(crate) own: &'f [bool],
    /// The number of the protected value of each state.
    pub(crate) values: &'f [u32],
    /// States in which what it handles holds.
    pub(crate) whole: &'f Bits,
    /// Not expanded.
    pub(crate) open: &'f Bits,
    /// Watches a run: not looked at.
    pub(crate) skipped: &'f Bits,
    /// False: some step has no value, so that no end is known to be one.
    pub(crate) ends_known: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// The first state of a component that goes through two values.
    Endless {
        state: u32,
        component: Vec<u32>,
    },
    /// After a step of label `one` it can end in `value`, after one of label `other` it cannot.
    Order {
        state: u32,
        one: u32,
        value: u32,
        other: u32,
    },
    Broken {
        state: u32,
    },
}

impl Trouble {
    /// Endless ones first, then by state.
    fn rank(&self) -> (u32, u32) {
        match self {
            Trouble::Endless { state, .. } => (0, *state),
            Trouble::Order { state, .. } | Trouble::Broken { state } => (1, *state),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) trouble: Option<Trouble>,
    /// `None`: it can go round as often as it likes.
    pub(crate) longest: Option<u32>,
    /// States from which no own step leads on.
    pub(crate) last: Bits,
}

/// No set of ends is known.
const UNKNOWN: u32 = u32::MAX;
/// In the component that is looked at.
const INSIDE: u32 = u32::MAX - 1;
const UNBOUNDED: u32 = u32::MAX;

/// Errors: interrupted.
pub(crate) fn ends(facts: &Facts<'_>, ticker: &mut Ticker<'_>) -> Result<Found, Why> {
    let states = facts.graph.states();
    let mut search = Search {
        facts,
        ends: vec![UNKNOWN; states as usize],
        longest: vec![0; states as usize],
        sets: Sets::default(),
        last: Bits::default(),
        trouble: None,
    };
    let mut components = Components::new(states);
    let visit = |component: &[u32], ticker: &mut Ticker<'_>| search.component(component, ticker);
    let member = |state: u32| !facts.skipped.get(state);
    components.run(facts.graph, facts.taken, member, 0..states, visit, ticker)?;
    let longest = search.longest.iter().copied().max().unwrap_or(0);
    let longest = (longest != UNBOUNDED).then_some(longest);
    Ok(Found { trouble: search.trouble, longest, last: search.last })
}

struct Search<'f> {
    facts: &'f Facts<'f>,
    /// Of each state that was looked at: its set of ends.
    ends: Vec<u32>,
    /// The most own steps from each state.
    longest: Vec<u32>,
    sets: Sets,
    last: Bits,
    trouble: Option<Trouble>,
}

impl Search<'_> {
    fn component(&mut self, component: &[u32], ticker: &mut Ticker<'_>) -> Result<(), Why> {
        let values = self.facts.values;
        let value = values[component[0] as usize];
        if component.iter().any(|state| values[*state as usize] != value) {
            let state = component.iter().copied().min().unwrap_or(component[0]);
            self.note(Trouble::Endless { state, component: component.to_vec() });
            component.iter().for_each(|state| self.longest[*state as usize] = UNBOUNDED);
            return Ok(());
        }
        component.iter().for_each(|state| self.ends[*state as usize] = INSIDE);
        let (mut on, mut longest, mut known) = (Vec::new(), 0, true);
        for state in component {
            known &= !self.facts.open.get(*state);
            for (target, label) in self.steps(*state) {
                let own = self.facts.own[label as usize];
                if self.ends[target as usize] != INSIDE {
                    longest = longest.max(self.longest[target as usize].saturating_add(u32::from(own)));
                    on.push(self.ends[target as usize]);
                } else if own {
                    longest = UNBOUNDED;
                }
            }
        }
        component.iter().for_each(|state| self.longest[*state as usize] = longest);
        known &= !on.contains(&UNKNOWN);
        let closed = on.is_empty();
        let ends = match (known, closed) {
            (false, _) => UNKNOWN,
            (true, true) => self.sets.number(vec![value]),
            (true, false) => self.sets.union(on, ticker)?,
        };
        component.iter().for_each(|state| self.ends[*state as usize] = ends);
        if ends == UNKNOWN || !self.facts.ends_known {
            return Ok(());
        }
        if closed {
            self.end(component);
        }
        component.iter().try_for_each(|state| self.order(*state, ticker))
    }

    fn steps(&self, state: u32) -> impl Iterator<Item = (u32, u32)> {
        let taken = self.facts.taken;
        self.facts.graph.steps(state).filter(|(_, label)| taken[*label as usize])
    }

    fn own_steps(&self, state: u32) -> impl Iterator<Item = (u32, u32)> {
        let own = self.facts.own;
        self.facts.graph.steps(state).filter(|(_, label)| own[*label as usize])
    }

    /// Nothing leads out of the component.
    fn end(&mut self, component: &[u32]) {
        component.iter().for_each(|state| self.last.set(*state));
        let others =
            |state: &u32| self.facts.graph.steps(*state).any(|(_, label)| !self.facts.taken[label as usize]);
        let broken = component.iter().copied().filter(|state| !self.facts.whole.get(*state)).min();
        if let (Some(state), false) = (broken, component.iter().any(others)) {
            self.note(Trouble::Broken { state });
        }
    }

    /// Compares the ends of each two that can act.
    fn order(&mut self, state: u32, ticker: &mut Ticker<'_>) -> Result<(), Why> {
        let mut steps: Vec<(u32, u32)> =
            self.own_steps(state).map(|(target, label)| (label, self.ends[target as usize])).collect();
        if steps.iter().all(|(_, ends)| *ends == steps.first().map_or(UNKNOWN, |step| step.1)) {
            return Ok(());
        }
        steps.sort_unstable();
        let mut each: Vec<(u32, u32)> = Vec::new();
        for of_one in steps.chunk_by(|a, b| a.0 == b.0) {
            let ends = of_one.iter().map(|(_, ends)| *ends).collect();
            each.push((of_one[0].0, self.sets.union(ends, ticker)?));
        }
        for (one, ends) in &each {
            for (other, theirs) in each.iter().filter(|(_, theirs)| theirs != ends) {
                let theirs = self.sets.get(*theirs);
                let value = self.sets.get(*ends).iter().find(|value| theirs.binary_search(value).is_err());
                if let Some(value) = value {
                    let trouble = Trouble::Order { state, one: *one, value: *value, other: *other };
                    self.note(trouble);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, trouble: Trouble) {
        if self.trouble.as_ref().is_none_or(|known| trouble.rank() < known.rank()) {
            self.trouble = Some(trouble);
        }
    }
}

/// Numbered sets of values, each in order.
#[derive(Default)]
struct Sets {
    sets: Vec<Box<[u32]>>,
    numbers: FxHashMap<Box<[u32]>, u32>,
}

impl Sets {
    fn get(&self, number: u32) -> &[u32] {
        &self.sets[number as usize]
    }

    fn number(&mut self, set: Vec<u32>) -> u32 {
        let set = set.into_boxed_slice();
        if let Some(number) = self.numbers.get(&set) {
            return *number;
        }
        let number = self.sets.len() as u32;
        self.sets.push(set.clone());
        self.numbers.insert(set, number);
        number
    }

    fn union(&mut self, mut numbers: Vec<u32>, ticker: &mut Ticker<'_>) -> Result<u32, Why> {
        numbers.sort_unstable();
        numbers.dedup();
        if let [one] = numbers[..] {
            return Ok(one);
        }
        let mut all: Vec<u32> = numbers.iter().flat_map(|number| self.get(*number)).copied().collect();
        ticker.tick(all.len() as u64)?;
        all.sort_unstable();
        all.dedup();
        Ok(self.number(all))
    }
}
