//! What a model does, as code can be compared with it: its states and steps as rows of numbers, runs at random.
//!
//! Enters: a program, what may go wrong. Leaves: the first of its states with every step between them, what can be called;
//! and the way back from numbers to a run.

use super::Stop;
use crate::analysis::program::{Program, Type};
use crate::concepts::{Fault, StepKind};
use crate::diag::Diagnostic;
use crate::engine::machine::{Machine, Word};
use crate::engine::{Path, PathStep};
use crate::export::rust::{Flat, Graph, Method, Passed, Step, methods, variables};
use crate::model::explain::describe::{MessageView, StepDescription, Way};
use crate::model::{BuildOptions, Model};
use crate::session::trace::describe;
use crate::simulate::Random;
use crate::value::Value;
use std::collections::HashMap;

/// So many steps of an exploration are looked at: a step may have thousands of parameters.
const STEPS: usize = 200_000;

/// A model, and how much of it is known.
pub(in crate::session) struct Behaviour {
    /// With the types that steps are passed.
    pub program: Program,
    pub model: Model,
    pub methods: Vec<Method>,
    pub graph: Graph,
    states: Vec<Vec<Word>>,
    numbers: HashMap<Vec<Word>, usize>,
    calls: HashMap<(Option<usize>, Vec<i64>, String), usize>,
    /// By state and step: the instance and choice of each state that may follow.
    taken: Vec<Vec<Vec<(u32, u32)>>>,
}

/// One call of a state, as it comes together.
struct Group {
    step: Step,
    taken: Vec<(u32, u32)>,
    valued: bool,
}

impl Behaviour {
    pub(in crate::session) fn new(
        program: &Program,
        build: &BuildOptions,
    ) -> Result<Behaviour, Vec<Diagnostic>> {
        let mut program = program.clone();
        let methods = methods(&mut program);
        let model = Model::build(&program, Vec::new(), build)?;
        Ok(Behaviour {
            program,
            model,
            methods,
            graph: Graph::default(),
            states: Vec::new(),
            numbers: HashMap::new(),
            calls: HashMap::new(),
            taken: Vec::new(),
        })
    }

    /// The first states, nearest first, each with its steps; fewer where `cancelled`.
    pub(in crate::session) fn explore(
        &mut self,
        most: usize,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), Stop> {
        let (mut first, mut trapped) = (Vec::new(), None);
        self.model.initial(&mut self.model.scratch(), &mut |state| {
            match state {
                Ok(state) => first.push(state.to_vec()),
                Err(trap) => trapped = Some(trap),
            }
            trapped.is_none() && first.len() < most
        });
        if let Some(trap) = trapped {
            return Err(self.model.trap(trap).message.into());
        }
        // There may be more of them.
        let all = first.len() < most;
        for state in first {
            let number = self.number(&state)?;
            if !self.graph.first.contains(&number) {
                self.graph.first.push(number);
            }
        }
        if self.graph.first.is_empty() {
            return Err(format!("{} has no initial state", self.program.name).into());
        }
        let (mut next, mut taken) = (0, 0);
        while next < self.states.len() && next < most && taken < STEPS {
            if cancelled() {
                return Err(Stop::Interrupted);
            }
            for group in self.groups(next)? {
                if !group.valued {
                    self.graph.unvalued += 1;
                    continue;
                }
                self.graph.steps[next].push(group.step);
                self.taken[next].push(group.taken);
                taken += 1;
            }
            next += 1;
        }
        self.graph.whole = all && next == self.states.len();
        self.graph.explored = next;
        Ok(())
    }

