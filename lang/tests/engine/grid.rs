//! A machine with a bit of everything, large enough for several threads, and what is asked of it.

use crate::shared;
use crate::small::{Of, Out, Small, client, fault, run, system, taken};
use reconverge_lang::engine::machine::{InstanceInfo, Judged, Strength, Trap};
use reconverge_lang::engine::{
    Exploration, Kind, Limits, Observer, Outcome, Progress, Stop, Unobserved, Why, explore,
};
use std::sync::atomic::{AtomicU64, Ordering};

const SIDE: u64 = 24;

/// Three counters below `SIDE`, each moved up by its own client; a fault sets the first to 0 (at most `budget` times).
/// Instance 4 cannot ever happen, instance 5 changes nothing.
#[derive(Clone, Copy, Default)]
struct Grid {
    budget: u64,
    /// The sum of the counters beyond which states are cut.
    bound: Option<u64>,
    /// Moving the second counter from here has no value.
    trap: Option<u64>,
    /// Property 0 has no value where the sum is this.
    blind: Option<u64>,
}

fn counter(s: u64, i: u64) -> u64 {
    s >> (8 * i) & 255
}

fn sum(s: u64) -> u64 {
    (0..3).map(|i| counter(s, i)).sum()
}

const TRAP: Trap = Trap { site: 7, operands: [24, 23] };

impl Small for Grid {
    fn instances(&self) -> Vec<InstanceInfo> {
        vec![client(), client(), client(), fault(), client(), system(Strength::Weak)]
    }

    fn initial(&self) -> Vec<u64> {
        vec![0]
    }

    fn next(&self, s: u64, out: Out<'_>) {
        for i in 0..3 {
            if i == 1 && self.trap == Some(counter(s, 1)) {
                out(1, 0, Err(TRAP));
            } else if counter(s, i) < SIDE - 1 {
                out(i as u32, 0, Ok(s + (1 << (8 * i))));
            }
        }
        if s >> 24 < self.budget && counter(s, 0) > 0 {
            out(3, 0, Ok((s & !255) + (1 << 24)));
        }
        out(5, 0, Ok(s));
    }

    /// 0: the sum is not 50. 1: no step reaches (5, 4, 3). 2: always. 3: eventually the sum is at least 3.
    fn properties(&self) -> Vec<Judged> {
        vec![Judged::State, Judged::Step, Judged::State, Judged::Eventually, Judged::Settled]
    }

    fn holds(&self, property: usize, _: usize, s: u64) -> Result<bool, Trap> {
        match property {
            0 if self.blind == Some(sum(s)) => Err(TRAP),
            0 => Ok(sum(s) != 50),
            3 => Ok(sum(s) >= 3),
            _ => Ok(true),
        }
    }

    fn step(&self, _: usize, _: u64, _: u32, after: u64) -> Result<bool, Trap> {
        Ok(after & 0xff_ffff != 5 | 4 << 8 | 3 << 16)
    }

    fn bound(&self, s: u64) -> Result<bool, Trap> {
        Ok(self.bound.is_none_or(|bound| sum(s) <= bound))
    }

    fn faults(&self, s: u64) -> u32 {
        (s >> 24) as u32
    }

    /// 0: the last corner. 1: never. 2: a step by instance 2 out of a state where the third counter is 9.
    fn probes(&self) -> usize {
        3
    }

    fn probe(&self, probe: usize, s: u64, step: Option<(u64, u32)>) -> bool {
        match (probe, step) {
            (0, _) => sum(s) == 3 * (SIDE - 1),
            (2, Some((before, instance))) => instance == 2 && counter(before, 2) == 9,
            _ => false,
        }
    }
}

fn with_threads(grid: Grid, limits: &Limits, threads: usize) -> Exploration {
    explore(&Of::new(grid, 2), &Limits { threads, ..limits.clone() }, &Unobserved)
}

