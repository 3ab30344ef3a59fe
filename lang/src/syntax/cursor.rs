//! A text in the middle of being typed: what the grammar takes at the cursor, and the tree around it.
//!
//! Enters: a text and a place in it. Leaves: [`Spot`]. A word that nobody can type stands for what is being typed, so that
//! the words before it are resolved as they will be. The parser, stopped there, says which words it would take; then the
//! statement is ended in the shortest way that it accepts, and what stands around the cursor is a tree like any other.
//! The marker and the forced end are what rust-analyzer and Clang do, too; the words taken are the expected tokens that
//! an LR parser knows anyway. Only the member around the cursor is looked at, so that mistakes in others do not matter.

use crate::concepts::Fault;
use crate::diag::Diagnostic;
use crate::span::{SourceId, Span};
use crate::syntax::brackets::{Matched, match_brackets};
use crate::syntax::grammar::CellParser;
use crate::syntax::lexer::{Raw, RawKind, lex};
use crate::syntax::make::Builder;
use crate::syntax::recover::{self, Islands, is_closer};
use crate::syntax::structure::{Structured, Token, structure};
pub(crate) use crate::syntax::token::Body;
use crate::syntax::token::{P, Tok};
use crate::syntax::tree::{Cell, Item};
use crate::words::Kw;
use lalrpop_util::ParseError;
use std::cell::RefCell;
use std::collections::BTreeSet;

mod finish;
mod sight;

pub(crate) use sight::{In, Role, Sight, Wanted, of_name};

/// What stands for what is being typed; no text has it as a word.
pub(crate) const CURSOR: &str = "‸";

/// A statement that is broken off is ended with so many tokens at most, and so often is something taken out before it.
const MOST_ROUNDS: usize = 40;

/// Where something is typed.
pub(crate) struct Spot {
    /// The half-open byte range of what is typed already.
    pub start: usize,
    pub end: usize,
    /// The word at the cursor, what stands behind it included.
    pub at: Span,
    /// What the grammar takes.
    pub takes: Takes,
    /// What the innermost brackets hold.
    pub body: Body,
    /// Something new begins: behind a bracket, a separator, or on a new line.
    pub begins: bool,
    /// On a line of its own.
    pub new_line: bool,
    /// At least two blanks lie before it on its line, as between statements.
    pub apart: bool,
    /// It stands further to the right than the line on which its statement begins.
    pub deeper: bool,
    /// The keyword with which its statement begins.
    pub head: Option<Kw>,
    /// It stands right behind that keyword, or behind a verdict that is expected.
    pub directly: bool,
    /// The keyword right before it.
    pub behind: Option<Kw>,
    /// Of a budget of faults: the fault that it belongs to.
    pub fault: Option<Fault>,
    /// What it is in the tree.
    pub sight: Option<Sight>,
    /// The operand before it, where an operator may follow, and where that ends.
    pub operand: Option<(Sight, Span)>,
    /// The member or command around it without it.
    pub around: Option<Item>,
    /// Everything else in the text, as far as it can be read.
    pub others: Cell,
}

/// What the grammar takes at a place.
#[derive(Debug, Default)]
pub(crate) struct Takes {
    /// Keywords, in the order of their table.
    pub words: Vec<Kw>,
    /// The rest of keywords of which some words stand there already.
    pub rests: Vec<(Kw, String)>,
    pub name: bool,
    pub operand: bool,
    pub verdict: bool,
}

