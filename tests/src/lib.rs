//! What the tests share with the fuzzers: literate files, what a printed line must do, what must be true of any text.
//!
//! Enters: texts. Leaves: panics, or what went wrong in words.

#![deny(unreachable_pub)]

pub mod fuzz;
pub mod literate;
pub mod typed;
