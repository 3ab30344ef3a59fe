//! Walking over programs: the parts of an expression or statement, in source order, and what can be told from them.
//!
//! Enters: typed expressions and statements. Leaves: visits of their parts, copies with locals replaced, and the
//! variables that they mention. Every pass that does not care about most kinds of expressions walks through here, so
//! that a new kind is added in one place.

use super::program::{
    Action, ActionId, ActionKind, BinaryOp, Binder, Builtin, DefId, Expr, ExprKind, Flight, Local, LocalId,
    MessageId, NodeFieldId, PathStep, Place, PlaceRoot, Program, StateId, Stmt, StmtKind, Type,
};

impl Expr {
    /// Calls `visit` on each direct part, in source order (sets of binders before their filters before bodies).
    pub fn parts<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        use ExprKind::*;
        match &self.kind {
            Bool(_)
            | Int(_)
            | Member(_)
            | None
            | Local(_)
            | State(_)
            | TypeSet(_)
            | Quiescent
            | Observed { .. }
            | InFlight(_)
            | Within(..)
            | Error => {}
            Some(e)
            | Unwrap(e)
            | Up(e)
            | Paused(e)
            | Not(e)
            | Negate(e)
            | MapFill(e)
            | Old(e)
            | Field(e, _)
            | SomeMessage(_, e) => visit(e),
            NodeField { node, .. } => visit(node),
            Pending { node, .. } => node.iter().for_each(|e| visit(e)),
            Index(a, b) | Binary(_, a, b) | Range(a, b) | Let(_, a, b) => {
                visit(a);
                visit(b);
            }
            Slice(list, from, to) => {
                visit(list);
                from.iter().chain(to.iter()).for_each(|e| visit(e));
            }
            If(a, b, c) => {
                visit(a);
                visit(b);
                visit(c);
            }
            Count(binder) => binder.parts(visit),
            First(binder, key) => {
                binder.parts(visit);
                key.iter().for_each(|e| visit(e));
            }
            InFlightWhere(flight) => {
                flight.from.iter().chain(&flight.to).chain(&flight.filter).for_each(|e| visit(e));
            }
            All(binder, e)
            | Any(binder, e)
            | Sum(binder, e)
            | Min(binder, e)
            | Max(binder, e)
            | MapOf(binder, e)
            | SetOf(binder, e)
            | ListOf(binder, e) => {
                binder.parts(visit);
                visit(e);
            }
            Set(es) | List(es) | Map(es) | Record(_, es) | Call(_, es) | Builtin(_, es) => {
                es.iter().for_each(visit)
            }
        }
    }

    /// As [`Expr::parts`], to change them.
    pub fn parts_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        use ExprKind::*;
        match &mut self.kind {
            Bool(_)
            | Int(_)
            | Member(_)
            | None
            | Local(_)
            | State(_)
            | TypeSet(_)
            | Quiescent
            | Observed { .. }
            | InFlight(_)
            | Within(..)
            | Error => {}
            Some(e)
            | Unwrap(e)
            | Up(e)
            | Paused(e)
            | Not(e)
            | Negate(e)
            | MapFill(e)
            | Old(e)
            | Field(e, _)
            | SomeMessage(_, e) => visit(e),
            NodeField { node, .. } => visit(node),
            Pending { node, .. } => node.iter_mut().for_each(|e| visit(e)),
            Index(a, b) | Binary(_, a, b) | Range(a, b) | Let(_, a, b) => {
                visit(a);
                visit(b);
            }
            Slice(list, from, to) => {
                visit(list);
                from.iter_mut().chain(to.iter_mut()).for_each(|e| visit(e));
            }
            If(a, b, c) => {
                visit(a);
                visit(b);
                visit(c);
            }
            Count(binder) => binder.parts_mut(visit),
            First(binder, key) => {
                binder.parts_mut(visit);
                key.iter_mut().for_each(|e| visit(e));
            }
            InFlightWhere(flight) => {
                let Flight { from, to, filter, .. } = flight;
                from.iter_mut().chain(to).chain(filter).for_each(|e| visit(e));
            }
            All(binder, e)
            | Any(binder, e)
            | Sum(binder, e)
            | Min(binder, e)
            | Max(binder, e)
            | MapOf(binder, e)
            | SetOf(binder, e)
            | ListOf(binder, e) => {
                binder.parts_mut(visit);
                visit(e);
            }
            Set(es) | List(es) | Map(es) | Record(_, es) | Call(_, es) | Builtin(_, es) => {
                es.iter_mut().for_each(visit)
            }
        }
    }

    /// The binder of a quantifier or a comprehension.
    pub fn binder_mut(&mut self) -> Option<&mut Binder> {
        use ExprKind::*;
        match &mut self.kind {
            Count(binder)
            | First(binder, _)
            | MapOf(binder, _)
            | All(binder, _)
            | Any(binder, _)
            | Sum(binder, _)
            | Min(binder, _)
            | Max(binder, _)
            | SetOf(binder, _)
            | ListOf(binder, _) => Option::Some(binder),
            _ => Option::None,
        }
    }

    /// As [`Expr::binder_mut`], to look at it.
    pub fn binder(&self) -> Option<&Binder> {
        use ExprKind::*;
        match &self.kind {
            Count(binder)
            | First(binder, _)
            | MapOf(binder, _)
            | All(binder, _)
            | Any(binder, _)
            | Sum(binder, _)
            | Min(binder, _)
            | Max(binder, _)
            | SetOf(binder, _)
            | ListOf(binder, _) => Option::Some(binder),
            _ => Option::None,
        }
    }

    /// What all has to be true for it to be: itself, where it is no conjunction.
    pub fn conjuncts(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Binary(BinaryOp::And, a, b) => [a.conjuncts(), b.conjuncts()].concat(),
            _ => vec![self],
        }
    }

    /// Calls `visit` on this expression and everything in it, outermost first. Bodies of called `def`s are not entered.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        self.parts(&mut |part| part.walk(visit));
    }

    /// A copy in which the local `from` has been replaced by `to`. Binders keep their locals: `to` must not mention one
    /// of them.
    pub fn with_local(&self, from: LocalId, to: &Expr) -> Expr {
        fn replace(e: &mut Expr, from: LocalId, to: &Expr) {
            if let ExprKind::Local(local) = e.kind
                && local == from
            {
                e.kind = to.kind.clone();
                e.ty = to.ty;
                return;
            }
            e.parts_mut(&mut |part| replace(part, from, to));
        }
        let mut copy = self.clone();
        replace(&mut copy, from, to);
        copy
    }
}

