//! The tree as canonical source: the formatter.
//!
//! Enters: a tree without errors, or a text. Leaves: text that parses to the same tree, up to spans. Members stand on
//! lines of their own, two spaces in; a body with one simple statement stays on its line. Parentheses appear only where
//! the grammar needs them.

use crate::diag::Diagnostic;
use crate::span::{SourceId, Span};
use crate::syntax::parse;
use crate::syntax::tree::*;
use expr::{expr, set_of, text, ty};
use layout::{Notes, Printer};

mod command;
mod expr;
mod layout;
mod stmt;

/// Canonical source of a cell, ending in a newline unless there is nothing. Comments are no part of the tree; see
/// [`format`].
pub fn print(cell: &Cell) -> String {
    print_with(cell, None)
}

/// An expression on one line.
pub(crate) fn expression(e: &Expr) -> String {
    expr(e)
}

/// An expression where a comparison goes on, in parentheses where it needs them.
pub(crate) fn operand(e: &Expr) -> String {
    expr::operand(e)
}

/// A text in the standard layout, with its comments and single blank lines. The error is what is wrong with the text.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (cell, found) = parse(SourceId::default(), text);
    if found.iter().any(Diagnostic::is_error) {
        return Err(found);
    }
    Ok(print_with(&cell, Some(Notes::of(text))))
}

fn print_with(cell: &Cell, notes: Option<Notes>) -> String {
    let mut p = Printer { out: String::new(), indent: 0, notes };
    for (i, item) in cell.items.iter().enumerate() {
        let apart = matches!(item, Item::System(_) | Item::Extend(_))
            || i > 0 && matches!(cell.items[i - 1], Item::System(_) | Item::Extend(_));
        if i > 0 && apart && p.notes.is_none() {
            p.out.push('\n');
        }
        p.before(layout::Unit::span(item).start);
        p.item(item);
    }
    p.comments(u32::MAX);
    p.out
}

