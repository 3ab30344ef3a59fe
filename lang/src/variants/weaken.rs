//! Every part of a system that could be weaker, one after the other.
//!
//! Enters: a typed program and what may go wrong in it. Leaves: for each part, in the order of the declarations, the
//! program with that part weaker. Parts that nobody wrote (timers, what keeps views up) stay as they are, and so do changes
//! of ghosts, which nothing but members reads; the conditions under which they come do not.

use super::apart::{apart, call_copies, weaker_where_asked};
use super::polarity::of_definitions;
use super::{Variant, Weakening, loosened_capacity};
use crate::analysis::program::{
    Action, ActionId, ActionKind, BinaryOp, Expr, ExprKind, Fairness, Init, PlaceRoot, Program, Reconciler,
    Stmt, StmtKind, Timekeeper, Type, Types,
};
use crate::analysis::walk::Mentions;
use crate::concepts::{Fault, FaultBudget};
use crate::span::Span;

/// What is asked of the weaker systems.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What may go wrong: what nothing can put to the test is not weakened.
    pub faults: &'a FaultBudget,
    /// Whether runs without end are judged, for which fairness matters.
    pub fairness: bool,
}

/// All weaker systems.
pub fn weaker(program: &Program, asked: Asked<'_>) -> impl Iterator<Item = Variant> {
    (0..).map_while(move |number| nth(program, asked, number))
}

fn nth(program: &Program, asked: Asked<'_>, wanted: usize) -> Option<Variant> {
    let mut program = program.clone();
    let sought = Sought::One { left: wanted, found: None };
    let mut weakener = Weakener { asked, sought, changed: false, adds: false };
    weakener.program(&mut program);
    let Found { weakening, span, of, adds, without } = weakener.sought.found()?;
    Some(Variant { weakening, span, of, adds, without, program })
}

/// The system with several parts weaker at once.
pub fn weakened(program: &Program, asked: Asked<'_>, parts: &[&Variant]) -> Program {
    let mut program = program.clone();
    let mut weakener = Weakener { asked, sought: Sought::All(parts), changed: false, adds: false };
    weakener.program(&mut program);
    program
}

struct Found {
    weakening: Weakening,
    span: Span,
    of: String,
    adds: bool,
    without: Option<String>,
}

/// Which parts are weakened.
enum Sought<'a> {
    /// One: so many parts are passed by before it, and what follows is left alone.
    One { left: usize, found: Option<Found> },
    /// All of these.
    All(&'a [&'a Variant]),
}

impl Sought<'_> {
    fn found(self) -> Option<Found> {
        match self {
            Sought::One { found, .. } => found,
            Sought::All(_) => None,
        }
    }

    fn found_mut(&mut self) -> Option<&mut Found> {
        match self {
            Sought::One { found, .. } => found.as_mut(),
            Sought::All(_) => None,
        }
    }

    /// Whether there is nothing more to look for.
    fn is_over(&self) -> bool {
        matches!(self, Sought::One { found: Some(_), .. })
    }
}

/// Weakens what is sought.
struct Weakener<'a> {
    asked: Asked<'a>,
    sought: Sought<'a>,
    /// Something was weakened.
    changed: bool,
    /// The condition at hand lets steps through, and does nothing else.
    adds: bool,
}

