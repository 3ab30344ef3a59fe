//! Cells as an author writes them: defined, asked about at every place, never executed.
//!
//! Enters: any text. Leaves: a panic of what answers.

use super::{Dice, can_be_shown, cell, cells, host::Hurried, number, seeds};
use reconverge_lang::diag::Diagnostic;
use reconverge_lang::session::{Execution, Session};
use reconverge_lang::span::SourceId;
use reconverge_lang::syntax::parse;

/// Places of a cell where something is asked.
const PLACES: usize = 3;

/// Analysis, completion and inspection. It comes far where a cell has no errors of syntax.
pub fn typing(text: &str) -> bool {
    let mut far = false;
    let mut session = Session::new(seeds::library());
    let host = Hurried::new(1, Execution::Portable);
    for (n, code) in (1..).zip(cells(text)) {
        let found = session.define(cell(n), code, &host);
        can_be_shown(&found, session.sources());
        far |= !parse(SourceId(0), code).1.iter().any(Diagnostic::is_error);
        session.is_complete(code);
        for place in places(code) {
            let found = session.complete(code, place);
            assert!(code.get(found.start..found.end).is_some(), "{}..{}", found.start, found.end);
            session.inspect(code, place);
        }
    }
    far
}

/// Some places of a text, its end among them.
fn places(code: &str) -> impl Iterator<Item = usize> {
    let all: Vec<usize> = code.char_indices().map(|(at, _)| at).collect();
    let mut dice = Dice::new(number(code));
    let some: Vec<usize> = (0..PLACES).filter_map(|_| dice.one_of(&all).copied()).collect();
    some.into_iter().chain([code.len()])
}
