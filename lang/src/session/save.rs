//! `save`: a run as a scenario, as the text of a cell.
//!
//! Enters: the run that is taken by hand, or the last that a command found. Leaves: text that is played before it is
//! offered, so that what comes out of it is known. The scenario of a counterexample fails until the mapping is fixed; where
//! one run cannot show what is violated, the check that does stands below it.

use super::{CellRef, Context, Host, Session, Stop};
use crate::analysis::Definitions;
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::report::hand::How;
use crate::report::{
    BUILT_IN, CheckReport, FindReport, Finding, LineOutcome, Report, SavedReport, SimulationReport, Trace,
    Verdict,
};
use crate::session::trace::text;
use crate::span::{Sources, Span};
use crate::syntax::tree::{CheckOption, CheckOptionKind, Saved, Target};
use std::sync::Arc;

/// A run that a command found, as lines, and what is to be expected at its end.
pub(super) struct Kept {
    /// As written.
    target: String,
    title: String,
    lines: Vec<String>,
    /// How many steps a run has that is told without its middle.
    untold: Option<usize>,
    /// It begins with what no line can say.
    unsaid: bool,
    shows: Shows,
}

impl Kept {
    fn new(target: String, title: String, trace: &Trace, shows: Shows) -> Option<Arc<Kept>> {
        let untold = (!trace.is_whole()).then(|| trace.length());
        let unsaid = !trace.besides.is_empty();
        Some(Arc::new(Kept { target, title, lines: trace.lines(), untold, unsaid, shows }))
    }
}

/// What a run shows.
enum Shows {
    /// That a member is broken; the check that found it.
    Broken { name: String, check: String },
    /// What a specification does not allow; the check that found it.
    NotAllowed { specification: String, check: String },
    /// That a step has no value.
    Trap,
    /// That a state can be reached.
    Goal(String),
    /// What comes of a system that is weaker, of which no line of this one is.
    Another,
}

/// The run of a system in which something is weaker.
pub(super) fn of_another(target: &Target, sources: &Sources) -> Arc<Kept> {
    let target = text(sources, target.span);
    let title = String::new();
    Arc::new(Kept { target, title, lines: Vec::new(), untold: None, unsaid: false, shows: Shows::Another })
}

/// The run that a check shows as its picture.
pub(super) fn of_check(
    report: &CheckReport,
    (target, options): (&Target, &[CheckOption]),
    sources: &Sources,
) -> Option<Arc<Kept>> {
    let finding = &report.findings[report.pictured()?];
    let name = finding.name.clone();
    let (title, trace) = titled(finding)?;
    let target = text(sources, target.span);
    let kept = |option: &&CheckOption| {
        matches!(option.kind, CheckOptionKind::Faults(_) | CheckOptionKind::FromAnyState)
    };
    let said: Vec<String> =
        options.iter().filter(kept).map(|o| format!("  {}\n", text(sources, o.span))).collect();
    let check = format!("check {target} {{\n{}  only {name}\n  expect holds {name}\n}}\n", said.concat());
    let built_in = finding.types.iter().any(|ty| ty == BUILT_IN);
    let shows = if built_in { Shows::Trap } else { Shows::Broken { name, check } };
    Kept::new(target, title, trace, shows)
}

/// The run that shows what a specification does not allow.
pub(super) fn of_refinement(
    report: &CheckReport,
    (target, specification, options): (&Target, &Target, &[CheckOption]),
    sources: &Sources,
) -> Option<Arc<Kept>> {
    let finding = &report.findings[report.pictured()?];
    let (title, trace) = titled(finding)?;
    let (target, specification) = (text(sources, target.span), text(sources, specification.span));
    let kept = |option: &&CheckOption| !matches!(option.kind, CheckOptionKind::Expect(_));
    let said: Vec<String> =
        options.iter().filter(kept).map(|o| format!("  {}\n", text(sources, o.span))).collect();
    let name = finding.name.clone();
    let built_in = finding.types.iter().any(|ty| ty == BUILT_IN);
    let shows = match built_in {
        true => Shows::Trap,
        false => Shows::NotAllowed {
            check: format!(
                "check {target} refines {specification} {{\n{}  expect holds {name}\n}}\n",
                said.concat()
            ),
            specification: name,
        },
    };
    Kept::new(target, title, trace, shows)
}

