//! Which steps a line of a scenario means, and why there are none.
//!
//! Enters: a state and a pattern. Leaves: the steps out of the state that match, with their successors; or the reason
//! why none does, with values: which guard is false, what is in flight instead.

use super::clauses::{Ways, acting, observes};
use super::plan::{Choices, Event, Pattern};
use crate::analysis::program::{
    ActionId, ActionKind, BinaryOp, Expr, ExprKind, LocalId, Program, STALE, Timekeeper, Type,
};
use crate::analysis::walk::Mentions;
use crate::concepts::{Fault, StepKind};
use crate::engine::machine::{Joint, Machine, Step, StepClass, Strength, Trap, Word};
use crate::engine::steps::steps;
use crate::model::Model;
use crate::model::explain::describe::{MessageView, StepDescription};
use crate::model::run::machine::Scratch;
use crate::session::because::because;
use crate::session::trace::text;
use crate::span::Sources;
use crate::value::Value;
use rustc_hash::FxHashMap;

/// A step out of a state.
pub(in crate::session) struct Taken {
    pub instance: u32,
    /// Counts the successors and traps of the instance, from 0.
    pub choice: u32,
    pub class: StepClass,
    pub strength: Strength,
    pub joint: Joint,
    pub fair_key: u64,
    pub state: Result<Box<[Word]>, Trap>,
}

/// Why something is not so: in words, and the values that matter.
pub(in crate::session) struct Reason {
    pub why: String,
    pub values: Vec<(String, Value)>,
    /// The condition that is false in the last state, where that is the reason.
    pub false_text: Option<String>,
    /// The step that has no value, where that is the reason.
    pub no_value: Option<NoValue>,
}

impl Reason {
    pub(in crate::session) fn new(why: impl Into<String>) -> Reason {
        Reason { why: why.into(), values: Vec::new(), false_text: None, no_value: None }
    }
}

/// A step without a value.
#[derive(Clone, Copy)]
pub(in crate::session) struct NoValue {
    pub trap: Trap,
    /// Who takes it.
    pub instance: u32,
}

/// What a pattern means in a state.
#[derive(Default)]
pub(in crate::session) struct Matching {
    pub steps: Vec<Taken>,
    /// One for each choice, or argument, that has no value.
    pub no_value: Vec<Reason>,
    /// Why nothing matches, where nothing does.
    pub impossible: Option<Reason>,
    /// There may be more.
    pub cut: bool,
}

/// How an instance is meant by a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    Not,
    Acts,
    Observes,
    Plainly,
}

/// A model with the program that its lines were typed in.
pub(in crate::session) struct World<'a> {
    pub model: &'a Model,
    /// The model's, with the locals and types that the lines brought.
    pub program: &'a Program,
    pub sources: &'a Sources,
    pub scratch: Scratch,
    pub lanes: Vec<String>,
}

