//! Faults and recoveries as instances: crash, restart, lose, duplicate, partition, heal.
//!
//! Enters: the budget of faults. Leaves: blocks. Each fault spends one of its budget; what is spent is part of the state.
//! A crash takes effect at once: the node is down and its volatile state is what it was initially, or what durable fields
//! make of it, so that two crashed states do not differ by what was lost. Deliveries out of order are made with the other deliveries.

use super::instances::{begin, bind_envelope, block, envelope, forget};
use super::lower::branch::Jumps;
use super::lower::expression::index_shape;
use super::lower::{Low, Lower, Typed, Val};
use crate::analysis::program::{ActionId, ActionKind, LinkId, Loss, NodeId, Program, Timekeeper, Type};
use crate::concepts::{Allowance, Fault, FaultBudget};
use crate::diag::Diagnostic;
use crate::diag::codes::model as codes;
use crate::engine::machine::{InstanceInfo, Joint, StepClass, Strength};
use crate::model::form::code::{Op, Target};
use crate::model::form::frame::Region;
use crate::model::form::instance::{Instance, InstanceKind, LinkSlot, Wall};
use crate::model::form::layout::Counter;

/// Nodes of a system that may be parted.
const MAX_PARTED: u32 = 10;

const FAULT: InstanceInfo = InstanceInfo {
    class: StepClass::Fault,
    strength: Strength::Unfair,
    reconciler: None,
    joint: Joint::Alone,
};
const RECOVERY: InstanceInfo = InstanceInfo {
    class: StepClass::Recovery,
    strength: Strength::Weak,
    reconciler: None,
    joint: Joint::Alone,
};

pub(crate) fn faults(l: &mut Lower<'_>, budget: &FaultBudget, made: &mut Vec<Instance>) -> Low<()> {
    for fault in Fault::ALL {
        match fault {
            Fault::Crash | Fault::Wipe | Fault::Restart | Fault::Pause | Fault::Resume => {
                nodes(l, fault, budget, made)?;
            }
            Fault::Skew | Fault::Stale => at_nodes(l, fault, budget, made)?,
            Fault::Lose => {
                for link in 0..l.program.links.len() {
                    messages(l, LinkId(link as u32), budget, made)?;
                }
            }
            // With losses, link by link.
            Fault::Duplicate => {}
            // With the deliveries.
            Fault::Reorder => {}
            Fault::Partition => partitions(l, budget, made)?,
        }
    }
    Ok(())
}

/// What a budget says of a step: its place and how often, where that is counted.
pub(crate) type Payer<'b> = Option<(usize, &'b Allowance)>;

/// A fault that happens to one node, for each node.
fn nodes(l: &mut Lower<'_>, fault: Fault, budget: &FaultBudget, made: &mut Vec<Instance>) -> Low<()> {
    let info = if fault.is_recovery() { RECOVERY } else { FAULT };
    for node in 0..l.layout.nodes {
        let payer = budget.of_node(fault, l.layout.member(node).0.0);
        // A recovery that nothing is said of is free; no fault is.
        let never = payer.map_or(!fault.is_recovery(), |(_, entry)| entry.times == 0);
        let (up, paused) = (l.layout.up[node as usize], l.layout.paused[node as usize]);
        let needed = match fault {
            Fault::Pause | Fault::Resume => paused,
            Fault::Crash | Fault::Wipe | Fault::Restart => up,
            Fault::Lose
            | Fault::Duplicate
            | Fault::Reorder
            | Fault::Skew
            | Fault::Stale
            | Fault::Partition => None,
        };
        if never || needed.is_none() {
            continue;
        }
        if let (Fault::Restart, Some(action)) = (fault, l.program.recovery(l.layout.member(node).0)) {
            block(l, made, InstanceKind::Restart(action, node), info, &mut |l, next| {
                recover(l, (action, node), budget, next)
            })?;
            continue;
        }
        block(l, made, InstanceKind::Node(fault, node), info, &mut |l, next| {
            needs_state(l, fault, node, next);
            if payer.is_some() {
                needs_budget(l, payer, next)?;
            }
            if matches!(fault, Fault::Crash | Fault::Wipe) {
                crash(l, fault, node, payer)?;
            } else {
                flag(l, (needed.unwrap_or_default(), fault != Fault::Resume), payer)?;
            }
            end(l)?;
            Ok(true)
        })?;
    }
    Ok(())
}

