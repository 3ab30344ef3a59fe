//! What a report judges, one thing after the other, as tools see it that know tests: passed, failed, an error, skipped.
//!
//! Enters: a report. Leaves: its members, expectations and scenarios, each with what came of it. What is amiss here is
//! what the exit code is 1 for.

use crate::report::question::Question;
use crate::report::simulation::{Sampled, SimulatedMember};
use crate::report::{
    CheckReport, Expectation, FindReport, Finding, LineOutcome, Report, ScenarioReport, SimulationReport,
    Trace, Verdict, verdict_words,
};
use crate::span::Span;
use crate::view;

/// What the exit code is 1 for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// What is not as stated or expected, or was not looked at to the end.
    AsStated,
    /// Also what is not checked, holds within the author's bound, or was judged with partitions that change nothing.
    Whole,
}

impl Strictness {
    /// What is amiss with a report, in a line.
    pub fn amiss(self, report: &Report) -> Option<String> {
        report.amiss().or_else(|| report.open().filter(|_| self == Strictness::Whole))
    }
}

/// One thing that was judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The command: `check Kafka(brokers = 2)`.
    pub command: String,
    /// The member, the expectation or the scenario.
    pub name: String,
    /// Where it stands.
    pub span: Option<Span>,
    /// What came of it.
    pub judgement: Judgement,
    /// Whether the exit code is 1 for it.
    pub amiss: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// As stated or expected; what is worth telling besides.
    Passed(Option<String>),
    /// Not so: why in a line, and the run that shows it.
    Failed {
        /// In a line.
        why: String,
        /// The run as text; empty: there is none.
        run: String,
    },
    /// It has no answer: why in a line, and the run that leads there.
    Error {
        /// In a line.
        why: String,
        /// The run as text; empty: there is none.
        run: String,
    },
    /// It was not judged, or says nothing: why.
    Skipped(String),
}

/// Everything that a report judges, in its order.
pub fn judged(report: &Report, strictness: Strictness) -> Vec<Judged> {
    let questions = report.questions();
    if !questions.is_empty() {
        // What would answer them is not told; what was missed besides is.
        return asked(report, &questions, strictness);
    }
    match report {
        Report::Check(check) => self::check(check, strictness),
        Report::Scenario(scenario) => vec![self::scenario(scenario)],
        Report::Find(find) => vec![self::find(find, report, strictness)],
        Report::Simulation(simulation) => self::simulation(simulation),
        Report::Sweep(sweep) => whole("sweep", &sweep.subject.system, report, strictness),
        Report::Mutation(mutation) => {
            let command = if mutation.asked.is_some() { "why" } else { "mutate" };
            whole(command, &mutation.subject.system, report, strictness)
        }
        Report::Relax(relax) => whole("relax", &relax.subject.system, report, strictness),
        Report::Grade(grade) => whole("grade", &grade.subject.system, report, strictness),
        Report::Graph(graph) => whole("graph", &graph.subject.system, report, strictness),
        Report::Audit(audit) => whole("audit", &audit.subject.system, report, strictness),
        Report::Compare(_)
        | Report::Diagram(_)
        | Report::Hand(_)
        | Report::Conform(_)
        | Report::Saved(_)
        | Report::Beside(_)
        | Report::Value(_)
        | Report::Inspection(_)
        | Report::Defined(_) => Vec::new(),
    }
}

/// Questions to the reader.
fn asked(report: &Report, questions: &[Question<'_>], strictness: Strictness) -> Vec<Judged> {
    let what = view::asked(report).unwrap_or_default();
    let command = what.split(" · ").next().unwrap_or_default().to_string();
    let question = |question: &Question<'_>| Judged {
        command: command.clone(),
        name: question.words.to_string(),
        span: question.span,
        judgement: match strictness {
            Strictness::AsStated => Judgement::Skipped(ASKED.to_string()),
            Strictness::Whole => Judgement::Failed { why: ASKED.to_string(), run: String::new() },
        },
        amiss: strictness == Strictness::Whole,
    };
    let amiss = report.found_amiss().map(|why| Judged {
        name: command.clone(),
        command: command.clone(),
        span: None,
        judgement: Judgement::Failed { why, run: String::new() },
        amiss: true,
    });
    let missed = report.expectations().iter().filter(|e| !e.asked).map(|e| expectation(e, &command));
    questions.iter().map(question).chain(missed).chain(amiss).collect()
}

