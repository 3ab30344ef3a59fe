//! What stepping by hand shows: the state, what the last step did, what is false now, what can be done next.
//!
//! Enters: nothing (data only). Leaves: the reports of `start`, `do`, `undo`, `show`, `enabled` and `save`. Each `line` is a
//! command that can be typed.

use super::{Subject, Trace, TraceStep};
use crate::concepts::{Fault, StepKind};
use crate::value::Value;
use schemars::JsonSchema;
use serde::Serialize;

/// Where a run by hand stands after a command.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HandReport {
    /// What runs, and what may go wrong on the whole run.
    pub subject: Subject,
    /// What the command did.
    pub did: Did,
    /// Steps taken since `start`.
    pub steps: usize,
    /// What is false in the state, or was broken by the last step.
    pub wrong: Vec<Wrong>,
    /// What was false earlier on the run and is not among `wrong`: the name, and after which step it first was (0: the
    /// beginning).
    pub earlier: Vec<(String, usize)>,
    /// What else is to be known, in words.
    pub notes: Vec<String>,
    /// Nodes in declaration order, then `system`.
    pub lanes: Vec<String>,
    /// All variables in the state.
    pub state: Vec<(String, Value)>,
    /// The paths of those that the last step changed.
    pub changed: Vec<String>,
    /// What can be done.
    pub next: Next,
    /// The run so far, where there is a step and the next command of the cell takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Trace>,
    /// The member that the run broke first: it is marked there.
    pub first_broken: Option<String>,
}

/// What a command of stepping by hand did.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Did {
    /// `start`
    Started,
    /// `do`
    Took {
        /// With what it changed and sent.
        step: Box<TraceStep>,
    },
    /// `undo`
    Undid {
        /// The lines of the steps taken back, the last first.
        lines: Vec<String>,
    },
    /// `show`
    Shown,
    /// `enabled`
    Asked,
    /// `show 20000`: a step of the run that was shown last, which need not be by hand. What could be done there is not said.
    Looked {
        /// How many steps that run has.
        of: usize,
    },
}

/// A member that a run breaks.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Wrong {
    /// Of the member.
    pub name: String,
    /// In which way.
    pub how: How,
    /// What is false, as written; of what follows from a type, what that demands.
    pub expression: String,
    /// The sub-expressions that make it false, with their values.
    pub values: Vec<(String, Value)>,
}

/// In which way a member is broken.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// False in the state.
    False,
    /// Broken by the step that led there.
    ByStep,
    /// It has no value: why.
    NoValue(String),
}

/// The steps out of a state.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Next {
    /// Those that there are, in order.
    pub groups: Vec<Group>,
    /// How often each fault of the budget may happen yet.
    pub left: Vec<(Fault, u32)>,
    /// There are more than were counted.
    pub cut: bool,
}

/// Steps of one kind.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Group {
    /// `actions`, `deliveries`, `faults`, …
    pub title: String,
    /// The first of them.
    pub steps: Vec<Possible>,
    /// So many are not listed.
    pub more: usize,
}

/// A step that can be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Possible {
    /// `do write(1) at replica1`
    pub line: String,
    /// Who takes it.
    pub kind: StepKind,
    /// `changes nothing`, or why it has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Next {
    /// How many steps there are, as far as they were counted.
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.steps.len() + group.more).sum()
    }

    /// Those that are listed.
    pub fn listed(&self) -> impl Iterator<Item = &Possible> {
        self.groups.iter().flat_map(|group| &group.steps)
    }
}

/// A run as the text of a cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SavedReport {
    /// The cell.
    pub code: String,
    /// What comes out when it is executed now, in words.
    pub comes_out: String,
}