/// What is at byte `cursor` (on the border of a character). `None`: nothing can be offered in comments, strings and
/// numbers, or what stands there was broken before.
pub(crate) fn spot(source: SourceId, text: &str, cursor: usize) -> Option<Spot> {
    if text.len() > super::MAX_BYTES {
        return None;
    }
    let raw = tokens(source, text, cursor);
    if raw.len() > super::MAX_TOKENS {
        return None;
    }
    let marked = Marked::put(raw, cursor)?;
    let (start, end) = (marked.start, cursor);
    let ways = marked.ways(source, text);
    let rests = marked.rests(source, text);
    for way in &ways {
        let Some(found) = way.look(source, text) else { continue };
        let others = others(source, text, cursor, &way.around);
        let at = Span::new(source, start, end.max(marked.raw[marked.at].end as usize));
        let found = Spot { start, end, at, others, ..found };
        return Some(match rests.is_empty() {
            true => found,
            false => Spot { takes: Takes { rests, ..Takes::default() }, ..found },
        });
    }
    let takes = Takes { rests, ..Takes::default() };
    let spot = Spot { start, end, takes, ..Spot::nowhere() };
    (!spot.takes.rests.is_empty()).then_some(spot)
}

/// The tokens of a text. A mark of which the cursor is in the middle (`<>`) is one on each side.
fn tokens(source: SourceId, text: &str, cursor: usize) -> Vec<Raw<'_>> {
    let (raw, _) = lex(source, text);
    let at = cursor as u32;
    let mark = |t: &Raw<'_>| matches!(t.kind, RawKind::P(_) | RawKind::Foreign(_) | RawKind::Bad);
    if !raw.iter().any(|t| t.start < at && at < t.end && mark(t)) {
        return raw;
    }
    let (before, behind) = (lex(source, &text[..cursor]).0, lex(source, &text[cursor..]).0);
    let behind = behind.into_iter().map(|t| Raw { start: t.start + at, end: t.end + at, ..t });
    before.into_iter().chain(behind).collect()
}

/// The tree of the text without the member or command around the cursor.
fn others(source: SourceId, text: &str, cursor: usize, around: &Span) -> Cell {
    let (mut cell, _) = super::parse(source, text);
    let there = |span: &Span| {
        span.start < around.end.max(cursor as u32 + 1) && around.start < span.end
            || span.start as usize <= cursor && cursor <= span.end as usize
    };
    cell.items.retain(|item| !matches!(item, Item::Command(c) if there(&c.span)));
    for item in &mut cell.items {
        match item {
            Item::System(system) => system.members.retain(|m| !there(&m.span)),
            Item::Extend(extend) => extend.members.retain(|m| !there(&m.span)),
            Item::Use(_) | Item::UseFile(_) | Item::Command(_) => {}
        }
    }
    cell
}

/// A word that is pointed at.
pub(crate) struct Word<'t> {
    pub text: &'t str,
    pub at: Span,
    pub behind_dot: bool,
    pub behind_question: bool,
}

/// The word that byte `cursor` is in or right behind.
pub(crate) fn word(source: SourceId, text: &str, cursor: usize) -> Option<Word<'_>> {
    if text.len() > super::MAX_BYTES {
        return None;
    }
    let (raw, _) = lex(source, text);
    let touches = |t: &Raw<'_>| (t.start as usize..=t.end as usize).contains(&cursor);
    let i = raw.iter().rposition(|t| matches!(t.kind, RawKind::Word(_)) && touches(t))?;
    let RawKind::Word(word) = raw[i].kind else { return None };
    let before = i.checked_sub(1).map(|i| raw[i].kind);
    Some(Word {
        text: word,
        at: Span::new(source, raw[i].start as usize, raw[i].end as usize),
        behind_dot: before == Some(RawKind::P(P::Dot)),
        behind_question: before == Some(RawKind::P(P::Question)),
    })
}

/// Of a text that ends in a step by hand: where the step begins, behind `do`.
pub(crate) fn line_of_do(text: &str) -> Option<usize> {
    let (raw, _) = lex(SourceId::default(), text);
    let at = raw.iter().rposition(|t| t.kind == RawKind::Word(Kw::Do.word()))?;
    let rest = &text[raw[at].end as usize..];
    let start = text.len() - rest.trim_start().len();
    let outside = super::brackets::open_at_end(&raw[..at]) == Some(0);
    let another = raw.iter().any(|t| t.kind == RawKind::Word(Kw::Start.word()));
    let behind = raw.last().is_none_or(|t| t.kind != RawKind::Comment);
    (outside && !another && behind && start > raw[at].end as usize && !rest.contains('\n')).then_some(start)
}

