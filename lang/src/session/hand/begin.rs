//! Where a run by hand begins.
//!
//! Enters: a typed program, where it is to begin, what may go wrong. Leaves: a run without steps in the first initial state
//! that is meant.

use super::{ByHand, judge, stale};
use crate::analysis::Definitions;
use crate::analysis::program::{Expr, Program};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::engine::machine::{Machine, Trap, Word};
use crate::model::evaluate::Expression;
use crate::model::{BuildOptions, Model};
use crate::obligations::{self, Wanted, Watch};
use crate::report::hand::Next;
use crate::session::check::no_initial_state;
use crate::session::check::options::setup;
use crate::session::command;
use crate::session::scenario::plan::{self, Plan};
use crate::session::{Context, Host, Stop};
use crate::syntax::tree::{CheckOption, CheckOptionKind, Line, LineKind, Target};
use crate::value::Value;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// No more initial states are counted.
const MOST: usize = 10_000;

/// What `start` says besides the system, typed.
pub(super) struct Asked {
    begins: Vec<Expr>,
    build: BuildOptions,
}

/// Types the lines of `start`. Errors: all that is wrong with them.
pub(super) fn asked(
    program: &mut Program,
    lines: &[Line],
    host: &dyn Host,
) -> Result<Asked, Vec<Diagnostic>> {
    let (mut begins, mut options, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for line in lines {
        match &line.kind {
            LineKind::Init(_) => begins.push(line.clone()),
            LineKind::Faults(faults) => {
                let kind = CheckOptionKind::Faults(faults.clone());
                options.push(CheckOption { kind, span: line.span });
            }
            LineKind::Error => {}
            LineKind::FromAnyState => {
                let words = "a run by hand begins where the system does";
                let help = "a `scenario` begins anywhere: `from any state`, then `init P`";
                errors.push(Diagnostic::error(codes::LINE, line.span, words).help(help));
            }
            LineKind::Do { .. }
            | LineKind::Deliver(..)
            | LineKind::Reorder(..)
            | LineKind::Lose(..)
            | LineKind::Duplicate(..)
            | LineKind::Node(..)
            | LineKind::Partition { .. }
            | LineKind::Heal
            | LineKind::Run { .. }
            | LineKind::Expect(_)
            | LineKind::ExpectVerdict(_)
            | LineKind::ExpectStep { .. } => {
                let d = Diagnostic::error(codes::LINE, line.span, "a run by hand begins without a step");
                errors.push(d.help("write `do` and the step after `start`; here stand `init` and `faults`"));
            }
        }
    }
    let mut build = BuildOptions { symmetry_off: true, ..BuildOptions::default() };
    match setup(program, &options, host) {
        Ok(setup) => {
            build.faults = setup.build.faults;
            build.execution = setup.build.execution;
        }
        Err(found) => errors.extend(found),
    }
    let (plans, found) = plan::plans(program, &[], &[], &begins);
    errors.extend(found.into_iter().filter(Diagnostic::is_error));
    if !errors.is_empty() {
        return Err(errors);
    }
    let condition = |plan: Plan| match plan {
        Plan::Init(e) => Some(e),
        _ => None,
    };
    Ok(Asked { begins: plans.into_iter().filter_map(condition).collect(), build })
}

/// The run before its first step.
pub(super) fn begin(
    definitions: &Definitions,
    target: &Target,
    lines: &[Line],
    context: &mut Context<'_>,
) -> Result<ByHand, Stop> {
    let mut program = command::program(definitions, target, context)?;
    let alone = judge::judged_by_checks_alone(&program);
    let wanted = Wanted { watch: Watch::OneRun, ..Wanted::default() };
    let properties = obligations::wanted(&mut program, wanted);
    let Asked { begins, build } = asked(&mut program, lines, context.host).map_err(Stop::Diagnostics)?;
    let kept = properties.iter().filter(|p| p.on_one_run()).map(super::super::scenario::unprobed);
    let model = Arc::new(Model::build(&program, kept.collect(), &build).map_err(Stop::Diagnostics)?);
    let compiled = begins.iter().map(|e| model.compile_expr(&program, e));
    let compiled = compiled.collect::<Result<Vec<_>, _>>().map_err(|d| Stop::Diagnostics(vec![*d]))?;
    let first = first(&model, &program, &compiled, context)?.ok_or_else(|| match begins.first() {
        None => no_initial_state(target.span),
        Some(e) => {
            let d = Diagnostic::error(codes::NO_VALUE, e.span, "no run begins like this");
            Stop::Diagnostics(vec![d.help("without `init` it begins in the first initial state")])
        }
    })?;
    let mut hand = ByHand {
        wrong: judge::judge(&model, context.sources, None, &first.state).into(),
        model,
        target: target.clone(),
        words: stale::words(definitions, &target.name.text, context.sources).into(),
        init: first.state.clone(),
        steps: Vec::new(),
        next: Arc::new(Next::default()),
        notes: Vec::new(),
    };
    hand.arrive(context)?;
    if first.count > 1 {
        let more = if first.count > MOST { "more than " } else { "" };
        let count = first.count.min(MOST);
        let name = &target.name.text;
        hand.notes.push(format!(
            "the first of {more}{count} initial states: `start {name} {{ init P }}` begins where P is true"
        ));
    }
    if !alone.is_empty() {
        let verb = if alone.len() == 1 { "holds" } else { "hold" };
        let words = format!("only `check` says whether {} {verb}: it takes all runs", alone.join(" and "));
        hand.notes.push(words);
    }
    Ok(hand)
}

/// An initial state, and how many there are that are meant.
struct First {
    state: Arc<[Word]>,
    count: usize,
}

fn first(
    model: &Model,
    program: &Program,
    begins: &[Expression],
    context: &Context<'_>,
) -> Result<Option<First>, Stop> {
    let mut first: Option<Arc<[Word]>> = None;
    let mut seen: FxHashSet<Box<[Word]>> = FxHashSet::default();
    let mut trapped: Option<Diagnostic> = None;
    let mut cancelled = false;
    let holds = |state: &[Word]| -> Result<bool, (usize, Trap)> {
        for (i, e) in begins.iter().enumerate() {
            if model.eval(program, e, None, state).map_err(|trap| (i, trap))? != Value::Bool(true) {
                return Ok(false);
            }
        }
        Ok(true)
    };
    model.initial(&mut model.scratch(), &mut |state| {
        cancelled = context.host.cancelled();
        match state.map(|state| (state, holds(state))) {
            Ok((state, Ok(true))) => {
                first.get_or_insert_with(|| state.into());
                seen.insert(state.into());
            }
            Ok((_, Ok(false))) => {}
            Ok((_, Err((i, trap)))) => trapped = Some(begins[i].trap(trap)),
            Err(trap) => trapped = Some(model.trap(trap)),
        }
        !cancelled && trapped.is_none() && seen.len() <= MOST
    });
    match trapped {
        Some(d) => Err(Stop::Diagnostics(vec![d])),
        None if cancelled => Err(Stop::Interrupted),
        None => Ok(first.map(|state| First { state, count: seen.len() })),
    }
}
