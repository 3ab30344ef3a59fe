//! The engine for pages without a kernel: `install/live` makes a WebAssembly module of it, `kernel/web/engine.js` calls that.
//!
//! Enters: cells as JSON. Leaves: what they show, as the kernel shows it, as JSON.

#![deny(missing_docs, unreachable_pub)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(target_family = "wasm")]
mod door;
pub mod page;
