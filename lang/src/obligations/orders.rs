//! Obligations of orders: `append`, `leader`, `compare_and_set`, `versioned`.
//!
//! Enters: the clauses of one order. Leaves: one or more properties for each of its types.
//!
//! *Agreed* is what some view has shown. A view may shrink (a crash forgets a high watermark), and what it showed stays
//! agreed; so where several participants have a view, a ghost `agreed ORDER` remembers the longest that any of them has
//! had, and it is what may not be rewritten. This is the history variable of Abadi and Lamport, The Existence of
//! Refinement Mappings (1991).

use super::{Made, Member, build, probes};
use crate::analysis::program::{
    ActionId, BinaryOp, Binder, Builtin, Expr, ExprKind, Init, Order, Place, PlaceRoot, Program, State,
    StateId, Stmt, StmtKind, Type, Views,
};
use crate::analysis::walk::Mentions;
use crate::concepts::OrderType;
use crate::obligations::property::{ProbeCondition, PropertyKind};
use crate::span::Span;

pub fn order(program: &mut Program, index: usize, made: &mut Made<'_>) {
    let order = program.orders[index].clone();
    let only_stated = order.by.is_none()
        && order.views.is_none()
        && order.value.is_none()
        && order.version.is_none()
        && order.writes.is_empty();
    let mut member = Member::new(order.header.clone(), index, only_stated, made);
    let agreed = remember_agreed(program, &order);
    for ty in order.types() {
        match ty {
            OrderType::Append => append(program, &mut member, &order, agreed),
            OrderType::Leader => leader(program, &mut member, &order, agreed),
            OrderType::CompareAndSet => compare_and_set(program, &mut member, &order),
            OrderType::Versioned => versioned(program, &mut member, &order),
        }
    }
}

const VIEWS: &str = "add `views EXPR for x in S`, the agreed part as each participant sees it";

/// What was agreed before a step.
#[derive(Clone, Copy)]
struct Agreed {
    /// The ghost that holds the longest view so far.
    longest: StateId,
    /// Views may show something in initial states already, which the ghost does not know: it is updated by steps.
    from_the_start: bool,
}

/// Adds a ghost that holds the longest view so far, updated by every action that may change a view.
/// `None`: there are not several views, or they are not lists, or no type needs it.
fn remember_agreed(program: &mut Program, order: &Order) -> Option<Agreed> {
    let Some(Views { value, binder: Some(binder), span }) = &order.views else { return None };
    let needed = order.types().any(|ty| matches!(ty, OrderType::Append | OrderType::Leader));
    if !needed || !matches!(program.types.get(value.ty), Type::List { .. }) {
        return None;
    }
    let id = StateId(program.states.len() as u32);
    program.states.push(State {
        name: format!("agreed {}", order.header.name),
        ty: value.ty,
        ghost: true,
        init: Init::Default,
        docs: Some(format!("The longest view of {} so far.", order.header.name)),
        span: *span,
    });
    let mut reads = Mentions::of(program, value);
    reads.read(program, &binder.set);
    if let Some(filter) = &binder.filter {
        reads.read(program, filter);
    }
    for action in 0..program.actions.len() {
        if Mentions::written(&program.actions[action].body).overlap(&reads) {
            let update = update_agreed(program, id, value, binder);
            program.actions[action].body.push(update);
        }
    }
    let from_the_start = !initially_empty(program, value);
    Some(Agreed { longest: id, from_the_start })
}

/// Every list that the expression reads is empty in initial states.
fn initially_empty(program: &Program, view: &Expr) -> bool {
    let mentions = Mentions::of(program, view);
    let states = mentions.states.iter().map(|s| &program.states[s.index()]).map(|s| (s.ty, &s.init));
    let fields =
        mentions.node_fields.iter().map(|f| &program.node_fields[f.index()]).map(|f| (f.ty, &f.init));
    let mut lists =
        states.chain(fields).filter(|(ty, _)| matches!(program.types.get(*ty), Type::List { .. })).peekable();
    lists.peek().is_some()
        && lists.all(|(_, init)| match init {
            Init::Default => true,
            Init::Value(e) => matches!(&e.kind, ExprKind::List(items) if items.is_empty()),
            Init::Any { .. } => false,
        })
}

