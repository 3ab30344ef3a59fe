//! Graphviz' DOT: the loop of the four concepts, state graphs, and runs.
//!
//! Enters: a diagram, a state graph or a run. Leaves: a digraph. In a run, a step is a node in the cluster of who takes it; lines lead
//! from each to the next, dashed ones from the sending of a message to its delivery or loss.

use super::ShownRun;
use crate::report::{DiagramMember, DiagramReport, GraphReport};
use crate::view::graph::{differs, remarks, step, times, title};

/// The loop of the four concepts, with what handles what.
pub fn diagram(diagram: &DiagramReport) -> String {
    let mut out = head(&diagram.subject.system, "LR");
    let rooms = [
        ("orders", &diagram.orders),
        ("invariants", &diagram.invariants),
        ("resolutions", &diagram.resolutions),
        ("reconcilers", &diagram.reconcilers),
    ];
    for (room, members) in rooms {
        out +=
            &format!("  subgraph {} {{\n    label={};\n", quoted(&format!("cluster_{room}")), quoted(room));
        out += &format!("    {} [shape=point, style=invis];\n", quoted(&format!("in {room}")));
        out.extend(members.iter().map(|member| format!("    {};\n", card(member))));
        out += "  }\n";
    }
    for (at, (room, _)) in rooms.iter().enumerate() {
        let (next, _) = rooms[(at + 1) % rooms.len()];
        out += &format!(
            "  {} -> {} [ltail={}, lhead={}, style=bold];\n",
            quoted(&format!("in {room}")),
            quoted(&format!("in {next}")),
            quoted(&format!("cluster_{room}")),
            quoted(&format!("cluster_{next}")),
        );
    }
    for (resolution, handled) in &diagram.handles {
        out += &format!("  {} -> {} [label=handles];\n", quoted(resolution), quoted(handled));
    }
    out + "}\n"
}

fn card(member: &DiagramMember) -> String {
    let mut label = format!("{}: {}", member.name, member.types.join(", "));
    if let Some(sentence) = &member.sentence {
        label += &format!("\n{sentence}");
    }
    let style = if member.executable { "solid" } else { "dashed" };
    format!("{} [label={}, style={style}]", quoted(&member.name), quoted(&label))
}

/// A state graph: faults are dashed, the run that breaks something bold.
pub fn graph(report: &GraphReport) -> String {
    let mut out = head(&title(report), "TB");
    for node in &report.nodes {
        let told = differs(report, node).iter().map(|(path, value)| format!("\n{path} = {value}"));
        let remarks = remarks(report, node).into_iter().map(|r| format!("\n{} {}", r.mark, r.words));
        let label = format!(
            "{} {}{}{}",
            node.name(),
            times(node),
            remarks.collect::<String>(),
            told.collect::<String>()
        );
        let style = if node.unexpanded { ", style=dashed" } else { "" };
        let colour = if node.breaks.is_empty() { "" } else { ", color=red" };
        out += &format!("  {} [label={}{style}{colour}];\n", node.name(), quoted(&label));
    }
    for edge in &report.edges {
        let steps: Vec<String> = edge.steps.iter().map(step).collect();
        let style = match (edge.on_run, edge.faults) {
            (true, true) => ", style=\"bold,dashed\", color=red",
            (true, false) => ", style=bold, color=red",
            (false, true) => ", style=dashed",
            (false, false) => "",
        };
        out += &format!("  s{} -> s{} [label={}{style}];\n", edge.from, edge.to, quoted(&steps.join("\n")));
    }
    out + "}\n"
}

/// A run as a graph of its steps.
pub fn run(run: &ShownRun<'_>) -> String {
    let trace = run.trace;
    let steps = trace.told();
    let mut out = head(&run.title(), "TB");
    for (lane, name) in trace.lanes.iter().enumerate() {
        let cluster = quoted(&format!("cluster_{lane}"));
        out += &format!("  subgraph {cluster} {{\n    label={};\n", quoted(name));
        for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.lane == lane) {
            let changes = step.changes.iter().map(|c| format!("\n{} = {}", c.path, c.after));
            let label = format!("{} {}{}", index + 1, trace.told_as(step), changes.collect::<String>());
            out += &format!("    s{} [label={}];\n", index + 1, quoted(&label));
        }
        out += "  }\n";
    }
    for index in 1..steps.len() {
        out += &format!("  s{index} -> s{};\n", index + 1);
    }
    if let Some(first) = trace.loop_start.filter(|first| *first < steps.len()) {
        out += &format!("  s{} -> s{} [label=\"for ever\", constraint=false];\n", steps.len(), first + 1);
    }
    let senders: Vec<(usize, &str)> = steps
        .iter()
        .enumerate()
        .flat_map(|(index, step)| step.sent.iter().map(move |sent| (index + 1, sent.message.as_str())))
        .collect();
    for (index, step) in steps.iter().enumerate() {
        if let Some((sender, message)) = step.received.and_then(|m| senders.get(m)) {
            let label = quoted(message);
            out += &format!("  s{sender} -> s{} [label={label}, style=dashed];\n", index + 1);
        }
    }
    out + "}\n"
}

fn head(name: &str, direction: &str) -> String {
    format!(
        "digraph {} {{\n  rankdir={direction};\n  compound=true;\n  node [shape=box, fontname=\"sans-serif\"];\n",
        quoted(name)
    )
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\r', "").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
