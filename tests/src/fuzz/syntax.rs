//! Text to tree and back.
//!
//! Enters: any text. Leaves: a panic where its pieces overlap, a span points outside of it, or a text without errors is
//! printed as another.

use super::{can_be_shown, cells};
use reading::{prints, survives};
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::span::Sources;
use reconverge_lang::syntax::{completeness, tokens};

#[path = "../../../lang/tests/support/reading.rs"]
mod reading;

/// Lexer, parser and printer.
pub fn syntax(text: &str) -> bool {
    for code in cells(text) {
        pieces(code);
        completeness(code);
        let found = survives(code);
        let mut sources = Sources::default();
        sources.add("cell", code);
        can_be_shown(&found, &sources);
        if !found.iter().any(Diagnostic::is_error) {
            prints(code);
        }
    }
    true
}

/// The pieces of a text stand one after the other.
fn pieces(code: &str) {
    let mut end = 0;
    for (range, class) in tokens(code) {
        assert!(range.start >= end && !range.is_empty(), "{range:?}, a {class:?}, after {end}");
        assert!(code.get(range.clone()).is_some(), "{range:?}, a {class:?}");
        end = range.end;
    }
}
