//! This machine as the host of a session, for a notebook and for a terminal alike.
//!
//! Enters: the flag of an interrupt, and whom to tell of progress. Leaves: a [`Machine`], which gives explorations its
//! threads, half of its free memory, a clock, a temporary file, the files of its folder and a place for checkpoints.

mod checkpoints;
mod files;
mod memory;
mod spill;

use crate::jobs::{Rate, Work};
pub use checkpoints::{Folder, Unusable};
pub use files::Files;
use reconverge_lang::engine::shared::Peers;
use reconverge_lang::engine::{Checkpoints, Observer, Progress, Spill};
use reconverge_lang::session::{Execution, Host, Unread, Variants};
use reconverge_lang::simulate;
use reconverge_outputs::pace::Pace;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Bytes of stack that a thread needs to run the language: far more than trees of at most 200 levels take, and pages
/// that are not touched cost nothing.
pub const STACK: usize = 256 << 20;

/// This machine, as a session sees it.
pub struct Machine<T> {
    /// How many a search may use; at least 1.
    pub threads: usize,
    /// How models are executed.
    pub execution: Execution,
    /// What `use "…"` may read.
    pub files: Files,
    /// Who shares the explorations of single systems with this process.
    pub peers: Option<Arc<dyn Peers + Send>>,
    /// Where explorations of single systems are kept.
    pub checkpoints: Option<Arc<Folder>>,
    /// Set where what runs is to end on the spot.
    pub halt: Arc<AtomicBool>,
    /// Set once what runs knows that it is to stop.
    pub heard: Arc<AtomicBool>,
    cancel: Arc<AtomicBool>,
    began: Instant,
    pace: Pace,
    tell: T,
}

impl<T: Fn(Rate) + Sync> Machine<T> {
    /// All threads. Explorations stop soon after `cancel` is set; those that take long are told of a few times a second.
    pub fn new(cancel: Arc<AtomicBool>, tell: T) -> Machine<T> {
        Machine {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            execution: Execution::Automatic,
            files: Files::of_kernel(),
            peers: None,
            checkpoints: None,
            halt: Arc::default(),
            heard: Arc::default(),
            cancel,
            began: Instant::now(),
            pace: Pace::default(),
            tell,
        }
    }

    /// The exploration is over; true if it was told of.
    pub fn end_progress(&self) -> bool {
        self.pace.end()
    }
}

impl<T: Fn(Rate) + Sync> Observer for Machine<T> {
    fn progress(&self, progress: &Progress) {
        if let Some(elapsed) = self.pace.due(self.began.elapsed(), progress.generated) {
            (self.tell)(Rate { work: Work::Explored(*progress), elapsed });
        }
    }

    fn cancelled(&self) -> bool {
        let cancelled = self.cancel.load(Ordering::Relaxed);
        if cancelled {
            self.heard.store(true, Ordering::Relaxed);
        }
        cancelled
    }
}

impl<T: Fn(Rate) + Sync> Host for Machine<T> {
    fn threads(&self) -> usize {
        self.threads
    }

    fn halt(&self) -> Option<Arc<AtomicBool>> {
        Some(self.halt.clone())
    }

    fn simulated(&self, progress: &simulate::Progress) {
        if let Some(elapsed) = self.pace.due(self.began.elapsed(), progress.events) {
            (self.tell)(Rate { work: Work::Simulated(*progress), elapsed });
        }
    }

    fn compared(&self, variants: &Variants) {
        if let Some(elapsed) = self.pace.due(self.began.elapsed(), variants.generated) {
            (self.tell)(Rate { work: Work::Compared(*variants), elapsed });
        }
    }

    fn execution(&self) -> Execution {
        self.execution
    }

    fn memory(&self) -> Option<u64> {
        memory::allowed()
    }

    fn clock(&self) -> Option<Duration> {
        Some(self.began.elapsed())
    }

    fn read(&self, path: &str) -> Result<String, Unread> {
        self.files.read(path)
    }

    fn spill(&self) -> Option<Result<Arc<dyn Spill>, String>> {
        Some(spill::store())
    }

    fn checkpoint(&self) -> Option<Arc<dyn Checkpoints>> {
        self.checkpoints.as_ref().map(Folder::next)
    }

    fn peers(&self) -> Option<&dyn Peers> {
        self.peers.as_deref().map(|peers| peers as &dyn Peers)
    }
}
