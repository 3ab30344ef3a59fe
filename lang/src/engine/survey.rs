//! The search once more, for what it does not keep: which instance was the first to find each state.
//!
//! Enters: a machine and how far its exploration went. Leaves: for each instance the states that it found first; every
//! distinct state (or one of each orbit, where there are symmetries) is shown once, in the order of the search. Slower than the search and on one thread: it is for
//! profiles, and keeps the search itself free of counting.

use super::fingerprint::fingerprint;
use super::machine::{Machine, StepClass, Word};
use super::{Limits, Observer};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// Steps between two looks at the observer.
const PACE: u64 = 1 << 14;

/// What a survey counted; a representative counts as often as its orbit has states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// For each instance, the states that it was the first to find.
    pub found: Vec<u64>,
    /// Distinct initial states.
    pub initial: u64,
    pub states: u64,
    pub generated: u64,
}

/// Walks the same way as an exploration that took `generated` steps; `visit` sees each state.
pub fn survey<M: Machine>(
    machine: &M,
    (limits, generated): (&Limits, u64),
    observer: &dyn Observer,
    visit: &mut dyn FnMut(&[Word]),
) -> Survey {
    let mut walk = Walk {
        machine,
        expander: machine.scratch(),
        judge: machine.scratch(),
        orbit: Vec::new(),
        is_fault: machine.instances().iter().map(|i| i.class == StepClass::Fault).collect(),
        seen: FxHashSet::default(),
        levels: BTreeMap::new(),
        survey: Survey { found: vec![0; machine.instances().len()], ..Survey::default() },
        most: generated,
        limits,
        observer,
        visit,
        looked: 0,
        over: false,
    };
    walk.initial();
    while let Some((faults, level)) = walk.levels.pop_first() {
        walk.level(faults, level);
    }
    walk.survey
}

/// States that wait, side by side, with the instance that led to each (`NONE`: initial).
#[derive(Default)]
struct Found {
    words: Vec<Word>,
    by: Vec<(u64, u32)>,
}

const NONE: u32 = u32::MAX;

impl Found {
    fn push(&mut self, state: &[Word], fingerprint: u64, by: u32) {
        self.words.extend_from_slice(state);
        self.by.push((fingerprint, by));
    }

    fn iter(&self) -> impl Iterator<Item = (&[Word], u64, u32)> {
        let words = self.words.len() / self.by.len().max(1);
        let state = move |i: usize| &self.words[i * words..(i + 1) * words];
        self.by.iter().enumerate().map(move |(i, (fingerprint, by))| (state(i), *fingerprint, *by))
    }
}

/// What faults lead to, by depth; each state once, by its least depth.
#[derive(Default)]
struct Level {
    depths: BTreeMap<u32, Found>,
    known: FxHashSet<u64>,
}

struct Walk<'m, M: Machine> {
    machine: &'m M,
    expander: M::Scratch,
    judge: M::Scratch,
    /// The representative of the orbit at hand.
    orbit: Vec<Word>,
    is_fault: Vec<bool>,
    seen: FxHashSet<u64>,
    levels: BTreeMap<u32, Level>,
    survey: Survey,
    /// Steps of the exploration.
    most: u64,
    limits: &'m Limits,
    observer: &'m dyn Observer,
    visit: &'m mut dyn FnMut(&[Word]),
    looked: u64,
    over: bool,
}

impl<M: Machine> Walk<'_, M> {
    fn initial(&mut self) {
        let Walk { machine, expander, judge, orbit, levels, survey, most, .. } = self;
        machine.initial(expander, &mut |result| {
            let Ok(state) = result else { return true };
            let (state, _) = representative(*machine, judge, orbit, state);
            survey.generated += 1;
            let level = levels.entry(machine.faults_used(state)).or_default();
            let fingerprint = fingerprint(state);
            if level.known.insert(fingerprint) {
                level.depths.entry(0).or_default().push(state, fingerprint, NONE);
            }
            survey.generated < *most
        });
    }

    fn level(&mut self, faults: u32, mut level: Level) {
        let (mut now, mut depth) = (Found::default(), 0);
        loop {
            if now.by.is_empty() {
                let Some(next) = level.depths.keys().next() else { return };
                depth = *next;
            }
            for (state, fingerprint, by) in level.depths.remove(&depth).unwrap_or_default().iter() {
                if self.seen.insert(fingerprint) {
                    self.found(state, by);
                    now.push(state, fingerprint, by);
                }
            }
            if self.limits.depth.is_some_and(|limit| depth >= limit) {
                return;
            }
            now = self.depth((faults, depth), now);
            depth += 1;
            if self.over {
                return;
            }
        }
    }

    fn found(&mut self, state: &[Word], by: u32) {
        let weight = self.weight(state);
        self.survey.states += weight;
        match self.survey.found.get_mut(by as usize) {
            Some(count) => *count += weight,
            None => self.survey.initial += weight,
        }
        (self.visit)(state);
    }

    fn weight(&mut self, state: &[Word]) -> u64 {
        representative(self.machine, &mut self.judge, &mut self.orbit, state).1
    }

    /// Expands the states of one depth; returns those found one step deeper.
    fn depth(&mut self, (faults, depth): (u32, u32), now: Found) -> Found {
        let mut next = Found::default();
        let mut fresh = Found::default();
        for (state, ..) in now.iter() {
            self.over |= self.survey.generated >= self.most || self.is_too_much();
            if self.over {
                break;
            }
            if self.machine.within_bounds(&mut self.judge, state) != Ok(true) {
                continue;
            }
            let weight = self.weight(state);
            let Walk { machine, expander, judge, orbit, is_fault, seen, levels, survey, .. } = self;
            machine.expand(expander, state, |instance, result| {
                let Ok(successor) = result else { return };
                survey.generated += weight;
                if successor.state == state {
                    return;
                }
                let (after, _) = representative(*machine, judge, orbit, successor.state);
                let fingerprint = fingerprint(after);
                if is_fault[instance as usize] {
                    let level = levels.entry(faults + 1).or_default();
                    if level.known.insert(fingerprint) {
                        let found = level.depths.entry(depth + 1).or_default();
                        found.push(after, fingerprint, instance);
                    }
                } else if seen.insert(fingerprint) {
                    fresh.push(after, fingerprint, instance);
                }
            });
            for (state, fingerprint, by) in fresh.iter() {
                self.found(state, by);
                next.push(state, fingerprint, by);
            }
            fresh.words.clear();
            fresh.by.clear();
        }
        next
    }

    /// Interrupted, or in need of more memory than there may be.
    fn is_too_much(&mut self) -> bool {
        if self.survey.generated - self.looked < PACE {
            return false;
        }
        self.looked = self.survey.generated;
        let bytes = 18 * self.seen.capacity() as u64;
        self.observer.cancelled() || self.limits.memory.is_some_and(|cap| bytes > cap)
    }
}

/// The representative of a state's orbit, and how many states that has.
fn representative<'s, M: Machine>(
    machine: &M,
    scratch: &mut M::Scratch,
    orbit: &'s mut Vec<Word>,
    state: &'s [Word],
) -> (&'s [Word], u64) {
    if !machine.symmetric() {
        return (state, 1);
    }
    orbit.clear();
    orbit.extend_from_slice(state);
    let weight = machine.canonical(scratch, orbit);
    (orbit, weight)
}
