//! Obligations of invariants: each form of section 4 of the language as a property.
//!
//! Enters: the forms of one invariant, a conjunction. Leaves: one property for each form; `for x in S:` around a form
//! becomes a quantifier, and around a liveness form one property for each value of x.

use super::{Made, Member, build, probes};
use crate::analysis::literal;
use crate::analysis::program::{BinaryOp, Binder, Expr, ExprKind, Form, FormKind, Program, Type, TypeId};
use crate::concepts::{EVERY_STATE, EVERY_STEP, InvariantType};
use crate::obligations::property::{Clients, Probe, PropertyKind};
use crate::span::Span;
use crate::syntax::tree::Quantity;

mod strictly;
mod taken;

/// No more than this many properties come from one liveness form under `for`.
const INSTANCES: usize = 64;

pub(super) fn invariant(program: &mut Program, index: usize, made: &mut Made<'_>) {
    let invariant = program.invariants[index].clone();
    let only_stated = invariant.forms.is_empty();
    let ty = invariant.types().next().unwrap_or(InvariantType::Safety);
    let mut member = Member::new(invariant.header, index, only_stated, made);
    if only_stated {
        member.unchecked("what the sentence says", &format!("add a body, such as `{}`", example(ty)));
    }
    for form in &invariant.forms {
        let mut outer = Vec::new();
        property(program, &mut member, &mut outer, Clients::GoOn, form);
    }
}

/// The form to write for a type, of an invariant that has no body.
fn example(ty: InvariantType) -> &'static str {
    match ty {
        InvariantType::Safety => "all x in S: P",
        InvariantType::Cardinality => "at most 1 x in S where P",
        InvariantType::Monotonicity => "monotonic e for x in S",
        InvariantType::Uniqueness => "unique e for x in S",
        InvariantType::Ownership => "each x in S has at most one owner o in O where P",
        InvariantType::Convergence => "always eventually P",
    }
}

fn property(
    program: &mut Program,
    member: &mut Member,
    outer: &mut Vec<Binder>,
    clients: Clients,
    form: &Form,
) {
    let span = form.span;
    match &form.kind {
        FormKind::For(binder, inner) => {
            outer.push(binder.clone());
            property(program, member, outer, clients, inner);
            outer.pop();
        }
        FormKind::Cardinality { quantity, number, binder } => {
            cardinality(program, member, outer, *quantity, number, binder, span);
        }
        FormKind::Monotonic { value, strictly, binder } => {
            let inner = [outer.as_slice(), binder.as_slice()].concat();
            monotonic(program, member, &inner, value, span);
            if let Some(strictly) = strictly {
                self::strictly::raises(program, member, &inner, value, strictly, span);
            }
        }
        FormKind::Unique { value, binder } => unique(program, member, outer, value, binder, span),
        FormKind::Ownership { each, owner, takes } => {
            ownership(program, member, outer, each, owner, span);
            self::taken::by_owner(program, member, outer, each, owner, takes);
        }
        FormKind::Immutable { value, binder } => {
            let inner = [outer.as_slice(), binder.as_slice()].concat();
            immutable(program, member, &inner, value, span);
        }
        FormKind::Always(e) => always(program, member, outer, e, span),
        FormKind::Stable(e) => stable(program, member, outer, e, span),
        FormKind::OnceClientsStop(inner) => property(program, member, outer, Clients::Stop, inner),
        FormKind::Eventually(_)
        | FormKind::AlwaysEventually(_)
        | FormKind::EventuallyAlways(_)
        | FormKind::LeadsTo(..) => lasting(program, member, outer, clients, form),
    }
}

/// A form that is judged on runs without end.
fn lasting(program: &mut Program, member: &mut Member, outer: &[Binder], clients: Clients, form: &Form) {
    let words = |what: &str| match clients {
        Clients::GoOn => format!("{what}, on every fair run"),
        Clients::Stop => format!("once clients and faults stop: {what}, on every fair run"),
    };
    let span = form.span;
    let mut add = |what: &str, kind: &dyn Fn(&mut Program, Substitute) -> PropertyKind| {
        liveness(program, member, outer, &words(what), span, kind);
    };
    match (&form.kind, clients) {
        (FormKind::Eventually(e), Clients::GoOn) => {
            add("at some time", &|_, with| PropertyKind::Eventually(with(e)));
        }
        // From every reachable state on: so again and again.
        (FormKind::Eventually(e), Clients::Stop) => {
            add("at some time", &|program, with| {
                PropertyKind::LeadsTo(build::truth(program, span), with(e), clients)
            });
        }
        (FormKind::AlwaysEventually(e), _) => {
            add("again and again", &|program, with| {
                PropertyKind::LeadsTo(build::truth(program, span), with(e), clients)
            });
        }
        (FormKind::EventuallyAlways(e), _) => {
            add("at some time, and from then on for ever", &|_, with| {
                PropertyKind::Converges(with(e), clients)
            });
        }
        (FormKind::LeadsTo(p, q), _) => {
            add("the first leads to the second", &|_, with| PropertyKind::LeadsTo(with(p), with(q), clients));
        }
        (
            FormKind::For(..)
            | FormKind::Cardinality { .. }
            | FormKind::Monotonic { .. }
            | FormKind::Unique { .. }
            | FormKind::Ownership { .. }
            | FormKind::Immutable { .. }
            | FormKind::OnceClientsStop(_)
            | FormKind::Stable(_)
            | FormKind::Always(_),
            _,
        ) => {}
    }
}

