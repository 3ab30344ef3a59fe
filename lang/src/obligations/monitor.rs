//! Monitors: what watches a run for a property of whole runs.
//!
//! Enters: a program. Leaves: the same program with ghosts that remember something of the run so far, kept up by
//! statements behind the bodies of actions; expressions over them.
//! The idea: what holds for any one attempt holds for all, so a monitor watches one, which it picks freely at the step
//! that begins it. Picking is a fork beside the same step without it, and one run is watched by one monitor, so that the
//! states of all monitors add up and are not multiplied; where nothing is watched all of its ghosts have their first
//! values, so that what is left without the watched states is the model as it was. (Büchi automata are guessed in the
//! same way: Vardi and Wolper, An Automata-Theoretic Approach to Automatic Program Verification, 1986.)
//! Expressions of the author are evaluated where a value is not certain inside attempts: a monitor never takes a step
//! away from the model.

use super::build;
use super::property::{MonitorId, Probe, ProbeCondition};
use crate::analysis::program::{
    ActionId, AtCrash, BinaryOp, Binder, Expr, ExprKind, Init, Local, LocalId, Loss, NodeFieldId, NodeId,
    Place, PlaceRoot, Program, State, StateId, Stmt, StmtKind, Timekeeper, Type, TypeId,
};
use crate::analysis::symmetry::may_trap;
use crate::analysis::walk::Mentions;
use crate::span::Span;

/// One monitor, and its ghosts.
#[derive(Debug, Clone)]
pub(super) struct Monitor {
    /// What the variable that says who watches is where this one does.
    id: MonitorId,
    ghosts: Vec<StateId>,
    /// What else has its first value where it watches no more.
    resets: Vec<Stmt>,
    /// What it remembers, for one more step, of an attempt that could not be told any more.
    lost: Vec<Stmt>,
    span: Span,
}

impl Monitor {
    pub(super) fn new(program: &mut Program, span: Span) -> Monitor {
        if program.watching.is_none() {
            let ty = program.types.intern(Type::Int { lo: 0, hi: 2 * most(program) });
            program.watching = Some(hidden(program, "watching monitor", ty, span));
        }
        program.monitors += 1;
        Monitor {
            id: MonitorId(program.monitors),
            ghosts: Vec::new(),
            resets: Vec::new(),
            lost: Vec::new(),
            span,
        }
    }

    pub(super) fn id(&self) -> MonitorId {
        self.id
    }

    fn number(&self) -> i64 {
        i64::from(self.id.0)
    }

    /// Another ghost, of a type whose first value tells nothing: none, empty, false, the least.
    pub(super) fn ghost(&mut self, program: &mut Program, name: &str, ty: TypeId) -> StateId {
        let id = hidden(program, &format!("{name} {}", self.id.0), ty, self.span);
        self.ghosts.push(id);
        id
    }

    /// Whether it watches, after the step.
    pub(super) fn is_on(&self, program: &mut Program) -> Expr {
        let (left, right) = (self.watching(program), build::int(program, self.number(), self.span));
        build::binary(program, BinaryOp::Equal, left, right)
    }

    /// Whether it watched before the step.
    pub(super) fn was_on(&self, program: &mut Program) -> Expr {
        build::old(self.is_on(program))
    }

    /// Whether no monitor watched before the step, nor was picked in it.
    fn is_free(&self, program: &mut Program) -> Expr {
        let (left, right) = (self.watching(program), build::int(program, 0, self.span));
        let idle = build::binary(program, BinaryOp::Equal, left, right);
        build::and(program, build::old(idle.clone()), idle)
    }

    fn watching(&self, program: &Program) -> Expr {
        let id = program.watching.unwrap_or(StateId(0));
        // Without a place in the text, so that no violation shows it.
        state(program, id, Span::default())
    }

    fn set(&self, program: &mut Program, number: i64) -> Stmt {
        let (id, value) = (program.watching.unwrap_or(StateId(0)), build::int(program, number, self.span));
        assign(program, id, value)
    }

    /// Where `when` is true, and nothing is watched yet, it may begin to watch. `begin`: sets its ghosts.
    pub(super) fn pick(&self, program: &mut Program, when: Expr, mut begin: Vec<Stmt>) -> Vec<Stmt> {
        let span = self.span;
        let idle = self.is_free(program);
        let when = build::and(program, idle.clone(), when);
        let unknown = self.unknown(program, idle, &when);
        let (local, fork) = fork(program, when, span);
        begin.insert(0, self.set(program, self.number()));
        let begin = vec![self.attempt(program, begin)];
        let condition = build::local(program, local, span);
        let otherwise = Vec::new();
        let picked = Stmt { kind: StmtKind::If { condition, then: begin, otherwise }, span };
        unknown.into_iter().chain([fork, picked]).collect()
    }

