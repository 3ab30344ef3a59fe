//! The lines of a scenario, resolved: which steps each allows, what each expects.
//!
//! Enters: a program with its properties, the lines as trees. Leaves: plans, or diagnostics. Arguments are typed
//! expressions, evaluated where the line is reached: `at leader` is whoever leads then.

use crate::analysis::program::{
    Action, ActionId, ActionKind, Expr, LocalId, MessageId, Program, Type, TypeId,
};
use crate::analysis::{condition, constant, expression, expression_as};
use crate::concepts::{ExpectedVerdict, Fault, FaultBudget};
use crate::diag::codes::session as codes;
use crate::diag::{Diagnostic, nearest};
use crate::obligations::property::{Property, PropertyKind};
use crate::syntax::tree::{self, Expectation, Line, LineKind, Name, RunUntil};

/// What a line does.
pub(super) enum Plan {
    /// One step of this kind, so many times.
    Step {
        pattern: Pattern,
        times: u32,
    },
    /// Steps of these kinds (of every fair kind, where there are none) until the condition (until none is left).
    Run {
        patterns: Vec<Pattern>,
        until: Option<Expr>,
    },
    Expect(Expr),
    /// The named member was (was not) violated so far; its properties, by index.
    Verdict {
        violated: bool,
        members: Vec<(String, Vec<u32>)>,
    },
    Enabled {
        pattern: Pattern,
        negated: bool,
    },
    /// Says nothing about the run.
    Nothing,
}

/// Which steps are meant.
pub(super) enum Pattern {
    /// Instances of these actions with these arguments. `name` as written.
    Act {
        name: String,
        actions: Vec<ActionId>,
        args: Vec<Expr>,
        at: Option<Expr>,
    },
    /// A message in flight, and what happens to it.
    Message {
        event: Event,
        message: MessageId,
        fields: Vec<(usize, Expr)>,
        from: Option<Expr>,
        to: Option<Expr>,
    },
    Crash(Expr),
    Restart(Expr),
    /// Sides; where there are two, nodes that are not named may be on either.
    Partition(Vec<Vec<Expr>>),
    Heal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Deliver,
    Lose,
    Duplicate,
}

/// Resolves every line; all errors are reported.
pub(super) fn plans(
    program: &mut Program,
    properties: &[Property],
    lines: &[Line],
) -> (Vec<Plan>, Vec<Diagnostic>) {
    let mut planner = Planner { program, properties, diagnostics: Vec::new() };
    let plans = lines.iter().map(|line| planner.line(line).unwrap_or(Plan::Nothing)).collect();
    (plans, planner.diagnostics)
}

/// The faults that the lines use, each at most once for each line that is passed: explicit faults need no budget.
pub(super) fn budget(lines: &[Line]) -> FaultBudget {
    let mut budget = FaultBudget::default();
    for line in lines {
        if let Some(fault) = fault(line).filter(|fault| !fault.is_recovery()) {
            budget.set(fault, budget.times(fault) + 1);
        }
    }
    budget
}

/// The fault that a line is, or asks for.
fn fault(line: &Line) -> Option<Fault> {
    match &line.kind {
        LineKind::Crash(_) => Some(Fault::Crash),
        LineKind::Restart(_) => Some(Fault::Restart),
        LineKind::Lose { .. } => Some(Fault::Lose),
        LineKind::Duplicate { .. } => Some(Fault::Duplicate),
        LineKind::Partition(_) => Some(Fault::Partition),
        LineKind::ExpectEnabled { line, .. } => fault(line),
        LineKind::Do { .. }
        | LineKind::Deliver { .. }
        | LineKind::Heal
        | LineKind::Run { .. }
        | LineKind::Expect(_)
        | LineKind::ExpectVerdict { .. }
        | LineKind::Faults(_)
        | LineKind::Error => None,
    }
}

struct Planner<'a> {
    program: &'a mut Program,
    properties: &'a [Property],
    diagnostics: Vec<Diagnostic>,
}

