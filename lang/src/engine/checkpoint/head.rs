//! Where a search is, and what belongs to it.
//!
//! Enters: counts, levels, a tally. Leaves: bytes, and the same again; `None` of what is damaged or of another machine.

use crate::engine::frontier::Level;
use crate::engine::machine::Word;
use crate::engine::store::fingerprint;
use crate::engine::tally::Tally;
use crate::engine::tally::words::{Reader, whole_into};

/// Changes with the form of heads and parts.
const FORM: Word = 2;

/// Between two rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Position {
    pub(in crate::engine) faults: u32,
    /// Of the states that are expanded.
    pub(in crate::engine) depth: u32,
    /// The next of them, and the end of them.
    pub(in crate::engine) at: u32,
    pub(in crate::engine) end: u32,
}

/// Everything but states and seeds.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Head {
    /// `None`: nothing is left to be expanded.
    pub(in crate::engine) position: Option<Position>,
    /// States that were found, of all members.
    pub(in crate::engine) states: u32,
    pub(in crate::engine) levels: Vec<Level>,
    pub(in crate::engine) cut: u64,
    pub(in crate::engine) left: u64,
    /// Some states were not expanded because they are too deep.
    pub(in crate::engine) depth_limited: bool,
    /// Of all members.
    pub(in crate::engine) tally: Tally,
    /// What machines have come to know.
    pub(in crate::engine) learnt: Vec<Word>,
    /// How many members have written each part.
    pub(in crate::engine) parts: Vec<u32>,
    /// Of a state.
    pub(in crate::engine) words: usize,
}

impl Head {
    /// States with numbers below this do not become open any more.
    pub(in crate::engine) fn closed(&self) -> u32 {
        self.position.map_or(self.states, |now| now.at)
    }

    /// `alike`: of those that may read them.
    pub(super) fn bytes(&self, alike: u64) -> Vec<u8> {
        let mut words = vec![FORM, alike, self.words as Word];
        words.extend(dimensions(&self.tally));
        words.push(Word::from(self.position.is_some()));
        let Position { faults, depth, at, end } =
            self.position.unwrap_or(Position { faults: 0, depth: 0, at: 0, end: 0 });
        words.extend([faults, depth, at, end, self.states].map(Word::from));
        words.extend([self.cut, self.left, Word::from(self.depth_limited)]);
        words.push(self.levels.len() as Word);
        let of = |level: &Level| [level.faults, level.depth, level.start].map(Word::from);
        words.extend(self.levels.iter().flat_map(of));
        words.push(self.parts.len() as Word);
        words.extend(self.parts.iter().map(|members| Word::from(*members)));
        words.push(self.learnt.len() as Word);
        words.extend_from_slice(&self.learnt);
        whole_into(&self.tally, &mut words);
        words.push(fingerprint(&words));
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    pub(super) fn read(bytes: &[u8], (alike, of): (u64, usize), empty: &Tally) -> Option<Head> {
        let words: Vec<Word> = bytes
            .chunks(8)
            .map(|chunk| Some(Word::from_le_bytes(chunk.try_into().ok()?)))
            .collect::<Option<_>>()?;
        let (checksum, words) = words.split_last()?;
        if *checksum != fingerprint(words) {
            return None;
        }
        let (first, rest) = words.split_at_checked(3 + dimensions(empty).len())?;
        let expected: Vec<Word> = [FORM, alike, of as Word].into_iter().chain(dimensions(empty)).collect();
        if first != expected {
            return None;
        }
        let mut reader = Reader::new(rest);
        let is_open = reader.next() == 1;
        let [faults, depth, at, end, states] = std::array::from_fn(|_| reader.next() as u32);
        let (cut, left, depth_limited) = (reader.next(), reader.next(), reader.next() == 1);
        let level = |reader: &mut Reader<'_>| {
            let [faults, depth, start] = std::array::from_fn(|_| reader.next() as u32);
            Level { faults, depth, start }
        };
        let levels = (0..reader.next()).map(|_| level(&mut reader)).collect();
        let parts = (0..reader.next()).map(|_| reader.next() as u32).collect();
        let learnt = (0..reader.next()).map(|_| reader.next()).collect();
        let tally = reader.whole(empty.empty());
        let position = is_open.then_some(Position { faults, depth, at, end });
        Some(Head { position, states, levels, cut, left, depth_limited, tally, learnt, parts, words: of })
    }
}

/// What tells machines apart that are not equal, as far as a tally knows.
fn dimensions(tally: &Tally) -> [Word; 3] {
    [tally.instances.len(), tally.first.len(), tally.probes.len()].map(|number| number as Word)
}
