//! What is found does not depend on who looks: portable or machine code, one thread or several, in rounds of one state and
//! more, for every system of the suite with ticks, views, links and faults.

use super::support::faults;
use super::systems::{System, every_fault, systems};
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::engine::{self, Exploration, Limits};
use reconverge_lang::model::run::native::Execution;
use reconverge_lang::model::{BuildOptions, Model};

/// No more states of a system are looked at than this.
const MOST: u64 = 3_000;

/// All that is found, but for the room that it takes.
fn found(
    system: &System,
    options: &BuildOptions,
    execution: Execution,
    threads: usize,
) -> Option<Exploration> {
    let options = BuildOptions { execution, ..options.clone() };
    let model = Model::build(&system.program, system.properties.clone(), &options).ok()?;
    let limits = Limits { states: Some(MOST), threads, least_shared: 1, ..Limits::default() };
    Some(Exploration { bytes: 0, ..engine::explore(&model, &limits, &engine::Unobserved) })
}

/// The number of states that all ways of looking agree on.
#[track_caller]
fn agreed(system: &System, options: &BuildOptions) -> u64 {
    let Some(first) = found(system, options, Execution::Portable, 1) else { return 0 };
    for execution in [Execution::Portable, Execution::Native] {
        for threads in [1, 2, 4] {
            let other = found(system, options, execution, threads);
            let name = &system.program.name;
            assert!(other.as_ref() == Some(&first), "{name}, {execution:?}, {threads} threads, {options:?}");
        }
    }
    first.states_distinct
}

/// Without faults, with each alone twice, with all of them.
fn all_agree(file: &str) {
    let alone = Fault::ALL.map(|fault| FaultBudget::from([(fault, 2)]));
    let (mut several, mut states) = (0, 0);
    for system in systems(&format!("tests/suite/{file}.md")) {
        several += 1;
        let budgets = alone.iter().cloned().chain([FaultBudget::default(), every_fault()]);
        states += budgets.map(|budget| agreed(&system, &faults(budget))).sum::<u64>();
    }
    assert!(several > 5 && states > 5_000, "{file}: {several} systems, {states} states: too few");
}

#[test]
fn with_ticks() {
    all_agree("time");
}

#[test]
fn with_views() {
    all_agree("views");
}

#[test]
fn with_faults() {
    all_agree("faults");
}

#[test]
fn with_recovery() {
    all_agree("recovery");
}
