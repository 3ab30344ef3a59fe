//! Obligations of orders: `append`, `leader`, `compare_and_set`, `versioned`.
//!
//! Enters: the clauses of one order. Leaves: one or more properties for each of its types.
//!
//! *Agreed* is what some view has shown. A view may shrink (a crash forgets a high watermark), and what it showed stays
//! agreed; so a ghost `agreed ORDER` remembers the longest that any view has had, and it is what may not be rewritten.
//! This is the history variable of Abadi and Lamport, The Existence of Refinement Mappings (1991).

use super::{Made, Member, build, monitor};
use crate::analysis::program::{
    ActionId, BinaryOp, Binder, Builtin, Expr, ExprKind, Init, Order, Place, PlaceRoot, Program, State,
    StateId, Stmt, StmtKind, Type, TypeId, Views,
};
use crate::analysis::walk::Mentions;
use crate::concepts::OrderType;
use crate::obligations::property::{Probe, ProbeCondition, PropertyKind};
use crate::span::Span;

mod append;
mod compare_and_set;
mod leader;
mod versioned;

pub(super) fn order(program: &mut Program, index: usize, made: &mut Made<'_>) {
    let order = program.orders[index].clone();
    let only_stated = order.by.is_none()
        && order.views.is_none()
        && order.value.is_none()
        && order.version.is_none()
        && order.writes.is_empty();
    let mut member = Member::new(order.header.clone(), index, only_stated, made);
    let agreed = Agreed::remember(program, &order);
    for ty in order.types() {
        match ty {
            OrderType::Append => append::append(program, &mut member, &order, agreed.as_ref()),
            OrderType::Leader => leader::leader(program, &mut member, &order, agreed.as_ref()),
            OrderType::CompareAndSet => compare_and_set::compare_and_set(program, &mut member, &order),
            OrderType::Versioned => versioned::versioned(program, &mut member, &order),
        }
    }
}

const VIEWS: &str = "add `views EXPR for x in S`, the agreed part as each participant sees it";
const NO_LIST: &str = "`views` is not a list: give the list of what has been appended";

/// Views that are lists, and what of them was agreed.
struct Agreed {
    views: Views,
    /// Of other kinds of participants.
    more: Vec<Views>,
    /// The ghost that holds the longest view so far.
    longest: StateId,
    /// Its type, that of the longest views.
    ty: TypeId,
}

impl Agreed {
    /// Adds a ghost that holds the longest view so far, initial ones included. `None`: views are not lists, or no type
    /// needs it.
    fn remember(program: &mut Program, order: &Order) -> Option<Agreed> {
        let views = order.views.clone()?;
        let more: Vec<Views> = order.more.iter().map(|more| more.views.clone()).collect();
        let needed = order.types().any(|ty| matches!(ty, OrderType::Append | OrderType::Leader));
        let types = std::iter::once(&views).chain(&more).map(|views| views.value.ty);
        let ty = types.reduce(|a, b| program.types.join(a, b, true).unwrap_or(a))?;
        if !needed || !matches!(program.types.get(ty), Type::List { .. }) {
            return None;
        }
        let longest = StateId(program.states.len() as u32);
        program.states.push(State {
            name: format!("agreed {}", order.header.name),
            ty,
            ghost: true,
            time: None,
            init: Init::Default,
            docs: Some(format!("The longest view of {} so far.", order.header.name)),
            span: views.span,
        });
        let agreed = Agreed { views, more, longest, ty };
        for action in agreed.changers(program) {
            let update = agreed.update(program);
            program.actions[action.index()].body.extend(update);
        }
        let update = agreed.update(program);
        program.initially.extend(update.iter().cloned());
        let reads = agreed.reads(program);
        monitor::behind_faults(program, &reads, &update);
        Some(agreed)
    }

    /// Of each kind of participant.
    fn each(&self) -> impl Iterator<Item = &Views> {
        std::iter::once(&self.views).chain(&self.more)
    }

    /// What views read, and who is among them.
    fn reads(&self, program: &Program) -> Mentions {
        let mut reads = Mentions::default();
        for Views { value, binder, .. } in self.each() {
            reads.read(program, value);
            binder.iter().for_each(|binder| binder.parts(&mut |part| reads.read(program, part)));
        }
        reads
    }

