//! Every fault on random small systems: as many states and steps as by their definition.

use super::world::{Situation, World};
use super::{budget, systems};
use crate::support::{explore, program};
use reconverge_lang::model::{BuildOptions, Model};
use std::collections::HashSet;

const BUDGETS: [&str; 10] = [
    "crash 1, wipe 1",
    "wipe 2, restart 1",
    "crash 1 of A, wipe 1 of B, restart 0 of A",
    "pause 1",
    "pause 2 of A, resume 1, crash 1",
    "pause 1 of B, resume 0",
    "partition 1 one way",
    "partition 1 lasting, partition 1 one way",
    "partition 2 one way lasting, pause 1 of A",
    "partition 1, lose 1, duplicate 1",
];

/// States and steps by definition; `None`: some step has no value, or there are very many.
fn defined(world: &World<'_>) -> Option<(usize, usize)> {
    const MOST: usize = 20_000;
    let mut found: HashSet<Situation> = HashSet::new();
    let mut open = vec![world.initial().ok()?];
    found.insert(open[0].clone());
    let mut steps = 1;
    while let Some(here) = open.pop() {
        for step in world.steps(&here).ok()? {
            steps += 1;
            if found.insert(step.next.clone()) {
                open.push(step.next);
            }
        }
        if found.len() > MOST {
            return None;
        }
    }
    Some((found.len(), steps))
}

#[test]
fn faults_happen_as_they_are_defined() {
    let mut compared = [0; BUDGETS.len()];
    for seed in 1..=240 {
        let which = seed as usize % BUDGETS.len();
        let text = systems::system(seed, systems::TYPES[seed as usize % systems::TYPES.len()]);
        let program = program(&text).expect("it is sound");
        if BUDGETS[which].contains("of B") && program.nodes.len() < 2 {
            continue;
        }
        let faults = budget(BUDGETS[which]);
        let world = World { p: &program, faults: faults.clone() };
        let Some((states, steps)) = defined(&world) else { continue };
        let options = BuildOptions { faults, symmetry_off: true, ..BuildOptions::default() };
        let model = Model::build(&program, Vec::new(), &options).expect("it is small");
        let found = explore(&model);
        assert_eq!(
            (found.states_distinct, found.states_generated),
            (states as u64, steps as u64),
            "seed {seed}, faults {{ {} }}\n{text}",
            BUDGETS[which]
        );
        compared[which] += 1;
    }
    assert!(compared.iter().all(|n| *n > 5), "too few are compared: {compared:?}");
}
