//! Definitions of steps apart from those of members, so that a step can mean something else by a name than an invariant.
//!
//! Enters: a program. Leaves: the same, in which all that happens calls copies of the definitions.

use super::polarity::{Polarity, calls, in_steps};
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
    // What a merge says is said of the function that steps use.
    for def in program.resolutions.iter_mut().filter_map(|resolution| resolution.merge.as_mut()) {
        *def = copy(*def, first);
    }
    first
}

/// Makes definitions of steps weaker, from `first` on, and gives steps those that they had where they ask for the opposite
/// alone: there, weaker is what lets less through.
pub(super) fn weaker_where_asked(program: &mut Program, first: usize, weaker: Vec<(usize, Expr)>) {
    let all = program.defs.len() - first;
    let mut same = program.defs[first..].to_vec();
    for def in &mut same {
        let mut as_here = |def: &mut DefId, here: Polarity| {
            if here == Polarity::SO {
                *def = copy(*def, all);
            }
        };
        calls(&mut def.body, Polarity::SO, &mut as_here);
    }
    for (index, body) in weaker {
        program.defs[first + index].body = body;
    }
    let mut opposite = |def: &mut DefId, here: Polarity| {
        if here.is_opposite() {
            *def = copy(*def, all);
        }
    };
    for def in &mut program.defs[first..] {
        calls(&mut def.body, Polarity::SO, &mut opposite);
    }
    in_steps(&mut program.actions, &mut opposite);
    program.defs.extend(same);
}

fn copy(def: DefId, first: usize) -> DefId {
    DefId(def.0 + first as u32)
}

pub(super) fn call_copies(e: &mut Expr, first: usize) {
    if let ExprKind::Call(def, _) = &mut e.kind {
        *def = copy(*def, first);
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
