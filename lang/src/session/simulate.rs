//! `simulate`: random runs on a virtual clock.
//!
//! Enters: a typed program and the command. Leaves: a report: what broke on how many runs, how long repair takes. Nothing
//! of it says that anything holds.

use super::check::passed::between;
use super::check::{Explored, no_initial_state};
use super::{Context, Host, Run, Stop};
use crate::analysis::program::{ActionKind, Header, Program};
use crate::concepts::{ConceptKind, ExpectedVerdict, Fault};
use crate::diag::Diagnostic;
use crate::engine::machine::{Judged, Machine};
use crate::engine::{Exploration, Kind, Outcome, Trapped, Violation};
use crate::obligations::property::PropertyKind;
use crate::obligations::{Crashed, Wanted, Watch, wanted};
use crate::report::simulation::{BrokenOn, FoundOn, Sampled, SimulatedMember};
use crate::report::{BUILT_IN, Expectation, HAS_VALUES, Partitions, SimulationReport, Trace, Verdict};
use crate::simulate::measure::First;
use crate::simulate::{self as engine, Shown, Simulated};
use crate::span::Sources;
use crate::syntax::tree;
pub use options::Command;
use options::{Asked, asked};
use std::sync::Arc;

mod options;
mod told;

/// What is wrong with the command, without a run.
pub fn problems(program: &mut Program, command: Command<'_>, host: &dyn Host) -> Vec<Diagnostic> {
    asked(program, command, host).err().unwrap_or_default()
}

/// Tells the host how far a simulation is.
struct Watched<'h>(&'h dyn Host);

impl engine::Observer for Watched<'_> {
    fn simulated(&self, progress: &engine::Progress) {
        self.0.simulated(progress);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// `simulate TARGET for 60s[, runs N][, seed N] [{ option… }]`
pub fn simulate(
    program: &Program,
    command: Command<'_>,
    context: &mut Context<'_>,
) -> Result<SimulationReport, Stop> {
    let mut program = program.clone();
    let asked = asked(&mut program, command, context.host).map_err(Stop::Diagnostics)?;
    let original = program.clone();
    let crashed = Crashed::of(&asked.plan.budget());
    let properties =
        wanted(&mut program, Wanted { members: &asked.setup.only, watch: Watch::OneRun, crashed });
    let how = (&asked.setup.build, &asked.plan);
    let found = engine::simulate(&program, properties, how, &Watched(context.host));
    let Some(found) = found.map_err(Stop::Diagnostics)? else { return Err(no_initial_state(program.span)) };
    let teller = Teller { found: &found, asked: &asked, sources: context.sources };
    let report = teller.report(&original);
    context.run = report.pictured().and_then(|(member, _)| teller.run_of(member));
    Ok(report)
}

/// Words what a simulation found.
struct Teller<'a> {
    found: &'a Simulated,
    asked: &'a Asked,
    sources: &'a Sources,
}

/// The interval in which a share lies with a confidence of 95 %, from a number of cases out of a number of trials
/// (Wilson 1927).
fn interval(cases: u64, trials: u64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if trials == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (trials as f64, cases as f64 / trials as f64);
    let (middle, width) = (p + Z * Z / (2.0 * n), Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt());
    let scale = 1.0 + Z * Z / n;
    let (low, high) = ((middle - width) / scale, (middle + width) / scale);
    // Rounding leaves a little less than nothing.
    (if cases == 0 { 0.0 } else { low.max(0.0) }, if cases == trials { 1.0 } else { high.min(1.0) })
}

