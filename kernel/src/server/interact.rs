//! Cells whose values can be moved: their widgets, and what follows as one is moved.
//!
//! Enters: what a cell offers, what front ends tell of its widgets. Leaves: effects of the [`Server`].
//!
//! A cell whose values were moved runs as any other, behind those that wait, and what it gives replaces what it gave.
//! Whatever is moved meanwhile counts: one that waits takes the values that there are when it begins, and one that runs is
//! stopped for the next. A front end sends no further change of a widget before the message of the last is idle: so such
//! a message is over as soon as what follows takes long, or has to wait.

use super::execute::{Running, Waiting};
use super::widgets::{self, Board, Opened};
use super::{Effect, Server};
use crate::jobs::{CellEnd, Purpose};
use crate::wire::Said;
use crate::wire::{
    Bundle, CommClose, CommInfo, CommInfoReply, CommMsg, CommOpen, CommTarget, Content, DisplayData, Empty,
    Envelope, OpenedComm, ToldComm, ToldState, Transient, WidgetState,
};
use reconverge_lang::report::panel::Panel;
use reconverge_outputs::display;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// What widgets speak through.
const TARGET: &str = "jupyter.widget";

/// A cell that runs because its values were moved.
pub(super) struct Moved {
    board: u64,
    /// The message that moved them is not over.
    busy: bool,
    /// They were moved again: what comes of it is of no interest.
    pub again: bool,
}

/// The displays of a cell, one for each result.
pub(super) struct Slots {
    board: u64,
    /// How many are taken.
    next: usize,
    /// How many there are.
    known: usize,
    /// There may be more.
    grows: bool,
    shown: Vec<Bundle>,
}

impl Slots {
    /// A result that takes the place of progress.
    pub(super) fn keep(&mut self, bundle: &Bundle) {
        self.shown.push(bundle.clone());
    }

    /// The last display that was taken is free again.
    pub(super) fn give_back(&mut self) {
        self.next = self.next.saturating_sub(1);
    }
}

fn whole(state: &widgets::State) -> WidgetState {
    WidgetState { state: state.clone(), buffer_paths: [] }
}

impl Server {
    /// The running cell has values that can be moved.
    pub(super) fn offer(&mut self, job: u64, panel: Panel) {
        let Some(mut running) = self.visible(job) else { return };
        let bundle = |board: &Board| display::panel(board.panel(), board.whole());
        let (board, closed) = self.opened.open(running.cell.clone(), running.envelope.session(), panel);
        let opened: Vec<Content> = board
            .models
            .iter()
            .map(|model| OpenedComm {
                comm_id: model.id.clone(),
                target_name: TARGET,
                data: whole(&model.state),
            })
            .map(Content::CommOpen)
            .collect();
        let (number, shown) =
            (board.number, DisplayData { bundle: bundle(board), transient: Transient::default() });
        self.say_closed(&running.envelope, closed);
        for content in opened.into_iter().chain([Content::DisplayData(shown)]) {
            self.publish(Some(&running.envelope), content);
        }
        running.slots = Some(Slots { board: number, next: 0, known: 0, grows: true, shown: Vec::new() });
        self.running = Some(running);
    }

    pub(super) fn close_widgets(&mut self, envelope: &Envelope, which: impl Fn(&Board) -> bool) {
        let closed = self.opened.close(which);
        self.say_closed(envelope, closed);
    }

    fn say_closed(&mut self, envelope: &Envelope, ids: Vec<String>) {
        for id in ids {
            let close = CommClose { comm_id: id.into(), data: Empty {} };
            self.publish(Some(envelope), Content::CommClose(close));
        }
    }

    pub(super) fn comms(&self, asked: &CommInfo) -> CommInfoReply {
        let all = asked.target_name.as_deref().is_none_or(|name| name == TARGET);
        let ids = self.opened.ids().filter(|_| all).cloned();
        CommInfoReply { comms: ids.map(|id| (id, CommTarget { target_name: TARGET })).collect() }
    }

    /// A front end has closed a widget: those that belong to it are closed too.
    pub(super) fn closed(&mut self, CommOpen { comm_id }: &CommOpen) {
        let Some(id) = comm_id.as_str() else { return };
        self.opened.close(|board| board.has(id));
    }

    /// What a front end tells of a widget; `busy` has been said.
    pub(super) fn told(&mut self, envelope: Envelope, CommMsg { comm_id, data }: CommMsg) {
        let Some(board) = self.opened.of_model(&comm_id) else { return self.idle(&envelope) };
        let number = board.number;
        let moved = match data {
            Said::RequestState => {
                // What it shows is what was moved, and that may not be stored.
                if board.is_moved() {
                    board.heard(envelope.session());
                }
                let state = board.state(&comm_id).map(whole);
                self.tell(&envelope, comm_id, state.map(ToldState::Update));
                return self.idle(&envelope);
            }
            Said::Update(state) => {
                let moved = board.told(&comm_id, &state);
                if matches!(moved, widgets::Moved::Value) {
                    board.heard(envelope.session());
                }
                self.tell(&envelope, comm_id.clone(), Some(ToldState::EchoUpdate(whole(&state))));
                moved
            }
            Said::Other => widgets::Moved::Nothing,
        };
        match moved {
            widgets::Moved::Nothing => self.idle(&envelope),
            widgets::Moved::Refused(state) => {
                self.tell(&envelope, comm_id, Some(ToldState::Update(whole(&state))));
                self.idle(&envelope);
            }
            widgets::Moved::Value => self.moved(number, envelope),
        }
    }

