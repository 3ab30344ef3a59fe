//! Which trace of a report is its picture, and what stands above it.
//!
//! Enters: a report. Leaves: a heading with the trace.

use super::variants::WeakerRun;
use super::words;
use crate::concepts::{EVERY_STATE, EVERY_STEP};
use crate::report::conform::ConformReport;
use crate::report::further::FurtherRun;
use crate::report::hand::Did;
use crate::report::simulation::{BrokenOn, SimulatedMember};
use crate::report::variants::LooserOrder;
use crate::report::{
    BUILT_IN, FindReport, Finding, HandReport, Report, ScenarioReport, Subject, Trace, Verdict,
};

/// What stands above the picture of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    /// `acked_survives is violated`
    pub title: String,
    /// `Kafka(brokers = 2) · 6 steps with 1 crash`
    pub subtitle: String,
    /// One sentence more: why.
    pub note: String,
    /// What marks the step that matters.
    pub mark: Mark,
}

impl Heading {
    /// The title where code cannot be told from words: in pictures and in names.
    pub fn plain_title(&self) -> String {
        self.title.replace('`', "")
    }
}

/// What is said at the step that decides: the one that breaks, or the one that reaches the goal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mark {
    /// The expression turns false.
    #[default]
    False,
    /// The named property turns false.
    Breaks(String),
    /// The run ends, or goes round for ever, short of the goal of the named member.
    Misses(String),
    /// The last state is what was looked for.
    Reaches(String),
    /// A step or an expression has no value: why.
    Traps(String),
    /// Mapping and code come apart.
    Differs,
}

impl Mark {
    /// Of a run of which no more is known than itself: what is false at its end, or why its last step is not taken.
    pub fn of(trace: &Trace) -> Mark {
        trace.no_value.clone().map_or(Mark::False, Mark::Traps)
    }

    /// One character, so that nothing rests on colour alone.
    pub fn symbol(&self) -> &'static str {
        match self {
            Mark::Reaches(_) => "✓",
            Mark::Traps(_) => "!",
            _ => "✗",
        }
    }

    /// `✗ acked_survives is violated here`
    pub fn words(&self) -> String {
        let words = match self {
            Mark::False => "false here".to_string(),
            Mark::Breaks(name) => format!("{name} is violated here"),
            Mark::Misses(name) => format!("{name} has not reached its goal"),
            Mark::Reaches(_) => "reached".to_string(),
            Mark::Differs => "they differ here".to_string(),
            Mark::Traps(why) => words::first_paragraph(why),
        };
        format!("{} {words}", self.symbol())
    }
}

/// The trace that a report shows as its picture.
pub fn pictured(report: &Report) -> Option<(Heading, &Trace)> {
    match report {
        Report::Check(check) => {
            let (_, finding, trace) = words::pictured(check)?;
            Some((of_finding(&check.subject, finding, trace), trace))
        }
        Report::Scenario(scenario) => {
            let trace = scenario.trace.as_ref()?;
            Some((of_scenario(scenario, trace), trace))
        }
        Report::Find(find) => {
            let trace = words::trace_of(&find.verdict)?;
            Some((of_find(find, trace), trace))
        }
        Report::Hand(hand) => {
            let trace = hand.run.as_ref()?;
            Some((of_hand(hand, trace), trace))
        }
        Report::Simulation(simulation) => {
            let (member, broken) = simulation.pictured()?;
            Some((of_simulated(&simulation.subject, member, broken), &broken.trace))
        }
        Report::Relax(relax) => {
            let (looser, finding, trace) = super::variants::pictured(relax)?;
            Some((of_looser(&relax.subject, looser, finding, trace), trace))
        }
        Report::Mutation(mutation) => {
            let run = super::variants::runs(mutation).into_iter().next()?;
            Some((of_weaker(&mutation.subject, &run), run.trace))
        }
        Report::Conform(conform) => Some((of_mapping(conform), &conform.model)),
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
        | Report::Defined(_) => None,
    }
}

/// The heading of the run that was found, or of the one that ends without a value.
pub fn of_find(find: &FindReport, trace: &Trace) -> Heading {
    let (title, mark) = match &find.verdict {
        Verdict::Failed { why, .. } => (no_value(&find.subject), Mark::Traps(why.clone())),
        _ => (format!("a run that reaches {}", find.goal), Mark::Reaches(find.goal.clone())),
    };
    Heading { title, mark, ..of_trace(&find.subject, trace) }
}

fn no_value(subject: &Subject) -> String {
    format!("a step of {} has no value", subject.system)
}

