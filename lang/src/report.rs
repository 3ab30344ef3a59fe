//! Reports: what a command found, as data. No packed words, no ids: names and values as people see them.
//!
//! Enters: what `session`, `engine` and `mapping` found. Leaves: reports, to `view` (text, HTML, SVG) and as JSON.
//! Everything in a report is a function of the program and the command: no time, no thread count.

use crate::concepts::{ConceptKind, Divergence, Fault, Topic};
use crate::span::Span;
use crate::value::Value;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use std::fmt;

pub mod beside;
pub mod conform;
mod expectation;
pub mod further;
pub mod graph;
pub mod hand;
mod inspection;
pub mod panel;
pub mod profile;
pub mod question;
pub(crate) mod run;
pub mod simulation;
pub mod variants;

pub(crate) use expectation::verdict_words;
pub use expectation::{Expectation, ExpectedFind};
pub use graph::GraphReport;
pub use hand::{HandReport, SavedReport};
pub use inspection::{InspectedMember, Inspection};
pub use run::{Along, Broken, Change, Onward, Sent, Trace, TraceStep};
pub use simulation::SimulationReport;

/// What one command shows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "report")]
pub enum Report {
    /// Of `check`.
    Check(Box<CheckReport>),
    /// Of a scenario.
    Scenario(Box<ScenarioReport>),
    /// Of `find`.
    Find(Box<FindReport>),
    /// Of `simulate`.
    Simulation(Box<SimulationReport>),
    /// Of `sweep`.
    Sweep(Box<variants::SweepReport>),
    /// Of `mutate` and `why`.
    Mutation(Box<variants::MutationReport>),
    /// Of `relax`.
    Relax(Box<variants::RelaxReport>),
    /// Of `grade`.
    Grade(Box<variants::GradeReport>),
    /// Of `graph`.
    Graph(Box<graph::GraphReport>),
    /// Of `audit`.
    Audit(Box<AuditReport>),
    /// Of `compare`.
    Compare(CompareReport),
    /// Of `compare traces`.
    Beside(Box<beside::BesideReport>),
    /// Of `diagram`.
    Diagram(DiagramReport),
    /// Of `start`, `do`, `undo`, `show` and `enabled`.
    Hand(Box<HandReport>),
    /// Of `conform`, where code does something else.
    Conform(Box<conform::ConformReport>),
    /// Of `save`.
    Saved(SavedReport),
    /// An expression: its value, along the last trace where there is one.
    Value(ValueReport),
    /// Of `?NAME`.
    Inspection(Box<Inspection>),
    /// A cell that only defines: what it defined or changed.
    Defined(DefinedReport),
}

/// The system and the values of its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Subject {
    /// Its name.
    pub system: String,
    /// Its doc comment.
    pub docs: Option<String>,
    /// Names and values, defaults included.
    #[serde(serialize_with = "as_written")]
    #[schemars(with = "Vec<(String, Written)>")]
    pub params: Vec<(String, Value)>,
    /// Budgets. Empty: no faults.
    pub faults: Vec<Budget>,
    /// Runs begin in every state that there is, not only in the initial ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_any_state: bool,
    /// The specification that it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refines: Option<Box<Subject>>,
}

/// How often a fault may happen: `crash 1 of Broker`, `partition 1 one way`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Budget {
    /// What may happen.
    pub fault: Fault,
    /// All in all, on one run.
    pub times: u32,
    /// The only kind of node that it happens to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Of a partition: messages are stopped in one direction only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_way: bool,
    /// Of a partition: it never heals.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lasting: bool,
}

/// As it is typed among the faults of a check.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Budget { fault, times, of, one_way, lasting } = self;
        write!(f, "{} {times}", fault.word())?;
        if let Some(kind) = of {
            write!(f, " of {kind}")?;
        }
        f.write_str(if *one_way { " one way" } else { "" })?;
        f.write_str(if *lasting { " lasting" } else { "" })
    }
}

/// Numbers and truth values as they are, all others as text that can be typed.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    Bool(bool),
    Int(i64),
    Text(String),
}

