//! Who acts when: the instances of a model, put together by what shares a clock.
//!
//! Enters: a model and a plan. Leaves: a [`Cast`]: actors with their pace, what is done with messages, what mends what.

use super::plan::{Happens, How, LASTS, Plan, RESTART, SECOND, Span};
use crate::analysis::program::{ActionId, ActionKind, ExprKind, LocalId, Program, Reconciler, Type};
use crate::concepts::Fault;
use crate::model::Model;
use crate::model::form::instance::{Instance, InstanceKind, LinkSlot, Wall};
use crate::model::run::walk::Queue;
use rustc_hash::FxHashMap;

/// How an actor's steps are spread over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pace {
    /// At random, so far apart on average.
    Random(f64),
    /// Every so often, from a moment on that is random, early or late by up to `skew`; each clause at most once.
    Every { period: u64, skew: u64 },
    /// When it has been possible for so long.
    Possible(Wait),
}

/// How long something waits once it is possible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wait {
    /// At random between two times.
    Within(Span),
    /// Before so many ticks are over, the one that is under way not counted. With none: at once, and where it stays
    /// possible once in each tick.
    Ticks(u64),
    /// Every so many ticks, at a moment of the tick that is random: first in any of the first so many.
    Looks(u64),
    /// Up to `base`, twice as much with each time that it is done, but no more often than `doublings` times.
    Backoff { base: u64, doublings: u32 },
}

/// More doublings than this say nothing.
const DOUBLINGS: u32 = 16;

/// One that acts: an action at a node, a reconciler at a node, a fault that may strike.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub pace: Pace,
    /// Of each clause the instances, of which one is taken.
    pub clauses: Vec<Vec<u32>>,
    /// It is the turn of a reconciler to look, by its index in the program.
    pub looks: Option<usize>,
    /// Where it looks, by its number among all nodes.
    pub node: Option<u32>,
    /// It acts for a reconciler: so many of the clauses, from the first; the next one only looks.
    pub acts: Option<(usize, usize)>,
}

/// What a simulation knows of the instances of a model.
#[derive(Debug, Default)]
pub(super) struct Cast {
    pub actors: Vec<Actor>,
    pub queues: Vec<Queue>,
    /// By queue.
    pub latencies: Vec<Span>,
    /// By queue, then by position: the handlers that may take the message there.
    pub deliveries: Vec<Vec<Vec<u32>>>,
    /// By queue, then by position.
    pub losses: Vec<Vec<Option<u32>>>,
    /// By queue, then by position.
    pub duplications: Vec<Vec<Option<u32>>>,
    /// Time goes on: the instances of the step `tick`.
    pub ticks: Vec<u32>,
    /// Of each node the instance of a tick that it misses.
    pub skews: Vec<u32>,
    /// What mends it, and after how long; by instance.
    pub mended: FxHashMap<u32, (Vec<u32>, Span)>,
}

