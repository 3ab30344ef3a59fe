//! Trees to programs: names resolved across cells, everything typed, parameters replaced by values.
//!
//! Enters: trees. Leaves: programs and diagnostics.

pub mod program;
pub mod walk;