impl Binder {
    /// The set, then the filter.
    pub fn parts<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(&self.set);
        self.filter.iter().for_each(|e| visit(e));
    }

    /// The same, to change them.
    pub fn parts_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        visit(&mut self.set);
        self.filter.iter_mut().for_each(|e| visit(e));
    }
}

impl Place {
    /// The expressions in the place: its node and the indices of its path.
    pub fn parts<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        if let PlaceRoot::NodeField { node, .. } = &self.root {
            visit(node);
        }
        for step in &self.path {
            if let PathStep::Index { index, .. } = step {
                visit(index);
            }
        }
    }
}

impl Place {
    /// As [`Place::parts`], to change them.
    pub fn parts_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        if let PlaceRoot::NodeField { node, .. } = &mut self.root {
            visit(node);
        }
        for step in &mut self.path {
            if let PathStep::Index { index, .. } = step {
                visit(index);
            }
        }
    }
}

impl Stmt {
    /// As [`Stmt::parts`], to change them, in the nested statements too.
    pub fn all_parts_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        match &mut self.kind {
            StmtKind::Assign { place, value } => {
                place.parts_mut(visit);
                visit(value);
            }
            StmtKind::Mutate { place, value, .. } => {
                place.parts_mut(visit);
                value.iter_mut().for_each(&mut *visit);
            }
            StmtKind::If { condition: e, .. }
            | StmtKind::Let { value: e, .. }
            | StmtKind::Fork { when: e, .. }
            | StmtKind::Require(e) => visit(e),
            StmtKind::Attempt { .. } | StmtKind::Retake { .. } | StmtKind::Refill { .. } => {}
            StmtKind::For { binder, .. } | StmtKind::Choose { binder, .. } => binder.parts_mut(visit),
            StmtKind::Send { fields, from, to, .. } | StmtKind::Take { fields, from, to, .. } => {
                fields.iter_mut().for_each(&mut *visit);
                visit(from);
                visit(to);
            }
        }
        for block in self.blocks_mut() {
            block.iter_mut().for_each(|stmt| stmt.all_parts_mut(visit));
        }
    }

    /// The lists of statements that stand directly in this one.
    pub fn blocks_mut(&mut self) -> impl Iterator<Item = &mut Vec<Stmt>> {
        let (first, second) = match &mut self.kind {
            StmtKind::If { then, otherwise, .. } => (Some(then), Some(otherwise)),
            StmtKind::Attempt { body, otherwise } => (Some(body), Some(otherwise)),
            StmtKind::For { body, .. }
            | StmtKind::Choose { body, .. }
            | StmtKind::Retake { body, .. }
            | StmtKind::Take { then: body, .. } => (Some(body), None),
            StmtKind::Assign { .. }
            | StmtKind::Mutate { .. }
            | StmtKind::Let { .. }
            | StmtKind::Fork { .. }
            | StmtKind::Require(_)
            | StmtKind::Refill { .. }
            | StmtKind::Send { .. } => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// Calls `visit` on each expression that stands directly in this statement, in source order (those of nested
    /// statements not).
    pub fn parts<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            StmtKind::Assign { place, value } => {
                place.parts(visit);
                visit(value);
            }
            StmtKind::Mutate { place, value, .. } => {
                place.parts(visit);
                value.iter().for_each(visit);
            }
            StmtKind::If { condition: e, .. }
            | StmtKind::Let { value: e, .. }
            | StmtKind::Fork { when: e, .. }
            | StmtKind::Require(e) => visit(e),
            StmtKind::Attempt { .. } | StmtKind::Retake { .. } | StmtKind::Refill { .. } => {}
            StmtKind::For { binder, .. } | StmtKind::Choose { binder, .. } => binder.parts(visit),
            StmtKind::Send { fields, from, to, .. } | StmtKind::Take { fields, from, to, .. } => {
                fields.iter().for_each(&mut *visit);
                visit(from);
                visit(to);
            }
        }
    }

    /// Calls `visit` on this statement and every statement nested in it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Stmt)) {
        visit(self);
        self.inner().for_each(|s| s.walk(visit));
    }

    /// The statements that stand directly in this one.
    pub fn inner(&self) -> impl Iterator<Item = &Stmt> {
        let (first, then): (&[Stmt], &[Stmt]) = match &self.kind {
            StmtKind::If { then, otherwise, .. } => (then, otherwise),
            StmtKind::Attempt { body, otherwise } => (body, otherwise),
            StmtKind::For { body, .. }
            | StmtKind::Choose { body, .. }
            | StmtKind::Retake { body, .. }
            | StmtKind::Take { then: body, .. } => (body, &[]),
            StmtKind::Assign { .. }
            | StmtKind::Mutate { .. }
            | StmtKind::Let { .. }
            | StmtKind::Fork { .. }
            | StmtKind::Require(_)
            | StmtKind::Refill { .. }
            | StmtKind::Send { .. } => (&[], &[]),
        };
        first.iter().chain(then)
    }
}

