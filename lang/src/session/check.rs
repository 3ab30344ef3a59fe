//! `check`: every obligation of a system, judged over every run.
//!
//! Enters: a typed program and the options of the check. Leaves: a report with a verdict for each member. What was not
//! explored, not decided or not asked never reads as holding.

use super::trace::{text, trace};
use super::{Context, Run, Stop};
use crate::analysis::program::Program;
use crate::diag::Diagnostic;
use crate::diag::codes::check as checks;
use crate::diag::codes::session as codes;
use crate::engine::{CheckpointTo, Exploration, Limits, Path, Stop as Ended, explore, shared};
use crate::mapping::{self, Evidence};
use crate::model::{BuildOptions, Model};
use crate::obligations::property::Property;
use crate::obligations::repetitions;
use crate::report::{
    AuditReport, CheckReport, Coverage, Expectation, Finding, SimulationReport, Trace, Verdict,
};
use crate::span::{Sources, Span};
use crate::syntax::tree::CheckOption;
use judged::{Judged, Judgement, judged};
use options::{Setup, setup, subject};
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

mod findings;
mod further;
mod judged;
pub mod options;
pub(in crate::session) mod passed;
mod profile;
mod reductions;
mod refined;
mod unused;
mod verdicts;

pub use unused::called;

/// A model that was explored, and what was found.
pub struct Explored<'s> {
    /// What was explored.
    pub model: Arc<Model>,
    /// What was found.
    pub exploration: Exploration,
    /// The texts that spans point into.
    pub sources: &'s Sources,
}

/// Builds a model and explores it. Errors: sizes; no initial state (`E0504`), of which anything would hold.
pub fn explored<'s>(
    program: &Program,
    properties: Vec<Property>,
    (build, limits): (&BuildOptions, &Limits),
    context: &mut Context<'s>,
) -> Result<Explored<'s>, Stop> {
    let model = Model::build(program, properties, build).map_err(Stop::Diagnostics)?;
    explored_model(model, limits, context)
}

/// The same of a model that has been built, with the other processes where there are some.
fn explored_model<'s>(
    model: Model,
    limits: &Limits,
    context: &mut Context<'s>,
) -> Result<Explored<'s>, Stop> {
    let model = Arc::new(model);
    let alike = || alike(&model, context.sources.texts());
    // A page is alone and has no disk: what is for others would only make it heavier.
    let (checkpoint, peers) = match cfg!(target_family = "wasm") {
        true => (None, None),
        false => (context.host.checkpoint(), context.host.peers()),
    };
    let checkpoint = checkpoint.map(|to| CheckpointTo { to, alike: alike() });
    let limits = &Limits { checkpoint, ..limits.clone() };
    let exploration = match peers {
        None => explore(&*model, limits, context.host),
        Some(peers) => shared::explore(&*model, limits, context.host, (peers, alike())),
    };
    match exploration.stopped {
        Some(Ended::Reducible) => Err(reducible(model.program().span)),
        _ => Explored::of(model, exploration, context),
    }
}

/// A number that processes have in common where the texts are the same, and what is explored of them.
fn alike<'t>(model: &Model, texts: impl Iterator<Item = &'t str>) -> u64 {
    let mut hasher = FxHasher::default();
    model.identity().hash(&mut hasher);
    texts.for_each(|text| text.hash(&mut hasher));
    hasher.finish()
}

/// One machine would begin again and report other counts.
fn reducible(span: Span) -> Stop {
    let words = "one machine would explore this with partial order, which a search on several does not";
    let help =
        "write `reductions off` among the options: all states are then explored, here and on one machine";
    Stop::Diagnostics(vec![Diagnostic::error(checks::SHARED, span, words).help(help)])
}

/// Where nothing was looked at, nothing is said.
pub fn no_initial_state(span: Span) -> Stop {
    let words = "the system has no initial state: its `init` is never true, or an initial value has none to choose from";
    Stop::Diagnostics(vec![Diagnostic::error(codes::NO_VALUE, span, words)])
}

/// Judges every member, or those that the options name.
pub fn check(
    program: &Program,
    options: &[CheckOption],
    context: &mut Context<'_>,
) -> Result<CheckReport, Stop> {
    let mut program = program.clone();
    let setup = setup(&mut program, options, context.host).map_err(Stop::Diagnostics)?;
    setup.without_answer().map_err(Stop::Diagnostics)?;
    let judged = judged(&program, &|_| Vec::new(), &setup, context)?;
    let mut report = report(&judged, &setup, &judged.judgements);
    report.further =
        setup.traces.map(|(asked, _)| further::further(&judged, asked, &setup.limits, context.host));
    report.profile = setup.profile.map(|_| profile::profile(&judged.main, &setup.limits, context.host));
    context.run = judged.run(report.pictured().map(|i| report.findings[i].name.as_str()));
    Ok(report)
}

