//! Parsing with recovery: what is broken is taken out, and the rest is parsed as if it stood alone.
//!
//! Enters: structured tokens. Leaves: the tree with error nodes, and one diagnostic for each broken part.
//! The idea is panic mode by islands: `structure` knows where each statement, clause, member and item starts without
//! parsing, so the part around an error is replaced by one token that the grammar accepts in its place, and the parser
//! starts again. A part with a body of its own loses only its head; the body is still read.

use crate::diag::{Diagnostic, codes::syntax as code};
use crate::span::{SourceId, Span};
use crate::syntax::errors;
use crate::syntax::grammar::CellParser;
use crate::syntax::make::Builder;
use crate::syntax::structure::{FrameInfo, Structured, Token};
use crate::syntax::token::{Body, P, Tok};
use crate::syntax::tree::Cell;
use crate::words::Kw;
use lalrpop_util::ParseError;
use std::cell::RefCell;

/// Parsing starts again at most so often, and reads at most so many tokens in all.
const MOST_ROUNDS: usize = 200;
const MOST_TOKENS: usize = 2_000_000;

/// The tree of a cell, and what is wrong with it.
pub(super) fn parse(source: SourceId, text: &str, s: &Structured) -> (Cell, Vec<Diagnostic>) {
    let mut tokens = s.tokens.clone();
    let mut found = Vec::new();
    let parser = CellParser::new();
    let mut read = 0;
    loop {
        let builder = Builder {
            source,
            text,
            tokens: &tokens,
            docs: &s.docs,
            diagnostics: RefCell::default(),
            too_deep: std::cell::Cell::new(false),
        };
        let input = tokens.iter().enumerate().map(|(i, t)| Ok((i, t.tok, i + 1)));
        let (at, expected) = match parser.parse(&builder, input) {
            Ok(cell) => {
                found.extend(builder.diagnostics.into_inner());
                return (cell, found);
            }
            Err(ParseError::UnrecognizedToken { token: (at, ..), expected }) => (at, expected),
            Err(ParseError::UnrecognizedEof { expected, .. }) => (tokens.len(), expected),
            Err(ParseError::InvalidToken { location } | ParseError::ExtraToken { token: (location, ..) }) => {
                (location, Vec::new())
            }
            Err(ParseError::User { .. }) => (tokens.len(), Vec::new()),
        };
        let d = errors::describe(source, text, &tokens, &s.frames, at, &expected);
        if !follows_a_comma(text, &tokens, at, &found)
            && !begins_with_one(&tokens, at, &found)
            && !said(text, &d, &found)
            && !rewritten(&d, &found)
            && !is_taken_out(&tokens, at)
        {
            found.push(d);
        }
        read += at;
        if read > MOST_TOKENS || found.len() == MOST_ROUNDS {
            found.push(given_up(source, &found));
            break;
        }
        if !(Islands { text, tokens: &mut tokens, frames: &s.frames }).take_out(at) {
            break;
        }
    }
    (Cell::default(), found)
}

/// Whether the broken part that ends at `at` stands after a comma, with an error before it on its line: then the comma
/// was no end of a statement, and what follows it is part of that mistake.
fn follows_a_comma(text: &str, tokens: &[Token], at: usize, found: &[Diagnostic]) -> bool {
    let after = |start: usize| {
        let line = text[..start].rfind('\n').map_or(0, |n| n + 1);
        let comma = text[line..start].trim_end().ends_with(',');
        comma && found.iter().any(|d| (line..start).contains(&(d.span.start as usize)))
    };
    // `a, b := 1, 2` ends with what no statement is.
    if tokens.get(at).is_some_and(|t| matches!(t.tok, Tok::Int(_)) && after(t.start as usize)) {
        return true;
    }
    let start = part_of(tokens, at);
    // `all a, b in S: P` goes on with what no statement begins with.
    let marked = usize::from(tokens.get(start).is_some_and(|t| t.tok == Tok::Mark));
    let bound = match tokens.get(start + marked + 1).map(|t| t.tok) {
        Some(Tok::Id("in") | Tok::Kw(Kw::In)) => true,
        // `for _, n := range S`
        Some(Tok::P(P::Set)) => tokens.get(start + marked + 2).is_some_and(|t| t.tok == Tok::Id("range")),
        _ => false,
    };
    tokens.get(start).is_some_and(|t| (bound || start + 1 >= at) && after(t.start as usize))
}

