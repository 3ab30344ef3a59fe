//! The four concepts: which types and clauses belong to which, and what the clauses say.
//!
//! Enters: their trees, once all acts are known. Leaves: the program's orders, invariants, resolutions and reconcilers.
//! A clause that is missing is no error: what it would make checkable is then only stated.

use super::analyser::Analyser;
use super::check::Context;
use super::program::{ActionId, ActionKind, Expr, ExprKind, LocalId, MoreViews, Type, Views, Write};
use crate::concepts::{ConceptKind, ConceptType, OrderType, ResolutionType};
use crate::diag::codes::analysis as codes;
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::tree::{self, Clause, ClauseKind, Concept, MemberKind, Name, WriteRole};

/// Where a clause belongs.
struct Place {
    word: &'static str,
    concepts: &'static [ConceptKind],
    /// It says something only about these types; empty: about all.
    types: &'static [ConceptType],
    /// May stand several times.
    many: bool,
}

/// A clause `views`.
struct Shown<'c> {
    value: &'c tree::Expr,
    binder: Option<&'c tree::Binder>,
    span: Span,
}

/// The type that another language calls so.
fn meant(kind: ConceptKind, word: &str) -> Option<&'static str> {
    let (of, ty) = match word {
        "liveness" | "progress" | "eventual" | "termination" | "temporal" => {
            (ConceptKind::Invariant, "convergence")
        }
        "exclusion" | "mutex" | "count" | "quota" => (ConceptKind::Invariant, "cardinality"),
        "monotonic" | "monotone" | "increasing" => (ConceptKind::Invariant, "monotonicity"),
        "unique" | "distinct" => (ConceptKind::Invariant, "uniqueness"),
        "log" | "queue" | "fifo" | "total" => (ConceptKind::Order, "append"),
        "cas" => (ConceptKind::Order, "compare_and_set"),
        "idempotent" | "idempotence" | "deduplicate" => (ConceptKind::Resolution, "dedupe"),
        "rollback" | "undo" | "saga" => (ConceptKind::Resolution, "compensate"),
        "loop" | "controller" => (ConceptKind::Reconciler, "control_loop"),
        "cron" | "timer" => (ConceptKind::Reconciler, "periodic"),
        _ => return None,
    };
    (of == kind).then_some(ty)
}

fn place_of(clause: &ClauseKind) -> Option<Place> {
    use ConceptKind::{Invariant, Order, Reconciler, Resolution};
    const LEADER: ConceptType = ConceptType::Order(OrderType::Leader);
    const COMPARE_AND_SET: ConceptType = ConceptType::Order(OrderType::CompareAndSet);
    const VERSIONED: ConceptType = ConceptType::Order(OrderType::Versioned);
    const RETRY: ConceptType = ConceptType::Resolution(ResolutionType::Retry);
    const MERGE: ConceptType = ConceptType::Resolution(ResolutionType::Merge);
    const ABORT: ConceptType = ConceptType::Resolution(ResolutionType::Abort);
    const REJECT: ConceptType = ConceptType::Resolution(ResolutionType::Reject);
    const FENCE: ConceptType = ConceptType::Resolution(ResolutionType::Fence);
    const COMPENSATE: ConceptType = ConceptType::Resolution(ResolutionType::Compensate);
    const DEDUPE: ConceptType = ConceptType::Resolution(ResolutionType::Dedupe);
    const KEYED: &[ConceptType] = &[RETRY, DEDUPE, ABORT, REJECT, COMPENSATE];
    let place = |word, concepts, types, many| Some(Place { word, concepts, types, many });
    match clause {
        ClauseKind::Scope(_) => place("scope", &[Order], &[], false),
        ClauseKind::By(_) => place("by", &[Order], &[LEADER], false),
        ClauseKind::Epoch(_) => place("epoch", &[Order], &[LEADER], false),
        ClauseKind::Views { .. } => place("views", &[Order], &[], true),
        ClauseKind::Value(_) => place("value", &[Order], &[COMPARE_AND_SET, VERSIONED], false),
        ClauseKind::Version(_) => place("version", &[Order], &[COMPARE_AND_SET, VERSIONED], false),
        ClauseKind::Write { role: WriteRole::Expects, .. } => {
            place("write … expects", &[Order], &[COMPARE_AND_SET], true)
        }
        ClauseKind::Write { role: WriteRole::Carries, .. } => {
            place("write … carries", &[Resolution], &[FENCE], true)
        }
        ClauseKind::Form(_) => place("a property", &[Invariant], &[], true),
        ClauseKind::Handles(_) => place("handles", &[Resolution], &[], true),
        ClauseKind::Act { .. } => place("act", &[Resolution, Reconciler], &[], true),
        ClauseKind::On(_) => place("on", &[Resolution], &[], true),
        ClauseKind::Attempts { .. } => place("attempts", &[Resolution], &[RETRY], false),
        ClauseKind::Backoff(_) => place("backoff", &[Resolution], &[RETRY], false),
        ClauseKind::Merge(_) => place("merge", &[Resolution], &[MERGE], false),
        ClauseKind::Protects(_) => place("protects", &[Resolution], &[], false),
        ClauseKind::Since(_) => place("since", &[Resolution], &[ABORT, REJECT], true),
        ClauseKind::Undoes(_) => place("undoes", &[Resolution], &[COMPENSATE], true),
        ClauseKind::Key(_) => place("key", &[Resolution], KEYED, false),
        ClauseKind::Restores(_) => place("restores", &[Resolution], &[COMPENSATE], false),
        ClauseKind::Token { .. } => place("token", &[Resolution], &[FENCE], false),
        ClauseKind::Every(_) | ClauseKind::EveryTicks(_) => place("every", &[Reconciler], &[], false),
        ClauseKind::Drift(_) => place("drift", &[Reconciler], &[], false),
        ClauseKind::Desired(_) => place("desired", &[Reconciler], &[], false),
        ClauseKind::Actual(_) => place("actual", &[Reconciler], &[], false),
        ClauseKind::Observe { .. } => place("observe", &[Reconciler], &[], true),
        ClauseKind::Atomic => place("atomic", &[Reconciler], &[], false),
        ClauseKind::Error => None,
    }
}

