//! The four concepts: which types and clauses belong to which, and what the clauses say.
//!
//! Enters: their trees, once all acts are known. Leaves: the program's orders, invariants, resolutions and reconcilers.
//! A clause that is missing is no error: what it would make checkable is then only stated.

use super::analyser::Analyser;
use super::behaviour::{Act, At, fairness};
use super::check::Context;
use super::program::{
    ActionId, ActionKind, BinaryOp, Expr, ExprKind, Fairness, LocalId, Reconciler, Stmt, StmtKind, Type,
    Views, Write,
};
use crate::diag::codes::analysis as codes;
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::tree::{self, Clause, ClauseKind, Concept, ConceptKind, MemberKind, Name, WriteRole};

/// The words after the colon, for each concept.
pub fn types_of(kind: ConceptKind) -> &'static [&'static str] {
    match kind {
        ConceptKind::Order => &["leader", "append", "compare_and_set", "versioned"],
        ConceptKind::Invariant => {
            &["safety", "cardinality", "monotonicity", "ownership", "uniqueness", "convergence"]
        }
        ConceptKind::Resolution => {
            &["retry", "merge", "abort", "reject", "compensate", "fence", "dedupe", "repair"]
        }
        ConceptKind::Reconciler => &["control_loop", "worker", "periodic", "observe_act"],
    }
}

pub(super) const CONCEPTS: [ConceptKind; 4] =
    [ConceptKind::Order, ConceptKind::Invariant, ConceptKind::Resolution, ConceptKind::Reconciler];

pub(super) fn concept_word(kind: ConceptKind) -> &'static str {
    match kind {
        ConceptKind::Order => "order",
        ConceptKind::Invariant => "invariant",
        ConceptKind::Resolution => "resolution",
        ConceptKind::Reconciler => "reconciler",
    }
}

fn with_article(kind: ConceptKind) -> &'static str {
    match kind {
        ConceptKind::Order => "an order",
        ConceptKind::Invariant => "an invariant",
        ConceptKind::Resolution => "a resolution",
        ConceptKind::Reconciler => "a reconciler",
    }
}

/// Where a clause belongs.
struct Place {
    word: &'static str,
    concepts: &'static [ConceptKind],
    /// It says something only about these types; empty: about all.
    types: &'static [&'static str],
    /// May stand several times.
    many: bool,
}

fn place_of(clause: &ClauseKind) -> Option<Place> {
    use ConceptKind::{Invariant, Order, Reconciler, Resolution};
    let place = |word, concepts, types, many| Some(Place { word, concepts, types, many });
    match clause {
        ClauseKind::Scope(_) => place("scope", &[Order], &[], false),
        ClauseKind::By(_) => place("by", &[Order], &["leader"], false),
        ClauseKind::Epoch(_) => place("epoch", &[Order], &["leader"], false),
        ClauseKind::Views { .. } => place("views", &[Order], &[], false),
        ClauseKind::Value(_) => place("value", &[Order], &["compare_and_set", "versioned"], false),
        ClauseKind::Version(_) => place("version", &[Order], &["compare_and_set", "versioned"], false),
        ClauseKind::Write { role: WriteRole::Expects, .. } => {
            place("write … expects", &[Order], &["compare_and_set"], true)
        }
        ClauseKind::Write { role: WriteRole::Carries, .. } => {
            place("write … carries", &[Resolution], &["fence"], true)
        }
        ClauseKind::Form(_) => place("a property", &[Invariant], &[], true),
        ClauseKind::Handles(_) => place("handles", &[Resolution], &[], true),
        ClauseKind::Act { .. } => place("act", &[Resolution, Reconciler], &[], true),
        ClauseKind::On(_) => place("on", &[Resolution], &[], true),
        ClauseKind::Attempts { .. } => place("attempts", &[Resolution], &["retry"], false),
        ClauseKind::Backoff(_) => place("backoff", &[Resolution], &["retry"], false),
        ClauseKind::Merge(_) => place("merge", &[Resolution], &["merge"], false),
        ClauseKind::Protects(_) => place("protects", &[Resolution], &["abort", "reject", "fence"], false),
        ClauseKind::Since(_) => place("since", &[Resolution], &["abort", "reject"], false),
        ClauseKind::Undoes(_) => place("undoes", &[Resolution], &["compensate"], false),
        ClauseKind::Restores(_) => place("restores", &[Resolution], &["compensate"], false),
        ClauseKind::Token { .. } => place("token", &[Resolution], &["fence"], false),
        ClauseKind::Every(_) => place("every", &[Reconciler], &[], false),
        ClauseKind::Drift(_) => place("drift", &[Reconciler], &[], false),
        ClauseKind::Desired(_) => place("desired", &[Reconciler], &[], false),
        ClauseKind::Actual(_) => place("actual", &[Reconciler], &[], false),
        ClauseKind::Observe { .. } => place("observe", &[Reconciler], &[], true),
        ClauseKind::Atomic => place("atomic", &[Reconciler], &[], false),
        ClauseKind::Reads(_) => place("reads", &[Resolution, Reconciler], &[], true),
        ClauseKind::Error => None,
    }
}