/// What the run of a finding shows, and the run; `None`: it has none.
fn titled(finding: &Finding) -> Option<(String, &Trace)> {
    let name = &finding.name;
    match &finding.verdict {
        Verdict::Violated { kind: None, trace, .. } => Some((format!("{name} is violated"), trace)),
        Verdict::Violated { trace, .. } => Some((format!("{name} does not converge"), trace)),
        Verdict::Failed { trace, .. } => Some((format!("{name} has no value"), trace.as_deref()?)),
        Verdict::Holds { .. }
        | Verdict::HoldsWithinBound { .. }
        | Verdict::Vacuous { .. }
        | Verdict::Witnessed { .. }
        | Verdict::Incomplete { .. }
        | Verdict::NotChecked { .. } => None,
    }
}

/// The run that a simulation shows as its picture; the check that finds what it broke allows the same faults.
pub(super) fn of_simulation(
    report: &SimulationReport,
    target: &Target,
    sources: &Sources,
) -> Option<Arc<Kept>> {
    let (member, broken) = report.pictured()?;
    let (name, trace) = (member.name.clone(), &broken.trace);
    let target = text(sources, target.span);
    let faults: Vec<String> = trace.faults.iter().map(|(fault, n)| format!("{} {n}", fault.word())).collect();
    let faults =
        if faults.is_empty() { String::new() } else { format!("  faults {{ {} }}\n", faults.join(", ")) };
    let any = if trace.any_state { "  from any state\n" } else { "" };
    let check = format!("check {target} {{\n{faults}{any}  only {name}\n  expect holds {name}\n}}\n");
    let built_in = member.types.iter().any(|ty| ty == BUILT_IN);
    let (title, shows) = match built_in {
        true => (format!("{name} has no value"), Shows::Trap),
        false => (format!("{name} is violated"), Shows::Broken { name, check }),
    };
    Kept::new(target, title, trace, shows)
}

/// The run that a search found.
pub(super) fn of_find(report: &FindReport, target: &Target, sources: &Sources) -> Option<Arc<Kept>> {
    let (trace, shows): (&Trace, Shows) = match &report.verdict {
        Verdict::Witnessed { trace } => (trace, Shows::Goal(report.goal.clone())),
        Verdict::Failed { trace, .. } => (trace.as_ref()?, Shows::Trap),
        Verdict::Holds { .. }
        | Verdict::HoldsWithinBound { .. }
        | Verdict::Vacuous { .. }
        | Verdict::Violated { .. }
        | Verdict::Incomplete { .. }
        | Verdict::NotChecked { .. } => return None,
    };
    let title = format!("a run that reaches {}", report.goal);
    let target = text(sources, target.span);
    Kept::new(target, title, trace, shows)
}

/// `save as scenario ["title"]`, `save trace as scenario ["title"]`
pub(super) fn save(
    session: &Session,
    definitions: &Definitions,
    (what, title, span): (Saved, Option<&str>, Span),
    context: &Context<'_>,
) -> Result<Report, Stop> {
    let played = Player { session, definitions, host: context.host };
    let report = match what {
        Saved::Steps => by_hand(&played, title, span, context.sources)?,
        Saved::Trace => found(&played, title, span)?,
    };
    Ok(Report::Saved(report))
}

fn by_hand(
    played: &Player<'_>,
    title: Option<&str>,
    span: Span,
    sources: &Sources,
) -> Result<SavedReport, Stop> {
    let session = played.session;
    let Some(hand) = session.hand.as_deref() else {
        return Err(Stop::Refused(vec![super::hand::no_run(span, session.subject.as_ref())]));
    };
    let lines = hand.trace().lines();
    if hand.is_at_its_beginning() {
        return Err(nothing(span, "no step was taken", "take one with `do`: `enabled` lists them"));
    }
    let shown = hand.broken().into_iter().filter(|(one, _)| !matches!(one.how, How::NoValue(_)));
    let expected: Vec<String> = shown.map(|(one, _)| format!("expect violated {}", one.name)).collect();
    let target = text(sources, hand.target().span);
    let code = scenario(title.unwrap_or("by hand"), &target, &[lines, expected].concat());
    let comes_out = played.comes_out(&code).words();
    Ok(SavedReport { code, comes_out })
}