/// `for x in S { if len(view of x) > len(agreed) { agreed := view of x } }`, with a local of its own.
fn update_agreed(program: &mut Program, agreed: StateId, value: &Expr, binder: &Binder) -> Stmt {
    let span = value.span;
    let local = build::fresh(program, binder.local);
    let target = build::local(program, local, span);
    let view = value.with_local(binder.local, &target);
    let so_far = Expr { kind: ExprKind::State(agreed), ty: value.ty, span };
    let (longer, length) = (build::length(program, view.clone()), build::length(program, so_far));
    let condition = build::binary(program, BinaryOp::Greater, longer, length);
    let place = Place { root: PlaceRoot::State(agreed), path: Vec::new(), ty: value.ty, span };
    let assign = Stmt { kind: StmtKind::Assign { place, value: view }, span };
    let check = Stmt { kind: StmtKind::If { condition, then: vec![assign], otherwise: Vec::new() }, span };
    let binder = build::renamed(program, binder, local);
    Stmt { kind: StmtKind::For { binder, body: vec![check] }, span }
}

// ---- append ----

fn append(program: &mut Program, member: &mut Member, order: &Order, agreed: Option<Agreed>) {
    let comparable = "any two views are comparable (one is a prefix of the other)";
    let rewrites = "no step rewrites an agreed prefix";
    let Some(Views { value, binder, span }) = &order.views else {
        member.unchecked(comparable, VIEWS);
        member.unchecked(rewrites, VIEWS);
        return;
    };
    if !matches!(program.types.get(value.ty), Type::List { .. }) {
        member.unchecked(comparable, "`views` is not a list: give the list of what has been appended");
        return;
    }
    let shown = build::length(program, value.clone());
    let zero = build::int(program, 0, *span);
    let shown = build::binary(program, BinaryOp::Greater, shown, zero);
    let outer = binder.as_slice();
    let probe = probes::happens(program, outer, shown, "every view was always empty");
    let (Some(binder), Some(agreed)) = (binder, agreed) else {
        let mut kept = build::builtin(program, Builtin::IsPrefix, build::old(value.clone()), value.clone());
        kept.span = *span;
        member.add(rewrites, *span, PropertyKind::Step(kept)).probes.push(probe);
        return;
    };
    let other = build::fresh(program, binder.local);
    let others = build::renamed(program, binder, other);
    let y = build::local(program, other, *span);
    let pair =
        build::builtin(program, Builtin::Comparable, value.clone(), value.with_local(binder.local, &y));
    let pair = build::all(program, Some(&others), pair);
    let pairs = build::all(program, Some(binder), pair);
    member.add(comparable, *span, PropertyKind::State(pairs)).probes.push(probe);

    let before = build::old(Expr { kind: ExprKind::State(agreed.longest), ty: value.ty, span: *span });
    let mut kept = build::builtin(program, Builtin::Comparable, value.clone(), before);
    if agreed.from_the_start {
        let (others, theirs) = views_before(program, value, binder);
        let each = build::builtin(program, Builtin::Comparable, value.clone(), theirs);
        let each = build::all(program, Some(&others), each);
        kept = build::and(program, kept, each);
    }
    let kept = build::all(program, Some(binder), kept);
    member.add(rewrites, *span, PropertyKind::Step(kept));
}

// ---- leader ----

