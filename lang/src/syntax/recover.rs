//! Parsing with recovery: what is broken is taken out, and the rest is parsed as if it stood alone.
//!
//! Enters: structured tokens. Leaves: the tree with error nodes, and one diagnostic for each broken part.
//! The idea is panic mode by islands: `structure` knows where each statement, clause, member and item starts without
//! parsing, so the part around an error is replaced by one token that the grammar accepts in its place, and the parser
//! starts again. A part with a body of its own loses only its head; the body is still read.

use crate::diag::Diagnostic;
use crate::span::SourceId;
use crate::syntax::errors;
use crate::syntax::grammar::CellParser;
use crate::syntax::make::Builder;
use crate::syntax::structure::{FrameInfo, Structured, Token};
use crate::syntax::token::{Body, P, Tok};
use crate::syntax::tree::Cell;
use lalrpop_util::ParseError;
use std::cell::RefCell;

/// Parsing starts again at most so often, and reads at most so many tokens in all.
const MOST_ROUNDS: usize = 200;
const MOST_TOKENS: usize = 4_000_000;

pub fn parse(source: SourceId, text: &str, s: &Structured) -> (Cell, Vec<Diagnostic>) {
    let mut tokens = s.tokens.clone();
    let mut found = Vec::new();
    let parser = CellParser::new();
    let mut read = 0;
    for _ in 0..MOST_ROUNDS {
        read += tokens.len();
        let builder = Builder {
            source,
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
        found.push(errors::describe(source, text, &tokens, &s.frames, at, &expected));
        if read > MOST_TOKENS || !take_out(&mut tokens, &s.frames, at) {
            break;
        }
    }
    (Cell::default(), found)
}

/// Replaces the part around the error at token `at`; `false` if nothing is left to take out.
fn take_out(tokens: &mut Vec<Token>, frames: &[FrameInfo], at: usize) -> bool {
    if tokens.is_empty() {
        return false;
    }
    let (frame, mut at) = list_frame(tokens, frames, at);
    let in_frame = |t: &Token| t.frame == frame;
    let inside = |tokens: &[Token], i: usize| in_frame(&tokens[i]) && !is_closer(&tokens[i]);
    // An error at a good head means that what stands before it is incomplete.
    let before = (0..at.min(tokens.len())).rev().find(|&i| inside(tokens, i) && tokens[i].head);
    let at_head = at < tokens.len() && tokens[at].head && !matches!(tokens[at].tok, Tok::Id(_));
    let incomplete = before.filter(|&i| !matches!(tokens[i].tok, Tok::Gone));
    let start = match (at_head, incomplete) {
        (true, Some(i)) if !separated(tokens, i, at) => i,
        (true, _) => at,
        (false, _) if at < tokens.len() && tokens[at].head => at,
        (false, Some(i)) if !separated(tokens, i, at) => i,
        _ => at,
    };
    if start == tokens.len() {
        at = tokens.len() - 1;
    }
    let start = start.min(at);
    let end = part_end(tokens, frames, frame, start, at);
    replace(tokens, frames, frame, start, end.max(start + 1), at);
    true
}

/// Whether a `;` of the same frame stands between a head and the error.
fn separated(tokens: &[Token], from: usize, to: usize) -> bool {
    let frame = tokens[from].frame;
    tokens[from..to.min(tokens.len())].iter().any(|t| t.frame == frame && t.tok == Tok::P(P::Semi))
}

fn is_closer(t: &Token) -> bool {
    matches!(t.tok, Tok::P(P::RBrace | P::RParen | P::RBracket))
}

/// The innermost list around the error, and the index of the error as seen from it.
fn list_frame(tokens: &[Token], frames: &[FrameInfo], at: usize) -> (usize, usize) {
    let Some(token) = tokens.get(at) else { return (0, at) };
    let (mut frame, mut at) = (token.frame, at);
    while !frames[frame].body.is_list() {
        let Some((parent, _)) = frames[frame].parent else { break };
        at = opener(tokens, frame).unwrap_or(at);
        frame = parent;
    }
    (frame, at)
}

/// The index of the bracket that opens `frame` (indices shift as parts are taken out).
fn opener(tokens: &[Token], frame: usize) -> Option<usize> {
    let inside = tokens.iter().position(|t| t.frame == frame)?;
    inside.checked_sub(1)
}

/// Where the part that starts at `start` and is broken at `at` ends.
fn part_end(tokens: &[Token], frames: &[FrameInfo], frame: usize, start: usize, at: usize) -> usize {
    let _ = frames;
    let mut i = start.max(at.min(tokens.len()));
    if i == start {
        i += 1;
    }
    while i < tokens.len() {
        let t = &tokens[i];
        if t.frame == frame && (is_closer(t) || t.head || t.tok == Tok::P(P::Semi)) {
            break;
        }
        i += 1;
    }
    i
}

/// Puts one token in the place of `start..end`, keeping a body that begins after the error.
fn replace(tokens: &mut Vec<Token>, frames: &[FrameInfo], frame: usize, start: usize, end: usize, at: usize) {
    let body = (at.max(start)..end).find_map(|i| {
        let opens = tokens[i].tok == Tok::P(P::LBrace) && tokens[i].frame == frame;
        let inner = tokens.get(i + 1).map(|t| frames[t.frame].body)?;
        let kept = matches!(
            (frames[frame].body, inner),
            (Body::Cell, Body::Members | Body::Lines | Body::Options)
                | (Body::Members, Body::Block | Body::Clauses | Body::Forms | Body::Fields)
                | (Body::Clauses | Body::Block, Body::Block)
        );
        (opens && kept).then_some((i, inner))
    });
    let (end, tok) = match body {
        Some((i, inner)) if i > start => (i, Tok::GoneHead(inner)),
        _ => (end, Tok::Gone),
    };
    let gone = Token { tok, start: tokens[start].start, end: tokens[end - 1].end, frame, head: true };
    tokens.splice(start..end, [gone]);
}
