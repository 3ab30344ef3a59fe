//! Of `retry`: attempts are bounded, and each is counted.
//!
//! Enters: what counts the attempts, and their key. Leaves: properties of the steps of acts, and a monitor that counts those
//! of one attempt.

use super::effective::{effective, on_every_way};
use super::{BOUNDED, acts};
use crate::analysis::alike::alike;
use crate::analysis::program::{
    ActionId, ActionKind, AtCrash, Attempts, BinaryOp, Expr, ExprKind, LocalId, Loss, MessageId, NodeId,
    PlaceRoot, Program, Resolution, StateId, Stmt, StmtKind, Type,
};
use crate::analysis::symmetry::may_trap;
use crate::analysis::walk::Mentions;
use crate::concepts::Topic;
use crate::obligations::attempt::{AT, Identity, KEY, any_node, any_of, is_handler, node_kind};
use crate::obligations::monitor::{Monitor, append, assign, losing, state};
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};
use crate::obligations::repair::with_deliveries;
use crate::obligations::{Member, build, origins};
use crate::span::Span;

/// How a value counts the attempts at a node.
struct Counter<'r> {
    value: &'r Expr,
    /// The node in whose scope both stand.
    at: Option<LocalId>,
    acts: Vec<ActionId>,
    /// The handlers of the resolution at nodes of that kind.
    handlers: Vec<ActionId>,
    /// Those of them that may send what an act would, with the condition under which a step has.
    again: Vec<(ActionId, Expr)>,
    span: Span,
}

impl<'r> Counter<'r> {
    fn new(
        program: &Program,
        resolution: &Resolution,
        value: &'r Expr,
        acts: &[ActionId],
        span: Span,
    ) -> Self {
        let at = acts.first().and_then(|act| program.actions[act.index()].at);
        let kind = |at: Option<LocalId>| at.and_then(|at| node_kind(program, at));
        let is_one =
            |id: &ActionId| is_handler(program, *id) && kind(program.actions[id.index()].at) == kind(at);
        let handlers = resolution.actions.iter().copied().filter(is_one).collect();
        Counter { value, at, acts: acts.to_vec(), handlers, again: Vec::new(), span }
    }

    /// Whether, after a step of a handler, an act can be taken at its node, or has as good as been.
    fn goes_on(&self, program: &mut Program, handler: ActionId) -> Expr {
        let node = program.actions[handler.index()].at.map(|at| build::local(program, at, self.span));
        let ways = self.acts.clone().into_iter().map(|act| enabled(program, act, node.as_ref()));
        let mut ways: Vec<Expr> = ways.collect();
        ways.extend(self.again.iter().filter(|(id, _)| *id == handler).map(|(_, sent)| sent.clone()));
        any_of(program, ways, self.span)
    }

    /// The value in the scope of an act.
    fn in_act(&self, program: &Program, e: &Expr, act: ActionId) -> Expr {
        match (self.at, program.actions[act.index()].at) {
            (Some(from), Some(to)) => e.with_local(from, &build::local(program, to, e.span)),
            _ => e.clone(),
        }
    }

    /// Whether a step of an act has raised it.
    fn raised(&self, program: &mut Program, act: ActionId) -> Expr {
        let value = self.in_act(program, self.value, act);
        build::binary(program, BinaryOp::Less, build::old(value.clone()), value)
    }
}