fn leader(program: &mut Program, member: &mut Member, order: &Order, agreed: Option<Agreed>) {
    let scope = order.scope.as_ref().map(|s| format!(" per {s}")).unwrap_or_default();
    let Some(by) = &order.by else {
        let missing = "add `by x in S where P`, the writers that are entitled to append";
        member.unchecked(&format!("at most one entitled writer{scope} at a time"), missing);
        member.unchecked("nothing is appended by anyone else", missing);
        return;
    };
    let probe = probes::someone(program, &[], by, "nobody was ever entitled to write");
    let local_epoch = order.epoch.as_ref().filter(|e| mentions_local(e, by));
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
    appended_by_others(program, member, order, by, agreed);
}

fn mentions_local(e: &Expr, binder: &Binder) -> bool {
    let mut found = false;
    e.walk(&mut |part| found |= matches!(part.kind, ExprKind::Local(l) if l == binder.local));
    found
}

/// Nothing is appended by anyone else.
fn appended_by_others(
    program: &mut Program,
    member: &mut Member,
    order: &Order,
    by: &Binder,
    agreed: Option<Agreed>,
) {
    let words = "nothing is appended by anyone else";
    let writer = program.locals[by.local.index()].ty;
    match &order.views {
        None => {
            member.unchecked(words, VIEWS);
        }
        Some(views) if !matches!(program.types.get(views.value.ty), Type::List { .. }) => {
            member.unchecked(words, "`views` is not a list: give the list of what has been appended");
        }
        Some(Views { value, binder: Some(binder), span }) => {
            if program.locals[binder.local.index()].ty != writer {
                let missing = "`by` and `views` range over different kinds, so a view does not tell who appended: \
                               give the views of the writers themselves";
                member.unchecked(words, missing);
            } else if let Some(agreed) = agreed {
                let e = extended_by_entitled(program, value, binder, by, agreed, *span);
                member.add(words, *span, PropertyKind::Step(e));
            }
        }
        Some(Views { value, binder: None, span }) => {
            let each = single_view_writers(program, value, by, *span);
            member.add(words, *span, PropertyKind::StepOf(each));
        }
    }
}

/// A view that is longer than all that was agreed belongs to an entitled writer (before or after the step), or is one
/// that an entitled writer has as well.
fn extended_by_entitled(
    program: &mut Program,
    value: &Expr,
    binder: &Binder,
    by: &Binder,
    agreed: Agreed,
    span: Span,
) -> Expr {
    let before = build::old(Expr { kind: ExprKind::State(agreed.longest), ty: value.ty, span });
    let before = build::length(program, before);
    let view = build::length(program, value.clone());
    let mut longer = build::binary(program, BinaryOp::Greater, view.clone(), before);
    if agreed.from_the_start {
        let (others, theirs) = views_before(program, value, binder);
        let theirs = build::length(program, theirs);
        let each = build::binary(program, BinaryOp::Greater, view.clone(), theirs);
        let each = build::all(program, Some(&others), each);
        longer = build::and(program, longer, each);
    }

    let writer = build::fresh(program, binder.local);
    let z = build::local(program, writer, span);
    let writers = build::renamed(program, binder, writer);
    let entitled = entitled(program, by, &z);
    let writers = build::narrowed(program, &writers, entitled);
    let theirs = build::length(program, value.with_local(binder.local, &z));
    let reaches = build::binary(program, BinaryOp::GreaterEqual, theirs, view);
    let some = build::some(program, Some(&writers), reaches);
    let e = build::implies(program, longer, some);
    build::all(program, Some(binder), e)
}

/// The views as they were before the step: a binder over another local, and the view of its element.
fn views_before(program: &mut Program, value: &Expr, binder: &Binder) -> (Binder, Expr) {
    let other = build::fresh(program, binder.local);
    let others = build::renamed(program, binder, other);
    let y = build::local(program, other, value.span);
    let before = Binder {
        set: Box::new(build::old((*others.set).clone())),
        filter: others.filter.map(|f| Box::new(build::old(*f))),
        ..others
    };
    (before, build::old(value.with_local(binder.local, &y)))
}

