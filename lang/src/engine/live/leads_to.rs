//! Leads to: on every fair run, is one thing followed by another?
//!
//! Enters: the graph, and the states where each is true. Leaves: a state where the first holds and from which a fair run
//! never meets the second, with the way to where it stays. Faults and clients take part; they owe nothing.

use super::components::Components;
use super::fair::Fairness;
use super::graph::Ticker;
use super::lasso::Hop;
use crate::engine::exploration::Why;
use crate::engine::store::Bits;

/// The first state from which the goal may never come, the way to where that run stays, and the states there.
#[derive(Debug)]
pub(crate) struct Never {
    pub(crate) state: u32,
    pub(crate) way: Vec<Hop>,
    pub(crate) part: Vec<u32>,
}

/// Where each part is true, and which states were not expanded.
pub(crate) struct Sets<'b> {
    pub(crate) from: &'b Bits,
    pub(crate) goal: &'b Bits,
    pub(crate) open: &'b Bits,
}

/// Errors: interrupted.
pub(crate) fn never(
    fairness: &mut Fairness<'_>,
    states: Sets<'_>,
    ticker: &mut Ticker<'_>,
) -> Result<Option<Never>, Why> {
    let Sets { from, goal, open } = states;
    again(fairness, from, |state| !goal.get(state) && !open.get(state), |_| true, ticker)
}

/// The first state of some from which a fair run that stays among members may come again and again to where `met` is
/// true, the way to such a state, and the part where it goes round. Errors: interrupted.
pub(crate) fn again(
    fairness: &mut Fairness<'_>,
    from: &Bits,
    member: impl Fn(u32) -> bool,
    met: impl Fn(u32) -> bool,
    ticker: &mut Ticker<'_>,
) -> Result<Option<Never>, Why> {
    let graph = fairness.graph;
    let on = fairness.on.clone();
    // States from which a fair run can go on so for ever; where it does; where a run may end.
    let (mut lasting, mut fair, mut ends) = (Bits::default(), Bits::default(), Bits::default());
    let mut parts: Vec<Vec<u32>> = Vec::new();
    let mut first = None;
    let visit = |component: &[u32], ticker: &mut Ticker<'_>| {
        let before = parts.len();
        let wanted = |part: &[u32]| part.iter().any(|state| met(*state));
        fairness.fair_parts(component, wanted, |part| parts.push(part.to_vec()), ticker)?;
        parts[before..].iter().flatten().filter(|s| met(**s)).for_each(|state| fair.set(*state));
        for state in component.iter().filter(|state| met(**state) && fairness.rests(**state)) {
            fair.set(*state);
            ends.set(*state);
        }
        let leads = |state: &u32| fairness.steps(*state).any(|(target, _)| lasting.get(target));
        let stays = |state: &u32| fair.get(*state);
        if component.iter().any(stays) || component.iter().any(leads) {
            component.iter().for_each(|state| lasting.set(*state));
            let least = component.iter().copied().filter(|state| from.get(*state)).min();
            first = first.into_iter().chain(least).min();
        }
        Ok(())
    };
    let mut components = Components::new(graph.states());
    components.run(graph, &on, &member, 0..graph.states(), visit, ticker)?;
    let Some(state) = first else { return Ok(None) };
    let mut to = |wanted: &Bits| match wanted.get(state) {
        true => Ok(Some(Vec::new())),
        false => fairness.way(state, &member, |target, _| wanted.get(target), ticker),
    };
    let (stuck, way) = (to(&ends)?, to(&fair)?);
    let Some(way) = way else { return Ok(None) };
    // A run that ends says more than one that goes round, where that is not nearer.
    if let Some(stuck) = stuck.filter(|stuck| stuck.len() <= way.len()) {
        let end = stuck.last().map_or(state, |hop| hop.target);
        return Ok(Some(Never { state, way: stuck, part: vec![end] }));
    }
    let end = way.last().map_or(state, |hop| hop.target);
    let part = parts.into_iter().find(|part| part.contains(&end)).unwrap_or_default();
    Ok(Some(Never { state, way, part }))
}
