//! Kinds of steps.
//!
//! Enters: nothing (data only). Leaves: [`StepKind`], from the model to traces and pictures.

use super::Fault;
use schemars::JsonSchema;
use serde::Serialize;

/// Who takes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A client or the environment.
    Action,
    /// A message arrives and is handled.
    Deliver,
    /// An act of a resolution.
    Resolution,
    /// An act, or an observation, of a reconciler.
    Reconciler,
    /// Time goes on.
    Tick,
    /// The end of a partition.
    Heal,
    /// No step: nothing happens any more (the end of a stuck run).
    Stutter,
    /// The environment, within the budget of faults.
    #[serde(untagged)]
    Fault(Fault),
}
