//! Reconcilers: what they observe, when they act, what drift is.
//!
//! Enters: their trees. Leaves: their observing and acting steps among the program's actions, and their clauses.

use super::analyser::Analyser;
use super::behaviour::{Act, fairness};
use super::check::{Context, Unified};
use super::program::{
    ActionId, ActionKind, BinaryOp, Expr, ExprKind, Fairness, LocalId, Reconciler, Stmt, StmtKind, Type,
    TypeId,
};
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::printer;
use crate::syntax::tree::{self, ClauseKind, Concept, Name};

impl Analyser<'_, '_> {
    /// The observing and acting steps. Where it observes, the observed names stand for what was seen: remembered
    /// between two steps, or, where `atomic`, computed as the act begins.
    pub(super) fn reconciler_acts(&mut self, c: &Concept, index: usize) {
        let default = fairness(c.fairness, Fairness::Weak);
        let observes: Vec<(&Name, &tree::Expr)> = c
            .clauses
            .iter()
            .filter_map(|x| match &x.kind {
                ClauseKind::Observe { name, value } => Some((name, value)),
                _ => None,
            })
            .collect();
        let atomic = c.clauses.iter().any(|x| matches!(x.kind, ClauseKind::Atomic));
        let acts: Vec<(Act<'_>, &Option<tree::Place>)> = c
            .clauses
            .iter()
            .filter_map(|x| match &x.kind {
                ClauseKind::Act { at, when, within, body } => {
                    let act = Act {
                        name: c.name.text.clone(),
                        kind: ActionKind::ReconcilerAct(index),
                        fairness: default,
                        docs: None,
                        span: x.span,
                        at: at.as_ref(),
                        when: when.as_ref(),
                        within: within.as_ref(),
                        body,
                    };
                    Some((act, at))
                }
                _ => None,
            })
            .collect();
        if !observes.is_empty() && !atomic {
            let at = acts.first().and_then(|(_, at)| at.as_ref());
            self.observe(c, index, &observes, at, default, acts.is_empty());
            self.same_nodes(acts.iter().map(|(_, at)| *at), c);
        }
        for (act, _) in acts {
            let id = if observes.is_empty() {
                self.act(act, Vec::new())
            } else {
                self.act_on_observed(act, index, &observes, atomic)
            };
            self.program.reconcilers[index].actions.push(id);
            self.locals.clear();
        }
    }

    /// The observing step, in the scope of the node at which the reconciler runs.
    fn observe(
        &mut self,
        c: &Concept,
        reconciler: usize,
        observes: &[(&Name, &tree::Expr)],
        at: Option<&tree::Place>,
        fairness: Fairness,
        only_stated: bool,
    ) {
        let (at, at_set) = match at {
            Some(tree::Place { name, set }) => {
                let (local, set) = self.runs_at(name, set.as_ref(), None);
                (Some(local), set)
            }
            None => (None, None),
        };
        let mut values = Vec::new();
        for (i, (name, value)) in observes.iter().enumerate() {
            if let Some((first, _)) = observes[..i].iter().find(|(n, _)| n.text == name.text) {
                self.report(super::definitions::duplicate(name, first.span));
            }
            let value = self.within(Context::GUARD, |c| c.infer(value, None));
            self.program.reconcilers[reconciler].observed.push((name.text.clone(), value.ty));
            values.push(value);
        }
        self.locals.clear();
        if only_stated {
            return;
        }
        self.program.actions.push(super::program::Action {
            name: format!("{} observe", c.name.text),
            kind: ActionKind::ReconcilerObserve { reconciler, values },
            fairness,
            params: Vec::new(),
            at,
            at_set,
            guards: Vec::new(),
            within: None,
            body: Vec::new(),
            timers: Vec::new(),
            docs: None,
            span: observes.first().map_or(c.name.span, |(n, _)| n.span),
        });
        let id = ActionId(self.program.actions.len() as u32 - 1);
        self.program.reconcilers[reconciler].actions.push(id);
    }

    /// What was observed at one node is not what another acts on.
    fn same_nodes<'t>(&mut self, ats: impl Iterator<Item = &'t Option<tree::Place>>, c: &Concept) {
        let ats: Vec<Option<&Name>> = ats.map(|at| at.as_ref().map(|at| &at.name)).collect();
        let differs = |a: &Option<&Name>| a.map(|n| &n.text) != ats[0].map(|n| &n.text);
        if let Some(other) = ats.iter().find(|a| differs(a)) {
            let span = other.map_or(c.name.span, |n| n.span);
            let words = "all acts of a reconciler that observes run at the same node";
            let d = Diagnostic::error(codes::OBSERVE, span, words);
            self.report(d.help("give each act the same `at x in S`, or make two reconcilers"));
        }
    }