impl Analyser<'_, '_> {
    /// The valid types of a concept's header.
    pub(super) fn concept_types(&mut self, concept: &Concept) -> Vec<String> {
        let known = types_of(concept.kind);
        let mut types: Vec<String> = Vec::new();
        for (i, name) in concept.types.iter().enumerate() {
            if let Some(first) = concept.types[..i].iter().find(|t| t.text == name.text) {
                self.report(super::definitions::duplicate(name, first.span));
            } else if known.contains(&name.text.as_str()) {
                types.push(name.text.clone());
            } else {
                self.unknown_concept_type(concept.kind, name);
            }
        }
        types
    }

    fn unknown_concept_type(&mut self, kind: ConceptKind, name: &Name) {
        let words = format!("`{}` is no type of {}", name.text, concept_word(kind));
        let d = Diagnostic::error(codes::CONCEPT_TYPE, name.span, words);
        let elsewhere = CONCEPTS.into_iter().find(|k| types_of(*k).contains(&name.text.as_str()));
        let near = nearest(&name.text, types_of(kind).iter().copied());
        let all = types_of(kind).join(", ");
        self.report(match (elsewhere, near) {
            (Some(other), _) => {
                d.help(format!("it is a type of {}; {} has {all}", concept_word(other), with_article(kind)))
            }
            (None, Some(near)) => d.help(format!("did you mean `{near}`?")),
            (None, None) => d.help(format!("its types are {all}")),
        });
    }

    /// The clauses of all concepts, once every act is known.
    pub(super) fn clauses(&mut self) {
        let mut next = [0usize; 4];
        for m in self.members.clone() {
            let MemberKind::Concept(c) = &m.member.kind else { continue };
            let index = next[c.kind as usize];
            next[c.kind as usize] += 1;
            self.placement(c, index);
            self.context = Context::CLAUSE;
            match c.kind {
                ConceptKind::Order => self.order(c, index),
                ConceptKind::Invariant => self.invariant(c, index),
                ConceptKind::Resolution => self.resolution(c, index),
                ConceptKind::Reconciler => self.reconciler(c, index),
            }
            self.locals.clear();
        }
    }

    fn header_types(&self, kind: ConceptKind, index: usize) -> Vec<String> {
        match kind {
            ConceptKind::Order => &self.program.orders[index].header,
            ConceptKind::Invariant => &self.program.invariants[index].header,
            ConceptKind::Resolution => &self.program.resolutions[index].header,
            ConceptKind::Reconciler => &self.program.reconcilers[index].header,
        }
        .types
        .clone()
    }

    /// Each clause where it belongs, and once where once is all that makes sense.
    fn placement(&mut self, c: &Concept, index: usize) {
        let types = self.header_types(c.kind, index);
        if let Some((_, span)) = c.fairness
            && matches!(c.kind, ConceptKind::Order | ConceptKind::Invariant)
        {
            let words = format!("{} takes no steps, so it cannot be fair or unfair", with_article(c.kind));
            self.error(codes::FAIRNESS, span, words);
        }
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for clause in &c.clauses {
            let Some(place) = place_of(&clause.kind) else { continue };
            if !place.concepts.contains(&c.kind) {
                self.misplaced(c.kind, clause, &place);
                continue;
            }
            let says = |t: &String| place.types.contains(&t.as_str());
            if !place.types.is_empty() && !types.is_empty() && !types.iter().any(says) {
                let needs = place.types.join("` or `");
                let words = format!("`{}` says nothing about {}", place.word, types.join(", "));
                let d = Diagnostic::error(codes::CLAUSE_TYPE, clause.span, words);
                self.report(d.help(format!("add the type `{needs}` after the colon, or delete the clause")));
            }
            if let Some((_, first)) = seen.iter().find(|(w, _)| *w == place.word && !place.many) {
                let words = format!("`{}` is given twice", place.word);
                let d = Diagnostic::error(codes::CLAUSE_TWICE, clause.span, words);
                self.report(d.related(*first, "first given here"));
            }
            seen.push((place.word, clause.span));
        }
    }

