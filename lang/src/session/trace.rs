//! Runs for people: what each step is called, what it changed, which message went where.
//!
//! Enters: a path of packed states. Leaves: a trace of the report.

use super::because::because;
use super::onward;
use super::scenario::clauses::{CLAUSE, WAY, told_apart, way};
use crate::analysis::literal::literal;
use crate::analysis::program::{ActionId, ActionKind, Expr, Init, LocalId, NodeField};
use crate::concepts::{Fault, StepKind};
use crate::diag::codes::model::LINK_FULL;
use crate::engine::machine::{Machine, Step, StepClass, Trap, Word};
use crate::engine::steps::steps;
use crate::engine::{Path, Trapped};
use crate::model::Model;
use crate::model::explain::decode::{UNOBSERVED, Variable};
use crate::model::explain::describe::{MessageView, StepDescription};
use crate::report::{Broken, Change, Sent, Trace, TraceStep};
use crate::span::{Sources, Span};
use crate::value::Value;
use std::ops::Range;

/// The run along a path; a path that ends with nothing happening any more gets a last step that says so.
pub fn trace(model: &Model, path: &Path) -> Trace {
    telling(model, path, &gaps(path))
}

/// The same, with only the steps near one of them told one by one.
pub fn around(model: &Model, path: &Path, step: usize) -> Trace {
    let near = step.saturating_sub(NEAR)..(step + NEAR).min(path.steps.len());
    let turn = path.loop_start.unwrap_or(path.steps.len());
    let far =
        [0..near.start.min(turn), turn..near.start, near.end..turn, turn.max(near.end)..path.steps.len()];
    // One step is told as soon as it is left out.
    let gaps: Vec<Range<usize>> = far.into_iter().filter(|part| part.len() > 1).collect();
    telling(model, path, &gaps)
}

fn telling(model: &Model, path: &Path, gaps: &[Range<usize>]) -> Trace {
    let mut teller = Teller::new(model, path);
    let all = told_but(path, gaps);
    for told in &all {
        match told {
            Told::One(at) => {
                let step = &path.steps[*at];
                teller.step(path.before(*at), step.instance, step.choice, &step.state);
            }
            Told::Several(gap) => teller.fold(path, gap),
        }
    }
    if path.loop_start == Some(path.steps.len()) {
        teller.nothing_more(path.last());
    }
    let mut trace = teller.trace;
    trace.loop_start = path.loop_start.map(|start| told_in(gaps, start));
    trace.last = shown(&model.decode_state(path.last()));
    onward::along(model, path, &all, &mut trace);
    trace
}

/// Longer runs are told without their middle, and so are longer rounds.
const TOLD: usize = 2000;
/// So many steps are told of each end.
const END: usize = 500;
/// So many before and after the one that is asked for.
const NEAR: usize = 5;

/// What a trace tells of a path.
pub enum Told {
    /// A step, by its index.
    One(usize),
    /// Several as one.
    Several(Range<usize>),
}

impl Told {
    /// The last step of the path that it tells of.
    pub fn last(&self) -> usize {
        match self {
            Told::One(at) => *at,
            Told::Several(gap) => gap.end - 1,
        }
    }
}

/// The steps of a path that are told as one.
pub fn gaps(path: &Path) -> Vec<Range<usize>> {
    let (start, end) = (path.loop_start.unwrap_or(path.steps.len()), path.steps.len());
    let long = [0..start, start..end].into_iter().filter(|part| part.len() > TOLD);
    long.map(|part| part.start + END..part.end - END).collect()
}

/// What is told of a path, in order.
pub fn told(path: &Path) -> Vec<Told> {
    told_but(path, &gaps(path))
}

fn told_but(path: &Path, gaps: &[Range<usize>]) -> Vec<Told> {
    let (mut all, mut at) = (Vec::new(), 0);
    while at < path.steps.len() {
        let told =
            gaps.iter().find(|gap| gap.start == at).map_or(Told::One(at), |gap| Told::Several(gap.clone()));
        at = told.last() + 1;
        all.push(told);
    }
    all
}

/// Where a step of a path stands in its trace. That of a gap: where the gap stands.
pub fn told_at(path: &Path, step: usize) -> usize {
    told_in(&gaps(path), step)
}

