//! What a session of cells gives, as front ends show it: the part of the kernel that touches no world, so that a page has it too.
//!
//! Enters: outputs, failures and progress of a session. Leaves: MIME bundles, Jupyter's words for errors; the bundled
//! mappings; when progress is worth telling.

#![deny(missing_docs, unreachable_pub)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod bundle;
pub mod display;
pub mod library;
pub mod pace;
