//! Attempts: what a resolution tries again, how one is told from another, and what it must not change twice.
//!
//! Enters: the clauses of a resolution. Leaves: the identity of attempts as expressions over a monitor's ghosts, and
//! what is protected, as an expression or as the variables that are written.
//! A message is its kind, sender, receiver and fields, the same attempt for ever; an act is its node. `key` replaces
//! both.

use super::build;
use super::monitor::{Monitor, assign, state};
use crate::analysis::program::{
    ActionId, ActionKind, BinaryOp, Binder, Expr, ExprKind, Local, LocalId, MessageId, NodeFieldId, NodeId,
    Program, Record, RecordId, Resolution, StateId, Stmt, StmtKind, Type, TypeId,
};
use crate::analysis::walk::Mentions;
use crate::span::Span;

// ---- identity ----

/// What tells one attempt from another.
#[derive(Debug)]
struct Part {
    /// Holds an optional value.
    ghost: StateId,
    /// What that value is in each action, in its names, where they have the values of before a step.
    values: Vec<(ActionId, Expr)>,
}

/// How a monitor tells the attempt that it watches from others.
#[derive(Debug, Default)]
pub(super) struct Identity {
    parts: Vec<Part>,
}

/// A message is the same attempt whoever takes it: what a resolution's clause says of it by `key` is said of the other
/// handlers of that message too, with their own names of sender, receiver and fields. So it does not matter whether the
/// clause that takes a message first stands in the resolution or beside it.
pub(super) fn key_of_others(program: &mut Program, resolution: &mut Resolution) {
    let known = resolution.key.clone();
    for (action, e) in known.iter().filter(|(action, _)| resolution.actions.contains(action)) {
        let ActionKind::Handler { message: taken, .. } = program.actions[action.index()].kind else {
            continue;
        };
        let mine = delivered(program, *action);
        for other in program.handlers(&[taken]) {
            if resolution.key.iter().any(|(a, _)| *a == other) {
                continue;
            }
            let theirs = delivered(program, other);
            let mut said = Some(e.clone());
            for (local, to) in mine.iter().zip(theirs) {
                let Some(local) = local.filter(|local| build::mentions(e, *local)) else { continue };
                let same = to.filter(|to| program.locals[to.index()].ty == program.locals[local.index()].ty);
                said = said.zip(same).map(|(e, to)| e.with_local(local, &build::local(program, to, e.span)));
            }
            resolution.key.extend(said.map(|e| (other, e)));
        }
    }
}

/// Of a handler: sender, receiver and fields.
pub(super) fn delivered(program: &mut Program, action: ActionId) -> Vec<Option<LocalId>> {
    let sender = sender(program, action);
    let known = &program.actions[action.index()];
    let fields = match &known.kind {
        ActionKind::Handler { fields, .. } => fields.clone(),
        _ => Vec::new(),
    };
    [sender, known.at].into_iter().chain(fields.into_iter().map(Some)).collect()
}

impl Identity {
    /// Of the attempts that these actions are steps of. By `key`, where the resolution has one and the action its names; a
    /// message that has not those names is still told from others by what it is.
    pub(super) fn new(
        program: &mut Program,
        monitor: &mut Monitor,
        key: &[(ActionId, Expr)],
        actions: &[ActionId],
    ) -> Self {
        let mut identity = match key.is_empty() {
            true => Identity::default(),
            false => Identity::by_key(program, monitor, key, actions),
        };
        for action in actions {
            if !key.is_empty() && (identity.knows(*action) || !is_handler(program, *action)) {
                continue;
            }
            let found = signature(program, *action);
            for (name, value) in found {
                identity.add(program, monitor, &name, (*action, value));
            }
        }
        identity
    }

    fn by_key(
        program: &mut Program,
        monitor: &mut Monitor,
        key: &[(ActionId, Expr)],
        actions: &[ActionId],
    ) -> Self {
        let mut identity = Identity::default();
        let known = actions.iter().filter_map(|a| key.iter().find(|(id, _)| id == a)).cloned().collect();
        identity.part(program, monitor, KEY, known);
        identity
    }

