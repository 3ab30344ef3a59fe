//! The runs and the state graph that the HTML of a report draws, as the explorer is told of them.
//!
//! Enters: a report and its sources. Leaves: [`Told`], which is the report with its runs in the order in which the HTML has
//! their pictures, and with the pieces of source that their steps execute. Written beside the report as JSON.

use super::heading::{self, Heading, Mark};
use super::{graph, svg, words};
use crate::report::graph::GraphReport;
use crate::report::simulation::Sampled;
use crate::report::{Budget, CheckReport, Report, Subject, Trace};
use crate::span::{Sources, Span};
use schemars::JsonSchema;
use serde::Serialize;

/// A report, and what is needed to draw its runs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Told<'r> {
    #[serde(flatten)]
    report: &'r Report,
    /// Those that the HTML has pictures of, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    drawn: Vec<ToldRun>,
    /// What their steps execute, each piece once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pieces: Vec<Piece>,
    /// Of a state graph: its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<Places>,
}

impl Told<'_> {
    /// Whether there is anything to explore.
    pub fn explores(&self) -> bool {
        !self.drawn.is_empty() || self.places.is_some()
    }
}

/// What stands above the picture of a state graph, and what stands where in it, in pixels.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Places {
    /// `graph Counter(n = 2)`
    title: String,
    /// `all of it: 8 states`
    subtitle: String,
    /// The system, as a scenario names it: `Counter(n = 2)`
    target: String,
    /// Width and height of the picture.
    size: [i64; 2],
    /// The left, top, width and height of each state, in the order of the nodes.
    nodes: Vec<[i64; 4]>,
    /// The line of each edge, in their order: the data of a path in SVG.
    edges: Vec<String>,
}

impl Places {
    fn of(report: &GraphReport) -> Places {
        let picture = graph::layout(report);
        let whole = |value: f64| value.round() as i64;
        let place = |node: &graph::NodeBox| {
            [node.place.left, node.place.top, node.place.width(), node.place.height()].map(whole)
        };
        Places {
            title: graph::title(report),
            subtitle: graph::shows(report),
            target: words::subject(&report.subject),
            size: [whole(picture.width), whole(picture.height)],
            nodes: picture.nodes.iter().map(place).collect(),
            edges: picture.edges.iter().map(svg::way).collect(),
        }
    }
}

/// What stands above the picture of a run, and how it is played again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ToldRun {
    /// `acked_survives is violated`
    title: String,
    /// `Kafka(brokers = 2) · 6 steps with 1 crash`
    subtitle: String,
    /// One sentence more: why.
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    /// What is said at the step that decides: `✗ acked_survives is violated here`
    mark: String,
    /// Where the run stands in the report: a JSON pointer.
    at: String,
    /// The system, as a scenario names it: `Kafka(brokers = 2)`
    target: String,
    /// What begins it by hand, where anything does: `start Kafka(brokers = 2) { faults { crash 1 } }`
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    /// What its scenario expects at its end, where one run can show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    expect: Option<String>,
    /// Which of the runs stands beside it from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<usize>,
}

/// A piece of a source, as an author wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Piece {
    /// The number of the text, and the byte at which what it declares has its name: as in a span.
    of: u32,
    /// Of the name.
    start: u32,
    /// `kafka.rcv`
    name: String,
    /// Of the name, from 1.
    line: u32,
    /// From the line of the name on, without the indentation that all lines share.
    text: String,
}

/// A run of a report, with what stands above its picture.
struct Shown<'r> {
    subject: &'r Subject,
    heading: Heading,
    trace: &'r Trace,
    at: String,
    /// It is a run of another system than the one that the report names.
    otherwise: bool,
}

/// The report with its runs.
pub fn told<'r>(report: &'r Report, sources: &Sources) -> Told<'r> {
    let shown = shown(report);
    let mut pieces: Vec<Piece> = Vec::new();
    for span in shown.iter().flat_map(|run| &run.trace.steps).filter_map(|step| step.span) {
        if !pieces.iter().any(|known| (known.of, known.start) == (span.source.0, span.start)) {
            pieces.push(piece(sources, span));
        }
    }
    let places = if let Report::Graph(graph) = report { Some(Places::of(graph)) } else { None };
    Told { report, drawn: shown.iter().map(told_run).collect(), pieces, places }
}