/// What a tool is told of a question.
const ASKED: &str = "asked: nobody has answered";

/// A report that is judged as one.
fn whole(command: &str, system: &str, report: &Report, strictness: Strictness) -> Vec<Judged> {
    let why = strictness.amiss(report);
    let command = format!("{command} {system}");
    vec![Judged {
        name: command.clone(),
        command,
        span: None,
        amiss: why.is_some(),
        judgement: why.map_or(Judgement::Passed(None), |why| Judgement::Failed { why, run: String::new() }),
    }]
}

fn check(check: &CheckReport, strictness: Strictness) -> Vec<Judged> {
    let command = format!("check {}", view::subject(&check.subject));
    let finding = |finding: &Finding| {
        let wrong = check.unexpected().any(|other| std::ptr::eq(other, finding));
        let open = finding.open().filter(|_| strictness == Strictness::Whole && !check.expects(finding));
        Judged {
            command: command.clone(),
            name: finding.name.clone(),
            span: Some(finding.span),
            judgement: of_finding(finding, wrong, open),
            amiss: wrong || open.is_some(),
        }
    };
    let members = check.findings.iter().map(finding);
    let whole = strictness == Strictness::Whole;
    let idle = check.coverage.idle().filter(|_| whole).map(|why| Judged {
        command: command.clone(),
        name: "partition".to_string(),
        span: None,
        judgement: Judgement::Failed { why, run: String::new() },
        amiss: true,
    });
    let expected = check.expectations.iter().map(|e| expectation(e, &command));
    let empty = whole && check.findings.is_empty() && check.coverage.states_cut > 0;
    let bound = empty.then(|| format!("within the bound {} only", check.coverage.bounds.join(", ")));
    let undecided = check.undecided().map(|why| format!("incomplete, {why}")).or(bound).map(|why| Judged {
        command: command.clone(),
        name: command.clone(),
        span: None,
        judgement: Judgement::Error { why, run: String::new() },
        amiss: true,
    });
    members.chain(expected).chain(idle).chain(undecided).collect()
}

fn of_finding(finding: &Finding, wrong: bool, open: Option<&Verdict>) -> Judgement {
    let verdict = finding.wrong().or(open).unwrap_or(&finding.verdict);
    let words = verdict_words(verdict);
    match verdict {
        Verdict::Holds { note } => Judgement::Passed(note.clone()),
        Verdict::Witnessed { .. } => Judgement::Passed(None),
        Verdict::HoldsWithinBound { .. } if open.is_none() => Judgement::Passed(Some(words)),
        Verdict::NotChecked { why } if open.is_none() => Judgement::Skipped(format!("not checked: {why}")),
        Verdict::HoldsWithinBound { .. } | Verdict::NotChecked { .. } => {
            Judgement::Failed { why: words, run: String::new() }
        }
        _ if !wrong => Judgement::Passed(Some(format!("{words}, as expected"))),
        Verdict::Vacuous { why } => Judgement::Skipped(format!("holds, but vacuously: {why}")),
        Verdict::Violated { trace, .. } => Judgement::Failed { why: words, run: as_text(Some(trace)) },
        Verdict::Failed { trace, .. } => Judgement::Error { why: words, run: as_text(trace.as_deref()) },
        Verdict::Incomplete { .. } => Judgement::Error { why: words, run: String::new() },
    }
}

fn as_text(trace: Option<&Trace>) -> String {
    trace.map(view::run).unwrap_or_default()
}

fn expectation(expectation: &Expectation, command: &str) -> Judged {
    let found = expectation.found.clone();
    Judged {
        command: command.to_string(),
        name: expectation.words.clone(),
        span: Some(expectation.span),
        judgement: unless(expectation.met, found, String::new()),
        amiss: !expectation.met,
    }
}

