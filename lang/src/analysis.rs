//! Trees to programs: names resolved across cells, everything typed, parameters replaced by values.
//!
//! Enters: trees. Leaves: programs and diagnostics. [`Definitions`] keeps what the cells contributed, [`define`] takes
//! a cell, [`analyse`] makes the program of one system at given parameter values, and [`condition`], [`expression`] and
//! [`expression_as`] type the expressions of commands in the context of a program.

pub(crate) mod alike;
mod analyser;
mod behaviour;
mod calls;
mod check;
mod collect;
mod concepts;
mod constant;
mod declare;
mod declared_types;
mod define;
mod definitions;
mod effects;
mod expr;
mod forms;
mod graph;
mod inherited;
mod keys;
pub(crate) mod knowledge;
mod lints;
pub(crate) mod literal;
mod loosened;
mod members;
mod names;
mod operators;
mod outside;
mod params;
pub(crate) mod passing;
pub mod program;
mod reconcilers;
mod resolutions;
mod sight;
pub(crate) mod sought;
mod swallowed;
pub mod symbols;
pub(crate) mod symmetry;
mod time;
pub(crate) mod types;
mod unwritten;
mod views;
pub mod walk;

pub use define::{Defined, define};
pub use definitions::{Applied, Definition, Definitions, Entry, Growing, Verb};
pub use loosened::{Loosened, Looser, loosened};
pub use symbols::{Symbol, SymbolKind, symbols};

use crate::diag::Diagnostic;
use crate::syntax::tree;
use check::{Checker, Context};
use program::{Expr, Program, TypeId};

/// The program of a system at the parameter values of the target. It is there where there are no errors; warnings come
/// with it.
pub fn analyse(definitions: &Definitions, target: &tree::Target) -> (Option<Program>, Vec<Diagnostic>) {
    let Some(definition) = definitions.get(&target.name.text) else {
        return (None, vec![definitions::not_a_system(&target.name, definitions)]);
    };
    let (program, mut diagnostics) = analyser::analyse(definition, target);
    inherited::told(definitions, &target.name.text, &mut diagnostics);
    let sound = !diagnostics.iter().any(Diagnostic::is_error);
    (sound.then_some(program), diagnostics)
}

/// A condition of a command: `bool`, with `old`, `quiescent` and ghosts allowed.
pub fn condition(program: &mut Program, e: &tree::Expr) -> (Option<Expr>, Vec<Diagnostic>) {
    typed(program, |c| c.condition(e))
}

/// An expression of a command, of any type.
pub fn expression(program: &mut Program, e: &tree::Expr) -> (Option<Expr>, Vec<Diagnostic>) {
    typed(program, |c| c.infer(e, None))
}

/// An expression of a command where a value of type `ty` is needed: an argument of `do`, a message's field.
pub fn expression_as(program: &mut Program, e: &tree::Expr, ty: TypeId) -> (Option<Expr>, Vec<Diagnostic>) {
    typed(program, |c| c.check(e, ty))
}

/// An expression of a command that says what a value of type `ty` is, of each node of a kind where one is given: then with
/// the name that stands for the node.
pub fn mapped(
    program: &mut Program,
    (e, ty): (&tree::Expr, TypeId),
    node: Option<(&tree::Name, program::NodeId)>,
) -> (Option<(Expr, Option<program::LocalId>)>, Vec<Diagnostic>) {
    let mut checker = Checker::new(program);
    checker.context = Context { place: "what stands for a variable", ..Context::CLAUSE };
    let local = node.map(|(name, kind)| {
        let ty = checker.ty(program::Type::Node(kind));
        checker.bind(name, ty)
    });
    let found = checker.check(e, ty);
    // What has another range is held to this one.
    let held = checker.new_local("value", ty, e.span);
    let body = Box::new(checker.local_expr(held, e.span));
    let whole = Expr { kind: program::ExprKind::Let(held, Box::new(found), body), ty, span: e.span };
    let diagnostics = checker.diagnostics;
    let sound = !diagnostics.iter().any(Diagnostic::is_error);
    (sound.then_some((whole, local)), diagnostics)
}

/// A constant integer of a command, such as `depth <= 30`; the parameters of `program` are constants.
pub fn constant(program: &mut Program, e: &tree::Expr) -> (Option<i64>, Vec<Diagnostic>) {
    let mut checker = Checker::new(program);
    let value = checker.constant(e);
    (value, checker.diagnostics)
}

/// The elements of a constant set of a command, such as `bool`; `None` where it is none.
pub(crate) fn elements(
    program: &mut Program,
    e: &tree::Expr,
) -> (Option<Vec<crate::value::Value>>, Vec<Diagnostic>) {
    let (found, diagnostics) = typed(program, |checker| {
        checker.context = Context::PARAMETER;
        checker.infer(e, None)
    });
    let value = found.and_then(|e| literal::value(program, &e));
    let elements = match value {
        Some(crate::value::Value::Set(all)) => Some(all),
        _ => None,
    };
    (elements, diagnostics)
}

fn typed(
    program: &mut Program,
    act: impl FnOnce(&mut Checker<'_>) -> Expr,
) -> (Option<Expr>, Vec<Diagnostic>) {
    let mut checker = Checker::new(program);
    checker.context = Context::COMMAND;
    let e = act(&mut checker);
    let diagnostics = checker.diagnostics;
    let sound = !diagnostics.iter().any(Diagnostic::is_error);
    (sound.then_some(e), diagnostics)
}
