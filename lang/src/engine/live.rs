//! Judging what must happen in the end: convergence, leads to, eventually.
//!
//! Enters: a finished search. Leaves: the outcome of each such property, with a lasso where it is violated. On a graph
//! that was cut or not finished, a violation is still real; that there is none is then claimed within the bound alone.

use super::conclude::Ended;
use super::exploration::{Kind, Length, Outcome, Path, Rounds, Stop, Trapped, Violation, Why};
use super::machine::{Clients, Judged, Machine, Role, Trap};
use super::observer::Progress;
use super::store::{Bits, Cursor, NONE};
use super::workers::share;
use converges::{Failing, Failure, failing};
use graph::{Extent, Steps, is_repair, steps};
use lasso::{Hop, Lasso, run};
use leads_to::{Never, STARTS, Sets, never};
use rounds::rounds;

mod components;
mod converges;
mod ends;
mod fair;
mod graph;
mod lasso;
mod leads_to;
mod refines;
mod repairs;
mod returns;
mod rounds;

pub(super) use components::Components;
pub(super) use fair::Fairness;
pub(super) use graph::{Graph, Index, Label, Ticker};

/// Why a property has no verdict of its own kind.
enum Unjudged {
    /// The property has no value in this state.
    Trap(Trap, u32),
    Why(Why),
    Inconsistent(String),
}

impl From<Why> for Unjudged {
    fn from(why: Why) -> Self {
        Unjudged::Why(why)
    }
}

/// The run that shows how convergence fails.
struct Shown {
    failure: Failure,
    /// Where the cycle begins.
    first: u32,
    cycle: Vec<Hop>,
}

type Judgement = Result<(Option<Violation>, Option<Rounds>), Unjudged>;

/// Larger parts than this are searched from their first state alone.
const SMALL_PART: usize = 10_000;

/// Fills in the outcomes of the properties of runs. Returns the bytes of the graph.
pub(super) fn judge_runs<M: Machine>(
    ended: &Ended<'_, M>,
    outcomes: &mut [Outcome],
    lengths: &mut [Option<Length>],
) -> u64 {
    let properties = ended.machine.properties();
    let of = |is: fn(Judged) -> bool| -> Vec<usize> {
        (0..properties.len()).filter(|p| is(properties[*p])).collect()
    };
    // What is false in a state is broken there.
    let sound = |p: &usize| !matches!(outcomes[*p], Outcome::Violated(_) | Outcome::Trapped(_));
    let returns: Vec<usize> = of(|judged| judged == Judged::Returns).into_iter().filter(sound).collect();
    let owing = |p: &usize| properties[*p] != Judged::Refines || sound(p);
    let mut asked: Vec<usize> = of(is_on_graph).into_iter().filter(owing).collect();
    if asked.is_empty() && returns.is_empty() {
        return 0;
    }
    // The graph needs all states in one place, and in memory what they are told apart by.
    if let Some(why) = ended.apart.map(|apart| apart.why).or(ended.outside()) {
        asked.iter().chain(&returns).for_each(|property| outcomes[*property] = Outcome::Incomplete(why));
        return 0;
    }
    asked.retain(|p| {
        let owes = properties[*p] != Judged::Refines || !ended.machine.owed(*p).is_empty();
        if !owes {
            outcomes[*p] = ended.undecided();
        }
        owes
    });
    let progress = ended.progress();
    let observer = ended.control.observer();
    let goes_on = || {
        observer.progress(&progress);
        !observer.cancelled()
    };
    let index = match Index::new(ended.store, ended.threads, &mut Ticker::new(&goes_on)) {
        Ok(index) => index,
        Err(why) => {
            asked.iter().chain(&returns).for_each(|property| outcomes[*property] = Outcome::Incomplete(why));
            return 0;
        }
    };
    returns.into_iter().for_each(|p| outcomes[p] = ended.returns(p, &index, &mut Ticker::new(&goes_on)));
    let (found, bytes) = ended.on_graph(&asked, &index, &goes_on);
    for (p, (outcome, length)) in asked.into_iter().zip(found) {
        (outcomes[p], lengths[p]) = (outcome, length);
    }
    bytes
}

