//! From what the members own to what one machine would hold at the end.
//!
//! Enters: the states of all members, by number. Leaves: what is concluded from, in every process: all states where
//! something is judged on the graph of all, as far as they fit; else those on the runs that are shown, which are found
//! from the last to the first by asking who has each parent.

use super::agreed::{all, least, sums};
use super::merge::{Form, merge};
use super::share::Share;
use super::{Gone, Received};
use crate::engine::conclude::{Apart, Spread, is_sampled, stride};
use crate::engine::exploration::{Stop, Why};
use crate::engine::frontier::Frontier;
use crate::engine::machine::{Judged, Machine, Word};
use crate::engine::progress::Control;
use crate::engine::store::{Cursor, NONE, Store, fingerprint};
use crate::engine::tally::{Event, Tally};
use std::collections::BTreeMap;
use std::ops::Range;

/// What is concluded from.
pub(super) struct Whole<'s> {
    pub(super) store: Store,
    pub(super) frontier: Frontier,
    pub(super) control: Control<'s>,
    pub(super) tally: Tally,
    /// Where the store has not all states.
    pub(super) apart: Option<Apart>,
}

/// States that are sent at once.
const SLICE: u32 = 1 << 18;

/// The bit beside the number of a parent that says that a state is open.
const OPEN: Word = 1 << 32;

/// Bytes that a state takes in a store, besides its words.
const BESIDE: u64 = 16;

/// States and their parents, by number.
type Known = BTreeMap<u32, (Box<[Word]>, u32)>;

