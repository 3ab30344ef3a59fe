//! Views: fields that are copies of something and lag behind.
//!
//! Enters: the fields that say `= view of EXPR`. Leaves: the steps with which each comes to show something newer, what a
//! restart and a `stale` make of it, and the version before the current one, which is remembered behind the scenes.
//! A view shows what was current at some time. It comes to show the current version sooner or later, may skip versions,
//! and of those that it missed may still see the last one; after a restart, unless it is `fresh`, and where it is `stale`, it
//! goes back to that one. (The three ways in which controllers go wrong by that: Sun, Luo, Gu and others, Automatic
//! Reliability Testing for Cluster Management Controllers, OSDI 2022.)

use super::analyser::Analyser;
use super::program::{
    Action, ActionKind, AtCrash, AtNode, BinaryOp, Binder, Expr, ExprKind, Fairness, Init, LocalId, Loss,
    NodeFieldId, NodeId, PlaceRoot, STALE, State, StateId, Stmt, StmtKind, Timekeeper, View,
};
use super::walk::Mentions;
use crate::concepts::Fault;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;

/// A view, and where the version before the current one is kept.
struct Lagging {
    index: usize,
    kind: NodeId,
    view: View,
    before: StateId,
    span: Span,
}

impl Analyser<'_, '_> {
    /// Adds what views do; returns what [`Analyser::remember_versions`] needs once all steps are known.
    pub(super) fn lag(&mut self) -> Vec<(Expr, StateId)> {
        self.views_in_order();
        let mut all = Vec::new();
        for (index, view) in self.program.views.clone().into_iter().enumerate() {
            let field = self.program.node_fields[view.field.index()].clone();
            let before = StateId(self.program.states.len() as u32);
            self.program.states.push(State {
                name: format!("{} before", field.name),
                ty: field.ty,
                ghost: false,
                time: Some(Timekeeper::Timer),
                init: Init::Default,
                docs: None,
                span: field.span,
            });
            all.push(Lagging { index, kind: field.node, view, before, span: field.span });
        }
        for lagging in &all {
            self.begin_current(lagging);
            self.sync(lagging);
            self.wiped(lagging);
        }
        let mut kinds: Vec<NodeId> = all.iter().map(|l| l.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let here: Vec<&Lagging> = all.iter().filter(|l| l.kind == kind).collect();
            self.restarted(kind, &here);
            self.stale(kind, &here);
        }
        all.into_iter().map(|l| (l.view.of, l.before)).collect()
    }

    /// A view of a view stands behind it, so that no two show each other.
    fn views_in_order(&mut self) {
        let views = self.program.views.clone();
        for (i, view) in views.iter().enumerate() {
            let read = Mentions::of(self.program, &view.of).node_fields;
            if views[i..].iter().any(|later| read.contains(&later.field)) {
                let d =
                    Diagnostic::error(codes::VIEW, view.of.span, "this view shows itself, or one behind it");
                self.report(d.help("a view may show another one that is declared before it"));
            }
        }
        for field in self.program.node_fields.clone() {
            let Init::Computed { value, .. } = field.init else { continue };
            let read = Mentions::of(self.program, &value).node_fields;
            if views.iter().any(|view| read.contains(&view.field)) {
                let words = "a field that begins with what a view shows is no copy of it";
                let d = Diagnostic::error(codes::VIEW, value.span, words);
                self.report(d.help("make it a view of the same, or set it in `on restart`"));
            }
        }
    }

    /// Behind every step that may change what is shown, the version before is the one that was current.
    pub(super) fn remember_versions(&mut self, views: Vec<(Expr, StateId)>) {
        for (of, before) in views {
            let reads = Mentions::of(self.program, &of);
            let span = of.span;
            let old = Expr { kind: ExprKind::Old(Box::new(of.clone())), ..of.clone() };
            let condition = self.joined(BinaryOp::NotEqual, of, old.clone());
            let then = vec![self.assigned(PlaceRoot::State(before), old)];
            let stmt = Stmt { kind: StmtKind::If { condition, then, otherwise: Vec::new() }, span };
            let may = |body: &[Stmt], timers: &[Stmt]| {
                reads.surroundings
                    || reads.overlap(&Mentions::written(body))
                    || reads.overlap(&Mentions::written(timers))
            };
            for action in &mut self.program.actions {
                if may(&action.body, &action.timers) {
                    action.timers.push(stmt.clone());
                }
            }
            for more in &mut self.program.at_node {
                if may(&more.body, &more.timers) {
                    more.timers.push(stmt.clone());
                }
            }
            self.program.behind_faults.push(stmt);
        }
    }

    fn begin_current(&mut self, l: &Lagging) {
        let node = self.node_local("n", l.kind, l.span);
        let shown = self.assigned(self.field_at(node, l.view.field, l.span), l.view.of.clone());
        let ty = self.program.locals[node.index()].ty;
        let set = self.all_of(ty, l.span);
        let binder = Binder { local: node, set: Box::new(set), filter: None, span: l.span };
        let before = self.assigned(PlaceRoot::State(l.before), l.view.of.clone());
        let every = Stmt { kind: StmtKind::For { binder, body: vec![shown] }, span: l.span };
        self.program.first_shown.extend([every, before]);
    }

