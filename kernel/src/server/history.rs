//! The cells of this kernel so far, for `history_request`.
//!
//! Enters: cells with what they showed. Leaves: those that are asked for. There is one session, number 1, also called 0.

use crate::wire::{Access, HistoryEntry, HistoryReply, HistoryRequest, Past};
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct History {
    entries: Vec<Entry>,
}

struct Entry {
    number: u64,
    input: String,
    output: Option<String>,
}

impl History {
    pub(super) fn push(&mut self, number: u64, input: String, output: Option<String>) {
        self.entries.push(Entry { number, input, output });
    }

    /// Whether a cell with this text was executed, space at both ends aside.
    pub(super) fn holds(&self, input: &str) -> bool {
        self.entries.iter().any(|entry| entry.input.trim() == input.trim())
    }

    pub(super) fn answer(&self, asked: &HistoryRequest) -> HistoryReply {
        let chosen = match &asked.access {
            Access::Tail { n } => last(self.entries.iter().collect(), *n),
            Access::Range { session: 0 | 1, start, stop } => {
                self.entries.iter().filter(|e| (*start..*stop).contains(&(e.number as i64))).collect()
            }
            Access::Range { .. } => Vec::new(),
            Access::Search { pattern, n, unique } => last(self.search(pattern, *unique), *n),
        };
        let past = |e: &Entry| match asked.output {
            true => Past::InputOutput(e.input.clone(), e.output.clone()),
            false => Past::Input(e.input.clone()),
        };
        HistoryReply { history: chosen.into_iter().map(|e| HistoryEntry(1, e.number, past(e))).collect() }
    }

    fn search(&self, pattern: &str, unique: bool) -> Vec<&Entry> {
        let pattern: Vec<char> = pattern.chars().collect();
        let mut found: Vec<&Entry> =
            self.entries.iter().filter(|e| glob(&pattern, &e.input.chars().collect::<Vec<_>>())).collect();
        if unique {
            // The latest of equal inputs stays.
            let mut seen = BTreeSet::new();
            found.reverse();
            found.retain(|e| seen.insert(e.input.as_str()));
            found.reverse();
        }
        found
    }
}

fn last(entries: Vec<&Entry>, n: u64) -> Vec<&Entry> {
    let skip = entries.len().saturating_sub(usize::try_from(n).unwrap_or(usize::MAX));
    entries.into_iter().skip(skip).collect()
}

/// `*` any characters, `?` one. Goes back to the latest `*` only, so it takes at most |pattern| × |text| steps.
fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}