impl<'a> World<'a> {
    pub(in crate::session) fn new(model: &'a Model, program: &'a Program, sources: &'a Sources) -> World<'a> {
        World { model, program, sources, scratch: model.scratch(), lanes: model.lanes() }
    }

    /// The value of an expression in a state; the words of the trap where it has none.
    pub(in crate::session) fn value(
        &self,
        e: &Expr,
        before: Option<&[Word]>,
        state: &[Word],
    ) -> Result<Value, String> {
        let compiled = self.model.compile_expr(self.program, e).map_err(|d| d.message)?;
        self.model.eval(self.program, &compiled, before, state).map_err(|trap| compiled.trap(trap).message)
    }

    pub(in crate::session) fn holds(
        &self,
        e: &Expr,
        before: Option<&[Word]>,
        state: &[Word],
    ) -> Result<bool, String> {
        Ok(self.value(e, before, state)? == Value::Bool(true))
    }

    /// The steps out of a state, faults included, at most `most` of them.
    pub(in crate::session) fn steps(&mut self, state: &[Word], most: usize) -> Vec<Taken> {
        let infos = self.model.instances();
        let mut found: Vec<Taken> = Vec::new();
        steps(self.model, &mut self.scratch, state, |step| {
            if found.len() >= most {
                return;
            }
            let info = infos[step.instance as usize];
            found.push(Taken {
                instance: step.instance,
                choice: step.choice,
                class: info.class,
                strength: info.strength,
                joint: info.joint,
                fair_key: step.result.map_or(0, |s| s.fair_key),
                state: step.result.map(|s| s.state.into()),
            });
        });
        found
    }

    /// The steps out of `state` that a pattern means, at most `most` of them.
    pub(in crate::session) fn matching(
        &mut self,
        pattern: &Pattern,
        state: &[Word],
        most: usize,
    ) -> Matching {
        let wanted = match self.evaluated(pattern, state) {
            Ok(wanted) => wanted,
            Err(why) => return Matching { no_value: vec![Reason::new(why)], ..Matching::default() },
        };
        // Of each instance, whether it is meant and whether it observes or acts.
        let mut known: FxHashMap<u32, Meant> = FxHashMap::default();
        let mut found = Vec::new();
        let all = self.steps(state, most);
        let cut = all.len() >= most;
        for step in all {
            let meant = *known.entry(step.instance).or_insert_with(|| {
                let description = self.model.describe_instance(state, step.instance);
                match wanted.means(self, &description) {
                    false => Meant::Not,
                    true if self.acts(&description) => Meant::Acts,
                    true if self.observes(&description) => Meant::Observes,
                    true => Meant::Plainly,
                }
            });
            found.extend((meant != Meant::Not).then_some((step, meant)));
        }
        // A reconciler that has observed acts; else it observes.
        let acts = found.iter().any(|(_, meant)| *meant == Meant::Acts);
        found.retain(|(_, meant)| !acts || *meant != Meant::Observes);
        let mut impossible = found.is_empty().then(|| self.impossible(pattern, &wanted, state));
        let mut made = wanted.chosen().map(|chosen| chosen.made.clone()).unwrap_or_default();
        let stale = |step: &Taken| {
            self.model.instance_list()[step.instance as usize].choices.iter().any(|note| note.name == STALE)
        };
        if !found.is_empty() && found.iter().all(|(s, _)| stale(s)) && made.iter().all(|(n, _)| n != STALE) {
            made.push((STALE.to_string(), Value::Bool(false)));
        }
        if let (false, None) = (made.is_empty(), &impossible) {
            impossible = self.keep_chosen(&made, state, &mut found);
        }
        if let (Some(way), None) = (wanted.way(), &impossible) {
            impossible = self.keep_way(way, state, &mut found);
        }
        let mut matching = Matching { cut, impossible, ..Matching::default() };
        for (step, _) in found {
            match step.state {
                Ok(_) => matching.steps.push(step),
                Err(trap) => {
                    let no_value = Some(NoValue { trap, instance: step.instance });
                    matching.no_value.push(Reason { no_value, ..Reason::new(self.model.trap(trap).message) });
                }
            }
        }
        matching
    }

    /// Keeps those that go this way, of all that one line could be; why there are none.
    fn keep_way(&mut self, way: usize, state: &[Word], found: &mut Vec<(Taken, Meant)>) -> Option<Reason> {
        let mut known: FxHashMap<String, Ways> = FxHashMap::default();
        let mut most = 0;
        found.retain(|(step, _)| {
            let Ok(after) = &step.state else { return false };
            let (instance, choice) = (step.instance, step.choice);
            let line = self
                .model
                .describe_step(&mut self.scratch, Step { before: state, instance, choice, after })
                .label;
            let number = known.entry(line).or_default().of(self.model, after);
            most = number.max(most);
            number == way
        });
        let ways = if most == 1 { "there is one way".to_string() } else { format!("there are {most} ways") };
        found.is_empty().then(|| Reason::new(format!("it cannot go way {way}: {ways}")))
    }

    /// Keeps the steps that make these choices (one without a value: as far as it came); why there are none.
    fn keep_chosen(
        &mut self,
        made: &[(String, Value)],
        state: &[Word],
        found: &mut Vec<(Taken, Meant)>,
    ) -> Option<Reason> {
        let mut known: FxHashMap<u32, Vec<Vec<(String, Value)>>> = FxHashMap::default();
        let (mut kept, mut others) = (Vec::new(), Vec::new());
        for (step, meant) in std::mem::take(found) {
            let all = known
                .entry(step.instance)
                .or_insert_with(|| self.model.every_choice(&mut self.scratch, state, step.instance));
            let chosen = all.get(step.choice as usize).map_or(&[][..], Vec::as_slice);
            if makes(chosen, made, step.state.is_err()) {
                kept.push((step, meant));
            } else {
                others.push(listed(chosen));
            }
        }
        *found = kept;
        others.dedup();
        let more = if others.len() > MOST_OTHERS { ", …" } else { "" };
        others.truncate(MOST_OTHERS);
        let why = || format!("it cannot choose {}, only {}{more}", listed(made), others.join("; "));
        found.is_empty().then(|| Reason::new(why()))
    }

    /// Whether a step is one of those that the patterns mean.
    pub(in crate::session) fn means(&self, patterns: &[Pattern], state: &[Word], instance: u32) -> bool {
        let description = self.model.describe_instance(state, instance);
        let one = |p: &Pattern| self.evaluated(p, state).is_ok_and(|wanted| wanted.means(self, &description));
        patterns.iter().any(one)
    }

    fn observes(&self, step: &StepDescription) -> bool {
        step.action.is_some_and(|id| observes(self.program, id))
    }

    fn acts(&self, step: &StepDescription) -> bool {
        let kind = step.action.map(|id| &self.program.actions[id.index()].kind);
        matches!(kind, Some(ActionKind::ReconcilerAct(_)))
    }

    fn evaluated(&self, pattern: &Pattern, state: &[Word]) -> Result<Wanted, String> {
        let value = |e: &Expr| self.value(e, None, state);
        let optional = |e: &Option<Expr>| e.as_ref().map(value).transpose();
        Ok(match pattern {
            Pattern::Act { actions, args, at, choices, .. } => Wanted::Act {
                actions: actions.clone(),
                args: args.iter().map(value).collect::<Result<_, _>>()?,
                at: optional(at)?,
                choices: self.chosen(choices, state)?,
            },
            Pattern::Message { event, message, fields, from, to, choices } => {
                let fields =
                    fields.iter().map(|(i, e)| Ok((*i, value(e)?))).collect::<Result<_, String>>()?;
                let message = self.program.messages[message.index()].name.clone();
                let (from, to) = (optional(from)?, optional(to)?);
                let choices = self.chosen(choices, state)?;
                Wanted::Message { event: *event, message, fields, from, to, choices }
            }
            Pattern::Node(fault, node, choices) => {
                Wanted::Node(*fault, value(node)?, self.chosen(choices, state)?)
            }
            Pattern::Partition(sides, one_way) => {
                let side = |side: &Vec<Expr>| side.iter().map(value).collect::<Result<Vec<_>, _>>();
                Wanted::Partition(sides.iter().map(side).collect::<Result<_, _>>()?, *one_way)
            }
            Pattern::Heal => Wanted::Heal,
        })
    }

    fn chosen(&self, choices: &Choices, state: &[Word]) -> Result<Chosen, String> {
        let made = choices.made.iter().map(|(name, e)| Ok((name.clone(), self.value(e, None, state)?)));
        let Choices { clause, way, .. } = *choices;
        Ok(Chosen { made: made.collect::<Result<_, String>>()?, clause, way })
    }

    fn is_lane(&self, node: &Value, lane: Option<usize>) -> bool {
        lane.is_some_and(|lane| matches!(node, Value::Name(name) if **name == *self.lanes[lane]))
    }

    fn is_paused(&self, node: &Value, state: &[Word]) -> bool {
        let path = format!("{node} paused");
        self.model.decode_state(state).iter().any(|v| v.path == path && v.value == Value::Bool(true))
    }

    fn is_up(&self, node: &Value, state: &[Word]) -> bool {
        let path = format!("{node}.up");
        let variables = self.model.decode_state(state);
        variables.iter().all(|v| v.path != path || v.value == Value::Bool(true))
    }
}

/// So many of the choices that there are instead are named.
const MOST_OTHERS: usize = 6;

/// `c = consumer2, d = 1`
fn listed(choices: &[(String, Value)]) -> String {
    let each: Vec<String> = choices.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    each.join(", ")
}

/// Whether a step made these choices: where one name is chosen several times, the first that is said is of the first.
/// `cut`: it may have come to none of them.
fn makes(chosen: &[(String, Value)], wanted: &[(String, Value)], cut: bool) -> bool {
    wanted.iter().enumerate().all(|(i, (name, value))| {
        let before = wanted[..i].iter().filter(|(other, _)| other == name).count();
        let made = chosen.iter().filter(|(other, _)| other == name).nth(before);
        made.map_or(cut, |(_, made)| made == value)
    })
}

/// What is said of the choices of a step, evaluated.
struct Chosen {
    made: Vec<(String, Value)>,
    clause: Option<ActionId>,
    way: Option<usize>,
}

impl Chosen {
    fn is_by(&self, action: Option<ActionId>) -> bool {
        self.clause.is_none() || self.clause == action
    }
}

/// A pattern with its expressions evaluated.
enum Wanted {
    Act {
        actions: Vec<ActionId>,
        args: Vec<Value>,
        at: Option<Value>,
        choices: Chosen,
    },
    Message {
        event: Event,
        message: String,
        fields: Vec<(usize, Value)>,
        from: Option<Value>,
        to: Option<Value>,
        choices: Chosen,
    },
    Node(Fault, Value, Chosen),
    Partition(Vec<Vec<Value>>, bool),
    Heal,
}

impl Wanted {
    /// What is said of its choices, where something can be.
    fn chosen(&self) -> Option<&Chosen> {
        match self {
            Wanted::Act { choices, .. } | Wanted::Message { choices, .. } | Wanted::Node(_, _, choices) => {
                Some(choices)
            }
            Wanted::Partition(..) | Wanted::Heal => None,
        }
    }

