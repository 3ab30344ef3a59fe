//! Packed values to values for people, and states to variables.
//!
//! Enters: words. Leaves: values, in canonical order, with the names of the program.

use crate::analysis::program::{LinkId, Program, Timekeeper, Type, TypeId};
use crate::engine::machine::Word;
use crate::model::Model;
use crate::model::form::instance::Wall;
use crate::model::form::layout::{Counter, LinkPlace, VariableKind};
use crate::model::form::names::node_name;
use crate::model::form::shape::{Kind, Shapes, mask};
use crate::value::Value;

/// One variable of a state, as people see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// `broker1.log`, `leader`, `broker1.up`, `partition`, the name of a link.
    pub path: String,
    /// Number of the node whose variable it is.
    pub lane: Option<usize>,
    pub value: Value,
    pub ghost: bool,
    /// Not declared: what is up, cut off, in flight, observed.
    pub hidden: bool,
}

/// A view of packed values: the names and the shapes that they have.
#[derive(Clone, Copy)]
pub(crate) struct Decoder<'a> {
    pub program: &'a Program,
    pub shapes: &'a Shapes,
}

impl Decoder<'_> {
    /// The value of a type in registers: an integer as it is, everything else packed.
    pub(crate) fn register(&self, words: &[u64], ty: TypeId) -> Value {
        match self.shapes.get(ty) {
            Type::Int { .. } => Value::Int(words[0] as i64),
            _ => self.packed(words, 0, ty),
        }
    }

    /// The packed value of a type at a bit of some words.
    pub(crate) fn packed(&self, words: &[u64], bit: u32, ty: TypeId) -> Value {
        let Some(shape) = self.shapes.known(ty) else { return Value::None };
        let read = |bit: u32, width: u32| match width {
            0 => 0,
            width => words[bit as usize / 64] >> (bit % 64) & mask(width),
        };
        match (&shape.kind, self.shapes.get(ty)) {
            (Kind::Scalar { lo }, ty) => self.scalar(read(bit, shape.bits), *lo, ty),
            (Kind::Option { inner, dense: true, .. }, _) => match read(bit, shape.bits) {
                0 => Value::None,
                code => self.packed(&[code - 1], 0, *inner),
            },
            (Kind::Option { inner, payload, .. }, _) => match read(bit, 1) {
                0 => Value::None,
                _ => self.packed(words, bit + payload, *inner),
            },
            (Kind::Record { fields }, Type::Record(record)) => {
                let record = &self.program.records[record.index()];
                let values = record.fields.iter().zip(fields);
                let values = values
                    .map(|((name, _), (ty, at))| (name.as_str().into(), self.packed(words, bit + at, *ty)));
                Value::Record(record.name.as_str().into(), values.collect())
            }
            (Kind::Set { element, count }, _) => {
                let inside = (0..*count).filter(|rank| read(bit + rank, 1) != 0);
                Value::Set(inside.map(|rank| self.ranked(rank, *element)).collect())
            }
            (Kind::List { element, list, bag }, _) => {
                let length = read(bit, list.length) as u32;
                let items = (0..length.min(list.array.count))
                    .map(|i| self.packed(words, bit + list.array.offset(i), *element))
                    .collect();
                if *bag { Value::Bag(items) } else { Value::List(items) }
            }
            (Kind::Map { key, value, array }, _) => {
                let ranks = self.ranks(*key).into_iter();
                let entry = |rank: u32| {
                    (self.ranked(rank, *key), self.packed(words, bit + array.offset(rank), *value))
                };
                Value::Map(ranks.map(entry).collect())
            }
            _ => Value::None,
        }
    }

    fn scalar(&self, code: u64, lo: i64, ty: &Type) -> Value {
        let name = |name: Option<&String>| Value::Name(name.map_or("?", String::as_str).into());
        match ty {
            Type::Bool => Value::Bool(code != 0),
            Type::Enum(e) => name(self.program.enums[e.index()].variants.get(code as usize)),
            Type::Node(n) => Value::Name(self.program.nodes[n.index()].member(code as u32).into()),
            _ => Value::Int(lo.wrapping_add(code as i64)),
        }
    }

    fn ranks(&self, ty: TypeId) -> Vec<u32> {
        crate::model::form::domain::valid_ranks(&mut self.shapes.clone(), ty).unwrap_or_default()
    }

    /// The value of a rank.
    fn ranked(&self, rank: u32, ty: TypeId) -> Value {
        let Some(shape) = self.shapes.known(ty) else { return Value::None };
        let code = match shape.flat {
            true => rank as u64,
            false => {
                let table = crate::model::form::domain::by_rank(&mut self.shapes.clone(), ty);
                table.get(rank as usize).copied().unwrap_or(0)
            }
        };
        self.packed(&[code], 0, ty)
    }
}

