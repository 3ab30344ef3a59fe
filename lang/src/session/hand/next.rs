//! What can be done in a state: every step as a line that can be typed.
//!
//! Enters: a run. Leaves: its next steps, by kind, the first of each.

use super::ByHand;
use crate::concepts::{Fault, StepKind};
use crate::engine::machine::Machine;
use crate::engine::steps::steps;
use crate::report::hand::{Group, Next};
use crate::session::onward::possible;
use crate::session::{Context, Stop};

/// No more lines of a kind are listed.
const MOST_LINES: usize = 60;
/// No more steps are counted.
const MOST_STEPS: u32 = 500_000;

/// Steps of a kind, in the order in which they are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Actions,
    Deliveries,
    Resolutions,
    Reconcilers,
    Time,
    Recovery,
    Faults,
}

impl Kind {
    const ALL: [Kind; 7] = [
        Kind::Actions,
        Kind::Deliveries,
        Kind::Resolutions,
        Kind::Reconcilers,
        Kind::Time,
        Kind::Recovery,
        Kind::Faults,
    ];

    fn of(kind: StepKind) -> Kind {
        match kind {
            StepKind::Action | StepKind::Stutter => Kind::Actions,
            StepKind::Deliver => Kind::Deliveries,
            StepKind::Resolution => Kind::Resolutions,
            StepKind::Reconciler => Kind::Reconcilers,
            StepKind::Tick => Kind::Time,
            StepKind::Heal => Kind::Recovery,
            StepKind::Fault(fault) if fault.is_recovery() => Kind::Recovery,
            StepKind::Fault(_) => Kind::Faults,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Kind::Actions => "actions",
            Kind::Deliveries => "deliveries",
            Kind::Resolutions => "resolutions",
            Kind::Reconcilers => "reconcilers",
            Kind::Time => "time",
            Kind::Recovery => "recovery",
            Kind::Faults => "faults",
        }
    }
}

/// The steps out of the state that a run is in.
pub(super) fn next(hand: &ByHand, context: &Context<'_>) -> Result<Next, Stop> {
    let (model, state) = (&*hand.model, hand.state());
    let mut groups = Kind::ALL.map(|kind| Group { title: kind.title().into(), steps: Vec::new(), more: 0 });
    let (mut all, mut cancelled) = (0, false);
    steps(model, &mut model.scratch(), state, |step| {
        all += 1;
        cancelled |= all % 64 == 0 && context.host.cancelled();
        if cancelled || all > MOST_STEPS {
            return;
        }
        let group = &mut groups[Kind::of(model.describe_instance(state, step.instance).kind) as usize];
        if group.steps.len() >= MOST_LINES {
            group.more += 1;
            return;
        }
        let one = possible(model, state, &step);
        // Copies of a message give the same line.
        if !group.steps.contains(&one) {
            group.steps.push(one);
        }
    });
    if cancelled {
        return Err(Stop::Interrupted);
    }
    let mut faults: Vec<Fault> = hand.budget().allowed().map(|(_, entry)| entry.fault).collect();
    faults.dedup();
    let left = faults.into_iter().map(|fault| (fault, hand.left(fault)));
    Ok(Next {
        groups: groups.into_iter().filter(|group| !group.steps.is_empty()).collect(),
        left: left.collect(),
        cut: all > MOST_STEPS,
    })
}

/// Which fault a step is, where it is one that a budget counts.
pub(super) fn counted(kind: StepKind) -> Option<Fault> {
    match kind {
        StepKind::Fault(fault) => Some(fault),
        _ => None,
    }
}
