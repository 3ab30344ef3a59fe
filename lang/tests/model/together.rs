//! Time, views, messages and all faults together, on random small systems: as many states and steps as by their definition,
//! which is written down here over plain values, with nothing of the program that the checker runs.

use super::support::{Random, defined, explore, program};
use reconverge_lang::concepts::{Allowance, Fault, FaultBudget};
use reconverge_lang::model::{BuildOptions, Model};
use std::collections::{BTreeMap, BTreeSet};

/// The greatest value of the clocks, of what is shown, and of all else.
const TICKS: u32 = 2;
const SHOWN: u32 = 2;
const MOST: u32 = 1;
/// Of the link.
const ROOM: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    A,
    B,
}

#[derive(Debug, Clone, Copy)]
enum Guard {
    /// `n.x == k`
    X(u32),
    /// `n.c >= k`
    Clock(u32),
    /// `t >= k`
    Time(u32),
    /// `n.v == k`
    View(u32),
    /// `s == k`
    Global(u32),
    /// `k == v`, of the message.
    Carried(u32),
    /// `in_flight(M) < ROOM`
    Room,
}

#[derive(Debug, Clone, Copy)]
enum Effect {
    X(u32),
    Reset,
    ResetTime,
    Global(u32),
    /// `send M { k: v } to b`
    Send(u32),
    /// `n.x := k`, of the message.
    Take,
}

#[derive(Debug)]
struct Act {
    at: Kind,
    guards: Vec<Guard>,
    effects: Vec<Effect>,
    within: Option<u32>,
}

#[derive(Debug)]
struct System {
    many: usize,
    volatile: bool,
    fresh: bool,
    /// `on restart at n in A { n.x := 1  n.c := 0 }`
    recovers: bool,
    lossy: bool,
    duplicating: bool,
    acts: Vec<Act>,
    handler: Act,
    budget: Vec<Allowance>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Node {
    x: u32,
    clock: u32,
    shown: u32,
    up: bool,
    paused: bool,
    /// Ticks that each act with a deadline, here, has stayed possible for.
    waited: Vec<u32>,
}

/// Sender and value; there is one receiver.
type Message = (usize, u32);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    s: u32,
    before: u32,
    t: u32,
    nodes: Vec<Node>,
    in_flight: BTreeMap<Message, usize>,
    /// Those whose messages to the others are stopped; of a partition both ways also the other way round.
    cut: Option<BTreeSet<usize>>,
    spent: Vec<u32>,
}

impl System {
    fn random(seed: u64) -> System {
        let mut r = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut acts = vec![act(&mut r, Kind::A, true)];
        acts.extend((0..1 + r.below(2)).map(|_| act(&mut r, Kind::A, false)));
        acts.extend((0..r.below(2)).map(|_| act(&mut r, Kind::B, false)));
        let mut handler = act(&mut r, Kind::B, false);
        handler.within = None;
        handler.effects.push(Effect::Take);
        if r.below(2) == 0 {
            handler.guards = vec![Guard::Carried(r.below(MOST + 1))];
        }
        let mut budget: Vec<Allowance> = Vec::new();
        for _ in 0..1 + r.below(3) {
            let entry = allowance(&mut r);
            if budget.iter().all(|known| known.fault != entry.fault) {
                budget.push(entry);
            }
        }
        let mut flip = || r.below(2) == 0;
        let (volatile, fresh, recovers) = (flip(), flip(), flip());
        let (lossy, duplicating) = (flip(), flip());
        let many = 1 + usize::from(flip());
        System { many, volatile, fresh, recovers, lossy, duplicating, acts, handler, budget }
    }

