//! Statements and members that are put together otherwise elsewhere.
//!
//! Enters: the error, and what it stands in. Leaves: a diagnostic with the form that they have here.

use super::Spot;
use crate::diag::Diagnostic;
use crate::span::Span;
use crate::syntax::token::{Body, P, Tok};
use crate::words::Kw;

impl<'t> Spot<'_, 't> {
    pub(super) fn of_statements(&self) -> Option<Diagnostic> {
        let tok = self.tok()?;
        if let Some(d) = self.let_in_statement(tok) {
            return Some(d);
        }
        match tok {
            Tok::P(P::Lt | P::Le | P::Gt | P::Ge | P::Ne) | Tok::Kw(Kw::In | Kw::NotIn)
                if self.takes(":=") && self.body == Body::Block =>
            {
                Some(
                    self.here("a condition is no statement")
                        .help("write `require P`: where it is false, this way of the action is not possible"),
                )
            }
            Tok::P(P::Star | P::Slash | P::Percent)
                if self.takes(":=") && self.following() == Some(Tok::P(P::Is)) =>
            {
                let mark = self.shown(self.at);
                let place = self.previous().map_or("x", |i| self.shown(i));
                Some(
                    self.here(format!("there is no `{mark}=`"))
                        .help(format!("write `{place} := {place} {mark} EXPR`")),
                )
            }
            Tok::P(P::Comma | P::Semi)
                if self.takes(":=") && self.takes("+=") && self.text_at(self.at) == "," =>
            {
                Some(
                    self.here("one assignment at a time")
                        .help("they run one after the other: `let before = EXPR` keeps a value for the next"),
                )
            }
            Tok::Kw(Kw::Else) if self.takes("{") && self.head().is_some_and(|(_, kw)| kw == Kw::If) => Some(
                self.here("a choice between values is written otherwise").help("write `if c then a else b`"),
            ),
            Tok::Id(_) if self.is_word(2, Kw::Let) && self.before(1) == Some(Tok::Id("mut")) => {
                let i = self.previous()?;
                Some(self.unknown(i).fix(self.span(i, i), "", "a name keeps its value: leave `mut` out"))
            }
            Tok::Str(_) if self.body == Body::Block && self.takes("Gone") => Some(
                self.here("a statement has no words for people")
                    .help("what an action is for stands before it: `/// …`"),
            ),
            Tok::P(P::Set) if self.takes("in") && self.is_word(2, Kw::For) => {
                Some(self.here("a loop goes through a set").help("write `for i in 0..3 { … }`"))
            }
            Tok::P(P::LBrace) | Tok::Id(_) | Tok::Kw(_)
                if self.takes("at")
                    && self.takes("from")
                    && self.is_word(2, Kw::On)
                    && tok != Tok::Id("to") =>
            {
                let message = self.word_before(1).unwrap_or("MESSAGE");
                Some(
                    self.here("a message arrives at a node")
                        .help(format!("say at which: `on {message} at b in NODE {{ … }}`")),
                )
            }
            Tok::P(P::Is | P::Colon) if self.takes("{") && self.takes("when") => {
                let all = self.following_is("all") || self.following() == Some(Tok::Kw(Kw::All));
                let last = if all { self.at + 1 } else { self.at };
                let d = self.say(self.at, last, "the body follows the head");
                let span = d.span;
                Some(d.fix(span, "", "leave it out: `action NAME { … }`"))
            }
            _ => None,
        }
    }

    /// `let x = 1 in y := x`: in a block, the name is there for the rest of it.
    fn let_in_statement(&self, tok: Tok) -> Option<Diagnostic> {
        let (at, _) = self.head().filter(|(_, kw)| *kw == Kw::Let && self.body == Body::Block)?;
        let within = (at..self.at).rev().find(|i| self.tokens[*i].tok == Tok::Kw(Kw::In))?;
        let assigns = matches!(tok, Tok::P(P::Set | P::AddSet | P::SubSet));
        if !assigns && self.previous() != Some(within) {
            return None;
        }
        let d = self.say(within, within, "a `let` among statements has no `in`");
        let span = d.span;
        Some(d.fix(span, ";", "leave `in` out: the name is there for the rest of the block"))
    }

    /// `Init == P`
    pub(super) fn definition(&self) -> Option<Diagnostic> {
        let Tok::Id(name) = self.tok()? else { return None };
        (self.body == Body::Members && self.following() == Some(Tok::P(P::Eq))).then(|| {
            self.here("a definition begins with `def`").help(format!(
                "write `def {name} = EXPR`, or for what can happen `action {name} {{ … }}`; \
                 first values stand with their variables"
            ))
        })
    }

    pub(super) fn of_types_declared(&self) -> Option<Diagnostic> {
        let message = match self.tok()? {
            Tok::P(P::LBrace) if self.is_word(2, Kw::Type) => "expected `=`, found `{`",
            Tok::P(P::LBrace) if self.is_word(3, Kw::Type) => "a type is no record",
            Tok::P(P::Bar) if self.is_word(4, Kw::Type) => "a type is no choice",
            _ => return None,
        };
        Some(
            self.here(message)
                .help("fields together are a `record NAME { field: TYPE }`, names an `enum NAME { a, b }`"),
        )
    }

    /// An invariant without its type, or without its braces.
    pub(super) fn of_invariants(&self) -> Option<Diagnostic> {
        match self.tok()? {
            Tok::P(P::LBrace) if self.is_word(2, Kw::Invariant) => {
                let d = self.here("expected `:`, found `{`");
                let before = Span { end: d.span.start, ..d.span };
                Some(d.fix(before, ": safety ", "a type comes first: `invariant NAME: safety { P }`"))
            }
            _ if self.takes("for") && self.head().is_some_and(|(_, kw)| kw == Kw::Unique) => {
                let message = format!("expected `for`, found {}", self.found());
                Some(self.here(message).help("say of which: `unique EXPR for x in S`"))
            }
            Tok::P(_)
                if self.body == Body::Members
                    && self.is_word(4, Kw::Invariant)
                    && self.before(2) == Some(Tok::P(P::Colon)) =>
            {
                Some(
                    self.here("a property stands in braces, after a type")
                        .help("write `invariant NAME: safety { P }`"),
                )
            }
            _ => None,
        }
    }

    pub(super) fn of_members(&self) -> Option<Diagnostic> {
        let tok = self.tok()?;
        let named = |kw: Kw| self.is_word(2, kw);
        match (tok, self.body) {
            (Tok::P(P::Colon), Body::Clauses) if self.at > 0 && self.tokens[self.at - 1].head => {
                let d = self.here("no colon stands after the word of a clause");
                let (span, word) = (d.span, self.shown(self.at - 1));
                Some(d.fix(span, "", format!("leave it out: `{word}` is followed by what it says")))
            }
            (Tok::P(P::LParen | P::LBrace | P::LRecord | P::Is), Body::Variants) => Some(self.payload()),
            (Tok::Kw(Kw::In), Body::Parens) if self.takes(":") => {
                let d = self.here("expected `:`, found `in`");
                let span = d.span;
                Some(d.fix(
                    span,
                    ":",
                    "a parameter has a type; the node that acts is named by `at n in NODE`",
                ))
            }
            (Tok::P(P::Is), _) if self.takes(":") && (named(Kw::State) || named(Kw::Ghost)) => {
                let name = self.word_before(1)?;
                Some(
                    self.here("expected `:`, found `=`")
                        .help(format!("a variable has a type: `state {name}: TYPE = EXPR`")),
                )
            }
            (Tok::P(P::Is | P::Colon), _) if named(Kw::Enum) => {
                Some(self.here("the variants stand in braces").help("write `enum NAME { a, b }`"))
            }
            (Tok::P(P::LParen | P::Star | P::Is | P::Colon), _) if named(Kw::Node) => {
                let name = self.word_before(1)?;
                Some(
                    self.here("how many there are stands in brackets")
                        .help(format!("write `node {name}[3] {{ field: TYPE }}`")),
                )
            }
            (Tok::P(P::Comma), Body::Members)
                if self.head().is_some_and(|(_, kw)| kw == Kw::Link) && self.takes("state") =>
            {
                let more = self.shown(self.at + 1);
                Some(self.here("a link has two ends").help(format!(
                    "another message and link go further: `link NAME: MESSAGE from A to {more}`"
                )))
            }
            (Tok::P(P::Eq), Body::Members) => {
                Some(self.here("unexpected `==`").help("a definition is written `def NAME = EXPR`"))
            }
            _ => None,
        }
    }
}
