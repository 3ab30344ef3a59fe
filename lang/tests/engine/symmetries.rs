//! A machine with interchangeable parts, explored by representatives and whole: everything that is reported is the same.

use crate::shared;
use crate::small::{Of, Out, Small, client, fault};
use reconverge_lang::engine::machine::{InstanceInfo, Judged, Machine, Trap};
use reconverge_lang::engine::{Exploration, Limits, Observer, Outcome, Path, Progress, Unobserved, explore};
use std::sync::atomic::{AtomicU64, Ordering};

const PARTS: u64 = 4;

/// Counters of `PARTS` parts that do the same, four bits each: each moves up to `top`, or back to 0 by a fault (once).
#[derive(Clone, Copy)]
struct Parts {
    top: u64,
    by_orbits: bool,
    /// The sum beyond which states are cut.
    bound: u64,
    /// A counter that comes here has no value.
    trap: Option<u64>,
    /// The sum that is wrong, and the counter at which a step is.
    wrong: Option<u64>,
}

fn counter(state: u64, part: u64) -> u64 {
    state >> (4 * part) & 15
}

fn sum(state: u64) -> u64 {
    (0..PARTS).map(|part| counter(state, part)).sum()
}

const SPENT: u64 = 1 << 32;

impl Small for Parts {
    fn instances(&self) -> Vec<InstanceInfo> {
        (0..PARTS).map(|_| client()).chain((0..PARTS).map(|_| fault())).collect()
    }

    fn initial(&self) -> Vec<u64> {
        // One part is ahead, and it may be any.
        (0..PARTS).map(|part| 1 << (4 * part)).collect()
    }

    fn next(&self, state: u64, out: Out<'_>) {
        for part in 0..PARTS {
            let next = counter(state, part) + 1;
            match self.trap == Some(next) && sum(state) > 9 {
                true => out(part as u32, 0, Err(Trap { site: 3, operands: [next as i64, 0] })),
                false if next <= self.top => out(part as u32, 0, Ok(state + (1 << (4 * part)))),
                false => {}
            }
        }
        for part in (0..PARTS).filter(|part| state & SPENT == 0 && counter(state, *part) > 1) {
            out((PARTS + part) as u32, 0, Ok((state & !(15 << (4 * part))) | SPENT));
        }
    }

    fn properties(&self) -> Vec<Judged> {
        vec![Judged::State, Judged::Step, Judged::State]
    }

    fn holds(&self, property: usize, _: usize, state: u64) -> Result<bool, Trap> {
        Ok(property != 0 || Some(sum(state)) != self.wrong)
    }

    fn step(&self, _: usize, before: u64, instance: u32, after: u64) -> Result<bool, Trap> {
        let part = u64::from(instance) % PARTS;
        Ok(Some(counter(after, part)) != self.wrong || counter(before, part) > counter(after, part))
    }

    fn bound(&self, state: u64) -> Result<bool, Trap> {
        Ok(sum(state) <= self.bound)
    }

    fn faults(&self, state: u64) -> u32 {
        u32::from(state & SPENT != 0)
    }

    fn orbit(&self, state: u64) -> Option<(u64, u64)> {
        let mut parts: Vec<u64> = (0..PARTS).map(|part| counter(state, part)).collect();
        parts.sort_unstable();
        let factorial = |n: usize| (1..=n as u64).product::<u64>();
        let same = parts.chunk_by(|a, b| a == b).map(|same| factorial(same.len())).product::<u64>();
        let sorted = parts.iter().enumerate().map(|(i, part)| part << (4 * i)).sum::<u64>();
        self.by_orbits.then_some(((state & SPENT) | sorted, factorial(parts.len()) / same))
    }
}

fn found(parts: Parts, limits: &Limits, threads: usize) -> Exploration {
    explore(&Of::new(parts, 2), &Limits { threads, ..limits.clone() }, &Unobserved)
}

/// Every step of a path is one of the machine.
fn is_real(parts: Parts, path: &Path) {
    let machine = Of::new(parts, 2);
    assert!(parts.initial().contains(&path.init[0]));
    for (i, step) in path.steps.iter().enumerate() {
        let mut nth = 0;
        let mut real = false;
        machine.expand(&mut (), path.before(i), |instance, result| {
            if instance == step.instance {
                real |= nth == step.choice && result.is_ok_and(|s| s.state == &*step.state);
                nth += 1;
            }
        });
        assert!(real, "step {i} of {path:?}");
    }
}

