//! Properties and probes as code.
//!
//! Enters: properties as typed expressions, the instances of a model. Leaves: entry points that the machine runs on a
//! state, or on a step, to judge them.

use super::instances::rebind;
use super::lower::link::Envelope;
use super::lower::{Addr, Context, Low, Lower, Val};
use crate::analysis::program::{ActionId, BinaryOp, Expr, ExprKind};
use crate::concepts::FaultBudget;
use crate::model::form::checked::{Checked, CheckedProbe, Entry, Replay};
use crate::model::form::code::Op;
use crate::model::form::frame::Region;
use crate::model::form::instance::{Instance, InstanceKind, LinkSlot, action_of};
use crate::model::form::layout::{Layout, VariableKind};
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind, Variable};
use rustc_hash::FxHashMap;

/// Lowers a condition as a piece of its own.
pub fn condition(l: &mut Lower<'_>, e: &Expr) -> Low<Entry> {
    piece(l, &mut |l| l.truth(e))
}

/// Lowers something with one truth value as a piece of its own; the slot is resolved when the code is finished.
fn piece(l: &mut Lower<'_>, make: &mut dyn FnMut(&mut Lower<'_>) -> Low<Val>) -> Low<Entry> {
    l.b.fresh_registers();
    l.locals.clear();
    l.context = Context::default();
    l.here = Region::After;
    l.asks_quiescence = false;
    let start = l.b.here();
    let value = make(l)?;
    let flag = super::lower::expression::index_shape(2);
    let result = l.slot(value, &flag);
    l.b.op(Op::Return {});
    Ok(Entry { start, result, quiescence: l.asks_quiescence, number: 0 })
}

pub fn property(
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
        PropertyKind::Step(e) => Checked::Step(condition(l, e)?),
        PropertyKind::StepOf(each) => Checked::StepOf(steps_of(l, each, instances)?),
        PropertyKind::SameAsBefore { ends, value, .. } => {
            let mut entries = FxHashMap::default();
            for id in ends {
                step_of(l, *id, instances, &mut entries, &mut |l| {
                    super::memory::unchanged(l, index, *id, value)
                })?;
            }
            Checked::StepOf(entries)
        }
        PropertyKind::Idempotent { actions, except } => Checked::Idempotent {
            instances: of_actions(instances, actions),
            mask: counted_bits(l.layout, except),
        },
        PropertyKind::Undoes { action, undo, value } => {
            let same = condition(l, &same_as_old(value))?;
            let undo = of_actions(instances, undo);
            let undo = (0..instances.len() as u32).filter(|i| undo[*i as usize]).collect();
            Checked::Undoes { done: of_actions(instances, action), undo, same }
        }
        PropertyKind::Converges(e) | PropertyKind::Eventually(e) => Checked::Parts(vec![condition(l, e)?]),
        PropertyKind::LeadsTo(from, to) => Checked::Parts(vec![condition(l, from)?, condition(l, to)?]),
        PropertyKind::MergeLaws(def) => Checked::Merge(super::meetings::merge(l, *def, instances, faults)?),
        PropertyKind::NotChecked(_) => Checked::Settled,
    })
}

/// `value == old(value)`
fn same_as_old(value: &Expr) -> Expr {
    let old = Expr { kind: ExprKind::Old(Box::new(value.clone())), ..value.clone() };
    let kind = ExprKind::Binary(BinaryOp::Equal, Box::new(value.clone()), Box::new(old));
    Expr { kind, ty: value.ty, span: value.span }
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
        let entry = piece(l, &mut |l| {
            let no = l.b.label();
            rebind(l, &instance.kind, no)?;
            let value = make(l)?;
            let flag = super::lower::expression::index_shape(2);
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

/// The bits of a state but those of messages in flight, of what properties remember, and of some variables.
fn counted_bits(layout: &Layout, except: &[Variable]) -> Vec<u64> {
    let mut mask = vec![u64::MAX; layout.words as usize];
    for variable in &layout.variables {
        let left_out = match variable.kind {
            VariableKind::Link(_) | VariableKind::Pair(..) | VariableKind::Remembered(_) => true,
            VariableKind::State(s) => except.contains(&Variable::State(s)),
            VariableKind::Field(f, _) => except.contains(&Variable::NodeField(f)),
            VariableKind::Up(_)
            | VariableKind::Side(_)
            | VariableKind::Spent(_)
            | VariableKind::HasObserved(..)
            | VariableKind::Observed(..) => false,
        };
        if !left_out {
            continue;
        }
        let (bits, words) = variable.size;
        let first = variable.bit as usize / 64;
        match words {
            0 if bits > 0 => mask[first] &= !(crate::model::form::shape::mask(bits) << (variable.bit % 64)),
            0 => {}
            n => mask[first..first + n as usize].fill(0),
        }
    }
    mask
}

/// `owner`: the property that it is a probe of.
pub fn probe(
    l: &mut Lower<'_>,
    (owner, probe): (usize, &Probe),
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
pub fn replays(
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
    let ends = l.link_lists(slot.link)[slot.list as usize].1;
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
