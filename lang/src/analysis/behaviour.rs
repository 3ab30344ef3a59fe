//! Behaviour: actions, handlers, restarts, and the acts of resolutions and reconcilers, all as [`Action`]s.
//!
//! Enters: their trees. Leaves: the program's actions, in declaration order, with their locals, guards and bodies.

use super::analyser::Analyser;
use super::check::Context;
use super::declare::UNKNOWN_NODE;
use super::program::{
    Action, ActionId, ActionKind, BinaryOp, Expr, ExprKind, Fairness, Init, LocalId, MessageId, NodeId,
    Place, PlaceRoot, Stmt, StmtKind, Type,
};
use super::sought::Needed;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::tree::{self, FairnessWord, Name};

/// What an act is, apart from where it runs and what it does.
pub(super) struct Act<'t> {
    pub name: String,
    pub kind: ActionKind,
    pub fairness: Fairness,
    pub docs: Option<String>,
    pub span: Span,
    pub at: Option<&'t tree::Place>,
    pub when: Option<&'t tree::Expr>,
    pub within: Option<&'t tree::Expr>,
    pub body: &'t tree::Block,
}

/// The locals of `from f in F` and `at b in B`, with their sets.
struct Endpoints {
    from: Option<LocalId>,
    from_set: Option<Expr>,
    at: LocalId,
    at_set: Option<Expr>,
}

impl Analyser<'_, '_> {
    pub(super) fn action(&mut self, action: &tree::Action, docs: Option<String>) {
        let fairness = fairness(action.fairness, Fairness::Unfair);
        let params = self.bind_params(&action.params);
        let act = Act {
            name: action.name.text.clone(),
            kind: ActionKind::Client,
            fairness,
            docs,
            span: action.name.span,
            at: action.at.as_ref(),
            when: action.when.as_ref(),
            within: action.within.as_ref(),
            body: &action.body,
        };
        self.act(act, params);
        self.locals.clear();
    }

    /// Adds an act; locals that are in scope already stay in scope. Its `at` stays in scope too.
    pub(super) fn act(&mut self, act: Act<'_>, params: Vec<LocalId>) -> ActionId {
        let (at, at_set) = match act.at {
            Some(tree::Place { name, set }) => {
                let (local, set) = self.runs_at(name, set.as_ref(), None);
                (Some(local), set)
            }
            None => (None, None),
        };
        self.finish(act, params, at, at_set, Vec::new())
    }

    pub(super) fn finish(
        &mut self,
        act: Act<'_>,
        params: Vec<LocalId>,
        at: Option<LocalId>,
        at_set: Option<Expr>,
        mut guards: Vec<Expr>,
    ) -> ActionId {
        if let Some(when) = act.when {
            guards.push(self.within(Context::GUARD, |c| c.condition(when)));
        }
        let within = act.within.and_then(|n| self.ticks(n, 0));
        let body = self.within(Context::EFFECT, |c| c.block(act.body, at));
        let Act { name, kind, fairness, docs, span, .. } = act;
        // Time waits for what has a deadline.
        let fairness = match (within, fairness) {
            (Some(_), Fairness::Unfair) => Fairness::Weak,
            (_, fairness) => fairness,
        };
        self.program.actions.push(Action {
            name,
            kind,
            fairness,
            params,
            at,
            at_set,
            guards,
            within,
            body,
            timers: Vec::new(),
            docs,
            span,
        });
        ActionId(self.program.actions.len() as u32 - 1)
    }

    /// The local of `at x in S`, and S where it is not simply all nodes of the kind.
    pub(super) fn runs_at(
        &mut self,
        name: &Name,
        set: Option<&tree::Expr>,
        default: Option<NodeId>,
    ) -> (LocalId, Option<Expr>) {
        if let Some(first) = self.locals.iter().find(|l| l.name == name.text).map(|l| l.span) {
            self.report(super::definitions::duplicate(name, first));
        }
        let Some(set) = set else {
            let ty = match default.or_else(|| self.only_node(name)) {
                Some(node) => self.ty(Type::Node(node)),
                None => self.error_type(),
            };
            return (self.bind(name, ty), None);
        };
        let (node, set) = self.node_set(set);
        let ty = self.node_type(node);
        (self.bind(name, ty), set)
    }