/// Instances that share a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Shared {
    /// At a node, by its number within its kind.
    Action(ActionId, Option<u64>),
    Resolution(usize, Option<u64>),
    /// The steps of a reconciler that look, or those that act on what was seen.
    Reconciler(usize, Option<u64>, Looks),
    Alone(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Looks {
    Itself,
    Before,
}

impl Cast {
    pub(super) fn new(model: &Model, plan: &Plan) -> Cast {
        let mut cast = Cast { queues: model.queues(), ..Cast::default() };
        let program = model.program();
        let latency = |queue: &Queue| match program.links[queue.link as usize].latency {
            Some((least, most)) => Span::new(least / 1000, most / 1000),
            None => plan.latency,
        };
        cast.latencies = cast.queues.iter().map(latency).collect();
        cast.deliveries = vec![Vec::new(); cast.queues.len()];
        cast.losses = vec![Vec::new(); cast.queues.len()];
        cast.duplications = vec![Vec::new(); cast.queues.len()];
        let mut maker = Maker { model, plan, cast, known: FxHashMap::default() };
        for (id, instance) in model.instance_list().iter().enumerate() {
            maker.instance(id as u32, instance);
        }
        maker.onlookers();
        let Maker { mut cast, .. } = maker;
        cast.mends(model, plan);
        cast
    }

    fn queue(&self, slot: LinkSlot) -> Option<usize> {
        self.queues.iter().position(|q| (q.link, q.list) == (slot.link.0, slot.list))
    }

    /// What mends each fault that lasts for some time.
    fn mends(&mut self, model: &Model, plan: &Plan) {
        for (id, instance) in model.instance_list().iter().enumerate() {
            let Some((menders, time)) = self.mends_one(&instance.kind, model, plan) else { continue };
            if !menders.is_empty() {
                self.mended.insert(id as u32, (menders, time));
            }
        }
    }

    /// The instances that mend a fault, and after how long; `None`: it is none that is mended.
    fn mends_one(&self, fault: &InstanceKind, model: &Model, plan: &Plan) -> Option<(Vec<u32>, Span)> {
        let all = model.instance_list();
        let those = |wanted: &dyn Fn(&InstanceKind) -> bool| -> Vec<u32> {
            (0..all.len() as u32).filter(|i| wanted(&all[*i as usize].kind)).collect()
        };
        let (node, fault) = match *fault {
            InstanceKind::Node(fault, node) => (node, fault),
            InstanceKind::Partition(_, wall) => {
                let time = plan.partition(wall != Wall::BothWays)?.lasts?;
                return Some((those(&|kind| *kind == InstanceKind::Heal), time));
            }
            InstanceKind::Act { .. }
            | InstanceKind::Deliver { .. }
            | InstanceKind::Restart(..)
            | InstanceKind::Lose(_)
            | InstanceKind::Duplicate(_)
            | InstanceKind::Heal => return None,
        };
        let kind = model.kind_of_node(node);
        match fault {
            Fault::Crash | Fault::Wipe => {
                let back = |kind: &InstanceKind| {
                    *kind == InstanceKind::Node(Fault::Restart, node)
                        || matches!(kind, InstanceKind::Restart(_, of) if *of == node)
                };
                let time = match plan.of_node(Fault::Restart, kind).map(|happens| happens.how) {
                    Some(How::After(time)) => time,
                    _ => RESTART,
                };
                Some((those(&back), time))
            }
            Fault::Pause => {
                let back = |kind: &InstanceKind| *kind == InstanceKind::Node(Fault::Resume, node);
                let said = plan.of_node(Fault::Pause, kind);
                Some((those(&back), said.and_then(|happens| happens.lasts).unwrap_or(LASTS)))
            }
            Fault::Restart
            | Fault::Resume
            | Fault::Lose
            | Fault::Duplicate
            | Fault::Reorder
            | Fault::Skew
            | Fault::Stale
            | Fault::Partition => None,
        }
    }
}

struct Maker<'m> {
    model: &'m Model,
    plan: &'m Plan,
    cast: Cast,
    known: FxHashMap<Shared, usize>,
}

