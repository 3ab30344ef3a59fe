//! The parts that fragments are made of: chips, tables, pictures with their words.
//!
//! Enters: parts of reports. Leaves: markup with inline styles only (see the header of `html`).

use crate::concepts::StepKind;
use crate::report::{Finding, Trace, TraceStep, Verdict};
use crate::span::{Sources, Span};
use crate::view::heading::Heading;
use crate::view::palette::Theme;
use crate::view::svg;
use crate::view::words::{self, Tone};
use maud::{Markup, PreEscaped, html};

/// Inline styles: notebooks right-align the cells of tables in HTML outputs, which suits numbers only.
pub(super) const TABLE: &str = "border-collapse:collapse;margin:0.4em 0;text-align:left";
pub(super) const HEAD: &str = "text-align:left;vertical-align:bottom;padding:0.3em 0.8em 0.3em 0.3em";
pub(super) const CELL: &str = "text-align:left;vertical-align:top;padding:0.3em 0.8em 0.3em 0.3em";

/// Adapts to dark notebooks and to paper; nothing depends on it. A picture is turned dark by inverting it and turning
/// its hues back, so that one picture serves both themes.
const STYLE: &str = "\
.rcv details{margin:.4em 0}.rcv summary{cursor:pointer}\
.rcv code{white-space:pre-wrap}\
body[data-jp-theme-light=\"false\"] .rcv img.rcv-picture,body.vscode-dark .rcv img.rcv-picture\
{filter:invert(1) hue-rotate(180deg)}\
@media print{.rcv img.rcv-picture{filter:none!important}\
.rcv details:not(.rcv-words,.rcv-asked)::details-content{content-visibility:visible!important;block-size:auto!important;opacity:1!important}\
.rcv tr{break-inside:avoid}}";

pub(crate) fn style() -> Markup {
    html! { style { (PreEscaped(STYLE)) } }
}

/// A mark and a word on an opaque ground of its own: the same in light and dark, told apart without colour.
pub(crate) fn chip(mark: &str, word: &str, tone: Tone) -> Markup {
    let (ground, ink, line) = match tone {
        Tone::Good => ("#e2f3e8", "#0d4a2c", "#2f7d52"),
        Tone::Qualified => ("#fdf0d0", "#5c4100", "#a87f1b"),
        Tone::Bad => ("#fbe1df", "#84101a", "#b3261e"),
        Tone::Unknown => ("#eceff3", "#3a4350", "#77818f"),
    };
    let style = format!(
        "background-color:{ground};color:{ink};border:1px solid {line};border-radius:9px;padding:1px 8px;\
         white-space:nowrap;font-weight:bold;font-size:92%"
    );
    html! { span style=(style) { (mark) " " (word) } }
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

/// The obligations behind a verdict. One that differs from the verdict carries its own mark.
pub(super) fn obligation_list(finding: &Finding) -> Markup {
    html! {
        @for (mark, word, words) in words::obligations(finding) {
            div { span title=(word) { (mark) } " " (prose(&words)) }
        }
    }
}

/// The picture of a trace, with the same in words below it.
pub(super) fn figure(trace: &Trace, heading: &Heading) -> Markup {
    let alt = alt(trace, heading);
    html! {
        (drawn(&svg::trace(trace, heading, Theme::Light), &alt, "rcv-picture rcv-run"))
        details class="rcv-words" {
            summary { "the same in words" }
            (in_words(trace, heading))
        }
    }
}

/// A picture as a data URI.
pub(super) fn picture(svg: &str, alt: &str) -> Markup {
    html! { div style="margin:0.6em 0" { (image(svg, alt, "rcv-picture", "")) } }
}

/// The same of one that may be wide: on a narrow page it is made smaller as long as it can be read, and then goes sideways.
pub(super) fn wide_picture(svg: &str, alt: &str, width: f64) -> Markup {
    let least = format!(";min-width:{:.0}px", (0.7 * width).floor());
    html! { div style="margin:0.6em 0;overflow-x:auto" { (image(svg, alt, "rcv-picture", &least)) } }
}

/// `class`: a run is told from other pictures, so that the explorer finds its place.
fn drawn(svg: &str, alt: &str, class: &str) -> Markup {
    html! { div style="margin:0.6em 0" { (image(svg, alt, class, "")) } }
}

fn image(svg: &str, alt: &str, class: &str, more: &str) -> Markup {
    let style = format!("max-width:100%{more};height:auto");
    html! { img class=(class) src=(svg::data_uri(svg)) alt=(alt) style=(style); }
}

/// What the picture says, short enough to be heard: the first dozen steps by name.
fn alt(trace: &Trace, heading: &Heading) -> String {
    const MOST: usize = 12;
    let steps = trace.steps.iter().enumerate().take(trace.length().min(MOST));
    let steps: Vec<String> = steps.map(|(i, s)| format!("{}. {}", i + 1, s.line())).collect();
    let more = match trace.length().saturating_sub(MOST) {
        0 => String::new(),
        rest => format!("; and {} more, in words below", words::plural(rest as u64, "step")),
    };
    let broken = trace.broken.as_ref().map(|b| format!(" {}.", words::broken(&heading.mark, b, trace)));
    format!(
        "Space-time diagram: {} ({}). {}{more}.{}",
        heading.title,
        heading.subtitle,
        steps.join("; "),
        broken.unwrap_or_default()
    )
}

/// A trace as a numbered list of steps, with what changed, and the states at both ends.
fn in_words(trace: &Trace, heading: &Heading) -> Markup {
    let fewer = trace.steps.iter().any(|step| step.folded > 0);
    html! {
        @if !heading.note.is_empty() { div { (prose(&heading.note)) } }
        (values("initial state", &trace.init))
        ol {
            @for ((index, step), number) in trace.steps.iter().enumerate().zip(trace.numbers()) {
                li value=[fewer.then_some(number)] style=(if step.kind == StepKind::Stutter { "list-style:none" } else { "margin-bottom:0.3em" }) {
                    @if trace.loop_start == Some(index) && step.kind != StepKind::Stutter {
                        em { "from here on for ever: " }
                    }
                    (step_in_words(step, trace))
                    @if let Some(broken) = &trace.broken && broken.step == Some(index) {
                        (broken_in_words(broken, trace, heading))
                    }
                }
            }
        }
        @if let Some(broken) = &trace.broken && broken.step.is_none() { (broken_in_words(broken, trace, heading)) }
        (values("last state", &trace.last))
    }
}

fn step_in_words(step: &TraceStep, trace: &Trace) -> Markup {
    html! {
        strong { (step.line()) }
        @for (message, to) in words::sent(step, &trace.lanes) { div { "sends " (code(message)) " to " (to) } }
        @for change in words::changes(step) {
            div { (code(&change.path)) ": " (code(&change.before.to_string())) " → " (code(&change.after.to_string())) }
        }
        @if let Some(is) = &step.counterpart { div { (is) } }
    }
}

fn broken_in_words(broken: &crate::report::Broken, trace: &Trace, heading: &Heading) -> Markup {
    html! {
        div { strong { (heading.mark.symbol()) " " (words::broken(&heading.mark, broken, trace)) ": " } (code(&broken.expression)) }
        @for (path, value) in &broken.values { div { (code(&format!("{path} = {value}"))) } }
    }
}

fn values(title: &str, values: &[(String, crate::value::Value)]) -> Markup {
    html! {
        @if !values.is_empty() {
            div {
                (title) ": "
                @for (i, (path, value)) in values.iter().enumerate() {
                    @if i > 0 { ", " }
                    (code(&format!("{path} = {value}")))
                }
            }
        }
    }
}
