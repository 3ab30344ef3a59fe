//! Where what messages carry comes from: what somebody has in mind before a message says it.
//!
//! Enters: an expression over a message, in the names of a handler. Leaves: the same in the names of those who send it,
//! and, where they only forward it, of those who send that, and so on. What the sending step itself computes was in
//! nobody's mind before.

use super::build;
use crate::analysis::program::{
    ActionId, ActionKind, Binder, Expr, ExprKind, LocalId, MessageId, Place, PlaceRoot, Program, Stmt,
    StmtKind,
};
use crate::analysis::walk::Mentions;

/// An expression over a message, where that is sent.
pub(super) struct Sent {
    /// The step that sends it.
    pub action: ActionId,
    /// In the names of that step; `None`: of what the step has written before.
    pub value: Option<Expr>,
    /// As the statement says it: of what is so as it is sent.
    pub said: Expr,
    /// The binders that it stands in, outermost first.
    pub around: Vec<Binder>,
}

impl Sent {
    /// Whether it is an expression over a message again, which the step forwards.
    pub(super) fn is_forwarded(&self, program: &Program) -> bool {
        self.value.as_ref().is_some_and(|e| is_of_message(program, self.action, e))
    }
}

/// Whether it depends on the message that a handler takes.
pub(super) fn is_of_message(program: &Program, action: ActionId, e: &Expr) -> bool {
    let ActionKind::Handler { from, fields, .. } = &program.actions[action.index()].kind else {
        return false;
    };
    fields.iter().chain(from).any(|local| build::mentions(e, *local))
}

/// Where `e`, in the names of a handler, may come from: each step that sends it, and each that sends what is forwarded.
pub(super) fn origins(program: &mut Program, handler: ActionId, e: &Expr) -> Vec<Sent> {
    let mut all = Vec::new();
    let mut seen = vec![handler];
    let mut queue = vec![(handler, e.clone())];
    while let Some((handler, e)) = queue.pop() {
        for sent in senders(program, handler, &e) {
            if sent.is_forwarded(program) && !seen.contains(&sent.action) {
                seen.push(sent.action);
                queue.extend(sent.value.clone().map(|value| (sent.action, value)));
            }
            all.push(sent);
        }
    }
    all
}

/// The steps that send the message of a handler, with what `e` is then.
fn senders(program: &mut Program, handler: ActionId, e: &Expr) -> Vec<Sent> {
    let known = program.actions[handler.index()].clone();
    let ActionKind::Handler { message, from, fields, .. } = known.kind else { return Vec::new() };
    if !is_of_message(program, handler, e) {
        return Vec::new();
    }
    // A handler may send what it takes: its names are not those of the message that it sends.
    let mut e = e.clone();
    let names: Vec<Option<LocalId>> = fields.iter().map(|f| Some(*f)).chain([from, known.at]).collect();
    let fresh: Vec<Option<LocalId>> = names
        .into_iter()
        .map(|name| {
            let name = name?;
            let other = build::fresh(program, name);
            e = e.with_local(name, &build::local(program, other, e.span));
            Some(other)
        })
        .collect();
    let mut found = Vec::new();
    for (index, action) in program.actions.iter().enumerate() {
        each_send(&action.body, &Scope::default(), &mut |scope, stmt| {
            let StmtKind::Send { message: sent, fields, from, to, .. } = &stmt.kind else { return };
            if *sent != message {
                return;
            }
            let parts: Vec<&Expr> = fields.iter().chain([from, to]).collect();
            let value = as_sent((&e, &fresh), &parts, &|part| scope.before(part));
            let said = as_sent((&e, &fresh), &parts, &|part| Some(part.clone()));
            let said = said.unwrap_or_else(|| e.clone());
            found.push(Sent { action: ActionId(index as u32), value, said, around: scope.around.clone() });
        });
    }
    found
}

