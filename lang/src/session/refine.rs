//! `check A refines B`: whether a system does nothing that a specification does not.
//!
//! Enters: two systems, and what stands in the first for each variable of the second. Leaves: a report of one finding:
//! every step is a step of the specification or changes nothing there, and every fair run is a fair run of it.

use super::check::options::{Setup, setup_beside, subject};
use super::check::{Explored, is_bad};
use super::{Context, Host, Stop};
use crate::analysis::program::{Expr, LocalId, NodeId, Program, Type, TypeId};
use crate::analysis::{self, Definitions};
use crate::concepts::{ConceptKind, Topic};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::engine::explore;
use crate::engine::machine::{Machine, Trap};
use crate::model::run::specification::{Specification, Wanted};
use crate::model::{BuildOptions, Model};
use crate::obligations::property::{Property, PropertyKind};
use crate::report::{CheckReport, Expectation, Finding, Obligation, Subject, Trace, Verdict};
use crate::span::Span;
use crate::syntax::tree::{self, CheckOption, CheckOptionKind, Mapped, Target};
use std::sync::Arc;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Command<'t> {
    /// What is judged.
    pub target: &'t Target,
    /// By what.
    pub specification: &'t Target,
    /// Those of a check, and what stands for what.
    pub options: &'t [CheckOption],
}

/// The type of the one finding.
const REFINEMENT: &str = "refinement";
const STEPS: &str = "every step is one of the specification, or changes nothing there";
const RUNS: &str = "every fair run is a fair run of the specification";

/// What is wrong with the command, without exploring anything.
pub fn problems(definitions: &Definitions, command: Command<'_>, host: &dyn Host) -> Vec<Diagnostic> {
    asked(definitions, command, host).err().unwrap_or_default()
}

/// The command, typed.
struct Asked {
    program: Program,
    specification: Specification,
    /// What stands for its variables, in order.
    values: Vec<Expr>,
    setup: Setup,
}

/// `check TARGET refines SPECIFICATION [{ option… }]`
pub fn refine(
    definitions: &Definitions,
    command: Command<'_>,
    context: &mut Context<'_>,
) -> Result<CheckReport, Stop> {
    let Asked { program, specification, values, setup } =
        asked(definitions, command, context.host).map_err(Stop::Diagnostics)?;
    let specification = Arc::new(specification);
    let name = specification.model().program().name.clone();
    let span = command.target.span.to(command.specification.span);
    let property = Property {
        concept: ConceptKind::Invariant,
        member: 0,
        words: STEPS.to_string(),
        topic: Topic::Other,
        span,
        kind: PropertyKind::Refines(values),
        watched_by: None,
        otherwise: None,
        probes: Vec::new(),
        worlds: Vec::new(),
        notes: Vec::new(),
        doubts: Vec::new(),
    };
    let build = BuildOptions { symmetry_off: true, ..setup.build.clone() };
    let mut model = Model::build(&program, vec![property], &build).map_err(Stop::Diagnostics)?;
    model.refine(Arc::clone(&specification));
    let begins = begins(&model, &specification, context)?;
    // What steps are to the specification is learnt beside the model, so every process of a shared run takes them all.
    let model = Arc::new(model);
    let exploration = explore(&*model, &setup.limits, context.host);
    let explored = Explored::of(model, exploration, context)?;
    if let Some(trap) = specification.trapped() {
        return Err(no_value(&specification, trap));
    }
    let obligations = match begins {
        Begins::Elsewhere(verdict) => vec![obligation(STEPS, *verdict)],
        Begins::There => judged(&explored, &specification),
    };
    let verdict = obligations.iter().map(|o| &o.verdict).min_by_key(|v| v.rank()).cloned();
    let finding = Finding {
        concept: ConceptKind::Invariant,
        name: name.clone(),
        types: vec![REFINEMENT.to_string()],
        sentence: None,
        span,
        verdict: verdict.unwrap_or(Verdict::NotChecked { why: "nothing is asked".to_string() }),
        obligations,
    };
    let beside = subject(specification.model().program(), &BuildOptions::default());
    let sound = !is_bad(&finding.verdict);
    let findings: Vec<Finding> = explored.no_value().into_iter().chain([finding]).collect();
    let report = CheckReport {
        subject: Subject { refines: Some(Box::new(beside)), ..subject(&program, &setup.build) },
        coverage: explored.coverage(),
        expectations: setup.expected.iter().map(|e| Expectation::judged(e.clone(), &findings)).collect(),
        sample: explored.sample().filter(|_| sound),
        unused: Vec::new(),
        profile: None,
        further: None,
        findings,
    };
    let sample = || explored.exploration.sample.as_ref().and_then(|path| explored.run_along(path));
    context.run = explored.wrong(0).or_else(sample);
    Ok(report)
}

