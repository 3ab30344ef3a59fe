//! Repair: its own steps end, in the same whichever goes first, and leave nothing broken that it handles.
//!
//! Enters: a finished search. Leaves: the outcome of a property of repair, with a run where it is violated, and how many
//! steps it takes at most. It is judged on the graph of its own steps and of those of others that may act. States that
//! were not expanded have unknown ends, so what is found is real whatever else was not explored.

use super::ends::{Facts, Trouble, ends};
use super::fair::Fairness;
use super::graph::{Graph, Label, Steps, Ticker};
use super::lasso::Hop;
use super::{Judgement, Unjudged};
use crate::engine::conclude::Ended;
use crate::engine::exploration::{Kind, Length, Outcome, Path, Violation, Why};
use crate::engine::machine::{Machine, Role, StepClass, Strength, Word};
use crate::engine::store::{Bits, Cursor};
use crate::engine::trace::Wanted;
use rustc_hash::FxHashMap;

/// Steps with equal keys are of one instance, or deliver one message. What informs is taken along as a recovery, and so are
/// those of others, which are told by not being fair.
fn label(role: Role, key: u64) -> Option<Label> {
    let (class, strength, fair_key) = match role {
        Role::Own => (StepClass::System, Strength::Weak, key),
        Role::Informs => (StepClass::Recovery, Strength::Weak, key),
        Role::Other => (StepClass::Recovery, Strength::Unfair, 0),
        Role::None => return None,
    };
    Some(Label { class, strength, fair_key, joint_key: fair_key, repairs: role == Role::Own })
}

impl<M: Machine> Ended<'_, M> {
    /// The outcome of a property of repair, and its most steps.
    pub(super) fn repair(
        &self,
        property: usize,
        steps: &Steps,
        ticker: &mut Ticker<'_>,
    ) -> (Outcome, Option<Length>) {
        let machine = self.machine;
        let graph = steps.graph(&|instance, key| label(machine.role(property, instance), key));
        let mut most = None;
        let judgement = self.judge_repair(&graph, property, &mut most, ticker);
        let outcome = match judgement {
            Ok((None, _)) => self.undecided(),
            Err(Unjudged::Why(why)) => Outcome::Incomplete(why),
            other => self.live_outcome(other).0,
        };
        let length = most.filter(|_| outcome == Outcome::Holds);
        (outcome, length)
    }

    fn judge_repair(
        &self,
        graph: &Graph,
        property: usize,
        most: &mut Option<Length>,
        ticker: &mut Ticker<'_>,
    ) -> Judgement {
        let taken: Vec<bool> = graph.labels.iter().map(|label| label.strength == Strength::Weak).collect();
        let own: Vec<bool> = graph.labels.iter().map(|label| label.repairs).collect();
        let whole = self.states_of(property, 0, ticker)?;
        let (values, skipped) = self.values(property, ticker)?;
        let facts = Facts {
            graph,
            taken: &taken,
            own: &own,
            values: &values,
            whole: &whole,
            open: self.store.open(),
            skipped: &skipped,
            ends_known: self.unfinished() != Some(Why::Trapped),
        };
        let found = ends(&facts, ticker)?;
        *most = Some(Length::Steps(found.longest));
        let Some(trouble) = found.trouble else { return Ok((None, None)) };
        let mut ways =
            Ways { fairness: Fairness::new(graph, taken.clone()), values: &values, last: &found.last };
        let violation = match trouble {
            Trouble::Endless { state, component } => {
                let cycle = ways.cycle(state, &component, ticker)?;
                let mut path = self.path_along(graph, state, &cycle)?;
                path.loop_start = Some(path.steps.len() - cycle.len());
                Violation { path, kind: Kind::Endless, other: None }
            }
            Trouble::Order { state, one, value, other } => {
                let first = ways.to_end(state, one, |v| v == value, ticker)?;
                let second = ways.to_end(state, other, |v| v != value, ticker)?;
                let path = self.path_along(graph, state, &first)?;
                let other = Some(self.path_along(graph, state, &second)?);
                Violation { path, kind: Kind::Order, other }
            }
            Trouble::Broken { state } => {
                let path = self.path_along(graph, state, &[])?;
                Violation { path, kind: Kind::Broken, other: None }
            }
        };
        Ok((Some(violation), None))
    }

    /// The number of the protected value of each state, and the states that watch a run, which have none.
    fn values(&self, property: usize, ticker: &mut Ticker<'_>) -> Result<(Vec<u32>, Bits), Unjudged> {
        let (mut scratch, mut cursor) = (self.machine.scratch(), Cursor::default());
        let mut numbers: FxHashMap<Box<[Word]>, u32> = FxHashMap::default();
        let (mut values, mut skipped, mut value) = (Vec::new(), Bits::default(), Vec::new());
        let states = self.store.states();
        for id in 0..states.len() {
            ticker.tick(1)?;
            let state = cursor.state(states, id);
            if self.machine.watching(state) {
                skipped.set(id);
                values.push(0);
                continue;
            }
            value.clear();
            let valued = self.machine.value(&mut scratch, property, state, &mut value);
            valued.map_err(|trap| Unjudged::Trap(trap, id))?;
            let next = numbers.len() as u32;
            let number = match numbers.get(value.as_slice()) {
                Some(number) => *number,
                None => *numbers.entry(value.as_slice().into()).or_insert(next),
            };
            values.push(number);
        }
        Ok((values, skipped))
    }

    /// The first path to a state, and on along such steps.
    fn path_along(&self, graph: &Graph, first: u32, hops: &[Hop]) -> Result<Path, Unjudged> {
        let mut replay = self.replay();
        let mut path = replay.to(first).map_err(Unjudged::Inconsistent)?;
        for Hop { label, target } in hops {
            let (key, target) = (graph.labels[*label as usize].fair_key, replay.state(*target));
            replay.go(&mut path, Wanted::Keyed(&target, key)).map_err(Unjudged::Inconsistent)?;
        }
        Ok(path)
    }
}

