//! `check … profile`: where states, bits and time go.
//!
//! Enters: a finished check. Leaves: its profile. The states are walked once more for it, so that a check without a
//! profile pays nothing; shares of time are measured on a sample of them, one instance at a time, by the host's clock.

use super::Explored;
use super::unused::called;
use crate::analysis::program::ActionId;
use crate::concepts::Fault;
use crate::engine::machine::Word;
use crate::engine::survey::{Survey, survey};
use crate::engine::{InstanceCount, Limits};
use crate::model::explain::profile::Values;
use crate::model::form::instance::{Instance, InstanceKind, action_of};
use crate::report::profile::{Profile, ProfiledStep, ProfiledVariable};
use crate::session::Host;
use crate::view::count;
use std::time::Duration;

/// Runs of instances on sampled states, all in all, and the most states of a sample.
const RUNS: usize = 2_000_000;
const MOST_SAMPLED: usize = 2048;

/// Advice that saves less than this share of the bits, and no word, is not worth a change.
const WORTH: f64 = 0.1;

/// Fewer states than this need not become fewer.
const MANY: u64 = 1000;

/// Pieces of advice.
const MOST_ADVICE: usize = 4;

pub(super) fn profile(explored: &Explored<'_>, limits: &Limits, host: &dyn Host) -> Profile {
    let (model, exploration) = (&*explored.model, &explored.exploration);
    let mut values = Values::new(model, exploration.states_distinct);
    let instances = model.instance_list().len().max(1);
    let wanted = (RUNS / instances).clamp(16, MOST_SAMPLED) as u64;
    let every = (exploration.states_distinct / wanted).max(1);
    let (mut sample, mut number): (Vec<Vec<Word>>, u64) = (Vec::new(), 0);
    let mut visit = |state: &[Word]| {
        if number.is_multiple_of(every) {
            sample.push(state.to_vec());
        }
        number += 1;
        values.see(state);
    };
    let found = survey(model, limits, exploration.states_generated, host, &mut visit);
    let times = times(explored, &sample, host);
    let complete = exploration.stopped.is_none() && found.states == exploration.states_distinct;
    let steps = steps(explored, &found, times.as_deref());
    let variables = (0..values.groups.len()).map(|group| variable(&values, group)).collect();
    let bits = model.state_bits();
    let mut profile = Profile {
        initial: found.initial,
        states: found.states,
        sampled: times.map_or(0, |_| sample.len() as u64),
        bits,
        words: model.state_words(),
        bytes_per_state: exploration.bytes as f64 / exploration.states_distinct.max(1) as f64,
        steps,
        variables,
        advice: Vec::new(),
    };
    if complete {
        profile.advice = advice(&profile, &values);
    }
    profile
}

/// The time of each instance; `None` where there is no clock, or nobody wants to wait.
fn times(explored: &Explored<'_>, sample: &[Vec<Word>], host: &dyn Host) -> Option<Vec<Duration>> {
    host.clock()?;
    let clock = || host.clock().unwrap_or_default();
    explored.model.timed(sample, &clock, &|| host.cancelled())
}

/// One row for each action, then one for each kind of fault that is allowed.
fn steps(explored: &Explored<'_>, found: &Survey, times: Option<&[Duration]>) -> Vec<ProfiledStep> {
    let model = &explored.model;
    let all: Duration = times.unwrap_or_default().iter().sum();
    let row = |(what, name): (String, String), of: &dyn Fn(&Instance) -> bool| {
        let instances = model.instance_list().iter().enumerate().filter(|(_, i)| of(i));
        let numbers: Vec<usize> = instances.map(|(number, _)| number).collect();
        if numbers.is_empty() {
            return None;
        }
        let count = |part: fn(&InstanceCount) -> u64| {
            numbers.iter().map(|n| part(&explored.exploration.instances[*n])).sum::<u64>()
        };
        let time = times.filter(|_| !all.is_zero()).map(|times| {
            numbers.iter().map(|n| times[*n]).sum::<Duration>().as_secs_f64() / all.as_secs_f64()
        });
        Some(ProfiledStep {
            what,
            name,
            generated: count(|c| c.fired),
            changing: count(|c| c.productive),
            distinct: numbers.iter().map(|n| found.found[*n]).sum(),
            time,
        })
    };
    let actions = (0..model.program().actions.len()).map(|index| ActionId(index as u32));
    let of_action = |id: ActionId| {
        let (what, name) = called(&explored.model, explored.sources, id);
        row((what.to_string(), name), &|i| action_of(&i.kind) == Some(id) && i.fault().is_none())
    };
    let mut rows: Vec<ProfiledStep> = actions.filter_map(of_action).collect();
    let of_fault = |fault: Fault| {
        row(("fault".into(), fault.word().into()), &|instance| instance.fault() == Some(fault))
    };
    rows.extend(Fault::ALL.into_iter().filter_map(of_fault));
    rows.extend(row(("fault".into(), "heal".into()), &|instance| instance.kind == InstanceKind::Heal));
    rows
}

