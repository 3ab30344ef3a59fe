//! The threads that run the language: one for cells, one for questions about a text, so that neither waits for the
//! other and the sockets wait for none.
//!
//! Enters: jobs. Leaves: events. A panic of the language is an error of that cell: the session is the one before it.

mod assist;
mod together;

use crate::cells;
use crate::hosts::{Machine, STACK};
use crate::jobs::{CellEnd, CellJob, Event, Finished, Purpose, QuestionJob};
use crate::rust::{Rust, RustCell};
use crate::wire::{Bundle, Evaluated};
use reconverge_lang::report::Report;
use reconverge_lang::session::{CellRef, Host, Outcome, Output, Session, conforms};
use reconverge_outputs::display;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use together::Together;

/// How a thread tells what happened.
pub(crate) type Tell = Arc<dyn Fn(Event) + Send + Sync>;

/// The two threads. They end when this is dropped, or with the process.
pub(crate) struct Workers {
    cells: Sender<CellJob>,
    questions: Sender<QuestionJob>,
    left: Left,
    tell: Tell,
}

impl Workers {
    pub(crate) fn start(session: Arc<Session>, tell: Tell) -> std::io::Result<Workers> {
        let left = Left::default();
        let cells = cells(session, left.clone(), tell.clone())?;
        let (questions, question_jobs) = channel::<QuestionJob>();
        let told = tell.clone();
        std::thread::Builder::new().name("questions".into()).stack_size(STACK).spawn(move || {
            for job in question_jobs {
                told(assist::answer(job));
            }
        })?;
        Ok(Workers { cells, questions, left, tell })
    }

    /// Another thread takes the place of the one that runs cells; that ends with its cell, of which nobody hears.
    /// Errors: there is no thread to be had.
    pub(crate) fn replace(&mut self, session: Arc<Session>) -> std::io::Result<()> {
        self.cells = cells(session, self.left.clone(), self.tell.clone())?;
        Ok(())
    }

    /// A thread that is gone has taken the process along, so there is nobody to tell.
    pub(crate) fn run(&self, job: CellJob) {
        let _gone = self.cells.send(job);
    }

    pub(crate) fn answer(&self, job: QuestionJob) {
        let _gone = self.questions.send(job);
    }
}

/// What cells leave to those after them, in Rust too.
type Left = Arc<Mutex<Past>>;

#[derive(Default)]
struct Past {
    /// The last thing that was found out.
    last: Option<Output>,
    rust: Rust,
}

/// The thread that runs cells.
fn cells(mut session: Arc<Session>, left: Left, tell: Tell) -> std::io::Result<Sender<CellJob>> {
    let (cells, jobs) = channel::<CellJob>();
    std::thread::Builder::new().name("cells".into()).stack_size(STACK).spawn(move || {
        for job in jobs {
            if cells::run_by_rust(&job.code) {
                run_rust(&mut session, &mut left.lock().unwrap_or_else(PoisonError::into_inner), job, &tell);
            } else {
                run_cell(&mut session, &left, job, &tell);
            }
        }
    })?;
    Ok(cells)
}