    /// Of attempts that begin with one action and end with another: by what all of them have in common, parameters and
    /// fields of one name, nodes of one kind. With a key, by that.
    pub(super) fn common(
        program: &mut Program,
        monitor: &mut Monitor,
        key: &[(ActionId, Expr)],
        actions: &[ActionId],
    ) -> Self {
        if !key.is_empty() {
            return Identity::by_key(program, monitor, key, actions);
        }
        let all: Vec<Vec<(String, Expr)>> = actions.iter().map(|a| features(program, *a)).collect();
        let mut identity = Identity::default();
        let Some((first, others)) = all.split_first() else { return identity };
        for (name, _) in first {
            let find =
                |found: &Vec<(String, Expr)>| found.iter().find(|(n, _)| n == name).map(|(_, e)| e.clone());
            if others.iter().all(|found| find(found).is_some()) {
                let values = actions.iter().zip(&all).filter_map(|(a, found)| Some((*a, find(found)?)));
                let values = values.collect();
                identity.part(program, monitor, &name.replace(' ', "_"), values);
            }
        }
        identity
    }

    /// Whether nodes of this kind are part of it.
    pub(super) fn has_node(&self, program: &Program, kind: NodeId) -> bool {
        self.parts
            .iter()
            .any(|part| program.states[part.ghost.index()].name.starts_with(&format!("node{} ", kind.0)))
    }

    /// The values of all parts, absent ones included, as one value: tells steps of different actions apart as well.
    pub(super) fn tagged(&self, program: &mut Program, action: ActionId, span: Span) -> Expr {
        let mut fields = Vec::new();
        for Part { ghost, values } in &self.parts {
            let known = &program.states[ghost.index()];
            let (name, ty) = (known.name.clone(), known.ty);
            let kind = match values.iter().find(|(a, _)| *a == action) {
                Some((_, e)) => ExprKind::Some(Box::new(build::old(e.clone()))),
                None => ExprKind::None,
            };
            fields.push((name, ty, Expr { kind, ty, span }));
        }
        one_value(program, fields, span)
    }

    /// Where the node at which a message arrives stands in what [`Identity::tagged`] gives, with its type: an option.
    pub(super) fn receiver(&self, program: &Program, kind: NodeId) -> Option<(u32, TypeId)> {
        let is_one = |part: &Part| {
            let known = &program.states[part.ghost.index()];
            let named = known.name.rsplit_once(' ').is_some_and(|(name, _)| name == AT);
            let inner = program.types.inner(known.ty);
            named && inner != known.ty && *program.types.get(inner) == Type::Node(kind)
        };
        let at = self.parts.iter().position(is_one)?;
        Some((at as u32, program.states[self.parts[at].ghost.index()].ty))
    }

    /// The values of one step, as one value: what a set of attempts holds.
    pub(super) fn whole(&self, program: &mut Program, action: ActionId, span: Span) -> Expr {
        let mut fields = Vec::new();
        for Part { ghost, values } in &self.parts {
            let inner = match program.types.get(program.states[ghost.index()].ty) {
                Type::Option(inner) => *inner,
                _ => continue,
            };
            if let Some((_, e)) = values.iter().find(|(a, _)| *a == action) {
                let e = build::old(e.clone());
                fields.push((program.states[ghost.index()].name.clone(), inner, e));
            }
        }
        one_value(program, fields, span)
    }

    /// A value joins the part of its name and type.
    fn add(&mut self, program: &mut Program, monitor: &mut Monitor, name: &str, value: (ActionId, Expr)) {
        let value = (value.0, wrapped(program, value.1.ty, value.1));
        let ty = program.types.intern(Type::Option(value.1.ty));
        let known = self.parts.iter_mut().find(|part| {
            let ghost = &program.states[part.ghost.index()];
            ghost.ty == ty && ghost.name.rsplit_once(' ').is_some_and(|(n, _)| n == name)
        });
        match known {
            Some(part) => part.values.push(value),
            None => self.part(program, monitor, name, vec![value]),
        }
    }

