//! The fuzzers' questions, about texts that are always the same: those that once were answered wrongly, and a few that are
//! made by lot. `.ci/fuzz` looks for more.
//!
//! Enters: `tests/fuzz/found/` and the programs of this repository. Leaves: a panic with the text that is answered wrongly.

use reconverge_kernel::hosts::STACK;
use reconverge_tests::fuzz::{LONGEST, TARGETS, mutate};
use std::fs;
use std::path::Path;

/// Asks a fuzzer's question about a text, with as much stack as the kernel has; says whether it came far.
fn survives(target: &'static str, text: &str) -> bool {
    let (_, question) = TARGETS.iter().find(|(name, _)| *name == target).expect("a fuzzer");
    let asked = text.to_string();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || question(&asked));
    thread.expect("a thread").join().unwrap_or_else(|_| panic!("{target} does not survive:\n{text}"))
}

#[test]
fn what_was_found_once() {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/found");
    let files = |path: &Path| fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().path());
    for (target, _) in TARGETS {
        for path in files(&found.join(target)) {
            survives(target, &fs::read_to_string(path).unwrap());
        }
    }
}

/// Texts made from texts made from programs.
fn by_lot(target: &'static str, rounds: u64) {
    let (mut text, mut far) = (String::new(), 0);
    for seed in 0..rounds {
        text = if seed % 8 == 0 { String::new() } else { text };
        let next = mutate(&text, seed, LONGEST);
        if survives(target, &next) {
            text = next;
            far += 1;
        }
    }
    assert!(far > rounds / 4, "{target}: only {far} of {rounds} came far");
}

#[test]
fn syntax_by_lot() {
    by_lot("syntax", 2000);
}

#[test]
fn typing_by_lot() {
    by_lot("typing", 1000);
}

#[test]
fn running_by_lot() {
    by_lot("running", 300);
}

/// A loop that would take hours is left, although nobody is asked within it.
#[test]
fn a_step_that_asks_nobody_is_left() {
    let body = "for a in 0..4000 { for b in 0..4000 { for c in 0..4000 { x := 1 - x } } }";
    survives("running", &format!("system Body {{ state x: 0..1 = 0 action g {{ {body} }} }}\ncheck Body"));
}
