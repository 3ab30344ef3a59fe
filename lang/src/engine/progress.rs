//! How far a search has come and how far it may go.
//!
//! Enters: work done, counts to hold against the caps. Leaves: what the observer is told now and then; why the search
//! ends, once it must.

use super::exploration::Stop;
use super::{Caps, Limits, Observer, Progress};

/// Steps between two looks at the observer: where each takes as long as twenty microseconds, these take as long as a
/// reader notices.
const LOOK: u64 = 1 << 10;

/// Ids are 32 bits; a round never finds this many.
const MOST_STATES: u64 = (u32::MAX - (1 << 28)) as u64;

/// Counts steps and states, and says when it is time for a look at the observer.
#[derive(Debug, Default)]
pub(super) struct Pace {
    work: u64,
}

impl Pace {
    /// The most work between two looks.
    pub(super) const LOOK: u64 = LOOK;
    /// The most repetitions of something small, between two looks; caps on initial states are looked at as often.
    pub(super) const STRIDE: u64 = 1 << 14;

    #[inline]
    pub(super) fn is_due(&mut self, work: u64) -> bool {
        self.work += work;
        let due = self.work >= LOOK;
        if due {
            self.work = 0;
        }
        due
    }
}

/// What lets a search go on.
pub(super) struct Control<'m> {
    limits: &'m Limits,
    observer: &'m dyn Observer,
    pace: Pace,
    halt: Option<Stop>,
    /// Why there are more initial states than were looked at.
    truncated: Option<Stop>,
    /// Met by some state, though others were expanded after it.
    depth_limited: bool,
}

impl Limits {
    /// Those that are reached little by little.
    pub(super) fn caps(&self) -> Caps {
        Caps { states: self.states, depth: self.depth, bytes: self.memory }
    }
}

impl<'m> Control<'m> {
    pub(super) fn new(limits: &'m Limits, observer: &'m dyn Observer) -> Self {
        Control { limits, observer, pace: Pace::default(), halt: None, truncated: None, depth_limited: false }
    }

    pub(super) fn limits(&self) -> &'m Limits {
        self.limits
    }

    pub(super) fn observer(&self) -> &'m dyn Observer {
        self.observer
    }

    /// Adds work done; whether it is time to [`Control::tell`].
    #[inline]
    pub(super) fn is_due(&mut self, work: u64) -> bool {
        self.pace.is_due(work)
    }

    /// Tells the observer, with how far the search may go, and halts if it says so.
    pub(super) fn tell(&mut self, progress: &Progress) {
        self.observer.progress(&Progress { caps: self.limits.caps(), ..*progress });
        if self.observer.cancelled() {
            self.halt(Stop::Interrupted);
        }
    }

    pub(super) fn halt(&mut self, stop: Stop) {
        self.halt = Some(stop);
    }

    pub(super) fn halted(&self) -> Option<Stop> {
        self.halt
    }

    pub(super) fn goes_on(&self) -> bool {
        self.halt.is_none()
    }

    /// Ends the initial states, of which there may be more than anybody wants to wait for. `bytes`: of those that wait,
    /// which need as much again once they are states.
    pub(super) fn truncate(&mut self, waiting: u64, bytes: u64) {
        let states = self.limits.states.filter(|cap| waiting > *cap).map(Stop::States);
        self.truncated = states.or(self.limits.memory.filter(|cap| 2 * bytes > *cap).map(Stop::Memory));
    }

    pub(super) fn truncated(&self) -> bool {
        self.truncated.is_some()
    }

    /// Why there are more initial states than were looked at.
    pub(super) fn truncation(&self) -> Option<Stop> {
        self.truncated
    }

    /// Whether states at this depth are not expanded.
    pub(super) fn ends_at(&mut self, depth: u32) -> bool {
        let ends = self.limits.depth.is_some_and(|limit| depth >= limit);
        self.depth_limited |= ends;
        ends
    }

    /// Whether some states were not expanded because they are too deep.
    pub(super) fn is_depth_limited(&self) -> bool {
        self.depth_limited
    }

    /// The same, of a search that goes on.
    pub(super) fn limit_depth(&mut self, limited: bool) {
        self.depth_limited |= limited;
    }

    /// The cap that so many states, of so many bytes, have met, if any: so many states as the cap says may be there.
    pub(super) fn cap(&self, states: u64, bytes: u64) -> Option<Stop> {
        let of_states = self.limits.states.filter(|cap| states > *cap).map(Stop::States);
        let of_memory = || self.limits.memory.filter(|cap| bytes >= *cap).map(Stop::Memory);
        let of_ids = || (states > MOST_STATES).then_some(Stop::States(MOST_STATES));
        self.truncated.or(of_states).or_else(of_memory).or_else(of_ids)
    }

    /// Why the search ended early, if it did.
    pub(super) fn stopped(&self) -> Option<Stop> {
        let of_depth = || self.limits.depth.filter(|_| self.depth_limited).map(Stop::Depth);
        self.halt.or(self.truncated).or_else(of_depth)
    }
}
