//! Obligations of `retry` and `dedupe`: attempts are bounded, and an attempt that comes again does no harm.
//!
//! Enters: the clauses of a resolution. Leaves: properties that are judged where a monitor watches one attempt.

mod bounded;

use super::attempt::{
    AT, Identity, Protected, any_node, any_of, field_changed, is_handler, node_kind, state_changed,
};
use super::monitor::{Monitor, append, assign, state};
use super::repair::with_deliveries;
use super::{Crashed, Member, build};
use crate::analysis::program::{
    ActionId, ActionKind, AtCrash, Attempts, BinaryOp, Binder, Expr, ExprKind, Loss, MessageId, Method,
    NodeFieldId, NodeId, Place, PlaceRoot, Program, Resolution, StateId, Stmt, StmtKind, Type,
};
use crate::analysis::walk::Mentions;
use crate::concepts::Topic;
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};
use crate::span::Span;
use bounded::bounded;
pub(super) use bounded::enabled;

const BOUNDED: &str = "attempts are bounded";

/// The acts of a resolution that are no handlers.
pub(super) fn acts(program: &Program, resolution: &Resolution) -> Vec<ActionId> {
    resolution.actions.iter().copied().filter(|a| !is_handler(program, *a)).collect()
}

pub(super) fn retry(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    if !member.watches() {
        return;
    }
    match &resolution.attempts {
        Some(Attempts { counter, limit }) if acts(program, resolution).is_empty() => {
            let span = counter.span.to(limit.span);
            member.unchecked(BOUNDED, ACT).span = span;
        }
        Some(attempts) => bounded(program, member, resolution, attempts),
        None if resolution.backoff.is_some() => {
            let missing = "attempts back off, which only a simulation can see: add `attempts EXPR at most N` \
                           to have a bound checked";
            member.unchecked(BOUNDED, missing);
        }
        None => {
            member.unchecked(BOUNDED, "add `attempts EXPR at most N`");
        }
    }
    harmless(program, member, resolution, retried(program, resolution));
}

const BACK: &str = "a restart brings back what a crash took, and whether an attempt is then new cannot be told: let \
                    `protects` name what is durable";

pub(super) const ACT: &str = "add what it does: `at x in S when P { … }` or `on MESSAGE …`";

// ---- harmless ----

/// What is watched: the steps that an attempt consists of.
pub(super) struct Watched {
    pub(super) actions: Vec<ActionId>,
    /// Those of them that are no step of the resolution, nor take what it sends.
    followed: Vec<ActionId>,
    /// They are acts, whose attempts end: where the counter is set back, or nothing can be done for them any more.
    ends: bool,
    words: &'static str,
}

/// The handlers of the messages that it sends, with `protects` those of what follows from them too; else its acts.
pub(super) fn retried(program: &Program, resolution: &Resolution) -> Watched {
    let mut actions = program.deliveries(&resolution.actions);
    let own = resolution.actions.iter().copied().filter(|a| is_handler(program, *a));
    own.for_each(|a| once(&mut actions, a));
    let followed = followed(program, resolution, &actions);
    followed.iter().for_each(|a| once(&mut actions, *a));
    let ends = actions.is_empty();
    if ends {
        actions = resolution.actions.clone();
    }
    Watched { actions, followed, ends, words: "a second delivery of the same attempt changes nothing" }
}

/// What follows from these actions, delivery by delivery, as far as it writes what `protects` names.
fn followed(program: &Program, resolution: &Resolution, actions: &[ActionId]) -> Vec<ActionId> {
    let Some(protects) = &resolution.protects else { return Vec::new() };
    let reads = Mentions::of(program, protects);
    let writes = |a: &ActionId| Mentions::written(&program.actions[a.index()].body).overlap(&reads);
    let mut all = with_deliveries(program, actions);
    all.retain(|a| !actions.contains(a) && writes(a));
    all
}

/// The messages that lead to what is followed.
pub(super) fn leading(program: &Program, followed: &[ActionId]) -> Vec<MessageId> {
    let all = (0..program.messages.len() as u32).map(MessageId);
    let leads = |message: &MessageId| {
        let after = with_deliveries(program, &program.handlers(&[*message]));
        after.iter().any(|action| followed.contains(action))
    };
    all.filter(leads).collect()
}

