//! Expectations that a report does not meet, as errors of the cell.
//!
//! Enters: a report. Leaves: a diagnostic for each `expect` of a check and each line of a scenario that failed.

use crate::diag::Diagnostic;
use crate::diag::codes::session::EXPECTATION;
use crate::report::{LineOutcome, Report};

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
            failed.collect()
        }
        Report::Find(_)
        | Report::Audit(_)
        | Report::Compare(_)
        | Report::Diagram(_)
        | Report::Value(_)
        | Report::Defined(_) => Vec::new(),
    }
}
