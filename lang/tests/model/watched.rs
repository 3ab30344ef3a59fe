//! Obligations of whole runs on random small systems, against their definitions: explicit states, and all of the past
//! instead of the one attempt that a monitor picks.

mod faults;
mod fences;
mod judge;
mod orders;
mod retries;
mod sent;
mod stays;
mod sweeps;
mod systems;
mod undone;
mod world;

use crate::support::program;
use judge::Found;
use reconverge_lang::concepts::{Allowance, ConceptType, Fault, FaultBudget, ResolutionType};
use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::{Report, Verdict};
use reconverge_lang::session::{CellRef, Host, Session};
use reconverge_lang::value::Value;
use world::World;

struct Plain;

impl Observer for Plain {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Plain {
    fn threads(&self) -> usize {
        1
    }
}

/// What a check says of the member.
#[derive(Debug, PartialEq)]
enum Said {
    Violated(usize),
    /// On a run without end.
    Stays,
    Holds,
    Vacuous,
    NotChecked,
    Failed,
}

fn said(text: &str) -> Said {
    let mut verdict = None;
    let cell = CellRef { id: None, name: "cell 1".into() };
    let outcome = Session::new(Vec::new()).execute(cell, text, &Plain, &mut |output| {
        if let Report::Check(check) = output.report {
            verdict = check.findings.into_iter().find(|f| f.name == "m").map(|f| f.verdict);
        }
    });
    match verdict.unwrap_or_else(|| panic!("{outcome:?}\n{text}")) {
        Verdict::Violated { trace, .. } if trace.loop_start.is_some() => Said::Stays,
        Verdict::Violated { trace, .. } => Said::Violated(trace.steps.len()),
        Verdict::Holds { .. } => Said::Holds,
        Verdict::Vacuous { .. } => Said::Vacuous,
        Verdict::NotChecked { .. } => Said::NotChecked,
        Verdict::Failed { .. } => Said::Failed,
        other => panic!("{other:?}\n{text}"),
    }
}

/// What the definitions say; `None`: nothing is protected, or nothing tells the attempts apart.
fn defined(world: &World<'_>) -> Option<Found> {
    if let Some(order) = world.p.orders.first() {
        return Some(orders::order(world, order));
    }
    let Some(resolution) = world.p.resolutions.first() else {
        return Some(orders::monotonic(world, &world.p.invariants[1]));
    };
    let [ConceptType::Resolution(ty)] = resolution.header.types.as_slice() else { panic!("one type") };
    match ty {
        ResolutionType::Retry => retries::retry(world, resolution),
        ResolutionType::Dedupe => retries::dedupe(world, resolution),
        ResolutionType::Abort | ResolutionType::Reject if resolution.since.is_empty() => {
            undone::untouched(world, resolution)
        }
        ResolutionType::Abort | ResolutionType::Reject | ResolutionType::Compensate => {
            undone::undone(world, resolution)
        }
        ResolutionType::Fence => Some(fences::fence(world, resolution)),
        ResolutionType::Merge => Some(fences::merge(world, resolution, &[0, 1, 2].map(Value::Int))),
        ResolutionType::Repair => panic!("judged against its definition in tests/engine"),
    }
}

/// The budget that a text ends with.
fn faults(text: &str) -> FaultBudget {
    let listed = text.split_once("faults { ").map_or("", |(_, rest)| rest.split(" }").next().unwrap_or(""));
    budget(listed)
}

/// `crash 1 of A, partition 1 one way`; A and B are the kinds of nodes, in this order.
fn budget(listed: &str) -> FaultBudget {
    let mut budget = FaultBudget::default();
    for entry in listed.split(", ").filter(|entry| !entry.is_empty()) {
        let words: Vec<&str> = entry.split(' ').collect();
        let fault = Fault::named(words[0]).expect("a fault");
        let times = words[1].parse().expect("a number");
        let of = words.iter().position(|w| *w == "of").map(|at| u32::from(words[at + 1] == "B"));
        let (one_way, lasting) = (words.contains(&"one"), words.contains(&"lasting"));
        budget.add(Allowance { of, one_way, lasting, ..Allowance::new(fault, times) });
    }
    budget
}

#[derive(Debug, Default)]
struct Tally {
    holds: u32,
    violated: u32,
    stays: u32,
    vacuous: u32,
    unknown: u32,
}

/// Judges systems of one type both ways.
fn agree(ty: &str, seeds: std::ops::Range<u64>) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let text = systems::system(seed, ty);
        let program = program(&text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
        let world = World { p: &program, faults: faults(&text) };
        let wanted = match defined(&world) {
            None => Said::NotChecked,
            Some(Found::Unknown) => {
                tally.unknown += 1;
                continue;
            }
            Some(Found::Violated(steps)) => {
                tally.violated += 1;
                Said::Violated(steps)
            }
            Some(Found::Stays) => {
                tally.stays += 1;
                Said::Stays
            }
            Some(Found::Holds) => {
                tally.holds += 1;
                Said::Holds
            }
            Some(Found::Vacuous) => {
                tally.vacuous += 1;
                Said::Vacuous
            }
        };
        let found = said(&text);
        let same = match (&found, &wanted) {
            // Shown is a run with the fewest faults, which need not be the shortest.
            (Said::Violated(_), Said::Violated(_)) if text.contains("faults") => true,
            // Some obligations of it are judged even so.
            (Said::Violated(_) | Said::Stays | Said::Vacuous, Said::NotChecked) => true,
            // Where it is plain early that it stays, the run ends there.
            (Said::Violated(_), Said::Stays) => true,
            _ => found == wanted,
        };
        assert!(
            same,
            "{ty}, seed {seed}: {found:?}, and by definition {wanted:?}
{text}"
        );
    }
    tally
}

/// Systems of each type, and how far apart the first of each are.
const EACH: u64 = 120;
const APART: u64 = 200;

#[test]
fn members_of_every_type_are_judged_as_they_are_defined() {
    let all: Vec<(&str, Tally)> = std::thread::scope(|scope| {
        let mut first = 1;
        let each = systems::TYPES.map(|ty| {
            let seeds = first..first + EACH;
            first += APART;
            (ty, scope.spawn(move || agree(ty, seeds)))
        });
        each.map(|(ty, thread)| (ty, thread.join().expect("they agree"))).into()
    });
    for (ty, tally) in all {
        let much = tally.holds > 1 && tally.violated + tally.stays > 5 && tally.unknown < 24;
        assert!(much, "{ty}: too few of them say much: {tally:?}");
    }
}