/// The heading of the trace of one finding.
pub fn of_finding(subject: &Subject, finding: &Finding, trace: &Trace) -> Heading {
    let name = finding.name.clone();
    let (title, note, mark) = match &finding.verdict {
        Verdict::Violated { kind: Some(kind), why, .. } => {
            (format!("{name} does not converge: {}", kind.word()), why.clone(), Mark::Misses(name))
        }
        Verdict::Failed { why, code, .. } => {
            let note = format!("{code}: the model is wrong before the system is");
            // A finding of its own is a step without a value; else it is the member that has none.
            let step = finding.types.iter().any(|ty| ty == BUILT_IN);
            let title = if step { no_value(subject) } else { format!("{name} has no value") };
            (title, note, Mark::Traps(why.clone()))
        }
        Verdict::Violated { kind: None, why, .. } => {
            (format!("{name} is violated"), deciding(finding, why), Mark::Breaks(name))
        }
        verdict @ (Verdict::Holds { .. }
        | Verdict::HoldsWithinBound { .. }
        | Verdict::Vacuous { .. }
        | Verdict::Witnessed { .. }
        | Verdict::Incomplete { .. }
        | Verdict::NotChecked { .. }) => {
            let title = format!("{name} is {}", words::verdict(verdict).1);
            (title, words::reason(verdict), Mark::Breaks(name))
        }
    };
    Heading { title, note, mark, ..of_trace(subject, trace) }
}

/// The heading of another run that breaks what a finding says.
pub fn of_further(subject: &Subject, run: &FurtherRun) -> Heading {
    let FurtherRun { member, why, trace, .. } = run;
    let title = format!("{member} is violated in another way: {}", words::differs(run));
    Heading { title, note: why.clone(), mark: Mark::Breaks(member.clone()), ..of_trace(subject, trace) }
}

/// Which of the obligations is broken, and why.
fn deciding(finding: &Finding, why: &str) -> String {
    let broken = finding.obligations.iter().find(|o| matches!(o.verdict, Verdict::Violated { .. }));
    // What is true in every state is not so here.
    let not = |words: &str| if matches!(words, EVERY_STATE | EVERY_STEP) { "not " } else { "" };
    broken.map_or_else(|| why.to_string(), |o| format!("{}{}: {why}", not(&o.words), o.words))
}

/// The heading of the run of a scenario.
pub fn of_scenario(scenario: &ScenarioReport, trace: &Trace) -> Heading {
    let failed = if scenario.ways_failed > 0 { " (a way that fails)" } else { "" };
    Heading {
        title: format!("{}{failed}", scenario.title),
        mark: Mark::of(trace),
        ..of_trace(&scenario.subject, trace)
    }
}

/// The heading of a run by hand, of which what it broke first is marked, or of one that is looked at again.
fn of_hand(hand: &HandReport, trace: &Trace) -> Heading {
    let mark = hand.first_broken.clone().map_or(Mark::False, Mark::Breaks);
    let title = match hand.did {
        Did::Looked { .. } => format!("near step {}", words::count(hand.steps as u64)),
        Did::Started | Did::Took { .. } | Did::Undid { .. } | Did::Shown | Did::Asked => {
            "by hand".to_string()
        }
    };
    Heading { title, mark, ..of_trace(&hand.subject, trace) }
}

/// The heading of a run on which a simulation broke a member.
pub fn of_simulated(subject: &Subject, member: &SimulatedMember, broken: &BrokenOn) -> Heading {
    let built_in = member.types.iter().any(|ty| ty == BUILT_IN);
    let (title, mark) = match built_in {
        true => ("a step has no value".to_string(), Mark::Traps(broken.why.clone())),
        false => (format!("{} is violated", member.name), Mark::Breaks(member.name.clone())),
    };
    let note = format!("{} ({})", broken.why, super::simulation::origin(broken));
    Heading { title, note, mark, ..of_trace(subject, &broken.trace) }
}

/// The heading of a run that breaks something once an order is looser.
pub fn of_looser(subject: &Subject, looser: &LooserOrder, finding: &Finding, trace: &Trace) -> Heading {
    let heading = of_finding(subject, finding, trace);
    let title = match finding.name == looser.order {
        true => format!("{} is not kept", finding.name),
        false => format!("{} needs {}", finding.name, looser.order),
    };
    Heading { title, note: format!("{}: {}", looser.words, heading.note), ..heading }
}

/// The heading of a run that breaks a member once a part is weaker.
pub fn of_weaker(subject: &Subject, run: &WeakerRun<'_>) -> Heading {
    let heading = of_finding(subject, run.finding, run.trace);
    let weaker = match run.words.starts_with("without ") {
        true => run.words.clone(),
        false => format!("where {}", run.words),
    };
    Heading { title: format!("{} is broken {weaker}", run.finding.name), ..heading }
}

/// The heading of the run as the mapping takes it.
pub fn of_mapping(conform: &ConformReport) -> Heading {
    let title = format!("what {} does", conform.subject.system);
    Heading { title, mark: Mark::Differs, ..of_trace(&conform.subject, &conform.model) }
}

/// The heading of the run as the code takes it.
pub fn of_code(conform: &ConformReport) -> Heading {
    let title = format!("what {} does", conform.code);
    let note = conform.why.clone();
    Heading { title, note, mark: Mark::Differs, ..of_trace(&conform.subject, &conform.shown) }
}

/// The heading of a sample run.
pub fn of_sample(subject: &Subject, trace: &Trace) -> Heading {
    Heading { title: format!("a run of {}", subject.system), ..of_trace(subject, trace) }
}

fn of_trace(subject: &Subject, trace: &Trace) -> Heading {
    Heading {
        subtitle: format!("{} · {}", words::subject(subject), words::trace_size(trace)),
        ..Heading::default()
    }
}