    fn part(
        &mut self,
        program: &mut Program,
        monitor: &mut Monitor,
        name: &str,
        values: Vec<(ActionId, Expr)>,
    ) {
        let joined =
            values.iter().map(|(_, e)| e.ty).reduce(|a, b| program.types.join(a, b, true).unwrap_or(a));
        let Some(inner) = joined else { return };
        let values: Vec<(ActionId, Expr)> =
            values.into_iter().map(|(action, e)| (action, wrapped(program, inner, e))).collect();
        let inner = values.first().map_or(inner, |(_, e)| e.ty);
        let ty = program.types.intern(Type::Option(inner));
        let ghost = monitor.ghost(program, name, ty);
        self.parts.push(Part { ghost, values });
    }

    /// Whether an action can be a step of an attempt.
    pub(super) fn knows(&self, action: ActionId) -> bool {
        self.parts.iter().any(|part| part.values.iter().any(|(a, _)| *a == action))
    }

    /// The watched attempt becomes that of a step of `action`.
    pub(super) fn set(&self, program: &mut Program, action: ActionId) -> Vec<Stmt> {
        let mut all = Vec::new();
        for Part { ghost, values } in &self.parts {
            if let Some((_, e)) = values.iter().find(|(a, _)| *a == action) {
                let ty = program.states[ghost.index()].ty;
                let value = Expr { ty, span: e.span, kind: ExprKind::Some(Box::new(build::old(e.clone()))) };
                all.push(assign(program, *ghost, value));
            }
        }
        all
    }

    /// Whether a step of `action` belongs to the attempt that was watched before the step.
    pub(super) fn same(&self, program: &mut Program, action: ActionId, span: Span) -> Expr {
        let mut all = build::truth(program, span);
        for Part { ghost, values } in &self.parts {
            let before = build::old(state(program, *ghost, span));
            let one = match values.iter().find(|(a, _)| *a == action) {
                Some((_, e)) => build::equal(program, before, build::old(e.clone())),
                None => {
                    let none = Expr { kind: ExprKind::None, ty: before.ty, span };
                    build::equal(program, before, none)
                }
            };
            all = build::and(program, all, one);
        }
        all
    }

    /// Whether, after a step of `action`, one of some acts can be taken for the same attempt.
    pub(super) fn can_go_on(
        &self,
        program: &mut Program,
        acts: &[ActionId],
        action: ActionId,
        span: Span,
    ) -> Expr {
        let mut ways = Vec::new();
        for act in acts {
            if let Some(pairs) = self.both(action, *act) {
                ways.push(taken_for(program, *act, pairs, span));
            }
        }
        any_of(program, ways, span)
    }

    /// The values that must be equal for a step of one action and a step of another to be of the same attempt, those of
    /// the one as they were before it; `None`: they never are.
    fn both(&self, one: ActionId, other: ActionId) -> Option<Vec<(Expr, Expr)>> {
        let mut pairs = Vec::new();
        for Part { values, .. } in &self.parts {
            let of = |action| values.iter().find(|(a, _)| *a == action).map(|(_, e)| e.clone());
            match (of(one), of(other)) {
                (Some(mine), Some(theirs)) => pairs.push((build::old(mine), theirs)),
                (None, None) => {}
                _ => return None,
            }
        }
        Some(pairs)
    }

    /// Whether the attempt that was watched before the step is at this node; `None`: none is at one of its kind.
    pub(super) fn was_at(&self, program: &mut Program, node: Expr) -> Option<Expr> {
        let part = self.parts.iter().find(|part| {
            let known = &program.states[part.ghost.index()];
            let named = known.name.rsplit_once(' ').is_some_and(|(name, _)| name == AT);
            named && *program.types.get(known.ty) == Type::Option(node.ty)
        })?;
        let (ty, span) = (program.states[part.ghost.index()].ty, node.span);
        let watched = build::old(state(program, part.ghost, span));
        let node = Expr { kind: ExprKind::Some(Box::new(node)), ty, span };
        Some(build::equal(program, watched, node))
    }

