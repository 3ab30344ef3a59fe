//! `show 20000`: one step of the run that was shown last, by its number.
//!
//! Enters: the run. Leaves: a report with the state after the step, and the run with only the steps near it told one by
//! one. A run is kept whole, also where its trace has no middle.

use super::check::options::subject;
use super::trace::{around, shown};
use super::{Run, Session, Stop};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::report::Report;
use crate::report::hand::{Did, HandReport, Next};
use crate::span::Span;

/// `show STEP`
pub(super) fn look(session: &Session, step: i64, span: Span) -> Result<Report, Stop> {
    let refused = |words: String, help: &str| {
        let d = Diagnostic::error(codes::NO_SUCH_STEP, span, words);
        Stop::Refused(vec![d.help(help)])
    };
    let Some(run) = session.run.as_ref().map(super::Along::run) else {
        let help = "`check` shows one where something is violated, `find` where it reaches its goal; \
                    so do `scenario`, `simulate` and steps by hand";
        return Err(refused("no run was shown yet".to_string(), help));
    };
    let Run { model, path } = &*run;
    let length = path.steps.len();
    let Some(step) = usize::try_from(step).ok().filter(|step| *step <= length) else {
        let steps = if length == 1 { "1 step".to_string() } else { format!("{length} steps") };
        let words = format!("the run that was shown last has {steps}, and none with the number {step}");
        return Err(refused(words, &format!("write a number from 0, its beginning, to {length}")));
    };
    let trace = around(model, path, step);
    let last = trace.steps.iter().zip(trace.numbers()).find(|(_, number)| *number == step);
    let mut state = model.decode_state(path.before(step));
    state.extend(model.timers(path.before(step)));
    Ok(Report::Hand(Box::new(HandReport {
        subject: subject(model.program(), model.options()),
        did: Did::Looked { of: length },
        steps: step,
        wrong: Vec::new(),
        earlier: Vec::new(),
        notes: Vec::new(),
        lanes: model.lanes(),
        state: shown(&state),
        changed: last.iter().flat_map(|(step, _)| &step.changes).map(|change| change.path.clone()).collect(),
        next: Next::default(),
        run: Some(trace).filter(|trace| !trace.steps.is_empty()),
        first_broken: None,
    })))
}