    /// The actions that may change a view.
    fn changers(&self, program: &Program) -> Vec<ActionId> {
        let reads = self.reads(program);
        changers(program, &reads)
    }

    fn so_far(&self) -> Expr {
        Expr { kind: ExprKind::State(self.longest), ty: self.ty, span: self.views.span }
    }

    /// A view is longer than all that was agreed before the step.
    fn longer(&self, program: &mut Program, view: &Expr) -> Expr {
        let before = build::length(program, build::old(self.so_far()));
        let now = build::length(program, view.clone());
        build::binary(program, BinaryOp::Greater, now, before)
    }

    /// The longest view, after the step, is not as long as a view can be.
    fn may_grow(&self, program: &mut Program) -> Expr {
        let span = self.views.span;
        let most = match program.types.get(self.ty) {
            Type::List { max, .. } => i64::from(*max),
            _ => i64::from(u32::MAX),
        };
        let (length, most) = (build::length(program, self.so_far()), build::int(program, most, span));
        build::binary(program, BinaryOp::Less, length, most)
    }

    /// Some view is longer than all that was agreed before the step.
    fn lengthened(&self, program: &mut Program) -> Expr {
        let each = self.each().map(|views| {
            let (binder, value) = others(program, views);
            let longer = self.longer(program, &value);
            build::some(program, binder.as_ref(), longer)
        });
        let each: Vec<Expr> = each.collect();
        each.into_iter().reduce(|a, b| build::or(program, a, b)).expect("there is a view")
    }

    /// Of each kind of participant.
    fn update(&self, program: &mut Program) -> Vec<Stmt> {
        self.each().map(|views| self.update_by(program, views)).collect()
    }

    /// `for x in S { if len(view of x) > len(agreed) { agreed := view of x } }`, with a local of its own.
    fn update_by(&self, program: &mut Program, Views { value, binder, .. }: &Views) -> Stmt {
        let span = value.span;
        let local = binder.as_ref().map(|b| (b, build::fresh(program, b.local)));
        let view = match local {
            Some((binder, local)) => value.with_local(binder.local, &build::local(program, local, span)),
            None => value.clone(),
        };
        let (now, so_far) = (build::length(program, view.clone()), build::length(program, self.so_far()));
        let condition = build::binary(program, BinaryOp::Greater, now, so_far);
        let place = Place { root: PlaceRoot::State(self.longest), path: Vec::new(), ty: self.ty, span };
        let assign = Stmt { kind: StmtKind::Assign { place, value: view }, span };
        let check =
            Stmt { kind: StmtKind::If { condition, then: vec![assign], otherwise: Vec::new() }, span };
        match local {
            None => check,
            Some((binder, local)) => {
                let binder = build::renamed(program, binder, local);
                Stmt { kind: StmtKind::For { binder, body: vec![check] }, span }
            }
        }
    }

    /// Each view keeps to what was agreed.
    fn kept(&self, program: &mut Program, member: &mut Member) {
        self.comparable(program, member);
        self.not_rewritten(program, member);
        self.not_wiped(program, member);
    }

    fn comparable(&self, program: &mut Program, member: &mut Member) {
        let each: Vec<&Views> = self.each().collect();
        let mut all = Vec::new();
        for (i, one) in each.iter().enumerate() {
            // One alone is comparable with itself.
            let from = if one.binder.is_some() { i } else { i + 1 };
            for two in &each[from..] {
                let (others, theirs) = others(program, two);
                let pair = build::builtin(program, Builtin::Comparable, one.value.clone(), theirs);
                let pair = build::all(program, others.as_ref(), pair);
                all.push(build::all(program, one.binder.as_ref(), pair));
            }
        }
        if let Some(pairs) = all.into_iter().reduce(|a, b| build::and(program, a, b)) {
            member.add(COMPARABLE, self.views.span, PropertyKind::State(pairs));
        }
    }

