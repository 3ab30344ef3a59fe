//! Reconverge, the language: text → tokens → tree → program → model → exploration → report → view.
//!
//! Pure: no files, network, environment, clock or standard output. See `ARCHITECTURE.md` for the code map.

#![deny(clippy::disallowed_methods, unreachable_pub)]

pub mod analysis;
#[deny(missing_docs)]
pub mod concepts;
#[deny(missing_docs)]
pub mod diag;
pub mod engine;
pub mod mapping;
pub mod model;
pub mod obligations;
#[deny(missing_docs)]
pub mod report;
#[deny(missing_docs)]
pub mod session;
#[deny(missing_docs)]
pub mod span;
pub mod syntax;
#[deny(missing_docs)]
pub mod value;
pub mod view;
pub mod words;
