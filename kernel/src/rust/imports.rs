//! Imports of whole systems in Rust cells: `use reconverge::Kafka::*`.
//!
//! Enters: the text of a cell, and of the crate of the session's systems. Leaves: why it cannot import all of a system. Imports
//! of everything hold for the rest of the notebook and stay side by side, and every system has a `State`: the compiler would
//! take that of the first without a word.

use super::library::{names, word};
use std::collections::BTreeSet;

/// What stands before the name of a system.
const CRATE: &str = "reconverge::";
const ALL: &str = "::*";
/// What makes the process forget all that it was told.
const CLEAR: &str = ":clear";

/// The systems of which cells have imported everything.
#[derive(Default)]
pub(super) struct Imports(BTreeSet<String>);

impl Imports {
    /// Those that a cell imports for all cells: what stands between braces is for what stands there too.
    pub(super) fn of(code: &str) -> Imports {
        let named = code.match_indices(CRATE).filter_map(|(at, _)| {
            let (before, rest) = (&code[..at], &code[at + CRATE.len()..]);
            if before.matches('{').count() > before.matches('}').count() {
                return None;
            }
            let system = word(rest);
            rest[system.len()..].starts_with(ALL).then(|| system.to_string())
        });
        Imports(named.collect())
    }

    /// Why a cell that imports `more` is not compiled, in words.
    pub(super) fn refused(&self, more: &Imports, library: &str) -> Option<String> {
        let mut before: Vec<&String> = self.0.iter().collect();
        for system in more.0.difference(&self.0) {
            let own = names(library, system);
            for other in &before {
                let theirs = names(library, other);
                let Some(both) = own.iter().find(|name| theirs.contains(*name)) else { continue };
                return Some(format!(
                    "`use {CRATE}{system}::*` brings in `{both}`, and so does `use {CRATE}{other}::*`: all Rust cells of a \
                     notebook share their names. Write `use {CRATE}{system};` and `{system}::{both}` instead, or run \
                     `{CLEAR}` in a Rust cell, which forgets what they have defined"
                ));
            }
            before.push(system);
        }
        None
    }

    /// After a cell that was compiled.
    pub(super) fn add(&mut self, code: &str, more: Imports) {
        if code.lines().any(|line| line.trim() == CLEAR) {
            self.0.clear();
        }
        self.0.extend(more.0);
    }
}
