//! Runs watched with all of their past: what no picking of one attempt, no packing and no reduction can lose.

use super::world::{Locals, Situation, Step, World};
use crate::random::naive::{State, Trap};
use reconverge_lang::analysis::program::*;
use reconverge_lang::analysis::walk::Mentions;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Systems with more situations than this say nothing.
const MOST: usize = 600;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Found {
    /// After how many steps.
    Violated(usize),
    /// On a run without end.
    Stays,
    Holds,
    /// Nothing happened that it speaks of.
    Vacuous,
    /// Something has no value, or there is too much of it.
    Unknown,
}

impl Found {
    /// Of several obligations of one member.
    pub fn and(self, other: Found) -> Found {
        use Found::*;
        match (self, other) {
            (Violated(a), Violated(b)) => Violated(a.min(b)),
            (Unknown, _) | (_, Unknown) => Unknown,
            (Violated(n), _) | (_, Violated(n)) => Violated(n),
            (Stays, _) | (_, Stays) => Stays,
            (Vacuous, _) | (_, Vacuous) => Vacuous,
            (Holds, Holds) => Holds,
        }
    }
}

/// What follows a step.
pub enum Seen<P> {
    Goes(P),
    Broken,
}

/// An obligation, as what it remembers of a run and what may not happen.
pub trait Watch {
    type Past: Clone + Default + Eq + Hash;

    /// What is remembered of an initial state.
    fn begin(&mut self, _: &World<'_>, _: &State) -> Result<Self::Past, Trap> {
        Ok(Self::Past::default())
    }

    fn step(
        &mut self,
        world: &World<'_>,
        past: &Self::Past,
        before: &State,
        step: &Step,
    ) -> Result<Seen<Self::Past>, Trap>;

    /// Whether a state is as it must be, initial ones included.
    fn allows(&mut self, _: &World<'_>, _: &State) -> Result<bool, Trap> {
        Ok(true)
    }

    /// Whether some run without end is not as it must be, of all that can be met.
    fn stays(&mut self, _: &World<'_>, _: &mut dyn Iterator<Item = &(Situation, Self::Past)>) -> bool {
        false
    }

    fn exercised(&self) -> bool;
}

pub fn judge<W: Watch>(world: &World<'_>, mut watch: W) -> Found {
    explore(world, &mut watch).unwrap_or(Found::Unknown)
}

fn explore<W: Watch>(world: &World<'_>, watch: &mut W) -> Result<Found, Trap> {
    let first = world.initial()?;
    if !watch.allows(world, &first.state)? {
        return Ok(Found::Violated(0));
    }
    let past = watch.begin(world, &first.state)?;
    let mut steps: HashMap<Situation, Vec<Step>> = HashMap::new();
    let mut known = HashMap::from([((first.clone(), past.clone()), 0)]);
    let mut queue = VecDeque::from([(first, past)]);
    while let Some(here) = queue.pop_front() {
        let depth = known[&here];
        if !steps.contains_key(&here.0) {
            steps.insert(here.0.clone(), world.steps(&here.0)?);
        }
        for step in &steps[&here.0] {
            let past = match watch.step(world, &here.1, &here.0.state, step)? {
                Seen::Goes(past) if watch.allows(world, &step.next.state)? => past,
                Seen::Goes(_) | Seen::Broken => return Ok(Found::Violated(depth + 1)),
            };
            let next = (step.next.clone(), past);
            if !known.contains_key(&next) {
                known.insert(next.clone(), depth + 1);
                queue.push_back(next);
            }
        }
        if known.len() > MOST {
            return Ok(Found::Unknown);
        }
    }
    if watch.stays(world, &mut known.keys()) {
        return Ok(Found::Stays);
    }
    Ok(if watch.exercised() { Found::Holds } else { Found::Vacuous })
}

// ---- what several of them ask ----

/// What is protected.
pub enum Protected {
    Value(Expr),
    /// Variables, by their places in a state.
    Variables(Vec<usize>),
}

