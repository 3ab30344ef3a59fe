//! The integration tests, as one binary: checkpoints, distributed runs, exports, fuzzing, suite, kernel, manual, messages,
//! notebooks, Rust, tidiness, web, words.
//!
//! Enters: nothing. Leaves: the modules.

#![deny(unreachable_pub)]

mod checkpoints;
mod cli;
mod distributed;
mod ends;
mod exports;
mod frontend;
mod fuzz;
mod hosts;
mod interact;
mod kernel;
mod kernel_hostile;
mod lsp;
mod manual;
mod messages;
mod notebooks;
mod rust;
mod server;
mod suite;
mod tidy;
mod tla;
mod web;
mod words;

/// Held while expectations are rewritten: more than one test writes to the manual.
static REWRITING: std::sync::Mutex<()> = std::sync::Mutex::new(());
