//! Cells: queued, run one at a time, shown, ended. What `silent`, `store_history` and `stop_on_error` mean is here.
//!
//! Enters: execute requests, what the running cell reports. Leaves: effects of the [`Server`].

use super::interact::{Moved, Slots};
use super::{Channel, Effect, Server};
use crate::cells;
use crate::jobs::{CellEnd, CellJob, Finished, Purpose, Rate, Said};
use crate::wire::{
    Bundle, ClearOutput, Content, DisplayData, Envelope, ExecuteInput, ExecuteReply, ExecuteRequest,
    ExecuteResult, Failed, NextInput, Stream, Transient,
};
use reconverge_lang::session::CellRef;
use reconverge_outputs::display;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A cell may show this many bytes; browsers freeze on more.
const OUTPUT_LIMIT: usize = 24 << 20;

/// How long cells still come that were sent before the error could be seen: after the error, and after each of them.
const BLIND: Duration = Duration::from_millis(100);
/// No front end takes longer to send what was asked before the error.
const OLDEST: Duration = Duration::from_secs(10);
/// A cell may take so long to hear that it is interrupted.
const SOON: Duration = Duration::from_millis(30);
/// One that told of its progress lately, so long: it is sure to look, between two rounds of its search.
const SURE: Duration = Duration::from_millis(300);
/// What is lately.
const LATELY: Duration = Duration::from_secs(1);
/// One that has heard of it, so long to end with what it found: there may be millions of states to look through.
const FOUND: Duration = Duration::from_secs(1);
/// One that was ended on the spot, so long to be gone, before another worker takes its place.
const GONE: Duration = Duration::from_millis(40);

/// What waits for its turn.
pub(super) enum Waiting {
    /// A cell.
    Cell(Asking),
    /// The cell of these widgets, with the values that they have when it begins. `busy`: its message is not over.
    Moved { board: u64, envelope: Envelope, busy: bool },
}

/// A cell that is to be executed.
pub(super) struct Asking {
    pub envelope: Envelope,
    pub cell_id: Option<String>,
    pub sent: Option<Duration>,
    pub asked: ExecuteRequest,
}

/// An error that stops the cells behind it.
pub(super) struct Error {
    at: Duration,
    /// Until then cells may come that were sent without knowing of it.
    until: Duration,
    /// What a notebook says that it sent before this moment was sent without knowing of it, however long it was on its
    /// way: a busy machine lets more than [`BLIND`] pass between two cells that were sent at once.
    unseen: Duration,
}

impl Error {
    fn new(at: Duration) -> Error {
        Error { at, until: at + BLIND, unseen: at + BLIND }
    }

    /// Whether a cell that comes now was sent by who could not know of the error. Who names cells is a notebook, with
    /// a person before it: nobody sees an error and asks for the next cell in a tenth of a second. Of others, who may be
    /// as quick as that, the date tells.
    fn precedes(&self, cell: &Asking, now: Duration) -> bool {
        // A clock that is far from this one tells nothing.
        let recent = |sent: &Duration| self.at.saturating_sub(*sent) < OLDEST;
        let sent = cell.sent.filter(recent);
        let blind = if cell.cell_id.is_some() {
            now < self.until || sent.is_some_and(|sent| sent < self.unseen)
        } else {
            now < self.until && sent.is_some_and(|sent| sent <= self.at)
        };
        blind && cell.asked.stop_on_error
    }

    /// A cell that precedes it makes others likelier.
    fn preceded_by(&mut self, cell: &Asking, now: Duration) {
        self.until = now + BLIND;
        if let Some(sent) = cell.sent.filter(|sent| *sent < self.unseen) {
            self.unseen = self.unseen.max(sent + BLIND);
        }
    }
}

/// The cell that runs.
pub(super) struct Running {
    pub job: u64,
    pub envelope: Envelope,
    pub cell: CellRef,
    pub code: String,
    pub silent: bool,
    pub store_history: bool,
    pub stop_on_error: bool,
    pub number: u64,
    /// Its values were moved; `None`: it was executed.
    pub moved: Option<Moved>,
    /// Where its results are replaced as its values are moved; `None`: they stay what they are.
    pub slots: Option<Slots>,
    /// Set to stop it.
    pub cancel: Arc<AtomicBool>,
    /// Set once it knows of that.
    pub heard: Arc<AtomicBool>,
    /// Set to end it on the spot.
    pub halt: Arc<AtomicBool>,
    /// When it was interrupted.
    pub interrupted: Option<Duration>,
    /// When it told of its progress.
    pub told: Option<Duration>,
    /// When it was to end on the spot.
    pub halted: Option<Duration>,
    /// What runs is a program of its own, which is stopped by who started it.
    pub foreign: bool,
    /// Bytes shown so far.
    pub shown: usize,
    /// Plain text of the result, for the history.
    pub result: Option<String>,
    /// The display that progress is shown in.
    pub progress: Option<String>,
    /// Whether nothing but what takes so long is shown.
    pub working: bool,
}

