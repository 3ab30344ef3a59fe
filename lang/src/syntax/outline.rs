//! What a text declares, as a tree: for outlines of editors.
//!
//! Enters: a text, also one with errors. Leaves: its systems with their members, and its commands, in order.

use crate::span::{SourceId, Span};
use crate::syntax::parse;
use crate::syntax::printer;
use crate::syntax::tree::{Command, CommandKind, Item, Member, MemberKind, Name, Storage};

/// Something that a text declares, or a command in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
    /// As it is called; of a command the first line of its text.
    pub name: String,
    /// What it is: `system`, `invariant`, `action`, `command`.
    pub kind: &'static str,
    /// Its types or its sentence.
    pub detail: String,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub at: Span,
    /// What belongs to it.
    pub children: Vec<Outlined>,
}

/// What a text declares.
pub fn outline(source: SourceId, text: &str) -> Vec<Outlined> {
    let (cell, _) = parse(source, text);
    cell.items.iter().filter_map(|item| of_item(item, text)).collect()
}

fn of_item(item: &Item, text: &str) -> Option<Outlined> {
    let members = |all: &[Member]| all.iter().filter_map(of_member).collect();
    match item {
        Item::System(s) => Some(Outlined {
            detail: s.sentence.as_ref().map_or(String::new(), |t| t.value.clone()),
            children: members(&s.members),
            ..named("system", &s.name, s.span)
        }),
        Item::Extend(e) => {
            Some(Outlined { children: members(&e.members), ..named("extend", &e.name, e.span) })
        }
        Item::Use(name) => Some(named("use", name, name.span)),
        Item::UseFile(path) => {
            let name = Name { text: path.value.clone(), span: path.span };
            Some(named("use", &name, path.span))
        }
        Item::Command(command) => of_command(command, text),
    }
}

fn of_command(command: &Command, text: &str) -> Option<Outlined> {
    if matches!(command.kind, CommandKind::Error) {
        return None;
    }
    let words = text.get(command.span.range())?.lines().next()?.trim_end_matches('{').trim_end();
    let name = Name { text: words.to_owned(), span: command.span };
    Some(named("command", &name, command.span))
}

fn named(kind: &'static str, name: &Name, span: Span) -> Outlined {
    let span = span.to(name.span);
    Outlined {
        name: name.text.clone(),
        kind,
        detail: String::new(),
        span,
        at: name.span,
        children: Vec::new(),
    }
}

fn of_member(member: &Member) -> Option<Outlined> {
    use MemberKind as M;
    let one = |kind, name| Some(named(kind, name, member.span));
    match &member.kind {
        M::Param { name, value, .. } => {
            Some(Outlined { detail: printer::expression(value), ..named("param", name, member.span) })
        }
        M::Enum { name, variants, .. } => {
            let children = variants.iter().map(|v| named("variant", v, v.span)).collect();
            Some(Outlined { children, ..named("enum", name, member.span) })
        }
        M::Alias { name, .. } => one("type", name),
        M::Record { name, fields } | M::Message { name, fields } => {
            let kind = if matches!(member.kind, M::Record { .. }) { "record" } else { "message" };
            let children =
                fields.iter().map(|f| named("field", &f.name, f.name.span.to(f.ty.span))).collect();
            Some(Outlined { children, ..named(kind, name, member.span) })
        }
        M::Node { name, fields, .. } => {
            let children = fields.iter().map(|f| named("field", &f.name, f.span)).collect();
            Some(Outlined { children, ..named("node", name, member.span) })
        }
        M::State { name, storage: Storage::Ghost, .. } => one("ghost", name),
        M::State { name, storage: Storage::Clock, .. } => one("clock", name),
        M::State { name, .. } => one("state", name),
        M::Link(link) => one("link", &link.name),
        M::Concept(c) => {
            let types: Vec<&str> = c.types.iter().map(|t| t.text.as_str()).collect();
            Some(Outlined { detail: types.join(", "), ..named(c.kind.word(), &c.name, member.span) })
        }
        M::Action(action) => one("action", &action.name),
        M::Handler(handler) => one("on", &handler.message),
        M::Recovery(recovery) => one("on", &recovery.word),
        M::Def { name, .. } => one("def", name),
        M::Init(_) | M::Bound(_) | M::Knows { .. } | M::Error => None,
    }
}
