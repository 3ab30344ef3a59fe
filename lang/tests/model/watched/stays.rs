//! Where a fair run may go round for ever once faults and clients have stopped, by definition: explicit nodes and steps, the
//! sets of nodes that reach each other, and what a run that stays in one of them owes.
//!
//! All fairness here is weak: what a part of such a set owes, the whole of it owes too.

use super::world::{Kind, Locals, Step, World};
use reconverge_lang::analysis::program::*;
use reconverge_lang::concepts::Fault;
use reconverge_lang::value::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

/// To whom a step is owed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owed {
    Action(ActionId, Vec<(u32, Value)>),
    /// All acts of a member at a node.
    Acts(usize, Option<Value>),
    Clause(ActionId, Value),
    /// All handlers of a message in flight.
    Message(Value),
    Recovery(String),
}

/// To whom a step is owed; `None`: it does not happen any more. Nobody: it may happen.
pub fn owed(world: &World<'_>, step: &Step) -> Option<Vec<Owed>> {
    let Some(action) = step.action().filter(|_| !matches!(step.kind, Kind::Restart(..))) else {
        let recovers = match step.kind {
            Kind::Node(fault, ..) => matches!(fault, Fault::Restart | Fault::Resume),
            Kind::Restart(..) | Kind::Heal => true,
            _ => false,
        };
        return recovers.then(|| vec![Owed::Recovery(format!("{:?}", step.kind))]);
    };
    let known = &world.p.actions[action.index()];
    assert!(known.fairness != Fairness::Strong, "all fairness here is weak");
    if let Some(message) = &step.message {
        return Some(vec![Owed::Clause(action, message.clone()), Owed::Message(message.clone())]);
    }
    if known.fairness == Fairness::Unfair {
        return match known.kind {
            ActionKind::Client => None,
            _ => Some(Vec::new()),
        };
    }
    let mut all = vec![Owed::Action(action, bound(known, &step.locals))];
    if let ActionKind::Resolution(member) = known.kind {
        all.push(Owed::Acts(member, known.at.map(|at| step.locals[&at].clone())));
    }
    Some(all)
}

/// What is bound before the step: its node and parameters, not its choices.
fn bound(action: &Action, locals: &Locals) -> Vec<(u32, Value)> {
    action.params.iter().chain(&action.at).map(|l| (l.0, locals[l].clone())).collect()
}

/// Whether a fair run from some nodes may come to nodes that are `met` again and again. `steps`: out of a node, each with
/// whom it is owed to and where it leads; `None`: to something else.
#[allow(clippy::type_complexity)]
pub fn again<N: Clone + Eq + Hash>(
    from: Vec<N>,
    mut steps: impl FnMut(&N) -> Vec<(Vec<Owed>, Option<N>)>,
    met: impl Fn(&N) -> bool,
) -> bool {
    let mut numbers: HashMap<N, usize> = HashMap::new();
    let mut nodes: Vec<N> = Vec::new();
    let mut number = |node: N, nodes: &mut Vec<N>| {
        *numbers.entry(node.clone()).or_insert_with(|| {
            nodes.push(node);
            nodes.len() - 1
        })
    };
    for node in from {
        number(node, &mut nodes);
    }
    let mut edges: Vec<Vec<(Vec<Owed>, Option<usize>)>> = Vec::new();
    while let Some(node) = nodes.get(edges.len()).cloned() {
        let out = steps(&node).into_iter();
        edges.push(out.map(|(owed, to)| (owed, to.map(|to| number(to, &mut nodes)))).collect());
    }
    let reach: Vec<BTreeSet<usize>> = (0..edges.len()).map(|node| reached(&edges, node)).collect();
    (0..edges.len()).any(|node| {
        let together: BTreeSet<usize> =
            reach[node].iter().copied().filter(|other| reach[*other].contains(&node)).collect();
        together.iter().any(|node| met(&nodes[*node])) && is_fair(&edges, &together)
    })
}

fn reached(edges: &[Vec<(Vec<Owed>, Option<usize>)>], from: usize) -> BTreeSet<usize> {
    let (mut found, mut open) = (BTreeSet::from([from]), vec![from]);
    while let Some(node) = open.pop() {
        let more = edges[node].iter().filter_map(|(_, to)| *to);
        open.extend(more.filter(|to| found.insert(*to)));
    }
    found
}

/// Whether everybody who is owed a step everywhere in a set has one that stays in it.
fn is_fair(edges: &[Vec<(Vec<Owed>, Option<usize>)>], set: &BTreeSet<usize>) -> bool {
    let mut enabled: BTreeMap<&Owed, BTreeSet<usize>> = BTreeMap::new();
    let mut taken: BTreeSet<&Owed> = BTreeSet::new();
    for node in set {
        for (owed, to) in &edges[*node] {
            for one in owed {
                enabled.entry(one).or_default().insert(*node);
                if to.is_some_and(|to| set.contains(&to)) {
                    taken.insert(one);
                }
            }
        }
    }
    enabled.iter().all(|(one, where_)| where_.len() < set.len() || taken.contains(one))
}
