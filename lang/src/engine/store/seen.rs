//! The set of fingerprints seen so far.
//!
//! Enters: fingerprints. Leaves: whether each is new. A fingerprint's low bits name its shard (who owns it), its high
//! bits its place in the shard's flat table with linear probing (Knuth 6.4, algorithm L). The place is a scaled product,
//! so that a table may have any size: shards grow by half, one at a time, in place.

use super::table::Table;

/// Fixed, so that memory, and with it every cap, is the same for any number of threads.
pub(crate) const SHARDS: usize = 8;

#[derive(Debug)]
pub(crate) struct Seen {
    shards: Vec<Shard>,
}

#[derive(Debug, Default)]
pub(crate) struct Shard {
    /// 0: free.
    slots: Table,
    used: usize,
    /// `used` at which the table grows.
    full: usize,
    /// Whether fingerprint 0 was seen.
    zero: bool,
}

impl Seen {
    pub(crate) fn new() -> Self {
        Seen { shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }

    /// True where it is new.
    #[inline(always)]
    pub(crate) fn insert(&mut self, fingerprint: u64) -> bool {
        self.shards[shard_of(fingerprint)].insert(fingerprint)
    }

    #[inline]
    pub(crate) fn contains(&self, fingerprint: u64) -> bool {
        self.shards[shard_of(fingerprint)].contains(fingerprint)
    }

    /// Asks the processor for the cache line in which `fingerprint` belongs.
    #[inline(always)]
    pub(crate) fn prefetch(&self, fingerprint: u64) {
        self.shards[shard_of(fingerprint)].prefetch(fingerprint);
    }

    pub(crate) fn shards(&mut self) -> &mut [Shard] {
        &mut self.shards
    }

    /// A number for each fingerprint in the set, all different, shard by shard: for tables beside this one.
    #[inline]
    pub(crate) fn locate(&self, fingerprint: u64) -> Option<(usize, usize)> {
        let shard = shard_of(fingerprint);
        let Shard { slots, zero, .. } = &self.shards[shard];
        if fingerprint == 0 || slots.is_empty() {
            return (fingerprint == 0 && *zero).then_some((shard, slots.len()));
        }
        let at = find(slots, fingerprint);
        (slots[at] == fingerprint).then_some((shard, at))
    }

    /// One more than the greatest number in each shard.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> {
        self.shards.iter().map(|shard| shard.slots.len() + 1)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.shards.iter().map(|s| 8 * s.slots.len() as u64).sum()
    }
}

/// The shard that owns a fingerprint.
#[inline]
pub(crate) fn shard_of(fingerprint: u64) -> usize {
    fingerprint as usize % SHARDS
}

/// Where the search for a fingerprint begins: monotonic in it, below `capacity` (if that is not 0).
#[inline]
fn home(fingerprint: u64, capacity: usize) -> usize {
    ((u128::from(fingerprint) * capacity as u128) >> 64) as usize
}

/// The slot that holds `fingerprint` or the free one where it belongs. The table is never full.
#[inline]
fn find(slots: &[u64], fingerprint: u64) -> usize {
    let mut at = home(fingerprint, slots.len());
    loop {
        let slot = slots[at];
        if slot == fingerprint || slot == 0 {
            return at;
        }
        at += 1;
        if at == slots.len() {
            at = 0;
        }
    }
}

impl Shard {
    /// All of its fingerprints, ascending, where they were: it is not a table any more.
    pub(crate) fn sorted(&mut self) -> &[u64] {
        let slots: &mut [u64] = &mut self.slots;
        let mut kept = 0;
        for at in 0..slots.len() {
            let fingerprint = slots[at];
            if fingerprint != 0 {
                slots[kept] = fingerprint;
                kept += 1;
            }
        }
        // There is a free slot, or none at all where nothing but 0 was seen.
        if self.zero {
            match slots.get_mut(kept) {
                Some(slot) => *slot = 0,
                None => return &[0],
            }
            kept += 1;
        }
        slots[..kept].sort_unstable();
        &slots[..kept]
    }

    #[inline(always)]
    pub(crate) fn prefetch(&self, fingerprint: u64) {
        prefetch(&self.slots, home(fingerprint, self.slots.len()));
    }

    #[inline(always)]
    pub(crate) fn insert(&mut self, fingerprint: u64) -> bool {
        if self.used >= self.full {
            self.grow();
        }
        if fingerprint == 0 {
            return !std::mem::replace(&mut self.zero, true);
        }
        let slots: &mut [u64] = &mut self.slots;
        let at = find(slots, fingerprint);
        if slots[at] == fingerprint {
            return false;
        }
        slots[at] = fingerprint;
        self.used += 1;
        true
    }

    #[inline]
    fn contains(&self, fingerprint: u64) -> bool {
        if fingerprint == 0 || self.slots.is_empty() {
            return fingerprint == 0 && self.zero;
        }
        self.slots[find(&self.slots, fingerprint)] == fingerprint
    }

    /// Keeps between half and three quarters of the slots in use. Every fingerprint moves up, so that they move in place,
    /// the last first; the few that would come to lie among those that have not moved yet wait until the end.
    #[cold]
    fn grow(&mut self) {
        let old = self.slots.len();
        let new = Table::roomy(if old < 4096 { (2 * old).max(16) } else { old + old / 2 });
        self.slots.grow(new);
        self.full = new / 4 * 3;
        let slots: &mut [u64] = &mut self.slots;
        let mut late = Vec::new();
        for from in (0..old).rev() {
            let fingerprint = std::mem::take(&mut slots[from]);
            if fingerprint == 0 {
                continue;
            }
            let home = home(fingerprint, new);
            let to = if home > from { find(slots, fingerprint) } else { 0 };
            match to > from && to >= home {
                true => slots[to] = fingerprint,
                false => late.push(fingerprint),
            }
        }
        for fingerprint in late {
            let to = find(slots, fingerprint);
            slots[to] = fingerprint;
        }
    }
}

/// Slots for fingerprints met lately: 128 KiB, which stay in the cache near the core.
const RECENT: usize = 1 << 14;

/// Fingerprints that were passed on lately. Neighbours in the search have successors in common: most repetitions are
/// found here, and the great table, whose every look-up misses the caches, is not asked.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    /// 0: none; the rare fingerprint 0 is never taken for a repetition.
    slots: Vec<u64>,
}

impl Recent {
    /// Whether it was passed on before; false is no proof of the contrary.
    #[inline]
    pub(crate) fn again(&mut self, fingerprint: u64) -> bool {
        if self.slots.is_empty() {
            self.slots = vec![0; RECENT];
        }
        let slot = &mut self.slots[fingerprint as usize / SHARDS % RECENT];
        let again = *slot == fingerprint && fingerprint != 0;
        *slot = fingerprint;
        again
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "there is no other way to ask for a cache line")]
#[inline]
fn prefetch(slots: &[u64], at: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch is a hint and never faults, whatever the address; `wrapping_add` computes it without a claim.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(slots.as_ptr().wrapping_add(at).cast()) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn prefetch(_: &[u64], _: usize) {}
