//! Expectations that a report does not meet, as errors of the cell.
//!
//! Enters: a report. Leaves: a diagnostic for each `expect` of a check and each line of a scenario that failed.

use crate::diag::Diagnostic;
use crate::diag::codes::session::EXPECTATION;
use crate::report::{LineOutcome, Report, ScenarioReport};

/// No way leads through the scenario, though no line of it is false: nothing was looked at, so nothing passed.
fn nowhere(scenario: &ScenarioReport) -> Vec<Diagnostic> {
    let unreached = scenario.lines.iter().find(|line| matches!(line.outcome, LineOutcome::NotReached));
    let Some(line) = unreached.or(scenario.lines.last()) else { return Vec::new() };
    let why = scenario.incomplete.as_deref().unwrap_or("no run leads through this scenario");
    let message = format!("`{}` was not reached", line.text);
    vec![Diagnostic::error(EXPECTATION, line.span, message).label(why.to_string())]
}

pub fn unmet(report: &Report) -> Vec<Diagnostic> {
    match report {
        Report::Check(check) => {
            let unmet = check.expectations.iter().filter(|e| !e.met);
            unmet
                .map(|e| {
                    let message = format!("`{}` is not met", e.words);
                    Diagnostic::error(EXPECTATION, e.span, message).label(e.found.clone())
                })
                .collect()
        }
        Report::Scenario(scenario) => {
            let failed = scenario.lines.iter().filter_map(|line| match &line.outcome {
                LineOutcome::Failed { passed, failed, why, .. } => {
                    let ways = match passed + failed {
                        1 => String::new(),
                        all => format!(" in {failed} of {all} ways"),
                    };
                    let message = format!("`{}` fails{ways}", line.text);
                    Some(Diagnostic::error(EXPECTATION, line.span, message).label(why.clone()))
                }
                _ => None,
            });
            let failed: Vec<_> = failed.collect();
            if failed.is_empty() && scenario.ways_passed == 0 { nowhere(scenario) } else { failed }
        }
        Report::Find(_)
        | Report::Audit(_)
        | Report::Compare(_)
        | Report::Diagram(_)
        | Report::Value(_)
        | Report::Defined(_) => Vec::new(),
    }
}
