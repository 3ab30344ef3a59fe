//! Orders that are not kept, one at a time.
//!
//! Enters: a typed program. Leaves: for each type of each order, and for each ordered link, the program in which that
//! order is not kept, or why it cannot be loosened.
//! What nothing notices when it is gone is an order that nobody needs: the coordination that keeps it up is paid for in
//! vain (Bailis and others, Coordination Avoidance in Database Systems, 2014).

use super::loosened_capacity;
use crate::analysis::alike::alike;
use crate::analysis::program::{
    Action, ActionId, ActionKind, BinaryOp, Binder, Builtin, Expr, ExprKind, Fairness, Init, Local, LocalId,
    NodeField, NodeFieldId, NodeId, Order, PathStep, Place, PlaceRoot, Program, State, StateId, Stmt,
    StmtKind, Type, TypeId, Views,
};
use crate::analysis::walk::Mentions;
use crate::concepts::OrderType;
use crate::span::Span;

mod left;

pub use left::left;

/// How an order is loosened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loosening {
    /// Two adjacent entries that are not agreed yet change places.
    Swapped,
    /// Those alone that differ in a field: one order for each value of it, and not one for all.
    SwappedApart {
        /// The field of the entries.
        field: String,
    },
    /// Who was entitled to write goes on writing.
    Deposed,
    /// What is there is not compared with what is expected.
    NotCompared,
    /// Readers see the version before.
    Older,
    /// Messages overtake each other.
    Overtaking,
}

/// A system in which one order is not kept.
#[derive(Debug, Clone)]
pub struct Looser {
    /// The order or the link.
    pub order: String,
    /// Where its name stands.
    pub span: Span,
    /// How.
    pub loosening: Loosening,
    /// The system; else why there is none.
    pub program: Result<Program, String>,
}

/// Every order and ordered link, or the named one.
pub fn looser(program: &Program, name: Option<&str>) -> Vec<Looser> {
    let mut all = Vec::new();
    let asked = |known: &str| name.is_none_or(|name| name == known);
    for order in program.orders.iter().filter(|order| asked(&order.header.name)) {
        for ty in order.types() {
            let each = match ty {
                OrderType::Append => swaps(program, order),
                OrderType::Leader => vec![(Loosening::Deposed, deposed(program, order))],
                OrderType::CompareAndSet => vec![(Loosening::NotCompared, not_compared(program, order))],
                OrderType::Versioned => vec![(Loosening::Older, older(program, order))],
            };
            all.extend(each.into_iter().map(|(loosening, program)| Looser {
                order: order.header.name.clone(),
                span: order.header.span,
                loosening,
                program: program.map_err(str::to_string),
            }));
        }
    }
    for (index, link) in program.links.iter().enumerate() {
        if link.ordered && !link.shadow && asked(&link.name) {
            let mut program = program.clone();
            program.links[index].capacity = loosened_capacity(&program, &program.links[index]);
            program.links[index].ordered = false;
            let (order, span) = (link.name.clone(), link.span);
            all.push(Looser { order, span, loosening: Loosening::Overtaking, program: Ok(program) });
        }
    }
    all
}

/// Names of what can be loosened.
pub fn names(program: &Program) -> Vec<&str> {
    let orders = program.orders.iter().map(|order| order.header.name.as_str());
    let links = program.links.iter().filter(|link| link.ordered && !link.shadow);
    orders.chain(links.map(|link| link.name.as_str())).collect()
}

type Loosened = Result<Program, &'static str>;

/// Neighbours that change places: any two, and those that differ in one field of several.
fn swaps(program: &Program, order: &Order) -> Vec<(Loosening, Loosened)> {
    let any = swapped(program, order, None);
    let fields: Vec<String> = match (&any, fields_of_entries(program, order)) {
        (Ok(_), Some(fields)) if fields.len() > 1 => fields.iter().map(|(name, _)| name.clone()).collect(),
        _ => Vec::new(),
    };
    let apart = fields.into_iter().enumerate().map(|(number, field)| {
        (Loosening::SwappedApart { field }, swapped(program, order, Some(number as u32)))
    });
    [(Loosening::Swapped, any)].into_iter().chain(apart).collect()
}

