//! Lines of output: indentation, wrapping, and the comments and blank lines of the text that is formatted.
//!
//! Enters: lines, with the spans of what they print. Leaves: text. Comments are no part of the tree; they are kept by
//! their place: a comment on a line of its own stays before what follows it, one at the end of a line stays there. What
//! documents something is kept in the same way, so that none is lost where nothing takes it.

use crate::span::Span;
use crate::syntax::lexer::{RawKind, lex};
use crate::syntax::tree::*;

/// A line has so many columns at most, where the grammar lets it be broken.
pub(super) const WIDTH: usize = 110;

/// What the tree does not hold: the text with its comments.
pub(super) struct Notes<'t> {
    text: &'t str,
    /// Byte ranges of comments, in order.
    comments: Vec<(usize, usize)>,
    /// The first comment that is not printed yet.
    next: usize,
}

impl<'t> Notes<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let (raw, _) = lex(Default::default(), text);
        let comments = raw.iter().filter(|t| matches!(t.kind, RawKind::Comment | RawKind::Doc(_)));
        Notes { text, comments: comments.map(|t| (t.start as usize, t.end as usize)).collect(), next: 0 }
    }

    /// Whether a blank line stands before the byte at `start`.
    fn blank_before(&self, start: usize) -> bool {
        let before = self.text[..start].trim_end();
        self.text[before.len()..start].matches('\n').count() > 1
    }

    fn on_its_own_line(&self, start: usize) -> bool {
        let before = self.text[..start].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    }
}

/// What stands on lines of its own.
pub(super) trait Unit {
    fn span(&self) -> Span;
}

macro_rules! units {
    ($($ty:ty),*) => { $(impl Unit for $ty { fn span(&self) -> Span { self.span } })* };
}
units!(Member, NodeField, Clause, Stmt, Line, CheckOption);

impl Unit for FieldDecl {
    fn span(&self) -> Span {
        self.name.span.to(self.ty.span)
    }
}

impl Unit for Item {
    fn span(&self) -> Span {
        match self {
            Item::System(s) => s.span,
            Item::Extend(e) => e.span,
            Item::Use(name) => name.span,
            Item::UseFile(path) => path.span,
            Item::Command(c) => c.span,
        }
    }
}

pub(super) struct Printer<'t> {
    pub(super) out: String,
    pub(super) indent: usize,
    pub(super) notes: Option<Notes<'t>>,
}