    fn act_on_observed(
        &mut self,
        act: Act<'_>,
        index: usize,
        observes: &[(&Name, &tree::Expr)],
        atomic: bool,
    ) -> ActionId {
        let (at, at_set) = match act.at {
            Some(tree::Place { name, set }) => {
                let (local, set) = self.runs_at(name, set.as_ref(), None);
                (Some(local), set)
            }
            None => (None, None),
        };
        let mut lets: Vec<(LocalId, Expr)> = Vec::new();
        for (i, (name, value)) in observes.iter().enumerate() {
            if atomic {
                let value = self.within(Context::GUARD, |c| c.infer(value, None));
                let local = self.new_local(&name.text, value.ty, name.span);
                lets.push((local, value));
            } else {
                let ty = self.program.reconcilers[index].observed[i].1;
                self.bind_as(name, ExprKind::Observed { reconciler: index, index: i }, ty);
            }
        }
        lets.iter().for_each(|(local, _)| self.rebind(*local));
        let id = self.finish(act, Vec::new(), at, at_set, Vec::new());
        // Outermost first: each guard and the body see the values of this very step.
        let action = &mut self.program.actions[id.index()];
        for (local, value) in lets.iter().rev() {
            for guard in &mut action.guards {
                let inner = std::mem::replace(guard, Expr { kind: ExprKind::Error, ..value.clone() });
                let (ty, span) = (inner.ty, inner.span);
                let kind = ExprKind::Let(*local, Box::new(value.clone()), Box::new(inner));
                *guard = Expr { kind, ty, span };
            }
            let kind = StmtKind::Let { local: *local, value: value.clone() };
            action.body.insert(0, Stmt { kind, span: value.span });
        }
        id
    }

    pub(super) fn reconciler(&mut self, c: &Concept, index: usize) {
        let mut spans = [None; 3];
        for clause in Self::own(c) {
            match &clause.kind {
                ClauseKind::Every(every) => self.program.reconcilers[index].every = Some(every.nanos),
                ClauseKind::EveryTicks(n) => {
                    self.program.reconcilers[index].every_ticks = self.ticks(n, 1);
                }
                ClauseKind::Atomic => self.program.reconcilers[index].atomic = true,
                ClauseKind::Drift(e) => {
                    let drift = self.condition(e);
                    self.program.reconcilers[index].drift = Some(drift);
                    spans[0] = Some(clause.span);
                }
                ClauseKind::Desired(_) => spans[1] = Some(clause.span),
                ClauseKind::Actual(_) => spans[2] = Some(clause.span),
                _ => {}
            }
        }
        self.desired_and_actual(c, index, spans);
        let observes = Self::own(c).filter(|x| matches!(x.kind, ClauseKind::Observe { .. })).count();
        self.act_on_drift(index, observes);
        let names: Vec<&Name> = Self::own(c)
            .filter_map(|x| if let ClauseKind::Observe { name, .. } = &x.kind { Some(name) } else { None })
            .collect();
        self.observed_in_vain(index, &names);
    }

