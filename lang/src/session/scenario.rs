//! `scenario "title" on SYSTEM { … }`: a scripted run, in every way that the script leaves open.
//!
//! Enters: a program and the lines of the script. Leaves: for each line how many ways pass it and fail it, with the
//! values that decide, and the run of the first way that fails (else of the first).
//!
//! A way is one run. A line that means several steps (a delivery that is not said to be from whom, a `choose`, a `run`)
//! makes a way of each. A way on which an expectation is not met goes on, so that every line is shown; one on which a step
//! is not possible ends there. Faults happen where a line says so and nowhere else, and need no budget; `run` takes every
//! fair step (restarts and heals are fair), or those that it names.

use super::because::because;
use super::check::options::subject;
use super::trace::{text, told_at, trace, trapped};
use super::{Context, Run, Stop};
use crate::analysis::program::{Expr, Header, Program};
use crate::concepts::ConceptKind;
use crate::diag::Diagnostic;
use crate::engine::machine::{Judged, Machine, Step, StepClass, Strength, Trap, Word};
use crate::engine::{Path, Trapped};
use crate::model::{BuildOptions, Model};
use crate::obligations::property::Property;
use crate::obligations::{self, Wanted, Watch};
use crate::report::question::Answer;
use crate::report::{Broken, LineOutcome, LineResult, ScenarioReport, Trace};
use crate::span::Sources;
use crate::syntax::tree::{Line, LineKind, StepIs, Text};
use crate::value::Value;
use looked::Looked;
use plan::{Pattern, Plan};
use runs::Next;
use std::sync::Arc;
use steps::{NoValue, Reason, World};
use ways::{Front, Parent, Way, WayId, Ways};

pub(in crate::session) mod clauses;
mod looked;
pub(in crate::session) mod plan;
mod runs;
pub(in crate::session) mod steps;
mod verdicts;
mod ways;

/// No more ways than this are kept at one line.
const MOST_WAYS: usize = 50_000;
/// No more steps than this are tried at one line.
const MOST_STEPS: usize = 500_000;
/// No more states than this are visited in one `run`.
const MOST_STATES: usize = 200_000;

/// What becomes of the lines.
struct Planned {
    /// What lines may ask about.
    properties: Vec<Property>,
    /// What each line does.
    plans: Vec<Plan>,
    found: Vec<Diagnostic>,
}

fn planned(program: &mut Program, lines: &[Line]) -> Planned {
    // Properties of whole runs are for checks.
    let wanted = Wanted { watch: Watch::OneRun, ..Wanted::default() };
    let mut whole = program.clone();
    let asks = |line: &Line| matches!(line.kind, LineKind::ExpectVerdict(_));
    let all = if lines.iter().any(asks) { obligations::obligations(&mut whole) } else { Vec::new() };
    let properties = obligations::wanted(program, wanted);
    let (plans, found) = plan::plans(program, &properties, &all, lines);
    Planned { properties, plans, found }
}

/// What is wrong with the lines, without playing them.
pub fn problems(program: &mut Program, lines: &[Line]) -> Vec<Diagnostic> {
    planned(program, lines).found
}

