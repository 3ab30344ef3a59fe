//! Definitions of steps apart from those of members, so that a step can mean something else by a name than an invariant.
//!
//! Enters: a program. Leaves: the same, in which all that happens calls copies of the definitions.

use crate::analysis::program::{Action, ActionKind, DefId, Expr, ExprKind, Program};

/// Gives steps definitions of their own: that of definition n has the number that is returned plus n.
pub(super) fn apart(program: &mut Program) -> usize {
    let first = program.defs.len();
    let mut copies = program.defs.clone();
    copies.iter_mut().for_each(|def| call_copies(&mut def.body, first));
    program.defs.extend(copies);
    for action in &mut program.actions {
        expressions(action, &mut |e| call_copies(e, first));
    }
    first
}

pub(super) fn call_copies(e: &mut Expr, first: usize) {
    if let ExprKind::Call(def, _) = &mut e.kind {
        *def = DefId(def.0 + first as u32);
    }
    e.parts_mut(&mut |part| call_copies(part, first));
}

/// Every expression of an action, outermost ones.
fn expressions(action: &mut Action, visit: &mut dyn FnMut(&mut Expr)) {
    action.at_set.iter_mut().for_each(&mut *visit);
    action.guards.iter_mut().for_each(&mut *visit);
    if let ActionKind::ReconcilerObserve { values, .. } = &mut action.kind {
        values.iter_mut().for_each(&mut *visit);
    }
    action.body.iter_mut().for_each(|stmt| stmt.all_parts_mut(visit));
    action.timers.iter_mut().for_each(|stmt| stmt.all_parts_mut(visit));
}
