//! Instances: every action with every value of its parameters, every message of every link, every fault.
//!
//! Enters: a program and its layout, through a [`Lower`]. Leaves: the code that expands a state, one block for each
//! instance in a fixed order, and what is known of each.
//! A block tests its guards on the state before, copies the state, changes the copy and emits it. An instance whose
//! guard is statically false has no block and no number.

use super::lower::link::Envelope;
use super::lower::{Context, Low, Lower, Val};
use crate::analysis::program::{
    ActionId, ActionKind, BinaryOp, Expr, ExprKind, Fairness, LinkId, LocalId, MessageId, Type, TypeId,
};
use crate::concepts::{Fault, FaultBudget};
use crate::diag::Diagnostic;
use crate::diag::codes::model as codes;
use crate::engine::machine::{InstanceInfo, Joint, StepClass, Strength};
use crate::model::form::code::{Op, Target};
use crate::model::form::frame::Region;
use crate::model::form::instance::{Instance, InstanceKind, LinkSlot, action_of};
use crate::model::form::layout::{Ends, Observation};
use rustc_hash::FxHashMap;

/// More instances than this are refused.
pub(crate) const MAX_INSTANCES: usize = 1 << 16;

/// Makes all blocks, in order; ends with `Return`.
pub(crate) fn instances(lower: &mut Lower<'_>, faults: &FaultBudget) -> Low<Vec<Instance>> {
    let mut made = Vec::new();
    let mut joints = Joints::default();
    let program = lower.program;
    for (i, action) in program.actions.iter().enumerate() {
        if !matches!(action.kind, ActionKind::Handler { .. } | ActionKind::Restart(_)) {
            acts(lower, ActionId(i as u32), &mut made, &mut joints)?;
        }
    }
    for link in 0..program.links.len() {
        deliveries(lower, LinkId(link as u32), &mut made, faults)?;
    }
    super::faults::faults(lower, faults, &mut made)?;
    lower.b.op(Op::Return {});
    Ok(made)
}

