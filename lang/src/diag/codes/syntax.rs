//! Codes of lexing, parsing.

use super::codes;

codes! { SYNTAX {
} }