impl Weakener<'_> {
    /// Whether this is a part that is wanted.
    fn is_it(&mut self, weakening: Weakening, span: Span, of: &str) -> bool {
        let is_it = match &mut self.sought {
            Sought::One { found: Some(_), .. } => false,
            Sought::One { left: 0, found } => {
                let (of, adds) = (of.to_string(), self.adds);
                *found = Some(Found { weakening, span, of, adds, without: None });
                true
            }
            Sought::One { left, .. } => {
                *left -= 1;
                false
            }
            Sought::All(parts) => parts.iter().any(|part| part.weakening == weakening && part.span == span),
        };
        self.changed |= is_it;
        is_it
    }

    fn program(&mut self, program: &mut Program) {
        self.nodes(program);
        self.links(program);
        self.definitions(program);
        self.actions(program);
        self.members(program);
    }

    fn nodes(&mut self, program: &mut Program) {
        let faults = self.asked.faults;
        for field in &mut program.node_fields {
            let strikes =
                |fault| faults.of_node(fault, field.node.0).is_some_and(|(_, entry)| entry.times > 0);
            if ![Fault::Crash, Fault::Wipe].into_iter().any(strikes) {
                continue;
            }
            let plain = field.time.is_none() && !field.ghost && !matches!(field.init, Init::Any { .. });
            if plain && !field.volatile && self.is_it(Weakening::Volatile, field.span, "") {
                self.belongs_to(&program.nodes[field.node.index()].name);
                field.volatile = true;
            }
        }
    }

    fn belongs_to(&mut self, of: &str) {
        if let Some(found) = self.sought.found_mut() {
            found.of = of.to_string();
        }
    }

    fn links(&mut self, program: &mut Program) {
        let faults = self.asked.faults;
        let capacities: Vec<u32> =
            program.links.iter().map(|link| loosened_capacity(program, link)).collect();
        for (link, capacity) in program.links.iter_mut().zip(capacities).filter(|(link, _)| !link.shadow) {
            let name = link.name.clone();
            if link.ordered && self.is_it(Weakening::Unordered, link.span, &name) {
                link.ordered = false;
                link.capacity = capacity;
            }
            let lose = !link.lossy && faults.allows(Fault::Lose);
            if lose && self.is_it(Weakening::Lossy, link.span, &name) {
                link.lossy = true;
            }
            let duplicate = !link.duplicating && faults.allows(Fault::Duplicate);
            if duplicate && self.is_it(Weakening::Duplicating, link.span, &name) {
                link.duplicating = true;
            }
        }
    }

    /// Those by which steps go.
    fn definitions(&mut self, program: &mut Program) {
        let mut called = Mentions::default();
        for action in program.actions.iter().filter(|action| is_written(action)) {
            action.guards.iter().for_each(|guard| called.read(program, guard));
            action.body.iter().for_each(|s| s.walk(&mut |s| s.parts(&mut |e| called.read(program, e))));
        }
        let polarities = of_definitions(program);
        let (mut bodies, mut asked_both_ways) = (Vec::new(), Vec::new());
        for (index, polarity) in polarities.into_iter().enumerate() {
            let def = &program.defs[index];
            let is_condition = *program.types.get(def.ty) == Type::Bool;
            if !called.defs.iter().any(|id| id.index() == index) || self.sought.is_over() {
                continue;
            }
            let of = format!("def {}", def.name);
            let hidden = Hidden::of(program);
            let mut body = def.body.clone();
            (self.adds, self.changed) = (false, false);
            match (is_condition, polarity.is_opposite()) {
                (false, _) => self.choices(&mut body, &mut program.types, &hidden, &of),
                (true, true) => self.opposite(&mut body, &mut program.types, &hidden, &of),
                (true, false) => self.condition(&mut body, &mut program.types, &hidden, &of),
            }
            if self.changed && is_condition && polarity.is_both() {
                asked_both_ways.push((index, body));
            } else if self.changed {
                bodies.push((index, body));
            }
        }
        if bodies.is_empty() && asked_both_ways.is_empty() {
            return;
        }
        let first = apart(program);
        for (_, body) in bodies.iter_mut().chain(&mut asked_both_ways) {
            call_copies(body, first);
        }
        for (index, body) in bodies {
            program.defs[index + first].body = body;
        }
        if !asked_both_ways.is_empty() {
            weaker_where_asked(program, first, asked_both_ways);
        }
    }

    fn actions(&mut self, program: &mut Program) {
        let hidden = Hidden::of(program);
        let mut actions = std::mem::take(&mut program.actions);
        for action in actions.iter_mut().filter(|action| is_written(action)) {
            let name = action.name.clone();
            // Time goes by what was written, and a deadline of something else would be another system.
            let timed = is_timed(action, &program.reconcilers);
            self.adds = true;
            let (act, goal) = (action.span, goal(action, &program.reconcilers));
            for guard in action.guards.iter_mut().filter(|_| !timed) {
                if goal != Some(guard.span) {
                    self.condition(guard, &mut program.types, &hidden, &name);
                } else if self.is_it(Weakening::Drift, act, &name) {
                    guard.kind = ExprKind::Bool(true);
                }
            }
            self.statements(&mut action.body, program, &hidden, &name);
            let alone = matches!(action.kind, ActionKind::Handler { resolution: None, .. });
            if alone && self.is_it(Weakening::Handler, action.span, &name) {
                never(action, &mut program.types);
            }
            if !timed {
                self.fairness(std::slice::from_mut(action), |kind| matches!(kind, ActionKind::Client));
            }
        }
        program.actions = actions;
    }

    /// A step less sure to come: strongly fair ones are weakly fair, those are not fair.
    fn fairness(&mut self, actions: &mut [Action], of: fn(&ActionKind) -> bool) {
        let surest = actions.iter().filter(|action| of(&action.kind)).map(|action| action.fairness);
        let less = match surest.max_by_key(|fairness| *fairness as u8) {
            Some(Fairness::Strong) => Fairness::Weak,
            Some(Fairness::Weak) => Fairness::Unfair,
            Some(Fairness::Unfair) | None => return,
        };
        let (span, name) = (actions[0].span, actions[0].name.clone());
        if self.asked.fairness && self.is_it(Weakening::Fairness(less), span, &name) {
            actions.iter_mut().for_each(|action| action.fairness = less);
        }
    }

    fn members(&mut self, program: &mut Program) {
        for index in 0..program.resolutions.len() {
            let header = &program.resolutions[index].header;
            let (name, span) = (header.name.clone(), header.span);
            let own = program.resolutions[index].actions.clone();
            let timed = |id: &ActionId| is_timed(&program.actions[id.index()], &program.reconcilers);
            if own.is_empty() || own.iter().any(timed) {
                continue;
            }
            if self.is_it(Weakening::Resolution, span, &name) {
                self.without(&name);
                own.iter().for_each(|id| never(&mut program.actions[id.index()], &mut program.types));
            }
            let mut acts: Vec<Action> = own.iter().map(|id| program.actions[id.index()].clone()).collect();
            self.fairness(&mut acts, |kind| matches!(kind, ActionKind::Resolution(_)));
            own.iter().zip(acts).for_each(|(id, act)| program.actions[id.index()].fairness = act.fairness);
        }
        for index in 0..program.reconcilers.len() {
            let header = &program.reconcilers[index].header;
            let (name, span) = (header.name.clone(), header.span);
            let own = program.reconcilers[index].actions.clone();
            let timed = |id: &ActionId| is_timed(&program.actions[id.index()], &program.reconcilers);
            if own.is_empty() || own.iter().any(timed) {
                continue;
            }
            let has_goal = program.reconcilers[index].drift.is_some();
            if self.is_it(Weakening::Reconciler, span, &name) {
                // What it is there for is still to be reached.
                if !has_goal {
                    self.without(&name);
                }
                own.iter().for_each(|id| never(&mut program.actions[id.index()], &mut program.types));
            }
        }
    }

    fn without(&mut self, member: &str) {
        if let Some(found) = self.sought.found_mut() {
            found.without = Some(member.to_string());
        }
    }

    fn statements(&mut self, body: &mut Vec<Stmt>, program: &mut Program, hidden: &Hidden, of: &str) {
        let mut index = 0;
        while index < body.len() && !self.sought.is_over() {
            let stmt = &mut body[index];
            if !hidden.is_behind(stmt, Ghosts::Too) && can_go(&stmt.kind) {
                let span = stmt.span;
                if self.is_it(Weakening::Statement, span, of) {
                    body.remove(index);
                    continue;
                }
            }
            self.inside(&mut body[index], program, hidden, of);
            index += 1;
        }
    }

    /// Conditions and statements in a statement.
    fn inside(&mut self, stmt: &mut Stmt, program: &mut Program, hidden: &Hidden, of: &str) {
        if hidden.is_behind(stmt, Ghosts::Not) {
            return;
        }
        let seen = !hidden.is_behind(stmt, Ghosts::Too);
        self.adds = matches!(stmt.kind, StmtKind::Require(_) | StmtKind::Choose { .. });
        match &mut stmt.kind {
            StmtKind::If { condition: e, .. } | StmtKind::Require(e) => {
                self.condition(e, &mut program.types, hidden, of);
            }
            StmtKind::For { binder, .. } | StmtKind::Choose { binder, .. } => {
                if let Some(filter) = &mut binder.filter {
                    self.condition(filter, &mut program.types, hidden, of);
                }
            }
            StmtKind::Assign { .. }
            | StmtKind::Mutate { .. }
            | StmtKind::Let { .. }
            | StmtKind::Send { .. }
                if seen =>
            {
                stmt.all_parts_mut(&mut |e| self.choices(e, &mut program.types, hidden, of));
            }
            _ => {}
        }
        for block in stmt.blocks_mut() {
            self.statements(block, program, hidden, of);
        }
    }

    /// Each part of a conjunction, and what is inside of it.
    fn condition(&mut self, e: &mut Expr, types: &mut Types, hidden: &Hidden, of: &str) {
        let behind = hidden.is_read(e);
        match &mut e.kind {
            ExprKind::Binary(BinaryOp::And, a, b) => {
                self.condition(a, types, hidden, of);
                self.condition(b, types, hidden, of);
            }
            ExprKind::Let(_, _, body) => self.condition(body, types, hidden, of),
            ExprKind::Bool(_) => {}
            _ if behind => {}
            _ => {
                if self.is_it(Weakening::Condition, e.span, of) {
                    e.kind = ExprKind::Bool(true);
                } else {
                    self.part(e, types, hidden, of);
                }
            }
        }
    }

    /// The conditions that decide between two values.
    fn choices(&mut self, e: &mut Expr, types: &mut Types, hidden: &Hidden, of: &str) {
        match &mut e.kind {
            ExprKind::If(condition, a, b) => {
                let adds = std::mem::replace(&mut self.adds, false);
                self.condition(condition, types, hidden, of);
                self.adds = adds;
                self.choices(a, types, hidden, of);
                self.choices(b, types, hidden, of);
            }
            _ => e.parts_mut(&mut |part| self.choices(part, types, hidden, of)),
        }
    }

    /// The same of what is weaker where it is false: each part of a disjunction, and what is inside of it.
    fn opposite(&mut self, e: &mut Expr, types: &mut Types, hidden: &Hidden, of: &str) {
        let behind = hidden.is_read(e);
        match &mut e.kind {
            ExprKind::Binary(BinaryOp::Or, a, b) => {
                self.opposite(a, types, hidden, of);
                self.opposite(b, types, hidden, of);
            }
            ExprKind::Let(_, _, body) => self.opposite(body, types, hidden, of),
            ExprKind::Bool(_) => {}
            _ if behind => {}
            _ if self.is_it(Weakening::Never, e.span, of) => e.kind = ExprKind::Bool(false),
            _ => self.opposite_part(e, types, hidden, of),
        }
    }

    fn opposite_part(&mut self, e: &mut Expr, types: &mut Types, hidden: &Hidden, of: &str) {
        let span = e.span;
        match &mut e.kind {
            ExprKind::Binary(BinaryOp::Or, a, b) => {
                self.opposite(a, types, hidden, of);
                self.opposite(b, types, hidden, of);
            }
            ExprKind::Binary(BinaryOp::And, a, b) => {
                self.opposite_part(a, types, hidden, of);
                self.opposite_part(b, types, hidden, of);
            }
            ExprKind::Any(_, body) | ExprKind::All(_, body) => self.opposite_part(body, types, hidden, of),
            ExprKind::Binary(op @ (BinaryOp::LessEqual | BinaryOp::GreaterEqual), ..)
                if self.is_it(Weakening::Boundary, span, of) =>
            {
                *op = if *op == BinaryOp::LessEqual { BinaryOp::Less } else { BinaryOp::Greater };
            }
            _ => self.choices(e, types, hidden, of),
        }
    }

    /// What is inside of one part, as long as weaker there is weaker here.
    fn part(&mut self, e: &mut Expr, types: &mut Types, hidden: &Hidden, of: &str) {
        let span = e.span;
        match &mut e.kind {
            ExprKind::Binary(BinaryOp::And, a, b) => {
                self.condition(a, types, hidden, of);
                self.condition(b, types, hidden, of);
            }
            ExprKind::Binary(BinaryOp::Or, a, b) => {
                self.part(a, types, hidden, of);
                self.part(b, types, hidden, of);
            }
            ExprKind::Binary(BinaryOp::Implies, _, b) => self.part(b, types, hidden, of),
            ExprKind::Any(binder, body) => {
                if let Some(filter) = &mut binder.filter {
                    self.condition(filter, types, hidden, of);
                }
                self.part(body, types, hidden, of);
            }
            ExprKind::All(_, body) => self.part(body, types, hidden, of),
            ExprKind::Binary(op @ (BinaryOp::Less | BinaryOp::Greater), ..)
                if self.is_it(Weakening::Boundary, span, of) =>
            {
                *op = if *op == BinaryOp::Less { BinaryOp::LessEqual } else { BinaryOp::GreaterEqual };
            }
            ExprKind::Binary(BinaryOp::LessEqual, _, more)
            | ExprKind::Binary(BinaryOp::GreaterEqual, more, _)
                if self.is_it(Weakening::Boundary, span, of) =>
            {
                one_more(more, types);
            }
            _ => self.choices(e, types, hidden, of),
        }
    }
}

