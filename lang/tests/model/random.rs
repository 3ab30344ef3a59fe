//! Random programs, run by the model and by an evaluator that walks the tree: both must agree on every value, every
//! successor and every trap.

mod generate;
pub mod naive;

use generate::{Generator, VARIABLES};
use naive::{Naive, State};
use reconverge_lang::analysis::program::{Action, ActionKind, Fairness, Init, Program};
use reconverge_lang::engine::machine::Machine;
use reconverge_lang::model::{BuildOptions, Model};
use reconverge_lang::span::Span;
use reconverge_lang::value::Value;

/// Equal as sets, whatever the order in which they are shown.
fn normal(value: &Value) -> Value {
    let all = |items: &[Value]| items.iter().map(normal).collect::<Vec<_>>();
    match value {
        Value::Set(items) | Value::Bag(items) => {
            let mut items = all(items);
            items.sort();
            if matches!(value, Value::Set(_)) { Value::Set(items) } else { Value::Bag(items) }
        }
        Value::List(items) => Value::List(all(items)),
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(k, v)| (normal(k), normal(v))).collect();
            entries.sort();
            Value::Map(entries)
        }
        Value::Record(name, fields) => {
            Value::Record(name.clone(), fields.iter().map(|(n, v)| (n.clone(), normal(v))).collect())
        }
        value => value.clone(),
    }
}

fn show(state: &[Value]) -> Vec<String> {
    state.iter().map(|v| normal(v).to_string()).collect()
}

/// A program with one variable of each type, each with a random initial value.
fn program(seed: u64) -> (Generator, Program, State) {
    let mut generator = Generator::new(seed);
    let mut program = generator.program();
    let mut state = Vec::new();
    for i in 0..VARIABLES {
        let ty = program.states[i].ty;
        let value = generator.value(&program, ty);
        program.states[i].init = Init::Value(generate::literal(&program, &value, ty));
        state.push(value);
    }
    for field in 0..program.node_fields.len() {
        let ty = program.node_fields[field].ty;
        let value = generator.value(&program, ty);
        program.node_fields[field].init = Init::Value(generate::literal(&program, &value, ty));
        state.extend([value.clone(), value]);
    }
    (generator, program, state)
}

#[track_caller]
fn initial(model: &Model) -> Vec<u64> {
    let mut found = Vec::new();
    model.initial(&mut model.scratch(), &mut |s| {
        found.push(s.expect("it has a value").to_vec());
        true
    });
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn values(model: &Model, words: &[u64]) -> Vec<Value> {
    model.decode_state(words).into_iter().map(|v| v.value).collect()
}

#[test]
fn expressions_agree_with_the_tree_walk() {
    let (mut with_value, mut without) = (0, 0);
    for seed in 1..400 {
        let (mut generator, mut program, state) = program(seed);
        let model = Model::build(&program, Vec::new(), &BuildOptions::default()).expect("it is small");
        let words = initial(&model);
        assert_eq!(show(&values(&model, &words)), show(&naive::by_variable(&program, &state)), "seed {seed}");
        for round in 0..12 {
            let e = generator.any_expression(&mut program, 4);
            let wanted = Naive::new(&program, &state).eval(&e);
            let compiled = model.compile_expr(&program, &e).expect("it is small");
            let found = model.eval(&program, &compiled, None, &words);
            if wanted.is_ok() {
                with_value += 1
            } else {
                without += 1
            }
            let (found, wanted) = (found.map(|v| normal(&v)).ok(), wanted.map(|v| normal(&v)).ok());
            assert_eq!(found, wanted, "seed {seed}, round {round}: {:#?}", e.kind);
        }
    }
    assert!(
        with_value > 3000 && without > 200,
        "{with_value} with a value, {without} without: too much of one"
    );
}

#[test]
fn actions_agree_with_the_tree_walk() {
    let (mut branching, mut trapped) = (0, 0);
    for seed in 1..3000 {
        let (mut generator, mut program, state) = program(seed + 1000);
        let guards = generator.guards(&mut program);
        let body = generator.statements(&mut program, 3, 3);
        program.actions.push(Action {
            name: "act".into(),
            kind: ActionKind::Client,
            fairness: Fairness::Unfair,
            params: Vec::new(),
            at: None,
            at_set: None,
            guards: guards.clone(),
            within: None,
            timers: Vec::new(),
            body: body.clone(),
            docs: None,
            span: Span::default(),
        });
        let model = Model::build(&program, Vec::new(), &BuildOptions::default()).expect("it is small");
        super::native::both_agree(&program, &[], &BuildOptions::default(), 20);
        let words = initial(&model);
        let mut found = Vec::new();
        model.expand(&mut model.scratch(), &words, |_, result| {
            found.push(result.ok().map(|s| show(&values(&model, s.state))));
        });
        let wanted: Vec<_> = Naive::new(&program, &state)
            .step(&guards, &body)
            .into_iter()
            .map(|s| s.ok().map(|s| show(&naive::by_variable(&program, &s))))
            .collect();
        assert_eq!(found, wanted, "seed {}: {guards:#?} {body:#?}", seed + 1000);
        branching += (found.iter().flatten().count() > 1) as u32;
        trapped += found.contains(&None) as u32;
    }
    assert!(branching > 50 && trapped > 50, "{branching} branch, {trapped} trap: too few to say much");
}
