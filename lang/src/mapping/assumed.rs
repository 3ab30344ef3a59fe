//! Assumed ordering: comparisons of positions, versions or times of two scopes that no declared order covers.
//!
//! Enters: a program. Leaves: the comparisons, with their spans. A guard, effect or invariant that compares (or
//! subtracts) numbers that belong to two different participants relies on an order between them; if no `order` mentions
//! both (and no fence's token), nobody has said who keeps it. Whose a number is: that of the node in `b.hw`, of the sender for a field of a
//! message, of the whole system for a `state`. What is counted (`count`, `sum`, the size of a set) is not a position.

use crate::analysis::program::{
    Action, ActionKind, BinaryOp, Builtin, Expr, ExprKind, Form, FormKind, LocalId, MessageId, NodeFieldId,
    Order, Program, Resolution, StateId, Stmt, StmtKind, Token, Type,
};
use crate::analysis::walk::Mentions;
use crate::span::Span;
use std::collections::BTreeMap;

/// A comparison that takes an order for granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// Where the comparison stands.
    pub span: Span,
    /// The variables on either side: `Broker.hw`, `epoch`.
    pub left: String,
    /// The same of the right side.
    pub right: String,
    /// Where it is used: `action produce`, `invariant committed_forward`.
    pub place: String,
}

/// Every comparison across scopes that no order covers, in source order of the members, once for each span.
pub fn assumptions(program: &Program) -> Vec<Assumption> {
    let orders = program.orders.iter().map(|order| covered(program, order));
    let fences = program.resolutions.iter().map(|r| fenced(program, r));
    let merges = program.resolutions.iter().map(|r| merged(program, r));
    let mut covered: Vec<Mentions> = orders.chain(fences).chain(merges).collect();
    positions(program, &mut covered);
    let mut search =
        Search { program, covered, locals: BTreeMap::new(), place: String::new(), found: Vec::new() };
    search.sends();
    for action in &program.actions {
        search.action(action);
    }
    for invariant in &program.invariants {
        search.place = format!("invariant {}", invariant.header.name);
        for form in &invariant.forms {
            search.form(form);
        }
    }
    search.found
}

/// The variables that an order mentions.
fn covered(program: &Program, order: &Order) -> Mentions {
    let mut mentions = Mentions::default();
    let mut read = |e: &Expr| mentions.read(program, e);
    if let Some(by) = &order.by {
        by.parts(&mut read);
    }
    for e in [&order.epoch, &order.value, &order.version].into_iter().flatten() {
        read(e);
    }
    for views in order.views.iter().chain(order.more.iter().map(|more| &more.views)) {
        read(&views.value);
        if let Some(binder) = &views.binder {
            binder.parts(&mut read);
        }
    }
    order.more.iter().flat_map(|more| [&more.value, &more.version]).flatten().for_each(&mut read);
    order.writes.iter().flat_map(|w| &w.values).for_each(read);
    mentions
}

/// The variables that a fence compares: its token is an order of writers.
fn fenced(program: &Program, resolution: &Resolution) -> Mentions {
    let mut mentions = Mentions::default();
    if let Some(Token { value, binder }) = &resolution.token {
        mentions.read(program, value);
        if let Some(binder) = binder {
            binder.parts(&mut |e| mentions.read(program, e));
        }
        resolution.writes.iter().flat_map(|w| &w.values).for_each(|e| mentions.read(program, e));
    }
    mentions
}

/// The variables that a merge joins: it goes by no order, so that none is assumed.
fn merged(program: &Program, resolution: &Resolution) -> Mentions {
    let mut mentions = Mentions::default();
    if resolution.merge.is_some() {
        resolution.protects.iter().for_each(|e| mentions.read(program, e));
        for id in &resolution.actions {
            let written = Mentions::written(&program.actions[id.index()].body);
            mentions.states.extend(written.states);
            mentions.node_fields.extend(written.node_fields);
        }
    }
    mentions
}

/// What says where something stands in a list that an order covers is a position in that order, wherever it is kept.
fn positions(program: &Program, covered: &mut [Mentions]) {
    let mut found: Vec<(Mentions, Mentions)> = Vec::new();
    let mut look = |e: &Expr| {
        e.walk(&mut |part| {
            let (list, places) = match &part.kind {
                ExprKind::Index(list, at) => (list, vec![at]),
                ExprKind::Slice(list, from, to) => (list, from.iter().chain(to).collect()),
                _ => return,
            };
            let mut at = Mentions::default();
            places.into_iter().for_each(|e| at.read(program, e));
            found.push((Mentions::of(program, list), at));
        });
    };
    for action in &program.actions {
        action.guards.iter().for_each(&mut look);
        action.body.iter().for_each(|stmt| stmt.walk(&mut |stmt| stmt.parts(&mut look)));
    }
    for order in covered {
        let own = found.iter().filter(|(list, _)| list.overlap(order)).map(|(_, at)| at);
        for at in own.collect::<Vec<_>>() {
            order.states.extend(&at.states);
            order.node_fields.extend(&at.node_fields);
        }
    }
}

