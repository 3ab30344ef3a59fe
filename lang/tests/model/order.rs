//! Partial order against plain exploration, on random systems and on some that are meant to break it: the same verdicts,
//! traps, actions taken, and states in which nothing can happen.

use crate::kept::{Files, Kept};
use crate::support::{faults, model, try_model_with};
use reconverge_lang::concepts::{Allowance, Fault, FaultBudget};
use reconverge_lang::engine::machine::{Machine, StepClass, Word};
use reconverge_lang::engine::stubborn::{Chooser, Relations};
use reconverge_lang::engine::{self, CheckpointTo, Exploration, Limits, Outcome, Unobserved};
use reconverge_lang::model::form::instance::InstanceKind;
use reconverge_lang::model::{BuildOptions, Model};
use reconverge_lang::obligations::property::{ProbeCondition, PropertyKind};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Greater systems than this say no more, later.
const MOST: u64 = 8_000;

/// Everything that must be the same.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// Properties that are false somewhere, and those that have no value somewhere.
    broken: BTreeSet<usize>,
    valueless: BTreeSet<usize>,
    probes: Vec<bool>,
    traps: BTreeSet<u32>,
    taken: BTreeSet<u32>,
    dead: BTreeSet<Vec<Word>>,
}

/// Depth by depth, in the order of faults as the engine has it; `relations`: with fewer steps where they allow it.
fn explore(model: &Model, relations: Option<&Relations>) -> (Seen, usize) {
    let mut seen = Seen { probes: vec![false; model.probes()], ..Seen::default() };
    let (mut scratch, mut judge) = (model.scratch(), model.scratch());
    let mut known: HashSet<Vec<Word>> = HashSet::new();
    let mut frontier: Vec<Vec<Word>> = Vec::new();
    model.initial(&mut scratch, &mut |state| {
        frontier.push(state.expect("a value").to_vec());
        true
    });
    let mut room = Chooser::default();
    // Fault levels one after the other, since a step by a fault leads to what is expanded later.
    let mut later: Vec<Vec<Word>> = Vec::new();
    loop {
        frontier.retain(|state| known.insert(state.clone()));
        if frontier.is_empty() {
            if later.is_empty() {
                return (seen, known.len());
            }
            frontier = std::mem::take(&mut later);
            continue;
        }
        let mut next = Vec::new();
        for state in &frontier {
            judge_state(model, &mut judge, state, &mut seen);
            let mut steps: Vec<(u32, Option<Vec<Word>>)> = Vec::new();
            model.expand(&mut scratch, state, |instance, result| {
                if let Err(trap) = result {
                    seen.traps.insert(trap.site);
                }
                steps.push((instance, result.ok().map(|s| s.state.to_vec())));
            });
            if steps.is_empty() {
                seen.dead.insert(state.clone());
                continue;
            }
            let fault = |i: u32| model.instances()[i as usize].class == StepClass::Fault;
            if let Some(relations) = relations {
                let mut enabled: Vec<u32> = steps.iter().map(|s| s.0).collect();
                enabled.dedup();
                let trapped = steps.iter().any(|s| s.1.is_none());
                let goes_on = |(i, after): &&(u32, Option<Vec<Word>>)| {
                    let Some(after) = after else { return false };
                    relations.is_invisible(*i) && after != state && (fault(*i) || !known.contains(after))
                };
                let seeds: Vec<u32> = steps.iter().filter(goes_on).map(|s| s.0).collect();
                if !trapped && relations.choose(state, &enabled, &seeds, &mut room) {
                    steps.retain(|s| room.chosen(s.0));
                }
            }
            for (instance, after) in steps {
                let Some(after) = after else { continue };
                seen.taken.insert(instance);
                if fault(instance) { later.push(after) } else { next.push(after) }
            }
        }
        frontier = next;
    }
}

fn judge_state(model: &Model, judge: &mut <Model as Machine>::Scratch, state: &[Word], seen: &mut Seen) {
    for property in 0..model.properties().len() {
        match model.state_holds(judge, property, state) {
            Ok(true) => {}
            Ok(false) => drop(seen.broken.insert(property)),
            Err(_) => drop(seen.valueless.insert(property)),
        }
    }
    model.probe(judge, state, None, &mut seen.probes);
}