/// Wraps `e` in the quantifiers of `outer`.
fn quantified(program: &mut Program, outer: &[Binder], e: Expr) -> Expr {
    outer.iter().rev().fold(e, |e, binder| build::all(program, Some(binder), e))
}

/// The same with every binder restricted to what was in it before and after the step.
fn through_step(program: &mut Program, outer: &[Binder]) -> Vec<Binder> {
    outer.iter().map(|binder| build::through_step(program, binder)).collect()
}

fn cardinality(
    program: &mut Program,
    member: &mut Member,
    outer: &[Binder],
    quantity: Quantity,
    number: &Expr,
    binder: &Binder,
    span: Span,
) {
    let (op, words) = match quantity {
        Quantity::AtMost => (BinaryOp::LessEqual, "at most"),
        Quantity::AtLeast => (BinaryOp::GreaterEqual, "at least"),
        Quantity::Exactly => (BinaryOp::Equal, "exactly"),
    };
    let count = build::count(program, binder);
    let mut e = build::binary(program, op, count, number.clone());
    e.span = span;
    let e = quantified(program, outer, e);
    let words = match number.kind {
        ExprKind::Int(n) => format!("{words} {n} in every state"),
        _ => format!("{words} that many in every state"),
    };
    let mut found = outer_probes(program, outer);
    if quantity == Quantity::AtMost {
        let counted = counted(program, number, binder);
        let words = "nothing ever met the condition, so nothing was counted";
        found.push(probes::happens(program, outer, counted, words));
    }
    member.add(words, span, PropertyKind::State(e)).probes = found;
}

/// What `at most` that many says something of: that there is one to count. At most none is exactly none, which says
/// that there is nothing.
fn counted(program: &mut Program, number: &Expr, binder: &Binder) -> Expr {
    let yes = build::truth(program, binder.span);
    let someone = build::some(program, Some(binder), yes);
    if !build::is_constant(program, number) {
        return someone;
    }
    let zero = build::int(program, 0, number.span);
    let none = build::equal(program, number.clone(), zero);
    build::or(program, none, someone)
}

fn monotonic(program: &mut Program, member: &mut Member, outer: &[Binder], value: &Expr, span: Span) {
    let words = "never decreases from one step to the next";
    let Some(mut e) = build::at_most(program, build::old(value.clone()), value.clone()) else {
        member.unchecked(
            words,
            "values of this type have no order: `monotonic` needs a number, a set or a list",
        );
        return;
    };
    e.span = span;
    let outer = through_step(program, outer);
    let changed = build::differs(program, build::old(value.clone()), value.clone());
    let probe = probes::happens(program, &outer, changed, "it never changed");
    let e = quantified(program, &outer, e);
    member.add(words, span, PropertyKind::Step(e)).probes.push(probe);
}

fn immutable(program: &mut Program, member: &mut Member, outer: &[Binder], value: &Expr, span: Span) {
    let mut e = build::equal(program, build::old(value.clone()), value.clone());
    e.span = span;
    let found = outer_probes(program, outer);
    let outer = through_step(program, outer);
    let e = quantified(program, &outer, e);
    member.add("no step changes it", span, PropertyKind::Step(e)).probes = found;
}

fn unique(
    program: &mut Program,
    member: &mut Member,
    outer: &[Binder],
    value: &Expr,
    binder: &Binder,
    span: Span,
) {
    let other = build::fresh(program, binder.local);
    let others = build::renamed(program, binder, other);
    let (x, y) = (build::local(program, binder.local, span), build::local(program, other, span));
    let same = build::equal(program, value.clone(), value.with_local(binder.local, &y));
    let itself = build::equal(program, x.clone(), y.clone());
    let e = build::implies(program, same, itself);
    let e = build::all(program, Some(&others), e);
    let mut e = build::all(program, Some(binder), e);
    e.span = span;
    let e = quantified(program, outer, e);
    let two = build::differs(program, x, y);
    let two = build::some(program, Some(&others), two);
    let two = build::some(program, Some(binder), two);
    let mut found = outer_probes(program, outer);
    found.push(probes::happens(program, outer, two, "there were never two to compare"));
    member.add("no two have the same in any state", span, PropertyKind::State(e)).probes = found;
}

