//! The compiled form on states, for people.
//!
//! Enters: the compiled form, packed states and steps. Leaves: names and values.

pub mod decode;
pub mod describe;
mod laws;
pub mod profile;

pub use laws::BrokenLaw;