impl Printer<'_> {
    /// A line of code, broken before `and` and the like where it is too long.
    pub(super) fn line(&mut self, line: &str) {
        let mut rest = line;
        let mut extra = 0;
        loop {
            let room = WIDTH.saturating_sub(2 * (self.indent + extra));
            let cut = if rest.chars().count() > room { break_of(rest, room) } else { None };
            self.raw_line(extra, &rest[..cut.unwrap_or(rest.len())]);
            let Some(cut) = cut else { return };
            rest = rest[cut..].trim_start();
            extra = 2;
        }
    }

    fn raw_line(&mut self, extra: usize, line: &str) {
        for _ in 0..self.indent + extra {
            self.out.push_str("  ");
        }
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// What documents an item, of a tree alone: in a text it is among the comments.
    pub(super) fn docs(&mut self, docs: &Option<String>) {
        if self.notes.is_some() {
            return;
        }
        for doc in docs.iter().flat_map(|d| d.split('\n')) {
            self.raw_line(0, &format!("/// {doc}"));
        }
    }

    /// `head { … }` with a body of lines up to the byte `end`; `head {}` without any.
    pub(super) fn body<T: Unit>(
        &mut self,
        head: &str,
        end: u32,
        items: &[T],
        each: impl FnMut(&mut Self, &T),
    ) {
        if items.is_empty() && !self.comments_before(end) {
            return self.line(&format!("{head} {{}}"));
        }
        self.line(&format!("{head} {{"));
        self.inside(end, items, each);
        self.line("}");
    }

    /// Units, two spaces further in, and the comments up to the byte `end`.
    pub(super) fn inside<T: Unit>(&mut self, end: u32, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.indent += 1;
        for item in items {
            self.before(item.span().start);
            each(self, item);
        }
        self.comments(end);
        self.indent -= 1;
    }

    /// The comments and the blank line before what starts at the byte `start`.
    pub(super) fn before(&mut self, start: u32) {
        self.comments(start);
        self.blank(start as usize);
    }

    fn blank(&mut self, start: usize) {
        let first = self.out.is_empty() || self.out.ends_with("{\n") || self.out.ends_with("\n\n");
        if !first && self.notes.as_ref().is_some_and(|n| n.blank_before(start)) {
            self.out.push('\n');
        }
    }

    /// Prints the comments before the byte `end` that are not printed yet.
    pub(super) fn comments(&mut self, end: u32) {
        while let Some(notes) = &mut self.notes {
            let Some(&(start, stop)) = notes.comments.get(notes.next).filter(|c| c.0 < end as usize) else {
                return;
            };
            notes.next += 1;
            let text = notes.text[start..stop].trim_end();
            let comment = match text.strip_prefix("///") {
                Some(doc) if !doc.starts_with('/') => {
                    format!("/// {}", doc.trim_start()).trim_end().to_string()
                }
                _ => text.to_string(),
            };
            let last = self.out.trim_end_matches('\n').rsplit('\n').next().unwrap_or("");
            if notes.on_its_own_line(start) || last.is_empty() || last.contains("//") {
                self.blank(start);
                self.raw_line(0, &comment);
            } else {
                self.out.truncate(self.out.trim_end_matches('\n').len());
                self.out.push_str(&format!("  {comment}\n"));
            }
        }
    }

    fn comments_before(&self, end: u32) -> bool {
        self.notes.as_ref().is_some_and(|n| n.comments.get(n.next).is_some_and(|c| c.0 < end as usize))
    }

    /// Whether the author wrote what is between two bytes on several lines.
    pub(super) fn spread(&self, span: Span) -> bool {
        let text = self.notes.as_ref().and_then(|n| n.text.get(span.range()));
        text.is_some_and(|t| t.contains('\n'))
    }

    /// Whether a line fits, and no comment before the byte `end` asks for lines of its own.
    pub(super) fn fits(&self, line: &str, end: u32) -> bool {
        self.indent * 2 + line.chars().count() <= WIDTH && !self.comments_before(end)
    }
}

/// Where to break a line of which only `room` characters fit: before a word that joins, the loosest that is not near the
/// start, else after a comma; as far out of brackets as can be, and never inside a string.
fn break_of(line: &str, room: usize) -> Option<usize> {
    const WORDS: [(&str, u8); 6] =
        [(" implies ", 0), (" then ", 0), (" else ", 0), (" where ", 1), (" or ", 1), (" and ", 2)];
    const COMMA: u8 = 3;
    let (mut depth, mut text, mut escaped) = (0i32, false, false);
    let mut best: Option<((bool, i32, u8), usize)> = None;
    let body = line.starts_with("def ").then(|| line.find(" = ")).flatten();
    if let Some(at) = body {
        return Some(at + 2);
    }
    for (column, (at, c)) in line.char_indices().enumerate().take(room) {
        if text {
            text = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => text = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        let word = WORDS.iter().find(|(w, _)| line[at..].starts_with(w)).map(|(_, looseness)| *looseness);
        let comma = (depth > 0 && line[at..].starts_with(", ")).then_some(COMMA);
        let Some(kind) = word.or(comma).filter(|_| column >= room / 3) else { continue };
        let rank = (kind == COMMA, depth, kind);
        if best.is_none_or(|(known, _)| rank <= known) {
            best = Some((rank, if kind == COMMA { at + 1 } else { at }));
        }
    }
    best.map(|(_, at)| at)
}
