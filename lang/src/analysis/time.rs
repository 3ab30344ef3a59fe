//! Time: clocks, looks every few ticks and deadlines become variables, conditions, and one step more, `tick`.
//!
//! Enters: a program whose behaviour and clauses are known. Leaves: the same with timers, a look for each reconciler that
//! looks every few ticks, what else resets a timer, and `tick`. A tick is one step for all clocks. It is not possible
//! where a deadline would pass: an act that must come within some ticks and has stayed possible for so many, or a look
//! that is due. A deadline begins anew when the act was taken, so time never stops. What is between two ticks happens in any
//! order, as without time. (Discrete time with urgency: Bornot and Sifakis, An Algebraic Framework for Urgency, 2000.)
//! A clock goes on while its node is down, and stands still while it is paused; a node that is down looks at nothing.

use super::analyser::Analyser;
use super::program::{
    Action, ActionId, ActionKind, AtNode, BinaryOp, Binder, Expr, ExprKind, Fairness, Init, LocalId,
    NodeField, NodeFieldId, NodeId, PlaceRoot, State, StateId, Stmt, StmtKind, Timekeeper, Type, TypeId,
};
use super::walk::Mentions;
use crate::concepts::Fault;
use crate::diag::Diagnostic;
use crate::diag::codes::analysis as codes;
use crate::span::Span;
use crate::syntax::tree::{self, Storage};

/// Ticks that may be waited for, at most.
const MOST_TICKS: i64 = 255;

/// What time does, piece by piece.
#[derive(Default)]
struct Clockwork {
    /// Where one of these is true, no tick is possible.
    due: Vec<Expr>,
    /// What each tick does, in order: deadlines come nearer, clocks go on, looks come nearer.
    moves: Vec<Move>,
    /// What is possible no longer waits for its deadline no longer.
    resets: Vec<Reset>,
}

/// What a tick does to one variable.
#[derive(Clone)]
struct Move {
    /// Whose it is, where it is a node's, and is by that node's own clock.
    of: Option<NodeId>,
    /// In the scope of the node.
    local: Option<LocalId>,
    /// At which nodes, or whether at all.
    when: Option<Expr>,
    then: Stmt,
    /// By the node's own clock, so that it may miss a tick.
    skews: bool,
    keeper: Timekeeper,
}

struct Reset {
    reads: Mentions,
    then: Stmt,
}

/// A variable of ours: of each node of a kind, or one.
#[derive(Clone, Copy)]
enum Timer {
    Field(NodeFieldId),
    State(StateId),
}

impl Analyser<'_, '_> {
    /// What a variable that is declared so has to do with time.
    pub(super) fn keeps_time(&mut self, storage: Storage, ty: TypeId, span: Span) -> Option<Timekeeper> {
        if storage != Storage::Clock {
            return None;
        }
        let counted = match self.get(ty) {
            Type::Map { value, .. } => value,
            _ => ty,
        };
        if !matches!(self.get(counted), Type::Int { .. } | Type::Error) {
            let found = self.type_name(ty);
            let words = format!("a clock counts ticks: expected a range, or a map to one, found {found}");
            let d = Diagnostic::error(codes::CLOCK, span, words);
            self.report(d.help("declare the ticks that it tells apart, `0..5`: it stays at the greatest"));
        }
        Some(Timekeeper::Clock)
    }

    /// A number of ticks.
    pub(super) fn ticks(&mut self, n: &tree::Expr, least: i64) -> Option<u32> {
        self.constant_in(n, least, MOST_TICKS, "a number of ticks").map(|n| n as u32)
    }

