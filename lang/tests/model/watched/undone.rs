//! `abort`, `reject` and `compensate`, by their definition: every attempt that was begun has a shadow of its own.

use super::judge::{Found, Protected, Seen, Watch, is_handler, judge, key_of};
use super::stays::{Owed, again, owed};
use super::world::{Kind, Locals, Situation, Step, World, restarts};
use crate::random::naive::{State, Trap};
use reconverge_lang::analysis::program::*;
use reconverge_lang::analysis::walk::Mentions;
use reconverge_lang::concepts::Fault;
use reconverge_lang::value::Value;
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

/// `None`: nothing is protected, or nothing tells which attempt it is that ends.
pub fn undone(world: &World<'_>, resolution: &Resolution) -> Option<Found> {
    let compensates = resolution.since.is_empty();
    let begins = if compensates { resolution.undoes.clone() } else { resolution.since.clone() };
    let ends = resolution.actions.clone();
    let watched = [begins.clone(), ends.clone()].concat();
    let protected = Protected::of(world, resolution, &watched)?;
    let of_messages = begins.iter().any(|a| is_handler(world.p, *a));
    let common = common(world.p, &watched);
    let told = |a: &ActionId| {
        let kind = at(world.p, *a).map(|at| kind(world.p, at));
        let several = kind.is_some_and(|k| world.p.nodes[k.index()].count > 1);
        let known = kind.is_some_and(|k| common.contains(&Feature::Node(k)));
        is_handler(world.p, *a) || !several || known
    };
    if resolution.key.is_empty() && !begins.iter().all(told) {
        return None;
    }
    if may_stay_down(world) {
        return None;
    }
    let unknown = Rc::new(Cell::new(false));
    let told = Rc::clone(&unknown);
    let taken_back = false;
    let watch =
        Undone { resolution, begins, ends, protected, compensates, of_messages, common, taken_back, unknown };
    // What holds says nothing where attempts cannot be told apart, or what would be is not known.
    Some(judge(world, watch)).filter(|found| *found == Found::Stays || !told.get())
}

/// What a restart does may have no way to go on.
fn may_stay_down(world: &World<'_>) -> bool {
    let mut found = false;
    let mut look = |stmt: &Stmt| match &stmt.kind {
        StmtKind::Require(_) => found = true,
        StmtKind::Choose { binder, .. } => {
            found |= binder.filter.is_some() || !matches!(binder.set.kind, ExprKind::TypeSet(_));
        }
        _ => {}
    };
    let all = world.p.actions.iter().filter(|a| matches!(a.kind, ActionKind::Restart(_)));
    all.for_each(|action| action.body.iter().for_each(|stmt| stmt.walk(&mut look)));
    found && (world.faults.allows(Fault::Crash) || world.faults.allows(Fault::Wipe))
}

/// `reject` without `since`.
pub fn untouched(world: &World<'_>, resolution: &Resolution) -> Option<Found> {
    let actions = resolution.actions.clone();
    let protected = Protected::of(world, resolution, &actions)?;
    Some(judge(world, Untouched { actions, protected, taken: false }))
}

struct Untouched {
    actions: Vec<ActionId>,
    protected: Protected,
    taken: bool,
}

impl Watch for Untouched {
    type Past = ();

    fn step(&mut self, world: &World<'_>, _: &(), before: &State, step: &Step) -> Result<Seen<()>, Trap> {
        if !step.action().is_some_and(|a| self.actions.contains(&a)) {
            return Ok(Seen::Goes(()));
        }
        // Somebody was refused: his message was taken, or something changed.
        self.taken |= step.message.is_some() || *before != step.next.state;
        let changed = self.protected.differs(world, before, &step.next.state)?;
        Ok(if changed { Seen::Broken } else { Seen::Goes(()) })
    }

    fn exercised(&self) -> bool {
        self.taken
    }
}

// ---- which attempt ----