impl<'l, 's, M: Machine> Share<'l, 's, M> {
    /// Brings all states to the first member of each process.
    pub(super) fn gather(&mut self, tally: Tally, counts: (u64, u64)) -> Result<Whole<'s>, Gone> {
        let mut store = Store::new(self.machine.words(), self.limits);
        let mut at = 0;
        while at < self.states {
            let until = self.states.min(at.saturating_add(SLICE));
            self.send_states(at..until);
            let received = self.link.finish()?;
            self.store(&received, &mut store);
            at = until;
        }
        Ok(self.whole(store, tally, counts, None))
    }

    fn whole(
        &mut self,
        store: Store,
        tally: Tally,
        (cut, left): (u64, u64),
        apart: Option<Apart>,
    ) -> Whole<'s> {
        let mut frontier = Frontier::new(self.machine.words());
        self.frontier.levels().iter().for_each(|level| frontier.begin(*level));
        frontier.add_cut(cut);
        frontier.add_left(left);
        let control = std::mem::replace(&mut self.control, Control::new(self.limits, self.observer));
        Whole { store, frontier, control, tally, apart }
    }

    /// Why all states need not, or cannot, be brought to one place; `None`: they are to be.
    pub(super) fn why_apart(&mut self, tally: &Tally) -> Result<Option<Why>, Gone> {
        let on_graph = |(property, judged): (usize, &Judged)| match judged {
            Judged::State | Judged::Step | Judged::Settled => false,
            // What is wrong in a state is decided there.
            Judged::Returns | Judged::Refines => tally.first[property].is_none(),
            Judged::Converges(_) | Judged::LeadsTo(_) | Judged::Eventually | Judged::Repairs => true,
        };
        let needed = self.machine.properties().iter().enumerate().any(on_graph);
        if !needed {
            return Ok(Some(Why::Cut));
        }
        let room = self
            .limits
            .memory
            .map_or(u64::MAX, |cap| cap.saturating_sub(self.mine.bytes() * self.here as u64));
        let wanted = u64::from(self.states) * (8 * self.machine.words() as u64 + BESIDE);
        let full = (wanted > room).then_some((self.limits.memory.unwrap_or(0) >> 20) as u32);
        let full = least(self.link, full)?;
        Ok(full.map(|mebibytes| Why::Stopped(Stop::Memory(u64::from(mebibytes) << 20))))
    }

    /// Leaves the states where they are, but for those on the runs that are shown.
    pub(super) fn look_up(&mut self, tally: Tally, counts: (u64, u64), why: Why) -> Result<Whole<'s>, Gone> {
        let spread = self.spread()?;
        let [bytes] = sums(self.link, [self.mine.bytes()])?;
        let events = tally.first.iter().flatten().chain(tally.traps.values());
        let ends = events.map(|event: &Event| event.place.state).filter(|state| *state != NONE);
        let known = self.chains(ends.chain(spread.sampled.iter().copied()).collect())?;
        let store = Store::of_some(self.machine.words(), self.states, known);
        Ok(self.whole(store, tally, counts, Some(Apart { spread, why, bytes })))
    }

    /// All states on the runs to some.
    fn chains(&mut self, mut wanted: Vec<u32>) -> Result<Known, Gone> {
        let mut known = Known::new();
        let mut cursor = Cursor::default();
        loop {
            wanted.sort_unstable();
            wanted.dedup();
            if wanted.is_empty() {
                return Ok(known);
            }
            let mut message = Vec::new();
            for id in &wanted {
                let Some(place) = self.mine.place(*id) else { continue };
                let (state, parent) = self.mine.state(&mut cursor, place);
                message.extend([Word::from(*id), Word::from(parent)]);
                message.extend_from_slice(state);
            }
            let mut parents = Vec::new();
            for theirs in all(self.link, &message)? {
                for record in theirs.chunks_exact(self.machine.words() + 2) {
                    let [id, parent, state @ ..] = record else { continue };
                    known.insert(*id as u32, (state.into(), *parent as u32));
                    parents.push(*parent as u32);
                }
            }
            wanted = parents;
            wanted.retain(|id| *id != NONE && !known.contains_key(id));
        }
    }

    /// What is read off the states that watch nothing.
    fn spread(&mut self) -> Result<Spread, Gone> {
        let mut spread = Spread::default();
        for (at, level) in self.frontier.levels().to_vec().iter().enumerate() {
            let until = self.frontier.levels().get(at + 1).map_or(self.states, |next| next.start);
            let ids = level.start..until;
            if self.counts.apart == 0 {
                spread.depth = spread.depth.max(level.depth);
                if is_sampled(level) {
                    spread.sampled.extend(ids.clone().step_by(stride(ids.len())));
                }
                continue;
            }
            let own = self.own(&ids, is_sampled(level))?;
            if ids.is_empty() || !own.is_empty() {
                spread.depth = spread.depth.max(level.depth);
            }
            if is_sampled(level) {
                let every = stride(own.len());
                spread.sampled.extend(own.into_iter().step_by(every));
            }
        }
        Ok(spread)
    }

    /// Of all members the states among some that watch nothing, in order; or of each member only the first.
    fn own(&mut self, ids: &Range<u32>, every: bool) -> Result<Vec<u32>, Gone> {
        let mut cursor = Cursor::default();
        let Share { machine, mine, .. } = self;
        let own = mine.places(ids).filter(|place| !machine.watching(cursor.state(&mine.states, *place)));
        let wanted = if every { usize::MAX } else { 1 };
        let message: Vec<Word> = own.take(wanted).map(|place| Word::from(mine.ids[place as usize])).collect();
        let mut found: Vec<u32> =
            all(self.link, &message)?.into_iter().flatten().map(|id| id as u32).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// To the first member of each process.
    fn send_states(&mut self, ids: Range<u32>) {
        let mut message = Vec::new();
        let mut cursor = Cursor::default();
        for place in self.mine.places(&ids) {
            let open = if self.mine.open.get(place) { OPEN } else { 0 };
            let (state, parent) = self.mine.state(&mut cursor, place);
            message.push(Word::from(self.mine.ids[place as usize]));
            message.push(Word::from(parent) | open);
            message.extend_from_slice(state);
        }
        for to in (0..self.link.members()).step_by(self.here) {
            self.link.send(to, message.clone());
        }
    }

    fn store(&self, received: &[Received], store: &mut Store) {
        let form = Form { length: self.machine.words() + 2, skip: 0 };
        merge(received, form, |_, record| {
            let [id, parent, state @ ..] = record else { return };
            store.insert(std::iter::once((fingerprint(state), state, *parent as u32)));
            if parent & OPEN != 0 {
                store.leave_open(*id as u32);
            }
        });
        store.seal(1);
    }
}