    /// Adds what time does, where anything is timed.
    pub(super) fn time(&mut self) {
        let mut work = Clockwork::default();
        // An act that waits for its look has no deadline yet.
        let mut looks = Clockwork::default();
        for reconciler in 0..self.program.reconcilers.len() {
            if let Some(every) = self.program.reconcilers[reconciler].every_ticks {
                self.looks(reconciler, every, &mut looks);
            }
        }
        for id in 0..self.program.actions.len() {
            if let Some(ticks) = self.program.actions[id].within {
                self.deadline(ActionId(id as u32), ticks, &mut work);
            }
        }
        self.clocks(&mut work);
        work.due.append(&mut looks.due);
        work.moves.append(&mut looks.moves);
        if work.moves.is_empty() && work.due.is_empty() {
            return;
        }
        if let Some(other) = self.program.actions.iter().find(|a| a.name == "tick").map(|a| a.span) {
            let d = Diagnostic::error(codes::CLASH, other, "`tick` is what time does where there are clocks");
            self.report(d.help("give the action another name"));
        }
        self.reset(&work.resets);
        self.tick(work);
    }

    // ---- deadlines ----

    fn deadline(&mut self, id: ActionId, ticks: u32, work: &mut Clockwork) {
        let action = self.program.actions[id.index()].clone();
        if let ActionKind::ReconcilerAct(r) = action.kind
            && !self.program.reconcilers[r].observed.is_empty()
            && !self.program.reconcilers[r].atomic
        {
            let words = "what was observed before has no deadline";
            let d = Diagnostic::error(codes::DEADLINE, action.span, words);
            self.report(d.help("leave `within` out, or make it one step: `atomic`"));
            return;
        }
        let kind = self.kind_of(action.at);
        let node = kind.map(|kind| self.node_local("n", kind, action.span));
        let Some(possible) = self.can_be_taken(&action, node, Self::acts) else { return };
        if ticks == 0 {
            self.at_once(id, node, possible, work);
            return;
        }
        let timer =
            self.timer(format!("ticks that {} waits", action.name), kind, i64::from(ticks), action.span);
        let age = self.timer_at(timer, node, action.span);
        let last = self.number(i64::from(ticks), action.span);
        let over = self.joined(BinaryOp::Equal, age.clone(), last);
        let over = self.and(over, possible.clone());
        let due = self.somewhere(node, over);
        work.due.push(due);

        let one = self.number(1, action.span);
        let older = self.arithmetic(BinaryOp::Add, age.clone(), one, (0, i64::from(ticks)));
        let then = self.set(timer, node, older);
        let before = Expr { kind: ExprKind::Old(Box::new(possible.clone())), ..possible.clone() };
        work.moves.push(Move {
            of: kind,
            local: node,
            when: Some(before),
            then,
            skews: false,
            keeper: Timekeeper::Timer,
        });

        // For who is paused no time passes: what he waits to do he still does.
        let Some(wanted) = self.can_be_taken(&action, node, Self::is_up) else { return };
        let reads = Mentions::of(self.program, &wanted);
        let zero = self.number(0, action.span);
        let waits = self.joined(BinaryOp::Greater, age, zero.clone());
        let gone = self.not(wanted);
        let gone = self.and(waits, gone);
        let back = self.set(timer, node, zero.clone());
        let then = self.each(node, Some(gone), back);
        work.resets.push(Reset { reads, then });

        let taken = self.set(timer, action.at, zero);
        self.program.actions[id.index()].timers.push(taken);
    }

    /// Where it is possible all the time it comes once in a tick: so time never stops for it.
    fn at_once(&mut self, id: ActionId, node: Option<LocalId>, possible: Expr, work: &mut Clockwork) {
        let action = self.program.actions[id.index()].clone();
        let (kind, span) = (self.kind_of(action.at), action.span);
        let timer = self.timer(format!("{} came in this tick", action.name), kind, 1, span);
        let (one, zero) = (self.number(1, span), self.number(0, span));
        let came = self.timer_at(timer, node, span);
        let not_yet = self.joined(BinaryOp::Equal, came.clone(), zero.clone());
        let due = self.and(not_yet, possible);
        let due = self.somewhere(node, due);
        work.due.push(due);
        let when = Some(self.joined(BinaryOp::Equal, came, one.clone()));
        let then = self.set(timer, node, zero);
        work.moves.push(Move { of: kind, local: node, when, then, skews: false, keeper: Timekeeper::Timer });
        let taken = self.set(timer, action.at, one);
        self.program.actions[id.index()].timers.push(taken);
    }

