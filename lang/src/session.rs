//! The session: the cells so far, as one growing program, and what each new cell shows.
//!
//! Enters: texts of cells. Leaves: reports, diagnostics, completions. Pure: the clock, the threads and the interrupt
//! are the [`Host`]'s.
//!
//! Each command is a function in a file of its own below `session/`. It takes the typed program of its target, what
//! the author wrote, and a [`Context`]; it returns its report, or a [`Stop`].

pub mod because;
mod outcome;

pub use outcome::{
    CellRef, Completeness, Completion, CompletionItem, Failure, Host, Inspection, Outcome, Output,
};

use crate::diag::Diagnostic;
use crate::span::Sources;

/// What a command sees of the session, and what it may leave there.
pub struct Context<'a> {
    pub host: &'a dyn Host,
    /// All texts, the present cell's included.
    pub sources: &'a Sources,
    /// Warnings to show after the cell.
    pub warnings: Vec<Diagnostic>,
}

/// Why a command has no report.
#[derive(Debug)]
pub enum Stop {
    /// What is wrong with what the author wrote (at least one error).
    Diagnostics(Vec<Diagnostic>),
    /// The host asked to stop.
    Interrupted,
}
