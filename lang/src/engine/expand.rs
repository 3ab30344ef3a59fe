//! Expanding states: one state in, its successors out, everything that happens on the way tallied.
//!
//! Enters: a state, a plan, and a [`Filter`] that says which of its steps are taken. Leaves: fingerprinted successors into
//! a [`Sink`]. The direct sink puts them into the store at once, in batches whose cache lines were asked for before they
//! are needed.

use super::frontier::Seeds;
use super::machine::{Machine, Step, StepClass, Trap, Word};
use super::steps::{Orbits, steps};
use super::store::{NONE, Recent, Store, fingerprint};
use super::tally::{Place, Tally};
use judge::{judge_step, monitors};

mod fewer;
mod judge;

pub(super) use fewer::Fewer;
pub(super) use judge::{Plan, Standing};

/// Where successors go that changed the state. `origin`: how it was found, as [`Plan::origin`] says.
pub(super) trait Sink {
    /// Without a fault: same fault level, one step deeper.
    fn state(&mut self, fingerprint: u64, state: &[Word], origin: u32);
    /// By a fault: next fault level.
    fn seed(&mut self, fingerprint: u64, state: &[Word], origin: u32);
    /// A step out of `parent` has no value.
    fn trapped(&mut self, parent: u32);
}

/// A step that is taken.
pub(super) struct Taken<'a> {
    /// Counts the successors and traps of the state, from 1.
    position: u32,
    instance: u32,
    /// Counts those of `instance`, from 0.
    choice: u32,
    result: Result<&'a [Word], Trap>,
    /// Of the successor, where it is known already.
    key: Option<Key<'a>>,
}

/// By what a state is told from others.
#[derive(Clone, Copy)]
struct Key<'a> {
    fingerprint: u64,
    representative: &'a [Word],
}

