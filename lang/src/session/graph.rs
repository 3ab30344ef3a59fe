//! `graph`: the states of a small configuration and the steps between them.
//!
//! Enters: a typed program and the options of a check. Leaves: a report of nodes and edges: everything where it is small,
//! else the part around the shortest run that breaks something, or around the beginning. Runs are not watched here, so
//! that the states are those of the model alone.

use super::check::options::{Setup, setup, subject};
use super::check::{Explored, is_bad};
use super::trace::{line, made_up, says, untaken};
use super::{Context, Host, Stop};
use crate::analysis::program::Program;
use crate::diag::Diagnostic;
use crate::engine::Outcome;
use crate::engine::machine::{Judged, Machine, Step, Word};
use crate::engine::part::{self, Around, Edge, Few, Node, Part};
use crate::model::Model;
use crate::model::explain::decode::Variable;
use crate::model::form::instance::InstanceKind;
use crate::model::run::machine::Scratch;
use crate::obligations::property::Property;
use crate::obligations::{Crashed, Wanted, Watch, wanted};
use crate::report::graph::{BrokenMember, GraphEdge, GraphNode, GraphReport, GraphStep, Shows};
use crate::syntax::tree::CheckOption;
use crate::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// More than these nobody takes in at a glance.
const FEW: Few = Few { whole: 60, pairs: 90, part: 24 };

/// What is wrong with the command, without exploring anything.
pub fn problems(program: &mut Program, options: &[CheckOption], host: &dyn Host) -> Vec<Diagnostic> {
    asked(program, options, host).err().unwrap_or_default()
}

fn asked(program: &mut Program, options: &[CheckOption], host: &dyn Host) -> Result<Setup, Vec<Diagnostic>> {
    let setup = setup(program, options, host)?;
    setup.only_draws().map(|()| setup)
}

/// `graph TARGET [{ option… }]`
pub fn graph(
    program: &Program,
    options: &[CheckOption],
    context: &mut Context<'_>,
) -> Result<GraphReport, Stop> {
    let mut program = program.clone();
    let setup = asked(&mut program, options, context.host).map_err(Stop::Diagnostics)?;
    let crashed = Crashed::of(&setup.build.faults);
    let properties = wanted(&mut program, Wanted { members: &setup.only, watch: Watch::Nothing, crashed });
    let model = Arc::new(Model::build(&program, properties, &setup.build).map_err(Stop::Diagnostics)?);
    let (exploration, part) = part::explore(&*model, &setup.limits, context.host, FEW);
    let explored = Explored::of(model, exploration, context)?;
    Ok(Drawing::new(&explored, &part).report(&setup))
}

/// What is drawn of an exploration.
struct Drawing<'e, 's> {
    explored: &'e Explored<'s>,
    model: &'e Model,
    part: &'e Part,
    scratch: Scratch,
    /// The variables of each node, in the same order.
    states: Vec<Vec<Variable>>,
    /// Of these, those that differ.
    differing: BTreeSet<usize>,
    /// The property whose shortest run is drawn, and which nodes it leads through in order.
    run: Option<(usize, Vec<Option<usize>>)>,
}

impl<'e, 's> Drawing<'e, 's> {
    fn new(explored: &'e Explored<'s>, part: &'e Part) -> Self {
        let model = &*explored.model;
        let states: Vec<_> = part.nodes.iter().map(|node| variables(model, &node.state)).collect();
        let variables = 0..states.first().map_or(0, Vec::len);
        let differs = |i: &usize| states.iter().any(|state| state[*i] != states[0][*i]);
        let differing = variables.filter(differs).collect();
        let mut drawing =
            Drawing { explored, model, part, scratch: model.scratch(), states, differing, run: None };
        drawing.run = drawing.shortest();
        drawing
    }