/// Goes on only where a node is as a fault finds it.
fn needs_state(l: &mut Lower<'_>, fault: Fault, node: u32, no: Target) {
    let (up, paused) = (l.layout.up[node as usize], l.layout.paused[node as usize]);
    // What crashes may be paused.
    let pauses = matches!(fault, Fault::Pause | Fault::Resume);
    let tested = [
        up.map(|bit| (bit, fault != Fault::Restart)),
        paused.filter(|_| pauses).map(|bit| (bit, fault == Fault::Resume)),
    ];
    for (bit, wanted) in tested.into_iter().flatten() {
        let flag = Val::Mem(l.variable(bit));
        l.jump_on(flag, !wanted, no);
    }
}

/// The restart of a node that does something more. It is a step of that action: what obligations remember of it stands
/// behind its body.
pub(crate) fn recover(
    l: &mut Lower<'_>,
    (action, node): (ActionId, u32),
    budget: &FaultBudget,
    next: Target,
) -> Low<bool> {
    needs_state(l, Fault::Restart, node, next);
    let payer = budget.of_node(Fault::Restart, l.layout.member(node).0.0);
    if payer.is_some() {
        needs_budget(l, payer, next)?;
    }
    let (body, timers) = (&l.program.actions[action.index()].body, &l.program.actions[action.index()].timers);
    begin(l, body.iter().chain(timers).any(super::lower::statement::chooses));
    if let Some(bit) = l.layout.up[node as usize] {
        let to = l.variable(bit);
        l.write_code(to, Val::Const(1), 1);
    }
    spend(l, payer);
    at_node(l, action, node);
    l.statements(body)?;
    l.statements(timers)?;
    l.b.op(Op::Emit {});
    Ok(true)
}

/// Binds the node of a restart.
pub(crate) fn at_node(l: &mut Lower<'_>, action: ActionId, node: u32) {
    let member = l.layout.member(node).1;
    if let Some(at) = l.program.actions[action.index()].at {
        l.locals.insert(at, Val::Const(u64::from(member)));
    }
    l.context.instance = member;
}

/// What a mapping's own variables do in a fault of one node.
fn at_nodes(l: &mut Lower<'_>, fault: Fault, budget: &FaultBudget, made: &mut Vec<Instance>) -> Low<()> {
    let program = l.program;
    for node in 0..l.layout.nodes {
        let (kind, member) = l.layout.member(node);
        let payer = budget.of_node(fault, kind.0).filter(|(_, entry)| entry.times > 0);
        let known = program.at_node.iter().find(|more| more.fault == fault && more.node == kind);
        let Some(more) = known.filter(|_| payer.is_some()) else { continue };
        block(l, made, InstanceKind::Node(fault, node), FAULT, &mut |l, next| {
            l.locals.insert(more.local, Val::Const(u64::from(member)));
            let (up, paused) = (l.layout.up[node as usize], l.layout.paused[node as usize]);
            // A clock goes on, and may be slow, while its node is down.
            let clock = fault == Fault::Skew && has_clock(program, kind);
            for (bit, wanted) in [(up.filter(|_| !clock), true), (paused, false)] {
                if let Some(bit) = bit {
                    let flag = Val::Mem(l.variable(bit));
                    l.jump_on(flag, !wanted, next);
                }
            }
            needs_budget(l, payer, next)?;
            for guard in &more.guards {
                if l.branch(guard, false, next)? == Jumps::Always {
                    return Ok(false);
                }
            }
            begin(l, false);
            l.statements(&more.body)?;
            l.statements(&more.timers)?;
            spend(l, payer);
            end(l)?;
            Ok(true)
        })?;
    }
    Ok(())
}

