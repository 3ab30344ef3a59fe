//! The parts that fragments are made of: chips, tables, pictures with their words.
//!
//! Enters: parts of reports. Leaves: markup with inline styles only (see the header of `html`).

use super::states;
use crate::report::{Finding, Trace, Verdict};
use crate::span::{Sources, Span};
use crate::view::heading::Heading;
use crate::view::palette::Theme;
use crate::view::svg;
use crate::view::words::{self, Tone};
use maud::{Markup, PreEscaped, html};

/// Inline styles: notebooks right-align the cells of tables in HTML outputs, which suits numbers only.
pub(super) const TABLE: &str = "border-collapse:collapse;margin:0.4em 0;text-align:left";
pub(super) const HEAD: &str = "text-align:left";
pub(super) const CELL: &str = "text-align:left;vertical-align:top";
/// Of what is said of a member, below its name.
pub(super) const BELOW: &str = "margin:0 0 0.4em 1.5em";
/// Of a mark and its word, which stay together.
pub(super) const MARK: &str = "text-align:left;vertical-align:top;white-space:nowrap";
/// Numbers read best one below the other.
pub(super) const NUMBER: &str = "text-align:right";

/// A mark and a word on an opaque ground of its own: the same in light and dark, told apart without colour.
pub(crate) fn chip(mark: &str, word: &str, tone: Tone) -> Markup {
    let (ground, ink) = match tone {
        Tone::Good => ("#e2f3e8", "#0d4a2c"),
        Tone::Qualified => ("#fdf0d0", "#5c4100"),
        Tone::Bad => ("#fbe1df", "#84101a"),
        Tone::Unknown => ("#eceff3", "#3a4350"),
    };
    let style =
        format!("background-color:{ground};color:{ink};border:1px solid;border-radius:9px;padding:1px 8px");
    html! { b style=(style) { (mark) " " (word) } }
}

pub(super) fn verdict_chip(verdict: &Verdict) -> Markup {
    let (mark, word, tone) = words::verdict(verdict);
    chip(mark, word, tone)
}

pub(super) fn met(met: bool) -> Markup {
    if met { chip("✓", "passes", Tone::Good) } else { chip("✗", "fails", Tone::Bad) }
}

pub(super) fn code(text: &str) -> Markup {
    html! { code { (text) } }
}

/// Words in which code stands between backticks, as diagnostics and answers are written.
pub(crate) fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let paired = parts.len() % 2 == 1;
    html! {
        @for (i, part) in parts.iter().enumerate() {
            @if i % 2 == 0 || !paired {
                @if i > 0 && !paired { "`" }
                (part)
            } @else { code { (part) } }
        }
    }
}

pub(super) fn muted(text: &str) -> Markup {
    html! { div style="opacity:0.8;font-size:92%;margin:0.2em 0" { (prose(text)) } }
}

/// `cell 2:14:3`
pub(super) fn place(sources: &Sources, span: Span) -> String {
    sources.describe(span)
}

/// A mark; what it means, where that is not plain.
pub(super) fn marked(mark: &str, word: &str) -> Markup {
    html! { @if matches!(mark, "✓" | "✗") { (mark) } @else { span title=(word) { (mark) } } }
}

/// What is said of a member of a mapping: its verdict and name in one line, the rest below, as wide as the page is.
pub(super) fn member(chip: &Markup, name: &str, kind: &str, said: &Markup) -> Markup {
    html! {
        div { (chip) " " b { (code(name)) } " " small { (kind) } }
        div style=(BELOW) { (said) }
    }
}

/// The obligations behind a verdict. One that differs from the verdict carries its own mark.
pub(super) fn obligation_list(finding: &Finding) -> Markup {
    html! {
        @for (mark, word, words) in words::obligations(finding) {
            div { (marked(mark, word)) " " (prose(&words)) }
        }
    }
}

/// The picture of a trace, with the states along it folded below.
pub(super) fn figure(trace: &Trace, heading: &Heading) -> Markup {
    let alt = alt(trace, heading);
    html! {
        (image(&svg::trace(trace, heading, Theme::Light), &alt, "rcv-picture rcv-run", 0.0))
        details class="rcv-words" {
            summary { "the state after each step" }
            (states::along(trace, heading))
        }
    }
}

/// A run of which nothing hangs: its steps, where the explorer finds its place.
pub(super) fn told(trace: &Trace) -> Markup {
    html! { div class="rcv-run" { (states::steps(trace)) } }
}

/// A picture as a data URI.
pub(super) fn picture(svg: &str, alt: &str) -> Markup {
    image(svg, alt, "rcv-picture", 0.0)
}

/// The picture of a state graph, which may be wide: it is made smaller only as long as it can be read, and then goes sideways.
pub(super) fn graph(svg: &str, alt: &str) -> Markup {
    image(svg, alt, "rcv-picture rcv-graph", 0.92)
}

/// A run and a state graph are told from other pictures by their class, so that the explorer finds its place. `least`: the part of its width that
/// it keeps on any page; on a narrow screen the smallest words of every picture have 11 pixels, and it goes sideways. The address
/// is written as it is: as markup it would be escaped a second time.
///
/// Where Jupyter's own light theme names the colour of its ground (`white`), the picture is light, whatever the system prefers;
/// where that is no name or not there, the value is none, and the picture looks as the page does.
fn image(svg: &str, alt: &str, class: &str, least: f64) -> Markup {
    const NARROW: u32 = 1000;
    let width = svg.split(" width=\"").nth(1).and_then(|rest| rest.split('"').next()?.parse().ok());
    let width: f64 = width.unwrap_or_default();
    let (least, narrow) = (least * width, 1.05 * width);
    let style = format!(
        "max-width:100%;min-width:clamp({least:.0}px,({NARROW}px - 100vw)*999,{narrow:.0}px);height:auto;color-scheme:light var(--jp-layout-color0)"
    );
    let rest = html! { img alt=(alt) style=(style); };
    let rest = rest.0.trim_start_matches("<img").to_string();
    html! {
        div style="margin:0.6em 0;overflow-x:auto" {
            (PreEscaped(format!("<img class=\"{class}\" src=\"{}\"{rest}", svg::data_uri(svg))))
        }
    }
}

/// What the picture says, short enough to be heard: its steps are in the table below.
fn alt(trace: &Trace, heading: &Heading) -> String {
    let steps = words::plural(trace.length() as u64, "step");
    let broken = trace.broken.as_ref().map(|b| format!(" {}.", words::broken(&heading.mark, b, trace)));
    format!(
        "Space-time diagram: {} ({}). {steps}, in the table below.{}",
        heading.plain_title(),
        heading.subtitle,
        broken.unwrap_or_default()
    )
}
