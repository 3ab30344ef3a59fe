//! Time on random small systems: as many states and steps as by its definition, which is written down here once more over
//! plain values, with nothing of the program that the checker runs.

use super::support::{Random, defined, explore, program};
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::model::{BuildOptions, Model};

/// The greatest values of the variables `x` and `g`.
const MOST: u32 = 2;

#[derive(Debug, Clone, Copy)]
enum Guard {
    /// `n.x == k`
    X(u32),
    /// `n.c >= k`
    Clock(u32),
    /// `g == k`
    Global(u32),
    /// `some m in N: m.x == k`
    Someone(u32),
}

#[derive(Debug, Clone, Copy)]
enum Effect {
    X(u32),
    Reset,
    Global(u32),
    /// `choose v in 1..k where v != n.x { n.x := v }`
    Choose(u32),
}

#[derive(Debug, Clone)]
struct Act {
    guards: Vec<Guard>,
    effects: Vec<Effect>,
    within: Option<u32>,
}

#[derive(Debug)]
struct System {
    nodes: usize,
    /// Nothing says at which node it happens: there is one, and whether it is up makes no difference.
    nowhere: bool,
    clock: u32,
    acts: Vec<Act>,
    /// A reconciler: ticks, and its acts.
    every: Option<(u32, Vec<Act>)>,
    budget: Vec<(Fault, u32)>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Node {
    x: u32,
    clock: u32,
    up: bool,
    paused: bool,
    /// Ticks that each act with a deadline has stayed possible for; of the reconciler's behind those of the others. Of one
    /// that has to come at once: 1 where it came since the last tick.
    waited: Vec<u32>,
    /// Ticks since the reconciler looked; none: it has not looked yet, and so many have passed.
    looked: Result<u32, u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    g: u32,
    nodes: Vec<Node>,
    spent: Vec<u32>,
}

impl System {
    fn random(seed: u64) -> System {
        let mut r = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let clock = 1 + r.below(3);
        let acts = (0..1 + r.below(3)).map(|_| act(&mut r, clock, 2)).collect();
        let every = (r.below(2) == 0)
            .then(|| (1 + r.below(3), (0..1 + r.below(2)).map(|_| act(&mut r, clock, 4)).collect()));
        let all = [Fault::Crash, Fault::Pause, Fault::Skew, Fault::Wipe];
        let budget =
            (0..r.below(3)).map(|i| (all[(seed as usize + i as usize) % 4], 1 + r.below(2))).collect();
        let nodes = 1 + r.below(2) as usize;
        let nowhere = nodes == 1 && r.below(2) == 0;
        System { nodes, nowhere, clock, acts, every, budget }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "system S {{\n  state g: 0..{MOST} = 0\n  node N{} {{ volatile x: 0..{MOST} = 0  clock c: 0..{} = 0 }}\n",
            if self.nowhere { String::new() } else { format!("[{}]", self.nodes) },
            self.clock
        );
        let at = if self.nowhere { "" } else { " at n in N" };
        for (i, act) in self.acts.iter().enumerate() {
            text += &format!("  action a{i}{at}{}\n", act.text());
        }
        if let Some((every, acts)) = &self.every {
            text += &format!("  reconciler r: worker {{ every {every} ticks drift g == 0\n");
            for act in acts {
                text += &format!("    act{at}{}\n", act.text());
            }
            text += "  }\n";
        }
        text + "}\ncheck S"
    }

    fn initial(&self) -> State {
        let deadlines = self.all().filter(|(act, _)| act.within.is_some()).count();
        let node = Node {
            x: 0,
            clock: 0,
            up: true,
            paused: false,
            waited: vec![0; deadlines],
            looked: self.due_at_last(Err(0)),
        };
        State { g: 0, nodes: vec![node; self.nodes], spent: vec![0; self.budget.len()] }
    }

    /// Every act, and whether it is the reconciler's.
    fn all(&self) -> impl Iterator<Item = (&Act, bool)> {
        let own = self.every.iter().flat_map(|(_, acts)| acts);
        self.acts.iter().map(|act| (act, false)).chain(own.map(|act| (act, true)))
    }