fn told_in(gaps: &[Range<usize>], step: usize) -> usize {
    let left_out = |gap: &Range<usize>| (step.min(gap.end - 1) + 1).saturating_sub(gap.start + 1);
    step - gaps.iter().map(left_out).sum::<usize>()
}

/// What is told, as an expression's values along a path name it.
pub fn label(model: &Model, path: &Path, told: &Told) -> String {
    match told {
        Told::One(at) => {
            let step = &path.steps[*at];
            labelled(model, path.before(*at), (step.instance, step.choice), &step.state).label
        }
        Told::Several(gap) => untold(gap),
    }
}

fn untold(gap: &Range<usize>) -> String {
    format!("{} steps, {} to {}, are not told one by one", gap.len(), gap.start + 1, gap.end)
}

/// The run to a step or a property that has no value, with the step as its last.
pub fn trapped(model: &Model, sources: &Sources, trapped: &Trapped) -> Trace {
    if trapped.path.init.is_empty() {
        // There is no first state: what it would begin with has no value.
        let at = model.trap(trapped.trap).span;
        let expression = beginning(model, sources, at).unwrap_or_else(|| text(sources, at));
        let broken = Broken { step: None, expression, values: Vec::new() };
        return Trace { lanes: model.lanes(), broken: Some(broken), ..Trace::default() };
    }
    let mut trace = trace(model, &trapped.path);
    if let Some(instance) = trapped.instance {
        let step = without_value(model, trapped.path.last(), instance, Some(trapped.trap));
        trace.steps.push(bare(model, &step));
    }
    let diagnostic = model.trap(trapped.trap);
    trace.no_value = trapped.instance.map(|_| diagnostic.message.clone());
    let expression = text(sources, diagnostic.span);
    let full = diagnostic.code == LINK_FULL;
    let values = if full { left_in_flight(model, trapped.path.last()) } else { Vec::new() };
    trace.broken = Some(Broken { step: trace.steps.len().checked_sub(1), expression, values });
    trace
}

/// What is written where a value is missing before there is a state: the variable with what it begins with, or the `init`.
fn beginning(model: &Model, sources: &Sources, at: Span) -> Option<String> {
    let program = model.program();
    let around = |span: Span| span.contains(at);
    let begins = |init: &Init| match init {
        Init::Value(e) | Init::Computed { value: e, .. } => Some(e.span),
        Init::Any { set, filter, .. } => set.iter().chain(filter).map(|e| e.span).find(|span| around(*span)),
        Init::Default => None,
    };
    let states = program.states.iter().map(|state| (state.name.clone(), &state.init));
    let fields = program.node_fields.iter().map(|field| {
        let node = &program.nodes[field.node.index()].name;
        (format!("{node}.{}", field.name), &field.init)
    });
    let found = states.chain(fields).find_map(|(name, init)| {
        let span = begins(init).filter(|span| around(*span))?;
        Some(format!("{name} = {}", text(sources, span)))
    });
    let condition = || program.init.iter().find(|e| around(e.span));
    found.or_else(|| condition().map(|e| format!("init {}", text(sources, e.span))))
}

/// The messages in flight that cannot be delivered in a state, each once, with the reason.
pub fn left_in_flight(model: &Model, state: &[Word]) -> Vec<(String, Value)> {
    let mut taken: Vec<MessageView> = Vec::new();
    steps(model, &mut model.scratch(), state, |step| {
        let step = model.describe_instance(state, step.instance);
        taken.extend(step.received.filter(|_| step.kind == StepKind::Deliver));
    });
    let lanes = model.lanes();
    let variables = model.decode_state(state);
    let is = |path: String, value: bool| {
        variables.iter().any(|v| v.hidden && v.path == path && v.value == Value::Bool(value))
    };
    let down = |lane: usize| is(format!("{}.up", lanes[lane]), false);
    let paused = |lane: usize| is(format!("{} paused", lanes[lane]), true);
    let all = model.messages(state);
    let mut left: Vec<(&MessageView, String, u32)> = Vec::new();
    for (i, message) in all.iter().enumerate().filter(|(_, m)| !taken.contains(m)) {
        let queue = |m: &&MessageView| (m.link, m.from, m.to) == (message.link, message.from, message.to);
        let ordered = model.program().links[message.link.index()].ordered;
        let why = match all[..i].iter().find(queue).filter(|_| ordered) {
            // Its turn comes.
            Some(first) if taken.contains(first) => continue,
            Some(_) => "in flight, behind that".to_string(),
            None if down(message.to) => format!("in flight, and {} is down", lanes[message.to]),
            None if paused(message.to) => format!("in flight, and {} is paused", lanes[message.to]),
            None if model.apart(state, message.from, message.to) => "in flight, and cut off".to_string(),
            None => "in flight, and nobody takes it".to_string(),
        };
        match left.iter_mut().find(|(known, ..)| *known == message) {
            Some((.., number)) => *number += 1,
            None => left.push((message, why, 1)),
        }
    }
    let told = left.into_iter().map(|(message, why, number)| {
        let times = if number > 1 { format!(" ({number} times)") } else { String::new() };
        (why, Value::Name(format!("{}{times}", message.whole()).into()))
    });
    told.collect()
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
    before: Option<&[Word]>,
    state: &[Word],
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
        let constant = literal(program, program.locals[local.index()].ty, value, e.span)?;
        Some(e.with_local(*local, &constant))
    })
}

