//! Every obligation with its verdict, from one exploration or from two.
//!
//! Enters: a typed program, whose obligations are wanted, how it is to be explored. Leaves: explorations, and for each
//! obligation the verdict and which of them gave it.
//! Watched runs multiply the states. What is judged on runs without end needs the graph of all states and keeps apart
//! members that are interchangeable for everything else; so where there is both, each is explored for itself.

use super::{Explored, Setup, explored, is_bad, passed};
use crate::analysis::program::Program;
use crate::obligations::property::Property;
use crate::obligations::{Crashed, Wanted, Watch, wanted};
use crate::report::{Coverage, HAS_VALUES, Partitions, Verdict};
use crate::session::{Context, Run, Stop};

/// Which exploration judged an obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The model, and where there is no other the watched runs too.
    Main,
    Watched,
}

/// An obligation with what was found.
#[derive(Debug)]
pub(super) struct Judgement {
    pub property: Property,
    pub verdict: Verdict,
    pub by: By,
    /// In its exploration.
    pub index: usize,
}

pub(super) struct Judged<'s> {
    pub main: Explored<'s>,
    watched: Option<Explored<'s>>,
    partitions: Option<Partitions>,
    /// In the order of the members.
    pub judgements: Vec<Judgement>,
}

/// What one exploration judges.
struct Task {
    program: Program,
    properties: Vec<Property>,
}

/// What is to be judged, and by which exploration.
struct Plan {
    main: Task,
    watched: Option<Task>,
    /// For each obligation the exploration, and its number there.
    places: Vec<(By, usize)>,
}

/// Explores and judges. `more`: what else is asked of the program, after its obligations.
pub(super) fn judged<'s>(
    program: &Program,
    more: &dyn Fn(&Program) -> Vec<Property>,
    setup: &Setup,
    context: &mut Context<'s>,
) -> Result<Judged<'s>, Stop> {
    let Plan { main, watched, places } = plan(program, more, setup);
    let how = (&setup.build, &setup.limits);
    let main = explored(&main.program, main.properties, how, context)?;
    let watched = match watched {
        Some(Task { program, properties }) => Some(explored(&program, properties, how, context)?),
        None => None,
    };
    let partitions = passed::partitions(program, &main);
    let mut judged = Judged { main, watched, partitions, judgements: Vec::new() };
    for (by, index) in places {
        let from = judged.from(by);
        let (property, verdict) = (from.model.property_list()[index].clone(), from.verdict(index));
        judged.judgements.push(Judgement { property, verdict, by, index });
    }
    Ok(judged)
}

impl<'s> Judged<'s> {
    pub(super) fn from(&self, by: By) -> &Explored<'s> {
        match (by, &self.watched) {
            (By::Watched, Some(watched)) => watched,
            (By::Main | By::Watched, _) => &self.main,
        }
    }

    /// How far the exploration of the model went, and how many states watched a run.
    pub(super) fn coverage(&self) -> Coverage {
        let watching = self.watched.as_ref().map_or(0, |watched| watched.exploration.states_watching);
        let coverage = self.main.coverage();
        let states_watching = coverage.states_watching + watching;
        Coverage { states_watching, partitions: self.partitions.clone(), ..coverage }
    }

    /// The run along which expressions are evaluated afterwards: the one that is drawn, of the member `drawn`, else the
    /// sample.
    pub(super) fn run(&self, drawn: Option<&str>) -> Option<Run> {
        let program = self.main.model.program();
        let name = |j: &Judgement| program.header(j.property.concept, j.property.member).name.as_str();
        let bad = self.judgements.iter().filter(|judgement| is_bad(&judgement.verdict));
        let paths = bad.filter_map(|judgement| {
            let from = self.from(judgement.by);
            let path = from.exploration.outcomes[judgement.index].path()?;
            Some((drawn != Some(name(judgement)), path.steps.len(), from, path))
        });
        let untaken = self.main.path_without_value();
        let untaken = untaken.map(|path| (drawn != Some(HAS_VALUES), path.steps.len(), &self.main, path));
        let first = paths.chain(untaken).min_by_key(|(other, steps, ..)| (*other, *steps));
        let first = first.map(|(.., from, path)| (from, path));
        let sample = || self.main.exploration.sample.as_ref().map(|path| (&self.main, path));
        first.or_else(sample).and_then(|(from, path)| from.run_along(path))
    }
}

fn plan(program: &Program, more: &dyn Fn(&Program) -> Vec<Property>, setup: &Setup) -> Plan {
    let mut whole = program.clone();
    let mut all = wanted(
        &mut whole,
        Wanted { members: &setup.only, watch: Watch::Runs, crashed: Crashed::of(&setup.build.faults) },
    );
    if all.iter().any(|p| p.watched_by.is_some()) && all.iter().any(|p| p.kind.is_lasting()) {
        return apart(program, Task { program: whole, properties: all }, more, setup);
    }
    let more = more(&whole);
    all.extend(more);
    let places = (0..all.len()).map(|i| (By::Main, i)).collect();
    Plan { main: Task { program: whole, properties: all }, watched: None, places }
}

/// Two explorations.
fn apart(program: &Program, whole: Task, more: &dyn Fn(&Program) -> Vec<Property>, setup: &Setup) -> Plan {
    let mut plain = program.clone();
    let mut rest =
        wanted(&mut plain, Wanted { members: &setup.only, watch: Watch::Nothing, ..Wanted::default() });
    // An obligation is told by its member, its words and what makes it vacuous; what only the watched program has, were
    // it a probe, goes with what is watched.
    let mut taken = vec![false; rest.len()];
    let (mut places, mut watched) = (Vec::new(), Vec::new());
    for property in whole.properties {
        let probes = |p: &Property| p.probes.iter().map(|probe| probe.words.clone()).collect::<Vec<_>>();
        let same = |p: &Property| {
            (p.concept, p.member, &p.words) == (property.concept, property.member, &property.words)
                && probes(p) == probes(&property)
        };
        match (0..rest.len()).find(|i| property.watched_by.is_none() && !taken[*i] && same(&rest[*i])) {
            Some(index) => {
                taken[index] = true;
                places.push((By::Main, index));
            }
            None => {
                places.push((By::Watched, watched.len()));
                watched.push(property);
            }
        }
    }
    let more = more(&plain);
    places.extend((rest.len()..rest.len() + more.len()).map(|i| (By::Main, i)));
    rest.extend(more);
    let watched = Task { program: whole.program, properties: watched };
    Plan { main: Task { program: plain, properties: rest }, watched: Some(watched), places }
}
