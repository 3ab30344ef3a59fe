//! The compiled form on states, for people.
//!
//! Enters: the compiled form, packed states and steps. Leaves: names and values.

pub(crate) mod decode;
pub mod describe;
mod laws;
pub(crate) mod profile;
mod starts;

pub use laws::BrokenLaw;
