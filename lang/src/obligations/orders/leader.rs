//! Obligations of `leader`: one writes, and whoever follows it in that goes on where it stopped.
//!
//! Enters: who is entitled, the epochs and the views of an order. Leaves: that there is one entitled writer, that what is
//! appended is appended by one and in epochs that do not go back, and that views keep to what was agreed.

use super::{Agreed, NO_LIST, VIEWS, changers};
use crate::analysis::alike::alike;
use crate::analysis::program::{
    ActionId, ActionKind, BinaryOp, Binder, Expr, ExprKind, Local, LocalId, Order, Program, StateId, Stmt,
    StmtKind, Type, TypeId, Views,
};
use crate::analysis::walk::Mentions;
use crate::concepts::OrderType;
use crate::obligations::attempt::node_kind;
use crate::obligations::monitor::{self, Monitor};
use crate::obligations::property::{Probe, ProbeCondition, Property, PropertyKind};
use crate::obligations::{Member, Watch, build, instances, origins, probes};
use crate::span::Span;

const OTHERS: &str = "nothing is appended by anyone else";

pub(super) fn leader(program: &mut Program, member: &mut Member, order: &Order, agreed: Option<&Agreed>) {
    let scope = order.scope.as_ref().map(|s| format!(" per {s}")).unwrap_or_default();
    let Some(by) = &order.by else {
        let missing = "add `by x in S where P`, the writers that are entitled to append";
        member.unchecked(&format!("at most one entitled writer{scope} at a time"), missing);
        member.unchecked(OTHERS, missing);
        return;
    };
    one_entitled(program, member, order, by, &scope);
    let Some(agreed) = agreed else {
        member.unchecked(OTHERS, if order.views.is_none() { VIEWS } else { NO_LIST });
        return;
    };
    let actions = agreed.changers(program).into_iter();
    let steps: Vec<Step> =
        actions.map(|action| Step::new(program, action, (by, order.epoch.as_ref()), agreed)).collect();
    if let Some(step) = steps.iter().find(|step| matches!(step.writer, Writer::Unknown)) {
        unknown(program, member, order, step.action);
        return if !order.types().any(|ty| ty == OrderType::Append) {
            agreed.kept(program, member)
        };
    }
    let each = steps.iter().map(|step| (step.action, step.by_entitled(program, agreed))).collect();
    let late = late(program, order, by, &steps);
    let others = member.properties.len();
    member.add(OTHERS, agreed.views.span, PropertyKind::StepOf(each));
    if member.watches() {
        let probe = in_succession(program, member, order, by, agreed, &steps);
        member.properties[others].probes.push(probe);
    } else if member.watch == Watch::OneRun {
        on_one_run(program, member, order, by, agreed, &steps);
    }
    let about_epochs = |property: &&mut Property| property.words == ONE_WRITER || property.words == NO_LOWER;
    for property in member.properties[others..].iter_mut().filter(about_epochs) {
        property.doubts.extend(late.iter().cloned());
    }
    if !order.types().any(|ty| ty == OrderType::Append) {
        agreed.kept(program, member);
    }
}

fn one_entitled(program: &mut Program, member: &mut Member, order: &Order, by: &Binder, scope: &str) {
    let probe = probes::someone(program, &[], by, "nobody was ever entitled to write");
    let local_epoch = order.epoch.as_ref().filter(|e| build::mentions(e, by.local));
    let (when, property) = match local_epoch {
        Some(epoch) => {
            let other = build::fresh(program, by.local);
            let others = build::renamed(program, by, other);
            let (x, y) = (build::local(program, by.local, by.span), build::local(program, other, by.span));
            let same = build::equal(program, epoch.clone(), epoch.with_local(by.local, &y));
            let itself = build::equal(program, x, y);
            let one = build::implies(program, same, itself);
            let one = build::all(program, Some(&others), one);
            ("in each epoch", build::all(program, Some(by), one))
        }
        None => {
            let (count, one) = (build::count(program, by), build::int(program, 1, by.span));
            let when = if order.epoch.is_some() { "in the current epoch" } else { "at a time" };
            (when, build::binary(program, BinaryOp::LessEqual, count, one))
        }
    };
    let words = format!("at most one entitled writer{scope} {when}");
    member.add(words, by.span, PropertyKind::State(property)).probes.push(probe);
}

