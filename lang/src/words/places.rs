//! Where words may stand, and what may stand there.
//!
//! Enters: a place, or a word. Leaves: words with their help, for completion, inspection and the manual.

use super::{Builtin, CellWord, Kw, Method, Question, TypeWord};
use crate::concepts::{ConceptKind, ConceptType, Fault, table};

table! {
    /// Where a word may stand; its word is what the manual calls it.
    pub enum Place {
        Top "in a cell" "at the start of a cell, or after another item.",
        Member "in a system" "in `system` and `extend`.",
        Node "before a field of a node" "in `node`.",
        Detail "after a member" "of links, enums, handlers and so on.",
        Order "in an order" "its clauses.",
        Invariant "in an invariant" "its forms.",
        Resolution "in a resolution" "its clauses.",
        Reconciler "in a reconciler" "its clauses.",
        OrderType "after `order NAME:`" "its types.",
        InvariantType "after `invariant NAME:`" "its types.",
        ResolutionType "after `resolution NAME:`" "its types.",
        ReconcilerType "after `reconciler NAME:`" "its types.",
        Effect "in an effect" "in the body of an action or handler.",
        Method "after a place" "of a set, list or bag, and a dot.",
        Type "where a type stands" "after a colon.",
        Expression "in an expression" "operators, quantifiers, functions.",
        Line "in a scenario" "its lines.",
        Begin "in `start`" "where a run by hand begins.",
        Behind "behind a system" "what a command asks of it.",
        Option "in a check" "and its relatives.",
        Fault "in `faults`" "and how often.",
    }
}

impl Place {
    /// Where the types of a concept stand.
    pub fn of_types(kind: ConceptKind) -> Place {
        match kind {
            ConceptKind::Order => Place::OrderType,
            ConceptKind::Invariant => Place::InvariantType,
            ConceptKind::Resolution => Place::ResolutionType,
            ConceptKind::Reconciler => Place::ReconcilerType,
        }
    }
}

/// A word that may be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Its spelling.
    pub text: &'static str,
    /// What it is called beside a choice: `keyword`, `type`, …
    pub kind: &'static str,
    /// One sentence.
    pub help: &'static str,
}

/// What may stand there, in the order in which it is offered.
pub fn at(place: Place) -> Vec<Word> {
    match place {
        Place::Top => {
            let cells = CellWord::ALL.map(|w| word(w.word(), "command", w.help()));
            keywords(place, "command").chain(cells).collect()
        }
        Place::Member
        | Place::Node
        | Place::Detail
        | Place::Order
        | Place::Invariant
        | Place::Resolution
        | Place::Reconciler
        | Place::Effect
        | Place::Line
        | Place::Begin
        | Place::Behind
        | Place::Option => keywords(place, "keyword").collect(),
        Place::OrderType => types(ConceptKind::Order),
        Place::InvariantType => types(ConceptKind::Invariant),
        Place::ResolutionType => types(ConceptKind::Resolution),
        Place::ReconcilerType => types(ConceptKind::Reconciler),
        Place::Method => Method::ALL.map(|m| word(m.word(), "method", m.help())).to_vec(),
        Place::Type => {
            let types = TypeWord::ALL.map(|t| word(t.word(), "type", t.help()));
            types.into_iter().chain(keywords(place, "type")).collect()
        }
        Place::Expression => {
            let questions = Question::ALL.map(|q| word(q.word(), q.kind(), q.help()));
            let functions = Builtin::ALL.map(|b| word(b.word(), "function", b.help()));
            let bools = word(TypeWord::Bool.word(), "type", "x in bool: of both values.");
            keywords(place, "keyword").chain(questions).chain(functions).chain([bools]).collect()
        }
        Place::Fault => Fault::ALL.map(|f| word(f.word(), "keyword", f.help())).into_iter().collect(),
    }
}

/// What a word means, wherever it may stand; where it has several meanings, all of them.
pub fn meanings(text: &str) -> Vec<Word> {
    Place::ALL.into_iter().flat_map(at).filter(|word| word.text == text).collect()
}

fn keywords(place: Place, kind: &'static str) -> impl Iterator<Item = Word> {
    Kw::ALL.into_iter().filter_map(move |kw| Some(word(kw.word(), kind, kw.help_at(place)?)))
}

fn types(kind: ConceptKind) -> Vec<Word> {
    ConceptType::of(kind).into_iter().map(|ty| word(ty.word(), "type", ty.help())).collect()
}

fn word(text: &'static str, kind: &'static str, help: &'static str) -> Word {
    Word { text, kind, help }
}
