//! What a `dedupe` refuses: only what it has handled.
//!
//! Enters: a resolution that says what it protects. Leaves: a property that a monitor judges which knows of every message
//! whether it came before. A first delivery that changes nothing protected, and sends nothing that may, would have done so
//! neither had the handlers kept no record: that is tried in the step itself, on a copy of the state whose record is as it
//! was initially.

use super::attempt::{Identity, Protected, any_node, delivered, is_small, node_kind};
use super::monitor::{Monitor, append, assign, state};
use super::retry::{leading, leads};
use super::shadow::Shadow;
use super::{Crashed, Member, build};
use crate::analysis::program::{
    ActionId, ActionKind, AtCrash, BinaryOp, Binder, Expr, ExprKind, Init, Local, LocalId, Loss, MessageId,
    Method, NodeFieldId, Place, PlaceRoot, Program, Resolution, StateId, Stmt, StmtKind, Type, TypeId,
};
use crate::analysis::walk::Mentions;
use crate::concepts::Topic;
use crate::obligations::property::PropertyKind;
use crate::span::Span;

const WORDS: &str = "it refuses only what it has handled";

/// What the statements behind the handlers are made of.
struct Refused<'r> {
    original: &'r Program,
    handlers: &'r [ActionId],
    value: &'r Expr,
    monitor: Monitor,
    identity: Identity,
    shadow: Shadow,
    /// The messages that came before.
    seen: StateId,
    broken: StateId,
    /// The messages from which something follows that is protected.
    leading: Vec<MessageId>,
    /// The record, as it is initially, in the shadow.
    forgotten: Vec<Stmt>,
    span: Span,
}

/// `handlers`: of all messages that the resolution takes. `followed`: what follows from them and changes what is
/// protected.
pub(super) fn refused(
    program: &mut Program,
    member: &mut Member,
    resolution: &Resolution,
    handlers: &[ActionId],
    followed: &[ActionId],
) {
    let Some(value) = resolution.protects.clone() else { return };
    let span = value.span;
    let mut monitor = Monitor::new(program, span);
    monitor.tell(program);
    let identity = Identity::new(program, &mut monitor, &resolution.key, handlers);
    let known: Vec<ActionId> = handlers.iter().copied().filter(|a| identity.knows(*a)).collect();
    let Some(first) = known.first() else { return };
    let element = identity.tagged(program, *first, span).ty;
    if !is_small(program, element) {
        let why = "there are too many different messages to remember which came before: add `key EXPR`";
        member.unchecked(WORDS, why).about(Topic::Repetition);
        return;
    }
    if let Some(why) = untold(member.original, handlers, &value) {
        member.unchecked(WORDS, why).about(Topic::Repetition);
        return;
    }
    let set = program.types.intern(Type::Set(element));
    let truth = program.types.intern(Type::Bool);
    let seen = monitor.ghost(program, "seen", set);
    let broken = monitor.ghost(program, "broken", truth);
    let shadow = Shadow::new(program, &mut monitor, member.original, span);
    let Some(forgotten) = forgotten(program, member.original, &shadow, handlers, &value) else {
        let why = "what its handlers keep has no one initial value to compare with";
        member.unchecked(WORDS, why).about(Topic::Repetition);
        return;
    };
    let original = member.original;
    let refused = Refused {
        original,
        handlers: &known,
        value: &value,
        monitor,
        identity,
        shadow,
        seen,
        broken,
        leading: leading(original, followed),
        forgotten,
        span,
    };
    refused.effects_lost(program, member.crashed);
    let begin = refused.monitor.at_the_start(program, Vec::new());
    program.initially.extend(begin);
    for handler in &known {
        let more = refused.behind(program, *handler);
        append(program, *handler, more);
    }
    let (on, bad) = (refused.monitor.is_on(program), state(program, broken, Span::default()));
    let bad = build::and(program, on, bad);
    let kind = PropertyKind::State(build::not(program, bad));
    let doubt = refused.monitor.doubt(program);
    let property = member.add(WORDS, span, kind).about(Topic::Repetition);
    property.watched_by = Some(refused.monitor.id());
    property.doubts.push(doubt);
}