impl Running {
    pub(super) fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// How long to wait for the end that was asked for.
    pub(super) fn patience(&self, now: Duration) -> Option<Duration> {
        let interrupted = self.interrupted.filter(|_| !self.foreign)?;
        let (since, long) = match self.halted {
            Some(halted) => (halted, GONE),
            None if self.heard.load(Ordering::Relaxed) => (interrupted, FOUND),
            None if self.told.is_some_and(|told| interrupted < told + LATELY) => (interrupted, SURE),
            None => (interrupted, SOON),
        };
        Some((since + long).saturating_sub(now))
    }

    pub(super) fn of(job: &CellJob, number: u64, envelope: Envelope) -> Running {
        Running {
            job: job.job,
            envelope,
            cell: job.cell.clone(),
            code: job.code.clone(),
            silent: false,
            store_history: false,
            stop_on_error: false,
            number,
            moved: None,
            slots: None,
            cancel: job.cancel.clone(),
            heard: job.heard.clone(),
            halt: job.halt.clone(),
            interrupted: None,
            told: None,
            halted: None,
            foreign: cells::run_by_rust(&job.code),
            shown: 0,
            result: None,
            progress: None,
            working: false,
        }
    }
}

impl Server {
    pub(super) fn enqueue(&mut self, waiting: Waiting) {
        let now = self.now;
        if let (Some(error), Waiting::Cell(cell)) = (&mut self.error, &waiting) {
            if error.precedes(cell, now) {
                error.preceded_by(cell, now);
                return self.abort(cell);
            }
            self.error = None;
        }
        self.queue.push_back(waiting);
        self.start_next();
    }

    pub(super) fn start_next(&mut self) {
        while self.running.is_none()
            && let Some(next) = self.queue.pop_front()
        {
            match next {
                Waiting::Cell(cell) => self.start_cell(cell),
                Waiting::Moved { board, envelope, busy } => self.start_moved(board, envelope, busy),
            }
        }
    }

    fn start_cell(&mut self, Asking { envelope, cell_id, asked, .. }: Asking) {
        self.busy(&envelope);
        let Some(code) = asked.code else {
            let failed = Failed::new("ProtocolError", "the execute_request has no text in `code`");
            if !asked.silent {
                self.publish(Some(&envelope), Content::Error(failed.clone()));
            }
            self.reply(Channel::Shell, &envelope, error_reply(failed, self.count));
            return self.idle(&envelope);
        };
        self.count += u64::from(asked.store_history);
        let named = self.name(asked.store_history, asked.silent);
        if !asked.silent {
            let input = ExecuteInput { code: code.clone(), execution_count: self.count };
            self.publish(Some(&envelope), Content::ExecuteInput(input));
        }
        let cell = CellRef { id: cell_id, name: format!("cell {named}") };
        if !asked.silent && cell.id.is_some() {
            self.close_widgets(&envelope, |board| board.cell.id == cell.id);
        }
        let job = self.job(cell, code, Purpose::Executed, asked.user_expressions);
        self.running = Some(Running {
            silent: asked.silent,
            store_history: asked.store_history,
            stop_on_error: asked.stop_on_error,
            ..Running::of(&job, self.count, envelope)
        });
        self.effects.push(Effect::Run(job));
    }

    pub(super) fn job(
        &mut self,
        cell: CellRef,
        code: String,
        purpose: Purpose,
        user_expressions: BTreeMap<String, String>,
    ) -> CellJob {
        self.jobs += 1;
        let [cancel, heard, halt] = std::array::from_fn(|_| Arc::new(AtomicBool::new(false)));
        CellJob { job: self.jobs, cell, code, purpose, user_expressions, cancel, heard, halt }
    }

