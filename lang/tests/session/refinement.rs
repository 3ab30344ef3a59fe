//! Refinement against its definition: random systems as tables, judged state by state and run by run, and the same
//! systems as text, judged by `check A refines B`.

use super::support::Notebook;
use reconverge_lang::report::variants::{Brief, Came};
use reconverge_lang::report::{Report, Verdict};
use std::collections::VecDeque;

/// Both systems have `v` and `w`; the one that is judged also has `t`, which the other knows nothing of.
const SIZES: [usize; 3] = [3, 2, 3];
const NAMES: [&str; 3] = ["v", "w", "t"];
const SEEN: usize = 2;
const SYSTEMS: u64 = 1_500;

type State = [usize; 3];

/// Xorshift (Marsaglia, 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fair {
    No,
    Weakly,
    Strongly,
}

/// Where it is possible, by variable, and what it assigns.
#[derive(Debug, Clone)]
struct Action {
    when: [Vec<usize>; 3],
    then: [Option<usize>; 3],
    fair: Fair,
}

#[derive(Debug, Clone)]
struct System {
    /// How many of the variables it has.
    variables: usize,
    /// Each variable begins with any of these.
    begins: [Vec<usize>; 3],
    actions: Vec<Action>,
}

impl Action {
    /// Where it leads, if that is elsewhere: what changes nothing is no step.
    fn from(&self, state: State) -> Option<State> {
        let possible = (0..3).all(|i| self.when[i].contains(&state[i]));
        let next: State = std::array::from_fn(|i| self.then[i].unwrap_or(state[i]));
        (possible && next != state).then_some(next)
    }
}

impl System {
    fn text(&self, name: &str) -> String {
        let set = |all: &[usize]| {
            let all: Vec<String> = all.iter().map(usize::to_string).collect();
            format!("{{{}}}", all.join(", "))
        };
        let mut out = format!("system {name} {{\n");
        for i in 0..self.variables {
            let (name, last, begins) = (NAMES[i], SIZES[i] - 1, set(&self.begins[i]));
            out += &format!("  state {name}: 0..{last} = any in {begins}\n");
        }
        for (number, action) in self.actions.iter().enumerate() {
            let fair = match action.fair {
                Fair::No => "",
                Fair::Weakly => "fair ",
                Fair::Strongly => "strongly fair ",
            };
            let when: Vec<String> =
                (0..self.variables).map(|i| format!("{} in {}", NAMES[i], set(&action.when[i]))).collect();
            let assigned = (0..self.variables).filter_map(|i| Some((NAMES[i], action.then[i]?)));
            let then: Vec<String> = assigned.map(|(name, value)| format!("{name} := {value}")).collect();
            out +=
                &format!("  {fair}action a{number} when {} {{ {} }}\n", when.join(" and "), then.join("  "));
        }
        out + "}\n"
    }

    fn initial(&self) -> Vec<State> {
        let [a, b, c] = &self.begins;
        let all = a.iter().flat_map(|a| b.iter().flat_map(move |b| c.iter().map(move |c| [*a, *b, *c])));
        all.collect()
    }
}

fn some_of(random: &mut Random, size: usize, percent: usize) -> Vec<usize> {
    let all: Vec<usize> = (0..size).filter(|_| random.chance(percent)).collect();
    if all.is_empty() { vec![random.below(size)] } else { all }
}

fn fairness(random: &mut Random) -> Fair {
    match random.below(3) {
        0 => Fair::No,
        1 => Fair::Weakly,
        _ => Fair::Strongly,
    }
}

fn action(random: &mut Random, variables: usize) -> Action {
    let mut then = [None; 3];
    for i in 0..variables {
        then[i] = if random.chance(60) { Some(random.below(SIZES[i])) } else { None };
    }
    if then.iter().all(Option::is_none) {
        let i = random.below(variables);
        then[i] = Some(random.below(SIZES[i]));
    }
    let known = |i| i < variables;
    let when = std::array::from_fn(|i| match known(i) {
        true => some_of(random, SIZES[i], 65),
        false => vec![0],
    });
    Action { when, then, fair: fairness(random) }
}

