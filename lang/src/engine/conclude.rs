//! From a finished search to its result.
//!
//! Enters: all states and the tally. Leaves: the outcome of each property with its trace, and a sample run.

use super::exploration::{Exploration, Kind, Outcome, Path, Stop, Trapped, Violation, Why};
use super::frontier::{Frontier, Level};
use super::live::judge_runs;
use super::machine::{Judged, Machine};
use super::progress::Control;
use super::store::{Cursor, NONE, Store, collision_probability};
use super::tally::{Event, Tally};
use super::trace::{Replay, Sought, Wanted};
use std::collections::BTreeSet;
use std::ops::Range;

/// A search that has ended, to be read.
pub(super) struct Ended<'s, M: Machine> {
    pub(super) machine: &'s M,
    pub(super) store: &'s Store,
    pub(super) frontier: &'s Frontier,
    pub(super) control: &'s Control<'s>,
    pub(super) tally: &'s Tally,
    pub(super) threads: usize,
    /// Where the store has not all states: what is to be known of the others.
    pub(super) apart: Option<&'s Apart>,
}

/// What is read off the states that watch nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spread {
    /// The greatest depth of one of them.
    pub(super) depth: u32,
    /// Those to which a sample run may lead, in order.
    pub(super) sampled: Vec<u32>,
}

/// Of states that are elsewhere.
#[derive(Debug)]
pub(super) struct Apart {
    pub(super) spread: Spread,
    /// Why what is judged on runs without end is not.
    pub(super) why: Why,
    pub(super) bytes: u64,
}

impl<M: Machine> Ended<'_, M> {
    pub(super) fn conclude(&self) -> Exploration {
        let Ended { machine, store, frontier, tally, .. } = self;
        let mut replay = self.replay();
        let mut traps: Vec<_> = tally.traps.values().copied().collect();
        traps.sort_by_key(|event| event.place);
        let undecided = self.undecided();
        let properties = machine.properties();
        let judge = |property: usize| match (properties[property], &tally.first[property]) {
            (Judged::Settled, _) => Outcome::Settled,
            (_, Some(event)) => event_outcome(&mut replay, *event, property),
            (_, None) => undecided.clone(),
        };
        let mut outcomes: Vec<_> = (0..properties.len()).map(judge).collect();
        let mut lengths = vec![None; outcomes.len()];
        let graph = judge_runs(self, &mut outcomes, &mut lengths);
        let mut replay = self.replay();
        let explored = u64::from(store.len()) - tally.apart;
        let spread = self.apart.map_or_else(|| self.spread(), |apart| apart.spread.clone());
        Exploration {
            states_generated: tally.generated,
            // Each representative counts for its whole orbit; an interrupt may have left some unjudged.
            states_distinct: tally.distinct.max(explored),
            states_explored: explored,
            states_watching: tally.watching,
            depth: spread.depth,
            states_left: frontier.left(),
            states_cut: frontier.cut(),
            stopped: self.stopped(),
            outcomes,
            lengths,
            traps: traps.iter().filter_map(|event| trapped(&mut replay, *event).ok()).collect(),
            probes: tally.probes.clone(),
            instances: tally.instances.clone(),
            sample: sample(&mut replay, &spread.sampled),
            collision_probability: collision_probability(u64::from(store.len()), machine.words()),
            bytes: self.apart.map_or_else(|| self.bytes() + graph, |apart| apart.bytes),
            partial_order: None,
        }
    }

    /// Each level and depth, with its ids.
    fn levels(&self) -> impl Iterator<Item = (Level, Range<u32>)> {
        let levels = self.frontier.levels();
        let end = |i: usize| levels.get(i + 1).map_or(self.store.len(), |next| next.start);
        levels.iter().enumerate().map(move |(i, level)| (*level, level.start..end(i)))
    }

    /// Those of the states that watch nothing.
    pub(super) fn own(&self, ids: Range<u32>) -> impl Iterator<Item = u32> {
        let (mut cursor, all) = (Cursor::default(), self.tally.apart == 0);
        ids.filter(move |id| all || !self.machine.watching(cursor.state(self.store.states(), *id)))
    }

    fn spread(&self) -> Spread {
        let own = self.levels().filter(|(_, ids)| ids.is_empty() || self.own(ids.clone()).next().is_some());
        let depth = own.map(|(level, _)| level.depth).max().unwrap_or(0);
        let sampled = self.levels().filter(|(level, _)| is_sampled(level)).flat_map(|(_, ids)| {
            let own: Vec<u32> = self.own(ids).collect();
            let every = stride(own.len());
            own.into_iter().step_by(every)
        });
        Spread { depth, sampled: sampled.collect() }
    }

    pub(super) fn replay(&self) -> Replay<'_, M> {
        Replay::new(self.machine, self.store.states())
    }

    /// Why nothing is judged that needs what states are told apart by, where that has no room in memory.
    pub(super) fn outside(&self) -> Option<Why> {
        let cap = self.control.limits().memory.unwrap_or(0);
        self.store.is_outside().then_some(Why::Stopped(Stop::Memory(cap)))
    }

    /// Without the graph.
    pub(super) fn bytes(&self) -> u64 {
        self.store.bytes() + self.frontier.bytes()
    }

    /// Why it ended early, if it did.
    pub(super) fn stopped(&self) -> Option<Stop> {
        let lost = self.store.states().lost().then_some(Stop::Lost);
        // A cap on depth behind which nothing waits has cut nothing.
        let idle = |stop: &Stop| matches!(stop, Stop::Depth(_)) && self.frontier.left() == 0;
        lost.or(self.control.stopped().filter(|stop| !idle(stop)))
    }

    /// Why what was explored is not all there is.
    pub(super) fn unfinished(&self) -> Option<Why> {
        match self.stopped() {
            _ if !self.tally.traps.is_empty() => Some(Why::Trapped),
            Some(stop) => Some(Why::Stopped(stop)),
            None => (self.frontier.cut() > 0).then_some(Why::Cut),
        }
    }

    /// The outcome of a property of states, steps or repairs with which nothing is wrong.
    pub(super) fn undecided(&self) -> Outcome {
        match self.unfinished() {
            Some(Why::Cut) => Outcome::HoldsWithinBound,
            Some(why) => Outcome::Incomplete(why),
            None => Outcome::Holds,
        }
    }
}

