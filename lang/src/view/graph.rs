//! The words of a state graph: what stands above it, what marks its states, what its steps are called.
//!
//! Enters: a report of `graph`. Leaves: short strings for text, HTML and pictures.

use super::palette::Ink;
use super::words::{count, plural, subject};
use crate::concepts::StepKind;
use crate::report::graph::{GraphEdge, GraphNode, GraphReport, GraphStep, Shows};
use crate::value::Value;

mod layout;

pub use layout::{Curve, Framing, NodeBox, Picture, layout};

/// `graph Counter(n = 2)`
pub fn title(report: &GraphReport) -> String {
    format!("graph {}", subject(&report.subject))
}

/// How much of the graph is here: `8 states`, `24 of 1,204 states: the run that breaks low, and what lies beside it`
pub fn shows(report: &GraphReport) -> String {
    let all = report.coverage.states_distinct;
    let whole = match report.of == all {
        true => plural(all, "state"),
        false => format!("{} for {}", plural(report.of, "node"), plural(all, "state")),
    };
    let part = || {
        let (generated, depth) = (count(report.coverage.states_generated), report.coverage.depth);
        format!("a part: {} of {whole} ({generated} generated, depth {depth})", report.nodes.len())
    };
    match &report.shows {
        // A cap or a bound leaves states out that nobody has seen.
        Shows::Everything if report.coverage.incomplete.is_some() => {
            format!("all that was explored: {whole}")
        }
        Shows::Everything if report.coverage.states_cut > 0 => {
            format!("all within the bound: {whole}")
        }
        Shows::Everything => format!("all of it: {whole}"),
        Shows::Run { member, left_out } => {
            let run = match member {
                Some(member) => format!("the shortest run that breaks {member}"),
                None => "the shortest run to what has no value".to_string(),
            };
            let without = match left_out {
                0 => String::new(),
                n => format!(" (without its first {})", plural(*n as u64, "state")),
            };
            format!("{}, along {run}{without} and nearest to it", part())
        }
        Shows::Beginning => format!("{}, nearest to where it begins", part()),
    }
}

/// What is the same in every state that is here, behind how far that is said; `None`: nothing is, or there is only one.
pub fn common(report: &GraphReport) -> Option<(&'static str, String)> {
    let values = values(&report.common);
    // A state that stands for others has its members in one order of several.
    let folded = report.nodes.iter().any(|node| node.stands_for > 1);
    let words = if folded { "in each, as it is drawn: " } else { "in each: " };
    (report.nodes.len() > 1 && !values.is_empty()).then_some((words, values))
}

/// `x = 1, r1.seen = 0`
pub fn values(values: &[(String, Value)]) -> String {
    values.iter().map(|(path, value)| format!("{path} = {value}")).collect::<Vec<_>>().join(", ")
}

/// What tells a state from the others here; of the only one, all of it.
pub fn differs<'r>(report: &'r GraphReport, node: &'r GraphNode) -> &'r [(String, Value)] {
    if report.nodes.len() == 1 { &node.state } else { &node.differs }
}

/// A remark on a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// One character, so that nothing rests on colour.
    pub mark: &'static str,
    /// In a few words.
    pub words: String,
    /// What it is written in.
    pub ink: Ink,
}

/// What is to be said of a state: the worst first.
pub fn remarks(report: &GraphReport, node: &GraphNode) -> Vec<Remark> {
    let remark = |mark, words: String, ink| Remark { mark, words, ink };
    let mut all = Vec::new();
    if node.initial {
        all.push(remark("▶", "initial".to_string(), Ink::Text));
    }
    if !node.breaks.is_empty() {
        all.push(remark("✗", format!("{} broken", node.breaks.join(", ")), Ink::Broken));
    }
    all.extend(node.no_value.iter().map(|line| remark("!", format!("{line} has no value"), Ink::Broken)));
    if node.is_short(&report.lasting) {
        all.push(remark("■", "stuck".to_string(), Ink::Broken));
    } else if node.stuck {
        all.push(remark("■", "end".to_string(), Ink::Text));
    }
    match (node.goals.len(), report.goals.len()) {
        (0, _) => {}
        (_, 1) => all.push(remark("◎", "goal".to_string(), Ink::Resolution)),
        (n, of) if n == of => all.push(remark("◎", "all goals".to_string(), Ink::Resolution)),
        _ => all.push(remark("◎", node.goals.join(", "), Ink::Resolution)),
    }
    if node.unexpanded {
        all.push(remark("…", "steps not taken".to_string(), Ink::Muted));
    }
    if node.outside > 0 {
        all.push(remark("+", format!("{} elsewhere", plural(u64::from(node.outside), "step")), Ink::Muted));
    }
    all
}

