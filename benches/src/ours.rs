//! Our language: source text to exploration, through the public doors of the library.

use crate::yardstick::Counts;
use reconverge_lang::analysis::{self, Definitions};
use reconverge_lang::engine::{self, Limits, Unobserved};
use reconverge_lang::model::run::native::Execution;
use reconverge_lang::model::{BuildOptions, Model};
use reconverge_lang::obligations;
use reconverge_lang::span::{SourceId, Span};
use reconverge_lang::syntax;
use reconverge_lang::syntax::tree::{Expr, ExprKind, Name, Target};

/// A model ready to run, from the text of one mapping and the values of its parameters. With `orbits`, one state of each
/// orbit is explored; the others that we are compared with explore them all.
pub fn model(
    text: &str,
    system: &str,
    params: &[(&str, i64)],
    (execution, orbits): (Execution, bool),
) -> Model {
    let (cell, errors) = syntax::parse(SourceId(0), text);
    assert!(errors.is_empty(), "{errors:#?}");
    let mut definitions = Definitions::default();
    analysis::define(&mut definitions, "bench", &cell.items);
    let name = |text: &str| Name { text: text.to_string(), span: Span::default() };
    let value = |v: i64| Expr { kind: ExprKind::Int(v), span: Span::default(), depth: 1 };
    let args = params.iter().map(|(p, v)| (name(p), value(*v))).collect();
    let target = Target { name: name(system), args, span: Span::default() };
    let (program, errors) = analysis::analyse(&definitions, &target);
    let mut program = program.unwrap_or_else(|| panic!("{errors:#?}"));
    let properties = obligations::obligations(&mut program);
    let options = BuildOptions { execution, symmetry_off: !orbits, ..BuildOptions::default() };
    Model::build(&program, properties, &options).unwrap_or_else(|e| panic!("{e:#?}"))
}

/// Counts, bytes per distinct state at the end, and how many states were explored.
pub fn explore(model: &Model, threads: usize) -> (Counts, f64, u64) {
    // Partial order would change the counts.
    let limits = Limits { memory: Some(16 << 30), threads, reduce_after: None, ..Limits::default() };
    let found = engine::explore(model, &limits, &Unobserved);
    assert!(found.stopped.is_none(), "the exploration is complete");
    let counts =
        Counts { distinct: found.states_distinct, generated: found.states_generated, depth: found.depth };
    (counts, found.bytes as f64 / found.states_distinct as f64, found.states_explored)
}