fn ownership(
    program: &mut Program,
    member: &mut Member,
    outer: &[Binder],
    each: &Binder,
    owner: &Binder,
    span: Span,
) {
    let count = build::count(program, owner);
    let one = build::int(program, 1, span);
    let mut e = build::binary(program, BinaryOp::LessEqual, count, one);
    e.span = span;
    let outer = [outer, std::slice::from_ref(each)].concat();
    let mut found = outer_probes(program, &outer);
    found.push(probes::someone(program, &outer, owner, "nothing ever had an owner"));
    let e = quantified(program, &outer, e);
    member.add("each has at most one owner in every state", span, PropertyKind::State(e)).probes = found;
}

fn always(program: &mut Program, member: &mut Member, outer: &[Binder], e: &Expr, span: Span) {
    let found = probes::probes(program, outer, e);
    let mut e = quantified(program, outer, e.clone());
    e.span = span;
    let kind = PropertyKind::always(program, e);
    let words = if matches!(kind, PropertyKind::Step(_)) { EVERY_STEP } else { EVERY_STATE };
    member.add(words, span, kind).probes = found;
}

fn stable(program: &mut Program, member: &mut Member, outer: &[Binder], e: &Expr, span: Span) {
    let mut found = outer_probes(program, outer);
    found.push(probes::happens(program, outer, e.clone(), "it was never true"));
    let outer = through_step(program, outer);
    let mut step = build::implies(program, build::old(e.clone()), e.clone());
    step.span = span;
    let step = quantified(program, &outer, step);
    member.add("once true, it stays true", span, PropertyKind::Step(step)).probes = found;
}

/// The sets of `for` must not always be empty.
fn outer_probes(program: &mut Program, outer: &[Binder]) -> Vec<Probe> {
    let yes = build::truth(program, Span::default());
    probes::probes(program, outer, &yes)
}

type Substitute<'a> = &'a dyn Fn(&Expr) -> Expr;

/// A liveness form: one property for each way to choose the values of `outer`, since "for each x, at some time" is not
/// "at some time, for each x".
fn liveness(
    program: &mut Program,
    member: &mut Member,
    outer: &[Binder],
    words: &str,
    span: Span,
    kind: &dyn Fn(&mut Program, Substitute) -> PropertyKind,
) {
    let Some(instances) = instances(program, outer, span) else {
        member.unchecked(words, "`for` around it ranges over more values than are tried one by one: use nodes, enums or small ranges");
        return;
    };
    let mut asked = false;
    for values in instances {
        let with =
            |e: &Expr| values.iter().fold(e.clone(), |e, (binder, value)| e.with_local(binder.local, value));
        let Some(guard) = inside(program, &values, &with) else { continue };
        asked = true;
        let mut words = words.to_string();
        if let Some(named) = named(program, &values) {
            words = format!("{words} ({named})");
        }
        let (kind, within) = (kind(program, &with), guard.clone());
        let goal = if let PropertyKind::LeadsTo(_, goal, _)
        | PropertyKind::Converges(goal, _)
        | PropertyKind::Eventually(goal) = &kind
        {
            Some(goal.clone())
        } else {
            None
        };
        let kind = match (kind, guard) {
            (kind, None) => kind,
            (PropertyKind::LeadsTo(p, q, clients), Some(g)) => {
                let p = build::and(program, g.clone(), p);
                PropertyKind::LeadsTo(p, build::implies(program, g, q), clients)
            }
            (PropertyKind::Converges(q, clients), Some(g)) => {
                PropertyKind::Converges(build::implies(program, g, q), clients)
            }
            (PropertyKind::Eventually(q), Some(g)) => PropertyKind::Eventually(build::implies(program, g, q)),
            (kind, Some(_)) => kind,
        };
        let mut found = outer_probes(program, outer);
        found.extend(put_to_the_test(program, &kind, goal, within));
        member.add(words, span, kind).probes = found;
    }
    if !asked {
        let nobody = PropertyKind::State(build::truth(program, span));
        member.add(words, span, nobody).probes = outer_probes(program, outer);
    }
}

