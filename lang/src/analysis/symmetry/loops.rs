//! Which loops have the same effect in every order.
//!
//! Enters: a loop over a set. Leaves: marks on the kinds of its elements where the order may show.
//! A loop commutes where no turn reads what another writes, and what two turns write is either at different places
//! (those of the loop's own element) or the same whoever writes last.

use super::super::program::{
    Binder, Expr, ExprKind, LinkId, LocalId, Method, NodeFieldId, PathStep, Place, PlaceRoot, State, StateId,
    Stmt, StmtKind, Type,
};
use super::Detector;
use crate::span::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variable {
    State(StateId),
    Field(NodeFieldId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// The same value whatever the turn.
    Same,
    /// Depends on the turn.
    Assign,
    Mutate(Method),
}

#[derive(Debug)]
struct Written {
    variable: Variable,
    effect: Effect,
    /// At the place of the loop's element.
    own: bool,
}

/// What the turns of a loop do.
struct Turns<'d, 'p> {
    detector: &'d Detector<'p>,
    element: LocalId,
    /// The element is a node or a key: no two turns have the same.
    distinct: bool,
    /// Bound in the loop, the element included.
    locals: Vec<LocalId>,
    written: Vec<Written>,
    /// Read at a place that is not the element's own, and at the element's own.
    read: Vec<Variable>,
    read_own: Vec<Variable>,
    /// Lists of links that two turns may both send into, in order.
    shared: bool,
    /// Reads what sending changes.
    counts: bool,
    sends: bool,
    /// May not go on, or goes on in several ways.
    branches: Option<Span>,
}

impl Detector<'_> {
    /// Marks the kinds of a loop's elements, unless its turns commute.
    pub(super) fn in_any_order(&mut self, binder: &Binder, body: &[Stmt]) {
        let (element, by_itself) = self.element(binder);
        if by_itself || self.mentions(element).is_empty() {
            return;
        }
        let local = self.program.locals[binder.local.index()].ty;
        let mut turns = Turns {
            detector: self,
            element: binder.local,
            distinct: local == element && matches!(self.program.types.get(binder.set.ty), Type::Set(_)),
            locals: vec![binder.local],
            written: Vec::new(),
            read: Vec::new(),
            read_own: Vec::new(),
            shared: false,
            counts: false,
            sends: false,
            branches: None,
        };
        // The set is computed once, before the first turn.
        binder.filter.iter().for_each(|filter| turns.reads(filter));
        turns.statements(body);
        if !turns.commute() {
            let words = match turns.written.iter().all(|w| turns.unwritten(w.variable)) {
                true => "of two views of one length the first counts as what is agreed: their order may show",
                false => "the order of this loop may show",
            };
            self.out(element, binder.span, words);
            self.out(local, binder.span, words);
        }
    }
}

impl Turns<'_, '_> {
    /// Nobody wrote it: what an obligation remembers has a name that nobody can write.
    fn unwritten(&self, variable: Variable) -> bool {
        let State { name, .. } = match variable {
            Variable::State(state) => &self.detector.program.states[state.index()],
            Variable::Field(_) => return false,
        };
        name.contains(|c: char| !c.is_alphanumeric() && c != '_')
    }

    fn commute(&self) -> bool {
        let apart =
            |w: &Written| !self.read.contains(&w.variable) && (w.own || !self.read_own.contains(&w.variable));
        let alike = |w: &Written| {
            let others = self.written.iter().filter(|o| o.variable == w.variable);
            let all: Vec<&Written> = others.collect();
            // At its own places a turn may do what it likes; a turn that writes elsewhere must do so everywhere.
            all.iter().all(|o| o.own)
                || match w.effect {
                    Effect::Same => all.len() == 1,
                    Effect::Mutate(op @ (Method::Add | Method::Remove | Method::Clear)) => {
                        all.iter().all(|o| o.effect == Effect::Mutate(op))
                    }
                    Effect::Assign | Effect::Mutate(_) => false,
                }
        };
        let sends = !(self.sends && (self.shared || self.counts));
        self.branches.is_none() && sends && self.written.iter().all(|w| apart(w) && alike(w))
    }

