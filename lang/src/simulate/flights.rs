//! Messages under way: when each arrives.
//!
//! Enters: the queues of a state before and after a step. Leaves: for each message that lies there a [`Flight`], matched
//! by what it says; on an ordered link none arrives before those that were sent before it.

use super::actors::Cast;
use super::plan::Plan;
use super::random::Random;
use crate::concepts::Fault;
use crate::engine::machine::Word;
use crate::model::Model;

/// A message under way.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    /// Packed, as it lies in its queue.
    words: Vec<Word>,
    /// When it arrives.
    pub due: u64,
    /// What tells it from others of its queue.
    pub id: u64,
    /// It is there, and nobody could take it yet.
    pub waits: bool,
    /// It will be lost.
    pub lost: bool,
    /// It will arrive twice.
    pub twice: bool,
}

/// All messages under way, by queue, in the order in which they lie there.
#[derive(Debug, Default)]
pub(super) struct Flights {
    queues: Vec<Vec<Flight>>,
    next: u64,
    buffer: Vec<Flight>,
}

/// What may happen to a message, in millionths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chances {
    lost: u64,
    twice: u64,
    overtakes: u64,
}

impl Chances {
    /// Nothing happens.
    pub(super) const NONE: Chances = Chances { lost: 0, twice: 0, overtakes: 0 };

    pub(super) fn of(plan: &Plan) -> Chances {
        let [lost, twice, overtakes] =
            [Fault::Lose, Fault::Duplicate, Fault::Reorder].map(|fault| plan.share(fault));
        Chances { lost, twice, overtakes }
    }
}

impl Flights {
    pub(super) fn clear(&mut self, queues: usize) {
        self.queues.clear();
        self.queues.resize_with(queues, Vec::new);
        self.next = 0;
    }

    pub(super) fn queue(&self, queue: usize) -> &[Flight] {
        &self.queues[queue]
    }

    pub(super) fn of(&mut self, queue: usize, id: u64) -> Option<&mut Flight> {
        self.queues[queue].iter_mut().find(|flight| flight.id == id)
    }

    /// Where it lies: on an unordered link, the first place of all messages that say the same.
    pub(super) fn position(&self, (queue, ordered): (usize, bool), id: u64) -> Option<usize> {
        let flights = &self.queues[queue];
        let at = flights.iter().position(|flight| flight.id == id)?;
        if ordered {
            return Some(at);
        }
        flights.iter().position(|flight| flight.words == flights[at].words)
    }

    /// Takes a message out: it was delivered or lost.
    pub(super) fn remove(&mut self, queue: usize, id: u64) {
        self.queues[queue].retain(|flight| flight.id != id);
    }

    /// Matches what lies in a queue now with what was known of it; `arrives` is told of each message that is new.
    pub(super) fn update(
        &mut self,
        (model, cast, chances): (&Model, &Cast, Chances),
        (queue, state): (usize, &[Word]),
        (now, random): (u64, &mut Random),
        mut arrives: impl FnMut(u64, u64),
    ) {
        let place = &cast.queues[queue];
        self.buffer.clear();
        self.buffer.append(&mut self.queues[queue]);
        let known = &mut self.buffer;
        let flights = &mut self.queues[queue];
        for position in 0..place.length(state) {
            let words = model.envelope(state, place.slot(position));
            if let Some(at) = known.iter().position(|flight| flight.words == words) {
                flights.push(known.remove(at));
                continue;
            }
            let mut due = now + random.within(cast.latencies[queue]).max(1);
            if place.ordered && !random.chance(chances.overtakes) {
                due = due.max(flights.last().map_or(0, |before| before.due));
            }
            let (lost, twice) = (random.chance(chances.lost), random.chance(chances.twice));
            arrives(self.next, due);
            flights.push(Flight { words, due, id: self.next, waits: false, lost, twice });
            self.next += 1;
        }
    }
}