/// The fields of the entries of a log; `None`: they are no records.
fn fields_of_entries<'p>(program: &'p Program, order: &Order) -> Option<&'p [(String, TypeId)]> {
    let views = order.views.as_ref()?;
    let Type::List { element, .. } = *program.types.get(views.value.ty) else { return None };
    match program.types.get(element) {
        Type::Record(id) => Some(&program.records[id.index()].fields),
        _ => None,
    }
}

/// Adds a step that swaps two neighbours behind what a participant shows as agreed; where a field is given, two that differ
/// there.
fn swapped(program: &Program, order: &Order, field: Option<u32>) -> Loosened {
    let apart =
        field.and_then(|number| Some((number, fields_of_entries(program, order)?[number as usize].1)));
    let mut program = program.clone();
    let Some(Views { value, binder, span }) = &order.views else {
        return Err(
            "it is only stated: add `views EXPR for x in S`, the agreed part as each participant sees it",
        );
    };
    let ExprKind::Slice(list, None, Some(_)) = &value.kind else {
        return Err(
            "what is appended is agreed at once: `views` shows all of it, and nothing is left to swap",
        );
    };
    let Type::List { max, element } = *program.types.get(list.ty) else {
        return Err("`views` is not a list");
    };
    if max < 2 {
        return Err("there is room for one entry, and so for one order");
    }
    let b = &mut Builder { program: &mut program, span: *span };
    let mut params = Vec::new();
    let (mut list, mut value, mut guards) = ((**list).clone(), value.clone(), Vec::new());
    if let Some(Binder { local, set, filter, .. }) = binder {
        let who = b.like(*local);
        let it = b.local(who);
        (list, value) = (list.with_local(*local, &it), value.with_local(*local, &it));
        guards.push(b.boolean(ExprKind::Binary(BinaryOp::In, Box::new(it.clone()), set.clone())));
        guards.extend(filter.as_ref().map(|filter| filter.with_local(*local, &it)));
        params.push(who);
    }
    let root = match &list.kind {
        ExprKind::State(id) => PlaceRoot::State(*id),
        ExprKind::NodeField { node, field } => PlaceRoot::NodeField { node: node.clone(), field: *field },
        _ => return Err("`views` shows a part of something that is no variable"),
    };
    let at = b.new_local("at", Type::Int { lo: 0, hi: i64::from(max) - 2 });
    params.push(at);
    let (first, next) = (b.local(at), b.after(at, max));
    let (agreed, all) = (b.length(value, max), b.length(list.clone(), max));
    guards.push(b.boolean(ExprKind::Binary(BinaryOp::LessEqual, Box::new(agreed), Box::new(first.clone()))));
    guards.push(b.boolean(ExprKind::Binary(BinaryOp::Less, Box::new(next.clone()), Box::new(all))));
    let entry = |index: &Expr| Expr {
        kind: ExprKind::Index(Box::new(list.clone()), Box::new(index.clone())),
        ty: element,
        span: *span,
    };
    let (one, other) = (entry(&first), entry(&next));
    let differs = |e: &Expr| {
        Box::new(match apart {
            Some((number, ty)) => {
                Expr { kind: ExprKind::Field(Box::new(e.clone()), number), ty, span: *span }
            }
            None => e.clone(),
        })
    };
    guards.push(b.boolean(ExprKind::Binary(BinaryOp::NotEqual, differs(&one), differs(&other))));
    let body = b.exchange((&root, list.ty), (first, one), (next, other));
    program.actions.push(step(format!("swap_in_{}", order.header.name), params, guards, body, *span));
    Ok(program)
}