/// What is found of every member, or of those that are asked for, and how far that goes.
pub fn found(
    program: &Program,
    setup: &Setup,
    context: &mut Context<'_>,
) -> Result<(Vec<Finding>, Coverage), Stop> {
    let judged = judged(program, &|_| Vec::new(), setup, context)?;
    Ok((findings::findings(&judged.main, &judged.judgements), judged.coverage()))
}

/// Judges every member and asks the eight questions.
pub fn audit(
    program: &Program,
    options: &[CheckOption],
    simulated: Option<&SimulationReport>,
    context: &mut Context<'_>,
) -> Result<AuditReport, Stop> {
    let mut executed = program.clone();
    let setup = setup(&mut executed, options, context.host).map_err(Stop::Diagnostics)?;
    setup.only_answers().map_err(Stop::Diagnostics)?;
    let judged = judged(&executed, &repetitions, &setup, context)?;
    let asked = judged.judgements.len() - repetitions(&executed).len();
    let report = report(&judged, &setup, &judged.judgements[..asked]);
    let tried = judged.judgements[asked..].iter();
    let repetitions: Vec<_> = tried.map(|j| (j.property.member, findings::obligation(j))).collect();
    let same = |simulated: &&SimulationReport| {
        let (simulated, checked) = (&simulated.subject, &report.subject);
        (&simulated.system, &simulated.params) == (&checked.system, &checked.params)
    };
    let simulated = simulated.filter(same);
    let evidence = Evidence { check: Some(&report), repetitions: &repetitions, simulated };
    let mut answered = mapping::audit(program, evidence, context.sources);
    // Where nothing could be checked, how far it went says nothing.
    if report.findings.iter().all(|f| matches!(f.verdict, Verdict::NotChecked { .. })) {
        answered.coverage = None;
    }
    Ok(answered)
}

fn report(judged: &Judged<'_>, setup: &Setup, judgements: &[Judgement]) -> CheckReport {
    let explored = &judged.main;
    let program = explored.model.program();
    let findings = findings::findings(explored, judgements);
    let sound = findings.iter().all(|f| !is_bad(&f.verdict));
    let expected = setup.expected.iter();
    CheckReport {
        subject: subject(program, &setup.build),
        coverage: judged.coverage(),
        expectations: expected.map(|e| Expectation::judged(e.clone(), &findings)).collect(),
        sample: explored.sample().filter(|_| sound),
        unused: unused::unused(explored),
        further: None,
        profile: None,
        findings,
    }
}

/// Something is wrong, rather than open.
pub(super) fn is_bad(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Violated { .. } | Verdict::Failed { .. })
}

impl<'s> Explored<'s> {
    /// A model with what was found of it. Errors: no initial state.
    pub fn of(model: Arc<Model>, exploration: Exploration, context: &mut Context<'s>) -> Result<Self, Stop> {
        for warning in reductions::warnings(&model) {
            // Several commands of a cell may explore one system.
            let again = |known: &Diagnostic| (known.code, known.span) == (warning.code, warning.span);
            if !context.warnings.iter().any(again) {
                context.warnings.push(warning);
            }
        }
        let looked = exploration.states_distinct > 0 || !exploration.traps.is_empty();
        if !looked && exploration.stopped.is_none() {
            return Err(no_initial_state(model.program().span));
        }
        Ok(Explored { model, exploration, sources: context.sources })
    }
}

impl Explored<'_> {
    /// How far the exploration went.
    pub fn coverage(&self) -> Coverage {
        let found = &self.exploration;
        Coverage {
            states_generated: found.states_generated,
            states_distinct: found.states_distinct,
            states_watching: found.states_watching,
            depth: found.depth,
            states_left: found.states_left,
            states_cut: found.states_cut,
            bounds: self.bounds(),
            // With the answer that was asked for it is not incomplete.
            incomplete: found.stopped.filter(|why| *why != Ended::Decided).map(verdicts::stop),
            collision_probability: found.collision_probability,
            reductions: reductions::words(&self.model, found),
            partitions: None,
        }
    }

    /// The author's bounds as written.
    fn bounds(&self) -> Vec<String> {
        self.model.program().bounds.iter().map(|bound| text(self.sources, bound.span)).collect()
    }

    pub(super) fn sample(&self) -> Option<Trace> {
        let path = self.exploration.sample.as_ref().filter(|path| !path.steps.is_empty())?;
        Some(trace(&self.model, path))
    }

    /// To be looked at again; what has no first state cannot be.
    pub fn run_along(&self, path: &Path) -> Option<Run> {
        let begins = !path.init.is_empty();
        begins.then(|| Run { model: self.model.clone(), path: path.clone() })
    }

    /// The run that shows what is wrong with a property, or to what has no value.
    pub fn wrong(&self, property: usize) -> Option<Run> {
        let path = self.exploration.outcomes[property].path().or(self.path_without_value())?;
        self.run_along(path)
    }

    /// To the first step that has no value.
    fn path_without_value(&self) -> Option<&Path> {
        self.exploration.traps.first().map(|trapped| &trapped.path)
    }
}
