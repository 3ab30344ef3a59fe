//! Which cells are not of this language.
//!
//! Enters: the text of a cell. Leaves: whether Rust runs it, and what it asks of it.

/// What a Rust cell begins with.
pub(crate) const RUST: &str = "%%rust";

/// Whether a cell is one of Rust.
pub(crate) fn is_rust(code: &str) -> bool {
    let first = code.trim_start().lines().next().unwrap_or_default();
    first.split_whitespace().next() == Some(RUST)
}

/// Whether a cell is run by the program that runs Rust.
pub(crate) fn run_by_rust(code: &str) -> bool {
    is_rust(code) || Conform::of(code).is_some()
}

/// `conform merge of Counter with my_merge`, the one line of a cell: a definition beside a function of Rust cells.
pub(crate) struct Conform<'c> {
    /// The definition.
    pub name: &'c str,
    /// Its system, with values of parameters.
    pub target: &'c str,
    /// A path in Rust.
    pub function: &'c str,
}

impl<'c> Conform<'c> {
    /// What a cell asks for, if it asks for this.
    pub(crate) fn of(code: &'c str) -> Option<Conform<'c>> {
        let rest = code.trim().strip_prefix("conform ").filter(|rest| !rest.contains('\n'))?;
        let (name, rest) = rest.split_once(" of ")?;
        let (target, function) = rest.rsplit_once(" with ")?;
        let (name, target, function) = (name.trim(), target.trim(), function.trim());
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        let whole = !name.is_empty() && !target.is_empty() && !function.is_empty();
        (whole && function.chars().all(is_path)).then_some(Conform { name, target, function })
    }
}
