//! Exploration: seen-set, frontier, shortest traces, fair cycles.
//!
//! Enters: a machine and limits. Leaves: what was found.

pub mod machine;
pub mod observer;

pub use observer::{Observer, Progress};
