//! The runs that a report shows, by name.
//!
//! Enters: a report. Leaves: every trace in it, with a name that is told apart from the others of the report.

use crate::report::simulation::Sampled;
use crate::report::variants::MutationReport;
use crate::report::{Finding, Report, Trace, Verdict};

/// A run that a report shows.
#[derive(Debug, Clone)]
pub struct ShownRun<'r> {
    /// Its system.
    pub system: &'r str,
    /// The member that it breaks, the title of its scenario, what was searched, or `sample`.
    pub of: &'r str,
    /// What it shows: `violated`, `simulated` (where a random run broke it), `failed`, `found`, `scenario`, `sample`,
    /// `by hand`, `differs`.
    pub shows: &'static str,
    /// Of a system that is not as it is written: what is weaker in it, as reports say it.
    pub weaker: Option<String>,
    /// The run.
    pub trace: &'r Trace,
}

impl<'r> ShownRun<'r> {
    fn new(system: &'r str, of: &'r str, shows: &'static str, trace: &'r Trace) -> Self {
        ShownRun { system, of, shows, weaker: None, trace }
    }

    /// `Post: never_two (violated)`, `Kafka: acked_survives (violated, without `l.epoch == e`)`
    pub fn title(&self) -> String {
        let ShownRun { system, of, shows, weaker, .. } = self;
        let weaker = weaker.as_ref().map_or(String::new(), |weaker| format!(", {weaker}"));
        format!("{system}: {of} ({shows}{weaker})")
    }
}

/// Every run of a report, in its order.
pub fn runs(report: &Report) -> Vec<ShownRun<'_>> {
    match report {
        Report::Check(check) => {
            let system = check.subject.system.as_str();
            let sample = check.sample.iter().map(|trace| ShownRun::new(system, "sample", "sample", trace));
            let further = check.further.iter().flat_map(|further| &further.runs);
            let further = further.map(|r| ShownRun::new(system, &r.member, "violated", &r.trace));
            let findings = check.findings.iter().filter_map(|f| of_finding(system, f));
            findings.chain(further).chain(sample).collect()
        }
        Report::Scenario(scenario) => {
            let (system, of) = (scenario.subject.system.as_str(), scenario.title.as_str());
            scenario.trace.iter().map(|trace| ShownRun::new(system, of, "scenario", trace)).collect()
        }
        Report::Find(find) => {
            let run = of_verdict(&find.verdict);
            let (system, of) = (find.subject.system.as_str(), find.goal.as_str());
            run.map(|(shows, trace)| ShownRun::new(system, of, shows, trace)).into_iter().collect()
        }
        Report::Simulation(simulation) => {
            let system = simulation.subject.system.as_str();
            let members =
                simulation.members.iter().filter_map(|m| Some((m.name.as_str(), broken(&m.outcome)?)));
            members.map(|(of, trace)| ShownRun::new(system, of, "simulated", trace)).collect()
        }
        Report::Relax(relax) => {
            let system = relax.subject.system.as_str();
            let looser = relax.orders.iter().filter_map(|order| {
                let weaker = Some(format!("{}: {}", order.order, order.words));
                Some(ShownRun { weaker, ..of_finding(system, order.run.as_ref()?)? })
            });
            looser.collect()
        }
        Report::Hand(hand) => {
            let system = hand.subject.system.as_str();
            hand.run.iter().map(|trace| ShownRun::new(system, "run", "by hand", trace)).collect()
        }
        Report::Conform(conform) => {
            let (system, code) = (conform.subject.system.as_str(), conform.code.as_str());
            let model = ShownRun::new(system, "mapping", "differs", &conform.model);
            vec![model, ShownRun::new(system, code, "differs", &conform.shown)]
        }
        Report::Mutation(mutation) => of_weaker(mutation),
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

/// Of parts that are weaker alone, and of those that stand in for each other.
fn of_weaker(mutation: &MutationReport) -> Vec<ShownRun<'_>> {
    let system = mutation.subject.system.as_str();
    let alone = mutation.weaker.iter().filter_map(|part| {
        let weaker = Some(part.words.clone());
        Some(ShownRun { weaker, ..of_finding(system, part.run.as_deref()?)? })
    });
    let groups = mutation.together.iter().flat_map(|together| &together.groups);
    let groups = groups.filter_map(|group| {
        let parts = group.parts.iter().filter_map(|part| mutation.weaker.get(*part));
        let words: Vec<&str> = parts.map(|part| part.words.as_str()).collect();
        let weaker = Some(words.join(" and "));
        Some(ShownRun { weaker, ..of_finding(system, group.run.as_deref()?)? })
    });
    alone.chain(groups).collect()
}

fn broken(outcome: &Sampled) -> Option<&Trace> {
    match outcome {
        Sampled::Broken(broken) => broken.shown(),
        Sampled::Unbroken { .. } | Sampled::Unwatched { .. } => None,
    }
}

fn of_finding<'r>(system: &'r str, finding: &'r Finding) -> Option<ShownRun<'r>> {
    let (shows, trace) = of_verdict(&finding.verdict)?;
    Some(ShownRun::new(system, &finding.name, shows, trace))
}

fn of_verdict(verdict: &Verdict) -> Option<(&'static str, &Trace)> {
    match verdict {
        Verdict::Violated { trace, .. } => Some(("violated", trace)),
        Verdict::Witnessed { trace } => Some(("found", trace)),
        Verdict::Failed { trace, .. } => trace.as_ref().map(|trace| ("failed", &**trace)),
        Verdict::Holds { .. }
        | Verdict::HoldsWithinBound { .. }
        | Verdict::Vacuous { .. }
        | Verdict::Incomplete { .. }
        | Verdict::NotChecked { .. } => None,
    }
}
