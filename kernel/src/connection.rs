//! The connection file: where the front end wants the kernel to listen, and the key of its messages.
//!
//! Enters: the file's text. Leaves: a [`Connection`], or why it cannot be served.

use serde::Deserialize;
use thiserror::Error;

/// A connection file, with unknown fields left aside.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Connection {
    #[serde(default = "tcp")]
    pub transport: String,
    pub ip: String,
    pub shell_port: u32,
    pub control_port: u32,
    pub stdin_port: u32,
    pub iopub_port: u32,
    pub hb_port: u32,
    #[serde(default)]
    pub key: String,
    #[serde(default = "sha256")]
    pub signature_scheme: String,
}

fn tcp() -> String {
    "tcp".into()
}

fn sha256() -> String {
    "hmac-sha256".into()
}

#[derive(Debug, Error)]
pub(crate) enum ConnectionError {
    #[error("this is not a connection file: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("signature scheme `{0}` is not supported, only hmac-sha256")]
    Scheme(String),
    #[error("transport `{0}` is not supported, only tcp and ipc")]
    Transport(String),
}

impl Connection {
    pub(crate) fn parse(text: &str) -> Result<Connection, ConnectionError> {
        let connection: Connection = serde_json::from_str(text)?;
        if !connection.key.is_empty() && connection.signature_scheme != sha256() {
            return Err(ConnectionError::Scheme(connection.signature_scheme));
        }
        if !matches!(connection.transport.as_str(), "tcp" | "ipc") {
            return Err(ConnectionError::Transport(connection.transport));
        }
        Ok(connection)
    }

    /// The endpoint of a port: `tcp://127.0.0.1:5555`, or `ipc://PATH-1`.
    pub(crate) fn endpoint(&self, port: u32) -> String {
        match self.transport.as_str() {
            "ipc" => format!("ipc://{}-{port}", self.ip),
            _ if self.ip.contains(':') && !self.ip.starts_with('[') => format!("tcp://[{}]:{port}", self.ip),
            _ => format!("tcp://{}:{port}", self.ip),
        }
    }
}