/// Whoever was entitled once, and has not crashed since, need not be any more.
fn deposed(program: &Program, order: &Order) -> Loosened {
    let mut program = program.clone();
    let Some(by) = &order.by else {
        return Err("it does not say who writes: add `by x in S where P`");
    };
    let Some(filter) = &by.filter else { return Err("everybody is entitled to write") };
    let Type::Node(kind) = *program.types.get(program.locals[by.local.index()].ty) else {
        return Err("who writes is no node");
    };
    let flag = add_flag(&mut program, kind, format!("led_{}", order.header.name), by.span);
    let filter = opened(&program, filter);
    let mut entitled = filter.conjuncts();
    entitled.retain(|part| !matches!(part.kind, ExprKind::Up(_)));
    let entitled: Vec<Expr> = entitled.into_iter().cloned().collect();
    let locals: Vec<LocalId> = (0..program.locals.len() as u32).map(LocalId).collect();
    let of_kind = |program: &Program, local: &LocalId| {
        *program.types.get(program.locals[local.index()].ty) == Type::Node(kind)
    };
    let locals: Vec<LocalId> = locals.into_iter().filter(|local| of_kind(&program, local)).collect();
    let kept = Stmt {
        kind: StmtKind::For { binder: by.clone(), body: vec![entitled_once(&mut program, by, flag)] },
        span: by.span,
    };
    let mut found = false;
    for index in 0..program.actions.len() {
        let mut action = program.actions[index].clone();
        conditions(&mut action, &mut |condition| {
            *condition = opened(&program, condition);
            let b = &mut Builder { program: &mut program, span: by.span };
            for part in conjuncts(condition) {
                let is_asked = |local: &&LocalId| {
                    let who = b.local(**local);
                    entitled
                        .iter()
                        .any(|condition| alike(b.program, &condition.with_local(by.local, &who), part))
                };
                let Some(local) = locals.iter().find(is_asked) else { continue };
                found = true;
                let was = b.field(b.local(*local), flag);
                let is = part.clone();
                *part = b.boolean(ExprKind::Binary(BinaryOp::Or, Box::new(is), Box::new(was)));
            }
        });
        // In between somebody may become entitled and be it no longer.
        if !matches!(action.kind, ActionKind::Tick | ActionKind::ReconcilerLook(_)) {
            action.body.insert(0, kept.clone());
            action.body.push(kept.clone());
        }
        program.actions[index] = action;
    }
    program.initially.push(kept);
    if found {
        Ok(program)
    } else {
        Err("no condition was found that asks for what `by` says of who writes: weaken it by hand")
    }
}

/// Notes that a writer is entitled.
fn entitled_once(program: &mut Program, by: &Binder, flag: NodeFieldId) -> Stmt {
    let b = &mut Builder { program, span: by.span };
    let (who, value) = (b.local(by.local), b.boolean(ExprKind::Bool(true)));
    let root = PlaceRoot::NodeField { node: Box::new(who), field: flag };
    let place = Place { root, path: Vec::new(), ty: value.ty, span: by.span };
    Stmt { kind: StmtKind::Assign { place, value }, span: by.span }
}

/// The steps that write compare nothing.
fn not_compared(program: &Program, order: &Order) -> Loosened {
    let mut program = program.clone();
    if order.writes.is_empty() {
        return Err("it does not say what its steps expect: add `write ACTION expects EXPR`");
    }
    let registers: Vec<&Expr> = order.value.iter().chain(&order.version).collect();
    let mut found = false;
    for write in &order.writes {
        for (id, expected) in write.actions.iter().zip(&write.values) {
            let mut action = program.actions[id.index()].clone();
            let mut compared = false;
            let is = |e: &Expr, other: &Expr| {
                alike(&program, plain(e), plain(expected))
                    && registers.iter().any(|r| alike(&program, r, plain(other)))
            };
            conditions(&mut action, &mut |condition| {
                *condition = opened(&program, condition);
                compared |= taken_for_equal(condition, &is);
            });
            if compared {
                program.actions[id.index()] = action;
                found = true;
            }
        }
    }
    if found {
        Ok(program)
    } else {
        Err("no condition was found that compares what a step expects with what is there: weaken it by hand")
    }
}