/// Who makes the order longer at a step.
enum Writer {
    /// The node of the step, who sent the message that is delivered, or who the message says has sent what it forwards.
    Known(Expr),
    /// An entitled one of these that shows what is new.
    Shows(Binder),
    /// A message that others send speaks of writers, and whether it names its own cannot be told.
    Unknown,
    Nobody,
}

/// The steps of an action that may make the order longer.
struct Step {
    action: ActionId,
    writer: Writer,
    /// For a known writer: it is entitled. For one that shows what is new, in the scope of its binder: it does, and is.
    entitled: Expr,
    /// The epoch of the writer when it sent the message that is delivered, where that says it.
    sent_in: Option<Expr>,
}

impl Step {
    fn new(
        program: &mut Program,
        action: ActionId,
        (by, epoch): (&Binder, Option<&Expr>),
        agreed: &Agreed,
    ) -> Step {
        let span = &agreed.views.span;
        let writer = writer(program, action, by, agreed);
        let sent_in = match (&writer, epoch) {
            (Writer::Known(who), Some(epoch)) if !is_at(program, action, who) => {
                told(program, action, by, *span, &|at| epoch.with_local(by.local, at))
            }
            _ => None,
        };
        let entitled = match (&writer, agreed.of_kind(program, by)) {
            (Writer::Known(who), _) => entitled(program, by, who),
            (Writer::Shows(writers), Some((value, binder))) => {
                let z = build::local(program, writers.local, *span);
                let entitled = entitled(program, by, &z);
                let theirs = value.with_local(binder.local, &z);
                let longest = longest(program, agreed, &theirs);
                build::and(program, entitled, longest)
            }
            (Writer::Shows(_) | Writer::Unknown | Writer::Nobody, _) => {
                let kind = ExprKind::Bool(false);
                build::boolean(program, kind, *span)
            }
        };
        Step { action, writer, entitled, sent_in }
    }

    /// The epoch in which a writer makes the order longer.
    fn epoch(&self, program: &mut Program, epoch: &Epoch<'_>, who: &Expr) -> Expr {
        self.sent_in.clone().unwrap_or_else(|| epoch.of(program, who))
    }

    /// What makes the order longer is the doing of an entitled writer.
    fn by_entitled(&self, program: &mut Program, agreed: &Agreed) -> Expr {
        let each = agreed.each().map(|Views { value, binder, .. }| {
            let longer = agreed.longer(program, value);
            let e = match &self.writer {
                Writer::Known(_) => build::implies(program, longer, self.entitled.clone()),
                Writer::Shows(writers) => {
                    let some = build::some(program, Some(writers), self.entitled.clone());
                    build::implies(program, longer, some)
                }
                Writer::Unknown | Writer::Nobody => build::not(program, longer),
            };
            build::all(program, binder.as_ref(), e)
        });
        let each: Vec<Expr> = each.collect();
        each.into_iter().reduce(|a, b| build::and(program, a, b)).expect("there is a view")
    }