/// `×6` where a node stands for six states; empty where for one.
pub fn times(node: &GraphNode) -> String {
    if node.stands_for > 1 { format!("×{}", count(node.stands_for)) } else { String::new() }
}

/// What the marks mean that occur, beyond their own words.
pub fn legend(report: &GraphReport) -> Vec<(&'static str, String)> {
    let any = |is: &dyn Fn(&GraphNode) -> bool| report.nodes.iter().any(is);
    let mut all = Vec::new();
    if any(&|node| node.is_short(&report.lasting)) {
        all.push(("■ stuck", format!("nothing can happen, short of {}", goals(&report.lasting))));
    }
    if any(&|node| node.stuck && !node.is_short(&report.lasting)) {
        all.push(("■ end", "nothing can happen any more".to_string()));
    }
    if any(&|node| !node.goals.is_empty()) {
        all.push(("◎", format!("{} reached", goals(&report.goals))));
    }
    if any(&|node| node.unexpanded) {
        all.push(("…", "outside the bounds, or not explored: its steps are not shown".to_string()));
    }
    if any(&|node| node.outside > 0) {
        all.push(("+", "steps to states that are not shown".to_string()));
    }
    if report.is_folded() {
        all.push(("×n", "one of n states alike but for the names of what is interchangeable; a step may lead to another of them".to_string()));
    }
    all
}

fn goals(names: &[String]) -> String {
    match names {
        [one] => format!("the goal of {one}"),
        _ => "goals".to_string(),
    }
}

/// `low is broken by a run of 3 steps`
pub fn broken(report: &GraphReport) -> Vec<String> {
    let told = report.broken.iter().map(|member| {
        let run = match member.steps {
            0 => "in an initial state".to_string(),
            steps => format!("by a run of {}", plural(steps as u64, "step")),
        };
        format!("{} is broken {run}{}", member.name, if member.drawn { ", drawn bold" } else { "" })
    });
    told.collect()
}

/// A step, and what it breaks: `do inc at r1 ✗ monotone`
pub fn step(step: &GraphStep) -> String {
    match step.breaks.is_empty() {
        true => step.line.clone(),
        false => format!("{} ✗ {}", step.line, step.breaks.join(", ")),
    }
}

/// The colour of a step.
pub fn ink(step: &GraphStep) -> Ink {
    if !step.breaks.is_empty() {
        return Ink::Broken;
    }
    match step.kind {
        StepKind::Action => Ink::Action,
        StepKind::Deliver => Ink::Message,
        StepKind::Resolution => Ink::Resolution,
        StepKind::Reconciler => Ink::Reconciler,
        StepKind::Tick | StepKind::Heal | StepKind::Stutter => Ink::Muted,
        StepKind::Fault(_) => Ink::Fault,
    }
}

/// `--do inc at r1-->`, `··crash r1··>`
pub fn arrow(edge: &GraphEdge, step: &str) -> String {
    if edge.faults { format!("··{step}··>") } else { format!("--{step}-->") }
}

/// The graph in words: the description of its picture, or the beginning of it.
pub fn describe(report: &GraphReport) -> String {
    const MOST: usize = 24;
    let step = |edge: &GraphEdge| {
        let steps: Vec<String> = edge.steps.iter().map(step).collect();
        format!("s{} to s{} by {}", edge.from, edge.to, steps.join(" or "))
    };
    let steps: Vec<String> = report.edges.iter().take(MOST).map(step).collect();
    let more = match report.edges.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let steps = if steps.is_empty() { "none".to_string() } else { steps.join("; ") };
    format!("State graph, {}. Steps: {steps}{more}.", shows(report))
}
