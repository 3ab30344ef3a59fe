//! The compiled form on states: successors and verdicts.
//!
//! Enters: the compiled form, packed states. Leaves: steps and verdicts, by the interpreter or by machine code, which give the same.

mod bound;
pub(in crate::model) mod interpret;
pub(in crate::model) mod laws;
pub(crate) mod machine;
pub mod native;
pub(crate) mod specification;
pub(crate) mod walk;
