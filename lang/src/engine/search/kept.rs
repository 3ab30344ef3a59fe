//! A search alone, from one of its checkpoints and into the next.
//!
//! Enters: what was kept. Leaves: the search as it was then.

use super::{Aim, Search};
use crate::engine::Limits;
use crate::engine::checkpoint::{Head, Keeper, Of, PartWriter, Position, Restored, SeedRef, Unread};
use crate::engine::exploration::Stop;
use crate::engine::frontier::{Frontier, Lost, Seeds};
use crate::engine::machine::{Machine, Word};
use crate::engine::shared::{key, parent};
use crate::engine::store::{BLOCK, Cursor, Store, fingerprint};

/// The search for shortest runs is short, and so is a survey: they begin anew.
pub(super) fn keeper(limits: &Limits, aim: &Aim<'_>) -> Option<Keeper> {
    let of = match aim {
        Aim::Whole { .. } => Of::Whole,
        Aim::Reduced(_) => Of::Reduced,
        Aim::Shortest(_) | Aim::Survey { .. } => return None,
    };
    limits.checkpoint.as_ref().map(|to| Keeper::new(to, of))
}

impl<M: Machine> Search<'_, M> {
    /// Goes on from what was kept, to the end of its fault level. False: nothing was. What cannot be read halts the search.
    pub(super) fn resume(&mut self) -> bool {
        // A page has no disk: what is for one would only make it heavier.
        if cfg!(target_family = "wasm") {
            return false;
        }
        match self.restored() {
            Ok(None) => return false,
            Ok(Some(Head { position: None, .. })) => {}
            Ok(Some(Head { position: Some(position), .. })) => {
                let seeds = self.frontier.take(position.faults);
                self.level(position.faults, seeds, Some(position));
            }
            Err(Unread) => self.control.halt(Stop::Unresumed),
        }
        true
    }

    fn restored(&mut self) -> Result<Option<Head>, Unread> {
        let Some(keeper) = &mut self.keeper else { return Ok(None) };
        let Some(head) = keeper.head(self.machine.words(), &self.workers.known().empty())? else {
            return Ok(None);
        };
        let (store, frontier, limits) = (&mut self.store, &mut self.frontier, self.control.limits());
        keeper.restore(&head, &mut Alone { store, frontier, limits })?;
        self.store.settle();
        head.levels.iter().for_each(|level| self.frontier.begin(*level));
        self.frontier.add_cut(head.cut);
        self.frontier.add_left(head.left);
        self.control.limit_depth(head.depth_limited);
        self.workers.begin_with(&head.tally);
        self.machine.learn(&head.learnt);
        Ok(Some(head))
    }

    /// Keeps what has been found, if somebody wants that now; `seeds`: of the fault level at hand.
    pub(super) fn checkpoint(&mut self, position: Option<Position>, seeds: Option<&Seeds>) {
        let Some(keeper) = self.keeper.as_mut().filter(|_| !cfg!(target_family = "wasm")) else { return };
        let (store, frontier) = (&self.store, &self.frontier);
        let mut part = PartWriter::new(self.machine.words());
        let mut cursor = Cursor::default();
        for id in keeper.states..store.len() {
            let parent = cursor.parent(store.states(), id);
            part.state(id, parent, cursor.state(store.states(), id));
        }
        (keeper.closed..store.len()).filter(|id| store.open().get(*id)).for_each(|id| part.open(id));
        let mut seeded = keeper.seeds.clone();
        let now = position.zip(seeds).map(|(now, seeds)| (now.faults, seeds));
        for (faults, seeds) in now.into_iter().chain(frontier.pending()) {
            for depth in seeds.depths() {
                let (mut at, kept) = (0, keeper.seeds.of(faults, depth));
                let read = seeds.each(depth, |_, state, origin| {
                    if at >= kept {
                        part.seed(SeedRef { faults, depth, key: key(origin, at as u32), state });
                        seeded.keep(faults, depth);
                    }
                    at += 1;
                });
                if read == Err(Lost) {
                    return store.states().lose();
                }
            }
        }
        if !keeper.write_part(0, part) {
            return;
        }
        let head = Head {
            position,
            states: store.len(),
            levels: frontier.levels().to_vec(),
            cut: frontier.cut(),
            left: frontier.left(),
            depth_limited: self.control.is_depth_limited(),
            tally: self.workers.total(),
            learnt: self.machine.learnt(),
            parts: keeper.parts.iter().copied().chain([1]).collect(),
            words: self.machine.words(),
        };
        if keeper.write_head(&head) {
            keeper.kept(&head, store.len(), seeded);
        }
    }
}

/// Owns everything.
struct Alone<'s> {
    store: &'s mut Store,
    frontier: &'s mut Frontier,
    limits: &'s Limits,
}

impl Restored for Alone<'_> {
    fn owns(&self, _: &[Word]) -> bool {
        true
    }

    fn state(&mut self, id: u32, parent: u32, state: &[Word]) {
        let Alone { store, frontier, limits } = self;
        store.insert(std::iter::once((fingerprint(state), state, parent)));
        if store.is_full() {
            store.settle();
        }
        if !id.is_multiple_of(BLOCK as u32) {
            return;
        }
        store.seal(1);
        if let (Some(to), Some(cap)) = (&limits.spill, limits.memory)
            && store.bytes() >= cap
            && !store.is_outside()
            && store.go_outside(to, cap / 2)
        {
            frontier.go_outside(&to.0);
        }
    }

    fn open(&mut self, id: u32) {
        self.store.leave_open(id);
    }

    fn seed(&mut self, SeedRef { faults, depth, key, state }: SeedRef<'_>) -> bool {
        self.frontier.seeds(faults).push(fingerprint(state), state, parent(key), depth)
    }
}