fn specification(random: &mut Random) -> System {
    let begins = [some_of(random, SIZES[0], 60), some_of(random, SIZES[1], 60), vec![0]];
    let actions = (0..2 + random.below(3)).map(|_| action(random, SEEN)).collect();
    System { variables: SEEN, begins, actions }
}

/// Made of a specification, so that it is often right: its actions at some values of `t`, with a fairness of their own,
/// steps of `t` alone, and now and then a step of any kind.
fn implementation(random: &mut Random, of: &System) -> System {
    let part = |random: &mut Random, all: &[usize]| {
        if random.chance(90) { vec![all[random.below(all.len())]] } else { some_of(random, 2, 50) }
    };
    let begins = [part(random, &of.begins[0]), part(random, &of.begins[1]), some_of(random, SIZES[2], 30)];
    let mut actions = Vec::new();
    for known in &of.actions {
        if random.chance(15) {
            continue;
        }
        let mut known = known.clone();
        known.when[2] = some_of(random, SIZES[2], 60);
        known.then[2] = if random.chance(50) { Some(random.below(SIZES[2])) } else { None };
        if random.chance(40) {
            known.fair = fairness(random);
        }
        actions.push(known);
    }
    for _ in 0..1 + random.below(2) {
        let when = [(0..SIZES[0]).collect(), (0..SIZES[1]).collect(), some_of(random, SIZES[2], 40)];
        actions.push(Action {
            when,
            then: [None, None, Some(random.below(SIZES[2]))],
            fair: fairness(random),
        });
    }
    if random.chance(10) {
        actions.push(action(random, 3));
    }
    System { variables: 3, begins, actions }
}

/// The first two variables.
fn seen(state: State) -> State {
    [state[0], state[1], 0]
}

/// The states that can be reached, each with the number of steps to it.
fn reachable(system: &System) -> Vec<(State, usize)> {
    let mut found: Vec<(State, usize)> = system.initial().into_iter().map(|s| (s, 0)).collect();
    let mut queue: VecDeque<(State, usize)> = found.iter().copied().collect();
    while let Some((state, steps)) = queue.pop_front() {
        for next in system.actions.iter().filter_map(|action| action.from(state)) {
            if !found.iter().any(|(known, _)| *known == next) {
                found.push((next, steps + 1));
                queue.push_back((next, steps + 1));
            }
        }
    }
    found
}

/// Whether somewhere among some states a run can go on for ever, fair to every action of the system, along steps that are
/// allowed and through a wanted state again and again. Staying in a state is going on.
fn goes_on(
    system: &System,
    states: &[State],
    allowed: &dyn Fn(State, State) -> bool,
    wanted: &dyn Fn(State) -> bool,
) -> bool {
    let edge = |from: State, to: State| {
        allowed(from, to) && system.actions.iter().any(|action| action.from(from) == Some(to))
    };
    let n = states.len();
    let mut reach: Vec<Vec<bool>> =
        (0..n).map(|i| (0..n).map(|j| i == j || edge(states[i], states[j])).collect()).collect();
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                reach[i][j] |= reach[i][k] && reach[k][j];
            }
        }
    }
    let mut done = vec![false; n];
    for i in 0..n {
        if done[i] {
            continue;
        }
        let part: Vec<usize> = (0..n).filter(|j| reach[i][*j] && reach[*j][i]).collect();
        part.iter().for_each(|j| done[*j] = true);
        let part: Vec<State> = part.into_iter().map(|j| states[j]).collect();
        if is_fair(system, &part, allowed, wanted) {
            return true;
        }
    }
    false
}

