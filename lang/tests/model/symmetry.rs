//! Symmetry: the same counts and verdicts with it and without, representatives that are one for each orbit, and programs
//! in which something tells members apart.

mod apart;
mod orbits;
mod programs;
mod random;

use super::support::{explore, model};
use reconverge_lang::concepts::FaultBudget;
use reconverge_lang::engine::{Exploration, InstanceCount, Outcome};
use reconverge_lang::model::form::instance::{InstanceKind, action_of};
use reconverge_lang::model::{BuildOptions, Model};
use std::collections::BTreeMap;

/// The words of each group in use.
fn groups(model: &Model) -> Vec<String> {
    model.symmetry().map_or(Vec::new(), |s| s.groups.iter().map(|g| g.words()).collect())
}

/// What must be the same with symmetry and without: verdicts, lengths of traces, counts by action.
#[derive(Debug, PartialEq)]
struct Summary {
    outcomes: Vec<String>,
    /// generated, distinct, depth, left, cut
    counts: [u64; 5],
    probes: Vec<bool>,
    actions: BTreeMap<String, (u64, u64)>,
    traps: Vec<(u32, usize)>,
}

fn summary(model: &Model, found: &Exploration) -> Summary {
    let outcome = |outcome: &Outcome| match outcome {
        Outcome::Violated(v) => format!("violated {:?} after {}", v.kind, v.path.steps.len()),
        Outcome::Trapped(t) => format!("trapped at {} after {}", t.trap.site, t.path.steps.len()),
        other => format!("{other:?}"),
    };
    let counts = [
        found.states_generated,
        found.states_distinct,
        u64::from(found.depth),
        found.states_left,
        found.states_cut,
    ];
    let mut actions: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (instance, count) in model.instance_list().iter().zip(&found.instances) {
        let name = match (&instance.kind, action_of(&instance.kind)) {
            (_, Some(action)) => format!("action {}", action.0),
            (InstanceKind::Node(fault, _), _) => fault.word().into(),
            (InstanceKind::Lose(_), _) => "lose".into(),
            (InstanceKind::Duplicate(_), _) => "duplicate".into(),
            _ => "partition or heal".into(),
        };
        let InstanceCount { fired, productive } = count;
        let sum = actions.entry(name).or_default();
        *sum = (sum.0 + fired, sum.1 + productive);
    }
    let traps = found.traps.iter().map(|t| (t.trap.site, t.path.steps.len())).collect();
    Summary {
        outcomes: found.outcomes.iter().map(outcome).collect(),
        counts,
        probes: found.probes.clone(),
        actions,
        traps,
    }
}

/// Explores two builds of one program, with symmetry and without, and compares. Returns the groups, and the numbers of
/// representatives and of states.
#[track_caller]
fn compare_models(with: &Model, without: &Model, what: &str) -> (Vec<String>, u64, u64) {
    assert!(without.symmetry().is_none());
    let (reduced, full) = (explore(with), explore(without));
    assert_eq!(summary(with, &reduced), summary(without, &full), "{:?}\n{what}", groups(with));
    (groups(with), reduced.states_explored, full.states_distinct)
}

#[track_caller]
fn compare(text: &str, faults: &FaultBudget) -> (Vec<String>, u64, u64) {
    let options = BuildOptions { faults: faults.clone(), ..BuildOptions::default() };
    let with = model(text, &options);
    let without = model(text, &BuildOptions { symmetry_off: true, ..options });
    compare_models(&with, &without, text)
}

/// What is interchangeable in the first system of a text, which gives the same answers with symmetry and without.
#[track_caller]
fn found(text: &str) -> Vec<String> {
    compare(text, &FaultBudget::default()).0
}
