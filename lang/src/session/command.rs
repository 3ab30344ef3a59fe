//! Commands: each is handed to its function with the typed program of its target.
//!
//! Enters: the tree of a command. Leaves: its report. Commands of a later version say so (`E08xx`).

use super::{Context, Session, Stop, check, find, scenario, value};
use crate::analysis::program::Program;
use crate::analysis::{self, Definitions};
use crate::concepts::ConceptKind;
use crate::diag::codes::session as codes;
use crate::diag::{Code, Diagnostic, nearest};
use crate::mapping;
use crate::report::Report;
use crate::span::Span;
use crate::syntax::tree::{Command, CommandKind, Name, Target};

/// The systems that a command names, in order.
pub fn targets(kind: &CommandKind) -> Vec<&Target> {
    use CommandKind::*;
    match kind {
        Check { target, .. }
        | Scenario { target, .. }
        | Find { target, .. }
        | Audit { target, .. }
        | Diagram { target }
        | Start { target }
        | Simulate { target, .. }
        | Graph { target, .. }
        | Sweep { target, .. }
        | Relax { target, .. }
        | Mutate { target } => vec![target],
        Compare { targets, .. } => targets.iter().collect(),
        Grade { target, against } => std::iter::once(target).chain(against).collect(),
        Do(_) | Enabled | Undo | Show | SaveTrace { .. } | Expression(_) | Error => Vec::new(),
    }
}

/// The system that expressions are about after this command.
pub fn target(kind: &CommandKind) -> Option<&Target> {
    match kind {
        CommandKind::Compare { .. } => None,
        _ => targets(kind).first().copied(),
    }
}

/// Whether the command looks for runs, so that an earlier run is out of date after it.
pub fn explores(kind: &CommandKind) -> bool {
    matches!(kind, CommandKind::Check { .. } | CommandKind::Scenario { .. } | CommandKind::Find { .. })
}

pub(super) fn execute(
    session: &Session,
    definitions: &Definitions,
    command: &Command,
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    use CommandKind::*;
    let program = |target: &Target, context: &mut Context<'_>| program(definitions, target, context);
    match &command.kind {
        Check { target, options } => {
            let program = program(target, context)?;
            Ok(Report::Check(Box::new(check::check(&program, options, context)?)))
        }
        Find { target, goal, within, options } => {
            let program = program(target, context)?;
            let how = (within.as_ref(), options.as_slice());
            Ok(Report::Find(Box::new(find::find(&program, goal, how, context)?)))
        }
        Scenario { title, target, lines } => {
            let program = program(target, context)?;
            Ok(Report::Scenario(Box::new(scenario::scenario(&program, title, lines, context)?)))
        }
        Audit { target, options } => {
            let program = program(target, context)?;
            Ok(Report::Audit(Box::new(check::audit(&program, options, context)?)))
        }
        Compare { targets, by } => {
            let programs = every(targets.iter().map(|t| program(t, context)))?;
            let by = by.as_ref().map(concept).transpose()?;
            Ok(Report::Compare(mapping::compare(&programs.iter().collect::<Vec<_>>(), by)))
        }
        Diagram { target } => Ok(Report::Diagram(mapping::diagram(&program(target, context)?))),
        Expression(expression) => Ok(Report::Value(value::run(session, definitions, expression, context)?)),
        Simulate { .. } => Err(later(codes::SIMULATE, "simulate", command.span)),
        Start { .. } | Do(_) | Enabled | Undo | Show => {
            Err(later(codes::STEPPING, "stepping by hand", command.span))
        }
        Sweep { .. } => Err(later(codes::SWEEP, "sweep", command.span)),
        Relax { .. } => Err(later(codes::RELAX, "relax", command.span)),
        Mutate { .. } => Err(later(codes::MUTATE, "mutate", command.span)),
        Grade { .. } => Err(later(codes::GRADE, "grade", command.span)),
        Graph { .. } => Err(later(codes::GRAPH, "graph", command.span)),
        SaveTrace { .. } => Err(later(codes::SAVE_TRACE, "save trace", command.span)),
        // Cells with syntax errors are not executed.
        Error => Err(Stop::Diagnostics(Vec::new())),
    }
}

/// The typed program of a target; its warnings have been shown where it was defined.
pub(super) fn program(
    definitions: &Definitions,
    target: &Target,
    context: &mut Context<'_>,
) -> Result<Program, Stop> {
    let (program, found) = analysis::analyse(definitions, target);
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Diagnostic::is_error);
    match program {
        Some(program) if errors.is_empty() => {
            context.warnings.extend(warnings.into_iter().filter(|w| w.span.source == target.span.source));
            Ok(program)
        }
        _ => Err(Stop::Diagnostics(errors)),
    }
}

/// All results, or the errors of all.
fn every(results: impl Iterator<Item = Result<Program, Stop>>) -> Result<Vec<Program>, Stop> {
    let (mut programs, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(program) => programs.push(program),
            Err(Stop::Diagnostics(found)) => errors.extend(found),
            Err(stop) => return Err(stop),
        }
    }
    if errors.is_empty() { Ok(programs) } else { Err(Stop::Diagnostics(errors)) }
}

fn concept(name: &Name) -> Result<ConceptKind, Stop> {
    mapping::concept_named(&name.text).ok_or_else(|| {
        let words = ConceptKind::ALL.map(ConceptKind::area);
        let near = nearest(&name.text, words).map_or(words.join(", "), |n| format!("did you mean `{n}`?"));
        let message = format!("expected one of the four concepts, found `{}`", name.text);
        Stop::Diagnostics(vec![Diagnostic::error(codes::UNKNOWN_CONCEPT, name.span, message).help(near)])
    })
}

fn later(code: Code, what: &str, span: Span) -> Stop {
    let message = format!("{what} is parsed, but this version does not execute it: nothing was checked");
    let instead =
        code.0.explanation.rsplit_once("execute it. ").or(code.0.explanation.rsplit_once("execute them. "));
    let d = Diagnostic::error(code, span, message);
    Stop::Diagnostics(vec![match instead {
        Some((_, words)) => d.help(words),
        None => d,
    }])
}
