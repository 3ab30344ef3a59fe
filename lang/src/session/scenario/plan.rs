//! The lines of a scenario, resolved: which steps each allows, what each expects.
//!
//! Enters: a program with its properties, the lines as trees. Leaves: plans, or diagnostics. Arguments are typed
//! expressions, evaluated where the line is reached: `at leader` is whoever leads then.

use super::clauses::{CLAUSE, WAY, acting, asked, counted, named, observes};
use crate::analysis::program::{
    Action, ActionId, ActionKind, Expr, ExprKind, LocalId, MessageId, Program, Stmt, StmtKind, Type, TypeId,
};
use crate::analysis::{condition, constant, expression, expression_as};
use crate::concepts::{Allowance, ExpectedVerdict, Fault, FaultBudget};
use crate::diag::Diagnostic;
use crate::diag::codes::analysis::CLASH;
use crate::diag::codes::session as codes;
use crate::obligations::property::Property;
use crate::span::Span;
use crate::syntax::tree::{self, Envelope, Line, LineKind, Name, RunUntil, StepIs};

/// What a line does.
pub(in crate::session) enum Plan {
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
    /// Only the runs that begin where it is true.
    Init(Expr),
    Expect(Expr),
    /// The members were (were not) violated so far, each with its properties by index; whether they are named.
    Verdict {
        violated: bool,
        named: bool,
        members: Vec<(String, Vec<u32>)>,
    },
    StepIs {
        pattern: Pattern,
        is: StepIs,
    },
    /// The reader is asked which of the members are violated so far; whether some are named.
    Asked {
        named: bool,
        members: Vec<(String, Vec<u32>)>,
    },
    /// The reader is asked for the value of this.
    AskedValue(Expr),
    /// Says nothing about the run.
    Nothing,
}

/// Which steps are meant.
pub(in crate::session) enum Pattern {
    /// Instances of these actions with these arguments. `name` as written.
    Act {
        name: String,
        actions: Vec<ActionId>,
        args: Vec<Expr>,
        at: Option<Expr>,
        choices: Choices,
    },
    /// A message in flight, and what happens to it.
    Message {
        event: Event,
        message: MessageId,
        fields: Vec<(usize, Expr)>,
        from: Option<Expr>,
        to: Option<Expr>,
        choices: Choices,
    },
    /// A fault that happens to a node, and what its recovery chooses.
    Node(Fault, Expr, Choices),
    /// Sides; where there are two, nodes that are not named may be on either. And whether it stops only the messages
    /// from the first to the second.
    Partition(Vec<Vec<Expr>>, bool),
    Heal,
}