    fn report(mut self, setup: &Setup) -> GraphReport {
        let explored = self.explored;
        let nodes: Vec<GraphNode> = (0..self.part.nodes.len()).map(|at| self.node(at)).collect();
        let edges = self.edges();
        let common = self.states.first().into_iter().flat_map(|state| state.iter().enumerate());
        let common = common.filter(|(i, _)| !self.differing.contains(i));
        let common = common.filter_map(|(_, variable)| written(variable)).collect();
        GraphReport {
            subject: subject(self.model.program(), &setup.build),
            coverage: explored.coverage(),
            of: self.part.of,
            shows: self.shows(),
            goals: self.members(|judged| goal(judged).is_some()),
            lasting: self.members(|judged| matches!(judged, Judged::Converges(_))),
            broken: self.broken(),
            common,
            nodes,
            edges,
            no_value: explored.no_value().map(|finding| crate::report::verdict_words(&finding.verdict)),
        }
    }

    /// The shortest run that breaks something, of those that are here.
    fn shortest(&self) -> Option<(usize, Vec<Option<usize>>)> {
        let outcomes = self.explored.exploration.outcomes.iter().enumerate();
        let runs = outcomes.filter_map(|(p, outcome)| Some((p, outcome.path()?)));
        let (property, path) = runs.min_by_key(|(p, path)| (path.steps.len(), *p))?;
        let states = std::iter::once(&*path.init).chain(path.steps.iter().map(|step| &*step.state));
        let mut scratch = self.model.scratch();
        let at = |state: &[Word]| {
            let mut state: Box<[Word]> = state.into();
            if self.model.symmetric() {
                self.model.canonical(&mut scratch, &mut state);
            }
            self.part.nodes.iter().position(|node| node.state == state)
        };
        Some((property, states.map(at).collect()))
    }

    fn shows(&self) -> Shows {
        match (self.part.around, &self.run) {
            (Around::Run(property), Some((_, nodes))) => {
                let trapped = matches!(self.explored.exploration.outcomes[property], Outcome::Trapped(_));
                let left_out = nodes.iter().take_while(|at| at.is_none()).count();
                Shows::Run { member: (!trapped).then(|| self.name(property)), left_out }
            }
            (Around::All, _) => Shows::Everything,
            (Around::Beginning | Around::Run(_), _) => Shows::Beginning,
        }
    }

    fn node(&mut self, at: usize) -> GraphNode {
        let (model, Node { state, stands_for, initial, expanded, traps, outside }) =
            (self.model, &self.part.nodes[at]);
        let properties = model.properties();
        let (mut unreached, mut breaks) = (Vec::new(), Vec::new());
        for (property, judged) in properties.iter().enumerate() {
            if judged.in_states() && model.state_holds(&mut self.scratch, property, state) == Ok(false) {
                breaks.push(property);
            }
            if let Some(part) = goal(*judged)
                && model.part_holds(&mut self.scratch, property, part, state) != Ok(true)
            {
                unreached.push(property);
            }
        }
        let unreached = self.names(unreached);
        let goals = self.members(|judged| goal(judged).is_some());
        let leaves = self.part.edges.iter().any(|edge| edge.from == at);
        let all = self.states[at].iter();
        let differs = all.clone().enumerate().filter(|(i, _)| self.differing.contains(i));
        GraphNode {
            number: at + 1,
            stands_for: *stands_for,
            initial: *initial,
            goals: goals.into_iter().filter(|goal| !unreached.contains(goal)).collect(),
            breaks: self.names(breaks),
            stuck: *expanded && !leaves && *outside == 0 && traps.is_empty(),
            unexpanded: !expanded,
            outside: *outside,
            no_value: traps.iter().map(|instance| untaken(model, state, *instance)).collect(),
            on_run: self.run.as_ref().is_some_and(|(_, nodes)| nodes.contains(&Some(at))),
            differs: differs.filter_map(|(_, variable)| written(variable)).collect(),
            state: all.filter_map(written).collect(),
        }
    }

    /// Steps between the same two nodes are one edge, but for faults.
    fn edges(&mut self) -> Vec<GraphEdge> {
        let mut edges: Vec<GraphEdge> = Vec::new();
        let along: BTreeSet<(usize, usize, bool)> = self.along();
        for edge in &self.part.edges {
            let step = self.step(edge);
            let (from, to, faults) = (edge.from + 1, edge.to + 1, is_fault(self.model, edge.instance));
            let same = |known: &&mut GraphEdge| (known.from, known.to, known.faults) == (from, to, faults);
            match edges.iter_mut().rev().take_while(|known| known.from == from).find(same) {
                Some(known) if known.steps.iter().any(|other| other.line == step.line) => {}
                Some(known) => known.steps.push(step),
                None => {
                    let on_run = along.contains(&(edge.from, edge.to, faults));
                    edges.push(GraphEdge { from, to, faults, steps: vec![step], on_run });
                }
            }
        }
        edges
    }