    /// A set of nodes: their kind, and the set itself where it is narrower than the kind.
    fn node_set(&mut self, set: &tree::Expr) -> (Option<NodeId>, Option<Expr>) {
        let set = self.within(Context::GUARD, |c| {
            c.seek(set, Needed::Nodes);
            let set = c.infer(set, None);
            c.opened(set)
        });
        if let Type::Set(element) = self.get(set.ty)
            && let Type::Node(node) = self.get(element)
        {
            let all = matches!(set.kind, ExprKind::TypeSet(_));
            return (Some(node), (!all).then_some(set));
        }
        let whole: Vec<String> = self.program.nodes.iter().map(|n| n.name.clone()).collect();
        let known =
            if whole.is_empty() { "declare one, `node NAME[3]`".to_owned() } else { whole.join(", ") };
        if !self.is_error(set.ty) {
            let found = self.type_name(set.ty);
            let words = format!("expected a set of nodes, found {found}");
            let d = Diagnostic::error(codes::MISMATCH, set.span, words);
            self.report(d.help(format!("kinds of nodes: {known}")));
        }
        (None, None)
    }

    fn only_node(&mut self, name: &Name) -> Option<NodeId> {
        if self.program.nodes.len() == 1 {
            return Some(NodeId(0));
        }
        let words = format!("which node is `{}`?", name.text);
        let d = Diagnostic::error(codes::WHICH_NODE, name.span, words);
        let named = self.program.nodes.iter().find(|n| n.name.to_lowercase() == name.text.to_lowercase());
        let open: Vec<String> = match named {
            Some(node) => vec![format!("`at {} in {}`", name.text, node.name)],
            None => {
                let kinds = self.program.nodes.iter().take(4);
                kinds.map(|n| format!("`at {} in {}`", name.text, n.name)).collect()
            }
        };
        let kind = self.program.nodes.iter().find(|n| n.name == name.text);
        if let Some(kind) = kind {
            let text = format!("{} in {}", kind.name.to_lowercase(), kind.name);
            let d = Diagnostic::error(
                codes::WHICH_NODE,
                name.span,
                format!("{} is a kind of node, not a name for one", kind.name),
            );
            self.report(d.fix(name.span, text.clone(), format!("write `at {text}`")));
            return None;
        }
        self.report(match open.is_empty() {
            false => d.help(format!("say its kind: {}", open.join(" or "))),
            true => d.help("declare one: `node NAME[3]`"),
        });
        None
    }

    // ---- restarts ----

    /// `on restart at n when P { … }`: the clauses of a kind become one action, each where its guard is true by then.
    pub(super) fn recovery(&mut self, recovery: &tree::Recovery, docs: Option<String>) {
        let tree::Place { name, set } = &recovery.at;
        let (mut at, set) = self.runs_at(name, set.as_ref(), None);
        let ty = self.program.locals[at.index()].ty;
        let kind = if let Type::Node(kind) = self.get(ty) { Some(kind) } else { None };
        let known = kind.and_then(|kind| self.program.recovery(kind));
        if let Some(first) = known.and_then(|id| self.program.actions[id.index()].at) {
            at = first;
            self.locals.clear();
            self.bind_as(name, ExprKind::Local(first), ty);
        }
        let mut condition = set.map(|set| {
            let (span, node) = (set.span, self.local_expr(at, set.span));
            self.bool_expr(ExprKind::Binary(BinaryOp::In, Box::new(node), Box::new(set)), span)
        });
        if let Some(when) = &recovery.when {
            let when = self.within(Context::GUARD, |c| c.condition(when));
            condition = Some(match condition {
                None => when,
                Some(inside) => {
                    let span = when.span;
                    let both = ExprKind::Binary(BinaryOp::And, Box::new(inside), Box::new(when));
                    self.bool_expr(both, span)
                }
            });
        }
        let mut body = self.within(Context::EFFECT, |c| c.block(&recovery.body, Some(at)));
        self.locals.clear();
        let (Some(kind), span) = (kind, recovery.word.span) else { return };
        if let Some(condition) = condition {
            body = vec![Stmt { kind: StmtKind::If { condition, then: body, otherwise: Vec::new() }, span }];
        }
        let id = known.unwrap_or_else(|| self.restart(kind, at, docs, span));
        self.program.actions[id.index()].body.extend(body);
    }