/// Plays the script.
pub fn scenario(
    program: &Program,
    title: &Text,
    lines: &[Line],
    context: &mut Context<'_>,
) -> Result<ScenarioReport, Stop> {
    let mut program = program.clone();
    let Planned { properties, plans, found } = planned(&mut program, lines);
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Diagnostic::is_error);
    if !errors.is_empty() {
        return Err(Stop::Diagnostics(errors));
    }
    context.warnings.extend(warnings);
    let judged = judged(&plans);
    // Only what is expected to hold has to say something.
    let asks =
        plans.iter().any(|plan| matches!(plan, Plan::Verdict { violated: false, .. } | Plan::Asked { .. }));
    let keep = if asks { looked::probed } else { unprobed };
    let kept: Vec<Property> = judged.iter().map(|i| keep(&properties[*i as usize])).collect();
    let from_any_state = lines.iter().any(|line| matches!(line.kind, LineKind::FromAnyState));
    if from_any_state {
        // Of all states there may be, those that are not asked for are not even made.
        program.init = begins(&plans);
    }
    let options = BuildOptions { faults: plan::budget(lines), from_any_state, ..BuildOptions::default() };
    let model = Arc::new(Model::build(&program, kept, &options).map_err(Stop::Diagnostics)?);
    let sources = context.sources;
    let mut player = Player {
        world: World::new(&model, &program, sources),
        judged,
        asks,
        ways: Ways::default(),
        front: Front::default(),
        failure: None,
        failed: 0,
        incomplete: None,
        cancelled: &|| context.host.cancelled(),
    };
    player.start()?;
    let mut results = Vec::new();
    for (line, plan) in lines.iter().zip(&plans) {
        if (player.cancelled)() {
            return Err(Stop::Interrupted);
        }
        let outcome = player.line(plan)?;
        results.push(LineResult { text: text(sources, line.span), span: line.span, outcome });
    }
    let passed = player.passed();
    let (failed, incomplete) = (player.failed, player.incomplete.take());
    let shown = player.shown();
    let trace = shown.as_ref().map(|(path, wrong)| wrong.trace(&model, sources, path));
    context.run = shown.map(|(path, _)| Run { model: model.clone(), path });
    Ok(ScenarioReport {
        subject: subject(&program, model.options()),
        title: title.value.clone(),
        lines: results,
        ways_passed: passed,
        ways_failed: failed,
        incomplete,
        trace,
    })
}

/// The conditions of the lines that say where a run begins.
fn begins(plans: &[Plan]) -> Vec<Expr> {
    let condition = |plan: &Plan| match plan {
        Plan::Init(e) => Some(e.clone()),
        _ => None,
    };
    plans.iter().filter_map(condition).collect()
}

/// The properties that some line asks about, ascending.
fn judged(plans: &[Plan]) -> Vec<u32> {
    let mut asked = Vec::new();
    for plan in plans {
        if let Plan::Verdict { members, .. } | Plan::Asked { members, .. } = plan {
            asked.extend(members.iter().flat_map(|(_, properties)| properties.iter().copied()));
        }
    }
    asked.sort_unstable();
    asked.dedup();
    asked
}

/// A property without its probes, where nobody asks whether it is vacuous.
pub(in crate::session) fn unprobed(property: &Property) -> Property {
    Property { probes: Vec::new(), notes: Vec::new(), doubts: Vec::new(), ..property.clone() }
}

/// An order, invariant, resolution or reconciler: its concept, and its index there.
#[derive(Debug, Clone, Copy)]
struct Member {
    concept: ConceptKind,
    index: usize,
}

impl Member {
    /// Whether a property is one of its obligations.
    fn states(self, property: &Property) -> bool {
        property.concept == self.concept && property.member == self.index
    }
}

struct Declared {
    name: String,
    member: Member,
}

fn members(program: &Program) -> Vec<Declared> {
    let mut all = Vec::new();
    let mut add = |header: &Header, index: usize| {
        let member = Member { concept: header.concept, index };
        all.push(Declared { name: header.name.clone(), member });
    };
    program.orders.iter().enumerate().for_each(|(i, m)| add(&m.header, i));
    program.invariants.iter().enumerate().for_each(|(i, m)| add(&m.header, i));
    program.resolutions.iter().enumerate().for_each(|(i, m)| add(&m.header, i));
    program.reconcilers.iter().enumerate().for_each(|(i, m)| add(&m.header, i));
    all
}

struct Player<'a> {
    world: World<'a>,
    /// The properties that are watched: the model's number is the position.
    judged: Vec<u32>,
    /// Something is expected to hold: it counts what a run has shown.
    asks: bool,
    ways: Ways,
    front: Front,
    failure: Option<Failure>,
    /// Ways on which a line failed, each once.
    failed: u64,
    incomplete: Option<String>,
    cancelled: &'a dyn Fn() -> bool,
}

/// The first failure.
struct Failure {
    way: WayId,
    /// How far it was followed from there.
    end: WayId,
    /// What is false in it.
    broken: Option<Broken>,
    /// The step that has no value, where it ends with one.
    no_value: Option<NoValue>,
}