    /// The value of the part with a name that was watched before the step.
    pub(super) fn watched(&self, program: &Program, name: &str, span: Span) -> Option<Expr> {
        let named = |part: &&Part| {
            program.states[part.ghost.index()].name.rsplit_once(' ').is_some_and(|(n, _)| n == name)
        };
        let part = self.parts.iter().find(named)?;
        let whole = build::old(state(program, part.ghost, span));
        match program.types.get(whole.ty) {
            Type::Option(inner) => Some(Expr { ty: *inner, span, kind: ExprKind::Unwrap(Box::new(whole)) }),
            _ => None,
        }
    }
}

/// Whether an act can be taken so that values are equal, the second of each pair in its names.
fn taken_for(program: &mut Program, act: ActionId, pairs: Vec<(Expr, Expr)>, span: Span) -> Expr {
    let known = program.actions[act.index()].clone();
    let is_at = |e: &Expr| matches!(e.kind, ExprKind::Local(local) if known.at == Some(local));
    let told = pairs.iter().find(|(_, theirs)| is_at(theirs)).map(|(mine, _)| mine.clone());
    let kind = known.at.and_then(|at| node_kind(program, at));
    let binder = kind.filter(|_| told.is_none()).map(|kind| any_node(program, kind, span));
    let node = told.or_else(|| binder.as_ref().map(|binder| build::local(program, binder.local, span)));
    let there = |e: &Expr| match (known.at, &node) {
        (Some(at), Some(node)) => e.with_local(at, node),
        _ => e.clone(),
    };
    let mut pairs: Vec<_> = pairs.into_iter().filter(|(_, theirs)| !is_at(theirs)).collect();
    pairs.iter_mut().for_each(|(_, theirs)| *theirs = there(theirs));
    let chosen: Vec<Binder> = chosen(&known.body)
        .into_iter()
        .filter(|binder| pairs.iter().any(|(_, theirs)| build::mentions(theirs, binder.local)))
        .map(|mut binder| {
            binder.parts_mut(&mut |part| *part = there(part));
            binder
        })
        .collect();
    let renamed: Vec<Binder> = chosen
        .iter()
        .map(|binder| {
            let to = build::fresh(program, binder.local);
            let target = build::local(program, to, span);
            pairs.iter_mut().for_each(|(_, theirs)| *theirs = theirs.with_local(binder.local, &target));
            build::renamed(program, binder, to)
        })
        .collect();
    let mut same = build::truth(program, span);
    for (mine, theirs) in pairs {
        let equal = build::equal(program, mine, theirs);
        same = build::and(program, same, equal);
    }
    for binder in renamed.iter().rev() {
        same = build::some(program, Some(binder), same);
    }
    let enabled = super::retry::enabled(program, act, node.as_ref());
    let both = build::and(program, enabled, same);
    match &binder {
        Some(binder) => build::some(program, Some(binder), both),
        None => both,
    }
}

/// What a body chooses, what comes first before what may depend on it.
fn chosen(body: &[Stmt]) -> Vec<Binder> {
    let mut found = Vec::new();
    let mut look = |stmt: &Stmt| {
        if let StmtKind::Choose { binder, .. } = &stmt.kind {
            found.push(binder.clone());
        }
    };
    body.iter().for_each(|stmt| stmt.walk(&mut look));
    found
}

/// An option in a record of its own, so that `none` is told from no value at all. `ty`: what it is to be taken for.
fn wrapped(program: &mut Program, ty: TypeId, e: Expr) -> Expr {
    let span = e.span;
    match (program.types.get(ty), program.types.get(e.ty)) {
        (Type::Option(_), Type::Option(_)) => one_value(program, vec![("key".to_string(), ty, e)], span),
        (Type::Option(_), _) => {
            let e = Expr { ty, span, kind: ExprKind::Some(Box::new(e)) };
            one_value(program, vec![("key".to_string(), ty, e)], span)
        }
        _ => e,
    }
}

