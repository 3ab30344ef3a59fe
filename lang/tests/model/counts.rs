//! Published numbers of states and depths, in our language.

use super::support::check;
use reconverge_lang::model::BuildOptions;

const SUITE: &str = include_str!("../../../tests/suite/counts.md");

/// The system of a name in the suite's text.
fn system(name: &str) -> &'static str {
    let start = SUITE.find(&format!("system {name} {{")).expect("the suite has it");
    let end = start + SUITE[start..].find("\n}\n").expect("it ends") + 3;
    &SUITE[start..end]
}

#[track_caller]
fn counts(name: &str, args: &str, distinct: u64, depth: u32) {
    let text = format!("{}\ncheck {name}({args})", system(name));
    check(&text, &BuildOptions::default(), distinct, depth);
}

#[test]
fn two_phase_commit() {
    for (rms, distinct, depth) in
        [(3, 288, 10), (4, 1568, 13), (5, 8832, 16), (6, 50816, 19), (7, 296_448, 22)]
    {
        counts("TwoPhase", &format!("rms = {rms}"), distinct, depth);
    }
}

#[test]
fn transaction_commit() {
    for (rms, distinct, depth) in [(2, 12, 4), (3, 34, 6), (4, 96, 8), (5, 274, 10)] {
        counts("TransactionCommit", &format!("rms = {rms}"), distinct, depth);
    }
}

#[test]
fn dining_philosophers() {
    for (n, distinct, depth) in [(2, 11, 10), (3, 19, 16), (4, 35, 22), (5, 67, 28)] {
        counts("Philosophers", &format!("n = {n}"), distinct, depth);
    }
}

#[test]
fn die_hard() {
    let text = format!("{}\ncheck DieHard", system("DieHard"));
    check(&text, &BuildOptions::default(), 16, 7);
}

#[test]
fn self_stabilising_ring() {
    for (n, distinct) in [(3, 27), (4, 256), (5, 3125)] {
        counts("TokenRing", &format!("n = {n}"), distinct, 0);
    }
}

#[test]
fn simple_allocator() {
    counts("Allocator", "clients = 2, resources = 1", 8, 3);
    counts("Allocator", "clients = 3, resources = 2", 400, 5);
}