impl Maker<'_> {
    fn instance(&mut self, id: u32, instance: &Instance) {
        match &instance.kind {
            InstanceKind::Act { action, bound } => self.act(id, *action, bound),
            InstanceKind::Deliver { slot, .. } => {
                self.at(
                    *slot,
                    |cast, queue| &mut cast.deliveries[queue],
                    |handlers: &mut Vec<u32>| handlers.push(id),
                );
            }
            InstanceKind::Lose(slot) => {
                self.at(*slot, |cast, queue| &mut cast.losses[queue], |known| *known = Some(id));
            }
            InstanceKind::Duplicate(slot) => {
                self.at(*slot, |cast, queue| &mut cast.duplications[queue], |known| *known = Some(id));
            }
            InstanceKind::Node(Fault::Skew, _) => self.cast.skews.push(id),
            InstanceKind::Node(fault, node) => {
                let said = self.plan.of_node(*fault, self.model.kind_of_node(*node));
                self.strikes(id, Shared::Alone(id), said.copied());
            }
            InstanceKind::Partition(_, wall) => {
                let one_way = *wall != Wall::BothWays;
                let said = self.plan.partition(one_way);
                // All partitions of a kind are one that may strike.
                self.strikes(id, Shared::Alone(u32::MAX - u32::from(one_way)), said.copied());
            }
            // By what it mends.
            InstanceKind::Restart(..) | InstanceKind::Heal => {}
        }
    }

    /// Does something with what is known of a place in a queue.
    fn at<T: Clone + Default>(
        &mut self,
        slot: LinkSlot,
        of: impl Fn(&mut Cast, usize) -> &mut Vec<T>,
        change: impl FnOnce(&mut T),
    ) {
        let Some(queue) = self.cast.queue(slot) else { return };
        let positions = of(&mut self.cast, queue);
        let needed = slot.position as usize + 1;
        if positions.len() < needed {
            positions.resize(needed, T::default());
        }
        change(&mut positions[slot.position as usize]);
    }

    fn strikes(&mut self, id: u32, shared: Shared, said: Option<Happens>) {
        if let Some(How::Every(mean)) = said.map(|happens| happens.how) {
            self.add(shared, Pace::Random(mean as f64), 0, id);
        }
    }

    fn act(&mut self, id: u32, of: ActionId, bound: &[(LocalId, u64)]) {
        let program = self.model.program();
        let action = &program.actions[of.index()];
        let at =
            action.at.and_then(|at| bound.iter().find(|(local, _)| *local == at)).map(|(_, value)| *value);
        let deadline = action.within.map(|ticks| Pace::Possible(Wait::Ticks(u64::from(ticks))));
        match action.kind {
            ActionKind::Tick => self.cast.ticks.push(id),
            ActionKind::Client => {
                let given = self.plan.rates.iter().find(|(known, _)| *known == of);
                let pace = deadline.unwrap_or(Pace::Random(given.map_or(SECOND as f64, |(_, mean)| *mean)));
                self.add(Shared::Action(of, at), pace, 0, id);
            }
            ActionKind::Resolution(member) => {
                let pace = deadline.unwrap_or(Pace::Possible(backoff(program, member, self.plan.latency)));
                self.add(Shared::Resolution(member, at), pace, 0, id);
            }
            ActionKind::ReconcilerObserve { reconciler, .. }
            | ActionKind::ReconcilerAct(reconciler)
            | ActionKind::ReconcilerLook(reconciler) => self.reconciler(id, of, reconciler, at),
            ActionKind::Sync(_) => {
                self.add(Shared::Alone(id), Pace::Possible(Wait::Within(self.plan.latency)), 0, id);
            }
            // No acts of their own.
            ActionKind::Handler { .. } | ActionKind::Restart(_) => {}
        }
    }

    /// Reconcilers that look, and of which no step is ever possible.
    fn onlookers(&mut self) {
        let program = self.model.program();
        for (index, reconciler) in program.reconcilers.iter().enumerate() {
            let looks = self.cast.actors.iter().any(|actor| actor.looks == Some(index));
            let (Some(first), None) = (reconciler.actions.first(), reconciler.every_ticks) else { continue };
            if looks || program.actions[first.index()].within.is_some() {
                continue;
            }
            let kind = program.actions[first.index()].at.map(|at| program.locals[at.index()].ty);
            let nodes = match kind.map(|ty| program.types.get(ty)) {
                Some(Type::Node(kind)) => program.nodes[kind.index()].count,
                _ => 1,
            };
            let pace = self.every(reconciler);
            let onlooker = Actor { pace, clauses: Vec::new(), looks: Some(index), node: None, acts: None };
            let of = looks_at(program, reconciler);
            let node = |member| of.map(|kind| self.model.number_of_node(kind, member));
            self.cast
                .actors
                .extend((0..nodes).map(|member| Actor { node: node(member), ..onlooker.clone() }));
        }
    }

    /// From one look to the next.
    fn every(&self, reconciler: &Reconciler) -> Pace {
        let period = reconciler.every.map_or(SECOND, |nanos| (nanos / 1000).max(1));
        let skew = self.plan.skew(looks_at(self.model.program(), reconciler));
        Pace::Every { period, skew: skew.min(period / 2) }
    }

    fn reconciler(&mut self, id: u32, of: ActionId, index: usize, at: Option<u64>) {
        let program = self.model.program();
        let reconciler = &program.reconcilers[index];
        let action = &program.actions[of.index()];
        let observes = matches!(action.kind, ActionKind::ReconcilerObserve { .. });
        let acts_later = !reconciler.observed.is_empty() && !observes;
        // A look that finds nothing to do comes behind all acts.
        let acts = reconciler.actions.len();
        let clause = reconciler.actions.iter().position(|known| *known == of).unwrap_or(acts);
        let kind = looks_at(program, reconciler).zip(at);
        let node = kind.map(|(kind, member)| self.model.number_of_node(kind, member as u32));
        let before = Shared::Reconciler(index, at, Looks::Before);
        let itself = Shared::Reconciler(index, at, Looks::Itself);
        let actor = if acts_later {
            self.add(before, Pace::Possible(Wait::Within(self.plan.latency)), clause, id)
        } else if let Some(ticks) = reconciler.every_ticks {
            self.add(itself, Pace::Possible(Wait::Looks(u64::from(ticks))), clause, id)
        } else if let Some(ticks) = action.within {
            // It does not wait for the looks of the others.
            self.add(Shared::Action(of, at), Pace::Possible(Wait::Ticks(u64::from(ticks))), 0, id)
        } else {
            self.add(itself, self.every(reconciler), clause, id)
        };
        if !acts_later {
            actor.looks = Some(index);
            actor.node = node;
        }
        if !observes {
            actor.acts = Some((index, acts));
        }
    }

    fn add(&mut self, shared: Shared, pace: Pace, clause: usize, id: u32) -> &mut Actor {
        let actors = &mut self.cast.actors;
        let index = *self.known.entry(shared).or_insert_with(|| {
            actors.push(Actor { pace, clauses: Vec::new(), looks: None, node: None, acts: None });
            actors.len() - 1
        });
        let actor = &mut actors[index];
        if actor.clauses.len() <= clause {
            actor.clauses.resize(clause + 1, Vec::new());
        }
        actor.clauses[clause].push(id);
        actor
    }
}