    fn may_look(&self, node: &Node) -> bool {
        self.every.as_ref().is_some_and(|(every, _)| node.looked.map_or(true, |ticks| ticks >= *every))
    }

    /// At the end of the first period the first look is due as any other.
    fn due_at_last(&self, looked: Result<u32, u32>) -> Result<u32, u32> {
        match (&self.every, looked) {
            (Some((every, _)), Err(ticks)) if ticks + 1 >= *every => Ok(*every),
            _ => looked,
        }
    }

    fn must_look(&self, node: &Node) -> bool {
        self.every.as_ref().is_some_and(|(every, _)| node.looked.is_ok_and(|ticks| ticks >= *every))
    }

    fn acts_at(&self, node: &Node) -> bool {
        self.nowhere || node.up && !node.paused
    }

    fn possible(&self, state: &State, n: usize, (act, reconciles): (&Act, bool)) -> bool {
        let node = &state.nodes[n];
        self.acts_at(node) && (!reconciles || self.may_look(node)) && act.leads(state, n).is_some()
    }

    /// The same, if the node were not paused.
    fn wanted(&self, state: &State, n: usize, (act, reconciles): (&Act, bool)) -> bool {
        let node = &state.nodes[n];
        (self.nowhere || node.up) && (!reconciles || self.may_look(node)) && act.leads(state, n).is_some()
    }

    /// What no longer is possible waits no longer.
    fn settled(&self, mut state: State) -> State {
        let timed: Vec<(&Act, bool)> = self.all().filter(|(act, _)| act.within.is_some()).collect();
        for n in 0..self.nodes {
            for (i, act) in timed.iter().enumerate() {
                if act.0.within != Some(0) && !self.wanted(&state, n, *act) {
                    state.nodes[n].waited[i] = 0;
                }
            }
        }
        state
    }

    fn steps(&self, state: &State) -> Vec<State> {
        let mut all = Vec::new();
        for n in 0..self.nodes {
            let mut deadline = 0;
            for (act, reconciles) in self.all() {
                if self.possible(state, n, (act, reconciles)) {
                    for mut next in act.leads(state, n).unwrap_or_default() {
                        if let Some(within) = act.within {
                            next.nodes[n].waited[deadline] = u32::from(within == 0);
                        }
                        if reconciles {
                            next.nodes[n].looked = Ok(0);
                        }
                        all.push(self.settled(next));
                    }
                }
                deadline += usize::from(act.within.is_some());
            }
            self.look(state, n, &mut all);
        }
        self.ticks(state, &mut all);
        self.faults(state, &mut all);
        all
    }

    /// There is nothing to do.
    fn look(&self, state: &State, n: usize, all: &mut Vec<State>) {
        let node = &state.nodes[n];
        let idle = || self.all().filter(|(_, own)| *own).all(|(act, _)| act.leads(state, n).is_none());
        if self.acts_at(node) && self.may_look(node) && idle() {
            let mut next = state.clone();
            next.nodes[n].looked = Ok(0);
            all.push(self.settled(next));
        }
    }

    fn ticks(&self, state: &State, all: &mut Vec<State>) {
        let timed: Vec<(&Act, bool)> = self.all().filter(|(act, _)| act.within.is_some()).collect();
        let late = |n: usize| {
            let node = &state.nodes[n];
            let over = |(i, act): (usize, &(&Act, bool))| {
                let over = match act.0.within {
                    Some(0) | None => node.waited[i] == 0,
                    Some(ticks) => node.waited[i] >= ticks,
                };
                over && self.possible(state, n, *act)
            };
            self.acts_at(node) && self.must_look(node) || timed.iter().enumerate().any(over)
        };
        if (0..self.nodes).any(late) {
            return;
        }
        all.push(self.ticked(state, None));
        let skew = self.budget.iter().position(|(fault, _)| *fault == Fault::Skew);
        if let Some(place) = skew.filter(|place| state.spent[*place] < self.budget[*place].1) {
            for n in (0..self.nodes).filter(|n| !state.nodes[*n].paused) {
                let mut next = self.ticked(state, Some(n));
                next.spent[place] += 1;
                all.push(next);
            }
        }
    }

