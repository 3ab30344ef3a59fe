//! Which steps may change something, directly or by what they make possible.
//!
//! Enters: what is read. Leaves: the actions that may change it, or change what one of these depends on. By variables and
//! messages, not by values, so that more actions are found than need be and none is missed.

use crate::analysis::program::{Action, ActionId, ActionKind, Expr, MessageId, Program};
use crate::analysis::walk::Mentions;

/// The actions that count and may change what is read.
pub(super) fn reaching(
    program: &Program,
    mut reads: Mentions,
    counts: &dyn Fn(ActionId) -> bool,
) -> Vec<ActionId> {
    let mut all: Vec<ActionId> = Vec::new();
    loop {
        let known = all.len();
        for id in (0..program.actions.len() as u32).map(ActionId) {
            let action = &program.actions[id.index()];
            if all.contains(&id) || !counts(id) {
                continue;
            }
            let changes = Mentions::written(&action.body);
            let moves = changes.messages.iter().copied().chain(taken(&action.kind));
            let timed = Mentions::written(&action.timers).overlap(&reads);
            let possible =
                timed || changes.overlap(&reads) || moves.into_iter().any(|m| reads.messages.contains(&m));
            if possible || is_seen(program, action, &all) {
                all.push(id);
                depends(program, action, &mut reads);
            }
        }
        if all.len() == known {
            return all;
        }
    }
}

fn taken(kind: &ActionKind) -> Option<MessageId> {
    if let ActionKind::Handler { message, .. } = kind { Some(*message) } else { None }
}

/// A restart, which makes steps of its node possible; what a reconciler observes for an act that counts.
fn is_seen(program: &Program, action: &Action, counting: &[ActionId]) -> bool {
    match action.kind {
        ActionKind::Restart(_) => true,
        ActionKind::ReconcilerObserve { reconciler, .. } => counting.iter().any(|id| {
            let kind = &program.actions[id.index()].kind;
            matches!(kind, ActionKind::ReconcilerAct(own) if *own == reconciler)
        }),
        ActionKind::Client
        | ActionKind::Handler { .. }
        | ActionKind::Resolution(_)
        | ActionKind::ReconcilerAct(_)
        | ActionKind::ReconcilerLook(_)
        | ActionKind::Tick
        | ActionKind::Sync(_) => false,
    }
}

/// Adds what an action depends on: what its guards and its body read, the message that it takes and those before that.
fn depends(program: &Program, action: &Action, reads: &mut Mentions) {
    let mut read = |e: &Expr| reads.read(program, e);
    action.guards.iter().chain(&action.at_set).for_each(&mut read);
    if let ActionKind::ReconcilerObserve { values, .. } = &action.kind {
        values.iter().for_each(&mut read);
    }
    action.body.iter().for_each(|stmt| stmt.walk(&mut |stmt| stmt.parts(&mut read)));
    let Some(message) = taken(&action.kind) else { return };
    reads.messages.push(message);
    if let Some(link) = program.messages[message.index()].link.map(|link| &program.links[link.index()])
        && link.ordered
    {
        reads.messages.extend(&link.messages);
    }
}
