//! The compiled form of a model, as data: code, shapes of values, layout of states, instances, what is judged.
//!
//! Enters: nothing (data only). Leaves: what the compiler makes, and what everybody else reads.

pub mod checked;
pub mod code;
pub mod domain;
pub mod frame;
pub mod fused;
pub mod instance;
pub mod layout;
pub mod names;
pub mod shape;
pub mod trap;
