//! Several systems, each explored for itself.
//!
//! Enters: how many there are, and what to do with each. Leaves: what came of each, in order; those that an interrupt
//! came before are missing. Threads take one after the other, and each explores on one thread, so nothing depends on how
//! many there are.

use super::Host;
use crate::engine::{Observer, Progress, Spill, halt};
use crate::model::run::native::Execution;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variants {
    /// Those that came to an end.
    pub done: usize,
    /// All.
    pub all: usize,
    /// Steps taken so far, in all of them.
    pub generated: u64,
}

/// As deep as trees may be, and no deeper, on threads of our own.
const STACK: usize = 256 << 20;

/// One of the threads, as a command sees the world.
struct Alone<'h> {
    shared: &'h Shared<'h>,
    /// Steps told so far of the system at hand.
    told: AtomicUsize,
}

struct Shared<'h> {
    host: &'h dyn Host,
    threads: usize,
    all: usize,
    next: AtomicUsize,
    done: AtomicUsize,
    generated: AtomicUsize,
}

impl Shared<'_> {
    fn tell(&self) {
        self.host.compared(&Variants {
            done: self.done.load(Ordering::Relaxed),
            all: self.all,
            generated: self.generated.load(Ordering::Relaxed) as u64,
        });
    }
}

impl Observer for Alone<'_> {
    fn progress(&self, progress: &Progress) {
        let now = progress.generated as usize;
        let before = self.told.swap(now, Ordering::Relaxed);
        self.shared.generated.fetch_add(now.saturating_sub(before), Ordering::Relaxed);
        self.shared.tell();
    }

    fn cancelled(&self) -> bool {
        self.shared.host.cancelled()
    }
}

impl Host for Alone<'_> {
    fn threads(&self) -> usize {
        1
    }

    fn memory(&self) -> Option<u64> {
        self.shared.host.memory().map(|bytes| bytes / self.shared.threads as u64)
    }

    fn execution(&self) -> Execution {
        self.shared.host.execution()
    }

    fn reductions(&self) -> bool {
        self.shared.host.reductions()
    }

    fn spill(&self) -> Option<Result<Arc<dyn Spill>, String>> {
        self.shared.host.spill()
    }
}

/// Does `one` for every number below `all`.
pub(super) fn each<T: Send>(
    host: &dyn Host,
    all: usize,
    one: &(dyn Fn(usize, &dyn Host) -> T + Sync),
) -> Vec<Option<T>> {
    let threads = host.threads().clamp(1, all.max(1));
    let (next, done, generated) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let shared = Shared { host, threads, all, next, done, generated };
    let found: Mutex<Vec<Option<T>>> = Mutex::new((0..all).map(|_| None).collect());
    let work = || {
        let alone = Alone { shared: &shared, told: AtomicUsize::new(0) };
        while !host.cancelled() {
            let number = shared.next.fetch_add(1, Ordering::Relaxed);
            if number >= all {
                break;
            }
            alone.told.store(0, Ordering::Relaxed);
            // What an interrupt cut short says nothing; what others found stays.
            let Ok(came) = halt::catch(halt::current(), || one(number, &alone)) else { break };
            if host.cancelled() {
                break;
            }
            shared.done.fetch_add(1, Ordering::Relaxed);
            shared.tell();
            found.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[number] = Some(came);
        }
    };
    let flag = halt::current();
    std::thread::scope(|scope| {
        let others = (1..threads).filter_map(|_| {
            // Where there is no thread to be had, the others do its work.
            let job = || halt::within(flag.clone(), work);
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, job).ok()
        });
        let others: Vec<_> = others.collect();
        work();
        for other in others {
            if let Err(panic) = other.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
