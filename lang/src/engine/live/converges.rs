//! Convergence: once faults and clients stop, does every fair run reach the goal and stay?
//!
//! Enters: the graph and the states of the goal. Leaves: a fair part with a state short of the goal, if there is one:
//! *stuck* (nothing happens any more), *unreachable* (no way from there leads to the goal), *flapping* (a loop that
//! leaves the goal, or never enters it though it could). A part is made of expanded states alone, so it is real whatever
//! else was not explored; that no way leads to the goal is claimed only where everything on all ways was expanded.

use super::components::Components;
use super::fair::Fairness;
use super::graph::Ticker;
use crate::engine::exploration::{Kind, Why};
use crate::engine::store::Bits;

/// Where convergence fails, and how.
#[derive(Debug, Clone)]
pub(crate) struct Failing {
    pub(crate) kind: Kind,
    /// The first state short of the goal.
    pub(crate) state: u32,
    pub(crate) part: Vec<u32>,
}

/// Fewest faults first; then what is easiest to understand; then fewest steps.
fn rank(faults: u32, kind: Kind, state: u32) -> (u32, u32, u32) {
    let kind = match kind {
        Kind::Stuck => 0,
        Kind::Unreachable => 1,
        _ => 2,
    };
    (faults, kind, state)
}

/// `open`: not expanded. `faults`: used by a state. Errors: interrupted.
pub(crate) fn failing(
    fairness: &mut Fairness<'_>,
    goal: &Bits,
    open: &Bits,
    faults: impl Fn(u32) -> u32,
    ticker: &mut Ticker<'_>,
) -> Result<Option<Failing>, Why> {
    let graph = fairness.graph;
    let on = fairness.on.clone();
    let mut best: Option<((u32, u32, u32), Failing)> = None;
    // States from which the goal, or a state that was not expanded, can be reached.
    let mut hopeful = Bits::default();
    let visit = |component: &[u32], ticker: &mut Ticker<'_>| {
        let hope = |state: &u32| {
            let leads = |(target, _)| goal.get(target) || open.get(target) || hopeful.get(target);
            goal.get(*state) || fairness.steps(*state).any(leads)
        };
        let hope = component.iter().any(hope);
        if hope {
            component.iter().for_each(|state| hopeful.set(*state));
        }
        let first = |part: &[u32]| part.iter().copied().filter(|state| !goal.get(*state)).min();
        let mut found = Vec::new();
        let limit = best.as_ref().map(|(rank, _)| *rank);
        let wanted = |part: &[u32]| {
            first(part).is_some_and(|s| limit.is_none_or(|l| rank(faults(s), Kind::Stuck, s) < l))
        };
        fairness.fair_parts(component, wanted, |part| found.push(part.to_vec()), ticker)?;
        for part in found {
            let kind = match (part.len(), hope) {
                (1, _) => Kind::Stuck,
                (_, false) => Kind::Unreachable,
                (_, true) => Kind::Flapping,
            };
            let Some(state) = first(&part) else { continue };
            let rank = rank(faults(state), kind, state);
            if best.as_ref().is_none_or(|(best, _)| rank < *best) {
                best = Some((rank, Failing { kind, state, part }));
            }
        }
        Ok(())
    };
    let mut components = Components::new(graph.states());
    components.run(graph, &on, |state| !open.get(state), 0..graph.states(), visit, ticker)?;
    Ok(best.map(|(_, failing)| failing))
}
