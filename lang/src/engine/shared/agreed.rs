//! What all members come to know of each other at the end of a round.
//!
//! Enters: one member's tally and counts, as words. Leaves: those of all, added up in the same order everywhere, so that
//! all go on in the same way.

use super::{Gone, Member};
use crate::engine::exploration::Stop;
use crate::engine::machine::Word;
use crate::engine::tally::Tally;
use crate::engine::tally::words::{Reader, known_into, whole_into};

/// Counts over all members, as of the last whole round.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) generated: u64,
    pub(super) taken: u64,
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
    /// It wants what was found to be kept.
    pub(super) keep: bool,
}

/// What is agreed at the end of a round.
pub(super) struct Agreed {
    /// Without what all know without asking: states, depth.
    pub(super) counts: Counts,
    /// Of the first member that cannot go on.
    pub(super) stop: Option<Stop>,
    /// Of any member.
    pub(super) keep: bool,
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
        tally.taken,
        tally.distinct,
        tally.watching,
        tally.apart,
        part.cut,
        part.seeds,
        stop[0],
        stop[1],
        Word::from(part.keep),
    ];
    known_into(tally, &mut words);
    let mut agreed = Agreed { counts: Counts::default(), stop: None, keep: false, known: Vec::new() };
    for words in all(link, &words)? {
        let mut reader = Reader::new(&words);
        let counts = &mut agreed.counts;
        let Counts { generated, taken, distinct, watching, apart, .. } = &mut *counts;
        for count in [generated, taken, distinct, watching, apart] {
            *count += reader.next();
        }
        counts.cut += reader.next();
        counts.waiting += reader.next();
        agreed.stop = agreed.stop.or(stop_of([reader.next(), reader.next()]));
        agreed.keep |= reader.next() == 1;
        agreed.known.push(reader.known(tally.empty()));
    }
    Ok(agreed)
}

/// The tallies of all members as one.
pub(super) fn total(link: &mut dyn Member, tally: &Tally) -> Result<Tally, Gone> {
    let mut words = Vec::new();
    whole_into(tally, &mut words);
    let mut total = tally.empty();
    for words in all(link, &words)? {
        total.add(&Reader::new(&words).whole(tally.empty()));
    }
    Ok(total)
}

/// Those that a member may have for itself; all others are known to all.
fn words_of(stop: Stop) -> [Word; 2] {
    match stop {
        Stop::Interrupted => [1, 0],
        Stop::Lost => [2, 0],
        Stop::Memory(bytes) => [3, bytes],
        Stop::States(states) => [4, states],
        Stop::Depth(_)
        | Stop::Decided
        | Stop::Reducible
        | Stop::Gone(_)
        | Stop::Differs
        | Stop::Unresumed => [0, 0],
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
