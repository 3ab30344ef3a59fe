//! All distinct states, in the order in which they were found, and where each was found from.
//!
//! Enters: packed states. Leaves: ids (32 bits, in the order of (faults, steps)) and slices. States lie in blocks, so
//! that growing moves nothing and wastes at most one block.

use super::machine::Word;

/// The parent of an initial state.
pub(super) const NONE: u32 = u32::MAX;

/// States in one block: a power of two.
const BLOCK: usize = 1 << 13;

#[derive(Debug)]
pub(super) struct States {
    words: usize,
    blocks: Vec<Block>,
    len: usize,
}

#[derive(Debug)]
struct Block {
    words: Vec<Word>,
    parents: Vec<u32>,
}

impl States {
    pub(super) fn new(words: usize) -> Self {
        States { words, blocks: Vec::new(), len: 0 }
    }

    pub(super) fn len(&self) -> u32 {
        self.len as u32
    }

    #[inline]
    pub(super) fn push(&mut self, state: &[Word], parent: u32) {
        if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(Block {
                words: Vec::with_capacity(BLOCK * self.words),
                parents: Vec::with_capacity(BLOCK),
            });
        }
        let block = &mut self.blocks[self.len / BLOCK];
        block.words.extend_from_slice(state);
        block.parents.push(parent);
        self.len += 1;
    }

    #[inline]
    pub(super) fn get(&self, id: u32) -> &[Word] {
        let (block, at) = (id as usize / BLOCK, id as usize % BLOCK * self.words);
        &self.blocks[block].words[at..at + self.words]
    }

    pub(super) fn parent(&self, id: u32) -> u32 {
        self.blocks[id as usize / BLOCK].parents[id as usize % BLOCK]
    }

    pub(super) fn bytes(&self) -> u64 {
        self.len as u64 * (8 * self.words as u64 + 4)
    }
}

/// A set of state ids, one bit each; whatever was never set is not in it.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    #[inline]
    pub(super) fn get(&self, id: u32) -> bool {
        self.words.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    pub(super) fn set(&mut self, id: u32) {
        let at = id as usize / 64;
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        self.words[at] |= 1 << (id % 64);
    }

    /// In order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let of = |(at, word): (usize, &u64)| {
            let (mut rest, base) = (*word, at as u32 * 64);
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
                (bit < 64).then_some(base + bit)
            })
        };
        self.words.iter().enumerate().flat_map(of)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }
}
