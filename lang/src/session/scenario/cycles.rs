//! Cycles of a small graph of steps: its components in order, and whether a fair run can stay in one for ever.
//!
//! Enters: the edges of a graph. Leaves: strongly connected components (Tarjan, Depth-first search and linear graph
//! algorithms, 1972, without recursion) and fair ones among them. A component can be stayed in for ever, fairly, if every
//! step that is weakly fair and enabled in all of its states is taken within it; a strongly fair step that is enabled
//! somewhere and not taken within forces a way out of the states where it is enabled (Emerson and Lei, 1987).

use crate::engine::machine::Strength;

#[derive(Debug, Clone, Copy)]
pub struct Edge {
    pub to: usize,
    pub strength: Strength,
    /// Steps with equal keys satisfy each other's fairness. Meaningless for unfair steps.
    pub fair_key: u64,
}

/// The components of the nodes for which `inside` is true, each after all components that it leads to.
pub fn components(edges: &[Vec<Edge>], inside: &[bool]) -> Vec<Vec<usize>> {
    let mut search = Tarjan {
        edges,
        inside,
        number: vec![0; edges.len()],
        low: vec![0; edges.len()],
        on_stack: vec![false; edges.len()],
        stack: Vec::new(),
        next: 1,
        found: Vec::new(),
    };
    for (node, inside) in inside.iter().enumerate() {
        if *inside && search.number[node] == 0 {
            search.from(node);
        }
    }
    search.found
}

struct Tarjan<'a> {
    edges: &'a [Vec<Edge>],
    inside: &'a [bool],
    /// 0: not yet visited.
    number: Vec<usize>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl Tarjan<'_> {
    fn enter(&mut self, node: usize) {
        self.number[node] = self.next;
        self.low[node] = self.next;
        self.next += 1;
        self.stack.push(node);
        self.on_stack[node] = true;
    }

    fn from(&mut self, root: usize) {
        let mut work = vec![(root, 0)];
        self.enter(root);
        while let Some((node, position)) = work.pop() {
            match self.edges[node].get(position) {
                Some(edge) => {
                    work.push((node, position + 1));
                    let to = edge.to;
                    if self.inside[to] && self.number[to] == 0 {
                        self.enter(to);
                        work.push((to, 0));
                    } else if self.inside[to] && self.on_stack[to] {
                        self.low[node] = self.low[node].min(self.number[to]);
                    }
                }
                None => {
                    if let Some((parent, _)) = work.last() {
                        self.low[*parent] = self.low[*parent].min(self.low[node]);
                    }
                    if self.low[node] == self.number[node] {
                        self.leave(node);
                    }
                }
            }
        }
    }

    fn leave(&mut self, root: usize) {
        let mut component = Vec::new();
        while let Some(node) = self.stack.pop() {
            self.on_stack[node] = false;
            component.push(node);
            if node == root {
                break;
            }
        }
        component.sort_unstable();
        self.found.push(component);
    }
}

/// A set of nodes in which a fair run can stay for ever, the first in the order of components.
pub fn fair_cycle(edges: &[Vec<Edge>], inside: &[bool]) -> Option<Vec<usize>> {
    for component in components(edges, inside) {
        let mut within = vec![false; edges.len()];
        component.iter().for_each(|n| within[*n] = true);
        let circular = component.iter().any(|n| edges[*n].iter().any(|e| within[e.to]));
        if !circular {
            continue;
        }
        let taken: Vec<u64> = component
            .iter()
            .flat_map(|n| edges[*n].iter().filter(|e| within[e.to] && e.strength != Strength::Unfair))
            .map(|e| e.fair_key)
            .collect();
        let offered = |node: usize, strength| {
            edges[node].iter().filter(move |e| e.strength == strength).map(|e| e.fair_key)
        };
        let starved = offered(component[0], Strength::Weak).find(|key| {
            !taken.contains(key)
                && component
                    .iter()
                    .all(|n| edges[*n].iter().any(|e| e.strength != Strength::Unfair && e.fair_key == *key))
        });
        if starved.is_some() {
            continue;
        }
        let forced =
            component.iter().flat_map(|n| offered(*n, Strength::Strong)).find(|key| !taken.contains(key));
        let Some(forced) = forced else { return Some(component) };
        for node in &component {
            within[*node] &= !offered(*node, Strength::Strong).any(|key| key == forced);
        }
        if let Some(found) = fair_cycle(edges, &within) {
            return Some(found);
        }
    }
    None
}
