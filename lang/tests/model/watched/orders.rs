//! The types of orders, and `strictly`, by their definitions.

use super::judge::{Found, Seen, Watch, judge};
use super::sent;
use super::world::{Kind, Locals, Step, World};
use crate::random::naive::{State, Trap};
use reconverge_lang::analysis::program::*;
use reconverge_lang::concepts::OrderType;
use reconverge_lang::value::Value;
use std::collections::BTreeSet;

pub fn order(world: &World<'_>, order: &Order) -> Found {
    let all = order.types().map(|ty| match ty {
        OrderType::Append => judge(world, Append { views: views(order), differed: false }),
        OrderType::Leader => judge(world, Leader { order, entitled: false, another: false }),
        OrderType::CompareAndSet => judge(world, CompareAndSet { order, another: false }),
        OrderType::Versioned => judge(world, Versioned { order, differed: false }),
    });
    all.reduce(Found::and).expect("an order has a type")
}

/// The views of each kind of participant.
fn views(order: &Order) -> Vec<&Views> {
    let first = order.views.as_ref().expect("every such order here has views");
    std::iter::once(first).chain(order.more.iter().map(|more| &more.views)).collect()
}

fn node_of(world: &World<'_>, action: ActionId, locals: &Locals) -> Option<Value> {
    world.p.actions[action.index()].at.map(|at| locals[&at].clone())
}

/// What each participant shows, by who it is.
fn shown(world: &World<'_>, state: &State, views: &[&Views]) -> Result<Vec<(Value, Vec<Value>)>, Trap> {
    let mut all = Vec::new();
    for views in views {
        for (who, locals) in world.each_or_one(state, views.binder.as_ref())? {
            match world.eval(state, &locals, &views.value)? {
                Value::List(list) => all.push((who, list)),
                value => panic!("{value} is no list"),
            }
        }
    }
    Ok(all)
}

fn comparable(a: &[Value], b: &[Value]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

// ---- append ----

struct Append<'o> {
    views: Vec<&'o Views>,
    differed: bool,
}

/// The longest view.
fn longest(shown: &[(Value, Vec<Value>)], mut longest: Vec<Value>) -> Vec<Value> {
    for (_, view) in shown {
        if view.len() > longest.len() {
            longest = view.clone();
        }
    }
    longest
}

/// Whether views keep to what was agreed.
fn keeps(
    world: &World<'_>,
    views: &[&Views],
    agreed: &[Value],
    (before, step): (&State, &Step),
) -> Result<bool, Trap> {
    let (old, new) = (shown(world, before, views)?, shown(world, &step.next.state, views)?);
    let rewritten = new.iter().any(|(_, view)| !comparable(view, agreed));
    let shorter = |(who, view): &(Value, Vec<Value>)| {
        old.iter().any(|(other, before)| other == who && view.len() < before.len())
    };
    let wiped = step.action().is_some() && !new.is_empty() && new.iter().all(shorter);
    Ok(!rewritten && !wiped)
}

fn one_order(world: &World<'_>, views: &[&Views], state: &State) -> Result<bool, Trap> {
    let all = shown(world, state, views)?;
    Ok(all.iter().all(|(_, a)| all.iter().all(|(_, b)| comparable(a, b))))
}

/// One participant alone, or all show the same thing by definition.
fn is_single(world: &World<'_>, views: &[&Views], parts: &[&Expr]) -> bool {
    let [views] = views else { return false };
    let Some(binder) = &views.binder else { return true };
    let one = match world.p.types.get(world.p.locals[binder.local.index()].ty) {
        Type::Node(kind) => world.p.nodes[kind.index()].count < 2,
        _ => false,
    };
    let mut mentioned = false;
    for e in parts {
        e.walk(&mut |e| mentioned |= matches!(e.kind, ExprKind::Local(l) if l == binder.local));
    }
    one || !mentioned
}

impl Watch for Append<'_> {
    type Past = Vec<Value>;

    fn begin(&mut self, world: &World<'_>, state: &State) -> Result<Vec<Value>, Trap> {
        Ok(longest(&shown(world, state, &self.views)?, Vec::new()))
    }

    fn step(
        &mut self,
        world: &World<'_>,
        past: &Vec<Value>,
        before: &State,
        step: &Step,
    ) -> Result<Seen<Vec<Value>>, Trap> {
        if !keeps(world, &self.views, past, (before, step))? {
            return Ok(Seen::Broken);
        }
        let (old, new) = (shown(world, before, &self.views)?, shown(world, &step.next.state, &self.views)?);
        if is_single(world, &self.views, &[&self.views[0].value]) {
            self.differed |= new.iter().any(|(who, v)| old.iter().any(|(o, w)| o == who && v != w));
        }
        Ok(Seen::Goes(longest(&new, past.clone())))
    }

    fn allows(&mut self, world: &World<'_>, state: &State) -> Result<bool, Trap> {
        let all = shown(world, state, &self.views)?;
        if !is_single(world, &self.views, &[&self.views[0].value]) {
            self.differed |= all.iter().any(|(_, v)| *v != all[0].1);
        }
        one_order(world, &self.views, state)
    }

    fn exercised(&self) -> bool {
        self.differed
    }
}

