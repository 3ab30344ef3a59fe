//! `retry` and `dedupe`, by their definitions.

use super::judge::{Found, Protected, Seen, Watch, acts, can_act, is_handler, judge, key_of, places};
use super::world::{Kind, Locals, Step, World};
use crate::random::naive::{State, Trap};
use reconverge_lang::analysis::program::*;
use reconverge_lang::analysis::walk::Mentions;
use reconverge_lang::concepts::Fault;
use reconverge_lang::value::Value;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub fn retry(world: &World<'_>, resolution: &Resolution) -> Option<Found> {
    let attempts = resolution.attempts.as_ref().expect("every retry here has a bound");
    let bounded = judge(world, Bounded { resolution, attempts, reached: false });
    let mut watched = world.p.deliveries(&resolution.actions);
    watched.extend(resolution.actions.iter().filter(|a| is_handler(world.p, **a)));
    let followed = followed(world, resolution, &watched);
    let leading = leading(world, &followed);
    watched.extend(&followed);
    let ends = watched.is_empty();
    if ends {
        watched = resolution.actions.clone();
    }
    let protected = Protected::of(world, resolution, &watched)?;
    if comes_back(world, &protected) {
        return None;
    }
    let recovered = Rc::new(Cell::new(false));
    let told = Rc::clone(&recovered);
    let harmless =
        Harmless { resolution, watched, followed, leading, protected, ends, again: false, recovered };
    let found = bounded.and(judge(world, harmless));
    // What holds says nothing where a restart may have done it again.
    Some(found).filter(|found| matches!(found, Found::Violated(_)) || !told.get())
}

/// The handlers that a delivery may lead to, these included.
fn reached(world: &World<'_>, handlers: &[ActionId]) -> BTreeSet<ActionId> {
    let mut all: BTreeSet<ActionId> = handlers.iter().copied().collect();
    let mut queue = handlers.to_vec();
    while let Some(action) = queue.pop() {
        let next = world.p.deliveries(&[action]);
        queue.extend(next.into_iter().filter(|a| all.insert(*a)));
    }
    all
}

/// Those that write something that `protects` names.
fn followed(world: &World<'_>, resolution: &Resolution, from: &[ActionId]) -> Vec<ActionId> {
    let Some(protects) = &resolution.protects else { return Vec::new() };
    let named = places(world, &Mentions::of(world.p, protects));
    let writes = |a: &ActionId| {
        let written = places(world, &Mentions::written(&world.p.actions[a.index()].body));
        written.iter().any(|place| named.contains(place))
    };
    reached(world, from).into_iter().filter(|a| !from.contains(a) && writes(a)).collect()
}

/// Messages that lead to what is followed.
fn leading(world: &World<'_>, followed: &[ActionId]) -> Vec<MessageId> {
    let leads = |m: &MessageId| {
        let reached = reached(world, &world.p.handlers(&[*m]));
        reached.iter().any(|a| followed.contains(a))
    };
    (0..world.p.messages.len() as u32).map(MessageId).filter(leads).collect()
}

/// Of some of these messages there are more here than there.
fn more(world: &World<'_>, of: &[MessageId], here: &State, there: &State) -> bool {
    let count = |state: &State, id: MessageId| {
        let name = &world.p.messages[id.index()].name;
        let of = |m: &&Value| matches!(m, Value::Record(n, _) if **n == **name);
        world.in_flight(state).iter().filter(of).count()
    };
    of.iter().any(|m| count(here, *m) > count(there, *m))
}

