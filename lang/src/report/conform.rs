//! A run on which code does something else than the mapping.
//!
//! Enters: nothing (data only). Leaves: the report of `conform system`, where the two differ.

use super::{Subject, Trace};
use crate::value::Value;
use schemars::JsonSchema;
use serde::Serialize;

/// The shortest run found on which code differs, as the mapping and as the code takes it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConformReport {
    /// The mapping.
    pub subject: Subject,
    /// The type of the code.
    pub code: String,
    /// In words.
    pub why: String,
    /// The Rust that shows it again.
    pub cell: String,
    /// What the mapping does.
    pub model: Trace,
    /// What the code does: the same but for its last step.
    pub shown: Trace,
    /// What is otherwise at the end: the variable, its value in the mapping and in the code.
    pub differing: Vec<(String, Value, Value)>,
}