// ---- leader ----

struct Leader<'o> {
    order: &'o Order,
    entitled: bool,
    another: bool,
}

/// What was agreed, and who may have written last, in which epoch.
type Written = (Vec<Value>, BTreeSet<(Value, Option<Value>)>);

impl Leader<'_> {
    fn by(&self) -> &Binder {
        self.order.by.as_ref().expect("every leader here has writers")
    }

    fn entitled(&self, world: &World<'_>, state: &State) -> Result<Vec<(Value, Locals)>, Trap> {
        world.each(state, &Locals::new(), self.by())
    }

    /// Who may have made the order longer: the node of the step, the sender of its message, or who shows what is new.
    fn writers(&self, world: &World<'_>, step: &Step, agreed: &[Value]) -> Result<Vec<Value>, Trap> {
        let local = self.by().local;
        let all = crate::random::naive::all_values(world.p, world.p.locals[local.index()].ty);
        let action = step.action().expect("an action's step");
        let node = node_of(world, action, &step.locals);
        let sender = step.message.as_ref().map(|m| match m {
            Value::Record(_, values) => values[0].1.clone(),
            value => panic!("{value}"),
        });
        let known = [node, sender].into_iter().flatten().find(|n| all.contains(n));
        if let Some(known) = known {
            return Ok(vec![known]);
        }
        let new = shown(world, &step.next.state, &views(self.order))?;
        let most = new.iter().map(|(_, v)| v.len()).max().unwrap_or(0);
        let shows = new.into_iter().filter(|(who, v)| all.contains(who) && v.len() == most);
        Ok(shows.filter(|(_, v)| v.len() > agreed.len()).map(|(who, _)| who).collect())
    }

    /// Those of the writers who were entitled, with their epochs.
    fn rightly(
        &self,
        world: &World<'_>,
        (before, step): (&State, &Step),
        writers: &[Value],
    ) -> Result<BTreeSet<(Value, Option<Value>)>, Trap> {
        let mut all = BTreeSet::new();
        for who in writers {
            for state in [before, &step.next.state] {
                let entitled = self.entitled(world, state)?;
                if let Some((_, locals)) = entitled.iter().find(|(e, _)| e == who) {
                    let epoch = self.order.epoch.as_ref();
                    let epoch = epoch.map(|e| world.eval(state, locals, e)).transpose()?;
                    all.insert((who.clone(), epoch));
                    break;
                }
            }
        }
        Ok(all)
    }
}

impl Watch for Leader<'_> {
    type Past = Written;

    fn begin(&mut self, world: &World<'_>, state: &State) -> Result<Written, Trap> {
        Ok((longest(&shown(world, state, &views(self.order))?, Vec::new()), BTreeSet::new()))
    }

    fn step(
        &mut self,
        world: &World<'_>,
        (agreed, earlier): &Written,
        before: &State,
        step: &Step,
    ) -> Result<Seen<Written>, Trap> {
        let views = views(self.order);
        let kept = self.order.types().any(|ty| ty == OrderType::Append)
            || keeps(world, &views, agreed, (before, step))?;
        if !kept {
            return Ok(Seen::Broken);
        }
        let longer = longest(&shown(world, &step.next.state, &views)?, agreed.clone());
        if longer.len() == agreed.len() || step.action().is_none() {
            return Ok(Seen::Goes((longer, earlier.clone())));
        }
        let writers = self.writers(world, step, agreed)?;
        let now = self.rightly(world, (before, step), &writers)?;
        if now.is_empty() {
            return Ok(Seen::Broken);
        }
        let alone = |(who, epoch): &(Value, Option<Value>)| {
            epoch.is_none() || now.iter().any(|(other, own)| own != epoch || other == who)
        };
        if !earlier.iter().all(alone) {
            return Ok(Seen::Broken);
        }
        let newest = now.iter().map(|(_, epoch)| epoch).max().expect("a writer");
        if earlier.iter().any(|(_, epoch)| epoch > newest) {
            return Ok(Seen::Broken);
        }
        self.another |= earlier.iter().any(|(who, _)| now.iter().any(|(other, _)| other != who));
        Ok(Seen::Goes((longer, now)))
    }

    fn allows(&mut self, world: &World<'_>, state: &State) -> Result<bool, Trap> {
        let entitled = self.entitled(world, state)?;
        self.entitled |= !entitled.is_empty();
        let mut own = false;
        if let Some(epoch) = &self.order.epoch {
            epoch.walk(&mut |e| own |= matches!(e.kind, ExprKind::Local(l) if l == self.by().local));
        }
        let one = match &self.order.epoch {
            Some(epoch) if own => {
                let of = |(_, locals): &(Value, Locals)| world.eval(state, locals, epoch);
                let epochs = entitled.iter().map(of).collect::<Result<Vec<_>, _>>()?;
                epochs.iter().collect::<BTreeSet<_>>().len() == epochs.len()
            }
            _ => entitled.len() <= 1,
        };
        let append = self.order.types().any(|ty| ty == OrderType::Append);
        Ok(one && (append || one_order(world, &views(self.order), state)?))
    }

    fn exercised(&self) -> bool {
        self.entitled && self.another
    }
}