    fn desired_and_actual(&mut self, c: &Concept, index: usize, spans: [Option<Span>; 3]) {
        let find =
            |wanted: fn(&ClauseKind) -> Option<&tree::Expr>| Self::own(c).find_map(|x| wanted(&x.kind));
        let desired = find(|k| if let ClauseKind::Desired(e) = k { Some(e) } else { None });
        let actual = find(|k| if let ClauseKind::Actual(e) = k { Some(e) } else { None });
        if let (Some(drift), Some(other)) = (spans[0], spans[1].or(spans[2])) {
            let words = "a reconciler has `drift`, or `desired` and `actual`, not both";
            self.report(Diagnostic::error(codes::DRIFT, other, words).related(drift, "`drift` is here"));
            return;
        }
        let (desired, actual) = match (desired, actual) {
            (Some(desired), Some(actual)) => (desired, actual),
            (None, None) => return,
            (desired, actual) => {
                let missing = if desired.is_none() { "desired" } else { "actual" };
                if let Some(e) = desired.or(actual) {
                    let words = format!("`{missing}` is missing: drift is where desired and actual differ");
                    let span = spans[1].or(spans[2]).unwrap_or(e.span);
                    let other = format!("add `{missing} EXPR`, or say what is wrong instead: `drift P`");
                    self.report(Diagnostic::error(codes::DRIFT, span, words).help(other));
                }
                return;
            }
        };
        // The actual value has a type of its own; the desired one is often a literal.
        let before = self.diagnostics.len();
        let (right, left) = self.both(actual, desired, None);
        let ty = self.type_name(right.ty);
        let within =
            |d: &&mut Diagnostic| d.span.start >= desired.span.start && d.span.end <= desired.span.end;
        for d in self.diagnostics[before..].iter_mut().filter(within) {
            d.label = Some(format!("`desired` has the type of `actual`, {ty}"));
        }
        // One type that is another is one mistake, however often it shows.
        let found: Vec<Diagnostic> = self.diagnostics.drain(before..).collect();
        let mismatch = |d: &Diagnostic| {
            let within = d.span.start >= desired.span.start && d.span.end <= desired.span.end;
            within && d.code == codes::MISMATCH
        };
        let first = found.iter().filter(|d| mismatch(d)).map(|d| d.span.start).min();
        self.diagnostics.extend(found.into_iter().filter(|d| !mismatch(d) || Some(d.span.start) == first));
        // A literal that does not fit has been told.
        if self.diagnostics.len() > before {
            return;
        }
        let actual_type = right.ty;
        let Some(Unified { a: actual, b: desired, .. }) = self.unified(right, left, ", as `actual` is")
        else {
            self.desired_otherwise(desired, actual_type, before);
            return;
        };
        let (a, b) = (Box::new(desired.clone()), Box::new(actual.clone()));
        let span = desired.span.to(actual.span);
        let drift = self.bool_expr(ExprKind::Binary(BinaryOp::NotEqual, a, b), span);
        let reconciler: &mut Reconciler = &mut self.program.reconcilers[index];
        reconciler.drift = Some(drift);
        reconciler.desired = Some(desired);
        reconciler.actual = Some(actual);
    }

    /// What a `desired` of another type than `actual` is written as; `told`: where it was reported.
    fn desired_otherwise(&mut self, desired: &tree::Expr, actual: TypeId, told: usize) {
        let written = printer::expression(desired);
        let operand = printer::operand(desired);
        let alone = match &desired.kind {
            tree::ExprKind::Set(all) if all.len() == 1 => all.first(),
            _ => None,
        };
        let fix = match self.get(actual) {
            _ if alone.is_some_and(|e| self.would_fit(e, actual)) => {
                Some((alone.map_or(written, printer::expression), "braces make a set; without them"))
            }
            Type::Map { key, value } => {
                let of = self.type_name(key);
                let of = if of.contains(['<', '.', '?']) { "KEY".to_owned() } else { of };
                let set = self.ty(Type::Set(key));
                if self.would_fit(desired, value) {
                    Some((format!("{{ {of} -> {written} }}"), "the same for every key"))
                } else if matches!(self.get(value), Type::Bool) && self.would_fit(desired, set) {
                    Some((format!("{{ k -> k in {operand} for k in {of} }}"), "true for those in the set"))
                } else {
                    None
                }
            }
            Type::Set(element) if self.would_fit(desired, element) => {
                Some((format!("{{{written}}}"), "a set of this one"))
            }
            Type::List { element, .. } if self.would_fit(desired, element) => {
                Some((format!("[{written}]"), "a list of this one"))
            }
            _ => None,
        };
        let Some(d) = self.diagnostics.get_mut(told).filter(|d| d.help.is_none()) else { return };
        *d = match fix {
            Some((text, words)) => {
                let words = format!("{words}: `{text}`");
                d.clone().fix(desired.span, text, words)
            }
            None => {
                d.clone().help("compare what is of one type, or say in other terms what is wrong: `drift P`")
            }
        };
    }
}
