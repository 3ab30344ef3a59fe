//! What made an exploration smaller, and what the author thought would.
//!
//! Enters: a model that was explored. Leaves: words for its coverage, and warnings where `symmetric` was written and
//! something tells the members apart.

use crate::analysis::program::Program;
use crate::analysis::symmetry::{Interchangeable, Of};
use crate::diag::Diagnostic;
use crate::diag::codes::check as codes;
use crate::engine::{Exploration, PartialOrder};
use crate::model::Model;
use crate::model::reduce::symmetry::grouped;
use crate::span::Span;

/// `symmetry of Rm (7! = 5,040): 920 states stand for 296,448`, and whether the counts are those of the whole.
pub(super) fn words(model: &Model, found: &Exploration) -> Vec<String> {
    let groups = model.symmetry().map(|s| s.groups.iter().map(|g| g.words()).collect::<Vec<_>>());
    // Where every state stands for itself, nothing was made smaller.
    let smaller = groups.filter(|_| found.states_explored < found.states_distinct);
    let symmetry = smaller.map(|groups| symmetry(&groups, found));
    symmetry.into_iter().chain(found.partial_order.map(partial_order)).collect()
}

fn partial_order(order: PartialOrder) -> String {
    let longer = if order.shortest { "" } else { "; a trace may be longer than it need be" };
    let after = match order.looked_at {
        0 | 1 => String::new(),
        states => format!(", tried after {} states", grouped(states)),
    };
    format!(
        "partial order (steps that do not touch each other in one order only{after}; the counts are of what was \
         explored, not of the whole{longer})"
    )
}

fn symmetry(groups: &[String], found: &Exploration) -> String {
    let stand = if found.states_explored == 1 { "state stands" } else { "states stand" };
    let (explored, distinct) = (grouped(found.states_explored), grouped(found.states_distinct));
    format!("symmetry of {}: {explored} {stand} for {distinct}", groups.join(" and "))
}

/// One for each type that is declared symmetric and is not, or not wholly.
pub(super) fn warnings(model: &Model) -> Vec<Diagnostic> {
    let program = model.program();
    model.kinds().iter().filter(|k| k.declared(program)).filter_map(|k| warning(program, k)).collect()
}

fn warning(program: &Program, kind: &Interchangeable) -> Option<Diagnostic> {
    let apart = kind.apart.as_ref()?;
    let name = kind.name(program);
    let message = format!("{name} is declared symmetric, but something tells its members apart");
    let help = match kind.members.len() {
        0 => format!(
            "nothing is left out of the exploration for {name}: treat its members alike, or leave out `symmetric`"
        ),
        n => format!("only the other {n} of {} are taken as interchangeable", kind.count),
    };
    let d = Diagnostic::warning(codes::NOT_SYMMETRIC, apart.span, message);
    Some(d.label(apart.words.clone()).related(declared(program, kind.of), "declared here").help(help))
}

fn declared(program: &Program, of: Of) -> Span {
    match of {
        Of::Node(n) => program.nodes[n.index()].span,
        Of::Enum(e) => program.enums[e.index()].span,
    }
}
