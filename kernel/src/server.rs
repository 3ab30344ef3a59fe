//! The kernel as a state machine: events in, effects out. No sockets, no clock, no threads.
//!
//! Enters: requests with their signatures checked, what the worker threads report, signals. Leaves: messages to send,
//! jobs to start. `busy` and `idle` bracket every request here, whatever it is and however it ends.
//! Source: Jupyter messaging protocol 5.5.
//!
//! Cells run one after the other on a thread of their own; everything else is answered at once, also while a cell runs:
//! completion, inspection and `is_complete` from the session as the last finished cell left it.

mod execute;
mod history;
mod info;
mod interact;
mod widgets;

use crate::jobs::{CellJob, Event, QuestionJob};
use crate::wire::{
    Asked, Channel, CommClose, CommOpen, Content, Empty, Envelope, ExecutionState, InterruptReply, Outgoing,
    Question, Request, ShutdownReply, ShutdownRequest, Status, Welcome,
};
use execute::{Asking, Error, Running, Waiting};
use history::History;
use reconverge_lang::session::Session;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use widgets::Opened;

/// Everything that a kernel does to the world.
pub enum Effect {
    /// An answer to one front end.
    Send(Channel, Outgoing),
    /// A message to all front ends.
    Publish(Outgoing),
    /// A cell for the worker.
    Run(CellJob),
    /// A question for the thread that answers.
    Answer(QuestionJob),
    /// The worker has a cell that does not stop: another takes its place, with this session.
    Replace(Arc<Session>),
    /// The last effect.
    Stop,
}

/// The kernel as a state machine.
pub struct Server {
    session: Arc<Session>,
    /// Number of the last cell that went into the history.
    count: u64,
    /// Number by which places name the last cell that was shown.
    named: u64,
    jobs: u64,
    history: History,
    queue: VecDeque<Waiting>,
    running: Option<Running>,
    /// The last one that stops cells behind it.
    error: Option<Error>,
    /// The time since the Unix epoch, as it was last told.
    now: Duration,
    /// Widgets of cells whose values can be moved.
    opened: Opened,
    stopping: bool,
    effects: Vec<Effect>,
}

impl Server {
    /// That of a session in which nothing has run.
    pub fn new(session: Arc<Session>) -> Server {
        Server {
            session,
            count: 0,
            named: 0,
            jobs: 0,
            history: History::default(),
            queue: VecDeque::new(),
            running: None,
            error: None,
            now: Duration::ZERO,
            opened: Opened::default(),
            stopping: false,
            effects: Vec::new(),
        }
    }

    /// The message that front ends may wait for before they send anything.
    pub fn start(&mut self) -> Vec<Effect> {
        self.publish(None, Content::Status(Status { execution_state: ExecutionState::Starting }));
        std::mem::take(&mut self.effects)
    }

    /// Tells the time since the Unix epoch, for the events that follow; it never goes back.
    pub fn at(&mut self, now: Duration) -> &mut Server {
        self.now = now;
        self
    }

    /// For how long nothing happens by itself; then comes an [`Event::Tick`]. `None`: nothing ever does.
    pub fn quiet(&self) -> Option<Duration> {
        self.running.as_ref().and_then(|running| running.patience(self.now))
    }

