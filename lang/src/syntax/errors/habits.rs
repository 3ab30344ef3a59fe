//! Mistakes with a better name than what the grammar expected: slips of the pen, and habits of other languages.
//!
//! Enters: the token at which the parser stopped, with all that stands around it. Leaves: a diagnostic that says what is
//! written here instead, and the edit that does it where one does. Words of other languages come from the table
//! `words::foreign`; what stands here is what a word alone does not show.

use super::{COMPARISONS, Spot};
use crate::diag::{Diagnostic, codes::syntax as code};
use crate::span::Span;
use crate::syntax::token::{Body, P, Tok};
use crate::words::{Kw, Place};

mod chains;
mod clauses;
mod commands;
mod faults;
mod lines;
mod parts;
mod payloads;
mod values;
mod words;

/// The places where a word may have been meant to stand, by what it stands in; the likeliest first.
fn places(body: Body) -> &'static [Place] {
    match body {
        Body::Cell => &[Place::Top, Place::Member, Place::Effect],
        Body::Members => &[Place::Member, Place::Effect, Place::Top],
        Body::Fields => &[Place::Node, Place::Member],
        Body::Block => &[Place::Effect, Place::Member],
        Body::Forms => &[Place::Invariant, Place::Member, Place::Effect],
        Body::Clauses => &[Place::Member, Place::Effect],
        Body::Lines => &[Place::Line, Place::Effect],
        Body::Options => &[Place::Option],
        _ => &[],
    }
}

/// What is shown of a program in a sentence is no longer than this, in bytes.
const LONGEST: usize = 60;

