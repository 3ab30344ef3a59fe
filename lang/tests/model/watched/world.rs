//! States and steps as they are defined: values, no packing, no reduction.

use crate::random::naive::{Naive, Places, State, Trap, all_values};
use reconverge_lang::analysis::program::*;
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::value::Value;
use std::collections::{BTreeSet, HashMap};

pub type Locals = HashMap<LocalId, Value>;

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Action(ActionId),
    /// A fault that happens to a node.
    Node(Fault, NodeId, usize),
    /// A restart with what the node does as part of it.
    Restart(ActionId, NodeId, usize),
    Part,
    Heal,
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
            Kind::Action(action) | Kind::Restart(action, ..) => Some(action),
            Kind::Node(..) | Kind::Part | Kind::Heal | Kind::Lose | Kind::Duplicate => None,
        }
    }
}

/// A node: its kind, and its place among those.
type Node = (NodeId, usize);

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cut {
    /// The nodes on one side; on the other are all others.
    side: BTreeSet<Node>,
    /// Stopped is only what is sent from that side.
    one_way: bool,
}

/// A state, what of the budget of faults is left, and what faults have done to nodes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Situation {
    pub state: State,
    /// By entry of the budget.
    left: Vec<u32>,
    paused: BTreeSet<Node>,
    cut: Option<Cut>,
}

