//! Runs that break a property in other ways than the shortest does.
//!
//! Enters: a machine, a property that is judged on states or steps, and what tells two runs apart. Leaves: for each way to
//! break it the shortest run, broken by its last step and not before. The idea: the search once more, over a machine that
//! takes no step that breaks the property, so that every state found is reached by a run that has not broken it; the
//! steps that are not taken are the ends of what is looked for. A step that is not taken counts as one without a value,
//! which keeps the numbers of all others.

use super::conclude::Ended;
use super::exploration::{Kind, PathStep, Stop, Violation};
use super::live::Ticker;
use super::machine::{InstanceInfo, Judged, Machine, Step, StepClass, Successor, Trap, Word};
use super::search::{Aim, Search};
use super::steps::{Numbered, steps};
use super::store::Cursor;
use super::tally::Place;
use super::{Limits, Observer};
use std::collections::BTreeMap;

/// What tells two runs apart: of the last step's instance and the state after it. The same for all states of an orbit.
pub type Telling<'t, K> = &'t dyn Fn(u32, &[Word]) -> K;

/// A run that breaks the property.
#[derive(Debug, Clone)]
pub struct Differing<K> {
    /// What tells it from the others.
    pub key: K,
    /// Faults on it.
    pub faults: u32,
    /// The run.
    pub violation: Violation,
}

/// The shortest run of each kind (fewest faults, then fewest steps), in that order, at most `most`; and why there may be
/// others.
pub fn differing<M: Machine, K: Ord + Clone>(
    machine: &M,
    limits: &Limits,
    observer: &dyn Observer,
    (property, most): (usize, usize),
    key: Telling<'_, K>,
) -> (Vec<Differing<K>>, Option<Stop>) {
    let sound = Sound { machine, property };
    let limits = Limits { stop_when_decided: false, ..limits.clone() };
    let aim = Aim::Whole { until: None, due: None };
    Search::new(&sound, &limits, observer, aim).then(|ended| found(ended, observer, most, key))
}

/// Where a run ends: the state before its last step.
#[derive(Debug, Clone, Copy)]
struct End {
    state: u32,
    place: Place,
}

fn found<M: Machine, K: Ord + Clone>(
    ended: &Ended<'_, Sound<'_, M>>,
    observer: &dyn Observer,
    most: usize,
    key: Telling<'_, K>,
) -> (Vec<Differing<K>>, Option<Stop>) {
    let goes_on = || !observer.cancelled();
    let mut ticker = Ticker::new(&goes_on);
    let mut ends: BTreeMap<K, End> = BTreeMap::new();
    let mut stopped = ended.stopped();
    let (machine, states) = (ended.machine.machine, ended.store.states());
    let (mut scratch, mut judge, mut cursor) = (machine.scratch(), machine.scratch(), Cursor::default());
    for id in 0..states.len() {
        if ticker.tick(1).is_err() {
            stopped = Some(Stop::Interrupted);
            break;
        }
        let (state, level) = (cursor.state(states, id), ended.frontier.level_of(id));
        // What lies outside the bounds is not expanded, nor what is as deep as may be.
        let cut = ended.store.open().get(id) && machine.within_bounds(&mut judge, state) != Ok(true);
        if cut || ended.control.limits().depth.is_some_and(|limit| level.depth >= limit) {
            continue;
        }
        steps(machine, &mut scratch, state, |Numbered { position, instance, choice, result }| {
            let Ok(successor) = result else { return };
            let after = successor.state;
            if ended.machine.allows(&mut judge, Step { before: state, instance, choice, after }) {
                return;
            }
            let fault = machine.instances()[instance as usize].class == StepClass::Fault;
            let faults = level.faults + u32::from(fault);
            let place = Place { faults, depth: level.depth + 1, state: id, position };
            let end = End { state: id, place };
            let known = ends.entry(key(instance, after)).or_insert(end);
            if place < known.place {
                *known = end;
            }
        });
    }
    let mut ends: Vec<(K, End)> = ends.into_iter().collect();
    ends.sort_by_key(|(_, end)| end.place);
    let mut replay = ended.replay();
    let runs = ends.into_iter().take(most).filter_map(|(wanted, end)| {
        let mut path = replay.to(end.state).ok()?;
        let last = last(ended.machine, path.last(), &|instance, after| key(instance, after) == wanted)?;
        path.steps.push(last);
        let kind = match machine.properties()[ended.machine.property].in_states() {
            true => Kind::State,
            false => Kind::Step,
        };
        let (key, faults) = (wanted, end.place.faults);
        Some(Differing { key, faults, violation: Violation { path, kind, other: None } })
    });
    (runs.collect(), stopped)
}

