//! Fingerprints that memory has no room for: sorted runs in a spill.
//!
//! Enters: states in the order in which they were found. Leaves: those that are new, in the same order. What is found is
//! gathered until it fills its share of the memory, and then held against all runs at once, so that each is read from
//! its beginning to its end (delayed duplicate detection: Stern and Dill, Using Magnetic Disk instead of Main Memory in the
//! Murphi Verifier, 1998). What is new becomes a run itself; eight of a size are made one.

use super::bits::Bits;
use super::seen::Seen;
use super::states::States;
use crate::engine::machine::Word;
use crate::engine::spill::{Spill, SpillFailed};
use std::sync::Arc;

/// Fingerprints that are read at once.
const CHUNK: usize = 1 << 13;

/// So many runs of a size are made one.
const FEW: usize = 8;

pub(crate) struct Outside {
    spill: Arc<dyn Spill>,
    runs: Vec<Run>,
    words: usize,
    /// Bytes that what is gathered may take.
    room: u64,
    /// Fingerprints and origins, and the states side by side; each once.
    found: Vec<(u64, u32)>,
    states: Vec<Word>,
    gathered: Seen,
}

/// Fingerprints, ascending.
#[derive(Debug)]
struct Run {
    /// Of each chunk the first, and where it begins.
    chunks: Vec<(u64, u64)>,
    len: u64,
    /// How often it was made of others.
    size: u32,
}

impl Outside {
    /// From what was seen until now, which is let go of.
    pub(crate) fn new(
        seen: &mut Seen,
        words: usize,
        (spill, room): (Arc<dyn Spill>, u64),
    ) -> Result<Outside, SpillFailed> {
        let mut outside = Outside {
            spill,
            runs: Vec::new(),
            words,
            room,
            found: Vec::new(),
            states: Vec::new(),
            gathered: Seen::new(),
        };
        // No fingerprint is in two shards.
        for shard in seen.shards() {
            let mut writer = Writer::new(&*outside.spill);
            let sorted = shard.sorted();
            sorted.iter().try_for_each(|fingerprint| writer.push(*fingerprint))?;
            outside.runs.push(writer.finish(0)?);
        }
        *seen = Seen::new();
        Ok(outside)
    }

    /// Gathers a state.
    pub(crate) fn push(&mut self, fingerprint: u64, state: &[Word], origin: u32) {
        if self.gathered.insert(fingerprint) {
            self.found.push((fingerprint, origin));
            self.states.extend_from_slice(state);
        }
    }

    /// Whether what is gathered should be settled before there is more of it.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.bytes_gathered() >= self.room
    }

    fn bytes_gathered(&self) -> u64 {
        // To be sorted each of them needs as much again, and a bit.
        self.gathered.bytes() + self.found.len() as u64 * (33 + 8 * self.words as u64)
    }

    pub(crate) fn bytes(&self) -> u64 {
        let chunks: usize = self.runs.iter().map(|run| run.chunks.len()).sum();
        self.bytes_gathered() + 16 * chunks as u64
    }

    /// Makes states of those that are new.
    pub(crate) fn settle(&mut self, into: &mut States) -> Result<(), SpillFailed> {
        if self.found.is_empty() {
            return Ok(());
        }
        let mut sorted: Vec<(u64, u32)> =
            self.found.iter().enumerate().map(|(at, (fingerprint, _))| (*fingerprint, at as u32)).collect();
        sorted.sort_unstable();
        let (mut known, mut buffer) = (Bits::default(), Vec::new());
        for run in &self.runs {
            run.look_up(&*self.spill, &sorted, &mut buffer, |at| known.set(at))?;
        }
        let mut writer = Writer::new(&*self.spill);
        for (fingerprint, _) in sorted.iter().filter(|(_, at)| !known.get(*at)) {
            writer.push(*fingerprint)?;
        }
        let run = writer.finish(0)?;
        if run.len > 0 {
            self.runs.push(run);
        }
        let states = self.states.chunks_exact(self.words);
        for (at, ((_, origin), state)) in self.found.iter().zip(states).enumerate() {
            if !known.get(at as u32) {
                into.push(state, *origin);
            }
        }
        self.found.clear();
        self.states.clear();
        self.gathered = Seen::new();
        self.merge()
    }

    /// Makes one of the last runs as long as there are several of one size.
    fn merge(&mut self) -> Result<(), SpillFailed> {
        while let Some(last) = self.runs.last().map(|run| run.size) {
            let alike = self.runs.iter().rev().take_while(|run| run.size == last).count();
            if alike < FEW {
                return Ok(());
            }
            let some = self.runs.split_off(self.runs.len() - alike);
            let mut readers: Vec<Reader<'_>> =
                some.iter().map(|run| Reader::new(run, &*self.spill)).collect();
            let mut writer = Writer::new(&*self.spill);
            loop {
                let mut least: Option<(u64, usize)> = None;
                for (which, reader) in readers.iter_mut().enumerate() {
                    let next = reader.peek()?.map(|fingerprint| (fingerprint, which));
                    least = least.into_iter().chain(next).min();
                }
                let Some((fingerprint, which)) = least else { break };
                writer.push(fingerprint)?;
                readers[which].at += 1;
            }
            let run = writer.finish(last + 1)?;
            self.runs.push(run);
        }
        Ok(())
    }
}

