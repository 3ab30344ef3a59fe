//! The profile of a check: where its states, bits and time go.
//!
//! Enters: nothing (data only). Leaves: [`Profile`], a part of the report of a check that asked for it. Shares of time
//! are the one thing in a report that is measured; everything else is a function of the program and the command.

use schemars::JsonSchema;
use serde::Serialize;

/// Where states, bits and time go.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Profile {
    /// Actions, handlers, resolutions, reconcilers and faults, in the order in which they are declared.
    pub steps: Vec<ProfiledStep>,
    /// Distinct initial states.
    pub initial: u64,
    /// Distinct states that the table of steps accounts for: all, unless the check ended early.
    pub states: u64,
    /// States on which the shares of time were measured; 0: there is no clock.
    pub sampled: u64,
    /// In the order in which they are declared, the hidden ones last.
    pub variables: Vec<ProfiledVariable>,
    /// Bits of a state that are used.
    pub bits: u32,
    /// Words of 64 bits that a state takes.
    pub words: u32,
    /// Held at the end of the check for each distinct state, all in all.
    pub bytes_per_state: f64,
    /// What would make the states smaller or fewer, most first.
    pub advice: Vec<String>,
}

/// Everything that one action (or one kind of fault) did.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProfiledStep {
    /// `action`, `handler`, `resolution`, `reconciler`, `fault`
    pub what: String,
    /// As reports name it.
    pub name: String,
    /// Steps taken.
    pub generated: u64,
    /// Those that changed the state.
    pub changing: u64,
    /// States that it was the first to find.
    pub distinct: u64,
    /// Of the time that all of them take, tests of guards included: between 0 and 1.
    pub time: Option<f64>,
}

/// A declared variable with all its members, or something hidden.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProfiledVariable {
    /// `epoch`, `Broker.log`, `messages in flight on replication`
    pub name: String,
    /// Its type, where it is declared.
    pub ty: Option<String>,
    /// Nothing of the system reads it.
    pub ghost: bool,
    /// Variables of that name: one for each node, or for each pair of nodes.
    pub members: u32,
    /// Of all members together.
    pub bits: u32,
    /// Different values of any member; `None`: not counted (too many, or orbits of states were explored).
    pub values: Option<u64>,
    /// Distinct states that would be left if it were not there to tell them apart; `None`: not counted.
    pub without: Option<u64>,
}
