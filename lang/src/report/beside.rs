//! Two runs side by side: what they have in common, and where they differ.
//!
//! Enters: nothing (data only). Leaves: the report of `compare traces`.

use crate::value::Value;
use schemars::JsonSchema;
use serde::Serialize;

/// The two runs that were shown last, the earlier one first.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BesideReport {
    /// What each of them is.
    pub runs: [Ran; 2],
    /// Their beginnings, then their steps: those that both take stand in one row.
    pub rows: Vec<Row>,
    /// Variables that only one of the systems has.
    pub alone: Vec<String>,
}

/// What stands above a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Ran {
    /// `acked is violated`
    pub title: String,
    /// `Kafka(brokers = 2) · 6 steps with 1 crash`
    pub subtitle: String,
}

/// A step of one of them, or of both.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Row {
    /// The step of each.
    pub taken: [Option<Taken>; 2],
    /// What differs between the states that they are then in, as far as it did not before.
    pub differ: Vec<Differ>,
    /// What differed before this row, and does no more.
    pub alike: Vec<String>,
}

/// A step of a run; its beginning has the number 0.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Taken {
    /// In the run, from 1.
    pub number: usize,
    /// As a line of a scenario.
    pub line: String,
    /// What decides here: `✗ acked is violated here`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// A variable of both, with its value in each.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Differ {
    /// `broker1.log`
    pub path: String,
    /// In order.
    pub values: [Value; 2],
}

impl Row {
    /// Whether both take the step.
    pub fn is_shared(&self) -> bool {
        self.taken.iter().all(Option::is_some)
    }
}
