//! What is printed can be typed: the lines of a trace, as a scenario of the same system.
//!
//! Enters: a report, and the session after its cell. Leaves: what went otherwise when the lines were played.

use reconverge_lang::report::graph::GraphNode;
use reconverge_lang::report::simulation::Sampled;
use reconverge_lang::report::{BUILT_IN, LineOutcome, Report, ScenarioReport, Subject, Trace, Verdict};
use reconverge_lang::session::{CellRef, Host, Outcome, Session};
use std::collections::BTreeMap;

/// A trace of a report.
pub struct Shown<'r> {
    pub subject: &'r Subject,
    pub trace: &'r Trace,
    /// Its last step has no value.
    trapped: bool,
}

/// What is otherwise when lines are played.
pub struct Otherwise {
    pub why: String,
    /// The host interrupted, or there were more ways than are followed.
    pub undecided: bool,
}

/// The run that a verdict shows.
pub fn trace_of(verdict: &Verdict) -> Option<&Trace> {
    match verdict {
        Verdict::Violated { trace, .. } | Verdict::Witnessed { trace } => Some(trace),
        Verdict::Failed { trace, .. } => trace.as_deref(),
        _ => None,
    }
}

/// The traces of a report that lines can lead along: no line makes a run begin in a state that is no initial one, and of one
/// that begins in any state no line may say all.
pub fn shown(report: &Report) -> Vec<Shown<'_>> {
    let of = |subject, verdict| {
        let trapped = matches!(verdict, &Verdict::Failed { .. });
        trace_of(verdict).map(|trace| Shown { subject, trace, trapped })
    };
    let alone = |subject, trace| Shown { subject, trace, trapped: false };
    let mut all: Vec<Shown<'_>> = match report {
        Report::Check(check) => {
            let bad = check.findings.iter().filter_map(|f| of(&check.subject, &f.verdict));
            let further = check.further.iter().flat_map(|further| &further.runs);
            let bad = bad.chain(further.map(|run| alone(&check.subject, &run.trace)));
            bad.chain(check.sample.iter().map(|trace| alone(&check.subject, trace))).collect()
        }
        Report::Find(find) => of(&find.subject, &find.verdict).into_iter().collect(),
        Report::Simulation(simulation) => {
            let subject = &simulation.subject;
            let broken = simulation.members.iter().filter_map(|member| match &member.outcome {
                Sampled::Broken(broken) => {
                    let trapped = member.types.iter().any(|ty| ty == BUILT_IN);
                    Some(Shown { subject, trace: broken.shown()?, trapped })
                }
                Sampled::Unbroken { .. } | Sampled::Unwatched { .. } => None,
            });
            broken.collect()
        }
        Report::Scenario(scenario) if scenario.ways_failed == 0 => {
            scenario.trace.iter().map(|trace| alone(&scenario.subject, trace)).collect()
        }
        _ => Vec::new(),
    };
    all.retain(|shown| shown.trace.length() > 0 && shown.trace.besides.is_empty());
    all
}

/// Lines as a scenario.
fn scenario(subject: &Subject, lines: &[String]) -> String {
    let params: Vec<String> =
        subject.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
    let lines: Vec<String> = lines.iter().map(|line| format!("  {line}\n")).collect();
    format!("scenario \"typed\" on {}{params} {{\n{}}}\n", subject.system, lines.concat())
}

/// A run along edges of a state graph, and where it ends.
pub struct Walk<'r> {
    subject: &'r Subject,
    lines: Vec<String>,
    ends: &'r GraphNode,
}

/// A shortest run over each edge of a state graph. None where runs begin in several states, of which one may have no value,
/// or where a node stands for several: the names of what is interchangeable are those of one of them.
pub fn walks(report: &Report) -> Vec<Walk<'_>> {
    let Report::Graph(graph) = report else { return Vec::new() };
    let initial: Vec<&GraphNode> = graph.nodes.iter().filter(|node| node.initial).collect();
    let ([first], false, false, None) =
        (initial.as_slice(), graph.is_folded(), graph.subject.from_any_state, &graph.no_value)
    else {
        return Vec::new();
    };
    let mut ways: BTreeMap<usize, Vec<String>> = BTreeMap::from([(first.number, Vec::new())]);
    let (mut queue, mut walks, mut next) = (vec![first.number], Vec::new(), 0);
    while next < queue.len() {
        let from = queue[next];
        for edge in graph.edges.iter().filter(|edge| edge.from == from) {
            for step in &edge.steps {
                let mut lines = ways[&from].clone();
                lines.push(step.line.clone());
                let ends = &graph.nodes[edge.to - 1];
                walks.push(Walk { subject: &graph.subject, lines: lines.clone(), ends });
                ways.entry(edge.to).or_insert_with(|| {
                    queue.push(edge.to);
                    lines
                });
            }
        }
        next += 1;
    }
    walks
}

