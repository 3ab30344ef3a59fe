//! `traces N`: runs that break a member in another way than the shortest does.
//!
//! Enters: what was judged. Leaves: runs that differ from those of the findings, and from each other, in the member that
//! they break, in what their last step is (which action, handler or fault), or in the faults that they use: a fault
//! without which a run ends in the same way makes it no other. What is judged on runs without end has one run.

use super::judged::{Judged, Judgement};
use super::{Explored, verdicts};
use crate::engine::differing::{Differing, differing};
use crate::engine::machine::{Machine, Word};
use crate::engine::{Limits, Outcome, Path, Stop};
use crate::model::Model;
use crate::model::form::instance::action_of;
use crate::report::Verdict;
use crate::report::further::{Further, FurtherRun};
use crate::session::Host;

/// What tells two runs that break the same member apart: the end, and then the faults.
type Key = Vec<u32>;

/// Numbers of a key that are of the last step.
const ENDS: usize = 2;

/// More runs of one obligation are not looked at.
const MOST: usize = 256;

/// A run, and what it breaks.
struct Found<'j> {
    judgement: &'j Judgement,
    run: Differing<Key>,
}

/// A member, by its concept and number.
type Member = (usize, usize);

fn member(judgement: &Judgement) -> Member {
    (judgement.property.concept as usize, judgement.property.member)
}

/// The runs besides those of the findings, so many that there are as many as were asked for.
pub(super) fn further(judged: &Judged<'_>, asked: u64, limits: &Limits, host: &dyn Host) -> Further {
    let shown: Vec<(&Judgement, &Path)> = shown(judged);
    let room = asked.saturating_sub(shown.len() as u64) as usize;
    let known = shown.iter().filter_map(|(judgement, path)| {
        let key = end(&judged.from(judgement.by).model, path)?;
        Some((member(judgement), key))
    });
    let mut known: Vec<(Member, Key)> = known.collect();
    let (mut all, mut incomplete) = (Vec::new(), None);
    for judgement in judged.judgements.iter().filter(|_| room > 0) {
        let (found, stopped) = of(judged, judgement, limits, host);
        all.extend(found.into_iter().map(|run| Found { judgement, run }));
        incomplete = incomplete.or(stopped);
    }
    all.sort_by_key(|Found { judgement, run }| {
        (run.faults, run.violation.path.steps.len(), member(judgement), judgement.index)
    });
    let new = all.into_iter().filter(|found| {
        let this = (member(found.judgement), found.run.key.clone());
        let new = !known.iter().any(|other| does_for(other, &this));
        known.push(this);
        new
    });
    let runs: Vec<FurtherRun> = new.take(room).map(|found| told(judged, &shown, &found)).collect();
    let found = (shown.len() + runs.len()) as u64;
    let one_each = shown.iter().filter(|(judgement, _)| !is_looked_for(judged, judgement));
    let one_each = one_each.map(|(judgement, _)| name(judged, judgement)).collect();
    let incomplete = incomplete.filter(|_| found < asked).map(verdicts::stop);
    Further { asked, found, runs, one_each, incomplete }
}

/// Whether one run shows what another does: the same end of the same member, with no fault that the other has not.
fn does_for((one, first): &(Member, Key), (other, second): &(Member, Key)) -> bool {
    let fewer = first[ENDS..].iter().zip(&second[ENDS..]).all(|(first, second)| first <= second);
    one == other && first[..ENDS] == second[..ENDS] && fewer
}

/// The runs of the findings: of each member that is violated the one that decides.
fn shown<'j>(judged: &'j Judged<'_>) -> Vec<(&'j Judgement, &'j Path)> {
    let path =
        |judgement: &&'j Judgement| match &judged.from(judgement.by).exploration.outcomes[judgement.index] {
            Outcome::Violated(violation) => Some((*judgement, &violation.path)),
            _ => None,
        };
    let same = |a: &Judgement, b: &Judgement| member(a) == member(b);
    let members = judged.judgements.chunk_by(same).filter(|all| {
        // What has no value comes first.
        all.iter().all(|judgement| !matches!(judgement.verdict, Verdict::Failed { .. }))
    });
    let shortest =
        |all: &'j [Judgement]| all.iter().filter_map(|judgement| path(&judgement)).min_by_key(length);
    members.filter_map(shortest).collect()
}

/// As findings count.
fn length((judgement, _): &(&Judgement, &Path)) -> usize {
    match &judgement.verdict {
        Verdict::Violated { trace, .. } => trace.steps.len(),
        _ => 0,
    }
}

/// The shortest run of each kind that breaks an obligation; none where it is not judged on states or steps.
fn of(
    judged: &Judged<'_>,
    judgement: &Judgement,
    limits: &Limits,
    host: &dyn Host,
) -> (Vec<Differing<Key>>, Option<Stop>) {
    let Explored { model, exploration, .. } = judged.from(judgement.by);
    let violated = matches!(exploration.outcomes[judgement.index], Outcome::Violated(_));
    if !violated || !is_looked_for(judged, judgement) {
        return (Vec::new(), None);
    }
    let key = |instance: u32, after: &[Word]| key(model, instance, after);
    differing(&**model, limits, host, (judgement.index, MOST), &key)
}

/// Whether an obligation is judged on states or steps.
fn is_looked_for(judged: &Judged<'_>, judgement: &Judgement) -> bool {
    let how = judged.from(judgement.by).model.properties()[judgement.index];
    how.in_states() || how.in_steps()
}

fn name(judged: &Judged<'_>, judgement: &Judgement) -> String {
    let program = judged.main.model.program();
    program.header(judgement.property.concept, judgement.property.member).name.clone()
}

/// The key of the end of a run; `None`: it is broken before any step.
fn end(model: &Model, path: &Path) -> Option<Key> {
    let last = path.steps.last()?;
    Some(key(model, last.instance, &last.state))
}

/// The action or the fault, and how often each fault has happened.
fn key(model: &Model, instance: u32, after: &[Word]) -> Key {
    let instance = &model.instance_list()[instance as usize];
    let action = action_of(&instance.kind).map_or(u32::MAX, |action| action.index() as u32);
    let fault = instance.fault().map_or(u32::MAX, |fault| fault as u32);
    [action, fault].into_iter().chain(model.faults_spent(after)).collect()
}

fn told(judged: &Judged<'_>, shown: &[(&Judgement, &Path)], found: &Found<'_>) -> FurtherRun {
    let Found { judgement, run } = found;
    let explored = judged.from(judgement.by);
    let (why, trace) = match explored.violated(judgement.index, &run.violation) {
        Verdict::Violated { why, trace, .. } => (why, trace),
        _ => (String::new(), Box::default()),
    };
    let first = shown.iter().find(|(other, _)| member(other) == member(judgement));
    let first = first.and_then(|(_, path)| end(&explored.model, path));
    let differs = |part: fn(&Key) -> &[u32]| first.as_ref().is_none_or(|first| part(first) != part(&run.key));
    let last = trace.steps.last().map(|step| step.line());
    FurtherRun {
        member: name(judged, judgement),
        ends_with: last.filter(|_| differs(|key| &key[..ENDS])),
        other_faults: differs(|key| &key[ENDS..]),
        why,
        trace,
    }
}
