//! An expression as a cell: its value in the initial state, or along the run that was shown last.
//!
//! Enters: an expression and the session. Leaves: a report with one value, or one for each state of the run. Nothing is
//! explored for it.

use super::trace::{gaps, label, told};
use super::{Context, Run, Session, Stop, command};
use crate::analysis::program::{Expr, Program};
use crate::analysis::walk::Mentions;
use crate::analysis::{self, Definition, Definitions};
use crate::diag::codes::analysis as analysis_codes;
use crate::diag::codes::session as codes;
use crate::diag::{Code, Diagnostic, Severity};
use crate::engine::machine::{Machine, Trap, Word};
use crate::model::evaluate::Expression;
use crate::model::{BuildOptions, Model};
use crate::report::{AlongTrace, ValueReport};
use crate::span::Span;
use crate::syntax::tree::{self, ExprKind, MemberKind, Name};
use crate::value::Value;

/// The value of an expression in the system named last; outside of any system where none was named.
pub fn run(
    session: &Session,
    definitions: &Definitions,
    expression: &tree::Expr,
    context: &mut Context<'_>,
) -> Result<ValueReport, Stop> {
    compute(session, definitions, expression, context).map_err(|stop| match stop {
        Stop::Diagnostics(found) => Stop::Diagnostics(explained(definitions, expression, found)),
        stop => stop,
    })
}

/// What to do with a name that has no value, such as that of a system, instead of what an unknown name calls for.
pub(super) fn explained(
    definitions: &Definitions,
    expression: &tree::Expr,
    mut found: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let asked = match &expression.kind {
        ExprKind::Name(name) => name,
        ExprKind::Call(name, _) => &name.text,
        _ => return elsewhere(definitions, found),
    };
    if let Some(d) = found.first_mut().filter(|_| matches!(asked.as_str(), "help" | "man" | "docs")) {
        (d.fix, d.help) = (None, Some(HELP.to_string()));
        return found;
    }
    elsewhere(definitions, found)
}

/// The name of which nothing but what it is can be shown: a system, or a member that has no value.
pub(super) fn valueless(
    definitions: &Definitions,
    expression: &tree::Expr,
    found: &[Diagnostic],
) -> Option<Name> {
    let ExprKind::Name(name) = &expression.kind else { return None };
    let unknown = found.iter().any(|d| d.code == analysis_codes::UNKNOWN_NAME && d.span == expression.span);
    let has = |d: &Definition| d.entries.iter().any(|e| is_named(&e.member.kind, name));
    let known =
        definitions.get(name).is_some() || definitions.names().filter_map(|n| definitions.get(n)).any(has);
    (unknown && known).then(|| Name { text: name.clone(), span: expression.span })
}

const HELP: &str = "`?NAME` shows what is known of a name (a system, its members, a word of the language, a code); Tab \
                    completes; `check SYSTEM` explores a system, `use kafka` brings one in";

/// A name that another system has: an expression reads the one that was named last.
fn elsewhere(definitions: &Definitions, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for d in found.iter_mut().filter(|d| d.code == analysis_codes::UNKNOWN_NAME && d.help.is_none()) {
        let Some(name) = d.message.split('`').nth(1) else { continue };
        let has = |d: &&Definition| d.entries.iter().any(|e| state_named(&e.member.kind, name));
        let systems = definitions.names().filter_map(|n| definitions.get(n));
        let of = if definitions.get(name).is_some() { Some(name) } else { None };
        let of = of.or_else(|| systems.filter(has).last().map(|s| s.name.as_str()));
        d.help = of.map(|of| {
            format!(
                "an expression reads the system that was named last: name {of} before, as in `diagram {of}`"
            )
        });
    }
    found
}

fn state_named(kind: &MemberKind, name: &str) -> bool {
    matches!(kind, MemberKind::State { name: state, .. } if state.text == name)
}

/// Whether a member of that name has no value of its own.
fn is_named(kind: &MemberKind, name: &str) -> bool {
    match kind {
        MemberKind::Concept(concept) => concept.name.text == name,
        MemberKind::Action(action) => action.name.text == name,
        MemberKind::Message { name: message, .. } => message.text == name,
        MemberKind::Link(link) => link.name.text == name,
        _ => false,
    }
}

