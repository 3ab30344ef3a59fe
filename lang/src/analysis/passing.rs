//! What a partition does not stop.
//!
//! Enters: a program. Leaves: the steps that reach from a node to another which a partition may have cut off, and whether
//! a partition stops anything at all. It stops messages, and what asks `reachable`; a step that reads or writes fields of
//! another node, or whether it is up, goes through it unless it asks `reachable` of that node. Global state is at no node:
//! whoever reads it goes through nothing. A step at no node goes through it where it writes to one node and touches another.

use super::alike::plain;
use super::knowledge::{self, Known};
use super::lints;
use super::program::{
    Action, ActionId, ActionKind, Binder, Builtin, Expr, ExprKind, LocalId, NodeId, Place, PlaceRoot,
    Program, Stmt, StmtKind, Type,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// A step that no partition stops.
#[derive(Debug, Clone)]
pub(crate) struct Passing {
    pub action: ActionId,
    /// The kind of node at which it is taken.
    pub at: Option<NodeId>,
    /// What it reads or writes of others, in order of first mention.
    pub touches: Vec<Known>,
}

/// In the order of the steps.
pub(crate) fn passing(program: &Program) -> Vec<Passing> {
    let steps = program.actions.iter().enumerate();
    steps.filter_map(|(i, action)| of_step(program, ActionId(i as u32), action)).collect()
}

/// Whether anything goes by it: a message between nodes that may be on different sides, or a question.
pub(crate) fn stops_something(program: &Program) -> bool {
    let alone = |kind: NodeId| program.nodes[kind.index()].count < 2;
    let crosses = |(from, to): (NodeId, NodeId)| from != to || !alone(from);
    let sent = program.actions.iter().flat_map(|action| sent(&action.body));
    let sent: FxHashSet<_> = sent.collect();
    let links =
        program.links.iter().filter(|link| !link.shadow && link.messages.iter().any(|m| sent.contains(m)));
    links.flat_map(|link| link.ways()).any(crosses) || asks(program)
}

fn sent(body: &[Stmt]) -> Vec<super::program::MessageId> {
    let mut found = Vec::new();
    let mut look = |stmt: &Stmt| {
        if let StmtKind::Send { message, .. } = &stmt.kind {
            found.push(*message);
        }
    };
    body.iter().for_each(|stmt| stmt.walk(&mut look));
    found
}

/// Whether `reachable` stands anywhere, also where only a property asks it.
fn asks(program: &Program) -> bool {
    let mut found = false;
    let mut look = |e: &Expr| found |= matches!(e.kind, ExprKind::Builtin(Builtin::Reachable, _));
    lints::expressions(program).into_iter().for_each(|e| e.walk(&mut look));
    for stmt in program.actions.iter().flat_map(|action| &action.body) {
        stmt.walk(&mut |stmt| stmt.parts(&mut |e| e.walk(&mut look)));
    }
    found
}

fn of_step(program: &Program, id: ActionId, action: &Action) -> Option<Passing> {
    let told = match &action.kind {
        ActionKind::Tick | ActionKind::ReconcilerLook(_) => return None,
        // Who is heard is not cut off.
        ActionKind::Handler { from, .. } => *from,
        ActionKind::Client
        | ActionKind::Resolution(_)
        | ActionKind::ReconcilerObserve { .. }
        | ActionKind::ReconcilerAct(_)
        | ActionKind::Restart(_)
        | ActionKind::Sync(_) => None,
    };
    let at = action.at.and_then(|at| match program.types.get(program.locals[at.index()].ty) {
        Type::Node(kind) => Some(*kind),
        _ => None,
    });
    let only = at.filter(|kind| program.nodes[kind.index()].count == 1);
    let mut step = Step {
        program,
        own: action.at.into_iter().chain(told).collect(),
        only,
        means: FxHashMap::default(),
        sets: FxHashMap::default(),
        universal: FxHashSet::default(),
        opened: FxHashSet::default(),
        asked: Vec::new(),
        touched: Vec::new(),
    };
    step.step(action);
    let touches = step.unasked(action.at.is_none());
    (!touches.is_empty()).then_some(Passing { action: id, at, touches })
}

/// A node as a step names it.
#[derive(Debug, Clone)]
struct End {
    name: Expr,
    /// One of these, where that is not every node of its kind.
    of: Option<Expr>,
    /// They were chosen by asking `reachable`.
    chosen: bool,
    /// Every node of its kind is meant: `all x in NODE`.
    all: bool,
}

impl End {
    /// Whether who asked of this asked of the other.
    fn is(&self, other: &End) -> bool {
        self.all && self.name.ty == other.name.ty
            || self.of == other.of && (self.of.is_some() || self.name == other.name)
    }
}

struct Touched {
    end: End,
    known: Known,
    written: bool,
}

struct Step<'p> {
    program: &'p Program,
    /// Locals that are the node at hand, or the sender of what it hears.
    own: Vec<LocalId>,
    /// Of the node at hand, where there is no other.
    only: Option<NodeId>,
    /// What `let` gave a name.
    means: FxHashMap<LocalId, Expr>,
    /// Where bound names come from.
    sets: FxHashMap<LocalId, Expr>,
    /// Bound by `all`.
    universal: FxHashSet<LocalId>,
    /// Names whose meaning was looked at.
    opened: FxHashSet<LocalId>,
    asked: Vec<(End, End)>,
    touched: Vec<Touched>,
}