/// Of a text that ends within the path of a file that is used: where the quote stands before it.
pub(crate) fn quote_of_use(text: &str) -> Option<usize> {
    let (raw, _) = lex(SourceId::default(), text);
    let [.., word, path] = raw.as_slice() else { return None };
    let open = matches!(path.kind, RawKind::Str(_)) && ends_open(path) && path.end as usize == text.len();
    (open && word.kind == RawKind::Word(Kw::Use.word())).then_some(path.start as usize)
}

/// The tokens of a text with the cursor among them.
struct Marked<'t> {
    raw: Vec<Raw<'t>>,
    /// Index of the cursor.
    at: usize,
    /// Where the word at the cursor begins.
    start: usize,
}

impl<'t> Marked<'t> {
    /// In the place of the word that the cursor is in or right behind, else between two tokens.
    fn put(raw: Vec<Raw<'t>>, cursor: usize) -> Option<Marked<'t>> {
        let at = cursor as u32;
        let within = raw.iter().find(|t| t.start < at && at < t.end || at == t.end && ends_open(t));
        let inside_words = |t: &&Raw<'_>| {
            matches!(t.kind, RawKind::Comment | RawKind::Doc(_) | RawKind::Str(_))
                || matches!(t.kind, RawKind::Int(_) | RawKind::Duration(_))
        };
        if within.is_some_and(|t| inside_words(&t)) {
            return None;
        }
        let mut raw: Vec<Raw<'t>> = raw.into_iter().filter(|t| t.kind != RawKind::Comment).collect();
        let touches = |t: &Raw<'_>| matches!(t.kind, RawKind::Word(_)) && t.start < at && at <= t.end;
        let kind = RawKind::Word(CURSOR);
        let (index, start) = match raw.iter().position(touches) {
            Some(index) => {
                raw[index].kind = kind;
                (index, raw[index].start)
            }
            None => {
                let index = raw.partition_point(|t| t.end <= at);
                raw.insert(index, Raw { kind, start: at, end: at });
                (index, at)
            }
        };
        Some(Marked { raw, at: index, start: start as usize })
    }