fn obligation(words: &str, verdict: Verdict) -> Obligation {
    Obligation { words: words.to_string(), topic: Topic::Other, verdict }
}

/// The verdicts on steps, and on runs where the specification owes anything.
fn judged(explored: &Explored<'_>, specification: &Specification) -> Vec<Obligation> {
    let name = &specification.model().program().name;
    let verdict = explored.verdict(0);
    let on_runs = explored.owes_on_runs(0);
    let owes = !specification.owed().is_empty();
    if is_bad(&verdict) {
        return match on_runs {
            // Of steps nothing is said where not all were looked at.
            true if explored.is_whole() => {
                vec![obligation(STEPS, Verdict::Holds { note: None }), obligation(RUNS, verdict)]
            }
            true => vec![obligation(RUNS, verdict)],
            false => vec![obligation(STEPS, verdict)],
        };
    }
    let idle = matches!(verdict, Verdict::Holds { .. }) && !specification.moved();
    let steps = match idle {
        true => Verdict::Vacuous { why: format!("no step changes anything of {name}") },
        false => verdict.clone(),
    };
    let mut all = vec![obligation(STEPS, steps)];
    if owes {
        all.push(obligation(RUNS, verdict));
    }
    all
}

fn no_value(specification: &Specification, trap: Trap) -> Stop {
    let mut d = specification.model().trap(trap);
    d.message = format!("a step of {} has no value: {}", specification.model().program().name, d.message);
    Stop::Diagnostics(vec![d])
}

/// Where the runs of the system begin.
enum Begins {
    There,
    /// In a state that is none of the specification's, or stands for none.
    Elsewhere(Box<Verdict>),
}

fn begins(model: &Model, specification: &Specification, context: &Context<'_>) -> Result<Begins, Stop> {
    const ASKED: u64 = 1 << 12;
    let (mut scratch, mut judge) = (model.scratch(), model.scratch());
    let (mut elsewhere, mut failed, mut seen, mut found) = (None, None, 0u64, Ok(()));
    model.initial(&mut scratch, &mut |result| {
        seen += 1;
        // An initial value that has none is told by the exploration.
        let Ok(state) = result else { return true };
        let mut value = Vec::new();
        if let Err(trap) = model.value(&mut judge, 0, state, &mut value) {
            failed = Some((trap, state.to_vec()));
            return false;
        }
        match specification.begins(&value) {
            Ok(true) => {}
            Ok(false) => elsewhere = Some((state.to_vec(), value)),
            Err(trap) => found = Err(no_value(specification, trap)),
        }
        if seen.is_multiple_of(ASKED) && context.host.cancelled() {
            found = Err(Stop::Interrupted);
        }
        elsewhere.is_none() && found.is_ok()
    });
    found?;
    if let Some((trap, state)) = failed {
        let d = model.trap(trap);
        let (why, help, code, span) = (d.message, d.help, d.code.to_string(), d.span);
        let trace = Some(Box::new(beginning(model, &state)));
        return Ok(Begins::Elsewhere(Box::new(Verdict::Failed { why, help, code, span, trace })));
    }
    let Some((state, value)) = elsewhere else { return Ok(Begins::There) };
    let name = &specification.model().program().name;
    let shown = specification.model().decode_state(&value).into_iter().filter(|v| !v.hidden);
    let told: Vec<String> = shown.map(|v| format!("{} = {}", v.path, v.value)).collect();
    let trace = beginning(model, &state);
    let why = format!("{name} does not begin with {}", told.join(", "));
    Ok(Begins::Elsewhere(Box::new(Verdict::Violated { why, kind: None, trace: Box::new(trace) })))
}

