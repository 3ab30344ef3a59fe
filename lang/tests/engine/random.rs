//! Small random machines, and their answers by the definitions.

use crate::small::{Out, Small};
use reconverge_lang::engine::Path;
use reconverge_lang::engine::machine::{InstanceInfo, Joint, Judged, Role, StepClass, Strength, Trap};

/// splitmix64
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % n
    }
}

/// A step of a random machine: from, instance, to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub from: u64,
    pub instance: u32,
    pub to: u64,
}

/// An explicit graph; with `budget`, the high half of a state counts the faults used. The fair key of a step is its
/// instance. Every state of the graph is initial or not, as `initial` says.
#[derive(Debug, Clone)]
pub struct Explicit {
    pub initial: Vec<u64>,
    pub instances: Vec<InstanceInfo>,
    pub edges: Vec<Edge>,
    pub budget: u64,
    pub judged: Judged,
    /// Sets of states by bits: parts 0 and 1 of the property.
    pub parts: [u64; 2],
    /// Steps (by index) at which a step property is false.
    pub bad_steps: Vec<usize>,
}

pub const FAULTS: u64 = 1 << 32;

impl Explicit {
    pub fn random(seed: u64, judged: Judged, classes: &[StepClass]) -> Self {
        let mut r = Random(seed);
        let states = 2 + r.below(4);
        let strengths = [Strength::Unfair, Strength::Weak, Strength::Weak, Strength::Strong];
        let instance = |r: &mut Random| {
            let class = classes[r.below(classes.len() as u64) as usize];
            let fair = matches!(class, StepClass::System | StepClass::Recovery);
            let strength = if fair { strengths[r.below(4) as usize] } else { Strength::Unfair };
            let reconciler = (r.below(2) == 0).then_some(0);
            let joint = if r.below(2) == 0 { Joint::Acts(0) } else { Joint::Alone };
            InstanceInfo { class, strength, reconciler, joint }
        };
        let instances: Vec<_> = (0..1 + r.below(4)).map(|_| instance(&mut r)).collect();
        let mut edges: Vec<_> = (0..r.below(11))
            .map(|_| Edge {
                from: r.below(states),
                instance: r.below(instances.len() as u64) as u32,
                to: r.below(states),
            })
            .collect();
        edges.sort_by_key(|e| (e.from, e.instance));
        let initial = (0..1 + r.below(2)).map(|_| r.below(states)).collect();
        let bad_steps = (0..r.below(4)).map(|_| r.below(12) as usize).collect();
        let parts = [r.below(1 << states), r.below(1 << states)];
        Explicit { initial, instances, edges, budget: r.below(3), judged, parts, bad_steps }
    }

    pub fn class(&self, edge: &Edge) -> StepClass {
        self.instances[edge.instance as usize].class
    }

    /// Where an edge leads from a state with faults.
    pub fn take(&self, state: u64, edge: &Edge) -> Option<u64> {
        let (at, used) = (state % FAULTS, state / FAULTS);
        let fault = self.class(edge) == StepClass::Fault;
        let used = used + u64::from(fault);
        (at == edge.from && used <= self.budget).then_some(edge.to + used * FAULTS)
    }

    /// All reachable states with their least (faults, steps), by relaxation.
    pub fn distances(&self) -> Vec<(u64, u64)> {
        let mut found: Vec<(u64, u64)> = Vec::new();
        let mut improve = |state: u64, steps: u64| match found.iter_mut().find(|(s, _)| *s == state) {
            Some((_, known)) if *known <= steps => false,
            Some((_, known)) => {
                *known = steps;
                true
            }
            None => {
                found.push((state, steps));
                true
            }
        };
        let mut waiting: Vec<(u64, u64)> = self.initial.iter().map(|s| (*s, 0)).collect();
        while let Some((state, steps)) = waiting.pop() {
            if improve(state, steps) {
                waiting.extend(self.edges.iter().filter_map(|e| Some((self.take(state, e)?, steps + 1))));
            }
        }
        found
    }

    pub fn part(&self, part: usize, state: u64) -> bool {
        self.parts[part] >> (state % FAULTS) & 1 == 1
    }

    /// Steps that change something among reachable states, as (from, instance, to) with faults.
    pub fn graph(&self, clients_and_faults: bool) -> Vec<Edge> {
        let reachable = self.distances();
        let all = reachable.iter().flat_map(|(state, _)| {
            self.edges.iter().filter_map(move |e| {
                let on = matches!(self.class(e), StepClass::System | StepClass::Recovery);
                let to = self.take(*state, e)?;
                let counts = (on || clients_and_faults) && to != *state;
                counts.then_some(Edge { from: *state, instance: e.instance, to })
            })
        });
        all.collect()
    }

    /// Whether a run that visits exactly these states and takes exactly these steps for ever is fair, where `graph`
    /// has all steps.
    pub fn fair(&self, states: &[u64], taken: &[Edge], graph: &[Edge]) -> bool {
        self.jointly_fair(states, taken, graph)
            && self.instances.iter().enumerate().all(|(instance, info)| {
                let enables = |s: &u64| graph.iter().any(|e| e.from == *s && e.instance as usize == instance);
                let taken = taken.iter().any(|e| e.instance as usize == instance);
                match info.strength {
                    Strength::Unfair => true,
                    Strength::Weak => taken || !states.iter().all(enables),
                    Strength::Strong => taken || !states.iter().any(enables),
                }
            })
    }