pub fn dedupe(world: &World<'_>, resolution: &Resolution) -> Option<Found> {
    let messages: Vec<MessageId> = resolution
        .actions
        .iter()
        .filter_map(|a| match world.p.actions[a.index()].kind {
            ActionKind::Handler { message, .. } => Some(message),
            _ => None,
        })
        .collect();
    let handlers = world.p.handlers(&messages);
    let watched = if handlers.is_empty() { resolution.actions.clone() } else { handlers };
    let followed = followed(world, resolution, &watched);
    let protected = Protected::of(world, resolution, &watched)?;
    if comes_back(world, &protected) {
        return None;
    }
    let all_handlers = watched.iter().all(|a| is_handler(world.p, *a));
    let all = [watched.clone(), followed.clone()].concat();
    let leading = leading(world, &followed);
    let (ends, again, leads) = (false, false, leading.clone());
    let recovered = Rc::new(Cell::new(false));
    let told = Rc::clone(&recovered);
    let harmless =
        Harmless { resolution, watched: all, followed, leading: leads, protected, ends, again, recovered };
    let harmless = judge(world, harmless);
    let found = match &resolution.protects {
        // What would have been chosen is not known.
        Some(_) if all_handlers && watched.iter().any(|a| chooses(&world.p.actions[a.index()].body)) => None,
        Some(protects) if all_handlers => {
            let protected = Protected::Value(protects.clone());
            let kept = protected.variables(world);
            let written = |a: &ActionId| {
                let written = Mentions::written(&world.p.actions[a.index()].body);
                places(world, &written)
            };
            let itself = asks_itself(world, &watched, &kept);
            let record = watched.iter().flat_map(written).filter(|i| itself || !kept.contains(i)).collect();
            let first = world.initial().ok()?.state;
            let refused = Refused { resolution, watched, leading, protected, record, first };
            Some(harmless.and(judge(world, refused)))
        }
        _ => Some(harmless),
    };
    found.filter(|found| matches!(found, Found::Violated(_)) || !told.get())
}

/// A restart may write what a crash took of this: whether an attempt is new is then not known.
fn comes_back(world: &World<'_>, protected: &Protected) -> bool {
    let (crashes, wipes) = (world.faults.allows(Fault::Crash), world.faults.allows(Fault::Wipe));
    let written = world.p.actions.iter().filter(|a| matches!(a.kind, ActionKind::Restart(_)));
    let written: Vec<usize> =
        written.flat_map(|action| places(world, &Mentions::written(&action.body))).collect();
    let lost = |place: &usize| match holder(world, *place) {
        Some((_, volatile)) => wipes || volatile && crashes,
        None => false,
    };
    protected.variables(world).iter().any(|place| lost(place) && written.contains(place))
}

/// Handlers decide by what is protected, and by nothing else that they write.
fn asks_itself(world: &World<'_>, handlers: &[ActionId], protected: &[usize]) -> bool {
    let (mut asked, mut written) = (BTreeSet::new(), BTreeSet::new());
    for handler in handlers {
        let known = &world.p.actions[handler.index()];
        written.extend(places(world, &Mentions::written(&known.body)));
        let mut ask = |e: &Expr| asked.extend(places(world, &Mentions::of(world.p, e)));
        known.guards.iter().for_each(&mut ask);
        let mut look = |stmt: &Stmt| stmt.parts(&mut |e| ask(e));
        known.body.iter().for_each(|stmt| stmt.walk(&mut look));
    }
    let own = |place: &&usize| protected.contains(place);
    asked.iter().any(|place| own(&place)) && !asked.iter().any(|p| written.contains(p) && !own(&p))
}

fn chooses(body: &[Stmt]) -> bool {
    let mut found = false;
    let mut look = |stmt: &Stmt| found |= matches!(stmt.kind, StmtKind::Choose { .. });
    body.iter().for_each(|stmt| stmt.walk(&mut look));
    found
}

/// What tells an attempt from others; `None`: the step belongs to none.
fn attempt(
    world: &World<'_>,
    resolution: &Resolution,
    before: &State,
    step: &Step,
) -> Result<Option<Vec<Value>>, Trap> {
    let action = step.action().expect("an action's step");
    if !resolution.key.is_empty() {
        let key = key_of(world, resolution, before, action, &step.locals)?;
        // A message without the names of the key is what it is.
        return Ok(key.or(step.message.clone()).map(|key| vec![key]));
    }
    if let Some(message) = &step.message {
        return Ok(Some(vec![message.clone()]));
    }
    let known = &world.p.actions[action.index()];
    Ok(Some(known.at.iter().chain(&known.params).map(|local| step.locals[local].clone()).collect()))
}

// ---- at most so often ----

/// Each message that an action sends, with its fields, and the name of its node.
fn sendings(world: &World<'_>, action: ActionId) -> Vec<(MessageId, Vec<Expr>, Option<LocalId>)> {
    let known = &world.p.actions[action.index()];
    let mut all = Vec::new();
    let mut look = |stmt: &Stmt| {
        if let StmtKind::Send { message, fields, .. } = &stmt.kind {
            all.push((*message, fields.clone(), known.at));
        }
    };
    known.body.iter().for_each(|stmt| stmt.walk(&mut look));
    all
}