/// A run of no steps.
fn beginning(model: &Model, state: &[u64]) -> Trace {
    let (init, last) = (plain(model, state), plain(model, state));
    Trace { lanes: model.lanes(), init, last, ..Trace::default() }
}

fn plain(model: &Model, state: &[u64]) -> Vec<(String, crate::value::Value)> {
    model.decode_state(state).into_iter().filter(|v| !v.hidden).map(|v| (v.path, v.value)).collect()
}

fn asked(definitions: &Definitions, command: Command<'_>, host: &dyn Host) -> Result<Asked, Vec<Diagnostic>> {
    let mut program = sound(definitions, command.target)?;
    let wanted = sound(definitions, command.specification)?;
    let name = wanted.name.clone();
    let is_map = |option: &&CheckOption| matches!(option.kind, CheckOptionKind::Map(_));
    let (maps, rest): (Vec<&CheckOption>, Vec<&CheckOption>) = command.options.iter().partition(is_map);
    let rest: Vec<CheckOption> = rest.into_iter().cloned().collect();
    let setup = setup_beside(&mut program, &rest, host, Some(&name))?;
    setup.without_profile().and_then(|()| setup.without_answer())?;
    let options =
        BuildOptions { symmetry_off: true, execution: setup.build.execution, ..BuildOptions::default() };
    let model = Model::build(&wanted, Vec::new(), &options)?;
    let (specification, variables) = Specification::new(model).map_err(|what| {
        let words = format!("{name} has {what}, which no specification has");
        let d = Diagnostic::error(codes::SPECIFICATION, command.specification.span, words);
        vec![d.help("say what is to be done with plain variables: each step at once")]
    })?;
    let maps = maps.into_iter().filter_map(|option| match &option.kind {
        CheckOptionKind::Map(mapped) => Some((mapped, option.span)),
        _ => None,
    });
    let mut mapper = Mapper {
        program: &mut program,
        wanted: &wanted,
        maps: maps.collect(),
        span: command.specification.span,
        errors: Vec::new(),
    };
    mapper.known(&variables);
    let values: Vec<Option<Expr>> = variables.iter().map(|variable| mapper.value(variable)).collect();
    let mut errors = mapper.errors;
    errors.dedup_by(|a, b| (a.span, &a.message) == (b.span, &b.message));
    match values.into_iter().collect::<Option<Vec<Expr>>>() {
        Some(values) if errors.is_empty() => Ok(Asked { program, specification, values, setup }),
        _ => Err(errors),
    }
}

fn sound(definitions: &Definitions, target: &Target) -> Result<Program, Vec<Diagnostic>> {
    let (program, found) = analysis::analyse(definitions, target);
    let errors: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
    match program {
        Some(program) if errors.is_empty() => Ok(program),
        _ => Err(errors),
    }
}

/// Finds what stands for each variable.
struct Mapper<'m> {
    program: &'m mut Program,
    wanted: &'m Program,
    maps: Vec<(&'m Mapped, Span)>,
    /// Of the specification's name in the command.
    span: Span,
    errors: Vec<Diagnostic>,
}

