//! What need not be explored: states that differ by interchangeable members, steps in an order that makes no difference.
//!
//! Enters: the program and its compiled form. Leaves: symmetries and footprints for the engine.

pub mod independence;
pub mod symmetry;
pub mod touch;