    /// Where a condition has no value, and nothing is watched, it is not known whether it would have begun to watch.
    fn unknown(&self, program: &mut Program, idle: Expr, when: &Expr) -> Option<Stmt> {
        if self.lost.is_empty() || !may_trap(program, when) {
            return None;
        }
        let span = self.span;
        let (local, fork) = fork(program, idle, span);
        let condition = build::local(program, local, span);
        let lost = StmtKind::If { condition, then: self.lost.clone(), otherwise: Vec::new() };
        let otherwise = vec![fork, Stmt { kind: lost, span }];
        let asked = StmtKind::If { condition: when.clone(), then: Vec::new(), otherwise: Vec::new() };
        let body = vec![Stmt { kind: asked, span }];
        Some(Stmt { kind: StmtKind::Attempt { body, otherwise }, span })
    }

    /// The same where it picks, of several elements, one for which `when` is true. The local of the binder is from
    /// [`nameless`], and `begin` mentions it.
    pub(super) fn pick_of(
        &self,
        program: &mut Program,
        binder: Binder,
        when: Expr,
        begin: Vec<Stmt>,
    ) -> Vec<Stmt> {
        let span = self.span;
        let chosen = build::narrowed(program, &binder, when);
        // All elements are asked: where one has no value, none is picked.
        let (count, none) = (build::count(program, &chosen), build::int(program, 0, span));
        let some = build::binary(program, BinaryOp::Greater, count, none);
        let idle = self.is_free(program);
        let when = build::and(program, idle, some);
        let mut body = vec![self.set(program, self.number())];
        body.extend(begin);
        let choose = Stmt { kind: StmtKind::Choose { binder: chosen, body }, span };
        let (local, fork) = fork(program, when, span);
        let condition = build::local(program, local, span);
        let then = StmtKind::If { condition, then: vec![choose], otherwise: Vec::new() };
        vec![fork, Stmt { kind: then, span }]
    }

    /// What happens where it watched before the step and `when` is true.
    pub(super) fn follow(&self, program: &mut Program, when: Expr, then: Vec<Stmt>) -> Stmt {
        let on = self.was_on(program);
        let condition = build::and(program, on, when);
        let then = StmtKind::If { condition, then, otherwise: Vec::new() };
        self.attempt(program, vec![Stmt { kind: then, span: self.span }])
    }

    /// It watches no more.
    pub(super) fn end(&self, program: &mut Program) -> Vec<Stmt> {
        let mut all = vec![self.set(program, 0)];
        for id in &self.ghosts {
            let value = first_value(program, program.states[id.index()].ty, self.span);
            all.push(assign(program, *id, value));
        }
        all.extend(self.resets.iter().cloned());
        all
    }

    /// What is no ghost of it has its first value.
    pub(super) fn cleared(&self) -> Vec<Stmt> {
        self.resets.clone()
    }

    /// What has to be set back besides its ghosts.
    pub(super) fn reset(&mut self, more: Vec<Stmt>) {
        self.resets.extend(more);
    }

    /// Where it gives an attempt up it goes on to watch, with these statements alone.
    pub(super) fn tell_lost(&mut self, program: &mut Program, lost: Vec<Stmt>) {
        self.lost = vec![self.set(program, self.number())];
        self.lost.extend(lost);
    }

    /// Where it gives an attempt up, that is seen by [`Monitor::doubt`]: nothing is watched on that run any more.
    pub(super) fn tell(&mut self, program: &mut Program) {
        let given_up = self.given_up(program);
        self.lost = vec![self.set(program, given_up)];
    }

    /// What stands in the place of its number once it has given up: greater than that of any monitor.
    fn given_up(&self, program: &Program) -> i64 {
        most(program) + self.number()
    }

    /// That it has given up, by which nothing is known of some attempts.
    pub(super) fn doubt(&self, program: &mut Program) -> Probe {
        let number = self.given_up(program);
        let (left, right) = (self.watching(program), build::int(program, number, self.span));
        let condition = ProbeCondition::State(build::binary(program, BinaryOp::Equal, left, right));
        let watched_by = Some(MonitorId(number as u32));
        Probe { condition, words: NO_VALUE.to_string(), span: self.span, watched_by }
    }