pub struct World<'p> {
    pub p: &'p Program,
    pub faults: FaultBudget,
}

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
            let value = match known.init {
                Init::Computed { .. } => Value::None,
                _ => first(self.p, &mut naive, &known.init, known.ty)?,
            };
            state.extend(vec![value; self.p.nodes[known.node.index()].count as usize]);
        }
        for node in &self.p.nodes {
            state.extend(vec![Value::Bool(true); node.count as usize]);
        }
        state.extend([Value::List(Vec::new()), Value::List(Vec::new())]);
        for node in self.nodes() {
            self.compute(&mut state, node)?;
        }
        let left = self.faults.said().map(|(_, entry)| entry.times).collect();
        Ok(Situation { state, left, paused: BTreeSet::new(), cut: None })
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

    /// What nodes of a kind do as part of their restart.
    fn recovery(&self, kind: NodeId) -> Option<ActionId> {
        let all = (0..self.p.actions.len() as u32).map(ActionId);
        all.into_iter().find(|id| restarts(self.p, *id) == Some(kind))
    }

    /// Its node is up (before a restart: down), and its guards hold.
    pub fn enabled(&self, state: &State, id: ActionId, locals: &Locals) -> Result<bool, Trap> {
        let action = &self.p.actions[id.index()];
        if let Some(at) = action.at {
            if self.is_up(state, &locals[&at]) == restarts(self.p, id).is_some() {
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
        let mut state = state.clone();
        if let Kind::Restart(_, node, member) = step.kind {
            state[self.places().up(node, member)] = Value::Bool(true);
        }
        let mut naive = Naive::new(self.p, &state);
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
        let all_actions = (0..self.p.actions.len() as u32).map(ActionId);
        for id in all_actions.filter(|id| restarts(self.p, *id).is_none()) {
            for (locals, message) in self.instances(&here.state, id) {
                let stopped =
                    !self.enabled(&here.state, id, &locals)? || self.stands_still(here, id, &locals);
                if stopped || message.as_ref().is_some_and(|message| !self.passes(here, message)) {
                    continue;
                }
                let taken = message.as_ref().map(|m| self.without(&here.state, m).expect("in flight"));
                for (state, chosen) in self.outcomes(taken.as_ref().unwrap_or(&here.state), id, &locals)? {
                    let mut locals = locals.clone();
                    locals.extend(chosen.iter().cloned());
                    let next = Situation { state, ..here.clone() };
                    all.push(Step { kind: Kind::Action(id), locals, message: message.clone(), chosen, next });
                }
            }
        }
        self.of_nodes(here, &mut all)?;
        self.of_links(here, &mut all);
        self.of_partitions(here, &mut all);
        Ok(all)
    }

    fn nodes(&self) -> impl Iterator<Item = Node> {
        let kinds = self.p.nodes.iter().enumerate();
        kinds.flat_map(|(kind, node)| (0..node.count as usize).map(move |m| (NodeId(kind as u32), m)))
    }

    fn node(&self, name: &Value) -> Node {
        let is = |(kind, m): &Node| *name == Value::Name(self.p.nodes[kind.index()].member(*m as u32).into());
        self.nodes().find(is).expect("a node")
    }

    fn stands_still(&self, here: &Situation, id: ActionId, locals: &Locals) -> bool {
        let at = self.p.actions[id.index()].at.filter(|at| matches!(locals[at], Value::Name(_)));
        at.is_some_and(|at| here.paused.contains(&self.node(&locals[&at])))
    }

    /// No partition stops a message.
    fn passes(&self, here: &Situation, message: &Value) -> bool {
        let (Value::Record(_, ends), Some(cut)) = (message, &here.cut) else { return true };
        let from = cut.side.contains(&self.node(&ends[0].1));
        let to = cut.side.contains(&self.node(&ends[1].1));
        from == to || cut.one_way && !from
    }

    /// After a fault is paid for; `None`: it is not allowed, or not any more. Recoveries are free where nothing is said.
    fn affords(&self, here: &Situation, fault: Fault, kind: Option<NodeId>) -> Option<Situation> {
        let mut next = here.clone();
        let pays = |of: Option<u32>| of.is_none() || of == kind.map(|kind| kind.0);
        match self.faults.said().find(|(_, entry)| entry.fault == fault && pays(entry.of)) {
            Some((place, _)) => next.left[place] = next.left[place].checked_sub(1)?,
            None if fault == Fault::Restart || fault == Fault::Resume => {}
            None => return None,
        }
        Some(next)
    }

    fn of_nodes(&self, here: &Situation, all: &mut Vec<Step>) -> Result<(), Trap> {
        for node @ (kind, member) in self.nodes() {
            let at = self.places().up(kind, member);
            let (up, paused) = (here.state[at] == Value::Bool(true), here.paused.contains(&node));
            let possible = [
                (Fault::Crash, up),
                (Fault::Wipe, up),
                (Fault::Restart, !up),
                (Fault::Pause, up && !paused),
                (Fault::Resume, up && paused),
            ];
            for (fault, _) in possible.into_iter().filter(|(_, possible)| *possible) {
                let Some(mut next) = self.affords(here, fault, Some(kind)) else { continue };
                match fault {
                    Fault::Pause => drop(next.paused.insert(node)),
                    Fault::Resume => drop(next.paused.remove(&node)),
                    Fault::Restart => {
                        next.state[at] = Value::Bool(true);
                        if let Some(action) = self.recovery(kind) {
                            self.recovered(&next, (action, node), all)?;
                            continue;
                        }
                    }
                    _ => {
                        next.state[at] = Value::Bool(false);
                        next.paused.remove(&node);
                        self.forget(&mut next.state, node, fault == Fault::Wipe)?;
                    }
                }
                all.push(self::fault(Kind::Node(fault, kind, member), None, next));
            }
        }
        Ok(())
    }

    /// A node restarts, and does something more.
    fn recovered(
        &self,
        up: &Situation,
        (action, (kind, member)): (ActionId, Node),
        all: &mut Vec<Step>,
    ) -> Result<(), Trap> {
        let at = self.p.actions[action.index()].at.expect("a restart is of a node");
        let name = Value::Name(self.p.nodes[kind.index()].member(member as u32).into());
        let locals = Locals::from([(at, name)]);
        for (state, chosen) in self.outcomes(&up.state, action, &locals)? {
            let mut locals = locals.clone();
            locals.extend(chosen.iter().cloned());
            let next = Situation { state, ..up.clone() };
            all.push(Step { kind: Kind::Restart(action, kind, member), locals, message: None, chosen, next });
        }
        Ok(())
    }

    /// The volatile fields of a node have their first values; where its disk is lost, all.
    pub fn forget(&self, state: &mut State, (node, member): Node, disk: bool) -> Result<(), Trap> {
        for (index, known) in self.p.node_fields.iter().enumerate() {
            if known.node == node && (known.volatile || disk) {
                if matches!(known.init, Init::Computed { .. }) {
                    continue;
                }
                let mut naive = Naive::new(self.p, &Vec::new());
                state[self.places().field(NodeFieldId(index as u32), member)] =
                    first(self.p, &mut naive, &known.init, known.ty)?;
            }
        }
        self.compute(state, (node, member))
    }

    /// The volatile fields of a node that its durable ones say are what those say.
    fn compute(&self, state: &mut State, (kind, member): Node) -> Result<(), Trap> {
        for (index, known) in self.p.node_fields.iter().enumerate() {
            let Init::Computed { node, value } = &known.init else { continue };
            if known.node == kind {
                let name = Value::Name(self.p.nodes[kind.index()].member(member as u32).into());
                let value = self.eval(state, &Locals::from([(*node, name)]), value)?;
                let fits = matches!((&value, self.p.types.get(known.ty)), (Value::Int(i), Type::Int { lo, hi }) if i < lo || i > hi);
                if fits {
                    return Err(Trap);
                }
                state[self.places().field(NodeFieldId(index as u32), member)] = value;
            }
        }
        Ok(())
    }

    fn of_partitions(&self, here: &Situation, all: &mut Vec<Step>) {
        let nodes: Vec<Node> = self.nodes().collect();
        let entries = || self.faults.said().filter(|(_, entry)| entry.fault == Fault::Partition);
        if let Some(cut) = &here.cut {
            let lasts = entries().any(|(_, entry)| entry.one_way == cut.one_way && entry.lasting);
            if !lasts {
                all.push(fault(Kind::Heal, None, Situation { cut: None, ..here.clone() }));
            }
            return;
        }
        for (place, entry) in entries().filter(|(place, _)| here.left[*place] > 0) {
            for chosen in 1..(1u32 << nodes.len()) - 1 {
                let on = |i: &usize| chosen >> i & 1 == 1;
                let side: BTreeSet<Node> = (0..nodes.len()).filter(on).map(|i| nodes[i]).collect();
                // Both ways it makes no difference which of the sides is meant.
                if !entry.one_way && side.contains(&nodes[0]) {
                    continue;
                }
                let mut next = here.clone();
                next.left[place] -= 1;
                next.cut = Some(Cut { side, one_way: entry.one_way });
                all.push(fault(Kind::Part, None, next));
            }
        }
    }

    fn of_links(&self, here: &Situation, all: &mut Vec<Step>) {
        let mut distinct = self.in_flight(&here.state).to_vec();
        distinct.dedup();
        for message in distinct {
            let Value::Record(name, _) = &message else { panic!("{message}") };
            let known = self.p.messages.iter().find(|m| *m.name == **name).expect("declared");
            let link = &self.p.links[known.link.expect("on a link").index()];
            let again = self.twice(&here.state, &message);
            let lose = self.affords(here, Fault::Lose, None).filter(|_| link.lossy);
            if let Some(mut next) = lose {
                next.state = self.without(&here.state, &message).expect("in flight");
                all.push(fault(Kind::Lose, Some(message.clone()), next));
            }
            let copy = self.affords(here, Fault::Duplicate, None).filter(|_| link.duplicating);
            if let Some(mut next) = copy.filter(|_| self.fits(&again, &message)) {
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

/// The kind of node whose restart an action is.
pub fn restarts(p: &Program, id: ActionId) -> Option<NodeId> {
    match p.actions[id.index()].kind {
        ActionKind::Restart(kind) => Some(kind),
        _ => None,
    }
}

fn fault(kind: Kind, message: Option<Value>, next: Situation) -> Step {
    Step { kind, locals: Locals::new(), message, chosen: Vec::new(), next }
}

/// The value that a variable begins with.
fn first(p: &Program, naive: &mut Naive<'_>, init: &Init, ty: TypeId) -> Result<Value, Trap> {
    match init {
        Init::Value(e) => naive.eval(e),
        Init::Any { .. } | Init::Computed { .. } => panic!("every system here begins in one state"),
        Init::Default => Ok(match p.types.get(ty) {
            Type::Option(_) => Value::None,
            Type::Set(_) => Value::Set(Vec::new()),
            Type::List { .. } => Value::List(Vec::new()),
            _ => all_values(p, ty).remove(0),
        }),
    }
}
