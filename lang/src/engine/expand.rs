//! Expanding states: one state in, its successors out, everything that happens on the way tallied.
//!
//! Enters: a state and a plan. Leaves: fingerprinted successors into a [`Sink`]. The direct sink puts them into the
//! seen-set at once, in batches whose cache lines were asked for before they are needed.

use super::fingerprint::fingerprint;
use super::judge::{Plan, judge_step};
use super::machine::{Machine, Step, StepClass, Word};
use super::reduce::Steps;
use super::seeds::Seeds;
use super::seen::{Recent, Seen};
use super::states::{Cursor, States};
use super::tally::{Place, Tally};

/// Where successors go that changed the state.
pub(super) trait Sink {
    /// Without a fault: same fault level, one step deeper.
    fn state(&mut self, fingerprint: u64, state: &[Word], parent: u32);
    /// By a fault: next fault level.
    fn seed(&mut self, fingerprint: u64, state: &[Word], parent: u32);
    /// A step out of `parent` has no value.
    fn trapped(&mut self, parent: u32);
}

/// One thread's buffers and its share of the tally.
pub(super) struct Worker<'m, M: Machine> {
    pub(super) machine: &'m M,
    pub(super) scratch: M::Scratch,
    /// For properties and probes, which look at successors while `scratch` makes them.
    pub(super) judge: M::Scratch,
    pub(super) tally: Tally,
    pub(super) is_fault: Vec<bool>,
    pub(super) symmetric: bool,
    /// The representative of the orbit at hand.
    pub(super) orbit: Vec<Word>,
    /// Of the state at hand, where not all are taken.
    pub(super) steps: Steps,
    pub(super) cursor: Cursor,
    /// What this thread has met lately, where there are several.
    pub(super) recent: Recent,
}

impl<'m, M: Machine> Worker<'m, M> {
    pub(super) fn new(machine: &'m M) -> Self {
        let instances = machine.instances();
        Worker {
            machine,
            scratch: machine.scratch(),
            judge: machine.scratch(),
            tally: Tally::new(instances.len(), machine.properties().len(), machine.probes()),
            is_fault: instances.iter().map(|i| i.class == StepClass::Fault).collect(),
            symmetric: machine.symmetric(),
            orbit: Vec::with_capacity(machine.words()),
            steps: Steps::default(),
            cursor: Cursor::default(),
            recent: Recent::default(),
        }
    }

    /// The number of states in the orbit of a state.
    #[inline]
    pub(super) fn weight(&mut self, state: &[Word]) -> u64 {
        if !self.symmetric {
            return 1;
        }
        self.orbit.clear();
        self.orbit.extend_from_slice(state);
        self.machine.canonical(&mut self.judge, &mut self.orbit)
    }

    /// Every step counts as often as its state's orbit has states; what is passed on are representatives. Returns the
    /// number of steps.
    #[inline]
    pub(super) fn expand<S: Sink>(&mut self, plan: &Plan, id: u32, state: &[Word], sink: &mut S) -> u64 {
        let weight = self.weight(state);
        let Worker { machine, scratch, judge, tally, is_fault, symmetric, orbit, .. } = self;
        let (machine, symmetric) = (*machine, *symmetric);
        let looks_at_steps = plan.looks_at_steps();
        let (mut position, mut latest, mut choice) = (0, u32::MAX, 0);
        machine.expand(scratch, state, |instance, result| {
            position += 1;
            choice = if instance == latest { choice + 1 } else { 0 };
            latest = instance;
            let fault = is_fault[instance as usize];
            let place = || Place {
                faults: plan.faults + u32::from(fault),
                depth: plan.depth + 1,
                state: id,
                position,
            };
            let after = match result {
                Ok(successor) => successor.state,
                Err(trap) => {
                    tally.trap(place(), trap);
                    return sink.trapped(id);
                }
            };
            let changed = !same(after, state);
            tally.generated += weight;
            let count = &mut tally.instances[instance as usize];
            count.fired += weight;
            count.productive += if changed { weight } else { 0 };
            if looks_at_steps {
                let step = Step { before: state, instance, choice, after };
                judge_step(machine, judge, tally, plan, place(), step);
            }
            if changed {
                let after = if symmetric { representative(machine, judge, orbit, after) } else { after };
                let fingerprint = fingerprint(after);
                match fault {
                    false => sink.state(fingerprint, after, id),
                    true => sink.seed(fingerprint, after, id),
                }
            }
        });
        u64::from(position)
    }