/// Compares both ways; the states of each.
#[track_caller]
pub fn same(name: &str, text: &str, options: &BuildOptions) -> Option<(usize, usize)> {
    let model = model(text, options);
    let prints = model.footprints()?;
    let limits = Limits { states: Some(MOST), reduce_after: None, ..Limits::default() };
    if engine::explore(&model, &limits, &Unobserved).stopped.is_some() {
        return None;
    }
    let relations = Relations::new(&prints).expect("few instances");
    let (whole, all) = explore(&model, None);
    let (reduced, some) = explore(&model, Some(&relations));
    assert_eq!(whole, reduced, "{name}, {all} and {some} states:\n{text}");
    assert!(some <= all, "{name}");
    same_in_the_engine(name, text, &model);
    Some((all, some))
}

/// Kind and length of the trace of each outcome.
fn outcomes(found: &Exploration) -> Vec<(u32, usize)> {
    let one = |outcome: &Outcome| match outcome {
        Outcome::Holds => (0, 0),
        Outcome::Violated(violation) => (1, violation.path.steps.len()),
        Outcome::Trapped(trapped) => (2, trapped.path.steps.len()),
        Outcome::Incomplete(_) => (3, 0),
        Outcome::Settled => (4, 0),
        other => panic!("{other:?}"),
    };
    found.outcomes.iter().map(one).collect()
}

/// The engine itself, with the reduction from the first state on and without, for several numbers of threads.
#[track_caller]
fn same_in_the_engine(name: &str, text: &str, model: &Model) {
    let run = |reduce_after, threads| {
        let limits = Limits { reduce_after, threads, ..Limits::default() };
        engine::explore(model, &limits, &Unobserved)
    };
    let (whole, reduced) = (run(None, 1), run(Some(0), 1));
    assert_eq!(outcomes(&whole), outcomes(&reduced), "{name}:\n{text}");
    let traps = |found: &Exploration| -> BTreeSet<(u32, usize)> {
        found.traps.iter().map(|t| (t.trap.site, t.path.steps.len())).collect()
    };
    assert_eq!(traps(&whole), traps(&reduced), "{name}:\n{text}");
    // Which of its nodes takes an action is open where they are interchangeable.
    let taken = |found: &Exploration| -> BTreeSet<String> {
        let taken = model.instance_list().iter().zip(&found.instances).filter(|(_, count)| count.fired > 0);
        let named = |kind: &InstanceKind| match kind {
            InstanceKind::Act { action, .. }
            | InstanceKind::Deliver { action, .. }
            | InstanceKind::Restart(action, _) => format!("{action:?}"),
            InstanceKind::Node(fault, _) => fault.word().into(),
            other => format!("{other:?}"),
        };
        taken.map(|(instance, _)| named(&instance.kind)).collect()
    };
    assert_eq!(taken(&whole), taken(&reduced), "{name}:\n{text}");
    assert_eq!(whole.probes, reduced.probes, "{name}:\n{text}");
    assert!(reduced.states_distinct <= whole.states_distinct, "{name}");
    assert!(reduced.partial_order.is_some_and(|order| order.shortest), "{name}");
    for threads in [2, 4] {
        let again = run(Some(0), threads);
        assert!(
            Exploration { bytes: reduced.bytes, ..again } == reduced,
            "{name}, {threads} threads:\n{text}"
        );
    }
    if whole.states_distinct.is_multiple_of(4) {
        resumed_in_the_engine(name, text, (model, &reduced));
    }
}