impl Mapper<'_> {
    /// Every `map` is of a variable, and each variable has one.
    fn known(&mut self, variables: &[Wanted]) {
        for (at, (mapped, span)) in self.maps.iter().enumerate() {
            let same = |variable: &Wanted| self.is_of(mapped, variable);
            if !variables.iter().any(same) {
                let shown = |v: &Wanted| match v.node {
                    Some((kind, _)) => {
                        format!("x.{} for x in {}", v.name, self.wanted.nodes[kind as usize].name)
                    }
                    None => v.name.clone(),
                };
                // Of each node of a kind once.
                let mut all: Vec<String> = Vec::new();
                for name in variables.iter().map(shown) {
                    if !all.contains(&name) {
                        all.push(name);
                    }
                }
                let words = format!("{} has no such variable `{}`", self.wanted.name, mapped.variable.text);
                let d = Diagnostic::error(codes::MAPPED, mapped.variable.span, words);
                let names = variables.iter().filter(|v| v.node.is_none()).map(|v| v.name.as_str());
                let help = format!("it has {}", all.join(", "));
                self.errors.push(d.meant_among(&mapped.variable.text, names, help));
            }
            let before = self.maps[..at].iter().find(|(other, _)| {
                let kind = |m: &Mapped| m.node.as_ref().map(|node| node.kind.text.clone());
                other.variable.text == mapped.variable.text && kind(other) == kind(mapped)
            });
            if let Some((_, first)) = before {
                let words = format!("what `{}` is is said twice", mapped.variable.text);
                let d = Diagnostic::error(codes::MAPPED, *span, words);
                self.errors.push(d.related(*first, "here first").help("leave one of them out"));
            }
            if let Some(node) = mapped.node.as_ref().filter(|node| node.written.text != node.name.text) {
                let words = format!("expected `{}`, found `{}`", node.name.text, node.written.text);
                self.errors.push(
                    Diagnostic::error(codes::MAPPED, node.written.span, words).write(node.name.text.clone()),
                );
            }
        }
    }

    fn is_of(&self, mapped: &Mapped, variable: &Wanted) -> bool {
        let kind = variable.node.map(|(kind, _)| self.wanted.nodes[kind as usize].name.as_str());
        mapped.variable.text == variable.name
            && mapped.node.as_ref().map(|node| node.kind.text.as_str()) == kind
    }

    /// What stands for a variable; `None`: reported.
    fn value(&mut self, variable: &Wanted) -> Option<Expr> {
        let given =
            self.maps.iter().find(|(mapped, _)| self.is_of(mapped, variable)).map(|(m, span)| (*m, *span));
        let span = given.map_or(self.span, |(mapped, _)| mapped.value.span);
        let ty = match translated(self.program, self.wanted, variable.ty) {
            Ok(ty) => ty,
            Err(why) => {
                let words = format!("nothing of {} can be `{}`: {why}", self.program.name, variable.name);
                self.errors.push(Diagnostic::error(codes::MAPPED, span, words));
                return None;
            }
        };
        let name = |text: &str| tree::Name { text: text.to_string(), span };
        let expr = |kind, depth| tree::Expr { kind, span, depth };
        let Some((kind, member)) = variable.node else {
            let by_name = expr(tree::ExprKind::Name(variable.name.clone()), 1);
            let e = given.map_or(by_name, |(mapped, _)| mapped.value.clone());
            return self.typed((&e, ty), None, (variable, given.is_some())).map(|(value, _)| value);
        };
        let node = self.same_kind(kind, span)?;
        let by_name = tree::ExprKind::Field(
            Box::new(expr(tree::ExprKind::Name("x".to_string()), 1)),
            name(&variable.name),
        );
        let (e, at) = match given.and_then(|(mapped, _)| Some((mapped, mapped.node.as_ref()?))) {
            Some((mapped, node)) => (mapped.value.clone(), node.name.clone()),
            None => (expr(by_name, 2), name("x")),
        };
        let (value, local) = self.typed((&e, ty), Some((&at, node)), (variable, given.is_some()))?;
        let of = self.program.types.intern(Type::Node(node));
        let here = Expr { kind: crate::analysis::program::ExprKind::Member(member), ty: of, span };
        Some(local.map_or(value.clone(), |local| value.with_local(local, &here)))
    }

    fn typed(
        &mut self,
        e: (&tree::Expr, TypeId),
        node: Option<(&tree::Name, NodeId)>,
        (variable, given): (&Wanted, bool),
    ) -> Option<(Expr, Option<LocalId>)> {
        let (value, found) = analysis::mapped(self.program, e, node);
        if value.is_none() && !given {
            let of = node.map_or(String::new(), |(_, kind)| {
                format!(" for x in {}", self.program.nodes[kind.index()].name)
            });
            let at = if node.is_some() { "x." } else { "" };
            let words = format!(
                "`{}` of {} stands for nothing in {}",
                variable.name, self.wanted.name, self.program.name
            );
            let d = Diagnostic::error(codes::MAPPED, self.span, words);
            self.errors.push(d.help(format!("say what it is: `map {at}{} = EXPR{of}`", variable.name)));
            return None;
        }
        self.errors.extend(found.into_iter().filter(Diagnostic::is_error));
        value
    }

    /// The kind of node with the same name and as many nodes.
    fn same_kind(&mut self, kind: u32, span: Span) -> Option<NodeId> {
        match node_kind(self.program, self.wanted, NodeId(kind)) {
            Ok(node) => Some(node),
            Err(why) => {
                let node = &self.wanted.nodes[kind as usize];
                let count = if node.count == 1 { String::new() } else { format!("[{}]", node.count) };
                let help = format!(
                    "{} is about what they know and do: write `node {}{count} {{ … }}`",
                    self.wanted.name, node.name
                );
                self.errors.push(Diagnostic::error(codes::MAPPED, span, why).help(help));
                None
            }
        }
    }
}

