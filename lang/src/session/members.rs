//! The names of a system, flat: for completion and inspection.
//!
//! Enters: a system. Leaves: its names, each with what it is. Where the system can be typed, from its program; else,
//! in the middle of typing it, from the tree alone.

use crate::analysis::program::Program;
use crate::analysis::{Definition, SymbolKind, symbols};
use crate::span::Span;
use crate::syntax::tree::{FieldDecl, Member, MemberKind, Name, Storage};

/// A name of a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub name: String,
    /// `action`, `field`, `invariant`, … as shown beside a choice.
    pub kind: &'static str,
    /// Reached through a dot.
    pub is_field: bool,
    /// Its type, as one would write it.
    pub detail: String,
    pub docs: Option<String>,
    pub span: Span,
    /// The node, record, message or enum that it belongs to.
    pub within: Option<String>,
}

pub(super) fn typed(program: &Program) -> Vec<Declared> {
    let declared = |s: crate::analysis::Symbol| Declared {
        is_field: s.kind == SymbolKind::Field,
        kind: s.kind.word(),
        name: s.name,
        detail: s.detail,
        docs: s.docs,
        span: s.span,
        within: s.within,
    };
    symbols(program).into_iter().map(declared).collect()
}

pub(super) fn untyped(definition: &Definition) -> Vec<Declared> {
    definition.entries.iter().flat_map(|e| of_member(&e.member)).collect()
}

fn of_member(member: &Member) -> Vec<Declared> {
    use MemberKind::*;
    let one = |name: &Name, kind| vec![declare(name, kind, member.docs.clone(), member.span)];
    match &member.kind {
        Param { name, .. } => one(name, "param"),
        Alias { name, .. } => one(name, "type"),
        State { name, storage: Storage::Ghost, .. } => one(name, "ghost"),
        State { name, storage: Storage::Clock, .. } => one(name, "clock"),
        State { name, storage: Storage::Durable | Storage::Volatile, .. } => one(name, "state"),
        Link(link) => one(&link.name, "link"),
        Action(action) => one(&action.name, "action"),
        Def { name, .. } => one(name, "def"),
        Concept(concept) => {
            let docs = member.docs.clone().or_else(|| concept.sentence.as_ref().map(|s| s.value.clone()));
            vec![declare(&concept.name, concept.kind.word(), docs, member.span)]
        }
        Enum { name, variants, .. } => {
            let values = variants.iter().map(|v| declare(v, "variant", None, v.span));
            one(name, "type").into_iter().chain(values).collect()
        }
        Record { name, fields } => one(name, "type").into_iter().chain(fields.iter().map(field)).collect(),
        Message { name, fields } => {
            one(name, "message").into_iter().chain(fields.iter().map(field)).collect()
        }
        Node { name, fields, .. } => {
            let fields = fields.iter().map(|f| declare(&f.name, "field", f.docs.clone(), f.span));
            one(name, "node").into_iter().chain(fields).collect()
        }
        Handler(_) | Recovery(_) | Init(_) | Bound(_) | Knows { .. } | Error => Vec::new(),
    }
}

fn field(f: &FieldDecl) -> Declared {
    declare(&f.name, "field", f.docs.clone(), f.name.span)
}

fn declare(name: &Name, kind: &'static str, docs: Option<String>, span: Span) -> Declared {
    let is_field = kind == "field";
    Declared { name: name.text.clone(), kind, is_field, detail: String::new(), docs, span, within: None }
}
