//! What passes between the server and the threads that work for it, as data.
//!
//! Enters: nothing. Leaves: jobs that the server gives out, events that come back to it, how far an exploration is.

pub use reconverge_outputs::display::{Rate, Work};

use crate::wire::{Bundle, Channel, Content, Envelope, Evaluated, Failed, Question, Request, StreamName};
use reconverge_lang::report::panel::Panel;
use reconverge_lang::session::{CellRef, Session};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Everything that can happen to a kernel.
pub enum Event {
    /// A front end asks something.
    Received(Channel, Request),
    /// A front end subscribed to a topic.
    Subscribed(Vec<u8>),
    /// From the running cell, by job number.
    Shown {
        /// Number of the cell job.
        job: u64,
        /// What is shown.
        bundle: Bundle,
        /// Whether it is the value of the cell.
        is_result: bool,
    },
    /// What a reader may move in the running cell; comes before all that it shows.
    Offered {
        /// Number of the cell job.
        job: u64,
        /// What may be moved.
        panel: Panel,
    },
    /// The search of the running cell goes on.
    Explored {
        /// Number of the cell job.
        job: u64,
        /// How far the search is.
        rate: Rate,
    },
    /// A cell in another language tells what it does.
    Said {
        /// Number of the cell job.
        job: u64,
        /// What it tells.
        said: Said,
    },
    /// Every request that had come before it was received before it.
    Finished {
        /// Number of the cell job.
        job: u64,
        /// How it ended.
        finished: Finished,
    },
    /// The answer to a question about a text.
    Answered {
        /// Whom to answer.
        envelope: Envelope,
        /// The answer.
        reply: Content,
    },
    /// A signal asks to stop what runs.
    Interrupt,
    /// A signal asks to end.
    Terminate,
    /// Time has passed.
    Tick,
}

/// What a cell in another language tells while it runs.
pub enum Said {
    /// Lines that it printed.
    Printed {
        /// Where to.
        stream: StreamName,
        /// With line ends.
        text: String,
    },
    /// What it comes to.
    Shown(Bundle),
    /// What takes so long, in words that go as soon as something else is shown.
    Working(String),
}

/// One cell to run.
pub struct CellJob {
    /// Number, from 1 on in order.
    pub job: u64,
    /// Name and number of the cell.
    pub cell: CellRef,
    /// Its text.
    pub code: String,
    /// Who asks for it.
    pub purpose: Purpose,
    /// Expressions to evaluate after it, by the front end's name for each.
    pub user_expressions: BTreeMap<String, String>,
    /// Set to stop it. Each cell has its own, so that a late interrupt never hits the next cell.
    pub cancel: Arc<AtomicBool>,
    /// Set by what runs, once it knows of that: it ends with what it found.
    pub heard: Arc<AtomicBool>,
    /// Set where it did not stop soon: what runs ends on the spot and shows nothing more.
    pub halt: Arc<AtomicBool>,
}

/// Who asks for a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A front end executes it.
    Executed,
    /// A reader has moved its values: what may be moved is known.
    Moved,
}

/// What a cell leaves behind.
pub struct Finished {
    /// How it ended.
    pub end: CellEnd,
    /// The session after it, where it changed.
    pub session: Option<Arc<Session>>,
}

/// How a cell ended.
pub enum CellEnd {
    /// All of it ran.
    Done {
        /// As one output; `None`: there are none.
        warnings: Option<Bundle>,
        /// By the names that the front end gave them.
        user_expressions: BTreeMap<String, Evaluated>,
        /// The text of a cell that this one gives.
        next_input: Option<String>,
    },
    /// With an error, which is told.
    Failed(Failed),
}

/// One question about a text, to the session as the last finished cell left it.
pub struct QuestionJob {
    /// What is known when it is asked.
    pub session: Arc<Session>,
    /// Whom to answer.
    pub envelope: Envelope,
    /// What is asked.
    pub question: Question,
}
