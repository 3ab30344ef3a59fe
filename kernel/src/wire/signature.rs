//! Signatures of messages: HMAC-SHA256 over header, parent header, metadata and content as they are on the wire.
//!
//! Enters: the connection file's key, byte frames. Leaves: lower-case hexadecimal, or a verdict in constant time.
//! Source: Jupyter messaging protocol, "The wire protocol". Buffers are not signed.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key of a connection; an empty one signs nothing and checks nothing.
#[derive(Clone)]
pub struct Key(Option<Hmac<Sha256>>);

impl Key {
    /// That of a connection file; empty: nothing is signed.
    pub fn new(key: &str) -> Key {
        if key.is_empty() {
            return Key(None);
        }
        // HMAC takes keys of any length, so this is never `None` for a key that is not empty.
        Key(Hmac::new_from_slice(key.as_bytes()).ok())
    }

    /// Whether anything is signed.
    pub fn signs(&self) -> bool {
        self.0.is_some()
    }

    /// The signature of the four frames, empty where there is no key.
    pub fn sign(&self, signed: &[&[u8]]) -> String {
        match self.over(signed) {
            Some(mac) => hex::encode(mac.finalize().into_bytes()),
            None => String::new(),
        }
    }

    /// Whether a signature in hexadecimal is that of these bytes, one after the other.
    pub fn verifies(&self, signature: &[u8], signed: &[&[u8]]) -> bool {
        match self.over(signed) {
            Some(mac) => hex::decode(signature).is_ok_and(|bytes| mac.verify_slice(&bytes).is_ok()),
            None => true,
        }
    }

    fn over(&self, signed: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = self.0.clone()?;
        for part in signed {
            mac.update(part);
        }
        Some(mac)
    }
}
