//! What an exploration found, as packed states and instance numbers.
//!
//! Enters: nothing (data only). Leaves: the result of [`super::explore`], to `session`, which words it.

use super::machine::{Trap, Word};

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Exploration {
    /// Steps taken and initial states, repetitions included.
    pub states_generated: u64,
    /// Distinct states, each counted as often as its orbit has states; those that watch a run are apart.
    pub states_distinct: u64,
    /// Besides, those that watch a run for what is judged of whole runs. No other count and no depth includes them.
    pub states_watching: u64,
    /// States that were looked at: fewer than the distinct ones where each stands for its orbit.
    pub states_explored: u64,
    /// The greatest number of steps to a state by its first path. Initial states: 0.
    pub depth: u32,
    /// Found but not expanded because the exploration stopped early.
    pub states_left: u64,
    /// Outside the bounds: judged, not expanded.
    pub states_cut: u64,
    /// Why it ended early.
    pub stopped: Option<Stop>,
    /// One for each property, in order.
    pub outcomes: Vec<Outcome>,
    /// For each property that is judged as `Converges` or `Repairs` and holds: how long repair takes.
    pub lengths: Vec<Option<Length>>,
    /// Steps and bounds without a value: the first of each site, in the order of (faults, steps).
    pub traps: Vec<Trapped>,
    /// For each probe, whether it was true somewhere.
    pub probes: Vec<bool>,
    /// For each instance, how often it was taken.
    pub instances: Vec<InstanceCount>,
    /// A run that shows much of what can happen.
    pub sample: Option<Path>,
    /// Upper bound on the probability that two distinct states were taken for one.
    pub collision_probability: f64,
    /// Bytes held at the end: states, seen-set and graph.
    pub bytes: u64,
    /// Steps whose order does not matter were taken in one order only: the counts are of what was explored.
    pub partial_order: Option<PartialOrder>,
}

impl Exploration {
    /// One that has nothing but outcomes: of runs that were found in another way.
    pub fn of(outcomes: Vec<Outcome>) -> Exploration {
        Exploration {
            states_generated: 0,
            states_distinct: 0,
            states_watching: 0,
            states_explored: 0,
            depth: 0,
            states_left: 0,
            states_cut: 0,
            stopped: None,
            lengths: vec![None; outcomes.len()],
            outcomes,
            traps: Vec::new(),
            probes: Vec::new(),
            instances: Vec::new(),
            sample: None,
            collision_probability: 0.0,
            bytes: 0,
            partial_order: None,
        }
    }
}

/// How a reduction by partial order went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartialOrder {
    /// States that had been explored in every order before.
    pub looked_at: u64,
    /// Whether every trace is a shortest one.
    pub shortest: bool,
}

/// How often an instance was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InstanceCount {
    /// Steps, repeated ones and those that change nothing included.
    pub fired: u64,
    /// Steps that changed the state.
    pub productive: u64,
}

/// Why an exploration ended early: a cap with its value, or the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Steps from an initial state.
    Depth(u32),
    /// Distinct states.
    States(u64),
    /// Bytes.
    Memory(u64),
    /// By whoever observes it.
    Interrupted,
    /// Spilled states could not be read back.
    Lost,
    /// Every property was decided.
    Decided,
    /// Partial order would pay, which a shared search does not try.
    Reducible,
    /// A process of a shared search, by its number, has ended.
    Gone(u32),
    /// The processes of a shared search explore different machines.
    Differs,
    /// What was kept of it cannot be read, or is of another machine.
    Unresumed,
}

/// What was found of one property.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// In every reachable state, at every step, on every fair run.
    Holds,
    /// The same, but states outside the bounds were not expanded.
    HoldsWithinBound,
    /// With a run that breaks it.
    Violated(Box<Violation>),
    /// The property itself has no value in the last state (or at the last step) of the path.
    Trapped(Box<Trapped>),
    /// Nothing wrong so far, and not everything was looked at.
    Incomplete(Why),
    /// Decided when the model was built.
    Settled,
    /// The engine contradicted itself (a step of a trace could not be taken again): our bug, never the user's.
    Inconsistent(String),
}

