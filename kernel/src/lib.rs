//! What touches the world: the Jupyter kernel and the `reconverge` command. See `ARCHITECTURE.md` for the code map.

pub mod cli;
mod connection;
mod display;
pub mod hosts;
pub mod jobs;
pub mod library;
pub mod server;
mod sockets;
pub mod wire;
mod worker;
