//! The report of `graph`: states and the steps between them.
//!
//! Enters: what `session` found. Leaves: data, to `view`, `export` and as JSON. A node stands for all states of its orbit.

use super::{Coverage, Subject};
use crate::concepts::StepKind;
use crate::value::Value;
use schemars::JsonSchema;
use serde::Serialize;

/// The state graph of a system, or a part of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GraphReport {
    /// Whose states they are.
    pub subject: Subject,
    /// How far the exploration went.
    pub coverage: Coverage,
    /// Nodes that the whole graph has: one for each state, or for each orbit.
    pub of: u64,
    /// What the nodes are.
    pub shows: Shows,
    /// Members that have a goal.
    pub goals: Vec<String>,
    /// Those of them that have to be reached for good, so that a state in which nothing can happen falls short of them.
    /// What has to come once may have come before.
    pub lasting: Vec<String>,
    /// Members that some run breaks, in the order of their declaration.
    pub broken: Vec<BrokenMember>,
    /// What is the same in every state that is here.
    pub common: Vec<(String, Value)>,
    /// In the order in which they were found: fewest faults, then fewest steps.
    pub nodes: Vec<GraphNode>,
    /// Steps from one node to another, by the node that they leave.
    pub edges: Vec<GraphEdge>,
    /// A step of the model has no value, so that what follows it is missing: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_value: Option<String>,
}

/// Which part of the states is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "shows")]
pub enum Shows {
    /// All that were found.
    Everything,
    /// The shortest run that breaks something, and what lies beside it.
    Run {
        /// What it breaks; `None`: a step or an expression has no value.
        member: Option<String>,
        /// States at its beginning that are not here.
        left_out: usize,
    },
    /// The initial states, and what is nearest to them.
    Beginning,
}

/// A member that some run breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BrokenMember {
    /// Its name.
    pub name: String,
    /// Steps of the shortest run.
    pub steps: usize,
    /// That run goes along the nodes and edges that are `on_run`.
    pub drawn: bool,
}

/// A state, or the states of an orbit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GraphNode {
    /// From 1: `s1`.
    pub number: usize,
    /// States that it stands for.
    pub stands_for: u64,
    /// Runs begin here.
    pub initial: bool,
    /// Members whose goal is reached here.
    pub goals: Vec<String>,
    /// Members that are false here.
    pub breaks: Vec<String>,
    /// No step leads out of it.
    pub stuck: bool,
    /// It lies outside the bounds, or the exploration ended before: its steps were not taken.
    pub unexpanded: bool,
    /// Steps to states that are not here.
    pub outside: u32,
    /// Steps that have no value, as they are typed.
    pub no_value: Vec<String>,
    /// The run that is drawn leads through it.
    pub on_run: bool,
    /// What is not the same in every state that is here.
    pub differs: Vec<(String, Value)>,
    /// Everything.
    pub state: Vec<(String, Value)>,
}

/// Steps from one node to another, either all faults or none.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GraphEdge {
    /// The number of a node.
    pub from: usize,
    /// The number of a node.
    pub to: usize,
    /// They are faults.
    pub faults: bool,
    /// At least one; equal ones once.
    pub steps: Vec<GraphStep>,
    /// The run that is drawn leads along it.
    pub on_run: bool,
}

/// A step, and what is broken by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GraphStep {
    /// As a line of a scenario: `do inc at r1`
    pub line: String,
    /// Who takes it.
    pub kind: StepKind,
    /// Members that are judged on steps and that it breaks.
    pub breaks: Vec<String>,
}

impl GraphReport {
    /// Whether some node stands for several states.
    pub fn is_folded(&self) -> bool {
        self.nodes.iter().any(|node| node.stands_for > 1)
    }

    /// What is wrong with the graph as a whole, in a line: that a part of it is not known. What its states break is for a
    /// `check` to judge.
    pub fn amiss(&self) -> Option<String> {
        let what = |why: &str| format!("graph {}: {why}", self.subject.system);
        let incomplete = self.coverage.incomplete.as_ref().map(|why| what(&format!("incomplete: {why}")));
        incomplete.or(self.no_value.as_ref().map(|why| what(why)))
    }
}

impl GraphNode {
    /// `s3`
    pub fn name(&self) -> String {
        format!("s{}", self.number)
    }

    /// Nothing can happen here, short of some goal that has to be reached for good.
    pub fn is_short(&self, lasting: &[String]) -> bool {
        self.stuck && lasting.iter().any(|goal| !self.goals.contains(goal))
    }
}
