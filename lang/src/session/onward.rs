//! What can happen in a state: its steps as lines that can be typed.
//!
//! Enters: a state of a model. Leaves: its steps one by one, and for a whole run a table of them, each line once.

use super::trace::{Told, fault, labelled};
use crate::concepts::{Fault, FaultBudget, StepKind};
use crate::engine::Path;
use crate::engine::machine::{Machine, Word};
use crate::engine::steps::{Numbered, steps};
use crate::model::Model;
use crate::report::hand::Possible;
use crate::report::{Onward, Trace};
use std::collections::HashMap;

/// No more steps of one state are listed along a run.
const MOST_STEPS: usize = 24;
/// What can happen is told of so many states of a run.
const MOST_STATES: usize = 200;

/// A step out of a state as a line; `changes nothing`, or why it has no value, is noted.
pub(super) fn possible(model: &Model, state: &[Word], step: &Numbered<'_>) -> Possible {
    let kind = model.describe_instance(state, step.instance).kind;
    let (label, note) = match step.result {
        Ok(next) => {
            let label = labelled(model, state, (step.instance, step.choice), next.state).label;
            (label, (*next.state == *state).then(|| "changes nothing".to_string()))
        }
        Err(trap) => {
            let label = labelled(model, state, (step.instance, step.choice), state).label;
            (label, Some(format!("has no value: {}", model.trap(trap).message)))
        }
    };
    Possible { line: format!("do {label}"), kind, note }
}

/// Adds to a run what could have happened in each of the states that are told, as far as its faults allow it.
pub(super) fn along(model: &Model, path: &Path, told: &[Told], trace: &mut Trace) {
    let ends = std::iter::once(0).chain(told.iter().map(|told| told.last() + 1));
    let mut known: HashMap<(String, Option<String>), usize> = HashMap::new();
    let mut used = Used::new(&model.options().faults);
    let mut counted = 0;
    for end in ends.take(MOST_STATES) {
        let state = path.before(end);
        for at in counted..end {
            used.count(model, path, at);
        }
        counted = end;
        let mut onward = Onward::default();
        steps(model, &mut model.scratch(), state, |step| {
            if !used.allows(model.describe_instance(state, step.instance).kind) {
                return;
            }
            if onward.steps.len() >= MOST_STEPS {
                onward.more += 1;
                return;
            }
            let one = possible(model, state, &step);
            let at = *known.entry((one.line.clone(), one.note.clone())).or_insert(trace.possible.len());
            if at == trace.possible.len() {
                trace.possible.push(one);
            }
            // Copies of a message give the same line.
            if !onward.steps.contains(&at) {
                onward.steps.push(at);
            }
        });
        trace.onward.push(onward);
    }
}

/// The faults of a run so far, against what is allowed on it.
struct Used<'b> {
    budget: &'b FaultBudget,
    so_far: Vec<(Fault, u32)>,
}

impl<'b> Used<'b> {
    fn new(budget: &'b FaultBudget) -> Self {
        Used { budget, so_far: Vec::new() }
    }

    fn count(&mut self, model: &Model, path: &Path, at: usize) {
        let Some(fault) = fault(model, path, at) else { return };
        match self.so_far.iter_mut().find(|(known, _)| *known == fault) {
            Some((_, times)) => *times += 1,
            None => self.so_far.push((fault, 1)),
        }
    }

    fn allows(&self, kind: StepKind) -> bool {
        let StepKind::Fault(fault) = kind else { return true };
        let used = self.so_far.iter().find(|(known, _)| *known == fault).map_or(0, |(_, times)| *times);
        let unlimited = fault.is_recovery() && self.budget.given(fault).is_none();
        unlimited || used < self.budget.times(fault)
    }
}