    /// What is remembered of the epochs of writers is no lower than that of those who make the order longer, and so is who
    /// wrote in it.
    fn raise(&self, program: &mut Program, (epoch, writer): (&Epoch<'_>, StateId), agreed: &Agreed) -> Stmt {
        let span = epoch.value.span;
        let stmt = |kind| Stmt { kind, span };
        let when = |condition, then| stmt(StmtKind::If { condition, then, otherwise: Vec::new() });
        let one = |program: &mut Program, who: &Expr| {
            let mine = self.epoch(program, epoch, who);
            let then = monitor::state(program, epoch.then, span);
            let first = build::is_none(program, then.clone());
            let known = epoch.opened(&mine, then);
            let higher = match has_order(program, epoch.value) {
                true => build::binary(program, BinaryOp::Greater, mine.clone(), known),
                false => build::differs(program, mine.clone(), known),
            };
            let higher = build::or(program, first, higher);
            let higher = build::and(program, self.entitled.clone(), higher);
            let known = monitor::remember(program, epoch.then, mine);
            when(higher, vec![known, monitor::remember(program, writer, who.clone())])
        };
        let body = match &self.writer {
            Writer::Known(who) => vec![one(program, who)],
            Writer::Shows(writers) => {
                let z = build::local(program, writers.local, span);
                vec![stmt(StmtKind::For { binder: writers.clone(), body: vec![one(program, &z)] })]
            }
            Writer::Unknown | Writer::Nobody => Vec::new(),
        };
        let longer = agreed.lengthened(program);
        // A value that is missing takes no step away.
        stmt(StmtKind::Attempt { body: vec![when(longer, body)], otherwise: Vec::new() })
    }

    /// The order becomes longer, by an entitled writer for which `e` is true of its name.
    fn written(
        &self,
        program: &mut Program,
        agreed: &Agreed,
        e: &dyn Fn(&mut Program, &Expr) -> Expr,
    ) -> Option<Expr> {
        let longer = agreed.lengthened(program);
        let by = match &self.writer {
            Writer::Known(who) => {
                let e = e(program, who);
                build::and(program, self.entitled.clone(), e)
            }
            Writer::Shows(writers) => {
                let z = build::local(program, writers.local, agreed.views.span);
                let e = e(program, &z);
                let both = build::and(program, self.entitled.clone(), e);
                build::some(program, Some(writers), both)
            }
            Writer::Unknown | Writer::Nobody => return None,
        };
        Some(build::and(program, longer, by))
    }
}

/// No view is longer than this one.
fn longest(program: &mut Program, agreed: &Agreed, view: &Expr) -> Expr {
    let each = agreed.each().map(|views| {
        let (others, theirs) = super::others(program, views);
        let (mine, theirs) = (build::length(program, view.clone()), build::length(program, theirs));
        let reaches = build::binary(program, BinaryOp::GreaterEqual, mine, theirs);
        build::all(program, others.as_ref(), reaches)
    });
    let each: Vec<Expr> = each.collect();
    each.into_iter().reduce(|a, b| build::and(program, a, b)).expect("there is a view")
}

fn writer(program: &mut Program, action: ActionId, by: &Binder, agreed: &Agreed) -> Writer {
    let kind = program.locals[by.local.index()].ty;
    let span = agreed.views.span;
    let of_kind = |program: &Program, local: &LocalId| program.locals[local.index()].ty == kind;
    if let Some(at) = program.actions[action.index()].at.filter(|at| of_kind(program, at)) {
        return Writer::Known(build::local(program, at, span));
    }
    if let Some(from) = sender(program, action, kind) {
        return Writer::Known(build::local(program, from, span));
    }
    if let Some(who) = told(program, action, by, span, &|at| at.clone()) {
        return Writer::Known(who);
    }
    match agreed.of_kind(program, by) {
        Some((_, binder)) => {
            let local = build::fresh(program, binder.local);
            Writer::Shows(build::renamed(program, binder, local))
        }
        None if speaks_of(program, action, kind) => Writer::Unknown,
        None => Writer::Nobody,
    }
}

/// Whether the message that is delivered carries a node of this kind.
fn speaks_of(program: &Program, action: ActionId, kind: TypeId) -> bool {
    let ActionKind::Handler { fields, .. } = &program.actions[action.index()].kind else { return false };
    let mut parts = Vec::new();
    for field in fields {
        parts_of(program, build::local(program, *field, Span::default()), &mut parts);
    }
    parts.iter().any(|part| program.types.inner(part.ty) == kind)
}

/// Says of what is appended that its writer is not known.
fn unknown(program: &Program, member: &mut Member, order: &Order, action: ActionId) {
    let ActionKind::Handler { message, .. } = &program.actions[action.index()].kind else { return };
    let why = format!(
        "whose write `{}` brings cannot be told: send on what is forwarded in the step that takes it, with its fields",
        program.messages[message.index()].name
    );
    member.unchecked(OTHERS, &why);
    if let Some(epoch) = &order.epoch {
        member.unchecked(ONE_WRITER, &why);
        if has_order(program, epoch) {
            member.unchecked(NO_LOWER, &why);
        }
    }
}

impl Agreed {
    /// The views of those who may be entitled, as they are of one kind.
    fn of_kind(&self, program: &Program, by: &Binder) -> Option<(&Expr, &Binder)> {
        let ty = |binder: &Binder| program.locals[binder.local.index()].ty;
        let each = self.each().filter_map(|views| Some((&views.value, views.binder.as_ref()?)));
        each.into_iter().find(|(_, binder)| ty(binder) == ty(by))
    }
}

/// Whether it is the node of the step.
fn is_at(program: &Program, action: ActionId, who: &Expr) -> bool {
    matches!(who.kind, ExprKind::Local(local) if program.actions[action.index()].at == Some(local))
}

/// The field of the message that is delivered which says something of who sent it, or what it forwards, at first:
/// wherever that is sent, it is what `of` says of the sender.
fn told(
    program: &mut Program,
    action: ActionId,
    by: &Binder,
    span: Span,
    of: &dyn Fn(&Expr) -> Expr,
) -> Option<Expr> {
    let ActionKind::Handler { fields, .. } = program.actions[action.index()].kind.clone() else {
        return None;
    };
    let mut parts = Vec::new();
    for field in fields {
        let field = build::local(program, field, span);
        parts_of(program, field, &mut parts);
    }
    parts.into_iter().find(|field| {
        let sent = origins::origins(program, action, field);
        let mut first = sent.iter().filter(|sent| !sent.is_forwarded(program)).peekable();
        first.peek().is_some()
            && first.all(|sent| {
                let at = program.actions[sent.action.index()].at;
                let at = at.filter(|at| program.locals[at.index()].ty == program.locals[by.local.index()].ty);
                let Some(at) = at else { return false };
                let at = build::local(program, at, span);
                // What the step has just set is what it is as it is sent.
                let known = sent.value.iter().chain([&sent.said]);
                known.into_iter().any(|value| alike(program, value, &of(&at)))
            })
    })
}

/// A value, and where it is a record what stands in it.
fn parts_of(program: &Program, value: Expr, parts: &mut Vec<Expr>) {
    if let Type::Record(record) = program.types.get(value.ty) {
        for (number, (_, ty)) in program.records[record.index()].fields.iter().enumerate() {
            let kind = ExprKind::Field(Box::new(value.clone()), number as u32);
            parts_of(program, Expr { kind, ty: *ty, span: value.span }, parts);
        }
    }
    parts.push(value);
}

/// The sender of the messages that a handler takes, where it is of this kind; it gets a name where it has none.
fn sender(program: &mut Program, action: ActionId, kind: TypeId) -> Option<LocalId> {
    let ActionKind::Handler { message, from, .. } = &program.actions[action.index()].kind else {
        return None;
    };
    if let Some(from) = from {
        return Some(*from).filter(|from| program.locals[from.index()].ty == kind);
    }
    let link = &program.links[program.messages[message.index()].link?.index()];
    let receiver = program.actions[action.index()].at.and_then(|at| node_kind(program, at));
    let sender = receiver.map_or(link.from, |to| link.sender(to));
    if *program.types.get(kind) != Type::Node(sender) {
        return None;
    }
    let span = program.actions[action.index()].span;
    program.locals.push(Local { name: "sender".to_string(), ty: kind, span });
    let local = LocalId(program.locals.len() as u32 - 1);
    if let ActionKind::Handler { from, .. } = &mut program.actions[action.index()].kind {
        *from = Some(local);
    }
    Some(local)
}

/// `who` satisfies `by` before or after the step.
fn entitled(program: &mut Program, by: &Binder, who: &Expr) -> Expr {
    let now = entitled_now(program, by, who);
    build::or(program, build::old(now.clone()), now)
}

fn entitled_now(program: &mut Program, by: &Binder, who: &Expr) -> Expr {
    let now = match &by.filter {
        Some(filter) => filter.with_local(by.local, who),
        None => build::truth(program, by.span),
    };
    if matches!(by.set.kind, ExprKind::TypeSet(_)) {
        return now;
    }
    let inside = build::binary(program, BinaryOp::In, who.clone(), (*by.set).clone());
    build::and(program, inside, now)
}

// ---- one after the other ----

const NO_LOWER: &str = "no writer's epoch is lower than that of an earlier one";
const ONE_WRITER: &str = "no epoch has two writers, one after the other";

fn has_order(program: &Program, epoch: &Expr) -> bool {
    matches!(program.types.get(epoch.ty), Type::Int { .. })
}

/// The same of one run, where nothing is picked: ghosts remember the highest epoch of a writer (the last, where epochs have
/// no order), and whose it was.
fn on_one_run(
    program: &mut Program,
    member: &mut Member,
    order: &Order,
    by: &Binder,
    agreed: &Agreed,
    steps: &[Step],
) {
    let Some(value) = &order.epoch else { return };
    let (ty, span) = (monitor::remembered(program, value.ty), value.span);
    let then = monitor::hidden(program, &format!("epoch {}", order.header.name), ty, span);
    let epoch = Epoch { by, value, then };
    let node = monitor::remembered(program, program.locals[by.local.index()].ty);
    let writer = monitor::hidden(program, &format!("writer {}", order.header.name), node, span);
    let (mut later, mut alone) = (Vec::new(), Vec::new());
    for step in steps {
        let some = step.written(program, agreed, &|program, _| build::truth(program, span));
        let kept = step.written(program, agreed, &|program, who| {
            let mine = step.epoch(program, &epoch, who);
            epoch.no_lower(program, mine)
        });
        let own = step.written(program, agreed, &|program, who| {
            let mine = step.epoch(program, &epoch, who);
            let another = epoch.is_another(program, mine);
            let theirs = build::old(monitor::state(program, writer, span));
            let who = Expr { kind: ExprKind::Some(Box::new(who.clone())), ty: node, span };
            let same = build::equal(program, who, theirs);
            build::or(program, another, same)
        });
        let (Some(some), Some(kept), Some(own)) = (some, kept, own) else { continue };
        let earlier = build::old(monitor::state(program, then, span));
        let first = build::is_none(program, earlier);
        let again = build::not(program, first);
        let again = build::and(program, again, some);
        later.push((step.action, build::implies(program, again.clone(), kept)));
        alone.push((step.action, build::implies(program, again, own)));
        let remember = step.raise(program, (&epoch, writer), agreed);
        monitor::append(program, step.action, vec![remember]);
    }
    member.add(ONE_WRITER, span, PropertyKind::StepOf(alone));
    if has_order(program, value) {
        member.add(NO_LOWER, span, PropertyKind::StepOf(later));
    }
}

/// A monitor remembers who wrote at some step, and its epoch: nobody writes in a lower one later. Returns what shows
/// that somebody else wrote later at all.
fn in_succession(
    program: &mut Program,
    member: &mut Member,
    order: &Order,
    by: &Binder,
    agreed: &Agreed,
    steps: &[Step],
) -> Probe {
    let span = order.epoch.as_ref().map_or(agreed.views.span, |e| e.span);
    let mut monitor = Monitor::new(program, span);
    monitor.tell(program);
    let node = program.locals[by.local.index()].ty;
    let writer = monitor::element(program, &mut monitor, "writer", node);
    let epoch = order.epoch.as_ref().map(|e| {
        let ty = monitor::remembered(program, e.ty);
        Epoch { by, value: e, then: monitor.ghost(program, "epoch", ty) }
    });
    let ordered = order.epoch.as_ref().is_some_and(|e| has_order(program, e));
    let (mut others, mut later, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        // Who writes next may be picked in its turn.
        let longer = agreed.lengthened(program);
        let end = monitor.end(program);
        let end = monitor.follow(program, longer, end);
        monitor::append(program, step.action, vec![end]);
        pick(program, &monitor, writer, epoch.as_ref(), step, agreed);
        let on = monitor.was_on(program);
        let another = step.written(program, agreed, &|program, who| {
            let same = monitor::was_element(program, writer, who.clone());
            build::not(program, same)
        });
        others.extend(another.map(|e| (step.action, build::and(program, on.clone(), e))));
        let Some(epoch) = &epoch else { continue };
        let some = step.written(program, agreed, &|program, _| build::truth(program, span));
        let Some(some) = some.map(|some| build::and(program, on, some)) else { continue };
        let judged = |program: &mut Program, e: &dyn Fn(&mut Program, &Expr) -> Expr| {
            let kept = step.written(program, agreed, e)?;
            Some((step.action, build::implies(program, some.clone(), kept)))
        };
        alone.extend(judged(program, &|program, who| {
            let mine = step.epoch(program, epoch, who);
            let another = epoch.is_another(program, mine);
            let same = monitor::was_element(program, writer, who.clone());
            build::or(program, another, same)
        }));
        if ordered {
            later.extend(judged(program, &|program, who| {
                let mine = step.epoch(program, epoch, who);
                epoch.no_lower(program, mine)
            }));
        }
    }
    if epoch.is_some() {
        let doubt = monitor.doubt(program);
        let mut said = |words: &str, each| {
            let property = member.add(words, span, PropertyKind::StepOf(each));
            property.watched_by = Some(monitor.id());
            property.doubts.push(doubt.clone());
        };
        said(ONE_WRITER, alone);
        if ordered {
            said(NO_LOWER, later);
        } else {
            member.unchecked(NO_LOWER, "epochs of this type have no order: use a number");
        }
    }
    let words = "no two nodes ever made it longer, one after the other".to_string();
    Probe { condition: ProbeCondition::StepOf(others), words, span, watched_by: Some(monitor.id()) }
}

/// What a message brings was written in the epoch that its sender had when it sent it. Where no field says which that was,
/// it is the one at delivery only as long as it has not changed on the way.
fn late(program: &mut Program, order: &Order, by: &Binder, steps: &[Step]) -> Vec<Probe> {
    let Some(epoch) = &order.epoch else { return Vec::new() };
    let span = epoch.span;
    let mut found = Vec::new();
    for step in steps.iter().filter(|step| step.sent_in.is_none()) {
        let ActionKind::Handler { message, .. } = program.actions[step.action.index()].kind else { continue };
        let Writer::Known(who) = &step.writer else { continue };
        if is_at(program, step.action, who) || !build::mentions(epoch, by.local) {
            continue;
        }
        let who = who.clone();
        let z = build::fresh(program, by.local);
        let sender = build::local(program, z, span);
        let theirs = build::equal(program, who, sender.clone());
        let under_way = instances::some(program, step.action, theirs);
        let now = epoch.with_local(by.local, &sender);
        let moved = build::differs(program, build::old(now.clone()), now);
        let both = build::and(program, build::old(under_way), moved);
        let everyone = build::everyone(program, by);
        let everyone = build::renamed(program, &everyone, z);
        let late = build::some(program, Some(&everyone), both);
        let changed = changers(program, &Mentions::of(program, epoch)).into_iter();
        let condition = ProbeCondition::StepOf(changed.map(|action| (action, late.clone())).collect());
        let name = &program.messages[message.index()].name;
        let words = format!(
            "the epoch of a writer moves while its `{name}` is under way, and no field of that says in which it was sent"
        );
        found.push(Probe { condition, words, span, watched_by: None });
    }
    found
}

struct Epoch<'a> {
    by: &'a Binder,
    value: &'a Expr,
    /// The ghost that remembers one.
    then: StateId,
}

