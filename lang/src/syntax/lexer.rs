//! Text to words, numbers, strings and punctuation.
//!
//! Enters: the text of a cell. Leaves: [`Raw`] tokens in order (comments included, white space not), and the
//! diagnostics of everything that is no token; lexing never stops. Marks of other languages (`&&`, `≠`) are read by
//! [`marks`].

use crate::diag::{Diagnostic, codes::syntax as code};
use crate::span::{SourceId, Span};
use crate::syntax::marks;
use crate::syntax::token::P;
use logos::Logos;

/// A token of the text, with its byte range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Raw<'t> {
    pub kind: RawKind<'t>,
    pub start: u32,
    pub end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum RawKind<'t> {
    Word(&'t str),
    Int(i64),
    /// Nanoseconds.
    Duration(u64),
    /// With quotes and escapes.
    Str(&'t str),
    /// With its three slashes.
    Doc(&'t str),
    Comment,
    P(P),
    /// A mark of another language; only [`marks`] sees it.
    Foreign(&'t str),
    /// Reported already; the grammar does not see it.
    Bad,
}

#[derive(Logos, Debug, Clone, Copy, PartialEq)]
#[logos(skip r"[\s\u{FEFF}\u{200B}]+")]
enum Lexeme {
    #[regex(r"//[^\n]*", allow_greedy = true)]
    Comment,
    #[token("/*")]
    BlockComment,
    #[regex(r"[\p{XID_Start}_]\p{XID_Continue}*")]
    Word,
    #[regex(r"[\p{XID_Start}_]\p{XID_Continue}*'")]
    Primed,
    #[regex(r"[0-9][0-9_]*")]
    Int,
    #[regex(r"[0-9][0-9_]*[\p{XID_Start}]\p{XID_Continue}*")]
    NumberWord,
    #[regex(r#""([^"\\\n]|\\[^\n])*""#)]
    Str,
    #[regex(r#""([^"\\\n]|\\[^\n])*"#)]
    OpenStr,
    #[regex(r"'[^'\n]*'")]
    SingleQuoted,
    #[regex(r"[{}()\[\]<>=+\-*/%&|,;:.?]")]
    #[token("<=")]
    #[token(">=")]
    #[token("==")]
    #[token("!=")]
    #[token(":=")]
    #[token("+=")]
    #[token("-=")]
    #[token("..")]
    #[token("->")]
    Punct,
    #[regex(r"&&|\|\||!|=>|==>|-->|===|!==|<>|/=|=<|≤|≥|≠|∧|∨|¬|→|⇒|∈|∉|⊆|∪|∩|∀|∃|◇|↝|\*\*|/\\|\\/|~|~>|\^")]
    #[regex(r"\.\.\.|\.\.=|\.\.<|@|\$|::|:>|<=>|<->|\|->|\\[a-zA-Z]*")]
    Foreign,
}

/// All tokens of `text`, and what is wrong with those that are none.
pub(super) fn lex(source: SourceId, text: &str) -> (Vec<Raw<'_>>, Vec<Diagnostic>) {
    let mut lexer = Lexeme::lexer(text);
    let mut out = Output { source, tokens: Vec::new(), diagnostics: Vec::new() };
    while let Some(lexeme) = lexer.next() {
        let (slice, range) = (lexer.slice(), lexer.span());
        match lexeme {
            Ok(Lexeme::BlockComment) => {
                let rest = lexer.remainder();
                let length = rest.find("*/").map_or(rest.len(), |i| i + 2);
                lexer.bump(length);
                out.block_comment(Span::new(source, range.start, range.end + length));
            }
            Ok(Lexeme::Primed) => {
                let end = range.end - 1;
                out.push(RawKind::Word(&slice[..slice.len() - 1]), range.start..end);
                out.push(RawKind::Foreign("'"), end..range.end);
            }
            Ok(lexeme) => out.token(lexeme, slice, range),
            Err(()) => out.bad(range),
        }
    }
    let (tokens, found) = marks::read(source, text, &out.tokens);
    out.diagnostics.extend(found);
    out.tokens = tokens;
    out.flush_bad(text);
    (out.tokens, out.diagnostics)
}

struct Output<'t> {
    source: SourceId,
    tokens: Vec<Raw<'t>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Output<'t> {
    fn push(&mut self, kind: RawKind<'t>, range: std::ops::Range<usize>) {
        self.tokens.push(Raw { kind, start: range.start as u32, end: range.end as u32 });
    }

    fn span(&self, range: &std::ops::Range<usize>) -> Span {
        Span::new(self.source, range.start, range.end)
    }

    fn token(&mut self, lexeme: Lexeme, slice: &'t str, range: std::ops::Range<usize>) {
        let kind = match lexeme {
            Lexeme::Comment if slice.starts_with("///") && !slice.starts_with("////") => RawKind::Doc(slice),
            Lexeme::Comment => RawKind::Comment,
            Lexeme::Word => RawKind::Word(slice),
            Lexeme::Foreign => RawKind::Foreign(slice),
            Lexeme::Int => self.int(slice, &range),
            Lexeme::NumberWord => self.duration(slice, &range),
            Lexeme::Str => {
                self.escapes(slice, &range);
                RawKind::Str(slice)
            }
            Lexeme::OpenStr => {
                self.diagnostics.push(
                    Diagnostic::error(
                        code::UNCLOSED_STRING,
                        self.span(&range),
                        "string is not closed on its line",
                    )
                    .label("starts here")
                    .help("end it with a quote: a string stays on one line"),
                );
                RawKind::Str(slice)
            }
            Lexeme::SingleQuoted => {
                let d =
                    Diagnostic::error(code::FOREIGN_MARK, self.span(&range), "strings have double quotes");
                self.diagnostics.push(d.write(format!("\"{}\"", &slice[1..slice.len() - 1])));
                RawKind::Str(slice)
            }
            _ => P::named(slice).map_or(RawKind::Bad, RawKind::P),
        };
        self.push(kind, range);
    }

    fn int(&mut self, slice: &str, range: &std::ops::Range<usize>) -> RawKind<'t> {
        let digits: String = slice.chars().filter(|c| *c != '_').collect();
        RawKind::Int(digits.parse().unwrap_or_else(|_| {
            let d = Diagnostic::error(code::NUMBER_TOO_LARGE, self.span(range), "number is too large");
            self.diagnostics.push(d.help(format!("the largest is {}", i64::MAX)));
            0
        }))
    }

    fn duration(&mut self, slice: &str, range: &std::ops::Range<usize>) -> RawKind<'t> {
        let split = slice.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(slice.len());
        let (number, unit) = slice.split_at(split);
        let digits: String = number.chars().filter(|c| *c != '_').collect();
        let nanos: Option<u64> = match unit {
            "ns" => Some(1),
            "us" | "µs" | "μs" => Some(1_000),
            "ms" => Some(1_000_000),
            "s" => Some(1_000_000_000),
            "m" | "min" => Some(60_000_000_000),
            "h" => Some(3_600_000_000_000),
            _ => None,
        };
        let Some(nanos) = nanos else {
            let message = format!("`{}` is neither a number nor a duration", clip(slice));
            let d = Diagnostic::error(code::BAD_DURATION, self.span(range), message);
            self.diagnostics
                .push(d.help("durations end in us, ms, s, m or h: `5ms`; names start with a letter"));
            return RawKind::Int(0);
        };
        RawKind::Duration(digits.parse().ok().and_then(|n: u64| n.checked_mul(nanos)).unwrap_or_else(|| {
            let d = Diagnostic::error(code::NUMBER_TOO_LARGE, self.span(range), "duration is too long");
            self.diagnostics.push(d.help("the longest is about 584 years"));
            0
        }))
    }

    fn escapes(&mut self, slice: &str, range: &std::ops::Range<usize>) {
        let mut chars = slice.char_indices();
        while let Some((at, c)) = chars.next() {
            let Some((_, escaped)) = (c == '\\').then(|| chars.next()).flatten() else { continue };
            if !matches!(escaped, '"' | '\\' | 'n' | 't' | 'r') {
                let start = range.start + at;
                let span = Span::new(self.source, start, start + 1 + escaped.len_utf8());
                self.diagnostics.push(
                    Diagnostic::error(code::BAD_ESCAPE, span, format!("unknown escape `\\{escaped}`"))
                        .help("after a backslash stands n, t, r, a quote or another backslash"),
                );
            }
        }
    }

    fn block_comment(&mut self, span: Span) {
        let d = Diagnostic::error(code::FOREIGN_MARK, span, "comments start with `//`");
        self.diagnostics.push(d.help("write `// …` on each line, or `/// …` to document what follows"));
        self.push(RawKind::Comment, span.range());
    }

    fn bad(&mut self, range: std::ops::Range<usize>) {
        self.push(RawKind::Bad, range);
    }

    /// Reports neighbouring bad tokens as one mistake.
    fn flush_bad(&mut self, text: &str) {
        let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
        for token in self.tokens.iter().filter(|t| t.kind == RawKind::Bad) {
            match runs.last_mut() {
                Some(run) if run.end == token.start as usize => run.end = token.end as usize,
                _ => runs.push(token.start as usize..token.end as usize),
            }
        }
        for run in runs {
            let shown = clip(&text[run.clone()]);
            let d = Diagnostic::error(
                code::BAD_CHARACTER,
                self.span(&run),
                format!("unexpected character `{shown}`"),
            );
            self.diagnostics.push(match shown.chars().next() {
                Some('#')
                    if text[..run.start].trim_end_matches(' ').ends_with(|c: char| !c.is_whitespace()) =>
                {
                    d.help("what differs is compared by `!=`; a comment is written `// …`")
                }
                Some('#') => d.help("a comment is written `// …`"),
                Some('$') => d.help("what is open is chosen: `choose x in {false, true} { … }`"),
                Some('@') => d.help("what a member is for stands before it: `/// …`"),
                Some('^') => d.help(
                    "of two conditions one is true: `a != b`; integers have `+`, `-`, `*`, `/` and `%`",
                ),
                Some('*') => d.help("integers have `+`, `-`, `*`, `/` and `%`"),
                _ => d,
            });
        }
        self.tokens.retain(|t| t.kind != RawKind::Bad);
    }
}

/// A few characters of a piece of source, for a message.
pub(super) fn clip(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// The value of a string literal given with its quotes (the closing one may be missing).
pub(super) fn unescape(literal: &str) -> String {
    let quote = literal.chars().next().unwrap_or('"');
    let body = literal.strip_prefix(quote).unwrap_or(literal);
    let mut value = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some(other) => value.push(other),
                None => {}
            },
            c if c == quote => break,
            c => value.push(c),
        }
    }
    value
}