impl Program {
    /// The handlers of the messages that these actions send.
    pub fn deliveries(&self, actions: &[ActionId]) -> Vec<ActionId> {
        let mut sent = Vec::new();
        for action in actions {
            sent.extend(Mentions::written(&self.actions[action.index()].body).messages);
        }
        self.handlers(&sent)
    }

    /// The local of a handler's sender, which it gets where it names none. `None`: it is no handler.
    pub fn sender(&mut self, action: ActionId) -> Option<LocalId> {
        let Action { kind: ActionKind::Handler { message, from, .. }, at, span, .. } =
            self.actions[action.index()].clone()
        else {
            return None;
        };
        if from.is_some() {
            return from;
        }
        let link = &self.links[self.messages[message.index()].link?.index()];
        let kind = |local: LocalId| match self.types.get(self.locals[local.index()].ty) {
            Type::Node(kind) => Some(*kind),
            _ => None,
        };
        let kind = at.and_then(kind).map_or(link.from, |to| link.sender(to));
        let ty = self.types.intern(Type::Node(kind));
        self.locals.push(Local { name: "sender".to_string(), ty, span });
        let local = LocalId(self.locals.len() as u32 - 1);
        if let ActionKind::Handler { from, .. } = &mut self.actions[action.index()].kind {
            *from = Some(local);
        }
        Some(local)
    }