    fn way(&self) -> Option<usize> {
        self.chosen().and_then(|chosen| chosen.way)
    }

    fn means(&self, world: &World, step: &StepDescription) -> bool {
        match self {
            Wanted::Act { actions, args, at, choices } => {
                step.action.is_some_and(|id| actions.contains(&id))
                    && choices.is_by(step.action)
                    && args.iter().zip(&step.params).all(|(wanted, (_, found))| wanted == found)
                    && at.as_ref().is_none_or(|at| world.is_lane(at, step.at))
            }
            Wanted::Message { event, choices, .. } => {
                let kind = match event {
                    Event::Deliver => StepKind::Deliver,
                    Event::Reorder => StepKind::Fault(Fault::Reorder),
                    Event::Lose => StepKind::Fault(Fault::Lose),
                    Event::Duplicate => StepKind::Fault(Fault::Duplicate),
                };
                step.kind == kind
                    && choices.is_by(step.action)
                    && step.received.as_ref().is_some_and(|m| self.is_message(world, m))
            }
            Wanted::Node(fault, node, _) => {
                step.kind == StepKind::Fault(*fault) && world.is_lane(node, step.at)
            }
            Wanted::Partition(sides, one_way) => {
                step.kind == StepKind::Fault(Fault::Partition)
                    && step.one_way == *one_way
                    && parts(world, (sides, *one_way), &step.sides)
            }
            Wanted::Heal => step.kind == StepKind::Heal,
        }
    }

