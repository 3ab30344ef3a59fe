//! How long repair takes.

use crate::random::{Edge, Explicit};
use crate::small::run;
use crate::systems::Ring;
use reconverge_lang::engine::machine::{Clients, Judged, StepClass};
use reconverge_lang::engine::{Length, Outcome, Rounds};

/// After `turns` rounds of relaxation, for each state short of the goal the best reconciler steps to it.
fn relax(
    machine: &Explicit,
    graph: &[Edge],
    turns: u32,
    pick: impl Fn(u32, u32) -> u32,
    bottom: u32,
) -> Vec<u32> {
    let states: Vec<_> = machine.distances().into_iter().map(|(s, _)| s).collect();
    let mut values: Vec<u32> = states.iter().map(|s| if machine.part(0, *s) { 0 } else { bottom }).collect();
    for _ in 0..turns {
        for edge in graph.iter().filter(|e| !machine.part(0, e.from)) {
            let at = |state| states.iter().position(|s| *s == state).unwrap();
            let cost = u32::from(machine.instances[edge.instance as usize].reconciler.is_some());
            let value = values[at(edge.to)].saturating_add(cost);
            values[at(edge.from)] = pick(values[at(edge.from)], value);
        }
    }
    let short = states.iter().zip(values).filter(|(s, _)| !machine.part(0, **s)).map(|(_, v)| v);
    let mut short: Vec<_> = short.collect();
    short.sort_unstable();
    short
}

#[test]
fn rounds_against_the_definition() {
    let classes = [StepClass::System, StepClass::System, StepClass::Recovery, StepClass::Client];
    let mut counts = [0; 2];
    for seed in 0..20_000 {
        let machine = Explicit::random(seed, Judged::Converges(Clients::Stop), &classes);
        let found = run(machine.clone());
        if found.outcomes[0] != Outcome::Holds {
            assert_eq!(found.lengths, [None]);
            continue;
        }
        let graph = machine.graph(false);
        let shortest = relax(&machine, &graph, 20, u32::min, 1 << 20);
        let longest = relax(&machine, &graph, 20, u32::max, 0);
        let bounded = longest == relax(&machine, &graph, 40, u32::max, 0);
        let middle = |of: &Vec<u32>| of.get(of.len().saturating_sub(1) / 2).copied().unwrap_or(0);
        let expected = Rounds {
            worst: bounded.then(|| longest.last().copied().unwrap_or(0)),
            at_least: shortest.last().copied().unwrap_or(0),
            median: middle(if bounded { &longest } else { &shortest }),
        };
        assert_eq!(found.lengths, [Some(Length::Rounds(expected))], "seed {seed}");
        counts[usize::from(bounded)] += usize::from(expected.at_least > 0);
    }
    assert!(counts[0] >= 2 && counts[1] > 50, "{counts:?}");
}

#[test]
fn the_ring_converges_to_one_token() {
    for n in 3..=5 {
        let found = run(Ring { n, m: n });
        assert_eq!(found.outcomes, [Outcome::Holds]);
        assert!(matches!(found.lengths[0], Some(Length::Rounds(Rounds { worst: Some(_), .. }))));
    }
    let found = run(Ring { n: 4, m: 2 });
    assert!(matches!(&found.outcomes[0], Outcome::Violated(v) if v.path.loop_start.is_some()));
}
