//! Scenarios through a session: what each line does, in how many ways, and what it says where it fails.
//!
//! A case in `scenarios/*.md` is a cell, and what comes of each line; how cases are written is in `support/cases.rs`.

#[path = "support/cases.rs"]
mod cases;

use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::report::{LineOutcome, Report, ScenarioReport};
use reconverge_lang::session::{CellRef, Host, Outcome, Session};
use reconverge_lang::value::Value;
use std::fmt::Write;

struct Quiet;

impl Observer for Quiet {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Host for Quiet {
    fn threads(&self) -> usize {
        1
    }
}

#[test]
fn lines() {
    cases::check("scenarios/lines.md", &played);
}

/// What comes of the scenarios of a cell.
fn played(cell: &str) -> String {
    let mut session = Session::new(Vec::new());
    let (mut out, mut reports) = (String::new(), Vec::new());
    let name = CellRef { id: None, name: "case".to_string() };
    let outcome = session.execute(name, cell, &Quiet, &mut |output| reports.push(output.report));
    for report in &reports {
        if let Report::Scenario(report) = report {
            describe(report, &mut out);
        }
    }
    if let (Outcome::Failed(failure), true) = (outcome, reports.is_empty()) {
        for d in failure.diagnostics {
            let _ = writeln!(out, "{} {}: {}", d.code, session.sources().describe(d.span), d.message);
            if let Some(help) = d.help {
                let _ = writeln!(out, "  {help}");
            }
        }
    }
    out
}

fn describe(report: &ScenarioReport, out: &mut String) {
    let (passed, failed) = (report.ways_passed, report.ways_failed);
    let _ = writeln!(out, "{}: {passed} passed, {failed} failed", report.title);
    for line in &report.lines {
        let _ = match &line.outcome {
            LineOutcome::Passed { ways: 1, values } => {
                writeln!(out, "  ok    {}{}", line.text, listed(values))
            }
            LineOutcome::Passed { ways, values } => {
                writeln!(out, "  ok    {} ({ways} ways){}", line.text, listed(values))
            }
            LineOutcome::Failed { passed, failed, why, values } => {
                writeln!(out, "  FAIL  {} ({passed} pass, {failed} fail): {why}{}", line.text, listed(values))
            }
            LineOutcome::Asked { answers, .. } => writeln!(out, "  ?     {}: {answers:?}", line.text),
            LineOutcome::NotReached => writeln!(out, "  -     {}", line.text),
        };
    }
    if let Some(trace) = report.trace.as_ref().filter(|_| failed > 0) {
        let steps: Vec<&str> = trace.steps.iter().map(|s| s.label.as_str()).collect();
        let _ = writeln!(out, "  run: {}", steps.join("; "));
    }
}

fn listed(values: &[(String, Value)]) -> String {
    if values.is_empty() {
        return String::new();
    }
    let each: Vec<String> = values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("  [{}]", each.join(", "))
}