impl Run {
    /// Tells which of some sorted fingerprints are in it.
    fn look_up(
        &self,
        spill: &dyn Spill,
        sorted: &[(u64, u32)],
        buffer: &mut Vec<u64>,
        mut known: impl FnMut(u32),
    ) -> Result<(), SpillFailed> {
        let mut rest = sorted;
        for (number, (first, _)) in self.chunks.iter().enumerate() {
            rest = &rest[rest.partition_point(|(fingerprint, _)| fingerprint < first)..];
            let end = self.chunks.get(number + 1).map_or(u64::MAX, |(next, _)| *next);
            if rest.first().is_none_or(|(fingerprint, _)| *fingerprint > end) {
                continue;
            }
            self.read(number, spill, buffer)?;
            let mut at = 0;
            for fingerprint in buffer.iter() {
                while rest.get(at).is_some_and(|(found, _)| found < fingerprint) {
                    at += 1;
                }
                let Some((found, which)) = rest.get(at) else { break };
                if found == fingerprint {
                    known(*which);
                    at += 1;
                }
            }
            rest = &rest[at..];
        }
        Ok(())
    }

    /// Fills the buffer with a chunk.
    fn read(&self, number: usize, spill: &dyn Spill, buffer: &mut Vec<u64>) -> Result<(), SpillFailed> {
        let len = (self.len as usize - number * CHUNK).min(CHUNK);
        buffer.resize(len, 0);
        spill.read(self.chunks[number].1, bytemuck::cast_slice_mut(buffer))
    }
}

/// Reads a run from its beginning.
struct Reader<'r> {
    run: &'r Run,
    spill: &'r dyn Spill,
    buffer: Vec<u64>,
    /// The next chunk, and the next of the buffer.
    chunk: usize,
    at: usize,
}

impl<'r> Reader<'r> {
    fn new(run: &'r Run, spill: &'r dyn Spill) -> Self {
        Reader { run, spill, buffer: Vec::new(), chunk: 0, at: 0 }
    }

    fn peek(&mut self) -> Result<Option<u64>, SpillFailed> {
        if self.at == self.buffer.len() {
            if self.chunk == self.run.chunks.len() {
                return Ok(None);
            }
            self.run.read(self.chunk, self.spill, &mut self.buffer)?;
            (self.chunk, self.at) = (self.chunk + 1, 0);
        }
        Ok(Some(self.buffer[self.at]))
    }
}

/// Writes a run.
struct Writer<'r> {
    spill: &'r dyn Spill,
    buffer: Vec<u64>,
    run: Run,
}

impl<'r> Writer<'r> {
    fn new(spill: &'r dyn Spill) -> Self {
        Writer { spill, buffer: Vec::new(), run: Run { chunks: Vec::new(), len: 0, size: 0 } }
    }

    fn push(&mut self, fingerprint: u64) -> Result<(), SpillFailed> {
        self.buffer.push(fingerprint);
        if self.buffer.len() == CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), SpillFailed> {
        let Some(first) = self.buffer.first() else { return Ok(()) };
        let at = self.spill.write(bytemuck::cast_slice(&self.buffer))?;
        self.run.chunks.push((*first, at));
        self.run.len += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self, size: u32) -> Result<Run, SpillFailed> {
        self.flush()?;
        Ok(Run { size, ..self.run })
    }
}
