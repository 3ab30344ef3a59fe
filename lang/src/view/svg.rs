//! Drawing: layouts as SVG documents.
//!
//! Enters: laid-out pictures, a theme. Leaves: well-formed XML with `role`, title and description, absolute pixels, no
//! ids, scripts, style sheets or references, so that it can stand in a file, in a page or in a data URI.

use super::heading::Heading;
use super::measure::Face;
use super::palette::{Ink, Theme};
use super::timeline::{Anchor, Rect, Words};
use super::words::clean;
use super::{concepts, graph as graphs, heading, profile as bars_of, simulation, timeline, variants};
use crate::concepts::StepKind;
use crate::report::profile::Profile;
use crate::report::variants::SweepReport;
use crate::report::{Report, SimulationReport, Trace};
use maud::{Markup, PreEscaped, html};

mod bars;
mod graph;
mod grid;
mod lean;
mod loops;
mod plots;
mod spacetime;

const SANS: &str = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

/// A picture as a data URI, which looks as the page around it: light or dark.
pub(super) fn data_uri(svg: &str) -> String {
    lean::data_uri(svg)
}

/// The picture of a report.
pub(super) fn report(report: &Report, theme: Theme) -> Option<String> {
    if let Report::Diagram(diagram) = report {
        return Some(loops::draw(&concepts::layout(diagram), &concepts::describe(diagram), theme));
    }
    match (heading::pictured(report), report) {
        (Some((heading, shown)), _) => Some(trace(shown, &heading, theme)),
        (None, Report::Check(check)) => {
            check.profile.as_ref().map(|profile| self::profile(&check.subject, profile, theme))
        }
        (None, Report::Simulation(report)) => plots(report, theme),
        (None, Report::Sweep(report)) => grid(report, theme),
        (None, Report::Graph(report)) => {
            Some(graph(&graphs::layout(report), &graphs::describe(report), theme))
        }
        (None, _) => None,
    }
}

/// The picture of a trace.
pub(super) fn trace(trace: &Trace, heading: &Heading, theme: Theme) -> String {
    spacetime::draw(&timeline::layout(trace, heading), heading, &describe(trace), theme)
}

/// The plots of a simulation; `None`: there is nothing that drifts.
pub(super) fn plots(report: &SimulationReport, theme: Theme) -> Option<String> {
    let layout = simulation::layout(report)?;
    Some(plots::draw(&layout, &simulation::describe(report), theme))
}

/// The grid of a sweep; `None`: there is nothing to see.
pub(super) fn grid(report: &SweepReport, theme: Theme) -> Option<String> {
    let layout = variants::grid(report)?;
    Some(grid::draw(&layout, &variants::describe(report), theme))
}

/// The picture of a state graph.
pub(super) fn graph(picture: &graphs::Picture, description: &str, theme: Theme) -> String {
    graph::draw(picture, description, theme)
}

/// The line of an edge of a state graph, whole, as the data of a path.
pub(super) fn way(edge: &graphs::Curve) -> String {
    graph::smooth(&edge.points)
}

/// The picture of a profile.
pub(super) fn profile(subject: &crate::report::Subject, profile: &Profile, theme: Theme) -> String {
    bars::draw(&bars_of::layout(subject, profile), &bars_of::describe(profile), theme)
}

/// The picture of the four concepts.
pub(super) fn diagram(diagram: &crate::report::DiagramReport, theme: Theme) -> String {
    loops::draw(&concepts::layout(diagram), &concepts::describe(diagram), theme)
}

/// The steps of a trace in words: the description of its picture.
pub(super) fn describe(trace: &Trace) -> String {
    let steps: Vec<String> = trace
        .steps
        .iter()
        .enumerate()
        .filter(|(_, s)| s.kind != StepKind::Stutter || !s.label.is_empty())
        .map(|(i, s)| match s.kind {
            StepKind::Stutter => s.label.clone(),
            _ => format!("{}. {}", i + 1, s.line()),
        })
        .collect();
    let lanes = trace.lanes.join(", ");
    let steps = if steps.is_empty() { "no step".to_string() } else { steps.join("; ") };
    format!("Space-time diagram of {lanes}, time running downwards. Steps: {steps}.")
}