    fn not_rewritten(&self, program: &mut Program, member: &mut Member) {
        let before = build::old(self.so_far());
        let each = self.each().map(|Views { value, binder, span }| {
            let mut kept = build::builtin(program, Builtin::Comparable, value.clone(), before.clone());
            kept.span = *span;
            build::all(program, binder.as_ref(), kept)
        });
        let each: Vec<Expr> = each.collect();
        let kept = each.into_iter().reduce(|a, b| build::and(program, a, b)).expect("there is a view");
        member.add(REWRITTEN, self.views.span, PropertyKind::Step(kept));
    }

    /// Views may lag, but not all of them may begin to by what somebody does.
    fn not_wiped(&self, program: &mut Program, member: &mut Member) {
        let shorter = |program: &mut Program, views: &Views| {
            let (others, theirs) = others(program, views);
            let before = build::length(program, build::old(theirs.clone()));
            let now = build::length(program, theirs);
            let mut each = build::binary(program, BinaryOp::Less, now, before);
            if let Some(was) = others.as_ref().and_then(|others| build::was_in(program, others)) {
                each = build::and(program, was, each);
            }
            build::all(program, others.as_ref(), each)
        };
        let each: Vec<Expr> = self.each().map(|views| shorter(program, views)).collect();
        let all = each.into_iter().reduce(|a, b| build::and(program, a, b)).expect("there is a view");
        // Where there is anybody.
        let each = self.each().map(|views| build::some(program, views.binder.as_ref(), all.clone()));
        let each: Vec<Expr> = each.collect();
        let wiped = each.into_iter().reduce(|a, b| build::or(program, a, b)).expect("there is a view");
        let kept = build::not(program, wiped);
        let each = self.changers(program).into_iter().map(|action| (action, kept.clone())).collect();
        member.add(WIPED, self.views.span, PropertyKind::StepOf(each));
    }
}

const COMPARABLE: &str = "any two views are comparable (one is a prefix of the other)";
const REWRITTEN: &str = "no step rewrites an agreed prefix";
const WIPED: &str = "no step but a fault shortens every view at once";

/// The actions that may change something of this.
pub(super) fn changers(program: &Program, reads: &Mentions) -> Vec<ActionId> {
    let may = |(_, action): &(usize, &crate::analysis::program::Action)| {
        reads.surroundings || Mentions::written(&action.body).overlap(reads)
    };
    program.actions.iter().enumerate().filter(may).map(|(i, _)| ActionId(i as u32)).collect()
}

/// The same binder over another local, and the expression for its element.
fn other(program: &mut Program, binder: &Binder, e: &Expr) -> (Binder, Expr) {
    let local = build::fresh(program, binder.local);
    let others = build::renamed(program, binder, local);
    let y = build::local(program, local, e.span);
    (others, e.with_local(binder.local, &y))
}

/// The same over a participant with a name of its own.
fn others(program: &mut Program, views: &Views) -> (Option<Binder>, Expr) {
    match &views.binder {
        None => (None, views.value.clone()),
        Some(binder) => {
            let (binder, value) = other(program, binder, &views.value);
            (Some(binder), value)
        }
    }
}

/// What participants of one kind show.
struct Shown<'e> {
    binder: Option<&'e Binder>,
    value: &'e Expr,
}

/// Views that cannot differ, because there is one.
fn is_single(program: &Program, view: &Shown<'_>) -> bool {
    let Some(binder) = view.binder else { return true };
    let one = match program.types.get(program.locals[binder.local.index()].ty) {
        Type::Node(kind) => program.nodes[kind.index()].count < 2,
        Type::Enum(id) => program.enums[id.index()].variants.len() < 2,
        _ => false,
    };
    one || !build::mentions(view.value, binder.local)
}

fn any(program: &mut Program, parts: Vec<Expr>) -> Expr {
    parts.into_iter().reduce(|a, b| build::or(program, a, b)).expect("there are two views")
}

