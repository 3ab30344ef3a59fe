//! Diagnostics as HTML.
//!
//! Enters: diagnostics and sources. Leaves: for each the severity, code and message, the lines it points at with what is
//! meant underlined (by tags and by carets, so that it reads without any style), the label and the help.

use super::html::{chip, prose};
use super::words::Tone;
use crate::diag::{Diagnostic, Severity};
use crate::span::{Sources, Span};
use maud::{Markup, html};

pub(super) fn html(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    html! {
        div class="rcv" {
            @for diagnostic in diagnostics { (one(diagnostic, sources)) }
        }
    }
    .into_string()
}

fn one(diagnostic: &Diagnostic, sources: &Sources) -> Markup {
    let (mark, word, tone) = match diagnostic.severity {
        Severity::Error => ("✗", "error", Tone::Bad),
        Severity::Warning => ("!", "warning", Tone::Qualified),
    };
    html! {
        div class="rcv-diagnostic" style="margin:0 0 0.8em 0;text-align:left" {
            div {
                (chip(mark, &format!("{word} {}", diagnostic.code), tone)) " "
                strong { (prose(&diagnostic.message)) }
            }
            (excerpt(diagnostic.span, diagnostic.label.as_deref(), sources))
            @for (span, words) in &diagnostic.related { (excerpt(*span, Some(words), sources)) }
            @if let Some(help) = &diagnostic.help {
                div style="margin-left:1em" { strong { "help: " } (prose(help)) }
            }
        }
    }
}

/// The line of a span with a line of carets under it.
fn excerpt(span: Span, label: Option<&str>, sources: &Sources) -> Markup {
    let line = Line::of(span, sources);
    let number = line.number.to_string();
    let margin = " ".repeat(number.len());
    let carets = format!("{}{}", line.pad, "^".repeat(line.width.max(1)));
    html! {
        div style="margin-left:1em;opacity:0.85" { "at " (sources.describe(span)) }
        pre style="margin:0.2em 0 0.2em 1em;line-height:1.35;white-space:pre;overflow-x:auto;font-family:monospace" {
            (number) " │ " (line.before) strong style="text-decoration:underline" { (line.marked) } (line.after) "\n"
            (margin) " │ " strong { (carets) } @if let Some(label) = label { " " (prose(label)) } "\n"
        }
    }
}

/// A source line cut in three around a span.
struct Line {
    number: u32,
    before: String,
    marked: String,
    after: String,
    /// What stands under `before`, in a monospace font.
    pad: String,
    width: usize,
}

impl Line {
    /// Total for any span: offsets are clamped to the text and to character boundaries.
    fn of(span: Span, sources: &Sources) -> Line {
        let text = sources.get(span.source).text.as_str();
        let start = boundary(text, span.start as usize);
        let first = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let last = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let end = boundary(text, (span.end as usize).min(start + 400)).clamp(start, last);
        let (first, start, last) = window(text, first, start, end, last);
        let show = |s: &str| s.replace('\t', "    ").replace('\r', "");
        let before = show(&text[first..start]);
        let marked = show(&text[start..end]);
        Line {
            number: sources.position(span.source, span.start).line,
            pad: " ".repeat(before.chars().count()),
            width: marked.chars().count(),
            before,
            marked,
            after: show(&text[end..last]),
        }
    }
}

/// Very long lines (a cell can be one line of megabytes) are shown around the span only.
fn window(text: &str, first: usize, start: usize, end: usize, last: usize) -> (usize, usize, usize) {
    const ROOM: usize = 200;
    let from = if start - first > ROOM { boundary(text, start - ROOM) } else { first };
    let to = if last - end > ROOM { boundary(text, end + ROOM) } else { last };
    (from, start, to.max(end))
}

/// The nearest character boundary at or before an offset.
fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
