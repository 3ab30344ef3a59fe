//! What happened on one run, until it is added to what is counted of all.
//!
//! Enters: steps, drifts, what broke. Leaves: a [`Tally`], which is added to a [`Measure`] where the run came to its end.

use super::measure::{First, Measure};
use crate::engine::machine::Trap;

/// A drift of a reconciler.
#[derive(Debug, Clone, Copy)]
struct Drift {
    reconciler: usize,
    from: u64,
    to: u64,
    ended: bool,
}

/// Of one run.
#[derive(Debug)]
pub(super) struct Tally {
    pub run: u64,
    /// In which state it began.
    pub first: usize,
    pub events: u64,
    pub steps: u64,
    pub faults: u64,
    pub sent: u64,
    pub cut: u64,
    pub late_ticks: u64,
    pub unmissed: u64,
    taken: Vec<u64>,
    pub broken: Vec<Option<First>>,
    /// What has no value, which ends the run; and the step that has none.
    pub trap: Option<(First, Trap, Option<u32>)>,
    drifts: Vec<Drift>,
    pub looks: Vec<u64>,
    pub acts: Vec<u64>,
    /// Instance and choice of each of the first steps, and how many are kept; `None`: none.
    pub path: Option<(Vec<(u32, u32)>, usize)>,
}

impl Tally {
    pub(super) fn new(instances: usize, properties: usize, reconcilers: usize) -> Tally {
        Tally {
            run: 0,
            first: 0,
            events: 0,
            steps: 0,
            faults: 0,
            sent: 0,
            cut: 0,
            late_ticks: 0,
            unmissed: 0,
            taken: vec![0; instances],
            broken: vec![None; properties],
            trap: None,
            drifts: Vec::new(),
            looks: vec![0; reconcilers],
            acts: vec![0; reconcilers],
            path: None,
        }
    }

    pub(super) fn clear(&mut self, run: u64) {
        let Tally { taken, broken, drifts, looks, acts, path, .. } = self;
        let [mut taken, mut looks, mut acts] = [taken, looks, acts].map(std::mem::take);
        [&mut taken, &mut looks, &mut acts].into_iter().for_each(|counts| counts.fill(0));
        let (mut broken, mut drifts, mut path) =
            (std::mem::take(broken), std::mem::take(drifts), std::mem::take(path));
        broken.fill(None);
        drifts.clear();
        path.iter_mut().for_each(|(steps, _)| steps.clear());
        *self = Tally { run, taken, broken, drifts, looks, acts, path, ..Tally::new(0, 0, 0) };
    }

    #[inline]
    pub(super) fn step(&mut self, step: (u32, u32), is_fault: bool) {
        self.steps += 1;
        self.faults += u64::from(is_fault);
        self.taken[step.0 as usize] += 1;
        if let Some((path, most)) = &mut self.path
            && path.len() < *most
        {
            path.push(step);
        }
    }

    pub(super) fn drifted(&mut self, reconciler: usize, (from, to): (u64, u64), ended: bool) {
        self.drifts.push(Drift { reconciler, from, to, ended });
    }

    /// Adds it to what is counted of runs of a length.
    pub(super) fn add_to(&self, measure: &mut Measure, length: u64) {
        measure.runs += 1;
        measure.events += self.events;
        measure.steps += self.steps;
        measure.faults += self.faults;
        measure.sent += self.sent;
        measure.cut += self.cut;
        measure.late_ticks += self.late_ticks;
        measure.unmissed += self.unmissed;
        measure.taken.iter_mut().zip(&self.taken).for_each(|(sum, more)| *sum += more);
        for (breaks, first) in measure.broken.iter_mut().zip(&self.broken) {
            first.iter().for_each(|first| breaks.add(*first));
        }
        if let Some((first, ..)) = self.trap {
            measure.trapped.add(first);
        }
        for Drift { reconciler, from, to, ended } in &self.drifts {
            measure.drifts[*reconciler].add(*from, *to, (*ended, length));
        }
        for (drifts, (looks, acts)) in measure.drifts.iter_mut().zip(self.looks.iter().zip(&self.acts)) {
            drifts.looks += looks;
            drifts.acts += acts;
        }
    }
}
