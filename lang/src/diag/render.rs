//! Diagnostics as text, in the style of rustc.
//!
//! Enters: diagnostics and the sources they point into. Leaves: text, with ANSI colours where asked.

use super::Diagnostic;
use crate::span::Sources;

/// Plain text, one block for each diagnostic, with the lines they point at.
pub fn plain(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    diagnostics.iter().map(|d| format!("{}: {}: {}\n", d.code, sources.describe(d.span), d.message)).collect()
}