/// Where the part of the error at `at` starts.
fn part_of(tokens: &[Token], at: usize) -> usize {
    let last = (at + 1).min(tokens.len());
    let bracket = tokens.get(at).is_some_and(|t| t.tok == Tok::P(P::LBracket));
    if bracket { at } else { (0..last).rev().find(|i| tokens[*i].head).unwrap_or(at) }
}

/// Whether the broken part that ends at `at` begins with a word that an error has been reported of.
fn begins_with_one(tokens: &[Token], at: usize, found: &[Diagnostic]) -> bool {
    let start = part_of(tokens, at);
    let first = tokens.get(start).filter(|_| start < at);
    first.is_some_and(|t| found.iter().any(|d| d.span.start == t.start && d.span.end == t.end))
}

/// Whether what has no place there stands for what was taken out, of which all has been said.
fn is_taken_out(tokens: &[Token], at: usize) -> bool {
    let unmarked = at + usize::from(tokens.get(at).is_some_and(|t| t.tok == Tok::Mark));
    tokens.get(unmarked).is_some_and(|t| matches!(t.tok, Tok::Gone | Tok::GoneHead(_)))
}

/// Whether the same was said of the same line, of what no edit mends.
fn said(text: &str, d: &Diagnostic, found: &[Diagnostic]) -> bool {
    let line = |d: &Diagnostic| text[..(d.span.start as usize).min(text.len())].matches('\n').count();
    d.fix.is_none()
        && d.help.is_some()
        && found.iter().any(|o| o.message == d.message && o.help == d.help && line(o) == line(d))
}

/// Whether what stands there is written anew by an edit that is offered for what stands before it.
fn rewritten(d: &Diagnostic, found: &[Diagnostic]) -> bool {
    let start = d.span.start;
    let edits = found.iter().filter(|o| o.span.start < start).filter_map(|o| o.fix.as_ref());
    edits.into_iter().any(|fix| fix.span.start < start && start < fix.span.end)
}

fn given_up(source: SourceId, found: &[Diagnostic]) -> Diagnostic {
    let last = found.last().map_or(Span::new(source, 0, 0), |d| d.span);
    Diagnostic::error(code::TOO_MANY, last, "more may be wrong after this; it was not read")
        .help("fix what is shown, then run the cell again")
}

pub(super) struct Islands<'a, 't> {
    pub text: &'a str,
    pub tokens: &'a mut Vec<Token<'t>>,
    pub frames: &'a [FrameInfo],
}

impl Islands<'_, '_> {
    /// Replaces the part around the error at token `at`; `false` if nothing is left to take out.
    pub(super) fn take_out(&mut self, at: usize) -> bool {
        let mut at = at;
        loop {
            if self.tokens.is_empty() {
                return false;
            }
            let (frame, here) = self.list_frame(at);
            let start = self.part_start(frame, here).min(self.tokens.len() - 1);
            let end = self.part_end(frame, start, here);
            let stuck = end == start + 1 && matches!(self.tokens[start].tok, Tok::Gone | Tok::GoneHead(_));
            let closes = is_closer(&self.tokens[start]);
            if !stuck && !closes {
                self.replace(frame, start, end, here);
                return true;
            }
            // The frame has no place here: its parent is taken out.
            let Some(opener) = self.opener(frame) else { return false };
            at = opener;
        }
    }

