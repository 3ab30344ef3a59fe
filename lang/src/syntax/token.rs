//! The tokens that the grammar sees: words already resolved to keywords or names.
//!
//! Enters: nothing (data only). Leaves: [`Tok`], with the table of punctuation.

use crate::concepts::{ExpectedVerdict, table};
use crate::words::Kw;

table! {
    /// Brackets, operators and separators.
    pub(crate) enum P {
        LBrace "{", LRecord "{", RBrace "}", LParen "(", RParen ")", LBracket "[", RBracket "]",
        Lt "<", Gt ">", Le "<=", Ge ">=", Eq "==", Ne "!=", Set ":=", AddSet "+=", SubSet "-=", Is "=",
        Plus "+", Minus "-", Star "*", Slash "/", Percent "%", Amp "&", Bar "|",
        Comma ",", Semi ";", Colon ":", Dot ".", DotDot "..", Arrow "->", Question "?",
    }
}

/// One token of the grammar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tok<'t> {
    Id(&'t str),
    Int(i64),
    /// A duration in nanoseconds.
    Duration(u64),
    /// `0.5%`, in millionths.
    Share(u64),
    /// A string literal with its quotes and escapes.
    Str(&'t str),
    /// `?NAME` or `NAME?`.
    Asked(&'t str),
    /// After `expect`.
    Verdict(ExpectedVerdict),
    Kw(Kw),
    P(P),
    /// Of no width: an expression starts here that is a form or a command of its own.
    Mark,
    /// What recovery has taken out: a whole statement, clause, member or item.
    Gone,
    /// What recovery has taken out: everything before a body of that kind.
    GoneHead(Body),
}

/// What stands between two brackets, or in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Cell,
    Members,
    Fields,
    Variants,
    Clauses,
    Forms,
    Block,
    Options,
    Lines,
    Faults,
    /// The condition of `find`.
    Goal,
    /// A set, map or comprehension.
    Braces,
    /// The fields of a record or message value.
    RecordValue,
    Parens,
    Square,
}

impl Body {
    /// Whether it is a list of things that start with a head word, one after the other.
    pub fn is_list(self) -> bool {
        use Body::*;
        matches!(self, Cell | Members | Fields | Clauses | Forms | Block | Options | Lines)
    }
}
