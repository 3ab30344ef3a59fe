//! `abort`, `reject` and `compensate`, by their definition: every attempt that was begun has a shadow of its own.

use super::judge::{Found, Protected, Seen, Watch, can_act, is_handler, judge, key_of};
use super::stays::{Owed, owed, stays};
use super::world::{Kind, Situation, Step, World};
use crate::random::naive::{State, Trap};
use reconverge_lang::analysis::program::*;
use reconverge_lang::concepts::Fault;
use reconverge_lang::value::Value;
use std::collections::BTreeSet;

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
    Some(judge(
        world,
        Undone { resolution, begins, ends, protected, compensates, of_messages, common, compared: false },
    ))
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
        self.taken = true;
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

struct Undone<'r> {
    resolution: &'r Resolution,
    begins: Vec<ActionId>,
    ends: Vec<ActionId>,
    protected: Protected,
    /// Taking back what never began must change nothing.
    compensates: bool,
    of_messages: bool,
    common: Vec<Feature>,
    compared: bool,
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

    /// Somebody else's step.
    fn taken(&self, world: &World<'_>, mut next: Shadow, action: ActionId, step: &Step) -> Option<Shadow> {
        let node = at(world.p, action).map(|at| &step.locals[&at]);
        let own = node.is_some_and(|node| next.own.contains(node));
        if own && !world.enabled(&next.state, action, &step.locals).ok()? {
            return Some(next);
        }
        if let Some(message) = &step.message {
            match world.without(&next.state, message) {
                Some(without) => next.state = without,
                None => return Some(next),
            }
        }
        next.state = world.again(&next.state, action, step).ok()?;
        Some(next)
    }

    fn after_fault(&self, world: &World<'_>, mut next: Shadow, step: &Step) -> Option<Shadow> {
        match (&step.kind, &step.message) {
            (Kind::Node(fault @ (Fault::Crash | Fault::Wipe), node, member), _) => {
                next.state[world.places().up(*node, *member)] = Value::Bool(false);
                world.forget(&mut next.state, (*node, *member), *fault == Fault::Wipe).ok()?;
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
                    return None;
                }
            }
            _ => {}
        }
        Some(next)
    }

    /// Nothing is under way in the run that is not under way in the shadow.
    fn at_rest(&self, world: &World<'_>, run: &State) -> Result<bool, Trap> {
        for id in (0..world.p.actions.len() as u32).map(ActionId) {
            if world.p.actions[id.index()].fairness == Fairness::Unfair {
                continue;
            }
            for (locals, message) in world.instances(run, id) {
                let possible = world.enabled(run, id, &locals)?;
                if possible && (message.is_some() || world.changes(run, id, &locals)?) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn is_settled(&self, world: &World<'_>, run: &State, shadow: &State) -> Result<bool, Trap> {
        let down = |place: usize| run[place] == Value::Bool(false);
        let nodes = world.places().up(NodeId(0), 0)..world.places().in_flight();
        if nodes.into_iter().any(down) {
            return Ok(false);
        }
        let mut theirs = world.in_flight(shadow).to_vec();
        let mut only_here = false;
        for message in world.in_flight(run) {
            match theirs.iter().position(|m| m == message) {
                Some(i) => drop(theirs.remove(i)),
                None => only_here = true,
            }
        }
        // What nobody takes where nothing fair can happen any more may stay for ever.
        if only_here && !self.at_rest(world, run)? {
            return Ok(false);
        }
        for id in (0..world.p.actions.len() as u32).map(ActionId) {
            if world.p.actions[id.index()].fairness == Fairness::Unfair {
                continue;
            }
            for (locals, message) in world.instances(run, id) {
                let only_here = world.enabled(run, id, &locals)? && !world.enabled(shadow, id, &locals)?;
                if only_here && (message.is_some() || world.changes(run, id, &locals)?) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// It is being taken back, what is protected differs, and it cannot be compared yet.
    fn is_apart(&self, world: &World<'_>, run: &State, shadow: &Shadow) -> bool {
        shadow.phase != Phase::Begun
            && self.protected.differs(world, run, &shadow.state) == Ok(true)
            && self.is_settled(world, run, &shadow.state) == Ok(false)
    }

    /// The steps that still happen in a situation, and where they lead an attempt that is apart; `None`: it is so no more.
    #[allow(clippy::type_complexity)]
    fn steps_apart(
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
            if next.as_ref().is_some_and(|(run, after)| (run, after) == (here, shadow)) {
                continue;
            }
            all.push((owed, next.filter(|(run, after)| self.is_apart(world, &run.state, after))));
        }
        all
    }

    /// Whether some shadow shows that it is not as if the attempt had never begun.
    fn broken(&mut self, world: &World<'_>, past: &Past, run: &State) -> bool {
        let mut broken = false;
        for shadow in past.shadows.iter().filter(|s| s.phase != Phase::Begun) {
            // What has no value is not compared.
            if self.is_settled(world, run, &shadow.state) == Ok(true) {
                self.compared |= shadow.phase == Phase::TakenBack;
                broken |= self.protected.differs(world, run, &shadow.state) == Ok(true);
            }
        }
        broken
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
            if self.begins.contains(&action) {
                if !known || self.is_first(world, action) {
                    next.shadows.insert(self.begun(world, (Phase::Begun, key.clone()), before, step));
                }
                next.open.insert(key);
            } else {
                let over = !self.of_messages && !can_act(world, self.resolution, before, step, after)?;
                if over {
                    next.open.remove(&key);
                }
                if self.compensates && !known {
                    next.shadows.insert(self.begun(world, (Phase::Before, key), before, step));
                }
            }
        }
        Ok(if self.broken(world, &next, after) { Seen::Broken } else { Seen::Goes(next) })
    }

    fn stays(&mut self, world: &World<'_>, all: &mut dyn Iterator<Item = &(Situation, Past)>) -> bool {
        let mut from = Vec::new();
        for (here, past) in all {
            let apart = past.shadows.iter().filter(|shadow| self.is_apart(world, &here.state, shadow));
            from.extend(apart.map(|shadow| (here.clone(), shadow.clone())));
        }
        stays(from, |node| self.steps_apart(world, node))
    }

    fn exercised(&self) -> bool {
        self.compared
    }
}
