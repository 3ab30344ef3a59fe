//! The systems of the session as Rust, beside those that cells have.
//!
//! Enters: both. Leaves: which text of a system is which; which systems are other ones; what is said of those that cells still
//! have as they were.

use super::protocol::Anew;
use reconverge_lang::export::rust::{Library, Written};
use std::collections::{BTreeMap, BTreeSet};

/// The texts that each system has had.
#[derive(Default)]
pub(super) struct Editions(BTreeMap<String, Vec<String>>);

impl Editions {
    /// Which of them this is, from 1. One that comes again is the same again.
    pub(super) fn of(&mut self, system: &Written) -> usize {
        let texts = self.0.entry(system.name.clone()).or_default();
        let known = texts.iter().position(|text| *text == system.text);
        1 + known.unwrap_or_else(|| {
            texts.push(system.text.clone());
            texts.len() - 1
        })
    }
}

/// Of a system of this name.
pub(super) fn find<'l>(library: &'l Library, system: &str) -> Option<&'l Written> {
    library.systems.iter().find(|written| written.name == system)
}

/// The names of its systems.
pub(super) fn names(library: &Library) -> Vec<&str> {
    library.systems.iter().map(|system| system.name.as_str()).collect()
}

/// Systems whose types are other ones than those of `before`, with all names that either has.
pub(super) fn anew(before: &Library, now: &Library) -> Vec<Anew> {
    let other = |old: &Written| {
        let new = find(now, &old.name);
        if new.is_some_and(|new| new.text == old.text) {
            return None;
        }
        let items: BTreeSet<&str> =
            old.items().into_iter().chain(new.map_or(Vec::new(), Written::items)).collect();
        Some(Anew { system: old.name.clone(), items: items.into_iter().map(str::to_string).collect() })
    };
    before.systems.iter().filter_map(other).collect()
}

/// What is said where cells that have named a system have other types of it than there would be now; empty: they are the same.
pub(super) fn stale(written: &Library, now: &Library, named: &BTreeSet<String>) -> String {
    let names: Vec<String> = anew(written, now)
        .into_iter()
        .filter(|anew| named.contains(&anew.system))
        .map(|anew| format!("`{}`", anew.system))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "Rust cells still have {} as it was before: the next cell that names `reconverge::` takes what it is now, and \
         variables of its types are lost then.\n",
        names.join(", ")
    )
}

pub(super) fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}
