//! Results for other tools, in their formats.
//!
//! Enters: reports, and the texts that they point into. Leaves: text, or data that is written as JSON. Pure: who writes
//! it where is the command line's business.

pub mod dot;
pub mod github;
pub mod itf;
pub mod judged;
pub mod junit;
pub mod mermaid;
pub mod runs;
pub mod rust;
pub mod shiviz;
pub mod tla;

pub use judged::{Judged, Judgement, Strictness, judged};
pub use runs::{ShownRun, runs};
