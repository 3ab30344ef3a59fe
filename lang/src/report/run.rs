//! Runs, as data: where they begin, their steps with what each changed, what else could have happened.
//!
//! Enters: nothing (data only). Leaves: [`Trace`], in reports of every kind. A state is what the steps before it made of the
//! initial one: only differences are written.

use super::hand::Possible;
use crate::concepts::{Fault, StepKind};
use crate::span::Span;
use crate::value::{Value, part_of};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A run. A lasso where `loop_start` is set: after the last step it goes on from the state before step `loop_start`.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Trace {
    /// Nodes in declaration order, then `system` for global state where a step has no node.
    pub lanes: Vec<String>,
    /// All variables of the initial state, as `path = value`.
    pub init: Vec<(String, Value)>,
    /// Those that say nothing there, and are not shown: nodes that are up, links without messages.
    #[serde(skip)]
    pub unsaid: Vec<(String, Value)>,
    /// Those that another initial state has otherwise.
    pub chosen: Vec<(String, Value)>,
    /// It may begin in any state (`from any state`), also in one that no initial state leads to.
    pub any_state: bool,
    /// There, what no `init` can say: timers, and the versions that views may go back to. Others that begin with the same
    /// variables have them otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub besides: Vec<(String, Value)>,
    /// Why its last step has no value, where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_value: Option<String>,
    /// Where nothing happens any more, a last one says so; it is no step that is taken, and is not in the JSON.
    #[serde(serialize_with = "taken")]
    #[schemars(with = "Vec<TraceStep>")]
    pub steps: Vec<TraceStep>,
    /// 0-based index of the first step of the loop; the number of steps where nothing happens any more.
    pub loop_start: Option<usize>,
    /// Where and why the property turned false.
    pub broken: Option<Broken>,
    /// Faults used, as `1 crash`, most important first.
    pub faults: Vec<(Fault, u32)>,
    /// All variables in the last state.
    pub last: Vec<(String, Value)>,
    /// What can happen in each of its states, the initial one first; of a long run only in the first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub onward: Vec<Onward>,
    /// The steps that `onward` speaks of, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub possible: Vec<Possible>,
    /// The verdict that this belongs to stands below another with the same run.
    #[serde(skip)]
    pub above: bool,
}

/// What can happen in a state.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Onward {
    /// Indices into [`Trace::possible`].
    pub steps: Vec<usize>,
    /// So many are not listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

pub(super) fn stands_above(trace: &Option<Box<Trace>>) -> bool {
    trace.as_ref().is_some_and(|trace| trace.above)
}

fn taken<S: Serializer>(steps: &[TraceStep], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(steps.iter().filter(|step| step.kind != StepKind::Stutter))
}

impl Trace {
    /// Whether its JSON is that of the run above it.
    pub(super) fn stands_above(&self) -> bool {
        self.above
    }

    /// The run as lines of a scenario: where it begins, and what is done.
    pub fn lines(&self) -> Vec<String> {
        self.begins().chain(self.told().iter().map(TraceStep::line)).collect()
    }

    /// Where it begins, as lines of a scenario.
    pub fn begins(&self) -> impl Iterator<Item = String> {
        let anywhere = self.any_state.then(|| "from any state".to_string());
        let chosen = self.chosen.iter().map(|(path, value)| format!("init {path} == {value}"));
        anywhere.into_iter().chain(chosen)
    }

    /// Those that are taken, some of a long run told as one.
    pub fn told(&self) -> &[TraceStep] {
        match self.steps.as_slice() {
            [told @ .., last] if last.kind == StepKind::Stutter => told,
            told => told,
        }
    }

    /// Those of them that are taken: a last one without a value leads nowhere.
    pub fn done(&self) -> &[TraceStep] {
        match self.told() {
            [done @ .., _] if self.no_value.is_some() => done,
            told => told,
        }
    }

    /// The last step, where it has no value, and why.
    pub fn failed(&self) -> Option<(&TraceStep, &str)> {
        self.told().last().zip(self.no_value.as_deref())
    }

    /// A step of it; of one that has no value that too, and why.
    pub fn told_as(&self, step: &TraceStep) -> String {
        match self.failed() {
            Some((failed, why)) if std::ptr::eq(failed, step) => {
                format!("{}: not taken, {why}", step.label)
            }
            _ => step.label.clone(),
        }
    }

    /// How many steps are taken.
    pub fn length(&self) -> usize {
        self.taken(self.steps.len())
    }

    /// How many are taken by the first of those that are told.
    pub fn taken(&self, told: usize) -> usize {
        self.steps.iter().take(told).map(TraceStep::steps).sum()
    }

