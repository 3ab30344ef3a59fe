//! All runs of a simulation, on all threads.
//!
//! Enters: the stage, whom to tell. Leaves: the sum of what was counted. Threads take runs one after the other; sums do
//! not depend on who took which.

use super::measure::Measure;
use super::run::{Run, Stage};
use super::{Observer, Progress};
use crate::engine::halt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Events after which machine code is worth its time.
const PATIENCE: u64 = 1 << 16;

/// What the threads share.
struct Shared<'s> {
    stage: Stage<'s>,
    observer: &'s dyn Observer,
    next: AtomicU64,
    done: AtomicU64,
    events: AtomicU64,
    sum: Mutex<Measure>,
}

/// Takes all runs, or as many as there are before somebody cancels.
pub(super) fn all(stage: Stage<'_>, observer: &dyn Observer) -> Measure {
    let shared = Shared {
        stage,
        observer,
        next: AtomicU64::new(0),
        done: AtomicU64::new(0),
        events: AtomicU64::new(0),
        sum: Mutex::new(empty(stage)),
    };
    let threads = stage.plan.threads.clamp(1, 64).min(usize::try_from(stage.plan.runs).unwrap_or(64).max(1));
    if threads == 1 {
        shared.work();
    } else {
        let flag = halt::current();
        std::thread::scope(|scope| {
            let work = || scope.spawn(|| halt::within(flag.clone(), || shared.work()));
            let threads: Vec<_> = (0..threads).map(|_| work()).collect();
            for thread in threads {
                if let Err(panic) = thread.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        });
    }
    shared.sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn empty(stage: Stage<'_>) -> Measure {
    let Stage { model, judging, .. } = stage;
    Measure::new(model.instance_list().len(), model.property_list().len(), judging.drifts.len())
}

impl Shared<'_> {
    fn work(&self) {
        let Stage { plan, .. } = self.stage;
        let mut run = Run::new(self.stage);
        let mut measure = empty(self.stage);
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= plan.runs || !run.take(number, &|events| self.goes_on(events)) {
                break;
            }
            run.tally.add_to(&mut measure, plan.length);
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        // A thread that panics leaves a sum without its runs, and the panic goes on when it is joined.
        let mut sum = self.sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        sum.merge(&measure);
    }

    fn goes_on(&self, events: u64) -> bool {
        let events = self.events.fetch_add(events, Ordering::Relaxed) + events;
        if events >= PATIENCE {
            self.stage.model.hurry();
        }
        let done = self.done.load(Ordering::Relaxed);
        self.observer.simulated(&Progress { events, runs_done: done, runs: self.stage.plan.runs });
        !self.observer.cancelled()
    }
}