/// What must come up for a form to say anything. `goal`: what comes, where the form asks for it `within` a condition.
fn put_to_the_test(
    program: &mut Program,
    kind: &PropertyKind,
    goal: Option<Expr>,
    within: Option<Expr>,
) -> Vec<Probe> {
    // What comes some time may be an `implies`, which is true as long as its left side never comes.
    let goals = goal.into_iter().flat_map(|goal| probes::probes_where(program, within.clone(), &goal));
    let mut found: Vec<Probe> = goals.collect();
    let plain = found.is_empty();
    let mut more = |program: &mut Program, condition: Expr, words: &str| {
        found.push(probes::happens(program, &[], condition, words));
    };
    if let PropertyKind::LeadsTo(p, q, _) = kind
        && !matches!(p.kind, ExprKind::Bool(true))
    {
        more(program, p.clone(), "the first was never true, so nothing had to follow");
        if plain {
            let short = build::not(program, q.clone());
            let owed = build::and(program, p.clone(), short);
            more(program, owed, "the second was true whenever the first was, so nothing had to follow");
        }
    }
    // `always eventually P` is what anything leads to.
    if let (
        PropertyKind::Converges(goal, _)
        | PropertyKind::LeadsTo(Expr { kind: ExprKind::Bool(true), .. }, goal, _),
        true,
    ) = (kind, plain)
    {
        let short = build::not(program, goal.clone());
        more(program, short, "it was true all the time, so nothing had to come");
    }
    found
}

/// When these values are in their sets, as far as that is not known: a value that is not in its set at some time makes the
/// condition false then, and the response true. `None`: they never are.
fn inside(program: &mut Program, values: &[(&Binder, Expr)], with: Substitute<'_>) -> Option<Option<Expr>> {
    let mut guard: Option<Expr> = None;
    for (binder, value) in values {
        let mut inside = Vec::new();
        if !matches!(binder.set.kind, ExprKind::TypeSet(_)) {
            inside.push(build::binary(program, BinaryOp::In, value.clone(), with(&binder.set)));
        }
        inside.extend(binder.filter.iter().map(|f| with(f)));
        for e in inside {
            match literal::truth(program, &e) {
                Some(true) => {}
                Some(false) => return None,
                None => {
                    guard = Some(match guard {
                        None => e,
                        Some(g) => build::and(program, g, e),
                    });
                }
            }
        }
    }
    Some(guard)
}

/// `b = broker1, e = 2`
fn named(program: &Program, values: &[(&Binder, Expr)]) -> Option<String> {
    let words: Vec<String> = values
        .iter()
        .map(|(binder, value)| {
            format!("{} = {}", program.locals[binder.local.index()].name, constant_words(program, value))
        })
        .collect();
    if words.is_empty() { None } else { Some(words.join(", ")) }
}

fn constant_words(program: &Program, value: &Expr) -> String {
    match (&value.kind, program.types.get(value.ty)) {
        (ExprKind::Member(i), Type::Enum(id)) => program.enums[id.index()].variants[*i as usize].clone(),
        (ExprKind::Member(i), Type::Node(id)) => program.nodes[id.index()].member(*i),
        (ExprKind::Int(n), _) => n.to_string(),
        (ExprKind::Bool(b), _) => b.to_string(),
        _ => "none".to_string(),
    }
}

/// Every way to give the locals of `outer` values of their types; `None` where there are too many.
fn instances<'b>(
    program: &mut Program,
    outer: &'b [Binder],
    span: Span,
) -> Option<Vec<Vec<(&'b Binder, Expr)>>> {
    let mut ways: Vec<Vec<(&Binder, Expr)>> = vec![Vec::new()];
    for binder in outer {
        let values = values(program, program.locals[binder.local.index()].ty, span)?;
        let mut more = Vec::new();
        for way in &ways {
            for value in &values {
                let mut next = way.clone();
                next.push((binder, value.clone()));
                more.push(next);
            }
        }
        if more.len() > INSTANCES {
            return None;
        }
        ways = more;
    }
    Some(ways)
}

/// All values of a simple type as constants.
fn values(program: &Program, ty: TypeId, span: Span) -> Option<Vec<Expr>> {
    let constant = |kind| Expr { kind, ty, span };
    let members = |n: usize| (0..n as u32).map(|i| constant(ExprKind::Member(i))).collect();
    match program.types.get(ty) {
        Type::Bool => Some(vec![constant(ExprKind::Bool(false)), constant(ExprKind::Bool(true))]),
        Type::Int { lo, hi } if hi - lo < INSTANCES as i64 => {
            Some((*lo..=*hi).map(|n| constant(ExprKind::Int(n))).collect())
        }
        Type::Enum(id) => Some(members(program.enums[id.index()].variants.len())),
        Type::Node(id) => Some(members(program.nodes[id.index()].count as usize)),
        _ => None,
    }
}