/// Where the drift of a reconciler stands, of one of its acts: a guard from there was not written as one.
fn goal(action: &Action, reconcilers: &[Reconciler]) -> Option<Span> {
    let ActionKind::ReconcilerAct(reconciler) = action.kind else { return None };
    reconcilers[reconciler].drift.as_ref().map(|drift| drift.span)
}

fn one_more(e: &mut Expr, types: &mut Types) {
    let Type::Int { lo, hi } = *types.get(e.ty) else { return };
    let (span, one) = (e.span, types.intern(Type::Int { lo: 1, hi: 1 }));
    let ty = types.intern(Type::Int { lo: lo.saturating_add(1), hi: hi.saturating_add(1) });
    let left = std::mem::replace(e, Expr { kind: ExprKind::Error, ty, span });
    let one = Expr { kind: ExprKind::Int(1), ty: one, span };
    e.kind = ExprKind::Binary(BinaryOp::Add, Box::new(left), Box::new(one));
}

fn never(action: &mut Action, types: &mut Types) {
    let ty = types.intern(Type::Bool);
    action.guards.insert(0, Expr { kind: ExprKind::Bool(false), ty, span: action.span });
}

/// Whether somebody wrote its conditions and statements.
pub(super) fn is_written(action: &Action) -> bool {
    match action.kind {
        ActionKind::Client
        | ActionKind::Handler { .. }
        | ActionKind::Resolution(_)
        | ActionKind::ReconcilerObserve { .. }
        | ActionKind::ReconcilerAct(_)
        | ActionKind::Restart(_) => true,
        ActionKind::ReconcilerLook(_) | ActionKind::Tick | ActionKind::Sync(_) => false,
    }
}

