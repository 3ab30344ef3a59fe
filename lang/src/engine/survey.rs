//! The search once more, for what it does not keep: which instance was the first to find each state.
//!
//! Enters: a machine and how far its exploration went. Leaves: for each instance the states that it found first; every
//! distinct state (or one of each orbit, where there are symmetries) is shown once, in the order of the search. It is for
//! profiles, and keeps the search itself free of counting.

use super::machine::{Machine, Word};
use super::search::{Aim, Search};
use super::steps::Orbits;
use super::store::Cursor;
use super::{Limits, Observer, Progress};

/// What a survey counted; a representative counts as often as its orbit has states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// For each instance, the states that it was the first to find.
    pub found: Vec<u64>,
    /// Distinct initial states.
    pub initial: u64,
    /// Distinct states.
    pub states: u64,
    /// Steps taken, initial states included.
    pub generated: u64,
}

/// Whoever waits for a survey has seen the progress already.
struct Quiet<'o>(&'o dyn Observer);

impl Observer for Quiet<'_> {
    fn progress(&self, _: &Progress) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// Walks the same way as an exploration within `limits` that took `generated` steps; `visit` sees each state.
pub fn survey<M: Machine>(
    machine: &M,
    limits: &Limits,
    generated: u64,
    observer: &dyn Observer,
    visit: &mut dyn FnMut(&[Word]),
) -> Survey {
    let limits = Limits { stop_when_decided: false, ..limits.clone() };
    let quiet = Quiet(observer);
    let search = Search::new(machine, &limits, &quiet, Aim::Survey { steps: generated });
    let (store, generated) = search.states();
    let mut survey = Survey { found: vec![0; machine.instances().len()], generated, ..Survey::default() };
    let (mut origins, mut cursor, mut orbits) = (Cursor::default(), Cursor::default(), Orbits::new(machine));
    for id in 0..store.len() {
        let origin = origins.parent(store.states(), id);
        let state = cursor.state(store.states(), id);
        if store.states().lost() {
            break;
        }
        if machine.watching(state) {
            continue;
        }
        let weight = orbits.weight(state);
        survey.states += weight;
        match survey.found.get_mut(origin as usize) {
            Some(count) => *count += weight,
            // Initial.
            None => survey.initial += weight,
        }
        visit(state);
    }
    survey
}