    /// The number by which places name a cell: that which stands beside it; where it is not counted, the next one, so that
    /// a notebook has the same places whether its cells are counted or not.
    fn name(&mut self, store_history: bool, silent: bool) -> u64 {
        let number = if store_history { self.count } else { self.named.max(self.count) + 1 };
        if !silent {
            self.named = number;
        }
        number
    }

    /// The running cell, if it is this one and shows what it does.
    pub(super) fn visible(&mut self, job: u64) -> Option<Running> {
        let stale = |r: &Running| r.moved.as_ref().is_some_and(|moved| moved.again);
        if self.running.as_ref().is_some_and(|r| r.job == job && !r.silent && !stale(r)) {
            return self.running.take();
        }
        None
    }

    pub(super) fn show(&mut self, job: u64, bundle: Bundle, is_result: bool) {
        let Some(mut running) = self.visible(job) else { return };
        // No value of a cell is ever replaced, but displays are.
        let is_result = is_result && running.slots.is_none();
        if is_result {
            self.end_progress(&mut running);
        }
        let before = running.shown;
        running.shown += bundle.bytes();
        if running.shown <= OUTPUT_LIMIT {
            match running.progress.take() {
                // The answer replaces the progress, so the stored output does not depend on the duration.
                Some(id) => {
                    running.slots.iter_mut().for_each(|slots| slots.keep(&bundle));
                    self.update(&running, id, bundle);
                }
                None => self.show_bundle(&mut running, bundle, is_result),
            }
        } else if before <= OUTPUT_LIMIT {
            let words = "This cell shows more than 24 MB; the rest of its output is left out.";
            self.show_bundle(&mut running, Bundle::text(words), false);
        }
        self.running = Some(running);
    }

    pub(super) fn show_bundle(&mut self, running: &mut Running, bundle: Bundle, is_result: bool) {
        if running.slots.is_some() {
            return self.show_in_slot(running, bundle);
        }
        let content = if is_result {
            running.result = bundle.plain().map(str::to_owned);
            Content::ExecuteResult(ExecuteResult { bundle, execution_count: running.number })
        } else {
            Content::DisplayData(DisplayData { bundle, transient: Transient::default() })
        };
        self.publish(Some(&running.envelope), content);
    }

    pub(super) fn progress(&mut self, job: u64, rate: Rate) {
        let Some(mut running) = self.visible(job) else { return };
        running.told = Some(self.now);
        if !running.store_history && running.moved.is_none() {
            // Nobody watches a cell that is not counted: who runs it, nbval for one, compares what was shown with what was
            // stored, and not all of them know updates.
            self.running = Some(running);
            return;
        }
        self.let_go(&mut running);
        let bundle = display::progress(&rate);
        if let Some(id) = running.progress.clone() {
            self.update(&running, id, bundle);
        } else if running.slots.is_some() {
            running.progress = self.next_slot(&mut running, bundle);
        } else {
            let id = format!("reconverge-progress-{}-{}", running.job, running.shown);
            running.progress = Some(id.clone());
            let transient = Transient { display_id: Some(id) };
            self.publish(Some(&running.envelope), Content::DisplayData(DisplayData { bundle, transient }));
        }
        self.running = Some(running);
    }

    /// What a cell in another language tells.
    pub(super) fn said(&mut self, job: u64, said: Said) {
        match said {
            Said::Shown(bundle) => {
                self.clear(job, true);
                self.show(job, bundle, true);
            }
            Said::Printed { stream, text } => {
                self.clear(job, true);
                let Some(mut running) = self.visible(job) else { return };
                running.shown += text.len();
                self.publish(Some(&running.envelope), Content::Stream(Stream { name: stream, text }));
                self.running = Some(running);
            }
            Said::Working(words) => {
                self.clear(job, true);
                let Some(mut running) = self.visible(job) else { return };
                if running.shown == 0 {
                    self.show_bundle(&mut running, Bundle::text(&words), false);
                    running.working = true;
                }
                self.running = Some(running);
            }
        }
    }

    /// What takes so long goes as something else is shown (`wait`: with the next output): what stays does not depend on
    /// the duration.
    fn clear(&mut self, job: u64, wait: bool) {
        let Some(mut running) = self.visible(job) else { return };
        if std::mem::take(&mut running.working) {
            self.publish(Some(&running.envelope), Content::ClearOutput(ClearOutput { wait }));
        }
        self.running = Some(running);
    }

