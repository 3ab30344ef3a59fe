//! The words of the language: how each is spelled and coloured, where it may stand, and one sentence on what it means.
//!
//! Enters: nothing (tables). Leaves: keywords for the parser, words with their help for completion and inspection, colours
//! for highlighting here and elsewhere, tables for the manual. A keyword is one entry of `keywords`, with the words that
//! may follow it in `following`; what is not a keyword stands in `builtins`. Tests hold the grammar's terminals and the
//! files of other tools to these tables.

mod builtins;
mod colours;
mod following;
mod foreign;
mod keywords;
mod places;

pub use builtins::{Builtin, CellWord, Method, Question, TypeWord};
pub use colours::{Colour, coloured};
pub use following::{directly_after, inside};
pub use foreign::{Foreign, foreign, foreign_call, foreign_words};
pub use keywords::Kw;
pub use places::{Place, Word, at, meanings};
