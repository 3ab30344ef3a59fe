//! What is printed can be typed: the lines of every trace of the suite, as a scenario of the same system.
//!
//! Enters: the reports of a cell, and the session after it. Leaves: what went otherwise when the lines were played.

use super::summary::trace_of;
use reconverge_lang::report::{LineOutcome, Report, ScenarioReport, Subject, Trace, Verdict};
use reconverge_lang::session::{CellRef, Session};

/// The traces of a report, and for each whether its last step has no value.
fn traces(report: &Report) -> Vec<(&Subject, &Trace, bool)> {
    let of = |verdict: &Verdict| matches!(verdict, Verdict::Failed { .. });
    match report {
        Report::Check(check) => {
            let bad = check.findings.iter().filter_map(|f| {
                let trace = trace_of(&f.verdict)?;
                Some((&check.subject, trace, of(&f.verdict)))
            });
            bad.chain(check.sample.iter().map(|trace| (&check.subject, trace, false))).collect()
        }
        Report::Find(find) => {
            let trace = trace_of(&find.verdict).into_iter();
            trace.map(|trace| (&find.subject, trace, of(&find.verdict))).collect()
        }
        Report::Scenario(scenario) if scenario.ways_failed == 0 => {
            scenario.trace.iter().map(|trace| (&scenario.subject, trace, false)).collect()
        }
        _ => Vec::new(),
    }
}

/// The lines of a trace as a scenario.
fn script(subject: &Subject, trace: &Trace) -> String {
    let params: Vec<String> =
        subject.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
    let lines: Vec<String> = trace.lines().iter().map(|line| format!("  {line}\n")).collect();
    format!("scenario \"typed\" on {}{params} {{\n{}}}\n", subject.system, lines.concat())
}

fn played(session: &Session, script: &str) -> Result<ScenarioReport, String> {
    let mut session = session.clone();
    let mut found = None;
    let cell = CellRef { id: None, name: "typed".to_string() };
    let outcome = session.execute(cell, script, &super::WAYS[0], &mut |output| {
        if let Report::Scenario(report) = output.report {
            found = Some(*report);
        }
    });
    found.ok_or_else(|| format!("{outcome:?}"))
}

/// What is otherwise when the lines of a trace are played.
fn otherwise(session: &Session, trace: &Trace, trapped: bool, script: &str) -> Option<String> {
    let report = match played(session, script) {
        Ok(report) => report,
        Err(why) => return Some(why),
    };
    let failed: Vec<String> = report
        .lines
        .iter()
        .enumerate()
        .filter_map(|(i, line)| match &line.outcome {
            LineOutcome::Passed { .. } => None,
            // The last step of a run without a value has none when it is typed, either.
            LineOutcome::Failed { .. } if trapped && i + 1 == report.lines.len() => None,
            LineOutcome::Failed { why, .. } => Some(format!("{}: {why}", line.text)),
            LineOutcome::NotReached => Some(format!("{}: not reached", line.text)),
        })
        .collect();
    if !failed.is_empty() {
        return Some(failed.join("; "));
    }
    let last = report.trace.map(|trace| trace.last).unwrap_or_default();
    let same = trapped || last == trace.last;
    (!same).then(|| format!("it ends with {last:?} and not with {:?}", trace.last))
}

/// What is wrong with the traces of some reports.
fn wrong(session: &Session, code: &str, reports: &[Report], number: &mut u32) -> Vec<String> {
    let mut found = Vec::new();
    let all = reports.iter().flat_map(traces);
    // No line makes a run begin in a state that is no initial one.
    for (subject, trace, trapped) in all.filter(|(_, trace, _)| !trace.any_state && trace.length() > 0) {
        *number += 1;
        let script = script(subject, trace);
        if let Some(why) = otherwise(session, trace, trapped, &script) {
            found.push(format!("{code}\n{script}{why}\n"));
        }
    }
    found
}

#[test]
fn every_trace_can_be_typed() {
    let (mut wrong, mut number) = (Vec::new(), 0);
    for path in super::files() {
        super::cells(&path, &super::WAYS[0], &mut |session, code, reports| {
            let place = path.file_name().unwrap_or_default().to_string_lossy().to_string();
            wrong.extend(
                self::wrong(session, code, reports, &mut number)
                    .into_iter()
                    .map(|why| format!("{place}: {why}")),
            );
        });
    }
    assert!(number > 100, "only {number} traces");
    assert!(wrong.is_empty(), "{} of {number} traces cannot be typed:\n{}", wrong.len(), wrong.join("\n"));
}