#[track_caller]
fn same_for_any_number_of_threads(grid: Grid, limits: &Limits) {
    let one = with_threads(grid, limits, 1);
    for threads in [2, 3, 5] {
        assert!(with_threads(grid, limits, threads) == one, "{threads} threads");
    }
    // Each process has a memory of its own.
    if limits.memory == Limits::default().memory {
        shared::same(&Of::new(grid, 2), limits);
    }
}

#[test]
fn threads_do_not_matter() {
    let all = Limits::default();
    let grid = Grid { budget: 2, ..Grid::default() };
    same_for_any_number_of_threads(grid, &all);
    same_for_any_number_of_threads(Grid { bound: Some(30), trap: Some(11), ..grid }, &all);
    same_for_any_number_of_threads(Grid { blind: Some(20), ..grid }, &all);
    same_for_any_number_of_threads(grid, &Limits { depth: Some(25), ..all.clone() });
    same_for_any_number_of_threads(grid, &Limits { states: Some(9_000), ..all.clone() });
    same_for_any_number_of_threads(grid, &Limits { memory: Some(300_000), ..all.clone() });
    same_for_any_number_of_threads(grid, &Limits { stop_when_decided: true, ..all });
}

#[test]
fn counts_verdicts_and_instances() {
    let found = run(Grid { budget: 1, ..Grid::default() });
    let side = SIDE;
    assert_eq!(found.states_distinct, 2 * side * side * side);
    // Up once, back by the fault, and then to the far corner.
    assert_eq!(u64::from(found.depth), 2 + 3 * (side - 1));
    let Outcome::Violated(state) = &found.outcomes[0] else { panic!() };
    assert_eq!((state.kind, state.path.steps.len()), (Kind::State, 50));
    let Outcome::Violated(step) = &found.outcomes[1] else { panic!() };
    assert_eq!((step.kind, step.path.steps.len()), (Kind::Step, 12));
    assert_eq!(found.outcomes[2], Outcome::Holds);
    let Outcome::Violated(never) = &found.outcomes[3] else { panic!() };
    assert_eq!((taken(&never.path), never.path.loop_start), (vec![], Some(0)));
    assert_eq!(found.outcomes[4], Outcome::Settled);
    assert_eq!(found.probes, [true, false, true]);
    assert_eq!(found.instances[4].fired, 0);
    assert_eq!((found.instances[5].fired, found.instances[5].productive), (found.states_distinct, 0));
    let fired: u64 = found.instances.iter().map(|i| i.fired).sum();
    assert_eq!(found.states_generated, fired + 1);
    let sample = found.sample.unwrap();
    assert!(sample.steps.len() <= 12 && taken(&sample).contains(&3));
}

#[test]
fn cut_states_are_judged_but_not_expanded() {
    let found = run(Grid { bound: Some(49), ..Grid::default() });
    assert!(found.states_cut > 0 && found.states_left == 0 && found.stopped.is_none());
    assert!(matches!(found.outcomes[0], Outcome::Violated(_)));
    let found = run(Grid { bound: Some(30), ..Grid::default() });
    assert_eq!(found.outcomes[0], Outcome::HoldsWithinBound);
    assert_eq!(found.depth, 31);
    assert_eq!(found.outcomes[2], Outcome::HoldsWithinBound);
}

#[test]
fn a_trap_is_found_first_and_nothing_holds_after_it() {
    let found = run(Grid { trap: Some(2), ..Grid::default() });
    assert_eq!(found.traps.len(), 1);
    let trapped = &found.traps[0];
    assert_eq!((trapped.trap, taken(&trapped.path), trapped.instance), (TRAP, vec![1, 1], Some(1)));
    assert_eq!(found.outcomes[2], Outcome::Incomplete(Why::Trapped));
    let found = run(Grid { blind: Some(4), ..Grid::default() });
    let Outcome::Trapped(trapped) = &found.outcomes[0] else { panic!() };
    assert_eq!((trapped.path.steps.len(), trapped.instance), (4, None));
    assert_eq!(found.outcomes[2], Outcome::Holds);
}