/// Of runs to where they stay, all of them as near, the one that goes round in the fewest steps, with these.
fn shortest(
    fairness: &mut Fairness<'_>,
    found: Vec<Never>,
    goal: &Bits,
    ticker: &mut Ticker<'_>,
) -> Result<Option<(Never, Vec<Hop>)>, Why> {
    let mut best: Option<(Never, Vec<Hop>)> = None;
    for found in found {
        let known = best.as_ref().map(|(_, cycle)| cycle.len());
        // In a large part one is enough.
        if known.is_some() && found.part.len() > SMALL_PART {
            continue;
        }
        let cycle = match fairness.shortest_cycle(&found.part, found.end(), goal, ticker)? {
            Some(cycle) => cycle,
            None if known.is_some() => continue,
            None => fairness.cycle(&found.part, found.end(), goal, ticker)?,
        };
        if known.is_none_or(|known| cycle.len() < known) {
            best = Some((found, cycle));
        }
    }
    Ok(best)
}

/// Whether a property is judged on the graph of all states.
fn is_on_graph(judged: Judged) -> bool {
    clients(judged).is_some() || matches!(judged, Judged::Repairs | Judged::Refines)
}

/// Of one property.
type Found = (Outcome, Option<Length>);

/// What happens on the runs that a property is judged on; `None`: it is not judged on runs without end.
fn clients(judged: Judged) -> Option<Clients> {
    match judged {
        Judged::Converges(clients) | Judged::LeadsTo(clients) => Some(clients),
        Judged::Eventually => Some(Clients::GoOn),
        Judged::State
        | Judged::Step
        | Judged::Repairs
        | Judged::Returns
        | Judged::Refines
        | Judged::Settled => None,
    }
}

