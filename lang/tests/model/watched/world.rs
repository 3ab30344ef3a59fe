//! States and steps as they are defined: values, no packing, no reduction.

use crate::random::naive::{Naive, Places, State, Trap, all_values};
use reconverge_lang::analysis::program::*;
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::value::Value;
use std::collections::HashMap;

pub type Locals = HashMap<LocalId, Value>;

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Action(ActionId),
    Crash(NodeId, usize),
    Restart(NodeId, usize),
    Lose,
    Duplicate,
}

#[derive(Debug, Clone)]
pub struct Step {
    pub kind: Kind,
    /// Of the action: its node, parameters, message fields, choices.
    pub locals: Locals,
    /// That is delivered, lost or duplicated.
    pub message: Option<Value>,
    pub chosen: Vec<(LocalId, Value)>,
    pub next: Situation,
}

impl Step {
    pub fn action(&self) -> Option<ActionId> {
        match self.kind {
            Kind::Action(action) => Some(action),
            Kind::Crash(..) | Kind::Restart(..) | Kind::Lose | Kind::Duplicate => None,
        }
    }
}

/// A state, and what of the budget of faults is left.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Situation {
    pub state: State,
    pub left: [u32; 3],
}

pub struct World<'p> {
    pub p: &'p Program,
    pub faults: FaultBudget,
}

const BUDGETED: [Fault; 3] = [Fault::Crash, Fault::Lose, Fault::Duplicate];

