//! Declarations: types, nodes, states, messages, links, definitions.
//!
//! Enters: the members of a system. Leaves: the program's tables, in declaration
//! order. What needs something declared later is resolved in the order of needs; circles are reported.

use super::analyser::{Analyser, Of};
use super::calls::is_builtin;
use super::check::Context;
use super::graph;
use super::names::Meaning;
use super::program::{
    Def, DefId, Expr, ExprKind, Init, Link, LinkId, Message, MessageId, NodeField, NodeFieldId, NodeId,
    State, StateId, Timekeeper, Type, TypeId, View,
};
use crate::diag::codes::analysis as codes;
use crate::diag::{Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::tree::{self, Between, MemberKind, Name, Storage, TypeExpr};
use crate::words::Question;
use rustc_hash::FxHashMap;

/// Messages in flight on a link, at most.
const MAX_CAPACITY: i64 = 255;
/// The end of a link that names no node (reported).
pub(super) const UNKNOWN_NODE: NodeId = NodeId(u32::MAX);
/// Calls of definitions nest at most this deep.
const MAX_CALLS: u32 = 64;

impl Analyser<'_, '_> {
    pub(super) fn circle<'n>(&mut self, name: &Name, what: &str, path: impl Iterator<Item = &'n Name>) {
        let path: Vec<&str> = path.map(|n| n.text.as_str()).collect();
        let words = format!("{what} `{}` depends on itself", name.text);
        let mut d = Diagnostic::error(codes::CIRCULAR, name.span, words);
        if path.len() > 1 {
            d = d.label(format!("the circle: {}", path.join(" → ")));
        }
        if what == "definition" {
            d = d.help(
                "no `def` calls itself: it goes through a set, `sum x in S: EXPR`, `max x in S: EXPR`, `first x in S where P`",
            );
        }
        self.report(d);
    }

    // ---- state ----

    /// Fields of nodes, states, messages and links: types only. Initial values come when all names are known.
    pub(super) fn variables(&mut self) {
        let mut node = 0;
        for m in self.members.clone() {
            match &m.member.kind {
                MemberKind::Node { fields, .. } => {
                    self.node_fields(NodeId(node), fields);
                    node += 1;
                }
                MemberKind::State { name, storage, ty, .. } => {
                    let ty = self.type_expr(ty);
                    let time = self.keeps_time(*storage, ty, name.span);
                    let id = StateId(self.program.states.len() as u32);
                    self.program.states.push(State {
                        name: name.text.clone(),
                        ty,
                        ghost: *storage == Storage::Ghost,
                        time,
                        init: Init::Default,
                        docs: m.member.docs.clone(),
                        span: name.span,
                    });
                    self.declare_value(name, Meaning::State(id));
                }
                MemberKind::Message { name, fields } => {
                    let docs = m.member.docs.clone();
                    let record = self.fields_record(&name.text, fields, docs.clone(), name.span);
                    let id = MessageId(self.program.messages.len() as u32);
                    let (span, link) = (name.span, None);
                    self.program.messages.push(Message { name: name.text.clone(), record, link, docs, span });
                    self.names.add_message(&name.text, id);
                }
                _ => {}
            }
        }
        for m in self.members.clone() {
            if let MemberKind::Link(link) = &m.member.kind {
                self.link(link, m.member.docs.clone());
            }
        }
    }

    fn node_fields(&mut self, node: NodeId, fields: &[tree::NodeField]) {
        for (i, f) in fields.iter().enumerate() {
            let ty = self.type_expr(&f.ty);
            if let Some(first) = fields[..i].iter().find(|o| o.name.text == f.name.text) {
                self.report(super::definitions::duplicate(&f.name, first.name.span));
            } else if f.name.text == "up" {
                let d = Diagnostic::error(codes::CLASH, f.name.span, "`up` is built in: every node has it");
                self.report(d.help("give the field another name"));
            }
            let time = self.keeps_time(f.storage, ty, f.name.span);
            let id = NodeFieldId(self.program.node_fields.len() as u32);
            self.program.nodes[node.index()].fields.push(id);
            self.program.node_fields.push(NodeField {
                node,
                name: f.name.text.clone(),
                ty,
                volatile: f.storage == Storage::Volatile,
                ghost: f.storage == Storage::Ghost,
                time,
                init: Init::Default,
                docs: f.docs.clone(),
                span: f.name.span,
            });
        }
    }

    /// Initial values of fields and states, in declaration order.
    pub(super) fn initial_values(&mut self) {
        let (mut field, mut state) = (0, 0);
        for m in self.members.clone() {
            match &m.member.kind {
                MemberKind::Node { fields, .. } => {
                    for f in fields {
                        let ty = self.program.node_fields[field].ty;
                        self.program.node_fields[field].init = match &f.init {
                            Some(tree::Init::Value(e)) if f.storage == Storage::Volatile => {
                                self.computed(field, e)
                            }
                            Some(tree::Init::View { of, fresh, .. }) => {
                                let of = self.within(Context::VIEW, |c| c.check(of, ty));
                                let (field, fresh) = (NodeFieldId(field as u32), *fresh);
                                self.program.node_fields[field.index()].time = Some(Timekeeper::View);
                                self.program.views.push(View { field, of, fresh });
                                Init::Default
                            }
                            init => self.init(init.as_ref(), ty),
                        };
                        field += 1;
                    }
                }
                MemberKind::State { init, .. } => {
                    let ty = self.program.states[state].ty;
                    self.program.states[state].init = self.init(init.as_ref(), ty);
                    state += 1;
                }
                _ => {}
            }
        }
    }

    /// The value of a volatile field: fields of its node stand in it by name, where no constant has that name.
    fn computed(&mut self, field: usize, e: &tree::Expr) -> Init {
        self.context = Context::CONSTANT;
        let known = &self.program.node_fields[field];
        let (kind, ty, span) = (known.node, known.ty, known.span);
        let node_ty = self.ty(Type::Node(kind));
        let name = self.program.nodes[kind.index()].name.to_lowercase();
        let node = self.new_local(&name, node_ty, span);
        for id in self.program.nodes[kind.index()].fields.clone() {
            let of = self.program.node_fields[id.index()].clone();
            if of.ghost || !self.names.values(&of.name).iter().all(|(m, _)| matches!(m, Meaning::State(_))) {
                continue;
            }
            let owner = Box::new(self.local_expr(node, of.span));
            let name = Name { text: of.name, span: of.span };
            self.bind_as(&name, ExprKind::NodeField { node: owner, field: id }, of.ty);
        }
        let value = self.check(e, ty);
        self.never_fits(&value, ty);
        self.locals.clear();
        let (mut reads, mut lost) = (false, Vec::new());
        value.walk(&mut |part| {
            if let ExprKind::NodeField { field, .. } = &part.kind {
                reads = true;
                lost.extend(self.program.node_fields[field.index()].volatile.then_some((*field, part.span)));
            }
        });
        for (other, at) in lost {
            let other = self.program.node_fields[other.index()].name.clone();
            let words = format!("`{other}` is lost in a crash, too");
            let d = Diagnostic::error(codes::NOT_CONSTANT, at, words);
            self.report(d.help("a volatile field is made of durable ones: say here what they are"));
        }
        if reads { Init::Computed { node, value } } else { Init::Value(value) }
    }

    fn init(&mut self, init: Option<&tree::Init>, ty: TypeId) -> Init {
        self.context = Context::CONSTANT;
        match init {
            None => Init::Default,
            Some(tree::Init::View { span, .. }) => {
                let d = Diagnostic::error(codes::VIEW, *span, "only a field of a node may be a view");
                self.report(
                    d.help("declare it in a node: `node NAME { volatile FIELD: TYPE = view of EXPR }`"),
                );
                Init::Default
            }
            Some(tree::Init::Value(e)) => {
                let value = self.check(e, ty);
                self.never_fits(&value, ty);
                Init::Value(value)
            }
            Some(tree::Init::Any { binder, set, filter, span }) => {
                let set = set.as_ref().map(|set| {
                    let hint = self.ty(Type::Set(ty));
                    let set = self.infer(set, Some(hint));
                    match self.get(set.ty) {
                        Type::Set(element) if self.program.types.fits(ty, element) => set,
                        _ => {
                            let expected = self.type_name(hint);
                            self.mismatch(set.span, &expected, set.ty)
                        }
                    }
                });
                let name = binder.clone().unwrap_or_else(|| Name { text: "it".into(), span: *span });
                let local = self.bind(&name, ty);
                let filter = filter.as_ref().map(|f| self.condition(f));
                self.locals.clear();
                Init::Any { local, set, filter }
            }
        }
    }

    /// An integer that is known to lie outside the range of its variable.
    fn never_fits(&mut self, value: &Expr, ty: TypeId) {
        let inner = match &value.kind {
            ExprKind::Some(e) => e,
            _ => value,
        };
        let (found, range) = (self.bounds(inner.ty), self.bounds(self.program.types.inner(ty)));
        if let (Some((a, b)), Some((lo, hi))) = (found, range)
            && (b < lo || a > hi)
        {
            let found = if a == b { a.to_string() } else { format!("{a}..{b}") };
            let words = format!("{found} is outside {lo}..{hi}");
            let d = Diagnostic::error(codes::OUT_OF_RANGE, value.span, words);
            let flexible = self.flexible.contains(&self.program.types.inner(ty));
            let set = self.set.first().filter(|_| flexible).cloned();
            self.report(match set {
                Some((span, set)) => d.related(span, format!("here {set}")).help(
                    "make the initial value of the parameters that make its range: then it fits whatever they are",
                ),
                None => d.help(format!("widen the range, or use a value in {lo}..{hi}")),
            });
        }
    }

    // ---- links ----

    /// Said once of all messages of a link; what is sent over either is not judged by their ends then.
    fn on_two_links(&mut self, link: &tree::Link, id: LinkId, twice: &[(&Name, LinkId)]) {
        let [(first, other), ..] = twice else { return };
        let own = *other == id;
        let span = if own { link.name.span } else { self.program.links[other.index()].span };
        let mut names: Vec<&str> = twice.iter().map(|(name, _)| name.text.as_str()).collect();
        names.dedup();
        let words = match names.as_slice() {
            [one] => format!("message {one} is on two links"),
            [all @ .., last] => format!("messages {} and {last} are on two links", all.join(", ")),
            [] => return,
        };
        let end = twice.last().map_or(first.span, |(name, _)| name.span);
        let there = if names.len() == 1 { "it is on this one" } else { "they are on this one" };
        let d = Diagnostic::error(codes::CLASH, first.span.to(end), words).related(span, there);
        let known = (!own).then(|| &self.program.links[other.index()]);
        let ends = known.filter(|known| known.from != UNKNOWN_NODE).map(|known| {
            let node = |id: &NodeId| self.program.nodes.get(id.index()).map_or("NODE", |node| &node.name);
            let mut ends: Vec<&str> = known.to.iter().map(node).collect();
            for to in &link.to {
                if !ends.contains(&to.text.as_str()) {
                    ends.push(&to.text);
                }
            }
            (node(&known.from) == link.from.text && ends.len() > 1).then(|| ends.join(", "))
        });
        let several = ends.flatten().map(|ends| {
            let (name, from) = (&link.name.text, &link.from.text);
            format!(
                "what goes to several kinds is on one, `link {name}: {} from {from} to {ends}`; else ",
                names[0]
            )
        });
        let several = several.unwrap_or_default();
        self.report(
            d.help(format!("a message belongs to one link: {several}declare another message for the other")),
        );
        for (_, other) in twice.iter().filter(|(_, other)| *other != id) {
            self.program.links[other.index()].to.push(UNKNOWN_NODE);
        }
    }

    fn link(&mut self, link: &tree::Link, docs: Option<String>) {
        let from = self.node_kind(&link.from);
        let to = link.to.iter().map(|to| self.node_kind(to).unwrap_or(UNKNOWN_NODE)).collect();
        for (i, name) in link.to.iter().enumerate() {
            if let Some(first) = link.to[..i].iter().find(|o| o.text == name.text) {
                self.report(super::definitions::duplicate(name, first.span));
            }
        }
        let id = LinkId(self.program.links.len() as u32);
        let mut messages: Vec<MessageId> = Vec::new();
        let mut twice: Vec<(&Name, LinkId)> = Vec::new();
        for name in &link.messages {
            let Some(message) = self.message(name) else { continue };
            if let Some(other) = self.program.messages[message.index()].link {
                twice.push((name, other));
                continue;
            }
            self.program.messages[message.index()].link = Some(id);
            messages.push(message);
        }
        self.on_two_links(link, id, &twice);
        if let (Some(ordered), Some(unordered)) = (link.ordered, link.unordered) {
            let words = format!("link {} is both ordered and unordered", link.name.text);
            self.report(Diagnostic::error(codes::CLASH, ordered, words).related(unordered, "and here"));
        }
        let ordered = link.ordered.is_some();
        let stated = link.capacity.as_ref().map(|c| self.constant_in(c, 1, MAX_CAPACITY, "the capacity"));
        let capacity = stated.flatten().unwrap_or(if ordered { 2 } else { 4 }) as u32;
        if let Some(Between { least, most }) = link.latency
            && least.nanos > most.nanos
        {
            self.error(codes::EMPTY, least.span.to(most.span), "the least latency is above the greatest");
        }
        // Pushed even where an end is unknown, so that messages find their link.
        self.program.links.push(Link {
            name: link.name.text.clone(),
            messages,
            from: from.unwrap_or(UNKNOWN_NODE),
            to,
            both_ways: link.both_ways,
            ordered,
            lossy: link.lossy,
            duplicating: link.duplicating,
            shadow: false,
            capacity,
            capacity_stated: link.capacity.is_some(),
            latency: link.latency.map(|time| (time.least.nanos, time.most.nanos)),
            docs,
            span: link.name.span,
        });
    }

    fn node_kind(&mut self, name: &Name) -> Option<NodeId> {
        match self.meaning_of_type(&name.text).map(|ty| self.get(ty)) {
            Some(Type::Node(id)) => return Some(id),
            Some(Type::Error) => return None,
            _ => {}
        }
        let d = Diagnostic::error(codes::UNKNOWN_TYPE, name.span, format!("unknown node `{}`", name.text));
        let near = nearest(&name.text, self.program.nodes.iter().map(|n| n.name.as_str())).map(str::to_owned);
        self.report(match near {
            Some(near) => d.meant(&near),
            None => d.help(format!("declare it: `node {} {{ … }}`", name.text)),
        });
        None
    }

    // ---- definitions ----

    /// `def`s in the order of their needs: a definition's type is known before it is called.
    pub(super) fn defs(&mut self) {
        let declared: Vec<(Of<'_>, &Name)> = self
            .members
            .iter()
            .filter_map(|m| match &m.member.kind {
                MemberKind::Def { name, .. } => Some((*m, name)),
                _ => None,
            })
            .collect();
        let positions: FxHashMap<&str, usize> =
            declared.iter().enumerate().map(|(i, (_, n))| (n.text.as_str(), i)).collect();
        let needs: Vec<Vec<usize>> = declared
            .iter()
            .map(|(m, _)| match &m.member.kind {
                MemberKind::Def { body, .. } => calls_in(body, &positions),
                _ => Vec::new(),
            })
            .collect();
        let broken = self.broken(Span::default());
        for (m, name) in &declared {
            if is_builtin(&name.text) || Question::named(&name.text) == Some(Question::Old) {
                let words = format!("`{}` is a built-in function", name.text);
                self.report(
                    Diagnostic::error(codes::CLASH, name.span, words).help("give yours another name"),
                );
            }
            let id = DefId(self.program.defs.len() as u32);
            self.names.add_def(&name.text, id);
            let (docs, span) = (m.member.docs.clone(), name.span);
            let (body, ty) = (broken.clone(), broken.ty);
            self.program.defs.push(Def { name: name.text.clone(), params: Vec::new(), ty, body, docs, span });
            self.checker.defs.push(Default::default());
        }
        let (order, cycles) = graph::order(&needs);
        let mut depth = vec![0u32; declared.len()];
        for i in order {
            depth[i] = needs[i].iter().map(|n| depth[*n] + 1).max().unwrap_or(0);
            let MemberKind::Def { params, ty, body, .. } = &declared[i].0.member.kind else { continue };
            self.context = Context::DEF;
            self.program.defs[i].params = self.bind_params(params);
            if let Some(cycle) = cycles.iter().find(|c| c.contains(&i)) {
                self.circle(declared[i].1, "definition", cycle.iter().map(|c| declared[*c].1));
            } else if depth[i] > MAX_CALLS {
                let words = format!("calls nest more than {MAX_CALLS} levels deep");
                self.error(codes::TOO_DEEP, declared[i].1.span, words);
            } else {
                self.def(i, ty.as_ref(), body);
            }
            self.locals.clear();
        }
    }

    fn def(&mut self, index: usize, ty: Option<&TypeExpr>, body: &tree::Expr) {
        self.used = Default::default();
        let declared = ty.map(|ty| self.type_expr(ty));
        let body = match declared {
            Some(ty) => self.check(body, ty),
            None => self.infer(body, None),
        };
        self.program.defs[index].ty = declared.unwrap_or(body.ty);
        self.program.defs[index].body = body;
        let used = std::mem::take(&mut self.used);
        self.checker.defs[index] = used;
    }

    /// Parameters of an action or definition, in scope until the caller clears `locals`.
    pub(super) fn bind_params(&mut self, params: &[tree::ParamDecl]) -> Vec<super::program::LocalId> {
        let mut bound = Vec::new();
        for (i, p) in params.iter().enumerate() {
            if let Some(first) = params[..i].iter().find(|o| o.name.text == p.name.text) {
                self.report(super::definitions::duplicate(&p.name, first.name.span));
            }
            let ty = self.type_expr(&p.ty);
            bound.push(self.bind(&p.name, ty));
        }
        bound
    }
}

fn calls_in(e: &tree::Expr, positions: &FxHashMap<&str, usize>) -> Vec<usize> {
    let calls = graph::expressions(e).into_iter().filter_map(|e| match &e.kind {
        tree::ExprKind::Call(name, _) => positions.get(name.text.as_str()).copied(),
        _ => None,
    });
    unique(calls)
}

pub(super) fn unique(items: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut all: Vec<usize> = items.collect();
    all.sort_unstable();
    all.dedup();
    all
}
