//! A glance at a text that need not be right: words and symbols, and which blocks are open at a place.
//!
//! Enters: text, also in the middle of being typed. Leaves: tokens and blocks, for completion. The grammar is
//! not known here, only words.

use crate::words::{Kw, Place};

/// A word, number, string or symbol; comments are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub text: &'t str,
    /// Byte offset.
    pub start: usize,
}

impl Token<'_> {
    pub(super) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    /// The keyword that it may be.
    pub(super) fn keyword(&self) -> Option<Kw> {
        Kw::named(self.text)
    }

    pub(super) fn is_string(&self) -> bool {
        self.text.starts_with('"')
    }
}

/// What a text looks like up to its end.
pub(super) struct Scan<'t> {
    pub tokens: Vec<Token<'t>>,
    /// The text ends inside a comment or a string.
    pub inside_words: bool,
}

pub(super) fn scan(text: &str) -> Scan<'_> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut inside_words = false;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            let end = rest.find('\n');
            inside_words = end.is_none();
            at += end.unwrap_or(rest.len());
            continue;
        } else if c == '"' {
            let (length, closed) = string(rest);
            inside_words = !closed && at + length == text.len();
            length
        } else if c.is_alphanumeric() || c == '_' {
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
        } else if rest.starts_with("..") {
            2
        } else {
            c.len_utf8()
        };
        if !c.is_whitespace() {
            tokens.push(Token { text: &rest[..length], start: at });
        }
        at += length;
    }
    Scan { tokens, inside_words }
}

/// Length of a string literal, and whether it is closed; it ends with its line at the latest.
fn string(text: &str) -> (usize, bool) {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return (i, false),
            '"' if !escaped => return (i + 1, true),
            _ => escaped = c == '\\' && !escaped,
        }
    }
    (text.len(), false)
}

/// A `{` that is open at the end of the text: the keyword that opened it and the name after that, where known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block<'t> {
    pub head: Option<Kw>,
    pub name: &'t str,
}

impl Block<'_> {
    /// What may stand in it; nothing where what opened it is not known.
    pub(super) fn places(&self) -> Option<&'static [Place]> {
        self.head?.opens()
    }
}

/// The blocks that are open after these tokens, outermost first.
pub(super) fn blocks<'t>(tokens: &[Token<'t>]) -> Vec<Block<'t>> {
    let mut open: Vec<Block<'t>> = Vec::new();
    let mut since = 0;
    for (i, token) in tokens.iter().enumerate() {
        match token.text {
            "{" => {
                open.push(block(&tokens[since..i]));
                since = i + 1;
            }
            "}" => {
                open.pop();
                since = i + 1;
            }
            _ => {}
        }
    }
    open
}

/// The block that is opened after these tokens.
fn block<'t>(before: &[Token<'t>]) -> Block<'t> {
    let last = |wanted: &dyn Fn(Kw) -> bool| {
        before
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, token)| Some((at, token.keyword().filter(|kw| wanted(*kw))?)))
    };
    // `scenario "…" on Kafka {`
    if let (Some(_), Some((on, _))) = (last(&|kw| kw == Kw::Scenario), last(&|kw| kw == Kw::On)) {
        return Block { head: Some(Kw::Scenario), name: name_after(before, on) };
    }
    // `{ a, b }` as a value: the word stands far before it, behind an operator.
    let value = before
        .last()
        .is_some_and(|t| matches!(t.text, "=" | "," | "(" | "+" | "-" | "&" | "|" | "in" | "for"));
    match last(&|kw| kw.opens().is_some()) {
        Some((at, head)) if !value => Block { head: Some(head), name: name_after(before, at) },
        _ => Block { head: None, name: "" },
    }
}

fn name_after<'t>(tokens: &[Token<'t>], at: usize) -> &'t str {
    tokens.get(at + 1).filter(|t| t.is_word()).map_or("", |t| t.text)
}