/// What a step of a model is.
pub fn describe(model: &Model, before: &[Word], step: (u32, u32), after: &[Word]) -> StepDescription {
    let (instance, choice) = step;
    model.describe_step(&mut model.scratch(), Step { before, instance, choice, after })
}

/// The same, its label as a scenario names it: with its clause, where that alone tells it from another step.
pub fn labelled(model: &Model, before: &[Word], step: (u32, u32), after: &[Word]) -> StepDescription {
    let mut described = describe(model, before, step, after);
    let clause = told_apart(model, before, &described).map(|number| (CLAUSE, number));
    let way = way(model, before, step, &described).map(|number| (WAY, number));
    let mut word = if described.choices.is_empty() { " with" } else { "," };
    for (name, number) in clause.into_iter().chain(way) {
        described.label.push_str(&format!("{word} {name} = {number}"));
        word = ",";
    }
    described
}

/// A step that has no value, as a scenario names it: what it chose before that, too.
pub fn without_value(model: &Model, state: &[Word], instance: u32, trap: Option<Trap>) -> StepDescription {
    let mut first = None;
    steps(model, &mut model.scratch(), state, |step| {
        let is_it = step.result.is_err_and(|found| trap.is_none_or(|trap| found == trap));
        if step.instance == instance && is_it {
            first.get_or_insert(step.choice);
        }
    });
    match first {
        Some(choice) => labelled(model, state, (instance, choice), state),
        None => model.describe_instance(state, instance),
    }
}

/// A step as a line of a scenario, and who takes it.
pub fn line(model: &Model, before: &[Word], step: (u32, u32), after: &[Word]) -> (String, StepKind) {
    let step = labelled(model, before, step, after);
    (bare(model, &step).line(), step.kind)
}

/// The same of an instance that has no value.
pub fn untaken(model: &Model, state: &[Word], instance: u32) -> String {
    bare(model, &without_value(model, state, instance, None)).line()
}

/// A variable that no author declared, made to judge an obligation: its name is no identifier.
pub fn made_up(variable: &Variable) -> bool {
    variable.ghost && variable.path.contains(' ')
}

/// Variables as paths and values, without those that say nothing.
pub fn shown(variables: &[Variable]) -> Vec<(String, Value)> {
    let shown = variables.iter().filter(|v| says(v) && !made_up(v));
    shown.map(|v| (v.path.clone(), v.value.clone())).collect()
}

/// Whether a variable is worth a line: not nodes that are up and run, links with nothing in them, faults that have not
/// happened.
pub fn says(variable: &Variable) -> bool {
    let empty = match &variable.value {
        Value::List(items) | Value::Bag(items) => items.is_empty(),
        Value::Name(name) => **name == *UNOBSERVED,
        // That a node is up, and that it is not paused.
        Value::Bool(true) => variable.path.ends_with(".up"),
        Value::Bool(false) => variable.path.ends_with(" paused"),
        value => matches!(value, Value::None | Value::Int(0)),
    };
    !(variable.hidden && empty)
}