fn as_written<S: Serializer>(params: &[(String, Value)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(params.iter().map(|(name, value)| {
        let value = match value {
            Value::Bool(b) => Written::Bool(*b),
            Value::Int(n) => Written::Int(*n),
            other => Written::Text(other.to_string()),
        };
        (name, value)
    }))
}

/// What a check found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckReport {
    /// What was explored.
    pub subject: Subject,
    /// How far.
    pub coverage: Coverage,
    /// One for each member that was judged.
    pub findings: Vec<Finding>,
    /// A run that shows the system at work, where everything checked holds.
    pub sample: Option<Trace>,
    /// Actions, handlers, resolutions never enabled; budgeted faults never possible; reconcilers never triggered.
    pub unused: Vec<Unused>,
    /// What `expect …` asked for and whether it came so.
    pub expectations: Vec<Expectation>,
    /// More runs that break something, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub further: Option<further::Further>,
    /// Where states, bits and time go, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<profile::Profile>,
}

/// How far an exploration went.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Coverage {
    /// Steps taken, initial states included.
    pub states_generated: u64,
    /// Those that watch a run are apart.
    pub states_distinct: u64,
    /// Besides, those that watch a run for what is judged of whole runs.
    pub states_watching: u64,
    /// The greatest number of steps to a state by its first path (fewest faults, then fewest steps). Initial states: 0.
    pub depth: u32,
    /// Of the distinct ones, those that are not expanded because a cap or an interrupt came first.
    pub states_left: u64,
    /// States outside the author's bounds, judged but not expanded.
    pub states_cut: u64,
    /// The bounds, as written.
    pub bounds: Vec<String>,
    /// Why the exploration stopped early: a cap with its value, or the interrupt; not the answer that was asked for.
    pub incomplete: Option<String>,
    /// Upper bound on the probability that two states shared a fingerprint.
    pub collision_probability: f64,
    /// What made the exploration smaller: `symmetry of Rm (7! = 5,040): 920 states stand for 296,448`. The counts above are
    /// those of an exploration without symmetry; but where partial order was used, of what was explored.
    pub reductions: Vec<String>,
    /// What partitions come to, where there may be some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<Partitions>,
}

/// What partitions come to.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Partitions {
    /// They change nothing: no message goes from one node to another, and nothing asks `reachable`.
    pub idle: bool,
    /// Steps that reach from one node to another and do not ask `reachable`, of those that were taken.
    pub passed_by: Vec<PassedBy>,
}

impl Partitions {
    /// What is said where they are idle.
    pub const IDLE: &str = "partitions change nothing here: no message goes from one node to another, and nothing asks `reachable`";
    /// What stands above the steps that they do not stop.
    pub const PASSED_BY: &str = "partitions do not stop what does not ask `reachable`";
}

impl fmt::Display for PassedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(kind) => write!(f, "{} at {kind}", self.step),
            None => f.write_str(&self.step),
        }
    }
}

/// A step that no partition stops.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PassedBy {
    /// `replication`, `on Write`, `cache observe`
    pub step: String,
    /// The kind of node at which it is taken; `None`: at no node.
    pub at: Option<String>,
    /// What it reads or writes of others: `Primary.log`, `Primary.up`.
    pub touches: Vec<String>,
}

/// A number for people: `1,204`
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// The type of a finding that no author asked for: that every step has a value.
pub const BUILT_IN: &str = "built in";

/// The name of that finding.
pub const HAS_VALUES: &str = "every step has a value";

/// The verdict on one member of a mapping.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Finding {
    /// Which of the four it is.
    pub concept: ConceptKind,
    /// The name of the member.
    pub name: String,
    /// Its types, as they are written.
    pub types: Vec<String>,
    /// What it says in words.
    pub sentence: Option<String>,
    /// Where its name stands.
    pub span: Span,
    /// Of all its obligations together.
    pub verdict: Verdict,
    /// One line for each obligation behind the verdict, the deciding one first.
    pub obligations: Vec<Obligation>,
}

impl Finding {
    /// How many of its obligations are checked.
    pub fn checked(&self) -> usize {
        self.obligations.iter().filter(|o| !matches!(o.verdict, Verdict::NotChecked { .. })).count()
    }
}

/// One obligation of a member.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Obligation {
    /// `any two views are comparable (one is a prefix of the other)`
    pub words: String,
    /// What it is about.
    #[serde(skip)]
    pub topic: Topic,
    /// What was found.
    pub verdict: Verdict,
}

