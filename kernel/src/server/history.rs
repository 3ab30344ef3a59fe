//! The cells of this kernel so far, for `history_request`.
//!
//! Enters: cells with what they showed. Leaves: lists in the protocol's form: `[session, number, input]`, or
//! `[session, number, [input, output]]` where outputs are asked for. There is one session, number 1, also called 0.

use serde_json::{Map, Value, json};

#[derive(Default)]
pub struct History {
    entries: Vec<Entry>,
}

struct Entry {
    number: u64,
    input: String,
    output: Option<String>,
}

impl History {
    pub fn push(&mut self, number: u64, input: String, output: Option<String>) {
        self.entries.push(Entry { number, input, output });
    }

    pub fn answer(&self, request: &Map<String, Value>) -> Vec<Value> {
        let with_output = super::flag(request, "output", false);
        let n = request.get("n").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let chosen = match request.get("hist_access_type").and_then(Value::as_str) {
            Some("range") => self.range(request),
            Some("search") => self.search(request, n),
            _ => last(self.entries.iter().collect(), n),
        };
        let form = |e: &Entry| match with_output {
            true => json!([1, e.number, [e.input, e.output]]),
            false => json!([1, e.number, e.input]),
        };
        chosen.into_iter().map(form).collect()
    }

    /// `start..stop` by cell number; no `stop`: to the end.
    fn range(&self, request: &Map<String, Value>) -> Vec<&Entry> {
        let number = |name: &str| request.get(name).and_then(Value::as_i64);
        if !matches!(number("session"), None | Some(0 | 1)) {
            return Vec::new();
        }
        let start = number("start").unwrap_or(0);
        let stop = number("stop").unwrap_or(i64::MAX);
        self.entries.iter().filter(|e| (start..stop).contains(&(e.number as i64))).collect()
    }

    fn search(&self, request: &Map<String, Value>, n: u64) -> Vec<&Entry> {
        let pattern: Vec<char> =
            request.get("pattern").and_then(Value::as_str).unwrap_or("*").chars().collect();
        let mut found: Vec<&Entry> =
            self.entries.iter().filter(|e| glob(&pattern, &e.input.chars().collect::<Vec<_>>())).collect();
        if super::flag(request, "unique", false) {
            // The latest of equal inputs stays.
            let mut seen = std::collections::BTreeSet::new();
            found.reverse();
            found.retain(|e| seen.insert(e.input.as_str()));
            found.reverse();
        }
        last(found, n)
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
