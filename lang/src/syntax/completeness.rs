//! Whether a cell is ready to run, for consoles that ask after each line.
//!
//! Enters: the text so far. Leaves: [`Completeness`]. Open brackets, or an end where the grammar wants more, mean that
//! the author is not done.

use crate::span::SourceId;
use crate::syntax::{brackets, lexer, parse};

/// Whether a cell can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// As it stands.
    Complete,
    /// More is to come; the next line starts after so many spaces.
    Incomplete {
        /// Spaces that the next line begins with.
        indent: usize,
    },
    /// No continuation makes it right.
    Invalid,
}

/// Whether `text` is a whole cell.
pub fn completeness(text: &str) -> Completeness {
    if text.len() > super::MAX_BYTES {
        return Completeness::Invalid;
    }
    let (mut raw, lexical) = lexer::lex(SourceId::default(), text);
    raw.retain(|t| t.kind != lexer::RawKind::Comment);
    match brackets::open_at_end(&raw) {
        None => Completeness::Invalid,
        Some(_) if !lexical.is_empty() => Completeness::Invalid,
        Some(0) => at_the_end(text),
        Some(open) => Completeness::Incomplete { indent: 2 * open },
    }
}

fn at_the_end(text: &str) -> Completeness {
    let (_, found) = parse(SourceId::default(), text);
    let end = text.trim_end().len();
    match found.iter().find(|d| d.is_error()) {
        None => Completeness::Complete,
        Some(d) if d.span.start as usize >= end => Completeness::Incomplete { indent: 0 },
        Some(_) => Completeness::Invalid,
    }
}
