//! Commands, as written.
//!
//! Enters: nothing (data only). Leaves: parts of the tree.

use super::*;

/// A command, with the comment above it.
#[derive(Debug, Clone)]
pub struct Command {
    pub docs: Option<String>,
    pub kind: CommandKind,
    pub span: Span,
}

/// The commands.
#[derive(Debug, Clone)]
pub enum CommandKind {
    /// `check TARGET [profile] [{ option… }]`
    Check { target: Target, options: Vec<CheckOption> },
    /// `check TARGET refines SPECIFICATION [{ option… }]`
    Refine { target: Target, specification: Target, options: Vec<CheckOption> },
    /// `scenario "title" on TARGET [{ line… }]`
    Scenario { title: Text, target: Target, lines: Vec<Line> },
    /// `find TARGET { P } [within N steps] [faults { … }] [expect [not] found]`
    Find { target: Target, goal: Expr, within: Option<Expr>, options: Vec<CheckOption> },
    /// `audit TARGET [{ option… }]`
    Audit { target: Target, options: Vec<CheckOption> },
    /// `compare A, B, … [by WORD]` with WORD one of ordering, invariants, resolution, reconciliation
    Compare { targets: Vec<Target>, by: Option<Name> },
    /// `compare traces`
    Beside,
    /// `diagram TARGET`
    Diagram { target: Target },
    /// `start TARGET [{ init P  faults { … } }]` · `do STEP` · `enabled` · `undo [N]` · `show [N]`
    Start { target: Target, lines: Vec<Line> },
    /// See `Start`.
    Do(Box<Line>),
    /// See `Start`.
    Enabled,
    /// See `Start`.
    Undo { steps: Option<i64> },
    /// See `Start`; with a number a step of the run that was shown last.
    Show { step: Option<i64> },
    /// `simulate TARGET for 60s[, runs N][, seed N] [{ option… }]`
    Simulate {
        target: Target,
        time: Duration,
        runs: Option<Expr>,
        seed: Option<Expr>,
        options: Vec<CheckOption>,
    },
    /// `graph TARGET [{ option… }]`
    Graph { target: Target, options: Vec<CheckOption> },
    /// `sweep PARAM in VALUES[, PARAM in VALUES] of TARGET [{ option… }]`
    Sweep { swept: Vec<Swept>, target: Target, options: Vec<CheckOption> },
    /// `relax [ORDER of] TARGET [{ option… }]`
    Relax { order: Option<Name>, target: Target, options: Vec<CheckOption> },
    /// `mutate TARGET [{ option… }]`
    Mutate { target: Target, options: Vec<CheckOption> },
    /// `why MEMBER of TARGET [{ option… }]`
    Why { member: Name, target: Target, options: Vec<CheckOption> },
    /// `grade TARGET against RIGHT, WRONG, … [{ option… }]`
    Grade { target: Target, against: Vec<Target>, options: Vec<CheckOption> },
    /// `save as scenario ["title"]`, `save trace as scenario ["title"]`
    Save { what: Saved, title: Option<Text> },
    /// An expression: its value in the last system named, along the last trace where there is one.
    Expression(Expr),
    /// `?NAME`, also written `NAME?`: what is known of a name.
    Ask(Name),
    /// Reported.
    Error,
}

/// A parameter and the values that it takes: `n in 1..5`, `mode in {strict, loose}`.
#[derive(Debug, Clone)]
pub struct Swept {
    pub param: Name,
    /// A range, or a set written out.
    pub values: Expr,
}

/// Which run is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The one that is taken by hand.
    Steps,
    /// The last that a command found.
    Trace,
}

/// An option of `check` and its relatives.
#[derive(Debug, Clone)]
pub struct CheckOption {
    pub kind: CheckOptionKind,
    pub span: Span,
}

/// The options.
#[derive(Debug, Clone)]
pub enum CheckOptionKind {
    /// `faults { crash 1, lose 2, partition 1, crash every 10s }`
    Faults(Vec<Fault>),
    /// `only NAME, …`
    Only(Vec<Name>),
    /// `depth <= N`, `states <= N`, `memory <= N` (mebibytes)
    Limit { what: Name, value: Expr },
    /// `from any state`
    FromAnyState,
    /// `reductions off`, `symmetry off`
    Off(Name),
    /// `map NAME = EXPR`: of a refinement
    Map(Mapped),
    /// `traces N`: so many runs that break something
    Traces(Expr),
    /// `threads N`
    Threads(Expr),
    /// `spill`: what waits to be explored may go to disk
    Spill,
    /// `rate ACTION 5/s`
    Rate(Rate),
    /// `latency 1ms..10ms`: of links that say nothing of it
    Latency(Between),
    /// `ticks 100ms`: how long a tick takes
    Ticks(Duration),
    /// `profile`, also right after the target: where states, bits and time go
    Profile,
    /// Anything else fails the cell.
    Expect(Expectation),
    /// `expect found`, `expect not found`: of a search.
    ExpectFind(Answer),
    /// Reported.
    Error,
}

/// What a variable of a specification is: `map NAME = EXPR`, `map x.FIELD = EXPR for x in NODE`.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// The variable, or the field.
    pub variable: Name,
    pub value: Expr,
    pub node: Option<MappedNode>,
}

/// Whose field it is.
#[derive(Debug, Clone)]
pub struct MappedNode {
    /// `x` before the field.
    pub written: Name,
    /// `x` behind `for`.
    pub name: Name,
    /// The kind of node.
    pub kind: Name,
}

