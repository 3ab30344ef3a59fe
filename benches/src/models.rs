//! The four models, packed by hand.

pub mod buffer;
pub mod paxos;
pub mod replication;
pub mod two_phase;