    /// It may begin to watch in initial states, before anything has happened. `begin`: sets its ghosts.
    pub(super) fn at_the_start(&self, program: &mut Program, mut begin: Vec<Stmt>) -> Vec<Stmt> {
        let span = self.span;
        let (left, right) = (self.watching(program), build::int(program, 0, span));
        let free = build::binary(program, BinaryOp::Equal, left, right);
        let (local, fork) = fork(program, free, span);
        begin.insert(0, self.set(program, self.number()));
        let condition = build::local(program, local, span);
        vec![fork, Stmt { kind: StmtKind::If { condition, then: begin, otherwise: Vec::new() }, span }]
    }

    /// Where it watched, and `when` is true, it goes on both ways: as it was, and with `then`.
    pub(super) fn split(
        &self,
        program: &mut Program,
        when: Expr,
        then: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    ) -> Vec<Stmt> {
        let span = self.span;
        let on = self.was_on(program);
        let when = build::and(program, on.clone(), when);
        let (local, fork) = fork(program, when, span);
        let condition = build::local(program, local, span);
        let then = vec![self.attempt(program, then)];
        let otherwise = StmtKind::If { condition: on, then: otherwise, otherwise: Vec::new() };
        let otherwise = vec![Stmt { kind: otherwise, span }];
        let otherwise = vec![self.attempt(program, otherwise)];
        vec![fork, Stmt { kind: StmtKind::If { condition, then, otherwise }, span }]
    }

    /// Where the body has no value, what is watched cannot be told any more.
    pub(super) fn attempt(&self, program: &mut Program, body: Vec<Stmt>) -> Stmt {
        let on = self.is_on(program);
        let mut end = self.end(program);
        end.extend(self.lost.iter().cloned());
        let give_up = StmtKind::If { condition: on, then: end, otherwise: Vec::new() };
        let otherwise = vec![Stmt { kind: give_up, span: self.span }];
        Stmt { kind: StmtKind::Attempt { body, otherwise }, span: self.span }
    }
}

/// Why nothing is known of some attempts.
const NO_VALUE: &str = "what tells its attempts apart, or what it watches, has no value in some step: not every attempt was \
                        followed";

/// No type of a concept has more monitors than this.
const OF_ONE_TYPE: usize = 3;

/// More monitors than there will be.
fn most(program: &Program) -> i64 {
    let orders = program.orders.iter().map(|o| o.header.types.len());
    let resolutions = program.resolutions.iter().map(|r| r.header.types.len());
    (OF_ONE_TYPE * orders.chain(resolutions).sum::<usize>()) as i64
}

fn fork(program: &mut Program, when: Expr, span: Span) -> (LocalId, Stmt) {
    let ty = program.types.intern(Type::Bool);
    program.locals.push(Local { name: "picked".to_string(), ty, span });
    let local = LocalId(program.locals.len() as u32 - 1);
    (local, Stmt { kind: StmtKind::Fork { local, when }, span })
}

/// The same binder over a local without a name: a choice of a monitor is none of the mapping, and no label shows it.
pub(super) fn nameless(program: &mut Program, binder: &Binder) -> Binder {
    let local = build::fresh(program, binder.local);
    program.locals[local.index()].name.clear();
    build::renamed(program, binder, local)
}

/// The type of a ghost for values of this type, whose first value tells nothing.
pub(super) fn remembered(program: &mut Program, ty: TypeId) -> TypeId {
    match program.types.get(ty) {
        Type::Option(_) => ty,
        _ => program.types.intern(Type::Option(ty)),
    }
}

/// A ghost becomes a value of what it remembers.
pub(super) fn remember(program: &Program, id: StateId, value: Expr) -> Stmt {
    let ty = program.states[id.index()].ty;
    let whole = matches!(program.types.get(value.ty), Type::Option(_));
    let value = match whole {
        true => value,
        false => Expr { ty, span: value.span, kind: ExprKind::Some(Box::new(value)) },
    };
    assign(program, id, value)
}

/// A ghost that remembers one element as a set with nothing else in it: members in sets stay interchangeable at no cost.
pub(super) fn element(program: &mut Program, monitor: &mut Monitor, name: &str, ty: TypeId) -> StateId {
    let ty = program.types.intern(Type::Set(ty));
    monitor.ghost(program, name, ty)
}

pub(super) fn remember_element(program: &Program, id: StateId, element: Expr) -> Stmt {
    let (ty, span) = (program.states[id.index()].ty, element.span);
    assign(program, id, Expr { kind: ExprKind::Set(vec![element]), ty, span })
}

