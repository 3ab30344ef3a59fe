//! `find`: the shortest run to a state.
//!
//! Enters: a typed program and a condition. Leaves: a report with the run, or that there is none. It is the check of the
//! condition's opposite, which ends at the first answer.

use super::check::explored;
use super::check::options::{Setup, setup, subject};
use super::check::passed::partitions;
use super::trace::{text, told_at, trace};
use super::{Context, Host, Stop};
use crate::analysis;
use crate::analysis::program::{Expr, ExprKind, Program};
use crate::concepts::{ConceptKind, Topic};
use crate::diag::Diagnostic;
use crate::engine::{Outcome, Stop as Ended};
use crate::obligations::property::{Property, PropertyKind};
use crate::report::{Broken, Coverage, ExpectedFind, FindReport, Verdict, verdict_words as words};
use crate::span::Span;
use crate::syntax::tree::{self, Answer, CheckOption};

/// What is looked for and how far, typed.
/// What a `find` says.
#[derive(Debug, Clone, Copy)]
pub struct Query<'t> {
    /// What some state is to satisfy.
    pub goal: &'t tree::Expr,
    /// At most so many steps.
    pub within: Option<&'t tree::Expr>,
    /// What may go wrong, and how far to look.
    pub options: &'t [CheckOption],
}

struct Asked {
    condition: Expr,
    within: Option<u32>,
    setup: Setup,
}

/// Types the command. Errors: all that is wrong with it.
fn asked(program: &mut Program, query: Query<'_>, host: &dyn Host) -> Result<Asked, Vec<Diagnostic>> {
    let Query { goal, within, options } = query;
    let mut errors = Vec::new();
    let (condition, found) = analysis::condition(program, goal);
    errors.extend(found.into_iter().filter(Diagnostic::is_error));
    let within = within.and_then(|within| {
        let (number, found) = analysis::constant(program, within);
        errors.extend(found.into_iter().filter(Diagnostic::is_error));
        number.map(|n| u32::try_from(n.max(0)).unwrap_or(u32::MAX))
    });
    let alone = |s: Setup| s.without_profile().and_then(|()| s.without_verdicts()).map(|()| s);
    let setup = match setup(program, options, host).and_then(alone) {
        Ok(setup) => Some(setup),
        Err(found) => {
            errors.extend(found);
            None
        }
    };
    let (Some(condition), Some(mut setup), true) = (condition, setup, errors.is_empty()) else {
        return Err(errors);
    };
    let depths = [setup.limits.depth, within];
    setup.limits.depth = depths.into_iter().flatten().min();
    setup.limits.stop_when_decided = true;
    Ok(Asked { condition, within, setup })
}

/// What is wrong with the command, without looking for anything.
pub fn problems(program: &mut Program, query: Query<'_>, host: &dyn Host) -> Vec<Diagnostic> {
    asked(program, query, host).err().unwrap_or_default()
}

/// `find TARGET { goal } [within N steps] [options]`
pub fn find(program: &Program, query: Query<'_>, context: &mut Context<'_>) -> Result<FindReport, Stop> {
    let mut program = program.clone();
    let Asked { condition, within, setup } =
        asked(&mut program, query, context.host).map_err(Stop::Diagnostics)?;
    let explored =
        explored(&program, vec![never(condition, &program)], (&setup.build, &setup.limits), context)?;
    let verdict = match &explored.exploration.outcomes[0] {
        Outcome::Violated(violation) => {
            let mut trace = trace(&explored.model, &violation.path);
            let last = violation.path.steps.len().checked_sub(1);
            let step = last.map(|last| told_at(&violation.path, last));
            let expression = text(context.sources, query.goal.span);
            trace.broken = Some(Broken { step, expression, values: Vec::new() });
            Verdict::Witnessed { trace: Box::new(trace) }
        }
        _ => match (explored.verdict(0), explored.exploration.traps.first()) {
            (Verdict::Incomplete { .. }, Some(trapped)) => explored.failed(trapped),
            (verdict, _) => verdict,
        },
    };
    context.run = explored.wrong(0);
    // Where it was to be found in so many steps, more do not matter.
    let stopped = explored.exploration.stopped;
    let enough = within.is_some_and(|n| stopped == Some(Ended::Depth(n)));
    let expected = match (setup.answer, setup.expected.first()) {
        (Some((answer, span)), _) => Some(expected(answer, span, &verdict, enough)),
        (None, question) => question.map(|question| {
            let found = expected(Answer::Found, question.span, &verdict, enough);
            ExpectedFind { words: question.to_string(), met: false, asked: true, ..found }
        }),
    };
    Ok(FindReport {
        expected,
        subject: subject(&program, &setup.build),
        goal: text(context.sources, query.goal.span),
        within,
        coverage: Coverage { partitions: partitions(&program, &explored), ..explored.coverage() },
        verdict,
    })
}

/// `enough`: all runs that are short enough were looked at.
fn expected(answer: Answer, span: Span, verdict: &Verdict, enough: bool) -> ExpectedFind {
    let nowhere = matches!(verdict, Verdict::Holds { .. } | Verdict::HoldsWithinBound { .. })
        || enough && matches!(verdict, Verdict::Incomplete { .. });
    let there = match verdict {
        Verdict::Witnessed { trace } => Some(trace),
        Verdict::Holds { .. }
        | Verdict::HoldsWithinBound { .. }
        | Verdict::Vacuous { .. }
        | Verdict::Violated { .. }
        | Verdict::Incomplete { .. }
        | Verdict::Failed { .. }
        | Verdict::NotChecked { .. } => None,
    };
    let met = match answer {
        Answer::Found => there.is_some(),
        Answer::NotFound => nowhere,
    };
    let found = match there {
        Some(trace) => format!("found, in {}", counted(trace.length())),
        None if nowhere => "not found".to_string(),
        None => words(verdict),
    };
    ExpectedFind { words: answer.to_string(), met, asked: false, found, span }
}

fn counted(steps: usize) -> String {
    if steps == 1 { "1 step".to_string() } else { format!("{steps} steps") }
}

/// The property that the goal is never true: in no state, or at no step where it asks for what was before.
fn never(goal: Expr, program: &Program) -> Property {
    let (span, ty) = (goal.span, goal.ty);
    let never = Expr { kind: ExprKind::Not(Box::new(goal)), ty, span };
    Property {
        concept: ConceptKind::Invariant,
        member: 0,
        words: String::new(),
        topic: Topic::Other,
        span,
        kind: PropertyKind::always(program, never),
        watched_by: None,
        probes: Vec::new(),
        worlds: Vec::new(),
        otherwise: None,
        notes: Vec::new(),
        doubts: Vec::new(),
    }
}
