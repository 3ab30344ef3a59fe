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

use crate::display::Bundle;
use crate::wire::{Outgoing, Request};
use crate::worker::{AssistJob, CellJob, Finished, Question, Rate};
use execute::Running;
use history::History;
use reconverge_lang::session::Session;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::sync::Arc;

/// The sockets on which requests come in and replies go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Shell,
    Control,
    Stdin,
}

/// Everything that can happen to a kernel.
pub enum Event {
    Received(Channel, Request),
    /// A front end subscribed to a topic.
    Subscribed(Vec<u8>),
    /// From the running cell, by job number.
    Shown {
        job: u64,
        bundle: Bundle,
        is_result: bool,
    },
    Explored {
        job: u64,
        rate: Rate,
    },
    /// Every request that had come before it was received before it.
    Finished {
        job: u64,
        finished: Finished,
    },
    /// The answer to a question about a text: the content of the reply.
    Assisted {
        request: Request,
        reply: Value,
    },
    Interrupt,
}

/// Everything that a kernel does to the world.
pub enum Effect {
    Send(Channel, Outgoing),
    Publish(Outgoing),
    Run(CellJob),
    Assist(AssistJob),
    /// The last effect.
    Stop,
}

pub struct Server {
    session: Arc<Session>,
    /// Number of the last cell that went into the history.
    count: u64,
    jobs: u64,
    history: History,
    queue: VecDeque<Request>,
    running: Option<Running>,
    stopping: bool,
    effects: Vec<Effect>,
}

impl Server {
    pub fn new(session: Arc<Session>) -> Server {
        Server {
            session,
            count: 0,
            jobs: 0,
            history: History::default(),
            queue: VecDeque::new(),
            running: None,
            stopping: false,
            effects: Vec::new(),
        }
    }

    /// The message that front ends may wait for before they send anything.
    pub fn start(&mut self) -> Vec<Effect> {
        self.publish(None, "status", json!({ "execution_state": "starting" }));
        std::mem::take(&mut self.effects)
    }

    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        if !self.stopping {
            match event {
                Event::Received(channel, request) => self.receive(channel, request),
                Event::Subscribed(topic) => self.welcome(topic),
                Event::Shown { job, bundle, is_result } => self.show(job, bundle, is_result),
                Event::Explored { job, rate } => self.progress(job, rate),
                Event::Finished { job, finished } => self.finish(job, finished),
                Event::Assisted { request, reply } => self.assisted(&request, reply),
                Event::Interrupt => self.interrupt(),
            }
        }
        std::mem::take(&mut self.effects)
    }

    fn receive(&mut self, channel: Channel, request: Request) {
        match (channel, request.msg_type.as_str()) {
            // Nothing is ever asked on stdin, so nothing can be answered there.
            (Channel::Stdin, _) => {}
            (Channel::Shell, "execute_request") => self.enqueue(request),
            (Channel::Shell, "complete_request") => self.assist(request, Question::Complete),
            (Channel::Shell, "inspect_request") => self.assist(request, Question::Inspect),
            (Channel::Shell, "is_complete_request") => self.assist(request, Question::IsComplete),
            (_, "shutdown_request") => self.shutdown(channel, request),
            _ => {
                self.status(&request, "busy");
                self.answer(channel, &request);
                self.status(&request, "idle");
            }
        }
    }

    /// Requests that are answered at once. An unknown one has no reply.
    fn answer(&mut self, channel: Channel, request: &Request) {
        match request.msg_type.as_str() {
            "kernel_info_request" => self.reply(channel, request, "kernel_info_reply", info::kernel_info()),
            "interrupt_request" => {
                self.interrupt();
                self.reply(channel, request, "interrupt_reply", json!({ "status": "ok" }));
            }
            "history_request" => {
                let history = self.history.answer(&request.content);
                self.reply(channel, request, "history_reply", json!({ "status": "ok", "history": history }));
            }
            "comm_info_request" => {
                self.reply(channel, request, "comm_info_reply", json!({ "status": "ok", "comms": {} }))
            }
            // There are no comm targets, and the front end has to learn that.
            "comm_open" => {
                let id = request.content.get("comm_id").cloned().unwrap_or(Value::Null);
                self.publish(Some(request), "comm_close", json!({ "comm_id": id, "data": {} }));
            }
            other => log::debug!("no answer to {other}"),
        }
    }

    fn assist(&mut self, request: Request, question: Question) {
        self.status(&request, "busy");
        self.effects.push(Effect::Assist(AssistJob { session: self.session.clone(), question, request }));
    }

    fn assisted(&mut self, request: &Request, reply: Value) {
        let msg_type = match request.msg_type.as_str() {
            "complete_request" => "complete_reply",
            "inspect_request" => "inspect_reply",
            _ => "is_complete_reply",
        };
        self.reply(Channel::Shell, request, msg_type, reply);
        self.status(request, "idle");
    }

    /// Stops what runs and says so, then answers and ends.
    fn shutdown(&mut self, channel: Channel, request: Request) {
        self.interrupt();
        self.abandon();
        self.status(&request, "busy");
        let restart = request.content.get("restart").and_then(Value::as_bool).unwrap_or(false);
        let content = json!({ "status": "ok", "restart": restart });
        self.reply(channel, &request, "shutdown_reply", content.clone());
        self.publish(Some(&request), "shutdown_reply", content);
        self.status(&request, "idle");
        self.effects.push(Effect::Stop);
        self.stopping = true;
    }

    fn welcome(&mut self, topic: Vec<u8>) {
        self.effects.push(Effect::Publish(Outgoing {
            prefix: vec![topic.clone()],
            msg_type: "iopub_welcome",
            parent: None,
            metadata: json!({}),
            content: json!({ "subscription": String::from_utf8_lossy(&topic) }),
        }));
    }

    fn status(&mut self, request: &Request, state: &str) {
        self.publish(Some(request), "status", json!({ "execution_state": state }));
    }

    fn publish(&mut self, parent: Option<&Request>, msg_type: &'static str, content: Value) {
        self.effects.push(Effect::Publish(Outgoing {
            prefix: vec![format!("kernel.reconverge.{msg_type}").into_bytes()],
            msg_type,
            parent: parent.map(|r| r.header.clone()),
            metadata: json!({}),
            content,
        }));
    }

    fn reply(&mut self, channel: Channel, request: &Request, msg_type: &'static str, content: Value) {
        let outgoing = Outgoing {
            prefix: request.identities.clone(),
            msg_type,
            parent: Some(request.header.clone()),
            metadata: json!({}),
            content,
        };
        self.effects.push(Effect::Send(channel, outgoing));
    }
}

/// A boolean field with its default.
fn flag(content: &Map<String, Value>, name: &str, default: bool) -> bool {
    content.get(name).and_then(Value::as_bool).unwrap_or(default)
}
