//! What became of each message of a trace: delivered, lost, or still in flight at its end.
//!
//! Enters: a trace. Leaves: one [`Flight`] for each copy of each message, in the order of sending; a duplicate is a copy
//! with a birth of its own.

use crate::concepts::{Fault, StepKind};
use crate::report::Trace;

/// One copy of a message on its way. Steps are 0-based.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight {
    /// `Fetch { offset: 0 }`
    pub message: String,
    /// Index of the step.
    pub sent_at: usize,
    /// The step that made this copy, where it is a duplicate.
    pub copied_at: Option<usize>,
    /// Lanes.
    pub from: usize,
    /// Lane of the receiver.
    pub to: usize,
    /// What becomes of it.
    pub end: End,
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In which step.
    Delivered(usize),
    /// In which step.
    Lost(usize),
    /// Neither delivered nor lost when the trace ends.
    InFlight,
}

/// All flights, by step of sending, then in the order of sending; copies follow their original.
pub fn flights(trace: &Trace) -> Vec<Flight> {
    let mut all = Vec::new();
    let mut number = 0;
    for (sent_at, step) in trace.steps.iter().enumerate() {
        for sent in &step.sent {
            let first = Flight {
                message: sent.message.clone(),
                sent_at,
                copied_at: None,
                from: sent.from,
                to: sent.to,
                end: End::InFlight,
            };
            all.extend(copies(trace, number, first));
            number += 1;
        }
    }
    all
}

/// The message with the given number, and its duplicates; an event takes the oldest copy that is still in flight.
fn copies(trace: &Trace, number: usize, first: Flight) -> Vec<Flight> {
    let mut copies = vec![first];
    for (index, step) in trace.steps.iter().enumerate() {
        if step.received != Some(number) {
            continue;
        }
        let end = match step.kind {
            StepKind::Fault(Fault::Duplicate) => {
                let copy = Flight { copied_at: Some(index), end: End::InFlight, ..copies[0].clone() };
                copies.push(copy);
                continue;
            }
            StepKind::Fault(Fault::Lose) => End::Lost(index),
            StepKind::Action
            | StepKind::Deliver
            | StepKind::Resolution
            | StepKind::Reconciler
            | StepKind::Fault(
                Fault::Crash
                | Fault::Wipe
                | Fault::Restart
                | Fault::Pause
                | Fault::Resume
                | Fault::Skew
                | Fault::Stale
                | Fault::Reorder
                | Fault::Partition,
            )
            | StepKind::Tick
            | StepKind::Heal
            | StepKind::Stutter => End::Delivered(index),
        };
        if let Some(copy) = copies.iter_mut().find(|c| c.end == End::InFlight) {
            copy.end = end;
        }
    }
    copies
}
