//! Codes of model sizes, traps, not yet executable.

use super::codes;

codes! { MODEL {
} }