    /// Whether an act is possible, at a node that is as it has to be, with some parameters and some choices.
    fn can_be_taken(
        &mut self,
        action: &Action,
        node: Option<LocalId>,
        acts: fn(&mut Self, Expr) -> Expr,
    ) -> Option<Expr> {
        let span = action.span;
        let mut all = self.chosen(&action.body)?;
        for guard in action.guards.iter().rev() {
            all = self.and(guard.clone(), all);
        }
        for param in &action.params {
            let ty = self.program.locals[param.index()].ty;
            let name = self.program.locals[param.index()].name.clone();
            let fresh = self.new_local(&name, ty, span);
            let value = self.local_expr(fresh, span);
            let inner = all.with_local(*param, &value);
            let set = self.all_of(ty, span);
            let binder = Binder { local: fresh, set: Box::new(set), filter: None, span };
            all = self.bool_expr(ExprKind::Any(binder, Box::new(inner)), span);
        }
        if let (Some(at), Some(node)) = (action.at, node) {
            let here = self.local_expr(node, span);
            if let Some(set) = &action.at_set {
                let inside = self.joined(BinaryOp::In, here.clone(), set.clone());
                all = self.and(inside, all);
            }
            all = all.with_local(at, &here);
            let acts = acts(self, here);
            all = self.and(acts, all);
        }
        Some(all)
    }

    /// Whether the choices with which a body begins leave a way. Where others come later, that cannot be told before
    /// the step is taken.
    fn chosen(&mut self, body: &[Stmt]) -> Option<Expr> {
        let Some((first, rest)) = body.split_first() else {
            return Some(self.bool_expr(ExprKind::Bool(true), Span::default()));
        };
        match &first.kind {
            StmtKind::Let { local, value } => {
                let rest = self.chosen(rest)?;
                if matches!(rest.kind, ExprKind::Bool(true)) {
                    return Some(rest);
                }
                let (fresh, rest) = self.renamed(*local, rest);
                let kind = ExprKind::Let(fresh, Box::new(value.clone()), Box::new(rest));
                Some(self.bool_expr(kind, first.span))
            }
            StmtKind::Require(e) => {
                let rest = self.chosen(rest)?;
                Some(self.and(e.clone(), rest))
            }
            StmtKind::Choose { binder, body } => {
                let inner = self.chosen(body)?;
                let behind = self.chosen(rest)?;
                let inner = self.and(inner, behind);
                let (fresh, inner) = self.renamed(binder.local, inner);
                let value = self.local_expr(fresh, binder.span);
                let filter = binder.filter.as_ref().map(|f| Box::new(f.with_local(binder.local, &value)));
                let binder = Binder { local: fresh, set: binder.set.clone(), filter, span: binder.span };
                Some(self.bool_expr(ExprKind::Any(binder, Box::new(inner)), first.span))
            }
            _ => {
                for stmt in body {
                    let mut found = None;
                    stmt.walk(&mut |s| {
                        if matches!(s.kind, StmtKind::Choose { .. } | StmtKind::Require(_)) {
                            found = found.or(Some(s.span));
                        }
                    });
                    if let Some(span) = found {
                        let words =
                            "with a deadline, a step says before it changes anything whether it is possible";
                        let d = Diagnostic::error(codes::DEADLINE, span, words);
                        self.report(d.help("move this to the beginning of the block, or say it in `when`"));
                        return None;
                    }
                }
                Some(self.bool_expr(ExprKind::Bool(true), first.span))
            }
        }
    }