impl<'a> Key<'a> {
    #[inline(always)]
    fn of<M: Machine>(orbits: &'a mut Orbits<'_, M>, state: &'a [Word]) -> Key<'a> {
        let representative = orbits.representative(state);
        Key { fingerprint: fingerprint(representative), representative }
    }
}

/// Says which of the steps out of a state are taken.
pub(super) trait Filter<M: Machine> {
    /// Looks at a state before any step is taken.
    fn prepare(&mut self, worker: &mut Worker<'_, M>, state: &[Word]);

    /// Shows the steps out of the state that are taken. Returns the number of all.
    fn each(
        &mut self,
        machine: &M,
        scratch: &mut M::Scratch,
        state: &[Word],
        visit: impl FnMut(Taken<'_>),
    ) -> u32;
}

/// Takes all.
pub(super) struct All;

impl<M: Machine> Filter<M> for All {
    #[inline(always)]
    fn prepare(&mut self, _: &mut Worker<'_, M>, _: &[Word]) {}

    #[inline(always)]
    fn each(
        &mut self,
        machine: &M,
        scratch: &mut M::Scratch,
        state: &[Word],
        mut visit: impl FnMut(Taken<'_>),
    ) -> u32 {
        steps(machine, scratch, state, move |step| {
            let result = step.result.map(|successor| successor.state);
            let (position, instance, choice) = (step.position, step.instance, step.choice);
            visit(Taken { position, instance, choice, result, key: None });
        })
    }
}

/// The buffers of one thread that expands and judges, and its share of the tally.
pub(super) struct Worker<'m, M: Machine> {
    machine: &'m M,
    scratch: M::Scratch,
    /// For properties and probes, which look at successors while `scratch` makes them.
    judge: M::Scratch,
    orbits: Orbits<'m, M>,
    tally: Tally,
    is_fault: Vec<bool>,
}

impl<'m, M: Machine> Worker<'m, M> {
    pub(super) fn new(machine: &'m M) -> Self {
        let instances = machine.instances();
        Worker {
            machine,
            scratch: machine.scratch(),
            judge: machine.scratch(),
            orbits: Orbits::new(machine),
            tally: Tally::new(instances.len(), machine.properties().len(), machine.probes()),
            is_fault: instances.iter().map(|i| i.class == StepClass::Fault).collect(),
        }
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Of a search that goes on: what was seen before.
    pub(super) fn begin_with(&mut self, tally: &Tally) {
        self.tally.add(tally);
    }

    /// Takes over what is known of properties and probes.
    pub(super) fn learn(&mut self, known: &Tally) {
        self.tally.learn(known);
    }

    /// Whether every state stands for itself alone, and watches nothing.
    pub(super) fn each_is_one(&self) -> bool {
        !self.orbits.symmetric() && monitors(self.machine) == 1
    }

    /// The number of states that a state stands for; of one that watches a run, 0.
    pub(super) fn own_weight(&mut self, state: &[Word]) -> u64 {
        if self.machine.watching(state) { 0 } else { self.orbits.weight(state) }
    }

    /// Every step counts as often as its state's orbit has states; what is passed on are representatives, without those
    /// that nothing is to be learnt from any more. Returns the number of steps, those included that are left out.
    #[inline]
    pub(super) fn expand<S: Sink, F: Filter<M>>(
        &mut self,
        plan: &Plan,
        id: u32,
        state: &[Word],
        filter: &mut F,
        sink: &mut S,
    ) -> u64 {
        if plan.is_closed(self.machine.watcher(state)) {
            return 0;
        }
        filter.prepare(self, state);
        let Worker { machine, scratch, judge, orbits, tally, is_fault, .. } = self;
        let machine = *machine;
        let weight = orbits.weight(state);
        let (looks_at_steps, watches) = (plan.looks_at_steps(), plan.watches());
        let watcher = machine.watcher(state);
        let all =
            filter.each(machine, scratch, state, move |Taken { position, instance, choice, result, key }| {
                let fault = is_fault[instance as usize];
                let place = || Place {
                    faults: plan.faults + u32::from(fault),
                    depth: plan.depth + 1,
                    state: id,
                    position,
                };
                let after = match result {
                    Ok(after) => after,
                    Err(trap) => {
                        tally.trap(place(), trap);
                        return sink.trapped(id);
                    }
                };
                let changed = !same(after, state);
                let watcher = match watches && watcher == 0 {
                    true => machine.watcher(after),
                    false => watcher,
                };
                if watches && plan.is_closed(watcher) {
                    return;
                }
                if !watches || watcher == 0 {
                    tally.generated += weight;
                    tally.taken += 1;
                    let count = &mut tally.instances[instance as usize];
                    count.fired += weight;
                    count.productive += if changed { weight } else { 0 };
                }
                if looks_at_steps {
                    let step = Step { before: state, instance, choice, after };
                    judge_step(machine, judge, tally, plan, watcher, place(), step);
                }
                if changed {
                    let origin = plan.origin(id, instance);
                    let Key { fingerprint, representative } = key.unwrap_or_else(|| Key::of(orbits, after));
                    match fault {
                        false => sink.state(fingerprint, representative, origin),
                        true => sink.seed(fingerprint, representative, origin),
                    }
                }
            });
        u64::from(all)
    }

    /// The initial states (or their representatives), repeated ones included, as long as `visit` returns true; traps are
    /// tallied.
    pub(super) fn initial(&mut self, mut visit: impl FnMut(u64, &[Word]) -> bool) {
        let Worker { machine, scratch, orbits, tally, .. } = self;
        let mut position = 0;
        machine.initial(scratch, &mut |result| {
            position += 1;
            match result {
                Ok(state) => {
                    tally.generated += 1;
                    tally.taken += 1;
                    let Key { fingerprint, representative } = Key::of(orbits, state);
                    visit(fingerprint, representative)
                }
                Err(trap) => {
                    let place = Place { faults: 0, depth: 0, state: NONE, position };
                    tally.trap(place, trap);
                    true
                }
            }
        });
    }
}

/// Equality without the call that a comparison of slices is: states are short.
#[inline(always)]
fn same(a: &[Word], b: &[Word]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}

/// Successors that wait for their cache line.
const BATCH: usize = 64;

/// Straight into the store, in order.
pub(super) struct Direct<'s> {
    pub(super) store: &'s mut Store,
    pub(super) seeds: &'s mut Seeds,
    /// The states whose expansion met a trap.
    pub(super) trapped: Vec<u32>,
    /// Of the states that are expanded.
    pub(super) depth: u32,
    pub(super) batch: &'s mut Batch,
}

/// Fingerprint and origin of up to `BATCH` successors, and their words side by side.
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
    fn state(&mut self, fingerprint: u64, state: &[Word], origin: u32) {
        let Batch { recent, keys, states, words, len } = &mut *self.batch;
        if recent.again(fingerprint) {
            return;
        }
        self.store.prefetch(fingerprint);
        keys[*len % BATCH] = (fingerprint, origin);
        for (to, from) in states[*len * *words..].iter_mut().zip(state) {
            *to = *from;
        }
        *len += 1;
        if *len == BATCH {
            self.flush();
        }
    }

    fn seed(&mut self, fingerprint: u64, state: &[Word], origin: u32) {
        self.seeds.push(fingerprint, state, origin, self.depth + 1);
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
        // A state of no words has no successor that differs.
        let found = keys[..*len].iter().zip(states.chunks_exact((*words).max(1)));
        self.store.insert(found.map(|((fingerprint, origin), state)| (*fingerprint, state, *origin)));
        *len = 0;
    }
}
