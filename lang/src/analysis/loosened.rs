//! What a weaker system needs to be analysed anew for: time, and what is seen of what.
//!
//! Enters: definitions, and the system that is asked of. Leaves: for each word that could be left out, the definitions
//! without it. Everything else that could be weaker is changed in the typed program.

use super::definitions::Definitions;
use crate::span::Span;
use crate::syntax::tree::{ClauseKind, Init, Member, MemberKind, Name};

/// Which word is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looser {
    /// `atomic`: a reconciler observes in one step, and acts in another.
    Atomic,
    /// `fresh`: a view may begin with the version before.
    Fresh,
    /// `within N ticks`
    Within,
    /// `every N ticks`
    EveryTicks,
}

/// Definitions in which one word is left out.
#[derive(Debug, Clone)]
pub struct Loosened {
    /// Which.
    pub looser: Looser,
    /// The clause; of a deadline, how many ticks.
    pub span: Span,
    /// What it belongs to.
    pub of: String,
    /// All systems, with the one that was asked of looser.
    pub definitions: Definitions,
}

/// One for each such word of a system, in the order of its members.
pub fn loosened(definitions: &Definitions, system: &Name) -> Vec<Loosened> {
    let Some(definition) = definitions.get(&system.text) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in &definition.entries {
        for Edit { looser, span, of, member } in edits(&entry.member) {
            let definitions = definitions.with(system, member);
            found.push(Loosened { looser, span, of, definitions });
        }
    }
    found
}

struct Edit {
    looser: Looser,
    span: Span,
    of: String,
    member: Member,
}

/// The member without each of the words that can be left out of it.
fn edits(member: &Member) -> Vec<Edit> {
    match &member.kind {
        MemberKind::Concept(concept) => {
            let clauses = concept.clauses.iter().enumerate();
            let edits = clauses.filter_map(|(index, clause)| {
                let (looser, span) = match &clause.kind {
                    ClauseKind::Atomic => (Looser::Atomic, clause.span),
                    ClauseKind::EveryTicks(_) => (Looser::EveryTicks, clause.span),
                    ClauseKind::Act { within: Some(ticks), .. } => (Looser::Within, ticks.span),
                    _ => return None,
                };
                let mut concept = concept.clone();
                match &mut concept.clauses[index].kind {
                    ClauseKind::Act { within, .. } => *within = None,
                    _ => {
                        concept.clauses.remove(index);
                    }
                }
                let of = concept.name.text.clone();
                Some(Edit { looser, span, of, member: with(member, MemberKind::Concept(concept)) })
            });
            edits.collect()
        }
        MemberKind::Action(action) => {
            let Some(ticks) = &action.within else { return Vec::new() };
            let (span, of) = (ticks.span, action.name.text.clone());
            let mut action = action.clone();
            action.within = None;
            vec![Edit { looser: Looser::Within, span, of, member: with(member, MemberKind::Action(action)) }]
        }
        MemberKind::Node { name, count, symmetric, fields } => {
            let views = fields.iter().enumerate().filter_map(|(index, field)| match &field.init {
                Some(Init::View { of, fresh: true, span }) => Some((index, of.clone(), *span)),
                _ => None,
            });
            let edits = views.map(|(index, of, span)| {
                let mut fields = fields.clone();
                fields[index].init = Some(Init::View { of, fresh: false, span });
                let (name, count, symmetric) = (name.clone(), count.clone(), *symmetric);
                let belongs = name.text.clone();
                let kind = MemberKind::Node { name, count, symmetric, fields };
                Edit { looser: Looser::Fresh, span, of: belongs, member: with(member, kind) }
            });
            edits.collect()
        }
        _ => Vec::new(),
    }
}

fn with(member: &Member, kind: MemberKind) -> Member {
    Member { kind, ..member.clone() }
}