impl Teller<'_> {
    fn report(&self, program: &Program) -> SimulationReport {
        let Teller { found, asked, .. } = *self;
        let measure = &found.measure;
        let members = self.members();
        let broken = |name: &str| {
            let known = members.iter().find(|member| member.name == name)?;
            Some(match &known.outcome {
                Sampled::Broken(_) => Ok(()),
                Sampled::Unbroken { .. } => Err(format!("broken in none of {} runs", measure.runs)),
                Sampled::Unwatched { why } => Err(format!("not watched, {why}")),
            })
        };
        let expected = asked.setup.expected.iter();
        let answer = |e: &tree::Expectation| {
            let about = |name: &str| e.names.is_empty() || e.names.iter().any(|n| n.text == name);
            let broken = members.iter().filter(|m| matches!(m.outcome, Sampled::Broken(_)) && about(&m.name));
            let names: Vec<&str> = broken.map(|m| m.name.as_str()).collect();
            if names.is_empty() {
                "nothing breaks".to_string()
            } else {
                format!("violated {}", names.join(", "))
            }
        };
        let expectations = expected
            .map(|e| match e.verdict {
                ExpectedVerdict::Asked => Expectation::of_the_reader(e.clone(), answer(e)),
                _ => Expectation::sampled(e.clone(), &broken, measure.trapped.runs),
            })
            .collect();
        SimulationReport {
            subject: super::check::options::subject(program, &asked.setup.build),
            length: asked.plan.length,
            runs: measure.runs,
            asked: asked.plan.runs,
            seed: asked.plan.seed,
            faults: asked.plan.faults.iter().map(|happens| told::happens(happens, program)).collect(),
            assumed: self.assumed(program),
            incomplete: self.incomplete(),
            events: measure.events,
            steps: measure.steps,
            faults_taken: measure.faults,
            messages: measure.sent,
            notes: self.notes(program),
            repairs: self.repairs(),
            taken: self.taken(),
            expectations,
            members,
        }
    }

    fn incomplete(&self) -> Option<String> {
        let Simulated { measure, beginnings_capped, cancelled, .. } = self.found;
        let told = [
            cancelled.then(|| format!("interrupted after {} of {} runs", measure.runs, self.asked.plan.runs)),
            beginnings_capped.map(|most| format!("runs begin in the first {most} initial states only")),
        ];
        let told: Vec<String> = told.into_iter().flatten().collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// Member by member; a step without a value comes first.
    fn members(&self) -> Vec<SimulatedMember> {
        let properties = &self.found.model.property_list()[..self.found.members];
        let of = |index: usize| (properties[index].concept, properties[index].member);
        let all: Vec<usize> = (0..properties.len()).collect();
        let members = all.chunk_by(|a, b| of(*a) == of(*b)).map(|own| {
            let (concept, member) = of(own[0]);
            self.member(self.found.model.program().header(concept, member), own)
        });
        self.no_value().into_iter().chain(members).collect()
    }

    fn member(&self, header: &Header, own: &[usize]) -> SimulatedMember {
        let Simulated { judged, measure, .. } = self.found;
        let watched: Vec<usize> = own.iter().copied().filter(|p| judged[*p]).collect();
        // Of several that were broken as often, the first.
        let worst = watched.iter().copied().rev().max_by_key(|p| measure.broken[*p].runs);
        let outcome = match worst {
            Some(property) if measure.broken[property].runs > 0 => self.broken(property),
            Some(_) => Sampled::Unbroken {
                words: match watched.len() == own.len() {
                    true => Vec::new(),
                    false => watched.iter().map(|p| self.words(*p)).collect(),
                },
                // A run that ended early says nothing of what would have come.
                at_most: interval(0, measure.runs - measure.trapped.runs).1,
            },
            None => Sampled::Unwatched { why: self.unwatched(header, own) },
        };
        SimulatedMember {
            concept: header.concept,
            name: header.name.clone(),
            types: header.types.iter().map(|ty| ty.word().to_string()).collect(),
            sentence: header.sentence.clone(),
            span: header.span,
            outcome,
            unwatched: own.len() - watched.len(),
            obligations: own.len(),
        }
    }

    fn words(&self, property: usize) -> String {
        self.found.model.property_list()[property].words.clone()
    }

    /// Why nothing of a member is watched.
    fn unwatched(&self, header: &Header, own: &[usize]) -> String {
        let not_checked = own.iter().find_map(|p| match &self.found.model.property_list()[*p].kind {
            PropertyKind::NotChecked(why) => Some(why.clone()),
            _ => None,
        });
        match (header.concept, not_checked) {
            (ConceptKind::Reconciler, None) => {
                "see how long repair takes; `check` judges that it always ends".to_string()
            }
            (_, Some(why)) => why,
            (_, None) => "is about whole runs: `check` judges it".to_string(),
        }
    }

    fn broken(&self, property: usize) -> Sampled {
        let Simulated { measure, broken, .. } = self.found;
        let breaks = &measure.broken[property];
        let (why, trace) = match broken[property].as_ref().map(|shown| self.verdict(property, shown)) {
            Some(Verdict::Violated { why, trace, .. }) => (why, *trace),
            _ => ("interrupted before a run was made short".to_string(), Trace::default()),
        };
        Sampled::Broken(Box::new(BrokenOn {
            words: self.words(property),
            runs: breaks.runs,
            share: breaks.runs as f64 / measure.runs.max(1) as f64,
            interval: interval(breaks.runs, measure.runs),
            first: breaks.times.shortest(),
            median: breaks.times.percentile(50.0),
            found: found_on(breaks.least.unwrap_or_default()),
            why,
            trace,
            shortest: broken[property].as_ref().is_some_and(|shown| shown.shortest),
        }))
    }

    /// The verdict that a check would give with this run.
    fn verdict(&self, property: usize, shown: &Shown) -> Verdict {
        // The search for a shorter run has a model with this property alone.
        let index = if shown.shortest { 0 } else { property };
        let kind = match self.found.model.properties()[property] {
            Judged::Step => Kind::Step,
            _ => Kind::State,
        };
        let violation = Violation { path: shown.path.clone(), kind, other: None };
        let mut outcomes = vec![Outcome::Settled; index];
        outcomes.push(Outcome::Violated(Box::new(violation)));
        self.explored(shown, outcomes).verdict(index)
    }

    fn explored(&self, shown: &Shown, outcomes: Vec<Outcome>) -> Explored<'_> {
        let exploration = Exploration::of(outcomes);
        Explored { model: Arc::clone(&shown.model), exploration, sources: self.sources }
    }

    /// Steps and conditions without a value, which end a run.
    fn no_value(&self) -> Option<SimulatedMember> {
        let Simulated { trapped, measure, .. } = self.found;
        let (shown, trap, instance) = trapped.as_ref()?;
        let trapped = Trapped { trap: *trap, path: shown.path.clone(), instance: *instance };
        let verdict = self.explored(shown, Vec::new()).failed(&trapped);
        let Verdict::Failed { why, help, code, span, trace } = verdict else { return None };
        let help = help.map_or(String::new(), |help| format!(" ({help})"));
        let breaks = &measure.trapped;
        let runs = breaks.runs.max(1);
        let outcome = Sampled::Broken(Box::new(BrokenOn {
            words: why.clone(),
            runs,
            share: runs as f64 / measure.runs.max(1) as f64,
            interval: interval(runs, measure.runs.max(1)),
            first: breaks.times.shortest(),
            median: breaks.times.percentile(50.0),
            found: found_on(shown.first),
            why: format!("{code}: {why}{help}"),
            trace: trace.map(|trace| *trace).unwrap_or_default(),
            shortest: shown.shortest,
        }));
        Some(SimulatedMember {
            concept: ConceptKind::Invariant,
            name: HAS_VALUES.to_string(),
            types: vec![BUILT_IN.to_string()],
            sentence: None,
            span,
            outcome,
            unwatched: 0,
            obligations: 1,
        })
    }

    /// The run that is shown of a member, with its states.
    fn run_of(&self, member: &SimulatedMember) -> Option<Run> {
        let Sampled::Broken(broken) = &member.outcome else { return None };
        let same = |shown: &&Shown| {
            shown.first.run + 1 == broken.found.run && shown.path.steps.len() == broken.trace.length()
        };
        let shown = match member.name == HAS_VALUES {
            true => &self.found.trapped.as_ref()?.0,
            false => self.found.broken.iter().flatten().find(same)?,
        };
        self.explored(shown, Vec::new()).run_along(&shown.path)
    }

    /// What goes through partitions, or that they change nothing.
    fn partitions(&self, program: &Program) -> Vec<String> {
        let Simulated { model, measure, .. } = self.found;
        let Some(found) = between(program, model, &|i| measure.taken[i] > 0) else { return Vec::new() };
        let idle = found.idle.then(|| Partitions::IDLE.to_string());
        let passed = found.passed_by.iter();
        let passed = passed.map(|p| format!("{}: {p}: {}", Partitions::PASSED_BY, p.touches.join(", ")));
        idle.into_iter().chain(passed).collect()
    }

    /// What cannot be told from the numbers.
    fn notes(&self, program: &Program) -> Vec<String> {
        let measure = &self.found.measure;
        let mut notes = Vec::new();
        if measure.trapped.runs > 0 {
            let ended = measure.trapped.runs;
            notes.push(format!(
                "runs that ended early, at a step without a value: {ended} of {}",
                measure.runs
            ));
        }
        if measure.cut > 0 {
            notes.push(format!("ways that were not gone because a bound cuts there: {}", measure.cut));
        }
        if measure.late_ticks > 0 {
            notes.push(format!(
                "ticks that waited in vain for what has to be done before: {}",
                measure.late_ticks
            ));
        }
        if measure.unmissed > 0 {
            notes.push(format!(
                "ticks that clocks should have missed and did not, because one node misses a tick at a time: {}",
                measure.unmissed
            ));
        }
        if self.asked.plan.faults.iter().any(|happens| happens.fault == Fault::Partition) {
            notes.extend(self.partitions(program));
        }
        let happened = |fault| {
            let all = self.found.model.instance_list().iter().zip(&measure.taken);
            all.filter(|(instance, _)| instance.fault() == Some(fault)).any(|(_, times)| *times > 0)
        };
        for happens in &self.asked.plan.faults {
            let counted =
                !happens.fault.is_recovery() && !matches!(happens.how, crate::simulate::plan::How::By(_));
            if counted && !happened(happens.fault) {
                notes.push(format!("{} never happened", happens.fault.word()));
            }
        }
        notes
    }
}

fn found_on(first: First) -> FoundOn {
    FoundOn { run: first.run + 1, time: first.time, steps: first.steps, faults: first.faults }
}

/// Whether time goes by in a system.
fn has_ticks(program: &Program) -> bool {
    program.actions.iter().any(|action| matches!(action.kind, ActionKind::Tick))
}