impl Outcome {
    /// The run that breaks it, or ends without a value.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Outcome::Violated(violation) => Some(&violation.path),
            Outcome::Trapped(trapped) => Some(&trapped.path),
            Outcome::Holds
            | Outcome::HoldsWithinBound
            | Outcome::Incomplete(_)
            | Outcome::Settled
            | Outcome::Inconsistent(_) => None,
        }
    }
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The search ended before its time.
    Stopped(Stop),
    /// States outside the bounds were not expanded.
    Cut,
    /// A step of the model has no value, so that what follows it is unknown.
    Trapped,
}

/// A run that breaks a property.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Ends where it is violated; a lasso for what is violated by never happening.
    pub path: Path,
    /// In which way.
    pub kind: Kind,
    /// Where the end depends on the order: a run that another order leads to another end.
    pub other: Option<Path>,
}

/// How a property is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In the last state.
    State,
    /// At the last step.
    Step,
    /// In the last state nothing fair is enabled, and the goal is false.
    Stuck,
    /// From the loop no way leads to the goal.
    Unreachable,
    /// A fair loop that comes to the goal and leaves it again and again; `left`: the first step of it that does, 0-based.
    Flapping {
        /// The index of the first step that leaves the goal.
        left: usize,
    },
    /// A fair loop that never comes to the goal, to which a way leads.
    Livelock,
    /// A fair loop on which it is apart from what it must come back to; `leaves`: it comes there, and leaves again.
    Apart {
        /// Some state of the loop is not apart.
        leaves: bool,
    },
    /// Repair: a loop of its own steps that changes what it protects.
    Endless,
    /// Repair: the end depends on which of two steps goes first.
    Order,
    /// A fair loop on which an obligation of the specification stays owed, by its number.
    Owing(usize),
    /// Repair: in the last state it has come to its end, and what it handles is false.
    Broken,
}

/// A trap and the way to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trapped {
    /// Why there is no value.
    pub trap: Trap,
    /// To the state in which it happens; for a property of steps, to the state after the step.
    pub path: Path,
    /// The step out of the last state that has no value.
    pub instance: Option<u32>,
}

/// A run: `steps[i].state` is the state after step `i`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The initial state.
    pub init: Box<[Word]>,
    /// In order.
    pub steps: Vec<PathStep>,
    /// 0-based index of the first step of the loop, which goes on from the state before it; equal to the number of
    /// steps where nothing happens any more in the last state.
    pub loop_start: Option<usize>,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathStep {
    /// Which instance is taken.
    pub instance: u32,
    /// Counts the successors of `instance`, from 0, in the order of `Machine::expand`.
    pub choice: u32,
    /// Afterwards.
    pub state: Box<[Word]>,
}

impl Path {
    /// The state at its end.
    pub fn last(&self) -> &[Word] {
        self.steps.last().map_or(&self.init, |step| &step.state)
    }

    /// The state before step `index`.
    pub fn before(&self, index: usize) -> &[Word] {
        if index == 0 { &self.init } else { &self.steps[index - 1].state }
    }
}

/// How long it takes to mend what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Of a convergence.
    Rounds(Rounds),
    /// The most own steps of a repair; `None`: it can go round as often as it likes, and changes nothing that counts.
    Steps(Option<u32>),
}

/// How many steps of reconcilers it takes to the goal, over all reachable states short of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounds {
    /// On the longest way from the worst state; `None`: there is no longest way (a loop that fairness must end).
    pub worst: Option<u32>,
    /// On the shortest way from the worst state.
    pub at_least: u32,
    /// The middle one of the states short of the goal: on the longest way where there is one, else on the shortest.
    pub median: u32,
}
