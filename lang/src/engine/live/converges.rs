//! Convergence: once faults and clients stop, does every fair run reach the goal and stay?
//!
//! Enters: the graph and the states of the goal. Leaves: fair parts with a state short of the goal, if there are any:
//! *stuck* (nothing happens any more), *unreachable* (no way from there leads to the goal), else a loop, which the run
//! that is shown tells to be *flapping* (it comes to the goal and leaves it) or a *livelock* (it never comes there). A
//! part is made of expanded states alone, so it is real whatever else was not explored; that no way leads to the goal is
//! claimed only where everything on all ways was expanded.

use super::components::Components;
use super::fair::Fairness;
use super::graph::Ticker;
use crate::engine::exploration::Why;
use crate::engine::store::Bits;

/// How convergence fails, what is easiest to understand first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    Stuck,
    Unreachable,
    Loop,
}

/// Where convergence fails. Its states are in order: the first are nearest to the beginning.
#[derive(Debug, Clone)]
pub(crate) struct Failing {
    pub(crate) failure: Failure,
    pub(crate) part: Vec<u32>,
}

/// Equally good parts that are kept.
const PARTS: usize = 32;

/// Those with the fewest faults; then of what is easiest to understand; then after the fewest steps. `open`: not
/// expanded. `level`: faults and steps to a state. Errors: interrupted.
pub(crate) fn failing(
    fairness: &mut Fairness<'_>,
    goal: &Bits,
    open: &Bits,
    level: impl Fn(u32) -> (u32, u32),
    ticker: &mut Ticker<'_>,
) -> Result<Vec<Failing>, Why> {
    let graph = fairness.graph;
    let on = fairness.on.clone();
    let (mut best, mut limit) = (Vec::new(), None);
    // States from which the goal, or a state that was not expanded, can be reached.
    let mut hopeful = Bits::default();
    let rank = |part: &[u32], failure: Failure| {
        let first = part.iter().copied().min().map_or((0, 0), &level);
        (first.0, failure, first.1)
    };
    let visit = |component: &[u32], ticker: &mut Ticker<'_>| {
        let hope = |state: &u32| {
            let leads = |(target, _)| goal.get(target) || open.get(target) || hopeful.get(target);
            goal.get(*state) || fairness.steps(*state).any(leads)
        };
        let hope = component.iter().any(hope);
        if hope {
            component.iter().for_each(|state| hopeful.set(*state));
        }
        let mut found = Vec::new();
        let wanted = |part: &[u32]| {
            part.iter().any(|state| !goal.get(*state))
                && limit.is_none_or(|l| rank(part, Failure::Stuck) <= l)
        };
        // Where nothing fair can happen the run may end, also where clients could go on.
        let ends = |state: &&u32| component.len() > 1 && !goal.get(**state) && fairness.rests(**state);
        found.extend(component.iter().filter(ends).map(|state| vec![*state]));
        fairness.fair_parts(component, wanted, |part| found.push(part.to_vec()), ticker)?;
        for mut part in found {
            let failure = match (part.len(), hope) {
                (1, _) => Failure::Stuck,
                (_, false) => Failure::Unreachable,
                (_, true) => Failure::Loop,
            };
            let rank = rank(&part, failure);
            if limit.is_none_or(|limit| rank < limit) {
                limit = Some(rank);
                best.clear();
            }
            if limit == Some(rank) && best.len() < PARTS {
                part.sort_unstable();
                best.push(Failing { failure, part });
            }
        }
        Ok(())
    };
    let mut components = Components::new(graph.states());
    components.run(graph, &on, |state| !open.get(state), 0..graph.states(), visit, ticker)?;
    Ok(best)
}
