//! How long repair takes, in steps of reconcilers.
//!
//! Enters: the graph and a goal to which every fair run converges. Leaves: the longest way to the goal where there is
//! one, the shortest, and the middle. A loop in which a reconciler moves has no longest way: only fairness ends it.

use super::components::Components;
use super::fair::Fairness;
use super::graph::Ticker;
use crate::engine::exploration::{Rounds, Why};
use crate::engine::store::Bits;
use std::collections::VecDeque;

const UNSET: u32 = u32::MAX;
const UNBOUNDED: u32 = u32::MAX - 1;

/// Errors: interrupted.
pub(crate) fn rounds(fairness: &Fairness<'_>, goal: &Bits, ticker: &mut Ticker<'_>) -> Result<Rounds, Why> {
    let longest = longest(fairness, goal, ticker)?;
    let shortest = shortest(fairness, goal, ticker)?;
    let short = |values: &[u32]| -> Vec<u32> {
        let states = 0..fairness.graph.states();
        states.filter(|state| !goal.get(*state)).map(|state| values[state as usize]).collect()
    };
    let (mut longest, shortest) = (short(&longest), short(&shortest));
    let at_least = shortest.iter().copied().filter(|n| *n != UNSET).max().unwrap_or(0);
    let worst = longest.iter().copied().max().unwrap_or(0);
    let bounded = worst < UNBOUNDED;
    if !bounded {
        longest = shortest;
    }
    longest.sort_unstable();
    let median = longest.get(longest.len().saturating_sub(1) / 2).copied().unwrap_or(0);
    Ok(Rounds { worst: bounded.then_some(worst), at_least, median })
}

fn cost(fairness: &Fairness<'_>, label: u32) -> u32 {
    u32::from(fairness.graph.labels[label as usize].repairs)
}

/// For each state short of the goal the most reconciler steps on a way to it.
fn longest(fairness: &Fairness<'_>, goal: &Bits, ticker: &mut Ticker<'_>) -> Result<Vec<u32>, Why> {
    let graph = fairness.graph;
    let mut values = vec![UNSET; graph.states() as usize];
    let visit = |component: &[u32], _: &mut Ticker<'_>| {
        let step = |(target, label): (u32, u32)| match (cost(fairness, label), values[target as usize]) {
            (cost, _) if goal.get(target) => cost,
            (0, UNSET) => 0,
            (_, UNSET | UNBOUNDED) => UNBOUNDED,
            (cost, value) => cost + value,
        };
        let value = component.iter().flat_map(|state| fairness.steps(*state)).map(step).max().unwrap_or(0);
        for state in component {
            values[*state as usize] = value;
        }
        Ok(())
    };
    let mut components = Components::new(graph.states());
    components.run(graph, &fairness.on, |s| !goal.get(s), 0..graph.states(), visit, ticker)?;
    Ok(values)
}

/// For each state short of the goal the fewest reconciler steps on a way to it: breadth-first against the steps, those
/// that cost nothing first.
fn shortest(fairness: &Fairness<'_>, goal: &Bits, ticker: &mut Ticker<'_>) -> Result<Vec<u32>, Why> {
    let (starts, sources) = reversed(fairness, goal, ticker)?;
    let states = fairness.graph.states();
    let mut values = vec![UNSET; states as usize];
    let mut queue = VecDeque::new();
    let steps = |state: u32| &sources[starts[state as usize] as usize..starts[state as usize + 1] as usize];
    for state in (0..states).filter(|state| goal.get(*state)) {
        values[state as usize] = 0;
        queue.push_back(state);
    }
    while let Some(state) = queue.pop_front() {
        ticker.tick(1 + steps(state).len() as u64)?;
        for (source, label) in steps(state) {
            let value = values[state as usize] + cost(fairness, *label);
            if value >= values[*source as usize] {
                continue;
            }
            values[*source as usize] = value;
            match cost(fairness, *label) {
                0 => queue.push_front(*source),
                _ => queue.push_back(*source),
            }
        }
    }
    Ok(values)
}

/// Steps out of states short of the goal, by target: where each target's begin, and (source, label).
type Reversed = (Vec<u64>, Vec<(u32, u32)>);

fn reversed(fairness: &Fairness<'_>, goal: &Bits, ticker: &mut Ticker<'_>) -> Result<Reversed, Why> {
    let states = fairness.graph.states();
    let short = || (0..states).filter(|state| !goal.get(*state));
    let mut starts = vec![0u64; states as usize + 2];
    for state in short() {
        ticker.tick(1)?;
        for (target, _) in fairness.steps(state) {
            starts[target as usize + 2] += 1;
        }
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut sources = vec![(0, 0); starts[states as usize + 1] as usize];
    for state in short() {
        ticker.tick(1)?;
        for (target, label) in fairness.steps(state) {
            let at = &mut starts[target as usize + 1];
            sources[*at as usize] = (state, label);
            *at += 1;
        }
    }
    Ok((starts, sources))
}