    /// Where some of those that share their fairness is possible all the time, one of them is taken.
    fn jointly_fair(&self, states: &[u64], taken: &[Edge], graph: &[Edge]) -> bool {
        let shares = |e: &Edge| {
            let info = self.instances[e.instance as usize];
            info.joint != Joint::Alone && info.strength != Strength::Unfair
        };
        let enables = |s: &u64| graph.iter().any(|e| e.from == *s && shares(e));
        taken.iter().any(shares) || !states.iter().all(enables)
    }

    /// Every set of states in which a fair run can stay, of those for which `within` is true.
    pub fn fair_sets(&self, graph: &[Edge], within: impl Fn(u64) -> bool) -> Vec<Vec<u64>> {
        let states: Vec<_> = self.distances().into_iter().map(|(s, _)| s).filter(|s| within(*s)).collect();
        let subset = |bits: u64| -> Vec<u64> {
            states.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, s)| *s).collect()
        };
        let stays = |set: &Vec<u64>| {
            let inside: Vec<_> =
                graph.iter().copied().filter(|e| set.contains(&e.from) && set.contains(&e.to)).collect();
            let connected = set.iter().all(|s| reach(*s, &inside).len() == set.len());
            connected && self.fair(set, &inside, graph)
        };
        (1..1 << states.len()).map(subset).filter(stays).collect()
    }

    /// Panics unless `path` is a run of this machine and its loop, if it has one, fair and without clients and faults
    /// where those are off. Returns the states of the loop.
    pub fn verify(&self, path: &Path, clients_and_faults: bool) -> Vec<u64> {
        assert!(self.initial.contains(&path.init[0]));
        let mut steps = Vec::new();
        for (i, step) in path.steps.iter().enumerate() {
            let (from, to) = (path.before(i)[0], step.state[0]);
            let choices = self.edges.iter().filter(|e| e.instance == step.instance);
            let taken = choices.filter_map(|e| self.take(from, e)).nth(step.choice as usize);
            assert_eq!(taken, Some(to), "step {i} of {path:?}");
            steps.push(Edge { from, instance: step.instance, to });
        }
        let Some(start) = path.loop_start else { return Vec::new() };
        assert_eq!(path.last(), path.before(start), "the loop closes");
        let graph = self.graph(clients_and_faults);
        let mut states: Vec<_> = steps[start..].iter().map(|e| e.to).collect();
        if states.is_empty() {
            states.push(path.last()[0]);
        }
        assert!(steps[start..].iter().all(|e| graph.contains(e)));
        assert!(self.fair(&states, &steps[start..], &graph), "the loop is fair: {path:?} of {self:?}");
        states
    }
}

/// The states that can be reached from one, itself included.
pub fn reach(from: u64, graph: &[Edge]) -> Vec<u64> {
    let mut found = vec![from];
    let mut at = 0;
    while at < found.len() {
        let state = found[at];
        for edge in graph.iter().filter(|e| e.from == state) {
            if !found.contains(&edge.to) {
                found.push(edge.to);
            }
        }
        at += 1;
    }
    found
}

impl Small for Explicit {
    fn instances(&self) -> Vec<InstanceInfo> {
        self.instances.clone()
    }

    /// The weakly fair steps of the system are a repair's own, all other fair ones those of others.
    fn role(&self, instance: u32) -> Role {
        let info = &self.instances[instance as usize];
        match (info.class, info.strength) {
            (StepClass::Fault | StepClass::Client, _) => Role::None,
            (StepClass::Recovery, _) => Role::Informs,
            (_, Strength::Weak) => Role::Own,
            (_, Strength::Unfair | Strength::Strong) => Role::Other,
        }
    }

    fn value(&self, state: u64) -> u64 {
        u64::from(self.part(1, state))
    }

    fn initial(&self) -> Vec<u64> {
        self.initial.clone()
    }

    fn next(&self, state: u64, out: Out<'_>) {
        for edge in &self.edges {
            if let Some(to) = self.take(state, edge) {
                out(edge.instance, u64::from(edge.instance), Ok(to));
            }
        }
    }

    fn properties(&self) -> Vec<Judged> {
        vec![self.judged]
    }

    fn holds(&self, _: usize, part: usize, state: u64) -> Result<bool, Trap> {
        Ok(self.part(part, state))
    }

    fn step(&self, _: usize, before: u64, instance: u32, after: u64) -> Result<bool, Trap> {
        let bad = |i: &usize| {
            let edge = self.edges.get(*i).filter(|e| e.instance == instance);
            edge.is_some_and(|e| self.take(before, e) == Some(after))
        };
        Ok(!self.bad_steps.iter().any(bad))
    }

    fn faults(&self, state: u64) -> u32 {
        (state / FAULTS) as u32
    }
}
