//! Bracket matching before the grammar: what is never closed, what was never opened, what nests too deeply.
//!
//! Enters: raw tokens. Leaves: raw tokens whose brackets match (closers of no width are put in, surplus closers are
//! taken out), and a diagnostic for each repair. Where something is never closed, indentation says where it should have
//! been: a line that starts no further right than the line of an open `{` ends that brace, as in rustc's recovery.

use crate::diag::{Diagnostic, codes::syntax as code};
use crate::span::{SourceId, Span};
use crate::syntax::lexer::{Raw, RawKind};
use crate::syntax::token::P;
use crate::syntax::tree::MAX_DEPTH;

/// Raw tokens with matching brackets.
pub(super) struct Matched<'t> {
    pub tokens: Vec<Raw<'t>>,
    pub diagnostics: Vec<Diagnostic>,
}

/// The ways to match the brackets of `tokens`: one where they match or nest too deeply (then there are no tokens), else
/// the likelier first. The way that leaves fewer errors for the parser is the one that was meant.
pub(super) fn match_brackets<'t>(source: SourceId, text: &str, tokens: Vec<Raw<'t>>) -> Vec<Matched<'t>> {
    let lines = Lines::of(text, &tokens);
    if let Some(at) = too_deep(&tokens) {
        return vec![cut(source, tokens, at)];
    }
    let plain = Matcher::new(source, text, &tokens, &lines).run(Guide::Closers);
    if plain.diagnostics.is_empty() {
        return vec![plain];
    }
    let guided = Matcher::new(source, text, &tokens, &lines).run(Guide::Indentation);
    vec![guided, plain]
}

/// How many brackets are open at the end; `None` where one closes what is not open.
pub(super) fn open_at_end(tokens: &[Raw]) -> Option<usize> {
    let mut open = Vec::new();
    for t in tokens {
        if let Some(p) = is_opener(t.kind) {
            open.push(closer(p));
        } else if let Some(p) = is_closer(t.kind)
            && open.pop() != Some(p)
        {
            return None;
        }
    }
    Some(open.len())
}

fn closer(open: P) -> P {
    match open {
        P::LParen => P::RParen,
        P::LBracket => P::RBracket,
        _ => P::RBrace,
    }
}

fn is_opener(kind: RawKind) -> Option<P> {
    match kind {
        RawKind::P(p @ (P::LBrace | P::LParen | P::LBracket)) => Some(p),
        _ => None,
    }
}

fn is_closer(kind: RawKind) -> Option<P> {
    match kind {
        RawKind::P(p @ (P::RBrace | P::RParen | P::RBracket)) => Some(p),
        _ => None,
    }
}

/// The first opening bracket beyond the depth limit.
fn too_deep(tokens: &[Raw]) -> Option<usize> {
    let mut depth = 0u32;
    tokens.iter().position(|t| {
        if is_opener(t.kind).is_some() {
            depth += 1;
        } else if is_closer(t.kind).is_some() {
            depth = depth.saturating_sub(1);
        }
        depth > MAX_DEPTH
    })
}

fn cut<'t>(source: SourceId, tokens: Vec<Raw<'t>>, at: usize) -> Matched<'t> {
    let here = tokens[at];
    let span = Span::new(source, here.start as usize, here.end as usize);
    let d = Diagnostic::error(code::TOO_DEEP, span, format!("brackets nest more than {MAX_DEPTH} deep"))
        .label("one too many")
        .help("name a part with `def` or `let`");
    Matched { tokens: Vec::new(), diagnostics: vec![d] }
}

/// For each token: the indentation of its line, and whether it is the first on it.
struct Lines {
    indent: Vec<u32>,
    first: Vec<bool>,
}

