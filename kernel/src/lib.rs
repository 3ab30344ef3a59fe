//! What touches the world: the Jupyter kernel and the `reconverge` command. See `ARCHITECTURE.md` for the code map.

#![deny(missing_docs, unreachable_pub)]
// Nothing that comes over a wire may end the kernel.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cells;
pub mod cli;
mod connection;
pub mod distributed;
pub mod hosts;
pub mod jobs;
mod lsp;
mod rust;
pub mod server;
mod sockets;
pub mod wire;
mod worker;

pub use reconverge_outputs::library;