impl Step<'_> {
    fn step(&mut self, action: &Action) {
        match &action.kind {
            ActionKind::Sync(view) => {
                let of = self.program.views[*view].of.clone();
                return self.expression(&of, 0);
            }
            ActionKind::ReconcilerObserve { values, .. } => values.iter().for_each(|e| self.expression(e, 0)),
            // What refuses touches nothing.
            ActionKind::Client
            | ActionKind::Handler { .. }
            | ActionKind::Resolution(_)
            | ActionKind::ReconcilerAct(_)
            | ActionKind::Restart(_) => {
                if action.body.is_empty() {
                    return;
                }
            }
            ActionKind::Tick | ActionKind::ReconcilerLook(_) => return,
        }
        action.at_set.iter().chain(&action.guards).for_each(|e| self.expression(e, 0));
        action.body.iter().for_each(|stmt| self.statement(stmt));
    }

    /// What it touches without having asked.
    fn unasked(&self, at_no_node: bool) -> Vec<Known> {
        let mut found = Vec::new();
        let named: Vec<&End> = self.touched.iter().map(|touched| &touched.end).collect();
        // At no node, it carries something from one to another where it writes to one of several.
        if at_no_node && (named.iter().all(|end| end.is(named[0])) || !self.touched.iter().any(|t| t.written))
        {
            return found;
        }
        for Touched { end, known, .. } in &self.touched {
            let asked = |(a, b): &(End, End)| {
                a.is(end) && (at_no_node || self.is_own(&b.name))
                    || b.is(end) && (at_no_node || self.is_own(&a.name))
            };
            if !end.chosen && !self.asked.iter().any(asked) && !found.contains(known) {
                found.push(*known);
            }
        }
        found
    }

    fn is_own(&self, node: &Expr) -> bool {
        match (&node.kind, self.program.types.get(node.ty)) {
            (ExprKind::Local(local), _) if self.own.contains(local) => true,
            (ExprKind::Local(local), _) if self.means.get(local).is_some_and(|e| self.is_own(e)) => true,
            (ExprKind::Old(e) | ExprKind::Unwrap(e) | ExprKind::Some(e), _) => self.is_own(e),
            (_, Type::Node(kind)) => Some(*kind) == self.only,
            _ => false,
        }
    }

    fn end(&self, node: &Expr) -> End {
        match &node.kind {
            ExprKind::Old(e) | ExprKind::Unwrap(e) | ExprKind::Some(e) => self.end(e),
            ExprKind::Local(local) if self.means.contains_key(local) => self.end(&self.means[local]),
            ExprKind::Local(local) => {
                let from = self.sets.get(local).map(|set| self.meaning(set));
                let of = from.filter(|set| !matches!(set.kind, ExprKind::TypeSet(_)));
                let chosen = of.as_ref().is_some_and(|set| self.chooses_reachable(set, 0));
                let all = of.is_none() && self.universal.contains(local);
                End {
                    name: self.nameless(node),
                    of: of.map(|set| plain(self.program, &set, None)),
                    chosen,
                    all,
                }
            }
            _ => End { name: self.nameless(node), of: None, chosen: false, all: false },
        }
    }

    /// Without its place, so that it equals what is written the same elsewhere; but of its type, which tells nodes apart.
    fn nameless(&self, node: &Expr) -> Expr {
        Expr { ty: node.ty, ..plain(self.program, node, None) }
    }

    fn meaning(&self, e: &Expr) -> Expr {
        match &e.kind {
            ExprKind::Local(local) if self.means.contains_key(local) => self.meaning(&self.means[local]),
            _ => e.clone(),
        }
    }

    fn chooses_reachable(&self, set: &Expr, depth: u32) -> bool {
        let mut found = false;
        set.walk(&mut |e| match &e.kind {
            ExprKind::Builtin(Builtin::Reachable, _) => found = true,
            ExprKind::Call(id, _) if depth < self.program.defs.len() as u32 => {
                found |= self.chooses_reachable(&self.program.defs[id.index()].body, depth + 1);
            }
            _ => {}
        });
        found
    }

    fn touch(&mut self, node: &Expr, known: Known, written: bool) {
        if !self.is_own(node) {
            let end = self.end(node);
            self.touched.push(Touched { end, known, written });
        }
    }

    fn statement(&mut self, stmt: &Stmt) {
        if let StmtKind::Let { local, value } = &stmt.kind {
            self.means.insert(*local, value.clone());
        }
        if self.is_for_ghosts(stmt) {
            return;
        }
        match &stmt.kind {
            StmtKind::Assign { place, .. } | StmtKind::Mutate { place, .. } => self.place(place),
            StmtKind::For { binder, .. } | StmtKind::Choose { binder, .. } => self.binder(binder),
            _ => {}
        }
        stmt.parts(&mut |e| self.expression(e, 0));
        for inner in stmt.inner() {
            self.statement(inner);
        }
    }

    fn place(&mut self, place: &Place) {
        if let PlaceRoot::NodeField { node, field } = &place.root {
            self.touch(node, Known::Field(*field), true);
        }
    }

    /// Whether it changes nothing but what stands beside the model.
    fn is_for_ghosts(&self, stmt: &Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { place, .. } | StmtKind::Mutate { place, .. } => match &place.root {
                PlaceRoot::State(id) => self.program.states[id.index()].ghost,
                PlaceRoot::NodeField { field, .. } => self.program.node_fields[field.index()].ghost,
            },
            StmtKind::If { .. } | StmtKind::For { .. } => stmt.inner().all(|inner| self.is_for_ghosts(inner)),
            // A name is looked at where it is used; the others nobody writes: they are about what would be.
            StmtKind::Let { .. }
            | StmtKind::Fork { .. }
            | StmtKind::Retake { .. }
            | StmtKind::Take { .. }
            | StmtKind::Refill { .. }
            | StmtKind::Attempt { .. } => true,
            StmtKind::Choose { .. } | StmtKind::Send { .. } | StmtKind::Require(_) => false,
        }
    }

    fn binder(&mut self, binder: &Binder) {
        self.sets.insert(binder.local, (*binder.set).clone());
    }

    /// `depth`: of the definitions entered, which do not call each other in circles.
    fn expression(&mut self, e: &Expr, depth: u32) {
        if let Some(binder) = e.binder() {
            self.binder(binder);
        }
        if let ExprKind::All(binder, _) = &e.kind {
            self.universal.insert(binder.local);
        }
        match &e.kind {
            ExprKind::NodeField { node, field } if !self.program.node_fields[field.index()].ghost => {
                self.touch(node, Known::Field(*field), false);
            }
            ExprKind::Up(node) => {
                if let Type::Node(kind) = self.program.types.get(node.ty) {
                    self.touch(node, Known::Up(*kind), false);
                }
            }
            ExprKind::Builtin(Builtin::Reachable, ends) => {
                let pair = (self.end(&ends[0]), self.end(&ends[1]));
                self.asked.push(pair);
            }
            ExprKind::Let(local, value, _) => {
                self.means.insert(*local, (**value).clone());
            }
            // What only ghosts take is not looked at.
            ExprKind::Local(local) if self.means.contains_key(local) && self.opened.insert(*local) => {
                let meaning = self.means[local].clone();
                self.expression(&meaning, depth);
            }
            ExprKind::Call(id, args) if depth < self.program.defs.len() as u32 => {
                let body = knowledge::called(self.program, *id, args);
                self.expression(&body, depth + 1);
            }
            _ => {}
        }
        match &e.kind {
            ExprKind::Let(_, _, inner) => self.expression(inner, depth),
            _ => e.parts(&mut |part| self.expression(part, depth)),
        }
    }
}
