//! Strongly connected components, each after all that it leads to.
//!
//! Enters: a graph and which states and steps of it count. Leaves: components, in reverse topological order.
//! Tarjan, Depth-first search and linear graph algorithms (1972), with a stack of its own instead of recursion.

use super::graph::{Graph, Ticker};
use crate::engine::exploration::Why;

/// Order of a state whose component has been reported.
const DONE: u32 = u32::MAX;

#[derive(Debug, Default)]
pub(crate) struct Components {
    /// For each state: 0 not met, else the number of its meeting from 1, else `DONE`.
    order: Vec<u32>,
    /// For each state on the stack: the least order it is known to lead to.
    low: Vec<u32>,
    stack: Vec<u32>,
    /// States under way, and the index of the next step to look at.
    calls: Vec<(u32, usize)>,
    met: u32,
}

impl Components {
    pub(crate) fn new(states: u32) -> Self {
        Components { order: vec![0; states as usize], low: vec![0; states as usize], ..Components::default() }
    }

    /// Makes states fresh that may have been met in an earlier run.
    pub(crate) fn forget(&mut self, states: &[u32]) {
        for state in states {
            self.order[*state as usize] = 0;
        }
    }

    /// Reports each component of the part of the graph that lies within `member` and can be reached from `roots` by
    /// steps that are `on`.
    pub(crate) fn run(
        &mut self,
        graph: &Graph,
        on: &[bool],
        member: impl Fn(u32) -> bool,
        roots: impl Iterator<Item = u32>,
        mut visit: impl FnMut(&[u32], &mut Ticker<'_>) -> Result<(), Why>,
        ticker: &mut Ticker<'_>,
    ) -> Result<(), Why> {
        for root in roots {
            if self.order[root as usize] != 0 || !member(root) {
                continue;
            }
            self.enter(graph, root);
            while let Some((state, next)) = self.calls.last_mut() {
                let state = *state;
                if *next < graph.range(state).end {
                    let step = graph.step(*next);
                    *next += 1;
                    if let Some((target, label)) = step
                        && on[label as usize]
                        && member(target)
                    {
                        self.follow(graph, state, target);
                    }
                    continue;
                }
                ticker.tick(1 + graph.range(state).len() as u64)?;
                self.leave(state, |component| visit(component, ticker))?;
            }
        }
        Ok(())
    }

    fn enter(&mut self, graph: &Graph, state: u32) {
        self.met += 1;
        self.order[state as usize] = self.met;
        self.low[state as usize] = self.met;
        self.stack.push(state);
        self.calls.push((state, graph.range(state).start));
    }

    fn follow(&mut self, graph: &Graph, state: u32, target: u32) {
        match self.order[target as usize] {
            0 => self.enter(graph, target),
            DONE => {}
            order => self.low[state as usize] = self.low[state as usize].min(order),
        }
    }

    /// All steps of a state have been looked at.
    fn leave(&mut self, state: u32, mut visit: impl FnMut(&[u32]) -> Result<(), Why>) -> Result<(), Why> {
        self.calls.pop();
        let low = self.low[state as usize];
        if let Some((parent, _)) = self.calls.last() {
            let parent = *parent as usize;
            self.low[parent] = self.low[parent].min(low);
        }
        if low != self.order[state as usize] {
            return Ok(());
        }
        let start = self.stack.iter().rposition(|s| *s == state).unwrap_or(0);
        for member in &self.stack[start..] {
            self.order[*member as usize] = DONE;
        }
        visit(&self.stack[start..])?;
        self.stack.truncate(start);
        Ok(())
    }
}