    fn misplaced(&mut self, kind: ConceptKind, clause: &Clause, place: &Place) {
        let homes: Vec<&str> = place.concepts.iter().map(|k| with_article(*k)).collect();
        let words = match &clause.kind {
            ClauseKind::Form(_) => format!("{} has no property of its own", with_article(kind)),
            _ => format!("`{}` is no clause of {}", place.word, with_article(kind)),
        };
        let d = Diagnostic::error(codes::CLAUSE_PLACE, clause.span, words);
        let home = homes.join(" or ");
        self.report(match &clause.kind {
            ClauseKind::Form(_) => d.help("declare an `invariant` with it"),
            _ => d.help(format!("it belongs to {home}")),
        });
    }

    /// Clauses that stand where they may, for passes after [`Self::placement`].
    fn own<'c>(c: &'c Concept) -> impl Iterator<Item = &'c Clause> {
        c.clauses.iter().filter(|x| place_of(&x.kind).is_some_and(|p| p.concepts.contains(&c.kind)))
    }

    // ---- orders ----

    fn order(&mut self, c: &Concept, index: usize) {
        // Binders first: other clauses stand in their scope.
        let by = Self::own(c).find_map(|x| match &x.kind {
            ClauseKind::By(binder) => Some(binder),
            _ => None,
        });
        let by = by.map(|b| self.binder(b));
        for clause in Self::own(c) {
            if let ClauseKind::Epoch(e) = &clause.kind {
                let e = self.infer(e, None);
                self.program.orders[index].epoch = Some(e);
            }
        }
        self.locals.clear();
        self.program.orders[index].by = by;
        let views = Self::own(c).find_map(|x| match &x.kind {
            ClauseKind::Views { value, binder } => Some((value, binder, x.span)),
            _ => None,
        });
        if let Some((value, binder, span)) = views {
            let binder = binder.as_ref().map(|b| self.binder(b));
            let value = self.infer(value, None);
            self.program.orders[index].views = Some(Views { value, binder, span });
        }
        for clause in Self::own(c) {
            match &clause.kind {
                ClauseKind::Scope(words) => self.program.orders[index].scope = Some(words.value.clone()),
                ClauseKind::Value(e) => {
                    let e = self.infer(e, None);
                    self.program.orders[index].value = Some(e);
                }
                ClauseKind::Version(e) => {
                    let e = self.infer(e, None);
                    self.program.orders[index].version = Some(e);
                }
                _ => {}
            }
        }
        self.locals.clear();
        let version = self.program.orders[index].version.as_ref().map(|v| v.ty);
        for clause in Self::own(c) {
            if let ClauseKind::Write { action, value, .. } = &clause.kind {
                let write = self.write(action, value, clause.span, version);
                self.program.orders[index].writes.extend(write);
            }
        }
        self.views_are_lists(index);
    }

    /// `append` compares views as lists.
    fn views_are_lists(&mut self, index: usize) {
        let order = &self.program.orders[index];
        let Some(views) = &order.views else { return };
        let (ty, span) = (views.value.ty, views.value.span);
        if order.header.types.iter().any(|t| t == "append")
            && !matches!(self.get(ty), Type::List { .. } | Type::Error)
        {
            self.mismatch(span, "a list (the agreed part of an append order)", ty);
        }
    }

    /// `write ACTION expects EXPR`, `write ACTION carries EXPR`: typed once in the scope of each action of that name.
    fn write(
        &mut self,
        name: &Name,
        value: &tree::Expr,
        span: Span,
        like: Option<crate::analysis::program::TypeId>,
    ) -> Option<Write> {
        let actions = self.actions_named(name)?;
        let mut values = Vec::new();
        for id in &actions {
            let mark = self.diagnostics.len();
            let value = self.in_scope_of(*id, Context::WRITE, |c| match like {
                Some(ty) => {
                    let value = c.infer(value, Some(ty));
                    if c.program.types.join(ty, value.ty, true).is_some() {
                        value
                    } else {
                        c.coerce(value, ty)
                    }
                }
                None => c.infer(value, None),
            });
            values.push(value);
            // The same mistake in each scope is one mistake.
            if self.diagnostics.len() > mark {
                break;
            }
        }
        (values.len() == actions.len()).then_some(Write { actions, values, span })
    }

    /// With the parameters, node and message fields of an action in scope.
    fn in_scope_of<T>(
        &mut self,
        id: ActionId,
        context: Context,
        act: impl FnOnce(&mut super::check::Checker<'_>) -> T,
    ) -> T {
        let action = self.program.actions[id.index()].clone();
        let mut locals: Vec<LocalId> = action.params.clone();
        if let ActionKind::Handler { from, fields, .. } = &action.kind {
            locals.extend(fields);
            locals.extend(from);
        }
        locals.extend(action.at);
        locals.into_iter().for_each(|l| self.rebind(l));
        let result = self.within(context, |c| act(c));
        self.locals.clear();
        result
    }

    /// All actions of a name: of an action, of a resolution or reconciler, or handlers of a message.
    fn actions_named(&mut self, name: &Name) -> Option<Vec<ActionId>> {
        let resolution = self.program.resolutions.iter().position(|r| r.header.name == name.text);
        let is_it = |a: &super::program::Action| {
            a.name == name.text
                || a.name.strip_prefix("on ") == Some(&name.text)
                || matches!(a.kind, ActionKind::Handler { resolution: r, .. } if r.is_some() && r == resolution)
        };
        let all = self.program.actions.iter().enumerate();
        let found: Vec<ActionId> = all.filter(|(_, a)| is_it(a)).map(|(i, _)| ActionId(i as u32)).collect();
        if !found.is_empty() {
            return Some(found);
        }
        let known: Vec<String> = self
            .program
            .actions
            .iter()
            .filter(|a| !matches!(a.kind, ActionKind::ReconcilerObserve { .. }))
            .map(|a| a.name.strip_prefix("on ").unwrap_or(&a.name).to_owned())
            .collect();
        self.unknown_member(name, "action", &known);
        None
    }

    pub(super) fn unknown_member(&mut self, name: &Name, what: &str, known: &[String]) {
        let words = format!("unknown {what} `{}`", name.text);
        let d = Diagnostic::error(codes::UNKNOWN_MEMBER, name.span, words);
        let mut names: Vec<&str> = known.iter().map(String::as_str).collect();
        names.dedup();
        self.report(match nearest(&name.text, names.iter().copied()) {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None if names.is_empty() => d.help(format!("this system has no {what} yet")),
            None => d.help(format!("declared here: {}", names.join(", "))),
        });
    }

    // ---- resolutions ----

    pub(super) fn resolution_acts(&mut self, c: &Concept, index: usize) {
        let default = fairness(c.fairness, Fairness::Weak);
        for clause in &c.clauses {
            let id = match &clause.kind {
                ClauseKind::Act { at, when, body } => {
                    let act = Act {
                        name: c.name.text.clone(),
                        kind: ActionKind::Resolution(index),
                        fairness: default,
                        docs: None,
                        span: clause.span,
                        at: at.as_ref(),
                        when: when.as_ref(),
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

    fn resolution(&mut self, c: &Concept, index: usize) {
        for clause in Self::own(c) {
            self.resolution_clause(clause, index);
            self.locals.clear();
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
                let first = self.program.resolutions[index].actions.first().copied();
                let typed = |c: &mut super::check::Checker<'_>| (c.integer(value), c.integer(limit));
                let attempts = match first {
                    Some(id) => self.in_scope_of(id, Context::CLAUSE, typed),
                    None => typed(self),
                };
                self.program.resolutions[index].attempts = Some(attempts);
            }
            ClauseKind::Backoff(wait) => {
                self.program.resolutions[index].backoff = Some(wait.map(|w| w.nanos));
            }
            ClauseKind::Merge(name) => self.merge(name, index),
            ClauseKind::Protects(e) => {
                let e = self.infer(e, None);
                self.program.resolutions[index].protects = Some(e);
            }
            ClauseKind::Restores(e) => {
                let e = self.infer(e, None);
                self.program.resolutions[index].restores = Some(e);
            }
            ClauseKind::Since(name) => {
                let actions = self.actions_named(name).unwrap_or_default();
                self.program.resolutions[index].since = actions;
            }
            ClauseKind::Undoes(name) => {
                let actions = self.actions_named(name).unwrap_or_default();
                self.program.resolutions[index].undoes = actions;
            }
            ClauseKind::Token { value, binder } => {
                let binder = binder.as_ref().map(|b| self.binder(b));
                let value = self.infer(value, None);
                self.program.resolutions[index].token = Some((value, binder));
            }
            ClauseKind::Write { action, value, .. } => {
                let write = self.write(action, value, clause.span, None);
                self.program.resolutions[index].writes.extend(write);
            }
            ClauseKind::Reads(name) => self.reads_view(name),
            _ => {}
        }
    }

    /// `merge DEF`: two values of one type to a value of that type.
    fn merge(&mut self, name: &Name, index: usize) {
        let Some(id) = self.names.def(&name.text) else {
            let known: Vec<String> = self.program.defs.iter().map(|d| d.name.clone()).collect();
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

    /// `reads VIEW`: behaviour that depends on a lagging view cannot be checked yet.
    fn reads_view(&mut self, name: &Name) {
        let views: Vec<String> = self
            .members
            .iter()
            .filter_map(|m| match &m.member.kind {
                MemberKind::View { name, .. } => Some(name.text.clone()),
                _ => None,
            })
            .collect();
        if !views.contains(&name.text) {
            self.unknown_member(name, "view", &views);
            return;
        }
        let words = format!("this depends on the view `{}`, which is not executed yet", name.text);
        let d = Diagnostic::error(codes::VIEW_NOT_EXECUTABLE, name.span, words);
        let d = d.help("model the lagging copy as a state of its own, and its refresh as an action");
        self.program.not_executable.push(d);
    }

    // ---- reconcilers ----

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
        let acts: Vec<(Act<'_>, &Option<At>)> = c
            .clauses
            .iter()
            .filter_map(|x| match &x.kind {
                ClauseKind::Act { at, when, body } => {
                    let act = Act {
                        name: c.name.text.clone(),
                        kind: ActionKind::ReconcilerAct(index),
                        fairness: default,
                        docs: None,
                        span: x.span,
                        at: at.as_ref(),
                        when: when.as_ref(),
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
        at: Option<&At>,
        fairness: Fairness,
        only_stated: bool,
    ) {
        let (at, at_set) = match at {
            Some((name, set)) => {
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
            body: Vec::new(),
            docs: None,
            span: observes.first().map_or(c.name.span, |(n, _)| n.span),
        });
        let id = ActionId(self.program.actions.len() as u32 - 1);
        self.program.reconcilers[reconciler].actions.push(id);
    }

    /// What was observed at one node is not what another acts on.
    fn same_nodes<'t>(&mut self, ats: impl Iterator<Item = &'t Option<At>>, c: &Concept) {
        let ats: Vec<Option<&Name>> = ats.map(|at| at.as_ref().map(|(n, _)| n)).collect();
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
            Some((name, set)) => {
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

    fn reconciler(&mut self, c: &Concept, index: usize) {
        let mut spans = [None; 3];
        for clause in Self::own(c) {
            match &clause.kind {
                ClauseKind::Every(every) => self.program.reconcilers[index].every = Some(every.nanos),
                ClauseKind::Atomic => self.program.reconcilers[index].atomic = true,
                ClauseKind::Drift(e) => {
                    let drift = self.condition(e);
                    self.program.reconcilers[index].drift = Some(drift);
                    spans[0] = Some(clause.span);
                }
                ClauseKind::Desired(_) => spans[1] = Some(clause.span),
                ClauseKind::Actual(_) => spans[2] = Some(clause.span),
                ClauseKind::Reads(name) => self.reads_view(name),
                _ => {}
            }
        }
        self.desired_and_actual(c, index, spans);
        self.act_on_drift(c, index);
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
                    self.error(codes::DRIFT, span, words);
                }
                return;
            }
        };
        let (left, right) = self.both(desired, actual, None);
        match self.unified(left, right) {
            Ok((desired, actual, _)) => {
                let (a, b) = (Box::new(desired.clone()), Box::new(actual.clone()));
                let span = desired.span.to(actual.span);
                let drift = self.bool_expr(ExprKind::Binary(BinaryOp::NotEqual, a, b), span);
                let reconciler: &mut Reconciler = &mut self.program.reconcilers[index];
                reconciler.drift = Some(drift);
                reconciler.desired = Some(desired);
                reconciler.actual = Some(actual);
            }
            Err((a, b)) => {
                let expected = self.type_name(a.ty);
                self.mismatch(b.span, &expected, b.ty);
            }
        }
    }

    /// A reconciler acts where it sees drift: its `drift` guards its acts, unless it acts on what it `observe`d, or says
    /// with `when` on what else it acts in place of comparing `desired` and `actual`.
    fn act_on_drift(&mut self, c: &Concept, index: usize) {
        if Self::own(c).any(|x| matches!(x.kind, ClauseKind::Observe { .. })) {
            return;
        }
        let reconciler = &self.program.reconcilers[index];
        let Some(drift) = reconciler.drift.clone() else { return };
        let stated = reconciler.desired.is_none();
        let unguarded = |c: &Self, id: ActionId| stated || c.program.actions[id.index()].guards.is_empty();
        let acts: Vec<ActionId> =
            reconciler.actions.iter().copied().filter(|id| unguarded(self, *id)).collect();
        if !acts.is_empty() {
            self.no_ghosts_in(&drift);
        }
        for id in acts {
            self.program.actions[id.index()].guards.insert(0, drift.clone());
        }
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
