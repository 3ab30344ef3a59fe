//! Raw tokens to grammar tokens: what each brace holds, where each statement starts, which words are keywords.
//!
//! Enters: raw tokens with matching brackets. Leaves: [`Token`]s for the grammar, each with its frame (the innermost
//! brackets around it) and whether it is a *head* (the first token of a member, clause, statement and so on).
//!
//! The idea: no expression is followed by a name, so a word right after a complete operand starts something new. With
//! the kind of the surrounding brackets that is enough to tell keywords from names before parsing, and to find where a
//! broken statement ends. The grammar is LR(1) and sees no word that could be both.

use crate::diag::{Diagnostic, codes::syntax as code};
use crate::span::{SourceId, Span};
use crate::syntax::lexer::{Raw, RawKind};
use crate::syntax::token::{Body, P, Tok};
use crate::words::Kw;
use frames::Frame;
use std::collections::BTreeMap;

mod frames;
mod resolve;

/// A grammar token with its byte range, frame and whether it starts a member, clause, statement, ….
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub tok: Tok<'t>,
    pub start: u32,
    pub end: u32,
    /// Index into [`Structured::frames`]; a closing bracket belongs to the frame that it closes.
    pub frame: usize,
    pub head: bool,
}

/// The inside of a pair of brackets, or the whole cell (frame 0).
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameInfo {
    pub body: Body,
    /// The frame around it, and the index of the opening bracket's token.
    pub parent: Option<(usize, usize)>,
}

/// What [`structure`] gives.
pub(super) struct Structured<'t> {
    pub tokens: Vec<Token<'t>>,
    pub frames: Vec<FrameInfo>,
    /// Doc comments by the byte offset of the item, member or field that they belong to.
    pub docs: BTreeMap<u32, String>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Resolves every word and brace of `raw` (comments left out, brackets matching).
pub(super) fn structure<'t>(source: SourceId, text: &'t str, raw: &[Raw<'t>]) -> Structured<'t> {
    let mut s = Structurer::new(source, text, raw);
    for i in 0..s.raw.len() {
        s.token(i);
    }
    s.flush_docs();
    Structured { tokens: s.out, frames: s.frames, docs: s.docs, diagnostics: s.diagnostics }
}

/// What the token before was, seen from the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Prev {
    /// Nothing: a head may follow.
    Start,
    /// The end of an operand: a word that follows is a head or an infix word.
    Operand,
    /// An operator, keyword or separator.
    Other,
}

