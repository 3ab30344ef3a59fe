//! A search that several members share, in one process or in many.
//!
//! Enters: a machine, limits, an observer, and the [`Peers`] of this process. Leaves: in every process the [`Exploration`]
//! that one machine alone gives, to the last byte. The idea: every member walks the same levels and rounds, and owns the
//! states whose fingerprints fall to it. Successors are sent to their owners with the place at which they were found; what
//! one machine would have found first wins, whoever sent it first. The new states of a round are then numbered by those
//! places, all over the members, so that a state has the number that it has on one machine, and with it everything that
//! is told of it: parents, traces, which of several violations is shown.
//! The messages are the host's: this crate has no network.

use super::conclude::Ended;
use super::exploration::{Exploration, InstanceCount, Outcome, Stop, Why};
use super::machine::{Judged, Machine, Word};
use super::workers::together;
use super::{Limits, Observer};
use agreed::Counts;
pub(in crate::engine) use outgoing::{key, parent};
use share::Share;
use whole::Whole;

mod agreed;
mod kept;
mod merge;
mod mine;
mod outgoing;
mod ranks;
mod share;
mod whole;

/// What one member sent to another in a round, in the order in which it was sent.
pub type Received = Vec<Vec<Word>>;

/// Why a search cannot go on together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Another process, by its number, has ended or cannot be reached: it will not come back.
    Ended(u32),
    /// The processes were given different things to explore.
    Differs,
}

/// One of those that share a search, on a thread of its own. All of them do the same rounds in the same order.
pub trait Member: Send {
    /// Its number, from 0 over all processes.
    fn index(&self) -> usize;

    /// The number of all.
    fn members(&self) -> usize;

    /// Sends within the round at hand, to itself too.
    fn send(&mut self, to: usize, words: Vec<Word>);

    /// Ends the round: for each member what it sent to this one in it. Errors: a process is gone.
    fn finish(&mut self) -> Result<Vec<Received>, Gone>;
}

/// The members of one process, which are tied to those of the others.
pub trait Peers: Sync {
    /// Lends them to one search; their numbers follow one another.
    fn lend(&self, search: &mut dyn FnMut(Vec<&mut dyn Member>));
}

/// Explores as [`super::explore`] does, together with all that call this with an equal machine and equal limits; where
/// `alike` differs, they are not.
pub fn explore<M: Machine>(
    machine: &M,
    limits: &Limits,
    observer: &dyn Observer,
    (peers, alike): (&dyn Peers, u64),
) -> Exploration {
    let mut found = None;
    peers.lend(&mut |members| {
        let here = members.len();
        let all = together(members.into_iter().enumerate(), |(place, member)| {
            Share::new(machine, (limits, observer), (member, place, here)).run(alike)
        });
        found = all.into_iter().next();
    });
    match found {
        Some(Ok(Whole { store, frontier, control, tally, apart })) => {
            let (store, frontier, control, tally) = (&store, &frontier, &control, &tally);
            let (threads, apart) = (limits.threads, apart.as_ref());
            Ended { machine, store, frontier, control, tally, threads, apart }.conclude()
        }
        Some(Err((Gone::Ended(process), counts))) => interrupted(machine, counts, Stop::Gone(process)),
        Some(Err((Gone::Differs, counts))) => interrupted(machine, counts, Stop::Differs),
        None => interrupted(machine, Counts::default(), Stop::Gone(0)),
    }
}

/// What had been covered at the end of the last whole round, where a process has gone since.
fn interrupted<M: Machine>(machine: &M, counts: Counts, stop: Stop) -> Exploration {
    let outcome = |judged: &Judged| match judged {
        Judged::Settled => Outcome::Settled,
        _ => Outcome::Incomplete(Why::Stopped(stop)),
    };
    let known = Exploration::of(machine.properties().iter().map(outcome).collect());
    Exploration {
        states_generated: counts.generated,
        states_distinct: counts.distinct,
        states_watching: counts.watching,
        states_explored: counts.states.saturating_sub(counts.apart),
        states_left: counts.waiting,
        states_cut: counts.cut,
        depth: counts.depth,
        stopped: Some(stop),
        probes: vec![false; machine.probes()],
        instances: vec![InstanceCount::default(); machine.instances().len()],
        ..known
    }
}