impl Epoch<'_> {
    /// That of a writer: before the step, where it was entitled then.
    fn of(&self, program: &mut Program, who: &Expr) -> Expr {
        let now = self.value.with_local(self.by.local, who);
        let before = build::old(entitled_now(program, self.by, who));
        let then = build::old(now.clone());
        let kind = ExprKind::If(Box::new(before), Box::new(then), Box::new(now));
        Expr { kind, ty: self.value.ty, span: self.value.span }
    }

    fn no_lower(&self, program: &mut Program, mine: Expr) -> Expr {
        let then = self.earlier(program, &mine);
        build::binary(program, BinaryOp::GreaterEqual, mine, then)
    }

    fn is_another(&self, program: &mut Program, mine: Expr) -> Expr {
        let then = self.earlier(program, &mine);
        build::differs(program, mine, then)
    }

    /// What is remembered, as it was before the step.
    fn earlier(&self, program: &mut Program, mine: &Expr) -> Expr {
        let ghost = build::old(monitor::state(program, self.then, mine.span));
        self.opened(mine, ghost)
    }

    /// What a ghost remembers, as an epoch: one that may be none is what it is.
    fn opened(&self, mine: &Expr, ghost: Expr) -> Expr {
        match ghost.ty == mine.ty {
            true => ghost,
            false => Expr { ty: mine.ty, span: mine.span, kind: ExprKind::Unwrap(Box::new(ghost)) },
        }
    }
}