/// What was found of an obligation, or of a member.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// In every reachable state (on every fair run), none left out.
    Holds {
        /// What is worth telling besides.
        note: Option<String>,
    },
    /// In every state within the author's bound; some were cut.
    HoldsWithinBound {
        /// In words.
        bound: String,
        /// States that were not expanded.
        cut: u64,
    },
    /// Holds, but says nothing: why.
    Vacuous {
        /// In a few words.
        why: String,
    },
    /// There is a run that breaks it.
    Violated {
        /// In a few words.
        why: String,
        /// For convergence: in which way.
        kind: Option<Divergence>,
        /// The run. In the JSON of an obligation it is left out where it is that of the verdict above it.
        #[serde(skip_serializing_if = "Trace::stands_above")]
        trace: Box<Trace>,
    },
    /// Found (by `find`).
    Witnessed {
        /// The run to it.
        trace: Box<Trace>,
    },
    /// Nothing wrong so far, but a cap or an interrupt came first.
    Incomplete {
        /// In a few words.
        why: String,
    },
    /// A step or the property itself has no value (range, empty list, none): the model is wrong before the system is.
    Failed {
        /// In a few words.
        why: String,
        /// The likeliest fix.
        help: Option<String>,
        /// Of the diagnostic.
        code: String,
        /// Where it stands.
        span: Span,
        /// The run to it. In the JSON of an obligation it is left out where it is that of the verdict above it.
        #[serde(skip_serializing_if = "run::stands_above")]
        trace: Option<Box<Trace>>,
    },
    /// Only stated, or not decided by this engine: why.
    NotChecked {
        /// In a few words.
        why: String,
    },
}

impl Verdict {
    /// Of several the least is told: what is wrong first, then what says nothing, then what is open, then what holds with a
    /// reservation. The exit code goes by the same order.
    pub fn rank(&self) -> u32 {
        match self {
            Verdict::Failed { .. } => 0,
            Verdict::Violated { .. } => 1,
            Verdict::Incomplete { .. } => 2,
            Verdict::Vacuous { .. } => 3,
            Verdict::NotChecked { .. } => 4,
            Verdict::HoldsWithinBound { .. } => 5,
            Verdict::Holds { .. } | Verdict::Witnessed { .. } => 6,
        }
    }

    /// Whether it is wrong, says nothing, or was not looked at to the end: the exit code is 1 for it.
    pub fn is_wrong(&self) -> bool {
        self.rank() <= 3
    }

    /// Whether it is only stated, or holds within the author's bound: `--strict` is for it.
    pub fn is_open(&self) -> bool {
        (4..6).contains(&self.rank())
    }

    /// The run that it comes with.
    pub fn trace(&self) -> Option<&Trace> {
        match self {
            Verdict::Violated { trace, .. } | Verdict::Witnessed { trace } => Some(trace),
            Verdict::Failed { trace, .. } => trace.as_deref(),
            Verdict::Holds { .. }
            | Verdict::HoldsWithinBound { .. }
            | Verdict::Vacuous { .. }
            | Verdict::Incomplete { .. }
            | Verdict::NotChecked { .. } => None,
        }
    }
}

/// Something that never happened.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Unused {
    /// `action`, `handler`, `resolution`, `reconciler`, `fault`
    pub what: String,
    /// Its name.
    pub name: String,
    /// What it waited for.
    pub why: String,
}

/// What a scenario found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ScenarioReport {
    /// What was run.
    pub subject: Subject,
    /// As it is written.
    pub title: String,
    /// In order, those that were not reached included.
    pub lines: Vec<LineResult>,
    /// Complete runs of the script (where a line leaves a choice, each way is a run).
    pub ways_passed: u64,
    /// Ways on which some `expect` was not met.
    pub ways_failed: u64,
    /// Why not every way was tried.
    pub incomplete: Option<String>,
    /// The run shown: the first that failed, else the first.
    pub trace: Option<Trace>,
}

/// What was found of one line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LineResult {
    /// The line as written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// What happened there.
    pub outcome: LineOutcome,
}

/// How a line went.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum LineOutcome {
    /// In every way that came here.
    Passed {
        /// In how many ways one may be there.
        ways: u64,
        /// Of the expressions asked for, where it failed first else on the first way.
        values: Vec<(String, Value)>,
    },
    /// In at least one way: the values on both sides in the first.
    Failed {
        /// Ways on which it is met.
        passed: u64,
        /// Ways on which it is not.
        failed: u64,
        /// In a few words.
        why: String,
        /// Of the expressions asked for, where it failed first else on the first way.
        values: Vec<(String, Value)>,
    },
    /// `expect ___`: the reader is asked. What is so, and in how many ways.
    Asked {
        /// What is to be written.
        answer: question::Answer,
        /// Each in the words that are to be written, in the order in which they were met.
        answers: Vec<(String, u64)>,
    },
    /// No way came here.
    NotReached,
}