    /// The numbers of its steps, from 1; of several that are told as one, that of the last.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().scan(0, |number, step| {
            *number += step.steps().max(1);
            Some(*number)
        })
    }

    /// Its states: what each variable is in the first, and after each of the steps that are told.
    pub fn states(&self) -> Vec<BTreeMap<String, Value>> {
        let mut now: BTreeMap<String, Value> = self.init.iter().cloned().collect();
        // What is not said of the first state is what it is before it first changes.
        for change in self.steps.iter().flat_map(|step| &step.changes) {
            if variable(&now, &change.path).is_none() {
                now.insert(change.path.clone(), change.before.clone());
            }
        }
        let mut states = vec![now.clone()];
        for step in &self.steps {
            for change in &step.changes {
                let Some(name) = variable(&now, &change.path) else { continue };
                let inner = field(&change.path, &name).unwrap_or_default();
                now.entry(name).and_modify(|value| put(value, inner, &change.after));
            }
            states.push(now.clone());
        }
        states
    }

    /// Whether each of its steps is told.
    pub fn is_whole(&self) -> bool {
        self.steps.iter().all(|step| step.folded == 0)
    }

    /// Whether it has a first state: what it would begin with may have no value.
    pub fn has_beginning(&self) -> bool {
        !(self.init.is_empty() && self.last.is_empty() && self.steps.is_empty())
    }

    /// The number of the step at an index.
    pub fn number(&self, index: usize) -> usize {
        self.numbers().nth(index).unwrap_or(index + 1)
    }
}

/// The variable that has a path, or of which it is a field.
fn variable(known: &BTreeMap<String, Value>, path: &str) -> Option<String> {
    let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
    ends.map(|end| &path[..end]).find(|start| known.contains_key(*start)).map(str::to_string)
}

/// What leads from a variable to one of its fields, with the point; empty for the variable itself.
pub(crate) fn field<'a>(path: &'a str, variable: &str) -> Option<&'a str> {
    path.strip_prefix(variable).filter(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Replaces a value, or a field in it.
pub(crate) fn put(mut at: &mut Value, path: &str, after: &Value) {
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let Value::Record(_, fields) = at else { return };
        let Some((_, inner)) = fields.iter_mut().find(|(field, _)| &**field == name) else { return };
        at = inner;
    }
    *at = after.clone();
}

impl TraceStep {
    /// As a line of a scenario.
    pub fn line(&self) -> String {
        if self.folded > 0 {
            return format!("// {}", self.label);
        }
        match self.kind {
            StepKind::Action | StepKind::Resolution | StepKind::Reconciler | StepKind::Tick => {
                format!("do {}", self.label)
            }
            StepKind::Deliver | StepKind::Fault(_) | StepKind::Heal | StepKind::Stutter => self.label.clone(),
        }
    }

    /// How many steps of the run it is.
    fn steps(&self) -> usize {
        match self.kind {
            StepKind::Stutter => 0,
            _ => self.folded.max(1),
        }
    }

    /// As a command that takes it by hand; a scenario reads it, too.
    pub fn command(&self) -> String {
        format!("do {}", self.label)
    }
}

/// One step of a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TraceStep {
    /// `produce(a) at broker1`, `deliver Fetch { offset: 0 } from broker2 to broker1`, `crash broker1`, `controller`
    pub label: String,
    /// So many steps of a long run, told as one by what they changed in all; 0: it is one step.
    #[serde(skip_serializing_if = "is_zero")]
    pub folded: usize,
    /// Who takes it.
    pub kind: StepKind,
    /// Index into `lanes`.
    pub lane: usize,
    /// What this step changed, by variable, in declaration order.
    pub changes: Vec<Change>,
    /// What it changed that pictures show by themselves: messages in flight, the sides of a partition.
    #[serde(skip)]
    pub drawn: Vec<Change>,
    /// Messages that it sends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Sent>,
    /// Index of the message that this step delivers, loses or duplicates, into all `sent` of the trace in order;
    /// messages in flight initially have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<usize>,
    /// Where the system refines a specification and the step changes something there: which step of that it is, as `= Register: write`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<String>,
    /// The resolution that takes the message, where it is one of its handlers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Where what it does is written; faults are written nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// For partitions: the sides, as lane indices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sides: Vec<Vec<usize>>,
    /// Only messages from the first side to the second are stopped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_way: bool,
}

/// A variable that a step changes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// `broker1.log`, `leader`; of records, also those in lists and maps, the fields that changed: `jobs[2].owner`,
    /// `seen[a].epoch`
    pub path: String,
    /// Lane of the node whose variable it is.
    pub lane: Option<usize>,
    /// Before the step.
    pub before: Value,
    /// After it.
    pub after: Value,
}

/// What variables are along a run.
#[derive(Debug, Clone)]
pub struct Along<'t>(pub BTreeMap<&'t str, Value>);

impl<'t> Along<'t> {
    /// At its beginning.
    pub fn of(trace: &'t Trace) -> Along<'t> {
        Along(trace.init.iter().map(|(path, value)| (path.as_str(), value.clone())).collect())
    }

    /// After a change; returns the variable that it is of.
    pub fn change(&mut self, change: &'t Change) -> &'t str {
        let known = self.0.keys().find_map(|known| Some((*known, part_of(&change.path, known)?)));
        let (variable, part) = known.unwrap_or((&change.path, ""));
        if let Some(inner) = self.0.entry(variable).or_insert(Value::None).part_mut(part) {
            *inner = change.after.clone();
        }
        variable
    }
}

/// A message on its way.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Sent {
    /// `Fetch { offset: 0 }`
    pub message: String,
    /// The lane of the sender.
    pub from: usize,
    /// The lane of the receiver.
    pub to: usize,
}

/// What is false at the end of a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Broken {
    /// 0-based step after which (or at which, for step properties) it is false; `None`: already initially.
    pub step: Option<usize>,
    /// The expression, as written.
    pub expression: String,
    /// The sub-expressions that made it false, with their values: `leader.log` = `[]`.
    pub values: Vec<(String, Value)>,
}