    fn text(&self) -> String {
        let word = |yes: bool, word: &'static str| if yes { word } else { "" };
        let many = if self.many == 1 { String::new() } else { format!("[{}]", self.many) };
        let mut text = format!(
            "system S {{\n  state s: 0..{SHOWN} = 0\n  clock t: 0..{TICKS} = 0\n  node A{many} {{ volatile x: 0..{MOST} = 0  \
             clock c: 0..{TICKS} = 0  {} v: 0..{SHOWN} = view of s{} }}\n  node B {{ durable x: 0..{MOST} = 0  clock c: \
             0..{TICKS} = 0 }}\n  message M {{ k: 0..{MOST} }}\n  link l: M from A to B unordered{}{} capacity {ROOM}\n",
            if self.volatile { "volatile" } else { "durable" },
            word(self.fresh, " fresh"),
            word(self.lossy, " lossy"),
            word(self.duplicating, " duplicating"),
        );
        for (i, act) in self.acts.iter().enumerate() {
            text += &format!("  action a{i} at n in {:?} {}\n", act.at, act.text());
        }
        text += &format!("  on M at n in B {}\n", self.handler.text());
        if self.recovers {
            text += "  on restart at n in A { n.x := 1  n.c := 0 }\n";
        }
        text + "}\ncheck S"
    }

    fn kind(&self, n: usize) -> Kind {
        if n < self.many { Kind::A } else { Kind::B }
    }

    /// The acts with a deadline at a kind of node.
    fn timed(&self, kind: Kind) -> impl Iterator<Item = (usize, &Act)> {
        self.acts.iter().filter(move |act| act.at == kind && act.within.is_some()).enumerate()
    }

    fn initial(&self) -> State {
        let node = |n: usize| Node {
            x: 0,
            clock: 0,
            shown: 0,
            up: true,
            paused: false,
            waited: vec![0; self.timed(self.kind(n)).count()],
        };
        State {
            s: 0,
            before: 0,
            t: 0,
            nodes: (0..=self.many).map(node).collect(),
            in_flight: BTreeMap::new(),
            cut: None,
            spent: vec![0; self.budget.len()],
        }
    }

    /// What no longer is possible, were the node not paused, waits no longer.
    fn settled(&self, mut state: State) -> State {
        for n in 0..state.nodes.len() {
            for (i, act) in self.timed(self.kind(n)) {
                if !state.nodes[n].up || !act.holds(&state, n, None) {
                    state.nodes[n].waited[i] = 0;
                }
            }
        }
        state
    }

    fn pays(&self, state: &State, fault: Fault, kind: Option<Kind>) -> Option<State> {
        let of = kind.map(|kind| kind as u32);
        let pays = |entry: &Allowance| entry.fault == fault && (entry.of.is_none() || entry.of == of);
        let place = self.budget.iter().position(pays)?;
        let mut next = state.clone();
        next.spent[place] += 1;
        (state.spent[place] < self.budget[place].times).then_some(next)
    }

    fn steps(&self, state: &State) -> Vec<State> {
        let mut all = Vec::new();
        for n in 0..state.nodes.len() {
            let node = &state.nodes[n];
            let acts = node.up && !node.paused;
            let mut deadline = 0;
            for act in self.acts.iter().filter(|act| act.at == self.kind(n)) {
                if acts && act.holds(state, n, None) {
                    let mut next = act.done(state.clone(), n, None);
                    if act.within.is_some() {
                        next.nodes[n].waited[deadline] = 0;
                    }
                    all.push(next);
                }
                deadline += usize::from(act.within.is_some());
            }
            if acts && self.kind(n) == Kind::A {
                self.observes(state, n, &mut all);
            }
            self.of_node(state, n, &mut all);
        }
        self.messages(state, &mut all);
        self.partitions(state, &mut all);
        self.ticks(state, &mut all);
        all.into_iter().map(|next| self.settled(next)).collect()
    }

    /// The view comes to show what is current, or of what it missed the last.
    fn observes(&self, state: &State, n: usize, all: &mut Vec<State>) {
        let shown = state.nodes[n].shown;
        if shown != state.s {
            all.push(with(state, |next| next.nodes[n].shown = next.s));
            if state.before != shown && state.before != state.s {
                all.push(with(state, |next| next.nodes[n].shown = next.before));
            }
        }
    }