    fn is_message(&self, world: &World, found: &MessageView) -> bool {
        let Wanted::Message { message, fields, from, to, .. } = self else { return false };
        found.name == *message
            && fields.iter().all(|(i, wanted)| found.fields.get(*i).is_some_and(|(_, value)| value == wanted))
            && from.as_ref().is_none_or(|from| world.is_lane(from, Some(found.from)))
            && to.as_ref().is_none_or(|to| world.is_lane(to, Some(found.to)))
    }
}

/// Whether a partition has these sides. Of two sides, nodes that are not named may be on either; of one, all others
/// are on the other.
fn parts(world: &World, (wanted, one_way): (&[Vec<Value>], bool), found: &[Vec<usize>]) -> bool {
    let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return false };
    let within = |named: &[Value], side: &[usize]| {
        !named.is_empty() && named.iter().all(|node| side.iter().any(|lane| world.is_lane(node, Some(*lane))))
    };
    let matches = |a: &[usize], b: &[usize]| {
        within(first, a) && if wanted.len() == 1 { a.len() == first.len() } else { within(last, b) }
    };
    match found {
        [a, b] => matches(a, b) || !one_way && matches(b, a),
        _ => false,
    }
}

// ---- why not ----

impl World<'_> {
    fn impossible(&self, pattern: &Pattern, wanted: &Wanted, state: &[Word]) -> Reason {
        if let (Pattern::Act { name, actions, args, at, .. }, Wanted::Act { at: node, .. }) =
            (pattern, wanted)
        {
            return self.not_enabled(name, actions, args, at.as_ref(), node.as_ref(), state);
        }
        match wanted {
            Wanted::Message { event, to, .. } => self.no_message(*event, wanted, to.as_ref(), state),
            Wanted::Node(fault, node, _) => Reason::new(self.no_fault(*fault, node, state)),
            Wanted::Partition(sides, _) => Reason::new(not_sides(sides)),
            Wanted::Heal
                if self.model.options().faults.of(Fault::Partition).any(|(_, entry)| entry.lasting) =>
            {
                Reason::new("a lasting partition never heals")
            }
            Wanted::Heal | Wanted::Act { .. } => Reason::new("there is no partition"),
        }
    }

    fn has_deadlines(&self) -> bool {
        self.model.program().actions.iter().any(|action| action.within.is_some())
    }

    fn no_fault(&self, fault: Fault, node: &Value, state: &[Word]) -> String {
        match (fault, self.is_up(node, state)) {
            (Fault::Restart, true) => format!("{node} is up: there is nothing to restart"),
            (Fault::Restart, false) => format!(
                "{node} has no way to restart: in its `on restart` a `choose` finds nothing, or a `require` is false"
            ),
            (Fault::Resume, true) => format!("{node} is not paused: there is nothing to resume"),
            (Fault::Pause, true) => format!("{node} is paused already"),
            (Fault::Resume | Fault::Pause, false) => format!("{node} is down"),
            (Fault::Skew, _) if self.has_deadlines() => {
                format!(
                    "{node} has no clock that could miss a tick now; how long an act takes (`within`) goes by none"
                )
            }
            (Fault::Skew, _) => format!("{node} has no clock that could miss a tick now"),
            (Fault::Stale, true) => format!("{node} has no view that could go back now"),
            (Fault::Stale, false) => format!("{node} is down"),
            (Fault::Crash | Fault::Wipe, _) => format!("{node} is down already"),
            // They happen to no node.
            (Fault::Lose | Fault::Duplicate | Fault::Reorder | Fault::Partition, _) => String::new(),
        }
    }

    /// Why an act is not enabled, as far as its arguments are given.
    fn not_enabled(
        &self,
        name: &str,
        actions: &[ActionId],
        args: &[Expr],
        at: Option<&Expr>,
        node: Option<&Value>,
        state: &[Word],
    ) -> Reason {
        if let Some(node) = node.filter(|node| !self.is_up(node, state)) {
            return Reason::new(format!("{node} is down"));
        }
        if let Some(node) = node.filter(|node| self.is_paused(node, state)) {
            return Reason::new(format!("{node} is paused"));
        }
        let mut reasons = Vec::new();
        for id in acting(self.program, actions) {
            let action = &self.program.actions[id.index()];
            if matches!(action.kind, ActionKind::Handler { .. }) {
                reasons.push(Reason::new(format!("no message that `{name}` takes can be delivered")));
                continue;
            }
            let mut given: Vec<(LocalId, Expr)> =
                action.params.iter().copied().zip(args.iter().cloned()).collect();
            given.extend(action.at.zip(at.cloned()));
            // Of several nodes that could do it, the first gives the reason.
            let first = action.at.filter(|_| at.is_none()).and_then(|local| self.first_node(local));
            given.extend(first.clone());
            let complete =
                first.is_none() && given.len() == action.params.len() + usize::from(action.at.is_some());
            let bound =
                |e: &Expr| given.iter().fold(e.clone(), |e, (local, value)| e.with_local(*local, value));
            let guards: Vec<Expr> = action.guards.iter().flat_map(conjuncts).map(|g| bound(&g)).collect();
            let known = guards.into_iter().filter(|g| closed(g, &given, &action.params, action.at));
            let broken = known.into_iter().find(|g| self.holds(g, None, state) == Ok(false));
            reasons.push(match (broken, &first) {
                (Some(guard), _) if matches!(action.kind, ActionKind::Tick) => {
                    Reason::new(format!("time waits: {} is due", text(self.sources, guard.span)))
                }
                (Some(guard), _) if self.asks_a_timer(&guard) => {
                    Reason::new(format!("`{name}` has looked, and is not due again yet"))
                }
                (Some(guard), None) => self.guard_is_false(&guard, state),
                (Some(guard), Some((_, node))) => {
                    let reason = self.guard_is_false(&guard, state);
                    let place =
                        self.value(node, None, state).map(|node| format!(" at {node}")).unwrap_or_default();
                    Reason { why: format!("it is enabled nowhere:{place} {}", reason.why), ..reason }
                }
                (None, _) if complete => Reason::new(format!(
                    "`{name}` has no way to go on: a `choose` finds nothing, or a `require` is false"
                )),
                (None, _) => {
                    Reason::new(format!("`{name}` is not enabled for any choice of what is left open"))
                }
            });
        }
        reasons.into_iter().next().unwrap_or_else(|| Reason::new(format!("`{name}` is not enabled")))
    }

    fn asks_a_timer(&self, guard: &Expr) -> bool {
        let Mentions { states, node_fields, .. } = Mentions::of(self.program, guard);
        let timer = Some(Timekeeper::Timer);
        states.iter().any(|id| self.program.states[id.index()].time == timer)
            || node_fields.iter().any(|id| self.program.node_fields[id.index()].time == timer)
    }

    /// The first member of the kind of node that a local stands for.
    fn first_node(&self, local: LocalId) -> Option<(LocalId, Expr)> {
        let declared = &self.program.locals[local.index()];
        let kind = ExprKind::Member(0);
        let is_node = matches!(self.program.types.get(declared.ty), Type::Node(_));
        is_node.then_some((local, Expr { kind, ty: declared.ty, span: declared.span }))
    }

    fn guard_is_false(&self, guard: &Expr, state: &[Word]) -> Reason {
        let text = text(self.sources, guard.span);
        let mut evaluate = |e: &Expr| self.value(e, None, state).ok();
        let values = because(self.program, self.sources, &mut evaluate, guard);
        Reason { values, ..Reason::new(format!("its guard `{text}` is false")) }
    }

    fn no_message(&self, event: Event, wanted: &Wanted, to: Option<&Value>, state: &[Word]) -> Reason {
        let all = self.model.messages(state);
        let Some(found) = all.iter().find(|m| wanted.is_message(self, m)) else {
            if all.is_empty() {
                return Reason::new("nothing is in flight");
            }
            let flying: Vec<String> = all.iter().map(|m| m.whole()).collect();
            return Reason::new(format!("there is no such message; in flight: {}", flying.join("; ")));
        };
        let receiver = Value::Name(self.lanes[found.to].as_str().into());
        let whole = found.whole();
        if matches!(event, Event::Lose | Event::Duplicate) {
            return Reason::new(format!("{whole} is in flight, but the link has no room"));
        }
        if !self.is_up(to.unwrap_or(&receiver), state) {
            return Reason::new(format!("{whole} is in flight, but {receiver} is down"));
        }
        if self.model.apart(state, found.from, found.to) {
            return Reason::new(format!("{whole} is in flight, but a partition lies in between"));
        }
        if self.program.links[found.link.index()].ordered {
            let first = all.iter().find(|m| (m.link, m.from, m.to) == (found.link, found.from, found.to));
            match first.filter(|first| *first != found) {
                Some(first) if event == Event::Deliver => {
                    return Reason::new(format!("{whole} is in flight, but {} comes before it", first.text));
                }
                None if event == Event::Reorder => {
                    return Reason::new(format!("{whole} is the first of its queue: `deliver` it"));
                }
                _ => {}
            }
        }
        Reason::new(format!("{whole} is in flight, but no handler takes it now"))
    }
}