impl Analyser<'_, '_> {
    /// The valid types of a concept's header.
    pub(super) fn concept_types(&mut self, concept: &Concept) -> Vec<ConceptType> {
        let mut types = Vec::new();
        for (i, name) in concept.types.iter().enumerate() {
            if let Some(first) = concept.types[..i].iter().find(|t| t.text == name.text) {
                self.report(super::definitions::duplicate(name, first.span));
            } else if let Some(ty) = ConceptType::named(concept.kind, &name.text) {
                types.push(ty);
            } else {
                self.unknown_concept_type(concept.kind, name);
            }
        }
        types
    }

    fn unknown_concept_type(&mut self, kind: ConceptKind, name: &Name) {
        let words = format!("`{}` is no type of {}", name.text, kind.word());
        let d = Diagnostic::error(codes::CONCEPT_TYPE, name.span, words);
        let elsewhere = ConceptKind::ALL.into_iter().find(|k| ConceptType::named(*k, &name.text).is_some());
        let near = meant(kind, &name.text)
            .or_else(|| nearest(&name.text, ConceptType::of(kind).into_iter().map(ConceptType::word)));
        let all = ConceptType::words(&ConceptType::of(kind), ", ");
        self.report(match (elsewhere, near) {
            (Some(other), _) => {
                d.help(format!("it is a type of {}; {} has {all}", other.word(), kind.with_article()))
            }
            (None, Some(near)) => d.meant(near),
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

    fn header_types(&self, kind: ConceptKind, index: usize) -> Vec<ConceptType> {
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
            let words = format!("{} takes no steps, so it cannot be fair or unfair", c.kind.with_article());
            self.error(codes::FAIRNESS, span, words);
        }
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for clause in &c.clauses {
            let Some(place) = place_of(&clause.kind) else { continue };
            if !place.concepts.contains(&c.kind) {
                self.misplaced(c.kind, clause, &place);
                continue;
            }
            let says = |ty: &ConceptType| place.types.contains(ty);
            if !place.types.is_empty() && !types.is_empty() && !types.iter().any(says) {
                let needs = ConceptType::words(place.types, "` or `");
                let all = ConceptType::words(&types, ", ");
                let words = format!("`{}` says nothing about {all}", place.word);
                let d = Diagnostic::error(codes::CLAUSE_TYPE, clause.span, words);
                self.report(d.help(format!("add the type `{needs}` after the colon, or delete the clause")));
            }
            if let Some((_, first)) = seen.iter().find(|(w, _)| *w == place.word && !place.many) {
                let words = format!("`{}` is given twice", place.word);
                let d = Diagnostic::error(codes::CLAUSE_TWICE, clause.span, words);
                let d = d.related(*first, "first given here");
                self.report(match &clause.kind {
                    ClauseKind::Protects(_) | ClauseKind::Restores(_) => {
                        d.help(format!("name both in one: `{} [a, b]`", place.word))
                    }
                    _ => d,
                });
            }
            seen.push((place.word, clause.span));
        }
    }

    fn misplaced(&mut self, kind: ConceptKind, clause: &Clause, place: &Place) {
        let homes: Vec<&str> = place.concepts.iter().map(|k| k.with_article()).collect();
        let words = match &clause.kind {
            ClauseKind::Form(_) => format!("{} has no property of its own", kind.with_article()),
            _ => format!("`{}` is no clause of {}", place.word, kind.with_article()),
        };
        let d = Diagnostic::error(codes::CLAUSE_PLACE, clause.span, words);
        let home = homes.join(" or ");
        self.report(match &clause.kind {
            ClauseKind::Form(_) => d.help("declare an `invariant` with it"),
            _ => d.help(format!("it belongs to {home}")),
        });
    }

    /// Clauses that stand where they may, for passes after [`Self::placement`].
    pub(super) fn own(c: &Concept) -> impl Iterator<Item = &Clause> {
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
        let mut views = Self::own(c).filter_map(|x| match &x.kind {
            ClauseKind::Views { value, binder } => {
                Some(Shown { value, binder: binder.as_ref(), span: x.span })
            }
            _ => None,
        });
        let first = views.next();
        let (shown, value, version) = self.shown(c, first.as_ref());
        (self.program.orders[index].value, self.program.orders[index].version) = (value, version);
        self.program.orders[index].views = shown;
        for more in views {
            if !self.may_be_more(c, index, first.as_ref(), &more) {
                continue;
            }
            if let (Some(views), value, version) = self.shown(c, Some(&more)) {
                self.program.orders[index].more.push(MoreViews { views, value, version });
            }
        }
        for clause in Self::own(c) {
            if let ClauseKind::Scope(words) = &clause.kind {
                self.program.orders[index].scope = Some(words.value.clone());
            }
        }
        let version = self.program.orders[index].version.as_ref().map(|v| v.ty);
        for clause in Self::own(c) {
            if let ClauseKind::Write { action, value, .. } = &clause.kind {
                let write = self.write(action, value, clause.span, version);
                self.program.orders[index].writes.extend(write);
            }
        }
        self.views_are_lists(index);
    }

    /// One `views`, with `value` and `version` in the scope of its binder.
    fn shown(
        &mut self,
        c: &Concept,
        shown: Option<&Shown<'_>>,
    ) -> (Option<Views>, Option<Expr>, Option<Expr>) {
        let views = shown.map(|Shown { value, binder, span }| {
            let binder = binder.map(|b| self.binder(b));
            let value = self.infer(value, None);
            Views { value, binder, span: *span }
        });
        let (mut value, mut version) = (None, None);
        for clause in Self::own(c) {
            match &clause.kind {
                ClauseKind::Value(e) => value = Some(self.infer(e, None)),
                ClauseKind::Version(e) => version = Some(self.infer(e, None)),
                _ => {}
            }
        }
        self.locals.clear();
        (views, value, version)
    }

    /// What `value` and `version` call a participant, every `views` calls so; and one register has no views of other kinds.
    fn may_be_more(
        &mut self,
        c: &Concept,
        index: usize,
        first: Option<&Shown<'_>>,
        more: &Shown<'_>,
    ) -> bool {
        let types = &self.program.orders[index].header.types;
        if let Some(first) = first
            && types.contains(&ConceptType::Order(OrderType::CompareAndSet))
        {
            let d = Diagnostic::error(codes::CLAUSE_TWICE, more.span, "`views` is given twice");
            let d = d.related(first.span, "first given here");
            self.report(d.help("what is compared and set is one register"));
            return false;
        }
        let binders = (first.and_then(|first| first.binder), more.binder);
        let (Some(theirs), Some(mine)) = binders else { return true };
        let speaks = |e: &tree::Expr| {
            let names = super::graph::expressions(e);
            names.into_iter().any(|e| matches!(&e.kind, tree::ExprKind::Name(n) if *n == theirs.name.text))
        };
        let clause = Self::own(c).find_map(|x| match &x.kind {
            ClauseKind::Value(e) if speaks(e) => Some("value"),
            ClauseKind::Version(e) if speaks(e) => Some("version"),
            _ => None,
        });
        let Some(word) = clause.filter(|_| theirs.name.text != mine.name.text) else { return true };
        let words = format!(
            "`{word}` speaks of `{}`, and here a participant is `{}`",
            theirs.name.text, mine.name.text
        );
        let d = Diagnostic::error(codes::UNKNOWN_NAME, mine.name.span, words);
        self.report(d.help(format!("call it the same: `views … for {} in …`", theirs.name.text)));
        false
    }

    /// `append` and `leader` compare views with each other, `append` as lists.
    fn views_are_lists(&mut self, index: usize) {
        let order = &self.program.orders[index];
        let append = order.header.types.contains(&ConceptType::Order(OrderType::Append));
        let each = order.views.iter().chain(order.more.iter().map(|more| &more.views));
        let listed: Vec<_> =
            each.clone().filter(|views| matches!(views.value.kind, ExprKind::List(_))).collect();
        let listed: Vec<_> = listed.into_iter().map(|views| (views.value.ty, views.value.span)).collect();
        let each: Vec<_> = each.map(|views| (views.value.ty, views.value.span)).collect();
        for (ty, span) in listed {
            let of_lists = match self.get(ty) {
                Type::List { element, .. } => matches!(self.get(element), Type::List { .. }),
                _ => false,
            };
            if of_lists {
                let d = Diagnostic::error(codes::MISMATCH, span, "a list of views is one view");
                self.report(d.help("each stands by itself: `views a.log  views b.log`"));
            }
        }
        for (i, (ty, span)) in each.iter().copied().enumerate() {
            if append && !matches!(self.get(ty), Type::List { .. } | Type::Error) {
                self.mismatch(span, "a list (the agreed part of an append order)", ty);
                if matches!(self.get(ty), Type::Set(_))
                    && let Some(d) = self.diagnostics.last_mut()
                {
                    d.help = Some("each is a view: `views n.log for n in NODE`".to_string());
                }
            } else if i > 0 && self.program.types.join(each[0].0, ty, true).is_none() {
                let expected = self.type_name(each[0].0);
                self.mismatch(span, &expected, ty);
            }
        }
    }

    /// `write ACTION expects EXPR`, `write ACTION carries EXPR`: typed once in the scope of each action of that name.
    pub(super) fn write(
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
    pub(super) fn in_scope_of<T>(
        &mut self,
        id: ActionId,
        context: Context,
        act: impl FnOnce(&mut super::check::Checker<'_>) -> T,
    ) -> T {
        self.in_scope(self.locals_of(id), context, act)
    }

    /// Its parameters, message fields and nodes.
    pub(super) fn locals_of(&self, id: ActionId) -> Vec<LocalId> {
        let action = &self.program.actions[id.index()];
        let mut locals: Vec<LocalId> = action.params.clone();
        if let ActionKind::Handler { from, fields, .. } = &action.kind {
            locals.extend(fields);
            locals.extend(from);
        }
        locals.extend(action.at);
        locals
    }

    pub(super) fn in_scope<T>(
        &mut self,
        locals: Vec<LocalId>,
        context: Context,
        act: impl FnOnce(&mut super::check::Checker<'_>) -> T,
    ) -> T {
        locals.into_iter().for_each(|l| self.rebind(l));
        let result = self.within(context, |c| act(c));
        self.locals.clear();
        result
    }

    /// All actions of a name: of an action, of a resolution or reconciler, or handlers of a message.
    pub(super) fn actions_named(&mut self, name: &Name) -> Option<Vec<ActionId>> {
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
        self.report(match names.is_empty() {
            true => d.help(format!("this system has no {what} yet")),
            false => {
                let words = format!("declared here: {}", names.join(", "));
                d.meant_among(&name.text, names, words)
            }
        });
    }
}
