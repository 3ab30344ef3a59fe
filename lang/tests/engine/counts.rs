//! Published counts, exactly.

use crate::small::{Of, Small, run, run_with, taken};
use crate::systems::{Allocator, Commit, DieHard, Philosophers, Ring, TwoPhase};
use reconverge_lang::engine::{Limits, Outcome, Unobserved, explore};

/// One and three words, so that both ways of hashing are met.
#[track_caller]
fn check<S: Small>(small: impl Fn() -> S, distinct: u64, depth: u32) {
    for words in [1, 3] {
        let found = explore(&Of::new(small(), words), &Limits::default(), &Unobserved);
        assert_eq!((found.states_distinct, found.depth), (distinct, depth), "{words} words");
        assert_eq!((found.states_left, found.states_cut, found.stopped), (0, 0, None));
        assert_eq!(found.collision_probability == 0.0, words == 1);
    }
}

#[test]
fn two_phase_commit() {
    for (n, distinct, depth) in [(3, 288, 10), (4, 1_568, 13), (5, 8_832, 16), (6, 50_816, 19)] {
        check(|| TwoPhase { n }, distinct, depth);
    }
}

#[test]
fn two_phase_commit_with_seven_managers_counts_repeated_steps() {
    let found = run(TwoPhase { n: 7 });
    assert_eq!((found.states_distinct, found.depth), (296_448, 22));
    assert_eq!(found.states_generated, 2_744_706);
    assert_eq!(found.outcomes, [Outcome::Holds]);
}

/// The table of what was seen moves while it grows, and keeps what it holds.
#[test]
fn two_phase_commit_with_eight_managers_outgrows_its_tables() {
    let found = run(TwoPhase { n: 8 });
    assert_eq!((found.states_distinct, found.depth), (1_745_408, 25));
}

#[test]
fn transaction_commit() {
    for (n, distinct, depth) in [(2, 12, 4), (3, 34, 6), (4, 96, 8), (5, 274, 10)] {
        check(|| Commit { n }, distinct, depth);
    }
}

#[test]
fn dining_philosophers() {
    for (n, distinct, depth) in [(2, 11, 10), (3, 19, 16), (4, 35, 22), (5, 67, 28)] {
        check(|| Philosophers { n }, distinct, depth);
    }
}

#[test]
fn die_hard() {
    check(|| DieHard, 16, 7);
    let found = run(DieHard);
    let Outcome::Violated(violation) = &found.outcomes[0] else { panic!("{:?}", found.outcomes) };
    assert_eq!(taken(&violation.path), [1, 5, 2, 5, 1, 5]);
    assert_eq!(violation.path.last()[0] >> 3, 4);
}

#[test]
fn die_hard_stops_at_the_first_witness() {
    let limits = Limits { stop_when_decided: true, ..Limits::default() };
    let found = run_with(DieHard, &limits, &Unobserved);
    assert!(matches!(&found.outcomes[0], Outcome::Violated(v) if v.path.steps.len() == 6));
    assert!(found.states_left > 0);
}

#[test]
fn self_stabilising_ring_from_every_state() {
    for (n, distinct) in [(3, 27), (4, 256), (5, 3_125)] {
        check(|| Ring { n, m: n }, distinct, 0);
    }
}

#[test]
fn simple_allocator() {
    check(|| Allocator { clients: 2, resources: 1 }, 8, 3);
    check(|| Allocator { clients: 3, resources: 2 }, 400, 5);
}