/// Why nodes cannot be cut in two like this.
fn not_sides(sides: &[Vec<Value>]) -> String {
    if sides.iter().any(Vec::is_empty) {
        return "a side is empty".to_string();
    }
    let named: Vec<&Value> = sides.iter().flatten().collect();
    let again = named.iter().enumerate().find(|(i, node)| named[..*i].contains(*node));
    match again {
        Some((_, node)) if sides.iter().all(|side| side.contains(node)) && sides.len() > 1 => {
            format!("{node} is on both sides")
        }
        Some((_, node)) => format!("{node} is named twice"),
        None => {
            "there is a partition already, or nobody is left for the other side: `heal` first".to_string()
        }
    }
}

fn conjuncts(e: &Expr) -> Vec<Expr> {
    match &e.kind {
        ExprKind::Binary(BinaryOp::And, a, b) => [conjuncts(a), conjuncts(b)].concat(),
        _ => vec![e.clone()],
    }
}

/// Whether a guard mentions none of the locals that were left open.
fn closed(guard: &Expr, given: &[(LocalId, Expr)], params: &[LocalId], at: Option<LocalId>) -> bool {
    let open = |local: &LocalId| {
        (params.contains(local) || at == Some(*local)) && !given.iter().any(|(known, _)| known == local)
    };
    let mut found = false;
    guard.walk(&mut |part| found |= matches!(&part.kind, ExprKind::Local(local) if open(local)));
    !found
}