/// Which fault a step of a path is.
pub fn fault(model: &Model, path: &Path, at: usize) -> Option<Fault> {
    model.instance_list()[path.steps[at].instance as usize].fault()
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
        let (init, chosen) = (shown(&variables), chosen(model, &variables));
        let any_state = model.options().from_any_state;
        let unsaid = variables.iter().filter(|v| !says(v) && !made_up(v));
        let unsaid = unsaid.map(|v| (v.path.clone(), v.value.clone())).collect();
        let timers = if any_state { model.timers(&path.init) } else { Vec::new() };
        let besides = timers.into_iter().map(|v| (v.path, v.value)).collect();
        let trace =
            Trace { lanes: model.lanes(), init, unsaid, chosen, any_state, besides, ..Trace::default() };
        Teller { model, variables, in_flight: Vec::new(), sent: 0, trace }
    }

    fn step(&mut self, before: &[Word], instance: u32, choice: u32, after: &[Word]) {
        let step = labelled(self.model, before, (instance, choice), after);
        let received = step.received.as_ref().and_then(|message| self.receive(message, step.kind));
        let (changes, drawn) = self.changes(after);
        for message in &step.sent {
            self.in_flight.push((message.clone(), self.sent));
            self.sent += 1;
        }
        if let StepKind::Fault(fault) = step.kind {
            self.count_fault(fault);
        }
        self.trace.steps.push(TraceStep {
            changes,
            drawn,
            received,
            sent: step.sent.iter().map(sent).collect(),
            ..bare(self.model, &step)
        });
    }

    /// Several steps as one.
    fn fold(&mut self, path: &Path, gap: &Range<usize>) {
        gap.clone().filter_map(|at| fault(self.model, path, at)).for_each(|fault| self.count_fault(fault));
        // Of a message that is received later nobody knows any more which one it was.
        self.in_flight.clear();
        let (changes, drawn) = self.changes(&path.steps[gap.end - 1].state);
        self.trace.steps.push(TraceStep {
            label: untold(gap),
            folded: gap.len(),
            kind: StepKind::Action,
            lane: self.trace.lanes.len().saturating_sub(1),
            changes,
            drawn,
            sent: Vec::new(),
            received: None,
            counterpart: None,
            by: None,
            span: None,
            sides: Vec::new(),
            one_way: false,
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

    /// What became different; apart from it what the picture shows by itself: messages in flight, the sides of a partition.
    fn changes(&mut self, after: &[Word]) -> (Vec<Change>, Vec<Change>) {
        let variables = self.model.decode_state(after);
        let is_drawn = |v: &Variable| {
            let link = |name: &str| v.path == name || v.path.starts_with(&format!("{name}("));
            v.hidden && (v.path == "partition" || self.model.program().links.iter().any(|l| link(&l.name)))
        };
        let (mut changes, mut drawn) = (Vec::new(), Vec::new());
        let pairs = self.variables.iter().zip(&variables);
        for (before, after) in pairs.filter(|(before, after)| before.value != after.value && !made_up(after))
        {
            let lane = after.lane;
            if is_drawn(after) {
                let (before, after, path) = (before.value.clone(), after.value.clone(), after.path.clone());
                drawn.push(Change { path, lane, before, after });
                continue;
            }
            fields(&after.path, &before.value, &after.value, &mut |path, before, after| {
                changes.push(Change { path, lane, before, after });
            });
        }
        self.variables = variables;
        (changes, drawn)
    }

    fn count_fault(&mut self, fault: Fault) {
        if fault.is_recovery() {
            return;
        }
        let faults = &mut self.trace.faults;
        match faults.iter_mut().find(|(known, _)| *known == fault) {
            Some((_, count)) => *count += 1,
            None => faults.push((fault, 1)),
        }
        faults.sort_by_key(|(fault, _)| weight(*fault));
    }

    /// The run ends here: nothing can happen, or what can need not.
    fn nothing_more(&mut self, last: &[Word]) {
        let lane = self.trace.lanes.len().saturating_sub(1);
        let (model, infos) = (self.model, self.model.instances());
        let mut possible = false;
        steps(model, &mut model.scratch(), last, |step| {
            let by_itself =
                matches!(infos[step.instance as usize].class, StepClass::Client | StepClass::System);
            possible |= by_itself && step.result.is_ok_and(|s| *s.state != *last);
        });
        let verb = if possible { "has to" } else { "can" };
        self.trace.steps.push(TraceStep {
            label: format!("nothing {verb} happen any more"),
            folded: 0,
            kind: StepKind::Stutter,
            lane,
            changes: Vec::new(),
            drawn: Vec::new(),
            sent: Vec::new(),
            received: None,
            counterpart: None,
            by: None,
            span: None,
            sides: Vec::new(),
            one_way: false,
        });
    }
}

/// What is different between two values of a variable: of records, each field by its path; so of records in lists and
/// maps, where nothing else in these is different.
fn fields(path: &str, before: &Value, after: &Value, found: &mut dyn FnMut(String, Value, Value)) {
    match (before, after) {
        (a, b) if a == b => {}
        (Value::Record(one, old), Value::Record(other, new)) if one == other => {
            for ((name, old), (_, new)) in old.iter().zip(new) {
                fields(&format!("{path}.{name}"), old, new, found);
            }
        }
        (Value::List(old), Value::List(new)) if is_inside(before, after) => {
            for (i, (old, new)) in old.iter().zip(new).enumerate() {
                fields(&format!("{path}[{i}]"), old, new, found);
            }
        }
        (Value::Map(old), Value::Map(new)) if is_inside(before, after) => {
            for ((key, old), (_, new)) in old.iter().zip(new) {
                fields(&format!("{path}[{key}]"), old, new, found);
            }
        }
        (before, after) => found(path.to_string(), before.clone(), after.clone()),
    }
}

/// Whether all that is different is inside of records, or of lists and maps that have them.
fn is_inside(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (a, b) if a == b => true,
        (Value::Record(one, _), Value::Record(other, _)) => one == other,
        (Value::List(old), Value::List(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(a, b)| is_inside(a, b))
        }
        (Value::Map(old), Value::Map(new)) => old.iter().zip(new).all(|((_, a), (_, b))| is_inside(a, b)),
        _ => false,
    }
}

/// The initial values that another initial state has otherwise.
fn chosen(model: &Model, variables: &[Variable]) -> Vec<(String, Value)> {
    let program = model.program();
    let any = |init: &Init| matches!(init, Init::Any { .. }) || model.options().from_any_state;
    let of_node = |path: &str, f: &NodeField| {
        let node = &program.nodes[f.node.index()];
        (0..node.count).any(|i| *path == format!("{}.{}", node.member(i), f.name))
    };
    let is_open = |v: &&Variable| {
        !v.hidden
            && !made_up(v)
            && (program.states.iter().any(|s| any(&s.init) && s.name == v.path)
                || program.node_fields.iter().any(|f| any(&f.init) && of_node(&v.path, f)))
    };
    variables.iter().filter(is_open).map(|v| (v.path.clone(), v.value.clone())).collect()
}

/// Where a fault stands among those of a run: what changes most comes first.
fn weight(fault: Fault) -> u8 {
    match fault {
        Fault::Crash => 0,
        Fault::Wipe => 1,
        Fault::Restart => 2,
        Fault::Pause => 3,
        Fault::Resume => 4,
        Fault::Partition => 5,
        Fault::Lose => 6,
        Fault::Duplicate => 7,
        Fault::Reorder => 8,
        Fault::Skew => 9,
        Fault::Stale => 10,
    }
}

/// A step without its effects.
fn bare(model: &Model, step: &StepDescription) -> TraceStep {
    TraceStep {
        label: step.label.clone(),
        folded: 0,
        kind: step.kind,
        lane: step.lane,
        changes: Vec::new(),
        drawn: Vec::new(),
        sent: Vec::new(),
        received: None,
        counterpart: None,
        by: step.action.and_then(|action| taken_by(model, action)),
        span: step.action.map(|action| model.program().actions[action.index()].span),
        sides: step.sides.clone(),
        one_way: step.one_way,
    }
}

/// The resolution that a handler belongs to.
fn taken_by(model: &Model, action: ActionId) -> Option<String> {
    let program = model.program();
    match program.actions[action.index()].kind {
        ActionKind::Handler { resolution, .. } => {
            resolution.map(|resolution| program.resolutions[resolution].header.name.clone())
        }
        ActionKind::Client
        | ActionKind::Resolution(_)
        | ActionKind::ReconcilerObserve { .. }
        | ActionKind::ReconcilerAct(_)
        | ActionKind::Restart(_)
        | ActionKind::ReconcilerLook(_)
        | ActionKind::Tick
        | ActionKind::Sync(_) => None,
    }
}

fn sent(message: &MessageView) -> Sent {
    Sent { message: message.text.clone(), from: message.from, to: message.to }
}