    /// Adds runs at random, of so many steps at most.
    pub(in crate::session) fn walk(
        &mut self,
        runs: u64,
        length: usize,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), Stop> {
        for run in 0..runs {
            let mut random = Random::new(0, run);
            let start = self.graph.first[random.below(self.graph.first.len() as u64) as usize];
            let (mut at, mut calls) = (start, Vec::new());
            while calls.len() < length {
                if cancelled() {
                    return Err(Stop::Interrupted);
                }
                let mut can: Vec<Group> = self.groups(at)?.into_iter().filter(|group| group.valued).collect();
                if can.is_empty() {
                    break;
                }
                let group = can.swap_remove(random.below(can.len() as u64) as usize);
                calls.push(group.step.call);
                let way = random.below(group.step.to.len() as u64) as usize;
                let to = group.step.to[way].0;
                if !self.graph.steps[at].iter().any(|known| known.call == group.step.call) {
                    self.graph.steps[at].push(group.step);
                    self.taken[at].push(group.taken);
                }
                at = to;
            }
            self.graph.walks.push((start, calls));
        }
        Ok(())
    }

    /// What the model goes through, by the numbers of its states and calls.
    pub(in crate::session) fn path(&self, states: &[usize], calls: &[usize]) -> Option<Path> {
        let mut steps = Vec::new();
        for (two, call) in states.windows(2).zip(calls) {
            let at = self.graph.steps.get(two[0])?.iter().position(|step| step.call == *call)?;
            let way = self.graph.steps[two[0]][at].to.iter().position(|(to, _)| *to == two[1])?;
            let (instance, choice) = self.taken[two[0]][at][way];
            let state = self.states[two[1]].clone().into_boxed_slice();
            steps.push(PathStep { instance, choice, state });
        }
        let init = self.states.get(*states.first()?)?.clone().into_boxed_slice();
        Some(Path { init, steps, loop_start: None })
    }

    /// Everything that can happen in a state, by what is called; nothing outside the bounds of the mapping.
    fn groups(&mut self, number: usize) -> Result<Vec<Group>, String> {
        let state = self.states[number].clone();
        if self.model.within_bounds(&mut self.model.scratch(), &state) != Ok(true) {
            return Ok(Vec::new());
        }
        let ways = self.model.ways(&mut self.model.scratch(), &state);
        let mut groups: Vec<Group> = Vec::new();
        for way in ways {
            let (call, sent) = self.call(&state, &way)?;
            let at = groups.iter().position(|group| group.step.call == call).unwrap_or_else(|| {
                let step = Step { call, to: Vec::new() };
                groups.push(Group { step, taken: Vec::new(), valued: true });
                groups.len() - 1
            });
            match way.state {
                Ok(next) => {
                    let to = self.number(&next)?;
                    if !groups[at].step.to.contains(&(to, sent.clone())) {
                        groups[at].step.to.push((to, sent));
                        groups[at].taken.push((way.instance, way.choice));
                    }
                }
                Err(_) => groups[at].valued = false,
            }
        }
        Ok(groups)
    }

    fn number(&mut self, state: &[Word]) -> Result<usize, String> {
        if let Some(known) = self.numbers.get(state) {
            return Ok(*known);
        }
        let row = self.row(state)?;
        let number = self.states.len();
        self.numbers.insert(state.to_vec(), number);
        self.states.push(state.to_vec());
        self.graph.states.push(row);
        self.graph.steps.push(Vec::new());
        self.taken.push(Vec::new());
        Ok(number)
    }

    fn row(&self, state: &[Word]) -> Result<Vec<i64>, String> {
        let decoded = self.model.decode_state(state);
        let values: HashMap<&str, &Value> = decoded.iter().map(|v| (v.path.as_str(), &v.value)).collect();
        let (flat, mut row) = (Flat::new(&self.program), Vec::new());
        for variable in variables(&self.program) {
            let put = |value: &&Value| flat.put(variable.ty, value, &mut row);
            let found = values.get(variable.path.as_str()).and_then(put);
            found.ok_or_else(|| format!("`{}` cannot be written as Rust", variable.path))?;
        }
        Ok(row)
    }

