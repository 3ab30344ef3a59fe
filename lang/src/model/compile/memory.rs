//! What `SameAsBefore` properties remember: a value at each step that begins something, compared when it ends.
//!
//! Enters: steps, while their blocks are made. Leaves: code that stores the value, and code that compares it.

use super::layout::action_locals;
use super::lower::{Addr, Low, Lower, Val};
use crate::analysis::program::{ActionId, Expr};
use crate::model::form::code::Op;
use crate::model::form::frame::Region;
use crate::model::form::layout::Memory;
use crate::model::form::shape::Kind;
use crate::obligations::property::PropertyKind;

/// At the end of a step that begins something: the value before it is remembered.
pub fn remember(l: &mut Lower<'_>, id: ActionId) -> Low<()> {
    let layout = l.layout;
    let properties = l.properties;
    for memory in &layout.memories {
        let PropertyKind::SameAsBefore { begins, value, .. } = &properties[memory.property].kind else {
            continue;
        };
        if !begins.contains(&id) {
            continue;
        }
        let here = std::mem::replace(&mut l.here, Region::Before);
        let before = l.expression(value);
        l.here = here;
        let some = {
            let before = before?;
            l.make_some(before, memory.option)?
        };
        let (to, shape) = (place(l, memory, id)?, l.shape(memory.option)?);
        l.write(to, some, &shape);
    }
    Ok(())
}

/// Where the value for the current parameters lies, in the current region.
fn place(l: &mut Lower<'_>, memory: &Memory, id: ActionId) -> Low<Addr> {
    let mut rank = Val::Const(0);
    let mut by = 1u64;
    for (name, ty) in &memory.keys {
        let local = action_locals(l.program, id).into_iter().find(|local| {
            let local = &l.program.locals[local.index()];
            local.name == *name && local.ty == *ty
        });
        let Some(local) = local else { continue };
        let value = l.local(local);
        let mine = l.rank(value, *ty)?;
        rank = l.scaled_sum(rank, mine, by);
        by = by.saturating_mul(l.shape(*ty)?.ranks.unwrap_or(1));
    }
    let start = l.variable(memory.bit);
    Ok(match rank {
        Val::Const(rank) => start.plus(memory.array.offset(rank as u32)),
        rank => {
            let (index, dst) = (l.number_slot(rank), l.b.register());
            let array = l.b.array(memory.array);
            l.b.op(Op::ElementOffset { dst, index, array });
            Addr { dynamic: Some(dst), limit: start.offset + memory.array.bits(), ..start }
        }
    })
}

/// Whether nothing was remembered, or the value is what it was. Lowered with the step's locals bound.
pub fn unchanged(l: &mut Lower<'_>, property: usize, id: ActionId, value: &Expr) -> Low<Val> {
    let layout = l.layout;
    let Some(memory) = layout.memories.iter().find(|m| m.property == property) else {
        return Ok(Val::Const(1));
    };
    let shape = l.shape(memory.option)?;
    let (result, end) = (l.b.register(), l.b.label());
    let (yes, no) = (l.b.constant(1), l.b.constant(0));
    l.b.op(Op::Move { dst: result, src: yes });
    l.here = Region::Before;
    let remembered = Val::Mem(place(l, memory, id)?);
    let flag = l.is_some(remembered, &shape);
    l.jump_on(flag, false, end);
    let then = match shape.kind {
        Kind::Option { .. } => l.unwrap(remembered, memory.option, Some(end))?,
        _ => remembered,
    };
    l.here = Region::After;
    let now = l.expression(value)?;
    let inner = l.shape(memory.value)?;
    l.equal_values(then, now, &inner, true, end)?;
    l.b.op(Op::Move { dst: result, src: no });
    l.b.bind(end);
    Ok(Val::Slot(result))
}
