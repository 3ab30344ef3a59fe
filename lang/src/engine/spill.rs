//! Where packed states go when memory is short: a store of bytes outside memory.
//!
//! Enters: nothing (a trait). Leaves: [`Spill`], implemented by whoever has a disk; this crate has none.

use std::sync::Arc;

/// Bytes that are written once, at the end, and read back by their offset. Called from any thread of a search.
pub trait Spill: Send + Sync {
    /// Appends; returns where the bytes begin.
    fn write(&self, bytes: &[u8]) -> Result<u64, SpillFailed>;

    /// Fills `into` with the bytes from `offset` on.
    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), SpillFailed>;
}

/// What the store says is wrong with it (the disk is full, say).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpillFailed(pub String);

/// A store that an exploration may use, as a part of its limits. Two are equal when they are one.
#[derive(Clone)]
pub struct SpillTo(pub Arc<dyn Spill>);

impl std::fmt::Debug for SpillTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SpillTo")
    }
}

impl PartialEq for SpillTo {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SpillTo {}