/// One block: `body` returns whether the step can ever be taken.
pub(crate) fn block(
    lower: &mut Lower<'_>,
    made: &mut Vec<Instance>,
    kind: InstanceKind,
    info: InstanceInfo,
    body: &mut dyn FnMut(&mut Lower<'_>, Target) -> Low<bool>,
) -> Low<()> {
    let entry = lower.b.here();
    let next = lower.b.label();
    lower.b.fresh_registers();
    lower.locals.clear();
    lower.here = Region::Before;
    lower.context =
        Context { fail: Some(next), block: Some((entry, lower.b.labels())), ..Context::default() };
    lower.b.op(Op::Instance { id: made.len() as u32, next });
    // A guard that is never true may have no value all the same, which is an error where the step is tried.
    if body(lower, next)? || lower.b.may_trap(entry) {
        lower.b.bind(next);
        let choices = std::mem::take(&mut lower.context.choices);
        made.push(Instance { kind, info, entry, choices });
        if made.len() > MAX_INSTANCES {
            return Err(Box::new(too_many(lower, made)));
        }
    } else {
        lower.b.rewind(entry);
        lower.b.bind(next);
    }
    Ok(())
}

/// The block of an instance once more, beside those that are run to expand states; `first` comes before all else.
pub(crate) fn again(
    lower: &mut Lower<'_>,
    kind: &InstanceKind,
    faults: &FaultBudget,
    first: &mut dyn FnMut(&mut Lower<'_>),
) -> Low<()> {
    let Some(id) = action_of(kind) else { return Ok(()) };
    let (mut made, info) = (Vec::new(), info(lower, id));
    match kind {
        InstanceKind::Act { bound, .. } => block(lower, &mut made, kind.clone(), info, &mut |l, next| {
            first(l);
            l.locals.extend(bound.iter().map(|(local, value)| (*local, Val::Const(*value))));
            act(l, id, next)
        }),
        InstanceKind::Deliver { slot, .. } => {
            let empty = lower.b.label();
            block(lower, &mut made, kind.clone(), info, &mut |l, next| {
                first(l);
                deliver(l, id, *slot, next, empty, faults)
            })?;
            lower.b.bind(empty);
            Ok(())
        }
        InstanceKind::Restart(action, node) => block(lower, &mut made, kind.clone(), info, &mut |l, next| {
            first(l);
            super::faults::recover(l, (*action, *node), faults, next)
        }),
        InstanceKind::Node(..)
        | InstanceKind::Lose(_)
        | InstanceKind::Duplicate(_)
        | InstanceKind::Partition(..)
        | InstanceKind::Heal => Ok(()),
    }
}

fn too_many(lower: &Lower<'_>, made: &[Instance]) -> Diagnostic {
    let span = match made.last().map(|i| &i.kind) {
        Some(InstanceKind::Act { action, .. } | InstanceKind::Deliver { action, .. }) => {
            lower.program.actions[action.index()].span
        }
        _ => lower.program.span,
    };
    let message = format!("expected at most {MAX_INSTANCES} instances of actions, found more");
    Diagnostic::error(codes::TOO_MANY_INSTANCES, span, message)
        .label("one instance for each combination of its parameters")
        .help("use smaller parameter types, fewer nodes, or `choose` from a set that the state narrows down")
}

fn acts(lower: &mut Lower<'_>, id: ActionId, made: &mut Vec<Instance>, joints: &mut Joints) -> Low<()> {
    let action = &lower.program.actions[id.index()];
    lower.span = action.span;
    let mut combinations: Vec<Vec<(LocalId, u64)>> = vec![Vec::new()];
    for local in action.at.iter().chain(&action.params) {
        let ty = lower.local_type(*local);
        let shape = lower.shape(ty)?;
        let cap = MAX_INSTANCES / combinations.len().max(1);
        let Some(values) = lower.values_of(ty, cap) else {
            return Err(Box::new(too_many_values(lower, id, *local)));
        };
        let mut longer = Vec::new();
        for known in &combinations {
            for code in &values {
                let Val::Const(value) = lower.decode(Val::Const(*code), &shape) else { continue };
                longer.push(known.iter().copied().chain([(*local, value)]).collect());
            }
        }
        combinations = longer;
    }
    let info = info(lower, id);
    for bound in combinations {
        let kind = InstanceKind::Act { action: id, bound: bound.clone() };
        let info = InstanceInfo { joint: joints.of(lower, id, &bound, made.len() as u32), ..info };
        block(lower, made, kind, info, &mut |l, next| {
            l.locals.extend(bound.iter().map(|(local, value)| (*local, Val::Const(*value))));
            act(l, id, next)
        })?;
    }
    Ok(())
}

/// The first instance of the acts of a member at a node, which share their fairness.
#[derive(Default)]
struct Joints {
    first: FxHashMap<Shared, u32>,
}

/// A member of the acting kinds, and the node where it acts: its type, its place in its kind.
#[derive(PartialEq, Eq, Hash)]
struct Shared {
    reconciler: bool,
    member: usize,
    at: Option<(TypeId, u64)>,
}

impl Joints {
    /// Of the next instance, whose number is given.
    fn of(&mut self, l: &Lower<'_>, id: ActionId, bound: &[(LocalId, u64)], next: u32) -> Joint {
        let action = &l.program.actions[id.index()];
        let (reconciler, member) = match action.kind {
            ActionKind::Resolution(member) => (false, member),
            ActionKind::ReconcilerAct(member) => (true, member),
            ActionKind::Client
            | ActionKind::Handler { .. }
            | ActionKind::ReconcilerObserve { .. }
            | ActionKind::Restart(_)
            | ActionKind::ReconcilerLook(_)
            | ActionKind::Tick
            | ActionKind::Sync(_) => return Joint::Alone,
        };
        let node = |at: LocalId| bound.iter().find(|(local, _)| *local == at).map(|(_, value)| *value);
        let at = action.at.and_then(|at| Some((l.local_type(at), node(at)?)));
        Joint::Acts(*self.first.entry(Shared { reconciler, member, at }).or_insert(next))
    }
}

fn too_many_values(lower: &Lower<'_>, id: ActionId, local: LocalId) -> Diagnostic {
    let (action, local) = (&lower.program.actions[id.index()], &lower.program.locals[local.index()]);
    let name = crate::model::form::names::type_name(lower.program, &lower.shapes.types, local.ty);
    let message =
        format!("{} has too many instances: {} takes every value of {name}", action.name, local.name);
    Diagnostic::error(codes::TOO_MANY_INSTANCES, local.span, message)
        .label("one instance for each value")
        .help(format!(
            "use a smaller type, or choose {} inside the action from a set that is small",
            local.name
        ))
}

pub(crate) fn info(lower: &Lower<'_>, id: ActionId) -> InstanceInfo {
    let action = &lower.program.actions[id.index()];
    let strength = match action.fairness {
        Fairness::Unfair => Strength::Unfair,
        Fairness::Weak => Strength::Weak,
        Fairness::Strong => Strength::Strong,
    };
    let client = matches!(action.kind, ActionKind::Client) && strength == Strength::Unfair;
    let reconciler = match action.kind {
        ActionKind::ReconcilerObserve { reconciler, .. } | ActionKind::ReconcilerAct(reconciler) => {
            Some(reconciler as u32)
        }
        ActionKind::Client
        | ActionKind::Handler { .. }
        | ActionKind::Resolution(_)
        | ActionKind::Restart(_)
        | ActionKind::ReconcilerLook(_)
        | ActionKind::Tick
        | ActionKind::Sync(_) => None,
    };
    let class = if client { StepClass::Client } else { StepClass::System };
    InstanceInfo { class, strength, reconciler, joint: Joint::Alone }
}

/// An action whose locals are bound; false: never enabled.
fn act(l: &mut Lower<'_>, id: ActionId, next: Target) -> Low<bool> {
    let action = &l.program.actions[id.index()];
    l.span = action.span;
    if let Some(at) = action.at
        && let Some(Val::Const(member)) = l.locals.get(&at)
    {
        l.context.instance = *member as u32;
    }
    // Guards may ask what was observed, which has no value before.
    if let ActionKind::ReconcilerAct(reconciler) = action.kind
        && let Some(observation) = l.layout.observed[reconciler].get(l.context.instance as usize)
    {
        let has = Val::Mem(l.variable(observation.flag));
        l.jump_on(has, false, next);
    }
    if !guards(l, id, next)? {
        return Ok(false);
    }
    begin(l, action.body.iter().any(super::lower::statement::chooses));
    l.statements(&action.body)?;
    match &action.kind {
        ActionKind::ReconcilerObserve { reconciler, values } => observe(l, *reconciler, values)?,
        ActionKind::ReconcilerAct(reconciler) => forget(l, *reconciler, l.context.instance),
        ActionKind::Client
        | ActionKind::Handler { .. }
        | ActionKind::Resolution(_)
        | ActionKind::Restart(_)
        | ActionKind::ReconcilerLook(_)
        | ActionKind::Tick
        | ActionKind::Sync(_) => {}
    }
    l.statements(&action.timers)?;
    l.b.op(Op::Emit {});
    Ok(true)
}

/// `at` is up and in its set, and the guards hold; false: never.
fn guards(l: &mut Lower<'_>, id: ActionId, next: Target) -> Low<bool> {
    use super::lower::branch::Jumps::Always;
    let action = &l.program.actions[id.index()];
    if let Some(at) = action.at {
        let ty = l.local_type(at);
        if let Type::Node(kind) = *l.shapes.get(ty) {
            let member = l.local(at);
            let up = l.up_of(member, kind)?;
            l.jump_on(up, false, next);
            let paused = l.paused_of(member, kind)?;
            l.jump_on(paused, true, next);
        }
        if let Some(set) = &action.at_set {
            let at = Expr { kind: ExprKind::Local(at), ty, span: set.span };
            let kind = ExprKind::Binary(BinaryOp::In, Box::new(at), Box::new(set.clone()));
            let inside = Expr { kind, ty, span: set.span };
            if l.branch(&inside, false, next)? == Always {
                return Ok(false);
            }
        }
    }
    for guard in &action.guards {
        if l.branch(guard, false, next)? == Always {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The successor starts as a copy of the state.
pub(crate) fn begin(l: &mut Lower<'_>, chooses: bool) {
    if let Some((entry, first_label)) = l.context.block.take() {
        l.b.defer(entry, first_label);
    }
    let (dst, src) = (l.b.map.region(Region::After), l.b.map.region(Region::Before));
    match l.layout.words {
        1 => l.b.op(Op::Move { dst, src }),
        words => l.b.op(Op::Copy { dst, src, words }),
    }
    if chooses {
        let (dst, src) = (l.b.map.notes(), l.b.constant(0));
        l.b.op(Op::Move { dst, src });
    }
    l.here = Region::After;
}

fn observe(l: &mut Lower<'_>, reconciler: usize, values: &[Expr]) -> Low<()> {
    let layout = l.layout;
    let Some(Observation { flag, values: bits }) =
        layout.observed[reconciler].get(l.context.instance as usize)
    else {
        return Ok(());
    };
    for ((value, bit), (_, ty)) in values.iter().zip(bits).zip(&l.program.reconcilers[reconciler].observed) {
        let value = l.expression_as(value, *ty)?;
        let shape = l.shape(*ty)?;
        let to = l.variable(*bit);
        l.write(to, value, &shape);
    }
    let to = l.variable(*flag);
    l.write_code(to, Val::Const(1), 1);
    Ok(())
}

/// A reconciler's instance remembers nothing any more.
pub(crate) fn forget(l: &mut Lower<'_>, reconciler: usize, instance: u32) {
    let layout = l.layout;
    let Some(Observation { flag, values: bits }) = layout.observed[reconciler].get(instance as usize) else {
        return;
    };
    for (bit, (_, ty)) in bits.iter().zip(&l.program.reconcilers[reconciler].observed) {
        if let (Ok(empty), Ok(shape)) = (l.empty(*ty), l.shape(*ty)) {
            let to = l.variable(*bit);
            l.write(to, empty, &shape);
        }
    }
    let to = l.variable(*flag);
    l.write_code(to, Val::Const(0), 1);
}

// ---- deliveries ----

fn handlers(l: &Lower<'_>, link: LinkId) -> Vec<(ActionId, MessageId)> {
    let handler = |(i, action): (usize, &crate::analysis::program::Action)| match action.kind {
        ActionKind::Handler { message, .. } => Some((ActionId(i as u32), message)),
        _ => None,
    };
    let all = l.program.actions.iter().enumerate().filter_map(handler);
    all.filter(|(_, m)| l.program.messages[m.index()].link == Some(link)).collect()
}

/// All deliveries of a link: by list, by position, by handler. What lies behind the end of a list is skipped at once.
fn deliveries(l: &mut Lower<'_>, link: LinkId, made: &mut Vec<Instance>, faults: &FaultBudget) -> Low<()> {
    let handlers = handlers(l, link);
    let ordered = l.program.links[link.index()].ordered;
    let list = l.layout.links[link.index()].list;
    let positions =
        if ordered && !faults.allows(Fault::Reorder) { 1.min(list.array.count) } else { list.array.count };
    let lists = l.link_lists(link).len() as u32;
    // Several that take one message share its fairness.
    let joint =
        |clause: usize, message: MessageId| match handlers.iter().filter(|(_, m)| *m == message).count() {
            1 => Joint::Alone,
            _ => Joint::Handler(clause as u32),
        };
    for index in 0..lists {
        let empty = l.b.label();
        for position in 0..positions {
            for (clause, (id, message)) in handlers.iter().enumerate() {
                let slot = LinkSlot { link, list: index, position };
                let mut info = InstanceInfo { joint: joint(clause, *message), ..info(l, *id) };
                if ordered && position > 0 {
                    info = InstanceInfo { class: StepClass::Fault, strength: Strength::Unfair, ..info };
                }
                let kind = InstanceKind::Deliver { action: *id, slot };
                block(l, made, kind, info, &mut |l, next| deliver(l, *id, slot, next, empty, faults))?;
            }
        }
        l.b.bind(empty);
    }
    Ok(())
}

/// The envelope of a link's slot in the state before.
pub(crate) fn envelope(l: &Lower<'_>, slot: LinkSlot) -> Envelope {
    let place = l.link_lists(slot.link)[slot.list as usize];
    let list = l.layout.links[slot.link.index()].list;
    Envelope { link: slot.link, at: l.list_element(place.at, list, slot.position), ends: place.ends }
}

fn deliver(
    l: &mut Lower<'_>,
    id: ActionId,
    slot: LinkSlot,
    next: Target,
    empty: Target,
    faults: &FaultBudget,
) -> Low<bool> {
    l.span = l.program.actions[id.index()].span;
    let place = l.link_lists(slot.link)[slot.list as usize].at;
    let list = l.layout.links[slot.link.index()].list;
    let ordered = l.program.links[slot.link.index()].ordered;
    let out_of_order = ordered && slot.position > 0;
    l.needs_element(place, list, slot.position, empty);
    let ActionKind::Handler { message, .. } = l.program.actions[id.index()].kind else { return Ok(false) };
    let envelope = envelope(l, slot);
    l.needs_message(envelope, message, next)?;
    if out_of_order {
        super::faults::needs_budget(l, faults.of(Fault::Reorder).next(), next)?;
    } else if slot.position > 0 {
        l.needs_new_element(place, list, slot.position, next)?;
    }
    if !receive(l, id, envelope, next)? {
        return Ok(false);
    }
    // Whichever handler takes it, it is the same message.
    let salt = (slot.link.0 << 24) ^ if ordered { slot.list } else { 0 };
    l.key(envelope, salt);
    let action = &l.program.actions[id.index()];
    begin(l, action.body.iter().any(super::lower::statement::chooses));
    let place = l.link_lists(slot.link)[slot.list as usize].at;
    let (index, shape) = (l.b.constant(slot.position as u64), l.b.list(list));
    l.change_list(place, list, |l, list| l.b.op(Op::ListRemove { list, index, shape }));
    if out_of_order {
        super::faults::spend(l, faults.of(Fault::Reorder).next());
    }
    l.statements(&action.body)?;
    l.statements(&action.timers)?;
    l.b.op(Op::Emit {});
    Ok(true)
}

/// Binds the locals of a handler to an envelope and tests what a delivery needs: the receiver up, no partition in
/// between, the guards. False: never.
pub(crate) fn receive(l: &mut Lower<'_>, id: ActionId, envelope: Envelope, next: Target) -> Low<bool> {
    if !bind_envelope(l, id, envelope, next)? {
        return Ok(false);
    }
    let action = &l.program.actions[id.index()];
    let ActionKind::Handler { from, .. } = &action.kind else { return Ok(false) };
    if l.layout.side.iter().any(Option::is_some) {
        let mut ends = Vec::new();
        for (end, local) in [(0, *from), (1, action.at)] {
            let kind = end_kind(l, id, envelope, end);
            let member = match local {
                Some(local) => l.local(local),
                None => l.end_of_envelope(envelope, end, kind, next),
            };
            ends.push((member, kind));
        }
        let passes = l.passes(ends[0], ends[1])?;
        l.jump_on(passes, false, next);
    }
    guards(l, id, next)
}

/// The kind of node at an end (0 sender, 1 receiver) of the messages that a handler takes.
fn end_kind(l: &Lower<'_>, id: ActionId, envelope: Envelope, end: usize) -> crate::analysis::program::NodeId {
    let action = &l.program.actions[id.index()];
    let link = &l.program.links[envelope.link.index()];
    let kind_of = |local: LocalId| match *l.shapes.get(l.local_type(local)) {
        Type::Node(kind) => Some(kind),
        _ => None,
    };
    let receiver = action.at.and_then(kind_of).unwrap_or(link.to[0]);
    let ActionKind::Handler { from, .. } = &action.kind else { return receiver };
    match end {
        1 => receiver,
        _ => from.and_then(kind_of).unwrap_or_else(|| link.sender(receiver)),
    }
}

/// Binds `from`, `at` and the fields of a handler; false: the ends are of the wrong kinds.
pub(crate) fn bind_envelope(l: &mut Lower<'_>, id: ActionId, envelope: Envelope, next: Target) -> Low<bool> {
    let action = &l.program.actions[id.index()];
    let ActionKind::Handler { message, from, fields, .. } = &action.kind else { return Ok(false) };
    for (end, local) in [(0, *from), (1, action.at)] {
        let kind = end_kind(l, id, envelope, end);
        if let Some(Ends { from, to }) = envelope.ends
            && l.layout.member(if end == 0 { from } else { to }).0 != kind
        {
            return Ok(false);
        }
        let member = l.end_of_envelope(envelope, end, kind, next);
        if let Some(local) = local {
            l.locals.insert(local, member);
        }
    }
    l.bind_fields(*message, fields, envelope)?;
    Ok(true)
}

/// Binds the locals of an instance again, for what is judged at its steps; false: there are none (faults).
pub(crate) fn rebind(l: &mut Lower<'_>, kind: &InstanceKind, next: Target) -> Low<bool> {
    l.here = Region::Before;
    match kind {
        InstanceKind::Act { bound, action } => {
            l.here = Region::After;
            l.locals.extend(bound.iter().map(|(local, value)| (*local, Val::Const(*value))));
            if let Some(at) = l.program.actions[action.index()].at
                && let Some(Val::Const(member)) = l.locals.get(&at)
            {
                l.context.instance = *member as u32;
            }
            Ok(true)
        }
        InstanceKind::Deliver { action, slot } => {
            let envelope = envelope(l, *slot);
            let bound = bind_envelope(l, *action, envelope, next)?;
            l.here = Region::After;
            Ok(bound)
        }
        InstanceKind::Restart(action, node) => {
            l.here = Region::After;
            super::faults::at_node(l, *action, *node);
            Ok(true)
        }
        InstanceKind::Node(..)
        | InstanceKind::Lose(_)
        | InstanceKind::Duplicate(_)
        | InstanceKind::Partition(..)
        | InstanceKind::Heal => Ok(false),
    }
}