// ---- compare_and_set ----

struct CompareAndSet<'o> {
    order: &'o Order,
    another: bool,
}

fn value_of(order: &Order) -> &Expr {
    order.value.as_ref().unwrap_or_else(|| &views(order)[0].value)
}

impl CompareAndSet<'_> {
    fn version(&self) -> &Expr {
        self.order.version.as_ref().expect("every such order here has a version")
    }

    /// Each declared write that somebody may still have in mind, with what it expects and where it is.
    fn expected(&self, world: &World<'_>, state: &State) -> Result<Vec<(Write, Value)>, Trap> {
        let mut all = Vec::new();
        for write in &self.order.writes {
            for (action, e) in write.actions.iter().zip(&write.values) {
                for (locals, message) in world.instances(state, *action) {
                    let who = match message {
                        Some(message) => Write::Message(message),
                        None => Write::Node(node_of(world, *action, &locals)),
                    };
                    all.push((who, world.eval(state, &locals, e)?));
                }
            }
        }
        Ok(all)
    }

    /// What is expected where it is not in such a message yet: at who sends one, in what is forwarded.
    fn in_mind(&self, world: &World<'_>, state: &State) -> Result<Vec<(Write, Value)>, Trap> {
        let mut all = Vec::new();
        for write in &self.order.writes {
            for (action, e) in write.actions.iter().zip(&write.values) {
                sent::from(world, (*action, e), &mut vec![*action], &mut |sent| {
                    for (who, values) in sent.values(world, state)? {
                        all.extend(values.into_iter().map(|value| (who.clone(), value)));
                    }
                    Ok(())
                })?;
            }
        }
        Ok(all)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    Message(Value),
    Node(Option<Value>),
    /// A step that would send it, its node, and its parameters.
    Sends(ActionId, Option<Value>, Vec<Value>),
    /// Some message that the step forwards.
    Forwards(ActionId),
}

impl Watch for CompareAndSet<'_> {
    type Past = ();

    fn step(&mut self, world: &World<'_>, _: &(), before: &State, step: &Step) -> Result<Seen<()>, Trap> {
        let Some(action) = step.action() else { return Ok(Seen::Goes(())) };
        let after = &step.next.state;
        let of = |state, e| world.eval(state, &Locals::new(), e);
        let value = value_of(self.order);
        let (old, new) = (of(before, self.version())?, of(after, self.version())?);
        if of(before, value)? != of(after, value)? {
            let mut declared = false;
            for write in &self.order.writes {
                for (_, e) in write.actions.iter().zip(&write.values).filter(|(a, _)| **a == action) {
                    declared = world.eval(before, &step.locals, e)? == old;
                }
            }
            if !declared || old == new {
                return Ok(Seen::Broken);
            }
        }
        let all = |state| Ok([self.expected(world, state)?, self.in_mind(world, state)?].concat());
        let held = all(after)?;
        for (who, expected) in all(before)? {
            let still = held.contains(&(who.clone(), expected.clone()));
            if old != new && expected == new && still {
                return Ok(Seen::Broken);
            }
        }
        Ok(Seen::Goes(()))
    }

    fn allows(&mut self, world: &World<'_>, state: &State) -> Result<bool, Trap> {
        let current = world.eval(state, &Locals::new(), self.version())?;
        self.another |= self.expected(world, state)?.iter().any(|(_, expected)| *expected != current);
        Ok(true)
    }

    fn exercised(&self) -> bool {
        self.another
    }
}

// ---- versioned ----

struct Versioned<'o> {
    order: &'o Order,
    differed: bool,
}

