//! When nothing happens any more by itself, in a run and in the shadow beside it.
//!
//! Enters: a program as the author wrote it. Leaves: conditions over its state, and what somebody who has to act would
//! still do in the shadow although nothing is left to be done in the run.

use super::attempt::{any_node, count as values};
use super::reaching::reaching;
use super::shadow::Shadow;
use super::{Crashed, build};
use crate::analysis::program::{
    Action, ActionId, ActionKind, BinaryOp, Binder, Expr, ExprKind, Fairness, Flight, LocalId, MessageId,
    NodeId, Program, Stmt, StmtKind, Type,
};
use crate::analysis::symmetry::may_trap;
use crate::analysis::walk::Mentions;
use crate::span::Span;

/// Nothing that matters can happen any more unless a client or a fault begins it: what differs now differs for ever. With
/// clocks something always can.
pub(super) fn is_over(
    program: &mut Program,
    original: &Program,
    crashed: Crashed,
    protected: Mentions,
    span: Span,
) -> Expr {
    let timed = original.states.iter().any(|state| state.time.is_some())
        || original.node_fields.iter().any(|field| field.time.is_some());
    if timed {
        return build::boolean(program, ExprKind::Bool(false), span);
    }
    let up = all_up(program, original, crashed, span);
    let rest = at_rest(program, original, protected, span);
    build::and(program, up, rest)
}

/// All nodes are up that come back.
pub(super) fn all_up(program: &mut Program, original: &Program, crashed: Crashed, span: Span) -> Expr {
    let mut all = build::truth(program, span);
    for index in (0..original.nodes.len()).filter(|kind| crashed.come_back(*kind)) {
        let binder = any_node(program, NodeId(index as u32), span);
        let node = build::local(program, binder.local, span);
        let up = build::boolean(program, ExprKind::Up(Box::new(node)), span);
        let up = build::all(program, Some(&binder), up);
        all = build::and(program, all, up);
    }
    all
}

/// No fair step is possible that changes something which can matter: what is protected, a message, or what either waits
/// for. What goes round beside them says nothing.
pub(super) fn at_rest(program: &mut Program, original: &Program, protected: Mentions, span: Span) -> Expr {
    let messages = (0..original.messages.len() as u32).map(MessageId).collect();
    let matter = reaching(original, Mentions { messages, ..protected }, &|_| true);
    let mut all = build::truth(program, span);
    for (index, action) in original.actions.iter().enumerate() {
        if !matter.contains(&ActionId(index as u32)) {
            continue;
        }
        if action.fairness == Fairness::Unfair || restarts(action) {
            continue;
        }
        let mut possible = enabled(program, action);
        // A delivery takes the message away; what is observed is no statement.
        if !matches!(action.kind, ActionKind::Handler { .. } | ActionKind::ReconcilerObserve { .. }) {
            let changes = super::changes::changes(program, &action.body, span);
            possible = build::and(program, possible, changes);
        }
        let some = super::instances::some(program, ActionId(index as u32), possible);
        let none = build::not(program, some);
        all = build::and(program, all, none);
    }
    all
}

/// The guards of an action and where it runs, in its locals.
pub(super) fn enabled(program: &mut Program, action: &Action) -> Expr {
    let span = action.span;
    let mut all = build::truth(program, span);
    if let Some(at) = action.at.filter(|_| !restarts(action)) {
        let node = build::local(program, at, span);
        all = build::boolean(program, ExprKind::Up(Box::new(node.clone())), span);
        if let Some(set) = &action.at_set {
            let inside = build::binary(program, BinaryOp::In, node, set.clone());
            all = build::and(program, all, inside);
        }
    }
    for guard in asked(action) {
        all = build::and(program, all, guard.clone());
    }
    all
}

/// It is the restart of its node, which is down before.
pub(super) fn restarts(action: &Action) -> bool {
    matches!(action.kind, ActionKind::Restart(_))
}

/// Its guards, and what its body requires before anything else.
pub(super) fn asked(action: &Action) -> impl Iterator<Item = &Expr> {
    let required = action.body.iter().map_while(|stmt| match &stmt.kind {
        StmtKind::Require(condition) => Some(condition),
        _ => None,
    });
    action.guards.iter().chain(required)
}