    fn renamed(&mut self, local: LocalId, e: Expr) -> (LocalId, Expr) {
        let known = self.program.locals[local.index()].clone();
        let fresh = self.new_local(&known.name, known.ty, known.span);
        let value = self.local_expr(fresh, known.span);
        (fresh, e.with_local(local, &value))
    }

    /// Behind every step that may change what a deadline asks, it begins anew where the act is not possible.
    fn reset(&mut self, resets: &[Reset]) {
        for action in &mut self.program.actions {
            let (written, timers) = (Mentions::written(&action.body), Mentions::written(&action.timers));
            // Messages come and go, and observations are made, without a statement.
            let all =
                |reads: &Mentions| reads.surroundings || reads.overlap(&written) || reads.overlap(&timers);
            let more = resets.iter().filter(|r| all(&r.reads)).map(|r| r.then.clone());
            action.timers.extend(more.collect::<Vec<_>>());
        }
        self.program.behind_faults.extend(resets.iter().map(|r| r.then.clone()));
    }

    // ---- clocks ----

    fn clocks(&mut self, work: &mut Clockwork) {
        for id in 0..self.program.states.len() {
            let State { time, ty, span, .. } = self.program.states[id].clone();
            if time == Some(Timekeeper::Clock) {
                let then = self.clock_moves(Timer::State(StateId(id as u32)), None, ty, span);
                work.moves.push(Move {
                    of: None,
                    local: None,
                    when: None,
                    then,
                    skews: false,
                    keeper: Timekeeper::Clock,
                });
            }
        }
        for id in 0..self.program.node_fields.len() {
            let NodeField { time, ty, span, node, .. } = self.program.node_fields[id].clone();
            if time == Some(Timekeeper::Clock) {
                let local = self.node_local("n", node, span);
                let timer = Timer::Field(NodeFieldId(id as u32));
                let then = self.clock_moves(timer, Some(local), ty, span);
                let here = self.local_expr(local, span);
                let paused = self.bool_expr(ExprKind::Paused(Box::new(here)), span);
                let runs = self.not(paused);
                work.moves.push(Move {
                    of: Some(node),
                    local: Some(local),
                    when: Some(runs),
                    then,
                    skews: true,
                    keeper: Timekeeper::Clock,
                });
            }
        }
    }

    /// One more, up to the greatest.
    fn clock_moves(&mut self, timer: Timer, node: Option<LocalId>, ty: TypeId, span: Span) -> Stmt {
        let now = self.timer_at(timer, node, span);
        let Type::Map { key, value } = self.get(ty) else {
            let next = self.one_more(now, ty, span);
            return self.set(timer, node, next);
        };
        let local = self.new_local("k", key, span);
        let at = self.local_expr(local, span);
        let kind = ExprKind::Index(Box::new(now), Box::new(at));
        let next = self.one_more(Expr { kind, ty: value, span }, value, span);
        let set = self.all_of(key, span);
        let binder = Binder { local, set: Box::new(set), filter: None, span };
        let next = Expr { kind: ExprKind::MapOf(binder, Box::new(next)), ty, span };
        self.set(timer, node, next)
    }

    fn one_more(&mut self, now: Expr, ty: TypeId, span: Span) -> Expr {
        let Type::Int { lo, hi } = self.get(ty) else { return now };
        let most = self.number(hi, span);
        let below = self.joined(BinaryOp::Less, now.clone(), most.clone());
        let one = self.number(1, span);
        let more = self.arithmetic(BinaryOp::Add, now, one, (lo + 1, hi + 1));
        let kind = ExprKind::If(Box::new(below), Box::new(more), Box::new(most));
        self.int_expr(kind, lo, hi, span)
    }

    // ---- looks ----