fn has_clock(program: &Program, kind: NodeId) -> bool {
    let mut fields = program.node_fields.iter().filter(|field| field.node == kind);
    fields.any(|field| field.time == Some(Timekeeper::Clock))
}

/// A recovery or a pause: the one flag of the node.
fn flag(l: &mut Lower<'_>, (bit, on): (u32, bool), payer: Payer<'_>) -> Low<()> {
    begin(l, false);
    let to = l.variable(bit);
    l.write_code(to, Val::Const(u64::from(on)), 1);
    spend(l, payer);
    Ok(())
}

/// What obligations remember follows every fault.
fn end(l: &mut Lower<'_>) -> Low<()> {
    let program = l.program;
    l.statements(&program.behind_faults)?;
    l.b.op(Op::Emit {});
    Ok(())
}

/// Goes on only where the budget is not spent.
pub(crate) fn needs_budget(l: &mut Lower<'_>, payer: Payer<'_>, no: Target) -> Low<()> {
    if payer.is_some_and(|(_, entry)| entry.times == Allowance::ALWAYS) {
        return Ok(());
    }
    let known = payer.and_then(|(place, entry)| Some((l.layout.spent[place]?, entry.times)));
    let Some((Counter { bit, width }, times)) = known else {
        l.b.jump(no);
        return Ok(());
    };
    let shape = crate::model::form::shape::Shape { bits: width, ..index_shape(2) };
    let spent = Val::Mem(l.variable(bit));
    l.equal_values(spent, Val::Const(u64::from(times)), &shape, true, no)?;
    Ok(())
}

pub(crate) fn spend(l: &mut Lower<'_>, payer: Payer<'_>) {
    let Some(Counter { bit, width }) = payer.and_then(|(place, _)| l.layout.spent[place]) else { return };
    let shape = crate::model::form::shape::Shape { bits: width, ..index_shape(2) };
    let place = l.variable(bit);
    let spent = l.narrow(Val::Mem(place), &shape);
    let more = l.add_const(spent, 1);
    l.write_code(place, more, width);
}

/// The node is down, and what it loses is what it was initially: volatile fields in a crash, all where it is wiped.
fn crash(l: &mut Lower<'_>, fault: Fault, node: u32, payer: Payer<'_>) -> Low<()> {
    let (kind, member) = l.layout.member(node);
    let program = l.program;
    let disk = fault == Fault::Wipe;
    let mut lost: Vec<_> = (program.nodes[kind.index()].fields.iter())
        .filter(|f| {
            let field = &program.node_fields[f.index()];
            let kept = match field.time {
                None => !field.volatile && !disk,
                // When it was set is on the disk.
                Some(Timekeeper::Clock) => !disk,
                Some(Timekeeper::Timer | Timekeeper::View) => true,
            };
            !kept && !field.ghost
        })
        .collect();
    lost.sort_by_key(|f| program.node_fields[f.index()].init.is_computed());
    begin(l, true);
    let flags = [(l.layout.up[node as usize], 0), (l.layout.paused[node as usize], 0)];
    for (bit, value) in flags {
        if let Some(bit) = bit {
            let to = l.variable(bit);
            l.write_code(to, Val::Const(value), 1);
        }
    }
    spend(l, payer);
    for field in lost {
        let place = l.variable(l.layout.fields[field.index()][member as usize]);
        let field = &program.node_fields[field.index()];
        l.span = field.span;
        super::init::of_node(l, Typed { at: place, ty: field.ty }, field, member)?;
    }
    for (r, reconciler) in program.reconcilers.iter().enumerate() {
        let here = reconciler.actions.iter().any(|id| {
            let action = &program.actions[id.index()];
            let at = action.at.map(|at| *l.shapes.get(l.local_type(at)) == Type::Node(kind));
            matches!(action.kind, ActionKind::ReconcilerObserve { .. }) && at == Some(true)
        });
        if here {
            forget(l, r, member);
        }
    }
    for more in
        program.at_crash.iter().filter(|more| more.node == kind && (disk || more.loss == Loss::Memory))
    {
        l.locals.insert(more.local, Val::Const(u64::from(member)));
        l.statements(&more.body)?;
    }
    Ok(())
}