/// What is said of the choices of a step.
#[derive(Default)]
pub(in crate::session) struct Choices {
    /// By name, in the order in which they are made.
    pub made: Vec<(String, Expr)>,
    /// The one meant of several clauses that have the same name.
    pub clause: Option<ActionId>,
    /// Which of the steps that nothing else tells apart, from 1.
    pub way: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Event {
    Deliver,
    Reorder,
    Lose,
    Duplicate,
}

/// Resolves every line; all errors are reported. `properties`: those that a run is judged by, and those of a check.
pub(in crate::session) fn plans(
    program: &mut Program,
    properties: &[Property],
    all: &[Property],
    lines: &[Line],
) -> (Vec<Plan>, Vec<Diagnostic>) {
    let mut planner = Planner { program, properties, all, diagnostics: Vec::new() };
    let mut begun = false;
    let mut plans = Vec::new();
    for line in lines {
        planner.first(line, begun);
        begun |= !matches!(line.kind, LineKind::FromAnyState | LineKind::Init(_) | LineKind::Faults(_));
        plans.push(planner.line(line).unwrap_or(Plan::Nothing));
    }
    (plans, planner.diagnostics)
}

/// The faults that the lines use, each at most once for each line that is passed: explicit faults need no budget.
pub(in crate::session) fn budget(lines: &[Line]) -> FaultBudget {
    let mut budget = FaultBudget::default();
    for line in lines {
        if let Some((fault, one_way)) = fault(line).filter(|(fault, _)| !fault.is_recovery()) {
            let known = budget.of(fault).find(|(_, entry)| entry.one_way == one_way);
            let times = known.map_or(0, |(_, entry)| entry.times) + 1;
            budget.add(Allowance { one_way, ..Allowance::new(fault, times) });
        }
    }
    budget
}

/// The fault that a line is, or asks for, and whether it stops messages in one direction only.
fn fault(line: &Line) -> Option<(Fault, bool)> {
    let plain = match &line.kind {
        LineKind::Node(fault, ..) => Some(*fault),
        LineKind::Reorder(..) => Some(Fault::Reorder),
        LineKind::Lose(..) => Some(Fault::Lose),
        LineKind::Duplicate(..) => Some(Fault::Duplicate),
        LineKind::Partition { one_way, .. } => return Some((Fault::Partition, *one_way)),
        LineKind::ExpectStep { line, .. } => return fault(line),
        LineKind::FromAnyState
        | LineKind::Init(_)
        | LineKind::Do { .. }
        | LineKind::Deliver(..)
        | LineKind::Heal
        | LineKind::Run { .. }
        | LineKind::Expect(_)
        | LineKind::ExpectVerdict { .. }
        | LineKind::Faults(_)
        | LineKind::Error => None,
    };
    plain.map(|fault| (fault, false))
}

pub(super) struct Planner<'a> {
    pub(super) program: &'a mut Program,
    pub(super) properties: &'a [Property],
    /// What a check judges, where a line asks for a verdict.
    pub(super) all: &'a [Property],
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Why nodes are no sides of a partition in any state: the node that is named again, as far as it is named by itself.
fn no_sides(program: &Program, sides: &[Vec<Expr>], whole: Span) -> Option<(Span, String)> {
    if sides.iter().any(Vec::is_empty) {
        return Some((whole, "a side is empty".to_string()));
    }
    let mut named: Vec<(usize, &Expr)> = Vec::new();
    for (side, node) in sides.iter().enumerate().flat_map(|(i, side)| side.iter().map(move |n| (i, n))) {
        let (ExprKind::Member(member), Type::Node(kind)) = (&node.kind, program.types.get(node.ty)) else {
            continue;
        };
        if let Some((other, _)) = named.iter().find(|(_, n)| (&n.kind, n.ty) == (&node.kind, node.ty)) {
            let name = program.nodes[kind.index()].member(*member);
            let words = if *other == side { "is named twice" } else { "is on both sides" };
            return Some((node.span, format!("{name} {words}")));
        }
        named.push((side, node));
    }
    None
}

impl Planner<'_> {
    /// `init` is about where runs begin.
    fn first(&mut self, line: &Line, begun: bool) {
        if matches!(line.kind, LineKind::Init(_)) && begun {
            let d = Diagnostic::error(codes::LINE, line.span, "`init` stands before the other lines");
            self.diagnostics.push(d.help("to ask what is true here, write `expect`"));
        }
        if matches!(line.kind, LineKind::FromAnyState) && begun {
            let d =
                Diagnostic::error(codes::LINE, line.span, "`from any state` stands before the other lines");
            self.diagnostics.push(d.help("the state to begin in follows it: `init P`"));
        }
    }

    /// A word of the language that is also the name of something which is true or false.
    pub(super) fn both(&mut self, word: &Name, instead: &str) {
        let named = self.program.states.iter().find(|s| s.name == word.text).map(|s| s.span);
        let span = named.or_else(|| self.program.defs.iter().find(|d| d.name == word.text).map(|d| d.span));
        let Some(span) = span else { return };
        let words = format!("`{0}` is a word of scenarios here, and `{0}` is declared", word.text);
        let d = Diagnostic::error(CLASH, word.span, words).related(span, "declared here");
        self.diagnostics.push(d.help(instead.to_string()));
    }