/// The reduction, interrupted and gone on with.
#[track_caller]
fn resumed_in_the_engine(name: &str, text: &str, (model, reduced): (&Model, &Exploration)) {
    let run = |kept: &Arc<Kept>| {
        let checkpoint = Some(CheckpointTo { to: kept.clone(), alike: 0 });
        let limits = Limits { reduce_after: Some(0), checkpoint, ..Limits::default() };
        engine::explore(model, &limits, &Unobserved)
    };
    let all = Kept::new(Files::new(), u64::MAX / 2);
    run(&all);
    let written = u64::MAX / 2 - all.room.load(Ordering::SeqCst);
    let some = Kept::new(Files::new(), written / 2);
    run(&some);
    let again = run(&Kept::new(some.files(), u64::MAX / 2));
    assert!(Exploration { bytes: reduced.bytes, ..again } == *reduced, "{name}:\n{text}");
}

#[test]
fn steps_that_touch_nothing_in_common_need_one_order() {
    let counters = "system Counters { node P[5] { x: 0..3 = 0 }
        action up at p in P when p.x < 3 { p.x += 1 } invariant i: safety { p1.x <= 3 } } check Counters";
    let (all, some) = same("counters", counters, &BuildOptions::default()).unwrap();
    assert_eq!(all, 1024);
    assert!(some <= 20, "{some}");
}

#[test]
fn a_ring_with_private_channels() {
    let (all, some) = same("ring", &ring(4), &BuildOptions::default()).unwrap();
    assert!(all > 3 * some, "{all} {some}");
}

/// Each node takes from its left and gives to its right, through a channel that no other uses.
fn ring(nodes: u32) -> String {
    let next: Vec<String> = (1..nodes).map(|i| format!("if p == node{i} then node{} else ", i + 1)).collect();
    format!(
        "system Ring {{
           node Node[{nodes}] {{ out: 0..2 = 0  got: 0..2 = 0  work: 0..2 = 0 }}
           def next(p: Node) = {} node1
           action work at p in Node when p.work < 2 and p.got == 0 {{ p.work += 1  p.got := p.work }}
           action give at p in Node when p.got != 0 and p.out == 0 {{ p.out := p.got  p.got := 0 }}
           action take at p in Node when p.out != 0 and next(p).got == 0 {{
             let q = next(p)
             q.got := if p.out == 2 then 1 else 0
             p.out := 0
           }}
           invariant bounded: safety {{ node1.work <= 2 }}
         }} check Ring",
        next.concat()
    )
}

#[test]
fn what_would_be_put_off_for_ever_is_not() {
    // `spin` goes round by itself and touches nothing of `break_it`.
    let text = "system Ignoring { state a: 0..2 = 0  state b: bool = false
        action spin { a := if a == 2 then 0 else a + 1 }
        action break_it when not b { b := true }
        invariant never: safety { not b } } check Ignoring";
    same("ignoring", text, &BuildOptions::default());
}

#[test]
fn visible_steps_keep_their_orders() {
    // Each alone is harmless; only one order of two independent steps shows the bad state.
    let text = "system Visible { state a: bool = false  state b: bool = false  state c: 0..3 = 0
        action first when not a { a := true }
        action second when not b { b := true }
        action third when c < 3 { c += 1 }
        invariant order: safety { a or not b } } check Visible";
    same("visible", text, &BuildOptions::default());
}

#[test]
fn disabled_by_another() {
    let text = "system Disabled { state lock: 0..2 = 0  state x: 0..3 = 0  state y: 0..3 = 0
        action take1 when lock == 0 { lock := 1 }
        action take2 when lock == 0 and x == 2 { lock := 2 }
        action give when lock != 0 { lock := 0 }
        action moves when x < 3 { x += 1 }
        action other when y < 3 { y += 1 }
        invariant i: safety { lock != 2 or y != 3 } } check Disabled";
    same("disabled", text, &BuildOptions::default());
}

#[test]
fn traps_are_found_in_either_way() {
    let text = "system Full { node P[2] { n: 0..4 = 0 }  node Q { }  message M { v: bool }
        link l: M between P, Q ordered capacity 2
        action send at p in P when p.n < 4 { p.n += 1  send M { v: true } to q }
        on M from p at q in Q { } 
        invariant i: safety { true } } check Full";
    same("overflow", text, &BuildOptions::default());
    let text = "system Range { state a: 0..2 = 0  state b: 0..5 = 0
        action up when b > 1 { a += 1 } action down when a > 0 { a := 0 } action on_and_on when b < 5 { b += 1 }
        invariant i: safety { true } } check Range";
    same("range", text, &BuildOptions::default());
}

