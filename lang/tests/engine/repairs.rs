//! Repairs against the definition: loops, orders, ends.

use crate::random::{Edge, Explicit, reach};
use crate::small::{Small, run};
use reconverge_lang::engine::machine::{Judged, Role, StepClass};
use reconverge_lang::engine::{Kind, Length, Outcome, Path};
use std::collections::BTreeSet;

/// The graph of a repair's own steps and what informs them, and which states have a step of others.
struct Own<'m> {
    machine: &'m Explicit,
    edges: Vec<Edge>,
    states: Vec<u64>,
}

impl<'m> Own<'m> {
    fn new(machine: &'m Explicit) -> Self {
        let all = machine.graph(true);
        let taken = |e: &Edge| matches!(machine.role(e.instance), Role::Own | Role::Informs);
        let edges = all.into_iter().filter(taken).collect();
        let states = machine.distances().into_iter().map(|(state, _)| state).collect();
        Own { machine, edges, states }
    }

    fn is_cycle(&self, a: u64, b: u64) -> bool {
        a != b && reach(a, &self.edges).contains(&b) && reach(b, &self.edges).contains(&a)
    }

    fn endless(&self) -> bool {
        let two = |a: &u64| {
            self.states
                .iter()
                .any(|b| self.machine.value(*a) != self.machine.value(*b) && self.is_cycle(*a, *b))
        };
        self.states.iter().any(two)
    }

    /// Every way from here leads back.
    fn is_end(&self, state: u64) -> bool {
        reach(state, &self.edges).into_iter().all(|s| s == state || self.is_cycle(s, state))
    }

    fn ends(&self, state: u64) -> BTreeSet<u64> {
        let ends = reach(state, &self.edges).into_iter().filter(|s| self.is_end(*s));
        ends.map(|s| self.machine.value(s)).collect()
    }

    fn depends_on_order(&self, state: u64) -> bool {
        let of = |instance: u32| -> BTreeSet<u64> {
            let steps = self.edges.iter().filter(|e| e.from == state && e.instance == instance);
            steps.flat_map(|e| self.ends(e.to)).collect()
        };
        let acts = |e: &&Edge| e.from == state && self.machine.role(e.instance) == Role::Own;
        let able: BTreeSet<u32> = self.edges.iter().filter(acts).map(|e| e.instance).collect();
        able.into_iter().map(of).collect::<BTreeSet<_>>().len() > 1
    }

    fn broken(&self, state: u64) -> bool {
        let others = |s: &u64| {
            let of = |e: &Edge| e.from == *s && self.machine.role(e.instance) == Role::Other;
            self.machine.graph(true).iter().any(of)
        };
        self.is_end(state) && !self.machine.part(0, state) && !reach(state, &self.edges).iter().any(others)
    }

    /// Own steps on the longest way; `None`: there is a loop with one.
    fn longest(&self) -> Option<u32> {
        let mut most = vec![0; self.states.len()];
        let at = |state| self.states.iter().position(|s| *s == state).unwrap();
        // As long as a way that counts can be, with all that lies between.
        for _ in 0..self.states.len() * self.states.len() {
            for edge in &self.edges {
                let own = u32::from(self.machine.role(edge.instance) == Role::Own);
                most[at(edge.from)] = most[at(edge.from)].max(most[at(edge.to)] + own);
            }
        }
        most.into_iter().max().filter(|most| (*most as usize) < self.states.len())
    }

    /// The path is real, and what it shows is so.
    fn verify(&self, path: &Path, kind: Kind, other: Option<&Path>) {
        let start = path.loop_start.unwrap_or(path.steps.len());
        self.machine.verify(&Path { loop_start: None, ..path.clone() }, true);
        let last = path.last()[0];
        match kind {
            Kind::Endless => {
                assert_eq!(path.last(), path.before(start));
                let round: Vec<_> = path.steps[start..].iter().collect();
                let taken = |i| matches!(self.machine.role(i), Role::Own | Role::Informs);
                assert!(round.iter().all(|s| taken(s.instance)));
                let values: BTreeSet<u64> = round.iter().map(|s| self.machine.value(s.state[0])).collect();
                assert_eq!(values.len(), 2);
            }
            Kind::Order => {
                let other = other.expect("another order");
                self.machine.verify(other, true);
                let theirs = other.last()[0];
                assert!(self.is_end(last) && self.is_end(theirs));
                assert!(self.machine.value(last) != self.machine.value(theirs));
            }
            Kind::Broken => assert!(self.broken(last)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn repairs_against_the_definition() {
    let classes =
        [StepClass::System, StepClass::System, StepClass::Recovery, StepClass::Fault, StepClass::Client];
    let mut counts = [0; 5];
    for seed in 0..30_000 {
        let machine = Explicit::random(seed, Judged::Repairs, &classes);
        let own = Own::new(&machine);
        let found = run(machine.clone());
        let wrong = |s: &u64| own.depends_on_order(*s) || own.broken(*s);
        let violated = own.states.iter().any(wrong);
        match &found.outcomes[0] {
            Outcome::Holds => {
                assert!(!own.endless() && !violated, "seed {seed}: {machine:?}");
                assert_eq!(found.lengths, [Some(Length::Steps(own.longest()))], "seed {seed}");
                counts[usize::from(own.longest().is_none())] += usize::from(own.longest() != Some(0));
            }
            Outcome::Violated(violation) => {
                assert_eq!(violation.kind == Kind::Endless, own.endless(), "seed {seed}: {machine:?}");
                assert!(own.endless() || violated, "seed {seed}: {machine:?}");
                own.verify(&violation.path, violation.kind, violation.other.as_ref());
                counts[match violation.kind {
                    Kind::Endless => 2,
                    Kind::Order => 3,
                    _ => 4,
                }] += 1;
            }
            other => panic!("seed {seed}: {other:?}"),
        }
    }
    assert!(counts.iter().all(|n| *n > 20), "{counts:?}");
}