/// Steps that read what they do not write may see the version before.
fn older(program: &Program, order: &Order) -> Loosened {
    let mut program = program.clone();
    let mut registers: Vec<Expr> = order.value.iter().chain(&order.version).cloned().collect();
    if let Some(binder) = order.views.as_ref().and_then(|views| views.binder.as_ref()) {
        let Some(only) = only_one(&program, binder) else {
            return Err(
                "there is one for each of several: make what readers know a `view of` it, and allow `stale`",
            );
        };
        registers.iter_mut().for_each(|register| *register = register.with_local(binder.local, &only));
    }
    if registers.is_empty() {
        return Err("it is only stated: add `value EXPR` and `version EXPR`");
    }
    let mut reads = Mentions::default();
    registers.iter().for_each(|register| reads.read(&program, register));
    let before: Vec<StateId> = (registers.iter().enumerate())
        .map(|(i, register)| {
            let (init, span, name) =
                (Init::Default, register.span, format!("{} before {i}", order.header.name));
            let state = State { name, ty: register.ty, ghost: false, time: None, init, docs: None, span };
            program.states.push(state);
            StateId(program.states.len() as u32 - 1)
        })
        .collect();
    let remember: Vec<Stmt> =
        before.iter().zip(&registers).map(|(id, register)| kept(*id, register)).collect();
    program.initially.extend(remember.iter().cloned());
    let known = program.clone();
    let (mut twins, mut found) = (Vec::new(), false);
    for action in &mut program.actions {
        if Mentions::written(&action.body).overlap(&reads) {
            action.body.splice(0..0, remember.iter().cloned());
            continue;
        }
        let mut twin = action.clone();
        let mut seen = false;
        let mut replace = |e: &mut Expr| {
            read_here(&known, e, &reads);
            seen |= look_back(&known, e, &registers, &before);
        };
        twin.guards.iter_mut().for_each(&mut replace);
        twin.body.iter_mut().for_each(|stmt| stmt.all_parts_mut(&mut replace));
        if seen {
            found = true;
            twins.push(twin);
        }
    }
    for twin in twins {
        let id = ActionId(program.actions.len() as u32);
        match twin.kind {
            ActionKind::Resolution(of) | ActionKind::Handler { resolution: Some(of), .. } => {
                program.resolutions[of].actions.push(id);
            }
            ActionKind::ReconcilerAct(of) | ActionKind::ReconcilerObserve { reconciler: of, .. } => {
                program.reconcilers[of].actions.push(id);
            }
            ActionKind::Client
            | ActionKind::Handler { resolution: None, .. }
            | ActionKind::Restart(_)
            | ActionKind::ReconcilerLook(_)
            | ActionKind::Tick
            | ActionKind::Sync(_) => {}
        }
        program.actions.push(twin);
    }
    if found { Ok(program) } else { Err("no step was found that reads it without writing it") }
}

/// Who is meant, where a name stands for a kind of which there is one node.
fn only_one(program: &Program, binder: &Binder) -> Option<Expr> {
    let ty = program.locals[binder.local.index()].ty;
    let Type::Node(kind) = *program.types.get(ty) else { return None };
    let all = matches!(binder.set.kind, ExprKind::TypeSet(_)) && binder.filter.is_none();
    let one = all && program.nodes[kind.index()].count == 1;
    one.then_some(Expr { kind: ExprKind::Member(0), ty, span: binder.span })
}

/// What a definition reads of these stands where that is called, and the one node of a kind has its own name, so that what is
/// the same is written the same.
fn read_here(program: &Program, e: &mut Expr, reads: &Mentions) {
    if let ExprKind::Call(def, args) = &e.kind
        && Mentions::of(program, &program.defs[def.index()].body).overlap(reads)
    {
        let def = &program.defs[def.index()];
        let params = def.params.iter().zip(args);
        *e = params.fold(def.body.clone(), |body, (param, arg)| body.with_local(*param, arg));
    }
    if let (ExprKind::Local(_), Type::Node(kind)) = (&e.kind, program.types.get(e.ty))
        && program.nodes[kind.index()].count == 1
    {
        e.kind = ExprKind::Member(0);
    }
    e.parts_mut(&mut |part| read_here(program, part, reads));
}

/// Puts what was there before in the place of a register; whether it was read.
fn look_back(program: &Program, e: &mut Expr, registers: &[Expr], before: &[StateId]) -> bool {
    if let Some(at) = registers.iter().position(|register| alike(program, register, e)) {
        e.kind = ExprKind::State(before[at]);
        return true;
    }
    let mut seen = false;
    e.parts_mut(&mut |part| seen |= look_back(program, part, registers, before));
    seen
}