// ---- random systems ----

/// Random numbers; and whether actions mostly keep to their own node.
struct Dice(u64, bool);

impl Dice {
    fn roll(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn pick(&mut self, of: &[&str]) -> String {
        of[self.roll(of.len() as u64) as usize].to_string()
    }

    /// Someone: mostly oneself.
    fn who(&mut self) -> String {
        if self.1 && self.roll(24) > 0 {
            return "p".into();
        }
        self.pick(&["p", "p", "p", "p", "p1", "p2", "q1"])
    }

    fn guard(&mut self) -> String {
        let (w, c) = (self.who().replace("q1", "p3"), self.roll(3));
        if self.1 && self.roll(3) == 0 {
            return format!("{w}.z {} {c}", self.pick(&["==", "!=", "<="]));
        }
        match self.roll(if self.1 { 8 } else { 12 }) {
            0 | 1 => format!("{w}.x == {c}"),
            2 => format!("{w}.x < {}", c + 1),
            3 => format!("{w}.x != {c}"),
            4 => format!("{w}.y"),
            5 => format!("not {w}.y"),
            6 if self.roll(2) == 0 => format!("in_flight(M to {w} where v == {}) == 0", c % 2),
            6 => format!("len({w}.l) < 2"),
            7 => format!("len({w}.l) > 0"),
            8 => format!("s == {c}"),
            9 => "m == none".into(),
            10 => format!("(some r in P: r.x == {c} and r != {w})"),
            _ => format!("({w}.x == {c} or {w}.y)"),
        }
    }

    fn effect(&mut self, depth: u32) -> String {
        let (w, c) = (self.who().replace("q1", "p3"), self.roll(3));
        if self.1 && self.roll(12) > 0 {
            return match self.roll(10) {
                0..=2 => format!("{w}.x := {c}"),
                3 | 4 => format!("{w}.y := not {w}.y"),
                5 | 6 => format!("{w}.z := {c}"),
                7 => format!("if len({w}.l) < 2 {{ {w}.l.push({}) }}", c % 2),
                8 => format!("{w}.l := {w}.l[1..]"),
                _ => format!("choose k in 0..2 where k != {w}.z {{ {w}.z := k }}"),
            };
        }
        match self.roll(if depth == 0 { 11 } else { 14 }) {
            0..=2 => format!("{w}.x := {c}"),
            3 => format!("{w}.x += 1"),
            4 => format!("{w}.y := not {w}.y"),
            5 => format!("{w}.y := {}", self.pick(&["true", "false"])),
            6 => format!("s := {w}.x"),
            7 => format!("{w}.l.push({})", c % 2),
            8 => format!("{w}.l := {w}.l[1..]"),
            9 => "m := p".into(),
            10 => format!("send M {{ v: {} }} to {}", c % 2, self.pick(&["p1", "p2", "p3", "q1"])),
            11 => format!("if {} {{ {} }}", self.guard(), self.effect(depth - 1)),
            12 => {
                format!("choose r in P where r.x == {c} {{ r.y := true  {} }}", self.effect(depth - 1))
            }
            _ => format!("for r in P where r.y {{ r.x := {c} }}"),
        }
        .replace("q1", "p3")
    }

    fn action(&mut self, name: usize) -> String {
        let guards: Vec<String> = (0..1 + self.roll(if self.1 { 2 } else { 3 }))
            .map(|_| self.guard().replace("q1", "p3"))
            .collect();
        let effects: Vec<String> = (0..1 + self.roll(2)).map(|_| self.effect(1)).collect();
        let of = match self.1 {
            true => "P".into(),
            false => self.pick(&["P", "P", "{p1}", "{p2}", "{p1, p3}"]),
        };
        format!("action a{name} at p in {of} when {} {{ {} }}\n", guards.join(" and "), effects.join("  "))
    }

    fn system(&mut self) -> String {
        let more = if self.1 { 2 } else { 0 };
        let actions: Vec<String> = (0..3 + more + self.roll(3) as usize).map(|i| self.action(i)).collect();
        let ordered = self.pick(&["ordered", "ordered", "unordered"]);
        let received = self.effect(1);
        let (a, b) = (self.guard(), self.guard());
        // Some messages go to nodes of another kind, too.
        let (other, ends, heard) = match self.roll(3) {
            0 => (
                "node Q[2] { got: 0..2 = 0 }",
                "from P to P, Q",
                "on M from f at q in Q when q.got < 2 { q.got := q.got + v }
                 action tell at p in P when p.y and in_flight(M) < 1 { send M { v: 1 } to q1  p.y := false }",
            ),
            _ => ("", "between P, P", ""),
        };
        let recovery = match self.roll(3) {
            0 => format!(
                "on restart at p in P when {} {{ {} }}",
                self.guard().replace("q1", "p3"),
                self.effect(1)
            ),
            1 => format!("on restart at p in P {{ {} }}", self.effect(1)),
            _ => String::new(),
        };
        let fix = |g: String| {
            g.replace("q1", "p3").replace("p.", "p1.").replace("!= p)", "!= p1)").replace("to p ", "to p1 ")
        };
        format!(
            "system R {{ {other} node P[3] {{ x: 0..2 = 0  y: bool = false  z: 0..2 = 0  l: list<0..1, 2> = [] }}
             state s: 0..2 = 0  state m: P? = none  message M {{ v: 0..1 }}
             link k: M {ends} {ordered} lossy capacity 2
             {}on M from f at p in P {{ {received} }}
             {recovery} {heard}
             invariant one: safety {{ not ({}) or not ({}) }}
             }} check R",
            actions.concat(),
            fix(a),
            fix(b)
        )
    }
}

