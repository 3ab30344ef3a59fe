//! Runs for people: what each step is called, what it changed, which message went where.
//!
//! Enters: a path of packed states. Leaves: a trace of the report.

use super::because::{because, constant};
use crate::analysis::program::{ActionId, ActionKind, Expr, LocalId};
use crate::concepts::{Fault, StepKind};
use crate::engine::machine::{Machine, Step, Word};
use crate::engine::{Path, Trapped};
use crate::model::Model;
use crate::model::explain::decode::Variable;
use crate::model::explain::describe::{MessageView, StepDescription};
use crate::report::{Broken, Change, Sent, Trace, TraceStep};
use crate::span::{Sources, Span};
use crate::value::Value;

/// The run along a path; a path that ends with nothing happening any more gets a last step that says so.
pub fn trace(model: &Model, path: &Path) -> Trace {
    let mut teller = Teller::new(model, path);
    for (i, step) in path.steps.iter().enumerate() {
        teller.step(path.before(i), step.instance, step.choice, &step.state);
    }
    if path.loop_start == Some(path.steps.len()) {
        teller.nothing_more();
    }
    let mut trace = teller.trace;
    trace.loop_start = path.loop_start;
    trace.last = shown(&model.decode_state(path.last()));
    trace
}

/// The run to a step or a property that has no value, with the step as its last.
pub fn trapped(model: &Model, sources: &Sources, trapped: &Trapped) -> Trace {
    if trapped.path.init.is_empty() {
        return Trace { lanes: model.lanes(), ..Trace::default() };
    }
    let mut trace = trace(model, &trapped.path);
    if let Some(instance) = trapped.instance {
        let step = model.describe_instance(trapped.path.last(), instance);
        trace.steps.push(bare(&step));
    }
    let diagnostic = model.trap(trapped.trap);
    let expression = text(sources, diagnostic.span);
    trace.broken = Some(Broken { step: trace.steps.len().checked_sub(1), expression, values: Vec::new() });
    trace
}

/// The text of a span, on one line.
pub fn text(sources: &Sources, span: Span) -> String {
    sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Why `condition` is false in a state (after a step, where `before` is given): sub-expressions and their values.
pub fn values(
    model: &Model,
    sources: &Sources,
    condition: &Expr,
    (before, state): (Option<&[Word]>, &[Word]),
) -> Vec<(String, Value)> {
    let program = model.program();
    let mut evaluate = |e: &Expr| {
        let compiled = model.compile_expr(program, e).ok()?;
        model.eval(program, &compiled, before, state).ok()
    };
    because(program, sources, &mut evaluate, condition)
}

/// An expression over the locals of an action, at one step of it: the locals as constants.
pub fn at_step(model: &Model, e: &Expr, action: ActionId, step: &StepDescription) -> Option<Expr> {
    let program = model.program();
    let declared = &program.actions[action.index()];
    let mut bound: Vec<(LocalId, Value)> =
        declared.params.iter().copied().zip(step.params.iter().map(|(_, value)| value.clone())).collect();
    let lanes = model.lanes();
    let node = |lane: usize| Value::Name(lanes[lane].as_str().into());
    bound.extend(declared.at.zip(step.at.map(node)));
    if let ActionKind::Handler { from, fields, .. } = &declared.kind {
        let message = step.received.as_ref()?;
        bound.extend(from.map(|from| (from, node(message.from))));
        bound.extend(fields.iter().copied().zip(message.fields.iter().map(|(_, value)| value.clone())));
    }
    bound.iter().try_fold(e.clone(), |e, (local, value)| {
        let constant = constant(program, program.locals[local.index()].ty, value, e.span)?;
        Some(e.with_local(*local, &constant))
    })
}

/// What a step of a model is.
pub fn describe(model: &Model, before: &[Word], step: (u32, u32), after: &[Word]) -> StepDescription {
    let (instance, choice) = step;
    model.describe_step(&mut model.scratch(), Step { before, instance, choice, after })
}

/// A variable that no author declared, made to judge an obligation: its name is no identifier.
fn made_up(variable: &Variable) -> bool {
    variable.ghost && variable.path.contains(' ')
}

/// Variables as paths and values, without those that say nothing: nodes that are up, links with nothing in them.
fn shown(variables: &[Variable]) -> Vec<(String, Value)> {
    let says = |v: &&Variable| {
        let empty = match &v.value {
            Value::List(items) | Value::Bag(items) => items.is_empty(),
            value => *value == Value::Bool(true) || *value == Value::None,
        };
        !(v.hidden && empty || made_up(v))
    };
    variables.iter().filter(says).map(|v| (v.path.clone(), v.value.clone())).collect()
}

struct Teller<'m> {
    model: &'m Model,
    variables: Vec<Variable>,
    /// Messages in flight, and the number of the `sent` that put them there, oldest first.
    in_flight: Vec<(MessageView, usize)>,
    sent: usize,
    trace: Trace,
}

