//! A definition, a step or a whole system beside Rust: what it comes to on every input, or on many of them.
//!
//! Enters: a name, its system. Leaves: the text of a crate that compares a function or a type with it, or why there is
//! none; of a run on which code differs, its report.

mod asked;
mod behaviour;

pub use asked::conforms;

use super::check::options::{self, subject};
use super::command::Nobody;
use super::trace::trace;
use super::{Failure, Output, Session};
use crate::analysis;
use crate::analysis::program::{Action, DefId, ExprKind, Program, TypeId};
use crate::analysis::walk::Mentions;
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::engine::machine::{Machine, Word};
use crate::export::rust::{
    Call, Case, Domain, Flat, Replayed, Subject, comparing, made_once, replayed, replaying, variables,
};
use crate::model::{BuildOptions, Model};
use crate::report::conform::ConformReport;
use crate::report::{Broken, Change, Report, Sent, Trace};
use crate::span::{SourceId, Sources, Span};
use crate::syntax;
use crate::syntax::tree::{CommandKind, Item};
use crate::value::Value;
use asked::Asked;
use behaviour::Behaviour;
use std::collections::HashMap;
use std::ops::Range;

/// So many inputs are looked at; of more, so many: small ones, ends, and such as are spread over all.
const INPUTS: u64 = 20_000;
/// Inputs that are spread: the golden ratio leaves the most even gaps, whatever the number.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
/// A program takes so many expressions before it is copied anew: each leaves something in it.
const FRESH: usize = 500;
/// A step is tried in so many states; where there are more, in those of runs at random besides.
const STATES: usize = 5_000;
/// A system whose states are no more is taken through every step.
const SMALL: usize = 2_000;
/// Runs at random, and their steps.
const WALKS: (u64, usize) = (200, 60);

/// Why there is no comparison.
#[derive(Debug)]
pub enum Refused {
    /// What is wrong with the cell.
    Placed(Box<Failure>),
    /// There is nothing to be compared: why, in words.
    Nothing(String),
    /// It was stopped.
    Interrupted,
}

/// What came of a comparison, in words.
#[derive(Debug)]
pub enum Told {
    /// The code does what the mapping does.
    Same(String),
    /// It does something else; of a system, with the run on which it does.
    Differs(Option<Box<Output>>, String),
}

/// A comparison that is ready to be compiled.
pub struct Comparison {
    /// The text of `lib.rs` of the crate `reconverge_conform`.
    pub text: String,
    /// The Rust that calls it.
    pub call: Call,
    /// The path of the code, as it is written in the cell, and where it stands there.
    pub code: String,
    /// In bytes.
    pub place: Range<usize>,
    behaviour: Option<Box<Behaviour>>,
    build: BuildOptions,
}

/// Errors of parts: in words, with nothing to compare; or with their places.
enum Stop {
    Words(String),
    Found(Vec<Diagnostic>),
    Interrupted,
}

impl From<String> for Stop {
    fn from(words: String) -> Stop {
        Stop::Words(words)
    }
}

impl From<&str> for Stop {
    fn from(words: &str) -> Stop {
        Stop::Words(words.to_string())
    }
}