    fn tell(&mut self, envelope: &Envelope, comm_id: String, data: Option<ToldState>) {
        if let Some(data) = data {
            self.publish(Some(envelope), Content::CommMsg(ToldComm { comm_id, data }));
        }
    }

    /// The values of a cell are others: it is to run again.
    fn moved(&mut self, number: u64, envelope: Envelope) {
        if self.running.is_none() {
            return self.enqueue(Waiting::Moved { board: number, envelope, busy: true });
        }
        self.idle(&envelope);
        if let Some(running) = &mut self.running
            && let Some(moved) = running.moved.as_mut().filter(|moved| moved.board == number)
        {
            moved.again = true;
            running.cancel.store(true, Ordering::Relaxed);
        }
        let waits = |waiting: &Waiting| matches!(waiting, Waiting::Moved { board, .. } if *board == number);
        if !self.queue.iter().any(waits) {
            self.enqueue(Waiting::Moved { board: number, envelope, busy: false });
        }
    }

    pub(super) fn start_moved(&mut self, number: u64, envelope: Envelope, busy: bool) {
        let Some(board) = self.opened.get(number) else {
            // The cell was executed again meanwhile.
            if busy {
                self.idle(&envelope);
            }
            return;
        };
        let (cell, code, displays) = (board.cell.clone(), board.code(), board.displays);
        if !busy {
            self.busy(&envelope);
        }
        self.tell_changes(&envelope, number);
        let job = self.job(cell, code, Purpose::Moved, BTreeMap::new());
        self.running = Some(Running {
            moved: Some(Moved { board: number, busy, again: false }),
            slots: Some(Slots { board: number, next: 0, known: displays, grows: false, shown: Vec::new() }),
            ..Running::of(&job, self.count, envelope)
        });
        self.effects.push(Effect::Run(job));
    }

    /// Front ends may send further changes: this takes long.
    pub(super) fn let_go(&mut self, running: &mut Running) {
        if let Some(moved) = running.moved.as_mut().filter(|moved| moved.busy) {
            moved.busy = false;
            self.idle(&running.envelope);
            self.busy(&running.envelope);
        }
    }

    pub(super) fn end_moved(&mut self, mut running: Running, end: CellEnd) {
        let again = running.moved.as_ref().is_some_and(|moved| moved.again);
        if !again {
            self.end_progress(&mut running);
            let last = match end {
                CellEnd::Done { warnings, .. } => warnings,
                CellEnd::Failed(failed) => Some(display::failed(&failed)),
            };
            if let Some(bundle) = last {
                self.show_bundle(&mut running, bundle, false);
            }
            self.end_slots(&mut running);
        }
        self.idle(&running.envelope);
    }

    pub(super) fn show_in_slot(&mut self, running: &mut Running, bundle: Bundle) {
        let Some(slots) = &mut running.slots else { return };
        if slots.next < slots.known || slots.grows {
            slots.keep(&bundle);
            self.next_slot(running, bundle);
            return;
        }
        // A cell that gives more than it gave: it stands below the last that has a place.
        let Some(last) = slots.shown.last_mut() else { return };
        *last = std::mem::take(last).above(&bundle);
        let (id, bundle) = (self.opened.display(slots.board, slots.known.saturating_sub(1)), last.clone());
        self.update(running, id, bundle);
    }

    /// The display in which it is; `None`: there is no more.
    pub(super) fn next_slot(&mut self, running: &mut Running, bundle: Bundle) -> Option<String> {
        let slots = running.slots.as_mut().filter(|slots| slots.next < slots.known || slots.grows)?;
        let id = self.opened.display(slots.board, slots.next);
        let known = slots.next < slots.known;
        slots.next += 1;
        slots.known = slots.known.max(slots.next);
        if known {
            self.update(running, id.clone(), bundle);
        } else {
            let transient = Transient { display_id: Some(id.clone()) };
            self.publish(Some(&running.envelope), Content::DisplayData(DisplayData { bundle, transient }));
        }
        Some(id)
    }

    /// The cell fails as it is written. Its error is published as that of any cell, and stays in the notebook: where values
    /// that are moved fail too, they need a place of their own.
    pub(super) fn fail_slots(&mut self, running: &mut Running) {
        let Some(slots) = &running.slots else { return };
        if let Some(board) = self.opened.get(slots.board) {
            board.fails();
        }
        self.show_bundle(running, Bundle::text(""), false);
    }

    /// What the cell gave before and gives no more is gone.
    pub(super) fn end_slots(&mut self, running: &mut Running) {
        let Some(slots) = running.slots.take() else { return };
        for index in slots.next..slots.known {
            let id = self.opened.display(slots.board, index);
            self.update(running, id, Bundle::text(""));
        }
        let Some(board) = self.opened.get(slots.board) else { return };
        board.displays = slots.known;
        board.gives(slots.shown);
        if running.moved.is_some() {
            self.tell_changes(&running.envelope, slots.board);
        }
    }

    /// What changes in widgets that nobody moves.
    fn tell_changes(&mut self, envelope: &Envelope, number: u64) {
        let Some(board) = self.opened.get(number) else { return };
        let changes = board.changing().map(|(id, state)| (id.to_owned(), whole(&state))).collect::<Vec<_>>();
        for (id, state) in changes {
            self.tell(envelope, id, Some(ToldState::Update(state)));
        }
    }

    /// Ids of widgets begin so: those of another kernel, in a notebook that was stored, are others.
    #[must_use]
    pub fn with_ids(self, prefix: &str) -> Server {
        Server { opened: Opened::named(format!("{prefix}-")), ..self }
    }
}
