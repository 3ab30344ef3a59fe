//! Resolutions: what they do about a threatened invariant, and what their types promise about it.
//!
//! Enters: their trees. Leaves: their acts among the program's actions, and their clauses.

use super::analyser::Analyser;
use super::behaviour::{Act, fairness};
use super::check::Context;
use super::program::{ActionKind, Fairness, Local, LocalId, Stmt, StmtKind};
use crate::analysis::program::{Attempts, Token};
use crate::concepts::ResolutionType;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::syntax::tree::{self, Clause, ClauseKind, Concept, Name};

/// What a body has chosen by its end, whatever way it took.
pub(super) fn choices(body: &[Stmt]) -> Vec<LocalId> {
    let mut found = Vec::new();
    for stmt in body {
        if let StmtKind::Choose { binder, body } = &stmt.kind {
            found.push(binder.local);
            found.extend(choices(body));
        }
    }
    found
}

impl Analyser<'_, '_> {
    pub(super) fn resolution_acts(&mut self, c: &Concept, index: usize) {
        let default = fairness(c.fairness, Fairness::Weak);
        for clause in &c.clauses {
            let id = match &clause.kind {
                ClauseKind::Act { at, when, within, body } => {
                    let act = Act {
                        name: c.name.text.clone(),
                        kind: ActionKind::Resolution(index),
                        fairness: default,
                        docs: None,
                        span: clause.span,
                        at: at.as_ref(),
                        when: when.as_ref(),
                        within: within.as_ref(),
                        body,
                    };
                    Some(self.act(act, Vec::new()))
                }
                ClauseKind::On(handler) => self.handler(handler, None, Some(index), default),
                _ => None,
            };
            self.locals.clear();
            self.program.resolutions[index].actions.extend(id);
        }
    }

    pub(super) fn resolution(&mut self, c: &Concept, index: usize) {
        // The binder of `token` first: of a fence, what it protects stands in its scope.
        let (tokens, others): (Vec<&Clause>, Vec<&Clause>) =
            Self::own(c).partition(|clause| matches!(clause.kind, ClauseKind::Token { .. }));
        for clause in tokens.into_iter().chain(others) {
            self.resolution_clause(clause, index);
            self.locals.clear();
        }
        let key = Self::own(c).find_map(|clause| match &clause.kind {
            ClauseKind::Key(e) => Some(e),
            _ => None,
        });
        if let Some(key) = key {
            self.key(key, index);
        }
    }

    fn resolution_clause(&mut self, clause: &Clause, index: usize) {
        match &clause.kind {
            ClauseKind::Handles(names) => {
                let orders = self.program.orders.iter().map(|o| o.header.name.clone());
                let invariants = self.program.invariants.iter().map(|i| i.header.name.clone());
                let known: Vec<String> = orders.chain(invariants).collect();
                for name in names {
                    if known.contains(&name.text) {
                        let handled = (name.text.clone(), name.span);
                        self.program.resolutions[index].handles.push(handled);
                    } else {
                        self.unknown_member(name, "order or invariant", &known);
                    }
                }
            }
            ClauseKind::Attempts { value, limit } => {
                self.program.resolutions[index].attempts = Some(self.attempts(index, value, limit));
            }
            ClauseKind::Backoff(wait) => {
                self.program.resolutions[index].backoff = Some(wait.map(|w| w.nanos));
            }
            ClauseKind::Merge(name) => self.merge(name, index),
            ClauseKind::Protects(e) => {
                self.bound_elsewhere = self.bound_by_acts(index);
                let resolution = &self.program.resolutions[index];
                let binder = resolution.token.as_ref().and_then(|token| token.binder.as_ref());
                let local = binder.map(|b| b.local);
                if resolution.types().all(|ty| ty == ResolutionType::Fence) {
                    local.into_iter().for_each(|local| self.rebind(local));
                }
                let e = self.compared(e);
                self.bound_elsewhere.clear();
                self.program.resolutions[index].protects = Some(e);
            }
            ClauseKind::Restores(e) => {
                self.bound_elsewhere = self.bound_by_acts(index);
                let e = self.compared(e);
                self.bound_elsewhere.clear();
                self.program.resolutions[index].restores = Some(e);
            }
            ClauseKind::Since(name) => {
                let actions = self.actions_named(name).unwrap_or_default();
                self.program.resolutions[index].since.extend(actions);
            }
            ClauseKind::Undoes(name) => {
                let actions = self.actions_named(name).unwrap_or_default();
                self.program.resolutions[index].undoes.extend(actions);
            }
            // Once it is known which actions it is asked of.
            ClauseKind::Key(_) => {}
            ClauseKind::Token { value, binder } => {
                let binder = binder.as_ref().map(|b| self.binder(b));
                let value = self.infer(value, None);
                self.program.resolutions[index].token = Some(Token { value, binder });
            }
            ClauseKind::Write { action, value, .. } => {
                let write = self.write(action, value, clause.span, None);
                self.program.resolutions[index].writes.extend(write);
            }
            _ => {}
        }
    }

    /// In the scope of the first act.
    fn attempts(&mut self, index: usize, value: &tree::Expr, limit: &tree::Expr) -> Attempts {
        let typed = |c: &mut super::check::Checker<'_>| Attempts {
            counter: c.integer(value),
            limit: c.integer(limit),
        };
        match self.program.resolutions[index].actions.first().copied() {
            Some(id) => self.in_scope_of(id, Context::CLAUSE, typed),
            None => typed(self),
        }
    }

    /// The nodes that its acts name.
    fn bound_by_acts(&self, index: usize) -> Vec<Local> {
        let actions = self.program.resolutions[index].actions.iter();
        let at = actions.filter_map(|id| self.program.actions[id.index()].at);
        at.map(|at| self.program.locals[at.index()].clone()).collect()
    }

    /// `merge DEF`: two values of one type to a value of that type.
    fn merge(&mut self, name: &Name, index: usize) {
        let Some(id) = self.names.def(&name.text) else {
            let known: Vec<String> = self.program.defs.iter().map(|d| d.name.clone()).collect();
            if crate::analysis::calls::is_builtin(&name.text) {
                let words = format!(
                    "`{0}` is built in; a merge has a name: `def join(a: TYPE, b: TYPE) = {0}(a, b)`",
                    name.text
                );
                let d = Diagnostic::error(codes::MERGE, name.span, "expected the name of a `def`");
                self.report(d.help(words));
                return;
            }
            self.unknown_member(name, "definition", &known);
            return;
        };
        let def = &self.program.defs[id.index()];
        let types: Vec<_> = def.params.iter().map(|p| self.program.locals[p.index()].ty).collect();
        let (result, span) = (def.ty, def.span);
        match types[..] {
            [a, b] if a == b && self.program.types.fits(a, result) => {
                self.program.resolutions[index].merge = Some(id);
            }
            _ if self.is_error(result) => {}
            _ => {
                let words = format!(
                    "`{}` cannot merge: expected two values of one type, giving that type",
                    name.text
                );
                let d = Diagnostic::error(codes::MERGE, name.span, words).related(span, "the definition");
                self.report(d.help("declare it as `def NAME(a: TYPE, b: TYPE) = …`"));
            }
        }
    }
}