#[test]
fn random_systems_agree() {
    let (mut compared, mut smaller, mut all, mut some) = (0, 0, 0, 0);
    for seed in 1..140u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, seed % 2 == 0);
        for _ in 0..10 {
            dice.roll(2);
        }
        let text = dice.system();
        let mut budget = FaultBudget::default();
        for fault in Fault::ALL.into_iter().filter(|fault| !fault.is_recovery()) {
            if dice.roll(6) == 0 {
                let one_way = fault == Fault::Partition && dice.roll(2) == 0;
                budget.add(Allowance { one_way, ..Allowance::new(fault, 1) });
            }
        }
        let options = faults(budget);
        let Some((whole, reduced)) = same(&format!("seed {seed}"), &text, &options) else { continue };
        compared += 1;
        smaller += (reduced < whole) as u32;
        all += whole;
        some += reduced;
    }
    assert!(compared > 90 && smaller > 15, "{compared} compared, {smaller} smaller: {some} of {all} states");
}

/// The bundled mappings, with what is judged of their states alone.
#[test]
fn bundled_mappings_agree() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks/mappings");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "rcv"));
    files.sort();
    let mut compared = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let systems: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("system ")).collect();
        for system in systems.iter().map(|line| line.split_whitespace().next().unwrap()) {
            let whole = format!("{text}\ncheck {system}");
            let options = faults(FaultBudget::from([(Fault::Crash, 1)]));
            let built = try_model_with(&whole, &options, &|property| {
                let of_state = |condition: &ProbeCondition| {
                    !matches!(condition, ProbeCondition::Step(_) | ProbeCondition::Meets(_))
                };
                property.watched_by.is_none()
                    && matches!(property.kind, PropertyKind::State(_))
                    && property.probes.iter().all(|probe| of_state(&probe.condition))
            });
            let Ok(model) = built else { continue };
            let limits = Limits { states: Some(30_000), ..Limits::default() };
            let small = engine::explore(&model, &limits, &Unobserved).stopped.is_none();
            if small && model.footprints().is_some() {
                same_in_the_engine(system, "", &model);
                compared += 1;
            }
        }
    }
    assert!(compared > 0, "no mapping was compared");
}