impl<M: Machine> Ended<'_, M> {
    fn progress(&self) -> Progress {
        Progress {
            generated: self.tally.taken,
            distinct: u64::from(self.store.len()),
            depth: self.frontier.depth(),
            bytes: self.bytes(),
            ..Progress::default()
        }
    }

    /// Judges properties on one graph; where that has no room, each on one of its own. Returns the bytes of the largest.
    fn on_graph(
        &self,
        asked: &[usize],
        index: &Index<'_>,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> (Vec<Found>, u64) {
        if asked.is_empty() {
            return (Vec::new(), 0);
        }
        match self.steps(asked, index, goes_on) {
            Ok(steps) => (self.judge_together(asked, &steps, index, goes_on), steps.bytes()),
            Err(Why::Stopped(Stop::Memory(_))) if asked.len() > 1 => {
                let each = asked.iter().map(|p| self.on_graph(&[*p], index, goes_on));
                let (found, bytes): (Vec<_>, Vec<_>) = each.unzip();
                (found.into_iter().flatten().collect(), bytes.into_iter().max().unwrap_or(0))
            }
            Err(why) => (vec![(Outcome::Incomplete(why), None); asked.len()], 0),
        }
    }

    /// Judges each property, several at a time where what that needs has room.
    fn judge_together(
        &self,
        asked: &[usize],
        steps: &Steps,
        index: &Index<'_>,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Found> {
        let used = self.bytes() + index.bytes() + steps.bytes();
        let room = self.control.limits().memory.map(|cap| cap.saturating_sub(used) / self.analysis());
        let most = room.map_or(usize::MAX, |room| room as usize);
        let workers = vec![(); self.threads.min(asked.len()).min(most).max(1)];
        let mut found: Vec<Option<Found>> = vec![None; asked.len()];
        share(workers.into_iter(), asked.iter().zip(&mut found), |(), (p, found)| {
            *found = Some(self.judge_on(*p, steps, &mut Ticker::new(goes_on)));
        });
        found.into_iter().map(|found| found.expect("each was judged")).collect()
    }

    fn judge_on(&self, property: usize, steps: &Steps, ticker: &mut Ticker<'_>) -> Found {
        let judged = self.machine.properties()[property];
        match judged {
            Judged::Repairs => return self.repair(property, steps, ticker),
            Judged::Refines => return (self.refines(property, steps, ticker), None),
            Judged::State
            | Judged::Step
            | Judged::Returns
            | Judged::Settled
            | Judged::Converges(_)
            | Judged::LeadsTo(_)
            | Judged::Eventually => {}
        }
        let instances = self.machine.instances();
        let graph = steps.graph(&|instance, key| {
            let seen = self.is_seen(property, instance);
            seen.then(|| Label::new(&instances[instance as usize], key))
        });
        let judgement = match judged {
            Judged::Converges(clients) => self.judge_converges(&graph, property, clients, ticker),
            judged => self.judge_never(&graph, property, judged, ticker),
        };
        let (outcome, rounds) = self.live_outcome(judgement);
        (outcome, rounds.map(Length::Rounds))
    }

    /// Whether the steps of an instance are in the graph of a property.
    fn is_seen(&self, property: usize, instance: u32) -> bool {
        match self.machine.properties()[property] {
            Judged::Repairs => self.machine.role(property, instance) != Role::None,
            judged => {
                clients(judged) != Some(Clients::Stop)
                    || is_repair(self.machine.instances()[instance as usize].class)
            }
        }
    }

    fn steps(
        &self,
        asked: &[usize],
        index: &Index<'_>,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<Steps, Why> {
        if let Some(stop @ (Stop::Interrupted | Stop::Memory(_) | Stop::Lost)) = self.control.halted() {
            return Err(Why::Stopped(stop));
        }
        let instances = 0..self.machine.instances().len() as u32;
        let seen: Vec<bool> =
            instances.map(|instance| asked.iter().any(|p| self.is_seen(*p, instance))).collect();
        let wanted = |instance: u32| seen[instance as usize];
        let memory = self.control.limits().memory;
        let extent = Extent { wanted: &wanted, threads: self.threads, room: self.room(), goes_on };
        steps(self.machine, self.store, index, extent).map_err(|why| match why {
            Why::Stopped(Stop::Memory(_)) => Why::Stopped(Stop::Memory(memory.unwrap_or(0))),
            why => why,
        })
    }

    /// Bytes that a graph may use.
    fn room(&self) -> Option<u64> {
        let used = self.bytes() + self.analysis();
        self.control.limits().memory.map(|cap| cap.saturating_sub(used))
    }

    /// Bytes that the analysis of one property needs besides: about four numbers for each state.
    fn analysis(&self) -> u64 {
        16 * u64::from(self.store.len()).max(1)
    }

    fn live_outcome(&self, judgement: Judgement) -> (Outcome, Option<Rounds>) {
        let outcome = match judgement {
            Ok((None, rounds)) => match self.unfinished() {
                // Nothing is claimed beyond the bound.
                Some(Why::Cut) => Outcome::HoldsWithinBound,
                Some(why) => Outcome::Incomplete(why),
                None => return (Outcome::Holds, rounds),
            },
            Ok((Some(violation), _)) => Outcome::Violated(Box::new(violation)),
            Err(Unjudged::Why(why)) => Outcome::Incomplete(why),
            Err(Unjudged::Inconsistent(words)) => Outcome::Inconsistent(words),
            Err(Unjudged::Trap(trap, state)) => match self.replay().to(state) {
                Ok(path) => Outcome::Trapped(Box::new(Trapped { trap, path, instance: None })),
                Err(words) => Outcome::Inconsistent(words),
            },
        };
        (outcome, None)
    }

    fn judge_converges(
        &self,
        graph: &Graph,
        property: usize,
        clients: Clients,
        ticker: &mut Ticker<'_>,
    ) -> Judgement {
        let goal = self.states_of(property, 0, ticker)?;
        let mut fairness = Fairness::new(graph, graph.on(clients));
        let failing = failing(&mut fairness, &goal, self.store.open(), |state| self.level(state), ticker)?;
        if failing.is_empty() {
            let repairs = self.store.open().is_empty() && clients == Clients::Stop;
            return Ok((None, if repairs { Some(rounds(&fairness, &goal, ticker)?) } else { None }));
        }
        let Shown { failure, first, cycle } = self.shown(&mut fairness, &failing, &goal, ticker)?;
        let path = self.path(&fairness, Lasso { first, stem: &[], cycle: &cycle })?;
        let leaves = |i: &usize| {
            let before = i.checked_sub(1).map_or(first, |i| cycle[i].target);
            goal.get(before) && !goal.get(cycle[*i].target)
        };
        let kind = match (failure, (0..cycle.len()).find(leaves)) {
            (Failure::Stuck, _) => Kind::Stuck,
            (Failure::Unreachable, _) => Kind::Unreachable,
            (Failure::Loop, Some(step)) => Kind::Flapping { left: path.steps.len() - cycle.len() + step },
            (Failure::Loop, None) => Kind::Livelock,
        };
        Ok((Some(Violation { path, kind, other: None }), None))
    }

    /// Faults and steps to a state.
    fn level(&self, state: u32) -> (u32, u32) {
        let level = self.frontier.level_of(state);
        (level.faults, level.depth)
    }

    fn judge_never(
        &self,
        graph: &Graph,
        property: usize,
        judged: Judged,
        ticker: &mut Ticker<'_>,
    ) -> Judgement {
        let goal = self.states_of(property, 1, ticker)?;
        let from = match judged == Judged::Eventually {
            false => self.states_of(property, 0, ticker)?,
            true => {
                let mut initial = Bits::default();
                let mut cursor = Cursor::default();
                let (ids, states) = (0..self.store.len(), self.store.states());
                let first = self.own(ids).filter(|id| cursor.parent(states, *id) == NONE);
                first.for_each(|id| initial.set(id));
                initial
            }
        };
        let mut fairness = Fairness::new(graph, graph.on(clients(judged).unwrap_or(Clients::GoOn)));
        let sets = Sets { from: &from, goal: &goal, open: self.store.open() };
        let found = never(&mut fairness, sets, &|state| self.level(state), ticker)?;
        let Some((found, cycle)) = shortest(&mut fairness, found, &goal, ticker)? else {
            return Ok((None, None));
        };
        let start = found.end();
        let lasso = Lasso { first: found.state, stem: &found.way, cycle: &cycle };
        let path = self.path(&fairness, lasso)?;
        let comes = |target: u32, _| goal.get(target) || self.store.open().get(target);
        let kind = if cycle.is_empty() {
            Kind::Stuck
        } else if fairness.way(start, |_| true, comes, ticker)?.is_none() {
            Kind::Unreachable
        } else {
            Kind::Livelock
        };
        Ok((Some(Violation { path, kind, other: None }), None))
    }

    /// The states where a part of a property is true. Those that watch a run are on none here: the first part is false,
    /// the goal true.
    fn states_of(&self, property: usize, part: usize, ticker: &mut Ticker<'_>) -> Result<Bits, Unjudged> {
        let (mut scratch, mut cursor) = (self.machine.scratch(), Cursor::default());
        let mut bits = Bits::default();
        let states = self.store.states();
        let goal =
            part > 0 || matches!(self.machine.properties()[property], Judged::Converges(_) | Judged::Repairs);
        for id in 0..states.len() {
            ticker.tick(1)?;
            let state = cursor.state(states, id);
            if self.machine.watching(state) {
                if goal {
                    bits.set(id);
                }
                continue;
            }
            match self.machine.part_holds(&mut scratch, property, part, state) {
                Ok(true) => bits.set(id),
                Ok(false) => {}
                Err(trap) => return Err(Unjudged::Trap(trap, id)),
            }
        }
        Ok(bits)
    }

    /// The run to and round a cycle with the shortest stem, and of these the one with the shortest cycle, among the first
    /// states of the first parts.
    fn shown(
        &self,
        fairness: &mut Fairness<'_>,
        failing: &[Failing],
        goal: &Bits,
        ticker: &mut Ticker<'_>,
    ) -> Result<Shown, Unjudged> {
        let mut best: Option<((usize, bool, u32), Shown)> = None;
        for Failing { failure, part } in failing {
            let tried = if part.len() <= SMALL_PART { STARTS } else { 1 };
            let near = part.iter().take_while(|state| self.level(**state) == self.level(part[0]));
            for first in near.copied().take(tried) {
                let Some(cycle) = fairness.shortest_cycle(part, first, goal, ticker)? else { continue };
                // Of those that are equally short, one that comes to the goal and leaves it.
                let avoids = !goal.get(first) && cycle.iter().all(|hop| !goal.get(hop.target));
                let rank = (cycle.len(), avoids, first);
                if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                    best = Some((rank, Shown { failure: *failure, first, cycle }));
                }
            }
        }
        if let Some((_, best)) = best {
            return Ok(best);
        }
        let Failing { failure, part } = &failing[0];
        let first = part.iter().copied().find(|state| !goal.get(*state)).unwrap_or(part[0]);
        let cycle = fairness.cycle(part, first, goal, ticker)?;
        Ok(Shown { failure: *failure, first, cycle })
    }

    fn path(&self, fairness: &Fairness<'_>, lasso: Lasso<'_>) -> Result<Path, Unjudged> {
        run(&mut self.replay(), fairness, lasso).map_err(Unjudged::Inconsistent)
    }
}