/// Who has to act acts on what is so where it is: a client decides for itself, a message is there or not, and time and
/// restarts are the same everywhere.
pub(super) fn reacts(action: &Action) -> bool {
    let decides = match action.kind {
        ActionKind::Client
        | ActionKind::Resolution(_)
        | ActionKind::ReconcilerAct(_)
        | ActionKind::ReconcilerLook(_)
        | ActionKind::ReconcilerObserve { .. } => true,
        ActionKind::Handler { .. } | ActionKind::Restart(_) | ActionKind::Tick | ActionKind::Sync(_) => false,
    };
    decides && action.fairness != Fairness::Unfair
}

/// Those who have to act and may change what is protected, if only by what that makes possible.
pub(super) struct Due {
    actions: Vec<ActionId>,
    /// Handlers that may.
    handlers: Vec<ActionId>,
    protected: Mentions,
    span: Span,
}

/// A step may be due only after another one.
const ROUNDS: usize = 3;

impl Due {
    /// `own`: the steps of the attempts themselves. `None`: there is nobody.
    pub(super) fn new(original: &Program, protected: &Mentions, own: &[ActionId], span: Span) -> Option<Due> {
        let may = |id: ActionId| !own.contains(&id) && reacts(&original.actions[id.index()]);
        let actions = reaching(original, protected.clone(), &may);
        let taken = |id: ActionId| {
            let handles = matches!(original.actions[id.index()].kind, ActionKind::Handler { .. });
            !own.contains(&id) && (handles || may(id))
        };
        let takes = |id: &ActionId| matches!(original.actions[id.index()].kind, ActionKind::Handler { .. });
        let mut handlers = reaching(original, protected.clone(), &taken);
        handlers.retain(takes);
        (!actions.is_empty() || !handlers.is_empty()).then(|| Due {
            actions,
            handlers,
            protected: protected.clone(),
            span,
        })
    }

    /// Nothing that matters happens in the run any more unless a client or a fault begins it.
    pub(super) fn still(&self, program: &mut Program, original: &Program, crashed: Crashed) -> Expr {
        let up = all_up(program, original, crashed, self.span);
        let rest = at_rest(program, original, self.protected.clone(), self.span);
        build::and(program, up, rest)
    }

    /// Somebody still has to act in the shadow.
    pub(super) fn some(&self, program: &mut Program, original: &Program, shadow: &Shadow) -> Expr {
        let mut any = build::boolean(program, ExprKind::Bool(false), self.span);
        for action in &self.actions {
            let due = shadow.is_due(program, original, *action);
            let some = super::instances::some(program, *action, due);
            any = build::or(program, any, some);
        }
        any
    }

    /// A message is left there that somebody would take: one that nobody takes stays for ever, there as here.
    pub(super) fn waits(&self, program: &mut Program, original: &Program, shadow: &Shadow) -> Expr {
        let mut any = build::boolean(program, ExprKind::Bool(false), self.span);
        for handler in &self.handlers {
            let known = &original.actions[handler.index()];
            let ActionKind::Handler { message, from, fields, .. } = &known.kind else { continue };
            let (some, binders) = self.takeable(program, known, (*message, fields), *from);
            let there = shadow.expr(&some);
            let some = binders.iter().rev().fold(there, |e, binder| build::some(program, Some(binder), e));
            any = build::or(program, any, some);
        }
        any
    }

