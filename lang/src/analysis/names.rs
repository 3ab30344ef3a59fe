//! The names of a program outside all binders, and the nearest one to a misspelt name.
//!
//! Enters: a program. Leaves: what each name means. Only the variants of different enums may share a name.

use super::program::{DefId, EnumId, LinkId, MessageId, NodeId, Program, StateId, TypeId};
use crate::diag::nearest;
use crate::span::Span;
use rustc_hash::FxHashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// By index into `Program::params`.
    Param(usize),
    State(StateId),
    Type(TypeId),
    Variant(EnumId, u32),
    Member(NodeId, u32),
    /// A parameter whose value is not known yet.
    Late,
    /// Declared, but wrong: already reported.
    Broken,
}

/// Only looked up by name: never iterated where order could show.
#[derive(Debug, Default)]
pub(super) struct Names {
    values: FxHashMap<String, Vec<(Meaning, Span)>>,
    /// All names of values and types, in order of declaration.
    known: Vec<String>,
    messages: FxHashMap<String, MessageId>,
    links: FxHashMap<String, LinkId>,
    defs: FxHashMap<String, DefId>,
}

impl Names {
    /// The names of a program that is built already.
    pub(super) fn of(program: &Program) -> Names {
        let mut names = Names::default();
        for (i, p) in program.params.iter().enumerate() {
            names.add(&p.name, Meaning::Param(i), p.span);
        }
        for ty in &program.type_names {
            names.add(&ty.name, Meaning::Type(ty.ty), ty.span);
        }
        for (i, e) in program.enums.iter().enumerate() {
            names.add_variants(EnumId(i as u32), &e.variants, |_| e.span);
        }
        for (i, n) in program.nodes.iter().enumerate() {
            for m in 0..n.count {
                names.add(&n.member(m), Meaning::Member(NodeId(i as u32), m), n.span);
            }
        }
        for (i, s) in program.states.iter().enumerate() {
            names.add(&s.name, Meaning::State(StateId(i as u32)), s.span);
        }
        for (i, m) in program.messages.iter().enumerate() {
            names.add_message(&m.name, MessageId(i as u32));
        }
        for (i, l) in program.links.iter().enumerate() {
            names.links.insert(l.name.clone(), LinkId(i as u32));
        }
        for (i, d) in program.defs.iter().enumerate() {
            names.add_def(&d.name, DefId(i as u32));
        }
        names
    }

    /// Adds a name; what it meant before, where that clashes.
    pub(super) fn add(&mut self, name: &str, meaning: Meaning, span: Span) -> Option<(Meaning, Span)> {
        let all = self.values.entry(name.to_owned()).or_default();
        let variant = |m: &Meaning| matches!(m, Meaning::Variant(..));
        let clash = all.iter().find(|(m, _)| !(variant(m) && variant(&meaning))).copied();
        if all.is_empty() {
            self.known.push(name.to_owned());
        }
        all.push((meaning, span));
        clash
    }

    /// Of a name that is declared twice nothing is known.
    pub(super) fn spoil(&mut self, name: &str) {
        let all = self.values.get_mut(name).into_iter().flatten();
        all.for_each(|(meaning, _)| *meaning = Meaning::Broken);
    }

    /// The name means something else from now on.
    pub(super) fn change(&mut self, name: &str, from: Meaning, to: Meaning) {
        let all = self.values.get_mut(name).into_iter().flatten();
        all.filter(|(m, _)| *m == from).for_each(|(m, _)| *m = to);
    }

    pub(super) fn add_variants(&mut self, id: EnumId, variants: &[String], span: impl Fn(usize) -> Span) {
        for (i, v) in variants.iter().enumerate() {
            self.add(v, Meaning::Variant(id, i as u32), span(i));
        }
    }

    pub(super) fn add_message(&mut self, name: &str, id: MessageId) {
        self.messages.insert(name.to_owned(), id);
    }

    pub(super) fn add_def(&mut self, name: &str, id: DefId) {
        self.defs.insert(name.to_owned(), id);
    }

    pub(super) fn values(&self, name: &str) -> &[(Meaning, Span)] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn message(&self, name: &str) -> Option<MessageId> {
        self.messages.get(name).copied()
    }

    pub(super) fn def(&self, name: &str) -> Option<DefId> {
        self.defs.get(name).copied()
    }

    /// The nearest name of a value, of a type, or of one of `more`.
    pub(super) fn nearest<'a>(&'a self, name: &str, more: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        nearest(name, self.known.iter().map(String::as_str).chain(more))
    }

    /// The nearest name of a type, built-in ones included.
    pub(super) fn nearest_type(&self, name: &str) -> Option<&str> {
        let is_type = |n: &&String| self.values(n).iter().any(|(m, _)| matches!(m, Meaning::Type(_)));
        nearest(name, self.known.iter().filter(is_type).map(String::as_str).chain(["bool"]))
    }
}
