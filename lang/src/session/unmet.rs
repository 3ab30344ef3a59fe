//! Expectations that a report does not meet, as errors of the cell.
//!
//! Enters: a report. Leaves: a diagnostic for each `expect` of a check and each line of a scenario that failed.

use crate::diag::Diagnostic;
use crate::diag::codes::session::EXPECTATION;
use crate::report::{Expectation, ExpectedFind, LineOutcome, Report, ScenarioReport};

/// No line of the scenario is false, but not every way through it was tried, or none: that is no success.
fn untried(scenario: &ScenarioReport) -> Vec<Diagnostic> {
    let unreached = scenario.lines.iter().find(|line| matches!(line.outcome, LineOutcome::NotReached));
    let Some(line) = unreached.or(scenario.lines.last()) else { return Vec::new() };
    let why = scenario.incomplete.as_deref().unwrap_or("no run leads through this scenario");
    let message = match (&line.outcome, scenario.ways_passed) {
        (LineOutcome::NotReached, _) => format!("`{}` was not reached", line.text),
        _ => format!("`{}` was not tried in every way", line.text),
    };
    vec![Diagnostic::error(EXPECTATION, line.span, message).label(why.to_string())]
}

fn unmet_expectation(e: &Expectation) -> Diagnostic {
    Diagnostic::error(EXPECTATION, e.span, format!("`{}` is not met", e.words)).label(e.found.clone())
}

pub(super) fn unmet(report: &Report) -> Vec<Diagnostic> {
    match report {
        Report::Check(check) => {
            let unmet = check.expectations.iter().filter(|e| e.is_missed());
            unmet.map(unmet_expectation).collect()
        }
        Report::Scenario(scenario) => {
            let failed = scenario.lines.iter().filter_map(|line| match &line.outcome {
                LineOutcome::Failed { passed, failed, why, .. } => {
                    let ways = match passed.saturating_add(*failed) {
                        0 | 1 => String::new(),
                        u64::MAX => " in more ways than can be counted".to_string(),
                        all => format!(" in {failed} of {all} ways"),
                    };
                    let message = format!("`{}` fails{ways}", line.text);
                    Some(Diagnostic::error(EXPECTATION, line.span, message).label(why.clone()))
                }
                _ => None,
            });
            let failed: Vec<_> = failed.collect();
            let open = scenario.ways_passed == 0 || scenario.incomplete.is_some();
            if failed.is_empty() && open { untried(scenario) } else { failed }
        }
        Report::Simulation(simulation) => {
            let unmet = simulation.expectations.iter().filter(|e| e.is_missed());
            unmet.map(unmet_expectation).collect()
        }
        Report::Find(find) => {
            let unmet = find.expected.iter().filter(|e| e.is_missed());
            let said = |e: &ExpectedFind| {
                let message = format!("`{}` is not met", e.words);
                Diagnostic::error(EXPECTATION, e.span, message).label(e.found.clone())
            };
            unmet.map(said).collect()
        }
        Report::Sweep(_)
        | Report::Mutation(_)
        | Report::Relax(_)
        | Report::Grade(_)
        | Report::Graph(_)
        | Report::Audit(_)
        | Report::Compare(_)
        | Report::Diagram(_)
        | Report::Hand(_)
        | Report::Saved(_)
        | Report::Beside(_)
        | Report::Value(_)
        | Report::Inspection(_)
        | Report::Defined(_) => Vec::new(),
    }
}
