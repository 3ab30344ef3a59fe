//! Which trace of a report is its picture, and what stands above it.
//!
//! Enters: a report. Leaves: a heading with the trace.

use super::words;
use crate::report::{Finding, Report, ScenarioReport, Subject, Trace, Verdict};

/// What stands above the picture of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    /// `acked_survives is violated`
    pub title: String,
    /// `Kafka(brokers = 2) · 6 steps, needs 1 crash`
    pub subtitle: String,
    /// One sentence more: why.
    pub note: String,
    /// The property that breaks: `acked_survives`.
    pub property: Option<String>,
}

/// The trace that a report shows as its picture.
pub fn pictured(report: &Report) -> Option<(Heading, &Trace)> {
    match report {
        Report::Check(check) => {
            let (_, finding, trace) = words::pictured(&check.findings)?;
            Some((of_finding(&check.subject, finding, trace), trace))
        }
        Report::Scenario(scenario) => {
            let trace = scenario.trace.as_ref()?;
            Some((of_scenario(scenario, trace), trace))
        }
        Report::Find(find) => {
            let trace = words::trace_of(&find.verdict)?;
            let (title, property) = match &find.verdict {
                Verdict::Failed { .. } => (format!("a step of {} has no value", find.subject.system), None),
                _ => (format!("a run that reaches {}", find.goal), Some(find.goal.clone())),
            };
            let heading = Heading { title, property, ..of_trace(&find.subject, trace) };
            Some((heading, trace))
        }
        _ => None,
    }
}

/// The heading of the trace of one finding.
pub fn of_finding(subject: &Subject, finding: &Finding, trace: &Trace) -> Heading {
    let title = match &finding.verdict {
        Verdict::Violated { kind: Some(kind), .. } => format!("{} does not converge: {kind}", finding.name),
        Verdict::Failed { .. } => format!("{} could not be judged", finding.name),
        verdict => format!("{} is {}", finding.name, words::verdict(verdict).1),
    };
    let note = match &finding.verdict {
        Verdict::Violated { why, .. } | Verdict::Failed { why, .. } => why.clone(),
        verdict => words::reason(verdict),
    };
    Heading { title, note, property: Some(finding.name.clone()), ..of_trace(subject, trace) }
}

/// The heading of the run of a scenario.
fn of_scenario(scenario: &ScenarioReport, trace: &Trace) -> Heading {
    let failed = if scenario.ways_failed > 0 { " (a way that fails)" } else { "" };
    Heading { title: format!("{}{failed}", scenario.title), ..of_trace(&scenario.subject, trace) }
}

/// The heading of a sample run.
pub fn of_sample(subject: &Subject, trace: &Trace) -> Heading {
    Heading { title: format!("a run of {}", subject.system), ..of_trace(subject, trace) }
}

fn of_trace(subject: &Subject, trace: &Trace) -> Heading {
    Heading {
        subtitle: format!("{} · {}", words::subject(subject), words::trace_size(trace)),
        ..Heading::default()
    }
}