    /// What follows from an event, in order.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        if !self.stopping {
            match event {
                Event::Received(channel, request) => self.receive(channel, request),
                Event::Subscribed(topic) => self.welcome(topic),
                Event::Shown { job, bundle, is_result } => self.show(job, bundle, is_result),
                Event::Offered { job, panel } => self.offer(job, panel),
                Event::Explored { job, rate } => self.progress(job, rate),
                Event::Said { job, said } => self.said(job, said),
                Event::Finished { job, finished } => self.finish(job, finished),
                Event::Answered { envelope, reply } => {
                    self.reply(Channel::Shell, &envelope, reply);
                    self.idle(&envelope);
                }
                Event::Interrupt => self.interrupt(),
                Event::Terminate => self.terminate(),
                Event::Tick => {}
            }
            self.lose_patience();
        }
        std::mem::take(&mut self.effects)
    }

    fn receive(&mut self, channel: Channel, request: Request) {
        let Request { envelope, cell_id, sent, asked } = request;
        match (channel, asked) {
            // Nothing is ever asked on stdin, so nothing can be answered there.
            (Channel::Stdin, _) => {}
            (Channel::Shell, Asked::Execute(asked)) => {
                self.enqueue(Waiting::Cell(Asking { envelope, cell_id, sent, asked }));
            }
            (Channel::Shell, Asked::CommMsg(message)) => {
                self.busy(&envelope);
                self.told(envelope, message);
            }
            (Channel::Shell, Asked::Question(question)) => self.question(envelope, question),
            (_, Asked::Shutdown(asked)) => self.shutdown(channel, &envelope, asked),
            (_, asked) => {
                self.busy(&envelope);
                self.answer(channel, &envelope, asked);
                self.idle(&envelope);
            }
        }
    }

    /// What is answered at once. Neither an unknown request has a reply nor one that belongs on another channel.
    fn answer(&mut self, channel: Channel, envelope: &Envelope, asked: Asked) {
        let reply = match asked {
            Asked::KernelInfo => Content::KernelInfoReply(info::kernel_info()),
            Asked::Interrupt => {
                self.interrupt();
                Content::InterruptReply(InterruptReply {})
            }
            Asked::History(asked) => Content::HistoryReply(self.history.answer(&asked)),
            Asked::CommInfo(asked) => Content::CommInfoReply(self.comms(&asked)),
            Asked::CommClose(close) => return self.closed(&close),
            // The kernel opens comms, and front ends open none: they have to learn that.
            Asked::CommOpen(CommOpen { comm_id }) => {
                let close = CommClose { comm_id, data: Empty {} };
                return self.publish(Some(envelope), Content::CommClose(close));
            }
            other @ (Asked::Execute(_)
            | Asked::Question(_)
            | Asked::Shutdown(_)
            | Asked::CommMsg(_)
            | Asked::Other(_)) => {
                return log::debug!("no answer on {channel:?} to {other:?}");
            }
        };
        self.reply(channel, envelope, reply);
    }

    fn question(&mut self, envelope: Envelope, question: Question) {
        self.busy(&envelope);
        self.effects.push(Effect::Answer(QuestionJob { session: self.session.clone(), envelope, question }));
    }

    /// Stops what runs and says so, then answers and ends.
    fn shutdown(&mut self, channel: Channel, envelope: &Envelope, asked: ShutdownRequest) {
        self.interrupt();
        self.abandon();
        self.busy(envelope);
        let reply = ShutdownReply { restart: asked.restart };
        self.reply(channel, envelope, Content::ShutdownReply(reply));
        self.publish(Some(envelope), Content::ShutdownReply(reply));
        self.idle(envelope);
        self.effects.push(Effect::Stop);
        self.stopping = true;
    }

    /// As a shutdown that nobody waits for.
    fn terminate(&mut self) {
        self.interrupt();
        self.abandon();
        self.effects.push(Effect::Stop);
        self.stopping = true;
    }

    fn welcome(&mut self, topic: Vec<u8>) {
        let subscription = String::from_utf8_lossy(&topic).into_owned();
        self.effects.push(Effect::Publish(Outgoing {
            prefix: vec![topic],
            parent: None,
            content: Content::Welcome(Welcome { subscription }),
        }));
    }

    fn busy(&mut self, envelope: &Envelope) {
        self.publish(Some(envelope), Content::Status(Status { execution_state: ExecutionState::Busy }));
    }

    /// The end of a request. Front ends show the last state that they hear, whoever it is of: a cell that runs all the
    /// while says that it does.
    fn idle(&mut self, envelope: &Envelope) {
        self.publish(Some(envelope), Content::Status(Status { execution_state: ExecutionState::Idle }));
        if let Some(running) = &self.running {
            let cell = running.envelope().clone();
            self.busy(&cell);
        }
    }

    fn publish(&mut self, parent: Option<&Envelope>, content: Content) {
        self.effects.push(Effect::Publish(Outgoing {
            prefix: vec![format!("kernel.reconverge.{}", content.msg_type()).into_bytes()],
            parent: parent.map(|envelope| envelope.header.clone()),
            content,
        }));
    }

    fn reply(&mut self, channel: Channel, envelope: &Envelope, content: Content) {
        let prefix = envelope.identities.clone();
        let parent = Some(envelope.header.clone());
        self.effects.push(Effect::Send(channel, Outgoing { prefix, parent, content }));
    }
}
