//! Diagnostics as text, in the style of rustc.
//!
//! Enters: diagnostics and the sources they point into. Leaves: text, with ANSI colours where asked. Only the lines
//! that matter are handed to the renderer; a span over many lines shows its first, a line of enormous length shows the
//! part around the span.

use super::{Diagnostic, Severity};
use crate::span::{Sources, Span};
use annotate_snippets::renderer::{DecorStyle, Style};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::ops::Range;

/// Columns of a terminal; longer lines are shortened around the span.
const WIDTH: usize = 110;
/// More diagnostics than this help nobody at once.
const MOST: usize = 25;
/// A line longer than this, in bytes, is cut before the renderer sees it.
const LONGEST_LINE: usize = 2000;
/// A span over more lines than this shows only its first.
const MOST_LINES: usize = 6;
/// Places nearer than this, in lines, share a snippet; the lines between are folded.
const NEAR: usize = 400;

/// Plain text, one block for each diagnostic, with the lines they point at.
pub fn plain(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    render(diagnostics, sources, Renderer::plain())
}

/// The same with what matters in bold: no colour of sixteen can be read on light and dark pages both.
pub fn bold(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let bold = Style::new().bold();
    render(diagnostics, sources, Renderer::plain().error(bold).warning(bold).help(bold).emphasis(bold))
}

/// The same with ANSI colours, for terminals.
pub fn ansi(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    render(diagnostics, sources, Renderer::styled())
}

fn render(diagnostics: &[Diagnostic], sources: &Sources, renderer: Renderer) -> String {
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(WIDTH);
    let mut out = String::new();
    for d in diagnostics.iter().take(MOST) {
        out.push_str(&renderer.render(&[group(d, sources)]));
        out.push_str("\n\n");
    }
    if diagnostics.len() > MOST {
        out.push_str(&format!("… and {} more\n\n", diagnostics.len() - MOST));
    }
    out
}

fn group<'a>(d: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match d.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(d.message.as_str()).id(d.code.0.code));
    for window in windows(d) {
        group = show(group, &window, sources);
    }
    if let Some(help) = &d.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

/// One place to show.
#[derive(Clone)]
struct Place<'a> {
    span: Span,
    label: Option<&'a str>,
    kind: AnnotationKind,
}

/// Places of one source, to be shown together; the primary one first.
fn windows(d: &Diagnostic) -> Vec<Vec<Place<'_>>> {
    let primary = Place { span: d.span, label: d.label.as_deref(), kind: AnnotationKind::Primary };
    let mut windows: Vec<Vec<Place>> = vec![vec![primary]];
    for (span, words) in &d.related {
        let place = Place { span: *span, label: Some(words), kind: AnnotationKind::Context };
        match windows.iter_mut().find(|w| w[0].span.source == span.source) {
            Some(window) => window.push(place),
            None => windows.push(vec![place]),
        }
    }
    windows
}

fn show<'a>(mut group: Group<'a>, window: &[Place<'a>], sources: &'a Sources) -> Group<'a> {
    let source = window[0].span.source;
    let text = &sources.get(source).text;
    let clipped: Vec<Range<usize>> = window.iter().map(|p| first_lines(text, p.span)).collect();
    let lines: Vec<Range<usize>> = clipped.iter().map(|r| lines_of(text, r)).collect();
    let start = lines.iter().map(|l| l.start).min().unwrap_or(0);
    let end = lines.iter().map(|l| l.end).max().unwrap_or(0);
    let shown = &text[start..end];
    let wide = lines.iter().any(|l| text[l.clone()].lines().any(|line| line.len() > LONGEST_LINE));
    if wide || shown.lines().count() > NEAR {
        for (place, range) in window.iter().zip(&clipped) {
            group = show_alone(group, place, range.clone(), sources);
        }
        return group;
    }
    let snippet = Snippet::source(shown)
        .line_start(line_number(text, start))
        .path(sources.get(source).name.as_str())
        .annotations(window.iter().zip(&clipped).map(|(p, r)| mark(p, r.start - start..r.end - start)));
    group.element(snippet)
}

fn mark<'a>(place: &Place<'a>, range: Range<usize>) -> Annotation<'a> {
    place.kind.span(range).label(place.label)
}

/// One place by itself, with a piece of its line where that is very long.
fn show_alone<'a>(
    group: Group<'a>,
    place: &Place<'a>,
    range: Range<usize>,
    sources: &'a Sources,
) -> Group<'a> {
    let source = place.span.source;
    let text = &sources.get(source).text;
    let line = lines_of(text, &range);
    let number = line_number(text, line.start);
    let name = sources.get(source).name.as_str();
    if line.len() <= LONGEST_LINE {
        let marked = mark(place, range.start - line.start..range.end - line.start);
        return group.element(Snippet::source(&text[line]).line_start(number).path(name).annotation(marked));
    }
    const AROUND: usize = 60;
    let from = boundary(text, range.start.saturating_sub(AROUND).max(line.start));
    let to = boundary(text, (range.start + AROUND).min(line.end));
    let end = range.end.min(to);
    let cut = |there: bool| if there { "…" } else { "" };
    let shown = format!("{}{}{}", cut(from > line.start), &text[from..to], cut(to < line.end));
    let offset = cut(from > line.start).len();
    let marked = mark(place, range.start - from + offset..end - from + offset);
    let p = sources.position(source, place.span.start);
    group
        .element(Origin::path(name).line(p.line as usize).char_column(p.column as usize))
        .element(Snippet::source(shown).line_start(number).annotation(marked))
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The range of a span, cut to its first line where it has many.
fn first_lines(text: &str, span: Span) -> Range<usize> {
    let start = boundary(text, (span.start as usize).min(text.len()));
    let end = boundary(text, (span.end as usize).clamp(start, text.len()));
    let covered = &text[start..end];
    if covered.matches('\n').count() < MOST_LINES {
        return start..end;
    }
    let first = covered.find('\n').unwrap_or(covered.len());
    start..start + covered[..first].trim_end().len()
}

/// The whole lines that hold a range.
fn lines_of(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |n| n + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |n| range.end + n);
    start..end
}

/// 1-based.
fn line_number(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}
