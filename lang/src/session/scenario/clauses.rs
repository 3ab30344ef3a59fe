//! Several clauses with one name: the acts of a resolution, the handlers of a message; and lines that ask the reader.
//!
//! Enters: names, and steps of a run. Leaves: the actions that a name means, in the order in which they were written; and
//! the number of a clause, where its name alone could mean another step.

use crate::analysis::program::{Action, ActionId, ActionKind, Program};
use crate::concepts::BLANK;
use crate::engine::machine::{Machine, Word};
use crate::engine::steps::steps;
use crate::model::Model;
use crate::model::explain::describe::StepDescription;
use crate::syntax::tree;

pub(in crate::session) use crate::analysis::program::CLAUSE;

/// The actions of a name: of an action, a resolution or a reconciler.
pub(super) fn named(program: &Program, name: &str) -> Vec<ActionId> {
    let is_it = |action: &Action| match &action.kind {
        ActionKind::Client | ActionKind::Tick => action.name == name,
        ActionKind::Handler { resolution, .. } => {
            resolution.is_some_and(|r| program.resolutions[r].header.name == name)
        }
        ActionKind::Resolution(r) => program.resolutions[*r].header.name == name,
        ActionKind::ReconcilerObserve { reconciler: r, .. }
        | ActionKind::ReconcilerAct(r)
        | ActionKind::ReconcilerLook(r) => program.reconcilers[*r].header.name == name,
        ActionKind::Sync(view) => program.node_fields[program.views[*view].field.index()].name == name,
        ActionKind::Restart(_) => false,
    };
    let all = program.actions.iter().enumerate();
    all.filter(|(_, action)| is_it(action)).map(|(i, _)| ActionId(i as u32)).collect()
}

/// Those that act: the observing step of a reconciler is no clause.
pub(super) fn acting(program: &Program, actions: &[ActionId]) -> Vec<ActionId> {
    let acts = |id: &ActionId| !observes(program, *id);
    actions.iter().copied().filter(acts).collect()
}

pub(super) fn observes(program: &Program, id: ActionId) -> bool {
    let kind = &program.actions[id.index()].kind;
    matches!(kind, ActionKind::ReconcilerObserve { .. } | ActionKind::ReconcilerLook(_) | ActionKind::Sync(_))
}

/// Which clause (from 1) a step out of a state is, where a line that does not say so could mean another one.
pub(in crate::session) fn told_apart(
    model: &Model,
    before: &[Word],
    step: &StepDescription,
) -> Option<usize> {
    let program = model.program();
    let own = step.action.filter(|id| !observes(program, *id))?;
    let all = match (&program.actions[own.index()].kind, &step.received) {
        (ActionKind::Handler { message, .. }, Some(_)) => program.handlers(&[*message]),
        _ => acting(program, &named(program, &step.name)),
    };
    let mut alike = false;
    if all.len() > 1 {
        steps(model, &mut model.scratch(), before, |other| {
            if !alike {
                let other = model.describe_instance(before, other.instance);
                alike = other.action.is_some_and(|id| id != own && all.contains(&id))
                    && other.at == step.at
                    && (step.received.is_none() || other.received == step.received)
                    && step.params.iter().zip(&other.params).all(|(a, b)| a.1 == b.1);
            }
        });
    }
    let number = all.iter().position(|id| *id == own)? + 1;
    alike.then_some(number)
}

/// `EXPR == ___`: what is asked for.
pub(super) fn asked(e: &tree::Expr) -> Option<&tree::Expr> {
    let tree::ExprKind::Binary(tree::BinaryOp::Equal, left, right) = &e.kind else { return None };
    let blank = |e: &tree::Expr| matches!(&e.kind, tree::ExprKind::Name(name) if name == BLANK);
    match (blank(left), blank(right)) {
        (false, true) => Some(left),
        (true, false) => Some(right),
        _ => None,
    }
}

/// `1 argument`, `2 arguments`
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
