//! What goes into a cell's execution and what comes out of it, as data.
//!
//! Enters: nothing (data only). Leaves: the types at the door of [`super::Session`].

use super::variants::Variants;
use crate::diag::Diagnostic;
use crate::engine::shared::Peers;
use crate::engine::{Checkpoints, Observer, Spill};
use crate::model::run::native::Execution;
use crate::report::Report;
use crate::simulate;
use crate::span::{Sources, Span};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The world around a session: it watches the progress of explorations, may interrupt them, and says how many threads
/// and how much memory they may use. It has the clock and the disk; the session has neither.
pub trait Host: Observer {
    /// At least 1.
    fn threads(&self) -> usize;

    /// Set by the host where what runs is to end on the spot, and not only where it next looks at
    /// [`Observer::cancelled`]: within one expression, too. Nothing more is shown then. `None`: never.
    fn halt(&self) -> Option<Arc<AtomicBool>> {
        None
    }

    /// How far a simulation is: called every few milliseconds, from any of its threads.
    fn simulated(&self, _progress: &simulate::Progress) {}

    /// How far the exploration of several systems is: called as [`Observer::progress`] is, from any of its threads.
    fn compared(&self, _progress: &Variants) {}

    /// Bytes that one exploration may take, so that the process is never ended for want of memory. `None`: not known.
    fn memory(&self) -> Option<u64> {
        None
    }

    /// How models run; every form gives the same answers.
    fn execution(&self) -> Execution {
        Execution::Automatic
    }

    /// Whether explorations may be made smaller (by symmetry, say) where a check does not switch it off. Answers are the
    /// same, but for which of several alike nodes takes a step of a trace.
    fn reductions(&self) -> bool {
        true
    }

    /// Time since some fixed moment; `None`: there is no clock. Profiles alone ask for it.
    fn clock(&self) -> Option<Duration> {
        None
    }

    /// The text of a file that `use "…"` names: a path with `/`, relative to the folder of the notebook or file that is
    /// executed, or as the author wrote it where it begins elsewhere.
    fn read(&self, _path: &str) -> Result<String, Unread> {
        Err(Unread::Otherwise("there is no disk here".to_string()))
    }

    /// A store outside memory for one exploration; `None`: there is none. Errors: why it cannot be made, in words.
    fn spill(&self) -> Option<Result<Arc<dyn Spill>, String>> {
        None
    }

    /// Where the next exploration of a single system is kept and goes on from: called once for each, in the order in which
    /// cells are executed. `None`: nowhere.
    fn checkpoint(&self) -> Option<Arc<dyn Checkpoints>> {
        None
    }

    /// The members that share the explorations of single systems with other processes, which execute the same cells in
    /// the same order; `None`: this process is alone.
    fn peers(&self) -> Option<&dyn Peers> {
        None
    }
}

/// Why a file is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// There is none.
    Missing,
    /// It lies outside of the folder that may be read.
    Outside,
    /// It has so many bytes.
    TooLong(u64),
    /// It is not UTF-8 text: the first byte that is none.
    NotText(usize),
    /// In words.
    Otherwise(String),
}

/// Which cell is executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellRef {
    /// The front end's id of the cell, where it has one: running it again replaces what it gave before.
    pub id: Option<String>,
    /// What people call it: `cell 3`, `kafka.rcv`.
    pub name: String,
}

/// What one command of a cell shows.
#[derive(Debug, Clone)]
pub struct Output {
    /// As data.
    pub report: Report,
    /// The texts that spans of the report point into.
    pub sources: Sources,
    /// The command, where it is written; `None`: the report is of definitions or of code.
    pub command: Option<Span>,
    /// The last thing of its cell and an expression: what the cell evaluates to.
    pub is_result: bool,
}

/// How a cell ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Everything was carried out.
    Done {
        /// What is suspicious.
        warnings: Vec<Diagnostic>,
    },
    /// Errors in the text: nothing has changed in the session. An unmet expectation: everything before it stays, for
    /// it is an answer about the system and not an error in the text.
    Failed(Failure),
    /// Nothing has changed in the session.
    Interrupted,
}

/// Why a cell failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// At least one error, and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that they point into.
    pub sources: Sources,
}

/// What can stand at the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// The half-open byte range that a choice replaces.
    pub start: usize,
    /// Of what is replaced.
    pub end: usize,
    /// The likeliest first.
    pub items: Vec<CompletionItem>,
}

/// One proposal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CompletionItem {
    /// What is put in.
    pub text: String,
    /// `keyword`, `system`, `action`, `field`, … as shown beside the choice.
    pub kind: &'static str,
    /// Its type or signature, or what it means, where that is known.
    pub detail: Option<String>,
    /// Its sentence or the comment above it.
    pub docs: Option<String>,
    /// For editors that go from gap to gap: the text with `${1:name}` where something is to be filled in.
    pub snippet: Option<String>,
}

/// Whether a text can be executed as it stands (for consoles: whether return runs it or continues it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// It can be run.
    Complete,
    /// Something is still open; the next line is to be indented by this.
    Incomplete {
        /// What the next line begins with.
        indent: String,
    },
    /// No continuation makes it right.
    Invalid,
}