    fn of_node(&self, state: &State, n: usize, all: &mut Vec<State>) {
        let kind = self.kind(n);
        let Node { up, paused, shown, .. } = state.nodes[n];
        let views = kind == Kind::A;
        for fault in [Fault::Crash, Fault::Wipe].into_iter().filter(|_| up) {
            let Some(mut next) = self.pays(state, fault, Some(kind)) else { continue };
            let current = next.s;
            let node = &mut next.nodes[n];
            (node.up, node.paused) = (false, false);
            if kind == Kind::A || fault == Fault::Wipe {
                node.x = 0;
            }
            if fault == Fault::Wipe {
                node.clock = 0;
                node.shown = if views && !self.volatile { current } else { node.shown };
            }
            all.push(next);
        }
        if up && !paused {
            all.extend(
                self.pays(state, Fault::Pause, Some(kind)).map(|s| with(&s, |s| s.nodes[n].paused = true)),
            );
            if views && shown == state.s && state.before != state.s {
                let stale = self.pays(state, Fault::Stale, Some(kind));
                all.extend(stale.map(|s| with(&s, |s| s.nodes[n].shown = s.before)));
            }
        } else if up {
            all.push(with(state, |s| s.nodes[n].paused = false));
        } else {
            self.restarts(state, n, all);
        }
    }

    fn restarts(&self, state: &State, n: usize, all: &mut Vec<State>) {
        let views = self.kind(n) == Kind::A;
        let up = with(state, |next| {
            next.nodes[n].up = true;
            if views && self.recovers {
                (next.nodes[n].x, next.nodes[n].clock) = (1, 0);
            }
        });
        if !views || !self.volatile {
            return all.push(up);
        }
        all.push(with(&up, |next| next.nodes[n].shown = next.s));
        if !self.fresh && state.before != state.s {
            all.push(with(&up, |next| next.nodes[n].shown = next.before));
        }
    }

    fn messages(&self, state: &State, all: &mut Vec<State>) {
        let to = self.many;
        for message @ (from, carried) in state.in_flight.keys().copied() {
            let gone = with(state, |next| {
                let left = next.in_flight.get_mut(&message).expect("in flight");
                *left -= 1;
                if *left == 0 {
                    next.in_flight.remove(&message);
                }
            });
            let node = &state.nodes[to];
            if node.up
                && !node.paused
                && self.passes(state, from, to)
                && self.handler.holds(state, to, Some(carried))
            {
                all.push(self.handler.done(gone.clone(), to, Some(carried)));
            }
            if self.lossy {
                let lost = self.pays(&gone, Fault::Lose, None);
                all.extend(lost);
            }
            if self.duplicating && room(state) {
                let twice = self.pays(state, Fault::Duplicate, None);
                all.extend(twice.map(|s| with(&s, |s| *s.in_flight.entry(message).or_default() += 1)));
            }
        }
    }

    fn parts(&self) -> Option<&Allowance> {
        self.budget.iter().find(|entry| entry.fault == Fault::Partition)
    }

    fn passes(&self, state: &State, from: usize, to: usize) -> bool {
        let Some(side) = &state.cut else { return true };
        let one_way = self.parts().is_some_and(|entry| entry.one_way);
        side.contains(&from) == side.contains(&to) || one_way && !side.contains(&from)
    }

    fn partitions(&self, state: &State, all: &mut Vec<State>) {
        let Some(entry) = self.parts() else { return };
        if state.cut.is_some() {
            if !entry.lasting {
                all.push(with(state, |next| next.cut = None));
            }
            return;
        }
        let Some(next) = self.pays(state, Fault::Partition, None) else { return };
        let nodes = state.nodes.len();
        for chosen in 1..(1_u32 << nodes) - 1 {
            let side: BTreeSet<usize> = (0..nodes).filter(|n| chosen >> n & 1 == 1).collect();
            // Both ways the sides are one pair, whichever is named first.
            if entry.one_way || side.contains(&0) {
                all.push(with(&next, |next| next.cut = Some(side.clone())));
            }
        }
    }

