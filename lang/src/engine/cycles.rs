//! Components and fair cycles of a graph that its owner has made, for whoever follows the steps of a machine alone.
//!
//! Enters: the edges out of each node, and who is owed which of them. Leaves: strongly connected components, and a set of
//! nodes in which a fair run can stay for ever. The algorithms are those by which an exploration is judged.

use super::exploration::Why;
use super::live::{Components, Fairness, Graph, Label, Ticker};
use super::machine::{Clients, InstanceInfo, Joint, StepClass, Strength};

/// A step that leads to another node than the one it begins in.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    /// 0-based number of a node.
    pub to: u32,
    /// What fairness demands of the step, and with whom it shares that.
    pub strength: Strength,
    /// See [`InstanceInfo::joint`].
    pub joint: Joint,
    /// As [`super::machine::Successor::fair_key`].
    pub fair_key: u64,
}

impl Edge {
    fn label(&self) -> Label {
        let info = InstanceInfo {
            class: StepClass::System,
            strength: self.strength,
            reconciler: None,
            joint: self.joint,
        };
        Label::new(&info, self.fair_key)
    }
}

/// Nodes from 0, and the edges between them.
pub struct Cycles<'o> {
    graph: Graph,
    goes_on: &'o dyn Fn() -> bool,
}

impl<'o> Cycles<'o> {
    /// `edges`: out of each node, to nodes of the same slice. `goes_on`: asked now and then; false interrupts.
    pub fn new(edges: &[Vec<Edge>], goes_on: &'o dyn Fn() -> bool) -> Self {
        let steps = |edges: &Vec<Edge>| edges.iter().map(|edge| (edge.to, edge.label())).collect::<Vec<_>>();
        Cycles { graph: Graph::of(edges.iter().map(steps)), goes_on }
    }

    /// All strongly connected components, each after all that it leads to. Errors: interrupted.
    pub fn components(&self) -> Result<Vec<Vec<u32>>, Why> {
        let mut found = Vec::new();
        self.each_component(|component, _| {
            found.push(component.to_vec());
            Ok(())
        })?;
        Ok(found)
    }

    /// The nodes, ascending, of the first component (or part of one) of several nodes in which a fair run can stay for
    /// ever. Errors: interrupted.
    pub fn fair(&self) -> Result<Option<Vec<u32>>, Why> {
        let mut fairness = Fairness::new(&self.graph, self.graph.on(Clients::GoOn));
        let mut found: Vec<Vec<u32>> = Vec::new();
        self.each_component(|component, ticker| match found.is_empty() {
            true => fairness.fair_parts(
                component,
                |part| part.len() > 1,
                |part| found.push(part.to_vec()),
                ticker,
            ),
            false => Ok(()),
        })?;
        Ok(found.into_iter().next().map(|mut nodes| {
            nodes.sort_unstable();
            nodes
        }))
    }

    fn each_component(
        &self,
        visit: impl FnMut(&[u32], &mut Ticker<'_>) -> Result<(), Why>,
    ) -> Result<(), Why> {
        let nodes = self.graph.states();
        let on = self.graph.on(Clients::GoOn);
        let mut ticker = Ticker::new(self.goes_on);
        Components::new(nodes).run(&self.graph, &on, |_| true, 0..nodes, visit, &mut ticker)
    }
}