/// The run that is drawn first, and what stands above it.
pub fn first_run(report: &Report) -> Option<(Heading, &Trace)> {
    shown(report).into_iter().next().map(|run| (run.heading, run.trace))
}

/// In the order of their pictures: `html` and this have to agree, and a test holds them to it.
fn shown(report: &Report) -> Vec<Shown<'_>> {
    let one = |subject, at: &str| {
        let (heading, trace) = heading::pictured(report)?;
        Some(Shown { subject, heading, trace, at: at.to_string(), otherwise: false })
    };
    match report {
        Report::Check(check) => of_check(check),
        Report::Scenario(scenario) => one(&scenario.subject, "/trace").into_iter().collect(),
        Report::Find(find) => one(&find.subject, "/verdict/trace").into_iter().collect(),
        Report::Hand(hand) => {
            let asked = matches!(hand.did, crate::report::hand::Did::Asked);
            one(&hand.subject, "/run").filter(|_| !asked).into_iter().collect()
        }
        Report::Simulation(report) => {
            let pictured = report.pictured().map(|(member, _)| member.span);
            let members = report.members.iter().enumerate();
            let first = members.clone().filter(|(_, member)| Some(member.span) == pictured);
            let others = members.filter(|(_, member)| Some(member.span) != pictured);
            let runs = first.chain(others).filter_map(|(i, member)| {
                let Sampled::Broken(broken) = &member.outcome else { return None };
                let trace = broken.shown()?;
                let heading = heading::of_simulated(&report.subject, member, broken);
                let at = format!("/members/{i}/outcome/trace");
                Some(Shown { subject: &report.subject, heading, trace, at, otherwise: false })
            });
            runs.collect()
        }
        Report::Relax(relax) => {
            let runs = relax.orders.iter().enumerate().filter_map(|(i, looser)| {
                let finding = looser.run.as_ref()?;
                let trace = words::trace_of(&finding.verdict)?;
                let heading = heading::of_looser(&relax.subject, looser, finding, trace);
                let at = format!("/orders/{i}/run/verdict/trace");
                Some(Shown { subject: &relax.subject, heading, trace, at, otherwise: true })
            });
            runs.collect()
        }
        Report::Mutation(mutation) => {
            let runs = super::variants::runs(mutation).into_iter().map(|run| {
                let heading = heading::of_weaker(&mutation.subject, &run);
                Shown { subject: &mutation.subject, heading, trace: run.trace, at: run.at, otherwise: true }
            });
            runs.collect()
        }
        Report::Conform(conform) => {
            let run = |heading, trace, at: &str| {
                let at = at.to_string();
                Shown { subject: &conform.subject, heading, trace, at, otherwise: true }
            };
            vec![
                run(heading::of_mapping(conform), &conform.model, "/model"),
                run(heading::of_code(conform), &conform.shown, "/shown"),
            ]
        }
        Report::Sweep(_)
        | Report::Grade(_)
        | Report::Graph(_)
        | Report::Audit(_)
        | Report::Compare(_)
        | Report::Diagram(_)
        | Report::Saved(_)
        | Report::Beside(_)
        | Report::Value(_)
        | Report::Inspection(_)
        | Report::Defined(_) => Vec::new(),
    }
}
/// Those of the findings, the pictured one first; then further ones, and the sample.
fn of_check(check: &CheckReport) -> Vec<Shown<'_>> {
    let subject = &check.subject;
    let run = |heading, trace, at| Shown { subject, heading, trace, at, otherwise: false };
    let first = check.pictured();
    let findings = check.findings.iter().enumerate();
    let ordered = findings.clone().filter(|(i, _)| Some(*i) == first);
    let others = findings.filter(|(i, _)| Some(*i) != first);
    let runs = ordered.chain(others).filter_map(|(i, finding)| {
        let trace = words::trace_of(&finding.verdict)?;
        let heading = heading::of_finding(subject, finding, trace);
        Some(run(heading, trace, format!("/findings/{i}/verdict/trace")))
    });
    let further = check.further.iter().flat_map(|further| further.runs.iter().enumerate());
    let further = further.map(|(i, other)| {
        let heading = heading::of_further(subject, other);
        run(heading, &*other.trace, format!("/further/runs/{i}/trace"))
    });
    let sample = check.sample.iter();
    let sample = sample.map(|trace| run(heading::of_sample(subject, trace), trace, "/sample".to_string()));
    runs.chain(further).chain(sample).collect()
}

