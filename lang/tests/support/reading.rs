//! What must be true of any text that the parser and the printer are given.
//!
//! Enters: a text. Leaves: its diagnostics, or a panic: a span outside of the text, too many errors, a printed text of
//! another tree, a comment that is lost.

use reconverge_lang::diag::Diagnostic;
use reconverge_lang::span::SourceId;
use reconverge_lang::syntax::printer::{format, print};
use reconverge_lang::syntax::{self, TokenClass, tokens, tree::Cell};

/// Parses, and checks that every span lies in the text, on character boundaries.
#[track_caller]
pub(crate) fn survives(text: &str) -> Vec<Diagnostic> {
    let (_, found) = syntax::parse(SourceId(0), text);
    for d in &found {
        let fix = d.fix.iter().map(|fix| fix.span);
        for span in fix.chain([d.span]).chain(d.related.iter().map(|(span, _)| *span)) {
            assert!(text.get(span.range()).is_some(), "{:?} out of bounds in {text:?}", d.message);
        }
        assert!(!d.message.is_empty());
    }
    assert!(found.iter().filter(|d| d.is_error()).count() <= syntax::MAX_ERRORS + 1);
    found
}

/// The tree of a text that has no errors.
#[track_caller]
pub(crate) fn parsed(text: &str) -> Cell {
    let (cell, found) = syntax::parse(SourceId(0), text);
    let found: Vec<_> = found.iter().filter(|d| d.is_error()).map(|d| (&d.message, d.span)).collect();
    assert!(found.is_empty(), "{found:?}\nin:\n{text}");
    cell
}

/// A text without errors, printed and formatted: each gives the same tree, and once more changes nothing.
#[track_caller]
pub(crate) fn prints(text: &str) {
    let cell = parsed(text);
    let printed = print(&cell);
    same(&cell, &printed);
    assert_eq!(printed, print(&parsed(&printed)), "printing is not stable");
    let formatted = format(text).expect("no errors");
    same(&cell, &formatted);
    assert_eq!(comments(text), comments(&formatted), "a comment is lost:\n{formatted}");
    assert_eq!(formatted, format(&formatted).expect("no errors"), "formatting is not stable");
}

/// The comments of a text, in order.
fn comments(text: &str) -> Vec<&str> {
    let classed = tokens(text).into_iter().filter(|(_, class)| *class == TokenClass::Comment);
    classed.map(|(range, _)| text[range].trim_end()).collect()
}

/// The tree without its spans.
fn shape(cell: &Cell) -> String {
    let text = std::format!("{cell:?}");
    let mut shape = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span {") {
        shape.push_str(&rest[..at]);
        rest = rest[at..].split_once('}').map_or("", |(_, after)| after);
    }
    shape + rest
}

/// Asserts that `printed` has the tree `cell`.
#[track_caller]
fn same(cell: &Cell, printed: &str) {
    let (before, after) = (shape(cell), shape(&parsed(printed)));
    if before != after {
        let at = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
        let near = |s: &str| s.get(at.saturating_sub(100)..(at + 100).min(s.len())).unwrap_or("").to_string();
        panic!("the tree changed:\n{}\n{}\nprinted:\n{printed}", near(&before), near(&after));
    }
}
