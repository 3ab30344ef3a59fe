//! Colours for terminals.
//!
//! Enters: the text of a report. Leaves: the same with ANSI colours on the marks of verdicts, and on the word behind the
//! mark where it is a verdict's. Marks and words say it without colours, too.

use super::words::Tone;

/// Mark, word, tone: as the tables of verdicts and of the audit have them.
const VERDICTS: [(&str, &str, Tone); 13] = [
    ("✓", "holds", Tone::Good),
    ("✓", "found", Tone::Good),
    ("✓", "checked", Tone::Good),
    ("≤", "holds within bound", Tone::Qualified),
    ("∅", "vacuous", Tone::Qualified),
    ("…", "incomplete", Tone::Qualified),
    ("…", "undecided", Tone::Qualified),
    ("✗", "violated", Tone::Bad),
    ("✗", "broken", Tone::Bad),
    ("!", "failed", Tone::Bad),
    ("?", "unanswered", Tone::Bad),
    ("–", "not checked", Tone::Unknown),
    ("–", "stated", Tone::Unknown),
];

/// Marks that stand before other words.
const MARKS: [(&str, Tone); 2] = [("✓", Tone::Good), ("✗", Tone::Bad)];

fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "\x1b[32m",
        Tone::Qualified => "\x1b[33m",
        Tone::Bad => "\x1b[1;31m",
        Tone::Unknown => "\x1b[2m",
    }
}

pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        let words = line.trim_start();
        let (indent, rest) = line.split_at(line.len() - words.len());
        let verdict = VERDICTS.iter().find_map(|(mark, word, tone)| {
            let behind = rest.strip_prefix(mark)?.strip_prefix(' ')?.strip_prefix(word)?;
            Some((rest.len() - behind.len(), *tone))
        });
        let mark =
            || MARKS.iter().find(|(mark, _)| rest.starts_with(mark)).map(|(mark, tone)| (mark.len(), *tone));
        out += indent;
        match verdict.or_else(mark) {
            Some((length, tone)) => {
                let (coloured, plain) = rest.split_at(length);
                out += &format!("{}{coloured}\x1b[0m{plain}", colour(tone));
            }
            None => out += rest,
        }
    }
    out
}
