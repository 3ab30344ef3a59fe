//! All distinct states, in the order in which they were found, and where each was found from (or, in a survey, by which
//! instance).
//!
//! Enters: packed states. Leaves: ids (32 bits, in the order of (faults, steps)) and slices. States lie in blocks, so
//! that growing moves nothing. The newest lie open; sealed blocks are packed, and spilled where there is somewhere to
//! spill to. They are read through a [`Cursor`], which keeps the block it read last: the search reads them in order.

use super::pack::{pack, unpack};
use crate::engine::machine::Word;
use crate::engine::spill::Spill;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The parent of an initial state.
pub(crate) const NONE: u32 = u32::MAX;

/// States in one block: a power of two.
pub(crate) const BLOCK: usize = 1 << 12;

pub(crate) struct States {
    words: usize,
    blocks: Vec<Block>,
    len: usize,
    /// Blocks below this are sealed.
    sealed: usize,
    /// Of sealed blocks, in memory.
    packed: u64,
    spill: Option<Arc<dyn Spill>>,
    /// A spilled block could not be read back: what was judged since is worth nothing.
    lost: AtomicBool,
}

#[derive(Debug)]
enum Block {
    Open {
        states: Vec<Word>,
        parents: Vec<u32>,
    },
    Packed(Box<[u8]>),
    Spilled {
        place: u64,
        bytes: usize,
    },
    /// Of a shared search: the others are elsewhere, and nobody asks for them.
    Some(Vec<Known>),
}

/// A state by its place in its block.
#[derive(Debug)]
struct Known {
    at: usize,
    state: Box<[Word]>,
    parent: u32,
}

impl States {
    pub(crate) fn new(words: usize, spill: Option<Arc<dyn Spill>>) -> Self {
        let lost = AtomicBool::new(false);
        States { words, blocks: Vec::new(), len: 0, sealed: 0, packed: 0, spill, lost }
    }

    /// Of so many states only some, with their parents, by id.
    pub(crate) fn of_some(words: usize, len: u32, known: BTreeMap<u32, (Box<[Word]>, u32)>) -> Self {
        let len = len as usize;
        let mut blocks: Vec<Vec<Known>> = (0..len.div_ceil(BLOCK)).map(|_| Vec::new()).collect();
        for (id, (state, parent)) in known {
            blocks[id as usize / BLOCK].push(Known { at: id as usize % BLOCK, state, parent });
        }
        let (sealed, blocks) = (blocks.len(), blocks.into_iter().map(Block::Some).collect());
        States { blocks, len, sealed, ..States::new(words, None) }
    }

    pub(crate) fn len(&self) -> u32 {
        self.len as u32
    }

    #[inline]
    pub(crate) fn push(&mut self, state: &[Word], parent: u32) {
        if self.len.is_multiple_of(BLOCK) {
            self.open();
        }
        self.len += 1;
        if let Some(Block::Open { states, parents }) = self.blocks.last_mut() {
            for word in state {
                states.push(*word);
            }
            parents.push(parent);
        }
    }

    #[cold]
    fn open(&mut self) {
        // A small exploration, of which there are many, does not pay for a whole block.
        let room = if self.blocks.is_empty() { 0 } else { BLOCK };
        self.blocks.push(Block::Open {
            states: Vec::with_capacity(room * self.words),
            parents: Vec::with_capacity(room),
        });
    }

    /// Forgets the states from `len` on, which are still open.
    pub(crate) fn truncate(&mut self, len: u32) {
        while self.len > len as usize {
            let first = (self.len - 1) / BLOCK * BLOCK;
            let kept = (len as usize).saturating_sub(first);
            match self.blocks.last_mut() {
                Some(Block::Open { states, parents }) if kept > 0 => {
                    states.truncate(kept * self.words);
                    parents.truncate(kept);
                }
                _ => {
                    self.blocks.pop();
                }
            }
            self.len = first + kept;
        }
    }