impl Session {
    /// What compares code with what a cell that [`conforms`] asks for: a definition, a step or a whole system. It stops where
    /// `cancelled`. The system is from then on, for Rust, as it is named there.
    ///
    /// # Errors
    /// What is wrong with the cell, what is not there or cannot be compared.
    pub fn conform(
        &mut self,
        cell: &str,
        code: &str,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Comparison, Refused> {
        let mut sources = self.sources.clone();
        let source = sources.add(cell, code);
        self.compares(source, code, cancelled).map_err(|stop| match stop {
            Stop::Words(words) => Refused::Nothing(words),
            Stop::Found(diagnostics) => Refused::Placed(Box::new(Failure { diagnostics, sources })),
            Stop::Interrupted => Refused::Interrupted,
        })
    }

    fn compares(
        &mut self,
        source: SourceId,
        code: &str,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Comparison, Stop> {
        let asked = Asked::of(source, code).map_err(Stop::Found)?;
        let (target, options) = asked.target(source).map_err(Stop::Found)?;
        let (program, found) = analysis::analyse(&self.definitions, &target);
        let mut program = program.ok_or(Stop::Found(found))?;
        let setup = options::setup(&mut program, &options, &Nobody).map_err(Stop::Found)?;
        setup.only_draws().map_err(Stop::Found)?;
        let build = BuildOptions { symmetry_off: true, ..setup.build };
        let name = asked.name();
        let ((text, call), behaviour) = match name.map(|name| (name, definition(&program, name))) {
            None => {
                let (text, behaviour) = system(&program, &build, asked.code(), cancelled)?;
                (text, Some(Box::new(behaviour)))
            }
            Some((name, Some(def))) => {
                if !options.is_empty() {
                    return Err(format!("`{name}` is a definition: nothing can go wrong in it").into());
                }
                let (subject, cases, whole) = table(&program, def, cancelled)?;
                (comparing(&program, &subject, (&cases, &whole), asked.code()), None)
            }
            Some((name, None)) => (steps(&program, &build, name, (&asked, source), cancelled)?, None),
        };
        self.named.insert(target.name.text.clone(), target);
        let (code, place) = (asked.code().to_string(), asked.code_place());
        Ok(Comparison { text, call, code, place, behaviour, build })
    }
}

/// What is wrong with a cell that [`conforms`] where nothing runs Rust.
pub(super) fn elsewhere(source: SourceId, code: &str) -> Vec<Diagnostic> {
    let asked = match Asked::of(source, code) {
        Ok(asked) => asked,
        Err(found) => return found,
    };
    let Range { start, end } = asked.code_place();
    let message = "a function in Rust is compared by the kernel of a notebook alone";
    let d = Diagnostic::error(codes::RUST, Span::new(source, start, end), message);
    vec![d.help("open the notebook in Jupyter, where the function stands in a cell in Rust")]
}

fn words(found: &[Diagnostic]) -> String {
    let error = found.iter().find(|d| d.is_error());
    let help = |d: &Diagnostic| d.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
    error.map_or("the system has no program".to_string(), |d| format!("{}{}", d.message, help(d)))
}

fn definition(program: &Program, name: &str) -> Option<DefId> {
    if let Some(at) = program.defs.iter().position(|def| def.name == name) {
        return Some(DefId(at as u32));
    }
    program.resolutions.iter().find(|r| r.header.name == name)?.merge
}

/// Nothing has this name, which stands there.
fn nothing(program: &Program, name: &str, span: Span) -> Stop {
    let defs = program.defs.iter().map(|def| def.name.as_str());
    let mut names: Vec<&str> = defs.chain(program.actions.iter().map(|a| a.name.as_str())).collect();
    names.dedup();
    let all = names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    let all = if all.is_empty() { "it has none".to_string() } else { format!("there are {all}") };
    let message = format!("no definition or step `{name}` in {}", program.name);
    let d = Diagnostic::error(codes::CONFORMS, span, message);
    Stop::Found(vec![d.meant_among(name, names, all)])
}

/// The text of the crate for a step: every input in the states that are reached, or in many of them.
fn steps(
    program: &Program,
    build: &BuildOptions,
    name: &str,
    (asked, source): (&Asked, SourceId),
    cancelled: &dyn Fn() -> bool,
) -> Result<(String, Call), Stop> {
    let actions: Vec<&Action> = program.actions.iter().filter(|a| a.name == name).collect();
    if actions.is_empty() {
        return Err(nothing(program, name, asked.place(source)));
    }
    let beside = beside(program, name, &actions)?;
    let mut behaviour = Behaviour::new(program, build).map_err(|found| words(&found))?;
    behaviour.explore(STATES, cancelled)?;
    let known = behaviour.graph.states.len();
    if !behaviour.graph.whole {
        behaviour.walk(WALKS.0, WALKS.1, cancelled)?;
    }
    let Some(number) = behaviour.methods.iter().position(|method| method.name == name) else {
        return Err(nothing(program, name, asked.place(source)));
    };
    let graph = &behaviour.graph;
    let (mut cases, mut places): (Vec<Case>, HashMap<Vec<i64>, usize>) = (Vec::new(), HashMap::new());
    for (state, steps) in graph.steps.iter().enumerate() {
        for step in steps.iter().filter(|step| graph.calls[step.call].0 == Some(number)) {
            let given = [&graph.states[state][..], &graph.calls[step.call].1].concat();
            let at = *places.entry(given.clone()).or_insert(cases.len());
            if at == cases.len() {
                cases.push(Case { given, wanted: Vec::new() });
            }
            for (to, sent) in &step.to {
                let one = [&graph.states[*to][..], sent].concat();
                if !cases[at].wanted.contains(&one) {
                    cases[at].wanted.push(one);
                }
            }
        }
    }
    if cases.is_empty() && name.starts_with("on restart") {
        return Err(format!("`{name}` is a part of the step `restart`: `conform system` compares it").into());
    }
    if cases.is_empty() {
        return Err(format!("`{name}` cannot happen in any of {known} states: nothing is compared").into());
    }
    let whole = match graph.whole {
        true if cases.len() == 1 => format!("the one input that it has in {known} states{beside}"),
        true => format!("all {} inputs in {known} states{beside}", cases.len()),
        false => format!(
            "{} inputs, in the first {} states and on {} runs at random{beside}",
            cases.len(),
            graph.explored,
            graph.walks.len()
        ),
    };
    let method = behaviour.methods[number].clone();
    Ok(comparing(&behaviour.program, &Subject::Step(method), (&cases, &whole), asked.code()))
}

/// The clocks that an action sets, and whether it does something else.
fn clocks_set(program: &Program, action: &Action) -> (Vec<String>, bool) {
    let written = Mentions::written(&action.body);
    let states = written.states.iter().map(|id| &program.states[id.index()]).map(|s| (&s.name, s.time));
    let fields = written.node_fields.iter().map(|id| &program.node_fields[id.index()]);
    let all: Vec<_> = states.chain(fields.map(|f| (&f.name, f.time))).collect();
    let others = !written.messages.is_empty() || all.iter().any(|(_, time)| time.is_none());
    (all.into_iter().filter(|(_, time)| time.is_some()).map(|(name, _)| name.clone()).collect(), others)
}

/// What is not compared of a step, in words. Error: all of it, or what it does depends on that.
fn beside(program: &Program, name: &str, actions: &[&Action]) -> Result<String, String> {
    let (mut clocks, mut is_seen) = (Vec::new(), false);
    for action in actions {
        if let Some(what) = unseen(program, action) {
            return Err(format!("`{name}` reads {what}, which is not in `State`"));
        }
        let (set, others) = clocks_set(program, action);
        is_seen |= others;
        clocks.extend(set.into_iter().map(|clock| format!("`{clock}`")));
    }
    clocks.dedup();
    let clocks = clocks.join(", ");
    match (clocks.is_empty(), is_seen) {
        (true, _) => Ok(String::new()),
        (false, true) => Ok(format!("; not {clocks}, which is not in `State`")),
        (false, false) => Err(format!("`{name}` sets {clocks} alone, which is not in `State`")),
    }
}

/// What an action reads that is in no `State`.
fn unseen(program: &Program, action: &Action) -> Option<String> {
    let (mut reads, mut observed) = (Mentions::default(), false);
    for stmt in &action.body {
        stmt.walk(&mut |stmt| {
            stmt.parts(&mut |e| {
                reads.read(program, e);
                e.walk(&mut |part| observed |= matches!(part.kind, ExprKind::Observed { .. }));
            });
        });
    }
    let state = reads.states.iter().map(|id| &program.states[id.index()]);
    let state = state.filter(|s| s.time.is_some()).map(|s| format!("`{}`", s.name)).next();
    let field = reads.node_fields.iter().map(|id| &program.node_fields[id.index()]);
    let field = field.filter(|f| f.time.is_some()).map(|f| format!("`{}`", f.name)).next();
    let around = reads.surroundings.then(|| "who is up or what is under way".to_string());
    let observed = observed.then(|| "what its reconciler has observed".to_string());
    state.or(field).or(around).or(observed)
}

/// Everything that a system does, as code can be compared with it.
fn system(
    program: &Program,
    build: &BuildOptions,
    code: &str,
    cancelled: &dyn Fn() -> bool,
) -> Result<((String, Call), Behaviour), Stop> {
    let mut behaviour = Behaviour::new(program, build).map_err(|found| words(&found))?;
    behaviour.explore(SMALL, cancelled)?;
    behaviour.walk(WALKS.0, WALKS.1, cancelled)?;
    let written = replaying(&behaviour.program, &behaviour.methods, &behaviour.graph, code);
    Ok((written, behaviour))
}

impl Comparison {
    /// What the comparison told; `None`: it is not understood.
    pub fn told(&self, told: &str, sources: &Sources) -> Option<Told> {
        if let Some(words) = told.strip_prefix("same ") {
            return Some(Told::Same(words.to_string()));
        }
        let Some(behaviour) = self.behaviour.as_ref() else {
            return Some(Told::Differs(None, told.strip_prefix("words ")?.to_string()));
        };
        let found = replayed(&behaviour.program, told)?;
        if found.states.is_empty() {
            return Some(Told::Differs(None, found.words));
        }
        let path = behaviour.path(&found.states, &found.calls)?;
        let mut model = trace(&behaviour.model, &path);
        let now: HashMap<String, Value> = values(&behaviour.model, path.last());
        let mut differing = Vec::new();
        // Ghosts are not compared.
        let all = variables(&behaviour.program);
        let ghost = |name: &str| all.iter().any(|v| v.ghost && v.path == name);
        for (name, shown) in found.shown.iter().filter(|(name, _)| !ghost(name)) {
            let right = now.get(name).filter(|right| *right != shown);
            differing.extend(right.map(|right| (name.clone(), right.clone(), shown.clone())));
        }
        let before = path.steps.len().checked_sub(1).map(|last| values(&behaviour.model, path.before(last)));
        let mut shown = taken(behaviour, &model, &found, before.as_ref());
        let (why, cell) = found.words.split_once("; as a cell:\n").unwrap_or((&found.words, ""));
        let step = model.steps.len().checked_sub(1);
        let what = why.split(", in step ").next().unwrap_or(why);
        let of = |values: Vec<(String, Value)>| Some(Broken { step, expression: what.to_string(), values });
        model.broken = of(differing.iter().map(|(name, right, _)| (name.clone(), right.clone())).collect());
        shown.broken = of(differing.iter().map(|(name, _, shown)| (name.clone(), shown.clone())).collect());
        let report = ConformReport {
            subject: subject(&behaviour.program, &self.build),
            code: self.code.clone(),
            why: why.to_string(),
            cell: cell.to_string(),
            model,
            shown,
            differing,
        };
        let report = Report::Conform(Box::new(report));
        let output = Output { report, sources: sources.clone(), command: None, is_result: false };
        Some(Told::Differs(Some(Box::new(output)), found.words))
    }
}

fn values(model: &Model, state: &[Word]) -> HashMap<String, Value> {
    model.decode_state(state).into_iter().map(|v| (v.path, v.value)).collect()
}

/// The run as the code takes it: as the model, but for its end.
fn taken(
    behaviour: &Behaviour,
    model: &Trace,
    found: &Replayed,
    before: Option<&HashMap<String, Value>>,
) -> Trace {
    let mut run = model.clone();
    (run.onward, run.possible) = (Vec::new(), Vec::new());
    let after: HashMap<&str, &Value> =
        found.shown.iter().map(|(name, value)| (name.as_str(), value)).collect();
    let list = if before.is_some() { &mut run.last } else { &mut run.init };
    for (name, value) in list.iter_mut() {
        if let Some(shown) = after.get(name.as_str()) {
            *value = (*shown).clone();
        }
    }
    let Some((before, last)) = before.zip(run.steps.last_mut()) else { return run };
    let all = variables(&behaviour.program);
    let known = |path: &str| {
        all.iter().any(|v| path == v.path || path.strip_prefix(&v.path).is_some_and(|p| p.starts_with('.')))
    };
    last.changes.retain(|change| !known(&change.path) && !found.shown.is_empty());
    for (name, shown) in &found.shown {
        let lane = run.lanes.iter().position(|lane| name.split('.').next() == Some(lane));
        if let Some(old) = before.get(name).filter(|old| *old != shown) {
            let (path, before, after) = (name.clone(), old.clone(), shown.clone());
            last.changes.push(Change { path, lane, before, after });
        }
    }
    let from = last.lane;
    last.sent =
        found.sent.iter().map(|(message, to)| Sent { message: message.clone(), from, to: *to }).collect();
    run
}

/// Inputs of a definition with its values, and which they are.
fn table(
    program: &Program,
    id: DefId,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Subject, Vec<Case>, String), Stop> {
    let def = &program.defs[id.index()];
    let reads = Mentions::of(program, &def.body);
    if !reads.states.is_empty() || !reads.node_fields.is_empty() || reads.surroundings || reads.old {
        return Err(format!(
            "`{}` reads the state: what is compared depends on its parameters alone",
            def.name
        )
        .into());
    }
    let types: Vec<TypeId> = def.params.iter().map(|local| program.locals[local.index()].ty).collect();
    let (domain, flat) = (Domain::new(program), Flat::new(program));
    let sizes: Option<Vec<u64>> = types.iter().map(|ty| domain.size(*ty)).collect();
    let all = sizes.and_then(|sizes| sizes.into_iter().try_fold(1u64, u64::checked_mul));
    let Some(all) = all.filter(|all| *all > 0) else {
        return Err(format!(
            "`{}` has bags, or more values than can be counted, among its parameters",
            def.name
        )
        .into());
    };
    let inputs: Vec<u64> = if all <= INPUTS { (0..all).collect() } else { chosen(domain, &types, all) };
    let mut evaluator = Evaluator::new(program)?;
    let (mut cases, mut passed) = (Vec::new(), vec![Repeated::default(); types.len()]);
    for input in &inputs {
        if cancelled() {
            return Err(Stop::Interrupted);
        }
        let values = arguments(domain, &types, *input).ok_or("a type has no value")?;
        let mut given = Vec::new();
        for ((ty, value), passed) in types.iter().zip(&values).zip(&mut passed) {
            let mut row = Vec::new();
            flat.put(*ty, value, &mut row).ok_or("a type has no value")?;
            if made_once(program, *ty) {
                row = vec![passed.number(row) as i64];
            }
            given.extend(row);
        }
        let mut wanted = Vec::new();
        if let Some(value) = evaluator.value(&def.name, &values)? {
            let mut row = Vec::new();
            flat.put(def.ty, &value, &mut row).ok_or("a value is none of its type")?;
            wanted.push(row);
        }
        cases.push(Case { given, wanted });
    }
    let whole = match inputs.len() as u64 == all {
        true if all == 1 => "the one input that it has".to_string(),
        true => format!("all {all} inputs"),
        false => format!(
            "{} of {all} inputs, small ones, ends and such as are spread over all of them",
            inputs.len()
        ),
    };
    Ok((Subject::Definition(id, passed.into_iter().map(|passed| passed.all).collect()), cases, whole))
}

/// Values of one parameter: how often each is passed, and its row.
#[derive(Default, Clone)]
struct Repeated {
    all: Vec<(usize, Vec<i64>)>,
    numbers: HashMap<Vec<i64>, usize>,
}

impl Repeated {
    /// Of a row that is passed once more.
    fn number(&mut self, row: Vec<i64>) -> usize {
        let number = *self.numbers.entry(row.clone()).or_insert(self.all.len());
        if number == self.all.len() {
            self.all.push((0, row));
        }
        self.all[number].0 += 1;
        number
    }
}

/// Numbers of inputs, each once, in ascending order: those where mistakes are, and some that are spread over all.
fn chosen(domain: Domain<'_>, types: &[TypeId], all: u64) -> Vec<u64> {
    let mut notable: Vec<(Vec<u64>, u64)> =
        types.iter().map(|ty| (domain.notable(*ty), domain.size(*ty).unwrap_or(1))).collect();
    let count = |notable: &[(Vec<u64>, u64)]| {
        notable.iter().try_fold(1usize, |count, (list, _)| count.checked_mul(list.len()))
    };
    // Of the longest list every second one goes, until all can be combined.
    while count(&notable).is_none_or(|count| count as u64 > INPUTS / 2) {
        let Some((list, _)) = notable.iter_mut().max_by_key(|(list, _)| list.len()) else { break };
        let last = list.last().copied();
        *list = list.iter().copied().step_by(2).collect();
        if let (Some(end), Some(last), true) = (list.len().checked_sub(1), last, list.len() > 1) {
            list[end] = last;
        }
    }
    let mut found = vec![0u64];
    for (list, size) in notable.iter().rev() {
        found = found.iter().flat_map(|high| list.iter().map(move |low| high * size + low)).collect();
    }
    let at = |i: u64| ((i as f64 * GOLDEN).fract() * all as f64) as u64;
    let rest = INPUTS - found.len() as u64;
    found.extend((0..rest).map(|i| at(i).min(all - 1)));
    found.sort_unstable();
    found.dedup();
    found
}

fn arguments(domain: Domain<'_>, types: &[TypeId], mut number: u64) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for ty in types {
        let size = domain.size(*ty)?;
        values.push(domain.value(*ty, number % size)?);
        number /= size;
    }
    Some(values)
}

/// What calls come to, in the first initial state, of which they read nothing.
struct Evaluator<'p> {
    plain: &'p Program,
    program: Program,
    used: usize,
    model: Model,
    state: Vec<Word>,
}