/// Whose a number is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    System,
    /// A node, by the expression that names it.
    Node(String),
    /// Whoever sent the message with this field.
    Sender(LocalId),
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    State(StateId),
    Field(NodeFieldId),
}

#[derive(Debug, Clone)]
enum LocalSource {
    /// `let`, or an element of a set: what its expression is made of.
    Value(Expr),
    /// A field of the message being delivered, by position.
    Message(MessageId, usize),
}

struct Search<'a> {
    program: &'a Program,
    covered: Vec<Mentions>,
    locals: BTreeMap<LocalId, LocalSource>,
    place: String,
    found: Vec<Assumption>,
}

impl<'a> Search<'a> {
    /// Locals of all `let`s and message fields, wherever they are.
    fn sends(&mut self) {
        for action in &self.program.actions {
            if let ActionKind::Handler { message, fields, .. } = &action.kind {
                for (i, local) in fields.iter().enumerate() {
                    self.locals.insert(*local, LocalSource::Message(*message, i));
                }
            }
            for stmt in &action.body {
                stmt.walk(&mut |s| match &s.kind {
                    StmtKind::Let { local, value } => {
                        self.locals.insert(*local, LocalSource::Value(value.clone()));
                    }
                    StmtKind::Choose { binder, .. } | StmtKind::For { binder, .. } => {
                        self.locals.insert(binder.local, LocalSource::Value((*binder.set).clone()));
                    }
                    _ => {}
                });
            }
        }
    }

    fn action(&mut self, action: &'a Action) {
        let what = match action.kind {
            ActionKind::Client => "action ",
            ActionKind::Handler { .. } | ActionKind::Restart(_) => "",
            ActionKind::Resolution(_) => "resolution ",
            ActionKind::ReconcilerObserve { .. } | ActionKind::ReconcilerAct(_) => "reconciler ",
            // Nobody's steps: they ask what a deadline asks.
            ActionKind::ReconcilerLook(_) | ActionKind::Tick | ActionKind::Sync(_) => return,
        };
        self.place = format!("{what}{}", action.name);
        action.at_set.iter().chain(&action.guards).for_each(|e| self.expression(e));
        for stmt in &action.body {
            let mut parts = Vec::new();
            stmt.walk(&mut |s: &'a Stmt| s.parts(&mut |e| parts.push(e)));
            parts.into_iter().for_each(|e| self.expression(e));
        }
    }

    fn form(&mut self, form: &'a Form) {
        let binder = |search: &mut Self, binder: &'a crate::analysis::program::Binder| {
            let mut parts = Vec::new();
            binder.parts(&mut |e| parts.push(e));
            parts.into_iter().for_each(|e| search.expression(e));
        };
        match &form.kind {
            FormKind::For(b, inner) => {
                binder(self, b);
                self.form(inner);
            }
            FormKind::Cardinality { number, binder: b, .. } => {
                self.expression(number);
                binder(self, b);
            }
            FormKind::Monotonic { value, binder: b, .. } | FormKind::Immutable { value, binder: b } => {
                self.expression(value);
                b.iter().for_each(|b| binder(self, b));
            }
            FormKind::Unique { value, binder: b } => {
                self.expression(value);
                binder(self, b);
            }
            FormKind::Ownership { each, owner, .. } => {
                binder(self, each);
                binder(self, owner);
            }
            FormKind::Eventually(e)
            | FormKind::AlwaysEventually(e)
            | FormKind::EventuallyAlways(e)
            | FormKind::Stable(e)
            | FormKind::Always(e) => {
                self.expression(e);
            }
            FormKind::OnceClientsStop(inner) => self.form(inner),
            FormKind::LeadsTo(p, q) => {
                self.expression(p);
                self.expression(q);
            }
        }
    }