/// A record of some values, named after what it is for.
fn one_value(program: &mut Program, fields: Vec<(String, TypeId, Expr)>, span: Span) -> Expr {
    let types: Vec<(String, TypeId)> = fields.iter().map(|(name, ty, _)| (name.clone(), *ty)).collect();
    let known = program.records.iter().position(|r| r.name == "attempt of" && r.fields == types);
    let record = RecordId(known.unwrap_or(program.records.len()) as u32);
    if known.is_none() {
        let name = "attempt of".to_string();
        program.records.push(Record { name, fields: types, docs: None, span });
    }
    let ty = program.types.intern(Type::Record(record));
    let values = fields.into_iter().map(|(.., e)| e).collect();
    Expr { kind: ExprKind::Record(record, values), ty, span }
}

/// Types with more values than this are not kept in sets.
const MOST_VALUES: u64 = 1 << 10;

/// Whether a set of such values is small enough to be part of a state.
pub(super) fn is_small(program: &Program, ty: TypeId) -> bool {
    count(program, ty) <= MOST_VALUES
}

/// The number of values, or more than are kept.
pub(super) fn count(program: &Program, ty: TypeId) -> u64 {
    let power = |base: u64, exponent: u64| base.saturating_pow(u32::try_from(exponent).unwrap_or(u32::MAX));
    match program.types.get(ty) {
        Type::Bool => 2,
        Type::Int { lo, hi } => hi.abs_diff(*lo).saturating_add(1),
        Type::Enum(e) => program.enums[e.index()].variants.len() as u64,
        Type::Node(n) => u64::from(program.nodes[n.index()].count),
        Type::Option(inner) => count(program, *inner).saturating_add(1),
        Type::Record(r) => {
            let fields = &program.records[r.index()].fields;
            fields.iter().fold(1, |product: u64, (_, ty)| product.saturating_mul(count(program, *ty)))
        }
        Type::Set(element) => power(2, count(program, *element)),
        Type::List { element, max } | Type::Bag { element, max } => {
            power(count(program, *element).saturating_add(1), u64::from(*max))
        }
        Type::Map { key, value } => power(count(program, *value), count(program, *key)),
        Type::Error => 1,
    }
}

/// What a step may have in common with another: parameters and fields by name, nodes by kind.
fn features(program: &mut Program, action: ActionId) -> Vec<(String, Expr)> {
    let span = program.actions[action.index()].span;
    let mut locals = program.actions[action.index()].params.clone();
    let from = sender(program, action);
    if let ActionKind::Handler { fields, .. } = &program.actions[action.index()].kind {
        locals.extend(fields);
    }
    let named = |program: &Program, local: LocalId| {
        (format!("named {}", program.locals[local.index()].name), build::local(program, local, span))
    };
    let mut found: Vec<(String, Expr)> = locals.into_iter().map(|local| named(program, local)).collect();
    // The sender comes first: an attempt is its.
    for local in from.into_iter().chain(program.actions[action.index()].at) {
        let Some(kind) = node_kind(program, local) else { continue };
        let name = format!("node{}", kind.0);
        if found.iter().all(|(n, _)| *n != name) {
            found.push((name, build::local(program, local, span)));
        }
    }
    found
}

/// The name of the part that says at which node an act is tried.
pub(super) const AT: &str = "at";

/// The name of the part that holds the key.
pub(super) const KEY: &str = "key";

/// What a step is without a key: name and value of each part.
fn signature(program: &mut Program, action: ActionId) -> Vec<(String, Expr)> {
    let span = program.actions[action.index()].span;
    let mut found = Vec::new();
    if let ActionKind::Handler { message, fields, .. } = program.actions[action.index()].kind.clone() {
        let from = sender(program, action);
        found.extend(from.map(|from| ("from".to_string(), build::local(program, from, span))));
        found.push((format!("message{}", message.0), content(program, message, &fields, span)));
    }
    let action = &program.actions[action.index()];
    let (at, params) = (action.at, action.params.clone());
    found.extend(at.map(|at| (AT.to_string(), build::local(program, at, span))));
    for param in params {
        found.push((program.locals[param.index()].name.clone(), build::local(program, param, span)));
    }
    found
}