impl<'p> Evaluator<'p> {
    fn new(program: &'p Program) -> Result<Evaluator<'p>, String> {
        let model =
            Model::build(program, Vec::new(), &BuildOptions::default()).map_err(|found| words(&found))?;
        let mut state = None;
        model.initial(&mut model.scratch(), &mut |first| {
            state = first.ok().map(<[Word]>::to_vec);
            false
        });
        let state = state.ok_or_else(|| format!("{} has no initial state", program.name))?;
        Ok(Evaluator { plain: program, program: program.clone(), used: 0, model, state })
    }

    /// `None`: it has no value there.
    fn value(&mut self, name: &str, values: &[Value]) -> Result<Option<Value>, String> {
        self.used += 1;
        if self.used.is_multiple_of(FRESH) {
            self.program = self.plain.clone();
        }
        let values = values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
        let text = format!("{name}({values})");
        let (cell, _) = syntax::parse(SourceId::default(), &text);
        let Some(Item::Command(command)) = cell.items.into_iter().next() else {
            return Err(format!("`{text}` is no expression"));
        };
        let CommandKind::Expression(e) = command.kind else {
            return Err(format!("`{text}` is no expression"));
        };
        let (typed, found) = analysis::expression(&mut self.program, &e);
        let typed = typed.ok_or_else(|| words(&found))?;
        let compiled = self.model.compile_expr(&self.program, &typed).map_err(|d| d.message.clone())?;
        Ok(self.model.eval(&self.program, &compiled, None, &self.state).ok())
    }
}