    fn step(&mut self, edge: &Edge) -> GraphStep {
        let Edge { from, instance, choice, after, .. } = edge;
        let before = &self.part.nodes[*from].state;
        let (line, kind) = line(self.model, before, (*instance, *choice), after);
        let step = Step { before, instance: *instance, choice: *choice, after };
        let judged = self.model.properties().iter().enumerate().filter(|(_, judged)| judged.in_steps());
        let broken: Vec<usize> = judged
            .map(|(property, _)| property)
            .filter(|p| self.model.step_holds(&mut self.scratch, *p, step) == Ok(false))
            .collect();
        GraphStep { line, kind, breaks: self.names(broken) }
    }

    /// The steps of the run that is drawn: the nodes on both sides, and whether it is a fault.
    fn along(&self) -> BTreeSet<(usize, usize, bool)> {
        let Some((property, nodes)) = &self.run else { return BTreeSet::new() };
        let Some(path) = self.explored.exploration.outcomes[*property].path() else { return BTreeSet::new() };
        let fault = path.steps.iter().map(|step| is_fault(self.model, step.instance));
        let ends = nodes.iter().zip(nodes.iter().skip(1)).zip(fault);
        ends.filter_map(|((from, to), fault)| Some(((*from)?, (*to)?, fault))).collect()
    }

    fn broken(&self) -> Vec<BrokenMember> {
        let mut all: Vec<BrokenMember> = Vec::new();
        for (property, outcome) in self.explored.exploration.outcomes.iter().enumerate() {
            if !is_bad(&self.explored.verdict(property)) {
                continue;
            }
            let (name, steps) = (self.name(property), outcome.path().map_or(0, |path| path.steps.len()));
            let drawn = self.run.as_ref().is_some_and(|(drawn, _)| *drawn == property);
            match all.iter_mut().find(|known| known.name == name) {
                Some(known) if steps < known.steps => *known = BrokenMember { name, steps, drawn },
                Some(known) => known.drawn |= drawn,
                None => all.push(BrokenMember { name, steps, drawn }),
            }
        }
        all
    }

    fn name(&self, property: usize) -> String {
        let Property { concept, member, .. } = &self.model.property_list()[property];
        self.model.program().header(*concept, *member).name.clone()
    }

    /// Names of members, each once.
    fn names(&self, properties: impl IntoIterator<Item = usize>) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in properties.into_iter().map(|property| self.name(property)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn members(&self, is: impl Fn(Judged) -> bool) -> Vec<String> {
        let properties = self.model.properties().iter().enumerate();
        self.names(properties.filter(|(_, judged)| is(**judged)).map(|(property, _)| property))
    }
}

/// The part of a property that is its goal.
fn goal(judged: Judged) -> Option<usize> {
    match judged {
        Judged::Converges(_) => Some(0),
        Judged::Eventually => Some(1),
        Judged::State
        | Judged::Step
        | Judged::LeadsTo(_)
        | Judged::Repairs
        | Judged::Returns
        | Judged::Refines
        | Judged::Settled => None,
    }
}

/// Whether a step is of the environment: a fault, or the end of one.
fn is_fault(model: &Model, instance: u32) -> bool {
    let instance = &model.instance_list()[instance as usize];
    instance.fault().is_some() || instance.kind == InstanceKind::Heal
}

/// Everything that tells two states apart.
fn variables(model: &Model, state: &[Word]) -> Vec<Variable> {
    let all = model.decode_state(state).into_iter().chain(model.counters(state));
    all.filter(|variable| !made_up(variable)).collect()
}

fn written(variable: &Variable) -> Option<(String, Value)> {
    says(variable).then(|| (variable.path.clone(), variable.value.clone()))
}