    /// The initial states (or their representatives), repeated ones included, as long as `visit` returns true; traps are
    /// tallied.
    pub(super) fn initial(&mut self, mut visit: impl FnMut(u64, &[Word]) -> bool) {
        let Worker { machine, scratch, judge, tally, symmetric, orbit, .. } = self;
        let mut position = 0;
        machine.initial(scratch, &mut |result| {
            position += 1;
            match result {
                Ok(state) => {
                    tally.generated += 1;
                    let state =
                        if *symmetric { representative(*machine, judge, orbit, state) } else { state };
                    visit(fingerprint(state), state)
                }
                Err(trap) => {
                    let place = Place { faults: 0, depth: 0, state: super::states::NONE, position };
                    tally.trap(place, trap);
                    true
                }
            }
        });
    }
}

pub(super) fn representative<'o, M: Machine>(
    machine: &M,
    scratch: &mut M::Scratch,
    orbit: &'o mut Vec<Word>,
    state: &[Word],
) -> &'o [Word] {
    orbit.clear();
    orbit.extend_from_slice(state);
    machine.canonical(scratch, orbit);
    orbit
}

/// Equality without the call that a comparison of slices is: states are short.
#[inline(always)]
pub(super) fn same(a: &[Word], b: &[Word]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}

/// Successors that wait for their cache line.
const BATCH: usize = 64;

/// Straight into the seen-set, in order.
pub(super) struct Direct<'s> {
    pub(super) seen: &'s mut Seen,
    pub(super) states: &'s mut States,
    pub(super) seeds: &'s mut Seeds,
    /// The states whose expansion met a trap.
    pub(super) trapped: &'s mut Vec<u32>,
    /// Of the states that are expanded.
    pub(super) depth: u32,
    pub(super) batch: &'s mut Batch,
}

/// Fingerprint and parent of up to `BATCH` successors, and their words side by side.
#[derive(Debug)]
pub(super) struct Batch {
    recent: Recent,
    keys: [(u64, u32); BATCH],
    states: Vec<Word>,
    words: usize,
    len: usize,
}

impl Batch {
    pub(super) fn new(words: usize) -> Self {
        Batch {
            recent: Recent::default(),
            keys: [(0, 0); BATCH],
            states: vec![0; BATCH * words],
            words,
            len: 0,
        }
    }
}

impl Sink for Direct<'_> {
    #[inline(always)]
    fn state(&mut self, fingerprint: u64, state: &[Word], parent: u32) {
        let Batch { recent, keys, states, words, len } = &mut *self.batch;
        if recent.again(fingerprint) {
            return;
        }
        self.seen.prefetch(fingerprint);
        keys[*len % BATCH] = (fingerprint, parent);
        for (to, from) in states[*len * *words..].iter_mut().zip(state) {
            *to = *from;
        }
        *len += 1;
        if *len == BATCH {
            self.flush();
        }
    }

    fn seed(&mut self, fingerprint: u64, state: &[Word], parent: u32) {
        self.seeds.push(fingerprint, state, parent, self.depth + 1);
    }

    fn trapped(&mut self, parent: u32) {
        if self.trapped.last() != Some(&parent) {
            self.trapped.push(parent);
        }
    }
}

impl Direct<'_> {
    #[inline(never)]
    pub(super) fn flush(&mut self) {
        let Batch { keys, states, words, len, .. } = &mut *self.batch;
        for (i, (fingerprint, parent)) in keys[..*len].iter().enumerate() {
            if self.seen.insert(*fingerprint) {
                self.states.push(&states[i * *words..(i + 1) * *words], *parent);
            }
        }
        *len = 0;
    }
}
