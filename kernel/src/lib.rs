//! What touches the world: the Jupyter kernel and the `reconverge` command. See `ARCHITECTURE.md` for the code map.

pub mod cli;
pub mod connection;
pub mod display;
pub mod library;
pub mod machine;
pub mod pace;
pub mod server;
pub mod sockets;
pub mod wire;
pub mod worker;