fn content(program: &mut Program, message: MessageId, fields: &[LocalId], span: Span) -> Expr {
    let record = program.messages[message.index()].record;
    let ty = program.types.intern(Type::Record(record));
    let fields = fields.iter().map(|field| build::local(program, *field, span)).collect();
    Expr { kind: ExprKind::Record(record, fields), ty, span }
}

/// The local of a handler's sender, which it gets where it names none. `None`: it is no handler.
pub(super) fn sender(program: &mut Program, action: ActionId) -> Option<LocalId> {
    program.sender(action)
}

pub(super) fn node_kind(program: &Program, local: LocalId) -> Option<NodeId> {
    match program.types.get(program.locals[local.index()].ty) {
        Type::Node(kind) => Some(*kind),
        _ => None,
    }
}

// ---- protection ----

/// What an attempt must not change a second time.
#[derive(Debug, Clone)]
pub(super) enum Protected {
    /// What `protects` or `restores` names, compared by value.
    Value(Expr),
    /// Whatever is written, less what only keeps the attempts apart.
    Written {
        states: Vec<StateId>,
        fields: Vec<NodeFieldId>,
        /// Names of what is left out because guards read it, where they tell several acts apart.
        guarded: Vec<String>,
    },
}

impl Protected {
    /// What it consists of.
    pub(super) fn reads(&self, program: &Program) -> Mentions {
        match self {
            Protected::Value(e) => Mentions::of(program, e),
            Protected::Written { states, fields, .. } => {
                Mentions { states: states.clone(), node_fields: fields.clone(), ..Mentions::default() }
            }
        }
    }

    /// `watched`: the actions whose writes count. `None`: nothing is left.
    pub(super) fn of(program: &Program, resolution: &Resolution, watched: &[ActionId]) -> Option<Protected> {
        if let Some(e) = resolution.protects.as_ref().or(resolution.restores.as_ref()) {
            return Some(Protected::Value(e.clone()));
        }
        let mut kept = Mentions::default();
        resolution.attempts.iter().for_each(|attempts| kept.read(program, &attempts.counter));
        resolution.token.iter().for_each(|token| kept.read(program, &token.value));
        let mut asked = Mentions::default();
        let acts: Vec<ActionId> =
            resolution.actions.iter().copied().filter(|a| !is_handler(program, *a)).collect();
        for action in &acts {
            program.actions[action.index()].guards.iter().for_each(|guard| asked.read(program, guard));
        }
        let all = Self::written(program, watched, &kept)?;
        let read = Mentions {
            states: [asked.states, kept.states].concat(),
            node_fields: [asked.node_fields, kept.node_fields].concat(),
            ..Mentions::default()
        };
        let left = Self::written(program, watched, &read)?;
        Some(if acts.len() > 1 { left.without(&all, program) } else { left })
    }

    /// What is left of all that is written, with the names of the others.
    fn without(self, all: &Protected, program: &Program) -> Protected {
        let (
            Protected::Written { states, fields, .. },
            Protected::Written { states: every, fields: each, .. },
        ) = (&self, all)
        else {
            return self;
        };
        let others = Protected::Written {
            states: every.iter().copied().filter(|s| !states.contains(s)).collect(),
            fields: each.iter().copied().filter(|f| !fields.contains(f)).collect(),
            guarded: Vec::new(),
        };
        let guarded = others.names(program);
        Protected::Written { states: states.clone(), fields: fields.clone(), guarded }
    }

    /// The same with what its guards read: for a repair, which is there to change just that.
    pub(super) fn whole(
        program: &Program,
        resolution: &Resolution,
        watched: &[ActionId],
    ) -> Option<Protected> {
        match resolution.protects.as_ref().or(resolution.restores.as_ref()) {
            Some(e) => Some(Protected::Value(e.clone())),
            None => Self::written(program, watched, &Mentions::default()),
        }
    }

