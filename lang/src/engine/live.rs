//! Judging what must happen in the end: convergence, leads to, eventually.
//!
//! Enters: a finished search. Leaves: the outcome of each such property, with a lasso where it is violated. On a graph
//! that was cut or not finished, a violation is still real; that there is none is then not claimed.

use super::converges::{Failing, failing};
use super::exploration::{Kind, Outcome, Path, Rounds, Stop, Trapped, Violation, Why};
use super::fair::Fairness;
use super::graph::{Graph, Ticker, build};
use super::lasso::{Hop, run};
use super::leads_to::never;
use super::machine::{Judged, Machine, Trap};
use super::observer::Progress;
use super::rounds::rounds;
use super::search::Search;
use super::states::{Bits, Cursor, NONE};
use super::tally::Tally;
use super::trace::Replay;

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

type Judgement = Result<(Option<Violation>, Option<Rounds>), Unjudged>;

/// Starts for which a shorter cycle is looked for.
const STARTS: usize = 32;

/// Larger parts than this are searched from their first state alone.
const SMALL_PART: usize = 10_000;

impl<M: Machine> Search<'_, M> {
    /// Fills in the outcomes of the properties of runs. Returns the bytes of the graph.
    pub(super) fn judge_runs(
        &self,
        tally: &Tally,
        outcomes: &mut [Outcome],
        all_rounds: &mut [Option<Rounds>],
    ) -> u64 {
        let runs = [Judged::Converges, Judged::LeadsTo, Judged::Eventually];
        let properties = self.machine.properties();
        let wanted: Vec<_> = (0..properties.len()).filter(|p| runs.contains(&properties[*p])).collect();
        if wanted.is_empty() {
            return 0;
        }
        let progress = self.progress(tally);
        let goes_on = || {
            self.observer.progress(&progress);
            !self.observer.cancelled()
        };
        let mut ticker = Ticker::new(&goes_on);
        // What must happen in the end may depend on clients and faults; convergence is judged once they have stopped.
        let all = wanted.iter().any(|p| properties[*p] != Judged::Converges);
        let graph = match self.graph(all, &mut ticker) {
            Ok(graph) => graph,
            Err(why) => {
                wanted.into_iter().for_each(|p| outcomes[p] = Outcome::NotChecked(why));
                return 0;
            }
        };
        for p in wanted {
            let judgement = match properties[p] {
                Judged::Converges => self.judge_converges(&graph, p, &mut ticker),
                judged => self.judge_never(&graph, p, judged == Judged::Eventually, &mut ticker),
            };
            (outcomes[p], all_rounds[p]) = self.live_outcome(judgement, tally);
        }
        graph.bytes()
    }

    fn progress(&self, tally: &Tally) -> Progress {
        Progress {
            generated: tally.generated,
            distinct: u64::from(self.states.len()),
            depth: self.levels.iter().map(|level| level.depth).max().unwrap_or(0),
            frontier: 0,
        }
    }

    fn graph(&self, all: bool, ticker: &mut Ticker<'_>) -> Result<Graph, Why> {
        if let Some(stop @ (Stop::Interrupted | Stop::Memory(_) | Stop::Lost)) = self.halt {
            return Err(Why::Stopped(stop));
        }
        // The analysis needs about four numbers for each state besides.
        let used = self.bytes() + 16 * u64::from(self.states.len());
        let room = self.limits.memory.map(|cap| cap.saturating_sub(used));
        build(self.machine, (&self.states, &self.seen, &self.open), (all, self.workers.len(), room), ticker)
            .map_err(|why| if let Why::Stopped(Stop::Memory(_)) = why { self.out_of_memory() } else { why })
    }

    fn out_of_memory(&self) -> Why {
        Why::Stopped(Stop::Memory(self.limits.memory.unwrap_or(0)))
    }

    fn live_outcome(&self, judgement: Judgement, tally: &Tally) -> (Outcome, Option<Rounds>) {
        let outcome = match judgement {
            Ok((None, rounds)) => match self.unfinished(tally) {
                Some(why) => Outcome::NotChecked(why),
                None => return (Outcome::Holds, rounds),
            },
            Ok((Some(violation), _)) => Outcome::Violated(Box::new(violation)),
            Err(Unjudged::Why(why)) => Outcome::NotChecked(why),
            Err(Unjudged::Inconsistent(words)) => Outcome::Inconsistent(words),
            Err(Unjudged::Trap(trap, state)) => match Replay::new(self.machine, &self.states).to(state) {
                Ok(path) => Outcome::Trapped(Box::new(Trapped { trap, path, instance: None })),
                Err(words) => Outcome::Inconsistent(words),
            },
        };
        (outcome, None)
    }

    /// Why the graph is not all there is.
    pub(super) fn unfinished(&self, tally: &Tally) -> Option<Why> {
        match self.stopped() {
            _ if !tally.traps.is_empty() => Some(Why::Trapped),
            Some(stop) => Some(Why::Stopped(stop)),
            None => (self.cut > 0).then_some(Why::Cut),
        }
    }

    fn judge_converges(&self, graph: &Graph, property: usize, ticker: &mut Ticker<'_>) -> Judgement {
        let goal = self.states_of(property, 0, ticker)?;
        let mut fairness = Fairness::new(graph, graph.on(false));
        let faults = |state: u32| {
            let level = self.levels.partition_point(|level| level.start <= state);
            self.levels[level - 1].faults
        };
        match failing(&mut fairness, (&goal, &self.open), faults, ticker)? {
            None if self.open.is_empty() => Ok((None, Some(rounds(&fairness, &goal, ticker)?))),
            None => Ok((None, None)),
            Some(failing) => {
                let (first, cycle) = self.best_cycle(&mut fairness, &failing, &goal, ticker)?;
                let path = self.lasso(&fairness, first, &[], &cycle)?;
                Ok((Some(Violation { path, kind: failing.kind }), None))
            }
        }
    }

    fn judge_never(
        &self,
        graph: &Graph,
        property: usize,
        eventually: bool,
        ticker: &mut Ticker<'_>,
    ) -> Judgement {
        let goal = self.states_of(property, 1, ticker)?;
        let from = match eventually {
            false => self.states_of(property, 0, ticker)?,
            true => {
                let mut initial = Bits::default();
                let mut cursor = Cursor::default();
                let ids = 0..self.states.len();
                ids.filter(|id| cursor.parent(&self.states, *id) == NONE).for_each(|id| initial.set(id));
                initial
            }
        };
        let mut fairness = Fairness::new(graph, graph.on(true));
        let Some(found) = never(&mut fairness, (&from, &goal, &self.open), ticker)? else {
            return Ok((None, None));
        };
        let start = found.way.last().map_or(found.state, |(_, target)| *target);
        let cycle = fairness.cycle(&found.part, start, ticker)?;
        let path = self.lasso(&fairness, found.state, &found.way, &cycle)?;
        Ok((Some(Violation { path, kind: Kind::Never }), None))
    }

    /// The states where a part of a property is true.
    fn states_of(&self, property: usize, part: usize, ticker: &mut Ticker<'_>) -> Result<Bits, Unjudged> {
        let (mut scratch, mut cursor) = (self.machine.scratch(), Cursor::default());
        let mut bits = Bits::default();
        for id in 0..self.states.len() {
            ticker.tick(1)?;
            match self.machine.part_holds(&mut scratch, property, part, cursor.state(&self.states, id)) {
                Ok(true) => bits.set(id),
                Ok(false) => {}
                Err(trap) => return Err(Unjudged::Trap(trap, id)),
            }
        }
        Ok(bits)
    }

    /// From the first states of the part that are short of the goal, the one whose run to and round it is shortest.
    fn best_cycle(
        &self,
        fairness: &mut Fairness<'_>,
        failing: &Failing,
        goal: &Bits,
        ticker: &mut Ticker<'_>,
    ) -> Result<(u32, Vec<Hop>), Unjudged> {
        let depth = |state: u32| {
            let level = self.levels.partition_point(|level| level.start <= state);
            (self.levels[level - 1].faults, self.levels[level - 1].depth as usize)
        };
        let (faults, steps) = depth(failing.state);
        let cycle = fairness.cycle(&failing.part, failing.state, ticker)?;
        let mut best = (steps + cycle.len(), failing.state, cycle);
        let mut starts: Vec<_> = failing.part.iter().copied().filter(|s| !goal.get(*s)).collect();
        starts.sort_unstable();
        let tried = if failing.part.len() <= SMALL_PART { STARTS } else { 1 };
        for start in starts.into_iter().take(tried) {
            if depth(start).0 != faults {
                break;
            }
            if let Some(cycle) = fairness.short_cycle(&failing.part, start, ticker)? {
                let length = depth(start).1 + cycle.len();
                if length < best.0 {
                    best = (length, start, cycle);
                }
            }
        }
        Ok((best.1, best.2))
    }

    fn lasso(
        &self,
        fairness: &Fairness<'_>,
        first: u32,
        stem: &[Hop],
        cycle: &[Hop],
    ) -> Result<Path, Unjudged> {
        let mut replay = Replay::new(self.machine, &self.states);
        run(&mut replay, fairness, (first, stem, cycle)).map_err(Unjudged::Inconsistent)
    }
}
