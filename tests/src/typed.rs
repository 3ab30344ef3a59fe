//! What is printed can be typed: the lines of a trace, as a scenario of the same system.
//!
//! Enters: a report, and the session after its cell. Leaves: what went otherwise when the lines were played.

use reconverge_lang::report::simulation::Sampled;
use reconverge_lang::report::{BUILT_IN, LineOutcome, Report, ScenarioReport, Subject, Trace, Verdict};
use reconverge_lang::session::{CellRef, Host, Outcome, Session};

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

/// The traces of a report that lines can lead along: no line makes a run begin in a state that is no initial one.
pub fn shown(report: &Report) -> Vec<Shown<'_>> {
    let of = |subject, verdict| {
        let trapped = matches!(verdict, &Verdict::Failed { .. });
        trace_of(verdict).map(|trace| Shown { subject, trace, trapped })
    };
    let alone = |subject, trace| Shown { subject, trace, trapped: false };
    let mut all: Vec<Shown<'_>> = match report {
        Report::Check(check) => {
            let bad = check.findings.iter().filter_map(|f| of(&check.subject, &f.verdict));
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
    all.retain(|shown| shown.trace.length() > 0);
    all
}

impl Shown<'_> {
    /// The lines as a scenario.
    pub fn script(&self) -> String {
        let Shown { subject, trace, .. } = self;
        let params: Vec<String> =
            subject.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let params = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
        let lines: Vec<String> = trace.lines().iter().map(|line| format!("  {line}\n")).collect();
        format!("scenario \"typed\" on {}{params} {{\n{}}}\n", subject.system, lines.concat())
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
                LineOutcome::Passed { .. } => None,
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