fn run_cell(session: &mut Arc<Session>, left: &Left, job: CellJob, tell: &Tell) {
    let number = job.job;
    let mut host = Machine::new(job.cancel, |rate| tell(Event::Explored { job: number, rate }));
    host.halt = job.halt.clone();
    host.heard = job.heard.clone();
    let host = host;
    let mut next = Session::clone(session);
    let saved: RefCell<Vec<String>> = RefCell::default();
    let mut found = None;
    let mut together = Together::default();
    let display = |bundle, is_result| tell(Event::Shown { job: number, bundle, is_result });
    let mut show = |output: Output| {
        if let Report::Saved(report) = &output.report {
            saved.borrow_mut().push(report.code.clone());
        }
        let bundle = display::output(&output);
        host.end_progress();
        let is_value = matches!(output.report, Report::Value(_)) && !output.is_result;
        if let Some(waiting) = together.before(is_value) {
            display(waiting, false);
        }
        if let Some(bundle) = together.take(bundle, is_value) {
            display(bundle, output.is_result);
        }
        if !matches!(
            output.report,
            Report::Saved(_) | Report::Defined(_) | Report::Value(_) | Report::Inspection(_)
        ) {
            found = Some(output);
        }
    };
    let attempt = AssertUnwindSafe(|| {
        if job.purpose == Purpose::Executed
            && let Some(panel) = next.panel(job.cell.clone(), &job.code, &host)
        {
            tell(Event::Offered { job: number, panel });
        }
        match next.execute(job.cell, &job.code, &host, &mut show) {
            Outcome::Done { warnings } => {
                let expressions = job.user_expressions.into_iter();
                CellEnd::Done {
                    warnings: display::warnings(&warnings, next.sources()),
                    user_expressions: expressions
                        .map(|(name, code)| (name, evaluate(&next, &code, &host)))
                        .collect(),
                    next_input: next_input(&saved.borrow()),
                }
            }
            Outcome::Failed(failure) => CellEnd::Failed(failure.into()),
            Outcome::Interrupted => CellEnd::Failed(display::interrupted()),
        }
    });
    let ended = catch_unwind(attempt);
    if let Some(rest) = together.rest() {
        tell(Event::Shown { job: number, bundle: rest, is_result: false });
    }
    let finished = match ended {
        Ok(end) => {
            if let Some(found) = found.filter(|_| !job.halt.load(Ordering::Relaxed)) {
                left.lock().unwrap_or_else(PoisonError::into_inner).last = Some(found);
            }
            *session = Arc::new(next);
            Finished { end, session: Some(session.clone()) }
        }
        Err(panic) => Finished { end: CellEnd::Failed(display::fault(&*panic)), session: None },
    };
    tell(Event::Finished { job: number, finished });
}

/// A Rust cell changes nothing in the session but how Rust knows a system.
fn run_rust(session: &mut Arc<Session>, left: &mut Past, job: CellJob, tell: &Tell) {
    let Past { last, rust } = left;
    let number = job.job;
    let next = RefCell::new(Session::clone(session));
    let types = || next.borrow().rust();
    let run = || {
        let json = last.as_ref().and_then(display::json);
        let report = json.map_or("null".to_string(), |json| json.to_string());
        next.borrow().rust_run(last.as_ref(), &report)
    };
    let conform = || {
        let cancelled = || job.cancel.load(Ordering::Relaxed);
        next.borrow_mut().conform(&job.cell.name, &job.code, &cancelled)
    };
    let cell = RustCell {
        conform: conforms(&job.code).then_some(&conform),
        name: &job.cell.name,
        code: &job.code,
        cancel: &job.cancel,
        sources: session.sources(),
        types: &types,
        run: &run,
    };
    let attempt = AssertUnwindSafe(|| rust.run(&cell, &|said| tell(Event::Said { job: number, said })));
    let ran = catch_unwind(attempt).unwrap_or_else(|panic| Err(display::fault(&*panic)));
    let next = Arc::new(next.into_inner());
    let end = match ran {
        Ok(()) => {
            let host = Machine::new(job.cancel.clone(), |_| {});
            let expressions = job.user_expressions.into_iter();
            CellEnd::Done {
                warnings: None,
                user_expressions: expressions
                    .map(|(name, code)| (name, evaluate(&next, &code, &host)))
                    .collect(),
                next_input: None,
            }
        }
        Err(failed) => CellEnd::Failed(failed),
    };
    *session = next.clone();
    tell(Event::Finished { job: number, finished: Finished { end, session: Some(next) } });
}

/// What a cell saved, as the text of the next one.
fn next_input(saved: &[String]) -> Option<String> {
    (!saved.is_empty()).then(|| saved.join("\n").trim_end().to_string())
}

/// A user expression: by itself, after the cell, and it changes nothing.
fn evaluate(session: &Session, code: &str, host: &dyn Host) -> Evaluated {
    let mut bundle = Bundle::default();
    let cell = CellRef { id: None, name: "user expression".into() };
    let mut keep = |output: Output| bundle = display::output(&output);
    match session.clone().execute(cell, code, host, &mut keep) {
        Outcome::Done { .. } => Evaluated::Ok(bundle),
        Outcome::Failed(failure) => Evaluated::Error(failure.into()),
        Outcome::Interrupted => Evaluated::Error(display::interrupted()),
    }
}