    fn written(program: &Program, watched: &[ActionId], kept: &Mentions) -> Option<Protected> {
        let (mut states, mut fields) = (Vec::new(), Vec::new());
        for action in watched {
            let written = Mentions::written(&program.actions[action.index()].body);
            states.extend(written.states);
            fields.extend(written.node_fields);
        }
        states.retain(|s| !kept.states.contains(s) && !program.states[s.index()].ghost);
        fields.retain(|f| !kept.node_fields.contains(f) && !program.node_fields[f.index()].ghost);
        states.sort_unstable();
        states.dedup();
        fields.sort_unstable();
        fields.dedup();
        let guarded = Vec::new();
        (!states.is_empty() || !fields.is_empty()).then_some(Protected::Written { states, fields, guarded })
    }

    /// Whether the step changed it.
    pub(super) fn changed(&self, program: &mut Program, span: Span) -> Expr {
        match self {
            Protected::Value(e) => build::differs(program, build::old(e.clone()), e.clone()),
            Protected::Written { states, fields, .. } => {
                let one = |program: &mut Program| {
                    let changes = states.iter().map(|s| state_changed(program, *s, span));
                    changes.collect::<Vec<_>>()
                };
                let mut all = one(program);
                for field in fields {
                    let at = any_node(program, program.node_fields[field.index()].node, span);
                    let node = build::local(program, at.local, span);
                    let changed = field_changed(program, *field, &node);
                    all.push(build::some(program, Some(&at), changed));
                }
                any_of(program, all, span)
            }
        }
    }

    /// Whether it is something else in another world, into which `there` takes expressions.
    pub(super) fn differs(&self, program: &mut Program, span: Span, there: &dyn Fn(&Expr) -> Expr) -> Expr {
        let apart = |program: &mut Program, e: Expr| {
            let there = there(&e);
            build::differs(program, e, there)
        };
        match self {
            Protected::Value(e) => apart(program, e.clone()),
            Protected::Written { states, fields, .. } => {
                let mut all = Vec::new();
                for id in states {
                    let e = state(program, *id, span);
                    all.push(apart(program, e));
                }
                for field in fields {
                    let at = any_node(program, program.node_fields[field.index()].node, span);
                    let node = build::local(program, at.local, span);
                    let e = field_of(program, *field, &node);
                    let e = apart(program, e);
                    all.push(build::some(program, Some(&at), e));
                }
                any_of(program, all, span)
            }
        }
    }

    /// Its parts, each variable of its own: under its name, or as the author has written it.
    pub(super) fn parts(&self, program: &mut Program, span: Span) -> Vec<(Option<String>, Expr)> {
        let (states, fields) = match self {
            Protected::Value(e) => return values(program, e).into_iter().map(|e| (None, e)).collect(),
            Protected::Written { states, fields, .. } => (states, fields),
        };
        let mut all = Vec::new();
        for id in states {
            all.push((Some(program.states[id.index()].name.clone()), state(program, *id, span)));
        }
        for field in fields {
            let known = &program.node_fields[field.index()];
            let (kind, name) = (known.node, known.name.clone());
            let ty = program.types.intern(Type::Node(kind));
            for member in 0..program.nodes[kind.index()].count {
                let node = Expr { kind: ExprKind::Member(member), ty, span };
                let name = format!("{}.{name}", program.nodes[kind.index()].member(member));
                all.push((Some(name), field_of(program, *field, &node)));
            }
        }
        all
    }

    /// The variables that it is made of.
    pub(super) fn variables(&self, program: &Program) -> (Vec<StateId>, Vec<NodeFieldId>) {
        match self {
            Protected::Value(e) => {
                let mentions = Mentions::of(program, e);
                (mentions.states, mentions.node_fields)
            }
            Protected::Written { states, fields, .. } => (states.clone(), fields.clone()),
        }
    }