impl Versioned<'_> {
    /// Version and value of each participant.
    fn shown(&self, world: &World<'_>, state: &State) -> Result<Vec<(Value, (Value, Value))>, Trap> {
        let order = self.order;
        let first = order.views.as_ref().and_then(|views| views.binder.as_ref());
        let version = order.version.as_ref().expect("every such order here has a version");
        let mut kinds = vec![(first, value_of(order), version)];
        for more in &order.more {
            let value = more.value.as_ref().unwrap_or(&more.views.value);
            kinds.push((more.views.binder.as_ref(), value, more.version.as_ref().expect("a version")));
        }
        let mut all = Vec::new();
        for (binder, value, version) in kinds {
            for (who, locals) in world.each_or_one(state, binder)? {
                let value = world.eval(state, &locals, value)?;
                all.push((who, (world.eval(state, &locals, version)?, value)));
            }
        }
        Ok(all)
    }

    fn is_single(&self, world: &World<'_>) -> bool {
        self.order.views.is_none() || is_single(world, &views(self.order), &[value_of(self.order)])
    }
}

impl Watch for Versioned<'_> {
    type Past = BTreeSet<(Value, Value)>;

    fn begin(&mut self, world: &World<'_>, state: &State) -> Result<Self::Past, Trap> {
        Ok(self.shown(world, state)?.into_iter().map(|(_, pair)| pair).collect())
    }

    fn step(
        &mut self,
        world: &World<'_>,
        past: &Self::Past,
        before: &State,
        step: &Step,
    ) -> Result<Seen<Self::Past>, Trap> {
        let (old, new) = (self.shown(world, before)?, self.shown(world, &step.next.state)?);
        for (who, (version, value)) in &new {
            for (_, (earlier, was)) in old.iter().filter(|(other, _)| other == who) {
                let changed = value != was;
                self.differed |= self.is_single(world) && changed;
                if step.action().is_some() && changed && version <= earlier {
                    return Ok(Seen::Broken);
                }
            }
        }
        let mut all = past.clone();
        all.extend(new.into_iter().map(|(_, pair)| pair));
        let twice = |(version, value): &(Value, Value)| all.iter().any(|(v, w)| v == version && w != value);
        Ok(if all.iter().any(twice) { Seen::Broken } else { Seen::Goes(all) })
    }

    fn allows(&mut self, world: &World<'_>, state: &State) -> Result<bool, Trap> {
        let all = self.shown(world, state)?;
        self.differed |= !self.is_single(world) && all.iter().any(|(_, (_, value))| *value != all[0].1.1);
        let twice = |(_, (version, value)): &(Value, (Value, Value))| {
            all.iter().any(|(_, (v, w))| v == version && w != value)
        };
        Ok(!all.iter().any(twice))
    }

    fn exercised(&self) -> bool {
        self.differed
    }
}

// ---- strictly ----

/// `monotonic e strictly in …`
pub fn monotonic(world: &World<'_>, invariant: &Invariant) -> Found {
    let [Form { kind: FormKind::Monotonic { value, strictly, binder }, .. }] = invariant.forms.as_slice()
    else {
        panic!("every such invariant here has one form")
    };
    judge(
        world,
        Monotonic { value, strictly: strictly.as_ref(), binder: binder.as_ref(), taken: false, rose: false },
    )
}

struct Monotonic<'i> {
    value: &'i Expr,
    strictly: Option<&'i Strictly>,
    binder: Option<&'i Binder>,
    taken: bool,
    rose: bool,
}

impl Watch for Monotonic<'_> {
    type Past = ();

    fn step(&mut self, world: &World<'_>, _: &(), before: &State, step: &Step) -> Result<Seen<()>, Trap> {
        let each = world.each_or_one(before, self.binder)?;
        let mut raised = Vec::new();
        for (who, locals) in each {
            let (old, new) = (
                world.eval(before, &locals, self.value)?,
                world.eval(&step.next.state, &locals, self.value)?,
            );
            if new < old {
                return Ok(Seen::Broken);
            }
            self.rose |= new != old;
            raised.push((who, new > old));
        }
        let bound = match self.strictly {
            None => false,
            // A restart is no step that somebody takes.
            Some(Strictly::Every) => matches!(step.kind, Kind::Action(_)),
            Some(Strictly::In(actions, _)) => step.action().is_some_and(|a| actions.contains(&a)),
        };
        self.taken |= bound;
        let node = step.action().and_then(|a| node_of(world, a, &step.locals));
        let own: Vec<_> = raised.iter().filter(|(who, _)| Some(who) == node.as_ref()).cloned().collect();
        let asked = if own.is_empty() { raised } else { own };
        let kept = !bound || asked.iter().any(|(_, raised)| *raised);
        Ok(if kept { Seen::Goes(()) } else { Seen::Broken })
    }

    fn exercised(&self) -> bool {
        self.rose && (self.taken || !matches!(self.strictly, Some(Strictly::In(..))))
    }
}