fn kept(id: StateId, register: &Expr) -> Stmt {
    let place = Place { root: PlaceRoot::State(id), path: Vec::new(), ty: register.ty, span: register.span };
    Stmt { kind: StmtKind::Assign { place, value: register.clone() }, span: register.span }
}

fn add_flag(program: &mut Program, node: NodeId, name: String, span: Span) -> NodeFieldId {
    let ty = program.types.intern(Type::Bool);
    let field = NodeField {
        node,
        name,
        ty,
        volatile: true,
        ghost: false,
        time: None,
        init: Init::Default,
        docs: None,
        span,
    };
    program.node_fields.push(field);
    let id = NodeFieldId(program.node_fields.len() as u32 - 1);
    program.nodes[node.index()].fields.push(id);
    id
}

fn step(name: String, params: Vec<LocalId>, guards: Vec<Expr>, body: Vec<Stmt>, span: Span) -> Action {
    Action {
        name,
        kind: ActionKind::Client,
        fairness: Fairness::Unfair,
        params,
        at: None,
        at_set: None,
        guards,
        within: None,
        body,
        timers: Vec::new(),
        docs: None,
        span,
    }
}

/// Each comparison of two such values comes out as if they were equal; whether there is one.
fn taken_for_equal(e: &mut Expr, is: &dyn Fn(&Expr, &Expr) -> bool) -> bool {
    if let Some(named) = without_name(e) {
        *e = named;
    }
    if let ExprKind::Binary(op, a, b) = &e.kind
        && let Some(equal) = if_equal(*op, a, b, &|a, b| is(a, b) || is(b, a))
    {
        e.kind = ExprKind::Bool(equal);
        return true;
    }
    let mut found = false;
    e.parts_mut(&mut |part| found |= taken_for_equal(part, is));
    found
}

/// How a comparison of such values comes out if they are equal; `None`: it is none.
fn if_equal(op: BinaryOp, a: &Expr, b: &Expr, is: &dyn Fn(&Expr, &Expr) -> bool) -> Option<bool> {
    match (op, &b.kind) {
        (BinaryOp::Equal | BinaryOp::LessEqual | BinaryOp::GreaterEqual, _) => is(a, b).then_some(true),
        (BinaryOp::NotEqual | BinaryOp::Less | BinaryOp::Greater, _) => is(a, b).then_some(false),
        (BinaryOp::In, ExprKind::Set(items)) => items.iter().any(|item| is(a, item)).then_some(true),
        (BinaryOp::In, ExprKind::Range(first, last)) => (is(a, first) && is(a, last)).then_some(true),
        _ => None,
    }
}

/// The same without a name for one value: `some x in {v}: P`, `all x in {v}: P`, `let x = v in P`.
fn without_name(e: &Expr) -> Option<Expr> {
    match &e.kind {
        ExprKind::Let(local, value, body) => Some(body.with_local(*local, value)),
        ExprKind::Any(binder, body) | ExprKind::All(binder, body) => match &binder.set.kind {
            ExprKind::Set(items) if binder.filter.is_none() && items.len() == 1 => {
                Some(body.with_local(binder.local, &items[0]))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The conditions under which an action does something, or one thing and not another.
fn conditions(action: &mut Action, visit: &mut dyn FnMut(&mut Expr)) {
    fn inside(body: &mut [Stmt], visit: &mut dyn FnMut(&mut Expr)) {
        for stmt in body {
            match &mut stmt.kind {
                StmtKind::If { condition, .. } | StmtKind::Require(condition) => visit(condition),
                StmtKind::For { binder, .. } | StmtKind::Choose { binder, .. } => {
                    binder.filter.iter_mut().for_each(|filter| visit(filter));
                }
                _ => {}
            }
            stmt.blocks_mut().for_each(|block| inside(block, visit));
        }
    }
    action.guards.iter_mut().for_each(&mut *visit);
    inside(&mut action.body, visit);
}

/// The parts of a conjunction, to change them.
fn conjuncts(e: &mut Expr) -> Vec<&mut Expr> {
    if !matches!(e.kind, ExprKind::Binary(BinaryOp::And, ..)) {
        return vec![e];
    }
    match &mut e.kind {
        ExprKind::Binary(_, a, b) => conjuncts(a).into_iter().chain(conjuncts(b)).collect(),
        _ => Vec::new(),
    }
}

/// A condition whose parts are not behind the names of definitions.
fn opened(program: &Program, e: &Expr) -> Expr {
    match &e.kind {
        ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or | BinaryOp::Implies), a, b) => {
            let [a, b] = [a, b].map(|part| Box::new(opened(program, part)));
            Expr { kind: ExprKind::Binary(*op, a, b), ..e.clone() }
        }
        ExprKind::Not(part) => Expr { kind: ExprKind::Not(Box::new(opened(program, part))), ..e.clone() },
        ExprKind::Call(def, args) => {
            let def = &program.defs[def.index()];
            let params = def.params.iter().zip(args);
            opened(program, &params.fold(def.body.clone(), |body, (param, arg)| body.with_local(*param, arg)))
        }
        _ => e.clone(),
    }
}

/// The same value, where it stands as that of an option.
fn plain(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Some(inner) | ExprKind::Unwrap(inner) => inner,
        _ => e,
    }
}

/// Typed parts, at one place.
struct Builder<'p> {
    program: &'p mut Program,
    span: Span,
}