    /// Seals the blocks of which all states are below `end`; they must not be needed open any more.
    pub(crate) fn seal(&mut self, end: u32, threads: usize) {
        let (words, spill) = (self.words, self.spill.clone());
        let ready = &mut self.blocks[self.sealed..end as usize / BLOCK];
        self.sealed += ready.len();
        let seal = |blocks: &mut [Block]| -> u64 {
            blocks.iter_mut().map(|block| block.seal(words, spill.as_deref())).sum()
        };
        if threads < 2 || ready.len() < threads {
            self.packed += seal(ready);
            return;
        }
        let share = ready.len().div_ceil(threads);
        self.packed += crate::engine::workers::together(ready.chunks_mut(share), seal).iter().sum::<u64>();
    }

    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// What was spilled cannot be read back, or written.
    pub(crate) fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// Whether a spilled block could not be read back.
    pub(crate) fn lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let open = self.len.saturating_sub(self.sealed * BLOCK);
        self.packed + open as u64 * (8 * self.words as u64 + 4)
    }
}

impl Block {
    /// Returns the bytes it takes in memory from now on.
    fn seal(&mut self, words: usize, spill: Option<&dyn Spill>) -> u64 {
        let Block::Open { states, parents } = self else { return 0 };
        let bytes = pack(states, words, parents);
        let (block, size) = match spill.map(|spill| spill.write(&bytes)) {
            Some(Ok(place)) => (Block::Spilled { place, bytes: bytes.len() }, 0),
            _ => {
                let size = bytes.len() as u64;
                (Block::Packed(bytes), size)
            }
        };
        *self = block;
        size
    }
}

/// Reads states; one for each thread.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// The sealed block that was read last.
    block: usize,
    states: Vec<Word>,
    parents: Vec<u32>,
    bytes: Vec<u8>,
}

impl Default for Cursor {
    fn default() -> Self {
        Cursor { block: usize::MAX, states: Vec::new(), parents: Vec::new(), bytes: Vec::new() }
    }
}

impl Cursor {
    #[inline]
    pub(crate) fn state<'a>(&'a mut self, all: &'a States, id: u32) -> &'a [Word] {
        let (block, at) = (id as usize / BLOCK, id as usize % BLOCK * all.words);
        let states = match &all.blocks[block] {
            Block::Open { states, .. } => states,
            _ => {
                self.read(all, block);
                &self.states
            }
        };
        &states[at..at + all.words]
    }

    pub(crate) fn parent(&mut self, all: &States, id: u32) -> u32 {
        let (block, at) = (id as usize / BLOCK, id as usize % BLOCK);
        match &all.blocks[block] {
            Block::Open { parents, .. } => parents[at],
            _ => {
                self.read(all, block);
                self.parents[at]
            }
        }
    }

    #[inline]
    fn read(&mut self, all: &States, block: usize) {
        if self.block != block {
            self.unpack(all, block);
        }
    }

    #[cold]
    fn unpack(&mut self, all: &States, block: usize) {
        self.block = block;
        let bytes: &[u8] = match &all.blocks[block] {
            Block::Packed(bytes) => bytes,
            Block::Spilled { place, bytes } => {
                self.bytes.resize(*bytes, 0);
                let read = all.spill.as_ref().map(|spill| spill.read(*place, &mut self.bytes));
                if read != Some(Ok(())) {
                    all.lost.store(true, Ordering::Relaxed);
                    self.states.resize(BLOCK * all.words, 0);
                    self.parents.clear();
                    self.parents.resize(BLOCK, NONE);
                    return;
                }
                &self.bytes
            }
            Block::Some(known) => {
                self.states.clear();
                self.states.resize(BLOCK * all.words, 0);
                self.parents.clear();
                self.parents.resize(BLOCK, NONE);
                for Known { at, state, parent } in known {
                    self.states[at * all.words..(at + 1) * all.words].copy_from_slice(state);
                    self.parents[*at] = *parent;
                }
                return;
            }
            Block::Open { .. } => return,
        };
        unpack(bytes, all.words, BLOCK, &mut self.states, &mut self.parents);
    }
}