impl<'t> Spot<'_, 't> {
    pub(super) fn habit(&self) -> Option<Diagnostic> {
        self.of_lines()
            .or_else(|| self.no_verdict())
            .or_else(|| self.simulated_otherwise())
            .or_else(|| self.opened_option())
            .or_else(|| self.def_with_colon())
            .or_else(|| self.slip())
            .or_else(|| self.definition())
            .or_else(|| self.foreign_word())
            .or_else(|| self.of_types())
            .or_else(|| self.of_collections())
            .or_else(|| self.of_statements())
            .or_else(|| self.of_types_declared())
            .or_else(|| self.of_invariants())
            .or_else(|| self.of_several())
            .or_else(|| self.of_members())
            .or_else(|| self.of_commands())
    }

    // ---- saying it ----

    /// At the tokens from `first` to `last`.
    fn say(&self, first: usize, last: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code::UNEXPECTED, self.span(first, last), message)
    }

    fn here(&self, message: impl Into<String>) -> Diagnostic {
        self.say(self.at, self.at, message)
    }

    fn span(&self, first: usize, last: usize) -> Span {
        let end = self.text.trim_end().len() as u32;
        let (start, end) =
            (self.tokens.get(first).map_or(end, |t| t.start), self.tokens.get(last).map_or(end, |t| t.end));
        Span { source: self.source, start, end }
    }

    /// From the first to the last token; none where that stands before the first: there is nothing in between.
    fn slice(&self, first: usize, last: usize) -> Option<&str> {
        (first <= last).then(|| &self.text[self.span(first, last).range()])
    }

    /// `write TEXT`, where that is short enough to be read; the edit in any case.
    fn instead(&self, d: Diagnostic, text: String, otherwise: &str) -> Diagnostic {
        if text.len() <= LONGEST && !text.contains('\n') {
            return d.write(text);
        }
        let span = d.span;
        d.fix(span, text, otherwise)
    }

    fn text_at(&self, i: usize) -> &str {
        self.slice(i, i).unwrap_or_default()
    }

    fn is_word(&self, back: usize, kw: Kw) -> bool {
        self.before(back) == Some(Tok::Kw(kw))
    }

    /// The index of the keyword that starts what the error stands in, with no bracket between.
    fn head(&self) -> Option<(usize, Kw)> {
        // Where a cell ends too early, no bracket is open.
        let ended = if self.body == Body::Cell { self.tokens.first() } else { self.tokens.last() };
        let frame = self.tokens.get(self.at).or(ended)?.frame;
        let own = |i: &usize| self.tokens[*i].frame == frame && self.tokens[*i].head;
        let at = (0..self.at.min(self.tokens.len())).rev().find(own)?;
        match self.tokens[at].tok {
            Tok::Kw(kw) => Some((at, kw)),
            _ => None,
        }
    }

    /// The tokens of the brackets around the error, the brackets included.
    fn brackets(&self) -> Option<(usize, usize)> {
        let frame = self.tokens.get(self.at)?.frame;
        let first = self.tokens.iter().position(|t| t.frame == frame)?.checked_sub(1)?;
        let last = self.tokens.iter().rposition(|t| t.frame == frame)?;
        Some((first, last))
    }

    /// The bracket that closes what the token at `i` stands in.
    fn closer_around(&self, i: usize) -> Option<usize> {
        let frame = self.tokens.get(i)?.frame;
        self.tokens.iter().rposition(|t| t.frame == frame)
    }

    /// The token before the error, those of no width aside.
    fn previous(&self) -> Option<usize> {
        let mut i = self.at.checked_sub(1)?;
        while self.tokens.get(i)?.start == self.tokens[i].end {
            i = i.checked_sub(1)?;
        }
        Some(i)
    }

    fn following_is(&self, word: &str) -> bool {
        self.following() == Some(Tok::Id(word))
    }

    // ---- slips ----

    /// One mark for another.
    fn slip(&self) -> Option<Diagnostic> {
        let told = |message: &str, meant: &str, words: &str| {
            let d = self.here(message);
            let span = d.span;
            Some(d.fix(span, meant, words))
        };
        match self.tok()? {
            Tok::P(P::Is | P::Eq) if self.is_shaped() => None,
            Tok::P(P::Is) if self.takes(":=") => {
                told("expected `:=`, found `=`", ":=", "assignment is written `:=`")
            }
            Tok::P(P::Is) if self.takes("==") => {
                told("expected `==`, found `=`", "==", "equality is written `==`")
            }
            Tok::P(P::Eq) if self.takes(":=") => {
                told("expected `:=`, found `==`", ":=", "assignment is written `:=`, a condition `require P`")
            }
            Tok::P(P::Eq) if self.takes("=") => told("expected `=`, found `==`", "=", "`==` compares"),
            Tok::P(P::Set) if self.takes("=") => told(
                "expected `=`, found `:=`",
                "=",
                "an initial value is written `=`; `:=` assigns inside an action",
            ),
            Tok::P(P::Set) if self.head().is_some_and(|(_, kw)| kw == Kw::Init) => told(
                "expected `==`, found `:=`",
                "==",
                "`init` says what is true at the start: `init x == 1`; a first value stands with its variable",
            ),
            Tok::P(P::Set) if self.body == Body::Cell => Some(
                self.here("unexpected `:=` in a cell")
                    .help("a cell changes no state by itself; `do NAME` takes a step"),
            ),
            Tok::P(P::Colon) if self.takes(":=") => {
                told("expected `:=`, found `:`", ":=", "assignment is written `:=`")
            }
            _ if self.is_word(1, Kw::Init) && self.operand() => Some(
                self.here(format!("expected what is true at the start, found {}", self.found()))
                    .help("write `init x == 1`; a first value stands with its variable: `state x: TYPE = 1`"),
            ),
            _ if self.is_word(1, Kw::Always) && self.takes("eventually") => {
                let i = self.previous()?;
                let message = "`always` stands before or after `eventually` only";
                let d = self.say(i, i, message);
                let span = d.span;
                Some(d.fix(span, "", "a `safety` invariant is true in every state by itself: `P`"))
            }
            _ if self.before(1) == Some(Tok::P(P::DotDot)) && self.operand() => Some(
                self.here(format!("expected the end of a range, found {}", self.found()))
                    .help("a range has both ends: `0..3`"),
            ),
            Tok::P(P::Dot) if matches!(self.before(1), Some(Tok::Int(_))) => Some(self.fraction()),
            Tok::Int(_)
                if self.before(1) == Some(Tok::P(P::Dot)) && matches!(self.before(2), Some(Tok::Int(_))) =>
            {
                Some(self.fraction())
            }
            Tok::P(p) if COMPARISONS.contains(&p) && self.takes("and") && !self.takes("==") => {
                Some(self.chained())
            }
            _ => None,
        }
    }

    /// Whether two tokens back stands a word that shapes an expression elsewhere: `IF n = 0 THEN …`
    fn is_shaped(&self) -> bool {
        let before = self.previous().and_then(|i| i.checked_sub(1));
        before.is_some_and(|i| matches!(self.tokens[i].tok, Tok::Id("IF" | "If" | "CHOOSE")))
    }

    fn fraction(&self) -> Diagnostic {
        self.here("expected a whole number").help("numbers have no fraction; a range is written `0..2`")
    }
}
