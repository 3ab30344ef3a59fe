//! The same four models as a user of Stateright writes them: states as ordinary Rust values, messages in ordered sets.
//!
//! Enters: parameters. Leaves: distinct and generated states by its breadth-first checker.

use crate::yardstick::Counts;
use stateright::{Checker, Model, Property};
use std::collections::BTreeSet;

/// Breadth-first, one or more threads.
pub fn explore<M>(model: M, threads: usize) -> Counts
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + std::fmt::Debug + std::hash::Hash + Send + Sync,
    M::Action: Clone + PartialEq + std::fmt::Debug + Send + Sync,
{
    let checker = model.checker().threads(threads).spawn_bfs().join();
    checker.assert_properties();
    Counts {
        distinct: checker.unique_state_count() as u64,
        generated: checker.state_count() as u64,
        depth: checker.max_depth() as u32 - 1,
    }
}

/// Two-phase commit.
#[derive(Clone)]
pub struct TwoPhase {
    pub managers: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Manager {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decision {
    Open,
    Commit,
    Abort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vote {
    Prepared(usize),
    Commit,
    Abort,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TwoPhaseState {
    managers: Vec<Manager>,
    decision: Decision,
    noted: Vec<bool>,
    messages: BTreeSet<Vote>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TwoPhaseStep {
    Commit,
    Abort,
    Note(usize),
    Prepare(usize),
    GiveUp(usize),
    FollowCommit(usize),
    FollowAbort(usize),
}

impl Model for TwoPhase {
    type State = TwoPhaseState;
    type Action = TwoPhaseStep;

    fn init_states(&self) -> Vec<TwoPhaseState> {
        vec![TwoPhaseState {
            managers: vec![Manager::Working; self.managers],
            decision: Decision::Open,
            noted: vec![false; self.managers],
            messages: BTreeSet::new(),
        }]
    }

    fn actions(&self, s: &TwoPhaseState, actions: &mut Vec<TwoPhaseStep>) {
        if s.decision == Decision::Open {
            if s.noted.iter().all(|n| *n) {
                actions.push(TwoPhaseStep::Commit);
            }
            actions.push(TwoPhaseStep::Abort);
        }
        for m in 0..self.managers {
            if s.decision == Decision::Open && s.messages.contains(&Vote::Prepared(m)) {
                actions.push(TwoPhaseStep::Note(m));
            }
            if s.managers[m] == Manager::Working {
                actions.push(TwoPhaseStep::Prepare(m));
                actions.push(TwoPhaseStep::GiveUp(m));
            }
            if s.messages.contains(&Vote::Commit) {
                actions.push(TwoPhaseStep::FollowCommit(m));
            }
            if s.messages.contains(&Vote::Abort) {
                actions.push(TwoPhaseStep::FollowAbort(m));
            }
        }
    }

    fn next_state(&self, last: &TwoPhaseState, action: TwoPhaseStep) -> Option<TwoPhaseState> {
        let mut s = last.clone();
        match action {
            TwoPhaseStep::Commit => {
                s.decision = Decision::Commit;
                s.messages.insert(Vote::Commit);
            }
            TwoPhaseStep::Abort => {
                s.decision = Decision::Abort;
                s.messages.insert(Vote::Abort);
            }
            TwoPhaseStep::Note(m) => s.noted[m] = true,
            TwoPhaseStep::Prepare(m) => {
                s.managers[m] = Manager::Prepared;
                s.messages.insert(Vote::Prepared(m));
            }
            TwoPhaseStep::GiveUp(m) | TwoPhaseStep::FollowAbort(m) => s.managers[m] = Manager::Aborted,
            TwoPhaseStep::FollowCommit(m) => s.managers[m] = Manager::Committed,
        }
        Some(s)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("consistent", |_, s: &TwoPhaseState| {
            !(s.managers.contains(&Manager::Committed) && s.managers.contains(&Manager::Aborted))
        })]
    }
}

/// Single-decree Paxos with one value: three acceptors, messages as a set that only grows.
#[derive(Clone)]
pub struct Paxos {
    pub ballots: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaxosMessage {
    OneA(u8),
    OneB { acceptor: u8, ballot: u8, voted: Option<u8> },
    TwoA(u8),
    TwoB { acceptor: u8, ballot: u8 },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PaxosState {
    seen: [Option<u8>; 3],
    voted: [Option<u8>; 3],
    messages: BTreeSet<PaxosMessage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaxosStep {
    OneA(u8),
    OneB(u8, u8),
    TwoA(u8),
    TwoB(u8, u8),
}

impl Model for Paxos {
    type State = PaxosState;
    type Action = PaxosStep;

    fn init_states(&self) -> Vec<PaxosState> {
        vec![PaxosState { seen: [None; 3], voted: [None; 3], messages: BTreeSet::new() }]
    }

    fn actions(&self, s: &PaxosState, actions: &mut Vec<PaxosStep>) {
        for b in 0..self.ballots {
            actions.push(PaxosStep::OneA(b));
            for a in 0..3 {
                if s.messages.contains(&PaxosMessage::OneA(b)) && Some(b) > s.seen[a as usize] {
                    actions.push(PaxosStep::OneB(a, b));
                }
                if s.messages.contains(&PaxosMessage::TwoA(b)) && Some(b) >= s.seen[a as usize] {
                    actions.push(PaxosStep::TwoB(a, b));
                }
            }
            let promised: BTreeSet<u8> = s
                .messages
                .iter()
                .filter_map(|m| match m {
                    PaxosMessage::OneB { acceptor, ballot, .. } if *ballot == b => Some(*acceptor),
                    _ => None,
                })
                .collect();
            if promised.len() >= 2 && !s.messages.contains(&PaxosMessage::TwoA(b)) {
                actions.push(PaxosStep::TwoA(b));
            }
        }
    }

    fn next_state(&self, last: &PaxosState, action: PaxosStep) -> Option<PaxosState> {
        let mut s = last.clone();
        match action {
            PaxosStep::OneA(b) => {
                s.messages.insert(PaxosMessage::OneA(b));
            }
            PaxosStep::OneB(acceptor, ballot) => {
                let voted = s.voted[acceptor as usize];
                s.seen[acceptor as usize] = Some(ballot);
                s.messages.insert(PaxosMessage::OneB { acceptor, ballot, voted });
            }
            PaxosStep::TwoA(b) => {
                s.messages.insert(PaxosMessage::TwoA(b));
            }
            PaxosStep::TwoB(acceptor, ballot) => {
                s.seen[acceptor as usize] = Some(ballot);
                s.voted[acceptor as usize] = Some(ballot);
                s.messages.insert(PaxosMessage::TwoB { acceptor, ballot });
            }
        }
        Some(s)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("voted is seen", |_, s: &PaxosState| (0..3).all(|a| s.voted[a] <= s.seen[a]))]
    }
}

/// Two producers and a consumer around a queue.
#[derive(Clone)]
pub struct Buffer {
    pub capacity: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BufferState {
    producers: [Option<bool>; 2],
    consumer: Option<bool>,
    queue: Vec<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BufferStep {
    Make(usize, bool),
    Put(usize),
    Take,
    Use,
}

impl Model for Buffer {
    type State = BufferState;
    type Action = BufferStep;

    fn init_states(&self) -> Vec<BufferState> {
        vec![BufferState { producers: [None; 2], consumer: None, queue: Vec::new() }]
    }

    fn actions(&self, s: &BufferState, actions: &mut Vec<BufferStep>) {
        for p in 0..2 {
            if s.producers[p].is_none() {
                actions.push(BufferStep::Make(p, false));
                actions.push(BufferStep::Make(p, true));
            } else if s.queue.len() < self.capacity {
                actions.push(BufferStep::Put(p));
            }
        }
        match s.consumer {
            None if !s.queue.is_empty() => actions.push(BufferStep::Take),
            None => {}
            Some(_) => actions.push(BufferStep::Use),
        }
    }

    fn next_state(&self, last: &BufferState, action: BufferStep) -> Option<BufferState> {
        let mut s = last.clone();
        match action {
            BufferStep::Make(p, value) => s.producers[p] = Some(value),
            BufferStep::Put(p) => s.queue.push(s.producers[p].take()?),
            BufferStep::Take => s.consumer = Some(s.queue.remove(0)),
            BufferStep::Use => s.consumer = None,
        }
        Some(s)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("bounded", |m: &Buffer, s: &BufferState| s.queue.len() <= m.capacity)]
    }
}

/// A leader and its followers over an unordered network that loses messages.
#[derive(Clone)]
pub struct Replication {
    pub followers: u8,
    pub entries: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Packet {
    Append { follower: u8, index: u8 },
    Ack { follower: u8, index: u8 },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplicationState {
    leader: u8,
    lengths: Vec<u8>,
    known: Vec<u8>,
    network: BTreeSet<Packet>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplicationStep {
    Write,
    Send(u8),
    Deliver(Packet),
    Lose(Packet),
}

impl Model for Replication {
    type State = ReplicationState;
    type Action = ReplicationStep;

    fn init_states(&self) -> Vec<ReplicationState> {
        let zeros = vec![0; self.followers as usize];
        vec![ReplicationState { leader: 0, lengths: zeros.clone(), known: zeros, network: BTreeSet::new() }]
    }

    fn actions(&self, s: &ReplicationState, actions: &mut Vec<ReplicationStep>) {
        if s.leader < self.entries {
            actions.push(ReplicationStep::Write);
        }
        actions.extend(
            (0..self.followers).filter(|f| s.known[*f as usize] < s.leader).map(ReplicationStep::Send),
        );
        for packet in &s.network {
            actions.push(ReplicationStep::Lose(*packet));
            actions.push(ReplicationStep::Deliver(*packet));
        }
    }

    fn next_state(&self, last: &ReplicationState, action: ReplicationStep) -> Option<ReplicationState> {
        let mut s = last.clone();
        match action {
            ReplicationStep::Write => s.leader += 1,
            ReplicationStep::Send(follower) => {
                s.network.insert(Packet::Append { follower, index: s.known[follower as usize] });
            }
            ReplicationStep::Lose(packet) => {
                s.network.remove(&packet);
            }
            ReplicationStep::Deliver(packet) => {
                s.network.remove(&packet);
                match packet {
                    Packet::Append { follower, index } => {
                        let length = &mut s.lengths[follower as usize];
                        if index <= *length {
                            *length = (*length).max(index + 1);
                            s.network.insert(Packet::Ack { follower, index });
                        }
                    }
                    Packet::Ack { follower, index } => {
                        let known = &mut s.known[follower as usize];
                        *known = (*known).max(index + 1);
                    }
                }
            }
        }
        Some(s)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("known is replicated", |_, s: &ReplicationState| {
            s.known.iter().zip(&s.lengths).all(|(known, length)| known <= length && *length <= s.leader)
        })]
    }
}
