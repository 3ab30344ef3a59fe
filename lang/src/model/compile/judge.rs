//! Properties and probes as code.
//!
//! Enters: properties as typed expressions, the instances of a model. Leaves: entry points that the machine runs on a
//! state, or on a step, to judge them.

use super::instances::rebind;
use super::lower::link::Envelope;
use super::lower::{Addr, Context, Low, Lower, Val};
use crate::analysis::program::{ActionId, Expr};
use crate::concepts::FaultBudget;
use crate::engine::machine::{Role, StepClass};
use crate::model::form::checked::{Checked, CheckedProbe, ComparedBy, Entry, Replay, Valued};
use crate::model::form::code::Op;
use crate::model::form::frame::Region;
use crate::model::form::instance::{Instance, InstanceKind, LinkSlot, action_of};
use crate::model::form::layout::{Layout, VariableKind};
use crate::model::form::shape::{Shape, Size};
use crate::obligations::property::{Compared, Probe, ProbeCondition, PropertyKind, Variable};
use rustc_hash::FxHashMap;

/// Lowers a condition as a piece of its own.
pub(crate) fn condition(l: &mut Lower<'_>, e: &Expr) -> Low<Entry> {
    let flag = super::lower::expression::index_shape(2);
    piece(l, &flag, &mut |l| l.truth(e))
}

/// Lowers something with one value of a shape as a piece of its own; the slot is resolved when the code is finished.
fn piece(l: &mut Lower<'_>, shape: &Shape, make: &mut dyn FnMut(&mut Lower<'_>) -> Low<Val>) -> Low<Entry> {
    l.b.fresh_registers();
    l.locals.clear();
    l.context = Context::default();
    l.here = Region::After;
    l.asks_quiescence = false;
    let start = l.b.here();
    let value = make(l)?;
    let result = l.slot(value, shape);
    l.b.op(Op::Return {});
    Ok(Entry { start, result, quiescence: l.asks_quiescence, number: 0 })
}

fn compared(l: &mut Lower<'_>, what: &Compared) -> Low<ComparedBy> {
    Ok(match what {
        Compared::Value(e) => ComparedBy::Code(value(l, e)?),
        Compared::Variables(all) => ComparedBy::Bits(bits_of(l.layout, |kind| is_one_of(kind, all))),
    })
}

pub(crate) fn property(
    l: &mut Lower<'_>,
    index: usize,
    instances: &[Instance],
    faults: &FaultBudget,
) -> Low<Checked> {
    let properties = l.properties;
    let property = &properties[index];
    l.span = property.span;
    Ok(match &property.kind {
        PropertyKind::State(e) => Checked::State(condition(l, e)?),
        PropertyKind::Returns { holds, apart, would_be } => Checked::Returns {
            holds: condition(l, holds)?,
            apart: condition(l, apart)?,
            would_be: compared(l, would_be)?,
        },
        PropertyKind::Step(e) => Checked::Step(condition(l, e)?),
        PropertyKind::StepOf(each) => Checked::StepOf(steps_of(l, each, instances)?),
        PropertyKind::Idempotent { actions } => {
            Checked::Idempotent { instances: of_actions(instances, actions), mask: bits_of(l.layout, counts) }
        }
        PropertyKind::Converges(e, _) | PropertyKind::Eventually(e) => Checked::Parts(vec![condition(l, e)?]),
        PropertyKind::LeadsTo(from, to, _) => Checked::Parts(vec![condition(l, from)?, condition(l, to)?]),
        PropertyKind::Repairs { actions, informs, others, protected, handled } => Checked::Repairs {
            roles: instances.iter().map(|i| role(i, [actions, informs, others])).collect(),
            protected: compared(l, protected)?,
            handled: condition(l, handled)?,
        },
        PropertyKind::Refines(values) => {
            let values = values.iter().map(|e| value(l, e)).collect::<Low<_>>()?;
            Checked::Refines(values)
        }
        PropertyKind::MergeLaws(def) => Checked::Merge(super::meetings::merge(l, *def, instances, faults)?),
        PropertyKind::NotChecked(_) => Checked::Settled,
    })
}

/// Lowers an expression of any type as a piece of its own.
fn value(l: &mut Lower<'_>, e: &Expr) -> Low<Valued> {
    let shape = l.shape(e.ty)?;
    let entry = piece(l, &shape, &mut |l| l.expression(e))?;
    Ok(Valued { entry, words: shape.words })
}

/// What the steps of an instance are to a repair with these actions. Nodes that may restart are waited for.
fn role(instance: &Instance, [actions, informs, others]: [&[ActionId]; 3]) -> Role {
    match (instance.info.class, action_of(&instance.kind)) {
        (StepClass::Fault, _) => Role::None,
        (_, None) => Role::Other,
        (_, Some(action)) if actions.contains(&action) => Role::Own,
        (_, Some(action)) if informs.contains(&action) => Role::Informs,
        (_, Some(action)) if others.contains(&action) => Role::Other,
        (_, Some(_)) => Role::None,
    }
}

/// One entry for each instance of these actions.
fn steps_of(
    l: &mut Lower<'_>,
    each: &[(ActionId, Expr)],
    instances: &[Instance],
) -> Low<FxHashMap<u32, Entry>> {
    let mut entries = FxHashMap::default();
    for (id, e) in each {
        step_of(l, *id, instances, &mut entries, &mut |l| l.truth(e))?;
    }
    Ok(entries)
}

