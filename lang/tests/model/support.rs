//! From source text to models and explorations.

use reconverge_lang::analysis::program::Program;
use reconverge_lang::analysis::{self, Definitions};
use reconverge_lang::concepts::FaultBudget;
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::engine::{self, Exploration, Limits};
use reconverge_lang::model::{BuildOptions, Model};
use reconverge_lang::obligations;
use reconverge_lang::obligations::property::Property;
use reconverge_lang::span::SourceId;
use reconverge_lang::syntax;
use reconverge_lang::syntax::tree::{CommandKind, Item};
use std::collections::HashSet;
use std::hash::Hash;

/// The program of the system of the first `check` command in a text.
#[track_caller]
pub fn program(text: &str) -> Result<Program, Vec<Diagnostic>> {
    let (cell, errors) = syntax::parse(SourceId(0), text);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut definitions = Definitions::default();
    let defined = analysis::define(&mut definitions, "1", &cell.items);
    if defined.is_error() {
        return Err(defined.diagnostics);
    }
    let target = cell.items.iter().find_map(|item| match item {
        Item::Command(command) => match &command.kind {
            CommandKind::Check { target, .. } => Some(target),
            _ => None,
        },
        _ => None,
    });
    let (program, errors) = analysis::analyse(&definitions, target.expect("a check"));
    program.ok_or(errors)
}

/// The model of the system of the first `check` command in a text, with its properties.
#[track_caller]
pub fn try_model(text: &str, options: &BuildOptions) -> Result<Model, Vec<Diagnostic>> {
    try_model_with(text, options, &|_| true)
}

/// The same with some of its properties.
#[track_caller]
pub fn try_model_with(
    text: &str,
    options: &BuildOptions,
    wanted: &dyn Fn(&Property) -> bool,
) -> Result<Model, Vec<Diagnostic>> {
    let made = |program: &mut Program| {
        let mut properties = obligations::obligations(program);
        properties.retain(wanted);
        properties
    };
    try_model_of(text, options, &made)
}

/// The same with properties that are made of its program.
#[track_caller]
pub fn try_model_of(
    text: &str,
    options: &BuildOptions,
    made: &dyn Fn(&mut Program) -> Vec<Property>,
) -> Result<Model, Vec<Diagnostic>> {
    let mut program = program(text)?;
    let properties = made(&mut program);
    // Whatever is tested on a model is also a test of its two forms.
    super::native::both_agree(&program, &properties, options, 200);
    Model::build(&program, properties, options)
}

#[track_caller]
pub fn model(text: &str, options: &BuildOptions) -> Model {
    try_model(text, options).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

pub fn faults(faults: FaultBudget) -> BuildOptions {
    BuildOptions { faults, ..BuildOptions::default() }
}

pub fn explore(model: &Model) -> Exploration {
    engine::explore(model, &Limits::default(), &engine::Unobserved)
}

/// Distinct states and depth of a system.
#[track_caller]
pub fn check(text: &str, options: &BuildOptions, distinct: u64, depth: u32) {
    let model = model(text, options);
    let found = explore(&model);
    let traps: Vec<_> = found.traps.iter().map(|t| model.trap(t.trap).message).collect();
    assert_eq!((found.states_distinct, found.depth), (distinct, depth), "{traps:?}");
}

/// States and steps by a definition that shares nothing with the product; `None`: more than `most` states.
pub fn defined<S: Clone + Eq + Hash>(
    initial: S,
    most: usize,
    steps: impl Fn(&S) -> Vec<S>,
) -> Option<(u64, u64)> {
    let mut found = HashSet::from([initial.clone()]);
    let mut open = vec![initial];
    let mut taken = 1;
    while let Some(state) = open.pop() {
        for next in steps(&state) {
            taken += 1;
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
        if found.len() > most {
            return None;
        }
    }
    Some((found.len() as u64, taken))
}

/// The same numbers for the same seed.
pub struct Random(pub u64);

impl Random {
    /// A number below `n`.
    pub fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(n)) as u32
    }
}