    fn statements(&mut self, body: &[Stmt]) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Assign { place, value } => {
                    self.reads(value);
                    let effect = if self.depends(value) { Effect::Assign } else { Effect::Same };
                    self.writes(place, effect);
                }
                StmtKind::Mutate { place, op, value } => {
                    value.iter().for_each(|e| self.reads(e));
                    self.writes(place, Effect::Mutate(*op));
                }
                StmtKind::If { condition, then, otherwise } => {
                    self.reads(condition);
                    self.statements(then);
                    self.statements(otherwise);
                }
                StmtKind::For { binder, body } => {
                    binder.parts(&mut |e| self.reads(e));
                    self.locals.push(binder.local);
                    self.statements(body);
                }
                StmtKind::Let { local, value } => {
                    self.reads(value);
                    self.locals.push(*local);
                }
                // One turn may trap and another not go on: which comes first would show.
                StmtKind::Require(_)
                | StmtKind::Choose { .. }
                | StmtKind::Fork { .. }
                | StmtKind::Retake { .. }
                | StmtKind::Take { .. }
                | StmtKind::Refill { .. }
                | StmtKind::Attempt { .. } => self.branches = Some(stmt.span),
                StmtKind::Send { message: _, link, fields, from, to } => {
                    fields.iter().chain([from, to]).for_each(|e| self.reads(e));
                    self.send(*link, from, to);
                }
            }
        }
    }

    fn send(&mut self, link: LinkId, from: &Expr, to: &Expr) {
        self.sends = true;
        let ordered = self.detector.program.links[link.index()].ordered;
        let own = self.is_element(from) || self.is_element(to);
        self.shared |= ordered && !own;
    }

    fn is_element(&self, e: &Expr) -> bool {
        self.distinct && matches!(e.kind, ExprKind::Local(local) if local == self.element)
    }

    fn writes(&mut self, place: &Place, effect: Effect) {
        for step in &place.path {
            if let PathStep::Index { index, .. } = step {
                self.reads(index);
            }
        }
        let (variable, own) = match &place.root {
            PlaceRoot::NodeField { node, field } => {
                let own = self.is_element(node);
                if !own {
                    self.reads(node);
                }
                (Variable::Field(*field), own)
            }
            PlaceRoot::State(state) => {
                let first = place.path.first();
                let own = matches!(first, Some(PathStep::Index { container, index })
                    if self.is_element(index) && self.is_map(*container));
                (Variable::State(*state), own)
            }
        };
        self.written.push(Written { variable, effect, own });
    }

    fn is_map(&self, ty: super::super::program::TypeId) -> bool {
        matches!(self.detector.program.types.get(ty), Type::Map { .. })
    }

    /// Notes what an expression reads.
    fn reads(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::NodeField { node, field } if self.is_element(node) => {
                return self.read_own.push(Variable::Field(*field));
            }
            ExprKind::Index(container, index) if self.is_element(index) && self.is_map(container.ty) => {
                if let ExprKind::State(state) = container.kind {
                    return self.read_own.push(Variable::State(state));
                }
            }
            ExprKind::NodeField { field, .. } => self.read.push(Variable::Field(*field)),
            ExprKind::State(state) => self.read.push(Variable::State(*state)),
            ExprKind::InFlight(_)
            | ExprKind::InFlightWhere(_)
            | ExprKind::Within(..)
            | ExprKind::SomeMessage(..)
            | ExprKind::Quiescent => self.counts = true,
            ExprKind::Call(..) => {
                let mentions = super::super::walk::Mentions::of(self.detector.program, e);
                self.read.extend(mentions.states.iter().map(|s| Variable::State(*s)));
                self.read.extend(mentions.node_fields.iter().map(|f| Variable::Field(*f)));
                self.counts |= mentions.surroundings;
            }
            _ => {}
        }
        e.parts(&mut |part| self.reads(part));
    }

    /// Whether an expression may have another value at another turn, as far as locals go.
    fn depends(&self, e: &Expr) -> bool {
        let mut found = false;
        e.walk(&mut |part| {
            found |= matches!(part.kind, ExprKind::Local(local) if self.locals.contains(&local));
        });
        found
    }
}