/// What is wrong at the end of a run.
enum Wrong {
    Nothing,
    False(Broken),
    NoValue(NoValue),
}

impl Wrong {
    /// The run along a path, with this at its end.
    fn trace(&self, model: &Model, sources: &Sources, path: &Path) -> Trace {
        match self {
            Wrong::Nothing => trace(model, path),
            Wrong::False(broken) => Trace { broken: Some(broken.clone()), ..trace(model, path) },
            Wrong::NoValue(NoValue { trap, instance }) => {
                let found = Trapped { trap: *trap, path: path.clone(), instance: Some(*instance) };
                trapped(model, sources, &found)
            }
        }
    }
}

/// What becomes of the ways at one line.
#[derive(Default)]
struct Tally {
    next: Front,
    /// Ways that fail the line, those that go on for all that among them.
    failed: u64,
    /// Of `next`, those that fail it.
    failing: u64,
    /// Of the first way that failed.
    reason: Option<Reason>,
    /// Of the first way that passed.
    values: Vec<(String, Value)>,
}

impl Player<'_> {
    fn start(&mut self) -> Result<(), Stop> {
        let mut states: Vec<Result<Box<[Word]>, Trap>> = Vec::new();
        self.world.model.initial(&mut self.world.model.scratch(), &mut |state| {
            states.push(state.map(Into::into));
            !(self.cancelled)()
        });
        let any = self.world.model.options().from_any_state;
        if states.is_empty() && !any && !(self.cancelled)() {
            return Err(super::check::no_initial_state(self.world.model.program().span));
        }
        for state in states {
            let state = state.map_err(|trap| Stop::Diagnostics(vec![self.world.model.trap(trap)]))?;
            let broken = self.broken_in(&state, &[])?;
            let looked = match self.asks {
                true => looked::first(self.world.model, &mut self.world.scratch, &state),
                false => Looked::new(),
            };
            let way = Way { state, broken, looked, failed: false, parent: None };
            let ways = &mut self.ways;
            self.front.add(way.key(), 1, || ways.push(way));
        }
        Ok(())
    }

    /// The ways on which no line failed.
    fn passed(&self) -> u64 {
        let sound = self.front.iter().filter(|(way, _)| !self.ways.get(*way).failed);
        sound.fold(0, |sum, (_, count)| sum.saturating_add(count))
    }

    /// The run to be shown, with what is wrong at its end.
    fn shown(&mut self) -> Option<(Path, Wrong)> {
        let Some(failure) = self.failure.take() else {
            return self.front.first().map(|way| (self.ways.path(way), Wrong::Nothing));
        };
        if let Some(no_value) = failure.no_value {
            return Some((self.ways.path(failure.way), Wrong::NoValue(no_value)));
        }
        // A way that ends has no end but that; others go on from its state.
        let goes_on = self.ways.get(failure.way).failed;
        let mut ends = self.front.iter().map(|(way, _)| way);
        let end = ends.find(|way| goes_on && self.ways.follows(*way, failure.way)).unwrap_or(failure.end);
        Some((self.ways.path(end), failure.broken.map_or(Wrong::Nothing, Wrong::False)))
    }

    // ---- properties ----

    fn number(&self, property: u32) -> usize {
        self.judged.partition_point(|p| *p < property)
    }

    /// `so_far` with what is broken in a state.
    fn broken_in(&mut self, state: &[Word], so_far: &[u32]) -> Result<Vec<u32>, Stop> {
        let model = self.world.model;
        self.broken(so_far, Judged::State, |scratch, number| model.state_holds(scratch, number, state))
    }

    fn broken(
        &mut self,
        so_far: &[u32],
        how: Judged,
        holds: impl Fn(&mut crate::model::run::machine::Scratch, usize) -> Result<bool, Trap>,
    ) -> Result<Vec<u32>, Stop> {
        let mut broken = so_far.to_vec();
        for property in self.judged.clone() {
            let number = self.number(property);
            if broken.contains(&property) || self.world.model.properties()[number] != how {
                continue;
            }
            let holds = holds(&mut self.world.scratch, number);
            if !holds.map_err(|trap| Stop::Diagnostics(vec![self.world.model.trap(trap)]))? {
                broken.push(property);
            }
        }
        broken.sort_unstable();
        Ok(broken)
    }

    /// What is broken after a step, all in all.
    fn broken_after(&mut self, so_far: &[u32], step: Step<'_>) -> Result<Vec<u32>, Stop> {
        let model = self.world.model;
        let broken =
            self.broken(so_far, Judged::Step, |scratch, number| model.step_holds(scratch, number, step))?;
        self.broken_in(step.after, &broken)
    }

    fn looked_after(&mut self, so_far: &[bool], step: Step<'_>) -> Looked {
        match self.asks {
            true => looked::after(self.world.model, &mut self.world.scratch, so_far, step),
            false => Looked::new(),
        }
    }

    // ---- lines ----

    fn line(&mut self, plan: &Plan) -> Result<LineOutcome, Stop> {
        if self.front.is_empty() {
            // Of all states there may be, none is as the lines that say where to begin.
            let (begins, says) = (matches!(plan, Plan::Init(_)), !matches!(plan, Plan::Nothing));
            return Ok(match (self.ways.is_empty(), begins) {
                (true, true) => {
                    let why = "no run begins like this".to_string();
                    LineOutcome::Failed { passed: 0, failed: 0, why, values: Vec::new() }
                }
                (true, false) if !says => LineOutcome::Passed { ways: 0, values: Vec::new() },
                (true | false, _) => LineOutcome::NotReached,
            });
        }
        if matches!(plan, Plan::Nothing) {
            return Ok(LineOutcome::Passed { ways: self.front.total(), values: Vec::new() });
        }
        if let Some(asked) = self.asked(plan) {
            return Ok(asked);
        }
        let tally = match plan {
            Plan::Step { pattern, times } => self.repeated(pattern, *times)?,
            Plan::Run { patterns, until } => self.run(patterns, until.as_ref())?,
            Plan::Init(e) => self.beginning(e),
            Plan::Expect(e) => self.each_way(|player, way| player.expect(e, way)),
            Plan::Verdict { violated, named, members } => {
                self.each_way(|player, way| player.verdict((*violated, *named), members, way))
            }
            Plan::StepIs { pattern, is } => self.each_way(|player, way| player.step_is(pattern, *is, way)),
            Plan::Nothing | Plan::Asked { .. } | Plan::AskedValue(_) => Tally::default(),
        };
        let passed = tally.next.total().saturating_sub(tally.failing);
        self.front = tally.next;
        Ok(match tally.reason {
            // Where no way comes out, nothing passed.
            None if self.front.is_empty() => {
                let none = match plan {
                    Plan::Init(_) => "no run begins like this",
                    _ => "no way leads through it",
                };
                let why = self.incomplete.clone().unwrap_or_else(|| none.to_string());
                LineOutcome::Failed { passed, failed: 0, why, values: Vec::new() }
            }
            None => LineOutcome::Passed { ways: passed, values: tally.values },
            Some(reason) => {
                LineOutcome::Failed { passed, failed: tally.failed, why: reason.why, values: reason.values }
            }
        })
    }

    /// What is to be answered where the reader is asked: a question changes nothing.
    fn asked(&mut self, plan: &Plan) -> Option<LineOutcome> {
        let front: Vec<(WayId, u64)> = self.front.iter().collect();
        let mut answers: Vec<(String, u64)> = Vec::new();
        let mut add = |words: String, count: u64| match answers.iter_mut().find(|(known, _)| *known == words)
        {
            Some((_, ways)) => *ways = ways.saturating_add(count),
            None => answers.push((words, count)),
        };
        let answer = match plan {
            Plan::Asked { named, members } => {
                for (way, count) in front {
                    add(self.answer(*named, members, way), count);
                }
                if *named { Answer::Verdict } else { Answer::Verdicts }
            }
            Plan::AskedValue(e) => {
                for (way, count) in front {
                    let (before, state) = (self.ways.before(way), &self.ways.get(way).state);
                    let value = self.world.value(e, before, state);
                    add(
                        value.map_or_else(|why| format!("no value: {why}"), |value| value.to_string()),
                        count,
                    );
                }
                Answer::Value
            }
            Plan::Step { .. }
            | Plan::Run { .. }
            | Plan::Init(_)
            | Plan::Expect(_)
            | Plan::Verdict { .. }
            | Plan::StepIs { .. }
            | Plan::Nothing => return None,
        };
        Some(LineOutcome::Asked { answer, answers })
    }

    /// A way ends here.
    fn fail(&mut self, tally: &mut Tally, way: WayId, count: u64, reason: Reason) {
        if !self.ways.get(way).failed {
            self.failed = self.failed.saturating_add(count);
        }
        self.tell(tally, way, count, reason);
    }

    /// Says of the line that it failed in so many ways.
    fn tell(&mut self, tally: &mut Tally, way: WayId, count: u64, reason: Reason) {
        tally.failed = tally.failed.saturating_add(count);
        match &mut self.failure {
            Some(failure) if self.ways.get(failure.way).failed && self.ways.follows(way, failure.way) => {
                failure.end = way;
            }
            Some(_) => {}
            None => {
                let path = self.ways.path(way);
                let step = path.steps.len().checked_sub(1).map(|last| told_at(&path, last));
                let broken = reason.false_text.clone().map(|expression| Broken {
                    step,
                    expression,
                    values: reason.values.clone(),
                });
                self.failure = Some(Failure { way, end: way, broken, no_value: reason.no_value });
            }
        }
        tally.reason.get_or_insert(reason);
    }

    /// An expectation is not met: the way goes on, marked.
    fn miss(&mut self, tally: &mut Tally, way: WayId, count: u64, reason: Reason) {
        let known = self.ways.get(way).clone();
        let marked = if known.failed {
            way
        } else {
            self.failed = self.failed.saturating_add(count);
            self.ways.push(Way { failed: true, ..known })
        };
        self.tell(tally, marked, count, reason);
        tally.failing = tally.failing.saturating_add(count);
        tally.next.add(self.ways.get(marked).key(), count, || marked);
    }

    /// Only the ways that begin where it is true.
    fn beginning(&mut self, e: &Expr) -> Tally {
        let mut tally = Tally::default();
        let front = std::mem::take(&mut self.front);
        for (way, count) in front.iter() {
            match self.world.holds(e, None, &self.ways.get(way).state) {
                Ok(true) => tally.next.add(self.ways.get(way).key(), count, || way),
                Ok(false) => {}
                Err(why) => self.fail(&mut tally, way, count, Reason::new(why)),
            }
        }
        tally
    }

    /// A line that looks and changes nothing.
    fn each_way(&mut self, look: impl Fn(&mut Self, WayId) -> Result<Vec<(String, Value)>, Reason>) -> Tally {
        let mut tally = Tally::default();
        let front = std::mem::take(&mut self.front);
        for (way, count) in front.iter() {
            match look(self, way) {
                Ok(values) => {
                    if tally.values.is_empty() {
                        tally.values = values;
                    }
                    tally.next.add(self.ways.get(way).key(), count, || way);
                }
                Err(reason) => self.miss(&mut tally, way, count, reason),
            }
        }
        tally
    }

    fn repeated(&mut self, pattern: &Pattern, times: u32) -> Result<Tally, Stop> {
        let mut tally = Tally::default();
        for _ in 0..times {
            let (failed, reason) = (tally.failed, tally.reason.take());
            tally = self.step(pattern)?;
            tally.failed = tally.failed.saturating_add(failed);
            tally.reason = reason.or(tally.reason);
            self.front = std::mem::take(&mut tally.next);
        }
        tally.next = std::mem::take(&mut self.front);
        Ok(tally)
    }

    fn step(&mut self, pattern: &Pattern) -> Result<Tally, Stop> {
        let mut tally = Tally::default();
        let front = std::mem::take(&mut self.front);
        let mut tried = 0;
        for (way, count) in front.iter() {
            if (self.cancelled)() {
                return Err(Stop::Interrupted);
            }
            if tally.next.len() >= MOST_WAYS || tried >= MOST_STEPS {
                self.incomplete = Some(match tried >= MOST_STEPS {
                    true => format!("only the first {MOST_STEPS} steps of a line were tried"),
                    false => capped(),
                });
                break;
            }
            let before = self.ways.get(way).clone();
            let matching = self.world.matching(pattern, &before.state, MOST_STEPS - tried);
            tried += matching.steps.len() + matching.no_value.len();
            for reason in matching.no_value.into_iter().chain(matching.impossible) {
                self.fail(&mut tally, way, count, reason);
            }
            if matching.cut {
                self.incomplete = Some(format!("only the first {MOST_STEPS} steps of a line were tried"));
            }
            for step in matching.steps {
                let Ok(state) = step.state else { continue };
                let taken = Step {
                    before: &before.state,
                    instance: step.instance,
                    choice: step.choice,
                    after: &state,
                };
                let broken = self.broken_after(&before.broken, taken)?;
                let looked = self.looked_after(&before.looked, taken);
                let parent = Some(Parent { way, instance: step.instance, choice: step.choice });
                let next = Way { state, broken, looked, failed: before.failed, parent };
                if tally.next.len() >= MOST_WAYS {
                    self.incomplete = Some(capped());
                    break;
                }
                let ways = &mut self.ways;
                tally.next.add(next.key(), count, || ways.push(next));
            }
        }
        Ok(tally)
    }

    fn expect(&mut self, e: &Expr, way: WayId) -> Result<Vec<(String, Value)>, Reason> {
        let state = &self.ways.get(way).state;
        let before = self.ways.before(way);
        let holds = self.world.holds(e, before, state).map_err(Reason::new)?;
        let mut evaluate = |e: &Expr| self.world.value(e, before, state).ok();
        if holds {
            return Ok(super::because::sides(self.world.program, self.world.sources, &mut evaluate, e));
        }
        let values = because(self.world.program, self.world.sources, &mut evaluate, e);
        let expression = text(self.world.sources, e.span);
        let why = format!("`{expression}` is false");
        Err(Reason { values, false_text: Some(expression), ..Reason::new(why) })
    }

    fn step_is(&mut self, pattern: &Pattern, is: StepIs, way: WayId) -> Result<Vec<(String, Value)>, Reason> {
        let state = self.ways.get(way).state.clone();
        let matching = self.world.matching(pattern, &state, MOST_STEPS);
        match (matching.no_value.into_iter().next(), matching.impossible, is) {
            (Some(reason), _, StepIs::Failed) => {
                Ok(vec![("it fails".to_string(), Value::Name(reason.why.into()))])
            }
            (None, Some(reason), StepIs::Failed) => Err(reason),
            (None, None, StepIs::Failed) => Err(Reason::new("it has a value")),
            // A guard without a value is neither true nor false.
            (Some(reason), _, _) => Err(Reason { no_value: None, ..reason }),
            (None, None, StepIs::Enabled) => Ok(Vec::new()),
            (None, Some(reason), StepIs::NotEnabled) => Ok(reason.values),
            (None, Some(reason), StepIs::Enabled) => Err(reason),
            (None, None, StepIs::NotEnabled) => Err(Reason::new("it is enabled")),
        }
    }

    // ---- run … until ----

    fn run(&mut self, patterns: &[Pattern], until: Option<&Expr>) -> Result<Tally, Stop> {
        let front = std::mem::take(&mut self.front);
        let mut ways = std::mem::take(&mut self.ways);
        let mut running = Running { player: self, patterns, until, stop: None };
        let ends = runs::run(&mut running, &mut ways, &front, MOST_STATES);
        let stop = running.stop.take();
        self.ways = ways;
        if let Some(stop) = stop {
            return Err(stop);
        }
        if ends.cancelled {
            return Err(Stop::Interrupted);
        }
        self.incomplete = self.incomplete.take().or(ends.incomplete);
        let mut tally = Tally { next: ends.done, ..Tally::default() };
        if until.is_none() {
            tally.next = ends.quiet;
        } else {
            for (way, count) in ends.quiet.iter() {
                let reason = self.quiet_too_early(until, way);
                self.fail(&mut tally, way, count, reason);
            }
        }
        for (way, count, no_value) in ends.trapped {
            let why = self.world.model.trap(no_value.trap).message;
            let reason = Reason { no_value: Some(no_value), ..Reason::new(why) };
            self.fail(&mut tally, way, count, reason);
        }
        if let Some(cycle) = ends.cycle {
            let aim = if until.is_some() { "to what it runs until" } else { "to an end" };
            let round = self.round(&cycle);
            let reason = Reason::new(format!("a run can go on for ever ({round}) and never come {aim}"));
            self.fail(&mut tally, cycle[0], 1, reason);
        }
        Ok(tally)
    }

    /// What is done in a cycle: `toggle, up, …`.
    fn round(&mut self, cycle: &[WayId]) -> String {
        let mut labels: Vec<String> = Vec::new();
        for way in cycle {
            let state = self.ways.get(*way).state.clone();
            for step in self.world.steps(&state, MOST_STEPS) {
                let Ok(next) = &step.state else { continue };
                let within = *next != state && cycle.iter().any(|other| self.ways.get(*other).state == *next);
                let label = self.world.model.describe_instance(&state, step.instance).label;
                if within && !labels.contains(&label) {
                    labels.push(label);
                }
            }
            if labels.len() > 3 {
                labels.truncate(3);
                labels.push("…".to_string());
                break;
            }
        }
        labels.join(", ")
    }

    fn quiet_too_early(&mut self, until: Option<&Expr>, way: WayId) -> Reason {
        let (state, before) = (&self.ways.get(way).state, self.ways.before(way));
        let mut evaluate = |e: &Expr| self.world.value(e, before, state).ok();
        let values = until.map(|e| because(self.world.program, self.world.sources, &mut evaluate, e));
        let words = until.map(|e| text(self.world.sources, e.span)).unwrap_or_default();
        let why = format!("nothing is left to do, and `{words}` is false");
        Reason { values: values.unwrap_or_default(), false_text: Some(words), ..Reason::new(why) }
    }
}