fn compute(
    session: &Session,
    definitions: &Definitions,
    expression: &tree::Expr,
    context: &mut Context<'_>,
) -> Result<ValueReport, Stop> {
    let words = context.sources.text(expression.span).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut numbers = Vec::new();
    let (system, values) = match (&session.run, &session.subject) {
        (Some(shown), _) => {
            let run = shown.run();
            if !gaps(&run.path).is_empty() {
                let told = told(&run.path);
                numbers = std::iter::once(0).chain(told.iter().map(|told| told.last() + 1)).collect();
            }
            (Some(run.model.program().name.clone()), along(&run, expression, context)?)
        }
        (None, Some(subject)) => {
            let program = command::program(definitions, subject, context)?;
            (Some(program.name.clone()), AlongTrace::Once(initially(program, expression, context)?))
        }
        (None, None) => {
            let program = Program::default();
            (None, AlongTrace::Once(initially(program, expression, context)?))
        }
    };
    if matches!(values, AlongTrace::Once(_)) {
        numbers.clear();
    }
    Ok(ValueReport { expression: words, system, values, numbers })
}

/// In the first initial state. A system without initial states has none to look at: that is an error.
fn initially(mut program: Program, e: &tree::Expr, context: &mut Context<'_>) -> Result<Value, Stop> {
    let typed = typed(&mut program, e, context)?;
    let model = Model::build(&program, Vec::new(), &BuildOptions::default()).map_err(Stop::Diagnostics)?;
    let mut first: Option<Result<Vec<Word>, Trap>> = None;
    model.initial(&mut model.scratch(), &mut |state| {
        first = Some(state.map(<[Word]>::to_vec));
        false
    });
    let state = match first {
        Some(Ok(state)) => state,
        Some(Err(trap)) => return Err(Stop::Diagnostics(vec![model.trap(trap)])),
        None => return Err(super::check::no_initial_state(e.span)),
    };
    let compiled = model.compile_expr(&program, &typed).map_err(|d| Stop::Diagnostics(vec![*d]))?;
    model
        .eval(&program, &compiled, None, &state)
        .map_err(|trap| trapped(codes::NO_VALUE, e.span, &compiled, trap, "in the initial state"))
        .map_err(|d| Stop::Diagnostics(vec![d]))
}

/// In every state of a run; `old` looks at the state before. What depends on no state has one value.
fn along(run: &Run, e: &tree::Expr, context: &mut Context<'_>) -> Result<AlongTrace, Stop> {
    let mut program = run.model.program().clone();
    let typed = typed(&mut program, e, context)?;
    let mentions = Mentions::of(&program, &typed);
    if mentions.states.is_empty() && mentions.node_fields.is_empty() && !mentions.surroundings {
        return Ok(AlongTrace::Once(initially(program, e, context)?));
    }
    let compiled = run.model.compile_expr(&program, &typed).map_err(|d| Stop::Diagnostics(vec![*d]))?;
    let Run { model, path } = run;
    let mut without = None;
    let mut value =
        |before, state, place: &dyn Fn() -> String| match model.eval(&program, &compiled, before, state) {
            Ok(value) => Some(value),
            Err(trap) => {
                without.get_or_insert_with(|| trapped(codes::NO_VALUE, e.span, &compiled, trap, &place()));
                None
            }
        };
    let first = "initially".to_string();
    let mut values = vec![(first.clone(), value(None, &path.init, &|| first.clone()))];
    for told in told(path) {
        let (label, last) = (label(model, path, &told), told.last());
        let place = || format!("after step {}, {label}", last + 1);
        let value = value(Some(path.before(last)), &path.steps[last].state, &place);
        values.push((label, value));
    }
    match without {
        Some(d) if values.iter().all(|(_, value)| value.is_none()) => Err(Stop::Diagnostics(vec![d])),
        without => {
            // Some states have a value, and those that have none are no reason to show nothing.
            context.warnings.extend(without.map(|d| Diagnostic { severity: Severity::Warning, ..d }));
            Ok(AlongTrace::Steps(values))
        }
    }
}

fn typed(program: &mut Program, e: &tree::Expr, context: &mut Context<'_>) -> Result<Expr, Stop> {
    let (typed, found) = analysis::expression(program, e);
    match typed {
        Some(typed) => {
            context.warnings.extend(found);
            Ok(typed)
        }
        None => Err(Stop::Diagnostics(found)),
    }
}

fn trapped(code: Code, span: Span, compiled: &Expression, trap: Trap, place: &str) -> Diagnostic {
    let why = compiled.trap(trap);
    let span = if why.span.source == span.source { why.span } else { span };
    let mut d = Diagnostic::error(code, span, format!("{}, {place}", why.message));
    d.label = why.label;
    d.help = why.help;
    d
}