/// Names of what has a deadline, or looks every few ticks: it is not taken away, and its conditions stay.
pub fn timed(program: &Program) -> Vec<&str> {
    let written = program.actions.iter().filter(|action| is_written(action));
    let timed = written.filter(|action| is_timed(action, &program.reconcilers));
    let mut names: Vec<&str> = timed.map(|action| action.name.as_str()).collect();
    names.dedup();
    names
}

fn is_timed(action: &Action, reconcilers: &[Reconciler]) -> bool {
    let looks = match action.kind {
        ActionKind::ReconcilerObserve { reconciler, .. }
        | ActionKind::ReconcilerAct(reconciler)
        | ActionKind::ReconcilerLook(reconciler) => reconcilers[reconciler].every_ticks.is_some(),
        ActionKind::Client
        | ActionKind::Handler { .. }
        | ActionKind::Resolution(_)
        | ActionKind::Restart(_)
        | ActionKind::Tick
        | ActionKind::Sync(_) => false,
    };
    looks || action.within.is_some()
}

/// Whether what follows can do without it: not where it gives a name to something, nor where it is a condition.
fn can_go(kind: &StmtKind) -> bool {
    match kind {
        StmtKind::Assign { .. }
        | StmtKind::Mutate { .. }
        | StmtKind::If { .. }
        | StmtKind::For { .. }
        | StmtKind::Choose { .. }
        | StmtKind::Send { .. } => true,
        StmtKind::Let { .. }
        | StmtKind::Require(_)
        | StmtKind::Fork { .. }
        | StmtKind::Retake { .. }
        | StmtKind::Take { .. }
        | StmtKind::Refill { .. }
        | StmtKind::Attempt { .. } => false,
    }
}

