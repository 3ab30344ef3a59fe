//! What partitions come to: whether they stop anything, and what goes through them.
//!
//! Enters: a program, which of its steps were taken. Leaves: what a reader should know before trusting a verdict with
//! partitions.

use super::Explored;
use crate::analysis::passing::{passing, stops_something};
use crate::analysis::program::{ActionId, Program};
use crate::concepts::Fault;
use crate::model::Model;
use crate::model::form::instance::action_of;
use crate::report::{Partitions, PassedBy};
use rustc_hash::FxHashSet;

/// Nothing where no partition may be, or there are no two nodes to be cut off from each other. `program`: as it is written,
/// without what obligations add to its steps.
pub(in crate::session) fn partitions(program: &Program, explored: &Explored<'_>) -> Option<Partitions> {
    let mut allowed = explored.model.options().faults.allowed();
    let counts = &explored.exploration.instances;
    let may_be = allowed.any(|(_, entry)| entry.fault == Fault::Partition);
    may_be.then(|| between(program, &explored.model, &|instance| counts[instance].fired > 0)).flatten()
}

/// The same where there are partitions. `taken`: the instance of this number.
pub(in crate::session) fn between(
    program: &Program,
    model: &Model,
    taken: &dyn Fn(usize) -> bool,
) -> Option<Partitions> {
    if program.nodes.iter().map(|node| node.count).sum::<u32>() < 2 {
        return None;
    }
    let instances = model.instance_list().iter().enumerate().filter(|(i, _)| taken(*i));
    let taken: FxHashSet<ActionId> =
        instances.filter_map(|(_, instance)| action_of(&instance.kind)).collect();
    let mut passed_by: Vec<PassedBy> = Vec::new();
    for passing in passing(program).into_iter().filter(|passing| taken.contains(&passing.action)) {
        let step = program.actions[passing.action.index()].name.clone();
        let at = passing.at.map(|kind| program.nodes[kind.index()].name.clone());
        let touches = passing.touches.iter().map(|known| known.words(program));
        match passed_by.iter_mut().find(|known| known.step == step && known.at == at) {
            Some(known) => touches.for_each(|touched| {
                if !known.touches.contains(&touched) {
                    known.touches.push(touched);
                }
            }),
            None => passed_by.push(PassedBy { step, at, touches: touches.collect() }),
        }
    }
    Some(Partitions { idle: !stops_something(program), passed_by })
}