/// The document around the content: an opaque card.
fn document(
    width: f64,
    height: f64,
    title: &str,
    description: &str,
    theme: Theme,
    content: Markup,
) -> String {
    let size = format!("0 0 {} {}", n(width), n(height));
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(size) width=(n(width)) height=(n(height)) role="img" {
            title { (title.replace('`', "")) }
            desc { (description) }
            rect x="0.5" y="0.5" width=(n(width - 1.0)) height=(n(height - 1.0)) rx="8"
                fill=(Ink::Card.hex(theme)) stroke=(Ink::Edge.hex(theme)) {}
            (content)
        }
    };
    clean(&svg.into_string())
}

/// A number with at most one decimal.
fn n(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{:.1}", tenths as f64 / 10.0) }
}

/// One line of text; a halo is its outline in the colour of the card, drawn first.
fn words(words: &Words, theme: Theme) -> Markup {
    let anchor = match words.anchor {
        Anchor::Start => None,
        Anchor::Middle => Some("middle"),
        Anchor::End => Some("end"),
    };
    let halo = words.halo.then(|| Ink::Card.hex(theme));
    let one = words.runs.iter().all(|r| r.face.is_mono() == words.runs[0].face.is_mono());
    let family = words.runs.first().map_or(SANS, |r| family(r.face));
    html! {
        text x=(n(words.x)) y=(n(words.y)) font-size=(words.size) font-family=(family) text-anchor=[anchor]
            xml:space="preserve" stroke=[halo] stroke-width=[halo.map(|_| "3")]
            stroke-linejoin=[halo.map(|_| "round")] paint-order=[halo.map(|_| "stroke")] {
            @if let Some(full) = &words.full { title { (full) } }
            @for run in &words.runs {
                tspan fill=(run.ink.hex(theme)) font-weight=[run.face.is_bold().then_some("600")]
                    font-family=[(!one).then(|| self::family(run.face))] { (run.text) }
            }
        }
    }
}

fn family(face: Face) -> &'static str {
    if face.is_mono() { MONO } else { SANS }
}

fn rect(rect: &Rect, radius: f64, fill: &str, stroke: Option<&str>, dashed: bool) -> Markup {
    html! {
        rect x=(n(rect.left)) y=(n(rect.top)) width=(n(rect.width())) height=(n(rect.height())) rx=(n(radius))
            fill=(fill) stroke=[stroke] stroke-dasharray=[dashed.then_some("4 3")] {}
    }
}

fn line(from: (f64, f64), to: (f64, f64), stroke: &str, width: f64, dashes: Option<&str>) -> Markup {
    html! {
        line x1=(n(from.0)) y1=(n(from.1)) x2=(n(to.0)) y2=(n(to.1)) stroke=(stroke) stroke-width=(n(width))
            stroke-dasharray=[dashes] {}
    }
}

/// An arrow head whose tip is at `tip`, for a line that comes from `from`.
fn arrow_head(from: (f64, f64), tip: (f64, f64), size: f64, fill: &str) -> Markup {
    let (dx, dy) = unit(from, tip);
    let base = (tip.0 - dx * size, tip.1 - dy * size);
    let half = size * 0.45;
    let points = format!(
        "{},{} {},{} {},{}",
        n(tip.0),
        n(tip.1),
        n(base.0 - dy * half),
        n(base.1 + dx * half),
        n(base.0 + dy * half),
        n(base.1 - dx * half)
    );
    html! { polygon points=(points) fill=(fill) {} }
}

/// The direction from one point to another; rightwards where they are one.
fn unit(from: (f64, f64), to: (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy).sqrt();
    if length < 0.01 { (1.0, 0.0) } else { (dx / length, dy / length) }
}

fn raw(parts: Vec<Markup>) -> Markup {
    PreEscaped(parts.into_iter().map(|p| p.0).collect())
}