impl Protected {
    /// `watched`: whose writes count where nothing is named. `None`: nothing is left of them.
    pub fn of(world: &World<'_>, resolution: &Resolution, watched: &[ActionId]) -> Option<Protected> {
        if let Some(e) = resolution.protects.as_ref().or(resolution.restores.as_ref()) {
            return Some(Protected::Value(e.clone()));
        }
        let mut kept = Mentions::default();
        resolution.attempts.iter().for_each(|attempts| kept.read(world.p, &attempts.counter));
        resolution.token.iter().for_each(|token| kept.read(world.p, &token.value));
        for act in acts(world.p, resolution) {
            world.p.actions[act.index()].guards.iter().for_each(|e| kept.read(world.p, e));
        }
        let kept = places(world, &kept);
        let mut all = Vec::new();
        for action in watched {
            let written = Mentions::written(&world.p.actions[action.index()].body);
            all.extend(places(world, &written).into_iter().filter(|place| !kept.contains(place)));
        }
        all.sort_unstable();
        all.dedup();
        (!all.is_empty()).then_some(Protected::Variables(all))
    }

    pub fn differs(&self, world: &World<'_>, a: &State, b: &State) -> Result<bool, Trap> {
        match self {
            Protected::Value(e) => Ok(world.eval(a, &Locals::new(), e)? != world.eval(b, &Locals::new(), e)?),
            Protected::Variables(all) => Ok(all.iter().any(|i| a[*i] != b[*i])),
        }
    }

    /// The variables that it is made of.
    pub fn variables(&self, world: &World<'_>) -> Vec<usize> {
        match self {
            Protected::Value(e) => places(world, &Mentions::of(world.p, e)),
            Protected::Variables(all) => all.clone(),
        }
    }
}

impl Protected {
    /// The variables that it is made of, as what is read.
    pub fn mentions(&self, world: &World<'_>) -> Mentions {
        match self {
            Protected::Value(e) => Mentions::of(world.p, e),
            Protected::Variables(all) => {
                let mut mentions = Mentions::default();
                let states = (0..world.p.states.len() as u32).map(StateId);
                mentions.states.extend(states.filter(|s| all.contains(&s.index())));
                let fields = (0..world.p.node_fields.len() as u32).map(NodeFieldId);
                let named = |f: &NodeFieldId| {
                    let one = Mentions { node_fields: vec![*f], ..Mentions::default() };
                    places(world, &one).iter().any(|place| all.contains(place))
                };
                mentions.node_fields.extend(fields.filter(named));
                mentions
            }
        }
    }
}

/// Where variables are, of all nodes.
pub fn places(world: &World<'_>, mentions: &Mentions) -> Vec<usize> {
    let mut all: Vec<usize> = mentions.states.iter().map(|s| s.index()).collect();
    for field in &mentions.node_fields {
        let node = world.p.node_fields[field.index()].node;
        let count = world.p.nodes[node.index()].count as usize;
        all.extend((0..count).map(|member| world.places().field(*field, member)));
    }
    all
}

pub fn is_handler(p: &Program, action: ActionId) -> bool {
    matches!(p.actions[action.index()].kind, ActionKind::Handler { .. })
}

/// The acts of a resolution that are no handlers.
pub fn acts(p: &Program, resolution: &Resolution) -> Vec<ActionId> {
    resolution.actions.iter().copied().filter(|a| !is_handler(p, *a)).collect()
}

/// The key of a step, where the resolution has one that the action knows.
pub fn key_of(
    world: &World<'_>,
    resolution: &Resolution,
    state: &State,
    action: ActionId,
    locals: &Locals,
) -> Result<Option<reconverge_lang::value::Value>, Trap> {
    let key = resolution.key.iter().find(|(a, _)| *a == action);
    key.map(|(_, e)| world.eval(state, locals, e)).transpose()
}

/// Whether, after a step of `action`, an act can be taken for the same attempt: that of its node, or of its key.
pub fn can_act(
    world: &World<'_>,
    resolution: &Resolution,
    before: &State,
    step: &Step,
    after: &State,
) -> Result<bool, Trap> {
    let action = step.action().expect("an action's step");
    let mine = key_of(world, resolution, before, action, &step.locals)?;
    let node =
        |action: ActionId, locals: &Locals| world.p.actions[action.index()].at.map(|at| locals[&at].clone());
    for act in acts(world.p, resolution) {
        for (locals, _) in world.instances(after, act) {
            let same = match (&mine, key_of(world, resolution, after, act, &locals)?) {
                (Some(mine), Some(theirs)) => *mine == theirs,
                _ => node(act, &locals) == node(action, &step.locals),
            };
            if same && world.enabled(after, act, &locals)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
