//! `key EXPR`: what tells the attempts of a resolution apart, in every step of an attempt.
//!
//! Enters: an expression in the names of one clause, and the actions whose steps are of the attempts. Leaves: what it is in
//! each of them. A node, a field or a choice has other names there, so a name stands for what plays the same part: the node
//! that acts is the sender of what it sends; else what has the name and its type; else the one thing of that type, which a
//! number never is: it may count anything.

use super::analyser::Analyser;
use super::check::Context;
use super::program::{ActionId, ActionKind, Expr, ExprKind, LocalId, Program, Stmt, StmtKind, Type, TypeId};
use super::resolutions::choices;
use crate::concepts::ResolutionType;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::syntax::tree;

/// A key in the names of an action.
struct Said {
    action: ActionId,
    e: Expr,
    names: Vec<LocalId>,
}

impl Analyser<'_, '_> {
    /// Finds what a key is in every action that is a step of an attempt.
    pub(super) fn key(&mut self, key: &tree::Expr, index: usize) {
        let asked = self.of_attempts(index);
        let (mut by_name, mut first) = (Vec::new(), None);
        for id in &asked {
            let mark = self.diagnostics.len();
            let locals = self.all_locals(*id);
            let e = self.in_scope(locals, Context::WRITE, |c| c.compared(key));
            if self.diagnostics.len() > mark {
                let found = self.diagnostics.split_off(mark);
                first.get_or_insert(found);
            } else {
                by_name.push((*id, e));
            }
        }
        if by_name.is_empty() {
            self.diagnostics.extend(first.into_iter().flatten());
            return;
        }
        // Said in the names of its own acts, where it has some that know them.
        let own = self.program.resolutions[index].actions.clone();
        by_name.sort_by_key(|(id, _)| match (own.contains(id), is_handler(self.program, *id)) {
            (true, false) => 0,
            (true, true) => 1,
            (false, _) => 2,
        });
        let mut least = None;
        for (action, e) in by_name {
            let names = self.all_locals(action).into_iter().filter(|local| mentions(&e, *local)).collect();
            let said = Said { action, e, names };
            let mut known = Vec::new();
            let mut missing = Vec::new();
            for id in &asked {
                match self.in_names_of(&said, &asked, *id).or_else(|| self.as_sent(&said, *id)) {
                    Some(e) => known.push((*id, e)),
                    None if self.needs_key(index, *id) => missing.push(*id),
                    None => {}
                }
            }
            if missing.is_empty() {
                self.program.resolutions[index].key = known;
                return;
            }
            least.get_or_insert((said, missing));
        }
        if let Some((said, missing)) = least {
            missing.into_iter().for_each(|id| self.says_nothing(key, &said, id));
        }
    }