    /// One timer at each kind of node where it acts: ticks until the next look. The first look may come at any time in the
    /// first period: until then there is as much more than a period left as there is time for it.
    fn looks(&mut self, reconciler: usize, every: u32, work: &mut Clockwork) {
        let known = self.program.reconcilers[reconciler].clone();
        let observing = |a: &Action| matches!(a.kind, ActionKind::ReconcilerObserve { .. });
        let observes = known.actions.iter().any(|id| observing(&self.program.actions[id.index()]));
        let begins: Vec<ActionId> = (known.actions.iter().copied())
            .filter(|id| !observes || observing(&self.program.actions[id.index()]))
            .collect();
        let mut kinds: Vec<Option<NodeId>> = Vec::new();
        for id in &begins {
            let kind = self.kind_of(self.program.actions[id.index()].at);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let span = known.header.span;
        for kind in kinds {
            let here: Vec<ActionId> = (begins.iter().copied())
                .filter(|id| self.kind_of(self.program.actions[id.index()].at) == kind)
                .collect();
            let timer = self.timer(known.looks(), kind, 2 * i64::from(every) - 1, span);
            let first = if every == 1 { 0 } else { 2 * i64::from(every) - 1 };
            let first = Init::Value(self.number(first, span));
            match timer {
                Timer::Field(id) => self.program.node_fields[id.index()].init = first,
                Timer::State(id) => self.program.states[id.index()].init = first,
            }
            let look = if observes { None } else { self.look(reconciler, kind, timer, &here, every) };
            for id in here {
                let at = self.program.actions[id.index()].at;
                let due = self.may_look(timer, every, at, span);
                let again = self.number(i64::from(every), span);
                let again = self.set(timer, at, again);
                let action = &mut self.program.actions[id.index()];
                // Time waits for it.
                if action.fairness == Fairness::Unfair {
                    action.fairness = Fairness::Weak;
                }
                action.guards.insert(0, due);
                action.timers.push(again);
            }
            self.program.actions.extend(look);
            let node = kind.map(|kind| self.node_local("n", kind, span));
            let mut due = self.is_due(timer, node, span);
            let left = self.timer_at(timer, node, span);
            let zero = self.number(0, span);
            let mut more = self.joined(BinaryOp::Greater, left.clone(), zero);
            if let Some(node) = node {
                let here = self.local_expr(node, span);
                let acts = self.acts(here);
                due = self.and(acts.clone(), due);
                more = self.and(acts, more);
            }
            let due = self.somewhere(node, due);
            work.due.push(due);
            let nearer = self.nearer(left, every);
            let then = self.set(timer, node, nearer);
            work.moves.push(Move {
                of: kind,
                local: node,
                when: Some(more),
                then,
                skews: true,
                keeper: Timekeeper::Timer,
            });
        }
    }

    /// It has looked, and nothing was to be done.
    fn look(
        &mut self,
        reconciler: usize,
        kind: Option<NodeId>,
        timer: Timer,
        acts: &[ActionId],
        every: u32,
    ) -> Option<Action> {
        let header = self.program.reconcilers[reconciler].header.clone();
        let node = kind.map(|kind| self.node_local("n", kind, header.span));
        let mut guards = vec![self.may_look(timer, every, node, header.span)];
        for id in acts {
            let action = self.program.actions[id.index()].clone();
            let possible = self.can_be_taken(&action, node, Self::acts)?;
            guards.push(self.not(possible));
        }
        let again = self.number(i64::from(every), header.span);
        let timers = vec![self.set(timer, node, again)];
        Some(Action {
            name: format!("{} observe", header.name),
            kind: ActionKind::ReconcilerLook(reconciler),
            fairness: Fairness::Weak,
            params: Vec::new(),
            at: node,
            at_set: None,
            guards,
            within: None,
            body: Vec::new(),
            timers,
            docs: None,
            span: header.span,
        })
    }

    /// One tick less until a look is due.
    fn nearer(&mut self, left: Expr, every: u32) -> Expr {
        let (span, every) = (left.span, i64::from(every));
        let (one, zero) = (self.number(1, span), self.number(0, span));
        let last = self.number(every + 1, span);
        let ends = self.joined(BinaryOp::Equal, left.clone(), last);
        let less = self.arithmetic(BinaryOp::Subtract, left, one, (-1, 2 * every - 2));
        self.int_expr(ExprKind::If(Box::new(ends), Box::new(zero), Box::new(less)), -1, 2 * every - 2, span)
    }

    /// It is due, or still in the first period.
    fn may_look(&mut self, timer: Timer, every: u32, node: Option<LocalId>, span: Span) -> Expr {
        let due = self.is_due(timer, node, span);
        let (left, every) = (self.timer_at(timer, node, span), self.number(i64::from(every), span));
        let first = self.joined(BinaryOp::Greater, left, every);
        self.joined(BinaryOp::Or, due, first)
    }

    fn is_due(&mut self, timer: Timer, node: Option<LocalId>, span: Span) -> Expr {
        let left = self.timer_at(timer, node, span);
        let zero = self.number(0, span);
        self.joined(BinaryOp::Equal, left, zero)
    }

    // ---- the step ----

    fn tick(&mut self, work: Clockwork) {
        let span = self.program.span;
        let mut guards = Vec::new();
        for due in work.due {
            guards.push(self.not(due));
        }
        let every = self.moved(&work.moves, Timekeeper::Clock);
        let mut timers = self.moved(&work.moves, Timekeeper::Timer);
        let resets: Vec<Stmt> = work.resets.iter().map(|r| r.then.clone()).collect();
        timers.extend(resets.iter().cloned());
        let mut kinds: Vec<NodeId> = work.moves.iter().filter(|m| m.skews).filter_map(|m| m.of).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let slow = self.node_local("slow", kind, span);
            let moves: Vec<Move> = work.moves.iter().map(|each| self.missed(each, kind, slow)).collect();
            let body = self.moved(&moves, Timekeeper::Clock);
            let mut timers = self.moved(&moves, Timekeeper::Timer);
            timers.extend(resets.iter().cloned());
            let guards = guards.clone();
            let fault = Fault::Skew;
            self.program.at_node.push(AtNode { fault, node: kind, local: slow, guards, body, timers });
        }
        self.program.actions.push(Action {
            name: "tick".to_string(),
            kind: ActionKind::Tick,
            fairness: Fairness::Weak,
            params: Vec::new(),
            at: None,
            at_set: None,
            guards,
            within: None,
            body: every,
            timers,
            docs: None,
            span,
        });
    }

