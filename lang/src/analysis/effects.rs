//! Effects: the statements of actions, and the places that they assign.
//!
//! Enters: blocks of the tree. Leaves: typed statements. `+=` and `-=` become `:=`; ghosts flow only into ghosts.

use super::calls::End;
use super::check::{Checker, Context};
use super::declare::UNKNOWN_NODE;
use super::operators::Written;
use super::program::{
    CLAUSE, Expr, ExprKind, LocalId, Method, NodeId, PathStep, Place, PlaceRoot, STALE, Stmt, StmtKind, Type,
    WAY,
};
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::printer;
use crate::syntax::tree::{self, AssignOp, Name, StmtKind as Tree};

/// What a statement changes.
struct Assigned {
    place: Place,
    /// The expression that reads it.
    read: Expr,
    ghost: bool,
}

impl Checker<'_> {
    /// The statements of a block, in a scope of their own. `at`: the node at which the action runs.
    pub(super) fn block(&mut self, block: &tree::Block, at: Option<LocalId>) -> Vec<Stmt> {
        if !self.descend(block.span) {
            return Vec::new();
        }
        let mark = self.locals.len();
        let stmts = block.stmts.iter().filter_map(|s| self.stmt(s, at)).collect();
        self.locals.truncate(mark);
        self.nesting -= 1;
        stmts
    }

    fn stmt(&mut self, stmt: &tree::Stmt, at: Option<LocalId>) -> Option<Stmt> {
        let kind = match &stmt.kind {
            Tree::Assign { place, op, value } => self.assign(place, *op, value, stmt.span)?,
            Tree::Mutate { place, method, args } => self.mutate(place, method, args)?,
            Tree::If { condition, then, otherwise } => {
                let condition = self.condition(condition);
                let then = self.block(then, at);
                let otherwise = otherwise.as_ref().map_or_else(Vec::new, |b| self.block(b, at));
                StmtKind::If { condition, then, otherwise }
            }
            Tree::For { binder, body } => {
                let mark = self.locals.len();
                let binder = self.binder(binder);
                let body = self.block(body, at);
                self.locals.truncate(mark);
                StmtKind::For { binder, body }
            }
            Tree::Choose { binder, body } => {
                self.chosen_by_name(&binder.name);
                let mark = self.locals.len();
                let binder = self.binder(binder);
                let body = self.block(body, at);
                self.locals.truncate(mark);
                StmtKind::Choose { binder, body }
            }
            Tree::Let { name, value } => {
                let value = self.infer(value, None);
                let local = self.bind(name, value.ty);
                StmtKind::Let { local, value }
            }
            Tree::Send { message, fields, to } => self.send(message, fields, to, at, stmt.span)?,
            Tree::Require(condition) => StmtKind::Require(self.condition(condition)),
            Tree::Error => return None,
        };
        Some(Stmt { kind, span: stmt.span })
    }

    /// Behind `with` a line names what is chosen, beside three words of its own.
    fn chosen_by_name(&mut self, name: &tree::Name) {
        let says = match name.text.as_str() {
            CLAUSE => "which of several clauses is meant",
            WAY => "which of several steps is meant",
            STALE => "whether a view shows the version before",
            _ => return,
        };
        let words = format!("`with {}` in a line says {says}, and cannot say what is chosen", name.text);
        let d = Diagnostic::error(codes::CLASH, name.span, words);
        self.report(d.help(format!("choose another name: `choose {}_one in …`", name.text)));
    }

    // ---- places ----

    /// A ghost may be read on the way to a ghost.
    fn place(&mut self, tree: &tree::Expr) -> Option<Assigned> {
        let seen = self.used.ghosts.len();
        let context = Context { ghosts: true, ..self.context };
        let read = self.within(context, |c| c.infer(tree, None));
        let place = self.place_of(&read, tree)?;
        if let PlaceRoot::NodeField { field, .. } = place.root
            && self.program.views.iter().any(|view| view.field == field)
        {
            let d =
                Diagnostic::error(codes::VIEW, tree.span, "a view is not assigned: it shows something else");
            let name = &self.program.node_fields[field.index()].name;
            let help = format!("change what it shows; to remember it, copy `{name}` to a field of its own");
            self.report(d.help(help));
            return None;
        }
        let ghost = match &place.root {
            PlaceRoot::State(id) => self.program.states[id.index()].ghost,
            PlaceRoot::NodeField { field, .. } => self.program.node_fields[field.index()].ghost,
        };
        if !ghost && !self.context.ghosts {
            for (name, span) in self.used.ghosts.split_off(seen) {
                self.ghost_read(&name, span);
            }
        }
        Some(Assigned { place, read, ghost })
    }

    fn place_of(&mut self, read: &Expr, tree: &tree::Expr) -> Option<Place> {
        let mut path = Vec::new();
        let mut e = read;
        let root = loop {
            match &e.kind {
                ExprKind::State(id) => break PlaceRoot::State(*id),
                ExprKind::NodeField { node, field } => {
                    break PlaceRoot::NodeField { node: node.clone(), field: *field };
                }
                ExprKind::Field(of, i) => {
                    path.push(PathStep::Field(*i));
                    e = of;
                }
                ExprKind::Index(of, index) => {
                    path.push(PathStep::Index { container: of.ty, index: (**index).clone() });
                    e = of;
                }
                ExprKind::Error => return None,
                other => {
                    let d = Diagnostic::error(codes::NOT_ASSIGNABLE, tree.span, "this cannot be assigned");
                    let d = match other {
                        ExprKind::Unwrap(_) => d.help("assign the whole optional value, not a part of it"),
                        ExprKind::Up(_) => {
                            d.help("nodes go down and come up by faults: `crash` and `restart`")
                        }
                        ExprKind::Local(_) | ExprKind::Observed { .. } => {
                            d.help("a bound name keeps its value; assign a `state` or a field of a node")
                        }
                        ExprKind::Int(_) => d.help("parameters and numbers are constants"),
                        _ => d.help("assign a `state` or a field of a node, or a part of one"),
                    };
                    self.report(d);
                    return None;
                }
            }
        };
        path.reverse();
        Some(Place { root, path, ty: read.ty, span: tree.span })
    }

    fn assign(
        &mut self,
        tree: &tree::Expr,
        op: AssignOp,
        value: &tree::Expr,
        span: Span,
    ) -> Option<StmtKind> {
        self.look_at_place(tree, None);
        if self.new_name(tree) {
            self.infer(value, None);
            return None;
        }
        let Some(Assigned { place, read, ghost }) = self.place(tree) else {
            self.infer(value, None);
            return None;
        };
        if op != AssignOp::Set && matches!(self.get(place.ty), Type::Map { .. }) {
            self.keys_added(tree, value, span);
            return None;
        }
        let context = Context { ghosts: self.context.ghosts || ghost, ..self.context };
        let written = Written { left: tree, right: value, assigned: true };
        let value = self.within(context, |c| match op {
            AssignOp::Set => c.check(value, place.ty),
            AssignOp::Add | AssignOp::Subtract => {
                let sign = if op == AssignOp::Add { tree::BinaryOp::Add } else { tree::BinaryOp::Subtract };
                let inner = c.program.types.inner(place.ty);
                let value = c.infer(value, Some(inner));
                let changed = c.combine(sign, read, value, written, span);
                c.coerce(changed, place.ty)
            }
        });
        Some(StmtKind::Assign { place, value })
    }

    /// `m += { k -> v }`: a map has all its keys.
    fn keys_added(&mut self, map: &tree::Expr, value: &tree::Expr, span: Span) {
        let d = Diagnostic::error(codes::OPERANDS, span, "a map has a value for every key: none is added");
        self.report(match &value.kind {
            tree::ExprKind::Map(pairs) if pairs.len() == 1 => {
                let (key, value) = &pairs[0];
                let text = format!(
                    "{}[{}] := {}",
                    printer::expression(map),
                    printer::expression(key),
                    printer::expression(value)
                );
                let words = format!("one key is assigned: `{text}`");
                d.fix(span, text, words)
            }
            _ => d.help(format!("one key is assigned: `{}[KEY] := EXPR`", printer::expression(map))),
        });
    }

    fn mutate(&mut self, place: &tree::Expr, method: &Name, args: &[tree::Expr]) -> Option<StmtKind> {
        self.look_at_place(place, Some(method));
        let Some(Assigned { place, ghost, .. }) = self.place(place) else {
            args.iter().for_each(|a| {
                self.infer(a, None);
            });
            return None;
        };
        let (op, element) = match (Method::named(&method.text), self.get(place.ty)) {
            (_, Type::Error) => return None,
            (Some(op @ Method::Push), Type::List { element, .. }) => (op, Some(element)),
            (Some(op @ Method::Pop), Type::List { .. }) => (op, None),
            (Some(op @ (Method::Add | Method::Remove)), Type::Set(element) | Type::Bag { element, .. }) => {
                (op, Some(element))
            }
            (Some(op @ Method::Clear), Type::Set(_) | Type::List { .. } | Type::Bag { .. }) => (op, None),
            (_, ty) => {
                self.no_method(method, &ty, &place);
                return None;
            }
        };
        let expected = usize::from(element.is_some());
        if args.len() != expected {
            let s = if expected == 1 { "" } else { "s" };
            let words = format!("`{}` takes {expected} argument{s}, found {}", method.text, args.len());
            self.error(codes::ARGUMENTS, method.span, words);
            return None;
        }
        let context = Context { ghosts: self.context.ghosts || ghost, ..self.context };
        let value = match (element, args.first()) {
            (Some(element), Some(arg)) => Some(self.within(context, |c| c.check(arg, element))),
            _ => None,
        };
        Some(StmtKind::Mutate { place, op, value })
    }

    fn no_method(&mut self, method: &Name, ty: &Type, place: &Place) {
        let name = method.text.as_str();
        let found = self.type_name(place.ty);
        let d = Diagnostic::error(codes::UNKNOWN_METHOD, method.span, format!("{found} has no `{name}`"));
        let span = d.span;
        let one = |meant: Method, words: &str| d.clone().fix(span, meant.word(), words);
        self.report(match (ty, name) {
            (Type::List { .. }, "add" | "append" | "push_back" | "insert" | "enqueue" | "put") => {
                one(Method::Push, "a list grows with `push`")
            }
            (Type::List { .. }, "remove" | "pop_front" | "dequeue" | "poll" | "shift" | "popleft") => {
                one(Method::Pop, "a list loses its first element with `pop`")
            }
            (Type::Set(_) | Type::Bag { .. }, "push" | "append" | "insert" | "put") => {
                one(Method::Add, "a set or bag grows with `add`")
            }
            (Type::Set(_) | Type::Bag { .. }, "delete" | "discard" | "erase" | "pop") => {
                one(Method::Remove, "a set or bag shrinks with `remove`")
            }
            (Type::List { .. }, _) => {
                let known = ["push", "pop", "clear"];
                d.meant_among(name, known, "a list has `l.push(x)`, `l.pop()` and `l.clear()`")
            }
            (Type::Set(_) | Type::Bag { .. }, _) => {
                let known = ["add", "remove", "clear"];
                d.meant_among(name, known, "a set or bag has `s.add(x)`, `s.remove(x)` and `s.clear()`")
            }
            (Type::Option(_), _) => d.help("assign the whole: `x := EXPR` or `x := none`"),
            (Type::Map { .. }, _) => d.help("assign one key: `m[k] := EXPR`"),
            _ => d.help("assign it: `x := EXPR`"),
        });
    }

    // ---- messages ----

    fn send(
        &mut self,
        name: &Name,
        fields: &[(Name, tree::Expr)],
        to: &tree::Expr,
        at: Option<LocalId>,
        span: Span,
    ) -> Option<StmtKind> {
        let Some(message) = self.message(name) else {
            fields.iter().for_each(|(_, value)| {
                self.infer(value, None);
            });
            self.infer(to, None);
            return None;
        };
        let record = self.program.messages[message.index()].record;
        let fields = self.fields(record, &format!("message {}", name.text), name.span, fields);
        let Some(link) = self.program.messages[message.index()].link else {
            self.infer(to, None);
            self.no_link(name);
            return None;
        };
        let Some(at) = at else {
            self.infer(to, None);
            let d =
                Diagnostic::error(codes::NO_SENDER, span, "nobody sends this: the action runs at no node");
            self.report(d.help("say where it runs: `at b in NODE`"));
            return None;
        };
        let from = self.local_expr(at, span);
        let Type::Node(sender) = self.get(from.ty) else { return None };
        let receivers = self.receivers(link, sender);
        if receivers.is_empty() || receivers.contains(&UNKNOWN_NODE) {
            self.infer(to, None);
            self.wrong_way(name, link, sender, span);
            return None;
        }
        if let Some(d) = self.sent_to_all(to, &name.text) {
            self.report(d);
            return None;
        }
        let to = match receivers.as_slice() {
            [one] => {
                let node = self.ty(Type::Node(*one));
                self.check(to, node)
            }
            _ => self.end(to, message, End::Receiver),
        };
        Some(StmtKind::Send { message, link, fields, from, to })
    }

    /// `send M to N`: a message goes to one node.
    fn sent_to_all(&self, to: &tree::Expr, message: &str) -> Option<Diagnostic> {
        let tree::ExprKind::Name(kind) = &to.kind else { return None };
        let node = self.program.nodes.iter().find(|n| n.name == *kind)?;
        let words = format!("a message is sent to one node, and {kind} is all of them");
        let d = Diagnostic::error(codes::MISMATCH, to.span, words);
        let one = node.name.to_lowercase();
        Some(d.help(format!("one for each: `for {one} in {kind} {{ send {message} to {one} }}`")))
    }

    /// Who gets what a node of this kind sends over a link.
    fn receivers(&self, link: super::program::LinkId, sender: NodeId) -> Vec<NodeId> {
        let ways = self.program.links[link.index()].ways().into_iter();
        ways.filter(|(from, _)| *from == sender).map(|(_, to)| to).collect()
    }

    fn wrong_way(&mut self, name: &Name, link: super::program::LinkId, sender: NodeId, span: Span) {
        let link = &self.program.links[link.index()];
        if link.from == UNKNOWN_NODE || link.to.contains(&UNKNOWN_NODE) {
            return;
        }
        let node = |n: NodeId| self.program.nodes[n.index()].name.as_str();
        let to: Vec<&str> = link.to.iter().map(|to| node(*to)).collect();
        let (from, to) = (node(link.from), to.join(" and "));
        let way =
            if link.both_ways { format!("between {from} and {to}") } else { format!("from {from} to {to}") };
        let words = format!("a {} cannot send {}: link {} goes {way}", node(sender), name.text, link.name);
        let d = Diagnostic::error(codes::WRONG_WAY, span, words).related(link.span, "the link");
        self.report(d.help("send it from a node at the link's end, or change the link"));
    }
}

impl Checker<'_> {
    /// Said once of each message.
    pub(super) fn no_link(&mut self, name: &Name) {
        let words = format!("no link carries {}", name.text);
        if self.diagnostics.iter().any(|d| d.code == codes::NO_LINK && d.message == words) {
            return;
        }
        let d = Diagnostic::error(codes::NO_LINK, name.span, words);
        self.report(d.help(format!("declare one: `link NAME: {} between NODE, NODE unordered`", name.text)));
    }

    /// `x := 1` where nothing is called x.
    fn new_name(&mut self, place: &tree::Expr) -> bool {
        let tree::ExprKind::Name(name) = &place.kind else { return false };
        let bound = self.locals.iter().map(|l| l.name.as_str());
        if self.is_known(name) || self.names.nearest(name, bound).is_some() {
            return false;
        }
        let d = Diagnostic::error(codes::UNKNOWN_NAME, place.span, format!("unknown name `{name}`"));
        self.report(d.help(format!(
            "a name for the rest of the block: `let {name} = EXPR`; what stays is declared: `state {name}: TYPE = EXPR`"
        )));
        true
    }
}