fn length(parts: Parts, outcome: &Outcome) -> Option<usize> {
    let path = match outcome {
        Outcome::Violated(violation) => &violation.path,
        Outcome::Trapped(trapped) => &trapped.path,
        Outcome::Inconsistent(why) => panic!("{why}"),
        _ => return None,
    };
    is_real(parts, path);
    Some(path.steps.len())
}

fn same_by_orbits(parts: Parts, limits: &Limits) -> Exploration {
    let whole = found(Parts { by_orbits: false, ..parts }, limits, 1);
    assert_eq!(whole.states_explored, whole.states_distinct);
    let parts = Parts { by_orbits: true, ..parts };
    let one = found(parts, limits, 1);
    assert_eq!(one, found(parts, limits, 3), "three threads");
    shared::same(&Of::new(parts, 2), limits);
    assert!(one.states_explored < one.states_distinct / 4);
    let counts = |e: &Exploration| {
        (e.states_generated, e.states_distinct, e.depth, e.states_left, e.states_cut, e.stopped)
    };
    assert_eq!(counts(&one), counts(&whole));
    let taken = |e: &Exploration, part: std::ops::Range<usize>| -> u64 {
        e.instances[part].iter().map(|count| count.fired).sum()
    };
    for range in [0..4, 4..8] {
        assert_eq!(taken(&one, range.clone()), taken(&whole, range));
    }
    let lengths = |e: &Exploration| -> Vec<_> { e.outcomes.iter().map(|o| length(parts, o)).collect() };
    assert_eq!(lengths(&one), lengths(&whole));
    assert_eq!(one.traps.len(), whole.traps.len());
    for (a, b) in one.traps.iter().zip(&whole.traps) {
        is_real(parts, &a.path);
        assert_eq!((a.path.steps.len(), a.trap, a.instance.is_some()), (b.path.steps.len(), b.trap, true));
    }
    is_real(parts, one.sample.as_ref().expect("a sample"));
    one
}

const PLAIN: Parts = Parts { top: 9, by_orbits: true, bound: 100, trap: None, wrong: None };

#[test]
fn counts_and_verdicts_are_those_of_all_states() {
    let all = Limits::default();
    let one = same_by_orbits(PLAIN, &all);
    assert!(one.outcomes.iter().all(|outcome| *outcome == Outcome::Holds));
    same_by_orbits(Parts { bound: 17, ..PLAIN }, &all);
    same_by_orbits(PLAIN, &Limits { depth: Some(14), ..all });
}

#[test]
fn violations_and_traps_come_with_real_runs() {
    let all = Limits::default();
    let one = same_by_orbits(Parts { wrong: Some(7), ..PLAIN }, &all);
    assert!(matches!(one.outcomes[..], [Outcome::Violated(_), Outcome::Violated(_), Outcome::Holds]));
    let one = same_by_orbits(Parts { trap: Some(6), wrong: Some(8), ..PLAIN }, &all);
    assert_eq!(one.traps.len(), 1);
}

/// Keeps how far it was at the last.
#[derive(Default)]
struct Lately {
    generated: AtomicU64,
    distinct: AtomicU64,
}

impl Observer for Lately {
    fn progress(&self, progress: &Progress) {
        self.generated.store(progress.generated, Ordering::Relaxed);
        self.distinct.store(progress.distinct, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn progress_counts_what_is_looked_at() {
    let parts = Parts { top: 15, by_orbits: true, bound: 60, trap: None, wrong: None };
    for threads in [1, 2] {
        let lately = Lately::default();
        let limits = Limits { threads, least_shared: 1, ..Limits::default() };
        let found = explore(&Of::new(parts, 2), &limits, &lately);
        let (generated, distinct) = (lately.generated.into_inner(), lately.distinct.into_inner());
        assert!(distinct > 0 && distinct <= found.states_explored, "{distinct}");
        // Each part of a representative moves, or goes back.
        assert!(
            generated >= distinct - PARTS && generated <= 2 * PARTS * distinct,
            "{generated} of {distinct}"
        );
        assert!(found.states_generated > 2 * PARTS * found.states_explored, "the result counts all states");
    }
}
