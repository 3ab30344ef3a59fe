//! What one worker saw: counts, and the first violation or trap of each property, by place.
//!
//! Enters: events with their places. Leaves: tallies that add up to the same whatever the work was split into, because
//! places are totally ordered and the least one wins.

use super::exploration::InstanceCount;
use super::machine::Trap;
use std::collections::BTreeMap;

pub(super) mod words;

/// Where in an exploration something happened; ordered as the exploration is: fewest faults, then fewest steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) faults: u32,
    pub(super) depth: u32,
    /// The state, or the one before the step.
    pub(super) state: u32,
    /// 0: the state itself. n: the n-th successor (or trap) out of it, from 1.
    pub(super) position: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) place: Place,
    /// `None`: violated.
    pub(super) trap: Option<Trap>,
}

#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub(super) generated: u64,
    /// Steps as they were taken: of an orbit, those of its representative.
    pub(super) taken: u64,
    /// States judged, each counted as often as its orbit has states.
    pub(super) distinct: u64,
    /// The same of states that watch a run, which are in no other count, and how many of them were judged.
    pub(super) watching: u64,
    pub(super) apart: u64,
    pub(super) instances: Vec<InstanceCount>,
    /// For each property.
    pub(super) first: Vec<Option<Event>>,
    /// For each site: traps of steps and bounds.
    pub(super) traps: BTreeMap<u32, Event>,
    pub(super) probes: Vec<bool>,
}

impl Tally {
    pub(super) fn new(instances: usize, properties: usize, probes: usize) -> Self {
        Tally {
            generated: 0,
            taken: 0,
            distinct: 0,
            watching: 0,
            apart: 0,
            instances: vec![InstanceCount::default(); instances],
            first: vec![None; properties],
            traps: BTreeMap::new(),
            probes: vec![false; probes],
        }
    }

    /// One of the same machine in which nothing has happened.
    pub(super) fn empty(&self) -> Self {
        Tally::new(self.instances.len(), self.first.len(), self.probes.len())
    }

    /// Whether an event at `place` would come before what is known of `property`.
    #[inline]
    pub(super) fn wants(&self, property: usize, place: Place) -> bool {
        self.first[property].is_none_or(|event| place < event.place)
    }

    pub(super) fn event(&mut self, property: usize, event: Event) {
        if self.wants(property, event.place) {
            self.first[property] = Some(event);
        }
    }

    pub(super) fn trap(&mut self, place: Place, trap: Trap) {
        let event = Event { place, trap: Some(trap) };
        let first = self.traps.entry(trap.site).or_insert(event);
        if place < first.place {
            *first = event;
        }
    }

    pub(super) fn add(&mut self, other: &Tally) {
        self.generated += other.generated;
        self.taken += other.taken;
        self.distinct += other.distinct;
        self.watching += other.watching;
        self.apart += other.apart;
        for (mine, theirs) in self.instances.iter_mut().zip(&other.instances) {
            mine.fired += theirs.fired;
            mine.productive += theirs.productive;
        }
        for event in other.traps.values() {
            if let Some(trap) = event.trap {
                self.trap(event.place, trap);
            }
        }
        self.learn(other);
    }

    /// Takes over what `other` knows of properties and probes, not its counts.
    pub(super) fn learn(&mut self, other: &Tally) {
        for (property, event) in other.first.iter().enumerate() {
            if let Some(event) = event {
                self.event(property, *event);
            }
        }
        for (mine, theirs) in self.probes.iter_mut().zip(&other.probes) {
            *mine |= theirs;
        }
    }
}
