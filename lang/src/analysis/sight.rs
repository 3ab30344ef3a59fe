//! What a reconciler sees of its drift.
//!
//! Enters: reconcilers with their drift and their acts. Leaves: a guard for each act without a `when`, which acts while
//! there is drift as far as it can see. `drift` is the goal, and nobody knows by himself whether it is reached: an act
//! sees what it observed, its own node where that is the only one of its kind, and global state. What else the drift
//! reads is an error that says what to observe.

use super::alike::{DEEPEST, open, plain};
use super::analyser::Analyser;
use super::check::Context;
use super::program::{
    Action, ActionId, ActionKind, Builtin, DefId, Expr, ExprKind, LocalId, NodeId, Program, StmtKind, Type,
    TypeId,
};
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::tree::Name;
use std::collections::BTreeSet;

/// Something that an act cannot see.
struct Hidden {
    node: NodeId,
    /// `v` of a node, or that it is `up`.
    what: String,
    /// The node is a constant: `controller`.
    of: Option<String>,
}

impl Analyser<'_, '_> {
    /// `observes`: how many things it observes.
    pub(super) fn act_on_drift(&mut self, index: usize, observes: usize) {
        let reconciler = &self.program.reconcilers[index];
        let Some(drift) = reconciler.drift.clone() else { return };
        let whole = |id: &ActionId| {
            let action = &self.program.actions[id.index()];
            matches!(action.kind, ActionKind::ReconcilerAct(_)) && action.guards.is_empty()
        };
        let acts: Vec<ActionId> = reconciler.actions.iter().copied().filter(whole).collect();
        if !acts.is_empty() {
            self.no_ghosts_in(&drift);
        }
        for id in acts {
            let seen = as_seen(self.program, index, observes, id, &drift);
            if let Some(hidden) = hidden(self.program, &self.program.actions[id.index()], &seen) {
                // What it finds to choose is what it acts on.
                if chooses_first(&self.program.actions[id.index()]) {
                    continue;
                }
                self.blind(index, id, &hidden);
            }
            // An observation in the same step is the state itself.
            let guard = if self.program.reconcilers[index].atomic { drift.clone() } else { seen };
            self.program.actions[id.index()].guards.push(guard);
        }
    }

    fn blind(&mut self, index: usize, id: ActionId, Hidden { node, what, of }: &Hidden) {
        let name = &self.program.reconcilers[index].header.name;
        let action = &self.program.actions[id.index()];
        let kind = &self.program.nodes[node.index()].name;
        let words =
            format!("`{name}` acts without `when`, and cannot see {what} of {kind}, which its drift reads");
        let observed = of.clone().unwrap_or_else(|| "EXPR".to_string());
        let mut ways = vec![format!("observe it (`observe seen = {observed}`)")];
        if action.at.is_none() && self.program.nodes[node.index()].count == 1 {
            ways.push(format!("let it run there (`act at x in {kind}`)"));
        }
        let d = Diagnostic::error(codes::BLIND, action.span, words);
        let help = format!(
            "{}, or say with `when` what it acts on: drift is the goal, not a guard",
            ways.join(", ")
        );
        self.report(d.help(help));
    }

    /// What no act reads, and no guard, was observed for nothing: the acts look at what is there as they act.
    pub(super) fn observed_in_vain(&mut self, index: usize, names: &[&Name]) {
        let reconciler = &self.program.reconcilers[index];
        let acts: Vec<&Action> =
            reconciler.actions.iter().map(|id| &self.program.actions[id.index()]).collect();
        let is_act = |action: &&&Action| matches!(action.kind, ActionKind::ReconcilerAct(_));
        let mut read = BTreeSet::new();
        let mut note = |e: &Expr| {
            if let ExprKind::Observed { index, .. } = &e.kind {
                read.insert(*index);
            }
        };
        for act in acts.iter().filter(is_act) {
            act.guards.iter().for_each(|guard| guard.walk(&mut |e| note(e)));
            act.body
                .iter()
                .for_each(|stmt| stmt.walk(&mut |stmt| stmt.parts(&mut |e| e.walk(&mut |e| note(e)))));
        }
        let acts_at_all = acts.iter().any(|act| is_act(&act));
        if !acts_at_all || reconciler.atomic || names.is_empty() || !read.is_empty() {
            return;
        }
        let name = &reconciler.header.name;
        let words = format!("`{name}` acts on nothing that it observed");
        let help = format!(
            "let what it does, or its `when`, read `{}`; or observe what the drift compares, as it is written there: in \
             place of that an act sees what it remembers",
            names[0].text
        );
        self.report(Diagnostic::warning(codes::IN_VAIN, names[0].span, words).help(help));
    }