    fn ticked(&self, state: &State, slow: Option<usize>) -> State {
        let timed: Vec<(&Act, bool)> = self.all().filter(|(act, _)| act.within.is_some()).collect();
        let mut next = state.clone();
        for n in 0..self.nodes {
            for (i, act) in timed.iter().enumerate() {
                if act.0.within == Some(0) {
                    next.nodes[n].waited[i] = 0;
                } else if self.possible(state, n, *act) {
                    next.nodes[n].waited[i] += 1;
                }
            }
            let node = &mut next.nodes[n];
            let stands = slow == Some(n) || node.paused;
            if !stands {
                node.clock = (node.clock + 1).min(self.clock);
            }
            if let (true, Some((every, _))) = (self.nowhere || node.up && !stands, &self.every) {
                // More ticks than a period make no difference.
                node.looked = node.looked.map(|t| (t + 1).min(*every)).map_err(|t| t + 1);
                node.looked = self.due_at_last(node.looked);
            }
        }
        self.settled(next)
    }

    fn faults(&self, state: &State, all: &mut Vec<State>) {
        let place = |fault: Fault| {
            let place = self.budget.iter().position(|(known, _)| *known == fault)?;
            (state.spent[place] < self.budget[place].1).then_some(place)
        };
        for n in 0..self.nodes {
            let Node { up, paused, .. } = state.nodes[n];
            for fault in [Fault::Crash, Fault::Wipe].into_iter().filter(|_| up) {
                let Some(place) = place(fault) else { continue };
                let mut next = state.clone();
                next.spent[place] += 1;
                let node = &mut next.nodes[n];
                (node.up, node.paused, node.x) = (false, false, 0);
                if fault == Fault::Wipe {
                    node.clock = 0;
                }
                all.push(self.settled(next));
            }
            if let Some(place) = place(Fault::Pause).filter(|_| up && !paused) {
                let mut next = state.clone();
                next.spent[place] += 1;
                next.nodes[n].paused = true;
                all.push(self.settled(next));
            }
            if !up || paused {
                let mut next = state.clone();
                (next.nodes[n].up, next.nodes[n].paused) = (true, false);
                all.push(self.settled(next));
            }
        }
    }
}

fn act(r: &mut Random, clock: u32, times: u32) -> Act {
    let guards = (0..1 + r.below(2)).map(|_| match r.below(5) {
        0 => Guard::X(r.below(MOST + 1)),
        1 | 2 => Guard::Clock(1 + r.below(clock)),
        3 => Guard::Global(r.below(MOST + 1)),
        _ => Guard::Someone(r.below(MOST + 1)),
    });
    let guards = guards.collect();
    let mut effects = Vec::new();
    if r.below(4) == 0 {
        effects.push(Effect::Choose(1 + r.below(MOST)));
    }
    for _ in 0..1 + r.below(2) {
        effects.push(match r.below(3) {
            0 => Effect::X(r.below(MOST + 1)),
            1 => Effect::Reset,
            _ => Effect::Global(r.below(MOST + 1)),
        });
    }
    Act { guards, effects, within: (r.below(times) == 0).then(|| r.below(3)) }
}

impl Act {
    fn text(&self) -> String {
        let guards: Vec<String> = (self.guards.iter())
            .map(|guard| match guard {
                Guard::X(k) => format!("n.x == {k}"),
                Guard::Clock(k) => format!("n.c >= {k}"),
                Guard::Global(k) => format!("g == {k}"),
                Guard::Someone(k) => format!("(some m in N: m.x == {k})"),
            })
            .collect();
        let effects: Vec<String> = (self.effects.iter())
            .map(|effect| match effect {
                Effect::X(k) => format!("n.x := {k}"),
                Effect::Reset => "n.c := 0".to_string(),
                Effect::Global(k) => format!("g := {k}"),
                Effect::Choose(k) => format!("choose v in 1..{k} where v != n.x {{ n.x := v }}"),
            })
            .collect();
        let within = self.within.map_or(String::new(), |n| format!(" within {n} ticks"));
        format!(" when {}{within} {{ {} }}", guards.join(" and "), effects.join("  "))
    }