/// What steps may have in common.
#[derive(Debug, Clone, PartialEq)]
enum Feature {
    Named(String),
    Node(NodeId),
}

fn at(p: &Program, action: ActionId) -> Option<LocalId> {
    p.actions[action.index()].at
}

fn kind(p: &Program, local: LocalId) -> NodeId {
    match p.types.get(p.locals[local.index()].ty) {
        Type::Node(kind) => *kind,
        ty => panic!("{ty:?} is no kind of node"),
    }
}

/// Parameters and fields by name, nodes by kind, the sender's before the receiver's.
fn features(p: &Program, action: ActionId) -> Vec<Feature> {
    let known = &p.actions[action.index()];
    let mut locals = known.params.clone();
    let mut kinds = Vec::new();
    if let ActionKind::Handler { message, fields, .. } = &known.kind {
        locals.extend(fields);
        let link = &p.links[p.messages[message.index()].link.expect("on a link").index()];
        kinds.push(link.from);
    }
    kinds.extend(known.at.map(|at| kind(p, at)));
    let named = locals.iter().map(|l| Feature::Named(p.locals[l.index()].name.clone()));
    let mut all: Vec<Feature> = named.collect();
    for kind in kinds {
        if !all.contains(&Feature::Node(kind)) {
            all.push(Feature::Node(kind));
        }
    }
    all
}

fn common(p: &Program, actions: &[ActionId]) -> Vec<Feature> {
    let mut all = features(p, actions[0]);
    for action in actions {
        let theirs = features(p, *action);
        all.retain(|feature| theirs.contains(feature));
    }
    all
}

/// Where an action may lead that changes something.
fn changing(world: &World<'_>, state: &State, action: ActionId, locals: &Locals) -> Vec<State> {
    if world.enabled(state, action, locals) != Ok(true) {
        return Vec::new();
    }
    let ways = world.outcomes(state, action, locals).unwrap_or_default();
    ways.into_iter().map(|(next, _)| next).filter(|next| next != state).collect()
}

struct Undone<'r> {
    resolution: &'r Resolution,
    begins: Vec<ActionId>,
    ends: Vec<ActionId>,
    protected: Protected,
    /// Taking back what never began must change nothing.
    compensates: bool,
    of_messages: bool,
    common: Vec<Feature>,
    taken_back: bool,
    /// An attempt began while one was open that nothing tells from it.
    unknown: Rc<Cell<bool>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Phase {
    Begun,
    TakenBack,
    /// It was taken back before it began.
    Before,
}

/// An attempt, and the state as it would be without it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Shadow {
    phase: Phase,
    key: Vec<Value>,
    /// Where an action began it.
    own: Vec<Value>,
    state: State,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Past {
    /// Attempts that have begun and are not over.
    open: BTreeSet<Vec<Value>>,
    shadows: BTreeSet<Shadow>,
}

