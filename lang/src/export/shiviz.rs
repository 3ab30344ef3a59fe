//! ShiViz's logs: who knew of what, as vector clocks.
//!
//! Enters: a run. Leaves: two lines for each step, what happened and `HOST CLOCK`, which is the form that ShiViz reads
//! without a parser of one's own. A clock grows with each step of its host, and takes over that of the step that sent
//! the message which is delivered (Mattern, Virtual Time and Global States of Distributed Systems, 1989).

use super::ShownRun;
use crate::concepts::StepKind;
use std::fmt::Write;

/// How ShiViz reads the log: a group for each part.
pub const PARSER: &str = r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})";

/// The log, ends with a newline; empty for a run without steps.
pub fn log(run: &ShownRun<'_>) -> String {
    let trace = run.trace;
    let hosts: Vec<String> = trace.lanes.iter().map(|lane| host(lane)).collect();
    let mut clocks = vec![vec![0_u64; hosts.len()]; hosts.len()];
    let mut sent: Vec<Vec<u64>> = Vec::new();
    let mut out = String::new();
    for step in trace.told() {
        if let Some(message) =
            step.received.filter(|_| step.kind == StepKind::Deliver).and_then(|m| sent.get(m))
        {
            let clock = &mut clocks[step.lane];
            clock.iter_mut().zip(message).for_each(|(mine, theirs)| *mine = (*mine).max(*theirs));
        }
        clocks[step.lane][step.lane] += 1;
        sent.extend(step.sent.iter().map(|_| clocks[step.lane].clone()));
        let known = hosts.iter().zip(&clocks[step.lane]).filter(|(_, n)| **n > 0);
        let clock: Vec<String> = known.map(|(host, n)| format!("\"{host}\":{n}")).collect();
        let event = trace.told_as(step).replace(['\n', '\r'], " ");
        let _cannot_fail = writeln!(out, "{event}\n{} {{{}}}", hosts[step.lane], clock.join(","));
    }
    out
}

/// A host is a word.
fn host(lane: &str) -> String {
    lane.replace(|c: char| c.is_whitespace() || matches!(c, '"' | '\\' | '{' | '}'), "_")
}