/// The step sends one of these.
pub(super) fn leads(program: &mut Program, leading: &[MessageId], span: Span) -> Expr {
    let mut all = Vec::new();
    for message in leading {
        let now = build::in_flight(program, *message, span);
        all.push(build::binary(program, BinaryOp::Less, build::old(now.clone()), now));
    }
    any_of(program, all, span)
}

/// All handlers of the messages that it takes, else its acts; with `protects` what follows from them too.
pub(super) fn deduped(program: &Program, resolution: &Resolution) -> (Vec<ActionId>, Vec<ActionId>) {
    let mut messages = Vec::new();
    for action in &resolution.actions {
        if let ActionKind::Handler { message, .. } = program.actions[action.index()].kind {
            once(&mut messages, message);
        }
    }
    let handlers = program.handlers(&messages);
    let taken = if handlers.is_empty() { resolution.actions.clone() } else { handlers };
    let followed = followed(program, resolution, &taken);
    (taken, followed)
}

pub(super) fn dedupe(program: &mut Program, member: &mut Member, resolution: &Resolution) {
    if !member.watches() {
        return;
    }
    let (taken, followed) = deduped(program, resolution);
    let actions = [taken.clone(), followed.clone()].concat();
    let words = "what comes again after it has taken effect changes nothing";
    harmless(
        program,
        member,
        resolution,
        Watched { actions, followed: followed.clone(), ends: false, words },
    );
    if taken.iter().all(|a| is_handler(program, *a)) {
        super::refused::refused(program, member, resolution, &taken, &followed);
    }
}

fn once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

const NEVER_AGAIN: &str = "nothing that had taken effect ever came again";
/// Besides a violation that rests on it.
const ALIKE: &str = "two equal messages count as one attempt; if each is of a request of its own, add a field \
                     that says which";

/// Why what holds says nothing.
const RECOVERED: &str = "an `on restart` changes what is protected after an attempt has taken effect, and whether that is \
                         the attempt again cannot be told: let the handlers write it alone";