    fn moved(&mut self, moves: &[Move], keeper: Timekeeper) -> Vec<Stmt> {
        let own = moves.iter().filter(|m| m.keeper == keeper);
        own.map(|m| self.each(m.local, m.when.clone(), m.then.clone())).collect()
    }

    /// The same but at one node, where it goes by the node's own clock.
    fn missed(&mut self, each: &Move, kind: NodeId, slow: LocalId) -> Move {
        let mut each = each.clone();
        if let (true, Some(local)) = (each.skews && each.of == Some(kind), each.local) {
            let span = each.then.span;
            let (here, slow) = (self.local_expr(local, span), self.local_expr(slow, span));
            let other = self.joined(BinaryOp::NotEqual, here, slow);
            each.when = Some(match each.when {
                Some(when) => self.and(when, other),
                None => other,
            });
        }
        each
    }

    // ---- expressions and statements ----

    fn is_up(&mut self, node: Expr) -> Expr {
        let span = node.span;
        self.bool_expr(ExprKind::Up(Box::new(node)), span)
    }

    /// A node is up and not paused.
    fn acts(&mut self, node: Expr) -> Expr {
        let span = node.span;
        let paused = self.bool_expr(ExprKind::Paused(Box::new(node.clone())), span);
        let (up, runs) = (self.bool_expr(ExprKind::Up(Box::new(node)), span), self.not(paused));
        self.and(up, runs)
    }

    fn kind_of(&self, at: Option<LocalId>) -> Option<NodeId> {
        match self.get(self.program.locals[at?.index()].ty) {
            Type::Node(kind) => Some(kind),
            _ => None,
        }
    }