/// The first step out of a state that breaks the property and is one of those wanted.
fn last<M: Machine>(
    sound: &Sound<'_, M>,
    before: &[Word],
    wanted: &dyn Fn(u32, &[Word]) -> bool,
) -> Option<PathStep> {
    let (mut scratch, mut judge) = (sound.machine.scratch(), sound.machine.scratch());
    let mut found: Option<PathStep> = None;
    steps(sound.machine, &mut scratch, before, |Numbered { instance, choice, result, .. }| {
        let (Ok(successor), None) = (result, &found) else { return };
        let after = successor.state;
        let breaks = !sound.allows(&mut judge, Step { before, instance, choice, after });
        if breaks && wanted(instance, after) {
            found = Some(PathStep { instance, choice, state: after.into() });
        }
    });
    found
}

/// A machine without the steps that break a property.
struct Sound<'m, M: Machine> {
    machine: &'m M,
    property: usize,
}

/// Of a step that is not taken.
const BREAKS: Trap = Trap { site: u32::MAX, operands: [0; 2] };

impl<M: Machine> Sound<'_, M> {
    /// Whether a step leaves the property as it is.
    fn allows(&self, judge: &mut M::Scratch, step: Step<'_>) -> bool {
        let Sound { machine, property } = self;
        let watched = machine.watcher(step.after) == machine.watcher_of(*property);
        let judged = machine.properties()[*property];
        let holds = match judged {
            _ if !watched => return true,
            _ if judged.in_states() => machine.state_holds(judge, *property, step.after),
            _ => machine.step_holds(judge, *property, step),
        };
        holds.unwrap_or(true)
    }
}

impl<M: Machine> Machine for Sound<'_, M> {
    type Scratch = (M::Scratch, M::Scratch);

    fn words(&self) -> usize {
        self.machine.words()
    }

    fn scratch(&self) -> Self::Scratch {
        (self.machine.scratch(), self.machine.scratch())
    }

    fn initial(&self, scratch: &mut Self::Scratch, visit: &mut dyn FnMut(Result<&[Word], Trap>) -> bool) {
        let Sound { machine, property } = self;
        let in_states = machine.properties()[*property].in_states();
        let (run, judge) = scratch;
        machine.initial(run, &mut |result| match result {
            Ok(state) if in_states && machine.state_holds(judge, *property, state) == Ok(false) => true,
            result => visit(result),
        });
    }

    fn expand<F>(&self, scratch: &mut Self::Scratch, state: &[Word], mut visit: F)
    where
        F: FnMut(u32, Result<Successor<'_>, Trap>),
    {
        let (run, judge) = scratch;
        let (mut latest, mut choice) = (u32::MAX, 0);
        self.machine.expand(run, state, |instance, result| {
            choice = if instance == latest { choice + 1 } else { 0 };
            latest = instance;
            let allowed = result.is_err()
                || result.is_ok_and(|successor| {
                    self.allows(judge, Step { before: state, instance, choice, after: successor.state })
                });
            visit(instance, if allowed { result } else { Err(BREAKS) });
        });
    }

    fn instances(&self) -> &[InstanceInfo] {
        self.machine.instances()
    }

    fn symmetric(&self) -> bool {
        self.machine.symmetric()
    }

    fn canonical(&self, scratch: &mut Self::Scratch, state: &mut [Word]) -> u64 {
        self.machine.canonical(&mut scratch.0, state)
    }

    fn faults_used(&self, state: &[Word]) -> u32 {
        self.machine.faults_used(state)
    }

    fn within_bounds(&self, scratch: &mut Self::Scratch, state: &[Word]) -> Result<bool, Trap> {
        self.machine.within_bounds(&mut scratch.0, state)
    }

    fn properties(&self) -> &[Judged] {
        &[]
    }

    fn state_holds(&self, _: &mut Self::Scratch, _: usize, _: &[Word]) -> Result<bool, Trap> {
        Ok(true)
    }

    fn step_holds(&self, _: &mut Self::Scratch, _: usize, _: Step<'_>) -> Result<bool, Trap> {
        Ok(true)
    }

    fn part_holds(&self, _: &mut Self::Scratch, _: usize, _: usize, _: &[Word]) -> Result<bool, Trap> {
        Ok(true)
    }

    fn probes(&self) -> usize {
        0
    }

    fn probe(&self, _: &mut Self::Scratch, _: &[Word], _: Option<Step<'_>>, _: &mut [bool]) {}
}
