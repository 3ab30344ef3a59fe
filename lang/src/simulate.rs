//! Simulation: random runs of a model on a virtual clock. What breaks, how long repair takes, how much of the time
//! something drifts.
//!
//! Enters: a program, its obligations, a [`Plan`]. Leaves: a [`Simulated`]: what was counted, and a short run for each
//! thing that broke. A run is a path of the same compiled model that is explored; nothing here knows what a step does.
//! The same plan gives the same result for any number of threads and on any machine.
//! That nothing broke on random runs is no proof: what is said of it is how seldom it can be.

use crate::analysis::program::{Expr, ExprKind, Program};
use crate::concepts::{ConceptKind, Topic};
use crate::diag::Diagnostic;
use crate::engine::machine::{Machine, Trap, Word};
use crate::engine::{Limits, Path};
use crate::model::run::native::Execution;
use crate::model::{BuildOptions, Model};
use crate::obligations::property::{Property, PropertyKind};
use actors::Cast;
use measure::{First, Measure};
use plan::Plan;
use run::{Judging, Run, Stage};
use std::sync::Arc;

pub(crate) mod actors;
mod flights;
pub mod measure;
pub mod plan;
mod random;
mod run;
mod shrink;
mod tally;
mod workers;

/// How far a simulation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whatever the clock stopped at, so far.
    pub events: u64,
    /// Runs that came to their end.
    pub runs_done: u64,
    /// All that are to be taken.
    pub runs: u64,
}

/// Whom a simulation tells how far it is, from any of its threads.
pub trait Observer: Sync {
    /// Called every few milliseconds.
    fn simulated(&self, progress: &Progress);

    /// True as soon as it should end with the runs that it has.
    fn cancelled(&self) -> bool;
}

/// What a simulation found.
#[derive(Debug)]
pub struct Simulated {
    /// What was run.
    pub model: Arc<Model>,
    /// What was counted. Properties of members come first, in their order; behind them those of drifts.
    pub measure: Measure,
    /// How many properties of members there are.
    pub members: usize,
    /// Which of them were judged.
    pub judged: Vec<bool>,
    /// A run for each of them that was broken on some run, unless somebody cancelled before it was made short.
    pub broken: Vec<Option<Shown>>,
    /// A run to a step or a condition that has no value.
    pub trapped: Option<(Shown, Trap, Option<u32>)>,
    /// Not all of the states in which runs may begin: the first so many.
    pub beginnings_capped: Option<usize>,
    /// It was ended before all runs were taken.
    pub cancelled: bool,
}

/// A run that is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// As it happened first, of the runs with the fewest faults and steps until then.
    pub first: First,
    /// The same, with what is not needed left out.
    pub path: Path,
    /// The model that the path is one of.
    pub model: Arc<Model>,
    /// No run has fewer faults, and none with as many has fewer steps.
    pub shortest: bool,
}

/// States that a run may begin in: more are not told apart.
const BEGINNINGS: usize = 1 << 16;

/// Takes the runs of a plan. `properties`: obligations of `program`. Errors: sizes; nothing where there is no state to
/// begin in.
pub fn simulate(
    program: &Program,
    properties: Vec<Property>,
    (options, plan): (&BuildOptions, &Plan),
    observer: &dyn Observer,
) -> Result<Option<Simulated>, Vec<Diagnostic>> {
    let members = properties.len();
    let (all, drifts) = with_drifts(program, properties.clone());
    let options = BuildOptions { faults: plan.budget(), symmetry_off: true, ..options.clone() };
    let model = Arc::new(Model::build(program, all, &options)?);
    let mut scratch = model.scratch();
    let (beginnings, trapped) = match model.beginnings(&mut scratch, BEGINNINGS) {
        Ok(found) => (found, None),
        Err(trap) => (Vec::new(), Some(trap)),
    };
    let judging = Judging::of(&model, members, drifts);
    let judged = (0..members).map(|p| judging.states.contains(&p) || judging.steps.contains(&p)).collect();
    let empty = Measure::new(model.instances().len(), model.property_list().len(), judging.drifts.len());
    let mut simulated = Simulated {
        measure: empty,
        members,
        judged,
        broken: vec![None; members],
        trapped: None,
        beginnings_capped: (beginnings.len() == BEGINNINGS).then_some(BEGINNINGS),
        cancelled: false,
        model: Arc::clone(&model),
    };
    if beginnings.is_empty() {
        let Some(trap) = trapped else { return Ok(None) };
        let first = First { faults: 0, steps: 0, run: 0, time: 0 };
        let init: Box<[Word]> = vec![0; model.words()].into();
        let path = Path { init, steps: Vec::new(), loop_start: None };
        simulated.trapped = Some((Shown { first, path, model, shortest: true }, trap, None));
        return Ok(Some(simulated));
    }
    if options.execution == Execution::Native {
        model.hurry();
    }
    let cast = Cast::new(&model, plan);
    let stage = Stage { model: &model, plan, cast: &cast, judging: &judging, beginnings: &beginnings };
    simulated.measure = workers::all(stage, observer);
    simulated.cancelled = simulated.measure.runs < plan.runs;
    let shrinker = shrink::Shrinker { stage, program, options: &options, observer };
    for (index, property) in properties.iter().enumerate() {
        if let Some(first) = simulated.measure.broken[index].least {
            simulated.broken[index] = shrinker.shown(&model, property, (index, first));
        }
    }
    if let Some(first) = simulated.measure.trapped.least {
        simulated.trapped = shrinker.trapped(&model, first);
    }
    Ok(Some(simulated))
}

/// Behind the properties of members, for each reconciler that says what drift is, that there is none.
fn with_drifts(program: &Program, mut properties: Vec<Property>) -> (Vec<Property>, Vec<Option<usize>>) {
    let mut drifts = Vec::new();
    for (member, reconciler) in program.reconcilers.iter().enumerate() {
        let Some(drift) = &reconciler.drift else {
            drifts.push(None);
            continue;
        };
        drifts.push(Some(properties.len()));
        let (span, ty) = (drift.span, drift.ty);
        properties.push(Property {
            concept: ConceptKind::Reconciler,
            member,
            words: String::new(),
            topic: Topic::Other,
            span,
            kind: PropertyKind::State(Expr { kind: ExprKind::Not(Box::new(drift.clone())), ty, span }),
            watched_by: None,
            otherwise: None,
            probes: Vec::new(),
            worlds: Vec::new(),
            notes: Vec::new(),
            doubts: Vec::new(),
        });
    }
    (properties, drifts)
}

/// Caps of the exhaustive search for a run that is shorter than what was found at random.
fn search(depth: u32) -> Limits {
    Limits { depth: Some(depth), states: Some(1 << 18), stop_when_decided: true, ..Limits::default() }
}

/// A run that is taken once more, so many of its first steps kept; `None`: somebody cancelled.
fn again<'s>(stage: Stage<'s>, (number, most): (u64, u64), observer: &dyn Observer) -> Option<Run<'s>> {
    let mut run = Run::new(stage);
    run.tally.path = Some((Vec::new(), usize::try_from(most).unwrap_or(usize::MAX)));
    run.take(number, &|_| !observer.cancelled()).then_some(run)
}
