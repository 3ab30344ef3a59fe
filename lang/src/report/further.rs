//! Runs besides the shortest, of a check that asks for several.
//!
//! Enters: what `session` found. Leaves: data, to `view`, `export` and as JSON.

use super::Trace;
use schemars::JsonSchema;
use serde::Serialize;

/// What `traces N` asked for, and what there is besides the runs of the findings.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Further {
    /// How many runs were asked for.
    pub asked: u64,
    /// How many there are here, those of the findings included.
    pub found: u64,
    /// Fewest faults first, then fewest steps. No two, those of the findings included, are alike in the member broken, the
    /// last step and the faults used.
    pub runs: Vec<FurtherRun>,
    /// Members that are judged on runs without end: there may be others of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_each: Vec<String>,
    /// Why there may be others, where fewer were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// A run that breaks a member in another way.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FurtherRun {
    /// What it breaks: the name of a finding.
    pub member: String,
    /// Its last step, where the run of the finding ends with another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_with: Option<String>,
    /// It uses other faults than the run of the finding.
    pub other_faults: bool,
    /// Why it is broken, in a few words.
    pub why: String,
    /// The run.
    pub trace: Box<Trace>,
}