/// An expression wherever it is written, at whatever name of the node.
fn bare(e: &Expr, at: Option<LocalId>) -> Expr {
    let mut e = e.clone();
    e.span = Default::default();
    if matches!(e.kind, ExprKind::Local(local) if Some(local) == at) {
        e.kind = ExprKind::None;
    }
    e.parts_mut(&mut |part| *part = bare(part, at));
    e
}

/// What a body binds.
fn binders(body: &[Stmt]) -> Vec<LocalId> {
    let mut all = Vec::new();
    let mut look = |stmt: &Stmt| match &stmt.kind {
        StmtKind::For { binder, .. } | StmtKind::Choose { binder, .. } => all.push(binder.local),
        _ => {}
    };
    body.iter().for_each(|stmt| stmt.walk(&mut look));
    all
}

fn mentions(e: &Expr, local: LocalId) -> bool {
    let mut found = false;
    e.walk(&mut |part| found |= matches!(part.kind, ExprKind::Local(l) if l == local));
    found
}

struct Bounded<'r> {
    resolution: &'r Resolution,
    attempts: &'r Attempts,
    reached: bool,
}

/// How often an attempt was made, where, and whether the last was not counted, and nothing could be done then.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Made {
    count: i64,
    node: Option<Value>,
    idle: bool,
}

type Counts = BTreeMap<Vec<Value>, Made>;

/// What every step that takes these executes.
fn always(body: &[Stmt]) -> Vec<&Stmt> {
    let mut all = Vec::new();
    for stmt in body {
        match &stmt.kind {
            StmtKind::Choose { body, .. } => all.extend(always(body)),
            _ => all.push(stmt),
        }
    }
    all
}

/// A statement that writes, as text in which its node has no name.
fn bare_write(stmt: &Stmt, at: Option<LocalId>) -> Option<String> {
    let (place, op, value) = match &stmt.kind {
        StmtKind::Assign { place, value } => (place, None, Some(value)),
        StmtKind::Mutate { place, op, value } => (place, Some(op), value.as_ref()),
        _ => return None,
    };
    let root = match &place.root {
        PlaceRoot::State(id) => format!("{id:?}"),
        PlaceRoot::NodeField { node, field } => format!("{field:?} of {:?}", bare(node, at)),
    };
    let path = |step: &PathStep| match step {
        PathStep::Field(number) => number.to_string(),
        PathStep::Index { index, .. } => format!("{:?}", bare(index, at)),
    };
    let path: Vec<String> = place.path.iter().map(path).collect();
    Some(format!("{root} {path:?} {op:?} {:?}", value.map(|value| bare(value, at))))
}

