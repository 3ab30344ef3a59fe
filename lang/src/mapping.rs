//! The four concepts as data: where each of ordering, invariants, resolution and reconciliation lives in a system.
//!
//! Enters: programs (only stated ones too) and what a check found. Leaves: reports: the audit, comparison tables and the
//! loop. Titles, questions and columns are those of the seed, "System mappings per concept".

use crate::analysis::literal::value;
use crate::analysis::program::{Header, Program, Reconciler};
use crate::concepts::ConceptKind;
use crate::report::{Budget, DiagramMember, DiagramReport, Subject};

mod assumed;
mod audit;
mod compare;

pub use assumed::{Assumption, assumptions};
pub use audit::{Evidence, audit};
pub use compare::compare;

/// The concept that `compare … by WORD` names: the word of the question, or that of the declaration.
pub fn concept_named(word: &str) -> Option<ConceptKind> {
    ConceptKind::ALL.into_iter().find(|c| {
        let declared = match c {
            ConceptKind::Order => ["order", "orders"],
            ConceptKind::Invariant => ["invariant", "invariants"],
            ConceptKind::Resolution => ["resolution", "resolutions"],
            ConceptKind::Reconciler => ["reconciler", "reconcilers"],
        };
        word == c.area() || declared.contains(&word)
    })
}

/// The system with the values of its parameters, and the budgets of faults that are not zero.
pub fn subject(program: &Program, faults: Vec<Budget>) -> Subject {
    Subject {
        refines: None,
        system: program.name.clone(),
        docs: match (&program.sentence, &program.docs) {
            (Some(sentence), Some(docs)) => Some(format!("{sentence}\n\n{docs}")),
            (sentence, docs) => sentence.clone().or_else(|| docs.clone()),
        },
        params: program
            .params
            .iter()
            .filter_map(|p| Some((p.name.clone(), value(program, &p.value)?)))
            .collect(),
        faults,
        from_any_state: false,
    }
}

/// The loop with the members of a system in it.
pub fn diagram(program: &Program) -> DiagramReport {
    let member = |header: &Header, executable| DiagramMember {
        name: header.name.clone(),
        types: header.types.iter().map(|ty| ty.word().to_string()).collect(),
        sentence: header.sentence.clone().or_else(|| header.docs.clone()),
        executable,
    };
    let handles = program.resolutions.iter().flat_map(|r| {
        r.handles.iter().map(|(handled, _)| (r.header.name.clone(), handled.clone())).collect::<Vec<_>>()
    });
    DiagramReport {
        subject: subject(program, Vec::new()),
        orders: program
            .orders
            .iter()
            .map(|o| member(&o.header, o.views.is_some() || o.by.is_some() || o.value.is_some()))
            .collect(),
        invariants: program.invariants.iter().map(|i| member(&i.header, !i.forms.is_empty())).collect(),
        resolutions: program
            .resolutions
            .iter()
            .map(|r| member(&r.header, !r.actions.is_empty() || r.merge.is_some()))
            .collect(),
        reconcilers: program
            .reconcilers
            .iter()
            .map(|r| member(&r.header, !r.actions.is_empty() && r.drift.is_some()))
            .collect(),
        handles: handles.collect(),
    }
}

/// All headers of one concept, in declaration order.
fn headers(program: &Program, concept: ConceptKind) -> Vec<&Header> {
    match concept {
        ConceptKind::Order => program.orders.iter().map(|m| &m.header).collect(),
        ConceptKind::Invariant => program.invariants.iter().map(|m| &m.header).collect(),
        ConceptKind::Resolution => program.resolutions.iter().map(|m| &m.header).collect(),
        ConceptKind::Reconciler => program.reconcilers.iter().map(|m| &m.header).collect(),
    }
}

/// How often it says that it looks.
fn every(reconciler: &Reconciler) -> Option<String> {
    match (reconciler.every_ticks, reconciler.every) {
        (Some(1), _) => Some("every tick".to_string()),
        (Some(n), _) => Some(format!("every {n} ticks")),
        (None, every) => every.map(|nanos| format!("every {}", duration(nanos))),
    }
}

/// `1s`, `1m 30s`, `250ms`
fn duration(nanos: u64) -> String {
    const UNITS: [(u64, &str); 6] = [
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
    ];
    let (mut left, mut parts) = (nanos, Vec::new());
    for (size, unit) in UNITS {
        if left >= size {
            parts.push(format!("{}{unit}", left / size));
            left %= size;
        }
    }
    if parts.is_empty() { "0s".to_string() } else { parts.join(" ") }
}