/// A message that a statement sends, whoever gets it.
pub(super) struct Sending {
    pub message: MessageId,
    /// In the names of the step.
    pub fields: Vec<SentField>,
}

/// What stands in a field of a message that is sent.
pub(super) struct SentField {
    /// As the statement says it.
    pub said: Expr,
    /// In values of before the step; `None`: the step writes or chooses what it is made of.
    pub before: Option<Expr>,
}

/// Everything that an action sends.
pub(super) fn sendings(program: &Program, action: ActionId) -> Vec<Sending> {
    let mut all = Vec::new();
    let body = &program.actions[action.index()].body;
    let written = Mentions::written(body);
    each_send(body, &Scope::default(), &mut |scope, stmt| {
        let StmtKind::Send { message, fields, .. } = &stmt.kind else { return };
        let known = |e: &Expr| {
            let chosen = scope.around.iter().any(|binder| build::mentions(e, binder.local));
            !chosen && !Mentions::of(program, e).overlap(&written)
        };
        let field = |said: &Expr| SentField { said: said.clone(), before: scope.before(said).filter(known) };
        all.push(Sending { message: *message, fields: fields.iter().map(field).collect() });
    });
    all
}

/// What is known where a statement stands.
#[derive(Clone, Default)]
struct Scope {
    /// What names stand for, in values of before the step.
    lets: Vec<(LocalId, Option<Expr>)>,
    /// Variables that have certainly been written as a whole.
    written: Mentions,
    around: Vec<Binder>,
}

impl Scope {
    /// The value that an expression had before the step.
    fn before(&self, part: &Expr) -> Option<Expr> {
        let mut e = part.clone();
        let mut known = !self.overwritten(&e);
        for (local, value) in self.lets.iter().rev() {
            if build::mentions(&e, *local) {
                match value {
                    Some(value) => e = e.with_local(*local, value),
                    None => known = false,
                }
            }
        }
        known.then_some(e)
    }

    fn overwritten(&self, e: &Expr) -> bool {
        let mut found = false;
        e.walk(&mut |part| match &part.kind {
            ExprKind::State(id) => found |= self.written.states.contains(id),
            ExprKind::NodeField { field, .. } => found |= self.written.node_fields.contains(field),
            _ => {}
        });
        found
    }
}

/// Every statement that sends, with what is known where it stands.
fn each_send(body: &[Stmt], outer: &Scope, visit: &mut dyn FnMut(&Scope, &Stmt)) {
    let mut scope = outer.clone();
    for stmt in body {
        match &stmt.kind {
            StmtKind::Assign { place: Place { root, path, .. }, .. } if path.is_empty() => match root {
                PlaceRoot::State(id) => scope.written.states.push(*id),
                PlaceRoot::NodeField { field, .. } => scope.written.node_fields.push(*field),
            },
            StmtKind::Let { local, value } => scope.lets.push((*local, scope.before(value))),
            StmtKind::Send { .. } => visit(&scope, stmt),
            StmtKind::For { binder, body } | StmtKind::Choose { binder, body, .. } => {
                let mut inner = scope.clone();
                inner.around.push(binder.clone());
                each_send(body, &inner, visit);
            }
            StmtKind::If { then, otherwise, .. } | StmtKind::Attempt { body: then, otherwise } => {
                each_send(then, &scope, visit);
                each_send(otherwise, &scope, visit);
            }
            _ => {}
        }
    }
}

/// An expression over a message with the parts of that as they are sent. `fresh`: what stands for fields, sender and
/// receiver in it.
fn as_sent(
    (e, fresh): (&Expr, &[Option<LocalId>]),
    parts: &[&Expr],
    known: &dyn Fn(&Expr) -> Option<Expr>,
) -> Option<Expr> {
    let mut e = e.clone();
    for (name, part) in fresh.iter().zip(parts) {
        if let Some(name) = name.filter(|name| build::mentions(&e, *name)) {
            e = e.with_local(name, &known(part)?);
        }
    }
    Some(e)
}
