//! What a run has shown of what is to be judged on it: steps that a property speaks of, and conditions without which
//! what holds says nothing.
//!
//! Enters: the states and steps of a run. Leaves: for each property, what was not looked at. A `check` asks the same of all
//! runs together; here it is asked of one.

use crate::engine::machine::{Judged, Machine, Step, Word};
use crate::model::Model;
use crate::model::run::machine::Scratch;
use crate::obligations::property::Property;

/// For each probe of the model whether it was true, and behind these for each property whether something was judged by
/// it. Empty: nobody asks.
pub(super) type Looked = Vec<bool>;

/// A property with what says whether it is vacuous, and no more.
pub(super) fn probed(property: &Property) -> Property {
    Property { notes: Vec::new(), doubts: Vec::new(), ..property.clone() }
}

/// At the begin of a run.
pub(super) fn first(model: &Model, scratch: &mut Scratch, state: &[Word]) -> Looked {
    let mut seen = vec![false; model.probes()];
    model.probe(scratch, state, None, &mut seen);
    seen.extend(model.properties().iter().map(|judged| *judged != Judged::Step));
    seen
}

/// After one more step.
pub(super) fn after(model: &Model, scratch: &mut Scratch, so_far: &[bool], step: Step<'_>) -> Looked {
    let mut looked = so_far.to_vec();
    let (probes, properties) = looked.split_at_mut(model.probes().min(so_far.len()));
    model.probe(scratch, step.after, Some(step), probes);
    model.probe(scratch, step.after, None, probes);
    for (property, seen) in properties.iter_mut().enumerate() {
        *seen |= model.judges_step(property, step.instance);
    }
    looked
}

/// Why it says nothing that a property holds on a run; `None`: it says something.
pub(super) fn not_looked_at(model: &Model, looked: &[bool], property: usize) -> Option<String> {
    if !*looked.get(model.probes() + property)? {
        return Some("no step was taken that it speaks of".to_string());
    }
    let own = (0..model.probes()).map(|probe| (probe, model.probe_owner(probe)));
    let mut own = own.filter(|(_, (owner, _))| *owner == property);
    let (_, (_, unseen)) = own.find(|(probe, _)| !looked[*probe])?;
    model.property_list()[property].probes.get(unseen).map(|probe| probe.words.clone())
}
