//! Runs that break a property in different ways, and the graph of all states: what the engine finds is what the
//! definitions say.

use crate::random::{Edge, Explicit, FAULTS};
use crate::small::{Of, taken};
use reconverge_lang::engine::differing::differing;
use reconverge_lang::engine::machine::{Judged, StepClass};
use reconverge_lang::engine::part::{self, Around, Few};
use reconverge_lang::engine::{Limits, Unobserved};
use std::collections::BTreeMap;

const CLASSES: [StepClass; 4] = [StepClass::Client, StepClass::System, StepClass::Recovery, StepClass::Fault];

/// Whether a step by an edge breaks the property: it leads to where it is false, or is itself what may not be.
fn breaks(machine: &Explicit, edge: &Edge, to: u64) -> bool {
    match machine.judged {
        Judged::State => !machine.part(0, to),
        _ => machine.bad_steps.iter().any(|bad| machine.edges.get(*bad) == Some(edge)),
    }
}

/// By the definition: for each instance and number of faults the length of a shortest run that is broken by its last step
/// and not before.
fn defined(machine: &Explicit) -> BTreeMap<(u32, u64), usize> {
    let mut found = BTreeMap::new();
    let in_states = machine.judged == Judged::State;
    let sound = machine.initial.iter().copied().filter(|state| !in_states || machine.part(0, *state));
    let mut level: Vec<u64> = sound.collect();
    let mut known = level.clone();
    for steps in 1.. {
        let mut next = Vec::new();
        for state in &level {
            for edge in &machine.edges {
                let Some(to) = machine.take(*state, edge) else { continue };
                if breaks(machine, edge, to) {
                    found.entry((edge.instance, to / FAULTS)).or_insert(steps);
                } else if !known.contains(&to) {
                    known.push(to);
                    next.push(to);
                }
            }
        }
        if next.is_empty() {
            return found;
        }
        level = next;
    }
    found
}

#[test]
fn each_way_to_break_it_has_its_shortest_run() {
    let (mut several, mut longer) = (0, 0);
    for seed in 0..6000 {
        let judged = if seed % 2 == 0 { Judged::State } else { Judged::Step };
        let machine = Explicit::random(seed, judged, &CLASSES);
        let wanted = defined(&machine);
        let of = Of::new(machine.clone(), 1);
        for threads in [1, 2, 4] {
            let limits = Limits { threads, least_shared: 1, ..Limits::default() };
            let key = |instance: u32, after: &[u64]| (instance, after[0] / FAULTS);
            let (runs, stopped) = differing(&of, &limits, &Unobserved, (0, usize::MAX), &key);
            assert_eq!(stopped, None);
            let found = runs.iter().map(|run| (run.key, run.violation.path.steps.len()));
            assert_eq!(found.collect::<BTreeMap<_, _>>(), wanted, "seed {seed}: {machine:#?}");
            let places: Vec<_> =
                runs.iter().map(|run| (run.faults, run.violation.path.steps.len())).collect();
            assert!(places.is_sorted(), "seed {seed}: {places:?}");
            for run in &runs {
                assert_eq!(taken(&run.violation.path).last(), Some(&run.key.0), "seed {seed}");
            }
            longer += usize::from(runs.iter().any(|run| run.violation.path.steps.len() > 2));
        }
        several += usize::from(wanted.len() > 1);
    }
    assert!(several > 300 && longer > 300, "{several} {longer}");
}

#[test]
fn a_depth_that_ends_the_check_ends_the_runs() {
    for seed in 0..500 {
        let machine = Explicit::random(seed, Judged::State, &CLASSES);
        let limits = Limits { depth: Some(1), ..Limits::default() };
        let key = |instance: u32, after: &[u64]| (instance, after[0]);
        let (runs, _) = differing(&Of::new(machine, 1), &limits, &Unobserved, (0, usize::MAX), &key);
        assert!(runs.iter().all(|run| run.violation.path.steps.len() == 1), "seed {seed}");
    }
}

#[test]
fn the_graph_has_every_state_and_every_step() {
    for seed in 0..2000 {
        let machine = Explicit::random(seed, Judged::State, &CLASSES);
        let mut states: Vec<u64> = machine.distances().into_iter().map(|(state, _)| state).collect();
        states.sort_unstable();
        let mut steps: Vec<_> = machine.graph(true).iter().map(|e| (e.from, e.instance, e.to)).collect();
        steps.sort_unstable();
        let (of, few) = (Of::new(machine.clone(), 1), Few { whole: 99, pairs: 999, part: 4 });
        let (_, part) = part::explore(&of, &Limits::default(), &Unobserved, few);
        assert_eq!((part.around, part.of), (Around::All, states.len() as u64), "seed {seed}");
        let mut nodes: Vec<u64> = part.nodes.iter().map(|node| node.state[0]).collect();
        let found = part.edges.iter().map(|e| (nodes[e.from], e.instance, nodes[e.to]));
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        assert_eq!(found, steps, "seed {seed}");
        for node in &part.nodes {
            assert_eq!(node.initial, machine.initial.contains(&node.state[0]), "seed {seed}");
            assert!(node.expanded && node.outside == 0 && node.stands_for == 1, "seed {seed}");
        }
        nodes.sort_unstable();
        assert_eq!(nodes, states, "seed {seed}");
    }
}

#[test]
fn a_part_leaves_out_states_and_counts_the_steps_to_them() {
    let (mut runs, mut beginnings) = (0, 0);
    for seed in 0..2000 {
        let machine = Explicit::random(seed, Judged::State, &CLASSES);
        let steps = machine.graph(true).len();
        let (of, few) = (Of::new(machine.clone(), 1), Few { whole: 3, pairs: 99, part: 2 });
        let (exploration, part) = part::explore(&of, &Limits::default(), &Unobserved, few);
        if part.around == Around::All {
            continue;
        }
        assert!(part.nodes.len() <= 2 && part.of > 3, "seed {seed}");
        let inside = part.nodes.iter().map(|node| node.state[0]);
        let out = machine.graph(true).iter().filter(|e| inside.clone().any(|state| state == e.from)).count();
        let outside: u32 = part.nodes.iter().map(|node| node.outside).sum();
        assert_eq!(part.edges.len() + outside as usize, out, "seed {seed}");
        assert!(out <= steps);
        match part.around {
            Around::Run(property) => {
                let reconverge_lang::engine::Outcome::Violated(violation) = &exploration.outcomes[property]
                else {
                    panic!("seed {seed}: no run")
                };
                let last = violation.path.last()[0];
                assert!(part.nodes.iter().any(|node| node.state[0] == last), "seed {seed}");
                runs += 1;
            }
            _ => {
                assert!(part.nodes.iter().any(|node| node.initial), "seed {seed}");
                beginnings += 1;
            }
        }
    }
    assert!(runs > 20 && beginnings > 5, "{runs} {beginnings}");
}