/// Ways along own steps and what informs them.
struct Ways<'w> {
    fairness: Fairness<'w>,
    values: &'w [u32],
    /// States that are ends.
    last: &'w Bits,
}

impl Ways<'_> {
    fn value(&self, state: u32) -> u32 {
        self.values[state as usize]
    }

    /// Out of a state of a component to one with another value and back.
    fn cycle(&mut self, from: u32, component: &[u32], ticker: &mut Ticker<'_>) -> Result<Vec<Hop>, Why> {
        self.fairness.enter(component);
        let inside = |state| self.fairness.inside(state);
        let differs = |target: u32, _| self.value(target) != self.value(from);
        let mut hops = self.fairness.way(from, inside, differs, ticker)?.unwrap_or_default();
        let at = hops.last().map_or(from, |hop| hop.target);
        let home = self.fairness.way(at, inside, |target, _| target == from, ticker)?;
        hops.extend(home.unwrap_or_default());
        Ok(hops)
    }

    /// The shortest way that begins with a step of a label and leads to an end with a value that is wanted.
    fn to_end(
        &self,
        from: u32,
        first: u32,
        wanted: impl Fn(u32) -> bool,
        ticker: &mut Ticker<'_>,
    ) -> Result<Vec<Hop>, Why> {
        let is_end = |state: u32| self.last.get(state) && wanted(self.value(state));
        let mut best: Option<Vec<Hop>> = None;
        for (target, label) in self.fairness.steps(from).filter(|(_, label)| *label == first) {
            let mut hops = vec![Hop { label, target }];
            if !is_end(target) {
                let rest = self.fairness.way(target, |_| true, |state, _| is_end(state), ticker)?;
                let Some(rest) = rest else { continue };
                hops.extend(rest);
            }
            if best.as_ref().is_none_or(|known| hops.len() < known.len()) {
                best = Some(hops);
            }
        }
        Ok(best.unwrap_or_default())
    }
}
