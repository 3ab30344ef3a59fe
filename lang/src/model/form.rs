//! The compiled form of a model, as data: code, shapes of values, layout of states, instances, what is judged.
//!
//! Enters: nothing (data only). Leaves: what the compiler makes, and what everybody else reads.

pub(in crate::model) mod checked;
pub(in crate::model) mod code;
pub(crate) mod domain;
pub(in crate::model) mod frame;
pub(in crate::model) mod fused;
pub mod instance;
pub(crate) mod layout;
pub(crate) mod names;
pub(crate) mod shape;
pub(crate) mod trap;