fn unless(met: bool, why: String, run: String) -> Judgement {
    if met { Judgement::Passed(None) } else { Judgement::Failed { why, run } }
}

fn scenario(scenario: &ScenarioReport) -> Judged {
    let failed = scenario.lines.iter().find_map(|line| match &line.outcome {
        LineOutcome::Failed { why, .. } => Some((line, format!("`{}`: {why}", line.text))),
        LineOutcome::Passed { .. } | LineOutcome::Asked { .. } | LineOutcome::NotReached => None,
    });
    let run = as_text(scenario.trace.as_ref());
    let passed = scenario.ways_failed == 0;
    let untried = scenario.ways_passed == 0 || scenario.incomplete.is_some();
    let judgement = match &failed {
        Some((_, why)) => Judgement::Failed { why: why.clone(), run },
        None if !passed => Judgement::Failed { why: "an expectation is not met".to_string(), run },
        None if untried => {
            let why = scenario.incomplete.clone();
            Judgement::Error {
                why: why.unwrap_or_else(|| "no run leads through this scenario".into()),
                run: String::new(),
            }
        }
        None => Judgement::Passed(None),
    };
    Judged {
        command: format!("scenario on {}", view::subject(&scenario.subject)),
        name: scenario.title.clone(),
        span: failed.map(|(line, _)| line.span).or(scenario.lines.first().map(|line| line.span)),
        amiss: !matches!(judgement, Judgement::Passed(_)),
        judgement,
    }
}

fn find(find: &FindReport, report: &Report, strictness: Strictness) -> Judged {
    let why = strictness.amiss(report);
    let judgement = match (&why, &find.verdict) {
        (None, Verdict::Holds { .. }) => Judgement::Passed(Some("never reached".to_string())),
        (None, verdict) => Judgement::Passed(Some(verdict_words(verdict))),
        (Some(why), Verdict::Failed { trace, .. }) => {
            Judgement::Error { why: why.clone(), run: as_text(trace.as_deref()) }
        }
        (Some(why), Verdict::Incomplete { .. }) => Judgement::Error { why: why.clone(), run: String::new() },
        (Some(why), _) => Judgement::Failed { why: why.clone(), run: String::new() },
    };
    Judged {
        command: format!("find {}", view::subject(&find.subject)),
        name: find.goal.clone(),
        span: find.expected.as_ref().map(|e| e.span),
        judgement,
        amiss: why.is_some(),
    }
}

fn simulation(simulation: &SimulationReport) -> Vec<Judged> {
    let command = format!("simulate {}", view::subject(&simulation.subject));
    let member = |member: &SimulatedMember| {
        let wrong = simulation.unexpected().any(|other| std::ptr::eq(other, member));
        let judgement = match &member.outcome {
            Sampled::Broken(broken) if wrong => Judgement::Failed {
                why: format!("broken in {} of {} runs: {}", broken.runs, simulation.runs, broken.why),
                run: as_text(broken.shown()),
            },
            Sampled::Broken(broken) => Judgement::Passed(Some(format!(
                "broken in {} of {} runs, as expected",
                broken.runs, simulation.runs
            ))),
            Sampled::Unbroken { .. } => {
                Judgement::Passed(Some(format!("unbroken in {} runs", simulation.runs)))
            }
            Sampled::Unwatched { why } => Judgement::Skipped(format!("not watched: {why}")),
        };
        Judged {
            command: command.clone(),
            name: member.name.clone(),
            span: Some(member.span),
            judgement,
            amiss: wrong,
        }
    };
    let cut = simulation.incomplete.iter().map(|why| Judged {
        command: command.clone(),
        name: command.clone(),
        span: None,
        judgement: Judgement::Error { why: why.clone(), run: String::new() },
        amiss: true,
    });
    let members = simulation.members.iter().map(member);
    members.chain(simulation.expectations.iter().map(|e| expectation(e, &command))).chain(cut).collect()
}