    fn ticks(&self, state: &State, all: &mut Vec<State>) {
        let late = (0..state.nodes.len()).any(|n| {
            let node = &state.nodes[n];
            let due = |(i, act): (usize, &Act)| {
                act.within.is_some_and(|within| node.waited[i] >= within) && act.holds(state, n, None)
            };
            node.up && !node.paused && self.timed(self.kind(n)).any(due)
        });
        if late {
            return;
        }
        all.push(self.ticked(state.clone(), state, None));
        for n in (0..state.nodes.len()).filter(|n| !state.nodes[*n].paused) {
            let slow = self.pays(state, Fault::Skew, Some(self.kind(n)));
            all.extend(slow.map(|next| self.ticked(next, state, Some(n))));
        }
    }

    fn ticked(&self, mut next: State, state: &State, slow: Option<usize>) -> State {
        next.t = (next.t + 1).min(TICKS);
        for n in 0..state.nodes.len() {
            let node = &mut next.nodes[n];
            for (i, act) in self.timed(self.kind(n)) {
                node.waited[i] += u32::from(node.up && !node.paused && act.holds(state, n, None));
            }
            if slow != Some(n) && !node.paused {
                node.clock = (node.clock + 1).min(TICKS);
            }
        }
        next
    }
}

impl Act {
    fn text(&self) -> String {
        let guards: Vec<String> = (self.guards.iter())
            .map(|guard| match guard {
                Guard::X(k) => format!("n.x == {k}"),
                Guard::Clock(k) => format!("n.c >= {k}"),
                Guard::Time(k) => format!("t >= {k}"),
                Guard::View(k) => format!("n.v == {k}"),
                Guard::Global(k) => format!("s == {k}"),
                Guard::Carried(k) => format!("k == {k}"),
                Guard::Room => format!("in_flight(M) < {ROOM}"),
            })
            .collect();
        let effects: Vec<String> = (self.effects.iter())
            .map(|effect| match effect {
                Effect::X(k) => format!("n.x := {k}"),
                Effect::Reset => "n.c := 0".to_owned(),
                Effect::ResetTime => "t := 0".to_owned(),
                Effect::Global(k) => format!("s := {k}"),
                Effect::Send(k) => format!("send M {{ k: {k} }} to b"),
                Effect::Take => "n.x := k".to_owned(),
            })
            .collect();
        let within = self.within.map_or(String::new(), |n| format!(" within {n} ticks"));
        format!("when {}{within} {{ {} }}", guards.join(" and "), effects.join("  "))
    }

    fn holds(&self, state: &State, n: usize, carried: Option<u32>) -> bool {
        let node = &state.nodes[n];
        self.guards.iter().all(|guard| match guard {
            Guard::X(k) => node.x == *k,
            Guard::Clock(k) => node.clock >= *k,
            Guard::Time(k) => state.t >= *k,
            Guard::View(k) => node.shown == *k,
            Guard::Global(k) => state.s == *k,
            Guard::Carried(k) => carried == Some(*k),
            Guard::Room => room(state),
        })
    }

    fn done(&self, mut state: State, n: usize, carried: Option<u32>) -> State {
        let old = state.s;
        for effect in &self.effects {
            match effect {
                Effect::X(k) => state.nodes[n].x = *k,
                Effect::Reset => state.nodes[n].clock = 0,
                Effect::ResetTime => state.t = 0,
                Effect::Global(k) => state.s = *k,
                Effect::Send(k) => *state.in_flight.entry((n, *k)).or_default() += 1,
                Effect::Take => state.nodes[n].x = carried.unwrap_or_default(),
            }
        }
        if state.s != old {
            state.before = old;
        }
        state
    }
}

