//! Where values meet: the calls of a merge function that are possible in a state, and the function by itself.
//!
//! Enters: a definition of two values of one type, the instances of a model. Leaves: code that emits the two operands of
//! each call where it is made, and code that applies the function to any two values.
//! A block is that of its instance once more, which stops at each call to show its operands and then goes on.

use super::instances::again;
use super::lower::{Context, Low, Lower, Val};
use crate::analysis::program::{ActionId, DefId, LocalId, Program};
use crate::analysis::walk::Mentions;
use crate::concepts::FaultBudget;
use crate::model::form::checked::{Applied, Merge};
use crate::model::form::code::{Op, Slot};
use crate::model::form::frame::Region;
use crate::model::form::instance::{Instance, action_of};
use crate::model::form::shape::Shape;
use std::sync::Arc;

/// What is shown at a call: in these slots, where the flag is set.
#[derive(Debug, Clone)]
pub(crate) struct Meeting {
    pub def: DefId,
    shape: Arc<Shape>,
    flag: Slot,
    operands: [Slot; 2],
}

impl Meeting {
    /// Takes its slots, the same in every block.
    fn new(l: &mut Lower<'_>, def: DefId, shape: &Arc<Shape>) -> Meeting {
        l.b.fresh_registers();
        let flag = l.b.register();
        let operands = [(); 2].map(|()| l.b.registers_run(shape.words));
        Meeting { def, shape: shape.clone(), flag, operands }
    }
}

/// The function, and where its operands are shown; those that are the same in all blocks resolved when the code is done.
pub(crate) fn merge(
    l: &mut Lower<'_>,
    def: DefId,
    instances: &[Instance],
    faults: &FaultBudget,
) -> Low<Merge> {
    let applied = applied(l, def)?;
    let ty = applied.ty;
    let shape = l.shape(ty)?;
    let meeting = Meeting::new(l, def, &shape);
    let calls = callers(l.program, def);
    let start = l.b.here();
    let mut some = false;
    for instance in instances {
        if action_of(&instance.kind).is_some_and(|id| calls.contains(&id)) {
            l.meeting = Some(meeting.clone());
            let made = again(l, &instance.kind, faults, &mut |l| {
                Meeting::new(l, def, &shape);
            });
            l.meeting = None;
            made?;
            some = true;
        }
    }
    l.b.op(Op::Return {});
    let Meeting { flag, operands, .. } = meeting;
    Ok(Merge { applied, blocks: some.then_some(start), flag, whole: String::new(), operands })
}

/// The function by itself: from two packed values to one.
fn applied(l: &mut Lower<'_>, id: DefId) -> Low<Applied> {
    let def = &l.program.defs[id.index()];
    let ty = def.params.first().map_or(def.ty, |a| l.program.locals[a.index()].ty);
    l.b.fresh_registers();
    l.locals.clear();
    l.context = Context::default();
    l.here = Region::After;
    l.span = def.span;
    let shape = l.shape(ty)?;
    let operands = [(); 2].map(|()| l.b.registers_run(shape.words));
    let start = l.b.here();
    for (local, slot) in def.params.iter().zip(operands) {
        let value = l.packed(slot, &shape);
        l.locals.insert(*local, value);
    }
    let value = l.expression_as(&def.body, ty)?;
    let result = copied(l, value, &shape);
    l.b.op(Op::Return {});
    l.locals.clear();
    Ok(Applied { def: id, ty, words: shape.words, start, operands, result })
}

/// The packed value in slots of its own.
fn copied(l: &mut Lower<'_>, value: Val, shape: &Shape) -> Slot {
    let dst = l.b.registers_run(shape.words);
    let src = l.code_slot(value, shape);
    put(l, dst, src, shape);
    dst
}

fn put(l: &mut Lower<'_>, dst: Slot, src: Slot, shape: &Shape) {
    match shape.words {
        1 => l.b.op(Op::Move { dst, src }),
        words => l.b.op(Op::Copy { dst, src, words }),
    }
}

impl Lower<'_> {
    /// Shows the operands of a call, and goes on.
    pub(crate) fn meet(&mut self, values: &[(LocalId, Val)]) {
        let Some(meeting) = self.meeting.clone() else { return };
        for ((_, value), dst) in values.iter().zip(meeting.operands) {
            let src = self.code_slot(*value, &meeting.shape);
            put(self, dst, src, &meeting.shape);
        }
        let (fail, kept) = (self.b.map.fail(), self.b.register());
        let (one, zero) = (self.b.constant(1), self.b.constant(0));
        self.b.op(Op::Move { dst: kept, src: fail });
        self.b.op(Op::Move { dst: meeting.flag, src: one });
        let on = self.b.label();
        self.b.op(Op::SetFail { to: on });
        self.b.op(Op::Emit {});
        self.b.bind(on);
        self.b.op(Op::Move { dst: fail, src: kept });
        self.b.op(Op::Move { dst: meeting.flag, src: zero });
    }
}

/// The actions that may call a definition.
fn callers(program: &Program, def: DefId) -> Vec<ActionId> {
    let calls = |action: &crate::analysis::program::Action| {
        let mut mentions = Mentions::default();
        action.at_set.iter().chain(&action.guards).for_each(|e| mentions.read(program, e));
        for stmt in &action.body {
            stmt.walk(&mut |s| s.parts(&mut |e| mentions.read(program, e)));
        }
        mentions.defs.contains(&def)
    };
    let all = program.actions.iter().enumerate().filter(|(_, action)| calls(action));
    all.map(|(i, _)| ActionId(i as u32)).collect()
}
