//! What is false in a state of a run, or broken by the step that led there.
//!
//! Enters: a model whose properties one run can show, and a step. Leaves: the members that are broken, with what makes
//! them so.

use crate::analysis::program::{Expr, Program};
use crate::concepts::ConceptKind;
use crate::engine::machine::{Judged, Machine, Step, Trap, Word};
use crate::model::Model;
use crate::obligations::{self, property::Property, property::PropertyKind};
use crate::report::hand::{How, Wrong};
use crate::session::trace::{at_step, describe, text, values};
use crate::span::Sources;

/// Every member that is broken in `state`, each once; `step`: the step that led there.
pub(super) fn judge(model: &Model, sources: &Sources, step: Option<Step<'_>>, state: &[Word]) -> Vec<Wrong> {
    let mut scratch = model.scratch();
    let mut found: Vec<Wrong> = Vec::new();
    for (number, property) in model.property_list().iter().enumerate() {
        let judged = model.properties()[number];
        let by_step = step.filter(|_| judged == Judged::Step);
        let (outcome, how) = if let Some(step) = by_step {
            (model.step_holds(&mut scratch, number, step), How::ByStep)
        } else if judged.in_states() {
            (model.state_holds(&mut scratch, number, state), How::False)
        } else {
            continue;
        };
        let name = &model.program().header(property.concept, property.member).name;
        if outcome == Ok(true) || found.iter().any(|known| known.name == *name) {
            continue;
        }
        found.push(wrong(model, sources, property, (step, state), (outcome, how)));
    }
    found
}

fn wrong(
    model: &Model,
    sources: &Sources,
    property: &Property,
    (step, state): (Option<Step<'_>>, &[Word]),
    (outcome, how): (Result<bool, Trap>, How),
) -> Wrong {
    let written = text(sources, property.span);
    let expression = match property.concept {
        ConceptKind::Invariant => written,
        _ => property.words.clone(),
    };
    let before = step.filter(|_| how == How::ByStep).map(|step| step.before);
    let condition = condition(model, &property.kind, step);
    let values = condition.map_or(Vec::new(), |e| values(model, sources, &e, before, state));
    let name = model.program().header(property.concept, property.member).name.clone();
    match outcome {
        Ok(_) => Wrong { name, how, expression, values },
        Err(trap) => {
            let why = model.trap(trap).message;
            Wrong { name, how: How::NoValue(why), expression, values: Vec::new() }
        }
    }
}

/// What a property demands, without locals.
fn condition(model: &Model, kind: &PropertyKind, step: Option<Step<'_>>) -> Option<Expr> {
    match kind {
        PropertyKind::State(e) | PropertyKind::Returns { holds: e, .. } | PropertyKind::Step(e) => {
            Some(e.clone())
        }
        PropertyKind::StepOf(each) => {
            let step = step?;
            let description = describe(model, step.before, (step.instance, step.choice), step.after);
            let (action, e) = each.iter().find(|(action, _)| Some(*action) == description.action)?;
            at_step(model, e, *action, &description)
        }
        PropertyKind::Idempotent { .. }
        | PropertyKind::MergeLaws(_)
        | PropertyKind::Converges(..)
        | PropertyKind::LeadsTo(..)
        | PropertyKind::Eventually(_)
        | PropertyKind::Repairs { .. }
        | PropertyKind::Refines(_)
        | PropertyKind::NotChecked(_) => None,
    }
}

/// The members of which one run does not show all, by name.
pub(super) fn judged_by_checks_alone(program: &Program) -> Vec<String> {
    let mut whole = program.clone();
    let mut names: Vec<String> = Vec::new();
    for property in obligations::obligations(&mut whole) {
        let name = &program.header(property.concept, property.member).name;
        let stated = matches!(property.kind, PropertyKind::NotChecked(_));
        if !property.on_one_run() && !stated && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}