    /// Some message that a handler would take, from and to the nodes of the binders. Where its guards may have no value,
    /// any message is one.
    fn takeable(
        &self,
        program: &mut Program,
        handler: &Action,
        (message, fields): (MessageId, &[LocalId]),
        sender: Option<LocalId>,
    ) -> (Expr, Vec<Binder>) {
        let mut taken = enabled(program, handler);
        if may_trap(program, &taken) {
            taken = build::truth(program, self.span);
        }
        let mut theirs = Vec::new();
        for field in fields {
            let other = build::fresh(program, *field);
            taken = taken.with_local(*field, &build::local(program, other, self.span));
            theirs.push(other);
        }
        let mut binders = Vec::new();
        let mut ends = [sender, handler.at].map(|end| {
            let end = end.filter(|end| build::mentions(&taken, *end))?;
            let binder = any_like(program, end, self.span);
            let node = build::local(program, binder.local, self.span);
            taken = taken.with_local(end, &node);
            binders.push(binder);
            Some(Box::new(node))
        });
        let [from, to] = [ends[0].take(), ends[1].take()];
        let number = build::in_flight(program, message, self.span);
        let flight = Flight { message, from, to, fields: theirs, filter: Some(Box::new(taken)) };
        let number = Expr { kind: ExprKind::InFlightWhere(flight), ..number };
        let none = build::int(program, 0, self.span);
        (build::binary(program, BinaryOp::Greater, number, none), binders)
    }

    /// What is due in the shadow happens there, where nothing is to be chosen: by a step, or by somebody among the values of
    /// its parameters.
    pub(super) fn done(&self, program: &mut Program, original: &Program, shadow: &Shadow) -> Vec<Stmt> {
        let mut all = Vec::new();
        for action in &self.actions {
            let known = &original.actions[action.index()];
            let mut chooses = !are_few(program, original, known);
            let choice = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Choose { .. });
            known.body.iter().for_each(|stmt| stmt.walk(&mut |stmt| chooses |= choice(stmt)));
            if !chooses {
                all.push(self.taken(program, original, shadow, *action));
            }
        }
        std::iter::repeat_n(all, ROUNDS).flatten().collect()
    }

    fn taken(&self, program: &mut Program, original: &Program, shadow: &Shadow, action: ActionId) -> Stmt {
        let span = self.span;
        let known = &original.actions[action.index()];
        let due = shadow.is_due(program, original, action);
        let only = only(program, &known.params, &due);
        let condition = build::and(program, due, only);
        let then = shadow.taken(program, original, action);
        let step = Stmt { kind: StmtKind::If { condition, then, otherwise: Vec::new() }, span };
        let locals = known.params.iter().rev().chain(&known.at);
        locals.fold(step, |step, local| self.for_each(program, *local, step))
    }

    /// A step for each value of one of its locals.
    fn for_each(&self, program: &mut Program, local: LocalId, step: Stmt) -> Stmt {
        let span = self.span;
        let binder = any_like(program, local, span);
        let element = build::local(program, binder.local, span);
        let mut step = step;
        step.all_parts_mut(&mut |e| *e = e.with_local(local, &element));
        Stmt { kind: StmtKind::For { binder, body: vec![step] }, span }
    }
}

/// As many values of parameters are tried one after the other.
fn are_few(program: &Program, original: &Program, action: &Action) -> bool {
    const MOST: u64 = 64;
    let values = action.params.iter().map(|local| values(program, original.locals[local.index()].ty));
    values.fold(1, u64::saturating_mul) <= MOST
}

/// No other values of the parameters satisfy the condition.
fn only(program: &mut Program, params: &[LocalId], condition: &Expr) -> Expr {
    let span = condition.span;
    let (mut other, mut binders) = (condition.clone(), Vec::new());
    let mut differs = build::boolean(program, ExprKind::Bool(false), span);
    for local in params {
        let binder = any_like(program, *local, span);
        let theirs = build::local(program, binder.local, span);
        let mine = build::local(program, *local, span);
        other = other.with_local(*local, &theirs);
        let apart = build::differs(program, mine, theirs);
        differs = build::or(program, differs, apart);
        binders.push(binder);
    }
    let found = build::and(program, differs, other);
    let found = binders.iter().rev().fold(found, |e, binder| build::some(program, Some(binder), e));
    build::not(program, found)
}

/// Every value that a local may have.
fn any_like(program: &mut Program, local: LocalId, span: Span) -> Binder {
    let ty = program.locals[local.index()].ty;
    let other = build::fresh(program, local);
    let set_ty = program.types.intern(Type::Set(ty));
    let set = Expr { kind: ExprKind::TypeSet(ty), ty: set_ty, span };
    Binder { local: other, set: Box::new(set), filter: None, span }
}