struct Running<'p, 'a> {
    player: &'p mut Player<'a>,
    patterns: &'p [Pattern],
    until: Option<&'p Expr>,
    stop: Option<Stop>,
}

impl runs::World for Running<'_, '_> {
    fn steps(&mut self, way: &Way) -> Result<Vec<Next>, NoValue> {
        let mut found = Vec::new();
        for step in self.player.world.steps(&way.state, MOST_STEPS) {
            let allowed = match self.patterns {
                [] => {
                    matches!(step.class, StepClass::System | StepClass::Recovery)
                        && step.strength != Strength::Unfair
                }
                patterns => {
                    matches!(step.class, StepClass::System | StepClass::Client)
                        && self.player.world.means(patterns, &way.state, step.instance)
                }
            };
            if !allowed {
                continue;
            }
            let (instance, choice, strength, joint, fair_key) =
                (step.instance, step.choice, step.strength, step.joint, step.fair_key);
            let state = step.state.map_err(|trap| NoValue { trap, instance })?;
            if state == way.state {
                continue;
            }
            let taken = Step { before: &way.state, instance, choice, after: &state };
            let broken = match self.player.broken_after(&way.broken, taken) {
                Ok(broken) => broken,
                Err(stop) => {
                    self.stop = Some(stop);
                    return Ok(Vec::new());
                }
            };
            let looked = self.player.looked_after(&way.looked, taken);
            found.push(Next { instance, choice, strength, joint, fair_key, state, broken, looked });
        }
        Ok(found)
    }

    fn done(&mut self, ways: &Ways, way: WayId) -> bool {
        let Some(until) = self.until else { return false };
        self.player.world.holds(until, ways.before(way), &ways.get(way).state).unwrap_or_else(|words| {
            let d = Diagnostic::error(crate::diag::codes::session::NO_VALUE, until.span, words);
            self.stop = Some(Stop::Diagnostics(vec![d]));
            true
        })
    }

    fn cancelled(&self) -> bool {
        self.stop.is_some() || (self.player.cancelled)()
    }
}

/// Why ways are left out; those that come to one state in one manner are followed as one.
fn capped() -> String {
    format!("only the first {},000 different ones were followed", MOST_WAYS / 1_000)
}
