//! Every diagnostic code, declared once: name, explanation, and the shortest program that triggers it.
//!
//! Enters: nothing. Leaves: [`Code`] and its table, which the manual is generated from and the tests run.
//! Ranges: `E01xx` lexing and parsing, `E02xx` names, `E03xx` types, `E04xx` concepts, `E05xx` commands and scenarios,
//! `E06xx` the model (sizes), `E07xx` traps at run time, `E08xx` parsed but not yet executable,
//! `E09xx` what another tool cannot say.

use serde::{Serialize, Serializer};

/// One entry: the code, its title, an explanation, and the shortest cell that triggers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// `E0201`
    pub code: &'static str,
    /// A few words: `unknown name`
    pub title: &'static str,
    /// What it means and what to do, as a paragraph.
    pub explanation: &'static str,
    /// A short program that gives it.
    pub example: &'static str,
}

/// A stable diagnostic code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(pub &'static Entry);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0.code)
    }
}

/// `E0201`: which there are, `all` says.
impl schemars::JsonSchema for Code {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[EW][0-9]{4}$" })
    }
}

/// Declares codes as constants and collects them: `codes! { group NAME { UNEXPECTED_TOKEN = "E0101", "title", "explanation", "example"; … } }`.
macro_rules! codes {
    ($table:ident { $($name:ident = $code:literal, $title:literal, $explanation:literal, $example:literal;)* }) => {
        $(#[doc = $title]
        pub const $name: $crate::diag::Code = $crate::diag::Code(&$crate::diag::codes::Entry {
            code: $code, title: $title, explanation: $explanation, example: $example,
        });)*
        /// The codes of this group.
        pub const $table: &[$crate::diag::Code] = &[$($name),*];
    };
}

pub mod analysis;
pub mod check;
pub mod model;
pub mod session;
pub mod simulation;
pub mod syntax;

/// The groups, in order.
const GROUPS: [&[Code]; 6] = [
    syntax::SYNTAX,
    analysis::ANALYSIS,
    session::SESSION,
    check::CHECK,
    simulation::SIMULATION,
    model::MODEL,
];

/// The digits of code `index` of a group.
const fn number(group: usize, index: usize) -> u32 {
    let (code, mut at, mut number) = (GROUPS[group][index].0.code.as_bytes(), 1, 0);
    while at < code.len() {
        number = 10 * number + (code[at] - b'0') as u32;
        at += 1;
    }
    number
}

/// No two codes are the same: a program in which they are is not compiled.
const _: () = {
    let (mut seen, mut group) = ([false; 1000], 0);
    while group < GROUPS.len() {
        let mut index = 0;
        while index < GROUPS[group].len() {
            let number = number(group, index) as usize;
            assert!(!seen[number], "two diagnostics have the same code");
            seen[number] = true;
            index += 1;
        }
        group += 1;
    }
};

/// All codes, in order.
pub fn all() -> impl Iterator<Item = Code> {
    GROUPS.into_iter().flatten().copied()
}