impl Builder<'_> {
    fn ty(&mut self, ty: Type) -> TypeId {
        self.program.types.intern(ty)
    }

    fn boolean(&mut self, kind: ExprKind) -> Expr {
        Expr { kind, ty: self.ty(Type::Bool), span: self.span }
    }

    fn new_local(&mut self, name: &str, ty: Type) -> LocalId {
        let ty = self.ty(ty);
        self.program.locals.push(Local { name: name.to_string(), ty, span: self.span });
        LocalId(self.program.locals.len() as u32 - 1)
    }

    fn like(&mut self, local: LocalId) -> LocalId {
        let known = self.program.locals[local.index()].clone();
        self.program.locals.push(known);
        LocalId(self.program.locals.len() as u32 - 1)
    }

    fn local(&self, local: LocalId) -> Expr {
        let ty = self.program.locals[local.index()].ty;
        Expr { kind: ExprKind::Local(local), ty, span: self.span }
    }

    fn field(&self, node: Expr, field: NodeFieldId) -> Expr {
        let ty = self.program.node_fields[field.index()].ty;
        Expr { kind: ExprKind::NodeField { node: Box::new(node), field }, ty, span: self.span }
    }

    /// Two elements of a list change places. `all`: the list and its type; the others: position and element.
    fn exchange(
        &mut self,
        (root, all): (&PlaceRoot, TypeId),
        (first, one): (Expr, Expr),
        (next, other): (Expr, Expr),
    ) -> Vec<Stmt> {
        let (element, span) = (one.ty, self.span);
        let held = self.program.types.get(element).clone();
        let held = self.new_local("held", held);
        let place = |index: Expr| Place {
            root: root.clone(),
            path: vec![PathStep::Index { container: all, index }],
            ty: element,
            span,
        };
        let kinds = [
            StmtKind::Let { local: held, value: one },
            StmtKind::Assign { place: place(first), value: other },
            StmtKind::Assign { place: place(next), value: self.local(held) },
        ];
        kinds.into_iter().map(|kind| Stmt { kind, span }).collect()
    }

    /// The position after one.
    fn after(&mut self, at: LocalId, max: u32) -> Expr {
        let one = self.ty(Type::Int { lo: 1, hi: 1 });
        let one = Expr { kind: ExprKind::Int(1), ty: one, span: self.span };
        let ty = self.ty(Type::Int { lo: 1, hi: i64::from(max) - 1 });
        let kind = ExprKind::Binary(BinaryOp::Add, Box::new(self.local(at)), Box::new(one));
        Expr { kind, ty, span: self.span }
    }

    fn length(&mut self, list: Expr, max: u32) -> Expr {
        let ty = self.ty(Type::Int { lo: 0, hi: i64::from(max) });
        Expr { kind: ExprKind::Builtin(Builtin::Len, vec![list]), ty, span: self.span }
    }
}