/// One entry for each instance of an action.
fn step_of(
    l: &mut Lower<'_>,
    id: ActionId,
    instances: &[Instance],
    entries: &mut FxHashMap<u32, Entry>,
    make: &mut dyn FnMut(&mut Lower<'_>) -> Low<Val>,
) -> Low<()> {
    for (number, instance) in instances.iter().enumerate() {
        if action_of(&instance.kind) != Some(id) {
            continue;
        }
        let flag = super::lower::expression::index_shape(2);
        let entry = piece(l, &flag, &mut |l| {
            let no = l.b.label();
            rebind(l, &instance.kind, no)?;
            let value = make(l)?;
            let src = l.slot(value, &flag);
            let result = l.b.register();
            l.b.op(Op::Move { dst: result, src });
            // A message whose ends are of other kinds is not delivered by this instance.
            l.b.bind(no);
            Ok(Val::Slot(result))
        })?;
        entries.insert(number as u32, entry);
    }
    Ok(())
}

fn of_actions(instances: &[Instance], actions: &[ActionId]) -> Vec<bool> {
    instances.iter().map(|i| action_of(&i.kind).is_some_and(|a| actions.contains(&a))).collect()
}

/// Everything counts but messages in flight and what properties remember.
fn counts(kind: VariableKind) -> bool {
    match kind {
        VariableKind::Link(_) | VariableKind::Pair(..) => false,
        VariableKind::State(_)
        | VariableKind::Field(..)
        | VariableKind::Up(_)
        | VariableKind::Side(_)
        | VariableKind::Paused(_)
        | VariableKind::Wall
        | VariableKind::Spent(..)
        | VariableKind::HasObserved(..)
        | VariableKind::Observed(..) => true,
    }
}

fn is_one_of(kind: VariableKind, some: &[Variable]) -> bool {
    match kind {
        VariableKind::State(s) => some.contains(&Variable::State(s)),
        VariableKind::Field(f, _) => some.contains(&Variable::NodeField(f)),
        VariableKind::Link(_)
        | VariableKind::Pair(..)
        | VariableKind::Up(_)
        | VariableKind::Side(_)
        | VariableKind::Paused(_)
        | VariableKind::Wall
        | VariableKind::Spent(..)
        | VariableKind::HasObserved(..)
        | VariableKind::Observed(..) => false,
    }
}

/// The bits of a state that belong to some variables.
fn bits_of(layout: &Layout, is_in: impl Fn(VariableKind) -> bool) -> Vec<u64> {
    let mut mask = vec![0; layout.words as usize];
    for variable in layout.variables.iter().filter(|v| is_in(v.kind)) {
        let Size { bits, words } = variable.size;
        let first = variable.bit as usize / 64;
        match words {
            0 if bits > 0 => mask[first] |= crate::model::form::shape::mask(bits) << (variable.bit % 64),
            0 => {}
            n => mask[first..first + n as usize].fill(u64::MAX),
        }
    }
    mask
}

/// `owner`: the property that it is a probe of.
pub(crate) fn probe(
    l: &mut Lower<'_>,
    owner: usize,
    probe: &Probe,
    instances: &[Instance],
) -> Low<CheckedProbe> {
    l.span = probe.span;
    Ok(match &probe.condition {
        ProbeCondition::State(e) => CheckedProbe::State(condition(l, e)?),
        ProbeCondition::Step(e) => CheckedProbe::Step(condition(l, e)?),
        ProbeCondition::Meets(_) => CheckedProbe::Meets(owner),
        ProbeCondition::Taken(actions) => CheckedProbe::Taken(of_actions(instances, actions)),
        ProbeCondition::StepOf(each) => CheckedProbe::StepOf(steps_of(l, each, instances)?),
    })
}

/// The blocks that apply a handler a second time: one for each handler and each list of its link.
pub(crate) fn replays(
    l: &mut Lower<'_>,
    instances: &[Instance],
    wanted: &[bool],
) -> Low<FxHashMap<(ActionId, u32), Replay>> {
    let mut made = FxHashMap::default();
    for (instance, _) in instances.iter().zip(wanted).filter(|(_, w)| **w) {
        let InstanceKind::Deliver { action, slot } = instance.kind else { continue };
        if made.contains_key(&(action, slot.list)) {
            continue;
        }
        let replay = replay(l, action, slot)?;
        made.insert((action, slot.list), replay);
    }
    Ok(made)
}

fn replay(l: &mut Lower<'_>, action: ActionId, slot: LinkSlot) -> Low<Replay> {
    l.b.fresh_registers();
    l.locals.clear();
    let (entry, end) = (l.b.here(), l.b.label());
    l.context = Context { silent: true, fail: Some(end), ..Context::default() };
    l.here = Region::Before;
    l.b.op(Op::SetFail { to: end });
    let ends = l.link_lists(slot.link)[slot.list as usize].ends;
    let envelope = Envelope { link: slot.link, at: Addr::of(l.b.map.envelope()), ends };
    if super::instances::receive(l, action, envelope, end)? {
        let body = &l.program.actions[action.index()].body;
        super::instances::begin(l, body.iter().any(super::lower::statement::chooses));
        l.statements(body)?;
        l.b.op(Op::Emit {});
    }
    l.b.bind(end);
    l.b.op(Op::Return {});
    Ok(Replay { entry, choices: std::mem::take(&mut l.context.choices) })
}
