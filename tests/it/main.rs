//! The integration tests, as one binary: suite, kernel, notebooks, tidiness, words.
//!
//! Enters: nothing. Leaves: the modules.

#![deny(unreachable_pub)]

mod cli;
mod frontend;
mod hosts;
mod kernel;
mod kernel_hostile;
mod notebooks;
mod server;
mod suite;
mod tidy;
mod words;