fn told_run(shown: &Shown<'_>) -> ToldRun {
    let Shown { subject, heading, trace, at, otherwise } = shown;
    let system = Subject { refines: None, ..(*subject).clone() };
    let target = words::subject(&system);
    let expect = match &heading.mark {
        _ if *otherwise => None,
        Mark::Breaks(name) if trace.loop_start.is_none() => Some(format!("expect holds {name}")),
        Mark::Reaches(goal) => Some(format!("expect {goal}")),
        Mark::Breaks(_) | Mark::False | Mark::Misses(_) | Mark::Traps(_) | Mark::Differs => None,
    };
    ToldRun {
        title: heading.plain_title(),
        subtitle: heading.subtitle.clone(),
        note: heading.note.clone(),
        mark: heading.mark.words(),
        at: at.clone(),
        start: (!otherwise && !trace.any_state && trace.has_beginning() && trace.is_whole())
            .then(|| start(&system, &target, trace)),
        target,
        expect,
        beside: matches!(heading.mark, Mark::Differs).then_some(usize::from(*at == "/model")),
    }
}

/// The command that begins a run by hand in the same initial state, with the same faults.
fn start(subject: &Subject, target: &str, trace: &Trace) -> String {
    let mut lines: Vec<String> = Vec::new();
    if !subject.faults.is_empty() {
        let faults: Vec<String> = subject.faults.iter().map(Budget::to_string).collect();
        lines.push(format!("faults {{ {} }}", faults.join(", ")));
    } else if !trace.faults.is_empty() {
        // Simulations and scenarios state no budget.
        let faults: Vec<String> = trace.faults.iter().map(|(f, n)| format!("{} {n}", f.word())).collect();
        lines.push(format!("faults {{ {} }}", faults.join(", ")));
    }
    lines.extend(trace.begins());
    match lines.is_empty() {
        true => format!("start {target}"),
        false => format!("start {target} {{\n  {}\n}}", lines.join("\n  ")),
    }
}

/// At most so many lines of what a step executes.
const MOST_LINES: usize = 14;

/// What is declared by the name at a span: its line, and those up to its last bracket.
fn piece(sources: &Sources, span: Span) -> Piece {
    let source = sources.get(span.source);
    let at = sources.position(span.source, span.start);
    let lines = source.text.lines().skip(at.line as usize - 1);
    let mut taken: Vec<&str> = Vec::new();
    let (mut open, mut opened) = (0_i32, false);
    for line in lines.take(MOST_LINES) {
        taken.push(line);
        let code = line.split("//").next().unwrap_or_default();
        opened |= code.contains('{');
        open += code.matches(['{', '(', '[']).count() as i32 - code.matches(['}', ')', ']']).count() as i32;
        if open <= 0 && opened {
            break;
        }
    }
    let indent = |line: &&&str| line.len() - line.trim_start().len();
    let shared = taken.iter().filter(|line| !line.trim().is_empty()).map(|l| indent(&l)).min().unwrap_or(0);
    let text: Vec<&str> = taken.iter().map(|line| line.get(shared..).unwrap_or_default()).collect();
    Piece {
        of: span.source.0,
        start: span.start,
        name: source.name.clone(),
        line: at.line,
        text: text.join("\n"),
    }
}