pub(super) fn bounded(
    program: &mut Program,
    member: &mut Member,
    resolution: &Resolution,
    attempts: &Attempts,
) {
    let Attempts { counter: value, limit } = attempts;
    let acts = acts(program, resolution);
    let span = value.span.to(limit.span);
    let mut counter = Counter::new(program, resolution, value, &acts, span);
    let mut monitor = Monitor::new(program, span);
    monitor.tell(program);
    let tries = tries(program, &counter, resolution.protects.as_ref());
    counter.again = sent_again(program, &counter, &tries);
    let identity = identity_of(program, &mut monitor, resolution, (&acts, &counter.again));
    let count = so_many(program, &mut monitor, limit);
    let effective = effective(program, &acts, value, resolution.protects.as_ref());
    let truth = program.types.intern(Type::Bool);
    let uncounted = (!effective.is_empty()).then(|| monitor.ghost(program, "idle", truth));
    let mut told = Told::new(program, &mut monitor, &resolution.key, &acts);
    let (mut judged, mut behind) = (Said::default(), Vec::new());
    let watch = Watch { counter: &counter, monitor: &monitor, identity: &identity, limit, count, uncounted };
    for act in &acts {
        let attempt = watch.attempt(program, *act, &tries, effective.contains(act));
        behind.push((*act, watch.act(program, *act, attempt, (&mut told, &mut judged))));
    }
    for (handler, sent) in counter.again.clone() {
        behind.extend(again(program, (handler, sent), &watch, &mut judged));
    }
    resets(program, &watch, &resolution.key);
    behind.into_iter().for_each(|(act, all)| append(program, act, all));
    judged.say(program, member, &monitor, span);
}

/// What watches the attempts, and by what.
struct Watch<'w> {
    counter: &'w Counter<'w>,
    monitor: &'w Monitor,
    identity: &'w Identity,
    limit: &'w Expr,
    /// The ghost that counts.
    count: StateId,
    /// The attempt made last was not counted, and nothing could be done for it then.
    uncounted: Option<StateId>,
}

/// What a step of an act is.
struct Attempt {
    /// It raises what counts.
    raised: Expr,
    /// After it nothing can be done for the attempt, and nothing is under way.
    unable: Expr,
    /// It makes an attempt, whatever it raises.
    effective: bool,
}