    /// The number of a call, and what is sent.
    fn call(&mut self, state: &[Word], way: &Way) -> Result<(usize, Vec<i64>), String> {
        let step = match &way.state {
            Ok(next) => describe(&self.model, state, (way.instance, way.choice), next),
            Err(_) => self.model.describe_instance(state, way.instance),
        };
        let (method, row) = self.passed(&step)?;
        // What code is not told is told apart by its words alone.
        let plain = self.model.describe_instance(state, way.instance);
        let label = plain.label;
        let key = (method, row, label);
        let number = *self.calls.entry(key.clone()).or_insert(self.graph.calls.len());
        if number == self.graph.calls.len() {
            self.graph.calls.push(key);
        }
        Ok((number, self.sent(&step.sent)?))
    }

    /// Which method takes a step, and what it is passed; `None`: code is not told of it.
    fn passed(&self, step: &StepDescription) -> Result<(Option<usize>, Vec<i64>), String> {
        let fault = match step.kind {
            StepKind::Fault(fault @ (Fault::Crash | Fault::Wipe | Fault::Restart)) => Some(fault.word()),
            StepKind::Fault(Fault::Skew | Fault::Stale) => {
                return Err(format!("`{}` is nothing that code can be told of", step.label));
            }
            StepKind::Fault(Fault::Reorder) => None,
            StepKind::Fault(_) | StepKind::Heal | StepKind::Stutter => return Ok((None, Vec::new())),
            StepKind::Action
            | StepKind::Deliver
            | StepKind::Resolution
            | StepKind::Reconciler
            | StepKind::Tick => None,
        };
        let action = step.action.map(|action| self.program.actions[action.index()].name.as_str());
        let Some(name) = fault.or(action) else { return Ok((None, Vec::new())) };
        let Some(number) = self.methods.iter().position(|method| method.name == name) else {
            return Ok((None, Vec::new()));
        };
        let method = &self.methods[number];
        if method.unlike {
            return Err(format!("`{name}` stands for steps with other parameters: nothing can be called so"));
        }
        let mut row = Vec::new();
        let mut values = Vec::new();
        let lanes = self.model.lanes();
        let node = |lane: usize| Value::Name(lanes[lane].as_str().into());
        match step.received.as_ref().filter(|_| fault.is_none()) {
            Some(message) => {
                let fields = message.fields.iter().map(|(name, value)| (name.as_str().into(), value.clone()));
                let record = Value::Record(message.name.as_str().into(), fields.collect());
                values.extend([node(message.to), node(message.from), record]);
            }
            None => {
                values.extend(step.params.iter().map(|(_, value)| value.clone()));
                values.extend(step.at.map(node));
            }
        }
        let fits = values.len() == method.params.len();
        let put = |(param, value): (&Passed, &Value)| self.put(*param, value, &mut row);
        let whole = fits.then(|| method.params.iter().zip(&values).try_for_each(put)).flatten();
        whole.map(|()| (Some(number), row)).ok_or_else(|| format!("`{name}` cannot be written as Rust"))
    }

    fn put(&self, param: Passed, value: &Value, row: &mut Vec<i64>) -> Option<()> {
        match param {
            Passed::Value(ty) => Flat::new(&self.program).put(ty, value, row),
            Passed::Anyone => {
                let Value::Name(name) = value else { return None };
                let lane = self.model.lanes().iter().position(|lane| **lane == **name)?;
                row.push(lane as i64);
                Some(())
            }
        }
    }

    fn sent(&self, messages: &[MessageView]) -> Result<Vec<i64>, String> {
        let mut row = vec![messages.len() as i64];
        for message in messages {
            let record = self.program.messages[message.message.index()].record;
            let fields = message.fields.iter().map(|(name, value)| (name.as_str().into(), value.clone()));
            let value = Value::Record(message.name.as_str().into(), fields.collect());
            row.push(i64::from(message.message.0));
            let ty = self.program.types.find(&Type::Record(record));
            ty.and_then(|ty| Flat::new(&self.program).put(ty, &value, &mut row))
                .ok_or_else(|| format!("`{}` cannot be written as Rust", message.name))?;
            row.push(message.to as i64);
        }
        Ok(row)
    }
}
