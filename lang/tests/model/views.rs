//! Views on random small systems: as many states and steps as by their definition, over plain values.

use super::support::{Random, defined, explore, program};
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::model::{BuildOptions, Model};

/// The greatest value of what is shown.
const MOST: u32 = 2;

#[derive(Debug)]
struct System {
    nodes: usize,
    volatile: bool,
    fresh: bool,
    /// `on restart at n { n.x := n.v }`
    recovers: bool,
    /// `action when s == a { s := b }`
    writes: Vec<(u32, u32)>,
    /// `action at n when n.v == a and n.x == b { n.x := c  s := d }`, `d` where there is one.
    acts: Vec<(u32, u32, u32, Option<u32>)>,
    budget: Vec<(Fault, u32)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Node {
    shown: u32,
    x: u32,
    up: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    current: u32,
    /// The version before the current one.
    before: u32,
    nodes: Vec<Node>,
    spent: Vec<u32>,
}

impl System {
    fn random(seed: u64) -> System {
        let mut r = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let value = |r: &mut Random| r.below(MOST + 1);
        let writes = (0..1 + r.below(3)).map(|_| (value(&mut r), value(&mut r))).collect();
        let acts = (0..1 + r.below(3))
            .map(|_| {
                let (a, b, c) = (value(&mut r), value(&mut r), value(&mut r));
                (a, b, c, (r.below(3) == 0).then(|| value(&mut r)))
            })
            .collect();
        let all = [Fault::Crash, Fault::Stale, Fault::Wipe];
        let budget =
            (0..r.below(3)).map(|i| (all[(seed as usize + i as usize) % 3], 1 + r.below(2))).collect();
        let (nodes, volatile) = (1 + r.below(2) as usize, r.below(3) > 0);
        System { nodes, volatile, fresh: r.below(2) == 0, recovers: r.below(2) == 0, writes, acts, budget }
    }

    fn text(&self) -> String {
        let word = if self.volatile { "volatile" } else { "durable" };
        let fresh = if self.fresh { " fresh" } else { "" };
        let mut text = format!(
            "system S {{\n  state s: 0..{MOST} = 0\n  node N[{}] {{ {word} v: 0..{MOST} = view of s{fresh}  volatile x: 0..{MOST} = 0 }}\n",
            self.nodes
        );
        for (i, (a, b)) in self.writes.iter().enumerate() {
            text += &format!("  action w{i} when s == {a} {{ s := {b} }}\n");
        }
        for (i, (a, b, c, d)) in self.acts.iter().enumerate() {
            let more = d.map_or(String::new(), |d| format!("  s := {d}"));
            text +=
                &format!("  action a{i} at n in N when n.v == {a} and n.x == {b} {{ n.x := {c}{more} }}\n");
        }
        if self.recovers {
            text += "  on restart at n in N { n.x := n.v }\n";
        }
        text + "}\ncheck S"
    }

    fn initial(&self) -> State {
        let node = Node { shown: 0, x: 0, up: true };
        State { current: 0, before: 0, nodes: vec![node; self.nodes], spent: vec![0; self.budget.len()] }
    }

    fn steps(&self, state: &State) -> Vec<State> {
        let mut all = Vec::new();
        for (a, b) in &self.writes {
            if state.current == *a {
                all.push(written(state.clone(), *b));
            }
        }
        for n in 0..self.nodes {
            let node = &state.nodes[n];
            for (.., c, d) in
                self.acts.iter().filter(|(a, b, ..)| node.up && (node.shown, node.x) == (*a, *b))
            {
                let mut next = state.clone();
                next.nodes[n].x = *c;
                all.push(d.map_or(next.clone(), |d| written(next, d)));
            }
            if node.up && node.shown != state.current {
                let mut next = state.clone();
                next.nodes[n].shown = state.current;
                all.push(next);
                if state.before != node.shown && state.before != state.current {
                    let mut next = state.clone();
                    next.nodes[n].shown = state.before;
                    all.push(next);
                }
            }
            self.faults(state, n, &mut all);
        }
        all
    }

    fn faults(&self, state: &State, n: usize, all: &mut Vec<State>) {
        let pays = |fault: Fault| {
            let place = self.budget.iter().position(|(known, _)| *known == fault)?;
            let mut next = state.clone();
            next.spent[place] += 1;
            (state.spent[place] < self.budget[place].1).then_some(next)
        };
        let node = &state.nodes[n];
        if !node.up {
            let mut ways = vec![state.clone()];
            if self.volatile {
                ways[0].nodes[n].shown = state.current;
                if !self.fresh && state.before != state.current {
                    ways.push(state.clone());
                    ways[1].nodes[n].shown = state.before;
                }
            }
            for way in &mut ways {
                way.nodes[n].up = true;
                if self.recovers {
                    way.nodes[n].x = way.nodes[n].shown;
                }
            }
            return all.extend(ways);
        }
        for fault in [Fault::Crash, Fault::Wipe] {
            let Some(mut next) = pays(fault) else { continue };
            let node = &mut next.nodes[n];
            (node.up, node.x) = (false, 0);
            if fault == Fault::Wipe && !self.volatile {
                node.shown = state.current;
            }
            all.push(next);
        }
        if node.shown == state.current && state.before != state.current {
            all.extend(pays(Fault::Stale).map(|mut next| {
                next.nodes[n].shown = state.before;
                next
            }));
        }
    }
}

fn written(mut state: State, value: u32) -> State {
    if state.current != value {
        (state.before, state.current) = (state.current, value);
    }
    state
}

#[test]
fn views_lag_as_it_is_defined() {
    let (mut stale, mut restarts) = (0, 0);
    for seed in 1..=500 {
        let system = System::random(seed);
        let text = system.text();
        let mut faults = FaultBudget::default();
        system.budget.iter().for_each(|(fault, times)| faults.set(*fault, *times));
        let program = program(&text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"));
        let options = BuildOptions { faults, symmetry_off: seed % 2 == 0, ..BuildOptions::default() };
        super::native::both_agree(&program, &[], &options, 200);
        let model = Model::build(&program, Vec::new(), &options).expect("it is small");
        super::order::same(&format!("seed {seed}"), &text, &options);
        let found = explore(&model);
        let counts = (found.states_distinct, found.states_generated);
        assert_eq!(
            Some(counts),
            defined(system.initial(), usize::MAX, |state| system.steps(state)),
            "seed {seed}, {:?}\n{text}",
            system.budget
        );
        stale += usize::from(system.budget.iter().any(|(fault, _)| *fault == Fault::Stale));
        let old = system.volatile && !system.fresh && counts.0 > 20;
        restarts += usize::from(old && system.budget.iter().any(|(fault, _)| *fault == Fault::Crash));
    }
    assert!(stale > 50 && restarts > 20, "{stale} {restarts}");
}