impl Planner<'_> {
    fn line(&mut self, line: &Line) -> Option<Plan> {
        Some(match &line.kind {
            LineKind::Run { names, until: RunUntil::Times(times) } => {
                let times = match times {
                    None => 1,
                    Some(e) => self.times(e)?,
                };
                let [name] = names.as_slice() else {
                    let d = Diagnostic::error(codes::LINE, line.span, "`run` without `until` takes one name");
                    self.diagnostics.push(d.help("write `run NAME 2 times`, or `run until quiet`"));
                    return None;
                };
                Plan::Step { pattern: self.any_instance(name)?, times }
            }
            LineKind::Run { names, until } => {
                let patterns: Vec<Option<Pattern>> =
                    names.iter().map(|name| self.any_instance(name)).collect();
                let until = match until {
                    RunUntil::Condition(e) => Some(self.condition(e)?),
                    RunUntil::Quiet | RunUntil::Times(_) => None,
                };
                Plan::Run { patterns: patterns.into_iter().collect::<Option<_>>()?, until }
            }
            LineKind::Expect(e) => Plan::Expect(self.condition(e)?),
            LineKind::ExpectVerdict(expectation) => self.verdict(expectation)?,
            LineKind::ExpectEnabled { line, negated } => {
                Plan::Enabled { pattern: self.pattern(line)?, negated: *negated }
            }
            LineKind::Faults(_) | LineKind::Error => Plan::Nothing,
            LineKind::Do { .. }
            | LineKind::Deliver { .. }
            | LineKind::Lose { .. }
            | LineKind::Duplicate { .. }
            | LineKind::Crash(_)
            | LineKind::Restart(_)
            | LineKind::Partition(_)
            | LineKind::Heal => Plan::Step { pattern: self.pattern(line)?, times: 1 },
        })
    }

    fn pattern(&mut self, line: &Line) -> Option<Pattern> {
        match &line.kind {
            LineKind::Do { name, args, at } => self.act(name, args, at.as_ref()),
            LineKind::Deliver { message, fields, from, to } => {
                self.message(Event::Deliver, message, fields, from.as_ref(), to.as_ref())
            }
            LineKind::Lose { message, fields, from, to } => {
                self.message(Event::Lose, message, fields, from.as_ref(), to.as_ref())
            }
            LineKind::Duplicate { message, fields, from, to } => {
                self.message(Event::Duplicate, message, fields, from.as_ref(), to.as_ref())
            }
            LineKind::Crash(node) => Some(Pattern::Crash(self.node(node)?)),
            LineKind::Restart(node) => Some(Pattern::Restart(self.node(node)?)),
            LineKind::Partition(sides) if sides.len() > 2 => {
                let d = Diagnostic::error(codes::LINE, line.span, "a partition has two sides");
                self.diagnostics.push(d.help("nodes that are not named may be on either side"));
                None
            }
            LineKind::Partition(sides) => {
                let sides =
                    sides.iter().map(|side| side.iter().map(|n| self.node(n)).collect::<Option<Vec<_>>>());
                Some(Pattern::Partition(sides.collect::<Option<Vec<_>>>()?))
            }
            LineKind::Heal => Some(Pattern::Heal),
            LineKind::Run { .. }
            | LineKind::Expect(_)
            | LineKind::ExpectVerdict(_)
            | LineKind::ExpectEnabled { .. }
            | LineKind::Faults(_)
            | LineKind::Error => {
                let d = Diagnostic::error(codes::LINE, line.span, "expected a step");
                self.diagnostics.push(d.help(
                    "steps are `do`, `deliver`, `lose`, `duplicate`, `crash`, `restart`, `partition`, `heal`",
                ));
                None
            }
        }
    }

    // ---- expressions ----

    fn keep<T>(&mut self, (found, diagnostics): (Option<T>, Vec<Diagnostic>)) -> Option<T> {
        let sound = !diagnostics.iter().any(Diagnostic::is_error);
        self.diagnostics.extend(diagnostics);
        found.filter(|_| sound)
    }

    fn condition(&mut self, e: &tree::Expr) -> Option<Expr> {
        let typed = condition(self.program, e);
        self.keep(typed)
    }

    fn expression_as(&mut self, e: &tree::Expr, ty: TypeId) -> Option<Expr> {
        let typed = expression_as(self.program, e, ty);
        self.keep(typed)
    }

    fn node(&mut self, e: &tree::Expr) -> Option<Expr> {
        let typed = expression(self.program, e);
        let e = self.keep(typed)?;
        match self.program.types.get(e.ty).clone() {
            Type::Node(_) => Some(e),
            Type::Option(inner) if matches!(self.program.types.get(inner), Type::Node(_)) => Some(Expr {
                ty: inner,
                span: e.span,
                kind: crate::analysis::program::ExprKind::Unwrap(Box::new(e)),
            }),
            _ => {
                let d = Diagnostic::error(codes::LINE, e.span, "expected a node");
                let names: Vec<String> = self
                    .program
                    .nodes
                    .iter()
                    .flat_map(|n| (0..n.count).map(|i| n.member(i)))
                    .take(6)
                    .collect();
                self.diagnostics.push(if names.is_empty() {
                    d
                } else {
                    d.help(format!("nodes are {}", names.join(", ")))
                });
                None
            }
        }
    }

    fn times(&mut self, e: &tree::Expr) -> Option<u32> {
        let value = constant(self.program, e);
        let value = self.keep(value)?;
        match u32::try_from(value) {
            Ok(times @ 1..=10_000) => Some(times),
            _ => {
                let d = Diagnostic::error(codes::LINE, e.span, "expected a number of times from 1 to 10000");
                self.diagnostics.push(d);
                None
            }
        }
    }

    // ---- steps ----

    /// Actions of a name: of an action, a resolution or a reconciler.
    fn named(&self, name: &str) -> Vec<ActionId> {
        let is_it = |action: &Action| match &action.kind {
            ActionKind::Client => action.name == name,
            ActionKind::Handler { resolution, .. } => {
                resolution.is_some_and(|r| self.program.resolutions[r].header.name == name)
            }
            ActionKind::Resolution(r) => self.program.resolutions[*r].header.name == name,
            ActionKind::ReconcilerObserve { reconciler: r, .. } | ActionKind::ReconcilerAct(r) => {
                self.program.reconcilers[*r].header.name == name
            }
        };
        let all = self.program.actions.iter().enumerate();
        all.filter(|(_, action)| is_it(action)).map(|(i, _)| ActionId(i as u32)).collect()
    }

    fn message_named(&self, name: &str) -> Option<MessageId> {
        self.program.messages.iter().position(|m| m.name == name).map(|i| MessageId(i as u32))
    }

    /// Every instance of an action, or every delivery of a message.
    fn any_instance(&mut self, name: &Name) -> Option<Pattern> {
        let actions = self.named(&name.text);
        if !actions.is_empty() {
            return Some(Pattern::Act { name: name.text.clone(), actions, args: Vec::new(), at: None });
        }
        if let Some(message) = self.message_named(&name.text) {
            return Some(Pattern::Message {
                event: Event::Deliver,
                message,
                fields: Vec::new(),
                from: None,
                to: None,
            });
        }
        self.unknown_action(name, true);
        None
    }

    fn unknown_action(&mut self, name: &Name, messages: bool) {
        let d = Diagnostic::error(codes::UNKNOWN_STEP, name.span, format!("unknown action `{}`", name.text));
        if let Some(message) = self.message_named(&name.text) {
            let name = &self.program.messages[message.index()].name;
            return self.diagnostics.push(d.help(format!("`{name}` is a message: write `deliver {name}`")));
        }
        let program = &self.program;
        let clients =
            program.actions.iter().filter(|a| matches!(a.kind, ActionKind::Client)).map(|a| a.name.as_str());
        let mut names: Vec<&str> = clients
            .chain(
                program.resolutions.iter().filter(|r| !r.actions.is_empty()).map(|r| r.header.name.as_str()),
            )
            .chain(
                program.reconcilers.iter().filter(|r| !r.actions.is_empty()).map(|r| r.header.name.as_str()),
            )
            .collect();
        if messages {
            names.extend(program.messages.iter().map(|m| m.name.as_str()));
        }
        let stated = program
            .resolutions
            .iter()
            .map(|r| &r.header)
            .chain(program.reconcilers.iter().map(|r| &r.header));
        let help = if stated.into_iter().any(|h| h.name == name.text) {
            format!("`{}` is only stated: add what it does", name.text)
        } else if let Some(near) = nearest(&name.text, names.iter().copied()) {
            format!("did you mean `{near}`?")
        } else if names.is_empty() {
            "this system does nothing yet".to_string()
        } else {
            format!("it has {}", names.join(", "))
        };
        self.diagnostics.push(d.help(help));
    }

    fn act(&mut self, name: &Name, args: &[tree::Expr], at: Option<&tree::Expr>) -> Option<Pattern> {
        let actions = self.named(&name.text);
        let Some(first) = actions.first() else {
            // `do heal` is the line `heal`, unless an action has that name.
            if name.text == "heal" && args.is_empty() && at.is_none() {
                return Some(Pattern::Heal);
            }
            self.unknown_action(name, false);
            return None;
        };
        let action = self.program.actions[first.index()].clone();
        if !args.is_empty() && args.len() != action.params.len() {
            let words = format!(
                "`{}` takes {}, found {}",
                name.text,
                counted(action.params.len(), "argument"),
                args.len()
            );
            let d = Diagnostic::error(codes::LINE, name.span, words).related(action.span, "declared here");
            self.diagnostics.push(d.help(self.usage(&action)));
            return None;
        }
        let typed: Vec<Option<Expr>> = args
            .iter()
            .zip(&action.params)
            .map(|(e, local)| self.expression_as(e, self.program.locals[local.index()].ty))
            .collect();
        let args = typed.into_iter().collect::<Option<Vec<_>>>();
        let at = match (at, action.at) {
            (None, _) => None,
            (Some(e), Some(local)) => Some(self.expression_as(e, self.program.locals[local.index()].ty)?),
            (Some(e), None) => {
                let words = format!("`{}` does not run at a node", name.text);
                let d = Diagnostic::error(codes::LINE, e.span, words).related(action.span, "declared here");
                self.diagnostics.push(d.help(self.usage(&action)));
                return None;
            }
        };
        Some(Pattern::Act { name: name.text.clone(), actions, args: args?, at })
    }

    /// `write do produce(v) at b`
    fn usage(&self, action: &Action) -> String {
        let name = |local: &LocalId| self.program.locals[local.index()].name.as_str();
        let params: Vec<&str> = action.params.iter().map(name).collect();
        let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
        let at = action.at.as_ref().map(|at| format!(" at {}", name(at))).unwrap_or_default();
        format!("write `do {}{params}{at}`", action.name)
    }

    fn message(
        &mut self,
        event: Event,
        name: &Name,
        fields: &[(Name, tree::Expr)],
        from: Option<&tree::Expr>,
        to: Option<&tree::Expr>,
    ) -> Option<Pattern> {
        let Some(message) = self.message_named(&name.text) else {
            let d =
                Diagnostic::error(codes::UNKNOWN_STEP, name.span, format!("unknown message `{}`", name.text));
            let names: Vec<&str> = self.program.messages.iter().map(|m| m.name.as_str()).collect();
            let help = match nearest(&name.text, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "this system sends no messages".to_string(),
                None => format!("messages are {}", names.join(", ")),
            };
            self.diagnostics.push(d.help(help));
            return None;
        };
        self.may_happen(event, message, name)?;
        let record = self.program.records[self.program.messages[message.index()].record.index()].clone();
        let mut typed = Vec::new();
        for (field, e) in fields {
            let Some(position) = record.fields.iter().position(|(name, _)| *name == field.text) else {
                let words = format!("`{}` has no field `{}`", name.text, field.text);
                let known: Vec<&str> = record.fields.iter().map(|(name, _)| name.as_str()).collect();
                let d = Diagnostic::error(codes::LINE, field.span, words);
                self.diagnostics.push(match nearest(&field.text, known.iter().copied()) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("its fields are {}", known.join(", "))),
                });
                return None;
            };
            typed.push((position, self.expression_as(e, record.fields[position].1)?));
        }
        let from = match from {
            Some(e) => Some(self.node(e)?),
            None => None,
        };
        let to = match to {
            Some(e) => Some(self.node(e)?),
            None => None,
        };
        Some(Pattern::Message { event, message, fields: typed, from, to })
    }

    /// Messages are lost and duplicated only where the link says so.
    fn may_happen(&mut self, event: Event, message: MessageId, name: &Name) -> Option<()> {
        let Some(link) = self.program.messages[message.index()].link else { return Some(()) };
        let link = &self.program.links[link.index()];
        let missing = match event {
            Event::Lose if !link.lossy => "lossy",
            Event::Duplicate if !link.duplicating => "duplicating",
            Event::Deliver | Event::Lose | Event::Duplicate => return Some(()),
        };
        let words = format!("`{}` is on the link `{}`, which is not `{missing}`", name.text, link.name);
        let d = Diagnostic::error(codes::LINE, name.span, words).related(link.span, "declared here");
        self.diagnostics.push(d.help(format!("add `{missing}` to the link")));
        None
    }

    // ---- verdicts ----

    fn verdict(&mut self, expectation: &Expectation) -> Option<Plan> {
        use ExpectedVerdict::{Diverges, Holds, Vacuous, Violated};
        let Expectation { verdict, verdict_span, names, .. } = expectation;
        let violated = match verdict {
            Violated => true,
            Holds => false,
            Diverges(_) | Vacuous => {
                let words = format!("expected `violated` or `holds`, found `{}`", verdict.word());
                let d = Diagnostic::error(codes::LINE, *verdict_span, words);
                let help = "whether something is stuck, unreachable or flapping is a question to `check`: one run cannot tell";
                self.diagnostics.push(d.help(help));
                return None;
            }
        };
        if violated && names.is_empty() {
            let d = Diagnostic::error(codes::LINE, *verdict_span, "expected what is violated");
            self.diagnostics.push(d.help("write `expect violated NAME`"));
            return None;
        }
        let members: Vec<_> = names.iter().map(|name| self.judged(name)).collect();
        let mut members = members.into_iter().collect::<Option<Vec<_>>>()?;
        if names.is_empty() {
            let all = super::headers(self.program).into_iter();
            let judged = all.map(|(concept, member, header)| {
                (header.name, self.judgeable(|p| p.concept == concept && p.member == member))
            });
            members.extend(judged.filter(|(_, properties)| !properties.is_empty()));
        }
        Some(Plan::Verdict { violated, members })
    }

    fn judgeable(&self, of: impl Fn(&Property) -> bool) -> Vec<u32> {
        let here = |p: &Property| {
            matches!(p.kind, PropertyKind::State(_) | PropertyKind::Step(_) | PropertyKind::StepOf(_))
                || matches!(p.kind, PropertyKind::Idempotent { .. })
        };
        let all = self.properties.iter().enumerate();
        all.filter(|(_, p)| here(p) && of(p)).map(|(i, _)| i as u32).collect()
    }

    /// The properties of a member that one run can violate.
    fn judged(&mut self, name: &Name) -> Option<(String, Vec<u32>)> {
        let headers = super::headers(self.program);
        let Some((concept, member, _)) = headers.iter().find(|(.., h)| h.name == name.text) else {
            let known: Vec<&str> = headers.iter().map(|(.., h)| h.name.as_str()).collect();
            let words = format!("unknown order, invariant, resolution or reconciler `{}`", name.text);
            let d = Diagnostic::error(codes::UNKNOWN_STEP, name.span, words);
            let help = match nearest(&name.text, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", known.join(", ")),
            };
            self.diagnostics.push(if known.is_empty() { d } else { d.help(help) });
            return None;
        };
        let found = self.judgeable(|p| p.concept == *concept && p.member == *member);
        if found.is_empty() {
            let words = format!("one run cannot break `{}`", name.text);
            let d = Diagnostic::error(codes::LINE, name.span, words);
            self.diagnostics.push(d.help("it is only stated, or judged on all fair runs: use `check`"));
            return None;
        }
        Some((name.text.clone(), found))
    }
}

/// `1 argument`, `2 arguments`
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
