//! What is executed: packed layout, compiled guards and effects, faults, properties.
//!
//! Enters: a program. Leaves: a model.

pub mod obligations;
pub mod property;
