//! A refinement in words: which step the specification does not have, what it owes, and what it does beside a run.
//!
//! Enters: a path, the specification that the model is judged by. Leaves: words, and the specification's variables in the
//! steps of the trace.

use super::Explored;
use crate::engine::machine::{Machine, Strength, Word};
use crate::engine::{Kind, Outcome, Path};
use crate::model::explain::decode::Variable;
use crate::model::run::specification::Specification;
use crate::report::{Change, Trace};
use crate::session::trace::told;
use crate::value::Value;

/// More ways than these are not told of.
const TOLD: usize = 4;

impl Explored<'_> {
    /// What each state of a path stands for; shorter where one has no value.
    fn stands_for(&self, property: usize, path: &Path) -> Vec<Vec<Word>> {
        let mut scratch = self.model.scratch();
        let states = std::iter::once(&path.init).chain(path.steps.iter().map(|step| &step.state));
        states
            .map_while(|state| {
                let mut value = Vec::new();
                self.model.value(&mut scratch, property, state, &mut value).ok().map(|()| value)
            })
            .collect()
    }

    /// The last step of a path is none of the specification.
    pub(super) fn no_step(&self, property: usize, path: &Path, last: &str) -> String {
        let all = self.stands_for(property, path);
        let (Some(specification), [.., before, after]) = (self.model.specification(property), &all[..])
        else {
            return format!("{last} has no counterpart");
        };
        let name = &specification.model().program().name;
        let told = changed(specification, before, after);
        // A step of the same name does something else.
        let step = |(instance, to): &(u32, Box<[Word]>)| {
            let label = label(specification, before, *instance);
            if label == last { format!("{label} ({})", changed(specification, before, to)) } else { label }
        };
        let mut steps: Vec<String> = specification.possible(before).iter().map(step).collect();
        steps.dedup();
        let could = match steps.as_slice() {
            [] => "nothing is possible there".to_string(),
            few if few.len() <= TOLD => format!("possible there: {}", few.join(", ")),
            many => format!("possible there: {} and {} more", many[..TOLD].join(", "), many.len() - TOLD),
        };
        format!("{last} is no step of {name}: {told}; {could}")
    }

    /// Whether every state was looked at.
    pub fn is_whole(&self) -> bool {
        let found = &self.exploration;
        found.stopped.is_none() && found.states_cut == 0 && found.traps.is_empty()
    }

    /// Whether what is wrong with a refinement is not a step, but what never comes.
    pub fn owes_on_runs(&self, property: usize) -> bool {
        let outcome = &self.exploration.outcomes[property];
        matches!(outcome, Outcome::Violated(violation) if matches!(violation.kind, Kind::Owing(_)))
    }

    /// What stays owed on the loop of a path.
    pub(super) fn owed(&self, property: usize, obligation: usize, (path, again): (&Path, &str)) -> String {
        let all = self.stands_for(property, path);
        let Some(specification) = self.model.specification(property) else { return again.to_string() };
        let name = &specification.model().program().name;
        // What is strongly fair need not be possible where the loop begins and ends.
        let round = all.iter().skip(path.loop_start.unwrap_or(0)).rev();
        let mut owed = round.filter_map(|state| {
            let mut possible = specification.possible(state).into_iter().map(|(instance, _)| instance);
            let owed = possible.find(|i| specification.is_owed(obligation, *i))?;
            Some(label(specification, state, owed))
        });
        let owed = owed.next().unwrap_or_else(|| "a step".to_string());
        let (round, how) =
            match (path.loop_start == Some(path.steps.len()), specification.strength(obligation)) {
                (true, _) => ("nothing happens any more", "stays possible"),
                (false, Strength::Strong) => (again, "becomes possible again and again"),
                (false, Strength::Weak | Strength::Unfair) => (again, "stays possible"),
            };
        format!("{round}, and `{owed}` of {name} {how} and never comes")
    }

    /// Adds the specification's variables to a trace along the path.
    pub(super) fn beside(&self, property: usize, path: &Path, trace: &mut Trace) {
        let Some(specification) = self.model.specification(property) else { return };
        let whole = self.stands_for(property, path);
        let told = std::iter::once(0).chain(told(path).into_iter().map(|told| told.last() + 1));
        let all: Vec<&Vec<Word>> = told.map_while(|at| whole.get(at)).collect();
        let name = specification.model().program().name.clone();
        let shown: Vec<Vec<(String, Value)>> =
            all.iter().map(|state| named(&name, specification, state)).collect();
        trace.init.extend(shown.first().cloned().unwrap_or_default());
        trace.last.extend(shown.last().cloned().unwrap_or_default());
        for (at, step) in trace.steps.iter_mut().enumerate() {
            let (Some(before), Some(after)) = (shown.get(at), shown.get(at + 1)) else { continue };
            let changed = before.iter().zip(after).filter(|(a, b)| a.1 != b.1);
            step.changes.extend(changed.map(|((path, before), (_, after))| Change {
                path: path.clone(),
                lane: None,
                before: before.clone(),
                after: after.clone(),
            }));
            if step.folded == 0 && all[at] != all[at + 1] {
                let taken = specification.taken(all[at], all[at + 1]);
                let is = taken.map(|instance| label(specification, all[at], instance));
                step.counterpart =
                    Some(is.map_or(format!("no step of {name}"), |is| format!("= {name}: {is}")));
            }
        }
    }
}

/// `x: 0 → 1, y: 2 → 3`
fn changed(specification: &Specification, before: &[Word], after: &[Word]) -> String {
    let (from, to) = (variables(specification, before), variables(specification, after));
    let differs = from.iter().zip(&to).filter(|(a, b)| a.value != b.value);
    let told = differs.map(|(a, b)| format!("{}: {} → {}", a.path, a.value, b.value));
    told.collect::<Vec<_>>().join(", ")
}

fn variables(specification: &Specification, state: &[Word]) -> Vec<Variable> {
    let all = specification.model().decode_state(state);
    all.into_iter().filter(|variable| !variable.hidden).collect()
}

fn named(name: &str, specification: &Specification, state: &[Word]) -> Vec<(String, Value)> {
    let all = variables(specification, state).into_iter();
    all.map(|variable| (format!("{name}.{}", variable.path), variable.value)).collect()
}

fn label(specification: &Specification, state: &[Word], instance: u32) -> String {
    specification.model().describe_instance(state, instance).label
}
