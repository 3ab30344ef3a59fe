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
    for index in 0..program.actions.len() {
        let mut walk =
            Walk { message, e: &e, fresh: &fresh, action: ActionId(index as u32), found: &mut found };
        walk.body(&program.actions[index].body, &Scope::default());
    }
    found
}

/// What is known where a statement stands.
#[derive(Clone, Default)]
struct Scope {
    /// What names stand for, in values of before the step.
    lets: Vec<(LocalId, Option<Expr>)>,
    /// Variables that have certainly been written.
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

/// The field of a record that stands there itself is what stands in it.
fn fields_of_records(e: &mut Expr) {
    e.parts_mut(&mut fields_of_records);
    if let ExprKind::Field(record, number) = &e.kind
        && let ExprKind::Record(_, values) = &record.kind
    {
        *e = values[*number as usize].clone();
    }
}

struct Walk<'w> {
    message: MessageId,
    e: &'w Expr,
    /// What stands for fields, sender and receiver in `e`.
    fresh: &'w [Option<LocalId>],
    action: ActionId,
    found: &'w mut Vec<Sent>,
}

impl Walk<'_> {
    fn body(&mut self, body: &[Stmt], outer: &Scope) {
        let mut scope = outer.clone();
        for stmt in body {
            match &stmt.kind {
                StmtKind::Assign { place: Place { root, path, .. }, .. } if path.is_empty() => match root {
                    PlaceRoot::State(id) => scope.written.states.push(*id),
                    PlaceRoot::NodeField { field, .. } => scope.written.node_fields.push(*field),
                },
                StmtKind::Let { local, value } => scope.lets.push((*local, scope.before(value))),
                StmtKind::Send { message, fields, from, to, .. } if *message == self.message => {
                    let parts: Vec<&Expr> = fields.iter().chain([from, to]).collect();
                    let value = self.sent(&parts, &|part| scope.before(part));
                    let said = self.sent(&parts, &|part| Some(part.clone()));
                    let said = said.unwrap_or_else(|| self.e.clone());
                    let around = scope.around.clone();
                    self.found.push(Sent { action: self.action, value, said, around });
                }
                StmtKind::For { binder, .. } | StmtKind::Choose { binder, .. } => {
                    let mut inner = scope.clone();
                    inner.around.push(binder.clone());
                    self.inner(stmt, &inner);
                }
                _ => self.inner(stmt, &scope),
            }
        }
    }

    fn inner(&mut self, stmt: &Stmt, scope: &Scope) {
        let (StmtKind::If { then, otherwise, .. } | StmtKind::Attempt { body: then, otherwise }) = &stmt.kind
        else {
            let (StmtKind::For { body, .. } | StmtKind::Choose { body, .. }) = &stmt.kind else { return };
            return self.body(body, scope);
        };
        self.body(then, scope);
        self.body(otherwise, scope);
    }

    /// `e` with the parts of the message as they are sent.
    fn sent(&self, parts: &[&Expr], known: &dyn Fn(&Expr) -> Option<Expr>) -> Option<Expr> {
        let mut e = self.e.clone();
        for (name, part) in self.fresh.iter().zip(parts) {
            if let Some(name) = name.filter(|name| build::mentions(&e, *name)) {
                e = e.with_local(name, &known(part)?);
            }
        }
        fields_of_records(&mut e);
        Some(e)
    }
}