    /// The texts that it can be, by where brackets were meant to close.
    fn ways(&self, source: SourceId, text: &'t str) -> Vec<Way<'t>> {
        let matched = match_brackets(source, text, self.raw.clone());
        matched.into_iter().filter_map(|way| Way::of(source, text, way)).collect()
    }

    /// The rest of the keywords of several words, of which the words before the cursor are the first.
    fn rests(&self, source: SourceId, text: &'t str) -> Vec<(Kw, String)> {
        let word = |back: usize| match self.raw.get(self.at.checked_sub(back)?)?.kind {
            RawKind::Word(w) => Some(w),
            _ => None,
        };
        let mut found = Vec::new();
        for back in (1..=3).rev() {
            let begun: Option<Vec<&str>> = (1..=back).rev().map(word).collect();
            let Some(begun) = begun else { continue };
            let more = |kw: &Kw| {
                let all: Vec<&str> = kw.word().split(' ').collect();
                all.len() > back && all[..back] == begun[..]
            };
            let candidates: Vec<Kw> = Kw::ALL.into_iter().filter(more).collect();
            if candidates.is_empty() {
                continue;
            }
            let mut raw = self.raw.clone();
            raw.drain(self.at - back..self.at);
            let first = self.raw[self.at - back].start;
            raw[self.at - back] = Raw { kind: RawKind::Word(CURSOR), start: first, end: first };
            let earlier = Marked { raw, at: self.at - back, start: first as usize };
            let takes = earlier.ways(source, text).iter().find_map(|way| way.look(source, text));
            let Some(there) = takes else { continue };
            let begins = there.begins || there.new_line || there.apart;
            let stands = |kw: &Kw| {
                let head = super::words::heads(there.body).any(|head| head == *kw);
                there.takes.words.contains(kw) && (begins || !head)
            };
            for kw in candidates.into_iter().filter(stands) {
                let rest: Vec<&str> = kw.word().split(' ').skip(back).collect();
                found.push((kw, rest.join(" ")));
            }
        }
        found
    }
}

/// Whether what is typed right behind a token belongs to it.
fn ends_open(t: &Raw<'_>) -> bool {
    match t.kind {
        RawKind::Comment | RawKind::Doc(_) | RawKind::Int(_) | RawKind::Duration(_) => true,
        RawKind::Str(s) => s.len() == 1 || !s.ends_with('"'),
        _ => false,
    }
}

impl Spot {
    fn nowhere() -> Spot {
        Spot {
            start: 0,
            end: 0,
            at: Span::default(),
            takes: Takes::default(),
            body: Body::Cell,
            begins: false,
            new_line: false,
            apart: false,
            deeper: false,
            head: None,
            directly: false,
            behind: None,
            fault: None,
            sight: None,
            operand: None,
            around: None,
            others: Cell::default(),
        }
    }
}

/// One reading of a text.
struct Way<'t> {
    all: Structured<'t>,
    /// The member or command around the cursor, with what is around that.
    tokens: Vec<Token<'t>>,
    /// Index of the cursor in it.
    at: usize,
    around: Span,
}

