//! States that lie outside of memory: the same result, less memory, and nothing is claimed where they are lost.

use crate::kept::{Files, Kept};
use crate::small::{Of, Out, Small, client, fault};
use reconverge_lang::engine::machine::{Clients, InstanceInfo, Judged, Trap};
use reconverge_lang::engine::{
    CheckpointTo, Exploration, Limits, Outcome, Spill, SpillFailed, SpillTo, Stop, Unobserved, Why, explore,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Two counters that go round.
struct Clock;

const SIDE: u64 = 250;

impl Small for Clock {
    fn instances(&self) -> Vec<InstanceInfo> {
        vec![client(), client()]
    }

    fn initial(&self) -> Vec<u64> {
        vec![0]
    }

    fn next(&self, state: u64, out: Out<'_>) {
        let (a, b) = (state / SIDE, state % SIDE);
        out(0, 0, Ok((a + 1) % SIDE * SIDE + b));
        out(1, 0, Ok(a * SIDE + (b + 1) % SIDE));
    }

    fn properties(&self) -> Vec<Judged> {
        vec![Judged::State, Judged::State]
    }

    fn holds(&self, property: usize, _: usize, state: u64) -> Result<bool, Trap> {
        Ok(property == 1 || state != SIDE * SIDE - 1)
    }
}

/// Bytes in a vector; from the `broken`-th reading on, none come back.
struct Store {
    bytes: Mutex<Vec<u8>>,
    reads: AtomicU64,
    broken: u64,
    full: bool,
}

impl Spill for Store {
    fn write(&self, bytes: &[u8]) -> Result<u64, SpillFailed> {
        let mut all = self.bytes.lock().expect("not poisoned");
        if self.full {
            return Err(SpillFailed("no room".into()));
        }
        all.extend_from_slice(bytes);
        Ok((all.len() - bytes.len()) as u64)
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), SpillFailed> {
        if self.reads.fetch_add(1, Ordering::Relaxed) >= self.broken {
            return Err(SpillFailed("gone".into()));
        }
        let offset = offset as usize;
        into.copy_from_slice(&self.bytes.lock().expect("not poisoned")[offset..offset + into.len()]);
        Ok(())
    }
}

fn spilling(broken: u64, full: bool, threads: usize) -> (Exploration, Arc<Store>) {
    let store = Store { bytes: Mutex::default(), reads: AtomicU64::new(0), broken, full };
    let store = Arc::new(store);
    let limits = Limits { threads, spill: Some(SpillTo(store.clone())), ..Limits::default() };
    (explore(&Of::new(Clock, 3), &limits, &Unobserved), store)
}

#[test]
fn the_same_result_with_less_memory() {
    let plain = explore(&Of::new(Clock, 3), &Limits::default(), &Unobserved);
    assert_eq!(plain.states_distinct, SIDE * SIDE);
    assert!(matches!(plain.outcomes[..], [Outcome::Violated(_), Outcome::Holds]));
    for threads in [1, 2] {
        let (found, store) = spilling(u64::MAX, false, threads);
        assert!(!store.bytes.lock().expect("not poisoned").is_empty());
        assert!(found.bytes < plain.bytes);
        assert_eq!(Exploration { bytes: plain.bytes, ..found }, plain, "{threads} threads");
    }
}

#[test]
fn without_room_states_stay_in_memory() {
    let plain = explore(&Of::new(Clock, 3), &Limits::default(), &Unobserved);
    assert_eq!(spilling(u64::MAX, true, 1).0, plain);
}

#[test]
fn what_is_lost_is_not_judged() {
    let (found, _) = spilling(3, false, 1);
    assert_eq!(found.stopped, Some(Stop::Lost));
    assert!(!found.outcomes.contains(&Outcome::Holds));
    assert_eq!(found.outcomes[1], Outcome::Incomplete(Why::Stopped(Stop::Lost)));
    // Nor is there a run that begins in a state that was made up.
    assert_eq!(found.outcomes[0], Outcome::Incomplete(Why::Stopped(Stop::Lost)));
}

/// A web that is found in no order, with faults that begin anywhere in it: 60,000 states on three levels, each with many
/// ways to it.
struct Web;

const KNOTS: u64 = 20_000;

impl Small for Web {
    fn instances(&self) -> Vec<InstanceInfo> {
        vec![client(), client(), client(), fault()]
    }

    fn initial(&self) -> Vec<u64> {
        vec![0, 7, 0]
    }

    fn next(&self, state: u64, out: Out<'_>) {
        let (faults, at) = (state / KNOTS, state % KNOTS);
        let to = |at: u64| faults * KNOTS + at % KNOTS;
        out(0, 0, Ok(to(at * 3 + 1)));
        out(1, 0, Ok(to(at * 7 + faults)));
        match at % 997 {
            5 => out(2, 0, Err(Trap { site: 4, operands: [at as i64, 0] })),
            _ => out(2, 0, Ok(to(at + KNOTS / 2 + 13))),
        }
        if faults < 2 && at % 3 > 0 {
            out(3, 0, Ok(state + KNOTS));
        }
    }

    fn properties(&self) -> Vec<Judged> {
        vec![Judged::State, Judged::Step, Judged::State, Judged::Converges(Clients::GoOn)]
    }

    fn holds(&self, property: usize, _: usize, state: u64) -> Result<bool, Trap> {
        Ok(property == 2 || state != 2 * KNOTS + 4_321)
    }

    fn step(&self, _: usize, before: u64, instance: u32, _: u64) -> Result<bool, Trap> {
        Ok((before, instance) != (KNOTS + 9_876, 1))
    }

    fn bound(&self, state: u64) -> Result<bool, Trap> {
        Ok(state % 1_009 != 3)
    }

    fn faults(&self, state: u64) -> u32 {
        (state / KNOTS) as u32
    }
}

fn web(memory: Option<u64>, threads: usize, checkpoint: Option<&Arc<Kept>>) -> Exploration {
    let store = Store { bytes: Mutex::default(), reads: AtomicU64::new(0), broken: u64::MAX, full: false };
    let spill = memory.map(|_| SpillTo(Arc::new(store)));
    let checkpoint = checkpoint.map(|to| CheckpointTo { to: to.clone(), alike: 0 });
    let limits = Limits { threads, memory, spill, checkpoint, ..Limits::default() };
    explore(&Of::new(Web, 2), &limits, &Unobserved)
}

/// The same, but for what needs all states in memory.
#[track_caller]
fn same_but_for_the_graph(found: Exploration, plain: &Exploration, memory: u64) {
    let graph = Outcome::Incomplete(Why::Stopped(Stop::Memory(memory)));
    assert_eq!(found.outcomes[3], graph, "memory was enough");
    let outcomes = [&found.outcomes[..3], &plain.outcomes[3..]].concat();
    let (bytes, lengths) = (plain.bytes, plain.lengths.clone());
    assert_eq!(&Exploration { bytes, outcomes, lengths, ..found }, plain, "{memory} bytes");
}

#[test]
fn what_was_seen_may_lie_outside_too() {
    let plain = web(None, 1, None);
    assert!(plain.states_distinct > 55_000 && !plain.traps.is_empty() && plain.states_cut > 0);
    // Of those that are outside from the beginning on a share is gathered that is smaller than a depth.
    for memory in [180_000, 300_000, 700_000] {
        for threads in [1, 2] {
            same_but_for_the_graph(web(Some(memory), threads, None), &plain, memory);
        }
    }
}

#[test]
fn what_lies_outside_is_gone_on_with() {
    let plain = web(None, 1, None);
    for (before, after) in [(Some(200_000), 300_000), (None, 200_000)] {
        let all = Kept::new(Files::new(), u64::MAX / 2);
        web(before, 1, Some(&all));
        let written = u64::MAX / 2 - all.room.load(Ordering::SeqCst);
        for part in 1..6 {
            let some = Kept::new(Files::new(), written * part / 6);
            web(before, 1, Some(&some));
            let rest = Kept::new(some.files(), u64::MAX / 2);
            same_but_for_the_graph(web(Some(after), 1, Some(&rest)), &plain, after);
            let rest = Kept::new(some.files(), u64::MAX / 2);
            assert_eq!(Exploration { bytes: plain.bytes, ..web(None, 1, Some(&rest)) }, plain);
        }
    }
}

#[test]
fn what_was_seen_and_is_lost_is_said() {
    let found = |broken: u64| {
        let store = Store { bytes: Mutex::default(), reads: AtomicU64::new(0), broken, full: false };
        let (memory, spill) = (Some(200_000), Some(SpillTo(Arc::new(store) as Arc<dyn Spill>)));
        explore(&Of::new(Web, 2), &Limits { memory, spill, ..Limits::default() }, &Unobserved)
    };
    for broken in [0, 10, 100, 400] {
        let found = found(broken);
        assert_eq!(found.stopped, Some(Stop::Lost), "after {broken} readings");
        assert!(found.outcomes.iter().all(|outcome| !matches!(outcome, Outcome::Holds)));
    }
}
