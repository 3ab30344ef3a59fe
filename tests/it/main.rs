//! The integration tests, as one binary: suite, kernel, notebooks, tidiness.
//!
//! Enters: nothing. Leaves: the modules.

mod cli;
mod frontend;
mod kernel;
mod kernel_hostile;
mod machine;
mod notebooks;
mod suite;
mod tidy;
