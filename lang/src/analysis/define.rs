//! A cell that defines: everything it touches is analysed, and it counts only as a whole.
//!
//! Enters: the definitions so far and the items of a cell. Leaves: the definitions with the cell (or unchanged, where
//! the cell has an error), and which systems of other cells no longer fit.

use super::analyse;
use super::definitions::{Definitions, Verb};
use super::lints;
use super::program::Program;
use crate::diag::Diagnostic;
use crate::span::{SourceId, Span};
use crate::syntax::tree::{Item, Name, Target};

/// What a cell's definitions came to.
#[derive(Debug, Clone, Default)]
pub struct Defined {
    /// Errors: nothing has changed. Warnings: of the cell's own systems.
    pub diagnostics: Vec<Diagnostic>,
    /// The systems that the cell defines or extends, in order, each with its program (absent where it no longer fits
    /// together with what other cells add to it: then it is among `stale`).
    pub systems: Vec<(String, Verb, Option<Program>)>,
    /// Systems of other cells that follow from changed ones and still fit.
    pub changed: Vec<String>,
    /// Systems that no longer fit, and why.
    pub stale: Vec<(String, Vec<Diagnostic>)>,
    /// Systems that exist no longer.
    pub removed: Vec<String>,
    /// What extended a system that is defined anew, in earlier cells: it is gone, too.
    pub dropped: Vec<Name>,
}

impl Defined {
    /// Whether nothing was defined.
    pub fn is_error(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Applies the `system` and `extend` items of a cell, in place of what the cell contributed before, and analyses every
/// system that changes. Where the cell has an error, `definitions` stays as it was.
pub fn define(definitions: &mut Definitions, cell: &str, items: &[Item]) -> Defined {
    let mut next = definitions.clone();
    let applied = next.apply(cell, items);
    let mut defined = Defined {
        diagnostics: applied.diagnostics,
        removed: applied.removed,
        dropped: applied.dropped,
        ..Defined::default()
    };
    let mut unused: Vec<(String, Vec<Span>)> = Vec::new();
    for (name, verb) in applied.systems {
        if next.get(&name).is_none() {
            continue; // `extend` of what is not there: reported
        }
        let (program, diagnostics) = analyse(&next, &plain(&next, &name));
        let later = |d: &Diagnostic| next.is_later(cell, d.span.source);
        let (errors, warnings): (Vec<_>, Vec<_>) = diagnostics.into_iter().partition(Diagnostic::is_error);
        let (theirs, own): (Vec<_>, Vec<_>) = errors.into_iter().partition(later);
        let idle = warnings.iter().filter(|d| lints::is_about_use(d)).map(|d| d.span);
        unused.push((name.clone(), idle.collect()));
        // A system that is still being extended may use tomorrow what nothing uses today.
        let early = |d: &Diagnostic| verb == Verb::Extended && lints::is_about_completeness(d);
        for d in own.into_iter().chain(warnings.into_iter().filter(|d| !later(d) && !early(d))) {
            // A variant repeats the errors of its base.
            if !defined.diagnostics.iter().any(|o| o.span == d.span && o.code == d.code) {
                defined.diagnostics.push(d);
            }
        }
        if !theirs.is_empty() {
            defined.stale.push((name.clone(), theirs));
        }
        defined.systems.push((name, verb, program));
    }
    let variant = |name: &str, of: &str| next.get(name).is_some_and(|d| d.base.as_deref() == Some(of));
    defined.diagnostics.retain(|d| {
        let owner = unused.iter().find(|(_, spans)| spans.contains(&d.span));
        let Some((owner, _)) = owner.filter(|_| lints::is_about_use(d)) else { return true };
        // What only a variant uses is used.
        !unused.iter().any(|(name, spans)| variant(name, owner) && !spans.contains(&d.span))
    });
    if defined.is_error() {
        defined.diagnostics.sort_by_key(|d| (d.span.source, d.span.start));
        return Defined { diagnostics: defined.diagnostics, ..Defined::default() };
    }
    for name in applied.dependents {
        let (program, diagnostics) = analyse(&next, &plain(&next, &name));
        match program {
            Some(_) => defined.changed.push(name),
            None => {
                defined.stale.push((name, diagnostics.into_iter().filter(Diagnostic::is_error).collect()));
            }
        }
    }
    *definitions = next;
    defined
}

/// A system at its defaults.
pub(super) fn plain(definitions: &Definitions, name: &str) -> Target {
    let span = definitions.get(name).map_or_else(Default::default, |d| d.span);
    debug_assert!(span.source >= SourceId(0));
    Target { name: Name { text: name.to_owned(), span }, args: Vec::new(), span }
}
