//! The yardstick: what one would write by hand. A state is one word pair, the seen-set a flat table of fingerprints,
//! successors go straight into it; nothing is allocated per state.
//!
//! Enters: a hand-packed model. Leaves: distinct and generated states, depth.

/// A model packed by hand into 128 bits.
pub trait Packed {
    fn init(&self) -> u128;
    /// Calls `visit` with every successor, repeated ones included.
    fn successors(&self, state: u128, visit: &mut impl FnMut(u128));
    /// Whether the invariant holds.
    fn holds(&self, state: u128) -> bool;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub distinct: u64,
    pub generated: u64,
    /// Of the last state found; init is 0.
    pub depth: u32,
}

/// Open addressing, linear probing, a power of two of slots, 0 is empty.
struct Table {
    slots: Vec<u64>,
    used: usize,
}

fn fingerprint(state: u128) -> u64 {
    let folded = (state as u64 ^ 0x9e37_79b9_7f4a_7c15) as u128
        * ((state >> 64) as u64 ^ 0xd1b5_4a32_d192_ed03) as u128;
    let mixed = (folded as u64 ^ (folded >> 64) as u64 ^ state as u64).wrapping_mul(0x9fb2_1c65_1e98_df25);
    (mixed ^ (mixed >> 29)).max(1)
}

impl Table {
    fn insert(&mut self, fingerprint: u64) -> bool {
        if self.used * 2 >= self.slots.len() {
            self.grow();
        }
        let fresh = Self::place(&mut self.slots, fingerprint);
        self.used += usize::from(fresh);
        fresh
    }

    /// Asks for the cache line that `place` will look at.
    fn prefetch(&self, fingerprint: u64) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a prefetch reads nothing; the slot lies within the table.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch(self.slots.as_ptr().add(Self::slot(&self.slots, fingerprint)).cast(), _MM_HINT_T0);
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = fingerprint;
    }

    fn slot(slots: &[u64], fingerprint: u64) -> usize {
        (fingerprint >> 20) as usize & (slots.len() - 1)
    }

    fn place(slots: &mut [u64], fingerprint: u64) -> bool {
        let mask = slots.len() - 1;
        let mut slot = Self::slot(slots, fingerprint);
        loop {
            match slots[slot] {
                0 => {
                    slots[slot] = fingerprint;
                    return true;
                }
                found if found == fingerprint => return false,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![0; old.len() * 4];
        for fingerprint in old.into_iter().filter(|f| *f != 0) {
            Self::place(&mut self.slots, fingerprint);
        }
    }
}

/// States expanded before their successors are looked up, so that the table's lines have time to arrive.
const GROUP: usize = 8;

pub fn explore<M: Packed>(model: &M) -> Counts {
    let mut seen = Table { slots: vec![0; 1 << 16], used: 0 };
    let mut frontier = vec![model.init()];
    seen.insert(fingerprint(frontier[0]));
    let mut counts = Counts { distinct: 1, generated: 1, depth: 0 };
    let mut next = Vec::new();
    let mut batch = Vec::with_capacity(256);
    while !frontier.is_empty() {
        for group in frontier.chunks(GROUP) {
            batch.clear();
            for &state in group {
                assert!(model.holds(state), "the yardstick's models hold");
                model.successors(state, &mut |s| {
                    let fingerprint = fingerprint(s);
                    seen.prefetch(fingerprint);
                    batch.push((s, fingerprint));
                });
            }
            counts.generated += batch.len() as u64;
            for &(successor, fingerprint) in &batch {
                if seen.insert(fingerprint) {
                    next.push(successor);
                }
            }
        }
        counts.distinct += next.len() as u64;
        counts.depth += u32::from(!next.is_empty());
        frontier.clear();
        std::mem::swap(&mut frontier, &mut next);
    }
    counts
}