impl Watch<'_> {
    fn attempt(&self, program: &mut Program, act: ActionId, tries: &[MessageId], effective: bool) -> Attempt {
        let Watch { counter, identity, .. } = self;
        let raised = counter.raised(program, act);
        let able = identity.can_go_on(program, &counter.acts, act, counter.span);
        // What was just sent is an attempt, whatever it waits for now.
        let sent = sends(program, act, tries, counter.span);
        let goes_on = build::or(program, able, sent);
        Attempt { raised, unable: build::not(program, goes_on), effective }
    }

    /// Says what is judged of the steps of an act. Returns what the monitor does behind them.
    fn act(
        &self,
        program: &mut Program,
        act: ActionId,
        attempt: Attempt,
        (told, judged): (&mut Told, &mut Said),
    ) -> Vec<Stmt> {
        let Watch { counter, monitor, identity, limit, count, .. } = self;
        let (span, count) = (counter.span, *count);
        let Attempt { raised, unable, effective } = attempt;
        judged.once_more.push((act, build::or(program, raised.clone(), unable.clone())));
        let not_raised = build::not(program, raised.clone());
        // Either way, where it makes one: so that who reads what is broken sees the counter.
        let made =
            if effective { build::or(program, raised.clone(), not_raised.clone()) } else { raised.clone() };
        let allowed = build::old(counter.in_act(program, limit, act));
        let mine = identity.same(program, act, span);
        let same = build::and(program, made.clone(), mine.clone());
        let watched = monitor.was_on(program);
        let same_watched = build::and(program, watched, same.clone());
        let so_far = build::old(state(program, count, span));
        let again = build::binary(program, BinaryOp::GreaterEqual, so_far.clone(), allowed.clone());
        let over = build::and(program, same_watched.clone(), again);
        judged.too_often.push((act, build::not(program, over)));
        let last = match told.is_needed() {
            false => reaching(program, same_watched, so_far.clone(), made.clone(), allowed),
            true => reached_by(program, state(program, count, span), made.clone(), allowed),
        };
        judged.reached.push((act, last));
        let one = build::int(program, 1, span);
        let more = add(program, so_far, one.clone());
        let over = build::and(program, not_raised.clone(), unable);
        let noted = self.uncounted.map(|ghost| assign(program, ghost, over.clone()));
        let counted = [assign(program, count, more)].into_iter().chain(noted.clone()).collect();
        let mut all = vec![monitor.follow(program, same, counted)];
        let given_up = build::and(program, over, mine);
        let given_up = if effective { self.lowered(program, act, given_up) } else { given_up };
        let end = monitor.end(program);
        all.push(monitor.follow(program, given_up, end));
        let mut begin = identity.set(program, act);
        begin.push(assign(program, count, one));
        begin.extend(noted);
        all.extend(monitor.pick(program, made, begin));
        all.extend(told.of(program, monitor, &mut judged.once_more));
        all.extend(told.of(program, monitor, &mut judged.too_often));
        all
    }

    /// And the step of an act has set back what counts.
    fn lowered(&self, program: &mut Program, act: ActionId, and: Expr) -> Expr {
        let value = self.counter.in_act(program, self.counter.value, act);
        let lowered = build::binary(program, BinaryOp::Less, value.clone(), build::old(value));
        build::and(program, and, lowered)
    }

    /// A step of others has set the counter back at a node; or an action has written it there, and left it where it was
    /// after an attempt that was not counted: that begins anew.
    fn set_back(&self, program: &mut Program, by: Option<ActionId>, node: Option<&Expr>) -> Expr {
        let Counter { value, at, span, .. } = self.counter;
        let value = match (*at, node) {
            (Some(at), Some(node)) => value.with_local(at, node),
            _ => (*value).clone(),
        };
        let before = build::old(value.clone());
        let lowered = build::binary(program, BinaryOp::Less, value.clone(), before.clone());
        let written = by.and_then(|action| self.written_at(program, action));
        let Some((ghost, written)) = self.uncounted.zip(written) else { return lowered };
        let kept = build::binary(program, BinaryOp::LessEqual, value, before);
        let uncounted = build::old(state(program, ghost, *span));
        let mut anew = build::and(program, uncounted, kept);
        if let Some(node) = node.filter(|_| !written.is_empty()) {
            let here = written.into_iter().map(|at| build::equal(program, at, node.clone())).collect();
            let here = any_of(program, here, *span);
            anew = build::and(program, anew, here);
        }
        build::or(program, lowered, anew)
    }

    /// The nodes where an action writes the counter whichever way it goes, in the names of its head; none at all where that is
    /// only known in its body. `None`: it may not write it.
    fn written_at(&self, program: &Program, action: ActionId) -> Option<Vec<Expr>> {
        let reads = Mentions::of(program, self.counter.value);
        let known = &program.actions[action.index()];
        let in_head = |e: &&Expr| match e.kind {
            ExprKind::Local(local) => known.at == Some(local) || known.params.contains(&local),
            _ => false,
        };
        let mut found = Vec::new();
        for stmt in on_every_way(&known.body) {
            let (StmtKind::Assign { place, .. } | StmtKind::Mutate { place, .. }) = &stmt.kind else {
                continue;
            };
            match &place.root {
                PlaceRoot::NodeField { node, field } if reads.node_fields.contains(field) => {
                    found.push(Some(&**node).filter(in_head));
                }
                PlaceRoot::State(id) if reads.states.contains(id) => found.push(None),
                PlaceRoot::NodeField { .. } | PlaceRoot::State(_) => {}
            }
        }
        let nodes: Option<Vec<Expr>> = found.iter().map(|node| node.cloned()).collect();
        (!found.is_empty()).then(|| nodes.unwrap_or_default())
    }
}

/// What tells attempts apart: of acts, and of handlers that have a key.
fn identity_of(
    program: &mut Program,
    monitor: &mut Monitor,
    resolution: &Resolution,
    (acts, others): (&[ActionId], &[(ActionId, Expr)]),
) -> Identity {
    let has_key = |handler: &ActionId| resolution.key.iter().any(|(known, _)| known == handler);
    let keyed = others.iter().map(|(handler, _)| *handler).filter(has_key);
    let known: Vec<ActionId> = acts.iter().copied().chain(keyed).collect();
    Identity::new(program, monitor, &resolution.key, &known)
}