/// The kind of node where a reconciler looks, by its index.
pub(crate) fn looks_at(program: &Program, reconciler: &Reconciler) -> Option<u32> {
    let at = reconciler.actions.iter().find_map(|id| program.actions[id.index()].at)?;
    match program.types.get(program.locals[at.index()].ty) {
        Type::Node(kind) => Some(kind.0),
        _ => None,
    }
}

/// Whether a reconciler has acts that wait for a look, every so often in time: those with a deadline go by that.
pub(crate) fn looks_in_time(program: &Program, reconciler: &Reconciler) -> bool {
    let mut acts = reconciler.actions.iter().map(|id| &program.actions[id.index()]);
    reconciler.every_ticks.is_none() && acts.any(|action| action.within.is_none())
}

/// How long a resolution waits: as long as a message takes, where nothing is said of it.
fn backoff(program: &Program, member: usize, latency: Span) -> Wait {
    let resolution = &program.resolutions[member];
    let Some(base) = resolution.backoff.flatten() else { return Wait::Within(latency) };
    let limit = resolution.attempts.as_ref().map(|attempts| &attempts.limit.kind);
    let doublings = match limit {
        Some(ExprKind::Int(most)) => u32::try_from(*most).unwrap_or(DOUBLINGS).min(DOUBLINGS),
        _ => DOUBLINGS,
    };
    Wait::Backoff { base: (base / 1000).max(1), doublings }
}
