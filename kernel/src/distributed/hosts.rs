//! The hosts file and the secret.
//!
//! Enters: their texts. Leaves: addresses in the order of the processes; the bytes of the secret.

use super::Apart;
use std::ops::Deref;

/// The address of each process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

/// A secret that can be guessed protects nothing.
const SHORTEST: usize = 16;

impl Hosts {
    /// One `HOST:PORT` a line; empty lines, and what follows `#`, count for nothing. Errors: a line that is no address, or
    /// the same one twice; no line at all.
    pub fn parse(text: &str) -> Result<Hosts, Apart> {
        let mut hosts: Vec<String> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let address = line.split('#').next().unwrap_or_default().trim();
            if address.is_empty() {
                continue;
            }
            let number = number + 1;
            let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none_or(|port| port == 0) || address.contains(char::is_whitespace) {
                return Err(Apart(format!(
                    "line {number} of the hosts file: expected HOST:PORT, as in `10.0.0.4:7101`, found `{address}`"
                )));
            }
            if hosts.iter().any(|known| known == address) {
                return Err(Apart(format!(
                    "line {number} of the hosts file: `{address}` is there already; each process has an address of its own"
                )));
            }
            hosts.push(address.to_string());
        }
        if hosts.is_empty() {
            return Err(Apart("the hosts file names no process: one HOST:PORT a line".to_string()));
        }
        Ok(Hosts(hosts))
    }
}

impl Deref for Hosts {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

/// A secret as it lies in a file: without what surrounds it. Errors: it is too short.
pub fn secret(text: &[u8]) -> Result<Vec<u8>, Apart> {
    let secret = text.trim_ascii();
    if secret.len() < SHORTEST {
        let found = secret.len();
        return Err(Apart(format!(
            "the secret has {found} bytes and needs {SHORTEST}; `openssl rand -hex 32` makes one, the same for all processes"
        )));
    }
    Ok(secret.to_vec())
}