/// The ghost that counts attempts: to one more than there may be.
fn so_many(program: &mut Program, monitor: &mut Monitor, limit: &Expr) -> StateId {
    let most = match program.types.get(limit.ty) {
        Type::Int { hi, .. } => (*hi).clamp(0, 1 << 16) + 1,
        _ => 1,
    };
    let ty = program.types.intern(Type::Int { lo: 0, hi: most });
    monitor.ghost(program, "count", ty)
}

/// What is judged of the steps of acts.
#[derive(Default)]
struct Said {
    once_more: Vec<(ActionId, Expr)>,
    too_often: Vec<(ActionId, Expr)>,
    reached: Vec<(ActionId, Expr)>,
}

impl Said {
    fn say(self, program: &mut Program, member: &mut Member, monitor: &Monitor, span: Span) {
        let words = "tried again, it counts the attempt";
        member.add(words, span, PropertyKind::StepOf(self.once_more)).about(Topic::Other);
        let probe = Probe {
            condition: ProbeCondition::StepOf(self.reached),
            words: "no attempt was ever made as often as it may be".to_string(),
            span,
            watched_by: None,
        };
        let doubt = monitor.doubt(program);
        let property = member.add(BOUNDED, span, PropertyKind::StepOf(self.too_often));
        property.watched_by = Some(monitor.id());
        property.doubts.push(doubt);
        property.probes.push(probe);
    }
}

