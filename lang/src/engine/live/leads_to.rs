//! Leads to: on every fair run, is one thing followed by another?
//!
//! Enters: the graph, and the states where each is true. Leaves: a state where the first holds and from which a fair run
//! never meets the second, with the way to where it stays. Faults and clients take part; they owe nothing.

use super::components::Components;
use super::fair::Fairness;
use super::graph::Ticker;
use super::lasso::Hop;
use crate::engine::exploration::Why;
use crate::engine::machine::StepClass;
use crate::engine::store::Bits;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A state from which the goal may never come, the way to where that run stays, and the states there.
#[derive(Debug)]
pub(crate) struct Never {
    pub(crate) state: u32,
    pub(crate) way: Vec<Hop>,
    pub(crate) part: Vec<u32>,
    /// Faults and steps to where it stays.
    pub(crate) level: (u32, u32),
}

impl Never {
    /// Where it stays.
    pub(crate) fn end(&self) -> u32 {
        self.way.last().map_or(self.state, |hop| hop.target)
    }
}

/// Where each part is true, and which states were not expanded.
pub(crate) struct Sets<'b> {
    pub(crate) from: &'b Bits,
    pub(crate) goal: &'b Bits,
    pub(crate) open: &'b Bits,
}

/// Errors: interrupted. `level`: faults and steps to a state.
pub(crate) fn never(
    fairness: &mut Fairness<'_>,
    states: Sets<'_>,
    level: &dyn Fn(u32) -> (u32, u32),
    ticker: &mut Ticker<'_>,
) -> Result<Vec<Never>, Why> {
    let Sets { from, goal, open } = states;
    let member = |state| !goal.get(state) && !open.get(state);
    again(fairness, Asked { from, level, member: &member, met: &|_| true, enters: &|_| true }, ticker)
}

/// A state of some, from which a fair run that stays among members comes again and again to where something is met.
pub(crate) struct Asked<'a> {
    pub(crate) from: &'a Bits,
    /// Faults and steps to a state of these.
    pub(crate) level: &'a dyn Fn(u32) -> (u32, u32),
    pub(crate) member: &'a dyn Fn(u32) -> bool,
    pub(crate) met: &'a dyn Fn(u32) -> bool,
    /// Where a run that goes round may begin to, within a part in which something is met.
    pub(crate) enters: &'a dyn Fn(u32) -> bool,
}

/// Where runs go on for ever as it is asked.
#[derive(Default)]
struct Lasting {
    /// From here they can.
    from: Bits,
    /// Here they may go round, or end.
    round: Bits,
    ends: Bits,
    parts: Vec<Vec<u32>>,
}

/// Of the runs with the fewest faults those that come after the fewest steps to where they stay, each to another state of these;
/// where one may end and go round after as many, the one that ends. Errors: interrupted.
pub(crate) fn again(
    fairness: &mut Fairness<'_>,
    asked: Asked<'_>,
    ticker: &mut Ticker<'_>,
) -> Result<Vec<Never>, Why> {
    let lasting = lasting(fairness, &asked, ticker)?;
    let part = |end: u32| match lasting.ends.get(end) {
        true => vec![end],
        false => lasting.parts.iter().find(|part| part.contains(&end)).cloned().unwrap_or_default(),
    };
    let nearest = nearest(fairness, &asked, &lasting, ticker)?.into_iter();
    Ok(nearest
        .map(|Nearest { state, way, end, level }| Never { state, way, part: part(end), level })
        .collect())
}

fn lasting(fairness: &mut Fairness<'_>, asked: &Asked<'_>, ticker: &mut Ticker<'_>) -> Result<Lasting, Why> {
    let Asked { member, met, enters, .. } = asked;
    let (graph, on) = (fairness.graph, fairness.on.clone());
    let mut found = Lasting::default();
    let visit = |component: &[u32], ticker: &mut Ticker<'_>| {
        let Lasting { from, round, ends, parts } = &mut found;
        let before = parts.len();
        let wanted = |part: &[u32]| part.iter().any(|state| met(*state));
        fairness.fair_parts(component, wanted, |part| parts.push(part.to_vec()), ticker)?;
        parts[before..].iter().flatten().filter(|s| enters(**s)).for_each(|state| round.set(*state));
        for state in component.iter().filter(|state| met(**state) && fairness.rests(**state)) {
            round.set(*state);
            ends.set(*state);
        }
        let leads = |state: &u32| fairness.steps(*state).any(|(target, _)| from.get(target));
        let stays = |state: &u32| round.get(*state);
        if component.iter().any(stays) || component.iter().any(leads) {
            component.iter().for_each(|state| from.set(*state));
        }
        Ok(())
    };
    let mut components = Components::new(graph.states());
    components.run(graph, &on, member, 0..graph.states(), visit, ticker)?;
    Ok(found)
}

/// Starts for which a shorter cycle is looked for.
pub(crate) const STARTS: usize = 32;

/// A state that is asked of, and the way on from it.
struct Nearest {
    state: u32,
    way: Vec<Hop>,
    end: u32,
    level: (u32, u32),
}

/// The nearest states where runs stay, by faults and then by steps from the beginning, and the way to each.
fn nearest(
    fairness: &Fairness<'_>,
    asked: &Asked<'_>,
    lasting: &Lasting,
    ticker: &mut Ticker<'_>,
) -> Result<Vec<Nearest>, Why> {
    let graph = fairness.graph;
    let mut back: FxHashMap<u32, Option<(u32, u32)>> = FxHashMap::default();
    let seeds = (0..graph.states()).filter(|state| asked.from.get(*state) && lasting.from.get(*state));
    let mut open: BinaryHeap<Reverse<Reached>> = seeds
        .filter(|state| (asked.member)(*state))
        .map(|state| Reverse(Reached { level: (asked.level)(state), state, by: None }))
        .collect();
    let mut found: Vec<Reached> = Vec::new();
    while let Some(Reverse(reached)) = open.pop() {
        ticker.tick(1)?;
        let Reached { level: (faults, steps), state, by } = reached;
        if found.first().is_some_and(|found| found.level < reached.level) {
            break;
        }
        if back.contains_key(&state) {
            continue;
        }
        back.insert(state, by);
        if lasting.ends.get(state) {
            found = vec![reached];
            break;
        }
        if lasting.round.get(state) && found.len() < STARTS {
            found.push(reached);
        }
        if !found.is_empty() {
            continue;
        }
        for (target, label) in fairness.steps(state).filter(|(target, _)| lasting.from.get(*target)) {
            let fault = graph.labels[label as usize].class == StepClass::Fault;
            let level = (faults + u32::from(fault), steps + 1);
            open.push(Reverse(Reached { level, state: target, by: Some((state, label)) }));
        }
    }
    let way = |Reached { state: end, level, .. }: Reached| {
        let (mut state, mut way) = (end, Vec::new());
        while let Some(Some((before, label))) = back.get(&state) {
            way.push(Hop { label: *label, target: state });
            state = *before;
        }
        way.reverse();
        Nearest { state, way, end, level }
    };
    Ok(found.into_iter().map(way).collect())
}

/// A state that is reached, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    level: (u32, u32),
    state: u32,
    /// From where, by which label; `None`: it is asked of.
    by: Option<(u32, u32)>,
}
