//! Several clauses with one name: the acts of a resolution, the handlers of a message; and lines that ask the reader.
//!
//! Enters: names, and steps of a run. Leaves: the actions that a name means, in the order in which they were written; and
//! the number of a clause, where its name alone could mean another step.

use crate::analysis::program::{Action, ActionId, ActionKind, Program};
use crate::concepts::{BLANK, StepKind};
use crate::engine::machine::{Machine, Step, Word};
use crate::engine::steps::steps;
use crate::model::Model;
use crate::model::explain::describe::StepDescription;
use crate::session::trace::made_up;
use crate::syntax::tree;
use crate::value::Value;
use rustc_hash::FxHashMap;

pub(in crate::session) use crate::analysis::program::{CLAUSE, WAY};

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

/// Which of the steps that a line could be otherwise (from 1) a step is: faults that nothing tells apart, such as two outcomes
/// of a crash, or two places of equal messages in an ordered link. `None`: there is one.
pub(in crate::session) fn way(
    model: &Model,
    before: &[Word],
    (instance, choice): (u32, u32),
    step: &StepDescription,
) -> Option<usize> {
    let StepKind::Fault(fault) = step.kind else { return None };
    let fault_of = |instance: u32| model.instance_list()[instance as usize].fault();
    let mut alike: FxHashMap<u32, bool> = FxHashMap::default();
    let is_alike = |other: u32| {
        let other = model.describe_instance(before, other);
        (other.at, &other.received) == (step.at, &step.received)
            && other.sides == step.sides
            && other.one_way == step.one_way
    };
    let (mut scratch, mut all, mut own) = (model.scratch(), Vec::<Box<[Word]>>::new(), None);
    steps(model, &mut model.scratch(), before, |next| {
        let Ok(successor) = next.result else { return };
        if fault_of(next.instance) != Some(fault)
            || !*alike.entry(next.instance).or_insert_with(|| is_alike(next.instance))
        {
            return;
        }
        let other = Step { before, instance: next.instance, choice: next.choice, after: successor.state };
        if model.choice_values(&mut scratch, other) == step.choices {
            if (next.instance, next.choice) == (instance, choice) {
                own = Some(all.len());
            }
            all.push(successor.state.into());
        }
    });
    let own = own.filter(|_| all.iter().any(|other| *other != all[0]))?;
    let mut ways = Ways::default();
    let numbers: Vec<usize> = all.iter().map(|state| ways.of(model, state)).collect();
    (ways.0.len() > 1).then(|| numbers[own])
}

/// Where the steps lead that a line could be, as far as it is seen: what watches a run tells nothing apart.
#[derive(Default)]
pub(super) struct Ways(Vec<Vec<Value>>);

impl Ways {
    /// The number of the way that leads to a state, from 1.
    pub(super) fn of(&mut self, model: &Model, state: &[Word]) -> usize {
        let seen = model.decode_state(state).into_iter().filter(|v| !made_up(v)).map(|v| v.value).collect();
        let known = self.0.iter().position(|known| *known == seen);
        1 + known.unwrap_or_else(|| {
            self.0.push(seen);
            self.0.len() - 1
        })
    }
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