    /// Whether some of these actions write of it.
    pub(super) fn is_written(&self, program: &Program, actions: &[ActionId]) -> bool {
        let (states, node_fields) = self.variables(program);
        let reads = Mentions { states, node_fields, ..Mentions::default() };
        actions.iter().any(|a| Mentions::written(&program.actions[a.index()].body).overlap(&reads))
    }

    /// How the author can say what counts, in such a clause; `None`: it is said, or is one thing.
    pub(super) fn advice(&self, program: &Program, clause: &str) -> Option<String> {
        let Protected::Written { states, fields, .. } = self else { return None };
        let states = states.iter().map(|s| program.states[s.index()].name.clone());
        let fields = fields.iter().map(|f| {
            let field = &program.node_fields[f.index()];
            let node = &program.nodes[field.node.index()];
            match node.count {
                1 => format!("{}.{}", node.member(0), field.name),
                _ => format!("[x.{} for x in {}]", field.name, node.name),
            }
        });
        let all: Vec<String> = states.chain(fields).collect();
        let written = all.join(", ");
        let advice = "all that its clauses write is compared; where less counts, say what";
        (all.len() > 1).then(|| format!("{advice}: `{clause} [{written}]`"))
    }

    /// `d.t` and so on, for reports; empty where the author has said it.
    pub(super) fn words(&self, program: &Program) -> String {
        let all = self.names(program).join(", ");
        match self {
            Protected::Written { guarded, .. } if !guarded.is_empty() => {
                format!("{all}; not of {}, by which its guards choose", guarded.join(", "))
            }
            Protected::Written { .. } | Protected::Value(_) => all,
        }
    }

    fn names(&self, program: &Program) -> Vec<String> {
        let Protected::Written { states, fields, .. } = self else { return Vec::new() };
        let states = states.iter().map(|s| program.states[s.index()].name.clone());
        let fields = fields.iter().map(|f| {
            let field = &program.node_fields[f.index()];
            format!("{}.{}", program.nodes[field.node.index()].name, field.name)
        });
        states.chain(fields).map(|name| format!("`{name}`")).collect()
    }
}

/// Each of several unlike values, or the one.
fn values(program: &Program, e: &Expr) -> Vec<Expr> {
    match &e.kind {
        ExprKind::Record(record, parts) if program.records[record.index()].name.is_empty() => parts.clone(),
        _ => vec![e.clone()],
    }
}

pub(super) fn is_handler(program: &Program, action: ActionId) -> bool {
    matches!(program.actions[action.index()].kind, ActionKind::Handler { .. })
}

pub(super) fn state_changed(program: &mut Program, id: StateId, span: Span) -> Expr {
    let now = state(program, id, span);
    build::differs(program, build::old(now.clone()), now)
}

fn field_of(program: &Program, field: NodeFieldId, node: &Expr) -> Expr {
    let ty = program.node_fields[field.index()].ty;
    let kind = ExprKind::NodeField { node: Box::new(node.clone()), field };
    Expr { kind, ty, span: node.span }
}

pub(super) fn field_changed(program: &mut Program, field: NodeFieldId, node: &Expr) -> Expr {
    let now = field_of(program, field, node);
    build::differs(program, build::old(now.clone()), now)
}

/// A binder over all nodes of a kind.
pub(super) fn any_node(program: &mut Program, kind: NodeId, span: Span) -> Binder {
    let ty = program.types.intern(Type::Node(kind));
    program.locals.push(Local { name: "n".to_string(), ty, span });
    let set_ty: TypeId = program.types.intern(Type::Set(ty));
    let set = Expr { kind: ExprKind::TypeSet(ty), ty: set_ty, span };
    let local = LocalId(program.locals.len() as u32 - 1);
    Binder { local, set: Box::new(set), filter: None, span }
}

pub(super) fn any_of(program: &mut Program, all: Vec<Expr>, span: Span) -> Expr {
    let any = all.into_iter().reduce(|a, b| build::binary(program, BinaryOp::Or, a, b));
    any.unwrap_or_else(|| build::boolean(program, ExprKind::Bool(false), span))
}
