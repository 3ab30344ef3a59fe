//! Flat memory for the seen-set.
//!
//! Enters: a number of slots. Leaves: that many zeros. A large table is asked for in huge pages: it is read at random, and
//! with small pages nearly every look-up would miss the processor's table of pages besides its caches.

use std::ops::{Deref, DerefMut};

/// Slots, 0 at first.
#[derive(Debug)]
pub(crate) enum Table {
    Small(Vec<u64>),
    #[cfg(unix)]
    Large(memmap2::MmapMut),
}

/// Slots of one huge page. Tables that fill one are made of whole ones.
const HUGE: usize = (2 << 20) / 8;

impl Default for Table {
    fn default() -> Self {
        Table::Small(Vec::new())
    }
}

impl Table {
    /// A number of slots, at least this many, that wastes no part of a page.
    pub(crate) fn roomy(slots: usize) -> usize {
        if slots > HUGE / 2 { slots.next_multiple_of(HUGE) } else { slots }
    }

    /// Makes it longer; what is new is 0.
    pub(crate) fn grow(&mut self, slots: usize) {
        #[cfg(target_os = "linux")]
        if let Table::Large(map) = self {
            let moving = memmap2::RemapOptions::new().may_move(true);
            // SAFETY: the memory is anonymous, so there is no file that could end before it, and nobody holds a part of it
            // while the whole is borrowed here.
            #[expect(unsafe_code, reason = "what lies in it stays there, and is not copied")]
            let moved = unsafe { map.remap(8 * slots, moving) };
            if moved.is_ok() {
                return;
            }
        }
        if let Table::Small(small) = self
            && slots < HUGE
        {
            return small.resize(slots, 0);
        }
        let old = std::mem::replace(self, Table::new(slots));
        self[..old.len()].copy_from_slice(&old);
    }

    fn new(slots: usize) -> Self {
        #[cfg(unix)]
        if slots >= HUGE
            && let Ok(map) = memmap2::MmapOptions::new().len(8 * slots).map_anon()
        {
            // Only advice: where it is not taken the pages are small.
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::HugePage);
            return Table::Large(map);
        }
        Table::Small(vec![0; slots])
    }
}

impl Deref for Table {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        match self {
            Table::Small(slots) => slots,
            #[cfg(unix)]
            Table::Large(map) => bytemuck::cast_slice(map),
        }
    }
}

impl DerefMut for Table {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u64] {
        match self {
            Table::Small(slots) => slots,
            #[cfg(unix)]
            Table::Large(map) => bytemuck::cast_slice_mut(map),
        }
    }
}
