//! Codes of names, types, concepts.

use super::codes;

codes! { ANALYSIS {
    UNKNOWN_NAME = "E0201", "unknown name",
        "A name is used that nothing in this system, and no binder around it, declares.",
        "system A { invariant x: safety { y == 1 } }";
} }
