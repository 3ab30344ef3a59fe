//! The two forms of a model, portable and machine code, are one function: the same successors, traps, keys and
//! verdicts, in the same order, for every model at hand.

use super::support::{explore, faults};
use super::systems::{System, every_fault, systems, systems_of};
use reconverge_lang::analysis::program::Program;
use reconverge_lang::engine::machine::{Judged, Machine, Step, Trap, Word};
use reconverge_lang::model::run::native::Execution;
use reconverge_lang::model::{BuildOptions, Model};
use reconverge_lang::obligations::property::Property;
use std::collections::BTreeSet;

/// What one form says of a step: instance, key, successor or trap.
type Said = (u32, Result<(u64, Vec<Word>), Trap>);

/// One form and what it needs to run.
struct Form {
    model: Model,
    scratch: <Model as Machine>::Scratch,
    other: <Model as Machine>::Scratch,
}

impl Form {
    fn new(
        program: &Program,
        properties: &[Property],
        options: &BuildOptions,
        execution: Execution,
    ) -> Option<Form> {
        let options = BuildOptions { execution, ..options.clone() };
        let model = Model::build(program, properties.to_vec(), &options).ok()?;
        let (scratch, other) = (model.scratch(), model.scratch());
        Some(Form { model, scratch, other })
    }

    fn successors(&mut self, state: &[Word]) -> Vec<Said> {
        let mut said = Vec::new();
        self.model.expand(&mut self.scratch, state, |instance, result| {
            said.push((instance, result.map(|s| (s.fair_key, s.state.to_vec()))));
        });
        said
    }

    /// Everything that is judged in a state and at its steps.
    fn verdicts(&mut self, state: &[Word], steps: &[Said]) -> Vec<Result<bool, Trap>> {
        let Form { model, other, .. } = self;
        let mut found = vec![model.within_bounds(other, state)];
        let seen = |seen: Vec<bool>| seen.into_iter().map(Ok).collect::<Vec<_>>();
        let mut probed = vec![false; model.probes()];
        model.probe(other, state, None, &mut probed);
        found.extend(seen(probed));
        for (property, judged) in model.properties().iter().enumerate() {
            found.push(model.state_holds(other, property, state));
            if !matches!(judged, Judged::State | Judged::Step | Judged::Settled) {
                found.extend((0..2).map(|part| model.part_holds(other, property, part, state)));
            }
        }
        let (mut latest, mut choice) = (u32::MAX, 0);
        for (instance, result) in steps {
            choice = if latest == *instance { choice + 1 } else { 0 };
            latest = *instance;
            let Ok((_, after)) = result else { continue };
            let step = Step { before: state, instance: *instance, choice, after };
            found.extend((0..model.properties().len()).map(|p| model.step_holds(other, p, step)));
            let mut probed = vec![false; model.probes()];
            model.probe(other, after, Some(step), &mut probed);
            found.extend(seen(probed));
        }
        found
    }
}

/// Compares the two forms on up to `states` states, breadth-first; returns how many steps were compared.
#[track_caller]
pub fn both_agree(
    program: &Program,
    properties: &[Property],
    options: &BuildOptions,
    states: usize,
) -> usize {
    let form = |execution| Form::new(program, properties, options, execution);
    let (Some(mut portable), Some(mut native)) = (form(Execution::Portable), form(Execution::Native)) else {
        return 0;
    };
    let (mut seen, mut queue) = (BTreeSet::new(), Vec::new());
    portable.model.initial(&mut portable.scratch, &mut |state| {
        if let Ok(state) = state
            && seen.insert(state.to_vec())
        {
            queue.push(state.to_vec());
        }
        queue.len() < states
    });
    let (mut next, mut steps) = (0, 0);
    while let Some(state) = queue.get(next).cloned() {
        next += 1;
        let said = portable.successors(&state);
        assert_eq!(said, native.successors(&state), "successors of {state:x?}");
        assert!(
            cfg!(not(target_arch = "x86_64")) || native.model.machine_code().is_some(),
            "no machine code"
        );
        let verdicts = portable.verdicts(&state, &said);
        assert_eq!(verdicts, native.verdicts(&state, &said), "verdicts in {state:x?}");
        steps += said.len();
        for (_, (_, state)) in said.into_iter().filter_map(|(i, r)| Some((i, r.ok()?))) {
            if queue.len() < states && seen.insert(state.clone()) {
                queue.push(state);
            }
        }
    }
    assert!(portable.model.machine_code().is_none());
    if let Some((_, left)) = native.model.machine_code() {
        assert_eq!(left, 0, "a piece of code that is not translated");
    }
    steps
}