pub(super) struct Structurer<'t> {
    text: &'t str,
    raw: Vec<Raw<'t>>,
    /// Doc comments before the raw token of that index.
    pending: BTreeMap<usize, (Span, String)>,
    out: Vec<Token<'t>>,
    frames: Vec<FrameInfo>,
    open: Vec<Frame>,
    prev: Prev,
    docs: BTreeMap<u32, String>,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Structurer<'t> {
    fn new(source: SourceId, text: &'t str, all: &[Raw<'t>]) -> Self {
        let mut raw = Vec::with_capacity(all.len());
        let mut pending: BTreeMap<usize, (Span, String)> = BTreeMap::new();
        for token in all {
            let RawKind::Doc(doc) = token.kind else {
                raw.push(*token);
                continue;
            };
            let line = doc[3..].strip_prefix(' ').unwrap_or(&doc[3..]).trim_end();
            let span = Span::new(source, token.start as usize, token.end as usize);
            let entry = pending.entry(raw.len());
            entry
                .and_modify(|(whole, text)| {
                    *whole = whole.to(span);
                    text.push('\n');
                    text.push_str(line);
                })
                .or_insert_with(|| (span, line.to_string()));
        }
        Structurer {
            text,
            raw,
            pending,
            out: Vec::new(),
            frames: vec![FrameInfo { body: Body::Cell, parent: None }],
            open: vec![Frame::new(0, Body::Cell)],
            prev: Prev::Start,
            docs: BTreeMap::new(),
            diagnostics: Vec::new(),
        }
    }

    fn frame(&mut self) -> &mut Frame {
        self.open.last_mut().expect("the cell's frame is never closed: brackets match")
    }

    fn body(&self) -> Body {
        self.open.last().map_or(Body::Cell, |f| f.body)
    }

    fn head_word(&self) -> Option<Kw> {
        self.open.last().and_then(|f| f.head)
    }

    fn kind(&self, i: usize) -> Option<RawKind<'t>> {
        self.raw.get(i).map(|t| t.kind)
    }

    fn word_at(&self, i: usize) -> Option<&'t str> {
        match self.kind(i) {
            Some(RawKind::Word(w)) => Some(w),
            _ => None,
        }
    }

    fn last(&self) -> Option<Tok<'t>> {
        self.out.last().map(|t| t.tok)
    }

    fn push(&mut self, i: usize, tok: Tok<'t>, prev: Prev, head: bool) {
        let (start, end) = (self.raw[i].start, self.raw[i].end);
        let frame = self.frame().index;
        self.out.push(Token { tok, start, end, frame, head });
        self.prev = prev;
    }

    fn new_line(&self, i: usize) -> bool {
        i > 0 && self.text[self.raw[i - 1].end as usize..self.raw[i].start as usize].contains('\n')
    }

    fn adjacent(&self, i: usize) -> bool {
        self.raw[i].end == self.raw.get(i + 1).map_or(0, |t| t.start)
    }

    /// One raw token, which may become several tokens or none.
    fn token(&mut self, i: usize) {
        let docs = self.pending.remove(&i);
        let before = self.out.len();
        match self.raw[i].kind {
            RawKind::Word(w) => self.word(i, w),
            RawKind::Int(n) => self.operand(i, Tok::Int(n)),
            RawKind::Duration(n) => self.operand(i, Tok::Duration(n)),
            RawKind::Str(s) => self.push(i, Tok::Str(s), Prev::Operand, false),
            RawKind::P(p) => self.punctuation(i, p),
            RawKind::Doc(_) | RawKind::Comment | RawKind::Foreign(_) | RawKind::Bad => {}
        }
        if docs.is_some() {
            self.attach(docs, before);
        }
    }

    fn attach(&mut self, docs: Option<(Span, String)>, before: usize) {
        let Some((span, text)) = docs else { return };
        let Some(token) = self.out.get(before).copied() else { return };
        match self.frames[token.frame].body {
            Body::Cell | Body::Members | Body::Fields if token.head => {
                self.docs.insert(token.start, text);
            }
            Body::Variants if matches!(token.tok, Tok::Id(_)) => {}
            _ => self.dangling(span),
        }
    }

    fn flush_docs(&mut self) {
        for (span, _) in std::mem::take(&mut self.pending).into_values() {
            self.dangling(span);
        }
    }

    fn dangling(&mut self, span: Span) {
        self.diagnostics.push(
            Diagnostic::warning(code::DANGLING_DOC, span, "doc comment that documents nothing")
                .help("`///` belongs before an item, member or field; write `//` here"),
        );
    }

    /// A number or other operand that is no word.
    fn operand(&mut self, i: usize, tok: Tok<'t>) {
        let fresh = self.fresh(i);
        self.mark_if_expression_starts(i, fresh);
        self.push(i, tok, Prev::Operand, false);
    }

    /// Whether something new may start at `i`, be it a word or not.
    fn fresh(&self, i: usize) -> bool {
        self.prev == Prev::Start || self.prev == Prev::Operand && self.new_line(i)
    }

    /// Whether the mark at `i` and the word behind it ask what is known of that word: `?NAME`.
    fn asks(&self, i: usize) -> bool {
        let named = self.word_at(i + 1).is_some() && self.adjacent(i);
        named && self.kind(i) == Some(RawKind::P(P::Question)) && self.body() == Body::Cell && self.fresh(i)
    }

    /// Whether the word at `i` is the last token, read together with the mark behind it.
    fn asked(&self, i: usize) -> bool {
        let behind = self.raw.get(i + 1).map_or(0, |t| t.end);
        self.out.last().is_some_and(|t| matches!(t.tok, Tok::Asked(_)) && t.end == behind)
    }

    /// `?NAME` or `NAME?` in a cell, as one token. Any word can be asked about, keywords too.
    fn asking(&mut self, i: usize, w: &'t str) -> bool {
        let before = i > 0 && self.asks(i - 1);
        let behind = self.kind(i + 1) == Some(RawKind::P(P::Question)) && self.adjacent(i);
        let stands = before || behind && self.body() == Body::Cell && self.fresh(i);
        if !stands {
            return false;
        }
        self.frame().start(None);
        self.push(i, Tok::Asked(w), Prev::Operand, true);
        let (start, end) = if before {
            (self.raw[i - 1].start, self.raw[i].end)
        } else {
            (self.raw[i].start, self.raw[i + 1].end)
        };
        if let Some(token) = self.out.last_mut() {
            (token.start, token.end) = (start, end);
        }
        true
    }

    /// In a cell and among forms, where an expression may stand by itself, a mark says that one starts.
    fn mark_if_expression_starts(&mut self, i: usize, fresh: bool) {
        if fresh && matches!(self.body(), Body::Cell | Body::Forms) {
            self.frame().start(None);
            let (start, frame) = (self.raw[i].start, self.frame().index);
            self.out.push(Token { tok: Tok::Mark, start, end: start, frame, head: true });
            self.prev = Prev::Other;
        }
    }

    /// Among faults a number with a percent sign right behind it, and nothing right behind that, is a share of all:
    /// reads both as one token.
    fn share(&mut self, i: usize) -> bool {
        let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == '_';
        let number = self.text[..self.raw[i].start as usize].trim_end_matches(is_part).len();
        let text = &self.text[number..self.raw[i].start as usize];
        let goes_on =
            self.adjacent(i) && matches!(self.kind(i + 1), Some(RawKind::Int(_) | RawKind::Word(_)));
        let Some(millionths) = millionths(text).filter(|_| !goes_on) else { return false };
        while self.out.last().is_some_and(|token| token.start as usize >= number) {
            self.out.pop();
        }
        self.push(i, Tok::Share(millionths), Prev::Operand, false);
        if let Some(token) = self.out.last_mut() {
            token.start = number as u32;
        }
        true
    }

    fn punctuation(&mut self, i: usize, p: P) {
        match p {
            P::LBrace | P::LParen | P::LBracket => self.open(i, p),
            P::RBrace | P::RParen | P::RBracket => self.close(i, p),
            P::Comma => self.comma(i),
            P::Semi => {
                // A loop with three parts is one mistake.
                let loops = self.body() == Body::Block
                    && self.head_word() == Some(Kw::For)
                    && self.frame().bodies == 0;
                if loops {
                    return self.push(i, Tok::P(P::Comma), Prev::Other, false);
                }
                if self.body().is_list() {
                    self.frame().start(None);
                }
                self.push(i, Tok::P(P::Semi), Prev::Start, false);
            }
            P::Colon => self.colon(i),
            P::Lt => {
                if self.opens_type_arguments() {
                    self.frame().angle += 1;
                }
                self.push(i, Tok::P(p), Prev::Other, false);
            }
            P::Gt if self.frame().angle > 0 => {
                self.frame().angle -= 1;
                self.push(i, Tok::P(p), Prev::Operand, false);
            }
            P::Ge if self.frame().angle > 0 => {
                self.frame().angle -= 1;
                let (start, end, frame) = (self.raw[i].start, self.raw[i].end, self.frame().index);
                self.out.push(Token { tok: Tok::P(P::Gt), start, end: start + 1, frame, head: false });
                self.out.push(Token { tok: Tok::P(P::Is), start: start + 1, end, frame, head: false });
                self.prev = Prev::Other;
            }
            P::Percent if self.body() == Body::Faults && self.share(i) => {}
            // Part of the token that its name makes.
            P::Question if self.asks(i) || i > 0 && self.asked(i - 1) => {}
            P::Question => self.push(i, Tok::P(p), Prev::Operand, false),
            P::Minus => {
                let fresh = self.prev == Prev::Start;
                self.mark_if_expression_starts(i, fresh);
                self.push(i, Tok::P(p), Prev::Other, false);
            }
            _ => self.push(i, Tok::P(p), Prev::Other, false),
        }
    }
}

/// Of `0.5`, read as a percentage; `None`: it is none, or has more than four digits behind the point.
fn millionths(percent: &str) -> Option<u64> {
    let digits = |s: &str| s.replace('_', "");
    let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
    let (whole, part) = (digits(whole), digits(part));
    if whole.is_empty() || part.len() > 4 || percent.ends_with('.') || part.contains('.') {
        return None;
    }
    format!("{whole}{part:0<4}").parse().ok()
}