    fn number(&mut self, n: i64, span: Span) -> Expr {
        self.int_expr(ExprKind::Int(n), n, n, span)
    }

    fn arithmetic(&mut self, op: BinaryOp, left: Expr, right: Expr, (lo, hi): (i64, i64)) -> Expr {
        let span = left.span;
        self.int_expr(ExprKind::Binary(op, Box::new(left), Box::new(right)), lo, hi, span)
    }

    fn and(&mut self, left: Expr, right: Expr) -> Expr {
        match (&left.kind, &right.kind) {
            (ExprKind::Bool(true), _) => right,
            (_, ExprKind::Bool(true)) => left,
            _ => self.joined(BinaryOp::And, left, right),
        }
    }

    /// At some node of a kind, where there is one.
    fn somewhere(&mut self, node: Option<LocalId>, e: Expr) -> Expr {
        let Some(local) = node else { return e };
        let (span, ty) = (e.span, self.program.locals[local.index()].ty);
        let set = self.all_of(ty, span);
        let binder = Binder { local, set: Box::new(set), filter: None, span };
        self.bool_expr(ExprKind::Any(binder, Box::new(e)), span)
    }

    /// At every node for which a condition holds; without a node, where it does.
    fn each(&mut self, node: Option<LocalId>, when: Option<Expr>, then: Stmt) -> Stmt {
        let span = then.span;
        let kind = match (node, when) {
            (Some(local), when) => {
                let ty = self.program.locals[local.index()].ty;
                let set = self.all_of(ty, span);
                let binder = Binder { local, set: Box::new(set), filter: when.map(Box::new), span };
                StmtKind::For { binder, body: vec![then] }
            }
            (None, Some(condition)) => StmtKind::If { condition, then: vec![then], otherwise: Vec::new() },
            (None, None) => return then,
        };
        Stmt { kind, span }
    }

    fn timer(&mut self, name: String, kind: Option<NodeId>, most: i64, span: Span) -> Timer {
        let ty = self.int_type(0, most);
        let (init, docs, time) = (Init::Default, None, Some(Timekeeper::Timer));
        match kind {
            Some(node) => {
                let id = NodeFieldId(self.program.node_fields.len() as u32);
                self.program.nodes[node.index()].fields.push(id);
                let (volatile, ghost) = (false, false);
                let field = NodeField { node, name, ty, volatile, ghost, time, init, docs, span };
                self.program.node_fields.push(field);
                Timer::Field(id)
            }
            None => {
                let id = StateId(self.program.states.len() as u32);
                self.program.states.push(State { name, ty, ghost: false, time, init, docs, span });
                Timer::State(id)
            }
        }
    }

    fn timer_at(&self, timer: Timer, node: Option<LocalId>, span: Span) -> Expr {
        match (timer, node) {
            (Timer::Field(field), Some(node)) => {
                let node = Box::new(self.local_expr(node, span));
                let ty = self.program.node_fields[field.index()].ty;
                Expr { kind: ExprKind::NodeField { node, field }, ty, span }
            }
            (Timer::State(id), _) => {
                Expr { kind: ExprKind::State(id), ty: self.program.states[id.index()].ty, span }
            }
            (Timer::Field(_), None) => Expr { kind: ExprKind::Error, ty: TypeId(0), span },
        }
    }

    fn set(&mut self, timer: Timer, node: Option<LocalId>, value: Expr) -> Stmt {
        let span = value.span;
        let root = match timer {
            Timer::State(id) => PlaceRoot::State(id),
            Timer::Field(field) => {
                let node = node.map(|node| self.local_expr(node, span));
                let node = Box::new(node.unwrap_or(Expr { kind: ExprKind::Error, ty: TypeId(0), span }));
                PlaceRoot::NodeField { node, field }
            }
        };
        self.assigned(root, value)
    }
}