impl<'t> Way<'t> {
    fn of(source: SourceId, text: &'t str, matched: Matched<'t>) -> Option<Way<'t>> {
        let mut all = structure(source, text, &matched.tokens);
        let is_it = |t: &Token<'_>| matches!(t.tok, Tok::Id(CURSOR) | Tok::Asked(CURSOR));
        let mark = all.tokens.iter().position(is_it)?;
        let mut tokens = std::mem::take(&mut all.tokens);
        let islands = Islands { text, tokens: &mut tokens, frames: &all.frames };
        let (kept, around) = islands.around(source, mark);
        let at = kept.iter().position(is_it)?;
        Some(Way { all, tokens: kept, at, around })
    }

    fn look(&self, source: SourceId, text: &str) -> Option<Spot> {
        let mark = self.tokens[self.at];
        if matches!(mark.tok, Tok::Asked(_)) {
            let sight = Some(Sight { role: Role::Asked, inside: In::Nothing });
            let takes = Takes { name: true, ..Takes::default() };
            return Some(Spot { sight, takes, ..self.begun(text) });
        }
        let mut before = self.tokens[..self.at].to_vec();
        if before.last().is_some_and(|t| t.tok == Tok::Mark) {
            before.pop();
        }
        let expected = self.expected(source, text, &mut before)?;
        let mark = expected.contains("Mark").then(|| {
            let mut marked = before.clone();
            marked.push(Token { tok: Tok::Mark, head: true, ..mark });
            self.expected(source, text, &mut marked).unwrap_or_default()
        });
        let takes = takes(&expected, mark.as_ref());
        let sight = takes.name.then(|| {
            let whole = sight::of(&self.tree(source, text, self.tokens.clone()));
            whole.or_else(|| sight::of(&self.ended(source, text, &before, true)?))
        });
        let operand = expected.contains("+").then(|| {
            let end = before.last()?.end;
            let tree = self.ended(source, text, &before, false)?;
            Some((sight::before(&tree, end)?, Span { source, start: end, end }))
        });
        let (sight, operand) = (sight.flatten(), operand.flatten());
        let mut without = self.tokens.clone();
        without.remove(self.at);
        let around = self.tree(source, text, without).items.into_iter().next();
        Some(Spot { sight, operand, takes, around, ..self.begun(text) })
    }

    fn begun(&self, text: &str) -> Spot {
        let mark = self.tokens[self.at];
        let last = self.at.checked_sub(1).map(|i| self.tokens[i]).filter(|t| t.end <= mark.start);
        let gap = text.get(last.map_or(0, |t| t.end as usize)..mark.start as usize).unwrap_or_default();
        use Body::{Block, Clauses, Fields, Forms, Lines, Members, Options, Variants};
        let opens = last.is_none_or(|t| match t.tok {
            Tok::P(P::LBrace | P::Semi | P::LRecord) | Tok::Mark => true,
            Tok::P(P::RBrace) => matches!(
                self.all.frames[t.frame].body,
                Block | Clauses | Fields | Forms | Lines | Members | Options | Variants
            ),
            _ => false,
        });
        let expected = last.is_some_and(|t| matches!(t.tok, Tok::Verdict(_)));
        let new_line = gap.contains('\n') || last.is_none();
        let head = (0..self.at).rev().find(|i| {
            let t = &self.tokens[*i];
            t.head && t.frame == mark.frame && !matches!(t.tok, Tok::Mark)
        });
        let column = |at: u32| {
            let line = text[..at as usize].rfind('\n').map_or(0, |n| n + 1);
            text[line..].len() - text[line..].trim_start().len()
        };
        let named = head.and_then(|i| match self.tokens[i].tok {
            Tok::Kw(kw) => Some(kw),
            _ => None,
        });
        let budget = self.tokens[..self.at].iter().rev().take_while(|t| {
            t.frame == mark.frame && !matches!(t.tok, Tok::P(P::Comma | P::Semi | P::LBrace))
        });
        let fault = budget.filter_map(|t| if let Tok::Id(w) = t.tok { Fault::named(w) } else { None }).last();
        Spot {
            body: self.all.frames[mark.frame].body,
            begins: mark.head || opens,
            new_line,
            apart: !new_line && gap.len() > 1,
            deeper: head.is_some_and(|i| column(mark.start) > column(self.tokens[i].start)),
            head: named,
            directly: expected || head.is_some_and(|i| i + 1 == self.at),
            behind: last.and_then(|t| if let Tok::Kw(kw) = t.tok { Some(kw) } else { None }),
            fault,
            ..Spot::nowhere()
        }
    }

    /// What the parser takes behind these tokens; what is broken before is taken out of them.
    fn expected(
        &self,
        source: SourceId,
        text: &str,
        tokens: &mut Vec<Token<'t>>,
    ) -> Option<BTreeSet<String>> {
        for _ in 0..MOST_ROUNDS {
            match self.parse(source, text, tokens) {
                Stopped::AtEnd(expected) => return Some(expected),
                Stopped::At(at) => {
                    let end = tokens.last().map(|t| t.end);
                    if !(Islands { text, tokens, frames: &self.all.frames }).take_out(at) {
                        return None;
                    }
                    // What is being typed belongs to what is broken.
                    if tokens.last().is_some_and(|t| t.tok == Tok::Gone && Some(t.end) == end) {
                        return None;
                    }
                }
            }
        }
        None
    }

    /// Where the parser stops. At the end it is sent one token more that it never takes.
    fn parse(&self, source: SourceId, text: &str, tokens: &[Token<'t>]) -> Stopped {
        let builder = Builder {
            source,
            text,
            tokens,
            docs: &self.all.docs,
            diagnostics: RefCell::default(),
            too_deep: std::cell::Cell::new(false),
        };
        let never = [(tokens.len(), Tok::GoneHead(Body::Faults), tokens.len() + 1)];
        let all = tokens.iter().enumerate().map(|(i, t)| (i, t.tok, i + 1)).chain(never);
        match CellParser::new().parse(&builder, all.map(Ok)) {
            Err(ParseError::UnrecognizedToken { token: (at, ..), expected }) if at >= tokens.len() => {
                Stopped::AtEnd(expected.iter().map(|e| e.trim_matches('"').to_owned()).collect())
            }
            Err(
                ParseError::UnrecognizedToken { token: (at, ..), .. }
                | ParseError::ExtraToken { token: (at, ..) },
            ) => Stopped::At(at),
            Err(ParseError::InvalidToken { location }) => Stopped::At(location),
            Ok(_) | Err(ParseError::UnrecognizedEof { .. } | ParseError::User { .. }) => {
                Stopped::AtEnd(BTreeSet::new())
            }
        }
    }

    fn tree(&self, source: SourceId, text: &str, tokens: Vec<Token<'t>>) -> Cell {
        let (frames, docs) = (self.all.frames.clone(), self.all.docs.clone());
        let whole = Structured { tokens, frames, docs, diagnostics: Vec::<Diagnostic>::new() };
        recover::parse(source, text, &whole).0
    }
}

