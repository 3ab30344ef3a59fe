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
use crate::syntax::token::{Body, Kw, P, Tok};
use crate::syntax::words;
use std::collections::BTreeMap;

/// A grammar token with its byte range, frame and whether it starts a member, clause, statement, ….
#[derive(Debug, Clone, Copy)]
pub struct Token<'t> {
    pub tok: Tok<'t>,
    pub start: u32,
    pub end: u32,
    /// Index into [`Structured::frames`]; a closing bracket belongs to the frame that it closes.
    pub frame: usize,
    pub head: bool,
}

/// The inside of a pair of brackets, or the whole cell (frame 0).
#[derive(Debug, Clone, Copy)]
pub struct FrameInfo {
    pub body: Body,
    /// The frame around it, and the index of the opening bracket's token.
    pub parent: Option<(usize, usize)>,
}

/// What [`structure`] gives.
pub struct Structured<'t> {
    pub tokens: Vec<Token<'t>>,
    pub frames: Vec<FrameInfo>,
    /// Doc comments by the byte offset of the item, member or field that they belong to.
    pub docs: BTreeMap<u32, String>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Resolves every word and brace of `raw` (comments left out, brackets matching).
pub fn structure<'t>(source: SourceId, text: &'t str, raw: &[Raw<'t>]) -> Structured<'t> {
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

#[derive(Debug, Clone, Copy, PartialEq)]
enum Wait {
    Quantifier,
    /// `count` whose token is at this index: a body may or may not follow.
    Count(usize),
    Form,
}

/// An open frame and what is known of the statement that is being read in it.
struct Frame {
    index: usize,
    body: Body,
    head: Option<Kw>,
    /// Open `<` of types.
    angle: u32,
    waits: Vec<Wait>,
    /// `let … = …` expressions whose `in` is to come.
    lets: u32,
    /// The next `in` belongs to a binder.
    binder: bool,
    /// After `at most` and its like: a number, then a binder.
    quantity: bool,
    /// A comma separates names here, not statements.
    list: bool,
    /// Bodies of the current head that are closed.
    bodies: u32,
}

impl Frame {
    fn new(index: usize, body: Body) -> Frame {
        let (head, waits) = (None, Vec::new());
        Frame {
            index,
            body,
            head,
            angle: 0,
            waits,
            lets: 0,
            binder: false,
            quantity: false,
            list: false,
            bodies: 0,
        }
    }

    fn start(&mut self, head: Option<Kw>) {
        *self = Frame { head, ..Frame::new(self.index, self.body) };
        use Kw::*;
        self.list = matches!(head, Some(Handles | Only | Run));
        self.quantity = matches!(head, Some(AtMost | AtLeast | Exactly));
        self.binder = self.quantity || matches!(head, Some(Each | For | ForForm | Choose | At | By | Sweep));
    }
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
            RawKind::Doc(_) | RawKind::Comment | RawKind::Bad => {}
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
        let fresh = self.prev == Prev::Start || self.prev == Prev::Operand && self.new_line(i);
        self.mark_if_expression_starts(i, fresh);
        self.push(i, tok, Prev::Operand, false);
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

    fn punctuation(&mut self, i: usize, p: P) {
        match p {
            P::LBrace | P::LParen | P::LBracket => self.open(i, p),
            P::RBrace | P::RParen | P::RBracket => self.close(i, p),
            P::Comma => self.comma(i),
            P::Semi => {
                let body = self.body();
                if body.is_list() {
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
            P::Question => self.push(i, Tok::P(p), Prev::Operand, false),
            P::Minus => {
                let fresh = self.prev == Prev::Start;
                self.mark_if_expression_starts(i, fresh);
                self.push(i, Tok::P(p), Prev::Other, false);
            }
            _ => self.push(i, Tok::P(p), Prev::Other, false),
        }
    }

    fn opens_type_arguments(&self) -> bool {
        let n = self.out.len();
        let (Some(Tok::Id(name)), Some(before)) = (self.last(), n.checked_sub(2).map(|k| self.out[k].tok))
        else {
            return false;
        };
        let in_type = matches!(before, Tok::P(P::Colon | P::Lt | P::Comma | P::Arrow | P::Is));
        let declares = self.body() == Body::Fields
            || matches!(self.head_word(), Some(Kw::State | Kw::Ghost | Kw::Type))
                && self.body() == Body::Members;
        in_type && (matches!(name, "set" | "list" | "map" | "bag") || declares && before == Tok::P(P::Colon))
    }

    fn comma(&mut self, i: usize) {
        let next = self.word_at(i + 1);
        let (body, frame) = (self.body(), self.frame());
        frame.waits.clear();
        let separates =
            matches!(body, Body::Clauses | Body::Forms | Body::Block | Body::Options | Body::Lines)
                || body == Body::Fields;
        if separates && frame.angle == 0 && !frame.list {
            frame.start(None);
            return self.push(i, Tok::P(P::Semi), Prev::Start, false);
        }
        let optional =
            body == Body::Cell && frame.head == Some(Kw::Simulate) && matches!(next, Some("runs" | "seed"));
        if !optional {
            self.push(i, Tok::P(P::Comma), Prev::Other, false);
        }
    }

    fn colon(&mut self, i: usize) {
        let frame = self.frame();
        let waiting = frame.waits.iter().rposition(|w| !matches!(w, Wait::Count(_)));
        let found = match waiting {
            Some(at) => frame.waits.drain(at..).next(),
            None => frame.waits.pop(),
        };
        if let Some(Wait::Count(at)) = found {
            self.out[at].tok = Tok::Kw(Kw::CountBody);
        }
        let prev = if found == Some(Wait::Form) { Prev::Start } else { Prev::Other };
        self.push(i, Tok::P(P::Colon), prev, false);
    }

    fn open(&mut self, i: usize, p: P) {
        let fresh = self.prev == Prev::Start || self.prev == Prev::Operand && self.new_line(i);
        let body = match p {
            P::LParen => Body::Parens,
            P::LBracket => Body::Square,
            _ => self.brace(i),
        };
        let expression = matches!(body, Body::Parens | Body::Square | Body::Braces);
        let plain_block = self.body() == Body::Clauses && body == Body::Block && self.prev == Prev::Start;
        if expression {
            self.mark_if_expression_starts(i, fresh);
        }
        let p = if body == Body::RecordValue { P::LRecord } else { p };
        let parent = Some((self.frame().index, self.out.len()));
        self.push(i, Tok::P(p), Prev::Start, plain_block);
        let index = self.frames.len();
        self.frames.push(FrameInfo { body, parent });
        self.open.push(Frame::new(index, body));
        if !body.is_list() {
            self.prev = Prev::Other;
        }
    }

    /// Whether a brace on a new line is the body of the command before it.
    fn awaits_body(&self) -> bool {
        use Kw::*;
        let bodies = self.open.last().map_or(0, |f| f.bodies);
        match self.head_word() {
            Some(System | Extend | Check | Scenario | Audit | Simulate | Graph | Sweep) => bodies == 0,
            Some(Find) => bodies < 2 + u32::from(self.last() == Some(Tok::Kw(Faults))),
            _ => false,
        }
    }

    fn close(&mut self, i: usize, p: P) {
        self.push(i, Tok::P(p), Prev::Operand, false);
        let Some(closed) = (self.open.len() > 1).then(|| self.open.pop()).flatten() else { return };
        let outer = self.frame();
        outer.bodies += u32::from(!matches!(closed.body, Body::Parens | Body::Square));
        let ends = match outer.body {
            Body::Members => {
                !matches!(closed.body, Body::Parens | Body::Square | Body::Braces | Body::RecordValue)
            }
            Body::Clauses => closed.body == Body::Block,
            Body::Cell => matches!(closed.body, Body::Members | Body::Lines),
            _ => false,
        };
        if ends {
            outer.start(None);
            outer.bodies = 1;
        }
    }

    /// What the brace at `i` holds.
    fn brace(&mut self, i: usize) -> Body {
        use Kw::*;
        let (head, prev, last) = (self.head_word(), self.prev, self.last());
        let named = matches!(last, Some(Tok::Id(_)));
        let record = named
            && self.word_at(i + 1).is_some()
            && self.kind(i + 2) == Some(RawKind::P(P::Colon))
            && !matches!(self.word_at(i + 1), Some("true" | "false" | "none"));
        let sends = named && matches!(head, Some(Send | Deliver | Lose | Duplicate));
        let operand = prev == Prev::Operand;
        let body = match (self.body(), head) {
            (Body::Members, Some(Record | Message | Node)) => Some(Body::Fields),
            (Body::Members, Some(Enum)) => Some(Body::Variants),
            (Body::Members, Some(Order | Resolution | Reconciler)) => Some(Body::Clauses),
            (Body::Members, Some(Invariant)) => Some(Body::Forms),
            (Body::Members, Some(Action | On)) if operand && !record => Some(Body::Block),
            (Body::Cell, Some(System | Extend)) => Some(Body::Members),
            (Body::Cell, Some(Scenario)) => Some(Body::Lines),
            (Body::Cell, Some(Find)) if last == Some(Tok::Kw(Faults)) => Some(Body::Faults),
            (Body::Cell, Some(Find)) if self.frame().bodies == 0 => Some(Body::Goal),
            (Body::Cell, Some(Check | Audit | Graph | Sweep | Simulate | Find)) if self.awaits_body() => {
                Some(Body::Options)
            }
            (Body::Options | Body::Lines, Some(Faults)) if last == Some(Tok::Kw(Faults)) => {
                Some(Body::Faults)
            }
            (Body::Block, Some(If)) if last == Some(Tok::Kw(Else)) => Some(Body::Block),
            (Body::Block, Some(If | For | Choose)) if operand && !record => Some(Body::Block),
            (Body::Clauses, _)
                if !record && (operand || prev == Prev::Start || last == Some(Tok::Kw(Act))) =>
            {
                Some(Body::Block)
            }
            _ => None,
        };
        // The arguments of a target come before the body of its command.
        body.unwrap_or(if record || sends { Body::RecordValue } else { Body::Braces })
    }

    fn word(&mut self, i: usize, w: &'t str) {
        let literal = matches!(w, "true" | "false" | "none");
        if self.last() == Some(Tok::P(P::Dot)) || self.names_a_field(i) && !literal {
            let head = self.prev != Prev::Other && self.body() == Body::Fields;
            if head {
                self.frame().start(None);
            }
            return self.push(i, Tok::Id(w), Prev::Operand, head);
        }
        if let Some((kw, prev)) = self.infix(i, w) {
            return self.keyword(i, kw, prev, false);
        }
        if self.starts_here(i, w) {
            if self.prev == Prev::Other {
                self.break_off(i);
            }
            return self.head(i, w);
        }
        self.inner(i, w);
    }

    /// `state:` and the like, where only a name can stand before the colon.
    fn names_a_field(&self, i: usize) -> bool {
        self.kind(i + 1) == Some(RawKind::P(P::Colon))
            && matches!(self.body(), Body::Fields | Body::RecordValue | Body::Parens)
            && self.open.last().is_some_and(|f| f.waits.is_empty())
            && !(self.body() == Body::Fields
                && self.prev == Prev::Other
                && self.last() == Some(Tok::P(P::Colon)))
    }

    /// Whether the word at `i` is the first of a member, clause, statement, …
    fn starts_here(&mut self, i: usize, w: &str) -> bool {
        if words::continues_expression(w) || w == "not" && self.word_at(i + 1) == Some("in") {
            return false;
        }
        let in_next = self.word_at(i + 1) == Some("in");
        let (prev, body, frame) = (self.prev, self.body(), self.frame());
        if !body.is_list() {
            return false;
        }
        match prev {
            Prev::Start => true,
            Prev::Other => self.starts_anew(i, w, body),
            Prev::Operand if frame.angle > 0 => false,
            Prev::Operand if frame.quantity && in_next => {
                frame.quantity = false;
                false
            }
            Prev::Operand if w == "for" => body == Body::Block || body == Body::Forms && self.for_is_form(i),
            // On the same line only what cannot be a slip starts something new.
            Prev::Operand => {
                let assigns = body == Body::Block
                    && (self.followed_by_assignment(i) || self.kind(i + 1) == Some(RawKind::P(P::LBracket)));
                assigns || self.new_line(i) || self.head_keyword(i, w, body).is_some()
            }
        }
    }

    /// Ends what was broken off before the word at `i`.
    fn break_off(&mut self, i: usize) {
        let (start, frame) = (self.raw[i].start, self.frame().index);
        self.out.push(Token { tok: Tok::P(P::Semi), start, end: start, frame, head: false });
        self.prev = Prev::Start;
    }

    /// Whether what stands before the word at `i` is broken off: on a new line, something starts that cannot be meant
    /// as an operand.
    fn starts_anew(&self, i: usize, w: &str, body: Body) -> bool {
        let after_keyword = matches!(self.last(), Some(Tok::Kw(k)) if !words::joins(k));
        if !self.new_line(i) || after_keyword {
            return false;
        }
        let named = self.word_at(i + 1).is_some_and(|n| !words::continues_expression(n));
        match body {
            Body::Block => {
                matches!(self.kind(i + 1), Some(RawKind::P(P::Set | P::AddSet | P::SubSet)))
                    || named && matches!(w, "send" | "choose" | "require" | "for")
            }
            Body::Members => {
                let after = self.kind(i + 2);
                let declares =
                    matches!(after, Some(RawKind::P(P::Colon | P::Is | P::LBrace | P::LParen | P::LBracket)));
                named && words::MEMBERS.contains(&w) && (declares || matches!(w, "action" | "on" | "link"))
            }
            Body::Cell => named && words::ITEMS.contains(&w),
            _ => false,
        }
    }

    /// Whether the `for` at `i` starts a form (`for x in S: …`) rather than ending one (`… for x in S`).
    fn for_is_form(&self, i: usize) -> bool {
        const FARTHEST: usize = 2000;
        let (mut depth, mut waiting, mut operand) = (0u32, 0u32, false);
        for k in i + 1..(i + FARTHEST).min(self.raw.len()) {
            let kind = self.raw[k].kind;
            let before = std::mem::replace(&mut operand, false);
            match kind {
                RawKind::P(P::LBrace | P::LParen | P::LBracket) => depth += 1,
                RawKind::P(P::RBrace | P::RParen | P::RBracket) => {
                    if depth == 0 {
                        return false;
                    }
                    depth -= 1;
                    operand = true;
                }
                _ if depth > 0 => {}
                RawKind::P(P::Semi | P::Comma) => return false,
                RawKind::P(P::Colon) if waiting == 0 => return true,
                RawKind::P(P::Colon) => waiting -= 1,
                RawKind::Word(w) if words::continues_expression(w) => {}
                RawKind::Word(_) if before => return false,
                RawKind::Word(w) if words::is_quantifier(w) && self.word_at(k + 2) == Some("in") => {
                    waiting += 1
                }
                RawKind::Word("not" | "if" | "let") => {}
                RawKind::Word(_) | RawKind::Int(_) => operand = true,
                _ => {}
            }
        }
        false
    }

    /// The keyword that continues the current statement here, if the word at `i` is one.
    fn infix(&mut self, i: usize, w: &str) -> Option<(Kw, Prev)> {
        let (head, last, prev) = (self.head_word(), self.last(), self.prev);
        let next = self.word_at(i + 1);
        let follows_head = matches!((last, head), (Some(Tok::Kw(k)), Some(h)) if k == h);
        if prev != Prev::Operand && !follows_head {
            return None;
        }
        words::infix(head, w, next, follows_head).filter(|(kw, _)| self.spelled_out(i, *kw))
    }

    /// Whether all words of `kw` are there from `i` on.
    fn spelled_out(&self, i: usize, kw: Kw) -> bool {
        kw == Kw::Steps || kw.text().split(' ').enumerate().all(|(k, part)| self.word_at(i + k) == Some(part))
    }

    fn keyword(&mut self, i: usize, kw: Kw, prev: Prev, head: bool) {
        use Kw::*;
        let words = kw.text().split(' ').count();
        match kw {
            HasOwner | AtMost | AtLeast | From | At => self.frame().binder = true,
            When => self.frame().binder = false,
            _ => {}
        }
        self.push(i, Tok::Kw(kw), prev, head);
        if words > 1 {
            let end = self.raw[i + words - 1].end;
            if let Some(token) = self.out.last_mut() {
                token.end = end;
            }
            for k in 1..words {
                self.raw[i + k].kind = RawKind::Comment;
            }
        }
    }

    /// The first word of a member, clause, statement, form, item or line.
    fn head(&mut self, i: usize, w: &'t str) {
        let body = self.body();
        let head = self.head_keyword(i, w, body);
        self.frame().start(head);
        match head {
            Some(kw) => {
                let prev = self.after_head(i, kw, body);
                if matches!(kw, Kw::ForForm) {
                    self.frame().waits.push(Wait::Form);
                }
                self.keyword(i, kw, prev, true);
            }
            None => {
                self.mark_if_expression_starts(i, true);
                let from = self.out.len();
                self.inner(i, w);
                if !matches!(body, Body::Cell | Body::Forms)
                    && let Some(token) = self.out.get_mut(from)
                {
                    token.head = true;
                }
            }
        }
    }

    /// `run` may stand alone, too: what follows is then the next line.
    fn after_head(&self, i: usize, kw: Kw, body: Body) -> Prev {
        let next = self.word_at(i + 1);
        let alone =
            kw == Kw::Run && next.is_none_or(|n| self.new_line(i + 1) && words::heads(body).contains(&n));
        if words::complete_alone(kw) || alone { Prev::Operand } else { Prev::Other }
    }

    fn head_keyword(&self, i: usize, w: &str, body: Body) -> Option<Kw> {
        let next = self.word_at(i + 1);
        let name = self.operator_follows(i);
        match body {
            Body::Block if self.followed_by_assignment(i) => None,
            Body::Fields if next.is_none() => None,
            Body::Cell | Body::Forms if name && w != "for" => None,
            Body::Forms if w == "at" && !matches!(next, Some("most" | "least")) => None,
            Body::Options if w == "from" && (next, self.word_at(i + 2)) != (Some("any"), Some("state")) => {
                None
            }
            _ => words::head(body, w, next),
        }
    }

    fn followed_by_assignment(&self, i: usize) -> bool {
        matches!(self.kind(i + 1), Some(RawKind::P(P::Set | P::AddSet | P::SubSet | P::Dot)))
    }

    /// Whether what follows the word at `i` shows that it is a name.
    fn operator_follows(&self, i: usize) -> bool {
        match self.kind(i + 1) {
            Some(RawKind::P(P::LParen | P::LBracket)) => self.adjacent(i),
            Some(RawKind::P(P::Minus)) => self.adjacent(i) || !self.adjacent(i + 1),
            Some(RawKind::P(p)) => !matches!(p, P::LBrace | P::RBrace | P::Semi),
            Some(RawKind::Word("not")) => self.word_at(i + 2) == Some("in"),
            Some(RawKind::Word(w)) => words::continues_expression(w),
            _ => false,
        }
    }

    /// A word inside a statement.
    fn inner(&mut self, i: usize, w: &'t str) {
        use Kw::*;
        let (next, after) = (self.word_at(i + 1), self.word_at(i + 2));
        let quantified = next.is_some() && after == Some("in");
        let kw = match w {
            "true" => return self.push(i, Tok::Kw(True), Prev::Operand, false),
            "false" => return self.push(i, Tok::Kw(False), Prev::Operand, false),
            "none" => return self.push(i, Tok::Kw(Nothing), Prev::Operand, false),
            "not" if next == Some("in") => NotIn,
            "if" | "else" | "then" | "and" | "or" | "not" | "implies" | "where" => {
                Kw::from_text(w).unwrap_or(Not)
            }
            "for" => {
                self.frame().binder = true;
                For
            }
            "in" => self.keyword_in(),
            "let" if self.body() != Body::Block || self.prev == Prev::Other => {
                let frame = self.frame();
                frame.lets += 1;
                frame.binder = false;
                LetExpr
            }
            "let" => Let,
            _ if quantified && words::is_quantifier(w) => return self.quantifier(i, w),
            "any" if self.last() == Some(Tok::P(P::Is)) && self.declares_state() => {
                return self.any(i, quantified, next);
            }
            _ => return self.step_or_name(i, w),
        };
        self.keyword(i, kw, Prev::Other, false);
    }

    fn declares_state(&self) -> bool {
        self.body() == Body::Fields || matches!(self.head_word(), Some(Kw::State | Kw::Ghost))
    }

    fn keyword_in(&mut self) -> Kw {
        let frame = self.frame();
        if frame.binder {
            frame.binder = false;
            return Kw::In;
        }
        match frame.lets.checked_sub(1) {
            Some(left) => {
                frame.lets = left;
                Kw::LetIn
            }
            None => Kw::In,
        }
    }

    fn quantifier(&mut self, i: usize, w: &str) {
        let kw = Kw::from_text(w).unwrap_or(Kw::All);
        let wait = if kw == Kw::Count { Wait::Count(self.out.len()) } else { Wait::Quantifier };
        let frame = self.frame();
        frame.waits.push(wait);
        frame.binder = true;
        self.keyword(i, kw, Prev::Other, false);
    }

    fn any(&mut self, i: usize, quantified: bool, next: Option<&str>) {
        let (kw, prev) = match (quantified, next) {
            (true, _) => (Kw::AnyBind, Prev::Other),
            (false, Some("in")) => (Kw::Any, Prev::Other),
            _ => (Kw::Any, Prev::Operand),
        };
        self.frame().binder = prev == Prev::Other;
        self.keyword(i, kw, prev, false);
    }

    /// Words that are special only right after `do` and `expect`; otherwise a name.
    fn step_or_name(&mut self, i: usize, w: &'t str) {
        let next = self.word_at(i + 1);
        let n = self.out.len();
        let before = n.checked_sub(2).map(|k| self.out[k].tok);
        let name = self.operator_follows(i);
        let expects = self.last() == Some(Tok::Kw(Kw::Expect));
        let expects_not = self.last() == Some(Tok::Kw(Kw::Not)) && before == Some(Tok::Kw(Kw::Expect));
        match self.last() {
            // `expect enabled do write(1)` reads as `expect enabled write(1)`.
            Some(Tok::Kw(Kw::Enabled)) if w == "do" && !name && next.is_some() => {}
            Some(Tok::Kw(Kw::Do | Kw::Enabled)) => {
                let kw = words::step(w).filter(|k| *k == Kw::Heal || !name && !matches!(next, Some("at")));
                let Some(kw) = kw else { return self.push(i, Tok::Id(w), Prev::Operand, false) };
                let frame = self.frame();
                frame.head = Some(kw);
                frame.list = kw == Kw::Run;
                let prev = self.after_head(i, kw, Body::Lines);
                self.keyword(i, kw, prev, false);
            }
            _ if expects && !name && words::VERDICTS.contains(&w) => {
                let more = next.is_some_and(|n| words::head(Body::Options, n, Option::None).is_none());
                self.frame().list = true;
                let prev = if more { Prev::Other } else { Prev::Operand };
                self.push(i, Tok::Verdict(w), prev, false);
            }
            _ if (expects || expects_not) && w == "enabled" && !name && next.is_some() => {
                self.frame().head = Some(Kw::Enabled);
                self.keyword(i, Kw::Enabled, Prev::Other, false);
            }
            _ if self.body() == Body::Faults && w == "every" => {
                let timed = matches!(self.kind(i + 1), Some(RawKind::Duration(_)));
                let tok = if timed { Tok::Kw(Kw::Every) } else { Tok::Id(w) };
                self.push(i, tok, if timed { Prev::Other } else { Prev::Operand }, false);
            }
            Some(Tok::Kw(Kw::Strongly)) if w == "fair" => self.prefixed(i, Kw::Fair),
            Some(Tok::Kw(Kw::Fair | Kw::Unfair)) => match words::head(Body::Members, w, next) {
                Some(kw) => self.prefixed(i, kw),
                None => self.push(i, Tok::Id(w), Prev::Operand, false),
            },
            _ => self.push(i, Tok::Id(w), Prev::Operand, false),
        }
    }

    /// The real head after `fair` and the like.
    fn prefixed(&mut self, i: usize, kw: Kw) {
        self.frame().start(Some(kw));
        self.keyword(i, kw, Prev::Other, false);
    }
}