    /// Where it leads, if its guards hold and there is something to choose.
    fn leads(&self, state: &State, n: usize) -> Option<Vec<State>> {
        let node = &state.nodes[n];
        let holds = self.guards.iter().all(|guard| match guard {
            Guard::X(k) => node.x == *k,
            Guard::Clock(k) => node.clock >= *k,
            Guard::Global(k) => state.g == *k,
            Guard::Someone(k) => state.nodes.iter().any(|m| m.x == *k),
        });
        let mut ways = if holds { vec![state.clone()] } else { Vec::new() };
        for effect in &self.effects {
            ways = (ways.into_iter())
                .flat_map(|way| match effect {
                    Effect::X(k) => vec![with(&way, |s| s.nodes[n].x = *k)],
                    Effect::Reset => vec![with(&way, |s| s.nodes[n].clock = 0)],
                    Effect::Global(k) => vec![with(&way, |s| s.g = *k)],
                    Effect::Choose(k) => (1..=*k)
                        .filter(|v| *v != way.nodes[n].x)
                        .map(|v| with(&way, |s| s.nodes[n].x = v))
                        .collect(),
                })
                .collect();
        }
        (!ways.is_empty()).then_some(ways)
    }
}

fn with(state: &State, change: impl Fn(&mut State)) -> State {
    let mut state = state.clone();
    change(&mut state);
    state
}

/// As many states and steps as by definition, in both forms, in every order.
#[track_caller]
fn compared(name: &str, system: &System, symmetry_off: bool) -> bool {
    let defined = defined(system.initial(), 20_000, |state| system.steps(state));
    let Some(defined) = defined else { return false };
    let text = system.text();
    let mut faults = FaultBudget::default();
    system.budget.iter().for_each(|(fault, times)| faults.set(*fault, *times));
    let program = program(&text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"));
    let options = BuildOptions { faults, symmetry_off, ..BuildOptions::default() };
    super::native::both_agree(&program, &[], &options, 200);
    let model = Model::build(&program, Vec::new(), &options).expect("it is small");
    super::order::same(name, &text, &options);
    let found = explore(&model);
    let counts = (found.states_distinct, found.states_generated);
    assert_eq!(counts, defined, "{name}, {:?}\n{text}", system.budget);
    true
}

#[test]
fn time_goes_on_as_it_is_defined() {
    let (mut all, mut looks, mut deadlines, mut skews, mut nowhere) = (0, 0, 0, 0, 0);
    for seed in 1..=400 {
        let system = System::random(seed);
        if !system.all().any(|(act, _)| act.guards.iter().any(|g| matches!(g, Guard::Clock(_)))) {
            continue;
        }
        if !compared(&format!("seed {seed}"), &system, seed % 2 == 0) {
            continue;
        }
        all += 1;
        nowhere += usize::from(system.nowhere && system.every.is_some());
        looks += usize::from(system.every.is_some());
        deadlines += usize::from(system.all().any(|(act, _)| act.within.is_some_and(|n| n > 0)));
        skews += usize::from(system.budget.iter().any(|(fault, _)| *fault == Fault::Skew));
    }
    assert!(
        all > 150 && looks > 50 && deadlines > 50 && skews > 20 && nowhere > 20,
        "{all} {looks} {deadlines} {skews} {nowhere}"
    );
}

/// An act that only its reconciler's look makes impossible, with another act of it that writes nothing that it asks.
#[test]
fn a_look_ends_what_waits() {
    let act = |effect, within| Act { guards: vec![Guard::Clock(1)], effects: vec![effect], within };
    for nowhere in [true, false] {
        let acts = vec![act(Effect::X(1), Some(2)), act(Effect::Global(1), None)];
        let every = Some((3, acts));
        let system = System { nodes: 1, nowhere, clock: 1, acts: Vec::new(), every, budget: Vec::new() };
        assert!(compared("by hand", &system, false));
    }
}
