//! State graphs as HTML: the picture, and every state and step in words below it.
//!
//! Enters: a report of `graph`. Leaves: markup.

use super::parts::{self, code, muted, prose};
use super::title;
use crate::report::graph::{GraphNode, GraphReport};
use crate::view::palette::Theme;
use crate::view::{graph, svg, words};
use maud::{Markup, html};

pub(super) fn graph(report: &GraphReport) -> Markup {
    let (picture, alt) = (graph::layout(report), graph::describe(report));
    html! {
        (title("graph", &report.subject, &graph::shows(report)))
        (muted(&words::coverage(&report.coverage).join(" · ")))
        @for broken in graph::broken(report) { div { strong { "✗ " (broken) } } }
        @if let Some(why) = &report.no_value { div { strong { "! " (prose(why)) } } }
        (parts::graph(&svg::graph(&picture, &alt, Theme::Light), &alt))
        details class="rcv-words" {
            summary { "the same in words" }
            (in_words(report))
        }
    }
}

fn in_words(report: &GraphReport) -> Markup {
    let common = graph::common(report);
    html! {
        @if let Some((words, values)) = common { div { (words) (code(&values)) } }
        ul {
            @for node in &report.nodes {
                li style="margin-bottom:0.3em" {
                    strong { (node.name()) " " (graph::times(node)) } " " (remarks(report, node))
                    div { (code(&graph::values(&node.state))) }
                    @for edge in report.edges.iter().filter(|edge| edge.from == node.number) {
                        @for step in &edge.steps {
                            div { (code(&graph::step(step))) @if edge.faults { " (fault)" } " → s" (edge.to) }
                        }
                    }
                }
            }
        }
        @for (mark, meaning) in graph::legend(report) { (muted(&format!("{mark}: {meaning}"))) }
    }
}

fn remarks(report: &GraphReport, node: &GraphNode) -> Markup {
    let remarks = graph::remarks(report, node).into_iter();
    let remarks: Vec<String> = remarks.map(|remark| format!("{} {}", remark.mark, remark.words)).collect();
    html! { (remarks.join(" · ")) }
}
