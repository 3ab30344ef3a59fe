//! A shared search, from a checkpoint and into the next: whoever had which states then.
//!
//! Enters: what was kept. Leaves: the search as it was then. Every member writes what it owns, and the first of all the head,
//! when all have written; every member reads all, and takes what it owns now.

use super::Gone;
use super::agreed::{sums, total};
use super::mine::{Mine, Waiting};
use super::outgoing::owner;
use super::share::Share;
use crate::engine::checkpoint::{Head, Keeper, PartWriter, Position, Restored, SeedRef, Unread};
use crate::engine::exploration::Stop;
use crate::engine::machine::{Machine, Word};
use crate::engine::store::{BLOCK, Cursor, fingerprint};
use std::collections::BTreeMap;

impl<M: Machine> Share<'_, '_, M> {
    /// Whether this member says that it is time; one for all.
    pub(super) fn wants_to_keep(&self) -> bool {
        self.link.index() == 0 && self.keeper.as_ref().is_some_and(Keeper::is_due)
    }

    /// Goes on from what was kept, to the end of its fault level. False: nothing was. What some member cannot read, or what
    /// they do not all read alike, halts the search.
    pub(super) fn resume(&mut self) -> Result<bool, Gone> {
        let found = match &self.keeper {
            None => Ok(None),
            Some(keeper) => keeper.head(self.machine.words(), &self.worker.tally().empty()),
        };
        let restored = found.and_then(|head| match head {
            Some(head) => self.restore(&head).map(|()| Some(head)),
            None => Ok(None),
        });
        let members = self.link.members() as u64;
        let [read, unread, states] = sums(
            self.link,
            match &restored {
                Ok(Some(head)) => [1, 0, u64::from(head.states)],
                Ok(None) => [0, 0, 0],
                Err(Unread) => [0, 1, 0],
            },
        )?;
        let (Ok(Some(head)), true) = (&restored, read == members) else {
            if read + unread > 0 {
                self.control.halt(Stop::Unresumed);
            }
            return Ok(read + unread > 0);
        };
        if states != members * u64::from(head.states) {
            self.control.halt(Stop::Unresumed);
            return Ok(true);
        }
        let depth = head.levels.iter().map(|level| level.depth).max().unwrap_or(0);
        self.agree(depth)?;
        if let Some(position) = head.position {
            let waiting = self.waiting.remove(&position.faults).unwrap_or_else(Waiting::new);
            self.level(position.faults, waiting, Some(position))?;
        }
        Ok(true)
    }

    fn restore(&mut self, head: &Head) -> Result<(), Unread> {
        let Some(mut keeper) = self.keeper.take() else { return Err(Unread) };
        let (members, index) = (self.link.members(), self.link.index());
        let Share { mine, waiting, .. } = self;
        let restored = keeper.restore(head, &mut Owned { mine, waiting, members, index });
        self.keeper = Some(keeper);
        restored?;
        head.levels.iter().for_each(|level| self.frontier.begin(*level));
        self.control.limit_depth(head.depth_limited);
        (self.states, self.expanded) = (head.states, head.closed());
        self.machine.learn(&head.learnt);
        // Counted once.
        if index == 0 {
            self.frontier.add_cut(head.cut);
            self.frontier.add_left(head.left);
            self.worker.begin_with(&head.tally);
        } else {
            self.worker.learn(&head.tally);
        }
        Ok(())
    }

    /// Keeps what all have found; `waiting`: seeds of the fault level at hand.
    pub(super) fn checkpoint(
        &mut self,
        position: Option<Position>,
        waiting: Option<&Waiting>,
    ) -> Result<(), Gone> {
        let tally = total(self.link, self.worker.tally())?;
        let [cut, left] = sums(self.link, [self.frontier.cut(), self.frontier.left()])?;
        self.learn_all()?;
        let Some(keeper) = &self.keeper else { return Ok(()) };
        let (mine, members) = (&self.mine, self.link.members());
        let mut part = PartWriter::new(self.machine.words());
        let mut cursor = Cursor::default();
        for place in keeper.states..mine.states.len() {
            let (state, parent) = mine.state(&mut cursor, place);
            part.state(mine.ids[place as usize], parent, state);
        }
        let unsettled = mine.places(&(keeper.closed..self.states));
        unsettled.filter(|place| mine.open.get(*place)).for_each(|place| part.open(mine.ids[place as usize]));
        let mut seeded = keeper.seeds.clone();
        let now = position.zip(waiting).map(|(now, waiting)| (now.faults, waiting));
        let later = self.waiting.iter().map(|(faults, waiting)| (*faults, waiting));
        for (faults, waiting) in now.into_iter().chain(later) {
            for (depth, batch) in waiting.batches() {
                for (key, state) in batch.seeds(self.machine.words()).skip(keeper.seeds.of(faults, depth)) {
                    part.seed(SeedRef { faults, depth, key, state });
                    seeded.keep(faults, depth);
                }
            }
        }
        let written = keeper.write_part(self.link.index(), part);
        let [failed] = sums(self.link, [u64::from(!written)])?;
        if failed > 0 {
            return Ok(());
        }
        let head = Head {
            position,
            states: self.states,
            levels: self.frontier.levels().to_vec(),
            cut,
            left,
            depth_limited: self.control.is_depth_limited(),
            tally,
            learnt: self.machine.learnt(),
            parts: keeper.parts.iter().copied().chain([members as u32]).collect(),
            words: self.machine.words(),
        };
        let written = self.link.index() > 0 || keeper.write_head(&head);
        let [failed] = sums(self.link, [u64::from(!written)])?;
        let states = self.mine.states.len();
        if let Some(keeper) = self.keeper.as_mut().filter(|_| failed == 0) {
            keeper.kept(&head, states, seeded);
        }
        Ok(())
    }
}

/// What this member owns.
struct Owned<'s> {
    mine: &'s mut Mine,
    waiting: &'s mut BTreeMap<u32, Waiting>,
    members: usize,
    index: usize,
}

impl Restored for Owned<'_> {
    fn owns(&self, state: &[Word]) -> bool {
        owner(fingerprint(state), self.members) == self.index
    }

    fn state(&mut self, id: u32, parent: u32, state: &[Word]) {
        let Mine { states, seen, ids, .. } = &mut *self.mine;
        seen.insert(fingerprint(state));
        states.push(state, parent);
        ids.push(id);
        if states.len().is_multiple_of(BLOCK as u32) {
            states.seal(states.len(), 1);
        }
    }

    fn open(&mut self, id: u32) {
        if let Some(place) = self.mine.place(id) {
            self.mine.open.set(place);
        }
    }

    fn seed(&mut self, SeedRef { faults, depth, key, state }: SeedRef<'_>) -> bool {
        let waiting = self.waiting.entry(faults).or_insert_with(Waiting::new);
        waiting.push(fingerprint(state), key, state, depth)
    }
}