/// Nothing that is followed writes what is protected; who does it instead.
fn nothing_protected(original: &Program, protected: &Protected, followed: &[ActionId]) -> String {
    let all = (0..original.actions.len() as u32).map(ActionId);
    let others = all.filter(|a| !followed.contains(a) && !is_handler(original, *a));
    let mut names: Vec<String> = Vec::new();
    for action in others.filter(|a| protected.is_written(original, &[*a])) {
        let name = format!("`{}`", original.actions[action.index()].name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let who = match &names[..] {
        [] => String::new(),
        [one] => format!(" ({one} does, a step of its own)"),
        several => format!(" ({} do, steps of their own)", several.join(", ")),
    };
    format!(
        "no delivery that follows from it writes what `protects` names{who}: name what its handlers write"
    )
}

/// A key that says nothing of the node where messages arrive makes one attempt of those to several nodes.
fn everywhere_alike(program: &Program, resolution: &Resolution, actions: &[ActionId]) -> Option<String> {
    let (_, at) = resolution.key.iter().find_map(|(action, e)| {
        let known = &program.actions[action.index()];
        let at = known.at.filter(|_| actions.contains(action) && is_handler(program, *action))?;
        let kind = node_kind(program, at)?;
        let several = program.nodes[kind.index()].count > 1 && !build::mentions(e, at);
        several.then_some((e, at))
    })?;
    let name = &program.locals[at.index()].name;
    Some(format!(
        "the key does not say where a message arrives, so those to several nodes are one attempt: `key [EXPR, {name}]` \
         tells them apart"
    ))
}

fn harmless(program: &mut Program, member: &mut Member, resolution: &Resolution, watched: Watched) {
    let Watched { actions, followed, ends, words } = watched;
    if actions.is_empty() {
        member.unchecked(words, ACT).about(Topic::Repetition);
        return;
    }
    let Some(protected) = Protected::of(program, resolution, &actions) else {
        let missing =
            "what it writes only keeps its attempts apart: add `protects EXPR`, what must not change twice";
        member.unchecked(words, missing).about(Topic::Repetition);
        return;
    };
    let span = match &protected {
        Protected::Value(e) => e.span,
        Protected::Written { .. } => program.actions[actions[0].index()].span,
    };
    let mut monitor = Monitor::new(program, span);
    monitor.tell(program);
    let identity = Identity::new(program, &mut monitor, &resolution.key, &actions);
    let record = Record::new(program, &mut monitor, &protected, member.crashed);
    let leading = leading(program, &followed);
    let truth = program.types.intern(Type::Bool);
    let led = (!leading.is_empty()).then(|| monitor.ghost(program, "led", truth));
    let acts = acts(program, resolution);
    let keyed = !resolution.key.is_empty();
    let over = if ends { over(program, &monitor, &identity, resolution, &acts, span) } else { None };
    let harmless =
        Harmless { followed, ends, protected, monitor, identity, record, leading, led, acts, keyed, span };
    let (mut each, mut again, mut behind, mut alike) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let known = |a: &ActionId| harmless.identity.knows(*a) || resolution.key.is_empty();
    for action in actions.iter().copied().filter(known) {
        let Coming { same, twice, pick } = harmless.coming(program, action);
        again.push((action, same));
        if harmless.followed.contains(&action) {
            alike.push((action, twice.clone()));
        }
        each.push((action, build::not(program, twice)));
        behind.push((action, pick));
    }
    let recovered = harmless.recovered(program, member.original);
    over.into_iter().for_each(|over| over.watch(program, &actions));
    behind.into_iter().for_each(|(action, all)| append(program, action, all));
    let Harmless { protected, monitor, record, .. } = harmless;
    record.forget(program, &monitor, span);
    if member.crashed.go_down && record.comes_back(member.original) {
        member.unchecked(words, BACK).about(Topic::Repetition);
    }
    let what = protected.words(program);
    let words = if what.is_empty() { words.to_string() } else { format!("{words} (of {what})") };
    let why = match protected.is_written(program, &actions) {
        true => NEVER_AGAIN.to_string(),
        false => nothing_protected(member.original, &protected, &actions),
    };
    let probe =
        |condition, words: &str| Probe { condition, words: words.to_string(), span, watched_by: None };
    let never = probe(ProbeCondition::StepOf(again), &why);
    let doubt = monitor.doubt(program);
    let property = member.add(words, span, PropertyKind::StepOf(each)).about(Topic::Repetition);
    property.watched_by = Some(monitor.id());
    property.doubts.push(doubt);
    property.otherwise =
        everywhere_alike(program, resolution, &actions).or(protected.advice(program, "protects"));
    property.probes.push(never);
    if !recovered.is_empty() {
        property.doubts.push(probe(ProbeCondition::StepOf(recovered), RECOVERED));
    }
    if !alike.is_empty() {
        property.notes.push(probe(ProbeCondition::StepOf(alike), ALIKE));
    }
}

/// What is said of the steps of attempts.
struct Harmless {
    followed: Vec<ActionId>,
    ends: bool,
    protected: Protected,
    monitor: Monitor,
    identity: Identity,
    record: Record,
    /// The messages that lead to what is followed.
    leading: Vec<MessageId>,
    /// The attempt that is watched has changed nothing, and led to something.
    led: Option<StateId>,
    acts: Vec<ActionId>,
    /// What tells attempts apart is said, and need not be where they are.
    keyed: bool,
    span: Span,
}

/// A step of an attempt comes.
struct Coming {
    /// It is of the attempt that is watched.
    same: Expr,
    /// And changes what is protected again.
    twice: Expr,
    /// It may be watched from here.
    pick: Vec<Stmt>,
}

impl Harmless {
    fn coming(&self, program: &mut Program, action: ActionId) -> Coming {
        let span = self.span;
        let changed = self.protected.changed(program, span);
        let same = self.identity.same(program, action, span);
        let on = self.monitor.was_on(program);
        let same = build::and(program, on, same);
        let mut twice = build::and(program, same.clone(), changed.clone());
        let mut begin = self.identity.set(program, action);
        begin.extend(self.record.begin(program, span));
        let mut begins = changed.clone();
        if self.ends && !self.keyed {
            let able = self.identity.can_go_on(program, &self.acts, action, span);
            begins = build::and(program, begins, able);
        }
        if let Some(led) = self.led {
            let only = build::old(state(program, led, span));
            let only = build::not(program, only);
            twice = build::and(program, twice, only);
            if !self.followed.contains(&action) {
                let leads = leads(program, &self.leading, span);
                begins = build::or(program, begins, leads);
                let unchanged = build::not(program, changed);
                begin.push(assign(program, led, unchanged));
            }
        }
        let pick = self.monitor.pick(program, begins, begin);
        Coming { same, twice, pick }
    }
}

impl Harmless {
    /// Restarts, each where it changes what is protected after the attempt that is watched has taken effect there.
    fn recovered(&self, program: &mut Program, original: &Program) -> Vec<(ActionId, Expr)> {
        let span = self.span;
        let (states, node_fields) = self.protected.variables(program);
        let reads = Mentions { states, node_fields, ..Mentions::default() };
        let mut all = Vec::new();
        for action in (0..original.actions.len() as u32).map(ActionId) {
            let known = &original.actions[action.index()];
            let restarts = matches!(known.kind, ActionKind::Restart(_));
            if !restarts || !Mentions::written(&known.body).overlap(&reads) {
                continue;
            }
            let (at, on) = (known.at, self.monitor.was_on(program));
            let changed = self.protected.changed(program, span);
            let mut when = build::and(program, on, changed);
            if let Some(led) = self.led {
                let only = build::old(state(program, led, span));
                let only = build::not(program, only);
                when = build::and(program, when, only);
            } else if let Some(at) = at.filter(|_| !self.keyed) {
                // Of those at other nodes it is none.
                let here = build::local(program, at, span);
                let Some(here) = self.identity.was_at(program, here) else { continue };
                when = build::and(program, when, here);
            }
            all.push((action, when));
        }
        all
    }
}

/// When an attempt that consists of acts is over, for the statements behind all actions that may make it so.
struct Over {
    stmt: Stmt,
    reads: Mentions,
}

impl Over {
    /// Behind every step after which it may be over.
    fn watch(self, program: &mut Program, watched: &[ActionId]) {
        for action in (0..program.actions.len() as u32).map(ActionId) {
            let known = &program.actions[action.index()];
            let writes = Mentions::written(&known.body).overlap(&self.reads);
            // Before it, a crash may have made it impossible.
            let restarts = matches!(known.kind, ActionKind::Restart(_));
            if writes || restarts || watched.contains(&action) {
                append(program, action, vec![self.stmt.clone()]);
            }
        }
    }
}

/// Nothing can be done any more for the attempt that is watched, or its counter was set back.
fn over(
    program: &mut Program,
    monitor: &Monitor,
    identity: &Identity,
    resolution: &Resolution,
    acts: &[ActionId],
    span: Span,
) -> Option<Over> {
    if !resolution.key.is_empty() {
        return None;
    }
    let node = identity.watched(program, AT, span);
    let kind = |program: &Program, act: ActionId| {
        program.actions[act.index()].at.and_then(|at| node_kind(program, at))
    };
    let watched = match node.as_ref().map(|n| program.types.get(n.ty).clone()) {
        Some(Type::Node(kind)) => Some(kind),
        _ => None,
    };
    let mut reads = Mentions::default();
    let mut ways = Vec::new();
    for act in acts.iter().filter(|act| kind(program, **act) == watched).copied().collect::<Vec<_>>() {
        program.actions[act.index()].guards.clone().iter().for_each(|guard| reads.read(program, guard));
        ways.push(enabled(program, act, node.as_ref()));
    }
    let able = any_of(program, ways, span);
    let mut over = build::not(program, able);
    if let Some(Attempts { counter: value, .. }) = &resolution.attempts {
        reads.read(program, value);
        let at = acts.first().and_then(|a| program.actions[a.index()].at);
        let value = match (at, &node) {
            (Some(at), Some(node)) => value.with_local(at, node),
            _ => value.clone(),
        };
        let lowered = build::binary(program, BinaryOp::Less, value.clone(), build::old(value));
        over = build::or(program, over, lowered);
    }
    let end = monitor.end(program);
    Some(Over { stmt: monitor.follow(program, over, end), reads })
}

// ---- forgetting in crashes ----

/// Where the effect of the watched attempt lies, as far as crashes can take it back.
struct Record {
    /// Whether something of it outlives crashes.
    kept: Option<StateId>,
    /// What nodes may lose.
    lost: Vec<Held>,
    states: Vec<StateId>,
    durable: Vec<NodeFieldId>,
}

/// Which nodes of a kind hold something in fields that are lost together.
struct Held {
    node: NodeId,
    loss: Loss,
    /// The nodes that do.
    set: StateId,
    fields: Vec<NodeFieldId>,
}

impl Record {
    fn new(program: &mut Program, monitor: &mut Monitor, protected: &Protected, crashed: Crashed) -> Record {
        let (states, fields) = protected.variables(program);
        let loss_of = |program: &Program, f: NodeFieldId| {
            if program.node_fields[f.index()].volatile { Loss::Memory } else { Loss::Disk }
        };
        let (losable, durable): (Vec<NodeFieldId>, Vec<NodeFieldId>) =
            fields.into_iter().partition(|f| crashed.wiped || loss_of(program, *f) == Loss::Memory);
        let mut kinds: Vec<NodeId> = losable.iter().map(|f| program.node_fields[f.index()].node).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut lost = Vec::new();
        for node in kinds {
            let ty = program.types.intern(Type::Node(node));
            let ty = program.types.intern(Type::Set(ty));
            for (loss, name) in [(Loss::Memory, "volatile"), (Loss::Disk, "durable")] {
                let mine = |f: &NodeFieldId| {
                    program.node_fields[f.index()].node == node && loss_of(program, *f) == loss
                };
                let fields: Vec<NodeFieldId> = losable.iter().copied().filter(mine).collect();
                if !fields.is_empty() {
                    let set = monitor.ghost(program, &format!("{name}{}", node.0), ty);
                    lost.push(Held { node, loss, set, fields });
                }
            }
        }
        let truth = program.types.intern(Type::Bool);
        let kept = (!lost.is_empty()).then(|| monitor.ghost(program, "kept", truth));
        Record { kept, lost, states, durable }
    }

    /// Remembers where the step has changed something.
    fn begin(&self, program: &mut Program, span: Span) -> Vec<Stmt> {
        let Some(kept) = self.kept else { return Vec::new() };
        let mut durable: Vec<Expr> = self.states.iter().map(|s| state_changed(program, *s, span)).collect();
        for field in &self.durable {
            let at = any_node(program, program.node_fields[field.index()].node, span);
            let node = build::local(program, at.local, span);
            let changed = field_changed(program, *field, &node);
            durable.push(build::some(program, Some(&at), changed));
        }
        let durable = any_of(program, durable, span);
        let mut all = vec![assign(program, kept, durable)];
        for held in &self.lost {
            let binder = any_node(program, held.node, span);
            let element = build::local(program, binder.local, span);
            let changes =
                held.fields.iter().map(|f| field_changed(program, *f, &element)).collect::<Vec<_>>();
            let changed = any_of(program, changes, span);
            all.push(for_each(binder, changed, mutate(program, held.set, Method::Add, element)));
        }
        all
    }

    /// Whether a restart may bring back what a crash took, so that nobody knows whether the attempt is new.
    fn comes_back(&self, original: &Program) -> bool {
        self.lost.iter().any(|held| {
            let body = original.recovery(held.node).map(|id| &original.actions[id.index()].body);
            let written = body.map(|body| Mentions::written(body)).unwrap_or_default();
            held.fields.iter().any(|field| written.node_fields.contains(field))
        })
    }

    /// A crash that forgets all of it makes the attempt new.
    fn forget(&self, program: &mut Program, monitor: &Monitor, span: Span) {
        let Some(kept) = self.kept else { return };
        for Held { node, loss, set: ghost, .. } in &self.lost {
            let local = any_node(program, *node, span).local;
            let crashed = build::local(program, local, span);
            let set = state(program, *ghost, span);
            let held = build::binary(program, BinaryOp::In, crashed.clone(), set);
            let mut nothing = state(program, kept, span);
            nothing = build::not(program, nothing);
            for other in &self.lost {
                let set = state(program, other.set, span);
                let empty = Expr { kind: ExprKind::Set(Vec::new()), ty: set.ty, span };
                let none = build::equal(program, set, empty);
                nothing = build::and(program, nothing, none);
            }
            let end = monitor.end(program);
            let gone = StmtKind::If { condition: nothing, then: end, otherwise: Vec::new() };
            let removed = mutate(program, *ghost, Method::Remove, crashed);
            let then = vec![removed, Stmt { kind: gone, span }];
            let body = vec![monitor.follow(program, held, then)];
            program.at_crash.push(AtCrash { node: *node, loss: *loss, local, body });
        }
    }
}

fn mutate(program: &Program, id: StateId, op: Method, value: Expr) -> Stmt {
    let span = value.span;
    let ty = program.states[id.index()].ty;
    let place = Place { root: PlaceRoot::State(id), path: Vec::new(), ty, span };
    Stmt { kind: StmtKind::Mutate { place, op, value: Some(value) }, span }
}

fn for_each(binder: Binder, when: Expr, then: Stmt) -> Stmt {
    let span = then.span;
    let body = StmtKind::If { condition: when, then: vec![then], otherwise: Vec::new() };
    Stmt { kind: StmtKind::For { binder, body: vec![Stmt { kind: body, span }] }, span }
}