    /// The innermost list around the error, and the index of the error as seen from it.
    fn list_frame(&self, at: usize) -> (usize, usize) {
        let Some(token) = self.tokens.get(at) else { return (0, at) };
        let (mut frame, mut at) = (token.frame, at);
        while !self.frames[frame].body.is_list() {
            let Some((parent, _)) = self.frames[frame].parent else { break };
            at = self.opener(frame).unwrap_or(at);
            frame = parent;
        }
        (frame, at)
    }

    /// The index of the bracket that opens `frame` (indices shift as parts are taken out).
    fn opener(&self, frame: usize) -> Option<usize> {
        self.frames[frame].parent?;
        self.tokens.iter().position(|t| t.frame == frame)?.checked_sub(1)
    }

    /// A head that surely starts a new part: a keyword, or the first on its line.
    pub(super) fn starts_part(&self, i: usize) -> bool {
        let t = &self.tokens[i];
        if !t.head {
            return false;
        }
        let weak = matches!(t.tok, Tok::Id(_) | Tok::Mark);
        !weak || i == 0 || {
            let before = &self.tokens[i - 1];
            let opens = matches!(before.tok, Tok::P(P::Semi | P::LBrace | P::Colon));
            opens || before.end <= t.start && self.text[before.end as usize..t.start as usize].contains('\n')
        }
    }

    fn part_start(&self, frame: usize, at: usize) -> usize {
        let before = (0..at.min(self.tokens.len())).rev().find(|&i| {
            let t = &self.tokens[i];
            t.frame == frame && !is_closer(t) && (self.starts_part(i) || t.tok == Tok::P(P::Semi))
        });
        let before =
            before.filter(|&i| self.tokens[i].tok != Tok::P(P::Semi) && self.tokens[i].tok != Tok::Gone);
        // An error at a good head means that the item before it is incomplete.
        let names_start = matches!(self.frames[frame].body, Body::Block | Body::Fields);
        let good_head = at < self.tokens.len()
            && self.starts_part(at)
            && (names_start || !matches!(self.tokens[at].tok, Tok::Id(_)));
        match before {
            Some(i) if good_head || at >= self.tokens.len() || !self.starts_part(at) => i,
            _ => at,
        }
    }

    /// Where the part that starts at `start` and is broken at `at` ends.
    pub(super) fn part_end(&self, frame: usize, start: usize, at: usize) -> usize {
        let from = at.max(start + usize::from(at <= start));
        let ends = |i: &usize| {
            let t = &self.tokens[*i];
            t.frame == frame && (is_closer(t) || self.starts_part(*i) || t.tok == Tok::P(P::Semi))
        };
        (from..self.tokens.len()).find(ends).unwrap_or(self.tokens.len())
    }

    /// Puts one token in the place of `start..end`, keeping a body that begins after the error.
    fn replace(&mut self, frame: usize, start: usize, end: usize, at: usize) {
        let body = (at.max(start + 1)..end).find_map(|i| {
            let opens = self.tokens[i].tok == Tok::P(P::LBrace) && self.tokens[i].frame == frame;
            let inner = self.frames[self.tokens.get(i + 1)?.frame].body;
            let kept = matches!(
                (self.frames[frame].body, inner),
                (Body::Cell, Body::Members | Body::Lines | Body::Options)
                    | (Body::Members, Body::Block | Body::Clauses | Body::Forms | Body::Fields)
                    | (Body::Clauses | Body::Block, Body::Block)
            );
            (opens && kept).then_some((i, inner))
        });
        let (end, tok) = match body {
            Some((i, inner)) => (i, Tok::GoneHead(inner)),
            None => (end, Tok::Gone),
        };
        let gone =
            Token { tok, start: self.tokens[start].start, end: self.tokens[end - 1].end, frame, head: true };
        self.tokens.splice(start..end, [gone]);
    }
}

pub(super) fn is_closer(t: &Token) -> bool {
    matches!(t.tok, Tok::P(P::RBrace | P::RParen | P::RBracket))
}
