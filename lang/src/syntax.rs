//! Source text to tree.
//!
//! Enters: the text of a cell or file. Leaves: the tree, and every syntax error as a diagnostic.
//! The way: `lexer` → `brackets` (what does not match is repaired) → `structure` (words become keywords or names) → the
//! generated parser. At an error the broken statement, clause, member or item is taken out and the rest is parsed again
//! with its place marked, so that each mistake is reported once and hides no other.

use crate::diag::{Code, Diagnostic, codes::syntax as code};
use crate::span::{SourceId, Span};

mod brackets;
pub mod completeness;
pub(crate) mod cursor;
mod elsewhere;
mod errors;
pub mod highlight;
mod lexer;
mod make;
mod marks;
pub mod outline;
pub mod printer;
mod recover;
mod structure;
mod token;
pub mod tree;
pub mod words;

pub use completeness::{Completeness, completeness};
pub(crate) use elsewhere::elsewhere;
pub use highlight::{TokenClass, tokens};
pub use outline::outline;

#[allow(clippy::all, unused, unreachable_pub)]
mod grammar {
    include!(concat!(env!("OUT_DIR"), "/syntax/grammar.rs"));
}

/// A cell holds no more text than this, in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// A cell holds no more tokens than this, comments included.
pub const MAX_TOKENS: usize = 200_000;
/// No more syntax errors of one cell are shown than this.
pub const MAX_ERRORS: usize = 20;

/// Parses a cell or file. The tree holds everything that could be read; whoever uses it must not if there are errors.
pub fn parse(source: SourceId, text: &str) -> (tree::Cell, Vec<Diagnostic>) {
    if text.len() > MAX_BYTES {
        return (tree::Cell::default(), vec![too_large(source, text, "more than 4 MiB of text")]);
    }
    let (mut raw, mut diagnostics) = lexer::lex(source, text);
    if raw.len() > MAX_TOKENS {
        return (tree::Cell::default(), vec![too_large(source, text, "more than 200,000 tokens")]);
    }
    raw.retain(|t| t.kind != lexer::RawKind::Comment);
    let ways = brackets::match_brackets(source, text, raw);
    let (cell, found) = ways
        .into_iter()
        .map(|way| structured(source, text, way))
        .min_by_key(|(_, found)| found.iter().filter(|d| d.is_error()).count())
        .unwrap_or_default();
    diagnostics.extend(found);
    (cell, finish(source, text, diagnostics))
}

/// Whether a text that is to be offered reads without errors.
fn is_sound(text: &str) -> bool {
    let (_, found) = parse(SourceId::default(), text);
    !found.iter().any(Diagnostic::is_error)
}

fn structured(source: SourceId, text: &str, matched: brackets::Matched) -> (tree::Cell, Vec<Diagnostic>) {
    let mut diagnostics = matched.diagnostics;
    if matched.tokens.is_empty() {
        return (tree::Cell::default(), diagnostics);
    }
    let structured = structure::structure(source, text, &matched.tokens);
    let (cell, found) = recover::parse(source, text, &structured);
    diagnostics.extend(structured.diagnostics);
    diagnostics.extend(found);
    (cell, diagnostics)
}

fn too_large(source: SourceId, text: &str, what: &str) -> Diagnostic {
    let end = text.find('\n').unwrap_or(text.len()).min(text.len());
    Diagnostic::error(code::TOO_LARGE, Span::new(source, 0, end), format!("cell too large: {what}"))
        .help("split it into several cells, or move systems into files")
}

/// What the parser misses after an unexpected character, on its line, was left out with it.
fn explained_by_characters(text: &str, all: &mut Vec<Diagnostic>) {
    let bad: Vec<usize> =
        all.iter().filter(|d| d.code == code::BAD_CHARACTER).map(|d| d.span.start as usize).collect();
    all.retain(|d| {
        let at = (d.span.start as usize).min(text.len());
        let same_line = |b: &usize| *b < at && !text[*b..at].contains('\n');
        d.code != code::UNEXPECTED || !bad.iter().any(same_line)
    });
}

/// A mark that the parser has better words for, or had no place for, is one mistake.
fn one_at_each_mark(all: &mut Vec<Diagnostic>) {
    let at = |code: Code, mended: bool| -> Vec<Span> {
        let there = all.iter().filter(|d| d.code == code && (d.fix.is_some() || !mended));
        there.map(|d| d.span).collect()
    };
    let (marks, better) = (at(code::FOREIGN_MARK, false), at(code::UNEXPECTED, true));
    all.retain(|d| {
        let mark = d.code == code::FOREIGN_MARK && better.contains(&d.span);
        let missed = d.code == code::UNEXPECTED && d.fix.is_none() && marks.contains(&d.span);
        !mark && !missed
    });
}

/// Marks after a construct of another language, on its line, are part of that mistake.
fn one_in_each_construct(text: &str, all: &mut Vec<Diagnostic>) {
    let constructs: Vec<usize> = all
        .iter()
        .filter(|d| d.code == code::UNEXPECTED && d.fix.is_none() && d.help.is_some())
        .filter(|d| text[d.span.range()].starts_with(|c: char| c.is_alphabetic()))
        .map(|d| d.span.start as usize)
        .collect();
    all.retain(|d| {
        let at = (d.span.start as usize).min(text.len());
        let within = |start: &usize| *start < at && !text[*start..at].contains('\n');
        d.code != code::FOREIGN_MARK || !constructs.iter().any(within)
    });
}

/// In the order of the text, and not too many.
fn finish(source: SourceId, text: &str, mut all: Vec<Diagnostic>) -> Vec<Diagnostic> {
    all.sort_by_key(|d| (d.span.start, d.span.end));
    explained_by_characters(text, &mut all);
    one_at_each_mark(&mut all);
    one_in_each_construct(text, &mut all);
    let given_up = all.iter().any(|d| d.code == code::TOO_MANY);
    let errors = all.iter().filter(|d| d.is_error()).count();
    if errors > MAX_ERRORS {
        let mut shown = 0;
        all.retain(|d| {
            shown += usize::from(d.is_error());
            shown <= MAX_ERRORS
        });
        let last = all.last().map_or(Span::new(source, 0, 0), |d| d.span);
        let more = errors - MAX_ERRORS - usize::from(given_up);
        let least = if given_up { "at least " } else { "" };
        all.push(Diagnostic::error(
            code::TOO_MANY,
            last,
            format!("and {least}{more} more syntax errors in this cell"),
        ));
    }
    all
}
