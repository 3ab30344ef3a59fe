//! What never happened: actions never enabled, faults never possible, reconcilers never triggered.
//!
//! Enters: how often each instance was taken. Leaves: what a reader should know before trusting a check that passes.

use super::Explored;
use crate::analysis::program::{ActionId, ActionKind, Program, Stmt, StmtKind};
use crate::concepts::Fault;
use crate::engine::{InstanceCount, Stop};
use crate::model::Model;
use crate::model::form::instance::{Instance, action_of};
use crate::report::Unused;
use crate::session::trace::text;
use crate::span::Sources;

pub(super) fn unused(explored: &Explored<'_>) -> Vec<Unused> {
    let program = explored.model.program();
    let (partly, mut found) = (partly(explored), Vec::new());
    if explored.exploration.states_distinct == 0 {
        return found;
    }
    for (index, action) in program.actions.iter().enumerate() {
        let of = |instance: &Instance| action_of(&instance.kind) == Some(ActionId(index as u32));
        let InstanceCount { fired, productive } = count(explored, of);
        let why = match (&action.kind, fired, productive) {
            (_, 1.., 1..) => continue,
            // What refuses is to change nothing.
            (ActionKind::Resolution(_), 1.., 0) if action.body.is_empty() => continue,
            (_, 1.., 0) => "it was taken, but never changed anything",
            (ActionKind::ReconcilerLook(_) | ActionKind::Tick | ActionKind::Sync(_), 0, _) => continue,
            // Nobody wrote it: it stands for what fields take at a restart.
            (ActionKind::Restart(_), 0, _) if program.node_fields.iter().any(|f| f.span == action.span) => {
                continue;
            }
            (_, 0, _) if has_trapped(explored, ActionId(index as u32)) => {
                "it was tried, and its step had no value"
            }
            (_, 0, _) if partly => "not in the states that were expanded",
            // Where none went down there is nothing to say of it.
            (ActionKind::Restart(_), 0, _) if !went_down(explored) => continue,
            (ActionKind::Handler { .. }, 0, _) => "no message came that it could handle",
            (
                ActionKind::Client
                | ActionKind::Resolution(_)
                | ActionKind::ReconcilerObserve { .. }
                | ActionKind::ReconcilerAct(_)
                | ActionKind::Restart(_),
                0,
                _,
            ) => never_taken(explored, ActionId(index as u32)),
        };
        let (what, name) = called(&explored.model, explored.sources, ActionId(index as u32));
        found.push(Unused { what: what.to_string(), name, why: why.to_string() });
    }
    found.extend(faults(explored));
    found.extend(recoveries(explored));
    found
}

/// Whether some node crashed.
fn went_down(explored: &Explored<'_>) -> bool {
    count(explored, |i| matches!(i.fault(), Some(Fault::Crash | Fault::Wipe))).fired > 0
}

/// Some states that were found were not expanded: what is possible in them is not known.
fn partly(explored: &Explored<'_>) -> bool {
    let ended = explored.exploration.stopped.is_some_and(|why| why != Stop::Decided);
    ended || explored.exploration.states_cut > 0 || !explored.exploration.traps.is_empty()
}

/// Whether a step of an action was tried and had no value.
fn has_trapped(explored: &Explored<'_>, id: ActionId) -> bool {
    let instances = explored.model.instance_list();
    let mut trapped = explored.exploration.traps.iter().filter_map(|trap| trap.instance);
    trapped.any(|instance| action_of(&instances[instance as usize].kind) == Some(id))
}

