//! Reconverge, the language: text → tokens → tree → program → model → exploration → report → view.
//!
//! Pure: no files, network, environment, clock or standard output. See `ARCHITECTURE.md` for the code map.

#![deny(clippy::disallowed_methods, missing_docs, unreachable_pub)]

pub mod analysis;
pub mod concepts;
pub mod diag;
pub mod engine;
pub mod export;
pub mod mapping;
pub mod model;
pub mod obligations;
pub mod report;
pub mod session;
pub mod simulate;
pub mod span;
pub mod syntax;
pub mod value;
pub mod variants;
pub mod view;
pub mod words;