    /// It shows what is current, or of what it missed the last version.
    fn sync(&mut self, l: &Lagging) {
        let node = self.node_local("n", l.kind, l.span);
        let shown = self.shown_at(node, l);
        let behind = self.joined(BinaryOp::NotEqual, shown.clone(), l.view.of.clone());
        let missed = {
            let before = self.before(l);
            self.joined(BinaryOp::NotEqual, before, shown)
        };
        let missed = Expr { kind: ExprKind::Old(Box::new(missed.clone())), ..missed };
        let before = self.before(l);
        let other = self.joined(BinaryOp::NotEqual, before, l.view.of.clone());
        let late = self.joined(BinaryOp::And, missed, other);
        let current = self.assigned(self.field_at(node, l.view.field, l.span), l.view.of.clone());
        let before = self.before(l);
        let back = self.assigned(self.field_at(node, l.view.field, l.span), before);
        let stale = self.or_stale(late, vec![back], l.span);
        let body = vec![current, stale];
        let name = format!("{} observe", self.program.node_fields[l.view.field.index()].name);
        self.program.actions.push(Action {
            name,
            kind: ActionKind::Sync(l.index),
            fairness: Fairness::Weak,
            params: Vec::new(),
            at: Some(node),
            at_set: None,
            guards: vec![behind],
            within: None,
            body,
            timers: Vec::new(),
            docs: None,
            span: l.span,
        });
    }

    /// A way on, and where it is possible another, which lines and labels call [`STALE`].
    fn or_stale(&mut self, possible: Expr, then: Vec<Stmt>, span: Span) -> Stmt {
        let bools = self.bool_type();
        let local = self.new_local(STALE, bools, span);
        let is_stale = self.local_expr(local, span);
        let current = self.not(is_stale.clone());
        let filter = self.joined(BinaryOp::Or, current, possible);
        let set = self.all_of(bools, span);
        let binder = Binder { local, set: Box::new(set), filter: Some(Box::new(filter)), span };
        let stmt = StmtKind::If { condition: is_stale, then, otherwise: Vec::new() };
        Stmt { kind: StmtKind::Choose { binder, body: vec![Stmt { kind: stmt, span }] }, span }
    }

    /// A disk that is lost takes a durable view with it, which begins again with what is current.
    fn wiped(&mut self, l: &Lagging) {
        if self.program.node_fields[l.view.field.index()].volatile {
            return;
        }
        let node = self.node_local("n", l.kind, l.span);
        let current = self.assigned(self.field_at(node, l.view.field, l.span), l.view.of.clone());
        self.program.at_crash.push(AtCrash {
            node: l.kind,
            loss: Loss::Disk,
            local: node,
            body: vec![current],
        });
    }

    /// A restart reads anew, from whoever answers: what is current, or the version before.
    fn restarted(&mut self, kind: NodeId, here: &[&Lagging]) {
        let span = here.first().map_or(Span::default(), |l| l.span);
        let id = match self.program.recovery(kind) {
            Some(id) => id,
            None => {
                let node = self.node_local("n", kind, span);
                self.restart(kind, node, None, span)
            }
        };
        let Some(at) = self.program.actions[id.index()].at else { return };
        let lost = |f: &Self, l: &&&Lagging| f.program.node_fields[l.view.field.index()].volatile;
        let read: Vec<&&Lagging> = here.iter().filter(|l| lost(self, l)).collect();
        let mut body = Vec::new();
        for l in &read {
            body.push(self.assigned(self.field_at(at, l.view.field, l.span), l.view.of.clone()));
        }
        let old: Vec<&&Lagging> = read.into_iter().filter(|l| !l.view.fresh).collect();
        let (mut possible, mut then): (Option<Expr>, Vec<Stmt>) = (None, Vec::new());
        for l in old {
            let before = self.before(l);
            let other = self.joined(BinaryOp::NotEqual, before, l.view.of.clone());
            let before = self.before(l);
            then.push(self.assigned(self.field_at(at, l.view.field, l.span), before));
            possible = Some(match possible {
                Some(known) => self.joined(BinaryOp::Or, known, other),
                None => other,
            });
        }
        body.extend(possible.map(|possible| self.or_stale(possible, then, span)));
        self.program.actions[id.index()].body.splice(0..0, body);
    }

    /// What shows the current version shows the one before again.
    fn stale(&mut self, kind: NodeId, here: &[&Lagging]) {
        let span = here.first().map_or(Span::default(), |l| l.span);
        let node = self.node_local("n", kind, span);
        let (mut possible, mut timers): (Option<Expr>, Vec<Stmt>) = (None, Vec::new());
        for l in here {
            let (shown, before) = (self.shown_at(node, l), self.before(l));
            let current = self.joined(BinaryOp::Equal, shown, l.view.of.clone());
            let other = self.joined(BinaryOp::NotEqual, before.clone(), l.view.of.clone());
            let condition = self.joined(BinaryOp::And, current, other);
            let then = vec![self.assigned(self.field_at(node, l.view.field, l.span), before)];
            let goes_back = StmtKind::If { condition: condition.clone(), then, otherwise: Vec::new() };
            timers.push(Stmt { kind: goes_back, span });
            possible = Some(match possible {
                Some(known) => self.joined(BinaryOp::Or, known, condition),
                None => condition,
            });
        }
        let (fault, guards) = (Fault::Stale, possible.into_iter().collect());
        self.program.at_node.push(AtNode {
            fault,
            node: kind,
            local: node,
            guards,
            body: Vec::new(),
            timers,
        });
    }

    // ---- expressions ----

    fn field_at(&self, node: LocalId, field: NodeFieldId, span: Span) -> PlaceRoot {
        PlaceRoot::NodeField { node: Box::new(self.local_expr(node, span)), field }
    }

    fn shown_at(&self, node: LocalId, l: &Lagging) -> Expr {
        let node = Box::new(self.local_expr(node, l.span));
        let ty = self.program.node_fields[l.view.field.index()].ty;
        Expr { kind: ExprKind::NodeField { node, field: l.view.field }, ty, span: l.span }
    }

    fn before(&self, l: &Lagging) -> Expr {
        let ty = self.program.states[l.before.index()].ty;
        Expr { kind: ExprKind::State(l.before), ty, span: l.span }
    }
}
