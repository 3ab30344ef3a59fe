//! Where a search is kept, so that it goes on after an interruption: what it has found so far, part by part.
//!
//! Enters: nothing (a trait). Leaves: [`Checkpoints`], implemented by whoever has a disk; and how a search is written, in
//! one form for a search alone and for one that is shared, so that either goes on from the other's.
//! A checkpoint is taken between rounds, where all that has been found has a number and is judged. Each adds one part,
//! with the states and seeds that are new since the last; then the head is replaced, which says where the search is and
//! which parts belong to it. A part that no head names is nothing: who is ended in the middle goes on from the head before.

use super::exploration::Stop;
use super::machine::Word;
use super::tally::Tally;
use part::Part;
use std::collections::BTreeMap;
use std::sync::Arc;

mod head;
mod part;

pub(super) use head::{Head, Position};
pub(super) use part::{PartWriter, SeedRef, Seeded};

/// What one exploration writes, to be read again by one that is equal to it. Called by one thread at a time, in a shared
/// search by those of all members.
pub trait Checkpoints: Send + Sync {
    /// Whether it is time for the next one. Asked between rounds.
    fn is_due(&self) -> bool;

    /// Keeps bytes under a name, in place of what was there: whole or not at all, whatever happens meanwhile.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CheckpointFailed>;

    /// What was kept under a name; `None`: nothing.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, CheckpointFailed>;

    /// The search has come to its end: nobody will go on from what was kept but to come to the same end.
    fn done(&self);
}

/// What the store says is wrong with it. It has told its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointFailed(pub String);

/// A store that an exploration may use, as a part of its limits. Two are equal when they are one.
#[derive(Clone)]
pub struct CheckpointTo {
    /// The store.
    pub to: Arc<dyn Checkpoints>,
    /// Where this differs, what was kept is of something else.
    pub alike: u64,
}

impl std::fmt::Debug for CheckpointTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CheckpointTo")
    }
}

impl PartialEq for CheckpointTo {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.to, &other.to) && self.alike == other.alike
    }
}

impl Eq for CheckpointTo {}

/// Which search of an exploration: each has names of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// All steps.
    Whole,
    /// Fewer.
    Reduced,
}

impl Of {
    fn head(self) -> &'static str {
        match self {
            Of::Whole => "whole",
            Of::Reduced => "reduced",
        }
    }

    fn part(self, part: usize, member: usize) -> String {
        format!("{}-{part}-{member}", self.head())
    }
}

/// The checkpoint of a search is not one of this search, or cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unread;

/// The checkpoints of one search, as one member writes them.
pub(super) struct Keeper {
    to: CheckpointTo,
    of: Of,
    /// How many members have written each part.
    pub(super) parts: Vec<u32>,
    /// Of the states of this member, those before this place are kept.
    pub(super) states: u32,
    /// States with numbers below this will not become open any more.
    pub(super) closed: u32,
    /// Of the seeds of this member, which are kept.
    pub(super) seeds: Seeded,
}

impl Keeper {
    pub(super) fn new(to: &CheckpointTo, of: Of) -> Keeper {
        Keeper { to: to.clone(), of, parts: Vec::new(), states: 0, closed: 0, seeds: Seeded::default() }
    }

    pub(super) fn is_due(&self) -> bool {
        self.to.to.is_due()
    }

    /// After a search that ended so: whether somebody may want to go on from what was kept.
    pub(super) fn end(&self, stopped: Option<Stop>) {
        match stopped {
            Some(
                Stop::Memory(_)
                | Stop::Interrupted
                | Stop::Lost
                | Stop::Gone(_)
                | Stop::Differs
                | Stop::Unresumed
                | Stop::Reducible,
            ) => {}
            None | Some(Stop::Depth(_) | Stop::States(_) | Stop::Decided) => self.to.to.done(),
        }
    }