/// Why it cannot be told what handlers would have done without what they keep.
fn untold(original: &Program, handlers: &[ActionId], value: &Expr) -> Option<&'static str> {
    let mut chooses = false;
    for handler in handlers {
        let body = &original.actions[handler.index()].body;
        let choice = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Choose { .. });
        body.iter().for_each(|stmt| stmt.walk(&mut |stmt| chooses |= choice(stmt)));
    }
    if chooses {
        return Some("its handlers choose, and what they would have chosen is not known");
    }
    shares_a_record(original, handlers, value).then_some(
        "what tells messages apart may stand in the record that it protects a part of: keep it in a variable of its own",
    )
}

/// Whether handlers ask for what they protect, and for nothing else that they keep: that is the record then.
fn keeps_itself(original: &Program, handlers: &[ActionId], value: &Expr) -> bool {
    let protected = Mentions::of(original, value);
    let (mut asked, mut kept) = (Mentions::default(), Mentions::default());
    for handler in handlers {
        let action = &original.actions[handler.index()];
        let written = Mentions::written(&action.body);
        kept.states.extend(written.states.into_iter().filter(|id| !protected.states.contains(id)));
        let others = written.node_fields.into_iter().filter(|id| !protected.node_fields.contains(id));
        kept.node_fields.extend(others);
        action.guards.iter().for_each(|guard| asked.read(original, guard));
        // Whether it is asked in a condition or in a new value (`max(v, new)`) is a matter of style.
        let mut look = |stmt: &Stmt| stmt.parts(&mut |e| asked.read(original, e));
        action.body.iter().for_each(|stmt| stmt.walk(&mut look));
    }
    asked.overlap(&protected) && !asked.overlap(&kept)
}

/// Whether what is protected is a part of a record that handlers write: what else stands there may be what they keep.
fn shares_a_record(original: &Program, handlers: &[ActionId], value: &Expr) -> bool {
    let mut written = Mentions::default();
    for handler in handlers {
        let more = Mentions::written(&original.actions[handler.index()].body);
        written.states.extend(more.states);
        written.node_fields.extend(more.node_fields);
    }
    let mut shares = false;
    value.walk(&mut |part| {
        if let ExprKind::Field(record, _) = &part.kind {
            shares |= Mentions::of(original, record).overlap(&written);
        }
    });
    shares
}

/// Sets the record of the shadow back: what the handlers write and is not protected, or all of it, where what is protected
/// is the record. `None`: it begins with any of several values.
fn forgotten(
    program: &mut Program,
    original: &Program,
    shadow: &Shadow,
    handlers: &[ActionId],
    value: &Expr,
) -> Option<Vec<Stmt>> {
    let kept = match keeps_itself(original, handlers, value) {
        true => Mentions::default(),
        false => Mentions::of(original, value),
    };
    let mut written = Mentions::default();
    for handler in handlers {
        let more = Mentions::written(&original.actions[handler.index()].body);
        written.states.extend(more.states);
        written.node_fields.extend(more.node_fields);
    }
    let mut all = Vec::new();
    for id in written.states.into_iter().filter(|s| !kept.states.contains(s)) {
        all.push(shadow.state_begins(program, original, id)?);
    }
    for id in written.node_fields.into_iter().filter(|f| !kept.node_fields.contains(f)) {
        all.push(shadow.field_begins(program, original, id)?);
    }
    Some(all)
}

