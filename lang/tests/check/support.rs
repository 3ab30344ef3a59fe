//! Cells through a session, and what they found.

use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::{CheckReport, FindReport, Finding, Report, Trace, Verdict};
use reconverge_lang::session::{CellRef, Host, Outcome, Session};
use reconverge_lang::view;
use std::sync::atomic::{AtomicBool, Ordering};

/// Two threads; cancels when told to.
#[derive(Default)]
pub struct Quiet {
    pub cancel: AtomicBool,
}

impl Observer for Quiet {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

impl Host for Quiet {
    fn threads(&self) -> usize {
        2
    }
}

/// Executes a cell in a fresh session.
pub fn execute(code: &str) -> (Vec<Report>, Outcome) {
    execute_with(code, &Quiet::default())
}

pub fn execute_with(code: &str, host: &dyn Host) -> (Vec<Report>, Outcome) {
    let mut session = Session::new(Vec::new());
    let mut reports = Vec::new();
    let cell = CellRef { id: None, name: "cell 1".into() };
    let outcome = session.execute(cell, code, host, &mut |output| reports.push(output.report));
    (reports, outcome)
}

/// The report of the only check of a cell without errors in its text.
#[track_caller]
pub fn check(code: &str) -> CheckReport {
    let (reports, outcome) = execute(code);
    let found = reports.into_iter().find_map(|r| if let Report::Check(c) = r { Some(*c) } else { None });
    found.unwrap_or_else(|| panic!("{outcome:?}"))
}

#[track_caller]
pub fn find(code: &str) -> FindReport {
    let (reports, outcome) = execute(code);
    let found = reports.into_iter().find_map(|r| if let Report::Find(f) = r { Some(*f) } else { None });
    found.unwrap_or_else(|| panic!("{outcome:?}"))
}

/// Codes of the errors of a cell.
pub fn errors(code: &str) -> Vec<String> {
    match execute(code).1 {
        Outcome::Failed(failure) => failure.diagnostics.iter().map(|d| d.code.to_string()).collect(),
        Outcome::Done { warnings } => warnings.iter().map(|d| d.code.to_string()).collect(),
        _ => Vec::new(),
    }
}

#[track_caller]
pub fn finding<'r>(report: &'r CheckReport, name: &str) -> &'r Finding {
    let found = report.findings.iter().find(|f| f.name == name);
    found.unwrap_or_else(|| panic!("{:?}", report.findings))
}

/// `holds`, `violated`, `violated: stuck`, `not checked`, …
pub fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds { .. } => "holds".into(),
        Verdict::HoldsWithinBound { cut, .. } => format!("holds within bound, {cut} cut"),
        Verdict::Vacuous { .. } => "vacuous".into(),
        Verdict::Violated { kind: Some(kind), .. } => kind.word().into(),
        Verdict::Violated { .. } => "violated".into(),
        Verdict::Witnessed { .. } => "witnessed".into(),
        Verdict::Incomplete { .. } => "incomplete".into(),
        Verdict::Failed { code, .. } => format!("failed {code}"),
        Verdict::NotChecked { .. } => "not checked".into(),
    }
}

/// The verdict on each member, by name.
pub fn verdicts(report: &CheckReport) -> Vec<(String, String)> {
    report.findings.iter().map(|f| (f.name.clone(), word(&f.verdict))).collect()
}

#[track_caller]
pub fn trace(verdict: &Verdict) -> &Trace {
    match verdict {
        Verdict::Violated { trace, .. } | Verdict::Witnessed { trace } => trace,
        Verdict::Failed { trace: Some(trace), .. } => trace,
        other => panic!("{other:?}"),
    }
}

pub fn labels(trace: &Trace) -> Vec<&str> {
    trace.steps.iter().map(|step| step.label.as_str()).collect()
}

/// Every picture and table of a report can be made.
#[track_caller]
pub fn views(code: &str) -> String {
    let mut session = Session::new(Vec::new());
    let cell = CellRef { id: None, name: "cell 1".into() };
    let mut text = String::new();
    session.execute(cell, code, &Quiet::default(), &mut |output| {
        text += &view::text(&output.report, &output.sources);
        assert!(!view::html(&output.report, &output.sources).is_empty());
    });
    text
}