impl Bounded<'_> {
    /// An expression in the scope of the first act, at a node.
    fn at(&self, world: &World<'_>, state: &State, node: Option<&Value>, e: &Expr) -> Result<i64, Trap> {
        let first = acts(world.p, self.resolution)[0];
        let at = world.p.actions[first.index()].at;
        let locals: Locals = at.zip(node.cloned()).into_iter().collect();
        match world.eval(state, &locals, e)? {
            Value::Int(i) => Ok(i),
            value => panic!("{value} counts nothing"),
        }
    }

    /// The acts that write the counter; all, where none does.
    fn counted(&self, world: &World<'_>) -> Vec<ActionId> {
        let counter = places(world, &Mentions::of(world.p, &self.attempts.counter));
        let acts = acts(world.p, self.resolution);
        let writes = |a: &&ActionId| {
            let written = places(world, &Mentions::written(&world.p.actions[a.index()].body));
            written.iter().any(|place| counter.contains(place))
        };
        let counted: Vec<ActionId> = acts.iter().filter(writes).copied().collect();
        if counted.is_empty() { acts } else { counted }
    }

    fn protected(&self, world: &World<'_>) -> Vec<usize> {
        let protects = self.resolution.protects.as_ref();
        protects.map_or(Vec::new(), |e| places(world, &Mentions::of(world.p, e)))
    }

    /// What those send, and what else an act sends by which something protected may change.
    fn tries(&self, world: &World<'_>) -> Vec<(MessageId, Vec<Expr>, Option<LocalId>)> {
        let protected = self.protected(world);
        let takes_effect = |message: MessageId| {
            reached(world, &world.p.handlers(&[message])).iter().any(|a| {
                let written = Mentions::written(&world.p.actions[a.index()].body);
                places(world, &written).iter().any(|place| protected.contains(place))
            })
        };
        let counted = self.counted(world);
        let all = acts(world.p, self.resolution).into_iter();
        let of = |act: ActionId| sendings(world, act).into_iter().map(move |sent| (act, sent));
        let tried = all.flat_map(of).filter(|(act, sent)| counted.contains(act) || takes_effect(sent.0));
        tried.map(|(_, sent)| sent).collect()
    }

    /// Whatever way a step of the act goes, it does to what is protected what one that counts does.
    fn is_effective(&self, world: &World<'_>, act: ActionId) -> bool {
        let protected = self.protected(world);
        let counter = places(world, &Mentions::of(world.p, &self.attempts.counter));
        let writes = |stmt: &&Stmt| {
            let written = places(world, &Mentions::written(std::slice::from_ref(*stmt)));
            written.iter().any(|place| protected.contains(place))
                && !written.iter().any(|place| counter.contains(place))
        };
        let mut done = BTreeSet::new();
        for act in self.counted(world) {
            let known = &world.p.actions[act.index()];
            let mut look = |stmt: &Stmt| {
                if writes(&stmt) {
                    done.extend(bare_write(stmt, known.at));
                }
            };
            known.body.iter().for_each(|stmt| stmt.walk(&mut look));
        }
        let known = &world.p.actions[act.index()];
        always(&known.body)
            .into_iter()
            .filter_map(|stmt| bare_write(stmt, known.at))
            .any(|stmt| done.contains(&stmt))
    }

    /// Whether an action writes the counter whichever way it goes, and does so at this node, where its head says at which.
    fn writes_at(&self, world: &World<'_>, step: &Step, node: Option<&Value>) -> bool {
        let Some(action) = step.action() else { return false };
        let known = &world.p.actions[action.index()];
        let counter = Mentions::of(world.p, &self.attempts.counter);
        let (mut any, mut here, mut told) = (false, false, true);
        for stmt in always(&known.body) {
            let (StmtKind::Assign { place, .. } | StmtKind::Mutate { place, .. }) = &stmt.kind else {
                continue;
            };
            match &place.root {
                PlaceRoot::State(id) if counter.states.contains(id) => {
                    any = true;
                    told = false;
                }
                PlaceRoot::NodeField { node: at, field } if counter.node_fields.contains(field) => {
                    any = true;
                    match &at.kind {
                        ExprKind::Local(l) if known.at == Some(*l) || known.params.contains(l) => {
                            here |= node == step.locals.get(l);
                        }
                        _ => told = false,
                    }
                }
                _ => {}
            }
        }
        any && (here || !told || node.is_none())
    }

    /// A handler of the resolution, where its acts are, that sends in a step what one of them would send there.
    fn sends_again(&self, world: &World<'_>, before: &State, step: &Step) -> Result<Option<ActionId>, Trap> {
        let Some(action) = step.action() else { return Ok(None) };
        let first = acts(world.p, self.resolution)[0];
        let kind = |a: ActionId| world.p.actions[a.index()].at.map(|at| world.p.locals[at.index()].ty);
        if !is_handler(world.p, action)
            || !self.resolution.actions.contains(&action)
            || kind(action) != kind(first)
        {
            return Ok(None);
        }
        let known = &world.p.actions[action.index()];
        let node = known.at.map(|at| step.locals[&at].clone());
        let steady = |a: ActionId, e: &Expr| {
            let body = &world.p.actions[a.index()].body;
            let written = places(world, &Mentions::written(body));
            let read = places(world, &Mentions::of(world.p, e));
            let bound = binders(body).iter().any(|local| mentions(e, *local));
            !bound && !read.iter().any(|place| written.contains(place))
        };
        for act in acts(world.p, self.resolution) {
            let at = world.p.actions[act.index()].at;
            let there: Locals = at.zip(node.clone()).into_iter().collect();
            let of = |(id, ..): &(MessageId, Vec<Expr>, Option<LocalId>)| {
                self.tries(world).iter().any(|(tried, ..)| tried == id)
            };
            for (tried, with, from) in sendings(world, act).into_iter().filter(|one| of(one)) {
                for (message, fields, at) in sendings(world, action) {
                    let mut same = message == tried;
                    for (a, b) in with.iter().zip(&fields).filter(|_| message == tried) {
                        let alike = bare(a, from) == bare(b, at);
                        same &= alike
                            || (steady(act, a)
                                && steady(action, b)
                                && world.eval(before, &there, a)? == world.eval(before, &step.locals, b)?);
                    }
                    if same {
                        return Ok(Some(action));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The step has sent one of these; what it takes is one less.
    fn sent(&self, world: &World<'_>, before: &State, step: &Step) -> bool {
        let named = |m: &Value, id: MessageId| matches!(m, Value::Record(n, _) if **n == *world.p.messages[id.index()].name);
        let count = |state: &State, id| world.in_flight(state).iter().filter(|m| named(m, id)).count();
        self.tries(world).into_iter().any(|(id, ..)| {
            let taken = usize::from(step.message.as_ref().is_some_and(|m| named(m, id)));
            count(&step.next.state, id) + taken > count(before, id)
        })
    }

    /// The step is one of the resolution's own handlers, where its acts are, after which one of them can be taken, or which
    /// has sent what one of them would.
    fn goes_on(&self, world: &World<'_>, before: &State, step: &Step) -> Result<bool, Trap> {
        let Some(action) = step.action() else { return Ok(false) };
        let first = acts(world.p, self.resolution)[0];
        let kind = |a: ActionId| world.p.actions[a.index()].at.map(|at| world.p.locals[at.index()].ty);
        let own = is_handler(world.p, action) && self.resolution.actions.contains(&action);
        if !own || kind(action) != kind(first) {
            return Ok(false);
        }
        let node = world.p.actions[action.index()].at.map(|at| step.locals[&at].clone());
        let after = &step.next.state;
        let mut able = self.sends_again(world, before, step)?.is_some() && self.sent(world, before, step);
        for act in acts(world.p, self.resolution) {
            for (locals, _) in world.instances(after, act) {
                let there = world.p.actions[act.index()].at.map(|at| locals[&at].clone());
                able |= there == node && world.enabled(after, act, &locals)?;
            }
        }
        Ok(able)
    }

    /// Of an attempt with a key: wherever that is its key.
    fn reset(
        &self,
        world: &World<'_>,
        (before, step): (&State, &Step),
        (key, made): (&[Value], &Made),
    ) -> Result<bool, Trap> {
        let lowered = |node: Option<&Value>| -> Result<bool, Trap> {
            let e = &self.attempts.counter;
            let (then, now) = (self.at(world, before, node, e)?, self.at(world, &step.next.state, node, e)?);
            Ok(now < then || made.idle && now <= then && self.writes_at(world, step, node))
        };
        if self.resolution.key.is_empty() {
            return lowered(made.node.as_ref());
        }
        for act in acts(world.p, self.resolution) {
            for (locals, _) in world.instances(before, act) {
                let node = world.p.actions[act.index()].at.map(|at| locals[&at].clone());
                let theirs = key_of(world, self.resolution, before, act, &locals)?;
                if theirs.is_some_and(|theirs| key == [theirs]) && lowered(node.as_ref())? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

impl Watch for Bounded<'_> {
    type Past = Counts;

    fn step(
        &mut self,
        world: &World<'_>,
        past: &Counts,
        before: &State,
        step: &Step,
    ) -> Result<Seen<Counts>, Trap> {
        let after = &step.next.state;
        let mut counts = past.clone();
        let act = step.action().filter(|a| acts(world.p, self.resolution).contains(a));
        let Some(act) = act else {
            let again = self.sends_again(world, before, step)?;
            let here = again.and_then(|a| world.p.actions[a.index()].at).map(|at| step.locals[&at].clone());
            let sent = here.is_some() && self.sent(world, before, step);
            let named = match again {
                Some(a) => key_of(world, self.resolution, before, a, &step.locals)?,
                None => None,
            };
            let same = |key: &[Value], node: &Option<Value>| match self.resolution.key.is_empty() {
                true => *node == here,
                false => named.as_ref().is_some_and(|named| key == [named.clone()]),
            };
            let goes_on = self.goes_on(world, before, step)?;
            for (key, made) in past {
                if !goes_on && self.reset(world, (before, step), (key, made))? {
                    counts.remove(key);
                } else if sent && same(key, &made.node) {
                    let limit = self.at(world, before, made.node.as_ref(), &self.attempts.limit)?;
                    let count = &mut counts.get_mut(key).expect("it is there").count;
                    *count += 1;
                    self.reached |= *count >= limit;
                    if *count > limit {
                        return Ok(Seen::Broken);
                    }
                }
            }
            return Ok(Seen::Goes(counts));
        };
        let Some(key) = attempt(world, self.resolution, before, step)? else { return Ok(Seen::Goes(counts)) };
        let node = world.p.actions[act.index()].at.map(|at| step.locals[&at].clone());
        let of = |state| self.at(world, state, node.as_ref(), &self.attempts.counter);
        let (then, now) = (of(before)?, of(after)?);
        if now <= then {
            let sent = world.in_flight(after).len() > world.in_flight(before).len();
            if sent || can_act(world, self.resolution, before, step, after)? {
                return Ok(Seen::Broken);
            }
            if now < then || !self.is_effective(world, act) {
                counts.remove(&key);
                return Ok(Seen::Goes(counts));
            }
        }
        let limit = self.at(world, before, node.as_ref(), &self.attempts.limit)?;
        let made = counts.entry(key).or_insert(Made { count: 0, node, idle: false });
        made.count += 1;
        made.idle = now <= then;
        self.reached |= made.count >= limit;
        Ok(if made.count > limit { Seen::Broken } else { Seen::Goes(counts) })
    }

    fn exercised(&self) -> bool {
        self.reached
    }
}

// ---- at most once ----

struct Harmless<'r> {
    resolution: &'r Resolution,
    watched: Vec<ActionId>,
    /// Those that only follow.
    followed: Vec<ActionId>,
    /// The messages that lead to them.
    leading: Vec<MessageId>,
    protected: Protected,
    /// Attempts are acts, and end.
    ends: bool,
    again: bool,
    /// A restart changed what is protected after an attempt had taken effect.
    recovered: Rc<Cell<bool>>,
}

/// Where what an attempt changed is kept: in what outlives crashes, and in what these nodes lose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Effect {
    /// Something of no node.
    global: bool,
    /// The nodes in whose volatile fields there is something of it.
    volatile: BTreeSet<(NodeId, usize)>,
    /// And in whose durable ones.
    disks: BTreeSet<(NodeId, usize)>,
    node: Option<Value>,
}

impl Harmless<'_> {
    fn effect(&self, world: &World<'_>, before: &State, step: &Step, node: Option<Value>) -> Effect {
        let mut effect = Effect { global: false, volatile: BTreeSet::new(), disks: BTreeSet::new(), node };
        for place in self.protected.variables(world) {
            if before[place] == step.next.state[place] {
                continue;
            }
            match holder(world, place) {
                Some((node, true)) => drop(effect.volatile.insert(node)),
                Some((node, false)) => drop(effect.disks.insert(node)),
                None => effect.global = true,
            }
        }
        effect
    }

    /// Nothing can be done for an attempt any more, or its counter was set back by somebody.
    fn over(&self, world: &World<'_>, before: &State, step: &Step, effect: &Effect) -> Result<bool, Trap> {
        if !self.ends || !self.resolution.key.is_empty() || step.action().is_none() {
            return Ok(false);
        }
        let after = &step.next.state;
        let mut able = false;
        for act in acts(world.p, self.resolution) {
            for (locals, _) in world.instances(after, act) {
                let node = world.p.actions[act.index()].at.map(|at| locals[&at].clone());
                able |= node == effect.node && world.enabled(after, act, &locals)?;
            }
        }
        let Some(attempts) = &self.resolution.attempts else { return Ok(!able) };
        let bounded = Bounded { resolution: self.resolution, attempts, reached: false };
        let of = |state| bounded.at(world, state, effect.node.as_ref(), &attempts.counter);
        Ok(!able || of(after)? < of(before)?)
    }
}

/// The node whose field a variable is, and whether that is volatile.
fn holder(world: &World<'_>, place: usize) -> Option<((NodeId, usize), bool)> {
    for (index, field) in world.p.node_fields.iter().enumerate() {
        let count = world.p.nodes[field.node.index()].count as usize;
        let of = |member: &usize| world.places().field(NodeFieldId(index as u32), *member) == place;
        if let Some(member) = (0..count).find(of) {
            return Some(((field.node, member), field.volatile));
        }
    }
    None
}

impl Watch for Harmless<'_> {
    /// What attempts have changed, and which have only led to something.
    type Past = (BTreeMap<Vec<Value>, Effect>, BTreeSet<Vec<Value>>);

    fn step(
        &mut self,
        world: &World<'_>,
        (past, led): &Self::Past,
        before: &State,
        step: &Step,
    ) -> Result<Seen<Self::Past>, Trap> {
        let (mut all, mut led) = (past.clone(), led.clone());
        if let Kind::Node(fault @ (Fault::Crash | Fault::Wipe), node, member) = step.kind {
            for (key, effect) in past {
                let lost = (node, member);
                let mut left = effect.clone();
                let mut forgets = left.volatile.remove(&lost);
                forgets |= fault == Fault::Wipe && left.disks.remove(&lost);
                if forgets && left.volatile.is_empty() && left.disks.is_empty() && !left.global {
                    all.remove(key);
                } else {
                    all.insert(key.clone(), left);
                }
            }
        }
        let watched = step.action().filter(|a| self.watched.contains(a));
        let key = match watched {
            Some(_) => attempt(world, self.resolution, before, step)?,
            None => None,
        };
        let changed = self.protected.differs(world, before, &step.next.state)?;
        if let Some(key) = &key
            && past.contains_key(key)
        {
            self.again = true;
            if changed {
                return Ok(Seen::Broken);
            }
        }
        self.again |= key.as_ref().is_some_and(|key| led.contains(key));
        if let Kind::Restart(_, node, member) = step.kind
            && changed
        {
            let name = Value::Name(world.p.nodes[node.index()].member(member as u32).into());
            let anywhere = !self.resolution.key.is_empty() || !self.leading.is_empty();
            let here = |effect: &&Effect| anywhere || effect.node == Some(name.clone());
            self.recovered.set(self.recovered.get() || past.values().any(|effect| here(&effect)));
        }
        for (key, effect) in past {
            if self.over(world, before, step, effect)? {
                all.remove(key);
            }
        }
        if let (Some(action), Some(key)) = (watched, key.clone())
            && !changed
            && !self.followed.contains(&action)
            && more(world, &self.leading, &step.next.state, before)
        {
            led.insert(key);
        }
        if let (Some(action), Some(key), true) = (watched, key, changed)
            && !past.contains_key(&key)
        {
            let able = !self.ends
                || !self.resolution.key.is_empty()
                || can_act(world, self.resolution, before, step, &step.next.state)?;
            if able {
                let node = world.p.actions[action.index()].at.map(|at| step.locals[&at].clone());
                all.insert(key, self.effect(world, before, step, node));
            }
        }
        Ok(Seen::Goes((all, led)))
    }

    fn exercised(&self) -> bool {
        self.again
    }
}

// ---- only what was handled is refused ----

struct Refused<'r> {
    resolution: &'r Resolution,
    watched: Vec<ActionId>,
    /// Messages that lead to a change of what is protected.
    leading: Vec<MessageId>,
    protected: Protected,
    /// The variables that the handlers keep.
    record: Vec<usize>,
    first: State,
}

impl Watch for Refused<'_> {
    type Past = BTreeSet<Vec<Value>>;

    fn step(
        &mut self,
        world: &World<'_>,
        past: &Self::Past,
        before: &State,
        step: &Step,
    ) -> Result<Seen<Self::Past>, Trap> {
        let watched = step.action().filter(|a| self.watched.contains(a));
        let Some(message) = step.message.as_ref().filter(|_| watched.is_some()) else {
            return Ok(Seen::Goes(past.clone()));
        };
        let Some(key) = attempt(world, self.resolution, before, step)? else {
            return Ok(Seen::Goes(past.clone()));
        };
        let after = &step.next.state;
        let took = self.protected.differs(world, before, after)? || more(world, &self.leading, after, before);
        if !past.contains(&key) && !took {
            let mut there = before.clone();
            self.record.iter().for_each(|i| there[*i] = self.first[*i].clone());
            for handler in &self.watched {
                let mine = |(_, m): &(Locals, Option<Value>)| m.as_ref() == Some(message);
                for (locals, _) in world.instances(&there, *handler).into_iter().filter(mine) {
                    let taken = world.without(&there, message).expect("in flight");
                    // What has no value there is not judged.
                    if world.enabled(&there, *handler, &locals) != Ok(true) {
                        continue;
                    }
                    for (end, _) in world.outcomes(&taken, *handler, &locals).unwrap_or_default() {
                        let takes = self.protected.differs(world, &there, &end) == Ok(true);
                        if takes || more(world, &self.leading, &end, after) {
                            return Ok(Seen::Broken);
                        }
                    }
                }
            }
        }
        let mut all = past.clone();
        all.insert(key);
        Ok(Seen::Goes(all))
    }

    fn exercised(&self) -> bool {
        true
    }
}