/// `expect violated NAME, …` / `expect holds [NAME, …]` / `expect stuck NAME`, …: the verdict that the author expects.
#[derive(Debug, Clone)]
pub struct Expectation {
    pub verdict: ExpectedVerdict,
    pub verdict_span: Span,
    /// Members; empty: every member.
    pub names: Vec<Name>,
    pub span: Span,
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expect {}", self.verdict.word())?;
        for (i, name) in self.names.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { " " } else { ", " }, name.text)?;
        }
        Ok(())
    }
}

/// Whether a search finds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// `expect found`
    Found,
    /// `expect not found`
    NotFound,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Answer::Found => "expect found",
            Answer::NotFound => "expect not found",
        })
    }
}

/// What is expected of a step that could come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepIs {
    /// `expect enabled STEP`
    Enabled,
    /// `expect not enabled STEP`
    NotEnabled,
    /// `expect failed STEP`: it has no value
    Failed,
}

impl StepIs {
    /// Between `expect` and the step.
    pub fn words(self) -> &'static str {
        match self {
            StepIs::Enabled => "enabled",
            StepIs::NotEnabled => "not enabled",
            StepIs::Failed => "failed",
        }
    }
}

/// `crash 1`, `crash 1 of Broker`, `partition 1 one way lasting`; nothing said of how often reads as 1. In a simulation:
/// `crash every 10s`, `lose 1%`, `pause every 30s for 200ms..2s`.
#[derive(Debug, Clone)]
pub struct Fault {
    pub name: Name,
    pub often: Option<Often>,
    pub of: Option<Name>,
    pub one_way: Option<Span>,
    pub lasting: Option<Span>,
    /// `for 1s..5s`
    pub lasts: Option<Between>,
}

/// How often a fault happens.
#[derive(Debug, Clone)]
pub enum Often {
    /// `2`: on a run, at most.
    Times(Expr),
    /// `every 10s`: on average.
    Every(Duration),
    /// `1%`: of all messages.
    Share(Share),
    /// `after 1s..5s`: of what mends.
    After(Between),
    /// `50ms`: by how much a clock goes wrong.
    By(Duration),
}

/// `0.5%`, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub millionths: u64,
    pub span: Span,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&percent(self.millionths))
    }
}

/// Millionths as they are typed: `0.5%`.
pub fn percent(millionths: u64) -> String {
    let (whole, part) = (millionths / 10_000, millionths % 10_000);
    match part {
        0 => format!("{whole}%"),
        part => format!("{whole}.{}%", format!("{part:04}").trim_end_matches('0')),
    }
}

/// `1s..5s`, or one duration.
#[derive(Debug, Clone, Copy)]
pub struct Between {
    pub least: Duration,
    pub most: Duration,
}

/// `rate produce 5/s`
#[derive(Debug, Clone)]
pub struct Rate {
    pub action: Name,
    pub times: Expr,
    /// `s`, `m`, `h`, or another name.
    pub unit: Name,
}

/// One line of a scenario.
#[derive(Debug, Clone)]
pub struct Line {
    pub kind: LineKind,
    pub span: Span,
}

/// The lines of a scenario.
#[derive(Debug, Clone)]
pub enum LineKind {
    /// `from any state`: runs begin in every state that the types allow
    FromAnyState,
    /// `init P`: only the runs that begin where it is true
    Init(Expr),
    /// `do NAME [observe][(e, …)] [at e] [with x = e, …]`: an action, a resolution or a reconciler, once
    Do {
        name: Name,
        /// The observing step of a reconciler, and not the acting one.
        observe: bool,
        args: Vec<Expr>,
        at: Option<Expr>,
        /// What its body chooses.
        choices: Vec<(Name, Expr)>,
    },
    /// `deliver MESSAGE …`, and what its handler chooses: `with x = e, …`
    Deliver(Envelope, Vec<(Name, Expr)>),
    /// `reorder MESSAGE …`: delivered before its turn
    Reorder(Envelope, Vec<(Name, Expr)>),
    /// `lose MESSAGE …`, `duplicate MESSAGE …`
    Lose(Envelope, Vec<(Name, Expr)>),
    /// See `Lose`.
    Duplicate(Envelope, Vec<(Name, Expr)>),
    /// `crash e`, `restart e` and whatever else happens to a node, and what its recovery chooses: `with x = e, …`
    Node(crate::concepts::Fault, Expr, Vec<(Name, Expr)>),
    /// `partition {a} | {b, c}`; one way: `partition {a} -| {b, c}`
    Partition {
        /// At most two; nodes that are not named may be on either.
        sides: Vec<Vec<Expr>>,
        /// Only what is sent from the first side is stopped.
        one_way: bool,
    },
    /// `heal`
    Heal,
    /// `run [NAME, …] until quiet`, `run [NAME, …] until P`, `run NAME [N times]`: no name means every fair step
    Run { names: Vec<Name>, until: RunUntil },
    /// `expect P`
    Expect(Expr),
    /// `expect violated NAME`, `expect holds NAME`
    ExpectVerdict(Expectation),
    /// `expect enabled STEP`, `expect not enabled STEP`, `expect failed STEP`
    ExpectStep { line: Box<Line>, is: StepIs },
    /// `faults { … }`: of a run by hand; a scenario is told that its lines say where each happens
    Faults(Vec<Fault>),
    /// Reported.
    Error,
}

/// A message in flight, as far as it is said which: `MESSAGE [{ field: e, … }] [from e] [to e]`
#[derive(Debug, Clone)]
pub struct Envelope {
    pub message: Name,
    pub fields: Vec<(Name, Expr)>,
    pub from: Option<Expr>,
    pub to: Option<Expr>,
}

/// How long a `run` goes on.
#[derive(Debug, Clone)]
pub enum RunUntil {
    /// `until quiet`
    Quiet,
    /// `until P`
    Condition(Expr),
    /// `[N times]`
    Times(Option<Expr>),
}