/// Loss and duplication on one link.
fn messages(l: &mut Lower<'_>, link: LinkId, budget: &FaultBudget, made: &mut Vec<Instance>) -> Low<()> {
    let declared = &l.program.links[link.index()];
    let (lossy, duplicating) = (declared.lossy, declared.duplicating);
    let count = l.layout.links[link.index()].list.array.count;
    let lists = l.link_lists(link).len() as u32;
    for (wanted, lose) in
        [(lossy && budget.allows(Fault::Lose), true), (duplicating && budget.allows(Fault::Duplicate), false)]
    {
        for list in (0..lists).filter(|_| wanted) {
            let empty = l.b.label();
            for position in 0..count {
                let slot = LinkSlot { link, list, position };
                let kind = if lose { InstanceKind::Lose(slot) } else { InstanceKind::Duplicate(slot) };
                block(l, made, kind, FAULT, &mut |l, next| message(l, budget, slot, lose, next, empty))?;
            }
            l.b.bind(empty);
        }
    }
    Ok(())
}

fn message(
    l: &mut Lower<'_>,
    budget: &FaultBudget,
    slot: LinkSlot,
    lose: bool,
    next: Target,
    empty: Target,
) -> Low<bool> {
    let fault = if lose { Fault::Lose } else { Fault::Duplicate };
    let place = l.link_lists(slot.link)[slot.list as usize].at;
    let list = l.layout.links[slot.link.index()].list;
    l.needs_element(place, list, slot.position, empty);
    let payer = budget.of(fault).next();
    needs_budget(l, payer, next)?;
    if slot.position > 0 {
        // Of equal messages beside each other it makes no difference which.
        l.needs_new_element(place, list, slot.position, next)?;
    }
    if !lose {
        // A full link has no room for a copy.
        let full = l.b.label();
        l.needs_element(place, list, list.array.count - 1, full);
        l.b.jump(next);
        l.b.bind(full);
    }
    let envelope = envelope(l, slot);
    let element = super::lower::link::element_shape(list.array);
    let src = l.slot(Val::Mem(envelope.at), &element);
    begin(l, false);
    let place = l.link_lists(slot.link)[slot.list as usize].at;
    let (index, shape) = (l.b.constant(slot.position as u64), l.b.list(list));
    l.change_list(place, list, |l, list| {
        l.b.op(if lose {
            Op::ListRemove { list, index, shape }
        } else {
            Op::ListInsert { list, index, src, shape }
        });
    });
    spend(l, payer);
    besides(l, fault, slot)?;
    end(l)?;
    Ok(true)
}

/// What obligations add to what happens to a message.
fn besides(l: &mut Lower<'_>, fault: Fault, slot: LinkSlot) -> Low<()> {
    let program = l.program;
    for more in program.at_message.iter().filter(|more| more.fault == fault) {
        let ActionKind::Handler { message, .. } = program.actions[more.handler.index()].kind else {
            continue;
        };
        if program.messages[message.index()].link != Some(slot.link) {
            continue;
        }
        let other = l.b.label();
        l.here = Region::Before;
        let envelope = envelope(l, slot);
        l.needs_message(envelope, message, other)?;
        let bound = bind_envelope(l, more.handler, envelope, other)?;
        l.here = Region::After;
        if bound {
            l.statements(&more.body)?;
        }
        l.b.bind(other);
    }
    Ok(())
}