/// `who` satisfies `by` before or after the step.
fn entitled(program: &mut Program, by: &Binder, who: &Expr) -> Expr {
    let mut now = match &by.filter {
        Some(filter) => filter.with_local(by.local, who),
        None => build::truth(program, by.span),
    };
    if !build::is_constant(program, &by.set) {
        let inside = build::binary(program, BinaryOp::In, who.clone(), (*by.set).clone());
        now = build::and(program, inside, now);
    }
    build::or(program, build::old(now.clone()), now)
}

/// One view for all: an action at an entitled writer may make it longer, any other may not.
fn single_view_writers(
    program: &mut Program,
    value: &Expr,
    by: &Binder,
    span: Span,
) -> Vec<(ActionId, Expr)> {
    let writer = program.locals[by.local.index()].ty;
    let reads = Mentions::of(program, value);
    let mut each = Vec::new();
    for action in 0..program.actions.len() {
        if !Mentions::written(&program.actions[action].body).overlap(&reads) {
            continue;
        }
        let (now, before) =
            (build::length(program, value.clone()), build::length(program, build::old(value.clone())));
        let at = program.actions[action].at.filter(|at| program.locals[at.index()].ty == writer);
        let e = match at {
            Some(at) => {
                let longer = build::binary(program, BinaryOp::Greater, now, before);
                let who = build::local(program, at, span);
                let entitled = entitled(program, by, &who);
                build::implies(program, longer, entitled)
            }
            None => build::binary(program, BinaryOp::LessEqual, now, before),
        };
        each.push((ActionId(action as u32), e));
    }
    each
}

// ---- compare_and_set, versioned ----

/// The value and version of an order, with the binder that they are in the scope of.
struct Versioned {
    value: Expr,
    version: Expr,
    binder: Option<Binder>,
}

fn value_and_version(order: &Order) -> Result<Versioned, &'static str> {
    let value = order.value.clone().or(order.views.as_ref().map(|v| v.value.clone()));
    let binder = order.views.as_ref().and_then(|v| v.binder.clone());
    match (value, order.version.clone()) {
        (None, None) => Err("add `value EXPR` and `version EXPR`"),
        (None, _) => Err("add `value EXPR`, what is ordered"),
        (_, None) => Err("add `version EXPR`, what moves with every change"),
        (Some(value), Some(version)) => Ok(Versioned { value, version, binder }),
    }
}

impl Versioned {
    fn changed(&self, program: &mut Program) -> Expr {
        build::differs(program, build::old(self.value.clone()), self.value.clone())
    }

    /// Over everything that was in the binder before and after the step.
    fn each_step(&self, program: &mut Program, e: Expr) -> Expr {
        let binder = self.binder.as_ref().map(|b| build::through_step(program, b));
        build::all(program, binder.as_ref(), e)
    }

    fn change_probe(&self, program: &mut Program) -> crate::obligations::property::Probe {
        let changed = self.changed(program);
        let binder: Vec<Binder> = self.binder.iter().map(|b| build::through_step(program, b)).collect();
        probes::happens(program, &binder, changed, "the value never changed")
    }
}

fn compare_and_set(program: &mut Program, member: &mut Member, order: &Order) {
    let current = "the value changes only in steps whose expected version was the current one";
    let moves = "each change of the value moves the version";
    let versioned = match value_and_version(order) {
        Ok(versioned) => versioned,
        Err(missing) => {
            member.unchecked(current, missing);
            member.unchecked(moves, missing);
            return;
        }
    };
    if order.writes.is_empty() {
        member.unchecked(current, "add `write ACTION expects EXPR` for each action that changes the value");
    } else {
        expected_was_current(program, member, order, &versioned, current);
        only_these_write(program, member, order, &versioned);
    }
    let changed = versioned.changed(program);
    let moved = build::differs(program, build::old(versioned.version.clone()), versioned.version.clone());
    let e = build::implies(program, changed, moved);
    let e = versioned.each_step(program, e);
    let probe = versioned.change_probe(program);
    let span = versioned.version.span;
    member.add(moves, span, PropertyKind::Step(e)).probes.push(probe);
}

