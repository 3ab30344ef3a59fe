//! What is known of a name: the report of `?NAME`, and what an editor shows of the name at the cursor.

use crate::span::{Location, Span};
use schemars::JsonSchema;
use serde::Serialize;

/// A system, a member, a variable, a word of the language, a bundled mapping or a code of a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Inspection {
    /// `action produce(v: Value) at b in Broker`
    pub signature: String,
    /// Its doc comment or sentence, or what the word means.
    pub docs: Option<String>,
    /// Of a system: what it consists of, each with its sentence: `invariant acked_survives: safety`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<InspectedMember>,
    /// The command that judges it or shows more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Where it was declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Location>,
    /// The same in the text, for editors that go there.
    #[serde(skip)]
    pub declared: Option<Span>,
    /// Its text as declared, where that is not a whole system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The text of a whole mapping, for people who ask for more.
    #[serde(skip)]
    pub whole: Option<String>,
}

/// One member of a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InspectedMember {
    /// `invariant acked_survives: safety`
    pub signature: String,
    /// Its sentence or doc comment.
    pub docs: Option<String>,
}
