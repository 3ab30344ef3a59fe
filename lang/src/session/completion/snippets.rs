//! Whole members to begin with: one for each of the four concepts.
//!
//! Enters: nothing (a table). Leaves: texts in which words in capitals are to be replaced, and the same for editors that
//! go from one to the next.

use super::proposals::{Proposals, Rank};
use crate::session::CompletionItem;
use crate::words::Kw;

const SNIPPETS: [(Kw, &str, &str); 4] = [
    (
        Kw::Order,
        "order NAME: append \"What is agreed on.\" { scope SCOPE  views EXPR for x in NODE }",
        "Where agreement is created, with the agreed part as each participant sees it.",
    ),
    (
        Kw::Invariant,
        "invariant NAME: safety \"What is never broken.\" { EXPR }",
        "What must never be broken, as a condition on every state.",
    ),
    (
        Kw::Resolution,
        "resolution NAME: retry \"What is done about it.\" { handles MEMBER  at x in NODE when GUARD { EFFECT } }",
        "How a violation is handled, by whom and when.",
    ),
    (
        Kw::Reconciler,
        "reconciler NAME: control_loop \"What is repaired.\" { every 1s  drift DRIFT  at x in NODE when GUARD { EFFECT } }",
        "Who keeps fixing things: how often, what is wrong, and what is done.",
    ),
];

/// Where members begin.
pub(super) fn offer(words: &[Kw], found: &mut Proposals) {
    for (kw, text, help) in SNIPPETS.into_iter().filter(|(kw, ..)| words.contains(kw)) {
        debug_assert!(text.starts_with(kw.word()));
        let (detail, docs) = (Some(help.to_owned()), None);
        let snippet = Some(with_stops(text));
        found.item(
            Rank::Seldom,
            CompletionItem { text: text.to_owned(), kind: "snippet", detail, docs, snippet },
        );
    }
}

/// Each word in capitals, and each sentence, as a numbered stop.
fn with_stops(text: &str) -> String {
    let (mut out, mut number, mut rest) = (String::new(), 0, text);
    let mut stop = |out: &mut String, word: &str| {
        number += 1;
        out.push_str(&format!("${{{number}:{word}}}"));
    };
    while let Some(c) = rest.chars().next() {
        let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
        let length = match c {
            '"' => rest[1..].find('"').map_or(rest.len(), |i| i + 2),
            c if c.is_ascii_uppercase() => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        match c {
            '"' => {
                out.push('"');
                stop(&mut out, word.trim_matches('"'));
                out.push('"');
            }
            c if c.is_ascii_uppercase() && length > 1 => stop(&mut out, &word.to_lowercase()),
            // What closes a stop is escaped.
            '}' => out.push_str("\\}"),
            _ => out.push_str(word),
        }
        rest = after;
    }
    out
}
