//! Names inside a system, by what they are for.
//!
//! Enters: the program of the system, errors and all, and a role. Leaves: the names that have it.

use super::proposals::{Proposals, Rank};
use super::{values, words};
use crate::analysis::program::{ActionKind, Header, Program};
use crate::analysis::sought::{Needed, Owner, Scene, Seen};
use crate::concepts::ConceptKind;
use crate::syntax::cursor::{Role, Spot};
use crate::words::{Kw, Place, at};

/// The names that have a role.
pub(super) fn offer(seen: Seen, role: &Role, spot: &Spot, found: &mut Proposals) {
    let Seen { mut program, scene, .. } = seen;
    let anywhere = Scene {
        locals: Vec::new(),
        needed: Needed::Anything,
        owner: Owner::Nobody,
        state: true,
        ghosts: true,
        old: false,
        quiescent: false,
    };
    match role {
        Role::Value if words::takes_conditions(spot) => {
            values::offer(&mut program, &scene.unwrap_or(anywhere), &spot.takes.words, found);
        }
        Role::Place => values::places(&mut program, &scene.unwrap_or(anywhere), found),
        _ => named(&program, role, found),
    }
}

/// The names that have a role which is not about values.
pub(super) fn named(program: &Program, role: &Role, found: &mut Proposals) {
    match role {
        Role::Type => values::type_names(program, found),
        Role::Message => messages(program, found),
        Role::Handled => {
            messages(program, found);
            found.add(
                Rank::Fits,
                Kw::Restart.word(),
                "keyword",
                Kw::Restart.help_at(Place::Detail).map(str::to_owned),
            );
        }
        Role::NodeKind => kinds(program, found),
        Role::ConceptType { kind, given } => types_of(*kind, given, found),
        Role::Scope => {
            for ty in &program.type_names {
                found.add(Rank::Fits, &ty.name, "type", None);
            }
        }
        Role::Threatened { given } => {
            let orders = program.orders.iter().map(|o| &o.header);
            headers(orders.chain(program.invariants.iter().map(|i| &i.header)), given, found);
        }
        Role::Member { given } => headers(all_headers(program), given, found),
        Role::Order => headers(program.orders.iter().map(|o| &o.header), &[], found),
        Role::Step { given } => {
            steps(program, given, found);
            for message in program.messages.iter().filter(|m| !given.contains(&m.name)) {
                let handler = format!("on {}", message.name);
                if program.actions.iter().any(|a| a.name == handler) {
                    found.add(Rank::Fits, &message.name, "message", None);
                }
            }
            if program.actions.iter().any(|a| matches!(a.kind, ActionKind::Restart(_)) && !a.body.is_empty())
            {
                found.add(Rank::Fits, Kw::Restart.word(), "keyword", None);
            }
        }
        Role::Done { given } => {
            steps(program, given, found);
            for action in &program.actions {
                let by_itself = matches!(action.kind, ActionKind::Tick | ActionKind::Sync(_));
                if by_itself && !given.contains(&action.name) {
                    found.add(Rank::May, &action.name, "step", None);
                }
            }
        }
        Role::Rated => {
            for action in program.actions.iter().filter(|a| matches!(a.kind, ActionKind::Client)) {
                found.add(Rank::Fits, &action.name, "action", None);
            }
        }
        Role::Merge => merges(program, found),
        Role::Known { of } => known(program, of.as_deref(), found),
        Role::Field { of, given } => fields_of(program, of, given, found),
        Role::FieldOfKind { kind } => {
            let node = program.nodes.iter().find(|n| n.name == *kind);
            for field in node.iter().flat_map(|n| &n.fields).map(|f| &program.node_fields[f.index()]) {
                found.add(Rank::Fits, &field.name, "field", Some(program.types.name(field.ty, program)));
            }
        }
        Role::Choice { step } => choices(program, step, found),
        _ => {}
    }
}

fn messages(program: &Program, found: &mut Proposals) {
    for message in &program.messages {
        found.add(Rank::Fits, &message.name, "message", None);
    }
}

pub(super) fn kinds(program: &Program, found: &mut Proposals) {
    for node in &program.nodes {
        found.add(Rank::Fits, &node.name, "node", Some(format!("[{}]", node.count)));
    }
}