impl<'p> World<'p> {
    pub fn places(&self) -> Places<'p> {
        Places(self.p)
    }

    /// Every system here begins in one state.
    pub fn initial(&self) -> Result<Situation, Trap> {
        let mut state = Vec::new();
        let mut naive = Naive::new(self.p, &Vec::new());
        for known in &self.p.states {
            state.push(first(self.p, &mut naive, &known.init, known.ty)?);
        }
        for known in &self.p.node_fields {
            let value = first(self.p, &mut naive, &known.init, known.ty)?;
            state.extend(vec![value; self.p.nodes[known.node.index()].count as usize]);
        }
        for node in &self.p.nodes {
            state.extend(vec![Value::Bool(true); node.count as usize]);
        }
        state.extend([Value::List(Vec::new()), Value::List(Vec::new())]);
        Ok(Situation { state, left: BUDGETED.map(|fault| self.faults.given(fault).unwrap_or(0)) })
    }

    pub fn eval(&self, state: &State, locals: &Locals, e: &Expr) -> Result<Value, Trap> {
        self.eval_over((None, state), locals, e)
    }

    /// An expression over a step.
    pub fn eval_over(
        &self,
        (before, after): (Option<&State>, &State),
        locals: &Locals,
        e: &Expr,
    ) -> Result<Value, Trap> {
        let mut naive = Naive::new(self.p, after);
        naive.before = before.cloned();
        naive.locals = locals.clone();
        naive.eval(e)
    }

    pub fn truth(&self, state: &State, locals: &Locals, e: &Expr) -> Result<bool, Trap> {
        Ok(self.eval(state, locals, e)? == Value::Bool(true))
    }

    /// The elements of a binder; without one, nobody.
    pub fn each_or_one(&self, state: &State, binder: Option<&Binder>) -> Result<Vec<(Value, Locals)>, Trap> {
        match binder {
            Some(binder) => self.each(state, &Locals::new(), binder),
            None => Ok(vec![(Value::None, Locals::new())]),
        }
    }

    /// The elements of a binder, each with the locals in which it has its name.
    pub fn each(
        &self,
        state: &State,
        locals: &Locals,
        binder: &Binder,
    ) -> Result<Vec<(Value, Locals)>, Trap> {
        let mut all = Vec::new();
        let (Value::Set(items) | Value::List(items)) = self.eval(state, locals, &binder.set)? else {
            panic!("a binder ranges over a set")
        };
        for item in items {
            let mut inner = locals.clone();
            inner.insert(binder.local, item.clone());
            let inside = match &binder.filter {
                Some(filter) => self.truth(state, &inner, filter)?,
                None => true,
            };
            if inside {
                all.push((item, inner));
            }
        }
        Ok(all)
    }

    pub fn is_up(&self, state: &State, node: &Value) -> bool {
        for (kind, known) in self.p.nodes.iter().enumerate() {
            let name = |i: &usize| *node == Value::Name(known.member(*i as u32).into());
            if let Some(member) = (0..known.count as usize).find(name) {
                return state[self.places().up(NodeId(kind as u32), member)] == Value::Bool(true);
            }
        }
        panic!("{node} is no node")
    }

    pub fn in_flight<'s>(&self, state: &'s State) -> &'s [Value] {
        match &state[self.places().in_flight()] {
            Value::List(sent) => sent,
            value => panic!("{value}"),
        }
    }

    /// The same without one message, if it is there.
    pub fn without(&self, state: &State, message: &Value) -> Option<State> {
        let mut sent = self.in_flight(state).to_vec();
        sent.remove(sent.iter().position(|m| m == message)?);
        let mut state = state.clone();
        state[self.places().in_flight()] = Value::List(sent);
        Some(state)
    }

    // ---- instances ----

    /// The locals of each instance of an action, its guards aside, and the message of a delivery. Nodes may be down.
    pub fn instances(&self, state: &State, id: ActionId) -> Vec<(Locals, Option<Value>)> {
        let action = &self.p.actions[id.index()];
        if let ActionKind::Handler { message, from, fields, .. } = &action.kind {
            let mut distinct: Vec<&Value> = self.in_flight(state).iter().collect();
            distinct.dedup();
            let bound = |sent: &Value| {
                let locals = self.bound(action, (*message, *from, fields), sent)?;
                Some((locals, Some(sent.clone())))
            };
            return distinct.into_iter().filter_map(bound).collect();
        }
        let mut all = vec![Locals::new()];
        for local in action.params.iter().chain(&action.at) {
            let values = all_values(self.p, self.p.locals[local.index()].ty);
            let with = |known: &Locals, value: &Value| {
                let mut locals = known.clone();
                locals.insert(*local, value.clone());
                locals
            };
            all = all.iter().flat_map(|k| values.iter().map(move |v| with(k, v))).collect();
        }
        all.into_iter().map(|locals| (locals, None)).collect()
    }

    fn bound(
        &self,
        action: &Action,
        (message, from, fields): (MessageId, Option<LocalId>, &[LocalId]),
        sent: &Value,
    ) -> Option<Locals> {
        let Value::Record(name, values) = sent else { panic!("{sent}") };
        let at = action.at.expect("it is delivered somewhere");
        let receivers = all_values(self.p, self.p.locals[at.index()].ty);
        if **name != *self.p.messages[message.index()].name || !receivers.contains(&values[1].1) {
            return None;
        }
        let mut locals = Locals::from([(at, values[1].1.clone())]);
        locals.extend(from.map(|from| (from, values[0].1.clone())));
        locals.extend(fields.iter().copied().zip(values[2..].iter().map(|(_, v)| v.clone())));
        Some(locals)
    }

    /// Its node is up, and its guards hold.
    pub fn enabled(&self, state: &State, id: ActionId, locals: &Locals) -> Result<bool, Trap> {
        let action = &self.p.actions[id.index()];
        if let Some(at) = action.at {
            if !self.is_up(state, &locals[&at]) {
                return Ok(false);
            }
            if let Some(set) = &action.at_set {
                match self.eval(state, locals, set)? {
                    Value::Set(inside) | Value::List(inside) if !inside.contains(&locals[&at]) => {
                        return Ok(false);
                    }
                    _ => {}
                }
            }
        }
        for guard in &action.guards {
            if !self.truth(state, locals, guard)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Where the body leads from a state, guards not asked: each way with what it chose.
    #[allow(clippy::type_complexity)]
    pub fn outcomes(
        &self,
        state: &State,
        id: ActionId,
        locals: &Locals,
    ) -> Result<Vec<(State, Vec<(LocalId, Value)>)>, Trap> {
        let mut naive = Naive::new(self.p, state);
        naive.locals = locals.clone();
        let ways = naive.step(&[], &self.p.actions[id.index()].body);
        ways.into_iter().map(|way| way.map(|state| self.unchosen(state))).collect()
    }

    /// Whether a step would write a value that is not there yet, or send.
    pub fn changes(&self, state: &State, id: ActionId, locals: &Locals) -> Result<bool, Trap> {
        let mut naive = Naive::new(self.p, state);
        naive.locals = locals.clone();
        naive.wrote = Some(false);
        for way in naive.step(&[], &self.p.actions[id.index()].body) {
            way?;
        }
        Ok(naive.wrote == Some(true))
    }

    /// The operands with which a step calls a definition, from a state, guards not asked.
    pub fn calls(
        &self,
        state: &State,
        (id, def): (ActionId, DefId),
        locals: &Locals,
    ) -> Result<Vec<Vec<Value>>, Trap> {
        let mut naive = Naive::new(self.p, state);
        naive.locals = locals.clone();
        naive.called = Some((def, Vec::new()));
        for way in naive.step(&[], &self.p.actions[id.index()].body) {
            way?;
        }
        Ok(naive.called.map_or(Vec::new(), |(_, calls)| calls))
    }

    /// The step once more, in another state.
    pub fn again(&self, state: &State, id: ActionId, step: &Step) -> Result<State, Trap> {
        let mut naive = Naive::new(self.p, state);
        naive.locals = step.locals.clone();
        naive.again = Some(step.chosen.clone());
        let mut ways = naive.step(&[], &self.p.actions[id.index()].body);
        assert_eq!(ways.len(), 1, "all that is chosen is known");
        ways.remove(0)
    }

    fn unchosen(&self, mut state: State) -> (State, Vec<(LocalId, Value)>) {
        let chosen = std::mem::replace(&mut state[self.places().chosen()], Value::List(Vec::new()));
        let Value::List(chosen) = chosen else { panic!("{chosen}") };
        let pair = |value: Value| match value {
            Value::List(pair) => match pair.as_slice() {
                [Value::Int(local), value] => (LocalId(*local as u32), value.clone()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other}"),
        };
        (state, chosen.into_iter().map(pair).collect())
    }

    // ---- steps ----

    pub fn steps(&self, here: &Situation) -> Result<Vec<Step>, Trap> {
        let mut all = Vec::new();
        for id in (0..self.p.actions.len() as u32).map(ActionId) {
            for (locals, message) in self.instances(&here.state, id) {
                if !self.enabled(&here.state, id, &locals)? {
                    continue;
                }
                let taken = message.as_ref().map(|m| self.without(&here.state, m).expect("in flight"));
                for (state, chosen) in self.outcomes(taken.as_ref().unwrap_or(&here.state), id, &locals)? {
                    let mut locals = locals.clone();
                    locals.extend(chosen.iter().cloned());
                    let next = Situation { state, left: here.left };
                    all.push(Step { kind: Kind::Action(id), locals, message: message.clone(), chosen, next });
                }
            }
        }
        self.crashes(here, &mut all)?;
        self.of_links(here, &mut all);
        Ok(all)
    }

    fn crashes(&self, here: &Situation, all: &mut Vec<Step>) -> Result<(), Trap> {
        for (kind, node) in self.p.nodes.iter().enumerate() {
            for member in 0..node.count as usize {
                let id = NodeId(kind as u32);
                let at = self.places().up(id, member);
                let mut next = here.clone();
                let step = if here.state[at] == Value::Bool(false) {
                    next.state[at] = Value::Bool(true);
                    Kind::Restart(id, member)
                } else if here.left[0] > 0 {
                    next.left[0] -= 1;
                    next.state[at] = Value::Bool(false);
                    self.forget(&mut next.state, (id, member))?;
                    Kind::Crash(id, member)
                } else {
                    continue;
                };
                all.push(fault(step, None, next));
            }
        }
        Ok(())
    }

    /// The volatile fields of a node have their first values.
    pub fn forget(&self, state: &mut State, (node, member): (NodeId, usize)) -> Result<(), Trap> {
        for (index, known) in self.p.node_fields.iter().enumerate() {
            if known.node == node && known.volatile {
                let mut naive = Naive::new(self.p, &Vec::new());
                state[self.places().field(NodeFieldId(index as u32), member)] =
                    first(self.p, &mut naive, &known.init, known.ty)?;
            }
        }
        Ok(())
    }

    fn of_links(&self, here: &Situation, all: &mut Vec<Step>) {
        let mut distinct = self.in_flight(&here.state).to_vec();
        distinct.dedup();
        for message in distinct {
            let Value::Record(name, _) = &message else { panic!("{message}") };
            let known = self.p.messages.iter().find(|m| *m.name == **name).expect("declared");
            let link = &self.p.links[known.link.expect("on a link").index()];
            let again = self.twice(&here.state, &message);
            if link.lossy && here.left[1] > 0 {
                let mut next = here.clone();
                next.left[1] -= 1;
                next.state = self.without(&here.state, &message).expect("in flight");
                all.push(fault(Kind::Lose, Some(message.clone()), next));
            }
            if link.duplicating && here.left[2] > 0 && self.fits(&again, &message) {
                let mut next = here.clone();
                next.left[2] -= 1;
                next.state = again;
                all.push(fault(Kind::Duplicate, Some(message), next));
            }
        }
    }

    /// The link of a message holds no more than it may.
    pub fn fits(&self, state: &State, message: &Value) -> bool {
        let Value::Record(name, _) = message else { panic!("{message}") };
        let of = |m: &&MessageId| *self.p.messages[m.index()].name == **name;
        let link = self.p.links.iter().find(|l| l.messages.iter().any(|m| of(&m))).expect("on a link");
        let on_link = |m: &&Value| {
            let is =
                |id: &MessageId| matches!(m, Value::Record(n, _) if **n == *self.p.messages[id.index()].name);
            link.messages.iter().any(is)
        };
        self.in_flight(state).iter().filter(on_link).count() <= link.capacity as usize
    }

    /// The same with a message once more.
    pub fn twice(&self, state: &State, message: &Value) -> State {
        let mut sent = self.in_flight(state).to_vec();
        sent.push(message.clone());
        sent.sort();
        let mut state = state.clone();
        state[self.places().in_flight()] = Value::List(sent);
        state
    }
}

fn fault(kind: Kind, message: Option<Value>, next: Situation) -> Step {
    Step { kind, locals: Locals::new(), message, chosen: Vec::new(), next }
}

/// The value that a variable begins with.
fn first(p: &Program, naive: &mut Naive<'_>, init: &Init, ty: TypeId) -> Result<Value, Trap> {
    match init {
        Init::Value(e) => naive.eval(e),
        Init::Any { .. } => panic!("every system here begins in one state"),
        Init::Default => Ok(match p.types.get(ty) {
            Type::Option(_) => Value::None,
            Type::Set(_) => Value::Set(Vec::new()),
            Type::List { .. } => Value::List(Vec::new()),
            _ => all_values(p, ty).remove(0),
        }),
    }
}
