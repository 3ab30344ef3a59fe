//! Codes of commands, scenarios.

use super::codes;

codes! { SESSION {
} }
