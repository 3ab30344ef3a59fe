//! What never happened: actions never enabled, faults never possible, reconcilers never triggered.
//!
//! Enters: how often each instance was taken. Leaves: what a reader should know before trusting a check that passes.

use super::Explored;
use crate::analysis::program::{ActionId, ActionKind};
use crate::engine::InstanceCount;
use crate::model::form::instance::{InstanceKind, action_of};
use crate::report::Unused;
use crate::session::trace::text;

pub fn unused(explored: &Explored<'_>) -> Vec<Unused> {
    let program = explored.model.program();
    let mut found = Vec::new();
    for (index, action) in program.actions.iter().enumerate() {
        let of = |kind: &InstanceKind| action_of(kind) == Some(ActionId(index as u32));
        let InstanceCount { fired, productive } = count(explored, of);
        let why = match (&action.kind, fired, productive) {
            (_, 1.., 1..) => continue,
            (_, 1.., 0) => "it was taken, but never changed anything",
            (ActionKind::Handler { .. }, ..) => "no message came that it could handle",
            _ => "its guard was never true",
        };
        let (what, name) = called(explored, ActionId(index as u32));
        found.push(Unused { what: what.to_string(), name, why: why.to_string() });
    }
    found.extend(faults(explored));
    found
}

/// What kind of member an action is, and what tells it from the others.
pub fn called(explored: &Explored<'_>, id: ActionId) -> (&'static str, String) {
    let program = explored.model.program();
    let action = &program.actions[id.index()];
    let (what, mut name) = named(explored, &action.kind, &action.name);
    // Of several acts with one name, the guard tells which.
    if let Some(guard) = action.guards.first()
        && program.actions.iter().filter(|other| other.name == action.name).count() > 1
    {
        name = format!("{name} when {}", text(explored.sources, guard.span));
    }
    (what, name)
}

fn count(explored: &Explored<'_>, of: impl Fn(&InstanceKind) -> bool) -> InstanceCount {
    let instances = explored.model.instance_list().iter().zip(&explored.exploration.instances);
    let counts = instances.filter(|(instance, _)| of(&instance.kind)).map(|(_, count)| count);
    counts.fold(InstanceCount::default(), |sum, count| InstanceCount {
        fired: sum.fired + count.fired,
        productive: sum.productive + count.productive,
    })
}

/// What kind of member an action is, and what people call it.
fn named(explored: &Explored<'_>, kind: &ActionKind, name: &str) -> (&'static str, String) {
    let program = explored.model.program();
    match kind {
        ActionKind::Client => ("action", name.to_string()),
        ActionKind::Handler { resolution: None, .. } => ("handler", name.to_string()),
        ActionKind::Handler { resolution: Some(resolution), .. } => {
            ("resolution", format!("{} ({name})", program.resolutions[*resolution].header.name))
        }
        ActionKind::Resolution(_) => ("resolution", name.to_string()),
        ActionKind::ReconcilerObserve { .. } | ActionKind::ReconcilerAct(_) => {
            ("reconciler", name.to_string())
        }
    }
}

/// Faults with a budget that nothing could spend.
fn faults(explored: &Explored<'_>) -> Vec<Unused> {
    let budget = &explored.model.options().faults;
    let early = |kind: &InstanceKind| matches!(kind, InstanceKind::Deliver { slot, .. } if slot.position > 0);
    type Of<'f> = (&'static str, u32, Box<dyn Fn(&InstanceKind) -> bool + 'f>, &'static str);
    let known: [Of<'_>; 5] = [
        (
            "crash",
            budget.crash,
            Box::new(|k| matches!(k, InstanceKind::Crash(_))),
            "there is no node to crash",
        ),
        ("lose", budget.lose, Box::new(|k| matches!(k, InstanceKind::Lose(_))), "no message on a lossy link"),
        (
            "duplicate",
            budget.duplicate,
            Box::new(|k| matches!(k, InstanceKind::Duplicate(_))),
            "no message on a duplicating link",
        ),
        ("reorder", budget.reorder, Box::new(early), "never two messages on an ordered link"),
        (
            "partition",
            budget.partition,
            Box::new(|k| matches!(k, InstanceKind::Partition(_))),
            "there are no two nodes to cut off from each other",
        ),
    ];
    let idle = known.iter().filter(|(_, budget, of, _)| *budget > 0 && count(explored, of).fired == 0);
    idle.map(|(name, _, _, why)| Unused {
        what: "fault".to_string(),
        name: (*name).to_string(),
        why: (*why).to_string(),
    })
    .collect()
}