fn expected_was_current(
    program: &mut Program,
    member: &mut Member,
    order: &Order,
    versioned: &Versioned,
    words: &str,
) {
    let mut each = Vec::new();
    let mut taken = Vec::new();
    let mut span = member.header.span;
    for write in &order.writes {
        span = write.span;
        for (action, expected) in write.actions.iter().zip(&write.values) {
            let changed = versioned.changed(program);
            let (expected, current) = (build::old(expected.clone()), build::old(versioned.version.clone()));
            let matches = build::equal(program, expected, current);
            let e = build::implies(program, changed, matches);
            each.push((*action, versioned.each_step(program, e)));
            taken.push(*action);
        }
    }
    let probe = taken_probe(program, taken, span);
    member.add(words, span, PropertyKind::StepOf(each)).probes.push(probe);
}

/// Actions that may change the value and are not among the declared writes must not.
fn only_these_write(program: &mut Program, member: &mut Member, order: &Order, versioned: &Versioned) {
    let reads = Mentions::of(program, &versioned.value);
    let mut each = Vec::new();
    for index in 0..program.actions.len() {
        let action = ActionId(index as u32);
        let declared = order.writes.iter().any(|w| w.actions.contains(&action));
        if declared || !Mentions::written(&program.actions[index].body).overlap(&reads) {
            continue;
        }
        let same = build::equal(program, build::old(versioned.value.clone()), versioned.value.clone());
        each.push((action, versioned.each_step(program, same)));
    }
    if !each.is_empty() {
        let words = "no action without an expected version changes the value";
        member.add(words, versioned.value.span, PropertyKind::StepOf(each));
    }
}

fn versioned(program: &mut Program, member: &mut Member, order: &Order) {
    let greater = "a changed value has a greater version";
    let equal = "equal versions mean equal values in every view";
    let versioned = match value_and_version(order) {
        Ok(versioned) => versioned,
        Err(missing) => {
            member.unchecked(greater, missing);
            member.unchecked(equal, missing);
            return;
        }
    };
    let Versioned { value, version, binder } = &versioned;
    match build::less(program, build::old(version.clone()), version.clone()) {
        None => {
            member.unchecked(greater, "versions of this type have no order: use a number");
        }
        Some(newer) => {
            let changed = versioned.changed(program);
            let e = build::implies(program, changed, newer);
            let e = versioned.each_step(program, e);
            let probe = versioned.change_probe(program);
            member.add(greater, version.span, PropertyKind::Step(e)).probes.push(probe);
        }
    }
    // One view has nothing to differ from.
    let Some(binder) = binder else { return };
    let other = build::fresh(program, binder.local);
    let others = build::renamed(program, binder, other);
    let y = build::local(program, other, value.span);
    let versions = build::equal(program, version.clone(), version.with_local(binder.local, &y));
    let values = build::equal(program, value.clone(), value.with_local(binder.local, &y));
    let e = build::implies(program, versions, values);
    let e = build::all(program, Some(&others), e);
    let e = build::all(program, Some(binder), e);
    member.add(equal, value.span, PropertyKind::State(e));
}

/// These actions must be taken at some time.
pub fn taken_probe(
    program: &Program,
    actions: Vec<ActionId>,
    span: Span,
) -> crate::obligations::property::Probe {
    let mut names: Vec<&str> = actions.iter().map(|a| program.actions[a.index()].name.as_str()).collect();
    names.dedup();
    let words = match names.as_slice() {
        [one] => format!("`{one}` never happened"),
        _ => format!(
            "none of {} ever happened",
            names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    crate::obligations::property::Probe { condition: ProbeCondition::Taken(actions), words, span }
}
