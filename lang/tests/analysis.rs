//! The analysis: programs with their diagnostics beside them.
//!
//! Enters: cells. Leaves: asserts on what `analysis::define` and its relatives say about them.

#[path = "support/offers.rs"]
mod offers;

#[path = "analysis/support.rs"]
mod support;

#[path = "analysis/cells.rs"]
mod cells;
#[path = "analysis/concepts.rs"]
mod concepts;
#[path = "analysis/language.rs"]
mod language;
#[path = "analysis/names.rs"]
mod names;
#[path = "analysis/robust.rs"]
mod robust;
#[path = "analysis/typing.rs"]
mod typing;
#[path = "analysis/values.rs"]
mod values;