/// Two views must differ at some time; where there is one, it must change. A version that goes up beside a value that is
/// always the same says nothing.
fn views_differ(program: &mut Program, each: &[Shown<'_>]) -> Probe {
    let span = each[0].value.span;
    let mut all = Vec::new();
    for (i, one) in each.iter().enumerate() {
        let from = if is_single(program, one) { i + 1 } else { i };
        for two in &each[from..] {
            all.push(some_two_differ(program, one, two));
        }
    }
    if !all.is_empty() {
        let condition = ProbeCondition::State(any(program, all));
        return Probe { condition, words: "no two views ever differed".to_string(), span, watched_by: None };
    }
    let Shown { binder, value } = each[0];
    let changed = build::differs(program, build::old(value.clone()), value.clone());
    let binder = binder.map(|b| build::through_step(program, b));
    let some = build::some(program, binder.as_ref(), changed);
    Probe {
        condition: ProbeCondition::Step(some),
        words: "the one view never changed".to_string(),
        span,
        watched_by: None,
    }
}

fn some_two_differ(program: &mut Program, one: &Shown<'_>, two: &Shown<'_>) -> Expr {
    let own = two.binder.map(|binder| (binder, build::fresh(program, binder.local)));
    let theirs = |program: &Program, e: &Expr| match own {
        Some((binder, local)) => e.with_local(binder.local, &build::local(program, local, e.span)),
        None => e.clone(),
    };
    let other = theirs(program, two.value);
    let differ = build::differs(program, one.value.clone(), other);
    let others = own.map(|(binder, local)| build::renamed(program, binder, local));
    let some = build::some(program, others.as_ref(), differ);
    build::some(program, one.binder, some)
}

/// The value and version of an order, with the binder that they are in the scope of.
struct Versioned {
    value: Expr,
    version: Expr,
    binder: Option<Binder>,
}

impl Versioned {
    fn of(order: &Order) -> Result<Versioned, &'static str> {
        let value = order.value.clone().or(order.views.as_ref().map(|v| v.value.clone()));
        let binder = order.views.as_ref().and_then(|v| v.binder.clone());
        match (value, order.version.clone()) {
            (None, None) => Err("add `value EXPR` and `version EXPR`"),
            (None, _) => Err("add `value EXPR`, what is ordered"),
            (_, None) => Err("add `version EXPR`, what moves with every change"),
            (Some(value), Some(version)) => Ok(Versioned { value, version, binder }),
        }
    }

    /// At each kind of participant.
    fn each(order: &Order) -> Result<Vec<Versioned>, &'static str> {
        let mut all = vec![Versioned::of(order)?];
        for more in &order.more {
            let value = more.value.clone().unwrap_or_else(|| more.views.value.clone());
            let version = more.version.clone().ok_or("add `version EXPR`, what moves with every change")?;
            all.push(Versioned { value, version, binder: more.views.binder.clone() });
        }
        Ok(all)
    }

    fn shown(&self) -> Shown<'_> {
        Shown { binder: self.binder.as_ref(), value: &self.value }
    }

    fn reads(&self, program: &Program) -> Mentions {
        let mut reads = Mentions::of(program, &self.value);
        reads.read(program, &self.version);
        if let Some(binder) = &self.binder {
            binder.parts(&mut |part| reads.read(program, part));
        }
        reads
    }

    fn value_changed(&self, program: &mut Program) -> Expr {
        build::differs(program, build::old(self.value.clone()), self.value.clone())
    }

    /// Over everything that was in the binder before and after the step.
    fn each_step(&self, program: &mut Program, e: Expr) -> Expr {
        let binder = self.binder.as_ref().map(|b| build::through_step(program, b));
        build::all(program, binder.as_ref(), e)
    }

    /// At every step of those who may change `e`, but no fault.
    fn at_changes_of(&self, program: &mut Program, e: &Expr, holds: Expr) -> Vec<(ActionId, Expr)> {
        let holds = self.each_step(program, holds);
        let mut reads = Mentions::of(program, e);
        if let Some(binder) = &self.binder {
            binder.parts(&mut |part| reads.read(program, part));
        }
        changers(program, &reads).into_iter().map(|action| (action, holds.clone())).collect()
    }
}

/// These actions must be taken at some time.
pub(super) fn taken_probe(program: &Program, actions: Vec<ActionId>, span: Span) -> Probe {
    let mut names: Vec<&str> = actions.iter().map(|a| program.actions[a.index()].name.as_str()).collect();
    names.dedup();
    let words = match names.as_slice() {
        [one] => format!("`{one}` never happened"),
        _ => format!(
            "none of {} ever happened",
            names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    Probe { condition: ProbeCondition::Taken(actions), words, span, watched_by: None }
}