    /// Whether there is something to go on from already.
    pub(super) fn has_any(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Writes the part that comes next, of one member. False: it could not be.
    pub(super) fn write_part(&self, member: usize, part: PartWriter) -> bool {
        self.to.to.write(&self.of.part(self.parts.len(), member), &part.finish()).is_ok()
    }

    /// Writes the head. False: it could not be.
    pub(super) fn write_head(&self, head: &Head) -> bool {
        self.to.to.write(self.of.head(), &head.bytes(self.to.alike)).is_ok()
    }

    /// After its head was written: what this member has kept by then.
    pub(super) fn kept(&mut self, head: &Head, states: u32, seeds: Seeded) {
        self.parts.clone_from(&head.parts);
        self.closed = head.closed();
        (self.states, self.seeds) = (states, seeds);
    }

    /// The head; `None`: there is none. `empty`: a tally of the machine, whose states have so many words.
    pub(super) fn head(&self, words: usize, empty: &Tally) -> Result<Option<Head>, Unread> {
        let Some(bytes) = self.to.to.read(self.of.head()).map_err(|_| Unread)? else { return Ok(None) };
        Head::read(&bytes, (self.to.alike, words), empty).map(Some).ok_or(Unread)
    }

    /// Shows a member what belongs to it of what a head names, whoever wrote it: states in the order of their numbers, then
    /// seeds in the order in which they were found. From then on that is kept.
    pub(super) fn restore(&mut self, head: &Head, into: &mut impl Restored) -> Result<(), Unread> {
        let mut seeds: BTreeMap<(u32, u32, u64), Box<[Word]>> = BTreeMap::new();
        let mut next = 0;
        for (number, members) in head.parts.iter().enumerate() {
            let parts = (0..*members).map(|member| self.part(number, member, head.words));
            let parts: Vec<Part> = parts.collect::<Result<_, _>>()?;
            let mut states: Vec<_> = parts.iter().flat_map(Part::states).collect();
            states.sort_unstable_by_key(|(id, ..)| *id);
            for (id, parent, state) in states {
                if id != next {
                    return Err(Unread);
                }
                next += 1;
                if into.owns(state) {
                    self.states += 1;
                    into.state(id, parent, state);
                }
            }
            parts.iter().flat_map(|part| &part.open).for_each(|id| into.open(*id));
            let waits = |seed: &SeedRef<'_>| {
                head.position.is_some_and(|now| (seed.faults, seed.depth) > (now.faults, now.depth))
            };
            let waiting =
                parts.iter().flat_map(Part::seeds).filter(|seed| waits(seed) && into.owns(seed.state));
            seeds.extend(waiting.map(|seed| ((seed.faults, seed.depth, seed.key), seed.state.into())));
        }
        if next != head.states {
            return Err(Unread);
        }
        for ((faults, depth, key), state) in &seeds {
            if into.seed(SeedRef { faults: *faults, depth: *depth, key: *key, state }) {
                self.seeds.keep(*faults, *depth);
            }
        }
        self.closed = head.closed();
        self.parts.clone_from(&head.parts);
        Ok(())
    }

    /// What one member has written of a part.
    fn part(&self, part: usize, member: u32, words: usize) -> Result<Part, Unread> {
        let bytes = self.to.to.read(&self.of.part(part, member as usize)).map_err(|_| Unread)?;
        Part::read(&bytes.ok_or(Unread)?, words).ok_or(Unread)
    }
}

/// A member that goes on from a checkpoint.
pub(super) trait Restored {
    /// Whether a state or seed belongs to it.
    fn owns(&self, state: &[Word]) -> bool;
    /// The next of its own.
    fn state(&mut self, id: u32, parent: u32, state: &[Word]);
    /// Any state; it is known by now if it belongs to it.
    fn open(&mut self, id: u32);
    /// The next of its own. False: it is known.
    fn seed(&mut self, seed: SeedRef<'_>) -> bool;
}