    /// Drift that guards an act is a guard.
    fn no_ghosts_in(&mut self, drift: &Expr) {
        let mut ghosts: Vec<(String, Span)> = Vec::new();
        drift.walk(&mut |e| match &e.kind {
            ExprKind::State(id) if self.program.states[id.index()].ghost => {
                ghosts.push((self.program.states[id.index()].name.clone(), e.span));
            }
            ExprKind::NodeField { field, .. } if self.program.node_fields[field.index()].ghost => {
                ghosts.push((self.program.node_fields[field.index()].name.clone(), e.span));
            }
            _ => {}
        });
        for (name, span) in ghosts {
            self.within(Context::GUARD, |c| c.ghost_read(&name, span));
        }
    }
}

/// Whether a step begins with `choose x in S where P`: where there is none, it is not possible.
fn chooses_first(action: &Action) -> bool {
    let first = action.body.first().map(|stmt| &stmt.kind);
    matches!(first, Some(StmtKind::Choose { binder, .. }) if binder.filter.is_some())
}

/// The node at which an action runs, where that is the only one of its kind.
fn only_one(program: &Program, action: &Action) -> Option<(LocalId, NodeId)> {
    let at = action.at?;
    match program.types.get(program.locals[at.index()].ty) {
        Type::Node(kind) if program.nodes[kind.index()].count == 1 => Some((at, *kind)),
        _ => None,
    }
}

/// The drift with what the act observed in the place of what it says the same of.
fn as_seen(program: &Program, reconciler: usize, observes: usize, id: ActionId, drift: &Expr) -> Expr {
    let act = &program.actions[id.index()];
    let actions = program.reconcilers[reconciler].actions.iter().map(|id| &program.actions[id.index()]);
    let observing = actions.filter_map(|action| match &action.kind {
        ActionKind::ReconcilerObserve { values, .. } => Some((action, values)),
        _ => None,
    });
    let mut observed: Vec<(Expr, TypeId)> = Vec::new();
    for (action, values) in observing {
        observed
            .extend(values.iter().map(|value| (plain(program, value, only_one(program, action)), value.ty)));
    }
    if program.reconcilers[reconciler].atomic {
        let lets = act.body.iter().map_while(|stmt| match &stmt.kind {
            StmtKind::Let { value, .. } => Some(value),
            _ => None,
        });
        observed.extend(
            lets.take(observes).map(|value| (plain(program, value, only_one(program, act)), value.ty)),
        );
    }
    let mut seen = drift.clone();
    if !replace(program, &mut seen, reconciler, &observed) {
        // What is observed may stand in a definition, or the other way round.
        open(program, &mut seen, DEEPEST);
        if !replace(program, &mut seen, reconciler, &observed) {
            return drift.clone();
        }
    }
    seen
}

/// Whether something was put in the place of what was observed.
fn replace(program: &Program, e: &mut Expr, reconciler: usize, observed: &[(Expr, TypeId)]) -> bool {
    let known = plain(program, e, None);
    if let Some(index) = observed.iter().position(|(o, _)| *o == known) {
        (e.kind, e.ty) = (ExprKind::Observed { reconciler, index }, observed[index].1);
        return true;
    }
    let mut found = false;
    e.parts_mut(&mut |part| found |= replace(program, part, reconciler, observed));
    found
}

/// The first thing that an act at its node cannot see.
fn hidden(program: &Program, act: &Action, e: &Expr) -> Option<Hidden> {
    let own = only_one(program, act).map(|(_, kind)| kind);
    let mut found = None;
    search(program, e, &mut Vec::new(), &mut |read| {
        let (node, what) = match &read.kind {
            ExprKind::NodeField { node, field } => (node, program.node_fields[field.index()].name.as_str()),
            ExprKind::Up(node) => (node, "up"),
            ExprKind::Builtin(Builtin::Reachable, nodes) => (&Box::new(nodes[0].clone()), "reachable"),
            _ => return,
        };
        let Type::Node(kind) = program.types.get(node.ty) else { return };
        if found.is_some() || Some(*kind) == own {
            return;
        }
        let of = match (&node.kind, &read.kind) {
            (ExprKind::Member(i), ExprKind::NodeField { .. } | ExprKind::Up(_)) => {
                Some(format!("{}.{what}", program.nodes[kind.index()].member(*i)))
            }
            _ => None,
        };
        found = Some(Hidden { node: *kind, what: format!("`{what}`"), of });
    });
    found
}

/// Visits an expression and the bodies of the functions that it calls.
fn search(program: &Program, e: &Expr, entered: &mut Vec<DefId>, visit: &mut dyn FnMut(&Expr)) {
    let mut calls = Vec::new();
    e.walk(&mut |part| {
        visit(part);
        if let ExprKind::Call(id, _) = part.kind {
            calls.push(id);
        }
    });
    for id in calls {
        if !entered.contains(&id) {
            entered.push(id);
            search(program, &program.defs[id.index()].body, entered, visit);
        }
    }
}