fn variable(values: &Values<'_>, group: usize) -> ProfiledVariable {
    let known = &values.groups[group];
    ProfiledVariable {
        name: known.name.clone(),
        ty: known.ty.clone(),
        ghost: known.ghost,
        members: known.members(),
        bits: values.bits(group),
        values: values.values(group),
        without: values.without(group),
    }
}

/// What is true of every reachable state and would make them smaller or fewer.
fn advice(profile: &Profile, values: &Values<'_>) -> Vec<String> {
    let mut found: Vec<(f64, String)> = Vec::new();
    let groups = 0..values.groups.len();
    if profile.states >= MANY {
        let most = groups.clone().filter_map(|group| fewer(profile, values, group));
        found.extend(most.max_by(|a, b| a.0.total_cmp(&b.0)));
    }
    found.extend(groups.filter_map(|group| smaller(profile, values, group)));
    found.extend(profile.steps.iter().filter_map(|step| idle(profile, step)));
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(MOST_ADVICE).map(|(_, words)| words).collect()
}

/// A variable that multiplies the states.
fn fewer(profile: &Profile, values: &Values<'_>, group: usize) -> Option<(f64, String)> {
    let known = &values.groups[group];
    let without = values.without(group).filter(|_| known.declared)?;
    let times = profile.states as f64 / without.max(1) as f64;
    let name = &known.name;
    let ghost = if known.ghost { " (a ghost)" } else { "" };
    let words = format!(
        "`{name}`{ghost} alone tells {} states apart that would be {} without it: a smaller type for it, or fewer \
         changes of it, counts most",
        count(profile.states),
        count(without)
    );
    (times >= 2.0).then_some((times, words))
}

/// A variable with a larger type than it needs.
fn smaller(profile: &Profile, values: &Values<'_>, group: usize) -> Option<(f64, String)> {
    let known = &values.groups[group];
    let (name, bits) = (&known.name, values.bits(group));
    let each = if known.members() > 1 { format!(" (of {} members)", known.members()) } else { String::new() };
    if values.values(group) == Some(1) && known.declared {
        let words = format!("`{name}` never changes: as a `param` it would take none of its {bits} bits");
        return (f64::from(bits) >= WORTH * f64::from(profile.bits)).then_some((0.9, words));
    }
    let smaller = values.smaller(group)?;
    let fewer_words = smaller.words < profile.words;
    let share = f64::from(smaller.bits_saved) / f64::from(profile.bits.max(1));
    if !fewer_words && share < WORTH {
        return None;
    }
    let effect = match fewer_words {
        true => format!(
            ", and a state would take {} rather than {}",
            words_of(smaller.words),
            words_of(profile.words)
        ),
        false => String::new(),
    };
    let words = format!(
        "`{name}`{each} takes {bits} of {} bits as `{}`; `{}` would hold all that came up in {} fewer{effect}",
        profile.bits, smaller.now, smaller.then, smaller.bits_saved
    );
    Some((share + f64::from(u32::from(fewer_words)), words))
}

fn words_of(words: u32) -> String {
    if words == 1 { "1 word".to_string() } else { format!("{words} words") }
}

/// An action whose steps mostly change nothing.
fn idle(profile: &Profile, step: &ProfiledStep) -> Option<(f64, String)> {
    let all: u64 = profile.steps.iter().map(|s| s.generated).sum();
    let idle = step.generated - step.changing;
    let share = idle as f64 / all.max(1) as f64;
    let words = format!(
        "{} {} steps of {} change nothing: a guard that says when there is something to do would save them",
        if step.changing == 0 { "all".to_string() } else { format!("{} of the", count(idle)) },
        count(step.generated),
        step.name
    );
    (share >= WORTH && 2 * idle > step.generated).then_some((share, words))
}
