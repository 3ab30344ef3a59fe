//! A host with little patience: explorations end by their memory, everything else by how often it asks; and what asks
//! nobody, within one step, by how long it takes.
//!
//! Enters: how models run. Leaves: a [`Hurried`].

use reconverge_lang::engine::{Observer, Progress};
use reconverge_lang::session::{Execution, Host};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of an exploration.
const MEMORY: u64 = 1 << 20;

/// How often it may be asked whether to go on: what one command asks, as a rule, is answered.
const PATIENCE: u32 = 300;

/// What one host lets a text take, all in all. What is stopped by this is interrupted, and nothing of it is compared.
const LONGEST: Duration = Duration::from_secs(6);

/// How often it is looked who has taken too long.
const LOOKS: Duration = Duration::from_millis(100);

/// Ends by work done; by time only where a step asks nobody.
pub(super) struct Hurried {
    threads: usize,
    execution: Execution,
    asked: AtomicU32,
    halt: Arc<AtomicBool>,
}

/// Flags, and when they are to be set.
type Due = Mutex<Vec<(Instant, Weak<AtomicBool>)>>;

/// Those that are watched by one thread for the whole process.
fn watched() -> &'static Due {
    static WATCHED: OnceLock<Due> = OnceLock::new();
    static WATCHER: OnceLock<()> = OnceLock::new();
    let all = WATCHED.get_or_init(Due::default);
    WATCHER.get_or_init(|| {
        thread::spawn(|| {
            loop {
                thread::sleep(LOOKS);
                let now = Instant::now();
                all.lock().expect("nobody panics with it").retain(|(due, flag)| {
                    let Some(flag) = flag.upgrade().filter(|_| now >= *due) else {
                        return flag.strong_count() > 0;
                    };
                    flag.store(true, Ordering::Relaxed);
                    false
                });
            }
        });
    });
    all
}

impl Hurried {
    pub(super) fn new(threads: usize, execution: Execution) -> Hurried {
        let halt = Arc::new(AtomicBool::new(false));
        let due = (Instant::now() + LONGEST, Arc::downgrade(&halt));
        watched().lock().expect("nobody panics with it").push(due);
        Hurried { threads, execution, asked: AtomicU32::new(0), halt }
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

    fn halt(&self) -> Option<Arc<AtomicBool>> {
        Some(self.halt.clone())
    }

    fn memory(&self) -> Option<u64> {
        Some(MEMORY)
    }
}
