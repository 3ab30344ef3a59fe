//! State graphs as text: every state with what tells it from the others, and below it the steps out of it.
//!
//! Enters: a report of `graph`. Leaves: a list.

use crate::report::graph::{GraphNode, GraphReport};
use crate::view::graph;
use crate::view::words::{budgets, coverage};

pub(super) fn graph(report: &GraphReport) -> String {
    let mut out =
        format!("{} · {}\n{}\n", graph::title(report), budgets(&report.subject), graph::shows(report));
    out.extend(coverage(&report.coverage).iter().map(|line| format!("{line}\n")));
    out.extend(graph::broken(report).iter().map(|line| format!("✗ {}\n", line.replace(", drawn bold", ""))));
    out.extend(report.no_value.iter().map(|why| format!("! {why}\n")));
    if let Some((words, values)) = graph::common(report) {
        out += &format!("{words}{values}\n");
    }
    out += "\n";
    for node in &report.nodes {
        out += &state(report, node);
        for edge in report.edges.iter().filter(|edge| edge.from == node.number) {
            for step in &edge.steps {
                out += &format!("    {} s{}\n", graph::arrow(edge, &graph::step(step)), edge.to);
            }
        }
    }
    let legend = graph::legend(report);
    if !legend.is_empty() {
        out += "\n";
    }
    out.extend(legend.iter().map(|(mark, meaning)| format!("{mark}: {meaning}\n")));
    out
}

/// `s3 ×6  x = 1, y = 2   ▶ initial · ◎ goal`
fn state(report: &GraphReport, node: &GraphNode) -> String {
    let remarks = graph::remarks(report, node).into_iter();
    let remarks: Vec<String> = remarks.map(|remark| format!("{} {}", remark.mark, remark.words)).collect();
    let times = graph::times(node);
    let name = if times.is_empty() { node.name() } else { format!("{} {times}", node.name()) };
    let values = graph::values(graph::differs(report, node));
    let parts = [name, values, remarks.join(" · ")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("   ") + "\n"
}
