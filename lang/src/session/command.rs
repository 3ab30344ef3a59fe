//! Commands: each is handed to its function with the typed program of its target.
//!
//! Enters: the tree of a command. Leaves: its report.

use super::find::Query;
use super::{
    Context, Host, Measured, Session, Stop, beside, check, find, grade, graph, hand, inspection, look,
    mutate, refine, relax, save, scenario, simulate, sweep, value,
};
use crate::analysis::program::Program;
use crate::analysis::{self, Definitions};
use crate::concepts::ConceptKind;
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::engine::{Observer, Progress, Spill, SpillFailed};
use crate::mapping;
use crate::report::Report;
use crate::span::Sources;
use crate::syntax::tree::{CheckOption, Command, CommandKind, Expr, Name, Target};
use std::sync::Arc;

/// The systems that a command names, in order.
pub(super) fn targets(kind: &CommandKind) -> Vec<&Target> {
    use CommandKind::*;
    match kind {
        Check { target, .. }
        | Scenario { target, .. }
        | Find { target, .. }
        | Audit { target, .. }
        | Diagram { target }
        | Start { target, .. }
        | Simulate { target, .. }
        | Graph { target, .. }
        | Sweep { target, .. }
        | Relax { target, .. }
        | Mutate { target, .. }
        | Why { target, .. } => vec![target],
        Compare { targets, .. } => targets.iter().collect(),
        Refine { target, specification, .. } => vec![target, specification],
        // What is graded need not be a system that can be executed.
        Grade { against, .. } => against.iter().collect(),
        Beside
        | Do(_)
        | Enabled
        | Undo { .. }
        | Show { .. }
        | Save { .. }
        | Ask(_)
        | Expression(_)
        | Error => Vec::new(),
    }
}

/// The system that expressions are about after this command.
pub(super) fn target(kind: &CommandKind) -> Option<&Target> {
    match kind {
        CommandKind::Compare { .. } => None,
        _ => targets(kind).first().copied(),
    }
}

/// Whether the command looks for runs, so that an earlier run is out of date after it.
pub(super) fn explores(kind: &CommandKind) -> bool {
    use CommandKind::*;
    matches!(kind, Check { .. } | Refine { .. } | Scenario { .. } | Find { .. } | Simulate { .. })
}

/// Whether the command may show a run, of whichever system.
pub(super) fn shows_runs(kind: &CommandKind) -> bool {
    explores(kind) || matches!(kind, CommandKind::Why { .. } | CommandKind::Relax { .. })
}

/// Whether the command is about the run that is taken by hand.
pub(super) fn is_by_hand(kind: &CommandKind) -> bool {
    use CommandKind::*;
    matches!(kind, Start { .. } | Do(_) | Enabled | Undo { .. } | Show { step: None })
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
        Check { target, options } => checked(definitions, (target, options), context),
        Refine { target, specification, options } => {
            refined(definitions, refine::Command { target, specification, options }, context)
        }
        Find { target, goal, within, options } => {
            let program = program(target, context)?;
            let query = Query { goal, within: within.as_ref(), options };
            let report = find::find(&program, query, context)?;
            context.kept = save::of_find(&report, target, context.sources);
            Ok(Report::Find(Box::new(report)))
        }
        Scenario { title, target, lines } => {
            let program = program(target, context)?;
            Ok(Report::Scenario(Box::new(scenario::scenario(&program, title, lines, context)?)))
        }
        Audit { target, options } => {
            let program = program(target, context)?;
            audited(session, definitions, (&program, options), context)
        }
        Compare { targets, by } => {
            let programs = every(targets.iter().map(|t| program(t, context)))?;
            let by = by.as_ref().map(concept).transpose()?;
            Ok(Report::Compare(mapping::compare(&programs.iter().collect::<Vec<_>>(), by)))
        }
        Beside => beside::beside(&session.lately, command.span),
        Diagram { target } => Ok(Report::Diagram(mapping::diagram(&program(target, context)?))),
        Ask(name) => Ok(Report::Inspection(Box::new(inspection::asked(session, None, name)?))),
        Expression(expression) => shown(session, definitions, expression, context),
        Start { target, lines } => hand::start(session, definitions, (target, lines), context),
        Do(line) => hand::take(session, definitions, line, context),
        Undo { steps } => hand::undo(session, definitions, (*steps, command.span), context),
        Enabled => hand::enabled(session, definitions, command.span, context),
        Show { step: None } => hand::show(session, definitions, command.span, context),
        Show { step: Some(step) } => look::look(session, *step, command.span),
        Save { what, title } => {
            let title = title.as_ref().map(|title| title.value.as_str());
            save::save(session, definitions, (*what, title, command.span), context)
        }
        Simulate { target, time, runs, seed, options } => {
            let (runs, seed) = (runs.as_ref(), seed.as_ref());
            simulated(definitions, target, simulate::Command { time, runs, seed, options }, context)
        }
        Sweep { swept, target, options } => {
            let asked = sweep::Command { swept, target, options };
            Ok(Report::Sweep(Box::new(sweep::sweep(definitions, asked, context)?)))
        }
        Mutate { target, options } => mutated(definitions, target, (None, options), context),
        Why { member, target, options } => mutated(definitions, target, (Some(member), options), context),
        Grade { target, against, options } => {
            let asked = grade::Command { target, against, options };
            Ok(Report::Grade(Box::new(grade::grade(definitions, asked, context)?)))
        }
        Relax { order, target, options } => {
            let asked = relax::Command { order: order.as_ref(), options };
            relaxed(definitions, target, asked, context)
        }
        Graph { target, options } => graphed(definitions, (target, options), context),
        // Cells with syntax errors are not executed.
        Error => Err(Stop::Diagnostics(Vec::new())),
    }
}