impl Walk<'_> {
    /// As a scenario.
    pub fn script(&self) -> String {
        scenario(self.subject, &self.lines)
    }

    /// What is otherwise when the lines are played: one of them is not possible, or they end in another state.
    pub fn otherwise(&self, session: &Session, host: &dyn Host) -> Option<Otherwise> {
        let report = match played(session, &self.script(), host) {
            Ok(report) => report,
            Err(outcome) => {
                let undecided = matches!(outcome, Outcome::Interrupted);
                return Some(Otherwise { why: format!("{outcome:?}"), undecided });
            }
        };
        let undecided = report.incomplete.is_some();
        let not = report.lines.iter().find(|line| !matches!(line.outcome, LineOutcome::Passed { .. }));
        if let Some(line) = not {
            return Some(Otherwise { why: format!("{}: {:?}", line.text, line.outcome), undecided });
        }
        let last = report.trace.map(|trace| trace.last).unwrap_or_default();
        // A scenario counts no faults, and says nothing of timers.
        let wanted = self.ends.state.iter().filter(|(path, _)| last.iter().any(|(other, _)| other == path));
        let same = wanted.clone().count() == last.len() && wanted.zip(&last).all(|(a, b)| a == b);
        let why = || format!("it ends with {last:?} and not with {:?}", self.ends.state);
        (!same).then(|| Otherwise { why: why(), undecided })
    }
}

impl Shown<'_> {
    /// The lines as a scenario.
    pub fn script(&self) -> String {
        scenario(self.subject, &self.trace.lines())
    }

    /// What is otherwise when the lines are played.
    pub fn otherwise(&self, session: &Session, host: &dyn Host) -> Option<Otherwise> {
        match played(session, &self.script(), host) {
            Ok(report) => {
                let undecided = report.incomplete.is_some();
                self.differs(report).map(|why| Otherwise { why, undecided })
            }
            Err(outcome) => {
                let undecided = matches!(outcome, Outcome::Interrupted);
                Some(Otherwise { why: format!("{outcome:?}"), undecided })
            }
        }
    }

    fn differs(&self, report: ScenarioReport) -> Option<String> {
        let failed: Vec<String> = report
            .lines
            .iter()
            .enumerate()
            .filter_map(|(i, line)| match &line.outcome {
                LineOutcome::Passed { .. } | LineOutcome::Asked { .. } => None,
                // The last step of a run without a value has none when it is typed, either.
                LineOutcome::Failed { .. } if self.trapped && i + 1 == report.lines.len() => None,
                LineOutcome::Failed { why, .. } => Some(format!("{}: {why}", line.text)),
                LineOutcome::NotReached => Some(format!("{}: not reached", line.text)),
            })
            .collect();
        if !failed.is_empty() {
            return Some(failed.join("; "));
        }
        let last = report.trace.map(|trace| trace.last).unwrap_or_default();
        // The specification's variables stand beside those of the system.
        let beside = self.subject.refines.as_ref().map(|other| format!("{}.", other.system));
        let own = |path: &str| beside.as_ref().is_none_or(|beside| !path.starts_with(beside));
        let wanted: Vec<_> = self.trace.last.iter().filter(|(path, _)| own(path)).cloned().collect();
        let same = self.trapped || last == wanted;
        (!same).then(|| format!("it ends with {last:?} and not with {:?}", self.trace.last))
    }
}

fn played(session: &Session, script: &str, host: &dyn Host) -> Result<ScenarioReport, Outcome> {
    let mut session = session.clone();
    let mut found = None;
    let cell = CellRef { id: None, name: "typed".to_string() };
    let outcome = session.execute(cell, script, host, &mut |output| {
        if let Report::Scenario(report) = output.report {
            found = Some(*report);
        }
    });
    found.ok_or(outcome)
}
