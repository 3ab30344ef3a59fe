//! Thousands of small random machines: the engine's answers against the definitions, and each trace step by step.

use crate::random::{Explicit, FAULTS, reach};
use crate::small::run;
use reconverge_lang::engine::machine::{Clients, Judged, StepClass};
use reconverge_lang::engine::{Kind, Outcome, Path};

const ALL: [StepClass; 5] =
    [StepClass::System, StepClass::System, StepClass::Recovery, StepClass::Client, StepClass::Fault];

fn faults(machine: &Explicit, path: &Path) -> usize {
    let fault = |i: u32| machine.instances[i as usize].class == StepClass::Fault;
    path.steps.iter().filter(|s| fault(s.instance)).count()
}

/// Whether it is violated, in the least `(faults, steps)` that there are.
fn is_violated(machine: &Explicit, outcome: &Outcome, least: Option<(u64, u64)>, seed: u64) -> bool {
    match (outcome, least) {
        (Outcome::Holds, None) => false,
        (Outcome::Violated(v), Some((least_faults, steps))) => {
            machine.verify(&v.path, true);
            assert_eq!(faults(machine, &v.path) as u64, least_faults, "seed {seed}");
            assert_eq!(v.path.steps.len() as u64, steps, "seed {seed}");
            true
        }
        other => panic!("seed {seed}: {other:?}"),
    }
}

#[test]
fn states_and_shortest_traces() {
    let mut violated = 0;
    for seed in 0..4000 {
        let machine = Explicit::random(seed, Judged::State, &ALL);
        let found = run(machine.clone());
        let distances = machine.distances();
        assert_eq!(found.states_distinct, distances.len() as u64, "seed {seed}");
        assert_eq!(u64::from(found.depth), distances.iter().map(|d| d.1).max().unwrap_or(0), "seed {seed}");
        let bad = distances.iter().filter(|(s, _)| !machine.part(0, *s));
        let least = bad.map(|(s, steps)| (s / FAULTS, *steps)).min();
        violated += u32::from(is_violated(&machine, &found.outcomes[0], least, seed));
    }
    assert!(violated > 1000, "{violated}");
}

#[test]
fn steps_and_shortest_traces() {
    let mut violated = 0;
    for seed in 0..4000 {
        let machine = Explicit::random(seed, Judged::Step, &ALL);
        let found = run(machine.clone());
        let broken = machine.distances().into_iter().flat_map(|(state, steps)| {
            let bad = machine.bad_steps.iter().filter_map(|i| machine.edges.get(*i));
            let after: Vec<_> = bad.filter_map(|e| machine.take(state, e)).collect();
            after.into_iter().map(move |after| (after / FAULTS, steps + 1))
        });
        violated += u32::from(is_violated(&machine, &found.outcomes[0], broken.min(), seed));
    }
    assert!(violated > 500, "{violated}");
}

#[test]
fn convergence() {
    converges(Clients::Stop);
    converges(Clients::GoOn);
}

fn converges(clients: Clients) {
    let all = clients == Clients::GoOn;
    let mut kinds = [0; 5];
    for seed in 0..6000 {
        let machine = Explicit::random(seed, Judged::Converges(clients), &ALL);
        let machine = if all { Explicit { budget: 1, ..machine } } else { machine };
        let found = run(machine.clone());
        let graph = machine.graph(all);
        let short = |s: &u64| !machine.part(0, *s);
        let sets = machine.fair_sets(&graph, |_| true);
        let bad: Vec<_> = sets.iter().filter(|set| set.iter().any(short)).collect();
        let Outcome::Violated(v) = &found.outcomes[0] else {
            assert_eq!(found.outcomes[0], Outcome::Holds, "seed {seed}");
            assert!(bad.is_empty(), "seed {seed}: {bad:?}");
            kinds[3] += 1;
            continue;
        };
        let states = machine.verify(&v.path, all);
        assert!(states.iter().any(short), "seed {seed}");
        assert!(!bad.is_empty(), "seed {seed}");
        let hopeless = reach(states[0], &graph).iter().all(short);
        let kind = match v.kind {
            Kind::Stuck => 0,
            Kind::Unreachable => 1,
            Kind::Livelock => 2,
            Kind::Flapping { .. } => 4,
            other => panic!("{other:?}"),
        };
        kinds[kind] += 1;
        assert_eq!(v.kind == Kind::Stuck, states.len() == 1, "seed {seed}");
        assert!(v.kind == Kind::Stuck || hopeless == (v.kind == Kind::Unreachable), "seed {seed}");
        let comes = states.iter().any(|s| !short(s));
        assert_eq!(comes, matches!(v.kind, Kind::Flapping { .. }), "seed {seed}");
        if let Kind::Flapping { left } = v.kind {
            let at = |i: usize| machine.part(0, v.path.before(i)[0]);
            assert!(
                left >= v.path.loop_start.unwrap()
                    && at(left)
                    && !machine.part(0, v.path.steps[left].state[0]),
                "seed {seed}"
            );
        }
        let least = bad.iter().flat_map(|set| set.iter().filter(|s| short(s))).map(|s| s / FAULTS).min();
        assert_eq!(Some(faults(&machine, &v.path) as u64), least, "seed {seed}");
    }
    assert!(kinds.iter().all(|n| *n > 30), "{kinds:?}");
}

/// Whether some fair run from one of `starts` stays out of the goal.
fn avoids(machine: &Explicit, starts: &[u64], all: bool) -> bool {
    let graph = machine.graph(all);
    let short = |s: u64| !machine.part(1, s);
    let sets = machine.fair_sets(&graph, short);
    let outside: Vec<_> = graph.into_iter().filter(|e| short(e.from) && short(e.to)).collect();
    let stays = |s: &u64| reach(*s, &outside).iter().any(|r| sets.iter().any(|set| set.contains(r)));
    starts.iter().filter(|s| short(**s)).any(stays)
}

#[test]
fn leads_to_and_eventually() {
    for judged in [Judged::LeadsTo(Clients::GoOn), Judged::LeadsTo(Clients::Stop), Judged::Eventually] {
        let all = judged != Judged::LeadsTo(Clients::Stop);
        let mut counts = [0; 2];
        for seed in 0..4000 {
            let machine = Explicit { budget: 1, ..Explicit::random(seed, judged, &ALL) };
            let found = run(machine.clone());
            let from = |s: &u64| match judged {
                Judged::LeadsTo(_) => machine.part(0, *s),
                _ => machine.initial.contains(s),
            };
            let starts: Vec<_> = machine.distances().into_iter().map(|(s, _)| s).filter(from).collect();
            match &found.outcomes[0] {
                Outcome::Holds => {
                    assert!(!avoids(&machine, &starts, all), "seed {seed}");
                    counts[0] += 1;
                }
                Outcome::Violated(v) => {
                    assert!(avoids(&machine, &starts, all), "seed {seed}");
                    let states = machine.verify(&v.path, all);
                    assert!(states.iter().all(|s| !machine.part(1, *s)), "seed {seed}");
                    let along: Vec<_> = (0..=v.path.steps.len()).map(|i| v.path.before(i)[0]).collect();
                    let triggers =
                        |i: &usize| from(&along[*i]) && along[*i..].iter().all(|s| !machine.part(1, *s));
                    assert!((0..along.len()).any(|i| triggers(&i)), "seed {seed}: {along:?}");
                    counts[1] += 1;
                }
                other => panic!("seed {seed}: {other:?}"),
            }
        }
        assert!(counts.iter().all(|n| *n > 500), "{counts:?}");
    }
}
