//! Searches that end in the middle and go on from what was kept: the result of one that was never interrupted, whoever goes
//! on; and nothing is claimed where what was kept cannot be read.

use crate::kept::{Files, Kept};
use crate::random::Explicit;
use crate::shared::together;
use crate::small::Of;
use crate::systems::TwoPhase;
use reconverge_lang::engine::machine::{Clients, Judged, Machine, StepClass};
use reconverge_lang::engine::{CheckpointTo, Exploration, Limits, Outcome, Stop, Unobserved, Why, explore};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Who explores: one alone (0), or so many members.
fn found<M: Machine>(machine: &M, limits: &Limits, members: usize, kept: &Arc<Kept>) -> Exploration {
    let limits = Limits { checkpoint: Some(CheckpointTo { to: kept.clone(), alike: 7 }), ..limits.clone() };
    match members {
        0 => explore(machine, &limits, &Unobserved),
        _ => together(machine, &limits, (members, 1), u64::MAX).swap_remove(0),
    }
}

/// What is left when it ends after so many writes, and how many there are in all.
fn left<M: Machine>(machine: &M, limits: &Limits, members: usize, writes: u64) -> (Files, u64) {
    let kept = Kept::new(Files::new(), writes);
    found(machine, limits, members, &kept);
    (kept.files(), writes - kept.room.load(Ordering::SeqCst))
}

/// Interrupted at some moments and gone on with by one alone, by some, by others: the same.
#[track_caller]
fn goes_on<M: Machine>(machine: &M, limits: &Limits, moments: u64) {
    let whole = explore(machine, limits, &Unobserved);
    for before in [0, 2, 3] {
        let (_, all) = left(machine, limits, before, u64::MAX / 2);
        for moment in 0..moments.min(all) {
            let writes = 1 + moment * all / moments.min(all);
            let (files, _) = left(machine, limits, before, writes);
            for after in [0, 2, 5] {
                let kept = Kept::new(files.clone(), u64::MAX / 2);
                let result = found(machine, limits, after, &kept);
                let told = format!("{writes} of {all} writes, {before} then {after}");
                assert_eq!(Exploration { bytes: whole.bytes, ..result }, whole, "{told}");
            }
        }
    }
}

const CLASSES: [StepClass; 4] = [StepClass::Client, StepClass::System, StepClass::Recovery, StepClass::Fault];

#[test]
fn random_machines() {
    let judged = [
        Judged::State,
        Judged::Step,
        Judged::Converges(Clients::Stop),
        Judged::LeadsTo(Clients::GoOn),
        Judged::Eventually,
        Judged::Repairs,
    ];
    for (seed, judged) in (0..60).zip(judged.into_iter().cycle()) {
        let machine = Of::new(Explicit::random(seed, judged, &CLASSES), 1);
        goes_on(&machine, &Limits::default(), 4);
        goes_on(&machine, &Limits { depth: Some(3), ..Limits::default() }, 2);
    }
}

#[test]
fn two_phase_commit() {
    let machine = Of::new(TwoPhase { n: 5 }, 1);
    goes_on(&machine, &Limits::default(), 5);
    // Rounds within a depth.
    goes_on(&machine, &Limits { states: Some(4_000), ..Limits::default() }, 5);
}

#[test]
fn what_was_done_is_not_done_again() {
    let machine = Of::new(TwoPhase { n: 5 }, 1);
    let (files, _) = left(&machine, &Limits::default(), 0, 20);
    let (whole, rest) = (Kept::new(Files::new(), u64::MAX / 2), Kept::new(files, u64::MAX / 2));
    let rounds = [&whole, &rest].map(|kept| {
        found(&machine, &Limits::default(), 0, kept);
        kept.asked.load(Ordering::Relaxed)
    });
    // Twenty writes are ten checkpoints; the last is asked for once more.
    assert_eq!(rounds[0] - rounds[1], 9);
    let done = Kept::new(whole.files(), u64::MAX / 2);
    found(&machine, &Limits::default(), 0, &done);
    assert_eq!(done.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn what_is_damaged_or_of_another_is_not_gone_on_from() {
    let machine = Of::new(TwoPhase { n: 4 }, 1);
    let (files, _) = left(&machine, &Limits::default(), 0, 12);
    let refused = |machine: &Of<TwoPhase>, files: Files, members: usize| {
        let found = found(machine, &Limits::default(), members, &Kept::new(files, u64::MAX / 2));
        assert_eq!(found.stopped, Some(Stop::Unresumed));
        assert_eq!(found.outcomes, vec![Outcome::Incomplete(Why::Stopped(Stop::Unresumed))]);
    };
    for name in files.keys() {
        for members in [0, 2] {
            let mut damaged = files.clone();
            let bytes = damaged.get_mut(name).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            refused(&machine, damaged, members);
            let mut short = files.clone();
            short.get_mut(name).unwrap().pop();
            refused(&machine, short, members);
            if name != "whole" {
                let mut missing = files.clone();
                missing.remove(name);
                refused(&machine, missing, members);
            }
        }
    }
    refused(&Of::new(TwoPhase { n: 5 }, 1), files, 0);
}
