//! The states and seeds that came between two checkpoints, of one member.
//!
//! Enters: states in the order of their numbers, seeds in the order in which they were found. Leaves: bytes, packed as the
//! store packs its blocks; and the same again, or `None` of what is damaged.

use crate::engine::machine::Word;
use crate::engine::store::{BLOCK, fingerprint, pack, unpack};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Which seeds are kept: by faults used the depth of the last, and how many of that depth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::engine) struct Seeded(BTreeMap<u32, (u32, usize)>);

impl Seeded {
    /// One more. They come in the order in which they were found.
    pub(in crate::engine) fn keep(&mut self, faults: u32, depth: u32) {
        let (last, count) = self.0.entry(faults).or_insert((depth, 0));
        *count = if *last == depth { *count + 1 } else { 1 };
        *last = depth;
    }

    /// Of the seeds of so many faults and of a depth, how many are kept.
    pub(in crate::engine) fn of(&self, faults: u32, depth: u32) -> usize {
        let (last, count) = self.0.get(&faults).copied().unwrap_or((0, 0));
        match depth.cmp(&last) {
            Ordering::Less => usize::MAX,
            Ordering::Equal => count,
            Ordering::Greater => 0,
        }
    }
}

/// A state that waits for its fault level.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct SeedRef<'p> {
    pub(in crate::engine) faults: u32,
    pub(in crate::engine) depth: u32,
    /// Of its depth they come in this order; the upper half is the number of its parent.
    pub(in crate::engine) key: u64,
    pub(in crate::engine) state: &'p [Word],
}

/// What a chunk of a part has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Numbers, states, parents.
    States = 1,
    /// Faults and depth, key, states.
    Seeds = 2,
    /// Numbers of states that are not expanded, or not fully.
    Open = 3,
}

/// Puts a part together.
pub(in crate::engine) struct PartWriter {
    words: usize,
    out: Vec<u8>,
    states: Chunk,
    seeds: Chunk,
    open: Chunk,
}

/// Records of one kind that are not packed yet.
struct Chunk {
    kind: Kind,
    length: usize,
    records: Vec<Word>,
    parents: Vec<u32>,
}

impl Chunk {
    fn new(kind: Kind, length: usize) -> Chunk {
        Chunk { kind, length, records: Vec::new(), parents: Vec::new() }
    }

    fn push(&mut self, head: &[Word], state: &[Word], parent: u32, out: &mut Vec<u8>) {
        self.records.extend_from_slice(head);
        self.records.extend_from_slice(state);
        self.parents.push(parent);
        if self.parents.len() == BLOCK {
            self.write(out);
        }
    }

    fn write(&mut self, out: &mut Vec<u8>) {
        if self.parents.is_empty() {
            return;
        }
        let packed = pack(&self.records, self.length, &self.parents);
        out.push(self.kind as u8);
        out.extend_from_slice(&(self.parents.len() as u32).to_le_bytes());
        out.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        out.extend_from_slice(&packed);
        self.records.clear();
        self.parents.clear();
    }
}

impl PartWriter {
    /// For states of `words` words.
    pub(in crate::engine) fn new(words: usize) -> PartWriter {
        PartWriter {
            words,
            out: Vec::new(),
            states: Chunk::new(Kind::States, 1 + words),
            seeds: Chunk::new(Kind::Seeds, 2 + words),
            open: Chunk::new(Kind::Open, 1),
        }
    }

    pub(in crate::engine) fn state(&mut self, id: u32, parent: u32, state: &[Word]) {
        debug_assert_eq!(state.len(), self.words);
        self.states.push(&[Word::from(id)], state, parent, &mut self.out);
    }

    pub(in crate::engine) fn seed(&mut self, seed: SeedRef<'_>) {
        let place = u64::from(seed.faults) << 32 | u64::from(seed.depth);
        self.seeds.push(&[place, seed.key], seed.state, 0, &mut self.out);
    }

    pub(in crate::engine) fn open(&mut self, id: u32) {
        self.open.push(&[Word::from(id)], &[], 0, &mut self.out);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let mut out = self.out;
        self.states.write(&mut out);
        self.seeds.write(&mut out);
        self.open.write(&mut out);
        let checksum = checksum(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }
}

/// What a part has.
#[derive(Debug)]
pub(in crate::engine) struct Part {
    words: usize,
    /// Numbers and parents of states, and the states side by side.
    ids: Vec<(u32, u32)>,
    states: Vec<Word>,
    /// Faults, depths and keys of seeds, and the seeds side by side.
    seeds: Vec<(u32, u32, u64)>,
    waiting: Vec<Word>,
    pub(in crate::engine) open: Vec<u32>,
}

impl Part {
    pub(super) fn read(bytes: &[u8], words: usize) -> Option<Part> {
        let (mut rest, expected) = bytes.split_last_chunk::<8>()?;
        if checksum(rest) != u64::from_le_bytes(*expected) {
            return None;
        }
        let mut part = Part {
            words,
            ids: Vec::new(),
            states: Vec::new(),
            seeds: Vec::new(),
            waiting: Vec::new(),
            open: Vec::new(),
        };
        let (mut records, mut parents) = (Vec::new(), Vec::new());
        while let Some((kind, after)) = rest.split_first() {
            let (count, after) = after.split_first_chunk::<4>()?;
            let (length, after) = after.split_first_chunk::<4>()?;
            let (packed, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            let kind = [Kind::States, Kind::Seeds, Kind::Open].into_iter().find(|k| *k as u8 == *kind)?;
            let length = match kind {
                Kind::States => 1 + words,
                Kind::Seeds => 2 + words,
                Kind::Open => 1,
            };
            unpack(packed, length, u32::from_le_bytes(*count) as usize, &mut records, &mut parents);
            part.take(kind, records.chunks_exact(length).zip(&parents));
            rest = after;
        }
        Some(part)
    }

    fn take<'r>(&mut self, kind: Kind, records: impl Iterator<Item = (&'r [Word], &'r u32)>) {
        for (record, parent) in records {
            match (kind, record) {
                (Kind::States, [id, state @ ..]) => {
                    self.ids.push((*id as u32, *parent));
                    self.states.extend_from_slice(state);
                }
                (Kind::Seeds, [place, key, state @ ..]) => {
                    self.seeds.push(((place >> 32) as u32, *place as u32, *key));
                    self.waiting.extend_from_slice(state);
                }
                (Kind::Open, [id]) => self.open.push(*id as u32),
                (Kind::States | Kind::Seeds | Kind::Open, _) => {}
            }
        }
    }

    /// Numbers, parents, states: numbers ascend.
    pub(in crate::engine) fn states(&self) -> impl Iterator<Item = (u32, u32, &[Word])> {
        let states = self.states.chunks_exact(self.words);
        self.ids.iter().zip(states).map(|((id, parent), state)| (*id, *parent, state))
    }

    /// In the order in which they were found, as far as they have the same faults.
    pub(in crate::engine) fn seeds(&self) -> impl Iterator<Item = SeedRef<'_>> {
        let states = self.waiting.chunks_exact(self.words);
        self.seeds.iter().zip(states).map(|((faults, depth, key), state)| SeedRef {
            faults: *faults,
            depth: *depth,
            key: *key,
            state,
        })
    }
}

fn checksum(bytes: &[u8]) -> u64 {
    let word = |chunk: &[u8]| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        Word::from_le_bytes(word)
    };
    let words: Vec<Word> = bytes.chunks(8).map(word).chain([bytes.len() as Word]).collect();
    fingerprint(&words)
}