impl Undone<'_> {
    fn key(&self, world: &World<'_>, before: &State, step: &Step) -> Result<Vec<Value>, Trap> {
        let action = step.action().expect("an action's step");
        if !self.resolution.key.is_empty() {
            let key = key_of(world, self.resolution, before, action, &step.locals)?;
            return Ok(key.into_iter().collect());
        }
        let known = &world.p.actions[action.index()];
        let mut named = known.params.clone();
        if let ActionKind::Handler { fields, .. } = &known.kind {
            named.extend(fields);
        }
        let value = |feature: &Feature| match feature {
            Feature::Named(name) => {
                let local = named.iter().find(|l| world.p.locals[l.index()].name == *name);
                step.locals[local.expect("in common")].clone()
            }
            Feature::Node(wanted) => match &step.message {
                Some(Value::Record(_, values)) => {
                    let of_kind = |node: &&Value| {
                        let members = 0..world.p.nodes[wanted.index()].count;
                        let name = |i| Value::Name(world.p.nodes[wanted.index()].member(i).into());
                        members.map(name).any(|n| n == **node)
                    };
                    [&values[0].1, &values[1].1].into_iter().find(of_kind).expect("in common").clone()
                }
                _ => step.locals[&known.at.expect("in common")].clone(),
            },
        };
        Ok(self.common.iter().map(value).collect())
    }

    /// Whether more can be done to take an attempt back by an act.
    fn can_go_on(&self, world: &World<'_>, key: &[Value], after: &State) -> Result<bool, Trap> {
        for act in self.ends.iter().filter(|act| !is_handler(world.p, **act)) {
            for (locals, _) in world.instances(after, *act) {
                let theirs = match self.resolution.key.is_empty() {
                    false => key_of(world, self.resolution, after, *act, &locals)?.into_iter().collect(),
                    true => self
                        .common
                        .iter()
                        .map(|_| locals[&at(world.p, *act).expect("a node")].clone())
                        .collect(),
                };
                if <Vec<Value>>::as_slice(&theirs) == key && world.enabled(after, *act, &locals)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether a step begins an attempt of its own, whatever was begun before.
    fn is_first(&self, world: &World<'_>, action: ActionId) -> bool {
        let name = |a: ActionId| &world.p.actions[a.index()].name;
        !self.of_messages && name(self.begins[0]) == name(action)
    }

    fn begun(
        &self,
        world: &World<'_>,
        (phase, key): (Phase, Vec<Value>),
        before: &State,
        step: &Step,
    ) -> Shadow {
        let node = step.action().and_then(|a| at(world.p, a)).map(|at| step.locals[&at].clone());
        let own = node.filter(|_| phase == Phase::Begun && !self.of_messages);
        let taken = step.message.as_ref().and_then(|m| world.without(before, m));
        let state = taken.unwrap_or_else(|| before.clone());
        Shadow { phase, key, own: own.into_iter().collect(), state }
    }

    /// A shadow after a step; `None`: the attempt is past, or has no value there.
    fn after(
        &self,
        world: &World<'_>,
        shadow: &Shadow,
        key: Option<&Vec<Value>>,
        step: &Step,
    ) -> Option<Shadow> {
        let mut next = self.followed(world, shadow, key, step)?;
        let run = &step.next.state;
        if next.phase != Phase::Begun && self.rests(world, run) {
            self.catch_up(world, &mut next)?;
        }
        Some(next)
    }

    /// Somebody else who has to act.
    fn reacts(&self, world: &World<'_>, action: ActionId) -> bool {
        let known = &world.p.actions[action.index()];
        let decides = matches!(known.kind, ActionKind::Client | ActionKind::Resolution(_));
        let own = self.begins.contains(&action) || self.ends.contains(&action);
        decides && known.fairness != Fairness::Unfair && !own
    }

    /// Actions that may change what is protected, if only by what they make possible.
    fn reaching(&self, world: &World<'_>, counts: impl Fn(ActionId) -> bool) -> Vec<ActionId> {
        self.reaching_from(world, Vec::new(), counts)
    }

    /// The same, or whether these messages are there.
    fn reaching_from(
        &self,
        world: &World<'_>,
        messages: Vec<MessageId>,
        counts: impl Fn(ActionId) -> bool,
    ) -> Vec<ActionId> {
        let mut reads = Mentions { messages, ..self.protected.mentions(world) };
        let mut all: Vec<ActionId> = Vec::new();
        loop {
            let known = all.len();
            for action in (0..world.p.actions.len() as u32).map(ActionId) {
                let body = &world.p.actions[action.index()];
                let written = Mentions::written(&body.body);
                let sends = written.messages.iter().any(|m| reads.messages.contains(m));
                let takes = match body.kind {
                    ActionKind::Handler { message, .. } => reads.messages.contains(&message),
                    _ => false,
                };
                if all.contains(&action) || !counts(action) || !(written.overlap(&reads) || sends || takes) {
                    continue;
                }
                all.push(action);
                body.guards.iter().chain(&body.at_set).for_each(|e| reads.read(world.p, e));
                body.body
                    .iter()
                    .for_each(|stmt| stmt.walk(&mut |s| s.parts(&mut |e| reads.read(world.p, e))));
                if let ActionKind::Handler { message, .. } = body.kind {
                    reads.messages.push(message);
                }
            }
            if all.len() == known {
                return all;
            }
        }
    }

    /// What others who have to act would change in the shadow: the action, its locals, each way with where it leads.
    fn due(&self, world: &World<'_>, state: &State) -> Vec<(ActionId, Locals, Vec<State>)> {
        let mut found = Vec::new();
        for action in self.reaching(world, |a| self.reacts(world, a)) {
            for (locals, _) in world.instances(state, action) {
                let ways = changing(world, state, action, &locals);
                if !ways.is_empty() {
                    found.push((action, locals, ways));
                }
            }
        }
        found
    }

    /// What is due is done, three times around, where nothing is to be chosen.
    fn catch_up(&self, world: &World<'_>, shadow: &mut Shadow) -> Option<()> {
        for _ in 0..3 {
            for action in self.reaching(world, |a| self.reacts(world, a)) {
                let known = &world.p.actions[action.index()];
                let mut chooses = false;
                let choice = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Choose { .. });
                known.body.iter().for_each(|stmt| stmt.walk(&mut |stmt| chooses |= choice(stmt)));
                if chooses {
                    continue;
                }
                let at = at(world.p, action);
                let same = |a: &Locals, b: &Locals| at.is_none_or(|at| a[&at] == b[&at]);
                let locals: Vec<Locals> =
                    world.instances(&shadow.state, action).into_iter().map(|(locals, _)| locals).collect();
                for locals in locals {
                    let mut due = self.due(world, &shadow.state);
                    due.retain(|(a, theirs, _)| *a == action && same(theirs, &locals));
                    // Which of several it would be is not known.
                    if let [(_, only, ways)] = &mut due[..]
                        && *only == locals
                    {
                        shadow.state = ways.pop()?;
                    }
                }
            }
        }
        Some(())
    }

    fn followed(
        &self,
        world: &World<'_>,
        shadow: &Shadow,
        key: Option<&Vec<Value>>,
        step: &Step,
    ) -> Option<Shadow> {
        let mut next = shadow.clone();
        let Some(action) = step.action() else { return self.after_fault(world, next, step) };
        let (begins, ends) = (self.begins.contains(&action), self.ends.contains(&action));
        if !(begins || ends) || key != Some(&shadow.key) {
            return self.taken(world, next, action, step);
        }
        if begins && self.is_first(world, action) {
            return None;
        }
        if let Some(message) = &step.message
            && let Some(without) = world.without(&next.state, message)
        {
            next.state = without;
        }
        next.phase = match shadow.phase {
            Phase::Before if begins => Phase::TakenBack,
            Phase::Begun if ends => Phase::TakenBack,
            phase => phase,
        };
        Some(next)
    }

    /// What has no value in the shadow leaves open what would be.
    fn known<T>(&self, found: Result<T, Trap>) -> Option<T> {
        self.unknown.set(self.unknown.get() || found.is_err());
        found.ok()
    }

    /// Somebody else's step.
    fn taken(&self, world: &World<'_>, mut next: Shadow, action: ActionId, step: &Step) -> Option<Shadow> {
        let node = at(world.p, action).map(|at| &step.locals[&at]);
        let own = node.is_some_and(|node| next.own.contains(node));
        let asked = own || self.reacts(world, action);
        if asked && !self.known(world.enabled(&next.state, action, &step.locals))? {
            return Some(next);
        }
        if let Some(message) = &step.message {
            match world.without(&next.state, message) {
                Some(without) => next.state = without,
                None => return Some(next),
            }
        }
        next.state = self.known(world.again(&next.state, action, step))?;
        Some(next)
    }

    fn after_fault(&self, world: &World<'_>, mut next: Shadow, step: &Step) -> Option<Shadow> {
        match (&step.kind, &step.message) {
            (Kind::Node(fault @ (Fault::Crash | Fault::Wipe), node, member), _) => {
                next.state[world.places().up(*node, *member)] = Value::Bool(false);
                self.known(world.forget(&mut next.state, (*node, *member), *fault == Fault::Wipe))?;
            }
            (Kind::Node(Fault::Restart, node, member), _) => {
                next.state[world.places().up(*node, *member)] = Value::Bool(true);
            }
            (Kind::Lose, Some(message)) => {
                if let Some(without) = world.without(&next.state, message) {
                    next.state = without;
                }
            }
            (Kind::Duplicate, Some(message)) if world.in_flight(&next.state).contains(message) => {
                next.state = world.twice(&next.state, message);
                if !world.fits(&next.state, message) {
                    self.unknown.set(true);
                    return None;
                }
            }
            _ => {}
        }
        Some(next)
    }

    /// It is being taken back, and what is protected differs.
    fn is_apart(&self, world: &World<'_>, run: &State, shadow: &Shadow) -> bool {
        self.differs(world, run, shadow) && !self.is_unknown(world, run, shadow)
    }

    fn differs(&self, world: &World<'_>, run: &State, shadow: &Shadow) -> bool {
        shadow.phase != Phase::Begun && self.protected.differs(world, run, &shadow.state) == Ok(true)
    }

    /// All nodes are up, and nobody who has to act would change anything that matters, nor is a message there to be taken.
    fn rests(&self, world: &World<'_>, state: &State) -> bool {
        let kinds = 0..world.p.nodes.len() as u32;
        let up = |kind: u32| {
            let mut members = 0..world.p.nodes[kind as usize].count as usize;
            members.all(|m| state[world.places().up(NodeId(kind), m)] == Value::Bool(true))
        };
        let messages = (0..world.p.messages.len() as u32).map(MessageId).collect();
        let mut matter = self.reaching_from(world, messages, |_| true).into_iter();
        kinds.into_iter().all(up)
            && matter.all(|action| {
                let known = &world.p.actions[action.index()];
                if known.fairness == Fairness::Unfair || restarts(world.p, action).is_some() {
                    return true;
                }
                world.instances(state, action).iter().all(|(locals, message)| match message {
                    Some(_) => world.enabled(state, action, locals) == Ok(false),
                    None => changing(world, state, action, locals).is_empty(),
                })
            })
    }

    /// A message is left that somebody may have to take, who may change what is protected.
    fn waits(&self, world: &World<'_>, state: &State) -> bool {
        let own = |a: ActionId| self.begins.contains(&a) || self.ends.contains(&a);
        let taken = |a: ActionId| !own(a) && (is_handler(world.p, a) || self.reacts(world, a));
        self.reaching(world, taken).into_iter().any(|action| match world.p.actions[action.index()].kind {
            ActionKind::Handler { message, .. } => {
                let name = &world.p.messages[message.index()].name;
                let of = |m: &Value| matches!(m, Value::Record(n, _) if **n == **name);
                world.in_flight(state).iter().any(of)
            }
            _ => false,
        })
    }

    /// Nothing happens in the run any more, and somebody has to act in the shadow.
    fn is_unknown(&self, world: &World<'_>, run: &State, shadow: &Shadow) -> bool {
        self.rests(world, run) && !self.due(world, &shadow.state).is_empty()
    }

    /// The steps that still happen in a situation, and where they lead an attempt; `None`: it is past.
    #[allow(clippy::type_complexity)]
    fn still(
        &self,
        world: &World<'_>,
        (here, shadow): &(Situation, Shadow),
    ) -> Vec<(Vec<Owed>, Option<(Situation, Shadow)>)> {
        let mut all = Vec::new();
        for step in world.steps(here).unwrap_or_default() {
            let Some(owed) = owed(world, &step) else { continue };
            let mine = step.action().filter(|a| self.begins.contains(a) || self.ends.contains(a));
            let key = mine.and_then(|_| self.key(world, &here.state, &step).ok());
            let after = self.after(world, shadow, key.as_ref(), &step);
            let next = after.map(|after| (step.next.clone(), after));
            if next.as_ref().is_none_or(|(run, after)| (run, after) != (here, shadow)) {
                all.push((owed, next));
            }
        }
        all
    }

    /// Whether, while it is apart, it may come to what would be without that changing, or to where nobody asks.
    fn comes_back(&self, world: &World<'_>, from: &(Situation, Shadow)) -> bool {
        let mut known = HashSet::from([from.clone()]);
        let mut open = vec![from.clone()];
        while let Some(here) = open.pop() {
            for (_, next) in self.still(world, &here) {
                let Some(next) = next else { return true };
                if self.is_apart(world, &next.0.state, &next.1) {
                    if known.insert(next.clone()) {
                        open.push(next);
                    }
                } else if self.protected.differs(world, &here.1.state, &next.1.state) != Ok(true) {
                    return true;
                }
            }
        }
        false
    }
}

impl Watch for Undone<'_> {
    type Past = Past;

    fn step(
        &mut self,
        world: &World<'_>,
        past: &Past,
        before: &State,
        step: &Step,
    ) -> Result<Seen<Past>, Trap> {
        let after = &step.next.state;
        let mine = step.action().filter(|a| self.begins.contains(a) || self.ends.contains(a));
        let key = mine.map(|_| self.key(world, before, step)).transpose()?;
        let next = past.shadows.iter().filter_map(|s| self.after(world, s, key.as_ref(), step));
        let mut next = Past { open: past.open.clone(), shadows: next.collect() };
        if let (Some(action), Some(key)) = (mine, key) {
            let known = past.open.contains(&key);
            let open = |shadow: &Shadow| shadow.phase == Phase::Begun && shadow.key == key;
            if self.begins.contains(&action) && self.is_first(world, action) && past.shadows.iter().any(open)
            {
                self.unknown.set(self.unknown.get() || self.can_go_on(world, &key, before)?);
            }
            if self.begins.contains(&action) {
                if !known || self.is_first(world, action) {
                    next.shadows.insert(self.begun(world, (Phase::Begun, key.clone()), before, step));
                }
                next.open.insert(key);
            } else {
                let closes = !self.of_messages && self.ends.iter().all(|a| !is_handler(world.p, *a));
                let over = closes && !self.can_go_on(world, &key, after)?;
                if over {
                    next.open.remove(&key);
                }
                if self.compensates && !known {
                    next.shadows.insert(self.begun(world, (Phase::Before, key), before, step));
                }
            }
        }
        let unknown = |s: &Shadow| {
            let waits = || self.waits(world, &s.state);
            s.phase != Phase::Begun
                && self.rests(world, after)
                && (self.is_unknown(world, after, s) || waits())
        };
        self.unknown.set(self.unknown.get() || next.shadows.iter().any(unknown));
        self.taken_back |= next.shadows.iter().any(|shadow| shadow.phase == Phase::TakenBack);
        Ok(Seen::Goes(next))
    }

    fn stays(&mut self, world: &World<'_>, all: &mut dyn Iterator<Item = &(Situation, Past)>) -> bool {
        let mut from = Vec::new();
        for (here, past) in all {
            let apart = past.shadows.iter().filter(|shadow| self.is_apart(world, &here.state, shadow));
            from.extend(apart.map(|shadow| (here.clone(), shadow.clone())));
        }
        if from.iter().any(|node| !self.comes_back(world, node)) {
            return true;
        }
        let apart = |(here, shadow): &(Situation, Shadow)| self.is_apart(world, &here.state, shadow);
        again(from, |node| self.still(world, node), apart)
    }

    fn exercised(&self) -> bool {
        self.taken_back
    }
}