impl Printer<'_> {
    fn item(&mut self, item: &Item) {
        match item {
            Item::System(s) => {
                self.docs(&s.docs);
                let base = s.base.as_ref().map_or(String::new(), |b| format!(" from {}", command::target(b)));
                let head = format!("system {}{base}{}", s.name.text, sentence(&s.sentence));
                self.members(&head, s.span, &s.members);
            }
            Item::Extend(e) => {
                self.docs(&e.docs);
                self.members(&format!("extend {}", e.name.text), e.span, &e.members);
            }
            Item::Use(name) => self.line(&format!("use {}", name.text)),
            Item::UseFile(path) => self.line(&format!("use {}", expr::text(&path.value))),
            Item::Command(c) => {
                self.docs(&c.docs);
                self.command(&c.kind, c.span.end);
            }
        }
    }

    fn members(&mut self, head: &str, span: Span, members: &[Member]) {
        let mut last: Option<(u8, bool)> = None;
        self.body(head, span.end, members, |p, member| {
            let start = p.out.len();
            p.docs(&member.docs);
            p.member(&member.kind, member.span.end);
            let this = (group(&member.kind), p.out[start..].matches('\n').count() > 1);
            let apart = last.is_some_and(|(group, long)| group != this.0 || long || this.1);
            if apart && p.notes.is_none() {
                p.out.insert(start, '\n');
            }
            last = Some(this);
        });
    }

    /// A member that ends at the byte `end`.
    fn member(&mut self, kind: &MemberKind, end: u32) {
        match kind {
            MemberKind::Param { name, ty: of, value, range } => {
                let of = of.as_ref().map_or(String::new(), |t| format!(": {}", ty(t)));
                let value = match range {
                    Some((low, high)) => {
                        format!("{} in {}..{}", set_of(value), operand(low), operand(high))
                    }
                    None => expr(value),
                };
                self.line(&format!("param {}{of} = {value}", name.text));
            }
            MemberKind::Enum { name, symmetric, variants } => {
                let words = if *symmetric { " symmetric" } else { "" };
                self.line(&format!("enum {}{words} {{ {} }}", name.text, names(variants)));
            }
            MemberKind::Alias { name, ty: of } => self.line(&format!("type {} = {}", name.text, ty(of))),
            MemberKind::Record { name, fields } => self.fields(&format!("record {}", name.text), end, fields),
            MemberKind::Message { name, fields } if fields.is_empty() => {
                self.line(&format!("message {}", name.text));
            }
            MemberKind::Message { name, fields } => {
                self.fields(&format!("message {}", name.text), end, fields)
            }
            MemberKind::Node { name, count, symmetric, fields } => {
                let count = count.as_ref().map_or(String::new(), |c| format!("[{}]", expr(c)));
                let words = if *symmetric { " symmetric" } else { "" };
                let head = format!("node {}{count}{words}", name.text);
                self.body(&head, end, fields, |p, f| p.node_field(f));
            }
            MemberKind::State { name, storage, ty: of, init } => {
                let word = match storage {
                    Storage::Durable | Storage::Volatile => "state",
                    Storage::Ghost => "ghost",
                    Storage::Clock => "clock",
                };
                self.line(&format!("{word} {}: {}{}", name.text, ty(of), initial(init)));
            }
            MemberKind::Link(l) => self.link(l),
            MemberKind::Concept(c) => self.concept(c, end),
            MemberKind::Action(a) => self.action(a),
            MemberKind::Handler(h) => self.handler(h),
            MemberKind::Recovery(r) => self.recovery(r),
            MemberKind::Def { name, params: p, ty: of, body } => {
                let of = of.as_ref().map_or(String::new(), |t| format!(": {}", ty(t)));
                self.line(&format!("def {}{}{of} = {}", name.text, params(p), expr(body)));
            }
            MemberKind::Init(e) => self.line(&format!("init {}", expr(e))),
            MemberKind::Bound(e) => self.line(&format!("bound {}", expr(e))),
            MemberKind::Knows { what, sentence } => {
                let known = |k: &Known| match &k.field {
                    Some(field) => format!("{}.{}", k.name.text, field.text),
                    None => k.name.text.clone(),
                };
                let what: Vec<String> = what.iter().map(known).collect();
                self.line(&format!("knows {} {}", what.join(", "), text(&sentence.value)));
            }
            MemberKind::Error => {}
        }
    }

    fn fields(&mut self, head: &str, end: u32, fields: &[FieldDecl]) {
        let each: Vec<String> = fields.iter().map(|f| format!("{}: {}", f.name.text, ty(&f.ty))).collect();
        let flat = format!("{head} {{ {} }}", each.join(", "));
        if !fields.is_empty() && fields.iter().all(|f| f.docs.is_none()) && self.fits(&flat, end) {
            return self.line(&flat);
        }
        self.body(head, end, fields, |p, f| {
            p.docs(&f.docs);
            p.line(&format!("{}: {}", f.name.text, ty(&f.ty)));
        });
    }

    fn node_field(&mut self, f: &NodeField) {
        self.docs(&f.docs);
        let word = match f.storage {
            Storage::Durable => "durable",
            Storage::Volatile => "volatile",
            Storage::Ghost => "ghost",
            Storage::Clock => "clock",
        };
        self.line(&format!("{word} {}: {}{}", f.name.text, ty(&f.ty), initial(&f.init)));
    }

    fn link(&mut self, l: &Link) {
        let ends = if l.both_ways {
            format!("between {}, {}", l.from.text, names(&l.to))
        } else {
            format!("from {} to {}", l.from.text, names(&l.to))
        };
        let mut line = format!("link {}: {} {ends}", l.name.text, names(&l.messages));
        let words = [
            (l.ordered.is_some(), " ordered"),
            (l.unordered.is_some(), " unordered"),
            (l.lossy, " lossy"),
            (l.duplicating, " duplicating"),
        ];
        words.iter().filter(|(there, _)| *there).for_each(|(_, word)| line.push_str(word));
        if let Some(capacity) = &l.capacity {
            line.push_str(&format!(" capacity {}", operand(capacity)));
        }
        if let Some(time) = &l.latency {
            line.push_str(&format!(" latency {}", between(time)));
        }
        self.line(&line);
    }

    fn concept(&mut self, c: &Concept, end: u32) {
        let word = c.kind.word();
        let head = format!(
            "{}{word} {}: {}{}",
            fairness(c.fairness),
            c.name.text,
            names(&c.types),
            sentence(&c.sentence)
        );
        if c.clauses.is_empty() {
            return self.line(&head);
        }
        self.body(&head, end, &c.clauses, |p, clause| p.clause(c.kind, &clause.kind));
    }
}