/// The value of an expression; of a name that has none, what it is.
fn shown(
    session: &Session,
    definitions: &Definitions,
    expression: &Expr,
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    match value::run(session, definitions, expression, context) {
        Err(Stop::Diagnostics(found)) => match value::valueless(definitions, expression, &found) {
            Some(name) => Ok(Report::Inspection(Box::new(inspection::asked(session, None, &name)?))),
            None => Err(Stop::Diagnostics(found)),
        },
        value => Ok(Report::Value(value?)),
    }
}

/// What a system's members depend on, or one of them.
fn mutated(
    definitions: &Definitions,
    target: &Target,
    (member, options): (Option<&Name>, &[CheckOption]),
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let report = mutate::mutate(definitions, target, mutate::Command { member, options }, context)?;
    if report.weaker.iter().any(|weaker| weaker.run.is_some()) {
        context.kept = Some(save::of_another(target, context.sources));
    }
    Ok(Report::Mutation(Box::new(report)))
}

/// The checklist, with the last simulation of the system as it is written.
fn audited(
    session: &Session,
    definitions: &Definitions,
    (program, options): (&Program, &[CheckOption]),
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let words = hand::words(definitions, &program.name, context.sources);
    let simulated = session.simulated.as_deref().filter(|known| known.words == words);
    let simulated = simulated.map(|known| &known.report);
    Ok(Report::Audit(Box::new(check::audit(program, options, simulated, context)?)))
}

/// Every obligation of a system.
fn checked(
    definitions: &Definitions,
    (target, options): (&Target, &[CheckOption]),
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let program = program(definitions, target, context)?;
    let report = check::check(&program, options, context)?;
    context.kept = save::of_check(&report, (target, options), context.sources);
    Ok(Report::Check(Box::new(report)))
}

/// The states of a system and the steps between them.
fn graphed(
    definitions: &Definitions,
    (target, options): (&Target, &[CheckOption]),
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let program = program(definitions, target, context)?;
    Ok(Report::Graph(Box::new(graph::graph(&program, options, context)?)))
}

/// Whether a system does nothing that another does not.
fn refined(
    definitions: &Definitions,
    asked: refine::Command<'_>,
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let refine::Command { target, specification, options } = asked;
    let report = refine::refine(definitions, asked, context)?;
    context.kept = save::of_refinement(&report, (target, specification, options), context.sources);
    Ok(Report::Check(Box::new(report)))
}

/// Which members need which order.
fn relaxed(
    definitions: &Definitions,
    target: &Target,
    asked: relax::Command<'_>,
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let program = program(definitions, target, context)?;
    let report = relax::relax(&program, asked, context)?;
    if report.orders.iter().any(|order| order.run.is_some()) {
        context.kept = Some(save::of_another(target, context.sources));
    }
    Ok(Report::Relax(Box::new(report)))
}

/// What an audit may quote for as long as the system is written so.
fn simulated(
    definitions: &Definitions,
    target: &Target,
    asked: simulate::Command<'_>,
    context: &mut Context<'_>,
) -> Result<Report, Stop> {
    let program = program(definitions, target, context)?;
    let report = simulate::simulate(&program, asked, context)?;
    context.kept = save::of_simulation(&report, target, context.sources);
    let words = hand::words(definitions, &target.name.text, context.sources);
    context.simulated = Some(Arc::new(Measured { report: report.clone(), words }));
    Ok(Report::Simulation(Box::new(report)))
}

/// Nobody: typing a command takes no threads, no disk and no time.
pub(super) struct Nobody;

impl Observer for Nobody {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Nobody {
    fn threads(&self) -> usize {
        1
    }

