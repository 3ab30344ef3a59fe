//! A tally as words, to be sent to other processes or kept on a disk.
//!
//! Enters: a tally. Leaves: words; and from words that were written of the same machine, the tally again.

use super::{Event, Place, Tally};
use crate::engine::exploration::InstanceCount;
use crate::engine::machine::{Trap, Word};

/// With all counts.
pub(in crate::engine) fn whole_into(tally: &Tally, words: &mut Vec<Word>) {
    words.extend([tally.generated, tally.taken, tally.distinct, tally.watching, tally.apart]);
    words.extend(tally.instances.iter().flat_map(|count| [count.fired, count.productive]));
    known_into(tally, words);
    words.push(tally.traps.len() as Word);
    tally.traps.values().for_each(|event| event_into(event, words));
}

/// What is known of properties and probes alone.
pub(in crate::engine) fn known_into(tally: &Tally, words: &mut Vec<Word>) {
    for event in &tally.first {
        words.push(Word::from(event.is_some()));
        event.iter().for_each(|event| event_into(event, words));
    }
    words.extend(tally.probes.iter().map(|seen| Word::from(*seen)));
}

fn event_into(event: &Event, words: &mut Vec<Word>) {
    let Place { faults, depth, state, position } = event.place;
    words.extend([faults, depth, state, position].map(Word::from));
    words.push(Word::from(event.trap.is_some()));
    if let Some(Trap { site, operands }) = event.trap {
        words.push(Word::from(site));
        words.extend(operands.map(|operand| operand as Word));
    }
}

/// Reads words that were written of the same machine; where there are no more, they are 0.
pub(in crate::engine) struct Reader<'w> {
    words: &'w [Word],
}

impl<'w> Reader<'w> {
    pub(in crate::engine) fn new(words: &'w [Word]) -> Self {
        Reader { words }
    }

    pub(in crate::engine) fn next(&mut self) -> Word {
        let (first, rest) = self.words.split_first().map_or((0, &[][..]), |(first, rest)| (*first, rest));
        self.words = rest;
        first
    }

    /// What [`known_into`] wrote, into an empty tally of that machine.
    pub(in crate::engine) fn known(&mut self, mut tally: Tally) -> Tally {
        for property in 0..tally.first.len() {
            if self.next() == 1 {
                tally.first[property] = Some(self.event());
            }
        }
        tally.probes.iter_mut().for_each(|seen| *seen = self.next() == 1);
        tally
    }

    /// What [`whole_into`] wrote, into an empty tally of that machine.
    pub(in crate::engine) fn whole(&mut self, mut tally: Tally) -> Tally {
        let Tally { generated, taken, distinct, watching, apart, .. } = &mut tally;
        for count in [generated, taken, distinct, watching, apart] {
            *count = self.next();
        }
        for count in &mut tally.instances {
            *count = InstanceCount { fired: self.next(), productive: self.next() };
        }
        tally = self.known(tally);
        for _ in 0..self.next() {
            let event = self.event();
            if let Some(trap) = event.trap {
                tally.trap(event.place, trap);
            }
        }
        tally
    }

    fn event(&mut self) -> Event {
        let [faults, depth, state, position] = std::array::from_fn(|_| self.next() as u32);
        let place = Place { faults, depth, state, position };
        let trap = (self.next() == 1).then(|| Trap {
            site: self.next() as u32,
            operands: std::array::from_fn(|_| self.next() as i64),
        });
        Event { place, trap }
    }
}