fn node_kind(program: &Program, wanted: &Program, kind: NodeId) -> Result<NodeId, String> {
    let node = &wanted.nodes[kind.index()];
    let same = program.nodes.iter().position(|known| known.name == node.name && known.count == node.count);
    let why = || format!("{} has no kind of node {} with {} nodes", program.name, node.name, node.count);
    same.map(|at| NodeId(at as u32)).ok_or_else(why)
}

/// The type of another program with the same values. Errors: there is none, in words.
fn translated(program: &mut Program, wanted: &Program, ty: TypeId) -> Result<TypeId, String> {
    let kind = match wanted.types.get(ty).clone() {
        Type::Bool => Type::Bool,
        Type::Error => Type::Error,
        Type::Int { lo, hi } => Type::Int { lo, hi },
        Type::Node(kind) => Type::Node(node_kind(program, wanted, kind)?),
        Type::Enum(id) => {
            let known = &wanted.enums[id.index()];
            let same =
                |e: &crate::analysis::program::Enum| e.name == known.name && e.variants == known.variants;
            let at = program.enums.iter().position(same);
            let why = || format!("it has no enum {} with the same values", known.name);
            Type::Enum(crate::analysis::program::EnumId(at.ok_or_else(why)? as u32))
        }
        Type::Record(id) => {
            let known = &wanted.records[id.index()];
            let mut fields = Vec::new();
            for (name, ty) in &known.fields {
                fields.push((name.clone(), translated(program, wanted, *ty)?));
            }
            let same = |r: &crate::analysis::program::Record| r.name == known.name && r.fields == fields;
            let at = program.records.iter().position(same);
            let why = || format!("it has no record {} with the same fields", known.name);
            Type::Record(crate::analysis::program::RecordId(at.ok_or_else(why)? as u32))
        }
        Type::Option(inner) => Type::Option(translated(program, wanted, inner)?),
        Type::Set(element) => Type::Set(translated(program, wanted, element)?),
        Type::List { element, max } => Type::List { element: translated(program, wanted, element)?, max },
        Type::Bag { element, max } => Type::Bag { element: translated(program, wanted, element)?, max },
        Type::Map { key, value } => {
            Type::Map { key: translated(program, wanted, key)?, value: translated(program, wanted, value)? }
        }
    };
    Ok(program.types.intern(kind))
}