/// A step that makes the order longer may be picked, with its writer.
fn pick(
    program: &mut Program,
    monitor: &Monitor,
    writer: StateId,
    epoch: Option<&Epoch<'_>>,
    step: &Step,
    agreed: &Agreed,
) {
    let longer = agreed.lengthened(program);
    let more = agreed.may_grow(program);
    let longer = build::and(program, longer, more);
    let begin = |program: &mut Program, who: &Expr| {
        let mut all = vec![monitor::remember_element(program, writer, who.clone())];
        if let Some(epoch) = epoch {
            let mine = step.epoch(program, epoch, who);
            all.push(monitor::remember(program, epoch.then, mine));
        }
        all
    };
    let picked = match &step.writer {
        Writer::Known(who) => {
            let begin = begin(program, who);
            let when = build::and(program, longer, step.entitled.clone());
            monitor.pick(program, when, begin)
        }
        Writer::Shows(writers) => {
            let hidden = monitor::nameless(program, writers);
            let z = build::local(program, hidden.local, agreed.views.span);
            let begin = begin(program, &z);
            let entitled = step.entitled.with_local(writers.local, &z);
            let when = build::and(program, longer, entitled);
            monitor.pick_of(program, hidden, when, begin)
        }
        Writer::Unknown | Writer::Nobody => return,
    };
    monitor::append(program, step.action, picked);
}
