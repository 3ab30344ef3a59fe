//! Which cells are not of this language.
//!
//! Enters: the text of a cell. Leaves: whether Rust runs it, and what it asks of it.

use reconverge_lang::session::Compared;

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

/// `conform merge of Counter with my_merge`, or `conform system Counter with MyCounter`, the one line of a cell: a definition
/// or a step beside a function of Rust cells, a system beside a type.
pub(crate) struct Conform<'c> {
    /// What is compared.
    pub asked: Compared<'c>,
    /// Its system, with values of parameters, and faults.
    pub target: &'c str,
    /// A path in Rust.
    pub code: &'c str,
}

impl<'c> Conform<'c> {
    /// What a cell asks for, if it asks for this.
    pub(crate) fn of(code: &'c str) -> Option<Conform<'c>> {
        let rest = code.trim().strip_prefix("conform ").filter(|rest| !rest.contains('\n'))?;
        let (what, code) = rest.rsplit_once(" with ")?;
        let (asked, target) = match what.trim().strip_prefix("system ") {
            Some(target) => (Compared::System, target),
            None => {
                let (name, target) = what.split_once(" of ")?;
                (Compared::Member(name.trim()), target)
            }
        };
        let (target, code) = (target.trim(), code.trim());
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        let whole = asked != Compared::Member("") && !target.is_empty() && !code.is_empty();
        (whole && code.chars().all(is_path)).then_some(Conform { asked, target, code })
    }
}
