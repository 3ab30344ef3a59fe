//! A host with little patience: explorations end by their memory, everything else by how often it asks.
//!
//! Enters: how models run. Leaves: a [`Hurried`].

use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::session::{Execution, Host};
use std::sync::atomic::{AtomicU32, Ordering};

/// Bytes of an exploration.
const MEMORY: u64 = 1 << 20;

/// How often it may be asked whether to go on: what one command asks, as a rule, is answered.
const PATIENCE: u32 = 300;

/// Ends by work done, and never by time.
pub(super) struct Hurried {
    threads: usize,
    execution: Execution,
    asked: AtomicU32,
}

impl Hurried {
    pub(super) fn new(threads: usize, execution: Execution) -> Hurried {
        Hurried { threads, execution, asked: AtomicU32::new(0) }
    }

    /// The next command may take as long.
    pub(super) fn again(&self) {
        self.asked.store(0, Ordering::Relaxed);
    }
}

impl Observer for Hurried {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) > PATIENCE
    }
}

impl Host for Hurried {
    fn threads(&self) -> usize {
        self.threads
    }

    fn execution(&self) -> Execution {
        self.execution
    }

    fn memory(&self) -> Option<u64> {
        Some(MEMORY)
    }
}