fn room(state: &State) -> bool {
    state.in_flight.values().sum::<usize>() < ROOM
}

fn with(state: &State, change: impl Fn(&mut State)) -> State {
    let mut state = state.clone();
    change(&mut state);
    state
}

fn act(r: &mut Random, at: Kind, sends: bool) -> Act {
    let mut guards: Vec<Guard> = (0..1 + r.below(2))
        .map(|_| match r.below(if at == Kind::A { 6 } else { 4 }) {
            0 => Guard::X(r.below(MOST + 1)),
            1 => Guard::Clock(1 + r.below(TICKS)),
            2 => Guard::Time(1 + r.below(TICKS)),
            3 => Guard::Global(r.below(SHOWN + 1)),
            _ => Guard::View(r.below(SHOWN + 1)),
        })
        .collect();
    let mut effects: Vec<Effect> = (0..1 + r.below(2))
        .map(|_| match r.below(4) {
            0 => Effect::X(r.below(MOST + 1)),
            1 => Effect::Reset,
            2 => Effect::ResetTime,
            _ => Effect::Global(r.below(SHOWN + 1)),
        })
        .collect();
    if sends {
        guards.push(Guard::Room);
        effects.push(Effect::Send(r.below(MOST + 1)));
    }
    Act { at, guards, effects, within: (r.below(3) == 0).then(|| 1 + r.below(2)) }
}

fn allowance(r: &mut Random) -> Allowance {
    let all = [
        Fault::Crash,
        Fault::Wipe,
        Fault::Pause,
        Fault::Skew,
        Fault::Stale,
        Fault::Lose,
        Fault::Duplicate,
        Fault::Partition,
    ];
    let fault = all[r.below(all.len() as u32) as usize];
    let parts = fault == Fault::Partition;
    // Of a kind that the fault can happen to.
    let of = match (fault, r.below(3)) {
        (Fault::Crash | Fault::Wipe | Fault::Pause | Fault::Skew, kind @ 0..=1) => Some(kind),
        _ => None,
    };
    let (one_way, lasting) = (parts && r.below(2) == 0, parts && r.below(2) == 0);
    Allowance { of, one_way, lasting, ..Allowance::new(fault, 1 + r.below(2)) }
}

#[test]
fn all_of_it_together_is_as_it_is_defined() {
    let (mut compared, mut faults_seen, mut deadlines) = (0, BTreeMap::<Fault, usize>::new(), 0);
    for seed in 1..=300 {
        let system = System::random(seed);
        let defined = defined(system.initial(), 12_000, |state| system.steps(state));
        let Some(defined) = defined.filter(|(states, _)| *states > 20) else { continue };
        let text = system.text();
        let mut faults = FaultBudget::default();
        system.budget.iter().for_each(|entry| faults.add(*entry));
        let program = program(&text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"));
        let options = BuildOptions { faults, symmetry_off: seed % 2 == 0, ..BuildOptions::default() };
        super::native::both_agree(&program, &[], &options, 200);
        if seed % 4 == 0 {
            super::order::same(&format!("seed {seed}"), &text, &options);
        }
        let model = Model::build(&program, Vec::new(), &options).expect("it is small");
        let found = explore(&model);
        let counts = (found.states_distinct, found.states_generated);
        assert_eq!(counts, defined, "seed {seed}, {:?}\n{text}", system.budget);
        compared += 1;
        system.budget.iter().for_each(|entry| *faults_seen.entry(entry.fault).or_default() += 1);
        deadlines += usize::from(system.acts.iter().any(|act| act.within.is_some()));
    }
    let few = faults_seen.values().any(|n| *n < 5);
    assert!(
        compared > 120 && deadlines > 50 && faults_seen.len() == 8 && !few,
        "{compared} {deadlines} {faults_seen:?}"
    );
}