impl<'m> Teller<'m> {
    fn new(model: &'m Model, path: &Path) -> Self {
        let variables = model.decode_state(&path.init);
        let trace = Trace { lanes: model.lanes(), init: shown(&variables), ..Trace::default() };
        Teller { model, variables, in_flight: Vec::new(), sent: 0, trace }
    }

    fn step(&mut self, before: &[Word], instance: u32, choice: u32, after: &[Word]) {
        let step = describe(self.model, before, (instance, choice), after);
        let received = step.received.as_ref().and_then(|message| self.receive(message, step.kind));
        let changes = self.changes(after);
        for message in &step.sent {
            self.in_flight.push((message.clone(), self.sent));
            self.sent += 1;
        }
        if let StepKind::Fault(fault) = step.kind
            && !fault.is_recovery()
        {
            self.count_fault(fault);
        }
        self.trace.steps.push(TraceStep {
            changes,
            received,
            sent: step.sent.iter().map(sent).collect(),
            ..bare(&step)
        });
    }

    /// The number of the message that is delivered, lost or duplicated: the oldest that looks like it.
    fn receive(&mut self, message: &MessageView, kind: StepKind) -> Option<usize> {
        let at = self.in_flight.iter().position(|(flying, _)| flying == message)?;
        let number = self.in_flight[at].1;
        match kind {
            StepKind::Fault(Fault::Duplicate) => self.in_flight.push((message.clone(), number)),
            _ => drop(self.in_flight.remove(at)),
        }
        Some(number)
    }

    /// What became different, but for what the picture shows by itself: messages in flight, the sides of a partition.
    fn changes(&mut self, after: &[Word]) -> Vec<Change> {
        let variables = self.model.decode_state(after);
        let drawn = |v: &Variable| {
            let link = |name: &str| v.path == name || v.path.starts_with(&format!("{name}("));
            v.hidden && (v.path == "partition" || self.model.program().links.iter().any(|l| link(&l.name)))
        };
        let pairs = self.variables.iter().zip(&variables);
        let different =
            pairs.filter(|(before, after)| before.value != after.value && !drawn(after) && !made_up(after));
        let change = |(before, after): (&Variable, &Variable)| Change {
            path: after.path.clone(),
            lane: after.lane,
            before: before.value.clone(),
            after: after.value.clone(),
        };
        let changes = different.map(change).collect();
        self.variables = variables;
        changes
    }

    fn count_fault(&mut self, fault: Fault) {
        let faults = &mut self.trace.faults;
        match faults.iter_mut().find(|(known, _)| *known == fault) {
            Some((_, count)) => *count += 1,
            None => faults.push((fault, 1)),
        }
        faults.sort_by_key(|(fault, _)| weight(*fault));
    }

    fn nothing_more(&mut self) {
        let lane = self.trace.lanes.len().saturating_sub(1);
        self.trace.steps.push(TraceStep {
            label: "nothing can happen any more".to_string(),
            kind: StepKind::Stutter,
            lane,
            changes: Vec::new(),
            sent: Vec::new(),
            received: None,
            sides: Vec::new(),
        });
    }
}

/// Where a fault stands among those of a run: what changes most comes first.
fn weight(fault: Fault) -> u8 {
    match fault {
        Fault::Crash => 0,
        Fault::Restart => 1,
        Fault::Partition => 2,
        Fault::Lose => 3,
        Fault::Duplicate => 4,
        Fault::Reorder => 5,
    }
}

/// A step without its effects.
fn bare(step: &StepDescription) -> TraceStep {
    TraceStep {
        label: step.label.clone(),
        kind: step.kind,
        lane: step.lane,
        changes: Vec::new(),
        sent: Vec::new(),
        received: None,
        sides: step.sides.clone(),
    }
}

fn sent(message: &MessageView) -> Sent {
    Sent { message: message.text.clone(), from: message.from, to: message.to }
}