    /// Whether there is a disk is not a question of the text.
    fn spill(&self) -> Option<Result<Arc<dyn Spill>, String>> {
        Some(Ok(Arc::new(Nobody)))
    }
}

impl Spill for Nobody {
    fn write(&self, _: &[u8]) -> Result<u64, SpillFailed> {
        Err(SpillFailed("nothing is explored".to_string()))
    }

    fn read(&self, _: u64, _: &mut [u8]) -> Result<(), SpillFailed> {
        Err(SpillFailed("nothing is explored".to_string()))
    }
}

/// What is wrong with a command, as far as it can be known without exploring. `subject`: of expressions; `started`: what
/// steps are taken of.
pub(super) fn problems(
    definitions: &Definitions,
    (subject, started): (Option<&Target>, Option<&Target>),
    (command, sources): (&Command, &Sources),
) -> Vec<Diagnostic> {
    use CommandKind::*;
    let (mut programs, mut found) = (Vec::new(), Vec::new());
    for target in targets(&command.kind) {
        let (program, diagnostics) = analysis::analyse(definitions, target);
        programs.extend(program);
        found.extend(diagnostics.into_iter().filter(Diagnostic::is_error));
    }
    if !found.is_empty() {
        return found;
    }
    let program = programs.first_mut();
    match (&command.kind, program) {
        (Check { options, .. }, Some(program)) => {
            check::options::setup(program, options, &Nobody).err().unwrap_or_default()
        }
        (Audit { options, .. }, Some(program)) => {
            let setup = check::options::setup(program, options, &Nobody);
            setup.and_then(|setup| setup.only_answers()).err().unwrap_or_default()
        }
        (Find { goal, within, options, .. }, Some(program)) => {
            find::problems(program, Query { goal, within: within.as_ref(), options }, &Nobody)
        }
        (Simulate { time, runs, seed, options, .. }, Some(program)) => {
            let (runs, seed) = (runs.as_ref(), seed.as_ref());
            simulate::problems(program, simulate::Command { time, runs, seed, options }, &Nobody)
        }
        (Graph { options, .. }, Some(program)) => graph::problems(program, options, &Nobody),
        (Mutate { options, .. }, Some(program)) => {
            mutate::problems(program, mutate::Command { member: None, options }, &Nobody)
        }
        (Relax { order, options, .. }, Some(program)) => {
            relax::problems(program, relax::Command { order: order.as_ref(), options }, &Nobody)
        }
        (Why { member, options, .. }, Some(program)) => {
            mutate::problems(program, mutate::Command { member: Some(member), options }, &Nobody)
        }
        (kind @ (Sweep { .. } | Grade { .. } | Refine { .. }), Some(_)) => {
            of_several(definitions, kind, sources)
        }
        (Scenario { lines, .. }, Some(program)) => scenario::problems(program, lines),
        (Start { lines, .. }, Some(program)) => hand::start_problems(program, lines, &Nobody),
        (Do(_) | Enabled | Undo { .. } | Show { step: None }, _) if started.is_none() => {
            vec![hand::no_run(command.span, subject)]
        }
        (Do(line), _) => {
            let program = started.and_then(|started| analysis::analyse(definitions, started).0);
            program.map_or(Vec::new(), |mut program| hand::step_problems(&mut program, line))
        }
        (Compare { by: Some(by), .. }, _) => concept(by).err().map_or(Vec::new(), diagnostics),
        (Expression(e), _) => {
            let program = subject.and_then(|subject| analysis::analyse(definitions, subject).0);
            let (_, found) = analysis::expression(&mut program.unwrap_or_default(), e);
            if super::value::valueless(definitions, e, &found).is_some() {
                return Vec::new();
            }
            super::value::explained(definitions, e, found)
        }
        _ => Vec::new(),
    }
}

/// What is wrong with a command that makes its systems itself.
fn of_several(definitions: &Definitions, kind: &CommandKind, sources: &Sources) -> Vec<Diagnostic> {
    if let CommandKind::Refine { target, specification, options } = kind {
        return refine::problems(definitions, refine::Command { target, specification, options }, &Nobody);
    }
    if let CommandKind::Sweep { swept, target, options } = kind {
        return sweep::problems(definitions, sweep::Command { swept, target, options }, sources, &Nobody);
    }
    if let CommandKind::Grade { target, against, options } = kind {
        return grade::problems(definitions, grade::Command { target, against, options }, &Nobody);
    }
    Vec::new()
}

fn diagnostics(stop: Stop) -> Vec<Diagnostic> {
    match stop {
        Stop::Diagnostics(found) | Stop::Refused(found) => found,
        Stop::Interrupted => Vec::new(),
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
        let message = format!("expected one of the four concepts, found `{}`", name.text);
        let d = Diagnostic::error(codes::UNKNOWN_CONCEPT, name.span, message);
        Stop::Diagnostics(vec![d.meant_among(&name.text, words, words.join(", "))])
    })
}