/// Of states that lead to each other.
fn is_fair(
    system: &System,
    part: &[State],
    allowed: &dyn Fn(State, State) -> bool,
    wanted: &dyn Fn(State) -> bool,
) -> bool {
    let inside = |action: &Action| {
        let stays = |s: &State| action.from(*s).is_some_and(|to| allowed(*s, to) && part.contains(&to));
        part.iter().any(stays)
    };
    let possible = |action: &Action, state: &State| action.from(*state).is_some();
    let unpaid: Vec<&Action> = system.actions.iter().filter(|action| !inside(action)).collect();
    let always = |action: &&Action| part.iter().all(|state| possible(action, state));
    if unpaid.iter().any(|action| action.fair != Fair::No && always(action)) {
        return false;
    }
    let strong = |state: &State| unpaid.iter().any(|a| a.fair == Fair::Strongly && possible(a, state));
    let rest: Vec<State> = part.iter().copied().filter(|state| !strong(state)).collect();
    if rest.len() < part.len() {
        return !rest.is_empty() && goes_on(system, &rest, allowed, wanted);
    }
    part.iter().any(|state| wanted(*state))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Holds,
    Vacuous,
    /// A step, after so many, or the beginning.
    Step(usize),
    Run,
}

fn expected(system: &System, specification: &System) -> Expected {
    if system.initial().iter().any(|state| !specification.initial().contains(&seen(*state))) {
        return Expected::Step(0);
    }
    let states = reachable(system);
    let follows = |from: State, to: State| specification.actions.iter().any(|a| a.from(from) == Some(to));
    let (mut wrong, mut moved): (Option<usize>, bool) = (None, false);
    for (state, steps) in &states {
        for next in system.actions.iter().filter_map(|action| action.from(*state)) {
            let (from, to) = (seen(*state), seen(next));
            moved |= from != to;
            if from != to && !follows(from, to) {
                wrong = wrong.into_iter().chain([steps + 1]).min();
            }
        }
    }
    if let Some(steps) = wrong {
        return Expected::Step(steps);
    }
    let states: Vec<State> = states.into_iter().map(|(state, _)| state).collect();
    for owed in specification.actions.iter().filter(|action| action.fair != Fair::No) {
        let possible = |state: State| owed.from(seen(state)).is_some();
        let unpaid = |from: State, to: State| owed.from(seen(from)) != Some(seen(to));
        let broken = match owed.fair {
            Fair::Strongly => goes_on(system, &states, &unpaid, &possible),
            Fair::Weakly | Fair::No => {
                let owing: Vec<State> = states.iter().copied().filter(|state| possible(*state)).collect();
                goes_on(system, &owing, &unpaid, &|_| true)
            }
        };
        if broken {
            return Expected::Run;
        }
    }
    if moved { Expected::Holds } else { Expected::Vacuous }
}

/// The verdict of the checker on the same systems, as text. With the steps to the loop of a run that refutes it, and those of
/// the loop.
fn verdict(text: &str) -> (Expected, Option<(usize, usize)>) {
    let mut notebook = Notebook::new();
    let ran = notebook.run(&format!("{text}check A refines B\n"));
    let [.., Report::Check(check)] = &ran.reports[..] else { panic!("no check: {:?}\n{text}", ran.outcome) };
    let finding = check.findings.iter().find(|finding| finding.name == "B").expect("of B");
    let Brief { verdict, steps, .. } = Brief::from(finding);
    match (verdict, &finding.verdict) {
        (Came::Holds, _) => (Expected::Holds, None),
        (Came::Vacuous, _) => (Expected::Vacuous, None),
        (Came::Violated, Verdict::Violated { trace, .. }) if trace.loop_start.is_some() => {
            let (all, stem) = (trace.told().len(), trace.loop_start.unwrap_or(0));
            (Expected::Run, Some((stem, all - stem)))
        }
        (Came::Violated, _) => (Expected::Step(steps.unwrap_or(0)), None),
        other => panic!("{other:?}\n{text}"),
    }
}