/// The handlers of the resolution, at nodes of the kind of its acts, that may send the same as those do, each with the
/// condition under which it does: each is one more attempt.
fn sent_again(program: &mut Program, counter: &Counter<'_>, tries: &[MessageId]) -> Vec<(ActionId, Expr)> {
    let mut params = counter.acts.iter().flat_map(|act| program.actions[act.index()].params.iter());
    if params.any(|param| build::mentions(counter.value, *param)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for handler in counter.handlers.clone() {
        let mut ways = Vec::new();
        for act in &counter.acts {
            ways.extend(the_same(program, (*act, handler), tries, counter.span));
        }
        if !ways.is_empty() {
            let same = any_of(program, ways, counter.span);
            let sent = sends(program, handler, tries, counter.span);
            found.push((handler, build::and(program, sent, same)));
        }
    }
    found
}

/// For each message that both an act and a handler send: when the one has in its fields what the other would at that node.
fn the_same(
    program: &mut Program,
    (act, handler): (ActionId, ActionId),
    tries: &[MessageId],
    span: Span,
) -> Vec<Expr> {
    let (from, to) = (program.actions[act.index()].at, program.actions[handler.index()].at);
    let there = |program: &Program, e: &Expr| match (from, to) {
        (Some(from), Some(to)) => e.with_local(from, &build::local(program, to, e.span)),
        _ => e.clone(),
    };
    let (tried, again) = (origins::sendings(program, act), origins::sendings(program, handler));
    let mut ways = Vec::new();
    for (one, other) in tried.iter().flat_map(|one| again.iter().map(move |other| (one, other))) {
        if one.message != other.message || !tries.contains(&one.message) {
            continue;
        }
        let mut same = Some(build::truth(program, span));
        for (mine, theirs) in one.fields.iter().zip(&other.fields) {
            if alike(program, &there(program, &mine.said), &theirs.said) {
                continue;
            }
            let both = mine.before.as_ref().zip(theirs.before.as_ref());
            let equal = both.and_then(|(a, b)| {
                let a = there(program, a);
                let params = program.actions[act.index()].params.clone();
                let known = !params.iter().any(|param| build::mentions(&a, *param));
                let equal = build::equal(program, a, b.clone());
                (known && !may_trap(program, &equal)).then(|| build::old(equal))
            });
            same = same.zip(equal).map(|(e, equal)| build::and(program, e, equal));
        }
        ways.extend(same);
    }
    ways
}

/// A delivery that makes one more of the attempts that a node has made: one too many if there have been as many as there may
/// be. Returns what the monitor does behind it.
fn again(
    program: &mut Program,
    (handler, sent): (ActionId, Expr),
    watch: &Watch<'_>,
    judged: &mut Said,
) -> Option<(ActionId, Vec<Stmt>)> {
    let Watch { counter, monitor, identity, limit, count, .. } = watch;
    let (span, count) = (counter.span, *count);
    let same = match identity.knows(handler) {
        true => identity.same(program, handler, span),
        false => {
            let at = program.actions[handler.index()].at?;
            let node = build::local(program, at, span);
            identity.was_at(program, node)?
        }
    };
    let same = build::and(program, same, sent.clone());
    // Whatever it sets back; so that who reads what is broken sees the counter.
    let value = counter.in_act(program, counter.value, handler);
    let lowered = build::binary(program, BinaryOp::Less, value.clone(), build::old(value));
    let kept = build::not(program, lowered);
    let goes_on = build::or(program, kept, sent);
    let same = build::and(program, same, goes_on);
    let allowed = build::old(counter.in_act(program, limit, handler));
    let so_far = build::old(state(program, count, span));
    let full = build::binary(program, BinaryOp::GreaterEqual, so_far.clone(), allowed.clone());
    let watched = monitor.was_on(program);
    let watched = build::and(program, watched, same.clone());
    let over = build::and(program, watched.clone(), full);
    judged.too_often.push((handler, build::not(program, over)));
    let one = build::int(program, 1, span);
    let more = add(program, so_far, one);
    let last = build::binary(program, BinaryOp::GreaterEqual, more.clone(), allowed);
    judged.reached.push((handler, build::and(program, watched, last)));
    let counted = vec![assign(program, count, more)];
    Some((handler, vec![monitor.follow(program, same, counted)]))
}

/// Whether what is protected may change where a message arrives, or by what follows.
fn takes_effect(program: &Program, message: MessageId, protected: &Mentions) -> bool {
    let after = with_deliveries(program, &program.handlers(&[message]));
    after.iter().any(|a| Mentions::written(&program.actions[a.index()].body).overlap(protected))
}

/// What an attempt sends: the messages of acts that write the counter; of all, where none does; and those by which what is
/// protected changes.
fn tries(program: &Program, counter: &Counter<'_>, protects: Option<&Expr>) -> Vec<MessageId> {
    let reads = Mentions::of(program, counter.value);
    let written = |act: &ActionId| Mentions::written(&program.actions[act.index()].body);
    let all: Vec<Mentions> = counter.acts.iter().map(written).collect();
    let counted = all.iter().any(|mentions| mentions.overlap(&reads));
    let protected = protects.map(|e| Mentions::of(program, e)).unwrap_or_default();
    let mut found = Vec::new();
    for mentions in &all {
        let counts = !counted || mentions.overlap(&reads);
        let tried = |message: &&MessageId| counts || takes_effect(program, **message, &protected);
        found.extend(mentions.messages.iter().filter(tried));
    }
    found
}

/// Whether a step of an act has sent one of these.
fn sends(program: &mut Program, act: ActionId, tries: &[MessageId], span: Span) -> Expr {
    let known = &program.actions[act.index()];
    let messages = Mentions::written(&known.body).messages;
    let taken = match known.kind {
        ActionKind::Handler { message, .. } => Some(message),
        _ => None,
    };
    let more = messages.into_iter().filter(|message| tries.contains(message)).map(|message| {
        // Nobody wrote it: it stands for no text.
        let now = build::in_flight(program, message, Span::default());
        // What it takes is one less.
        let op = if taken == Some(message) { BinaryOp::LessEqual } else { BinaryOp::Less };
        build::binary(program, op, build::old(now.clone()), now)
    });
    let more = more.collect();
    any_of(program, more, span)
}

/// What is judged of a step knows its parameters and not what its body chooses. Where a key depends on that, the step itself
/// writes down what is wrong.
struct Told {
    /// One for each condition.
    ghosts: Vec<StateId>,
    next: usize,
}

impl Told {
    fn new(
        program: &mut Program,
        monitor: &mut Monitor,
        key: &[(ActionId, Expr)],
        acts: &[ActionId],
    ) -> Told {
        let chosen = key.iter().any(|(act, e)| acts.contains(act) && is_chosen(program, *act, e));
        let ty = program.types.intern(Type::Bool);
        let ghosts = ["uncounted", "over"].into_iter().filter(|_| chosen);
        Told { ghosts: ghosts.map(|name| monitor.ghost(program, name, ty)).collect(), next: 0 }
    }

    fn is_needed(&self) -> bool {
        !self.ghosts.is_empty()
    }

    /// Where it is needed, what is said of a step last becomes what that has written down; with the statement that does.
    fn of(
        &mut self,
        program: &mut Program,
        monitor: &Monitor,
        said: &mut [(ActionId, Expr)],
    ) -> Option<Stmt> {
        let ghost = *self.ghosts.get(self.next)?;
        self.next = (self.next + 1) % self.ghosts.len();
        let (_, said) = said.last_mut()?;
        let span = said.span;
        let wrong = state(program, ghost, span);
        let right = build::not(program, wrong);
        let condition = std::mem::replace(said, right);
        let condition = build::not(program, condition);
        let truth = build::truth(program, span);
        let then = vec![assign(program, ghost, truth)];
        let noted = Stmt { kind: StmtKind::If { condition, then, otherwise: Vec::new() }, span };
        Some(monitor.attempt(program, vec![noted]))
    }
}

/// An attempt has been made as often as it may be, by what was counted.
fn reached_by(program: &mut Program, count: Expr, raised: Expr, allowed: Expr) -> Expr {
    let full = build::binary(program, BinaryOp::GreaterEqual, count, allowed);
    build::and(program, raised, full)
}

/// An attempt is made for the last time that is allowed.
fn reaching(program: &mut Program, same: Expr, so_far: Expr, raised: Expr, allowed: Expr) -> Expr {
    let span = allowed.span;
    let one = build::int(program, 1, span);
    let next = add(program, so_far, one.clone());
    let last = build::binary(program, BinaryOp::GreaterEqual, next, allowed.clone());
    let again = build::and(program, same, last);
    let only = build::binary(program, BinaryOp::LessEqual, allowed, one);
    let first = build::and(program, raised, only);
    build::or(program, again, first)
}

fn add(program: &mut Program, left: Expr, right: Expr) -> Expr {
    let ty = program.types.intern(Type::Int { lo: i64::from(i32::MIN), hi: i64::from(i32::MAX) });
    let span = left.span;
    Expr { kind: ExprKind::Binary(BinaryOp::Add, Box::new(left), Box::new(right)), ty, span }
}

/// Whether the guards of an act hold at a node, which is up.
pub(in crate::obligations) fn enabled(program: &mut Program, act: ActionId, node: Option<&Expr>) -> Expr {
    let known = program.actions[act.index()].clone();
    let span = known.span;
    let mut all = build::truth(program, span);
    let with = |e: &Expr| match (known.at, node) {
        (Some(at), Some(node)) => e.with_local(at, node),
        _ => e.clone(),
    };
    if let Some(node) = node {
        all = build::boolean(program, ExprKind::Up(Box::new(node.clone())), span);
        if let Some(set) = &known.at_set {
            let inside = build::binary(program, BinaryOp::In, node.clone(), with(set));
            all = build::and(program, all, inside);
        }
    }
    for guard in &known.guards {
        all = build::and(program, all, with(guard));
    }
    all
}

/// Steps of others, and crashes, that lower the counter end the attempt; one of its own, where nothing can be done any more.
fn resets(program: &mut Program, watch: &Watch<'_>, key: &[(ActionId, Expr)]) {
    let Counter { value, span, .. } = watch.counter;
    let reads = Mentions::of(program, value);
    for action in (0..program.actions.len()).map(|i| ActionId(i as u32)) {
        let writes = Mentions::written(&program.actions[action.index()].body).overlap(&reads);
        if !writes || watch.counter.acts.contains(&action) {
            continue;
        }
        let Some(stmt) = ended(program, watch, key, Some(action)) else { return };
        let mut all = vec![stmt];
        // Who sets back what he counts himself, and goes on, has made no new beginning.
        if watch.counter.handlers.contains(&action) {
            let goes_on = watch.counter.goes_on(program, action);
            let condition = build::not(program, goes_on);
            all = vec![Stmt {
                kind: StmtKind::If { condition, then: all, otherwise: Vec::new() },
                span: *span,
            }];
        }
        append(program, action, all);
    }
    for lost in losing(program, &reads.node_fields) {
        let Some(stmt) = ended(program, watch, key, None) else { return };
        at_crash(program, lost, *span, vec![stmt]);
    }
}

/// The attempt that is watched ends where its counter was set back, by an action or by a crash.
fn ended(
    program: &mut Program,
    watch: &Watch<'_>,
    key: &[(ActionId, Expr)],
    by: Option<ActionId>,
) -> Option<Stmt> {
    let Watch { counter, monitor, identity, .. } = watch;
    let watched = identity.watched(program, AT, counter.span);
    let back = match (counter.at, watched) {
        (Some(at), None) => back_of_key(program, watch, (key, at), by)?,
        (_, watched) => watch.set_back(program, by, watched.as_ref()),
    };
    let end = monitor.end(program);
    Some(monitor.follow(program, back, end))
}

/// Attempts of a key are wherever that says: a counter that goes back at a node of the same key ends it; at any, where
/// the key is of something else than the node.
fn back_of_key(
    program: &mut Program,
    watch: &Watch<'_>,
    (key, at): (&[(ActionId, Expr)], LocalId),
    by: Option<ActionId>,
) -> Option<Expr> {
    let Watch { counter, identity, .. } = watch;
    let kind = node_kind(program, at)?;
    let binder = any_node(program, kind, counter.span);
    let node = build::local(program, binder.local, counter.span);
    let mut back = watch.set_back(program, by, Some(&node));
    if let Some(watched) = identity.watched(program, KEY, counter.span) {
        let mut same = Vec::new();
        for (act, e) in key.iter().filter(|(act, _)| counter.acts.contains(act)) {
            let theirs = match program.actions[act.index()].at {
                Some(at) => e.with_local(at, &node),
                None => e.clone(),
            };
            same.push(match is_chosen(program, *act, e) {
                true => build::truth(program, counter.span),
                false => build::equal(program, watched.clone(), build::old(theirs)),
            });
        }
        let same = any_of(program, same, counter.span);
        back = build::and(program, back, same);
    }
    Some(build::some(program, Some(&binder), back))
}

/// Whether it depends on what a step of the action chooses.
fn is_chosen(program: &Program, action: ActionId, e: &Expr) -> bool {
    let mut found = false;
    let mut look = |stmt: &Stmt| {
        if let StmtKind::Choose { binder, .. } = &stmt.kind {
            found |= build::mentions(e, binder.local);
        }
    };
    program.actions[action.index()].body.iter().for_each(|stmt| stmt.walk(&mut look));
    found
}

fn at_crash(program: &mut Program, (node, loss): (NodeId, Loss), span: Span, body: Vec<Stmt>) -> LocalId {
    let local = any_node(program, node, span).local;
    program.at_crash.push(AtCrash { node, loss, local, body });
    local
}