#[test]
fn caps_end_with_what_was_covered() {
    let run = |limits: &Limits| with_threads(Grid::default(), limits, 1);
    let found = run(&Limits { depth: Some(10), ..Limits::default() });
    assert_eq!((found.depth, found.stopped), (10, Some(Stop::Depth(10))));
    assert_eq!(found.outcomes[2], Outcome::Incomplete(Why::Stopped(Stop::Depth(10))));
    // States of sum n below the side: (n + 1)(n + 2) / 2.
    assert_eq!(found.states_left, 11 * 12 / 2);
    let found = run(&Limits { states: Some(1_000), ..Limits::default() });
    assert_eq!(found.stopped, Some(Stop::States(1_000)));
    assert!((1_000..1_400).contains(&found.states_distinct), "{}", found.states_distinct);
    let found = run(&Limits { memory: Some(100_000), ..Limits::default() });
    assert_eq!(found.stopped, Some(Stop::Memory(100_000)));
    assert!(found.states_left > 0 && found.bytes < 200_000, "{}", found.bytes);
}

struct Impatient(AtomicU64);

impl Observer for Impatient {
    fn progress(&self, progress: &Progress) {
        assert!(progress.distinct >= progress.frontier);
    }

    fn cancelled(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) >= 3
    }
}

#[test]
fn an_interrupt_ends_it_soon() {
    for threads in [1, 2] {
        let limits = Limits { threads, ..Limits::default() };
        let machine = Of::new(Grid { budget: 9, ..Grid::default() }, 1);
        let found = explore(&machine, &limits, &Impatient(AtomicU64::new(0)));
        assert_eq!(found.stopped, Some(Stop::Interrupted));
        assert_eq!(found.outcomes[2], Outcome::Incomplete(Why::Stopped(Stop::Interrupted)));
        assert_eq!(found.outcomes[3], Outcome::Incomplete(Why::Stopped(Stop::Interrupted)));
        assert!(found.states_generated < 200_000);
    }
}

/// Counts how often it is asked.
#[derive(Default)]
struct Patient(AtomicU64);

impl Observer for Patient {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed);
        false
    }
}

/// A step of a model may take twenty microseconds, and an interrupt a tenth of a second.
#[test]
fn whether_to_go_on_is_asked_every_thousand_steps() {
    let (machine, patient) = (Of::new(Grid { budget: 9, ..Grid::default() }, 1), Patient::default());
    let found = explore(&machine, &Limits { threads: 1, ..Limits::default() }, &patient);
    // Every step is taken once in the search, and once for the graph of what is judged on runs.
    let least = 3 * found.states_generated / 2 / 1024;
    assert!(least > 10 && patient.0.into_inner() > least, "{least}");
}

/// Every number is initial.
struct Everything;

impl Small for Everything {
    fn instances(&self) -> Vec<InstanceInfo> {
        Vec::new()
    }

    fn initial(&self) -> Vec<u64> {
        (0..1 << 20).collect()
    }

    fn next(&self, _: u64, _: Out<'_>) {}

    fn properties(&self) -> Vec<Judged> {
        vec![Judged::State]
    }
}

#[test]
fn caps_and_interrupts_hold_for_initial_states_too() {
    let machine = Of::new(Everything, 1);
    let run = |limits: &Limits, observer: &dyn Observer| explore(&machine, limits, observer);
    let found = run(&Limits { states: Some(1_000), ..Limits::default() }, &Unobserved);
    assert_eq!(found.stopped, Some(Stop::States(1_000)));
    assert_eq!(found.outcomes, [Outcome::Incomplete(Why::Stopped(Stop::States(1_000)))]);
    assert!(found.states_distinct < 40_000 && found.states_left == found.states_distinct);
    let found = run(&Limits { memory: Some(1 << 20), ..Limits::default() }, &Unobserved);
    assert_eq!(found.stopped, Some(Stop::Memory(1 << 20)));
    let found = run(&Limits::default(), &Impatient(AtomicU64::new(0)));
    assert_eq!(found.stopped, Some(Stop::Interrupted));
    assert!(found.states_generated < 100_000);
}