    fn line(&mut self, line: &Line) -> Option<Plan> {
        Some(match &line.kind {
            LineKind::Init(e) => Plan::Init(self.condition(e)?),
            // `do run` is the line `run`, unless an action has that name.
            LineKind::Run { names, until: RunUntil::Times(None) }
                if names.is_empty() && !named(self.program, "run").is_empty() =>
            {
                let name = Name { text: "run".to_string(), span: line.span };
                Plan::Step { pattern: self.any_instance(&name)?, times: 1 }
            }
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
                    RunUntil::Quiet => {
                        let word = Name { text: "quiet".to_string(), span: line.span };
                        self.both(&word, "for what is declared, write `run until quiet == true`");
                        None
                    }
                    RunUntil::Times(_) => None,
                };
                Plan::Run { patterns: patterns.into_iter().collect::<Option<_>>()?, until }
            }
            LineKind::Expect(e) => {
                if let Some(d) = self.no_condition(e) {
                    self.diagnostics.push(d);
                    return None;
                }
                if let Some(asked) = asked(e) {
                    let typed = expression(self.program, asked);
                    return self.keep(typed).map(Plan::AskedValue);
                }
                Plan::Expect(self.condition(e)?)
            }
            LineKind::ExpectVerdict(expectation) => self.verdict(expectation)?,
            LineKind::ExpectStep { line, is } => Plan::StepIs { pattern: self.pattern(line)?, is: *is },
            LineKind::Faults(_) => {
                let d = Diagnostic::error(codes::LINE, line.span, "a scenario tries no faults by itself");
                let help = "say where each happens: `crash NODE`, `lose MESSAGE`, `partition {a} | {b}`; a `check` tries every one";
                self.diagnostics.push(d.help(help));
                return None;
            }
            LineKind::FromAnyState | LineKind::Error => Plan::Nothing,
            LineKind::Do { .. }
            | LineKind::Deliver(..)
            | LineKind::Reorder(..)
            | LineKind::Lose(..)
            | LineKind::Duplicate(..)
            | LineKind::Node(..)
            | LineKind::Partition { .. }
            | LineKind::Heal => Plan::Step { pattern: self.pattern(line)?, times: 1 },
        })
    }

    /// `expect p`, `expect violated(p)` and `expect disabled`: verdicts and steps as conditions.
    fn no_condition(&self, e: &tree::Expr) -> Option<Diagnostic> {
        let member = |name: &str| super::members(self.program).iter().any(|m| m.name == name);
        match &e.kind {
            tree::ExprKind::Call(verdict, args) => {
                let verdict = ExpectedVerdict::named(&verdict.text)?.word();
                let [tree::Expr { kind: tree::ExprKind::Name(name), .. }] = args.as_slice() else {
                    return None;
                };
                let d = Diagnostic::error(codes::LINE, e.span, "a verdict has no parentheses");
                let text = format!("{verdict} {name}");
                let words = format!("write `expect {text}`");
                Some(d.fix(e.span, text, words))
            }
            tree::ExprKind::Name(name) if member(name) => {
                let words = format!("`{name}` is true or false of runs, and no condition");
                let d = Diagnostic::error(codes::LINE, e.span, words);
                let text = format!("holds {name}");
                let words = format!("write `expect {text}`");
                Some(d.fix(e.span, text, words))
            }
            tree::ExprKind::Name(name)
                if matches!(
                    name.as_str(),
                    "disabled" | "fails" | "fail" | "error" | "blocked" | "impossible"
                ) && !self.program.states.iter().any(|s| s.name == *name) =>
            {
                let d = Diagnostic::error(codes::LINE, e.span, format!("unknown name `{name}`"));
                Some(d.help("of a step that cannot be taken: `expect not enabled NAME at NODE`"))
            }
            _ => None,
        }
    }

    fn pattern(&mut self, line: &Line) -> Option<Pattern> {
        match &line.kind {
            LineKind::Do { name, observe: true, args, at, choices } => {
                self.observe(name, args, at.as_ref(), choices)
            }
            LineKind::Do { name, observe: false, args, at, choices } => {
                self.act(name, args, at.as_ref(), choices)
            }
            LineKind::Deliver(envelope, choices) => self.message(Event::Deliver, envelope, choices),
            LineKind::Reorder(envelope, choices) => self.message(Event::Reorder, envelope, choices),
            LineKind::Lose(envelope, choices) => self.message(Event::Lose, envelope, choices),
            LineKind::Duplicate(envelope, choices) => self.message(Event::Duplicate, envelope, choices),
            LineKind::Node(fault, node, choices) => self.happens(*fault, node, choices),
            LineKind::Partition { sides, .. } if sides.len() > 2 => {
                let d = Diagnostic::error(codes::LINE, line.span, "a partition has two sides");
                self.diagnostics.push(d.help("nodes that are not named may be on either side"));
                None
            }
            LineKind::Partition { sides, one_way } => {
                let sides =
                    sides.iter().map(|side| side.iter().map(|n| self.node(n)).collect::<Option<Vec<_>>>());
                let sides = sides.collect::<Option<Vec<_>>>()?;
                if let Some((span, words)) = no_sides(self.program, &sides, line.span) {
                    let d = Diagnostic::error(codes::LINE, span, words);
                    self.diagnostics.push(d.help("name each node once: `partition {a} | {b, c}`"));
                    return None;
                }
                Some(Pattern::Partition(sides, *one_way))
            }
            LineKind::Heal => Some(Pattern::Heal),
            LineKind::FromAnyState
            | LineKind::Init(_)
            | LineKind::Run { .. }
            | LineKind::Expect(_)
            | LineKind::ExpectVerdict(_)
            | LineKind::ExpectStep { .. }
            | LineKind::Faults(_)
            | LineKind::Error => {
                let d = Diagnostic::error(codes::LINE, line.span, "expected a step");
                self.diagnostics.push(d.help(
                    "steps are `do`, `deliver`, `reorder`, `lose`, `duplicate`, `crash`, `wipe`, `restart`, `pause`, `resume`, `partition`, `heal`",
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

    fn message_named(&self, name: &str) -> Option<MessageId> {
        self.program.messages.iter().position(|m| m.name == name).map(|i| MessageId(i as u32))
    }

    /// A fault that happens to a node.
    fn happens(
        &mut self,
        fault: Fault,
        node: &tree::Expr,
        choices: &[(Name, tree::Expr)],
    ) -> Option<Pattern> {
        let node = self.node(node)?;
        let recovery = match self.program.types.get(node.ty) {
            Type::Node(kind) if fault == Fault::Restart => self.program.recovery(*kind),
            _ => None,
        };
        let choices = self.choices(recovery.as_slice(), choices)?;
        Some(Pattern::Node(fault, node, choices))
    }

    /// Every instance of an action, or every delivery of a message.
    fn any_instance(&mut self, name: &Name) -> Option<Pattern> {
        let actions = named(self.program, &name.text);
        if !actions.is_empty() {
            return Some(Pattern::Act {
                name: name.text.clone(),
                actions,
                args: Vec::new(),
                at: None,
                choices: Choices::default(),
            });
        }
        if let Some(message) = self.message_named(&name.text) {
            return Some(Pattern::Message {
                event: Event::Deliver,
                message,
                fields: Vec::new(),
                from: None,
                to: None,
                choices: Choices::default(),
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
        self.diagnostics.push(if stated.into_iter().any(|h| h.name == name.text) {
            d.help(format!("`{}` is only stated: add what it does", name.text))
        } else if names.is_empty() {
            d.help("this system does nothing yet")
        } else {
            d.meant_among(&name.text, names.iter().copied(), format!("it has {}", names.join(", ")))
        });
    }

    /// The observing step of a reconciler.
    fn observe(
        &mut self,
        name: &Name,
        args: &[tree::Expr],
        at: Option<&tree::Expr>,
        choices: &[(Name, tree::Expr)],
    ) -> Option<Pattern> {
        let mut pattern = self.act(name, args, at, choices)?;
        if let Pattern::Act { actions, .. } = &mut pattern {
            actions.retain(|id| observes(self.program, *id));
            if !actions.is_empty() {
                return Some(pattern);
            }
        }
        let words = format!("`{}` observes nothing in a step of its own", name.text);
        let d = Diagnostic::error(codes::LINE, name.span, words);
        self.diagnostics.push(d.help(format!("write `do {}`", name.text)));
        None
    }

    /// What `with` says of steps of these actions.
    fn choices(&mut self, actions: &[ActionId], said: &[(Name, tree::Expr)]) -> Option<Choices> {
        let known = self.chosen(actions);
        let mut choices = Choices::default();
        for (name, e) in said {
            if let Some((_, types)) = known.iter().find(|(known, _)| *known == name.text) {
                choices.made.push((name.text.clone(), self.of_one(e, types)?));
            } else if name.text == CLAUSE {
                choices.clause = Some(self.clause(actions, e)?);
            } else if name.text == WAY {
                choices.way = Some(self.way(e)?);
            } else {
                let words = format!("nothing called `{}` is chosen in this step", name.text);
                let d = Diagnostic::error(codes::LINE, name.span, words);
                let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
                let takes = |id: &&ActionId| {
                    let params = &self.program.actions[id.index()].params;
                    params.iter().any(|p| self.program.locals[p.index()].name == name.text)
                };
                let given =
                    actions.iter().find(takes).map(|id| self.usage(&self.program.actions[id.index()]));
                let words = match names.is_empty() {
                    _ if given.is_some() => {
                        format!("a parameter stands in parentheses: {}", given.unwrap_or_default())
                    }
                    true => "leave `with` out: its body has no `choose`".to_string(),
                    false => format!("what is chosen is {}", names.join(", ")),
                };
                self.diagnostics.push(d.meant_among(&name.text, names, words));
                return None;
            }
        }
        Some(choices)
    }

    /// A value of one of several types: of the first that it has.
    fn of_one(&mut self, e: &tree::Expr, types: &[TypeId]) -> Option<Expr> {
        let (first, others) = types.split_first()?;
        let typed = expression_as(self.program, e, *first);
        let sound = |(found, errors): &(Option<Expr>, Vec<Diagnostic>)| {
            found.is_some() && !errors.iter().any(Diagnostic::is_error)
        };
        if sound(&typed) {
            return self.keep(typed);
        }
        let other = others.iter().map(|ty| expression_as(self.program, e, *ty)).find(sound);
        self.keep(other.unwrap_or(typed))
    }

    /// What the bodies of actions choose: each name once, with the types of all that it is chosen from.
    fn chosen(&mut self, actions: &[ActionId]) -> Vec<(String, Vec<TypeId>)> {
        let mut all: Vec<(String, TypeId)> = Vec::new();
        for id in actions {
            let locals = &self.program.locals;
            let mut choose = |stmt: &Stmt| {
                if let StmtKind::Choose { binder, .. } = &stmt.kind {
                    let local = &locals[binder.local.index()];
                    all.push((local.name.clone(), local.ty));
                }
            };
            let action = &self.program.actions[id.index()];
            action.body.iter().chain(&action.timers).for_each(|stmt| stmt.walk(&mut choose));
        }
        let mut found: Vec<(String, Vec<TypeId>)> = Vec::new();
        for (name, ty) in all {
            let Some((_, types)) = found.iter_mut().find(|(known, _)| *known == name) else {
                found.push((name, vec![ty]));
                continue;
            };
            // One type for all of them, where there is one.
            match types
                .iter_mut()
                .find_map(|known| Some((self.program.types.join(*known, ty, false)?, known)))
            {
                Some((joined, known)) => *known = joined,
                None => types.push(ty),
            }
        }
        found
    }

    /// `with way = 2`: the second of the steps that the line could be otherwise.
    fn way(&mut self, e: &tree::Expr) -> Option<usize> {
        let number = constant(self.program, e);
        let number = self.keep(number)?;
        let way = usize::try_from(number).ok().filter(|way| *way > 0);
        if way.is_none() {
            let d = Diagnostic::error(codes::LINE, e.span, format!("there is no way {number}"));
            self.diagnostics.push(d.help("ways are numbered from 1"));
        }
        way
    }

    /// `with clause = 2`: the second of the clauses that have this name.
    fn clause(&mut self, actions: &[ActionId], e: &tree::Expr) -> Option<ActionId> {
        let number = constant(self.program, e);
        let number = self.keep(number)?;
        let acts = acting(self.program, actions);
        let found = usize::try_from(number).ok().and_then(|n| acts.get(n.checked_sub(1)?)).copied();
        if found.is_none() {
            let words = format!("there is no clause {number}");
            let d = Diagnostic::error(codes::LINE, e.span, words);
            self.diagnostics.push(d.help(format!("clauses are numbered from 1 to {}", acts.len())));
        }
        found
    }

    fn act(
        &mut self,
        name: &Name,
        args: &[tree::Expr],
        at: Option<&tree::Expr>,
        choices: &[(Name, tree::Expr)],
    ) -> Option<Pattern> {
        let actions = named(self.program, &name.text);
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
        let at = match at {
            None => None,
            Some(e) => Some(self.acting(name, &actions, e)?),
        };
        let choices = self.choices(&actions, choices)?;
        Some(Pattern::Act { name: name.text.clone(), actions, args: args?, at, choices })
    }

    /// The node of a step, of a kind at which one of some actions of a name runs.
    fn acting(&mut self, name: &Name, actions: &[ActionId], e: &tree::Expr) -> Option<Expr> {
        let at = |id: &ActionId| self.program.actions[id.index()].at;
        let mut kinds: Vec<TypeId> =
            actions.iter().filter_map(at).map(|at| self.program.locals[at.index()].ty).collect();
        kinds.dedup();
        let typed: Vec<_> = kinds.into_iter().map(|ty| expression_as(self.program, e, ty)).collect();
        let fits = typed.iter().position(|(e, _)| e.is_some()).unwrap_or(0);
        if let Some(typed) = typed.into_iter().nth(fits) {
            return self.keep(typed);
        }
        let action = self.program.actions[actions.first()?.index()].clone();
        let words = format!("`{}` does not run at a node", name.text);
        let d = Diagnostic::error(codes::LINE, e.span, words).related(action.span, "declared here");
        self.diagnostics.push(d.help(self.usage(&action)));
        None
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
        Envelope { message: name, fields, from, to }: &Envelope,
        choices: &[(Name, tree::Expr)],
    ) -> Option<Pattern> {
        let Some(message) = self.message_named(&name.text) else {
            let d =
                Diagnostic::error(codes::UNKNOWN_STEP, name.span, format!("unknown message `{}`", name.text));
            let names: Vec<&str> = self.program.messages.iter().map(|m| m.name.as_str()).collect();
            let known = match names.is_empty() {
                _ if matches!(name.text.as_str(), "all" | "any") => {
                    "all that can be delivered is, in every order: `run until quiet`".to_string()
                }
                true => "this system sends no messages".to_string(),
                false => format!("messages are {}", names.join(", ")),
            };
            self.diagnostics.push(d.meant_among(&name.text, names, known));
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
                let words = format!("its fields are {}", known.join(", "));
                self.diagnostics.push(d.meant_among(&field.text, known, words));
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
        let handlers = match event {
            Event::Deliver | Event::Reorder => self.program.handlers(&[message]),
            Event::Lose | Event::Duplicate => Vec::new(),
        };
        let choices = self.choices(&handlers, choices)?;
        Some(Pattern::Message { event, message, fields: typed, from, to, choices })
    }

    /// Messages are lost and duplicated only where the link says so.
    fn may_happen(&mut self, event: Event, message: MessageId, name: &Name) -> Option<()> {
        let Some(link) = self.program.messages[message.index()].link else { return Some(()) };
        let link = &self.program.links[link.index()];
        let missing = match event {
            Event::Lose if !link.lossy => "lossy",
            Event::Duplicate if !link.duplicating => "duplicating",
            Event::Reorder if !link.ordered => "ordered",
            Event::Deliver | Event::Reorder | Event::Lose | Event::Duplicate => return Some(()),
        };
        let words = format!("`{}` is on the link `{}`, which is not `{missing}`", name.text, link.name);
        let d = Diagnostic::error(codes::LINE, name.span, words).related(link.span, "declared here");
        self.diagnostics.push(d.help(format!("add `{missing}` to the link")));
        None
    }
}
