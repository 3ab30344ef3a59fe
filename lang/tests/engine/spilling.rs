//! States that lie outside of memory: the same result, less memory, and nothing is claimed where they are lost.

use crate::small::{Of, Out, Small, client};
use reconverge_lang::engine::machine::{InstanceInfo, Judged, Trap};
use reconverge_lang::engine::{
    Exploration, Limits, Outcome, Spill, SpillFailed, SpillTo, Stop, Unobserved, Why, explore,
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