    fn expression(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Let(local, value, _) => {
                self.locals.insert(*local, LocalSource::Value((**value).clone()));
            }
            ExprKind::All(b, _)
            | ExprKind::Any(b, _)
            | ExprKind::Count(b)
            | ExprKind::Sum(b, _)
            | ExprKind::Min(b, _)
            | ExprKind::Max(b, _)
            | ExprKind::SetOf(b, _)
            | ExprKind::ListOf(b, _)
            | ExprKind::MapOf(b, _)
            | ExprKind::First(b, _) => {
                self.locals.insert(b.local, LocalSource::Value((*b.set).clone()));
            }
            ExprKind::Binary(op, left, right) if compares(*op) && self.number(left) && self.number(right) => {
                self.comparison(e.span, left, right);
            }
            _ => {}
        }
        e.parts(&mut |part| self.expression(part));
    }

    fn number(&self, e: &Expr) -> bool {
        match self.program.types.get(e.ty) {
            Type::Int { .. } => true,
            Type::Option(inner) => matches!(self.program.types.get(*inner), Type::Int { .. }),
            _ => false,
        }
    }

    fn comparison(&mut self, span: Span, left: &Expr, right: &Expr) {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        self.sources(left, &mut a, 0);
        self.sources(right, &mut b, 0);
        let across = a.iter().find_map(|x| b.iter().find(|y| x.0 != y.0).map(|y| (x.clone(), y.clone())));
        let Some(((_, left), (_, right))) = across else { return };
        let covers = |order: &Mentions, v: &Variable| match v {
            Variable::State(id) => order.states.contains(id),
            Variable::Field(id) => order.node_fields.contains(id),
        };
        let known = self.covered.iter().any(|o| covers(o, &left) && covers(o, &right));
        if !known && self.found.iter().all(|f| f.span != span) {
            let (left, right) = (self.name(&left), self.name(&right));
            self.found.push(Assumption { span, left, right, place: self.place.clone() });
        }
    }

    /// The variables that a position is made of, with their owners. Bounded in depth: locals and messages may be
    /// circular.
    fn sources(&self, e: &Expr, found: &mut Vec<(Owner, Variable)>, depth: u32) {
        if depth > 16 {
            return;
        }
        match &e.kind {
            // A ghost is the author's word; the system does not rely on it.
            ExprKind::State(id) if self.program.states[id.index()].ghost => {}
            ExprKind::NodeField { field, .. } if self.program.node_fields[field.index()].ghost => {}
            ExprKind::State(id) => found.push((Owner::System, Variable::State(*id))),
            ExprKind::NodeField { node, field } => {
                found.push((Owner::Node(node_words(node)), Variable::Field(*field)));
            }
            ExprKind::Local(local) => match self.locals.get(local) {
                Some(LocalSource::Value(value)) => self.sources(value, found, depth + 1),
                Some(LocalSource::Message(message, field)) => {
                    self.sent(*local, *message, *field, found, depth)
                }
                None => {}
            },
            ExprKind::Unwrap(e)
            | ExprKind::Some(e)
            | ExprKind::Field(e, _)
            | ExprKind::Negate(e)
            | ExprKind::Old(e)
            | ExprKind::Index(e, _)
            | ExprKind::Slice(e, ..) => self.sources(e, found, depth + 1),
            ExprKind::Binary(BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Concat, a, b) => {
                self.sources(a, found, depth + 1);
                self.sources(b, found, depth + 1);
            }
            ExprKind::If(_, a, b) => {
                self.sources(a, found, depth + 1);
                self.sources(b, found, depth + 1);
            }
            ExprKind::Let(_, _, body) => self.sources(body, found, depth + 1),
            ExprKind::Max(_, body) | ExprKind::Min(_, body) => self.sources(body, found, depth + 1),
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args, found, depth),
            _ => {}
        }
    }

    fn builtin(&self, builtin: Builtin, args: &[Expr], found: &mut Vec<(Owner, Variable)>, depth: u32) {
        let list = |e: &Expr| matches!(self.program.types.get(e.ty), Type::List { .. });
        let position = match builtin {
            Builtin::Len => args.iter().all(list),
            Builtin::First
            | Builtin::Last
            | Builtin::Indices
            | Builtin::Min
            | Builtin::Max
            | Builtin::Abs => true,
            Builtin::Elements => true,
            _ => false,
        };
        if position {
            args.iter().for_each(|e| self.sources(e, found, depth + 1));
        }
    }

    /// What senders put into a field of a message: theirs, not the receiver's.
    fn sent(
        &self,
        local: LocalId,
        message: MessageId,
        field: usize,
        found: &mut Vec<(Owner, Variable)>,
        depth: u32,
    ) {
        for action in &self.program.actions {
            for stmt in &action.body {
                stmt.walk(&mut |s| {
                    if let StmtKind::Send { message: sent, fields, .. } = &s.kind
                        && *sent == message
                        && let Some(value) = fields.get(field)
                    {
                        let mut theirs = Vec::new();
                        self.sources(value, &mut theirs, depth + 1);
                        for (_, variable) in theirs {
                            let source = (Owner::Sender(local), variable);
                            if !found.contains(&source) {
                                found.push(source);
                            }
                        }
                    }
                });
            }
        }
    }

    fn name(&self, variable: &Variable) -> String {
        match variable {
            Variable::State(id) => self.program.states[id.index()].name.clone(),
            Variable::Field(id) => {
                let field = &self.program.node_fields[id.index()];
                format!("{}.{}", self.program.nodes[field.node.index()].name, field.name)
            }
        }
    }
}

fn compares(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Less | LessEqual | Greater | GreaterEqual | Subtract)
}

/// Equal for expressions that name the same node in the same way.
fn node_words(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Local(local) => format!("local {}", local.0),
        ExprKind::State(id) => format!("state {}", id.0),
        ExprKind::Member(index) => format!("member {index} of {}", e.ty.0),
        ExprKind::Unwrap(e) | ExprKind::Some(e) => node_words(e),
        ExprKind::NodeField { node, field } => format!("{}.{}", node_words(node), field.0),
        ExprKind::Old(e) => node_words(e),
        _ => format!("at {}:{}", e.span.source.0, e.span.start),
    }
}
