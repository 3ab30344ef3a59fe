//! Diagnostics as text, in the style of rustc.
//!
//! Enters: diagnostics and the sources they point into. Leaves: text, with ANSI colours where asked. Only the lines
//! around a span are looked at, so a long text costs no more than a short one.

use super::{Diagnostic, Severity};
use crate::span::{SourceId, Sources, Span};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// More diagnostics than this help nobody at once.
const MOST: usize = 20;
/// Longer lines are not shown, only their place.
const LONGEST_LINE: usize = 2_000;

/// Plain text, one block for each diagnostic, with the lines they point at.
pub fn plain(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    all(diagnostics, sources, &Renderer::plain())
}

/// The same with ANSI colours.
pub fn ansi(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    all(diagnostics, sources, &Renderer::styled())
}

fn all(diagnostics: &[Diagnostic], sources: &Sources, renderer: &Renderer) -> String {
    let renderer = renderer.clone().decor_style(DecorStyle::Ascii).term_width(110);
    let mut out = String::new();
    for d in diagnostics.iter().take(MOST) {
        out.push_str(&one(d, sources, &renderer));
        out.push_str("\n\n");
    }
    if diagnostics.len() > MOST {
        out.push_str(&format!("… and {} more\n\n", diagnostics.len() - MOST));
    }
    out
}

fn one(d: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match d.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(d.message.as_str()).id(d.code.0.code));
    for snippet in snippets(d, sources) {
        group = snippet.add_to(group);
    }
    if let Some(help) = &d.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// The lines of one source that a diagnostic points at.
struct Window<'d> {
    name: &'d str,
    text: &'d str,
    /// 1-based.
    first_line: usize,
    /// Byte range in `text`, label, whether it is the primary one.
    marks: Vec<(std::ops::Range<usize>, Option<&'d str>, bool)>,
    /// Instead of lines that are too long: line and column.
    place: Option<(usize, usize)>,
}

impl<'d> Window<'d> {
    fn add_to(self, group: Group<'d>) -> Group<'d> {
        if let Some((line, column)) = self.place {
            return group.element(Origin::path(self.name).line(line).char_column(column));
        }
        let annotations = self.marks.into_iter().map(|(range, label, primary)| {
            let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            kind.span(range).label(label)
        });
        group.element(
            Snippet::source(self.text).path(self.name).line_start(self.first_line).annotations(annotations),
        )
    }
}

/// The primary span's source first; related places in the same lines share its window.
fn snippets<'d>(d: &'d Diagnostic, sources: &'d Sources) -> Vec<Window<'d>> {
    let mut marks = vec![(d.span, d.label.as_deref(), true)];
    marks.extend(d.related.iter().map(|(span, words)| (*span, Some(words.as_str()), false)));
    let mut windows: Vec<(SourceId, std::ops::Range<usize>, Vec<(Span, Option<&str>, bool)>)> = Vec::new();
    for mark in marks {
        let lines = lines_of(mark.0, sources);
        let near = windows.iter_mut().find(|(source, range, _)| {
            *source == mark.0.source
                && lines.start <= range.end + LONGEST_LINE
                && range.start <= lines.end + LONGEST_LINE
        });
        match near {
            Some((_, range, list)) => {
                *range = range.start.min(lines.start)..range.end.max(lines.end);
                list.push(mark);
            }
            None => windows.push((mark.0.source, lines, vec![mark])),
        }
    }
    windows.into_iter().map(|(source, range, list)| window(source, range, &list, sources)).collect()
}

fn window<'d>(
    source: SourceId,
    range: std::ops::Range<usize>,
    list: &[(Span, Option<&'d str>, bool)],
    sources: &'d Sources,
) -> Window<'d> {
    let known = sources.get(source);
    let text = &known.text[range.clone()];
    let start = sources.position(source, range.start as u32);
    let too_long = text.lines().any(|l| l.len() > LONGEST_LINE);
    let place = too_long.then(|| {
        let at = sources.position(source, list[0].0.start);
        (at.line as usize, at.column as usize)
    });
    let marks = list.iter().map(|(span, label, primary)| {
        let within = clamp(*span, &known.text);
        (within.start - range.start..within.end - range.start, *label, *primary)
    });
    Window { name: &known.name, text, first_line: start.line as usize, marks: marks.collect(), place }
}

/// The whole lines that a span touches, as a byte range of its source.
fn lines_of(span: Span, sources: &Sources) -> std::ops::Range<usize> {
    let text = &sources.get(span.source).text;
    let span = clamp(span, text);
    let start = text[..span.start].rfind('\n').map_or(0, |i| i + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |i| span.end + i);
    start..end
}

/// The span within its text, on character boundaries.
fn clamp(span: Span, text: &str) -> std::ops::Range<usize> {
    let on_boundary = |offset: u32| {
        let mut at = (offset as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = on_boundary(span.start);
    start..on_boundary(span.end).max(start)
}