    /// What volatile fields are computed from may have changed while the node was down: they are computed first of all.
    pub(super) fn computed_again(&mut self) {
        for kind in (0..self.program.nodes.len() as u32).map(NodeId) {
            let mut computed = Vec::new();
            for id in &self.program.nodes[kind.index()].fields {
                let field = &self.program.node_fields[id.index()];
                if let Init::Computed { node, value } = &field.init {
                    computed.push((*id, *node, value.clone(), field.ty));
                }
            }
            let Some((first, node, ..)) = computed.first() else { continue };
            let (at, span) = (*node, self.program.node_fields[first.index()].span);
            let id = match self.program.recovery(kind) {
                Some(id) => id,
                None => self.restart(kind, at, None, span),
            };
            let at = self.program.actions[id.index()].at.unwrap_or(at);
            let mut body = Vec::new();
            for (field, node, value, ty) in computed {
                let span = value.span;
                let here = self.local_expr(at, span);
                let root = PlaceRoot::NodeField { node: Box::new(here.clone()), field };
                let place = Place { root, path: Vec::new(), ty, span };
                let value = value.with_local(node, &here);
                body.push(Stmt { kind: StmtKind::Assign { place, value }, span });
            }
            let action = &mut self.program.actions[id.index()];
            action.body.splice(0..0, body);
        }
    }

    /// What nodes of a kind do as part of their restart, nothing so far.
    pub(super) fn restart(
        &mut self,
        kind: NodeId,
        at: LocalId,
        docs: Option<String>,
        span: Span,
    ) -> ActionId {
        self.program.actions.push(Action {
            name: "on restart".to_owned(),
            kind: ActionKind::Restart(kind),
            fairness: Fairness::Weak,
            params: Vec::new(),
            at: Some(at),
            at_set: None,
            guards: Vec::new(),
            within: None,
            body: Vec::new(),
            timers: Vec::new(),
            docs,
            span,
        });
        ActionId(self.program.actions.len() as u32 - 1)
    }

    // ---- handlers ----

    /// `on MESSAGE from f at b when … { … }`; `resolution`: index of the resolution that it belongs to.
    pub(super) fn handler(
        &mut self,
        handler: &tree::Handler,
        docs: Option<String>,
        resolution: Option<usize>,
        default: Fairness,
    ) -> Option<ActionId> {
        let message = self.message(&handler.message)?;
        let record = self.program.messages[message.index()].record;
        let declared = self.program.records[record.index()].fields.clone();
        let span = self.program.records[record.index()].span;
        let mut fields = Vec::new();
        for (name, ty) in declared {
            fields.push(self.bind(&Name { text: name, span }, ty));
        }
        let Endpoints { from, from_set, at, at_set } = self.endpoints(handler, message);
        let mut guards = Vec::new();
        if let (Some(from), Some(set)) = (from, from_set) {
            let span = set.span;
            let from = self.local_expr(from, span);
            let inside = ExprKind::Binary(BinaryOp::In, Box::new(from), Box::new(set));
            guards.push(self.bool_expr(inside, span));
        }
        let act = Act {
            name: format!("on {}", handler.message.text),
            kind: ActionKind::Handler { message, from, fields, resolution },
            fairness: fairness(handler.fairness, default),
            docs,
            span: handler.message.span,
            at: None,
            when: handler.when.as_ref(),
            within: None,
            body: &handler.body,
        };
        let id = self.finish(act, Vec::new(), Some(at), at_set, guards);
        self.locals.clear();
        Some(id)
    }