impl Model {
    pub(in crate::model) fn decoder(&self) -> Decoder<'_> {
        Decoder { program: &self.program, shapes: &self.shapes }
    }

    /// Names of the lanes of a picture: the nodes in declaration order, then `system`.
    pub fn lanes(&self) -> Vec<String> {
        let nodes = (0..self.layout.nodes).map(|n| node_name(&self.program, n));
        nodes.chain(["system".to_string()]).collect()
    }

    /// Every variable of a state in declaration order, then the hidden ones that mean something to people.
    pub fn decode_state(&self, state: &[Word]) -> Vec<Variable> {
        let mut variables = Vec::new();
        for variable in &self.layout.variables {
            variables.extend(self.decode_variable(state, variable));
        }
        if self.layout.side.iter().any(Option::is_some) {
            variables.push(hidden("partition".into(), None, self.sides_value(state)));
        }
        variables
    }

    /// What tells states apart besides: timers, and how often each fault has happened. Nobody declared them.
    pub fn counters(&self, state: &[Word]) -> Vec<Variable> {
        let (program, used) = (&self.program, self.options.faults.said());
        let used = used.filter_map(|(place, entry)| {
            let Counter { bit, width } = self.layout.spent[place]?;
            let times = state[bit as usize / 64] >> (bit % 64) & mask(width);
            let of =
                entry.of.map_or(String::new(), |kind| format!(" of {}", program.nodes[kind as usize].name));
            Some(hidden(format!("{}{of} used", entry.fault.word()), None, Value::Int(times as i64)))
        });
        let mut all = self.timers(state);
        all.extend(used);
        all
    }

    /// How long what is waited for has been waited for.
    pub fn timers(&self, state: &[Word]) -> Vec<Variable> {
        let program = &self.program;
        let timers = self.layout.variables.iter().filter_map(|variable| {
            let (path, lane, ty) = match variable.kind {
                VariableKind::State(s) => {
                    let timer = &program.states[s.index()];
                    (timer.time == Some(Timekeeper::Timer)).then(|| (timer.name.clone(), None, timer.ty))?
                }
                VariableKind::Field(f, member) => {
                    let timer = &program.node_fields[f.index()];
                    let node = self.layout.node(timer.node, member);
                    let path = format!("{}: {}", node_name(program, node), timer.name);
                    let lane = Some(node as usize);
                    (timer.time == Some(Timekeeper::Timer)).then_some((path, lane, timer.ty))?
                }
                VariableKind::Up(_)
                | VariableKind::Paused(_)
                | VariableKind::Link(_)
                | VariableKind::Pair(..)
                | VariableKind::Observed(..)
                | VariableKind::Side(_)
                | VariableKind::Wall
                | VariableKind::Spent(..)
                | VariableKind::HasObserved(..) => return None,
            };
            let value = self.decoder().packed(state, variable.bit, ty);
            let (path, value) = looks_first(program, &path, &value).unwrap_or((path, value));
            Some(hidden(path, lane, value))
        });
        timers.collect()
    }

    /// How often each fault has happened, by the entry of the budget; repairs are none.
    pub fn faults_spent(&self, state: &[Word]) -> impl Iterator<Item = u32> {
        let allowed = self.options.faults.allowed().filter(|(_, entry)| !entry.fault.is_recovery());
        allowed
            .filter_map(|(place, _)| self.layout.spent[place])
            .map(|Counter { bit, width }| (state[bit as usize / 64] >> (bit % 64) & mask(width)) as u32)
    }

    fn decode_variable(
        &self,
        state: &[Word],
        variable: &crate::model::form::layout::Variable,
    ) -> Option<Variable> {
        let program = &self.program;
        let value = |ty: TypeId| self.decoder().packed(state, variable.bit, ty);
        match variable.kind {
            VariableKind::State(s) => {
                let state = &program.states[s.index()];
                if state.time == Some(Timekeeper::Timer) {
                    return None;
                }
                let (path, value) = (state.name.clone(), value(state.ty));
                Some(Variable { path, lane: None, value, ghost: state.ghost, hidden: false })
            }
            VariableKind::Field(f, member) => {
                let field = &program.node_fields[f.index()];
                if field.time == Some(Timekeeper::Timer) {
                    return None;
                }
                let node = self.layout.node(field.node, member);
                let path = format!("{}.{}", node_name(program, node), field.name);
                let (value, lane) = (value(field.ty), Some(node as usize));
                Some(Variable { path, lane, value, ghost: field.ghost, hidden: false })
            }
            VariableKind::Up(node) => {
                let up = state[variable.bit as usize / 64] >> (variable.bit % 64) & 1 != 0;
                let path = format!("{}.up", node_name(program, node));
                Some(hidden(path, Some(node as usize), Value::Bool(up)))
            }
            VariableKind::Paused(node) => {
                let paused = state[variable.bit as usize / 64] >> (variable.bit % 64) & 1 != 0;
                let path = format!("{} paused", node_name(program, node));
                Some(hidden(path, Some(node as usize), Value::Bool(paused)))
            }
            VariableKind::Link(link) | VariableKind::Pair(link, ..) if program.links[link.index()].shadow => {
                None
            }
            VariableKind::Link(link) => {
                let name = program.links[link.index()].name.clone();
                Some(hidden(name, None, Value::Bag(self.in_flight(state, link, 0))))
            }
            VariableKind::Pair(link, ends) => {
                let name = &program.links[link.index()].name;
                let path =
                    format!("{name}({} -> {})", node_name(program, ends.from), node_name(program, ends.to));
                let LinkPlace::Pairs(pairs) = &self.layout.links[link.index()].place else { return None };
                let list = pairs.iter().position(|p| p.ends == ends)?;
                Some(hidden(path, None, Value::List(self.in_flight(state, link, list as u32))))
            }
            VariableKind::Observed(r, instance, index) => {
                let reconciler = &program.reconcilers[r];
                let flag = self.layout.observed[r][instance as usize].flag;
                let (name, ty) = &reconciler.observed[index];
                let known = state[flag as usize / 64] >> (flag % 64) & 1 != 0;
                let (whose, lane) = self.observer(r, instance);
                let seen = if known { value(*ty) } else { self.unobserved(*ty) };
                Some(hidden(format!("{whose} observed {name}"), lane, seen))
            }
            VariableKind::Side(_)
            | VariableKind::Wall
            | VariableKind::Spent(..)
            | VariableKind::HasObserved(..) => None,
        }
    }

    /// In the place of what was not observed: an option that was may be `none` as well.
    fn unobserved(&self, ty: TypeId) -> Value {
        match self.program.types.get(ty) {
            Type::Option(_) => Value::Name(UNOBSERVED.into()),
            _ => Value::None,
        }
    }

    /// What to call an instance of a reconciler, and its node.
    fn observer(&self, reconciler: usize, instance: u32) -> (String, Option<usize>) {
        let program = &self.program;
        let at = program.reconcilers[reconciler].actions.iter().find_map(|id| program.actions[id.index()].at);
        let name = &program.reconcilers[reconciler].header.name;
        match at.map(|at| program.types.get(program.locals[at.index()].ty)) {
            Some(Type::Node(kind)) => {
                let node = self.layout.node(*kind, instance);
                (format!("{name} at {}", node_name(program, node)), Some(node as usize))
            }
            _ => (name.clone(), None),
        }
    }

    /// The messages of one list of a link, as text.
    fn in_flight(&self, state: &[Word], link: LinkId, list: u32) -> Vec<Value> {
        let slots = self.slots(state, link, list);
        slots.map(|slot| Value::Name(self.message(state, slot).whole().into())).collect()
    }

    /// The sides of the partition as sets of nodes, or none; where messages still pass in one direction, as the step is
    /// written: `{a} -| {b}`.
    fn sides_value(&self, state: &[Word]) -> Value {
        let sides = self.sides(state);
        if sides.len() < 2 {
            return Value::None;
        }
        let names = |side: &Vec<usize>| {
            Value::Set(side.iter().map(|n| Value::Name(node_name(&self.program, *n as u32).into())).collect())
        };
        let ways = match self.wall(state) {
            Wall::BothWays => return Value::Set(sides.iter().map(names).collect()),
            Wall::FromFirst => [0, 1],
            Wall::FromSecond => [1, 0],
        };
        let [from, to] = ways.map(|side| names(&sides[side]));
        Value::Name(format!("{from} -| {to}").into())
    }

    /// Whether a partition stops messages from one node to another, given as lanes.
    pub fn apart(&self, state: &[Word], from: usize, to: usize) -> bool {
        let sides = self.sides(state);
        let side = |node: usize| sides.iter().position(|side| side.contains(&node));
        side(from) != side(to)
            && match self.wall(state) {
                Wall::BothWays => true,
                Wall::FromFirst => side(from) == Some(0),
                Wall::FromSecond => side(from) == Some(1),
            }
    }

    /// Which messages the partition of a state stops.
    fn wall(&self, state: &[Word]) -> Wall {
        let stored =
            self.layout.wall.map_or(0, |bit| state[bit as usize / 64] >> (bit % 64) & mask(Wall::BITS));
        [Wall::FromFirst, Wall::FromSecond]
            .into_iter()
            .find(|w| *w as u64 == stored)
            .unwrap_or(Wall::BothWays)
    }

    /// The nodes on each side: one side where there is no partition.
    pub(in crate::model) fn sides(&self, state: &[Word]) -> Vec<Vec<usize>> {
        let mut sides = vec![Vec::new(), Vec::new()];
        for (node, bit) in self.layout.side.iter().enumerate() {
            let side = bit.map_or(0, |bit| state[bit as usize / 64] >> (bit % 64) & 1);
            sides[side as usize].push(node);
        }
        sides.retain(|side| !side.is_empty());
        sides
    }

    /// Name and bits of every variable of the state, hidden ones included: to see what makes a state large.
    pub fn variable_bits(&self) -> Vec<(String, u32)> {
        let zero = vec![0; self.layout.words as usize];
        let name = |variable: &crate::model::form::layout::Variable| match variable.kind {
            VariableKind::Spent(_, fault) => format!("{} spent", fault.word()),
            VariableKind::Wall => "direction of a partition".to_string(),
            VariableKind::Paused(node) => format!("{} paused", node_name(&self.program, node)),
            VariableKind::Side(node) => format!("side of {}", node_name(&self.program, node)),
            VariableKind::HasObserved(r, instance) => {
                format!("{} has observed", self.observer(r, instance).0)
            }
            VariableKind::State(_)
            | VariableKind::Field(..)
            | VariableKind::Up(_)
            | VariableKind::Link(_)
            | VariableKind::Pair(..)
            | VariableKind::Observed(..) => {
                self.decode_variable(&zero, variable).map_or_else(String::new, |v| v.path)
            }
        };
        self.layout.variables.iter().map(|v| (name(v), v.size.bits)).collect()
    }
}

/// In the place of an option that was not observed.
pub(crate) const UNOBSERVED: &str = "not observed";

fn hidden(path: String, lane: Option<usize>, value: Value) -> Variable {
    Variable { path, lane, value, ghost: false, hidden: true }
}

/// Of a timer of looks in the first period, in which the first may come at once: within how many ticks it comes.
fn looks_first(program: &Program, path: &str, left: &Value) -> Option<(String, Value)> {
    let Value::Int(left) = left else { return None };
    let (reconciler, every) = program.reconcilers.iter().find_map(|reconciler| {
        let every = i64::from(reconciler.every_ticks?);
        path.ends_with(&reconciler.looks()).then_some((reconciler, every))
    })?;
    let path = path.strip_suffix(&reconciler.looks())?;
    let first = format!("{path}ticks until {} first looks, at most", reconciler.header.name);
    (*left > every).then(|| (first, Value::Int(left - every)))
}
