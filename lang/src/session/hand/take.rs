//! `do LINE`: one step, or why it is not taken.
//!
//! Enters: a run and a line of a scenario. Leaves: the run with one step more. Where the line may be several steps, they are
//! listed; where it is none, the reason is that of scenarios.

use super::{ByHand, Step, judge, next, refused};
use crate::analysis::program::Program;
use crate::concepts::Fault;
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::engine::machine::{self, Word};
use crate::session::scenario::plan::{self, Event, Pattern, Plan};
use crate::session::scenario::steps::{Matching, Reason, Taken, World};
use crate::session::trace::{labelled, text};
use crate::session::{Context, Stop};
use crate::syntax::tree::{Line, LineKind};
use std::sync::Arc;

/// So many steps are looked for.
const MOST_STEPS: usize = 500_000;
/// So many of them are told apart by their lines.
const MOST_LINES: usize = 64;
/// So many of their lines are named.
const NAMED: usize = 6;

/// Which steps a line means. Errors: what is wrong with it.
pub(super) fn pattern(program: &mut Program, line: &Line) -> Result<Pattern, Vec<Diagnostic>> {
    let (plans, found) = plan::plans(program, &[], &[], std::slice::from_ref(line));
    let errors: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
    let alone = !matches!(&line.kind, LineKind::Run { names, .. } if !names.is_empty());
    if !errors.is_empty() {
        return Err(errors);
    }
    if let Some(Plan::Step { pattern, times: 1 }) = plans.into_iter().next().filter(|_| alone) {
        return Ok(pattern);
    }
    let d = Diagnostic::error(codes::LINE, line.span, "a hand takes one step at a time");
    Err(vec![d.help("`enabled` lists the steps; a scenario may `run until quiet`")])
}

/// The run with one step more.
pub(super) fn take(hand: &ByHand, line: &Line, context: &Context<'_>) -> Result<ByHand, Stop> {
    let mut program = hand.program().clone();
    let pattern = pattern(&mut program, line).map_err(Stop::Refused)?;
    let mut world = World::new(&hand.model, &program, context.sources);
    let state = hand.state();
    let matching = world.matching(&pattern, state, MOST_STEPS);
    let written = written(context, line);
    let Some((chosen, after)) = chosen(hand, &matching, (&written, line))? else {
        let reason = matching.impossible.or_else(|| matching.no_value.into_iter().next());
        return Err(refused(not_enabled(hand, &pattern, reason, (&written, line))));
    };
    let description = labelled(&hand.model, state, (chosen.instance, chosen.choice), after);
    let (instance, choice) = (chosen.instance, chosen.choice);
    let step = machine::Step { before: state, instance, choice, after };
    let wrong = judge::judge(&hand.model, context.sources, Some(step), after);
    let step = Step {
        instance,
        choice,
        state: after.into(),
        label: description.label,
        fault: next::counted(description.kind),
        wrong,
    };
    let mut hand = hand.clone();
    hand.steps.push(Arc::new(step));
    hand.arrive(context)?;
    Ok(hand)
}

/// `do write at replica1`, as it is written.
fn written(context: &Context<'_>, line: &Line) -> String {
    let text = text(context.sources, line.span);
    if text.starts_with("do ") { text } else { format!("do {text}") }
}

/// The step that is meant, and where it leads, where there is one. Errors: there are several.
fn chosen<'m>(
    hand: &ByHand,
    matching: &'m Matching,
    (written, line): (&str, &Line),
) -> Result<Option<(&'m Taken, &'m [Word])>, Stop> {
    let mut sound = matching.steps.iter().filter_map(|step| Some((step, &**step.state.as_ref().ok()?)));
    let Some(first) = sound.clone().next() else { return Ok(None) };
    let mut lines: Vec<String> = Vec::new();
    for (step, after) in sound.by_ref().take(MOST_LINES) {
        let label = labelled(&hand.model, hand.state(), (step.instance, step.choice), after).label;
        if !lines.contains(&label) {
            lines.push(label);
        }
    }
    // Copies of a message cannot be told apart, and need not be.
    let one = lines.len() == 1 && matching.steps.len() <= MOST_LINES && matching.no_value.is_empty();
    if one {
        return Ok(Some(first));
    }
    let all = matching.steps.len().max(lines.len());
    let many = if matching.steps.len() <= MOST_LINES { lines.len() } else { all };
    let mut words = format!("`{written}` may be {} steps", many + matching.no_value.len());
    if let Some(reason) = matching.no_value.first() {
        words.push_str(&format!(", some without a value: {}", reason.why));
    }
    let named: Vec<String> = lines.iter().take(NAMED).map(|line| format!("`do {line}`")).collect();
    let more = if many > NAMED { ", …" } else { "" };
    let d = Diagnostic::error(codes::NOT_TAKEN, line.span, words);
    Err(refused(d.help(format!("write one of {}{more}", named.join(", ")))))
}

/// Why no step is meant.
fn not_enabled(
    hand: &ByHand,
    pattern: &Pattern,
    reason: Option<Reason>,
    (written, line): (&str, &Line),
) -> Diagnostic {
    let exhausted = fault(pattern).filter(|fault| {
        let unlimited = fault.is_recovery() && hand.budget().given(*fault).is_none();
        !unlimited && hand.left(*fault) == 0
    });
    let not_taken = |why: &str| {
        Diagnostic::error(codes::NOT_TAKEN, line.span, format!("`{written}` cannot be taken: {why}"))
    };
    if let Some(fault) = exhausted {
        let (word, allowed) = (fault.word(), hand.budget().times(fault));
        let why = match allowed {
            0 => format!("the run was started without {word}"),
            1 => format!("the one {word} that `start` allows has happened"),
            n => format!("all {n} of {word} that `start` allows have happened"),
        };
        let name = &hand.target.name.text;
        let more = allowed.saturating_add(1);
        return not_taken(&why).help(format!("write `start {name} {{ faults {{ {word} {more} }} }}`"));
    }
    let Reason { why, values, .. } = reason.unwrap_or_else(|| Reason::new("it is not enabled"));
    let values: Vec<String> = values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let values = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
    not_taken(&format!("{why}{values}")).help("`enabled` lists the steps that can be taken")
}

/// The fault that a line is.
fn fault(pattern: &Pattern) -> Option<Fault> {
    match pattern {
        Pattern::Message { event: Event::Lose, .. } => Some(Fault::Lose),
        Pattern::Message { event: Event::Duplicate, .. } => Some(Fault::Duplicate),
        Pattern::Message { event: Event::Reorder, .. } => Some(Fault::Reorder),
        Pattern::Message { event: Event::Deliver, .. } | Pattern::Act { .. } | Pattern::Heal => None,
        Pattern::Node(fault, ..) => Some(*fault),
        Pattern::Partition(..) => Some(Fault::Partition),
    }
}