fn found(played: &Player<'_>, title: Option<&str>, span: Span) -> Result<SavedReport, Stop> {
    let Some(kept) = played.session.kept.as_deref() else {
        return Err(Stop::Refused(no_run_found(span)));
    };
    if let Some(steps) = kept.untold {
        let words =
            format!("a run of {steps} steps is told without its middle, and nobody can take it again");
        return Err(nothing(
            span,
            &words,
            "the command shows it again; with smaller domains it is short enough to be written down",
        ));
    }
    let title = title.unwrap_or(&kept.title);
    let with = |more: &[String]| scenario(title, &kept.target, &[&kept.lines, more].concat());
    // A run of no steps is no scenario.
    let beside = |check: &str| if kept.lines.is_empty() { check.to_string() } else { with(&[]) + check };
    let (check, name) = match &kept.shows {
        Shows::Trap => {
            let code = with(&[]);
            let comes_out = played.comes_out(&code).words();
            return Ok(SavedReport { code, comes_out });
        }
        Shows::Goal(goal) => {
            let code = with(&[format!("expect {goal}")]);
            let comes_out = played.comes_out(&code).words();
            return Ok(SavedReport { code, comes_out });
        }
        Shows::NotAllowed { specification, check } => {
            let code = beside(check);
            let comes_out = format!(
                "one run alone does not show what {specification} allows: the check fails until the system refines it"
            );
            return Ok(SavedReport { code, comes_out });
        }
        Shows::Broken { name, check } => (check, name),
        Shows::Another => {
            let words =
                format!("the run that was shown last is of a system that is weaker than {}", kept.target);
            let help = "write that system, `from` this one, with what is weaker, and `check` it";
            return Err(nothing(span, &words, help));
        }
    };
    let line = format!("expect holds {name}");
    let code = with(std::slice::from_ref(&line));
    let violated = with(&[format!("expect violated {name}")]);
    let comes_out = played.comes_out(&code);
    // Of what is judged on each attempt no single run says that it holds.
    if !matches!(comes_out, ComesOut::Error(_)) && matches!(played.comes_out(&violated), ComesOut::Passes) {
        return Ok(SavedReport { comes_out: comes_out.words(), code });
    }
    let (code, why) = match kept.unsaid {
        true => (check.clone(), "no `init` says all that this run begins with".to_string()),
        false => (beside(check), format!("one run does not show that `{name}` holds")),
    };
    let comes_out = format!("{why}: the check fails until it holds");
    Ok(SavedReport { code, comes_out })
}

/// What is wrong with a command that saves a run where `shown` says whether some command before it shows one.
pub(super) fn problems(
    (what, span): (Saved, Span),
    (started, shown): (bool, bool),
    subject: Option<&Target>,
) -> Vec<Diagnostic> {
    match what {
        Saved::Steps if !started => vec![super::hand::no_run(span, subject)],
        Saved::Trace if !shown => no_run_found(span),
        Saved::Steps | Saved::Trace => Vec::new(),
    }
}

fn no_run_found(span: Span) -> Vec<Diagnostic> {
    let help = "`check` shows one where something is violated, `find` where it reaches its goal; \
                `save as scenario` is for steps that are taken by hand";
    vec![Diagnostic::error(codes::NOTHING_TO_SAVE, span, "no run was found yet").help(help)]
}

fn nothing(span: Span, words: &str, help: &str) -> Stop {
    Stop::Refused(vec![Diagnostic::error(codes::NOTHING_TO_SAVE, span, words).help(help)])
}

/// The text of a scenario.
fn scenario(title: &str, target: &str, lines: &[String]) -> String {
    let title = title.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
    let lines: Vec<String> = lines.iter().map(|line| format!("  {line}\n")).collect();
    format!("scenario \"{title}\" on {target} {{\n{}}}\n", lines.concat())
}

/// Plays what is to be saved, and changes nothing.
struct Player<'a> {
    session: &'a Session,
    definitions: &'a Definitions,
    host: &'a dyn Host,
}

/// What comes of a scenario.
enum ComesOut {
    Passes,
    Fails { line: String, why: String },
    Error(String),
}

impl ComesOut {
    fn words(&self) -> String {
        match self {
            ComesOut::Passes => "it passes now".to_string(),
            ComesOut::Fails { line, why } => format!("it fails now, at `{line}`: {why}"),
            ComesOut::Error(why) => format!("it cannot be played now: {why}"),
        }
    }
}

impl Player<'_> {
    fn comes_out(&self, code: &str) -> ComesOut {
        let mut session = Session { definitions: self.definitions.clone(), ..self.session.clone() };
        let cell = CellRef { id: None, name: "saved".to_string() };
        let mut found = None;
        let outcome = session.execute(cell, code, self.host, &mut |output| {
            if let Report::Scenario(report) = output.report {
                found = Some(report);
            }
        });
        let Some(report) = found else {
            let why = match outcome {
                super::Outcome::Failed(failure) => failure.diagnostics.into_iter().map(|d| d.message).next(),
                _ => None,
            };
            return ComesOut::Error(why.unwrap_or_else(|| "it was interrupted".to_string()));
        };
        let failed = report.lines.into_iter().find_map(|line| match line.outcome {
            LineOutcome::Failed { why, .. } => Some(ComesOut::Fails { line: line.text, why }),
            _ => None,
        });
        failed.unwrap_or(ComesOut::Passes)
    }
}