/// It was the element that was remembered before the step.
pub(super) fn was_element(program: &mut Program, id: StateId, element: Expr) -> Expr {
    let then = build::old(state(program, id, element.span));
    build::binary(program, BinaryOp::In, element, then)
}

/// The kinds of node that lose some of these fields where they stop, and with what.
pub(super) fn losing(program: &Program, fields: &[NodeFieldId]) -> Vec<(NodeId, Loss)> {
    let mut found: Vec<(NodeId, Loss)> = Vec::new();
    let all = fields.iter().map(|f| &program.node_fields[f.index()]);
    for field in all.filter(|f| !f.ghost && f.time != Some(Timekeeper::Timer)) {
        // A clock was set on the disk.
        let loss = if field.volatile && field.time.is_none() { Loss::Memory } else { Loss::Disk };
        match found.iter_mut().find(|(node, _)| *node == field.node) {
            // What follows every crash follows a wipe too.
            Some((_, known)) if loss == Loss::Memory => *known = loss,
            Some(_) => {}
            None => found.push((field.node, loss)),
        }
    }
    found.sort_unstable_by_key(|(node, _)| *node);
    found
}

/// Adds statements behind the faults that may change something of this.
pub(super) fn behind_faults(program: &mut Program, reads: &Mentions, body: &[Stmt]) {
    if reads.surroundings {
        program.behind_faults.extend_from_slice(body);
        return;
    }
    for (node, loss) in losing(program, &reads.node_fields) {
        let span = program.nodes[node.index()].span;
        let ty = program.types.intern(Type::Node(node));
        program.locals.push(Local { name: "crashed".to_string(), ty, span });
        let local = LocalId(program.locals.len() as u32 - 1);
        program.at_crash.push(AtCrash { node, loss, local, body: body.to_vec() });
    }
}

/// A ghost, with a name that no trace shows.
pub(super) fn hidden(program: &mut Program, name: &str, ty: TypeId, span: Span) -> StateId {
    program.states.push(State {
        name: name.to_string(),
        ty,
        ghost: true,
        time: None,
        init: Init::Default,
        docs: None,
        span,
    });
    StateId(program.states.len() as u32 - 1)
}

pub(super) fn state(program: &Program, id: StateId, span: Span) -> Expr {
    Expr { kind: ExprKind::State(id), ty: program.states[id.index()].ty, span }
}

pub(super) fn assign(program: &Program, id: StateId, value: Expr) -> Stmt {
    let span = value.span;
    let ty = program.states[id.index()].ty;
    let place = Place { root: PlaceRoot::State(id), path: Vec::new(), ty, span };
    Stmt { kind: StmtKind::Assign { place, value }, span }
}

/// The value that variables of a type begin with.
pub(super) fn first_value(program: &Program, ty: TypeId, span: Span) -> Expr {
    let kind = match program.types.get(ty) {
        Type::Bool => ExprKind::Bool(false),
        Type::Int { lo, .. } => ExprKind::Int(*lo),
        Type::Option(_) => ExprKind::None,
        Type::Set(_) => ExprKind::Set(Vec::new()),
        Type::List { .. } | Type::Bag { .. } => ExprKind::List(Vec::new()),
        Type::Enum(_) | Type::Node(_) => ExprKind::Member(0),
        Type::Record(record) => {
            let fields = &program.records[record.index()].fields;
            let values = fields.iter().map(|(_, ty)| first_value(program, *ty, span)).collect();
            ExprKind::Record(*record, values)
        }
        Type::Map { value, .. } => ExprKind::MapFill(Box::new(first_value(program, *value, span))),
        Type::Error => ExprKind::Error,
    };
    Expr { kind, ty, span }
}

/// Adds statements behind the body of an action, where its choices are known.
pub(super) fn append(program: &mut Program, action: ActionId, more: Vec<Stmt>) {
    behind(&mut program.actions[action.index()].body, more);
}

/// What follows a choice belongs into it, as what the choice goes on with.
fn behind(body: &mut Vec<Stmt>, more: Vec<Stmt>) {
    match body.iter().position(|stmt| matches!(stmt.kind, StmtKind::Choose { .. })) {
        None => body.extend(more),
        Some(at) => {
            let rest = body.split_off(at + 1);
            if let Some(Stmt { kind: StmtKind::Choose { body, .. }, .. }) = body.last_mut() {
                body.extend(rest);
                behind(body, more);
            }
        }
    }
}