/// Every way to part the nodes in two, the first node on side 0; and the end of it.
fn partitions(l: &mut Lower<'_>, budget: &FaultBudget, made: &mut Vec<Instance>) -> Low<()> {
    let nodes = l.layout.nodes;
    if nodes < 2 || !budget.allows(Fault::Partition) {
        return Ok(());
    }
    if nodes > MAX_PARTED {
        let words =
            format!("expected at most {MAX_PARTED} nodes where partitions are allowed, found {nodes}");
        let error = Diagnostic::error(codes::TOO_MANY_SIDES, l.program.span, words)
            .help("use fewer nodes, or leave `partition` out of the faults");
        return Err(Box::new(error));
    }
    for (place, entry) in budget.of(Fault::Partition).filter(|(_, entry)| entry.times > 0) {
        let walls: &[Wall] =
            if entry.one_way { &[Wall::FromFirst, Wall::FromSecond] } else { &[Wall::BothWays] };
        for sides in 1..1u64 << (nodes - 1) {
            for wall in walls {
                part(l, (sides << 1, *wall), Some((place, entry)), made)?;
            }
        }
    }
    heal(l, budget, made)
}

fn part(
    l: &mut Lower<'_>,
    (sides, wall): (u64, Wall),
    payer: Payer<'_>,
    made: &mut Vec<Instance>,
) -> Low<()> {
    block(l, made, InstanceKind::Partition(sides, wall), FAULT, &mut |l, next| {
        for bit in side_bits(l) {
            let side = Val::Mem(l.variable(bit.1));
            l.jump_on(side, true, next);
        }
        needs_budget(l, payer, next)?;
        begin(l, false);
        for (node, bit) in side_bits(l) {
            let to = l.variable(bit);
            l.write_code(to, Val::Const(sides >> node & 1), 1);
        }
        if let Some(bit) = l.layout.wall {
            let to = l.variable(bit);
            l.write_code(to, Val::Const(wall as u64), Wall::BITS);
        }
        spend(l, payer);
        end(l)?;
        Ok(true)
    })
}

/// The end of a partition that does not last.
fn heal(l: &mut Lower<'_>, budget: &FaultBudget, made: &mut Vec<Instance>) -> Low<()> {
    let lasts = |one_way: bool| {
        let known =
            budget.of(Fault::Partition).find(|(_, entry)| entry.times > 0 && entry.one_way == one_way);
        known.is_none_or(|(_, entry)| entry.lasting)
    };
    if lasts(false) && lasts(true) {
        return Ok(());
    }
    block(l, made, InstanceKind::Heal, RECOVERY, &mut |l, next| {
        let parted = l.b.label();
        for bit in side_bits(l) {
            let side = Val::Mem(l.variable(bit.1));
            l.jump_on(side, true, parted);
        }
        l.b.jump(next);
        l.b.bind(parted);
        if let (Some(wall), true) = (l.layout.wall, lasts(false) != lasts(true)) {
            let wall = Val::Mem(l.variable(wall));
            let shape = index_shape(1 << Wall::BITS);
            l.equal_values(wall, Val::Const(Wall::BothWays as u64), &shape, lasts(false), next)?;
        }
        begin(l, false);
        for (_, bit) in side_bits(l) {
            let to = l.variable(bit);
            l.write_code(to, Val::Const(0), 1);
        }
        if let Some(bit) = l.layout.wall {
            let to = l.variable(bit);
            l.write_code(to, Val::Const(0), Wall::BITS);
        }
        end(l)?;
        Ok(true)
    })
}

/// Node and bit of each side that is stored.
fn side_bits(l: &Lower<'_>) -> Vec<(u32, u32)> {
    let sides = l.layout.side.iter().enumerate();
    sides.filter_map(|(node, bit)| bit.map(|b| (node as u32, b))).collect()
}