// ---- every system of a text ----

/// All systems of a file, without faults and with all of them.
fn file_agrees(path: &str, states: usize) -> (usize, usize) {
    all_agree(&systems(path), states)
}

fn all_agree(systems: &[System], states: usize) -> (usize, usize) {
    let mut steps = 0;
    for System { program, properties } in systems {
        for options in [BuildOptions::default(), faults(every_fault())] {
            steps += both_agree(program, properties, &options, states);
        }
    }
    (systems.len(), steps)
}

#[test]
fn systems_of_the_manual_agree() {
    let (systems, steps) = file_agrees("lang/REFERENCE.md", 300);
    assert!(systems > 1 && steps > 1000, "{systems} systems, {steps} steps: too few");
}

#[test]
fn systems_of_the_suite_agree() {
    let (systems, steps) = file_agrees("tests/suite/counts.md", 1500);
    assert!(systems > 5 && steps > 10_000, "{systems} systems, {steps} steps: too few");
}

#[test]
fn bundled_mappings_agree() {
    for text in [
        "notebooks/mappings/kafka.rcv",
        "notebooks/mappings/kubernetes.rcv",
        "tests/suite/mappings.md",
        "tests/suite/recovery.md",
        "tests/suite/links.md",
        "tests/suite/time.md",
        "tests/suite/views.md",
        "tests/suite/faults.md",
        "tests/suite/everyday.md",
    ] {
        let (systems, steps) = file_agrees(text, 300);
        assert!(systems > 0 && steps > 500, "{text}: {systems} systems, {steps} steps: too few");
    }
}

#[test]
fn models_of_the_benches_agree() {
    for model in ["two_phase", "paxos", "buffer", "replication"] {
        let (systems, steps) = file_agrees(&format!("benches/models/{model}.rcv"), 2000);
        assert!(systems == 1 && steps > 2000, "{model}: {systems} systems, {steps} steps: too few");
    }
}

/// Code that is longer than one function of machine code, with jumps from one to the other: messages of a link that is
/// mostly empty are skipped at once.
#[test]
fn long_models_agree() {
    let text = "
        system Long {
          node A[3] { n: 0..6 = 0  seen: set<0..6> = {} }
          message Ping { v: 0..6 }
          message Pong { v: 0..6 }
          link l: Ping, Pong between A, A unordered lossy duplicating capacity 12
          link o: Ask between A, A ordered capacity 9
          message Ask { v: 0..6 }
          action send(v: 0..6) at a in A when v not in a.seen {
            a.seen.add(v)
            choose b in A where b != a { send Ping { v: v } to b }
          }
          on Ping from f at a { a.n := max(a.n, v)  send Pong { v: v } to f }
          on Pong from f at a { if v >= a.n { a.n := v } if a.n > 2 { send Ask { v: a.n } to f } }
          on Ask from f at a { choose m in 0..6 where m > v { a.n := m } }
          invariant small: safety \"n stays small\" { all a in A: a.n <= 6 }
        }";
    let (systems, steps) = all_agree(&systems_of(&[text]), 3000);
    assert!(systems == 1 && steps > 10_000, "{systems} systems, {steps} steps");
}

#[test]
fn explorations_are_the_same() {
    for System { program, properties } in systems("tests/suite/counts.md") {
        let explored = |execution| {
            let options = BuildOptions { execution, ..BuildOptions::default() };
            let model = Model::build(&program, properties.clone(), &options).ok()?;
            Some(format!("{:?}", explore(&model)))
        };
        let portable = explored(Execution::Portable);
        assert_eq!(portable, explored(Execution::Native));
        assert_eq!(portable, explored(Execution::Automatic));
    }
}
