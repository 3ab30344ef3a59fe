//! What passes between the server and the threads that work for it, as data.
//!
//! Enters: nothing. Leaves: jobs that the server gives out, events that come back to it, how far an exploration is.

use crate::wire::{Bundle, Channel, Content, Envelope, Evaluated, Failed, Question, Request};
use reconverge_lang::engine::Progress;
use reconverge_lang::session::{CellRef, Session};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Everything that can happen to a kernel.
pub enum Event {
    Received(Channel, Request),
    /// A front end subscribed to a topic.
    Subscribed(Vec<u8>),
    /// From the running cell, by job number.
    Shown {
        job: u64,
        bundle: Bundle,
        is_result: bool,
    },
    Explored {
        job: u64,
        rate: Rate,
    },
    /// Every request that had come before it was received before it.
    Finished {
        job: u64,
        finished: Finished,
    },
    /// The answer to a question about a text.
    Answered {
        envelope: Envelope,
        reply: Content,
    },
    Interrupt,
}

/// One cell to run.
pub struct CellJob {
    pub job: u64,
    pub cell: CellRef,
    pub code: String,
    /// Expressions to evaluate after it, by the front end's name for each.
    pub user_expressions: BTreeMap<String, String>,
    /// Set to stop it. Each cell has its own, so that a late interrupt never hits the next cell.
    pub cancel: Arc<AtomicBool>,
}

/// How a cell ended.
pub struct Finished {
    pub end: CellEnd,
    /// The session after it, where it changed.
    pub session: Option<Arc<Session>>,
}

pub enum CellEnd {
    Done { warnings: Option<Bundle>, user_expressions: BTreeMap<String, Evaluated> },
    Failed(Failed),
}

/// One question about a text, to the session as the last finished cell left it.
pub struct QuestionJob {
    pub session: Arc<Session>,
    pub envelope: Envelope,
    pub question: Question,
}

/// Progress, and how long the exploration has run.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub progress: Progress,
    pub elapsed: Duration,
}