impl Lines {
    fn of(text: &str, tokens: &[Raw]) -> Lines {
        let (mut indent, mut first) = (Vec::with_capacity(tokens.len()), Vec::with_capacity(tokens.len()));
        let (mut end, mut current) = (0usize, 0u32);
        for (i, token) in tokens.iter().enumerate() {
            let gap = &text[end..token.start as usize];
            let new_line = gap.rfind('\n');
            let starts = i == 0 || new_line.is_some();
            if starts {
                current = gap[new_line.map_or(0, |n| n + 1)..].chars().count() as u32;
            }
            indent.push(current);
            first.push(starts);
            end = token.end as usize;
        }
        Lines { indent, first }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Guide {
    Closers,
    Indentation,
}

struct Matcher<'a, 't> {
    source: SourceId,
    text: &'a str,
    tokens: &'a [Raw<'t>],
    lines: &'a Lines,
    /// Indices of open brackets.
    open: Vec<usize>,
    out: Vec<Raw<'t>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a, 't> Matcher<'a, 't> {
    fn new(source: SourceId, text: &'a str, tokens: &'a [Raw<'t>], lines: &'a Lines) -> Self {
        let out = Vec::with_capacity(tokens.len() + 8);
        Matcher { source, text, tokens, lines, open: Vec::new(), out, diagnostics: Vec::new() }
    }

    fn run(mut self, guide: Guide) -> Matched<'t> {
        for i in 0..self.tokens.len() {
            let token = self.tokens[i];
            if guide == Guide::Indentation {
                self.close_by_indentation(i);
            }
            if let Some(close) = is_closer(token.kind) {
                if !self.close(i, close) {
                    continue;
                }
            } else if is_opener(token.kind).is_some() {
                self.open.push(i);
            }
            self.out.push(token);
        }
        while let Some(opener) = self.open.pop() {
            self.put_closer(opener);
        }
        Matched { tokens: self.out, diagnostics: self.diagnostics }
    }

    /// Closes what the layout says has ended before token `i`.
    fn close_by_indentation(&mut self, i: usize) {
        if !self.lines.first[i] {
            return;
        }
        let closes = is_closer(self.tokens[i].kind);
        while let Some(&opener) = self.open.last() {
            let brace = self.tokens[opener].kind == RawKind::P(P::LBrace);
            let (outer, here) = (self.lines.indent[opener], self.lines.indent[i]);
            let ended = match closes {
                Some(_) => here < outer,
                None => brace && here <= outer && self.lines.first[i] && !self.continues(i),
            };
            if !ended || !self.open_on_an_earlier_line(opener, i) {
                return;
            }
            self.open.pop();
            self.put_closer(opener);
        }
    }

    fn continues(&self, i: usize) -> bool {
        matches!(self.tokens[i].kind, RawKind::Word("else") | RawKind::P(P::LBrace) | RawKind::Comment)
    }

    fn open_on_an_earlier_line(&self, opener: usize, i: usize) -> bool {
        self.text[self.tokens[opener].end as usize..self.tokens[i].start as usize].contains('\n')
    }

    /// Handles the closer at `i`; `false` if it closes nothing and is left out.
    fn close(&mut self, i: usize, close: P) -> bool {
        let matching =
            self.open.iter().rposition(|&o| is_opener(self.tokens[o].kind).map(closer) == Some(close));
        let Some(at) = matching else {
            self.unopened(i, close);
            return false;
        };
        // A `)` or `]` never ends a brace that was opened inside it: it is the surplus one.
        let skips_brace = close != P::RBrace
            && self.open[at + 1..].iter().any(|&o| self.tokens[o].kind == RawKind::P(P::LBrace));
        if skips_brace {
            self.unopened(i, close);
            return false;
        }
        while self.open.len() > at + 1 {
            let opener = self.open.pop().expect("longer than at + 1");
            self.put_closer(opener);
        }
        self.open.pop();
        true
    }

    fn unopened(&mut self, i: usize, close: P) {
        let t = self.tokens[i];
        let span = Span::new(self.source, t.start as usize, t.end as usize);
        let mut d = Diagnostic::error(code::UNOPENED, span, format!("unexpected `{}`", close.word()))
            .label("nothing open here that it closes");
        if let Some(&o) = self.open.last() {
            let (open, at) = (self.tokens[o].kind, self.tokens[o]);
            if let Some(p) = is_opener(open) {
                let span = Span::new(self.source, at.start as usize, at.end as usize);
                d = d.related(span, format!("this is open, and is closed by `{}`", closer(p).word()));
            }
        } else {
            d = d.help("remove it, or look above for a bracket that was closed too early");
        }
        self.diagnostics.push(d);
    }

    /// Puts in the missing closer of `opener` after the last token (before the block for `(` and `[`).
    fn put_closer(&mut self, opener: usize) {
        let token = self.tokens[opener];
        let Some(p) = is_opener(token.kind) else { return };
        let last = self.out.last().map_or(token.end, |t| t.end);
        let span = Span::new(self.source, token.start as usize, token.end as usize);
        let mut d = Diagnostic::error(code::UNCLOSED, span, format!("unclosed `{}`", p.word()))
            .label("opened here, never closed");
        let there = Span::new(self.source, last as usize, last as usize);
        if last > token.end {
            d = d.related(there, format!("`{}` is missing here, by the indentation", closer(p).word()));
        }
        self.diagnostics.push(d.help(format!("add `{}`", closer(p).word())));
        self.out.push(Raw { kind: RawKind::P(closer(p)), start: last, end: last });
    }
}