enum Stopped {
    /// There, and nothing was wrong: what could come next.
    AtEnd(BTreeSet<String>),
    /// At a token that has no place.
    At(usize),
}

fn takes(expected: &BTreeSet<String>, mark: Option<&BTreeSet<String>>) -> Takes {
    let both = |what: &str| expected.contains(what) || mark.is_some_and(|m| m.contains(what));
    let mut words: Vec<Kw> = Vec::new();
    for kw in Kw::ALL.into_iter().filter(|kw| both(kw.terminal())) {
        if !words.iter().any(|w| w.word() == kw.word()) {
            words.push(kw);
        }
    }
    Takes {
        words,
        rests: Vec::new(),
        name: both("Id"),
        operand: both("Id") && both("Int") && both("("),
        verdict: both("Verdict"),
    }
}

impl<'t> Islands<'_, 't> {
    /// The tokens of the member or command around token `mark`, with the system around that, and their extent.
    fn around(&self, source: SourceId, mark: usize) -> (Vec<Token<'t>>, Span) {
        let mut path = vec![(self.tokens[mark].frame, mark)];
        while let Some((parent, _)) = path.last().and_then(|(frame, _)| self.frames[*frame].parent) {
            let frame = path.last().map_or(0, |(frame, _)| *frame);
            let opener = self.tokens.iter().position(|t| t.frame == frame).map_or(0, |i| i.saturating_sub(1));
            path.push((parent, opener));
        }
        path.reverse();
        let (mut head, mut tail): (Vec<Token<'t>>, Vec<Token<'t>>) = (Vec::new(), Vec::new());
        let (mut from, mut to) = (0, self.tokens.len());
        for (frame, at) in path {
            if !matches!(self.frames[frame].body, Body::Cell | Body::Members) {
                break;
            }
            let start = (from..=at).rev().find(|i| {
                let t = &self.tokens[*i];
                t.frame == frame && !is_closer(t) && self.starts_part(*i)
            });
            let start = start.unwrap_or(from);
            let end = self.part_end(frame, start, at.max(start + 1)).min(to);
            (from, to) = (start, end);
            let members = self.frames[frame].body == Body::Cell
                && self.tokens.get(at + 1).is_some_and(|t| self.frames[t.frame].body == Body::Members);
            if members {
                head.extend(&self.tokens[start..=at]);
                let inner = self.tokens[at + 1].frame;
                let close = (at + 1..end)
                    .rev()
                    .find(|i| self.tokens[*i].frame == inner && is_closer(&self.tokens[*i]));
                let close = close.unwrap_or(end);
                tail.extend(&self.tokens[close..end]);
                (from, to) = (at + 1, close);
            }
        }
        let kept = &self.tokens[from..to];
        let around = Span {
            source,
            start: kept.first().map_or(0, |t| t.start),
            end: kept.last().map_or(0, |t| t.end),
        };
        head.extend(kept);
        head.extend(tail);
        (head, around)
    }
}
