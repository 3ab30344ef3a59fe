//! The threads that run the language: one for cells, one for questions about a text, so that neither waits for the
//! other and the sockets wait for none.
//!
//! Enters: jobs. Leaves: events. A panic of the language is an error of that cell: the session is the one before it.

mod assist;

pub use assist::{AssistJob, Question};

use crate::display::{self, Bundle};
use crate::machine;
use crate::pace::Pace;
use crate::server::Event;
use reconverge_lang::engine::{Observer, Progress, Spill};
use reconverge_lang::session::{CellRef, Failure, Host, Outcome, Output, Session};
use serde_json::{Map, Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// Trees are at most 200 levels deep; this is far more than they need, and pages that are not touched cost nothing.
const STACK: usize = 256 << 20;

/// How a thread tells what happened.
pub type Tell = Arc<dyn Fn(Event) + Send + Sync>;

/// One cell to run.
pub struct CellJob {
    pub job: u64,
    pub cell: CellRef,
    pub code: String,
    pub user_expressions: Map<String, Value>,
    pub cancel: Arc<AtomicBool>,
}

/// How a cell ended.
pub struct Finished {
    pub end: CellEnd,
    pub user_expressions: Map<String, Value>,
    /// The session after it, where it changed.
    pub session: Option<Arc<Session>>,
}

pub enum CellEnd {
    /// With its warnings.
    Done(Option<Bundle>),
    Failed(Failed),
}

/// Jupyter's three words for an error.
#[derive(Debug, Clone)]
pub struct Failed {
    pub ename: String,
    pub evalue: String,
    pub traceback: Vec<String>,
}

impl Failed {
    pub fn new(ename: &str, evalue: &str) -> Failed {
        let line = format!("\x1b[1;31m{ename}\x1b[0m: {evalue}");
        Failed { ename: ename.into(), evalue: evalue.into(), traceback: vec![line] }
    }

    fn interrupted() -> Failed {
        Failed::new("Interrupted", "the cell was interrupted; the session is as it was before it")
    }
}

impl From<Failure> for Failed {
    fn from(f: Failure) -> Failed {
        Failed { ename: f.ename, evalue: f.evalue, traceback: f.traceback }
    }
}

/// Progress, and how long the exploration has run.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub progress: Progress,
    pub elapsed: Duration,
}

/// The two threads. They end when this is dropped, or with the process.
pub struct Workers {
    cells: Sender<CellJob>,
    questions: Sender<AssistJob>,
}

impl Workers {
    pub fn start(session: Arc<Session>, tell: Tell) -> std::io::Result<Workers> {
        let (cells, cell_jobs) = channel::<CellJob>();
        let (questions, question_jobs) = channel::<AssistJob>();
        let told = tell.clone();
        std::thread::Builder::new().name("cells".into()).stack_size(STACK).spawn(move || {
            let mut session = session;
            for job in cell_jobs {
                run_cell(&mut session, job, &told);
            }
        })?;
        std::thread::Builder::new().name("questions".into()).stack_size(STACK).spawn(move || {
            for job in question_jobs {
                tell(assist::answer(job));
            }
        })?;
        Ok(Workers { cells, questions })
    }

    /// A thread that is gone has taken the process along, so there is nobody to tell.
    pub fn run(&self, job: CellJob) {
        let _gone = self.cells.send(job);
    }

    pub fn assist(&self, job: AssistJob) {
        let _gone = self.questions.send(job);
    }
}

fn run_cell(session: &mut Arc<Session>, job: CellJob, tell: &Tell) {
    let host = Watch::new(&job, tell);
    let mut next = Session::clone(session);
    let mut show = |output: Output| {
        let bundle = display::output(&output);
        host.pace.end();
        tell(Event::Shown { job: job.job, bundle, is_result: output.is_result });
    };
    let attempt = AssertUnwindSafe(|| {
        let outcome = next.execute(job.cell, &job.code, &host, &mut show);
        let end = match outcome {
            Outcome::Done { warnings } => CellEnd::Done(display::warnings(&warnings, next.sources())),
            Outcome::Failed(failure) => CellEnd::Failed(failure.into()),
            Outcome::Interrupted => CellEnd::Failed(Failed::interrupted()),
        };
        let user_expressions = match &end {
            CellEnd::Done(_) => evaluate(&next, &job.user_expressions, &host),
            CellEnd::Failed(_) => Map::new(),
        };
        (end, user_expressions)
    });
    let finished = match catch_unwind(attempt) {
        Ok((end, user_expressions)) => {
            *session = Arc::new(next);
            Finished { end, user_expressions, session: Some(session.clone()) }
        }
        Err(panic) => {
            let end = CellEnd::Failed(Failed::new("InternalError", &panic_words(&*panic)));
            Finished { end, user_expressions: Map::new(), session: None }
        }
    };
    tell(Event::Finished { job: job.job, finished });
}

fn panic_words(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!(
        "{} (this is a fault of Reconverge, not of the cell; the session is as it was before it)",
        words.unwrap_or("the language stopped unexpectedly")
    )
}

/// Each is evaluated by itself after the cell and changes nothing.
fn evaluate(session: &Session, expressions: &Map<String, Value>, host: &dyn Host) -> Map<String, Value> {
    let one = |code: &str| {
        let mut bundle = Bundle::default();
        let cell = CellRef { id: None, name: "user expression".into() };
        let mut keep = |output: Output| bundle = display::output(&output);
        let failed: Failed = match session.clone().execute(cell, code, host, &mut keep) {
            Outcome::Done { .. } => {
                return json!({ "status": "ok", "data": bundle.data, "metadata": bundle.metadata });
            }
            Outcome::Failed(failure) => failure.into(),
            Outcome::Interrupted => Failed::interrupted(),
        };
        json!({
            "status": "error", "ename": failed.ename, "evalue": failed.evalue, "traceback": failed.traceback,
        })
    };
    expressions.iter().map(|(key, code)| (key.clone(), one(code.as_str().unwrap_or_default()))).collect()
}

/// Watches a cell: its interrupt, and the clock for its progress.
struct Watch<'a> {
    job: u64,
    cancel: Arc<AtomicBool>,
    tell: &'a Tell,
    threads: usize,
    pace: Pace,
}

impl<'a> Watch<'a> {
    fn new(job: &CellJob, tell: &'a Tell) -> Watch<'a> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Watch { job: job.job, cancel: job.cancel.clone(), tell, threads, pace: Pace::default() }
    }
}

impl Observer for Watch<'_> {
    fn progress(&self, progress: &Progress) {
        if let Some(elapsed) = self.pace.due(progress) {
            (self.tell)(Event::Explored { job: self.job, rate: Rate { progress: *progress, elapsed } });
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

impl Host for Watch<'_> {
    fn threads(&self) -> usize {
        self.threads
    }

    fn memory(&self) -> Option<u64> {
        machine::memory()
    }

    fn clock(&self) -> Option<Duration> {
        Some(machine::clock())
    }

    fn spill(&self) -> Option<Result<Arc<dyn Spill>, String>> {
        Some(machine::spill())
    }
}