impl Refused<'_> {
    /// What a node has handled is new to it where a crash takes all that may have come of it.
    fn effects_lost(&self, program: &mut Program, crashed: Crashed) {
        if !crashed.go_down || !self.leading.is_empty() {
            return;
        }
        let kept = Mentions::of(self.original, self.value);
        let Some(field) = kept.node_fields.first() else { return };
        let node = self.original.node_fields[field.index()].node;
        let at = |action: &ActionId| {
            self.original.actions[action.index()].at.and_then(|at| node_kind(self.original, at))
        };
        let lost = |field: &NodeFieldId| {
            let known = &self.original.node_fields[field.index()];
            known.node == node && (known.volatile || crashed.wiped)
        };
        let memory = kept.node_fields.iter().all(|f| self.original.node_fields[f.index()].volatile);
        let restored = self
            .original
            .recovery(node)
            .is_some_and(|id| Mentions::written(&self.original.actions[id.index()].body).overlap(&kept));
        let theirs = self.handlers.iter().all(|action| at(action) == Some(node));
        if !kept.states.is_empty() || restored || !theirs || !kept.node_fields.iter().all(lost) {
            return;
        }
        let local = any_node(program, node, self.span).local;
        let Some(left) = self.without(program, local) else { return };
        let always = build::truth(program, self.span);
        let forgotten = vec![assign(program, self.seen, left)];
        let body = vec![self.monitor.follow(program, always, forgotten)];
        let loss = if memory { Loss::Memory } else { Loss::Disk };
        program.at_crash.push(AtCrash { node, loss, local, body });
    }

    /// What came to others than this node; `None`: that cannot be told.
    fn without(&self, program: &mut Program, node: LocalId) -> Option<Expr> {
        let set = state(program, self.seen, self.span);
        let Type::Node(kind) = *program.types.get(program.locals[node.index()].ty) else { return None };
        if program.nodes[kind.index()].count == 1 {
            return Some(Expr { kind: ExprKind::Set(Vec::new()), ..set });
        }
        let (field, ty) = self.identity.receiver(program, kind)?;
        let Type::Set(element) = *program.types.get(set.ty) else { return None };
        program.locals.push(Local { name: "came".to_string(), ty: element, span: self.span });
        let came = LocalId(program.locals.len() as u32 - 1);
        let one = build::local(program, came, self.span);
        let at = Expr { kind: ExprKind::Field(Box::new(one.clone()), field), ty, span: self.span };
        let this = Box::new(build::local(program, node, self.span));
        let this = Expr { kind: ExprKind::Some(this), ty, span: self.span };
        let others = Some(Box::new(build::differs(program, at, this)));
        let binder = Binder { local: came, set: Box::new(set.clone()), filter: others, span: self.span };
        Some(Expr { kind: ExprKind::SetOf(binder, Box::new(one)), ..set })
    }

    /// Judges a first delivery, and remembers that it came.
    fn behind(&self, program: &mut Program, handler: ActionId) -> Vec<Stmt> {
        let mine = self.identity.tagged(program, handler, self.span);
        let set = build::old(state(program, self.seen, self.span));
        let came = build::binary(program, BinaryOp::In, mine.clone(), set);
        let new = build::not(program, came);
        let changed = Protected::Value(self.value.clone()).changed(program, self.span);
        let leads = leads(program, &self.leading, self.span);
        let changed = build::or(program, changed, leads);
        let same = build::not(program, changed);
        let judged = build::and(program, new, same);
        let mut then = self.tried(program, handler);
        then.extend(self.monitor.cleared());
        let judge = self.monitor.follow(program, judged, then);
        let ty = program.states[self.seen.index()].ty;
        let place = Place { root: PlaceRoot::State(self.seen), path: Vec::new(), ty, span: self.span };
        let add = StmtKind::Mutate { place, op: Method::Add, value: Some(mine) };
        let always = build::truth(program, self.span);
        let add = self.monitor.follow(program, always, vec![Stmt { kind: add, span: self.span }]);
        vec![judge, add]
    }

    /// The message is handled in a copy, by each handler that takes it there.
    fn tried(&self, program: &mut Program, handler: ActionId) -> Vec<Stmt> {
        let message = |a: ActionId| match self.original.actions[a.index()].kind {
            ActionKind::Handler { message, .. } => Some(message),
            _ => None,
        };
        let receiver =
            |a: ActionId| self.original.actions[a.index()].at.map(|at| self.original.locals[at.index()].ty);
        let mut all = Vec::new();
        for other in self.handlers {
            if message(*other) == message(handler) && receiver(*other) == receiver(handler) {
                let body = self.alone(program, *other, handler);
                let attempt = StmtKind::Attempt { body, otherwise: Vec::new() };
                all.push(Stmt { kind: attempt, span: self.span });
            }
        }
        all
    }

    /// One handler takes it in the copy, if it can.
    fn alone(&self, program: &mut Program, other: ActionId, handler: ActionId) -> Vec<Stmt> {
        let mut all = self.shadow.copied(program, self.original);
        all.extend(self.forgotten.iter().cloned());
        let mut scope = self.bound(program, other, handler);
        let possible = self.shadow.possible_now(program, self.original, other);
        let mut taken = self.shadow.taken(program, self.original, other);
        let there = self.shadow.expr(self.value);
        program.locals.push(Local { name: "was".to_string(), ty: there.ty, span: self.span });
        let local = LocalId(program.locals.len() as u32 - 1);
        let was = build::local(program, local, self.span);
        let first = Stmt { kind: StmtKind::Let { local, value: there.clone() }, span: self.span };
        taken.insert(0, first);
        let mut differs = build::differs(program, was, there);
        for message in &self.leading {
            let now = build::in_flight(program, *message, self.span);
            let there = self.shadow.expr(&now);
            let sends = build::binary(program, BinaryOp::Less, now, there);
            differs = build::or(program, differs, sends);
        }
        let yes = build::truth(program, self.span);
        let found = assign(program, self.broken, yes);
        let found = StmtKind::If { condition: differs, then: vec![found], otherwise: Vec::new() };
        taken.push(Stmt { kind: found, span: self.span });
        let taken = StmtKind::If { condition: possible, then: taken, otherwise: Vec::new() };
        scope.push(Stmt { kind: taken, span: self.span });
        let yes = build::truth(program, self.span);
        let scope = StmtKind::If { condition: yes, then: scope, otherwise: Vec::new() };
        all.push(Stmt { kind: scope, span: self.span });
        all
    }

    /// The locals of one handler of a message have the values of those of another.
    fn bound(&self, program: &mut Program, to: ActionId, from: ActionId) -> Vec<Stmt> {
        if to == from {
            return Vec::new();
        }
        let (targets, values) = (delivered(program, to), delivered(program, from));
        let each = targets.into_iter().zip(values).filter_map(|(a, b)| Some((a?, b?)));
        let set = |(local, value): (LocalId, LocalId)| {
            let value = build::local(program, value, self.span);
            Stmt { kind: StmtKind::Let { local, value }, span: self.span }
        };
        each.map(set).collect()
    }
}