    /// The handlers of some messages.
    pub fn handlers(&self, messages: &[MessageId]) -> Vec<ActionId> {
        let takes = |kind: &ActionKind| match kind {
            ActionKind::Handler { message, .. } => messages.contains(message),
            ActionKind::Client
            | ActionKind::Resolution(_)
            | ActionKind::ReconcilerObserve { .. }
            | ActionKind::ReconcilerAct(_)
            | ActionKind::Restart(_)
            | ActionKind::ReconcilerLook(_)
            | ActionKind::Tick
            | ActionKind::Sync(_) => false,
        };
        let all = self.actions.iter().enumerate().filter(|(_, action)| takes(&action.kind));
        all.map(|(i, _)| ActionId(i as u32)).collect()
    }
}

/// What an expression or the body of an action mentions, each once, in order of first mention.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Each once, in the order found.
    pub states: Vec<StateId>,
    /// Each once, in the order found.
    pub node_fields: Vec<NodeFieldId>,
    /// Kinds of which the number in flight is read.
    pub messages: Vec<MessageId>,
    /// Called ones.
    pub defs: Vec<DefId>,
    /// Uses `old`.
    pub old: bool,
    /// Depends on which nodes are up or cut off, on messages in flight, or on quiescence: things that no assignment
    /// changes.
    pub surroundings: bool,
}

impl Mentions {
    /// Everything that `e` reads, bodies of called `def`s included.
    pub fn of(program: &Program, e: &Expr) -> Mentions {
        let mut found = Mentions::default();
        found.read(program, e);
        found
    }

    /// The variables and messages that these statements write and send (and nothing that they read).
    pub fn written(body: &[Stmt]) -> Mentions {
        let mut found = Mentions::default();
        for stmt in body {
            stmt.walk(&mut |s| match &s.kind {
                StmtKind::Assign { place, .. } | StmtKind::Mutate { place, .. } => match &place.root {
                    PlaceRoot::State(id) => once(&mut found.states, *id),
                    PlaceRoot::NodeField { field, .. } => once(&mut found.node_fields, *field),
                },
                StmtKind::Send { message, .. } => once(&mut found.messages, *message),
                _ => {}
            });
        }
        found
    }

    /// Adds what `e` reads.
    pub fn read(&mut self, program: &Program, e: &Expr) {
        let mut calls = Vec::new();
        e.walk(&mut |part| match &part.kind {
            ExprKind::State(id) => once(&mut self.states, *id),
            ExprKind::NodeField { field, .. } => once(&mut self.node_fields, *field),
            ExprKind::InFlight(id) | ExprKind::InFlightWhere(Flight { message: id, .. }) => {
                once(&mut self.messages, *id);
                self.surroundings = true;
            }
            ExprKind::SomeMessage(..) | ExprKind::Within(..) | ExprKind::Pending { .. } => {
                self.surroundings = true;
            }
            ExprKind::Call(id, _) if !self.defs.contains(id) => {
                self.defs.push(*id);
                calls.push(*id);
            }
            ExprKind::Old(_) => self.old = true,
            ExprKind::Up(_)
            | ExprKind::Paused(_)
            | ExprKind::Quiescent
            | ExprKind::Builtin(Builtin::Reachable, _) => {
                self.surroundings = true;
            }
            _ => {}
        });
        for id in calls {
            if let Some(def) = program.defs.get(id.index()) {
                self.read(program, &def.body);
            }
        }
    }

    /// Whether a variable is in both.
    pub fn overlap(&self, other: &Mentions) -> bool {
        self.states.iter().any(|s| other.states.contains(s))
            || self.node_fields.iter().any(|f| other.node_fields.contains(f))
    }
}

fn once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
