//! What kernel and `reconverge-rust` say to each other: lines of JSON on the standard input and output of the latter.
//!
//! Enters: nothing (data only). Leaves: the types of both directions. Both programs are built from this one file.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// In what compares code, stands on both sides of where the code panicked: on its way a place in what was compiled, then one in a
/// cell, as JSON; nothing where none is known.
pub(crate) const AT: char = '\u{1}';

/// From the kernel.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Run this; answered by one [`Tell::Done`] or [`Tell::Failed`].
    Execute(Cell),
    /// End what runs: it fails with [`Fault::Interrupted`]. Nothing runs: nothing happens.
    Interrupt,
}

/// What one cell runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// By which places in it are named: no two have the same one.
    pub number: usize,
    /// As the author wrote it. Lines count from its first, which is empty.
    pub code: String,
    /// The types of the session's systems that are in effect from this cell on; `None`: those that are.
    pub types: Option<Types>,
    /// What it compares code with, of these types; `None`: nothing.
    pub compares: Option<Compares>,
}

/// The session's systems as a crate, which all cells have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Types {
    /// Commands by which cells depend on it.
    pub lines: String,
    /// Its manifest, which names its text: with another one it is the same crate with another text.
    pub manifest: PathBuf,
    /// What stands there.
    pub text: String,
    /// Systems whose types are other ones than those in effect: no variable may hold something of theirs.
    pub anew: Vec<Anew>,
}

/// A mapping, to be compared with code, as a crate that all cells have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Compares {
    /// Its manifest, as that of the types.
    pub manifest: PathBuf,
    /// What stands there.
    pub text: String,
    /// The same of a crate without anything, which goes with all types.
    pub without: String,
}

/// A system that was defined anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Anew {
    /// Its module.
    pub system: String,
    /// What is in that.
    pub items: Vec<String>,
}

/// To the kernel.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tell {
    /// The compiler is there; said once, first.
    Ready,
    /// A few times a second.
    Working(Phase),
    /// Lines that were printed, together.
    Printed {
        /// Where to.
        stream: Stream,
        /// With line ends.
        text: String,
    },
    /// A value or a picture: text by MIME type.
    Shown(BTreeMap<String, String>),
    /// By system: variables that are no more, for its types are other ones from now on.
    Lost(Vec<(String, Vec<String>)>),
    /// The cell is over.
    Done,
    /// The cell is over.
    Failed(Fault),
}

/// What takes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// The compiler works.
    Compiling,
    /// What was compiled runs.
    Running,
}

/// Where something was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Why a cell has no answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// There is neither cargo nor rustc: what was looked for, in words.
    NoToolchain(String),
    /// The compiler does not take it; at least one.
    Compiler(Vec<CompilerError>),
    /// What makes no sense to the one that puts cells together, in words.
    Refused(String),
    /// It ended at a `?`; variables from before are still there, but for those that are lost.
    Returned {
        /// What the error says.
        words: String,
        /// Variables that it took with it.
        lost: Vec<String>,
    },
    /// It panicked; the same of variables.
    Panicked {
        /// Variables that it took with it.
        lost: Vec<String>,
        /// What the panic said.
        words: String,
        /// Where it began, where that is known.
        place: Option<Place>,
    },
    /// The process in which it ran is gone, and all variables with it: how it ended, in words.
    Crashed(String),
    /// As asked; variables are gone.
    Interrupted,
}

impl Fault {
    /// Whether nothing ran, so that the types of before stay in effect.
    pub(crate) fn is_before_it_ran(&self) -> bool {
        match self {
            Fault::NoToolchain(_) | Fault::Compiler(_) | Fault::Refused(_) => true,
            Fault::Panicked { .. } | Fault::Returned { .. } | Fault::Crashed(_) | Fault::Interrupted => false,
        }
    }
}

/// One error of the compiler.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CompilerError {
    /// `E0308`, where it has one.
    pub code: Option<String>,
    /// In one line.
    pub message: String,
    /// Where it stands; `None`: in what no author wrote.
    pub place: Option<Place>,
    /// What the compiler says of that place.
    pub label: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

/// Half open; lines and columns from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The number of the cell: this one, or one that ran before.
    pub cell: usize,
    /// Of the first character.
    pub line: usize,
    /// Of the first character.
    pub column: usize,
    /// Behind the last.
    pub end_line: usize,
    /// Behind the last.
    pub end_column: usize,
}