    /// The actions whose steps may be of an attempt: what it follows, its own, and who takes what these send.
    fn of_attempts(&self, index: usize) -> Vec<ActionId> {
        let resolution = &self.program.resolutions[index];
        let own = &resolution.actions;
        let mut all: Vec<ActionId> = Vec::new();
        let named = resolution.since.iter().chain(&resolution.undoes).chain(own).copied();
        for id in named.chain(self.program.deliveries(own)) {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        all
    }

    /// Parameters, fields, nodes and what its body chooses.
    fn all_locals(&self, id: ActionId) -> Vec<LocalId> {
        let mut locals = self.locals_of(id);
        locals.extend(choices(&self.program.actions[id.index()].body));
        locals
    }

    /// The key in the names of an action.
    fn in_names_of(&mut self, said: &Said, asked: &[ActionId], id: ActionId) -> Option<Expr> {
        if id == said.action {
            return Some(said.e.clone());
        }
        let acts: Vec<ActionId> = asked.iter().copied().filter(|a| !is_handler(self.program, *a)).collect();
        let sent = self.program.deliveries(&acts).contains(&id);
        let mut e = said.e.clone();
        let mut moves = Vec::new();
        for name in &said.names {
            let acting = !is_handler(self.program, said.action)
                && self.program.actions[said.action.index()].at == Some(*name);
            moves.push((*name, self.same_part(*name, id, acting && sent)?));
        }
        for (from, to) in moves {
            let known = &self.program.locals[to.index()];
            let to = Expr { kind: ExprKind::Local(to), ty: known.ty, span: e.span };
            e = e.with_local(from, &to);
        }
        Some(e)
    }

    /// A key of what a message carries, in the names of an action that sends it once: what it puts there.
    fn as_sent(&self, said: &Said, id: ActionId) -> Option<Expr> {
        let taker = &self.program.actions[said.action.index()];
        let ActionKind::Handler { message, fields, from, .. } = &taker.kind else { return None };
        let mut sends = Vec::new();
        let action = &self.program.actions[id.index()];
        let mut look = |stmt: &Stmt| {
            if let StmtKind::Send { message: sent, fields, from, to, .. } = &stmt.kind
                && sent == message
            {
                sends.push((fields.clone(), from.clone(), to.clone()));
            }
        };
        action.body.iter().for_each(|stmt| stmt.walk(&mut look));
        let [(values, sender, receiver)] = sends.as_slice() else { return None };
        let mut e = said.e.clone();
        for name in &said.names {
            let field = fields.iter().position(|field| field == name).and_then(|at| values.get(at));
            let sender = Some(sender).filter(|_| *from == Some(*name));
            let receiver = Some(receiver).filter(|_| taker.at == Some(*name));
            e = e.with_local(*name, field.or(sender).or(receiver)?);
        }
        let known = self.all_locals(id);
        let mut all = true;
        e.walk(&mut |e| all &= !matches!(e.kind, ExprKind::Local(local) if !known.contains(&local)));
        all.then_some(e)
    }

    /// What plays the part of a name in an action. `sender`: that comes first.
    fn same_part(&mut self, name: LocalId, id: ActionId, sender: bool) -> Option<LocalId> {
        let wanted = self.program.locals[name.index()].clone();
        let from = match self.program.types.get(wanted.ty) {
            Type::Node(_) => self.program.sender(id).filter(|from| self.is_alike(*from, wanted.ty)),
            _ => None,
        };
        if sender && from.is_some() {
            return from;
        }
        let alike = self.all_locals(id).into_iter().filter(|local| self.is_alike(*local, wanted.ty));
        let alike: Vec<LocalId> = alike.collect();
        let named = alike.iter().find(|l| self.program.locals[l.index()].name == wanted.name).copied();
        let at = self.program.actions[id.index()].at.filter(|at| alike.contains(at));
        let only = (alike.len() == 1).then(|| alike[0]);
        match self.program.types.get(wanted.ty) {
            Type::Node(_) => named.or(from).or(at).or(only),
            // A number of another name counts something else.
            Type::Int { .. } | Type::Bool => named,
            _ => named.or(only),
        }
    }

    fn is_alike(&self, local: LocalId, ty: TypeId) -> bool {
        let theirs = self.program.locals[local.index()].ty;
        let number = |ty| matches!(self.program.types.get(ty), Type::Int { .. });
        theirs == ty || number(theirs) && number(ty)
    }

    /// Whether nothing can be said of the attempts where it says nothing of an action. A message without its names is told
    /// from others by what it is, where it is only what an attempt has sent.
    fn needs_key(&self, index: usize, id: ActionId) -> bool {
        let resolution = &self.program.resolutions[index];
        let own = resolution.actions.contains(&id);
        let named = own || resolution.since.contains(&id) || resolution.undoes.contains(&id);
        resolution.types().any(|ty| match ty {
            ResolutionType::Abort | ResolutionType::Reject | ResolutionType::Compensate => named,
            ResolutionType::Dedupe => own,
            ResolutionType::Retry
            | ResolutionType::Merge
            | ResolutionType::Repair
            | ResolutionType::Fence => false,
        })
    }

    fn says_nothing(&mut self, key: &tree::Expr, said: &Said, id: ActionId) {
        let missing: Vec<LocalId> =
            said.names.iter().copied().filter(|name| self.same_part(*name, id, false).is_none()).collect();
        let Some(name) = missing.first().map(|name| self.program.locals[name.index()].clone()) else {
            return;
        };
        let action = &self.program.actions[id.index()];
        let what = match &action.kind {
            ActionKind::Handler { message, .. } => {
                format!("who takes `{}`", self.program.messages[message.index()].name)
            }
            _ => format!("`{}`", action.name),
        };
        let span = action.span;
        let ty = self.program.types.name(name.ty, self.program);
        let d = Diagnostic::error(
            codes::KEY,
            key.span,
            format!("the key says nothing of {what}: it has no `{}` of type {ty}", name.name),
        )
        .related(span, "a step of the attempt")
        .help(format!(
            "give it `{}`, as a parameter or a field, or take a key that all of them know",
            name.name
        ));
        self.report(d);
    }
}

fn is_handler(program: &Program, id: ActionId) -> bool {
    matches!(program.actions[id.index()].kind, ActionKind::Handler { .. })
}

fn mentions(e: &Expr, local: LocalId) -> bool {
    let mut found = false;
    e.walk(&mut |e| found |= matches!(e.kind, ExprKind::Local(l) if l == local));
    found
}