/// Why an action that is no handler never took a step.
fn never_taken(explored: &Explored<'_>, id: ActionId) -> &'static str {
    let action = &explored.model.program().actions[id.index()];
    let (mut requires, mut chooses) = (false, false);
    let mut look = |stmt: &Stmt| match stmt.kind {
        StmtKind::Require(_) => requires = true,
        StmtKind::Choose { .. } => chooses = true,
        _ => {}
    };
    action.body.iter().for_each(|stmt| stmt.walk(&mut look));
    match (action.guards.is_empty(), requires, chooses) {
        (false, false, false) => "its guard was never true",
        (true, true, false) => "its `require` was never true",
        (true, false, true) => "its `choose` never found anything",
        // Any of them may have failed.
        _ => "it was never possible",
    }
}

/// What kind of member an action is, and what tells it from the others.
pub fn called(model: &Model, sources: &Sources, id: ActionId) -> (&'static str, String) {
    let program = model.program();
    let action = &program.actions[id.index()];
    let (what, mut name) = named(program, &action.kind, &action.name);
    // Of several acts with one name, the guard tells which.
    if let Some(guard) = action.guards.first()
        && program.actions.iter().filter(|other| other.name == action.name).count() > 1
    {
        name = format!("{name} when {}", text(sources, guard.span));
    }
    (what, name)
}

fn count(explored: &Explored<'_>, of: impl Fn(&Instance) -> bool) -> InstanceCount {
    let instances = explored.model.instance_list().iter().zip(&explored.exploration.instances);
    let counts = instances.filter(|(instance, _)| of(instance)).map(|(_, count)| count);
    counts.fold(InstanceCount::default(), |sum, count| InstanceCount {
        fired: sum.fired + count.fired,
        productive: sum.productive + count.productive,
    })
}

/// What kind of member an action is, and what people call it.
fn named(program: &Program, kind: &ActionKind, name: &str) -> (&'static str, String) {
    match kind {
        ActionKind::Client => ("action", name.to_string()),
        ActionKind::Handler { resolution: None, .. } => ("handler", name.to_string()),
        ActionKind::Handler { resolution: Some(resolution), .. } => {
            ("resolution", format!("{} ({name})", program.resolutions[*resolution].header.name))
        }
        ActionKind::Restart(_) => ("clause", name.to_string()),
        ActionKind::Resolution(_) => ("resolution", name.to_string()),
        ActionKind::ReconcilerObserve { .. }
        | ActionKind::ReconcilerAct(_)
        | ActionKind::ReconcilerLook(_) => ("reconciler", name.to_string()),
        ActionKind::Tick => ("time", name.to_string()),
        ActionKind::Sync(_) => ("view", name.to_string()),
    }
}

/// Faults with a budget that nothing could spend.
fn faults(explored: &Explored<'_>) -> impl Iterator<Item = Unused> {
    let allowed = explored.model.options().faults.allowed();
    let mut named: Vec<Fault> = allowed.map(|(_, entry)| entry.fault).collect();
    named.dedup();
    let idle = named.into_iter().filter(|fault| count(explored, |i| i.fault() == Some(*fault)).fired == 0);
    let ended = explored.exploration.stopped.is_some_and(|why| why != Stop::Decided);
    idle.filter(|fault| !fault.is_recovery()).filter_map(move |fault| {
        let why = match ended {
            true => "the end came before any run with it: runs without faults come first",
            false => impossible(fault)?,
        };
        let why = of_kinds(explored, fault, why);
        Some(Unused { what: "fault".to_string(), name: fault.word().to_string(), why })
    })
}

/// Budgets for mending what no budget breaks.
fn recoveries(explored: &Explored<'_>) -> impl Iterator<Item = Unused> {
    let (faults, program) = (&explored.model.options().faults, explored.model.program());
    faults.allowed().filter(|(_, entry)| entry.fault.is_recovery()).filter_map(move |(_, entry)| {
        let mends = entry.fault.mends();
        let mut breaks = faults.allowed().filter(|(_, other)| mends.contains(&other.fault));
        if breaks.any(|(_, other)| other.of.is_none() || entry.of.is_none() || other.of == entry.of) {
            return None;
        }
        let of = entry.of.map_or(String::new(), |kind| format!(" of {}", program.nodes[kind as usize].name));
        let mends: Vec<&str> = mends.iter().map(|fault| fault.word()).collect();
        Some(Unused {
            what: "fault".to_string(),
            name: format!("{}{of}", entry.fault.word()),
            why: format!("no {}{of} is allowed that it could mend", mends.join(" or ")),
        })
    })
}

/// The same of a fault that may happen to some kinds of node alone: others may well have what it needs.
fn of_kinds(explored: &Explored<'_>, fault: Fault, why: &str) -> String {
    let entries = explored.model.options().faults.of(fault);
    let kinds: Option<Vec<&str>> = entries
        .map(|(_, entry)| Some(explored.model.program().nodes[entry.of? as usize].name.as_str()))
        .collect();
    match kinds {
        Some(kinds) if why.starts_with(NO_NODE) => {
            why.replacen(NO_NODE, &format!("no {}", kinds.join(", no ")), 1)
        }
        _ => why.to_string(),
    }
}

/// How a reason begins that is about every node.
const NO_NODE: &str = "no node";

/// Why a fault could never happen.
fn impossible(fault: Fault) -> Option<&'static str> {
    match fault {
        Fault::Crash => Some("there is no node to crash"),
        // Of those, whether anything is there to mend.
        Fault::Restart | Fault::Resume => None,
        Fault::Wipe => Some("there is no node to wipe"),
        Fault::Pause => Some("there is no node to pause"),
        Fault::Lose => Some("no message on a lossy link"),
        Fault::Duplicate => Some("no message on a duplicating link"),
        Fault::Reorder => Some("never two messages on an ordered link"),
        Fault::Skew => Some("no node has a clock"),
        Fault::Stale => Some("no node has a view that was ever behind"),
        Fault::Partition => Some("there are no two nodes to cut off from each other"),
    }
}
