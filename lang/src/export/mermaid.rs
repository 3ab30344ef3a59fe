//! Mermaid's sequence diagrams, and state graphs as its flow charts.
//!
//! Enters: a run or a state graph. Leaves: the text of a diagram: of a run a lane for each node, an arrow where a message arrives, a crossed one
//! where it is lost, a note for every other step. What is never delivered is told at the end.

use super::ShownRun;
use crate::concepts::{Fault, StepKind};
use crate::report::{GraphReport, Sent, Trace, TraceStep};
use crate::view::graph::{differs, remarks, step, times, title};

/// The text of the diagram, ends with a newline.
pub fn diagram(run: &ShownRun<'_>) -> String {
    let trace = run.trace;
    let mut out = format!("sequenceDiagram\n  %% {}\n", run.title().replace(['\n', '\r', '{', '}'], " "));
    for (lane, name) in trace.lanes.iter().enumerate() {
        out += &format!("  participant L{lane} as {}\n", escape(name));
    }
    for (path, value) in &trace.chosen {
        out += &note(trace, &[], &format!("begins with {path} = {value}"));
    }
    let sent: Vec<&Sent> = trace.steps.iter().flat_map(|step| &step.sent).collect();
    let mut under_way = vec![true; sent.len()];
    let taken = trace.told();
    for (index, step) in taken.iter().enumerate() {
        if trace.loop_start == Some(index) {
            out += "  loop for ever\n";
        }
        let message = step.received.and_then(|m| Some((m, *sent.get(m)?)));
        let Some((arrow, (m, message))) = Arrow::of(step.kind).zip(message) else {
            out += &note(trace, &lanes(step), &trace.told_as(step));
            out += &changes(trace, step);
            continue;
        };
        under_way[m] = false;
        out += &format!("  L{}{}L{}: {}\n", message.from, arrow.mark(), message.to, escape(&message.message));
        out += &changes(trace, step);
    }
    if trace.loop_start.is_some_and(|first| first < taken.len()) {
        out += "  end\n";
    }
    for (sent, _) in sent.iter().zip(&under_way).filter(|(_, under_way)| **under_way) {
        out += &note(trace, &[sent.from, sent.to], &format!("still under way: {}", sent.message));
    }
    // What has no value was said of its step.
    if let Some(broken) = trace.broken.as_ref().filter(|_| trace.no_value.is_none()) {
        out += &note(trace, &[], &format!("broken: {}", broken.expression));
    }
    out
}

/// The text of a state graph as a flow chart: faults are dotted, the run that breaks something thick.
pub fn graph(report: &GraphReport) -> String {
    let mut out = format!("flowchart TB\n  %% {}\n", title(report).replace(['\n', '\r', '{', '}'], " "));
    for node in &report.nodes {
        let told = differs(report, node).iter().map(|(path, value)| format!("{path} = {value}"));
        let remarks = remarks(report, node).into_iter().map(|r| format!("{} {}", r.mark, r.words));
        let name = format!("{} {}", node.name(), times(node));
        let lines = [name.trim().to_string()].into_iter().chain(remarks).chain(told);
        out += &format!("  {}[\"{}\"]\n", node.name(), chart(lines));
    }
    for edge in &report.edges {
        let arrow = match (edge.faults, edge.on_run) {
            (true, _) => "-.->",
            (false, true) => "==>",
            (false, false) => "-->",
        };
        let steps = chart(edge.steps.iter().map(step));
        out += &format!("  s{} {arrow}|\"{steps}\"| s{}\n", edge.from, edge.to);
    }
    out
}

/// Lines of a label in quotes.
fn chart(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| escape(&line).replace('"', "#34;")).collect::<Vec<_>>().join("<br/>")
}

/// What becomes of a message.
enum Arrow {
    Arrives,
    IsLost,
}

impl Arrow {
    /// Of a step that takes one from its way.
    fn of(kind: StepKind) -> Option<Arrow> {
        match kind {
            StepKind::Deliver => Some(Arrow::Arrives),
            StepKind::Fault(fault) => fault.eq(&Fault::Lose).then_some(Arrow::IsLost),
            StepKind::Action
            | StepKind::Resolution
            | StepKind::Reconciler
            | StepKind::Tick
            | StepKind::Heal
            | StepKind::Stutter => None,
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Arrow::Arrives => "->>",
            Arrow::IsLost => "--x",
        }
    }
}

/// Over the lanes from the first to the last; over all where none is named.
fn note(trace: &Trace, lanes: &[usize], text: &str) -> String {
    let first = lanes.iter().min().copied().unwrap_or(0);
    let last = lanes.iter().max().copied().unwrap_or(trace.lanes.len().saturating_sub(1));
    let over = if first == last { format!("L{first}") } else { format!("L{first},L{last}") };
    format!("  Note over {over}: {}\n", escape(text))
}

/// A partition concerns all that it parts.
fn lanes(step: &TraceStep) -> Vec<usize> {
    let parted: Vec<usize> = step.sides.iter().flatten().copied().collect();
    if parted.is_empty() { vec![step.lane] } else { parted }
}

fn changes(trace: &Trace, step: &TraceStep) -> String {
    if step.changes.is_empty() {
        return String::new();
    }
    let words: Vec<String> = step.changes.iter().map(|c| format!("{} = {}", c.path, c.after)).collect();
    note(trace, &[step.lane], &words.join(", "))
}

/// What has a meaning in a diagram, as the entities of Mermaid.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' | ';' | '<' | '>' | '%' | '`' => out += &format!("#{};", c as u32),
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    // The word closes a loop, wherever it stands alone.
    if out.trim().eq_ignore_ascii_case("end") { "#101;nd".to_string() } else { out }
}