fn types_of(kind: ConceptKind, given: &[String], found: &mut Proposals) {
    for word in at(Place::of_types(kind)).into_iter().filter(|w| !given.iter().any(|g| g == w.text)) {
        found.add(Rank::Fits, word.text, word.kind, Some(word.help.to_owned()));
    }
}

pub(super) fn all_headers(program: &Program) -> impl Iterator<Item = &Header> {
    let orders = program.orders.iter().map(|o| &o.header);
    let invariants = program.invariants.iter().map(|i| &i.header);
    let resolutions = program.resolutions.iter().map(|r| &r.header);
    orders.chain(invariants).chain(resolutions).chain(program.reconcilers.iter().map(|r| &r.header))
}

fn headers<'p>(all: impl Iterator<Item = &'p Header>, given: &[String], found: &mut Proposals) {
    for header in all.filter(|h| !given.contains(&h.name)) {
        found.add(Rank::Fits, &header.name, header.concept.word(), Some(header.type_words()));
    }
}

/// Actions, resolutions and reconcilers.
fn steps(program: &Program, given: &[String], found: &mut Proposals) {
    for action in program.actions.iter().filter(|a| matches!(a.kind, ActionKind::Client)) {
        if !given.contains(&action.name) {
            found.add(Rank::Fits, &action.name, "action", None);
        }
    }
    let resolutions = program.resolutions.iter().filter(|r| !r.actions.is_empty()).map(|r| &r.header);
    let reconcilers = program.reconcilers.iter().filter(|r| !r.actions.is_empty()).map(|r| &r.header);
    headers(resolutions.chain(reconcilers), given, found);
}

/// Definitions that make one value of two of its kind.
fn merges(program: &Program, found: &mut Proposals) {
    for def in &program.defs {
        let types: Vec<_> = def.params.iter().map(|p| program.locals[p.index()].ty).collect();
        let mut known = program.types.clone();
        if let [a, b] = types.as_slice()
            && a == b
            && known.fits(*a, def.ty)
        {
            found.add(Rank::Fits, &def.name, "def", Some(program.types.name(def.ty, program)));
        }
    }
}

fn known(program: &Program, of: Option<&str>, found: &mut Proposals) {
    if let Some(kind) = of {
        let node = program.nodes.iter().find(|n| n.name == kind);
        for field in node.iter().flat_map(|n| &n.fields).map(|f| &program.node_fields[f.index()]) {
            found.add(Rank::Fits, &field.name, "field", Some(program.types.name(field.ty, program)));
        }
        if node.is_some() {
            found.add(Rank::Fits, "up", "field", Some("bool".to_owned()));
        }
        return;
    }
    for state in program.states.iter().filter(|s| !s.ghost) {
        found.add(Rank::Fits, &state.name, "state", Some(program.types.name(state.ty, program)));
    }
    kinds(program, found);
    messages(program, found);
}

/// Of a record or a message, those that are not given yet.
fn fields_of(program: &Program, of: &str, given: &[String], found: &mut Proposals) {
    let Some(record) = program.records.iter().find(|r| r.name == of) else { return };
    for (name, ty) in record.fields.iter().filter(|(name, _)| !given.contains(name)) {
        found.add(Rank::Fits, name, "field", Some(program.types.name(*ty, program)));
    }
}

/// What a step may choose, and which of several clauses is meant.
fn choices(program: &Program, step: &str, found: &mut Proposals) {
    use crate::analysis::program::{CLAUSE, StmtKind, WAY};
    let own = |name: &str| {
        name == step || name.strip_prefix("on ") == Some(step) || name.strip_suffix(" observe") == Some(step)
    };
    let mut clauses = 0;
    for action in program.actions.iter().filter(|a| own(&a.name)) {
        clauses += 1;
        for stmt in &action.body {
            stmt.walk(&mut |s| {
                if let StmtKind::Choose { binder, .. } = &s.kind {
                    let local = &program.locals[binder.local.index()];
                    found.add(Rank::Fits, &local.name, "local", Some(program.types.name(local.ty, program)));
                }
            });
        }
    }
    if clauses > 1 {
        found.add(Rank::May, CLAUSE, "keyword", Some("which of several clauses is meant, from 1".to_owned()));
    }
    // Of a fault.
    if step.is_empty() || step == "restart" {
        let words = "which of several outcomes is meant, from 1".to_owned();
        found.add(Rank::May, WAY, "keyword", Some(words));
    }
}