fn event_outcome<M: Machine>(replay: &mut Replay<'_, M>, event: Event, property: usize) -> Outcome {
    let place = event.place;
    let kind = if place.position > 0 { Kind::Step } else { Kind::State };
    let path = replay.to(place.state).and_then(|mut path| {
        if place.position > 0 {
            let site = event.trap.map(|trap| trap.site);
            let position = position(replay, &path, place.position, Sought::Judgement(property, site));
            replay.go(&mut path, Wanted::Position(position))?;
        }
        Ok(path)
    });
    match (path, event.trap) {
        (Ok(path), None) => Outcome::Violated(Box::new(Violation { path, kind, other: None })),
        (Ok(path), Some(trap)) => Outcome::Trapped(Box::new(Trapped { trap, path, instance: None })),
        (Err(_), _) if replay.lost() => Outcome::Incomplete(Why::Stopped(Stop::Lost)),
        (Err(why), _) => Outcome::Inconsistent(why),
    }
}

/// The number of a step out of the last state of a path; it was `known` of the representative of the state's orbit.
fn position<M: Machine>(replay: &mut Replay<'_, M>, path: &Path, known: u32, sought: Sought) -> u32 {
    match replay.symmetric() {
        true => replay.position(path.last(), sought).unwrap_or(known),
        false => known,
    }
}

/// A trap of a step, a bound, or an initial value (whose path is empty: there is no state yet).
fn trapped<M: Machine>(replay: &mut Replay<'_, M>, event: Event) -> Result<Trapped, String> {
    let trap = event.trap.ok_or("a trap without a site")?;
    let place = event.place;
    if place.state == NONE {
        let path = Path { init: Box::new([]), steps: Vec::new(), loop_start: None };
        return Ok(Trapped { trap, path, instance: None });
    }
    let path = replay.to(place.state)?;
    if place.position == 0 {
        return Ok(Trapped { trap, path, instance: None });
    }
    let position = position(replay, &path, place.position, Sought::Trap(trap.site));
    let (instance, again) =
        replay.instance_at(path.last(), position).ok_or("a trap that does not come again")?;
    Ok(Trapped { trap: again.unwrap_or(trap), path, instance: Some(instance) })
}

/// Of some states that are evenly spread over the first depths, the path with the most different instances; among
/// equals the first, which is the shortest.
fn sample<M: Machine>(replay: &mut Replay<'_, M>, sampled: &[u32]) -> Option<Path> {
    let mut best: Option<(usize, Path)> = None;
    for id in sampled {
        let path = replay.to(*id).ok()?;
        let different = path.steps.iter().map(|step| step.instance).collect::<BTreeSet<_>>().len();
        if best.as_ref().is_none_or(|(most, _)| different > *most) {
            best = Some((different, path));
        }
    }
    best.map(|(_, path)| path)
}

/// Whether sample runs may end on a level.
pub(super) fn is_sampled(level: &Level) -> bool {
    level.depth <= SAMPLE_STEPS
}

/// Of so many states of a level that watch nothing, how many there are for each to which a sample run may lead.
pub(super) fn stride(own: usize) -> usize {
    (own / SAMPLES).max(1)
}

/// The most steps of a sample run, and how many states of each depth are tried.
const SAMPLE_STEPS: u32 = 12;
const SAMPLES: usize = 8;
