//! Systems that Rust cells name, and imports of whole ones: `use reconverge::Kafka::*`.
//!
//! Enters: the text of a cell, and the session's systems as Rust. Leaves: why it cannot import all of a system. Imports
//! of everything hold for the rest of the notebook and stay side by side, and every system has a `State`: the compiler would
//! take that of the first without a word.

use super::TYPES as CRATE;
use super::library::{find, word};
use reconverge_lang::export::rust::{Library, Written};
use std::collections::BTreeSet;

const ALL: &str = "::*";
/// What makes the process forget all that it was told.
const CLEAR: &str = ":clear";

/// The systems that cells have named.
#[derive(Default)]
pub(super) struct Imports {
    /// Of these they have imported everything.
    whole: BTreeSet<String>,
    /// Every one of them, and other words.
    pub named: BTreeSet<String>,
}

impl Imports {
    /// Those that a cell imports for all cells: what stands between braces is for what stands there too.
    pub(super) fn of(code: &str) -> Imports {
        let whole = code.match_indices(CRATE).filter_map(|(at, _)| {
            let (before, rest) = (&code[..at], &code[at + CRATE.len()..]);
            if before.matches('{').count() > before.matches('}').count() {
                return None;
            }
            let system = word(rest);
            rest[system.len()..].starts_with(ALL).then(|| system.to_string())
        });
        let whole = whole.collect();
        let parts = code.split(CRATE).skip(1);
        let named = parts.flat_map(|rest| if rest.starts_with('{') { words(rest) } else { vec![word(rest)] });
        Imports { whole, named: named.map(str::to_string).collect() }
    }

    /// Why a cell that imports `more` is not compiled, in words.
    pub(super) fn refused(&self, more: &Imports, library: &Library) -> Option<String> {
        let mut before: Vec<&String> = self.whole.iter().collect();
        for system in more.whole.difference(&self.whole) {
            let items = |system: &str| find(library, system).map_or(Vec::new(), Written::items);
            let own = items(system);
            for other in &before {
                let theirs = items(other);
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
            *self = Imports::default();
        }
        self.whole.extend(more.whole);
        self.named.extend(more.named);
    }
}

/// The words between the braces with which a text begins.
fn words(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let end = text.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    let within = &text[..end.unwrap_or(text.len())];
    within.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
}
