//! Stepping by hand: one run, kept from cell to cell, that goes on one step at a time.
//!
//! Enters: `start`, `do`, `enabled`, `undo`, `show` and the run so far. Leaves: the run after it, and a report of where it
//! stands. A step is named by a line of a scenario, resolved by the same code; where a scenario follows every way that a
//! line leaves open, a hand takes one and is told of the others.

use super::check::options::subject;
use super::trace::{shown, trace};
use super::{Context, Run, Session, Stop};
use crate::analysis::Definitions;
use crate::analysis::program::Program;
use crate::concepts::{Fault, FaultBudget};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::engine::machine::{Machine, Word};
use crate::engine::{Path, PathStep};
use crate::model::Model;
use crate::report::hand::{Did, HandReport, Next, Wrong};
use crate::report::{Broken, Report, Trace, TraceStep};
use crate::span::{Sources, Span};
use crate::syntax::tree::{Line, Target};
use std::sync::Arc;

mod begin;
mod judge;
mod next;
mod stale;
mod take;

/// A run that is taken step by step.
#[derive(Clone)]
pub(super) struct ByHand {
    /// As it was when the run began: states are packed as this model packs them.
    model: Arc<Model>,
    /// What was started, with its parameters.
    target: Target,
    /// What the definition was made of then.
    words: Arc<str>,
    init: Arc<[Word]>,
    /// What is false in the initial state.
    wrong: Arc<[Wrong]>,
    steps: Vec<Arc<Step>>,
    next: Arc<Next>,
    /// What was said of the state that the run is in.
    notes: Vec<String>,
}

/// A step that was taken.
struct Step {
    instance: u32,
    choice: u32,
    state: Box<[Word]>,
    /// Without `do`.
    label: String,
    fault: Option<Fault>,
    /// What is false after it, or was broken by it.
    wrong: Vec<Wrong>,
}

impl ByHand {
    fn state(&self) -> &[Word] {
        self.steps.last().map_or(&self.init, |step| &step.state)
    }

    fn program(&self) -> &Program {
        self.model.program()
    }

    fn budget(&self) -> &FaultBudget {
        &self.model.options().faults
    }

    /// How often a fault may happen yet.
    fn left(&self, fault: Fault) -> u32 {
        let used = self.steps.iter().filter(|step| step.fault == Some(fault)).count();
        self.budget().times(fault).saturating_sub(used as u32)
    }

    fn path(&self) -> Path {
        let step =
            |s: &Arc<Step>| PathStep { instance: s.instance, choice: s.choice, state: s.state.clone() };
        Path { init: (*self.init).into(), steps: self.steps.iter().map(step).collect(), loop_start: None }
    }

    /// The lines that can be typed after `do `; none where the run is stale.
    pub(super) fn offered(&self, definitions: &Definitions, sources: &Sources) -> impl Iterator<Item = &str> {
        let next = stale::stale(self, definitions, sources).is_none().then_some(&self.next);
        next.into_iter().flat_map(|next| next.listed()).filter_map(|step| step.line.strip_prefix("do "))
    }

    /// What was started.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    pub(super) fn is_at_its_beginning(&self) -> bool {
        self.steps.is_empty()
    }

    /// The whole run.
    pub(super) fn trace(&self) -> Trace {
        trace(&self.model, &self.path())
    }

    /// What expressions are evaluated along.
    pub(super) fn run(&self) -> Run {
        Run { model: self.model.clone(), path: self.path() }
    }

    /// What is false now.
    fn wrong(&self) -> &[Wrong] {
        self.steps.last().map_or(&self.wrong, |step| &step.wrong)
    }

    /// The members that were broken on the run, each with the number of steps before it first was.
    pub(super) fn broken(&self) -> Vec<(&Wrong, usize)> {
        let mut found: Vec<(&Wrong, usize)> = Vec::new();
        let all = std::iter::once(&*self.wrong).chain(self.steps.iter().map(|step| step.wrong.as_slice()));
        for (steps, wrong) in all.enumerate() {
            for one in wrong {
                if !found.iter().any(|(known, _)| known.name == one.name) {
                    found.push((one, steps));
                }
            }
        }
        found
    }

    /// The last step alone, as the whole run tells of it.
    fn last_step(&self) -> Option<TraceStep> {
        let last = self.steps.last()?;
        let before = self.steps.len().checked_sub(2).map_or(&*self.init, |i| &*self.steps[i].state);
        let step = PathStep { instance: last.instance, choice: last.choice, state: last.state.clone() };
        let path = Path { init: before.into(), steps: vec![step], loop_start: None };
        trace(&self.model, &path).steps.pop()
    }

    /// Where the run stands, and what the command did. The run is drawn where no other step follows at once.
    fn report(&self, did: Did, context: &Context<'_>) -> Report {
        let broken = self.broken();
        let wrong = self.wrong();
        let is_now = |name: &str| wrong.iter().any(|now| now.name == name);
        let earlier = broken.iter().filter(|(one, _)| !is_now(&one.name));
        let last = self.last_step();
        let mut run = None;
        if !context.goes_on {
            let mut trace = self.trace();
            trace.broken = broken.first().map(|(one, steps)| Broken {
                step: steps.checked_sub(1),
                expression: one.expression.clone(),
                values: one.values.clone(),
            });
            run = Some(trace).filter(|trace| !trace.steps.is_empty());
        }
        Report::Hand(Box::new(HandReport {
            subject: subject(self.program(), self.model.options()),
            did,
            steps: self.steps.len(),
            earlier: earlier.map(|(one, steps)| (one.name.clone(), *steps)).collect(),
            wrong: wrong.to_vec(),
            notes: self.notes.clone(),
            lanes: self.model.lanes(),
            state: {
                let mut state = self.model.decode_state(self.state());
                state.extend(self.model.timers(self.state()));
                shown(&state)
            },
            changed: last.iter().flat_map(|s| &s.changes).map(|change| change.path.clone()).collect(),
            next: (*self.next).clone(),
            run,
            first_broken: broken.first().map(|(one, _)| one.name.clone()),
        }))
    }
}

