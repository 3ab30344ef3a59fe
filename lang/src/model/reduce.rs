//! What need not be explored: states that differ by interchangeable members, steps in an order that makes no difference.
//!
//! Enters: the program and its compiled form. Leaves: symmetries and footprints for the engine.

mod independence;
pub(crate) mod symmetry;
mod touch;
