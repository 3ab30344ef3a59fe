//! Which cells are not of this language.
//!
//! Enters: the text of a cell. Leaves: whether Rust runs it.

use reconverge_lang::session::conforms;

/// What a Rust cell begins with.
pub(crate) const RUST: &str = "%%rust";

/// Whether a cell is one of Rust.
pub(crate) fn is_rust(code: &str) -> bool {
    let first = code.trim_start().lines().next().unwrap_or_default();
    first.split_whitespace().next() == Some(RUST)
}

/// Whether a cell is run by the program that runs Rust.
pub(crate) fn run_by_rust(code: &str) -> bool {
    is_rust(code) || conforms(code)
}