/// What a search found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FindReport {
    /// What was searched.
    pub subject: Subject,
    /// As it is written.
    pub goal: String,
    /// The most steps that were allowed.
    pub within: Option<u32>,
    /// How far it went.
    pub coverage: Coverage,
    /// `Witnessed`, or `Holds` of the negation (never reached), `HoldsWithinBound`, `Incomplete`, `Failed`.
    pub verdict: Verdict,
    /// What was expected of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedFind>,
}

/// How an answer of the checklist stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody says, or what is said says nothing.
    Unanswered,
    /// A cap or an interrupt came before it was checked.
    Undecided,
    /// Said, and not checked.
    Stated,
    /// Checked, and it holds.
    Checked,
    /// Checked, and it does not.
    Broken,
}

/// The debugging checklist: eight questions, two for each concept.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AuditReport {
    /// What is audited.
    pub subject: Subject,
    /// Of the check behind it; `None`: there was none.
    pub coverage: Option<Coverage>,
    /// The eight, in order.
    pub questions: Vec<Question>,
    /// Questions without an answer: "if you can't answer one, that's the bug".
    pub open: Vec<String>,
    /// Members that hold, but vacuously.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vacuous: Vec<String>,
}

/// One question of the checklist.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Question {
    /// `ordering`, `invariants`, `resolution`, `reconciliation`
    pub concept: String,
    /// As it is asked.
    pub question: String,
    /// That of its worst answer.
    pub standing: Standing,
    /// In the order of the members.
    pub answers: Vec<Answer>,
}

/// One answer to a question.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Answer {
    /// The member that it speaks of.
    pub member: Option<String>,
    /// A sentence.
    pub words: String,
    /// How well it is founded.
    pub standing: Standing,
    /// Where to look.
    pub span: Option<Span>,
    /// Where to look: `cell 2:14:3`.
    pub place: Option<String>,
}

/// Mappings side by side: one table for each concept.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CompareReport {
    /// The names of the columns.
    pub systems: Vec<String>,
    /// One for each concept.
    pub tables: Vec<CompareTable>,
}

/// The rows of one concept.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CompareTable {
    /// `Ordering — where agreement is created`
    pub title: String,
    /// The question that the seed asks of it.
    pub check: String,
    /// One cell for each system.
    pub columns: Vec<String>,
    /// One row for each member; the first cell is the system.
    pub rows: Vec<Vec<String>>,
}

/// The four-concept loop with a system's members in it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiagramReport {
    /// What is drawn.
    pub subject: Subject,
    /// In the order of the declarations.
    pub orders: Vec<DiagramMember>,
    /// In the order of the declarations.
    pub invariants: Vec<DiagramMember>,
    /// In the order of the declarations.
    pub resolutions: Vec<DiagramMember>,
    /// In the order of the declarations.
    pub reconcilers: Vec<DiagramMember>,
    /// Which resolution handles which order or invariant: names.
    pub handles: Vec<(String, String)>,
}

/// A card of the picture.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiagramMember {
    /// Its name.
    pub name: String,
    /// Its types, as they are written.
    pub types: Vec<String>,
    /// What it says in words.
    pub sentence: Option<String>,
    /// Whether it says more than a sentence.
    pub executable: bool,
}

/// The value of an expression.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ValueReport {
    /// As it is written.
    pub expression: String,
    /// The system along whose last run it was evaluated.
    pub system: Option<String>,
    /// What it is there.
    pub values: AlongTrace,
    /// How many steps came before each of the values, where some steps of a long run are told as one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<usize>,
}

/// A value along a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlongTrace {
    /// In the (first) initial state.
    Once(Value),
    /// In the initial state and after each step: label and value; `None`: it has none there.
    Steps(Vec<(String, Option<Value>)>),
}

/// What a cell of definitions defined.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DefinedReport {
    /// In the order of the cell.
    pub systems: Vec<DefinedSystem>,
    /// Systems defined elsewhere that this cell changes, and what no longer fits in them.
    pub stale: Vec<String>,
}

/// One system that was defined.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DefinedSystem {
    /// Its name.
    pub name: String,
    /// `defined`, `redefined`, `extended`, `brought in`
    pub verb: String,
    /// Its members as a picture.
    pub diagram: DiagramReport,
    /// Executable size: nodes, state bits, action instances; absent where only stated.
    pub size: Option<(u32, u32, u32)>,
}