    /// What stays in the notebook where progress was shown and no answer came.
    pub(super) fn end_progress(&mut self, running: &mut Running) {
        let Some(id) = running.progress.take() else { return };
        match &mut running.slots {
            // What comes next takes its place.
            Some(slots) => slots.give_back(),
            None => self.update(running, id, Bundle::text("exploration ended")),
        }
    }

    pub(super) fn update(&mut self, running: &Running, id: String, bundle: Bundle) {
        let transient = Transient { display_id: Some(id) };
        self.publish(Some(&running.envelope), Content::UpdateDisplayData(DisplayData { bundle, transient }));
    }

    pub(super) fn finish(&mut self, job: u64, finished: Finished) {
        if self.running.as_ref().is_some_and(|r| r.job == job) {
            if let Some(session) = finished.session {
                self.session = session;
            }
            self.end(finished.end);
            self.start_next();
        }
    }

    fn end(&mut self, end: CellEnd) {
        if let Some(job) = self.running.as_ref().map(|running| running.job) {
            self.clear(job, false);
        }
        let Some(mut running) = self.running.take() else { return };
        if running.moved.is_some() {
            return self.end_moved(running, end);
        }
        self.end_progress(&mut running);
        let aborts = matches!(end, CellEnd::Failed(_)) && running.stop_on_error;
        let reply = match end {
            CellEnd::Done { warnings, user_expressions, next_input } => {
                if let Some(bundle) = warnings.filter(|_| !running.silent) {
                    self.show_bundle(&mut running, bundle, false);
                }
                // What was put in once and executed is not put in again.
                let next = next_input.filter(|text| !running.silent && !self.history.holds(text));
                Content::ExecuteReply(ExecuteReply::Ok {
                    execution_count: running.number,
                    payload: next.map(|text| NextInput { text, replace: false }).into_iter().collect(),
                    user_expressions,
                })
            }
            CellEnd::Failed(failed) => {
                if !running.silent {
                    self.fail_slots(&mut running);
                    self.publish(Some(&running.envelope), Content::Error(failed.clone()));
                }
                error_reply(failed, running.number)
            }
        };
        self.end_slots(&mut running);
        self.reply(Channel::Shell, &running.envelope, reply);
        self.idle(&running.envelope);
        if running.store_history {
            self.history.push(running.number, running.code, running.result);
        }
        if aborts {
            self.error = Some(Error::new(self.now));
            self.abort_queue();
        }
    }

    /// Cells that were sent before the failure do not run; other requests are answered as ever.
    fn abort_queue(&mut self) {
        for waiting in std::mem::take(&mut self.queue) {
            let cell = match waiting {
                Waiting::Cell(cell) => cell,
                moved @ Waiting::Moved { .. } => {
                    self.queue.push_back(moved);
                    continue;
                }
            };
            self.abort(&cell);
        }
    }

    fn abort(&mut self, cell: &Asking) {
        self.busy(&cell.envelope);
        let reply = ExecuteReply::Aborted { execution_count: self.count };
        self.reply(Channel::Shell, &cell.envelope, Content::ExecuteReply(reply));
        self.idle(&cell.envelope);
    }

    pub(super) fn interrupt(&mut self) {
        if let Some(running) = &mut self.running {
            running.cancel.store(true, Ordering::Relaxed);
            running.interrupted.get_or_insert(self.now);
        }
    }

    /// A cell that was interrupted ends: with what it found, if that comes soon; on the spot; or without its worker,
    /// which then ends with what holds it up.
    pub(super) fn lose_patience(&mut self) {
        let Some(running) = &mut self.running else { return };
        if running.patience(self.now) != Some(Duration::ZERO) {
            return;
        }
        if running.halted.is_none() {
            running.halted = Some(self.now);
            return running.halt.store(true, Ordering::Relaxed);
        }
        self.effects.push(Effect::Replace(self.session.clone()));
        self.end(CellEnd::Failed(display::interrupted()));
        self.start_next();
    }

    /// The kernel ends: what runs and what waits is answered now.
    pub(super) fn abandon(&mut self) {
        let failed = Failed::new("Interrupted", "the kernel was shut down");
        self.end(CellEnd::Failed(failed));
        self.abort_queue();
    }
}

fn error_reply(failed: Failed, execution_count: u64) -> Content {
    let user_expressions = BTreeMap::new();
    Content::ExecuteReply(ExecuteReply::Error { execution_count, failed, payload: [], user_expressions })
}