/// Whose run a command goes on with: errors where there is none, or one of an earlier definition.
fn current<'s>(
    session: &'s Session,
    definitions: &Definitions,
    span: Span,
    sources: &Sources,
) -> Result<&'s ByHand, Stop> {
    let hand = begun(session, span)?;
    match stale::stale(hand, definitions, sources) {
        None => Ok(hand),
        Some(why) => {
            let d = Diagnostic::error(codes::STALE_RUN, span, why);
            Err(refused(d.help(stale::instead(hand, sources))))
        }
    }
}

fn begun(session: &Session, span: Span) -> Result<&ByHand, Stop> {
    session.hand.as_deref().ok_or_else(|| refused(no_run(span, session.subject.as_ref())))
}

/// No run was started.
pub(super) fn no_run(span: Span, subject: Option<&Target>) -> Diagnostic {
    let name = subject.map_or("SYSTEM", |target| target.name.text.as_str());
    let d = Diagnostic::error(codes::NO_RUN, span, "no run was started");
    d.help(format!("begin one with `start {name}`"))
}

fn refused(d: Diagnostic) -> Stop {
    Stop::Refused(vec![d])
}

/// `start TARGET { init P  faults { … } }`
pub(super) fn start(
    session: &Session,
    definitions: &Definitions,
    (target, lines): (&Target, &[Line]),
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let mut hand = begin::begin(definitions, target, lines, context)?;
    if let Some(before) = session.hand.as_ref().filter(|before| !before.steps.is_empty()) {
        let steps = before.steps.len();
        let name = &before.target.name.text;
        let count = if steps == 1 { "1 step".to_string() } else { format!("{steps} steps") };
        hand.notes.push(format!("the run of {name} before, of {count}, is gone"));
    }
    let report = hand.report(Did::Started, context);
    context.hand = Some(Arc::new(hand));
    Ok(report)
}

/// `do LINE`
pub(super) fn take(
    session: &Session,
    definitions: &Definitions,
    line: &Line,
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let hand = current(session, definitions, line.span, context.sources)?;
    let hand = take::take(hand, line, context)?;
    let step = hand.last_step().map(Box::new);
    let report = hand.report(step.map_or(Did::Shown, |step| Did::Took { step }), context);
    context.hand = Some(Arc::new(hand));
    Ok(report)
}

/// `undo [N]`
pub(super) fn undo(
    session: &Session,
    definitions: &Definitions,
    (steps, span): (Option<i64>, Span),
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let hand = current(session, definitions, span, context.sources)?;
    let taken = hand.steps.len();
    let back = match steps.map_or(Ok(1), usize::try_from) {
        Ok(back @ 1..) if back <= taken => back,
        Ok(0) | Err(_) => {
            let d = Diagnostic::error(codes::UNDO, span, "expected how many steps to take back, from 1");
            return Err(refused(d.help("write `undo`, or `undo 2`")));
        }
        Ok(_) if taken == 0 => {
            let d = Diagnostic::error(codes::UNDO, span, "no step was taken: the run is at its beginning");
            return Err(refused(d.help("`enabled` lists the steps that can be taken")));
        }
        Ok(back) => {
            let words = format!("{back} steps cannot be taken back: only {taken} were taken");
            let d = Diagnostic::error(codes::UNDO, span, words);
            return Err(refused(d.help(format!("`undo {taken}` goes back to the beginning"))));
        }
    };
    let mut hand = hand.clone();
    let undone = hand.steps.split_off(taken - back);
    hand.arrive(context)?;
    let lines = undone.iter().rev().map(|step| format!("do {}", step.label)).collect();
    let report = hand.report(Did::Undid { lines }, context);
    context.hand = Some(Arc::new(hand));
    Ok(report)
}

/// `enabled`
pub(super) fn enabled(
    session: &Session,
    definitions: &Definitions,
    span: Span,
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let hand = current(session, definitions, span, context.sources)?;
    Ok(hand.report(Did::Asked, context))
}

/// `show`: also of a run that is stale, which it says.
pub(super) fn show(
    session: &Session,
    definitions: &Definitions,
    span: Span,
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let hand = begun(session, span)?;
    let mut shown = hand.clone();
    if let Some(why) = stale::stale(hand, definitions, context.sources) {
        shown.notes.push(format!("{why}: {}", stale::instead(hand, context.sources)));
    }
    Ok(shown.report(Did::Shown, context))
}

impl ByHand {
    /// What is to be known of the state that the run has come to.
    fn arrive(&mut self, context: &Context<'_>) -> Result<(), Stop> {
        self.next = Arc::new(next::next(self, context)?);
        self.notes.clear();
        if self.model.within_bounds(&mut self.model.scratch(), self.state()) == Ok(false) {
            let words = "it is outside the bound: `check` does not go on from here";
            self.notes.push(words.to_string());
        }
        Ok(())
    }
}

/// What is wrong with a run's beginning, as far as that can be known without looking for it.
pub(super) fn start_problems(
    program: &mut Program,
    lines: &[Line],
    host: &dyn super::Host,
) -> Vec<Diagnostic> {
    begin::asked(program, lines, host).err().unwrap_or_default()
}

/// What is wrong with a step, as far as that can be known without a run.
pub(super) fn step_problems(program: &mut Program, line: &Line) -> Vec<Diagnostic> {
    take::pattern(program, line).err().unwrap_or_default()
}

pub(super) use stale::{goes_stale, words};