/// The one value that something begins with. `at`: the node whose it is, if it is a node's.
pub(super) fn begins(
    program: &mut Program,
    original: &Program,
    (init, ty): (&Init, TypeId),
    (at, span): (Option<&Expr>, Span),
) -> Option<Expr> {
    match init {
        Init::Default => Some(super::monitor::first_value(program, ty, span)),
        Init::Value(e) => Some(e.clone()),
        Init::Computed { node, value } => {
            let mut value = value.clone();
            made_of_beginnings(program, original, &mut value)?;
            Some(at.map_or(value.clone(), |at| value.with_local(*node, at)))
        }
        Init::Any { .. } => None,
    }
}

/// Puts what fields begin with in the place of them; `None`: there is one that begins with any of several.
fn made_of_beginnings(program: &mut Program, original: &Program, e: &mut Expr) -> Option<()> {
    if let ExprKind::NodeField { node, field } = &e.kind {
        let known = &original.node_fields[field.index()];
        let value = begins(program, original, (&known.init, known.ty), (Some(&**node), e.span))?;
        *e = value;
        return Some(());
    }
    let mut whole = Some(());
    e.parts_mut(&mut |part| {
        if whole.is_some() {
            whole = made_of_beginnings(program, original, part);
        }
    });
    whole
}
