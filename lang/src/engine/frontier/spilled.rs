//! Seeds that memory has no room for: packed, in a spill, in the order in which they were found.
//!
//! Enters: seeds whose depths grow. Leaves: the same by depth; some more than once, but for those met lately.

use crate::engine::machine::Word;
use crate::engine::spill::Spill;
use crate::engine::store::{BLOCK, Recent, fingerprint, pack, unpack};
use std::sync::Arc;

pub(crate) struct Spilled {
    spill: Arc<dyn Spill>,
    words: usize,
    chunks: Vec<Chunk>,
    /// The last chunk, which is not packed yet.
    depth: u32,
    states: Vec<Word>,
    origins: Vec<u32>,
    recent: Recent,
    len: usize,
}

/// Seeds of one depth.
#[derive(Debug)]
struct Chunk {
    depth: u32,
    count: usize,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    /// Where it begins, and bytes.
    Outside(u64, usize),
    /// It could not be written.
    Inside(Box<[u8]>),
}

/// A spilled chunk could not be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost;

impl Spilled {
    pub(crate) fn new(spill: Arc<dyn Spill>, words: usize) -> Spilled {
        let (states, origins) = (Vec::new(), Vec::new());
        Spilled {
            spill,
            words,
            chunks: Vec::new(),
            depth: 0,
            states,
            origins,
            recent: Recent::default(),
            len: 0,
        }
    }

    /// False: it was met lately.
    pub(crate) fn push(&mut self, fingerprint: u64, state: &[Word], origin: u32, depth: u32) -> bool {
        if self.recent.again(fingerprint) {
            return false;
        }
        if self.origins.len() == BLOCK || self.depth != depth {
            self.pack();
            self.depth = depth;
        }
        self.states.extend_from_slice(state);
        self.origins.push(origin);
        self.len += 1;
        true
    }

    fn pack(&mut self) {
        if self.origins.is_empty() {
            return;
        }
        let bytes = pack(&self.states, self.words, &self.origins);
        let kept = match self.spill.write(&bytes) {
            Ok(place) => Kept::Outside(place, bytes.len()),
            Err(_) => Kept::Inside(bytes),
        };
        self.chunks.push(Chunk { depth: self.depth, count: self.origins.len(), kept });
        self.states.clear();
        self.origins.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn depths(&self) -> impl Iterator<Item = u32> {
        let open = (!self.origins.is_empty()).then_some(self.depth);
        let mut last = None;
        let all = self.chunks.iter().map(|chunk| chunk.depth).chain(open);
        all.filter(move |depth| last.replace(*depth) != Some(*depth))
    }

    /// Shows fingerprint, state and origin of each seed at `depth`.
    pub(crate) fn each(&self, depth: u32, mut visit: impl FnMut(u64, &[Word], u32)) -> Result<(), Lost> {
        let (mut bytes, mut states, mut origins) = (Vec::new(), Vec::new(), Vec::new());
        let mut show = |states: &[Word], origins: &[u32]| {
            for (state, origin) in states.chunks_exact(self.words).zip(origins) {
                visit(fingerprint(state), state, *origin);
            }
        };
        for chunk in self.chunks.iter().filter(|chunk| chunk.depth == depth) {
            let packed = match &chunk.kept {
                Kept::Inside(bytes) => bytes,
                Kept::Outside(place, length) => {
                    bytes.resize(*length, 0);
                    self.spill.read(*place, &mut bytes).map_err(|_| Lost)?;
                    &bytes[..]
                }
            };
            unpack(packed, self.words, chunk.count, &mut states, &mut origins);
            show(&states, &origins);
        }
        if self.depth == depth {
            show(&self.states, &self.origins);
        }
        Ok(())
    }

    pub(crate) fn bytes(&self) -> u64 {
        let inside = |chunk: &Chunk| match &chunk.kept {
            Kept::Outside(..) => 0,
            Kept::Inside(bytes) => bytes.len(),
        };
        let kept: usize = self.chunks.iter().map(|chunk| size_of::<Chunk>() + inside(chunk)).sum();
        (kept + 8 * self.states.len() + 4 * self.origins.len()) as u64
    }
}