/// Members of one group stand together.
fn group(kind: &MemberKind) -> u8 {
    match kind {
        MemberKind::Param { .. } => 0,
        MemberKind::Enum { .. } | MemberKind::Alias { .. } | MemberKind::Record { .. } => 1,
        MemberKind::Node { .. } => 2,
        MemberKind::State { .. } | MemberKind::Init(_) | MemberKind::Bound(_) | MemberKind::Knows { .. } => 3,
        MemberKind::Message { .. } | MemberKind::Link(_) => 4,
        MemberKind::Def { .. } => 5,
        MemberKind::Concept(c) => 6 + c.kind as u8,
        MemberKind::Action(_) | MemberKind::Handler(_) | MemberKind::Recovery(_) => 10,
        MemberKind::Error => 11,
    }
}

pub(super) fn names(names: &[Name]) -> String {
    names.iter().map(|n| n.text.as_str()).collect::<Vec<_>>().join(", ")
}

fn sentence(sentence: &Option<Text>) -> String {
    sentence.as_ref().map_or(String::new(), |s| format!(" {}", text(&s.value)))
}

fn initial(init: &Option<Init>) -> String {
    let filtered = |f: &Option<Expr>| f.as_ref().map_or(String::new(), |f| format!(" where {}", expr(f)));
    match init {
        None => String::new(),
        Some(Init::Value(e)) => format!(" = {}", expr(e)),
        Some(Init::View { of, fresh, .. }) => {
            format!(" = view of {}{}", expr(of), if *fresh { " fresh" } else { "" })
        }
        Some(Init::Any { binder, set, filter, .. }) => {
            let binder = binder.as_ref().map_or(String::new(), |b| format!(" {}", b.text));
            let set = set.as_ref().map_or(String::new(), |s| format!(" in {}", set_of(s)));
            format!(" = any{binder}{set}{}", filtered(filter))
        }
    }
}

fn params(params: &[ParamDecl]) -> String {
    if params.is_empty() {
        return String::new();
    }
    let each: Vec<String> = params.iter().map(|p| format!("{}: {}", p.name.text, ty(&p.ty))).collect();
    format!("({})", each.join(", "))
}

fn fairness(word: Option<(FairnessWord, crate::span::Span)>) -> &'static str {
    match word.map(|(word, _)| word) {
        None => "",
        Some(FairnessWord::Fair) => "fair ",
        Some(FairnessWord::StronglyFair) => "strongly fair ",
        Some(FairnessWord::Unfair) => "unfair ",
    }
}

/// `1s..5s`, or one duration where both are the same.
pub(super) fn between(time: &Between) -> String {
    let (least, most) = (duration(&time.least), duration(&time.most));
    if least == most { least } else { format!("{least}..{most}") }
}

/// The largest unit that gives a whole number.
pub(super) fn duration(d: &Duration) -> String {
    let units = [
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
    ];
    let whole = |unit: u64| d.nanos.is_multiple_of(unit) && d.nanos >= unit;
    match units.into_iter().find(|(unit, _)| whole(*unit)) {
        Some((unit, name)) => format!("{}{name}", d.nanos / unit),
        None => format!("{}ns", d.nanos),
    }
}