    /// Typed from the ends of the message's link.
    fn endpoints(&mut self, handler: &tree::Handler, message: MessageId) -> Endpoints {
        let pairs = self.ways(handler, message);
        let from_kind = handler.from.as_ref().and_then(|f| f.set.as_ref()).map(|set| self.node_set(set));
        let at_kind = handler.at.set.as_ref().map(|set| self.node_set(set));
        let open: Vec<(NodeId, NodeId)> = pairs
            .iter()
            .copied()
            .filter(|(f, _)| from_kind.as_ref().is_none_or(|k| k.0.is_none_or(|n| n == *f)))
            .filter(|(_, t)| at_kind.as_ref().is_none_or(|k| k.0.is_none_or(|n| n == *t)))
            .collect();
        if open.len() > 1 {
            self.which_end(handler, &open);
        } else if open.is_empty() && !pairs.is_empty() {
            self.wrong_end(handler, message, &pairs);
        }
        let ends = if open.len() == 1 { open.first().copied() } else { None };
        let bind = |c: &mut Self, name: &Name, node: Option<NodeId>| {
            if let Some(first) = c.locals.iter().find(|l| l.name == name.text).map(|l| l.span) {
                c.report(super::definitions::duplicate(name, first));
            }
            let ty = c.node_type(node);
            c.bind(name, ty)
        };
        let from = handler.from.as_ref().map(|from| bind(self, &from.name, ends.map(|e| e.0)));
        let at = bind(self, &handler.at.name, ends.map(|e| e.1));
        Endpoints { from, from_set: from_kind.and_then(|k| k.1), at, at_set: at_kind.and_then(|k| k.1) }
    }

    /// Sender and receiver kinds that the message's link allows.
    fn ways(&mut self, handler: &tree::Handler, message: MessageId) -> Vec<(NodeId, NodeId)> {
        let Some(link) = self.program.messages[message.index()].link else {
            self.no_link(&handler.message);
            return Vec::new();
        };
        let link = &self.program.links[link.index()];
        if link.from == UNKNOWN_NODE || link.to.contains(&UNKNOWN_NODE) {
            return Vec::new();
        }
        link.ways()
    }

    fn which_end(&mut self, handler: &tree::Handler, ways: &[(NodeId, NodeId)]) {
        let kinds: Vec<&str> =
            ways.iter().map(|(_, to)| self.program.nodes[to.index()].name.as_str()).collect();
        let (at, message) = (&handler.at.name, &handler.message.text);
        let goes = match ways.iter().all(|(from, _)| *from == ways[0].0) {
            true => format!("to {}", kinds.join(" and ")),
            false => "both ways".to_owned(),
        };
        let words = format!("which node is `{}`: {message} goes {goes}", at.text);
        let d = Diagnostic::error(codes::WHICH_NODE, at.span, words);
        let each: Vec<String> = kinds.iter().map(|kind| format!("`at {} in {kind}`", at.text)).collect();
        self.report(d.help(format!("write {}", each.join(" or "))));
    }

    fn wrong_end(&mut self, handler: &tree::Handler, message: MessageId, ways: &[(NodeId, NodeId)]) {
        let node = |n: NodeId| self.program.nodes[n.index()].name.clone();
        let ways: Vec<String> =
            ways.iter().map(|(f, t)| format!("from {} to {}", node(*f), node(*t))).collect();
        let words = format!("{} goes {}", handler.message.text, ways.join(" and "));
        let mut d = Diagnostic::error(codes::WRONG_WAY, handler.at.name.span, words);
        if let Some(link) = self.program.messages[message.index()].link {
            d = d.related(self.program.links[link.index()].span, "the link");
        }
        self.report(d);
    }
}

pub(super) fn fairness(word: Option<(FairnessWord, Span)>, default: Fairness) -> Fairness {
    match word {
        None => default,
        Some((FairnessWord::Unfair, _)) => Fairness::Unfair,
        Some((FairnessWord::Fair, _)) => Fairness::Weak,
        Some((FairnessWord::StronglyFair, _)) => Fairness::Strong,
    }
}
