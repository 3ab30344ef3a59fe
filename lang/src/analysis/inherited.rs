//! Variables that a system has from its base, and does not use any more.
//!
//! Enters: the warnings of a system. Leaves: the same, those of such variables told of where the system is declared.

use super::analyse;
use super::define::plain;
use super::definitions::Definitions;
use super::lints;
use super::program::{NodeId, Program};
use crate::diag::Diagnostic;
use crate::span::Span;

/// Of what stands in another cell nothing is told in this one, so that it stays where it is.
pub(super) fn told(definitions: &Definitions, system: &str, found: &mut [Diagnostic]) {
    let Some(own) = definitions.get(system) else { return };
    let Some(base) = own.base.as_deref() else { return };
    let near = |d: &&mut Diagnostic| lints::is_about_use(d) && d.span.source == own.span.source;
    let mut known = None;
    for d in found.iter_mut().filter(near) {
        let (program, theirs) = known.get_or_insert_with(|| analyse(definitions, &plain(definitions, base)));
        let Some(name) = program.as_ref().and_then(|program| named(program, d.span)) else { continue };
        let users = match theirs.iter().find(|other| is_of(other, d.span)) {
            None => format!("{base} uses it"),
            // The base has it from another, which uses it.
            Some(other) => match other.related.first() {
                Some((_, words)) => words.clone(),
                None => continue,
            },
        };
        let words = format!("nothing in {system} reads or writes `{name}`");
        *d = Diagnostic::warning(d.code, own.span, words)
            .related(d.span, users)
            .help("say what uses it here as well: it only makes states");
    }
}

/// Whether a warning is of the variable that is declared there.
fn is_of(d: &Diagnostic, variable: Span) -> bool {
    lints::is_about_use(d) && (d.span == variable || d.related.iter().any(|(span, _)| *span == variable))
}

/// The variable that is declared there.
fn named(program: &Program, variable: Span) -> Option<String> {
    let kind = |id: NodeId| &program.nodes[id.index()].name;
    let states = program.states.iter().map(|s| (s.name.clone(), s.span));
    let fields = program.node_fields.iter().map(|f| (format!("{}.{}", kind(f.node), f.name), f.span));
    Some(states.chain(fields).find(|(_, span)| *span == variable)?.0)
}