#[test]
fn refinement_is_what_its_definition_says() {
    let mut random = Random(0x5DEE_CE66_D1CE_4E5B);
    let mut counts = [0; 4];
    for number in 0..SYSTEMS {
        let specification = specification(&mut random);
        let system = implementation(&mut random, &specification);
        let text = format!("{}{}", specification.text("B"), system.text("A"));
        let ((found, lasso), expected) = (verdict(&text), expected(&system, &specification));
        assert_eq!(found, expected, "system {number}: found, expected\n{text}");
        if lasso.is_some() && number % 4 == 0 {
            let turned = |system: &System| {
                let actions = system.actions.iter().rev().cloned().collect();
                System { actions, ..system.clone() }
            };
            let text = format!("{}{}", turned(&specification).text("B"), turned(&system).text("A"));
            assert_eq!(verdict(&text).1, lasso, "system {number}, declared the other way round\n{text}");
        }
        counts[match expected {
            Expected::Holds => 0,
            Expected::Vacuous => 1,
            Expected::Step(_) => 2,
            Expected::Run => 3,
        }] += 1;
    }
    // Each kind was met often: otherwise the test says little.
    assert!(counts.iter().all(|count| *count > SYSTEMS / 50), "{counts:?}");
}

/// Whichever is declared first, and though nothing is owed where it begins.
#[test]
fn the_run_that_refutes_a_refinement_is_the_shortest() {
    let state = "state x: 0..1 = 0  state e: bool = false  ";
    let (go, turn) = ("action go when e and x == 0 { x := 1 }  ", "action t { e := not e }  ");
    for (first, second) in
        [(format!("fair {go}"), turn.to_string()), (turn.to_string(), format!("fair {go}"))]
    {
        let text = format!(
            "system B {{ {state}strongly fair {go}{turn} }}\nsystem A {{ {state}{first}{second} }}\n"
        );
        assert_eq!(verdict(&text), (Expected::Run, Some((0, 2))), "{text}");
    }
    // What is owed second is shown, where its run is shorter.
    let (far, near) =
        ("fair action far when a == 2 { a := 3 }  ", "fair action near when b == 0 { b := 1 }  ");
    let steps = "action up when a < 2 { a += 1 }  ";
    for (first, second) in [(far, near), (near, far)] {
        let state = "state a: 0..3 = 0  state b: 0..1 = 0  ";
        let text = format!("system B {{ {state}{steps}{first}{second} }}\nsystem A {{ {state}{steps} }}\n");
        assert_eq!(verdict(&text), (Expected::Run, Some((0, 0))), "{text}");
    }
}

/// So many strongly fair steps that a shortest loop is not looked for: the one that is shown is still one on which
/// what is owed becomes possible.
#[test]
fn a_long_loop_passes_where_something_is_owed() {
    let text = "system Spec { state on: bool = false state n: 0..1 = 0 action toggle { on := not on } \
                strongly fair action go when on and n == 0 { n := 1 } }\n\
                system Impl { state on: bool = false state n: 0..1 = 0 state k: 0..69 = 0 \
                action toggle { on := not on } \
                strongly fair action spin(i: 0..69) when k == i { k := (i + 1) % 70 } }\n\
                check Impl refines Spec";
    let ran = Notebook::new().run(text);
    let [.., Report::Check(check)] = &ran.reports[..] else { panic!("no check: {:?}", ran.outcome) };
    let finding = check.findings.iter().find(|f| f.name == "Spec").expect("it is judged");
    let Verdict::Violated { trace, why, .. } = &finding.verdict else { panic!("{:?}", finding.verdict) };
    let round = &trace.steps[trace.loop_start.expect("it goes round")..];
    assert!(round.iter().any(|step| step.label == "toggle"), "{round:?}");
    assert!(why.contains("`go` of Spec"), "{why}");
}