/// Whether what only members read is behind the scenes: it stays, but what decides whether it comes is of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ghosts {
    Too,
    Not,
}

/// What is behind the scenes: variables that nobody wrote, and those that only members read.
struct Hidden {
    states: Vec<(bool, bool)>,
    fields: Vec<(bool, bool)>,
    /// Fields that nobody reads who writes a mapping: views are read.
    timers: Vec<bool>,
}

impl Hidden {
    fn of(program: &Program) -> Hidden {
        let unwritten = |time: Option<Timekeeper>| match time {
            Some(Timekeeper::Timer | Timekeeper::View) => true,
            Some(Timekeeper::Clock) | None => false,
        };
        Hidden {
            states: program.states.iter().map(|s| (unwritten(s.time), s.ghost)).collect(),
            fields: program.node_fields.iter().map(|f| (unwritten(f.time), f.ghost)).collect(),
            timers: program.node_fields.iter().map(|f| f.time == Some(Timekeeper::Timer)).collect(),
        }
    }

    /// Whether an expression asks for what nobody wrote.
    fn is_read(&self, e: &Expr) -> bool {
        let mut read = e.span == Span::default();
        e.walk(&mut |part| match &part.kind {
            ExprKind::State(id) => read |= self.states[id.index()].0,
            ExprKind::NodeField { field, .. } => read |= self.timers[field.index()],
            ExprKind::Paused(_) => read = true,
            _ => {}
        });
        read
    }

    /// Whether all that a statement does is behind the scenes.
    fn is_behind(&self, stmt: &Stmt, ghosts: Ghosts) -> bool {
        let (mut behind, mut before) = (false, false);
        stmt.walk(&mut |inner| match &inner.kind {
            StmtKind::Assign { place, .. } | StmtKind::Mutate { place, .. } => {
                let (unwritten, ghost) = match &place.root {
                    PlaceRoot::State(id) => self.states[id.index()],
                    PlaceRoot::NodeField { field, .. } => self.fields[field.index()],
                };
                if unwritten || ghost && ghosts == Ghosts::Too { behind = true } else { before = true }
            }
            StmtKind::Send { .. } | StmtKind::Require(_) => before = true,
            _ => {}
        });
        behind && !before
    }
}
