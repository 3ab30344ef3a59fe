//! What each piece of a text is, for colours in views and tools.
//!
//! Enters: any text, also a broken one. Leaves: byte ranges in order, without overlaps, each with its class; white space
//! has none. Words are classed by where they stand, as the parser sees them.

use crate::concepts::{BLANK, ConceptKind, ConceptType};
use crate::span::SourceId;
use crate::syntax::lexer::{Raw, RawKind};
use crate::syntax::structure::{Token, structure};
use crate::syntax::token::{P, Tok};
use crate::syntax::{brackets, lexer, words};
use crate::words::{Kw, Question, TypeWord};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// What a token is, for colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenClass {
    /// Begins a member, statement, clause or command.
    Keyword,
    /// `order`, `invariant`, `resolution`, `reconciler`
    Concept,
    /// Concept types (`leader`, `safety`), built-in types (`bool`, `set`) and names where a type stands.
    Type,
    /// Durations too.
    Number,
    /// With its quotes.
    String,
    /// `//` to the end of the line.
    Comment,
    /// `///` to the end of the line.
    Doc,
    /// Any other word.
    Name,
    /// Arithmetic, comparisons, arrows.
    Operator,
    /// Brackets and separators.
    Punctuation,
    /// No token at all.
    Error,
}

/// The classes of a text's pieces; empty for a text too large to be a cell.
pub fn tokens(text: &str) -> Vec<(Range<usize>, TokenClass)> {
    if text.len() > super::MAX_BYTES {
        return Vec::new();
    }
    let source = SourceId::default();
    let (all, lexical) = lexer::lex(source, text);
    let raw: Vec<Raw> = all.iter().filter(|t| t.kind != RawKind::Comment).copied().collect();
    let matched = brackets::match_brackets(source, text, raw).swap_remove(0);
    let structured = structure(source, text, &matched.tokens);
    let words = classes_of_words(&structured.tokens);
    let mut out: Vec<(Range<usize>, TokenClass)> = Vec::with_capacity(all.len());
    // A mark of another language may be read as several words, of which one has its place.
    for token in all.iter().filter(|token| token.start < token.end) {
        out.push((token.start as usize..token.end as usize, class(token, &words)));
    }
    for d in lexical {
        let range = d.span.range();
        match out.binary_search_by_key(&range.start, |(r, _)| r.start) {
            Ok(at) => out[at].1 = TokenClass::Error,
            Err(at) => {
                let free = out.get(at).is_none_or(|(next, _)| next.start >= range.end)
                    && at.checked_sub(1).is_none_or(|before| out[before].0.end <= range.start);
                if free && !range.is_empty() {
                    out.insert(at, (range, TokenClass::Error));
                }
            }
        }
    }
    out
}

fn class(token: &Raw, words: &BTreeMap<u32, (u32, TokenClass)>) -> TokenClass {
    match token.kind {
        RawKind::Word(w) => {
            let known = words.range(..=token.start).next_back().filter(|(_, (end, _))| token.end <= *end);
            known.map_or_else(|| guess(w), |(_, (_, class))| *class)
        }
        RawKind::Int(_) | RawKind::Duration(_) => TokenClass::Number,
        RawKind::Str(_) => TokenClass::String,
        RawKind::Doc(_) => TokenClass::Doc,
        RawKind::Comment => TokenClass::Comment,
        RawKind::Foreign(_) | RawKind::Bad => TokenClass::Error,
        RawKind::P(p) => match p {
            P::LBrace | P::LRecord | P::RBrace | P::LParen | P::RParen | P::LBracket | P::RBracket => {
                TokenClass::Punctuation
            }
            P::Comma | P::Semi | P::Colon | P::Dot => TokenClass::Punctuation,
            _ => TokenClass::Operator,
        },
    }
}

/// Without a structure (brackets nest too deeply), a word's class by itself.
fn guess(word: &str) -> TokenClass {
    if ConceptKind::ALL.iter().any(|kind| kind.word() == word) {
        TokenClass::Concept
    } else if words::is_of_expressions(word) {
        TokenClass::Keyword
    } else {
        TokenClass::Name
    }
}

/// Class and end of each word, by its start. A keyword of several words is one entry.
fn classes_of_words(tokens: &[Token]) -> BTreeMap<u32, (u32, TokenClass)> {
    let mut classes = BTreeMap::new();
    let mut concept = false;
    for (i, token) in tokens.iter().enumerate() {
        let class = match token.tok {
            Tok::Kw(kw) => {
                concept = matches!(kw, Kw::Order | Kw::Invariant | Kw::Resolution | Kw::Reconciler);
                if concept { TokenClass::Concept } else { TokenClass::Keyword }
            }
            Tok::Verdict(_) => TokenClass::Keyword,
            Tok::Id(w) if Question::named(w) == Some(Question::Quiescent) => TokenClass::Keyword,
            // The reader's answer goes there.
            Tok::Id(BLANK) => TokenClass::Keyword,
            Tok::Id(w) if is_type(tokens, i, w, concept) => TokenClass::Type,
            Tok::Id(_) => TokenClass::Name,
            Tok::P(P::LBrace) => {
                concept = false;
                continue;
            }
            _ => continue,
        };
        classes.insert(token.start, (token.end, class));
    }
    classes
}

fn is_type(tokens: &[Token], i: usize, word: &str, concept: bool) -> bool {
    let before = i.checked_sub(1).map(|k| tokens[k].tok);
    let follows = matches!(before, Some(Tok::P(P::Colon | P::Lt | P::Arrow)));
    match before {
        Some(Tok::P(P::Colon | P::Comma)) if concept => names_concept_type(word),
        _ if TypeWord::named(word).is_some() => follows || matches!(before, Some(Tok::P(P::Comma | P::Is))),
        // `name: Type` of a declaration; after a quantifier's colon names start in lower case.
        _ => follows && word.starts_with(|c: char| c.is_uppercase()),
    }
}

fn names_concept_type(word: &str) -> bool {
    ConceptKind::ALL.into_iter().any(|kind| ConceptType::named(kind, word).is_some())
}
