//! What all members come to know of each other at the end of a round.
//!
//! Enters: one member's tally and counts, as words. Leaves: those of all, added up in the same order everywhere, so that
//! all go on in the same way.

use super::{Gone, Member};
use crate::engine::exploration::{InstanceCount, Stop};
use crate::engine::machine::{Trap, Word};
use crate::engine::tally::{Event, Place, Tally};

/// Counts over all members, as of the last whole round.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) generated: u64,
    pub(super) distinct: u64,
    pub(super) watching: u64,
    /// States that watch a run, and all states: one of each orbit.
    pub(super) apart: u64,
    pub(super) states: u64,
    pub(super) cut: u64,
    /// Seeds, and states that are found and not expanded.
    pub(super) waiting: u64,
    pub(super) depth: u32,
}

/// What one member adds to a round.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part {
    pub(super) cut: u64,
    pub(super) seeds: u64,
    /// Why it cannot go on.
    pub(super) stop: Option<Stop>,
}

/// What is agreed at the end of a round.
pub(super) struct Agreed {
    /// Without what all know without asking: states, depth.
    pub(super) counts: Counts,
    /// Of the first member that cannot go on.
    pub(super) stop: Option<Stop>,
    /// Of all members, but for their counts.
    pub(super) known: Vec<Tally>,
}

/// What every member has sent to all, by member.
pub(super) fn all(link: &mut dyn Member, words: &[Word]) -> Result<Vec<Vec<Word>>, Gone> {
    (0..link.members()).for_each(|to| link.send(to, words.to_vec()));
    Ok(link.finish()?.into_iter().map(|mut messages| messages.pop().unwrap_or_default()).collect())
}

/// The least of what members have, if any has something.
pub(super) fn least(link: &mut dyn Member, mine: Option<u32>) -> Result<Option<u32>, Gone> {
    let words: Vec<Word> = mine.map(Word::from).into_iter().collect();
    Ok(all(link, &words)?.into_iter().flatten().min().map(|word| word as u32))
}

/// The sum of what members have.
pub(super) fn sums<const N: usize>(link: &mut dyn Member, mine: [u64; N]) -> Result<[u64; N], Gone> {
    let mut sums = [0; N];
    for words in all(link, &mine)? {
        sums.iter_mut().zip(words).for_each(|(sum, word)| *sum += word);
    }
    Ok(sums)
}

/// Counts that are added up, then what is known of properties and probes.
pub(super) fn agree(link: &mut dyn Member, tally: &Tally, part: Part) -> Result<Agreed, Gone> {
    let stop = part.stop.map_or([0, 0], words_of);
    let mut words = vec![
        tally.generated,
        tally.distinct,
        tally.watching,
        tally.apart,
        part.cut,
        part.seeds,
        stop[0],
        stop[1],
    ];
    known_into(tally, &mut words);
    let mut agreed = Agreed { counts: Counts::default(), stop: None, known: Vec::new() };
    for words in all(link, &words)? {
        let mut reader = Reader { words: &words };
        let counts = &mut agreed.counts;
        for count in [&mut counts.generated, &mut counts.distinct, &mut counts.watching, &mut counts.apart] {
            *count += reader.next();
        }
        counts.cut += reader.next();
        counts.waiting += reader.next();
        agreed.stop = agreed.stop.or(stop_of([reader.next(), reader.next()]));
        agreed.known.push(reader.known(empty(tally)));
    }
    Ok(agreed)
}

/// The tallies of all members as one.
pub(super) fn total(link: &mut dyn Member, tally: &Tally) -> Result<Tally, Gone> {
    let mut words = vec![tally.generated, tally.distinct, tally.watching, tally.apart];
    words.extend(tally.instances.iter().flat_map(|count| [count.fired, count.productive]));
    known_into(tally, &mut words);
    words.push(tally.traps.len() as Word);
    tally.traps.values().for_each(|event| event_into(event, &mut words));
    let mut total = empty(tally);
    for words in all(link, &words)? {
        let mut reader = Reader { words: &words };
        let mut one = empty(tally);
        (one.generated, one.distinct) = (reader.next(), reader.next());
        (one.watching, one.apart) = (reader.next(), reader.next());
        for count in &mut one.instances {
            *count = InstanceCount { fired: reader.next(), productive: reader.next() };
        }
        one = reader.known(one);
        for _ in 0..reader.next() {
            let event = reader.event();
            if let Some(trap) = event.trap {
                one.trap(event.place, trap);
            }
        }
        total.add(&one);
    }
    Ok(total)
}

fn empty(of: &Tally) -> Tally {
    Tally::new(of.instances.len(), of.first.len(), of.probes.len())
}

fn known_into(tally: &Tally, words: &mut Vec<Word>) {
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

/// Reads what another member of the same program has written.
struct Reader<'w> {
    words: &'w [Word],
}

impl Reader<'_> {
    fn next(&mut self) -> Word {
        let (first, rest) = self.words.split_first().map_or((0, &[][..]), |(first, rest)| (*first, rest));
        self.words = rest;
        first
    }

    fn known(&mut self, mut tally: Tally) -> Tally {
        for property in 0..tally.first.len() {
            if self.next() == 1 {
                tally.first[property] = Some(self.event());
            }
        }
        tally.probes.iter_mut().for_each(|seen| *seen = self.next() == 1);
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

/// Those that a member may have for itself; all others are known to all.
fn words_of(stop: Stop) -> [Word; 2] {
    match stop {
        Stop::Interrupted => [1, 0],
        Stop::Lost => [2, 0],
        Stop::Memory(bytes) => [3, bytes],
        Stop::States(states) => [4, states],
        Stop::Depth(_) | Stop::Decided | Stop::Reducible | Stop::Gone(_) | Stop::Differs => [0, 0],
    }
}

fn stop_of([which, value]: [Word; 2]) -> Option<Stop> {
    match which {
        1 => Some(Stop::Interrupted),
        2 => Some(Stop::Lost),
        3 => Some(Stop::Memory(value)),
        4 => Some(Stop::States(value)),
        _ => None,
    }
}
