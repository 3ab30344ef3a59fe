//! Kinds of steps.
//!
//! Enters: nothing (data only). Leaves: [`StepKind`], from the model to traces and pictures.

use super::Fault;
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Action,
    Deliver,
    Resolution,
    Reconciler,
    /// The end of a partition.
    Heal,
    /// No step: nothing happens any more (the end of a stuck run).
    Stutter,
    #[serde(untagged)]
    Fault(Fault),
}
