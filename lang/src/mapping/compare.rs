//! Mappings side by side, in the tables of the seed: one for each concept, a row for each member.
//!
//! Enters: programs. Leaves: tables of words. With one system, the walkthrough of the seed comes first: what answers
//! each of the four questions.

use super::headers;
use crate::analysis::program::{Header, Program};
use crate::concepts::{ConceptKind, ConceptType, OrderType, ReconcilerType, ResolutionType};
use crate::report::{CompareReport, CompareTable};

/// One table for each concept (or for `by` alone), a row for each member of each system, in the order given.
pub fn compare(programs: &[&Program], by: Option<ConceptKind>) -> CompareReport {
    let mut tables = Vec::new();
    if let ([program], None) = (programs, by) {
        tables.push(walkthrough(program));
    }
    for concept in ConceptKind::ALL.into_iter().filter(|c| by.is_none_or(|by| by == *c)) {
        tables.push(table(programs, concept));
    }
    CompareReport { systems: programs.iter().map(|p| p.name.clone()).collect(), tables }
}

fn walkthrough(program: &Program) -> CompareTable {
    let row = |concept: ConceptKind| {
        let members: Vec<String> = headers(program, concept).into_iter().map(words).collect();
        let members = if members.is_empty() { NOTHING.to_string() } else { members.join("; ") };
        vec![concept.title().to_string(), members]
    };
    CompareTable {
        title: format!("{} in four questions", program.name),
        check: "Ask these four questions and it stops being magical.".to_string(),
        columns: vec!["Concept".to_string(), format!("{} mapping", program.name)],
        rows: ConceptKind::ALL.into_iter().map(row).collect(),
    }
}

const NOTHING: &str = "nothing stated";

fn table(programs: &[&Program], concept: ConceptKind) -> CompareTable {
    let (title, columns): (&str, &[&str]) = match concept {
        ConceptKind::Order => (
            "Ordering — where agreement is created",
            &["System", "Where ordering lives", "What is ordered", "Mechanism"],
        ),
        ConceptKind::Invariant => {
            ("Invariants — what must never be broken", &["System", "Core invariants", "Invariant type"])
        }
        ConceptKind::Resolution => (
            "Resolution — how violations are handled",
            &["System", "Resolution strategy", "Tool", "What it handles"],
        ),
        ConceptKind::Reconciler => (
            "Reconciliation — who keeps fixing things",
            &["System", "Reconciliation loop", "Pattern", "How often"],
        ),
    };
    let mut rows = Vec::new();
    for program in programs {
        let count = headers(program, concept).len();
        rows.extend((0..count).map(|index| row(program, concept, index)));
        if count == 0 {
            let mut row = vec![program.name.clone(), NOTHING.to_string()];
            row.resize(columns.len(), "—".to_string());
            rows.push(row);
        }
    }
    CompareTable {
        title: title.to_string(),
        check: concept.question().to_string(),
        columns: columns.iter().map(|c| c.to_string()).collect(),
        rows,
    }
}

fn row(program: &Program, concept: ConceptKind, index: usize) -> Vec<String> {
    let header = headers(program, concept)[index];
    let types: Vec<&str> = header.types.iter().map(|ty| mechanism(*ty)).collect();
    let mut row = vec![program.name.clone(), words(header)];
    match concept {
        ConceptKind::Order => {
            let scope = program.orders[index].scope.as_ref();
            row.push(scope.map_or("no scope stated".to_string(), |s| scope_words(s)));
            row.push(types.join(", "));
        }
        ConceptKind::Invariant => row.push(types.join(", ")),
        ConceptKind::Resolution => {
            let handles = &program.resolutions[index].handles;
            let handles: Vec<&str> = handles.iter().map(|(name, _)| name.as_str()).collect();
            let backs_off = program.resolutions[index].backoff.is_some();
            let types = types.into_iter().map(|ty| match ty {
                "retry" if backs_off => "retry with backoff",
                ty => ty,
            });
            row.push(types.collect::<Vec<_>>().join(", "));
            row.push(if handles.is_empty() { "—".to_string() } else { handles.join(", ") });
        }
        ConceptKind::Reconciler => {
            row.push(types.join(", "));
            row.push(super::every(&program.reconcilers[index]).unwrap_or_else(|| "—".to_string()));
        }
    }
    row
}

/// A scope of one word is said as `per partition`; a longer one says itself.
pub(super) fn scope_words(scope: &str) -> String {
    if scope.contains(char::is_whitespace) { scope.to_string() } else { format!("per {scope}") }
}

/// The sentence without its full stop, else the name as words.
fn words(header: &Header) -> String {
    match &header.sentence {
        Some(sentence) => sentence.trim().trim_end_matches('.').to_string(),
        None => header.name.replace('_', " "),
    }
}

/// What the seed calls the mechanism, tool or pattern of a type.
fn mechanism(ty: ConceptType) -> &'static str {
    match ty {
        ConceptType::Order(ty) => match ty {
            OrderType::Leader => "leader-based serialization",
            OrderType::Append => "log append",
            OrderType::CompareAndSet => "compare-and-set",
            OrderType::Versioned => "versioned writes",
        },
        ConceptType::Invariant(ty) => ty.word(),
        ConceptType::Resolution(ty) => match ty {
            ResolutionType::Compensate => "compensating action",
            ResolutionType::Fence => "fencing token",
            ResolutionType::Dedupe => "deduplication",
            ResolutionType::Retry
            | ResolutionType::Merge
            | ResolutionType::Abort
            | ResolutionType::Reject
            | ResolutionType::Repair => ty.word(),
        },
        ConceptType::Reconciler(ty) => match ty {
            ReconcilerType::ControlLoop => "control loop",
            ReconcilerType::Worker => "background worker",
            ReconcilerType::Periodic => "periodic repair",
            ReconcilerType::ObserveAct => "observe / compare / act",
        },
    }
}
